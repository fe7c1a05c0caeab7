//! Who may connect to whom, held against others' answers and against a naive reading.

mod calico;
mod matrices;
mod oracle;
mod overview;
mod peers;
mod permit;

use kubernetes::cluster::model::Cluster;
use kubernetes::cluster::{self, Options};
use kubernetes::manifest::{self, Limits, Parsed, SourceText};

/// Texts, decided.
fn decided(texts: &[SourceText]) -> (Parsed, Cluster) {
    let parsed = manifest::parse(texts, &Limits::default());
    let cluster = cluster::decide(&parsed, &Options::default()).cluster;
    (parsed, cluster)
}
