//! What kubelet, the CNI plugin, kube-proxy and the machines' set-up write into each node's kernel.

pub mod administrator;
pub(crate) mod agent;
pub mod cni;
pub mod hosts;
pub mod kube_proxy;
pub(crate) mod kubelet;
mod list;
mod machines;
pub mod outside;
pub(crate) mod runtime;
mod site;
pub mod underlay;
pub(crate) mod write;

pub use kubelet::ResolvConf;
pub(crate) use kubelet::{host_resolv_conf, node_resolv_conf};
pub use site::{Site, build};

/// Who writes into a node's kernel, in the order in which they do.
pub fn writers() -> impl Iterator<Item = &'static str> {
    list::AGENTS.iter().map(|agent| agent.name())
}
