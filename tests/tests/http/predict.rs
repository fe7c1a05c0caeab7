//! Prediction on any trace, lessons that are made of one, brought along and opened again; challenges, and steps in frames.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use flate2::read::GzDecoder;
use kubehop_tests::service::{Got, get, send, service};
use std::collections::BTreeMap;
use std::io::Read;
use tower::ServiceExt;
use web::url;

const TRACE: &str = "from=pod/default/client&to=web:80&choose=endpoint%3D10.244.1.2:8080";

/// Sends a task's form.
async fn tried(app: &Router, path: &str, body: String) -> Got {
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    send(app, request.body(Body::from(body)).expect("request")).await
}

fn right(page: &str) -> Option<usize> {
    page.split("<label class=\"choice").skip(1).position(|choice| choice.starts_with(" right"))
}

fn link<'p>(page: &'p str, mark: &str) -> Option<&'p str> {
    page.split(mark).nth(1)?.split("href=\"").nth(1)?.split('"').next()
}

#[tokio::test]
async fn what_comes_next_is_asked_and_the_score_has_an_address() {
    let app = service().await;
    let base = format!("/s/first-service/predict?{TRACE}");
    let (mut answers, mut first) = (String::new(), None);
    let total: usize = loop {
        let path = format!("{base}&answers={answers}");
        let page = get(&app, &path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        if page.body.contains("data-score=") {
            break answers.len();
        }
        assert!(page.body.contains(" class=\"scene") && right(&page.body).is_none(), "{path}: nothing is told before");
        let told = get(&app, &format!("{path}&answer=0&sure=3")).await.body;
        let answer = right(&told).expect("one is right");
        first.get_or_insert(answer);
        let onward = told.split("data-next href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a way on");
        assert!(onward.replace("&#38;", "&").ends_with(&format!("answers={answers}0")), "{onward}");
        assert_eq!(told.contains("class=\"choice-why\""), answer != 0);
        answers.push_str(&answer.to_string());
        assert!(answers.len() < 10, "{answers}");
    };
    assert!(total >= 4, "{total} questions");
    for lang in ["en", "ko"] {
        let all = get(&app, &format!("{base}&answers={answers}&lang={lang}")).await.body;
        assert!(all.contains(&format!("data-score=\"{total}\"")) && !all.contains("predict-missed\""), "{lang}");
        // The first was not answered, the last wrongly.
        let last = if answers.ends_with('0') { "1" } else { "0" };
        let some = format!("-{}{last}", &answers[1..total - 1]);
        let missed = get(&app, &format!("{base}&answers={some}&lang={lang}")).await.body;
        assert!(missed.contains(&format!("data-score=\"{}\"", total - 2)), "{lang}");
        assert_eq!(missed.matches("<li value=").count(), 2, "{lang}");
    }
    for (path, status) in [
        (format!("{base}&answer=x"), StatusCode::BAD_REQUEST),
        (format!("{base}&answer=99"), StatusCode::OK),
        (format!("{base}&answers=99999999999999"), StatusCode::OK),
        (format!("{base}&answers=%3Cscript%3E"), StatusCode::OK),
        ("/s/nosuch/predict?from=a&to=b".to_owned(), StatusCode::NOT_FOUND),
        ("/s/first-service/predict?from=pod/default/nosuch&to=web:80".to_owned(), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let page = get(&app, &path).await;
        assert_eq!(page.status, status, "{path}");
        assert!(!page.body.contains("<script>"), "{path}");
    }
    // Where nothing is decided that could be asked, the page says so.
    let trace = get(&app, &format!("/s/first-service/trace?{TRACE}")).await.body;
    assert!(trace.contains("/s/first-service/predict?") && trace.contains("/s/first-service/lesson.tar.gz?"));
}

async fn bytes(app: &Router, path: &str) -> Vec<u8> {
    let request = Request::get(path).body(Body::empty()).expect("request");
    let answer = app.clone().oneshot(request).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    to_bytes(answer.into_body(), 10 << 20).await.expect("bytes").to_vec()
}

fn unpacked(archive: &[u8]) -> BTreeMap<String, String> {
    let mut tar = tar::Archive::new(GzDecoder::new(archive));
    let mut files = BTreeMap::new();
    for entry in tar.entries().expect("entries") {
        let mut entry = entry.expect("an entry");
        let name = entry.path().expect("a path").display().to_string();
        let mut text = String::new();
        entry.read_to_string(&mut text).expect("text");
        files.insert(name, text);
    }
    files
}

async fn brought(app: &Router, parts: &[(&str, &str, &[u8])]) -> Got {
    let mut body = Vec::new();
    for (field, name, content) in parts {
        let file = if name.is_empty() { String::new() } else { format!("; filename=\"{name}\"") };
        body.extend(format!("--b\r\ncontent-disposition: form-data; name=\"{field}\"{file}\r\n\r\n").into_bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    let request = Request::post("/lessons").header("content-type", "multipart/form-data; boundary=b");
    send(app, request.body(Body::from(body)).expect("request")).await
}

#[tokio::test]
async fn a_trace_is_taken_along_as_a_lesson_and_opened_again() {
    let app = service().await;
    let archive = bytes(&app, &format!("/s/first-service/lesson.tar.gz?{TRACE}")).await;
    let files = unpacked(&archive);
    assert!(
        ["lesson.yaml", "en.ftl", "ko.ftl", "first-service.yaml"]
            .iter()
            .all(|name| files.contains_key(&format!("kubehop-lesson/{name}"))),
        "{:?}",
        files.keys()
    );
    let opened = brought(&app, &[("files", "kubehop-lesson.tar.gz", &archive)]).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.body);
    let path = opened.header("location").to_owned();
    assert!(path.starts_with("/s/") && path.ends_with("/lesson"), "{path}");
    let mut at = format!("{path}?lang=ko");
    let (mut asked, mut steps) = (0, 0);
    loop {
        let page = get(&app, &at).await;
        assert_eq!(page.status, StatusCode::OK, "{at}");
        steps += 1;
        asked += usize::from(page.body.contains("name=\"answer\""));
        assert!(page.body.contains(" class=\"scene"), "{at}");
        let next = link(&page.body, "data-next").expect("a way on").replace("&#38;", "&");
        assert!(next.starts_with(&path), "{next}");
        if next.ends_with("step=end") {
            assert_eq!(get(&app, &next).await.status, StatusCode::OK);
            break;
        }
        at = next;
    }
    assert!((5..=10).contains(&steps) && asked >= 3, "{steps} steps, {asked} questions");
    // Its manifests are a scenario.
    let id = path.split('/').nth(2).expect("an id");
    let scenario = get(&app, &format!("/s/{id}")).await.body;
    assert_eq!(link(&scenario, "data-of-lesson"), Some(path.as_str()), "the way back to the lesson");
    let scenario = get(&app, &format!("/s/{id}/trace?{TRACE}")).await;
    assert_eq!(scenario.status, StatusCode::OK);
    // The same by single files, and as a link.
    let own: Vec<(String, Vec<u8>)> = files
        .iter()
        .filter_map(|(name, text)| Some((name.strip_prefix("kubehop-lesson/")?.to_owned(), text.clone().into_bytes())))
        .filter(|(name, _)| !name.is_empty())
        .collect();
    let parts: Vec<(&str, &str, &[u8])> =
        own.iter().map(|(name, text)| ("files", name.as_str(), text.as_slice())).collect();
    assert_eq!(brought(&app, &parts).await.status, StatusCode::SEE_OTHER);
    let list = own.iter().map(|(name, text)| server::store::File {
        name: name.clone(),
        text: String::from_utf8(text.clone()).expect("text"),
    });
    let packed = server::fragment::Packed { files: list.collect(), comments: false };
    let link = server::fragment::Link { packed, below: String::new() }.write().expect("a link");
    assert_eq!(brought(&app, &[("link", "", link.as_bytes())]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_is_no_lesson_is_not_kept() {
    let app = service().await;
    let unclear = b"part: nowhere\nsteps: []\n";
    for (name, parts, told) in [
        ("nothing", vec![], "422"),
        ("no lesson", vec![("files", "a.yaml", b"kind: Pod".as_slice())], "There is no lesson in it"),
        ("unclear", vec![("files", "lesson.yaml", unclear.as_slice())], "unknown variant"),
        (
            "no texts",
            vec![("files", "lesson.yaml", b"part: faults\nsteps: []\n".as_slice())],
            "en.ftl: there is no such file",
        ),
        ("no link", vec![("link", "", b"v1.AAAA".as_slice())], ""),
    ] {
        let got = brought(&app, &parts).await;
        assert!(got.status.is_client_error(), "{name}: {}", got.status);
        assert!(told == "422" || got.body.contains(told), "{name}: {}", got.body);
    }
    let markup = b"part: faults\nsteps: [{id: '<script>alert(1)</script>', kind: x}]\n";
    let got = brought(&app, &[("files", "lesson.yaml", markup)]).await;
    assert!(got.status.is_client_error() && !got.body.contains("<script>alert"), "{}", got.body);
    let large = vec![b'#'; 5 << 20];
    assert_eq!(brought(&app, &[("files", "lesson.yaml", &large)]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    // An upload that is no lesson has none.
    let plain =
        kubehop_tests::service::post(&app, &[("a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n")], "")
            .await;
    let id = plain.header("location").to_owned();
    assert_eq!(get(&app, &format!("{id}/lesson")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(get(&app, "/s/nosuch/lesson").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_challenge_has_an_address_and_so_has_a_day() {
    let app = service().await;
    let day = get(&app, "/lessons/today?date=2026-11-30").await;
    assert_eq!(day.status, StatusCode::SEE_OTHER);
    let path = day.header("location").to_owned();
    assert!(path.ends_with("&seed=2026-11-30"), "{path}");
    let page = get(&app, &path).await;
    assert_eq!(page.status, StatusCode::OK, "{path}");
    assert!(page.body.contains("Challenge 2026-11-30") && page.body.contains("<textarea name=\"text\""), "{path}");
    let other = get(&app, "/lessons/today?date=2026-12-01").await.header("location").to_owned();
    assert_ne!(other, path);
    assert_eq!(get(&app, "/lessons/today").await.status, StatusCode::SEE_OTHER);
    for (path, status) in [
        ("/lessons/today?date=2026-13-01", StatusCode::BAD_REQUEST),
        ("/lessons/today?date=today", StatusCode::BAD_REQUEST),
        ("/lessons/wrong-selector?step=5&seed=%3Cb%3E", StatusCode::BAD_REQUEST),
        ("/lessons/", StatusCode::PERMANENT_REDIRECT),
        ("/glossary", StatusCode::OK),
    ] {
        assert_eq!(get(&app, path).await.status, status, "{path}");
    }
    // Each attempt that fails tells more: how it ends, why, and where the line is.
    let path = "/lessons/wrong-selector?step=5&seed=3";
    let start = get(&app, path).await.body;
    let text =
        start.split("autocomplete=\"off\" wrap=\"off\">\n").nth(1).and_then(|rest| rest.split("</textarea>").next());
    let text = text.expect("the file").replace("&#34;", "\"").replace("&#39;", "'").replace("&#38;", "&");
    for tries in 0..3 {
        let body = format!("text={}&tries={tries}", url::encode(&text));
        let page = tried(&app, path, body).await.body;
        let hints = page.split("<div class=\"lesson-hints\">").nth(1).and_then(|rest| rest.split("</div>").next());
        assert_eq!(hints.map(|hints| hints.matches("<li>").count()), Some(tries + 1), "{page}");
        assert_eq!(page.contains("Look at line"), tries == 2);
    }
    let list = get(&app, "/lessons?seed=class-a").await.body;
    assert!(list.matches("seed=class-a\"").count() >= 30 && list.contains("Challenges of seed class-a"));
}

#[tokio::test]
async fn a_step_may_be_framed_and_nothing_else() {
    let app = service().await;
    let framed = get(&app, "/embed/lessons/same-node?step=2").await;
    assert_eq!(framed.status, StatusCode::SEE_OTHER);
    let path = framed.header("location").to_owned();
    let page = get(&app, &path).await;
    assert!(page.header("content-security-policy").contains("frame-ancestors *"), "{path}");
    assert!(page.body.contains("name=\"embed\" value=\"1\"") && page.body.contains("embedded"), "{path}");
    let next = link(&page.body, "data-next").expect("a way on").replace("&#38;", "&");
    assert!(next.contains("embed=1"), "{next}");
    let plain = get(&app, "/lessons/same-node?step=2").await;
    assert!(plain.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert!(plain.body.contains("&#60;iframe src=&#34;/lessons/same-node?step=2&#38;embed=1&#34;"), "{}", plain.body);
    assert_eq!(get(&app, "/embed/lessons/nosuch").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_order_is_answered_place_by_place() {
    let app = service().await;
    let path = "/lessons/the-reply?step=5";
    let page = get(&app, path).await.body;
    let items = page.matches("<select name=\"order\"").count();
    assert_eq!(items, 5);
    // Every order is tried at its first places until all are right.
    let told = get(&app, &format!("{path}&order=1&order=1&order=1&order=1&order=x")).await.body;
    let places: Vec<&str> = told.split("<li class=\"choice ").skip(1).collect();
    assert_eq!(places.len(), items);
    assert_eq!(places.iter().filter(|place| place.starts_with("right")).count(), 1, "the first is at its place");
    assert_eq!(told.matches("<small>").count(), items - 1, "why the others stand elsewhere");
    let short = get(&app, &format!("{path}&order=1")).await.body;
    assert!(short.contains("<select name=\"order\""), "no answer at all");
}

#[tokio::test]
async fn a_form_that_names_one_change_very_often_makes_no_long_page() {
    let app = service().await;
    let task = web::lessons::Course::builtin().find("wrong-selector").and_then(|lesson| {
        lesson.steps.iter().find_map(|step| match &step.kind {
            web::lessons::Kind::Task(task) => Some(task.clone()),
            _ => None,
        })
    });
    let task = task.expect("a task");
    let name = &task.changes[0].0;
    let made = vec![name.as_str(); 100_000].join(",");
    let body = format!("text={}&made={}&change={name}", url::encode(&task.file.1), url::encode(&made));
    let got = tried(&app, "/lessons/wrong-selector?step=5", body).await;
    assert_eq!(got.status, StatusCode::OK);
    assert!(got.body.len() < 200_000, "{}", got.body.len());
}

#[tokio::test]
async fn the_page_of_a_scenario_offers_its_traces_as_lessons_and_leads_to_the_lesson_it_is_of() {
    let app = service().await;
    let page = get(&app, "/s/first-service").await.body;
    let offered =
        page.split("data-as-lesson").nth(1).and_then(|rest| rest.split("</details>").next()).expect("lessons");
    let files: Vec<String> = offered
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|href| href.replace("&#38;", "&").replace("&amp;", "&"))
        .collect();
    assert!(files.len() >= 2, "{offered}");
    for href in files {
        assert_eq!(get_status(&app, &href).await, StatusCode::OK, "{href}");
    }
    assert!(!page.contains("data-of-lesson"));
    let own = get(&app, "/s/lesson-same-node").await.body;
    assert_eq!(link(&own, "data-of-lesson"), Some("/lessons/same-node"));
}

/// A status alone: a file's bytes are no text.
async fn get_status(app: &Router, path: &str) -> StatusCode {
    let request = Request::get(path).body(Body::empty()).expect("request");
    app.clone().oneshot(request).await.expect("an answer").status()
}
