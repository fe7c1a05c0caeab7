//! What kubelet, the CNI plugin, kube-proxy and the machines' set-up write into each node's kernel.
//!
//! ```
//! use kubernetes::manifest::Limits;
//! use kubernetes::origin::SourceText;
//! use sim_core::model::{Model, Options};
//! use sim_core::print;
//!
//! let text = "
//! {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}}
//! ---
//! {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}";
//! let model = Model::build(&[SourceText::given("shop.yaml", text)], &Limits::default(), &Options::default());
//! let node = model.cluster.pods.iter().find(|pod| &*pod.name.name == "web").map(|pod| pod.node).unwrap();
//! // kube-proxy wrote the Service into the kernel of that node.
//! assert!(print::rules(&model, node).contains("default/web"));
//! ```

pub mod administrator;
pub(crate) mod agent;
pub mod balancer;
pub mod cni;
pub mod docker;
pub(crate) mod given;
pub mod hosts;
pub mod kube_proxy;
pub(crate) mod kubelet;
mod list;
mod machines;
mod masq_agent;
pub mod mesh;
mod node_cache;
pub mod outside;
mod plug;
mod resolv;
pub mod router;
pub(crate) mod runtime;
mod silent;
mod site;
mod station;
pub mod underlay;
pub(crate) mod write;

pub(crate) use kubelet::node_resolv_conf;
pub use resolv::ResolvConf;
pub(crate) use resolv::host_resolv_conf;
pub use site::{Site, build};

/// Who writes into a node's kernel, in the order in which they do.
pub fn writers() -> impl Iterator<Item = &'static str> {
    list::AGENTS.iter().map(|agent| agent.name())
}
