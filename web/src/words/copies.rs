//! Copies that a bridge made beside the frame that is followed, in words.

use super::Say;
use super::line::{At, CopyHop, CopyWords, EventLine};
use kernel::walk::End;
use sim_core::facts::{Copy, Device, Fact, Visit};

impl Say<'_> {
    /// The line for all copies of a frame.
    pub(super) fn copied(&self, from: Device<'_>, copies: &[Copy<'_>], at: Option<&At<'_>>) -> EventLine {
        EventLine {
            kind: "copies",
            text: self.ta("event-copied", &[("count", copies.len().into())]),
            copies: copies.iter().enumerate().map(|(index, copy)| self.copy(from, (index, copy), at)).collect(),
            ..EventLine::default()
        }
    }

    fn copy(&self, from: Device<'_>, (index, copy): (usize, &Copy<'_>), at: Option<&At<'_>>) -> CopyWords {
        let visits: Vec<Visit<'_>> = copy.visits().collect();
        let end = match copy.end {
            End::Delivered { netns, .. } => self.ta("copy-delivered", &[("where", self.who(*netns).into())]),
            End::Dropped { reason, .. } => {
                let reason = self.t(&format!("outcome-{}", reason.code()));
                let place = visits.last().map(|visit| self.place(visit)).unwrap_or_default();
                self.ta("copy-dropped", &[("reason", reason.into()), ("place", place.into())])
            }
        };
        let id = match copy.remote {
            Some(_) => "copy-to-end",
            None if copy.port.link == from.link => "copy-up",
            None => "copy-by-port",
        };
        let port = match copy.remote {
            Some(remote) => remote.to_string(),
            None => copy.port.name().to_owned(),
        };
        CopyWords {
            title: self.ta(id, &[("port", port.into()), ("end", end.into())]),
            stopped: visits.iter().flat_map(|visit| visit.facts()).any(|fact| Fact::stopped_by_rules(&fact)),
            hops: visits
                .iter()
                .enumerate()
                .map(|(number, visit)| {
                    let at = at.map(|at| at.copy(index, number));
                    CopyHop { place: self.place(visit), events: self.events(visit, at.as_ref()) }
                })
                .collect(),
        }
    }
}
