//! A request and what became of it, as people read it: who asked what, who decided, what the backend saw, what came back.

use super::Say;
use super::http::{head_of_request, head_of_response};
use crate::scene::status;
use crate::url;
use sim_core::http::Action;
use sim_core::trace::{Journey, Purpose, Routed};

/// A request and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExchangeWords {
    /// The request as it stands on the wire.
    pub head: String,
    /// Where the client connected to, with what has that address.
    pub to: Option<String>,
    /// What proxies that read it decided, in order.
    pub decided: Vec<DecidedWords>,
    /// What the last process read; `None` where it came to none that answers for itself.
    pub seen: Option<SeenWords>,
    /// The status, and the response as it stands on the wire; `None` where nothing came back.
    pub response: Option<(String, String)>,
}

/// What a proxy decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DecidedWords {
    /// The proxy.
    pub who: String,
    /// What it decided, as a sentence.
    pub text: String,
    /// The field of the input that decided.
    pub field: Option<String>,
    /// Its line.
    pub place: Option<String>,
    /// That line on the source page.
    pub href: Option<String>,
}

/// A request as the backend saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenWords {
    /// Who: a Pod, or what else answers.
    pub who: String,
    /// As it stood on the wire.
    pub head: String,
    /// The peer address of the connection, with what has it.
    pub client: String,
    /// `X-Forwarded-For`, where there is one.
    pub forwarded_for: Option<String>,
}

impl Say<'_> {
    /// The request of a journey; `None` where none was sent.
    pub fn exchange(&self, journey: &Journey) -> Option<ExchangeWords> {
        let fetched = journey.http.as_ref()?;
        let server = journey.server.as_ref();
        let connected =
            journey.legs.iter().find(|leg| leg.purpose == Purpose::Connect).and_then(|leg| leg.hops.first());
        Some(ExchangeWords {
            head: head_of_request(&fetched.request),
            to: connected.map(|hop| {
                let to = self.address(hop.before.packet.destination());
                self.ta("http-connected", &[("to", to.into())])
            }),
            decided: fetched.routed.iter().map(|routed| self.decided_words(routed, fetched.seen.is_some())).collect(),
            seen: fetched.seen.as_ref().map(|seen| SeenWords {
                who: server.map(|server| self.who(server.netns)).unwrap_or_default(),
                head: head_of_request(&seen.request),
                client: self.address(seen.client),
                forwarded_for: seen.request.headers.joined("X-Forwarded-For"),
            }),
            response: fetched.response.as_ref().map(|response| (status(response.status), head_of_response(response))),
        })
    }

    /// `answered`: somebody behind it answered.
    fn decided_words(&self, routed: &Routed, answered: bool) -> DecidedWords {
        let rule = routed.decision.rule.as_ref();
        let location = rule.and_then(|rule| rule.location.as_ref());
        let mut text = self.decided(&routed.decision);
        // What a proxy opened for a request it keeps for the next one: its end is not in the journey.
        if answered && matches!(routed.decision.action, Action::Forward(_)) {
            text = format!("{text} {}", self.t("decided-kept"));
        }
        DecidedWords {
            who: self.who(routed.netns),
            text,
            field: rule.map(|rule| format!("{}, {}", rule.object, rule.field)),
            place: location.map(ToString::to_string),
            href: location.zip(self.id).map(|(at, id)| url::source(id, at)),
        }
    }
}
