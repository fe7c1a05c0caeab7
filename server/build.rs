//! Gathers the files that are served (our css, js and icons, and htmx from npm where it was installed) and embeds them.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// htmx as npm installs it under `static/`.
const HTMX: &str = "node_modules/htmx.org/dist/htmx.min.js";

fn main() {
    if let Err(error) = gather() {
        println!("cargo::error=cannot gather static files: {error}");
    }
}

fn gather() -> io::Result<()> {
    let missing = |name| io::Error::new(io::ErrorKind::NotFound, format!("{name} is not set"));
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| missing("CARGO_MANIFEST_DIR"))?)
        .join("../static");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| missing("OUT_DIR"))?).join("static");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    for folder in ["css", "js", "img"] {
        println!("cargo::rerun-if-changed={}", root.join(folder).display());
        copy(&root.join(folder), &out.join(folder))?;
    }
    println!("cargo::rerun-if-env-changed=REQUIRE_HTMX");
    let htmx = root.join(HTMX);
    println!("cargo::rerun-if-changed={}", htmx.display());
    if htmx.exists() {
        fs::copy(&htmx, out.join("js/htmx.min.js"))?;
    } else if env::var("REQUIRE_HTMX").is_ok_and(|value| value == "1") {
        println!("cargo::error=htmx is missing: run npm ci --prefix static --ignore-scripts");
    } else {
        println!(
            "cargo::warning=htmx is missing, pages use plain links and forms: npm ci --prefix static --ignore-scripts brings it"
        );
    }
    memory_serve::load_directory_with_embed(out, true);
    Ok(())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
