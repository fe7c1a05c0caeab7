//! Clusters of many nodes: a packet builds the nodes that it comes to and no others, and goes the same way whatever was built before.

use kubehop_tests::fleet::{SOURCE, Size, TARGET, manifests};
use kubehop_tests::model;
use kubernetes::cluster::model::ProxyMode;
use sim_core::model::{Model, Options};
use sim_core::trace::{self, ProbeText};

const SIZE: Size = Size { nodes: 40, pods: 400, services: 20 };

fn fleet(mode: ProxyMode) -> Model {
    let options = Options { proxy_mode: Some(mode), ..Options::default() };
    let model = model(&[("fleet.json", &manifests(SIZE))], &options);
    assert!(!model.has_errors(), "{:#?}", model.diagnostics);
    assert_eq!((model.cluster.nodes.len(), model.cluster.pods.len()), (SIZE.nodes, SIZE.pods));
    model
}

fn text(from: &str, to: &str) -> ProbeText {
    ProbeText { from: from.to_owned(), to: to.to_owned(), ..ProbeText::default() }
}

#[test]
fn a_trace_builds_the_nodes_it_comes_to() {
    for mode in [ProxyMode::Iptables, ProxyMode::Nftables] {
        let model = fleet(mode);
        let count = || model.site.nodes.values().filter(|id| model.site.network.is_built(**id)).count();
        assert_eq!(count(), 0, "nothing is built before somebody looks");
        let probe = trace::parse_probe(&model, &text(SOURCE, TARGET)).unwrap_or_else(|error| panic!("{error:?}"));
        let journey = trace::run(&trace::model_for(&model, &probe), &probe);
        assert!(journey.server.is_some(), "{:?}", journey.outcome);
        assert!((1..=2).contains(&count()), "{} of {} nodes are built for one packet", count(), SIZE.nodes);
    }
}

#[test]
fn the_way_does_not_depend_on_what_was_built_before() {
    for mode in [ProxyMode::Iptables, ProxyMode::Nftables] {
        let (fresh, all) = (fleet(mode), fleet(mode));
        let mut backwards: Vec<_> = all.site.network.ids().collect();
        backwards.reverse();
        for id in backwards {
            all.site.network.netns(id);
        }
        let questions = [
            (SOURCE, TARGET),
            ("node/node-7", "svc/default/app-19:80"),
            ("deploy/default/app-3", "svc/default/app-4:80"),
            ("external", "172.20.0.30:10250"),
            ("node/node-1", "172.20.99.99:80"),
        ];
        for (from, to) in questions {
            let shown = |model: &Model| {
                let probe = trace::parse_probe(model, &text(from, to)).unwrap_or_else(|error| panic!("{error:?}"));
                let model = trace::model_for(model, &probe);
                web::json::trace(&model, &trace::run(&model, &probe)).to_string()
            };
            assert_eq!(shown(&fresh), shown(&all), "{from} to {to}");
        }
        assert!(fresh.site.network.fault().is_none() && all.site.network.fault().is_none());
    }
}

#[test]
fn what_kube_proxy_writes_alike_on_all_nodes_is_kept_once() {
    for mode in [ProxyMode::Iptables, ProxyMode::Nftables] {
        let model = fleet(mode);
        let (mut all, mut kept) = (0, 0);
        // Lists of one name, each once.
        let mut xtables = std::collections::BTreeMap::new();
        let mut nft = std::collections::BTreeMap::new();
        let mut sets = std::collections::BTreeMap::new();
        for netns in model.site.nodes.values().map(|id| model.site.network.netns(*id)) {
            for (table, chain) in netns.xtables.tables.values().flat_map(|t| t.chains.iter().map(move |c| (t.name, c)))
            {
                let known: &mut Vec<_> = xtables.entry((table, chain.name.clone())).or_default();
                all += chain.rules.len();
                if !known.iter().any(|other| chain.rules.is_same(other)) {
                    kept += chain.rules.len();
                    known.push(chain.rules.clone());
                }
            }
            for table in &netns.nft.tables {
                for chain in &table.chains {
                    let known: &mut Vec<_> = nft.entry((table.name.clone(), chain.name.clone())).or_default();
                    all += chain.rules.len();
                    if !known.iter().any(|other| chain.rules.is_same(other)) {
                        kept += chain.rules.len();
                        known.push(chain.rules.clone());
                    }
                }
                for set in &table.sets {
                    let known: &mut Vec<_> = sets.entry((table.name.clone(), set.name.clone())).or_default();
                    all += set.elements.len();
                    if !known.iter().any(|other| set.elements.is_same(other)) {
                        kept += set.elements.len();
                        known.push(set.elements.clone());
                    }
                }
            }
        }
        assert!(all > 40 * kept / 3, "{mode:?}: {kept} of {all} rules and elements are kept");
    }
}

#[test]
fn routes_to_the_pods_of_all_other_nodes_are_nearly_all_kept_once() {
    let size = Size { nodes: 300, pods: 300, services: 2 };
    let model = model(&[("fleet.json", &manifests(size))], &Options::default());
    let mut routes = model.site.nodes.values().map(|id| &model.site.network.netns(*id).routes);
    let first = routes.next().unwrap();
    assert!(first.len() > size.nodes);
    for routes in routes {
        let common = routes.in_common(first);
        assert!(common * 10 > routes.len() * 7, "{common} of {}", routes.len());
    }
}

/// Two slices say that one address is theirs, each on a node of its own; a Service keeps to local endpoints, one to clients.
const SPREAD: &str = "
{apiVersion: v1, kind: Node, metadata: {name: a}, spec: {podCIDR: 10.1.0.0/24}, status: {addresses: [{type: InternalIP, address: 172.20.0.1}]}}
---
{apiVersion: v1, kind: Node, metadata: {name: b}, spec: {podCIDR: 10.1.1.0/24}, status: {addresses: [{type: InternalIP, address: 172.20.0.2}]}}
---
{apiVersion: v1, kind: Node, metadata: {name: c}, spec: {podCIDR: 10.1.2.0/24}, status: {addresses: [{type: InternalIP, address: 172.20.0.3}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: all}, spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: local}, spec: {clusterIP: 10.96.0.11, internalTrafficPolicy: Local, type: NodePort, ports: [{port: 80, nodePort: 30080}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: sticky}, spec: {clusterIP: 10.96.0.12, sessionAffinity: ClientIP, externalTrafficPolicy: Local, type: NodePort, ports: [{port: 80, nodePort: 30081}]}}
";

fn spread() -> Model {
    let slice = |service: &str, node: &str, addresses: &[&str]| {
        let one = |ip: &&str| format!("{{addresses: [{ip}], nodeName: {node}, conditions: {{ready: true}}}}");
        format!(
            "---\n{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4, metadata: {{name: {service}-{node}, \
             labels: {{kubernetes.io/service-name: {service}}}}}, ports: [{{port: 8080, protocol: TCP}}], endpoints: [{}]}}\n",
            addresses.iter().map(one).collect::<Vec<_>>().join(", ")
        )
    };
    let mut text = SPREAD.to_owned();
    for service in ["all", "local", "sticky"] {
        text += &slice(service, "a", &["10.1.0.5", "10.1.0.6", "10.9.9.9"]);
        text += &slice(service, "b", &["10.1.1.5", "10.9.9.9"]);
        text += &slice(service, "c", &["10.1.2.5"]);
    }
    let options = Options { proxy_mode: Some(ProxyMode::Iptables), ..Options::default() };
    model(&[("spread.yaml", &text)], &options)
}

/// A node's rules with their causes in full.
fn rules_of(model: &Model, node: &str) -> Vec<String> {
    let netns = model.site.network.netns(model.site.network.find(node).unwrap());
    let chains = netns.xtables.tables.values().flat_map(|table| table.chains.iter().map(move |chain| (table, chain)));
    chains
        .flat_map(|(table, chain)| {
            let rule = |rule: &kernel::config::xtables::Rule| {
                let cause = model.site.causes.get(rule.cause);
                format!("{} {} {:?} {:?} {:?} {cause:?}", table.name, chain.name, rule.ip, rule.matches, rule.target)
            };
            chain.rules.iter().map(rule).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn a_node_has_the_same_rules_whichever_was_written_first() {
    let causes = |rules: &[String]| rules.iter().filter(|rule| rule.contains("10.9.9.9")).cloned().collect::<Vec<_>>();
    let mut seen = std::collections::BTreeSet::new();
    for node in ["a", "b", "c"] {
        let alone = rules_of(&spread(), node);
        assert!(alone.len() > 40, "{}", alone.len());
        for before in ["a", "b", "c"] {
            let model = spread();
            rules_of(&model, before);
            assert_eq!(rules_of(&model, node), alone, "{node} after {before}");
        }
        seen.insert(causes(&alone));
    }
    assert!(seen.len() > 1, "the nodes do not agree whose address it is");
}
