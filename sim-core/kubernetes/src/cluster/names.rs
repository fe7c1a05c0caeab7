//! Names controllers make up: deterministic here, random there.

use sha2::{Digest, Sha256};

/// Letters and digits that cannot spell words (`k8s.io/apimachinery/pkg/util/rand`).
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// `length` characters that follow from `seed`.
pub(super) fn suffix(seed: &str, length: usize) -> String {
    let digest = Sha256::digest(seed.as_bytes());
    digest
        .iter()
        .cycle()
        .take(length)
        .map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()).copied().unwrap_or(b'x') as char)
        .collect()
}
