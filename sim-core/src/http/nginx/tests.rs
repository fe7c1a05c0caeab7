//! What an Ingress of ingress-nginx does with a request, by small inputs; whole suites go through the network (tests/tests/pure/ingress.rs).

use super::Nginx;
use crate::http::{Action, Because, Decision, Entry, Request, Upstream};
use crate::model::{Model, Options};
use kubernetes::manifest::{Limits, SourceText};

const PODS: &str = "
{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 8080}]}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: empty}, spec: {selector: {app: none}, ports: [{port: 80}]}}
";

fn ingress(name: &str, annotations: &str, host: &str, paths: &[(&str, &str, &str)]) -> String {
    let path = |(path, kind, service): &(&str, &str, &str)| {
        format!("{{path: '{path}', pathType: {kind}, backend: {{service: {{name: {service}, port: {{number: 80}}}}}}}}")
    };
    let paths: Vec<String> = paths.iter().map(path).collect();
    format!(
        "---\n{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: {name}, annotations: {{{annotations}}}}},
        spec: {{ingressClassName: nginx, rules: [{{host: {host}, http: {{paths: [{}]}}}}]}}}}\n",
        paths.join(", ")
    )
}

fn ask(text: &str, request: &Request) -> Decision {
    let text = format!("{PODS}{text}");
    let model = Model::build(&[SourceText::given("a.yaml", &*text)], &Limits::default(), &Options::default());
    assert!(!model.has_errors(), "{:?}", model.diagnostics);
    let nginx = Nginx::of(&model.cluster, 0).expect("a controller is assumed");
    let entry = Entry { port: 80, sni: None, client: "192.0.2.7:40000".parse().unwrap() };
    nginx.decide(request, &entry, &mut |_| 0)
}

fn status(decision: &Decision) -> u16 {
    match &decision.action {
        Action::Answer(response) => response.status,
        Action::Forward(_) => 200,
        Action::Close => 0,
    }
}

fn get(path: &str) -> Request {
    Request::get("http", "shop.test", path)
}

#[test]
fn endpoints_are_taken_and_fields_are_set() {
    let decision = ask(&ingress("a", "", "shop.test", &[("/", "Prefix", "web")]), &get("/x"));
    let Action::Forward(forward) = decision.action else { panic!("{decision:?}") };
    let Upstream::Addresses(all) = &forward.to else { panic!("{forward:?}") };
    assert_eq!((all.len(), all[0].port()), (1, 8080));
    let field = |name: &str| forward.request.headers.get(name).map(|value| value.to_string());
    assert_eq!(field("X-Forwarded-For").as_deref(), Some("192.0.2.7"));
    assert_eq!(
        (field("x-real-ip").as_deref(), field("X-Forwarded-Proto").as_deref()),
        (Some("192.0.2.7"), Some("http"))
    );
    assert_eq!(&*decision.rule.unwrap().matched, "/");
}

#[test]
fn nobody_there_is_503_and_no_rule_404() {
    let text = ingress("a", "", "shop.test", &[("/gone", "Prefix", "gone"), ("/empty", "Prefix", "empty")]);
    let because = |path: &str| {
        let decision = ask(&text, &get(path));
        (status(&decision), decision.because)
    };
    assert_eq!(because("/gone/x"), (503, Because::NoService));
    assert_eq!(because("/empty"), (503, Because::NoEndpoints));
    assert_eq!(because("/emptyish"), (404, Because::NoPath));
    let other = ask(&text, &Request::get("http", "other.test", "/gone"));
    assert_eq!((status(&other), other.because), (404, Because::NoHost));
}

#[test]
fn patterns_of_one_ingress_make_patterns_of_all_paths_of_the_host() {
    let rewrite = "nginx.ingress.kubernetes.io/rewrite-target: /$2";
    let text = ingress("a", rewrite, "shop.test", &[("/api(/|$)(.*)", "ImplementationSpecific", "web")])
        + &ingress("b", "", "shop.test", &[("/exact", "Exact", "web")]);
    let target = |path: &str| match ask(&text, &get(path)).action {
        Action::Forward(forward) => forward.request.target.to_string(),
        Action::Answer(response) => response.status.to_string(),
        Action::Close => "closed".to_owned(),
    };
    assert_eq!(target("/api/v1/x?a=1"), "/v1/x?a=1");
    assert_eq!(target("/api"), "/");
    // Exact is the beginning of a pattern now, in any case of letters.
    assert_eq!(target("/EXACTLY"), "/EXACTLY");
    assert_eq!(target("/other"), "404");
}

#[test]
fn a_pattern_that_would_take_for_ever_matches_nothing() {
    let regex = "nginx.ingress.kubernetes.io/use-regex: 'true'";
    let text = ingress("a", regex, "shop.test", &[("/(?=(a+)+$)(a+)+\\1b", "ImplementationSpecific", "web")]);
    let long = format!("/{}", "a".repeat(200));
    assert_eq!(status(&ask(&text, &get(&long))), 404);
}

#[test]
fn the_older_of_two_has_a_path_and_a_range_keeps_others_out() {
    let text = "
---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: z, creationTimestamp: '2024-02-01T00:00:00Z'}, spec: {ingressClassName: nginx, rules: [{host: shop.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: empty, port: {number: 80}}}}]}}]}}
---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a, creationTimestamp: '2024-01-01T00:00:00Z', annotations: {nginx.ingress.kubernetes.io/whitelist-source-range: 10.0.0.0/8}}, spec: {ingressClassName: nginx, rules: [{host: shop.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}}
";
    let decision = ask(text, &get("/"));
    assert_eq!((status(&decision), decision.because), (403, Because::Forbidden));
    assert_eq!(&*decision.rule.unwrap().object.name, "a");
}
