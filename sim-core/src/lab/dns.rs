//! What the name servers of a lab answer, and what its client's resolver reads.

use crate::agents::{ResolvConf, Site};
use crate::dns::zone::{self, Answer};
use crate::dns::{self, RecordType};
use crate::trace::Rcode;
use kernel::ids::NetnsId;
use kernel::packet::Port;
use kubernetes::cluster::model::Cluster;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

/// Names in the table at most; of larger clusters the rest is not found.
const MAX_NAMES: usize = 2048;

/// Name servers of a lab.
#[derive(Clone, Debug, PartialEq)]
pub struct LabDns {
    /// Where CoreDNS listens for datagrams.
    pub listeners: BTreeSet<(NetnsId, Port)>,
    /// The cluster's zone, without a trailing dot. What is not in the table and inside of it does not exist; what is outside cannot be
    /// asked for: there is no server to forward to.
    pub zone: Arc<str>,
    /// Questions and their answers.
    pub answers: Vec<(String, RecordType, Answer)>,
}

impl LabDns {
    /// What CoreDNS answers in a cluster: every name of a Service, of an endpoint, of a Pod; and `asked`. `None` where it does not run.
    pub fn of(cluster: &Cluster, site: &Site, asked: impl IntoIterator<Item = String>) -> Option<Self> {
        let listeners = dns::listeners(cluster, site);
        if listeners.is_empty() {
            return None;
        }
        let mut names: BTreeSet<String> = asked.into_iter().collect();
        for name in zone::names(cluster) {
            if names.len() >= MAX_NAMES {
                break;
            }
            names.insert(name);
        }
        let zone = cluster.settings.dns_domain.clone();
        // A name is a word of a line.
        let plain = names.into_iter().filter(|name| name.chars().all(|c| c.is_ascii_graphic()));
        let answers = plain.flat_map(|name| {
            let types: &[RecordType] = match name.ends_with(".in-addr.arpa.") {
                true => &[RecordType::Ptr],
                false => &[RecordType::A, RecordType::Aaaa, RecordType::Srv],
            };
            let answer = |kind: &RecordType| (name.clone(), *kind, zone::answer(cluster, &name, *kind));
            let all: Vec<_> = types.iter().map(answer).collect();
            // A name that is not in the table does not exist; of one that is, other types have no records.
            all.into_iter().filter(|(name, kind, answer)| {
                let listed = *kind == RecordType::A || answer.rcode != Some(Rcode::NoError);
                !answer.records.is_empty() || listed && *answer != default_answer(&zone, name)
            })
        });
        Some(Self { answers: answers.collect(), listeners, zone: zone.clone() })
    }

    /// `dns.txt`: the zone, then each question with its code, and its records behind a blank.
    pub(super) fn table(&self) -> String {
        let mut out = String::from(
            "# question type code, then the records of its answer; another type of the same name has none\n",
        );
        let _ = writeln!(out, "zone {}.", self.zone);
        for (name, kind, answer) in &self.answers {
            let _ = writeln!(out, "{name} {kind} {}", code(answer.rcode));
            for record in &answer.records {
                let _ = writeln!(out, " {record}");
            }
        }
        out
    }
}

/// What a server makes of a name that its table does not have.
fn default_answer(zone: &str, name: &str) -> Answer {
    let inside =
        name.trim_end_matches('.').strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    Answer {
        rcode: Some(if inside { Rcode::NxDomain } else { Rcode::ServFail }),
        forwarded: !inside,
        ..Answer::default()
    }
}

fn code(rcode: Option<Rcode>) -> &'static str {
    match rcode {
        Some(Rcode::NoError) => "NOERROR",
        Some(Rcode::NxDomain) => "NXDOMAIN",
        Some(Rcode::Refused) => "REFUSED",
        Some(Rcode::ServFail) | None => "SERVFAIL",
    }
}

/// The file as kubelet writes it (resolv.conf(5)).
pub(super) fn resolv_conf(conf: &ResolvConf) -> String {
    let word = |text: &str| text.chars().filter(char::is_ascii_graphic).collect::<String>();
    let mut out = String::new();
    for server in &conf.nameservers {
        let _ = writeln!(out, "nameserver {server}");
    }
    if !conf.search.is_empty() {
        let words: Vec<String> = conf.search.iter().map(|domain| word(domain)).collect();
        let _ = writeln!(out, "search {}", words.join(" "));
    }
    let _ = write!(out, "options ndots:{}", conf.ndots);
    for option in &conf.options {
        let _ = write!(out, " {}", word(option));
    }
    out.push('\n');
    out
}
