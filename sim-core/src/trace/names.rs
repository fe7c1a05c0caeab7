//! The name a probe asks for.

use super::journey::{Probe, Target};
use std::net::IpAddr;
use std::sync::Arc;

/// The name a probe asks for.
pub(super) fn asked(probe: &Probe) -> Option<&Arc<str>> {
    match probe.connects_to()? {
        Target::Name(name, _) => Some(name),
        Target::Url { host, .. } if host.parse::<IpAddr>().is_err() => Some(host),
        _ => None,
    }
}
