//! Who may connect to whom, as policies say, for a whole cluster at once.
//!
//! ```
//! use kubernetes::budget::Budget;
//! use kubernetes::cluster::{Options, decide};
//! use kubernetes::manifest::{Limits, parse};
//! use kubernetes::origin::SourceText;
//! use sim_core::reach::{Asked, Peer, Reach};
//!
//! let text = "
//! {apiVersion: v1, kind: Pod, metadata: {name: cart, labels: {app: cart}}, spec: {containers: [{name: cart, image: cart}]}}
//! ---
//! {apiVersion: v1, kind: Pod, metadata: {name: shop, labels: {app: shop}}, spec: {containers: [{name: shop, image: shop}]}}
//! ---
//! apiVersion: networking.k8s.io/v1
//! kind: NetworkPolicy
//! metadata: {name: cart}
//! spec:
//!   podSelector: {matchLabels: {app: cart}}
//!   ingress: [{from: [{podSelector: {matchLabels: {app: shop}}}], ports: [{port: 7070}]}]
//! ";
//! let parsed = parse(&[SourceText::given("shop.yaml", text)], &Limits::default());
//! let cluster = decide(&parsed, &Options::default()).cluster;
//! let reach = Reach::of(&parsed, &cluster, Asked::All, &Budget::unlimited()).unwrap();
//! let pairs = reach.pairs(&Default::default());
//! let into_cart: Vec<_> = pairs.iter().filter(|pair| pair.to == Peer::Workload(0)).collect();
//! assert_eq!(into_cart.len(), 1, "nobody outside may");
//! assert_eq!(into_cart[0].from, Peer::Workload(1));
//! assert_eq!(reach.ports(into_cart[0].ports).tcp.ranges(), [(7070, 7070)]);
//! ```
//!
//! It looks at the decided cluster only, and answers as if policies were enforced. The unit is the workload: where policies tell its Pods
//! apart, what is said holds for all of them. Ports are the destination's own, behind every translation. A workload to itself is left out, and so is
//! what was assumed.

mod around;
mod bits;
mod choose;
mod diff;
mod doors;
mod ends;
mod engine;
mod entries;
mod index;
mod overview;
mod pairs;
mod parts;
mod reason;
mod sets;

pub use around::{Around, Neighbour};
pub use diff::{Change, Diff, Difference, End, diff};
pub use ends::Workload;
pub use engine::{Asked, Flow, Open, Reach};
pub use entries::{Entries, Entry, Looks, Otherwise};
pub use overview::{Between, Overview, Part};
pub use pairs::{Chosen, Filter, Listing, Pair, Peer};
pub use reason::{Because, Reasons, Side};
