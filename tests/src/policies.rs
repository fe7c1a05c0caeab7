//! NetworkPolicies, and Calico's own policies, drawn at random.

use crate::mutate::Numbers;

/// What policies speak of: names of namespaces, values of the labels `app` and `tier`, and ports. Namespaces have a label `team`; Pods declare
/// ports by the names `http` (TCP) and `dns` (UDP).
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// Namespaces.
    pub namespaces: &'static [&'static str],
    /// Values of `app`.
    pub apps: &'static [&'static str],
    /// Values of `tier`.
    pub tiers: &'static [&'static str],
    /// Ports.
    pub ports: &'static [u16],
}

/// One of them.
pub fn pick<'t>(numbers: &mut Numbers, from: &[&'t str]) -> &'t str {
    from[numbers.below(from.len())]
}

/// True in so many of a hundred cases.
pub fn chance(numbers: &mut Numbers, percent: usize) -> bool {
    numbers.below(100) < percent
}

/// A label selector as YAML, sometimes of nothing.
fn selector(numbers: &mut Numbers, words: &Words, namespaces: bool) -> String {
    let (key, values): (&str, &[&str]) = match (namespaces, numbers.below(2)) {
        (true, 0) => ("kubernetes.io/metadata.name", words.namespaces),
        (true, _) => ("team", &["a", "b"]),
        (false, 0) => ("app", words.apps),
        (false, _) => ("tier", words.tiers),
    };
    let (one, two) = (pick(numbers, values), pick(numbers, values));
    match numbers.below(8) {
        0 | 1 => "{}".to_owned(),
        2 => format!("{{matchExpressions: [{{key: {key}, operator: In, values: [{one}, {two}]}}]}}"),
        3 => format!("{{matchExpressions: [{{key: {key}, operator: NotIn, values: [{one}]}}]}}"),
        4 => format!("{{matchExpressions: [{{key: {key}, operator: Exists}}]}}"),
        5 => format!("{{matchExpressions: [{{key: {key}, operator: DoesNotExist}}]}}"),
        _ => format!("{{matchLabels: {{{key}: {one}}}}}"),
    }
}

fn peer(numbers: &mut Numbers, words: &Words) -> String {
    match numbers.below(5) {
        0 => format!("{{podSelector: {}}}", selector(numbers, words, false)),
        1 => format!("{{namespaceSelector: {}}}", selector(numbers, words, true)),
        2 | 3 => {
            format!(
                "{{namespaceSelector: {}, podSelector: {}}}",
                selector(numbers, words, true),
                selector(numbers, words, false)
            )
        }
        _ => {
            let except = match numbers.below(4) {
                0 => ", except: [10.244.0.0/26]",
                1 => ", except: [10.244.0.0/25, 10.244.1.0/26]",
                2 => ", except: [192.168.10.0/24]",
                _ => "",
            };
            let whole = if except.contains("192") { "192.168.0.0/16" } else { "10.244.0.0/16" };
            match numbers.below(4) {
                0 => "{ipBlock: {cidr: 0.0.0.0/0}}".to_owned(),
                1 => "{ipBlock: {cidr: \"2001:db8::/32\"}}".to_owned(),
                _ => format!("{{ipBlock: {{cidr: {whole}{except}}}}}"),
            }
        }
    }
}

fn port(numbers: &mut Numbers, words: &Words) -> String {
    let protocol = pick(numbers, &["TCP", "UDP", "TCP"]);
    match numbers.below(6) {
        0 => format!("{{protocol: {protocol}}}"),
        1 => "{port: http}".to_owned(),
        2 => format!("{{port: 80, endPort: {}, protocol: {protocol}}}", 80 + numbers.below(4000)),
        3 => "{port: dns, protocol: UDP}".to_owned(),
        _ => format!("{{port: {}, protocol: {protocol}}}", words.ports[numbers.below(words.ports.len())]),
    }
}

fn listed(numbers: &mut Numbers, most: usize, one: impl Fn(&mut Numbers) -> String) -> String {
    let count = numbers.below(most + 1);
    (0..count).map(|_| one(numbers)).collect::<Vec<_>>().join(", ")
}

fn rules(numbers: &mut Numbers, words: &Words, peers: &str) -> String {
    listed(numbers, 3, |numbers| {
        // More ports than one rule of the kernel takes, now and then.
        let most = if chance(numbers, 8) { 20 } else { 3 };
        let (who, which) =
            (listed(numbers, 3, |numbers| peer(numbers, words)), listed(numbers, most, |numbers| port(numbers, words)));
        let who = if chance(numbers, 15) { String::new() } else { format!("{peers}: [{who}], ") };
        let which = if chance(numbers, 30) { String::new() } else { format!("ports: [{which}]") };
        format!("{{{who}{which}}}")
    })
}

/// A policy of a namespace, as a YAML document.
pub fn policy(numbers: &mut Numbers, words: &Words, namespace: &str, name: &str) -> String {
    let types = match numbers.below(5) {
        0 => "policyTypes: [Egress], ",
        1 => "policyTypes: [Ingress, Egress], ",
        2 => "policyTypes: [Ingress], ",
        _ => "",
    };
    let (pods, ingress, egress) =
        (selector(numbers, words, false), rules(numbers, words, "from"), rules(numbers, words, "to"));
    let ingress = if chance(numbers, 70) { format!(", ingress: [{ingress}]") } else { String::new() };
    let egress = if chance(numbers, 50) { format!(", egress: [{egress}]") } else { String::new() };
    format!(
        "---\n{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: {name}, namespace: {namespace}}}, spec: {{{types}podSelector: {pods}{ingress}{egress}}}}}\n"
    )
}

/// A selector in Calico's language: of labels of Pods, of where they are, and of labels of that.
fn language(numbers: &mut Numbers, words: &Words, depth: usize) -> String {
    let (key, values): (&str, &[&str]) = match numbers.below(10) {
        0..=3 => ("app", words.apps),
        4..=6 => ("tier", words.tiers),
        7 => ("projectcalico.org/namespace", words.namespaces),
        8 => ("pcns.team", &["a", "b"]),
        _ => ("role", &["inside", "outside"]),
    };
    comparison(numbers, key, values, depth, |numbers, depth| language(numbers, words, depth))
}

/// A selector of namespaces.
fn spaces(numbers: &mut Numbers, words: &Words, depth: usize) -> String {
    let (key, values): (&str, &[&str]) = match numbers.below(3) {
        0 => ("projectcalico.org/name", words.namespaces),
        1 => ("kubernetes.io/metadata.name", words.namespaces),
        _ => ("team", &["a", "b"]),
    };
    comparison(numbers, key, values, depth, |numbers, depth| spaces(numbers, words, depth))
}

fn comparison(
    numbers: &mut Numbers,
    key: &str,
    values: &[&str],
    depth: usize,
    inner: impl Fn(&mut Numbers, usize) -> String,
) -> String {
    let (one, two) = (pick(numbers, values), pick(numbers, values));
    match numbers.below(if depth > 0 { 16 } else { 12 }) {
        0 | 1 => "all()".to_owned(),
        2 => format!("{key} != '{one}'"),
        3 => format!("{key} in {{'{one}', '{two}'}}"),
        4 => format!("{key} not in {{'{one}'}}"),
        5 => format!("has({key})"),
        6 => format!("!has({key})"),
        7 => format!("{key} contains '{}'", one.get(1..2).unwrap_or_default()),
        8 => format!("{key} starts with '{}'", one.get(..1).unwrap_or_default()),
        9 | 10 => format!("{key} == '{one}'"),
        11 => format!("{key} ends with '{}'", one.get(1..).unwrap_or_default()),
        12 | 13 => format!("{} && {}", inner(numbers, depth - 1), inner(numbers, depth - 1)),
        14 => format!("{} || {}", inner(numbers, depth - 1), inner(numbers, depth - 1)),
        _ => format!("!({})", inner(numbers, depth - 1)),
    }
}

fn net(numbers: &mut Numbers) -> String {
    let all = [
        "10.244.0.0/16",
        "10.244.0.0/26",
        "10.244.1.0/25",
        "192.168.10.0/24",
        "192.168.10.11",
        "0.0.0.0/0",
        "10.244.0.2",
        "\"2001:db8::/32\"",
    ];
    pick(numbers, &all).to_owned()
}

fn calico_port(numbers: &mut Numbers, words: &Words) -> String {
    match numbers.below(6) {
        0 => "http".to_owned(),
        1 => "dns".to_owned(),
        2 => format!("\"80:{}\"", 80 + numbers.below(4000)),
        _ => words.ports[numbers.below(words.ports.len())].to_string(),
    }
}

/// An end of a rule; with ports, where the rule may have them.
fn entity(numbers: &mut Numbers, words: &Words, ports: bool) -> String {
    let mut all = Vec::new();
    if chance(numbers, 25) {
        all.push(format!("nets: [{}, {}]", net(numbers), listed(numbers, 2, net)));
    }
    if chance(numbers, 20) {
        all.push(format!("notNets: [{}]", listed(numbers, 3, net)));
    }
    if chance(numbers, 40) {
        all.push(format!("selector: \"{}\"", language(numbers, words, 2)));
    }
    if chance(numbers, 15) {
        all.push(format!("notSelector: \"{}\"", language(numbers, words, 1)));
    }
    if chance(numbers, 30) {
        let spaces = if chance(numbers, 20) { "global()".to_owned() } else { spaces(numbers, words, 1) };
        all.push(format!("namespaceSelector: \"{spaces}\""));
    }
    let most = if chance(numbers, 8) { 20 } else { 3 };
    if ports && chance(numbers, 55) {
        all.push(format!("ports: [{}]", listed(numbers, most, |numbers| calico_port(numbers, words))));
    }
    if ports && chance(numbers, 20) {
        all.push(format!("notPorts: [{}]", listed(numbers, most, |numbers| calico_port(numbers, words))));
    }
    format!("{{{}}}", all.join(", "))
}

fn calico_rules(numbers: &mut Numbers, words: &Words, ingress: bool) -> String {
    listed(numbers, 4, |numbers| {
        let action = pick(numbers, &["Allow", "Allow", "Allow", "Deny", "Pass", "Log"]);
        let mut all = vec![format!("action: {action}")];
        let protocol = pick(numbers, &["TCP", "UDP", "TCP", "ICMP", "17", "", "", "not"]);
        match protocol {
            "" => {}
            "not" => all.push(format!("notProtocol: {}", pick(numbers, &["TCP", "UDP", "ICMP", "SCTP"]))),
            known => all.push(format!("protocol: {known}")),
        }
        if protocol == "ICMP" && chance(numbers, 60) {
            let which = pick(numbers, &["icmp", "notICMP"]);
            let message = pick(numbers, &["type: 8", "type: 8, code: 0", "type: 8, code: 3", "type: 0"]);
            all.push(format!("{which}: {{{message}}}"));
        }
        if chance(numbers, 8) {
            all.push(format!("ipVersion: {}", pick(numbers, &["4", "6"])));
        }
        let ported = matches!(protocol, "TCP" | "UDP" | "17");
        // The end that the policy selects is asked for now and then, too.
        if ingress || chance(numbers, 25) {
            all.push(format!("source: {}", entity(numbers, words, false)));
        }
        if !ingress || ported || chance(numbers, 25) {
            all.push(format!("destination: {}", entity(numbers, words, ported)));
        }
        format!("{{{}}}", all.join(", "))
    })
}

/// Tiers and sets of networks of which [`calico_policy`] speaks, as YAML documents.
pub fn calico_world(numbers: &mut Numbers, words: &Words) -> String {
    let mut text = String::new();
    let api = pick(numbers, &["projectcalico.org/v3", "crd.projectcalico.org/v1"]);
    for (tier, order) in [("early", "order: 12.5"), ("late", "order: 2000000"), ("last", "")] {
        let ends = pick(numbers, &["", "defaultAction: Pass", "defaultAction: Deny"]);
        let comma = if order.is_empty() || ends.is_empty() { "" } else { ", " };
        text.push_str(&format!(
            "---\n{{apiVersion: {api}, kind: Tier, metadata: {{name: {tier}}}, spec: {{{order}{comma}{ends}}}}}\n"
        ));
    }
    for number in 0..numbers.below(4) {
        let labels = match numbers.below(3) {
            0 => format!("app: {}", pick(numbers, words.apps)),
            1 => "role: inside".to_owned(),
            _ => format!("role: outside, tier: {}", pick(numbers, words.tiers)),
        };
        let (kind, namespace) = match chance(numbers, 50) {
            true => ("NetworkSet", format!(", namespace: {}", pick(numbers, words.namespaces))),
            false => ("GlobalNetworkSet", String::new()),
        };
        let nets = listed(numbers, 3, net);
        text.push_str(&format!(
            "---\n{{apiVersion: {api}, kind: {kind}, metadata: {{name: s{number}{namespace}, labels: {{{labels}}}}}, spec: {{nets: [{nets}]}}}}\n"
        ));
    }
    text
}

/// One of Calico's own policies, as a YAML document.
pub fn calico_policy(numbers: &mut Numbers, words: &Words, name: &str) -> String {
    let api = pick(numbers, &["projectcalico.org/v3", "crd.projectcalico.org/v1"]);
    let tier = pick(numbers, &["default", "default", "", "early", "late", "last"]);
    let global = chance(numbers, 50);
    let mut spec = Vec::new();
    if !tier.is_empty() {
        spec.push(format!("tier: {tier}"));
    }
    if chance(numbers, 75) {
        spec.push(format!("order: {}", pick(numbers, &["-3", "10", "10.25", "500", "1000", "2000"])));
    }
    if chance(numbers, 80) {
        spec.push(format!("selector: \"{}\"", language(numbers, words, 1)));
    }
    if global && chance(numbers, 30) {
        spec.push(format!("namespaceSelector: \"{}\"", spaces(numbers, words, 1)));
    }
    match numbers.below(5) {
        0 => spec.push("types: [Egress]".to_owned()),
        1 => spec.push("types: [Ingress, Egress]".to_owned()),
        2 => spec.push("types: [Ingress]".to_owned()),
        _ => {}
    }
    let (ingress, egress) = (calico_rules(numbers, words, true), calico_rules(numbers, words, false));
    if chance(numbers, 70) {
        spec.push(format!("ingress: [{ingress}]"));
    }
    if chance(numbers, 55) {
        spec.push(format!("egress: [{egress}]"));
    }
    let (kind, namespace) = match global {
        true => ("GlobalNetworkPolicy", String::new()),
        false => ("NetworkPolicy", format!(", namespace: {}", pick(numbers, words.namespaces))),
    };
    let prefix = if tier.is_empty() { String::new() } else { format!("{tier}.") };
    let spec = spec.join(", ");
    format!(
        "---\n{{apiVersion: {api}, kind: {kind}, metadata: {{name: {prefix}{name}{namespace}}}, spec: {{{spec}}}}}\n"
    )
}
