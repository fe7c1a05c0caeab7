//! CoreDNS' configuration (its Corefile), as far as it decides what is answered: which names a server block is for, what the plugins
//! `hosts`, `rewrite`, `kubernetes` and `forward` do there. Plugins that only watch, cache or count are passed over; others are kept by
//! name, so that an answer can say what it left out.
//!
//! ```
//! use kubernetes::corefile::Corefile;
//! use std::collections::BTreeMap;
//!
//! let corefile = Corefile::read(".:53 {\n  kubernetes cluster.local\n  forward . 1.1.1.1\n}\n", &BTreeMap::new());
//! let server = corefile.server_for("web.default.svc.cluster.local").unwrap();
//! assert_eq!(server.port, 53);
//! assert_eq!(corefile.domains().map(|name| &**name).collect::<Vec<_>>(), ["cluster.local"]);
//! ```

use crate::origin::Location;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Server blocks read at most.
const MAX_SERVERS: usize = 64;
/// Lines read at most.
const MAX_LINES: usize = 10_000;
/// `ttl` of the plugin `kubernetes` where none is given.
const DEFAULT_TTL: u32 = 5;
/// `ttl` of the plugin `hosts` where none is given.
const HOSTS_TTL: u32 = 3600;

/// Plugins that change no answer to a question for a name.
const QUIET: &[&str] = &[
    "any",
    "bind",
    "bufsize",
    "cache",
    "cancel",
    "debug",
    "dnstap",
    "errors",
    "health",
    "log",
    "loop",
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

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corefile {
    /// Server blocks, in order.
    pub servers: Vec<Server>,
    /// Where it stands; `None` for the one kubeadm writes, when the input has none.
    pub at: Option<Location>,
}

/// A server block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// Zones it is for: lower case, without trailing dot; empty is the root.
    pub zones: Vec<Arc<str>>,
    /// Port it listens on; 53 unless given.
    pub port: u16,
    /// `rewrite name`, in order.
    pub rewrites: Vec<Rewrite>,
    /// `hosts`.
    pub hosts: Vec<Hosts>,
    /// `kubernetes`.
    pub kubernetes: Vec<Kubernetes>,
    /// `forward`.
    pub forwards: Vec<Forward>,
    /// `loadbalance`: the order of addresses changes from answer to answer.
    pub rotates: bool,
    /// Plugins that act on answers and are not simulated.
    pub others: Vec<Arc<str>>,
}

/// How `rewrite name` compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RewriteKind {
    /// The whole name.
    Exact,
    /// Its beginning.
    Prefix,
    /// Its end.
    Suffix,
    /// Any part of it.
    Substring,
}

/// A `rewrite name` rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    /// How it compares.
    pub kind: RewriteKind,
    /// What is looked for, without trailing dot, lower case.
    pub from: Arc<str>,
    /// What it becomes, without trailing dot.
    pub to: Arc<str>,
    /// `continue`: later rules are applied, too.
    pub more: bool,
}

/// The plugin `hosts`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    /// Zones it is for; empty is the server's.
    pub zones: Vec<Arc<str>>,
    /// Addresses and names, in order.
    pub entries: Vec<(IpAddr, Vec<Arc<str>>)>,
    /// A file that is not in the input.
    pub unread: bool,
    /// Zones whose unknown names go on to the next plugin; `None` without `fallthrough`, empty for all.
    pub fallthrough: Option<Vec<Arc<str>>>,
    /// `ttl` in seconds.
    pub ttl: u32,
}

/// `pods` of the plugin `kubernetes`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PodNames {
    /// No names of Pods.
    #[default]
    Disabled,
    /// Every address in a namespace that exists.
    Insecure,
    /// Addresses of Pods in that namespace.
    Verified,
}

/// The plugin `kubernetes`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kubernetes {
    /// Zones: names', then those of reverse lookups.
    pub zones: Vec<Arc<str>>,
    /// `pods`.
    pub pods: PodNames,
    /// `endpoint_pod_names`: endpoints are called as their Pods.
    pub endpoint_pod_names: bool,
    /// `ttl` in seconds.
    pub ttl: u32,
    /// As for [`Hosts::fallthrough`].
    pub fallthrough: Option<Vec<Arc<str>>>,
}

impl Kubernetes {
    /// The zone Services are in.
    pub fn domain(&self) -> Option<&Arc<str>> {
        self.zones.iter().find(|zone| !zone.ends_with(".arpa") && &***zone != "arpa")
    }
}

/// The plugin `forward`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// Zone it is for; empty is everything.
    pub from: Arc<str>,
    /// Zones it leaves out.
    pub except: Vec<Arc<str>>,
    /// Servers, as written: addresses, `tls://…`, or a file like `/etc/resolv.conf`.
    pub to: Vec<Arc<str>>,
}

/// True for a name in a zone; both lower case, without trailing dot.
pub fn is_in(name: &str, zone: &str) -> bool {
    zone.is_empty() || name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// True where unknown names of a zone go on.
pub fn falls_through(fallthrough: Option<&Vec<Arc<str>>>, name: &str) -> bool {
    fallthrough.is_some_and(|zones| zones.is_empty() || zones.iter().any(|zone| is_in(name, zone)))
}

/// A zone as compared: lower case, without trailing dot, scheme and port.
fn zone(word: &str) -> Arc<str> {
    let word = word.strip_prefix("dns://").unwrap_or(word).to_lowercase();
    Arc::from(word.trim_end_matches('.'))
}

impl Corefile {
    /// What kubeadm writes for a domain.
    pub fn kubeadm(domain: &str) -> Self {
        let reverse = ["in-addr.arpa", "ip6.arpa"].map(Arc::from);
        let zones = [zone(domain)].into_iter().chain(reverse.clone()).collect();
        let kubernetes = Kubernetes {
            zones,
            pods: PodNames::Insecure,
            endpoint_pod_names: false,
            ttl: 30,
            fallthrough: Some(reverse.to_vec()),
        };
        let forward = Forward { from: Arc::from(""), except: Vec::new(), to: vec![Arc::from("/etc/resolv.conf")] };
        let server = Server {
            zones: vec![Arc::from("")],
            port: 53,
            rotates: true,
            kubernetes: vec![kubernetes],
            forwards: vec![forward],
            ..Server::default()
        };
        Self { servers: vec![server], at: None }
    }

    /// Reads a Corefile. `files` are the other texts of its ConfigMap, which are mounted beside it.
    pub fn read(text: &str, files: &BTreeMap<Arc<str>, Arc<str>>) -> Self {
        let mut servers = Vec::new();
        let mut lines = text.lines().take(MAX_LINES).map(words).filter(|words| !words.is_empty());
        while let Some(mut words) = lines.next() {
            if servers.len() >= MAX_SERVERS {
                break;
            }
            // Snippets are only text to import.
            let snippet = words.first().is_some_and(|word| word.starts_with('('));
            let opened = words.last().is_some_and(|word| word == "{");
            if opened {
                words.pop();
            }
            let body = if opened { block(&mut lines) } else { Vec::new() };
            if !snippet && (opened || !words.is_empty()) {
                servers.push(server(&words, &body, files));
            }
        }
        Self { servers, at: None }
    }

    /// The block that answers for a name on port 53: the one with the longest zone that it is in.
    pub fn server_for(&self, name: &str) -> Option<&Server> {
        let fits = |server: &&Server| server.port == 53 && server.zones.iter().any(|zone| is_in(name, zone));
        let length = |server: &&Server| {
            server.zones.iter().filter(|zone| is_in(name, zone)).map(|zone| zone.len()).max().unwrap_or(0)
        };
        // Of several with the same zone the first one counts.
        self.servers.iter().filter(fits).rev().max_by_key(length)
    }

    /// The domains Services are in, in order.
    pub fn domains(&self) -> impl Iterator<Item = &Arc<str>> {
        self.servers
            .iter()
            .filter(|server| server.port == 53)
            .flat_map(|server| &server.kubernetes)
            .filter_map(Kubernetes::domain)
    }
}

/// Words of a line, without its comment.
fn words(line: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            '#' if !quoted && word.is_empty() => break,
            c if c.is_whitespace() && !quoted => {
                if !word.is_empty() {
                    all.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        all.push(word);
    }
    all
}

/// A directive with the lines of its own block.
struct Directive {
    words: Vec<String>,
    body: Vec<Vec<String>>,
}

/// The directives up to the closing brace.
fn block(lines: &mut impl Iterator<Item = Vec<String>>) -> Vec<Directive> {
    let mut all = Vec::new();
    while let Some(mut words) = lines.next() {
        if words.first().is_some_and(|word| word == "}") {
            break;
        }
        let mut body = Vec::new();
        if words.last().is_some_and(|word| word == "{") {
            words.pop();
            let mut depth = 1_u32;
            for inner in lines.by_ref() {
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
                body.push(inner);
            }
        }
        all.push(Directive { words, body });
    }
    all
}

fn server(keys: &[String], directives: &[Directive], files: &BTreeMap<Arc<str>, Arc<str>>) -> Server {
    let mut server = Server { port: 53, ..Server::default() };
    for key in keys.iter().flat_map(|key| key.split(',')).filter(|key| !key.is_empty()) {
        let key = key.split_once("://").map_or(key, |(_, rest)| rest);
        let (name, port) = match key.rsplit_once(':') {
            Some((name, port)) if port.parse::<u16>().is_ok() => (name, port.parse().ok()),
            _ => (key, None),
        };
        server.port = port.unwrap_or(server.port);
        server.zones.push(zone(name));
    }
    for Directive { words, body } in directives {
        let Some((plugin, arguments)) = words.split_first() else { continue };
        match &**plugin {
            "kubernetes" => server.kubernetes.push(kubernetes(arguments, body, &server.zones)),
            "hosts" => server.hosts.push(hosts(arguments, body, files)),
            "forward" => server.forwards.extend(forward(arguments, body)),
            "rewrite" => {
                let rules = std::iter::once(arguments).filter(|words| !words.is_empty());
                for rule in rules.chain(body.iter().map(Vec::as_slice)) {
                    match rewrite(rule) {
                        Some(rule) => server.rewrites.push(rule),
                        None => server.others.push(Arc::from("rewrite")),
                    }
                }
            }
            "loadbalance" => server.rotates = true,
            other if QUIET.contains(&other) => {}
            other => server.others.push(Arc::from(other)),
        }
    }
    server.others.dedup();
    server
}

fn zones_of(words: &[String]) -> Vec<Arc<str>> {
    words.iter().map(|word| zone(word)).collect()
}

fn kubernetes(arguments: &[String], body: &[Vec<String>], own: &[Arc<str>]) -> Kubernetes {
    let zones = if arguments.is_empty() { own.to_vec() } else { zones_of(arguments) };
    let mut plugin = Kubernetes { zones, ttl: DEFAULT_TTL, ..Kubernetes::default() };
    for line in body {
        let Some((option, rest)) = line.split_first() else { continue };
        match (&**option, rest.first().map(String::as_str)) {
            ("pods", Some("insecure")) => plugin.pods = PodNames::Insecure,
            ("pods", Some("verified")) => plugin.pods = PodNames::Verified,
            ("endpoint_pod_names", _) => plugin.endpoint_pod_names = true,
            ("ttl", Some(seconds)) => plugin.ttl = seconds.parse().unwrap_or(plugin.ttl),
            ("fallthrough", _) => plugin.fallthrough = Some(zones_of(rest)),
            _ => {}
        }
    }
    plugin
}

fn hosts(arguments: &[String], body: &[Vec<String>], files: &BTreeMap<Arc<str>, Arc<str>>) -> Hosts {
    let mut plugin = Hosts { ttl: HOSTS_TTL, ..Hosts::default() };
    let is_file = |word: &String| word.contains('/') || files.contains_key(&**word);
    let (file, zones) = match arguments.split_first() {
        Some((first, rest)) if is_file(first) => (Some(first), rest),
        _ => (None, arguments),
    };
    plugin.zones = zones_of(zones);
    let mut line = |words: &[String]| {
        let Some((address, names)) = words.split_first() else { return };
        if let Ok(ip) = address.parse() {
            plugin.entries.push((ip, names.iter().map(|name| zone(name)).collect()));
        }
    };
    if let Some(file) = file {
        let name = file.rsplit('/').next().unwrap_or_default();
        match files.get(name) {
            Some(text) => text.lines().take(MAX_LINES).for_each(|text| line(&words(text))),
            None => plugin.unread = true,
        }
    }
    let mut line = |words: &[String]| {
        let Some((address, names)) = words.split_first() else { return };
        if let Ok(ip) = address.parse() {
            plugin.entries.push((ip, names.iter().map(|name| zone(name)).collect()));
        }
    };
    for words in body {
        match words.first().map(String::as_str) {
            Some("fallthrough" | "ttl" | "no_reverse" | "reload") => {}
            _ => line(words),
        }
    }
    for words in body {
        let Some((option, rest)) = words.split_first() else { continue };
        match (&**option, rest.first()) {
            ("fallthrough", _) => plugin.fallthrough = Some(zones_of(rest)),
            ("ttl", Some(seconds)) => plugin.ttl = seconds.parse().unwrap_or(plugin.ttl),
            _ => {}
        }
    }
    plugin
}

fn forward(arguments: &[String], body: &[Vec<String>]) -> Option<Forward> {
    let (from, to) = arguments.split_first()?;
    let except = body.iter().filter(|line| line.first().is_some_and(|word| word == "except"));
    let except = except.flat_map(|line| zones_of(line.get(1..).unwrap_or_default())).collect();
    let to = to.iter().map(|server| Arc::from(server.as_str())).collect();
    Some(Forward { from: zone(from), except, to })
}

/// `[continue|stop] name [exact|prefix|suffix|substring] FROM TO …`; `None` for what is not understood.
fn rewrite(words: &[String]) -> Option<Rewrite> {
    let mut words = words.iter().map(String::as_str).peekable();
    let more = words.next_if(|word| matches!(*word, "continue" | "stop")) == Some("continue");
    words.next_if(|word| *word == "name")?;
    let kind = words.next_if(|word| matches!(*word, "exact" | "prefix" | "suffix" | "substring" | "regex"));
    let kind = match kind {
        None | Some("exact") => RewriteKind::Exact,
        Some("prefix") => RewriteKind::Prefix,
        Some("suffix") => RewriteKind::Suffix,
        Some("substring") => RewriteKind::Substring,
        Some(_) => return None,
    };
    let (from, to) = (words.next()?, words.next()?);
    let text = |word: &str| match kind {
        // A part keeps its dots.
        RewriteKind::Prefix | RewriteKind::Substring => Arc::from(word.to_lowercase()),
        RewriteKind::Exact | RewriteKind::Suffix => zone(word),
    };
    Some(Rewrite { kind, from: text(from), to: text(to), more })
}

impl Rewrite {
    /// The name after it; `None` where it does not fit. Names are lower case, without trailing dot.
    pub fn apply(&self, name: &str) -> Option<String> {
        let (from, to) = (&*self.from, &*self.to);
        match self.kind {
            RewriteKind::Exact => (name == from).then(|| to.to_owned()),
            RewriteKind::Prefix => name.strip_prefix(from).map(|rest| format!("{to}{rest}")),
            RewriteKind::Suffix => name.strip_suffix(from).map(|rest| format!("{rest}{to}")),
            RewriteKind::Substring => name.contains(from).then(|| name.replace(from, to)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
# a comment
(snip) {
    log
}
.:53 {
    errors
    rewrite name exact old.example.org web.default.svc.corp.local
    rewrite stop {
        name suffix .old .new
        name regex (.*) {1}
    }
    kubernetes corp.local in-addr.arpa ip6.arpa {
       pods verified
       fallthrough in-addr.arpa ip6.arpa
    }
    hosts /etc/coredns/NodeHosts example.org {
      10.1.2.3 legacy.example.org other.example.org # here
      ttl 60
      fallthrough
    }
    template IN A x {
        answer "y z"
    }
    forward . 192.168.10.1 tls://9.9.9.9 {
       except lan.example
    }
    cache 30
}
corp.example:53 example.net {
    forward . 10.0.0.1
}
other.:5353 {
    whoami
}
"#;

    #[test]
    fn blocks_and_plugins_are_read() {
        let files = BTreeMap::from([(Arc::from("NodeHosts"), Arc::from("192.168.10.11 node-a\n"))]);
        let file = Corefile::read(TEXT, &files);
        assert_eq!(file.servers.len(), 3, "{file:#?}");
        let root = &file.servers[0];
        assert_eq!(
            root.kubernetes[0].zones.iter().map(|zone| &**zone).collect::<Vec<_>>(),
            ["corp.local", "in-addr.arpa", "ip6.arpa"]
        );
        assert_eq!((root.kubernetes[0].pods, root.kubernetes[0].ttl), (PodNames::Verified, 5));
        assert_eq!(root.hosts[0].entries.len(), 2);
        assert_eq!((root.hosts[0].ttl, &root.hosts[0].fallthrough), (60, &Some(Vec::new())));
        assert_eq!(root.forwards[0].to.len(), 2);
        assert_eq!(&*root.forwards[0].except[0], "lan.example");
        assert_eq!(root.others.iter().map(|other| &**other).collect::<Vec<_>>(), ["rewrite", "template"]);
        assert_eq!(root.rewrites[0].apply("old.example.org").as_deref(), Some("web.default.svc.corp.local"));
        assert_eq!(root.rewrites.len(), 2);
        assert_eq!(
            file.server_for("a.corp.example").map(|server| server.forwards[0].to[0].to_string()),
            Some("10.0.0.1".into())
        );
        assert_eq!(file.server_for("web.default.svc.corp.local").map(|server| server.kubernetes.len()), Some(1));
        // The block on another port is not asked.
        assert_eq!(file.server_for("x.other").map(|server| server.kubernetes.len()), Some(1));
        assert_eq!(file.domains().map(|zone| &**zone).collect::<Vec<_>>(), ["corp.local"]);
    }

    #[test]
    fn broken_texts_are_read_as_far_as_they_go() {
        for text in ["", "{", "}", ".:53 {", "a b c", ".:53 {\n kubernetes\n hosts {\n", "\u{0}{ {\n}\n}"] {
            let _ = Corefile::read(text, &BTreeMap::new()).server_for("web.default.svc.cluster.local");
        }
    }
}
