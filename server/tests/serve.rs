//! The server as a process.

#![allow(clippy::expect_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

struct Server {
    child: Child,
    at: String,
    metrics: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn start(options: &[&str]) -> Server {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kubehop"))
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--database-url",
            "sqlite::memory:",
            "--metrics-listen",
            "127.0.0.1:0",
        ])
        .args(options)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let lines = BufReader::new(child.stdout.take().expect("stdout")).lines().map_while(Result::ok);
    let mut server = Server { child, at: String::new(), metrics: String::new() };
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
    let mut stream = TcpStream::connect(at).expect("connection");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

fn terminate(server: &mut Server) -> (Duration, Option<i32>) {
    let started = Instant::now();
    let told = Command::new("kill").arg(server.child.id().to_string()).status().expect("kill");
    assert!(told.success());
    server.child.wait().map(|status| (started.elapsed(), status.code())).expect("it ends")
}

#[test]
fn what_is_measured_and_logged_names_routes_and_never_what_was_asked() {
    let mut server = start(&["--access-log"]);
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
    let (_, status) = terminate(&mut server);
    assert_eq!(status, Some(0));
    let mut log = String::new();
    server.child.stderr.take().expect("stderr").read_to_string(&mut log).expect("a log");
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
