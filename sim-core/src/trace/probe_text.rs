//! A probe as text, what is wrong with one, and names that are near.

/// Candidates shown at most.
pub(super) const MAX_CANDIDATES: usize = 8;

/// A probe as the command line and the URL write it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProbeText {
    /// `--from`.
    pub from: String,
    /// `--via node/NAME`: a source outside the cluster has routes to Service, external and load balancer addresses by that node; default
    /// none. Elsewhere without meaning.
    pub via: Option<String>,
    /// `--to`.
    pub to: String,
    /// `--proto`; default tcp.
    pub proto: Option<String>,
    /// `--sport`.
    pub sport: Option<String>,
    /// `--choose NAME=VALUE`, in order.
    pub choose: Vec<String>,
    /// `--seed`.
    pub seed: u64,
    /// How often the same was sent before; a number, default 0. `--repeat` says one more.
    pub before: Option<String>,
    /// `--every`: seconds between them; default 1.
    pub wait: Option<String>,
    /// `--keep`: `1` or `connection` where the first of them opens a connection that stays, and the others are sent on it; `address` where the
    /// client looks once where its destination is; `both`. An empty text, `0` and `false` are neither.
    pub keep: Option<String>,
    /// `--size`: bytes of payload.
    pub size: Option<String>,
    /// `--method`, of a URL.
    pub method: Option<String>,
    /// `--header "NAME: VALUE"`, in order, of a URL.
    pub headers: Vec<String>,
    /// `--connect`, of a URL: where to connect, in place of where its host leads.
    pub connect: Option<String>,
}

/// What is wrong with a [`ProbeText`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProbeError {
    /// Which part: `from`, `via`, `to`, `proto`, `sport`, `choose`, `before`, `wait`, `keep`, `size`, `method`, `header`, `connect`.
    pub part: &'static str,
    /// Stable kebab-case code (`probe-{code}` in the locales), one of [`PROBE_ERRORS`].
    pub code: &'static str,
    /// What was written.
    pub given: String,
    /// What would be accepted, or similar names that exist.
    pub candidates: Vec<String>,
}

/// All codes a [`ProbeError`] can have.
pub const PROBE_ERRORS: &[&str] = &[
    "missing",
    "too-long",
    "source-form",
    "external-source",
    "via-form",
    "unknown-pod",
    "refused-object",
    "pod-ended",
    "pod-unscheduled",
    "pod-not-started",
    "unknown-node",
    "unknown-service",
    "unknown-address",
    "no-cluster-ip",
    "no-load-balancer",
    "no-source",
    "ambiguous",
    "unknown-workload",
    "workload-without-pods",
    "url-scheme",
    "target-form",
    "name-form",
    "missing-port",
    "bad-port",
    "bad-count",
    "unknown-port-name",
    "bad-protocol",
    "bad-method",
    "header-form",
    "too-many-headers",
    "url-only",
    "keep-form",
    "keep-sctp",
    "unknown-gateway",
    "choose-form",
    "unknown-choice",
    "unknown-value",
    "ipv6",
];

pub(in crate::trace) type Result<T> = std::result::Result<T, ProbeError>;

pub(in crate::trace) fn error(
    part: &'static str,
    code: &'static str,
    given: &str,
    candidates: Vec<String>,
) -> ProbeError {
    let given = given.chars().take(200).collect();
    ProbeError { part, code, given, candidates }
}

/// The names nearest to what was written, by edit distance on at most 100 characters.
pub(in crate::trace) fn similar(text: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    let mut scored: Vec<(usize, String)> = names.map(|name| (edits(text, &name), name)).collect();
    scored.sort();
    scored.dedup();
    scored.into_iter().take(MAX_CANDIDATES).map(|(_, name)| name).collect()
}

/// Edits from one text to the other, whatever the case; counted on at most 100 characters.
pub(in crate::trace) fn edits(a: &str, b: &str) -> usize {
    let short = |text: &str| text.to_lowercase().chars().take(100).collect::<String>();
    strsim::levenshtein(&short(a), &short(b))
}

/// True for words of which one may have been meant for the other: a few edits, letters in another order, or one begins as the other does.
pub fn is_near(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let shorter = a.chars().count().min(b.chars().count());
    let begins = |long: &str, short: &str| {
        long.strip_prefix(short).is_some_and(|rest| short.len() > 3 || (!short.is_empty() && rest.starts_with('-')))
    };
    let letters = |word: &str| {
        let mut letters: Vec<char> = word.chars().take(100).collect();
        letters.sort_unstable();
        letters
    };
    edits(&a, &b) * 2 <= shorter + 1 || begins(&a, &b) || begins(&b, &a) || letters(&a) == letters(&b)
}
