//! Where a field belongs that stands where its object has none of that name.

use super::lines;
use super::moved::{self, Target};
use super::page::Page;
use crate::manifest::mend::Change;
use crate::text::tree::{NodeId, Tree};

/// Where it belongs, and the changes that move it there, where only one place can be meant.
pub(in crate::manifest) struct Home {
    /// The path of the place, e.g. `spec.template.spec`; of the list's entry where it is one of several, `spec.containers[]`.
    pub(in crate::manifest) path: String,
    pub(in crate::manifest) changes: Option<Vec<Change>>,
}

/// Fields of metadata.
const METADATA: &[&str] = &["labels", "annotations", "namespace", "generateName", "finalizers", "ownerReferences"];
/// Fields of a Service's spec.
const SERVICE: &[&str] = &[
    "selector",
    "ports",
    "type",
    "clusterIP",
    "clusterIPs",
    "externalIPs",
    "externalName",
    "externalTrafficPolicy",
    "internalTrafficPolicy",
    "ipFamilies",
    "ipFamilyPolicy",
    "loadBalancerClass",
    "loadBalancerIP",
    "loadBalancerSourceRanges",
    "publishNotReadyAddresses",
    "sessionAffinity",
    "sessionAffinityConfig",
];
/// Fields of one of a Service's ports.
const SERVICE_PORT: &[&str] = &["port", "targetPort", "nodePort", "protocol", "appProtocol"];
/// Fields of what keeps Pods running.
const WORKLOAD: &[&str] = &[
    "replicas",
    "selector",
    "template",
    "strategy",
    "updateStrategy",
    "serviceName",
    "volumeClaimTemplates",
    "minReadySeconds",
    "revisionHistoryLimit",
];
/// Fields of a Pod's spec.
const POD: &[&str] = &[
    "affinity",
    "containers",
    "dnsConfig",
    "dnsPolicy",
    "hostAliases",
    "hostNetwork",
    "hostname",
    "imagePullSecrets",
    "initContainers",
    "nodeName",
    "nodeSelector",
    "restartPolicy",
    "serviceAccountName",
    "subdomain",
    "terminationGracePeriodSeconds",
    "tolerations",
    "topologySpreadConstraints",
    "volumes",
];
/// Fields of a container.
const CONTAINER: &[&str] = &[
    "args",
    "command",
    "env",
    "envFrom",
    "image",
    "imagePullPolicy",
    "livenessProbe",
    "ports",
    "readinessProbe",
    "resources",
    "startupProbe",
    "volumeMounts",
    "workingDir",
];
/// Fields of one of a container's ports.
const CONTAINER_PORT: &[&str] = &["containerPort", "hostPort", "hostIP"];

/// Where `field` of an object of that `kind` belongs. `path` is where it stands, `key` its key.
pub(in crate::manifest) fn find(
    tree: &Tree<'_>,
    object: NodeId,
    text: &str,
    kind: &str,
    path: &str,
    key: NodeId,
) -> Option<Home> {
    let field = tree.text(key)?;
    let owner = path.strip_suffix(field).map(|owner| owner.trim_end_matches('.'))?;
    let pod: &[&str] = match kind {
        "Pod" => &["spec"],
        "Deployment"
        | "ReplicaSet"
        | "StatefulSet"
        | "DaemonSet"
        | "ReplicationController"
        | "DeploymentConfig"
        | "Job" => &["spec", "template", "spec"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        "Service" => &[],
        _ => return None,
    };
    let page = Page { tree, text, lessons: Vec::new() };
    let of_service = kind == "Service";
    let of_pods = !of_service && !pod.is_empty();
    let inside = owner.strip_prefix(&*pod.join(".")).filter(|_| of_pods);
    if METADATA.contains(&field) {
        // Labels under the spec of a workload may be its own or its Pods'.
        return match (inside, pod) {
            (Some(_), [_]) => home(&page, object, &["metadata"], key),
            (Some(_), [template @ .., _]) => home(&page, object, &[template, &["metadata"]].concat(), key),
            _ if of_pods && pod.len() > 1 && !owner.is_empty() => None,
            _ => home(&page, object, &["metadata"], key),
        };
    }
    if of_service {
        if SERVICE.contains(&field) {
            return home(&page, object, &["spec"], key);
        }
        let known = SERVICE_PORT.contains(&field);
        return known.then(|| entry(&page, object, &["spec"], "ports", "spec.ports", key)).flatten();
    }
    if WORKLOAD.contains(&field) && pod.len() > 1 && kind != "Job" && kind != "CronJob" {
        return home(&page, object, &["spec"], key);
    }
    if POD.contains(&field) {
        return home(&page, object, pod, key);
    }
    // Inside one of the containers already: in that one.
    let at = inside.and_then(|inside| inside.strip_prefix(".containers["));
    let index = at.and_then(|at| at.split_once(']')).and_then(|(index, _)| index.parse::<usize>().ok());
    let spec = pod.iter().try_fold(object, |at, key| tree.get(at, key));
    let containers = page.items(spec.and_then(|spec| tree.get(spec, "containers")));
    let only = if let [_] = containers { Some(0) } else { None };
    let prefix = pod.join(".");
    if CONTAINER.contains(&field) {
        let Some(index) = index.or(only) else {
            return Some(Home { path: format!("{prefix}.containers[]"), changes: None });
        };
        let path = format!("{prefix}.containers[{index}]");
        let target = containers.get(index)?;
        return Some(Home { path, changes: into(&page, object, key, *target, field) });
    }
    if CONTAINER_PORT.contains(&field) {
        let container = *containers.get(index.or(only)?)?;
        let path = format!("{prefix}.containers[{}].ports", index.or(only)?);
        return entry(&page, container, &[], "ports", &path, key);
    }
    if SERVICE_PORT.contains(&field) {
        return Some(Home { path: "spec.ports (Service)".to_owned(), changes: None });
    }
    None
}

/// Under the keys `to` of `object`.
fn home(page: &Page<'_, '_>, object: NodeId, to: &[&str], key: NodeId) -> Option<Home> {
    let field = page.tree.text(key)?;
    let depth = (0..=to.len()).rev().find(|depth| moved::at(page, object, &to[..*depth]).is_some())?;
    let target = moved::at(page, object, &to[..depth])?;
    let taken = depth == to.len() && page.get(target, field).is_some();
    let (owner, value) = moved::owner(page, object, key)?;
    let whole = Target { node: target, missing: &to[depth..] };
    let changes = if taken || target == owner { None } else { moved::carry(page, owner, (key, value), whole) };
    Some(Home { path: to.join("."), changes })
}

/// Into the mapping `target`, unless that has such a field.
fn into(page: &Page<'_, '_>, object: NodeId, key: NodeId, target: NodeId, field: &str) -> Option<Vec<Change>> {
    let (owner, value) = moved::owner(page, object, key)?;
    if !page.is_map(target) || page.get(target, field).is_some() || target == owner {
        return None;
    }
    moved::carry(page, owner, (key, value), Target { node: target, missing: &[] })
}

/// Into the only entry of the list `list` under the keys `to` of `from`.
fn entry(page: &Page<'_, '_>, from: NodeId, to: &[&str], list: &str, path: &str, key: NodeId) -> Option<Home> {
    let field = page.tree.text(key)?;
    let owner = moved::at(page, from, to)?;
    let changes = match page.items(page.get(owner, list)) {
        [only] => into(page, from, key, *only, field),
        _ => None,
    };
    // An entry in brackets stays as it is.
    let changes = changes.filter(|_| lines::is_first(page.text, page.start(key)));
    Some(Home { path: format!("{path}[]"), changes })
}
