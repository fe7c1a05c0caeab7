//! Sources and destinations to choose from, and what a form offers beside them.

use axum::http::StatusCode;
use kubehop_tests::service::{get, get_with, service};

const ASKED: &str = "/s/first-service/ends?from=pod/default/client&to=web:80";

#[tokio::test]
async fn ends_are_links_to_the_form_that_has_them() {
    let app = service().await;
    let page = get(&app, &format!("{ASKED}&side=to&q=web")).await;
    assert_eq!(page.status, StatusCode::OK);
    for wanted in [
        "data-end=\"svc/default/web:80\"",
        "href=\"/s/first-service?from=pod/default/client&#38;to=svc/default/web:80\"",
        "Deployment default/web",
        "5 of 5 shown",
        "value=\"web\"",
    ] {
        assert!(page.body.contains(wanted), "{wanted} in {}", page.body);
    }
    let form = get(&app, "/s/first-service?from=pod/default/client&to=svc/default/web:80").await;
    assert!(form.body.contains("value=\"svc/default/web:80\" selected"), "{}", form.body);
    let sources = get(&app, &format!("{ASKED}&side=from")).await;
    for wanted in ["pod/default/client", "node/node-a", "external"] {
        assert!(sources.body.contains(&format!("data-end=\"{wanted}\"")), "{wanted}");
    }
    assert!(sources.body.contains("host outside (192.168."), "an address alone says little");
    let part = get_with(&app, &format!("{ASKED}&side=to&q=web"), &[("hx-request", "true")]).await;
    assert!(part.body.starts_with("<article"), "{}", part.body);
}

#[tokio::test]
async fn a_url_goes_to_the_form_with_where_it_connects() {
    let app = service().await;
    let page = get(&app, "/s/ingress/ends?from=external&side=to&q=api.example.com").await;
    assert!(page.body.contains("data-connect=\"ingress\""), "{}", page.body);
    assert!(page.body.contains("connect=ingress"), "{}", page.body);
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_refused() {
    let app = service().await;
    for (query, status) in [
        ("", StatusCode::BAD_REQUEST),
        ("&side=up", StatusCode::BAD_REQUEST),
        ("&side=from&q=%3Cscript%3E", StatusCode::OK),
    ] {
        let page = get(&app, &format!("{ASKED}{query}")).await;
        assert_eq!(page.status, status, "{query}");
        assert!(!page.body.contains("<script>"), "{query}");
    }
    let long = get(&app, &format!("{ASKED}&side=from&q={}", "a".repeat(254))).await;
    assert_eq!(long.status, StatusCode::BAD_REQUEST);
    let nowhere = get(&app, "/s/no-such-scenario/ends?side=from").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_form_offers_the_other_way_round_and_another_pod() {
    let app = service().await;
    let trace =
        get(&app, "/s/first-service/trace?from=pod/default/client&to=pod/default/web-5wpwzq2zt6-slf25:8080").await;
    let back = "/s/first-service/trace?from=pod/default/web-5wpwzq2zt6-slf25&#38;to=pod/default/client:8080";
    assert!(trace.body.contains(&format!("data-swap href=\"{back}\"")), "{}", trace.body);
    assert!(trace.body.contains("data-another"), "{}", trace.body);
    let answer = get(&app, &back.replace("&#38;", "&")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("data-result=\"refused\""), "nothing listens there");
}

#[tokio::test]
async fn probes_in_a_row_are_tabs() {
    let app = service().await;
    let asked = "/s/first-service/trace?from=pod/default/client&to=web:80";
    let third = get(&app, &format!("{asked}&before=2")).await;
    let tabs = third.body.split("data-sent").nth(1).and_then(|rest| rest.split("</nav>").next()).unwrap_or_default();
    assert_eq!(tabs.matches("<a ").count(), 3, "{tabs}");
    assert_eq!(tabs.matches("aria-current").count(), 1, "{tabs}");
    let ninth = get(&app, &format!("{asked}&before=9")).await;
    let tabs = ninth.body.split("data-sent").nth(1).and_then(|rest| rest.split("</nav>").next()).unwrap_or_default();
    assert!(tabs.matches("<a ").count() <= 7 && tabs.contains("Time 10"), "{tabs}");
}
