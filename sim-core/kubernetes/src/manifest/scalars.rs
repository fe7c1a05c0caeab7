//! Text inside a field that is YAML or JSON itself, as a flat list: what plugins keep in ConfigMaps.

use super::nested::Offsets;
use super::parsed::Parsed;
use crate::origin::{Span, Spanned};
use crate::text::tree::{Budget, Builder, NodeId, Tree, Value};
use crate::text::yaml::Documents;
use crate::text::{Limits, read};
use std::sync::Arc;

/// Longer texts are no configuration, bytes.
const LONGEST: usize = 256 << 10;
/// What one text may cost.
const LIMITS: Limits = Limits { bytes: LONGEST, documents: 50, depth: 20, nodes: 5_000, aliases: 500 };
/// Most scalars that are kept.
const MOST: usize = 2_000;

/// A scalar of such a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// Keys from the root with dots between, list entries as numbers: `Backend.Type`, `plugins.0.type`.
    pub path: String,
    /// The value as written, without quotes.
    pub value: Arc<str>,
    /// Where it stands in the text the user gave.
    pub span: Span,
}

/// All scalars of all documents in `value`, in order; of a text that is neither YAML nor JSON, those before the fault.
pub fn scalars(parsed: &Parsed, value: &Spanned<Arc<str>>) -> Vec<Scalar> {
    if value.value.len() > LONGEST {
        return Vec::new();
    }
    let whole = parsed.sources.get(value.span.source.0 as usize).map_or("", |source| &*source.text);
    let mut sink = Flat { text: &value.value, offsets: Offsets::of(whole, value), all: Vec::new() };
    let mut budget = Budget::of(&LIMITS);
    read(&value.value, &mut Builder::new(&mut budget), &mut sink);
    sink.all
}

struct Flat<'t> {
    text: &'t str,
    offsets: Offsets,
    all: Vec<Scalar>,
}

impl<'a> Documents<'a> for Flat<'_> {
    fn document(&mut self, builder: &mut Builder<'a, '_>) -> bool {
        if let Some((tree, root)) = builder.finished() {
            self.walk(tree, root, String::new());
        }
        self.all.len() < MOST
    }
}

impl Flat<'_> {
    fn walk(&mut self, tree: &Tree<'_>, id: NodeId, path: String) {
        if self.all.len() >= MOST {
            return;
        }
        let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        let node = tree.node(id);
        match &node.value {
            Value::Map(range) => {
                for &(key, value) in tree.entries(range) {
                    self.walk(tree, value, below(tree.text(key).unwrap_or_default()));
                }
            }
            Value::List(range) => {
                for (index, &item) in tree.items(range).iter().enumerate() {
                    self.walk(tree, item, below(&index.to_string()));
                }
            }
            Value::Null => {}
            Value::Text(text) => self.add(path, text, node.start, node.end),
            _ => {
                let written = self.text.get(node.start as usize..node.end as usize).unwrap_or_default().to_owned();
                self.add(path, &written, node.start, node.end);
            }
        }
    }

    fn add(&mut self, path: String, value: &str, start: u32, end: u32) {
        self.all.push(Scalar { path, value: Arc::from(value), span: self.offsets.span(start, end) });
    }
}
