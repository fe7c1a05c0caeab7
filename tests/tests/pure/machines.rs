//! Machines of which the input brings what their tools printed, alone and beside manifests.

use kernel::ids::NetnsId;
use kubernetes::machine::HEADER;
use kubernetes::manifest::{Limits, SourceText};
use sim_core::model::{Model, Options};
use sim_core::print::{self, What};
use sim_core::trace::{self, ClientResult, Journey, ProbeText};
use std::fmt::Write;
use web::gallery;

/// What the tools would print in a namespace, as the collecting script writes it.
fn printed(model: &Model, netns: NetnsId, (machine, space): (&str, &str)) -> String {
    let tools = [
        ("ip -d addr", What::Link),
        ("ip -d addr", What::Addr),
        ("ip route show table all", What::Route),
        ("ip rule", What::Rule),
        ("ip neigh", What::Neigh),
        ("bridge fdb", What::Fdb),
        ("sysctl -a", What::Sysctl),
        ("iptables-save", What::Iptables),
        ("nft list ruleset", What::Nft),
        ("ipset save", What::Ipset),
        ("ss -lntup", What::Listen),
    ];
    let mut out = String::new();
    for (command, what) in tools {
        writeln!(out, "{HEADER} machine={machine} netns={space} command={command}").unwrap();
        out.push_str(&print::state(model, netns, what));
    }
    out
}

fn nodes(model: &Model) -> String {
    let of = |(node, netns): (&kubernetes::cluster::model::NodeId, &NetnsId)| {
        printed(model, *netns, (&model.cluster.nodes[node.0 as usize].name, "root"))
    };
    model.site.nodes.iter().map(of).collect()
}

fn with(texts: &[SourceText], seen: &str) -> Model {
    let mut all = texts.to_vec();
    all.push(SourceText::given("seen.txt", seen));
    Model::build(&all, &Limits::default(), &Options::default())
}

fn codes(model: &Model) -> Vec<String> {
    let own = model.diagnostics.iter().filter(|found| found.code.starts_with("machine-"));
    own.map(|found| format!("{} {:?}", found.code, found.args)).collect()
}

fn send(model: &Model, probe: &ProbeText) -> Journey {
    let asked = trace::parse_probe(model, probe).unwrap();
    let model = trace::model_for(model, &asked);
    trace::run(&model, &asked)
}

fn probe(from: &str, to: &str) -> ProbeText {
    ProbeText { from: from.to_owned(), to: to.to_owned(), ..ProbeText::default() }
}

#[test]
fn nodes_that_have_what_their_agents_write_differ_in_nothing() {
    let mut count = 0;
    for example in gallery::examples() {
        let texts = example.sources();
        let expected = Model::build(&texts, &Limits::default(), &Options::default());
        let given = !expected.cluster.given.is_empty();
        if expected.cluster.nodes.is_empty() || !expected.cluster.timeline.is_empty() || given {
            continue;
        }
        let given = with(&texts, &nodes(&expected));
        assert_eq!(codes(&given), Vec::<String>::new(), "{}", example.id.as_str());
        for wanted in gallery::suggested(&expected) {
            // What is assumed only where it is asked for is on no machine that was seen.
            let url = wanted.to.starts_with("http");
            if expected.cluster.dns_wanted
                || (url && (expected.cluster.fronts.wanted || expected.cluster.fronts.controllers.is_empty()))
            {
                continue;
            }
            let (one, other) = (send(&expected, &wanted), send(&given, &wanted));
            let what = format!("{}: {} to {}", example.id.as_str(), wanted.from, wanted.to);
            assert_eq!(one.client, other.client, "{what}");
            assert_eq!(one.outcome.kind.code(), other.outcome.kind.code(), "{what}");
            let end = |journey: &Journey| journey.server.as_ref().map(|server| (server.local, server.sees));
            assert_eq!(end(&one), end(&other), "{what}");
            count += 1;
        }
    }
    assert!(count > 25, "{count}");
}

/// The first scenario, with what node-a was seen to have.
fn seen(change: impl Fn(&str) -> String) -> Model {
    let texts = gallery::find("first-service").unwrap().sources();
    let expected = Model::build(&texts, &Limits::default(), &Options::default());
    with(&texts, &change(&nodes(&expected)))
}

#[test]
fn a_kube_proxy_that_is_behind_is_told_by_what_it_lacks() {
    let model = seen(|text| {
        let lines = text.lines().filter(|line| !(line.contains("KUBE-SERVICES") && line.contains("default/web")));
        lines.map(|line| format!("{line}\n")).collect()
    });
    let found = codes(&model);
    let missing = found.iter().find(|found| found.starts_with("machine-rules-missing")).unwrap();
    assert!(missing.contains("kube-proxy") && missing.contains("default/web"), "{found:?}");
    let about = model.diagnostics.iter().find(|found| found.code == "machine-rules-missing").unwrap();
    assert_eq!(about.object.as_ref().map(ToString::to_string).as_deref(), Some("Service default/web"));
    let journey = send(&model, &probe("pod/default/client", "web:80"));
    assert_ne!(journey.client, ClientResult::Ok, "nobody rewrites the Service's address");
    // What agents would have written is still to be had.
    let texts = gallery::find("first-service").unwrap().sources();
    let mut all = texts;
    all.push(SourceText::given(
        "seen.txt",
        "# kubehop: machine=node-a netns=root command=iptables-save\n*nat\nCOMMIT\n",
    ));
    let expected = Model::build(&all, &Limits::default(), &Options { expected: true, ..Options::default() });
    assert_eq!(send(&expected, &probe("pod/default/client", "web:80")).client, ClientResult::Ok);
}

#[test]
fn whose_a_rule_in_the_way_seems_to_be_is_told_with_its_line() {
    let model = seen(|text| {
        text.replace(
            ":FORWARD ACCEPT [0:0]\n",
            ":FORWARD ACCEPT [0:0]\n:FWD_public - [0:0]\n-A FORWARD -j FWD_public\n-A FWD_public -j REJECT --reject-with icmp-host-prohibited\n",
        )
        .replace("net.ipv4.ip_forward = 1", "net.ipv4.ip_forward = 0")
    });
    let found = codes(&model);
    assert!(found.iter().any(|found| found.starts_with("machine-rules-extra")), "{found:?}");
    assert!(found.iter().any(|found| found.starts_with("machine-sysctl") && found.contains("ip_forward")), "{found:?}");
    let extra = model.diagnostics.iter().find(|found| found.code == "machine-rules-extra").unwrap();
    let place = model.parsed.locate(extra.span).unwrap();
    let text = &model.parsed.sources.iter().find(|source| &*source.name == "seen.txt").unwrap().text;
    assert!(text.lines().nth(place.line as usize - 1).unwrap().starts_with("-A FORWARD -j FWD_public"), "{place:?}");
    assert_ne!(send(&model, &probe("pod/default/client", "web:80")).client, ClientResult::Ok);
}

#[test]
fn a_rule_of_nftables_has_its_own_line() {
    let model = Model::build(&gallery::find("firewalld").unwrap().sources(), &Limits::default(), &Options::default());
    let journey = send(&model, &probe("pod/default/client", "10.244.2.2:80"));
    let ClientResult::Error(_) = journey.client else { panic!("{:?}", journey.client) };
    let mut text = String::new();
    web::text::write_trace(&mut text, web::locale::Lang::En, &model, &journey, None).unwrap();
    assert!(text.contains("firewalld.txt:18:"), "the reject of filter_FORWARD: {text}");
}

#[test]
fn what_is_not_understood_costs_nothing_else_and_is_leaned_on() {
    let model = seen(|text| {
        text.replace("*nat\n", "*nat\n-A PREROUTING --frobnicate 7 -j ACCEPT\n")
            .replace("default via", "10.99.0.0/16 dev wg0 scope link\ndefault via")
    });
    let found = codes(&model);
    assert!(found.iter().any(|found| found.starts_with("machine-unread") && found.contains("frobnicate")), "{found:?}");
    assert!(found.iter().any(|found| found.starts_with("machine-unread") && found.contains("wg0")), "{found:?}");
    assert!(!found.iter().any(|found| found.starts_with("machine-rules-missing")), "{found:?}");
    let journey = send(&model, &probe("pod/default/client", "web:80"));
    assert_eq!(journey.client, ClientResult::Ok);
}

#[test]
fn rules_that_cannot_be_read_at_all_leave_what_is_expected() {
    let bad: String = (0..2_000).map(|at| format!("-A PREROUTING --frobnicate {at} -j ACCEPT\n")).collect();
    let model = seen(|text| text.replace("*nat\n", &format!("*nat\n{bad}")));
    assert!(codes(&model).iter().any(|found| found.starts_with("machine-unread")), "{:?}", codes(&model));
    let journey = send(&model, &probe("pod/default/client", "web:80"));
    assert_eq!(journey.client, ClientResult::Ok, "no rules at all would be another machine");
}

#[test]
fn a_connection_to_a_pod_that_is_gone_is_stale() {
    let model = seen(|text| {
        format!(
            "{text}{HEADER} machine=node-a netns=root command=conntrack -L\nudp 17 100 src=10.244.1.2 dst=10.96.0.10 sport=5000 dport=53 src=10.244.2.77 dst=10.244.1.2 sport=53 dport=5000 [ASSURED] mark=0 use=1\n"
        )
    });
    let found = codes(&model);
    assert!(found.iter().any(|found| found.starts_with("machine-stale") && found.contains("10.244.2.77")), "{found:?}");
}

#[test]
fn a_laptop_alone_is_a_machine_to_send_through() {
    let model = Model::build(&gallery::find("laptop").unwrap().sources(), &Limits::default(), &Options::default());
    assert!(!model.has_errors(), "{:?}", model.diagnostics);
    assert_eq!(codes(&model), Vec::<String>::new());
    let laptop = model.site.network.find("host/laptop").unwrap();
    let state = |what| print::state(&model, laptop, what);
    assert!(state(What::Addr).contains("wlp2s0") && state(What::Addr).contains("inet 192.168.1.20/24"));
    assert!(state(What::Route).contains("default via 192.168.1.1 dev wlp2s0 proto dhcp src 192.168.1.20 metric 600"));
    assert!(state(What::Iptables).contains("-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080"));
    for (from, to, server) in [
        ("external", "192.168.1.20:8080", "172.17.0.2:80"),
        ("external", "192.168.1.20:22", "192.168.1.20:22"),
        ("host/laptop", "172.17.0.2:80", "172.17.0.2:80"),
    ] {
        let journey = send(&model, &probe(from, to));
        assert_eq!(journey.client, ClientResult::Ok, "{from} to {to}: {:?}", journey.outcome);
        assert_eq!(journey.server.unwrap().local.to_string(), server, "{from} to {to}");
    }
    let closed = send(&model, &probe("external", "192.168.1.20:9090"));
    assert_eq!(closed.client, ClientResult::Refused, "{:?}", closed.outcome);
}
