//! What a text of policies means, and what is said of it.

use crate::cluster::{Decided, Options, decide};
use crate::manifest::{Limits, parse};
use crate::origin::SourceText;
use crate::policy::{Decision, Direction, Flow, Missed, Party, PodParty, Ports, allowed, decide as say};
use kernel::packet::Protocol;
use rstest::rstest;
use std::sync::Arc;

/// Two namespaces with a Pod each, and one more.
const PODS: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: a}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: c, image: nginx, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: c, image: postgres, ports: [{name: sql, containerPort: 5432}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: other, namespace: other, labels: {app: web}}
spec: {containers: [{name: c, image: nginx}]}
";

fn decided(policy: &str) -> Decided {
    let text = format!(
        "{PODS}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: shop}}\nspec:\n{policy}\n"
    );
    decide(&parse(&[SourceText::given("in.yaml", text.as_str())], &Limits::default()), &Options::default())
}

/// What policies say of a connection: `namespace/pod`.
fn ask(decided: &Decided, direction: Direction, from: &str, to: &str, port: u16) -> (Decision, Ports) {
    let cluster = &decided.cluster;
    let find = |name: &str| {
        let (namespace, pod) = name.split_once('/').unwrap();
        &cluster.pods[cluster.pod_named(namespace, pod).unwrap().0 as usize]
    };
    let ports = |name: &str| {
        let ports = find(name).containers.iter().flat_map(|container| &container.ports);
        ports.filter_map(|port| Some((port.name.clone()?, port.protocol, port.port.0))).collect::<Vec<_>>()
    };
    let (of_from, of_to) = (ports(from), ports(to));
    fn party<'p>(pod: &'p crate::cluster::model::Pod, ports: &'p [(Arc<str>, Protocol, u16)]) -> Party<'p> {
        let pod = PodParty { namespace: &pod.name.namespace, labels: &pod.labels, ports };
        Party { pod: Some(pod), ip: None }
    }
    let (from, to) = (party(find(from), &of_from), party(find(to), &of_to));
    let said = say(&cluster.policies, direction, &Flow { from, to, protocol: Protocol::Tcp, port });
    (said, allowed(&cluster.policies, direction, from, to))
}

#[rstest]
// Nothing in, whoever asks.
#[case("  podSelector: {}\n", "shop/db", "shop/web", 8080, false)]
#[case("  podSelector: {}\n  policyTypes: [Egress]\n", "shop/db", "shop/web", 8080, true)]
#[case("  podSelector: {matchLabels: {app: db}}\n", "shop/db", "shop/web", 8080, true)]
#[case("  podSelector: {}\n  ingress: [{}]\n", "other/other", "shop/web", 8080, true)]
// A selector of Pods alone means the policy's own namespace.
#[case(
    "  podSelector: {}\n  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]\n",
    "other/other",
    "shop/db",
    1,
    false
)]
#[case(
    "  podSelector: {}\n  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]\n",
    "shop/web",
    "shop/db",
    1,
    true
)]
// One entry: both; two entries: either.
#[case(
    "  podSelector: {}\n  ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}]}]\n",
    "other/other",
    "shop/db",
    1,
    false
)]
#[case(
    "  podSelector: {}\n  ingress: [{from: [{namespaceSelector: {}}, {podSelector: {matchLabels: {app: db}}}]}]\n",
    "other/other",
    "shop/db",
    1,
    true
)]
// The name is a label of every namespace.
#[case(
    "  podSelector: {}\n  ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}}]}]\n",
    "other/other",
    "shop/db",
    1,
    true
)]
// Ports by number, range and name of the destination.
#[case("  podSelector: {}\n  ingress: [{ports: [{port: 8080}]}]\n", "shop/db", "shop/web", 8081, false)]
#[case("  podSelector: {}\n  ingress: [{ports: [{port: 8080, endPort: 8090}]}]\n", "shop/db", "shop/web", 8090, true)]
#[case("  podSelector: {}\n  ingress: [{ports: [{port: http}]}]\n", "shop/db", "shop/web", 8080, true)]
#[case("  podSelector: {}\n  ingress: [{ports: [{port: http}]}]\n", "shop/web", "shop/db", 8080, false)]
#[case("  podSelector: {}\n  ingress: [{ports: [{protocol: UDP, port: 8080}]}]\n", "shop/db", "shop/web", 8080, false)]
#[case("  podSelector: {}\n  ingress: [{ports: [{protocol: TCP}]}]\n", "shop/db", "shop/web", 8080, true)]
fn ingress(#[case] policy: &str, #[case] from: &str, #[case] to: &str, #[case] port: u16, #[case] passes: bool) {
    let decided = decided(policy);
    let (said, ports) = ask(&decided, Direction::Ingress, from, to, port);
    assert_eq!(said.allowed, passes, "{said:?}");
    assert_eq!(ports.tcp.has(port), passes, "{ports:?}");
}

#[test]
fn what_was_asked_is_told_with_its_place() {
    let decided = decided(
        "  podSelector: {matchLabels: {app: web}}\n  ingress:\n  - from:\n    - podSelector: {matchLabels: {app: none}}\n  - ports: [{port: 80}]\n",
    );
    let (said, _) = ask(&decided, Direction::Ingress, "shop/db", "shop/web", 8080);
    assert!(said.isolated() && !said.allowed && said.by.is_none());
    let [first, second] = said.considered[0].rules.as_slice() else { panic!("{said:?}") };
    let Some(Missed::Peer(field, at)) = &first.missed else { panic!("{first:?}") };
    assert_eq!((&**field, at.as_ref().unwrap().to_string().as_str()), ("spec.ingress[0].from", "in.yaml:28:7"));
    let Some(Missed::Port(field, _)) = &second.missed else { panic!("{second:?}") };
    assert_eq!(&**field, "spec.ingress[1].ports");
    // Without types there is no say on what it sends.
    assert!(ask(&decided, Direction::Egress, "shop/web", "shop/db", 1).0.considered.is_empty());
}

#[rstest]
#[case("  podSelector: {}\n  ingress: [{from: [{}]}]\n", "policy-peer")]
#[case("  podSelector: {}\n  ingress: [{from: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]\n", "policy-peer")]
#[case(
    "  podSelector: {}\n  ingress: [{from: [{ipBlock: {cidr: 172.16.0.0/12, except: [10.0.0.0/16]}}]}]\n",
    "policy-except"
)]
#[case("  podSelector: {}\n  ingress: [{from: [{ipBlock: {cidr: 172.16.0.0}}]}]\n", "invalid-cidr")]
#[case("  podSelector: {}\n  ingress: [{ports: [{port: 90, endPort: 80}]}]\n", "invalid-choice")]
#[case("  podSelector: {}\n  ingress: [{ports: [{port: http, endPort: 80}]}]\n", "field-only-with")]
#[case("  podSelector: {}\n  policyTypes: [ingress]\n", "invalid-choice")]
#[case("  podSelector: {}\n  ingress: [{ports: [{port: 70000}]}]\n", "invalid-port")]
fn the_api_server_refuses(#[case] policy: &str, #[case] code: &str) {
    let decided = decided(policy);
    assert!(decided.diagnostics.iter().any(|found| found.code == code), "{:?}", decided.diagnostics);
    assert!(decided.cluster.policies.all.is_empty());
}

#[rstest]
#[case("  podSelector: {matchLabels: {app: webb}}\n", "policy-selects-nothing")]
#[case(
    "  podSelector: {}\n  ingress: [{from: [{namespaceSelector: {matchLabels: {name: other}}}]}]\n",
    "policy-peer-nobody"
)]
#[case("  podSelector: {}\n  ingress: [{from: [{podSelector: {matchLabels: {app: shop}}}]}]\n", "policy-peer-nobody")]
#[case("  podSelector: {}\n  ingress: [{ports: [{port: https}]}]\n", "policy-port-name")]
#[case("  podSelector: {}\n  policyTypes: [Egress]\n", "policy-no-dns")]
#[case("  podSelector: {}\n  egress: [{ports: [{port: 443}]}]\n", "policy-no-dns")]
#[case("  podSelector: {}\n  ingress: [{from: [{ipBlock: {cidr: 10.244.1.0/24}}]}]\n", "policy-range")]
fn what_is_hardly_meant_is_told(#[case] policy: &str, #[case] code: &str) {
    let decided = decided(policy);
    assert!(decided.diagnostics.iter().any(|found| found.code == code), "{:?}", decided.diagnostics);
    assert_eq!(decided.cluster.policies.all.len(), 1);
}

#[rstest]
#[case("  podSelector: {}\n  ingress: [{from: [{namespaceSelector: {}}], ports: [{port: http}]}]\n")]
#[case("  podSelector: {}\n  policyTypes: [Egress]\n  egress: [{ports: [{port: 53, protocol: UDP}]}]\n")]
#[case("  podSelector: {}\n  policyTypes: [Egress]\n  egress: [{to: [{namespaceSelector: {}}]}]\n")]
#[case("  podSelector: {matchLabels: {app: web}}\n  ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]\n")]
fn what_is_meant_is_not(#[case] policy: &str) {
    let decided = decided(policy);
    let found: Vec<_> = decided.diagnostics.iter().filter(|found| found.code.starts_with("policy")).collect();
    assert!(found.is_empty(), "{found:?}");
}
