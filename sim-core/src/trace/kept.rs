//! A connection that stays open: what is sent on it later, whatever has become of the cluster meanwhile.

use super::drive::{Drive, bytes};
use super::journey::{ClientResult, Journey, Kept, ServerView};
use super::stream::{Carries, Stream};
use super::talk::{Asking, Said};
use kernel::exchange::{self, Exchange, Reported, Request, Served, Writer};
use kernel::ids::ConnectionId;
use kernel::packet::Protocol;
use kernel::state::{Carried, Errno, KernelState};
use kernel::walk::Chooser;
use kubernetes::assumption::Assumption;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::Model;

/// Seconds after which a client gives up what is not acknowledged: that of `net.ipv4.tcp_retries2` = 15 with the least timeouts (ip-sysctl).
const GIVES_UP: u64 = 925;

/// What a client says on an open connection where nobody asked for a size.
const SAYS: u32 = 4;

/// A connection that a client holds.
pub(super) struct Open {
    on: On,
    /// When it was opened.
    since: u64,
    /// Since when nothing that was sent on it was acknowledged.
    silent: Option<u64>,
    /// What its being open leans on.
    assumed: Vec<Assumption>,
}

enum On {
    /// TCP, with what proxies opened for it.
    Stream(Box<Stream>),
    /// A connected socket for datagrams or echo requests.
    Socket(ConnectionId),
}

impl Open {
    /// The same in a network that followed; `None` where the client is gone.
    pub(super) fn carried(&self, by: &Carried, (state, model): (&KernelState, &Model)) -> Option<Self> {
        let on = match &self.on {
            On::Stream(stream) => On::Stream(Box::new(stream.carried(by, (state, model))?)),
            On::Socket(id) => On::Socket(by.connection(*id)?),
        };
        Some(Self { on, since: self.since, silent: self.silent, assumed: self.assumed.clone() })
    }

    /// What a journey on it leaned on, those lean on that follow.
    pub(super) fn leans(&mut self, journey: &Journey) {
        self.assumed = journey.leans_on().cloned().collect();
    }

    /// Proxies whose other connection is closed close this one, too, as does the kernel of a process that has ended.
    pub(super) fn settle(&self, model: &Model, state: &mut KernelState, chooser: &mut dyn Chooser) {
        if let On::Stream(stream) = &self.on {
            stream.settle(model, state, chooser);
        }
    }

    /// Whether it can still be written into, and if not what its socket reports.
    fn broken(&self, state: &KernelState) -> Option<ClientResult> {
        let On::Stream(stream) = &self.on else { return None };
        if self.silent.is_some_and(|since| state.now >= since.saturating_add(GIVES_UP)) {
            return Some(ClientResult::Timeout);
        }
        match stream.done.heard(state) {
            Reported::Ok => None,
            other => Some(result(other)),
        }
    }
}

/// What a client makes of what its socket reports.
pub(super) fn result(reported: Reported) -> ClientResult {
    match reported {
        Reported::Ok => ClientResult::Ok,
        Reported::Error(Errno::ConnectionRefused) => ClientResult::Refused,
        Reported::Error(errno) => ClientResult::Error(errno),
        Reported::Eof => ClientResult::Eof,
        Reported::Timeout => ClientResult::Timeout,
    }
}

impl Drive<'_> {
    /// Takes the connection that is open, where it can still be used. What became of it otherwise is kept for who asks.
    pub(super) fn resumes(&mut self, open: Option<Open>) -> Option<Open> {
        let mut open = open?;
        if let On::Stream(stream) = &mut open.on {
            stream.resume();
        }
        let since = self.state.now.saturating_sub(open.since);
        let ended = open.broken(&self.state);
        let stays = ended.is_none();
        self.kept = Some(Kept { age: since, ended });
        open_if(stays, open)
    }

    /// Opens a connection that stays, and says something on it.
    pub(super) fn open_kept(&mut self, request: &Request) -> (ClientResult, Option<ServerView>, Option<Open>) {
        let since = self.state.now;
        if request.protocol == Protocol::Tcp {
            let stream = self.open(request, None, Carries::Bytes, &[]);
            let open = Open { on: On::Stream(Box::new(stream)), since, silent: None, assumed: Vec::new() };
            return self.speak(open);
        }
        let sent = exchange::request(&self.model.site.network, &mut self.state, &mut self.draws, request);
        self.datagram(sent, since)
    }

    /// Says something on an open connection.
    pub(super) fn speak(&mut self, mut open: Open) -> (ClientResult, Option<ServerView>, Option<Open>) {
        match &mut open.on {
            On::Socket(id) => {
                let (id, since) = (*id, open.since);
                self.assumed.append(&mut open.assumed);
                let payload = self.payload();
                let sent = exchange::ask(&self.model.site.network, &mut self.state, &mut self.draws, id, payload);
                self.datagram(sent, since)
            }
            On::Stream(stream) => {
                self.assumed.extend(open.assumed.iter().cloned());
                let served = stream.deepest().done.served.or(stream.done.served);
                if stream.done.reported == Reported::Ok {
                    let said = bytes(self.probe.size.unwrap_or(SAYS).max(1));
                    let heard = self.write_into(stream, (&said, None), Writer::Client)
                        && self.write_into(stream, (&said, None), Writer::Server);
                    self.end(stream);
                    stream.done.reported = match stream.done.heard(&self.state) {
                        Reported::Ok if !heard => Reported::Timeout,
                        other => other,
                    };
                } else {
                    self.end(stream);
                }
                let reported = stream.done.reported;
                let now = self.state.now;
                open.silent = if reported == Reported::Timeout { open.silent.or(Some(now)) } else { None };
                // What is not acknowledged yet is sent again.
                if reported == Reported::Timeout && stream.done.heard(&self.state) == Reported::Ok {
                    stream.done.reported = Reported::Ok;
                }
                let stays = stream.done.reported == Reported::Ok;
                (result(reported), self.seen(served), open_if(stays, open))
            }
        }
    }

    /// A datagram on a connected socket, and what is answered. The socket stays, whatever it reports.
    fn datagram(&mut self, sent: Exchange, since: u64) -> (ClientResult, Option<ServerView>, Option<Open>) {
        let id = sent.connection;
        let done = self.talk(Asking::Connection, sent, None, &mut |_, _, payload, _| Said::Answer(payload.clone()));
        let open = id.map(|id| Open { on: On::Socket(id), since, silent: None, assumed: Vec::new() });
        (result(done.reported), self.seen(done.served), open)
    }

    fn payload(&self) -> Arc<[u8]> {
        match (self.probe.protocol, self.probe.size) {
            (Protocol::Udp | Protocol::Icmp, Some(size)) => bytes(size),
            (Protocol::Udp, None) => Arc::from(&b"ping"[..]),
            _ => Arc::from([]),
        }
    }

    fn seen(&self, served: Option<Served>) -> Option<ServerView> {
        served.map(|served| self.server_view(served))
    }

    /// The request that opens a connection to an address.
    pub(super) fn first_request(&self, remote: SocketAddr) -> Request {
        let own = self.probe.keep || self.number == self.last;
        let sport = self.probe.sport.filter(|_| own).unwrap_or_else(|| self.source_port("connection"));
        let (netns, protocol, local) = (self.client, self.probe.protocol, self.own_address());
        let payload = self.payload();
        Request {
            netns,
            protocol,
            local,
            sport,
            remote,
            payload,
            ttl: None,
            dont_fragment: None,
            owner: Default::default(),
        }
    }
}

fn open_if(stays: bool, open: Open) -> Option<Open> {
    stays.then_some(open)
}
