//! What leaves a trace's page: pictures, and what other sites show of a share.

use axum::Router;
use axum::http::StatusCode;
use kubehop_tests::hostile;
use kubehop_tests::service::{Got, get, get_with, post, service};
use resvg::tiny_skia::Pixmap;
use resvg::usvg::roxmltree;
use server::app::app;
use server::config::Config;
use server::store::Store;

const PROBE: &str = "from=pod/default/client&to=web:80";

async fn export(app: &Router, suffix: &str, more: &str) -> Got {
    get(app, &format!("/s/first-service/trace{suffix}?{PROBE}&{more}")).await
}

/// A PNG, decoded.
fn pixels(got: &Got) -> Pixmap {
    assert_eq!((got.status, got.header("content-type")), (StatusCode::OK, "image/png"), "{}", got.body);
    Pixmap::decode_png(&got.bytes).expect("a PNG")
}

/// Part of the pixels that differ.
fn difference(one: &Pixmap, other: &Pixmap) -> f64 {
    assert_eq!((one.width(), one.height()), (other.width(), other.height()));
    let differ = one.pixels().iter().zip(other.pixels()).filter(|(a, b)| a != b).count();
    differ as f64 / one.pixels().len() as f64
}

#[tokio::test]
async fn a_step_comes_as_pixels() {
    let app = service().await;
    let svg = export(&app, ".svg", "step=9").await.body;
    let side = |name: &str| -> u32 {
        let (_, rest) = svg.split_once(&format!(" {name}=\"")).expect("a size");
        rest.split('"').next().expect("its end").parse().expect("a number")
    };
    let step = pixels(&export(&app, ".png", "step=9").await);
    assert_eq!((step.width(), step.height()), (2 * side("width"), 2 * side("height")), "twice its natural size");
    let once = pixels(&export(&app, ".png", "step=9&scale=1").await);
    assert_eq!((once.width(), once.height()), (side("width"), side("height")));
    // Nothing is transparent, and there is more than paper.
    assert!(step.pixels().iter().all(|pixel| pixel.alpha() == 255));
    let paper = step.pixel(0, 0).expect("a corner");
    assert_eq!((paper.red(), paper.green(), paper.blue()), (0xfd, 0xfd, 0xfb));
    let drawn = step.pixels().iter().filter(|pixel| **pixel != paper).count();
    assert!(drawn * 10 > step.pixels().len(), "{drawn} of {}", step.pixels().len());

    let next = pixels(&export(&app, ".png", "step=10").await);
    let moved = difference(&step, &next);
    assert!(moved > 0.001 && moved < 0.2, "{moved}: the packet and what is open, and nothing else");
    let dark = pixels(&export(&app, ".png", "step=9&theme=dark").await);
    let paper = dark.pixel(0, 0).expect("a corner");
    assert_eq!((paper.red(), paper.green(), paper.blue()), (0x12, 0x17, 0x1d));
    assert!(difference(&step, &dark) > 0.9);
    // The same of a place, which is what a share keeps.
    let place = pixels(&export(&app, ".png", "at=dns/node-a/POSTROUTING").await);
    assert!(difference(&step, &place) < difference(&next, &place), "nearer to the step of that place");
}

#[tokio::test]
async fn korean_is_written_and_not_boxes() {
    let app = service().await;
    let (english, korean) =
        (pixels(&export(&app, ".png", "step=9&lang=en").await), pixels(&export(&app, ".png", "step=9&lang=ko").await));
    assert!(difference(&english, &korean) > 0.001);
    // Signs that no font has are all the same box: other words would then be the same picture.
    let picture = |words: &str| {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"80\" height=\"20\"><text x=\"2\" y=\"15\">{words}</text></svg>"
        );
        let budget = kubernetes::budget::Budget::unlimited();
        server::raster::draw(&svg, (80, 20), 2.0, 1_000_000, &budget).expect("a picture").bytes
    };
    assert_ne!(picture("루트 네임스페이스"), picture("노드 라우팅테이블"));
    assert_ne!(picture("라우팅"), picture("\u{e100}\u{e101}\u{e102}"));
}

#[tokio::test]
async fn a_picture_is_as_large_as_it_may_be_and_that_is_told() {
    let app = service().await;
    let got = export(&app, ".png", "step=9&scale=4").await;
    let large = pixels(&got);
    let all = u64::from(large.width()) * u64::from(large.height());
    assert!(all <= server::limits::PIXELS && all > server::limits::PIXELS * 99 / 100, "{all}");
    assert_eq!(got.header("x-kubehop-reduced-to"), format!("{}x{}", large.width(), large.height()));
    assert_eq!(export(&app, ".png", "step=9").await.header("x-kubehop-reduced-to"), "");
    for wrong in ["scale=0", "scale=5", "scale=x", "scale=1.5"] {
        let got = export(&app, ".png", wrong).await;
        assert!(got.status == StatusCode::BAD_REQUEST && got.body.contains("scale"), "{wrong}: {}", got.status);
    }
}

#[tokio::test]
async fn a_step_that_there_is_not_is_told() {
    let app = service().await;
    for suffix in [".svg", ".png", ".md", ".json"] {
        for wrong in ["step=0", "step=-1", "step=x", "step=999", "step=99999999999999999999", "at=nowhere"] {
            let got = export(&app, suffix, wrong).await;
            let (name, value) = wrong.split_once('=').expect("a pair");
            assert_eq!(got.status, StatusCode::BAD_REQUEST, "{suffix} {wrong}");
            assert!(got.body.contains(value) && (name == "at" || got.body.contains("this trace has")), "{}", got.body);
            if suffix == ".json" {
                let problem: serde_json::Value = serde_json::from_str(&got.body).expect("JSON");
                assert_eq!((problem["parameter"].as_str(), problem["status"].as_u64()), (Some(name), Some(400)));
            }
        }
    }
    let api = format!("/api/v1/scenarios/first-service/trace?{PROBE}");
    assert!(
        get(&app, &format!("{api}&step=9"))
            .await
            .body
            .contains("\"shown\":{\"step\":9,\"place\":\"dns/node-a/POSTROUTING\"}")
    );
    for (wrong, name) in [("step=999", "step"), ("step=0", "step"), ("at=nowhere", "at"), ("level=all", "level")] {
        let problem = get(&app, &format!("{api}&{wrong}")).await;
        let problem: serde_json::Value = serde_json::from_str(&problem.body).expect("JSON");
        assert_eq!((problem["parameter"].as_str(), problem["status"].as_u64()), (Some(name), Some(400)), "{wrong}");
    }
    // A page shows the nearest step, or the one it opens at, and says so.
    let page = get(&app, &format!("/s/first-service/trace?{PROBE}&at=nowhere")).await;
    assert!(page.status == StatusCode::OK && page.body.contains("comes by no place “nowhere”"));
}

#[tokio::test]
async fn nothing_is_taken_for_something_else_in_silence() {
    let app = service().await;
    for suffix in ["", ".svg", ".png", ".md", ".json", ".pcapng"] {
        for wrong in ["level=most", "lang=tlh", "theme=pink"] {
            let got = export(&app, suffix, wrong).await;
            let (name, value) = wrong.split_once('=').expect("a pair");
            assert_eq!(got.status, StatusCode::BAD_REQUEST, "trace{suffix}?{wrong}");
            assert!(got.body.contains(name) && got.body.contains(value), "{}", got.body);
            assert_eq!(got.header("set-cookie"), "", "trace{suffix}?{wrong}");
        }
        assert_eq!(
            export(&app, suffix, "level=&lang=&theme=&step=").await.status,
            StatusCode::OK,
            "trace{suffix}: blank"
        );
    }
    for suffix in [".svg", ".png", ".md", ".pcapng"] {
        let got = export(&app, suffix, "all=1").await;
        assert!(got.status == StatusCode::BAD_REQUEST && got.body.contains("“all”"), "trace{suffix}?all=1");
    }
    for page in ["/", "/s/first-service", "/help/refused", "/api/v1"] {
        assert_eq!(get(&app, &format!("{page}?lang=tlh")).await.status, StatusCode::BAD_REQUEST, "{page}");
    }
    for suffix in [".pdf", ".jpg", ".svgz", ".json.gz", "."] {
        let got = export(&app, suffix, "").await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "trace{suffix}");
        assert!(got.body.contains("trace.png") && got.body.contains("href=\"/\""), "{}", got.body);
    }
    assert!(!get(&app, "/s/first-service/other.pdf").await.body.contains("trace.png"));
}

#[tokio::test]
async fn a_step_alone_is_a_part_of_the_transcript() {
    let app = service().await;
    let (all, one) = (export(&app, ".md", "").await.body, export(&app, ".md", "step=9").await.body);
    let rows = |text: &str| text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| #")).count();
    assert!(rows(&all) > 20 && rows(&one) == 1 && one.contains("| 9 | node-a · POSTROUTING |"), "{one}");
    assert!(one.contains("--step 9") && !all.contains("--step"));
    assert_eq!(export(&app, ".md", "at=dns/node-a/POSTROUTING").await.body, one);
}

#[tokio::test]
async fn names_that_are_markup_are_drawn_as_they_are() {
    let app = service().await;
    let at = post(&app, &[("a.yaml", &hostile::ACTING.replace("pwned", "<script>]]></style>&amp;"))], "").await;
    let asked = format!("{}/trace.svg?from=pod/default/client&to=svc/default/web:80", at.header("location"));
    let svg = get(&app, &asked).await;
    assert_eq!(svg.status, StatusCode::OK, "{}", svg.body);
    assert!(svg.body.contains("&lt;script&gt;") && !svg.body.contains("<script"), "{}", svg.body);
    assert_eq!(hostile::acts(&svg.body), None);
    roxmltree::Document::parse(&svg.body).expect("XML");
    pixels(&get(&app, &asked.replace(".svg", ".png")).await);
}

#[tokio::test]
async fn a_shared_step_has_a_card_for_other_sites() {
    let store = Store::open("sqlite::memory:").await.expect("store");
    let public = Config { public_url: Some("https://hop.example".to_owned()), ..Config::default().for_one_client() };
    let app = app(store, &public);
    let share = async |query: &str| {
        let body = format!("query={}&lifetime=1d", query.replace('&', "%26").replace('=', "%3D"));
        let request = axum::http::Request::post("/s/first-service/share")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(axum::body::Body::from(body));
        let got = kubehop_tests::service::send(&app, request.expect("request")).await;
        got.header("location").strip_suffix("/share").expect("a share").to_owned()
    };
    let (early, late) = (share(&format!("{PROBE}&step=3")).await, share(&format!("{PROBE}&step=12")).await);
    let page = get(&app, get(&app, &early).await.header("location")).await.body;
    let (_, rest) = page.split_once("property=\"og:image\" content=\"").expect("a picture for other sites");
    let image = rest.split('"').next().expect("its end");
    let path = image.strip_prefix("https://hop.example").expect("a whole address");
    assert!(path.starts_with(&early) && path.contains(".png"), "{image}");
    assert!(page.contains("summary_large_image") && page.contains("og:image:width\" content=\"1200\""));
    let got = get(&app, path).await;
    let card = pixels(&got);
    assert_eq!((card.width(), card.height()), (1_200, 630));
    assert_eq!(got.header("cross-origin-resource-policy"), "cross-origin");
    assert!(got.header("cache-control").contains("no-store") && got.header("set-cookie").is_empty());
    // It is that very step, in the reader's language.
    let other = pixels(&get(&app, &format!("{late}.png?lang=en")).await);
    assert!(difference(&card, &other) > 0.001);
    let korean = pixels(&get_with(&app, &format!("{early}.png"), &[("accept-language", "ko")]).await);
    assert!(difference(&card, &korean) > 0.001);
    // A share without a question shows the cluster; what is no share has no card.
    let whole = share("").await;
    let cluster = pixels(&get(&app, &format!("{whole}.png")).await);
    assert_eq!((cluster.width(), cluster.height()), (1_200, 630));
    assert_eq!(get(&app, "/x/nobody.png").await.status, StatusCode::NOT_FOUND);
}

/// What is drawn of a document, in order: elements with their classes and places. What is hidden without motion is left out.
fn drawn(text: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(text).expect("XML");
    let mut found = Vec::new();
    let mut open = vec![document.root_element()];
    while let Some(node) = open.pop() {
        let class = node.attribute("class").unwrap_or_default();
        let words: Vec<&str> = class.split(' ').collect();
        let hidden = words.contains(&"v") && !words.contains(&"here");
        let skipped = ["title", "desc", "style"].contains(&node.tag_name().name())
            || ["caption", "progress", "bar", "paper"].contains(&words[0])
            || (words[0] == "seg" && words.contains(&"next"));
        if hidden || skipped || !node.is_element() {
            continue;
        }
        let animates =
            |word: &&str| *word == "here" || word.starts_with('v') && word[1..].bytes().all(|b| b.is_ascii_digit());
        let class: Vec<&str> = words.into_iter().filter(|word| !animates(word)).collect();
        let places =
            ["x", "y", "cx", "cy", "width", "height", "r", "d"].map(|name| node.attribute(name).unwrap_or_default());
        let said = node.text().unwrap_or_default();
        // What only holds others together differs between the two.
        if !(node.tag_name().name() == "g" || node.tag_name().name() == "svg") {
            found.push(format!("{} {} {} {said}", node.tag_name().name(), class.join(" "), places.join(",")));
        } else if class.iter().any(|word| ["now", "past", "active", "tied", "dropped"].contains(word)) {
            found.push(class.join(" "));
        }
        let children: Vec<_> = node.children().collect();
        open.extend(children.into_iter().rev());
    }
    found
}

#[tokio::test]
async fn every_step_of_an_animation_is_the_picture_of_that_step() {
    let app = service().await;
    let at = "/s/first-service/trace.svg?from=pod/default/client";
    for (to, steps) in [("web:80", [1, 9, 42, 80, 144]), ("idle:80", [1, 7, 30, 61, 62])] {
        for step in steps {
            let (still, moving) = (format!("{at}&to={to}&step={step}"), format!("{at}&to={to}&animated=1&step={step}"));
            let (still, moving) = (get(&app, &still).await, get(&app, &moving).await);
            assert_eq!((still.status, moving.status), (StatusCode::OK, StatusCode::OK), "{to} {step}");
            let (still, moving) = (drawn(&still.body), drawn(&moving.body));
            assert!(still.len() > 100 && still.iter().any(|line| line.contains("now")));
            let differ = still.iter().zip(&moving).find(|(still, moving)| still != moving);
            assert!(still == moving, "{to} {step}: {differ:?}, {} and {}", still.len(), moving.len());
        }
    }
}

#[tokio::test]
async fn an_animation_stands_alone() {
    let app = service().await;
    let got = export(&app, ".svg", "animated=1").await;
    let (_, style) = got.body.split_once("<style>").expect("a style");
    let (style, _) = style.split_once("</style>").expect("its end");
    let text = style.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let hash = data_encoding::BASE64.encode(&<sha2::Sha256 as sha2::Digest>::digest(text.as_bytes()));
    let policy = got.header("content-security-policy");
    assert!(policy.contains(&format!("default-src 'none'; style-src 'sha256-{hash}'")), "{policy}");
    for sign in ["<script", "href=", "url(", "style=\"", "<image", "<use", "@import", "<foreignObject", "<animate"] {
        assert!(!got.body.contains(sign), "{sign}");
    }
    assert!(text.contains("prefers-reduced-motion:no-preference") && text.contains("animation-play-state:paused"));
    // Every class that is animated has its keyframes, in order and within the whole.
    for part in text.split("@keyframes ").skip(1) {
        let (name, rest) = part.split_once('{').expect("a block");
        let moments =
            rest.split('{').filter_map(|before| before.rsplit('}').next()?.trim().strip_suffix('%')?.parse().ok());
        let moments: Vec<f64> = moments.collect();
        assert!(moments.windows(2).all(|pair| pair[0] <= pair[1]) && moments.iter().all(|at| *at <= 100.0), "{name}");
        assert!(name == "bar" || !moments.is_empty(), "{name}");
    }
    assert_eq!(text.matches("{animation-name:v").count(), text.matches("@keyframes v").count());
    for (more, status) in [("animated", 200), ("animated=0", 200), ("animated=yes", 400)] {
        assert_eq!(export(&app, ".svg", more).await.status.as_u16(), status, "{more}");
    }
    assert_eq!(export(&app, ".svg", "animated=0").await.body, export(&app, ".svg", "").await.body);
}

#[tokio::test]
async fn one_list_leads_to_every_form() {
    let app = service().await;
    for lang in ["en", "ko"] {
        let page = get(&app, &format!("/s/first-service/trace?{PROBE}&step=9&lang={lang}")).await.body;
        let (_, menu) = page.split_once("data-exports").expect("a list");
        let (menu, _) = menu.split_once("</main>").expect("its end");
        let hrefs: Vec<String> = menu
            .split("<li><a href=\"")
            .skip(1)
            .filter_map(|rest| rest.split_once('"'))
            .map(|(href, _)| href.replace("&#38;", "&"))
            .take_while(|href| ["/trace.", "/compare?", "/lesson.", "/lab."].iter().any(|part| href.contains(part)))
            .collect();
        let suffixes = [".svg?", ".svg?", ".png?", ".md?", ".json?", ".pcapng?"];
        assert!(hrefs.len() > 15, "{hrefs:?}");
        assert!(suffixes.iter().zip(&hrefs).all(|(suffix, href)| href.contains(suffix)), "{hrefs:?}");
        assert!(hrefs[1].contains("animated=1") && hrefs[2].contains("step=9"), "{hrefs:?}");
        assert_eq!(hrefs.iter().filter(|href| href.contains("interface=")).count(), 12, "{hrefs:?}");
        for href in &hrefs {
            assert_eq!(get(&app, href).await.status, StatusCode::OK, "{href}");
        }
        // Each says what it is good for.
        assert_eq!(menu.matches("</a> <span>").count(), 9);
        assert!(!menu.contains("<span></span>") && !menu.contains("export-"), "{menu}");
    }
}
