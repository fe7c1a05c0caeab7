//! Name resolution: the hosts file, then the resolver's questions, each walked to a name server and back.

use super::drive::Drive;
use super::ended::left_the_model;
use super::journey::{HostsAnswer, Lookup, Source};
use super::machines;
use super::talk::{Asking, Said};
use crate::agents::hosts::{self, HostsEntry, HostsLine};
use crate::agents::{ResolvConf, outside};
use crate::dns::resolver::{self, Asked, Failure, Question, Reply};
use crate::dns::zone::Asker;
use crate::dns::{self, Leans, RecordType};
use crate::model::Model;
use crate::site::{Behaviour, NameServer, Process};
use kernel::exchange::{self, Reported, Request, Served};
use kernel::ids::ConnectionId;
use kernel::packet::Protocol;
use kernel::socket;
use kubernetes::assumption::{Assumption, codes};
use kubernetes::corefile::Corefile;
use kubernetes::origin::ObjectRef;
use std::net::IpAddr;
use std::sync::Arc;

/// The resolver's configuration where a probe starts: a Pod's as kubelet wrote it, elsewhere that of the machine's segment.
pub fn resolv_conf(model: &Model, source: &Source) -> ResolvConf {
    match source {
        Source::Pod(id) => model.site.resolv_conf(*id).unwrap_or_default(),
        Source::Node(id) => crate::agents::node_resolv_conf(&model.cluster, *id),
        Source::Machine(id) => machines::resolv_conf(model, *id),
        Source::External { ip, via } => {
            crate::agents::host_resolv_conf(&model.cluster, outside::segment_for(&model.cluster, *ip, *via))
        }
    }
}

/// `/etc/hosts` where a probe starts.
pub fn hosts_file(model: &Model, source: &Source) -> Vec<HostsEntry> {
    match source {
        Source::Pod(id) => hosts::of_pod(&model.cluster, *id),
        Source::Node(id) => hosts::of_node(&model.cluster, *id),
        Source::Machine(id) => machines::hosts_file(model, *id),
        Source::External { .. } => hosts::of_host(),
    }
}

/// Resolves a name from the client to an IPv4 address.
pub(super) fn resolve(drive: &mut Drive<'_>, typed: &str) -> Result<IpAddr, Failure> {
    let found = ask_for(drive, typed, None)?;
    let found = match drive.lookups.iter().rev().find(|lookup| !lookup.addresses.is_empty()) {
        // What stands first changes from answer to answer.
        Some(lookup) if lookup.rotates && found.is_some_and(|ip| ip.is_ipv4()) => {
            let (name, all) = (lookup.name.clone(), lookup.addresses.clone());
            let four: Vec<IpAddr> = all.into_iter().filter(IpAddr::is_ipv4).collect();
            drive.draws.address(drive.client, &name, &four)
        }
        _ => found,
    };
    match found {
        Some(IpAddr::V6(address)) => Err(Failure::Ipv6Only(address)),
        Some(address) => Ok(address),
        None => Err(Failure::NoAddress),
    }
}

/// Asks for a name as a resolver does; with a record type only for that one. The first address of the answer, if it has one.
pub(super) fn ask_for(drive: &mut Drive<'_>, typed: &str, kind: Option<RecordType>) -> Result<Option<IpAddr>, Failure> {
    // `hosts: files dns`: a tool that asks for a certain type does not read the file.
    if kind.is_none()
        && let Some(address) = in_hosts_file(drive, typed)
    {
        return Ok(Some(address));
    }
    let conf = resolv_conf(drive.model, &drive.probe.from);
    let cache = drive.model.cluster.node_cache.as_ref();
    if let Some(ip) = cache.and_then(|cache| cache.ips.iter().find(|ip| conf.nameservers.contains(ip))) {
        drive.assume(codes::NODE_CACHE_EMPTY.made().arg("ip", ip.to_string()));
    }
    let mut open = None;
    let one = kind.map(|kind| [kind]);
    let both = [RecordType::A, RecordType::Aaaa];
    let kinds: &[RecordType] = one.as_ref().map_or(&both, |one| one);
    resolver::walk(&conf, typed, kinds, |question| {
        // Addresses of a link are those of a cache on the node itself.
        if let IpAddr::V4(server) = question.server.ip()
            && server.is_link_local()
            && !drive.model.cluster.node_cache.as_ref().is_some_and(|cache| cache.ips.contains(&IpAddr::V4(server)))
        {
            drive.assume(codes::NODE_CACHE.made().arg("ip", server.to_string()));
            return Asked::Beyond;
        }
        let id = match open {
            _ if question.stream => None,
            Some((socket, id)) if socket == question.socket => Some(id),
            _ => {
                let sport = drive.source_port(&format!("dns {}", question.socket));
                let network = &drive.model.site.network;
                let (client, server) = (drive.client, question.server);
                match socket::connect(
                    network,
                    &mut drive.state,
                    &mut drive.draws,
                    client,
                    Protocol::Udp,
                    (None, sport),
                    server,
                ) {
                    Ok((id, _)) => Some(id),
                    Err(_) => return Asked::Silent,
                }
            }
        };
        open = id.map(|id| (question.socket, id));
        ask(drive, id, question)
    })
}

/// The address that the hosts file has for a name: the first of IPv4, else of IPv6.
fn in_hosts_file(drive: &mut Drive<'_>, typed: &str) -> Option<IpAddr> {
    let lines = hosts_file(drive.model, &drive.probe.from);
    let mut found = hosts::find(&lines, typed);
    let first = found.next()?;
    let line = if first.ip.is_ipv4() { first } else { found.find(|line| line.ip.is_ipv4()).unwrap_or(first) };
    if let HostsLine::Node(_) = line.why {
        drive.assume(codes::NODE_NAMES.made().arg("name", typed));
    }
    drive.hosts = Some(HostsAnswer { name: Arc::from(typed), line: line.clone() });
    Some(line.ip)
}

/// One question to a server and its answer.
fn ask(drive: &mut Drive<'_>, id: Option<ConnectionId>, question: &Question) -> Asked {
    let index = drive.lookups.len() as u32;
    let mut lookup = Lookup {
        name: Arc::from(question.candidate.name.as_str()),
        record: question.kind,
        server: question.server,
        rcode: None,
        addresses: Vec::new(),
        records: Vec::new(),
        additional: Vec::new(),
        search: question.candidate.search,
        origin: None,
        rotates: false,
        stream: question.stream,
        truncated: false,
        refused: false,
        lost: None,
        beyond: false,
    };
    let model = drive.model;
    let mut answered = None;
    // Another process does not speak DNS: it says nothing. Nor does one that would have to ask a server that is not simulated.
    let mut serve = |reached: Served, process: Option<&Process>, payload: &Arc<[u8]>| {
        let Some(Behaviour::NameServer(server)) = process.map(|process| &process.behaviour) else {
            return Said::Nothing;
        };
        if let Some(others) = dns::forwards(&model.cluster, &model.site, *server, reached.netns, payload) {
            return Said::Asks(others.to, others.failed.map(Arc::from));
        }
        let pod = process.and_then(|process| model.cluster.pods.get(process.of?.pod.0 as usize));
        let asker = Asker { from: Some(reached.peer.ip()), server: pod.map(|pod| pod.ip) };
        let asked = dns::Asked { asker, stream: false };
        let Some((bytes, found)) = dns::answer_to(&model.cluster, *server, asked, payload) else {
            return Said::Nothing;
        };
        let said = if found.forwarded { Said::Unknown } else { Said::Answer(Arc::from(bytes)) };
        answered = Some((*server, reached.local.ip(), found));
        said
    };
    let payload: Arc<[u8]> = Arc::from(dns::question(index as u16 + 1, &question.candidate.name, question.kind));
    let before = drive.legs.len();
    let network = &model.site.network;
    let sent = match id {
        Some(id) => exchange::ask(network, &mut drive.state, &mut drive.draws, id, payload.clone()),
        // In a stream: once the kernels have shaken hands, what is written arrives whole.
        None => {
            let request = Request {
                netns: drive.client,
                protocol: Protocol::Tcp,
                local: drive.own_address(),
                sport: drive.source_port(&format!("dns {}", question.socket)),
                remote: question.server,
                payload: Arc::from([]),
                ttl: None,
                dont_fragment: None,
            };
            exchange::request(network, &mut drive.state, &mut drive.draws, &request)
        }
    };
    let mut done = drive.talk(Asking::Question(index), sent, None, &mut serve);
    lookup.refused = matches!(done.reported, Reported::Error(_));
    if let (None, Reported::Ok, Some(served)) = (id, done.reported, done.served) {
        let pod = model.site.process(served.netns, served.socket.unwrap_or_default());
        let pod = pod.and_then(|process| model.cluster.pods.get(process.of?.pod.0 as usize));
        if let Some(pod) = pod.filter(|pod| dns::is_coredns(pod)) {
            let asker = Asker { from: Some(served.peer.ip()), server: Some(pod.ip) };
            let asked = dns::Asked { asker, stream: true };
            if let Some((bytes, found)) = dns::answer_to(&model.cluster, NameServer::CoreDns, asked, &payload) {
                done.answer = (!found.forwarded).then(|| Arc::from(bytes));
                answered = Some((NameServer::CoreDns, served.local.ip(), found));
            }
        }
    }
    let reply = done.answer.and_then(|payload| Reply::read(&payload));
    let gone = |leg: &super::journey::Leg| left_the_model(model, leg) && !is_inside(model, leg);
    lookup.beyond = drive.legs.iter().skip(before).any(gone);
    if let Some((server, ip, found)) = answered {
        if server == NameServer::Upstream {
            drive.assume(codes::NODE_RESOLVER.made().arg("ip", ip.to_string()));
        }
        for leans in &found.leans {
            drive.assume(leaning(&model.cluster.corefile, leans, &lookup.name));
        }
        if found.forwarded {
            drive.assume(codes::UPSTREAM_DNS.made().arg("name", unknown_name(&found.records, &lookup.name)));
            lookup.beyond = true;
            lookup.records = found.records;
            lookup.origin = found.origin;
        } else if reply.is_some() {
            lookup.origin = found.origin;
            lookup.additional = found.additional;
            lookup.rotates = found.rotates;
            lookup.lost = found.lost;
        }
    }
    if let Some(reply) = &reply {
        lookup.rcode = Some(reply.rcode);
        lookup.truncated = reply.truncated;
        lookup.addresses.clone_from(&reply.addresses);
        lookup.records.clone_from(&reply.records);
    }
    let beyond = lookup.beyond;
    drive.lookups.push(lookup);
    match reply {
        _ if beyond => Asked::Beyond,
        Some(reply) => Asked::Answered(reply),
        None => Asked::Silent,
    }
}

/// True when a leg was on its way to an address of the cluster.
fn is_inside(model: &Model, leg: &super::journey::Leg) -> bool {
    let Some(hop) = leg.hops.last() else { return false };
    outside::is_inside(&model.cluster, hop.after.packet.innermost().ip.dst)
}

/// The name that nobody here knows: what the last alias leads to, else the name itself.
fn unknown_name(records: &[dns::Record], name: &str) -> String {
    let last = records.iter().rev().find_map(|record| match &record.data {
        dns::Data::Name(target) if record.kind == RecordType::Cname => Some(target.clone()),
        _ => None,
    });
    last.unwrap_or_else(|| name.to_owned())
}

/// What an answer leans on, as an assumption.
fn leaning(corefile: &Corefile, leans: &Leans, name: &str) -> Assumption {
    match leans {
        Leans::NodeNames => codes::NODE_NAMES.made().arg("name", name.trim_end_matches('.')),
        Leans::NotOutside => codes::NOT_OUTSIDE.made().arg("name", name.trim_end_matches('.')),
        Leans::Corefile(plugins) => {
            let said: Vec<String> = plugins.iter().map(|one| format!("{} ({})", one.name, one.line)).collect();
            let object =
                ObjectRef { kind: "ConfigMap".into(), namespace: Some("kube-system".into()), name: "coredns".into() };
            let at = plugins.first().and_then(|first| corefile.place(first.line));
            let made = codes::COREFILE_PLUGINS.made().arg("plugins", said.join(", "));
            made.because_at(object, "data.Corefile", at)
        }
    }
}
