//! The picture's style sheet, as browsers read it and for what draws pictures but is no browser.
//!
//! `static/css/scene.css` is written once, in the CSS of browsers: colours are custom properties, selectors use `:is()` and `:not()`.
//! [`plain`] writes the same in what every SVG library reads, by rules that need to know nothing of what the sheet says:
//!
//! - `var(--x)` is replaced by its value in the theme that is drawn, `:is(a, b)` by two selectors;
//! - `:not(.a, .b)` becomes `.no-a.no-b`, and a group that is drawn says what it is not ([`NEGATED`]);
//! - what needs a pointer, a page around it or another width is left out.

use crate::theme::Theme;
use std::collections::BTreeMap;

/// The style sheet of browsers.
pub const STYLE: &str = include_str!("../../../static/css/scene.css");

/// What the sheet asks groups not to be.
pub(super) const NEGATED: [&str; 3] = ["now", "past", "active"];

/// How a selector begins or what it has in it that says nothing about a picture that stands alone.
const ELSEWHERE: [&str; 6] = [":root", ":hover", ":focus", "#scene", ".picking", ".picked"];

/// A rule: its selectors, and what it declares.
struct Rule<'s> {
    selectors: &'s str,
    body: &'s str,
}

/// The style sheet in plain CSS, in the colours of one theme; light where the reader's is not known.
pub(super) fn plain(theme: Theme) -> String {
    let sheet = without_comments(STYLE);
    let rules = rules(&sheet);
    let values = colours(&rules, theme == Theme::Dark);
    let mut out = String::with_capacity(sheet.len());
    for Rule { selectors, body } in &rules {
        let selectors: Vec<String> = split(selectors)
            .into_iter()
            .filter(|one| *one != ".scene" && !ELSEWHERE.iter().any(|part| one.contains(part)))
            .flat_map(expand)
            .map(|one| negate(&one))
            .collect();
        if selectors.is_empty() {
            continue;
        }
        out.push_str(&selectors.join(","));
        out.push('{');
        out.push_str(&resolve(body.trim(), &values));
        out.push_str("}\n");
    }
    out
}

/// The value of one custom property in a theme; the property's name where there is none of that name.
pub(super) fn colour(name: &str, theme: Theme) -> String {
    let sheet = without_comments(STYLE);
    resolve(&format!("var(--{name})"), &colours(&rules(&sheet), theme == Theme::Dark))
}

fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, part) in text.split("/*").enumerate() {
        out.push_str(if at == 0 { part } else { part.split_once("*/").map_or("", |(_, rest)| rest) });
    }
    out
}

/// The rules outside of every `@media`.
fn rules(sheet: &str) -> Vec<Rule<'_>> {
    let (mut found, mut rest) = (Vec::new(), sheet);
    while let Some((selectors, behind)) = rest.split_once('{') {
        let mut depth = 1;
        let end = behind.char_indices().find_map(|(at, c)| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            (depth == 0).then_some(at)
        });
        let Some((body, after)) = end.and_then(|end| Some((behind.get(..end)?, behind.get(end + 1..)?))) else { break };
        if !selectors.trim().starts_with('@') {
            found.push(Rule { selectors: selectors.trim(), body });
        }
        rest = after;
    }
    found
}

/// Custom properties by name.
fn colours<'s>(rules: &[Rule<'s>], dark: bool) -> BTreeMap<&'s str, &'s str> {
    let mut values = BTreeMap::new();
    for Rule { selectors, body } in rules {
        if *selectors == ".scene" || (dark && selectors.contains("[data-theme=\"dark\"]")) {
            let declared = body.split(';').filter_map(|one| one.trim().strip_prefix("--")?.split_once(':'));
            values.extend(declared.map(|(name, value)| (name.trim(), value.trim())));
        }
    }
    values
}

/// The parts between commas that stand in no parentheses.
fn split(list: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, c) in list.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(list.get(from..at).unwrap_or_default().trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(list.get(from..).unwrap_or_default().trim());
    parts
}

/// Before, inside and behind the first `name(…)`.
fn function<'s>(text: &'s str, name: &str) -> Option<(&'s str, &'s str, &'s str)> {
    let (before, rest) = text.split_once(name)?;
    let (inside, behind) = rest.split_once(')')?;
    Some((before, inside, behind))
}

/// One selector for each thing that `:is()` names.
fn expand(selector: &str) -> Vec<String> {
    match function(selector, ":is(") {
        Some((before, inside, behind)) => {
            split(inside).into_iter().flat_map(|one| expand(&format!("{before}{one}{behind}"))).collect()
        }
        None => vec![selector.to_owned()],
    }
}

/// What a thing is not, as classes that it has.
fn negate(selector: &str) -> String {
    match function(selector, ":not(") {
        Some((before, inside, behind)) => {
            let classes: String =
                split(inside).iter().map(|one| format!(".no-{}", one.trim_start_matches('.'))).collect();
            negate(&format!("{before}{classes}{behind}"))
        }
        None => selector.to_owned(),
    }
}

/// Declarations with every custom property replaced by its value.
fn resolve(body: &str, values: &BTreeMap<&str, &str>) -> String {
    match function(body, "var(--") {
        Some((before, name, behind)) => {
            let value = values.get(name).copied().unwrap_or(name);
            format!("{before}{value}{}", resolve(behind, values))
        }
        None => body.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_sheet_needs_no_browser() {
        let (light, dark) = (plain(Theme::Light), plain(Theme::Dark));
        for sheet in [&light, &dark] {
            for sign in ["var(", ":is(", ":not(", ":root", "@", "--", "/*", ":hover", "#scene"] {
                assert!(!sheet.contains(sign), "{sign} in {sheet}");
            }
        }
        assert!(light.contains(".scene .paper{fill: #fdfdfb;}"), "{light}");
        assert!(dark.contains(".scene .paper{fill: #12171d;}"), "{dark}");
        assert!(light.contains(".scene.stepping .stage.no-past.no-now text{"), "{light}");
        assert!(light.contains(".scene .now > .node,.scene .now > .root,"), "{light}");
        assert_eq!((plain(Theme::Auto), colour("paper", Theme::Dark).as_str()), (light, "#12171d"));
    }

    #[test]
    fn every_theme_has_every_colour() {
        let sheet = without_comments(STYLE);
        let rules = rules(&sheet);
        let names = |dark| colours(&rules, dark).into_keys().map(str::to_owned).collect::<Vec<_>>();
        assert!(names(false).len() > 20);
        assert_eq!(names(false), names(true));
        let (light, dark) = (colours(&rules, false), colours(&rules, true));
        let same: Vec<_> = light.iter().filter(|(name, value)| dark.get(*name) == Some(value)).collect();
        assert!(same.is_empty(), "{same:?}");
    }

    #[test]
    fn what_is_asked_not_to_be_is_known() {
        let asked: Vec<String> = STYLE
            .split(":not(")
            .skip(1)
            .filter_map(|rest| rest.split_once(')'))
            .flat_map(|(inside, _)| split(inside).into_iter().map(str::to_owned).collect::<Vec<_>>())
            .filter(|one| !one.starts_with('['))
            .collect();
        assert!(
            !asked.is_empty() && asked.iter().all(|one| NEGATED.contains(&one.trim_start_matches('.'))),
            "{asked:?}"
        );
    }
}
