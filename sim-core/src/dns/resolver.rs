//! The names a resolver asks for, in order, and when it is content (resolv.conf(5), glibc's `__res_context_search` and
//! `__res_context_send`).

pub use super::record::Rcode;
use super::record::{Record, RecordType};
use crate::agents::ResolvConf;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Names tried at most.
const MAX_NAMES: usize = 8;

/// Why a name has no IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// No name server is configured.
    NoServer,
    /// No server answered.
    NoAnswer,
    /// Servers answered that the name does not exist (NXDOMAIN).
    NotFound,
    /// The name exists and has no address (NODATA).
    NoAddress,
    /// The server failed or refused (SERVFAIL, REFUSED).
    Failed,
    /// The name has an IPv6 address only; IPv6 is not traced.
    Ipv6Only(Ipv6Addr),
    /// Only a name server that is not simulated knows.
    Beyond,
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Something was answered.
    Answered(Reply),
    /// Nothing came back.
    Silent,
    /// It was passed on to a name server that is not simulated.
    Beyond,
}

/// One question of a resolver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The server that is asked.
    pub server: SocketAddr,
    /// The name that is asked for.
    pub candidate: Candidate,
    /// A or AAAA.
    pub kind: RecordType,
    /// Number of the socket it is sent from, from 0: each name and server has its own, with a port of its own; A and AAAA share it.
    pub socket: usize,
    /// Over TCP: the answer did not fit into a datagram.
    pub stream: bool,
}

/// What a resolver read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Response code.
    pub rcode: Rcode,
    /// Addresses of the type asked for, in order.
    pub addresses: Vec<IpAddr>,
    /// The answer section.
    pub records: Vec<Record>,
    /// The type asked for is in it.
    pub answered: bool,
    /// There is more, which did not fit (TC).
    pub truncated: bool,
}

impl Reply {
    /// Reads a response; `None` for what is none.
    pub fn read(payload: &[u8]) -> Option<Self> {
        let message = super::message::decode(payload).filter(|message| message.response)?;
        let addresses = message.answers.iter().filter_map(|record| match record.data {
            super::Data::Address(ip) if record.kind == message.kind => Some(ip),
            _ => None,
        });
        Some(Self {
            rcode: message.rcode,
            truncated: message.truncated,
            addresses: addresses.collect(),
            answered: message.answers.iter().any(|record| record.kind == message.kind),
            records: message.answers,
        })
    }
}

/// Resolves a name to its first IPv4 address: for each name of the search list A, then AAAA. A server that says nothing, or that it
/// failed, leaves the question to the next one; when none says anything, no further name is tried. Of several failures NODATA counts
/// more than a server's failure, and that more than NXDOMAIN (`__res_context_search`).
///
/// glibc sends both questions at once and asks twice (`attempts:2`); here AAAA waits for A, and everything is asked once: what is
/// sent again goes the same way.
///
/// # Errors
/// Why there is no address.
pub fn resolve(conf: &ResolvConf, typed: &str, ask: impl FnMut(&Question) -> Asked) -> Result<IpAddr, Failure> {
    let resolver = Resolver::of(conf);
    match resolver.walk(typed, (resolver.kinds(), 0), ask)? {
        Some(IpAddr::V6(address)) => Err(Failure::Ipv6Only(address)),
        Some(address) => Ok(address),
        None => Err(Failure::NoAddress),
    }
}

/// What a resolver is told beside names and servers (resolv.conf(5), glibc's `res_init.c`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolver {
    /// Servers that are asked, in order.
    pub servers: Vec<IpAddr>,
    /// `rotate`: each name begins with the server behind the one that the last began with.
    pub rotate: bool,
    /// `use-vc`: streams, never datagrams.
    pub stream: bool,
    /// `single-request`: one question after the other.
    pub one_by_one: bool,
    /// `single-request-reopen`: one after the other, each from a socket of its own.
    pub reopen: bool,
    /// `edns0`: larger answers fit into a datagram.
    pub edns: bool,
    /// `no-aaaa`: only A.
    pub only_four: bool,
    /// `timeout:N` in seconds.
    pub timeout: u32,
    /// `attempts:N`.
    pub attempts: u32,
    conf: ResolvConf,
}

/// `timeout:N` and `attempts:N`, where nothing is said, and at most.
const TIMEOUT: (u32, u32) = (5, 30);
const ATTEMPTS: (u32, u32) = (2, 5);
/// What a resolver with EDNS0 says that it takes (`RESOLV_EDNS_BUFFER_SIZE`).
const EDNS_SIZE: u16 = 1200;

impl Resolver {
    /// As its file says.
    pub fn of(conf: &ResolvConf) -> Self {
        let says = |name: &str| conf.options.iter().any(|option| &**option == name);
        let number = |name: &str, (usual, most): (u32, u32)| {
            let mut options = conf.options.iter().rev();
            let said = options.find_map(|option| option.strip_prefix(name)?.strip_prefix(':')?.parse::<u32>().ok());
            said.unwrap_or(usual).min(most)
        };
        Self {
            servers: conf.nameservers.iter().copied().filter(IpAddr::is_ipv4).collect(),
            rotate: says("rotate"),
            stream: says("use-vc"),
            one_by_one: says("single-request"),
            reopen: says("single-request-reopen"),
            edns: says("edns0"),
            only_four: says("no-aaaa"),
            timeout: number("timeout", TIMEOUT).max(1),
            attempts: number("attempts", ATTEMPTS).max(1),
            conf: conf.clone(),
        }
    }

    /// The types that a name is asked for.
    pub fn kinds(&self) -> &'static [RecordType] {
        if self.only_four { &[RecordType::A] } else { &[RecordType::A, RecordType::Aaaa] }
    }

    /// The datagram that it says it takes.
    pub fn size(&self) -> Option<u16> {
        self.edns.then_some(EDNS_SIZE)
    }

    /// Seconds after which it does not listen to a server any more; what was said in a stream it waits for.
    pub fn patience(&self) -> u32 {
        match (self.stream, self.servers.len()) {
            (true, _) => u32::MAX,
            // It asks the same one again, and takes what comes late for that.
            (false, 0 | 1) => self.timeout * self.attempts,
            (false, _) => self.timeout,
        }
    }

    /// True where A and AAAA of a name leave one socket at once, as two datagrams.
    pub fn races(&self) -> bool {
        !(self.stream || self.one_by_one || self.reopen || self.only_four)
    }

    /// Asks for records of some types, with the search list; the first address of what was found, if it has one. The first name begins with
    /// the server `first`.
    ///
    /// # Errors
    /// Why there is nothing.
    pub fn walk(
        &self,
        typed: &str,
        (kinds, first): (&[RecordType], usize),
        mut ask: impl FnMut(&Question) -> Asked,
    ) -> Result<Option<IpAddr>, Failure> {
        if self.servers.is_empty() {
            return Err(Failure::NoServer);
        }
        let mut sockets = 0..;
        let mut failure = Failure::NotFound;
        for (turn, candidate) in candidates(&self.conf, typed).into_iter().take(MAX_NAMES).enumerate() {
            let offset = if self.rotate { (first + turn) % self.servers.len() } else { 0 };
            let (before, after) = self.servers.split_at(offset);
            let mut heard = None;
            for (at, server) in after.iter().chain(before).enumerate() {
                let mut socket = sockets.next().unwrap_or_default();
                let mut found = None;
                let mut content = true;
                for (place, &kind) in kinds.iter().enumerate() {
                    if self.reopen && place > 0 {
                        socket = sockets.next().unwrap_or_default();
                    }
                    let server = SocketAddr::new(*server, 53);
                    let mut question =
                        Question { server, candidate: candidate.clone(), kind, socket, stream: self.stream };
                    let mut asked = ask(&question);
                    // What did not fit is asked for again in a stream.
                    if matches!(&asked, Asked::Answered(reply) if reply.truncated) {
                        question.stream = true;
                        question.socket = sockets.next().unwrap_or_default();
                        asked = ask(&question);
                    }
                    let reply = match asked {
                        Asked::Answered(reply) => reply,
                        // A server that does not answer A does not answer AAAA either.
                        Asked::Silent => {
                            content = false;
                            break;
                        }
                        Asked::Beyond => return Err(Failure::Beyond),
                    };
                    let failed = matches!(reply.rcode, Rcode::ServFail | Rcode::Refused);
                    let said = match reply.rcode {
                        Rcode::ServFail | Rcode::Refused => Failure::Failed,
                        Rcode::NxDomain => Failure::NotFound,
                        Rcode::NoError => Failure::NoAddress,
                    };
                    heard = heard.max(Some(rank(said)));
                    content &= !failed || at + 1 == self.servers.len();
                    found = found.or_else(|| reply.answered.then(|| reply.addresses.first().copied()));
                    if !content {
                        break;
                    }
                }
                match found {
                    Some(address) => return Ok(address),
                    None if content => break,
                    None => {}
                }
            }
            let Some(said) = heard else { return Err(Failure::NoAnswer) };
            if said > rank(failure) {
                failure = [Failure::NotFound, Failure::Failed, Failure::NoAddress]
                    .into_iter()
                    .find(|failure| rank(*failure) == said)
                    .unwrap_or(failure);
            }
        }
        Err(failure)
    }
}

/// Asks for records of some types, with the same search list; the first address of what was found, if it has one.
///
/// # Errors
/// Why there is nothing.
pub fn walk(
    conf: &ResolvConf,
    typed: &str,
    kinds: &[RecordType],
    ask: impl FnMut(&Question) -> Asked,
) -> Result<Option<IpAddr>, Failure> {
    Resolver::of(conf).walk(typed, (kinds, 0), ask)
}

/// Which of several failures is reported.
fn rank(failure: Failure) -> u8 {
    match failure {
        Failure::NoAddress => 2,
        Failure::Failed => 1,
        _ => 0,
    }
}

/// A name to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Fully qualified, with a trailing dot.
    pub name: String,
    /// Entry of the search list that made it; `None` for the name as typed.
    pub search: Option<u32>,
}

/// All names that are tried for what was typed, in order: with a trailing dot only that; with at least `ndots` dots as typed first, then
/// the search list; else the search list first.
pub fn candidates(conf: &ResolvConf, typed: &str) -> Vec<Candidate> {
    if typed.ends_with('.') {
        return vec![Candidate { name: typed.to_owned(), search: None }];
    }
    let dots = typed.bytes().filter(|byte| *byte == b'.').count();
    // `RES_MAXNDOTS`.
    let ndots = usize::from(conf.ndots.min(15));
    let as_typed = Candidate { name: format!("{typed}."), search: None };
    let searched = conf.search.iter().zip(0u32..).map(|(domain, index)| Candidate {
        name: format!("{typed}.{}.", domain.trim_end_matches('.')),
        search: Some(index),
    });
    if dots >= ndots {
        return std::iter::once(as_typed).chain(searched).collect();
    }
    // `no-tld-query`: a name without a dot is not asked for as it stands.
    let never = dots == 0 && !conf.search.is_empty() && conf.options.iter().any(|option| &**option == "no-tld-query");
    searched.chain(std::iter::once(as_typed).filter(|_| !never)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn check(typed: &str, ndots: u8, expected: &[&str]) {
        let search = ["ns1.svc.cluster.local", "svc.cluster.local", "cluster.local"].map(Arc::from).to_vec();
        let conf = ResolvConf { search, ndots, ..ResolvConf::default() };
        let names: Vec<String> = candidates(&conf, typed).into_iter().map(|candidate| candidate.name).collect();
        assert_eq!(names, expected, "{typed}");
    }

    /// Asks with two servers that say the same of every name: what each says of A and AAAA, and how often each is asked.
    fn asked(servers: [Option<Rcode>; 2], expected: Result<IpAddr, Failure>, counts: [usize; 2]) {
        let ips: [IpAddr; 2] = ["10.0.0.1", "10.0.0.2"].map(|ip| ip.parse().unwrap());
        let conf = ResolvConf {
            nameservers: ips.to_vec(),
            search: vec![Arc::from("cluster.local")],
            ndots: 5,
            ..ResolvConf::default()
        };
        let mut counted = [0; 2];
        let address: IpAddr = "10.96.0.9".parse().unwrap();
        let result = resolve(&conf, "web", |question| {
            let at = ips.iter().position(|ip| *ip == question.server.ip()).unwrap();
            counted[at] += 1;
            let good = servers[at] == Some(Rcode::NoError) && question.kind == RecordType::A;
            let addresses = good.then_some(address).into_iter().collect();
            let reply = |rcode| Reply { rcode, addresses, records: Vec::new(), answered: good, truncated: false };
            servers[at].map_or(Asked::Silent, |rcode| Asked::Answered(reply(rcode)))
        });
        assert_eq!((result, counted), (expected, counts), "{servers:?}");
    }

    #[test]
    fn a_server_that_fails_leaves_the_question_to_the_next() {
        let address = Ok("10.96.0.9".parse().unwrap());
        asked([Some(Rcode::NoError), None], address, [2, 0]);
        asked([None, Some(Rcode::NoError)], address, [1, 2]);
        asked([Some(Rcode::ServFail), Some(Rcode::NoError)], address, [1, 2]);
        asked([None, None], Err(Failure::NoAnswer), [1, 1]);
        // Both names of the search list.
        asked([Some(Rcode::NxDomain), Some(Rcode::NoError)], Err(Failure::NotFound), [4, 0]);
        asked([None, Some(Rcode::NxDomain)], Err(Failure::NotFound), [2, 4]);
        asked([Some(Rcode::ServFail), Some(Rcode::ServFail)], Err(Failure::Failed), [2, 4]);
        let nobody = ResolvConf { ndots: 5, ..ResolvConf::default() };
        assert_eq!(resolve(&nobody, "web", |_| panic!("nobody to ask")), Err(Failure::NoServer));
    }

    #[test]
    fn what_does_not_fit_is_asked_for_in_a_stream() {
        let server: IpAddr = "10.0.0.1".parse().unwrap();
        let conf = ResolvConf { nameservers: vec![server], ndots: 1, ..ResolvConf::default() };
        let address: IpAddr = "10.96.0.9".parse().unwrap();
        let run = |streams: bool| {
            let mut asked = Vec::new();
            let found = walk(&conf, "web.", &[RecordType::A], |question| {
                asked.push((question.socket, question.stream));
                if question.stream && !streams {
                    return Asked::Silent;
                }
                Asked::Answered(Reply {
                    rcode: Rcode::NoError,
                    addresses: vec![address],
                    records: Vec::new(),
                    answered: true,
                    truncated: !question.stream,
                })
            });
            (found, asked)
        };
        assert_eq!(run(true), (Ok(Some(address)), vec![(0, false), (1, true)]));
        assert_eq!(run(false), (Err(Failure::NoAnswer), vec![(0, false), (1, true)]));
    }

    #[test]
    fn options_decide_who_is_asked_and_how() {
        let ips: Vec<IpAddr> = ["10.0.0.1", "10.0.0.2"].map(|ip| ip.parse().unwrap()).to_vec();
        let run = |options: &[&str], first: usize| {
            let options = options.iter().map(|option| Arc::from(*option)).collect();
            let search = vec![Arc::from("a"), Arc::from("b")];
            let conf = ResolvConf { nameservers: ips.clone(), search, ndots: 5, options };
            let resolver = Resolver::of(&conf);
            let mut asked = Vec::new();
            let _ = resolver.walk("web", (resolver.kinds(), first), |question| {
                asked.push((question.server.ip().to_string().pop().unwrap(), question.socket, question.stream));
                let reply = Reply {
                    rcode: Rcode::NxDomain,
                    addresses: Vec::new(),
                    records: Vec::new(),
                    answered: false,
                    truncated: false,
                };
                Asked::Answered(reply)
            });
            asked
        };
        let usual =
            [('1', 0, false), ('1', 0, false), ('1', 1, false), ('1', 1, false), ('1', 2, false), ('1', 2, false)];
        assert_eq!(run(&[], 0), usual);
        let servers =
            |asked: Vec<(char, usize, bool)>| asked.into_iter().map(|(server, ..)| server).collect::<String>();
        assert_eq!(servers(run(&["rotate"], 0)), "112211");
        assert_eq!(servers(run(&["rotate"], 1)), "221122");
        assert!(run(&["use-vc"], 0).iter().all(|(.., stream)| *stream));
        assert_eq!(run(&["no-aaaa"], 0).len(), 3);
        assert_eq!(run(&["no-tld-query"], 0).len(), 4, "not as it stands");
        let apart: Vec<usize> = run(&["single-request-reopen"], 0).into_iter().map(|(_, socket, _)| socket).collect();
        assert_eq!(apart, [0, 1, 2, 3, 4, 5]);
        let of = |options: &[&str]| {
            Resolver::of(&ResolvConf {
                options: options.iter().map(|option| Arc::from(*option)).collect(),
                ..ResolvConf::default()
            })
        };
        assert_eq!((of(&[]).timeout, of(&[]).attempts, of(&[]).size()), (5, 2, None));
        assert_eq!((of(&["timeout:99", "attempts:9"]).timeout, of(&["attempts:9"]).attempts), (30, 5));
        assert_eq!(of(&["edns0"]).size(), Some(1200));
        assert!(of(&[]).races() && !of(&["single-request"]).races() && !of(&["use-vc"]).races());
    }

    #[test]
    fn the_search_list_comes_first_below_ndots() {
        check("web", 5, &["web.ns1.svc.cluster.local.", "web.svc.cluster.local.", "web.cluster.local.", "web."]);
        check(
            "web.ns2",
            5,
            &["web.ns2.ns1.svc.cluster.local.", "web.ns2.svc.cluster.local.", "web.ns2.cluster.local.", "web.ns2."],
        );
        check("web.ns2.", 5, &["web.ns2."]);
        check("a.b", 1, &["a.b.", "a.b.ns1.svc.cluster.local.", "a.b.svc.cluster.local.", "a.b.cluster.local."]);
        let five = "web-0.web.ns1.svc.cluster.local";
        assert_eq!(candidates(&ResolvConf { ndots: 5, ..ResolvConf::default() }, five)[0].name, format!("{five}."));
    }
}
