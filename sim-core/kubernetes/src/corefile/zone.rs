//! Zones as words of a Corefile, and whether a name is in one.

use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;

/// True for a name in a zone; both lower case, without trailing dot.
pub fn is_in(name: &str, zone: &str) -> bool {
    zone.is_empty() || name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// True where unknown names of a zone go on.
pub fn falls_through(fallthrough: Option<&Vec<Arc<str>>>, name: &str) -> bool {
    fallthrough.is_some_and(|zones| zones.is_empty() || zones.iter().any(|zone| is_in(name, zone)))
}

/// A zone as compared: lower case, without trailing dot and scheme.
pub(super) fn zone(word: &str) -> Arc<str> {
    let word = word.strip_prefix("dns://").unwrap_or(word).to_lowercase();
    Arc::from(word.trim_end_matches('.'))
}

/// The zones of words; a range of addresses stands for its reverse zones (`plugin.Host.NormalizeExact`).
pub(super) fn zones_of(words: &[String]) -> Vec<Arc<str>> {
    words.iter().flat_map(|word| zones_of_word(word)).collect()
}

/// The zones of one word.
pub(super) fn zones_of_word(word: &str) -> Vec<Arc<str>> {
    match word.parse::<IpNet>() {
        Ok(range) => reverse(range),
        Err(_) => vec![zone(word)],
    }
}

/// A range that ends within a label of its reverse zone is several of these.
fn reverse(range: IpNet) -> Vec<Arc<str>> {
    let bits = if range.addr().is_ipv4() { 8 } else { 4 };
    let length = range.prefix_len().div_ceil(bits) * bits;
    let Ok(parts) = range.subnets(length) else { return Vec::new() };
    let count = usize::from(length / bits);
    let name = |part: IpNet| match part.network() {
        IpAddr::V4(ip) => {
            let labels: Vec<String> = ip.octets().iter().take(count).rev().map(ToString::to_string).collect();
            Arc::from([labels.as_slice(), &["in-addr.arpa".to_owned()]].concat().join("."))
        }
        IpAddr::V6(ip) => {
            let nibbles = ip.octets().into_iter().flat_map(|octet| [octet >> 4, octet & 15]);
            let mut labels: Vec<String> = nibbles.take(count).map(|nibble| format!("{nibble:x}")).collect();
            labels.reverse();
            labels.push("ip6.arpa".to_owned());
            Arc::from(labels.join("."))
        }
    };
    parts.take(256).map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_reverse_zones() {
        let check = |word: &str, count: usize, first: &str| {
            let zones = zones_of_word(word);
            assert_eq!((zones.len(), &*zones[0]), (count, first), "{word}");
        };
        check("10.96.0.0/16", 1, "96.10.in-addr.arpa");
        check("10.96.0.0/12", 16, "96.10.in-addr.arpa");
        check("2001:db8::/32", 1, "8.b.d.0.1.0.0.2.ip6.arpa");
        check("Cluster.Local.", 1, "cluster.local");
    }
}
