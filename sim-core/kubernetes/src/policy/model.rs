//! Policies with everything decided: defaults filled in, names of tiers and orders as numbers.

use super::selector::{Endpoint, Selector};
use crate::manifest::objects::{CALICO_POLICY, Text};
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
    /// Writes it into the kernel's log; the next rule is asked.
    Log,
}

/// The order of what has none: behind all others.
pub const LAST: i64 = i64::MAX;

/// Policies that are asked together, and what becomes of a connection that none of them decides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tier {
    /// Tiers are asked by this, the lowest first. In thousandths; [`LAST`] without.
    pub order: i64,
    /// Its name, as Calico calls it.
    pub name: Arc<str>,
    /// What becomes of what none of its policies decides, where one of them selects the Pod: [`Action::Deny`] or [`Action::Pass`].
    pub ends: Action,
}

impl Tier {
    /// The one of NetworkPolicies: what selects a Pod isolates it.
    pub fn default_tier() -> Self {
        Self { order: 1_000_000_000, name: Arc::from("default"), ends: Action::Deny }
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
    /// Place among the policies of its tier, the lowest first; [names](Policy::calico_name) decide between equals. In thousandths; [`LAST`]
    /// without.
    pub order: i64,
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

    /// True for one of Calico's own.
    pub fn is_calico(&self) -> bool {
        matches!(&*self.object.kind, CALICO_POLICY | "GlobalNetworkPolicy")
    }

    /// What Calico calls it: with the tier in its name, a policy of Kubernetes with a mark before it (`K8sNetworkPolicyNamePrefix`).
    pub fn calico_name(&self) -> String {
        let (tier, name) = (&self.tier.name, &self.object.name);
        if self.is_calico() {
            let prefix = format!("{tier}.");
            let full = if name.starts_with(&prefix) { name.to_string() } else { format!("{prefix}{name}") };
            return match &self.namespace {
                Some(namespace) => format!("{namespace}/{full}"),
                None => full,
            };
        }
        match (&self.namespace, &*self.object.kind) {
            (Some(namespace), _) => format!("{namespace}/knp.default.{name}"),
            (None, "AdminNetworkPolicy") => format!("kanp.adminnetworkpolicy.{name}"),
            (None, "BaselineAdminNetworkPolicy") => format!("kbanp.baselineadminnetworkpolicy.{name}"),
            (None, _) => format!("kcnp.{tier}.{name}"),
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
            && self.pods.matches(&Endpoint { namespace, of_namespace: Some(namespace_labels), labels })
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
    /// What it asks for besides.
    pub besides: Option<Box<Besides>>,
}

/// What a rule of Calico can ask for besides peers and ports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Besides {
    /// Who has to be at the end that the policy selects.
    pub own: Option<Peer>,
    /// Which protocols; `None` for all.
    pub protocol: Option<Protocols>,
    /// Where that is said.
    pub location: Option<Location>,
    /// Which messages of ICMP.
    pub icmp: Option<Icmp>,
    /// Which of them not.
    pub not_icmp: Option<Icmp>,
    /// Ports of the destination that are not meant.
    pub not_ports: Vec<PortMatch>,
}

/// Which protocols a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocols {
    /// This one.
    Only(Protocol),
    /// All but this one.
    Except(Protocol),
}

impl Protocols {
    /// Whether a protocol is one of them.
    pub fn has(self, protocol: Protocol) -> bool {
        match self {
            Self::Only(one) => one == protocol,
            Self::Except(not) => not != protocol,
        }
    }
}

/// A message of ICMP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icmp {
    /// Its type.
    pub kind: u8,
    /// Its code; `None` for any.
    pub code: Option<u8>,
}

impl Icmp {
    /// Whether it is what asks for an echo, the one message that opens a connection.
    pub fn is_echo(self) -> bool {
        self.kind == 8 && self.code.is_none_or(|code| code == 0)
    }
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
    /// Whoever fulfils all that is asked for.
    Entity(Box<Entity>),
}

/// What somebody has to fulfil, all of it (`EntityRule`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Entity {
    /// One of these ranges holds the address; with none, any address.
    pub nets: Vec<IpNet>,
    /// None of these does.
    pub not_nets: Vec<IpNet>,
    /// A Pod, or a range of a [`NetworkSet`], with such labels (see [`Endpoint`]).
    pub selector: Option<Selector>,
    /// No such Pod, and in no such range; only without [`Self::selector`].
    pub not_selector: Option<Selector>,
}

impl Entity {
    /// True where nothing is asked for.
    pub fn is_any(&self) -> bool {
        *self == Self::default()
    }
}

/// Ranges of addresses with labels (`projectcalico.org` NetworkSet, GlobalNetworkSet).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSet {
    /// The object.
    pub object: ObjectRef,
    /// All its labels, those of its namespace among them ([`super::inherited`]).
    pub labels: BTreeMap<Text, Text>,
    /// The ranges.
    pub nets: Vec<IpNet>,
}

/// A policy of which something is not read: whom it selects is known, and not what it does to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRead {
    /// What is read of it.
    pub policy: Policy,
    /// The first field that is not.
    pub field: Arc<str>,
    /// Its line.
    pub location: Option<Location>,
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
    /// Ranges that selectors may mean.
    pub sets: Vec<NetworkSet>,
    /// Those that are not read whole: they are none of [`Self::all`].
    pub not_read: Vec<NotRead>,
}

impl Policies {
    /// Labels of a namespace.
    pub fn labels_of(&self, namespace: &str) -> Option<&BTreeMap<Text, Text>> {
        self.namespaces.get(namespace)
    }

    /// Ranges of the sets that a selector means.
    pub fn nets_of(&self, selector: &Selector) -> impl Iterator<Item = &IpNet> {
        self.sets.iter().filter(|set| selector.matches(&set.labels)).flat_map(|set| &set.nets)
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
