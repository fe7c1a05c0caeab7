//! Policies with everything decided: defaults filled in, names of tiers and orders as numbers.

use super::Selector;
use crate::manifest::objects::Text;
use crate::origin::{Location, ObjectRef, Span};
use ipnet::IpNet;
use kernel::packet::Protocol;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which way a connection is opened, seen from the Pod that a policy selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// To it.
    Ingress,
    /// From it.
    Egress,
}

impl Direction {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Ingress, Self::Egress];

    /// As `policyTypes` writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::Egress => "Egress",
        }
    }

    /// The field of its rules.
    pub fn field(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }

    /// Where its rules stand in a policy.
    pub fn rules_field(self) -> &'static str {
        match self {
            Self::Ingress => "spec.ingress",
            Self::Egress => "spec.egress",
        }
    }

    /// The field of a rule's peers.
    pub fn peers(self) -> &'static str {
        match self {
            Self::Ingress => "from",
            Self::Egress => "to",
        }
    }
}

/// What a rule does with a connection that it matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Lets it through; nothing else of that direction is asked.
    #[default]
    Allow,
    /// Stops it.
    Deny,
    /// Leaves it to the next tier.
    Pass,
}

/// Policies that are asked together, and what becomes of a connection that none of them decides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tier {
    /// Tiers are asked by this, the lowest first.
    pub order: u32,
    /// Its name, as Calico calls it.
    pub name: Arc<str>,
    /// What becomes of what none of its policies decides, where one of them selects the Pod: [`Action::Deny`] or [`Action::Pass`].
    pub ends: Action,
}

impl Tier {
    /// The one of NetworkPolicies: what selects a Pod isolates it.
    pub fn default_tier() -> Self {
        Self { order: 1_000_000, name: Arc::from("default"), ends: Action::Deny }
    }
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The object.
    pub object: ObjectRef,
    /// Its namespace: peers without a selector of namespaces are of it, and so are Pods that it selects. `None`: of the cluster.
    pub namespace: Option<Arc<str>>,
    /// Tier.
    pub tier: Tier,
    /// Place among the policies of its tier, the lowest first; names decide between equals. In thousandths.
    pub order: u64,
    /// Namespaces of Pods that it selects.
    pub namespaces: Selector,
    /// Pods that it selects.
    pub pods: Selector,
    /// Rules for connections to them; `None` where it says nothing of these.
    pub ingress: Option<Vec<Rule>>,
    /// Rules for connections from them.
    pub egress: Option<Vec<Rule>>,
    /// The field by which it selects, and its line.
    pub field: &'static str,
    /// The line of that.
    pub location: Option<Location>,
    /// The whole object.
    pub span: Span,
}

impl Policy {
    /// Its rules of a direction; `None` where it says nothing of that.
    pub fn rules(&self, direction: Direction) -> Option<&[Rule]> {
        match direction {
            Direction::Ingress => self.ingress.as_deref(),
            Direction::Egress => self.egress.as_deref(),
        }
    }

    /// Whether it selects a Pod of a namespace with these labels.
    pub fn selects(
        &self,
        namespace: &str,
        namespace_labels: &BTreeMap<Text, Text>,
        labels: &BTreeMap<Text, Text>,
    ) -> bool {
        self.namespace.as_ref().is_none_or(|own| **own == *namespace)
            && self.namespaces.matches(namespace_labels)
            && self.pods.matches(labels)
    }
}

/// A rule: one of its peers at the other end, and one of its ports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// What it does.
    pub action: Action,
    /// Who may be at the other end; with none, anybody.
    pub peers: Vec<Peer>,
    /// Which ports of the destination; with none, all of every protocol.
    pub ports: Vec<PortMatch>,
    /// Its field, `spec.ingress[0]`.
    pub field: Arc<str>,
    /// Its line.
    pub location: Option<Location>,
}

/// Somebody at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Who.
    pub kind: PeerKind,
    /// Its field, `spec.ingress[0].from[1]`.
    pub field: Arc<str>,
    /// Its line.
    pub location: Option<Location>,
}

/// Who may be at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerKind {
    /// Pods of namespaces.
    Pods {
        /// Their namespaces.
        namespaces: Namespaces,
        /// Their labels.
        pods: Selector,
    },
    /// Addresses.
    Net {
        /// The range.
        net: IpNet,
        /// Parts of it that are not meant.
        except: Vec<IpNet>,
    },
}

/// Namespaces of peers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Namespaces {
    /// The policy's own.
    Own,
    /// By labels.
    Selected(Selector),
}

/// Which ports of the destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortMatch {
    /// Protocol.
    pub protocol: Protocol,
    /// Ports.
    pub kind: PortKind,
    /// Its field, `spec.ingress[0].ports[0]`.
    pub field: Arc<str>,
    /// Its line.
    pub location: Option<Location>,
}

/// Ports by number or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortKind {
    /// All of the protocol.
    Any,
    /// From this to that, both included.
    Range(u16, u16),
    /// Those of the destination's containers that are called so.
    Named(Text),
}

/// All policies of a cluster, with what they need to know of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies {
    /// In the order in which they are asked: by tier, then by their own order, then by name.
    pub all: Vec<Policy>,
    /// Labels of every namespace, with its name as label.
    pub namespaces: BTreeMap<Arc<str>, BTreeMap<Text, Text>>,
}

impl Policies {
    /// Labels of a namespace.
    pub fn labels_of(&self, namespace: &str) -> Option<&BTreeMap<Text, Text>> {
        self.namespaces.get(namespace)
    }

    /// Policies that say something of a direction for a Pod, in the order in which they are asked, with their place in [`Self::all`].
    pub fn selecting<'p>(
        &'p self,
        direction: Direction,
        namespace: &'p str,
        labels: &'p BTreeMap<Text, Text>,
    ) -> impl Iterator<Item = (usize, &'p Policy)> {
        static NONE: BTreeMap<Text, Text> = BTreeMap::new();
        let of_namespace = self.labels_of(namespace).unwrap_or(&NONE);
        let selects = move |policy: &Policy| policy.selects(namespace, of_namespace, labels);
        let all = self.all.iter().enumerate();
        all.filter(move |(_, policy)| policy.rules(direction).is_some() && selects(policy))
    }
}
