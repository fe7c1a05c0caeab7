//! Held against what the real plugins wrote (`tests/fixtures/conformance/cni`).

use super::*;
use crate::print::iptables::write_save;
use kernel::config::xtables::Xtables;
use kubernetes::cluster::network_config::PortMap;
use rstest::rstest;

const MAPPINGS: [(u16, u16, Protocol); 2] = [(8080, 80, Protocol::Tcp), (5353, 53, Protocol::Udp)];

/// Chains and rules that the plugin has a hand in.
fn own(text: &str) -> Vec<&str> {
    let wanted = |line: &&str| line.contains("CNI-DN-") || line.contains("CNI-HOSTPORT-");
    text.lines().filter(wanted).collect()
}

fn written(settings: &PortMap, host_ip: Option<IpAddr>) -> (String, NetworkBuilder) {
    let mut builder = NetworkBuilder::default();
    let cause = CauseId::default();
    let netns = builder.add_netns("node", cause);
    let id = "cid-pod1-0123456789abcdef";
    let address = "10.244.0.2/24".parse().unwrap();
    let sandbox = Sandbox { id, address, host_device: "cni0", cause };
    let mapping = |(host, container, protocol): (u16, u16, Protocol)| Mapping {
        host_ip,
        host_port: Port(host),
        container_port: Port(container),
        protocol,
        cause,
    };
    write(&mut builder, netns, "podnet", settings, &sandbox, &MAPPINGS.map(mapping));
    (save(&builder.netns(netns).xtables), builder)
}

fn save(xtables: &Xtables) -> String {
    let mut text = String::new();
    write_save(&mut text, xtables, &|_| true).unwrap();
    text
}

/// What was recorded of a case.
macro_rules! recorded {
    ($case:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../tests/fixtures/conformance/cni/",
            $case,
            "/1-after-add/node/iptables-save.txt"
        ))
    };
}

#[rstest]
#[case::usual(recorded!("bridge-portmap"), PortMap::default())]
#[case::marked_by_kube_proxy(
    recorded!("portmap-kubemark"),
    PortMap { external_set_mark_chain: Some(Arc::from("KUBE-MARK-MASQ")), ..PortMap::default() }
)]
#[case::another_bit_and_conditions(
    recorded!("portmap-markbit"),
    PortMap { mark: 1 << 12, conditions: ["!", "-d", "192.0.2.0/24"].map(Arc::from).to_vec(), ..PortMap::default() }
)]
fn as_the_plugin_writes_it(#[case] recorded: &str, #[case] settings: PortMap) {
    let (ours, mut builder) = written(&settings, None);
    assert_eq!(own(&ours), own(recorded));
    let sysctl = builder.netns(NetnsId(0)).sysctls.get("net.ipv4.conf.cni0.route_localnet").unwrap();
    assert_eq!(&*sysctl.value, "1");
}

#[test]
fn an_address_of_the_node_narrows_the_rules() {
    let (text, _) = written(&PortMap::default(), Some("192.168.10.12".parse().unwrap()));
    let rules = own(&text).into_iter().filter(|line| line.starts_with("-A CNI-DN-"));
    assert!(rules.clone().count() == 6 && rules.clone().all(|rule| rule.contains(" -d 192.168.10.12/32 ")), "{text}");
    let (text, _) = written(&PortMap::default(), Some("0.0.0.0".parse().unwrap()));
    assert_eq!(text, written(&PortMap::default(), None).0);
    // An address of the other family is not served.
    let (text, _) = written(&PortMap::default(), Some("fd00::1".parse().unwrap()));
    assert!(!text.contains("-j DNAT"), "{text}");
}

#[test]
fn without_snat_nothing_is_marked() {
    let (text, builder) = written(&PortMap { snat: false, ..PortMap::default() }, None);
    assert!(text.contains("-j DNAT") && !text.contains("MARK") && !text.contains("MASQ"), "{text}");
    assert!(builder.namespaces[0].sysctls.is_empty());
}
