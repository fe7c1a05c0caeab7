//! What a proxy that reads requests decides about one.

use super::{Headers, Request, Response};
use kubernetes::cluster::model::NamespacedName;
use kubernetes::origin::{Location, ObjectRef};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// How a request came to a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The port that it listens on.
    pub port: u16,
    /// Over TLS, with the name that the client asked for.
    pub sni: Option<Arc<str>>,
    /// The client's address, as the proxy sees it.
    pub client: SocketAddr,
}

/// The part of the input that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The object.
    pub object: ObjectRef,
    /// Which of its rules, from 0; `None` where the object as a whole decides.
    pub number: Option<u32>,
    /// The field, as `spec.rules[0].http.paths[1]`.
    pub field: Arc<str>,
    /// What it matched, as the proxy compares it: `= /books`, `/books/`, `~* ^/b`.
    pub matched: Arc<str>,
    /// Its line.
    pub location: Option<Location>,
}

/// Why a proxy did what it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Because {
    /// The rule names where requests go.
    Rule,
    /// The part of a canary that was asked for or drawn.
    Canary,
    /// No rule is for this host.
    NoHost,
    /// Rules are for this host, none for this path.
    NoPath,
    /// The Service that the rule names does not exist.
    NoService,
    /// The Service has no such port.
    NoPort,
    /// The Service has nobody who is ready.
    NoEndpoints,
    /// The rule names no Service.
    NoBackend,
    /// A reference into another namespace that nobody granted there.
    NotGranted,
    /// What the backend is cannot be proxied to.
    Unsupported,
    /// To HTTPS.
    ToHttps,
    /// The rule says where to.
    Redirect,
    /// The client's address may not.
    Forbidden,
    /// What is sent is longer than it may be.
    TooLarge,
    /// Cross-origin: asked whether it may.
    Preflight,
    /// No listener takes it.
    NoListener,
    /// The listener of this connection is for another host.
    Misdirected,
    /// HTTP on a port that speaks TLS.
    PlainToTls,
    /// A PROXY header, to somebody who takes it for a request.
    Announced,
    /// No PROXY header, to somebody who takes no connection without.
    Unannounced,
}

kernel::codes!(Because {
    Self::Rule => "rule",
    Self::Canary => "canary",
    Self::NoHost => "no-host",
    Self::NoPath => "no-path",
    Self::NoService => "no-service",
    Self::NoPort => "no-port",
    Self::NoEndpoints => "no-endpoints",
    Self::NoBackend => "no-backend",
    Self::NotGranted => "not-granted",
    Self::Unsupported => "unsupported",
    Self::ToHttps => "to-https",
    Self::Redirect => "redirect",
    Self::Forbidden => "forbidden",
    Self::TooLarge => "too-large",
    Self::Preflight => "preflight",
    Self::NoListener => "no-listener",
    Self::Misdirected => "misdirected",
    Self::PlainToTls => "plain-to-tls",
    Self::Announced => "announced",
    Self::Unannounced => "unannounced",
});

/// The Service that a request goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// The Service.
    pub service: NamespacedName,
    /// The port that the rule names, as it names it.
    pub port: Arc<str>,
}

/// Where a proxy sends a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// To one of these addresses, one as likely as the other.
    Addresses(Arc<[SocketAddr]>),
    /// To whatever a name leads to.
    Name(Arc<str>, u16),
}

/// A request that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// As the backend gets it.
    pub request: Request,
    /// Over TLS.
    pub tls: bool,
    /// The name that is asked for over TLS, where one is.
    pub sni: Option<Arc<str>>,
    /// Where to.
    pub to: Upstream,
    /// The Service.
    pub backend: Backend,
    /// What is done to the response.
    pub edits: Vec<Edit>,
    /// Copies of the request that go elsewhere; nobody waits for what comes of them.
    pub mirrors: Vec<Backend>,
}

/// A change of a response's fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Puts a value in place of all.
    Set(Arc<str>, Arc<str>),
    /// Adds one.
    Add(Arc<str>, Arc<str>),
    /// Takes all away.
    Remove(Arc<str>),
}

impl Edit {
    /// Makes the change.
    pub fn apply(&self, headers: &mut Headers) {
        match self {
            Self::Set(name, value) => headers.set(name, value.clone()),
            Self::Add(name, value) => headers.add(name, value.clone()),
            Self::Remove(name) => headers.remove(name),
        }
    }
}

/// What a proxy does with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Answers itself.
    Answer(Response),
    /// Closes the connection without a word.
    Close,
    /// Asks another.
    Forward(Box<Forward>),
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What is done.
    pub action: Action,
    /// Why.
    pub because: Because,
    /// What of the input decided; `None` where nothing did.
    pub rule: Option<Rule>,
    /// Where it would have gone, or goes.
    pub backend: Option<Backend>,
    /// What of the input the decision leans on and is not simulated: annotations, filters, by name.
    pub unread: Vec<Unread>,
}

impl Decision {
    /// One that answers.
    pub fn answer(status: u16, because: Because) -> Self {
        Self::answers(Response::of(status), because)
    }

    /// One that answers with more than a status.
    pub fn answers(response: Response, because: Because) -> Self {
        Self { action: Action::Answer(response), because, rule: None, backend: None, unread: Vec::new() }
    }

    /// One that says nothing and closes.
    pub fn closes(because: Because) -> Self {
        Self { action: Action::Close, because, rule: None, backend: None, unread: Vec::new() }
    }

    /// The same with the rule that decided.
    #[must_use]
    pub fn by(mut self, rule: Rule) -> Self {
        self.rule = Some(rule);
        self
    }

    /// The same with where it was to go.
    #[must_use]
    pub fn to(mut self, backend: Backend) -> Self {
        self.backend = Some(backend);
        self
    }
}

/// Something of the input that would act on a request and is not simulated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// The object.
    pub object: ObjectRef,
    /// The field or annotation.
    pub field: Arc<str>,
    /// Its line.
    pub location: Option<Location>,
}

/// Draws one of several by their shares, which are more than none together; the index.
pub type Draw<'d> = dyn FnMut(&[(Arc<str>, f64)]) -> usize + 'd;

/// Address of a client as proxies pass it on.
pub fn forwarded(client: &SocketAddr) -> String {
    match client.ip() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => ip.to_string(),
    }
}
