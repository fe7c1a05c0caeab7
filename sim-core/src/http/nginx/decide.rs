//! What nginx does with a request.

use super::canary::Goes;
use super::named::Named;
use super::path::normal;
use super::table::{DEFAULT, Location, Nginx, Server, Settings};
use crate::http::backend::{self, Found, Rules};
use crate::http::pattern::Patterns;
use crate::http::{Action, Backend, Because, Decision, Draw, Edit, Entry, Forward, Request, Response, Rule, forwarded};
use kubernetes::cluster::model::{BackendPort, NamespacedName, Service, covers};
use std::sync::Arc;

impl Nginx<'_> {
    /// What is done with a request that came by `entry`; `draw` decides between a canary and what it is one of.
    pub(crate) fn decide(&self, request: &Request, entry: &Entry, draw: &mut Draw<'_>) -> Decision {
        let host = request.host();
        let path = normal(request.path());
        let patterns = Patterns::default();
        let Some((name, server)) = self.server(&host) else {
            return match self.twin(&host) {
                Some(twin) => away(request, entry, twin),
                None => Decision::answer(404, Because::NoHost),
            };
        };
        if let Some(location) = server.lacks_slash(&path) {
            // A prefix that ends with a slash, asked for without it (ngx_http_core_module, `location`).
            let query = request.query().map(|query| format!("?{query}")).unwrap_or_default();
            let to = format!("{}://{}{}/{query}", request.scheme(), host_of(&request.authority), request.path());
            let moved = moved(301, &to);
            return match &location.rule {
                Some(rule) => moved.by(rule.clone()),
                None => moved,
            };
        }
        let Some((location, captured)) = server.locate(&path, &patterns) else {
            return Decision::answer(404, Because::NoPath);
        };
        let mut decision = self.within(server, location, (request, &path, captured), (entry, &patterns), draw);
        if decision.because == Because::NoPath && name == DEFAULT {
            decision.because = Because::NoHost;
        }
        let settings = &location.settings;
        decision.unread.clone_from(&settings.unread);
        decision
    }

    /// The server for a host: by its name, by another name, by `*.`, else the default.
    fn server(&self, host: &str) -> Option<(&str, &Server)> {
        if let Some((name, server)) = self.servers.get_key_value(host).filter(|(name, _)| &***name != DEFAULT) {
            return Some((name, server));
        }
        let named = |(_, server): &(&Arc<str>, &Server)| {
            server.aliases.iter().any(|alias| **alias == *host || covers(alias, host))
        };
        let wild = |(name, _): &(&Arc<str>, &Server)| covers(name, host);
        let all = || self.servers.iter();
        if let Some((name, server)) = all().find(named).or_else(|| all().find(wild)) {
            return Some((name, server));
        }
        if self.twin(host).is_some() {
            return None;
        }
        self.servers.get_key_value(DEFAULT).map(|(name, server)| (&**name, server))
    }

    /// The host that one differs from by `www.` alone, where requests are sent there.
    fn twin(&self, host: &str) -> Option<&Arc<str>> {
        self.servers.iter().find(|(_, server)| server.twin.as_deref() == Some(host)).map(|(name, _)| name)
    }

    fn within(
        &self,
        server: &Server,
        location: &Location,
        (request, path, captured): (&Request, &str, Vec<String>),
        (entry, patterns): (&Entry, &Patterns),
        draw: &mut Draw<'_>,
    ) -> Decision {
        let settings = &location.settings;
        let by = |decision: Decision| match &location.rule {
            Some(rule) => decision.by(rule.clone()),
            None => decision,
        };
        let trusts = self.is_on("use-forwarded-headers");
        let proto = request.headers.get("X-Forwarded-Proto").filter(|_| trusts);
        let tls = proto.map_or(request.tls, |proto| proto.eq_ignore_ascii_case("https"));
        // Phase rewrite: what the location says, then whether it is to be HTTPS, then whether anybody is there.
        if let Some(root) = settings.app_root.as_ref().filter(|_| path == "/") {
            let to = format!("{}://{}{root}", scheme(tls), request.authority);
            return by(moved(302, &to));
        }
        if let Some((code, to)) = &settings.redirect {
            let to = match to.starts_with('/') && !settings.relative_redirects {
                true => format!("{}://{}{to}", scheme(tls), host_of(&request.authority)),
                false => to.to_string(),
            };
            return by(moved(*code, &to));
        }
        if !tls && (settings.force_ssl_redirect || (settings.ssl_redirect && server.certificate)) {
            return by(Decision { because: Because::ToHttps, ..moved(308, &secure(request, settings)) });
        }
        let plain = |backend: &Option<Named>| {
            let service = backend.as_ref()?.service.clone();
            Some(Backend { service, port: Arc::from(backend.as_ref()?.port.to_string()) })
        };
        // Phase access comes behind; a location without a backend answers before.
        let client = entry.client.ip();
        let named_by = |ranges: &[ipnet::IpNet]| ranges.iter().any(|range| range.contains(&client));
        let Some(own) = &location.backend else {
            return by(Decision::answer(404, Because::NoPath));
        };
        let (mut backend, mut rule, mut because) = (own, location.rule.clone(), Because::Rule);
        if let Some(canary) = &location.canary {
            let there = match canary.goes(request, patterns) {
                Goes::There => true,
                Goes::Here => false,
                Goes::Drawn(share) => {
                    let name = |named: &Named| Arc::from(format!("{}:{}", named.service, named.port));
                    draw(&[(name(own), 1.0 - share), (name(&canary.backend), share)]) == 1
                }
            };
            // One that has nobody is none.
            if there && matches!(self.find(&canary.backend, settings.service_upstream), Found::At(_)) {
                (backend, rule, because) = (&canary.backend, Some(canary.rule.clone()), Because::Canary);
            }
        }
        let told = plain(&Some(backend.clone()));
        let tell = |decision: Decision, rule: Option<Rule>| Decision { rule, backend: told.clone(), ..decision };
        let mut found = self.find(backend, settings.service_upstream);
        let mut stands_in = false;
        if let (Found::None(_), Some(name)) = (&found, &settings.default_backend) {
            // `default-backend`: another Service of the Ingress' namespace, by its first port.
            let service = NamespacedName { namespace: backend.service.namespace.clone(), name: name.clone() };
            let port = self.service(&service).and_then(|service| service.ports.first()).map(|port| port.port.0);
            if let Some(port) = port {
                let other = Named { service, port: BackendPort::Number(port) };
                if let at @ Found::At(_) = self.find(&other, false) {
                    (found, stands_in) = (at, true);
                }
            }
        }
        let upstream = match found {
            Found::At(upstream) => upstream,
            Found::None(because) => return tell(Decision::answer(503, because), rule),
        };
        if named_by(&settings.deny) || !(settings.allow.is_empty() || named_by(&settings.allow)) {
            return tell(Decision::answer(403, Because::Forbidden), rule);
        }
        if let Some(response) = settings.cors.as_ref().and_then(|cors| cors.preflight(request, patterns)) {
            return tell(Decision::answers(response, Because::Preflight), rule);
        }
        if settings.body.is_some_and(|most| request.body.len() as u64 > most) {
            return tell(Decision::answer(413, Because::TooLarge), rule);
        }
        if settings.not_http {
            return tell(Decision::answer(502, Because::Unsupported), rule);
        }
        let mut edits: Vec<Edit> = settings.cors.as_ref().map(|cors| cors.edits(request, patterns)).unwrap_or_default();
        edits.extend(settings.snippet.edits());
        if let Some(cookie) = settings.affinity.as_ref().filter(|name| request.cookie(name).is_none()) {
            let value = format!("{cookie}={:016x}; Path=/; HttpOnly", hash(&entry.client.to_string()));
            edits.push(Edit::Add(Arc::from("Set-Cookie"), Arc::from(value)));
        }
        if request.tls && self.config("hsts").is_none_or(|on| &**on != "false") {
            edits.push(Edit::Set(
                Arc::from("Strict-Transport-Security"),
                Arc::from("max-age=31536000; includeSubDomains"),
            ));
        }
        let mut sent = self.passed(request, entry, location, tls);
        if let Some(target) = location.rewrites() {
            sent.target = rewritten(target, &captured, request.query());
        }
        if stands_in {
            self.unserved(&mut sent, own, location);
        }
        settings.snippet.edit(&mut sent, &|name| self.variable(name, request, entry, (own, location)));
        let forward = Forward {
            request: Request { tls: settings.tls, ..sent },
            tls: settings.tls,
            // `proxy_ssl_server_name off`.
            sni: None,
            to: upstream,
            backend: told.clone().unwrap_or(Backend { service: own.service.clone(), port: Arc::from("") }),
            edits,
            mirrors: Vec::new(),
        };
        tell(Decision { action: Action::Forward(Box::new(forward)), ..Decision::answer(200, because) }, rule)
    }

    fn config(&self, key: &str) -> Option<&Arc<str>> {
        self.controller.config.get(key)
    }

    fn is_on(&self, key: &str) -> bool {
        self.config(key).is_some_and(|value| &**value == "true")
    }

    /// The request with the fields that the controller sets.
    fn passed(&self, request: &Request, entry: &Entry, location: &Location, tls: bool) -> Request {
        let mut sent = request.clone();
        let (headers, trusts) = (&mut sent.headers, self.is_on("use-forwarded-headers"));
        let came = request.headers.joined("X-Forwarded-For");
        let peer = forwarded(&entry.client);
        let first = came.as_deref().and_then(|all| all.split(',').next()).map(|first| first.trim().to_owned());
        let client = first.filter(|_| trusts).unwrap_or_else(|| peer.clone());
        let whole = match (&came, trusts && self.is_on("compute-full-forwarded-for")) {
            (Some(came), true) => format!("{came}, {peer}"),
            _ => client.clone(),
        };
        let host = request.headers.get("X-Forwarded-Host").filter(|_| trusts).unwrap_or(&request.authority).clone();
        if let Some(came) = came {
            headers.set("X-Original-Forwarded-For", came);
        }
        let id = request.headers.get("X-Request-ID").cloned();
        let id = id.unwrap_or_else(|| Arc::from(format!("{:016x}{:016x}", hash(&request.url()), hash(&peer))));
        headers.set("X-Request-ID", id);
        headers.set("X-Real-IP", client);
        headers.set("X-Forwarded-For", whole);
        headers.set("X-Forwarded-Host", host);
        headers.set("X-Forwarded-Port", if tls { "443" } else { "80" });
        headers.set("X-Forwarded-Proto", scheme(tls));
        headers.set("X-Forwarded-Scheme", scheme(tls));
        headers.set("X-Scheme", scheme(tls));
        headers.remove("Proxy");
        if let Some(prefix) = location.settings.prefix.as_ref().filter(|_| location.rewrites().is_some()) {
            headers.set("X-Forwarded-Prefix", prefix.clone());
        }
        if let Some(vhost) = &location.settings.vhost {
            sent.authority = vhost.clone();
        }
        sent
    }

    /// What a default backend is told of the Service that it stands in for.
    fn unserved(&self, sent: &mut Request, own: &Named, location: &Location) {
        let accept = sent.headers.get("Accept").cloned().unwrap_or_else(|| Arc::from(""));
        let headers = &mut sent.headers;
        headers.set("X-Code", "503");
        headers.set("X-Format", accept);
        headers.set("X-Namespace", own.service.namespace.clone());
        headers.set(
            "X-Ingress-Name",
            location.rule.as_ref().map_or_else(|| Arc::from(""), |rule| rule.object.name.clone()),
        );
        headers.set("X-Service-Name", own.service.name.clone());
        headers.set("X-Service-Port", own.port.to_string());
    }

    /// A variable that snippets use; `None` for one that is not simulated.
    fn variable(
        &self,
        name: &str,
        request: &Request,
        entry: &Entry,
        (own, location): (&Named, &Location),
    ) -> Option<String> {
        Some(match name {
            "service_name" => own.service.name.to_string(),
            "service_port" => own.port.to_string(),
            "namespace" => own.service.namespace.to_string(),
            "ingress_name" => location.rule.as_ref()?.object.name.to_string(),
            "location_path" => location.path.to_string(),
            "host" => request.host(),
            "http_host" | "best_http_host" => request.authority.to_string(),
            "remote_addr" => forwarded(&entry.client),
            "scheme" | "pass_access_scheme" => request.scheme().to_owned(),
            "request_uri" => request.target.to_string(),
            "uri" => request.path().to_owned(),
            "args" => request.query().unwrap_or_default().to_owned(),
            "request_method" => request.method.to_string(),
            "server_port" => entry.port.to_string(),
            name => {
                let field = name.strip_prefix("http_")?.replace('_', "-");
                request.headers.get(&field).map(ToString::to_string).unwrap_or_default()
            }
        })
    }

    fn find(&self, named: &Named, whole: bool) -> Found {
        backend::find(self.cluster, &named.service, &named.port, Rules { whole, by_target: true })
    }

    fn service(&self, name: &NamespacedName) -> Option<&Service> {
        let id = self.cluster.service_named(&name.namespace, &name.name)?;
        self.cluster.services.get(id.0 as usize)
    }
}

impl Server {
    /// The location that a path is the beginning of but for a slash, where none is for the path itself.
    fn lacks_slash(&self, path: &str) -> Option<&Location> {
        let exact = self.patterns || self.locations.iter().any(|own| own.exact && *own.path == *path);
        let mut all = self.locations.iter().filter(|own| !exact && !own.exact);
        all.find(|own| own.path.strip_suffix('/') == Some(path) && !path.is_empty())
    }

    /// The location for a path, with what its pattern caught, the whole first.
    fn locate(&self, path: &str, patterns: &Patterns) -> Option<(&Location, Vec<String>)> {
        if self.patterns {
            return self.locations.iter().find_map(|location| {
                let pattern = patterns.read(&format!("^{}", location.path), true)?;
                let caught = pattern.captures(path).ok().flatten()?;
                let caught = (0..caught.len()).map(|at| caught.get(at).map_or("", |part| part.as_str()).to_owned());
                Some((location, caught.collect()))
            });
        }
        let exact = self.locations.iter().find(|location| location.exact && *location.path == *path);
        // The longest stands first.
        let prefix = || self.locations.iter().find(|location| !location.exact && path.starts_with(&*location.path));
        exact.or_else(prefix).map(|location| (location, Vec::new()))
    }
}

/// The address of the same over TLS.
fn secure(request: &Request, settings: &Settings) -> String {
    let mut target = &*request.target;
    if !settings.keep_slash {
        target = target.strip_suffix('/').unwrap_or(target);
    }
    let port = if settings.port_in_redirects { ":443" } else { "" };
    format!("https://{}{port}{target}", host_of(&request.authority))
}

fn scheme(tls: bool) -> &'static str {
    if tls { "https" } else { "http" }
}

fn host_of(authority: &str) -> &str {
    authority.split(':').next().unwrap_or_default()
}

fn moved(code: u16, to: &str) -> Decision {
    Decision::answers(Response::of(code).header("Location", to), Because::Redirect)
}

/// To the name without, or with, `www.`: nginx keeps the port of plain HTTP there.
fn away(request: &Request, entry: &Entry, host: &str) -> Decision {
    let target = request.target.strip_suffix('/').unwrap_or(&request.target);
    let port = if request.tls || entry.port != 80 { "" } else { ":80" };
    moved(308, &format!("{}://{host}{port}{target}", request.scheme()))
}

/// A rewrite's target with what was caught; the query stays behind it, unless it ends with `?`.
fn rewritten(target: &str, caught: &[String], query: Option<&str>) -> Arc<str> {
    let mut out = String::new();
    let mut signs = target.chars().peekable();
    while let Some(sign) = signs.next() {
        match (sign, signs.peek().and_then(|next| next.to_digit(10))) {
            ('$', Some(number)) => {
                signs.next();
                out.push_str(caught.get(number as usize).map_or("", String::as_str));
            }
            _ => out.push(sign),
        }
    }
    if let Some(short) = out.strip_suffix('?') {
        return Arc::from(short);
    }
    if let Some(query) = query {
        out.push(if out.contains('?') { '&' } else { '?' });
        out.push_str(query);
    }
    if !out.starts_with('/') {
        out.insert(0, '/');
    }
    Arc::from(out)
}

/// FNV-1a: numbers that look drawn and are always the same.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
