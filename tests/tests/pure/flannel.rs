//! Flannel reaches other nodes' Pods through its tunnel, or by routes where the nodes are neighbours, and masquerades as its daemon does.

use kubehop_tests::plugins::{CLUSTER, ask, state};
use kubehop_tests::{conformance, model, read};
use kubernetes::cluster::model::Cni;
use sim_core::model::{Model, Options};
use sim_core::print::What;
use sim_core::trace::ClientResult;

fn cluster_with(cni: Cni, more: &str) -> Model {
    let text = format!("{CLUSTER}---\n{more}");
    model(&[("cluster.yaml", &text)], &Options { cni: Some(cni), ..Options::default() })
}

fn net_conf(backend: &str) -> String {
    let conf = format!("{{\"Network\": \"10.244.0.0/16\", \"Backend\": {backend}}}");
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: kube-flannel-cfg, namespace: kube-flannel}}\ndata:\n  net-conf.json: |\n    {conf}\n"
    )
}

fn has(text: &str, line: &str) {
    assert!(text.lines().any(|have| have.trim() == line), "{line}\n{text}");
}

#[test]
fn each_other_node_has_three_static_entries_of_the_tunnel() {
    let model = cluster_with(Cni::FLANNEL, "");
    let (routes, neighbours, fdb) = (
        state(&model, "node-a", What::Route),
        state(&model, "node-a", What::Neigh),
        state(&model, "node-a", What::Fdb),
    );
    has(&routes, "10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink");
    has(&routes, "10.244.0.0/24 dev cni0 proto kernel scope link src 10.244.0.1");
    // The other end has the address that this one sends to.
    let theirs = state(&model, "node-b", What::Addr);
    let (_, device) = theirs.split_once("flannel.1: ").expect("the other end");
    let mac =
        device.split("link/ether ").nth(1).and_then(|rest| rest.split(' ').next()).expect("its address").to_owned();
    has(&neighbours, &format!("10.244.1.0 dev flannel.1 lladdr {mac} PERMANENT"));
    assert!(fdb.contains(&format!("{mac} dev flannel.1 dst 192.168.10.12 self permanent")), "{fdb}");
    let own = state(&model, "node-a", What::Addr);
    let link = state(&model, "node-a", What::Link);
    assert!(link.contains("vxlan id 1 local 192.168.10.11 dev eth0 srcport 0 0 dstport 8472 nolearning"), "{link}");
    assert!(own.contains("inet 10.244.0.0/32 scope global flannel.1"), "{own}");
    for device in ["flannel.1", "cni0"] {
        let line = own.lines().find(|line| line.contains(&format!(" {device}: "))).expect("the device");
        assert!(line.contains("mtu 1450"), "{line}");
    }
}

#[test]
fn a_pod_has_the_routes_that_the_plugin_was_recorded_to_write_and_one_to_the_whole_network() {
    let model = cluster_with(Cni::FLANNEL, "");
    let routes = state(&model, "pod/default/pod1", What::Route);
    let recorded = read(&conformance().join("cni/bridge-flannel-style/1-after-add/pod1/ip-route.txt"));
    for line in recorded.lines().filter(|line| line.starts_with("default") || line.starts_with("10.")) {
        has(&routes, line.trim());
    }
    has(&routes, "10.244.0.0/16 via 10.244.0.1 dev eth0");
}

#[test]
fn rules_are_the_daemons() {
    let rules = state(&cluster_with(Cni::FLANNEL, ""), "node-b", What::Iptables);
    let of = |start: &str| rules.lines().filter(|line| line.starts_with(start)).collect::<Vec<_>>();
    let masq = "-m comment --comment \"flanneld masq\"";
    assert_eq!(
        of("-A FLANNEL-POSTRTG"),
        [
            format!("-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 {masq} -j RETURN"),
            format!("-A FLANNEL-POSTRTG -s 10.244.1.0/24 -d 10.244.0.0/16 {masq} -j RETURN"),
            format!("-A FLANNEL-POSTRTG -s 10.244.0.0/16 -d 10.244.1.0/24 {masq} -j RETURN"),
            format!("-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.1.0/24 {masq} -j RETURN"),
            format!("-A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 {masq} -j MASQUERADE --random-fully"),
            format!("-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.0.0/16 {masq} -j MASQUERADE --random-fully"),
        ]
    );
    // Behind kube-proxy's, which has its own word with what it marked.
    assert_eq!(of("-A POSTROUTING").last(), Some(&&*format!("-A POSTROUTING {masq} -j FLANNEL-POSTRTG")));
    let forward = "-m comment --comment \"flanneld forward\"";
    assert_eq!(of("-A FORWARD").last(), Some(&&*format!("-A FORWARD {forward} -j FLANNEL-FWD")));
    assert_eq!(
        of("-A FLANNEL-FWD"),
        ["-s", "-d"].map(|way| format!("-A FLANNEL-FWD {way} 10.244.0.0/16 {forward} -j ACCEPT"))
    );
}

/// Addresses and TTLs observed with flannel v0.27 on three machines.
#[test]
fn who_is_called_sees_what_was_observed_of_flannel() {
    for (cni, tunnel) in [(Cni::FLANNEL, "10.244.0.0"), (Cni::FLANNEL_HOST_GW, "192.168.10.11")] {
        let model = cluster_with(cni, "");
        for (from, to, sees, ttl) in [
            ("pod/default/pod1", "10.244.0.3:80", "10.244.0.2", 64),
            ("pod/default/pod1", "10.244.1.2:80", "10.244.0.2", 62),
            ("node/node-a", "10.244.0.2:80", "10.244.0.1", 64),
            ("node/node-a", "10.244.1.2:80", tunnel, 63),
            ("external", "192.168.10.11:30080", "10.244.0.1", 63),
            ("external", "192.168.10.11:30081", tunnel, 62),
            // Its own node knows a Pod by its address, another does not.
            ("pod/default/pod1", "192.168.10.11:10250", "10.244.0.2", 64),
            ("pod/default/pod1", "192.168.10.12:10250", "192.168.10.11", 63),
        ] {
            let journey = ask(&model, from, to);
            assert_eq!(journey.client, ClientResult::Ok, "{cni:?} {from} {to}: {:#?}", journey.outcome);
            let server = journey.server.as_ref().unwrap();
            assert_eq!(server.sees.ip().to_string(), sees, "{cni:?} {from} {to}");
            let last = journey.legs[0].hops.last().unwrap();
            assert_eq!(last.after.packet.innermost().ip.ttl, ttl, "{cni:?} {from} {to}");
        }
    }
}

#[test]
fn net_conf_is_honoured() {
    let model = cluster_with(Cni::FLANNEL, &net_conf("{\"Type\": \"vxlan\", \"VNI\": 4096, \"Port\": 4789}"));
    let addresses = state(&model, "node-a", What::Link);
    assert!(addresses.contains("flannel.4096: ") && addresses.contains("dstport 4789"), "{addresses}");
    let direct = cluster_with(Cni::FLANNEL, &net_conf("{\"Type\": \"vxlan\", \"DirectRouting\": true}"));
    has(&state(&direct, "node-a", What::Route), "10.244.1.0/24 via 192.168.10.12 dev eth0");
    assert_eq!(ask(&direct, "pod/default/pod1", "10.244.1.2:80").client, ClientResult::Ok);
    let wrong = cluster_with(Cni::FLANNEL, &net_conf("{\"Type\": \"vxlan\", \"VNI\": 16777216}"));
    assert!(wrong.diagnostics.iter().any(|found| found.code == "out-of-range"), "{:?}", wrong.diagnostics);
    assert!(state(&wrong, "node-a", What::Addr).contains("flannel.1: "));
}

#[test]
fn what_the_input_shows_chooses_the_backend() {
    for (backend, name) in [("{\"Type\": \"vxlan\"}", "flannel"), ("{\"Type\": \"host-gw\"}", "flannel-host-gw")] {
        let text = format!("{CLUSTER}---\n{}", net_conf(backend));
        let model = model(&[("cluster.yaml", &text)], &Options::default());
        let settings = &model.cluster.settings;
        assert_eq!((settings.cni.name(), settings.data_path.name()), (name, name));
        assert!(!model.cluster.assumptions.iter().any(|made| made.code.starts_with("cni-")));
    }
}

/// Nodes on two networks with a router between them: the tunnel does not mind, a next hop has to be a neighbour.
#[test]
fn between_segments_the_tunnel_works_and_routes_do_not() {
    let apart = CLUSTER.replace("192.168.10.12", "10.99.0.12");
    for (cni, result) in [(Cni::FLANNEL, ClientResult::Ok), (Cni::FLANNEL_HOST_GW, ClientResult::Timeout)] {
        let model = model(&[("cluster.yaml", &apart)], &Options { cni: Some(cni), ..Options::default() });
        let journey = ask(&model, "pod/default/pod1", "10.244.1.2:80");
        assert_eq!(journey.client, result, "{cni:?}: {:#?}", journey.outcome);
        let routes = state(&model, "node-a", What::Route);
        assert_eq!(routes.contains("10.244.1.0/24"), cni == Cni::FLANNEL, "{routes}");
    }
}

#[test]
fn ends_of_the_tunnel_have_the_addresses_that_nodes_note() {
    let noted = CLUSTER.replace(
        "metadata: {name: node-b}",
        "metadata: {name: node-b, annotations: {flannel.alpha.coreos.com/backend-data: '{\"VNI\":1,\"VtepMAC\":\"8a:1b:2c:3d:4e:5f\"}', flannel.alpha.coreos.com/backend-type: vxlan}}",
    );
    let model = model(&[("cluster.yaml", &noted)], &Options::default());
    assert_eq!(model.cluster.settings.cni, Cni::FLANNEL);
    has(&state(&model, "node-a", What::Neigh), "10.244.1.0 dev flannel.1 lladdr 8a:1b:2c:3d:4e:5f PERMANENT");
    assert!(state(&model, "node-b", What::Link).contains("link/ether 8a:1b:2c:3d:4e:5f"));
    assert_eq!(ask(&model, "pod/default/pod1", "10.244.1.2:80").client, ClientResult::Ok);
    // What is no address is drawn as before.
    let odd = noted.replace("8a:1b:2c:3d:4e:5f", "8a:1b");
    let model = kubehop_tests::model(&[("cluster.yaml", &odd)], &Options::default());
    assert!(!state(&model, "node-a", What::Neigh).contains("8a:1b"));
}
