//! URLs through two ways in, beside each other: what each answered, from where, and where they differ.

use crate::locale::{Lang, ta};
use kubernetes::cluster::model::{Cluster, PathMatch, RouteOf};
use serde_json::{Value, json};
use sim_core::trace::Journey;
use std::fmt::{self, Write};

/// URLs of one list at most.
pub const MOST: usize = 1_000;

/// A line of a list: a URL, or a method and a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked<'l> {
    /// As it stands there.
    pub line: &'l str,
    /// The method, where the line has one.
    pub method: Option<&'l str>,
    /// The URL.
    pub url: &'l str,
}

/// The lines of a list; empty ones and those that begin with `#` are none.
pub fn lines(list: &str) -> impl Iterator<Item = Asked<'_>> {
    let lines = list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| match line.split_once(char::is_whitespace) {
        Some((method, url)) => Asked { line, method: Some(method), url: url.trim() },
        None => Asked { line, method: None, url: line },
    })
}

/// A URL for each path that Ingresses and HTTPRoutes of the input have a rule for, and one below it; `most` at most.
pub fn of_rules(cluster: &Cluster, most: usize) -> Vec<String> {
    let fronts = &cluster.fronts;
    let ingresses = fronts.ingresses.iter().flat_map(|ingress| {
        let secure = |host: &str| ingress.tls.iter().any(|tls| tls.hosts.iter().any(|own| **own == *host));
        ingress.rules.iter().flat_map(move |rule| {
            let host = rule.host.as_deref().unwrap_or("example.com");
            let scheme = if secure(host) { "https" } else { "http" };
            rule.paths.iter().map(move |path| (scheme, host, path.path.to_string()))
        })
    });
    let routes = fronts.routes.iter().filter(|route| route.of == RouteOf::Http).flat_map(|route| {
        let hosts = route.hostnames.iter().map(|host| &**host);
        let host = hosts.into_iter().next().unwrap_or("example.com");
        route.rules.iter().flat_map(|rule| &rule.matches).filter_map(move |own| match &own.path {
            PathMatch::Exact(path) | PathMatch::Prefix(path) => Some(("http", host, path.to_string())),
            PathMatch::Pattern(_) => None,
        })
    });
    // What is a pattern is no path that anybody asks for.
    let plain = |path: &str| path.starts_with('/') && !path.contains(['(', '[', '*', '$', '|', '^', '?', ' ']);
    let mut all: Vec<String> = Vec::new();
    for (scheme, host, path) in ingresses.chain(routes).filter(|(.., path)| plain(path)) {
        let host = host.strip_prefix("*.").map_or_else(|| host.to_owned(), |parent| format!("www.{parent}"));
        for url in [format!("{scheme}://{host}{path}"), format!("{scheme}://{host}{}/1", path.trim_end_matches('/'))] {
            if all.len() < most && !all.contains(&url) {
                all.push(url);
            }
        }
    }
    all
}

/// What became of a URL in one world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What the client's call reported.
    pub result: String,
    /// The status, where something answered.
    pub status: Option<u16>,
    /// The Service that the rule names.
    pub service: Option<String>,
    /// Path and host as the backend saw them.
    pub path: Option<String>,
    /// The same of the host.
    pub host: Option<String>,
    /// Where the client is sent.
    pub location: Option<String>,
    /// The object and field that decided.
    pub rule: Option<String>,
}

/// What became of a URL.
pub fn told(journey: &Journey) -> Told {
    let http = journey.http.as_ref();
    let decision = http.and_then(|http| http.decision());
    let response = http.and_then(|http| http.response.as_ref());
    let seen = http.and_then(|http| http.seen.as_ref());
    Told {
        result: journey.client.code(),
        status: response.map(|response| response.status),
        service: decision.and_then(|one| one.backend.as_ref()).map(|own| format!("{}:{}", own.service, own.port)),
        path: seen.map(|seen| seen.request.target.to_string()),
        host: seen.map(|seen| seen.request.authority.to_string()),
        location: response.and_then(|response| response.headers.get("Location")).map(ToString::to_string),
        rule: decision.and_then(|one| one.rule.as_ref()).map(|rule| format!("{} {}", rule.object, rule.field)),
    }
}

/// A URL in both worlds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// As it was asked for.
    pub url: String,
    /// In the first world.
    pub first: Told,
    /// In the other.
    pub other: Told,
    /// Fields that differ.
    pub differs: Vec<&'static str>,
}

impl Row {
    /// One, with what differs: whatever decided, the answer is the same if result, status, Service, what the backend saw, and where to are.
    pub fn of(url: &str, first: Told, other: Told) -> Self {
        let all = [
            ("result", first.result != other.result),
            ("status", first.status != other.status),
            ("service", first.service != other.service),
            ("path", first.path != other.path),
            ("host", first.host != other.host),
            ("location", first.location != other.location),
        ];
        let differs = all.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();
        Self { url: url.to_owned(), first, other, differs }
    }
}

/// All of it in one line.
pub(crate) fn line(told: &Told) -> String {
    let status = told.status.map_or_else(|| told.result.clone(), |status| status.to_string());
    let to = told.location.as_ref().map(|to| format!(" → {to}"));
    let service = told.service.as_ref().map(|service| format!(" {service}"));
    let path = told.path.as_ref().map(|path| format!(" {path}"));
    let rule = told.rule.as_ref().map(|rule| format!(" ({rule})"));
    [Some(status), to, service, path, rule].into_iter().flatten().collect()
}

/// As text, those that differ first told apart.
///
/// # Errors
/// When it cannot be written.
pub fn write(out: &mut impl Write, lang: Lang, ways: (&str, &str), rows: &[Row]) -> fmt::Result {
    let differ = rows.iter().filter(|row| !row.differs.is_empty()).count();
    let args = [
        ("count", rows.len().into()),
        ("differ", differ.into()),
        ("first", ways.0.to_owned().into()),
        ("other", ways.1.to_owned().into()),
    ];
    writeln!(out, "{}", ta(lang, "compare-urls", &args))?;
    for row in rows {
        if row.differs.is_empty() {
            writeln!(out, "= {}: {}", row.url, line(&row.first))?;
        } else {
            writeln!(out, "≠ {}: {}", row.url, row.differs.join(", "))?;
            writeln!(out, "  - {}", line(&row.first))?;
            writeln!(out, "  + {}", line(&row.other))?;
        }
    }
    Ok(())
}

/// As `kubehop.urls/1`.
pub fn json(ways: (&str, &str), rows: &[Row]) -> Value {
    let one = |told: &Told| {
        json!({
            "result": told.result, "status": told.status, "service": told.service, "path": told.path, "host": told.host,
            "location": told.location, "rule": told.rule,
        })
    };
    json!({
        "schema": "kubehop.urls/1",
        "first": ways.0,
        "other": ways.1,
        "differ": rows.iter().filter(|row| !row.differs.is_empty()).count(),
        "rows": rows.iter().map(|row| json!({
            "url": row.url, "first": one(&row.first), "other": one(&row.other), "differs": row.differs,
        })).collect::<Vec<_>>(),
    })
}
