//! Policies that limit who may connect to whom, and a direct reading of what their API says of a connection.
//!
//! ```
//! use kernel::packet::Protocol;
//! use kubernetes::cluster::{Options, decide};
//! use kubernetes::manifest::{Limits, parse};
//! use kubernetes::origin::SourceText;
//! use kubernetes::policy::{Direction, Flow, Party, PodParty, decide as ask};
//!
//! let text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: lock}\nspec: {podSelector: {}, ingress: []}\n";
//! let decided = decide(&parse(&[SourceText::given("lock.yaml", text)], &Limits::default()), &Options::default());
//! let labels = Default::default();
//! let web = Party { pod: Some(PodParty { namespace: "default", labels: &labels, ports: &[] }), ip: None };
//! let other = Party { pod: Some(PodParty { namespace: "other", labels: &labels, ports: &[] }), ip: None };
//! let flow = Flow { from: other, to: web, protocol: Protocol::Tcp, port: 80 };
//! // What the policy selects is isolated, and no rule lets anybody in.
//! assert!(!ask(&decided.cluster.policies, Direction::Ingress, &flow).allowed);
//! assert!(ask(&decided.cluster.policies, Direction::Egress, &flow).allowed);
//! ```
//!
//! Nothing here knows rules of a kernel: what an enforcer writes into a node is compared with this reading, and `reach` asks it about whole
//! clusters. Followed are the API types of `networking.k8s.io/v1` NetworkPolicy with their
//! documentation, and of Calico's own policies its API (`projectcalico.org/v3`) with what becomes of it on the way to Felix
//! (`libcalico-go/lib/backend/syncersv1/updateprocessors`).

mod labels;
mod language;
mod model;
mod ports;
mod read;
mod selector;

pub use labels::{is_label_of_one, is_name_label};
pub use language::{Misread, What, parse as parse_selector};
pub use model::{
    Action, Besides, Direction, Entity, Icmp, LAST, Namespaces, NetworkSet, NotRead, Peer, PeerKind, Policies, Policy,
    PortKind, PortMatch, Protocols, Rule, Tier,
};
pub use ports::{PortSet, Ports, RANGE};
pub use read::{Considered, Decision, Flow, Missed, Party, PodParty, RuleSaid, allowed, decide};
pub use selector::{
    CALICO_NAMESPACE, Endpoint, Labelled, OF_NAMESPACE, Selector, inherited, is_derived, labels_of_namespace,
};

/// The label that every namespace has by itself: its name.
pub const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";
