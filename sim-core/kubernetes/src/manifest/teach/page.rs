//! A document with its text, and what there is to tell of it.

use crate::manifest::mend::Lesson;
use crate::text::tree::{NodeId, Tree, Value};

/// Mistakes of one document that are told at once.
pub(super) const LESSONS: usize = 40;

/// What is looked at: a document, and the text it was read from.
pub(super) struct Page<'p, 'a> {
    pub(super) tree: &'p Tree<'a>,
    pub(super) text: &'p str,
    pub(super) lessons: Vec<Lesson>,
}

impl<'p, 'a> Page<'p, 'a> {
    pub(super) fn new(tree: &'p Tree<'a>, text: &'p str) -> Self {
        Self { tree, text, lessons: Vec::new() }
    }

    pub(super) fn get(&self, node: NodeId, key: &str) -> Option<NodeId> {
        self.tree.get(node, key)
    }

    pub(super) fn items(&self, list: Option<NodeId>) -> &'p [NodeId] {
        match list.map(|list| &self.tree.node(list).value) {
            Some(Value::List(items)) => self.tree.items(items),
            _ => &[],
        }
    }

    pub(super) fn entries(&self, map: NodeId) -> &'p [(NodeId, NodeId)] {
        match &self.tree.node(map).value {
            Value::Map(entries) => self.tree.entries(entries),
            _ => &[],
        }
    }

    pub(super) fn is_map(&self, node: NodeId) -> bool {
        matches!(self.tree.node(node).value, Value::Map(_))
    }

    pub(super) fn start(&self, node: NodeId) -> usize {
        self.tree.node(node).start as usize
    }

    pub(super) fn end(&self, node: NodeId) -> usize {
        self.tree.node(node).end as usize
    }

    /// The text of a node.
    pub(super) fn written(&self, node: NodeId) -> &'p str {
        self.text.get(self.start(node)..self.end(node)).unwrap_or_default()
    }

    /// True for mappings and lists in brackets.
    pub(super) fn in_brackets(&self, node: NodeId) -> bool {
        self.written(node).starts_with(['{', '['])
    }

    pub(super) fn tell(&mut self, lesson: Lesson) {
        if self.lessons.len() < LESSONS {
            self.lessons.push(lesson);
        }
    }
}
