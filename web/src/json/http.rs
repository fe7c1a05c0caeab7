//! What a trace says of a request over HTTP.

use crate::words::Say;
use serde_json::{Map, Value, json};
use sim_core::http::{Decision, Headers, Message, Request, Response};
use sim_core::trace::{Fetched, Journey};

/// The request, who decided about it, and the response.
pub(super) fn fetched(say: &Say<'_>, journey: &Journey, fetched: &Fetched) -> Value {
    let decision = fetched.decision();
    let pod = journey.server.as_ref().and_then(|server| server.pod).map(|pod| say.pod_name(pod));
    json!({
        "status": fetched.response.as_ref().map(|response| response.status),
        "request": request(&fetched.request),
        "route": decision.and_then(route),
        "backend": decision.and_then(|decision| {
            let backend = decision.backend.as_ref()?;
            Some(json!({
                "namespace": &*backend.service.namespace,
                "service": &*backend.service.name,
                "port": &*backend.port,
                "pod": pod.filter(|_| fetched.seen.is_some()),
            }))
        }),
        "because": decision.map(|decision| decision.because.code()),
        "seen": fetched.seen.as_ref().map(|seen| {
            let mut value = request(&seen.request);
            value["client"] = json!(seen.client.to_string());
            value
        }),
        "response": fetched.response.as_ref().map(response),
    })
}

/// What decided: an object of the input and its rule.
fn route(decision: &Decision) -> Option<Value> {
    let rule = decision.rule.as_ref()?;
    Some(json!({
        "kind": &*rule.object.kind,
        "namespace": rule.object.namespace.as_deref(),
        "name": &*rule.object.name,
        "rule": rule.number,
        "field": &*rule.field,
        "matched": &*rule.matched,
        "file": rule.location.as_ref().map(|location| &*location.file),
        "line": rule.location.as_ref().map(|location| location.line),
    }))
}

fn request(request: &Request) -> Value {
    json!({
        "method": &*request.method,
        "scheme": request.scheme(),
        "host": &*request.authority,
        "path": &*request.target,
        "headers": headers(&request.headers),
    })
}

fn response(response: &Response) -> Value {
    json!({
        "headers": headers(&response.headers),
        "location": response.headers.get("Location").map(|to| &**to),
    })
}

/// By name; several values of one are joined.
fn headers(headers: &Headers) -> Value {
    let all: Map<String, Value> =
        headers.iter().map(|(name, _)| (name.to_string(), json!(headers.joined(name)))).collect();
    Value::Object(all)
}

/// What a leg carries.
pub(super) fn message(message: &Message) -> Value {
    let mut value = json!({ "type": message.code() });
    match message {
        Message::Announcement(said) => {
            value["version"] = json!(said.version.code());
            value["client"] = json!(said.client.to_string());
            value["server"] = json!(said.server.to_string());
        }
        Message::Hello { name } => value["sni"] = json!(name.as_deref()),
        Message::Certificate | Message::Alert => {}
        Message::Request(sent) => {
            value["method"] = json!(&*sent.method);
            value["host"] = json!(&*sent.authority);
            value["path"] = json!(&*sent.target);
        }
        Message::Response(sent) => value["status"] = json!(sent.status),
    }
    value
}
