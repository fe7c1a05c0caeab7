//! Weave Net: one network of all nodes. Pods of other nodes are neighbours, and their frames are carried in VXLAN.

use kernel::walk::Place;
use kubehop_tests::model;
use kubehop_tests::plugins::{CLUSTER, ask, state};
use kubernetes::cluster::model::Cni;
use sim_core::model::{Model, Options};
use sim_core::print::What;
use sim_core::trace::{ClientResult, Journey, Purpose};

fn cluster() -> Model {
    model(&[("cluster.yaml", CLUSTER)], &Options { cni: Some(Cni::WEAVE), ..Options::default() })
}

/// Everything that a machine's namespace did with the request.
fn hops<'j>(model: &Model, journey: &'j Journey, netns: &str) -> Vec<&'j kernel::walk::Hop> {
    let id = model.site.network.find(netns).expect("it is there");
    let request = journey.legs.iter().find(|leg| leg.purpose == Purpose::Connect).expect("a request");
    request.hops.iter().filter(|hop| hop.netns == id).collect()
}

#[test]
fn a_pod_of_another_node_is_a_neighbour() {
    let model = cluster();
    let journey = ask(&model, "pod/default/pod1", "10.244.1.2:80");
    assert_eq!(journey.client, ClientResult::Ok);
    let server = journey.server.as_ref().expect("who answered");
    assert_eq!(server.sees.ip().to_string(), "10.244.0.2");
    // Nobody routes it: what comes has the TTL that was sent, in a frame for the Pod itself.
    let last = *hops(&model, &journey, "pod/default/pod3").last().expect("it comes");
    assert_eq!(last.after.packet.ip.ttl, 64);
    let carried = hops(&model, &journey, "node-a").into_iter().find(|hop| hop.after.packet.inner.is_some());
    let outer = &carried.expect("it is wrapped").after.packet;
    assert_eq!(
        (outer.ip.src, outer.destination()),
        ("192.168.10.11".parse().unwrap(), "192.168.10.12:6784".parse().unwrap())
    );
    // The datapath is none of br_netfilter's bridges.
    let links = &model.site.network.netns(model.site.network.find("node-a").unwrap()).links;
    let datapath = links.position(|link| &*link.name == "datapath").expect("the datapath");
    let called =
        |hop: &&kernel::walk::Hop| matches!(hop.place, Place::Hook { bridge: Some(bridge), .. } if bridge == datapath);
    assert!(!hops(&model, &journey, "node-a").iter().any(called));
}

#[test]
fn devices_and_rules_are_weaves() {
    let model = cluster();
    let (addresses, links) = (state(&model, "node-a", What::Addr), state(&model, "node-a", What::Link));
    assert!(addresses.contains("inet 10.244.0.1/16 brd 10.244.255.255 scope global weave"), "{addresses}");
    for device in ["weave:", "datapath:", "vethwe-bridge@", "vxlan-6784:"] {
        let line = links
            .lines()
            .find(|line| line.contains(&format!(" {device}")))
            .unwrap_or_else(|| panic!("{device}\n{links}"));
        assert!(line.contains("mtu 1376"), "{line}");
    }
    assert!(links.contains("openvswitch") && links.contains("dstport 6784"), "{links}");
    let pod = state(&model, "pod/default/pod1", What::Route);
    assert!(pod.contains("10.244.0.0/16 dev eth0 proto kernel scope link src 10.244.0.2"), "{pod}");
    assert!(pod.contains("default via 10.244.0.1 dev eth0"), "{pod}");
    let rules = state(&model, "node-a", What::Iptables);
    let of = |start: &str| rules.lines().filter(|line| line.starts_with(start)).collect::<Vec<_>>();
    assert_eq!(
        of("-A WEAVE "),
        [
            "-A WEAVE -s 10.244.0.0/16 -d 224.0.0.0/4 -j RETURN",
            "-A WEAVE ! -s 10.244.0.0/16 -d 10.244.0.0/16 -j MASQUERADE",
            "-A WEAVE -s 10.244.0.0/16 ! -d 10.244.0.0/16 -j MASQUERADE",
        ]
    );
    assert!(model.cluster.assumptions.iter().any(|one| one.code == "weave"), "that it is archived is said");
}

#[test]
fn services_node_ports_and_ports_of_the_node_work() {
    let model = cluster();
    for (from, to) in [
        ("pod/default/pod1", "svc/default/far:80"),
        ("pod/default/pod1", "svc/default/near:80"),
        ("pod/default/pod2", "10.244.0.2:80"),
        ("node/node-b", "10.244.0.2:80"),
        ("external", "192.168.10.12:30080"),
        ("external", "192.168.10.11:8080"),
    ] {
        assert_eq!(ask(&model, from, to).client, ClientResult::Ok, "{from} {to}");
    }
}
