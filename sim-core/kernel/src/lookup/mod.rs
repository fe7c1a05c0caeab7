//! What a namespace looks up to send a packet on: routes, neighbours, the other ends of tunnels.

pub(crate) mod neigh;
pub mod route;
pub(crate) mod vtep;
