//! Name resolution: the resolver's questions, each walked to a name server and back.

use super::drive::{Drive, pod_at};
use super::journey::{Lookup, Probe, Source};
use crate::agents::ResolvConf;
use crate::assumption::codes;
use crate::dns;
use crate::dns::resolver::{self, Failure, Question, Reply};
use crate::linux::exchange;
use crate::linux::live::ConnectionId;
use crate::linux::socket;
use crate::linux::walk::{Delivery, End};
use crate::model::Model;
use crate::packet::{Port, Protocol};
use std::net::IpAddr;
use std::sync::Arc;

/// The resolver's configuration where a probe starts. What a node or a host outside has is not part of the model: none.
pub fn resolv_conf(model: &Model, probe: &Probe) -> ResolvConf {
    match probe.from {
        Source::Pod(id) => model.built.resolv_conf.get(&id).cloned().unwrap_or_default(),
        Source::Node(_) | Source::External { .. } => ResolvConf::default(),
    }
}

/// Resolves a name from the client.
pub(super) fn resolve(drive: &mut Drive<'_>, typed: &str) -> Result<IpAddr, Failure> {
    let conf = resolv_conf(drive.model, drive.probe);
    let mut open = None;
    resolver::resolve(&conf, typed, |question| {
        let id = match open {
            Some((socket, id)) if socket == question.socket => id,
            _ => {
                let sport = drive.source_port(&format!("dns {}", question.socket));
                let network = &drive.model.built.network;
                let (client, server) = (drive.client, question.server);
                socket::connect(network, &mut drive.live, client, Protocol::Udp, None, sport, server).ok()?.0
            }
        };
        open = Some((question.socket, id));
        ask(drive, id, question)
    })
}

/// One question to a server and its answer.
fn ask(drive: &mut Drive<'_>, id: ConnectionId, question: &Question) -> Option<Reply> {
    let index = drive.lookups.len() as u32;
    let mut lookup = Lookup {
        name: Arc::from(question.candidate.name.as_str()),
        record: Arc::from(question.kind.to_string()),
        server: question.server,
        rcode: None,
        addresses: Vec::new(),
        search: question.candidate.search,
        origin: None,
    };
    let model = drive.model;
    let mut answered = None;
    // Another process than CoreDNS does not speak DNS: it says nothing.
    let mut serve = |netns, local: std::net::SocketAddr, payload: &Arc<[u8]>| {
        let pod = pod_at(model, netns, Some(Port(local.port())))?;
        model.cluster.pods.get(pod.0 as usize).filter(|pod| dns::is_coredns(pod))?;
        let (bytes, found) = dns::answer(&model.cluster, payload)?;
        answered = Some(found);
        Some(Arc::from(bytes))
    };
    let payload = Arc::from(dns::question(index as u16 + 1, &question.candidate.name, question.kind));
    let network = &model.built.network;
    let done = exchange::datagram(network, &mut drive.live, &mut drive.draws, id, payload, &mut serve);
    if let Some(found) = answered {
        if found.forwarded {
            drive.assumed.push(codes::UPSTREAM_DNS.made().arg("name", &*lookup.name));
        }
        lookup.origin = found.origin;
    }
    let back = |sent: &&exchange::Sent| matches!(sent.walk.end, End::Delivered { delivery: Delivery::Answer { connection }, .. } if connection == id);
    let came = done.packets.iter().find(back).and_then(|sent| sent.walk.hops.last());
    let reply = came.and_then(|hop| Reply::read(&hop.after.packet.payload));
    drive.questions(index, done);
    match &reply {
        Some(reply) => {
            lookup.rcode = Some(reply.rcode);
            lookup.addresses.clone_from(&reply.addresses);
        }
        None => lookup.origin = None,
    }
    drive.lookups.push(lookup);
    reply
}
