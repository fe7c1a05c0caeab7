//! CNI plugins: how a Pod's namespace is wired to its node.

pub mod bridge;
pub mod portmap;
