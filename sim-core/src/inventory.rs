//! What became of each object of the input: used, partly used, or not used and why.
//!
//! ```
//! use kubernetes::manifest::Limits;
//! use kubernetes::origin::SourceText;
//! use sim_core::inventory::{Use, inventory};
//! use sim_core::model::{Model, Options};
//!
//! let text = "
//! {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}}
//! ---
//! {apiVersion: example.org/v1, kind: Carrot, metadata: {name: one}}";
//! let model = Model::build(&[SourceText::given("shop.yaml", text)], &Limits::default(), &Options::default());
//! let entries = inventory(&model);
//! let carrot = entries.iter().find(|entry| &*entry.object.kind == "Carrot").unwrap();
//! assert!(matches!(carrot.used, Use::Unused(_)));
//! ```

use crate::model::Model;
use kubernetes::cluster::model::Cluster;
use kubernetes::diagnostic::{Diagnostic, Severity};
use kubernetes::manifest::objects::{Object, UnusedReason};
use kubernetes::manifest::{Parsed, SkippedField};
use kubernetes::origin::{ObjectRef, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What became of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Use {
    /// It takes part as it is written.
    Used,
    /// It takes part; these fields, by which a packet could fare another way, do not.
    Partly(Vec<SkippedField>),
    /// It takes no part.
    Unused(Reason),
}

/// Why an object takes no part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Its kind is not simulated.
    Kind(UnusedReason),
    /// It has an error for which the API server would refuse it.
    Refused,
    /// A ConfigMap that holds no component's configuration.
    NoConfiguration,
}

impl Reason {
    /// All of them, those that most likely matter first.
    pub const ALL: [Self; 8] = [
        Self::Refused,
        Self::Kind(UnusedReason::ALL[0]),
        Self::Kind(UnusedReason::ALL[1]),
        Self::Kind(UnusedReason::ALL[2]),
        Self::Kind(UnusedReason::ALL[3]),
        Self::Kind(UnusedReason::ALL[4]),
        Self::Kind(UnusedReason::ALL[5]),
        Self::NoConfiguration,
    ];

    /// Its word in JSON and locales, kebab-case.
    pub fn word(self) -> &'static str {
        match self {
            Self::Kind(reason) => reason.word(),
            Self::Refused => "refused",
            Self::NoConfiguration => "no-configuration",
        }
    }
}

/// One object of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The object.
    pub object: ObjectRef,
    /// `apiVersion`.
    pub api_version: Arc<str>,
    /// The whole object.
    pub span: Span,
    /// What became of it.
    pub used: Use,
}

/// How many objects of one kind there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Used as they are written.
    pub used: usize,
    /// Partly used: some fields are not.
    pub partly: usize,
    /// Not used.
    pub unused: usize,
}

/// All objects, in input order, those of kinds that are not read behind the others.
pub fn inventory(model: &Model) -> Vec<Entry> {
    let parsed = &model.parsed;
    let mut skipped: BTreeMap<&ObjectRef, Vec<SkippedField>> = BTreeMap::new();
    for field in &parsed.skipped {
        skipped.entry(&field.object).or_default().push(field.clone());
    }
    let refused = refused(&model.diagnostics);
    let configured = configured(parsed, &model.cluster);
    let made = made(&model.cluster);
    let not_read: BTreeSet<&ObjectRef> = model.cluster.policies.not_read.iter().map(|one| &one.policy.object).collect();
    let of = |object: &Object| {
        let id = object.object();
        let used = match object {
            Object::ConfigMap(_) if !configured.contains(id) => Use::Unused(Reason::NoConfiguration),
            // What Docker refuses of a file leaves the rest of it.
            Object::Compose(_) | Object::DockerDaemon(_) | Object::DockerContainer(_) | Object::DockerNetwork(_) => {
                Use::Used
            }
            _ if refused.contains(id) && !made.contains(id) => Use::Unused(Reason::Refused),
            _ if not_read.contains(id) => Use::Unused(Reason::Kind(UnusedReason::Policy)),
            _ => match skipped.remove(id) {
                Some(fields) => Use::Partly(fields),
                None => Use::Used,
            },
        };
        Entry { object: id.clone(), api_version: object.api_version().clone(), span: object.span(), used }
    };
    // A configuration out of a ConfigMap bears the ConfigMap's identity: it is the one object.
    let mut seen = BTreeSet::new();
    let mut all: Vec<Entry> = parsed.objects.iter().filter(|object| seen.insert(object.object())).map(of).collect();
    all.extend(parsed.unused.iter().map(|unused| Entry {
        object: unused.object.clone(),
        api_version: unused.api_version.clone(),
        span: unused.span,
        used: Use::Unused(Reason::Kind(unused.reason())),
    }));
    all
}

/// Objects with an error.
fn refused(diagnostics: &[Diagnostic]) -> BTreeSet<&ObjectRef> {
    let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error);
    errors.filter_map(|found| found.object.as_ref()).collect()
}

/// ConfigMaps that hold a component's configuration.
fn configured<'m>(parsed: &'m Parsed, cluster: &'m Cluster) -> BTreeSet<&'m ObjectRef> {
    let inner = parsed.objects.iter().filter(|object| !matches!(object, Object::ConfigMap(_)));
    let flannel = cluster.settings.network_config.flannel.object.as_ref();
    let agent = cluster.settings.masq_agent.as_ref().map(|agent| &agent.object);
    // What CoreDNS and the cache on nodes are told.
    let names = parsed.objects.iter().map(Object::object).filter(|object| {
        let told = matches!(&*object.name, "coredns" | "coredns-custom" | "node-local-dns");
        told && object.namespace.as_deref() == Some("kube-system")
    });
    inner
        .map(Object::object)
        .chain(names)
        .chain(agent)
        .chain(cluster.fronts.controllers.iter().map(|controller| &controller.config_map))
        .filter(|object| &*object.kind == "ConfigMap")
        .chain(flannel)
        .collect()
}

/// Objects that something in the cluster comes from, whatever is wrong with them.
fn made(cluster: &Cluster) -> BTreeSet<&ObjectRef> {
    let nodes = cluster.nodes.iter().map(|node| &node.origin.object);
    let services = cluster.services.iter().map(|service| &service.origin.object);
    let pods = cluster.pods.iter().flat_map(|pod| [Some(&pod.origin.object), pod.made_by.as_ref()]).flatten();
    nodes.chain(services).chain(pods).collect()
}

/// The same counted by kind, in the order of the alphabet.
pub fn counts(entries: &[Entry]) -> BTreeMap<Arc<str>, Count> {
    let mut all: BTreeMap<Arc<str>, Count> = BTreeMap::new();
    for entry in entries {
        let count = all.entry(entry.object.kind.clone()).or_default();
        match entry.used {
            Use::Used => count.used += 1,
            Use::Partly(_) => count.partly += 1,
            Use::Unused(_) => count.unused += 1,
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Options;
    use kubernetes::manifest::{Limits, SourceText};

    fn of(text: &str) -> Vec<String> {
        let model = Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default());
        let place = |span| model.parsed.locate(span).map(|at| at.line).unwrap_or_default();
        let say = |entry: &Entry| {
            let used = match &entry.used {
                Use::Used => "used".to_owned(),
                Use::Partly(fields) => {
                    let fields = fields.iter().map(|field| format!("{}@{}", field.path, place(field.span)));
                    format!("but for {}", fields.collect::<Vec<_>>().join(", "))
                }
                Use::Unused(reason) => reason.word().to_owned(),
            };
            format!("{}: {used}", entry.object)
        };
        inventory(&model).iter().map(say).collect()
    }

    #[test]
    fn every_object_is_told() {
        let text = "apiVersion: v1
kind: Pod
metadata: {name: plain, annotations: {a: b}, finalizers: [x]}
spec: {containers: [{name: c, image: x, resources: {}, volumeMounts: []}], volumes: [], priority: 1}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      runtimeClassName: gvisor
      securityContext:
        runAsNonRoot: true
        sysctls: [{name: net.ipv4.ip_forward, value: \"0\"}]
      containers: [{name: c, image: x, securityContext: {runAsUser: 1}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: pages}
data: {index.html: hello}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {}}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: far}
spec: {endpointSelector: {}}
---
apiVersion: example.org/v1
kind: Gadget
metadata: {name: g}
";
        assert_eq!(
            of(text),
            [
                "Pod default/plain: used",
                "Deployment default/web: but for spec.template.spec.runtimeClassName@14, spec.template.spec.securityContext.sysctls@15",
                "ConfigMap default/pages: no-configuration",
                "NetworkPolicy default/deny: used",
                "Secret s: no-network-effect",
                "CiliumNetworkPolicy far: policy",
                "Gadget g: unknown",
            ]
        );
    }

    #[test]
    fn the_later_object_of_an_identity_counts() {
        let pod = |field: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{{field}containers: [{{name: c, image: x}}]}}\n"
            )
        };
        let text = format!("{}---\n{}", pod("runtimeClassName: kata, "), pod(""));
        assert_eq!(of(&text), ["Pod default/p: used"]);
    }

    #[test]
    fn every_reason_has_its_own_word() {
        let words: BTreeSet<&str> = Reason::ALL.into_iter().map(Reason::word).collect();
        assert_eq!(words.len(), Reason::ALL.len());
    }
}
