//! Labels by which a workload's Pods are meant.

/// A label that a controller gives each Pod, or each version of a workload, for itself.
pub fn is_label_of_one(key: &str) -> bool {
    const OF_ONE: [&str; 5] = [
        "pod-template-hash",
        "controller-revision-hash",
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
        "pod-template-generation",
    ];
    OF_ONE.contains(&key)
}

/// A label that says a workload's name.
pub fn is_name_label(key: &str) -> bool {
    matches!(key, "app" | "k8s-app" | "app.kubernetes.io/name" | "run" | "name")
}
