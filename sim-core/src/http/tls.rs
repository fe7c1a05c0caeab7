//! What TLS 1.3 puts on the wire (RFC 8446), as far as it can be told without keys: the client's first words in the clear, all else as records of the
//! length that they have, whose content nobody on the way can read.

/// Length of what a server says first beside its certificates: hello, encrypted extensions, verification, end, with their records.
const SERVER_FLIGHT: usize = 700;

/// Length of a usual chain of two certificates.
const CERTIFICATES: usize = 2_000;

/// Header of a record.
const RECORD: usize = 5;

/// What encryption adds to a record: its type and the tag of AEAD_AES_128_GCM.
const SEALED: usize = 17;

/// Longest content of a record (section 5.1).
const MAX_RECORD: usize = 1 << 14;

/// A client's hello that asks for `name` (RFC 6066 section 3).
pub fn client_hello(name: Option<&str>) -> Vec<u8> {
    let mut extensions = Vec::new();
    if let Some(name) = name {
        let host = [&[0][..], &length(name.len()), name.as_bytes()].concat();
        extension(&mut extensions, 0, &[&length(host.len())[..], &host].concat());
    }
    // Version 1.3, group x25519, ecdsa_secp256r1_sha256, and a share of that group.
    extension(&mut extensions, 43, &[2, 0x03, 0x04]);
    extension(&mut extensions, 10, &[0, 2, 0, 29]);
    extension(&mut extensions, 13, &[0, 2, 4, 3]);
    extension(&mut extensions, 51, &[&[0, 36, 0, 29, 0, 32][..], &[0; 32]].concat());
    let mut body = vec![3, 3];
    body.extend([0; 32]);
    body.push(0);
    body.extend([0, 2, 0x13, 0x01, 1, 0]);
    body.extend(length(extensions.len()));
    body.extend(extensions);
    let handshake = [&[1, 0][..], &length(body.len()), &body].concat();
    [&[22, 3, 1][..], &length(handshake.len()), &handshake].concat()
}

/// What a server answers to that.
pub fn server_hello() -> Vec<u8> {
    record(SERVER_FLIGHT + CERTIFICATES)
}

/// What a server that speaks no TLS, or none of this, ends with: the alert `handshake_failure` (section 6).
pub fn alert() -> Vec<u8> {
    vec![21, 3, 3, 0, 2, 2, 40]
}

/// So many bytes of content as encrypted records.
pub fn record(size: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(size + RECORD + SEALED);
    let mut left = size;
    loop {
        let part = left.min(MAX_RECORD);
        out.extend([23, 3, 3]);
        out.extend(length(part + SEALED));
        out.resize(out.len() + part + SEALED, 0);
        left -= part;
        if left == 0 {
            return out;
        }
    }
}

fn extension(out: &mut Vec<u8>, kind: u16, content: &[u8]) {
    out.extend(kind.to_be_bytes());
    out.extend(length(content.len()));
    out.extend(content);
}

/// A length in two bytes; nothing here is longer than that.
fn length(size: usize) -> [u8; 2] {
    u16::try_from(size).unwrap_or(u16::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_has_the_name_and_the_lengths_agree() {
        let hello = client_hello(Some("shop.example.com"));
        assert!(hello.windows(16).any(|part| part == b"shop.example.com"));
        assert_eq!(usize::from(u16::from_be_bytes([hello[3], hello[4]])), hello.len() - 5);
        assert_eq!(usize::from(u16::from_be_bytes([hello[7], hello[8]])), hello.len() - 9);
        assert!(client_hello(None).len() < hello.len());
    }

    #[test]
    fn what_is_sealed_is_longer_and_cut_into_records() {
        assert_eq!(record(100).len(), 100 + 22);
        assert_eq!(record(MAX_RECORD + 1).len(), MAX_RECORD + 1 + 2 * 22);
    }
}
