//! Suites of other projects for Ingress and ingress-nginx, where they are at hand: each request goes through the network, from outside to the
//! controller that is assumed, and on.

use kubehop_tests::model;
use kubehop_tests::suite::{self, list, text};
use serde_json::Value;
use sim_core::http::Headers;
use sim_core::model::{Model, Options};
use sim_core::trace::{self, Fetched, ProbeText};
use std::fmt::Write;

/// The Services that a case has, and Pods for those that are deployed.
fn backends(case: &Value, namespace: &str) -> String {
    let mut out = String::new();
    let deployed = case["deployedServices"].as_array();
    let extra = deployed.into_iter().flatten().filter_map(Value::as_str);
    let mut names: Vec<(String, String)> = Vec::new();
    for service in list(case, "services") {
        let port = match (&service["port"]["number"], &service["port"]["name"]) {
            (Value::Number(number), _) => format!("{{port: {number}, targetPort: 3000}}"),
            (_, name) => format!("{{port: 8080, name: {}, targetPort: 3000}}", name.as_str().expect("a port")),
        };
        names.push((text(service, "name").to_owned(), port));
    }
    for name in extra {
        if !names.iter().any(|(own, _)| own == name) {
            names.push((name.to_owned(), "{port: 80, targetPort: 3000}".to_owned()));
        }
    }
    for (name, port) in &names {
        let there = deployed.is_none_or(|all| all.iter().any(|own| own == name.as_str()));
        let _ = write!(
            out,
            "---\n{{apiVersion: v1, kind: Service, metadata: {{name: {name}, namespace: {namespace}}}, spec: {{selector: {{app: {name}}}, ports: [{port}]}}}}\n"
        );
        if there {
            let _ = write!(
                out,
                "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}, spec: {{containers: [{{name: {name}, image: lab/echo:1, ports: [{{containerPort: 3000}}]}}]}}}}\n"
            );
        }
    }
    out
}

fn ask(model: &Model, request: &Value) -> Result<Fetched, String> {
    let host = request["host"].as_str();
    let mut headers: Vec<String> = Vec::new();
    for (name, value) in request["headers"].as_object().into_iter().flatten() {
        headers.push(format!("{name}: {}", value.as_str().unwrap_or_default()));
    }
    let cookies: Vec<String> = request["cookies"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
        .collect();
    if !cookies.is_empty() {
        headers.push(format!("Cookie: {}", cookies.join("; ")));
    }
    let asked = ProbeText {
        from: "external".to_owned(),
        to: format!("{}://{}{}", text(request, "scheme"), host.unwrap_or("192.168.10.240"), text(request, "path")),
        method: request["method"].as_str().map(str::to_owned),
        headers,
        connect: Some("ingress".to_owned()),
        ..ProbeText::default()
    };
    let probe = trace::parse_probe(model, &asked).map_err(|error| format!("{error:?}"))?;
    let with = trace::model_for(model, &probe);
    let journey = trace::run(&with, &probe);
    let code = journey.outcome.kind.code();
    journey.http.filter(|http| http.response.is_some()).ok_or_else(|| format!("{:?} {code}", journey.client))
}

/// The same; the suite of the API goes where it is sent, once.
fn followed(model: &Model, request: &Value, follows: bool) -> Result<Fetched, String> {
    let got = ask(model, request)?;
    let to = got.response.as_ref().and_then(|response| response.headers.get("Location"));
    let Some((scheme, rest)) = to.and_then(|to| to.split_once("://")).filter(|_| follows) else { return Ok(got) };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let mut next = request.clone();
    next["scheme"] = scheme.into();
    next["host"] = host.into();
    next["path"] = if path.is_empty() { "/".into() } else { path.into() };
    ask(model, &next)
}

/// What differs from what is expected.
fn differs(got: &Fetched, request: &Value) -> Vec<String> {
    let expect = &request["expect"];
    let mut wrong = Vec::new();
    let Some(response) = &got.response else { return vec!["no response".to_owned()] };
    if let Some(status) = expect["status"].as_u64()
        && status != u64::from(response.status)
    {
        wrong.push(format!("status {} for {status} ({:?})", response.status, got.decision().map(|one| one.because)));
    }
    let service = got.decision().and_then(|decision| decision.backend.as_ref()).map(|own| own.service.name.to_string());
    if let Some(wanted) = expect["service"].as_str()
        && service.as_deref() != Some(wanted)
    {
        wrong.push(format!("service {service:?} for {wanted}"));
    }
    let ingress = got.decision().and_then(|decision| decision.rule.as_ref()).map(|rule| rule.object.name.to_string());
    if let Some(wanted) = request["ingress"].as_str().or(expect["ingress"].as_str())
        && ingress.as_deref() != Some(wanted)
    {
        wrong.push(format!("ingress {ingress:?} for {wanted}"));
    }
    let seen = got.seen.as_ref().map(|seen| &seen.request);
    let mut same = |what: &str, got: Option<&str>| {
        if let Some(wanted) = expect[what].as_str()
            && got != Some(wanted)
        {
            wrong.push(format!("{what} {got:?} for {wanted}"));
        }
    };
    same("requestPathSeen", seen.map(|seen| &*seen.target));
    same("requestHostSeen", seen.map(|seen| &*seen.authority));
    let field = |headers: &Headers, name: &str| headers.joined(name);
    for (name, wanted) in expect["requestHeadersSeen"].as_object().into_iter().flatten() {
        let got = seen.and_then(|seen| field(&seen.headers, name));
        if got.as_deref() != wanted.as_str() {
            wrong.push(format!("request {name}: {got:?} for {wanted}"));
        }
    }
    for (name, unwanted) in expect["requestHeadersNotSeen"].as_object().into_iter().flatten() {
        let got = seen.and_then(|seen| field(&seen.headers, name)).unwrap_or_default();
        if unwanted.as_array().into_iter().flatten().any(|one| one == got.as_str()) {
            wrong.push(format!("request {name}: {got}"));
        }
    }
    for (name, wanted) in expect["responseHeaders"].as_object().into_iter().flatten() {
        let got = field(&response.headers, name);
        if got.as_deref() != wanted.as_str() {
            wrong.push(format!("response {name}: {got:?} for {wanted}"));
        }
    }
    let names = |key: &str| list(expect, key).iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>();
    for name in names("responseHeadersPresent") {
        if response.headers.get(&name).is_none() {
            wrong.push(format!("response has no {name}"));
        }
    }
    for name in names("responseHeadersAbsent") {
        if response.headers.get(&name).is_some() {
            wrong.push(format!("response has {name}"));
        }
    }
    wrong
}

#[test]
fn requests_of_the_suites_are_answered_as_they_were() {
    let Some(folder) = suite::folder("ingress") else { return };
    let read = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap();
    let cases: Value = serde_json::from_str(&read("cases.json")).unwrap();
    let (mut asked, mut wrong) = (0, Vec::new());
    for case in list(&cases, "cases") {
        let nginx = text(case, "suite").contains("nginx");
        let mut input = read(text(case, "manifest"));
        // The suite of the API names no class: whoever is there serves it.
        input.push_str(&backends(case, if nginx { "test" } else { "default" }));
        for (key, value) in case["configMap"].as_object().into_iter().flatten() {
            let _ = write!(
                input,
                "---\n{{apiVersion: v1, kind: ConfigMap, metadata: {{name: ingress-nginx-controller, namespace: ingress-nginx}}, data: {{{key}: {value}}}}}\n"
            );
        }
        let model = model(&[("case.yaml", &input)], &Options::default());
        for request in list(case, "requests") {
            asked += 1;
            let found = match followed(&model, request, !nginx) {
                Ok(got) => differs(&got, request),
                Err(error) => vec![error],
            };
            wrong.extend(found.into_iter().map(|what| format!("{}: {what}", text(request, "id"))));
        }
    }
    println!("{asked} requests");
    assert!(asked > 100, "{asked}");
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
}
