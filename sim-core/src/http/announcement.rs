//! What a proxy says first on a connection that it opens for another: whose it is (The PROXY protocol, versions 1 and 2, section 2).

use kubernetes::cluster::model::ProxyProtocol;
use std::net::{IpAddr, SocketAddr};

/// What a header of version 2 begins with.
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Version 2, on behalf of another.
const PROXIED: u8 = 0x21;
/// TCP over IPv4, over IPv6.
const STREAM: (u8, u8) = (0x11, 0x21);

/// A header of the PROXY protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Announcement {
    /// As text or in bytes.
    pub version: ProxyProtocol,
    /// Who opened the connection that is carried on.
    pub client: SocketAddr,
    /// Where it was opened to.
    pub server: SocketAddr,
}

impl Announcement {
    /// As it stands on the wire.
    pub fn bytes(&self) -> Vec<u8> {
        match self.version {
            ProxyProtocol::V1 => format!("{}\r\n", self.line()).into_bytes(),
            ProxyProtocol::V2 => self.binary(),
        }
    }

    /// The line of version 1, without its end.
    pub fn line(&self) -> String {
        let family = if self.client.is_ipv4() { "TCP4" } else { "TCP6" };
        let (client, server) = (self.client, self.server);
        format!("PROXY {family} {} {} {} {}", client.ip(), server.ip(), client.port(), server.port())
    }

    fn binary(&self) -> Vec<u8> {
        let mut block = Vec::new();
        for address in [self.client, self.server] {
            match address.ip() {
                IpAddr::V4(ip) => block.extend(ip.octets()),
                IpAddr::V6(ip) => block.extend(ip.octets()),
            }
        }
        block.extend(self.client.port().to_be_bytes());
        block.extend(self.server.port().to_be_bytes());
        let family = if self.client.is_ipv4() { STREAM.0 } else { STREAM.1 };
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX).to_be_bytes();
        [SIGNATURE, &[PROXIED, family], &length, &block].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announcement(version: ProxyProtocol, client: &str, server: &str) -> Announcement {
        Announcement { version, client: client.parse().unwrap(), server: server.parse().unwrap() }
    }

    #[test]
    fn version_1_is_a_line() {
        let four = announcement(ProxyProtocol::V1, "192.168.10.5:51234", "192.168.10.240:80");
        assert_eq!(four.bytes(), b"PROXY TCP4 192.168.10.5 192.168.10.240 51234 80\r\n");
        let six = announcement(ProxyProtocol::V1, "[fd00::5]:51234", "[fd00::240]:443");
        assert_eq!(six.bytes(), b"PROXY TCP6 fd00::5 fd00::240 51234 443\r\n");
    }

    #[test]
    fn version_2_says_the_length_of_its_addresses() {
        let four = announcement(ProxyProtocol::V2, "192.168.10.5:51234", "192.168.10.240:80").bytes();
        assert_eq!((four.len(), &four[..16]), (28, &b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c"[..]));
        assert_eq!(&four[16..], [192, 168, 10, 5, 192, 168, 10, 240, 0xc8, 0x22, 0, 80]);
        let six = announcement(ProxyProtocol::V2, "[fd00::5]:1", "[fd00::240]:2").bytes();
        assert_eq!((six.len(), &six[12..16]), (52, &[0x21, 0x21, 0, 36][..]));
    }
}
