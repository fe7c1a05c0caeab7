//! What paths name.

use kubernetes::cluster::model::{BackendPort, NamespacedName};

/// A Service and port that a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) service: NamespacedName,
    pub(super) port: BackendPort,
}
