//! What an address answers is what the command line prints.

#![allow(clippy::expect_used)]

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use server::app::app;
use server::config::Config;
use server::store::Store;
use std::process::Command;
use tower::ServiceExt;

/// Options of the command line, and the query that means the same.
const ASKED: [(&str, &str); 8] = [
    ("--from pod/default/client --to web:80", "from=pod/default/client&to=web:80"),
    ("--from pod/default/client --to web:80 --step 40", "from=pod/default/client&to=web:80&step=40"),
    (
        "--from pod/default/client --to web:80 --place connect/node-a/POSTROUTING",
        "from=pod/default/client&to=web:80&at=connect/node-a/POSTROUTING",
    ),
    ("--from pod/default/client --to idle:80 --theme dark", "from=pod/default/client&to=idle:80&theme=dark"),
    (
        "--from external --via node/node-b --to svc/default/web:80 --lang ko",
        "from=external&via=node/node-b&to=svc/default/web:80&lang=ko",
    ),
    (
        "--from node/node-a --to svc/default/web:80 --proto tcp --sport 40000 --seed 7",
        "from=node/node-a&to=svc/default/web:80&proto=tcp&sport=40000&seed=7",
    ),
    (
        "--from pod/default/client --to web:80 --cni calico --proxy-mode nftables --repeat 2 --every 5",
        "from=pod/default/client&to=web:80&cni=calico&proxy=nftables&before=1&wait=5",
    ),
    ("--from pod/default/client --to 8.8.8.8:443", "from=pod/default/client&to=8.8.8.8:443"),
];

fn printed(asked: &str, format: &str) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_kubehop"))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../web/scenarios"))
        .args(["trace", "first-service.yaml", "--format", format])
        .args(asked.split(' '))
        .env("LANG", "C")
        .env_remove("LC_ALL")
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{asked}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

async fn answered(app: &Router, format: &str, query: &str) -> Vec<u8> {
    let path = format!("/s/first-service/trace.{format}?{query}");
    let request = Request::get(&path).body(Body::empty()).expect("a request");
    let response = app.clone().oneshot(request).await.expect("an answer");
    let status = response.status();
    let body = to_bytes(response.into_body(), 64 << 20).await.expect("a body");
    assert_eq!(status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&body));
    body.into()
}

#[tokio::test]
async fn an_address_answers_what_the_command_line_prints() {
    let store = Store::open("sqlite::memory:").await.expect("a store");
    let app = app(store, &Config::default().for_one_client());
    for (at, (asked, query)) in ASKED.into_iter().enumerate() {
        for format in ["svg", "md", "png", "pcapng"] {
            // Pixels are drawn from the same SVG, and take as long as everything else together: of the first and of the one that is dark.
            if format == "png" && at % 3 != 0 {
                continue;
            }
            let (one, other) = (printed(asked, format), answered(&app, format, query).await);
            assert!(!one.is_empty());
            if one != other {
                let (one, other) = (String::from_utf8_lossy(&one), String::from_utf8_lossy(&other));
                let pair = one.lines().zip(other.lines()).find(|(one, other)| one != other);
                panic!("{format} {asked}: {pair:?}");
            }
        }
        let (asked_to_move, query_to_move) = (format!("{asked} --animated"), format!("{query}&animated=1"));
        assert!(printed(&asked_to_move, "svg") == answered(&app, "svg", &query_to_move).await, "{asked_to_move}");
        let json = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).expect("JSON");
        assert_eq!(json(&printed(asked, "json")), json(&answered(&app, "json", query).await), "{asked}");
    }
}
