//! Names controllers make up: deterministic here, random there.

use sha2::{Digest, Sha256};

/// Letters and digits that cannot spell words (`k8s.io/apimachinery/pkg/util/rand`).
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// `length` characters that follow from `seed`.
pub(crate) fn suffix(seed: &str, length: usize) -> String {
    let digest = Sha256::digest(seed.as_bytes());
    digest
        .iter()
        .cycle()
        .take(length)
        .map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()).copied().unwrap_or(b'x') as char)
        .collect()
}

/// Names that a list of names has at most.
const FEW: usize = 20;

/// The names, with commas; of very many the first, and how many there are.
pub(super) fn few(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut text = String::new();
    let mut count = 0;
    for name in names {
        if count < FEW {
            text.push_str(if count == 0 { "" } else { ", " });
            text.push_str(name.as_ref());
        }
        count += 1;
    }
    if count > FEW {
        text.push_str(&format!(", … ({count})"));
    }
    text
}
