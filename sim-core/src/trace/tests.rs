//! Probes in, journeys out, on the ready scenario.

use super::*;
use crate::dns::RecordType;
use crate::model::{Model, Options};
use kernel::state::CtTcp;
use kernel::walk::{CtAction, DropReason, Event, ListedHow, NatBy, NatKind, Place};
use kubernetes::assumption::Verdict;
use kubernetes::cluster::model::ProxyMode;
use kubernetes::manifest::{Limits, SourceText};
use std::sync::Arc;

fn model_with(options: &Options) -> Model {
    let text = include_str!("../../../web/scenarios/first-service.yaml");
    let source = SourceText::given("first-service.yaml", text);
    Model::build(&[source], &Limits::default(), options)
}

fn model() -> Model {
    model_with(&Options::default())
}

fn probe(model: &Model, from: &str, to: &str) -> Probe {
    let text = ProbeText { from: from.to_owned(), to: to.to_owned(), ..ProbeText::default() };
    let probe = parse_probe(model, &text).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(parse_probe(model, &write_probe(model, &probe)).unwrap(), probe, "a probe is written as it is read");
    probe
}

/// Pod names by node, in order of placement.
fn web(model: &Model, node: u32) -> Vec<String> {
    let own = model.cluster.pods.iter().filter(|pod| &*pod.origin.object.name == "web" && pod.node.0 == node);
    own.map(|pod| format!("pod/{}", pod.name)).collect()
}

fn events(journey: &Journey, leg: usize) -> Vec<&Event> {
    journey.legs[leg].hops.iter().flat_map(|hop| &hop.events).collect()
}

/// Sends a probe and checks result, outcome, purposes of the legs, and the address the server saw.
fn check(
    model: &Model,
    from: &str,
    to: &str,
    client: &ClientResult,
    code: &str,
    legs: &[Purpose],
    sees: Option<&str>,
) -> Journey {
    let probe = probe(model, from, to);
    let journey = run(model, &probe);
    let told = format!("{from} -> {to}: {:#?}", journey.outcome);
    assert_eq!(journey.client, *client, "{told}");
    assert_eq!(journey.outcome.kind.code(), code, "{told}");
    assert_eq!(journey.legs.iter().map(|leg| leg.purpose).collect::<Vec<_>>(), legs, "{told}");
    assert_eq!(journey.server.as_ref().map(|server| server.sees.ip().to_string()).as_deref(), sees, "{told}");
    assert!(journey.legs.iter().all(|leg| !leg.hops.is_empty()));
    assert_eq!(run(model, &probe), journey, "the same probe goes the same way");
    journey
}

use Purpose::{Connect, DnsAnswer, DnsQuery, Error, Reply};

/// Codes of what a result leans on.
fn leans(journey: &Journey) -> Vec<&'static str> {
    journey.leans_on().map(|assumption| assumption.code).collect()
}

#[test]
fn pod_to_pod_on_the_same_node_is_switched() {
    let model = model();
    let to = format!("{}:8080", web(&model, 0)[0]);
    let journey = check(
        &model,
        "pod/default/client",
        &to,
        &ClientResult::Ok,
        "delivered",
        &[Connect, Reply],
        Some("10.244.0.10"),
    );
    let last = journey.legs[0].hops.last().unwrap();
    assert_eq!(last.after.packet.ip.ttl, 64, "a bridged frame keeps its TTL");
    assert!(!events(&journey, 0).iter().any(|event| matches!(event, Event::Ttl { .. })));
    let hooks = |journey: &Journey| {
        journey.legs[0].hops.iter().filter(|hop| matches!(hop.place, Place::Hook { bridge: Some(_), .. })).count()
    };
    assert_eq!(hooks(&journey), 3, "with br_netfilter it meets PREROUTING, FORWARD and POSTROUTING");
    let without = model_with(&Options { bridge_nf: Some(false), ..Options::default() });
    let journey = check(
        &without,
        "pod/default/client",
        &to,
        &ClientResult::Ok,
        "delivered",
        &[Connect, Reply],
        Some("10.244.0.10"),
    );
    assert_eq!(hooks(&journey), 0, "without it iptables sees nothing");
}

#[test]
fn pod_to_pod_on_another_node_is_routed_twice() {
    let model = model();
    let to = format!("{}:8080", web(&model, 1)[0]);
    let journey = check(
        &model,
        "pod/default/client",
        &to,
        &ClientResult::Ok,
        "delivered",
        &[Connect, Reply],
        Some("10.244.0.10"),
    );
    assert_eq!(journey.legs[0].hops.last().unwrap().after.packet.ip.ttl, 62);
    let asked = events(&journey, 0).iter().filter(|event| matches!(event, Event::Arp { .. })).count();
    assert_eq!(asked, 3, "gateway, other node, Pod: each next hop is asked for once");
    assert!(!events(&journey, 1).iter().any(|event| matches!(event, Event::Arp { .. })), "the way back is known");
}

#[test]
fn a_service_is_translated_there_and_back() {
    let model = model();
    let mut wanted = probe(&model, "pod/default/client", "svc/default/web:http");
    let endpoint =
        model.cluster.pods.iter().find(|pod| pod.node.0 == 1 && &*pod.origin.object.name == "web").unwrap().ip;
    wanted.choose.push((ChoiceKind::Endpoint.into(), Arc::from(format!("{endpoint}:8080"))));
    let journey = run(&model, &wanted);
    assert_eq!(journey.client, ClientResult::Ok);
    assert_eq!(check_choices(&journey), Ok(()));
    assert_eq!(journey.server.as_ref().unwrap().local.ip(), endpoint);
    let dnat = events(&journey, 0).into_iter().find_map(|event| match event {
        Event::Nat { kind: NatKind::Destination, by: NatBy::Rule(rule), changes } => Some((rule, changes)),
        _ => None,
    });
    let (rule, changes) = dnat.unwrap();
    assert_eq!(changes[0].texts(), ("10.96.0.11".to_owned(), endpoint.to_string()));
    assert_eq!(changes[1].texts(), ("80".to_owned(), "8080".to_owned()));
    let node = model.site.nodes[&kubernetes::cluster::model::NodeId(0)];
    let cause = model.site.network.netns(node).rule_cause(*rule).unwrap();
    let cause = model.site.causes.get(cause).unwrap();
    assert_eq!(cause.object.as_ref().unwrap().to_string(), "Deployment default/web");
    assert!(cause.location.as_ref().unwrap().line > 1, "the rule knows its line");
    let created = events(&journey, 0)
        .into_iter()
        .any(|event| matches!(event, Event::Conntrack { action: CtAction::Created, .. }));
    assert!(created);
    let back = events(&journey, 1)
        .into_iter()
        .any(|event| matches!(event, Event::Nat { kind: NatKind::Source, by: NatBy::Conntrack(_), .. }));
    assert!(back, "the reply is translated by the entry, not by a rule");
    let answer = &journey.legs[1].hops.last().unwrap().after.packet;
    assert_eq!(answer.source().to_string(), "10.96.0.11:80", "the client sees the address it dialled");
    let rules_read = events(&journey, 1)
        .into_iter()
        .filter(|event| matches!(event, Event::Rule { rule, .. } if rule.table == kernel::ids::TableName::Nat.into()))
        .count();
    assert_eq!(rules_read, 0, "later packets do not read the nat table");
    let replied = events(&journey, 1)
        .into_iter()
        .any(|event| matches!(event, Event::Conntrack { now, .. } if now.replied && now.tcp == Some(CtTcp::SynRecv)));
    assert!(replied);
}

#[test]
fn a_name_is_asked_for_first() {
    let model = model();
    let dns = [DnsQuery, DnsAnswer, DnsQuery, DnsAnswer];
    let legs = [&dns[..], &[Connect, Reply]].concat();
    let journey =
        check(&model, "pod/default/client", "web:80", &ClientResult::Ok, "delivered", &legs, Some("10.244.0.10"));
    let names: Vec<_> = journey.lookups.iter().map(|lookup| (&*lookup.name, lookup.record, lookup.rcode)).collect();
    let name = "web.default.svc.cluster.local.";
    assert_eq!(names, [(name, RecordType::A, Some(Rcode::NoError)), (name, RecordType::Aaaa, Some(Rcode::NoError))]);
    assert_eq!(journey.lookups[0].addresses, ["10.96.0.11".parse::<std::net::IpAddr>().unwrap()]);
    let translated =
        |leg| events(&journey, leg).into_iter().any(|event| matches!(event, Event::Nat { by: NatBy::Rule(_), .. }));
    assert!(translated(0) && !translated(2), "the second question of one socket follows the first one's entry");
}

/// The code of a cause and the field it names.
fn told(journey: &Journey) -> (&'static str, Option<String>) {
    let why = journey.outcome.why.as_ref().expect("a cause");
    (why.code, why.field.as_ref().map(|field| field.path.to_string()))
}

#[test]
fn names_that_do_not_exist_and_sources_without_a_server() {
    let model = model();
    let names =
        |journey: &Journey| journey.lookups.iter().step_by(2).map(|lookup| lookup.name.to_string()).collect::<Vec<_>>();
    let journey = run(&model, &probe(&model, "pod/default/client", "wob:80"));
    assert_eq!(
        names(&journey),
        ["wob.default.svc.cluster.local.", "wob.svc.cluster.local.", "wob.cluster.local.", "wob."]
    );
    assert_eq!(told(&journey), ("near-name", Some("metadata.name".to_owned())));
    assert_eq!((journey.client, journey.outcome.kind), (ClientResult::NameNotResolved, OutcomeKind::NameNotFound));
    let journey = run(&model, &probe(&model, "pod/default/client", "www.example.com:80"));
    assert_eq!(leans(&journey), ["upstream-dns"]);
    assert_eq!(journey.verdict, Verdict::NotModelled);
    // A node asks the LAN's resolver, which does not know the cluster's names.
    let legs = [DnsQuery, DnsAnswer, DnsQuery, DnsAnswer];
    check(&model, "node/node-a", "web:80", &ClientResult::NameNotResolved, "name-not-found", &legs, None);
}

#[test]
fn a_pod_that_calls_its_own_service_is_masqueraded() {
    let model = model();
    let from = &web(&model, 0)[0];
    let own = model.cluster.pods.iter().find(|pod| format!("pod/{}", pod.name) == *from).unwrap().ip;
    let mut wanted = probe(&model, from, "svc/default/web:80");
    wanted.choose.push((ChoiceKind::Endpoint.into(), Arc::from(format!("{own}:8080"))));
    for bridge_nf in [true, false] {
        let journey = run(&model_with(&Options { bridge_nf: Some(bridge_nf), ..Options::default() }), &wanted);
        assert_eq!(journey.client, ClientResult::Ok, "bridge-nf {bridge_nf}: {:#?}", journey.outcome);
        assert_eq!(journey.server.unwrap().sees.ip().to_string(), "10.244.0.1", "the Pod sees the bridge");
    }
}

/// Sends a probe from outside; checks the node it met first, the result, and what the server saw.
fn check_outside(from: &str, via: Option<&str>, to: &str, first: &str, client: &ClientResult, sees: Option<&str>) {
    let model = model();
    let text = ProbeText { from: from.into(), via: via.map(String::from), to: to.into(), ..ProbeText::default() };
    let probe = parse_probe(&model, &text).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(parse_probe(&model, &write_probe(&model, &probe)).unwrap(), probe, "a probe is written as it is read");
    let with = model_for(&model, &probe);
    let journey = run(&with, &probe);
    let told = format!("{text:?}: {:#?}", journey.outcome);
    assert_eq!(journey.client, *client, "{told}");
    assert_eq!(journey.server.as_ref().map(|server| server.sees.ip().to_string()).as_deref(), sees, "{told}");
    let mut names = journey.legs[0].hops.iter().map(|hop| &*with.site.network.netns(hop.netns).name);
    let met = names.find(|name| *name != "net/outside" && *name != "net/lan");
    assert_eq!(met, Some(first), "{told}");
    // Nothing else changes: all other namespaces are where they were, and another probe goes the same way.
    let (before, after) = (&model.site.network, &with.site.network);
    for (id, netns) in before.ids().zip(before.namespaces()) {
        assert_eq!(after.netns(id).name, netns.name);
    }
    let other = super::tests::probe(&model, "pod/default/client", "svc/default/web:80");
    assert_eq!(run(&model, &other).server, run(&with, &other).server);
    assert_eq!(run(&model, &probe).legs, [], "the model without the host sends nothing");
}

#[test]
fn hosts_outside_reach_services_by_the_uplink_of_a_node() {
    let (ok, timeout) = (&ClientResult::Ok, &ClientResult::Timeout);
    let to = "svc/default/web:80";
    let (a, b) = (Some("node/node-a"), Some("node/node-b"));
    check_outside("external", a, to, "node-a", ok, Some("192.168.10.11"));
    check_outside("external", b, to, "node-b", ok, Some("192.168.10.12"));
    check_outside("external/192.168.10.77", a, to, "node-a", ok, Some("192.168.10.11"));
    check_outside("external/198.51.100.52", b, to, "node-b", ok, Some("192.168.10.12"));
    check_outside("external", a, "svc/default/idle:80", "node-a", &ClientResult::Refused, None);
    // Nobody outside knows the way to a ClusterIP or a Pod, and routes by a node never lead to Pods.
    check_outside("external", None, to, "net/gateway", timeout, None);
    check_outside("external/198.51.100.52", None, to, "net/gateway", timeout, None);
    check_outside("external", a, &format!("{}:8080", web(&model(), 0)[0]), "net/gateway", timeout, None);
    check_outside("external", None, "192.168.10.12:9", "node-b", &ClientResult::Refused, None);
    check_outside("external", None, &format!("{}:8080", web(&model(), 0)[0]), "net/gateway", timeout, None);
}

/// A Service with three Pods that keeps a client for 60 seconds.
fn sticky(mode: ProxyMode) -> Model {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: client}\nspec: {containers: [{name: c, image: x}]}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: x, ports: [{containerPort: 80}]}]}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}], sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}}\n";
    let source = SourceText::given("x", text);
    Model::build(&[source], &Limits::default(), &Options { proxy_mode: Some(mode), ..Options::default() })
}

/// Every seed: the probe before decides while the node remembers it, and no longer.
fn check_sticky(mode: ProxyMode) {
    let model = sticky(mode);
    let mut moved = std::collections::BTreeSet::new();
    for seed in 0..12 {
        let at = |before: u32, wait: u64| {
            let probe = Probe { seed, before, wait, ..probe(&model, "pod/default/client", "svc/default/web:80") };
            (run(&model, &probe), branches(&model, &probe, 16).journeys.len())
        };
        let server = |journey: &Journey| journey.server.as_ref().unwrap().local;
        let listed = |journey: &Journey| {
            let all = journey.legs.iter().flat_map(|leg| &leg.hops).flat_map(|hop| &hop.events);
            let found = all.filter_map(|event| match event {
                Event::Listed { address, how, .. } => Some((address.to_string(), *how)),
                _ => None,
            });
            found.collect::<Vec<_>>()
        };
        let client = || "10.244.1.2".to_owned();
        let ages = |journey: &Journey| journey.remembered.iter().map(|entry| entry.age).collect::<Vec<_>>();
        let (first, ways) = at(0, 1);
        assert_eq!((ways, ages(&first)), (3, vec![0]));
        assert_eq!(listed(&first), [(client(), ListedHow::Noted)]);
        assert_eq!(first.remembered[0].address.to_string(), client());
        for (before, wait) in [(1, 1), (1, 59), (3, 20), (100, 59)] {
            let (journey, ways) = at(before, wait);
            assert_eq!((server(&journey), ways), (server(&first), 1), "{mode:?} {before} {wait}");
            assert_eq!(listed(&journey), [(client(), ListedHow::Found { age: wait }), (client(), ListedHow::Noted)]);
            assert_eq!((ages(&journey), journey.choices.len()), (vec![0], 0));
            let port = |journey: &Journey| journey.legs[0].hops[0].before.packet.source().port();
            assert_ne!(port(&journey), port(&first), "each has a port of its own");
        }
        let (late, ways) = at(1, 61);
        assert_eq!(ways, 3, "{mode:?}: forgotten");
        moved.insert(server(&late) == server(&first));
    }
    assert_eq!(moved.len(), 2, "{mode:?}: the draw is a new one, and can be the same");
}

#[test]
fn a_node_remembers_clients_of_a_service_with_affinity() {
    check_sticky(ProxyMode::Iptables);
    check_sticky(ProxyMode::Nftables);
}

#[test]
fn probes_before_are_counted_and_limited() {
    let model = model();
    let text = |before: &str, wait: &str| ProbeText {
        from: "pod/default/client".into(),
        to: "web:80".into(),
        before: Some(before.into()),
        wait: Some(wait.into()),
        ..ProbeText::default()
    };
    let read = parse_probe(&model, &text("2", "30")).unwrap();
    assert_eq!((read.before, read.wait), (2, 30));
    assert_eq!(write_probe(&model, &read), text("2", "30"));
    for (before, wait, part) in
        [("601", "1", "before"), ("x", "1", "before"), ("1", "864001", "wait"), ("1", "-1", "wait")]
    {
        let error = parse_probe(&model, &text(before, wait)).unwrap_err();
        assert_eq!((error.part, error.code), (part, "bad-count"));
    }
}

#[test]
fn refusals_and_silences() {
    let model = model();
    let journey = check(
        &model,
        "pod/default/client",
        "svc/default/idle:80",
        &ClientResult::Refused,
        "rejected",
        &[Connect, Error],
        None,
    );
    assert_eq!(told(&journey), ("selects-nothing", Some("spec.selector".to_owned())));
    let seen = journey.legs[1].hops.last().unwrap().after.packet.source().ip().to_string();
    assert_eq!(seen, "10.244.0.1", "the refusal comes from the bridge's address");
    let to = format!("{}:9999", web(&model, 1)[0]);
    let journey =
        check(&model, "pod/default/client", &to, &ClientResult::Refused, "no-listener", &[Connect, Error], None);
    let port = "spec.template.spec.containers[0].ports[0].containerPort".to_owned();
    assert_eq!(told(&journey), ("not-listening", Some(port)));
    assert_eq!(journey.outcome.why.as_ref().map(|why| why.args["listening"].as_str()), Some("8080"));
    let journey = check(
        &model,
        "pod/default/client",
        "10.99.9.9:80",
        &ClientResult::Timeout,
        "nothing-leads-there",
        &[Connect],
        None,
    );
    assert_eq!(
        (leans(&journey), journey.verdict),
        (vec![], Verdict::Fails),
        "the gateway has no route for a Service address"
    );
    let beyond = run(&model, &probe(&model, "pod/default/client", "8.8.8.8:53"));
    assert_eq!((leans(&beyond), beyond.verdict), (vec!["beyond-gateway"], Verdict::NotModelled));
    assert_eq!(told(&journey).0, "no-such-address");
    let journey = check(
        &model,
        "pod/default/client",
        "svc/default/web:81",
        &ClientResult::Timeout,
        "nothing-leads-there",
        &[Connect],
        None,
    );
    assert_eq!(told(&journey), ("service-port", Some("spec.ports[0].port".to_owned())));
    let journey = check(
        &model,
        "pod/default/client",
        "10.244.0.77:80",
        &ClientResult::Error(kernel::state::Errno::HostUnreachable),
        "neighbour-failed",
        &[Connect, Error],
        None,
    );
    assert!(matches!(journey.outcome.kind, OutcomeKind::Dropped(DropReason::NeighbourFailed)));
}

#[test]
fn without_bridge_netfilter_a_reply_on_the_same_bridge_goes_past_the_translation() {
    let model = model_with(&Options { bridge_nf: Some(false), ..Options::default() });
    let own = model.cluster.pods.iter().find(|pod| pod.node.0 == 0 && &*pod.origin.object.name == "web").unwrap().ip;
    let mut wanted = probe(&model, "pod/default/client", "svc/default/web:80");
    wanted.choose.push((ChoiceKind::Endpoint.into(), Arc::from(format!("{own}:8080"))));
    let journey = run(&model, &wanted);
    assert_eq!(journey.client, ClientResult::Timeout);
    assert_eq!(journey.outcome.kind, OutcomeKind::AnswerNotRecognised);
    assert_eq!(told(&journey).0, "bridge-nf");
}

#[test]
fn every_endpoint_is_a_branch() {
    let model = model();
    let all = branches(&model, &probe(&model, "pod/default/client", "svc/default/web:80"), 100);
    let values: Vec<_> = all.journeys.iter().map(|journey| journey.choices[0].value.to_string()).collect();
    assert_eq!(values.len(), 3);
    assert!(
        all.journeys
            .iter()
            .all(|journey| (journey.probability - 1.0 / 3.0).abs() < 1e-6 && journey.choices[0].of.len() == 3)
    );
    assert_eq!(values.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
    let cut = branches(&model, &probe(&model, "pod/default/client", "svc/default/web:80"), 2);
    assert!(cut.cut && cut.journeys.len() == 2);
    let one = branches(&model, &probe(&model, "pod/default/client", "svc/default/idle:80"), 100);
    assert_eq!((one.journeys.len(), one.journeys[0].probability), (1, 1.0));
    let seeds: std::collections::BTreeSet<_> = (0..20)
        .map(|seed| {
            run(&model, &Probe { seed, ..probe(&model, "pod/default/client", "svc/default/web:80") }).choices[0]
                .value
                .clone()
        })
        .collect();
    assert_eq!(seeds.len(), 3, "seeds reach every endpoint");
}

#[test]
fn names_that_collide_with_ours_lose_nothing() {
    let node = |name: &str, last: u8| {
        format!(
            "apiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\nspec: {{podCIDR: 10.244.{last}.0/24}}\nstatus: {{addresses: [{{type: InternalIP, address: 192.168.10.{last}}}]}}\n---\n"
        )
    };
    let pod = |name: &str, node: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{nodeName: {node}, containers: [{{name: c, image: x, ports: [{{containerPort: 80}}]}}]}}\n---\n"
        )
    };
    let set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: b}\nspec: {replicas: 1, template: {spec: {containers: [{name: c, image: x}]}}}\n";
    let text = [
        &*node("gateway", 11),
        &*node("lan", 12),
        &*node("a-very-long-node-name", 13),
        &*node("port2", 14),
        &*pod("a", "gateway"),
        &*pod("b-0", "lan"),
        set,
    ]
    .concat();
    let model = Model::build(&[SourceText::given("x", text)], &Limits::default(), &Options::default());
    assert_eq!(model.cluster.pods.len(), 2, "the Pod that is there keeps its name");
    let journey = run(&model, &probe(&model, "pod/default/a", "pod/default/b-0:80"));
    assert_eq!(journey.client, ClientResult::Ok);
}

#[test]
fn udp_and_ping() {
    let model = model();
    let to = format!(
        "{}:53",
        model
            .cluster
            .pods
            .iter()
            .find(|pod| &*pod.origin.object.name == "coredns")
            .map(|pod| format!("pod/{}", pod.name))
            .unwrap()
    );
    let mut udp = probe(&model, "pod/default/client", &to);
    udp.protocol = kernel::packet::Protocol::Udp;
    assert_eq!(run(&model, &udp).client, ClientResult::Ok);
    udp.to = Target::Address("10.244.0.10".parse().unwrap(), kernel::packet::Port(7));
    udp.from = Source::Node(kubernetes::cluster::model::NodeId(1));
    assert_eq!(run(&model, &udp).client, ClientResult::Refused, "ICMP port unreachable");
    let text = ProbeText {
        from: "pod/default/client".into(),
        to: web(&model, 1)[0].clone(),
        proto: Some("icmp".into()),
        ..ProbeText::default()
    };
    assert_eq!(run(&model, &parse_probe(&model, &text).unwrap()).client, ClientResult::Ok);
}

#[test]
fn what_cannot_be_understood_is_said_with_candidates() {
    let model = model();
    let refused = |from: &str, to: &str, choose: &str, part: &str, code: &str, candidate: &str| {
        let choose = if choose.is_empty() { vec![] } else { vec![choose.to_owned()] };
        let text = ProbeText { from: from.into(), to: to.into(), choose, ..ProbeText::default() };
        let error = parse_probe(&model, &text).unwrap_err();
        assert_eq!((error.part, error.code), (part, code));
        assert!(candidate.is_empty() || error.candidates.iter().any(|have| have == candidate), "{error:?}");
        assert!(PROBE_ERRORS.contains(&error.code));
    };
    refused("", "web:80", "", "from", "missing", "");
    refused("pod/default/cleint", "web:80", "", "from", "unknown-pod", "pod/default/client");
    refused("client", "web:80", "", "from", "source-form", "pod/default/client");
    refused("node/node-c", "web:80", "", "from", "unknown-node", "node/node-a");
    refused("external/10.244.0.77", "web:80", "", "from", "external-source", "external");
    refused("external/fd00::1", "web:80", "", "from", "external-source", "external");
    refused("pod/default/client", "web", "", "to", "missing-port", "web:80");
    refused("pod/default/client", "web:0", "", "to", "bad-port", "");
    refused("pod/default/client", "web:htp", "", "to", "unknown-port-name", "http");
    refused("pod/default/client", "svc/default/wbe:80", "", "to", "unknown-service", "svc/default/web");
    refused("pod/default/client", "we b:80", "", "to", "target-form", "");
    refused("pod/default/client", "web:80", "endpoint", "choose", "choose-form", "");
    refused("pod/default/client", "web:80", "planet=mars", "choose", "unknown-choice", "endpoint");
    let via = |via: &str| {
        let text =
            ProbeText { from: "external".into(), via: Some(via.into()), to: "web:80".into(), ..ProbeText::default() };
        let error = parse_probe(&model, &text).unwrap_err();
        (error.part, error.code)
    };
    assert_eq!(via("node/node-c"), ("via", "unknown-node"));
    assert_eq!(via("node-a"), ("via", "via-form"));
    let mut wish = probe(&model, "pod/default/client", "svc/default/web:80");
    wish.choose.push((ChoiceKind::Endpoint.into(), Arc::from("1.2.3.4:5")));
    assert_eq!(check_choices(&run(&model, &wish)).unwrap_err().code, "unknown-value");
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(from in "\\PC{0,40}", to in "\\PC{0,40}", kind in 0..6usize) {
        let model = model();
        let prefix = ["", "pod/", "svc/default/", "node/", "http://", "ip/"][kind];
        let text = ProbeText { from: format!("{prefix}{from}"), to: format!("{prefix}{to}"), ..ProbeText::default() };
        let _ = parse_probe(&model, &text);
        let text = ProbeText { from: "pod/default/client".to_owned(), ..text };
        if let Ok(probe) = parse_probe(&model, &text) {
            let _ = run(&model, &probe);
        }
    }
}

/// What nobody can read of a Docker host's rules is found, and a journey over that host leans on it.
#[test]
fn rules_of_a_docker_host_that_cannot_be_read_are_said() {
    let scenario = "apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: {name: box}
hosts:
- {name: box, address: 192.168.10.11, rules: \"-A INPUT -p tcp --dport x -j DROP\", docker: {version: 28}}
";
    let project = "services: {a: {image: nginx}, b: {image: nginx}}";
    let sources = [SourceText::given("box.yaml", scenario), SourceText::given("compose.yaml", project)];
    let model = Model::build(&sources, &Limits::default(), &Options::default());
    assert!(model.diagnostics.iter().any(|found| found.code == "scenario-rules"), "{:?}", model.diagnostics);
    let text = ProbeText { from: "host/box".to_owned(), to: "container/a:80".to_owned(), ..ProbeText::default() };
    let journey = run(&model, &parse_probe(&model, &text).unwrap());
    assert!(journey.assumed.iter().any(|made| made.code == "scenario-part"), "{:?}", journey.assumed);
}

#[test]
fn sizes_and_ttls_cost_a_few_exchanges() {
    let model = model();
    for proto in ["tcp", "icmp"] {
        let to = "svc/default/web:80".to_owned();
        let text =
            ProbeText { from: "pod/default/client".into(), to, proto: Some(proto.into()), ..ProbeText::default() };
        let journey = run(&model, &parse_probe(&model, &text).unwrap());
        let measured = sizes(&model, &journey).expect("it has a payload");
        assert!(measured.sent <= 40, "{} exchanges", measured.sent);
        let arrives = journey.client == ClientResult::Ok;
        assert_eq!(measured.ways.iter().all(|way| way.largest.is_some()), arrives, "{proto}: {measured:#?}");
        let route = traceroute(&model, &journey).expect("something is sent");
        assert_eq!((route.reached, route.rounds.len() <= usize::from(MAX_TTL)), (arrives, true), "{route:#?}");
    }
    let journey = run(&model, &probe(&model, "pod/default/client", "svc/default/web:80"));
    let measured = sizes(&model, &journey).unwrap();
    let ends: Vec<_> = measured.ways.iter().map(|way| (way.largest, way.whole, way.packet)).collect();
    assert_eq!(ends, [(Some(1448), Some(1448), 1500); 2]);
    assert_eq!(measured.ways[0].limit.as_ref().map(|limit| limit.told.clone()), Some(Told::AtOnce));
    let nobody = kubernetes::budget::Budget::unlimited();
    nobody.cancel();
    assert!(sizes_within(&model, &journey, &nobody).is_err() && traceroute_within(&model, &journey, &nobody).is_err());
}

/// What is written into a connection comes back, in segments where it is long.
#[test]
fn a_probe_with_a_size_writes_into_its_connection() {
    let model = model();
    let size = |size: u32| Probe { size: Some(size), ..probe(&model, "pod/default/client", "svc/default/web:80") };
    let segments = |journey: &Journey| {
        let all = journey.legs.iter().flat_map(|leg| &leg.hops).flat_map(|hop| &hop.events);
        all.filter(|event| matches!(event, Event::Segmented { .. })).count()
    };
    for (bytes, cut) in [(1, 0), (1448, 0), (1449, 2), (65_507, 2)] {
        let journey = run(&model, &size(bytes));
        let purposes: Vec<Purpose> = journey.legs.iter().map(|leg| leg.purpose).collect();
        assert_eq!(purposes, [Connect, Reply, Purpose::Data, Reply], "{bytes}");
        assert_eq!((&journey.client, segments(&journey)), (&ClientResult::Ok, cut), "{bytes}");
        assert_eq!(parse_probe(&model, &write_probe(&model, &journey.probe)).unwrap(), journey.probe);
    }
    let plain = run(&model, &size(0));
    assert_eq!(plain.legs.iter().map(|leg| leg.purpose).collect::<Vec<_>>(), [Connect, Reply]);
}
