//! The page of a workload's policies: drawn, and changed by pressing.

use axum::http::StatusCode;
use kubehop_tests::service::{get, post, post_form, service};

const SHOP: &str = include_str!("../../fixtures/cases/reach/shop.yaml");

/// The value of the first button with that in its value.
fn tick(page: &str, part: &str) -> String {
    let values = page.split("name=\"tick\" value=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let found = values.map(str::to_owned).find(|value| value.contains(part));
    found.unwrap_or_else(|| panic!("{part}\n{page}"))
}

fn row<'p>(page: &'p str, part: &str) -> &'p str {
    let rows = page.split("<li data-state=").skip(1);
    let found = rows.filter_map(|row| row.split("</li>").next()).find(|row| row.contains(part));
    found.unwrap_or_else(|| panic!("{part}\n{page}"))
}

#[tokio::test]
async fn a_pressed_connection_is_a_policy_that_lets_it_pass() {
    let app = service().await;
    let scenario = post(&app, &[("shop.yaml", SHOP)], "").await.header("location").to_owned();
    let list = get(&app, &format!("{scenario}/policy")).await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(list.body.contains("of=Deployment/shop/cart"), "{}", list.body);
    let own = format!("{scenario}/policy?of=Deployment/shop/cart");
    let page = get(&app, &own).await.body;
    assert!(row(&page, "in Pod/tools/metrics").starts_with("\"own\""), "{page}");
    assert!(row(&page, "in Deployment/shop/frontend").starts_with("\"open\""), "{page}");
    // Opened: the packet passes, and the difference is that connection alone.
    let open = tick(&page, "open in Pod/tools/metrics");
    let moved = post_form(&app, &own, &[("tick", &open)]).await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.body);
    let changed = moved.header("location").to_owned();
    assert!(!changed.starts_with(&scenario), "{changed}");
    let page = get(&app, &changed).await.body;
    assert!(row(&page, "in Pod/tools/metrics").starts_with("\"open\""), "{page}");
    let done = page.split("data-done").nth(1).and_then(|rest| rest.split("</section>").next()).expect("what it did");
    assert!(done.contains("tools/metrics may now connect to shop/cart: TCP 7070"), "{done}");
    assert!(done.contains("data-sent") && done.contains("connected"), "{done}");
    assert_eq!(done.matches("<li ").count(), 1, "{done}");
    assert!(page.contains("kubernetes.io/metadata.name: tools"), "{page}");
    // Closed again: the packet is dropped.
    let close = tick(&page, "close in Pod/tools/metrics");
    let moved = post_form(&app, &changed, &[("tick", &close)]).await;
    let page = get(&app, moved.header("location")).await.body;
    assert!(page.contains("may no longer connect") && page.contains("timed out"), "{page}");
    // A direction that nobody limits is denied as a whole, and then has rows that open.
    let front = format!("{scenario}/policy?of=shop/frontend&lang=ko");
    let page = get(&app, &front).await.body;
    let moved = post_form(&app, &front, &[("tick", &tick(&page, "deny out"))]).await;
    let page = get(&app, &format!("{}&lang=ko", moved.header("location"))).await.body;
    assert!(row(&page, "out Deployment/shop/cart").starts_with("\"own\""), "{page}");
    assert!(page.contains("name: frontend-egress"), "{page}");
}

#[tokio::test]
async fn a_port_of_a_form_is_opened_and_what_is_wrong_is_told() {
    let app = service().await;
    let scenario = post(&app, &[("shop.yaml", SHOP)], "").await.header("location").to_owned();
    let own = format!("{scenario}/policy?of=shop/cart");
    let form = |peer: &'static str, port: &'static str| {
        [("tick", "form"), ("way", "out"), ("peer", peer), ("port", port), ("proto", "TCP")]
    };
    let moved = post_form(&app, &own, &form("203.0.113.0/24", "443")).await;
    let page = get(&app, moved.header("location")).await.body;
    assert!(page.contains("cidr: 203.0.113.0/24") && page.contains("port: 443"), "{page}");
    for (peer, port, said) in [
        ("nobody/here", "443", "No workload of the input is called nobody/here"),
        ("<script>", "443", "&#60;script&#62;"),
        ("shop/frontend", "70000", "70000 is no port"),
        ("shop/frontend", "", "is no port"),
    ] {
        let refused = post_form(&app, &own, &form(peer, port)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{peer} {port}");
        assert!(refused.body.contains(said) && !refused.body.contains("<script>alert"), "{}", refused.body);
    }
    for tick in ["", "open", "open in", "open up Pod/tools/metrics", "burn in Pod/tools/metrics", "open in Pod/x/y"] {
        let refused = post_form(&app, &own, &[("tick", tick)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{tick}");
    }
    // So already.
    let refused = post_form(&app, &own, &[("tick", "close in Pod/tools/metrics")]).await;
    assert!(refused.body.contains("It is so already."), "{}", refused.body);
    assert_eq!(get(&app, &format!("{scenario}/policy?of=shop/nobody")).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn one_entry_or_two_is_drawn_with_who_would_be_meant_otherwise() {
    let app = service().await;
    let pod = |namespace: &str, name: &str| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}, spec: {{containers: [{{name: c, image: x}}]}}}}\n---\n"
        )
    };
    let pods = [pod("shop", "db"), pod("shop", "job"), pod("ops", "job"), pod("ops", "web")].concat();
    let namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: ops, labels: {team: ops}}}\n---\n";
    let text = |entries: &str| {
        format!(
            "{pods}{namespace}apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: db, namespace: shop}}\n\
             spec: {{podSelector: {{matchLabels: {{app: db}}}}, ingress: [{{from: [{entries}]}}]}}\n"
        )
    };
    let one = text("{namespaceSelector: {matchLabels: {team: ops}}, podSelector: {matchLabels: {app: job}}}");
    let two = text("{namespaceSelector: {matchLabels: {team: ops}}}, {podSelector: {matchLabels: {app: job}}}");
    let page = async |text: &str| {
        let scenario = post(&app, &[("db.yaml", text)], "").await.header("location").to_owned();
        get(&app, &format!("{scenario}/policy?of=shop/db")).await.body
    };
    let one = page(&one).await;
    assert!(one.contains("Let in: ops/job."), "{one}");
    assert!(one.contains("(one dash more), it would also mean: ops/web, shop/job."), "{one}");
    assert_eq!(one.matches("\"chip would\"").count(), 2, "{one}");
    let two = page(&two).await;
    assert!(two.contains("Let in: ops/job, ops/web, shop/job."), "{two}");
    assert!(two.contains("(one dash less), it would mean only: ops/job."), "{two}");
    assert_eq!(two.matches("\"chip meant only\"").count(), 2, "{two}");
}

#[tokio::test]
async fn a_source_replaced_on_the_way_is_said_to_be_undefined() {
    let app = service().await;
    let text = include_str!("../../fixtures/cases/policies/shop.yaml");
    let scenario = post(&app, &[("shop.yaml", text)], "").await.header("location").to_owned();
    let asked = format!("{scenario}/trace?from=external&to=192.168.10.11:30080");
    for (lang, said) in [("en", "The API does not define that"), ("ko", "API가 정하지 않은 부분이라")] {
        let page = get(&app, &format!("{asked}&lang={lang}")).await.body;
        assert!(page.contains(said), "{lang}: {page}");
    }
}
