//! `kubehop policy` from outside.

#![allow(clippy::expect_used)]

use std::path::PathBuf;
use std::process::Command;

fn shop() -> String {
    let at = "../tests/fixtures/cases/reach/shop.yaml";
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(at).display().to_string()
}

/// Standard output, or what was said of a failure.
fn policy(args: &[&str], status: i32) -> String {
    let shop = shop();
    let mut all = vec!["policy", shop.as_str()];
    all.extend(args);
    let output = Command::new(env!("CARGO_BIN_EXE_kubehop")).args(all).env("LANG", "C").env_remove("LC_ALL").output();
    let output = output.expect("the binary starts");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(status), "{args:?}\n{out}\n{err}");
    if status == 0 { out.into_owned() } else { err.into_owned() }
}

#[test]
fn a_workloads_policies_are_told_in_words() {
    let out = policy(&["--of", "shop/cart"], 0);
    for line in [
        "Comes in: Selected by NetworkPolicy shop/cart.",
        "  + shop/frontend: TCP 7070",
        "  - tools/metrics: denied by its own policies",
        "  + 10.0.0.0-10.8.255.255: UDP 53",
        "  Pods with app == \"frontend\" in namespace shop",
        "  Let in: shop/frontend.",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
    let out = policy(&["--of", "deploy/shop/cart", "--lang", "ko"], 0);
    assert!(out.contains("들어오는 연결"), "{out}");
    let json = policy(&["--of", "shop/cart", "--format", "json"], 0);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["ways"][0]["peers"][0]["state"], "open");
}

#[test]
fn a_change_is_a_diff_and_what_it_opens_is_told() {
    let out = policy(&["--of", "shop/cart", "--open", "in:tools/metrics"], 0);
    assert!(out.starts_with("--- "), "{out}");
    assert!(out.contains("+ tools/metrics => shop/cart : TCP 7070\nadded 1, removed 0, changed 0"), "{out}");
    assert!(out.contains("  + tools/metrics: TCP 7070"), "{out}");
    let out =
        policy(&["--of", "shop/frontend", "--deny", "out", "--open", "out:shop/cart:7070", "--format", "diff"], 0);
    assert!(out.contains("+  name: frontend-egress") && out.contains("+    - port: 7070"), "{out}");
    assert_eq!(out.matches("+kind: NetworkPolicy").count(), 1, "{out}");
    // What is wrong is told, and nothing is printed as if it were a change.
    for (args, said) in [
        (["--of", "shop/nobody", "--open", "in:tools/metrics"], "Nobody is called shop/nobody"),
        (["--of", "shop/cart", "--open", "up:tools/metrics"], "up:tools/metrics is nothing"),
        (["--of", "shop/cart", "--open", "in:tools/metrics:0"], "0 is no port"),
        (["--of", "shop/cart", "--close", "in:tools/metrics"], "It is so already."),
    ] {
        let err = policy(&args, 2);
        assert!(err.contains(said), "{args:?}\n{err}");
    }
}
