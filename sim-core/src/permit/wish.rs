//! What is wished for, and what becomes of it.

use crate::model::Model;
use crate::reach::Peer;
use kubernetes::origin::ObjectRef;
use kubernetes::patch::Patch;
use kubernetes::policy::{Direction, Ports};

/// A change of who may connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The workload whose picture it is, by its place in [`crate::reach::Reach::workloads`].
    pub of: usize,
    /// To it or from it.
    pub direction: Direction,
    /// What is to be.
    pub what: What,
}

/// What is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The other end may connect, or be connected to, on these ports of the destination.
    Open(Peer, Ports),
    /// It may not, on any port.
    Close(Peer),
    /// Nobody may who is not let in, or let out to, by a rule.
    Isolate,
}

/// Why there is no such change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The workload is in its node's own network, where no policy selects it and no selector means it.
    Host(ObjectRef),
    /// The workload has no labels by which a policy could mean it and nobody else.
    Labels(ObjectRef),
    /// Another policy decides, which is none of a namespace's NetworkPolicies.
    Decided(ObjectRef),
    /// The text of the object cannot be changed so.
    Text(ObjectRef),
    /// It would take too many entries.
    Many,
    /// It is so already.
    Already,
    /// The model is one of a later moment: its texts alone do not make it.
    Later,
    /// The budget did not suffice, or nobody wants the result any more.
    Stopped,
}

impl Refusal {
    /// A word for messages and JSON.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Host(_) => "host",
            Self::Labels(_) => "labels",
            Self::Decided(_) => "decided",
            Self::Text(_) => "text",
            Self::Many => "many",
            Self::Already => "already",
            Self::Later => "later",
            Self::Stopped => "stopped",
        }
    }

    /// The object that it is about.
    pub fn object(&self) -> Option<&ObjectRef> {
        match self {
            Self::Host(object) | Self::Labels(object) | Self::Decided(object) | Self::Text(object) => Some(object),
            Self::Many | Self::Already | Self::Later | Self::Stopped => None,
        }
    }
}

/// A change after which it is as was wished for.
#[derive(Debug)]
pub struct Permit {
    /// The change of the input.
    pub patch: Patch,
    /// What the changed input comes to.
    pub model: Model,
}
