//! Which journeys lean on a network plugin or a mode of kube-proxy that another stands in for: those whose packets used what is its work,
//! unless a part of the cluster decided the result that is the same with every plugin and mode.

use super::journey::{Journey, Leg, OutcomeKind};
use super::outcome;
use crate::model::Model;
use kernel::ids::NetnsId;
use kernel::walk::{DropReason, End};
use kubernetes::assumption::{Assumption, Effect};
use kubernetes::origin::{CauseId, Component};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What a journey's result owes to the work of others than the one that is simulated.
pub(super) struct Worlds {
    /// It leans on the network plugin.
    pub(super) pod_network: bool,
    /// It leans on what serves Services.
    pub(super) proxying: bool,
}

impl Worlds {
    /// `serviced`: the journey asked for a Service's address or met rules written for one.
    pub(super) fn of(model: &Model, journey: &Journey, serviced: bool) -> Self {
        if same_everywhere(model, journey) {
            return Self { pod_network: false, proxying: false };
        }
        Self { pod_network: journey.legs.iter().any(|leg| over_pod_network(model, leg)), proxying: serviced }
    }

    /// The assumption as this journey meets it: where the result does not lean on it, it is listed and no more.
    pub(super) fn leaning(&self, assumption: &Assumption, leans: bool) -> Assumption {
        let effect = if leans { assumption.effect } else { Effect::Frame };
        Assumption { effect, ..assumption.clone() }
    }
}

/// True when what decided the failure gives the same with every plugin and every mode: a name server's answer, a Service's own fields
/// (no endpoints, policies of traffic), a Pod whose programs do not listen there. What works leans on all it used.
fn same_everywhere(model: &Model, journey: &Journey) -> bool {
    let outcome = &journey.outcome;
    // A rule that kube-proxy wrote for one Service says what that Service's fields say.
    let for_service = |cause: Option<CauseId>| {
        let cause = cause.and_then(|cause| model.site.causes.get(cause));
        cause.is_some_and(|cause| {
            let proxy = matches!(cause.component, Component::KubeProxyIptables | Component::KubeProxyNftables);
            proxy && cause.object.is_some()
        })
    };
    let refused = |leg: &Leg| match &leg.end {
        End::Dropped { netns, reason } => for_service(outcome::cause(model, *netns, reason, leg)),
        End::Delivered { .. } => false,
    };
    match &outcome.kind {
        OutcomeKind::NameNotFound
        | OutcomeKind::NameWithoutAddress
        | OutcomeKind::NameServerFailed
        | OutcomeKind::NoNameServer
        | OutcomeKind::NameBeyond
        | OutcomeKind::Ipv6Only
        | OutcomeKind::NoWayIn => true,
        OutcomeKind::NameServerUnreachable => journey.legs.iter().any(refused),
        OutcomeKind::NoListener => {
            let leg = outcome.at.and_then(|(leg, _)| journey.legs.get(leg as usize));
            leg.is_some_and(|leg| model.site.tree.pod_at(end(leg)).is_some())
        }
        OutcomeKind::Rejected | OutcomeKind::Dropped(DropReason::Rule(_) | DropReason::Rejected(_)) => {
            for_service(outcome.cause)
        }
        _ => false,
    }
}

/// Where a leg ended.
fn end(leg: &Leg) -> NetnsId {
    match leg.end {
        End::Delivered { netns, .. } | End::Dropped { netns, .. } => netns,
    }
}

/// True for a leg that went over a Pod's interface, or outside of the Pod was for a Pod's address.
fn over_pod_network(model: &Model, leg: &Leg) -> bool {
    let spaces: BTreeSet<NetnsId> = leg.hops.iter().map(|hop| hop.netns).collect();
    let in_pod = |netns: &NetnsId| model.site.tree.pod_at(*netns).is_some();
    if spaces.iter().all(in_pod) && spaces.len() == 1 {
        // Inside one Pod the plugin's work is the way out of it.
        return match &leg.end {
            End::Dropped { reason, .. } => !matches!(
                reason,
                DropReason::NoListener
                    | DropReason::NoSocket
                    | DropReason::MartianSource
                    | DropReason::MartianDestination
            ),
            End::Delivered { .. } => false,
        };
    }
    if spaces.iter().any(in_pod) {
        return true;
    }
    let cluster = &model.cluster;
    let of_pod = |ip: IpAddr| {
        cluster.nodes.iter().any(|node| node.pod_cidr.contains(&ip))
            || cluster.pods.iter().any(|pod| !pod.host_network && pod.ip == ip)
    };
    let addresses: BTreeSet<IpAddr> = leg.hops.iter().map(|hop| hop.after.packet.innermost().ip.dst).collect();
    addresses.into_iter().any(of_pod)
}
