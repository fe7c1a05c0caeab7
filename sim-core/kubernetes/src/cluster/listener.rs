//! What Pods listen on, and how that is known.

use crate::origin::{Location, ObjectRef, Span};
use kernel::packet::{Port, Protocol};
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
}

impl Listening {
    /// The socket that takes what comes to a port: the first, as the second to bind it fails.
    pub fn socket(&self, protocol: Protocol, port: Port) -> Option<&Listener> {
        self.sockets.iter().find(|socket| socket.protocol == protocol && socket.port == port)
    }

    /// A declared port that nothing listens on.
    pub fn unheard(&self, protocol: Protocol, port: Port) -> Option<&Unheard> {
        self.unheard.iter().find(|unheard| unheard.protocol == protocol && unheard.port == port)
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
        let same = |socket: &&mut Listener| {
            socket.protocol == protocol && socket.port == port && socket.container == *container
        };
        match self.sockets.iter_mut().find(same) {
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
