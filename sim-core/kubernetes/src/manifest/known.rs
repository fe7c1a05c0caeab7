//! Which type an object of a kind that is understood is read into.

use super::document::{Sink, identity};
use super::kinds::Kind;
use super::objects::{
    CALICO_POLICY, DaemonSet, Deployment, Document, Object, ReplicaSet, ReplicationController, Rollout, StatefulSet,
};
use super::{teach, template};
use crate::diagnostic::codes;
use crate::text::tree::{NodeId, Tree};
use std::sync::Arc;

impl Sink<'_, '_, '_> {
    /// An object of a kind that is understood, in a version of its API.
    pub(super) fn known(&mut self, tree: &Tree<'_>, node: NodeId, known: &'static Kind, api_version: &str) {
        let mut object = identity(tree, node, known.name, Some(known.scope));
        if known.name != "ConfigMap"
            && let Some((start, end)) = template::inside(tree, node, self.text)
        {
            self.assembly.report(codes::UNRENDERED_TEMPLATE.at(self.offsets.span(start, end)).about(object));
            return;
        }
        if let Some((range, placeholder)) = teach::placeholder::blocks(tree, node, self.text) {
            let span = self.offsets.span(range.start as u32, range.end as u32);
            let found = codes::PLACEHOLDER.at(span).arg("placeholder", placeholder);
            self.assembly.report(found.hint(codes::HINT_FILL_IN).about(object));
            return;
        }
        if object.name.is_empty()
            && let Some(prefix) = tree.get(node, "metadata").and_then(|metadata| tree.get(metadata, "generateName"))
            && let Some(prefix) = tree.text(prefix).filter(|prefix| !prefix.is_empty())
        {
            object.name = self.assembly.generate_name(prefix);
        }
        let of_calico = known.api_version.ends_with("projectcalico.org/");
        if of_calico && known.name == "NetworkPolicy" {
            // One of Kubernetes may have the same name.
            object.kind = Arc::from(CALICO_POLICY);
        }
        let api_version = Arc::from(api_version);
        match known.name {
            "Namespace" => self.typed(tree, node, known, object, api_version, Object::Namespace),
            "Node" => self.typed(tree, node, known, object, api_version, Object::Node),
            "Pod" => self.typed(tree, node, known, object, api_version, Object::Pod),
            "Deployment" => self.typed(tree, node, known, object, api_version, |mut read: Document<Deployment>| {
                Arc::make_mut(&mut read.value).spec.value.older(&read.api_version);
                Object::Deployment(read)
            }),
            "ReplicaSet" => self.typed(tree, node, known, object, api_version, |mut read: Document<ReplicaSet>| {
                Arc::make_mut(&mut read.value).spec.value.older(&read.api_version);
                Object::ReplicaSet(read)
            }),
            "ReplicationController" => {
                let wrap = |read: Document<ReplicationController>| Object::ReplicaSet(read.into());
                self.typed(tree, node, known, object, api_version, wrap);
            }
            "DeploymentConfig" => {
                let wrap = |read: Document<ReplicationController>| Object::Deployment(read.into());
                self.typed(tree, node, known, object, api_version, wrap);
            }
            "Rollout" => {
                let wrap = |read: Document<Rollout>| Object::Deployment(read.into());
                self.typed(tree, node, known, object, api_version, wrap);
            }
            "DaemonSet" => self.typed(tree, node, known, object, api_version, |mut read: Document<DaemonSet>| {
                Arc::make_mut(&mut read.value).spec.value.older(&read.api_version);
                Object::DaemonSet(read)
            }),
            "StatefulSet" => self.typed(tree, node, known, object, api_version, |mut read: Document<StatefulSet>| {
                Arc::make_mut(&mut read.value).spec.value.older(&read.api_version);
                Object::StatefulSet(read)
            }),
            "Job" => self.typed(tree, node, known, object, api_version, Object::Job),
            "CronJob" => self.typed(tree, node, known, object, api_version, Object::CronJob),
            "Service" => self.typed(tree, node, known, object, api_version, Object::Service),
            "Endpoints" => self.typed(tree, node, known, object, api_version, Object::Endpoints),
            "EndpointSlice" => self.typed(tree, node, known, object, api_version, Object::EndpointSlice),
            "ConfigMap" => self.typed(tree, node, known, object, api_version, Object::ConfigMap),
            "Ingress" => self.typed(tree, node, known, object, api_version, Object::Ingress),
            "AdminNetworkPolicy" | "BaselineAdminNetworkPolicy" | "ClusterNetworkPolicy" => {
                self.typed(tree, node, known, object, api_version, Object::AdminPolicy);
            }
            "NetworkPolicy" if of_calico => self.typed(tree, node, known, object, api_version, Object::CalicoPolicy),
            "GlobalNetworkPolicy" => self.typed(tree, node, known, object, api_version, Object::CalicoPolicy),
            "Tier" => self.typed(tree, node, known, object, api_version, Object::CalicoTier),
            "NetworkSet" | "GlobalNetworkSet" => {
                self.typed(tree, node, known, object, api_version, Object::CalicoNetworkSet);
            }
            "NetworkPolicy" => self.typed(tree, node, known, object, api_version, Object::NetworkPolicy),
            "GatewayClass" => self.typed(tree, node, known, object, api_version, Object::GatewayClass),
            "Gateway" => self.typed(tree, node, known, object, api_version, Object::Gateway),
            "HTTPRoute" => self.typed(tree, node, known, object, api_version, Object::HttpRoute),
            "GRPCRoute" => self.typed(tree, node, known, object, api_version, Object::GrpcRoute),
            "TLSRoute" => self.typed(tree, node, known, object, api_version, Object::TlsRoute),
            "TCPRoute" => self.typed(tree, node, known, object, api_version, Object::TcpRoute),
            "BackendTLSPolicy" => self.typed(tree, node, known, object, api_version, Object::BackendTlsPolicy),
            "ReferenceGrant" => self.typed(tree, node, known, object, api_version, Object::ReferenceGrant),
            "IngressClass" => self.typed(tree, node, known, object, api_version, Object::IngressClass),
            "Cluster" => self.typed(tree, node, known, object, api_version, Object::KindCluster),
            "KubeProxyConfiguration" => {
                self.typed(tree, node, known, object, api_version, Object::KubeProxyConfiguration);
            }
            "ClusterConfiguration" => self.typed(tree, node, known, object, api_version, Object::ClusterConfiguration),
            "InitConfiguration" | "JoinConfiguration" => {
                self.typed(tree, node, known, object, api_version, Object::KubeadmNode);
            }
            "IPPool" => self.typed(tree, node, known, object, api_version, Object::CalicoPool),
            "BlockAffinity" => self.typed(tree, node, known, object, api_version, Object::CalicoAffinity),
            "FelixConfiguration" => self.typed(tree, node, known, object, api_version, Object::CalicoFelix),
            "Installation" => self.typed(tree, node, known, object, api_version, Object::CalicoInstallation),
            "Network" => self.typed(tree, node, known, object, api_version, Object::OpenShiftNetwork),
            "IPAddressPool" => self.typed(tree, node, known, object, api_version, Object::AddressPool),
            "L2Advertisement" => self.typed(tree, node, known, object, api_version, Object::L2Advertisement),
            "BGPAdvertisement" => self.typed(tree, node, known, object, api_version, Object::BgpAdvertisement),
            "BGPPeer" => self.typed(tree, node, known, object, api_version, Object::BgpPeer),
            "KubeletConfiguration" => self.typed(tree, node, known, object, api_version, Object::KubeletConfiguration),
            _ => self.typed(tree, node, known, object, api_version, Object::Scenario),
        }
    }
}
