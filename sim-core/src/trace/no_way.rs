//! Why there is nothing to connect to.

use kubernetes::cluster::model::ServiceId;

/// Why there is nothing to connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoWay {
    /// The name has no address, or the model not the object.
    Name,
    /// No load balancer gave the Service an address.
    Pending(ServiceId),
    /// The Service has no such port with a node port.
    Port(ServiceId),
    /// The Service has an IPv6 address only.
    Ipv6(ServiceId),
}
