//! Networks written by hand and rows of probes, each judged by the kernel.

use super::kernel::{Lab, Streamed};
use super::{Record, judge};
use kernel::config::{IfAddr, Network, NetworkBuilder, Owner, Route, RouteKind, Scope, Socket};
use kernel::exchange::{Request, Writer, exchange, request as request_of, write};
use kernel::ids::{LinkRef, NetnsId, ProcessId, RuleRef};
use kernel::packet::{Mac, Port, Protocol};
use kernel::socket;
use kernel::state::KernelState;
use kernel::walk::{Chooser, Walk};
use kubernetes::origin::CauseId;
use std::net::IpAddr;

/// Cause of everything written by hand.
pub const CAUSE: CauseId = CauseId(0);

/// The address `02:00:00:00:00:LAST`.
pub fn mac(last: u8) -> Mac {
    Mac([2, 0, 0, 0, 0, last])
}

/// Gives a device an address of global scope.
pub fn address(builder: &mut NetworkBuilder, link: LinkRef, net: &str) {
    let net = net.parse().unwrap();
    builder.add_address(link, IfAddr { net, broadcast: None, scope: Scope::Global, cause: CAUSE });
}

/// Opens a listening socket on every address.
pub fn listen(builder: &mut NetworkBuilder, netns: NetnsId, protocol: Protocol, port: u16) {
    let socket = Socket {
        protocol,
        address: None,
        port: Port(port),
        process: ProcessId::default(),
        owner: Default::default(),
        cause: CAUSE,
    };
    builder.netns(netns).sockets.push(socket);
}

/// A route of table `main` as the tools add it; blackhole where there is no next hop.
pub fn plain_route(dst: &str, kind: RouteKind, via: Option<&str>, dev: Option<LinkRef>) -> Route {
    Route {
        kind,
        via: via.map(|via| via.parse().unwrap()),
        dev: dev.map(|dev| dev.link),
        scope: if via.is_some() { Scope::Global } else { Scope::Link },
        ..Route::new(dst.parse().unwrap(), CAUSE)
    }
}

/// Adds a unicast route by a gateway to table `main`; blackhole where there is none.
pub fn route(builder: &mut NetworkBuilder, netns: NetnsId, dst: &str, via: Option<(&str, LinkRef)>) {
    let kind = if via.is_some() { RouteKind::Unicast } else { RouteKind::Blackhole };
    let route = plain_route(dst, kind, via.map(|(via, _)| via), via.map(|(_, dev)| dev));
    builder.netns(netns).routes.push(route);
}

/// One probe of a row.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Namespace of the client.
    pub from: NetnsId,
    /// Protocol.
    pub protocol: Protocol,
    /// Address and port; port 0 for ICMP.
    pub to: String,
    /// `IP_TTL`.
    pub ttl: Option<u8>,
    /// Address the client binds.
    pub local: Option<IpAddr>,
    /// Bytes of a datagram or echo request.
    pub bytes: usize,
    /// `IP_MTU_DISCOVER` of both ends: sent whole or not at all.
    pub whole: bool,
    /// User and group of the client.
    pub owner: Owner,
}

/// A probe with four bytes.
pub fn ask(from: NetnsId, protocol: Protocol, to: &str) -> Ask {
    Ask { from, protocol, to: to.to_owned(), ttl: None, local: None, bytes: 4, whole: false, owner: Owner::default() }
}

/// A network on both sides, and the rows asked so far.
pub struct Rows {
    lab: Lab,
    network: Network,
    /// What the simulation remembers.
    pub state: KernelState,
    rows: u16,
    wrong: Vec<String>,
}

/// Draws nothing.
struct First;

impl Chooser for First {
    fn random(&mut self, _: NetnsId, _: RuleRef, _: u32) -> bool {
        true
    }

    fn source_port(&mut self, _: NetnsId, _: Option<RuleRef>, _: u16, range: (u16, u16)) -> u16 {
        range.0
    }
}

impl Rows {
    /// Builds the network on the kernel.
    pub fn new(builder: NetworkBuilder, tag: &str) -> Self {
        let network = builder.build().unwrap();
        let lab = Lab::up(&network, tag).unwrap_or_else(|error| panic!("{error}"));
        Self { lab, network, state: KernelState::default(), rows: 0, wrong: Vec::new() }
    }

    /// Sends a probe through both; the client must report `expected` and everything must be the same. Returns the simulated walks.
    pub fn check(&mut self, ask: Ask, expected: &str) -> Vec<Walk> {
        self.judged(ask, Some(expected))
    }

    /// Sends a probe through both; everything must be the same, whatever the client reports.
    pub fn agree(&mut self, ask: Ask) -> Vec<Walk> {
        self.judged(ask, None)
    }

    fn judged(&mut self, ask: Ask, expected: Option<&str>) -> Vec<Walk> {
        self.rows += 1;
        let request = Request {
            netns: ask.from,
            protocol: ask.protocol,
            local: ask.local,
            sport: Port(20000 + self.rows),
            remote: ask.to.parse().unwrap(),
            payload: vec![b'x'; ask.bytes].into(),
            ttl: ask.ttl,
            dont_fragment: ask.whole.then_some(true),
            owner: ask.owner,
        };
        let mut before = self.state.clone();
        let walks = exchange(&self.network, &mut before, &mut First, &request).packets;
        let row = format!("{}: {} {} → {}", self.rows, self.network.netns(ask.from).name, ask.protocol, ask.to);
        match judge(&mut self.lab, &self.network, &mut self.state, &request) {
            Ok(Record { client, .. }) => {
                if let Some(expected) = expected.filter(|expected| *expected != client) {
                    self.wrong.push(format!("{row}: both say {client}, not {expected}"));
                }
            }
            Err(difference) => self.wrong.push(format!("{row}\n{difference}")),
        }
        walks.into_iter().map(|sent| sent.walk).collect()
    }

    /// Writes bytes into a TCP connection that answers with as many, on both sides: whether they come back, what fits on the way as the client then
    /// knows, and how long its segments are must be the same.
    pub fn stream(&mut self, from: NetnsId, to: &str, bytes: usize) -> Streamed {
        self.rows += 1;
        let remote = to.parse().unwrap();
        let request = Request {
            netns: from,
            protocol: Protocol::Tcp,
            local: None,
            sport: Port(20000 + self.rows),
            remote,
            payload: [].into(),
            ttl: None,
            dont_fragment: None,
            owner: Default::default(),
        };
        let (network, state) = (&self.network, &mut self.state);
        let mut done = request_of(network, state, &mut First, &request);
        let text = vec![b'k'; bytes];
        let answered = write(network, state, &mut First, &mut done, (Writer::Client, &text))
            && write(network, state, &mut First, &mut done, (Writer::Server, &text));
        let own = done.connection.unwrap();
        let local = state.connections.get(own).unwrap().local.ip();
        let peer = done.accepted().map(|(_, peer)| peer);
        let ours = Streamed {
            answered,
            path_mtu: socket::path_mtu(network, state, from, (Some(local), remote.ip())),
            segment: socket::segment_size(network, state, own, peer),
        };
        let theirs = self.lab.stream(from, remote, bytes, std::time::Duration::from_millis(700));
        if theirs != Ok(ours) {
            self.wrong.push(format!("{}: stream of {bytes} to {to}: kernel {theirs:?}, simulated {ours:?}", self.rows));
        }
        ours
    }

    /// Sends a probe that is known to differ, for the reason given; agreement is a failure: then the gap has been closed.
    pub fn known_gap(&mut self, ask: Ask, reason: &str) {
        let had = self.wrong.len();
        self.agree(ask);
        if self.wrong.len() > had {
            self.wrong.truncate(had);
        } else {
            self.wrong.push(format!("{}: agrees now; no longer a gap ({reason})", self.rows));
        }
    }

    /// Fails when a row was not as expected.
    pub fn finish(self) {
        assert!(self.wrong.is_empty(), "\n{}", self.wrong.join("\n"));
    }
}

/// Adds rules to a namespace, as `iptables-restore --noflush` does.
///
/// # Panics
/// When the text is wrong.
pub fn restore(builder: &mut NetworkBuilder, netns: NetnsId, text: &str) {
    let limits =
        kernel::text::iptables::read::Limits { bytes: 1 << 16, line: 1 << 10, rules: 100, chains: 100, errors: 1 };
    let merged = kernel::text::iptables::read::merge(&mut builder.netns(netns).xtables, text, &limits, &mut |_| CAUSE);
    assert!(merged.is_ok(), "{merged:?}");
}
