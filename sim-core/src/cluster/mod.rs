//! What API server and controllers decide: defaults, Pods from workloads, scheduling, addresses, endpoints.

pub mod model;
