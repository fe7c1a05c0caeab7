//! The store beneath the pages: what fails, and two servers of one PostgreSQL.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use kubehop_tests::service::{Got, get, get_with, post, send};
use server::app::app;
use server::config::{Config, Span};
use server::store::Store;
use sqlx::{Connection, SqliteConnection};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const CLUSTER: &str = "
{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: sh, image: sh}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
";
const QUESTION: &str = "from=pod/default/client&to=web:80";
/// What needs no store.
const WITHOUT: [&str; 6] = [
    "/",
    "/help/rejected",
    "/api/v1/openapi.json",
    "/healthz",
    "/s/first-service",
    "/s/first-service/trace?from=pod/default/client&to=web:80",
];

/// A folder with a database, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("kubehop-http-store-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("folder");
        Self(path)
    }

    fn url(&self) -> String {
        format!("sqlite://{}", self.0.join("test.db").display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn server(url: &str, config: Config) -> Router {
    app(Store::open(url).await.expect("store"), &config.for_one_client())
}

async fn upload(app: &Router) -> String {
    let got = post(app, &[("a.yaml", CLUSTER)], "").await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    got.header("location").to_owned()
}

async fn share(app: &Router, scenario: &str) -> Got {
    let wish = format!("{{\"scenario\": \"{scenario}\", \"query\": \"{QUESTION}\", \"lifetime\": \"1d\"}}");
    let request = Request::post("/api/v1/shares").header("content-type", "application/json");
    send(app, request.body(Body::from(wish)).expect("request")).await
}

fn told(got: &Got, field: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(&got.body).expect("JSON");
    value[field].as_str().expect("text").to_owned()
}

/// 503 and when to come again, in words, and nothing of the database's own.
fn is_said(got: &Got, what: &str) {
    assert_eq!(got.status, StatusCode::SERVICE_UNAVAILABLE, "{what}: {}", got.body);
    assert!(got.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0), "{what}: {:?}", got.headers);
    assert!(got.body.contains("The store does not answer"), "{what}: {}", got.body);
    assert!(!got.body.contains("SQL") && !got.body.contains("sql") && !got.body.contains("database"), "{}", got.body);
}

/// Nothing can be kept: it is said wherever somebody wants it, and what needs no store is there.
async fn nothing_is_kept(app: &Router) {
    assert_eq!(get(app, "/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    is_said(&post(app, &[("a.yaml", CLUSTER)], "").await, "an upload");
    is_said(&share(app, "first-service").await, "a share");
    what_needs_no_store_is_there(app).await;
}

async fn what_needs_no_store_is_there(app: &Router) {
    for path in WITHOUT {
        let got = get(app, path).await;
        assert_eq!(got.status, StatusCode::OK, "{path}: {}", got.body);
    }
}

#[tokio::test]
async fn a_store_that_takes_no_writes_is_said_and_read_on() {
    let folder = Folder::new("ro");
    let writes = server(&folder.url(), Config::default()).await;
    let address = upload(&writes).await;
    let id = told(&share(&writes, address.trim_start_matches("/s/")).await, "id");
    let app = server(&format!("{}?mode=ro", folder.url()), Config::default()).await;
    nothing_is_kept(&app).await;
    for path in [address.clone(), format!("{address}/trace?{QUESTION}")] {
        assert_eq!(get(&app, &path).await.status, StatusCode::OK, "{path} was stored before");
    }
    assert_eq!(get(&app, &format!("/x/{id}")).await.status, StatusCode::SEE_OTHER, "so was the share");
}

#[tokio::test]
async fn a_store_that_somebody_locks_is_said_until_it_is_free() {
    let folder = Folder::new("locked");
    let app = server(&folder.url(), Config::default()).await;
    let address = upload(&app).await;
    let mut other = SqliteConnection::connect(&folder.url()).await.expect("a second connection");
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.expect("locked");
    nothing_is_kept(&app).await;
    assert_eq!(get(&app, &address).await.status, StatusCode::OK, "reading goes on");
    sqlx::query("ROLLBACK").execute(&mut other).await.expect("free");
    assert_eq!(get(&app, "/readyz").await.status, StatusCode::OK);
    upload(&app).await;
}

#[tokio::test]
async fn another_file_in_the_place_of_the_database_is_said() {
    let folder = Folder::new("other");
    let app = server(&folder.url(), Config::default()).await;
    let file = folder.0.join("test.db");
    std::fs::rename(&file, folder.0.join("away.db")).expect("moved");
    nothing_is_kept(&app).await;
    // What a restore does while the server runs: writes would go into a file that nobody reads again.
    std::fs::copy(folder.0.join("away.db"), &file).expect("copied");
    nothing_is_kept(&app).await;
}

/// PostgreSQL of the test command; elsewhere it is said that nothing was tested.
fn postgres() -> Option<String> {
    match std::env::var("KUBEHOP_TEST_POSTGRES_URL") {
        Ok(url) => Some(url),
        Err(_) if std::env::var("KUBEHOP_TEST_ALL").is_ok() => panic!("KUBEHOP_TEST_POSTGRES_URL is not set"),
        Err(_) => {
            eprintln!("not tested: tests/run.sh starts PostgreSQL and sets KUBEHOP_TEST_POSTGRES_URL");
            None
        }
    }
}

#[tokio::test]
async fn two_servers_of_one_postgres_are_one() {
    let Some(url) = postgres() else { return };
    let (app, other) = (server(&url, Config::default()).await, server(&url, Config::default()).await);
    let address = upload(&app).await;
    let trace = format!("{address}/trace?{QUESTION}");
    assert_eq!(get(&other, &trace).await.status, StatusCode::OK, "what one stored the other reads");
    let made = share(&other, address.trim_start_matches("/s/")).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let (id, key) = (told(&made, "id"), told(&made, "key"));
    // Both have its model, its pages and what came of them in memory.
    let target = get(&app, &format!("/x/{id}")).await.header("location").to_owned();
    let pages =
        [target.clone(), target.replace("/trace?", "/trace.json?"), format!("/x/{id}"), format!("/embed/x/{id}")];
    for server in [&app, &other] {
        for path in &pages {
            let got = get(server, path).await;
            assert!(got.status.is_success() || got.status.is_redirection(), "{path}: {}", got.status);
        }
    }
    let tag = get(&other, &pages[1]).await.header("etag").to_owned();
    let order = |app: &Router, key: &str| {
        let request = Request::post(format!("/api/v1/shares/{id}/delete")).header("content-type", "application/json");
        let request = request.body(Body::from(format!("{{\"key\": \"{key}\"}}"))).expect("request");
        let app = app.clone();
        async move { send(&app, request).await.status }
    };
    assert_eq!(order(&app, "wrong").await, StatusCode::FORBIDDEN);
    assert_eq!(order(&app, &key).await, StatusCode::NO_CONTENT);
    for path in &pages {
        for server in [&other, &app] {
            assert_eq!(get(server, path).await.status, StatusCode::GONE, "{path}");
        }
    }
    if !tag.is_empty() {
        let asked = get_with(&other, &pages[1], &[("if-none-match", &tag)]).await;
        assert_eq!(asked.status, StatusCode::GONE, "who has it already is told too");
    }
    assert_eq!(order(&other, &key).await, StatusCode::GONE);
}

#[tokio::test]
async fn what_is_over_is_over_on_every_server_of_one_postgres() {
    let Some(url) = postgres() else { return };
    let short = Config {
        upload_lifetime: Span(Duration::from_secs(2)),
        max_lifetime: Span(Duration::from_secs(2)),
        ..Config::default()
    };
    let (app, other) = (server(&url, short.clone()).await, server(&url, short).await);
    let address = upload(&app).await;
    let id = told(&share(&app, address.trim_start_matches("/s/")).await, "id");
    let target = get(&other, &format!("/x/{id}")).await.header("location").to_owned();
    assert_eq!(get(&other, &target).await.status, StatusCode::OK);
    assert_eq!(get(&other, &address).await.status, StatusCode::OK);
    tokio::time::sleep(Duration::from_secs(4)).await;
    for server in [&app, &other] {
        assert_eq!(get(server, &address).await.status, StatusCode::NOT_FOUND, "nobody used it");
        for path in [format!("/x/{id}"), target.clone(), format!("/embed/x/{id}")] {
            assert_eq!(get(server, &path).await.status, StatusCode::GONE, "{path}");
        }
    }
}

/// A way to PostgreSQL that can be cut: its own address, and the switch.
async fn way(url: &str) -> (String, Arc<watch::Sender<bool>>) {
    let (head, rest) = url.rsplit_once('@').expect("user@host");
    let (target, name) = rest.split_once('/').expect("host/name");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let (switch, open) = watch::channel(true);
    let address = format!("{head}@{}/{name}", listener.local_addr().expect("address"));
    let target = target.to_owned();
    tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            let (mut open, target) = (open.clone(), target.clone());
            tokio::spawn(async move {
                if !*open.borrow() {
                    return;
                }
                let Ok(mut to) = TcpStream::connect(target).await else { return };
                tokio::select! {
                    _ = copy_bidirectional(&mut from, &mut to) => {}
                    _ = open.wait_for(|open| !open) => {}
                }
            });
        }
    });
    (address, Arc::new(switch))
}

#[tokio::test]
async fn a_postgres_that_went_away_is_said_and_found_again() {
    let Some(url) = postgres() else { return };
    let (through, switch) = way(&url).await;
    let app = server(&through, Config::default()).await;
    let address = upload(&app).await;
    let id = told(&share(&app, address.trim_start_matches("/s/")).await, "id");
    switch.send(false).expect("cut");
    assert_eq!(get(&app, "/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    is_said(&post(&app, &[("a.yaml", CLUSTER)], "").await, "an upload");
    is_said(&get(&app, &address).await, "what was uploaded: nobody knows whether it is still there");
    is_said(&get(&app, &format!("/x/{id}")).await, "a share");
    what_needs_no_store_is_there(&app).await;
    switch.send(true).expect("whole again");
    assert_eq!(get(&app, "/readyz").await.status, StatusCode::OK);
    for (path, status) in [(address, StatusCode::OK), (format!("/x/{id}"), StatusCode::SEE_OTHER)] {
        assert_eq!(get(&app, &path).await.status, status, "no link is lost");
    }
}
