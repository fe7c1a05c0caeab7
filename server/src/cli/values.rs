//! Values that options take.

use clap::ValueEnum;
use web::theme::Theme;

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

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ThemeName {
    /// As the reader prefers; as pixels it is light
    Auto,
    Light,
    Dark,
}

impl From<ThemeName> for Theme {
    fn from(name: ThemeName) -> Self {
        match name {
            ThemeName::Auto => Self::Auto,
            ThemeName::Light => Self::Light,
            ThemeName::Dark => Self::Dark,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Expect {
    Ok,
    Refused,
    Timeout,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// What is used, what is not and why, what was assumed
    #[default]
    Text,
    /// The same with all findings
    Json,
    /// Findings as a SARIF 2.1.0 log, for code scanning
    Sarif,
    /// Objects as tests of a JUnit report, errors as failures
    Junit,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReachFormat {
    /// FROM => TO : PORTS
    #[default]
    Text,
    /// With the reason for each line
    Json,
    Csv,
    /// A table in Markdown
    Md,
    /// A graph for Graphviz
    Dot,
    /// The graph, drawn
    Svg,
}

/// A direction.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyWay {
    /// What comes in
    In,
    /// What goes out
    Out,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PolicyFormat {
    /// In words
    #[default]
    Text,
    Json,
    /// The change of the manifests alone, as a unified diff
    Diff,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReachPorts {
    /// All that policies allow
    #[default]
    All,
    /// Of Pods those that their containers declare
    Declared,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Added,
    Removed,
    Changed,
}
