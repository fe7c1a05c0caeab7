//! Host names with a wildcard.

/// True when `host` is `wanted`; a leading `*.` of `wanted` stands for exactly one label.
pub(super) fn is_host(wanted: &str, host: &str) -> bool {
    match wanted.strip_prefix("*.") {
        _ if wanted.is_empty() || wanted == "*" => true,
        Some(rest) => host.split_once('.').is_some_and(|(_, after)| after.eq_ignore_ascii_case(rest)),
        None => wanted.eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use super::is_host;

    #[test]
    fn a_star_stands_for_one_label() {
        for (wanted, host, is) in [
            ("shop.example", "shop.example", true),
            ("shop.example", "Shop.Example", true),
            ("*.example", "a.example", true),
            ("*.example", "a.b.example", false),
            ("*.example", "example", false),
            ("", "anything", true),
        ] {
            assert_eq!(is_host(wanted, host), is, "{wanted} {host}");
        }
    }
}
