//! The map of a scenario over HTTP: its levels by links alone, names that there are not, values that are too long.

use axum::http::StatusCode;
use kubehop_tests::service::{get, service};
use std::collections::{BTreeMap, BTreeSet};

/// Addresses in a part of a page that lead to the map again.
fn links(html: &str) -> BTreeSet<String> {
    let map = html.split_once("id=\"topology\"").map_or("", |(_, rest)| rest);
    let map = map.split("<section class=\"ask\"").next().unwrap_or_default();
    let all = map.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let own = all.filter(|href| href.starts_with("/s/"));
    own.map(|href| href.replace("&#38;", "&").replace("&amp;", "&").split('#').next().unwrap_or_default().to_owned())
        .collect()
}

fn view(address: &str) -> String {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let view = query.split('&').find_map(|pair| pair.strip_prefix("view=")).unwrap_or_default();
    view.split('/').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn every_level_is_reached_by_links_and_every_link_leads_somewhere() {
    let app = service().await;
    for scenario in ["/s/first-service", "/s/docker0", "/s/gateway", "/s/internet"] {
        let (mut seen, mut views) = (BTreeSet::new(), BTreeMap::<String, usize>::new());
        let mut next: Vec<String> = vec![scenario.to_owned()];
        // Three interactions deep, a few pages of each level.
        for _ in 0..3 {
            let mut found = BTreeSet::new();
            for address in std::mem::take(&mut next) {
                let count = views.entry(view(&address)).or_default();
                if *count >= 8 || !seen.insert(address.clone()) {
                    continue;
                }
                *count += 1;
                let got = get(&app, &address).await;
                assert_eq!(got.status, StatusCode::OK, "{address}");
                found.extend(links(&got.body));
            }
            next = found.into_iter().filter(|address| !seen.contains(address)).collect();
        }
        for level in ["nodes", "host"] {
            assert!(views.contains_key(level), "{scenario}: {level} {views:?}");
        }
        if scenario != "/s/docker0" {
            for level in ["cluster", "node", "pod"] {
                assert!(views.contains_key(level), "{scenario}: {level} {views:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_form_finds_any_object_without_a_script() {
    let app = service().await;
    let start = get(&app, "/s/first-service").await.body;
    let form = start.split_once("class=\"find\"").and_then(|(_, rest)| rest.split_once("</form>")).expect("a form").0;
    for field in ["name=\"q\"", "name=\"ns\"", "name=\"kind\"", "name=\"label\"", "name=\"problem\"", "type=\"submit\""]
    {
        assert!(form.contains(field), "{field}");
    }
    assert!(form.contains("action=\"/s/first-service\"") && form.contains("method=\"get\""));
    // The browser sends every field, those that are empty too.
    let found = get(&app, "/s/first-service?view=cluster&q=client&ns=&kind=&label=").await;
    assert_eq!(found.status, StatusCode::OK);
    let link = found.body.split_once("data-found href=\"").and_then(|(_, rest)| rest.split('"').next());
    let link = link.expect("a result").replace("&#38;", "&");
    assert_eq!(link, "/s/first-service?view=pod/default/client");
    let pod = get(&app, &link).await;
    assert!(pod.body.contains("data-listening") && pod.body.contains("nameserver "));
    let korean = get(&app, "/s/first-service?view=cluster&q=client&lang=ko").await.body;
    assert!(korean.contains("모두 보기") && korean.contains("문제 있는 것만"));
}

#[tokio::test]
async fn what_there_is_not_and_what_is_too_long_is_told() {
    let app = service().await;
    let long = "x".repeat(300);
    for (query, status, told) in [
        ("view=node/node-z", StatusCode::NOT_FOUND, "node-a"),
        ("view=pod/default/cli", StatusCode::NOT_FOUND, "default/client"),
        ("view=host/nobody", StatusCode::NOT_FOUND, "nobody"),
        ("view=anything", StatusCode::BAD_REQUEST, "view"),
        ("part=zero", StatusCode::BAD_REQUEST, "part"),
        (&format!("q={long}"), StatusCode::BAD_REQUEST, "q"),
    ] {
        let got = get(&app, &format!("/s/first-service?{query}")).await;
        assert_eq!(got.status, status, "{query}");
        assert!(got.body.contains(told), "{query}: {}", got.body);
    }
    let korean = get(&app, "/s/first-service?view=node/node-z&lang=ko").await.body;
    assert!(korean.contains("이 시나리오에 없는 이름: node-z") && korean.contains("node-a"), "{korean}");
}
