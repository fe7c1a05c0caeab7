//! The page of who may connect to whom.

use axum::http::StatusCode;
use kubehop_tests::service::{get, post, service};

/// The addresses of all elements with that attribute.
fn hrefs(page: &str, mark: &str) -> Vec<String> {
    let begin = format!("<a {mark}");
    let links = page.split(&begin).skip(1).filter_map(|rest| rest.split_once("href=\""));
    links.filter_map(|(_, rest)| rest.split('"').next()).map(|href| href.replace("&#38;", "&")).collect()
}

#[tokio::test]
async fn who_may_connect_is_a_table_and_each_cell_has_its_reason() {
    let app = service().await;
    let text = include_str!("../../fixtures/cases/reach/shop.yaml");
    let scenario = post(&app, &[("shop.yaml", text)], "").await.header("location").to_owned();
    let page = get(&app, &scenario).await.body;
    let own = hrefs(&page, "class=\"chip\" data-reach ");
    let reach = get(&app, own.first().expect("a link")).await;
    assert_eq!(reach.status, StatusCode::OK, "{}", reach.body);
    for mark in [
        "data-exposed",
        "role=\"img\" class=\"reach-graph\"",
        "shop/frontend =&#62; shop/cart : TCP 7070",
        "data-arrows",
    ] {
        assert!(reach.body.contains(mark), "{mark}\n{}", reach.body);
    }
    // What may connect is told why, and so is what may not.
    let cells = hrefs(&reach.body, "data-cell ");
    let of = |from: &str, to: &str| {
        let wanted = (format!("why_from=Deployment/shop/{from}"), format!("why_to=Deployment/shop/{to}"));
        let found = cells.iter().find(|href| href.contains(&wanted.0) && href.contains(&wanted.1));
        found.unwrap_or_else(|| panic!("{wanted:?}: {cells:?}")).replace("#reason", "")
    };
    let may = get(&app, &of("frontend", "cart")).await.body;
    let reason = may.split("data-reason").nth(1).and_then(|rest| rest.split("</section>").next()).expect("a reason");
    for mark in [
        "TCP 7070",
        "NetworkPolicy shop/cart",
        "spec.ingress[0]",
        "No policy selects it",
        "shop.yaml:",
        "/source?file=",
    ] {
        assert!(reason.contains(mark), "{mark}\n{reason}");
    }
    let not = get(&app, &of("idle", "cart")).await.body;
    let reason = not.split("data-reason").nth(1).and_then(|rest| rest.split("</section>").next()).expect("a reason");
    assert!(reason.contains("not allowed") && reason.contains("No rule names the other side"), "{reason}");
    // Put together by namespace, searched, in Korean.
    let folded = get(&app, &format!("{scenario}/reach?group=namespace")).await.body;
    assert!(folded.contains("<strong>tools</strong>") && folded.contains("partly"), "{folded}");
    let found = get(&app, &format!("{scenario}/reach?to=fRont&lang=ko")).await.body;
    assert!(!hrefs(&found, "data-cell ").iter().any(|href| href.contains("why_to=Deployment/shop/cart")), "{found}");
    let json = get(&app, &format!("{scenario}/reach.json?from=shop/idle")).await.body;
    assert!(json.contains("\"schema\":\"kubehop.reach/1\""), "{json}");
    assert!(get(&app, &format!("{scenario}/reach.json?from=nowhere")).await.status.is_client_error());
    assert!(get(&app, &format!("{scenario}/reach.json?ports=some")).await.status.is_client_error());
}

#[tokio::test]
async fn hostile_words_stay_text() {
    let app = service().await;
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: \"<script>alert(1)</script>\", namespace: shop, labels: {\"a\": \"<b>\"}}\n\
                spec: {containers: [{name: c, image: x}]}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: b, namespace: shop}\n\
                spec: {containers: [{name: c, image: x}]}\n";
    let scenario = post(&app, &[("odd.yaml", text)], "").await.header("location").to_owned();
    for query in [
        "",
        "?group=a",
        "?from=%3Cscript%3E",
        "?why_from=Pod/shop/%3Cscript%3Ealert(1)%3C/script%3E&why_to=Pod/shop/b",
        "?row=99999999999&column=x",
    ] {
        let page = get(&app, &format!("{scenario}/reach{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert!(!page.body.contains("<script>alert"), "{query}\n{}", page.body);
    }
}
