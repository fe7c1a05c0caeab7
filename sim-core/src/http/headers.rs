//! Header fields.

use std::sync::Arc;

/// Header fields in order; names are compared without case (RFC 9110 section 5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Headers(Vec<(Arc<str>, Arc<str>)>);

impl Headers {
    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&Arc<str>> {
        self.0.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All values of a name as one, joined by commas (RFC 9110 section 5.3).
    pub fn joined(&self, name: &str) -> Option<String> {
        let all: Vec<&str> = self.all(name).map(|value| &**value).collect();
        (!all.is_empty()).then(|| all.join(","))
    }

    /// All values of a name.
    pub fn all<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h Arc<str>> {
        self.0.iter().filter(move |(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Puts one value in place of all of a name; where the first stood, else last.
    pub fn set(&mut self, name: &str, value: impl Into<Arc<str>>) {
        let value = value.into();
        match self.0.iter().position(|(have, _)| have.eq_ignore_ascii_case(name)) {
            Some(at) => {
                if let Some(first) = self.0.get_mut(at) {
                    first.1 = value;
                }
                let mut index = 0;
                self.0.retain(|(have, _)| {
                    index += 1;
                    index - 1 <= at || !have.eq_ignore_ascii_case(name)
                });
            }
            None => self.0.push((Arc::from(name), value)),
        }
    }

    /// Adds a value to those of a name.
    pub fn add(&mut self, name: &str, value: impl Into<Arc<str>>) {
        self.0.push((Arc::from(name), value.into()));
    }

    /// Takes a name out.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(have, _)| !have.eq_ignore_ascii_case(name));
    }

    /// All fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(name, value)| (Arc::from(name.as_ref()), Arc::from(value.as_ref()))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_and_set_replaces_all_of_one() {
        let mut headers = Headers::from_iter([("X-A", "1"), ("Host", "web"), ("x-a", "2")]);
        assert_eq!(headers.joined("x-A").as_deref(), Some("1,2"));
        headers.set("X-a", "3");
        let all: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(all, ["X-A: 3", "Host: web"]);
        headers.add("host", "other");
        headers.remove("HOST");
        assert_eq!((headers.len(), headers.get("host")), (1, None));
    }
}
