//! What was decided for the input without the input saying it. An assumption is a value, made where it is made; a journey lists those
//! that it touched, and its verdict those without which the result could be another. Words live in the locales (`assume-{code}`).
//!
//! ```
//! use kubernetes::assumption::{Verdict, codes};
//!
//! let nodes = codes::NODES.made().arg("names", "node-a, node-b");
//! let policy = codes::POLICY_NOT_SIMULATED.made().arg("pod", "default/web").arg("policy", "deny-all");
//! assert_eq!(Verdict::of(true, [&nodes]), Verdict::Works);
//! assert_eq!(Verdict::of(true, [&nodes, &policy]), Verdict::NotModelled);
//! ```

pub mod codes;

use crate::origin::{Location, NamespacedName, ObjectRef, Origin};
use crate::shown;
use kernel::packet::{Port, Protocol};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What an assumption does to the verdict of a journey that touched what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Listed; any usual choice gives the same result.
    Frame,
    /// Without it the result could be another: the verdict leans on it.
    Matters,
    /// Something acts on this traffic that is not simulated: there is no verdict without it.
    NotModelled,
}

/// What a journey must have touched for an assumption to concern it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// Every journey.
    Everything,
    /// Journeys that ask a name server.
    Dns,
    /// Journeys whose packets pass this node's kernel.
    Node(Arc<str>),
    /// Journeys from or to this Pod: a packet has its address or was in its namespace.
    Pod(NamespacedName),
    /// Journeys whose request was taken by a socket of this Pod on this port.
    Listening {
        /// Pod.
        pod: NamespacedName,
        /// Port.
        port: Port,
        /// Protocol.
        protocol: Protocol,
    },
    /// Journeys whose request found no socket in this Pod.
    NotListening(NamespacedName),
    /// Journeys one of whose packets has this address.
    Address(std::net::IpAddr),
    /// The same with one of these.
    Addresses(BTreeSet<std::net::IpAddr>),
    /// Journeys that ask for this Service: by its addresses, its rules, or its name.
    Service(NamespacedName),
    /// Journeys with a packet between machines.
    Wire,
    /// Journeys with a packet that the router between the nodes' segments took.
    Crossing,
    /// Every journey; its result leans on it only where packets went over Pods' interfaces and no other part of the cluster decided it.
    PodNetwork,
    /// Every journey; its result leans on it only where it asked a Service's address and no other part of the cluster decided it.
    Proxying,
    /// URL probes for this host name; a leading `*.` stands for one label.
    Host(Arc<str>),
}

/// The lines of the input behind an assumption.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Because {
    /// The object.
    pub object: Option<ObjectRef>,
    /// Its field, e.g. `spec.podSelector`.
    pub field: Option<Arc<str>>,
    /// Its place; `None` where no text stands behind it.
    pub location: Option<Location>,
}

/// One assumption.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Assumption {
    /// Stable code, kebab-case (see [`codes`]).
    pub code: &'static str,
    /// Values for the words.
    pub args: BTreeMap<&'static str, String>,
    /// What in the input led to it.
    pub because: Option<Because>,
    /// What it does to a verdict.
    pub effect: Effect,
    /// Whom it concerns.
    pub about: About,
}

impl Assumption {
    /// Adds a value for the words.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value: String = value.into();
        let value = if value.len() > shown::VALUE { shown::cut(&value, shown::VALUE).into_owned() } else { value };
        self.args.insert(name, value);
        self
    }

    /// Limits it to journeys that touched something.
    #[must_use]
    pub fn about(mut self, about: About) -> Self {
        self.about = about;
        self
    }

    /// Says what in the input led to it.
    #[must_use]
    pub fn because(mut self, origin: &Origin, field: Option<&str>) -> Self {
        self.because = Some(Because {
            object: Some(origin.object.clone()),
            field: field.map(Arc::from),
            location: origin.location.clone(),
        });
        self
    }

    /// The same with the line of the field itself.
    #[must_use]
    pub fn because_at(mut self, object: ObjectRef, field: &str, location: Option<Location>) -> Self {
        self.because = Some(Because { object: Some(object), field: Some(Arc::from(field)), location });
        self
    }

    /// True when the result could be another without it.
    pub fn leans(&self) -> bool {
        self.effect != Effect::Frame
    }
}

/// What a result is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The client is answered.
    Works,
    /// It is not.
    Fails,
    /// It works or fails only under assumptions without which the result could be another.
    Assumed,
    /// Something that is not simulated acts on this traffic.
    NotModelled,
}

impl Verdict {
    /// `works`, `fails`, `assumed`, `not-modelled`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Fails => "fails",
            Self::Assumed => "assumed",
            Self::NotModelled => "not-modelled",
        }
    }

    /// The verdict on a result that leans on these assumptions.
    pub fn of<'a>(answered: bool, leans_on: impl IntoIterator<Item = &'a Assumption>) -> Self {
        match leans_on.into_iter().map(|assumption| assumption.effect).max() {
            Some(Effect::NotModelled) => Self::NotModelled,
            Some(Effect::Matters) => Self::Assumed,
            _ if answered => Self::Works,
            _ => Self::Fails,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Verdict, codes};

    #[test]
    fn the_worst_assumption_decides_the_verdict() {
        let (frame, matters, not) =
            (codes::NODES.made(), codes::LISTENER_BY_SERVICE.made(), codes::BEYOND_GATEWAY.made());
        assert_eq!(Verdict::of(true, [&frame]), Verdict::Works);
        assert_eq!(Verdict::of(false, [&frame]), Verdict::Fails);
        assert_eq!(Verdict::of(true, [&frame, &matters]), Verdict::Assumed);
        assert_eq!(Verdict::of(false, [&not, &matters]), Verdict::NotModelled);
    }

    #[test]
    fn codes_are_unique() {
        let mut all: Vec<&str> = codes::ALL.iter().map(|info| info.code).collect();
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
