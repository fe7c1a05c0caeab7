//! A small network, real and simulated: host A, router (or bridge) R, host B.

use kernel::config::{Bridge, BridgePort, IfAddr, Link, LinkKind, Network, NetworkBuilder, Scope, Socket};
use kernel::ids::{LinkRef, NetnsId, ProcessId, RuleRef};
use kernel::packet::{Mac, Port, Protocol};
use kernel::text::ipset::read::{self as ipset, parse_sets};
use kernel::text::iptables::read::{Limits, merge};
use kernel::walk::Chooser;
use kubernetes::origin::CauseId;
use std::process::Command;
use std::sync::Arc;

const CAUSE: CauseId = CauseId(0);

/// Namespaces of our own, gone with the value.
pub(crate) struct Lab {
    prefix: String,
}

impl Drop for Lab {
    fn drop(&mut self) {
        for name in ["a", "r", "b"] {
            let _ = Command::new("ip").args(["netns", "del", &self.name(name)]).status();
        }
    }
}

impl Lab {
    fn name(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    pub(crate) fn run(&self, script: &str) {
        let full = ["a", "r", "b"]
            .iter()
            .fold(script.to_owned(), |script, name| script.replace(&format!("@{name}"), &self.name(name)));
        let output = Command::new("sh").args(["-euc", &full]).output().expect("a shell");
        assert!(output.status.success(), "root and iproute2 are needed: {}", String::from_utf8_lossy(&output.stderr));
    }

    pub(crate) fn new(bridged: bool) -> Self {
        let lab = Self { prefix: format!("kubehop-match-{}-{bridged}", std::process::id()) };
        lab.run("for n in @a @r @b; do ip netns add $n; ip -n $n link set lo up; done");
        let (port0, port1) = if bridged { ("porta", "portb") } else { ("eth0", "eth1") };
        lab.run(&format!(
            "ip -n @a link add eth0 address 02:00:00:00:00:01 type veth peer name {port0} netns @r address 02:00:00:00:00:02
             ip -n @b link add eth0 address 02:00:00:00:00:04 type veth peer name {port1} netns @r address 02:00:00:00:00:03
             ip -n @a link set eth0 up; ip -n @b link set eth0 up; ip -n @r link set {port0} up; ip -n @r link set {port1} up
             ip netns exec @r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0
             ip netns exec @b sysctl -qw net.ipv4.icmp_ratelimit=0"
        ));
        lab.run(if bridged {
            "ip -n @r link add br0 address 02:00:00:00:00:09 type bridge; ip -n @r link set br0 up
             ip -n @r link set porta master br0; ip -n @r link set portb master br0; ip -n @r addr add 10.0.0.1/16 dev br0
             ip netns exec @r sysctl -qw net.bridge.bridge-nf-call-iptables=1
             ip -n @a addr add 10.0.1.2/16 dev eth0; ip -n @b addr add 10.0.2.2/16 dev eth0
             ip -n @a route add default via 10.0.0.1; ip -n @b route add default via 10.0.0.1"
        } else {
            "ip -n @r addr add 10.0.1.1/24 dev eth0; ip -n @r addr add 10.0.2.1/24 dev eth1
             ip -n @a addr add 10.0.1.2/24 dev eth0; ip -n @b addr add 10.0.2.2/24 dev eth0
             ip -n @a route add default via 10.0.1.1; ip -n @b route add default via 10.0.2.1; ip -n @r route add default via 10.0.2.2"
        });
        lab
    }

    pub(crate) fn exec(&self, name: &str, command: &[&str]) -> Command {
        let mut run = Command::new("ip");
        run.args(["netns", "exec", &self.name(name)]).args(command);
        run
    }

    /// Loads rules into the router.
    pub(crate) fn restore(&self, rules: &str) {
        let file = std::env::temp_dir().join(format!("{}.rules", self.prefix));
        std::fs::write(&file, rules).expect("writable");
        let restored = self.exec("r", &["iptables-restore", &file.to_string_lossy()]).output().expect("iptables");
        let _ = std::fs::remove_file(&file);
        assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    }
}

/// Draws nothing.
pub(crate) struct First;

impl Chooser for First {
    fn random(&mut self, _: NetnsId, _: RuleRef, _: u32) -> bool {
        unreachable!("no rule draws")
    }

    fn source_port(&mut self, _: NetnsId, _: Option<RuleRef>, _: u16, range: (u16, u16)) -> u16 {
        range.0
    }
}

fn mac(last: u8) -> Mac {
    Mac([2, 0, 0, 0, 0, last])
}

fn address(builder: &mut NetworkBuilder, link: LinkRef, net: &str) {
    let net = net.parse().expect("a network");
    builder.add_address(link, IfAddr { net, broadcast: None, scope: Scope::Global, cause: CAUSE });
}

fn default_route(builder: &mut NetworkBuilder, link: LinkRef, via: &str) {
    let (dst, via) = ("0.0.0.0/0".parse().expect("a network"), via.parse().expect("an address"));
    builder.add_route(link.netns, dst, Some(via), link.link, CAUSE);
}

pub(crate) fn network(bridged: bool, rules: &str, sets: &str) -> (Network, NetnsId, NetnsId) {
    let mut builder = NetworkBuilder::default();
    let [a, r, b] = ["a", "r", "b"].map(|name| builder.add_netns(name, CAUSE));
    let (port0, port1) = if bridged { ("porta", "portb") } else { ("eth0", "eth1") };
    let (a0, r0) = builder.add_veth((a, "eth0", mac(1)), (r, port0, mac(2)), 1500, CAUSE);
    let (b0, r1) = builder.add_veth((b, "eth0", mac(4)), (r, port1, mac(3)), 1500, CAUSE);
    if bridged {
        let br0 = builder.add_link(
            r,
            Link {
                name: Arc::from("br0"),
                mac: mac(9),
                mtu: 1500,
                up: true,
                kind: LinkKind::Bridge(Bridge::default()),
                port: None,
                addresses: vec![],
                cause: CAUSE,
            },
        );
        for port in [r0, r1] {
            builder.link(port).port = Some(BridgePort::of(br0.link));
        }
        for (link, net) in [(br0, "10.0.0.1/16"), (a0, "10.0.1.2/16"), (b0, "10.0.2.2/16")] {
            address(&mut builder, link, net);
        }
        for link in [a0, b0] {
            default_route(&mut builder, link, "10.0.0.1");
        }
    } else {
        for (link, net) in [(r0, "10.0.1.1/24"), (r1, "10.0.2.1/24"), (a0, "10.0.1.2/24"), (b0, "10.0.2.2/24")] {
            address(&mut builder, link, net);
        }
        // Translated addresses are looked up too where the router itself sends to them.
        default_route(&mut builder, r1, "10.0.2.2");
        default_route(&mut builder, a0, "10.0.1.1");
        default_route(&mut builder, b0, "10.0.2.1");
    }
    builder.sysctl(r, "net.ipv4.ip_forward", "1", CAUSE);
    builder.sysctl(r, "net.bridge.bridge-nf-call-iptables", if bridged { "1" } else { "0" }, CAUSE);
    builder.netns(b).sockets.push(Socket {
        protocol: Protocol::Tcp,
        address: None,
        port: Port(80),
        process: ProcessId::default(),
        owner: Default::default(),
        cause: CAUSE,
    });
    let sets =
        parse_sets(sets, &ipset::Limits::default(), &mut |_| CAUSE).unwrap_or_else(|errors| panic!("{errors:?}"));
    builder.netns(r).sets = sets;
    merge(&mut builder.netns(r).xtables, rules, &Limits::default(), &mut |_| CAUSE)
        .unwrap_or_else(|errors| panic!("{errors:?}"));
    (builder.build().expect("sound"), a, r)
}
