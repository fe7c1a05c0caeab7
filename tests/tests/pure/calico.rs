//! Calico wires Pods without a bridge and reaches other nodes' blocks by routes, in IP in IP or in VXLAN, as its daemons write them.

use kernel::packet::{L4, Tunnel};
use kernel::walk::Event;
use kubehop_tests::model;
use kubehop_tests::plugins::{CLUSTER, ask, state};
use kubernetes::cluster::model::Cni;
use sim_core::model::{Model, Options};
use sim_core::print::What;
use sim_core::trace::{ClientResult, Journey};

const ALL: [Cni; 3] = [Cni::CALICO, Cni::CALICO_IPIP, Cni::CALICO_VXLAN];

fn cluster_with(cni: Cni, more: &str) -> Model {
    let text = format!("{CLUSTER}---\n{more}");
    model(&[("cluster.yaml", &text)], &Options { cni: Some(cni), ..Options::default() })
}

fn shown(more: &str) -> Model {
    let text = format!("{CLUSTER}---\n{more}");
    model(&[("cluster.yaml", &text)], &Options::default())
}

fn has(text: &str, line: &str) {
    assert!(text.lines().any(|have| have.trim() == line), "{line}\n{text}");
}

fn hasnt(text: &str, part: &str) {
    assert!(!text.contains(part), "{part}\n{text}");
}

#[test]
fn a_pod_is_alone_in_its_network_and_its_gateway_is_on_no_device() {
    for cni in ALL {
        let model = cluster_with(cni, "");
        let (addresses, routes) =
            (state(&model, "pod/default/pod1", What::Addr), state(&model, "pod/default/pod1", What::Route));
        assert!(addresses.contains("inet 10.244.0.2/32 scope global eth0"), "{addresses}");
        has(&routes, "default via 169.254.1.1 dev eth0");
        has(&routes, "169.254.1.1 dev eth0 scope link");
        let (own, table) = (state(&model, "node-a", What::Addr), state(&model, "node-a", What::Route));
        let device =
            own.split(": ").map(|word| word.split('@').next().unwrap_or("")).find(|word| word.starts_with("cali"));
        let device = device.expect("the node's end");
        assert_eq!(device.len(), 15, "{device}");
        assert!(own.contains("link/ether ee:ee:ee:ee:ee:ee"), "{own}");
        hasnt(&own, "169.254.1.1");
        hasnt(&own, "cni0");
        assert!(
            table.lines().any(|line| line.starts_with("10.244.0.2 dev cali") && line.ends_with(" scope link")),
            "{table}"
        );
        let sysctls = state(&model, "node-a", What::Sysctl);
        has(&sysctls, &format!("net.ipv4.conf.{device}.proxy_arp = 1"));
    }
}

#[test]
fn nodes_reach_the_blocks_of_others_each_in_its_way() {
    let bgp = state(&cluster_with(Cni::CALICO, ""), "node-a", What::Route);
    has(&bgp, "10.244.1.0/26 via 192.168.10.12 dev eth0 proto bird");
    has(&bgp, "blackhole 10.244.0.0/26 proto bird");
    let model = cluster_with(Cni::CALICO_IPIP, "");
    let ipip = state(&model, "node-a", What::Route);
    has(&ipip, "10.244.1.0/26 via 192.168.10.12 dev tunl0 proto bird onlink");
    has(&ipip, "blackhole 10.244.0.0/26 proto bird");
    let link = state(&model, "node-a", What::Link);
    assert!(link.contains("tunl0@NONE: <NOARP,UP,LOWER_UP> mtu 1480"), "{link}");
    has(&link, "ipip any remote any local any ttl inherit nopmtudisc");
    let addresses = state(&model, "node-a", What::Addr);
    assert!(addresses.contains("inet 10.244.0.0/32 scope global tunl0"), "{addresses}");
    let model = cluster_with(Cni::CALICO_VXLAN, "");
    let vxlan = state(&model, "node-a", What::Route);
    has(&vxlan, "10.244.1.0/26 via 10.244.1.0 dev vxlan.calico onlink");
    has(&vxlan, "blackhole 10.244.0.0/26 proto 80");
    let link = state(&model, "node-a", What::Link);
    assert!(link.contains("vxlan id 4096 local 192.168.10.11 dev eth0 srcport 0 0 dstport 4789 nolearning"), "{link}");
    // `f` and the start of the SHA-1 of the node's name.
    let (neighbours, fdb) = (state(&model, "node-a", What::Neigh), state(&model, "node-a", What::Fdb));
    let line = neighbours.lines().find(|line| line.starts_with("10.244.1.0 ")).expect("the other end");
    let mac = line.split(' ').nth(4).expect("its address");
    assert!(mac.starts_with("66:"), "{line}");
    has(&fdb, &format!("{mac} dev vxlan.calico dst 192.168.10.12 self permanent"));
    for (cni, mtu) in [(Cni::CALICO, 1500), (Cni::CALICO_IPIP, 1480), (Cni::CALICO_VXLAN, 1450)] {
        let addresses = state(&cluster_with(cni, ""), "pod/default/pod1", What::Addr);
        assert!(addresses.contains(&format!("mtu {mtu} ")), "{cni:?} {addresses}");
    }
}

fn ttl(journey: &Journey) -> u8 {
    journey.legs[0].hops.last().unwrap().after.packet.innermost().ip.ttl
}

/// The first packet that carries another one, on the wire.
fn outer(journey: &Journey) -> Option<kernel::packet::Packet> {
    let hops = journey.legs.iter().flat_map(|leg| &leg.hops);
    hops.map(|hop| &hop.after.packet).find(|packet| packet.inner.is_some()).cloned()
}

#[test]
fn who_is_called_sees_what_the_routes_make_of_it() {
    for (cni, tunnel) in
        [(Cni::CALICO, "192.168.10.11"), (Cni::CALICO_IPIP, "10.244.0.0"), (Cni::CALICO_VXLAN, "10.244.0.0")]
    {
        let model = cluster_with(cni, "");
        for (from, to, sees, left) in [
            // Never switched: also on one node a router is between.
            ("pod/default/pod1", "10.244.0.3:80", "10.244.0.2", 63),
            ("pod/default/pod1", "10.244.1.2:80", "10.244.0.2", 62),
            ("node/node-a", "10.244.0.2:80", "192.168.10.11", 64),
            ("node/node-a", "10.244.1.2:80", tunnel, 63),
            ("external", "192.168.10.11:30080", "192.168.10.11", 63),
            ("external", "192.168.10.11:30081", tunnel, 62),
            // Its own node knows a Pod by its address; nodes are in no pool.
            ("pod/default/pod1", "192.168.10.11:10250", "10.244.0.2", 64),
            ("pod/default/pod1", "192.168.10.12:10250", "192.168.10.11", 63),
            ("external", "192.168.10.11:8080", "", 63),
        ] {
            let journey = ask(&model, from, to);
            assert_eq!(journey.client, ClientResult::Ok, "{cni:?} {from} {to}: {:#?}", journey.outcome);
            let seen = journey.server.as_ref().unwrap().sees.ip().to_string();
            assert!(sees.is_empty() || seen == sees, "{cni:?} {from} {to}: {seen}");
            assert_eq!(ttl(&journey), left, "{cni:?} {from} {to}");
        }
    }
}

#[test]
fn packets_to_other_nodes_travel_in_others() {
    let journey = ask(&cluster_with(Cni::CALICO_IPIP, ""), "pod/default/pod1", "10.244.1.2:80");
    let ipip = outer(&journey).expect("a tunnel");
    assert_eq!(ipip.l4, L4::Other(4));
    assert_eq!((ipip.ip.src.to_string(), ipip.ip.dst.to_string()), ("192.168.10.11".into(), "192.168.10.12".into()));
    // The outer header takes over the inner TTL.
    assert_eq!(ipip.ip.ttl, 63);
    let journey = ask(&cluster_with(Cni::CALICO_VXLAN, ""), "pod/default/pod1", "10.244.1.2:80");
    let vxlan = outer(&journey).expect("a tunnel");
    assert_eq!(vxlan.inner.as_ref().unwrap().kind, Tunnel::Vxlan { vni: 4096 });
    assert!(matches!(vxlan.l4, L4::Udp { dport, .. } if dport.0 == 4789), "{:?}", vxlan.l4);
    assert_eq!(outer(&ask(&cluster_with(Cni::CALICO, ""), "pod/default/pod1", "10.244.1.2:80")), None);
}

#[test]
fn the_gateway_is_answered_for_by_the_nodes_end() {
    let journey = ask(&cluster_with(Cni::CALICO, ""), "pod/default/pod1", "10.244.1.2:80");
    let events = journey.legs[0].hops.iter().flat_map(|hop| &hop.events);
    let mut asked = events.filter_map(|event| match event {
        Event::Arp { ip, mac, .. } => Some((ip.to_string(), mac.to_string())),
        _ => None,
    });
    assert_eq!(asked.next(), Some(("169.254.1.1".to_owned(), "ee:ee:ee:ee:ee:ee".to_owned())));
}

#[test]
fn an_address_of_the_own_block_that_no_pod_has_ends_at_its_node() {
    for cni in ALL {
        let journey = ask(&cluster_with(cni, ""), "pod/default/pod3", "10.244.0.60:80");
        assert_eq!(journey.client, ClientResult::Timeout, "{cni:?}: {:#?}", journey.outcome);
        let last = journey.legs[0].hops.last().unwrap();
        let dropped = last.events.iter().any(|event| matches!(event, Event::Drop(_)));
        assert!(dropped, "{:#?}", last.events);
    }
}

#[test]
fn an_address_of_another_nodes_block_is_reached_by_a_route_of_its_own() {
    let borrowed = CLUSTER.replace("podIP: 10.244.0.3", "podIP: 10.244.1.9");
    for (cni, route) in [
        (Cni::CALICO, "10.244.1.9 via 192.168.10.11 dev eth0 proto bird"),
        (Cni::CALICO_IPIP, "10.244.1.9 via 192.168.10.11 dev tunl0 proto bird onlink"),
        (Cni::CALICO_VXLAN, "10.244.1.9 via 10.244.0.0 dev vxlan.calico onlink"),
    ] {
        let model = model(&[("cluster.yaml", &borrowed)], &Options { cni: Some(cni), ..Options::default() });
        has(&state(&model, "node-b", What::Route), route);
        assert_eq!(ask(&model, "pod/default/pod3", "10.244.1.9:80").client, ClientResult::Ok, "{cni:?}");
        assert_eq!(ask(&model, "pod/default/pod1", "10.244.1.9:80").client, ClientResult::Ok, "{cni:?}");
        // Whose address is whose is what the blocks say: nothing is assumed of it.
        let assumed = model.cluster.assumptions.iter().any(|made| matches!(made.code, "own-ranges" | "pod-cidr"));
        assert!(!assumed, "{:?}", model.cluster.assumptions);
    }
}

fn pool(spec: &str) -> String {
    format!(
        "{{apiVersion: projectcalico.org/v3, kind: IPPool, metadata: {{name: default-ipv4-ippool}}, spec: {{cidr: 10.244.0.0/16, {spec}}}}}\n"
    )
}

#[test]
fn pools_of_the_input_choose_the_way() {
    for (spec, name, route) in [
        ("ipipMode: Always", "calico-ipip", "10.244.1.0/26 via 192.168.10.12 dev tunl0 proto bird onlink"),
        ("ipipMode: CrossSubnet", "calico-ipip", "10.244.1.0/26 via 192.168.10.12 dev eth0 proto bird"),
        ("vxlanMode: Always", "calico-vxlan", "10.244.1.0/26 via 10.244.1.0 dev vxlan.calico onlink"),
        ("vxlanMode: CrossSubnet", "calico-vxlan", "10.244.1.0/26 via 192.168.10.12 dev eth0 proto 80 onlink"),
        ("ipipMode: Never, vxlanMode: Never", "calico", "10.244.1.0/26 via 192.168.10.12 dev eth0 proto bird"),
        (
            "ipipMode: Always, blockSize: 28",
            "calico-ipip",
            "10.244.1.0/28 via 192.168.10.12 dev tunl0 proto bird onlink",
        ),
    ] {
        let model = shown(&pool(spec));
        let settings = &model.cluster.settings;
        assert_eq!((settings.cni.name(), settings.data_path.name()), (name, name), "{spec}");
        has(&state(&model, "node-a", What::Route), route);
        let assumed = model.cluster.assumptions.iter().any(|made| made.code.starts_with("c"));
        assert!(!assumed, "{spec}: {:?}", model.cluster.assumptions);
    }
    let wrong = shown(&pool("ipipMode: Always, blockSize: 40"));
    assert!(wrong.diagnostics.iter().any(|found| found.code == "out-of-range"), "{:?}", wrong.diagnostics);
}

#[test]
fn across_subnets_packets_are_wrapped_and_within_them_they_are_not() {
    let apart = CLUSTER.replace("192.168.10.12", "10.99.0.12");
    for (spec, kind) in [
        ("ipipMode: CrossSubnet", Some(Tunnel::Ipip)),
        ("vxlanMode: CrossSubnet", Some(Tunnel::Vxlan { vni: 4096 })),
        ("ipipMode: Never", None),
    ] {
        let text = format!("{apart}---\n{}", pool(spec));
        let model = model(&[("cluster.yaml", &text)], &Options::default());
        let journey = ask(&model, "pod/default/pod1", "10.244.1.2:80");
        let found = outer(&journey).and_then(|packet| packet.inner).map(|inner| inner.kind);
        assert_eq!(found, kind, "{spec}");
        // Without a tunnel the router between the segments would have to know the blocks.
        let expected = if kind.is_some() { ClientResult::Ok } else { ClientResult::Timeout };
        assert_eq!(journey.client, expected, "{spec}: {:#?}", journey.outcome);
        assert_eq!(ask(&model, "pod/default/pod1", "10.244.0.3:80").client, ClientResult::Ok);
    }
}

#[test]
fn what_leaves_the_pools_is_masqueraded_unless_the_pool_says_otherwise() {
    let rules = |spec: &str| state(&shown(&pool(spec)), "node-a", What::Iptables);
    let on = rules("ipipMode: Always, natOutgoing: true");
    let set = "-m set --match-set cali40masq-ipam-pools src -m set ! --match-set cali40all-ipam-pools dst";
    let line = on.lines().find(|line| line.starts_with("-A cali-nat-outgoing")).expect("the rule");
    assert!(line.ends_with(&format!("{set} -j MASQUERADE --random-fully")), "{line}");
    // Behind kube-proxy's, which clears its mark: the packet around it would have it too.
    let last = on.lines().rfind(|line| line.starts_with("-A POSTROUTING") && line.contains("cali")).unwrap();
    assert!(last.ends_with("-j cali-POSTROUTING"), "{last}");
    let sets = state(&shown(&pool("ipipMode: Always, natOutgoing: true")), "node-a", What::Ipset);
    for line in [
        "add cali40all-ipam-pools 10.244.0.0/16",
        "add cali40masq-ipam-pools 10.244.0.0/16",
        "add cali40all-hosts-net 192.168.10.12",
    ] {
        has(&sets, line);
    }
    let model = shown(&pool("ipipMode: Always"));
    let off = state(&model, "node-a", What::Iptables);
    hasnt(&off, "-A cali-nat-outgoing");
    let journey = ask(&model, "pod/default/pod1", "192.168.10.12:10250");
    assert_eq!(journey.server.unwrap().sees.ip().to_string(), "10.244.0.2");
}

fn felix(spec: &str) -> Model {
    let text = format!(
        "{}---\n{{apiVersion: crd.projectcalico.org/v1, kind: FelixConfiguration, metadata: {{name: default}}, spec: {{{spec}}}}}\n",
        pool("vxlanMode: Always, natOutgoing: true")
    );
    shown(&text)
}

#[test]
fn options_of_felix_that_change_a_packets_way_are_honoured() {
    let rules = |spec: &str| state(&felix(spec), "node-a", What::Iptables);
    let first = |text: &str, chain: &str| {
        let (_, filter) = text.split_once("*filter").expect("a table");
        filter.lines().find(|line| line.starts_with(&format!("-A {chain} "))).unwrap_or_default().to_owned()
    };
    assert!(first(&rules("bpfEnabled: false"), "FORWARD").ends_with("-j cali-FORWARD"));
    assert!(!first(&rules("chainInsertMode: Append"), "FORWARD").ends_with("-j cali-FORWARD"));
    let drops = felix("defaultEndpointToHostAction: Drop");
    assert_eq!(ask(&drops, "pod/default/pod1", "192.168.10.11:10250").client, ClientResult::Timeout);
    assert_eq!(ask(&drops, "pod/default/pod1", "192.168.10.12:10250").client, ClientResult::Ok);
    assert!(rules("natOutgoingAddress: 192.168.10.99").contains("-j SNAT --to-source 192.168.10.99"));
    let ports = rules("natPortRange: \"32768:65535\"");
    assert!(ports.contains("-j MASQUERADE --to-ports 32768-65535 --random-fully"), "{ports}");
    let returns = rules("iptablesFilterAllowAction: Return");
    assert!(returns.contains("\"Policy explicitly accepted packet.\" -m mark --mark 0x10000/0x10000 -j RETURN"));
    let untracked = rules("vxlanPort: 5789");
    assert!(untracked.contains("-m udp --dport 5789 -j NOTRACK"), "{untracked}");
    let link = state(&felix("vxlanPort: 8472, vxlanVNI: 7, vxlanMTU: 1400"), "node-a", What::Link);
    assert!(
        link.contains("vxlan id 7 ")
            && link.contains("dstport 8472")
            && link.contains("vxlan.calico: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1400"),
        "{link}"
    );
    let made = felix("nftablesMode: Enabled").cluster.assumptions.iter().any(|made| made.code == "calico-data-plane");
    assert!(made);
    let cause = |model: &Model| {
        let journey = ask(model, "pod/default/pod1", "192.168.10.11:10250");
        format!("{:?}", journey.outcome)
    };
    assert!(cause(&drops).contains("Rule"), "{}", cause(&drops));
}

#[test]
fn the_install_files_are_read() {
    let daemon = "
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: calico-node, namespace: kube-system}
spec:
  selector: {matchLabels: {k8s-app: calico-node}}
  template:
    metadata: {labels: {k8s-app: calico-node}}
    spec:
      hostNetwork: true
      containers:
      - name: calico-node
        image: docker.io/calico/node:v3.30.2
        env:
        - {name: CALICO_IPV4POOL_IPIP, value: CrossSubnet}
        - {name: CALICO_IPV4POOL_CIDR, value: 10.244.0.0/16}
        - {name: CALICO_IPV4POOL_NAT_OUTGOING, value: \"false\"}
        - {name: FELIX_DEFAULTENDPOINTTOHOSTACTION, value: RETURN}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: calico-config, namespace: kube-system}
data: {calico_backend: bird, veth_mtu: \"1440\"}
";
    let model = shown(daemon);
    assert_eq!(model.cluster.settings.data_path, Cni::CALICO_IPIP);
    has(&state(&model, "node-a", What::Route), "10.244.1.0/26 via 192.168.10.12 dev eth0 proto bird");
    assert!(state(&model, "pod/default/pod1", What::Addr).contains("mtu 1440 "));
    let rules = state(&model, "node-a", What::Iptables);
    hasnt(&rules, "-A cali-nat-outgoing");
    assert!(rules.contains("\"Configured DefaultEndpointToHostAction\" -j RETURN"), "{rules}");
    let installation = "{apiVersion: operator.tigera.io/v1, kind: Installation, metadata: {name: default}, spec: {calicoNetwork: {mtu: 1400, ipPools: [{blockSize: 26, cidr: 10.244.0.0/16, encapsulation: VXLANCrossSubnet, natOutgoing: Enabled, nodeSelector: all()}]}}}";
    let model = shown(installation);
    assert_eq!(model.cluster.settings.data_path, Cni::CALICO_VXLAN);
    has(&state(&model, "node-a", What::Route), "10.244.1.0/26 via 192.168.10.12 dev eth0 proto 80 onlink");
    assert!(state(&model, "pod/default/pod1", What::Addr).contains("mtu 1400 "));
}

#[test]
fn an_unset_pool_is_said() {
    let said = |model: &Model| model.cluster.assumptions.iter().any(|made| made.code == "calico-pool");
    assert!(said(&cluster_with(Cni::CALICO_IPIP, "")));
    assert!(!said(&cluster_with(Cni::CALICO_IPIP, &pool("ipipMode: Always"))));
    // Another way than the pool's was asked for.
    assert!(said(&cluster_with(Cni::CALICO_VXLAN, &pool("ipipMode: Always"))));
}

#[test]
fn the_tunnel_address_that_a_node_notes_is_its_own() {
    let noted = CLUSTER.replacen(
        "metadata: {name: node-b}",
        "metadata: {name: node-b, annotations: {projectcalico.org/IPv4VXLANTunnelAddr: 10.244.1.5}}",
        1,
    );
    let model = model(&[("cluster.yaml", &noted)], &Options { cni: Some(Cni::CALICO_VXLAN), ..Options::default() });
    has(&state(&model, "node-a", What::Route), "10.244.1.0/26 via 10.244.1.5 dev vxlan.calico onlink");
    assert!(state(&model, "node-b", What::Addr).contains("inet 10.244.1.5/32 scope global vxlan.calico"));
}

#[test]
fn an_affinity_of_a_dump_says_whose_a_block_is() {
    let affinity = "{apiVersion: crd.projectcalico.org/v1, kind: BlockAffinity, metadata: {name: node-b-10-244-0-192-26}, spec: {cidr: 10.244.0.192/26, node: node-b, state: confirmed, deleted: \"false\"}}";
    let model = shown(&format!("{}---\n{affinity}\n", pool("ipipMode: Always")));
    let routes = state(&model, "node-a", What::Route);
    has(&routes, "10.244.0.192/26 via 192.168.10.12 dev tunl0 proto bird onlink");
    has(&state(&model, "node-b", What::Route), "blackhole 10.244.0.192/26 proto bird");
}

#[test]
fn a_node_has_options_of_its_own_before_those_of_all() {
    let configuration = |name: &str, spec: &str| {
        format!(
            "{{apiVersion: crd.projectcalico.org/v1, kind: FelixConfiguration, metadata: {{name: {name}}}, spec: {spec}}}\n"
        )
    };
    let general = configuration("default", "{ipipMTU: 1400, defaultEndpointToHostAction: Return}");
    let own = configuration("node.node-b", "{ipipMTU: 1300}");
    let model = cluster_with(Cni::CALICO_IPIP, &format!("{general}---\n{own}"));
    for (node, mtu) in [("node-a", "mtu 1400"), ("node-b", "mtu 1300")] {
        let links = state(&model, node, What::Link);
        let line = links.lines().find(|line| line.contains("tunl0")).expect("the tunnel");
        assert!(line.contains(mtu), "{line}");
        // What the node's own does not say is said by the other.
        let rules = state(&model, node, What::Iptables);
        assert!(
            rules.lines().any(|line| line.starts_with("-A cali-wl-to-host") && line.ends_with("-j RETURN")),
            "{rules}"
        );
    }
    // Where several say it, each has its place.
    assert!(model.cluster.settings.network_config.calico.nodes.contains_key("node-b"));
}

#[test]
fn a_pool_for_some_nodes_only_is_said() {
    let of = |more: &str| {
        let model = shown(&pool(&format!("ipipMode: Always{more}")));
        let mut all = model.cluster.assumptions.iter();
        all.find(|made| made.code == "calico-pool-nodes").map(|made| made.args["selector"].to_string())
    };
    assert_eq!((of(""), of(", nodeSelector: all()")), (None, None));
    assert_eq!(of(", nodeSelector: 'rack == \"1\"'").as_deref(), Some("rack == \"1\""));
}
