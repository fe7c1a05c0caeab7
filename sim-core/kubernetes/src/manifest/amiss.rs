//! Fields that do not exist and values of the wrong type: what is said of them, and the patch that makes them right.

use super::de::{Mend, Unknown, Wrong};
use super::document::Sink;
use super::mend::Change;
use super::nested::Offsets;
use super::teach;
use crate::diagnostic::codes;
use crate::origin::ObjectRef;
use crate::patch::{Edit, Patch};
use crate::text::excerpt;
use crate::text::tree::{NodeId, Tree, Value, kind_of};

impl Sink<'_, '_, '_> {
    /// Reports a field its struct does not have.
    pub(super) fn unknown(&mut self, tree: &Tree<'_>, root: NodeId, unknown: Unknown, object: &ObjectRef) {
        let key = tree.node(unknown.key);
        let (start, end) = (key.start as usize, key.end as usize);
        let field = tree.text(unknown.key).unwrap_or_default();
        let code = if unknown.needed { codes::MISSPELT_FIELD } else { codes::UNKNOWN_FIELD };
        // A field that exists elsewhere in the object is that rather than another one misspelt.
        let home = if unknown.needed {
            None
        } else {
            teach::belongs::find(tree, root, self.text, &object.kind, &unknown.path, unknown.key)
        };
        let found = code.at(self.span(tree, unknown.key)).arg("path", unknown.path).arg("field", field);
        if let Some(home) = home {
            let patch = home.changes.and_then(|changes| self.patch(&changes));
            let found = found.arg("belongs", home.path).hint(codes::HINT_BELONGS).patch(patch);
            self.assembly.report(found.about(object.clone()));
            return;
        }
        let found = match unknown.suggestion {
            Some(suggestion) => {
                let quote =
                    self.text.get(start..end).filter(|key| key.starts_with(['"', '\''])).map_or("", |key| &key[..1]);
                let patch = self.patch(&[Change::new(start..end, format!("{quote}{suggestion}{quote}"))]);
                found.arg("suggestion", suggestion).hint(codes::HINT_DID_YOU_MEAN).patch(patch)
            }
            None => found,
        };
        self.assembly.report(found.about(object.clone()));
    }

    /// Another text for a scalar.
    pub(super) fn replace(&mut self, tree: &Tree<'_>, node: Option<NodeId>, text: &str) -> Option<Patch> {
        let node = tree.node(node?);
        let (start, end) = (node.start as usize, node.end as usize);
        let quote = self.text.get(start..end).filter(|key| key.starts_with(['"', '\''])).map_or("", |key| &key[..1]);
        self.patch(&[Change::new(start..end, format!("{quote}{text}{quote}"))])
    }

    /// Changes of the text at hand as a patch of the source.
    pub(super) fn patch(&mut self, changes: &[Change]) -> Option<Patch> {
        match &self.offsets {
            Offsets::Same(_) => {
                let edit = |change: &Change| Edit {
                    span: self.offsets.span(change.range.start as u32, change.range.end as u32),
                    text: change.text.as_str().into(),
                };
                Patch::new(changes.iter().map(edit).collect())
            }
            Offsets::Mended(mended) if self.assembly.work.spend(mended.text.len()) => {
                mended.with(changes).map(|(_, patch)| patch)
            }
            Offsets::Mended(_) | Offsets::Lines(..) | Offsets::Whole(_) | Offsets::Pieces(_) => None,
        }
    }

    /// Reports a value of the wrong type, with what would make it the right one.
    pub(super) fn wrong(&mut self, tree: &Tree<'_>, wrong: &Wrong, object: Option<ObjectRef>) {
        let Some(id) = wrong.node else { return };
        let node = tree.node(id);
        let written = self.text.get(node.start as usize..node.end as usize).unwrap_or_default();
        let value = match &node.value {
            Value::List(_) | Value::Map(_) => String::new(),
            Value::Text(text) => excerpt(text),
            _ => excerpt(written),
        };
        let span = match node.value {
            Value::List(_) | Value::Map(_) => self.first_line(tree, id),
            _ => self.span(tree, id),
        };
        let found = if wrong.expected.is_empty() {
            codes::OUT_OF_RANGE.at(span).arg("path", wrong.path.clone()).arg("value", value)
        } else {
            let found = codes::WRONG_TYPE.at(span).arg("path", wrong.path.clone()).arg("value", value);
            let mut found = found.arg("found", kind_of(&node.value)).arg("expected", wrong.expected);
            if matches!(&node.value, Value::Text(text) if text.contains("{{")) {
                found = found.hint(codes::HINT_HELM_TEMPLATE);
            }
            match wrong.mend {
                Some(mend) => {
                    let hint = match mend {
                        Mend::Unquote => codes::HINT_UNQUOTE,
                        Mend::Quote => codes::HINT_QUOTE_THIS,
                        Mend::Dash => codes::HINT_DASH,
                        Mend::List => codes::HINT_LIST_OF_ONE,
                    };
                    let changes = self.mended(tree, id, mend);
                    found.hint(hint).patch(self.patch(&changes))
                }
                None => found,
            }
        };
        let found = match object {
            Some(object) if !object.name.is_empty() => found.about(object),
            _ => found,
        };
        self.assembly.report(found);
    }

    /// The value `id` as one of the right type.
    pub(super) fn mended(&self, tree: &Tree<'_>, id: NodeId, mend: Mend) -> Vec<Change> {
        let node = tree.node(id);
        let (start, end) = (node.start as usize, node.end as usize);
        let written = self.text.get(start..end).unwrap_or_default();
        let whole = |text: String| vec![Change::new(start..end, text)];
        match mend {
            Mend::Unquote => whole(tree.text(id).unwrap_or_default().trim().to_owned()),
            Mend::Quote => whole(format!("\"{written}\"")),
            Mend::List => whole(format!("[{written}]")),
            Mend::Dash if written.starts_with('{') => whole(format!("[{written}]")),
            Mend::Dash => {
                let mut changes = teach::lines::shift(self.text, start..end, 2);
                changes.push(Change::insert(start, "- "));
                changes
            }
        }
    }
}
