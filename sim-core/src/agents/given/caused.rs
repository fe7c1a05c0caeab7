//! Why a piece of a machine that was seen is there: the line that shows it.

use crate::agents::write::Writer;
use kubernetes::cluster::model::GivenPart;
use kubernetes::origin::{Cause, CauseId, Component};

/// The cause of what stands in a line of what was printed.
pub(super) fn cause(writer: &mut Writer<'_>, part: &GivenPart, line: u32) -> CauseId {
    writer.cause(Cause { location: Some(part.location(line)), ..Cause::of(Component::Machine) })
}
