//! What if the input was another: the form, what it makes, and the old and the new way beside each other.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use kubehop_tests::service::{Got, get, post, send, service};

/// A Service whose selector misses the Pods; the client is made by no workload.
const SHOP: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: sh, image: busybox}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: wbe}
  ports: [{port: 80}]
";
const PROBE: &str = "from=pod/default/client&to=svc/default/web:80";

/// Posts the fields of a form with several parts.
async fn send_form(app: &Router, path: &str, fields: &[(&str, &str)]) -> Got {
    let boundary = "----kubehop-edit";
    let part = |(name, text): &(&str, &str)| {
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    };
    let body: String = fields.iter().map(part).collect::<String>() + &format!("--{boundary}--\r\n");
    let request = Request::post(path).header("content-type", format!("multipart/form-data; boundary={boundary}"));
    send(app, request.body(Body::from(body)).expect("request")).await
}

async fn upload(app: &Router, files: &[(&str, &str)]) -> String {
    let got = post(app, files, "").await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    got.header("location").to_owned()
}

/// Where a link of a page leads, by what stands in its element.
fn link(page: &str, mark: &str) -> String {
    let element = page.split("<a ").find(|rest| rest.split('>').next().is_some_and(|head| head.contains(mark)));
    let href = element.and_then(|rest| rest.split("href=\"").nth(1)).and_then(|rest| rest.split('"').next());
    href.unwrap_or_else(|| panic!("no link {mark}: {page}")).replace("&#38;", "&")
}

/// The text of a field, as a browser would read it.
fn field(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("<textarea name=\"{name}\"")).unwrap_or_else(|| panic!("{name}: {page}"));
    let text = rest.split_once(">\n").and_then(|(_, rest)| rest.split("</textarea>").next()).expect("a text");
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
        .into_iter()
        .fold(text.to_owned(), |text, (coded, plain)| text.replace(coded, plain))
}

#[tokio::test]
async fn a_change_has_an_address_and_both_ways_stand_beside_each_other() {
    let app = service().await;
    let at =
        upload(&app, &[("other.yaml", "{apiVersion: v1, kind: Namespace, metadata: {name: x}}"), ("shop.yaml", SHOP)])
            .await;
    let trace = get(&app, &format!("{at}/trace?{PROBE}")).await.body;
    let open = link(&trace, "data-what-if");
    assert_eq!(open, format!("{at}/edit?{PROBE}#line"));
    let page = get(&app, open.trim_end_matches("#line")).await;
    assert_eq!(page.status, StatusCode::OK);
    // The file and the line that decided come first; the other file is there.
    let first = page.body.split("<details").nth(2).expect("files");
    assert!(first.contains("shop.yaml") && first.contains("line 15") && first.starts_with(" open"), "{first}");
    assert!(page.body.contains("<b id=\"line\">15</b>"), "{}", page.body);
    assert_eq!(field(&page.body, "text-1"), SHOP);
    assert!(page.body.contains("selects app=wbe") && !page.body.contains("compare-steps"), "one way, in words");

    let mended = SHOP.replace("wbe", "web").replace('\n', "\r\n");
    let kept = field(&page.body, "text-0");
    let made = send_form(&app, &format!("{at}/edit?{PROBE}"), &[("text-0", &kept), ("text-1", &mended)]).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let new = made.header("location").to_owned();
    assert!(new.ends_with(&format!("/edit?{PROBE}")) && !new.starts_with(&at), "{new}");
    let page = get(&app, &new).await;
    assert_eq!(field(&page.body, "text-1"), SHOP.replace("wbe", "web"), "lines end as they did");
    let ways: Vec<&str> =
        page.body.split("<section class=\"").skip(1).filter(|part| part.contains("headline")).collect();
    assert!(page.body.contains("selects app=wbe") && page.body.contains("default/web on "), "{}", page.body);
    assert!(ways.iter().any(|way| way.starts_with("fails")), "{ways:?}");
    let parting =
        page.body.split("id=\"parting\"").nth(1).and_then(|rest| rest.split("</tr>").next()).expect("they part");
    assert!(parting.contains(&format!("{at}/trace?")) && parting.contains("10.244."), "{parting}");
    assert!(
        page.body.contains("href=\"#parting\"") && page.body.contains("shop.yaml +1, changed")
            || page.body.contains("other.yaml +1, changed"),
        "{}",
        page.body
    );
    // Undo, and what was changed.
    assert_eq!(link(&page.body, "data-undo"), format!("{at}/edit?{PROBE}"));
    let versions = get(&app, &link(&page.body, "data-versions")).await.body;
    assert!(versions.contains("-  selector: {app: wbe}") && versions.contains("+  selector: {app: web}"), "{versions}");
    // The trace of what was changed leads to both ways; what is changed again is not called so twice.
    let trace = get(&app, &new.replace("/edit?", "/trace?")).await.body;
    assert!(
        link(&trace, "data-what-if") == format!("{new}#line") && trace.contains("<strong>Before and after</strong>"),
        "{trace}"
    );
    let again = SHOP.replace("wbe", "web").replace("port: 80}", "port: 81}");
    let twice = send_form(&app, &new, &[("text-1", &again)]).await.header("location").to_owned();
    let page = get(&app, &twice).await.body;
    assert!(page.contains("changed") && !page.contains("changed, changed"), "{page}");
    assert_eq!(link(&page, "data-undo"), new);
}

#[tokio::test]
async fn a_proven_fix_is_one_click_and_leads_to_both_ways() {
    let app = service().await;
    let at = upload(&app, &[("a.yaml", SHOP)]).await;
    let asked = format!("{at}/edit?cni=flannel&{PROBE}");
    let page = get(&app, &asked).await.body;
    let action = page.split("<form method=\"post\" action=\"").nth(1).and_then(|rest| rest.split('"').next());
    let action = action.expect("a fix that can be tried").replace("&#38;", "&");
    assert!(action.contains("/fix?") && action.contains("cni=flannel") && page.contains("data-diff"), "{action}");
    let tried = send(&app, Request::post(&action).body(Body::empty()).expect("request")).await;
    assert_eq!(tried.status, StatusCode::SEE_OTHER, "{}", tried.body);
    let new = tried.header("location").to_owned();
    assert!(new.contains("/edit?") && new.contains("cni=flannel"), "{new}");
    let page = get(&app, &new).await.body;
    assert!(page.contains("id=\"parting\"") && page.contains("default/web on "), "{page}");
    assert!(!page.contains("data-fix") && link(&page, "data-undo") == asked, "it works, and there is a way back");
    // One that is not there leads back to where it was offered.
    let gone = action.replace("fix=0", "fix=99");
    let back = send(&app, Request::post(&gone).body(Body::empty()).expect("request")).await;
    assert_eq!(back.header("location"), asked);
}

#[tokio::test]
async fn a_mistake_is_told_with_its_line_and_no_text_is_lost() {
    let app = service().await;
    let at =
        upload(&app, &[("a.yaml", SHOP), ("b.yaml", "{apiVersion: v1, kind: Namespace, metadata: {name: x}}")]).await;
    let broken = SHOP.replace("{app: wbe}", "{app: <b>web");
    let other = "{apiVersion: v1, kind: Namespace, metadata: {name: y}}";
    let got = send_form(&app, &format!("{at}/edit?{PROBE}"), &[("text-0", &broken), ("text-1", other)]).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    let told = got.body.split("data-refusal").nth(1).and_then(|rest| rest.split("</section>").next()).expect("told");
    assert!(told.contains("a.yaml:15:") && told.contains("Close the bracket"), "{told}");
    assert_eq!((field(&got.body, "text-0"), field(&got.body, "text-1")), (broken, other.to_owned()));
    assert!(got.body.contains("<b id=\"line\">15</b>") && !got.body.contains("<b>web"), "{}", got.body);
    // What the API server refuses, too; and what is no text of this input.
    let port = SHOP.replace("port: 80}]\n", "port: 70000}]\n");
    assert_ne!(port, SHOP);
    let got = send_form(&app, &format!("{at}/edit?{PROBE}"), &[("text-0", &port)]).await;
    assert!(got.status == StatusCode::UNPROCESSABLE_ENTITY && got.body.contains("70000"), "{}", got.body);
    let got = send_form(&app, &format!("{at}/edit?{PROBE}"), &[("text-7", other), ("text-0", &port)]).await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
    assert_eq!(field(&got.body, "text-0"), port);
    let got = send_form(&app, &format!("{at}/edit?{PROBE}"), &[("text-0", "")]).await;
    assert!(got.header("location").contains("/edit?") || got.status == StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn what_changes_nothing_leads_back_and_says_so() {
    let app = service().await;
    let at = upload(&app, &[("a.yaml", &SHOP.replace('\n', "\r\n"))]).await;
    let page = get(&app, &format!("{at}/edit?{PROBE}")).await.body;
    let got = send_form(&app, &format!("{at}/edit?{PROBE}"), &[("text-0", &field(&page, "text-0"))]).await;
    assert_eq!(
        (got.status, got.header("location")),
        (StatusCode::SEE_OTHER, &*format!("{at}/edit?{PROBE}&unchanged=1"))
    );
    assert!(get(&app, got.header("location")).await.body.contains("data-unchanged"));
    assert!(!page.contains("data-unchanged") && !page.contains("data-undo"));
}

#[tokio::test]
async fn a_ready_scenario_is_changed_in_the_world_that_is_asked_for() {
    let app = service().await;
    let asked = "/s/first-service/edit?cni=flannel&proxy=nftables&from=pod/default/client&to=svc/default/idle:80";
    let page = get(&app, asked).await;
    assert_eq!(page.status, StatusCode::OK);
    let changed = field(&page.body, "text-0").replace("{app: idle}", "{app: web}");
    let action = page.body.split("<form class=\"edit-form\" method=\"post\" action=\"").nth(1).expect("a form");
    let action = action.split('"').next().unwrap_or_default().replace("&#38;", "&");
    let new = send_form(&app, &action, &[("text-0", &changed)]).await.header("location").to_owned();
    assert!(new.contains("cni=flannel") && new.contains("proxy=nftables"), "{new}");
    let page = get(&app, &new).await.body.replace("&#38;", "&");
    let links: Vec<&str> = page.split("href=\"/s/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let traces = links.iter().filter(|link| link.contains("/trace?") || link.contains("/edit?"));
    assert!(traces.clone().count() > 20, "{links:?}");
    for link in traces {
        assert!(link.contains("cni=flannel") && link.contains("proxy=nftables"), "{link}");
    }
    assert!(link(&page, "data-undo").starts_with("/s/first-service/edit?cni=flannel"));
}

#[tokio::test]
async fn a_version_that_is_gone_and_a_probe_that_cannot_be_are_said() {
    let app = service().await;
    let at = upload(&app, &[("a.yaml", SHOP)]).await;
    // Without its Pod the probe cannot be sent any more: the old way is shown, and why there is no new one.
    let without = SHOP.split_once("---\n").expect("documents").1;
    let new =
        send_form(&app, &format!("{at}/edit?{PROBE}"), &[("text-0", without)]).await.header("location").to_owned();
    let page = get(&app, &new).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("data-refused") && page.body.contains("selects app=wbe"), "{}", page.body);
    assert!(!page.body.contains("compare-steps") && link(&page.body, "data-undo").starts_with(&at));
    assert_eq!(field(&page.body, "text-0"), without, "it can be put back");

    // Made of a share, which its owner deletes.
    let order = serde_json::json!({ "scenario": at.trim_start_matches("/s/"), "query": PROBE }).to_string();
    let json = |path: String, body: String| {
        Request::post(path).header("content-type", "application/json").body(Body::from(body))
    };
    let got = send(&app, json("/api/v1/shares".to_owned(), order).expect("request")).await;
    let made: serde_json::Value = serde_json::from_str(&got.body).expect("JSON");
    let (id, key) = (made["id"].as_str().expect("id"), made["key"].as_str().expect("key"));
    let form = [("text-0", &*SHOP.replace("wbe", "web"))];
    let new = send_form(&app, &format!("/s/{id}/edit?{PROBE}"), &form).await.header("location").to_owned();
    assert!(get(&app, &new).await.body.contains("id=\"parting\""));
    let delete = json(format!("/api/v1/shares/{id}/delete"), serde_json::json!({ "key": key }).to_string());
    assert_eq!(send(&app, delete.expect("request")).await.status, StatusCode::NO_CONTENT);
    let page = get(&app, &new).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("data-gone") && !page.body.contains("data-undo"), "{}", page.body);
    assert!(page.body.contains("default/web on ") && !page.body.contains("app=wbe"), "the new way is there alone");
    assert_eq!(get(&app, &format!("/s/nosuch/edit?{PROBE}")).await.status, StatusCode::NOT_FOUND);
    // Without a probe there is the form alone.
    let page = get(&app, &format!("{at}/edit")).await;
    assert!(page.status == StatusCode::OK && field(&page.body, "text-0") == SHOP);
}

#[tokio::test]
async fn an_editor_is_bounded_and_a_large_file_shows_the_document_that_decided() {
    let app = service().await;
    let filler = |at: usize| {
        let text = "    x\n".repeat(2_000);
        format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m{at}}}\ndata:\n  a: |\n{text}")
    };
    let large: String = SHOP.to_owned() + &(0..20).map(filler).collect::<String>();
    assert!(large.len() > 200_000, "{}", large.len());
    let at = upload(
        &app,
        &[("large.yaml", &large), ("small.yaml", "{apiVersion: v1, kind: Namespace, metadata: {name: x}}")],
    )
    .await;
    let page = get(&app, &format!("{at}/edit?{PROBE}")).await.body;
    assert!(page.len() < 60_000, "{}", page.len());
    let name = page.split("<textarea name=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a field");
    let part = field(&page, name);
    assert!(part.contains("selector: {app: wbe}") && !part.contains("name: client") && !part.contains("m0"), "{part}");
    assert!(page.contains("<b id=\"line\">15</b>") && page.contains("one document"), "{page}");
    let new = send_form(&app, &format!("{at}/edit?{PROBE}"), &[(name, &part.replace("wbe", "web"))]).await;
    let page = get(&app, new.header("location")).await.body;
    assert!(page.contains("id=\"parting\"") && page.contains("default/web on "), "{page}");
    // Without such a line it is said.
    let plain = get(&app, &format!("{at}/edit")).await.body;
    assert!(
        plain.contains("large.yaml") && plain.contains("kubehop compare --changed") && !plain.contains("name: client")
    );
    assert!(plain.contains("small.yaml") && plain.contains("<textarea name=\"text-1\""));
    let much = send_form(&app, &format!("{at}/edit?{PROBE}"), &[("text-1", &"# x\n".repeat(300_000))]).await;
    assert_eq!(much.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn nothing_delicate_is_kept_or_shown_again() {
    let app = service().await;
    let at = upload(&app, &[("a.yaml", SHOP)]).await;
    let secret = "---\n{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {password: Pl4nted}}\n";
    let with = format!("{}{secret}", SHOP.replace("wbe", "web"));
    let new = send_form(&app, &format!("{at}/edit?{PROBE}"), &[("text-0", &with)]).await.header("location").to_owned();
    let page = get(&app, &new).await.body;
    assert!(page.contains("xxxxxxx") && !page.contains("Pl4nted") && page.contains("looks like a secret"), "{page}");
    assert!(page.contains("data-about") && get(&app, &new).await.header("cache-control") == "no-store");
    let broken = with.replace("{app: web}", "{app: web");
    let got = send_form(&app, &format!("{at}/edit?{PROBE}"), &[("text-0", &broken)]).await;
    assert!(got.status == StatusCode::UNPROCESSABLE_ENTITY && !got.body.contains("Pl4nted"), "{}", got.body);
    // What a link carries is stored nowhere, and has no page to change it.
    let carried = Request::post(format!("{at}/share"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("how=carry&query={}", PROBE.replace('&', "%26").replace('=', "%3D"))));
    let page = send(&app, carried.expect("request")).await.body;
    let path = page.split("/view#").nth(1).and_then(|rest| rest.split(['"', '<']).next()).expect("a link").to_owned();
    let opened =
        send(&app, Request::post("/view").body(Body::from(path.replace("&#38;", "&"))).expect("request")).await;
    assert!(opened.status == StatusCode::OK && opened.body.contains("id=\"player\""), "{}", opened.body);
    assert!(!opened.body.contains("data-what-if"));
}
