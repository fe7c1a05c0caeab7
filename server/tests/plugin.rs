//! The program as a plugin of kubectl, with a kubectl that only knows what it was given, and writes down what it was asked.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use server::gather::cluster::{CONFIGURATION, MORE, NEEDED};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Output};

const NODES: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [
 {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}, "spec": {"podCIDR": "10.1.0.0/24"}, "status": {"addresses": [{"type": "InternalIP", "address": "172.20.0.1"}]}},
 {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n2"}, "spec": {"podCIDR": "10.1.1.0/24"}, "status": {"addresses": [{"type": "InternalIP", "address": "172.20.0.2"}]}}]}"#;
const PODS: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [
 {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "client", "namespace": "shop"}, "spec": {"nodeName": "n1", "containers": [{"name": "c", "image": "busybox"}]}, "status": {"podIP": "10.1.0.5", "phase": "Running"}},
 {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}}, "spec": {"nodeName": "n2", "containers": [{"name": "c", "image": "nginx", "ports": [{"containerPort": 80}]}]}, "status": {"podIP": "10.1.1.5", "phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}]}"#;
const SERVICES: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [
 {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"clusterIP": "10.96.0.10", "selector": {"app": "web"}, "ports": [{"port": 80}]}}]}"#;
const EMPTY: &str = r#"{"apiVersion": "v1", "kind": "List", "items": []}"#;

/// A folder with the plugin and a kubectl; gone with it.
struct Desk(PathBuf);

impl Desk {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("kubehop-plugin-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("answers")).expect("folder");
        symlink(env!("CARGO_BIN_EXE_kubehop"), folder.join("kubectl-kubehop")).expect("link");
        let desk = Self(folder);
        for (kind, text) in [
            ("nodes", NODES),
            ("pods", PODS),
            ("services", SERVICES),
            ("endpointslices.discovery.k8s.io", EMPTY),
            ("deployments.apps", EMPTY),
        ] {
            desk.answers(kind, text);
        }
        // It answers from files, and refuses what has none.
        let script = "#!/bin/sh\nprintf '%s\\n' \"$*\" >>\"$DESK/asked\"\n\
            if [ \"$1\" = api-resources ]; then ls \"$DESK/answers\"; echo ingresses.networking.k8s.io; echo secrets; exit; fi\n\
            [ -f \"$DESK/answers/$2\" ] && exec cat \"$DESK/answers/$2\"\n\
            case \"$*\" in *--ignore-not-found*) exit;; esac\n\
            echo \"Error from server (Forbidden): $2 is forbidden\" >&2; exit 1\n";
        let kubectl = desk.0.join("kubectl");
        fs::write(&kubectl, script).expect("script");
        fs::set_permissions(&kubectl, fs::Permissions::from_mode(0o755)).expect("mode");
        desk
    }

    fn answers(&self, kind: &str, text: &str) {
        fs::write(self.0.join("answers").join(kind), text).expect("answer");
    }

    fn run(&self, args: &[&str]) -> Output {
        let path = format!("{}:{}", self.0.display(), std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new(self.0.join("kubectl-kubehop"));
        command.args(args).env("PATH", path).env("DESK", &self.0).env("LANG", "C").env_remove("LC_ALL");
        command.output().expect("it ends")
    }

    fn text(&self, args: &[&str], status: i32) -> String {
        let output = self.run(args);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(status), "{args:?}\n{out}\n{err}");
        out.into_owned()
    }

    fn asked(&self) -> Vec<String> {
        fs::read_to_string(self.0.join("asked")).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const PROBE: [&str; 6] = ["trace", "--from", "pod/shop/client", "--to", "svc/shop/web:80", "--format=json"];

#[test]
fn the_cluster_is_the_input() {
    let desk = Desk::new("input");
    let trace: serde_json::Value = serde_json::from_str(&desk.text(&PROBE, 0)).expect("JSON");
    assert_eq!((&trace["client"]["result"], &trace["server"]["pod"]), (&"ok".into(), &"shop/web".into()));
    // The same as with what it read in a file.
    let dump = desk.0.join("dump.yaml");
    fs::write(&dump, desk.text(&["dump"], 0)).expect("dump");
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubehop"));
    let output = command.arg("trace").arg(&dump).args(&PROBE[1..]).output().expect("it ends");
    let again: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        (&again["client"], &again["server"], &again["verdict"]),
        (&trace["client"], &trace["server"], &trace["verdict"])
    );
    assert!(desk.text(&["rules", "--node", "n1"], 0).contains("-A KUBE-SVC-"));
    assert!(desk.text(&["dns", "--from", "pod/shop/client", "web"], 0).contains("10.96.0.10"));
    assert!(desk.text(&["dns", "--from", "pod/shop/client", "web", "AAAA"], 0).contains("AAAA"));
}

#[test]
fn only_reading_is_asked_for_and_never_secrets() {
    let desk = Desk::new("reading");
    desk.text(&with(&PROBE, &["--context", "staging", "--kubeconfig=/somewhere"]), 0);
    let asked = desk.asked();
    assert!(asked.len() > 10, "{asked:#?}");
    let kinds: BTreeSet<&str> = NEEDED.iter().chain(&MORE).copied().chain(["configmaps"]).collect();
    for line in &asked {
        let words: Vec<&str> = line.split(' ').collect();
        assert!(words[0] == "api-resources" || (words[0] == "get" && kinds.contains(words[1])), "{line}");
        assert!(!line.contains("secret") && line.contains("--context=staging --kubeconfig=/somewhere"), "{line}");
        let configuration =
            |(namespace, name): &(&str, &str)| words[2] == *name && line.contains(&format!("--namespace {namespace} "));
        assert!(words[1] != "configmaps" || CONFIGURATION.iter().any(configuration), "{line}");
    }
}

#[test]
fn some_namespaces_are_enough() {
    let desk = Desk::new("namespaces");
    desk.text(&with(&PROBE, &["-n", "shop", "--namespace", "kube-system"]), 0);
    let mut asked = desk.asked();
    // Some are asked for at the same time.
    asked.sort();
    let of =
        |kind: &str| asked.iter().filter(|line| line.starts_with(&format!("get {kind} "))).cloned().collect::<Vec<_>>();
    assert_eq!(of("pods").len(), 2, "{asked:#?}");
    assert!(of("pods")[0].contains("--namespace=kube-system") && of("pods")[1].contains("--namespace=shop"));
    assert_eq!(of("nodes").len(), 1);
    assert!(!of("nodes")[0].contains("namespace"));
}

#[test]
fn what_cannot_be_read_is_told() {
    let desk = Desk::new("told");
    let output = desk.run(&PROBE);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("ingresses.networking.k8s.io") && told.contains("Forbidden"), "{told}");
    fs::remove_file(desk.0.join("answers/endpointslices.discovery.k8s.io")).expect("gone");
    let output = desk.run(&PROBE);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("endpointslices") && told.contains("docs/kubectl.md"), "{told}");
    fs::write(desk.0.join("kubectl"), "#!/bin/sh\necho 'The connection to the server was refused' >&2; exit 1\n")
        .expect("script");
    let output = desk.run(&["check"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("was refused"));
    // Nothing is done without a command.
    assert_eq!(desk.run(&[]).status.code(), Some(2));
}

#[test]
fn files_are_looked_at_as_well() {
    let desk = Desk::new("files");
    let file = desk.0.join("more.yaml");
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: other, namespace: shop}\nspec: {selector: {app: web}, ports: [{port: 81, targetPort: 80}]}\n";
    fs::write(&file, service).expect("file");
    let file = file.display().to_string();
    let args = ["trace", &file, "--from", "pod/shop/client", "--to", "svc/shop/other:81", "--format=json"];
    let trace: serde_json::Value = serde_json::from_str(&desk.text(&args, 0)).expect("JSON");
    assert_eq!(trace["client"]["result"], "ok");
}

#[test]
fn the_documented_role_is_what_is_asked_for() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/kubectl.md")).expect("docs");
    let yaml = text.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a role");
    let list = |line: &str| -> Vec<String> {
        let inside = line.split('[').nth(1).and_then(|rest| rest.split(']').next()).expect("a list");
        inside.split(',').map(|word| word.trim().trim_matches('"').to_owned()).filter(|word| !word.is_empty()).collect()
    };
    let (mut granted, mut names, mut group) = (BTreeSet::new(), BTreeSet::new(), String::new());
    for line in yaml.lines() {
        match line.trim_start_matches(['-', ' ']) {
            line if line.starts_with("apiGroups") => group = list(line).first().cloned().unwrap_or_default(),
            line if line.starts_with("resources") => {
                granted.extend(list(line).into_iter().map(|kind| match group.as_str() {
                    "" => kind,
                    group => format!("{kind}.{group}"),
                }))
            }
            line if line.starts_with("resourceNames") => names.extend(list(line)),
            line if line.starts_with("verbs") => {
                assert!(list(line).iter().all(|verb| verb == "get" || verb == "list"), "{line}")
            }
            _ => {}
        }
    }
    let asked: BTreeSet<String> =
        NEEDED.iter().chain(&MORE).copied().chain(["configmaps"]).map(str::to_owned).collect();
    assert_eq!(granted, asked);
    assert_eq!(names, CONFIGURATION.iter().map(|(_, name)| (*name).to_owned()).collect());
}

fn with<'a>(base: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    base.iter().chain(more).copied().collect()
}
