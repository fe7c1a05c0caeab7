//! What is delicate in a document's tree.

use super::mask::Masks;
use super::{BYTES_A_STEP, lines, loose, names};
use crate::budget::Budget;
use crate::text::tree::{NodeId, Tree, Value};
use std::collections::HashSet;
use std::ops::Range;

/// Bytes that looking at a node counts for, beside its text.
const NODE: usize = 64;
/// Bytes from which on it is remembered that a text was looked at: aliases may name it a million times.
const LONG: usize = 256;

/// Keys of ConfigMaps that are read.
const READ: [&str; 18] = [
    "Corefile",
    "net-conf.json",
    "cni-conf.json",
    "cni_network_config",
    "canal_iface",
    "calico_backend",
    "veth_mtu",
    "config.conf",
    "kubeconfig.conf",
    "ClusterConfiguration",
    "ClusterStatus",
    "kubelet",
    "cluster-pool-ipv4-cidr",
    "ipv4-native-routing-cidr",
    "kube-proxy-replacement",
    "routing-mode",
    "tunnel",
    "tunnel-protocol",
];

struct Walk<'t, 'a, 'm> {
    tree: &'t Tree<'a>,
    text: &'t str,
    masks: &'m mut Masks,
    budget: &'t Budget,
    /// Bytes that were looked at and are not yet steps of the budget.
    looked: usize,
    /// The budget is spent: whatever is found now is for nobody.
    stopped: bool,
    /// Long texts that were looked at.
    seen: HashSet<usize>,
}

/// Marks what is delicate in a document, as far as the budget goes.
pub(super) fn document(tree: &Tree<'_>, root: NodeId, text: &str, masks: &mut Masks, budget: &Budget) {
    let mut walk = Walk { tree, text, masks, budget, looked: 0, stopped: false, seen: HashSet::new() };
    for part in ["secrets", "configs"] {
        walk.contents(root, part);
    }
    walk.value(root, "");
    // Whose they were is not known any more.
    for value in tree.overridden() {
        walk.all(*value);
    }
}

impl<'t> Walk<'t, '_, '_> {
    /// Counts what is looked at; false once that is too much.
    fn may(&mut self, bytes: usize) -> bool {
        self.looked += NODE + bytes;
        if self.looked >= 16 * BYTES_A_STEP {
            self.stopped |= self.budget.spend((self.looked / BYTES_A_STEP) as u64).is_err();
            self.looked %= BYTES_A_STEP;
        }
        !self.stopped
    }

    fn span(&self, id: NodeId) -> Range<usize> {
        let node = self.tree.node(id);
        node.start as usize..node.end as usize
    }

    /// Below the field `parent`.
    fn value(&mut self, id: NodeId, parent: &str) {
        if !self.may(0) {
            return;
        }
        let tree = self.tree;
        match &tree.node(id).value {
            Value::Map(entries) => self.map(id, entries, parent),
            Value::List(items) => {
                for item in tree.items(items) {
                    self.value(*item, parent);
                }
            }
            Value::Text(_) => self.running(id),
            _ => {}
        }
    }

    /// A text of which only what looks like a credential goes. One of several lines may be a document of its own.
    fn running(&mut self, id: NodeId) {
        let span = self.span(id);
        if (span.len() >= LONG && !self.seen.insert(span.start)) || !self.may(span.len()) {
            return;
        }
        match self.text.get(span.clone()) {
            Some(text) if text.contains('\n') => lines::scan(self.text, span, false, self.masks),
            Some(_) => loose::scan(self.text, span, self.masks),
            None => {}
        }
    }

    /// Everything a value holds, at any depth; keys stay.
    fn all(&mut self, id: NodeId) {
        let (span, tree) = (self.span(id), self.tree);
        if !self.may(0) {
            return;
        }
        match &tree.node(id).value {
            Value::Map(entries) => {
                for (_, value) in tree.entries(entries) {
                    self.all(*value);
                }
            }
            Value::List(items) => {
                for item in tree.items(items) {
                    self.all(*item);
                }
            }
            Value::Int(_) | Value::UInt(_) | Value::Float(_) => self.masks.number(span),
            Value::Text(text) if self.may(text.len()) && !names::is_reference(text) => {
                self.masks.all(self.content(span))
            }
            _ => {}
        }
    }

    /// A scalar without what it is written in: quotes, the head of a block.
    fn content(&self, span: Range<usize>) -> Range<usize> {
        let written = self.text.get(span.clone()).unwrap_or_default();
        match written.as_bytes() {
            [first @ (b'"' | b'\''), .., last] if first == last => span.start + 1..span.end - 1,
            [b'|' | b'>', ..] => match written.find('\n') {
                Some(newline) => span.start + newline + 1..span.end,
                None => span.end..span.end,
            },
            _ => span,
        }
    }

    fn text(&mut self, id: NodeId) -> Option<&'t str> {
        let tree: &'t Tree<'_> = self.tree;
        let text = tree.text(id)?;
        self.may(text.len());
        Some(text)
    }

    fn field(&mut self, id: NodeId, name: &str) -> Option<&'t str> {
        self.tree.get(id, name).and_then(|value| self.text(value))
    }

    fn map(&mut self, id: NodeId, entries: &Range<u32>, parent: &str) {
        let tree = self.tree;
        let kind = self.field(id, "kind").unwrap_or_default();
        let name = tree.get(id, "metadata").and_then(|metadata| self.field(metadata, "name")).unwrap_or_default();
        // `{name: PASSWORD, value: a}`: a variable, a header, a parameter.
        let variable = self.field(id, "name").filter(|_| tree.get(id, "value").is_some());
        for (key, value) in tree.entries(entries) {
            let (Some(key), value) = (self.text(*key), *value) else { continue };
            match key {
                "data" | "stringData" if kind == "Secret" => self.all(value),
                "data" | "binaryData" if kind == "ConfigMap" => self.config(name, value),
                "managedFields" => self.nothing(value),
                _ if is_applied(key) => self.all(value),
                "annotations" | "Labels" => self.annotations(value),
                "env" | "environment" | "Env" => self.variables(value, key),
                "args" | "command" | "entrypoint" | "test" | "Test" | "Args" | "Cmd" | "Entrypoint" | "Command" => {
                    self.arguments(value)
                }
                "literals" => self.literals(value, parent == "secretGenerator"),
                "value" if variable.is_some() => self.variable(variable.unwrap_or_default(), value),
                _ if names::is_field(key) && !is_collection(self.tree, value) => self.all(value),
                _ => self.value(value, key),
            }
        }
    }

    /// A field that nobody reads, and whose keys tell something, too: an empty list is left of what stands in brackets, null of the rest.
    fn nothing(&mut self, id: NodeId) {
        let span = self.span(id);
        match self.text.get(span.clone()).map(str::as_bytes) {
            Some([b'[', .., b']'] | [b'{', .., b'}']) => self.masks.blank(span.start + 1..span.end - 1),
            Some(_) if is_collection(self.tree, id) => self.masks.blank(span),
            _ => self.all(id),
        }
    }

    fn config(&mut self, name: &str, data: NodeId) {
        let Value::Map(entries) = self.tree.node(data).value.clone() else { return self.all(data) };
        for (key, value) in self.tree.entries(&entries).to_vec() {
            let key = self.text(key).unwrap_or_default();
            let held = self.text(value).unwrap_or_default();
            if is_read(name, key, held) { self.running(value) } else { self.all(value) }
        }
    }

    fn annotations(&mut self, id: NodeId) {
        let Value::Map(entries) = self.tree.node(id).value.clone() else { return self.value(id, "") };
        for (key, value) in self.tree.entries(&entries).to_vec() {
            let key = self.text(key).unwrap_or_default();
            let random = self
                .text(value)
                .is_some_and(|text| names::is_random(text) && !key.contains("hash") && !key.contains("checksum"));
            if is_applied(key) || names::is_variable(key) || random { self.all(value) } else { self.value(value, "") }
        }
    }

    /// `{NAME: value}`, `[NAME=value]` and `[{name: NAME, value: value}]`.
    fn variables(&mut self, id: NodeId, key: &str) {
        match self.tree.node(id).value.clone() {
            Value::Map(entries) => {
                for (name, value) in self.tree.entries(&entries).to_vec() {
                    let name = self.text(name).unwrap_or_default();
                    self.variable(name, value);
                }
            }
            Value::List(items) => {
                for item in self.tree.items(&items).to_vec() {
                    match self.tree.node(item).value {
                        Value::Text(_) => {
                            self.assignment(item, |name, value| names::is_variable(name) || names::is_random(value))
                        }
                        _ => self.value(item, key),
                    }
                }
            }
            _ => self.value(id, key),
        }
    }

    fn variable(&mut self, name: &str, value: NodeId) {
        let random = self.text(value).is_some_and(names::is_random);
        if names::is_variable(name) || random { self.all(value) } else { self.value(value, "") }
    }

    /// `NAME=value`: the value goes where `goes` says so.
    fn assignment(&mut self, id: NodeId, goes: impl Fn(&str, &str) -> bool) {
        let span = self.content(self.span(id));
        let written = self.text.get(span.clone()).unwrap_or_default();
        match written.split_once('=') {
            Some((name, value)) if goes(name.trim_start_matches('-'), value) && !names::is_reference(value) => {
                self.masks.all(span.end - value.len()..span.end);
            }
            _ => self.running(id),
        }
    }

    fn literals(&mut self, id: NodeId, secret: bool) {
        for item in self.tree.list(id).to_vec() {
            self.assignment(item, |name, value| secret || !is_read("", name, value));
        }
    }

    /// Arguments; the one behind `--password` is the password.
    fn arguments(&mut self, id: NodeId) {
        let Value::List(items) = self.tree.node(id).value.clone() else { return self.value(id, "") };
        let mut next = false;
        for item in self.tree.items(&items).to_vec() {
            let Some(text) = self.text(item) else {
                if next {
                    self.all(item)
                } else {
                    self.value(item, "")
                }
                next = false;
                continue;
            };
            let flag = text.starts_with('-') && !text.contains(['=', ' ', '\n']);
            if (next && !flag) || names::is_random(text) {
                self.all(item);
            } else if text.contains('\n') || text.contains(' ') {
                self.running(item);
            } else {
                self.assignment(item, |name, value| names::is_variable(name) || names::is_random(value));
            }
            let user = matches!(text, "-u" | "--user" | "--proxy-user");
            next = flag && (user || names::is_variable(text.trim_start_matches('-')));
        }
    }

    /// `content` of Compose's secrets and configs.
    fn contents(&mut self, root: NodeId, part: &str) {
        let Some(all) = self.tree.get(root, part) else { return };
        let Value::Map(entries) = self.tree.node(all).value.clone() else { return };
        for (_, one) in self.tree.entries(&entries).to_vec() {
            if let Some(content) = self.tree.get(one, "content") {
                self.all(content);
            }
        }
    }
}

fn is_collection(tree: &Tree<'_>, id: NodeId) -> bool {
    matches!(tree.node(id).value, Value::Map(_) | Value::List(_))
}

/// True for an annotation in which a tool keeps the whole object.
fn is_applied(key: &str) -> bool {
    key.contains("last-applied") || key.ends_with("/applied") || key.ends_with("original-manifest")
}

/// True where what a ConfigMap holds under a key is read.
fn is_read(name: &str, key: &str, held: &str) -> bool {
    let held = held.trim();
    let network =
        (key.ends_with(".conflist") || key.ends_with(".conf") || key.starts_with("cni") || held.starts_with('{'))
            && ["\"type\"", "\"plugins\"", "\"cniVersion\""].iter().any(|word| held.contains(word));
    // Ports come from ConfigMaps, by way of variables.
    let port = held
        .rsplit(':')
        .next()
        .is_some_and(|port| (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit()));
    let address = held
        .rsplit_once(':')
        .is_none_or(|(host, _)| host.bytes().all(|byte| byte.is_ascii_digit() || b".:[]*".contains(&byte)));
    READ.contains(&key)
        || name.starts_with("coredns")
        || network
        || (key == "config" && held.contains("address-pools"))
        || name.contains("ip-masq-agent")
        || (port && address && !names::is_variable(key))
}
