//! The query of an address.

use crate::error::Error;
use crate::step::Wanted;
use axum::http::Uri;
use percent_encoding::percent_decode_str;
use std::str::FromStr;
use web::url;

/// The query of a request: pairs in order, decoded. Repeated names are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

/// Pairs read at most.
const MAX_PAIRS: usize = 64;

impl Query {
    /// Reads the query of an address.
    pub fn of(uri: &Uri) -> Self {
        Self::read(uri.query().unwrap_or_default())
    }

    /// Reads a query string (`application/x-www-form-urlencoded`).
    pub fn read(text: &str) -> Self {
        let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).take(MAX_PAIRS);
        let pair = |text: &str| match text.split_once('=') {
            Some((name, value)) => (decode(name), decode(value)),
            None => (decode(text), String::new()),
        };
        Self(pairs.map(pair).collect())
    }

    /// The last value of a name; blank values count as absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rfind(|(have, value)| have == name && !value.trim().is_empty()).map(|(_, value)| value.trim())
    }

    /// Names, in order; repeated ones as often as they are there.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The query string again, without some names and without what is blank.
    pub fn without(&self, names: &[&str]) -> String {
        let kept = self.0.iter().filter(|(name, value)| !names.contains(&name.as_str()) && !value.trim().is_empty());
        let pairs = kept.map(|(name, value)| format!("{}={}", url::encode(name), url::encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// Whether a name is there, with a value or without.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(have, _)| have == name)
    }

    /// The same query with names set, whatever values they had.
    pub fn with(&self, pairs: &[(&str, &str)]) -> Self {
        let kept = self.0.iter().filter(|(name, _)| !pairs.iter().any(|(set, _)| set == name)).cloned();
        let set = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self(kept.chain(set).collect())
    }

    /// A number; `None` where it is absent or blank.
    ///
    /// # Errors
    /// [`Error::Parameter`] for anything else, and for what is too large.
    pub fn number<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, Error> {
        let read = |text: &str| text.parse().map_err(|_| Error::Parameter { name, value: text.to_owned() });
        self.get(name).map(read).transpose()
    }

    /// One of some words; `None` where it is absent or blank.
    ///
    /// # Errors
    /// [`Error::Parameter`] for any other.
    pub fn word(&self, name: &'static str, known: &[&'static str]) -> Result<Option<&'static str>, Error> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let found = known.iter().find(|word| **word == text);
        found.map(|word| Some(*word)).ok_or_else(|| Error::Parameter { name, value: text.to_owned() })
    }

    /// The step of a journey that is asked for.
    pub fn wanted(&self) -> Wanted {
        Wanted { step: self.get("step").map(str::to_owned), place: self.get("at").map(str::to_owned) }
    }

    /// A text; empty where it is absent.
    pub fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// All values of a name that are not blank.
    pub fn all<'q>(&'q self, name: &'q str) -> impl DoubleEndedIterator<Item = &'q str> {
        self.0
            .iter()
            .filter(move |(have, value)| have == name && !value.trim().is_empty())
            .map(|(_, value)| value.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded_and_repeated_names_kept() {
        let uri: Uri = "/x?from=pod%2Fdefault%2Fa&choose=a%3Db&choose=c&empty=&to=web+1:80&%ED=1".parse().unwrap();
        let query = Query::of(&uri);
        assert_eq!(query.get("from"), Some("pod/default/a"));
        assert_eq!(query.all("choose").collect::<Vec<_>>(), ["a=b", "c"]);
        assert_eq!((query.get("empty"), query.has("empty"), query.has("gone")), (None, true, false));
        assert_eq!(query.get("to"), Some("web 1:80"));
    }

    #[test]
    fn what_a_parameter_does_not_take_is_told_with_its_name() {
        let uri: Uri = "/x?step=3&n=-1&page=99999999999&level=story&empty=".parse().unwrap();
        let query = Query::of(&uri);
        assert_eq!(query.number::<u32>("step").unwrap(), Some(3));
        assert_eq!((query.number::<u32>("empty").unwrap(), query.number::<u32>("gone").unwrap()), (None, None));
        for name in ["n", "page", "level"] {
            let Err(Error::Parameter { name: told, .. }) = query.number::<u32>(name) else { panic!("{name}") };
            assert_eq!(told, name);
        }
        assert_eq!(query.word("level", &["story", "all"]).unwrap(), Some("story"));
        assert!(query.word("step", &["story"]).is_err());
    }
}
