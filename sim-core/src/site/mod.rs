//! What is where: the machines as a tree, the segments between them, and the processes on them with how they behave.
//!
//! ```
//! use kubernetes::manifest::Limits;
//! use kubernetes::origin::SourceText;
//! use sim_core::model::{Model, Options};
//! use sim_core::site::Place;
//!
//! let text = "
//! {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}}";
//! let model = Model::build(&[SourceText::given("shop.yaml", text)], &Limits::default(), &Options::default());
//! let netns = model.site.network.find("pod/default/web").unwrap();
//! assert!(matches!(model.site.tree.at(netns), Some(Place::Machine(_))));
//! // nginx listens in it.
//! assert_eq!(model.site.listening(netns).count(), 1);
//! ```

pub mod process;
pub mod tree;

pub use process::{Behaviour, Listener, Listening, NameServer, Process, ProcessTable};
pub use tree::{Kind, Machine, MachineId, Place, Segment, SegmentId, Tree};
