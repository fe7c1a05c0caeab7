//! Labs on the real kernel: what `kubehop lab` writes is built, the probe is sent, and the kernel does what the trace says.
//!
//! Needs root, iproute2, iptables, nftables, tcpdump and python3; without them these tests fail and say so.

mod streams;

use kubehop_tests::{model, read};
use kubernetes::cluster::model::docker::Engine;
use sim_core::lab::LabFile;
use sim_core::model::{Model, Options};
use sim_core::trace::{self, ProbeText};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use web::lab::{Expected, Input};
use web::locale::Lang;

/// Two nodes, a NodePort Service in front of one Pod, a UDP Service, a Service without endpoints, a client.
const SHOP: &str = "\
apiVersion: v1
kind: Node
metadata: {name: node-a}
spec: {podCIDR: 10.244.0.0/24}
status: {addresses: [{type: InternalIP, address: 192.168.10.11}]}
---
apiVersion: v1
kind: Node
metadata: {name: node-b}
spec: {podCIDR: 10.244.1.0/24}
status: {addresses: [{type: InternalIP, address: 192.168.10.12}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {nodeName: node-b, containers: [{name: c, image: c, ports: [{containerPort: 8080}]}]}
status: {podIP: 10.244.1.7}
---
apiVersion: v1
kind: Pod
metadata: {name: echo, labels: {app: echo}}
spec: {nodeName: node-a, containers: [{name: c, image: c, ports: [{containerPort: 7777, protocol: UDP}]}]}
status: {podIP: 10.244.0.8}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {nodeName: node-a, containers: [{name: c, image: c}]}
status: {podIP: 10.244.0.9}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, clusterIP: 10.96.0.20, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}
---
apiVersion: v1
kind: Service
metadata: {name: echo}
spec: {clusterIP: 10.96.0.21, selector: {app: echo}, ports: [{port: 7, targetPort: 7777, protocol: UDP}]}
---
apiVersion: v1
kind: Service
metadata: {name: idle}
spec: {clusterIP: 10.96.0.22, selector: {app: idle}, ports: [{port: 80}]}
";

fn needed() {
    let output = |program: &str, arguments: &[&str]| Command::new(program).args(arguments).output();
    let id = output("id", &["-u"]).expect("id");
    assert_eq!(String::from_utf8_lossy(&id.stdout).trim(), "0", "labs need root: run the tests as root");
    for (program, version) in
        [("ip", "-V"), ("iptables", "-V"), ("nft", "-v"), ("tcpdump", "--version"), ("python3", "-V")]
    {
        assert!(output(program, &[version]).is_ok(), "labs need {program}: tests/run.sh installs it");
    }
}

/// A lab on disk; gone when it is dropped, also when a check fails.
struct Lab {
    folder: PathBuf,
    tag: String,
}

impl Lab {
    fn new(name: &str, files: &[LabFile], tag: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("kubehop-lab-{name}-{}", std::process::id()));
        for file in files {
            let path = folder.join(&file.path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(&path, &file.text).expect("written");
            let mode = if file.executable { 0o755 } else { 0o644 };
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("mode");
        }
        Self { folder, tag: tag.to_owned() }
    }

    /// Runs a script, half a minute at most. Returns its status and output.
    fn run(&self, line: &str) -> (bool, String) {
        let (script, options) = line.split_once(' ').unwrap_or((line, ""));
        let mut command = Command::new("timeout");
        command.arg("30").arg(self.folder.join(script)).args(options.split_whitespace()).current_dir("/");
        let output = command.output().unwrap_or_else(|error| panic!("{script}: {error}"));
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    fn must(&self, line: &str) -> String {
        let (good, text) = self.run(line);
        assert!(good, "{line}:\n{text}");
        text
    }

    /// Namespaces that are this lab's, and whether there are processes that work in its folder.
    fn left(&self) -> (Vec<String>, bool) {
        let mine = namespaces().into_iter().filter(|name| name.starts_with(&format!("{}-", self.tag))).collect();
        let processes = fs::read_dir("/proc").expect("/proc").filter_map(Result::ok);
        let works = processes.filter_map(|entry| fs::read_link(entry.path().join("cwd")).ok());
        (mine, works.into_iter().any(|folder| folder == self.folder))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.run("down.sh");
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn namespaces() -> BTreeSet<String> {
    let entries = fs::read_dir("/run/netns").map(|entries| entries.filter_map(Result::ok).collect::<Vec<_>>());
    entries.unwrap_or_default().iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// What this machine itself has: devices, addresses, routes, rules, forwarding.
fn machine() -> String {
    let commands: [&[&str]; 5] = [
        &["ip", "link"],
        &["ip", "-4", "route", "show", "table", "all"],
        &["ip", "rule"],
        &["nft", "-s", "list", "ruleset"],
        &["sysctl", "net.ipv4.ip_forward", "net.ipv4.conf.all.rp_filter"],
    ];
    let mut all = String::new();
    for command in commands {
        let output = Command::new(command[0]).args(&command[1..]).output().expect(command[0]);
        all.push_str(&String::from_utf8_lossy(&output.stdout));
    }
    all
}

struct Case<'a> {
    name: &'a str,
    from: &'a str,
    to: &'a str,
    proto: &'a str,
    /// What the client must report.
    result: &'a str,
    /// Words of probe.sh, each in one line: all of them must be there, and the lines in this order.
    lines: &'a [&'a [&'a str]],
}

fn check(model: &Model, case: &Case<'_>) {
    needed();
    // Short, and of this process: other tests may run labs at the same time.
    let tag = format!("t{}{}", std::process::id(), case.name);
    let text = ProbeText {
        from: case.from.to_owned(),
        to: case.to.to_owned(),
        proto: Some(case.proto.to_owned()),
        sport: (case.proto != "icmp").then(|| "40123".to_owned()),
        ..ProbeText::default()
    };
    let probe = trace::parse_probe(model, &text).expect("a probe");
    let model = &*trace::model_for(model, &probe);
    let (journey, branches) = (trace::run(model, &probe), trace::branches(model, &probe, 64));
    assert_eq!(journey.client.code(), case.result, "what is simulated");
    let expected = Some(Expected { journey: &journey, branches: &branches });
    let files = web::lab::files(&Input { lang: Lang::En, model, tag: &tag, expected });

    let machine_before = machine();
    let lab = Lab::new(case.name, &files, &tag);
    let (_, refused) = lab.run("probe.sh");
    assert!(refused.contains("run ./up.sh first"), "{refused}");
    lab.must("up.sh");
    lab.must("up.sh");
    assert_eq!(lab.left().0.len(), model.site.network.len());
    // The second run sends from another port, so that the nat table is asked again.
    for line in ["probe.sh", "probe.sh --all --full"] {
        let output = lab.must(line);
        assert_eq!(missed(&output), Some(0), "{}\n{output}", case.name);
        assert!(!output.contains("of 0 expected") || journey.legs.is_empty(), "{output}");
        assert!(output.lines().any(|line| line.contains("client:") && line.contains(case.result)), "{output}");
        let mut rest = output.lines();
        for words in case.lines {
            let found = rest.any(|line| words.iter().all(|word| line.contains(&word.replace("NS", &tag))));
            assert!(found, "{}: no line with {words:?}, or not in this order, in\n{output}", case.name);
        }
    }
    assert_eq!(machine(), machine_before, "nothing of this machine was changed");
    lab.must("down.sh");
    assert_eq!(lab.left(), (Vec::new(), false), "namespaces and processes are gone");
    assert!(!lab.folder.join("run").exists(), "so are the files");
    lab.must("down.sh");
}

#[test]
fn a_service_by_name() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/scenarios/first-service.yaml");
    let model = model(&[("first-service.yaml", &read(&path))], &Options::default());
    check(
        &model,
        &Case {
            name: "s",
            from: "pod/default/client",
            to: "web:80",
            proto: "tcp",
            result: "ok",
            lines: &[
                &["== name resolution"],
                &["client:", "question 1: web.default.svc.cluster.local. A to 10.96.0.10", "NOERROR 10.96.0.11"],
                &["client:", "question 2: web.default.svc.cluster.local. AAAA to 10.96.0.10", "NOERROR"],
                &[
                    "server:",
                    "NS-pod-kube-system-coredns-",
                    "is asked by 10.244.0.10:",
                    "web.default.svc.cluster.local. A: NOERROR",
                ],
                &["= NS-pod-default-client", "eth0", "out", "> 10.96.0.10:53", "A? web.default.svc.cluster.local."],
                &["= NS-pod-kube-system-coredns-", "eth0", "in", ":53", "A? web.default.svc.cluster.local."],
                &["= NS-pod-default-client", "eth0", "in", "10.96.0.10:53 >", "A 10.96.0.11"],
                &["= NS-pod-default-client", "eth0", "out", "> 10.96.0.11:80", "TCP SYN"],
                &["NS-pod-default-web-", "eth0", "in", ":8080", "TCP SYN"],
                &["NS-pod-default-client", "eth0", "in", "10.96.0.11:80 >", "TCP SYN,ACK"],
                &["== rules in NS-node-a"],
                &["nat PREROUTING", "-> KUBE-SERVICES"],
                &["nat KUBE-SERVICES", "10.96.0.11", "-> KUBE-SVC-"],
                &["nat KUBE-SEP-", "dnat to 10.244.", ":8080"],
                &["conntrack in NS-node-a"],
                &["dst=10.96.0.11"],
                &["server:", "NS-pod-default-web-", "sees 10.244.0.10"],
            ],
        },
    );
}

/// The shop with name servers, or without any Pod behind their Service.
fn shop_with_dns(pods: &str) -> Model {
    let dns = format!(
        "{SHOP}---
apiVersion: v1
kind: Service
metadata: {{name: kube-dns, namespace: kube-system}}
spec: {{clusterIP: 10.96.0.10, selector: {{k8s-app: kube-dns}}, ports: [{{port: 53, protocol: UDP}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: shop}}
spec: {{type: ExternalName, externalName: web.default.svc.cluster.local}}
---
apiVersion: v1
kind: Pod
metadata: {{name: own}}
spec:
  nodeName: node-a
  containers: [{{name: c, image: c}}]
  dnsPolicy: None
  dnsConfig: {{nameservers: [10.244.0.99, 10.96.0.10], searches: [svc.cluster.local], options: [{{name: ndots, value: \"2\"}}]}}
status: {{podIP: 10.244.0.10}}
---
apiVersion: v1
kind: Pod
metadata: {{name: alone}}
spec: {{nodeName: node-a, dnsPolicy: Default, containers: [{{name: c, image: c}}]}}
status: {{podIP: 10.244.0.11}}
{pods}"
    );
    model(&[("shop.yaml", &dns)], &Options::default())
}

/// Two CoreDNS Pods, one on each node.
const COREDNS: &str = "---
apiVersion: v1
kind: Pod
metadata: {name: coredns-a, namespace: kube-system, labels: {k8s-app: kube-dns}}
spec: {nodeName: node-a, containers: [{name: c, image: coredns, ports: [{containerPort: 53, protocol: UDP}]}]}
status: {podIP: 10.244.0.53}
---
apiVersion: v1
kind: Pod
metadata: {name: coredns-b, namespace: kube-system, labels: {k8s-app: kube-dns}}
spec: {nodeName: node-b, containers: [{name: c, image: coredns, ports: [{containerPort: 53, protocol: UDP}]}]}
status: {podIP: 10.244.1.53}
";

#[test]
fn a_name_that_is_nowhere() {
    check(
        &shop_with_dns(COREDNS),
        &Case {
            name: "x",
            from: "pod/default/client",
            to: "wab:80",
            proto: "tcp",
            result: "name-not-resolved",
            lines: &[
                &["question 1: wab.default.svc.cluster.local. A", "NXDOMAIN"],
                &["question 3: wab.svc.cluster.local. A", "NXDOMAIN"],
                &["question 5: wab.cluster.local. A", "NXDOMAIN"],
                &["question 7: wab. A", "NXDOMAIN"],
                &["question 8: wab. AAAA", "NXDOMAIN"],
                &["server:", "is asked by 10.244.0.9:", "for wab.default.svc.cluster.local. A: NXDOMAIN"],
                &["= NS-pod-default-client", "eth0", "in", "10.96.0.10:53 >", "NXDomain"],
                &["client:", "name-not-resolved: no name server knows an address"],
                &["server:", "none saw it"],
            ],
        },
    );
}

#[test]
fn another_name_of_a_service_by_the_second_server() {
    check(
        &shop_with_dns(COREDNS),
        &Case {
            name: "c",
            from: "pod/default/own",
            to: "shop.default:80",
            proto: "tcp",
            result: "ok",
            lines: &[
                &["question 1: shop.default.svc.cluster.local. A to 10.244.0.99", "no answer"],
                &["question 2: shop.default.svc.cluster.local. A to 10.96.0.10", "NOERROR 10.96.0.20"],
                &["in", "10.96.0.10:53 >", "CNAME web.default.svc.cluster.local., A 10.96.0.20"],
                &["= NS-pod-default-own", "eth0", "out", "> 10.96.0.20:80", "TCP SYN"],
            ],
        },
    );
}

#[test]
fn name_servers_without_endpoints() {
    check(
        &shop_with_dns(""),
        &Case {
            name: "r",
            from: "pod/default/client",
            to: "web:80",
            proto: "tcp",
            result: "name-not-resolved",
            lines: &[
                &["question 1: web.default.svc.cluster.local. A to 10.96.0.10", "Connection refused"],
                &["= NS-node-a", "out", "10.244.0.1 > 10.244.0.9", "ICMP 10.96.0.10 udp port 53 unreachable"],
                &["filter KUBE-SERVICES", "10.96.0.10", "reject -> drop"],
                &["client:", "name-not-resolved: no name server answered"],
            ],
        },
    );
}

#[test]
fn a_pod_that_asks_the_nodes_resolver() {
    check(
        &shop_with_dns(COREDNS),
        &Case {
            name: "l",
            from: "pod/default/alone",
            to: "web:80",
            proto: "tcp",
            result: "name-not-resolved",
            // The gateway answers, and knows no Service.
            lines: &[
                &["client:", "question 1: web. A to 192.168.10.1", "NXDOMAIN"],
                &["server:", "NS-net-gateway", "is asked by 192.168.10.11:", "web. A: NXDOMAIN"],
                &["client:", "name-not-resolved: no name server knows an address"],
            ],
        },
    );
}

#[test]
fn a_node_port_from_another_node() {
    check(
        &model(&[("shop.yaml", SHOP)], &Options::default()),
        &Case {
            name: "n",
            from: "node/node-a",
            to: "192.168.10.12:30080",
            proto: "tcp",
            result: "ok",
            lines: &[
                &["NS-node-a", "eth0", "out", "192.168.10.11:401", "> 192.168.10.12:30080"],
                &["NS-pod-default-web", "eth0", "in", "> 10.244.1.7:8080"],
                &["NS-node-a", "eth0", "in", "192.168.10.12:30080 >", "SYN,ACK"],
                &["== rules in NS-node-b"],
                &["KUBE-NODEPORTS", "30080"],
                &["nat KUBE-MARK-MASQ", "0x4000"],
                &["dnat to 10.244.1.7:8080"],
                &["masquerade"],
                &["server:", "sees 10.244.1.1:"],
            ],
        },
    );
}

#[test]
fn a_node_port_from_outside() {
    check(
        &model(&[("shop.yaml", SHOP)], &Options::default()),
        &Case {
            name: "o",
            from: "external/198.51.100.52",
            to: "192.168.10.11:30080",
            proto: "tcp",
            result: "ok",
            lines: &[
                &["NS-net-outside", "eth0", "out", "198.51.100.52:401", "> 192.168.10.11:30080"],
                &["NS-pod-default-web", "eth0", "in", "> 10.244.1.7:8080"],
                &["NS-net-outside", "eth0", "in", "192.168.10.11:30080 >", "SYN,ACK"],
                &["== rules in NS-node-a"],
                &["KUBE-NODEPORTS", "30080"],
                &["server:", "sees 192.168.10.11:"],
            ],
        },
    );
}

/// A Service that MetalLB gives an address, one that a cloud does: `balancer` is the part of the Scenario and MetalLB's objects.
fn balanced(balancer: &str) -> Model {
    let front = "---\napiVersion: v1\nkind: Service\nmetadata: {name: front}\nspec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}\n";
    model(&[("shop.yaml", &format!("{SHOP}{front}---\n{balancer}"))], &Options::default())
}

/// Nobody has the address of a load balancer: a process answers ARP for it.
#[test]
fn an_address_that_a_speaker_answers_for() {
    let pool = "apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: lan, namespace: metallb-system}\nspec: {addresses: [192.168.10.240-192.168.10.249]}\n---\n\
                apiVersion: metallb.io/v1beta1\nkind: L2Advertisement\nmetadata: {name: lan, namespace: metallb-system}\n";
    check(
        &balanced(pool),
        &Case {
            name: "m",
            from: "external",
            to: "192.168.10.240:80",
            proto: "tcp",
            result: "ok",
            lines: &[
                &["NS-net-outside", "eth0", "out", "> 192.168.10.240:80"],
                &["NS-pod-default-web", "eth0", "in", "> 10.244.1.7:8080"],
                &["NS-net-outside", "eth0", "in", "192.168.10.240:80 >", "SYN,ACK"],
            ],
        },
    );
}

/// The gateway has two next hops to the address of a cloud's load balancer.
#[test]
fn an_address_with_two_next_hops() {
    check(
        &balanced("apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {name: c}\nloadBalancer: cloud\n"),
        &Case {
            name: "c",
            from: "external",
            to: "203.0.113.200:80",
            proto: "tcp",
            result: "ok",
            lines: &[
                &["NS-net-outside", "eth0", "out", "> 203.0.113.200:80"],
                &["NS-pod-default-web", "eth0", "in", "> 10.244.1.7:8080"],
                &["NS-net-outside", "eth0", "in", "203.0.113.200:80 >", "SYN,ACK"],
            ],
        },
    );
}

/// A machine of a Scenario hands connections on to node ports, in turn.
#[test]
fn a_proxy_before_node_ports() {
    let front = "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {name: p}\nhosts:\n- {name: user, address: 192.168.10.61}\n\
                 - {name: front, address: 192.168.10.60, proxy: [{listen: 80, to: [\"192.168.10.11:30080\", \"192.168.10.12:30080\"]}]}\n";
    check(
        &model(&[("shop.yaml", &format!("{SHOP}---\n{front}"))], &Options::default()),
        &Case {
            name: "x",
            from: "host/user",
            to: "192.168.10.60:80",
            proto: "tcp",
            result: "ok",
            lines: &[
                &["NS-host-user", "eth0", "out", "> 192.168.10.60:80"],
                &["NS-host-front", "eth0", "out", "192.168.10.60:", ":30080"],
                &["NS-pod-default-web", "eth0", "in", "> 10.244.1.7:8080"],
            ],
        },
    );
}

#[test]
fn a_port_nobody_listens_on() {
    check(
        &model(&[("shop.yaml", SHOP)], &Options::default()),
        &Case {
            name: "p",
            from: "pod/default/client",
            to: "pod/default/web:9999",
            proto: "tcp",
            result: "refused",
            lines: &[
                &["NS-pod-default-web", "eth0", "in", "> 10.244.1.7:9999", "TCP SYN"],
                &["NS-pod-default-client", "eth0", "in", "10.244.1.7:9999 >", "TCP RST,ACK"],
                &["server:", "none saw it"],
            ],
        },
    );
}

#[test]
fn a_service_without_endpoints() {
    check(
        &model(&[("shop.yaml", SHOP)], &Options::default()),
        &Case {
            name: "e",
            from: "pod/default/client",
            to: "svc/default/idle:80",
            proto: "tcp",
            result: "refused",
            lines: &[
                &["NS-node-a", "out", "10.244.0.1 > 10.244.0.9", "ICMP 10.96.0.22 tcp port 80 unreachable"],
                &["== rules in NS-node-a"],
                &["filter KUBE-SERVICES", "10.96.0.22", "reject -> drop"],
            ],
        },
    );
}

#[test]
fn datagrams_and_their_answer() {
    check(
        &model(&[("shop.yaml", SHOP)], &Options::default()),
        &Case {
            name: "u",
            from: "pod/default/client",
            to: "svc/default/echo:7",
            proto: "udp",
            result: "ok",
            lines: &[
                &["NS-pod-default-echo", "eth0", "in", "> 10.244.0.8:7777", "UDP"],
                &["NS-pod-default-client", "eth0", "in", "10.96.0.21:7 >", "UDP"],
                &["dnat to 10.244.0.8:7777"],
                &["server:", "NS-pod-default-echo udp 7777 sees 10.244.0.9:401"],
            ],
        },
    );
}

#[test]
fn an_answer_that_the_bridge_hides_from_conntrack() {
    check(
        &model(&[("shop.yaml", SHOP)], &Options { bridge_nf: Some(false), ..Options::default() }),
        &Case {
            name: "b",
            from: "pod/default/client",
            to: "svc/default/echo:7",
            proto: "udp",
            result: "timeout",
            lines: &[
                &["NS-pod-default-client", "eth0", "in", "10.244.0.8:7777 >", "UDP"],
                &["dnat to 10.244.0.8:7777"],
                &["[UNREPLIED]"],
                &["server:", "NS-pod-default-echo udp 7777 sees 10.244.0.9:401"],
            ],
        },
    );
}

#[test]
fn an_address_nobody_has() {
    check(
        &model(&[("shop.yaml", SHOP)], &Options::default()),
        &Case {
            name: "a",
            from: "pod/default/client",
            to: "10.244.0.99:80",
            proto: "tcp",
            result: "error:EHOSTUNREACH",
            lines: &[&["NS-pod-default-client", "ARP Request who-has 10.244.0.99"], &["client:", "No route to host"]],
        },
    );
}

#[test]
fn a_lab_leaves_another_one_alone() {
    needed();
    let model = model(&[("shop.yaml", SHOP)], &Options::default());
    let tag = format!("t{}x", std::process::id());
    let files = web::lab::files(&Input { lang: Lang::En, model: &model, tag: &tag, expected: None });
    assert!(!files.iter().any(|file| file.path == "probe.sh"), "nothing is asked, so nothing is sent");
    let (first, second) = (Lab::new("first", &files, &tag), Lab::new("second", &files, &tag));
    first.must("up.sh");
    let (good, text) = second.run("up.sh");
    assert!(!good && text.contains("already, of another lab"), "{text}");
    second.must("down.sh");
    let (mine, served) = first.left();
    assert!(mine.len() == model.site.network.len() && served, "the first one is still there");
    first.must("down.sh");
    second.must("up.sh");
}

/// How many of the sightings that were expected are missing, as probe.sh counts them: `29 of 29 expected sightings were seen`.
fn missed(output: &str) -> Option<u32> {
    let (counts, _) = output.split_once(" expected sightings were seen")?;
    let (seen, expected) = counts.rsplit("; ").next()?.split_once(" of ")?;
    Some(expected.parse::<u32>().ok()? - seen.parse::<u32>().ok()?)
}

/// A Docker host with two networks, and what is around it.
fn docker() -> Model {
    let project = "\
name: shop
services:
  web: {image: nginx, ports: [\"8080:80\"], networks: [front]}
  api: {image: node, expose: [\"3000\"], networks: {front: {}, back: {aliases: [backend]}}}
  db: {image: postgres, networks: [back]}
networks: {front: {}, back: {}}
";
    let around = "\
apiVersion: kubehop.dev/v1alpha1
kind: Scenario
metadata: {name: around}
segments: [{name: office, cidr: 192.168.10.0/24, attach: [box]}]
routers: [{name: home, on: {office: 192.168.10.1}, internet: true, nat: true}]
hosts: [{name: box, address: 192.168.10.11, docker: {version: \"29\"}}]
internet: [{name: example.com, address: 203.0.113.80, listen: [80]}]
";
    model(&[("compose.yaml", project), ("around.yaml", around)], &Options::default())
}

#[test]
fn a_container_by_its_alias() {
    check(
        &docker(),
        &Case {
            name: "d",
            from: "container/db",
            to: "backend:3000",
            proto: "tcp",
            result: "ok",
            lines: &[
                &["client:", "question 1: backend. A to 127.0.0.11", "NOERROR 172."],
                &["server:", "NS-container-db", "is asked by 127.0.0.1:", "backend. A: NOERROR"],
                &["NS-container-api", "in", ":3000", "TCP SYN"],
                &["== rules in NS-container-db"],
                &["DOCKER_OUTPUT", "dnat to 127.0.0.11:"],
                &["server:", "NS-container-api tcp 3000 sees 172."],
            ],
        },
    );
}

#[test]
fn a_published_port_by_docker_proxy() {
    check(
        &docker(),
        &Case {
            name: "p",
            from: "host/box",
            to: "127.0.0.1:8080",
            proto: "tcp",
            result: "ok",
            lines: &[
                &["NS-host-box", "lo", "127.0.0.1:8080", "TCP SYN"],
                &["NS-container-web", "in", ":80", "TCP SYN"],
                &["client:", "ok", "NS-container-web sees 172."],
            ],
        },
    );
}

#[test]
fn a_published_port_of_a_virtual_machine() {
    let project = "services: {web: {image: nginx, ports: ['127.0.0.1:8080:80']}}";
    let around = "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {name: a}\nhosts: [{name: box, address: 192.168.10.11, docker: {version: \"29\", desktop: true}}]";
    let model = model(&[("compose.yaml", project), ("around.yaml", around)], &Options::default());
    let case = Case {
        name: "v",
        from: "host/box",
        to: "127.0.0.1:8080",
        proto: "tcp",
        result: "ok",
        lines: &[
            &["NS-host-box", "lo", "127.0.0.1:8080", "TCP SYN"],
            &["NS-vm-box", "eth0", "192.168.65.1", "192.168.65.3:8080", "TCP SYN"],
            &["client:", "ok", "NS-container-web sees 192.168.65.1"],
        ],
    };
    check(&model, &case);
}

#[test]
fn a_name_that_dockers_resolver_asks_another_server_for() {
    let project = "services: {web: {image: nginx}, told: {image: nginx, dns: [192.168.10.1]}}";
    let around = "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {name: a}\nrouters: [{name: home, on: {lan: 192.168.10.1}}]\nsegments: [{name: lan, cidr: 192.168.10.0/24, attach: [box, laptop]}]\nhosts: [{name: box, address: 192.168.10.11, docker: {}}, {name: laptop, address: 192.168.10.50, listen: [90]}]";
    for (name, from, docker) in
        [("a", "container/web", Engine::V29), ("b", "container/told", Engine::V29), ("c", "container/web", Engine::V20)]
    {
        let options = Options { docker: Some(docker), ..Options::default() };
        let model = model(&[("compose.yaml", project), ("around.yaml", around)], &options);
        let own = match name {
            "a" => "NS-host-box",
            _ => "NS-container",
        };
        let case = Case {
            name,
            from,
            to: "laptop:90",
            proto: "tcp",
            result: "ok",
            lines: &[
                &["server:", "NS-container", "asks others"],
                &["server:", "NS-router-home", "is asked by 192.168.10.11", "laptop. A: NOERROR"],
                &["=", own, "out", "> 192.168.10.1:53"],
                &["= NS-router-home", "in", "192.168.10.11:", "> 192.168.10.1:53"],
            ],
        };
        check(&model, &case);
    }
}

#[test]
fn services_of_the_machine_around_a_virtual_machine() {
    let project = "services: {web: {image: nginx}}";
    let around = "apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {name: a}\nhosts: [{name: box, address: 192.168.10.11, listen: [3000], docker: {version: \"29\", desktop: true}}]";
    let model = model(&[("compose.yaml", project), ("around.yaml", around)], &Options::default());
    for (name, to, sees) in [("l", "192.168.65.254:3000", "127.0.0.1:"), ("o", "192.168.10.11:3000", "192.168.10.11:")]
    {
        let server = format!("NS-host-box sees {sees}");
        let case =
            Case { name, from: "container/web", to, proto: "tcp", result: "ok", lines: &[&["client:", "ok", &server]] };
        check(&model, &case);
    }
}

#[test]
fn a_server_of_the_internet_behind_a_router_that_translates() {
    check(
        &docker(),
        &Case {
            name: "i",
            from: "container/web",
            to: "203.0.113.80:80",
            proto: "tcp",
            result: "ok",
            lines: &[
                &["= NS-router-home", "eth0", "in", "192.168.10.11:", "> 203.0.113.80:80", "TCP SYN"],
                &["= NS-router-home", "eth1", "out", "198.51.100.1:", "> 203.0.113.80:80", "TCP SYN"],
                &["nat POSTROUTING", "masquerade"],
                &["server:", "NS-host-example.com tcp 80 sees 198.51.100.1:"],
            ],
        },
    );
}
