//! The forms of names the API server asks for (k8s.io/apimachinery/pkg/util/validation).

/// What a name has to look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// RFC 1123 label: at most 63 of `a-z 0-9 -`, a letter or digit at both ends.
    Label,
    /// RFC 1035 label: the same, and it begins with a letter.
    Label1035,
    /// RFC 1123 subdomain: labels with dots between them, at most 253 characters.
    Subdomain,
    /// IANA service name: at most 15 of `a-z 0-9 -`, one letter at least, no two dashes in a row, none at the ends.
    PortName,
}

impl Form {
    /// Its word in findings.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Label1035 => "label-1035",
            Self::Subdomain => "subdomain",
            Self::PortName => "port-name",
        }
    }

    fn longest(self) -> usize {
        match self {
            Self::Label | Self::Label1035 => 63,
            Self::Subdomain => 253,
            Self::PortName => 15,
        }
    }

    /// True for names of this form.
    pub(super) fn fits(self, name: &str) -> bool {
        let letters = name.bytes().any(|byte| byte.is_ascii_lowercase());
        name.len() <= self.longest()
            && match self {
                Self::Label => label(name),
                Self::Label1035 => label(name) && name.starts_with(|c: char| c.is_ascii_lowercase()),
                Self::Subdomain => name.split('.').all(label),
                Self::PortName => label(name) && letters && !name.contains("--"),
            }
    }

    /// A name of this form that is like the one given; `None` where nothing of it is left.
    pub(super) fn like(self, name: &str) -> Option<String> {
        let mut made = String::new();
        for c in name.to_lowercase().chars() {
            let c = if c.is_ascii_alphanumeric() || (c == '.' && self == Self::Subdomain) { c } else { '-' };
            let joins = made.is_empty() || made.ends_with(['-', '.']);
            if c == '.' && made.ends_with('-') {
                made.pop();
            } else if (c == '-' || c == '.') && joins {
                continue;
            }
            made.push(c);
        }
        if self == Self::Label1035 {
            made = made.trim_start_matches(|c: char| !c.is_ascii_lowercase()).to_owned();
        }
        made.truncate(self.longest());
        let made = made.trim_end_matches(['-', '.']);
        self.fits(made).then(|| made.to_owned())
    }
}

/// A key of labels: a name, with a subdomain before a slash where it is not the cluster's own (`IsQualifiedName`).
pub(super) fn is_qualified(key: &str) -> bool {
    match key.split_once('/') {
        Some((prefix, name)) => Form::Subdomain.fits(prefix) && !name.is_empty() && is_label_value(name),
        None => !key.is_empty() && is_label_value(key),
    }
}

/// A value of labels: empty, or at most 63 letters, digits, `-`, `_` and `.`, a letter or digit at both ends (`IsValidLabelValue`).
pub(super) fn is_label_value(value: &str) -> bool {
    let bytes = value.as_bytes();
    let ends = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    bytes.len() <= 63
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        && ends(bytes.first())
        && ends(bytes.last())
}

/// A key of labels that is like the one given; `None` where nothing of it is left.
pub(super) fn like_qualified(key: &str) -> Option<String> {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let name = like_label_value(name)?;
    let made = match prefix.and_then(|prefix| Form::Subdomain.like(prefix)) {
        Some(prefix) => format!("{prefix}/{name}"),
        None => name,
    };
    is_qualified(&made).then_some(made)
}

/// A value of labels that is like the one given; `None` where nothing of it is left.
pub(super) fn like_label_value(value: &str) -> Option<String> {
    let mut made = String::new();
    for c in value.chars() {
        let good = c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        match if good { c } else { '-' } {
            '-' | '_' | '.' if made.is_empty() => {}
            '-' if made.ends_with('-') => {}
            c if made.len() < 63 => made.push(c),
            _ => break,
        }
    }
    let made = made.trim_end_matches(['-', '_', '.']);
    (!made.is_empty() && is_label_value(made)).then(|| made.to_owned())
}

fn label(name: &str) -> bool {
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
        && ends(bytes.first())
        && ends(bytes.last())
}

#[cfg(test)]
mod tests {
    use super::Form::{self, Label, Label1035, PortName, Subdomain};
    use rstest::rstest;

    #[rstest]
    #[case(Label, "web-1", true, Some("web-1"))]
    #[case(Label, "1web", true, Some("1web"))]
    #[case(Label, "Web_1", false, Some("web-1"))]
    #[case(Label, "-web-", false, Some("web"))]
    #[case(Label, "a.b", false, Some("a-b"))]
    #[case(Label, "", false, None)]
    #[case(Label1035, "1web", false, Some("web"))]
    #[case(Label1035, "w1", true, Some("w1"))]
    #[case(Label1035, "123", false, None)]
    #[case(Subdomain, "a.b-c.d", true, Some("a.b-c.d"))]
    #[case(Subdomain, "A..b", false, Some("a.b"))]
    #[case(Subdomain, "a-.b", false, Some("a.b"))]
    #[case(PortName, "http", true, Some("http"))]
    #[case(PortName, "8080", false, None)]
    #[case(PortName, "web--ui", false, Some("web-ui"))]
    #[case(PortName, "a-very-long-port-name", false, Some("a-very-long-por"))]
    #[case(PortName, "한국", false, None)]
    fn forms(#[case] form: Form, #[case] name: &str, #[case] fits: bool, #[case] like: Option<&str>) {
        assert_eq!(form.fits(name), fits);
        assert_eq!(form.like(name).as_deref(), like);
    }

    #[rstest]
    #[case("app", true)]
    #[case("app.kubernetes.io/name", true)]
    #[case("Tier_2.x", true)]
    #[case("", false)]
    #[case("/name", false)]
    #[case("example.org/", false)]
    #[case("Example.org/name", false)]
    #[case("a/b/c", false)]
    #[case("-app", false)]
    #[case("app label", false)]
    fn keys(#[case] key: &str, #[case] good: bool) {
        assert_eq!(super::is_qualified(key), good);
    }

    #[rstest]
    #[case("", true)]
    #[case("v1.2_b", true)]
    #[case("한국", false)]
    #[case("a/b", false)]
    #[case("end-", false)]
    fn values(#[case] value: &str, #[case] good: bool) {
        assert_eq!(super::is_label_value(value), good);
    }

    #[rstest]
    #[case("app label", Some("app-label"))]
    #[case("Example.org/my name", Some("example.org/my-name"))]
    #[case("a/b/c", Some("a/b-c"))]
    #[case("/name", Some("name"))]
    #[case("-_.", None)]
    #[case("한국", None)]
    fn keys_that_are_like_others(#[case] key: &str, #[case] like: Option<&str>) {
        assert_eq!(super::like_qualified(key).as_deref(), like);
    }

    #[rstest]
    #[case("a/b", Some("a-b"))]
    #[case("end-", Some("end"))]
    #[case("v1..2__b  (x)", Some("v1..2__b-x"))]
    fn values_that_are_like_others(#[case] value: &str, #[case] like: Option<&str>) {
        assert_eq!(super::like_label_value(value).as_deref(), like);
        assert_eq!(super::like_label_value(&"a".repeat(1_000)), Some("a".repeat(63)));
    }

    #[test]
    fn lengths_end_where_the_api_server_ends_them() {
        for (form, longest) in [(Label, 63), (Label1035, 63), (Subdomain, 253), (PortName, 15)] {
            assert!(form.fits(&"a".repeat(longest)));
            assert!(!form.fits(&"a".repeat(longest + 1)));
        }
    }
}
