//! The words of a lesson as HTML: terms with their cards, values that point at the picture.

use crate::glossary::Glossary;
use crate::lessons::Spot;
use crate::locale::Lang;
use crate::scene::svg::Escaped;
use std::collections::BTreeSet;
use std::fmt::Write;

/// A text with what it points at. `spots` are values with their parts of the picture, those without one are kept on one line; in `seen` are
/// terms that had their card.
pub(super) fn html(
    lang: Lang,
    text: &str,
    spots: &[(String, Option<Spot>)],
    seen: &mut BTreeSet<&'static str>,
) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some((at, value, spot)) = first(rest, spots) {
        let (before, after) = rest.split_at(at);
        terms(&mut out, lang, before, seen);
        out.push_str(if spot.is_some() { "<span class=\"point\"" } else { "<span class=\"name\"" });
        // Writing to a String cannot fail.
        if let Some(Spot { netns, link }) = spot {
            let _ = write!(out, " data-netns=\"{}\"", Escaped(netns));
            if let Some(link) = link {
                let _ = write!(out, " data-link=\"{}\"", Escaped(link));
            }
        }
        let _ = write!(out, ">{}</span>", Escaped(value));
        rest = after.get(value.len()..).unwrap_or_default();
    }
    terms(&mut out, lang, rest, seen);
    out
}

/// Where the first of the values stands in a text, and what it points at: a whole word, and the longest of those that begin there.
fn first<'s>(text: &str, spots: &'s [(String, Option<Spot>)]) -> Option<(usize, &'s str, Option<&'s Spot>)> {
    let found = spots.iter().filter(|(value, _)| !value.is_empty()).filter_map(|(value, spot)| {
        let at = text.match_indices(value.as_str()).map(|(at, _)| at).find(|at| is_whole(text, *at, value.len()))?;
        Some((at, value.as_str(), spot.as_ref()))
    });
    found.min_by_key(|(at, value, _)| (*at, std::cmp::Reverse(value.len())))
}

fn is_whole(text: &str, at: usize, len: usize) -> bool {
    let joins = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    let mut after = text.get(at + len..).unwrap_or_default().chars();
    let (next, behind) = (after.next(), after.next());
    let ends = match next {
        Some('.' | ':' | '/') => !behind.is_some_and(joins),
        Some(next) => !joins(next),
        None => true,
    };
    ends && !before.is_some_and(|c| joins(c) || ".:/".contains(c))
}

fn terms(out: &mut String, lang: Lang, text: &str, seen: &mut BTreeSet<&'static str>) {
    for piece in Glossary::of(lang).pieces(text, seen) {
        let _ = match piece.term {
            None => write!(out, "{}", Escaped(piece.text)),
            Some(term) => write!(
                out,
                // No button: a line may break behind one, and a particle stand alone.
                "<span role=\"button\" tabindex=\"0\" class=\"term\" aria-describedby=\"term-{id}\">{}</span>\
                 <span class=\"term-card\" role=\"tooltip\" id=\"term-{id}\"><b>{}</b> {}</span>",
                Escaped(piece.text),
                Escaped(&term.title),
                Escaped(&term.means),
                id = Escaped(&term.id),
            ),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_point_where_they_stand_whole_and_all_is_escaped() {
        let spot = |link: Option<&str>| Some(Spot { netns: "node-a".to_owned(), link: link.map(str::to_owned) });
        let spots =
            [("10.0.0.1".to_owned(), spot(Some("eth0"))), ("cni<0".to_owned(), spot(None)), ("pod-1".to_owned(), None)];
        let mut seen = BTreeSet::new();
        let made = html(Lang::En, "From 10.0.0.11 & 10.0.0.1. To pod-1, not pod-12. By cni<0", &spots, &mut seen);
        assert!(made.starts_with(
            "From 10.0.0.11 &amp; <span class=\"point\" data-netns=\"node-a\" data-link=\"eth0\">10.0.0.1</span>. "
        ));
        assert!(made.ends_with("<span class=\"point\" data-netns=\"node-a\">cni&lt;0</span>"), "{made}");
        assert_eq!(made.matches("10.0.0.1</span>").count(), 1);
        assert!(made.contains(" To <span class=\"name\">pod-1</span>, not pod-12."), "{made}");
    }
}
