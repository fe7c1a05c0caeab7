//! Paths of files as texts: kustomizations name others relative to themselves.

/// Makes a path plain: no `.`, no doubled slashes, `..` taken back where there is something to take.
pub(crate) fn plain(path: &str) -> String {
    let path = path.replace('\\', "/");
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if absolute { format!("/{joined}") } else { joined }
}

/// `path` as seen from `folder`.
pub(crate) fn join(folder: &str, path: &str) -> String {
    if path.starts_with('/') || folder.is_empty() { plain(path) } else { plain(&format!("{folder}/{path}")) }
}

/// The folder a plain path stands in; empty for the folder where all paths begin.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| if folder.is_empty() { "/" } else { folder })
}

/// The last part of a path.
pub(crate) fn file(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// True for what lies in another place than this machine's files: addresses, and Git's short forms.
pub(crate) fn is_remote(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    let scheme = path.split_once("://").is_some_and(|(scheme, _)| !scheme.is_empty() && !scheme.contains('/'));
    let host = first.contains('.') && first != "." && first != ".." && path.contains('/') && !first.starts_with('.');
    let of_git =
        path.contains("?ref=") || path.contains("?version=") || path.contains(".git/") || path.ends_with(".git");
    scheme || path.starts_with("git@") || path.starts_with("git::") || of_git || (host && is_forge(first))
}

/// Hosts that kustomize takes for Git without a scheme.
fn is_forge(host: &str) -> bool {
    let host = host.split(':').next().unwrap_or_default();
    matches!(host, "github.com" | "gitlab.com" | "bitbucket.org" | "dev.azure.com" | "ssh.dev.azure.com")
        || host.starts_with("github.")
        || host.starts_with("gitlab.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("a/./b//c", "a/b/c")]
    #[case("a/../b", "b")]
    #[case("../../b", "../../b")]
    #[case("/a/../../b", "/b")]
    #[case(".", "")]
    #[case("a\\b", "a/b")]
    fn paths_are_made_plain(#[case] given: &str, #[case] expected: &str) {
        assert_eq!(plain(given), expected);
    }

    #[rstest]
    #[case("github.com/org/repo//deploy?ref=v1", true)]
    #[case("https://example.test/a.yaml", true)]
    #[case("git@host.test:org/repo.git", true)]
    #[case("../base", false)]
    #[case("base.d/app.yaml", false)]
    #[case("./v1.2/app.yaml", false)]
    #[case("app.yaml", false)]
    fn remote_or_not(#[case] path: &str, #[case] remote: bool) {
        assert_eq!(is_remote(path), remote);
    }
}
