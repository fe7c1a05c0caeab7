//! `kubehop lab`: the network as scripts that build it on a real Linux kernel.

use super::arguments::{Format, Lab};
use super::failure::Failure;
use super::input::{Loaded, load};
use super::output::{pretty, print};
use super::probe::{probe, sent};
use serde_json::json;
use sim_core::lab::LabFile;
use sim_core::trace;
use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::{fs, io};
use web::locale::{self, Lang};
use web::markdown::quoted;

/// Ways of a probe that are told and watched at most.
const MAX_BRANCHES: usize = 256;

pub(super) fn lab(command: &Lab) -> Result<(), Failure> {
    let lang = command.common.language();
    let Loaded { mut model, status } = load(&command.common)?;
    let mut way = None;
    if let (Some(from), Some(to)) = (&command.from, &command.to) {
        let probe = probe(&model, &command.common, from, to, &command.probe)?;
        *model = trace::model_for(&model, &probe).into_owned();
        way = Some((sent(&model, &command.common, &probe)?, trace::branches(&model, &probe, MAX_BRANCHES)));
    }
    let input = web::lab::Input {
        lang,
        model: &model,
        tag: &command.tag,
        expected: way.as_ref().map(|(journey, branches)| web::lab::Expected { journey, branches }),
    };
    let files = web::lab::files(&input);
    let out = command.out.as_path();
    ready(lang, out)?;
    write(&files, out).map_err(|error| Failure::Usage(format!("--out: {}: {error}", out.display())))?;
    let probed = files.iter().any(|file| file.path == "probe.sh");
    match command.format {
        Format::Text => print(&summary(lang, out, &files, model.site.network.len(), way.is_some(), probed))?,
        Format::Json => {
            let list: Vec<_> = files
                .iter()
                .map(|file| json!({ "path": file.path, "bytes": file.text.len(), "executable": file.executable }))
                .collect();
            print(&pretty(&json!({
                "schema": "kubehop.lab/1",
                "folder": out.display().to_string(),
                "tag": command.tag,
                "namespaces": model.site.network.len(),
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
fn summary(lang: Lang, out: &Path, files: &[LabFile], namespaces: usize, asked: bool, probed: bool) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::config::Network;
    use sim_core::lab::{self, LabOptions, TAG};
    use std::path::PathBuf;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("kubehop-cli-lab-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        folder
    }

    fn lab() -> Vec<LabFile> {
        lab::write(
            &Network::default(),
            &LabOptions { tag: TAG.to_owned(), dns: None, proxies: Vec::new(), probe: None },
        )
    }

    #[test]
    fn only_new_and_empty_folders_and_labs_that_are_down_are_written() {
        let out = folder("ready");
        assert!(ready(Lang::En, &out).is_ok(), "a new folder");
        fs::create_dir_all(&out).unwrap();
        assert!(ready(Lang::En, &out).is_ok(), "an empty folder");
        fs::write(out.join("thesis.txt"), "years of work").unwrap();
        let Err(Failure::Usage(text)) = ready(Lang::En, &out) else { panic!("somebody's folder") };
        assert!(text.contains("Name a new folder"), "{text}");
        assert!(out.join("thesis.txt").exists());
        fs::remove_dir_all(&out).unwrap();

        write(&lab(), &out).unwrap();
        assert_eq!(fs::metadata(out.join("up.sh")).unwrap().permissions().mode() & 0o777, 0o755);
        assert_eq!(fs::metadata(out.join("names.txt")).unwrap().permissions().mode() & 0o777, 0o644);
        fs::create_dir(out.join("rules")).unwrap();
        fs::write(out.join("rules/old.iptables"), "").unwrap();
        fs::write(out.join("notes.txt"), "mine").unwrap();
        assert!(ready(Lang::En, &out).is_ok(), "an older lab");
        assert!(!out.join("rules/old.iptables").exists() && !out.join("up.sh").exists(), "its files are gone");
        assert!(out.join("notes.txt").exists(), "other files stay");

        write(&lab(), &out).unwrap();
        fs::create_dir(out.join("run")).unwrap();
        fs::write(out.join("run/up"), "").unwrap();
        let Err(Failure::Usage(text)) = ready(Lang::En, &out) else { panic!("a lab that is up") };
        assert!(text.contains("down.sh") && out.join("down.sh").exists(), "{text}");
        fs::remove_dir_all(&out).unwrap();
    }

    #[test]
    fn every_file_of_a_lab_is_known_to_be_one() {
        for file in lab() {
            assert!(web::lab::FILES.contains(&file.path.as_str()), "{}", file.path);
        }
    }
}
