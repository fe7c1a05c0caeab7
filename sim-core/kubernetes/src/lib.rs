//! Kubernetes without Linux: objects as people write them, and what the API server, the scheduler and the controllers decide.
//!
//! ```
//! use kubernetes::cluster::{Options, decide};
//! use kubernetes::manifest::{Limits, parse};
//! use kubernetes::origin::SourceText;
//!
//! let text = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n";
//! let decided = decide(&parse(&[SourceText::given("web.yaml", text)], &Limits::default()), &Options::default());
//! let web = decided.cluster.services.iter().find(|service| &*service.name.name == "web").unwrap();
//! // The API server gave it an address, and it knows the line it comes from.
//! assert!(decided.cluster.settings.service_cidr.contains(&web.cluster_ips[0]));
//! assert_eq!(web.origin.location.as_ref().unwrap().to_string(), "web.yaml:1:1");
//! ```
//!
//! ```text
//! text ──manifest──▶ objects ──cluster──▶ Cluster
//! ```
//!
//! Arrows run down this list, never up:
//!
//! - [`cluster`]: what API server and controllers decide, as one [`cluster::model::Cluster`].
//! - [`policy`]: who may connect to whom, read off policies.
//! - [`corefile`]: CoreDNS' configuration, read.
//! - [`assumption`]: what was decided without the input saying it.
//! - [`manifest`]: documents to typed objects, each with its file, line and column.
//! - [`edit`]: edits of texts by the path of a field.
//! - [`shown`]: text from people, made visible and cut.
//! - [`redact`]: texts without what is nobody's business, in place.
//! - [`budget`]: what one computation may take, and whether anybody still wants it.
//! - `text`: YAML and JSON text to trees with places.
//! - [`diagnostic`]: what was found in the input.
//! - [`machine`]: what tools printed on real machines, told apart.
//! - [`patch`]: changes of the input, shown as a diff.
//! - [`origin`]: texts and places in them, objects by name, causes.

pub mod assumption;
pub mod budget;
pub mod cluster;
pub mod corefile;
pub mod diagnostic;
pub mod edit;
pub mod machine;
pub mod manifest;
pub mod origin;
pub mod patch;
pub mod policy;
pub mod redact;
pub mod shown;
mod text;
pub mod timeline;
