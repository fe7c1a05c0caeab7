//! Korean pages as they are sent: no particle is left to choose.

use axum::http::StatusCode;
use kubehop_tests::service::{get, service};
use kubernetes::manifest::Limits;
use sim_core::model::{Model, Options};
use std::collections::BTreeSet;
use web::{gallery, url};

/// What messages write where a particle is to be chosen, and the same the other way round.
const FORMS: [&str; 10] =
    ["은(는)", "는(은)", "이(가)", "가(이)", "을(를)", "를(을)", "과(와)", "와(과)", "(으)", "(이)"];

/// The addresses of a page that begin with `/help/`.
fn helps(page: &str) -> impl Iterator<Item = String> {
    page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).filter_map(|href| {
        let path = href.split(['?', '#']).next().unwrap_or_default();
        path.starts_with("/help/").then(|| path.to_owned())
    })
}

#[tokio::test]
async fn no_korean_page_leaves_a_choice_of_particles() {
    let app = service().await;
    let mut open: BTreeSet<String> = [
        "/",
        "/help/network-plugins",
        "/nowhere",
        "/s/nowhere",
        "/s/first-service/trace?from=nobody&to=web",
        "/s/first-service/trace.gif?from=pod/default/client&to=web:80",
        "/s/first-service/rules?netns=node-a",
        "/s/first-service/matrix",
        "/s/first-service/reach?why_from=Pod/default/client&why_to=ingress",
        "/s/rollout/time",
        "/s/rollout?t=14s",
        "/s/first-service/policy",
        "/s/first-service/policy?of=default/web",
        "/s/variables/env?pod=default/app",
        "/s/ingress/urls",
    ]
    .map(str::to_owned)
    .into();
    for example in gallery::examples() {
        open.insert(format!("/s/{}", example.id));
        let model = Model::build(&example.sources(), &Limits::default(), &Options::default());
        // One trace of each, with every step: more would take minutes.
        let first = gallery::suggested(&model).into_iter().next();
        open.extend(first.map(|probe| format!("{}&level=all", url::trace(&example.id, "", &probe, None))));
    }
    let (mut done, mut particles) = (BTreeSet::new(), 0);
    while let Some(address) = open.pop_first() {
        let mark = if address.contains('?') { '&' } else { '?' };
        let got = get(&app, &format!("{address}{mark}lang=ko")).await;
        assert!(!got.status.is_server_error() && got.body.contains("lang=\"ko\""), "{address}: {}", got.status);
        for form in FORMS {
            if let Some((before, _)) = got.body.split_once(form) {
                let tail: Vec<char> = before.chars().rev().take(60).collect();
                let around: String = tail.into_iter().rev().collect();
                panic!("{address}: {around}{form}");
            }
        }
        particles += got.body.matches("을 ").count() + got.body.matches("를 ").count();
        if got.status == StatusCode::OK {
            open.extend(helps(&got.body).filter(|help| !done.contains(help)));
        }
        done.insert(address);
        open.retain(|address| !done.contains(address));
    }
    assert!(done.len() > 70 && particles > 1_000, "{} pages, {particles} particles", done.len());
}
