//! Addresses and ports as command lines and variables write them.

use super::words::{POD_IP, UNKNOWN};
use crate::cluster::listener::Bind;
use kernel::packet::Protocol;
use std::net::IpAddr;

/// One address out of a value. What it does not say is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) bind: Option<Bind>,
    pub(super) port: Option<u16>,
    pub(super) protocol: Option<Protocol>,
}

/// A port number from 1 on, with nothing beside it.
pub(super) fn port(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port > 0)
}

/// The addresses of a value: `8080`, `:8080`, `0.0.0.0:80`, `[::]:80`, `127.0.0.1`, `http://+:80;https://+:443`, `:53/udp`. Names of
/// other hosts and paths of sockets are none.
pub(super) fn addresses(text: &str) -> Vec<Address> {
    let parts = text.split([',', ';', ' ']).map(str::trim).filter(|part| !part.is_empty());
    parts.take(16).filter_map(address).collect()
}

fn address(text: &str) -> Option<Address> {
    let text = text.trim_matches(['"', '\'']);
    let (scheme, rest) = text.split_once("://").map_or(("", text), |(scheme, rest)| (scheme, rest));
    if scheme.starts_with("unix") || (scheme.is_empty() && rest.starts_with(['/', '@'])) {
        return None;
    }
    let mut protocol = if scheme.starts_with("udp") { Some(Protocol::Udp) } else { None };
    let rest = match rest.split_once('/') {
        Some((before, "udp" | "UDP")) => {
            protocol = Some(Protocol::Udp);
            before
        }
        Some((before, _)) => before,
        None => rest,
    };
    if let Some(port) = port(rest) {
        return Some(Address { bind: None, port: Some(port), protocol });
    }
    if let Some((host, number)) = rest.rsplit_once(':')
        && let (Some(bind), Some(port)) = (bind(host), port(number))
    {
        return Some(Address { bind: Some(bind), port: Some(port), protocol });
    }
    bind(rest).map(|bind| Address { bind: Some(bind), port: None, protocol })
}

/// What a process binds that is told to bind `host`; `None` for another host's name.
pub(super) fn bind(host: &str) -> Option<Bind> {
    // `[$(POD_IP)]:9100`: brackets as an IPv6 address needs them, around whatever family it is.
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    match inside.filter(|inside| *inside == POD_IP).unwrap_or(host) {
        "" | "*" | "+" | "0.0.0.0" | "::" | "[::]" | "0" | "all" | "any" => return (host != "0").then_some(Bind::Any),
        "localhost" | "loopback" => return Some(Bind::Loopback),
        POD_IP => return Some(Bind::Pod),
        _ => {}
    }
    if host.contains(UNKNOWN) || host.contains("$(") {
        return Some(Bind::Any);
    }
    match inside.unwrap_or(host).parse::<IpAddr>().ok()? {
        IpAddr::V4(ip) if ip.is_loopback() => Some(Bind::Loopback),
        ip => Some(Bind::Address(ip)),
    }
}

/// True for an address that can only be one to listen on: no particular host, with a port.
pub(super) fn is_open(text: &str) -> bool {
    let open = |host: &str| matches!(host, "" | "*" | "0.0.0.0" | "[::]");
    text.rsplit_once(':').is_some_and(|(host, number)| open(host) && port(number).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("8080", "- 8080")]
    #[case(":8080", "* 8080")]
    #[case("0.0.0.0:80", "* 80")]
    #[case("[::]:80", "* 80")]
    #[case("127.0.0.1:5000", "127.0.0.1 5000")]
    #[case("localhost", "127.0.0.1 -")]
    #[case("10.0.0.7:80", "10.0.0.7 80")]
    #[case("tcp://0.0.0.0:2375", "* 2375")]
    #[case("http://+:80;https://*:443/", "* 80, * 443")]
    #[case(":53/udp", "* 53 udp")]
    #[case("udp://:9125", "* 9125 udp")]
    #[case("\u{1}podIP:7000", "pod 7000")]
    #[case("[\u{1}podIP]:7000", "pod 7000")]
    #[case("\u{1}:7000", "* 7000")]
    #[case("0", "")]
    #[case("70000", "")]
    #[case("db.example:5432", "")]
    #[case("postgres://u:p@db:5432/app", "")]
    #[case("unix:///run/x.sock", "")]
    #[case("/run/x.sock", "")]
    fn read(#[case] text: &str, #[case] expected: &str) {
        let write = |address: &Address| {
            let bind = address.bind.map_or("-".to_owned(), |bind| match bind {
                Bind::Any => "*".to_owned(),
                Bind::Loopback => "127.0.0.1".to_owned(),
                Bind::Pod => "pod".to_owned(),
                Bind::Address(ip) => ip.to_string(),
            });
            let port = address.port.map_or("-".to_owned(), |port| port.to_string());
            let protocol = address.protocol.map_or_else(String::new, |protocol| format!(" {protocol}"));
            format!("{bind} {port}{protocol}")
        };
        assert_eq!(addresses(text).iter().map(write).collect::<Vec<_>>().join(", "), expected);
    }
}
