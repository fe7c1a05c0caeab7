//! What a packet carries of HTTP, TLS or the PROXY protocol, in few words.

use sim_core::http::{Message, reason};
use std::borrow::Cow;

/// Signs at most.
const SHORT: usize = 56;

/// What a packet carries, in the words of its protocol: which one, and what.
pub(crate) fn carried(message: &Message) -> (&'static str, String) {
    match message {
        Message::Announcement(said) => {
            ("PROXY", clipped(&format!("{} {}", said.version.code(), said.client), SHORT).into_owned())
        }
        Message::Hello { name: None } => ("TLS", "ClientHello".to_owned()),
        Message::Hello { name: Some(name) } => ("TLS", clipped(&format!("ClientHello {name}"), SHORT).into_owned()),
        Message::Certificate => ("TLS", "ServerHello".to_owned()),
        Message::Alert => ("TLS", "Alert".to_owned()),
        Message::Request(request) => {
            ("HTTP", clipped(&format!("{} {}", request.method, request.target), SHORT).into_owned())
        }
        Message::Response(response) => ("HTTP", status(response.status)),
    }
}

/// The text, or as many signs of it with a dot for the rest.
pub(crate) fn clipped(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

/// A status with its usual words.
pub(crate) fn status(status: u16) -> String {
    format!("{status} {}", reason(status)).trim().to_owned()
}
