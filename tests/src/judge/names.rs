//! Names end to end: a resolver's questions through the kernel and through the simulation, one by one.

use super::kernel::Lab;
use super::{Record, compared, expect};
use kernel::config::Network;
use kernel::ids::{ConnectionId, NetnsId};
use kernel::packet::{Port, Protocol};
use kernel::socket;
use kernel::state::KernelState;
use kernel::walk::AlwaysFirst;
use sim_core::agents::ResolvConf;
use sim_core::dns::{self, resolver};
use sim_core::model::Model;
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::time::Duration;

/// Who asks, and for what.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Namespace of the client.
    pub netns: NetnsId,
    /// Its resolver's configuration.
    pub conf: ResolvConf,
    /// The name as typed.
    pub typed: String,
}

/// What a resolver did, the same on both sides.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Each question.
    pub questions: Vec<Record>,
    /// What it concluded.
    pub result: Result<IpAddr, resolver::Failure>,
}

/// Name servers of a network.
pub struct Servers<'m> {
    model: &'m Model,
}

impl<'m> Servers<'m> {
    /// CoreDNS of a cluster, and the resolver its nodes ask.
    pub fn of(model: &'m Model) -> Self {
        Self { model }
    }

    /// Other processes send back what they get.
    fn serve(&self, netns: NetnsId, port: u16, bytes: &[u8]) -> Option<Vec<u8>> {
        let (cluster, site) = (&self.model.cluster, &self.model.site);
        if let Some(server) = dns::server_at(site, netns, Port(port)) {
            return dns::answer(cluster, server, bytes).map(|(bytes, _)| bytes);
        }
        Some(bytes.to_vec())
    }
}

/// A resolver's socket on both sides.
struct Open {
    number: usize,
    client: OwnedFd,
    id: ConnectionId,
}

/// Resolves a name on both sides: the port of each socket and the endpoint behind kube-dns are the kernel's choice, each question is compared
/// by itself. With `wait`, the kernel's budget of ICMP errors is waited for.
///
/// # Errors
/// The first difference, as text for people.
pub fn resolve(
    lab: &mut Lab,
    servers: &Servers<'_>,
    network: &Network,
    state: &mut KernelState,
    asked: &Asked,
    wait: bool,
) -> Result<Resolved, String> {
    let mut questions: Vec<Record> = Vec::new();
    let mut open: Option<Open> = None;
    let mut wrong = None;
    let result = resolver::resolve(&asked.conf, &asked.typed, |question| {
        if wrong.is_some() {
            return resolver::Asked::Silent;
        }
        if wait && questions.last().is_some_and(Record::has_error) {
            std::thread::sleep(Duration::from_secs(1));
        }
        state.now = lab.started.elapsed().as_secs();
        let text = format!("question {}: {} {}", questions.len() + 1, question.candidate.name, question.kind);
        if open.as_ref().is_none_or(|open| open.number != question.socket) {
            open = None;
            let real = lab.open(asked.netns, question.server);
            let sport = Port(real.as_ref().map_or(0, |(_, port)| *port));
            let ours = socket::connect(
                network,
                state,
                &mut AlwaysFirst,
                asked.netns,
                Protocol::Udp,
                (None, sport),
                question.server,
            );
            match (real, ours) {
                (Ok((client, _)), Ok((id, _))) => open = Some(Open { number: question.socket, client, id }),
                (Err(real), Err(ours)) if format!("{real:?}") == ours.name() => return resolver::Asked::Silent,
                (real, ours) => {
                    let (real, ours) = (real.map(drop), ours.map(drop));
                    wrong = Some(format!("{text}\nclient: connect says {real:?}, simulated {ours:?}"));
                    return resolver::Asked::Silent;
                }
            }
        }
        let Some(Open { client, id, .. }) = open.as_ref() else { return resolver::Asked::Silent };
        let payload = dns::question(questions.len() as u16 + 1, (&question.candidate.name, question.kind), None);
        let serves = |netns: NetnsId, port: u16, bytes: &[u8]| servers.serve(netns, port, bytes);
        let (mut observed, real) = lab.datagram(client, &payload, &serves);
        let mut choices = expect::Recorded::new(network, &observed);
        let (mut expected, ours) = expect::datagram(network, state, &mut choices, *id, &payload, &serves);
        let (real, ours) = (
            real.and_then(|bytes| resolver::Reply::read(&bytes)),
            ours.and_then(|bytes| resolver::Reply::read(&bytes)),
        );
        observed.record.client += &format!(" {real:?}");
        expected.client += &format!(" {ours:?}");
        match compared(network, &observed.record, expected) {
            Ok(record) => questions.push(record),
            Err(difference) => wrong = Some(format!("{text}\n{difference}")),
        }
        real.filter(|_| wrong.is_none()).map_or(resolver::Asked::Silent, resolver::Asked::Answered)
    });
    match wrong {
        Some(wrong) => Err(wrong),
        None => Ok(Resolved { questions, result }),
    }
}
