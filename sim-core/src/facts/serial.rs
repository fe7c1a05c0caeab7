//! How typed values are written in JSON.

use super::refs::{Device, RuleAt};
use crate::http::{Action, Decision};
use crate::print;
use kernel::Coded;
use kernel::config::TableId;
use kernel::ids::CtId;
use kernel::packet::{FieldChange, Fragment, Mark, Port};
use kernel::state::CtEntry;
use kernel::walk::{AnswerKind, ListedHow, Skipped};
use kubernetes::origin::Cause;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::fmt::Display;

pub(super) fn code<S: Serializer>(of: &impl Coded, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(of.code())
}

pub(super) fn shown<S: Serializer>(of: &impl Display, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(of)
}

pub(super) fn shown_if<S: Serializer>(of: &Option<impl Display>, out: S) -> Result<S::Ok, S::Error> {
    match of {
        Some(of) => out.collect_str(of),
        None => out.serialize_none(),
    }
}

pub(super) fn table_id<S: Serializer>(of: &TableId, out: S) -> Result<S::Ok, S::Error> {
    of.0.serialize(out)
}

pub(super) fn entry<S: Serializer>(of: &CtId, out: S) -> Result<S::Ok, S::Error> {
    of.0.serialize(out)
}

pub(super) fn entry_if<S: Serializer>(of: &Option<CtId>, out: S) -> Result<S::Ok, S::Error> {
    of.map(|entry| entry.0).serialize(out)
}

pub(super) fn mark<S: Serializer>(of: &Mark, out: S) -> Result<S::Ok, S::Error> {
    of.0.serialize(out)
}

pub(super) fn port<S: Serializer>(of: &Port, out: S) -> Result<S::Ok, S::Error> {
    of.0.serialize(out)
}

pub(super) fn conntrack<S: Serializer>(of: &CtEntry, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&entry_text(of))
}

/// Component, object, field, file and line behind something, as JSON has them.
#[derive(Clone, Copy, Debug)]
pub struct Because<'a>(pub &'a Cause);

impl Serialize for Because<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let Cause { component, object, field, location, .. } = self.0;
        let mut map = out.serialize_map(Some(5))?;
        map.serialize_entry("component", &component.to_string())?;
        map.serialize_entry("object", &object.as_ref().map(ToString::to_string))?;
        map.serialize_entry("field", &field.as_deref())?;
        map.serialize_entry("file", &location.as_ref().map(|location| &*location.file))?;
        map.serialize_entry("line", &location.as_ref().map(|location| location.line))?;
        map.end()
    }
}

/// What is behind something, `null` where nothing is known of it.
pub(super) fn because<S: Serializer>(of: &Option<&Cause>, out: S) -> Result<S::Ok, S::Error> {
    of.map(Because).serialize(out)
}

/// What a proxy decided: why, the object and its rule, and where the request goes.
pub(super) fn decided<S: Serializer>(of: &&Decision, out: S) -> Result<S::Ok, S::Error> {
    let mut map = out.serialize_map(Some(6))?;
    map.serialize_entry("because", of.because.code())?;
    let rule = of.rule.as_ref();
    map.serialize_entry("object", &rule.map(|rule| rule.object.to_string()))?;
    map.serialize_entry("field", &rule.map(|rule| &*rule.field))?;
    map.serialize_entry("matched", &rule.map(|rule| &*rule.matched))?;
    let backend = of.backend.as_ref();
    map.serialize_entry("backend", &backend.map(|backend| format!("{}:{}", backend.service, backend.port)))?;
    map.serialize_entry(
        "status",
        &match &of.action {
            Action::Answer(response) => Some(response.status),
            Action::Forward(_) | Action::Close => None,
        },
    )?;
    map.end()
}

/// Objects made of pairs, one after the other.
fn list<S: Serializer, T>(
    of: &[T],
    out: S,
    one: impl Fn(&T) -> [(&'static str, Part<'_>); 2],
) -> Result<S::Ok, S::Error> {
    out.collect_seq(of.iter().map(|item| Parts(one(item).to_vec())))
}

#[derive(Clone)]
pub(super) enum Part<'a> {
    Number(u32),
    Text(&'a str),
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => number.serialize(out),
            Self::Text(text) => text.serialize(out),
        }
    }
}

pub(super) struct Parts<'a>(pub(super) Vec<(&'static str, Part<'a>)>);

impl Serialize for Parts<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(self.0.iter().map(|(name, part)| (name, part)))
    }
}

pub(super) fn skipped<S: Serializer>(of: &[Skipped], out: S) -> Result<S::Ok, S::Error> {
    list(of, out, |run| [("count", Part::Number(run.count)), ("failed", Part::Text(run.failed.code()))])
}

pub(super) fn pieces<S: Serializer>(of: &[Fragment], out: S) -> Result<S::Ok, S::Error> {
    list(of, out, |piece| [("offset", Part::Number(piece.offset)), ("size", Part::Number(20 + piece.len))])
}

pub(super) fn changes<S: Serializer>(of: &[FieldChange], out: S) -> Result<S::Ok, S::Error> {
    struct Change<'a>(&'a FieldChange);
    impl Serialize for Change<'_> {
        fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
            let (before, after) = self.0.texts();
            let mut map = out.serialize_map(Some(3))?;
            map.serialize_entry("field", self.0.field().name())?;
            map.serialize_entry("before", &before)?;
            map.serialize_entry("after", &after)?;
            map.end()
        }
    }
    out.collect_seq(of.iter().map(Change))
}

pub(super) fn from<S: Serializer>(of: &Option<RuleAt<'_>>, out: S) -> Result<S::Ok, S::Error> {
    of.map(|rule| Parts(vec![("chain", Part::Text(rule.chain().name())), ("rule", Part::Number(rule.number()))]))
        .serialize(out)
}

/// A device of another namespace.
pub(super) fn far<S: Serializer>(of: &Device<'_>, out: S) -> Result<S::Ok, S::Error> {
    let mut map = out.serialize_map(Some(2))?;
    map.serialize_entry("netns", &of.namespace.name())?;
    map.serialize_entry("device", of.name())?;
    map.end()
}

pub(super) fn listed<S: Serializer>(of: &ListedHow, out: S) -> Result<S::Ok, S::Error> {
    let age = match of {
        ListedHow::Found { age } | ListedHow::Stale { age } => Some(age),
        ListedHow::Noted => None,
    };
    let mut map = out.serialize_map(Some(2))?;
    map.serialize_entry("result", of.code())?;
    map.serialize_entry("age", &age)?;
    map.end()
}

pub(super) fn answer<S: Serializer>(of: &AnswerKind, out: S) -> Result<S::Ok, S::Error> {
    let mut map = out.serialize_map(None)?;
    map.serialize_entry("kind", of.code())?;
    if let AnswerKind::IcmpError { kind, code } = of {
        map.serialize_entry("icmp_type", kind)?;
        map.serialize_entry("icmp_code", code)?;
    }
    map.end()
}

/// A conntrack entry as `conntrack -L` prints it.
pub(super) fn entry_text(entry: &CtEntry) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = print::socket::write_conntrack(&mut text, entry);
    text.trim().to_owned()
}
