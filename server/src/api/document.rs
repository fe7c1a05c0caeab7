//! The OpenAPI document (3.1) of the API, and its page. Both are written from the table of operations.

use super::operation::{Form, Id, Method, OPERATIONS, Operation, Parameter};
use crate::answer;
use crate::error::Error;
use crate::visitor::Visitor;
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Map, Value, json};
use web::locale::{Lang, t};
use web::page::api;

/// Headings: what any operation may refuse, with the status of each.
const REFUSALS: [(&str, &str); 7] = [
    ("400", "bad-request"),
    ("404", "scenario-not-found"),
    ("408", "slow-request"),
    ("413", "too-large"),
    ("422", "unusable"),
    ("429", "too-many-requests"),
    ("503", "busy"),
];

/// `/api/v1/openapi.json`.
pub(super) async fn json() -> Response {
    let headers = [("content-type", "application/openapi+json"), ("cache-control", "public, max-age=3600")];
    (headers, document().to_string()).into_response()
}

/// `/api/v1`.
pub(super) async fn page(visitor: Visitor) -> Response {
    let chrome = &visitor.chrome;
    let parameter = |parameter: &Parameter| api::Parameter {
        name: parameter.name,
        about: chrome.t(&format!("api-parameter-{}", parameter.name)),
        takes: match parameter.form {
            Form::Words(words) => words.join(" | "),
            Form::Number(most) => format!("0–{most}"),
            _ => String::new(),
        },
        required: parameter.required,
    };
    let operations: Vec<api::Operation> = OPERATIONS
        .iter()
        .map(|operation| api::Operation {
            name: operation.name,
            method: verb(operation).to_uppercase(),
            path: operation.path,
            about: chrome.t(&format!("api-{}", operation.name)),
            parameters: operation.takes().map(parameter).collect(),
            schemas: operation.answers,
        })
        .collect();
    let html = api::render(chrome, &operations).map(|html| Html(html).into_response());
    answer::page(&visitor, html.map_err(Error::from))
}

fn verb(operation: &Operation) -> &'static str {
    match operation.method {
        Method::Get => "get",
        Method::Post => "post",
    }
}

fn words(id: &str) -> String {
    t(Lang::En, id)
}

fn document() -> Value {
    let mut paths = Map::new();
    for operation in &OPERATIONS {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[verb(operation)] = described(operation);
    }
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "kubehop",
            "version": env!("CARGO_PKG_VERSION"),
            "description": words("api-about"),
            "license": { "name": env!("CARGO_PKG_LICENSE"), "identifier": env!("CARGO_PKG_LICENSE") },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": { "schemas": { "Problem": problem() } },
    })
}

/// RFC 9457, with a code of our own, and the parameter that it is about.
fn problem() -> Value {
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "errors"],
        "properties": {
            "type": { "type": "string", "format": "uri-reference" },
            "title": { "type": "string" },
            "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "detail": { "type": "string" },
            "code": { "type": "string" },
            "errors": { "type": "array", "items": { "type": "string" } },
            "parameter": { "type": "string" },
        },
    })
}

fn described(operation: &Operation) -> Value {
    let mut parameters: Vec<Value> = operation.takes().map(parameter).collect();
    if operation.path.contains("{id}") {
        parameters.insert(0, json!({
            "name": "id", "in": "path", "required": true, "description": words("api-parameter-id"), "schema": { "type": "string" },
        }));
    }
    let schemas: Vec<Value> =
        operation.answers.iter().map(|name| json!({ "$ref": format!("/schema/{name}.json") })).collect();
    let schema = match &schemas[..] {
        [one] => one.clone(),
        _ => json!({ "oneOf": schemas }),
    };
    let (status, said) = match operation.id {
        Id::DeleteShare => ("204", "api-deleted"),
        Id::Upload | Id::Share => ("201", "api-created"),
        _ => ("200", "api-answer"),
    };
    let mut responses = Map::new();
    let mut success = json!({ "description": words(said) });
    if !operation.answers.is_empty() {
        success["content"] = json!({ "application/json": { "schema": schema } });
    }
    responses.insert(status.to_owned(), success);
    if operation.method == Method::Get {
        responses.insert("304".to_owned(), json!({ "description": words("api-not-modified") }));
    }
    for (status, code) in REFUSALS {
        let reference = json!({ "$ref": "#/components/schemas/Problem" });
        responses.insert(
            status.to_owned(),
            json!({
                "description": words(&format!("error-{code}-title")),
                "content": { "application/problem+json": { "schema": reference } },
            }),
        );
    }
    let mut described = json!({
        "operationId": operation.name,
        "summary": words(&format!("api-{}", operation.name)),
        "parameters": parameters,
        "responses": responses,
    });
    match operation.id {
        Id::Upload => described["requestBody"] = body(),
        Id::Share => described["requestBody"] = fields(&["scenario"], &["query", "lifetime"]),
        Id::ChangeShare => described["requestBody"] = fields(&["key"], &["lifetime", "rekey"]),
        Id::DeleteShare => described["requestBody"] = fields(&["key"], &[]),
        _ => {}
    }
    described
}

fn parameter(parameter: &Parameter) -> Value {
    let schema = match parameter.form {
        Form::Text => json!({ "type": "string" }),
        Form::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Form::Number(most) => json!({ "type": "integer", "minimum": 0, "maximum": most }),
        Form::Words(words) => json!({ "type": "string", "enum": **words }),
        Form::Flag => json!({ "type": "string", "enum": ["", "1", "true"] }),
    };
    let mut value = json!({
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": words(&format!("api-parameter-{}", parameter.name)),
        "schema": schema,
    });
    match parameter.form {
        Form::Texts => value["explode"] = json!(true),
        Form::Flag => value["allowEmptyValue"] = json!(true),
        _ => {}
    }
    value
}

/// A small object: fields that have to be there, and others.
fn fields(required: &[&str], optional: &[&str]) -> Value {
    let schema = |name: &str| match name {
        "lifetime" => json!({ "enum": ["1d", "30d", "1y", "forever"], "description": words("api-field-lifetime") }),
        "rekey" => json!({ "type": "boolean", "description": words("api-field-rekey") }),
        name => json!({ "type": "string", "description": words(&format!("api-field-{name}")) }),
    };
    let properties: Map<String, Value> =
        required.iter().chain(optional).map(|name| ((*name).to_owned(), schema(name))).collect();
    let schema = json!({ "type": "object", "required": required, "properties": properties });
    json!({ "required": true, "content": { "application/json": { "schema": schema } } })
}

/// What an upload sends.
fn body() -> Value {
    let file = json!({
        "type": "object",
        "required": ["name", "text"],
        "properties": { "name": { "type": "string" }, "text": { "type": "string" } },
        "additionalProperties": false,
    });
    json!({
        "required": true,
        "description": words("api-body"),
        "content": {
            "application/json": { "schema": {
                "type": "object",
                "required": ["files"],
                "properties": { "files": { "type": "array", "minItems": 1, "items": file } },
                "additionalProperties": false,
            } },
            "multipart/form-data": { "schema": {
                "type": "object",
                "properties": {
                    "files": { "type": "array", "items": { "type": "string", "contentMediaType": "application/octet-stream" } },
                    "manifest": { "type": "string" },
                },
            } },
        },
    })
}
