//! Names of the chains and sets of Service ports and endpoints (`pkg/proxy/nftables/proxier.go`: `hashAndTruncate`).

use crate::agents::kube_proxy::{PortName, protocol_name};
use data_encoding::BASE32;
use kubernetes::cluster::model::Endpoint;
use sha2::{Digest, Sha256};

/// Longest name behind a prefix, in bytes: what nft allows for a name (256) less room for the prefix (16).
const LONGEST: usize = 240;

/// First 8 characters of base32(SHA-256(text)), a dash and the text, cut where it is too long.
fn hashed(text: &str) -> String {
    // 8 characters are 5 bytes.
    let digest = Sha256::digest(text.as_bytes());
    let mut name = String::with_capacity(9 + text.len());
    BASE32.encode_append(digest.as_slice().get(..5).unwrap_or_default(), &mut name);
    name.push('-');
    name.push_str(text);
    if name.len() > LONGEST {
        // Names of objects are ASCII, so every index is a character's.
        name.truncate(LONGEST - 3);
        name.push_str("...");
    }
    name
}

fn text(name: PortName<'_>) -> String {
    let (service, port) = (&name.service.name, name.port);
    format!("{}/{}/{}/{}", service.namespace, service.name, protocol_name(port.protocol), port.name)
}

/// What the names of a port's chains share: `HASH-namespace/service/protocol/port`.
pub(super) fn port(name: PortName<'_>) -> String {
    hashed(&text(name))
}

/// What the names of an endpoint's chain and set share: `HASH-namespace/service/protocol/port__address/port`.
pub(super) fn endpoint(name: PortName<'_>, of: &Endpoint) -> String {
    let mut address = of.written.as_ref().map_or_else(|| of.ip.to_string(), ToString::to_string);
    // A colon means something to nft.
    if address.contains(':') {
        address = address.replace(':', ".");
    }
    hashed(&format!("{}__{address}/{}", text(name), of.port))
}
