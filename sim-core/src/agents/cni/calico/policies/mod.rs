//! NetworkPolicies as Felix enforces them: chains of policies (`felix/rules/policy.go`), the jumps to them in the chains of a Pod's device
//! (`felix/rules/endpoints.go`), and sets of the addresses that selectors mean (`felix/calc`). What the API calls a peer or a port becomes
//! rules as `libcalico-go`'s conversion of NetworkPolicies has them.

mod compile;
mod endpoint;
mod render;
mod sets;

pub(super) use endpoint::{Because, Enforced};
