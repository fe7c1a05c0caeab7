//! What one probe causes, in order.

use super::choice::ChoiceName;
use super::fix::kind::Fix;
use super::http::Fetched;
pub use super::leg_id::LegId;
use super::why::field::Why;
use crate::agents::Site;
use crate::agents::hosts::HostsEntry;
pub use crate::dns::Rcode;
use crate::dns::{Lost, Record, RecordType};
use crate::http::{Headers, Message};
use crate::site::MachineId;
use kernel::ids::{LinkId, NetnsId, RouteId, RuleRef};
use kernel::packet::{Port, Protocol};
use kernel::state::{Errno, KernelState};
use kernel::walk::{AnswerKind, DropReason, End, Hop};
use kubernetes::assumption::{Assumption, Verdict};
use kubernetes::cluster::model::{NodeId, Origin, PodId, ServiceId};
use kubernetes::origin::CauseId;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Probes sent before the one that is shown, at most.
pub const MAX_BEFORE: u32 = 600;

/// Seconds between two of them, at most: ten days.
pub const MAX_WAIT: u64 = 864_000;

/// Bytes a probe sends at most: what one UDP datagram holds.
pub const MAX_SIZE: u32 = 65_507;

/// Where a probe starts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// `pod/NS/NAME`.
    Pod(PodId),
    /// `node/NAME`.
    Node(NodeId),
    /// `host/NAME` or `container/SERVICE`: a Docker host, or one of its containers.
    Machine(MachineId),
    /// `external` or `external/IP`: a host outside the cluster. [`super::model_for`] adds it to the network.
    External {
        /// Its address.
        ip: IpAddr,
        /// The node by which it has routes to Service, external and load balancer addresses.
        via: Option<NodeId>,
    },
}

impl Probe {
    /// The destination that it connects to; `None` where it asks for a way in by what that serves.
    pub fn connects_to(&self) -> Option<&Target> {
        match &self.connect {
            None => Some(&self.to),
            Some(Entrance::To(target)) => Some(target),
            Some(Entrance::Ingress | Entrance::Gateway(..)) => None,
        }
    }
}

impl Source {
    /// The namespace a probe starts in; `None` for one that is not in this network.
    pub fn netns(&self, site: &Site) -> Option<NetnsId> {
        match self {
            Self::Pod(id) => site.pods.get(id).copied(),
            Self::Node(id) => site.nodes.get(id).copied(),
            Self::Machine(id) => site.tree.machine(*id).map(|machine| machine.netns),
            Self::External { ip, via } => site.outside.get(&(*ip, *via)).copied(),
        }
    }
}

/// Where a probe goes, as asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// `pod/NS/NAME:PORT`.
    Pod(PodId, Port),
    /// `node/NAME:PORT`.
    Node(NodeId, Port),
    /// `host/NAME:PORT` or `container/SERVICE:PORT`: the address of a container that its caller shares a network with, else the one by which
    /// its packets leave.
    Machine(MachineId, Port),
    /// `svc/NS/NAME:PORT`: its ClusterIP, without DNS; from outside the way the outside takes.
    Service(ServiceId, Port),
    /// `lb/NS/NAME:PORT`: the address its load balancer gave.
    LoadBalancer(ServiceId, Port),
    /// `NAME:PORT`: resolved from the source first.
    Name(Arc<str>, Port),
    /// `IP:PORT`.
    Address(IpAddr, Port),
    /// `http://HOST[:PORT]/PATH`.
    Url {
        /// Host: a name or an address.
        host: Arc<str>,
        /// Port.
        port: Port,
        /// Path with query.
        path: Arc<str>,
        /// `https`.
        tls: bool,
    },
}

/// What the user asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Source.
    pub from: Source,
    /// Destination.
    pub to: Target,
    /// Protocol.
    pub protocol: Protocol,
    /// Source port of the connection; `None` takes the seeded default.
    pub sport: Option<Port>,
    /// Wanted choices, by name: `endpoint` → `10.244.1.5:8080`.
    pub choose: Vec<(ChoiceName, Arc<str>)>,
    /// Seed of everything not chosen.
    pub seed: u64,
    /// How often the same was sent before, at most [`MAX_BEFORE`]: each time from another port and with other draws, [`Probe::wait`]
    /// seconds apart. The first of them goes as the probe with nothing before it.
    pub before: u32,
    /// Seconds from one to the next, and from the last to this one.
    pub wait: u64,
    /// The first of them opens a connection that stays, and the others are sent on it; once it is broken, the next one opens another.
    pub keep: bool,
    /// The client asks only once where its destination is, and keeps that address.
    pub once: bool,
    /// Bytes of payload that it sends, at most [`MAX_SIZE`], and that come back: in a datagram or an echo request, or written into the
    /// connection. Without it a few bytes as a datagram, and of a TCP connection the handshake alone.
    pub size: Option<u32>,
    /// Of a URL: the method, in capitals; `None` for GET, or POST where something is sent.
    pub method: Option<Arc<str>>,
    /// Of a URL: header fields, in order. `Host` takes the place of the URL's.
    pub headers: Headers,
    /// Of a URL: where to connect, in place of where its host leads.
    pub connect: Option<Entrance>,
}

/// Where a request goes in, in place of where its host leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entrance {
    /// `ingress`: the controller that serves Ingresses, by the Service that leads there.
    Ingress,
    /// `gateway/NS/NAME[:PORT]`: a Gateway, index in [`kubernetes::cluster::model::Fronts::gateways`]; without a port that of the URL.
    Gateway(u32, Option<Port>),
    /// Any other destination.
    To(Box<Target>),
}

/// Something the kernel picked at random on this journey.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Name, unique in the journey.
    pub name: ChoiceName,
    /// The value taken.
    pub value: Arc<str>,
    /// Probability of that value, 0 to 1.
    pub probability: f64,
    /// All values with their probabilities, in rule order; a port range is one entry `FIRST-LAST`.
    pub of: Vec<(Arc<str>, f64)>,
    /// Where it was made.
    pub at: ChoiceAt,
}

/// What made a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChoiceAt {
    /// A draw, by the (first) rule that asked for it.
    Rule(NetnsId, RuleRef),
    /// A port that must not clash with another connection's: no rule asked for it.
    Clash(NetnsId),
    /// A hash of the flow, by a tunnel device: the same for all packets of a flow, another after the next start of the kernel.
    Device(NetnsId, LinkId),
    /// The order in which a name server gives several addresses; a client takes the first.
    Names(NetnsId),
    /// A proxy that has several servers to go on to.
    Proxy(NetnsId),
    /// A hash of the flow, by a multipath route: the same for all packets of a flow.
    Route(NetnsId, RouteId),
}

impl ChoiceAt {
    /// The namespace it was made in.
    pub fn netns(self) -> NetnsId {
        match self {
            Self::Rule(netns, _)
            | Self::Clash(netns)
            | Self::Device(netns, _)
            | Self::Names(netns)
            | Self::Proxy(netns)
            | Self::Route(netns, _) => netns,
        }
    }
}

/// What a leg is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// A DNS question to a name server.
    DnsQuery,
    /// Its answer.
    DnsAnswer,
    /// The connection request (SYN, first datagram, echo request).
    Connect,
    /// What is written into the connection: the first segment.
    Data,
    /// The request that a process makes for its client: a proxy's second connection.
    Proxy,
    /// Its answer.
    Reply,
    /// The last part of a handshake, where the connection goes on.
    Ack,
    /// What a proxy says first on a connection: whose it is.
    Announcement,
    /// What TLS needs before anything is asked.
    Tls,
    /// A request over HTTP.
    Request,
    /// Its response.
    Response,
    /// The end of a connection: FIN, the other side's FIN, the last ACK.
    Close,
    /// A packet the kernel made on its own: RST, ICMP error.
    Error,
}

kernel::codes!(Purpose {
    Self::DnsQuery => "dns",
    Self::DnsAnswer => "dns-answer",
    Self::Connect => "connect",
    Self::Data => "data",
    Self::Proxy => "proxy",
    Self::Reply => "reply",
    Self::Ack => "ack",
    Self::Announcement => "proxy-header",
    Self::Tls => "tls",
    Self::Request => "request",
    Self::Response => "response",
    Self::Close => "close",
    Self::Error => "error",
});

/// One packet's way from a socket to a socket, or to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Leg {
    /// What it is for.
    pub purpose: Purpose,
    /// The leg it came of: an answer of the request that it answers, a proxy's request of the one that reached the proxy. `None` for what
    /// the client sends.
    pub parent: Option<LegId>,
    /// For kernel-made answers: which.
    pub answer: Option<AnswerKind>,
    /// For DNS legs: index into [`Journey::lookups`].
    pub lookup: Option<u32>,
    /// What it carries of a request over HTTP.
    pub carries: Option<Message>,
    /// Hops in order, never empty.
    pub hops: Vec<Hop>,
    /// How it ended.
    pub end: End,
}

/// One DNS question with its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The name asked, fully qualified with a trailing dot.
    pub name: Arc<str>,
    /// The record type asked.
    pub record: RecordType,
    /// Name server asked.
    pub server: SocketAddr,
    /// Answer code, `None` when no answer came.
    pub rcode: Option<Rcode>,
    /// Addresses in the answer.
    pub addresses: Vec<IpAddr>,
    /// The answer section; where the server had to ask one that is not simulated, what it knew itself.
    pub records: Vec<Record>,
    /// The additional section.
    pub additional: Vec<Record>,
    /// Which entry of the search list made this name; `None` for the name as typed.
    pub search: Option<u32>,
    /// The object that the answer comes from.
    pub origin: Option<Origin>,
    /// The next answer has the addresses in another order.
    pub rotates: bool,
    /// Asked over TCP.
    pub stream: bool,
    /// The answer did not fit into the datagram.
    pub truncated: bool,
    /// The call reported at once that nobody takes it.
    pub refused: bool,
    /// Who did not answer the server.
    pub lost: Option<Lost>,
    /// Seconds that the server waited for others.
    pub waited: u32,
    /// Seconds for which a server on the way had kept the answer, where it did not look anew.
    pub kept: Option<u32>,
    /// Whom name servers asked because of it, in order, and what came of that.
    pub forwards: Vec<Forwarded>,
    /// The answer is not known: the server, or the one it would ask, is not simulated.
    pub beyond: bool,
}

/// A name server's question to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarded {
    /// Whom it asked.
    pub server: SocketAddr,
    /// Over TCP.
    pub stream: bool,
    /// For what: name and type.
    pub question: (Arc<str>, RecordType),
    /// What came of it.
    pub result: ForwardResult,
}

/// What came of a name server's question to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ForwardResult {
    /// It answered.
    Answered,
    /// Nothing came back.
    Silent,
    /// It refused.
    Refused,
    /// That is not known.
    Unknown,
}

kernel::codes!(ForwardResult {
    Self::Answered => "answered",
    Self::Silent => "silent",
    Self::Refused => "refused",
    Self::Unknown => "unknown",
});

/// A name that the hosts file has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostsAnswer {
    /// The name.
    pub name: Arc<str>,
    /// The line that was taken.
    pub line: HostsEntry,
}

/// What `connect()` (or the first datagram's answer) reports to the client.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientResult {
    /// Connected, or answered.
    Ok,
    /// ECONNREFUSED.
    Refused,
    /// ETIMEDOUT: nothing came back.
    Timeout,
    /// Connected, then closed by the other side without a byte.
    Eof,
    /// Another error number.
    Error(Errno),
    /// One end speaks TLS, the other does not.
    Tls,
    /// What came back is no HTTP.
    NotHttp,
    /// The name could not be resolved (EAI_NONAME, EAI_AGAIN).
    NameNotResolved,
    /// There is no address to connect to.
    NoAddress,
}

impl ClientResult {
    /// `ok`, `refused`, `timeout`, `eof`, `error:ERRNO`, `error:TLS`, `error:NOT-HTTP`, `name-not-resolved`, `no-address`.
    pub fn code(&self) -> String {
        match self {
            Self::Ok => "ok".to_owned(),
            Self::Refused => "refused".to_owned(),
            Self::Timeout => "timeout".to_owned(),
            Self::Eof => "eof".to_owned(),
            Self::Error(errno) => format!("error:{}", errno.name()),
            Self::Tls => "error:TLS".to_owned(),
            Self::NotHttp => "error:NOT-HTTP".to_owned(),
            Self::NameNotResolved => "name-not-resolved".to_owned(),
            Self::NoAddress => "no-address".to_owned(),
        }
    }
}

/// What the server saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerView {
    /// Namespace of the socket.
    pub netns: NetnsId,
    /// The Pod, if a Pod answered.
    pub pod: Option<PodId>,
    /// The node it runs on.
    pub node: Option<NodeId>,
    /// Own address and port.
    pub local: SocketAddr,
    /// The peer address it saw.
    pub sees: SocketAddr,
}

/// How it all ended, with what caused it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Kind.
    pub kind: OutcomeKind,
    /// The leg and hop (indices) where it was decided.
    pub at: Option<(u32, u32)>,
    /// The cause of the rule or route that ended it.
    pub cause: Option<CauseId>,
    /// The field of the input to look at, where one is known.
    pub why: Option<Why>,
    /// Changes with which the probe passes; empty until [`super::fixes`] has looked for them.
    pub fixes: Vec<Fix>,
    /// Assumptions without which the result could be another: indices into [`Journey::assumed`].
    pub leans_on: Vec<u32>,
}

/// Kinds of outcome, each with a stable code and a help page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutcomeKind {
    /// The connection was made, or the datagram answered.
    Delivered,
    /// A response came back that is an error: 400 to 599.
    HttpError {
        /// Its status.
        status: u16,
    },
    /// One end speaks TLS and the other does not.
    TlsMismatch,
    /// Whoever was reached speaks no HTTP.
    NotHttp,
    /// Whoever was reached closed the connection without a word.
    Closed,
    /// A rule answered with an error.
    Rejected,
    /// Nothing listens on the port.
    NoListener,
    /// A packet was dropped.
    Dropped(DropReason),
    /// Packets are too long for their way, and the ICMP error that would tell the sender is lost: it sends what never arrives.
    BlackHole {
        /// What fits, in bytes.
        mtu: u32,
    },
    /// The answer did not match what the client waits for (translated back by nobody).
    AnswerNotRecognised,
    /// The name does not exist (NXDOMAIN).
    NameNotFound,
    /// The name exists and has no address (NODATA).
    NameWithoutAddress,
    /// The name server failed or refused (SERVFAIL, REFUSED).
    NameServerFailed,
    /// No name server answered.
    NameServerUnreachable,
    /// There is no name server to ask.
    NoNameServer,
    /// Only name servers that are not simulated know the name.
    NameBeyond,
    /// There is an IPv6 address only; IPv6 is not traced.
    Ipv6Only,
    /// Nothing leads to the address from here: the gateway has no route to what only the cluster knows.
    NothingLeadsThere,
    /// The packet left what is simulated.
    BeyondGateway,
    /// There is no address that a client outside could call.
    NoWayIn,
}

impl OutcomeKind {
    /// Stable kebab-case code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::HttpError { .. } => "http-error",
            Self::TlsMismatch => "tls-mismatch",
            Self::NotHttp => "not-http",
            Self::Closed => "closed",
            Self::Rejected => "rejected",
            Self::NoListener => "no-listener",
            Self::AnswerNotRecognised => "answer-not-recognised",
            Self::NameNotFound => "name-not-found",
            Self::NameWithoutAddress => "name-without-address",
            Self::NameServerFailed => "name-server-failed",
            Self::NameServerUnreachable => "name-server-unreachable",
            Self::NoNameServer => "no-name-server",
            Self::NameBeyond => "name-beyond",
            Self::Ipv6Only => "ipv6-only",
            Self::NothingLeadsThere => "nothing-leads-there",
            Self::BeyondGateway => "beyond-gateway",
            Self::NoWayIn => "no-way-in",
            Self::BlackHole { .. } => "path-mtu-black-hole",
            Self::Dropped(reason) => reason.code(),
        }
    }
}

/// Everything one probe causes.
#[derive(Clone, Debug, PartialEq)]
pub struct Journey {
    /// The probe as asked, defaults filled in.
    pub probe: Probe,
    /// What was picked at random, in order.
    pub choices: Vec<Choice>,
    /// Probability of exactly these choices (ports not counted), 0 to 1.
    pub probability: f64,
    /// The line of the hosts file that had the name, if one did: then nobody is asked.
    pub hosts: Option<HostsAnswer>,
    /// DNS questions, in order.
    pub lookups: Vec<Lookup>,
    /// Legs, in order.
    pub legs: Vec<Leg>,
    /// The connection that was open, where one was to stay so.
    pub kept: Option<Kept>,
    /// The address that the client kept, and did not ask for again.
    pub known: Option<Known>,
    /// What the client's call reports.
    pub client: ClientResult,
    /// What the server saw, if one was reached.
    pub server: Option<ServerView>,
    /// The request over HTTP, if one was sent.
    pub http: Option<Fetched>,
    /// How it ended and why.
    pub outcome: Outcome,
    /// What the result is worth.
    pub verdict: Verdict,
    /// What was assumed: the cluster's assumptions that concern what the packets used, then what was assumed on the way.
    pub assumed: Vec<Assumption>,
    /// What lists that rules keep remember afterwards, by namespace and name.
    pub remembered: Vec<Remembered>,
}

impl Journey {
    /// How many requests of proxies a leg lies under: 0 for the client's own and their answers.
    pub fn depth(&self, leg: LegId) -> u32 {
        depth(&self.legs, leg)
    }

    /// Whether the client has what it wanted: it connected or was answered, and a response over HTTP is none of an error.
    pub fn works(&self) -> bool {
        let error = |fetched: &Fetched| fetched.response.as_ref().is_some_and(|response| response.status >= 400);
        self.client == ClientResult::Ok && !self.http.as_ref().is_some_and(error)
    }

    /// The assumptions without which the result could be another.
    pub fn leans_on(&self) -> impl Iterator<Item = &Assumption> {
        self.outcome.leans_on.iter().filter_map(|at| self.assumed.get(*at as usize))
    }
}

/// A connection that was open before a probe that is to use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Seconds since it was opened.
    pub age: u64,
    /// What its socket reported meanwhile, where it could not be used any more: the probe opened another. [`ClientResult::Eof`] where the server
    /// closed it, [`ClientResult::Timeout`] where nothing was acknowledged for too long.
    pub ended: Option<ClientResult>,
}

/// An address that a client keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The address.
    pub to: SocketAddr,
    /// Seconds since it was found.
    pub age: u64,
}

/// How many requests of proxies a leg lies under, itself one of them if it is one.
pub(super) fn depth(legs: &[Leg], leg: LegId) -> u32 {
    // A parent stands before its children.
    let mut depth = 0;
    let mut next = Some(leg);
    while let Some(leg) = next.and_then(|id| legs.get(id.0 as usize)) {
        depth += u32::from(leg.purpose == Purpose::Proxy);
        next = leg.parent;
    }
    depth
}

/// An address in a list that rules keep: `xt_recent`'s, or a set of nftables that rules add to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remembered {
    /// Namespace.
    pub netns: NetnsId,
    /// Name of the list or set.
    pub list: Arc<str>,
    /// Address.
    pub address: IpAddr,
    /// Seconds since it was last written.
    pub age: u64,
}

/// The state left behind by a journey, for a second probe.
pub type After = KernelState;
