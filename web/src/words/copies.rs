//! Copies that a bridge made beside the frame that is followed, in words.

use super::event::At;
use super::{EventLine, Say};
use kernel::ids::LinkId;
use kernel::walk::{End, FrameCopy, Hop};
use sim_core::trace::OutcomeKind;

/// One copy of a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyWords {
    /// Where it left and how it ended.
    pub title: String,
    /// It ended by a rule, and not because nobody wanted it.
    pub stopped: bool,
    /// Its way.
    pub hops: Vec<CopyHop>,
}

/// A place on the way of a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyHop {
    /// Where.
    pub place: String,
    /// What happened.
    pub events: Vec<EventLine>,
}

impl Say<'_> {
    /// The line for all copies of a frame.
    pub(super) fn copied(&self, hop: &Hop, bridge: LinkId, copies: &[FrameCopy], at: Option<&At<'_>>) -> EventLine {
        EventLine {
            kind: "copies",
            text: self.ta("event-copied", &[("count", copies.len().into())]),
            copies: copies.iter().enumerate().map(|(index, copy)| self.copy(hop, bridge, (index, copy), at)).collect(),
            ..EventLine::default()
        }
    }

    fn copy(&self, from: &Hop, bridge: LinkId, (index, copy): (usize, &FrameCopy), at: Option<&At<'_>>) -> CopyWords {
        let end = match &copy.end {
            End::Delivered { netns, .. } => self.ta("copy-delivered", &[("where", self.who(*netns).into())]),
            End::Dropped { reason, .. } => {
                let reason = self.t(&format!("outcome-{}", OutcomeKind::Dropped(reason.clone()).code()));
                let place = copy.hops.last().map(|hop| self.place(hop)).unwrap_or_default();
                self.ta("copy-dropped", &[("reason", reason.into()), ("place", place.into())])
            }
        };
        let id = match copy.remote {
            Some(_) => "copy-to-end",
            None if copy.port == bridge => "copy-up",
            None => "copy-by-port",
        };
        let port = match copy.remote {
            Some(remote) => remote.to_string(),
            None => self.dev(from.netns, copy.port).to_owned(),
        };
        let rule = copy.hops.iter().any(|hop| hop.events.iter().any(super::event::is_stop));
        CopyWords {
            title: self.ta(id, &[("port", port.into()), ("end", end.into())]),
            stopped: rule,
            hops: copy
                .hops
                .iter()
                .enumerate()
                .map(|(number, hop)| {
                    let at = at.map(|at| at.copy(index, number));
                    CopyHop { place: self.place(hop), events: self.events(hop, None, at.as_ref()) }
                })
                .collect(),
        }
    }
}
