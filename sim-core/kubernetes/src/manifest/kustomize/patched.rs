//! Objects of an input as JSON merge patches make them (RFC 7386), each value with the place that it came from: of the object, or of the
//! patch. What comes out was read as any other object is.

use super::emit;
use super::files;
use super::value::{Entry, Node, Val};
use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::assemble::Assembly;
use crate::manifest::nested::Offsets;
use crate::manifest::objects::Object;
use crate::manifest::{Limits, Parsed, Progress, parse_one};
use crate::origin::{NamespacedName, ObjectRef, SourceText, Span};
use crate::text::tree::Budget;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes of one patch at most.
const PATCH: usize = 64 << 10;

/// Bytes that all patches of an input may read and write.
const WORK: usize = 64 << 20;

/// The field of an event's patch that is the merge patch.
const FIELD: &str = "merge";

/// Fields of a patch that are named at most.
const NAMED: usize = 8;

/// The objects of an input, patched one after the other.
pub struct Patching<'p> {
    parsed: &'p Parsed,
    limits: Limits,
    now: BTreeMap<ObjectRef, Arc<Node>>,
    left: usize,
}

/// An object with one patch more.
#[derive(Clone, Debug)]
pub struct Patched {
    /// What it is read as: the object, behind it a configuration that it holds.
    pub objects: Vec<Object>,
    /// Fields that the patch names.
    pub fields: Vec<Arc<str>>,
    /// Its Pods are made from another template.
    pub template: bool,
    /// `spec.replicas`, where that is another number.
    pub replicas: Option<i64>,
    node: Arc<Node>,
}

/// Why there is no such object.
#[derive(Clone, Debug)]
pub enum Unpatched {
    /// The patch is too large, or too much was patched already.
    Size,
    /// The patch is no mapping.
    Merge,
    /// The object's text cannot be changed: mistakes were mended in it, or it is of a template.
    Text,
    /// It would be another object.
    Identity,
    /// A field that the API server lets nobody change.
    Immutable(&'static str),
    /// What it would be cannot be read.
    Invalid(Vec<Diagnostic>),
}

impl Unpatched {
    /// A word for messages.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Merge => "merge",
            Self::Text => "text",
            Self::Identity => "identity",
            Self::Immutable(_) => "immutable",
            Self::Invalid(_) => "invalid",
        }
    }
}

impl<'p> Patching<'p> {
    /// The objects as they are.
    pub fn of(parsed: &'p Parsed) -> Self {
        Self { parsed, limits: Limits::default(), now: BTreeMap::new(), left: WORK }
    }

    /// An object with the patch that stands at `merge`. One that a workload made is the workload's template by its name.
    ///
    /// # Errors
    /// Where there is no such object then: it stays what it is.
    pub fn patched(
        &mut self,
        object: &ObjectRef,
        made_by: Option<&ObjectRef>,
        merge: Span,
    ) -> Result<Patched, Unpatched> {
        let patch = self.merge(merge)?;
        let before = match self.now.get(object) {
            Some(node) => Arc::clone(node),
            None => Arc::new(self.current(object, made_by).ok_or(Unpatched::Text)?),
        };
        let mut node = Node::clone(&before);
        merge_into(&mut node, &patch);
        if identity(&node) != identity(&before) {
            return Err(Unpatched::Identity);
        }
        if let Some(field) = frozen(&object.kind, &before, &node) {
            return Err(Unpatched::Immutable(field));
        }
        let objects = self.read(&node, object)?;
        let spec = |node: &Node, key: &str| node.at(&["spec", key]).cloned();
        let number = |node: &Node| match spec(node, "replicas").map(|node| node.value) {
            Some(Val::Int(number)) => number,
            _ => 1,
        };
        let mut fields = Vec::new();
        named(&patch, "", &mut fields);
        Ok(Patched {
            objects,
            fields,
            template: spec(&before, "template") != spec(&node, "template"),
            replicas: (number(&before) != number(&node)).then(|| number(&node)),
            node: Arc::new(node),
        })
    }

    /// It is so from now on.
    pub fn keep(&mut self, object: &ObjectRef, patched: &Patched) {
        self.now.insert(object.clone(), Arc::clone(&patched.node));
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Unpatched> {
        self.left = self.left.checked_sub(bytes).ok_or(Unpatched::Size)?;
        Ok(())
    }

    fn merge(&mut self, at: Span) -> Result<Node, Unpatched> {
        let length = at.end.saturating_sub(at.start) as usize;
        if length > PATCH {
            return Err(Unpatched::Size);
        }
        self.spend(length)?;
        // What stands there begins with its key.
        let node = self.slice(at).and_then(|mut field| field.remove(FIELD)).ok_or(Unpatched::Merge)?;
        if matches!(node.value, Val::Map(_)) { Ok(node) } else { Err(Unpatched::Merge) }
    }

    /// What stands at a place, read alone: indented as it is there.
    fn slice(&self, at: Span) -> Option<Node> {
        let text = &*self.parsed.sources.get(at.source.0 as usize)?.text;
        let (start, end) = (at.start as usize, at.end as usize);
        let line = text.get(..start)?.rfind('\n').map_or(0, |newline| newline + 1);
        let alone = format!("{}{}", " ".repeat(start - line), text.get(start..end)?);
        let offsets = Offsets::Lines(at.source, vec![(0, line as u32)]);
        one(files::roots(&alone, offsets, &mut Budget::of(&self.limits)))
    }

    /// An object of the input as it stands there.
    fn current(&mut self, object: &ObjectRef, made_by: Option<&ObjectRef>) -> Option<Node> {
        if let Some(maker) = made_by {
            let node = match self.now.get(maker) {
                Some(node) => Node::clone(node),
                None => self.current(maker, None)?,
            };
            let namespace = object.namespace.clone().unwrap_or_else(|| Arc::from("default"));
            return made(&node, maker, &NamespacedName { namespace, name: object.name.clone() });
        }
        let own = |found: &&Object| found.object() == object;
        let all = || self.parsed.objects.iter().filter(own);
        // A configuration inside of a ConfigMap bears its name.
        let found = all().find(|found| matches!(found, Object::ConfigMap(_))).or_else(|| all().next())?;
        let span = found.span();
        let mut node = match self.parsed.rendered(object) {
            Some(made) => {
                let offsets = Offsets::Pieces(Arc::clone(made.pieces()));
                let text = made.text().to_owned();
                self.spend(text.len()).ok()?;
                one(files::roots(&text, offsets, &mut Budget::of(&self.limits)))?
            }
            None => {
                self.spend(span.end.saturating_sub(span.start) as usize).ok()?;
                self.slice(span)?
            }
        };
        // Items of a list of one kind go without saying so.
        for (key, text) in [("kind", object.kind.clone()), ("apiVersion", found.api_version().clone())] {
            if node.get(key).is_none() {
                node.set(key, span, Node::text_at(text, span));
            }
        }
        let is = node.text_of(&["kind"]) == Some(&*object.kind)
            && node.text_of(&["metadata", "name"]) == Some(&*object.name);
        is.then_some(node)
    }

    /// The object that a value is.
    fn read(&mut self, node: &Node, object: &ObjectRef) -> Result<Vec<Object>, Unpatched> {
        let (text, pieces) = emit::json(node);
        self.spend(text.len())?;
        let progress = Progress::default();
        let inputs: &[SourceText] = &self.parsed.sources;
        let mut assembly = Assembly::new(inputs, &self.parsed.lines, &self.limits, &progress);
        let mut budget = Budget::of(&self.limits);
        parse_one(&text, Offsets::Pieces(pieces), node.span.source, &mut assembly, &mut budget);
        let (objects, _, found) = assembly.finish();
        // What was mended in the object before is mended again.
        let known = |found: &Diagnostic| {
            let mut all = self.parsed.diagnostics.iter();
            all.any(|own| {
                own.code == found.code && own.args.get("path") == found.args.get("path") && own.span == found.span
            })
        };
        let is_error = |found: &Diagnostic| found.severity == Severity::Error && !known(found);
        let errors: Vec<Diagnostic> = found.into_iter().filter(is_error).collect();
        let whole = objects.first().is_some_and(|first| first.object() == object);
        if whole && errors.is_empty() { Ok(objects) } else { Err(Unpatched::Invalid(errors)) }
    }
}

fn one(mut roots: Vec<Node>) -> Option<Node> {
    if roots.len() == 1 { roots.pop() } else { None }
}

/// What an object is known by.
fn identity(node: &Node) -> [Option<String>; 4] {
    let text = |path: &[&str]| node.at(path).and_then(Node::scalar);
    [text(&["apiVersion"]), text(&["kind"]), text(&["metadata", "name"]), text(&["metadata", "namespace"])]
}

/// `MergePatch` of RFC 7386, section 2.
fn merge_into(target: &mut Node, patch: &Node) {
    let Val::Map(entries) = &patch.value else {
        *target = patch.clone();
        return;
    };
    if !matches!(target.value, Val::Map(_)) {
        *target = Node::map_at(patch.span);
    }
    for Entry { key, at, node } in entries {
        if node.is_null() {
            target.remove(key);
        } else if let Some(inner) = target.get_mut(key) {
            merge_into(inner, node);
        } else {
            let mut inner = Node::map_at(node.span);
            merge_into(&mut inner, node);
            target.set(key, *at, inner);
        }
    }
}

/// Paths of the fields that a patch sets or removes.
fn named(patch: &Node, path: &str, all: &mut Vec<Arc<str>>) {
    for entry in patch.entries() {
        if all.len() >= NAMED {
            return;
        }
        let dot = if path.is_empty() { "" } else { "." };
        let path = format!("{path}{dot}{}", crate::shown::cut(&entry.key, crate::shown::NAME));
        match &entry.node.value {
            Val::Map(inner) if !inner.is_empty() => named(&entry.node, &path, all),
            _ => all.push(Arc::from(path)),
        }
    }
}

/// A field that differs and may not (`ValidateDeploymentUpdate` and its like; `ValidateServiceUpdate`; `ValidatePodUpdate`).
fn frozen(kind: &str, before: &Node, after: &Node) -> Option<&'static str> {
    let fields: &[&'static str] = match kind {
        "Deployment" | "ReplicaSet" | "DaemonSet" => &["spec.selector"],
        "StatefulSet" => {
            &["spec.selector", "spec.serviceName", "spec.podManagementPolicy", "spec.volumeClaimTemplates"]
        }
        "Job" => &["spec.selector", "spec.template", "spec.completions"],
        "EndpointSlice" => &["addressType"],
        "IngressClass" => &["spec.controller"],
        "Node" => &["spec.podCIDR", "spec.podCIDRs", "spec.providerID"],
        "Service" => {
            let outside = |node: &Node| node.text_of(&["spec", "type"]) == Some("ExternalName");
            if outside(before) || outside(after) { &[] } else { &["spec.clusterIP"] }
        }
        "Pod" => {
            let kept = |node: &Node| node.get("spec").map(unchangeable);
            return (kept(before) != kept(after)).then_some("spec");
        }
        _ => &[],
    };
    let at =
        |node: &Node, path: &str| node.at(&path.split('.').collect::<Vec<_>>()).filter(|at| !at.is_empty()).cloned();
    // What was never given may be given.
    let differs = |path: &&&str| at(before, path).is_some_and(|old| at(after, path) != Some(old));
    fields.iter().find(differs).copied()
}

/// What of a Pod's `spec` nobody may change: all but images, tolerations and two deadlines.
fn unchangeable(spec: &Node) -> Node {
    let mut spec = spec.clone();
    for key in ["tolerations", "activeDeadlineSeconds", "terminationGracePeriodSeconds", "schedulingGates"] {
        spec.remove(key);
    }
    for list in ["containers", "initContainers"] {
        if let Some(Val::List(items)) = spec.get_mut(list).map(|node| &mut node.value) {
            for item in items {
                item.remove("image");
            }
        }
    }
    spec
}

/// The Pod of a name that a workload makes of its template.
fn made(node: &Node, maker: &ObjectRef, pod: &NamespacedName) -> Option<Node> {
    let template = node.at(&["spec", "template"])?;
    let (at, mut own) = (node.span, Node::map_at(node.span));
    let text = |text: &str| Node::text_at(text, at);
    own.set("apiVersion", at, text("v1"));
    own.set("kind", at, text("Pod"));
    let mut metadata = template.get("metadata").cloned().unwrap_or_else(|| Node::map_at(at));
    metadata.set("name", at, text(&pod.name));
    metadata.set("namespace", at, text(&pod.namespace));
    let mut owner = Node::map_at(at);
    owner.set("apiVersion", at, text("apps/v1"));
    owner.set("kind", at, text(&maker.kind));
    owner.set("name", at, text(&maker.name));
    owner.set("controller", at, Node { span: at, value: Val::Bool(true) });
    metadata.set("ownerReferences", at, Node { span: at, value: Val::List(vec![owner]) });
    own.set("metadata", at, metadata);
    own.set("spec", at, template.get("spec").cloned()?);
    Some(own)
}
