//! What annotations of ingress-nginx say.

use crate::http::Unread;
use ipnet::IpNet;
use kubernetes::cluster::model::Ingress;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// What annotations begin with.
const PREFIX: &str = "nginx.ingress.kubernetes.io/";

/// Annotations that act on requests and are not simulated.
const UNREAD: &[&str] = &[
    "auth-realm",
    "auth-secret",
    "auth-signin",
    "auth-snippet",
    "auth-tls-secret",
    "auth-tls-verify-client",
    "auth-type",
    "auth-url",
    "custom-http-errors",
    "enable-modsecurity",
    "fastcgi-index",
    "limit-connections",
    "limit-rpm",
    "limit-rps",
    "mirror-target",
    "modsecurity-snippet",
    "proxy-cookie-domain",
    "proxy-cookie-path",
    "proxy-redirect-from",
    "proxy-redirect-to",
    "satisfy",
    "server-snippet",
    "ssl-passthrough",
    "stream-snippet",
];

/// The annotations of one Ingress, and what the ConfigMap says where they say nothing.
pub(super) struct Said<'i> {
    ingress: &'i Ingress,
    config: &'i BTreeMap<Arc<str>, Arc<str>>,
}

impl<'i> Said<'i> {
    pub(super) fn of(ingress: &'i Ingress, config: &'i BTreeMap<Arc<str>, Arc<str>>) -> Self {
        Self { ingress, config }
    }

    /// The value of an annotation.
    pub(super) fn text(&self, name: &str) -> Option<&'i Arc<str>> {
        self.ingress.annotations.get(&*format!("{PREFIX}{name}")).filter(|value| !value.is_empty())
    }

    /// A switch: the annotation, else the ConfigMap's key of that name, else the default.
    pub(super) fn is_on(&self, name: &str, default: bool) -> bool {
        let said = self.text(name).or_else(|| self.config.get(name));
        match said.map(|value| &**value) {
            Some("true" | "True" | "TRUE" | "t" | "T" | "1") => true,
            Some("false" | "False" | "FALSE" | "f" | "F" | "0") => false,
            _ => default,
        }
    }

    /// A number.
    pub(super) fn number(&self, name: &str) -> Option<u32> {
        self.text(name)?.trim().parse().ok()
    }

    /// A list with commas.
    pub(super) fn list(&self, name: &str) -> Vec<Arc<str>> {
        let parts = self.text(name).into_iter().flat_map(|text| text.split(','));
        parts.map(str::trim).filter(|part| !part.is_empty()).map(Arc::from).collect()
    }

    /// Ranges of addresses; the annotation, else the ConfigMap's key.
    pub(super) fn ranges(&self, names: &[&str]) -> Vec<IpNet> {
        let said = names.iter().find_map(|name| self.text(name).or_else(|| self.config.get(*name)));
        let parts = said.into_iter().flat_map(|text| text.split(',')).map(str::trim);
        parts.filter_map(|part| part.parse().ok().or_else(|| part.parse::<IpAddr>().ok().map(IpNet::from))).collect()
    }

    /// A size in bytes as nginx writes it (`8m`); 0 for none.
    pub(super) fn size(&self, name: &str) -> Option<u64> {
        let text = self.text(name).or_else(|| self.config.get(name))?.trim().to_ascii_lowercase();
        let (digits, unit) = match text.char_indices().last()? {
            (at, 'k') => (text.get(..at)?, 1 << 10),
            (at, 'm') => (text.get(..at)?, 1 << 20),
            (at, 'g') => (text.get(..at)?, 1 << 30),
            _ => (&*text, 1),
        };
        digits.parse::<u64>().ok()?.checked_mul(unit)
    }

    /// What acts on requests and is not simulated.
    pub(super) fn unread(&self) -> Vec<Unread> {
        let named = |name: &&&str| self.text(name).is_some_and(|value| &**value != "false");
        UNREAD.iter().filter(named).map(|name| self.left(name)).collect()
    }

    /// An annotation that is not simulated.
    pub(super) fn left(&self, name: &str) -> Unread {
        let key = format!("{PREFIX}{name}");
        Unread {
            object: self.ingress.origin.object.clone(),
            location: self.ingress.places.get(&*key).cloned().or_else(|| self.ingress.origin.location.clone()),
            field: Arc::from(format!("metadata.annotations[{key}]")),
        }
    }
}
