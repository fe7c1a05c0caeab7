//! A connection that stays open: what is sent on it later, whatever has become of the cluster meanwhile.

use super::drive::{Drive, bytes};
use super::http::Fetched;
use super::journey::{ClientResult, Journey, Kept, ServerView};
use super::stream::{Carries, Stays, Stream};
use super::talk::{Asking, Said};
use kernel::exchange::{self, Exchange, Reported, Request, Served, Writer};
use kernel::ids::ConnectionId;
use kernel::packet::Protocol;
use kernel::state::{Carried, Errno, KernelState};
use kernel::walk::Chooser;
use kubernetes::assumption::{Assumption, codes};
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
    /// The client waited in vain, and closed it.
    given_up: bool,
    /// What its being open leans on.
    assumed: Vec<Assumption>,
}

enum On {
    /// TCP, with what proxies opened for it.
    Stream(Box<Stream>),
    /// A connected socket for datagrams or echo requests.
    Socket(ConnectionId),
}

/// What came of what was said on a connection that stays.
pub(super) struct Spoken {
    pub(super) client: ClientResult,
    pub(super) server: Option<ServerView>,
    pub(super) http: Option<Fetched>,
    /// The connection, where there is one.
    pub(super) open: Option<Open>,
}

impl Spoken {
    fn nothing() -> Self {
        Self { client: ClientResult::Timeout, server: None, http: None, open: None }
    }
}

impl Open {
    fn of(on: On, since: u64) -> Self {
        Self { on, since, silent: None, given_up: false, assumed: Vec::new() }
    }

    /// The same in a network that followed; `None` where the client is gone.
    pub(super) fn carried(&self, by: &Carried, (state, model): (&KernelState, &Model)) -> Option<Self> {
        let on = match &self.on {
            On::Stream(stream) => On::Stream(Box::new(stream.carried(by, (state, model))?)),
            On::Socket(id) => On::Socket(by.connection(*id)?),
        };
        Some(Self { on, assumed: self.assumed.clone(), ..*self })
    }

    /// What a journey on it leaned on, those lean on that follow; and the certificate that was shown when it began.
    pub(super) fn leans(&mut self, journey: &Journey) {
        let shown = journey.assumed.iter().filter(|assumed| assumed.code == codes::CERTIFICATE.code);
        let leans = journey.leans_on().filter(|assumed| assumed.code != codes::CERTIFICATE.code);
        self.assumed = leans.chain(shown).cloned().collect();
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
        if self.given_up || self.silent.is_some_and(|since| state.now >= since.saturating_add(GIVES_UP)) {
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
    pub(super) fn open_kept(&mut self, request: &Request) -> Spoken {
        let since = self.state.now;
        if request.protocol == Protocol::Tcp {
            let carries = if self.request().is_some() { Carries::Http(self.asks_for()) } else { Carries::Bytes };
            let stream = self.open(request, None, carries, &[]);
            return self.speak(Open::of(On::Stream(Box::new(stream)), since));
        }
        let sent = exchange::request(&self.model.site.network, &mut self.state, &mut self.draws, request);
        self.datagram(sent, since)
    }

    /// Says something on an open connection.
    pub(super) fn speak(&mut self, mut open: Open) -> Spoken {
        match &mut open.on {
            On::Socket(id) => {
                let (id, since) = (*id, open.since);
                self.assumed.append(&mut open.assumed);
                let payload = self.payload();
                let sent = exchange::ask(&self.model.site.network, &mut self.state, &mut self.draws, id, payload);
                self.datagram(sent, since)
            }
            On::Stream(stream) if matches!(stream.carries, Carries::Http(_)) => {
                self.assumed.extend(open.assumed.iter().cloned());
                let Some(request) = self.request() else { return Spoken::nothing() };
                let (client, served, fetched, stays) = self.fetch_on(stream, &request, true);
                open.given_up = stays == Stays::GivenUp;
                open.silent = (stays == Stays::Silent).then(|| open.silent.unwrap_or(self.state.now));
                // Who waits for others, too, sends what is not acknowledged yet again.
                if stays == Stays::Silent && stream.done.heard(&self.state) == Reported::Ok {
                    stream.done.reported = Reported::Ok;
                }
                // One that was closed says so to whoever wants to go on with it.
                let was_open = !stream.ids.is_empty() && !matches!(client, ClientResult::Refused);
                Spoken { client, server: self.seen(served), http: Some(fetched), open: open_if(was_open, open) }
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
                let client = result(reported);
                Spoken { client, server: self.seen(served), http: None, open: open_if(stays, open) }
            }
        }
    }

    /// A datagram on a connected socket, and what is answered. The socket stays, whatever it reports.
    fn datagram(&mut self, sent: Exchange, since: u64) -> Spoken {
        let id = sent.connection;
        let done = self.talk(Asking::Connection, sent, None, &mut |_, _, payload, _| Said::Answer(payload.clone()));
        let open = id.map(|id| Open::of(On::Socket(id), since));
        Spoken { client: result(done.reported), server: self.seen(done.served), http: None, open }
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
