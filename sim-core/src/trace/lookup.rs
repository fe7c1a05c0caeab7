//! Name resolution: the hosts file, then the resolver's questions, each walked to a name server and back.

use super::choice::ChoiceKind;
use super::drive::Drive;
use super::ended::left_for_good;
use super::journey::{ForwardResult, Forwarded, HostsAnswer, Lookup, Source};
use super::machines;
use super::stream::{Carries, Stream};
use super::talk::{Asking, Said};
use crate::agents::hosts::{self, HostsEntry, HostsLine};
use crate::agents::{ResolvConf, outside};
use crate::dns::resolver::{Asked, Failure, Question, Reply, Resolver};
use crate::dns::zone::Asker;
use crate::dns::{self, Leans, RecordType};
use crate::model::Model;
use crate::site::{Behaviour, NameServer, Process};
use kernel::exchange::{self, Reported, Request, Served, Writer};
use kernel::ids::ConnectionId;
use kernel::packet::{Port, Protocol};
use kernel::socket;
use kubernetes::assumption::{Assumption, codes};
use kubernetes::corefile::Corefile;
use kubernetes::origin::ObjectRef;
use std::net::{IpAddr, SocketAddr};
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
    let conf = resolv_conf(drive.model, &drive.asker);
    let cache = drive.model.cluster.node_cache.as_ref();
    let asks = cache.and_then(|cache| cache.ips.iter().find(|ip| conf.nameservers.contains(ip)));
    if let Some(ip) = asks.filter(|_| !drive.knows.answers.any(NameServer::NodeCache, drive.state.now)) {
        drive.assume(codes::NODE_CACHE_EMPTY.made().arg("ip", ip.to_string()));
    }
    let resolver = Resolver::of(&conf);
    let servers: Vec<SocketAddr> = resolver.servers.iter().map(|ip| SocketAddr::new(*ip, 53)).collect();
    let first = match resolver.rotate {
        true => drive.draws.server(ChoiceKind::NameServer, drive.client, &servers),
        false => 0,
    };
    let one = kind.map(|kind| [kind]);
    let kinds: &[RecordType] = one.as_ref().map_or(resolver.kinds(), |one| one);
    let mut open = None;
    let found = resolver.walk(typed, (kinds, first), |question| {
        // Addresses of a link are those of a cache on the node itself.
        if let IpAddr::V4(server) = question.server.ip()
            && server.is_link_local()
            && !drive.model.cluster.node_cache.as_ref().is_some_and(|cache| cache.ips.contains(&IpAddr::V4(server)))
        {
            drive.assume(codes::NODE_CACHE.made().arg("ip", server.to_string()));
            return Asked::Beyond;
        }
        match open {
            Some((socket, _)) if socket == question.socket => {}
            _ => {
                close(drive, open.take().and_then(|(_, socket)| socket));
                open = Some((question.socket, connect(drive, question)));
            }
        }
        match &mut open {
            Some((_, Some(socket))) => ask(drive, socket, question, &resolver),
            _ => Asked::Silent,
        }
    });
    close(drive, open.and_then(|(_, socket)| socket));
    found
}

/// Closes a resolver's socket: a stream that stands is ended.
fn close(drive: &mut Drive<'_>, socket: Option<Socket>) {
    if let Some(Socket::Stream(Some(mut stream))) = socket {
        if stream.done.reported == Reported::Ok {
            drive.close_all(&mut stream, Writer::Client);
        }
        drive.end(&mut stream);
    }
}

/// A resolver's socket.
enum Socket {
    /// For datagrams.
    Datagrams(ConnectionId),
    /// Of a stream, once one was opened.
    Stream(Option<Box<Stream>>),
}

/// Opens a resolver's socket; a stream opens with its first question. `None` where the call failed.
fn connect(drive: &mut Drive<'_>, question: &Question) -> Option<Socket> {
    if question.stream {
        return Some(Socket::Stream(None));
    }
    let sport = drive.source_port(&format!("dns {}", question.socket));
    let network = &drive.model.site.network;
    let (client, server) = (drive.client, question.server);
    let opened =
        socket::connect(network, &mut drive.state, &mut drive.draws, client, Protocol::Udp, (None, sport), server);
    opened.ok().map(|(id, _)| Socket::Datagrams(id))
}

/// The address that the hosts file has for a name: the first of IPv4, else of IPv6.
fn in_hosts_file(drive: &mut Drive<'_>, typed: &str) -> Option<IpAddr> {
    let lines = hosts_file(drive.model, &drive.asker);
    let mut found = hosts::find(&lines, typed);
    let first = found.next()?;
    let line = if first.ip.is_ipv4() { first } else { found.find(|line| line.ip.is_ipv4()).unwrap_or(first) };
    if let HostsLine::Node(_) = line.why {
        drive.assume(codes::NODE_NAMES.made().arg("name", typed));
    }
    drive.hosts = Some(HostsAnswer { name: Arc::from(typed), line: line.clone() });
    Some(line.ip)
}

/// The name server behind a socket that was reached; a stream is that of whoever takes datagrams on the same port.
fn name_server(model: &Model, reached: Served, process: Option<&Process>) -> Option<NameServer> {
    match process?.behaviour {
        Behaviour::NameServer(server) => Some(server),
        _ => dns::server_at(&model.site, reached.netns, Port(reached.local.port())),
    }
}

/// True for what was asked in a stream.
fn in_stream(model: &Model, reached: Served) -> bool {
    let socket = reached.socket.and_then(|socket| model.site.network.netns(reached.netns).sockets.get(socket));
    socket.is_some_and(|socket| socket.protocol == Protocol::Tcp)
}

/// Whom a name server asked, one after the other.
fn forwarded(heard: &dns::Heard) -> Vec<Forwarded> {
    let Some(message) = dns::message::decode(&heard.ask.question) else { return Vec::new() };
    let one = |server: SocketAddr, result| Forwarded {
        server,
        stream: heard.ask.protocol == Protocol::Tcp,
        question: (Arc::from(message.name.as_str()), message.kind),
        result,
    };
    let lost = heard
        .lost
        .iter()
        .map(|(server, silent)| one(*server, if *silent { ForwardResult::Silent } else { ForwardResult::Refused }));
    let last = heard.by.map(|server| {
        one(server, if heard.said == dns::Said::Unknown { ForwardResult::Unknown } else { ForwardResult::Answered })
    });
    lost.chain(last).collect()
}

/// One question to a server and its answer.
fn ask(drive: &mut Drive<'_>, socket: &mut Socket, question: &Question, resolver: &Resolver) -> Asked {
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
        waited: 0,
        kept: None,
        forwards: Vec::new(),
        beyond: false,
    };
    let model = drive.model;
    // All answers on the way: those of servers that were asked by others first.
    let mut answered: Vec<(NameServer, IpAddr, dns::zone::Answer)> = Vec::new();
    let mut forwards = Vec::new();
    let (mut kept, now) = (std::mem::take(&mut drive.knows.answers), drive.state.now);
    let mut serve = |reached: Served, process: Option<&Process>, payload: &Arc<[u8]>, heard: &[dns::Heard]| {
        let Some(server) = name_server(model, reached, process) else {
            // Another process does not speak DNS; a Pod that takes such datagrams does, and nobody says what it knows.
            let may = process.is_some_and(|process| process.of.is_some()) && reached.local.port() == 53;
            return if may { Said::Unknown } else { Said::Nothing };
        };
        let pod = process.and_then(|process| model.cluster.pods.get(process.of?.pod.0 as usize));
        let asker = Asker { from: Some(reached.peer.ip()), server: pod.map(|pod| pod.ip) };
        let asked = dns::Asked { asker, stream: in_stream(model, reached) };
        forwards.extend(heard.last().into_iter().flat_map(forwarded));
        let at = (reached.netns, server);
        let wanted = dns::asked_for(payload);
        let found = wanted.as_ref().and_then(|(name, kind)| kept.find(at, (name, *kind), now));
        if let Some((bytes, found)) = found
            .filter(|_| heard.is_empty())
            .and_then(|(answer, age)| dns::repeated(payload, answer, age, asked.stream))
        {
            answered.push((server, reached.local.ip(), found));
            return Said::Answer(bytes);
        }
        match dns::turn((&model.cluster, &model.site), (server, reached.netns), asked, heard, payload) {
            None | Some(dns::Turn::Silent) => Said::Nothing,
            Some(dns::Turn::Asks(ask)) => Said::Asks(ask),
            Some(dns::Turn::Answers(bytes, found)) => {
                let said = if found.forwarded { Said::Unknown } else { Said::Answer(bytes) };
                if let Some((name, kind)) = &wanted
                    && let Some(seconds) = dns::kept_for(&model.cluster, server, name, &found)
                {
                    kept.keep(at, (name, *kind), (&found, seconds, now));
                }
                answered.push((server, reached.local.ip(), *found));
                said
            }
        }
    };
    let payload: Arc<[u8]> =
        Arc::from(dns::question(index as u16 + 1, (&question.candidate.name, question.kind), resolver.size()));
    let asking = Asking::Question(index);
    let before = drive.legs.len();
    let network = &drive.model.site.network;
    let (said, unknown) = match socket {
        Socket::Datagrams(id) => {
            let sent = exchange::ask(network, &mut drive.state, &mut drive.draws, *id, payload);
            let done = drive.talk(asking, sent, None, &mut serve);
            lookup.refused = matches!(done.reported, Reported::Error(_));
            (done.answer.map_or(Said::Nothing, Said::Answer), done.unknown)
        }
        Socket::Stream(open) => {
            if open.is_none() {
                let request = Request {
                    netns: drive.client,
                    protocol: Protocol::Tcp,
                    local: drive.own_address(),
                    sport: drive.source_port(&format!("dns {}", question.socket)),
                    remote: question.server,
                    payload: Arc::from([]),
                    ttl: None,
                    dont_fragment: None,
                    owner: Default::default(),
                };
                let stream = drive.open(&request, None, Carries::Questions(Some(index)), &[]);
                lookup.refused = matches!(stream.done.reported, Reported::Error(_));
                *open = Some(Box::new(stream));
            }
            let said = open.as_mut().map(|stream| drive.ask_in(stream, asking, &payload, &mut serve));
            (said.unwrap_or(Said::Nothing), false)
        }
    };
    drive.knows.answers = kept;
    lookup.forwards = forwards;
    lookup.kept = answered.iter().find_map(|(.., found)| found.kept);
    let unknown = unknown || matches!(said, Said::Unknown);
    let reply = match said {
        Said::Answer(payload) => Reply::read(&payload),
        _ => None,
    };
    lookup.beyond = unknown || left_for_good(model, &drive.legs, before);
    lookup.waited = answered.iter().map(|(.., found)| found.waited).max().unwrap_or_default();
    for (server, ip, found) in &answered {
        if *server == NameServer::Upstream {
            drive.assume(codes::NODE_RESOLVER.made().arg("ip", ip.to_string()));
        }
        for leans in &found.leans {
            drive.assume(leaning(&model.cluster.corefile, leans, &lookup.name));
        }
    }
    // Who asked has gone meanwhile.
    let reply = reply.filter(|_| lookup.waited < resolver.patience());
    lookup.lost = answered.iter().rev().find_map(|(.., found)| found.lost);
    lookup.origin = answered.iter().rev().find_map(|(.., found)| found.origin.clone());
    if let Some((.., found)) = answered.pop() {
        if lookup.beyond {
            lookup.records = found.records;
        } else if reply.is_some() {
            lookup.additional = found.additional;
            lookup.rotates = found.rotates;
        }
    }
    if unknown {
        drive.assume(codes::UPSTREAM_DNS.made().arg("name", unknown_name(&lookup.records, &lookup.name)));
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
