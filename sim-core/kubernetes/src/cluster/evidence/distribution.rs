//! Which distribution the cluster is, by what each leaves on Nodes, in versions, names and images.

use super::pods::{because, containers, pod_of};
use crate::assumption::Because;
use crate::cluster::plugin::Cni;
use crate::manifest::Parsed;
use crate::manifest::objects::{Document, Node, Object};

/// A way to set up a cluster, with its own ranges and habits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Distribution {
    Kind,
    K3s,
    Rke2,
    Minikube,
    Eks,
    Gke,
    Aks,
    OpenShift,
    MicroK8s,
}

/// A distribution, and what shows it.
pub(crate) struct Shown {
    pub(crate) is: Distribution,
    pub(crate) because: Because,
}

impl Distribution {
    /// Its name, as its makers write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::K3s => "k3s",
            Self::Rke2 => "RKE2",
            Self::Minikube => "minikube",
            Self::Eks => "EKS",
            Self::Gke => "GKE",
            Self::Aks => "AKS",
            Self::OpenShift => "OpenShift",
            Self::MicroK8s => "MicroK8s",
        }
    }

    /// Service networks it comes with, the usual one first.
    pub(crate) fn service_ranges(self) -> &'static [&'static str] {
        match self {
            Self::Kind => &["10.96.0.0/16"],
            Self::K3s | Self::Rke2 => &["10.43.0.0/16"],
            Self::Minikube => &["10.96.0.0/12"],
            Self::Eks => &["10.100.0.0/16", "172.20.0.0/16"],
            Self::Gke => &["34.118.224.0/20"],
            Self::Aks => &["10.0.0.0/16"],
            Self::OpenShift => &["172.30.0.0/16"],
            Self::MicroK8s => &["10.152.183.0/24"],
        }
    }

    /// The Pod network it comes with; `None` where that is the provider's network.
    pub(crate) fn pod_range(self) -> Option<&'static str> {
        match self {
            Self::Kind | Self::Minikube | Self::Aks => Some("10.244.0.0/16"),
            Self::K3s | Self::Rke2 => Some("10.42.0.0/16"),
            Self::OpenShift => Some("10.128.0.0/14"),
            Self::MicroK8s => Some("10.1.0.0/16"),
            Self::Eks | Self::Gke => None,
        }
    }

    /// It brings a controller that gives load balancers the nodes' addresses.
    pub(crate) fn has_service_lb(self) -> bool {
        self == Self::K3s
    }

    /// The network plugin it comes with.
    pub(crate) fn cni(self) -> Cni {
        match self {
            Self::Kind => Cni::KINDNET,
            Self::K3s => Cni::FLANNEL,
            Self::Rke2 => Cni::CANAL,
            Self::Minikube => Cni::BRIDGE,
            Self::Eks => Cni::AWS_VPC,
            Self::Gke => Cni::GKE,
            Self::Aks => Cni::AZURE,
            Self::OpenShift => Cni::OVN_KUBERNETES,
            Self::MicroK8s => Cni::CALICO_VXLAN,
        }
    }
}

/// Parts of a kubelet's version.
const VERSIONS: [(&str, Distribution); 4] = [
    ("+k3s", Distribution::K3s),
    ("+rke2", Distribution::Rke2),
    ("-eks-", Distribution::Eks),
    ("-gke.", Distribution::Gke),
];

/// Beginnings of labels and annotations of Nodes.
const LABELS: [(&str, Distribution); 12] = [
    ("k3s.io/", Distribution::K3s),
    ("rke2.io/", Distribution::Rke2),
    ("minikube.k8s.io/", Distribution::Minikube),
    ("eks.amazonaws.com/", Distribution::Eks),
    ("alpha.eksctl.io/", Distribution::Eks),
    ("cloud.google.com/gke-", Distribution::Gke),
    ("kubernetes.azure.com/", Distribution::Aks),
    ("node.openshift.io/", Distribution::OpenShift),
    ("machineconfiguration.openshift.io/", Distribution::OpenShift),
    ("machine.openshift.io/", Distribution::OpenShift),
    ("microk8s.io/", Distribution::MicroK8s),
    ("node.kubernetes.io/microk8s-", Distribution::MicroK8s),
];

/// Beginnings of `spec.providerID`.
const PROVIDERS: [(&str, Distribution); 3] =
    [("kind://", Distribution::Kind), ("k3s://", Distribution::K3s), ("rke2://", Distribution::Rke2)];

/// Parts of images that only one distribution ships.
const IMAGES: [(&str, Distribution); 9] = [
    ("kindest/kindnetd", Distribution::Kind),
    ("kindest/local-path-", Distribution::Kind),
    ("rancher/rke2-", Distribution::Rke2),
    ("rancher/hardened-", Distribution::Rke2),
    ("rancher/klipper-lb", Distribution::K3s),
    ("gke.gcr.io/", Distribution::Gke),
    ("/eks/", Distribution::Eks),
    ("mcr.microsoft.com/oss/kubernetes", Distribution::Aks),
    ("openshift-release-dev", Distribution::OpenShift),
];

/// By the names of Nodes.
fn by_name(name: &str) -> Option<Distribution> {
    Some(match name {
        "minikube" => Distribution::Minikube,
        "kind-control-plane" | "kind-worker" => Distribution::Kind,
        _ if name.starts_with("gke-") => Distribution::Gke,
        _ if name.starts_with("aks-") => Distribution::Aks,
        _ if name.starts_with("k3d-") => Distribution::K3s,
        _ => return None,
    })
}

/// What the input shows, the surest sign first: Nodes before Pods.
pub(super) fn shown(parsed: &Parsed) -> Option<Shown> {
    let nodes = || {
        parsed.objects.iter().filter_map(|object| match object {
            Object::Node(document) => Some(document),
            _ => None,
        })
    };
    if let Some(kind) = parsed.objects.iter().find(|object| matches!(object, Object::KindCluster(_))) {
        let because = because(parsed, kind.object(), "kind", kind.span());
        return Some(Shown { is: Distribution::Kind, because });
    }
    if let Some(found) = nodes().find_map(|node| of_node(parsed, node)) {
        return Some(found);
    }
    if let Some(network) = parsed.objects.iter().find(|object| matches!(object, Object::OpenShiftNetwork(_))) {
        let because = because(parsed, network.object(), "kind", network.span());
        return Some(Shown { is: Distribution::OpenShift, because });
    }
    for object in &parsed.objects {
        let Some((_, spec)) = pod_of(object) else { continue };
        if let Some(node) = &spec.node_name
            && let Some(is) = by_name(&node.value)
        {
            return Some(Shown { is, because: because(parsed, object.object(), "spec.nodeName", node.span) });
        }
        // What runs in other namespaces may be anybody's.
        let system =
            matches!(object.object().namespace.as_deref(), Some("kube-system" | "kube-flannel" | "calico-system"))
                || object.object().namespace.as_deref().is_some_and(|namespace| namespace.starts_with("openshift-"));
        if !system {
            continue;
        }
        for image in containers(spec).filter_map(|container| container.image.as_ref()) {
            if let Some((_, is)) = IMAGES.iter().find(|(part, _)| image.value.contains(part)) {
                let because = because(parsed, object.object(), "spec.containers.image", image.span);
                return Some(Shown { is: *is, because });
            }
        }
    }
    None
}

fn of_node(parsed: &Parsed, node: &Document<Node>) -> Option<Shown> {
    let info = &node.value.status.node_info;
    let shown = |is, field: &str, span| Some(Shown { is, because: because(parsed, &node.object, field, span) });
    for version in info.kubelet_version.iter().chain(&info.kube_proxy_version) {
        if let Some((_, is)) = VERSIONS.iter().find(|(part, _)| version.value.contains(part)) {
            return shown(*is, "status.nodeInfo.kubeletVersion", version.span);
        }
    }
    let metadata = &node.value.metadata;
    for key in metadata.labels.keys().chain(metadata.annotations.keys()) {
        if let Some((_, is)) = LABELS.iter().find(|(start, _)| key.starts_with(start)) {
            return shown(*is, "metadata.labels", node.span);
        }
    }
    if let Some(id) = &node.value.spec.provider_id
        && let Some((_, is)) = PROVIDERS.iter().find(|(start, _)| id.starts_with(start))
    {
        return shown(*is, "spec.providerID", node.span);
    }
    by_name(&node.object.name).and_then(|is| shown(is, "metadata.name", node.span))
}
