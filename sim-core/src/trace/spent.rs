//! What a lookup costs: questions, packets, connections to keep track of, and time; as glibc's resolver does it (`__res_context_send`).

use super::journey::{Journey, Lookup};
use super::lookup::resolv_conf;
use crate::agents::ResolvConf;
use crate::dns::RecordType;
use crate::dns::resolver::Rcode;
use crate::model::Model;
use std::collections::BTreeSet;

/// `options timeout:N` and `attempts:N`, where nothing is said, and at most.
const TIMEOUT: (u32, u32) = (5, 30);
const ATTEMPTS: (u32, u32) = (2, 5);

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

/// The number of an option of resolv.conf(5).
fn number(conf: &ResolvConf, name: &str, (usual, most): (u32, u32)) -> u32 {
    let mut options = conf.options.iter().rev();
    let said = options.find_map(|option| option.strip_prefix(name)?.strip_prefix(':')?.parse::<u32>().ok());
    said.unwrap_or(usual).min(most)
}

fn says(conf: &ResolvConf, name: &str) -> bool {
    conf.options.iter().any(|option| &**option == name)
}

/// What all questions of a journey cost.
pub fn spent(model: &Model, journey: &Journey) -> Spent {
    of(&resolv_conf(model, &journey.probe.from), &journey.lookups)
}

fn of(conf: &ResolvConf, lookups: &[Lookup]) -> Spent {
    let (timeout, attempts) = (number(conf, "timeout", TIMEOUT).max(1), number(conf, "attempts", ATTEMPTS).max(1));
    // One question after the other, over one socket or over two.
    let apart = says(conf, "single-request-reopen");
    let one_by_one = apart || says(conf, "single-request");
    let servers = conf.nameservers.iter().filter(|server| server.is_ipv4()).count().max(1) as u32;
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
            if answered > 0 {
                spent.questions += group.len() as u32;
                // A connection: three packets to open it, a question and an answer with their acknowledgements, four to end it.
                spent.packets += (group.len() as u32 - streams) * 2 + streams * 11;
                // The server's own wait: for both types at once, unless one waits for the other. Meanwhile the questions are sent again.
                let waits = group.iter().filter_map(|one| one.lost).map(|lost| lost.seconds());
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
        let server = SocketAddr::new(ips[0], 53);
        lost.iter_mut().for_each(|one| one.lost = Some(crate::dns::Lost { server, silent: true, line: 1 }));
        assert_eq!(spend(&["attempts:1"], &lost), [4, 6, 1, 6]);
        assert_eq!(spend(&["attempts:1", "timeout:10"], &lost), [2, 4, 1, 6]);
        let none = [silent("10.0.0.1"), silent("10.0.0.2")].concat();
        // 5 seconds for the first, 10 / 2 for the second, twice.
        assert_eq!(spend(&[], &none), [8, 8, 2, 20]);
        assert_eq!(spend(&["attempts:1", "timeout:2"], &none), [4, 4, 2, 4]);
    }
}
