//! What an administrator did to a network.

use super::*;

impl Case {
    /// A machine on the LAN, outside the cluster, that sends Service addresses to the first node.
    pub(super) fn add_client(&self, builder: &mut NetworkBuilder) {
        let cause = Default::default();
        let lan = find(builder, "net/lan");
        let switch = builder.netns(lan).links.iter().position(|link| matches!(link.kind, LinkKind::Bridge(_))).unwrap();
        let client = builder.add_netns("net/client", cause);
        let macs = (Mac([2, 0, 0, 0, 0, 0x50]), Mac([2, 0, 0, 0, 0, 0x51]));
        let (near, far) = builder.add_veth((client, "eth0", macs.0), (lan, "to-client", macs.1), 1500, cause);
        builder.link(far).port = Some(BridgePort::of(LinkId(switch as u32)));
        let net = format!("{CLIENT}/24").parse().unwrap();
        builder.add_address(near, IfAddr { net, broadcast: None, scope: Scope::Global, cause });
        let via: IpAddr = node_ip(0).parse().unwrap();
        for range in ["10.96.0.0/12", "203.0.113.0/24", "198.51.100.0/24", "10.244.0.0/16"] {
            builder.add_route(client, range.parse().unwrap(), Some(via), near.link, cause);
        }
    }

    pub(super) fn apply(&self, builder: &mut NetworkBuilder, tweak: &Tweak) {
        let cause = Default::default();
        let node_netns = |builder: &mut NetworkBuilder, node: u8| find(builder, &format!("node-{}", self.node(node)));
        match *tweak {
            Tweak::Sysctl(node, which) => {
                let netns = node_netns(builder, node);
                let (name, value) = SYSCTLS[usize::from(which) % SYSCTLS.len()].split_once('=').unwrap();
                let cni = builder.netns(netns).links.iter().any(|link| &*link.name == "cni0");
                if cni || !name.contains("cni0") {
                    builder.sysctl(netns, name, value, cause);
                }
            }
            Tweak::LoseRoute(node, other) => {
                let netns = node_netns(builder, node);
                // The node's network, or blocks of it.
                let gone: ipnet::IpNet = format!("10.244.{}.0/24", self.node(other)).parse().unwrap();
                builder.netns(netns).routes.to_mut().retain(|route| route.via.is_none() || !gone.contains(&route.dst));
            }
            Tweak::DropRoute(node, other, kind) => {
                let netns = node_netns(builder, node);
                let kind = [RouteKind::Blackhole, RouteKind::Unreachable, RouteKind::Prohibit][usize::from(kind % 3)];
                let dst = format!("10.244.{}.128/25", other % 5);
                let mut route = builder.netns(netns).routes.iter().find(|route| route.via.is_some()).unwrap().clone();
                route.dst = if other % 2 == 0 {
                    dst.parse().unwrap()
                } else {
                    format!("{}/32", self.pod_ip(usize::from(other) % self.pods.len())).parse().unwrap()
                };
                route.kind = kind;
                route.via = None;
                route.dev = None;
                if !builder.netns(netns).routes.iter().any(|have| have.dst == route.dst && have.table == route.table) {
                    builder.netns(netns).routes.push(route);
                }
            }
            Tweak::Rule(node, which) => {
                let netns = node_netns(builder, node);
                super::super::rules::append(builder, netns, which);
            }
            Tweak::Mtu(node, mtu) => {
                let netns = node_netns(builder, node);
                let size = [1500, 1400, 1300, 576][usize::from(mtu % 4)];
                let links = (0u32..).map(LinkId).zip(&builder.netns(netns).links);
                let named: Vec<(LinkRef, Arc<str>)> =
                    links.map(|(link, at)| (LinkRef { netns, link }, at.name.clone())).collect();
                for (link, name) in named {
                    let uplink = &*name == "eth0";
                    let far = match builder.link(link).kind {
                        LinkKind::Veth { peer } => peer,
                        _ => continue,
                    };
                    // The uplink, the switch's end of it, the Pods' ends of the bridge's ports, or these.
                    match mtu / 4 % 4 {
                        0 if uplink => builder.link(link).mtu = size,
                        1 if uplink => builder.link(far).mtu = size,
                        2 if !uplink => builder.link(far).mtu = size,
                        3 if !uplink => builder.link(link).mtu = size,
                        _ => {}
                    }
                }
            }
            Tweak::PortFlag(node, flag) => {
                let netns = node_netns(builder, node);
                let links = &mut builder.netns(netns).links;
                if flag % 5 == 4 {
                    for link in links {
                        if let LinkKind::Bridge(bridge) = &mut link.kind {
                            bridge.promiscuous = true;
                        }
                    }
                    return;
                }
                for port in links.iter_mut().filter_map(|link| link.port.as_mut()) {
                    match flag % 5 {
                        0 => port.hairpin = false,
                        1 => port.isolated = true,
                        2 => port.learning = false,
                        _ => port.flood = false,
                    }
                }
            }
            Tweak::Address(node, which) => {
                let netns = node_netns(builder, node);
                let at = builder.netns(netns).links.iter().position(|link| &*link.name == "eth0").unwrap();
                let last = 100 + self.node(node);
                let net = [
                    format!("192.168.10.{last}/24"),
                    format!("172.16.0.{last}/16"),
                    format!("172.17.0.{last}/32"),
                    format!("192.168.10.{last}/25"),
                ];
                let net = net[usize::from(which % 4)].parse().unwrap();
                let link = LinkRef { netns, link: LinkId(at as u32) };
                if !builder.link(link).addresses.iter().any(|have| have.net == net) {
                    builder.add_address(link, IfAddr { net, broadcast: None, scope: Scope::Global, cause });
                }
            }
            Tweak::Neighbour(node, pod, right) => {
                let netns = node_netns(builder, node);
                let ip: IpAddr = self.pod_ip(usize::from(pod) % self.pods.len()).parse().unwrap();
                let has = |netns: &Netns| {
                    netns
                        .links
                        .iter()
                        .find(|link| link.addresses.iter().any(|address| address.net.addr() == ip))
                        .map(|link| link.mac)
                };
                let mac = builder.namespaces.iter().find_map(has).unwrap_or(Mac([2, 0, 0, 0, 9, 9]));
                // A frame for nobody is flooded.
                let mac = if right { mac } else { Mac([2, 0, 0, 0, 9, 9]) };
                let here = builder.netns(netns);
                let own = here.routes.iter().find(|route| route.dst == ip.into() && route.table == TableId::MAIN);
                let own = own.and_then(|route| route.dev);
                let Some(dev) = here.links.position(|link| &*link.name == "cni0").or(own) else { return };
                if !here.neighbours.iter().any(|have| have.ip == ip) {
                    here.neighbours.push(Neighbour { ip, dev, mac, permanent: true, cause });
                }
            }
            Tweak::Gateway(pod, whose) => {
                let named = |builder: &NetworkBuilder, pod: u8| {
                    let name = format!("pod/default/p{}", usize::from(pod) % self.pods.len());
                    builder.namespaces.iter().position(|netns| *netns.name == *name)
                };
                let eth0 = |netns: &Netns| netns.links.position(|link| &*link.name == "eth0");
                let other = named(builder, whose).and_then(|at| builder.namespaces.get(at));
                let other = other.and_then(|netns| Some(netns.links.get(eth0(netns)?)?.mac));
                let Some(here) = named(builder, pod).and_then(|at| builder.namespaces.get_mut(at)) else { return };
                let Some(dev) = eth0(here) else { return };
                let Some(ip) = here.routes.iter().find_map(|route| route.via) else { return };
                let mac = other.filter(|_| whose >= 128).unwrap_or(Mac([2, 0, 0, 0, 9, 9]));
                if !here.neighbours.iter().any(|have| have.ip == ip) {
                    here.neighbours.push(Neighbour { ip, dev, mac, permanent: true, cause });
                }
            }
            Tweak::Policy(node, which) => {
                let netns = node_netns(builder, node);
                let here = builder.netns(netns);
                let net = |text: &str| Some(text.parse().unwrap());
                let priority = 1000 + here.rules.len() as u32;
                let table = TableId(100 + priority);
                let of = PolicyRule { priority, from: None, to: None, fwmark: None, table };
                let other = node_ip((self.node(node) + 1) % self.nodes).parse().ok();
                let gateway = "192.168.10.1".parse().ok();
                let everywhere = "0.0.0.0/0";
                let (rule, dst, kind, via) = match which % 6 {
                    0 => (PolicyRule { from: net("10.244.0.0/16"), ..of }, everywhere, RouteKind::Unicast, gateway),
                    1 => (PolicyRule { fwmark: Some((8, 0xff)), ..of }, everywhere, RouteKind::Unicast, gateway),
                    2 => (PolicyRule { to: net("10.96.0.0/12"), ..of }, everywhere, RouteKind::Unreachable, None),
                    3 => {
                        (PolicyRule { from: net("192.168.10.0/24"), ..of }, "10.244.0.0/16", RouteKind::Unicast, other)
                    }
                    4 => (PolicyRule { fwmark: Some((0x4000, 0x4000)), ..of }, everywhere, RouteKind::Blackhole, None),
                    _ => (PolicyRule { to: net("203.0.113.0/24"), ..of }, "203.0.113.0/25", RouteKind::Prohibit, None),
                };
                let uplink = here.links.iter().position(|link| &*link.name == "eth0").unwrap();
                let mut route = here.routes.iter().find(|route| route.via.is_some()).unwrap().clone();
                route.dst = dst.parse().unwrap();
                (route.table, route.kind, route.via) = (table, kind, via);
                route.dev = via.map(|_| LinkId(uplink as u32));
                if via.map(|via: IpAddr| via.to_string()) != Some(node_ip(self.node(node))) {
                    here.rules.push(rule);
                    here.routes.push(route);
                }
            }
            Tweak::Down(pod) => {
                let name = format!("pod/default/p{}", usize::from(pod) % self.pods.len());
                let at = builder.namespaces.iter().position(|netns| *netns.name == *name);
                let Some(netns) = at.and_then(|at| builder.namespaces.get_mut(at)) else { return };
                if let Some(link) = netns.links.iter_mut().find(|link| &*link.name == "eth0") {
                    link.up = false;
                }
            }
        }
    }
}
