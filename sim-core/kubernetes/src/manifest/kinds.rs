//! Which kinds there are, and in which versions of the API.

use super::fields::nearest;

/// How a kind is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Its objects live in namespaces.
    Namespaced,
    /// Its objects belong to the cluster.
    Cluster,
    /// A component's configuration: needs no name, and all versions of its group are read alike where there are several.
    Config,
}

/// A kind that is understood.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) scope: Scope,
    /// The version it is written for; for those of several versions that are read alike the group and a slash.
    pub(super) api_version: &'static str,
    /// Versions that had it once.
    removed: &'static [&'static str],
}

const fn kind(name: &'static str, scope: Scope, api_version: &'static str, removed: &'static [&'static str]) -> Kind {
    Kind { name, scope, api_version, removed }
}

const KINDS: &[Kind] = &[
    kind("BGPAdvertisement", Scope::Config, "metallb.io/", &[]),
    kind("BGPPeer", Scope::Config, "metallb.io/", &[]),
    kind("ClusterConfiguration", Scope::Config, "kubeadm.k8s.io/", &[]),
    kind("ConfigMap", Scope::Namespaced, "v1", &[]),
    kind("CronJob", Scope::Namespaced, "batch/v1", &["batch/v1beta1", "batch/v2alpha1"]),
    kind("Cluster", Scope::Config, "kind.x-k8s.io/", &[]),
    kind("DaemonSet", Scope::Namespaced, "apps/v1", &["apps/v1beta2", "extensions/v1beta1"]),
    kind("Deployment", Scope::Namespaced, "apps/v1", &["apps/v1beta1", "apps/v1beta2", "extensions/v1beta1"]),
    kind("DeploymentConfig", Scope::Namespaced, "apps.openshift.io/v1", &["v1"]),
    kind("Endpoints", Scope::Namespaced, "v1", &[]),
    kind("EndpointSlice", Scope::Namespaced, "discovery.k8s.io/v1", &["discovery.k8s.io/v1beta1"]),
    kind("IPAddressPool", Scope::Config, "metallb.io/", &[]),
    kind("IPPool", Scope::Config, "crd.projectcalico.org/", &[]),
    kind("IPPool", Scope::Config, "projectcalico.org/", &[]),
    kind("BlockAffinity", Scope::Config, "crd.projectcalico.org/", &[]),
    kind("BlockAffinity", Scope::Config, "projectcalico.org/", &[]),
    kind("FelixConfiguration", Scope::Config, "crd.projectcalico.org/", &[]),
    kind("FelixConfiguration", Scope::Config, "projectcalico.org/", &[]),
    kind("Gateway", Scope::Namespaced, "gateway.networking.k8s.io/", &[]),
    kind("GatewayClass", Scope::Cluster, "gateway.networking.k8s.io/", &[]),
    kind("GRPCRoute", Scope::Namespaced, "gateway.networking.k8s.io/", &[]),
    kind("HTTPRoute", Scope::Namespaced, "gateway.networking.k8s.io/", &[]),
    kind("BackendTLSPolicy", Scope::Namespaced, "gateway.networking.k8s.io/", &[]),
    kind("ReferenceGrant", Scope::Namespaced, "gateway.networking.k8s.io/", &[]),
    kind("TCPRoute", Scope::Namespaced, "gateway.networking.k8s.io/", &[]),
    kind("TLSRoute", Scope::Namespaced, "gateway.networking.k8s.io/", &[]),
    kind("Ingress", Scope::Namespaced, "networking.k8s.io/v1", &["networking.k8s.io/v1beta1", "extensions/v1beta1"]),
    kind("IngressClass", Scope::Cluster, "networking.k8s.io/v1", &["networking.k8s.io/v1beta1"]),
    kind("InitConfiguration", Scope::Config, "kubeadm.k8s.io/", &[]),
    kind("Installation", Scope::Config, "operator.tigera.io/", &[]),
    kind("Job", Scope::Namespaced, "batch/v1", &[]),
    kind("JoinConfiguration", Scope::Config, "kubeadm.k8s.io/", &[]),
    kind("KubeProxyConfiguration", Scope::Config, "kubeproxy.config.k8s.io/v1alpha1", &[]),
    kind("KubeletConfiguration", Scope::Config, "kubelet.config.k8s.io/", &[]),
    kind("L2Advertisement", Scope::Config, "metallb.io/", &[]),
    kind("Namespace", Scope::Cluster, "v1", &[]),
    kind("Network", Scope::Config, "config.openshift.io/", &[]),
    kind("Network", Scope::Config, "operator.openshift.io/", &[]),
    kind("AdminNetworkPolicy", Scope::Cluster, "policy.networking.k8s.io/", &[]),
    kind("BaselineAdminNetworkPolicy", Scope::Cluster, "policy.networking.k8s.io/", &[]),
    kind("ClusterNetworkPolicy", Scope::Cluster, "policy.networking.k8s.io/", &[]),
    kind("NetworkPolicy", Scope::Namespaced, "networking.k8s.io/v1", &["extensions/v1beta1"]),
    kind("NetworkPolicy", Scope::Namespaced, "crd.projectcalico.org/", &[]),
    kind("NetworkPolicy", Scope::Namespaced, "projectcalico.org/", &[]),
    kind("GlobalNetworkPolicy", Scope::Cluster, "crd.projectcalico.org/", &[]),
    kind("GlobalNetworkPolicy", Scope::Cluster, "projectcalico.org/", &[]),
    kind("Tier", Scope::Cluster, "crd.projectcalico.org/", &[]),
    kind("Tier", Scope::Cluster, "projectcalico.org/", &[]),
    kind("NetworkSet", Scope::Namespaced, "crd.projectcalico.org/", &[]),
    kind("NetworkSet", Scope::Namespaced, "projectcalico.org/", &[]),
    kind("GlobalNetworkSet", Scope::Cluster, "crd.projectcalico.org/", &[]),
    kind("GlobalNetworkSet", Scope::Cluster, "projectcalico.org/", &[]),
    kind("Node", Scope::Cluster, "v1", &[]),
    kind("Pod", Scope::Namespaced, "v1", &[]),
    kind("ReplicaSet", Scope::Namespaced, "apps/v1", &["apps/v1beta2", "extensions/v1beta1"]),
    kind("ReplicationController", Scope::Namespaced, "v1", &[]),
    kind("Rollout", Scope::Namespaced, "argoproj.io/v1alpha1", &[]),
    kind("Scenario", Scope::Config, "kubehop.dev/", &[]),
    kind("Service", Scope::Namespaced, "v1", &[]),
    kind("StatefulSet", Scope::Namespaced, "apps/v1", &["apps/v1beta1", "apps/v1beta2"]),
];

/// A CNI network configuration, which names no kind.
pub(super) const CNI_CONFIG: Kind = kind("CniConfig", Scope::Config, "", &[]);

/// A Compose file, which names no kind.
pub(super) const COMPOSE: Kind = kind("Compose", Scope::Config, "", &[]);
/// A Docker daemon's configuration, likewise.
pub(super) const DOCKER_DAEMON: Kind = kind("DockerDaemon", Scope::Config, "", &[]);
/// A container as `docker inspect` prints it, likewise.
pub(super) const DOCKER_CONTAINER: Kind = kind("DockerContainer", Scope::Config, "", &[]);
/// A network as `docker network inspect` prints it, likewise.
pub(super) const DOCKER_NETWORK: Kind = kind("DockerNetwork", Scope::Config, "", &[]);

/// Kinds of the groups above that are not understood, so that they are not taken for misspelt ones.
const OTHERS: &[&str] = &[
    "APIGroup",
    "APIResourceList",
    "Binding",
    "ComponentStatus",
    "ControllerRevision",
    "DeleteOptions",
    "Event",
    "Eviction",
    "LimitRange",
    "List",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PodTemplate",
    "ResourceQuota",
    "Scale",
    "Secret",
    "ServiceAccount",
    "Status",
    "TokenRequest",
];

/// What becomes of an object.
#[derive(Clone, Copy, Debug)]
pub(super) enum Verdict {
    /// It is read.
    Known(&'static Kind),
    /// It is read, though clusters no longer serve that version.
    Removed(&'static Kind),
    /// The kind exists, but not in that group or version of Kubernetes.
    WrongVersion(&'static Kind),
    /// Nearly a kind of that group: the nearest.
    Misspelt(&'static Kind),
    /// It takes no part.
    Unused,
}

/// The kind of that name in Kubernetes itself.
pub(super) fn named(kind: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|known| known.name == kind && known.scope != Scope::Config)
}

/// What becomes of an object of that `kind` and `apiVersion`.
pub(super) fn judge(kind: &str, api_version: &str) -> Verdict {
    let named = || KINDS.iter().filter(|known| known.name == kind);
    let Some(found) = named().find(|known| known.serves(api_version)).or_else(|| named().next()) else {
        let near = nearest(kind, KINDS.iter().filter(|known| known.serves(api_version)).map(|known| known.name));
        return match near.and_then(|near| KINDS.iter().find(|known| known.name == near)) {
            Some(near) if !OTHERS.contains(&kind) => Verdict::Misspelt(near),
            _ => Verdict::Unused,
        };
    };
    if found.serves(api_version) {
        Verdict::Known(found)
    } else if found.removed.contains(&api_version) {
        Verdict::Removed(found)
    } else if (found.scope != Scope::Config && of_kubernetes(api_version)) || found.in_group(api_version) {
        Verdict::WrongVersion(found)
    } else {
        Verdict::Unused
    }
}

impl Kind {
    /// True for another version of the one group that has the kind, where only one version was ever served.
    fn in_group(&self, api_version: &str) -> bool {
        let group = |text: &'_ str| text.split_once('/').map(|(group, _)| group.to_owned());
        self.scope == Scope::Config && !self.api_version.ends_with('/') && group(self.api_version) == group(api_version)
    }

    fn serves(&self, api_version: &str) -> bool {
        match self.scope {
            Scope::Config if !self.api_version.ends_with('/') => api_version == self.api_version,
            Scope::Config => api_version.starts_with(self.api_version),
            _ if self.api_version.ends_with('/') => api_version.starts_with(self.api_version),
            _ => api_version == self.api_version,
        }
    }
}

/// True for the groups that Kubernetes itself serves workloads and Services in; kinds of other groups may share names.
fn of_kubernetes(api_version: &str) -> bool {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    matches!(group, "" | "apps" | "batch" | "extensions" | "discovery.k8s.io" | "networking.k8s.io" | "autoscaling")
}
