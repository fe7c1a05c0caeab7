//! The Compose files of recorded cases, and what `docker inspect` printed in them, come to what a real engine 20.10 made of them (`fixtures/conformance/docker`).

use kubehop_tests::{agree, cases, conformance, read};
use kubernetes::cluster::model::docker::{Container, DockerHost, Engine, Mode};
use kubernetes::cluster::{Options, decide};
use kubernetes::manifest::{Limits, SourceText, parse};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Cases whose ports were published in an order of their own: where the engine picks one, it may be another.
const PICKED: [&str; 1] = ["06-many-ports"];

#[test]
fn what_recorded_compose_files_come_to() {
    let results: Vec<(String, Result<(), String>)> = cases(&conformance().join("docker"))
        .into_iter()
        .map(|case| {
            let result = check(&conformance().join("docker").join(&case), &case);
            (case, result)
        })
        .collect();
    assert!(results.len() >= 23, "{}", results.len());
    agree(&results, &[]);
}

#[test]
fn what_recorded_inspections_come_to() {
    let results: Vec<(String, Result<(), String>)> = cases(&conformance().join("docker"))
        .into_iter()
        .map(|case| {
            let result = inspected(&conformance().join("docker").join(&case));
            (case, result)
        })
        .collect();
    assert!(results.len() >= 23, "{}", results.len());
    agree(&results, &[]);
}

/// What the commands print: the recording has the parts that are about networks, by name, without ids.
fn printed(inspect: &Value) -> Value {
    let mut all = Vec::new();
    for (name, of) in inspect["containers"].as_object().into_iter().flatten() {
        all.push(serde_json::json!({
            "Name": format!("/{name}"),
            "State": {"Status": of["state"], "Running": of["state"] == "running"},
            "Config": {"ExposedPorts": of["ExposedPorts"], "Hostname": of["hostname"]},
            "HostConfig": of["HostConfig"],
            "NetworkSettings": of["NetworkSettings"],
        }));
    }
    all.extend(inspect["networks"].as_object().into_iter().flatten().map(|(_, of)| of.clone()));
    Value::Array(all)
}

fn inspected(folder: &Path) -> Result<(), String> {
    let json = |name: &str| -> Value { serde_json::from_str(&read(&folder.join(name))).expect("JSON") };
    let (inspect, flags) = (json("inspect.json"), json("case.json")["daemonFlags"].clone());
    let (printed, daemon) = (printed(&inspect).to_string(), daemon(&flags));
    let options = Options { docker: Some(Engine::V20), ..Options::default() };
    let texts = [
        SourceText::given("inspect.json", printed.as_str()),
        SourceText::given("daemon.json", daemon.as_str()),
        SourceText::given("compose.yaml", read(&folder.join("compose.yaml")).as_str()),
    ];
    let parsed = parse(&texts[..2], &Limits::default());
    if !parsed.diagnostics.is_empty() {
        return Err(format!("{:?}", parsed.diagnostics));
    }
    let decided = decide(&parsed, &options);
    let own = decided.cluster.docker.first().ok_or("no host")?;
    let mine = ["docker-ipv6", "docker-stopped"];
    let wrong: Vec<_> = decided.diagnostics.iter().filter(|found| !mine.contains(&found.code)).collect();
    if !wrong.is_empty() {
        return Err(format!("{wrong:?}"));
    }
    networks(own, &inspect)?;
    for (name, of) in inspect["containers"].as_object().ok_or("no containers")? {
        let found = own.containers.iter().find(|own| *own.name == **name);
        if of["state"] != "running" {
            if found.is_some() {
                return Err(format!("{name} does not run"));
            }
            continue;
        }
        let found = found.ok_or(format!("no {name}"))?;
        container(own, found, of).map_err(|found| format!("{name}: {found}"))?;
        ports(found, &of["NetworkSettings"]["Ports"], false).map_err(|found| format!("{name}: {found}"))?;
    }
    // Compose says the same of them.
    let theirs = decide(&parse(&texts[1..], &Limits::default()), &options);
    let theirs = theirs.cluster.docker.first().ok_or("no host")?;
    if own.daemon.icc != theirs.daemon.icc || own.daemon.ip != theirs.daemon.ip {
        return Err(format!("{:?}, not {:?}", own.daemon, theirs.daemon));
    }
    for found in &own.containers {
        let same = |other: &&Container| *other.name == *found.name;
        let Some(other) = theirs.containers.iter().find(same) else { continue };
        let shape = |of: &Container| {
            let on = of.attachments().iter().map(|on| (on.ip, on.mac, on.default_route)).collect::<Vec<_>>();
            let ports = of.ports.iter().map(|port| (port.host_ip, port.container_port, port.protocol));
            (on, ports.collect::<BTreeSet<_>>(), of.dns.clone(), of.extra_hosts.clone())
        };
        if shape(found) != shape(other) {
            return Err(format!("{}: {:?}, not {:?}", found.name, shape(found), shape(other)));
        }
    }
    Ok(())
}

fn check(folder: &Path, case: &str) -> Result<(), String> {
    let json = |name: &str| -> Value { serde_json::from_str(&read(&folder.join(name))).expect("JSON") };
    let (inspect, flags) = (json("inspect.json"), json("case.json")["daemonFlags"].clone());
    let daemon = daemon(&flags);
    let texts = [
        SourceText::given("compose.yaml", read(&folder.join("compose.yaml")).as_str()),
        SourceText::given("daemon.json", daemon.as_str()),
    ];
    let parsed = parse(&texts, &Limits::default());
    if !parsed.diagnostics.is_empty() {
        return Err(format!("{:?}", parsed.diagnostics));
    }
    let decided = decide(&parsed, &Options { docker: Some(Engine::V20), ..Options::default() });
    let wrong: Vec<_> = decided.diagnostics.iter().filter(|found| !["docker-ipv6"].contains(&found.code)).collect();
    if !wrong.is_empty() {
        return Err(format!("{wrong:?}"));
    }
    let host = decided.cluster.docker.first().ok_or("no host")?;
    networks(host, &inspect)?;
    let recorded = inspect["containers"].as_object().ok_or("no containers")?;
    for (name, of) in recorded {
        // Compose 1.29 says c18_web_1 where later ones say c18-web-1.
        let name = if name.starts_with("c18_") { name.replace('_', "-") } else { name.clone() };
        let own = host.containers.iter().find(|own| *own.name == *name).ok_or(format!("no {name}"))?;
        container(host, own, of).map_err(|found| format!("{name}: {found}"))?;
        let picks = PICKED.contains(&case);
        ports(own, &of["NetworkSettings"]["Ports"], picks).map_err(|found| format!("{name}: {found}"))?;
    }
    if recorded.len() == host.containers.len() { Ok(()) } else { Err(format!("{} containers", host.containers.len())) }
}

/// `daemon.json` that says the same as the daemon's flags.
fn daemon(flags: &Value) -> String {
    let mut all = serde_json::Map::new();
    for flag in flags.as_array().into_iter().flatten().filter_map(Value::as_str) {
        let (name, value) =
            flag.trim_start_matches('-').split_once('=').unwrap_or((flag.trim_start_matches('-'), "true"));
        let value = value.parse::<bool>().map_or_else(|_| Value::from(value), Value::from);
        all.insert(name.to_owned(), value);
    }
    Value::Object(all).to_string()
}

fn networks(host: &DockerHost, inspect: &Value) -> Result<(), String> {
    let recorded = inspect["networks"].as_object().ok_or("no networks")?;
    let bridges = recorded.iter().filter(|(_, of)| of["Driver"] == "bridge");
    let mut count = 0;
    for (name, of) in bridges {
        count += 1;
        let own = host.networks.iter().find(|own| *own.name == **name).ok_or(format!("no network {name}"))?;
        let config = &of["IPAM"]["Config"][0];
        let gateway = config["Gateway"].as_str().unwrap_or("172.17.0.1");
        let options = |key: &str| of["Options"][format!("com.docker.network.{key}")].as_str().map(str::to_owned);
        let flag = |key: &str| options(key).is_none_or(|text| text == "true");
        let found = (
            own.subnet.to_string(),
            own.gateway.to_string(),
            own.internal,
            own.icc,
            own.masquerade,
            own.mtu.to_string(),
            own.host_binding.map(|ip| ip.to_string()),
        );
        let binding = options("bridge.host_binding_ipv4").filter(|ip| ip != "0.0.0.0");
        let expected = (
            config["Subnet"].as_str().unwrap_or_default().to_owned(),
            gateway.to_owned(),
            of["Internal"] == true,
            flag("bridge.enable_icc"),
            flag("bridge.enable_ip_masquerade"),
            options("driver.mtu").unwrap_or("1500".to_owned()),
            binding,
        );
        if found != expected {
            return Err(format!("network {name}: {found:?}, not {expected:?}"));
        }
        if let Some(bridge) = options("bridge.name").filter(|bridge| *own.bridge != **bridge) {
            return Err(format!("network {name}: {} is not {bridge}", own.bridge));
        }
    }
    if count == host.networks.len() { Ok(()) } else { Err(format!("{} networks", host.networks.len())) }
}

fn container(host: &DockerHost, own: &Container, recorded: &Value) -> Result<(), String> {
    let mode = recorded["HostConfig"]["NetworkMode"].as_str().unwrap_or_default();
    let same = match &own.mode {
        Mode::Host => mode == "host",
        Mode::None => mode == "none",
        Mode::Container(_) => mode.starts_with("container:"),
        Mode::Networks(_) => true,
    };
    if !same {
        return Err(format!("{:?}, not {mode}", own.mode));
    }
    let on = recorded["NetworkSettings"]["Networks"].as_object().ok_or("no networks")?;
    let expected: Vec<(String, String, String)> = on
        .iter()
        .filter(|(_, of)| of["IPAddress"].as_str().is_some_and(|ip| !ip.is_empty()))
        .map(|(name, of)| {
            let text = |key: &str| of[key].as_str().unwrap_or_default().to_owned();
            (name.clone(), text("IPAddress"), text("MacAddress"))
        })
        .collect();
    let name = |at: u32| host.networks[at as usize].name.to_string();
    // By name: so are the devices of a container (case 07).
    let found: Vec<(String, String, String)> = own
        .attachments()
        .iter()
        .map(|on| (name(on.network), on.ip.to_string(), on.mac.map(|mac| mac.to_string()).unwrap_or_default()))
        .collect();
    if found != expected {
        return Err(format!("{found:?}, not {expected:?}"));
    }
    if own.attachments().first().is_some_and(|first| !first.default_route) {
        return Err("eth0 does not lead out".to_owned());
    }
    // What the resolver answers besides the container's short id and its name by itself.
    for on in own.attachments() {
        let recorded = &recorded["NetworkSettings"]["Networks"][name(on.network)]["Aliases"];
        let recorded: BTreeSet<&str> = recorded
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .filter(|name| !name.starts_with('<'))
            .collect();
        let found: BTreeSet<&str> = on.aliases.iter().map(|name| &**name).collect();
        if !recorded.is_subset(&found) {
            return Err(format!("aliases {found:?} lack some of {recorded:?}"));
        }
    }
    Ok(())
}

fn ports(own: &Container, recorded: &Value, picks: bool) -> Result<(), String> {
    let mut expected: BTreeSet<(String, String)> = BTreeSet::new();
    for (target, bindings) in recorded.as_object().into_iter().flatten() {
        for binding in bindings.as_array().into_iter().flatten() {
            let text = |key: &str| binding[key].as_str().unwrap_or_default().to_owned();
            if !text("HostIp").contains(':') {
                expected.insert((target.clone(), format!("{}:{}", text("HostIp"), text("HostPort"))));
            }
        }
    }
    let found: BTreeSet<(String, String)> = own
        .ports
        .iter()
        .map(|port| {
            let target = format!("{}/{}", port.container_port, port.protocol);
            (target, format!("{}:{}", port.host_ip, port.host_port))
        })
        .collect();
    let same = if picks { found.len() == expected.len() } else { found == expected };
    if same { Ok(()) } else { Err(format!("{found:?}, not {expected:?}")) }
}
