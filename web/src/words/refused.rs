//! Why a probe cannot be sent.

use crate::locale::{Lang, has, t, ta};
use sim_core::trace::ProbeError;

/// What of it cannot be understood, with what it could be.
pub fn probe_error(lang: Lang, error: &ProbeError) -> String {
    let args = [
        ("part", t(lang, &format!("probe-part-{}", error.part)).into()),
        ("given", error.given.as_str().into()),
        ("candidates", error.candidates.join(", ").into()),
    ];
    let id = format!("probe-{}", error.code);
    let id = if has(lang, &id) { id } else { "probe-not-understood".to_owned() };
    let mut text = ta(lang, &id, &args);
    if !error.candidates.is_empty() {
        text.push(' ');
        text.push_str(&ta(lang, "probe-candidates", &args));
    }
    text
}
