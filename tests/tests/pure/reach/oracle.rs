//! A naive reading of policies straight from their objects, against `policy::decide`, `policy::allowed`, and whole clusters in groups.

use super::decided;
use ipnet::IpNet;
use kernel::packet::Protocol;
use kubernetes::budget::Budget;
use kubernetes::cluster::model::Cluster;
use kubernetes::manifest::SourceText;
use kubernetes::policy::{Direction, Flow, Party, PodParty, Ports, allowed, decide};
use serde_json::{Value, json};
use sim_core::reach::{Asked, Filter, Peer, Reach};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Draws numbers: a seed gives the same ones.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end.max(1)
    }

    fn one<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    fn some(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> Value) -> Value {
        let count = self.below(most + 1);
        Value::Array((0..count).map(|_| make(self)).collect())
    }
}

const KEYS: [&str; 3] = ["app", "tier", "env"];
const VALUES: [&str; 3] = ["a", "b", "c"];
const SPACES: [&str; 3] = ["x", "y", "z"];
const NAMES: [&str; 3] = ["http", "dns", "web"];
const NUMBERS: [u16; 5] = [53, 80, 81, 8080, 9000];
const PROTOCOLS: [(&str, Protocol); 3] = [("TCP", Protocol::Tcp), ("UDP", Protocol::Udp), ("SCTP", Protocol::Sctp)];
const NETS: [&str; 5] = ["0.0.0.0/0", "10.244.0.0/16", "10.244.1.0/30", "192.0.2.0/24", "10.0.0.0/8"];

fn labels(dice: &mut Dice) -> Value {
    let mut labels = json!({});
    for key in KEYS {
        if dice.below(3) > 0 {
            labels[key] = json!(dice.one(&VALUES));
        }
    }
    labels
}

fn selector(dice: &mut Dice) -> Value {
    let mut selector = json!({});
    if dice.below(3) > 0 {
        let mut wanted = json!({});
        wanted[*dice.one(&KEYS)] = json!(dice.one(&VALUES));
        selector["matchLabels"] = wanted;
    }
    if dice.below(3) == 0 {
        let operator = *dice.one(&["In", "NotIn", "Exists", "DoesNotExist"]);
        let mut one = json!({"key": dice.one(&KEYS), "operator": operator});
        if operator.ends_with("In") {
            one["values"] = json!([dice.one(&VALUES), dice.one(&VALUES)]);
        }
        selector["matchExpressions"] = json!([one]);
    }
    selector
}

fn peer(dice: &mut Dice) -> Value {
    match dice.below(4) {
        0 => {
            let cidr = *dice.one(&NETS);
            let except = match cidr {
                "0.0.0.0/0" | "10.0.0.0/8" if dice.below(2) == 0 => json!(["10.244.1.0/29", "10.9.0.0/16"]),
                _ => json!([]),
            };
            json!({"ipBlock": {"cidr": cidr, "except": except}})
        }
        1 => json!({"podSelector": selector(dice)}),
        2 => json!({"namespaceSelector": selector(dice)}),
        _ => json!({"namespaceSelector": selector(dice), "podSelector": selector(dice)}),
    }
}

fn port(dice: &mut Dice) -> Value {
    let protocol = dice.one(&PROTOCOLS).0;
    let number = *dice.one(&NUMBERS);
    match dice.below(5) {
        0 => json!({"protocol": protocol}),
        1 => json!({"protocol": protocol, "port": dice.one(&NAMES)}),
        2 => json!({"protocol": protocol, "port": number, "endPort": number + dice.below(40) as u16}),
        3 => json!({"port": number}),
        _ => json!({"protocol": protocol, "port": number}),
    }
}

/// A cluster: namespaces, Pods, policies.
fn objects(dice: &mut Dice) -> Vec<Value> {
    let mut all = Vec::new();
    for space in SPACES {
        all.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space, "labels": labels(dice)}}));
    }
    for number in 0..8 {
        let (protocol, whole) = (["TCP", "UDP"][number % 2], dice.below(2) == 0 || number % 3 == 0);
        let ports: Vec<Value> = NAMES
            .iter()
            .filter(|_| whole)
            .map(|name| {
                let port = NUMBERS[(number + name.len()) % 5];
                json!({"name": name, "containerPort": port, "protocol": protocol})
            })
            .collect();
        let mut pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": format!("p{number}"), "namespace": dice.one(&SPACES), "labels": labels(dice)},
            "spec": {"containers": [{"name": "c", "image": "i", "ports": ports}]},
        });
        if dice.below(2) == 0 {
            pod["status"] = json!({"podIP": format!("10.244.1.{}", number + 2)});
        }
        all.push(pod);
    }
    for number in 0..1 + dice.below(5) {
        let mut spec = json!({"podSelector": selector(dice)});
        let rules = |dice: &mut Dice, peers: &str| {
            dice.some(2, |dice| {
                let mut rule = json!({"ports": dice.some(2, port)});
                rule[peers] = dice.some(2, peer);
                rule
            })
        };
        match dice.below(4) {
            0 => spec["ingress"] = rules(dice, "from"),
            1 => spec["egress"] = rules(dice, "to"),
            2 => {
                spec["ingress"] = rules(dice, "from");
                spec["egress"] = rules(dice, "to");
                spec["policyTypes"] = json!(["Ingress", "Egress"]);
            }
            _ => {
                spec["egress"] = rules(dice, "to");
                spec["policyTypes"] = json!(["Egress"]);
            }
        }
        let metadata = json!({"name": format!("n{number}"), "namespace": dice.one(&SPACES)});
        all.push(
            json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}),
        );
    }
    all
}

/// One end as the naive reading knows it.
struct Somebody<'o> {
    /// The Pod's object; nothing for an address outside.
    pod: Option<&'o Value>,
    ip: Option<IpAddr>,
}

fn matches(selector: &Value, labels: &Value) -> bool {
    let wanted = selector["matchLabels"].as_object();
    let expressions = selector["matchExpressions"].as_array();
    wanted.into_iter().flatten().all(|(key, value)| labels.get(key) == Some(value))
        && expressions.into_iter().flatten().all(|one| {
            let own = labels.get(one["key"].as_str().unwrap_or_default());
            let listed = own.is_some_and(|own| one["values"].as_array().is_some_and(|values| values.contains(own)));
            match one["operator"].as_str().unwrap_or_default() {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => own.is_some(),
                _ => own.is_none(),
            }
        })
}

fn space_of(object: &Value) -> &str {
    object["metadata"]["namespace"].as_str().unwrap_or_default()
}

fn is_peer(objects: &[Value], policy: &Value, peer: &Value, who: &Somebody<'_>) -> bool {
    if let Some(block) = peer.get("ipBlock") {
        let inside =
            |net: &Value, ip: &IpAddr| net.as_str().unwrap_or_default().parse::<IpNet>().expect("a net").contains(ip);
        let except = block["except"].as_array();
        return who.ip.is_some_and(|ip| {
            inside(&block["cidr"], &ip) && !except.into_iter().flatten().any(|net| inside(net, &ip))
        });
    }
    let Some(pod) = who.pod else { return false };
    let space = objects.iter().find(|own| own["kind"] == "Namespace" && own["metadata"]["name"] == space_of(pod));
    let meant = match peer.get("namespaceSelector") {
        Some(selector) => space.is_some_and(|space| matches(selector, &space["metadata"]["labels"])),
        None => space_of(policy) == space_of(pod),
    };
    meant && peer.get("podSelector").is_none_or(|selector| matches(selector, &pod["metadata"]["labels"]))
}

fn is_port(port: &Value, to: &Somebody<'_>, (protocol, number): (&str, u16)) -> bool {
    if port["protocol"].as_str().unwrap_or("TCP") != protocol {
        return false;
    }
    match &port["port"] {
        Value::Null => true,
        Value::String(name) => to.pod.is_some_and(|pod| {
            let ports = pod["spec"]["containers"][0]["ports"].as_array();
            ports
                .into_iter()
                .flatten()
                .any(|own| own["name"] == *name && own["containerPort"] == number && own["protocol"] == protocol)
        }),
        first => {
            let first = first.as_u64().unwrap_or_default();
            (first..=port["endPort"].as_u64().unwrap_or(first)).contains(&u64::from(number))
        }
    }
}

/// What the objects say of a connection, in one direction.
fn naive(objects: &[Value], ingress: bool, from: &Somebody<'_>, to: &Somebody<'_>, port: (&str, u16)) -> bool {
    let (own, other) = if ingress { (to, from) } else { (from, to) };
    let Some(pod) = own.pod else { return true };
    let (word, rules, peers) = if ingress { ("Ingress", "ingress", "from") } else { ("Egress", "egress", "to") };
    let mut isolated = false;
    for policy in objects.iter().filter(|own| own["kind"] == "NetworkPolicy" && space_of(own) == space_of(pod)) {
        let spec = &policy["spec"];
        let of_type = match spec["policyTypes"].as_array() {
            Some(types) => types.contains(&json!(word)),
            None => ingress || spec["egress"].as_array().is_some_and(|rules| !rules.is_empty()),
        };
        if !of_type || !matches(&spec["podSelector"], &pod["metadata"]["labels"]) {
            continue;
        }
        isolated = true;
        for rule in spec[rules].as_array().into_iter().flatten() {
            let (who, which) = (rule[peers].as_array().expect("peers"), rule["ports"].as_array().expect("ports"));
            let meant = who.is_empty() || who.iter().any(|peer| is_peer(objects, policy, peer, other));
            if meant && (which.is_empty() || which.iter().any(|own| is_port(own, to, port))) {
                return true;
            }
        }
    }
    !isolated
}

type Named = Vec<(Arc<str>, Protocol, u16)>;

/// An end, with its named ports, its labels and its name.
type Known<'o> = (Somebody<'o>, Named, BTreeMap<Arc<str>, Arc<str>>, String);

/// The ends of all flows: every Pod, and addresses outside; with what `policy` is asked by.
fn ends<'o>(objects: &'o [Value], cluster: &Cluster) -> Vec<Known<'o>> {
    let mut all = Vec::new();
    for pod in objects.iter().filter(|own| own["kind"] == "Pod") {
        let ip = pod["status"]["podIP"].as_str().map(|ip| ip.parse().expect("an address"));
        let name = format!("{}/{}", space_of(pod), pod["metadata"]["name"].as_str().unwrap_or_default());
        let own = cluster.pods.iter().find(|own| own.name.to_string() == name).expect("the Pod is there");
        let ports = own.containers.iter().flat_map(|container| &container.ports);
        let named = ports.filter_map(|port| Some((port.name.clone()?, port.protocol, port.port.0))).collect();
        all.push((Somebody { pod: Some(pod), ip }, named, own.labels.clone(), name));
    }
    for ip in ["192.0.2.7", "10.9.1.1", "10.200.0.1", "8.8.8.8"] {
        let ip = Some(ip.parse().expect("an address"));
        all.push((Somebody { pod: None, ip }, Vec::new(), BTreeMap::new(), String::new()));
    }
    all
}

/// Compares one cluster; how many flows.
fn compare(seed: u64) -> usize {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let objects = objects(&mut dice);
    let text = json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string();
    let (parsed, cluster) = decided(&[SourceText::given("case.json", text.clone())]);
    let policies = &cluster.policies;
    assert_eq!(policies.all.len(), objects.iter().filter(|own| own["kind"] == "NetworkPolicy").count(), "{text}");
    let reach = Reach::of(&parsed, &cluster, Asked::All, &Budget::unlimited()).expect("unlimited");
    let pairs = reach.pairs(&Filter::default());
    let place = |name: &str| {
        let found = |own: &sim_core::reach::Workload| format!("{}/{}", own.namespace(), own.object.name) == name;
        reach.workloads().iter().position(found)
    };
    let ends = ends(&objects, &cluster);
    let mut flows = 0;
    for (from, from_ports, from_labels, from_name) in &ends {
        for (to, to_ports, to_labels, to_name) in &ends {
            if std::ptr::eq(from, to) || (from.pod.is_none() && to.pod.is_none()) {
                continue;
            }
            let party = |who: &Somebody<'_>, ports, labels| -> Party<'_> {
                let pod = who.pod.map(|pod| PodParty {
                    namespace: SPACES.iter().find(|own| **own == space_of(pod)).expect("known"),
                    labels,
                    ports,
                });
                Party { pod, ip: who.ip }
            };
            let (a, b) = (party(from, from_ports, from_labels), party(to, to_ports, to_labels));
            let sides = [(Direction::Ingress, true), (Direction::Egress, false)];
            let open = sides.map(|(direction, _)| allowed(policies, direction, a, b));
            for (word, protocol) in PROTOCOLS {
                for number in [1, 53, 54, 80, 81, 8080, 8100, 9000, u16::MAX] {
                    for ((direction, ingress), open) in sides.iter().zip(&open) {
                        let wanted = naive(&objects, *ingress, from, to, (word, number));
                        let said = decide(policies, *direction, &Flow { from: a, to: b, protocol, port: number });
                        assert_eq!(
                            said.allowed, wanted,
                            "seed {seed}: {from_name} {to_name} {word} {number} {direction:?}\n{text}"
                        );
                        let set = open.get(protocol).is_some_and(|set| set.has(number));
                        assert_eq!(
                            set, wanted,
                            "seed {seed}: ports, {from_name} {to_name} {word} {number} {direction:?}\n{text}"
                        );
                    }
                    flows += 1;
                }
            }
            let both = open[0].and(&open[1]);
            let is = |peer: &Peer, who: &Somebody<'_>, name: &str| match peer {
                Peer::Workload(at) => place(name) == Some(*at),
                Peer::Range(first, last) => {
                    who.pod.is_none()
                        && who.ip.is_some_and(|ip| (IpAddr::from(*first)..=IpAddr::from(*last)).contains(&ip))
                }
                _ => false,
            };
            let own = pairs.iter().find(|pair| is(&pair.from, from, from_name) && is(&pair.to, to, to_name));
            let grouped = own.map_or_else(Ports::default, |pair| reach.ports_of(pair).clone());
            assert_eq!(grouped, both, "seed {seed}: {from_name} => {to_name} in groups\n{text}");
        }
    }
    flows
}

#[test]
fn a_naive_reading_says_the_same_of_every_flow() {
    let clusters = if std::env::var_os("KUBEHOP_TEST_FULL").is_some() { 600 } else { 32 };
    let flows: usize = (1..=clusters).map(compare).sum();
    println!("{flows} flows");
    assert!(flows >= clusters as usize * 3_000, "{flows}");
}
