//! Name resolution: the resolver's questions, each walked to a name server and back.

use super::drive::Drive;
use super::journey::{AssumedHere, Lookup, Purpose, Rcode, Source};
use crate::agents::ResolvConf;
use crate::dns::message::{self, Message};
use crate::dns::{Data, RecordType, resolver, zone};
use crate::linux::live::ConnectionId;
use crate::linux::socket;
use crate::linux::walk::{Delivery, End};
use crate::packet::Protocol;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Names tried at most.
const MAX_NAMES: usize = 8;

/// Why a name has no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// No name server is configured, or none answered.
    NoServer,
    /// Servers answered, none with an address.
    NotFound,
}

/// Resolves a name from the client: each name of the search list, A and AAAA from one socket.
pub(super) fn resolve(drive: &mut Drive<'_>, typed: &str) -> Result<IpAddr, Failure> {
    let conf = match drive.probe.from {
        Source::Pod(id) => drive.model.built.resolv_conf.get(&id).cloned().unwrap_or_default(),
        // What resolver a node or a host outside has is not part of the model.
        Source::Node(_) | Source::External { .. } => ResolvConf::default(),
    };
    let Some(server) = conf.nameservers.iter().copied().find(IpAddr::is_ipv4) else { return Err(Failure::NoServer) };
    let server = SocketAddr::new(server, 53);
    let mut answered = false;
    for (index, candidate) in resolver::candidates(&conf, typed).into_iter().take(MAX_NAMES).enumerate() {
        let sport = drive.source_port(&format!("dns {index}"));
        let network = &drive.model.built.network;
        let Ok((id, _)) = socket::connect(network, &mut drive.live, drive.client, Protocol::Udp, None, sport, server)
        else {
            return Err(Failure::NoServer);
        };
        let mut found = None;
        for kind in [RecordType::A, RecordType::Aaaa] {
            let lookup = ask(drive, id, server, &candidate, kind);
            answered |= lookup.rcode.is_some();
            found = found.or_else(|| lookup.addresses.iter().copied().find(IpAddr::is_ipv4));
            // A server that does not answer A does not answer AAAA either; the resolver would wait and retry.
            let silent = lookup.rcode.is_none();
            drive.lookups.push(lookup);
            if silent {
                return Err(Failure::NoServer);
            }
        }
        if let Some(address) = found {
            return Ok(address);
        }
    }
    Err(if answered { Failure::NotFound } else { Failure::NoServer })
}

/// One question to a server and its answer.
fn ask(
    drive: &mut Drive<'_>,
    id: ConnectionId,
    server: SocketAddr,
    candidate: &resolver::Candidate,
    kind: RecordType,
) -> Lookup {
    let index = drive.lookups.len() as u32;
    let mut lookup = Lookup {
        name: Arc::from(candidate.name.as_str()),
        record: Arc::from(kind.to_string()),
        server,
        rcode: None,
        addresses: Vec::new(),
        search: candidate.search,
        origin: None,
    };
    let question = Message {
        id: index as u16 + 1,
        response: false,
        rcode: Rcode::NoError,
        name: candidate.name.clone(),
        kind,
        answers: Vec::new(),
    };
    let Some(packet) = socket::datagram(&drive.live, id, Arc::from(message::encode(&question))) else { return lookup };
    let (end, answers) = drive.leg(Purpose::DnsQuery, Some(index), drive.client, packet);
    drive.follow(answers, Some(index));
    let End::Delivered { netns, delivery: Delivery::Datagram { .. } } = end else { return lookup };
    let Some(request) = drive.last_packet() else { return lookup };
    let Some((answer, forwarded)) = serve(drive, netns, &request.payload, &mut lookup) else { return lookup };
    if forwarded {
        drive.assumed.push(AssumedHere::UpstreamDns { name: lookup.name.clone() });
    }
    let packet = socket::datagram_answer(&request, Arc::from(message::encode(&answer)));
    let (end, answers) = drive.leg(Purpose::DnsAnswer, Some(index), netns, packet);
    drive.follow(answers, Some(index));
    let reached = matches!(end, End::Delivered { delivery: Delivery::Answer { connection }, .. } if connection == id);
    let read = drive.last_packet().and_then(|packet| message::decode(&packet.payload)).filter(|_| reached);
    if let Some(read) = read {
        lookup.rcode = Some(read.rcode);
        let addresses = read.answers.iter().filter_map(|record| match record.data {
            Data::Address(ip) if record.kind == kind => Some(ip),
            _ => None,
        });
        lookup.addresses = addresses.collect();
    } else {
        lookup.origin = None;
    }
    lookup
}

/// What the process behind a listener answers: CoreDNS from the cluster's zone; anything else does not speak DNS.
fn serve(
    drive: &Drive<'_>,
    netns: crate::linux::state::NetnsId,
    question: &[u8],
    lookup: &mut Lookup,
) -> Option<(Message, bool)> {
    let port = Some(crate::packet::Port(lookup.server.port()));
    let pod = drive.pod_at(netns, port).and_then(|id| drive.model.cluster.pods.get(id.0 as usize))?;
    let is_coredns = pod.labels.get("k8s-app").is_some_and(|label| &**label == "kube-dns")
        || pod.containers.iter().any(|container| container.image.contains("coredns"));
    let question = message::decode(question).filter(|_| is_coredns)?;
    let found = zone::answer(&drive.model.cluster, &question.name, question.kind);
    lookup.origin = found.origin;
    let rcode = found.rcode.unwrap_or(Rcode::ServFail);
    let message = Message {
        id: question.id,
        response: true,
        rcode,
        name: question.name,
        kind: question.kind,
        answers: found.records,
    };
    Some((message, found.forwarded))
}
