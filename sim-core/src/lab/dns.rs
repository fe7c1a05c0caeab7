//! What the name servers of a lab answer, and what its client's resolver reads.

use super::names::Names;
use crate::agents::{ResolvConf, Site};
use crate::dns::zone::{self, Answer};
use crate::dns::{self, RecordType};
use crate::site::{Behaviour, Kind, NameServer};
use crate::trace::Rcode;
use kernel::ids::NetnsId;
use kernel::packet::{Port, Protocol};
use kubernetes::cluster::model::Cluster;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;

/// Names in the table at most; of larger clusters the rest is not found.
const MAX_NAMES: usize = 2048;

/// Name servers of a lab.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabDns {
    /// Where name servers listen for datagrams, each with the place of its table; over TCP on the same port they answer too, where they listen.
    pub listeners: BTreeMap<(NetnsId, Port), usize>,
    /// What they answer.
    pub tables: Vec<LabZone>,
}

/// What a name server of a lab answers.
#[derive(Clone, Debug, PartialEq)]
pub struct LabZone {
    /// The cluster's zone, without a trailing dot; empty where the server has none. What is not in the table and inside of it does not exist;
    /// what is outside is asked for, where there are others to ask.
    pub zone: Arc<str>,
    /// Questions and their answers.
    pub answers: Vec<(String, RecordType, Answer)>,
    /// Whom it asks, one after the other, for what is not in the table: the namespace that each is asked from, and its address.
    pub others: Vec<(NetnsId, SocketAddr)>,
    /// It says so where none of them answers.
    pub says_so: bool,
}

impl LabDns {
    /// What CoreDNS answers in a cluster: every name of a Service, of an endpoint, of a Pod; what the Docker engine's resolver answers in each
    /// container: every name on its networks; what routers do; and `asked` of all of them. `None` where no name server runs.
    pub fn of(cluster: &Cluster, site: &Site, asked: impl IntoIterator<Item = String>) -> Option<Self> {
        let asked: BTreeSet<String> = asked.into_iter().collect();
        let mut all = Self::default();
        let coredns = dns::listeners(cluster, site);
        if !coredns.is_empty() {
            let zone = cluster.settings.dns_domain.clone();
            let answers = answers(&zone, asked.iter().cloned().chain(zone::names(cluster)), |name, kind| {
                zone::answer(cluster, name, kind)
            });
            all.listeners.extend(coredns.into_iter().map(|at| (at, 0)));
            all.tables.push(LabZone { zone, answers, others: Vec::new(), says_so: true });
        }
        let mut tables: BTreeMap<NameServer, usize> = BTreeMap::new();
        for (_, machine) in site.tree.machines() {
            if !matches!(machine.kind, Kind::Host(_) | Kind::Container(_) | Kind::Vm(_) | Kind::Router) {
                continue;
            }
            for listening in site.listening(machine.netns).filter(|own| own.socket.protocol == Protocol::Udp) {
                let Some(Behaviour::NameServer(server)) = listening.process.as_ref().map(|own| own.behaviour.clone())
                else {
                    continue;
                };
                let at = *tables.entry(server).or_insert_with(|| {
                    let known = dns::known_to(cluster, server).map(|name| format!("{name}."));
                    let answers = answers("", asked.iter().cloned().chain(known), |name, kind| {
                        // Who asks others is asked for what it knows itself.
                        dns::own_answer_of(cluster, server, name, kind).unwrap_or_else(|| default_answer("", name))
                    });
                    let (others, says_so) = match server {
                        NameServer::Docker(of) => dns::docker_forwards(cluster, site, of, machine.netns),
                        NameServer::CoreDns | NameServer::NodeCache | NameServer::Upstream => (Vec::new(), true),
                    };
                    all.tables.push(LabZone { zone: Arc::from(""), answers, others, says_so });
                    all.tables.len() - 1
                });
                all.listeners.insert((machine.netns, listening.socket.port), at);
            }
        }
        (!all.listeners.is_empty()).then_some(all)
    }

    /// `dns.txt`: of each server its zone, whom it asks for what it does not know, from which namespace, then each question with its code, and its records behind a blank.
    pub(super) fn table(&self, names: &Names) -> String {
        let mut out = String::from(
            "# question type code, then the records of its answer; another type of the same name has none\n",
        );
        for (at, table) in self.tables.iter().enumerate() {
            let _ = writeln!(out, "server {at}\nzone {}.", table.zone);
            for (netns, server) in &table.others {
                let _ = writeln!(out, "other {} {} {}", names.netns(*netns), server.ip(), server.port());
            }
            if !table.says_so {
                out.push_str("silent\n");
            }
            for (name, kind, answer) in &table.answers {
                let _ = writeln!(out, "{name} {kind} {}", code(answer.rcode));
                for record in &answer.records {
                    let _ = writeln!(out, " {record}");
                }
            }
        }
        out
    }
}

/// The entries of a table.
fn answers(
    zone: &str,
    names: impl Iterator<Item = String>,
    of: impl Fn(&str, RecordType) -> Answer,
) -> Vec<(String, RecordType, Answer)> {
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    for name in names {
        if wanted.len() >= MAX_NAMES {
            break;
        }
        wanted.insert(name);
    }
    // A name is a word of a line.
    let plain = wanted.into_iter().filter(|name| name.chars().all(|c| c.is_ascii_graphic()));
    let entries = plain.flat_map(|name| {
        let types: &[RecordType] = match name.ends_with(".arpa.") {
            true => &[RecordType::Ptr],
            false => &[RecordType::A, RecordType::Aaaa, RecordType::Srv],
        };
        let answer = |kind: &RecordType| (name.clone(), *kind, of(&name, *kind));
        let all: Vec<_> = types.iter().map(answer).collect();
        // A name that is not in the table does not exist; of one that is, other types have no records.
        all.into_iter().filter(|(name, kind, answer)| {
            let listed = *kind == RecordType::A || answer.rcode != Some(Rcode::NoError);
            let usual = default_answer(zone, name);
            let same = (answer.rcode, answer.forwarded) == (usual.rcode, usual.forwarded);
            !answer.records.is_empty() || listed && !same
        })
    });
    entries.collect()
}

/// What a server makes of a name that its table does not have.
fn default_answer(zone: &str, name: &str) -> Answer {
    let inside = !zone.is_empty()
        && name.trim_end_matches('.').strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
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
