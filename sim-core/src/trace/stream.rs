//! A connection over TCP from its first packet to its last: who takes it, what is written into it, and its end. A proxy that does not read what it
//! carries opens another and passes on what it reads, message by message.

use super::drive::Drive;
use super::journey::{Leg, LegId, Purpose};
use super::sidecar::Passes;
use crate::http::{Announcement, Message};
use crate::model::Model;
use crate::site::Process;
use kernel::exchange::{self, Exchange, Reported, Request, WalkedPacket, Writer};
use kernel::packet::L4;
use kernel::state::{Carried, KernelState};
use kernel::walk::{AnswerKind, Chooser};
use kubernetes::cluster::model::ProxyProtocol;
use std::net::SocketAddr;
use std::sync::Arc;

/// Proxies that one request passes at most, one behind the other: whoever needs more goes in circles.
pub const MAX_PROXIES: u32 = 8;
/// The leg that made a process send a request.
#[derive(Clone, Copy)]
pub(super) struct Under {
    pub(super) leg: LegId,
    /// Proxies that stand before it.
    pub(super) passed: u32,
    /// It is a name server's question to another.
    pub(super) forwards: bool,
}

impl Under {
    /// A proxy's connection for what came by a leg.
    pub(super) fn proxy(leg: LegId, passed: u32) -> Self {
        Self { leg, passed, forwards: false }
    }
}

/// What a connection is for.
#[derive(Clone)]
pub(super) enum Carries {
    /// Requests over HTTP; inside of TLS, which asks for this name if any.
    Http(Option<Option<Arc<str>>>),
    /// Questions to a name server; of the lookup with this number now, if of any.
    Questions(Option<u32>),
    /// Bytes that nobody reads anything into.
    Bytes,
}

/// What becomes of a connection once a request was sent on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stays {
    /// The next request is sent on it.
    Open,
    /// The same, though nothing that was sent on it was acknowledged.
    Silent,
    /// Nothing came back, and the client has closed it.
    GivenUp,
    /// It is closed, or never was open.
    Closed,
}

/// A connection that is open, or was meant to be.
pub(super) struct Stream {
    pub(super) done: Exchange,
    /// Which leg each packet is, in order.
    pub(super) ids: Vec<Option<LegId>>,
    pub(super) under: Option<Under>,
    /// Who took it.
    pub(super) process: Option<Arc<Process>>,
    /// The PROXY headers that stand before all else in it.
    pub(super) announced: Vec<Announcement>,
    pub(super) carries: Carries,
    /// What a proxy that does not read it opened for it.
    pub(super) next: Option<Box<Self>>,
    /// It was opened before: its first packet here opens nothing.
    pub(super) resumed: bool,
    /// What TLS needs before anything is asked was said in it.
    pub(super) greeted: bool,
}

impl Drive<'_> {
    /// Opens a connection, and those behind it where it reaches proxies that do not read what it carries. `first` is what is said in it before
    /// all else.
    pub(super) fn open(
        &mut self,
        request: &Request,
        under: Option<Under>,
        carries: Carries,
        first: &[Announcement],
    ) -> Stream {
        let network = &self.model.site.network;
        let done = exchange::request(network, &mut self.state, &mut self.draws, request);
        let process = done.served.and_then(|at| self.model.site.process(at.netns, at.socket?));
        let mut open = Stream {
            done,
            ids: Vec::new(),
            under,
            process,
            announced: Vec::new(),
            carries: carries.clone(),
            next: None,
            resumed: false,
            greeted: false,
        };
        self.enter(&mut open, None);
        let first = if open.done.reported == Reported::Ok { first } else { &[] };
        for one in first {
            let message = Message::Announcement(*one);
            if !self.write_into(&mut open, (&one.bytes(), Some(&message)), Writer::Client) {
                return open;
            }
            open.announced.push(*one);
        }
        let reached = open.done.served.zip(open.process.clone());
        let passes = reached.and_then(|(reached, process)| self.passes(&process, reached));
        let Some(Passes { to, by, from, announces, accepts, owner }) = passes else { return open };
        let passed = open.passed() + 1;
        let taken = open.done.served.zip(open.ids.first().copied().flatten());
        let Some((reached, leg)) = taken.filter(|_| open.done.reported == Reported::Ok) else { return open };
        let onward = (passed <= MAX_PROXIES).then(|| self.onward(reached, &to, by)).flatten();
        let Some(remote) = onward else {
            open.done.reported = Reported::Timeout;
            // Whoever has nowhere to go closes what it took.
            if to.is_empty() {
                open.done.reported = Reported::Eof;
                self.close(&mut open.done, Writer::Server);
                self.enter(&mut open, None);
            }
            return open;
        };
        let inner = Request {
            netns: reached.netns,
            local: from,
            sport: self.source_port(&format!("proxy {passed}")),
            remote,
            owner,
            ..request.clone()
        };
        let Some(first) = announced(&open.announced, (reached.peer, reached.local), announces, accepts) else {
            open.done.reported = Reported::Eof;
            self.close(&mut open.done, Writer::Server);
            self.enter(&mut open, None);
            return open;
        };
        let next = self.open(&inner, Some(Under::proxy(leg, passed)), carries, &first);
        open.done.reported = match next.done.reported {
            Reported::Ok => Reported::Ok,
            // The client was connected already: the proxy closes that connection.
            Reported::Error(_) | Reported::Eof => Reported::Eof,
            Reported::Timeout => Reported::Timeout,
        };
        open.next = Some(Box::new(next));
        if open.done.reported == Reported::Eof {
            self.close(&mut open.done, Writer::Server);
            self.enter(&mut open, None);
        }
        open
    }

    /// Writes bytes into a connection and those that carry them on; from the far end for what the server says. Whether all of it arrived.
    pub(super) fn write_into(
        &mut self,
        open: &mut Stream,
        (bytes, message): (&[u8], Option<&Message>),
        writer: Writer,
    ) -> bool {
        if writer == Writer::Server
            && let Some(next) = &mut open.next
            && !self.write_into(next, (bytes, message), writer)
        {
            return false;
        }
        let network = &self.model.site.network;
        let arrived = exchange::write(network, &mut self.state, &mut self.draws, &mut open.done, (writer, bytes));
        self.enter(open, Some((writer, message)));
        if !arrived {
            open.done.reported = Reported::Timeout;
            return false;
        }
        let leg = open.last_leg();
        match (&mut open.next, writer) {
            (Some(next), Writer::Client) => {
                if let (true, Some(under), Some(leg)) = (next.ids.is_empty(), &mut next.under, leg) {
                    under.leg = leg;
                }
                self.write_into(next, (bytes, message), writer)
            }
            _ => true,
        }
    }

    /// Closes a connection and those that carry it on: what does not read them passes on the end, too.
    pub(super) fn close_all(&mut self, open: &mut Stream, first: Writer) {
        let second = match first {
            Writer::Client => Writer::Server,
            Writer::Server => Writer::Client,
        };
        if first == Writer::Server
            && let Some(next) = &mut open.next
        {
            self.close_all(next, first);
        }
        if self.finish_writing(open, first) {
            match &mut open.next {
                Some(next) if first == Writer::Client => self.close_all(next, first),
                _ => {}
            }
            self.finish_writing(open, second);
        }
    }

    fn finish_writing(&mut self, open: &mut Stream, closes: Writer) -> bool {
        let network = &self.model.site.network;
        let heard = exchange::close(network, &mut self.state, &mut self.draws, &mut open.done, closes);
        self.enter(open, None);
        heard
    }

    /// What comes late, on all connections.
    pub(super) fn end(&mut self, open: &mut Stream) {
        if let Some(next) = &mut open.next {
            self.end(next);
        }
        exchange::finish(&self.model.site.network, &mut self.state, &mut self.draws, &mut open.done);
        self.enter(open, None);
    }

    /// Takes the packets of a connection that are no legs yet; `written` is who wrote last, and what.
    fn enter(&mut self, open: &mut Stream, written: Option<(Writer, Option<&Message>)>) {
        let Stream { done, ids, under, carries, resumed, .. } = open;
        let opens = !*resumed;
        let lookup = match carries {
            Carries::Http(_) | Carries::Bytes => None,
            Carries::Questions(number) => *number,
        };
        // A proxy's packets are its own, whatever it carries; a name server's that asks another are questions.
        let proxied = under.is_some_and(|under| !under.forwards);
        for (at, sent) in done.packets.iter_mut().enumerate().skip(ids.len()) {
            let purpose = match sent.answer {
                None if at == 0 && opens && proxied => Purpose::Proxy,
                None if at == 0 && opens && lookup.is_some() => Purpose::DnsQuery,
                None if at == 0 && opens => Purpose::Connect,
                None if is_close(sent) => Purpose::Close,
                None => match written {
                    Some((_, Some(Message::Announcement(_)))) => Purpose::Announcement,
                    Some((_, Some(Message::Request(_)))) => Purpose::Request,
                    Some((_, Some(Message::Response(_)))) => Purpose::Response,
                    Some((_, Some(_))) => Purpose::Tls,
                    Some((Writer::Server, None)) if lookup.is_some() && !proxied => Purpose::DnsAnswer,
                    Some((Writer::Server, None)) => Purpose::Reply,
                    Some((Writer::Client, None)) | None => Purpose::Data,
                },
                Some(AnswerKind::HandshakeAck) => Purpose::Ack,
                Some(AnswerKind::CloseAck) => Purpose::Close,
                Some(AnswerKind::HandshakeAnswer | AnswerKind::EchoReply) => Purpose::Reply,
                Some(AnswerKind::Reset | AnswerKind::IcmpError { .. }) => Purpose::Error,
            };
            let of = sent.of.and_then(|of| ids.get(of as usize).copied().flatten());
            let first = || ids.first().copied().flatten().filter(|_| under.is_some());
            let parent = of.or_else(first).or(under.map(|under| under.leg));
            let carried = written.and_then(|(_, message)| message);
            let carries = carried.filter(|_| at > 0 && sent.answer.is_none()).cloned();
            // Who answers later looks at where the packet came to, no further.
            let last = sent.walk.hops.last().cloned();
            let hops = std::mem::replace(&mut sent.walk.hops, last.into_iter().collect());
            let end = sent.walk.end.clone();
            ids.push(self.push(Leg { purpose, parent, answer: sent.answer, lookup, carries, hops, end }));
        }
    }
}

/// What a proxy says before all else on the connection that it opens for one that it took: whose that is, and what it did not read of what
/// was said there. `None` where it closes instead, for want of that.
pub(super) fn announced(
    heard: &[Announcement],
    (peer, local): (SocketAddr, SocketAddr),
    announces: Option<ProxyProtocol>,
    accepts: bool,
) -> Option<Vec<Announcement>> {
    let (read, left) = match (accepts, heard.split_first()) {
        (true, None) => return None,
        (true, Some((first, left))) => (Some(first), left),
        (false, _) => (None, heard),
    };
    let own = announces.map(|version| match read {
        Some(said) => Announcement { version, ..*said },
        None => Announcement { version, client: peer, server: local },
    });
    Some(own.into_iter().chain(left.iter().copied()).collect())
}

impl Stream {
    /// The connection that the one who answers has.
    pub(super) fn deepest(&self) -> &Self {
        self.next.as_ref().map_or(self, |next| next.deepest())
    }

    /// The same, to go on with it.
    pub(super) fn deepest_mut(&mut self) -> &mut Self {
        match self.next {
            Some(ref mut next) => next.deepest_mut(),
            None => self,
        }
    }

    /// Proxies that stand before it.
    pub(super) fn passed(&self) -> u32 {
        self.under.map_or(0, |under| under.passed)
    }

    /// Where it carries TLS, the name that is asked for.
    pub(super) fn tls(&self) -> Option<&Option<Arc<str>>> {
        match &self.carries {
            Carries::Http(tls) => tls.as_ref(),
            Carries::Questions(_) | Carries::Bytes => None,
        }
    }

    /// The same in a network that followed, with nothing sent on it yet; `None` where the client is gone.
    pub(super) fn carried(&self, by: &Carried, (state, model): (&KernelState, &Model)) -> Option<Self> {
        let done = self.done.carried(by, state)?;
        let process = done.served.and_then(|at| model.site.process(at.netns, at.socket?));
        let next = self.next.as_ref().and_then(|next| next.carried(by, (state, model))).map(Box::new);
        let (under, announced, carries) = (self.under, self.announced.clone(), self.carries.clone());
        let greeted = self.greeted;
        Some(Self { done, ids: Vec::new(), under, process, announced, carries, next, resumed: true, greeted })
    }

    /// What was sent on it is of another journey.
    pub(super) fn resume(&mut self) {
        self.done.forget();
        self.ids.clear();
        self.resumed = true;
        if let Some(next) = &mut self.next {
            next.resume();
        }
    }

    /// A proxy whose connection to the server is closed closes the client's.
    pub(super) fn settle(&self, model: &Model, state: &mut KernelState, chooser: &mut dyn Chooser) {
        let Some(next) = &self.next else { return };
        next.settle(model, state, chooser);
        if next.done.heard(state) != Reported::Ok
            && let Some((_, id)) = self.done.accepted()
        {
            exchange::hang_up(&model.site.network, state, chooser, id);
        }
    }

    /// The leg of the last packet that is one.
    pub(super) fn last_leg(&self) -> Option<LegId> {
        self.ids.iter().rev().copied().flatten().next()
    }

    /// Sets which lookup the next questions are of.
    pub(super) fn asks(&mut self, lookup: Option<u32>) {
        if matches!(self.carries, Carries::Questions(_)) {
            self.carries = Carries::Questions(lookup);
        }
        if let Some(next) = &mut self.next {
            next.asks(lookup);
        }
    }
}

/// A packet that ends what one side of a connection sends.
pub(super) fn is_close(sent: &WalkedPacket) -> bool {
    let last = sent.walk.hops.last().map(|hop| &hop.after.packet.innermost().l4);
    matches!(last, Some(L4::Tcp { flags, .. }) if flags.fin)
}
