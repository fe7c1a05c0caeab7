//! Random networks without a cluster: routers, hosts on their bridges, and overlays between them, wired by hand. They ask the interpreter
//! for what clusters seldom need: tunnels, several routers in a line, proxy ARP, metrics, wrong forwarding entries.

use super::hand::{address, listen, mac, plain_route, route};
use super::rules;
use kernel::config::{
    Bridge, BridgePort, FdbEntry, Link, LinkKind, Neighbour, Network, NetworkBuilder, PolicyRule, RouteKind, TableId,
    VtepEntry, Vxlan,
};
use kernel::exchange::Request;
use kernel::ids::{LinkId, LinkRef, NetnsId, TableName};
use kernel::packet::{Mac, Port, Protocol};
use kubernetes::origin::CauseId;
use proptest::collection::vec;
use proptest::prelude::*;
use std::net::SocketAddr;
use std::sync::Arc;

/// How routers reach each other's hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Overlay {
    /// By the wire between them.
    None,
    /// A VXLAN device to route by, as flannel has.
    Routed,
    /// A VXLAN device as port of each router's bridge: one network of layer 2.
    Bridged,
}

#[derive(Clone, Copy, Debug)]
struct Host {
    router: u8,
    /// Listens on TCP 8080; always on UDP 5353 and TCP 9090.
    serves: bool,
}

/// Something that was configured otherwise.
#[derive(Clone, Debug)]
enum Tweak {
    /// A sysctl of a router, by index into the list.
    Sysctl(u8, u8),
    /// A rule of a router, by number.
    Rule(u8, u32),
    /// One more route of a router: to a host or a network; by a router or dropping; with this metric.
    Route(u8, u8, u8, u8),
    /// Flags of the ports of a router's bridge.
    PortFlag(u8, u8),
    /// A router's permanent neighbour entry for a host, right or nobody's.
    Neighbour(u8, u8, bool),
    /// A static forwarding entry of a router's bridge for a host, at some port.
    Fdb(u8, u8, u8),
    /// A second address of a host or router.
    Address(u8, u8),
    /// A host's device is down.
    Down(u8),
    /// A router's policy rule with a table of its own.
    Policy(u8, u8),
    /// A tunnel's forwarding entry leads to another end.
    Vtep(u8, u8),
    /// A host without its default route, or with one by its own device.
    HostRoute(u8, u8),
    /// A narrower wire between the routers, or narrower hosts.
    Mtu(u8, u8),
}

#[derive(Clone, Debug)]
struct Ask {
    from: u8,
    to: u8,
    protocol: u8,
    ttl: u8,
    size: u8,
    wrong_port: bool,
}

/// A network and the probes sent through it.
#[derive(Clone, Debug)]
pub struct Wired {
    routers: u8,
    /// The routers share one switch; otherwise each has a wire to the next.
    switched: bool,
    overlay: Overlay,
    /// The overlay learns who is where; otherwise everything is configured.
    learning: bool,
    bridge_nf: bool,
    /// Routers track connections.
    tracked: bool,
    hosts: Vec<Host>,
    tweaks: Vec<Tweak>,
    asks: Vec<Ask>,
}

const SYSCTLS: [&str; 14] = [
    "net.ipv4.conf.all.rp_filter=1",
    "net.ipv4.conf.all.rp_filter=2",
    "net.ipv4.conf.cni0.rp_filter=1",
    "net.ipv4.ip_forward=0",
    "net.ipv4.conf.cni0.forwarding=0",
    "net.ipv4.conf.all.proxy_arp=1",
    "net.ipv4.conf.cni0.proxy_arp=1",
    "net.ipv4.conf.all.arp_ignore=1",
    "net.ipv4.conf.cni0.arp_ignore=2",
    "net.ipv4.conf.all.accept_local=1",
    "net.ipv4.conf.all.route_localnet=1",
    "net.ipv4.ip_no_pmtu_disc=1",
    "net.ipv4.conf.all.src_valid_mark=1",
    "net.ipv4.conf.all.arp_announce=2",
];

fn tweak() -> impl Strategy<Value = Tweak> {
    let byte = any::<u8>;
    prop_oneof![
        3 => (byte(), byte()).prop_map(|(router, which)| Tweak::Sysctl(router, which)),
        4 => (byte(), any::<u32>()).prop_map(|(router, which)| Tweak::Rule(router, which)),
        4 => (byte(), byte(), byte(), byte()).prop_map(|(router, to, by, metric)| Tweak::Route(router, to, by, metric)),
        1 => (byte(), byte()).prop_map(|(router, flag)| Tweak::PortFlag(router, flag)),
        1 => (byte(), byte(), prop::bool::ANY).prop_map(|(router, host, right)| Tweak::Neighbour(router, host, right)),
        1 => (byte(), byte(), byte()).prop_map(|(router, host, port)| Tweak::Fdb(router, host, port)),
        1 => (byte(), byte()).prop_map(|(at, which)| Tweak::Address(at, which)),
        1 => byte().prop_map(Tweak::Down),
        1 => (byte(), byte()).prop_map(|(router, which)| Tweak::Policy(router, which)),
        2 => (byte(), byte()).prop_map(|(router, to)| Tweak::Vtep(router, to)),
        1 => (byte(), byte()).prop_map(|(host, which)| Tweak::HostRoute(host, which)),
        1 => (byte(), byte()).prop_map(|(which, mtu)| Tweak::Mtu(which, mtu)),
    ]
}

fn ask() -> impl Strategy<Value = Ask> {
    let size = prop_oneof![2 => Just(0u8), 1 => any::<u8>()];
    let ttl = prop_oneof![8 => Just(0u8), 2 => 1..5u8];
    (any::<u8>(), any::<u8>(), 0..6u8, ttl, size, prop::bool::weighted(0.1))
        .prop_map(|(from, to, protocol, ttl, size, wrong_port)| Ask { from, to, protocol, ttl, size, wrong_port })
}

/// Networks with `probes` probes each.
pub fn wired(probes: usize) -> impl Strategy<Value = Wired> {
    let flag = |weight| prop::bool::weighted(weight);
    let overlay = prop_oneof![1 => Just(Overlay::None), 2 => Just(Overlay::Routed), 2 => Just(Overlay::Bridged)];
    let settings = (1..=3u8, flag(0.5), overlay, flag(0.5), flag(0.3), flag(0.5));
    let host = (any::<u8>(), flag(0.85)).prop_map(|(router, serves)| Host { router, serves });
    let tweaks = prop_oneof![1 => Just(Vec::new()), 3 => vec(tweak(), 1..7)];
    (settings, vec(host, 2..=5), tweaks, vec(ask(), probes)).prop_map(
        |((routers, switched, overlay, learning, bridge_nf, tracked), hosts, tweaks, asks)| Wired {
            // With three ends, a copy may come late enough to find what the answer to another copy taught.
            routers: if overlay == Overlay::Bridged { routers.min(2) } else { routers },
            switched,
            overlay,
            learning,
            bridge_nf,
            tracked,
            hosts,
            tweaks,
            asks,
        },
    )
}

const CAUSE: CauseId = CauseId(0);

/// A network being wired.
struct Wiring<'a> {
    of: &'a Wired,
    builder: NetworkBuilder,
    routers: Vec<NetnsId>,
    hosts: Vec<NetnsId>,
    bridges: Vec<LinkRef>,
}

impl Wired {
    fn router(&self, wanted: u8) -> usize {
        usize::from(wanted % self.routers)
    }

    /// The router that a host hangs on.
    fn at(&self, host: usize) -> usize {
        self.router(self.hosts[host].router)
    }

    fn host_ip(&self, host: usize) -> String {
        format!("10.244.{}.{}", self.at(host), host + 10)
    }

    /// Address of a router on the wire towards another: all share one, or each pair has its own.
    fn wire_ip(&self, router: usize, towards: usize) -> String {
        if self.switched {
            return format!("192.168.10.{}", router + 11);
        }
        let left = router.min(towards);
        format!("192.168.{}.{}", left + 20, if router == left { 1 } else { 2 })
    }

    /// Name of a router's device towards another.
    fn wire(&self, router: usize, towards: usize) -> &'static str {
        if self.switched || towards < router || router == 0 { "eth0" } else { "eth1" }
    }

    /// The next router on the way to another.
    fn next(&self, router: usize, to: usize) -> usize {
        match () {
            () if self.switched => to,
            () if to > router => router + 1,
            () => router - 1,
        }
    }

    /// The other ends of a routed overlay are configured, not asked for. ARP is simulated without the rules that a tunnel's packets meet.
    fn knows_neighbours(&self) -> bool {
        let rules = self.tweaks.iter().any(|tweak| matches!(tweak, Tweak::Rule(..)));
        self.overlay == Overlay::Routed && (rules || !self.learning)
    }

    fn prefix(&self) -> u8 {
        if self.overlay == Overlay::Bridged { 16 } else { 24 }
    }

    /// Number of probes.
    pub fn probes(&self) -> usize {
        self.asks.len()
    }

    /// The network.
    ///
    /// # Panics
    /// When the generator made something that is no network.
    pub fn network(&self) -> Network {
        let mut wiring = Wiring {
            of: self,
            builder: NetworkBuilder::default(),
            routers: Vec::new(),
            hosts: Vec::new(),
            bridges: Vec::new(),
        };
        for router in 0..usize::from(self.routers) {
            wiring.add_router(router);
        }
        wiring.add_wires();
        for host in 0..self.hosts.len() {
            wiring.add_host(host);
        }
        match self.overlay {
            Overlay::None => {}
            Overlay::Routed | Overlay::Bridged => wiring.add_overlay(),
        }
        wiring.add_routes();
        for tweak in &self.tweaks {
            wiring.apply(tweak);
        }
        wiring.builder.build().unwrap()
    }

    /// Probe number `at` as request.
    pub fn request(&self, network: &Network, at: usize, sport: u16) -> Request {
        let ask = &self.asks[at];
        let senders: Vec<NetnsId> = network.ids().filter(|id| &*network.netns(*id).name != "switch").collect();
        let targets = self.targets();
        let (address, port, udp) = targets[usize::from(ask.to) % targets.len()].clone();
        let protocol = match ask.protocol {
            0 => Protocol::Icmp,
            1 => Protocol::Udp,
            _ if udp => Protocol::Udp,
            _ => Protocol::Tcp,
        };
        let port = match protocol {
            Protocol::Icmp => 0,
            _ if ask.wrong_port => 7777,
            _ => port,
        };
        let narrow = !self.tracked || self.tweaks.iter().any(|tweak| matches!(tweak, Tweak::Mtu(..)));
        let sizes = [16, 1000, 1300, 1372, 1400, 1472, 1473, 1600, 3000, 4200];
        let size = match ask.size {
            0 => 4,
            // What a tunnel's device says about the MTU of its way is not asked for.
            size if narrow && self.overlay != Overlay::None => sizes[usize::from(size) % 5],
            size => sizes[usize::from(size) % if narrow { 6 } else { 10 }],
        };
        Request {
            netns: senders[usize::from(ask.from) % senders.len()],
            protocol,
            local: None,
            sport: Port(sport),
            remote: SocketAddr::new(address.parse().unwrap(), port),
            payload: Arc::from(vec![b'k'; size]),
            ttl: Some(ask.ttl).filter(|ttl| *ttl > 0),
            dont_fragment: None,
            owner: Default::default(),
        }
    }

    fn targets(&self) -> Vec<(String, u16, bool)> {
        let mut all = Vec::new();
        for host in 0..self.hosts.len() {
            for _ in 0..2 {
                all.push((self.host_ip(host), 8080, false));
                all.push((self.host_ip(host), 5353, true));
            }
        }
        for router in 0..usize::from(self.routers) {
            all.push((format!("10.244.{router}.1"), 9090, false));
            for towards in (0..usize::from(self.routers)).filter(|other| router.abs_diff(*other) == 1) {
                all.push((self.wire_ip(router, towards), 9090, false));
                // Not a packet of the tunnel.
                all.push((self.wire_ip(router, towards), 8472, true));
            }
            if self.overlay == Overlay::Routed {
                all.push((format!("10.244.{router}.0"), 9090, false));
            }
        }
        for (address, port) in [("10.244.0.250", 80), ("10.244.9.9", 80), ("192.168.10.200", 80), ("127.0.0.1", 9090)] {
            all.push((address.to_owned(), port, false));
        }
        all.push(("8.8.8.8".to_owned(), 53, true));
        all
    }
}

impl Wiring<'_> {
    fn link(&mut self, netns: NetnsId, name: &str) -> LinkRef {
        let at = self.builder.netns(netns).links.iter().position(|link| &*link.name == name).unwrap();
        LinkRef { netns, link: LinkId(at as u32) }
    }

    fn add_bridge(&mut self, netns: NetnsId, name: &str, mac: Mac) -> LinkRef {
        let kind = LinkKind::Bridge(Bridge::default());
        let (addresses, mtu) = (Vec::new(), 1500);
        let link = Link { name: name.into(), mac, mtu, up: true, kind, port: None, addresses, cause: CAUSE };
        self.builder.add_link(netns, link)
    }

    fn add_router(&mut self, router: usize) {
        let netns = self.builder.add_netns(&format!("r{router}"), CAUSE);
        self.builder.sysctl(netns, "net.ipv4.ip_forward", "1", CAUSE);
        if self.of.bridge_nf {
            self.builder.sysctl(netns, "net.bridge.bridge-nf-call-iptables", "1", CAUSE);
        }
        if self.of.tracked {
            let text = "*filter\n-A FORWARD -m conntrack --ctstate INVALID\nCOMMIT\n";
            let here = self.builder.netns(netns);
            kernel::text::iptables::read::merge(&mut here.xtables, text, &Default::default(), &mut |_| CAUSE).unwrap();
        } else {
            self.builder.netns(netns).xtables.table_mut(TableName::Filter);
        }
        let bridge = self.add_bridge(netns, "cni0", mac(0x40 + router as u8));
        self.routers.push(netns);
        self.bridges.push(bridge);
        for (protocol, port) in [(Protocol::Tcp, 9090), (Protocol::Udp, 5353)] {
            listen(&mut self.builder, netns, protocol, port);
        }
        address(&mut self.builder, bridge, &format!("10.244.{router}.1/{}", self.of.prefix()));
    }

    fn add_wires(&mut self) {
        let count = self.routers.len();
        if self.of.switched {
            let switch = self.builder.add_netns("switch", CAUSE);
            let lan = self.add_bridge(switch, "lan0", mac(0x60));
            for router in 0..count {
                let near = (self.routers[router], "eth0", mac(0x61 + router as u8));
                let port = format!("to-r{router}");
                let far = (switch, port.as_str(), mac(0x70 + router as u8));
                let (near, far) = self.builder.add_veth(near, far, 1500, CAUSE);
                self.builder.link(far).port = Some(BridgePort::of(lan.link));
                address(&mut self.builder, near, &format!("{}/24", self.of.wire_ip(router, router)));
            }
            return;
        }
        for left in 0..count.saturating_sub(1) {
            let near = (self.routers[left], self.of.wire(left, left + 1), mac(0x61 + 2 * left as u8));
            let far = (self.routers[left + 1], self.of.wire(left + 1, left), mac(0x62 + 2 * left as u8));
            let (near, far) = self.builder.add_veth(near, far, 1500, CAUSE);
            address(&mut self.builder, near, &format!("{}/24", self.of.wire_ip(left, left + 1)));
            address(&mut self.builder, far, &format!("{}/24", self.of.wire_ip(left + 1, left)));
        }
    }

    fn add_host(&mut self, host: usize) {
        let router = self.of.at(host);
        let netns = self.builder.add_netns(&format!("h{host}"), CAUSE);
        self.hosts.push(netns);
        let port = format!("veth{host}");
        let near = (netns, "eth0", mac(0x10 + host as u8));
        let far = (self.routers[router], port.as_str(), mac(0x20 + host as u8));
        // What a tunnel carries must fit with its headers.
        let mtu = if self.of.overlay == Overlay::Bridged { 1450 } else { 1500 };
        let (near, far) = self.builder.add_veth(near, far, mtu, CAUSE);
        self.builder.link(far).port = Some(BridgePort::of(self.bridges[router].link));
        self.builder.link(self.bridges[router]).mtu = mtu;
        address(&mut self.builder, near, &format!("{}/{}", self.of.host_ip(host), self.of.prefix()));
        route(&mut self.builder, netns, "0.0.0.0/0", Some((&format!("10.244.{router}.1"), near)));
        let tcp = [(Protocol::Tcp, 8080)].into_iter().filter(|_| self.of.hosts[host].serves);
        for (protocol, port) in tcp.chain([(Protocol::Udp, 5353), (Protocol::Tcp, 9090)]) {
            listen(&mut self.builder, netns, protocol, port);
        }
    }

    fn add_overlay(&mut self) {
        let count = self.routers.len();
        let bridged = self.of.overlay == Overlay::Bridged;
        let end = |router: usize, from: usize| self.of.wire_ip(router, self.of.next(router, from)).parse().unwrap();
        for router in 0..count {
            let others = (0..count).filter(|other| *other != router);
            let mut settings = Vxlan::new(7, Port(8472));
            settings.learning = self.of.learning;
            for other in others.clone() {
                let everywhere = VtepEntry { mac: Mac::ZERO, remote: end(other, router), cause: CAUSE };
                if self.of.learning || bridged {
                    settings.fdb.push(everywhere);
                } else {
                    settings.fdb.push(VtepEntry { mac: mac(0x30 + other as u8), ..everywhere });
                }
            }
            let link = Link {
                name: "vx0".into(),
                mac: mac(0x30 + router as u8),
                mtu: 1450,
                up: true,
                kind: LinkKind::Vxlan(settings),
                port: bridged.then(|| BridgePort::of(self.bridges[router].link)),
                addresses: Vec::new(),
                cause: CAUSE,
            };
            let link = self.builder.add_link(self.routers[router], link);
            if bridged {
                continue;
            }
            address(&mut self.builder, link, &format!("10.244.{router}.0/32"));
            for other in others {
                let via = format!("10.244.{other}.0");
                route(&mut self.builder, self.routers[router], &format!("10.244.{other}.0/24"), Some((&via, link)));
                let here = self.builder.netns(self.routers[router]);
                here.routes.to_mut().last_mut().unwrap().onlink = true;
                if self.of.knows_neighbours() {
                    let (ip, dev, mac) = (via.parse().unwrap(), link.link, mac(0x30 + other as u8));
                    here.neighbours.push(Neighbour { ip, dev, mac, permanent: true, cause: CAUSE });
                }
            }
        }
    }

    /// The routers' ways to each other's hosts, and in a line to each other.
    fn add_routes(&mut self) {
        let count = self.routers.len();
        for router in 0..count {
            for other in (0..count).filter(|other| *other != router) {
                let next = self.of.next(router, other);
                let dev = self.link(self.routers[router], self.of.wire(router, next));
                let via = self.of.wire_ip(next, router);
                if self.of.overlay == Overlay::None {
                    let dst = format!("10.244.{other}.0/24");
                    route(&mut self.builder, self.routers[router], &dst, Some((&via, dev)));
                }
                if !self.of.switched && router.abs_diff(other) > 1 {
                    let dst = format!("192.168.{}.0/24", 20 + other.min(other.max(router) - 1));
                    route(&mut self.builder, self.routers[router], &dst, Some((&via, dev)));
                }
            }
        }
    }

    fn apply(&mut self, tweak: &Tweak) {
        let of = self.of;
        let hosts = of.hosts.len();
        match *tweak {
            Tweak::Sysctl(router, which) => {
                let (name, value) = SYSCTLS[usize::from(which) % SYSCTLS.len()].split_once('=').unwrap();
                self.builder.sysctl(self.routers[of.router(router)], name, value, CAUSE);
            }
            // ARP would meet them.
            Tweak::Rule(..) if of.overlay == Overlay::Bridged && of.routers > 1 => {}
            Tweak::Rule(router, which) => rules::append(&mut self.builder, self.routers[of.router(router)], which),
            Tweak::Route(router, to, by, metric) => self.add_odd_route(of.router(router), to, by, metric),
            Tweak::PortFlag(router, flag) => {
                let netns = self.routers[of.router(router)];
                for link in &mut self.builder.netns(netns).links {
                    let tunnel = matches!(link.kind, LinkKind::Vxlan(_));
                    let Some(port) = &mut link.port else { continue };
                    match flag % 4 {
                        // A tunnel that sends broadcasts back moves their senders to its other side.
                        0 => port.hairpin = !tunnel,
                        1 => port.isolated = true,
                        2 => port.learning = false,
                        _ => port.flood = false,
                    }
                }
            }
            Tweak::Neighbour(router, host, right) => {
                let (router, host) = (of.router(router), usize::from(host) % hosts);
                let mac = if right { mac(0x10 + host as u8) } else { mac(0x99) };
                let (ip, dev) = (of.host_ip(host).parse().unwrap(), self.bridges[router].link);
                let here = &mut self.builder.netns(self.routers[router]).neighbours;
                if !here.iter().any(|have| have.ip == ip) {
                    here.push(Neighbour { ip, dev, mac, permanent: true, cause: CAUSE });
                }
            }
            Tweak::Fdb(router, host, port) => {
                let router = of.router(router);
                let mac = mac(0x10 + usize::from(host % hosts as u8) as u8);
                let bridge = self.bridges[router];
                let links = &self.builder.netns(self.routers[router]).links;
                let ports: Vec<LinkId> =
                    (0u32..).zip(links).filter(|(_, link)| link.port.is_some()).map(|(at, _)| LinkId(at)).collect();
                let Some(port) = ports.get(usize::from(port) % ports.len().max(1)).copied() else { return };
                if let LinkKind::Bridge(settings) = &mut self.builder.link(bridge).kind
                    && !settings.fdb.iter().any(|have| have.mac == mac)
                {
                    settings.fdb.push(FdbEntry { mac, port, local: false, cause: CAUSE });
                }
            }
            Tweak::Address(at, which) => {
                let all: Vec<NetnsId> = self.routers.iter().chain(&self.hosts).copied().collect();
                let netns = all[usize::from(at) % all.len()];
                let here = self.builder.netns(netns);
                let Some(dev) = here.links.iter().position(|link| matches!(&*link.name, "eth0")) else { return };
                let last = 100 + at % 50;
                let net = [
                    format!("10.244.0.{last}/24"),
                    format!("172.16.0.{last}/16"),
                    format!("172.17.0.{last}/32"),
                    format!("192.168.10.{last}/25"),
                ];
                let net = &net[usize::from(which % 4)];
                let link = LinkRef { netns, link: LinkId(dev as u32) };
                if !self.builder.link(link).addresses.iter().any(|have| have.net.to_string() == *net) {
                    address(&mut self.builder, link, net);
                }
            }
            Tweak::Down(host) => {
                let netns = self.hosts[usize::from(host) % hosts];
                let link = self.link(netns, "eth0");
                self.builder.link(link).up = false;
            }
            Tweak::Policy(router, which) => self.add_policy(of.router(router), which),
            // Through a tunnel that leads elsewhere ARP would fail in its own ways.
            Tweak::Vtep(..) if !of.knows_neighbours() => {}
            Tweak::Vtep(router, to) => {
                let netns = self.routers[of.router(router)];
                let other = of.router(to);
                let to = match to % 3 {
                    // To itself it would not be wrapped at all.
                    1 | 2 if other != of.router(router) => of.wire_ip(other, other.saturating_sub(1)),
                    _ => "192.168.10.200".to_owned(),
                };
                let remote = to.parse().unwrap();
                for link in &mut self.builder.netns(netns).links {
                    if let LinkKind::Vxlan(settings) = &mut link.kind
                        && let Some(entry) = settings.fdb.first_mut()
                    {
                        entry.remote = remote;
                    }
                }
            }
            Tweak::HostRoute(host, which) => {
                let host = usize::from(host) % hosts;
                let netns = self.hosts[host];
                let link = self.link(netns, "eth0");
                let routes = &mut self.builder.netns(netns).routes;
                routes.to_mut().retain(|route| route.via.is_none());
                if which % 2 == 0 {
                    // Every address is asked for on the wire: somebody must answer for it.
                    routes.push(plain_route("0.0.0.0/0", RouteKind::Unicast, None, Some(link)));
                }
            }
            // What a tunnel's device says about the MTU of its way is not simulated.
            Tweak::Mtu(..) if of.overlay != Overlay::None => {}
            Tweak::Mtu(which, mtu) => {
                let mtu = [1500, 1450, 1400, 1300][usize::from(mtu % 4)];
                let netns = self.routers[of.router(which)];
                let links = self.builder.netns(netns).links.len();
                for link in (0..links as u32).map(|link| LinkRef { netns, link: LinkId(link) }) {
                    let LinkKind::Veth { peer } = self.builder.link(link).kind else { continue };
                    if self.builder.link(link).name.starts_with("eth") {
                        self.builder.link(link).mtu = mtu;
                        self.builder.link(peer).mtu = mtu;
                    }
                }
            }
        }
    }

    fn add_odd_route(&mut self, router: usize, to: u8, by: u8, metric: u8) {
        let of = self.of;
        let count = self.routers.len();
        let dst = match to % 4 {
            0 => format!("10.244.{}.0/24", usize::from(to / 4) % count),
            1 => format!("10.244.{}.0/25", usize::from(to / 4) % count),
            2 => "0.0.0.0/0".to_owned(),
            _ => format!("{}/32", of.host_ip(usize::from(to / 4) % of.hosts.len())),
        };
        let other = usize::from(by / 8) % count;
        let drops = [RouteKind::Blackhole, RouteKind::Unreachable, RouteKind::Prohibit];
        let mut odd = if by % 8 < 3 || other == router {
            plain_route(&dst, drops[usize::from(by % 3)], None, None)
        } else {
            let next = of.next(router, other);
            let dev = self.link(self.routers[router], of.wire(router, next));
            plain_route(&dst, RouteKind::Unicast, Some(&of.wire_ip(next, router)), Some(dev))
        };
        odd.metric = [0, 10, 10, 200][usize::from(metric % 4)];
        let routes = &mut self.builder.netns(self.routers[router]).routes;
        if !routes.iter().any(|have| have.dst == odd.dst && have.table == odd.table && have.metric == odd.metric) {
            routes.push(odd);
        }
    }

    fn add_policy(&mut self, router: usize, which: u8) {
        let of = self.of;
        let netns = self.routers[router];
        let count = self.routers.len();
        let other = (router + 1) % count;
        let here = self.builder.netns(netns);
        let priority = 1000 + here.rules.len() as u32;
        let rule = PolicyRule { priority, from: None, to: None, fwmark: None, table: TableId(100 + priority) };
        let net = |text: &str| Some(text.parse().unwrap());
        let (rule, dst, kind) = match which % 5 {
            0 => (PolicyRule { from: net("10.244.0.0/25"), ..rule }, "0.0.0.0/0", RouteKind::Unicast),
            1 => (PolicyRule { to: net("10.244.1.0/24"), ..rule }, "10.244.1.0/24", RouteKind::Unreachable),
            2 => (PolicyRule { fwmark: Some((8, 0xff)), ..rule }, "0.0.0.0/0", RouteKind::Prohibit),
            3 => (PolicyRule { fwmark: Some((0x4000, 0x4000)), ..rule }, "0.0.0.0/0", RouteKind::Unicast),
            _ => (PolicyRule { from: net("192.168.0.0/16"), ..rule }, "10.244.0.0/16", RouteKind::Blackhole),
        };
        let mut way = if kind == RouteKind::Unicast {
            if other == router {
                return;
            }
            let next = of.next(router, other);
            let dev = self.link(netns, of.wire(router, next));
            plain_route(dst, kind, Some(&of.wire_ip(next, router)), Some(dev))
        } else {
            plain_route(dst, kind, None, None)
        };
        way.table = rule.table;
        let here = self.builder.netns(netns);
        here.rules.push(rule);
        here.routes.push(way);
    }
}
