//! The conformance suite of Gateway API, where it is at hand: each request goes through the network, from outside to the proxy that is assumed for
//! the Gateway, and on.

use kubehop_tests::model;
use kubehop_tests::suite::{self, list, text};
use serde_json::Value;
use sim_core::http::Headers;
use sim_core::model::{Model, Options};
use sim_core::trace::{self, Fetched, ProbeText};

/// The port to connect to, and the address that stands for the Gateway's own.
fn ask(model: &Model, request: &Value) -> Result<(Fetched, Option<String>), String> {
    let scheme = text(request, "scheme");
    let gateway = format!("gateway/{}/{}", text(&request["gateway"], "ns"), text(&request["gateway"], "name"));
    let own = model.cluster.fronts.gateways.iter().find(|own| gateway.ends_with(&own.name.to_string()));
    let wanted = list(&request["gateway"], "listeners").first().and_then(Value::as_str);
    let listener = own.and_then(|own| own.listeners.iter().find(|one| Some(&*one.name) == wanted));
    let port = listener.map(|listener| u64::from(listener.port.0));
    let fallback = match (text(&request["gateway"], "name"), scheme) {
        ("same-namespace-with-http-listener-on-8080", _) => 8080,
        (_, "https") => 443,
        _ => 80,
    };
    let port = port.unwrap_or(fallback);
    let host = request["host"].as_str();
    let mut headers: Vec<String> = Vec::new();
    for (name, value) in request["headers"].as_object().into_iter().flatten() {
        headers.push(format!("{name}: {}", value.as_str().unwrap_or_default()));
    }
    // The URL's host is what TLS asks for; the field Host is what is given.
    let named = request["sni"].as_str().or(host).unwrap_or("192.0.2.240");
    if let Some(host) = host {
        headers.push(format!("Host: {host}"));
    }
    let bare = named.split(':').next().unwrap_or(named);
    let asked = ProbeText {
        from: "external".to_owned(),
        to: format!("{scheme}://{bare}{}", text(request, "path")),
        method: request["method"].as_str().map(str::to_owned),
        headers,
        connect: Some(format!("{gateway}:{port}")),
        ..ProbeText::default()
    };
    let probe = trace::parse_probe(model, &asked).map_err(|error| format!("{error:?}"))?;
    let with = trace::model_for(model, &probe);
    let journey = trace::run(&with, &probe);
    let code = journey.outcome.kind.code();
    let pod = journey.server.as_ref().and_then(|server| server.pod);
    let pod = pod.and_then(|pod| with.cluster.pods.get(pod.0 as usize)).map(|pod| pod.name.to_string());
    let got = journey.http.filter(|http| http.response.is_some());
    got.map(|got| (got, pod)).ok_or_else(|| format!("{:?} {code}", journey.client))
}

/// Parts of a Location.
fn parts(url: &str) -> Option<(String, String, Option<u16>, String)> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let path = path.split('?').next().unwrap_or_default();
    Some((scheme.to_owned(), host.to_owned(), port.parse().ok(), path.to_owned()))
}

fn redirect_differs(got: &Fetched, request: &Value) -> Vec<String> {
    let wanted = &request["expect"]["redirect"];
    let Some(response) = got.response.as_ref().filter(|_| wanted.is_object()) else { return Vec::new() };
    let Some(to) = response.headers.get("Location") else { return vec!["no Location".to_owned()] };
    let Some((scheme, host, port, path)) = parts(to) else { return vec![format!("Location {to}")] };
    let mut wrong = Vec::new();
    let own = wanted["scheme"].as_str().unwrap_or(text(request, "scheme"));
    if scheme != own {
        wrong.push(format!("redirect {to}: scheme for {own}"));
    }
    if wanted["host"].as_str().is_some_and(|wanted| wanted != host) {
        wrong.push(format!("redirect {to}: host for {}", wanted["host"]));
    }
    let usual = if scheme == "https" { 443 } else { 80 };
    let wanted_port = match &wanted["port"] {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    let fits = match wanted_port {
        Some(wanted) => u64::from(port.unwrap_or(usual)) == wanted,
        None => port.is_none_or(|port| port == usual),
    };
    if !fits {
        wrong.push(format!("redirect {to}: port for {wanted_port:?}"));
    }
    let plain = text(request, "path").split('?').next().unwrap_or_default();
    let own = wanted["path"].as_str().unwrap_or(plain);
    if path != own {
        wrong.push(format!("redirect {to}: path for {own}"));
    }
    wrong
}

/// What differs from what is expected.
fn differs(got: &Fetched, pod: Option<&str>, request: &Value) -> Vec<String> {
    let expect = &request["expect"];
    let Some(response) = &got.response else { return vec!["no response".to_owned()] };
    let status = u64::from(response.status);
    let allowed: Vec<u64> = match &expect["status"] {
        Value::Array(all) => all.iter().filter_map(Value::as_u64).collect(),
        one => one.as_u64().into_iter().collect(),
    };
    if !allowed.is_empty() && !allowed.contains(&status) {
        return vec![format!("status {status} for {allowed:?} ({:?})", got.decision().map(|one| one.because))];
    }
    let mut wrong = redirect_differs(got, request);
    if !matches!(status, 200 | 204) {
        return wrong;
    }
    let (namespace, name) = pod.and_then(|pod| pod.split_once('/')).unwrap_or_default();
    if expect["backend"].as_str().is_some_and(|wanted| !name.starts_with(wanted)) {
        wrong.push(format!("backend {name} for {}", expect["backend"]));
    }
    if expect["namespace"].as_str().is_some_and(|wanted| wanted != namespace) {
        wrong.push(format!("namespace {namespace} for {}", expect["namespace"]));
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
    same("requestMethodSeen", seen.map(|seen| &*seen.method));
    same("requestHostSeen", seen.map(|seen| &*seen.authority));
    let mut fields = |what: &str, headers: Option<&Headers>| {
        for (name, wanted) in expect[what].as_object().into_iter().flatten() {
            let got = headers.and_then(|headers| headers.joined(name));
            if got.as_deref() != wanted.as_str() {
                wrong.push(format!("{what} {name}: {got:?} for {wanted}"));
            }
        }
    };
    fields("requestHeadersSeen", seen.map(|seen| &seen.headers));
    fields("responseHeaders", Some(&response.headers));
    let mut absent = |what: &str, headers: Option<&Headers>| {
        for name in list(expect, what).iter().filter_map(Value::as_str) {
            if headers.is_some_and(|headers| headers.get(name).is_some()) {
                wrong.push(format!("{what}: {name}"));
            }
        }
    };
    absent("requestHeadersAbsent", seen.map(|seen| &seen.headers));
    absent("responseHeadersAbsent", Some(&response.headers));
    wrong
}

#[test]
fn requests_of_the_suite_end_where_they_should() {
    let Some(folder) = suite::folder("gateway") else { return };
    let read = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap();
    let cases: Value = serde_json::from_str(&read("cases.json")).unwrap();
    let base = read(text(&cases["base"], "resolved"));
    let (mut asked, mut wrong) = (0, Vec::new());
    for case in list(&cases, "cases").iter().chain(list(&cases, "extra")) {
        let mut input = base.clone();
        for manifest in list(case, "manifests").iter().filter_map(Value::as_str) {
            input.push_str("\n---\n");
            input.push_str(&read(&manifest.replacen("manifests/", "resolved/", 1)));
        }
        let model = model(&[("case.yaml", &input)], &Options::default());
        // What is filled in or changed while the suite runs is not in the input.
        for request in
            list(case, "requests").iter().filter(|one| one["needs"].is_null() && one["afterChange"].is_null())
        {
            asked += 1;
            let found = match ask(&model, request) {
                Ok((got, pod)) => differs(&got, pod.as_deref(), request),
                Err(error) => vec![error],
            };
            wrong.extend(found.into_iter().map(|what| format!("{}: {what}", text(request, "id"))));
        }
    }
    println!("{asked} requests");
    assert!(asked > 150, "{asked}");
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
}
