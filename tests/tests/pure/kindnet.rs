//! kindnet wires Pods as the reference plugin `ptp` was recorded to do, and masquerades as kindnetd does.

use kubehop_tests::plugins::{CLUSTER, ask, state};
use kubehop_tests::{conformance, model, read};
use kubernetes::cluster::model::Cni;
use sim_core::model::{Model, Options};
use sim_core::print::What;
use sim_core::trace::ClientResult;

fn cluster() -> Model {
    model(&[("cluster.yaml", CLUSTER)], &Options { cni: Some(Cni::KINDNET), ..Options::default() })
}

/// Lines of a recorded file without what IPv6 and the machine it ran on add.
fn recorded(path: &str) -> Vec<String> {
    let text = read(&conformance().join("cni/ptp/1-after-add").join(path));
    let own = |line: &&str| !line.contains("fe80") && !line.contains("ff00") && !line.contains("::1");
    text.lines().filter(own).map(|line| line.trim().to_owned()).collect()
}

/// The node's ends of its Pods' pairs, by the routes to them.
fn pairs(routes: &str) -> Vec<String> {
    let hosts = routes.lines().filter(|line| line.contains("scope host") && !line.contains("table local"));
    hosts.filter_map(|line| line.split(" dev ").nth(1)?.split(' ').next().map(str::to_owned)).collect()
}

#[test]
fn routes_are_those_that_ptp_was_recorded_to_write() {
    let model = cluster();
    let pod = state(&model, "pod/default/pod1", What::Route);
    let pod: Vec<&str> = pod.lines().map(str::trim).collect();
    assert_eq!(pod[..3], recorded("pod1/ip-route.txt")[..3]);
    let node = state(&model, "node-a", What::Route);
    let (own, theirs) = (pairs(&node), pairs(&recorded("node/ip-route.txt").join("\n")));
    assert_eq!((own.len(), theirs.len()), (2, 2));
    for line in recorded("node/ip-route.txt") {
        // Only the names of the pairs are drawn.
        let line = theirs.iter().zip(&own).fold(line, |line, (theirs, own)| line.replace(theirs, own));
        let fields = |line: &str| {
            let mut all: Vec<String> = line.split(' ').map(str::to_owned).collect();
            all.sort();
            all
        };
        let wanted = fields(&line);
        assert!(node.lines().any(|have| fields(have.trim()) == wanted), "{line}\n{node}");
    }
    assert!(node.contains("10.244.1.0/24 via 192.168.10.12 dev eth0\n"), "{node}");
}

#[test]
fn every_pair_carries_the_first_address_and_there_is_no_bridge() {
    let model = cluster();
    let addresses = state(&model, "node-a", What::Addr);
    assert_eq!(addresses.matches("inet 10.244.0.1/32 scope global veth").count(), 2, "{addresses}");
    assert!(
        state(&model, "pod/default/pod1", What::Addr).contains("inet 10.244.0.2/24 brd 10.244.0.255 scope global eth0")
    );
    assert_eq!(state(&model, "node-a", What::Fdb), "");
}

#[test]
fn what_leaves_the_cluster_is_masqueraded_behind_kube_proxy() {
    let model = cluster();
    let rules = state(&model, "node-a", What::Iptables);
    let of = |start: &str| rules.lines().filter(|line| line.starts_with(start)).collect::<Vec<_>>();
    assert_eq!(
        of("-A KIND-MASQ-AGENT"),
        [
            "-A KIND-MASQ-AGENT -d 10.244.0.0/16 -m comment --comment \"kind-masq-agent: local traffic is not subject to MASQUERADE\" -j RETURN",
            "-A KIND-MASQ-AGENT -m comment --comment \"kind-masq-agent: outbound traffic is subject to MASQUERADE (must be last in chain)\" -j MASQUERADE",
        ]
    );
    let jumps = of("-A POSTROUTING");
    assert_eq!(
        jumps.last().copied(),
        Some(
            "-A POSTROUTING -m addrtype ! --dst-type LOCAL -m comment --comment \"kind-masq-agent: ensure nat POSTROUTING directs all non-LOCAL destination traffic to our custom KIND-MASQ-AGENT chain\" -j KIND-MASQ-AGENT"
        )
    );
    assert!(jumps.iter().any(|line| line.ends_with("-j KUBE-POSTROUTING")), "{jumps:?}");
    assert!(rules.contains("dnat name: \\\"kindnet\\\" id:"), "portmap is called for the network kindnet: {rules}");
    let localnet = state(&model, "node-a", What::Sysctl);
    let pair = pairs(&state(&model, "node-a", What::Route)).remove(0);
    assert!(localnet.contains(&format!("net.ipv4.conf.{pair}.route_localnet = 1")), "{localnet}");
}

#[test]
fn who_is_called_sees_what_was_observed_of_kind() {
    let model = cluster();
    for (from, to, sees, ttl) in [
        ("pod/default/pod1", "10.244.0.3:80", "10.244.0.2", 63),
        ("pod/default/pod1", "10.244.1.2:80", "10.244.0.2", 62),
        ("node/node-a", "10.244.0.2:80", "10.244.0.1", 64),
        ("node/node-a", "10.244.1.2:80", "192.168.10.11", 63),
        // By a port of the node: the address on the pair of the Pod, or the node's own.
        ("external", "192.168.10.11:30080", "10.244.0.1", 63),
        ("external", "192.168.10.11:30081", "192.168.10.11", 62),
        ("external", "192.168.10.11:8080", "192.168.10.50", 63),
        ("node/node-a", "127.0.0.1:8080", "10.244.0.1", 64),
        // Its own node knows a Pod by its address, another does not.
        ("pod/default/pod1", "192.168.10.11:10250", "10.244.0.2", 64),
        ("pod/default/pod1", "192.168.10.12:10250", "192.168.10.11", 63),
    ] {
        let journey = ask(&model, from, to);
        assert_eq!(journey.client, ClientResult::Ok, "{from} {to}: {:#?}", journey.outcome);
        let server = journey.server.as_ref().unwrap();
        assert_eq!(server.sees.ip().to_string(), sees, "{from} {to}");
        let last = journey.legs[0].hops.last().unwrap();
        assert_eq!(last.after.packet.innermost().ip.ttl, ttl, "{from} {to}");
    }
}

#[test]
fn what_the_input_shows_chooses_it() {
    let daemon = "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: kindnet, namespace: kube-system}\nspec:\n  selector: {matchLabels: {app: kindnet}}\n  \
        template:\n    metadata: {labels: {app: kindnet}}\n    spec:\n      hostNetwork: true\n      containers: [{name: kindnet-cni, image: docker.io/kindest/kindnetd:v20250512-df8de77b}]\n";
    let kind = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n";
    for text in [daemon, kind] {
        let model = model(&[("input.yaml", text)], &Options::default());
        let settings = &model.cluster.settings;
        assert_eq!((settings.cni.name(), settings.data_path.name()), ("kindnet", "kindnet"));
        assert!(!model.cluster.assumptions.iter().any(|made| made.code.starts_with("cni-")));
    }
}
