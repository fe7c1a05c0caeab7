//! `template`: answers that are texts with holes (plugin/template), as far as names, zones, types and groups fill them.

use super::rewrite::Pattern;
use super::zone::zones_of;
use std::sync::Arc;

/// A piece of a record's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Text(Arc<str>),
    /// `.Name`: the name asked for.
    Name,
    /// `.Zone`: the zone it is in.
    Zone,
    /// `.Class`.
    Class,
    /// `.Type`.
    Type,
    /// `.Remote`: who asks.
    Remote,
    /// `index .Match N`, or a group by its number.
    Match(usize),
    /// `.Group.NAME`.
    Group(Arc<str>),
}

/// One `template` directive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// Type asked for, as a word; `None` for any.
    pub kind: Option<Arc<str>>,
    /// Zones it is for; empty is the server's.
    pub zones: Vec<Arc<str>>,
    /// `match`: expressions for the name with its trailing dot, one of which has to fit; none is any name.
    pub matches: Vec<Pattern>,
    /// `answer`.
    pub answers: Vec<Vec<Piece>>,
    /// `additional`.
    pub additional: Vec<Vec<Piece>>,
    /// `authority`.
    pub authority: Vec<Vec<Piece>>,
    /// `rcode`, as a word; NOERROR unless given.
    pub rcode: Option<Arc<str>>,
    /// As for [`super::Hosts::fallthrough`].
    pub fallthrough: Option<Vec<Arc<str>>>,
    /// Its line.
    pub line: u32,
}

/// `template CLASS TYPE [ZONE…] { … }`; `None` for what is not understood.
pub(super) fn template(line: u32, arguments: &[String], body: &[(u32, Vec<String>)]) -> Option<Template> {
    let (class, rest) = arguments.split_first()?;
    let (kind, zones) = rest.split_first()?;
    if !matches!(&*class.to_uppercase(), "IN" | "ANY") {
        return None;
    }
    let kind = kind.to_uppercase();
    let kind = (kind != "ANY").then(|| Arc::from(kind));
    let mut template = Template { kind, zones: zones_of(zones), line, ..Template::default() };
    for (_, words) in body {
        let (option, rest) = words.split_first()?;
        let texts = || rest.iter().map(|text| pieces(text)).collect::<Option<Vec<_>>>();
        match &**option {
            "match" => {
                let read: Option<Vec<_>> = rest.iter().map(|text| Pattern::new(text)).collect();
                template.matches.extend(read?);
            }
            "answer" => template.answers.extend(texts()?),
            "additional" => template.additional.extend(texts()?),
            "authority" => template.authority.extend(texts()?),
            "rcode" => template.rcode = rest.first().map(|code| Arc::from(code.to_uppercase())),
            "fallthrough" => template.fallthrough = Some(zones_of(rest)),
            // An option of EDNS0 that explains an error.
            "ederror" => {}
            _ => return None,
        }
    }
    Some(template)
}

/// The pieces of a text.
fn pieces(text: &str) -> Option<Vec<Piece>> {
    let mut all = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (hole, behind) = after.split_once("}}")?;
        if !before.is_empty() {
            all.push(Piece::Text(Arc::from(before)));
        }
        all.push(hole_of(hole.trim().trim_matches('-').trim())?);
        rest = behind;
    }
    if !rest.is_empty() {
        all.push(Piece::Text(Arc::from(rest)));
    }
    Some(all)
}

fn hole_of(hole: &str) -> Option<Piece> {
    let words: Vec<&str> = hole.split_whitespace().collect();
    Some(match *words {
        [".Name"] => Piece::Name,
        [".Zone"] => Piece::Zone,
        [".Class"] => Piece::Class,
        [".Type"] => Piece::Type,
        [".Remote"] => Piece::Remote,
        ["index", ".Match", number] => Piece::Match(number.parse().ok()?),
        ["index", ".Group", name] => group(name.trim_matches('"')),
        [word] => group(word.strip_prefix(".Group.")?),
        _ => return None,
    })
}

fn group(name: &str) -> Piece {
    match name.parse() {
        Ok(number) => Piece::Match(number),
        Err(_) => Piece::Group(Arc::from(name)),
    }
}
