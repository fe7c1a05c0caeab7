//! The page of a Service from every kind of place in every way.

use axum::http::StatusCode;
use kubehop_tests::service::{get, post, service};

/// The addresses of all elements with that attribute.
fn hrefs(page: &str, mark: &str) -> Vec<String> {
    let begin = format!("<a {mark}");
    let links = page.split(&begin).skip(1).filter_map(|rest| rest.split_once("href=\""));
    links.filter_map(|(_, rest)| rest.split('"').next()).map(|href| href.replace("&#38;", "&")).collect()
}

#[tokio::test]
async fn a_service_is_shown_from_every_place_in_every_way_and_each_cell_leads_to_its_trace() {
    let app = service().await;
    let text = include_str!("../../fixtures/cases/matrix/doors.yaml");
    let made = post(&app, &[("doors.yaml", text)], "").await;
    let scenario = made.header("location").to_owned();
    let page = get(&app, &scenario).await.body;
    let own = hrefs(&page, "class=\"chip\" data-matrix ");
    let matrix = get(&app, own.first().expect("a link")).await;
    assert_eq!(matrix.status, StatusCode::OK, "{}", matrix.body);
    for mark in ["data-way=\"external-ip\"", "data-way=\"gateway\"", "data-place=\"internet\"", "the caller’s own"] {
        assert!(matrix.body.contains(mark), "{mark}\n{}", matrix.body);
    }
    let cells = hrefs(&matrix.body, "data-cell ");
    assert!(cells.len() >= 42, "seven ways from six places: {}", cells.len());
    // What a cell says is what its trace says.
    for wanted in ["choose=endpoint", "connect=ingress", "from=external/203.0.113.50"] {
        let href = cells.iter().find(|href| href.contains(wanted)).unwrap_or_else(|| panic!("{wanted}: {cells:?}"));
        let trace = get(&app, &href.replace("/trace?", "/trace.json?")).await;
        assert_eq!(trace.status, StatusCode::OK, "{href}");
        let trace: serde_json::Value = serde_json::from_str(&trace.body).expect("JSON");
        let cell = matrix.body.replace("&#38;", "&").replace("&amp;", "&");
        let told = cell.split(href.as_str()).nth(1).and_then(|rest| rest.split("</td>").next()).expect("the cell");
        let seen = trace["server"]["sees"]["ip"].as_str();
        assert!(seen.is_none_or(|ip| told.contains(&format!("sees {ip}"))), "{href}: {seen:?}\n{told}");
        assert!(
            cell.contains(&format!("result {}\"><a data-cell href=\"{href}\"", trace["verdict"].as_str().unwrap()))
        );
    }
    // In another world the cells are of that world.
    let other = get(&app, &format!("{scenario}/matrix?proxy=nftables&to=svc/default/web")).await.body;
    assert!(hrefs(&other, "data-cell ").iter().all(|href| href.contains("proxy=nftables")));
    let json = get(&app, &format!("{scenario}/matrix.json")).await.body;
    assert!(json.contains("\"schema\":\"kubehop.matrix/1\""), "{json}");
    // Several Services: a program says which; what there is not is told with what there is.
    let ports = include_str!("../../fixtures/cases/matrix/ports.yaml");
    let ports = post(&app, &[("ports.yaml", ports)], "").await.header("location").to_owned();
    assert!(get(&app, &format!("{ports}/matrix.json")).await.status.is_client_error());
    assert_eq!(get(&app, &format!("{ports}/matrix")).await.body.matches("<option").count(), 6);
    let wrong = get(&app, &format!("{ports}/matrix?to=svc/default/nosuch")).await;
    assert!(wrong.status.is_client_error() && wrong.body.contains("svc/default/nobody"), "{}", wrong.body);
}
