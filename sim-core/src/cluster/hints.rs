//! Topology hints as the EndpointSlice controller writes them for `trafficDistribution`.

use super::model::{Service, Settings};

/// Which hints the controller writes for a Service's endpoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Preference {
    /// `hints.forZones`: the endpoint's own zone.
    pub(super) zones: bool,
    /// `hints.forNodes`: the endpoint's own node.
    pub(super) nodes: bool,
}

/// `PreferClose` is known from 1.30 (gate `ServiceTrafficDistribution`, on from 1.31), `PreferSameZone`, which means the same, and
/// `PreferSameNode` from 1.34.
pub(super) fn preference(service: &Service, settings: &Settings) -> Preference {
    let minor = settings.version.minor;
    match service.traffic_distribution.as_deref() {
        Some("PreferClose") if minor >= 31 || settings.kube_proxy.traffic_distribution_gate => {
            Preference { zones: true, nodes: false }
        }
        Some("PreferSameZone") if minor >= 34 => Preference { zones: true, nodes: false },
        Some("PreferSameNode") if minor >= 34 => Preference { zones: true, nodes: true },
        _ => Preference::default(),
    }
}
