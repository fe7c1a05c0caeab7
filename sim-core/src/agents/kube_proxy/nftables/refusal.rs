//! What nft does not take from kube-proxy.

use kubernetes::cluster::model::{Cluster, NodeId};
use kubernetes::diagnostic::{Diagnostic, codes};
use kubernetes::manifest::Parsed;
use kubernetes::manifest::objects::Object;
use kubernetes::origin::{ObjectRef, Span};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why nft refuses what kube-proxy hands it. A refused transaction changes nothing, so there are no rules at all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// A rule matches the index of a device (`iif`) that is not there.
    NoDevice(Arc<str>),
    /// Two Service ports lay claim to the same address, protocol and port.
    Clash {
        /// Map that both want to add to.
        map: Arc<str>,
        /// The Service that comes second.
        service: ObjectRef,
    },
}

/// One finding for each reason, with the nodes it holds for.
pub(crate) fn findings(refusals: &[(NodeId, Refusal)], parsed: &Parsed, cluster: &Cluster) -> Vec<Diagnostic> {
    let mut nodes: BTreeMap<&Refusal, Vec<&str>> = BTreeMap::new();
    for (node, refusal) in refusals {
        let name = cluster.nodes.get(node.0 as usize).map_or("", |node| &node.name);
        let names = nodes.entry(refusal).or_default();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let finding = |(refusal, nodes): (&Refusal, Vec<&str>)| {
        let found = match refusal {
            Refusal::NoDevice(device) => codes::PROXY_DEVICE_MISSING
                .at(detector(parsed))
                .arg("device", &**device)
                .arg("version", cluster.settings.version.to_string()),
            Refusal::Clash { map, service } => {
                let of = parsed.objects.iter().find(|object| object.object() == service);
                let span = of.map(Object::span).unwrap_or_default();
                codes::PROXY_KEY_CLASH
                    .at(span)
                    .about(service.clone())
                    .arg("service", service.to_string())
                    .arg("map", &**map)
            }
        };
        found.arg("nodes", nodes.join(", "))
    };
    nodes.into_iter().map(finding).collect()
}

/// Where the detector was chosen.
fn detector(parsed: &Parsed) -> Span {
    let configured = parsed.objects.iter().rev().find_map(|object| match object {
        Object::KubeProxyConfiguration(config) => {
            Some(config.value.detect_local_mode.as_ref().map_or(config.span, |text| text.span))
        }
        _ => None,
    });
    configured.unwrap_or_default()
}
