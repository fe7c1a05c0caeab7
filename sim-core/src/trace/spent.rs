//! What a lookup costs: questions, packets, connections to keep track of, and time; as glibc's resolver does it (`__res_context_send`).

use super::journey::{Journey, Lookup};
use super::lookup::resolv_conf;
use crate::agents::ResolvConf;
use crate::dns::RecordType;
use crate::dns::resolver::{Rcode, Resolver};
use crate::model::Model;
use std::collections::BTreeSet;

/// Packets of a connection: three to open it, four to end it; and of a question and an answer in it, with their acknowledgements.
const OPEN_AND_CLOSE: u32 = 7;
const IN_STREAM: u32 = 4;
/// What connect(2) takes that nobody answers: a SYN, and `tcp_syn_retries` (6) more, each after twice the time.
const SYNS: u32 = 7;
const CONNECT: u32 = 127;

/// What it costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Questions sent, again where nothing came back.
    pub questions: u32,
    /// Packets of questions and answers at the client.
    pub packets: u32,
    /// Sockets, each with an entry of connection tracking on every node that it passes.
    pub flows: u32,
    /// Seconds that are waited.
    pub seconds: u32,
}

/// What all questions of a journey cost.
pub fn spent(model: &Model, journey: &Journey) -> Spent {
    of(&resolv_conf(model, &journey.probe.from), &journey.lookups)
}

fn of(conf: &ResolvConf, lookups: &[Lookup]) -> Spent {
    let resolver = Resolver::of(conf);
    let (timeout, attempts) = (resolver.timeout, resolver.attempts);
    // One question after the other, over one socket or over two.
    let apart = resolver.reopen;
    let one_by_one = apart || resolver.one_by_one;
    let servers = resolver.servers.len().max(1) as u32;
    let mut spent = Spent::default();
    for name in lookups.chunk_by(|one, next| one.name == next.name) {
        let groups: Vec<&[Lookup]> = name.chunk_by(|one, next| one.server == next.server).collect();
        let content = |group: &&[Lookup]| {
            group.iter().any(|one| matches!(one.rcode, Some(Rcode::NoError | Rcode::NxDomain)) || one.beyond)
        };
        let tries = if groups.iter().any(content) { 1 } else { attempts };
        for (at, group) in (0u32..).zip(&groups) {
            let answered = group.iter().filter(|one| one.rcode.is_some() || one.beyond).count() as u32;
            let streams = group.iter().filter(|one| one.stream).count() as u32;
            if resolver.stream {
                // One connection for both types, and one try of each server.
                spent.flows += 1;
                let refused = group.iter().all(|one| one.refused);
                match () {
                    () if answered > 0 => {
                        spent.questions += group.len() as u32;
                        spent.packets += OPEN_AND_CLOSE + group.len() as u32 * IN_STREAM;
                        spent.seconds += group.iter().map(|one| one.waited).max().unwrap_or_default();
                    }
                    () if refused => spent.packets += 2,
                    () => {
                        spent.packets += SYNS;
                        spent.seconds += CONNECT;
                    }
                }
                continue;
            }
            if answered > 0 {
                spent.questions += group.len() as u32;
                spent.packets += (group.len() as u32 - streams) * 2 + streams * (OPEN_AND_CLOSE + IN_STREAM);
                // The server's own wait: for both types at once, unless one waits for the other. Meanwhile the questions are sent again.
                let waits = group.iter().map(|one| one.waited);
                let wait = if one_by_one { waits.sum() } else { waits.max().unwrap_or_default() };
                let again = if wait > timeout { group.len() as u32 } else { 0 };
                spent.questions += again;
                spent.packets += again;
                spent.seconds += wait;
            } else {
                // The other type is sent at once, without waiting.
                let plain = group.iter().any(|one| matches!(one.record, RecordType::A)) && !one_by_one;
                let sent = group.len() as u32 + u32::from(plain && group.len() == 1);
                spent.questions += sent * tries;
                let refused = group.iter().all(|one| one.refused);
                spent.packets += sent * tries * if refused { 2 } else { 1 };
                let wait = if at == 0 { timeout } else { ((timeout << at) / servers).max(1) };
                spent.seconds += if refused { 0 } else { wait * tries };
            }
            let kinds: BTreeSet<RecordType> = group.iter().filter(|one| !one.stream).map(|one| one.record).collect();
            spent.flows += streams + if apart { kinds.len() as u32 } else { 1 };
        }
    }
    spent
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, SocketAddr};
    use std::sync::Arc;

    fn lookup(name: &str, server: &str, record: RecordType, rcode: Option<Rcode>) -> Lookup {
        Lookup {
            name: Arc::from(name),
            record,
            server: SocketAddr::new(server.parse().unwrap(), 53),
            rcode,
            addresses: Vec::new(),
            records: Vec::new(),
            additional: Vec::new(),
            search: None,
            origin: None,
            rotates: false,
            stream: false,
            truncated: false,
            refused: false,
            lost: None,
            waited: 0,
            kept: None,
            forwards: Vec::new(),
            beyond: false,
        }
    }

    #[test]
    fn silence_takes_time_and_is_asked_again() {
        let ips: Vec<IpAddr> = ["10.0.0.1", "10.0.0.2"].map(|ip| ip.parse().unwrap()).to_vec();
        let conf = |options: &[&str]| ResolvConf {
            nameservers: ips.clone(),
            options: options.iter().map(|option| Arc::from(*option)).collect(),
            ..ResolvConf::default()
        };
        let pair = |name: &str, server: &str, rcode| {
            [RecordType::A, RecordType::Aaaa].map(|kind| lookup(name, server, kind, Some(rcode))).to_vec()
        };
        let silent = |server: &str| vec![lookup("a.", server, RecordType::A, None)];
        let spend = |options: &[&str], lookups: &[Lookup]| {
            let Spent { questions, packets, flows, seconds } = of(&conf(options), lookups);
            [questions, packets, flows, seconds]
        };
        let found = [pair("a.b.", "10.0.0.1", Rcode::NxDomain), pair("a.", "10.0.0.1", Rcode::NoError)].concat();
        assert_eq!(spend(&[], &found), [4, 8, 2, 0]);
        assert_eq!(spend(&["single-request-reopen"], &found), [4, 8, 4, 0]);
        let second = [silent("10.0.0.1"), pair("a.", "10.0.0.2", Rcode::NoError)].concat();
        assert_eq!(spend(&[], &second), [4, 6, 2, 5]);
        assert_eq!(spend(&["timeout:1", "single-request"], &second), [3, 5, 2, 1]);
        // CoreDNS waits for its upstream, and both questions are sent again meanwhile.
        let mut lost = pair("a.", "10.0.0.1", Rcode::ServFail);
        lost.iter_mut().for_each(|one| one.waited = 6);
        assert_eq!(spend(&["attempts:1"], &lost), [4, 6, 1, 6]);
        assert_eq!(spend(&["attempts:1", "timeout:10"], &lost), [2, 4, 1, 6]);
        let mut streams = pair("a.", "10.0.0.1", Rcode::NoError);
        streams.iter_mut().for_each(|one| one.stream = true);
        assert_eq!(spend(&["use-vc"], &streams), [2, 15, 1, 0]);
        let none = [silent("10.0.0.1"), silent("10.0.0.2")].concat();
        assert_eq!(spend(&["use-vc"], &none), [0, 14, 2, 254]);
        // 5 seconds for the first, 10 / 2 for the second, twice.
        assert_eq!(spend(&[], &none), [8, 8, 2, 20]);
        assert_eq!(spend(&["attempts:1", "timeout:2"], &none), [4, 4, 2, 4]);
    }
}
