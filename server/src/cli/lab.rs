//! `kubehop lab`: the network as scripts that build it on a real Linux kernel.

use super::arguments::{Format, Lab};
use super::commands::{Loaded, load, pretty, probe, sent};
use super::{Failure, print};
use serde_json::json;
use sim_core::lab::LabFile;
use sim_core::trace;
use std::fmt::Write;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use web::locale::{self, Lang};

/// Ways of a probe that are told and watched at most.
const MAX_BRANCHES: usize = 256;

pub(super) fn lab(command: &Lab) -> Result<(), Failure> {
    let lang = command.common.language();
    let Loaded { model, status } = load(&command.common)?;
    let mut way = None;
    if let (Some(from), Some(to)) = (&command.from, &command.to) {
        let probe = probe(&model, &command.common, from, to, &command.probe)?;
        way = Some((sent(&model, &command.common, &probe)?, trace::branches(&model, &probe, MAX_BRANCHES)));
    }
    let input = web::lab::Input {
        lang,
        model: &model,
        tag: &command.tag,
        sent: way.as_ref().map(|(journey, branches)| web::lab::Sent { journey, branches }),
    };
    let files = web::lab::files(&input);
    let out = command.out.as_path();
    ready(lang, out)?;
    write(&files, out).map_err(|error| Failure::Usage(format!("--out: {}: {error}", out.display())))?;
    let probed = files.iter().any(|file| file.path == "probe.sh");
    match command.format {
        Format::Text => print(&told(lang, out, &files, model.built.network.namespaces().len(), way.is_some(), probed))?,
        Format::Json => {
            let list: Vec<_> = files
                .iter()
                .map(|file| json!({ "path": file.path, "bytes": file.text.len(), "executable": file.executable }))
                .collect();
            print(&pretty(&json!({
                "schema": "kubehop.lab/1",
                "folder": out.display().to_string(),
                "tag": command.tag,
                "namespaces": model.built.network.namespaces().len(),
                "files": list,
            })))?;
        }
    }
    status
}

/// Makes room: the folder is new, empty, or holds a lab that is down, whose files go.
fn ready(lang: Lang, out: &Path) -> Result<(), Failure> {
    let name = || [("folder", out.display().to_string().into())];
    let refused = |id: &str| Failure::Usage(locale::ta(lang, id, &name()));
    let failed = |error: io::Error| Failure::Usage(format!("--out: {}: {error}", out.display()));
    let mut entries = match fs::read_dir(out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    let empty = entries.next().is_none();
    let lab = ["up.sh", "down.sh", "names.txt"].iter().all(|file| out.join(file).is_file());
    match (empty, lab) {
        (true, _) => return Ok(()),
        (false, false) => return Err(refused("cli-lab-folder")),
        (false, true) => {}
    }
    // Its own down.sh knows what it has made; another one would not.
    if out.join("run/up").exists() {
        return Err(refused("cli-lab-is-up"));
    }
    let gone = |result: io::Result<()>| match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
        _ => Ok(()),
    };
    gone(fs::remove_dir_all(out.join("rules")))?;
    for file in web::lab::FILES {
        gone(fs::remove_file(out.join(file)))?;
    }
    Ok(())
}

fn write(files: &[LabFile], out: &Path) -> io::Result<()> {
    fs::create_dir_all(out)?;
    for file in files {
        let path = out.join(&file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, &file.text)?;
        let mode = if file.executable { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}

/// What a terminal shows: the files, then what to do with them.
fn told(lang: Lang, out: &Path, files: &[LabFile], namespaces: usize, asked: bool, probed: bool) -> String {
    let mut text = String::new();
    let args = [
        ("folder", out.display().to_string().into()),
        ("files", files.len().into()),
        ("namespaces", namespaces.into()),
    ];
    let _ = writeln!(text, "{}", locale::ta(lang, "cli-lab-written", &args));
    for file in files.iter().filter(|file| !file.path.starts_with("rules/")) {
        let _ = writeln!(text, "  {}", file.path);
    }
    let rules = files.iter().filter(|file| file.path.starts_with("rules/")).count();
    if rules > 0 {
        let _ = writeln!(text, "  rules/ ({rules})");
    }
    if asked && !probed {
        let _ = writeln!(text, "{}", locale::t(lang, "cli-lab-no-connection"));
    }
    let _ = writeln!(text, "\n{}", locale::t(lang, "cli-lab-next"));
    let _ = writeln!(text, "  cd {}", quoted(&out.display().to_string()));
    for script in ["up.sh", "probe.sh", "down.sh"].into_iter().filter(|script| *script != "probe.sh" || probed) {
        let _ = writeln!(text, "  sudo ./{script}");
    }
    text
}

/// A word for a shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
