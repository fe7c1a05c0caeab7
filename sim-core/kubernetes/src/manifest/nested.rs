//! Configuration files inside ConfigMaps, as kubeadm leaves them in `kube-system`, and where their lines stand.

use super::kustomize::emit::Pieces;
use super::mend::Mended;
use super::objects::{ConfigMap, Document, Text};
use crate::origin::{SourceId, Span, Spanned};
use std::rc::Rc;
use std::sync::Arc;

/// From bytes of the text that is read to the text the user gave.
#[derive(Clone, Debug)]
pub(super) enum Offsets {
    /// They are the same.
    Same(SourceId),
    /// The text is a block scalar: where each of its lines begins here, and there.
    Lines(SourceId, Vec<(u32, u32)>),
    /// The text is a quoted string: everything is at that string.
    Whole(Span),
    /// The text was put together from pieces of others.
    Pieces(Arc<Pieces>),
    /// The text is a stretch of a source in which mistakes were mended.
    Mended(Rc<Mended>),
}

impl Offsets {
    pub(super) fn span(&self, start: u32, end: u32) -> Span {
        match self {
            Self::Same(source) => Span { source: *source, start, end },
            Self::Whole(span) => *span,
            Self::Pieces(pieces) => pieces.span(start, end),
            Self::Mended(mended) => mended.span(start, end),
            Self::Lines(source, lines) => {
                let to = |at: u32| {
                    let line = lines.partition_point(|(here, _)| *here <= at).saturating_sub(1);
                    lines.get(line).map_or(at, |(here, there)| there + at.saturating_sub(*here))
                };
                Span { source: *source, start: to(start), end: to(end).max(to(start)) }
            }
        }
    }

    /// Of the scalar `value`, read from `text`.
    pub(super) fn of(text: &str, value: &Spanned<Text>) -> Self {
        Self::block(text, value).map_or(Self::Whole(value.span), |lines| Self::Lines(value.span.source, lines))
    }

    /// A block scalar's span begins with the first letter of its first line; every further line is indented alike.
    fn block(text: &str, value: &Spanned<Text>) -> Option<Vec<(u32, u32)>> {
        let start = value.span.start as usize;
        let line = text.get(..start)?.rfind('\n')? + 1;
        let indent = start - line;
        let blank = |text: &str| text.bytes().all(|byte| byte == b' ');
        if indent == 0 || !blank(text.get(line..start)?) {
            return None;
        }
        let (mut here, mut there) = (0, start);
        let mut lines = Vec::new();
        for content in value.value.split_inclusive('\n') {
            let content_line = content.trim_end_matches(['\r', '\n']);
            if !text.get(there..)?.starts_with(content_line) {
                return None;
            }
            lines.push((here as u32, there as u32));
            here += content.len();
            // The next line, behind its indentation (blank lines may be shorter).
            let Some(newline) = text.get(there..)?.find('\n') else { break };
            let next = there + newline + 1;
            let rest = text.get(next..)?;
            let spaces = rest.bytes().take(indent).take_while(|byte| *byte == b' ').count();
            there = next + spaces;
        }
        Some(lines)
    }
}

/// CNI network configurations that a ConfigMap holds for an installer to write to the nodes.
pub(super) fn cni(map: &Document<ConfigMap>) -> impl Iterator<Item = &Spanned<Text>> {
    map.value.data.values().filter(|text| {
        let text = text.value.trim_start();
        text.starts_with('{') && (text.contains("\"plugins\"") || text.contains("\"cniVersion\""))
    })
}

/// The configuration a ConfigMap holds, if it is one of those kubeadm leaves.
pub(super) fn configuration(map: &Document<ConfigMap>) -> Option<&Spanned<Text>> {
    let name = &*map.object.name;
    let key = match name {
        _ if map.object.namespace.as_deref() != Some("kube-system") => return None,
        "kube-proxy" => "config.conf",
        "kubeadm-config" => "ClusterConfiguration",
        _ if name == "kubelet-config" || name.starts_with("kubelet-config-1.") => "kubelet",
        _ => return None,
    };
    map.value.data.get(key)
}
