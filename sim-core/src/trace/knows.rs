//! What programs know of earlier probes, beside what kernels keep: the address that a client looked up once, and the answers that name servers
//! keep for who asks the same again.

use crate::dns::RecordType;
use crate::dns::zone::Answer;
use crate::model::Model;
use crate::site::{Behaviour, NameServer};
use kernel::ids::NetnsId;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// All of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Knows {
    /// The address that a client keeps.
    pub(super) address: Option<Address>,
    pub(super) answers: Answers,
}

/// An address that a client keeps: it does not ask again where its destination is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Address {
    pub(super) to: SocketAddr,
    /// When it was found.
    pub(super) since: u64,
    /// Whose client.
    client: NetnsId,
}

impl Address {
    pub(super) fn of(to: SocketAddr, since: u64, client: NetnsId) -> Self {
        Self { to, since, client }
    }
}

/// Answers that name servers keep (plugin `cache`): which of them, the name in lower case and the type of its records.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers(BTreeMap<Key, Kept>);

type Key = (NetnsId, NameServer, String, RecordType);

#[derive(Clone, Debug)]
struct Kept {
    answer: Answer,
    at: u64,
    /// Seconds.
    holds: u32,
}

impl Answers {
    /// What a server keeps for a question, and for how many seconds already.
    pub(super) fn find(
        &self,
        at: (NetnsId, NameServer),
        (name, kind): (&str, RecordType),
        now: u64,
    ) -> Option<(&Answer, u32)> {
        let kept = self.0.get(&key(at, name, kind))?;
        let age = u32::try_from(now.saturating_sub(kept.at)).unwrap_or(u32::MAX);
        // With nothing left it is asked for anew (`cache.getIgnoreTTL`).
        (age < kept.holds).then_some((&kept.answer, age))
    }

    /// A server keeps an answer for so many seconds.
    pub(super) fn keep(
        &mut self,
        at: (NetnsId, NameServer),
        (name, kind): (&str, RecordType),
        (answer, holds, now): (&Answer, u32, u64),
    ) {
        self.0.insert(key(at, name, kind), Kept { answer: answer.clone(), at: now, holds });
    }

    /// Whether a server of a kind keeps anything that still holds.
    pub(super) fn any(&self, of: NameServer, now: u64) -> bool {
        self.0
            .iter()
            .any(|((_, server, ..), kept)| *server == of && now.saturating_sub(kept.at) < u64::from(kept.holds))
    }
}

fn key((netns, server): (NetnsId, NameServer), name: &str, kind: RecordType) -> Key {
    (netns, server, name.trim_end_matches('.').to_lowercase(), kind)
}

impl Knows {
    /// The same in a model that follows, in which a namespace is another one or not there any more. Whoever has ended knows nothing, and
    /// CoreDNS that reads another Corefile begins with an empty cache (plugin `reload`).
    pub(super) fn carried(self, (was, is): (&Model, &Model), same: impl Fn(NetnsId) -> Option<NetnsId>) -> Self {
        let address = self.address.and_then(|own| Some(Address { client: same(own.client)?, ..own }));
        let reads = |model: &Model, server| match server {
            NameServer::NodeCache => model.cluster.node_cache.as_ref().map(|cache| cache.corefile.clone()),
            _ => Some(model.cluster.corefile.clone()),
        };
        let mut answers = Answers::default();
        let mut runs: BTreeMap<(NetnsId, NameServer), Option<NetnsId>> = BTreeMap::new();
        for ((netns, server, name, kind), kept) in self.answers.0 {
            let own = runs.entry((netns, server)).or_insert_with(|| {
                let there = same(netns).filter(|own| serves(is, *own, server))?;
                (reads(was, server) == reads(is, server)).then_some(there)
            });
            if let Some(own) = *own {
                answers.0.insert((own, server, name, kind), kept);
            }
        }
        Self { address, answers }
    }
}

/// A name server of a kind listens in a namespace.
fn serves(model: &Model, netns: NetnsId, server: NameServer) -> bool {
    let mut all = model.site.listening(netns);
    all.any(|own| own.process.is_some_and(|process| process.behaviour == Behaviour::NameServer(server)))
}
