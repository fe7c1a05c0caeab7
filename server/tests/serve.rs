//! The server as a process.

#![allow(clippy::expect_used)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

struct Server {
    child: Child,
    at: String,
    metrics: String,
    /// Reads its standard error to the end, so that it never waits for us.
    log: Option<JoinHandle<String>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("kubehop-serve-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("folder");
        Self(path)
    }

    fn url(&self) -> String {
        format!("sqlite://{}", self.0.join("test.db").display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn start(options: &[&str]) -> Server {
    start_as(Command::new(env!("CARGO_BIN_EXE_kubehop")).args(["serve", "--database-url", "sqlite::memory:"]), options)
}

/// The same by a command of one's own, which names the store.
fn start_as(command: &mut Command, options: &[&str]) -> Server {
    let mut child = command
        .args(["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"])
        .args(options)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let lines = BufReader::new(child.stdout.take().expect("stdout")).lines().map_while(Result::ok);
    let mut errors = child.stderr.take().expect("stderr");
    let log = thread::spawn(move || {
        let mut bytes = Vec::new();
        errors.read_to_end(&mut bytes).expect("a log");
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let mut server = Server { child, at: String::new(), metrics: String::new(), log: Some(log) };
    for line in lines {
        let address = line.rsplit("http://").next().unwrap_or_default().to_owned();
        if line.contains("listens on") {
            server.at = address;
        } else if let Some(metrics) = address.strip_suffix("/metrics") {
            server.metrics = metrics.to_owned();
            break;
        }
    }
    server
}

fn ask(at: &str, path: &str) -> String {
    String::from_utf8_lossy(&send(at, "GET", path, "text/plain", b"")).into_owned()
}

/// Sends a request; the answer with its head.
fn send(at: &str, method: &str, path: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(at).expect("connection");
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("written");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    answer
}

/// Uploads a text as the page's form does.
fn upload(at: &str, text: &str) -> String {
    let body = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.yaml\"\r\n\r\n{text}\r\n--edge--\r\n"
    );
    String::from_utf8_lossy(&send(at, "POST", "/s", "multipart/form-data; boundary=edge", body.as_bytes())).into_owned()
}

/// A header of an answer.
fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    head.lines().filter_map(|line| line.split_once(": ")).find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// The server's standard error once it has ended.
fn log_of(mut server: Server) -> String {
    let (_, status) = terminate(&mut server);
    assert_eq!(status, Some(0));
    server.log.take().expect("once").join().expect("a log")
}

fn terminate(server: &mut Server) -> (Duration, Option<i32>) {
    let started = Instant::now();
    let told = Command::new("kill").arg(server.child.id().to_string()).status().expect("kill");
    assert!(told.success());
    server.child.wait().map(|status| (started.elapsed(), status.code())).expect("it ends")
}

#[test]
fn what_is_measured_and_logged_names_routes_and_never_what_was_asked() {
    let server = start(&["--access-log"]);
    ask(&server.at, "/s/first-service/trace?from=pod/default/client&to=web:80");
    ask(&server.at, "/s/secret-id/trace?from=pod/hidden/name&to=hidden-service:80");
    let metrics = ask(&server.metrics, "/metrics");
    assert!(
        metrics.contains("kubehop_requests_total{route=\"/s/{id}/trace\",method=\"GET\",status=\"200\"} 1"),
        "{metrics}"
    );
    assert!(
        metrics.contains("kubehop_request_seconds_bucket") && metrics.contains("kubehop_page_cache_bytes"),
        "{metrics}"
    );
    assert!(ask(&server.at, "/metrics").starts_with("HTTP/1.1 404"), "not for everybody");
    let log = log_of(server);
    assert!(log.contains("route=\"/s/{id}/trace\"") && log.contains("status=404"), "{log}");
    for secret in ["secret-id", "hidden", "first-service", "default"] {
        assert!(!log.contains(secret) && !metrics.contains(secret), "{secret}: {log}{metrics}");
    }
}

#[test]
fn it_ends_within_its_grace_whatever_runs() {
    let mut server = start(&["--grace", "2s", "--rate", "0"]);
    // More cold pages than it computes in that time, each from a connection of its own, and one that says nothing.
    let page = |seed: usize| {
        format!("GET /s/first-service/trace?from=pod/default/client&to=web:80&seed={seed} HTTP/1.1\r\nhost: x\r\n\r\n")
    };
    let mut held = vec![TcpStream::connect(&server.at).expect("connection")];
    for seed in 0..100 {
        let mut stream = TcpStream::connect(&server.at).expect("connection");
        stream.write_all(page(seed).as_bytes()).expect("written");
        held.push(stream);
    }
    let (time, status) = terminate(&mut server);
    assert!(time < Duration::from_secs(10), "{time:?}");
    assert_eq!(status, Some(0));
}

/// A cluster with something planted in every spot that is nobody's business.
const PLANTED: &str = "
{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: Pl4nted}, data: {a: UGw0bnRlZA==}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: app}, data: {app.ini: 'x = Pl4nted'}, binaryData: {b: UGw0bnRlZA==}}
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
    command: [serve, --token, Pl4nted]
    args: [--password=Pl4nted]
    env: [{name: API_KEY, value: Pl4nted}, {name: URL, value: 'postgres://u:Pl4nted@db/x'}]
    ports: [{containerPort: 80, containerPort: 80}]
---
{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: sh, image: sh}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Secret, metadata: {name: wrong}, stringData: [Pl4nted]}
---
{apiVersion: v1, kind: Wrong, spec: {password: Pl4nted, x: [}
";

/// Nothing of what was planted, in clear or as the Secrets had it.
fn is_clean(bytes: &[u8]) -> bool {
    let has = |word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
    !has(b"Pl4nt") && !has(b"UGw0bnRlZA")
}

#[test]
fn nothing_that_was_planted_is_answered_stored_or_logged() {
    let folder = Folder::new("planted");
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubehop"));
    command.args(["serve", "--database-url", &folder.url()]).env("KUBEHOP_LOG", "debug");
    let server = start_as(&mut command, &["--access-log", "--max-body", "64KiB", "--rate", "0", "--upload-rate", "0"]);
    let at = server.at.clone();
    let clean = |what: &str, status: &str, answer: &[u8]| {
        let text = String::from_utf8_lossy(answer);
        assert!(text.starts_with(&format!("HTTP/1.1 {status}")), "{what}: {text:.300}");
        assert!(is_clean(answer), "{what}: {text}");
    };
    let uploaded = upload(&at, PLANTED);
    clean("upload", "303", uploaded.as_bytes());
    let address = header(&uploaded, "location").expect("an address").to_owned();
    let id = address.strip_prefix("/s/").expect("an id");
    let question = "from=pod/default/client&to=web:80";
    let below = ["", "/rules?node=node-1", "/state?node=node-1&what=iptables", "/link", "/service?service=default/web"];
    for page in below {
        let got = ask(&at, &format!("{address}{page}"));
        assert!(is_clean(got.as_bytes()) && !got.starts_with("HTTP/1.1 5"), "{page}: {got}");
    }
    for suffix in ["", ".json", ".svg", ".md", ".png", ".pcapng"] {
        let got = send(&at, "GET", &format!("{address}/trace{suffix}?{question}"), "", b"");
        clean(suffix, "200", &got);
    }
    for line in 1..45 {
        let got = ask(&at, &format!("{address}/source?file=a.yaml&line={line}"));
        assert!(is_clean(got.as_bytes()), "line {line}: {got}");
    }
    let lab = send(&at, "GET", &format!("{address}/lab.tar.gz?{question}"), "", b"");
    let packed = lab.windows(2).position(|two| two == [0x1f, 0x8b]).expect("an archive");
    let mut files = Vec::new();
    flate2::read::GzDecoder::new(&lab[packed..]).read_to_end(&mut files).expect("unpacked");
    assert!(files.len() > 10_000 && is_clean(&files), "the lab");

    // Programs, shares, versions, links that carry everything.
    let json = |path: &str, body: String| send(&at, "POST", path, "application/json", body.as_bytes());
    let quoted = PLANTED.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    clean(
        "API",
        "201",
        &json("/api/v1/scenarios", format!(r#"{{"files": [{{"name": "a.yaml", "text": "{quoted}"}}]}}"#)),
    );
    let made = json("/api/v1/shares", format!(r#"{{"scenario": "{id}", "query": "{question}", "lifetime": "1d"}}"#));
    clean("share", "201", &made);
    let made = String::from_utf8_lossy(&made).into_owned();
    let field = |name: &str| {
        made.split(&format!("\"{name}\":")).nth(1).and_then(|rest| rest.split('"').nth(1)).expect("a field").to_owned()
    };
    let (share, key) = (field("id"), field("key"));
    let opened = ask(&at, &format!("/x/{share}"));
    let target = header(&opened, "location").expect("its page").to_owned();
    for path in [target, format!("/x/{share}.png"), format!("/embed/x/{share}"), format!("/oembed?url=/x/{share}")] {
        clean(&path, "200", &send(&at, "GET", &path, "", b""));
    }

    // What goes wrong: no manifest, no form, too much, a Secret that is cut off, wrong questions, wrong JSON.
    for (what, status, answer) in [
        ("no manifest", "422", upload(&at, "PASSWORD=Pl4nted\n").into_bytes()),
        ("cut off", "422", upload(&at, "kind: Secret\nstringData:\n  a: [Pl4nted\n").into_bytes()),
        ("too much", "413", upload(&at, &"# Pl4nted\n".repeat(8_000)).into_bytes()),
        ("no form", "400", send(&at, "POST", "/s", "multipart/form-data; boundary=x", b"Pl4nted")),
        ("no JSON", "400", json("/api/v1/scenarios", "{\"files\": Pl4nted}".to_owned())),
        ("no link", "400", send(&at, "POST", "/view", "application/x-www-form-urlencoded", b"fragment=v1.Pl4nted")),
    ] {
        let text = String::from_utf8_lossy(&answer);
        assert!(text.starts_with("HTTP/1.1 4"), "{what}, {status}: {text:.200}");
        assert!(is_clean(&answer), "{what}: {text}");
    }
    // What somebody asks is answered with what was asked, and is not logged either.
    ask(&at, &format!("{address}/trace?from=pod/default/Qu3ried&to=Qu3ried:80"));
    ask(&at, "/x/Qu3ried?password=Qu3ried");
    ask(&at, "/Qu3ried");
    let metrics = ask(&server.metrics, "/metrics");
    for entry in fs::read_dir(&folder.0).expect("folder") {
        let entry = entry.expect("file");
        assert!(is_clean(&fs::read(entry.path()).expect("readable")), "{:?}", entry.file_name());
    }
    let log = log_of(server);
    assert!(log.contains("access") && log.contains("status=200"), "{log}");
    assert!(is_clean(log.as_bytes()) && is_clean(metrics.as_bytes()), "{log}");
    for word in ["Qu3ried", id, &share, &key] {
        let line = log.lines().find(|line| line.contains(word));
        assert_eq!(line, None, "{word}");
        assert!(!metrics.contains(word), "{word}");
    }
}

/// A file system of one's own of 8 MiB: it gets full as disks do.
#[test]
fn a_full_disk_is_said_and_the_rest_works() {
    let folder = Folder::new("full");
    let root = Command::new("id").arg("-u").output().expect("id").stdout.starts_with(b"0");
    let script = format!("mount -t tmpfs -o size=8m tmpfs {0} && exec \"$@\"", folder.0.display());
    let mut command = Command::new("unshare");
    command.args(if root { &["--mount"][..] } else { &["--mount", "--map-root-user"] });
    command.args(["sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_kubehop"), "serve", "--database-url", &folder.url()]);
    let server = start_as(&mut command, &["--rate", "0", "--upload-rate", "0"]);
    let at = server.at.clone();
    assert!(!at.is_empty(), "a private mount namespace is needed (util-linux; root or user namespaces)");
    assert!(ask(&at, "/readyz").ends_with("ready"));
    let text = |number: usize| {
        let labels: String = (0..600).map(|n| format!("    k{n}: v{number}-{n}\n")).collect();
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  labels:\n{labels}spec: {{containers: [{{name: c, image: c}}]}}\n"
        )
    };
    let first = upload(&at, &text(0));
    let address = header(&first, "location").expect("an address").to_owned();
    // As the rest of the machine fills it.
    let inside = PathBuf::from(format!("/proc/{}/root{}", server.child.id(), folder.0.display()));
    let mut full = fs::File::create(inside.join("others")).expect("the mount is reached");
    while full.write_all(&[0; 4_096]).is_ok() {}
    drop(full);
    let refused = (1..60).map(|number| upload(&at, &text(number))).find(|answer| !answer.starts_with("HTTP/1.1 303"));
    let refused = refused.expect("it gets full");
    assert!(refused.starts_with("HTTP/1.1 503") && header(&refused, "retry-after").is_some(), "{refused}");
    assert!(refused.contains("The store does not answer"), "{refused}");
    let ready = ask(&at, "/readyz");
    assert!(ready.starts_with("HTTP/1.1 503"), "{ready}");
    for path in ["/", "/healthz", "/s/first-service/trace?from=pod/default/client&to=web:80", &address] {
        assert!(ask(&at, path).starts_with("HTTP/1.1 200"), "{path}");
    }
    // Room again: it goes on by itself.
    fs::remove_file(inside.join("others")).expect("removed");
    assert!(ask(&at, "/readyz").ends_with("ready"));
    assert!(upload(&at, &text(99)).starts_with("HTTP/1.1 303"));
    let log = log_of(server);
    assert!(!log.contains("v0-1") && !log.contains("k599"), "{log}");
}
