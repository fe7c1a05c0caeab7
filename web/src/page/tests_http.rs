//! Pages of requests over HTTP: what packets, legs and steps are called, and what the page says of the request.

use super::*;
use crate::locale::Lang;
use crate::markdown;
use crate::words::{Say, StepWords};
use kubernetes::budget::Budget;
use kubernetes::manifest::{Limits, SourceText};
use sim_core::facts::Steps;
use sim_core::model::{Model, Options};
use sim_core::trace::{self as tracing, Journey, ProbeText, Purpose, parse_probe};

/// An Ingress with what goes wrong behind one.
fn model() -> Model {
    let text = include_str!("../../../tests/fixtures/cases/http/ingress.yaml");
    Model::build(&[SourceText::given("ingress.yaml", text)], &Limits::default(), &Options::default())
}

fn asked(to: &str) -> ProbeText {
    ProbeText {
        from: "external".to_owned(),
        to: to.to_owned(),
        connect: Some("ingress".to_owned()),
        ..ProbeText::default()
    }
}

/// The journey, and the model that it goes through.
fn sent(text: &ProbeText) -> (Model, Journey) {
    let model = model();
    let probe = parse_probe(&model, text).unwrap();
    let model = tracing::model_for(&model, &probe).into_owned();
    let journey = tracing::run(&model, &probe);
    (model, journey)
}

fn page(lang: Lang, text: &ProbeText) -> String {
    let (model, journey) = sent(text);
    let model = &model;
    let branches = tracing::branches(model, &journey.probe, 4);
    let input = trace::Input {
        interfaces: &[],
        id: "x",
        name: "name",
        model,
        probe_text: text,
        journey: &journey,
        branches: &branches,
        step: Some(1),
        level: None,
        measured: (None, None),
        time: (&[], 0),
        budget: &Budget::unlimited(),
    };
    let c = Chrome { lang, path_and_query: "/s/x?step=2".to_owned(), ..Chrome::default() };
    trace::render(&c, &input).unwrap()
}

fn told(lang: Lang, text: &ProbeText) -> (Vec<String>, Vec<StepWords>) {
    let (model, journey) = sent(text);
    let (journey, say) = (&journey, Say { lang, model: &model, id: None });
    let legs = journey.legs.iter().map(|leg| say.leg(journey, leg)).collect();
    (legs, say.steps(journey, &Steps::of(journey)))
}

#[test]
fn packets_of_a_request_are_called_by_what_they_carry() {
    let (legs, steps) = told(Lang::En, &asked("http://shop.test/gone"));
    let whole = ["HTTP request: GET /gone", "HTTP response: 503 Service Unavailable"];
    assert_eq!(legs[3..5], whole);
    assert!(legs.len() == 8 && legs[5..].iter().all(|leg| leg.starts_with("The connection ends: TCP ")), "{legs:?}");
    let titles: Vec<&str> = steps.iter().map(|step| &*step.title).collect();
    assert!(titles.contains(&"sends GET http://shop.test/gone"), "{titles:?}");
    assert!(titles.contains(&"reads GET http://shop.test/gone → 503 Service Unavailable"), "{titles:?}");
    assert!(titles.iter().all(|title| !title.ends_with('.')), "{titles:?}");
    // On all of its way, not only where it is written and read.
    let on_the_way = steps.iter().filter(|step| step.card.carries == Some(("HTTP", "GET /gone".to_owned())));
    assert!(on_the_way.count() > 10);
    let (legs, _) = told(Lang::En, &asked("https://www.shop.test/"));
    assert_eq!(legs[3..5], ["TLS: ClientHello www.shop.test", "TLS: ServerHello"]);
}

#[test]
fn one_endpoint_is_not_one_of_several() {
    for (lang, wanted) in [(Lang::En, "its one endpoint"), (Lang::Ko, "하나뿐인 엔드포인트")] {
        let (_, steps) = told(lang, &asked("http://shop.test/"));
        let lines: Vec<&str> = steps.iter().flat_map(|step| &step.events).map(|line| &*line.text).collect();
        assert!(lines.iter().any(|line| line.contains(wanted)), "{}", lang.code());
        assert!(!lines.iter().any(|line| line.contains("(으)") || line.contains("을(를)")), "{lines:?}");
    }
}

#[test]
fn a_long_path_is_cut_where_it_stands_beside_others() {
    let text = asked(&format!("http://shop.test/{}", "abcdefghij".repeat(200)));
    let (legs, steps) = told(Lang::En, &text);
    assert!(legs.iter().all(|leg| leg.chars().count() < 120), "{legs:?}");
    assert!(steps.iter().all(|step| step.title.chars().count() < 160));
    let html = page(Lang::En, &text);
    let heading = html.split("<h1>").nth(1).and_then(|rest| rest.split("</h1>").next()).unwrap();
    assert!(heading.len() < 200 && heading.ends_with('…'), "{heading}");
}

#[test]
fn every_leg_has_a_word_above_the_scrubber() {
    let html = page(Lang::Ko, &asked("http://shop.test/"));
    for code in Purpose::CODES {
        assert!(html.contains(&format!("data-word-leg-{code}=\"")), "{code}");
    }
}

#[test]
fn what_was_asked_is_in_the_command_of_the_transcript() {
    let text = ProbeText {
        method: Some("PUT".to_owned()),
        headers: vec!["X-A: 1".to_owned(), "X-B: 2".to_owned()],
        size: Some("7".to_owned()),
        ..asked("http://shop.test/")
    };
    let (model, journey) = sent(&text);
    let mut out = String::new();
    let again = markdown::Again { probe: text, ..markdown::Again::default() };
    markdown::write(&mut out, Lang::En, &model, &journey, &again).unwrap();
    let wanted = "--size 7 --method PUT --header 'X-A: 1' --header 'X-B: 2' --connect ingress";
    assert!(out.contains(wanted), "{}", &out[..400]);
}

#[test]
fn the_form_and_all_links_keep_what_is_said_of_a_request() {
    let text = ProbeText {
        method: Some("put".to_owned()),
        headers: vec!["X-A: 1".to_owned(), "X-B: <2>".to_owned()],
        ..asked("http://shop.test/")
    };
    let html = page(Lang::En, &text);
    assert!(html.contains("<details class=\"request\" data-request open>"));
    assert!(html.contains("<option value=\"PUT\" selected>"));
    assert!(html.contains("X-A: 1\nX-B: &#60;2&#62;</textarea>"));
    assert!(html.contains("name=\"connect\" type=\"text\" value=\"ingress\""));
    let links = html.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let of_probe: Vec<&str> = links.filter(|link| link.starts_with("/s/x") && link.contains("to=http:")).collect();
    assert!(of_probe.len() > 20, "{}", of_probe.len());
    for link in of_probe {
        for part in ["method=", "header=X-A:%201", "header=X-B:%20%3C2%3E", "connect=ingress"] {
            assert!(link.contains(part), "{link}");
        }
    }
    let plain = ProbeText { connect: None, from: "pod/default/web".to_owned(), ..asked("web:80") };
    assert!(page(Lang::En, &plain).contains("<details class=\"request\" data-request><summary>"));
}

#[test]
fn what_is_wrong_with_a_field_of_a_request_stands_beside_it() {
    let model = model();
    let said = |text: &ProbeText| {
        let error = parse_probe(&model, text).unwrap_err();
        let input = scenario::Input {
            id: "x",
            name: "name",
            model: &model,
            probe_text: text,
            lesson: None,
            time: (&[], 0),
            error: Some(&error),
            asked: &crate::atlas::Asked::default(),
            findings: 1,
        };
        scenario::render(&Chrome { lang: Lang::Ko, ..Chrome::default() }, &input).unwrap()
    };
    let url = asked("http://shop.test/");
    for (field, text) in [
        ("method", ProbeText { method: Some("FETCH".to_owned()), ..url.clone() }),
        ("header", ProbeText { headers: vec!["nocolon".to_owned()], ..url.clone() }),
        ("connect", ProbeText { connect: Some("nowhere/at/all".to_owned()), ..url.clone() }),
        ("method", ProbeText { method: Some("GET".to_owned()), ..asked("svc/default/web:80") }),
    ] {
        let html = said(&text);
        assert!(html.contains("<details class=\"request\" data-request open>"), "{field}");
        assert!(html.contains(&format!("data-probe-error data-field=\"{field}\"")), "{field}");
        assert_eq!(html.matches("data-probe-error").count(), 1);
        let marked = html.split("aria-invalid").next().and_then(|before| before.rsplit(" id=\"").next()).unwrap();
        assert!(marked.starts_with(field), "{field}: {marked}");
    }
    // What was written stays to be mended.
    assert!(said(&ProbeText { method: Some("FETCH".to_owned()), ..url }).contains("value=\"FETCH\" selected"));
    // Another part is said above the form.
    let html = said(&ProbeText { from: "pod/default/gone".to_owned(), ..asked("http://shop.test/") });
    assert!(html.contains("role=\"alert\" data-probe-error>"));
}

fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    text.split(from).nth(1).and_then(|rest| rest.split(to).next()).unwrap_or_else(|| panic!("{from}"))
}

#[test]
fn a_page_tells_request_decision_what_the_backend_saw_and_response() {
    let text = ProbeText { headers: vec!["X-A: <b>".to_owned()], ..asked("http://shop.test/x?y=1") };
    for lang in Lang::ALL {
        let html = page(lang, &text);
        let card = between(&html, "<section class=\"exchange\"", "</section>");
        let parts: Vec<&str> = card.split("data-part=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(parts, ["request", "decided", "seen", "response"]);
        assert!(card.contains("GET /x?y=1 HTTP/1.1\nHost: shop.test\n") && card.contains("X-A: &#60;b&#62;"));
        let decided = between(card, "data-part=\"decided\"", "</li>");
        assert!(
            decided.contains("Ingress default/shop-again, spec.rules[0].http.paths[0] <a class=\"place\""),
            "{decided}"
        );
        assert!(decided.contains("href=\"/s/x/source?file=ingress.yaml&#38;line=59#L59\""), "{decided}");
        assert!(decided.contains("default/web:80"));
        let seen = between(card, "data-part=\"seen\"", "</li>");
        assert!(seen.contains("default/web") && seen.contains(" ingress-nginx/"), "{seen}");
        assert!(seen.contains("X-Forwarded-For: 192.168.10.1"), "{seen}");
        assert!(between(card, "data-part=\"response\"", "</li>").contains("HTTP/1.1 200 OK"));
    }
    // Who is answered by the proxy itself came to no backend; what is no URL has no such card.
    let html = page(Lang::En, &asked("http://shop.test/gone"));
    assert!(!html.contains("data-part=\"seen\"") && html.contains("HTTP/1.1 503 Service Unavailable"));
    let plain = ProbeText { connect: None, from: "pod/default/web".to_owned(), ..asked("web:80") };
    assert!(!page(Lang::En, &plain).contains("class=\"exchange\""));
}

#[test]
fn text_and_transcript_tell_the_same() {
    let text = asked("http://shop.test/");
    let (model, journey) = sent(&text);
    let mut out = String::new();
    crate::text::write_trace(&mut out, Lang::En, &model, &journey, None).unwrap();
    let told = out.split("\nRequest and response:\n").nth(1).unwrap();
    for line in [
        "  - Request\n      Connected to 192.168.10.240:80.\n      GET / HTTP/1.1\n      Host: shop.test\n",
        "      Ingress default/shop-again, spec.rules[0].http.paths[0] (ingress.yaml:59:",
        "  - What Pod default/web saw\n      Client: 10.244.",
        "  - Response\n      HTTP/1.1 200 OK\n",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    let mut out = String::new();
    markdown::write(&mut out, Lang::En, &model, &journey, &markdown::Again::default()).unwrap();
    assert!(
        out.contains(
            "## Request and response\n\nConnected to 192.168.10.240:80.\n\n```http\nGET / HTTP/1.1\nHost: shop.test\n"
        ),
        "{out}"
    );
    assert!(out.contains("```http\nHTTP/1.1 200 OK\n"));
}
