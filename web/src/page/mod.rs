//! The pages: one file each, with its view and its template.
//!
//! ```
//! use web::page::{AssetUrls, Theme};
//!
//! let mut urls = AssetUrls::default();
//! urls.insert("css/tokens.css", "/static/css/tokens-3f2a.css");
//! // A page names a file; where that is served is the server's business.
//! assert_eq!(urls.get("css/tokens.css"), "/static/css/tokens-3f2a.css");
//! assert_eq!(Theme::of_code("dark"), Some(Theme::Dark));
//! ```

pub mod api;
mod beside;
pub mod compare;
pub mod detail;
pub mod door;
pub mod edit;
pub mod ends;
pub mod error;
mod exports;
pub mod glossary;
pub mod help;
pub mod home;
pub mod lesson;
pub mod matrix;
mod pod;
pub mod policy;
mod probe;
pub mod reach;
pub mod rules;
pub mod scenario;
mod sent;
pub mod share;
pub mod source;
pub mod state;
mod story;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_http;
pub mod time;
pub mod topology;
pub mod trace;
pub mod urls;
mod ways;

pub use crate::theme::Theme;

use crate::locale::{self, FluentValue, Lang};
use crate::url;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The page's icon, as SVG.
pub const ICON: &str = include_str!("../../../static/img/icon.svg");

/// Where the files under `static/` are served, e.g. `css/tokens.css` → `/static/css/tokens-3f2a.css`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetUrls {
    urls: Arc<BTreeMap<String, String>>,
}

impl AssetUrls {
    /// Says where one file is.
    pub fn insert(&mut self, file: impl Into<String>, url: impl Into<String>) {
        Arc::make_mut(&mut self.urls).insert(file.into(), url.into());
    }

    /// Where a file is; `/static/FILE` unless told otherwise.
    pub fn get(&self, file: &str) -> String {
        self.urls.get(file).cloned().unwrap_or_else(|| format!("/static/{file}"))
    }
}

/// What every page needs around its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chrome {
    /// Language.
    pub lang: Lang,
    /// Colours.
    pub theme: Theme,
    /// The request's path and query, for links to the same page in another language or theme.
    pub path_and_query: String,
    /// Addresses of css and js.
    pub assets: AssetUrls,
    /// `js/htmx.min.js` is there.
    pub htmx: bool,
    /// What is said of an upload or a share.
    pub about: About,
    /// The step of a trace from which the page was opened.
    pub back: Option<String>,
}

/// What every page of an upload or a share says about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Sentences, each with a link behind it (words, address) if there is one.
    pub notes: Vec<(String, Option<(String, String)>)>,
    /// It was made of another version.
    pub changed: bool,
    /// Not for search engines.
    pub private: bool,
    /// How the page is shared: where the form goes, and what it sends as its question.
    pub share: Option<(String, String)>,
    /// What a link carries of the scenario: its pages are shown for that one link, and nothing is stored.
    pub carried: Option<String>,
    /// How other sites show a link to it.
    pub preview: Option<Preview>,
}

/// Addresses for other sites, all absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// The page.
    pub url: String,
    /// Its picture, where one is rendered.
    pub image: Option<String>,
    /// What to embed (oEmbed).
    pub embed: String,
}

impl Chrome {
    /// A message.
    pub fn t(&self, id: &str) -> String {
        locale::t(self.lang, id)
    }

    /// A message with arguments.
    pub fn ta(&self, id: &str, args: &[(&str, FluentValue<'_>)]) -> String {
        locale::ta(self.lang, id, args)
    }

    /// `en` or `ko`.
    pub fn code(&self) -> &'static str {
        self.lang.code()
    }

    /// `auto`, `light` or `dark`.
    pub fn theme_code(&self) -> &'static str {
        self.theme.code()
    }

    /// The page's icon as a `data:` address: browsers ask for an icon's file again at every step.
    pub fn icon(&self) -> String {
        format!("data:image/svg+xml,{}", url::encode(ICON.trim()))
    }

    /// Address of a file under `static/`.
    pub fn asset(&self, file: &str) -> String {
        self.assets.get(file)
    }

    /// What keys do on a trace: the keys, and what they are for.
    pub fn keys(&self) -> [(&'static [&'static str], String); 12] {
        let all: [(&'static [&'static str], &str); 12] = [
            (&["←", "→"], "step"),
            (&["Home", "End"], "ends"),
            (&["Space"], "play"),
            (&["+", "−"], "speed"),
            (&["n", "p"], "edit"),
            (&["1", "…", "9"], "beat"),
            (&[",", "."], "moment"),
            (&["f"], "follow"),
            (&["0"], "fit"),
            (&["z", "Shift z"], "zoom"),
            (&["Shift ← ↑ → ↓"], "pan"),
            (&["?"], "help"),
        ];
        all.map(|(keys, code)| (keys, self.t(&format!("keys-{code}"))))
    }

    /// What a share's lifetime can be, and that in words.
    fn lifetimes(&self) -> Vec<(&'static str, String)> {
        share::LIFETIMES.map(|code| (code, self.t(&format!("share-lifetime-{code}")))).to_vec()
    }

    fn languages(&self) -> Vec<Switch> {
        Lang::ALL
            .into_iter()
            .map(|lang| Switch {
                href: url::replace(&self.path_and_query, "lang", lang.code()),
                code: lang.code(),
                name: lang.name(),
                current: lang == self.lang,
            })
            .collect()
    }

    fn theme_href(&self) -> String {
        url::replace(&self.path_and_query, "theme", self.theme.next().code())
    }

    fn theme_label(&self) -> String {
        self.t(&format!("theme-to-{}", self.theme.next().code()))
    }
}

struct Switch {
    href: String,
    code: &'static str,
    name: &'static str,
    current: bool,
}
