//! What the picture has.

use crate::locale::{Lang, t};
use crate::reach::{Names, address};
use kernel::packet::Protocol;
use kubernetes::budget::{Budget, Stopped};
use kubernetes::policy::{Direction, Policy, Ports};
use sim_core::reach::{Around, Neighbour, Peer, Reach, Reasons};
use sim_core::trace::ProbeText;

/// A workload with its policies.
pub struct Drawn<'r> {
    /// Everybody.
    pub reach: &'r Reach<'r>,
    /// The workload, by its place.
    pub of: usize,
    /// What comes in, and what goes out.
    pub ways: [Way<'r>; 2],
}

/// One direction.
pub struct Way<'r> {
    /// Which.
    pub direction: Direction,
    /// Everybody at the other end.
    pub around: Around,
    /// The same as rows, in their order.
    pub rows: Vec<Row>,
    /// Policies that select it for that direction.
    pub policies: Vec<&'r Policy>,
}

/// Somebody at the other end.
pub struct Row {
    /// Who.
    pub peer: Peer,
    /// Whether they may connect.
    pub state: State,
    /// On which ports.
    pub ports: Ports,
    /// Ports that a press opens: those that the destination declares, else all.
    pub wanted: Ports,
}

/// Whether somebody may connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// On every port that the destination declares.
    Open,
    /// On some of them.
    Part,
    /// On none: the workload's own policies deny it.
    Own,
    /// On none: the other end's policies deny it.
    Other,
}

impl State {
    /// A word for messages, styles and JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Part => "part",
            Self::Own => "own",
            Self::Other => "other",
        }
    }

    /// Somebody may connect on some port.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Part)
    }
}

impl Way<'_> {
    /// A word for forms and JSON: `in`, `out`.
    pub fn code(&self) -> &'static str {
        match self.direction {
            Direction::Ingress => "in",
            Direction::Egress => "out",
        }
    }
}

impl<'r> Drawn<'r> {
    /// The picture of a workload.
    ///
    /// # Errors
    /// When the budget did not suffice, or nobody wants the result any more.
    pub fn of(reach: &'r Reach<'r>, of: usize, budget: &Budget) -> Result<Self, Stopped> {
        let way = |direction| -> Result<Way<'r>, Stopped> {
            let around = reach.around(of, direction, budget)?;
            let rows = around.neighbours.iter().map(|one| row(reach, direction, of, one)).collect();
            let all = &reach.cluster().policies.all;
            let policies = around.selecting.iter().filter_map(|at| all.get(*at)).collect();
            Ok(Way { direction, around, rows, policies })
        };
        Ok(Self { reach, of, ways: [way(Direction::Ingress)?, way(Direction::Egress)?] })
    }

    /// The workload's name.
    pub fn name(&self) -> String {
        Names::of(self.reach).peer(&Peer::Workload(self.of))
    }

    /// As addresses of pages write it.
    pub fn address(&self) -> String {
        address(self.reach, &Peer::Workload(self.of))
    }

    /// What somebody at the other end is called.
    pub fn peer(&self, lang: Lang, peer: &Peer) -> String {
        match peer {
            Peer::Range(first, last) if first.is_unspecified() && last.is_broadcast() => t(lang, "policy-outside"),
            peer => Names::of(self.reach).peer(peer),
        }
    }

    /// Reasons of the same.
    pub fn reasons(&self) -> Reasons<'r> {
        Reasons::of(self.reach)
    }
}

fn row(reach: &Reach<'_>, direction: Direction, of: usize, one: &Neighbour) -> Row {
    let to = if direction == Direction::Ingress { Peer::Workload(of) } else { one.peer };
    let declared = match to {
        Peer::Workload(at) => reach.workloads().get(at).map(|own| own.declared.clone()),
        _ => None,
    };
    let wanted = declared.filter(|ports| !ports.is_empty()).unwrap_or_else(Ports::all);
    let state = match (one.both.is_empty(), one.own.is_empty()) {
        (true, true) => State::Own,
        (true, false) => State::Other,
        (false, _) if wanted.without(&one.both).is_empty() => State::Open,
        (false, _) => State::Part,
    };
    Row { peer: one.peer, state, ports: one.both.clone(), wanted }
}

/// Who connects, and to whom.
pub fn ends(direction: Direction, of: usize, peer: Peer) -> (Peer, Peer) {
    match direction {
        Direction::Ingress => (peer, Peer::Workload(of)),
        Direction::Egress => (Peer::Workload(of), peer),
    }
}

/// The packet that would show it: from the first Pod of one workload to that of another, on that port, else on the first that it declares.
/// `None` for addresses, and for workloads without Pods.
pub fn probe(reach: &Reach<'_>, (from, to): (Peer, Peer), asked: Option<(Protocol, u16)>) -> Option<ProbeText> {
    let pod = |peer: Peer| {
        let Peer::Workload(at) = peer else { return None };
        let own = reach.workloads().get(at)?;
        Some((format!("pod/{}/{}", own.namespace(), own.names.first()?), own))
    };
    let ((from, _), (to, own)) = (pod(from)?, pod(to)?);
    let first = |protocol: Protocol| {
        let ports = own.declared.get(protocol)?.ranges().first()?;
        Some((protocol, ports.0))
    };
    let (protocol, port) =
        asked.or_else(|| first(Protocol::Tcp)).or_else(|| first(Protocol::Udp)).unwrap_or((Protocol::Tcp, 80));
    let proto = (protocol != Protocol::Tcp).then(|| protocol.to_string().to_lowercase());
    Some(ProbeText { from, to: format!("{to}:{port}"), proto, ..ProbeText::default() })
}
