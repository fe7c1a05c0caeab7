//! Gathers the files that are served (our css, js and icons, and htmx from npm where it was installed) and embeds them, and the fonts of
//! pictures as PNG, which are not served.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// htmx as npm installs it under `static/`.
const HTMX: &str = "node_modules/htmx.org/dist/htmx.min.js";
/// The player's files, which are one module.
const PLAYER: &str = "js/player";
/// Fonts as npm installs them there: what pictures are written in, in the order in which a sign is looked for in them.
const FONTS: [&str; 4] = [
    "node_modules/@expo-google-fonts/noto-sans-kr/400Regular/NotoSansKR_400Regular.ttf",
    "node_modules/@expo-google-fonts/noto-sans-kr/700Bold/NotoSansKR_700Bold.ttf",
    "node_modules/@expo-google-fonts/noto-sans-mono/400Regular/NotoSansMono_400Regular.ttf",
    "node_modules/@expo-google-fonts/noto-sans-mono/700Bold/NotoSansMono_700Bold.ttf",
];

fn main() {
    if let Err(error) = gather() {
        println!("cargo::error=cannot gather static files: {error}");
    }
}

fn gather() -> io::Result<()> {
    let missing = |name| io::Error::new(io::ErrorKind::NotFound, format!("{name} is not set"));
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or_else(|| missing("CARGO_MANIFEST_DIR"))?)
        .join("../static");
    let built = PathBuf::from(env::var_os("OUT_DIR").ok_or_else(|| missing("OUT_DIR"))?);
    let out = built.join("static");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    for folder in ["css", "js", "img"] {
        println!("cargo::rerun-if-changed={}", root.join(folder).display());
        copy(&root.join(folder), &out.join(folder))?;
    }
    println!("cargo::rerun-if-changed={}", root.join(PLAYER).display());
    let mut player: Vec<PathBuf> =
        fs::read_dir(root.join(PLAYER))?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    player.sort();
    join(&player, &out.join("js/player.js"))?;
    println!("cargo::rerun-if-env-changed=REQUIRE_HTMX");
    let htmx = root.join(HTMX);
    println!("cargo::rerun-if-changed={}", htmx.display());
    if htmx.exists() {
        let copied = out.join("js/htmx.min.js");
        fs::copy(&htmx, &copied)?;
        as_old(&htmx, &copied)?;
    } else {
        lacks("htmx is missing, pages use plain links and forms");
    }
    embed_fonts(&root, &built.join("fonts.rs"))?;
    // Whoever embeds the folder has cargo watch it. Changed just now, it would be gathered anew each time, and all that depends on it built.
    for folder in ["css", "js", "img", ""] {
        as_old(&root.join(folder), &out.join(folder))?;
    }
    memory_serve::load_directory_with_embed(out, true);
    Ok(())
}

/// Says what is missing and what brings it; where everything is required that is an error.
fn lacks(what: &str) {
    let kind = if env::var("REQUIRE_HTMX").is_ok_and(|value| value == "1") { "error" } else { "warning" };
    println!("cargo::{kind}={what}: npm ci --prefix static --ignore-scripts brings it");
}

/// Writes a list of the fonts' bytes; an empty one where one is missing, as half of a picture is none.
fn embed_fonts(root: &Path, list: &Path) -> io::Result<()> {
    let mut text = String::from("&[\n");
    let fonts = FONTS.map(|font| root.join(font));
    for font in &fonts {
        println!("cargo::rerun-if-changed={}", font.display());
    }
    if fonts.iter().all(|font| font.exists()) {
        for font in &fonts {
            let _ = writeln!(text, "    include_bytes!({:?}),", fs::canonicalize(font)?);
        }
    } else {
        lacks("the fonts of pictures are missing, PNG answers an error");
    }
    text.push_str("]\n");
    fs::write(list, text)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            let copied = to.join(entry.file_name());
            if copied.extension().is_some_and(|kind| kind == "js") {
                join(&[entry.path()], &copied)?;
                continue;
            }
            fs::copy(entry.path(), &copied)?;
            as_old(&entry.path(), &copied)?;
        }
    }
    Ok(())
}

/// Writes files one after the other, without lines that are nothing but a comment, and without indentation: what is served is small, what is
/// read is not.
fn join(files: &[PathBuf], to: &Path) -> io::Result<()> {
    let mut text = String::new();
    for file in files {
        for line in
            fs::read_to_string(file)?.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"))
        {
            text.push_str(line);
            text.push('\n');
        }
    }
    fs::write(to, text)?;
    let newest =
        files.iter().map(|file| fs::metadata(file)?.modified()).collect::<io::Result<Vec<_>>>()?.into_iter().max();
    fs::File::open(to)?.set_modified(newest.unwrap_or(std::time::SystemTime::UNIX_EPOCH))
}

/// Gives a file or folder the time at which another one was changed.
fn as_old(of: &Path, file: &Path) -> io::Result<()> {
    fs::File::open(file)?.set_modified(fs::metadata(of)?.modified()?)
}
