//! What credentials are called, and what they look like.

/// Words that name a credential.
const STRONG: [&str; 18] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pass",
    "pwd",
    "pw",
    "secret",
    "secrets",
    "token",
    "tokens",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "credential",
    "credentials",
    "psk",
];
/// Words that make a `key` behind them a credential.
const KEYS: [&str; 14] = [
    "api",
    "access",
    "secret",
    "private",
    "preshared",
    "encryption",
    "signing",
    "auth",
    "master",
    "account",
    "license",
    "shared",
    "app",
    "certificate",
];
/// Last words of what only refers to a credential, or says something about one.
const ABOUT: [&str; 24] = [
    "file",
    "path",
    "dir",
    "name",
    "host",
    "port",
    "ttl",
    "expiration",
    "expiry",
    "seconds",
    "timeout",
    "enabled",
    "length",
    "ref",
    "mount",
    "endpoint",
    "algorithm",
    "type",
    "issuer",
    "audience",
    "url",
    "uri",
    "namespace",
    "policy",
];
/// How tokens of well-known services begin, with the least length of one.
const PREFIXES: [(&str, usize); 30] = [
    ("eyJ", 20),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("glrt-", 16),
    ("xoxb-", 12),
    ("xoxp-", 12),
    ("xoxa-", 12),
    ("xapp-", 12),
    ("sk-", 20),
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("rk_live_", 16),
    ("AIza", 30),
    ("ya29.", 20),
    ("npm_", 20),
    ("dckr_pat_", 16),
    ("hvs.", 16),
    ("hvb.", 16),
    ("$2a$", 12),
    ("$2b$", 12),
    ("$2y$", 12),
    ("$apr1$", 12),
    ("$6$", 12),
    ("$5$", 12),
    ("AGE-SECRET-KEY-", 20),
];

/// The words of a name, in lower case: at dashes, dots and underscores, and where capitals begin.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut before = '_';
    for c in name.chars() {
        let begins = c.is_ascii_uppercase() && before.is_ascii_lowercase();
        if !c.is_alphanumeric() || begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Digits behind a name count for nothing: `PASSWORD2`.
fn bare(word: &str) -> &str {
    word.trim_end_matches(|c: char| c.is_ascii_digit())
}

fn names_credential(before: Option<&str>, word: &str) -> bool {
    let word = bare(word);
    STRONG.contains(&word)
        || word.ends_with("password")
        || word.ends_with("passwd")
        || (matches!(word, "key" | "keys") && before.is_some_and(|before| KEYS.contains(&before)))
}

/// True for a field that holds a credential: `password`, `apiKey`, `client-key-data`, `Authorization`.
pub(super) fn is_field(name: &str) -> bool {
    let words = words(name);
    let mut last = words.iter().rev().map(String::as_str);
    match (last.next(), last.next()) {
        (Some("authorization" | "auth" | "cookie"), _) => true,
        (Some("data"), Some("key")) => true,
        (Some(word), before) => names_credential(before, word),
        (None, _) => false,
    }
}

/// True for a variable or an argument that holds a credential: what is called so anywhere in its name, and does not only refer to one.
pub(super) fn is_variable(name: &str) -> bool {
    let words = words(name);
    if words.last().is_some_and(|last| ABOUT.contains(&bare(last))) {
        return false;
    }
    let before = std::iter::once(None).chain(words.iter().map(|word| Some(word.as_str())));
    is_field(name) || before.zip(&words).any(|(before, word)| names_credential(before, word))
}

/// True where a word has the form of a token.
pub(super) fn is_token(word: &str) -> bool {
    if PREFIXES.iter().any(|(prefix, least)| word.starts_with(prefix) && word.len() >= *least) {
        return true;
    }
    let upper = |part: &str| part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let lower = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let amazon = word.len() == 20 && (word.starts_with("AKIA") || word.starts_with("ASIA")) && upper(word);
    // What kubeadm makes for a node to join.
    let join =
        word.len() == 23 && word.split_once('.').is_some_and(|(id, rest)| id.len() == 6 && lower(id) && lower(rest));
    amazon || (join && word.bytes().any(|byte| byte.is_ascii_digit()))
}

/// True where a value of a variable or an argument looks drawn at random.
pub(super) fn is_random(value: &str) -> bool {
    let any = |is: fn(&u8) -> bool| value.as_bytes().iter().any(is);
    let digits = any(u8::is_ascii_digit);
    let hex = value.len() >= 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit()) && any(u8::is_ascii_alphabetic);
    let part = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte);
    let base = value.len() >= 20
        && !value.starts_with('/')
        && value.bytes().all(part)
        && any(u8::is_ascii_uppercase)
        && any(u8::is_ascii_lowercase);
    digits && (hex || base)
}

/// True for what only stands for a value: `$(NAME)`, `${NAME}`, `{{ .Values.name }}`.
pub(super) fn is_reference(value: &str) -> bool {
    let value = value.trim();
    let inside = |open: &str, close: &str| {
        value
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
            .is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_. |\"-$".contains(&byte)))
    };
    let variable = value.strip_prefix('$').is_some_and(|name| {
        name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    });
    inside("$(", ")") || inside("${", "}") || inside("{{", "}}") || variable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_by_name() {
        for name in [
            "password",
            "DB_PASSWORD",
            "apiKey",
            "API_KEY",
            "client-key-data",
            "Authorization",
            "token",
            "rootPassword",
            "POSTGRES_PASSWORD",
        ] {
            assert!(is_field(name), "{name}");
        }
        for name in [
            "secretName",
            "key",
            "path",
            "tokenExpirationSeconds",
            "imagePullSecretsPolicy",
            "compass",
            "monkey",
            "passwordFile",
            "",
        ] {
            assert!(!is_field(name), "{name}");
        }
        for name in ["SECRET_KEY_BASE", "MY_TOKEN_2", "AWS_SECRET_ACCESS_KEY", "PASSWORD2"] {
            assert!(is_variable(name), "{name}");
        }
        for name in ["DB_PASSWORD_FILE", "TOKEN_URL", "PATH", "KEYCLOAK_HOST", "SECRET_NAME", "PORT"] {
            assert!(!is_variable(name), "{name}");
        }
    }

    #[test]
    fn credentials_by_form() {
        for word in [
            "eyJhbGciOiJIUzI1NiIsInR5cCI6",
            "AKIAIOSFODNN7EXAMPLE",
            "abcdef.0123456789abcdef",
            "ghp_0123456789abcdefghij",
        ] {
            assert!(is_token(word), "{word}");
        }
        for word in [
            "10.244.1.5",
            "registry.k8s.io/pause",
            "web-7d4b9c6f5-x2x9k",
            "sha256:0123",
            "default.svc.cluster.loc",
            "eyJ",
        ] {
            assert!(!is_token(word), "{word}");
        }
        assert!(is_random("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY") && is_random("0123456789abcdef0123456789abcdef"));
        assert!(!is_random("/usr/local/Lib/x86_64/Something") && !is_random("my-service-with-a-long-name"));
        assert!(
            is_reference("$(PASSWORD)")
                && is_reference("${A}")
                && is_reference("$A")
                && is_reference("{{ .Values.pw }}")
        );
        assert!(!is_reference("$3cret") && !is_reference("hunter2") && !is_reference("$(a)b"));
    }
}
