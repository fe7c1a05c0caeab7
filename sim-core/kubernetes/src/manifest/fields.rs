//! Fields there are besides those we read, for the structs whose fields are all known, to find misspelt ones.

mod compose;

/// The other fields of the struct of that name; `None` where not all of them are known.
pub(super) fn others(name: &str) -> Option<&'static [&'static str]> {
    const OBJECT: &[&str] = &["apiVersion", "kind", "status"];
    Some(match name {
        "Namespace"
        | "Node"
        | "Pod"
        | "Deployment"
        | "ReplicaSet"
        | "ReplicationController"
        | "DaemonSet"
        | "StatefulSet"
        | "Job"
        | "CronJob"
        | "NetworkPolicy"
        | "CalicoPolicy"
        | "CalicoTier"
        | "CalicoNetworkSet"
        | "Service" => match name {
            "Namespace" => &["apiVersion", "kind", "spec", "status"],
            _ => OBJECT,
        },
        "Endpoints" | "Scenario" => &["apiVersion", "kind"],
        "EndpointSlice" => &["apiVersion", "kind"],
        "ConfigMap" => &["apiVersion", "kind", "binaryData", "immutable"],
        "Metadata" => &[
            "clusterName",
            "deletionGracePeriodSeconds",
            "finalizers",
            "generation",
            "initializers",
            "managedFields",
            "resourceVersion",
            "selfLink",
        ],
        "PodTemplate" | "JobTemplate" => &[],
        "NetworkPolicySpec" | "PolicyIngressRule" | "PolicyEgressRule" | "PolicyPeer" | "IpBlock" | "PolicyPort" => &[],
        "CalicoPolicySpec"
        | "CalicoRule"
        | "CalicoEntity"
        | "CalicoIcmp"
        | "CalicoTierSpec"
        | "CalicoNetworkSetSpec" => &[],
        "LabelSelector" | "ScenarioProbe" | "ScenarioSegment" | "ScenarioRouter" | "ScenarioRoute" | "ScenarioNode"
        | "ScenarioHost" | "ScenarioListen" | "ScenarioProxy" | "ScenarioEvent" | "ScenarioScale" | "ScenarioLag" => {
            &[]
        }
        "ReplicatedSpec" => &["progressDeadlineSeconds", "revisionHistoryLimit", "rollbackTo", "templateGeneration"],
        "StatefulSetSpec" => &["minReadySeconds", "persistentVolumeClaimRetentionPolicy", "revisionHistoryLimit"],
        "JobSpec" => &[
            "activeDeadlineSeconds",
            "backoffLimit",
            "backoffLimitPerIndex",
            "managedBy",
            "manualSelector",
            "maxFailedIndexes",
            "podFailurePolicy",
            "podReplacementPolicy",
            "scheduling",
            "selector",
            "successPolicy",
            "ttlSecondsAfterFinished",
        ],
        "CronJobSpec" => &[
            "concurrencyPolicy",
            "failedJobsHistoryLimit",
            "startingDeadlineSeconds",
            "successfulJobsHistoryLimit",
            "timeZone",
        ],
        "PodSpec" => &[
            "activeDeadlineSeconds",
            "automountServiceAccountToken",
            "ephemeralContainers",
            "evictionResponders",
            "hostAliases",
            "hostIPC",
            "hostPID",
            "hostUsers",
            "hostnameOverride",
            "imagePullSecrets",
            "os",
            "overhead",
            "preemptionPolicy",
            "priority",
            "priorityClassName",
            "resourceClaims",
            "resources",
            "runtimeClassName",
            "schedulerName",
            "schedulingGates",
            "schedulingGroup",
            "securityContext",
            "serviceAccount",
            "serviceAccountName",
            "setHostnameAsFQDN",
            "shareProcessNamespace",
            "workloadRef",
        ],
        "Container" => &[
            "imagePullPolicy",
            "resizePolicy",
            "resources",
            "restartPolicyRules",
            "securityContext",
            "stdin",
            "stdinOnce",
            "terminationMessagePath",
            "terminationMessagePolicy",
            "tty",
            "volumeDevices",
            "workingDir",
        ],
        "ContainerPort" | "ServicePort" | "EndpointPort" | "PodDnsConfig" | "PodDnsOption" => &[],
        "ServiceSpec" => &["ipFamily", "topologyKeys"],
        "SliceEndpoint" => &["deprecatedTopology", "topology"],
        "ComposeFile" => &["configs", "models", "secrets", "version", "volumes"],
        "ComposeService" => compose::SERVICE,
        "ComposeNetwork" => &["attachable", "labels"],
        "ComposePort" => &["app_protocol", "mode", "name"],
        "ComposeAttachment" => &["driver_opts", "ipv6_address", "link_local_ips"],
        "ComposeIpam" => &["options"],
        "ComposeInclude" => &["env_file", "project_directory"],
        "ComposePool" | "ComposeExtends" | "ScenarioDocker" | "DockerEnv" | "ScenarioSocket" => &[],
        "ComposeDeploy" => compose::DEPLOY,
        "EndpointConditions" | "EndpointHints" | "EndpointSubset" | "EndpointAddress" => &[],
        _ => return None,
    })
}

/// The field that a scalar in place of the struct of that name is.
pub(super) fn short_form(name: &str) -> Option<&'static str> {
    let known =
        ["ComposePort", "ComposeExternal", "ComposeMount", "ComposeInclude", "ComposeExtends", "ScenarioSocket"];
    known.contains(&name).then_some("$short-form")
}

/// True for structs in which every field that begins with `x-` is somebody's own.
pub(super) fn is_extensible(name: &str) -> bool {
    name.starts_with("Compose")
}

/// Fields of the struct of that name without which the API server refuses the object.
pub(super) fn required(name: &str) -> &'static [&'static str] {
    match name {
        "Service"
        | "Pod"
        | "Deployment"
        | "ReplicaSet"
        | "ReplicationController"
        | "DaemonSet"
        | "StatefulSet"
        | "Job"
        | "CronJob"
        | "JobTemplate"
        | "PodTemplate" => &["spec"],
        "ServiceSpec" => &["ports"],
        "ServicePort" => &["port"],
        "ReplicatedSpec" | "StatefulSetSpec" => &["selector", "template"],
        "JobSpec" => &["template"],
        "CronJobSpec" => &["schedule", "jobTemplate"],
        "LabelSelector" => &["matchLabels"],
        "PodSpec" => &["containers"],
        "Container" => &["name", "image"],
        "ContainerPort" => &["containerPort"],
        _ => &[],
    }
}

/// Of the fields that are not read, those by which a packet could fare another way: a list of what was not used names them.
pub(super) fn matters(name: &str) -> &'static [&'static str] {
    match name {
        "PodSpec" => {
            &["ephemeralContainers", "hostAliases", "hostnameOverride", "os", "runtimeClassName", "schedulingGates"]
        }
        "ServiceSpec" => &["ipFamily", "loadBalancerClass", "topologyKeys"],
        "SliceEndpoint" => &["deprecatedTopology", "topology"],
        "KubeProxyConfiguration" => &["conntrack", "interfaceName", "ipvs", "winkernel"],
        "KubeletConfiguration" => &["hairpinMode", "makeIPTablesUtilChains", "registerWithTaints", "resolvConf"],
        "ClusterConfiguration" => &["controlPlaneEndpoint", "dns", "proxy"],
        _ => &[],
    }
}

/// The same for what stands in a field that is not read itself.
pub(super) fn matters_within(field: &str) -> &'static [&'static str] {
    match field {
        "securityContext" => &["sysctls"],
        _ => &[],
    }
}

/// The field of a struct with these fields that another struct calls `name`: a Service has a `port`, a container a `containerPort`.
pub(super) fn other_name(name: &str, fields: &[&'static str]) -> Option<&'static str> {
    let container = fields.contains(&"containerPort").then_some("containerPort");
    let service = fields.contains(&"nodePort").then_some("port");
    match name {
        "port" => container,
        "containerPort" => service,
        _ => None,
    }
}

/// The field that `name` was most likely meant to be: the same but for case, or one or two letters off.
pub(crate) fn nearest<'f>(name: &str, fields: impl Iterator<Item = &'f str>) -> Option<&'f str> {
    if name.len() > 60 {
        return None;
    }
    let most = if name.chars().count() <= 4 { 1 } else { 2 };
    let lower: Vec<char> = name.to_lowercase().chars().collect();
    let distance = |field: &str| {
        if field.eq_ignore_ascii_case(name) {
            return Some(0);
        }
        // As many letters have to be added or removed as one is longer.
        let near = field.len().abs_diff(lower.len()) <= most;
        near.then(|| distance(field, &lower)).filter(|distance| *distance <= most)
    };
    fields.filter_map(|field| Some((distance(field)?, field))).min().map(|(_, field)| field)
}

/// Longest name that is compared.
const LONGEST: usize = 64;

/// Letters to add, remove, change or swap with their neighbour to make `b` of the field `a`, whatever its case. Names longer than
/// [`LONGEST`] are as far apart as can be.
fn distance(a: &str, b: &[char]) -> usize {
    if b.len() >= LONGEST {
        return usize::MAX;
    }
    let (mut before, mut above, mut row) = ([0; LONGEST], [0; LONGEST], [0; LONGEST]);
    for (j, cell) in above.iter_mut().enumerate() {
        *cell = j;
    }
    let mut last = None;
    for (i, x) in a.chars().map(|x| x.to_ascii_lowercase()).enumerate() {
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let mut least = (above[j] + usize::from(x != *y)).min(above[j + 1] + 1).min(row[j] + 1);
            if j > 0 && x == b[j - 1] && last == Some(*y) {
                least = least.min(before[j - 1] + 1);
            }
            row[j + 1] = least;
        }
        (before, above, last) = (above, row, Some(x));
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("targetport", Some("targetPort"))]
    #[case("tragetPort", Some("targetPort"))]
    #[case("TargetPorts", Some("targetPort"))]
    #[case("prot", Some("port"))]
    #[case("pod", None)]
    #[case("somethingElse", None)]
    fn suggestions(#[case] name: &str, #[case] expected: Option<&str>) {
        assert_eq!(nearest(name, ["name", "port", "targetPort", "nodePort"].into_iter()), expected);
    }
}
