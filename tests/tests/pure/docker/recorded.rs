//! Cases of a real engine 20.10 on one host: its rules, and who reached whom.

use super::{container, difference, network, origin, save};
use ipnet::{IpNet, Ipv4Net};
use kernel::packet::{Port, Protocol};
use kubehop_tests::{agree, cases, conformance, read};
use kubernetes::assumption::Because;
use kubernetes::cluster::listener::{Bind, Evidence, EvidenceKind, Listener, Listening};
use kubernetes::cluster::model::docker::{Attachment, Container, Daemon, DockerHost, Engine, Mode, Network, Published};
use kubernetes::cluster::model::{Cluster, Host, HostRoute, HostSocket, NodeSaid, NodeSysctl, SegmentId};
use kubernetes::origin::Span;
use serde_json::Value;
use sim_core::agents::Site;
use sim_core::model::Model;
use sim_core::trace::{self, ProbeText};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

fn json(at: &Path) -> Value {
    serde_json::from_str(&read(at)).expect("JSON")
}

fn because() -> Because {
    Because { object: None, field: None, location: None }
}

fn protocol(text: &str) -> Protocol {
    if text == "udp" { Protocol::Udp } else { Protocol::Tcp }
}

fn words(case: &Value, key: &str) -> Vec<String> {
    let list = case[key].as_array().into_iter().flatten();
    list.filter_map(|word| word.as_str().map(str::to_owned)).collect()
}

fn commands(case: &Value) -> Vec<Vec<String>> {
    let all = case["commands"].as_array().expect("commands").iter().filter(|one| one["rc"].as_i64() == Some(0));
    let split = |one: &Value| one["cmd"].as_str().unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    all.map(split).collect()
}

/// `80/tcp`, `9000-9002/tcp`.
fn listening(words: &[String]) -> Listening {
    let mut all = Listening::default();
    for word in words {
        let Some((ports, proto)) = word.split_once('/') else { continue };
        let (from, to) = ports.split_once('-').unwrap_or((ports, ports));
        let (from, to): (u16, u16) = (from.parse().expect("port"), to.parse().expect("port"));
        for port in from..=to {
            let evidence = Evidence {
                kind: EvidenceKind::Command,
                text: word.as_str().into(),
                field: "command".into(),
                object: None,
                location: None,
                span: Span::default(),
            };
            all.sockets.push(Listener {
                container: "c".into(),
                protocol: protocol(proto),
                port: Port(port),
                bind: Bind::Any,
                bound_by: None,
                evidence: vec![evidence],
            });
        }
    }
    all
}

/// The host as it was when its containers were up.
pub(super) fn host(folder: &Path) -> DockerHost {
    let case = json(&folder.join("case.json"));
    let inspect = json(&folder.join("inspect.json"));
    let flags = words(&case, "daemonFlags");
    let has = |flag: &str| flags.iter().any(|have| have == flag);
    let daemon = Daemon {
        icc: !has("--icc=false"),
        userland_proxy: !has("--userland-proxy=false"),
        iptables: !has("--iptables=false"),
        ip_forward: !has("--ip-forward=false"),
        ..Daemon::default()
    };
    let commands = commands(&case);
    let created =
        commands.iter().filter(|words| words.get(1).is_some_and(|word| word == "network") && words[2] == "create");
    let mut names: Vec<String> = vec!["bridge".to_owned()];
    names.extend(created.filter_map(|words| words.last().cloned()));
    for name in inspect["networks"].as_object().expect("networks").keys() {
        if !["bridge", "host", "none"].contains(&name.as_str()) && !names.contains(name) {
            names.push(name.clone());
        }
    }
    // What Compose made stands in no command.
    let subnet = |name: &String| inspect["networks"][name]["IPAM"]["Config"][0]["Subnet"].as_str().map(str::to_owned);
    let composed = !commands.iter().any(|words| words.get(1).is_some_and(|word| word == "run"));
    if composed {
        names.sort_by_key(subnet);
    }
    let networks: Vec<Network> =
        names.iter().map(|name| of_network(name, &inspect["networks"][name], &daemon)).collect();
    let mut order: Vec<String> = Vec::new();
    for words in &commands {
        let name = match words.get(1).map(String::as_str) {
            Some("run") => words.iter().position(|word| word == "--name").and_then(|at| words.get(at + 1)).cloned(),
            Some("start") => words.get(2).cloned(),
            _ => None,
        };
        order.extend(name.filter(|name| !order.contains(name)));
    }
    if composed {
        order = inspect["containers"].as_object().expect("containers").keys().cloned().collect();
        let first = |name: &String| {
            let networks = &inspect["containers"][name]["NetworkSettings"]["Networks"];
            let all = networks.as_object().into_iter().flatten();
            all.filter_map(|(_, of)| of["IPAddress"].as_str()?.parse::<Ipv4Addr>().ok()).min()
        };
        order.sort_by_key(first);
    }
    order.retain(|name| inspect["containers"][name]["state"] == "running");
    let mut containers: Vec<Container> = Vec::new();
    let address = |name: &String| {
        let networks = inspect["containers"][name]["NetworkSettings"]["Networks"].as_object()?;
        let first = networks.values().find_map(|of| of["IPAddress"].as_str()?.parse::<IpAddr>().ok())?;
        Some((name.clone(), first))
    };
    let addresses: BTreeMap<String, IpAddr> = order.iter().filter_map(address).collect();
    for name in &order {
        let of = &inspect["containers"][name];
        let command = commands.iter().find(|words| {
            ["run", "create"].contains(&words[1].as_str())
                && words.windows(2).any(|two| two[0] == "--name" && two[1] == *name)
        });
        let listens: Vec<String> = match command {
            Some(words) => words.iter().skip_while(|word| !word.starts_with("lab/echo")).skip(2).cloned().collect(),
            None if name == "c18_db_1" => ["80/tcp", "80/udp"].map(str::to_owned).to_vec(),
            None => vec!["80/tcp".to_owned()],
        };
        let command = command.map_or(&[][..], Vec::as_slice);
        let made = of_container(name, of, &networks, listening(&listens), command, &order, &addresses);
        containers.push(made);
    }
    let before = words(&case, "before dockerd");
    let sysctls = before.iter().filter_map(|line| line.strip_prefix("sysctl -w ")?.split_once('='));
    let sysctls = sysctls.map(|(name, value)| NodeSysctl {
        name: name.into(),
        value: value.parse().expect("number"),
        because: because(),
    });
    DockerHost {
        name: "docker".into(),
        ip: Ipv4Addr::new(192, 168, 10, 11).into(),
        segment: SegmentId(0),
        engine: Engine::V20,
        desktop: None,
        daemon,
        networks,
        containers,
        resolv: Vec::new(),
        sockets: [Protocol::Tcp, Protocol::Udp]
            .map(|protocol| HostSocket { protocol, port: Port(91), address: None, onward: None, because: because() })
            .to_vec(),
        routes: Vec::new(),
        said: NodeSaid { sysctls: sysctls.collect(), rules: Vec::new() },
        origin: origin("docker"),
    }
}

fn of_network(name: &str, inspect: &Value, daemon: &Daemon) -> Network {
    let options = &inspect["Options"];
    let option = |key: &str| options[&format!("com.docker.network.{key}")].as_str();
    let config = inspect["IPAM"]["Config"].as_array().expect("IPAM");
    let v4 = config.iter().find(|one| one["Subnet"].as_str().is_some_and(|net| !net.contains("::"))).expect("subnet");
    let subnet: Ipv4Net = v4["Subnet"].as_str().expect("subnet").parse().expect("subnet");
    let gateway = v4["Gateway"].as_str().map(|ip| ip.split('/').next().unwrap_or(ip).parse().expect("address"));
    let bridge = match (name, option("bridge.name")) {
        (_, Some(bridge)) => bridge.to_owned(),
        (name, None) => format!("br-{name}"),
    };
    let mut of = network(&bridge, subnet, gateway.unwrap_or_else(|| subnet.hosts().next().expect("host")));
    of.name = name.into();
    of.internal = inspect["Internal"] == true;
    of.icc = if name == "bridge" { daemon.icc } else { option("bridge.enable_icc") != Some("false") };
    of.masquerade = option("bridge.enable_ip_masquerade") != Some("false");
    of.mtu = option("driver.mtu").and_then(|mtu| mtu.parse().ok()).unwrap_or(1500);
    of
}

fn of_container(
    name: &str,
    inspect: &Value,
    networks: &[Network],
    listening: Listening,
    command: &[String],
    order: &[String],
    addresses: &BTreeMap<String, IpAddr>,
) -> Container {
    let settings = &inspect["NetworkSettings"];
    let of_networks = settings["Networks"].as_object().expect("networks");
    let mut attachments: Vec<Attachment> = Vec::new();
    for (network, of) in of_networks {
        let Some(at) = networks.iter().position(|have| *have.name == **network) else { continue };
        let Some(ip) = of["IPAddress"].as_str().and_then(|ip| ip.parse().ok()) else { continue };
        let aliases = of["Aliases"].as_array().into_iter().flatten().filter_map(Value::as_str).map(Arc::from);
        attachments.push(Attachment {
            network: at as u32,
            ip,
            mac: None,
            aliases: aliases.chain([Arc::from(name)]).collect(),
            default_route: false,
        });
    }
    if let Some(first) = attachments.first_mut() {
        first.default_route = true;
    }
    let mut ports = Vec::new();
    for (inner, bound) in settings["Ports"].as_object().into_iter().flatten() {
        let (port, proto) = inner.split_once('/').expect("port");
        for (at, one) in bound.as_array().into_iter().flatten().enumerate() {
            let Ok(host_ip) = one["HostIp"].as_str().unwrap_or_default().parse::<Ipv4Addr>() else { continue };
            ports.push(Published {
                host_ip,
                host_port: Port(one["HostPort"].as_str().expect("port").parse().expect("port")),
                container_port: Port(port.parse().expect("port")),
                protocol: protocol(proto),
                field: format!("{inner}[{at}]").into(),
                location: None,
            });
        }
    }
    let mut made = container(name, 0, Ipv4Addr::UNSPECIFIED, ports);
    let mode = inspect["HostConfig"]["NetworkMode"].as_str().unwrap_or_default();
    made.mode = match mode {
        "host" => Mode::Host,
        "none" => Mode::None,
        _ if mode.starts_with("container:") => {
            let other = command.iter().find_map(|word| word.strip_prefix("container:")).unwrap_or_default();
            Mode::Container(order.iter().position(|have| have == other).unwrap_or_default() as u32)
        }
        _ => Mode::Networks(attachments),
    };
    made.exposed = {
        let all = inspect["ExposedPorts"].as_object().into_iter().flatten();
        all.filter_map(|(port, _)| port.split_once('/'))
            .map(|(port, proto)| (Port(port.parse().expect("port")), protocol(proto)))
            .collect()
    };
    let linked = command.windows(2).filter(|two| two[0] == "--link").map(|two| two[1].as_str());
    made.links = linked.filter_map(|name| order.iter().position(|have| have == name)).map(|at| at as u32).collect();
    made.hostname = inspect["hostname"].as_str().unwrap_or_default().into();
    // Names of links stand in the file of names.
    let linked = command.windows(2).filter(|two| two[0] == "--link").map(|two| two[1].as_str());
    // Compose's links are names of the network.
    let database = addresses.get("c18_db_1").filter(|_| name == "c18_web_1").map(|ip| (Arc::from("database"), *ip));
    made.extra_hosts =
        linked.filter_map(|name| Some((name.into(), addresses.get(name).copied()?))).chain(database).collect();
    made.listening = listening;
    made
}

/// The recorder's LAN: two machines beside the Docker host, one of them with routes to the containers.
fn world(folder: &Path) -> Model {
    let docker = host(folder);
    let mut model = kubehop_tests::model(&[], &Default::default());
    let mut cluster: Cluster = (*model.cluster).clone();
    cluster.nodes.clear();
    cluster.pods.clear();
    cluster.services.clear();
    cluster.endpoints.clear();
    let listen = [Protocol::Tcp, Protocol::Udp].map(|protocol| HostSocket {
        protocol,
        port: Port(90),
        address: None,
        onward: None,
        because: because(),
    });
    let machine = |name: &str, ip: [u8; 4], routes: &[&str]| Host {
        name: Some(name.into()),
        ip: IpAddr::from(ip),
        segment: SegmentId(0),
        routes: routes
            .iter()
            .map(|to| HostRoute { to: to.parse::<IpNet>().expect("net"), via: docker.ip, because: because() })
            .collect(),
        resolv: Vec::new(),
        sockets: listen.to_vec(),
        said: NodeSaid::default(),
        because: because(),
        named_by: Vec::new(),
    };
    cluster.hosts = vec![
        machine("client", [192, 168, 10, 50], &[]),
        machine("client2", [192, 168, 10, 51], &["172.16.0.0/12", "10.77.0.0/16"]),
        machine("gateway", [192, 168, 10, 1], &[]),
    ];
    cluster.docker = vec![docker];
    let cluster = Arc::new(cluster);
    model.site = sim_core::agents::build(&cluster);
    model.cluster = cluster;
    // What was set after the daemon had started.
    let case = json(&folder.join("case.json"));
    for command in case["commands"].as_array().expect("commands").iter().filter_map(|one| one["cmd"].as_str()) {
        let Some((name, value)) = command.strip_prefix("[host] sysctl -w ").and_then(|set| set.split_once('=')) else {
            continue;
        };
        let mut edited = model.site.network.edit();
        let netns = model.site.network.find("host/docker").expect("host");
        edited.sysctl(netns, name, value, Default::default());
        model.site.network = edited.build().expect("network");
    }
    model
}

/// Names of networks' bridges are the recorder's placeholders in both.
fn real(folder: &Path) -> String {
    // No file where nothing was printed.
    let text = std::fs::read_to_string(folder.join("2-up/host/iptables-save.txt")).unwrap_or_default();
    text.replace("br-<", "br-").replace('>', "")
}

fn ours(site: &Site) -> String {
    save(site, "host/docker")
}

#[test]
fn rules_of_a_docker_host_are_those_of_the_real_engine() {
    let folder = conformance().join("docker");
    let mut results = Vec::new();
    for case in cases(&folder) {
        let at = folder.join(&case);
        let model = world(&at);
        results.push((case, difference(&ours(&model.site), &real(&at))));
    }
    assert!(results.len() >= 20);
    agree(
        &results,
        &[("06-many-ports", "the engine maps ports that name no host port in an order that changes from run to run")],
    );
}

/// What the recorder's tool reported, in our words.
fn reported(probe: &Value) -> String {
    match probe["result"].as_str().unwrap_or_default() {
        "noname" => "name-not-resolved".to_owned(),
        // The recorder's gateway says that it has no route; the one that is assumed discards.
        "error" if probe["errno"] == "ENETUNREACH" && probe["from"] == "client" => "timeout".to_owned(),
        "error" => format!("error:{}", probe["errno"].as_str().unwrap_or_default()),
        other => other.to_owned(),
    }
}

fn asked(model: &Model, probe: &Value) -> Option<ProbeText> {
    let target = probe["target"].as_str()?;
    let (target, proto) = target.rsplit_once('/')?;
    let (host, port) = target.rsplit_once(':')?;
    // IPv6 is not traced, and the Internet is not there yet, nor what the recorder's name server knew.
    if host.starts_with('[') || host.starts_with("203.") || host.ends_with(".test") {
        return None;
    }
    let from = match probe["from"].as_str()? {
        "host" => "host/docker".to_owned(),
        name if ["client", "client2"].contains(&name) => format!("host/{name}"),
        name => format!("container/{name}"),
    };
    let to = if proto == "icmp" { host.to_owned() } else { format!("{host}:{port}") };
    let proto = (proto != "tcp").then(|| proto.to_owned());
    let text = ProbeText { from, to, proto, ..ProbeText::default() };
    trace::parse_probe(model, &text).ok()?;
    Some(text)
}

#[test]
fn who_reaches_whom_on_a_docker_host_is_as_recorded() {
    let folder = conformance().join("docker");
    let (mut compared, mut wrong) = (0, Vec::new());
    for case in cases(&folder) {
        let at = folder.join(&case);
        let model = world(&at);
        let probes = json(&at.join("probes.json"));
        let mut seen: BTreeMap<String, ()> = BTreeMap::new();
        for probe in probes.as_array().expect("probes") {
            let Some(text) = asked(&model, probe) else { continue };
            let key = format!("{} {} {:?}", text.from, text.to, text.proto);
            if seen.insert(key.clone(), ()).is_some() {
                continue;
            }
            let parsed = trace::parse_probe(&model, &text).expect("probe");
            let journey = trace::run(&trace::model_for(&model, &parsed), &parsed);
            compared += 1;
            let mut told = vec![(reported(probe), journey.client.code())];
            if journey.client.code() == "ok" && probe["src"].is_string() {
                let sees = journey.server.as_ref().map(|server| server.sees.ip().to_string()).unwrap_or_default();
                told.push((probe["src"].as_str().unwrap_or_default().to_owned(), sees));
                let local = journey.server.as_ref().map(|server| server.local.to_string()).unwrap_or_default();
                // Which of several containers of a name answers is drawn.
                let drawn = journey.lookups.iter().any(|lookup| lookup.addresses.len() > 1);
                if !drawn {
                    told.push((probe["dst"].as_str().unwrap_or_default().to_owned(), local));
                }
            }
            if told.iter().any(|(real, ours)| real != ours) {
                let told: Vec<String> = told.iter().map(|(real, ours)| format!("{real} ≠ {ours}")).collect();
                wrong.push(format!("{case}: {key}: {}", told.join(", ")));
            }
        }
    }
    assert!(compared > 3_000, "{compared}");
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
}
