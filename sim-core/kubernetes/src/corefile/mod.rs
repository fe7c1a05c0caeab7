//! CoreDNS' configuration (its Corefile), as far as it decides what is answered: which names a server block is for, and what its plugins
//! do there. Plugins that only watch or count are passed over; others, and options that are not understood, are kept with their lines, so
//! that an answer can say what it left out.
//!
//! ```
//! use kubernetes::corefile::Corefile;
//! use std::collections::BTreeMap;
//!
//! let corefile = Corefile::read(".:53 {\n  kubernetes cluster.local\n  forward . 1.1.1.1\n}\n", &BTreeMap::new());
//! let server = corefile.server_for("web.default.svc.cluster.local", 53).unwrap();
//! assert_eq!(server.port, 53);
//! assert_eq!(corefile.domains().map(|name| &**name).collect::<Vec<_>>(), ["cluster.local"]);
//! ```

mod lines;
mod read;
mod rewrite;
mod selector;
mod template;
mod zone;

pub use lines::Files;
pub use rewrite::{Back, Change, Match, Pattern, Rewrite};
pub use selector::LabelText;
pub use template::{Piece, Template};
pub use zone::{falls_through, is_in};

use crate::origin::Location;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corefile {
    /// Server blocks, in order.
    pub servers: Vec<Server>,
    /// Where it stands; `None` for the one kubeadm writes, when the input has none.
    pub at: Option<Location>,
    /// Its lines are lines of that text.
    pub own_lines: bool,
}

/// A plugin or an option that is not understood.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unread {
    /// The words that name it.
    pub name: Arc<str>,
    /// Line of the Corefile, from 1.
    pub line: u32,
}

/// A server block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Server {
    /// Zones it is for: lower case, without trailing dot; empty is the root.
    pub zones: Vec<Arc<str>>,
    /// Port it listens on; 53 unless given.
    pub port: u16,
    /// Line that it begins in.
    pub line: u32,
    /// `bind`: addresses and devices; empty for all.
    pub bind: Vec<Arc<str>>,
    /// `loop`: it ends at its start where its questions come back to it.
    pub detects_loops: bool,
    /// `cache`.
    pub cache: Option<Cache>,
    /// `rewrite`, in order.
    pub rewrites: Vec<Rewrite>,
    /// `autopath`.
    pub autopaths: Vec<Autopath>,
    /// `template`, in order.
    pub templates: Vec<Template>,
    /// `hosts`.
    pub hosts: Vec<Hosts>,
    /// `kubernetes`.
    pub kubernetes: Vec<Kubernetes>,
    /// `forward`.
    pub forwards: Vec<Forward>,
    /// `loadbalance`: the order of addresses changes from answer to answer.
    pub rotates: bool,
    /// Plugins and options that act on answers and are not simulated.
    pub others: Vec<Unread>,
}

/// The plugin `cache`: how long answers hold, in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// Zones it is for; empty is the server's.
    pub zones: Vec<Arc<str>>,
    /// Answers: at least, at most.
    pub success: (u32, u32),
    /// That there is none: at least, at most.
    pub denial: (u32, u32),
    /// `disable`: answers, and that there is none, in these zones; empty for all of them.
    pub disabled: [Option<Vec<Arc<str>>>; 2],
}

/// `autopath`: the search list is walked for who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Autopath {
    /// Zones it is for; empty is the server's.
    pub zones: Vec<Arc<str>>,
    /// The search list of a file; `None` for `@kubernetes`, the Pod's own.
    pub search: Option<Vec<Arc<str>>>,
    /// Its line.
    pub line: u32,
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
    /// `no_reverse`: addresses have no names.
    pub no_reverse: bool,
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
    /// `namespaces`: only these; empty for all.
    pub namespaces: Vec<Arc<str>>,
    /// `namespace_labels`: only namespaces that have them; whoever knows the namespaces puts those into [`Self::namespaces`].
    pub namespace_labels: Option<LabelText>,
    /// `labels`: only Services and Pods that have them.
    pub labels: Option<LabelText>,
    /// `noendpoints`: names of Services with an address alone.
    pub no_endpoints: bool,
    /// `ignore empty_service`: a Service without a ready endpoint does not exist.
    pub ignore_empty: bool,
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
    /// Its line.
    pub line: u32,
    /// `force_tcp`, `prefer_udp`; otherwise as the question came.
    pub transport: Transport,
    /// `policy sequential`: the servers in order; otherwise whichever comes first.
    pub sequential: bool,
    /// `max_fails 0`: a server is never taken to be down.
    pub never_down: bool,
    /// `max_connect_attempts`: tries of one question; 0 for as many as there is time for.
    pub attempts: u32,
}

/// How a server asks others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// As it was asked itself.
    #[default]
    AsAsked,
    /// In a stream.
    Tcp,
    /// By datagrams.
    Udp,
}

impl Forward {
    /// `forward ZONE SERVER…` without options.
    pub fn to(from: Arc<str>, to: Vec<Arc<str>>, line: u32) -> Self {
        Self {
            from,
            except: Vec::new(),
            to,
            line,
            transport: Transport::AsAsked,
            sequential: false,
            never_down: false,
            attempts: 0,
        }
    }

    /// The servers that are given by address; port 853 where they are asked over TLS.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> {
        self.to.iter().filter_map(|to| {
            let (port, rest) = match to.split_once("://") {
                Some(("tls", rest)) => (853, rest),
                Some((_, rest)) => (53, rest),
                None => (53, &**to),
            };
            // The name of a server's certificate stands behind a percent sign.
            let rest = rest.split('%').next().unwrap_or(rest);
            let bare = rest.trim_start_matches('[').trim_end_matches(']');
            rest.parse().ok().or_else(|| Some(SocketAddr::new(bare.parse().ok()?, port)))
        })
    }
}

impl Corefile {
    /// What kubeadm of a minor release of 1 writes for a domain: from 1.32 on nothing of that domain is cached (kubernetes#128359).
    pub fn kubeadm(domain: &str, minor: u32) -> Self {
        let reverse = ["in-addr.arpa", "ip6.arpa"].map(Arc::from);
        let zones = [zone::zone(domain)].into_iter().chain(reverse.clone()).collect();
        let kubernetes = Kubernetes {
            zones,
            pods: PodNames::Insecure,
            ttl: 30,
            fallthrough: Some(reverse.to_vec()),
            ..Kubernetes::default()
        };
        let uncached = (minor >= 32).then(|| vec![zone::zone(domain)]);
        let disabled = [uncached.clone(), uncached];
        let to = vec![Arc::from("/etc/resolv.conf")];
        let server = Server {
            zones: vec![Arc::from("")],
            port: 53,
            cache: Some(Cache { disabled, ..Cache::of(30) }),
            rotates: true,
            kubernetes: vec![kubernetes],
            forwards: vec![Forward::to(Arc::from(""), to, 0)],
            ..Server::default()
        };
        Self { servers: vec![server], at: None, own_lines: false }
    }

    /// Reads a Corefile. `files` are texts that stand beside it: of its ConfigMap, and of those mounted in folders.
    pub fn read(text: &str, files: &Files) -> Self {
        Self { servers: read::servers(text, files), at: None, own_lines: false }
    }

    /// The block that answers for a name on a port: the one with the longest zone that it is in.
    pub fn server_for(&self, name: &str, port: u16) -> Option<&Server> {
        let fits = |server: &&Server| server.port == port && server.zones.iter().any(|zone| is_in(name, zone));
        let length = |server: &&Server| {
            server.zones.iter().filter(|zone| is_in(name, zone)).map(|zone| zone.len()).max().unwrap_or(0)
        };
        // Of several with the same zone the first one counts.
        self.servers.iter().filter(fits).rev().max_by_key(length)
    }

    /// The port that the cluster's Pods ask on: 53 where a block has it, else that of the first block.
    pub fn port(&self) -> u16 {
        let usual = self.servers.iter().any(|server| server.port == 53);
        self.servers.first().filter(|_| !usual).map_or(53, |first| first.port)
    }

    /// The domains Services are in, in order.
    pub fn domains(&self) -> impl Iterator<Item = &Arc<str>> + Clone {
        self.servers
            .iter()
            .filter(|server| server.port == self.port())
            .flat_map(|server| &server.kubernetes)
            .filter_map(Kubernetes::domain)
    }

    /// Where one of its lines stands in the input.
    pub fn place(&self, line: u32) -> Option<Location> {
        let at = self.at.clone()?;
        let below = if self.own_lines { line.saturating_sub(1) } else { 0 };
        let column = if below > 0 { 1 } else { at.column };
        Some(Location { line: at.line + below, column, ..at })
    }
}

impl Cache {
    /// `cache SECONDS`.
    fn of(seconds: u32) -> Self {
        let bounds = (5.min(seconds), seconds);
        Self { zones: Vec::new(), success: bounds, denial: bounds, disabled: [None, None] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const TEXT: &str = r#"
# a comment
(snip) {
    log
}
.:53 {
    errors
    rewrite name exact old.example.org web.default.svc.corp.local
    rewrite stop {
        name regex (.*)\.new\.$ {1}.default.svc.corp.local
        answer auto
    }
    rewrite edns0 local set 0xffee abcd
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
        match ^(?P<of>[a-z]+)\.x\.$
        answer "{{ .Name }} 60 IN A 10.0.0.{{ index .Match 1 }}{{ .Group.of }}"
    }
    template IN A y {
        answer "{{ .Name | upper }} 60 IN A 10.0.0.1"
    }
    acl
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
        let others: Vec<(&str, u32)> = root.others.iter().map(|other| (&*other.name, other.line)).collect();
        assert_eq!(others, [("rewrite edns0", 13), ("template", 27), ("acl", 30)]);
        assert_eq!(root.templates.len(), 1);
        let first = |name: &str| match &root.rewrites[0].change {
            Change::Name { of, to, .. } => of.apply(name, to),
            _ => None,
        };
        assert_eq!(first("old.example.org").as_deref(), Some("web.default.svc.corp.local"));
        let Change::Name { of, to, back } = &root.rewrites[1].change else { panic!("{root:?}") };
        let became = of.apply("shop.new", to).unwrap();
        assert_eq!((&*became, back.auto), ("shop.default.svc.corp.local", true));
        assert_eq!(back.name(of, ("shop.new", &became), to, "shop.default.svc.corp.local."), "shop.new.");
        assert_eq!(root.rewrites.len(), 2);
        assert_eq!(root.cache, Some(Cache::of(30)));
        assert_eq!(
            file.server_for("a.corp.example", 53).map(|server| server.forwards[0].to[0].to_string()),
            Some("10.0.0.1".into())
        );
        assert_eq!(file.server_for("web.default.svc.corp.local", 53).map(|server| server.kubernetes.len()), Some(1));
        // The block on another port is not asked.
        assert_eq!(file.server_for("x.other", 53).map(|server| server.kubernetes.len()), Some(1));
        assert_eq!(file.domains().map(|zone| &**zone).collect::<Vec<_>>(), ["corp.local"]);
    }

    #[test]
    fn broken_texts_are_read_as_far_as_they_go() {
        for text in ["", "{", "}", ".:53 {", "a b c", ".:53 {\n kubernetes\n hosts {\n", "\u{0}{ {\n}\n}"] {
            let _ = Corefile::read(text, &BTreeMap::new()).server_for("web.default.svc.cluster.local", 53);
        }
    }

    #[test]
    fn imports_are_put_in_their_place() {
        let text = "(common) {\n  rewrite name a.example b.example\n  cache 10\n}\n.:53 {\n  import common\n  import \
                    /etc/coredns/custom/*.override\n  import missing\n}\nimport /etc/coredns/custom/*.server\n";
        let files = [("custom/x.override", "log\nforward lan 10.0.0.9\n"), ("custom/y.server", "z:53 {\n whoami\n}")];
        let files = files.into_iter().map(|(name, text)| (Arc::from(name), Arc::from(text))).collect();
        let file = Corefile::read(text, &files);
        assert_eq!(file.servers.len(), 2, "{file:#?}");
        let root = &file.servers[0];
        assert_eq!((root.rewrites.len(), root.forwards.len(), root.forwards[0].line), (1, 1, 7));
        assert_eq!(root.others, [Unread { name: Arc::from("import"), line: 8 }]);
        assert_eq!(&*file.servers[1].others[0].name, "whoami");
    }

    #[test]
    fn options_of_kubernetes_and_cache_are_read() {
        let text = ".:53 {\n kubernetes cluster.local 10.96.0.0/16 {\n  namespaces a b\n  labels app in (x, y)\n  noendpoints\n  \
                    ignore empty_service\n  multicluster c.d\n }\n cache {\n  success 100 50 7\n  denial 10\n  disable denial \
                    x.org\n }\n autopath @kubernetes\n forward . tls://9.9.9.9%dns.q [fd00::1]:5353 10.0.0.1\n}\n";
        let file = Corefile::read(text, &BTreeMap::new());
        let root = &file.servers[0];
        let own = &root.kubernetes[0];
        assert_eq!(own.zones.iter().map(|zone| &**zone).collect::<Vec<_>>(), ["cluster.local", "96.10.in-addr.arpa"]);
        assert_eq!(
            (own.namespaces.len(), own.no_endpoints, own.ignore_empty, own.labels.is_some()),
            (2, true, true, true)
        );
        assert_eq!(root.others, [Unread { name: Arc::from("kubernetes multicluster"), line: 7 }]);
        let cache = root.cache.as_ref().unwrap();
        assert_eq!((cache.success, cache.denial), ((7, 50), (5, 1800)));
        assert_eq!(cache.disabled, [None, Some(vec![Arc::from("x.org")])]);
        assert_eq!(root.autopaths[0].line, 14);
        let to: Vec<String> = root.forwards[0].addresses().map(|to| to.to_string()).collect();
        assert_eq!(to, ["9.9.9.9:853", "[fd00::1]:5353", "10.0.0.1:53"]);
    }
}
