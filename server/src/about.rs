//! What pages say about an upload or a share, and the addresses that other sites know it by.

use crate::raster;
use crate::scenario::Scenario;
use crate::state::AppState;
use crate::store::Entry;
use crate::visitor::Visitor;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use web::page::{About, Chrome, Preview};
use web::url;

/// An address as others reach it.
pub fn absolute(state: &AppState, path: &str) -> String {
    format!("{}{path}", state.config.public_url.as_deref().unwrap_or_default())
}

/// Where a share leads: its trace, or its scenario.
pub fn target(entry: &Entry) -> String {
    format!("{}{}", url::scenario(&entry.id), below(&entry.query))
}

/// The page below a scenario's that a question is for.
pub fn below(query: &str) -> String {
    match query {
        "" => String::new(),
        query if query.contains("from=") => format!("/trace?{query}"),
        query => format!("?{query}"),
    }
}

/// The markup that shows an embedded page.
pub fn frame(address: &str, width: u32, height: u32) -> String {
    format!(
        "<iframe src=\"{address}\" width=\"{width}\" height=\"{height}\" loading=\"lazy\" title=\"kubehop\"></iframe>"
    )
}

/// Pages that nobody lists.
pub fn private() -> About {
    About { private: true, ..About::default() }
}

/// What all pages need, with what is said of the scenario.
pub fn chrome(state: &AppState, visitor: &Visitor, scenario: &Scenario) -> Chrome {
    let chrome = &visitor.chrome;
    let mut about = About::default();
    let question = chrome.path_and_query.split_once('?').map_or("", |(_, query)| query);
    let id = scenario.id.split('?').next().unwrap_or_default();
    if let Some(viewed) = &visitor.viewed {
        about.private = true;
        about.carried = Some(viewed.packed.clone());
        about.notes.push((chrome.t("about-carried"), None));
        if viewed.redacted > 0 {
            about.notes.push((chrome.ta("about-carried-redacted", &[("count", viewed.redacted.into())]), None));
        }
        return Chrome { about, ..chrome.clone() };
    }
    about.share = Some((url::action(id, "/share"), question.to_owned()));
    if let Some(entry) = &scenario.entry {
        about.private = true;
        let said = match (entry.shared, entry.expires) {
            (true, Some(at)) => chrome.ta("about-shared", &[("date", date(at).into())]),
            (true, None) => chrome.t("about-shared-forever"),
            (false, _) => {
                let minutes = state.config.upload_lifetime.0.as_secs().div_ceil(60);
                chrome.ta("about-upload", &[("minutes", minutes.into())])
            }
        };
        about.notes.push((said, None));
        if entry.redacted > 0 {
            about.notes.push((chrome.ta("about-redacted", &[("count", entry.redacted.into())]), None));
        }
        if entry.parent.is_some() {
            let link = (chrome.t("about-versions"), url::action(id, "/versions"));
            about.notes.push((chrome.t("about-parent"), Some(link)));
            about.changed = true;
        }
        if entry.shared {
            let path = format!("/x/{}", url::encode(&entry.id));
            let page = absolute(state, &path);
            about.preview = Some(Preview {
                image: state
                    .config
                    .public_url
                    .as_ref()
                    .filter(|_| raster::has_fonts())
                    .map(|url| url::with_query(&format!("{url}{path}.png"), &[("lang", chrome.code())])),
                embed: url::with_query(&absolute(state, "/oembed"), &[("url", &page)]),
                url: page,
            });
        }
    }
    Chrome { about, ..chrome.clone() }
}

/// A moment in seconds since 1970; the epoch for what no calendar has.
fn moment(at: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// A moment in seconds since 1970, for people: `2026-11-28 12:00 UTC`.
pub fn date(at: i64) -> String {
    let at = moment(at);
    format!("{} {:02}:{:02} UTC", at.date(), at.hour(), at.minute())
}

/// The same for programs (RFC 3339).
pub fn instant(at: i64) -> String {
    moment(at).format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        assert_eq!((instant(0).as_str(), date(86_399).as_str()), ("1970-01-01T00:00:00Z", "1970-01-01 23:59 UTC"));
        assert_eq!(instant(1_709_164_800), "2024-02-29T00:00:00Z");
        assert_eq!(instant(4_102_444_799), "2099-12-31T23:59:59Z");
    }

    #[test]
    fn shares_lead_to_what_is_shared() {
        let entry = |query: &str| Entry { id: "a".to_owned(), query: query.to_owned(), ..Entry::default() };
        assert_eq!(target(&entry("")), "/s/a");
        assert_eq!(target(&entry("from=x&to=y")), "/s/a/trace?from=x&to=y");
        assert_eq!(target(&entry("cni=flannel")), "/s/a?cni=flannel");
    }
}
