//! Server blocks and locations, as the controller writes them.

use super::annotations::Said;
use super::canary::Canary;
use super::cors::Cors;
use super::named::Named;
use super::snippet::Snippet;
use crate::http::{Rule, Unread};
use ipnet::IpNet;
use kubernetes::cluster::model::{Cluster, Controller, Ingress, IngressBackend, NamespacedName, PathKind, covers};
use kubernetes::origin::Location as Line;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The server for hosts that no other is for.
pub(super) const DEFAULT: &str = "_";

/// A controller's nginx.
pub(crate) struct Nginx<'m> {
    pub(super) cluster: &'m Cluster,
    pub(super) controller: &'m Controller,
    pub(super) servers: BTreeMap<Arc<str>, Server>,
}

/// A server block.
pub(super) struct Server {
    /// Other names that it is for.
    pub(super) aliases: Vec<Arc<str>>,
    /// In the order in which they are written: the longest first.
    pub(super) locations: Vec<Location>,
    /// It has a certificate of its own.
    pub(super) certificate: bool,
    /// All locations are patterns.
    pub(super) patterns: bool,
    /// A name that differs by `www.` alone and leads here.
    pub(super) twin: Option<Arc<str>>,
}

/// A location block.
#[derive(Clone)]
pub(super) struct Location {
    pub(super) path: Arc<str>,
    /// Exact or by elements: what is specific to the implementation is by elements here (`SetDefaultNGINXPathType`).
    pub(super) exact: bool,
    /// Where it goes; `None` for the built-in default backend.
    pub(super) backend: Option<Named>,
    /// No path of a rule wrote it: it is there for what no path is for.
    pub(super) fallback: bool,
    pub(super) rule: Option<Rule>,
    pub(super) settings: Arc<Settings>,
    pub(super) canary: Option<Canary>,
}

/// What annotations say for all locations of an Ingress.
#[derive(Clone, Default)]
pub(super) struct Settings {
    pub(super) rewrite: Option<Arc<str>>,
    pub(super) use_regex: bool,
    pub(super) app_root: Option<Arc<str>>,
    pub(super) redirect: Option<(u16, Arc<str>)>,
    pub(super) relative_redirects: bool,
    pub(super) ssl_redirect: bool,
    pub(super) force_ssl_redirect: bool,
    pub(super) keep_slash: bool,
    pub(super) port_in_redirects: bool,
    pub(super) allow: Vec<IpNet>,
    pub(super) deny: Vec<IpNet>,
    pub(super) cors: Option<Cors>,
    pub(super) body: Option<u64>,
    pub(super) vhost: Option<Arc<str>>,
    pub(super) service_upstream: bool,
    pub(super) tls: bool,
    pub(super) not_http: bool,
    pub(super) prefix: Option<Arc<str>>,
    pub(super) default_backend: Option<Arc<str>>,
    pub(super) affinity: Option<Arc<str>>,
    pub(super) snippet: Snippet,
    pub(super) unread: Vec<Unread>,
}

impl Settings {
    fn of(said: &Said<'_>) -> Self {
        let redirect = |name: &str, code: u16| {
            let said_code = said.number(&format!("{name}-code")).and_then(|code| u16::try_from(code).ok());
            let code = said_code.filter(|code| (300..=308).contains(code)).unwrap_or(code);
            Some((code, said.text(name)?.clone()))
        };
        let protocol = said.text("backend-protocol").map(|text| text.to_ascii_uppercase());
        let snippet = said.text("configuration-snippet").map(|text| Snippet::read(text)).unwrap_or_default();
        let mut unread = said.unread();
        if snippet.unread {
            unread.push(said.left("configuration-snippet"));
        }
        Self {
            rewrite: said.text("rewrite-target").cloned(),
            use_regex: said.is_on("use-regex", false),
            app_root: said.text("app-root").cloned(),
            // The temporary one wins where both are given.
            redirect: redirect("temporal-redirect", 302).or_else(|| redirect("permanent-redirect", 301)),
            relative_redirects: said.is_on("relative-redirects", false),
            ssl_redirect: said.is_on("ssl-redirect", true),
            force_ssl_redirect: said.is_on("force-ssl-redirect", false),
            keep_slash: said.is_on("preserve-trailing-slash", false),
            port_in_redirects: said.is_on("use-port-in-redirects", false),
            allow: said.ranges(&["whitelist-source-range", "allowlist-source-range"]),
            deny: said.ranges(&["denylist-source-range"]),
            cors: Cors::of(said),
            body: said.size("proxy-body-size").or(Some(1 << 20)).filter(|size| *size > 0),
            vhost: said.text("upstream-vhost").cloned(),
            service_upstream: said.is_on("service-upstream", false),
            tls: matches!(protocol.as_deref(), Some("HTTPS" | "GRPCS")),
            not_http: matches!(protocol.as_deref(), Some("FCGI")),
            prefix: said.text("x-forwarded-prefix").cloned(),
            default_backend: said.text("default-backend").cloned(),
            affinity: said
                .text("affinity")
                .filter(|kind| &***kind == "cookie")
                .map(|_| said.text("session-cookie-name").cloned().unwrap_or_else(|| Arc::from("INGRESSCOOKIE"))),
            snippet,
            unread,
        }
    }
}

impl<'m> Nginx<'m> {
    /// The tables of a controller, from the Ingresses that it serves.
    pub(crate) fn of(cluster: &'m Cluster, index: u32) -> Option<Self> {
        let controller = cluster.fronts.controllers.get(index as usize)?;
        let mut all: Vec<&Ingress> =
            cluster.fronts.ingresses.iter().filter(|ingress| ingress.controller == Some(index)).collect();
        // The oldest first; of those of one second, as all of one file are, the last name.
        all.sort_by(|one, other| {
            let age = |ingress: &Ingress| (ingress.created.is_none(), ingress.created.clone());
            age(one).cmp(&age(other)).then_with(|| other.name.cmp(&one.name))
        });
        let said: Vec<(&Ingress, Said<'_>, Arc<Settings>)> = all
            .into_iter()
            .map(|ingress| {
                let said = Said::of(ingress, &controller.config);
                let settings = Arc::new(Settings::of(&said));
                (ingress, said, settings)
            })
            .collect();
        let mut nginx = Self { cluster, controller, servers: BTreeMap::new() };
        nginx.servers.insert(Arc::from(DEFAULT), Server::new(fallback(None, None, &Arc::default())));
        let plain = |said: &Said<'_>| !said.is_on("canary", false);
        for (ingress, _, settings) in said.iter().filter(|(_, said, _)| plain(said)) {
            nginx.open(ingress, settings);
        }
        for (ingress, said, settings) in said.iter().filter(|(_, said, _)| plain(said)) {
            nginx.fill(ingress, said, settings);
        }
        for (ingress, said, _) in said.iter().filter(|(_, said, _)| !plain(said)) {
            nginx.canary(ingress, said);
        }
        let names: Vec<Arc<str>> = nginx.servers.keys().cloned().collect();
        for server in nginx.servers.values_mut() {
            server.finish();
            server.twin = server.twin.take().filter(|twin| !names.contains(twin));
            server.aliases.retain(|alias| !names.contains(alias));
        }
        Some(nginx)
    }

    /// Servers for the hosts of an Ingress, each with what is for paths that no rule has.
    fn open(&mut self, ingress: &Ingress, settings: &Arc<Settings>) {
        let own = ingress.default_backend.as_ref().and_then(|backend| named(ingress, backend));
        let rule = || {
            let field = Arc::from("spec.defaultBackend");
            Some(Rule {
                object: ingress.origin.object.clone(),
                number: None,
                field,
                matched: Arc::from("/"),
                location: ingress.origin.location.clone(),
            })
        };
        if let Some(own) = &own
            && let Some(location) =
                self.servers.get_mut(DEFAULT).and_then(|server| server.locations.iter_mut().find(|one| one.fallback))
        {
            // The first that has one is for everything that is nobody's.
            location.backend.get_or_insert_with(|| own.clone());
            if location.rule.is_none() {
                location.rule = rule();
                if ingress.rules.is_empty() {
                    let taken = Settings { redirect: None, rewrite: None, ..Settings::clone(settings) };
                    location.settings = Arc::new(taken);
                }
            }
        }
        for host in ingress.rules.iter().filter_map(|rule| rule.host.clone()) {
            let made = || Server::new(fallback(own.clone(), own.as_ref().and_then(|_| rule()), settings));
            self.servers.entry(host).or_insert_with(made);
        }
    }

    /// The paths of an Ingress, its certificates and other names.
    fn fill(&mut self, ingress: &Ingress, said: &Said<'_>, settings: &Arc<Settings>) {
        for (number, rule) in ingress.rules.iter().enumerate() {
            let host = rule.host.clone().unwrap_or_else(|| Arc::from(DEFAULT));
            let Some(server) = self.servers.get_mut(&host) else { continue };
            if server.aliases.is_empty() {
                server.aliases = said.list("server-alias").into_iter().filter(|alias| *alias != host).collect();
            }
            if said.is_on("from-to-www-redirect", false) && server.twin.is_none() {
                let twin = match host.strip_prefix("www.") {
                    Some(bare) => bare.to_owned(),
                    None => format!("www.{host}"),
                };
                server.twin = Some(Arc::from(twin));
            }
            server.certificate |= ingress.tls.iter().any(|tls| {
                let named = tls.hosts.iter().any(|own| *own == host || covers(own, &host));
                // Without hosts those of the certificate count, which is not read.
                named || (tls.hosts.is_empty() && tls.secret.is_some())
            });
            for (at, path) in rule.paths.iter().enumerate() {
                let Some(backend) = named(ingress, &path.backend) else { continue };
                let exact = path.kind == PathKind::Exact;
                let field = format!("spec.rules[{number}].http.paths[{at}]");
                let by = by(ingress, number, &field, path.location.clone());
                let same = |have: &&mut Location| have.path == path.path && have.kind_is(path.kind);
                let made = Location {
                    path: path.path.clone(),
                    exact,
                    backend: Some(backend),
                    fallback: false,
                    rule: Some(by),
                    settings: settings.clone(),
                    canary: None,
                };
                match server.locations.iter_mut().find(same) {
                    // What the older one has stays.
                    Some(have) if !have.fallback => {}
                    Some(have) => *have = made,
                    None => server.locations.push(made),
                }
            }
        }
    }

    /// Makes a canary of an Ingress the alternative of the paths that another has.
    fn canary(&mut self, ingress: &Ingress, said: &Said<'_>) {
        for (number, rule) in ingress.rules.iter().enumerate() {
            let host = rule.host.clone().unwrap_or_else(|| Arc::from(DEFAULT));
            let Some(server) = self.servers.get_mut(&host) else { continue };
            for (at, path) in rule.paths.iter().enumerate() {
                let Some(backend) = named(ingress, &path.backend) else { continue };
                let same = |have: &&mut Location| have.path == path.path && have.kind_is(path.kind);
                let Some(have) = server.locations.iter_mut().find(same) else { continue };
                // Itself is no alternative, and there is one at most.
                if have.canary.is_none() && have.backend.as_ref().is_some_and(|own| *own != backend) {
                    let field = format!("spec.rules[{number}].http.paths[{at}]");
                    let rule = by(ingress, number, &field, path.location.clone());
                    have.canary = Some(Canary::of(said, backend, rule));
                }
            }
        }
    }
}

impl Location {
    fn kind_is(&self, kind: PathKind) -> bool {
        self.exact == (kind == PathKind::Exact)
    }

    /// The target of a rewrite that changes something.
    pub(super) fn rewrites(&self) -> Option<&Arc<str>> {
        self.settings.rewrite.as_ref().filter(|target| **target != self.path)
    }

    fn is_pattern(&self) -> bool {
        self.rewrites().is_some() || self.settings.use_regex
    }
}

impl Server {
    fn new(first: Location) -> Self {
        Self { aliases: Vec::new(), locations: vec![first], certificate: false, patterns: false, twin: None }
    }

    /// Puts locations into the order and form in which nginx gets them.
    fn finish(&mut self) {
        let exact: Vec<Arc<str>> =
            self.locations.iter().filter(|location| location.exact).map(|location| location.path.clone()).collect();
        let mut all = Vec::with_capacity(self.locations.len() * 2);
        for location in self.locations.drain(..) {
            let whole = location.exact || &*location.path == "/" || location.is_pattern();
            if whole {
                all.push(location);
                continue;
            }
            let mut below = location.clone();
            if !below.path.ends_with('/') {
                below.path = Arc::from(format!("{}/", below.path));
            }
            if !exact.contains(&location.path) {
                all.push(Location { exact: true, ..location });
            }
            all.push(below);
        }
        all.sort_by(|one, other| (other.path.len(), &other.path).cmp(&(one.path.len(), &one.path)));
        self.patterns = all.iter().any(Location::is_pattern);
        for location in &mut all {
            let matched = match (self.patterns, location.exact) {
                (true, _) => format!("~* \"^{}\"", location.path),
                (false, true) => format!("= {}", location.path),
                (false, false) => location.path.to_string(),
            };
            if let Some(rule) = &mut location.rule {
                rule.matched = Arc::from(matched);
            }
        }
        self.locations = all;
    }
}

fn by(ingress: &Ingress, number: usize, field: &str, location: Option<Line>) -> Rule {
    Rule {
        object: ingress.origin.object.clone(),
        number: Some(number as u32),
        field: Arc::from(field),
        matched: Arc::from(""),
        location: location.or_else(|| ingress.origin.location.clone()),
    }
}

fn fallback(backend: Option<Named>, rule: Option<Rule>, settings: &Arc<Settings>) -> Location {
    Location {
        path: Arc::from("/"),
        exact: false,
        backend,
        fallback: true,
        rule,
        settings: settings.clone(),
        canary: None,
    }
}

fn named(ingress: &Ingress, backend: &IngressBackend) -> Option<Named> {
    match backend {
        IngressBackend::Service { name, port } => Some(Named {
            service: NamespacedName { namespace: ingress.name.namespace.clone(), name: name.clone() },
            port: port.clone(),
        }),
        // The controller leaves these to the default backend.
        IngressBackend::Resource(_) => None,
    }
}
