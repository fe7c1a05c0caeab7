//! A request over HTTP: the connection that carries it, what the process that it reaches makes of it, and the response. A proxy that reads requests
//! ends the connection and opens another; one that does not passes on what it reads, message by message.

use super::announced::{self, Heard};
use super::drive::Drive;
use super::ended::pod_at;
use super::http::{Fetched, Routed, Seen, Speaks, speaks};
use super::journey::{ClientResult, Source, Target};
use super::kept;
use super::lookup;
use super::stream::{Carries, MAX_PROXIES, Stays, Stream, Under};
use crate::http::backend::{self, Found, Rules};
use crate::http::nginx::Nginx;
use crate::http::{
    self, Action, Because, Body, Decision, Entry, Forward, Message, Request, Response, Upstream, client_hello, record,
    server_hello,
};
use crate::http::{gateway, plain};
use crate::site::{Behaviour, Process};
use kernel::exchange::{self, Reported, Served, Writer};
use kernel::packet::{Port, Protocol};
use kernel::state::Errno;
use kubernetes::assumption::codes;
use kubernetes::cluster::model::{BackendPort, ControllerKind};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Servers that a proxy tries one after the other where the first cannot be reached (`proxy_next_upstream_tries`).
const TRIES: usize = 3;

/// Why there is no response.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lost {
    /// The connection was not made.
    Unconnected(Reported),
    /// What was written did not arrive.
    Unheard,
    /// One speaks TLS and the other does not.
    Tls,
    /// What came back is no HTTP.
    NotHttp,
    /// Whoever read it closed, without a word.
    Closed,
}

/// gRPC is spoken over HTTP/2 (gRPC over HTTP2, Content-Type), whose requests share a connection.
fn is_multiplexed(request: &Request) -> bool {
    request.headers.get("Content-Type").is_some_and(|said| said.trim_start().starts_with("application/grpc"))
}

impl Drive<'_> {
    /// Sends a request to an address and follows all that comes of it.
    pub(super) fn fetch(
        &mut self,
        first: &exchange::Request,
        request: &Request,
    ) -> (ClientResult, Option<Served>, Fetched) {
        let mut open = self.open(first, None, Carries::Http(self.asks_for()), &[]);
        let (client, served, fetched, _) = self.fetch_on(&mut open, request, false);
        (client, served, fetched)
    }

    /// Sends a request on a connection that is open, or was meant to be. With `keeps` the client leaves it open for the next one, as far as the
    /// other side does (RFC 9112 section 9.3); says what became of it.
    pub(super) fn fetch_on(
        &mut self,
        open: &mut Stream,
        request: &Request,
        keeps: bool,
    ) -> (ClientResult, Option<Served>, Fetched, Stays) {
        let mut fetched = Fetched::of(request.clone());
        let result = self.converse(open, request, &mut fetched);
        let one_request =
            request.headers.get("Connection").is_some_and(|said| said.trim().eq_ignore_ascii_case("close"));
        let plain = fetched.decision().is_some_and(|decision| decision.because == Because::PlainToTls);
        let stays = match &result {
            // Requests of HTTP/2 do not wait for each other: who waits in vain for one sends the next all the same.
            Err(Lost::Unheard) if keeps && is_multiplexed(request) => Stays::Silent,
            Err(Lost::Unheard) if keeps => Stays::GivenUp,
            Ok(_) if keeps && !one_request && !plain => Stays::Open,
            _ => Stays::Closed,
        };
        // Who has the response, or something that is none, closes; who waits in vain stops waiting.
        match (stays, &result) {
            (Stays::Open | Stays::Silent, _) | (Stays::Closed, Err(Lost::Unconnected(_) | Lost::Unheard)) => {}
            (Stays::GivenUp, _) => self.close_all(open, Writer::Client),
            (Stays::Closed, Err(Lost::Tls | Lost::Closed)) => self.close_all(open, Writer::Server),
            (Stays::Closed, Ok(_)) if keeps => self.close_all(open, Writer::Server),
            (Stays::Closed, _) => self.close_all(open, Writer::Client),
        }
        self.end(open);
        let client = match &result {
            Ok(_) => ClientResult::Ok,
            Err(Lost::Unconnected(Reported::Error(Errno::ConnectionRefused))) => ClientResult::Refused,
            Err(Lost::Unconnected(Reported::Error(errno))) => ClientResult::Error(*errno),
            Err(Lost::Unconnected(Reported::Eof) | Lost::Closed) => ClientResult::Eof,
            // What was open may have been reset, or closed, meanwhile.
            Err(Lost::Unheard) if keeps => match open.done.heard(&self.state) {
                Reported::Ok => ClientResult::Timeout,
                _ if stays == Stays::GivenUp => ClientResult::Timeout,
                other => kept::result(other),
            },
            Err(Lost::Unconnected(_) | Lost::Unheard) => ClientResult::Timeout,
            Err(Lost::Tls) => ClientResult::Tls,
            Err(Lost::NotHttp) => ClientResult::NotHttp,
        };
        fetched.response = result.ok();
        let served = fetched.served.or_else(|| open.deepest().done.served);
        (client, served, fetched, stays)
    }

    /// The name that the client's TLS asks for: the URL's host, whatever its field `Host` says; an address is none.
    pub(super) fn asks_for(&self) -> Option<Option<Arc<str>>> {
        match &self.probe.to {
            Target::Url { host, tls: true, .. } => Some(host.parse::<IpAddr>().is_err().then(|| host.clone())),
            _ => None,
        }
    }

    /// The request on an open connection, down to whoever answers it, and the response back.
    fn converse(&mut self, open: &mut Stream, request: &Request, fetched: &mut Fetched) -> Result<Response, Lost> {
        if open.done.reported != Reported::Ok {
            let last = open.deepest();
            let waited = last.done.served.filter(|_| last.announced.is_empty() && last.done.reported == Reported::Eof);
            if let Some((served, decision)) = waited.and_then(|at| Some((at, announced::waits(self.model, at.local)?)))
            {
                fetched.routed.push(Routed { leg: last.ids.first().copied().flatten(), netns: served.netns, decision });
            }
            return Err(Lost::Unconnected(open.done.reported));
        }
        let sni = open.tls().cloned().flatten();
        let greets = open.tls().is_some() && !open.greeted;
        if greets {
            self.carry(open, &Message::Hello { name: sni.clone() }, Writer::Client)?;
            // What does not end TLS passes on what it read, and then all else.
            while self.passes_on(open, fetched)? {
                self.carry(open.deepest_mut(), &Message::Hello { name: sni.clone() }, Writer::Client)?;
            }
        }
        let last = open.deepest();
        let (Some(served), process) = (last.done.served, last.process.clone()) else {
            if open.resumed {
                // Whoever has the other end is gone without a word: what is sent says what the network makes of it.
                self.carry(open, &Message::Request(Arc::new(request.clone())), Writer::Client)?;
                return Err(Lost::Unheard);
            }
            return Err(Lost::Unconnected(Reported::Timeout));
        };
        let leg = last.ids.first().copied().flatten();
        let passed = last.passed();
        fetched.served = Some(served);
        let speaks = speaks(self.model, served, process.as_deref());
        let heard = announced::hear(self.model, process.as_deref(), &last.announced, served.peer);
        if greets {
            if let Heard::Refused(decision) = &heard {
                let lost = match &decision.action {
                    Action::Close => Lost::Closed,
                    // What it takes for a request is one in the clear, and so is what it says.
                    _ => {
                        let response = Message::Response(Arc::new(answer_of(decision)));
                        let bytes = wire(&response, false);
                        self.write_into(open, (&bytes, Some(&response)), Writer::Server);
                        Lost::Tls
                    }
                };
                let leg = open.deepest().last_leg();
                fetched.routed.push(Routed { leg, netns: served.netns, decision: Decision::clone(decision) });
                return Err(lost);
            }
            if !speaks.tls() {
                self.assume_speech(process.as_deref(), served, speaks);
                self.carry(open, &Message::Alert, Writer::Server)?;
                return Err(Lost::Tls);
            }
            self.carry(open, &Message::Certificate, Writer::Server)?;
            let host = sni.as_ref().map_or_else(|| served.local.ip().to_string(), ToString::to_string);
            self.assume(codes::CERTIFICATE.made().arg("host", host));
            open.greeted = true;
        }
        self.carry(open, &Message::Request(Arc::new(request.clone())), Writer::Client)?;
        let asked = open.deepest().last_leg();
        let client = match heard {
            Heard::From(client) => client,
            Heard::Refused(decision) => {
                if let (Speaks::Other(_), None) = (speaks, open.tls()) {
                    self.assume_speech(process.as_deref(), served, speaks);
                    return Err(Lost::NotHttp);
                }
                let response = answer_of(&decision);
                let closes = decision.action == Action::Close;
                fetched.routed.push(Routed { leg: asked, netns: served.netns, decision: *decision });
                if closes {
                    return Err(Lost::Closed);
                }
                self.carry(open, &Message::Response(Arc::new(response.clone())), Writer::Server)?;
                return Ok(response);
            }
        };
        let response = if speaks.tls() && open.tls().is_none() {
            // What a TLS server says to a request in the clear, where it says anything.
            self.assume_speech(process.as_deref(), served, speaks);
            let decision = Decision::answer(400, Because::PlainToTls);
            let response = answer_of(&decision);
            fetched.routed.push(Routed { leg: asked, netns: served.netns, decision });
            response
        } else {
            match process.as_ref().map(|process| &process.behaviour) {
                Some(behaviour @ (Behaviour::Ingress { .. } | Behaviour::Gateway { .. })) => {
                    let entry = Entry { port: served.local.port(), sni, client };
                    let under = asked.or(leg).map(|leg| Under::proxy(leg, passed + 1));
                    self.routed(request, &entry, (behaviour, served, under), fetched)?
                }
                _ => {
                    if let Speaks::Other(_) = speaks {
                        self.assume_speech(process.as_deref(), served, speaks);
                        return Err(Lost::NotHttp);
                    }
                    self.answers(process.as_deref(), served, request, fetched)
                }
            }
        };
        self.carry(open, &Message::Response(Arc::new(response.clone())), Writer::Server)?;
        Ok(response)
    }

    /// Where the proxy of a Gateway does not end TLS: opens what the name leads to, and sends on what it read. `false` where it ends here.
    fn passes_on(&mut self, open: &mut Stream, fetched: &mut Fetched) -> Result<bool, Lost> {
        let name = open.tls().cloned().flatten();
        let last = open.deepest_mut();
        let (Some(served), Some(process)) = (last.done.served, last.process.clone()) else { return Ok(false) };
        let Behaviour::Gateway { gateway } = process.behaviour else { return Ok(false) };
        let cluster = &self.model.cluster;
        let Some(decision) = gateway::passes(cluster, gateway, served.local.port(), name.as_deref()) else {
            return Ok(false);
        };
        let leg = last.last_leg();
        let passed = last.passed() + 1;
        let forward = match &decision.action {
            Action::Forward(forward) => Some(forward.clone()),
            Action::Answer(_) | Action::Close => None,
        };
        fetched.routed.push(Routed { leg, netns: served.netns, decision });
        let (Some(forward), Some(leg)) = (forward.filter(|_| passed <= MAX_PROXIES), leg) else {
            return Err(Lost::Unconnected(Reported::Eof));
        };
        let all = self.addresses(&forward.to, served);
        let to = self.draws.backend(served.netns, &all, self.turn(&all, served));
        let Some(remote) = to else { return Err(Lost::Unconnected(Reported::Eof)) };
        let inner = self.onward_request(served, remote, &format!("proxy {passed}"));
        let next = self.open(&inner, Some(Under::proxy(leg, passed)), Carries::Http(Some(name)), &[]);
        let connected = next.done.reported == Reported::Ok;
        let last = open.deepest_mut();
        last.next = Some(Box::new(next));
        if !connected {
            return Err(Lost::Unconnected(Reported::Eof));
        }
        Ok(true)
    }

    /// What a process whose doing is not in the input answers.
    fn answers(
        &mut self,
        process: Option<&Process>,
        served: Served,
        request: &Request,
        fetched: &mut Fetched,
    ) -> Response {
        let name = process.map_or_else(|| served.local.to_string(), |process| process.name.to_string());
        self.assume(codes::HTTP_ANSWER.made().arg("process", name));
        fetched.seen = Some(Seen { request: request.clone(), client: served.peer });
        let mut response = Response::of(200);
        match self.probe.size {
            Some(size) => response.body = Body::Size(size),
            None => response.headers.set("Content-Length", "0"),
        }
        response
    }

    /// What a controller's proxy does with a request.
    fn routed(
        &mut self,
        request: &Request,
        entry: &Entry,
        (behaviour, served, under): (&Behaviour, Served, Option<Under>),
        fetched: &mut Fetched,
    ) -> Result<Response, Lost> {
        let model = self.model;
        let cluster = &model.cluster;
        let mut draw = |shares: &[(Arc<str>, f64)]| self.draws.weighted(served.netns, shares);
        let decision = match behaviour {
            Behaviour::Gateway { gateway } => gateway::decide(cluster, *gateway, request, entry, &mut draw),
            Behaviour::Ingress { controller, .. } => {
                let kind = cluster.fronts.controllers.get(*controller as usize).map(|controller| controller.kind);
                let own = kind.filter(|kind| *kind == ControllerKind::IngressNginx);
                match own.and_then(|_| Nginx::of(cluster, *controller)) {
                    Some(nginx) => nginx.decide(request, entry, &mut draw),
                    None => plain::decide(cluster, *controller, request, entry),
                }
            }
            _ => Decision::answer(404, Because::NoHost),
        };
        for unread in &decision.unread {
            let made = codes::ROUTE_UNREAD.made().arg("object", unread.object.to_string());
            let made = made.arg("field", unread.field.to_string());
            self.assume(made.because_at(unread.object.clone(), &unread.field, unread.location.clone()));
        }
        let forward = match &decision.action {
            Action::Answer(_) | Action::Close => None,
            Action::Forward(forward) => Some(forward.clone()),
        };
        let answered = answer_of(&decision);
        let leg = under.map(|under| under.leg);
        fetched.routed.push(Routed { leg, netns: served.netns, decision });
        match (forward, under) {
            (Some(forward), Some(under)) if under.passed <= MAX_PROXIES => {
                self.forward(&forward, served, under, fetched)
            }
            (Some(_), _) => Err(Lost::Unheard),
            (None, _) => Ok(answered),
        }
    }

    /// Asks a proxy's upstream: one of the servers, the next where it cannot be reached.
    fn forward(
        &mut self,
        forward: &Forward,
        served: Served,
        under: Under,
        fetched: &mut Fetched,
    ) -> Result<Response, Lost> {
        self.mirror(forward, served, under);
        let mut left = self.addresses(&forward.to, served);
        if left.is_empty() {
            // A name that nobody has.
            return Ok(Response::of(503));
        }
        let mut lost = Lost::Unconnected(Reported::Timeout);
        for attempt in 0..TRIES {
            let at = self.draws.backend(served.netns, &left, self.turn(&left, served));
            let Some(remote) = at else { break };
            left.retain(|other| *other != remote);
            let inner = self.onward_request(served, remote, &format!("proxy {} {attempt}", under.passed));
            let mut open = self.open(&inner, Some(under), Carries::Http(forward.tls.then(|| forward.sni.clone())), &[]);
            let result = self.converse(&mut open, &forward.request, fetched);
            self.end(&mut open);
            match result {
                Ok(mut response) => {
                    forward.edits.iter().for_each(|edit| edit.apply(&mut response.headers));
                    return Ok(response);
                }
                Err(why) => lost = why,
            }
        }
        Ok(match lost {
            Lost::Unconnected(Reported::Timeout) | Lost::Unheard => Response::of(504),
            _ => Response::of(502),
        })
    }

    /// Sends copies of a request; nobody waits for what comes of them.
    fn mirror(&mut self, forward: &Forward, served: Served, under: Under) {
        for (number, copy) in forward.mirrors.iter().enumerate() {
            let Ok(port) = copy.port.parse::<u16>() else { continue };
            let rules = Rules { whole: false, by_target: false };
            let found = backend::find(&self.model.cluster, &copy.service, &BackendPort::Number(port), rules);
            let Found::At(to) = found else { continue };
            let all = self.addresses(&to, served);
            let Some(remote) = all.get(self.turn(&all, served)).copied() else { continue };
            let inner = self.onward_request(served, remote, &format!("mirror {} {number}", under.passed));
            let mut open = self.open(&inner, Some(under), Carries::Http(None), &[]);
            let mut aside = Fetched::of(forward.request.clone());
            let _ = self.converse(&mut open, &forward.request, &mut aside);
            self.end(&mut open);
        }
    }

    fn addresses(&mut self, to: &Upstream, served: Served) -> Vec<SocketAddr> {
        match to {
            Upstream::Addresses(all) => all.to_vec(),
            Upstream::Name(name, port) => {
                let ip = name.parse().ok().or_else(|| self.name_of(name, served));
                ip.map(|ip| SocketAddr::new(ip, *port)).into_iter().collect()
            }
        }
    }

    /// What a proxy asks its kernel for.
    fn onward_request(&self, served: Served, remote: SocketAddr, purpose: &str) -> exchange::Request {
        exchange::Request {
            netns: served.netns,
            protocol: Protocol::Tcp,
            local: None,
            sport: self.source_port(purpose),
            remote,
            payload: Arc::from([]),
            ttl: None,
            dont_fragment: None,
            owner: Default::default(),
        }
    }

    /// Whose turn it is of several.
    fn turn(&self, all: &[SocketAddr], served: Served) -> usize {
        let share = super::choose::uniform(self.probe.seed, &format!("upstream {}", served.local));
        ((share * all.len() as f64) as usize + self.number as usize) % all.len().max(1)
    }

    /// The address behind a name, which the proxy asks its own name servers for.
    fn name_of(&mut self, name: &str, served: Served) -> Option<IpAddr> {
        let pod = pod_at(self.model, served.netns, Some(Port(served.local.port())))?;
        let client = std::mem::replace(&mut self.client, served.netns);
        let asker = std::mem::replace(&mut self.asker, Source::Pod(pod));
        let found = lookup::resolve(self, name);
        (self.client, self.asker) = (client, asker);
        found.ok()
    }

    fn assume_speech(&mut self, process: Option<&Process>, served: Served, speaks: Speaks) {
        if matches!(process.map(|process| &process.behaviour), Some(Behaviour::Ingress { .. })) {
            return;
        }
        let name = process.map_or_else(|| served.local.to_string(), |process| process.name.to_string());
        let made = codes::HTTP_BY_PORT.made().arg("process", name).arg("port", served.local.port().to_string());
        self.assume(made.arg("speaks", speaks.text()));
    }

    /// Writes a message into a connection and those that carry it on.
    fn carry(&mut self, open: &mut Stream, message: &Message, writer: Writer) -> Result<(), Lost> {
        let bytes = wire(message, open.tls().is_some());
        if self.write_into(open, (&bytes, Some(message)), writer) { Ok(()) } else { Err(Lost::Unheard) }
    }
}

/// What a proxy says that does not ask anybody.
fn answer_of(decision: &Decision) -> Response {
    match &decision.action {
        Action::Answer(response) => response.clone(),
        Action::Forward(_) | Action::Close => Response::of(502),
    }
}

/// A message as bytes of a connection.
fn wire(message: &Message, tls: bool) -> Vec<u8> {
    let sealed = |bytes: Vec<u8>| if tls { record(bytes.len()) } else { bytes };
    match message {
        Message::Announcement(said) => said.bytes(),
        Message::Hello { name } => client_hello(name.as_deref()),
        Message::Certificate => server_hello(),
        Message::Alert => http::alert(),
        Message::Request(request) => sealed(request.bytes()),
        Message::Response(response) => sealed(response.bytes()),
    }
}
