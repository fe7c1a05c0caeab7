//! Links that carry their scenario: shown from memory, and nothing is stored.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use kubehop_tests::service::{Got, get, get_with, post, send, service};
use server::app::app;
use server::config::Config;
use server::fragment::{self, Link, Packed};
use server::store::{File, Store};
use std::io::Write;
use std::path::{Path, PathBuf};

const SHOP: &str = "
{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: Pl4nted}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: c, image: nginx, env: [{name: API_KEY, value: Pl4nted}]}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: c, image: sh}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
";
const QUESTION: &str = "from=pod/default/client&to=web:80";

fn link(text: &str, below: &str) -> String {
    let files = vec![File { name: "a.yaml".to_owned(), text: text.to_owned() }];
    Link { packed: Packed { files, comments: false }, below: below.to_owned() }.write().expect("short enough")
}

async fn view(app: &Router, fragment: &str) -> Got {
    let request = Request::post("/view").header("content-type", "text/plain");
    send(app, request.body(Body::from(fragment.to_owned())).expect("request")).await
}

/// All bytes of the store's files.
fn stored(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).expect("folder").map(|entry| entry.expect("file").path());
    let mut files: Vec<_> = entries.map(|path| (path.clone(), std::fs::read(path).expect("readable"))).collect();
    files.sort();
    files
}

#[tokio::test]
async fn all_pages_of_a_scenario_are_shown_and_nothing_is_stored() {
    let folder = std::env::temp_dir().join(format!("kubehop-view-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("folder");
    let url = format!("sqlite://{}", folder.join("test.db").display());
    let app = app(Store::open(&url).await.expect("store"), &Config::default().for_one_client());
    let before = stored(&folder);
    for (below, shows) in [
        (String::new(), "data-probe"),
        (format!("?{QUESTION}"), "data-probe"),
        (format!("/trace?{QUESTION}"), "data-result=\"ok\""),
        (format!("/trace?{QUESTION}&step=3#hops"), "3 / "),
        (format!("/trace?{QUESTION}&at=connect/node-a/PREROUTING"), "data-outcome"),
        (format!("/trace?{QUESTION}&cni=flannel&level=all"), "cni=flannel"),
        (format!("/trace.json?{QUESTION}"), "kubehop.trace/1"),
        (format!("/trace.svg?{QUESTION}"), "<svg"),
        (format!("/trace.md?{QUESTION}"), "pod/default/client"),
        ("/rules?netns=node-a".to_owned(), "KUBE-SERVICES"),
        ("/state?netns=node-a&what=addr".to_owned(), "eth0"),
        ("/source?file=a.yaml&line=2".to_owned(), "kind: Secret"),
        ("/service?ns=default&name=web".to_owned(), "KUBE-SVC"),
    ] {
        let got = view(&app, &link(SHOP, &below)).await;
        assert_eq!(got.status, StatusCode::OK, "{below}: {}", got.body);
        assert!(got.body.contains(shows), "{below}: {}", got.body);
        assert!(!got.body.contains("Pl4nted"), "{below}: redacted before it is shown");
        assert_eq!(got.header("cache-control"), "no-store");
        assert!(got.header("x-robots-tag").contains("noindex"));
    }
    let lab = view(&app, &link(SHOP, &format!("/lab.tar.gz?{QUESTION}"))).await;
    assert_eq!(lab.status, StatusCode::OK);
    // The page goes on with a link that no longer has what was overwritten.
    let page = view(&app, &link(SHOP, &format!("/trace?{QUESTION}"))).await.body;
    let carried = page.split("data-carried=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a link");
    let Packed { files, .. } = Link::read(carried).expect("a link").packed;
    assert!(!files[0].text.contains("Pl4nted") && files[0].text.len() == SHOP.len(), "lines and columns stay");
    assert!(page.contains("data-about") && page.contains("nobody can revoke"), "it says so");
    assert!(!page.contains("data-share"), "what is not stored is not shared by a form");
    assert!(stored(&folder) == before, "the store is what it was");
    let _ = std::fs::remove_dir_all(&folder);
}

/// All have the same address below `/s/`: what was answered to one is never answered to another.
#[tokio::test]
async fn one_link_never_shows_another() {
    let app = service().await;
    let other =
        SHOP.replace("app: web}, ports", "app: nobody}, ports").replace("name: client", "name: client, labels: {x: y}");
    for _ in 0..3 {
        for (text, result) in [(SHOP, "data-result=\"ok\""), (&other, "data-result=\"refused\"")] {
            let got = view(&app, &link(text, &format!("/trace?{QUESTION}"))).await;
            assert!(got.body.contains(result), "{result}: {}", got.body);
        }
    }
}

#[tokio::test]
async fn links_that_cannot_be_opened_say_why() {
    let app = service().await;
    let good = link(SHOP, "");
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![b' '; 20 << 20]).expect("memory");
    let bomb = format!("v1.{}", data_encoding::BASE64URL_NOPAD.encode(&encoder.finish().expect("memory")));
    for (fragment, status, says) in [
        (String::new(), StatusCode::BAD_REQUEST, "a version"),
        (good.replacen("v1", "v9", 1), StatusCode::BAD_REQUEST, "a version"),
        (good[..good.len() / 2].to_owned(), StatusCode::BAD_REQUEST, "missing or was changed"),
        ("v1.\u{fffd}".to_owned(), StatusCode::BAD_REQUEST, "missing or was changed"),
        (format!("{good}/trace?{}", "x".repeat(fragment::MOST)), StatusCode::PAYLOAD_TOO_LARGE, "32 KiB"),
        ("v1.".to_owned() + &"A".repeat(2 << 20), StatusCode::PAYLOAD_TOO_LARGE, "32 KiB"),
        (bomb, StatusCode::PAYLOAD_TOO_LARGE, "1024 KiB"),
        (link("- just: a list", ""), StatusCode::UNPROCESSABLE_ENTITY, "a.yaml"),
        (format!("{good}/nothing"), StatusCode::NOT_FOUND, "404"),
        (format!("{good}/fix?{QUESTION}&fix=0"), StatusCode::NOT_FOUND, "404"),
        (format!("{good}/trace?from=pod/default/nobody&to=web:80"), StatusCode::UNPROCESSABLE_ENTITY, "nobody"),
        (format!("{good}/../../x"), StatusCode::NOT_FOUND, "404"),
    ] {
        let got = view(&app, &fragment).await;
        assert_eq!(got.status, status, "{fragment:.60}");
        assert!(got.body.contains(says), "{fragment:.60} says {says}: {}", got.body);
    }
    // Another site cannot make a browser show something here.
    let foreign =
        Request::post("/view").header("origin", "https://evil.example").header("sec-fetch-site", "cross-site");
    let got = send(&app, foreign.body(Body::from(good)).expect("request")).await;
    assert_eq!(got.status, StatusCode::FORBIDDEN);
    // What is shown by a link has no address of its own.
    assert_eq!(get(&app, "/s/view").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_page_says_what_it_needs() {
    let app = service().await;
    for (language, says) in [("en", "needs JavaScript"), ("ko", "JavaScript가 필요")] {
        let got = get_with(&app, "/view", &[("accept-language", language)]).await;
        assert_eq!(got.status, StatusCode::OK);
        assert!(got.body.contains("<noscript>") && got.body.contains(says), "{}", got.body);
        assert!(got.header("content-security-policy").contains("script-src 'self';"));
        assert_eq!(got.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_share_may_be_a_link_that_carries_it() {
    let app = service().await;
    let address = post(&app, &[("a.yaml", SHOP)], "").await.header("location").to_owned();
    let form = |query: &str| {
        let body = format!("how=carry&lifetime=30d&query={}", web::url::encode(query));
        let request =
            Request::post(format!("{address}/share")).header("content-type", "application/x-www-form-urlencoded");
        request.body(Body::from(body)).expect("request")
    };
    let got = send(&app, form(&format!("{QUESTION}&step=4&level=hops&lang=ko&cni=flannel"))).await;
    assert_eq!(got.status, StatusCode::OK);
    assert!(
        got.body.contains("data-irrevocable") && got.header("set-cookie").is_empty(),
        "no key: there is nothing to change"
    );
    let path = got.body.split("href=\"/view#").nth(1).and_then(|rest| rest.split('"').next()).expect("a link");
    let path = path.replace("&amp;", "&").replace("&#38;", "&");
    let Link { packed, below } = Link::read(&path).expect("a link");
    assert!(!packed.files[0].text.contains("Pl4nted"), "redacted");
    assert!(below.starts_with("/trace?from=") && below.contains("&at=") && below.contains("level=hops"), "{below}");
    assert!(below.contains("cni=flannel") && !below.contains("lang=") && !below.contains("step="), "{below}");
    let shown = view(&app, &path).await;
    assert!(
        shown.status.is_success() && shown.body.contains("data-step=\"4\" data-level=\"hops\""),
        "at the step that was shared"
    );
    // What does not fit is said, with the way on.
    let noise: String = (0..4_000_u32).map(|n| format!("  k{n}: '{:x}'\n", n.wrapping_mul(2_654_435_761))).collect();
    let large = format!(
        "{SHOP}---\napiVersion: v1\nkind: Pod\nmetadata:\n name: x\n annotations:\n{noise}spec: {{containers: [{{name: c, image: i}}]}}\n"
    );
    let address = post(&app, &[("a.yaml", &large)], "").await.header("location").to_owned();
    let request = Request::post(format!("{address}/share")).header("content-type", "application/x-www-form-urlencoded");
    let got = send(&app, request.body(Body::from("how=carry&query=")).expect("request")).await;
    assert_eq!(got.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(got.body.contains("the limit is 32 KiB") && got.body.contains("stored link"), "{}", got.body);
}

/// Every link of this kind that was ever written opens; lines are added, never changed.
#[tokio::test]
async fn old_links_live() {
    let app = service().await;
    let text = kubehop_tests::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/links/carried.tsv"));
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let mut count = 0;
    for (fragment, expected) in lines.filter_map(|line| line.split_once('\t')) {
        let got = view(&app, fragment).await;
        assert_eq!(got.status, StatusCode::OK, "{fragment}: {}", got.body);
        assert!(got.body.contains(expected), "{fragment}: no {expected}");
        count += 1;
    }
    assert!(count >= 3, "{count} links");
}
