//! Requests and responses in words.

use super::Say;
use sim_core::facts::Carried;
use sim_core::http::{Action, Decision, Message, Upstream, reason};

/// Fields that are shown at most.
const FIELDS: usize = 12;

impl Say<'_> {
    /// A message that a process writes or reads.
    pub(super) fn message(&self, carried: Carried<'_>) -> String {
        let way = if carried.sent { "sent" } else { "read" };
        let args = match carried.message {
            Message::Hello { name } => vec![("name", name.as_deref().unwrap_or_default().into())],
            Message::Certificate | Message::Alert => Vec::new(),
            Message::Request(request) => vec![("request", format!("{} {}", request.method, request.url()).into())],
            Message::Response(response) => vec![("status", status(response.status).into())],
        };
        let has = match carried.message {
            Message::Hello { name: None } => "-unnamed",
            _ => "",
        };
        self.ta(&format!("event-{}-{way}{has}", carried.message.code()), &args)
    }

    /// The fields of a message, as they stand on the wire; what is longer is cut.
    pub(super) fn fields(message: &Message) -> Option<String> {
        let (first, headers) = match message {
            Message::Request(request) => {
                let host = format!("{} {} HTTP/1.1\nHost: {}", request.method, request.target, request.authority);
                (host, &request.headers)
            }
            Message::Response(response) => (format!("HTTP/1.1 {}", status(response.status)), &response.headers),
            _ => return None,
        };
        let mut lines = vec![first];
        lines.extend(headers.iter().take(FIELDS).map(|(name, value)| format!("{name}: {value}")));
        if headers.len() > FIELDS {
            lines.push(format!("… ({})", headers.len() - FIELDS));
        }
        Some(lines.join("\n"))
    }

    /// What a proxy that reads requests decided.
    pub(super) fn decided(&self, decision: &Decision) -> String {
        let rule = decision.rule.as_ref();
        let backend = decision.backend.as_ref();
        let to = match &decision.action {
            Action::Forward(forward) => match &forward.to {
                Upstream::Addresses(all) => all.len().to_string(),
                Upstream::Name(name, port) => format!("{name}:{port}"),
            },
            Action::Answer(response) => status(response.status),
        };
        let args = [
            ("object", rule.map(|rule| rule.object.to_string()).unwrap_or_default().into()),
            ("matched", rule.map(|rule| rule.matched.to_string()).unwrap_or_default().into()),
            (
                "service",
                backend.map(|backend| format!("{}:{}", backend.service, backend.port)).unwrap_or_default().into(),
            ),
            ("to", to.into()),
        ];
        self.ta(&format!("event-decided-{}", decision.because.code()), &args)
    }
}

fn status(status: u16) -> String {
    format!("{status} {}", reason(status)).trim().to_owned()
}
