//! The binary from outside: what it prints, where, and how it exits.

#![allow(clippy::expect_used)]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn ready() -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../web/scenarios/first-service.yaml").display().to_string()
}

fn run(args: &[&str], stdin: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kubehop"))
        .args(args)
        .env("LANG", "C")
        .env_remove("LC_ALL")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    child.stdin.take().expect("stdin").write_all(stdin.as_bytes()).expect("stdin is read");
    child.wait_with_output().expect("it ends")
}

/// Runs with the ready scenario as input and checks the status; returns standard output.
fn check(args: &[&str], status: i32) -> String {
    let ready = ready();
    let (command, rest) = args.split_first().expect("a command");
    let all: Vec<&str> = [*command, &ready].into_iter().chain(rest.iter().copied()).collect();
    let output = run(&all, "");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(status), "{args:?}\n{out}\n{err}");
    out.into_owned()
}

const CLIENT: &[&str] = &["trace", "--from", "pod/default/client", "--to", "svc/default/web:80"];

fn with<'a>(base: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    base.iter().chain(more).copied().collect()
}

#[test]
fn traces_in_three_formats() {
    let text = check(CLIENT, 0);
    assert!(
        text.contains("PREROUTING") && text.contains("10.96.0.11") && text.contains("--to-destination 10.244."),
        "{text}"
    );
    let json: serde_json::Value = serde_json::from_str(&check(&with(CLIENT, &["--format", "json"]), 0)).expect("JSON");
    assert_eq!(json["schema"], "kubehop.trace/1");
    assert_eq!(json["client"]["result"], "ok");
    assert_eq!(json["choices"][0]["name"], "endpoint");
    let dnat = json["legs"].as_array().expect("legs").iter().flat_map(|leg| leg["hops"].as_array().expect("hops"));
    let rules = dnat.flat_map(|hop| hop["events"].as_array().expect("events")).filter(|event| event["type"] == "rule");
    let rule = rules
        .into_iter()
        .find(|event| event["rule"]["text"].as_str().is_some_and(|text| text.contains("DNAT")))
        .expect("a DNAT rule");
    assert_eq!(rule["table"], "nat");
    assert!(
        rule["because"]["line"].as_u64().is_some_and(|line| line > 1) && rule["because"]["object"].is_string(),
        "{rule}"
    );
    assert!(check(&with(CLIENT, &["--format", "svg", "--step", "5"]), 0).contains("<svg"));
    let all: serde_json::Value =
        serde_json::from_str(&check(&with(CLIENT, &["--all", "--format", "json"]), 0)).expect("JSON");
    assert_eq!(all["branches"].as_array().map(Vec::len), Some(3));
}

#[test]
fn expectations_decide_the_status() {
    check(&with(CLIENT, &["--expect", "ok"]), 0);
    check(&with(CLIENT, &["--expect", "refused"]), 1);
    check(&["trace", "--from", "pod/default/client", "--to", "svc/default/idle:80"], 0);
    check(&["trace", "--from", "pod/default/client", "--to", "svc/default/idle:80", "--expect", "refused"], 0);
    check(&["trace", "--from", "pod/default/client", "--to", "10.99.9.9:80", "--expect", "timeout"], 0);
    // Nobody knows what answers beyond the gateway.
    check(&["trace", "--from", "pod/default/client", "--to", "8.8.8.8:80", "--expect", "timeout"], 1);
}

#[test]
fn rules_state_and_names() {
    assert!(check(&["rules", "--node", "node-a"], 0).contains("-A KUBE-SERVICES -d 10.96.0.11/32 -p tcp"));
    assert!(!check(&["rules", "--node", "node-a"], 0).contains("ip-masq"), "only what kube-proxy wrote");
    assert!(check(&["state", "--node", "node-a", "--what", "iptables"], 0).contains("ip-masq"));
    let expected = [
        ("addr", "inet 10.244.0.1/24"),
        ("link", "hairpin on"),
        ("route", "10.244.1.0/24 via 192.168.10.12 dev eth0"),
        ("rule", "32766:\tfrom all lookup main"),
        ("fdb", "dev cni0 master cni0 permanent"),
        ("sysctl", "net.bridge.bridge-nf-call-iptables = 1"),
        ("listen", "10250"),
    ];
    for (what, line) in expected {
        let out = check(&["state", "--node", "node-a", "--what", what], 0);
        assert!(out.contains(line), "{what}: {out}");
    }
    let pod = check(&["state", "--node", "node-a", "--netns", "pod/default/client", "--what", "route"], 0);
    assert!(pod.contains("default via 10.244.0.1 dev eth0"));
    let dns = check(&["dns", "--from", "pod/default/client", "web"], 0);
    assert!(dns.contains("web.default.svc.cluster.local. A  NOERROR") && dns.contains("10.96.0.11"), "{dns}");
    let srv = check(&["dns", "--from", "pod/default/client", "_http._tcp.web.default.svc.cluster.local", "SRV"], 0);
    assert!(srv.contains("0 100 80 web.default.svc.cluster.local."), "{srv}");
    let env = check(&["env", "--pod", "pod/default/client"], 0);
    assert!(
        env.contains("\nWEB_SERVICE_HOST=10.96.0.11\n") && env.contains("\nWEB_PORT=tcp://10.96.0.11:80\n"),
        "{env}"
    );
    assert!(check(&["render"], 0).contains("<svg"));
    let ipv6 = check(&["rules", "--node", "node-a", "--ipv6"], 0);
    assert!(ipv6.contains("-A KUBE-SERVICES ! -d ::1/128") && !ipv6.contains("10.96."), "{ipv6}");
    let table = check(&["rules", "--node", "node-a", "--ipv6", "--proxy-mode", "nftables"], 0);
    assert!(table.starts_with("table ip6 kube-proxy {") && !table.contains("table ip kube-proxy"), "{table}");
}

#[test]
fn rules_of_a_chain_or_service_with_words() {
    let rules = |more: &[&str]| check(&with(&["rules", "--node", "node-a"], more), 0);
    let chain = rules(&["--chain", "KUBE-POSTROUTING"]);
    assert!(chain.contains("# nat KUBE-POSTROUTING") && !chain.contains("-A KUBE-SERVICES"), "{chain}");
    let service = rules(&["--service", "default/web"]);
    assert!(service.contains("-A KUBE-SERVICES -d 10.96.0.11/32") && !service.contains("10.96.0.10/32"), "{service}");
    assert!(service.contains("-A KUBE-SEP-") && !service.contains("-A KUBE-MARK-MASQ"), "{service}");
    let words = rules(&["--chain", "KUBE-POSTROUTING", "--explain"]);
    assert!(words.contains("unless packet mark has bits 0x4000 → back to the calling chain"), "{words}");
    let words = rules(&["--service", "default/web", "--explain"]);
    assert!(words.contains("TCP, to 10.96.0.11, to port 80 → go through chain KUBE-SVC-"), "{words}");
    assert!(words.contains("Service default/web, port") && !words.contains("spec.ports"), "{words}");
    let korean = rules(&["--service", "default/web", "--explain", "--lang", "ko"]);
    assert!(korean.contains("목적지 10.96.0.11, 목적지 포트 80"), "{korean}");
    let json: serde_json::Value =
        serde_json::from_str(&rules(&["--chain", "KUBE-POSTROUTING", "--explain", "--format", "json"])).expect("JSON");
    assert_eq!(json["schema"], "kubehop.rules/1");
    assert_eq!((json["rules"][0]["number"].as_u64(), json["rules"][0]["table"].as_str()), (Some(1), Some("nat")));
    assert!(json["rules"][0]["words"].as_str().is_some_and(|words| words.contains('→')), "{json}");
    let nft =
        check(&["rules", "--node", "node-a", "--proxy-mode", "nftables", "--chain", "masquerading", "--explain"], 0);
    assert!(nft.contains("packet mark lacks bits 0x4000 → back to the calling chain"), "{nft}");
}

/// `default/web` of the ready scenario with `sessionAffinity: ClientIP`.
fn sticky() -> String {
    let text = std::fs::read_to_string(ready()).expect("the ready scenario");
    let with = text.replacen("  clusterIP: 10.96.0.11\n", "  clusterIP: 10.96.0.11\n  sessionAffinity: ClientIP\n", 1);
    assert_ne!(text, with, "the Service is there");
    with
}

#[test]
fn what_rules_remember_is_state() {
    let input = sticky();
    let state = |mode: &str, more: &[&str]| {
        let base = ["state", "-", "--node", "node-a", "--proxy-mode", mode];
        let output = run(&with(&base, more), &input);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{more:?}\n{out}\n{err}");
        out.into_owned()
    };
    let probe = ["--from", "pod/default/client", "--to", "svc/default/web:80"];
    let before = state("iptables", &["--what", "recent"]);
    assert!(before.contains("# /proc/net/xt_recent/KUBE-SEP-") && !before.contains("src="), "{before}");
    let once = state("iptables", &with(&["--what", "recent"], &probe));
    assert_eq!(once.matches("src=10.244.").count(), 1, "{once}");
    let twice = state("iptables", &with(&["--what", "recent", "--repeat", "2", "--every", "60"], &probe));
    assert!(
        twice.matches("src=10.244.").count() == 1 && twice.contains("last_seen: 60 oldest_pkt: 2 0, 60"),
        "{twice}"
    );
    let before = state("nftables", &["--what", "sets"]);
    assert!(
        before.contains("set affinity-") && before.contains("timeout 3h") && !before.contains("expires"),
        "{before}"
    );
    let once = state("nftables", &with(&["--what", "sets"], &probe));
    assert!(once.contains("expires 3h") && !once.contains("set cluster-ips"), "{once}");
    let listed = state("nftables", &with(&["--what", "nft"], &probe));
    assert!(listed.contains("expires 3h") && listed.contains("set cluster-ips"), "{listed}");
    assert_eq!(state("iptables", &["--what", "ipset"]), "");
    let json: serde_json::Value =
        serde_json::from_str(&state("iptables", &with(&["--what", "recent", "--format", "json"], &probe)))
            .expect("JSON");
    assert_eq!(json["schema"], "kubehop.text/1");
    let lines = json["lines"].as_array().expect("lines");
    assert!(lines.iter().any(|line| line.as_str().is_some_and(|line| line.starts_with("src="))), "{json}");
}

#[test]
fn hosts_outside_are_a_source() {
    let outside = ["trace", "--from", "external", "--to", "svc/default/web:80", "--via", "node/node-b"];
    let json: serde_json::Value =
        serde_json::from_str(&check(&with(&outside, &["--format", "json"]), 0)).expect("JSON");
    assert_eq!(
        (json["probe"]["from"].as_str(), json["probe"]["via"].as_str()),
        (Some("external"), Some("node/node-b"))
    );
    assert_eq!(json["server"]["sees"]["ip"], "192.168.10.12");
    assert!(check(&outside, 0).contains("host outside (192.168.10.50)"));
    assert_eq!(check(&with(&outside, &["--all"]), 0).matches("33 %").count(), 3);
    let render = ["render", "--from", "external/198.51.100.7", "--to", "svc/default/web:80"];
    assert!(check(&render, 0).contains("host outside") && !check(CLIENT, 0).contains("outside"));
}

const STICKY: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: client}\nspec: {containers: [{name: c, image: x}]}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: x, ports: [{containerPort: 80}]}]}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}], sessionAffinity: ClientIP}\n";

#[test]
fn a_client_sent_again_is_remembered() {
    for mode in ["iptables", "nftables"] {
        let base = ["trace", "-", "--from", "pod/default/client", "--to", "svc/default/web:80", "--proxy-mode", mode];
        let told = |more: &[&str]| {
            let output = run(&with(&base, more), STICKY);
            assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        assert_eq!(told(&["--all"]).lines().count(), 3);
        assert_eq!(told(&["--all", "--repeat", "2"]).lines().count(), 1);
        assert_eq!(told(&["--all", "--repeat", "2", "--every", "10801"]).lines().count(), 3);
        let again = told(&["--repeat", "2", "--every", "20"]);
        assert!(again.contains("last written 20 seconds ago"), "{again}");
        assert!(again.contains("node-a: ") && again.contains("has 10.244.1.2, just written"), "{again}");
        let json: serde_json::Value =
            serde_json::from_str(&told(&["--repeat", "3", "--format", "json"])).expect("JSON");
        assert_eq!((json["probe"]["before"].as_u64(), json["remembered"][0]["age"].as_u64()), (Some(2), Some(0)));
        let hops = json["legs"].as_array().expect("legs").iter().flat_map(|leg| leg["hops"].as_array().expect("hops"));
        let events = hops.flat_map(|hop| hop["events"].as_array().expect("events"));
        let lists: Vec<_> = events.filter(|event| event["type"] == "list").map(|event| &event["result"]).collect();
        assert_eq!(lists, ["found", "noted"], "{mode}");
    }
}

#[test]
fn wrong_usage_is_two_and_says_what_exists() {
    let told = |args: &[&str], words: &str| {
        let ready = ready();
        let (command, rest) = args.split_first().expect("a command");
        let all: Vec<&str> = [*command, &ready].into_iter().chain(rest.iter().copied()).collect();
        let output = run(&all, "");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}\n{err}");
        assert!(err.contains(words), "{args:?}: {err}");
    };
    told(&["rules", "--node", "nobody"], "node-a");
    told(&["trace", "--from", "pod/default/cleint", "--to", "web:80"], "pod/default/client");
    told(&["trace", "--from", "pod/default/client", "--to", "web"], "web:80");
    told(&["trace", "--from", "external/10.96.0.11", "--to", "web:80"], "external/192.168.10.50");
    told(&["trace", "--from", "external", "--via", "node/node-c", "--to", "web:80"], "node/node-a");
    told(&with(CLIENT, &["--cni", "flanell"]), "bridge");
    told(&with(CLIENT, &["--choose", "endpoint=1.2.3.4:5"]), "10.244.");
    told(&with(CLIENT, &["--all", "--choose", "endpoint=1.2.3.4:5"]), "10.244.");
    told(&["state", "--node", "node-b", "--netns", "pod/default/client", "--what", "addr"], "pod/default/client");
    let output = run(&["check", "/nowhere/at/all.yaml"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nowhere/at/all.yaml"));
}

#[test]
fn findings_go_to_standard_error_with_their_place() {
    let broken = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 99999}]}\n---\napiVersion: v1\nkind: Pod\nmetadata:\n\tname: x\n";
    let output = run(&["check", "-"], broken);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("invalid-port") && err.contains("-:4:"), "{err}");
    assert!(err.contains("yaml-tab") && err.contains("-:9:"), "{err}");
    let json = run(&["check", "-", "--format", "json"], broken);
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(
        (value["findings"][0]["code"].as_str(), value["findings"][0]["line"].as_u64()),
        (Some("invalid-port"), Some(4))
    );
    assert!(String::from_utf8_lossy(&run(&["check", "-", "--lang", "ko"], broken).stderr).contains("포트"));
}

/// More than anybody may upload, and longer than a second where the build is not optimized: nothing but the result is told.
#[test]
fn a_large_list_is_read_without_a_word_into_pipes() {
    let text = format!(
        r#"{{"apiVersion": "v1", {}"items": [{{"apiVersion": "v1", "kind": "Namespace", "metadata": {{"name": "a"}}}}], "kind": "List"}}"#,
        format!("{}\n", " ".repeat(127)).repeat(70 << 13)
    );
    let output = run(&["check", "-"], &text);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{err}");
    assert!(!err.contains("input-too-large") && !err.contains(['\r', '\u{1b}']), "{err}");
}

#[test]
fn folders_are_searched() {
    let folder = std::env::temp_dir().join(format!("kubehop-cli-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("deep")).expect("folder");
    std::fs::copy(ready(), folder.join("deep/all.YAML")).expect("copy");
    std::fs::write(folder.join("notes.txt"), "not: [yaml").expect("write");
    let output = run(&["rules", &folder.display().to_string(), "--node", "node-a"], "");
    std::fs::remove_dir_all(&folder).expect("clean up");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kubehop"))
        .args(["rules", &ready(), "--node", "node-a"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
}

#[test]
fn transcripts_and_captures() {
    let text = check(&with(CLIENT, &["--format", "md"]), 0);
    assert!(text.starts_with("# `pod/default/client` → `svc/default/web:80`\n"), "{text}");
    assert!(text.contains("```sh\nkubehop trace ") && text.contains("--to svc/default/web:80"), "{text}");
    assert!(text.contains("| # | Where | What | Packet |") && text.contains("-j DNAT --to-destination"), "{text}");
    let korean = check(&with(CLIENT, &["--format", "md", "--lang", "ko"]), 0);
    assert!(korean.contains("| # | 위치 |"), "{korean}");
    let output = run(&with(&["trace", &ready()], &with(&CLIENT[1..], &["--format", "pcapng"])), "");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stdout[..4], [0x0a, 0x0d, 0x0d, 0x0a], "a section header block");
    let output = run(
        &with(&["trace", &ready()], &with(&CLIENT[1..], &["--format", "pcapng", "--interface", "nosuch:eth0"])),
        "",
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("node-a:eth0"), "those that there are");
    let world = ["--cni", "flannel", "--proxy-mode", "nftables", "--seed", "7", "--repeat", "2", "--sport", "4000"];
    let text = check(&with(&with(CLIENT, &["--format", "md"]), &world), 0);
    assert!(text.contains("--sport 4000 --repeat 2 --cni flannel --proxy-mode nftables --seed 7\n"), "{text}");
    let output = run(&with(&["trace", &ready()], &with(&CLIENT[1..], &["--interface", "node-a:eth0"])), "");
    assert_eq!(output.status.code(), Some(2));
    for format in ["md", "pcapng", "svg"] {
        assert_eq!(
            run(&with(&["trace", &ready()], &with(&CLIENT[1..], &["--all", "--format", format])), "").status.code(),
            Some(2)
        );
    }
}

#[test]
fn pictures_go_into_files_and_not_to_terminals() {
    let folder = std::env::temp_dir().join(format!("kubehop-png-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("step.png").display().to_string();
    let draw = |more: &[&str]| {
        check(&with(CLIENT, &with(&["--format", "png", "--out", &file], more)), 0);
        std::fs::read(&file).expect("a file")
    };
    let size = |bytes: &[u8]| {
        let side = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
        (side(16), side(20))
    };
    let (third, fourth) = (draw(&["--step", "3"]), draw(&["--step", "4"]));
    assert!(third.starts_with(b"\x89PNG\r\n") && third != fourth && size(&third) == size(&fourth));
    assert_ne!(draw(&["--step", "3", "--theme", "dark"]), third);
    let once = draw(&["--step", "3", "--scale", "1"]);
    assert_eq!((2 * size(&once).0, 2 * size(&once).1), size(&third));
    // The command that draws draws the same, and so does what goes into a pipe.
    let ready = ready();
    let render = ["render", &ready, "--from", "pod/default/client", "--to", "svc/default/web:80", "--step", "3"];
    let output = run(&with(&render, &["--format", "png"]), "");
    assert!(output.status.success() && output.stdout == third);
    check(&with(CLIENT, &["--format", "svg", "--step", "3", "--out", &file]), 0);
    let svg = std::fs::read_to_string(&file).expect("a file");
    assert_eq!(svg, check(&with(CLIENT, &["--format", "svg", "--step", "3"]), 0));
    std::fs::remove_dir_all(&folder).expect("gone");

    // A terminal of its own: `script` gives the command one.
    let line = format!("{} render {ready} --format png", env!("CARGO_BIN_EXE_kubehop"));
    let shown = Command::new("script").args(["-qec", &line, "/dev/null"]).env("LANG", "C").output();
    if let Ok(shown) = shown {
        let text = String::from_utf8_lossy(&shown.stdout);
        assert!(shown.status.code() == Some(2) && text.contains("--out") && !text.contains("PNG\r"), "{text}");
    }
}
