//! Random Compose projects on a Docker host, with machines, routers and the Internet around it, and probes between all of them. Everything is
//! drawn as texts that people would write, so that what reads them is asked, too.

use kernel::config::{Network, NetworkBuilder};
use kernel::exchange::Request;
use kernel::ids::NetnsId;
use kernel::packet::{Port, Protocol};
use proptest::collection::vec;
use proptest::prelude::*;
use sim_core::model::{Model, Options};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// A network of the project.
#[derive(Clone, Copy, Debug)]
struct NetSpec {
    internal: bool,
    icc: bool,
    masquerade: bool,
    /// 0 to 2 `nat`, 3 `nat-unprotected`, 4 `routed`; engines before 28 know none.
    mode: u8,
}

/// A published port.
#[derive(Clone, Copy, Debug)]
struct PortSpec {
    udp: bool,
    /// Where: 0 to 3 everywhere, 4 on 127.0.0.1, 5 on the host's own address.
    on: u8,
}

/// A service.
#[derive(Clone, Debug)]
struct ServiceSpec {
    /// 0 to 5 on networks, 6 and 7 on the default bridge, 8 on the host's, 9 on none, 10 on that of the first service.
    mode: u8,
    /// Which networks, as bits; none is the project's default.
    networks: u8,
    replicas: u8,
    ports: Vec<PortSpec>,
}

/// How the segments are joined.
#[derive(Clone, Copy, Debug)]
struct Around {
    /// 0 nobody said how; 1 a router with the Internet behind it; 2 one that translates, too; 3 one that knows the containers' networks.
    router: u8,
    /// Bytes that the first segment takes.
    mtu: u8,
    /// A rule of the router, by number; 0 for none.
    rule: u8,
    /// The machine on the Docker host's segment has routes to the containers.
    routes: bool,
    /// Another rule on that machine, by number; 0 for none.
    firewall: u8,
}

/// A cluster of kind on the host.
#[derive(Clone, Copy, Debug)]
struct KindSpec {
    workers: u8,
    /// Where its ports are published: 0 to 2 everywhere, 3 on 127.0.0.1.
    on: u8,
    /// The second port leads to no node port.
    astray: bool,
    etp_local: bool,
    nftables: bool,
}

#[derive(Clone, Debug)]
struct Ask {
    from: u8,
    to: u16,
    protocol: u8,
    ttl: u8,
    size: u8,
    wrong_port: bool,
}

/// A Docker host with what is around it, and the probes sent there.
#[derive(Clone, Debug)]
pub struct Composed {
    engine: u8,
    /// The back-end that writes nftables, where the engine has it.
    nftables: bool,
    proxy: bool,
    icc: bool,
    /// Forwarding was on before the engine came.
    forwarding: bool,
    bridge_nf: bool,
    /// A rule on the Docker host, by number; 0 for none.
    rule: u8,
    networks: Vec<NetSpec>,
    services: Vec<ServiceSpec>,
    kind: Option<KindSpec>,
    around: Around,
    asks: Vec<Ask>,
}

const ENGINES: [&str; 3] = ["20.10", "28", "29"];
const MODES: [&str; 5] = ["nat", "nat", "nat", "nat-unprotected", "routed"];
/// The Docker host's address.
const BOX: &str = "192.168.10.11";
const RULES: [&str; 9] = [
    "",
    "-A INPUT -p tcp --dport 8000 -j DROP",
    "-A DOCKER-USER -p tcp --dport 8080 -j DROP",
    "-A DOCKER-USER -s 192.168.10.50 -j REJECT",
    "-A INPUT -p udp -j REJECT",
    "-A FORWARD -p icmp -j DROP",
    "-t nat -A PREROUTING -p tcp --dport 7000 -j REDIRECT --to-ports 8000",
    "-t mangle -A PREROUTING -p tcp --dport 8010 -j DROP",
    "-A OUTPUT -d 172.16.0.0/12 -p udp -j REJECT --reject-with icmp-admin-prohibited",
];
const ROUTER_RULES: [&str; 5] = [
    "",
    "-A FORWARD -p udp -j REJECT",
    "-A FORWARD -p tcp --dport 8080 -j DROP",
    "-t nat -A PREROUTING -p tcp --dport 9000 -j DNAT --to-destination 192.168.10.11:8000",
    "-A INPUT -p icmp -j DROP",
];
const FIREWALL: [&str; 3] = ["", "-A INPUT -p tcp --dport 90 -j REJECT", "-A INPUT -p icmp -j DROP"];
const MTUS: [u32; 3] = [1500, 1400, 9000];

fn flag(likely: f64) -> impl Strategy<Value = bool> {
    prop::bool::weighted(likely)
}

fn network() -> impl Strategy<Value = NetSpec> {
    let parts = (flag(0.15), flag(0.85), flag(0.9), 0u8..5);
    parts.prop_map(|(internal, icc, masquerade, mode)| NetSpec { internal, icc, masquerade, mode })
}

fn service() -> impl Strategy<Value = ServiceSpec> {
    let port = (flag(0.25), 0u8..6).prop_map(|(udp, on)| PortSpec { udp, on });
    let parts = (0u8..11, any::<u8>(), 1u8..3, vec(port, 0..3));
    parts.prop_map(|(mode, networks, replicas, ports)| ServiceSpec { mode, networks, replicas, ports })
}

/// Docker hosts with `probes` probes.
pub fn composed(probes: usize) -> impl Strategy<Value = Composed> {
    let ask = (any::<u8>(), any::<u16>(), 0u8..8, prop_oneof![6 => Just(0u8), 1 => 1u8..5], 0u8..8, flag(0.1));
    let ask =
        ask.prop_map(|(from, to, protocol, ttl, size, wrong_port)| Ask { from, to, protocol, ttl, size, wrong_port });
    let around = (0u8..4, 0u8..6, 0u8..10, flag(0.5), 0u8..6)
        .prop_map(|(router, mtu, rule, routes, firewall)| Around { router, mtu, rule, routes, firewall });
    let daemon = ((0u8..3, flag(0.6)), flag(0.6), flag(0.8), flag(0.3), flag(0.5), 0u8..18);
    let kind = (0u8..3, 0u8..4, flag(0.3), flag(0.3), flag(0.3));
    let kind = kind.prop_map(|(workers, on, astray, etp_local, nftables)| KindSpec {
        workers,
        on,
        astray,
        etp_local,
        nftables,
    });
    let parts =
        (daemon, vec(network(), 0..3), vec(service(), 1..5), (around, prop::option::of(kind)), vec(ask, probes));
    parts.prop_map(|(daemon, networks, services, (around, kind), asks)| {
        let ((engine, nftables), proxy, icc, forwarding, bridge_nf, rule) = daemon;
        Composed { engine, nftables, proxy, icc, forwarding, bridge_nf, rule, networks, services, kind, around, asks }
    })
}

impl Composed {
    /// The port of the host for a service's port.
    fn host_port(service: usize, at: usize) -> u16 {
        8000 + service as u16 * 10 + at as u16
    }

    /// The Compose file.
    fn project(&self) -> String {
        let mut out = "name: p\nservices:\n".to_owned();
        for (index, of) in self.services.iter().enumerate() {
            let mut fields = vec!["image: c".to_owned()];
            let mut publishes = true;
            match of.mode {
                0..6 => {
                    let on = (0..self.networks.len()).filter(|at| of.networks >> at & 1 == 1);
                    let on: Vec<String> = on.map(|at| format!("n{at}")).collect();
                    if !on.is_empty() {
                        fields.push(format!("networks: [{}]", on.join(", ")));
                    }
                }
                6 | 7 => fields.push("network_mode: bridge".to_owned()),
                8 => (publishes, _) = (false, fields.push("network_mode: host".to_owned())),
                9 => (publishes, _) = (false, fields.push("network_mode: none".to_owned())),
                _ if index > 0 => (publishes, _) = (false, fields.push("network_mode: \"service:s0\"".to_owned())),
                _ => {}
            }
            // Only one can have a port of the host, or that of another container.
            if !of.ports.is_empty() && publishes {
                let ports = of.ports.iter().enumerate().map(|(at, port)| {
                    let on = ["", "", "", "", "127.0.0.1:", "192.168.10.11:"][usize::from(port.on) % 6];
                    let (inner, protocol) = if port.udp { (5353, "/udp") } else { (8080, "") };
                    format!("\"{on}{}:{inner}{protocol}\"", Self::host_port(index, at))
                });
                fields.push(format!("ports: [{}]", ports.collect::<Vec<_>>().join(", ")));
            } else if of.replicas > 1 && of.mode < 8 {
                fields.push(format!("deploy: {{replicas: {}}}", of.replicas));
            }
            let _ = writeln!(out, "  s{index}: {{{}}}", fields.join(", "));
        }
        if !self.networks.is_empty() {
            out.push_str("networks:\n");
        }
        for (at, of) in self.networks.iter().enumerate() {
            let mut options = vec![
                format!("com.docker.network.bridge.enable_icc: \"{}\"", of.icc),
                format!("com.docker.network.bridge.enable_ip_masquerade: \"{}\"", of.masquerade),
            ];
            if !self.engine.is_multiple_of(3) {
                let mode = MODES[usize::from(of.mode) % MODES.len()];
                options.push(format!("com.docker.network.bridge.gateway_mode_ipv4: \"{mode}\""));
            }
            let _ = writeln!(out, "  n{at}: {{internal: {}, driver_opts: {{{}}}}}", of.internal, options.join(", "));
        }
        out
    }

    /// kind's configuration, and what runs in the cluster.
    fn cluster(&self) -> String {
        let Some(of) = self.kind else { return String::new() };
        let listen = if of.on == 3 { ", listenAddress: 127.0.0.1" } else { "" };
        let second = if of.astray { 30099 } else { 30081 };
        let mode = if of.nftables { "nftables" } else { "iptables" };
        let mut out = format!(
            "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnetworking: {{kubeProxyMode: {mode}}}\nnodes:\n- role: control-plane\n  \
             extraPortMappings:\n  - {{hostPort: 28080, containerPort: 30080{listen}}}\n  - {{hostPort: 28081, containerPort: {second}, protocol: UDP}}\n"
        );
        for _ in 0..of.workers {
            out.push_str("- role: worker\n");
        }
        for at in 0..2 {
            let _ = write!(
                out,
                "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: k{at}, labels: {{app: k}}}}\nspec: {{containers: [{{name: c, image: c, \
                 ports: [{{containerPort: 8080}}, {{containerPort: 5353, protocol: UDP}}]}}]}}\n"
            );
        }
        let policy = if of.etp_local { "externalTrafficPolicy: Local, " } else { "" };
        let _ = write!(
            out,
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: k}}\nspec: {{type: NodePort, clusterIP: 10.96.0.20, {policy}selector: {{app: k}}, \
             ports: [{{name: a, port: 80, targetPort: 8080, nodePort: 30080}}, {{name: b, port: 53, targetPort: 5353, protocol: UDP, nodePort: 30081}}]}}\n"
        );
        out
    }

    /// What is around it.
    fn scenario(&self) -> String {
        let Around { router, mtu, rule, routes, firewall } = self.around;
        let engine = ENGINES[usize::from(self.engine) % ENGINES.len()];
        let mtu = MTUS[usize::from(mtu.saturating_sub(3)) % MTUS.len()];
        let said = |rules: &[&str], which: u8| match rules.get(usize::from(which)).filter(|rule| !rule.is_empty()) {
            Some(rule) => format!(", rules: \"{rule}\""),
            None => String::new(),
        };
        let mut out =
            "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {name: around}\nsegments:\n".to_owned();
        let _ = writeln!(out, "- {{name: lan, cidr: 192.168.10.0/24, mtu: {mtu}, attach: [box, pc]}}");
        let _ = writeln!(out, "- {{name: lab, cidr: 192.168.20.0/24, attach: [far]}}");
        let out_of_here = match router {
            1 => Some("internet: true"),
            2 => Some("internet: true, nat: true"),
            3 => Some("routes: [{to: 172.16.0.0/12, via: 192.168.10.11}], listen: [53, 22]"),
            _ => None,
        };
        if let Some(more) = out_of_here {
            let rules = said(&ROUTER_RULES, rule);
            let _ = writeln!(
                out,
                "routers:\n- {{name: core, on: {{lan: 192.168.10.1, lab: 192.168.20.1}}, {more}{rules}}}"
            );
        }
        let flag = |on: bool| u8::from(on);
        let sysctl = format!(
            "sysctl: {{net.ipv4.ip_forward: {}, net.bridge.bridge-nf-call-iptables: {}}}",
            flag(self.forwarding),
            flag(self.bridge_nf)
        );
        let nftables = self.nftables && engine == "29";
        let backend = if nftables { "nftables" } else { "iptables" };
        let (icc, proxy) = (self.icc, self.proxy);
        let daemon = format!("daemon: {{icc: {icc}, userland-proxy: {proxy}, firewall-backend: {backend}}}");
        // Nobody made a chain for users there.
        let missing = nftables && RULES.get(usize::from(self.rule)).is_some_and(|rule| rule.contains("DOCKER-USER"));
        // Numbers that stand for no rule.
        let desktop = matches!(self.rule, 10 | 11);
        let host_rule = if missing { 0 } else { self.rule };
        let _ = writeln!(
            out,
            "hosts:\n- {{name: box, address: {BOX}, listen: [91], {sysctl}{}, docker: {{version: \"{engine}\", desktop: {desktop}, {daemon}}}}}",
            said(&RULES, host_rule)
        );
        let routes = if routes { format!(", routes: [{{to: 172.16.0.0/12, via: {BOX}}}]") } else { String::new() };
        let _ = writeln!(
            out,
            "- {{name: pc, address: 192.168.10.50, listen: [90, {{port: 90, protocol: UDP}}]{routes}{}}}",
            said(&FIREWALL, firewall)
        );
        let _ = writeln!(out, "- {{name: far, address: 192.168.20.50, listen: [90]}}");
        if router != 3 {
            let _ = writeln!(out, "internet:\n- {{name: example.com, address: 203.0.113.80, listen: [443]}}");
        }
        out.push_str("listen:\n");
        for (index, of) in self.services.iter().enumerate() {
            // One socket a port in a namespace that several have.
            if of.mode >= 8 && of.mode != 9 {
                let _ = writeln!(out, "- {{in: container/s{index}, port: {}}}", 20_000 + index);
                continue;
            }
            let _ = writeln!(out, "- {{in: container/s{index}, port: 8080}}");
            let _ = writeln!(out, "- {{in: container/s{index}, port: 5353, protocol: UDP}}");
        }
        out
    }

    /// The texts, for people.
    pub fn texts(&self) -> String {
        format!("{}---\n{}---\n{}", self.project(), self.scenario(), self.cluster())
    }

    /// The network of it.
    ///
    /// # Panics
    /// When the generator made something that is no network, or that is found wrong.
    pub fn network(&self) -> Network {
        let (project, around, cluster) = (self.project(), self.scenario(), self.cluster());
        let mut texts = vec![("compose.yaml", &*project), ("around.yaml", &*around)];
        texts.extend(self.kind.map(|_| ("cluster.yaml", &*cluster)));
        let model: Model = crate::model(&texts, &Options::default());
        assert!(!model.has_errors(), "{:?}\n{}", model.diagnostics, self.texts());
        let mut builder: NetworkBuilder = model.site.network.edit();
        // Short enough to wait for what comes of missing pieces.
        for at in 0..builder.namespaces.len() as u32 {
            builder.sysctl(NetnsId(at), "net.ipv4.ipfrag_time", "1", Default::default());
        }
        builder.build().unwrap()
    }

    /// How many probes there are.
    pub fn probes(&self) -> usize {
        self.asks.len()
    }

    /// Probe number `at` as request.
    pub fn request(&self, network: &Network, at: usize, sport: u16) -> Request {
        let ask = &self.asks[at];
        let machines: Vec<NetnsId> =
            network.ids().filter(|id| !network.netns(*id).name.starts_with("net/lan")).collect();
        let netns = machines[usize::from(ask.from) % machines.len()];
        let targets = self.targets(network, &machines);
        let (address, port, udp) = targets[usize::from(ask.to) % targets.len()];
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
        let sizes = [4, 4, 4, 16, 1372, 1472, 1600, 3000];
        Request {
            netns,
            protocol,
            local: None,
            sport: Port(sport),
            remote: SocketAddr::new(address, port),
            payload: Arc::from(vec![b'k'; sizes[usize::from(ask.size) % sizes.len()]]),
            ttl: Some(ask.ttl).filter(|ttl| *ttl > 0),
            dont_fragment: None,
            owner: Default::default(),
        }
    }

    /// Addresses and ports worth asking for; the last says that UDP is meant.
    fn targets(&self, network: &Network, machines: &[NetnsId]) -> Vec<(IpAddr, u16, bool)> {
        let mut all: BTreeSet<(IpAddr, u16, bool)> = BTreeSet::new();
        for id in machines {
            let netns = network.netns(*id);
            let own = netns.links.iter().flat_map(|link| &link.addresses).map(|address| address.net.addr());
            let own: Vec<IpAddr> = own.collect();
            for socket in &netns.sockets {
                let udp = socket.protocol == Protocol::Udp;
                all.extend(own.iter().map(|ip| (*ip, socket.port.0, udp)));
            }
        }
        let local = [BOX, "127.0.0.1", "172.17.0.1"].map(|ip| ip.parse().unwrap());
        for (index, of) in self.services.iter().enumerate() {
            for (at, port) in of.ports.iter().enumerate() {
                all.extend(local.map(|ip: IpAddr| (ip, Self::host_port(index, at), port.udp)));
            }
        }
        if self.kind.is_some() {
            let nodes = ["172.18.0.2", "172.18.0.3", "172.18.0.1", "127.0.0.1"].map(|ip| ip.parse().unwrap());
            all.extend(nodes.iter().flat_map(|ip: &IpAddr| [(*ip, 30080, false), (*ip, 30081, true)]));
            all.extend(local.iter().flat_map(|ip| [(*ip, 28080, false), (*ip, 28081, true)]));
            let service: IpAddr = "10.96.0.20".parse().unwrap();
            all.extend([(service, 80, false), (service, 53, true), ("172.18.0.1".parse().unwrap(), 53, true)]);
        }
        for (ip, port, udp) in [
            ("127.0.0.11", 53, true),
            ("172.17.0.250", 80, false),
            ("192.168.10.1", 9000, false),
            ("192.168.10.11", 7000, false),
            ("192.168.10.200", 80, false),
            ("8.8.8.8", 53, true),
        ] {
            all.insert((ip.parse().unwrap(), port, udp));
        }
        all.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::composed;
    use proptest::strategy::{Strategy, ValueTree};
    use proptest::test_runner::TestRunner;

    #[test]
    fn what_is_drawn_is_read_without_an_error() {
        let mut runner = TestRunner::deterministic();
        for _ in 0..60 {
            let drawn = composed(4).new_tree(&mut runner).unwrap().current();
            let network = drawn.network();
            for at in 0..drawn.probes() {
                drawn.request(&network, at, 40_000);
            }
        }
    }
}
