//! A Pod that calls its own Service, comes back to itself, and is not masqueraded on the way: it discards a packet with its own address.

use super::codes;
use super::failed::{Lost, pod_of};
use super::field::{Field, Why};
use crate::model::Model;
use crate::trace::journey::Leg;
use kernel::config::Hook;
use kernel::ids::{NetnsId, RuleRef, TableName, TableRef};
use kernel::text::rule_text;
use kernel::walk::{DropReason, Event, Place, Verdict};
use kubernetes::origin::{CauseId, Component};

/// A rule of the administrator that ended `nat` POSTROUTING of iptables before kube-proxy's masquerading was asked.
#[derive(Clone, Copy)]
struct Ended {
    netns: NetnsId,
    rule: RuleRef,
    cause: CauseId,
}

/// The rule that let a packet through as it was, where that came back to who had sent it.
fn ended(model: &Model, leg: &Leg) -> Option<Ended> {
    let last = leg.hops.last()?;
    pod_of(model, last.netns)?;
    let ip = &last.after.packet.ip;
    if ip.src != ip.dst {
        return None;
    }
    leg.hops.iter().rev().find_map(|hop| {
        let Place::Hook { hook: Hook::Postrouting, .. } = hop.place else { return None };
        let nat = hop.events.iter().rev().find_map(|event| match event {
            Event::Rule { rule, verdict, .. } if rule.table == TableRef::Xtables(TableName::Nat) => {
                Some((*rule, verdict))
            }
            _ => None,
        });
        let (rule, _) = nat.filter(|(_, verdict)| matches!(verdict, Verdict::Accept | Verdict::Return))?;
        let cause = model.site.network.netns(hop.netns).rule_cause(rule)?;
        let by = model.site.causes.get(cause)?.component;
        (by == Component::Administrator).then_some(Ended { netns: hop.netns, rule, cause })
    })
}

/// Its cause.
pub(in crate::trace) fn cause(model: &Model, leg: &Leg) -> Option<CauseId> {
    ended(model, leg).map(|ended| ended.cause)
}

pub(super) fn lost(lost: Lost<'_>) -> Option<Why> {
    let model = lost.failed.model;
    if *lost.reason != DropReason::MartianSource {
        return None;
    }
    let ended = ended(model, lost.leg)?;
    let (_, pod) = pod_of(model, lost.netns)?;
    let here = model.site.network.netns(ended.netns);
    let because = model.site.causes.get(ended.cause)?;
    let field = because.object.as_ref().zip(because.field.as_deref());
    let field = field.map(|(object, path)| Field { at: because.location.clone(), ..Field::new(object, path) });
    let why = Why::new(codes::HAIRPIN_NOT_MASQUERADED).arg("pod", &pod.name).arg("node", &here.name);
    Some(why.arg("rule", rule_text(here, ended.rule)?).at(field).by(Component::Administrator))
}
