//! Sets of addresses: of the Pods that a selector means, and of their ports of a name. A set's name is a hash of what it selects
//! (`libcalico-go/lib/hash`, `felix/calc/rule_scanner.go`).

use ipnet::IpNet;
use kernel::config::ipset::{IpSet, SetElement, SetKey, SetType};
use kernel::ids::CauseId;
use kernel::packet::Protocol;
use kubernetes::cluster::model::{Cluster, Pod};
use kubernetes::policy::{Endpoint, Namespaces, Selector};
use sha2::{Digest, Sha224};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Longest name of a set.
const LONGEST: usize = 31;

/// Whom a selector of a rule means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// As a policy of Kubernetes says it.
    Pods {
        /// Those of one namespace.
        namespace: Option<Arc<str>>,
        /// Those of namespaces with such labels.
        namespaces: Option<Selector>,
        /// Their own labels.
        pods: Selector,
    },
    /// As one of Calico's own says it, ranges with labels among them.
    Labelled(Selector),
}

impl Wanted {
    /// A peer of a policy of that namespace.
    pub(super) fn of(own: Option<&str>, namespaces: &Namespaces, pods: &Selector) -> Self {
        let (namespace, namespaces) = match namespaces {
            Namespaces::Own => (own.map(Arc::from), None),
            Namespaces::Selected(selector) => (None, Some(selector.clone())),
        };
        Self::Pods { namespace, namespaces, pods: pods.clone() }
    }

    fn means(&self, cluster: &Cluster, pod: &Pod) -> bool {
        let labels = cluster.policies.labels_of(&pod.name.namespace);
        match self {
            Self::Pods { namespace, namespaces, pods } => {
                let own = namespace.as_ref().is_none_or(|own| *own == pod.name.namespace);
                let of = |selector: &Selector| labels.is_some_and(|labels| selector.matches(labels));
                own && namespaces.as_ref().is_none_or(of) && pods.matches(&pod.labels)
            }
            Self::Labelled(selector) => selector.matches(&Endpoint {
                namespace: &pod.name.namespace,
                of_namespace: labels,
                labels: &pod.labels,
            }),
        }
    }

    /// Ranges that it means besides Pods, none of which is everything: a set cannot hold that (`ipsets`).
    fn nets(&self, cluster: &Cluster) -> Vec<IpNet> {
        let Self::Labelled(selector) = self else { return Vec::new() };
        let halves = |net: &IpNet| match net {
            IpNet::V4(net) if net.prefix_len() == 0 => net.subnets(1).into_iter().flatten().map(IpNet::V4).collect(),
            IpNet::V4(_) => vec![*net],
            IpNet::V6(_) => Vec::new(),
        };
        cluster.policies.nets_of(selector).flat_map(halves).collect()
    }

    /// In Calico's language, in the form that it hashes.
    fn canonical(&self) -> String {
        let (namespace, namespaces, pods) = match self {
            Self::Labelled(selector) => return selector.to_string(),
            Self::Pods { namespace, namespaces, pods } => (namespace, namespaces, pods),
        };
        let namespace = match (namespace, namespaces) {
            (_, Some(all)) if all.is_all() => "has(projectcalico.org/namespace)".to_owned(),
            (_, Some(selector)) => joined(&parts(selector, "pcns.")),
            (Some(own), None) => format!("projectcalico.org/namespace == \"{own}\""),
            (None, None) => return own_labels(pods),
        };
        // A peer of namespaces alone says nothing of Pods.
        match pods.is_all() && namespaces.is_some() {
            true => namespace,
            false => format!("({namespace} && {})", own_labels(pods)),
        }
    }
}

fn own_labels(pods: &Selector) -> String {
    let mut all = vec!["projectcalico.org/orchestrator == \"k8s\"".to_owned()];
    all.extend(parts(pods, ""));
    joined(&all)
}

fn joined(parts: &[String]) -> String {
    match parts {
        [one] => one.clone(),
        all => format!("({})", all.join(" && ")),
    }
}

/// What has to hold, each in Calico's language, keys with something before them.
fn parts(selector: &Selector, prefix: &str) -> Vec<String> {
    match selector {
        Selector::And(all) => all.iter().flat_map(|one| parts(one, prefix)).collect(),
        other => vec![other.prefixed(prefix).to_string()],
    }
}

/// The sets that rules look into, by name.
#[derive(Default)]
pub(super) struct Sets(BTreeMap<Arc<str>, (SetType, BTreeSet<SetKey>)>);

impl Sets {
    /// The name of the set of Pods' addresses.
    pub(super) fn addresses(&mut self, cluster: &Cluster, wanted: &Wanted) -> Arc<str> {
        let name = named(&unique("s", &wanted.canonical()));
        if !self.0.contains_key(&name) {
            let pods = wired(cluster).filter(|pod| wanted.means(cluster, pod));
            let nets = wanted.nets(cluster);
            let keys = pods.map(|pod| IpNet::from(pod.ip)).chain(nets).map(SetKey::Net).collect();
            self.0.insert(name.clone(), (SetType::Net, keys));
        }
        name
    }

    /// The name of the set of Pods' addresses with their ports of a name; of all Pods, where nobody is wanted.
    pub(super) fn ports(
        &mut self,
        cluster: &Cluster,
        wanted: Option<&Wanted>,
        protocol: Protocol,
        port: &Arc<str>,
    ) -> Arc<str> {
        let selector = unique("s", &wanted.map_or_else(|| "all()".to_owned(), Wanted::canonical));
        let of = protocol.to_string().to_ascii_lowercase();
        let name = named(&unique("n", &format!("{selector},{of},{port}")));
        if !self.0.contains_key(&name) {
            let pods = wired(cluster).filter(|pod| wanted.is_none_or(|wanted| wanted.means(cluster, pod)));
            let keys = pods.flat_map(|pod| {
                let ports = pod.containers.iter().flat_map(|container| &container.ports);
                let own = ports.filter(|own| own.name.as_ref() == Some(port) && own.protocol == protocol);
                own.map(|own| SetKey::NetPort(IpNet::from(pod.ip), protocol, own.port.0)).collect::<Vec<_>>()
            });
            self.0.insert(name.clone(), (SetType::IpPort, keys.collect()));
        }
        name
    }

    /// All of them as the kernel has them.
    pub(super) fn into_sets(self, cause: CauseId) -> impl Iterator<Item = (Arc<str>, IpSet)> {
        self.0.into_iter().map(move |(name, (kind, keys))| {
            let element = |key| SetElement { key, no_match: false, rest: Arc::from("") };
            let elements = keys.into_iter().map(element).collect();
            let header = Arc::from("family inet hashsize 1024 maxelem 1048576");
            (name, IpSet { kind, netmask: None, header, elements, cause })
        })
    }
}

/// Pods that Calico has an endpoint of: those with a network of their own.
fn wired(cluster: &Cluster) -> impl Iterator<Item = &Pod> {
    cluster.pods.iter().filter(|pod| !pod.host_network && pod.ip.is_ipv4())
}

/// `MakeUniqueID`.
fn unique(prefix: &str, content: &str) -> String {
    let hash = Sha224::digest(format!("{prefix}:{content}").as_bytes());
    format!("{prefix}:{}", data_encoding::BASE64URL_NOPAD.encode(&hash))
}

/// `NameForMainIPSet`.
fn named(id: &str) -> Arc<str> {
    let mut name = format!("cali40{id}");
    name.truncate(LONGEST);
    Arc::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_the_name_that_calico_gives_it() {
        let label = Selector::Is(Arc::from("networking/allow-db-access"), Arc::from("true"));
        let wanted = Wanted::of(Some("default"), &Namespaces::Own, &Selector::And(vec![label]));
        // As printed on a node with Calico 3.16.
        assert_eq!(&*named(&unique("s", &wanted.canonical())), "cali40s:LrVD8vMIGQDyv8Y7sPFB1Ge");
    }

    #[test]
    fn what_is_meant_is_written_in_calicos_language() {
        let any = Wanted::of(Some("a"), &Namespaces::Selected(Selector::ALL), &Selector::ALL);
        assert_eq!(any.canonical(), "has(projectcalico.org/namespace)");
        let team = Selector::In(Arc::from("team"), vec![Arc::from("b"), Arc::from("a")]);
        let old = Selector::Not(Box::new(Selector::Has(Arc::from("old"))));
        let both = Wanted::of(None, &Namespaces::Selected(team), &Selector::And(vec![old]));
        assert_eq!(
            both.canonical(),
            "(pcns.team in {\"a\", \"b\"} && (projectcalico.org/orchestrator == \"k8s\" && !has(old)))"
        );
    }
}
