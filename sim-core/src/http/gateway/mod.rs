//! How a Gateway routes requests (Gateway API v1: HTTPRoute, GRPCRoute): the listener, the route with its precedence, filters, weights, and the
//! answers that the specification has for what leads nowhere.

mod change;
mod decide;
mod matches;

pub(crate) use decide::{decide, passes};
