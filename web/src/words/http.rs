//! Requests and responses in words.

use super::Say;
use crate::locale::FluentValue;
use crate::scene::{clipped, status};
use kubernetes::cluster::model::ProxyProtocol;
use sim_core::facts::Carried;
use sim_core::http::{Action, Decision, Headers, Message, Request, Response, Upstream};

/// Fields that are shown at most: what a probe gives, and what a proxy adds.
const FIELDS: usize = 48;
/// Signs of a line that stands beside others: a title, a heading, what a packet carries.
const SHORT: usize = 72;
/// Signs of a line of its own.
const LONG: usize = 300;

/// Method and address, of at most so many signs.
fn asked(request: &Request, most: usize) -> String {
    clipped(&format!("{} {}", request.method, request.url()), most).into_owned()
}

/// What stands before the body, as it is on the wire; what is longer is cut.
pub(super) fn head_of_request(request: &Request) -> String {
    let first = format!("{} {} HTTP/1.1\nHost: {}", request.method, request.target, request.authority);
    head(first, &request.headers)
}

/// The same of a response.
pub(super) fn head_of_response(response: &Response) -> String {
    head(format!("HTTP/1.1 {}", status(response.status)), &response.headers)
}

fn head(first: String, headers: &Headers) -> String {
    let mut lines = vec![first];
    lines.extend(headers.iter().take(FIELDS).map(|(name, value)| format!("{name}: {value}")));
    if headers.len() > FIELDS {
        lines.push(format!("… ({})", headers.len() - FIELDS));
    }
    let lines: Vec<_> = lines.iter().flat_map(|line| line.lines()).map(|line| clipped(line, LONG)).collect();
    lines.join("\n")
}

impl Say<'_> {
    /// A message that a process writes or reads, as a sentence.
    pub(super) fn message(&self, carried: Carried<'_>) -> String {
        self.told(carried, "event", LONG)
    }

    /// The same as the title of a step; with what is decided about it.
    pub(super) fn message_title(&self, carried: Carried<'_>, decision: Option<&Decision>) -> String {
        match (carried.message, decision) {
            (Message::Request(request), Some(decision)) => {
                let args = [("request", asked(request, SHORT).into()), ("to", self.leads_to(decision).into())];
                self.ta("step-decided", &args)
            }
            _ => self.told(carried, "step", SHORT),
        }
    }

    /// Where a decision sends a request: a Service, or what is answered.
    pub(crate) fn leads_to(&self, decision: &Decision) -> String {
        match (&decision.action, &decision.backend) {
            (Action::Answer(response), _) => status(response.status),
            (Action::Close, _) => self.t("decided-closes"),
            (Action::Forward(_), Some(backend)) => format!("Service {}:{}", backend.service, backend.port),
            (Action::Forward(forward), None) => format!("Service {}:{}", forward.backend.service, forward.backend.port),
        }
    }

    fn told(&self, carried: Carried<'_>, about: &str, most: usize) -> String {
        let way = if carried.sent { "sent" } else { "read" };
        let args = match carried.message {
            Message::Announcement(said) => vec![
                ("version", said.version.code().into()),
                ("client", said.client.to_string().into()),
                ("server", said.server.to_string().into()),
            ],
            Message::Hello { name } => vec![("name", name.as_deref().unwrap_or_default().into())],
            Message::Certificate | Message::Alert => Vec::new(),
            Message::Request(request) => vec![("request", asked(request, most).into())],
            Message::Response(response) => vec![("status", status(response.status).into())],
        };
        let has = match carried.message {
            Message::Hello { name: None } => "-unnamed",
            _ => "",
        };
        self.ta(&format!("{about}-{}-{way}{has}", carried.message.code()), &args)
    }

    /// What stands before the body of a message, as it is on the wire; what is longer is cut.
    pub(super) fn fields(message: &Message) -> Option<String> {
        match message {
            Message::Request(request) => Some(head_of_request(request)),
            Message::Response(response) => Some(head_of_response(response)),
            Message::Announcement(said) if said.version == ProxyProtocol::V1 => Some(said.line()),
            _ => None,
        }
    }

    /// What a proxy that reads requests decided.
    pub(super) fn decided(&self, decision: &Decision) -> String {
        let rule = decision.rule.as_ref();
        let backend = decision.backend.as_ref();
        let to = match &decision.action {
            Action::Forward(forward) => match &forward.to {
                Upstream::Addresses(all) => all.len().into(),
                Upstream::Name(name, port) => format!("{name}:{port}").into(),
            },
            Action::Answer(response) => status(response.status).into(),
            Action::Close => self.t("decided-closes").into(),
        };
        let args: [(&str, FluentValue<'_>); 4] = [
            ("object", rule.map(|rule| rule.object.to_string()).unwrap_or_default().into()),
            ("matched", rule.map(|rule| rule.matched.to_string()).unwrap_or_default().into()),
            (
                "service",
                backend.map(|backend| format!("{}:{}", backend.service, backend.port)).unwrap_or_default().into(),
            ),
            ("to", to),
        ];
        self.ta(&format!("event-decided-{}", decision.because.code()), &args)
    }
}
