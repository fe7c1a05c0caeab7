//! From one moment of a timeline to the next: kernels keep what packets left in them while agents write other rules, Pods go and come, and
//! kube-proxy clears what it does not want to stay.

use super::choose::Draws;
use super::journey::{Journey, MAX_BEFORE, Probe};
use super::probe::{parse_probe, write_probe};
use super::probe_text::{ProbeError, ProbeText};
use super::run::{Before, Scripted, model_for_within, send, send_beside};
use crate::agents::kube_proxy::conntrack;
use crate::model::{Model, Past};
use kernel::config::Socket;
use kernel::exchange;
use kernel::ids::{ConnectionId, NetnsId};
use kernel::packet::Protocol;
use kernel::state::{Carry, Connection, ConnectionState, KernelState};
use kernel::walk::Chooser;
use kubernetes::budget::{Budget, Stopped};
use kubernetes::cluster::model::{Cluster, NodeId, Pod, PodId};
use kubernetes::origin::NamespacedName;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// One journey: choices as wanted, the rest by seed. A probe from outside needs [`super::model_for`].
pub fn run(model: &Model, probe: &Probe) -> Journey {
    run_until(model, probe, &Budget::unlimited())
}

/// The same, with what `budget` allows.
///
/// # Errors
/// When that did not suffice, or nobody wants the result any more.
pub fn run_within(model: &Model, probe: &Probe, budget: &Budget) -> Result<Journey, Stopped> {
    let journey = run_until(model, probe, budget);
    budget.check().map(|()| journey)
}

fn run_until(model: &Model, probe: &Probe, budget: &Budget) -> Journey {
    let start = earlier(model, probe, budget);
    send((model, budget), probe, None, start).0.journey
}

/// What the nodes hold after the probe and those before it. A probe from outside needs [`super::model_for`].
pub fn left_behind(model: &Model, probe: &Probe) -> KernelState {
    let budget = Budget::unlimited();
    send((model, &budget), probe, None, earlier(model, probe, &budget)).1.state
}

/// What the probes before this one left behind: each was sent [`Probe::wait`] seconds after the one before it, in the cluster as it was then.
pub(super) fn earlier(model: &Model, probe: &Probe, budget: &Budget) -> Before {
    let count = probe.before.min(MAX_BEFORE);
    let over_time = model.past.as_ref().filter(|_| count > 0 && probe.wait > 0);
    if let Some(past) = over_time {
        return through(past, (model, probe), count, budget).unwrap_or_default();
    }
    let mut before = Before::default();
    for _ in 0..count {
        if budget.is_stopped() {
            break;
        }
        before = send((model, budget), probe, None, before).1;
        before.state.now = before.state.now.saturating_add(probe.wait);
    }
    before
}

/// The same through the moments of a timeline.
fn through(past: &Past, (model, probe): (&Model, &Probe), count: u32, budget: &Budget) -> Result<Before, Stopped> {
    let wait = i64::try_from(probe.wait).unwrap_or(i64::MAX).saturating_mul(1_000);
    let end = i64::try_from(past.at).unwrap_or(i64::MAX);
    let first = end.saturating_sub(wait.saturating_mul(i64::from(count)));
    let text = ProbeText { before: None, ..write_probe(model, probe) };
    let mut passage = Passage::new(past, text, first, Some(model), budget)?;
    for number in 0..count {
        passage.to(first.saturating_add(wait.saturating_mul(i64::from(number))))?;
        passage.send(number)?;
    }
    passage.to(end)?;
    // Where the last moment is that of the model, this is its network already.
    let mut before = std::mem::take(&mut passage.before);
    let budget = passage.budget;
    pass((&passage.within, model), &mut before, budget);
    before.number = count;
    Ok(before)
}

/// Kernels in which probes run one after the other, with the connection that one of them keeps open, from one model to the next.
#[derive(Default)]
pub struct Running(Before);

impl Running {
    /// What they hold.
    pub fn state(&self) -> &KernelState {
        &self.0.state
    }

    /// Their clock, in seconds.
    pub fn set_time(&mut self, seconds: u64) {
        self.0.state.now = seconds;
    }

    /// Whether a connection is open.
    pub fn keeps(&self) -> bool {
        self.0.open.is_some()
    }

    /// Sends a probe beside kernels that do the same, as [`super::run_beside`] does; one with [`Probe::keep`] on the open connection.
    pub fn send(&mut self, model: &Model, probe: &Probe, beside: &mut dyn Chooser) -> Journey {
        let before = std::mem::take(&mut self.0);
        let (scripted, after) = send_beside((model, &Budget::unlimited()), probe, None, before, Some(beside));
        self.0 = after;
        scripted.journey
    }

    /// Goes on from one model to the one that follows it.
    pub fn pass(&mut self, was: &Model, is: &Model) {
        pass((was, is), &mut self.0, &Budget::unlimited());
    }
}

/// Probes of one kind, one after the other, each in the cluster as it is then: `each` hears of every time, in milliseconds since the start, of the
/// model that the probe ran in, and of its journey, or of why it cannot be sent. Times rise.
///
/// # Errors
/// When the budget did not suffice, or nobody wants the result any more.
pub fn stream(
    past: &Past,
    text: &ProbeText,
    times: impl Iterator<Item = u64>,
    budget: &Budget,
    mut each: impl FnMut(u64, &Model, Result<Journey, ProbeError>),
) -> Result<(), Stopped> {
    let text = ProbeText { before: None, ..text.clone() };
    let mut passage: Option<Passage<'_>> = None;
    for (number, time) in (0u32..).zip(times) {
        let now = within(time);
        if passage.is_none() {
            passage = Some(Passage::new(past, text.clone(), now, None, budget)?);
        }
        let Some(passage) = &mut passage else { break };
        passage.to(now)?;
        let sent = match passage.send(number)? {
            Some(scripted) => Ok(scripted.journey),
            None => parse_probe(&passage.within, &text).and(Err(ProbeError::default())),
        };
        each(time, &passage.within, sent);
    }
    Ok(())
}

/// Kernels on their way through a timeline.
struct Passage<'m> {
    past: &'m Past,
    /// The model of the time that is asked for, where it is there.
    last: Option<&'m Model>,
    budget: &'m Budget,
    text: ProbeText,
    /// Milliseconds at which the clock of the kernels is 0.
    zero: i64,
    moment: usize,
    /// The model of that moment, and what the probe runs in.
    within: Model,
    probe: Option<Probe>,
    before: Before,
}

impl<'m> Passage<'m> {
    /// Kernels that nothing was sent through yet, at a time, in milliseconds; before the start is as at the start.
    fn new(
        past: &'m Past,
        text: ProbeText,
        time: i64,
        last: Option<&'m Model>,
        budget: &'m Budget,
    ) -> Result<Self, Stopped> {
        let moment = past.moments.iter().rposition(|moment| within(moment.at) <= time).unwrap_or(0);
        let zero = time.min(0);
        let model = past.model_or(moment, last, budget)?;
        let probe = parse_probe(&model, &text).ok();
        let within = match &probe {
            Some(probe) => model_for_within(&model, probe, budget)?.into_owned(),
            None => model,
        };
        let mut before = Before::default();
        before.state.now = seconds(time - zero);
        Ok(Self { past, last, budget, text, zero, moment, within, probe, before })
    }

    /// Goes on to a time.
    fn to(&mut self, time: i64) -> Result<(), Stopped> {
        while let Some(next) = self.past.moments.get(self.moment + 1).filter(|next| within(next.at) <= time) {
            self.budget.check()?;
            self.moment += 1;
            let same = self.past.moments.get(self.moment - 1).is_some_and(|last| last.is_same(next));
            self.before.state.now = seconds(within(next.at) - self.zero);
            // The model of the time that is asked for has its own ids.
            let is_last = self.moment + 1 == self.past.moments.len() && self.last.is_some();
            if same && !is_last {
                continue;
            }
            let model = self.past.model_or(self.moment, self.last, self.budget)?;
            let probe = parse_probe(&model, &self.text).ok();
            // Who cannot say any more where it goes to is still there.
            let source = probe.as_ref().or(self.probe.as_ref());
            let following = match source {
                Some(probe) => model_for_within(&model, probe, self.budget)?.into_owned(),
                None => model,
            };
            pass((&self.within, &following), &mut self.before, self.budget);
            self.within = following;
            if probe.is_some() {
                self.probe = probe;
            }
        }
        self.before.state.now = seconds(time - self.zero);
        Ok(())
    }

    /// Sends the probe as the `number`th of its kind; `None` where it cannot be sent: what it names is not there then.
    fn send(&mut self, number: u32) -> Result<Option<Scripted>, Stopped> {
        let now = parse_probe(&self.within, &self.text).ok();
        let usable = now.or_else(|| self.probe.clone().filter(|_| self.before.open.is_some()));
        let Some(probe) = usable else { return Ok(None) };
        let mut before = std::mem::take(&mut self.before);
        before.number = number;
        let (scripted, after) = send((&self.within, self.budget), &probe, None, before);
        self.before = after;
        self.budget.check()?;
        Ok(Some(scripted))
    }
}

fn within(at: u64) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

fn seconds(milliseconds: i64) -> u64 {
    u64::try_from(milliseconds / 1_000).unwrap_or(0)
}

/// From one model to the one that follows it.
fn pass((was, is): (&Model, &Model), before: &mut Before, budget: &Budget) {
    let between = Between::of(was, is);
    between.ends(before, budget);
    let (same, moved) = (|netns: NetnsId| between.same(netns), &between.moved);
    let carry = Carry { from: &was.site.network, to: &is.site.network, same: &same, moved };
    let (state, carried) = carry.state(&before.state);
    before.open = before.open.as_ref().and_then(|open| open.carried(&carried, (&state, is)));
    before.state = state;
    for (node, netns) in is.site.nodes.iter() {
        let (Some(entries), Some(was), Some(is)) =
            (before.state.conntrack.get_mut(netns), known(was, *node), known(is, *node))
        else {
            continue;
        };
        if !Arc::ptr_eq(was, is) {
            conntrack::clean(entries, was, is);
        }
    }
}

/// What kube-proxy of a node knows.
fn known(model: &Model, node: NodeId) -> Option<&Arc<Cluster>> {
    Some(model.cluster.lagging.get(&node).unwrap_or(&model.cluster))
}

/// Two models, one after the other.
struct Between<'m> {
    was: &'m Model,
    is: &'m Model,
    /// Namespaces of Pods that are gone, by the ids of the first.
    gone: BTreeSet<NetnsId>,
    /// Addresses that have another owner, or none.
    moved: BTreeSet<IpAddr>,
}

impl<'m> Between<'m> {
    fn of(was: &'m Model, is: &'m Model) -> Self {
        let (old, new) = (pods(was), pods(is));
        let moved = |(life, _): (&Life, _)| life.ip;
        let gone = old.iter().filter(|(life, _)| !new.contains_key(*life));
        let came = new.iter().filter(|(life, _)| !old.contains_key(*life));
        let moved = gone.clone().map(moved).chain(came.map(moved)).collect();
        Self { was, is, gone: gone.filter_map(|(_, netns)| *netns).collect(), moved }
    }

    /// The namespace in the model that follows: the one of its name, unless that is another Pod's.
    fn same(&self, netns: NetnsId) -> Option<NetnsId> {
        let name = self.was.site.network.name(netns).filter(|_| !self.gone.contains(&netns))?;
        self.is.site.network.find(name)
    }

    /// Processes that are there no longer: their kernel closes their connections while it can.
    fn ends(&self, before: &mut Before, budget: &Budget) {
        let (network, state) = (&self.was.site.network, &mut before.state);
        let ended = state.connections.entries().filter(|(_, open)| is_open(open) && !self.lives(open));
        let ended: Vec<ConnectionId> = ended.map(|(id, _)| id).collect();
        if ended.is_empty() {
            return;
        }
        let mut draws = Draws::new(network, 0, &[], None, budget);
        for id in ended {
            exchange::hang_up(network, state, &mut draws, id);
        }
        if let Some(open) = &before.open {
            open.settle(self.was, state, &mut draws);
        }
    }

    /// Whether the process is still there that has a connection: a server's by the socket that it listens on.
    fn lives(&self, open: &Connection) -> bool {
        let Some(netns) = self.same(open.netns) else { return false };
        let Some(listener) = open.listener else { return true };
        let sockets = |model: &'m Model, netns| model.site.network.get(netns).map(|netns| &netns.sockets);
        let own = sockets(self.was, open.netns).and_then(|sockets| sockets.get(listener));
        let place = |socket: &Socket| (socket.protocol, socket.address, socket.port);
        own.zip(sockets(self.is, netns))
            .is_some_and(|(own, there)| there.iter().any(|other| place(other) == place(own)))
    }
}

fn is_open(open: &Connection) -> bool {
    open.protocol == Protocol::Tcp
        && matches!(open.state, ConnectionState::Established | ConnectionState::SynRecv | ConnectionState::CloseWait)
}

/// One Pod, from its being made until it is gone: another one of its name is another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Life {
    name: NamespacedName,
    born: u64,
    ip: IpAddr,
}

/// All Pods, with the namespaces that are theirs alone.
fn pods(model: &Model) -> BTreeMap<Life, Option<NetnsId>> {
    let one = |(id, pod): (PodId, &Pod)| {
        let born = model.parsed.held.pods.get(&pod.name).map_or(0, |held| held.born);
        let netns = model.site.pods.get(&id).copied().filter(|_| !pod.host_network);
        (Life { name: pod.name.clone(), born, ip: pod.ip }, netns)
    };
    (0u32..).map(PodId).zip(&model.cluster.pods).map(one).collect()
}
