//! What Compose files come to.

use crate::budget::{Allowance, Budget};
use crate::cluster::model::docker::{DockerHost, Engine, FirewallBackend, Mode};
use crate::cluster::{Besides, Decided, Options, decide, decide_until};
use crate::diagnostic::{Diagnostic, codes};
use crate::manifest::{Limits, SourceText, parse};
use rstest::rstest;
use std::fmt::Write;

fn decided_with(files: &[(&str, &str)], options: &Options) -> Decided {
    let texts: Vec<SourceText> = files.iter().map(|(name, text)| SourceText::found(*name, *text)).collect();
    let parsed = parse(&texts, &Limits::default());
    assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    let decided = decide(&parsed, options);
    decided.diagnostics.iter().for_each(check_arguments);
    decided
}

fn check_arguments(found: &Diagnostic) {
    let info = codes::ALL.iter().find(|info| info.code == found.code).unwrap();
    assert_eq!(info.severity, found.severity, "{found:?}");
    assert!(info.args.iter().all(|arg| found.args.contains_key(arg)), "{found:?}");
}

fn decided(files: &[(&str, &str)]) -> Decided {
    decided_with(files, &Options::default())
}

fn compose(text: &str) -> Decided {
    decided(&[("shop/compose.yaml", text)])
}

fn host(decided: &Decided) -> &DockerHost {
    &decided.cluster.docker[0]
}

/// Networks but for the default bridge, and containers, one a line.
fn shown(host: &DockerHost) -> String {
    let mut text = String::new();
    for network in &host.networks[1..] {
        let _ = write!(text, "{} {} {}", network.name, network.subnet, network.gateway);
        let options =
            [("internal", network.internal), ("no-icc", !network.icc), ("no-masquerade", !network.masquerade)];
        options.iter().filter(|(_, on)| *on).for_each(|(name, _)| text += &format!(" {name}"));
        text.push('\n');
    }
    for container in &host.containers {
        let _ = write!(text, "{}", container.name);
        match &container.mode {
            Mode::Networks(all) => {
                for on in all {
                    let name = &host.networks[on.network as usize].name;
                    let _ = write!(text, " {name}={}{}", on.ip, if on.default_route { "*" } else { "" });
                }
            }
            Mode::None => text += " none",
            Mode::Host => text += " host",
            Mode::Container(at) => text += &format!(" in:{}", host.containers[*at as usize].name),
        }
        for port in &container.ports {
            let _ = write!(text, " {}:{}->{}/{}", port.host_ip, port.host_port, port.container_port, port.protocol);
        }
        text.push('\n');
    }
    text
}

fn found(decided: &Decided) -> Vec<&str> {
    decided.diagnostics.iter().map(|found| found.code).collect()
}

fn check(text: &str, expected: &str, findings: &[&str]) {
    let decided = compose(text);
    let expected: String = expected.trim().lines().map(|line| format!("{}\n", line.trim())).collect();
    assert_eq!(shown(host(&decided)), expected, "{text}");
    assert_eq!(found(&decided), findings, "{text}\n{:?}", decided.diagnostics);
}

#[test]
fn no_cluster_stands_around_a_compose_file() {
    let decided = compose("services: {web: {image: nginx, ports: ['8080:80']}}");
    let cluster = &decided.cluster;
    assert!(cluster.nodes.is_empty() && cluster.pods.is_empty() && cluster.services.is_empty());
    assert_eq!(cluster.segments.len(), 1);
    assert_eq!(
        (cluster.segments[0].cidr.to_string(), cluster.segments[0].gateway.to_string()),
        ("192.168.10.0/24".into(), "192.168.10.1".into())
    );
    let codes: Vec<&str> = cluster.assumptions.iter().map(|made| made.code).collect();
    assert_eq!(codes, ["docker-host", "docker-version"]);
    let host = host(&decided);
    assert_eq!((&*host.name, host.ip.to_string(), host.engine), ("docker", "192.168.10.11".into(), Engine::V29));
    assert_eq!((&*host.networks[0].bridge, host.networks[0].subnet.to_string()), ("docker0", "172.17.0.0/16".into()));
    assert_eq!(host.networks[1].bridge.len(), 15);
    let web = &host.containers[0];
    assert_eq!(web.listening.list(), "80");
    assert!(web.attachments()[0].mac.is_none(), "random since engine 28");
    assert_eq!(web.attachments()[0].aliases.iter().map(|name| &**name).collect::<Vec<_>>(), ["shop-web-1", "web"]);
}

#[test]
fn a_cluster_and_a_project_stand_side_by_side() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: nginx}]}\n";
    let decided = decided(&[("compose.yaml", "services: {web: {image: nginx}}"), ("pod.yaml", pod)]);
    assert_eq!(decided.cluster.nodes.len(), 3);
    assert_eq!(host(&decided).ip.to_string(), "192.168.10.14", "nodes have those before");
    assert_eq!(
        shown(host(&decided)),
        "default_default 172.18.0.0/16 172.18.0.1\ndefault-web-1 default_default=172.18.0.2*\n"
    );
}

#[rstest]
// Networks as they are declared, the implied one last; containers behind those they need.
#[case("services:\n  web: {image: a, depends_on: [db]}\n  db: {image: a, networks: [back]}\nnetworks: {back: {}}",
    "shop_back 172.18.0.0/16 172.18.0.1\nshop_default 172.19.0.0/16 172.19.0.1\nshop-db-1 shop_back=172.18.0.2*\nshop-web-1 shop_default=172.19.0.2*", &["docker-depends-on"])]
// The lowest name is eth0 and leads out; one without a way out comes last.
#[case("services:\n  web: {image: a, networks: [z, a, i]}\nnetworks: {z: {}, a: {}, i: {name: aa, internal: true}}",
    "shop_z 172.18.0.0/16 172.18.0.1\nshop_a 172.19.0.0/16 172.19.0.1\naa 172.20.0.0/16 172.20.0.1 internal\nshop-web-1 shop_a=172.19.0.2* shop_z=172.18.0.2 aa=172.20.0.2", &[])]
#[case("services:\n  web: {image: a, networks: {z: {gw_priority: 1}, a: }}\nnetworks: {z: {}, a: {}}",
    "shop_z 172.18.0.0/16 172.18.0.1\nshop_a 172.19.0.0/16 172.19.0.1\nshop-web-1 shop_z=172.18.0.2* shop_a=172.19.0.2", &[])]
// Modes.
#[case("services:\n  a: {image: a, network_mode: host}\n  b: {image: a, network_mode: none}\n  c: {image: a, network_mode: bridge}\n  d: {image: a, network_mode: 'service:c'}\n  e: {image: a, network_mode: 'container:shop-d-1'}",
    "shop-a-1 host\nshop-b-1 none\nshop-c-1 bridge=172.17.0.2*\nshop-d-1 in:shop-c-1\nshop-e-1 in:shop-c-1", &["compose-not-ordered"])]
// By a container's name: whatever the order in the file; not by the name of the service that makes it, and no start for whom nobody wants.
#[case("services:\n  a: {image: a, network_mode: 'container:own', depends_on: [b]}\n  b: {image: a, container_name: own}\n  c: {image: a, network_mode: 'container:shop-z-1'}\n  d: {image: a, network_mode: 'container:b'}\n  e: {image: a, network_mode: 'container:f-1'}\n  f: {image: a, profiles: [x], container_name: f-1}\n  z: {image: a, depends_on: [c]}",
    "shop_default 172.18.0.0/16 172.18.0.1\nown shop_default=172.18.0.2*\nshop-a-1 in:own\nshop-z-1 shop_default=172.18.0.3*",
    &["compose-profile", "compose-not-ordered", "docker-no-start", "docker-no-start", "docker-no-start"])]
// Replicas, and ports of a range for them.
#[case("services:\n  web: {image: a, scale: 2, ports: ['8100-8101:80']}\n  job: {image: a, deploy: {replicas: 0}}",
    "shop_default 172.18.0.0/16 172.18.0.1\nshop-web-1 shop_default=172.18.0.2* 0.0.0.0:8100->80/tcp\nshop-web-2 shop_default=172.18.0.3* 0.0.0.0:8101->80/tcp", &[])]
// What is fixed comes before what is picked.
#[case("services:\n  web: {image: a, ports: ['7000', '32768:80', 127.0.0.1:53:53/udp, '9000-9001:9000-9001', {target: 1, published: 2, host_ip: 10.0.0.1, protocol: udp}]}",
    "shop_default 172.18.0.0/16 172.18.0.1\nshop-web-1 shop_default=172.18.0.2* 0.0.0.0:32769->7000/tcp 0.0.0.0:32768->80/tcp 127.0.0.1:53->53/udp 0.0.0.0:9000->9000/tcp 0.0.0.0:9001->9001/tcp 10.0.0.1:2->1/udp", &[])]
// Options of a network.
#[case("services: {web: {image: a, ports: ['80:80']}}\nnetworks: {default: {name: own, driver_opts: {com.docker.network.bridge.enable_icc: 'false', com.docker.network.bridge.enable_ip_masquerade: 'false', com.docker.network.bridge.host_binding_ipv4: 127.0.0.1}}}",
    "own 172.18.0.0/16 172.18.0.1 no-icc no-masquerade\nshop-web-1 own=172.18.0.2* 127.0.0.1:80->80/tcp", &[])]
// Addresses that are said.
#[case("services:\n  a: {image: a, networks: {n: {ipv4_address: 10.5.0.2}}}\n  b: {image: a, networks: [n]}\nnetworks: {n: {ipam: {config: [{subnet: 10.5.0.0/24, gateway: 10.5.0.254, aux_addresses: {x: 10.5.0.1}}]}}}",
    "shop_n 10.5.0.0/24 10.5.0.254\nshop-a-1 shop_n=10.5.0.2*\nshop-b-1 shop_n=10.5.0.3*", &[])]
#[case("services:\n  a: {image: a}\n  b: {image: a, networks: {default: {ipv4_address: 172.18.0.2}}}\n  c: {image: a, networks: {default: {ipv4_address: 10.0.0.1}}}",
    "shop_default 172.18.0.0/16 172.18.0.1\nshop-a-1 shop_default=172.18.0.2*", &["docker-address-taken", "docker-address-outside"])]
// A port of the host that is taken: the second container does not start, nor who shares its namespace; its address is free again.
#[case("services:\n  a: {image: a, ports: ['80:80']}\n  b: {image: a, ports: ['1:1', '127.0.0.1:80:80']}\n  c: {image: a, network_mode: 'service:b'}\n  d: {image: a, ports: ['1:1', '80:80/udp']}",
    "shop_default 172.18.0.0/16 172.18.0.1\nshop-a-1 shop_default=172.18.0.2* 0.0.0.0:80->80/tcp\nshop-d-1 shop_default=172.18.0.3* 0.0.0.0:1->1/tcp 0.0.0.0:80->80/udp", &["docker-port-taken", "docker-no-start"])]
#[case("services:\n  a: {image: a, ports: ['127.0.0.1:80:80']}\n  b: {image: a, ports: ['192.168.10.11:80:80']}",
    "shop_default 172.18.0.0/16 172.18.0.1\nshop-a-1 shop_default=172.18.0.2* 127.0.0.1:80->80/tcp\nshop-b-1 shop_default=172.18.0.3* 192.168.10.11:80->80/tcp", &[])]
// Ports that are not published.
#[case("services:\n  a: {image: a, network_mode: host, ports: ['80:80']}\n  b: {image: a, network_mode: none, ports: ['81:80']}\n  c: {image: a, networks: [i], ports: ['82:80']}\n  d: {image: a, network_mode: 'service:c', ports: ['83:80']}\nnetworks: {i: {internal: true}}",
    "shop_i 172.18.0.0/16 172.18.0.1 internal\nshop-a-1 host\nshop-b-1 none\nshop-c-1 shop_i=172.18.0.2", &["docker-port-unpublished"; 4])]
// What Compose refuses, and what it does not do.
#[case("services:\n  a: {image: a, networks: [x]}\n  b: {image: a, depends_on: [x], network_mode: host, networks: [n]}\n  c: {image: a, depends_on: [d]}\n  d: {image: a, depends_on: [c]}\n  e: {image: a, profiles: [debug]}\nnetworks: {n: {}}",
    "shop_default 172.18.0.0/16 172.18.0.1\nshop-b-1 host\nshop-d-1 shop_default=172.18.0.2*\nshop-c-1 shop_default=172.18.0.3*",
    &["compose-profile", "compose-unknown-service", "compose-cycle", "compose-unused-network", "compose-unknown-network", "compose-mode-and-networks"])]
#[case("services:\n  a: {image: a, container_name: x, scale: 2}\n  b: {image: a, container_name: x}\n  c: {image: a, ports: ['a:b', '1-2:1-3', '[::1]:80:80'], scale: many}",
    "shop_default 172.18.0.0/16 172.18.0.1\nx shop_default=172.18.0.2*\nshop-c-1 shop_default=172.18.0.3*",
    &["compose-name-and-scale", "docker-name-taken", "out-of-range", "compose-port", "compose-port", "docker-ipv6"])]
// Subnets over each other; drivers that are not simulated; names on the default bridge.
#[case("services:\n  a: {image: a, networks: [n, m, v]}\n  b: {image: a, network_mode: bridge, depends_on: [a]}\nnetworks: {n: {ipam: {config: [{subnet: 172.17.5.0/24}]}}, m: {enable_ipv6: true}, v: {driver: macvlan}}",
    "shop_m 172.18.0.0/16 172.18.0.1\nshop-a-1 shop_m=172.18.0.2*\nshop-b-1 bridge=172.17.0.2*",
    &["docker-subnet-taken", "docker-ipv6", "docker-driver", "docker-no-names"])]
fn projects(#[case] text: &str, #[case] expected: &str, #[case] findings: &[&str]) {
    check(text, expected, findings);
}

#[test]
fn files_of_a_folder_are_one_project_and_folders_are_several() {
    let decided = decided(&[
        ("a/compose.override.yaml", "services: {web: {ports: ['81:80'], environment: {B: 2}, image: nginx}}"),
        ("a/compose.yaml", "services: {web: {image: httpd, ports: ['80:80'], environment: {A: 1, B: 1}}}"),
        ("a/docker-compose.yml", "services: {old: {image: nginx}}"),
        (
            "b/compose.yaml",
            "name: Other\nservices: {web: {image: a, networks: [default, shared]}}\nnetworks: {shared: {external: true, name: a_default}, gone: {external: true}}",
        ),
        ("c/compose.yaml", "services: {web: {image: a, networks: [gone]}}\nnetworks: {gone: {external: true}}"),
    ]);
    let expected = "a_default 172.18.0.0/16 172.18.0.1\nother_default 172.19.0.0/16 172.19.0.1\ngone 172.20.0.0/16 172.20.0.1\n\
        a-web-1 a_default=172.18.0.2* 0.0.0.0:80->80/tcp 0.0.0.0:81->80/tcp\nother-web-1 a_default=172.18.0.3* other_default=172.19.0.2\nc-web-1 gone=172.20.0.2*\n";
    assert_eq!(shown(host(&decided)), expected);
    assert_eq!(found(&decided), ["compose-second-file", "compose-unused-network"]);
    let codes: Vec<&str> = decided.cluster.assumptions.iter().map(|made| made.code).collect();
    assert_eq!(
        codes,
        ["docker-host", "docker-version", "compose-merged", "docker-network-order", "docker-external-network"]
    );
    let web = &host(&decided).containers[0];
    assert_eq!(&*web.image, "nginx");
    assert_eq!(web.ports.iter().map(|port| &*port.field).collect::<Vec<_>>(), ["services.web.ports[0]"; 2]);
    assert_eq!(web.ports[1].location.as_ref().map(|at| &*at.file), Some("a/compose.override.yaml"));
}

#[test]
fn who_may_reach_containers_addresses_is_told() {
    let text = "services:\n  a: {image: a}\nnetworks:\n  default: {driver_opts: {com.docker.network.bridge.trusted_host_interfaces: 'eth0:wg0'}}\n  swarm: {driver: overlay}\n  bad: {driver_opts: {com.docker.network.bridge.trusted_host_interfaces: 'a b'}}\n";
    let text = text.replace("image: a}", "image: a, networks: [default, swarm, bad]}");
    let around = |mark: &str| {
        format!(
            "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: a}}\nhosts: [{{name: box, address: 10.1.2.3, docker: {{env: {{DOCKER_INSECURE_NO_IPTABLES_RAW: 1}}, daemon: {{allow-direct-routing: true, bridge-accept-fwmark: {mark}}}}}}}]"
        )
    };
    for (written, mark) in [("0x2/3", Some((2, 3))), ("'010'", Some((8, u32::MAX))), ("two", None)] {
        let decided = decided(&[("shop/compose.yaml", &text), ("around.yaml", &around(written))]);
        let host = host(&decided);
        assert_eq!(host.daemon.accept_mark, mark, "{written}");
        assert!(host.daemon.direct_routing && !host.daemon.raw);
        let trusted: Vec<&str> =
            host.networks.iter().flat_map(|network| &network.trusted).map(|name| &**name).collect();
        assert_eq!(trusted, ["eth0", "wg0"]);
        let found = found(&decided);
        let has = |code: &str| found.iter().any(|one| one.contains(code));
        // A network of a swarm is told, and is not there.
        assert!(has("docker-driver") && has("docker-option"), "{found:?}");
    }
}

#[test]
fn a_daemon_is_told() {
    let daemon = r#"{"icc": false, "userland-proxy": false, "ip": "127.0.0.1", "bip": "10.9.0.1/24", "fixed-cidr": "10.9.0.128/25", "mtu": 1400,
        "default-address-pools": [{"base": "10.200.0.0/16", "size": 24}], "dns": ["10.0.0.2"], "firewall-backend": "nftables", "log-level": "warn"}"#;
    let text = "services:\n  a: {image: a, network_mode: bridge, ports: ['80:80']}\n  b: {image: a}";
    let decided = decided(&[("shop/compose.yaml", text), ("daemon.json", daemon)]);
    let host = host(&decided);
    assert_eq!(
        shown(host),
        "shop_default 10.200.0.0/24 10.200.0.1\nshop-a-1 bridge=10.9.0.128* 127.0.0.1:80->80/tcp\nshop-b-1 shop_default=10.200.0.2*\n"
    );
    assert!(!host.daemon.icc && !host.daemon.userland_proxy && host.daemon.iptables && !host.networks[0].icc);
    assert_eq!((host.networks[0].gateway.to_string(), host.networks[0].mtu), ("10.9.0.1".into(), 1400));
    let said: Vec<&str> = host.daemon.said.keys().copied().collect();
    assert_eq!(said, ["dns", "firewall-backend", "icc", "ip", "userland-proxy"]);
    assert_eq!(host.containers[1].dns.len(), 1);
    assert_eq!(host.daemon.backend, FirewallBackend::Nftables);
    // Nobody says whether forwarding was on before, and this back-end does not turn it on.
    let made = decided.cluster.assumptions.iter().find(|made| made.code == "docker-forwarding").expect("said");
    assert!(
        !made.leans()
            && made.because.as_ref().is_some_and(|because| because.field.as_deref() == Some("firewall-backend"))
    );
    assert!(found(&decided).is_empty());
}

#[test]
fn a_scenario_says_which_machine_it_is() {
    let scenario = "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nhosts:\n\
        - name: box\n  address: 10.1.2.3\n  resolv: [10.1.2.1]\n  listen: [22, {port: 53, protocol: UDP}]\n  sysctl: {net.ipv4.ip_forward: 1}\n  rules: -A INPUT -j ACCEPT\n  docker: {version: 20.10, desktop: true, daemon: {iptables: false}}\n\
        listen:\n- {in: container/web, port: 8080}\n- {in: container/shop-web-2, port: 9090}\n- {in: container/none, port: 1}\n";
    let text = "services: {web: {image: nginx, scale: 2, mac_address: '02:00:00:00:00:09', ports: ['22:80']}, db: {image: redis}}";
    let decided = decided(&[("shop/compose.yaml", text), ("scenario.yaml", scenario)]);
    let host = host(&decided);
    assert_eq!(
        (&*host.name, host.ip.to_string(), host.engine, host.desktop.is_some()),
        ("box", "10.1.2.3".into(), Engine::V20, true)
    );
    assert_eq!(decided.cluster.segments[0].cidr.to_string(), "10.1.2.0/24");
    assert_eq!((host.sockets.len(), host.resolv.len(), host.said.sysctls.len(), host.said.rules.len()), (2, 1, 1, 1));
    assert!(!host.daemon.iptables);
    // The host itself listens on that port.
    assert_eq!(shown(host), "shop_default 172.18.0.0/16 172.18.0.1\nshop-db-1 shop_default=172.18.0.2*\n");
    assert_eq!(
        host.containers[0].attachments()[0].mac.map(|mac| mac.to_string()).as_deref(),
        Some("02:42:ac:12:00:02")
    );
    let codes: Vec<&str> = decided.cluster.assumptions.iter().map(|made| made.code).collect();
    assert_eq!(codes, ["docker-desktop"]);
    assert_eq!(
        found(&decided),
        ["docker-port-taken", "docker-port-taken", "scenario-place", "scenario-place", "scenario-place"]
    );
}

#[test]
fn an_option_wins_over_what_is_said() {
    let options = Options { docker: Some(Engine::V28), ..Options::default() };
    let decided = decided_with(&[("compose.yaml", "services: {web: {image: nginx}}")], &options);
    assert_eq!(host(&decided).engine, Engine::V28);
}

#[test]
fn only_engine_29_writes_rules_of_nftables() {
    let scenario = |version: &str, forward: u8| {
        format!(
            "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nhosts:\n- {{name: box, address: 10.1.2.3, sysctl: {{net.ipv4.ip_forward: {forward}}}, \
             docker: {{version: \"{version}\", daemon: {{firewall-backend: nftables}}}}}}\n"
        )
    };
    let project = ("compose.yaml", "name: p\nservices: {web: {image: nginx}}");
    for (version, forward, backend, assumed, expected) in [
        ("29", 1, FirewallBackend::Nftables, &[][..], &[][..]),
        ("29", 0, FirewallBackend::Nftables, &[], &["docker-forwarding-off"]),
        ("28", 1, FirewallBackend::Iptables, &["docker-nftables"], &[]),
        ("20.10", 0, FirewallBackend::Iptables, &["docker-nftables"], &[]),
    ] {
        let decided = decided(&[project, ("scenario.yaml", &scenario(version, forward))]);
        assert_eq!(host(&decided).daemon.backend, backend, "{version}");
        let codes: Vec<&str> = decided.cluster.assumptions.iter().map(|made| made.code).collect();
        assert_eq!((codes.as_slice(), found(&decided).as_slice()), (assumed, expected), "{version}");
    }
    // What is asked for wins over what is said.
    let options = Options { firewall_backend: Some(FirewallBackend::Iptables), ..Options::default() };
    let decided = decided_with(&[project, ("scenario.yaml", &scenario("29", 0))], &options);
    assert_eq!(host(&decided).daemon.backend, FirewallBackend::Iptables);
    assert!(found(&decided).is_empty());
}

#[test]
fn what_listens_is_weighed_as_in_a_pod() {
    let text = "services:\n  web: {image: 'nginx:1.27', ports: ['80:8080'], expose: [80]}\n  api: {image: own/api, command: ['--port', '9000'], ports: ['81:9000']}\n  \
        env: {image: own/env, environment: {PORT: 3000}}\n  idle: {image: busybox, command: sleep infinity, expose: ['7']}\n  wide: {image: own/x, ports: ['1000-2000:1000-2000']}\n";
    let decided = compose(text);
    let containers = &host(&decided).containers;
    let listening: Vec<(&str, String)> = containers.iter().map(|of| (&*of.service, of.listening.list())).collect();
    let expected = [("web", "80"), ("api", "9000"), ("env", "3000"), ("idle", "–"), ("wide", "–")];
    assert_eq!(listening, expected.map(|(name, ports)| (name, ports.to_owned())));
    let field = |at: usize| {
        containers[at].listening.sockets[0].evidence.iter().map(|of| of.field.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(field(0), ["services.web.expose[0]", "services.web.image"]);
    assert_eq!(field(1), ["services.api.command[0]", "services.api.ports[0]"]);
    assert_eq!(field(2), ["services.env.environment[0]"]);
    assert_eq!(containers[0].listening.unheard.len(), 1, "8080 is published, nginx listens on 80");
}

#[test]
fn names_and_links() {
    let text = "services:\n  db: {image: a, network_mode: bridge, hostname: h}\n  web: {image: a, network_mode: bridge, links: ['db:database'], extra_hosts: ['gw:host-gateway', 'x=10.0.0.9', 'six:[::1]'], dns: 10.0.0.2, dns_search: [a.test]}\n  \
        one: {image: a, hostname: h}\n  two: {image: a, links: [one], networks: {default: {aliases: [second]}}}\n";
    let decided = compose(text);
    let containers = &host(&decided).containers;
    let hosts: Vec<String> = containers[1].extra_hosts.iter().map(|(name, ip)| format!("{name} {ip}")).collect();
    assert_eq!(hosts, ["gw 172.17.0.1", "x 10.0.0.9", "six ::1", "database 172.17.0.2", "shop-db-1 172.17.0.2"]);
    assert_eq!((containers[1].dns.len(), containers[1].search.len()), (1, 1));
    assert!(containers[1].attachments()[0].aliases.is_empty(), "the default bridge has no names");
    let aliases = |at: usize| containers[at].attachments()[0].aliases.join(" ");
    assert_eq!((aliases(2), aliases(3)), ("shop-one-1 one h".to_owned(), "shop-two-1 two second".to_owned()));
    assert_eq!(
        containers[3].link_names.iter().map(|(name, at)| format!("{name} {at}")).collect::<Vec<_>>(),
        ["one 2", "shop-one-1 2"]
    );
    assert!(containers[3].extra_hosts.is_empty() && containers[3].links.is_empty());
    assert_eq!((&containers[1].links[..], containers[1].link_names.len()), (&[0][..], 0));
    assert_eq!((&*containers[0].hostname, containers[1].hostname.len()), ("h", 12));
}

#[test]
fn much_of_it_stays_bounded() {
    let chain: String = (0..10_000)
        .map(|at| format!("  s{at}: {{image: a, depends_on: [s{}], ports: ['80']}}\n", (at + 1) % 10_000))
        .collect();
    let decided = compose(&format!("services:\n{chain}"));
    assert_eq!(host(&decided).containers.len(), 10_000);
    let ports: String =
        (1..100).map(|at| format!("  s{at}: {{image: a, ports: ['127.0.0.{at}:1-65535:1-65535']}}\n")).collect();
    let decided = compose(&format!("services:\n{ports}"));
    assert_eq!(host(&decided).containers.iter().map(|container| container.ports.len()).sum::<usize>(), 65_535);
    let decided = compose("services: {a: {image: a, scale: 4000000000}}");
    assert_eq!(host(&decided).containers.len(), 20_000);
    assert!(found(&decided).contains(&"docker-too-many"));
    let networks: String = (0..3_000).map(|at| format!("  n{at}: {{}}\n")).collect();
    let on: String = (0..3_000).map(|at| format!("n{at},")).collect();
    let decided = compose(&format!("services: {{a: {{image: a, networks: [{on}]}}}}\nnetworks:\n{networks}"));
    assert_eq!(host(&decided).networks.len(), 30);
    // Long lists in two files, names of networks that are all there, and replicas of all that.
    let numbers: Vec<String> = (0..50_000).map(|at| format!("'{}'", at + 1)).collect();
    let list = numbers.join(", ");
    let aliases = numbers.iter().map(|at| format!("a{}", at.trim_matches('\''))).collect::<Vec<_>>().join(", ");
    let text = format!(
        "services: {{a: {{image: a, scale: 300, expose: [{list}], networks: {{default: {{aliases: [{aliases}]}}}}}}}}"
    );
    let decided = decided_with(&[("a/compose.yaml", &text), ("a/compose.override.yaml", &text)], &Options::default());
    assert_eq!(host(&decided).containers.len(), 300);
    assert!(host(&decided).containers[0].attachments()[0].aliases.len() <= 256);
    // A budget ends it.
    let parsed = parse(&[SourceText::given("compose.yaml", text.replace("300", "20000"))], &Limits::default());
    let budget = Budget::of(Allowance { bytes: 100 << 20, ..Allowance::default() });
    let decided = decide_until(&parsed, &Options::default(), Besides::NOTHING, &budget);
    assert!(budget.is_stopped() && host(&decided).containers.len() < 200, "{}", host(&decided).containers.len());
}

/// kind's configuration with these lines.
fn kind(body: &str) -> Decided {
    decided(&[("kind.yaml", &format!("kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n{body}"))])
}

#[test]
fn nodes_of_kind_are_containers_and_a_balancer_stands_before_several_control_planes() {
    let body = "name: dev\nnetworking: {apiServerPort: 7443, apiServerAddress: 0.0.0.0}\nnodes:\n- {role: control-plane}\n- {role: control-plane}\n- {role: worker}\n";
    let decided = kind(body);
    let expected = "\
        kind 172.18.0.0/16 172.18.0.1\n\
        dev-control-plane kind=172.18.0.2* 127.0.0.1:32768->6443/tcp\n\
        dev-control-plane2 kind=172.18.0.3* 127.0.0.1:32769->6443/tcp\n\
        dev-worker kind=172.18.0.4*\n\
        dev-external-load-balancer kind=172.18.0.5* 0.0.0.0:7443->6443/tcp\n";
    assert_eq!(shown(host(&decided)), expected);
    let nodes: Vec<String> = decided.cluster.nodes.iter().map(|node| format!("{} {}", node.name, node.ip)).collect();
    assert_eq!(nodes, ["dev-control-plane 172.18.0.2", "dev-control-plane2 172.18.0.3", "dev-worker 172.18.0.4"]);
    for (at, node) in decided.cluster.nodes.iter().enumerate() {
        let container = decided.cluster.container(node.container.expect("a container")).unwrap();
        assert_eq!(container.node.map(|(node, _)| node.0 as usize), Some(at));
    }
}

#[test]
fn mapped_ports_have_addresses_and_protocols() {
    let body = "nodes:\n- role: control-plane\n  extraPortMappings:\n  - {hostPort: 80, containerPort: 30080}\n  - {hostPort: 53, containerPort: 30053, protocol: UDP, listenAddress: 127.0.0.1}\n  - {containerPort: 30090}\n  - {hostPort: 81, containerPort: 30081, listenAddress: \"::\"}\n";
    let decided = kind(body);
    let ports = "0.0.0.0:80->30080/tcp 127.0.0.1:53->30053/udp 0.0.0.0:32768->30090/tcp 0.0.0.0:81->30081/tcp 127.0.0.1:32769->6443/tcp";
    assert_eq!(
        shown(host(&decided)),
        format!("kind 172.18.0.0/16 172.18.0.1\nkind-control-plane kind=172.18.0.2* {ports}\n")
    );
    assert!(found(&decided).is_empty());
}

#[rstest]
#[case("{hostPort: 80}", "missing-field")]
#[case("{hostPort: 70000, containerPort: 30080}", "invalid-port")]
#[case("{hostPort: 80, containerPort: 0}", "invalid-port")]
#[case("{hostPort: 80, containerPort: 30080, protocol: tcp}", "invalid-choice")]
#[case("{hostPort: 80, containerPort: 30080, listenAddress: here}", "invalid-ip")]
#[case("{hostPort: 80, containerPort: 30080, listenAddress: \"::1\"}", "docker-ipv6")]
#[case("{hostPort: 80, containerPort: 30080}, {hostPort: 80, containerPort: 30081}", "kind-port-taken")]
fn what_is_wrong_with_a_mapping_is_told(#[case] mapping: &str, #[case] code: &str) {
    let decided = kind(&format!("nodes:\n- role: control-plane\n  extraPortMappings: [{mapping}]\n"));
    let codes: Vec<&str> = decided.diagnostics.iter().map(|found| found.code).collect();
    assert_eq!(codes, [code]);
    assert_eq!(decided.cluster.nodes.len(), 1, "the cluster is there");
}

/// Codes of what was found, each with its file or part.
fn told(decided: &Decided) -> Vec<String> {
    let shown = |found: &Diagnostic| {
        let what = ["file", "part", "container", "service"].iter().find_map(|name| found.args.get(*name));
        format!("{} {}", found.code, what.map_or("", String::as_str))
    };
    decided.diagnostics.iter().map(shown).collect()
}

#[test]
fn a_service_is_written_over_what_it_extends() {
    let decided = decided(&[
        (
            "shop/compose.yaml",
            "services:
  web:
    extends: {file: ../common.yaml, service: base}
    ports: ['81:80']
    environment: {B: 2}
  api: {extends: web, ports: !override ['82:80'], networks: !reset null}
networks: {front: {}}
",
        ),
        (
            "common.yaml",
            "services: {base: {extends: {service: root}, ports: ['80:80'], networks: [front]}, root: {image: nginx}}\n",
        ),
    ]);
    assert_eq!(told(&decided), Vec::<String>::new());
    let all = &host(&decided).containers;
    let ports = |at: usize| all[at].ports.iter().map(|port| port.host_port.0).collect::<Vec<_>>();
    assert_eq!(all.iter().map(|of| &*of.name).collect::<Vec<_>>(), ["shop-web-1", "shop-api-1"]);
    assert_eq!((&*all[0].image, &*all[1].image), ("nginx", "nginx"));
    assert_eq!((ports(0), ports(1)), (vec![80, 81], vec![82]));
    let on = |at: usize| &*host(&decided).networks[all[at].attachments()[0].network as usize].name;
    assert_eq!((on(0), on(1)), ("shop_front", "shop_default"));
    // Each port stands where it is written.
    let files = all[0].ports.iter().map(|port| port.location.as_ref().unwrap().file.to_string()).collect::<Vec<_>>();
    assert_eq!(files, ["common.yaml", "shop/compose.yaml"]);
}

#[test]
fn an_included_file_is_part_of_the_project_and_no_project_of_its_own() {
    let decided = decided(&[
        ("shop/compose.yaml", "include: [db/compose.yaml]\nservices: {web: {image: nginx}}\n"),
        ("shop/db/compose.yaml", "services: {db: {image: postgres}, web: {image: httpd}}\n"),
    ]);
    assert_eq!(told(&decided), ["compose-twice services.web"]);
    let names: Vec<&str> = host(&decided).containers.iter().map(|of| &*of.name).collect();
    assert_eq!(names, ["shop-web-1", "shop-db-1"]);
}

#[test]
fn files_that_lead_to_each_other_end() {
    let decided = decided(&[
        ("a/compose.yaml", "include: [../b/compose.yaml]\nservices: {one: {image: nginx}}\n"),
        ("b/compose.yaml", "include: [../a/compose.yaml, gone.yaml]\nservices: {two: {extends: two}}\n"),
    ]);
    let wanted = ["compose-circle compose.yaml", "compose-circle ../a/compose.yaml", "compose-file-missing gone.yaml"];
    assert_eq!(told(&decided), wanted);
    assert_eq!(host(&decided).containers.len(), 2);
}

#[test]
fn what_is_reset_is_gone_and_listed_files_are_the_project() {
    let files = [
        (
            "compose.yaml",
            "services: {web: {image: nginx, ports: ['80:80'], environment: {A: 1}}, old: {image: redis}}\nnetworks: {x: {internal: true}}\n",
        ),
        ("compose.override.yaml", "services: {web: {ports: !reset []}, old: !reset null}\n"),
    ];
    let both = decided(&files);
    let shown = |decided: &Decided| {
        host(decided).containers.iter().map(|of| format!("{} {}", of.service, of.ports.len())).collect::<Vec<_>>()
    };
    assert_eq!(shown(&both), ["web 0"]);
    // `COMPOSE_FILE` says which.
    let one = decided(&[files[0], files[1], (".env", "COMPOSE_FILE=compose.yaml\n")]);
    assert_eq!(shown(&one), ["web 1", "old 0"]);
}
