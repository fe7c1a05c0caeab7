//! Kustomizations rendered by the kubectl of this machine instead of by ourselves.

use super::run::{self, Bounds};
use super::{Gathered, Problem};
use kubernetes::manifest::kustomize;
use kubernetes::manifest::{Limits, SourceText};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// What kubectl may take for one kustomization.
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(60), output: 64 << 20 };
/// A proxy that nobody is: port 9 of this machine discards.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Lets kubectl render each kustomization that would be rendered, and puts its output in place of their files.
///
/// # Errors
/// There is no kubectl here.
pub fn render(gathered: Gathered) -> Result<Gathered, String> {
    let Gathered { texts, mut problems } = gathered;
    let (folders, mut rest) = kustomize::split(&texts, &Limits::default());
    if folders.is_empty() {
        return Ok(Gathered { texts: rest, problems });
    }
    let kubectl = find().ok_or_else(|| "kubectl".to_owned())?;
    for folder in folders {
        let on_disk = Path::new(if folder.is_empty() { "." } else { &folder });
        let printed =
            if on_disk.is_dir() { render_folder(&kubectl, on_disk) } else { in_copy(&kubectl, &texts, &folder) };
        match printed {
            Ok(text) => rest.push(SourceText::given(format!("{} (kubectl kustomize)", on_disk.display()), text)),
            Err(said) => problems.push(Problem::Kubectl { folder: on_disk.display().to_string(), said }),
        }
    }
    Ok(Gathered { texts: rest, problems })
}

/// The first kubectl on the search path.
pub(super) fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("kubectl")).find(|file| file.is_file())
}

/// A path that stays where it is put, however it is written: an archive's files are called by its own path.
fn inside(path: &str) -> String {
    let parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
    parts.map(|part| if part == ".." { "__" } else { part }).collect::<Vec<_>>().join("/")
}

/// The same for files of an archive: they are written to a folder of their own first.
fn in_copy(kubectl: &Path, texts: &[SourceText], folder: &str) -> Result<String, String> {
    let copy = std::env::temp_dir().join(format!("kubehop-kustomize-{}", std::process::id()));
    let write = || -> std::io::Result<()> {
        for text in texts {
            let at = copy.join(inside(&text.name));
            at.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            std::fs::write(at, text.text.as_bytes())?;
        }
        Ok(())
    };
    let printed =
        write().map_err(|error| error.to_string()).and_then(|()| render_folder(kubectl, &copy.join(inside(folder))));
    let _ = std::fs::remove_dir_all(&copy);
    printed
}

/// True where commands can be run in a network namespace of their own, without any network.
fn can_be_alone() -> bool {
    let mut tried = Command::new("unshare");
    tried.args(["--map-root-user", "--net", "true"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    tried.status().is_ok_and(|status| status.success())
}

/// Runs `kubectl kustomize`, without a network as far as that can be had, for a bounded time.
fn render_folder(kubectl: &Path, folder: &Path) -> Result<String, String> {
    let mut command = if can_be_alone() {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--net"]).arg(kubectl);
        command
    } else {
        Command::new(kubectl)
    };
    command.arg("kustomize").arg(folder);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
        command.env(name, NOWHERE);
    }
    command.env_remove("NO_PROXY").env_remove("no_proxy").env("KUBECONFIG", "/dev/null");
    // Git is told to take nothing from other machines, and to ask nobody.
    command.env("GIT_ALLOW_PROTOCOL", "file").env("GIT_TERMINAL_PROMPT", "0");
    let printed = run::run(&mut command, BOUNDS)?;
    Ok(String::from_utf8_lossy(&printed).into_owned())
}
