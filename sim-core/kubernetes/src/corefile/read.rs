//! A Corefile's text to server blocks and their plugins.

use super::lines::{Files, Line, MAX_LINES, lines, words};
use super::rewrite::rewrite;
use super::selector::LabelText;
use super::template::template;
use super::zone::{zone, zones_of, zones_of_word};
use super::{Autopath, Cache, Forward, Hosts, Kubernetes, PodNames, Server, Transport, Unread};
use std::sync::Arc;

/// Server blocks read at most.
const MAX_SERVERS: usize = 64;
/// `ttl` of the plugin `kubernetes` where none is given.
const DEFAULT_TTL: u32 = 5;
/// `ttl` of the plugin `hosts` where none is given.
const HOSTS_TTL: u32 = 3600;
/// How long the plugin `cache` keeps answers, and that there is none, where it is not told.
const SUCCESS_TTL: u32 = 3600;
const DENIAL_TTL: u32 = 1800;
/// The least that it keeps either.
const LEAST_TTL: u32 = 5;

/// Plugins that change no answer to a question for a name.
const QUIET: &[&str] = &[
    "any",
    "bufsize",
    "cancel",
    "debug",
    "dnstap",
    "errors",
    "health",
    "log",
    "metadata",
    "minimal",
    "multisocket",
    "nsid",
    "pprof",
    "prometheus",
    "ready",
    "reload",
    "root",
    "timeouts",
    "tls",
    "trace",
    "transfer",
    "local",
];

/// A directive with the lines of its own block.
struct Directive {
    line: u32,
    words: Vec<String>,
    body: Vec<Line>,
}

/// The server blocks of a text.
pub(super) fn servers(text: &str, files: &Files) -> Vec<Server> {
    let mut servers = Vec::new();
    let mut lines = lines(text, files).into_iter();
    while let Some((line, mut words)) = lines.next() {
        if servers.len() >= MAX_SERVERS {
            break;
        }
        let opened = words.last().is_some_and(|word| word == "{");
        if opened {
            words.pop();
        }
        let body = if opened { block(&mut lines) } else { Vec::new() };
        // An import between the blocks that leads to nothing.
        let import = !opened && words.first().is_some_and(|word| word == "import");
        if !import && (opened || !words.is_empty()) {
            servers.push(Server { line, ..server(&words, &body, files) });
        }
    }
    servers
}

/// The directives up to the closing brace.
fn block(lines: &mut impl Iterator<Item = Line>) -> Vec<Directive> {
    let mut all = Vec::new();
    while let Some((line, mut words)) = lines.next() {
        if words.first().is_some_and(|word| word == "}") {
            break;
        }
        let mut body = Vec::new();
        if words.last().is_some_and(|word| word == "{") {
            words.pop();
            let mut depth = 1_u32;
            for (number, inner) in lines.by_ref() {
                if inner.first().is_some_and(|word| word == "}") {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                    continue;
                }
                if inner.last().is_some_and(|word| word == "{") {
                    depth += 1;
                }
                body.push((number, inner));
            }
        }
        all.push(Directive { line, words, body });
    }
    all
}

fn server(keys: &[String], directives: &[Directive], files: &Files) -> Server {
    let mut server = Server { port: 53, ..Server::default() };
    for key in keys.iter().flat_map(|key| key.split(',')).filter(|key| !key.is_empty()) {
        let key = key.split_once("://").map_or(key, |(_, rest)| rest);
        let (name, port) = match key.rsplit_once(':') {
            Some((name, port)) if port.parse::<u16>().is_ok() => (name, port.parse().ok()),
            _ => (key, None),
        };
        server.port = port.unwrap_or(server.port);
        server.zones.extend(zones_of_word(name));
    }
    for Directive { line, words, body } in directives {
        let Some((plugin, arguments)) = words.split_first() else { continue };
        let unread = |name: &str| Unread { name: Arc::from(name), line: *line };
        match &**plugin {
            "kubernetes" => {
                let plugin = kubernetes(arguments, body, &mut server);
                server.kubernetes.push(plugin);
            }
            "hosts" => server.hosts.push(hosts(arguments, body, files)),
            "forward" => {
                let plugin = forward(*line, arguments, body, &mut server.others);
                server.forwards.extend(plugin);
            }
            "cache" => server.cache = Some(cache(arguments, body, &mut server.others)),
            "autopath" => match arguments.split_last() {
                Some((from, zones)) if from == "@kubernetes" => {
                    server.autopaths.push(Autopath { zones: zones_of(zones), search: None, line: *line });
                }
                Some((from, zones)) => match search(from, files) {
                    Some(search) => {
                        server.autopaths.push(Autopath { zones: zones_of(zones), search: Some(search), line: *line });
                    }
                    None => server.others.push(unread("autopath")),
                },
                None => server.others.push(unread("autopath")),
            },
            "template" => match template(*line, arguments, body) {
                Some(read) => server.templates.push(read),
                None => server.others.push(unread("template")),
            },
            "rewrite" => match rewrite(arguments, body) {
                Some(rule) => server.rewrites.push(rule),
                None => {
                    let field = arguments.iter().find(|word| !matches!(&***word, "continue" | "stop"));
                    let name = field.map_or("rewrite".to_owned(), |field| format!("rewrite {field}"));
                    server.others.push(unread(&name));
                }
            },
            "loadbalance" => server.rotates = true,
            "loop" => server.detects_loops = true,
            "bind" => server.bind.extend(arguments.iter().map(|word| Arc::from(word.as_str()))),
            other if QUIET.contains(&other) => {}
            other => server.others.push(unread(other)),
        }
    }
    server.others.dedup();
    server
}

/// The search list of a `resolv.conf`: of one that stands beside the Corefile; the node's own has none here.
fn search(file: &str, files: &Files) -> Option<Vec<Arc<str>>> {
    if file == "/etc/resolv.conf" {
        return Some(Vec::new());
    }
    let text = files.get(file.rsplit('/').next().unwrap_or_default())?;
    // The last line counts.
    let lines =
        text.lines().take(MAX_LINES).map(words).filter(|words| words.first().is_some_and(|word| word == "search"));
    Some(lines.last().map(|words| words.iter().skip(1).map(|word| zone(word)).collect()).unwrap_or_default())
}

fn kubernetes(arguments: &[String], body: &[Line], server: &mut Server) -> Kubernetes {
    let zones = if arguments.is_empty() { server.zones.clone() } else { zones_of(arguments) };
    let mut plugin = Kubernetes { zones, ttl: DEFAULT_TTL, ..Kubernetes::default() };
    for (line, words) in body {
        let Some((option, rest)) = words.split_first() else { continue };
        match (&**option, rest.first().map(String::as_str)) {
            ("pods", Some("insecure")) => plugin.pods = PodNames::Insecure,
            ("pods", Some("verified")) => plugin.pods = PodNames::Verified,
            ("pods", Some("disabled")) => plugin.pods = PodNames::Disabled,
            ("endpoint_pod_names", _) => plugin.endpoint_pod_names = true,
            ("ttl", Some(seconds)) => plugin.ttl = seconds.parse().unwrap_or(plugin.ttl),
            ("fallthrough", _) => plugin.fallthrough = Some(zones_of(rest)),
            ("namespaces", Some(_)) => plugin.namespaces = rest.iter().map(|name| Arc::from(name.as_str())).collect(),
            ("labels", Some(_)) if LabelText::read(&rest.join(" ")).is_some() => {
                plugin.labels = LabelText::read(&rest.join(" "));
            }
            ("namespace_labels", Some(_)) if LabelText::read(&rest.join(" ")).is_some() => {
                plugin.namespace_labels = LabelText::read(&rest.join(" "));
            }
            ("noendpoints", _) => plugin.no_endpoints = true,
            ("ignore", Some("empty_service")) => plugin.ignore_empty = true,
            // How it reaches the API server; what is long gone.
            ("endpoint" | "tls" | "kubeconfig" | "apiserver_qps" | "apiserver_burst", _) => {}
            ("apiserver_max_inflight" | "startup_timeout" | "transfer" | "upstream" | "resyncperiod", _) => {}
            (other, _) => server.others.push(Unread { name: format!("kubernetes {other}").into(), line: *line }),
        }
    }
    plugin
}

fn hosts(arguments: &[String], body: &[Line], files: &Files) -> Hosts {
    let mut plugin = Hosts { ttl: HOSTS_TTL, ..Hosts::default() };
    let is_file = |word: &String| word.contains('/') || files.contains_key(&**word);
    let (file, zones) = match arguments.split_first() {
        Some((first, rest)) if is_file(first) => (Some(first), rest),
        _ => (None, arguments),
    };
    plugin.zones = zones_of(zones);
    let entry = |words: &[String]| {
        let (address, names) = words.split_first()?;
        Some((address.parse().ok()?, names.iter().map(|name| zone(name)).collect()))
    };
    if let Some(file) = file {
        let name = file.rsplit('/').next().unwrap_or_default();
        match files.get(name) {
            Some(text) => plugin.entries.extend(text.lines().take(MAX_LINES).filter_map(|text| entry(&words(text)))),
            None => plugin.unread = true,
        }
    }
    for (_, words) in body {
        let Some((option, rest)) = words.split_first() else { continue };
        match (&**option, rest.first()) {
            ("fallthrough", _) => plugin.fallthrough = Some(zones_of(rest)),
            ("ttl", Some(seconds)) => plugin.ttl = seconds.parse().unwrap_or(plugin.ttl),
            ("no_reverse", _) => plugin.no_reverse = true,
            ("reload", _) => {}
            _ => plugin.entries.extend(entry(words)),
        }
    }
    plugin
}

fn forward(line: u32, arguments: &[String], body: &[Line], others: &mut Vec<Unread>) -> Option<Forward> {
    let (from, to) = arguments.split_first()?;
    let to: Vec<Arc<str>> = to.iter().map(|server| Arc::from(server.as_str())).collect();
    // A range is several zones.
    let from = zones_of_word(from).into_iter().next()?;
    let mut plugin = Forward::to(from, to, line);
    for (line, words) in body {
        let Some((option, rest)) = words.split_first() else { continue };
        let first = rest.first().map(String::as_str);
        match (&**option, first) {
            ("except", _) => plugin.except.extend(zones_of(rest)),
            ("force_tcp", _) => plugin.transport = Transport::Tcp,
            // The other one counts more.
            ("prefer_udp", _) if plugin.transport != Transport::Tcp => plugin.transport = Transport::Udp,
            ("prefer_udp", _) => {}
            ("policy", Some(policy)) => plugin.sequential = policy == "sequential",
            ("max_fails", Some(count)) => plugin.never_down = count == "0",
            ("max_connect_attempts", Some(count)) => plugin.attempts = count.parse().unwrap_or(0),
            // How connections are kept, and how servers are watched.
            (
                "expire" | "max_age" | "max_idle_conns" | "max_concurrent" | "health_check" | "tls" | "tls_servername",
                _,
            ) => {}
            ("failfast_all_unhealthy_upstreams", _) => {}
            (other, _) => others.push(Unread { name: format!("forward {other}").into(), line: *line }),
        }
    }
    Some(plugin)
}

fn cache(arguments: &[String], body: &[Line], others: &mut Vec<Unread>) -> Cache {
    let (seconds, zones) = match arguments.split_first() {
        Some((first, rest)) => match first.parse::<u32>() {
            Ok(seconds) => (Some(seconds), rest),
            Err(_) => (None, arguments),
        },
        None => (None, arguments),
    };
    let bounds = |most: u32| (LEAST_TTL.min(most), most);
    let mut cache = Cache {
        zones: zones_of(zones),
        success: bounds(seconds.unwrap_or(SUCCESS_TTL)),
        denial: bounds(seconds.unwrap_or(DENIAL_TTL)),
        disabled: [None, None],
    };
    for (line, words) in body {
        let Some((option, rest)) = words.split_first() else { continue };
        // CAPACITY [TTL] [MINTTL]
        let told = |now: (u32, u32)| {
            let number = |at: usize| rest.get(at).and_then(|text| text.parse::<u32>().ok());
            let most = number(1).unwrap_or(now.1);
            (number(2).unwrap_or(LEAST_TTL).min(most), most)
        };
        match &**option {
            "success" => cache.success = told(cache.success),
            "denial" => cache.denial = told(cache.denial),
            "disable" => {
                let zones = zones_of(rest.get(1..).unwrap_or_default());
                match rest.first().map(String::as_str) {
                    Some("success") => cache.disabled[0] = Some(zones),
                    Some("denial") => cache.disabled[1] = Some(zones),
                    _ => {}
                }
            }
            // What is kept longer or fetched earlier, and how long a failure is kept.
            "prefetch" | "serve_stale" | "servfail" | "keepttl" => {}
            other => others.push(Unread { name: format!("cache {other}").into(), line: *line }),
        }
    }
    cache
}
