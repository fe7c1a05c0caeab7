//! What Pods listen on, and how that is known.

use crate::origin::{Location, ObjectRef, Span};
use kernel::packet::{Port, Protocol};
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// The address a process binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bind {
    /// Every address (`0.0.0.0`, `*`, `::`).
    Any,
    /// 127.0.0.1: reached from the same network namespace only.
    Loopback,
    /// The Pod's own address, told by the downward API.
    Pod,
    /// This address.
    Address(IpAddr),
}

/// A listening socket of a container's process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The container.
    pub container: Arc<str>,
    /// Protocol.
    pub protocol: Protocol,
    /// Port.
    pub port: Port,
    /// Address.
    pub bind: Bind,
    /// What tells of an address other than [`Bind::Any`].
    pub bound_by: Option<Evidence>,
    /// How it is known, the strongest first; never empty.
    pub evidence: Vec<Evidence>,
}

impl Listener {
    /// What to look at: why it binds one address only, else why it listens.
    pub fn decisive(&self) -> Option<&Evidence> {
        self.bound_by.as_ref().or(self.because())
    }

    fn at(&self) -> (Port, Protocol) {
        (self.port, self.protocol)
    }

    /// The strongest evidence.
    pub fn because(&self) -> Option<&Evidence> {
        self.evidence.first()
    }

    /// True when no word of the input about the program itself says that it listens there.
    pub fn is_weak(&self) -> bool {
        self.evidence.iter().all(|evidence| evidence.kind.is_weak())
    }
}

/// Something that tells of a listener, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// Which kind.
    pub kind: EvidenceKind,
    /// What says so, in its own words: a flag with its value, a variable, an image, a Service.
    pub text: Arc<str>,
    /// Field path in the object, e.g. `spec.containers[0].args[1]`.
    pub field: Arc<str>,
    /// The object it stands in, where that is another than the Pod's own.
    pub object: Option<ObjectRef>,
    /// The line of it; `None` for what the input does not say.
    pub location: Option<Location>,
    /// The same as a span, for findings.
    pub span: Span,
}

/// Kinds of evidence, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceKind {
    /// The Scenario's `listen`.
    Scenario,
    /// A process of an assumed system Pod.
    System,
    /// `command` or `args` name it.
    Command,
    /// A variable of the environment names it.
    Environment,
    /// `containerPort`.
    Declared,
    /// A probe asks it.
    Probe,
    /// The program that the command line starts does so when nothing else is said.
    Program,
    /// The image does so when nothing else is said.
    Image,
    /// An EndpointSlice or Endpoints object of the input names the Pod with this port.
    Slice,
    /// The target of a Service that selects the Pod.
    Service,
}

impl EvidenceKind {
    /// Stable word, in Kubernetes' own terms.
    pub fn word(self) -> &'static str {
        match self {
            Self::Scenario => "listen",
            Self::System => "kubeadm",
            Self::Command => "command",
            Self::Environment => "env",
            Self::Slice => "endpoint",
            Self::Declared => "containerPort",
            Self::Probe => "probe",
            Self::Program => "program",
            Self::Image => "image",
            Self::Service => "targetPort",
        }
    }

    /// True for what is known of programs and images in general, or guessed from who asks there: kubelet's probes, Services, slices.
    pub fn is_weak(self) -> bool {
        matches!(self, Self::Program | Self::Image | Self::Probe | Self::Service | Self::Slice)
    }
}

impl fmt::Display for EvidenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// How far the listeners of a Pod are all of them: why nothing is taken to listen on any other port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Complete {
    /// The input says what listens.
    Known,
    /// An image of the table: it is taken to listen on its own ports only.
    ByImage,
    /// Only what is declared, or named elsewhere in the input, is taken to listen.
    #[default]
    ByDeclaration,
}

/// A declared port on which nothing is taken to listen, because something stronger tells of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unheard {
    /// The container that declares it.
    pub container: Arc<str>,
    /// Protocol.
    pub protocol: Protocol,
    /// Port.
    pub port: Port,
    /// What speaks against it.
    pub against: Evidence,
    /// Where it is declared.
    pub location: Option<Location>,
    /// The same as a span, for findings.
    pub span: Span,
}

/// What is known of the processes in a Pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listening {
    /// Sockets, in order of the containers.
    pub sockets: Vec<Listener>,
    /// Declared ports that nothing listens on.
    pub unheard: Vec<Unheard>,
    /// Containers of which nothing is known: no port, no command that tells of one, no image of the table.
    pub silent: Vec<Arc<str>>,
    /// Whether that is all.
    pub complete: Complete,
    /// Indices of the first socket, and of all, by port.
    by_port: BTreeMap<(Protocol, Port), Vec<u32>>,
    /// Index of the first unheard port.
    unheard_by_port: BTreeMap<(Protocol, Port), u32>,
}

impl Listening {
    /// The socket that takes what comes to a port: the first, as the second to bind it fails.
    pub fn socket(&self, protocol: Protocol, port: Port) -> Option<&Listener> {
        self.sockets.get(*self.by_port.get(&(protocol, port))?.first()? as usize)
    }

    /// A declared port that nothing listens on.
    pub fn unheard(&self, protocol: Protocol, port: Port) -> Option<&Unheard> {
        self.unheard.get(*self.unheard_by_port.get(&(protocol, port))? as usize)
    }

    /// Keeps only what is said of some of the containers.
    pub(crate) fn keep(&mut self, mut of: impl FnMut(&Arc<str>) -> bool) {
        self.sockets.retain(|socket| of(&socket.container));
        let unheard = std::mem::take(&mut self.unheard);
        self.unheard_by_port.clear();
        for one in unheard.into_iter().filter(|one| of(&one.container)) {
            self.leave_unheard(one);
        }
        self.by_port.clear();
        for (at, socket) in (0u32..).zip(&self.sockets) {
            self.by_port.entry((socket.protocol, socket.port)).or_default().push(at);
        }
    }

    /// Adds a declared port that nothing listens on.
    pub(crate) fn leave_unheard(&mut self, unheard: Unheard) {
        self.unheard_by_port.entry((unheard.protocol, unheard.port)).or_insert(self.unheard.len() as u32);
        self.unheard.push(unheard);
    }

    /// The other sockets of a port that come before one of them.
    pub(crate) fn before(&self, at: usize) -> impl Iterator<Item = &Listener> {
        let all = self.sockets.get(at).and_then(|socket| self.by_port.get(&(socket.protocol, socket.port)));
        all.into_iter()
            .flatten()
            .map(|at| *at as usize)
            .take_while(move |one| *one < at)
            .filter_map(|at| self.sockets.get(at))
    }

    /// The ports that a container's image has, as a list for people.
    pub fn of_image(&self, container: &str) -> String {
        let by_image = |socket: &&Listener| {
            let image = socket.evidence.iter().any(|evidence| evidence.kind == EvidenceKind::Image);
            *socket.container == *container && image
        };
        list(self.sockets.iter().filter(by_image).map(Listener::at))
    }

    /// All ports, as a list for people.
    pub fn list(&self) -> String {
        list(self.sockets.iter().map(Listener::at))
    }

    /// Adds evidence for a socket; a new one where there is none yet.
    pub(crate) fn add(&mut self, container: &Arc<str>, protocol: Protocol, port: Port, bind: Bind, because: Evidence) {
        let all = self.by_port.entry((protocol, port)).or_default();
        let same = |at: &&u32| self.sockets.get(**at as usize).is_some_and(|socket| socket.container == *container);
        let known = all.iter().find(same).copied();
        match known.and_then(|at| self.sockets.get_mut(at as usize)) {
            Some(known) => {
                // Whoever names an address knows more than those that name none.
                if known.bind == Bind::Any && bind != Bind::Any {
                    known.bind = bind;
                    known.bound_by = Some(because.clone());
                }
                if !known.evidence.contains(&because) {
                    known.evidence.push(because);
                }
                known.evidence.sort_by_key(|evidence| evidence.kind);
            }
            None => {
                let bound_by = (bind != Bind::Any).then(|| because.clone());
                let (container, evidence) = (container.clone(), vec![because]);
                all.push(self.sockets.len() as u32);
                self.sockets.push(Listener { container, protocol, port, bind, bound_by, evidence });
            }
        }
    }
}

/// `80, 53/UDP`; a dash where there is none.
pub(super) fn list(sockets: impl Iterator<Item = (Port, Protocol)>) -> String {
    let mut all: Vec<(Port, Protocol)> = sockets.collect();
    all.sort();
    all.dedup();
    let write = |(port, protocol): &(Port, Protocol)| match protocol {
        Protocol::Tcp => port.to_string(),
        other => format!("{port}/{}", other.to_string().to_uppercase()),
    };
    match all.as_slice() {
        [] => "–".to_owned(),
        all => all.iter().map(write).collect::<Vec<_>>().join(", "),
    }
}
