//! The application over HTTP, without a socket.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use kubehop_tests::service::{Got, get, get_with, post, send, service};
use kubehop_tests::{hostile, read};
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use tower::ServiceExt;

const TRACE: &str = "/s/first-service/trace?from=pod/default/client&to=web:80";

const SHOP: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: client}\nspec: {containers: [{name: sh, image: sh}]}\n";

#[tokio::test]
async fn every_page_answers_with_its_headers() {
    let app = service().await;
    for path in [
        "/",
        "/s/first-service",
        TRACE,
        "/help/rejected",
        "/help/cni-cilium",
        "/help/network-plugins",
        "/healthz",
        "/readyz",
        "/nothing",
        "/s/nobody",
    ] {
        let got = get(&app, path).await;
        let missing = path == "/nothing" || path == "/s/nobody";
        assert_eq!(got.status, if missing { StatusCode::NOT_FOUND } else { StatusCode::OK }, "{path}");
        assert!(got.header("content-security-policy").contains("script-src 'self'"), "{path}");
        assert!(!got.header("content-security-policy").contains("unsafe"), "{path}");
        assert_eq!(got.header("x-content-type-options"), "nosniff", "{path}");
        assert!(got.header("vary").contains("Accept-Language"), "{path}");
    }
    let got = get(&app, "/s/nobody").await;
    assert!(got.body.contains("<html") && got.body.contains("href=\"/\""), "an error is a page with a way onward");
    let request = Request::delete("/s/first-service").body(Body::empty()).expect("request");
    assert_eq!(send(&app, request).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn the_schema_of_the_scenario_is_served() {
    let got = get(&service().await, "/schema/scenario.json").await;
    assert_eq!((got.status, got.header("content-type")), (StatusCode::OK, "application/schema+json"));
    let schema: serde_json::Value = serde_json::from_str(&got.body).expect("JSON");
    assert_eq!(schema["$id"], "/schema/scenario.json");
    assert!(schema["properties"]["listen"].is_object());
}

#[tokio::test]
async fn two_worlds_stand_beside_each_other() {
    let app = service().await;
    let question = "from=pod/default/client&to=web:80";
    let page = get(&app, &format!("/s/first-service/compare?{question}&with=--cni+flannel")).await;
    assert_eq!(page.status, StatusCode::OK);
    let parting =
        page.body.split("id=\"parting\"").nth(1).and_then(|rest| rest.split("</tr>").next()).expect("they part");
    assert!(parting.contains("192.168.10.12 dev eth0") && parting.contains("dev flannel.1 onlink"), "{parting}");
    assert!(parting.contains("/s/first-service/trace?cni=flannel&#38;from="), "{parting}");
    let same = get(&app, &format!("/s/first-service/compare?{question}&with=--cni+bridge")).await;
    assert!(same.status == StatusCode::OK && !same.body.contains("id=\"parting\""));
    // Endpoints are drawn by rules' names, which differ: what was drawn in the first world is taken in the other.
    let path = format!("/api/v1/scenarios/first-service/compare?{question}&with=--proxy-mode+nftables");
    let told: serde_json::Value = serde_json::from_str(&get(&app, &path).await.body).expect("JSON");
    assert_eq!((&told["schema"], &told["left"]["sees"]), (&"kubehop.compare/1".into(), &told["right"]["sees"]));
    for wrong in ["--cni", "flannel", "--node+a", "--kubernetes-version+1.30"] {
        let got = get(&app, &format!("/s/first-service/compare.json?{question}&with={wrong}")).await;
        assert!(got.status == StatusCode::BAD_REQUEST && got.body.contains("\"parameter\":\"with\""), "{}", got.body);
    }
    let got = get(&app, "/s/first-service/compare?from=pod/default/nobody&to=web:80").await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn what_is_kept_is_what_would_be_made() {
    let (kept, fresh) = (service().await, service().await);
    let question = "from=pod/default/client&to=web:80";
    for path in [
        "/s/first-service".to_owned(),
        format!("/s/first-service/trace.md?{question}"),
        format!("/s/first-service/lab.tar.gz?{question}"),
        "/api/v1/scenarios/first-service/topology".to_owned(),
        format!("/api/v1/scenarios/first-service/trace?{question}"),
    ] {
        let (first, second) = (bytes(&kept, &path).await, bytes(&kept, &path).await);
        assert_eq!(first.0, StatusCode::OK, "{path}");
        assert!(first == second && first == bytes(&fresh, &path).await, "{path}");
    }
    // The journey is told once, and its pages are the same as if each had told it.
    for step in 1..5 {
        get(&kept, &format!("{TRACE}&step={step}")).await;
    }
    for more in ["&step=7", "&step=9999", "&at=connect/node-a/FORWARD", "&step=2&lang=ko", "&step=3&level=all"] {
        let (one, other) = (get(&kept, &format!("{TRACE}{more}")).await, get(&fresh, &format!("{TRACE}{more}")).await);
        assert!(one.status == StatusCode::OK && one.body == other.body, "{more}");
    }
}

#[tokio::test]
async fn who_has_an_answer_is_told_so_whether_it_was_kept_or_not() {
    let path = "/api/v1/scenarios/first-service/check";
    let (app, fresh) = (service().await, service().await);
    let tag = get(&app, path).await.header("etag").to_owned();
    for app in [&app, &fresh] {
        let got = get_with(app, path, &[("if-none-match", &tag)]).await;
        assert!(got.status == StatusCode::NOT_MODIFIED && got.body.is_empty() && got.header("etag") == tag);
        assert_eq!(get_with(app, path, &[("if-none-match", "\"other\"")]).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn every_step_is_a_whole_page() {
    let app = service().await;
    let first = get(&app, TRACE).await;
    let steps = first.body.matches("<li data-step=").count().max(first.body.matches(" data-step=\"").count());
    assert!(steps > 20, "{steps} steps");
    for step in [1, 5, 20, 60] {
        let got = get(&app, &format!("{TRACE}&step={step}")).await;
        assert_eq!(got.status, StatusCode::OK);
        assert!(got.body.contains("<svg") && got.body.contains("aria-current=\"step\""), "step {step}");
    }
    for odd in ["0", "-1", "999999", "x", "99999999999999999999"] {
        let got = get(&app, &format!("{TRACE}&step={odd}")).await;
        let said = format!("There is no step {odd}: this trace has ");
        assert!(got.status == StatusCode::OK && got.body.contains(&said), "step={odd}: the nearest, and that is said");
    }
    assert_eq!(get(&app, TRACE).await.body, first.body, "the same address is the same page");
}

#[tokio::test]
async fn uploads_lead_to_their_page() {
    let app = service().await;
    let got =
        post(&app, &[("a.yaml", SHOP), ("b.yml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")], "")
            .await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    let page = get(&app, got.header("location")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("value=\"pod/default/client\""));
    let again =
        post(&app, &[("a.yaml", SHOP), ("b.yml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")], "")
            .await;
    assert_ne!(again.header("location"), got.header("location"), "nobody learns that it was there");
    let pasted = post(&app, &[], SHOP).await;
    assert_eq!(pasted.status, StatusCode::SEE_OTHER);
    assert_ne!(pasted.header("location"), got.header("location"));
}

#[tokio::test]
async fn broken_documents_are_named_and_the_others_used() {
    let app = service().await;
    let broken = "apiVersion: v1\nkind: Pod\nmetadata:\n\tname: x\n";
    let got = post(
        &app,
        &[
            ("broken.yaml", broken),
            ("good.yaml", SHOP),
            ("other.yaml", "apiVersion: x/v1\nkind: Gadget\nmetadata: {name: g}\n"),
        ],
        "",
    )
    .await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    let page = get(&app, got.header("location")).await.body;
    assert!(page.contains("broken.yaml:4:1"), "file, line and column");
    assert!(page.contains("pod/default/client"), "the other document is used");
    assert!(page.contains("Gadget"), "an unknown kind is listed");
}

#[tokio::test]
async fn limits_answer_with_pages_that_say_what_to_do() {
    let app = service().await;
    let large = format!("# {}\n{SHOP}", "x".repeat(9 << 20));
    let got = post(&app, &[("large.yaml", &large)], "").await;
    assert_eq!(got.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(got.body.contains("<html") && got.body.contains("8 MiB"));
    let documents = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n".repeat(20_001);
    let deep = format!("{SHOP}---\na: {}", "[".repeat(300));
    let aliases = format!("{SHOP}---\na: &a [x,x,x,x,x,x,x,x,x]\n{}", ('b'..='k').zip('a'..).map(|(now, before)| format!("{now}: &{now} [*{before},*{before},*{before},*{before},*{before},*{before},*{before},*{before},*{before}]\n")).collect::<String>());
    for (what, text) in [
        ("documents", documents.as_str()),
        ("depth", &deep),
        ("aliases", &aliases),
        ("nothing", ""),
        ("no object", "hello"),
        ("broken", "a: ["),
    ] {
        let got = post(&app, &[("in.yaml", text)], "").await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
        assert!(got.body.contains("<html"), "{what}");
    }
    let request = Request::post("/s").header("content-type", "text/plain").body(Body::from("x")).expect("request");
    assert_eq!(send(&app, request).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn names_from_manifests_are_never_markup() {
    let app = service().await;
    let evil = "apiVersion: v1\nkind: Service\nmetadata: {name: 's<script>alert(1)</script>', labels: {a: '\"><img src=x onerror=alert(1)>'}}\nspec: {type: '<b>x</b>', ports: [{port: 80}]}\n---\n";
    let got = post(&app, &[("<script>x</script>.yaml", &format!("{evil}{SHOP}"))], "").await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    let id = got.header("location").to_owned();
    for path in [
        id.clone(),
        format!("{id}/trace?from=pod/default/client&to=10.0.0.1:80"),
        format!("{id}/trace?from=%3Cscript%3E&to=%22%3E%3Cimg"),
        format!("{id}/rule?netns=%3Cscript%3E"),
    ] {
        let page = get(&app, &path).await.body;
        for bad in ["<script>alert", "<script>x", "<img src=x", "<b>x</b>", "\"><img"] {
            assert!(!page.contains(bad), "{bad} in {path}");
        }
    }
}

#[tokio::test]
async fn names_that_act_reach_no_page_picture_or_json() {
    let app = service().await;
    let got = post(&app, &[("a.yaml", hostile::ACTING)], "").await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    let id = got.header("location").to_owned();
    let probe = "from=pod/default/client&to=svc/default/web:80";
    let node = "%1B%5D0%3Bpwned%07%1B%5B31mred%E2%80%AE%00";
    let (mut looked, mut unseen) = (0, Vec::new());
    for path in [
        id.clone(),
        format!("{id}?lang=ko"),
        format!("{id}/trace?{probe}"),
        format!("{id}/trace?{probe}&level=all"),
        format!("{id}/trace?from=pod/default/client&to=%1B%5B31m%E2%80%AE:80"),
        format!("{id}/trace.json?{probe}"),
        format!("{id}/trace.json?{probe}&all"),
        format!("{id}/trace.svg?{probe}"),
        format!("{id}/trace.md?{probe}"),
        format!("/api/v1/scenarios/{}/trace?{probe}", id.trim_start_matches("/s/")),
        format!("/api/v1/scenarios/{}/topology", id.trim_start_matches("/s/")),
        format!("{id}/source?file=0"),
        format!("{id}/service?name=default/web"),
        format!("{id}/state?netns=pod/default/client"),
        format!("{id}/state.json?netns=pod/default/client"),
        format!("{id}/rules?netns={node}"),
    ] {
        let got = get(&app, &path).await;
        match got.status.is_success() {
            true => looked += 1,
            false => unseen.push(path.clone()),
        }
        assert_eq!(hostile::acts(&got.body), None, "{path}: {}", got.status);
    }
    assert!(looked >= 12, "{looked}, not {unseen:?}");
    // An archive whose parts are no text that is shown.
    let (status, _, archive) = bytes(&app, &format!("{id}/lab.tar.gz?{probe}")).await;
    assert_eq!(status, StatusCode::OK);
    for (name, _, text) in unpack(&archive) {
        assert_eq!(hostile::acts(&text).or(hostile::acts(&name)), None, "{name}");
    }
}

#[tokio::test]
async fn names_without_end_make_no_endless_page() {
    let app = service().await;
    let text = hostile::input("endless-names", 300_000).unwrap();
    let got = post(&app, &[("a.yaml", &text)], "").await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body.len());
    let page = get(&app, got.header("location")).await;
    assert!(page.body.len() < 500_000, "{}", page.body.len());
}

#[tokio::test]
async fn what_takes_too_much_is_refused_with_the_figure() {
    let app = service().await;
    for (shape, size, en, ko) in
        [("ports-ranges", 4_000, "source ranges", "출발지 범위"), ("ports-addresses", 1_500, "addresses", "주소")]
    {
        let got = post(&app, &[("a.yaml", &hostile::input(shape, size).unwrap())], "").await;
        let to = got.header("location").to_owned();
        for (lang, words) in [("en", en), ("ko", ko)] {
            let page = if to.is_empty() { &got.body } else { &get(&app, &format!("{to}?lang={lang}")).await.body };
            assert!(
                to.is_empty() && lang == "ko" || page.contains(words) && page.contains("384"),
                "{shape} {lang}: {page}"
            );
        }
    }
}

#[tokio::test]
async fn probes_that_make_no_sense_are_told_where_they_were_asked() {
    let app = service().await;
    for (query, expected) in [
        ("from=pod/default/nobody&to=web:80", "pod/default/client"),
        ("from=pod/default/client&to=web", "web:80"),
        ("from=pod/default/client&to=web:80&choose=endpoint%3D1.2.3.4:5", "10.244."),
    ] {
        let got = get(&app, &format!("/s/first-service/trace?{query}")).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(
            got.body.contains(expected) && got.body.contains("<select"),
            "{query}: the form is still there, with what exists"
        );
        let json = get(&app, &format!("/s/first-service/trace.json?{query}")).await;
        assert_eq!(
            (json.status, json.header("content-type")),
            (StatusCode::UNPROCESSABLE_ENTITY, "application/problem+json")
        );
    }
}

#[tokio::test]
async fn languages_and_colours_follow_the_reader() {
    let app = service().await;
    let lang = |got: &Got| got.body.split("<html lang=\"").nth(1).map(|rest| rest[..2].to_owned());
    assert_eq!(lang(&get(&app, "/").await).as_deref(), Some("en"));
    assert_eq!(
        lang(&get_with(&app, "/", &[("accept-language", "ko-KR,ko;q=0.9,en;q=0.5")]).await).as_deref(),
        Some("ko")
    );
    let chosen = get_with(&app, "/?lang=ko&theme=dark", &[("accept-language", "en")]).await;
    assert_eq!(lang(&chosen).as_deref(), Some("ko"));
    assert!(chosen.body.contains("data-theme=\"dark\""));
    let cookies: Vec<_> =
        chosen.headers.get_all("set-cookie").iter().map(|value| value.to_str().expect("text")).collect();
    assert!(
        cookies.iter().any(|cookie| cookie.starts_with("lang=ko;"))
            && cookies.iter().all(|cookie| cookie.contains("SameSite=Lax"))
    );
    assert_eq!(
        lang(&get_with(&app, "/", &[("cookie", "lang=ko"), ("accept-language", "en")]).await).as_deref(),
        Some("ko")
    );
}

#[tokio::test]
async fn details_are_fragments_for_htmx_and_pages_for_everybody() {
    let app = service().await;
    let rule = "/s/first-service/rule?netns=node-a&table=nat&chain=KUBE-SERVICES&n=1";
    for path in [rule, "/s/first-service/link?netns=node-a&dev=cni0"] {
        let page = get(&app, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.body.contains("<html") && page.body.contains("first-service.yaml:"), "{path}");
        let fragment = get_with(&app, path, &[("hx-request", "true")]).await;
        assert!(!fragment.body.contains("<html") && fragment.body.contains("first-service.yaml:"), "{path}");
    }
    assert!(get(&app, rule).await.body.contains("-A KUBE-SERVICES"));
    assert_eq!(
        get(&app, "/s/first-service/rule?netns=node-a&table=nat&chain=NONE&n=1").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn packets_come_from_outside_too() {
    let app = service().await;
    let query = "from=external&via=node/node-b&to=svc/default/web:80";
    let page = get(&app, &format!("/s/first-service/trace?{query}&step=2")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("host outside (192.168.10.50)"));
    assert!(page.body.contains("<option value=\"external\" selected>"), "the form keeps the source");
    assert!(page.body.contains("<option value=\"node/node-b\" selected>"), "and the node");
    assert!(page.body.contains("via=node/node-b&#38;to=svc/default/web:80&#38;step=3"), "so do the steps");
    let json = get(&app, &format!("/s/first-service/trace.json?{query}")).await.body;
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (&value["probe"]["via"], &value["server"]["sees"]["ip"]),
        (&"node/node-b".into(), &"192.168.10.12".into())
    );
    assert!(get(&app, &format!("/s/first-service/trace.svg?{query}")).await.body.contains("host outside"));
    let own = get(&app, "/s/first-service/trace?from=external/198.51.100.7&to=svc/default/web:80").await;
    assert!(own.body.contains("<option value=\"external/198.51.100.7\" selected>"));
    let refused = get(&app, "/s/first-service/trace?from=external/10.244.0.9&to=web:80").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("data-probe-error"));
}

#[tokio::test]
async fn another_world_is_asked_for_in_the_address_and_kept_by_every_link() {
    let app = service().await;
    let asked = format!("{TRACE}&cni=cilium&proxy=ipvs&step=4");
    let page = get(&app, &asked).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let json: serde_json::Value =
        serde_json::from_str(&get(&app, &asked.replace("/trace?", "/trace.json?")).await.body).expect("JSON");
    assert_eq!(json["verdict"], "assumed");
    let leans_on = json["outcome"]["leansOn"].to_string();
    assert!(leans_on.contains("cni-stands-in") && leans_on.contains("proxy-mode-stands-in"), "{leans_on}");
    let plain: serde_json::Value =
        serde_json::from_str(&get(&app, &TRACE.replace("/trace?", "/trace.json?")).await.body).expect("JSON");
    assert_eq!(plain["verdict"], "works", "the input's own world is another model");

    // Steps, branches, languages, colours, rules, state, files: whatever leads on in the scenario keeps asking for it.
    let kind = |link: &str| link.split(['?', '#']).next().unwrap_or_default().to_owned();
    let mut seen = vec![asked, "/s/first-service/rules?netns=node-a&cni=cilium&proxy=ipvs".to_owned()];
    let mut open = seen.clone();
    while let Some(address) = open.pop() {
        let got = get(&app, address.split('#').next().unwrap_or_default()).await;
        assert_eq!(got.status, StatusCode::OK, "{address}");
        if !got.header("content-type").starts_with("text/html") {
            continue;
        }
        for form in got.body.split("<form ").skip(1).filter(|form| form.contains("method=\"get\"")) {
            let form = form.split("</form>").next().unwrap_or_default();
            let sends = form.contains("name=\"cni\" value=\"cilium\"");
            assert!(sends && form.contains("name=\"proxy\" value=\"ipvs\""), "{address}: {form}");
        }
        let text = got.body.replace("&#38;", "&");
        let links = text.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let links: Vec<&str> = links.filter(|link| link.starts_with("/s/first-service")).collect();
        assert!(!links.is_empty(), "{address}");
        // One column of two worlds is the other one.
        let both = kind(&address).ends_with("/compare");
        for link in links {
            let world = link.contains("cni=cilium") || both && link.contains("cni=");
            assert!(world && link.contains("proxy=ipvs"), "{address}: {link}");
            if both {
                continue;
            }
            if seen.iter().all(|one| kind(one) != kind(link)) {
                seen.push(link.to_owned());
                open.push(link.to_owned());
            }
        }
    }
    for page in ["rules", "service", "state", "rule", "source"] {
        assert!(seen.iter().any(|link| link.starts_with(&format!("/s/first-service/{page}?"))), "{page}: {seen:#?}");
    }
    assert!(seen.iter().any(|link| link.contains("/trace.svg?")), "{seen:#?}");
}

#[tokio::test]
async fn a_world_nobody_knows_is_told_with_those_that_are() {
    let app = service().await;
    for path in ["trace", "rules", "state", "lab.tar.gz"] {
        let query = TRACE.split_once('?').map_or("", |(_, query)| query);
        let got = get(&app, &format!("/s/first-service/{path}?{query}&cni=%3Cb%3Eflanel")).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(got.body.contains("flannel-host-gw") && !got.body.contains("<b>flanel"), "{path}: {}", got.body);
    }
    let got = get(&app, &format!("{}&proxy=userspace", TRACE.replace("/trace?", "/trace.json?"))).await;
    assert_eq!(
        (got.status, got.header("content-type")),
        (StatusCode::UNPROCESSABLE_ENTITY, "application/problem+json")
    );
    assert!(got.body.contains("nftables"), "{}", got.body);
}

#[tokio::test]
async fn the_same_packet_can_be_sent_again() {
    let app = service().await;
    let text = read(&kubehop_tests::conformance().join("kube-proxy/24-affinity-default/input.yaml"));
    let at = post(&app, &[("input.yaml", &text)], "").await.header("location").to_owned();
    let query = "from=node/node-a&to=svc/default/web:80";
    let first = get(&app, &format!("{at}/trace?{query}")).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    assert!(first.body.contains("data-remembered") && first.body.contains("data-later"));
    let href = |body: &str, mark: &str| {
        let (_, rest) = body.split_once(&format!("{mark} href=\"")).expect("a link");
        rest.split_once('"').expect("its end").0.replace("&#38;", "&")
    };
    let again = get(&app, &href(&first.body, "data-again")).await;
    assert_eq!(again.status, StatusCode::OK);
    assert!(again.body.contains("The same was sent once before") && again.body.contains("The nodes remember now"));
    let ways = |body: &str| body.matches("<a data-branch").count();
    assert_eq!((ways(&first.body), ways(&again.body)), (3, 0), "the list decides");
    let server =
        |body: &str| body.split("data-server=\"").nth(1).and_then(|rest| rest.split('"').next()).map(String::from);
    assert_eq!(server(&first.body), server(&again.body));
    let late = get(&app, &href(&first.body, "data-later")).await;
    assert_eq!(ways(&late.body), 3, "three hours later everything is open again");
    assert!(!get(&app, TRACE).await.body.contains("data-time"), "no list, no offer");
    let refused = get(&app, &format!("{at}/trace?{query}&before=601")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn json_and_pictures_are_at_the_same_address() {
    let app = service().await;
    let query = TRACE.split_once('?').expect("query").1;
    let json = get(&app, &format!("/s/first-service/trace.json?{query}")).await;
    let value: serde_json::Value = serde_json::from_str(&json.body).expect("JSON");
    assert_eq!((value["schema"].as_str(), value["client"]["result"].as_str()), (Some("kubehop.trace/1"), Some("ok")));
    assert!(value["legs"][0]["hops"][0]["n"].as_u64() == Some(1) && value["legs"].as_array().expect("legs").len() == 6);
    let all: serde_json::Value =
        serde_json::from_str(&get(&app, &format!("/s/first-service/trace.json?{query}&all=1")).await.body)
            .expect("JSON");
    assert_eq!(
        (all["schema"].as_str(), all["branches"].as_array().map(Vec::len)),
        (Some("kubehop.branches/1"), Some(3))
    );
    let svg = get(&app, &format!("/s/first-service/trace.svg?{query}&step=9")).await;
    assert_eq!((svg.status, svg.header("content-type")), (StatusCode::OK, "image/svg+xml"));
    assert!(svg.body.starts_with("<svg") || svg.body.starts_with("<?xml"));
}

/// Files of an archive: path, mode, content.
fn unpack(bytes: &[u8]) -> Vec<(String, u32, String)> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    let mut files = Vec::new();
    for entry in archive.entries().expect("a tar archive") {
        let mut entry = entry.expect("entry");
        let path = entry.path().expect("path").to_string_lossy().into_owned();
        assert!(path.starts_with("kubehop-lab/") && !path.contains(".."), "{path}");
        let (mode, mtime) = (entry.header().mode().expect("mode"), entry.header().mtime().expect("time"));
        assert_eq!(mtime, 0, "{path}: nothing tells when it was made");
        let mut text = String::new();
        entry.read_to_string(&mut text).expect("text");
        files.push((path.trim_start_matches("kubehop-lab/").to_owned(), mode, text));
    }
    files
}

async fn bytes(app: &Router, path: &str) -> (StatusCode, String, Vec<u8>) {
    let request = Request::get(path).header("accept-encoding", "gzip, br").body(Body::empty()).expect("request");
    let response = app.clone().oneshot(request).await.expect("answer");
    let (parts, body) = response.into_parts();
    let kind = parts.headers["content-type"].to_str().expect("text").to_owned();
    let text = kind.starts_with("text/") || kind.ends_with("json");
    assert!(!parts.headers.contains_key("content-encoding") || text, "not compressed twice");
    (parts.status, kind, to_bytes(body, 64 << 20).await.expect("body").to_vec())
}

fn shell_reads(script: &str) -> bool {
    let mut child = Command::new("sh").arg("-n").stdin(Stdio::piped()).spawn().expect("sh");
    child.stdin.take().expect("pipe").write_all(script.as_bytes()).expect("written");
    child.wait().expect("ended").success()
}

#[tokio::test]
async fn a_lab_is_an_archive_of_scripts() {
    let app = service().await;
    let query = TRACE.split_once('?').expect("query").1;
    let address = format!("/s/first-service/lab.tar.gz?{query}");
    let (status, kind, archive) = bytes(&app, &address).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/gzip"));
    assert_eq!(bytes(&app, &address).await.2, archive, "the same address is the same archive");
    let files = unpack(&archive);
    let text = |path: &str| &files.iter().find(|(name, ..)| name == path).unwrap_or_else(|| panic!("no {path}")).2;
    for script in ["up.sh", "probe.sh", "down.sh"] {
        assert!(files.iter().any(|(name, mode, _)| name == script && *mode == 0o755), "{script} can be run");
        assert!(shell_reads(text(script)), "{script}");
    }
    assert!(!shell_reads("if"), "the check sees an error");
    assert!(text("README.md").contains("sudo ./probe.sh") && text("README.md").contains("kubehop-pod-default-client"));
    assert!(text("expected.txt").contains("DNAT"));
    let json = get(&app, &format!("/s/first-service/trace.json?{query}")).await.body;
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    assert_eq!(value(text("expected.json")), value(&json), "the trace of the same address");
    assert!(text("rules/kubehop-node-a.iptables").contains("-A KUBE-SERVICES"));

    let page = get(&app, TRACE).await.body;
    let href = page.split("data-lab").next().and_then(|before| before.rsplit_once("href=\"")).expect("the link").1;
    let href = href.split('"').next().expect("quote").replace("&#38;", "&").replace("&amp;", "&");
    assert_eq!(bytes(&app, &href).await.2, archive, "the page links to it: {href}");

    let korean = unpack(&bytes(&app, &format!("{address}&lang=ko")).await.2);
    assert!(korean.iter().any(|(name, _, text)| name == "README.md" && text.contains("네임스페이스")));
    let network = unpack(&bytes(&app, "/s/first-service/lab.tar.gz").await.2);
    assert!(network.iter().any(|(name, ..)| name == "up.sh") && !network.iter().any(|(name, ..)| name == "probe.sh"));
    let nobody = unpack(&bytes(&app, "/s/first-service/lab.tar.gz?from=pod/default/client&to=nobody:80").await.2);
    let of_nobody =
        |path: &str| &nobody.iter().find(|(name, ..)| name == path).unwrap_or_else(|| panic!("no {path}")).2;
    assert!(of_nobody("README.md").contains("`nobody` is looked up first"));
    assert!(shell_reads(of_nobody("probe.sh")) && of_nobody("probe.sh").contains("address='nobody'"));
    assert!(of_nobody("resolv.conf").contains("nameserver 10.96.0.10\nsearch default.svc.cluster.local "));
    assert!(of_nobody("dns.txt").contains("\nweb.default.svc.cluster.local. A NOERROR\n "));
    let packets = of_nobody("expected-packets.txt");
    assert!(packets.contains("\nquestion-8 ") && !packets.contains("\nconnection "), "{packets}");
    let unclear = bytes(&app, "/s/first-service/lab.tar.gz?from=pod/default/nobody&to=web:80").await;
    assert_eq!(unclear.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_lab_of_a_huge_network_is_refused_with_a_page() {
    let app = service().await;
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\nspec: {podCIDR: 10.244.0.0/20}\n---\n";
    let pod = |n: u32| {
        let name = format!("metadata: {{name: p{n}}}\nspec: {{nodeName: a, containers: [{{name: c, image: x}}]}}");
        format!("apiVersion: v1\nkind: Pod\n{name}\n---\n")
    };
    let all = (0..2001).map(pod).collect::<String>();
    let got = post(&app, &[("all.yaml", &format!("{node}{all}"))], "").await;
    let page = get(&app, &format!("{}/lab.tar.gz", got.header("location"))).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.body.contains("too large for a lab") && page.body.contains("the limit is 2"), "it says why");
}

#[tokio::test]
async fn names_in_a_lab_are_no_commands_and_no_markup() {
    let app = service().await;
    let evil = "apiVersion: v1\nkind: Service\nmetadata: {name: \"s'; reboot\\nreboot\"}\nspec: {selector: {app: a}, ports: [{port: 80, name: \"`reboot` $(reboot)\"}]}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: \"a'; reboot\\nreboot #<b>|`\", labels: {app: a}}\nspec: {containers: [{name: c, image: c, ports: [{containerPort: 80}]}]}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: \"$(reboot)\"}\n---\n";
    let got = post(&app, &[("evil.yaml", &format!("{evil}{SHOP}"))], "").await;
    let lab = format!("{}/lab.tar.gz?from=pod/default/client&to=10.96.0.1:80", got.header("location"));
    let (status, _, archive) = bytes(&app, &lab).await;
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&archive));
    for (path, mode, text) in unpack(&archive) {
        if mode == 0o755 && path.ends_with(".sh") {
            assert!(shell_reads(&text), "{path}");
            let code = text.lines().filter(|line| !line.starts_with('#'));
            assert!(!code.into_iter().any(|line| line.contains("; reboot") || line.contains("(reboot)")), "{path}");
            assert!(!text.lines().any(|line| line.trim_start().starts_with("reboot")), "{path}");
        }
        assert!(path.chars().all(|c| c.is_ascii_alphanumeric() || "._-/~".contains(c)), "{path}");
        if path == "README.md" {
            assert!(!text.contains("<b>") || text.contains("\\<b"), "{text}");
            assert!(!text.lines().any(|line| line.starts_with("reboot")));
        }
    }
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let app = service().await;
    let request = Request::post("/s")
        .header("origin", "https://elsewhere.example")
        .header("host", "kubehop.example")
        .header("sec-fetch-site", "cross-site");
    let got = send(
        &app,
        request.header("content-type", "multipart/form-data; boundary=x").body(Body::from("--x--")).expect("request"),
    )
    .await;
    assert_eq!(got.status, StatusCode::FORBIDDEN);
    assert!(
        got.body.contains("<html") && got.header("content-security-policy").contains("script-src 'self'"),
        "refusals are pages too"
    );
}

#[tokio::test]
async fn what_is_not_text_is_told() {
    let app = service().await;
    let mut body =
        b"--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.yaml\"\r\n\r\nkind: \xff\xfe".to_vec();
    body.extend(b"\r\n--x--\r\n");
    let request = Request::post("/s")
        .header("content-type", "multipart/form-data; boundary=x")
        .body(Body::from(body))
        .expect("request");
    let got = send(&app, request).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("a.yaml:1:7: "), "{}", got.body);
}

#[tokio::test]
async fn files_are_served_under_names_of_their_content() {
    let app = service().await;
    let home = get(&app, "/").await.body;
    let mut files = 0;
    for part in home.split("/static/").skip(1) {
        let path = format!("/static/{}", part.split('"').next().expect("quote"));
        let got = get(&app, &path).await;
        assert_eq!(got.status, StatusCode::OK, "{path}");
        assert!(got.header("cache-control").contains("immutable"), "{path}");
        files += 1;
    }
    assert!(files >= 4);
}

#[tokio::test]
async fn many_at_once_agree() {
    let app = service().await;
    let expected = get(&app, TRACE).await.body;
    let mut tasks = Vec::new();
    for _ in 0..32 {
        let app = app.clone();
        tasks.push(tokio::spawn(async move { get(&app, TRACE).await.body }));
    }
    for task in tasks {
        assert_eq!(task.await.expect("task"), expected);
    }
}

#[tokio::test]
async fn the_ready_scenario_can_be_uploaded_too() {
    let app = service().await;
    let text = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/scenarios/first-service.yaml"));
    let got = post(&app, &[("first-service.yaml", &text)], "").await;
    let trace = get(&app, &format!("{}/trace?from=pod/default/client&to=web:80", got.header("location"))).await;
    assert_eq!(trace.status, StatusCode::OK);
}

#[tokio::test]
async fn a_rule_view_opens_from_a_step_and_leads_to_its_service() {
    let app = service().await;
    let scenario = get(&app, "/s/first-service").await;
    assert!(scenario.body.contains("data-rules-of"), "{}", scenario.body);
    let mut opened = None;
    for step in 1..40 {
        let page = get(&app, &format!("{TRACE}&step={step}")).await.body;
        opened = opened.or_else(|| {
            let at = page.find("data-open-chain href=\"")?;
            Some(page[at + 22..].chars().take_while(|c| *c != '"').collect::<String>().replace("&#38;", "&"))
        });
    }
    let opened = opened.expect("a step with a rule");
    let chain = get(&app, opened.split('#').next().expect("path")).await;
    assert_eq!(chain.status, StatusCode::OK, "{opened}");
    assert!(chain.body.contains("aria-current=\"true\""), "{opened}");
    let of = get(&app, "/s/first-service/service?ns=default&name=web").await;
    assert_eq!(of.status, StatusCode::OK);
    assert!(of.body.contains("KUBE-SERVICES") && of.body.contains("KUBE-SVC-"), "{}", of.body);
    let found = get(&app, "/s/first-service/rules?node=node-a&q=default/web").await;
    assert!(found.body.contains("-A KUBE-SERVICES"), "{}", found.body);
    let words = "/s/first-service/rules?node=node-a&table=nat&chain=KUBE-POSTROUTING";
    for (lang, masquerade) in [("en", "change the source to the outgoing"), ("ko", "출발지를 나가는 인터페이스의")]
    {
        let got = get(&app, &format!("{words}&lang={lang}")).await;
        assert!(got.body.contains(masquerade) && got.body.contains("-j MASQUERADE"), "{}", got.body);
    }
}

/// Addresses of links marked `name` on a page, without fragments.
fn links(body: &str, name: &str) -> Vec<String> {
    let mark = format!("{name} href=\"");
    let address = |rest: &str| rest.split(['"', '#']).next().unwrap_or_default().to_owned();
    body.replace("&#38;", "&").split(&mark).skip(1).map(address).collect()
}

#[tokio::test]
async fn a_chain_opened_from_a_step_folds_what_was_skipped() {
    let app = service().await;
    let page = get(&app, &format!("{TRACE}&step=1")).await.body;
    let chains = links(&page, "data-open-chain");
    let services =
        chains.iter().find(|href| href.contains("chain=KUBE-SERVICES") && href.contains("n=")).expect("chain");
    let opened = get(&app, services).await.body;
    assert!(
        opened.contains("data-fold") && opened.contains("skipped, first failed match: destination address"),
        "{opened}"
    );
    assert!(opened.contains("not reached"), "{opened}");
    assert_eq!(opened.matches(" id=\"r").count(), 1, "{opened}");
    let whole = links(&opened, "data-whole");
    let plain = get(&app, &whole[0]).await.body;
    assert!(!plain.contains("data-fold") && plain.contains("aria-current=\"true\""), "{plain}");
    // What the packet did not go through shows all rules, and says so.
    for (part, other) in [("step=", "step=1"), ("step=", "step=0"), ("step=", "step=999"), ("pass=", "pass=7")] {
        let at = services.find(part).expect(part);
        let end = services[at..].find('&').map_or(services.len(), |end| at + end);
        let got = get(&app, &format!("{}{other}{}", &services[..at], &services[end..])).await;
        assert_eq!(got.status, StatusCode::OK, "{other}");
        assert!(!got.body.contains("data-fold") && got.body.contains("does not go through this chain"), "{other}");
    }
    assert!(!services.contains("step=1&"), "{services}");
    let wrong = services.replace("from=pod/default/client", "from=pod/default/nobody");
    assert_eq!(get(&app, &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_value_that_a_parameter_does_not_take_is_told_with_its_name() {
    let app = service().await;
    for (page, name) in [
        ("rules?node=node-a&table=nat&chain=KUBE-SERVICES&n=x", "n"),
        ("rules?node=node-a&page=-1", "page"),
        ("rules?node=node-a&pass=x", "pass"),
        ("rule?netns=node-a&table=nat&chain=KUBE-SERVICES&n=1.5", "n"),
        ("service?ns=default&name=web&port=http", "port"),
        ("state?node=node-a&page=two", "page"),
        ("source?file=first-service.yaml&line=one", "line"),
        ("trace?from=pod/default/client&to=web:80&level=everything", "level"),
        ("trace.json?from=pod/default/client&to=web:80&seed=-1", "seed"),
    ] {
        let got = get(&app, &format!("/s/first-service/{page}")).await;
        assert_eq!(got.status, StatusCode::BAD_REQUEST, "{page}");
        assert!(got.body.contains(&format!("“{name}”")), "{page}: {}", got.body);
    }
}

#[tokio::test]
async fn a_page_that_was_rendered_before_is_the_same_and_nobody_elses() {
    let app = service().await;
    let at = format!("{TRACE}&step=3");
    let (first, again) = (get(&app, &at).await, get(&app, &at).await);
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_eq!(first.header("content-type"), again.header("content-type"));
    let korean = get_with(&app, &at, &[("accept-language", "ko")]).await.body;
    let dark = get_with(&app, &at, &[("cookie", "theme=dark")]).await.body;
    assert!(korean.contains("lang=\"ko\"") && dark.contains("dark") && korean != first.body && dark != first.body);
    assert_eq!(get_with(&app, &at, &[("accept-language", "ko")]).await.body, korean);
    let chosen = get(&app, &format!("{at}&lang=ko")).await;
    let chosen_again = get(&app, &format!("{at}&lang=ko")).await;
    assert!(chosen_again.header("set-cookie").starts_with("lang=ko"), "also where the page was there");
    assert_eq!(chosen.body, chosen_again.body);
    assert_ne!(get(&app, &format!("{TRACE}&step=4")).await.body, first.body);
}

/// This runtime has one thread: whatever is computed on it keeps everybody else waiting.
#[tokio::test]
async fn a_heavy_answer_keeps_nobody_waiting() {
    let app = service().await;
    let text: String = "---\n{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}\n---\n\
        {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 60, selector: {matchLabels: {app: web}}, template: \
        {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: nginx}]}}}}\n"
        .to_owned();
    let at = post(&app, &[], &text).await.header("location").to_owned();
    let path = format!("{at}/trace.json?from=node/node-a&to=svc/default/web:80&all");
    assert_eq!(get(&app, &at).await.status, StatusCode::OK, "{at}");
    let began = std::time::Instant::now();
    let asked = tokio::spawn({
        let app = app.clone();
        async move { get(&app, &path).await }
    });
    let (mut longest, mut last) = (std::time::Duration::ZERO, began);
    while !asked.is_finished() {
        tokio::task::yield_now().await;
        let now = std::time::Instant::now();
        (longest, last) = (longest.max(now - last), now);
    }
    let took = began.elapsed();
    let got = asked.await.expect("an answer");
    assert!(
        got.body.contains("kubehop.branches/1") && got.body.matches("\"verdict\":").count() >= 60,
        "{}",
        got.status
    );
    assert!(longest * 3 < took, "nothing else ran for {longest:?} of {took:?}");
}

#[tokio::test]
async fn nobody_can_write_into_an_address_what_became_of_rules() {
    let app = service().await;
    let chain = "/s/first-service/rules?netns=node-a&table=nat&chain=KUBE-SERVICES&n=2";
    let plain = get(&app, chain).await.body;
    let rules = plain.matches("<li value=").count();
    assert!(rules > 3, "{plain}");
    // Addresses of former days, true or not, open the chain and show none of what they say.
    for way in ["1.destination,m1", "1.protocol,m2", "99999.destination,m1", "m0x", "%3Cscript%3E"] {
        let got = get(&app, &format!("{chain}&way={way}")).await;
        assert_eq!(got.status, StatusCode::OK, "{way}");
        assert_eq!(got.body.matches("<li value=").count(), rules, "{way}");
        assert!(!got.body.contains("data-fold") && !got.body.contains("class=\"rule-list met"), "{way}");
        assert!(got.body.contains("link comes from an earlier version") && got.body.contains(" id=\"r2\""), "{way}");
    }
    // A page never writes such an address.
    let page = get(&app, &format!("{TRACE}&step=1")).await.body;
    assert!(links(&page, "data-open-chain").iter().all(|href| href.contains("pass=") && !href.contains("way=")));
}

#[tokio::test]
async fn causes_lead_to_the_service_its_port_and_the_line() {
    let app = service().await;
    let page = get(&app, &format!("{TRACE}&step=1")).await.body;
    let services = links(&page, "data-service");
    let web = services.iter().find(|href| href.contains("name=web&port=0")).expect("the port of the Service");
    let listed = get(&app, web).await.body;
    assert!(listed.contains("-A KUBE-SVC-") && listed.contains("node-b:"), "{listed}");
    let line = links(&page, "data-line").into_iter().next().expect("a line");
    let source = get(&app, &line).await;
    assert_eq!(source.status, StatusCode::OK, "{line}");
    assert!(source.body.contains("class=\"ln hit\" id=\"L"), "{}", source.body);
    for wrong in ["file=none.yaml&line=1", "file=first-service.yaml&line=99999", ""] {
        assert_eq!(
            get(&app, &format!("/s/first-service/source?{wrong}")).await.status,
            StatusCode::NOT_FOUND,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn what_rules_remember_is_a_page() {
    let app = service().await;
    let text = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/scenarios/first-service.yaml"));
    let sticky =
        text.replacen("  clusterIP: 10.96.0.11\n", "  clusterIP: 10.96.0.11\n  sessionAffinity: ClientIP\n", 1);
    let got = post(&app, &[("a.yaml", &sticky)], "").await;
    let id = got.header("location").to_owned();
    let trace = get(&app, &format!("{id}/trace?from=pod/default/client&to=svc/default/web:80&before=1")).await.body;
    let list = links(&trace, "data-list").into_iter().next().expect("a list");
    let page = get(&app, &list).await;
    assert!(page.body.contains("oldest_pkt: 2 0, 1"), "{list}\n{}", page.body);
    let json = get(&app, &list.replacen("/state?", "/state.json?", 1)).await;
    assert!(json.body.contains("kubehop.text/1") && json.body.contains("oldest_pkt: 2 0, 1"), "{}", json.body);
    let before = get(&app, &format!("{id}/state?node=node-a&what=recent")).await.body;
    assert!(before.contains("xt_recent/KUBE-SEP-") && !before.contains("oldest_pkt"), "{before}");
    for wrong in ["state?node=none", "state?node=node-a&what=none", "state"] {
        assert_eq!(get(&app, &format!("{id}/{wrong}")).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[tokio::test]
async fn search_finds_elements_of_sets_and_nothing_is_lost_on_pages() {
    let app = service().await;
    let mut text = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/scenarios/first-service.yaml"));
    text.push_str(
        "\n---\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nftables\n",
    );
    let ports = (0..120).map(|at| format!("  - {{name: p{at}, port: {}}}\n", 1000 + at)).collect::<String>();
    text.push_str(&format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: many, namespace: default}}\nspec:\n  clusterIP: 10.96.0.77\n  \
         selector: {{app: web}}\n  ports:\n{ports}"
    ));
    let got = post(&app, &[("a.yaml", &text)], "").await;
    let id = got.header("location").to_owned();
    let found = get(&app, &format!("{id}/rules?node=node-a&q=10.96.0.77%20.%20tcp%20.%201005")).await.body;
    assert!(found.contains("10.96.0.77 . tcp . 1005 : goto service-") && found.contains("set=service-ips"), "{found}");
    // Every row of the Service is on exactly one of its pages.
    let (mut rows, mut next) = (0, Some(format!("{id}/service?ns=default&name=many")));
    let mut pages = 0;
    while let Some(href) = next.take() {
        let page = get(&app, &href).await.body;
        rows += page.matches("<li value=").count();
        pages += 1;
        next = links(&page, "rel=\"next\"").into_iter().next();
    }
    // On both nodes and for each port: two rules of the Service, two for each of three endpoints, one element; and one for the address.
    assert_eq!((pages, rows), (11, 2 * (120 * (2 + 2 * 3 + 1) + 1)));
}

#[tokio::test]
async fn rule_views_that_do_not_exist_are_not_found_and_questions_no_markup() {
    let app = service().await;
    for query in ["rules?node=none", "rules?node=node-a&table=nat&chain=NONE", "service?ns=default&name=none", "rules"]
    {
        assert_eq!(get(&app, &format!("/s/first-service/{query}")).await.status, StatusCode::NOT_FOUND, "{query}");
    }
    let got = get(&app, "/s/first-service/rules?node=node-a&q=%3Cscript%3Ealert(1)").await;
    assert_eq!(got.status, StatusCode::OK);
    assert!(!got.body.contains("<script>alert"), "{}", got.body);
    let far = get(&app, "/s/first-service/rules?node=node-a&table=nat&chain=KUBE-SERVICES&page=99999999&n=0").await;
    assert_eq!(far.status, StatusCode::OK);
}

/// Posts a form of files with any content.
async fn post_bytes(app: &Router, files: &[(&str, Vec<u8>)]) -> Got {
    let boundary = "----kubehop-test";
    let mut body = Vec::new();
    for (name, bytes) in files {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let request = Request::post("/s").header("content-type", format!("multipart/form-data; boundary={boundary}"));
    send(app, request.body(Body::from(body)).expect("request")).await
}

/// An overlay with what it is made of, and files that nobody reads.
const FOLDER: [(&str, &str); 6] = [
    ("repo/base/kustomization.yaml", "resources: [pod.yaml]\n"),
    ("repo/base/pod.yaml", SHOP),
    (
        "repo/overlays/prod/kustomization.yaml",
        "resources: [../../base]\nnamePrefix: blue-\nconfigMapGenerator: [{name: a, files: [a.conf]}]\nsecretGenerator: [{name: s, envs: [secret.env]}]\n",
    ),
    ("repo/overlays/prod/a.conf", "listen 80;\n"),
    ("repo/overlays/prod/secret.env", "TOKEN=do-not-keep\n"),
    ("repo/.github/workflows/ci.yml", "on: [push\n"),
];

#[tokio::test]
async fn a_folder_keeps_its_paths_and_its_kustomizations_are_rendered() {
    let app = service().await;
    let files: Vec<(&str, Vec<u8>)> = FOLDER.iter().map(|(name, text)| (*name, text.as_bytes().to_vec())).collect();
    let got = post_bytes(&app, &files).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    let page = get(&app, got.header("location")).await;
    assert!(page.body.contains("blue-client") && page.body.contains(">repo<"), "{}", page.body);
    assert!(page.body.contains("repo/overlays/prod"), "{}", page.body);
    let id = got.header("location").trim_start_matches("/s/").to_owned();
    let secret = get(&app, &format!("/s/{id}/source?file=repo/overlays/prod/secret.env&line=1")).await;
    assert_eq!(secret.status, StatusCode::NOT_FOUND, "what a Secret is made of is not kept");
    let conf = get(&app, &format!("/s/{id}/source?file=repo/overlays/prod/a.conf&line=1")).await;
    assert_eq!(conf.status, StatusCode::OK);
}

#[tokio::test]
async fn archives_are_unpacked_and_bad_ones_are_told() {
    let app = service().await;
    let mut builder = tar::Builder::new(Vec::new());
    for (name, text) in FOLDER {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, text.as_bytes()).expect("entry");
    }
    let bytes = builder.into_inner().expect("tar");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(&bytes).expect("gzip");
    let packed = encoder.finish().expect("gzip");
    let got = post_bytes(&app, &[("repo.tgz", packed.clone())]).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    let page = get(&app, got.header("location")).await;
    assert!(page.body.contains("blue-client") && page.body.contains("repo.tgz"), "{}", page.body);
    for (name, bytes, told) in [
        ("half.tgz", packed[..packed.len() / 2].to_vec(), "half.tgz: damaged"),
        ("not.zip", b"PK\x03\x04 not".to_vec(), "not.zip: damaged"),
        ("none.tar", vec![0; 1024], "none.tar: no file"),
    ] {
        let got = post_bytes(&app, &[(name, bytes)]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(got.body.contains(told), "{name}: {}", got.body);
    }
}

#[tokio::test]
async fn a_trace_can_be_taken_along() {
    let app = service().await;
    let at = TRACE.replace("/trace?", "/trace.md?");
    let got = get(&app, &at).await;
    assert_eq!((got.status, got.header("content-type")), (StatusCode::OK, "text/markdown; charset=utf-8"));
    assert!(got.body.contains("kubehop trace first-service.yaml --from pod/default/client"), "{}", got.body);
    let at = TRACE.replace("/trace?", "/trace.pcapng?");
    let got = get(&app, &at).await;
    assert_eq!((got.status, got.header("content-type")), (StatusCode::OK, "application/x-pcapng"));
    assert!(got.header("content-disposition").contains("trace.pcapng"));
    assert_eq!(get(&app, &format!("{at}&interface=node-a:eth0")).await.status, StatusCode::OK);
    let got = get(&app, &format!("{at}&interface=nosuch")).await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
    assert!(got.body.contains("interface"), "{}", got.body);
    let page = get(&app, TRACE).await.body;
    assert!(page.contains("trace.md?") && page.contains("trace.pcapng?"), "the page leads there");
}
