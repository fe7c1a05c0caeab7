//! The connection of a journey once more, with other packets: what the sizes and TTLs of its packets make of its way.

use super::choice::ChoiceKind;
use super::choose::Phase;
use super::drive::{Drive, bytes};
use super::journey::{Choice, Journey, Probe, Purpose};
use super::passage::earlier;
use super::talk::answers_from;
use crate::model::Model;
use kernel::exchange::{self, Exchange, Request, Writer};
use kernel::ids::LinkRef;
use kernel::packet::{Icmp, L4, Port, Protocol};
use kernel::state::KernelState;
use kernel::walk::{AnswerKind, Delivery, End, Walk};
use kubernetes::budget::{Budget, Stopped};
use std::net::SocketAddr;

/// Which way of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the client.
    Forth,
    /// To the client.
    Back,
}

kernel::codes!(Direction { Self::Forth => "forth", Self::Back => "back" });

/// What is sent again, and where from.
pub(super) struct Measure<'m> {
    model: &'m Model,
    budget: &'m Budget,
    probe: Probe,
    start: KernelState,
    sport: Port,
    pub(super) remote: SocketAddr,
    /// How many exchanges there were.
    pub(super) sent: u32,
}

/// A packet that was sent, and what came of it.
pub(super) struct Sent {
    /// Its way.
    pub(super) walk: Walk,
    /// It reached the process, or the kernel that answers by itself.
    pub(super) arrived: bool,
    /// What kernels said about it.
    pub(super) answers: Vec<(AnswerKind, Walk)>,
}

impl<'m> Measure<'m> {
    /// The connection of a journey, before its first packet: from the same port, to the same address, with the same draws. `None` where none was
    /// tried.
    pub(super) fn of(model: &'m Model, journey: &Journey, budget: &'m Budget) -> Option<Self> {
        let leg = journey.legs.iter().find(|leg| leg.purpose == Purpose::Connect)?;
        let packet = &leg.hops.first()?.before.packet;
        let (sport, remote) = match &packet.l4 {
            L4::Icmp(Icmp::EchoRequest { id }) => (Port(*id), SocketAddr::new(packet.ip.dst, 0)),
            _ => (Port(packet.source().port()), packet.destination()),
        };
        let mut probe = journey.probe.clone();
        let drawn = journey.choices.iter().filter(|choice| choice.of.len() > 1 && is_of_connection(choice));
        for choice in drawn {
            if !probe.choose.iter().any(|(name, _)| *name == choice.name) {
                probe.choose.push((choice.name, choice.value.clone()));
            }
        }
        let start = earlier(model, &probe, budget).state;
        Some(Self { model, budget, probe, start, sport, remote, sent: 0 })
    }

    pub(super) fn protocol(&self) -> Protocol {
        self.probe.protocol
    }

    /// MTU of a device of a machine; `None` for a switch's.
    pub(super) fn device(&self, at: LinkRef) -> Option<u32> {
        let site = &self.model.site;
        let switch = site.tree.segment_at(at.netns).is_some();
        let link = site.network.netns(at.netns).links.get(at.link)?;
        (!switch && link.port.is_none()).then_some(link.mtu)
    }

    /// Whether to go on.
    pub(super) fn check(&self) -> Result<(), Stopped> {
        self.budget.check()
    }

    fn drive(&mut self) -> Option<Drive<'_>> {
        self.sent += 1;
        let mut drive = Drive::new((self.model, self.budget), &self.probe, None, self.start.clone(), self.probe.before);
        drive.start()?;
        drive.draws.phase = Phase::Connection;
        Some(drive)
    }

    /// One packet of a direction with so much payload, which no sender cuts. A stream is opened before, a server is asked.
    pub(super) fn one(&mut self, direction: Direction, size: u32) -> Option<Sent> {
        let (sport, remote, model) = (self.sport, self.remote, self.model);
        let mut drive = self.drive()?;
        let protocol = drive.probe.protocol;
        let forth = direction == Direction::Forth || protocol == Protocol::Icmp;
        let request = Request {
            netns: drive.client,
            protocol,
            local: drive.own_address(),
            sport,
            remote,
            payload: bytes(if protocol == Protocol::Tcp {
                0
            } else if forth {
                size
            } else {
                4
            }),
            ttl: None,
            dont_fragment: Some(true),
            owner: Default::default(),
        };
        let network = &model.site.network;
        let mut done = exchange::request(network, &mut drive.state, &mut drive.draws, &request);
        let before = done.packets.len();
        match (protocol, direction) {
            (Protocol::Tcp, direction) => {
                let writer = if direction == Direction::Forth { Writer::Client } else { Writer::Server };
                exchange::write(network, &mut drive.state, &mut drive.draws, &mut done, (writer, &bytes(size.max(1))));
                measured(&done, before)
            }
            (_, Direction::Forth) => measured(&done, 0),
            (Protocol::Icmp, Direction::Back) => {
                let reply = |kind: &Option<AnswerKind>| *kind == Some(AnswerKind::EchoReply);
                measured(&done, done.packets.iter().position(|sent| reply(&sent.answer))?)
            }
            (_, Direction::Back) => {
                done.asked()?;
                let process = done.served.and_then(|at| model.site.process(at.netns, at.socket?));
                let from = answers_from(process.as_ref().map(|process| &process.behaviour));
                let said = (bytes(size), from);
                exchange::answer(network, &mut drive.state, &mut drive.draws, &mut done, said);
                measured(&done, before)
            }
        }
    }

    /// The first packet with a TTL, and all that comes of it.
    pub(super) fn with_ttl(&mut self, ttl: u8) -> Option<Exchange> {
        let model = self.model;
        let (sport, remote) = (self.sport, self.remote);
        let mut drive = self.drive()?;
        let protocol = drive.probe.protocol;
        let payload = bytes(if protocol == Protocol::Tcp { 0 } else { 4 });
        let (netns, local) = (drive.client, drive.own_address());
        let request = Request {
            netns,
            protocol,
            local,
            sport,
            remote,
            payload,
            ttl: Some(ttl),
            dont_fragment: None,
            owner: Default::default(),
        };
        Some(exchange::exchange(&model.site.network, &mut drive.state, &mut drive.draws, &request))
    }
}

/// Whether the connection drew it, not its name resolution.
fn is_of_connection(choice: &Choice) -> bool {
    matches!(choice.name.kind, ChoiceKind::Endpoint | ChoiceKind::Backend | ChoiceKind::NextHop)
        && choice.name.number == 1
}

/// A packet of an exchange, with what kernels said about it.
fn measured(done: &Exchange, at: usize) -> Option<Sent> {
    let sent = done.packets.get(at)?;
    let arrived = match sent.walk.end {
        End::Delivered { delivery, .. } => {
            matches!(
                delivery,
                Delivery::Datagram { .. } | Delivery::Data { .. } | Delivery::Answer { .. } | Delivery::Echo
            )
        }
        End::Dropped { .. } => false,
    };
    let about = done.packets.iter().filter(|answer| answer.of == Some(at as u32));
    let answers = about.filter_map(|answer| Some((answer.answer?, answer.walk.clone()))).collect();
    Some(Sent { walk: sent.walk.clone(), arrived, answers })
}
