//! The targets of `fuzz/` with the committed corpus and fixed mutations of it. `KUBEHOP_FUZZ=N` makes N of each input; `KUBEHOP_SEED=N` others.

use kubehop_tests::fuzz::{Mutations, TARGETS, Target};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), std::fs::read(path).expect("readable"))).collect()
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Sends an input; where that panics, it is written down to be looked at.
fn send(target: &Target, bytes: &[u8], from: &Path) {
    if catch_unwind(AssertUnwindSafe(|| (target.run)(bytes))).is_err() {
        let file = std::env::temp_dir().join(format!("kubehop-fuzz-{}", target.name));
        std::fs::write(&file, bytes).expect("written");
        panic!("{}: an input made from {} is in {}", target.name, from.display(), file.display());
    }
}

fn check(name: &str, mutations: u64) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target");
    let corpus = corpus(name);
    assert!(corpus.len() >= 3, "{name} has a corpus");
    let (seed, count) = (number("KUBEHOP_SEED", 1), number("KUBEHOP_FUZZ", mutations));
    for (at, (path, bytes)) in corpus.iter().enumerate() {
        send(target, bytes, path);
        let mut made = Mutations::new(seed.wrapping_mul(1_000).wrapping_add(at as u64));
        for round in 0..count as usize {
            let (_, other) = &corpus[(at + round) % corpus.len()];
            send(target, &made.of(bytes, other), path);
        }
    }
}

#[test]
fn manifests() {
    check("manifests", 40);
}

#[test]
fn scenario() {
    check("scenario", 40);
}

#[test]
fn events() {
    check("events", 200);
}

#[test]
fn probes() {
    check("probes", 100);
}

#[test]
fn iptables() {
    check("iptables", 200);
}

#[test]
fn nft() {
    check("nft", 200);
}

#[test]
fn http() {
    check("http", 40);
}

#[test]
fn fragment() {
    check("fragment", 40);
}

#[test]
fn every_target_has_a_program() {
    let manifest = include_str!("../../../fuzz/Cargo.toml");
    for Target { name, .. } in &TARGETS {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
    }
    let same = Mutations::new(7).of(b"abcdef", b"ghi") == Mutations::new(7).of(b"abcdef", b"ghi");
    assert!(same && Mutations::new(7).of(b"abcdef", b"ghi") != Mutations::new(8).of(b"abcdef", b"ghi"));
}
