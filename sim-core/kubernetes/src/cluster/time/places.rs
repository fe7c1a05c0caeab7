//! Whom events are about, in the words of the command line.

use crate::cluster::context::Context;
use crate::cluster::model::{NamespacedName, Node, Pod, Spot};
use crate::diagnostic::codes;
use crate::manifest::nearest;
use crate::manifest::objects::{Object, Text};
use crate::origin::{ObjectRef, Spanned};
use std::sync::Arc;

/// Short words of `kubectl` that are not a kind's own name.
const SHORT: [(&str, &str); 24] = [
    ("cm", "ConfigMap"),
    ("cj", "CronJob"),
    ("deploy", "Deployment"),
    ("ds", "DaemonSet"),
    ("ep", "Endpoints"),
    ("eps", "EndpointSlice"),
    ("endpointslices", "EndpointSlice"),
    ("gc", "GatewayClass"),
    ("gtw", "Gateway"),
    ("ing", "Ingress"),
    ("ingresses", "Ingress"),
    ("ingressclasses", "IngressClass"),
    ("gatewayclasses", "GatewayClass"),
    ("netpol", "NetworkPolicy"),
    ("networkpolicies", "NetworkPolicy"),
    ("globalnetworkpolicies", "GlobalNetworkPolicy"),
    ("no", "Node"),
    ("ns", "Namespace"),
    ("po", "Pod"),
    ("rc", "ReplicationController"),
    ("rs", "ReplicaSet"),
    ("sts", "StatefulSet"),
    ("svc", "Service"),
    ("refgrant", "ReferenceGrant"),
];

/// Kinds whose objects nobody changes while a cluster runs.
const FIXED: [&str; 6] = ["Scenario", "Compose", "DockerDaemon", "DockerContainer", "DockerNetwork", "CniConfig"];

/// Who there is.
pub(super) struct Places<'r> {
    pub(super) nodes: &'r [Node],
    pub(super) pods: &'r [Pod],
    /// Names of machines that are no nodes: hosts and routers.
    pub(super) machines: &'r [Arc<str>],
}

/// An object, and the workload that made it where the input does not have it.
pub(super) type Found = (ObjectRef, Option<ObjectRef>);

impl Places<'_> {
    pub(super) fn pod(
        &self,
        context: &mut Context<'_>,
        object: &ObjectRef,
        text: &Spanned<Text>,
    ) -> Option<NamespacedName> {
        let path = text.value.strip_prefix("pod/").unwrap_or(&text.value);
        let (namespace, name) = path.split_once('/').unwrap_or(("default", path));
        let is = |pod: &&Pod| *pod.name.namespace == *namespace && *pod.name.name == *name;
        match self.pods.iter().find(is) {
            Some(pod) => Some(pod.name.clone()),
            None => {
                let known = self.pods.iter().map(|pod| format!("pod/{}", pod.name)).collect();
                nobody(context, object, (text, &format!("pod/{namespace}/{name}")), known)
            }
        }
    }

    pub(super) fn node(&self, context: &mut Context<'_>, object: &ObjectRef, text: &Spanned<Text>) -> Option<Arc<str>> {
        let name = text.value.strip_prefix("node/").unwrap_or(&text.value);
        if let Some(node) = self.nodes.iter().find(|node| *node.name == *name) {
            return Some(node.name.clone());
        }
        let found = context.finding(codes::SCENARIO_NODE, text.span, object).arg("node", name);
        let meant = nearest(name, self.nodes.iter().map(|node| &*node.name));
        context.report(match meant {
            Some(meant) => found.arg("suggestion", meant).hint("did-you-mean"),
            None => found,
        });
        None
    }

    /// A machine, or the link of one: `NAME`, `node/NAME`, `host/NAME`, `router/NAME`, `link/NAME`.
    pub(super) fn spot(&self, context: &mut Context<'_>, object: &ObjectRef, text: &Spanned<Text>) -> Option<Spot> {
        let (word, name) = text.value.split_once('/').unwrap_or(("", &text.value));
        let nodes = || self.nodes.iter().map(|node| &node.name);
        let known: Vec<&Arc<str>> = match word {
            "" | "link" => nodes().chain(self.machines).collect(),
            "node" => nodes().collect(),
            "host" | "router" => self.machines.iter().collect(),
            _ => Vec::new(),
        };
        if let Some(own) = known.iter().find(|own| &****own == name) {
            return Some(Spot { machine: Arc::clone(own), link: word == "link" });
        }
        let found =
            context.finding(codes::SCENARIO_MACHINE, text.span, object).arg("path", "timeline").arg("name", name);
        context.report(match nearest(name, known.iter().map(|own| &***own)) {
            Some(meant) => found.arg("suggestion", meant).hint("did-you-mean"),
            None => found,
        });
        None
    }

    pub(super) fn workload(
        &self,
        context: &mut Context<'_>,
        object: &ObjectRef,
        text: &Spanned<Text>,
    ) -> Option<ObjectRef> {
        const KINDS: [&str; 4] = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"];
        let is = |own: &ObjectRef| KINDS.contains(&&*own.kind);
        find(context, object, text, is, Vec::new()).map(|(own, _)| own)
    }

    /// Any object of the input that can be changed, or a Pod that a workload of it makes.
    pub(super) fn any(&self, context: &mut Context<'_>, object: &ObjectRef, text: &Spanned<Text>) -> Option<Found> {
        let is = |own: &ObjectRef| !FIXED.contains(&&*own.kind);
        let pod = |pod: &Pod| {
            let own = ObjectRef {
                kind: Arc::from("Pod"),
                namespace: Some(pod.name.namespace.clone()),
                name: pod.name.name.clone(),
            };
            Some((own, Some(pod.made_by.clone()?)))
        };
        let made = self.pods.iter().filter(|pod| !pod.origin.assumed).filter_map(pod).collect();
        find(context, object, text, is, made)
    }
}

/// `KIND/NAMESPACE/NAME`; `KIND/NAME` of what is in `default`, or in no namespace.
fn find(
    context: &mut Context<'_>,
    object: &ObjectRef,
    text: &Spanned<Text>,
    is: impl Fn(&ObjectRef) -> bool,
    made: Vec<Found>,
) -> Option<Found> {
    let parts: Vec<&str> = text.value.split('/').collect();
    let (word, namespace, name) = match parts.as_slice() {
        [word, namespace, name] => (*word, Some(*namespace), *name),
        [word, name] => (*word, None, *name),
        _ => return nobody(context, object, (text, &text.value), Vec::new()),
    };
    let fits = |own: &ObjectRef| {
        let at = match (&own.namespace, namespace) {
            (Some(own), said) => **own == *said.unwrap_or("default"),
            (None, said) => said.is_none(),
        };
        at && *own.name == *name && is_word(word, &own.kind) && is(own)
    };
    let parsed = context.parsed;
    let objects = || parsed.objects.iter().map(Object::object).filter(|own| is(own));
    if let Some(own) = objects().find(|own| fits(own)) {
        return Some((own.clone(), None));
    }
    if let Some(found) = made.iter().find(|(own, _)| fits(own)) {
        return Some(found.clone());
    }
    let path = |own: &ObjectRef| match &own.namespace {
        Some(namespace) => format!("{word}/{namespace}/{}", own.name),
        None => format!("{word}/{}", own.name),
    };
    let alike = objects().chain(made.iter().map(|(own, _)| own)).filter(|own| is_word(word, &own.kind));
    let known = alike.map(path).collect();
    let asked = match namespace {
        Some(_) => text.value.to_string(),
        None if objects().any(|own| is_word(word, &own.kind) && own.namespace.is_none()) => text.value.to_string(),
        None => format!("{word}/default/{name}"),
    };
    nobody(context, object, (text, &asked), known)
}

/// Whether a word is a kind's: its short one, or its name with or without an `s`, whatever the case.
fn is_word(word: &str, kind: &str) -> bool {
    let short = SHORT.iter().any(|(own, of)| *of == kind && own.eq_ignore_ascii_case(word));
    let plain = |word: &str| word.eq_ignore_ascii_case(kind);
    short || plain(word) || word.strip_suffix(['s', 'S']).is_some_and(plain)
}

/// There is nobody of that name; who was meant is told where one name is near.
fn nobody<T>(
    context: &mut Context<'_>,
    object: &ObjectRef,
    (text, asked): (&Spanned<Text>, &str),
    known: Vec<String>,
) -> Option<T> {
    let found = context.finding(codes::SCENARIO_PLACE, text.span, object).arg("place", &*text.value);
    context.report(match nearest(asked, known.iter().map(String::as_str)) {
        Some(meant) => found.arg("suggestion", meant).hint("did-you-mean"),
        None => found,
    });
    None
}
