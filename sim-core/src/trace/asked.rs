//! What a probe says of its request over HTTP: method, fields, where to connect.

use super::journey::{Entrance, Target};
use super::probe_text::{ProbeError, ProbeText, Result, error, similar};
use crate::http::{Headers, MAX_HEADERS, METHODS};
use kernel::packet::Port;
use kubernetes::cluster::model::Cluster;
use std::sync::Arc;

/// How the controller that serves Ingresses is written.
pub(super) const INGRESS: &str = "ingress";
/// How a Gateway begins.
pub(super) const GATEWAY: &str = "gateway/";
/// Longest field, name and value together.
const MAX_HEADER: usize = 4_096;

/// What was said.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) method: Option<Arc<str>>,
    pub(super) headers: Headers,
    pub(super) connect: Option<Entrance>,
}

/// Reads it; `read` reads a destination.
///
/// # Errors
/// Where it is wrong, or is said of what is no URL.
pub(super) fn asked(
    text: &ProbeText,
    to: &Target,
    cluster: &Cluster,
    read: &dyn Fn(&str) -> Result<Target>,
) -> Result<Asked> {
    let said =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let (method, connect) = (said(&text.method), said(&text.connect));
    let headers: Vec<&String> = text.headers.iter().filter(|header| !header.trim().is_empty()).collect();
    if !matches!(to, Target::Url { .. }) {
        let first = headers.first().map(|header| ("header", header.to_string()));
        let given = method.map(|method| ("method", method)).or(first).or(connect.map(|connect| ("connect", connect)));
        return match given {
            Some((part, given)) => Err(error(part, "url-only", &given, vec!["http://web/".to_owned()])),
            None => Ok(Asked::default()),
        };
    }
    Ok(Asked {
        method: method.map(|method| read_method(&method)).transpose()?,
        headers: read_headers(&headers)?,
        connect: connect.map(|connect| entrance(&connect, cluster, read)).transpose()?,
    })
}

fn entrance(text: &str, cluster: &Cluster, read: &dyn Fn(&str) -> Result<Target>) -> Result<Entrance> {
    if text == INGRESS {
        return Ok(Entrance::Ingress);
    }
    if let Some(rest) = text.strip_prefix(GATEWAY) {
        return gateway(text, rest, cluster);
    }
    match read(text).map_err(|wrong| ProbeError { part: "connect", ..wrong })? {
        Target::Url { .. } => Err(error("connect", "target-form", text, vec![INGRESS.to_owned()])),
        target => Ok(Entrance::To(Box::new(target))),
    }
}

/// `NS/NAME[:PORT]`; the namespace may be left out where only one has the name.
fn gateway(text: &str, rest: &str, cluster: &Cluster) -> Result<Entrance> {
    let (name, port) = match rest.split_once(':') {
        Some((name, port)) => {
            let number = port.parse::<u16>().ok().filter(|number| *number > 0);
            (
                name,
                Some(number.map(Port).ok_or_else(|| error("connect", "bad-port", port, vec!["1-65535".to_owned()]))?),
            )
        }
        None => (rest, None),
    };
    let all = &cluster.fronts.gateways;
    let known = || similar(text, all.iter().map(|gateway| format!("{GATEWAY}{}", gateway.name)));
    let mut found = (0u32..).zip(all).filter(|(_, gateway)| match name.split_once('/') {
        Some((namespace, name)) => *gateway.name.namespace == *namespace && *gateway.name.name == *name,
        None => *gateway.name.name == *name,
    });
    match (found.next(), found.next()) {
        (Some((at, _)), None) => Ok(Entrance::Gateway(at, port)),
        (Some(_), Some(_)) => Err(error("connect", "ambiguous", text, known())),
        (None, _) => Err(error("connect", "unknown-gateway", text, known())),
    }
}

fn read_method(text: &str) -> Result<Arc<str>> {
    let method = text.to_ascii_uppercase();
    let known = METHODS.contains(&method.as_str());
    if known {
        Ok(Arc::from(method))
    } else {
        Err(error("method", "bad-method", text, METHODS.map(String::from).to_vec()))
    }
}

/// `NAME: VALUE` (RFC 9110 section 5): a token, and what has no control characters.
fn read_headers(all: &[&String]) -> Result<Headers> {
    if let Some(over) = all.get(MAX_HEADERS) {
        return Err(error("header", "too-many-headers", over, vec![format!("0-{MAX_HEADERS}")]));
    }
    let mut headers = Headers::default();
    for text in all {
        let form = || error("header", "header-form", text, vec!["X-Version: 2".to_owned()]);
        let (name, value) = text.split_once(':').ok_or_else(form)?;
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let plain = |sign: char| !sign.is_control() || sign == '\t';
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || !name.bytes().all(token) || !value.chars().all(plain) || text.len() > MAX_HEADER {
            return Err(form());
        }
        headers.add(name, value);
    }
    Ok(headers)
}
