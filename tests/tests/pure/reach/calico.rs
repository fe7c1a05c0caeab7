//! Calico's own policies, drawn at random: whole clusters in groups against what the direct reading says of each pair, port by port.

use super::decided;
use kernel::packet::Protocol;
use kubehop_tests::mutate::Numbers;
use kubehop_tests::policies::{Words, calico_policy, calico_world, chance, pick, policy};
use kubernetes::budget::Budget;
use kubernetes::cluster::model::Pod;
use kubernetes::manifest::SourceText;
use kubernetes::policy::{Direction, Flow, Party, PodParty, Ports, allowed, decide};
use sim_core::reach::{Asked, Filter, Peer, Reach, Reasons, Side};
use std::fmt::Write;
use std::net::IpAddr;
use std::sync::Arc;

const WORDS: Words = Words {
    namespaces: &["red", "green", "blue"],
    apps: &["web", "db", "job"],
    tiers: &["front", "back"],
    ports: &[80, 81, 5000, 53],
};

fn drawn(seed: u64) -> String {
    let numbers = &mut Numbers(seed);
    let mut text = String::new();
    for name in WORDS.namespaces {
        let team = pick(numbers, &["a", "b", "c"]);
        let _ = write!(
            text,
            "---\n{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}, labels: {{team: {team}}}}}}}\n"
        );
    }
    for number in 0..9 {
        let (namespace, app) = (pick(numbers, WORDS.namespaces), pick(numbers, WORDS.apps));
        let tier = if chance(numbers, 60) { format!(", tier: {}", pick(numbers, WORDS.tiers)) } else { String::new() };
        let http = WORDS.ports[numbers.below(3)];
        let dns = if chance(numbers, 50) { ", {name: dns, containerPort: 53, protocol: UDP}" } else { "" };
        let at = format!("10.244.{}.{}", numbers.below(2), numbers.below(5) * 30 + number);
        let status = if chance(numbers, 70) { format!(", status: {{podIP: {at}}}") } else { String::new() };
        let _ = write!(
            text,
            "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: p{number}, namespace: {namespace}, labels: {{app: {app}{tier}}}}}, spec: {{containers: [{{name: c, image: example/c, ports: [{{name: http, containerPort: {http}}}{dns}]}}]}}{status}}}\n"
        );
    }
    text.push_str(&calico_world(numbers, &WORDS));
    for number in 0..1 + numbers.below(5) {
        text.push_str(&calico_policy(numbers, &WORDS, &format!("c{number}")));
    }
    for number in 0..numbers.below(3) {
        let namespace = pick(numbers, WORDS.namespaces);
        text.push_str(&policy(numbers, &WORDS, namespace, &format!("n{number}")));
    }
    text
}

/// Somebody, with the ports that are declared by name.
type End<'c> = (Option<&'c Pod>, Option<IpAddr>, Vec<(Arc<str>, Protocol, u16)>);

fn party<'e>((pod, ip, ports): &'e End<'_>) -> Party<'e> {
    let own = |pod: &'e Pod| PodParty { namespace: &pod.name.namespace, labels: &pod.labels, ports };
    Party { pod: pod.map(own), ip: *ip }
}

/// Compares one cluster: how many pairs, and how many of them may connect on some ports and not on others.
fn compare(seed: u64) -> (usize, usize) {
    let text = drawn(seed);
    let (parsed, cluster) = decided(&[SourceText::given("case.yaml", text.clone())]);
    let policies = &cluster.policies;
    assert!(policies.not_read.is_empty() && policies.all.iter().any(|own| own.is_calico()), "{text}");
    let reach = Reach::of(&parsed, &cluster, Asked::All, &Budget::unlimited()).expect("unlimited");
    let pairs = reach.pairs(&Filter::default());
    let mut reasons = Reasons::of(&reach);
    let mut ends: Vec<End<'_>> = Vec::new();
    for pod in cluster.pods.iter().filter(|pod| pod.name.name.starts_with('p')) {
        let ports = pod.containers.iter().flat_map(|container| &container.ports);
        let named = ports.filter_map(|port| Some((port.name.clone()?, port.protocol, port.port.0))).collect();
        ends.push((Some(pod), pod.ip_given.then_some(pod.ip), named));
    }
    for ip in ["192.168.10.7", "192.168.10.11", "10.244.0.2", "10.244.1.200", "8.8.8.8"] {
        ends.push((None, Some(ip.parse().expect("an address")), Vec::new()));
    }
    let place = |end: &End<'_>| {
        let object = &end.0?.origin.object;
        reach.workloads().iter().position(|own| own.object.name == object.name)
    };
    let (mut count, mut parted) = (0, 0);
    for from in &ends {
        for to in &ends {
            if std::ptr::eq(from, to) || (from.0.is_none() && to.0.is_none()) {
                continue;
            }
            let (a, b) = (party(from), party(to));
            let sides = [Direction::Egress, Direction::Ingress]
                .map(|direction| (direction, allowed(policies, direction, a, b)));
            for protocol in Ports::PROTOCOLS {
                for port in [1, 53, 80, 81, 300, 2000, 5000, u16::MAX] {
                    for (direction, ports) in &sides {
                        let said = decide(policies, *direction, &Flow { from: a, to: b, protocol, port });
                        let set = ports.get(protocol).is_some_and(|set| set.has(port));
                        assert_eq!(
                            said.allowed, set,
                            "seed {seed}: {from:?} {to:?} {protocol} {port} {said:?}\n{text}"
                        );
                    }
                }
            }
            let both = sides[0].1.and(&sides[1].1);
            let is = |peer: &Peer, end: &End<'_>| match (peer, end.1) {
                (Peer::Workload(at), _) => place(end) == Some(*at),
                (Peer::Range(first, last), Some(ip)) => {
                    end.0.is_none() && (IpAddr::from(*first)..=IpAddr::from(*last)).contains(&ip)
                }
                _ => false,
            };
            let own = pairs.iter().find(|pair| is(&pair.from, from) && is(&pair.to, to));
            let grouped = own.map_or_else(Ports::default, |pair| reach.ports_of(pair).clone());
            assert_eq!(grouped, both, "seed {seed}: {from:?} => {to:?} in groups\n{text}");
            // Rules that are told as the reason mean ports by the same reading.
            if let Some(pair) = own.filter(|_| from.0.is_some() && to.0.is_some()) {
                let because = reasons.because(&pair.from, &pair.to).expect("a pair");
                if let Side::Policies { rules, .. } = because.ingress {
                    let asked = Flow { from: a, to: b, protocol: Protocol::Tcp, port: 80 };
                    let said = decide(policies, Direction::Ingress, &asked);
                    if let Some((at, rule)) = said.by {
                        assert!(
                            rules.contains(&(said.considered[at].policy, rule)),
                            "seed {seed}: {pair:?} {said:?} {rules:?}\n{text}"
                        );
                    }
                }
            }
            count += 1;
            parted += usize::from(!both.is_empty() && !both.is_all());
        }
    }
    (count, parted)
}

#[test]
fn groups_say_what_each_pair_is_told() {
    let clusters = if std::env::var_os("KUBEHOP_TEST_FULL").is_some() { 1_500 } else { 60 };
    let (mut count, mut parted) = (0, 0);
    for seed in 0..clusters {
        let (own, of_them) = compare(seed);
        (count, parted) = (count + own, parted + of_them);
    }
    println!("{count} pairs, {parted} on some ports only");
    assert!(parted * 20 > count, "{parted} of {count}");
}
