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
