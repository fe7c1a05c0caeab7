//! Names that a case's Pods ask for.

use super::Case;
use crate::judge::names::Asked;
use kernel::ids::NetnsId;
use kubernetes::cluster::model::PodId;
use sim_core::model::Model;

/// Ways to ask for a Service (`S`) or one of its Pods (`P` is its address with dashes, `H` its host name). The later ones are wrong.
pub(super) const FORMS: [&str; 18] = [
    "S",
    "S.default",
    "S.default.svc",
    "S.default.svc.cluster.local",
    "S.default.svc.cluster.local.",
    "S",
    "P.S",
    "H.S",
    "H.S.default.svc.cluster.local",
    "P.default.pod",
    "alias",
    "kube-dns.kube-system",
    "missing",
    "missing.default.svc.cluster.local.",
    "S.nowhere",
    "S.default.svc.cluster.lokal",
    "S.default.svc.cluster.local.default",
    "nobody.S",
];

impl Case {
    /// The name that probe number `at` asks for, and who asks; `None` when it goes to an address.
    pub fn asked(&self, model: &Model, at: usize) -> Option<Asked> {
        let spec = &self.probes[at];
        let form = FORMS.get(usize::from(spec.name).checked_sub(1)?)?;
        let netns = self.sender(&model.site.network, at);
        let own = |(_, at): &(&PodId, &NetnsId)| **at == netns && model.site.nodes.values().all(|node| *node != netns);
        let (pod, _) = model.site.pods.iter().find(own)?;
        // CoreDNS has no name server.
        model.cluster.pods.get(pod.0 as usize).filter(|pod| &*pod.name.namespace == "default")?;
        let conf = model.site.resolv_conf(*pod)?;
        let service = usize::from(spec.to) % self.services.len().max(1);
        // Every form with a Pod in it is for a Service whose Pods have names.
        let service = if form.contains('H') { self.headless().unwrap_or(service) } else { service };
        let pod = usize::from(spec.to / 4) % self.pods.len();
        let typed = form.replace('S', &format!("s{service}"));
        let typed = typed.replace('P', &self.pod_ip(pod).replace('.', "-")).replace('H', &format!("h{pod}"));
        Some(Asked { netns, conf, typed })
    }
}
