//! The subset of Kubernetes objects that is understood, as written: nothing defaulted, nothing checked beyond types.
//!
//! Every struct here is read leniently, as the API server does when it is not asked to be strict: unknown fields are
//! skipped, `null` means absent. [`Spanned`](crate::origin::Spanned) marks what later phases point at.
//!
//! Spans: a scalar's span is the scalar; a mapping or list that is the value of a key starts at that key; an entry of
//! a list starts at the entry (behind its dash).

mod admin_policy;
mod calico_policy;
mod cluster_config;
mod cni;
mod compose;
mod discovery;
mod extra_args;
mod gateway;
mod ingress;
mod labels;
mod meta;
mod node;
mod plugins;
mod pod;
mod pod_status;
mod policy;
mod scenario;
mod service;
mod unused;
mod value;
mod workload;

pub use admin_policy::*;
pub use calico_policy::*;
pub use cluster_config::*;
pub use cni::*;
pub use compose::*;
pub use discovery::*;
pub use extra_args::*;
pub use gateway::*;
pub use ingress::*;
pub use labels::Labels;
pub use meta::*;
pub use node::*;
pub use plugins::*;
pub use pod::*;
pub use pod_status::*;
pub use policy::*;
pub use scenario::*;
pub use service::*;
pub use unused::{UnusedObject, UnusedReason};
pub use value::*;
pub use workload::*;

use crate::origin::{ObjectRef, Span};
use std::sync::Arc;

/// One object of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document<T> {
    /// Its identity. Namespaced kinds that name no namespace are in `default`.
    pub object: ObjectRef,
    /// `apiVersion`, e.g. `apps/v1`.
    pub api_version: Text,
    /// The whole object, from its first key to the end of its last value.
    pub span: Span,
    /// What it says; the moments of a timeline share it.
    pub value: Arc<T>,
}

impl<T: Clone> Document<T> {
    /// The same object with its content read as another type.
    pub(super) fn into<U: From<T>>(self) -> Document<U> {
        let Self { object, api_version, span, value } = self;
        Document { object, api_version, span, value: Arc::new(U::from(Arc::unwrap_or_clone(value))) }
    }
}

macro_rules! objects {
    ($($(#[$doc:meta])* $variant:ident($type:ty),)*) => {
        /// An object of a kind that is understood.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Object {
            $($(#[$doc])* $variant(Document<$type>),)*
        }

        impl Object {
            /// Its identity.
            pub fn object(&self) -> &ObjectRef {
                match self { $(Self::$variant(document) => &document.object,)* }
            }

            /// Its `apiVersion`.
            pub fn api_version(&self) -> &Text {
                match self { $(Self::$variant(document) => &document.api_version,)* }
            }

            /// The whole object.
            pub fn span(&self) -> Span {
                match self { $(Self::$variant(document) => document.span,)* }
            }

            pub(super) fn move_to(&mut self, span: Span) {
                match self { $(Self::$variant(document) => document.span = span,)* }
            }

            pub(super) fn rename(&mut self, object: ObjectRef) {
                match self { $(Self::$variant(document) => document.object = object,)* }
            }
        }
    };
}

objects! {
    /// `v1` Namespace.
    Namespace(Namespace),
    /// `v1` Node.
    Node(Node),
    /// `v1` Pod.
    Pod(Pod),
    /// `apps/v1` Deployment, `apps.openshift.io` DeploymentConfig, `argoproj.io` Rollout.
    Deployment(Deployment),
    /// `apps/v1` ReplicaSet, and `v1` ReplicationController read as one.
    ReplicaSet(ReplicaSet),
    /// `apps/v1` DaemonSet.
    DaemonSet(DaemonSet),
    /// `apps/v1` StatefulSet.
    StatefulSet(StatefulSet),
    /// `batch/v1` Job.
    Job(Job),
    /// `batch/v1` CronJob.
    CronJob(CronJob),
    /// `v1` Service.
    Service(Service),
    /// `v1` Endpoints.
    Endpoints(Endpoints),
    /// `discovery.k8s.io/v1` EndpointSlice.
    EndpointSlice(EndpointSlice),
    /// `v1` ConfigMap.
    ConfigMap(ConfigMap),
    /// `networking.k8s.io/v1` Ingress.
    Ingress(Ingress),
    /// `networking.k8s.io/v1` IngressClass.
    IngressClass(IngressClass),
    /// `policy.networking.k8s.io` AdminNetworkPolicy, BaselineAdminNetworkPolicy or ClusterNetworkPolicy.
    AdminPolicy(AdminPolicy),
    /// `networking.k8s.io/v1` NetworkPolicy.
    NetworkPolicy(NetworkPolicy),
    /// `gateway.networking.k8s.io` GatewayClass.
    GatewayClass(GatewayClass),
    /// `gateway.networking.k8s.io` Gateway.
    Gateway(Gateway),
    /// `gateway.networking.k8s.io` HTTPRoute.
    HttpRoute(GatewayRoute),
    /// `gateway.networking.k8s.io` GRPCRoute.
    GrpcRoute(GatewayRoute),
    /// `gateway.networking.k8s.io` TLSRoute.
    TlsRoute(GatewayRoute),
    /// `gateway.networking.k8s.io` TCPRoute.
    TcpRoute(GatewayRoute),
    /// `gateway.networking.k8s.io` BackendTLSPolicy.
    BackendTlsPolicy(BackendTlsPolicy),
    /// `gateway.networking.k8s.io` ReferenceGrant.
    ReferenceGrant(ReferenceGrant),
    /// `kind.x-k8s.io/v1alpha4` Cluster.
    KindCluster(KindCluster),
    /// `kubeproxy.config.k8s.io/v1alpha1` KubeProxyConfiguration, bare or out of the ConfigMap `kube-system/kube-proxy`
    /// (then its identity is that ConfigMap's).
    KubeProxyConfiguration(KubeProxyConfiguration),
    /// `kubeadm.k8s.io` ClusterConfiguration, bare or out of the ConfigMap `kube-system/kubeadm-config`.
    ClusterConfiguration(ClusterConfiguration),
    /// `kubeadm.k8s.io` InitConfiguration or JoinConfiguration.
    KubeadmNode(KubeadmNode),
    /// `kubelet.config.k8s.io/v1beta1` KubeletConfiguration, bare or out of the ConfigMap `kube-system/kubelet-config`.
    KubeletConfiguration(KubeletConfiguration),
    /// `projectcalico.org` IPPool.
    CalicoPool(CalicoPool),
    /// `projectcalico.org` BlockAffinity.
    CalicoAffinity(CalicoAffinity),
    /// `projectcalico.org` NetworkPolicy or GlobalNetworkPolicy.
    CalicoPolicy(CalicoPolicy),
    /// `projectcalico.org` Tier.
    CalicoTier(CalicoTier),
    /// `projectcalico.org` NetworkSet or GlobalNetworkSet.
    CalicoNetworkSet(CalicoNetworkSet),
    /// `projectcalico.org` FelixConfiguration.
    CalicoFelix(CalicoFelix),
    /// `operator.tigera.io` Installation.
    CalicoInstallation(CalicoInstallation),
    /// OpenShift's cluster Network.
    OpenShiftNetwork(OpenShiftNetwork),
    /// `metallb.io` IPAddressPool.
    AddressPool(AddressPool),
    /// `metallb.io` L2Advertisement.
    L2Advertisement(Advertisement),
    /// `metallb.io` BGPAdvertisement.
    BgpAdvertisement(Advertisement),
    /// `metallb.io` BGPPeer.
    BgpPeer(BgpPeer),
    /// A CNI network configuration, bare or out of any ConfigMap (then its identity is that ConfigMap's).
    CniConfig(CniConfig),
    /// A Docker Compose file; its name is the file's.
    Compose(ComposeFile),
    /// A Docker daemon's `daemon.json`; its name is the file's.
    DockerDaemon(DockerDaemon),
    /// A container as `docker inspect` prints it.
    DockerContainer(InspectContainer),
    /// A network as `docker network inspect` prints it.
    DockerNetwork(InspectNetwork),
    /// `kubehop.dev/v1alpha1` Scenario.
    Scenario(Scenario),
}

impl Object {
    /// Its `metadata`, for kinds the API server keeps.
    pub fn metadata(&self) -> Option<&Metadata> {
        Some(match self {
            Self::Namespace(document) => &document.value.metadata,
            Self::Node(document) => &document.value.metadata,
            Self::Pod(document) => &document.value.metadata,
            Self::Deployment(document) => &document.value.metadata,
            Self::ReplicaSet(document) => &document.value.metadata,
            Self::DaemonSet(document) => &document.value.metadata,
            Self::StatefulSet(document) => &document.value.metadata,
            Self::Job(document) => &document.value.metadata,
            Self::CronJob(document) => &document.value.metadata,
            Self::Service(document) => &document.value.metadata,
            Self::Endpoints(document) => &document.value.metadata,
            Self::EndpointSlice(document) => &document.value.metadata,
            Self::ConfigMap(document) => &document.value.metadata,
            Self::Ingress(document) => &document.value.metadata,
            Self::IngressClass(document) => &document.value.metadata,
            Self::AdminPolicy(document) => &document.value.metadata,
            Self::NetworkPolicy(document) => &document.value.metadata,
            Self::CalicoPolicy(document) => &document.value.metadata,
            Self::CalicoTier(document) => &document.value.metadata,
            Self::CalicoNetworkSet(document) => &document.value.metadata,
            Self::GatewayClass(document) => &document.value.metadata,
            Self::Gateway(document) => &document.value.metadata,
            Self::BackendTlsPolicy(document) => &document.value.metadata,
            Self::ReferenceGrant(document) => &document.value.metadata,
            Self::HttpRoute(document)
            | Self::GrpcRoute(document)
            | Self::TlsRoute(document)
            | Self::TcpRoute(document) => &document.value.metadata,
            _ => return None,
        })
    }

    /// The Pod that it is or makes: its metadata and its spec.
    pub fn pod(&self) -> Option<(&Metadata, &PodSpec)> {
        fn of(template: &PodTemplate) -> (&Metadata, &PodSpec) {
            (&template.metadata, &template.spec)
        }
        Some(match self {
            Self::Pod(document) => (&document.value.metadata, &document.value.spec),
            Self::Deployment(document) => of(&document.value.spec.template),
            Self::ReplicaSet(document) => of(&document.value.spec.template),
            Self::DaemonSet(document) => of(&document.value.spec.template),
            Self::StatefulSet(document) => of(&document.value.spec.template),
            Self::Job(document) => of(&document.value.spec.template),
            Self::CronJob(document) => of(&document.value.spec.job_template.spec.template),
            _ => return None,
        })
    }

    /// True for an object out of a cluster: an API server has marked it, or kubelet has written a Pod's status.
    pub fn is_live(&self) -> bool {
        let marked = |metadata: &Metadata| metadata.uid.is_some() || metadata.creation_timestamp.is_some();
        let run = |status: &PodStatus| status.host_ip.is_some() || status.pod_ip.is_some() || status.phase.is_some();
        self.metadata().is_some_and(marked) || matches!(self, Self::Pod(document) if run(&document.value.status))
    }
}
