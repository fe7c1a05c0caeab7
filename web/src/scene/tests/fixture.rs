//! Clusters and journeys written by hand, so that the picture is tested without the phases before it.

use sim_core::agents::{Built, NetnsRole};
use sim_core::cause::{Cause, CauseId, Component, ObjectRef};
use sim_core::cluster::model::*;
use sim_core::linux::build::NetworkBuilder;
use sim_core::linux::live::{ConnectionId, CtEntry, CtId, Tuple};
use sim_core::linux::netfilter::Hook;
use sim_core::linux::netfilter::xtables::{self, ChainId, IpMatch, Match, Neg, PortRange, Rule, TableName};
use sim_core::linux::state::*;
use sim_core::linux::walk::*;
use sim_core::manifest::{self, Limits};
use sim_core::model::Model;
use sim_core::packet::*;
use sim_core::trace::*;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// A Pod to make: namespace, name, node, containers.
pub(crate) type PodSpec = (&'static str, String, u32, usize);

fn v4(a: u8, b: u8, c: u8, d: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

fn net(ip: IpAddr, len: u8) -> ipnet::IpNet {
    ipnet::IpNet::new(ip, len).unwrap()
}

fn origin(kind: &str, namespace: Option<&str>, name: &str) -> Origin {
    let object = ObjectRef { kind: Arc::from(kind), namespace: namespace.map(Arc::from), name: Arc::from(name) };
    Origin { object, location: None, assumed: false }
}

fn mac(kind: u8, n: u32) -> Mac {
    let [a, b, c, d] = n.to_be_bytes();
    Mac([0x0a, kind, a, b, c, d])
}

fn pod_ip(node: u32, n: u32) -> IpAddr {
    v4(10, 244, node as u8, (n % 250 + 2) as u8)
}

fn pod(spec: &PodSpec, ip: IpAddr) -> Pod {
    let (namespace, name, node, containers) = spec;
    let container = |index: usize| Container {
        name: Arc::from(if index == 0 { "app".to_owned() } else { format!("side-{index}") }),
        image: Arc::from("image"),
        ports: vec![ContainerPort {
            name: None,
            port: Port(8080 + index as u16),
            protocol: Protocol::Tcp,
            host_port: None,
            location: None,
            assumed: false,
        }],
    };
    Pod {
        name: NamespacedName { namespace: Arc::from(*namespace), name: Arc::from(name.as_str()) },
        node: NodeId(*node),
        ip,
        host_network: false,
        labels: BTreeMap::new(),
        containers: (0..*containers).map(container).collect(),
        ready: true,
        terminating: false,
        hostname: None,
        subdomain: None,
        dns_policy: DnsPolicy::ClusterFirst,
        dns_config: DnsConfig::default(),
        origin: origin("Deployment", Some(namespace), name.rsplit_once('-').map_or(name, |(stem, _)| stem)),
        made_by: None,
    }
}

fn service(namespace: &str, name: &str, ip: IpAddr) -> Service {
    Service {
        name: NamespacedName { namespace: Arc::from(namespace), name: Arc::from(name) },
        kind: ServiceType::ClusterIp,
        cluster_ips: vec![ip],
        headless: false,
        selector: BTreeMap::new(),
        ports: vec![ServicePort {
            name: Arc::from(""),
            protocol: Protocol::Tcp,
            port: Port(80),
            target_port: TargetPort::Number(Port(8080)),
            node_port: None,
            location: None,
        }],
        external_name: None,
        external_ips: Vec::new(),
        load_balancer: Vec::new(),
        source_ranges: Vec::new(),
        health_check_node_port: None,
        internal_traffic_policy: TrafficPolicy::Cluster,
        external_traffic_policy: TrafficPolicy::Cluster,
        session_affinity: None,
        publish_not_ready: false,
        traffic_distribution: None,
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        origin: origin("Service", Some(namespace), name),
        fields: BTreeMap::new(),
    }
}

fn link(name: &str, mac: Mac, kind: LinkKind, cause: CauseId) -> Link {
    Link { name: Arc::from(name), mac, mtu: 1500, up: true, kind, port: None, addresses: Vec::new(), cause }
}

/// A cluster of `nodes` nodes with these Pods, and Services named `services` in namespace `default`.
pub(crate) fn model(nodes: u32, pods: &[PodSpec], services: &[&str]) -> Model {
    let limits = Limits::default();
    let parsed = manifest::parse(&[], &limits);
    let mut cluster = Model::build(&[], &limits, &Default::default()).cluster;
    cluster.nodes.clear();
    cluster.pods.clear();
    cluster.services.clear();
    cluster.endpoints.clear();
    for n in 0..nodes {
        let name = format!("node-{}", char::from(b'a' + n as u8));
        let cidr = net(v4(10, 244, n as u8, 0), 24);
        cluster.nodes.push(Node {
            origin: origin("Node", None, &name),
            name: Arc::from(name),
            role: if n == 0 && nodes > 2 { NodeRole::ControlPlane } else { NodeRole::Worker },
            ip: v4(192, 168, 10, 11 + n as u8),
            pod_cidr: cidr,
            pod_cidrs: vec![cidr],
            labels: BTreeMap::new(),
            pod_cidr_at: None,
        });
    }
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    for spec in pods {
        let count = counts.entry(spec.2).or_default();
        cluster.pods.push(pod(spec, pod_ip(spec.2, *count)));
        *count += 1;
    }
    for (index, name) in services.iter().enumerate() {
        cluster.services.push(service("default", name, v4(10, 96, 0, 10 + index as u8)));
        cluster.endpoints.push(Vec::new());
    }
    let built = build(&cluster);
    Model { parsed, cluster, built, diagnostics: Vec::new() }
}

fn address(net: ipnet::IpNet, cause: CauseId) -> IfAddr {
    IfAddr { net, broadcast: None, scope: Scope::Global, cause }
}

fn build(cluster: &Cluster) -> Built {
    let mut b = NetworkBuilder::default();
    let cause = b.cause(Cause::of(Component::Host));
    let mut roles = Vec::new();
    let (mut nodes, mut pods, mut pod_ports) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let lan = b.add_netns("lan", cause);
    roles.push(NetnsRole::Lan);
    let lan_bridge = b.add_link(lan, link("br0", mac(1, 0), LinkKind::Bridge(Bridge::default()), cause));
    let gateway = b.add_netns("gateway", cause);
    roles.push(NetnsRole::Gateway);
    let (gw, gw_port) = b.add_veth((gateway, "eth0", mac(2, 0)), (lan, "gateway", mac(2, 1)), 1500, cause);
    b.add_address(gw, address(net(v4(192, 168, 10, 1), 24), cause));
    b.link(gw_port).port = Some(BridgePort::of(lan_bridge.link));
    for (index, node) in cluster.nodes.iter().enumerate() {
        let root = b.add_netns(&node.name, cause);
        roles.push(NetnsRole::Node(NodeId(index as u32)));
        nodes.insert(NodeId(index as u32), root);
        let n = index as u32;
        let (eth, port) = b.add_veth((root, "eth0", mac(3, n)), (lan, &node.name, mac(4, n)), 1500, cause);
        b.link(port).port = Some(BridgePort::of(lan_bridge.link));
        b.add_address(eth, address(net(node.ip, 24), cause));
        let cni = b.add_link(root, link("cni0", mac(5, n), LinkKind::Bridge(Bridge::default()), cause));
        b.add_address(cni, address(net(v4(10, 244, n as u8, 1), 24), cause));
        for other in 0..cluster.nodes.len() as u32 {
            if other != n {
                b.add_route(
                    root,
                    net(v4(10, 244, other as u8, 0), 24),
                    Some(v4(192, 168, 10, 11 + other as u8)),
                    eth.link,
                    cause,
                );
            }
        }
        rules(&mut b, root, cluster);
    }
    for (index, pod) in cluster.pods.iter().enumerate() {
        let id = PodId(index as u32);
        let root = nodes[&pod.node];
        if pod.host_network {
            pods.insert(id, root);
            continue;
        }
        let netns = b.add_netns(&format!("pod/{}", pod.name), cause);
        roles.push(NetnsRole::Pod(id));
        pods.insert(id, netns);
        let host = format!("veth{:08x}", 0x1a2b_0000u32.wrapping_add(id.0 * 7919));
        let (eth, port) = b.add_veth((netns, "eth0", mac(6, id.0)), (root, &host, mac(7, id.0)), 1500, cause);
        b.add_address(eth, address(net(pod.ip, 24), cause));
        b.link(port).port = Some(BridgePort::of(LinkId(2)));
        b.add_route(netns, net(v4(0, 0, 0, 0), 0), Some(v4(10, 244, pod.node.0 as u8, 1)), eth.link, cause);
        pod_ports.insert(id, port);
    }
    Built { network: b.build().unwrap(), roles, nodes, pods, pod_ports, resolv_conf: BTreeMap::new() }
}

fn rule(text: &str, dst: Option<IpAddr>, target: xtables::Target, cause: CauseId) -> Rule {
    let ip = IpMatch {
        dst: dst.map(|ip| Neg::is(net(ip, 32))),
        protocol: dst.map(|_| Neg::is(Protocol::Tcp)),
        ..IpMatch::default()
    };
    Rule { ip, matches: vec![Match::Comment(Arc::from(text))], target, cause }
}

fn rules(b: &mut NetworkBuilder, root: NetnsId, cluster: &Cluster) {
    let base = b.cause(Cause::of(Component::KubeProxyIptables));
    let causes: Vec<(Service, CauseId)> = cluster
        .services
        .iter()
        .map(|service| {
            let object = Some(service.origin.object.clone());
            (
                service.clone(),
                b.cause(Cause { component: Component::KubeProxyIptables, object, field: None, location: None }),
            )
        })
        .collect();
    let nat = b.netns(root).xtables.table_mut(TableName::Nat);
    let pre = nat.base(Hook::Prerouting).unwrap();
    let services = nat.chain("KUBE-SERVICES", base);
    nat.append(pre, rule("kubernetes service portals", None, xtables::Target::Jump(services), base));
    for (service, cause) in causes {
        let svc = nat.chain(&format!("KUBE-SVC-{:X<16}", service.name.name.to_uppercase()), cause);
        let sep = nat.chain(&format!("KUBE-SEP-{:X<16}", service.name.name.to_uppercase()), cause);
        let ip = service.cluster_ips[0];
        let comment = format!("{} cluster IP", service.name);
        nat.append(services, rule(&comment, Some(ip), xtables::Target::Jump(svc), cause));
        nat.append(svc, rule("first", Some(ip), xtables::Target::Jump(sep), cause));
        nat.append(svc, rule("second", None, xtables::Target::Jump(sep), cause));
        let port = Some(PortRange::one(8080));
        nat.append(sep, rule(&comment, None, xtables::Target::Dnat { to: v4(10, 244, 1, 2), port }, cause));
    }
}

/// Writes hops one after the other.
struct Path<'a> {
    network: &'a Network,
    skb: Skb,
    hops: Vec<Hop>,
}

impl Path<'_> {
    fn at(&mut self, netns: NetnsId, place: Place, in_dev: Option<LinkId>, events: Vec<Event>) {
        let (before, out_dev) = (self.skb.clone(), None);
        self.hops.push(Hop { netns, place, in_dev, out_dev, before, after: self.skb.clone(), events });
    }

    fn change(&mut self, edit: impl FnOnce(&mut Skb)) {
        edit(&mut self.skb);
        self.hops.last_mut().unwrap().after = self.skb.clone();
    }

    fn link(&self, netns: NetnsId, name: &str) -> LinkId {
        let links = &self.network.netns(netns).links;
        LinkId(links.iter().position(|link| &*link.name == name).unwrap() as u32)
    }
}

fn tuple(packet: &Packet) -> Tuple {
    Tuple { protocol: packet.protocol(), src: packet.source(), dst: packet.destination() }
}

/// From the first Pod on node 0 to the first Service, translated to the given Pod, and back; or dropped in FORWARD.
pub(crate) fn journey(model: &Model, server: PodId, drop: bool) -> Journey {
    let (cluster, built) = (&model.cluster, &model.built);
    let client = PodId(cluster.pods.iter().position(|pod| pod.node == NodeId(0)).unwrap() as u32);
    let (a, z) = (&cluster.pods[client.0 as usize], &cluster.pods[server.0 as usize]);
    let (ns_a, ns_z) = (built.pods[&client], built.pods[&server]);
    let (node_a, node_z) = (built.nodes[&a.node], built.nodes[&z.node]);
    let vip = cluster.services[0].cluster_ips[0];
    let packet = Packet {
        ethernet: None,
        ip: IpHeader { src: a.ip, dst: vip, ttl: 64, dont_fragment: true },
        l4: L4::Tcp { sport: Port(40000), dport: Port(80), flags: TcpFlags::SYN },
        payload: Arc::from([]),
        encap: Vec::new(),
    };
    let first = tuple(&packet);
    let mut path = Path { network: &built.network, skb: Skb { packet, mark: Mark(0), ct: None }, hops: Vec::new() };
    let veth_a = built.pod_ports[&client].link;
    let veth_z = built.pod_ports[&server].link;
    let (cni, eth) = (path.link(node_a, "cni0"), path.link(node_a, "eth0"));
    path.at(ns_a, Place::Socket, None, vec![Event::SocketSend]);
    path.at(
        ns_a,
        Place::Routing,
        None,
        vec![Event::Route {
            table: TableId::MAIN,
            route: 0,
            kind: RouteKind::Unicast,
            via: None,
            dev: None,
            src: None,
        }],
    );
    path.at(ns_a, Place::Egress(LinkId(1)), None, vec![]);
    path.change(|skb| skb.packet.ethernet = Some(Ethernet { src: mac(6, 0), dst: mac(5, 0) }));
    path.at(node_a, Place::Ingress(veth_a), Some(veth_a), vec![]);
    path.at(node_a, Place::Bridge(cni), Some(veth_a), vec![Event::FdbHit { bridge: cni, mac: mac(5, 0), port: cni }]);
    path.at(node_a, Place::Ingress(cni), Some(cni), vec![]);
    let rule = |chain: u32, index| RuleRef { table: TableName::Nat, chain: ChainId(chain), index };
    let to: SocketAddr = SocketAddr::new(z.ip, 8080);
    let entry = CtEntry {
        original: first,
        reply: Tuple { protocol: Protocol::Tcp, src: to, dst: first.src },
        replied: false,
        tcp: None,
        confirmed: false,
        dnat: true,
        snat: false,
        dst_done: true,
        src_done: false,
    };
    let table = TableName::Nat;
    let skipped = vec![Skipped { count: 6, failed: FailedMatch::Destination }];
    let change = |field, before: &str, after: String| FieldChange { field, before: before.to_owned(), after };
    path.at(
        node_a,
        Place::Hook { hook: Hook::Prerouting, bridge: None },
        Some(cni),
        vec![
            Event::Conntrack {
                entry: CtId(0),
                state: CtState::New,
                direction: CtDirection::Original,
                now: entry.clone(),
                action: CtAction::Created,
            },
            Event::Chain { table, chain: ChainId(0), from: None },
            Event::Rule { rule: rule(0, 0), skipped: vec![], verdict: Verdict::Jump(ChainId(4)) },
            Event::Chain { table, chain: ChainId(4), from: Some(rule(0, 0)) },
            Event::Rule { rule: rule(4, 0), skipped, verdict: Verdict::Jump(ChainId(5)) },
            Event::Chain { table, chain: ChainId(5), from: Some(rule(4, 0)) },
            Event::Rule {
                rule: rule(5, 1),
                skipped: vec![Skipped { count: 1, failed: FailedMatch::Random }],
                verdict: Verdict::Jump(ChainId(6)),
            },
            Event::Chain { table, chain: ChainId(6), from: Some(rule(5, 1)) },
            Event::Rule { rule: rule(6, 0), skipped: vec![], verdict: Verdict::Nat },
            Event::Nat {
                kind: NatKind::Destination,
                by: NatBy::Rule(rule(6, 0)),
                changes: vec![change(Field::Destination, "10.96.0.10", z.ip.to_string())],
            },
        ],
    );
    path.change(|skb| {
        skb.ct = Some((CtId(0), CtDirection::Original));
        skb.packet.ip.dst = z.ip;
        skb.packet.l4 = L4::Tcp { sport: Port(40000), dport: Port(8080), flags: TcpFlags::SYN };
    });
    let route_at = built.network.netns(node_a).routes.iter().position(|route| route.via.is_some()).unwrap_or(0) as u32;
    path.at(
        node_a,
        Place::Routing,
        Some(cni),
        vec![Event::Route {
            table: TableId::MAIN,
            route: route_at,
            kind: RouteKind::Unicast,
            via: None,
            dev: Some(eth),
            src: None,
        }],
    );
    path.change(|skb| skb.packet.ip.ttl = 63);
    path.at(node_a, Place::Hook { hook: Hook::Forward, bridge: None }, Some(cni), vec![]);
    let probe = Probe {
        from: Source::Pod(client),
        to: Target::Service(ServiceId(0), Port(80)),
        protocol: Protocol::Tcp,
        sport: None,
        choose: vec![],
        seed: 0,
    };
    let outcome = |kind| Outcome { kind, at: None, cause: None, fixes: vec![] };
    if drop {
        let reason = DropReason::Policy { table: TableName::Filter, chain: ChainId(1) };
        path.hops.last_mut().unwrap().events.push(Event::Drop(reason.clone()));
        let end = End::Dropped { netns: node_a, reason: reason.clone() };
        let legs = vec![Leg { purpose: Purpose::Connect, answer: None, lookup: None, hops: path.hops, end }];
        let kind = OutcomeKind::Dropped(reason);
        return Journey {
            probe,
            choices: vec![],
            probability: 1.0,
            lookups: vec![],
            legs,
            client: ClientResult::Timeout,
            server: None,
            outcome: outcome(kind),
            assumed: vec![],
        };
    }
    path.at(node_a, Place::Hook { hook: Hook::Postrouting, bridge: None }, Some(cni), vec![]);
    if node_a == node_z {
        path.at(node_a, Place::Egress(cni), Some(cni), vec![]);
        path.at(node_a, Place::Bridge(cni), Some(cni), vec![]);
    } else {
        let (lan_a, lan_z) = (
            path.link(NetnsId(0), &cluster.nodes[a.node.0 as usize].name),
            path.link(NetnsId(0), &cluster.nodes[z.node.0 as usize].name),
        );
        path.at(
            node_a,
            Place::Egress(eth),
            Some(cni),
            vec![Event::Neighbour {
                ip: cluster.nodes[z.node.0 as usize].ip,
                mac: mac(3, z.node.0),
                dev: eth,
                known: NeighbourSource::Learned,
            }],
        );
        path.at(NetnsId(0), Place::Ingress(lan_a), Some(lan_a), vec![]);
        path.at(
            NetnsId(0),
            Place::Bridge(LinkId(1)),
            Some(lan_a),
            vec![Event::FdbHit { bridge: LinkId(1), mac: mac(3, z.node.0), port: lan_z }],
        );
        path.at(NetnsId(0), Place::Egress(lan_z), Some(lan_a), vec![]);
        path.at(node_z, Place::Ingress(eth), Some(eth), vec![]);
        path.at(node_z, Place::Hook { hook: Hook::Prerouting, bridge: None }, Some(eth), vec![]);
        path.at(node_z, Place::Routing, Some(eth), vec![]);
        path.at(node_z, Place::Hook { hook: Hook::Forward, bridge: None }, Some(eth), vec![]);
        path.at(node_z, Place::Hook { hook: Hook::Postrouting, bridge: None }, Some(eth), vec![]);
        path.at(node_z, Place::Egress(cni), Some(eth), vec![]);
        path.at(node_z, Place::Bridge(cni), Some(cni), vec![]);
    }
    path.at(node_z, Place::Egress(veth_z), Some(cni), vec![]);
    path.at(ns_z, Place::Ingress(LinkId(1)), Some(LinkId(1)), vec![]);
    let delivery = Delivery::Accepted { listener: SocketId(0), connection: ConnectionId(0) };
    path.at(ns_z, Place::Socket, Some(LinkId(1)), vec![Event::Deliver(delivery)]);
    let end = End::Delivered { netns: ns_z, delivery };
    let request = Leg { purpose: Purpose::Connect, answer: None, lookup: None, hops: path.hops, end: end.clone() };
    let mut back = path.skb;
    back.packet.ip = IpHeader { src: z.ip, dst: a.ip, ttl: 64, dont_fragment: true };
    back.packet.l4 = L4::Tcp { sport: Port(8080), dport: Port(40000), flags: TcpFlags::SYN_ACK };
    let mut path = Path { network: &built.network, skb: back, hops: Vec::new() };
    path.at(ns_z, Place::Socket, None, vec![Event::SocketSend]);
    path.at(ns_z, Place::Egress(LinkId(1)), None, vec![]);
    path.at(node_z, Place::Ingress(veth_z), Some(veth_z), vec![]);
    path.at(
        node_a,
        Place::Hook { hook: Hook::Prerouting, bridge: None },
        Some(eth),
        vec![
            Event::Conntrack {
                entry: CtId(0),
                state: CtState::Established,
                direction: CtDirection::Reply,
                now: entry,
                action: CtAction::Found,
            },
            Event::NatSkipped { entry: CtId(0) },
            Event::Nat {
                kind: NatKind::Source,
                by: NatBy::Conntrack(CtId(0)),
                changes: vec![change(Field::Source, &z.ip.to_string(), vip.to_string())],
            },
        ],
    );
    path.change(|skb| {
        skb.packet.ip.src = vip;
        skb.packet.l4 = L4::Tcp { sport: Port(80), dport: Port(40000), flags: TcpFlags::SYN_ACK };
    });
    path.at(ns_a, Place::Socket, Some(LinkId(1)), vec![]);
    let reply =
        Leg { purpose: Purpose::Reply, answer: Some(AnswerKind::HandshakeAnswer), lookup: None, hops: path.hops, end };
    Journey {
        probe,
        choices: vec![],
        probability: 1.0,
        lookups: vec![],
        legs: vec![request, reply],
        client: ClientResult::Ok,
        server: None,
        outcome: outcome(OutcomeKind::Delivered),
        assumed: vec![],
    }
}
