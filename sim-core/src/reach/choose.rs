//! Ends by what people write.

use super::engine::Reach;
use super::pairs::Chosen;
use ipnet::Ipv4Net;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// Kinds as command lines write them, in small letters, and as manifests do.
const KINDS: [(&[&str], &str); 11] = [
    (&["pod", "pods", "po"], "Pod"),
    (&["deploy", "deployment", "deployments"], "Deployment"),
    (&["sts", "statefulset", "statefulsets"], "StatefulSet"),
    (&["ds", "daemonset", "daemonsets"], "DaemonSet"),
    (&["rs", "replicaset", "replicasets"], "ReplicaSet"),
    (&["rc", "replicationcontroller"], "ReplicationController"),
    (&["job", "jobs"], "Job"),
    (&["cj", "cronjob", "cronjobs"], "CronJob"),
    (&["rollout", "rollouts"], "Rollout"),
    (&["dc", "deploymentconfig"], "DeploymentConfig"),
    (&["workload"], ""),
];

/// What a word means as a kind: one of manifests, or any.
fn kind(word: &str) -> Option<&'static str> {
    let small = word.to_ascii_lowercase();
    KINDS.iter().find(|(words, _)| words.contains(&small.as_str())).map(|(_, kind)| *kind)
}

impl Chosen {
    /// What is meant by `NAMESPACE`, `NAMESPACE/WORKLOAD`, `KIND/[NAMESPACE/]NAME`, `external`, `external/ADDRESS`, an address or range, or
    /// `ingress`; nothing where nobody is.
    pub fn read(reach: &Reach<'_>, text: &str) -> Option<Self> {
        let text = text.trim();
        match text {
            "external" => return Some(Self::Outside(Ipv4Net::default())),
            "ingress" => return Some(Self::Ingress),
            _ => {}
        }
        let address = ["external/", "ip/"].into_iter().find_map(|before| text.strip_prefix(before)).unwrap_or(text);
        if let Ok(net) = address.parse::<Ipv4Net>() {
            return Some(Self::Outside(net.trunc()));
        }
        if let Ok(ip) = address.parse::<Ipv4Addr>() {
            return Some(Self::Outside(Ipv4Net::from(ip)));
        }
        let parts: Vec<&str> = text.split('/').collect();
        let found = match parts.as_slice() {
            [namespace] => Self::named(reach, None, Some(namespace), None),
            [first, name] => {
                let own = Self::named(reach, None, Some(first), Some(name));
                match kind(first) {
                    Some(kind) if own.is_empty() => Self::named(reach, Some(kind), None, Some(name)),
                    _ => own,
                }
            }
            [first, namespace, name] => {
                let kind = kind(first)?;
                Self::named(reach, Some(kind), Some(namespace), Some(name))
            }
            _ => BTreeSet::new(),
        };
        (!found.is_empty()).then_some(Self::Workloads(found))
    }

    fn named(reach: &Reach<'_>, kind: Option<&str>, namespace: Option<&str>, name: Option<&str>) -> BTreeSet<usize> {
        let all = reach.workloads().iter().enumerate();
        let found = all.filter(|(_, own)| {
            let called = name.is_none_or(|name| match kind {
                // A Pod means the workload that it is of.
                Some("Pod") => own.names.iter().any(|pod| **pod == *name),
                Some("") | None => *own.object.name == *name,
                Some(kind) => *own.object.kind == *kind && *own.object.name == *name,
            });
            called && namespace.is_none_or(|namespace| own.namespace() == namespace)
        });
        found.map(|(at, _)| at).collect()
    }
}
