//! Who a request is from, as far as limits and turns are concerned: an address, and of IPv6 the network a household has.

use crate::config::Config;
use axum::http::HeaderMap;
use std::net::{IpAddr, Ipv6Addr};

/// A client: an IPv4 address, an IPv6 network of 64 bits, or whoever asks without a socket (tests, the server itself).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Client(Option<IpAddr>);

/// Who a connection is from; an extension of its requests.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

tokio::task_local! {
    /// The client whose request a task answers.
    static OF_TASK: Client;
}

impl Client {
    /// The client at an address.
    pub fn at(address: IpAddr) -> Self {
        Self(Some(match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            v4 => v4,
        }))
    }

    /// The client that this task answers.
    pub fn of_task() -> Self {
        OF_TASK.try_with(|client| *client).unwrap_or_default()
    }

    /// Runs `work` as this client's.
    pub async fn scope<T>(self, work: impl Future<Output = T>) -> T {
        OF_TASK.scope(self, work).await
    }
}

/// The client of a request that came from `peer`: the peer, or whom proxies that are trusted name, the last of them that is none itself.
/// What anybody else wrote into these headers is not believed.
pub fn client_of(config: &Config, peer: IpAddr, headers: &HeaderMap) -> Client {
    if !config.trusts(peer) {
        return Client::at(peer);
    }
    let forwarded = list(headers, "forwarded");
    let named: Vec<Option<IpAddr>> = match forwarded.is_empty() {
        true => list(headers, "x-forwarded-for").into_iter().map(node).collect(),
        false => forwarded.into_iter().map(|element| parameter(element, "for").and_then(node)).collect(),
    };
    let mut client = peer;
    for address in named.into_iter().rev() {
        // What is no address was written by somebody whom the proxy after it did not know.
        let Some(address) = address else { break };
        client = address;
        if !config.trusts(address) {
            break;
        }
    }
    Client::at(client)
}

/// True when the client speaks TLS to a proxy that is trusted and says so.
pub fn is_behind_tls(config: &Config, peer: IpAddr, headers: &HeaderMap) -> bool {
    let last = |name: &'static str| list(headers, name).pop();
    let proto = last("x-forwarded-proto").or_else(|| last("forwarded").and_then(|element| parameter(element, "proto")));
    config.trusts(peer) && proto.is_some_and(|proto| proto.eq_ignore_ascii_case("https"))
}

/// The elements of a list header, over all its lines.
fn list<'h>(headers: &'h HeaderMap, name: &'static str) -> Vec<&'h str> {
    let lines = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|element| !element.is_empty()).collect()
}

/// A parameter of an element of `Forwarded` (RFC 7239).
fn parameter<'e>(element: &'e str, wanted: &str) -> Option<&'e str> {
    let pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim_matches('"')).next()
}

/// An address as proxies write it: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn node(text: &str) -> Option<IpAddr> {
    if let Some(rest) = text.strip_prefix('[') {
        return rest.split(']').next()?.parse().ok();
    }
    text.parse().ok().or_else(|| text.rsplit_once(':')?.0.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;
    use ipnet::IpNet;

    fn behind(proxies: &[&str]) -> Config {
        let network = |text: &&str| text.parse::<IpNet>().unwrap();
        Config { trusted_proxies: proxies.iter().map(network).collect(), ..Config::default() }
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let line = |(name, value): &(&'static str, &str)| (HeaderName::from_static(name), value.parse().unwrap());
        lines.iter().map(line).collect()
    }

    #[test]
    fn only_trusted_proxies_name_a_client() {
        let config = behind(&["10.0.0.0/8", "fd00::/8"]);
        let at = |text: &str| Client::at(text.parse().unwrap());
        for (peer, lines, expected) in [
            ("198.51.100.1", vec![("x-forwarded-for", "203.0.113.9")], "198.51.100.1"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec![("x-forwarded-for", "203.0.113.9")], "203.0.113.9"),
            ("10.0.0.1", vec![("x-forwarded-for", "1.1.1.1, 203.0.113.9")], "203.0.113.9"),
            ("10.0.0.1", vec![("x-forwarded-for", "203.0.113.9, 10.0.0.7")], "203.0.113.9"),
            ("10.0.0.1", vec![("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "203.0.113.9:4711")], "203.0.113.9"),
            ("10.0.0.1", vec![("x-forwarded-for", "203.0.113.9, nonsense")], "10.0.0.1"),
            ("10.0.0.1", vec![("x-forwarded-for", "10.0.0.3, 10.0.0.2")], "10.0.0.3"),
            ("::ffff:10.0.0.1", vec![("x-forwarded-for", "203.0.113.9")], "203.0.113.9"),
            ("fd00::1", vec![("forwarded", "for=1.1.1.1, for=\"[2001:db8::1]:47\";proto=https")], "2001:db8::ffff"),
            ("10.0.0.1", vec![("forwarded", "for=_hidden"), ("x-forwarded-for", "1.1.1.1")], "10.0.0.1"),
            ("10.0.0.1", vec![("forwarded", "For=203.0.113.9;by=10.0.0.1")], "203.0.113.9"),
        ] {
            let peer = peer.parse().unwrap();
            assert_eq!(client_of(&config, peer, &headers(&lines)), at(expected), "{peer} {lines:?}");
        }
    }

    #[test]
    fn tls_is_believed_of_trusted_proxies_alone() {
        let config = behind(&["10.0.0.1/32"]);
        let tls = |peer: &str, lines: &[_]| is_behind_tls(&config, peer.parse().unwrap(), &headers(lines));
        assert!(tls("10.0.0.1", &[("x-forwarded-proto", "https")]));
        assert!(tls("10.0.0.1", &[("forwarded", "for=1.1.1.1;proto=https")]));
        assert!(!tls("10.0.0.2", &[("x-forwarded-proto", "https")]));
        assert!(!tls("10.0.0.1", &[("x-forwarded-proto", "https, http")]));
        assert!(!tls("10.0.0.1", &[]));
    }

    #[tokio::test]
    async fn a_task_knows_whose_it_is() {
        let client = Client::at("192.0.2.1".parse().unwrap());
        assert_eq!(Client::of_task(), Client::default());
        assert_eq!(client.scope(async { Client::of_task() }).await, client);
    }
}
