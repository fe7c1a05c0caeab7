//! The page of what happens when, and pages of a moment.

use axum::http::StatusCode;
use kubehop_tests::service::{get, post, service};

#[tokio::test]
async fn each_moment_is_told_and_opens_the_cluster_as_it_was() {
    let app = service().await;
    let text = include_str!("../../fixtures/cases/time/churn.yaml");
    let scenario = post(&app, &[("churn.yaml", text)], "").await.header("location").to_owned();
    let page = get(&app, &scenario).await.body;
    assert!(page.contains("data-time"), "{page}");
    let time = get(&app, &format!("{scenario}/time")).await;
    assert_eq!(time.status, StatusCode::OK);
    for mark in [
        "data-moment=\"10s\"",
        "Deployment default/site is rolled out",
        "churn.yaml:8:3",
        "kube-proxy on node-a",
        "?t=10s",
        "t=40s",
    ] {
        assert!(time.body.contains(mark), "{mark}\n{}", time.body);
    }
    // A trace then: the address that a Pod had is nobody's.
    let probe = "from=pod/default/caller&to=10.244.1.3:80";
    let before = get(&app, &format!("{scenario}/trace.json?{probe}")).await.body;
    let then = get(&app, &format!("{scenario}/trace.json?{probe}&t=40s")).await.body;
    assert!(before.contains("\"result\":\"ok\"") && then.contains("EHOSTUNREACH"), "{then}");
    let page = get(&app, &format!("{scenario}/trace?{probe}&t=40s&lang=ko")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("40s 시점") && page.body.contains("t=40s"), "{}", page.body);
    // What is no time is told; an input without a timeline says so.
    assert_eq!(get(&app, &format!("{scenario}?t=soon")).await.status, StatusCode::BAD_REQUEST);
    let none = get(&app, "/s/first-service/time").await.body;
    assert!(none.contains("data-none"), "{none}");
}
