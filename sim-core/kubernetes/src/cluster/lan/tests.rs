use crate::cluster::model::{Host, Segment};
use crate::cluster::{Decided, Options, decide};
use crate::manifest::{Limits, parse};
use crate::origin::SourceText;
use ipnet::IpNet;

fn decided(body: &str) -> Decided {
    let text = format!("apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: s}}\n{body}");
    decide(&parse(&[SourceText::given("s.yaml", text)], &Limits::default()), &Options::default())
}

fn found(decided: &Decided) -> Vec<&'static str> {
    let all = decided.diagnostics.iter().map(|found| found.code);
    all.filter(|code| !["version", "nodes"].contains(code)).collect()
}

fn segments(decided: &Decided) -> Vec<String> {
    let text = |segment: &Segment| format!("{} {} {}", segment.cidr, segment.gateway, segment.mtu);
    decided.cluster.segments.iter().map(text).collect()
}

#[test]
fn nodes_and_hosts_are_on_the_segment_they_are_attached_to() {
    let body = "segments:\n- {name: a, cidr: 10.1.0.0/24}\n- {name: b, cidr: 10.2.0.0/24, mtu: 9000, attach: [node-b, pc]}\n\
                hosts: [{name: pc}, {name: first, address: 10.2.0.1}]\n";
    let decided = decided(body);
    // The first address of the segment is a host's: the gateway has the next.
    assert_eq!(segments(&decided), ["10.1.0.0/24 10.1.0.1 1500", "10.2.0.0/24 10.2.0.2 9000"]);
    let nodes: Vec<String> = decided.cluster.nodes.iter().map(|node| format!("{} {}", node.name, node.ip)).collect();
    assert_eq!(nodes, ["control-plane 10.1.0.11", "node-a 10.1.0.12", "node-b 10.2.0.11"]);
    let hosts: Vec<(u32, String)> =
        decided.cluster.hosts.iter().map(|host: &Host| (host.segment.0, host.ip.to_string())).collect();
    assert_eq!(hosts, [(1, "10.2.0.50".to_owned()), (1, "10.2.0.1".to_owned())]);
    assert_eq!(found(&decided), Vec::<&str>::new());
}

#[test]
fn what_is_wrong_is_said_and_loses_nothing_else() {
    for (body, wanted) in [
        ("segments: [{cidr: 10.1.0.0/24}, {cidr: 10.1.0.128/25}]", "scenario-overlap"),
        ("segments: [{name: a}]", "missing-field"),
        ("segments: [{cidr: 'fd00::/64'}]", "scenario-ipv6"),
        ("segments: [{cidr: 10.1.0.0/33}]", "invalid-cidr"),
        ("segments: [{cidr: 10.1.0.0/24, mtu: 12}]", "out-of-range"),
        ("segments: [{cidr: 10.1.0.0/24, attach: [node-q]}]", "scenario-machine"),
        (
            "segments: [{cidr: 10.1.0.0/24, attach: [a]}]\nhosts: [{name: a, address: 10.9.0.1}]",
            "scenario-address-outside",
        ),
        ("segments: [{name: a, cidr: 10.1.0.0/24}]\nrouters: [{name: r, on: {b: 10.1.0.1}}]", "scenario-segment"),
        (
            "segments: [{name: a, cidr: 10.1.0.0/24}]\nrouters: [{name: r, on: {a: 10.2.0.1}}]",
            "scenario-address-outside",
        ),
        (
            "segments: [{name: a, cidr: 10.1.0.0/24}]\nrouters: [{name: r, on: {a: 10.1.0.1}, routes: [{to: 10.3.0.0/16, via: 10.1.0.1}]}]",
            "scenario-via",
        ),
        (
            "segments: [{name: a, cidr: 10.1.0.0/24}]\nrouters: [{name: r, on: {a: 10.1.0.1}}]\nhosts: [{name: h, address: 10.1.0.1}]",
            "scenario-address-taken",
        ),
        (
            "segments: [{name: a, cidr: 10.1.0.0/24}]\nrouters: [{name: r, on: {a: 10.1.0.1}}]\ninternet: [{name: s, address: 9.9.9.9}]",
            "scenario-no-internet",
        ),
        ("internet: [{name: s}]", "missing-field"),
        ("internet: [{name: s, address: 192.168.10.9}]", "scenario-internet-inside"),
        ("hosts: [{address: 10.1.0.1}]", "missing-field"),
        ("hosts: [{name: a}]", "missing-field"),
        ("hosts: [{name: 'a/b', address: 10.1.0.1}]", "invalid-name"),
        ("hosts: [{name: '10.1.0.2', address: 10.1.0.1}]", "invalid-name"),
        ("hosts: [{name: a, address: 192.168.10.11}, {name: b, address: 192.168.10.11}]", "scenario-address-taken"),
        ("hosts: [{name: a, address: 10.1.0.1, listen: [70000]}]", "invalid-port"),
        ("hosts: [{name: a, address: 10.1.0.1, listen: [{port: 1, protocol: QUIC}]}]", "invalid-choice"),
        ("hosts: [{name: a, address: 10.1.0.1, routes: [{to: 10.2.0.0/16}]}]", "missing-field"),
        ("hosts: [{name: a, address: 10.1.0.1, routes: [{to: 10.2.0.0/16, via: 10.3.0.1}]}]", "scenario-via"),
        ("hosts: [{name: a, address: 10.1.0.1, routes: [{to: x, via: 10.1.0.2}]}]", "invalid-cidr"),
    ] {
        let decided = decided(body);
        assert_eq!(found(&decided), [wanted], "{body}");
        assert!(decided.cluster.nodes.len() == 3, "{body}");
    }
}

#[test]
fn lists_are_bounded() {
    let hosts: Vec<String> =
        (0..300).map(|at| format!("{{name: h{at}, address: 10.1.{}.{}}}", at / 200, at % 200 + 1)).collect();
    let decided = decided(&format!("segments: [{{cidr: 10.1.0.0/16}}]\nhosts: [{}]\n", hosts.join(", ")));
    assert_eq!(decided.cluster.hosts.len(), super::said::HOSTS);
    assert_eq!(found(&decided), ["scenario-too-many"]);
    assert_eq!(decided.cluster.segments[0].cidr, "10.1.0.0/16".parse::<IpNet>().unwrap());
}

#[test]
fn a_host_may_say_its_default_route() {
    let decided = decided("hosts: [{name: a, address: 10.1.0.1, routes: [{to: default, via: 10.1.0.9}]}]");
    let routes: Vec<String> =
        decided.cluster.hosts[0].routes.iter().map(|route| format!("{} {}", route.to, route.via)).collect();
    assert_eq!(routes, ["0.0.0.0/0 10.1.0.9"]);
}

#[test]
fn the_internet_is_behind_the_router_that_leads_there() {
    let body = "segments: [{name: a, cidr: 10.1.0.0/24}, {name: b, cidr: 198.51.100.0/24}]\n\
                routers:\n- {name: near, on: {a: 10.1.0.1}}\n- {name: out, on: {a: 10.1.0.2, b: 198.51.100.1}, internet: true}\n\
                internet: [{name: s, address: 203.0.113.9, listen: [80]}]\n";
    let decided = decided(body);
    let cluster = &decided.cluster;
    // What it translates nothing of comes back: the servers know public networks, and these the router has.
    assert_eq!(
        segments(&decided),
        ["10.1.0.0/24 10.1.0.2 1500", "198.51.100.0/24 198.51.100.1 1500", "192.0.2.0/24 192.0.2.1 1500"]
    );
    assert_eq!((cluster.lans(), cluster.routers.len()), (2, 2));
    let back: Vec<String> = cluster.hosts[0].routes.iter().map(|route| format!("{} {}", route.to, route.via)).collect();
    assert_eq!(back, ["198.51.100.0/24 192.0.2.1"]);
    assert_eq!(found(&decided), Vec::<&str>::new());
    assert!(!cluster.assumptions.iter().any(|made| made.code == "internet-gateway"));
}
