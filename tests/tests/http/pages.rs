//! What pages tell and keep: uploads that cannot be used, where a trace opens, links, pictures that stand alone.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use data_encoding::BASE64;
use kubehop_tests::service::{get, post, post_bytes, send, service};
use sha2::{Digest, Sha256};

/// A Deployment with that many replicas behind a Service, a client, and a Service without endpoints.
fn shop(replicas: usize) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: web}}}}\n  \
         template:\n    metadata: {{labels: {{app: web}}}}\n    spec: {{containers: [{{name: c, image: nginx, ports: [{{containerPort: 80}}]}}]}}\n---\n\
         apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}\n---\n\
         apiVersion: v1\nkind: Service\nmetadata: {{name: idle}}\nspec: {{selector: {{app: nobody}}, ports: [{{port: 80}}]}}\n---\n\
         apiVersion: v1\nkind: Pod\nmetadata: {{name: client}}\nspec: {{containers: [{{name: sh, image: sh}}]}}\n"
    )
}

/// The step a page shows.
fn step(page: &str) -> u32 {
    let (_, rest) = page.split_once("data-step=\"").expect("a player");
    rest.split('"').next().and_then(|step| step.parse().ok()).expect("a number")
}

/// The addresses of all elements with that attribute.
fn hrefs(page: &str, mark: &str) -> Vec<String> {
    let begin = format!("<a {mark}");
    let links = page.split(&begin).skip(1).filter_map(|rest| rest.split_once("href=\""));
    links.filter_map(|(_, rest)| rest.split('"').next()).map(|href| href.replace("&#38;", "&")).collect()
}

#[tokio::test]
async fn a_bad_upload_is_told_what_is_wrong_and_keeps_what_was_pasted() {
    let app = service().await;
    let many: Vec<(&str, &[u8])> = vec![("a.yaml", b"a: 1\n"); 501];
    let large = vec![b'#'; 9 << 20];
    let korean = b"apiVersion: v1\nkind: Pod\nmetadata:\n  name: \xc6\xc4\xb5\xe5\n";
    let pasted = "# what I typed: <b>&amp;</b>\n";
    type Bad<'b> = (&'b str, &'b [(&'b str, &'b [u8])], StatusCode, &'b [&'b str]);
    let cases: [Bad<'_>; 5] = [
        (
            "not UTF-8",
            &[("korean.yaml", korean)],
            StatusCode::UNPROCESSABLE_ENTITY,
            &["korean.yaml:4:9: ", "iconv -f CP949 -t UTF-8 korean.yaml"],
        ),
        ("too large", &[("large.yaml", &large)], StatusCode::PAYLOAD_TOO_LARGE, &["have 8 MiB; this one has 9.1 MiB"]),
        ("too many", &many, StatusCode::PAYLOAD_TOO_LARGE, &["have 500 files; this one has 501"]),
        ("broken", &[("broken.yaml", b"a: [")], StatusCode::UNPROCESSABLE_ENTITY, &["broken.yaml:1:", "Mend it"]),
        ("no object", &[("notes.txt", b"hello")], StatusCode::UNPROCESSABLE_ENTITY, &["notes.txt:1:1"]),
    ];
    for (what, files, status, told) in cases {
        let got = post_bytes(&app, files, pasted.as_bytes(), &[]).await;
        assert_eq!(got.status, status, "{what}");
        let page = &got.body;
        for part in told {
            assert!(page.contains(part), "{what}: {part}\n{page}");
        }
        for blame in ["not your fault", "whoever runs this server"] {
            assert!(!page.contains(blame), "{what}");
        }
        assert!(
            page.contains("# what I typed: &#60;b&#62;&#38;amp;&#60;/b&#62;"),
            "{what}: the text is in the box again"
        );
        assert!(page.contains("<form data-upload") && page.contains("href=\"/?lang=ko\""), "{what}: a way onward");
        // In the page with the form only what is wrong is shown, nothing twice.
        let fragment = post_bytes(&app, files, pasted.as_bytes(), &[("hx-request", "true")]).await;
        assert_eq!(fragment.status, status, "{what}");
        assert!(fragment.body.contains("data-refusal") && !fragment.body.contains("<form"), "{what}");
    }
    for (what, request) in [
        ("no form", Request::post("/s").header("content-type", "text/plain").body(Body::from("x"))),
        ("no boundary", Request::post("/s").header("content-type", "multipart/form-data").body(Body::from("x"))),
        (
            "cut off",
            Request::post("/s").header("content-type", "multipart/form-data; boundary=x").body(Body::from("--x\r\n")),
        ),
    ] {
        let got = send(&app, request.expect("request")).await;
        assert_eq!(got.status, StatusCode::BAD_REQUEST, "{what}");
        assert!(got.body.contains("curl -F files=@shop.yaml") && got.body.contains("<form data-upload"), "{what}");
    }
    let empty = post(&app, &[], " \n").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.body.contains("There is nothing to build from") && !empty.body.contains("not your fault"));
}

#[tokio::test]
async fn a_failing_trace_opens_where_it_was_decided() {
    let app = service().await;
    let at = post(&app, &[("shop.yaml", &shop(1))], "").await.header("location").to_owned();
    let failing = get(&app, &format!("{at}/trace?from=pod/default/client&to=svc/default/idle:80")).await.body;
    let (_, decided) = failing.split_once("Decided at step ").expect("a decision");
    let decided: u32 = decided.split('<').next().and_then(|step| step.parse().ok()).expect("a number");
    assert!(decided > 1 && step(&failing) == decided, "{decided}");
    let named = get(&app, &format!("{at}/trace?from=pod/default/client&to=svc/default/idle:80&step=1")).await.body;
    assert_eq!(step(&named), 1, "the address says so");
    let works = get(&app, &format!("{at}/trace?from=pod/default/client&to=svc/default/web:80")).await.body;
    assert_eq!(step(&works), 1);
    let picture = get(&app, &format!("{at}/trace.svg?from=pod/default/client&to=svc/default/idle:80")).await.body;
    assert!(picture.contains("packet dropped") || picture.contains("class=\"reason\""), "the picture, too");
}

#[tokio::test]
async fn a_proven_fix_can_be_tried_without_javascript() {
    let app = service().await;
    let broken = shop(2).replace("selector: {app: web}, ports", "selector: {app: wbe}, ports");
    assert_ne!(broken, shop(2), "the shop has that Service");
    let at = post(&app, &[("shop.yaml", &broken)], "").await.header("location").to_owned();
    let query = "from=pod/default/client&to=svc/default/web:80";
    let page = get(&app, &format!("{at}/trace?{query}")).await.body;
    let (_, form) = page.split_once("<form method=\"post\" action=\"").expect("a form");
    let action = form.split('"').next().expect("its address").replace("&#38;", "&");
    assert!(action.starts_with(&format!("{at}/fix?")) && action.contains("from=pod/default/client"), "{action}");
    let request = |site: &str| {
        Request::post(&action).header("sec-fetch-site", site).header("host", "x").body(Body::empty()).expect("request")
    };
    let foreign = send(&app, request("cross-site")).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN, "as an upload from another site");
    let tried = send(&app, request("same-origin")).await;
    assert_eq!(tried.status, StatusCode::SEE_OTHER);
    let there = tried.header("location").to_owned();
    assert!(there.contains("/trace?from=pod/default/client") && !there.starts_with(&at), "{there}");
    let passes = get(&app, &there).await.body;
    assert!(passes.contains("data-result=\"ok\""), "the probe passes there");
    assert!(passes.contains("shop.yaml, changed"), "and it is said what it is");
    assert!(
        get(&app, &format!("{at}/trace?{query}")).await.body.contains("data-result=\"refused\""),
        "the first one stays"
    );
    // A number that is none, and one that is too large.
    for (number, status) in [("x", StatusCode::BAD_REQUEST), ("", StatusCode::NOT_FOUND), ("99", StatusCode::SEE_OTHER)]
    {
        let request = Request::post(format!("{at}/fix?{query}&fix={number}")).header("sec-fetch-site", "same-origin");
        let got = send(&app, request.body(Body::empty()).expect("request")).await;
        assert_eq!(got.status, status, "{number}");
    }
    let got = get(&app, &format!("{at}/fix?{query}&fix=0")).await;
    assert_eq!(got.status, StatusCode::METHOD_NOT_ALLOWED, "nothing is made by following a link");
}

/// As someone walks who has no JavaScript: each page shows its step, marks it once, draws the packet and leads to the next one.
#[tokio::test]
async fn every_step_is_a_whole_page_that_leads_to_the_next() {
    let app = service().await;
    for language in ["en", "ko"] {
        let mut at = format!("/s/first-service/trace?from=pod/default/client&to=web:80&level=all&lang={language}");
        let last = get(&app, &at).await.body.matches("<li data-step=").count();
        assert!(last > 20, "a probe by name over two nodes has more than twenty steps, not {last}");
        for n in 1..=last {
            let page = get(&app, &at).await.body;
            assert_eq!(step(&page), n as u32, "{at}");
            assert_eq!(page.matches("aria-current=\"step\"").count(), 1, "one step is marked at {at}");
            assert!(page.contains(&format!("<li data-step=\"{n}\" aria-current=\"step\"")), "{at}");
            assert!(page.contains("<g class=\"packet\""), "a packet in the picture at {at}");
            assert_eq!(page.matches("<li data-step=").count(), last, "{at}");
            at = hrefs(&page, "class=\"icon\" data-act=\"next\"").pop().expect("a way on");
        }
        assert!(at.contains(&format!("step={last}")), "the last one leads no further than itself: {at}");
    }
}

#[tokio::test]
async fn links_to_other_ways_languages_and_colours_keep_the_step() {
    let app = service().await;
    let at = post(&app, &[("shop.yaml", &shop(20))], "").await.header("location").to_owned();
    let probe = "from=pod/default/client&to=svc/default/web:80";
    let page = get(&app, &format!("{at}/trace?{probe}&level=hops&step=7")).await.body;
    let ways = hrefs(&page, "data-branch");
    assert_eq!(ways.len(), 20);
    for way in &ways {
        assert!(way.contains("step=7") && way.contains("choose=endpoint") && way.contains("level=hops"), "{way}");
        assert_eq!(step(&get(&app, way).await.body), 7);
    }
    for link in hrefs(&page, "").iter().filter(|href| href.contains("lang=") || href.contains("theme=")) {
        assert!(link.contains("step=7") && link.contains("level=hops") && link.contains(probe), "{link}");
    }
    let unnamed = get(&app, &format!("{at}/trace?{probe}")).await.body;
    assert!(hrefs(&unnamed, "data-branch").iter().all(|way| !way.contains("step=")), "each opens where it has to");
    // The heading keeps its place beside many ways: most of them are behind a line that opens them.
    let (listed, more) = page.split_once("<summary>12 more ways").expect("a line for the others");
    assert_eq!((listed.matches("data-branch").count(), more.matches("data-branch").count()), (8, 12));
    assert!(
        listed.contains("data-branch href=\"") && listed.contains("aria-current=\"true\" class=\"works\""),
        "the current one"
    );
}

#[tokio::test]
async fn a_picture_opened_alone_may_use_the_style_inside_it() {
    let app = service().await;
    let got = get(&app, "/s/first-service/trace.svg?from=pod/default/client&to=web:80&step=9").await;
    let (_, style) = got.body.split_once("<style>").expect("a style");
    let (style, _) = style.split_once("</style>").expect("its end");
    // What a browser takes the hash of is the text, not its escapes.
    let text = style.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let hash = BASE64.encode(&Sha256::digest(text));
    let policy = got.header("content-security-policy");
    assert!(policy.contains(&format!("style-src 'sha256-{hash}'")), "{policy}");
    assert!(
        policy.contains("default-src 'none'") && !policy.contains("unsafe") && !policy.contains("'self'"),
        "{policy}"
    );
    assert_eq!(got.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn one_is_not_many() {
    let app = service().await;
    let at = post(&app, &[("shop.yaml", &shop(100))], "").await.header("location").to_owned();
    let alone = post(&app, &[("alone.yaml", &shop(1))], "").await.header("location").to_owned();
    for path in [
        format!("{at}?lang=en"),
        format!("{at}/trace?lang=en&from=pod/default/client&to=web:80"),
        format!("{alone}?lang=en"),
        format!("{alone}/trace?lang=en&from=pod/default/client&to=svc/default/web:80"),
    ] {
        let page = get(&app, &path).await.body;
        for many in ["Pods", "Services", "nodes", "findings", "ways", "rules", "files", "errors", "objects", "hits"] {
            for before in [" ", ">", "(", "×"] {
                assert!(!page.contains(&format!("{before}1 {many}")), "{path}: 1 {many}");
            }
        }
    }
}

/// One object of every fate: used, used in part, not used for several reasons, assumed.
const MIXED: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      runtimeClassName: gvisor
      containers: [{name: c, image: mine}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 9000}]}
---
apiVersion: v1
kind: Service
metadata: {name: idle}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: idle-too}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: sh, image: sh}]}
---
apiVersion: v1
kind: Secret
metadata: {name: s}
---
apiVersion: example.org/v1
kind: Gadget
metadata: {name: g}
";

#[tokio::test]
async fn a_scenario_shows_what_became_of_the_input_and_groups_findings() {
    let app = service().await;
    let at = post(&app, &[("mixed.yaml", MIXED)], "").await.header("location").to_owned();
    let page = get(&app, &at).await.body;
    let (_, glance) = page.split_once("data-glance>").expect("one line tells all of it");
    let (glance, below) = glance.split_once("</ul>").expect("its end");
    for figure in [
        "no errors",
        "<a href=\"#findings\">2 warnings</a>",
        "<a href=\"#inventory\">4 used</a>",
        "<a href=\"#partly\">1 partly used</a>",
        "<a href=\"#unused\">2 not used</a>",
        "<a href=\"#assumed\">",
    ] {
        assert!(glance.contains(figure), "{figure}: {glance}");
    }
    for id in ["findings", "inventory", "partly", "unused", "assumed"] {
        assert!(below.contains(&format!("id=\"{id}\"")), "{id} is on the page");
    }
    let row = |kind: &str| {
        let (_, rest) = below.split_once(&format!("<th scope=\"row\">{kind}</th>")).unwrap_or_else(|| panic!("{kind}"));
        let cells = rest.split_once("</tr>").map(|(row, _)| row).unwrap_or_default();
        cells.split("<td>").skip(1).map(|cell| cell.trim_end_matches("</td>").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(row("Deployment"), ["", "1", "", ""]);
    assert_eq!(row("Service"), ["3", "", "", "2"]);
    assert_eq!(row("Node"), ["", "", "", "3"]);
    assert_eq!(row("Gadget"), ["", "", "1", ""]);
    let part = |name: &str| {
        let (_, rest) = page.split_once(&format!("<section {name} ")).unwrap_or_else(|| panic!("{name}"));
        rest.split_once("</section>").map(|(part, _)| part.to_owned()).unwrap_or_default()
    };
    let partly = part("data-partly");
    assert!(
        partly.contains("Deployment default/web") && partly.contains("spec.template.spec.runtimeClassName"),
        "{partly}"
    );
    assert!(partly.contains("mixed.yaml:9:"), "the field's own line: {partly}");
    let unused = part("data-unused");
    for word in ["Gadget g", "a kind that kubehop does not know", "Secret s", "it does not change where packets go"] {
        assert!(unused.contains(word), "{word}: {unused}");
    }
    assert!(page.contains("data-assumption=\"nodes\""), "what was assumed");
    let (_, group) = page.split_once("data-group=\"selects-nothing\"").expect("findings of one kind are together");
    assert!(group.contains("×2") && group.matches("data-diagnostic=\"selects-nothing\"").count() == 2);
    let shown = hrefs(&page, "class=\"chip\" data-trace-this");
    assert!(shown.iter().any(|href| href.contains("to=svc/default/idle:80")), "{shown:?}");
    for href in shown {
        assert_eq!(get(&app, &href).await.status, StatusCode::OK, "{href}");
    }
    let korean = get(&app, &format!("{at}?lang=ko")).await.body;
    assert!(korean.contains("일부 사용 1개") && !korean.contains(">inventory-") && !korean.contains(": unused-"));
}

#[tokio::test]
async fn verdicts_have_a_sign_a_word_and_a_class_and_are_never_a_plain_success() {
    let app = service().await;
    let policy = "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: deny}\nspec: {endpointSelector: {matchLabels: {app: web}}}\n";
    let assumed = post(&app, &[("mixed.yaml", MIXED)], "").await.header("location").to_owned();
    let not_modelled =
        post(&app, &[("mixed.yaml", &format!("{MIXED}{policy}"))], "").await.header("location").to_owned();
    for (at, to, verdict, sign, word, headline) in [
        ("/s/first-service", "web", "works", "✓", "Works", "<strong>Connected"),
        (assumed.as_str(), "idle", "fails", "✕", "Fails", "<strong>Connection refused"),
        (&assumed, "web", "assumed", "≈", "Under assumptions", "(if the assumptions hold)</strong>"),
        (&not_modelled, "web", "not-modelled", "?", "Not fully simulated", "(in the part that is simulated)</strong>"),
    ] {
        let query = format!("from=pod/default/client&to=svc/default/{to}:80&lang=en");
        let page = get(&app, &format!("{at}/trace?{query}")).await.body;
        assert!(page.contains(&format!("class=\"outcome {verdict}\"")), "{verdict}");
        assert!(page.contains(&format!("data-verdict=\"{verdict}\"")), "{verdict}");
        assert!(page.contains(&format!("{sign}</span> {word}")) && page.contains(headline), "{verdict}");
        assert_eq!(page.contains("data-leans="), matches!(verdict, "assumed" | "not-modelled"), "{verdict}");
        if verdict == "not-modelled" {
            assert!(page.contains("data-line href=\"/s/"), "the object's line is one click away");
        }
        let picture = get(&app, &format!("{at}/trace.svg?{query}")).await.body;
        assert!(picture.contains(&format!("<g class=\"verdict {verdict}\">")), "{verdict}");
        assert!(picture.contains(&format!("{sign} {word}")), "{verdict}");
        let heading = "<h2>Not simulated, and it could change the result</h2>";
        assert_eq!(page.contains(heading), verdict == "not-modelled", "a policy is nothing that is assumed");
        // What connects the nodes is in no input.
        assert!(picture.contains("lan-frame assumed") && picture.contains("gateway-frame assumed"), "{verdict}");
        // The ready scenario has its Nodes; around the others they are assumed, and drawn so.
        let dashed = picture.contains("class=\"node-frame assumed") && picture.contains("dashed: assumed");
        assert_eq!(dashed, at != "/s/first-service", "{verdict}");
    }
    let page = get(&app, &format!("{assumed}/trace?from=pod/default/client&to=svc/default/web:80")).await.body;
    assert!(page.contains("<g class=\"chip assumed"), "a listener that nobody names");
}

#[tokio::test]
async fn urls_are_compared_by_two_ways_in_with_those_of_the_rules_to_begin_with() {
    let app = service().await;
    let text = include_str!("../../fixtures/cases/http/both.yaml");
    let made = post(&app, &[("both.yaml", text)], "").await;
    let scenario = made.header("location").to_owned();
    let page = get(&app, &scenario).await.body;
    let own = hrefs(&page, "class=\"chip\" data-urls ");
    let usual = get(&app, own.first().expect("a link")).await;
    assert_eq!(usual.status, StatusCode::OK);
    assert!(usual.body.contains("value=\"gateway/default/door\""), "{}", usual.body);
    assert!(usual.body.contains("http://shop.test/api/1"), "the rules' own paths\n{}", usual.body);
    // A method before a URL; the answers differ, and each leads to its trace.
    let list = "urls=http://shop.test/api/v1%0APOST+http://shop.test/API/v1";
    let asked = get(&app, &format!("{scenario}/urls?connect=ingress&other=gateway/default/door&{list}")).await;
    assert!(
        asked.body.contains("<tr class=\"differs\"><th scope=\"row\"><code>POST http://shop.test/API/v1"),
        "{}",
        asked.body
    );
    let cells = hrefs(&asked.body, "");
    let trace = cells.iter().find(|href| href.contains("/trace?") && href.contains("method=POST")).expect("a trace");
    assert_eq!(get(&app, trace).await.status, StatusCode::OK, "{trace}");
    let json = get(&app, &format!("{scenario}/urls.json?other=gateway/default/door&{list}")).await.body;
    assert!(json.contains("\"schema\":\"kubehop.urls/1\"") && json.contains("\"differ\":1"), "{json}");
    // What is no URL is said, and too many are not asked for.
    let wrong = get(&app, &format!("{scenario}/urls?urls=shop")).await;
    assert!(wrong.status.is_client_error(), "{}", wrong.status);
    let many = "http://shop.test/%0A".repeat(101);
    let many = get(&app, &format!("{scenario}/urls?urls={many}")).await;
    assert!(many.status.is_client_error(), "{}", many.status);
}
