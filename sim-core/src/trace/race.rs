//! A and AAAA of a name leave one socket at once. Where connection tracking knows neither yet, both get an entry of their own, and only one
//! of two entries for the same flow can be put into the table (`__nf_conntrack_confirm`): what becomes of the other packet depends on where
//! it was translated to, and on the kernel (`nf_ct_resolve_clash`).

use super::choice::ChoiceKind;
use super::journey::{Choice, Journey, Lookup, Purpose};
use super::lookup::resolv_conf;
use crate::dns::RecordType;
use crate::dns::resolver::Resolver;
use crate::model::Model;
use kernel::ids::NetnsId;
use kernel::state::CtEntry;
use kernel::walk::{CtAction, Event};
use kubernetes::manifest::objects::Object;
use std::net::SocketAddr;
use std::sync::Arc;

/// Why nothing races.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoRace {
    /// Nothing was asked by datagrams.
    NotAsked,
    /// A name is asked for one type only.
    OneType,
    /// `single-request`: the second question waits for the answer to the first.
    OneByOne,
    /// `single-request-reopen`: each has a socket of its own.
    Reopened,
    /// `use-vc`: one stream has both.
    Stream,
    /// No namespace on the way tracks the packets.
    Untracked,
}

kernel::codes!(NoRace {
    Self::NotAsked => "not-asked",
    Self::OneType => "one-type",
    Self::OneByOne => "one-by-one",
    Self::Reopened => "reopened",
    Self::Stream => "stream",
    Self::Untracked => "untracked",
});

/// What becomes of the packet that comes second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is dropped (`insert_failed`).
    Dropped,
    /// It goes on with the entry of the first.
    Merged,
    /// It goes on with its own entry, which is found by its answer only and lives for a second (`IPS_NAT_CLASH`).
    Kept,
}

kernel::codes!(Fate {
    Self::Dropped => "dropped",
    Self::Merged => "merged",
    Self::Kept => "kept",
});

/// Kernels that do the same, from the first on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kernels {
    /// Version: the two numbers in front.
    pub from: (u32, u32),
    /// Where both packets go to the same place.
    pub same: Fate,
    /// Where they are translated differently.
    pub apart: Fate,
}

/// Commits ed07d9a021df and 4e35c1cb9460 (both in 5.0) let packets pass that were translated alike, 6a757c07e51f (5.6) all others.
pub const KERNELS: [Kernels; 3] = [
    Kernels { from: (0, 0), same: Fate::Dropped, apart: Fate::Dropped },
    Kernels { from: (5, 0), same: Fate::Merged, apart: Fate::Dropped },
    Kernels { from: (5, 6), same: Fate::Merged, apart: Fate::Kept },
];

/// A namespace where both packets are new.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracked {
    /// Which.
    pub netns: NetnsId,
    /// The entry of the packet that came first.
    pub first: CtEntry,
    /// Where the second may be translated to, each with its probability; one place where nothing is drawn.
    pub places: Vec<(Arc<str>, f64)>,
    /// The probability that it is translated differently.
    pub apart: f64,
    /// The kernel of the machine, where the input says it (`status.nodeInfo.kernelVersion`).
    pub kernel: Option<(Arc<str>, Kernels)>,
}

impl Tracked {
    /// The probability that a kernel drops the second packet, once both met.
    pub fn drops(&self, kernels: Kernels) -> f64 {
        let share = |fate, probability| if fate == Fate::Dropped { probability } else { 0.0 };
        share(kernels.same, 1.0 - self.apart) + share(kernels.apart, self.apart)
    }
}

/// The race of a lookup's first pair of questions.
#[derive(Clone, Debug, PartialEq)]
pub struct Race {
    /// The name that both ask for.
    pub name: Arc<str>,
    /// The server that both are sent to.
    pub server: SocketAddr,
    /// Seconds until a question that was lost is asked again.
    pub wait: u32,
    /// Where they meet, or why they do not.
    pub at: Result<Vec<Tracked>, NoRace>,
}

/// What may happen to the questions of a journey; `None` where it has none.
pub fn race(model: &Model, journey: &Journey) -> Option<Race> {
    let resolver = Resolver::of(&resolv_conf(model, &journey.probe.from));
    let first = journey.lookups.first()?;
    let at = both(&resolver, &journey.lookups).and_then(|index| {
        let tracked = tracked(model, journey, index as u32);
        if tracked.is_empty() { Err(NoRace::Untracked) } else { Ok(tracked) }
    });
    Some(Race { name: first.name.clone(), server: first.server, wait: resolver.timeout, at })
}

/// The first question for A that AAAA follows at once.
fn both(resolver: &Resolver, lookups: &[Lookup]) -> Result<usize, NoRace> {
    let types = lookups.iter().any(|one| one.record == RecordType::A)
        && (lookups.iter().any(|one| one.record == RecordType::Aaaa) || lookups.iter().all(|one| one.rcode.is_none()));
    match resolver {
        Resolver { stream: true, .. } => return Err(NoRace::Stream),
        Resolver { only_four: true, .. } => return Err(NoRace::OneType),
        Resolver { reopen: true, .. } => return Err(NoRace::Reopened),
        Resolver { one_by_one: true, .. } => return Err(NoRace::OneByOne),
        _ => {}
    }
    if !types {
        return Err(NoRace::OneType);
    }
    lookups.iter().position(|one| one.record == RecordType::A && !one.stream).ok_or(NoRace::NotAsked)
}

/// Where the question is put into a table.
fn tracked(model: &Model, journey: &Journey, index: u32) -> Vec<Tracked> {
    let own = journey
        .legs
        .iter()
        .filter(|leg| leg.lookup == Some(index) && leg.purpose == Purpose::DnsQuery && leg.parent.is_none());
    let entries = own.flat_map(|leg| &leg.hops).flat_map(|hop| {
        let confirmed = |event: &Event| match event {
            Event::Conntrack { now, action: CtAction::Confirmed, .. } => Some(now.clone()),
            _ => None,
        };
        hop.events.iter().filter_map(confirmed).map(|entry| (hop.netns, entry))
    });
    let drawn = |choice: &&Choice| choice.name.kind == ChoiceKind::DnsEndpoint;
    entries
        .map(|(netns, first)| {
            let choice = journey.choices.iter().filter(drawn).find(|choice| choice.at.netns() == netns);
            let places = match choice {
                Some(choice) => choice.of.clone(),
                None => vec![(Arc::from(first.reply.src.to_string()), 1.0)],
            };
            let alike: f64 = places.iter().map(|(_, share)| share * share).sum();
            // What is left of rounding is no difference.
            let apart = if places.len() < 2 { 0.0 } else { (1.0 - alike).clamp(0.0, 1.0) };
            Tracked { netns, first, places, apart, kernel: kernel_of(model, netns) }
        })
        .collect()
}

/// The kernel of the node that a namespace is on.
fn kernel_of(model: &Model, netns: NetnsId) -> Option<(Arc<str>, Kernels)> {
    let node = model.cluster.nodes.get(model.site.tree.node_of(netns)?.0 as usize)?;
    let said = model.parsed.objects.iter().find_map(|object| match object {
        Object::Node(document) if document.object.name == node.name => {
            document.value.status.node_info.kernel_version.clone()
        }
        _ => None,
    })?;
    let mut numbers = said.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
    let version = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    let kernels = KERNELS.into_iter().rev().find(|kernels| kernels.from <= version)?;
    Some((said, kernels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Options;
    use crate::trace::{look_up, model_for, parse_question};
    use kubernetes::manifest::Limits;
    use kubernetes::origin::SourceText;

    fn of(text: &str) -> Race {
        let model = Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default());
        let question = parse_question(&model, "pod/default/client", "web", 0).unwrap();
        let model = model_for(&model, &question);
        race(&model, &look_up(&model, &question, None)).unwrap()
    }

    fn client(more: &str) -> String {
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: web}}, spec: {{ports: [{{port: 80}}]}}}}\n---\n{{apiVersion: v1, kind: \
             Pod, metadata: {{name: client}}, spec: {{{more} containers: [{{name: c, image: busybox}}]}}}}\n"
        )
    }

    #[test]
    fn the_second_question_meets_the_first_where_it_is_translated() {
        let race = of(&client(""));
        let all = race.at.unwrap();
        let first = all.first().unwrap();
        // Two endpoints, as kubeadm has them.
        assert_eq!((first.places.len(), first.apart, race.wait), (2, 0.5, 5));
        assert!(first.first.original.dst != first.first.reply.src, "translated");
        assert_eq!(KERNELS.map(|kernels| first.drops(kernels)), [1.0, 0.5, 0.0]);
        assert!(all.iter().skip(1).all(|other| other.apart == 0.0), "{all:?}");
    }

    #[test]
    fn the_kernel_of_a_node_decides() {
        let node = "{apiVersion: v1, kind: Node, metadata: {name: node-a}, status: {addresses: [{type: InternalIP, address: 192.168.10.11}], \
                    nodeInfo: {kernelVersion: 5.4.0-91-generic}}}\n---\n";
        let race = of(&format!("{node}{}", client("nodeName: node-a,")));
        let (said, kernels) = race.at.unwrap().first().unwrap().kernel.clone().unwrap();
        assert_eq!((&*said, kernels.from), ("5.4.0-91-generic", (5, 0)));
    }

    #[test]
    fn options_keep_them_apart() {
        let without =
            |option: &str| of(&client(&format!("dnsConfig: {{options: [{{name: {option}}}]}},"))).at.unwrap_err();
        assert_eq!(without("single-request"), NoRace::OneByOne);
        assert_eq!(without("single-request-reopen"), NoRace::Reopened);
        assert_eq!(without("use-vc"), NoRace::Stream);
        assert_eq!(without("no-aaaa"), NoRace::OneType);
    }
}
