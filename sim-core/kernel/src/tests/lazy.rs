//! Namespaces that are built when a packet comes to them: the walks are those of a network that is there as a whole, and nobody else is
//! built.

use super::*;
use crate::config::{Bridge, BridgePort, Link, LinkKind, Netns, Source, Uplink};
use crate::ids::LinkId;
use crate::lookup::route;
use std::net::IpAddr;
use std::sync::Mutex;

const STATIONS: u32 = 40;

/// Hands out the namespaces of a network, one a unit, and writes down which.
struct Slow {
    whole: Network,
    built: Arc<Mutex<Vec<u32>>>,
}

impl Source for Slow {
    fn build(&self, unit: u32) -> Vec<(NetnsId, Netns)> {
        self.built.lock().unwrap().push(unit);
        vec![(NetnsId(unit), self.whole.netns(NetnsId(unit)).clone())]
    }

    fn uplink(&self, at: LinkRef) -> Option<Uplink> {
        let link = self.whole.link(at);
        link.port.is_none().then_some(Uplink { mac: link.mac, up: link.up })
    }

    fn may_have(&self, netns: NetnsId, ip: IpAddr) -> bool {
        let netns = self.whole.netns(netns);
        let proxy = netns.sysctls.iter().any(|(name, value)| name.ends_with("proxy_arp") && &*value.value != "0");
        proxy || route::is_local(netns, ip)
    }
}

fn slow(whole: &Network) -> (Network, Arc<Mutex<Vec<u32>>>) {
    let built: Arc<Mutex<Vec<u32>>> = Arc::default();
    let names: Vec<(Arc<str>, u32)> = whole.namespaces().map(|netns| netns.name.clone()).zip(0..).collect();
    let source = Slow { whole: whole.clone(), built: built.clone() };
    (Network::from_source(names, Arc::new(source)).unwrap(), built)
}

/// A switch with [`STATIONS`] stations 10.0.0.1 and up, each with a server on 80.
fn segment() -> Network {
    let mut builder = NetworkBuilder::default();
    let switch = builder.add_netns("switch", CAUSE);
    let bridge = Link {
        name: Arc::from("br0"),
        mac: mac(250),
        mtu: 1500,
        up: true,
        kind: LinkKind::Bridge(Bridge::default()),
        port: None,
        addresses: Vec::new(),
        cause: CAUSE,
    };
    let bridge = builder.add_link(switch, bridge);
    for at in 1..=STATIONS as u8 {
        let station = builder.add_netns(&format!("station-{at}"), CAUSE);
        let near = (station, "eth0", mac(at));
        let (eth0, port) = builder.add_veth(near, (switch, &*format!("to-{at}"), mac(100 + at)), 1500, CAUSE);
        builder.link(port).port = Some(BridgePort::of(bridge.link));
        address(&mut builder, eth0, &format!("10.0.0.{at}/24"));
        listen(&mut builder, station, Protocol::Tcp, 80);
    }
    builder.build().unwrap()
}

fn walks(network: &Network, from: NetnsId, to: &str) -> Vec<Walk> {
    let mut state = KernelState::default();
    let to = SocketAddr::new(to.parse().unwrap(), 80);
    let Ok((_, packet)) =
        socket::connect(network, &mut state, &mut AlwaysFirst, from, Protocol::Tcp, (None, Port(40000)), to)
    else {
        return Vec::new();
    };
    let mut walks = vec![step::walk(network, &mut state, &mut AlwaysFirst, from, packet)];
    let mut at = 0;
    while at < walks.len() && walks.len() < 10 {
        for answer in walks[at].answers.clone() {
            walks.push(step::walk_answer(network, &mut state, &mut AlwaysFirst, &answer));
        }
        at += 1;
    }
    walks
}

#[test]
fn only_the_stations_that_take_part_are_built() {
    let whole = segment();
    for (to, built) in [("10.0.0.7", vec![1, 0, 7]), ("10.0.0.200", vec![1, 0])] {
        let (network, order) = slow(&whole);
        assert_eq!(walks(&network, NetnsId(1), to), walks(&whole, NetnsId(1), to), "{to}");
        assert_eq!(*order.lock().unwrap(), built, "{to}");
    }
}

#[test]
fn the_order_of_building_does_not_matter() {
    let whole = segment();
    let (forth, _) = slow(&whole);
    let (back, _) = slow(&whole);
    let text = |network: &Network, id| format!("{:?}", network.netns(id));
    let there: Vec<String> = forth.ids().map(|id| text(&forth, id)).collect();
    let mut here: Vec<String> = back.ids().collect::<Vec<_>>().into_iter().rev().map(|id| text(&back, id)).collect();
    here.reverse();
    assert_eq!(there, here);
}

#[test]
fn many_that_ask_at_once_build_once() {
    let (network, order) = slow(&segment());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| network.ids().for_each(|id| assert!(!network.netns(id).links.is_empty())));
        }
    });
    let mut order = order.lock().unwrap().clone();
    order.sort_unstable();
    assert_eq!(order, (0..=STATIONS).collect::<Vec<_>>());
}

#[test]
fn of_what_is_wrong_the_devices_are_left_and_it_is_told() {
    struct Wrong;
    impl Source for Wrong {
        fn build(&self, _: u32) -> Vec<(NetnsId, Netns)> {
            let mut builder = NetworkBuilder::default();
            let id = builder.add_netns("wrong", CAUSE);
            let far = builder.add_netns("sound", CAUSE);
            builder.add_veth((id, "eth0", mac(1)), (far, "eth0", mac(2)), 1500, CAUSE);
            builder.add_address(
                LinkRef { netns: id, link: LinkId(1) },
                IfAddr { net: "10.0.0.1/8".parse().unwrap(), broadcast: None, scope: Scope::Global, cause: CAUSE },
            );
            builder.add_route(id, "10.0.0.0/8".parse().unwrap(), None, LinkId(9), CAUSE);
            builder.into_namespaces()
        }
    }
    let network = Network::from_source([(Arc::from("wrong"), 0), (Arc::from("sound"), 0)], Arc::new(Wrong)).unwrap();
    assert!(network.fault().is_none(), "nobody has looked yet");
    assert!(network.netns(NetnsId(0)).routes.iter().all(|route| route.dev != Some(LinkId(9))));
    assert_eq!(network.fault().map(|(id, fault)| (id, fault.code())), Some((NetnsId(0), "dangling-link")));
    let wrong = network.netns(NetnsId(0));
    assert_eq!(
        wrong.links.iter().map(|link| (&*link.name, link.up)).collect::<Vec<_>>(),
        [("lo", true), ("eth0", false)]
    );
    assert!(network.fault_of(NetnsId(0)).is_some() && network.fault_of(NetnsId(1)).is_none());
    let far = LinkRef { netns: NetnsId(1), link: LinkId(1) };
    assert!(network.link(far).up && !network.is_running(far), "its other end is down");
    let amended = network.amended(Vec::new(), |_, _| None);
    assert!(amended.fault().is_some() && amended.fault_of(NetnsId(0)).is_some());
    let twice = Network::from_source([(Arc::from("a"), 0), (Arc::from("a"), 0)], Arc::new(Wrong));
    assert!(twice.is_err(), "two namespaces of one name");
}

#[test]
fn a_network_is_amended_without_copying_the_rest() {
    let (network, order) = slow(&segment());
    let mut builder = NetworkBuilder::default();
    let id = builder.add_netns("further", CAUSE);
    let further = builder.netns(id).clone();
    let amended = network.amended(vec![further], |id, below| {
        let mut changed = (id == NetnsId(3)).then(|| below.clone())?;
        changed.sockets.clear();
        Some(changed)
    });
    assert!(order.lock().unwrap().is_empty(), "nothing is built for it");
    assert_eq!(amended.find("further"), Some(NetnsId(STATIONS + 1)));
    assert!(amended.netns(NetnsId(3)).sockets.is_empty() && !network.netns(NetnsId(3)).sockets.is_empty());
    assert!(std::ptr::eq(amended.netns(NetnsId(4)), network.netns(NetnsId(4))), "the same, not a copy");
    assert_eq!(walks(&amended, NetnsId(1), "10.0.0.7"), walks(&network, NetnsId(1), "10.0.0.7"));
}

#[test]
fn a_part_is_written_under_the_ids_of_the_whole() {
    let whole = segment();
    let known = vec![(NetnsId(0), whole.netns(NetnsId(0)).clone()), (NetnsId(7), whole.netns(NetnsId(7)).clone())];
    let mut part = NetworkBuilder::part(known, NetnsId(90));
    let inner = part.add_netns("inner", CAUSE);
    let (near, far) = part.add_veth((inner, "eth0", mac(60)), (NetnsId(7), "veth0", mac(61)), 1500, CAUSE);
    assert_eq!((inner, near.netns, far), (NetnsId(90), inner, LinkRef { netns: NetnsId(7), link: LinkId(2) }));
    assert!(matches!(part.link(far).kind, LinkKind::Veth { peer } if peer == near));
    let ids: Vec<NetnsId> = part.into_namespaces().into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [NetnsId(0), NetnsId(7), NetnsId(90)]);
}

#[test]
fn equal_rules_of_different_namespaces_are_one_list() {
    use crate::config::xtables::{IpMatch, Rule, Target};
    use crate::ids::{CauseId, TableName};
    struct Alike;
    impl Source for Alike {
        fn build(&self, unit: u32) -> Vec<(NetnsId, Netns)> {
            let mut netns = Netns::new(&format!("n{unit}"), CauseId::default());
            let table = netns.xtables.table_mut(TableName::Nat);
            let rule = |cause| Rule { ip: IpMatch::default(), matches: Vec::new(), target: Target::Accept, cause };
            let (same, own) = (table.chain("SAME", CauseId(1)), table.chain("OWN", CauseId(1)));
            table.append(same, rule(CauseId(1)));
            table.append(own, rule(CauseId(10 + unit)));
            vec![(NetnsId(unit), netns)]
        }
    }
    let names = (0..6).map(|unit| (std::sync::Arc::from(format!("n{unit}")), unit));
    let network = Network::from_source(names, std::sync::Arc::new(Alike)).unwrap();
    let rules = |id: u32, name: &str| {
        let table = &network.netns(NetnsId(id)).xtables.tables[&TableName::Nat];
        table.get(table.find(name).unwrap()).rules.clone()
    };
    for id in 1..6 {
        assert!(rules(0, "SAME").is_same(&rules(id, "SAME")));
        assert_ne!(rules(0, "OWN"), rules(id, "OWN"));
    }
    // Whoever changes one has it for themselves.
    let mut changed = rules(0, "SAME");
    changed.clear();
    assert_eq!((changed.len(), rules(0, "SAME").len()), (0, 1));
}
