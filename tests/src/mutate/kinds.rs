//! The mistakes: each where it can be made in an input.

use super::{Numbers, model};
use kubernetes::edit::{Content, Editor, FieldPath};
use kubernetes::manifest::SourceText;
use kubernetes::manifest::objects::Object;
use kubernetes::origin::{ObjectRef, Span};
use kubernetes::patch::Patch;
use sim_core::model::Model;
use std::collections::BTreeSet;

/// One mistake.
pub struct Mutation {
    /// What kind.
    pub kind: &'static str,
    /// The object as it was.
    pub object: ObjectRef,
    /// The field that is changed.
    pub field: FieldPath,
    /// The change.
    pub patch: Patch,
    /// Lines of the changed text it is on.
    pub lines: BTreeSet<u32>,
    /// The object is taken away as a whole.
    pub gone: bool,
    place: Span,
}

impl Mutation {
    /// The object as it is called after the change.
    pub fn object_now(&self, changed: &Model) -> Option<ObjectRef> {
        let here = |object: &&Object| {
            let span = object.span();
            span.source == self.place.source && span.start == self.place.start
        };
        changed.parsed.objects.iter().find(here).map(|object| object.object().clone())
    }
}

/// Names of all kinds.
pub const KINDS: [&str; 34] = [
    "drop-label",
    "rename-label-value",
    "drop-labels",
    "selector-key",
    "selector-value",
    "selector-extra",
    "container-port-name",
    "container-port",
    "container-protocol",
    "target-port",
    "target-port-name",
    "service-port",
    "service-protocol",
    "service-name",
    "service-namespace",
    "pod-namespace",
    "service-type",
    "cluster-ip",
    "cluster-ip-none",
    "node-port",
    "external-policy",
    "internal-policy",
    "source-ranges",
    "external-address",
    "external-name",
    "replicas-0",
    "node-name",
    "not-ready",
    "deleted",
    "dns-policy",
    "stateful-service",
    "subdomain",
    "endpoints",
    "delete-service",
];

/// Everything that can be done wrong to an input, by one seed's words.
pub fn mutations(sources: &[SourceText], numbers: &mut Numbers) -> Vec<Mutation> {
    let model = model(sources);
    let mut all = Vec::new();
    for object in &model.parsed.objects {
        if let Some(editor) = Editor::new(sources, object.span()) {
            let mut of = Of { sources, object, editor, numbers: &mut *numbers, all: &mut all };
            match object {
                Object::Service(_) => of.service(),
                Object::Pod(_) => of.pod(""),
                Object::EndpointSlice(_) => of.slice(),
                Object::Deployment(_) | Object::ReplicaSet(_) | Object::StatefulSet(_) | Object::DaemonSet(_) => {
                    of.workload();
                }
                _ => {}
            }
        }
    }
    all
}

struct Of<'s, 'a> {
    sources: &'s [SourceText],
    object: &'a Object,
    editor: Editor<'s>,
    numbers: &'a mut Numbers,
    all: &'a mut Vec<Mutation>,
}

impl Of<'_, '_> {
    fn add(&mut self, kind: &'static str, field: FieldPath, patch: Option<Patch>) {
        let Some(patch) = patch else { return };
        let after = patch.apply(self.sources);
        let Some((_, first)) = patch.place(self.sources) else { return };
        let grown: usize = patch.edits().iter().map(|edit| edit.text.matches('\n').count()).sum();
        let lines = (first..=first + grown as u32).collect();
        assert_ne!(after, self.sources, "{kind} {field} changes nothing");
        let place = self.object.span();
        let object = self.object.object().clone();
        self.all.push(Mutation { kind, object, field, patch, lines, gone: false, place });
    }

    fn set(&mut self, kind: &'static str, path: impl Into<FieldPath>, content: Content) {
        let path = path.into();
        self.add(kind, path.clone(), self.editor.set(path, content));
    }

    fn remove(&mut self, kind: &'static str, path: impl Into<FieldPath>) {
        let path = path.into();
        if self.editor.has(path.clone()) {
            self.add(kind, path.clone(), self.editor.remove(path));
        }
    }

    /// A word with a slip: a letter doubled, dropped, or two swapped; or another word.
    fn slip(&mut self, word: &str) -> String {
        let mut letters: Vec<char> = word.chars().collect();
        let at = self.numbers.below(letters.len());
        match self.numbers.below(4) {
            0 => letters.insert(at, letters[at]),
            1 if letters.len() > 2 => drop(letters.remove(at)),
            2 if at + 1 < letters.len() && letters[at] != letters[at + 1] => letters.swap(at, at + 1),
            _ => return format!("{word}-2"),
        }
        let changed: String = letters.into_iter().collect();
        let good = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase());
        if good(changed.chars().next()) && good(changed.chars().last()) { changed } else { format!("{word}x") }
    }

    fn number(&mut self, old: i64, low: i64, high: i64) -> i64 {
        let near = [old + 1, old - 1, old + 10, old + 1000, low + self.numbers.below((high - low) as usize) as i64];
        let new = near[self.numbers.below(near.len())];
        if new == old || new < low || new > high { if old + 1 > high { old - 1 } else { old + 1 } } else { new }
    }

    fn int(&self, path: &str) -> Option<i64> {
        self.editor.number(path)
    }

    fn service(&mut self) {
        let Object::Service(document) = self.object else { return };
        let spec = document.value.spec.value.clone();
        let kind = spec.kind.as_ref().map_or("ClusterIP", |kind| &*kind.value).to_owned();
        let selector = FieldPath::parse("spec.selector");
        for (key, value) in spec.selector.iter().flat_map(|selector| selector.value.clone()) {
            let own = selector.clone().key(&key);
            let value_slip = self.slip(&value);
            self.set("selector-value", own.clone(), Content::text(&value_slip));
            let key_slip = self.slip(key.rsplit('/').next().unwrap_or(&key));
            let only = spec.selector.as_ref().is_some_and(|selector| selector.value.len() == 1);
            let renamed = self
                .editor
                .remove(own.clone())
                .zip(self.editor.set(selector.clone().key(&key_slip), Content::text(&value)));
            let both = renamed.filter(|_| !only).and_then(|(gone, new)| gone.and(&new));
            let whole = self
                .editor
                .set(selector.clone(), Content::Map(vec![(key_slip.as_str().into(), Content::text(&value))]));
            self.add("selector-key", own, both.or(whole));
        }
        if spec.selector.is_some() {
            self.set("selector-extra", selector.key("release"), Content::text("canary"));
        }
        for (at, port) in spec.ports.iter().enumerate() {
            let path = |leaf: &str| FieldPath::parse(&format!("spec.ports[{at}].{leaf}"));
            if let Some(number) = &port.value.port {
                let new = self.number(number.value, 1, 65535);
                self.set("service-port", path("port"), Content::Int(new));
            }
            match port.value.target_port.as_ref().map(|target| target.value.clone()) {
                Some(kubernetes::manifest::objects::IntOrString::Int(number)) => {
                    let new = self.number(number, 1, 65535);
                    self.set("target-port", path("targetPort"), Content::Int(new));
                }
                Some(kubernetes::manifest::objects::IntOrString::String(name)) => {
                    let new = self.slip(&name);
                    self.set("target-port-name", path("targetPort"), Content::text(&new));
                }
                None => {
                    let new = self.number(8080, 1, 65535);
                    self.set("target-port", path("targetPort"), Content::Int(new));
                }
            }
            let other =
                if port.value.protocol.as_ref().is_some_and(|own| &*own.value == "UDP") { "TCP" } else { "UDP" };
            self.set("service-protocol", path("protocol"), Content::text(other));
            if let Some(number) = &port.value.node_port {
                let new = self.number(number.value, 30000, 32767);
                self.set("node-port", path("nodePort"), Content::Int(new));
            }
        }
        let name = document.object.name.to_string();
        let new = self.slip(&name);
        self.set("service-name", "metadata.name", Content::text(&new));
        let elsewhere = ["prod", "staging", "kube-system"][self.numbers.below(3)];
        self.set("service-namespace", "metadata.namespace", Content::text(elsewhere));
        let types: Vec<&str> = ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "Clusterip"]
            .into_iter()
            .filter(|other| *other != kind && !(kind == "ClusterIP" && matches!(*other, "NodePort" | "LoadBalancer")))
            .collect();
        let new = types[self.numbers.below(types.len())];
        self.set("service-type", "spec.type", Content::text(new));
        if kind != "ExternalName" {
            if spec.cluster_ip.as_ref().is_some_and(|ip| &*ip.value != "None") {
                let last = 2 + self.numbers.below(250);
                self.set("cluster-ip", "spec.clusterIP", Content::text(&format!("10.96.8.{last}")));
            }
            if spec.cluster_ip.as_ref().is_none_or(|ip| &*ip.value != "None") && kind == "ClusterIP" {
                self.set("cluster-ip-none", "spec.clusterIP", Content::text("None"));
            }
            if spec.internal_traffic_policy.is_none() {
                self.set("internal-policy", "spec.internalTrafficPolicy", Content::text("Local"));
            }
            if spec.external_traffic_policy.is_none() && (kind != "ClusterIP" || !spec.external_ips.is_empty()) {
                self.set("external-policy", "spec.externalTrafficPolicy", Content::text("Local"));
            }
        }
        if kind == "LoadBalancer" {
            let ranges = Content::List(vec![Content::text("192.0.2.0/24")]);
            self.set("source-ranges", "spec.loadBalancerSourceRanges", ranges);
            let last = 20 + self.numbers.below(50);
            self.set(
                "external-address",
                "status.loadBalancer.ingress[0].ip",
                Content::text(&format!("203.0.113.{last}")),
            );
        }
        if !spec.external_ips.is_empty() {
            let last = 30 + self.numbers.below(50);
            self.set("external-address", "spec.externalIPs[0]", Content::text(&format!("198.51.100.{last}")));
        }
        if let Some(target) = &spec.external_name {
            let (first, rest) = target.value.split_once('.').unwrap_or((&target.value, ""));
            let new = format!("{}.{rest}", self.slip(first));
            self.set("external-name", "spec.externalName", Content::text(&new));
        }
        self.delete();
    }

    /// The whole document.
    fn delete(&mut self) {
        let span = self.object.span();
        let text = &self.sources[span.source.0 as usize].text;
        // Documents of their own only: an item of a list is more than its span.
        let line = text[..span.start as usize].rfind('\n').map_or(0, |at| at + 1);
        if line != span.start as usize || !text.starts_with('#') {
            return;
        }
        let patch = Patch::replace(span, "");
        self.add("delete-service", FieldPath::default(), Some(patch));
        if let Some(last) = self.all.last_mut().filter(|last| last.kind == "delete-service") {
            last.gone = true;
        }
    }

    fn labels(&mut self, prefix: &str) {
        let labels = FieldPath::parse(&format!("{prefix}metadata.labels"));
        for key in self.editor.keys(labels.clone()).into_iter().map(str::to_owned).collect::<Vec<_>>() {
            let own = labels.clone().key(&key);
            let value = self.editor.text(own.clone()).unwrap_or_default().to_owned();
            let new = self.slip(&value);
            self.set("rename-label-value", own.clone(), Content::text(&new));
            self.remove("drop-label", own);
        }
        self.remove("drop-labels", labels);
    }

    fn containers(&mut self, prefix: &str) {
        for at in 0..self.editor.length(format!("{prefix}spec.containers").as_str()) {
            let ports = format!("{prefix}spec.containers[{at}].ports");
            for index in 0..self.editor.length(ports.as_str()) {
                let path = |leaf: &str| format!("{ports}[{index}].{leaf}");
                if let Some(name) = self.editor.text(path("name").as_str()).map(str::to_owned) {
                    let new = self.slip(&name);
                    self.set("container-port-name", path("name").as_str(), Content::text(&new));
                }
                if let Some(number) = self.int(&path("containerPort")) {
                    let new = self.number(number, 1, 65535);
                    self.set("container-port", path("containerPort").as_str(), Content::Int(new));
                }
                let other = if self.editor.text(path("protocol").as_str()) == Some("UDP") { "TCP" } else { "UDP" };
                self.set("container-protocol", path("protocol").as_str(), Content::text(other));
            }
            let args = format!("{prefix}spec.containers[{at}].args");
            for index in 0..self.editor.length(args.as_str()) {
                let path = format!("{args}[{index}]");
                let text = self.editor.text(path.as_str()).unwrap_or_default().to_owned();
                if let Some((flag, number)) = text.split_once('=')
                    && let Ok(number) = number.parse::<i64>()
                {
                    let new = self.number(number, 1, 65535);
                    self.set("container-port", path.as_str(), Content::text(&format!("{flag}={new}")));
                }
            }
        }
    }

    fn pod(&mut self, prefix: &str) {
        self.labels(prefix);
        self.containers(prefix);
        if self.editor.has(format!("{prefix}spec.nodeName").as_str()) {
            self.set("node-name", format!("{prefix}spec.nodeName").as_str(), Content::text("node-x"));
        }
        if !prefix.is_empty() {
            return;
        }
        self.set(
            "dns-policy",
            "spec.dnsPolicy",
            Content::text(if self.editor.has("spec.hostNetwork") { "ClusterFirst" } else { "Default" }),
        );
        for at in 0..self.editor.length("status.conditions") {
            self.set("not-ready", format!("status.conditions[{at}].status").as_str(), Content::text("False"));
        }
        if !self.editor.has("metadata.labels") {
            return;
        }
        let elsewhere = ["prod", "staging"][self.numbers.below(2)];
        self.set("pod-namespace", "metadata.namespace", Content::text(elsewhere));
        self.set("deleted", "metadata.deletionTimestamp", Content::text("2024-06-01T10:00:00Z"));
        for leaf in ["spec.hostname", "spec.subdomain"] {
            if let Some(word) = self.editor.text(leaf).map(str::to_owned) {
                let new = self.slip(&word);
                self.set("subdomain", leaf, Content::text(&new));
            }
        }
        if self.editor.has("status.phase") {
            self.set("deleted", "status.phase", Content::text("Failed"));
        }
    }

    fn workload(&mut self) {
        self.pod("spec.template.");
        if !matches!(self.object, Object::DaemonSet(_)) {
            self.set("replicas-0", "spec.replicas", Content::Int(0));
        }
        let elsewhere = ["prod", "staging"][self.numbers.below(2)];
        self.set("pod-namespace", "metadata.namespace", Content::text(elsewhere));
        if let Some(name) = self.editor.text("spec.serviceName").map(str::to_owned) {
            let new = self.slip(&name);
            self.set("stateful-service", "spec.serviceName", Content::text(&new));
        }
    }

    fn slice(&mut self) {
        for at in 0..self.editor.length("endpoints") {
            self.set("endpoints", format!("endpoints[{at}].conditions.ready").as_str(), Content::Bool(false));
        }
        for at in 0..self.editor.length("ports") {
            if let Some(name) = self.editor.text(format!("ports[{at}].name").as_str()).map(str::to_owned) {
                let new = self.slip(&name);
                self.set("endpoints", format!("ports[{at}].name").as_str(), Content::text(&new));
            }
        }
    }
}
