//! `/api/v1`: every answer fits its schema, every parameter is looked at, and the document says the same as the routes.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use jsonschema::{Registry, Resource, Validator};
use kubehop_tests::read;
use kubehop_tests::service::{Got, get, get_with, send, service};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use server::api::operation::{Form, Method, OPERATIONS};
use std::collections::BTreeMap;
use std::path::Path;

const READY: &str = "/api/v1/scenarios/first-service";

/// The schemas by the name of their file.
struct Schemas(BTreeMap<String, Validator>);

impl Schemas {
    fn load() -> Self {
        let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let all: Vec<(String, Value)> = web::schema::ALL
            .iter()
            .map(|(name, text)| (format!("json-schema:///schema/{name}"), parsed(text)))
            .collect();
        let resources = all.iter().map(|(uri, value)| (uri.clone(), Resource::from_contents(value.clone())));
        let registry = Registry::new().extend(resources).unwrap().prepare().unwrap();
        let validator = |value: &Value| {
            jsonschema::options().with_registry(&registry).with_base_uri("json-schema:///").build(value).unwrap()
        };
        let name = |uri: &str| uri.rsplit('/').next().unwrap().trim_end_matches(".json").to_owned();
        Self(all.iter().map(|(uri, value)| (name(uri), validator(value))).collect())
    }

    /// What is wrong with a value by the schemas of which it has to fit one.
    fn wrong(&self, names: &[&str], value: &Value) -> Vec<String> {
        let own = value["schema"].as_str().unwrap_or_default();
        let fits: Vec<Vec<String>> = names
            .iter()
            .map(|name| self.0[*name].iter_errors(value).map(|e| format!("{own} {}: {e}", e.instance_path())).collect())
            .collect();
        fits.into_iter().min_by_key(Vec::len).unwrap()
    }
}

fn parsed(got: &Got) -> Value {
    serde_json::from_str(&got.body).unwrap_or_else(|error| panic!("{error}: {}", got.body))
}

async fn upload(app: &Router, files: &[(&str, &str)]) -> Value {
    let files: Vec<Value> = files.iter().map(|(name, text)| json!({ "name": name, "text": text })).collect();
    let request = Request::post("/api/v1/scenarios").header("content-type", "application/json");
    let got = send(app, request.body(Body::from(json!({ "files": files }).to_string())).unwrap()).await;
    assert_eq!(got.status, StatusCode::CREATED, "{}", got.body);
    let value = parsed(&got);
    assert_eq!(got.header("location"), format!("/api/v1/scenarios/{}", value["id"].as_str().unwrap()));
    value
}

/// Every question of a scenario that has `client` and `web`.
fn questions() -> Vec<(&'static str, String)> {
    let probes = [
        "from=pod/default/client&to=web:80",
        "from=pod/default/client&to=nobody:80",
        "from=pod/default/client&to=svc/default/web:81",
        "from=external&to=10.96.0.1:443",
        "from=node/node-a&to=pod/default/client:9&proto=icmp",
        "from=pod/default/client&to=web:80&choose=endpoint=10.244.9.9:80",
    ];
    let mut all: Vec<(&str, String)> = Vec::new();
    for probe in probes {
        all.push(("trace", probe.to_owned()));
        all.push(("branches", probe.to_owned()));
    }
    for what in sim_core::print::What::ALL {
        all.push(("state", format!("what={}&node=node-a", what.1)));
        all.push(("state", format!("what={}&pod=pod/default/client&{}", what.1, probes[0])));
    }
    for rest in ["", "&explain", "&service=default/web", "&chain=KUBE-SERVICES&explain=1", "&ipv6"] {
        all.push(("rules", format!("node=node-a{rest}")));
    }
    for rest in ["name=web", "name=web&type=SRV", "name=nobody.example", "name=10.96.0.1&type=ptr"] {
        all.push(("dns", format!("from=pod/default/client&{rest}")));
    }
    all.push(("env", "pod=pod/default/client".to_owned()));
    all.push(("matrix", String::new()));
    all.push(("policy", "of=default/web".to_owned()));
    all.push(("timeline", String::new()));
    all.push((
        "timeline",
        "event=2s%20delete%20pod/default/client&from=pod/default/client&to=web:80&until=4s".to_owned(),
    ));
    all.push(("reach", "from=pod/default/client&ports=declared".to_owned()));
    all.push(("matrix", "to=svc/default/web:80&proxy=nftables".to_owned()));
    for name in ["check", "topology", "scenario"] {
        all.push((name, "lang=ko".to_owned()));
        all.push((name, "cni=bridge&proxy=nftables".to_owned()));
    }
    all
}

fn address(name: &str, id: &str, query: &str) -> String {
    let operation = OPERATIONS.iter().find(|operation| operation.name == name).unwrap();
    format!("{}?{query}", operation.path.replace("{id}", id))
}

#[tokio::test]
async fn every_answer_fits_its_schema() {
    let (app, schemas) = (service().await, Schemas::load());
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let example = std::fs::read_to_string(cases.join("scenario-example.yaml")).unwrap();
    let shop = "{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: c, image: busybox}]}}\n---\n\
                {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: c, image: nginx, prots: []}]}}\n---\n\
                {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort, sessionAffinity: ClientIP, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}\n---\n\
                {apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {}}\n";
    let uploaded = upload(&app, &[("shop.yaml", shop), ("scenario.yaml", &example)]).await;
    assert_eq!(schemas.wrong(&["uploaded"], &uploaded), Vec::<String>::new());
    let wanted = json!({ "scenario": uploaded["id"], "query": "from=pod/default/client&to=web:80", "lifetime": "1d" });
    let request = Request::post("/api/v1/shares").header("content-type", "application/json");
    let got = send(&app, request.body(Body::from(wanted.to_string())).unwrap()).await;
    assert_eq!(got.status, StatusCode::CREATED, "{}", got.body);
    assert_eq!(schemas.wrong(&["shared"], &parsed(&got)), Vec::<String>::new());
    let mut codes = std::collections::BTreeSet::new();
    let mut answered = 0;
    for id in ["first-service", uploaded["id"].as_str().unwrap()] {
        for (name, query) in questions() {
            let at = address(name, id, &query);
            let got = get(&app, &at).await;
            if got.status != StatusCode::OK {
                let problem = parsed(&got);
                assert_eq!(got.header("content-type"), "application/problem+json", "{at}");
                assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{at}: {problem}");
                continue;
            }
            answered += 1;
            let value = parsed(&got);
            let operation = OPERATIONS.iter().find(|operation| operation.name == name).unwrap();
            let wrong = schemas.wrong(operation.answers, &value);
            assert!(wrong.is_empty(), "{at}: {:#?}", &wrong[..wrong.len().min(3)]);
            events(&value, &mut codes);
        }
    }
    assert!(answered > 60, "{answered}");
    assert!(codes.len() > 12, "{codes:?}");
}

/// Codes of events, wherever they are.
fn events(value: &Value, codes: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for event in fields.get("events").and_then(Value::as_array).into_iter().flatten() {
                codes.extend(event["type"].as_str().map(str::to_owned));
            }
            fields.values().for_each(|inner| events(inner, codes));
        }
        Value::Array(items) => items.iter().for_each(|inner| events(inner, codes)),
        _ => {}
    }
}

#[test]
fn every_kind_of_event_has_its_schema() {
    let schema: Value = serde_json::from_str(web::schema::find("trace.json").unwrap()).unwrap();
    let known: Vec<&str> = schema["$defs"]["event"]["anyOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["properties"]["type"]["const"].as_str().unwrap())
        .collect();
    let source = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../sim-core/src/facts/fact.rs"));
    let codes = source.split("codes!(What<'a> {").nth(1).unwrap().split("});").next().unwrap();
    let codes: Vec<&str> = codes.lines().filter_map(|line| line.split('"').nth(1)).collect();
    assert!(codes.len() > 30);
    for code in codes {
        assert!(known.contains(&code), "no schema of the event {code}");
    }
}

#[tokio::test]
async fn what_is_not_taken_is_told_with_its_name() {
    let app = service().await;
    for (name, query, parameter) in [
        ("trace", "from=pod/default/client", "to"),
        ("trace", "from=pod/default/client&to=web:80&prot=udp", "prot"),
        ("trace", "from=pod/default/client&to=web:80&proto=tpc", "proto"),
        ("trace", "from=pod/default/client&to=web:80&sport=70000", "sport"),
        ("trace", "from=pod/default/client&to=web:80&seed=x", "seed"),
        ("trace", "from=pod/default/client&to=web:80&from=node/node-a", "from"),
        ("trace", "from=pod/default/client&to=web:80&lang=de", "lang"),
        ("trace", "from=pod/default/client&to=web:80&cni=nosuch", "cni"),
        ("trace", "from=pod/default/nosuch&to=web:80", "from"),
        ("state", "node=node-a", "what"),
        ("state", "what=addr", "node"),
        ("state", "what=addr&node=nosuch", "node"),
        ("state", "what=addr&node=node-a&pod=client", "node"),
        ("state", "what=addr&node=node-a&netns=pod/x/y", "netns"),
        ("state", "what=addr&pod=client&netns=root", "netns"),
        ("state", "what=addr&node=node-a&to=web:80", "from"),
        ("state", "what=addr&node=node-a&seed=3", "from"),
        ("rules", "node=node-a&explain=maybe", "explain"),
        ("rules", "node=node-a&ipv6&chain=KUBE-SERVICES", "chain"),
        ("dns", "from=pod/default/client&name=web&type=HTTPS", "type"),
        ("matrix", "to=svc/default/nosuch", "to"),
        ("check", "step=3", "step"),
    ] {
        let at = address(name, "first-service", query);
        let got = get(&app, &at).await;
        let problem = parsed(&got);
        assert!(matches!(got.status, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY), "{at}: {}", got.body);
        assert_eq!(
            (&problem["parameter"], &problem["status"]),
            (&json!(parameter), &json!(got.status.as_u16())),
            "{at}"
        );
        assert!(problem["detail"].as_str().is_some_and(|text| text.len() > 10), "{at}: {problem}");
    }
}

#[tokio::test]
async fn what_goes_wrong_is_a_problem_in_the_readers_language() {
    let app = service().await;
    for (path, status) in
        [("/api/v1/nothing", StatusCode::NOT_FOUND), ("/api/v1/scenarios/nobody/check", StatusCode::NOT_FOUND)]
    {
        let got = get_with(&app, path, &[("accept-language", "ko")]).await;
        assert_eq!((got.status, got.header("content-type")), (status, "application/problem+json"), "{path}");
        let title = parsed(&got)["title"].as_str().unwrap().to_owned();
        assert!(title.chars().any(|c| ('가'..='힣').contains(&c)), "{title}");
    }
    let request = Request::delete(READY).body(Body::empty()).unwrap();
    let got = send(&app, request).await;
    assert_eq!((got.status, got.header("content-type")), (StatusCode::METHOD_NOT_ALLOWED, "application/problem+json"));
    for body in ["", "{", "{\"files\": []}", "{\"files\": [{\"name\": \"a\"}]}", "{\"file\": []}"] {
        let request = Request::post("/api/v1/scenarios").header("content-type", "application/json");
        let got = send(&app, request.body(Body::from(body)).unwrap()).await;
        assert!(got.status.is_client_error(), "{body}");
        assert_eq!(got.header("content-type"), "application/problem+json", "{body}: {}", got.body);
    }
}

#[tokio::test]
async fn answers_have_tags_and_other_sites_may_read_them() {
    let app = service().await;
    let at = format!("{READY}/trace?from=pod/default/client&to=web:80");
    let got = get_with(&app, &at, &[("origin", "https://example.com")]).await;
    assert_eq!((got.status, got.header("access-control-allow-origin")), (StatusCode::OK, "*"));
    let tag = got.header("etag").to_owned();
    assert!(tag.starts_with("W/\""), "{tag}");
    let again = get_with(&app, &at, &[("if-none-match", &tag)]).await;
    assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let other = get_with(&app, &format!("{at}&seed=7"), &[("if-none-match", &tag)]).await;
    assert_eq!(other.status, StatusCode::OK);
    let asks = Request::builder().method("OPTIONS").uri(READY).header("origin", "https://example.com");
    let asks = asks.header("access-control-request-method", "POST").body(Body::empty()).unwrap();
    let told = send(&app, asks).await;
    assert!(!told.header("access-control-allow-methods").contains("POST"), "other sites send nothing");
}

#[tokio::test]
async fn the_document_describes_every_operation() {
    let app = service().await;
    let got = get(&app, "/api/v1/openapi.json").await;
    let document = parsed(&got);
    assert_eq!(document["openapi"], "3.1.1");
    let page = get(&app, "/api/v1").await;
    assert_eq!(page.status, StatusCode::OK);
    for operation in &OPERATIONS {
        let method = if operation.method == Method::Post { "post" } else { "get" };
        let described = &document["paths"][operation.path][method];
        assert_eq!(described["operationId"], operation.name);
        let names: Vec<&str> =
            described["parameters"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        for parameter in operation.takes() {
            assert!(names.contains(&parameter.name), "{} {}", operation.name, parameter.name);
        }
        assert!(page.body.contains(operation.path), "{}", operation.path);
        for name in operation.answers {
            assert_eq!(get(&app, &format!("/schema/{name}.json")).await.status, StatusCode::OK, "{name}");
        }
        // Words are there, not their ids.
        for text in [&described["summary"], &described["parameters"][0]["description"]] {
            assert!(text.as_str().is_none_or(|text| !text.starts_with("api-")), "{text}");
        }
    }
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(OPERATIONS.iter().any(|operation| operation.path == path), "{path}");
    }
}

/// Values a parameter may be sent with: some that it takes, some that it does not.
fn value(form: Form) -> BoxedStrategy<String> {
    let odd = prop_oneof!["[ -~]{0,12}", "\\PC{0,6}", Just("\u{0}".to_owned())];
    let fit: BoxedStrategy<String> = match form {
        Form::Number(most) => (0..=most).prop_map(|number| number.to_string()).boxed(),
        Form::Words(words) => prop::sample::select(words.to_vec()).prop_map(str::to_owned).boxed(),
        Form::Flag => Just("1".to_owned()).boxed(),
        Form::Text | Form::Texts => prop::sample::select(vec![
            "pod/default/client",
            "web:80",
            "svc/default/web:80",
            "node/node-a",
            "node-a",
            "root",
            "default/web",
            "web",
            "10.244.1.1:80",
            "external",
            "endpoint=x",
            "bridge",
            "iptables",
            "KUBE-SERVICES",
        ])
        .prop_map(str::to_owned)
        .boxed(),
    };
    prop_oneof![3 => fit, 1 => odd].boxed()
}

/// Events, most of which happen.
fn event() -> BoxedStrategy<String> {
    let lines = [
        "1s drain node-a",
        "2s scale deploy/default/web 0",
        "3s delete pod/default/client",
        "4s drain nowhere",
        "soon",
    ];
    prop::sample::select(lines.to_vec()).prop_map(str::to_owned).boxed()
}

/// Any question of any operation is answered by its schema, or refused by a problem that fits the document.
#[test]
fn any_question_has_an_answer_that_fits() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let app = runtime.block_on(service());
    let schemas = Schemas::load();
    let document = parsed(&runtime.block_on(get(&app, "/api/v1/openapi.json")));
    let problem = jsonschema::validator_for(&document["components"]["schemas"]["Problem"]).unwrap();
    let reads: Vec<_> = OPERATIONS.iter().filter(|operation| operation.method == Method::Get).collect();
    let question = (0..reads.len()).prop_flat_map(move |at| {
        let operation = reads[at];
        let parameters: Vec<_> = operation
            .takes()
            .map(|parameter| {
                let weight = if parameter.required { 0.95 } else { 0.2 };
                let given = match parameter.name {
                    "event" => event(),
                    _ => value(parameter.form),
                };
                (Just(parameter.name), prop::option::weighted(weight, given))
            })
            .collect();
        (Just(operation), parameters)
    });
    let config = Config { cases: 600, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[11; 32]));
    let answered = std::cell::Cell::new(0);
    runner
        .run(&question, |(operation, parameters)| {
            let encode = |text: &str| {
                percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
            };
            let query: Vec<String> = parameters
                .iter()
                .filter_map(|(name, value)| Some(format!("{name}={}", encode(value.as_ref()?))))
                .collect();
            let at = address(operation.name, "first-service", &query.join("&"));
            let got = runtime.block_on(get(&app, &at));
            let value = parsed(&got);
            if got.status == StatusCode::OK {
                answered.set(answered.get() + 1);
                let wrong = schemas.wrong(operation.answers, &value);
                prop_assert!(wrong.is_empty(), "{at}: {:?}", wrong.first());
            } else {
                prop_assert!(got.status.is_client_error(), "{at}: {}", got.status);
                prop_assert!(problem.is_valid(&value), "{at}: {value}");
            }
            Ok(())
        })
        .unwrap();
    assert!(answered.get() > 50, "{} of 600 were answered", answered.get());
}
