//! What is fuzzed, one function a target: bytes in, nothing out, and it panics where a promise is broken. `fuzz/` has a program of cargo-fuzz for
//! each; the normal tests send the committed corpus and fixed mutations of it (`tests/tests/pure/fuzzed.rs`).

use crate::service::{Got, get, send as ask};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use data_encoding::BASE64URL_NOPAD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use kernel::text::iptables::read::{Limits as SaveLimits, parse_save};
use kernel::text::nft::read::{NftLimits, Source, parse};
use kubernetes::budget::{Allowance, Budget};
use kubernetes::manifest::objects::Object;
use kubernetes::manifest::{Limits, Progress, SourceText, parse as parse_manifests};
use kubernetes::origin::CauseId;
use kubernetes::timeline::scenario_of;
use server::app;
use server::config::Config;
use server::fragment::Link;
use server::store::Store;
use sim_core::model::{Model, Options};
use sim_core::trace::{self, ProbeText};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::OnceLock;
use tokio::runtime::Runtime;
use web::json;

/// A target.
pub struct Target {
    /// Its name: that of the program and of the folder of its corpus.
    pub name: &'static str,
    /// What it does with an input.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: [Target; 8] = [
    Target { name: "manifests", run: manifests },
    Target { name: "scenario", run: scenario },
    Target { name: "events", run: events },
    Target { name: "probes", run: probes },
    Target { name: "iptables", run: iptables },
    Target { name: "nft", run: nft },
    Target { name: "http", run: http },
    Target { name: "fragment", run: fragment },
];

/// Bytes of an input that is looked at.
const LONGEST: usize = 32 << 10;

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]).into_owned()
}

/// A model of any text, as far as a small budget goes, with every namespace written and every suggested probe sent.
fn explore(source: String) {
    let budget = Budget::of(Allowance { steps: 200_000, bytes: 256 << 20 });
    let progress = Progress::within(budget.clone());
    let sources = [SourceText::given("fuzz.yaml", source.clone())];
    let Ok(model) = Model::build_within(&sources, &Limits::default(), &Options::default(), &progress) else { return };
    for finding in &model.diagnostics {
        let place = &finding.span;
        let _ = format!("{place:?} {}", finding.code);
    }
    for netns in model.site.network.namespaces().take(64) {
        let _ = netns.links.len();
    }
    for probe in web::gallery::suggested(&model).into_iter().take(2) {
        send(&model, &probe, &budget);
    }
}

/// Sends a probe and tells it in every form.
fn send(model: &Model, text: &ProbeText, budget: &Budget) {
    let Ok(probe) = trace::parse_probe(model, text) else { return };
    let Ok(model) = trace::model_for_within(model, &probe, budget) else { return };
    let Ok(journey) = trace::run_within(&model, &probe, budget) else { return };
    let _ = json::trace(&model, &journey).to_string();
}

/// Manifests of anybody.
pub fn manifests(bytes: &[u8]) {
    explore(text_of(bytes));
}

/// A Scenario beside a Pod and a Service.
pub fn scenario(bytes: &[u8]) {
    const AROUND: &str = "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec: {containers: [{name: c, image: nginx}]}\n\
                          ---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n";
    let text = text_of(bytes);
    explore(format!("apiVersion: kubehop.dev/v1alpha1\nkind: Scenario\nmetadata: {{name: fuzz}}\n{text}{AROUND}"));
}

/// Events, one a line, as addresses and the command line have them: what is taken is one Scenario with as many events, and nothing else.
pub fn events(bytes: &[u8]) {
    let text = text_of(bytes);
    let lines: Vec<&str> = text.lines().collect();
    let Ok(Some(source)) = scenario_of(&lines) else { return };
    let parsed = parse_manifests(std::slice::from_ref(&source), &Limits::default());
    assert!(parsed.diagnostics.is_empty(), "{}\n{:?}", source.text, parsed.diagnostics);
    let [Object::Scenario(document)] = parsed.objects.as_slice() else { panic!("{} objects", parsed.objects.len()) };
    assert_eq!(document.value.timeline.len(), lines.len(), "{}", source.text);
}

/// The words of a probe, one a line: source, destination, protocol, source port, node, time before, seconds between, choices.
pub fn probes(bytes: &[u8]) {
    static MODEL: OnceLock<Model> = OnceLock::new();
    let model = MODEL.get_or_init(crate::ready);
    let text = text_of(bytes);
    let mut lines = text.lines().map(str::to_owned);
    let mut next = || lines.next().filter(|line| !line.is_empty());
    let probe = ProbeText {
        from: next().unwrap_or_default(),
        to: next().unwrap_or_default(),
        proto: next(),
        sport: next(),
        via: next(),
        before: next(),
        wait: next(),
        choose: lines.take(4).collect(),
        ..ProbeText::default()
    };
    send(model, &probe, &Budget::of(Allowance { steps: 200_000, bytes: 256 << 20 }));
}

/// Text of `iptables-save`: what is read is printed so that it is read as the same again.
pub fn iptables(bytes: &[u8]) {
    let read = |text: &str| parse_save(text, &SaveLimits::default(), &mut |_| CauseId(0));
    let print = |rules: &_| {
        let mut out = String::new();
        sim_core::print::iptables::write_save(&mut out, rules, &|_| true).expect("a String takes everything");
        out
    };
    let Ok(rules) = read(&text_of(bytes)) else { return };
    let printed = print(&rules);
    let again = read(&printed).unwrap_or_else(|errors| panic!("what is printed cannot be read: {errors:?}\n{printed}"));
    assert_eq!(print(&again), printed, "what is printed is read as something else");
}

/// Text of nft, as a listing and as a script.
pub fn nft(bytes: &[u8]) {
    let text = text_of(bytes);
    for source in [Source::Listing, Source::Script] {
        let Ok(rules) = parse(&text, source, CauseId::default(), &NftLimits::default()) else { continue };
        let mut printed = String::new();
        sim_core::print::nft::write_ruleset(&mut printed, &rules).expect("a String takes everything");
    }
}

/// A server with an empty store, and what runs it.
fn served() -> &'static (Runtime, Router) {
    static SERVED: OnceLock<(Runtime, Router)> = OnceLock::new();
    SERVED.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let store = runtime.block_on(Store::open("sqlite::memory:")).expect("a store");
        // Small enough that nothing made of bytes at random takes long.
        let config = Config { work_steps: 200_000, ..Config::default() };
        let app = app::app(store, &config.for_one_client());
        (runtime, app)
    })
}

/// What a link carries behind its `#`, opened: never 500, never markup of its own, and what is read is written so that it is read as the same.
/// Bytes that begin with `{` are its JSON up to the first line's end, and from there on the page below; with `#` the fragment as it is; all others
/// what is compressed.
pub fn fragment(bytes: &[u8]) {
    let bytes = &bytes[..bytes.len().min(LONGEST)];
    let text = match bytes.first() {
        Some(b'{') => {
            let (json, below) = bytes.split_at(bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len()));
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(json).expect("a Vec takes everything");
            let packed = encoder.finish().expect("a Vec takes everything");
            format!("v1.{}{}", BASE64URL_NOPAD.encode(&packed), text_of(below).trim_start())
        }
        Some(b'#') => text_of(bytes),
        _ => format!("v1.{}", BASE64URL_NOPAD.encode(bytes)),
    };
    if let Ok(link) = Link::read(&text)
        && let Ok(written) = link.write()
    {
        assert_eq!(Link::read(&written), Ok(link), "{text}");
    }
    let (runtime, app) = served();
    let request = Request::post("/view").header("content-type", "text/plain").body(Body::from(text.clone()));
    let Got { status, body, .. } = runtime.block_on(ask(app, request.expect("a request")));
    assert!(status.as_u16() != 500, "{text}: {body}");
    assert!(!body.contains("<kubehop-fuzz"), "{text}: markup of the link is in the page");
}

/// The query of an address, of every page: never 500, never markup of the query's own.
pub fn http(bytes: &[u8]) {
    const PAGES: [&str; 11] = [
        "",
        "/trace",
        "/trace.json",
        "/trace.svg",
        "/rules",
        "/rule",
        "/service",
        "/state",
        "/source",
        "/link",
        "/time",
    ];
    let (runtime, app) = served();
    let (page, query) = bytes.split_first().map_or((0, bytes), |(first, rest)| (usize::from(*first), rest));
    let mut path = format!("/s/first-service{}?", PAGES[page % PAGES.len()]);
    for byte in &query[..query.len().min(2_000)] {
        match byte {
            b'&' | b'=' | b'%' | b'/' | b':' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                path.push(char::from(*byte))
            }
            other => drop(write!(path, "%{other:02X}")),
        }
    }
    let Got { status, body, .. } = runtime.block_on(get(app, &path));
    assert!(status.as_u16() != 500, "{path}: {body}");
    assert!(!body.contains("<kubehop-fuzz"), "{path}: markup of the address is in the page");
}

/// Mutations of an input, always the same for the same seed.
pub struct Mutations {
    state: u64,
}

impl Mutations {
    /// From a seed on.
    pub fn new(seed: u64) -> Self {
        Self { state: seed ^ 0x9e37_79b9_7f4a_7c15 }
    }

    /// The next number (splitmix64).
    fn next(&mut self) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as usize
    }

    /// One of `bytes`, with a few of: a byte changed, a piece dropped, doubled or moved, a piece of `other`, a word that readers stumble over.
    pub fn of(&mut self, bytes: &[u8], other: &[u8]) -> Vec<u8> {
        const WORDS: [&[u8]; 16] = [
            b"\0",
            b"\xff\xfe",
            b"4294967296",
            b"-1",
            b"[[[[",
            b"{",
            b"\t",
            b"\r\n",
            b": ",
            b"- ",
            b"&a *a",
            b"<kubehop-fuzz>",
            b"%00",
            b"\xe2\x80\xae",
            b"0x",
            b"!",
        ];
        let mut made = bytes.to_vec();
        for _ in 0..1 + self.next() % 4 {
            let at = self.next() % (made.len() + 1);
            let end = (at + self.next() % 24).min(made.len());
            match self.next() % 6 {
                0 if at < made.len() => made[at] = self.next() as u8,
                1 => drop(made.drain(at..end)),
                2 => {
                    let piece = made[at..end].to_vec();
                    made.splice(at..at, piece);
                }
                3 => {
                    let piece: Vec<u8> = made.drain(at..end).collect();
                    let to = self.next() % (made.len() + 1);
                    made.splice(to..to, piece);
                }
                4 if !other.is_empty() => {
                    let from = self.next() % other.len();
                    let until = (from + self.next() % 64).min(other.len());
                    made.splice(at..at, other[from..until].iter().copied());
                }
                _ => {
                    let word = WORDS[self.next() % WORDS.len()];
                    made.splice(at..at, word.iter().copied());
                }
            }
        }
        made
    }
}
