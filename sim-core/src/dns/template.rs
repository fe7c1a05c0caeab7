//! The plugin `template` of CoreDNS: answers made of a name's parts (plugin/template).

use super::answer::Answer;
use super::record::{Rcode, Record, RecordType};
use kubernetes::corefile::{Piece, Server, Template, falls_through, is_in};
use std::net::IpAddr;

/// What the templates of a server make of a question.
pub(super) enum Made {
    /// An answer.
    Answer(Box<Answer>),
    /// The next plugin is asked.
    Next,
    /// A record that is not understood, in the template of this line.
    NotUnderstood(u32),
}

/// Goes through the templates in order; `name` is the question in lower case, without trailing dot.
pub(super) fn answer(server: &Server, name: &str, kind: RecordType, from: Option<IpAddr>) -> Made {
    for template in &server.templates {
        let any = [template.kind.as_deref(), Some(&*kind.to_string())];
        if kind != RecordType::Any && any[0].is_some() && any[0] != any[1] {
            continue;
        }
        let zones = if template.zones.is_empty() { &server.zones } else { &template.zones };
        let zone = zones.iter().filter(|zone| is_in(name, zone)).max_by_key(|zone| zone.len());
        let Some(zone) = zone else { continue };
        let dotted = format!("{name}.");
        let groups = match template.matches.as_slice() {
            [] => Some(None),
            all => all.iter().find_map(|one| one.regex().captures(&dotted)).map(Some),
        };
        let Some(groups) = groups else {
            if falls_through(template.fallthrough.as_ref(), name) {
                continue;
            }
            // Nothing was written: the code alone.
            return Made::Answer(Box::new(Answer::of(Rcode::NxDomain)));
        };
        let fill = |piece: &Piece| match piece {
            Piece::Text(text) => text.to_string(),
            Piece::Name => dotted.clone(),
            Piece::Zone => format!("{zone}."),
            Piece::Class => "IN".to_owned(),
            Piece::Type => kind.to_string(),
            Piece::Remote => from.map(|ip| ip.to_string()).unwrap_or_default(),
            Piece::Match(at) => match &groups {
                Some(groups) => groups.get(*at).map_or("", |group| group.as_str()).to_owned(),
                None if *at == 0 => dotted.clone(),
                None => String::new(),
            },
            Piece::Group(of) => {
                let group = groups.as_ref().and_then(|groups| groups.name(of));
                group.map_or("", |group| group.as_str()).to_owned()
            }
        };
        return made(template, &fill)
            .map_or(Made::NotUnderstood(template.line), |answer| Made::Answer(Box::new(answer)));
    }
    Made::Next
}

fn made(template: &Template, fill: &dyn Fn(&Piece) -> String) -> Option<Answer> {
    let rcode = match &template.rcode {
        Some(word) => Rcode::named(word)?,
        None => Rcode::NoError,
    };
    if rcode == Rcode::ServFail {
        return Some(Answer::of(rcode));
    }
    let read = |texts: &[Vec<Piece>]| -> Option<Vec<Record>> {
        texts.iter().map(|pieces| Record::read(&pieces.iter().map(fill).collect::<String>())).collect()
    };
    Some(Answer {
        authoritative: true,
        records: read(&template.answers)?,
        additional: read(&template.additional)?,
        authority: read(&template.authority)?,
        ..Answer::of(rcode)
    })
}
