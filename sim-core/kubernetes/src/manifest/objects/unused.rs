//! Why objects of kinds that are not read take no part.

use super::value::Text;
use crate::manifest::acting::Acting;
use crate::origin::{ObjectRef, Span};

/// An object of a kind that takes no part in the simulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusedObject {
    /// Its identity. Whether its kind is namespaced is not known: the namespace is what it says itself.
    pub object: ObjectRef,
    /// `apiVersion`, e.g. `networking.k8s.io/v1`.
    pub api_version: Text,
    /// The whole object.
    pub span: Span,
    /// What it does to traffic all the same.
    pub acting: Option<Acting>,
}

/// Why an object takes no part in the simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnusedReason {
    /// It routes or balances traffic, and is not simulated: Ingress, HTTPRoute, VirtualService, Route …
    ActsOnTraffic,
    /// It decides who may connect, and is not enforced: NetworkPolicy, AuthorizationPolicy …
    Policy,
    /// A controller makes Pods or Services of it: HelmRelease, Application, operators' clusters and databases …
    MakesWorkloads,
    /// It defines a kind and makes nothing itself: CustomResourceDefinition.
    Definition,
    /// Storage, access rights, secrets, metrics and the like: no packet goes another way for it.
    NoNetworkEffect,
    /// A kind that nothing is known of.
    Unknown,
}

impl UnusedReason {
    /// All of them, in the order worth reading.
    pub const ALL: [Self; 6] = [
        Self::ActsOnTraffic,
        Self::Policy,
        Self::MakesWorkloads,
        Self::Unknown,
        Self::Definition,
        Self::NoNetworkEffect,
    ];

    /// Its word in JSON and locales, kebab-case.
    pub fn word(self) -> &'static str {
        match self {
            Self::ActsOnTraffic => "acts-on-traffic",
            Self::Policy => "policy",
            Self::MakesWorkloads => "makes-workloads",
            Self::Definition => "definition",
            Self::NoNetworkEffect => "no-network-effect",
            Self::Unknown => "unknown",
        }
    }
}

impl UnusedObject {
    /// Why it takes no part, by its kind and API group.
    pub fn reason(&self) -> UnusedReason {
        let group = self.api_version.split_once('/').map_or("", |(group, _)| group);
        reason(group, &self.object.kind)
    }
}

/// An API group, kinds of it (none: all its others), and why they take no part. A group that begins with a dot stands for all that
/// end so.
type Entry = (&'static str, &'static [&'static str], UnusedReason);

const TABLE: &[Entry] = {
    use UnusedReason::{ActsOnTraffic, Definition, MakesWorkloads, NoNetworkEffect, Policy};
    &[
        // Kubernetes' own.
        ("", &[], NoNetworkEffect),
        ("admissionregistration.k8s.io", &[], NoNetworkEffect),
        ("apiextensions.k8s.io", &[], Definition),
        ("apiregistration.k8s.io", &[], NoNetworkEffect),
        ("apps", &[], NoNetworkEffect),
        ("autoscaling", &[], NoNetworkEffect),
        ("certificates.k8s.io", &[], NoNetworkEffect),
        ("coordination.k8s.io", &[], NoNetworkEffect),
        ("extensions", &["Ingress"], ActsOnTraffic),
        ("extensions", &[], NoNetworkEffect),
        ("flowcontrol.apiserver.k8s.io", &[], NoNetworkEffect),
        ("gateway.networking.k8s.io", &[], ActsOnTraffic),
        ("gateway.networking.x-k8s.io", &[], ActsOnTraffic),
        ("inference.networking.k8s.io", &[], ActsOnTraffic),
        ("metrics.k8s.io", &[], NoNetworkEffect),
        ("multicluster.x-k8s.io", &[], ActsOnTraffic),
        ("networking.k8s.io", &["IPAddress", "ServiceCIDR"], NoNetworkEffect),
        ("networking.k8s.io", &[], ActsOnTraffic),
        ("networking.x-k8s.io", &[], ActsOnTraffic),
        ("node.k8s.io", &[], NoNetworkEffect),
        ("policy", &[], NoNetworkEffect),
        ("policy.networking.k8s.io", &[], Policy),
        ("rbac.authorization.k8s.io", &[], NoNetworkEffect),
        ("resource.k8s.io", &[], NoNetworkEffect),
        ("scheduling.k8s.io", &[], NoNetworkEffect),
        ("snapshot.storage.k8s.io", &[], NoNetworkEffect),
        ("storage.k8s.io", &[], NoNetworkEffect),
        ("autoscaling.k8s.io", &[], NoNetworkEffect),
        // Network plugins, load balancers, additional networks.
        ("cilium.io", &["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"], Policy),
        ("cilium.io", &[], ActsOnTraffic),
        ("crd.antrea.io", &[], Policy),
        ("crd.projectcalico.org", &[], NoNetworkEffect),
        ("projectcalico.org", &[], NoNetworkEffect),
        ("elbv2.k8s.aws", &[], ActsOnTraffic),
        ("k8s.cni.cncf.io", &[], ActsOnTraffic),
        ("k8s.ovn.org", &["EgressFirewall", "AdminPolicyBasedExternalRoute", "EgressQoS"], Policy),
        ("k8s.ovn.org", &[], ActsOnTraffic),
        ("metallb.io", &[], ActsOnTraffic),
        ("network.openshift.io", &["EgressNetworkPolicy", "NetNamespace"], Policy),
        ("network.openshift.io", &[], NoNetworkEffect),
        ("nmstate.io", &[], ActsOnTraffic),
        ("operator.tigera.io", &[], MakesWorkloads),
        ("sriovnetwork.openshift.io", &[], ActsOnTraffic),
        ("whereabouts.cni.cncf.io", &[], ActsOnTraffic),
        // Ingress controllers, gateways, meshes.
        ("apisix.apache.org", &[], ActsOnTraffic),
        ("appmesh.k8s.aws", &[], ActsOnTraffic),
        ("cloud.google.com", &[], ActsOnTraffic),
        (".configuration.konghq.com", &[], ActsOnTraffic),
        ("consul.hashicorp.com", &["ServiceIntentions"], Policy),
        ("consul.hashicorp.com", &[], ActsOnTraffic),
        ("externaldns.k8s.io", &[], ActsOnTraffic),
        ("flagger.app", &[], ActsOnTraffic),
        ("gateway.envoyproxy.io", &["SecurityPolicy"], Policy),
        ("gateway.envoyproxy.io", &[], ActsOnTraffic),
        ("gateway.nginx.org", &[], ActsOnTraffic),
        ("gateway.solo.io", &[], ActsOnTraffic),
        ("getambassador.io", &[], ActsOnTraffic),
        ("k8s.nginx.org", &["Policy"], Policy),
        ("k8s.nginx.org", &[], ActsOnTraffic),
        ("install.istio.io", &[], MakesWorkloads),
        ("sailoperator.io", &[], MakesWorkloads),
        ("extensions.istio.io", &[], ActsOnTraffic),
        ("networking.istio.io", &[], ActsOnTraffic),
        ("security.istio.io", &[], Policy),
        ("telemetry.istio.io", &[], NoNetworkEffect),
        ("kuma.io", &["MeshTrafficPermission", "TrafficPermission"], Policy),
        ("kuma.io", &[], ActsOnTraffic),
        ("linkerd.io", &[], ActsOnTraffic),
        ("policy.linkerd.io", &["HTTPRoute", "GRPCRoute"], ActsOnTraffic),
        ("policy.linkerd.io", &[], Policy),
        ("maistra.io", &[], MakesWorkloads),
        ("networking.gke.io", &["ManagedCertificate"], NoNetworkEffect),
        ("networking.gke.io", &[], ActsOnTraffic),
        ("net.gke.io", &[], ActsOnTraffic),
        ("projectcontour.io", &["ExtensionService", "HTTPProxy", "TLSCertificateDelegation"], ActsOnTraffic),
        ("projectcontour.io", &[], NoNetworkEffect),
        ("operator.projectcontour.io", &[], MakesWorkloads),
        ("route.openshift.io", &[], ActsOnTraffic),
        ("skupper.io", &[], ActsOnTraffic),
        ("access.smi-spec.io", &[], Policy),
        (".smi-spec.io", &[], ActsOnTraffic),
        ("submariner.io", &[], ActsOnTraffic),
        ("traefik.containo.us", &[], ActsOnTraffic),
        ("traefik.io", &[], ActsOnTraffic),
        // What installs other things.
        ("addons.cluster.x-k8s.io", &[], MakesWorkloads),
        ("app.k8s.io", &[], NoNetworkEffect),
        ("argoproj.io", &["AppProject", "AnalysisTemplate", "ClusterAnalysisTemplate", "AnalysisRun"], NoNetworkEffect),
        ("argoproj.io", &[], MakesWorkloads),
        (".crossplane.io", &["CompositeResourceDefinition", "Composition"], Definition),
        ("fleet.cattle.io", &[], MakesWorkloads),
        ("helm.cattle.io", &[], MakesWorkloads),
        ("helm.toolkit.fluxcd.io", &[], MakesWorkloads),
        ("image.toolkit.fluxcd.io", &[], NoNetworkEffect),
        ("kapp.k14s.io", &[], MakesWorkloads),
        ("kustomize.toolkit.fluxcd.io", &[], MakesWorkloads),
        ("notification.toolkit.fluxcd.io", &[], NoNetworkEffect),
        ("operators.coreos.com", &["CatalogSource", "ClusterServiceVersion", "Subscription"], MakesWorkloads),
        ("operators.coreos.com", &[], NoNetworkEffect),
        ("source.toolkit.fluxcd.io", &[], NoNetworkEffect),
        ("tekton.dev", &["PipelineRun", "TaskRun", "Run"], MakesWorkloads),
        ("tekton.dev", &[], NoNetworkEffect),
        ("triggers.tekton.dev", &["EventListener"], MakesWorkloads),
        ("triggers.tekton.dev", &[], NoNetworkEffect),
        ("toolkit.fluxcd.io", &[], MakesWorkloads),
        // Serving, jobs, machines.
        ("actions.github.com", &[], MakesWorkloads),
        ("actions.summerwind.dev", &[], MakesWorkloads),
        ("agones.dev", &[], MakesWorkloads),
        ("apps.kruise.io", &[], MakesWorkloads),
        ("batch.volcano.sh", &[], MakesWorkloads),
        (".cluster.x-k8s.io", &[], NoNetworkEffect),
        ("cluster.x-k8s.io", &[], NoNetworkEffect),
        ("eventing.knative.dev", &[], MakesWorkloads),
        ("flows.knative.dev", &[], MakesWorkloads),
        ("messaging.knative.dev", &[], MakesWorkloads),
        ("sources.knative.dev", &[], MakesWorkloads),
        ("operator.knative.dev", &[], MakesWorkloads),
        ("serving.knative.dev", &["DomainMapping"], ActsOnTraffic),
        ("serving.knative.dev", &[], MakesWorkloads),
        ("karpenter.sh", &[], NoNetworkEffect),
        ("karpenter.k8s.aws", &[], NoNetworkEffect),
        ("keda.sh", &["ScaledJob"], MakesWorkloads),
        ("keda.sh", &[], NoNetworkEffect),
        ("jobset.x-k8s.io", &[], MakesWorkloads),
        ("leaderworkerset.x-k8s.io", &[], MakesWorkloads),
        ("kubeflow.org", &[], MakesWorkloads),
        ("kubevirt.io", &[], MakesWorkloads),
        ("machinelearning.seldon.io", &[], MakesWorkloads),
        ("ray.io", &[], MakesWorkloads),
        ("serving.kserve.io", &["ClusterServingRuntime", "ServingRuntime", "TrainedModel"], NoNetworkEffect),
        ("serving.kserve.io", &[], MakesWorkloads),
        ("sparkoperator.k8s.io", &[], MakesWorkloads),
        // Databases, queues, stores.
        ("acid.zalan.do", &[], MakesWorkloads),
        ("ceph.rook.io", &[], MakesWorkloads),
        (".clickhouse.altinity.com", &[], MakesWorkloads),
        ("clickhouse.altinity.com", &[], MakesWorkloads),
        ("databases.spotahome.com", &[], MakesWorkloads),
        (".datastax.com", &[], MakesWorkloads),
        ("etcd.database.coreos.com", &[], MakesWorkloads),
        ("flink.apache.org", &[], MakesWorkloads),
        ("jenkins.io", &[], MakesWorkloads),
        ("k8s.keycloak.org", &["Keycloak"], MakesWorkloads),
        ("keycloak.org", &["Keycloak"], MakesWorkloads),
        (".k8s.elastic.co", &[], MakesWorkloads),
        ("k8s.mariadb.com", &["Database", "Grant", "User", "Backup", "Restore", "SqlJob"], NoNetworkEffect),
        ("k8s.mariadb.com", &[], MakesWorkloads),
        ("kafka.strimzi.io", &["KafkaTopic", "KafkaUser", "KafkaConnector", "KafkaRebalance"], NoNetworkEffect),
        ("kafka.strimzi.io", &[], MakesWorkloads),
        ("minio.min.io", &[], MakesWorkloads),
        ("mongodb.com", &["MongoDBUser"], NoNetworkEffect),
        ("mongodb.com", &[], MakesWorkloads),
        ("mongodbcommunity.mongodb.com", &[], MakesWorkloads),
        ("mysql.oracle.com", &[], MakesWorkloads),
        ("mysql.presslabs.org", &[], MakesWorkloads),
        ("nats.io", &[], MakesWorkloads),
        (".opensearch.opster.io", &[], MakesWorkloads),
        ("opensearch.opster.io", &[], MakesWorkloads),
        (".percona.com", &[], MakesWorkloads),
        ("postgres-operator.crunchydata.com", &[], MakesWorkloads),
        ("postgresql.cnpg.io", &["Backup", "ScheduledBackup", "Database"], NoNetworkEffect),
        ("postgresql.cnpg.io", &[], MakesWorkloads),
        ("rabbitmq.com", &["RabbitmqCluster"], MakesWorkloads),
        ("rabbitmq.com", &[], NoNetworkEffect),
        (".redis.opstreelabs.in", &[], MakesWorkloads),
        ("zookeeper.pravega.io", &[], MakesWorkloads),
        // Observing and the rest.
        ("acme.cert-manager.io", &[], NoNetworkEffect),
        ("bitnami.com", &[], NoNetworkEffect),
        ("cert-manager.io", &[], NoNetworkEffect),
        ("external-secrets.io", &[], NoNetworkEffect),
        ("generators.external-secrets.io", &[], NoNetworkEffect),
        (".gatekeeper.sh", &[], NoNetworkEffect),
        ("grafana.integreatly.org", &["Grafana"], MakesWorkloads),
        ("grafana.integreatly.org", &[], NoNetworkEffect),
        ("isindir.github.com", &[], NoNetworkEffect),
        ("jaegertracing.io", &[], MakesWorkloads),
        ("kiali.io", &[], MakesWorkloads),
        ("kustomize.config.k8s.io", &[], NoNetworkEffect),
        ("kyverno.io", &[], NoNetworkEffect),
        ("loki.grafana.com", &["LokiStack"], MakesWorkloads),
        ("longhorn.io", &[], NoNetworkEffect),
        ("monitoring.coreos.com", &["Alertmanager", "Prometheus", "PrometheusAgent", "ThanosRuler"], MakesWorkloads),
        ("monitoring.coreos.com", &[], NoNetworkEffect),
        ("opentelemetry.io", &["Instrumentation"], NoNetworkEffect),
        ("opentelemetry.io", &[], MakesWorkloads),
        (
            "operator.victoriametrics.com",
            &["VMAgent", "VMAlert", "VMAlertmanager", "VMAuth", "VMCluster", "VMSingle"],
            MakesWorkloads,
        ),
        ("operator.victoriametrics.com", &[], NoNetworkEffect),
        ("secrets.hashicorp.com", &[], NoNetworkEffect),
        ("secrets-store.csi.x-k8s.io", &[], NoNetworkEffect),
        ("velero.io", &[], NoNetworkEffect),
        // OpenShift.
        ("build.openshift.io", &["Build"], MakesWorkloads),
        ("template.openshift.io", &["TemplateInstance"], MakesWorkloads),
        (".openshift.io", &[], NoNetworkEffect),
    ]
};

fn reason(group: &str, kind: &str) -> UnusedReason {
    let of_group = |entry: &&Entry| match entry.0.strip_prefix('.') {
        Some(end) => group.strip_suffix(end).is_some_and(|start| start.ends_with('.')),
        None => entry.0 == group,
    };
    let fits = |entry: &&Entry| of_group(entry) && (entry.1.is_empty() || entry.1.contains(&kind));
    TABLE.iter().find(fits).map_or(UnusedReason::Unknown, |entry| entry.2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::collections::BTreeSet;

    #[rstest]
    #[case("", "Secret", "no-network-effect")]
    #[case("networking.k8s.io", "Ingress", "acts-on-traffic")]
    #[case("cilium.io", "CiliumNetworkPolicy", "policy")]
    #[case("gateway.networking.k8s.io", "HTTPRoute", "acts-on-traffic")]
    #[case("route.openshift.io", "Route", "acts-on-traffic")]
    #[case("security.openshift.io", "SecurityContextConstraints", "no-network-effect")]
    #[case("helm.toolkit.fluxcd.io", "HelmRelease", "makes-workloads")]
    #[case("argoproj.io", "Application", "makes-workloads")]
    #[case("argoproj.io", "AppProject", "no-network-effect")]
    #[case("monitoring.coreos.com", "ServiceMonitor", "no-network-effect")]
    #[case("monitoring.coreos.com", "Prometheus", "makes-workloads")]
    #[case("elasticsearch.k8s.elastic.co", "Elasticsearch", "makes-workloads")]
    #[case("apiextensions.k8s.io", "CustomResourceDefinition", "definition")]
    #[case("example.org", "Widget", "unknown")]
    #[case("notopenshift.io", "Route", "unknown")]
    fn reasons(#[case] group: &str, #[case] kind: &str, #[case] expected: &str) {
        assert_eq!(reason(group, kind).word(), expected);
    }

    #[test]
    fn an_entry_is_never_hidden_by_an_earlier_one() {
        let mut whole = BTreeSet::new();
        for (group, kinds, _) in TABLE {
            assert!(!whole.contains(group), "{group} {kinds:?}");
            if kinds.is_empty() {
                whole.insert(group);
            }
        }
    }
}
