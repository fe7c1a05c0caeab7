//! What a fix is.

use crate::trace::probe_text::ProbeText;
use kubernetes::cluster::Options;
use kubernetes::cluster::model::NamespacedName;
use kubernetes::origin::ObjectRef;
use kubernetes::patch::Patch;
use std::collections::BTreeMap;

/// What a fix does, each with words of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FixKind {
    /// Give a field a value. Args: `object`, `field`, `value`; `entry` where the value is one more of a list.
    Set,
    /// Take a field away. Args: `object`, `field`, `value` (what it said).
    Remove,
    /// Several changes of one object. Args: `object`, `field`, `value` of the first.
    SetSeveral,
    /// A state of the cluster that has to come true (a Pod's readiness). Args: `object`, `field`, `value`.
    Status,
    /// Add an object. Args: `object`.
    Add,
    /// Ask for another destination. Args: `to`.
    UseTo,
    /// Ask with another protocol. Args: `proto`.
    UseProtocol,
    /// Connect to another place. Args: `to`.
    UseConnect,
    /// Let bridged packets meet iptables. No args.
    BridgeNf,
}

impl FixKind {
    /// All, with their stable kebab-case words.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Set, "set"),
        (Self::Remove, "remove"),
        (Self::SetSeveral, "set-several"),
        (Self::Status, "status"),
        (Self::Add, "add"),
        (Self::UseTo, "use-to"),
        (Self::UseProtocol, "use-protocol"),
        (Self::UseConnect, "use-connect"),
        (Self::BridgeNf, "bridge-nf"),
    ];

    /// Stable kebab-case word.
    pub fn code(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("set", |(_, code)| code)
    }
}

/// A change that was made, and with which the probe passed.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// What it does.
    pub kind: FixKind,
    /// Values for its words, see [`FixKind`].
    pub args: BTreeMap<&'static str, String>,
    /// The change of the input, if it is one.
    pub patch: Option<Patch>,
    /// The probe to send instead, if it is one.
    pub probe: Option<ProbeText>,
    /// The options to run with, if they are the change.
    pub options: Option<Options>,
    /// What else it changes, bounded.
    pub elsewhere: Vec<Elsewhere>,
}

/// Something else that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Elsewhere {
    /// A Service has other endpoints.
    Endpoints {
        /// The Service.
        service: NamespacedName,
        /// How many could be used before.
        before: usize,
        /// How many can be used after.
        after: usize,
    },
    /// There are more or fewer Pods.
    Pods {
        /// How many there were.
        before: usize,
        /// How many there are.
        after: usize,
    },
    /// A Service is gone.
    ServiceGone {
        /// The Service.
        service: NamespacedName,
    },
    /// Somebody may connect who might not before, by what policies say.
    Opens {
        /// Who, a Pod or what makes it.
        from: ObjectRef,
        /// To whom.
        to: ObjectRef,
        /// On which ports of its: as [`Ports`](kubernetes::policy::Ports) are written: `TCP 80-90 UDP 53`, or `all`.
        ports: String,
    },
    /// So many more changes.
    More {
        /// How many.
        count: usize,
    },
}
