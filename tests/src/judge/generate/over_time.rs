//! Timelines of random clusters: who is ready, and which kube-proxy follows, while connections stay open.

use super::{Case, PodState, Tweak, case, cluster_ip, node_ip, node_port, node_port_udp};
use proptest::collection::vec;
use proptest::prelude::*;
use sim_core::model::{Model, Options};
use sim_core::trace::ProbeText;
use std::fmt::Write;

/// Milliseconds from one event to the next.
const APART: u64 = 5_000;

/// A cluster with events, and what is sent at each moment.
#[derive(Clone, Debug)]
pub struct OverTime {
    case: Case,
    /// The release, as the minor of 1.x: what kube-proxy clears differs.
    minor: u8,
    /// What happens, to whom.
    events: Vec<(u8, u8)>,
    /// Who keeps a connection to what, whether of datagrams.
    kept: (u8, u8, bool),
}

/// Clusters with Services, of `events` events each.
pub fn over_time(events: usize) -> impl Strategy<Value = OverTime> {
    let minor = prop_oneof![Just(30u8), Just(31), Just(32), Just(34), Just(36), Just(37)];
    let kept = (any::<u8>(), any::<u8>(), prop::bool::weighted(0.6));
    let happens = vec((0..6u8, any::<u8>()), events);
    (case(events + 2), minor, happens, kept).prop_map(|(mut case, minor, events, kept)| {
        // Mostly somebody answers.
        case.services.iter_mut().for_each(|service| service.app %= 3);
        for (at, pod) in case.pods.iter_mut().enumerate() {
            pod.serves = true;
            if at < 4 {
                (pod.app, pod.state) = (case.services.first().map_or(0, |service| service.app), PodState::Ready);
            }
        }
        // A route that is lost on the way would have segments sent again and again, and what comes twice has an order of its own each time.
        let keeps = |tweak: &Tweak| matches!(tweak, Tweak::Sysctl(..));
        let tweaks = case.tweaks.iter().filter(|tweak| keeps(tweak)).cloned().collect();
        OverTime { case: Case { tweaks, ..case }, minor, events, kept }
    })
}

impl OverTime {
    /// The cluster.
    pub fn case(&self) -> &Case {
        &self.case
    }

    /// Pods whose readiness can change.
    fn living(&self) -> Vec<usize> {
        let living = |at: &usize| matches!(self.case.pods[*at].state, PodState::Ready | PodState::NotReady);
        (0..self.case.pods.len()).filter(living).collect()
    }

    /// The manifests with their timeline.
    pub fn manifests(&self) -> String {
        let mut out =
            self.case.manifests().replace("kubeletVersion: v1.30.5", &format!("kubeletVersion: v1.{}.0", self.minor));
        out.push_str("---\napiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {name: over-time}\ntimeline:\n");
        let living = self.living();
        for (at, (what, whom)) in self.events.iter().enumerate() {
            let time = (at as u64 + 1) * APART;
            let node = self.case.node(*whom);
            let pod = living.get(usize::from(*whom) % living.len().max(1));
            let _ = match (what, pod) {
                (0 | 1, Some(pod)) => writeln!(out, "- {{at: {time}ms, notReady: pod/default/p{pod}}}"),
                (2, Some(pod)) => writeln!(out, "- {{at: {time}ms, ready: pod/default/p{pod}}}"),
                (3, _) => writeln!(out, "- {{at: {time}ms, stop: kube-proxy/node-{node}}}"),
                (4, _) => writeln!(out, "- {{at: {time}ms, start: kube-proxy}}"),
                _ => writeln!(out, "- {{at: {time}ms, lag: {{component: kube-proxy/node-{node}, by: 7s}}}}"),
            };
        }
        out
    }

    /// The model at the start, as it is written.
    ///
    /// # Panics
    /// When the generator made something that is no network.
    pub fn model(&self) -> Model {
        let options = Options { bridge_nf: Some(self.case.bridge_nf), cni: self.case.cni, ..Options::default() };
        let model: Model = crate::model(&[("case.yaml", &self.manifests())], &options);
        assert!(!model.has_errors(), "{:?}\n{}", model.diagnostics, self.manifests());
        model
    }

    /// What the administrator did to a moment's cluster.
    pub fn changed(&self, model: Model) -> Model {
        self.case.changed(model)
    }

    /// Connections that may stay open: from a Pod or a node, to a Service.
    pub fn kept(&self) -> impl Iterator<Item = ProbeText> {
        let (from, to, udp) = self.kept;
        let all =
            (0..24u8).filter_map(move |more| self.text((from.wrapping_add(more), to.wrapping_add(more / 4)), udp));
        all.map(|text| ProbeText { keep: Some("1".to_owned()), ..text })
    }

    /// One that is opened at a moment.
    pub fn anew(&self, moment: usize) -> Option<ProbeText> {
        let spec = self.case.probes.get(moment)?;
        self.text((spec.from, spec.to), spec.protocol == 1)
    }

    fn text(&self, (from, to): (u8, u8), udp: bool) -> Option<ProbeText> {
        let pods = self.case.pods.len();
        let from = match usize::from(from) % (pods + 1) {
            at if at < pods => format!("pod/default/p{at}"),
            _ => format!("node/node-{}", self.case.node(from)),
        };
        let services: Vec<usize> = (0..self.case.services.len())
            .filter(|at| !matches!(self.case.services[*at].kind, super::ServiceKind::Headless))
            .collect();
        let at = *services.get(usize::from(to) % services.len().max(1))?;
        let exposed = !matches!(self.case.services[at].kind, super::ServiceKind::ClusterIp);
        let node = node_ip(self.case.node(to / 7));
        let to = match (exposed && to.is_multiple_of(3), udp) {
            (false, false) => format!("{}:80", cluster_ip(at)),
            (false, true) => format!("{}:53", cluster_ip(at)),
            (true, false) => format!("{node}:{}", node_port(at)),
            (true, true) => format!("{node}:{}", node_port_udp(at)),
        };
        let proto = udp.then(|| "udp".to_owned());
        Some(ProbeText { from, to, proto, ..ProbeText::default() })
    }
}
