//! One document as a tree of values with places. An alias is a second reference to the same node.

use super::limits::Limits;
use super::resolve::Plain;
use crate::diagnostic::{Diagnostic, Severity, codes};
use crate::origin::Span;
use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

/// Index of a node in its [`Tree`].
pub(crate) type NodeId = u32;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(f64),
    Text(Cow<'a, str>),
    /// Entries of [`Tree::items`].
    List(Range<u32>),
    /// Entries of [`Tree::entries`]; every key is a [`Value::Text`].
    Map(Range<u32>),
    /// Plain `<<`: as a key it merges, anywhere else it is text.
    Merge,
}

/// A value with its place, in bytes of the text that is read.
#[derive(Clone, Debug)]
pub(crate) struct Node<'a> {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) value: Value<'a>,
    /// Nodes in it, itself included, with aliases expanded.
    size: u32,
    /// Levels in it: 1 for a scalar.
    height: u32,
}

/// A document.
#[derive(Debug, Default)]
pub(crate) struct Tree<'a> {
    nodes: Vec<Node<'a>>,
    items: Vec<NodeId>,
    entries: Vec<(NodeId, NodeId)>,
    overridden: Vec<NodeId>,
    /// Tags that are no types of YAML's own, with the node that each stands before.
    tags: Vec<(NodeId, Box<str>)>,
}

impl<'a> Tree<'a> {
    pub(crate) fn node(&self, id: NodeId) -> &Node<'a> {
        &self.nodes[id as usize]
    }

    pub(crate) fn items(&self, range: &Range<u32>) -> &[NodeId] {
        &self.items[range.start as usize..range.end as usize]
    }

    /// Values of keys that were given again: they are in no mapping any more.
    pub(crate) fn overridden(&self) -> &[NodeId] {
        &self.overridden
    }

    /// The tag before a node, with its mark: `!reset`. Types of YAML's own are none.
    pub(crate) fn tag(&self, id: NodeId) -> Option<&str> {
        self.tags.iter().find(|(own, _)| *own == id).map(|(_, tag)| &**tag)
    }

    /// True where nodes have tags.
    pub(crate) fn is_tagged(&self) -> bool {
        !self.tags.is_empty()
    }

    /// Where scalars stand, in order, in bytes of the text.
    pub(crate) fn scalars(&self) -> Vec<Range<usize>> {
        let scalar = |node: &&Node<'a>| !matches!(node.value, Value::List(_) | Value::Map(_));
        let mut all: Vec<Range<usize>> =
            self.nodes.iter().filter(scalar).map(|node| node.start as usize..node.end as usize).collect();
        all.sort_by_key(|range| (range.start, range.end));
        all.dedup();
        all
    }

    /// The entries of the list `id`; none where it is no list.
    pub(crate) fn list(&self, id: NodeId) -> &[NodeId] {
        match &self.node(id).value {
            Value::List(range) => self.items(range),
            _ => &[],
        }
    }

    /// Keys and values.
    pub(crate) fn entries(&self, range: &Range<u32>) -> &[(NodeId, NodeId)] {
        &self.entries[range.start as usize..range.end as usize]
    }

    /// The text of a node; `None` for everything that is not text.
    pub(crate) fn text(&self, id: NodeId) -> Option<&str> {
        match &self.node(id).value {
            Value::Text(text) => Some(text),
            Value::Merge => Some("<<"),
            _ => None,
        }
    }

    /// The same document with other scalars where `with` gives them.
    pub(crate) fn replaced(&self, with: impl Fn(&Value<'a>) -> Option<Value<'a>>) -> Self {
        let nodes = self.nodes.iter().map(|node| match with(&node.value) {
            Some(value) => Node { value, ..node.clone() },
            None => node.clone(),
        });
        self.with(nodes.collect())
    }

    fn with(&self, nodes: Vec<Node<'a>>) -> Self {
        Self {
            nodes,
            items: self.items.clone(),
            entries: self.entries.clone(),
            overridden: self.overridden.clone(),
            tags: self.tags.clone(),
        }
    }

    /// The same document with other values at some nodes.
    pub(crate) fn filled(&self, values: BTreeMap<NodeId, Value<'a>>) -> Self {
        let mut nodes = self.nodes.clone();
        for (id, value) in values {
            if let Some(node) = nodes.get_mut(id as usize) {
                node.value = value;
            }
        }
        self.with(nodes)
    }

    /// The value of `key` in the mapping `id`, unless it is null or `id` is no mapping.
    pub(crate) fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        let Value::Map(range) = &self.node(id).value else { return None };
        let (_, value) = *self.entries(range).iter().find(|(name, _)| self.text(*name) == Some(key))?;
        (self.node(value).value != Value::Null).then_some(value)
    }
}

impl Tree<'_> {
    /// The key whose value in the mapping `id` is the node `of`.
    pub(crate) fn key_of(&self, id: NodeId, of: NodeId) -> Option<NodeId> {
        let Value::Map(range) = &self.node(id).value else { return None };
        self.entries(range).iter().find(|(_, value)| *value == of).map(|(key, _)| *key)
    }
}

/// The document must be given up.
#[derive(Debug)]
pub(crate) struct Abandoned;

/// What is still allowed, over all documents.
#[derive(Debug)]
pub(crate) struct Budget {
    depth: u32,
    nodes: u32,
    /// Nodes that aliases may still add.
    aliases: u32,
    alias_limit: u32,
}

impl Budget {
    pub(crate) fn of(limits: &Limits) -> Self {
        let count = |limit: usize| u32::try_from(limit).unwrap_or(u32::MAX / 2);
        let aliases = count(limits.aliases);
        Self { depth: count(limits.depth), nodes: count(limits.nodes), aliases, alias_limit: aliases }
    }
}

/// A list or mapping that is still open.
#[derive(Debug)]
struct Open {
    start: u32,
    anchor: usize,
    map: bool,
    /// Where its children begin in `pending`.
    first: usize,
    size: u32,
    height: u32,
    /// The latest end of a child.
    end: u32,
    tag: Option<Box<str>>,
}

/// Builds a [`Tree`] from events in document order. Reused from document to document.
#[derive(Debug)]
pub(crate) struct Builder<'a, 'b> {
    tree: Tree<'a>,
    open: Vec<Open>,
    pending: Vec<NodeId>,
    /// `None` while the anchored collection is open.
    anchors: BTreeMap<usize, Option<NodeId>>,
    root: Option<NodeId>,
    budget: &'b mut Budget,
    /// Findings of this document.
    pub(crate) problems: Vec<Problem>,
    /// One of the findings is an error.
    fatal: bool,
    /// Nodes that were counted without being kept.
    spent: u32,
    /// The tag before what comes next.
    tag: Option<Box<str>>,
}

/// A finding whose span is still in bytes of the text that is read.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) found: Diagnostic,
    /// The place whose line goes into the argument `line`.
    pub(crate) earlier: Option<u32>,
}

impl From<Diagnostic> for Problem {
    fn from(found: Diagnostic) -> Self {
        Self { found, earlier: None }
    }
}

/// Most findings of one document that are kept.
const PROBLEMS: usize = 20;
/// Most tags of one document that are kept.
const TAGS: usize = 1_000;

pub(crate) fn here(start: u32, end: u32) -> Span {
    Span { start, end, ..Span::default() }
}

impl<'a, 'b> Builder<'a, 'b> {
    pub(crate) fn new(budget: &'b mut Budget) -> Self {
        Self {
            tree: Tree::default(),
            open: Vec::new(),
            pending: Vec::new(),
            anchors: BTreeMap::new(),
            root: None,
            budget,
            problems: Vec::new(),
            fatal: false,
            spent: 0,
            tag: None,
        }
    }

    /// The limit on nesting.
    pub(crate) fn depth(&self) -> usize {
        self.budget.depth as usize
    }

    /// A builder for another text, within the same bounds.
    pub(crate) fn another<'c>(&mut self) -> Builder<'c, '_> {
        Builder::new(self.budget)
    }

    /// Bounds for another document that stands `levels` deep in this one.
    pub(crate) fn within(&self, levels: usize) -> Option<Budget> {
        let depth = self.budget.depth.checked_sub(u32::try_from(levels).ok()?)?;
        let nodes = self.budget.nodes.checked_sub(self.spent)?.checked_sub(self.count())?;
        Some(Budget { depth, nodes, ..*self.budget })
    }

    /// Nodes of the document at hand.
    pub(crate) fn count(&self) -> u32 {
        self.tree.nodes.len() as u32
    }

    /// Counts nodes as if they were the document's. `None` when these are too many.
    pub(crate) fn spend(&mut self, nodes: u32) -> Option<()> {
        self.spent = self.spent.checked_add(nodes)?;
        (self.spent <= self.budget.nodes).then_some(())
    }

    /// Forgets the document at hand.
    pub(crate) fn clear(&mut self) {
        self.tree.nodes.clear();
        self.tree.items.clear();
        self.tree.entries.clear();
        self.tree.overridden.clear();
        self.tree.tags.clear();
        self.tag = None;
        self.open.clear();
        self.pending.clear();
        self.anchors.clear();
        self.root = None;
        self.problems.clear();
        self.fatal = false;
    }

    /// Forgets the document at hand, and what was counted for it.
    pub(crate) fn restart(&mut self) {
        self.clear();
        self.spent = 0;
    }

    /// The finished document; `None` when it is empty.
    pub(crate) fn finished(&self) -> Option<(&Tree<'a>, NodeId)> {
        self.root.map(|root| (&self.tree, root))
    }

    pub(crate) fn problem(&mut self, problem: impl Into<Problem>) {
        let problem = problem.into();
        let fatal = problem.found.severity == Severity::Error;
        if self.problems.len() < PROBLEMS || (fatal && !self.fatal) {
            self.problems.push(problem);
        }
        self.fatal |= fatal;
    }

    /// True when the document cannot be used.
    pub(crate) fn is_broken(&self) -> bool {
        self.fatal
    }

    /// Says the tag of the scalar or the collection that comes next.
    pub(crate) fn tagged(&mut self, tag: String) {
        self.tag = Some(Box::from(tag));
    }

    fn keep_tag(&mut self, id: NodeId, tag: Option<Box<str>>) {
        self.tree.tags.extend(tag.filter(|_| self.tree.tags.len() < TAGS).map(|tag| (id, tag)));
    }

    pub(crate) fn scalar(&mut self, value: Value<'a>, start: u32, end: u32, anchor: usize) -> Result<(), Abandoned> {
        let tag = self.tag.take();
        let id = self.add(Node { start, end, value, size: 1, height: 1 }, anchor)?;
        self.keep_tag(id, tag);
        self.place(id)
    }

    pub(crate) fn start(&mut self, map: bool, start: u32, anchor: usize) -> Result<(), Abandoned> {
        if self.open.len() as u32 >= self.budget.depth {
            self.too_deep(start);
            return Err(Abandoned);
        }
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
        let tag = self.tag.take();
        self.open.push(Open { start, anchor, map, first: self.pending.len(), size: 1, height: 0, end: start, tag });
        Ok(())
    }

    /// Ends the innermost collection; `end` is where its closing bracket ends, if it has one.
    pub(crate) fn end(&mut self, end: Option<u32>) -> Result<(), Abandoned> {
        let Some(mut open) = self.open.pop() else { return Err(Abandoned) };
        let value = if open.map {
            self.mapping(&mut open)?
        } else {
            let first = self.tree.items.len() as u32;
            self.tree.items.extend(self.pending.drain(open.first..));
            Value::List(first..self.tree.items.len() as u32)
        };
        let end = end.unwrap_or(open.end);
        let node = Node { start: open.start, end, value, size: open.size, height: open.height + 1 };
        let id = self.add(node, open.anchor)?;
        self.keep_tag(id, open.tag.take());
        self.place(id)
    }

    pub(crate) fn alias(&mut self, anchor: usize, start: u32, end: u32) -> Result<(), Abandoned> {
        let Some(Some(target)) = self.anchors.get(&anchor).copied() else {
            self.problem(codes::YAML_ALIAS_LOOP.at(here(start, end)));
            return self.scalar(Value::Null, start, end, 0);
        };
        let Node { size, height, .. } = *self.tree.node(target);
        let Some(left) = self.budget.aliases.checked_sub(size) else {
            let limit = self.budget.alias_limit.to_string();
            self.problem(codes::TOO_MANY_VALUES.at(here(start, end)).arg("limit", limit));
            return Err(Abandoned);
        };
        self.budget.aliases = left;
        if self.open.len() as u32 + height > self.budget.depth.saturating_add(1) {
            self.too_deep(start);
            return Err(Abandoned);
        }
        self.place(target)
    }

    fn too_deep(&mut self, at: u32) {
        let limit = self.budget.depth.to_string();
        self.problem(codes::TOO_DEEP.at(here(at, at)).arg("limit", limit).hint(codes::HINT_SPLIT_INPUT));
    }

    fn add(&mut self, node: Node<'a>, anchor: usize) -> Result<NodeId, Abandoned> {
        if self.count().saturating_add(self.spent) >= self.budget.nodes {
            let limit = self.budget.nodes.to_string();
            let found = codes::TOO_MANY_VALUES.at(here(node.start, node.end)).arg("limit", limit);
            self.problem(found.hint(codes::HINT_SPLIT_INPUT));
            return Err(Abandoned);
        }
        let id = self.tree.nodes.len() as NodeId;
        self.tree.nodes.push(node);
        if anchor != 0 {
            self.anchors.insert(anchor, Some(id));
        }
        Ok(id)
    }

    fn place(&mut self, id: NodeId) -> Result<(), Abandoned> {
        let Node { size, height, end, .. } = *self.tree.node(id);
        match self.open.last_mut() {
            None => self.root = Some(id),
            Some(open) => {
                self.pending.push(id);
                open.size = open.size.saturating_add(size);
                open.height = open.height.max(height);
                open.end = open.end.max(end);
            }
        }
        Ok(())
    }

    /// Moves the keys and values of `open` into the tree: keys as text, merges (`<<`) resolved. As in Go's yaml.v2 all
    /// takes place in the order it is written: a key given again, also by a merge, has the later value.
    fn mapping(&mut self, open: &mut Open) -> Result<Value<'a>, Abandoned> {
        let children: Vec<NodeId> = self.pending.drain(open.first..).collect();
        let first = self.tree.entries.len();
        let mut seen = Seen::default();
        // Entries that a merge brought.
        let mut merged = BTreeSet::new();
        for pair in children.chunks_exact(2) {
            let (key, value) = (pair[0], pair[1]);
            if self.tree.node(key).value == Value::Merge {
                self.merge(open, first, &mut seen, &mut merged, value)?;
                continue;
            }
            let Some(key) = self.key(key) else { continue };
            let Some(index) = seen.insert(&self.tree, first, key) else {
                self.tree.entries.push((key, value));
                continue;
            };
            let (earlier, lost) = std::mem::replace(&mut self.tree.entries[first + index], (key, value));
            if !merged.remove(&index) {
                self.tree.overridden.push(lost);
                let Node { start, end, .. } = *self.tree.node(key);
                let name = self.tree.text(key).unwrap_or_default().to_owned();
                let found = codes::YAML_DUPLICATE_KEY.at(here(start, end)).arg("key", name);
                let earlier = Some(self.tree.node(earlier).start);
                self.problem(Problem { found: found.hint(codes::HINT_REMOVE_ONE), earlier });
            }
        }
        Ok(Value::Map(first as u32..self.tree.entries.len() as u32))
    }

    /// The node of a key as text, as the conversion to JSON writes it; `None` (and a finding) when it has no text.
    fn key(&mut self, key: NodeId) -> Option<NodeId> {
        let node = self.tree.node(key);
        let text = match &node.value {
            Value::Text(_) => return Some(key),
            Value::Bool(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            Value::UInt(value) => value.to_string(),
            Value::Float(value) => value.to_string(),
            Value::Null | Value::List(_) | Value::Map(_) | Value::Merge => {
                let (start, end) = (node.start, node.end);
                self.problem(codes::YAML_COMPLEX_KEY.at(here(start, end)).hint(codes::HINT_QUOTE_VALUE));
                return None;
            }
        };
        // A node of its own: an alias may use the other one as a value.
        let node = Node { value: Value::Text(Cow::Owned(text)), ..node.clone() };
        self.tree.nodes.push(node);
        Some(self.tree.nodes.len() as NodeId - 1)
    }

    fn merge(
        &mut self,
        open: &mut Open,
        first: usize,
        seen: &mut Seen,
        merged: &mut BTreeSet<usize>,
        from: NodeId,
    ) -> Result<(), Abandoned> {
        let sources = match &self.tree.node(from).value {
            Value::Map(_) => vec![from],
            Value::List(items) => self.tree.items(items).to_vec(),
            _ => Vec::new(),
        };
        let mut good = !sources.is_empty();
        // The first of several goes before the others.
        for source in sources.into_iter().rev() {
            let Value::Map(range) = self.tree.node(source).value.clone() else {
                good = false;
                continue;
            };
            for at in range {
                let (key, value) = self.tree.entries[at as usize];
                open.size = open.size.saturating_add(self.tree.node(value).size);
                let Some(left) = self.budget.aliases.checked_sub(1) else {
                    let Node { start, end, .. } = *self.tree.node(from);
                    let limit = self.budget.alias_limit.to_string();
                    self.problem(codes::TOO_MANY_VALUES.at(here(start, end)).arg("limit", limit));
                    return Err(Abandoned);
                };
                self.budget.aliases = left;
                if let Some(index) = seen.insert(&self.tree, first, key) {
                    self.tree.entries[first + index] = (key, value);
                    merged.insert(index);
                } else {
                    merged.insert(self.tree.entries.len() - first);
                    self.tree.entries.push((key, value));
                }
            }
        }
        if !good {
            let Node { start, end, ref value, .. } = *self.tree.node(from);
            let found = kind_of(value);
            self.problem(codes::YAML_BAD_MERGE.at(here(start, end)).arg("found", found));
        }
        Ok(())
    }
}

/// Keys already in a mapping: compared one by one while they are few.
#[derive(Default)]
struct Seen {
    many: HashMap<Box<str>, usize>,
}

impl Seen {
    /// The earlier entry with a key of that text, counted from `first` on; or `None`, and the caller adds the entry behind
    /// the others.
    fn insert(&mut self, tree: &Tree<'_>, first: usize, key: NodeId) -> Option<usize> {
        const FEW: usize = 16;
        let entries = &tree.entries[first..];
        let name = tree.text(key).unwrap_or_default();
        if entries.len() < FEW {
            return entries.iter().position(|(other, _)| tree.text(*other) == Some(name));
        }
        if self.many.is_empty() {
            let named = |(index, key): (usize, NodeId)| tree.text(key).map(|name| (Box::from(name), index));
            self.many.extend(entries.iter().map(|(key, _)| *key).enumerate().filter_map(named));
        }
        match self.many.entry(Box::from(name)) {
            Entry::Occupied(earlier) => Some(*earlier.get()),
            Entry::Vacant(vacant) => {
                vacant.insert(entries.len());
                None
            }
        }
    }
}

/// The type token of a value, for messages.
pub(crate) fn kind_of(value: &Value<'_>) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) | Value::UInt(_) => "integer",
        Value::Float(_) => "number",
        Value::Text(_) | Value::Merge => "string",
        Value::List(_) => "list",
        Value::Map(_) => "object",
    }
}

impl From<Plain> for Value<'_> {
    /// The value of a plain scalar; [`Plain::Text`] is for the caller, who has the text.
    fn from(plain: Plain) -> Self {
        match plain {
            Plain::Null => Self::Null,
            Plain::Bool(value) => Self::Bool(value),
            Plain::Int(value) => Self::Int(value),
            Plain::UInt(value) => Self::UInt(value),
            Plain::Float(value) => Self::Float(value),
            Plain::Merge => Self::Merge,
            Plain::Text => Self::Text(Cow::Borrowed("")),
        }
    }
}
