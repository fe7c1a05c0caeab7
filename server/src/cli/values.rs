//! Values that options take.

use clap::ValueEnum;

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kustomize {
    #[default]
    Own,
    Kubectl,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum LangName {
    En,
    Ko,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TraceFormat {
    #[default]
    Text,
    Json,
    /// A transcript in Markdown, for tickets and wikis
    Md,
    /// The picture of a step; with --animated of all steps
    Svg,
    /// The same as pixels
    Png,
    /// A capture of every device, as tcpdump would have written it, for Wireshark
    Pcapng,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum RenderFormat {
    #[default]
    Svg,
    Png,
}
