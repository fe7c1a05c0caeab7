//! Labels and taints that kubelet and kubeadm put on Nodes.

use crate::cluster::model::NodeRole;
use crate::manifest::objects::{NodeInfo, Taint};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Labels and taints that mark a control plane, the present one first.
pub(super) const CONTROL_PLANE: [&str; 2] = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];
/// Keeps cloud load balancers off a node; kubeadm sets it on control planes.
const NO_BALANCER: &str = "node.kubernetes.io/exclude-from-external-load-balancers";
/// The label with a node's name.
pub(crate) const HOSTNAME: &str = "kubernetes.io/hostname";
/// Operating system, with the label it had before 1.14.
const OS: [&str; 2] = ["kubernetes.io/os", "beta.kubernetes.io/os"];
/// Architecture, likewise.
const ARCH: [&str; 2] = ["kubernetes.io/arch", "beta.kubernetes.io/arch"];

type Labels = BTreeMap<Arc<str>, Arc<str>>;

/// Adds what kubelet sets when it registers its node and keeps up to date (`kubelet_node_status.go`), where it is not there already.
pub(super) fn by_kubelet(labels: &mut Labels, name: &Arc<str>, info: Option<&NodeInfo>) {
    let mut set = |keys: [&str; 2], default: &str, info: Option<&Arc<str>>| {
        // The old and the new label say the same.
        let said = keys.iter().find_map(|key| labels.get(*key).cloned());
        let value =
            said.or_else(|| info.filter(|text| !text.is_empty()).cloned()).unwrap_or_else(|| Arc::from(default));
        for key in keys {
            labels.entry(Arc::from(key)).or_insert_with(|| value.clone());
        }
    };
    set(OS, "linux", info.and_then(|info| info.operating_system.as_ref()));
    set(ARCH, "amd64", info.and_then(|info| info.architecture.as_ref()));
    labels.entry(Arc::from(HOSTNAME)).or_insert_with(|| name.clone());
}

/// Adds what kubeadm sets on a control plane.
pub(super) fn by_kubeadm(labels: &mut Labels, role: NodeRole) {
    if role == NodeRole::ControlPlane {
        labels.entry(Arc::from(CONTROL_PLANE[0])).or_default();
        labels.entry(Arc::from(NO_BALANCER)).or_default();
    }
}

/// The taint kubeadm sets on a control plane.
pub(super) fn control_plane_taint() -> Taint {
    Taint { key: Arc::from(CONTROL_PLANE[0]), value: None, effect: Arc::from("NoSchedule") }
}

/// True when labels or taints mark a control plane.
pub(super) fn is_control_plane(labels: &Labels, taints: &[Taint]) -> bool {
    CONTROL_PLANE.iter().any(|word| labels.contains_key(*word) || taints.iter().any(|taint| &*taint.key == *word))
}

/// True for a node whose kernel is not Linux.
pub(crate) fn is_windows(labels: &Labels) -> bool {
    OS.iter().any(|key| labels.get(*key).is_some_and(|value| &**value == "windows"))
}
