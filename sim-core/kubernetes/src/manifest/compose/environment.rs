//! `.env` files.

use super::fill::{Fill, MOST, Variables};
use std::collections::BTreeMap;

/// Longest `.env` file that is read, in bytes.
const LONGEST: usize = 256 << 10;

/// What a `.env` file says.
#[derive(Debug, Default)]
pub(in crate::manifest) struct Environment(BTreeMap<String, String>);

/// True for the file that Compose takes variables from.
pub(in crate::manifest) fn is_environment(path: &str) -> bool {
    super::base(path) == ".env"
}

impl Environment {
    /// Reads lines `NAME=VALUE`: `export`, quotes and comments as Compose takes them.
    pub(in crate::manifest) fn of(text: &str) -> Self {
        let mut all = Self::default();
        for line in text.get(..LONGEST).unwrap_or(text).lines() {
            let line = line.trim();
            let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
            if line.starts_with('#') {
                continue;
            }
            let Some((name, value)) = line.split_once(['=', ':']) else { continue };
            let value = value.trim();
            let quoted = |mark: char| value.strip_prefix(mark).and_then(|rest| Some(rest.split_once(mark)?.0));
            let value = if let Some(literal) = quoted('\'') {
                literal.to_owned()
            } else {
                let text = quoted('"').unwrap_or_else(|| value.split(" #").next().unwrap_or_default().trim_end());
                let mut fill = Fill::new(&all);
                fill.text(text, MOST).unwrap_or_else(|_| text.to_owned())
            };
            all.0.insert(name.trim().to_owned(), value);
        }
        all
    }
}

impl Variables for Environment {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_as_compose_takes_them() {
        let text = "# x\nA=1\nexport B = two # c\nC=\"a # b\"\nD='$A'\nE=${A}-${B:-x}\nF\nG=\nH=a#b\n";
        let all = Environment::of(text);
        for (name, value) in
            [("A", "1"), ("B", "two"), ("C", "a # b"), ("D", "$A"), ("E", "1-two"), ("G", ""), ("H", "a#b")]
        {
            assert_eq!(all.get(name), Some(value), "{name}");
        }
        assert_eq!(all.get("F"), None);
    }
}
