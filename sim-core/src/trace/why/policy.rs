//! A connection that no policy's rule lets pass.

use super::codes;
use super::failed::Lost;
use super::field::{Field, Why};
use crate::model::Model;
use crate::trace::journey::Leg;
use crate::trace::policed::{Policed, policed};
use kubernetes::cluster::model::{NamespacedName, PodId};
use kubernetes::origin::{Component, Location};
use kubernetes::policy::{Direction, Missed, Policy};
use std::net::IpAddr;

/// Policies that are named at most.
const NAMED: usize = 4;

pub(super) fn lost(lost: Lost<'_>) -> Option<Why> {
    of_leg(lost.failed.model, lost.leg)
}

/// The same of any leg, also of a question for a name.
pub(super) fn of_leg(model: &Model, leg: &Leg) -> Option<Why> {
    let found = policed(model, leg)?;
    let cluster = &model.cluster;
    let pod = cluster.pods.get(found.pod.0 as usize)?;
    if let Some((at, rule)) = found.decision.by {
        return denied(model, &found, &pod.name, at, rule);
    }
    let asked: Vec<(&Policy, Option<(&Missed, usize)>)> = found
        .decision
        .considered
        .iter()
        .filter_map(|asked| {
            let policy = cluster.policies.all.get(asked.policy)?;
            // A rule that names the other end is nearer than one that does not.
            let missed = asked.rules.iter().filter_map(|said| Some((said.missed.as_ref()?, said.rule)));
            Some((policy, missed.max_by_key(|(missed, rule)| (nearness(missed), std::cmp::Reverse(*rule)))))
        })
        .collect();
    let (policy, missed) = asked.iter().max_by_key(|(_, missed)| match missed {
        Some((missed, _)) => nearness(missed),
        None => 0,
    })?;
    let (code, field, at) = match missed {
        Some((Missed::Port(field, at), _)) => (codes::POLICY_PORT, field.to_string(), at.clone()),
        Some((Missed::Peer(field, at), _)) => (codes::POLICY_PEER, field.to_string(), at.clone()),
        Some((Missed::Own(field, at), _)) => (codes::POLICY_NO_RULE, field.to_string(), at.clone()),
        None => (codes::POLICY_NO_RULE, policy.field.to_owned(), policy.location.clone()),
    };
    let mut names: Vec<String> = asked.iter().take(NAMED).map(|(policy, _)| policy.object.to_string()).collect();
    if asked.len() > NAMED {
        names.push(format!("… ({})", asked.len()));
    }
    let of = |path: &str, at: Option<Location>| Field { at, ..Field::new(&policy.object, path) };
    let why = Why::new(code).arg("policies", names.join(", ")).arg("pod", &pod.name);
    let why = why.arg("direction", found.direction.name()).arg("other", other(model, &found));
    let protocol = found.protocol.to_string().to_uppercase();
    let why = why.arg("port", format!("{protocol} {}", found.to.port())).arg("seen", seen(model, &found));
    let against = (code.code != codes::POLICY_NO_RULE.code).then(|| of(policy.field, policy.location.clone()));
    Some(why.at(of(&field, at)).against(against).by(Component::Cni(cluster.settings.data_path.name())))
}

/// A rule that denies it.
fn denied(model: &Model, found: &Policed, pod: &NamespacedName, at: usize, rule: usize) -> Option<Why> {
    let cluster = &model.cluster;
    let policy = cluster.policies.all.get(found.decision.considered.get(at)?.policy)?;
    let rule = policy.rules(found.direction)?.get(rule)?;
    let why = Why::new(codes::POLICY_DENIES).arg("policies", &policy.object).arg("pod", pod);
    let why = why.arg("direction", found.direction.name()).arg("other", other(model, found));
    let protocol = found.protocol.to_string().to_uppercase();
    let why = why.arg("port", format!("{protocol} {}", found.to.port())).arg("seen", seen(model, found));
    let field = Field { at: rule.location.clone(), ..Field::new(&policy.object, &*rule.field) };
    Some(why.at(field).by(Component::Cni(cluster.settings.data_path.name())))
}

/// How near a rule comes that does not match.
fn nearness(missed: &Missed) -> u8 {
    match missed {
        Missed::Port(..) => 2,
        Missed::Peer(..) => 1,
        Missed::Own(..) => 0,
    }
}

/// Who is at the other end, by name where it has one.
fn other(model: &Model, found: &Policed) -> String {
    let ip = match found.direction {
        Direction::Ingress => found.from.ip(),
        Direction::Egress => found.to.ip(),
    };
    called(model, found.other, ip)
}

fn called(model: &Model, pod: Option<PodId>, ip: IpAddr) -> String {
    let cluster = &model.cluster;
    let pod = pod.and_then(|id| cluster.pods.get(id.0 as usize)).map(|pod| format!("Pod {}", pod.name));
    let node = || cluster.nodes.iter().find(|node| node.ip == ip).map(|node| format!("{} ({ip})", node.name));
    pod.or_else(node).unwrap_or_else(|| ip.to_string())
}

/// What of the packet is not as people think of it where policies look: `dialled`, `sender`, both, or nothing.
fn seen(model: &Model, found: &Policed) -> &'static str {
    let outside = found.other.is_none() && model.cluster.nodes.iter().any(|node| node.ip == found.from.ip());
    match () {
        () if found.sender.is_some() => "sender",
        () if outside && found.direction == Direction::Ingress => "node",
        () if found.dialled.is_some() => "dialled",
        () => "same",
    }
}
