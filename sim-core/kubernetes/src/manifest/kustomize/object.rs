//! One object on its way through kustomizations: what it is now, and what it was called before.

use super::specs::group_version;
use super::value::Node;

/// What an object is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Id {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
    pub(super) name: String,
    /// Empty where it does not say.
    pub(super) namespace: String,
}

impl Id {
    /// Of an object's own words.
    pub(super) fn of(node: &Node) -> Self {
        let (group, version) = group_version(node.text_of(&["apiVersion"]).unwrap_or_default());
        let text = |path: &[&str]| node.at(path).and_then(Node::scalar).unwrap_or_default();
        Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: node.text_of(&["kind"]).unwrap_or_default().to_owned(),
            name: text(&["metadata", "name"]),
            namespace: text(&["metadata", "namespace"]),
        }
    }

    /// Its namespace, where none is the one called default; empty for what belongs to the cluster.
    pub(super) fn effective_namespace(&self) -> &str {
        match (self.is_cluster_scoped(), self.namespace.as_str()) {
            (true, _) => "",
            (false, "") => "default",
            (false, namespace) => namespace,
        }
    }

    /// True for Kubernetes' own kinds that live in no namespace. All others are taken to live in one.
    pub(super) fn is_cluster_scoped(&self) -> bool {
        let of_kubernetes = !self.group.contains('.') || self.group.ends_with(".k8s.io");
        of_kubernetes
            && matches!(
                self.kind.as_str(),
                "APIService"
                    | "CSIDriver"
                    | "CSINode"
                    | "CertificateSigningRequest"
                    | "ClusterRole"
                    | "ClusterRoleBinding"
                    | "ClusterTrustBundle"
                    | "ComponentStatus"
                    | "CustomResourceDefinition"
                    | "FlowSchema"
                    | "IPAddress"
                    | "IngressClass"
                    | "MutatingWebhookConfiguration"
                    | "Namespace"
                    | "Node"
                    | "PersistentVolume"
                    | "PodSecurityPolicy"
                    | "PriorityClass"
                    | "PriorityLevelConfiguration"
                    | "RuntimeClass"
                    | "SelfSubjectAccessReview"
                    | "SelfSubjectReview"
                    | "SelfSubjectRulesReview"
                    | "ServiceCIDR"
                    | "StorageClass"
                    | "StorageVersionMigration"
                    | "SubjectAccessReview"
                    | "TokenReview"
                    | "ValidatingAdmissionPolicy"
                    | "ValidatingAdmissionPolicyBinding"
                    | "ValidatingWebhookConfiguration"
                    | "VolumeAttachment"
            )
    }

    /// The same object, wherever its namespace is written.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.is_gvk(&other.group, &other.version, &other.kind)
            && self.name == other.name
            && self.effective_namespace() == other.effective_namespace()
    }

    fn is_gvk(&self, group: &str, version: &str, kind: &str) -> bool {
        self.group == group && self.version == version && self.kind == kind
    }

    /// True for the kind, and group and version where they are given.
    pub(super) fn is_selected(&self, group: &str, version: &str, kind: &str) -> bool {
        (group.is_empty() || self.group == group)
            && (version.is_empty() || self.version == version)
            && (kind.is_empty() || self.kind == kind)
    }

    /// What no two objects may have alike.
    pub(super) fn key(&self) -> (String, String, String, String) {
        let namespace = self.effective_namespace().to_owned();
        (format!("{}/{}", self.group, self.version), self.kind.clone(), namespace, self.name.clone())
    }

    /// As messages name it: `Deployment default/web`.
    pub(super) fn shown(&self) -> String {
        match self.namespace.as_str() {
            "" => format!("{} {}", self.kind, self.name),
            namespace => format!("{} {namespace}/{}", self.kind, self.name),
        }
    }
}

/// An object.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) node: Node,
    /// What it was before each change of name, namespace or kind; the first is what its file says.
    pub(super) previous: Vec<Id>,
    /// Prefixes it got, in order; empty ones are not counted.
    pub(super) prefixes: Vec<String>,
    pub(super) suffixes: Vec<String>,
    /// Its name gets the hash of its content.
    pub(super) hashed: bool,
    /// A file of its content is not there: the hash is not the one kubectl would write.
    pub(super) partial: bool,
    /// A generator made it.
    pub(super) generated: bool,
}

impl Item {
    pub(super) fn new(node: Node) -> Self {
        Self {
            node,
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            hashed: false,
            partial: false,
            generated: false,
        }
    }

    pub(super) fn id(&self) -> Id {
        Id::of(&self.node)
    }

    /// What its file says.
    pub(super) fn original(&self) -> Id {
        self.previous.first().cloned().unwrap_or_else(|| self.id())
    }

    /// All it ever was, and is.
    pub(super) fn ids(&self) -> impl Iterator<Item = Id> + '_ {
        self.previous.iter().cloned().chain(std::iter::once(self.id()))
    }

    /// Keeps what it is now, before that changes.
    pub(super) fn remember(&mut self) {
        let id = self.id();
        self.previous.push(id);
    }
}
