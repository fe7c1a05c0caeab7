//! Which fields of which kinds hold names, labels, images: the tables kustomize comes with, and what `configurations` add.

use super::value::{Node, Val};
use crate::origin::Span;

/// A field of some kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spec {
    /// Empty: any.
    pub(super) group: String,
    /// Empty: any.
    pub(super) version: String,
    /// Empty: any.
    pub(super) kind: String,
    /// Keys; lists on the way stand for each of their items.
    pub(super) path: Vec<String>,
    /// Make the field where it is missing.
    pub(super) create: bool,
}

/// Fields that hold the name of another object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) fields: Vec<Spec>,
}

/// All tables.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    pub(super) references: Vec<Reference>,
    pub(super) labels: Vec<Spec>,
    pub(super) template_labels: Vec<Spec>,
    pub(super) annotations: Vec<Spec>,
    pub(super) namespace: Vec<Spec>,
    pub(super) replicas: Vec<Spec>,
    pub(super) images: Vec<Spec>,
    pub(super) variables: Vec<Spec>,
    /// Holds more than what kustomize comes with.
    extended: bool,
}

/// Group and version of an `apiVersion`.
pub(super) fn group_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// The keys of a path in slashes; `\/` is a slash inside a key.
fn keys(path: &str) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    let mut open = false;
    for part in path.split('/') {
        let (text, escaped) = part.strip_suffix('\\').map_or((part, false), |text| (text, true));
        match keys.last_mut().filter(|_| open) {
            Some(last) => {
                last.push('/');
                last.push_str(text);
            }
            None => keys.push(text.to_owned()),
        }
        open = escaped;
    }
    keys
}

impl Spec {
    fn new(group: &str, kind: &str, path: &str, create: bool) -> Self {
        Self { group: group.to_owned(), version: String::new(), kind: kind.to_owned(), path: keys(path), create }
    }

    /// True for objects of this `apiVersion` and `kind`.
    pub(super) fn is_of(&self, object: &Node) -> bool {
        let (group, version) = group_version(object.text_of(&["apiVersion"]).unwrap_or_default());
        let kind = object.text_of(&["kind"]).unwrap_or_default();
        (self.kind.is_empty() || self.kind == kind)
            && (self.group.is_empty() || self.group == group)
            && (self.version.is_empty() || self.version == version)
    }

    /// As a configuration file or a `fields` entry writes it.
    pub(super) fn read(node: &Node) -> Option<Self> {
        let text = |key| node.text_of(&[key]).unwrap_or_default().to_owned();
        let path = node.text_of(&["path"])?;
        let create = node.get("create").and_then(Node::boolean).unwrap_or_default();
        Some(Self { group: text("group"), version: text("version"), kind: text("kind"), path: keys(path), create })
    }
}

/// What a missing field is made of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Made {
    Nothing,
    Map,
    Text,
}

/// Calls `f` for the field at `path`, for each item of lists on the way; a missing field is made if wanted.
pub(super) fn visit(node: &mut Node, path: &[String], made: Made, at: Span, f: &mut dyn FnMut(&mut Node)) {
    if let Val::List(items) = &mut node.value
        && !path.is_empty()
    {
        for item in items {
            visit(item, path, made, at, f);
        }
        return;
    }
    let Some((key, rest)) = path.split_first() else { return f(node) };
    // A list is never made.
    let (key, here) = key.strip_suffix("[]").map_or((key.as_str(), made), |key| (key, Made::Nothing));
    if !matches!(node.value, Val::Map(_)) {
        return;
    }
    let fresh = || match (here, rest.is_empty()) {
        (Made::Nothing, _) => None,
        (Made::Text, true) => Some(Val::Text("".into())),
        _ => Some(Val::Map(Vec::new())),
    };
    match node.get_mut(key) {
        Some(inner) => {
            if inner.is_null() {
                let Some(value) = fresh() else { return };
                inner.value = value;
            }
            visit(inner, rest, made, at, f);
        }
        None => {
            let Some(value) = fresh() else { return };
            let mut inner = Node { span: at, value };
            visit(&mut inner, rest, made, at, f);
            node.set(key, at, inner);
        }
    }
}

/// Where kinds have their Pod template's spec.
const TEMPLATES: &[(&str, &str)] = &[
    ("Pod", "spec"),
    ("PodTemplate", "template/spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
    ("ReplicationController", "spec/template/spec"),
];

/// The paths below each of these kinds' Pod specs.
fn in_pods(without: &[&str], version: &str, paths: &[&str]) -> Vec<Spec> {
    let kinds = TEMPLATES.iter().filter(|(kind, _)| !without.contains(kind));
    let specs = kinds.flat_map(|(kind, at)| {
        paths.iter().map(move |path| Spec {
            version: if *kind == "Pod" { version.to_owned() } else { String::new() },
            ..Spec::new("", kind, &format!("{at}/{path}"), false)
        })
    });
    specs.collect()
}

fn reference(group: &str, version: &str, kind: &str, mut fields: Vec<Spec>, more: &[(&str, &str, &str)]) -> Reference {
    fields.extend(more.iter().map(|(group, kind, path)| Spec::new(group, kind, path, false)));
    Reference { group: group.to_owned(), version: version.to_owned(), kind: kind.to_owned(), fields }
}

/// Fields by which objects name others.
fn references() -> Vec<Reference> {
    const RC: &str = "ReplicationController";
    const RBAC: &str = "rbac.authorization.k8s.io";
    const HOOKS: &str = "admissionregistration.k8s.io";
    let maps = in_pods(
        &[RC],
        "v1",
        &[
            "volumes/configMap/name",
            "volumes/projected/sources/configMap/name",
            "containers/env/valueFrom/configMapKeyRef/name",
            "initContainers/env/valueFrom/configMapKeyRef/name",
            "containers/envFrom/configMapRef/name",
            "initContainers/envFrom/configMapRef/name",
        ],
    );
    let secrets = in_pods(
        &[RC],
        "v1",
        &[
            "volumes/secret/secretName",
            "volumes/projected/sources/secret/name",
            "containers/env/valueFrom/secretKeyRef/name",
            "initContainers/env/valueFrom/secretKeyRef/name",
            "containers/envFrom/secretRef/name",
            "initContainers/envFrom/secretRef/name",
            "imagePullSecrets/name",
        ],
    );
    let not_these = &["PodTemplate", "ReplicaSet"];
    let mut all: Vec<Reference> = ["Deployment", RC, "ReplicaSet", "StatefulSet"]
        .iter()
        .map(|kind| reference("", "", kind, Vec::new(), &[("", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name")]))
        .collect();
    all.extend([
        reference(
            "",
            "v1",
            "ConfigMap",
            maps,
            &[
                ("", "Node", "spec/configSource/configMap"),
                ("", "Role", "rules/resourceNames"),
                ("", "ClusterRole", "rules/resourceNames"),
                ("", "Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap"),
            ],
        ),
        reference(
            "",
            "v1",
            "Secret",
            secrets,
            &[
                ("", "Ingress", "spec/tls/secretName"),
                ("", "Ingress", "metadata/annotations/ingress.kubernetes.io\\/auth-secret"),
                ("", "Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret"),
                ("", "Ingress", "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret"),
                ("", "ServiceAccount", "imagePullSecrets/name"),
                ("", "StorageClass", "parameters/secretName"),
                ("", "StorageClass", "parameters/adminSecretName"),
                ("", "StorageClass", "parameters/userSecretName"),
                ("", "StorageClass", "parameters/secretRef"),
                ("", "Role", "rules/resourceNames"),
                ("", "ClusterRole", "rules/resourceNames"),
                ("", "PersistentVolume", "spec/azureFile/secretName"),
            ],
        ),
        reference(
            "",
            "v1",
            "Service",
            Vec::new(),
            &[
                ("apps", "StatefulSet", "spec/serviceName"),
                ("", "Ingress", "spec/rules/http/paths/backend/serviceName"),
                ("", "Ingress", "spec/backend/serviceName"),
                ("", "Ingress", "spec/rules/http/paths/backend/service/name"),
                ("", "Ingress", "spec/defaultBackend/service/name"),
                ("apiregistration.k8s.io", "APIService", "spec/service/name"),
                (HOOKS, "ValidatingWebhookConfiguration", "webhooks/clientConfig/service"),
                (HOOKS, "MutatingWebhookConfiguration", "webhooks/clientConfig/service"),
            ],
        ),
        reference(RBAC, "", "Role", Vec::new(), &[(RBAC, "RoleBinding", "roleRef/name")]),
        reference(
            RBAC,
            "",
            "ClusterRole",
            Vec::new(),
            &[(RBAC, "RoleBinding", "roleRef/name"), (RBAC, "ClusterRoleBinding", "roleRef/name")],
        ),
        reference(
            "",
            "v1",
            "ServiceAccount",
            in_pods(not_these, "", &["serviceAccountName"]),
            &[(RBAC, "RoleBinding", "subjects"), (RBAC, "ClusterRoleBinding", "subjects")],
        ),
        reference(
            "",
            "v1",
            "PersistentVolumeClaim",
            in_pods(not_these, "", &["volumes/persistentVolumeClaim/claimName"]),
            &[],
        ),
        reference(
            "",
            "v1",
            "PersistentVolume",
            Vec::new(),
            &[("", "PersistentVolumeClaim", "spec/volumeName"), ("", "ClusterRole", "rules/resourceNames")],
        ),
        reference(
            "storage.k8s.io",
            "v1",
            "StorageClass",
            Vec::new(),
            &[
                ("", "PersistentVolume", "spec/storageClassName"),
                ("", "PersistentVolumeClaim", "spec/storageClassName"),
                ("", "StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName"),
            ],
        ),
        reference("scheduling.k8s.io", "v1", "PriorityClass", in_pods(not_these, "", &["priorityClassName"]), &[]),
        reference("networking.k8s.io", "v1", "IngressClass", Vec::new(), &[("", "Ingress", "spec/ingressClassName")]),
    ]);
    all
}

/// Fields that carry labels or annotations of Pod templates, below `metadata`.
fn of_templates(field: &str) -> Vec<Spec> {
    let of = |group: &str, kind: &str, path: &str| Spec::new(group, kind, &format!("{path}/metadata/{field}"), true);
    let mut specs: Vec<Spec> = ["Deployment", "ReplicaSet", "DaemonSet", "ReplicationController"]
        .iter()
        .map(|kind| of("", kind, "spec/template"))
        .collect();
    specs.push(of("apps", "StatefulSet", "spec/template"));
    specs.push(of("batch", "Job", "spec/template"));
    specs.push(of("batch", "CronJob", "spec/jobTemplate"));
    specs.push(of("batch", "CronJob", "spec/jobTemplate/spec/template"));
    specs
}

fn template_labels() -> Vec<Spec> {
    let mut specs = of_templates("labels");
    specs.push(Spec::new("apps", "StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels", true));
    specs
}

fn labels() -> Vec<Spec> {
    let mut specs = vec![
        Spec { version: "v1".to_owned(), ..Spec::new("", "Service", "spec/selector", true) },
        Spec { version: "v1".to_owned(), ..Spec::new("", "ReplicationController", "spec/selector", true) },
        Spec::new("", "Deployment", "spec/selector/matchLabels", true),
        Spec::new("", "ReplicaSet", "spec/selector/matchLabels", true),
        Spec::new("", "DaemonSet", "spec/selector/matchLabels", true),
        Spec::new("apps", "StatefulSet", "spec/selector/matchLabels", true),
        Spec::new("apps", "StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels", true),
        Spec::new("batch", "Job", "spec/selector/matchLabels", false),
        Spec::new("batch", "CronJob", "spec/jobTemplate/spec/selector/matchLabels", false),
        Spec::new("policy", "PodDisruptionBudget", "spec/selector/matchLabels", false),
        Spec::new("networking.k8s.io", "NetworkPolicy", "spec/podSelector/matchLabels", false),
        Spec::new("networking.k8s.io", "NetworkPolicy", "spec/ingress/from/podSelector/matchLabels", false),
        Spec::new("networking.k8s.io", "NetworkPolicy", "spec/egress/to/podSelector/matchLabels", false),
    ];
    for kind in ["Deployment", "StatefulSet"] {
        for affinity in ["podAffinity", "podAntiAffinity"] {
            let at = format!("spec/template/spec/affinity/{affinity}");
            for rest in [
                "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
                "requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
            ] {
                specs.push(Spec::new("apps", kind, &format!("{at}/{rest}"), false));
            }
        }
        let spread = "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels";
        specs.push(Spec::new("apps", kind, spread, false));
    }
    specs.push(Spec::new("", "", "metadata/labels", true));
    specs.extend(of_templates("labels"));
    specs
}

fn variables() -> Vec<Spec> {
    let mut specs = in_pods(
        &["PodTemplate", "ReplicationController"],
        "",
        &[
            "containers/args",
            "containers/command",
            "containers/env/value",
            "containers/volumeMounts/mountPath",
            "initContainers/args",
            "initContainers/command",
            "initContainers/env/value",
            "initContainers/volumeMounts/mountPath",
            "volumes/nfs/server",
        ],
    );
    for (kind, path) in [
        ("Ingress", "spec/rules/host"),
        ("Ingress", "spec/tls/hosts"),
        ("Ingress", "spec/tls/secretName"),
        ("Service", "spec/ports/port"),
        ("Service", "spec/ports/targetPort"),
        ("StatefulSet", "spec/volumeClaimTemplates/spec/nfs/server"),
        ("PersistentVolume", "spec/nfs/server"),
        ("", "metadata/labels"),
        ("", "metadata/annotations"),
    ] {
        specs.push(Spec::new("", kind, path, false));
    }
    specs
}

impl Tables {
    /// Those that kustomize comes with.
    pub(super) fn built_in() -> Self {
        let mut annotations = vec![Spec::new("", "", "metadata/annotations", true)];
        annotations.extend(of_templates("annotations"));
        let replicas = ["Deployment", "ReplicationController", "ReplicaSet", "StatefulSet"];
        Self {
            references: references(),
            labels: labels(),
            template_labels: template_labels(),
            annotations,
            namespace: vec![
                Spec::new("", "Namespace", "metadata/name", true),
                Spec::new("apiregistration.k8s.io", "APIService", "spec/service/namespace", true),
                Spec::new(
                    "apiextensions.k8s.io",
                    "CustomResourceDefinition",
                    "spec/conversion/webhook/clientConfig/service/namespace",
                    false,
                ),
            ],
            replicas: replicas.iter().map(|kind| Spec::new("", kind, "spec/replicas", true)).collect(),
            images: Vec::new(),
            variables: variables(),
            extended: false,
        }
    }

    /// Adds what another has more.
    pub(super) fn join(&mut self, other: Self) {
        fn join<T: PartialEq>(own: &mut Vec<T>, other: Vec<T>) {
            for one in other {
                if !own.contains(&one) {
                    own.push(one);
                }
            }
        }
        if !other.extended {
            return;
        }
        self.extended = true;
        join(&mut self.references, other.references);
        join(&mut self.labels, other.labels);
        join(&mut self.template_labels, other.template_labels);
        join(&mut self.annotations, other.annotations);
        join(&mut self.namespace, other.namespace);
        join(&mut self.replicas, other.replicas);
        join(&mut self.images, other.images);
        join(&mut self.variables, other.variables);
    }

    /// Adds what a file named under `configurations` says.
    pub(super) fn add(&mut self, file: &Node) {
        self.extended = true;
        let specs = |key: &str| file.get(key).map(Node::items).unwrap_or_default().iter().filter_map(Spec::read);
        self.labels.extend(specs("commonLabels"));
        self.template_labels.extend(specs("templateLabels"));
        self.annotations.extend(specs("commonAnnotations"));
        self.namespace.extend(specs("namespace"));
        self.replicas.extend(specs("replicas"));
        self.images.extend(specs("images"));
        self.variables.extend(specs("varReference"));
        for target in file.get("nameReference").map(Node::items).unwrap_or_default() {
            let text = |key| target.text_of(&[key]).unwrap_or_default().to_owned();
            let fields = target.get("fieldSpecs").map(Node::items).unwrap_or_default();
            self.references.push(Reference {
                group: text("group"),
                version: text("version"),
                kind: text("kind"),
                fields: fields.iter().filter_map(Spec::read).collect(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_slashes_stay_in_a_key() {
        assert_eq!(keys("metadata/annotations/a.b\\/c"), ["metadata", "annotations", "a.b/c"]);
    }
}
