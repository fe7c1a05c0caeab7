//! The server over real sockets: who does not keep pace, who asks too much, who hangs up, and what others notice of it.

use server::app;
use server::config::{Bytes, Config, Span};
use server::listen;
use server::state::AppState;
use server::store::Store;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const SHOP: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: client}\nspec: {containers: [{name: sh, image: sh}]}\n";

struct Served {
    at: SocketAddr,
    state: Arc<AppState>,
    end: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

async fn serve(config: Config) -> Served {
    let state = Arc::new(app::state(Store::open("sqlite::memory:").await.expect("store"), &config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("listener");
    let (at, app) = (listener.local_addr().expect("address"), app::over(&state));
    let (end, ending) = oneshot::channel::<()>();
    let ended = tokio::spawn(async move { listen::serve(listener, app, &config, async { drop(ending.await) }).await });
    Served { at, state, end, ended }
}

/// All that comes until the other end closes, within 20 seconds.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await;
    // A reset after the answer is an end too.
    drop(read.expect("the other end closes in time"));
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn connect(at: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(at).await.expect("connection");
    stream.write_all(text.as_bytes()).await.expect("written");
    stream
}

/// Asks, and has the whole answer.
async fn ask(at: SocketAddr, line: &str, headers: &str) -> String {
    let request = format!("{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n");
    rest(&mut connect(at, &request).await).await
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

fn form(length: usize) -> String {
    format!(
        "POST /s HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: {length}\r\n\r\n"
    )
}

fn fast() -> Config {
    let short = Span(Duration::from_millis(300));
    Config {
        header_timeout: short,
        body_timeout: short,
        write_timeout: short,
        grace: Span::seconds(1),
        ..Config::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_comes_slowly_ends_the_connection_and_an_idle_one_stays() {
    let served = serve(Config { idle_timeout: Span::seconds(2), ..fast() }).await;
    let mut idle = connect(served.at, "").await;
    let mut slow = connect(served.at, "GET / HTTP/1.1\r\nhost: loc").await;
    let started = Instant::now();
    let _ = rest(&mut slow).await;
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    // One that has not begun to ask has more time, also for a second request.
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(600)).await;
        idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("written");
        let mut buffer = [0; 4_096];
        let read = idle.read(&mut buffer).await.expect("answer");
        assert_eq!(status(&String::from_utf8_lossy(&buffer[..read])), "200");
    }
    let started = Instant::now();
    assert_eq!(rest(&mut idle).await, "", "in the end it is closed");
    assert!(started.elapsed() > Duration::from_secs(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_slow_or_cut_are_408() {
    let served = serve(fast()).await;
    let mut slow = connect(served.at, &form(10_000)).await;
    slow.write_all(b"--x\r\n").await.expect("written");
    let answer = rest(&mut slow).await;
    assert_eq!(status(&answer), "408", "{answer}");
    assert!(answer.contains("<html"), "a page: {answer}");
    let mut cut = connect(served.at, &form(10_000)).await;
    cut.write_all(b"--x\r\nContent-Disposition: form-data; name=\"manifest\"\r\n\r\napi").await.expect("written");
    cut.shutdown().await.expect("half closed");
    assert_eq!(status(&rest(&mut cut).await), "408");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_nothing_of_an_answer_is_let_go() {
    let served = serve(fast()).await;
    let request = "GET /s/first-service/trace?from=pod/default/client&to=web:80 HTTP/1.1\r\nhost: localhost\r\n\r\n";
    // More answers than any buffer takes, of which nothing is read.
    let mut stream = connect(served.at, &request.repeat(400)).await;
    let closed = async {
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            if stream.write_all(request.as_bytes()).await.is_err() {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), closed).await.expect("the connection is closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_bounded_in_all_and_by_client() {
    for config in [Config { connections: 2, ..fast() }, Config { client_connections: 2, ..fast() }] {
        let served = serve(config).await;
        let held = [connect(served.at, "").await, connect(served.at, "").await];
        tokio::time::sleep(Duration::from_millis(100)).await;
        let answer = rest(&mut TcpStream::connect(served.at).await.expect("connection")).await;
        assert!(status(&answer) == "503" && answer.contains("retry-after"), "{answer}");
        drop(held);
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(status(&ask(served.at, "GET /healthz", "").await), "200", "there is room again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_asks_too_often_is_sent_away_and_others_are_not() {
    let proxies = vec!["127.0.0.1".parse::<std::net::IpAddr>().expect("address").into()];
    let served = serve(Config { rate: 1, burst: 3, trusted_proxies: proxies, ..fast() }).await;
    let ask =
        async |client: &str| ask(served.at, "GET /help/rejected", &format!("x-forwarded-for: {client}\r\n")).await;
    for _ in 0..4 {
        assert_eq!(status(&ask("203.0.113.1").await), "200");
    }
    let asked = std::time::Instant::now();
    let answer = ask("203.0.113.1").await;
    assert!(status(&answer) == "429" && answer.contains("retry-after: 1"), "{answer}");
    assert!(asked.elapsed() >= Duration::from_millis(200), "who asks again at once is told so after a moment");
    assert_eq!(status(&ask("6.6.6.6, 203.0.113.1").await), "429", "what the client wrote itself counts nothing");
    assert_eq!(status(&ask("203.0.113.2").await), "200");
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_of_others_than_proxies_count_nothing() {
    let served = serve(Config { rate: 1, burst: 1, ..fast() }).await;
    let ask = async |client: &str| {
        let headers = format!("x-forwarded-for: {client}\r\nx-forwarded-proto: https\r\nx-request-id: mine\r\n");
        ask(served.at, "GET /help/rejected", &headers).await
    };
    let first = ask("203.0.113.1").await;
    assert!(!first.contains("strict-transport-security") && !first.contains("mine"), "{first}");
    assert!(first.contains("x-request-id: "), "{first}");
    ask("203.0.113.2").await;
    assert_eq!(status(&ask("203.0.113.3").await), "429");
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_have_a_rate_of_their_own() {
    let served = serve(Config { upload_rate: 2, ..fast() }).await;
    let body = format!("--x\r\nContent-Disposition: form-data; name=\"manifest\"\r\n\r\n{SHOP}\r\n--x--\r\n");
    let mut answers = Vec::new();
    for _ in 0..4 {
        let request = form(body.len()).replace("host:", "connection: close\r\nhost:") + &body;
        answers.push(status(&rest(&mut connect(served.at, &request).await).await).to_owned());
    }
    assert_eq!(answers, ["303", "303", "303", "429"]);
    assert_eq!(status(&ask(served.at, "GET /", "").await), "200", "looking goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_uploads_slowly_and_others_upload() {
    let served = serve(Config { body_timeout: Span::seconds(10), uploads: 4, ..fast() }).await;
    let mut slow = connect(served.at, &form(10_000)).await;
    slow.write_all(b"--x\r\n").await.expect("written");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let answer = rest(&mut connect(served.at, &form(10)).await).await;
    assert_eq!(status(&answer), "429", "a client has a quarter of the places: {answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_small_slow_uploads_leave_room_for_others() {
    let proxies = vec!["127.0.0.1".parse::<std::net::IpAddr>().expect("address").into()];
    let config = Config { body_timeout: Span::seconds(20), uploads: 1, max_body: Bytes(1 << 20), ..fast() };
    let served = serve(Config { trusted_proxies: proxies, ..config }).await;
    let of = |client: usize, size: usize| {
        form(size).replace("host:", &format!("x-forwarded-for: 203.0.113.{client}\r\nhost:"))
    };
    // As many as there would be places for large ones four times over, each of a client of its own.
    let mut slow = Vec::new();
    for client in 0..4 {
        let mut stream = connect(served.at, &of(client, 10_000)).await;
        stream.write_all(b"--x\r\n").await.expect("written");
        slow.push(stream);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let body = format!("--x\r\nContent-Disposition: form-data; name=\"manifest\"\r\n\r\n{SHOP}\r\n--x--\r\n");
    let request = of(100, body.len()).replace("host:", "connection: close\r\nhost:") + &body;
    assert_eq!(status(&rest(&mut connect(served.at, &request).await).await), "303");
    // A large one is as much as all may be.
    let answer = rest(&mut connect(served.at, &of(101, 1 << 20)).await).await;
    assert_eq!(status(&answer), "503", "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_for_a_client_that_left_stops_and_blocks_nobody() {
    let served = serve(Config { workers: Some(2), ..fast() }).await;
    let (running, stopped) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let heavy = || {
        let (state, running, stopped) = (served.state.clone(), running.clone(), stopped.clone());
        tokio::spawn(async move {
            let work = move |budget: &kubernetes::budget::Budget| {
                running.fetch_add(1, Ordering::SeqCst);
                while !budget.is_stopped() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                stopped.fetch_add(1, Ordering::SeqCst);
            };
            state.pool.run_within(work).await
        })
    };
    let tasks = [heavy(), heavy()];
    while running.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let started = Instant::now();
    assert_eq!(status(&ask(served.at, "GET /s/first-service", "").await), "200", "another client has the other worker");
    assert!(started.elapsed() < Duration::from_secs(10));
    tasks.iter().for_each(JoinHandle::abort);
    while stopped.load(Ordering::SeqCst) < running.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(served.state.pool.load().1, 0);
}

/// As many Services before the same Pods as take a debug build some seconds.
fn heavy() -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for pod in 0..60 {
        let _ = writeln!(
            text,
            "---\n{{apiVersion: v1, kind: Pod, metadata: {{name: p{pod}, labels: {{app: web}}}}, spec: {{containers: [{{name: c, image: nginx}}]}}}}"
        );
    }
    for service in 0..1_500 {
        let _ = writeln!(
            text,
            "---\n{{apiVersion: v1, kind: Service, metadata: {{name: s{service}}}, spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}}}"
        );
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn two_requests_that_were_hung_up_do_not_block_the_others() {
    let proxies = vec!["127.0.0.1".parse::<std::net::IpAddr>().expect("address").into()];
    let served = serve(Config { workers: Some(2), trusted_proxies: proxies, ..Config::default() }).await;
    let body = format!("--x\r\nContent-Disposition: form-data; name=\"manifest\"\r\n\r\n{}\r\n--x--\r\n", heavy());
    let request = form(body.len()).replace("host:", "connection: close\r\nhost:") + &body;
    let answer = rest(&mut connect(served.at, &request).await).await;
    let location = answer.lines().find_map(|line| line.strip_prefix("location: ")).expect("an upload").to_owned();
    let mut hung = Vec::new();
    for cni in ["flannel", "calico"] {
        let line = format!("GET {location}/trace.json?from=pod/default/p0&to=s9:80&all&cni={cni} HTTP/1.1");
        hung.push(connect(served.at, &format!("{line}\r\nhost: x\r\nx-forwarded-for: 203.0.113.1\r\n\r\n")).await);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let started = Instant::now();
    let other = ask(served.at, "GET /s/first-service", "x-forwarded-for: 203.0.113.2\r\n").await;
    assert_eq!(status(&other), "200", "while they run");
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    drop(hung);
    let idle = async {
        while served.state.pool.load() != (0, 0) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(15), idle).await.expect("nothing runs for those who left");
    assert_eq!(status(&ask(served.at, "GET /s/first-service", "").await), "200");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_waits_for_nobody_longer_than_its_grace() {
    let served = serve(fast()).await;
    let held = connect(served.at, "").await;
    let mut slow = connect(served.at, &form(10_000)).await;
    slow.write_all(b"--x\r\n").await.expect("written");
    tokio::time::sleep(Duration::from_millis(50)).await;
    served.end.send(()).expect("it runs");
    tokio::time::timeout(Duration::from_secs(5), served.ended).await.expect("it ends").expect("without a panic");
    drop((held, slow));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_paths_that_lead_elsewhere_do_not() {
    let served = serve(Config { allowed_hosts: vec!["localhost".to_owned()], ..fast() }).await;
    let mut wrong = connect(served.at, "GET / HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n").await;
    let wrong = rest(&mut wrong).await;
    assert_eq!(status(&wrong), "421");
    let none = rest(&mut connect(served.at, "GET / HTTP/1.0\r\n\r\n").await).await;
    assert_eq!(status(&none), "400");
    for path in ["//evil.example/%2e%2e", "/\\evil.example", "//evil.example//s/first-service"] {
        let answer = ask(served.at, &format!("GET {path}"), "").await;
        for bad in ["\"//evil", "\"/\\evil", "location: //", "location: /\\"] {
            assert!(!answer.contains(bad), "{path}: {bad}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_tls_browsers_are_told_to_stay_with_it() {
    let proxies = vec!["127.0.0.0/8".parse().expect("network")];
    let served = serve(Config { trusted_proxies: proxies, ..fast() }).await;
    let tls = ask(served.at, "GET /healthz", "x-forwarded-proto: https\r\nx-request-id: abc-1\r\n").await;
    assert!(
        tls.contains("strict-transport-security: max-age=31536000") && tls.contains("x-request-id: abc-1"),
        "{tls}"
    );
    let plain = ask(served.at, "GET /", "").await;
    assert!(!plain.contains("strict-transport-security"));
    for header in
        ["cross-origin-opener-policy: same-origin", "cross-origin-resource-policy: same-origin", "permissions-policy: "]
    {
        assert!(plain.contains(header), "{header}: {plain}");
    }
    let public = serve(Config { public_url: Some("https://hop.example.org".to_owned()), ..fast() }).await;
    assert!(ask(public.at, "GET /", "").await.contains("strict-transport-security"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_the_same_bytes_whether_it_was_kept_or_not() {
    let served = serve(Config::default().for_one_client()).await;
    let line = "GET /s/first-service/trace?from=pod/default/client&to=web:80&step=3";
    let body = |answer: String| answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
    let (first, second) = (ask(served.at, line, "").await, ask(served.at, line, "").await);
    let plain = first.len();
    assert!(plain > 10_000);
    assert_eq!(body(first), body(second));
    for encoding in ["gzip", "br"] {
        let header = format!("accept-encoding: {encoding}\r\n");
        let (first, second) = (ask(served.at, line, &header).await, ask(served.at, line, &header).await);
        assert!(first.contains(&format!("content-encoding: {encoding}")) && first.len() < plain, "{encoding}");
        assert_eq!(body(first), body(second));
    }
    let korean = ask(served.at, line, "accept-language: ko\r\n").await;
    assert!(korean.contains("lang=\"ko\""), "languages are kept apart");
}
