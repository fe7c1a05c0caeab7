//! Routers of a Scenario that have no route to where a packet goes.

use super::codes;
use super::failed::Lost;
use super::field::{Field, Why};
use crate::agents::router;
use crate::trace::journey::{Leg, Purpose};
use kernel::walk::DropReason;
use kubernetes::origin::Component;

/// The router's `routes`, where it is what a packet came to last.
pub(super) fn lost(lost: Lost<'_>) -> Option<Why> {
    let model = lost.failed.model;
    if *lost.reason != DropReason::NoRoute {
        return None;
    }
    let (_, machine) = model.site.tree.machine_at(lost.netns)?;
    let router = model.cluster.routers.iter().find(|of| of.name.is_some() && router::name(of) == *machine.name)?;
    let because = router.because.as_ref()?;
    let dst = lost.leg.hops.last()?.after.packet.innermost().ip.dst;
    let answer = if lost.leg.purpose == Purpose::Reply { "yes" } else { "no" };
    let why = Why::new(codes::ROUTER_NO_ROUTE).arg("router", router.name.as_deref().unwrap_or_default());
    // Without a route to who sent it, it cannot say so either.
    let says = |leg: &Leg| leg.purpose == Purpose::Error && leg.hops.first().is_some_and(|hop| hop.netns == lost.netns);
    let told = if lost.failed.legs.iter().any(says) { "yes" } else { "no" };
    let why = why.arg("address", dst).arg("answer", answer).arg("told", told);
    let path = format!("{}.routes", because.field.as_deref()?);
    let said = router.routes.first().and_then(|route| route.because.location.clone());
    let at = said.or_else(|| because.location.clone());
    let field = Field { at, ..Field::new(because.object.as_ref()?, path.as_str()) };
    Some(why.at(Some(field)).by(Component::Host))
}
