//! A map of a whole scenario: every object by kind, namespace, label and problem; what of it is drawn, folded or only counted, so that a
//! picture stays readable at any size. Nothing of it looks into a machine's kernel: no node is written for it.
//!
//! ```
//! use kubernetes::manifest::{Limits, SourceText};
//! use sim_core::model::{Model, Options};
//! use web::atlas::{Asked, Atlas, find};
//!
//! let text = "
//! {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 3, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: nginx}]}}}}";
//! let model = Model::build(&[SourceText::given("shop.yaml", text)], &Limits::default(), &Options::default());
//! let atlas = Atlas::of(&model);
//! let asked = Asked { q: "web".into(), kind: "Pod".into(), ..Asked::default() };
//! assert_eq!(find(&atlas, &asked).items.len(), 3);
//! ```

mod asked;
mod index;
mod machines;
mod plan;
mod ring;
mod search;

pub use asked::{Asked, Level, TEXT, Wrong};
pub(crate) use index::maker;
pub use index::{Atlas, Facts, Item, Trouble, Workload};
pub(crate) use machines::group_key;
pub use machines::{Group, Groups, Machine, groups};
pub(crate) use plan::POLICIES;
pub use plan::{Drawn, Plan, Ring, Shown, plan};
pub(crate) use ring::trouble_words;
pub use ring::{Links, draw};
pub(crate) use search::has;
pub use search::{Found, find};
