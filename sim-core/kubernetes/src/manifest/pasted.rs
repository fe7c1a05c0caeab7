//! What kubectl printed for people, pasted: tables and descriptions, and the command that prints YAML instead.

use crate::diagnostic::{Diagnostic, codes};
use crate::origin::Span;
use crate::text::tree::here;

/// Lines of a text that are looked at, and findings that are made.
const LINES: usize = 4_000;
const FINDINGS: usize = 20;

/// The tables and descriptions in a text; none when it is something else. Spans are in bytes of the text.
pub(super) fn look(text: &str) -> Vec<Diagnostic> {
    // Manifests say so at the beginning of a line.
    if begins(text, &["apiVersion:", "kind:", "\"apiVersion\"", "\"kind\""]) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut command: Option<&str> = None;
    let mut at = 0;
    let mut described = false;
    for (index, line) in text.split_inclusive('\n').take(LINES).enumerate() {
        let shown = line.trim_end();
        let start = at + shown.len() - shown.trim_start().len();
        let span = here(start as u32, (at + shown.len()) as u32);
        at += line.len();
        if let Some(given) = kubectl(shown) {
            command = Some(given);
            described = false;
            continue;
        }
        if found.len() >= FINDINGS {
            break;
        }
        if let Some(kind) = table(shown) {
            found.push(table_found(span, kind, shown, command, &text[at..]));
            described = true;
        } else if !described && let Some(finding) = description(span, shown, command, &text[at..]) {
            described = true;
            found.push(finding);
        } else if found.is_empty() && index > 12 {
            // Something else altogether.
            break;
        }
    }
    found
}

fn begins(text: &str, keys: &[&str]) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start().trim_start_matches("- ");
        keys.iter().any(|key| line.starts_with(key))
    })
}

/// The command on a line such as `$ kubectl get pods`, from the word behind `kubectl` on.
fn kubectl(line: &str) -> Option<&str> {
    let line = line.trim();
    let bare = line.rsplit_once("$ ").map_or(line, |(_, command)| command).trim_start_matches(['#', '%', '>', ' ']);
    let bare = bare.strip_prefix("sudo ").unwrap_or(bare);
    let words = ["kubectl ", "k ", "oc ", "microk8s kubectl ", "k3s kubectl ", "minikube kubectl -- "];
    words.iter().find_map(|word| bare.strip_prefix(word)).map(str::trim)
}

/// What the table lists that has this heading.
fn table(line: &str) -> Option<&'static str> {
    let words: Vec<&str> = line.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect();
    let heading = |word: &&str| word.chars().all(|c| c.is_ascii_uppercase() || " -()/._".contains(c)) && word.len() > 1;
    let first = *words.first()?;
    let begins = matches!(first, "NAME" | "NAMESPACE" | "LAST SEEN" | "CONTAINER ID" | "CLASS");
    if words.len() < 2 || !begins || !words.iter().all(heading) {
        return None;
    }
    let has = |word: &str| words.contains(&word);
    Some(if has("CONTAINER ID") {
        "containers"
    } else if has("CLUSTER-IP") {
        "services"
    } else if has("ADDRESSTYPE") {
        "endpointslices"
    } else if has("ENDPOINTS") {
        "endpoints"
    } else if has("ROLES") {
        "nodes"
    } else if has("UP-TO-DATE") && has("NODE SELECTOR") {
        "daemonsets"
    } else if has("UP-TO-DATE") || has("AVAILABLE") && has("DESIRED") && has("UP-TO-DATE") {
        "deployments"
    } else if has("DESIRED") && has("CURRENT") {
        "replicasets"
    } else if has("SCHEDULE") {
        "cronjobs"
    } else if has("COMPLETIONS") {
        "jobs"
    } else if has("HOSTS") {
        "ingresses"
    } else if has("POD-SELECTOR") {
        "networkpolicies"
    } else if has("RESTARTS") {
        "pods"
    } else if has("READY") {
        "statefulsets"
    } else if has("DATA") {
        "configmaps"
    } else if has("HOSTNAMES") {
        "httproutes"
    } else if has("CAPACITY") {
        "persistentvolumes"
    } else if has("REASON") {
        "events"
    } else if has("STATUS") && has("AGE") && words.len() <= 3 {
        "namespaces"
    } else if has("AGE") {
        "objects"
    } else {
        return None;
    })
}

fn table_found(span: Span, kind: &'static str, heading: &str, command: Option<&str>, rest: &str) -> Diagnostic {
    // `kubectl get all` names the kind in every row.
    let first = rest.lines().next().unwrap_or_default().trim_start();
    let row = if heading.trim_start().starts_with("NAMESPACE") { first.split_whitespace().nth(1) } else { None };
    let named = row.unwrap_or(first).split_whitespace().next().unwrap_or_default();
    let own = named.split_once('/').map(|(kind, _)| kind.split('.').next().unwrap_or(kind).to_owned());
    let asked = command.and_then(|command| command.strip_prefix("get ")).map(str::trim);
    let everywhere = heading.trim_start().starts_with("NAMESPACE");
    let better = match asked {
        Some(asked) if own.is_none() || kind == "objects" => format!("kubectl get {} -o yaml", without_output(asked)),
        _ if kind == "containers" => "docker inspect $(docker ps -q)".to_owned(),
        _ => {
            let what = own.unwrap_or_else(|| kind.to_owned());
            let scope = asked.map(scope).unwrap_or_default();
            let scope = if everywhere && scope.is_empty() { " -A".to_owned() } else { scope };
            format!("kubectl get {what}{scope} -o yaml")
        }
    };
    let found = codes::PASTED_TABLE.at(span).arg("kind", kind).arg("command", better);
    found.hint(codes::HINT_GIVE_YAML)
}

/// The arguments of `kubectl get` without `-o wide` and the like.
fn without_output(arguments: &str) -> String {
    let mut kept = Vec::new();
    let mut words = arguments.split_whitespace().peekable();
    while let Some(word) = words.next() {
        match word {
            "-o" | "--output" | "--sort-by" | "-L" | "--label-columns" => {
                words.next();
            }
            "|" | ">" | "&&" | ";" => break,
            "-w" | "--watch" | "--show-labels" | "--no-headers" => {}
            _ if word.starts_with("-o") || word.starts_with("--output=") || word.starts_with("--sort-by=") => {}
            _ => kept.push(word),
        }
    }
    kept.join(" ")
}

/// ` -n NAMESPACE` or ` -A` of a command's arguments.
fn scope(arguments: &str) -> String {
    let mut words = arguments.split_whitespace();
    while let Some(word) = words.next() {
        match word {
            "-A" | "--all-namespaces" => return " -A".to_owned(),
            "-n" | "--namespace" => return words.next().map(|name| format!(" -n {name}")).unwrap_or_default(),
            _ => {
                let joined = word.strip_prefix("--namespace=").or_else(|| word.strip_prefix("-n="));
                if let Some(name) = joined.or_else(|| word.strip_prefix("-n").filter(|name| !name.is_empty())) {
                    return format!(" -n {name}");
                }
            }
        }
    }
    String::new()
}

/// What `kubectl describe` prints: `Name:` with blanks behind it, and other headings of the kind in the next lines.
fn description(span: Span, line: &str, command: Option<&str>, rest: &str) -> Option<Diagnostic> {
    let name = line.strip_prefix("Name:")?;
    let wide = name.starts_with("  ") || name.starts_with('\t');
    let name = name.split_whitespace().next()?;
    let mut keys = vec!["Name"];
    let mut namespace = None;
    for line in rest.lines().take(400) {
        if line.starts_with("Name:") || kubectl(line).is_some() {
            break;
        }
        let Some((key, value)) = line.split_once(':').filter(|_| !line.starts_with([' ', '\t'])) else { continue };
        if key == "Namespace" {
            namespace = value.split_whitespace().next();
        }
        keys.push(key);
    }
    let has = |key: &str| keys.contains(&key);
    let headings =
        ["Namespace", "Labels", "Annotations", "Selector", "Events", "Containers", "Node", "Status", "Roles"];
    if !wide && headings.iter().filter(|heading| has(heading)).count() < 3 {
        return None;
    }
    if !headings.iter().any(|heading| has(heading)) {
        return None;
    }
    let asked = command.and_then(|command| command.strip_prefix("describe ")).and_then(|rest| {
        let word = rest.split_whitespace().next()?;
        Some(word.split_once('/').map_or(word, |(kind, _)| kind).to_owned())
    });
    let guess = if has("TargetPort") || has("Session Affinity") {
        "service"
    } else if has("Subsets") {
        "endpoints"
    } else if has("StrategyType") {
        "deployment"
    } else if has("Desired Number of Nodes Scheduled") {
        "daemonset"
    } else if has("Roles") || has("PodCIDR") {
        "node"
    } else if has("Default backend") || has("Rules") {
        "ingress"
    } else if has("Update Strategy") {
        "statefulset"
    } else if has("Replicas") {
        "replicaset"
    } else if has("Data") {
        "configmap"
    } else if has("AddressType") {
        "endpointslice"
    } else {
        "pod"
    };
    let kind = asked.unwrap_or_else(|| guess.to_owned());
    let scope = namespace.map(|namespace| format!(" -n {namespace}")).unwrap_or_default();
    let better = format!("kubectl get {kind} {name}{scope} -o yaml");
    let found = codes::PASTED_DESCRIPTION.at(span).arg("kind", kind).arg("name", name).arg("command", better);
    Some(found.hint(codes::HINT_GIVE_YAML))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(
        "NAME   READY   STATUS    RESTARTS   AGE\nweb    1/1     Running   0          23s\n",
        "pods: kubectl get pods -o yaml"
    )]
    #[case(
        "$ kubectl get po -o wide -n shop\nNAME  READY  STATUS  RESTARTS  AGE  IP  NODE  NOMINATED NODE  READINESS GATES\n",
        "pods: kubectl get po -n shop -o yaml"
    )]
    #[case(
        "NAMESPACE   NAME   TYPE   CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\n",
        "services: kubectl get services -A -o yaml"
    )]
    #[case(
        "user@host:~$ kubectl get svc,ep -A\nNAMESPACE   NAME  ENDPOINTS  AGE\n",
        "endpoints: kubectl get svc,ep -A -o yaml"
    )]
    #[case("NAME   STATUS   ROLES   AGE   VERSION\n", "nodes: kubectl get nodes -o yaml")]
    #[case("NAME   READY   UP-TO-DATE   AVAILABLE   AGE\n", "deployments: kubectl get deployments -o yaml")]
    #[case(
        "kubectl get all -n a\nNAME   READY   STATUS   RESTARTS   AGE\npod/web   1/1   Running   0   2m\n\nNAME   TYPE   CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\nservice/web   ClusterIP   10.0.0.1   <none>   80/TCP   2m\n",
        "pods: kubectl get pod -n a -o yaml | services: kubectl get service -n a -o yaml"
    )]
    #[case(
        "Name:              web\nNamespace:         shop\nLabels:            <none>\nSelector:          app=web\nTargetPort:        80/TCP\n",
        "service: kubectl get service web -n shop -o yaml"
    )]
    #[case(
        "$ kubectl describe svc/web\nName:   web\nNamespace:   default\nSelector: app=web\n",
        "svc: kubectl get svc web -n default -o yaml"
    )]
    #[case(
        "Name:         web-1\nNamespace:    default\nNode:         n/10.0.0.1\nContainers:\n  web:\n",
        "pod: kubectl get pod web-1 -n default -o yaml"
    )]
    #[case("apiVersion: v1\nkind: Pod\n", "")]
    #[case("NAME: x\nAGE: 3\n", "")]
    #[case("name: web\nlabels: {}\n", "")]
    #[case("", "")]
    fn printed_for_people(#[case] text: &str, #[case] expected: &str) {
        let found = look(text);
        let said: Vec<_> =
            found.iter().map(|found| format!("{}: {}", found.args["kind"], found.args["command"])).collect();
        assert_eq!(said.join(" | "), expected);
    }
}
