//! What is private stays so; what is shared can be opened, changed and deleted, on every server of the same store.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use kubehop_tests::service::{Got, get, get_with, post, send, service};
use server::app::app;
use server::config::{Bytes, Config};
use server::store::{File, Room, Shared, Store, Stored};
use std::path::PathBuf;

/// A cluster with something planted in every spot that is nobody's business.
const PLANTED: &str = "
{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: Pl4nted}, data: {a: UGw0bnRlZA==}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: app}, data: {app.ini: 'x = Pl4nted'}}
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  labels: {app: web}
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{\"x\": \"Pl4nted\"}'
    my/token: Pl4nted
  managedFields: [{manager: Pl4nted}]
spec:
  containers:
  - name: web
    image: nginx
    args: [--password=Pl4nted]
    env: [{name: API_KEY, value: Pl4nted}, {name: URL, value: 'postgres://u:Pl4nted@db/x'}]
    ports: [{containerPort: 80}]
---
{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: sh, image: sh}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Secret, metadata: {name: wrong}, stringData: [Pl4nted]}
";
const QUESTION: &str = "from=pod/default/client&to=web:80";

fn is_clean(text: &str) -> bool {
    !text.contains("Pl4nt") && !text.contains("UGw0bnRlZA")
}

async fn form(app: &Router, path: &str, body: &str, headers: &[(&str, &str)]) -> Got {
    let mut request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(app, request.body(Body::from(body.to_owned())).expect("request")).await
}

async fn program(app: &Router, path: &str, body: serde_json::Value) -> (StatusCode, serde_json::Value) {
    let request = Request::post(path).header("content-type", "application/json").body(Body::from(body.to_string()));
    let got = send(app, request.expect("request")).await;
    (got.status, serde_json::from_str(&got.body).unwrap_or_default())
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("kubehop-share-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("folder");
        Self(path)
    }

    async fn server(&self) -> Router {
        let url = format!("sqlite://{}", self.0.join("test.db").display());
        app(Store::open(&url).await.expect("store"), &Config::default().for_one_client())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn upload(app: &Router, text: &str) -> String {
    let got = post(app, &[("a.yaml", text)], "").await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    got.header("location").to_owned()
}

#[tokio::test]
async fn nothing_that_was_planted_is_stored_or_shown() {
    let folder = Folder::new("planted");
    let app = folder.server().await;
    let address = upload(&app, PLANTED).await;
    let page = get(&app, &address).await;
    assert!(
        page.body.contains("data-about") && page.body.contains("places that look like secrets"),
        "the page says so"
    );
    let trace = format!("trace?{QUESTION}");
    let svg = format!("trace.svg?{QUESTION}");
    let json = format!("trace.json?{QUESTION}");
    let mut pages = vec![String::new(), format!("/{trace}"), format!("/{svg}"), format!("/{json}")];
    pages.extend((1..40).map(|line| format!("/source?file=a.yaml&line={line}")));
    for below in pages {
        let got = get(&app, &format!("{address}{below}")).await;
        assert!(is_clean(&got.body), "{below}");
    }
    let lab = get(&app, &format!("{address}/lab.tar.gz?{QUESTION}")).await;
    assert_eq!(lab.status, StatusCode::OK);
    for entry in std::fs::read_dir(&folder.0).expect("folder") {
        let bytes = std::fs::read(entry.expect("file").path()).expect("readable");
        assert!(is_clean(&String::from_utf8_lossy(&bytes)), "in the database");
    }
    // What cannot be used is shown again, without it.
    for broken in
        ["kind: Secret\nstringData:\n  a: [Pl4nted\n", "kind: Secret\nstringData: {a: Pl4nted}\n", "PASSWORD=Pl4nted\n"]
    {
        let got = post(&app, &[], broken).await;
        assert!(is_clean(&got.body), "{broken}: {}", got.body);
    }
}

#[tokio::test]
async fn what_is_uploaded_is_not_kept_or_listed_by_anybody() {
    let app = service().await;
    let (first, second) = (upload(&app, PLANTED).await, upload(&app, PLANTED).await);
    assert_ne!(first, second, "nobody learns that it was there");
    assert!(first.len() >= "/s/".len() + 26, "{first}");
    for path in [first.clone(), format!("{first}/trace?{QUESTION}"), format!("{first}/trace.json?{QUESTION}")] {
        let got = get(&app, &path).await;
        assert_eq!(
            (got.header("cache-control"), got.header("x-robots-tag")),
            ("no-store", "noindex, nofollow"),
            "{path}"
        );
    }
    assert_ne!(get(&app, "/s/first-service").await.header("x-robots-tag"), "noindex, nofollow");
}

/// Whether robots.txt lets a path be fetched, as RFC 9309 says: the longest pattern counts, of two the one that allows.
fn may_fetch(robots: &str, path: &str) -> bool {
    fn fits(pattern: &str, path: &str) -> bool {
        match pattern.split_once('*') {
            None => pattern.strip_suffix('$').map_or_else(|| path.starts_with(pattern), |whole| path == whole),
            Some((head, rest)) => path.strip_prefix(head).is_some_and(|path| {
                (0..=path.len()).filter(|at| path.is_char_boundary(*at)).any(|at| fits(rest, &path[at..]))
            }),
        }
    }
    let rules = robots.lines().filter_map(|line| line.split_once(": ")).filter(|(verb, _)| verb.ends_with("llow"));
    let found =
        rules.filter(|(_, pattern)| fits(pattern, path)).map(|(verb, pattern)| (pattern.len(), verb == "Allow"));
    found.max().is_none_or(|(_, allowed)| allowed)
}

#[tokio::test]
async fn links_may_be_fetched_for_previews_and_are_not_listed() {
    let app = service().await;
    let address = upload(&app, PLANTED).await;
    let robots = get(&app, "/robots.txt").await.body;
    for query in [QUESTION, ""] {
        let order = serde_json::json!({ "scenario": address.trim_start_matches("/s/"), "query": query });
        let (_, made) = program(&app, "/api/v1/shares", order).await;
        let id = made["id"].as_str().expect("id");
        let target = get(&app, &format!("/x/{id}")).await.header("location").to_owned();
        // All that a preview is made of, each with a word that it is not to be listed.
        for path in [format!("/x/{id}"), format!("/x/{id}.png"), target.clone()] {
            assert!(may_fetch(&robots, &path), "{path}");
            assert_eq!(get(&app, &path).await.header("x-robots-tag"), "noindex, nofollow", "{path}");
        }
        for path in [format!("/x/{id}/share"), format!("/s/{id}/rules"), format!("/s/{id}/trace.json?{QUESTION}")] {
            assert!(!may_fetch(&robots, &path), "{path}");
        }
    }
    for path in ["/", "/help/rejected", "/s/first-service", "/s/first-service/rules"] {
        assert!(may_fetch(&robots, path), "{path}");
    }
    for path in ["/api/v1/shares", "/embed/x/a", "/view", "/s/a/lab.tar.gz"] {
        assert!(!may_fetch(&robots, path), "{path}");
    }
}

#[tokio::test]
async fn a_share_is_made_opened_changed_and_deleted() {
    let folder = Folder::new("two");
    let (app, other) = (folder.server().await, folder.server().await);
    let address = upload(&app, PLANTED).await;
    let page = get(&app, &format!("{address}/trace?{QUESTION}&step=7")).await;
    assert!(page.body.contains(&format!("action=\"{address}/share\"")), "there is a form without JavaScript");
    let got = form(
        &app,
        &format!("{address}/share"),
        "query=from%3Dpod%2Fdefault%2Fclient%26to%3Dweb%3A80%26step%3D7%26lang%3Dko&lifetime=1d",
        &[],
    )
    .await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    let cookie = got.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/x/"), "{cookie}");
    let manage = got.header("location").to_owned();
    let share = manage.strip_suffix("/share").expect("its page").to_owned();
    let pair = cookie.split(';').next().expect("a cookie").to_owned();

    let opened = get(&other, &share).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER);
    let target = opened.header("location").to_owned();
    assert!(target.contains("at=") && !target.contains("step=") && !target.contains("lang="), "{target}");
    let shown = get(&other, &target).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.body.contains("data-step=\"7\""), "the same step");
    assert!(shown.body.contains("og:title") && shown.body.contains("json+oembed"));

    // Another site finds the frame and shows it; nothing else may be framed.
    let found = get(&other, &format!("/oembed?url={share}&maxwidth=400")).await;
    let found: serde_json::Value = serde_json::from_str(&found.body).expect("JSON");
    assert_eq!((found["type"].as_str(), found["width"].as_u64()), (Some("rich"), Some(400)));
    assert!(found["html"].as_str().is_some_and(|html| html.contains(&format!("/embed{share}"))), "{found}");
    let frame = get(&other, &format!("/embed{share}")).await;
    assert!(frame.header("content-security-policy").contains("frame-ancestors *"));
    assert!(frame.body.contains("step=7") && frame.body.contains("rel=\"next\"") && !frame.body.contains("<script"));
    assert!(shown.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(get(&other, "/oembed?url=/x/nobody").await.status, StatusCode::NOT_FOUND);

    // Who has the key is offered to change it.
    assert!(!get(&other, &manage).await.body.contains("value=\"delete\""));
    assert!(get_with(&other, &manage, &[("cookie", &pair)]).await.body.contains("value=\"delete\""));
    assert_eq!(form(&other, &manage, "do=delete", &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        form(&other, &manage, "do=lifetime&lifetime=1y", &[("cookie", &pair)]).await.status,
        StatusCode::SEE_OTHER
    );
    let rekeyed = form(&other, &manage, "do=key", &[("cookie", &pair)]).await;
    let fresh = rekeyed.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    assert_ne!(fresh, pair);
    assert_eq!(
        form(&app, &manage, "do=delete", &[("cookie", &pair)]).await.status,
        StatusCode::FORBIDDEN,
        "the old key"
    );
    assert_eq!(form(&app, &manage, "do=delete", &[("cookie", &fresh)]).await.status, StatusCode::SEE_OTHER);
    // At once, and on the other server, which has its model and its pages.
    let embed = format!("/embed{share}");
    for path in [share, embed, target.clone(), target.replace("/trace?", "/trace.json?"), manage] {
        for server in [&app, &other] {
            assert_eq!(get(server, &path).await.status, StatusCode::GONE, "{path}");
        }
    }
    assert_eq!(get(&app, &address).await.status, StatusCode::OK, "the upload is another matter");
}

#[tokio::test]
async fn programs_share_too() {
    let app = service().await;
    let address = upload(&app, PLANTED).await;
    let id = address.strip_prefix("/s/").expect("an id");
    let wanted = serde_json::json!({ "scenario": id, "query": QUESTION, "lifetime": "30d" });
    let (status, made) = program(&app, "/api/v1/shares", wanted).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let text = |name: &str| made[name].as_str().expect("text").to_owned();
    let (share, key) = (text("id"), text("key"));
    assert!(text("url").ends_with(&format!("/x/{share}")) && text("expires").ends_with('Z'));
    let change = format!("/api/v1/shares/{share}");
    let order = |key: &str| serde_json::json!({ "key": key, "lifetime": "forever" });
    assert_eq!(program(&app, &change, order("wrong")).await.0, StatusCode::FORBIDDEN);
    assert_eq!(program(&app, &change, order(&key)).await.0, StatusCode::OK);
    let (status, problem) = program(&app, &change, serde_json::json!({ "key": key, "lifetime": "2d" })).await;
    assert_eq!((status, problem["status"].as_u64()), (StatusCode::BAD_REQUEST, Some(400)));
    assert_eq!(get(&app, &format!("/x/{share}")).await.status, StatusCode::SEE_OTHER);
    let delete = format!("{change}/delete");
    assert_eq!(program(&app, &delete, serde_json::json!({ "key": "wrong" })).await.0, StatusCode::FORBIDDEN);
    assert_eq!(get(&app, &delete).await.status, StatusCode::METHOD_NOT_ALLOWED, "only by POST");
    assert_eq!(program(&app, &delete, serde_json::json!({ "key": key })).await.0, StatusCode::NO_CONTENT);
    assert_eq!(program(&app, &delete, serde_json::json!({ "key": key })).await.0, StatusCode::GONE);
    assert_eq!(get(&app, &format!("/x/{share}")).await.status, StatusCode::GONE);
    // What comes with the program is shared as well.
    let ready = serde_json::json!({ "scenario": "first-service", "query": QUESTION });
    assert_eq!(program(&app, "/api/v1/shares", ready).await.0, StatusCode::CREATED);
    let nobody = serde_json::json!({ "scenario": "nobody", "query": "" });
    assert_eq!(program(&app, "/api/v1/shares", nobody).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_store_that_fails_is_said_and_the_rest_works() {
    let folder = Folder::new("fails");
    let app = folder.server().await;
    let address = upload(&app, PLANTED).await;
    assert_eq!(get(&app, "/readyz").await.status, StatusCode::OK);
    std::fs::remove_file(folder.0.join("test.db")).expect("the file");
    let ready = get(&app, "/readyz").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    let got = post(&app, &[("a.yaml", PLANTED)], "").await;
    assert_eq!(got.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!got.header("retry-after").is_empty() && got.body.contains("The store does not answer"));
    for path in [
        "/",
        "/help/rejected",
        "/s/first-service",
        "/s/first-service/trace?from=pod/default/client&to=web:80",
        "/healthz",
    ] {
        assert_eq!(get(&app, path).await.status, StatusCode::OK, "{path}");
    }
    let _ = address;
}

#[tokio::test]
async fn there_is_an_end_to_what_is_stored() {
    let config = Config { client_quota: Bytes(2_500), ..Config::default() }.for_one_client();
    let app = app(Store::open("sqlite::memory:").await.expect("store"), &config);
    upload(&app, PLANTED).await;
    let got = post(&app, &[("a.yaml", PLANTED)], "").await;
    assert_eq!(got.status, StatusCode::INSUFFICIENT_STORAGE);
    assert!(got.body.contains("You have stored as much as you may"), "{}", got.body);
}

/// Addresses of a fixture, each with what its page has to hold.
fn links(name: &str) -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/links");
    let text = kubehop_tests::read(&folder.join(name));
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let pairs = lines.map(|line| line.split_once('\t').expect("an address and what is there"));
    pairs.map(|(address, expected)| (address.to_owned(), expected.to_owned())).collect()
}

/// Every form of an address that was ever written down somewhere, with what its page has to hold. Lines are added, never changed.
#[tokio::test]
async fn links_live() {
    let app = service().await;
    let ready = links("ready.tsv");
    for (address, expected) in &ready {
        let got = get(&app, address).await;
        assert_eq!(got.status, StatusCode::OK, "{address}");
        assert!(got.body.contains(expected), "{address}: no {expected}");
    }
    assert!(ready.len() >= 12, "{} links", ready.len());
}

/// The same of uploads and shares, whose ids are made here.
#[tokio::test]
async fn links_to_uploads_and_shares_live() {
    let app = service().await;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/links");
    let address = upload(&app, &kubehop_tests::read(&folder.join("shop.yaml"))).await;
    let id = address.trim_start_matches("/s/");
    let shared = |query: &str| serde_json::json!({ "scenario": id, "query": query, "lifetime": "1d" });
    let (_, whole) = program(&app, "/api/v1/shares", shared("")).await;
    let (_, trace) = program(&app, "/api/v1/shares", shared(&format!("{QUESTION}&step=5"))).await;
    let (whole, trace) = (whole["id"].as_str().expect("id"), trace["id"].as_str().expect("id"));
    let lines = links("stored.tsv");
    for (address, expected) in &lines {
        let address = address.replace("{upload}", id).replace("{share}", whole).replace("{trace}", trace);
        let mut got = get(&app, &address).await;
        if got.status == StatusCode::SEE_OTHER {
            got = get(&app, got.header("location")).await;
        }
        assert_eq!(got.status, StatusCode::OK, "{address}: {}", got.body);
        assert!(got.body.contains(expected), "{address}: no {expected}");
    }
    assert!(lines.len() >= 10, "{} links", lines.len());
}

#[tokio::test]
async fn markup_for_other_sites_has_a_whole_address_or_is_not_there() {
    for (public_url, wanted) in [(None, None), (Some("https://hop.example"), Some("https://hop.example/embed/x/"))] {
        let config = Config { public_url: public_url.map(str::to_owned), ..Config::default().for_one_client() };
        let app = app(Store::open("sqlite::memory:").await.expect("store"), &config);
        let wish = format!("{{\"scenario\": \"first-service\", \"query\": \"{QUESTION}\", \"lifetime\": \"1d\"}}");
        let request = Request::post("/api/v1/shares").header("content-type", "application/json");
        let got = send(&app, request.body(Body::from(wish)).expect("request")).await;
        assert_eq!(got.status, StatusCode::CREATED, "{}", got.body);
        let told: serde_json::Value = serde_json::from_str(&got.body).expect("JSON");
        let page = get(&app, &format!("/x/{}/share", told["id"].as_str().expect("id"))).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.body.contains("iframe"), wanted.is_some(), "{public_url:?}");
        assert!(wanted.is_none_or(|address| page.body.contains(address)), "{public_url:?}: {}", page.body);
    }
}

/// Three objects, of which the one in the middle is nobody's business, and the place of the others' words.
fn between() -> Vec<(&'static str, String)> {
    let pod = |name: &str| {
        let ports = r#""ports": [{"containerPort": 80}, {"containerPort": 80}]"#;
        let spec = format!(r#"{{"containers": [{{"name": "c", "image": "nginx", {ports}}}]}}"#);
        format!(r#"{{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": "{name}"}}, "spec": {spec}}}"#)
    };
    let middle =
        r#"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "app", "labels": {"x": "N3ighbour"}}}"#;
    let all = [pod("web"), middle.to_owned(), pod("client")];
    let list = |items: &str| format!("apiVersion: v1\nkind: List\nitems:{items}");
    let pretty: Vec<String> =
        all.iter().map(|one| format!("    {{\n      {}\n    }}", &one[1..one.len() - 1])).collect();
    let json =
        format!("{{\n  \"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\n{}\n  ]\n}}\n", pretty.join(",\n"));
    vec![
        ("documents", all.join("\n---\n")),
        ("items", list(&format!("\n- {}\n", all.join("\n- ")))),
        ("items of a flow", list(&format!(" [{}]\n", all.join(",\n")))),
        ("JSON", json.clone()),
        ("JSON in one line", json.replace('\n', "")),
    ]
}

#[tokio::test]
async fn nothing_of_a_neighbour_is_shown() {
    let folder = Folder::new("between");
    let app = folder.server().await;
    for (name, text) in between() {
        let address = upload(&app, &text).await;
        let question = "from=pod/default/client&to=pod/default/web:81";
        let mut pages = vec![String::new()];
        pages.extend(["", ".json", ".svg", ".md"].map(|suffix| format!("/trace{suffix}?{question}")));
        for below in &pages {
            let got = get(&app, &format!("{address}{below}")).await;
            assert!(got.status.is_success(), "{name} {below}: {}", got.status);
            assert!(!got.body.contains("N3ighbour"), "{name}, {below}: {}", got.body);
        }
        // Every link to a line leads to the object that it is about.
        let page = get(&app, &format!("{address}/trace?{question}")).await.body;
        let links: Vec<&str> = page.split("href=\"").filter_map(|rest| rest.split('"').next()).collect();
        let sources = links.iter().filter(|link| link.contains("/source?"));
        let mut count = 0;
        for link in sources {
            let link = link.replace("&amp;", "&").replace("&#38;", "&");
            let got = get(&app, link.split('#').next().expect("path")).await;
            assert_eq!(got.status, StatusCode::OK, "{link}");
            assert!(!got.body.contains("N3ighbour"), "{name}, {link}");
            count += 1;
        }
        assert!(count > 0, "{name} has lines to show");
    }
}

#[tokio::test]
async fn a_result_that_has_changed_since_is_said_in_words() {
    let store = Store::open("sqlite::memory:").await.expect("store");
    let text = "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: c, image: nginx}]}}\n---\n\
                {apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: c, image: sh}]}}\n";
    let file = File { name: "a.yaml".to_owned(), text: text.to_owned() };
    let stored = Stored::of("a.yaml", &[file], 0).expect("stored");
    let shared = Shared {
        stored: &stored,
        owner: "test",
        parent: "",
        query: "from=pod/default/client&to=pod/default/web:80",
        result: "refused no-listener -",
        expires: None,
        room: Room { total: 1 << 30, client: 1 << 30 },
    };
    let (id, _) = store.share(shared).await.expect("shared");
    let app = app(store, &Config::default().for_one_client());
    let address = get(&app, &format!("/x/{id}")).await.header("location").to_owned();
    for (lang, then, now) in [
        ("en", "refused: Nothing listens on the port", "connected: Delivered, default/web answered"),
        ("ko", "거부됨: ", "연결됨: "),
    ] {
        let page = get(&app, &format!("{address}&lang={lang}")).await.body.replace(['\u{2068}', '\u{2069}'], "");
        let about = page.split("data-about").nth(1).and_then(|rest| rest.split("</aside>").next()).expect("notes");
        assert!(about.contains(then) && about.contains(now), "{about}");
        assert!(!about.contains("no-listener"), "no codes: {about}");
    }
}
