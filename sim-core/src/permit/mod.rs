//! Policies changed so that a connection may or may not be opened: the smallest change of the input's NetworkPolicies, tried before it is given
//! out.
//!
//! ```
//! use kubernetes::budget::Budget;
//! use kubernetes::manifest::{Limits, SourceText};
//! use kubernetes::policy::{Direction, Ports};
//! use sim_core::model::{Model, Options};
//! use sim_core::permit::{What, Wish, permit};
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
//!   policyTypes: [Ingress]
//! ";
//! let model = Model::build(&[SourceText::given("shop.yaml", text)], &Limits::default(), &Options::default());
//! let reach = Reach::of(&model.parsed, &model.cluster, Asked::All, &Budget::unlimited()).unwrap();
//! let (cart, shop) = (0, Peer::Workload(1));
//! let wish = Wish { of: cart, direction: Direction::Ingress, what: What::Open(shop, Ports::all()) };
//! let done = permit(&model, &reach, &wish, &Budget::unlimited()).unwrap();
//! let after = Reach::of(&done.model.parsed, &done.model.cluster, Asked::All, &Budget::unlimited()).unwrap();
//! let around = after.around(cart, Direction::Ingress, &Budget::unlimited()).unwrap();
//! assert!(around.neighbours[0].both.is_all());
//! assert!(around.anybody.is_empty(), "nobody else");
//! ```

mod content;
mod narrow;
mod wish;
mod work;

pub use wish::{Permit, Refusal, What, Wish};
pub use work::permit;
