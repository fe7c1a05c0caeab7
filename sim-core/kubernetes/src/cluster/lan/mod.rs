//! What lies between the machines, as a Scenario says it: segments, routers, machines that are no nodes, and the Internet.
//!
//! ```text
//! Scenario ──read──▶ Lan (segments, whose names and addresses are taken) ──nodes──▶ segments ──hosts, routers──▶ machines on them
//! ```

mod hosts;
mod machine;
mod proxies;
mod report;
mod routers;
mod said;
#[cfg(test)]
mod tests;

pub(super) use hosts::decide;
pub(super) use machine::{resolvers, routes, sockets};
pub(super) use proxies::proxies;
pub(super) use routers::routers;
pub(super) use said::{Entry, Lan};
