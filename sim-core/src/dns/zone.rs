//! What CoreDNS answers: its server block for the name, then its plugins in the order that is built in: `cache`, `rewrite`, `autopath`,
//! `template`, `hosts`, `kubernetes`, `forward`.

pub use super::answer::Answer;
use super::answer::{Lost, address_of, address_record};
use super::discovery::Zone;
use super::forward::{Heard, Said, Wanted};
use super::message;
use super::record::{Data, Leans, Rcode, Record, RecordType};
use super::template::{self, Made};
use super::upstream::{self, Reach};
use crate::agents::kubelet::cluster_dns;
use crate::agents::runtime::is_coredns;
use kernel::packet::Protocol;
use kubernetes::cluster::model::Cluster;
use kubernetes::corefile::{
    Autopath, Cache, Change, Corefile, Forward, Hosts, PodNames, Rewrite, Server, Transport, Unread, falls_through,
    is_in,
};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// A question may come back to CoreDNS so often: by an alias, or because it forwards to itself.
const MAX_DEPTH: usize = 8;
/// Where servers are asked over TLS.
const TLS: u16 = 853;

/// Who asks whom: what plugins look at beside the question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asker {
    /// The source address, as the server sees it.
    pub from: Option<IpAddr>,
    /// The address of the server's own Pod; any of its Pods, if `None`.
    pub server: Option<IpAddr>,
}

/// Answers a question of nobody in particular. Names are compared without case; answers keep the question's.
pub fn answer(cluster: &Cluster, question: &str, kind: RecordType) -> Answer {
    answer_to(cluster, Asker::default(), question, kind)
}

/// Answers somebody's question. What other servers say is concluded from what is at their addresses; `with` asks them.
pub fn answer_to(cluster: &Cluster, asker: Asker, question: &str, kind: RecordType) -> Answer {
    let coredns = CoreDns { cluster, corefile: &cluster.corefile, of: Of::Cluster, asker, others: None };
    coredns.answer(cluster.corefile.port(), &absolute(question), kind, 0)
}

fn absolute(question: &str) -> String {
    if question.ends_with('.') { question.to_owned() } else { format!("{question}.") }
}

/// Which of the programs that CoreDNS is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// The cluster's name server.
    Cluster,
    /// The cache on a node.
    Node,
}

/// What is known of other servers.
pub(super) struct Others<'a> {
    /// What was heard from them so far.
    pub(super) heard: &'a [Heard],
    /// Those in the `resolv.conf` that the server reads.
    pub(super) resolv: &'a [SocketAddr],
    /// The transport that the question came by.
    pub(super) protocol: Protocol,
}

/// Answers somebody's question with what others said; else what it wants to know from them first.
pub(super) fn with(
    (cluster, of): (&Cluster, Of),
    asker: Asker,
    others: &Others<'_>,
    (question, kind): (&str, RecordType),
) -> Result<Answer, Wanted> {
    let corefile = match (of, &cluster.node_cache) {
        (Of::Node, Some(cache)) => &cache.corefile,
        _ => &cluster.corefile,
    };
    let wanted = RefCell::new(None);
    let coredns = CoreDns { cluster, corefile, of, asker, others: Some((others, &wanted)) };
    let found = coredns.answer(corefile.port(), &absolute(question), kind, 0);
    wanted.take().map_or(Ok(found), Err)
}

struct CoreDns<'a> {
    cluster: &'a Cluster,
    corefile: &'a Corefile,
    of: Of,
    asker: Asker,
    /// What others said, and the first thing that they were not asked yet.
    others: Option<(&'a Others<'a>, &'a RefCell<Option<Wanted>>)>,
}

impl CoreDns<'_> {
    /// `depth` counts how often the question came back.
    fn answer(&self, port: u16, question: &str, kind: RecordType, depth: usize) -> Answer {
        let name = question.trim_end_matches('.').to_lowercase();
        // No block is for the name.
        let Some(server) = self.corefile.server_for(&name, port) else { return Answer::of(Rcode::Refused) };
        let mut found = self.rewritten(server, question, &name, kind, depth);
        if let Some(cache) = &server.cache {
            keep(cache, &server.zones, &name, &mut found);
        }
        let addresses = found.records.iter().filter(|record| matches!(record.data, Data::Address(_))).count();
        found.rotates = server.rotates && addresses > 1;
        if !server.others.is_empty() {
            found.leans.push(Leans::Corefile(server.others.clone().into()));
        }
        found
    }

    /// `rewrite`: the question becomes another, its answer that of the first again.
    fn rewritten(&self, server: &Server, question: &str, asked: &str, kind: RecordType, depth: usize) -> Answer {
        let (mut name, mut kind) = (asked.to_owned(), kind);
        let mut applied: Vec<(&Rewrite, String, String)> = Vec::new();
        for rule in &server.rewrites {
            let before = name.clone();
            let fits = match &rule.change {
                Change::Name { of, to, .. } => of.apply(&name, to).map(|became| name = became).is_some(),
                Change::Type(from, to) => match RecordType::named(to).filter(|_| kind.to_string() == **from) {
                    Some(to) => {
                        kind = to;
                        true
                    }
                    None => false,
                },
                Change::Ttl(of, ..) => of.fits(&name),
            };
            if fits {
                applied.push((rule, before, name.clone()));
                if !rule.more {
                    break;
                }
            }
        }
        let same = name == asked;
        let became = if same { question.to_owned() } else { format!("{name}.") };
        let mut found = self.walked(server, &became, &name, kind, depth);
        let sections = [&mut found.records, &mut found.authority, &mut found.additional];
        for record in sections.into_iter().flatten() {
            for (rule, before, after) in applied.iter().rev() {
                match &rule.change {
                    Change::Name { of, to, back } => {
                        record.name = back.name(of, (before, after), to, &record.name);
                        if let Data::Name(value) = &mut record.data {
                            *value = back.value(of, (before, after), to, value);
                        }
                    }
                    Change::Ttl(_, low, high) => record.ttl = record.ttl.clamp(*low, (*high).max(*low)),
                    Change::Type(..) => {}
                }
            }
            // As it was written.
            if !same && record.name.trim_end_matches('.').eq_ignore_ascii_case(asked) {
                question.clone_into(&mut record.name);
            }
        }
        found
    }

    /// `autopath`: for the first name of a Pod's search list, the whole list.
    fn walked(&self, server: &Server, question: &str, name: &str, kind: RecordType, depth: usize) -> Answer {
        let zones = |auto: &Autopath| {
            let zones = if auto.zones.is_empty() { &server.zones } else { &auto.zones };
            zones.iter().any(|zone| is_in(name, zone))
        };
        let Some(auto) = server.autopaths.iter().find(|auto| zones(auto)) else {
            return self.plugins(server, question, name, kind, depth);
        };
        let list = self.search_list(server, auto, name);
        let inside = list.first().filter(|first| is_in(name, first));
        let Some(base) = inside.and_then(|first| name.strip_suffix(first.as_str())) else {
            let mut found = self.plugins(server, question, name, kind, depth);
            if auto.search.is_none() && self.asker.from.is_none() {
                // Whoever that is.
                let auto = Unread { name: Arc::from("autopath"), line: auto.line };
                found.leans.push(Leans::Corefile(Arc::from([auto])));
            }
            return found;
        };
        let base = base.trim_end_matches('.');
        let mut first = None;
        for domain in &list {
            let dot = if base.is_empty() || domain.is_empty() { "" } else { "." };
            let next = format!("{base}{dot}{domain}");
            let asked = if next == name { question.to_owned() } else { format!("{next}.") };
            let mut found = self.plugins(server, &asked, &next, kind, depth);
            if found.forwarded || found.rcode == Some(Rcode::NoError) {
                let own = found.records.iter().any(|record| record.name.eq_ignore_ascii_case(question));
                if let Some(other) = found.records.first().filter(|_| !own) {
                    let (ttl, data) = (other.ttl, Data::Name(other.name.clone()));
                    let alias = Record { name: question.to_owned(), kind: RecordType::Cname, ttl, data };
                    found.records.insert(0, alias);
                }
                return found;
            }
            first.get_or_insert(found);
        }
        first.unwrap_or_else(|| Answer::of(Rcode::ServFail))
    }

    /// The search list of the file, or of the Pod that asks, where the server knows Pods.
    fn search_list(&self, server: &Server, auto: &Autopath, name: &str) -> Vec<String> {
        if let Some(search) = &auto.search {
            // The name as it stands comes last.
            let own = search.iter().map(ToString::to_string);
            return if search.is_empty() { Vec::new() } else { own.chain([String::new()]).collect() };
        }
        let plugin = server.kubernetes.iter().find(|plugin| plugin.zones.iter().any(|zone| is_in(name, zone)));
        let Some(plugin) = plugin.filter(|plugin| plugin.pods == PodNames::Verified) else { return Vec::new() };
        let Some(zone) = plugin.zones.iter().find(|zone| is_in(name, zone)) else { return Vec::new() };
        let Some(from) = self.asker.from else { return Vec::new() };
        let Some(pod) = self.cluster.pods.iter().find(|pod| pod.ip == from) else { return Vec::new() };
        vec![format!("{}.svc.{zone}", pod.name.namespace), format!("svc.{zone}"), zone.to_string(), String::new()]
    }

    /// `question` is what the answer is for, `name` it in lower case, without trailing dot.
    fn plugins(&self, server: &Server, question: &str, name: &str, kind: RecordType, depth: usize) -> Answer {
        match template::answer(server, name, kind, self.asker.from) {
            Made::Answer(found) => return *found,
            Made::NotUnderstood(line) => {
                let leans = vec![Leans::Corefile(Arc::from([Unread { name: Arc::from("template"), line }]))];
                return Answer { leans, ..upstream::beyond() };
            }
            Made::Next => {}
        }
        for plugin in &server.hosts {
            if let Some(found) = hosts(plugin, &server.zones, question, name, kind) {
                return found;
            }
        }
        let lookup = |name: &str, kind| match depth >= MAX_DEPTH {
            true => Answer::of(Rcode::ServFail),
            false => self.answer(server.port, name, kind, depth + 1),
        };
        for plugin in &server.kubernetes {
            let domain = plugin.zones.iter().filter(|zone| is_in(name, zone)).max_by_key(|zone| zone.len());
            let Some(domain) = domain else { continue };
            let zone = Zone { cluster: self.cluster, domain, plugin, server: self.asker.server, lookup: &lookup };
            let found = zone.answer(question, name, kind);
            if found.rcode != Some(Rcode::NxDomain) || !falls_through(plugin.fallthrough.as_ref(), name) {
                return found;
            }
        }
        let fits =
            |forward: &&Forward| is_in(name, &forward.from) && !forward.except.iter().any(|zone| is_in(name, zone));
        match server.forwards.iter().find(fits) {
            Some(forward) => self.forwarded(forward, question, name, kind, depth),
            // There is no plugin left to ask.
            None => Answer::of(Rcode::ServFail),
        }
    }

    /// What comes back from where a question is forwarded to.
    fn forwarded(&self, forward: &Forward, question: &str, name: &str, kind: RecordType, depth: usize) -> Answer {
        let to = self.servers(forward);
        // Its own blocks: on another port, or in a circle.
        if let Some(port) = to.iter().find_map(|to| self.own_port(*to)) {
            return match depth >= MAX_DEPTH {
                true => Answer::of(Rcode::ServFail),
                false => self.answer(port, question, kind, depth + 1),
            };
        }
        let Some((others, wanted)) = self.others.filter(|_| !to.is_empty()) else {
            return self.concluded(forward, question, name, kind);
        };
        let protocol = match forward.transport {
            _ if to.iter().all(|to| to.port() == TLS) => Protocol::Tcp,
            Transport::Tcp => Protocol::Tcp,
            Transport::Udp => Protocol::Udp,
            Transport::AsAsked => others.protocol,
        };
        let any = !forward.sequential && to.len() > 1;
        let ask = Wanted { name: question.to_owned(), kind, to, protocol, any };
        let Some(heard) = ask.among(others.heard) else {
            wanted.borrow_mut().get_or_insert(ask);
            return upstream::beyond();
        };
        let waited = heard.seconds(forward);
        let lost = heard.lost.iter().max_by_key(|(_, silent)| *silent);
        let lost = lost.map(|(server, silent)| Lost { server: *server, silent: *silent, line: forward.line });
        match &heard.said {
            Said::Answer(bytes) => match message::decode(bytes) {
                Some(said) => Answer {
                    authoritative: said.authoritative,
                    records: said.answers,
                    authority: said.authority,
                    additional: said.additional,
                    waited,
                    ..Answer::of(said.rcode)
                },
                None => Answer { waited, ..Answer::of(Rcode::ServFail) },
            },
            Said::Nothing => Answer { lost, waited, ..Answer::of(Rcode::ServFail) },
            Said::Unknown => Answer { waited, ..self.unknown(forward, question, name, kind) },
        }
    }

    /// The servers that are asked: those by address, and those of the file.
    fn servers(&self, forward: &Forward) -> Vec<SocketAddr> {
        let file = forward.to.iter().any(|to| &**to == "/etc/resolv.conf");
        let read = self.others.filter(|_| file).map_or(&[][..], |(others, _)| others.resolv);
        let four = forward.addresses().chain(read.iter().copied()).filter(SocketAddr::is_ipv4);
        four.collect()
    }

    /// What others are taken to say, by what is at their addresses.
    fn concluded(&self, forward: &Forward, question: &str, name: &str, kind: RecordType) -> Answer {
        let cluster = self.cluster;
        let known: Vec<(SocketAddr, Reach)> =
            forward.addresses().map(|to| (to, upstream::reach(cluster, to))).collect();
        let file = forward.to.iter().any(|to| to.starts_with('/'));
        if (file && forward.from.is_empty()) || known.iter().any(|(_, reach)| *reach == Reach::Resolver) {
            return upstream::answer(cluster, question, kind);
        }
        let lost = known.iter().all(|(_, reach)| matches!(reach, Reach::Silent | Reach::Refuses));
        if let Some((server, _)) = known.first().filter(|_| lost && known.len() == forward.to.len()) {
            let silent = known.iter().any(|(_, reach)| *reach == Reach::Silent);
            let lost = Some(Lost { server: *server, silent, line: forward.line });
            return Answer { lost, ..Answer::of(Rcode::ServFail) };
        }
        self.unknown(forward, question, name, kind)
    }

    /// What is known where it is not known what others say: a server of its own for these names, or one that knows nothing of the nodes.
    fn unknown(&self, forward: &Forward, question: &str, name: &str, kind: RecordType) -> Answer {
        let cluster = self.cluster;
        match upstream::known(cluster, name) {
            upstream::Known::Nowhere | upstream::Known::Meant if forward.from.is_empty() => {
                upstream::answer(cluster, question, kind)
            }
            upstream::Known::Host(ip) if upstream::is_public(cluster, ip) => upstream::answer(cluster, question, kind),
            _ => upstream::beyond(),
        }
    }

    /// The port, where an address is one of CoreDNS' own.
    fn own_port(&self, to: SocketAddr) -> Option<u16> {
        let cluster = self.cluster;
        let bound = self.corefile.servers.iter().any(|server| server.port == to.port());
        if bound && to.ip().is_loopback() {
            return Some(to.port());
        }
        if self.of == Of::Node {
            let own = cluster.node_cache.as_ref().is_some_and(|cache| cache.ips.contains(&to.ip()));
            return own.then(|| self.corefile.port());
        }
        // By the way that everybody asks it.
        let pod = cluster.pods.iter().any(|pod| pod.ip == to.ip() && is_coredns(pod));
        let service = cluster_dns(cluster) == Some(to.ip());
        (to.port() == 53 && (pod || service)).then(|| self.corefile.port())
    }
}

/// Seconds for which `cache` keeps an answer: as long as the record that holds least, within bounds. `None` for what it does not keep.
fn holds(cache: &Cache, of: &[Arc<str>], name: &str, found: &Answer) -> Option<u32> {
    let zones = if cache.zones.is_empty() { of } else { &cache.zones };
    if !zones.iter().any(|zone| is_in(name, zone)) || found.forwarded {
        return None;
    }
    let negative = found.rcode == Some(Rcode::NxDomain) || found.records.is_empty();
    let disabled = cache.disabled.get(usize::from(negative)).and_then(Option::as_ref);
    if disabled.is_some_and(|zones| zones.is_empty() || zones.iter().any(|zone| is_in(name, zone))) {
        return None;
    }
    let (low, high) = if negative { cache.denial } else { cache.success };
    let sections = [&found.records, &found.authority, &found.additional];
    let least = sections.iter().flat_map(|records| records.iter()).map(|record| record.ttl).min();
    Some(least.unwrap_or(low).clamp(low, high.max(low)))
}

/// Seconds for which the cache of a server keeps an answer to a question; `None` where it has none, or does not. That a server failed is taken
/// to be kept by nobody.
pub(super) fn kept_for(corefile: &Corefile, question: &str, found: &Answer) -> Option<u32> {
    let name = question.trim_end_matches('.').to_lowercase();
    let server = corefile.server_for(&name, corefile.port())?;
    let said = matches!(found.rcode, Some(Rcode::NoError | Rcode::NxDomain));
    holds(server.cache.as_ref()?, &server.zones, &name, found).filter(|seconds| said && *seconds > 0)
}

/// `cache`: all records of an answer that it keeps hold equally long.
fn keep(cache: &Cache, of: &[Arc<str>], name: &str, found: &mut Answer) {
    let Some(ttl) = holds(cache, of, name, found) else { return };
    for record in found.records.iter_mut().chain(&mut found.authority).chain(&mut found.additional) {
        record.ttl = ttl;
    }
}

/// The plugin `hosts`; `None` where the next plugin is asked.
fn hosts(plugin: &Hosts, of: &[Arc<str>], question: &str, name: &str, kind: RecordType) -> Option<Answer> {
    let zones = if plugin.zones.is_empty() { of } else { &plugin.zones };
    let inside = zones.iter().any(|zone| is_in(name, zone));
    let answered = |records: Vec<Record>| Answer { authoritative: true, records, ..Answer::of(Rcode::NoError) };
    if kind == RecordType::Ptr {
        let address = address_of(name).filter(|_| !plugin.no_reverse);
        let named = plugin.entries.iter().filter(|(ip, _)| Some(*ip) == address).flat_map(|(_, names)| names);
        let record = |name: &Arc<str>| Record {
            name: question.to_owned(),
            kind: RecordType::Ptr,
            ttl: plugin.ttl,
            data: Data::Name(format!("{name}.")),
        };
        let records: Vec<Record> = named.map(record).collect();
        return (!records.is_empty()).then(|| answered(records));
    }
    if !inside {
        return None;
    }
    let entries = plugin.entries.iter().filter(|(_, names)| names.iter().any(|have| **have == *name));
    let addresses: BTreeSet<IpAddr> = entries.map(|(ip, _)| *ip).collect();
    if addresses.is_empty() {
        return match () {
            () if plugin.unread => Some(upstream::beyond()),
            () if falls_through(plugin.fallthrough.as_ref(), name) => None,
            // The plugin has no SOA for a negative answer, so it reports a failure.
            () => Some(Answer::of(Rcode::ServFail)),
        };
    }
    let wanted = |ip: &IpAddr| match kind {
        RecordType::A => ip.is_ipv4(),
        RecordType::Aaaa => ip.is_ipv6(),
        _ => false,
    };
    let records = addresses.into_iter().filter(wanted);
    Some(answered(records.map(|ip| address_record(question, ip, plugin.ttl)).collect()))
}

/// Names that have an answer: the zone's own, namespaces', Services', their endpoints' and ports', and each Pod's by its address; also
/// those of addresses. With a trailing dot.
pub fn names(cluster: &Cluster) -> impl Iterator<Item = String> {
    let port = cluster.corefile.port();
    let plugins = cluster.corefile.servers.iter().filter(move |server| server.port == port);
    let plugins = plugins.flat_map(|server| &server.kubernetes);
    plugins.flat_map(move |plugin| {
        let domain = plugin.domain().map_or("", AsRef::as_ref);
        Zone { cluster, domain, plugin, server: None, lookup: &nothing }.names()
    })
}

fn nothing(_: &str, _: RecordType) -> Answer {
    Answer::default()
}
