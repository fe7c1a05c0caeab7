//! NetworkPolicies, drawn at random.

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
