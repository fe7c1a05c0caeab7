//! Paths as nginx compares them: decoded, without `.`, `..` and double slashes (ngx_http_core_module, `location`, `merge_slashes`).

/// The normal form of a path.
pub(super) fn normal(path: &str) -> String {
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    let mut parts: Vec<&str> = Vec::new();
    let ends = decoded.ends_with('/') || decoded.ends_with("/.") || decoded.ends_with("/..");
    for part in decoded.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut out = String::from("/");
    out.push_str(&parts.join("/"));
    if ends && !out.ends_with('/') {
        out.push('/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn paths_have_one_form() {
        for (path, form) in [
            ("/", "/"),
            ("//a//b", "/a/b"),
            ("/a/./b/../c/", "/a/c/"),
            ("/a%2Fb%20c", "/a/b c"),
            ("/..", "/"),
            ("/a/..", "/"),
        ] {
            assert_eq!(normal(path), form, "{path}");
        }
    }
}
