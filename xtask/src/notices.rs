//! `cargo xtask notices`: licences of everything that is in the program, from Cargo.lock and the packages' own files.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The file that is written.
pub(crate) const FILE: &str = "THIRD-PARTY.md";
/// What the program runs on; packages for others are not in it.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";
/// Files with a licence, by how their names begin.
const FILES: [&str; 6] = ["license", "licence", "copying", "unlicense", "notice", "copyright"];

/// One package.
struct Package {
    name: String,
    version: String,
    licence: String,
    text: Option<String>,
}

/// The file's content.
pub(crate) fn render(root: &Path) -> Result<String, String> {
    let mut packages = crates(root)?;
    packages.extend(scripts(root)?);
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    let mut text = String::from(
        "# Third-party notices\n\nWhat is in the `kubehop` binary besides kubehop itself. Written by `cargo xtask notices` from Cargo.lock; CI compares.\n\n\
         | Package | Version | Licence |\n|---|---|---|\n",
    );
    let mut texts: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    for Package { name, version, licence, text: own } in &packages {
        let _ = writeln!(text, "| {name} | {version} | {licence} |");
        if let Some(own) = own {
            // Where lines break makes no other licence.
            let key = own.split_whitespace().collect::<Vec<_>>().join(" ");
            let entry = texts.entry(key).or_insert_with(|| (own.clone(), BTreeSet::new()));
            entry.1.insert(name.clone());
        }
    }
    let mut texts: Vec<(String, BTreeSet<String>)> = texts.into_values().collect();
    texts.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.1.cmp(&b.1)));
    for (licence, of) in texts {
        let of = of.into_iter().collect::<Vec<_>>().join(", ");
        let lines: Vec<String> = licence.lines().map(|line| format!("    {}", line.trim_end())).collect();
        let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
        let _ = write!(text, "\n## {of}\n\n{}\n", lines.join("\n").trim_end());
    }
    Ok(text)
}

/// The crates that the binary is made of: normal dependencies, on the platform it runs on.
fn crates(root: &Path) -> Result<Vec<Package>, String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["metadata", "--locked", "--format-version", "1", "--filter-platform", PLATFORM]).current_dir(root);
    let output = command.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let by_id: BTreeMap<String, Value> =
        list(&metadata["packages"]).into_iter().map(|package| (text(&package["id"]), package)).collect();
    let nodes: BTreeMap<String, Value> =
        list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node["id"]), node)).collect();
    let is_normal = |dependency: &Value| list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
    let is_macro = |package: &Value| {
        list(&package["targets"]).iter().any(|target| list(&target["kind"]).iter().any(|kind| kind == "proc-macro"))
    };
    let mut open: Vec<String> =
        by_id.values().filter(|package| package["name"] == "kubehop").map(|package| text(&package["id"])).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        // A macro's code runs where the program is built, and is not in it.
        if by_id.get(&id).is_some_and(is_macro) || !seen.insert(id.clone()) {
            continue;
        }
        let dependencies = nodes.get(&id).map(|node| list(&node["deps"])).unwrap_or_default();
        open.extend(dependencies.iter().filter(|one| is_normal(one)).map(|dependency| text(&dependency["pkg"])));
    }
    let ours = |package: &&Value| !package["source"].is_null();
    let package = |package: &Value| {
        let licence = text(&package["license"]);
        let manifest = text(&package["manifest_path"]);
        let folder = Path::new(&manifest).parent().unwrap_or(root);
        Package { name: text(&package["name"]), version: text(&package["version"]), text: licence_in(folder), licence }
    };
    Ok(seen.iter().filter_map(|id| by_id.get(id)).filter(ours).map(package).collect())
}

/// Scripts and fonts that are embedded.
fn scripts(root: &Path) -> Result<Vec<Package>, String> {
    let folder = root.join("static");
    let lock = fs::read_to_string(folder.join("package-lock.json")).map_err(|error| error.to_string())?;
    let lock: Value = serde_json::from_str(&lock).map_err(|error| error.to_string())?;
    let packages = lock["packages"].as_object().cloned().unwrap_or_default();
    let mut found = Vec::new();
    for (path, package) in packages.iter().filter(|(path, _)| !path.is_empty()) {
        // Of a package with a font only the font is embedded.
        let font = fs::read_to_string(folder.join(path).join("LICENSE_FONT")).ok();
        let licence = if font.is_some() { "OFL-1.1" } else { package["license"].as_str().unwrap_or_default() };
        let text = font.or_else(|| licence_in(&folder.join(path)));
        if text.is_none() {
            return Err(format!("static/{path} has no licence: npm ci --prefix static --ignore-scripts"));
        }
        found.push(Package {
            name: path.trim_start_matches("node_modules/").to_owned(),
            version: package["version"].as_str().unwrap_or_default().to_owned(),
            licence: licence.to_owned(),
            text,
        });
    }
    Ok(found)
}

/// The licence in a package's folder: MIT where there is a choice, as that is the shorter one.
fn licence_in(folder: &Path) -> Option<String> {
    let names = fs::read_dir(folder).ok()?.filter_map(Result::ok).filter(|entry| entry.path().is_file());
    let mut names: Vec<String> = names.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| FILES.iter().any(|known| name.to_lowercase().starts_with(known)));
    names.sort_by_key(|name| {
        let name = name.to_lowercase();
        (!name.contains("mit"), name.contains("apache"), name)
    });
    let text = fs::read(folder.join(names.first()?)).ok()?;
    Some(String::from_utf8_lossy(&text).replace('\r', "").trim_start_matches('\u{feff}').to_owned())
}
