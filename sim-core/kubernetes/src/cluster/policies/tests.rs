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
    with(&format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: shop}}\nspec:\n{policy}\n"
    ))
}

/// The Pods, and other documents.
fn with(documents: &str) -> Decided {
    let text = format!("{PODS}---\n{documents}");
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

/// One of Calico's own policies in `shop`, as the API takes it.
fn calico(spec: &str) -> String {
    format!(
        "{{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: {{name: p, namespace: shop}}, spec: {{{spec}}}}}\n"
    )
}

/// One of all namespaces.
fn global(name: &str, spec: &str) -> String {
    format!(
        "---\n{{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {{name: {name}}}, spec: {{{spec}}}}}\n"
    )
}

#[rstest]
// Without rules and types: nothing comes in.
#[case("", "shop/db", "shop/web", 8080, false)]
#[case("types: [Egress]", "shop/db", "shop/web", 8080, true)]
#[case("egress: [{action: Allow}]", "shop/db", "shop/web", 8080, true)]
#[case("selector: app == 'db'", "shop/db", "shop/web", 8080, true)]
// A selector alone means its own namespace; with another of namespaces, theirs.
#[case("ingress: [{action: Allow, source: {selector: app == 'web'}}]", "other/other", "shop/db", 1, false)]
#[case("ingress: [{action: Allow, source: {selector: app == 'web'}}]", "shop/web", "shop/db", 1, true)]
#[case(
    "ingress: [{action: Allow, source: {selector: app == 'web', namespaceSelector: all()}}]",
    "other/other",
    "shop/db",
    1,
    true
)]
#[case("ingress: [{action: Allow, source: {namespaceSelector: team == 'a'}}]", "other/other", "shop/db", 1, false)]
#[case(
    "ingress: [{action: Allow, source: {namespaceSelector: projectcalico.org/name == 'other'}}]",
    "other/other",
    "shop/db",
    1,
    true
)]
#[case("ingress: [{action: Allow, source: {namespaceSelector: global()}}]", "other/other", "shop/db", 1, false)]
#[case("ingress: [{action: Allow, source: {notSelector: app == 'web'}}]", "shop/db", "shop/web", 1, true)]
#[case("ingress: [{action: Allow, source: {notSelector: app == 'web'}}]", "other/other", "shop/web", 1, false)]
#[case(
    "ingress: [{action: Allow, source: {selector: projectcalico.org/orchestrator == 'k8s'}}]",
    "shop/db",
    "shop/web",
    1,
    true
)]
// The first rule that matches decides; what is written into the log is asked further.
#[case("ingress: [{action: Deny, source: {selector: app == 'db'}}, {action: Allow}]", "shop/db", "shop/web", 1, false)]
#[case("ingress: [{action: Deny, source: {selector: app == 'db'}}, {action: Allow}]", "shop/web", "shop/db", 1, true)]
#[case("ingress: [{action: Log}, {action: Allow}]", "shop/db", "shop/web", 1, true)]
#[case("ingress: [{action: Log}]", "shop/db", "shop/web", 1, false)]
// Passed on, and no tier is behind: nobody denies it.
#[case("ingress: [{action: Pass}]", "shop/db", "shop/web", 1, true)]
// Ports by number, range and name, and those that are not.
#[case(
    "ingress: [{action: Allow, protocol: TCP, destination: {ports: [80, '8000:8080']}}]",
    "shop/db",
    "shop/web",
    8080,
    true
)]
#[case(
    "ingress: [{action: Allow, protocol: TCP, destination: {ports: ['443', http]}}]",
    "shop/db",
    "shop/web",
    8080,
    true
)]
#[case(
    "ingress: [{action: Allow, protocol: TCP, destination: {notPorts: [http]}}]",
    "shop/db",
    "shop/web",
    8080,
    false
)]
#[case("ingress: [{action: Allow, protocol: TCP, destination: {notPorts: [http]}}]", "shop/db", "shop/web", 8081, true)]
#[case("ingress: [{action: Allow, protocol: UDP}]", "shop/db", "shop/web", 8080, false)]
#[case("ingress: [{action: Allow, notProtocol: 17}]", "shop/db", "shop/web", 8080, true)]
#[case("ingress: [{action: Allow, notProtocol: 6}]", "shop/db", "shop/web", 8080, false)]
#[case("ingress: [{action: Allow, ipVersion: 6}]", "shop/db", "shop/web", 8080, false)]
// The end that the policy selects is asked for, too.
#[case("ingress: [{action: Allow, destination: {selector: app == 'web'}}]", "shop/web", "shop/db", 1, false)]
#[case("ingress: [{action: Allow, destination: {selector: app == 'web'}}]", "shop/db", "shop/web", 1, true)]
fn ingress_of_calico(
    #[case] spec: &str,
    #[case] from: &str,
    #[case] to: &str,
    #[case] port: u16,
    #[case] passes: bool,
) {
    let decided = with(&calico(spec));
    let (said, ports) = ask(&decided, Direction::Ingress, from, to, port);
    assert_eq!(said.allowed, passes, "{said:?}\n{:?}", decided.diagnostics);
    assert_eq!(ports.tcp.has(port), passes, "{ports:?}");
    assert!(decided.cluster.policies.not_read.is_empty());
}

/// Whether `db` may connect to `web`.
#[rstest]
// By order, whatever the names; the policy of Kubernetes has 1000; without an order, last.
#[case(&[("a", "order: 20, ingress: [{action: Deny}]"), ("b", "order: 10.5, ingress: [{action: Allow}]")], true)]
#[case(&[("a", "order: 999, ingress: [{action: Allow}]"), ("knp", "")], true)]
#[case(&[("a", "order: 1001, ingress: [{action: Deny}]"), ("knp", "")], true)]
#[case(&[("a", "ingress: [{action: Allow}]"), ("b", "order: 100000, ingress: [{action: Deny}]")], false)]
// Equal orders: by name.
#[case(&[("b", "order: 5, ingress: [{action: Deny}]"), ("a", "order: 5, ingress: [{action: Allow}]")], true)]
// By tier; what no policy of a tier decides is denied there, or passed on.
#[case(&[("late.a", "tier: late, ingress: [{action: Deny}]"), ("b", "ingress: [{action: Allow}]")], true)]
#[case(&[("early.a", "tier: early, ingress: [{action: Pass}]"), ("b", "ingress: [{action: Allow}]")], true)]
#[case(&[("early.a", "tier: early, ingress: [{action: Allow, source: {selector: none == 'x'}}]"), ("b", "ingress: [{action: Allow}]")], false)]
#[case(&[("lax.a", "tier: lax, ingress: []"), ("b", "ingress: [{action: Allow}]")], true)]
#[case(&[("lax.a", "tier: lax, ingress: []")], true)]
#[case(&[("early.a", "tier: early, namespaceSelector: projectcalico.org/name == 'other', ingress: []")], true)]
#[case(&[("early.a", "tier: early, selector: app == 'web', namespaceSelector: team == 'a', ingress: []")], false)]
fn tiers_and_orders(#[case] policies: &[(&str, &str)], #[case] passes: bool) {
    let tier = |name: &str, spec: &str| {
        format!("---\n{{apiVersion: projectcalico.org/v3, kind: Tier, metadata: {{name: {name}}}, spec: {{{spec}}}}}\n")
    };
    let mut text = tier("early", "order: 10.25") + &tier("late", "order: 3e6") + &tier("lax", "defaultAction: Pass");
    for (name, spec) in policies {
        text.push_str(&match *name {
            "knp" => "---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, namespace: shop}, spec: {podSelector: {}, ingress: [{}]}}\n".to_owned(),
            name => global(name, spec),
        });
    }
    let decided = with(&text);
    let (said, ports) = ask(&decided, Direction::Ingress, "shop/db", "shop/web", 80);
    assert_eq!((said.allowed, ports.tcp.has(80)), (passes, passes), "{said:?}\n{:?}", decided.diagnostics);
}

#[test]
fn types_are_what_the_api_fills_in_or_both() {
    for (api, egress) in [("projectcalico.org/v3", false), ("crd.projectcalico.org/v1", true)] {
        let text = format!(
            "{{apiVersion: {api}, kind: GlobalNetworkPolicy, metadata: {{name: default.p}}, spec: {{ingress: []}}}}\n"
        );
        let all = &with(&text).cluster.policies.all;
        assert_eq!((all[0].ingress.is_some(), all[0].egress.is_some()), (true, egress), "{api}");
        assert_eq!(all[0].calico_name(), "default.p");
    }
    let all = &with(&calico("order: 3")).cluster.policies.all;
    assert_eq!((all[0].calico_name(), all[0].order), ("shop/default.p".to_owned(), 3_000));
}

#[test]
fn policies_of_one_name_in_both_groups_are_two() {
    let knp = "---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, namespace: shop}, spec: {podSelector: {}}}\n";
    let decided = with(&(calico("order: 1") + knp));
    let names: Vec<String> = decided.cluster.policies.all.iter().map(|policy| policy.object.to_string()).collect();
    assert_eq!(names, ["NetworkPolicy.projectcalico.org shop/p", "NetworkPolicy shop/p"]);
    assert!(!decided.diagnostics.iter().any(|found| found.code == "duplicate-object"), "{:?}", decided.diagnostics);
}

#[test]
fn sets_of_networks_are_addresses_with_labels() {
    let sets = "---\n{apiVersion: projectcalico.org/v3, kind: NetworkSet, metadata: {name: s, namespace: shop, labels: {role: partner}}, spec: {nets: [192.0.2.0/24, 198.51.100.7]}}\n---\n{apiVersion: projectcalico.org/v3, kind: GlobalNetworkSet, metadata: {name: g, labels: {role: partner}}, spec: {nets: [203.0.113.0/24]}}\n";
    let asked = |source: &str, ip: &str| {
        let decided = with(&(calico(&format!("ingress: [{{action: Allow, source: {{{source}}}}}]")) + sets));
        let policies = &decided.cluster.policies;
        assert_eq!(policies.sets.len(), 2);
        let labels = Default::default();
        let web = Party { pod: Some(PodParty { namespace: "shop", labels: &labels, ports: &[] }), ip: None };
        let from = Party { pod: None, ip: Some(ip.parse().unwrap()) };
        say(policies, Direction::Ingress, &Flow { from, to: web, protocol: Protocol::Tcp, port: 1 }).allowed
    };
    // Of its own namespace; of any; of none.
    let partner = "selector: role == 'partner'";
    assert!(asked(partner, "192.0.2.9") && asked(partner, "198.51.100.7") && !asked(partner, "203.0.113.1"));
    let everywhere = "selector: role == 'partner', namespaceSelector: all()";
    assert!(asked(everywhere, "192.0.2.9") && !asked(everywhere, "203.0.113.1"));
    let team = "selector: role == 'partner', namespaceSelector: team == 'a'";
    assert!(asked(team, "192.0.2.9") && !asked(team, "203.0.113.1"));
    let none = "selector: role == 'partner', namespaceSelector: global()";
    assert!(!asked(none, "192.0.2.9") && asked(none, "203.0.113.1"));
    let not = "notSelector: role == 'partner'";
    assert!(!asked(not, "203.0.113.1") && asked(not, "8.8.8.8") == asked("namespaceSelector: all()", "8.8.8.8"));
}

#[rstest]
#[case("ingress: [{action: Allow, source: {serviceAccounts: {names: [a]}}}]", "spec.ingress[0].source.serviceAccounts")]
#[case("egress: [{action: Allow, destination: {services: {name: a}}}]", "spec.egress[0].destination.services")]
#[case("ingress: [{action: Allow, http: {methods: [GET]}}]", "spec.ingress[0].http")]
#[case("ingress: [{action: Allow, protocol: TCP, source: {ports: [80]}}]", "spec.ingress[0].source.ports")]
#[case("egress: [{action: Allow, destination: {domains: [a.example]}}]", "spec.egress[0].destination.domains")]
#[case("serviceAccountSelector: a == 'b'", "spec.serviceAccountSelector")]
#[case("selector: pcsa.a == 'b'", "spec.selector")]
#[case("selector: has(projectcalico.org/serviceaccount)", "spec.selector")]
#[case("tier: secret", "spec.tier")]
fn what_is_not_simulated_is_told(#[case] spec: &str, #[case] field: &str) {
    let decided = with(&calico(&format!("{spec}, types: [Ingress, Egress]")));
    let policies = &decided.cluster.policies;
    assert!(policies.all.is_empty());
    assert_eq!(&*policies.not_read[0].field, field);
    assert_eq!(policies.not_read[0].location.as_ref().unwrap().line, 21);
    let told = |found: &&crate::diagnostic::Diagnostic| matches!(found.code, "policy-not-read" | "policy-tier");
    assert_eq!(decided.diagnostics.iter().filter(told).count(), 1, "{:?}", decided.diagnostics);
    let acting = &decided.cluster.acting.policies[0];
    assert_eq!((&*acting.field, acting.read), (field, false));
    // Whom it selects is known.
    let selected = |name: &str| {
        let (namespace, pod) = name.split_once('/').unwrap();
        let at = decided.cluster.pod_named(namespace, pod).unwrap();
        decided.cluster.policy_selects(acting, &decided.cluster.pods[at.0 as usize])
    };
    assert!(!selected("other/other"));
    assert_eq!(selected("shop/web"), !spec.starts_with("selector"), "no Pod has such labels of its own");
}

#[rstest]
#[case("selector: app = 'web'", "policy-selector")]
#[case("selector: global()", "policy-selector")]
#[case("ingress: [{action: Allow, source: {namespaceSelector: global() || has(a)}}]", "policy-selector")]
#[case("ingress: [{source: {}}]", "missing-field")]
#[case("ingress: [{action: allow}]", "invalid-choice")]
#[case("ingress: [{action: Allow, protocol: HTTP}]", "invalid-choice")]
#[case("ingress: [{action: Allow, destination: {ports: [80]}}]", "field-only-with")]
#[case("ingress: [{action: Allow, protocol: ICMP, destination: {notPorts: [80]}}]", "field-only-with")]
#[case("ingress: [{action: Allow, protocol: TCP, icmp: {type: 8}}]", "field-only-with")]
#[case("ingress: [{action: Allow, protocol: TCP, destination: {ports: ['90:80']}}]", "invalid-choice")]
#[case("ingress: [{action: Allow, protocol: TCP, destination: {ports: [70000]}}]", "invalid-port")]
#[case("ingress: [{action: Allow, source: {nets: [10.0.0.0/33]}}]", "invalid-cidr")]
#[case("types: [In]", "invalid-choice")]
#[case("ingress: [{action: Allow, ipVersion: 5}]", "invalid-choice")]
fn calico_refuses(#[case] spec: &str, #[case] code: &str) {
    let decided = with(&calico(spec));
    assert!(decided.diagnostics.iter().any(|found| found.code == code), "{:?}", decided.diagnostics);
    assert!(decided.cluster.policies.all.is_empty() && decided.cluster.policies.not_read.is_empty());
    // Out of a cluster it was taken once: then it is one of which something is not known.
    let live = calico(spec).replace("name: p,", "name: p, uid: 1a, ");
    let decided = with(&live);
    assert!(decided.diagnostics.iter().any(|found| found.code == code), "{:?}", decided.diagnostics);
    assert!(decided.cluster.policies.all.is_empty());
    assert_eq!(decided.cluster.policies.not_read.len(), 1);
}

#[test]
fn a_wrong_selector_is_told_with_its_character() {
    let decided = with(&calico("selector: \"app == '웹' && tier = 'x'\""));
    let found = decided.diagnostics.iter().find(|found| found.code == "policy-selector").expect("it is told");
    let arg = |name: &str| found.args.get(name).map(ToString::to_string).unwrap_or_default();
    assert_eq!(
        (arg("column").as_str(), arg("what").as_str(), arg("path").as_str()),
        ("20", "operator", "spec.selector")
    );
    assert_eq!(decided.cluster.refused.len(), 1);
}

#[test]
fn a_policy_in_both_groups_of_the_api_is_one() {
    let kept = "---\n{apiVersion: crd.projectcalico.org/v1, kind: NetworkPolicy, metadata: {name: default.p, namespace: shop}, spec: {order: 1, types: [Ingress]}}\n";
    let decided = with(&(calico("order: 1") + kept));
    assert_eq!(decided.cluster.policies.all.len(), 1);
}
