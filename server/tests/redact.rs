//! What leaves this machine: `kubehop redact` and `kubehop link` from outside.

#![allow(clippy::expect_used)]

use server::fragment::{Link, MOST};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

const CLUSTER: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  containers:
  - {name: web, image: nginx, args: [--password=Pl4nted], ports: [{containerPort: 80}]} # Comm3nt
---
{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: sh, image: sh}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {a: Pl4nted}}
";

struct Got {
    status: Option<i32>,
    out: String,
    err: String,
}

fn run(args: &[&str], stdin: &str) -> Got {
    run_in(&mut Command::new(env!("CARGO_BIN_EXE_kubehop")), args, stdin)
}

fn run_in(command: &mut Command, args: &[&str], stdin: &str) -> Got {
    let command = command.args(args).env("LANG", "C").env_remove("LC_ALL").env_remove("KUBEHOP_PUBLIC_URL");
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    // Who refuses its arguments reads nothing.
    let _ = child.stdin.take().expect("stdin").write_all(stdin.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Got { status: status.code(), out: text(stdout), err: text(stderr) }
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("kubehop-redact-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("folder");
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).expect("written");
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_text_alone_is_printed_as_it_is_and_counted_on_standard_error() {
    let got = run(&["redact", "-"], CLUSTER);
    assert_eq!(got.status, Some(0), "{}", got.err);
    assert_eq!(got.out, CLUSTER.replace("Pl4nted", "xxxxxxx"), "only that is overwritten");
    assert!(got.err.contains('2') && !got.err.contains("Pl4nted"), "{}", got.err);
    assert_eq!(run(&["redact", "-"], &got.out).out, got.out, "again: nothing more");
    let without = run(&["redact", "--comments", "-"], CLUSTER);
    assert!(!without.out.contains("Comm3nt") && without.out.lines().count() == CLUSTER.lines().count());
    let korean = run(&["redact", "--lang", "ko", "-"], CLUSTER);
    assert!(korean.err.contains("곳"), "{}", korean.err);
    // No line's end is added or taken, nor are the ends of other systems changed.
    for text in ["kind: Secret\r\nstringData:\r\n  a: Pl4nted\r\n", "kind: Secret\nstringData: {a: Pl4nted}"] {
        assert_eq!(run(&["redact", "-"], text).out, text.replace("Pl4nted", "xxxxxxx"));
    }
}

#[test]
fn several_files_are_told_apart_and_what_cannot_be_read_loses_its_secrets_too() {
    let folder = Folder::new("several");
    let (a, b) = (folder.file("a.yaml", CLUSTER), folder.file("b.yaml", "kind: Secret\nstringData:\n  a: [Pl4nted"));
    let got = run(&["redact", &a, &b], "");
    assert_eq!(got.status, Some(0), "{}", got.err);
    for (file, line) in [("a.yaml", "image: nginx"), ("b.yaml", "stringData:")] {
        let part = got.out.split(&format!("{file}\n")).nth(1).expect("its part");
        assert!(part.contains(line), "{file}: {}", got.out);
    }
    assert!(!got.out.contains("Pl4nted") && got.out.ends_with('\n'), "{}", got.out);
    // A file that is not there is said, the others are printed, and the status says that not all were.
    let nowhere = folder.0.join("nowhere.yaml").display().to_string();
    let part = run(&["redact", &a, &nowhere], "");
    assert_eq!(part.status, Some(3), "{}", part.err);
    assert!(part.err.contains("nowhere.yaml") && part.out.contains("image: nginx") && !part.out.contains("Pl4nted"));
    let nothing = run(&["redact", &nowhere], "");
    assert_eq!((nothing.status, nothing.out.as_str()), (Some(2), ""), "{}", nothing.err);
    assert!(nothing.err.contains("nowhere.yaml"), "{}", nothing.err);
    assert_eq!(run(&["redact"], "").status, Some(2), "no file named");
}

#[test]
fn what_is_no_text_does_not_come_out() {
    let folder = Folder::new("bytes");
    let path = folder.0.join("a.yaml");
    fs::write(&path, b"kind: Secret\nstringData:\n  a: Pl4nted\xff\xfe\n  b: \0Pl4nted\n").expect("written");
    let got = run(&["redact", &path.display().to_string()], "");
    assert!(!got.out.contains("Pl4nted") && !got.err.contains("Pl4nted"), "{}{}", got.out, got.err);
    let empty = run(&["redact", "-"], "");
    assert!(empty.out.is_empty() && empty.status.is_some_and(|status| status <= 2), "{}", empty.err);
}

#[test]
fn a_large_stream_is_redacted_into_a_pipe_that_closes() {
    // 16 MiB: more than any pipe holds.
    let text = "# nothing but words\n".repeat(800_000) + CLUSTER;
    let got = run(&["redact", "-"], &text);
    assert_eq!(got.status, Some(0), "{}", got.err);
    assert_eq!(got.out.len(), text.len());
    assert!(!got.out.contains("Pl4nted"));
    let script = format!("{} redact - | head -c 10", env!("CARGO_BIN_EXE_kubehop"));
    let head = run_in(Command::new("sh").args(["-c", &script]), &[], &text);
    assert!(head.out == "# nothing " && !head.err.contains("panic"), "{}", head.err);
}

const SERVER: [&str; 3] = ["link", "--public-url", "https://hop.example/"];

fn link(args: &[&str], stdin: &str) -> Got {
    run(&[&SERVER[..], args].concat(), stdin)
}

#[test]
fn a_link_carries_what_was_read_redacted_and_the_question() {
    let got = link(&["-", "--from", "pod/default/client", "--to", "web:80", "--step", "3"], CLUSTER);
    assert_eq!(got.status, Some(0), "{}", got.err);
    let (server, fragment) = got.out.trim_end().split_once('#').expect("a link");
    assert_eq!((server, got.out.lines().count()), ("https://hop.example/view", 1), "nothing else on standard output");
    let read = Link::read(fragment).expect("what the server reads");
    assert_eq!(read.packed.files.len(), 1);
    assert_eq!(read.packed.files[0].text, CLUSTER.replace("Pl4nted", "xxxxxxx"));
    for part in ["/trace?", "from=pod/default/client", "to=web", "step=3"] {
        assert!(read.below.contains(part), "{}", read.below);
    }
    assert!(got.err.contains("revoke"), "{}", got.err);
    let without = link(&["-", "--comments"], CLUSTER);
    let read = Link::read(without.out.trim_end().split_once('#').expect("a link").1).expect("read");
    assert!(read.packed.comments && !read.packed.files[0].text.contains("Comm3nt") && read.below.is_empty());
    // What decides the world goes with it.
    let world = link(&["-", "--cni", "calico", "--proxy-mode", "nftables"], CLUSTER);
    assert!(world.out.contains("cni=calico") && world.out.contains("proxy=nftables"), "{}", world.out);
}

#[test]
fn what_cannot_be_a_link_is_said_and_nothing_is_printed() {
    let refused = |args: &[&str], stdin: &str, status: i32, words: &str| {
        let got = link(args, stdin);
        assert_eq!((got.status, got.out.as_str()), (Some(status), ""), "{args:?}: {}", got.err);
        assert!(got.err.contains(words), "{args:?}: {}", got.err);
    };
    refused(&["/nowhere/at/all.yaml"], "", 2, "/nowhere/at/all.yaml");
    refused(&["-", "--from", "pod/default/nobody", "--to", "web:80"], CLUSTER, 2, "pod/default/client");
    refused(&["-", "--from", "pod/default/client"], CLUSTER, 2, "--to");
    refused(&["-", "--step", "2"], CLUSTER, 2, "--from");
    refused(&["-", "--kubernetes-version", "1.30"], CLUSTER, 2, "--cni and --proxy-mode");
    let server = run(&["link", "-"], CLUSTER);
    assert!(server.status == Some(2) && server.err.contains("--public-url"), "{}", server.err);
    // What does not compress: more characters than a link may have; then more bytes than one may unpack to.
    let next = |n: &u64| Some(n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
    let noise = |count: usize| -> String {
        let numbers = std::iter::successors(Some(1_u64), next).take(count);
        let pods = numbers.map(|n| {
            format!("---\n{{apiVersion: v1, kind: Pod, metadata: {{name: p{n:016x}}}, spec: {{containers: [{{name: c, image: i{n:016x}}}]}}}}\n")
        });
        pods.collect()
    };
    let long = noise(2_500);
    assert!(long.len() > MOST);
    refused(&["-"], &long, 2, "32 KiB");
    refused(&["-"], &(CLUSTER.to_owned() + &"# the same words\n".repeat(70_000)), 2, "1024 KiB");
}

#[test]
fn an_input_with_mistakes_makes_a_link_and_says_so() {
    let broken = CLUSTER.replace("port: 80}]}}", "port: 99999}]}}");
    let got = link(&["-"], &broken);
    assert_eq!(got.status, Some(3), "{}", got.err);
    assert!(got.out.starts_with("https://hop.example/view#v1.") && got.err.contains("invalid-port"), "{}", got.err);
}
