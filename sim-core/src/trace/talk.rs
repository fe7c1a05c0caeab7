//! One request and all that comes of it: the kernels' answers, and what the process that it reaches does. A proxy sends a request of its own,
//! which is followed the same way: legs form a tree. So does a name server that asks another one.

use super::choice::ChoiceKind;
use super::choose::uniform;
use super::drive::{Drive, bytes};
use super::ended::left_for_good;
use super::journey::{Leg, LegId, Purpose};
use super::sidecar::Passes;
use super::stream::{Carries, MAX_PROXIES, Stream, Under, announced, is_close};
use crate::dns;
use crate::http::{Announcement, Message};
use crate::site::{Behaviour, Process};
use kernel::exchange::{self, AnswersFrom, Exchange, Reported, Request, Served, Writer};
use kernel::packet::Protocol;
use kernel::walk::AnswerKind;
use kubernetes::cluster::model::Balancing;
use std::net::SocketAddr;
use std::sync::Arc;

/// Questions that a name server asks others before it answers one, at most.
const MAX_ASKED: usize = 8;

/// What a process that is no proxy makes of a datagram that came to it.
pub(super) enum Said {
    /// Nothing.
    Nothing,
    /// Its answer is not known.
    Unknown,
    /// It answers.
    Answer(Arc<[u8]>),
    /// It asks others first; then it is asked again, with what it heard.
    Asks(dns::Ask),
}

/// What a process that is no proxy says to what it receives, with what it heard from others so far.
pub(super) type Says<'s> = dyn FnMut(Served, Option<&Process>, &Arc<[u8]>, &[dns::Heard]) -> Said + 's;

/// What a request belongs to.
#[derive(Clone, Copy)]
pub(super) enum Asking {
    /// A resolver's question, with its number.
    Question(u32),
    /// The connection of the probe.
    Connection,
}

impl Asking {
    fn lookup(self) -> Option<u32> {
        match self {
            Self::Question(lookup) => Some(lookup),
            Self::Connection => None,
        }
    }
}

/// How a request ended.
pub(super) struct Ended {
    /// What the caller's call reports.
    pub(super) reported: Reported,
    /// The last process that was reached.
    pub(super) served: Option<Served>,
    /// The datagram that came back.
    pub(super) answer: Option<Arc<[u8]>>,
    /// Whether one comes back is not known.
    pub(super) unknown: bool,
}

impl Drive<'_> {
    /// Follows what came of a request. `under` is what made a process send it.
    pub(super) fn talk(&mut self, asking: Asking, done: Exchange, under: Option<Under>, says: &mut Says<'_>) -> Ended {
        self.talk_on(asking, (done, &[]), under, says)
    }

    /// The same; `first` is what a proxy says on the stream before all else.
    fn talk_on(
        &mut self,
        asking: Asking,
        (mut done, first): (Exchange, &[Announcement]),
        under: Option<Under>,
        says: &mut Says<'_>,
    ) -> Ended {
        let (mut ids, mut unknown) = (Vec::new(), false);
        for one in first {
            self.take(asking, &mut done, under, &mut ids);
            let network = &self.model.site.network;
            if !exchange::write(network, &mut self.state, &mut self.draws, &mut done, (Writer::Client, &one.bytes())) {
                done.reported = Reported::Timeout;
            }
            self.take_said(asking, &mut done, under, &mut ids, Some(&Message::Announcement(*one)));
        }
        let written = self.write(asking, &mut done, Writer::Client);
        let mut served = done.served;
        let process = served.and_then(|at| self.model.site.process(at.netns, at.socket?));
        let behaviour = process.as_ref().map(|process| &process.behaviour);
        let passes = served.zip(process.as_deref()).and_then(|(reached, process)| self.passes(process, reached));
        if let (Some(reached), Some(Passes { to, by, from: own, announces, accepts, owner })) = (served, &passes) {
            self.take(asking, &mut done, under, &mut ids);
            let protocol =
                done.packets.first().and_then(|sent| sent.walk.hops.last()).map(|hop| hop.after.packet.protocol());
            let passed = under.map_or(0, |under| under.passed) + 1;
            // A stream is taken once the kernels have shaken hands, a datagram as it comes.
            let taken = protocol != Some(Protocol::Tcp) || done.reported == Reported::Ok;
            let from = ids.first().copied().flatten().filter(|_| taken && passed <= MAX_PROXIES);
            let says_first = announced(first, (reached.peer, reached.local), *announces, *accepts);
            let stream = protocol == Some(Protocol::Tcp);
            let from = from.filter(|_| !stream || says_first.is_some());
            let onward = from.and_then(|from| Some((from, self.onward(reached, to, *by)?)));
            if let (Some(protocol), Some((from, to))) = (protocol, onward) {
                let request = Request {
                    netns: reached.netns,
                    protocol,
                    local: *own,
                    sport: self.source_port(&format!("proxy {passed}")),
                    remote: to,
                    payload: done.asked().cloned().unwrap_or_else(|| Arc::from([])),
                    ttl: None,
                    dont_fragment: None,
                    owner: *owner,
                };
                let network = &self.model.site.network;
                let sent = exchange::request(network, &mut self.state, &mut self.draws, &request);
                let under = Under { leg: from, passed, forwards: false };
                let first = says_first.filter(|_| stream && sent.reported == Reported::Ok).unwrap_or_default();
                let behind = self.talk_on(asking, (sent, &first), Some(under), says);
                served = behind.served.or(served);
                unknown = behind.unknown;
                match (behind.reported, behind.answer) {
                    (Reported::Ok, Some(payload)) => self.answer(&mut done, payload, AnswersFrom::Route),
                    (Reported::Ok, None) => {}
                    // The client was connected already: the proxy closes that connection.
                    (Reported::Error(_) | Reported::Eof, _) if protocol == Protocol::Tcp => {
                        self.close(&mut done, Writer::Server);
                        done.reported = Reported::Eof;
                    }
                    (_, _) => done.reported = Reported::Timeout,
                }
            } else if taken && stream && says_first.is_none() {
                // It waits for a header, which nobody says: whoever waits longer is closed.
                self.close(&mut done, Writer::Server);
                done.reported = Reported::Eof;
            } else if taken && stream && to.is_empty() {
                self.close(&mut done, Writer::Server);
                done.reported = Reported::Eof;
            } else if taken {
                done.reported = Reported::Timeout;
            }
        } else if let (Some(reached), Some(asked)) = (served, done.asked().cloned()) {
            let from = answers_from(behaviour);
            self.take(asking, &mut done, under, &mut ids);
            let leg = ids.first().copied().flatten().or(under.map(|under| under.leg)).unwrap_or_default();
            let passed = under.map_or(0, |under| under.passed) + 1;
            let under = Under { leg, passed, forwards: true };
            match self.said(asking, (reached, &asked), under, says) {
                Said::Answer(payload) => self.answer(&mut done, payload, from),
                Said::Unknown => unknown = true,
                Said::Nothing | Said::Asks(..) => {}
            }
            self.answer_elsewhere(asking, &mut done, under, says);
        }
        // What was written comes back, from whoever answers behind all proxies.
        if written == Some(true)
            && done.reported == Reported::Ok
            && self.write(asking, &mut done, Writer::Server) == Some(false)
            || written == Some(false) && done.reported == Reported::Ok
        {
            done.reported = Reported::Timeout;
        }
        exchange::finish(&self.model.site.network, &mut self.state, &mut self.draws, &mut done);
        let answer = done.answered().cloned();
        self.take(asking, &mut done, under, &mut ids);
        Ended { reported: done.reported, served, answer, unknown }
    }

    /// What a process says to what it received, once it has asked others for what it does not know; those questions are `under` the leg.
    pub(super) fn said(
        &mut self,
        asking: Asking,
        (reached, asked): (Served, &Arc<[u8]>),
        under: Under,
        says: &mut Says<'_>,
    ) -> Said {
        let process = reached.socket.and_then(|socket| self.model.site.process(reached.netns, socket));
        let mut heard = Vec::new();
        loop {
            match says(reached, process.as_deref(), asked, &heard) {
                Said::Asks(ask) if heard.len() < MAX_ASKED && under.passed <= MAX_PROXIES => {
                    let one = self.ask_others(asking, ask, under, says);
                    heard.push(one);
                }
                Said::Asks(_) => return Said::Nothing,
                said => return said,
            }
        }
    }

    /// What comes of a name server's question to others.
    fn ask_others(&mut self, asking: Asking, ask: dns::Ask, under: Under, says: &mut Says<'_>) -> dns::Heard {
        let mut heard = dns::Heard { ask, lost: Vec::new(), by: None, said: dns::Said::Nothing };
        let servers: Vec<SocketAddr> = heard.ask.to.iter().map(|(_, server)| *server).collect();
        let first = match heard.ask.to.first() {
            Some((netns, _)) if heard.ask.any => self.draws.server(ChoiceKind::Upstream, *netns, &servers),
            _ => 0,
        };
        let (before, after) = heard.ask.to.split_at(first.min(servers.len()));
        let in_turn: Vec<_> = after.iter().chain(before).copied().collect();
        let stream = heard.ask.protocol == Protocol::Tcp;
        let question = heard.ask.question.clone();
        for (netns, server) in in_turn {
            let before = self.legs.len();
            let purpose = match asking {
                Asking::Question(lookup) => format!("forward {lookup} {server} {before}"),
                Asking::Connection => format!("forward {server} {before}"),
            };
            let request = Request {
                netns,
                protocol: heard.ask.protocol,
                local: None,
                sport: self.source_port(&purpose),
                remote: server,
                payload: if stream { Arc::from([]) } else { question.clone() },
                ttl: None,
                dont_fragment: None,
                owner: Default::default(),
            };
            let (said, reported, unknown) = match stream {
                true => {
                    let mut open = self.open(&request, Some(under), Carries::Questions(asking.lookup()), &[]);
                    let said = self.ask_in(&mut open, asking, &question, says);
                    // It stays open, for the next question.
                    self.end(&mut open);
                    (said, open.done.reported, false)
                }
                false => {
                    let sent = exchange::request(&self.model.site.network, &mut self.state, &mut self.draws, &request);
                    let behind = self.talk(asking, sent, Some(under), says);
                    (behind.answer.map_or(Said::Nothing, Said::Answer), behind.reported, behind.unknown)
                }
            };
            if unknown || matches!(said, Said::Unknown) || left_for_good(self.model, &self.legs, before) {
                return dns::Heard { said: dns::Said::Unknown, by: Some(server), ..heard };
            }
            match said {
                Said::Answer(answer) if heard.ask.past_failure && dns::is_failure(&answer) => {
                    heard.said = dns::Said::Answer(answer);
                    heard.by = Some(server);
                }
                Said::Answer(answer) => {
                    return dns::Heard { said: dns::Said::Answer(answer), by: Some(server), ..heard };
                }
                _ => heard.lost.push((server, !matches!(reported, Reported::Error(_)))),
            }
        }
        heard
    }

    /// A question in a stream, and what is said to it: two bytes say how long each is (RFC 1035 section 4.2.2).
    pub(super) fn ask_in(
        &mut self,
        open: &mut Stream,
        asking: Asking,
        question: &Arc<[u8]>,
        says: &mut Says<'_>,
    ) -> Said {
        if open.done.reported != Reported::Ok {
            return Said::Nothing;
        }
        open.asks(asking.lookup());
        if !self.write_into(open, (&with_length(question), None), Writer::Client) {
            return Said::Nothing;
        }
        let last = open.deepest();
        let (Some(reached), Some(leg)) = (last.done.served, last.last_leg()) else { return Said::Nothing };
        let under = Under { leg, passed: last.passed() + 1, forwards: true };
        match self.said(asking, (reached, question), under, says) {
            Said::Answer(answer) if !self.write_into(open, (&with_length(&answer), None), Writer::Server) => {
                Said::Nothing
            }
            said => said,
        }
    }

    /// The server that a proxy goes on to.
    pub(super) fn onward(&mut self, reached: Served, to: &[SocketAddr], by: Balancing) -> Option<SocketAddr> {
        let local = reached.local;
        let (number, share) = match by {
            // One after the other, from any on.
            Balancing::RoundRobin => (self.number, uniform(self.probe.seed, &format!("backend {local}"))),
            Balancing::Random => (0, uniform(self.probe.seed, &format!("backend {local} {}", self.number))),
            Balancing::Source => (0, uniform(self.probe.seed, &format!("backend {local} {}", reached.peer.ip()))),
        };
        let first = (share * to.len() as f64) as usize;
        let drawn = (first + number as usize) % to.len().max(1);
        self.draws.backend(reached.netns, to, drawn)
    }

    /// Writes what the probe sends into its connection, which is open; whether that arrives. `None` where nothing is written.
    fn write(&mut self, asking: Asking, done: &mut Exchange, writer: Writer) -> Option<bool> {
        let size = self.probe.size.filter(|size| *size > 0 && matches!(asking, Asking::Connection))?;
        let first = done.packets.first().and_then(|sent| sent.walk.hops.last())?;
        if first.after.packet.innermost().protocol() != Protocol::Tcp || done.reported != Reported::Ok {
            return None;
        }
        let network = &self.model.site.network;
        Some(exchange::write(network, &mut self.state, &mut self.draws, done, (writer, &bytes(size))))
    }

    /// Closes an open connection: first who is given, then, having read that, the other.
    pub(super) fn close(&mut self, done: &mut Exchange, first: Writer) {
        let second = match first {
            Writer::Client => Writer::Server,
            Writer::Server => Writer::Client,
        };
        for closes in [first, second] {
            let network = &self.model.site.network;
            if !exchange::close(network, &mut self.state, &mut self.draws, done, closes) {
                return;
            }
        }
    }

    /// What other processes say that have copies of the datagram. A proxy among them is left out: it asks nobody because of a copy.
    fn answer_elsewhere(&mut self, asking: Asking, done: &mut Exchange, under: Under, says: &mut Says<'_>) {
        let Some(served) = done.served else { return };
        for copy in
            done.datagrams().into_iter().filter(|copy| copy.at.socket != served.socket || copy.at.netns != served.netns)
        {
            let process = copy.at.socket.and_then(|socket| self.model.site.process(copy.at.netns, socket));
            let behaviour = process.as_ref().map(|process| &process.behaviour);
            if matches!(behaviour, Some(Behaviour::Proxies { .. })) {
                continue;
            }
            let from = answers_from(behaviour);
            if let Said::Answer(payload) = self.said(asking, (copy.at, &copy.packet.payload), under, says) {
                let network = &self.model.site.network;
                exchange::answer_to(network, &mut self.state, &mut self.draws, done, &copy, (payload, from));
            }
        }
    }

    fn answer(&mut self, done: &mut Exchange, payload: Arc<[u8]>, from: AnswersFrom) {
        exchange::answer(&self.model.site.network, &mut self.state, &mut self.draws, done, (payload, from));
    }

    /// Takes the packets that are no legs yet; `ids` are those that are, in the order of the packets.
    fn take(&mut self, asking: Asking, done: &mut Exchange, under: Option<Under>, ids: &mut Vec<Option<LegId>>) {
        self.take_said(asking, done, under, ids, None);
    }

    /// The same; `said` is what those of them carry that were written.
    fn take_said(
        &mut self,
        asking: Asking,
        done: &mut Exchange,
        under: Option<Under>,
        ids: &mut Vec<Option<LegId>>,
        said: Option<&Message>,
    ) {
        for (at, sent) in done.packets.iter_mut().enumerate().skip(ids.len()) {
            let question = matches!(asking, Asking::Question(_));
            let purpose = match sent.answer {
                None if at == 0 && under.is_some_and(|under| !under.forwards) => Purpose::Proxy,
                None if at == 0 && question => Purpose::DnsQuery,
                None if at == 0 => Purpose::Connect,
                None if question && under.is_none_or(|under| under.forwards) => Purpose::DnsAnswer,
                None if is_close(sent) => Purpose::Close,
                None if said.is_some() => Purpose::Announcement,
                None if sent.of.is_none() => Purpose::Data,
                None => Purpose::Reply,
                // The final ACK brings nothing new to see: it goes the way of the SYN, by the conntrack entry alone.
                Some(AnswerKind::HandshakeAck) => {
                    ids.push(None);
                    continue;
                }
                Some(AnswerKind::CloseAck) => Purpose::Close,
                Some(AnswerKind::HandshakeAnswer | AnswerKind::EchoReply) => Purpose::Reply,
                // A packet that a kernel makes on its own.
                Some(AnswerKind::Reset | AnswerKind::IcmpError { .. }) => Purpose::Error,
            };
            let of = sent.of.and_then(|of| ids.get(of as usize).copied().flatten());
            // The end of a connection belongs to its beginning.
            let first = || ids.first().copied().flatten().filter(|_| purpose == Purpose::Close && under.is_some());
            let parent = of.or_else(first).or(under.map(|under| under.leg));
            // Who answers later looks at where the packet came to, no further.
            let last = sent.walk.hops.last().cloned();
            let hops = std::mem::replace(&mut sent.walk.hops, last.into_iter().collect());
            ids.push(self.push(Leg {
                purpose,
                parent,
                answer: sent.answer,
                lookup: asking.lookup(),
                carries: said.filter(|_| at > 0 && sent.answer.is_none()).cloned(),
                hops,
                end: sent.walk.end.clone(),
            }));
        }
    }
}

/// A DNS message as it stands in a stream.
fn with_length(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes()[..], message].concat()
}

/// The address that a process answers datagrams from.
pub(super) fn answers_from(behaviour: Option<&Behaviour>) -> AnswersFrom {
    match behaviour {
        Some(Behaviour::NameServer(_)) => AnswersFrom::Asked,
        _ => AnswersFrom::Route,
    }
}
