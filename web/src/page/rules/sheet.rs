//! The template that all these pages fill, and what stands on it: rows in groups, chains, a page at a time.

use crate::page::Chrome;
use crate::url;
use askama::Template;

/// Rows on one page.
pub const PAGE: usize = 200;
#[derive(Template)]
#[template(path = "rules.html")]
pub(super) struct Page<'a> {
    pub(super) c: &'a Chrome,
    pub(super) scenario: &'a str,
    pub(super) scenario_href: String,
    pub(super) title: String,
    pub(super) up: Option<(String, String)>,
    pub(super) action: Option<String>,
    pub(super) hidden: Vec<(&'static str, String)>,
    /// What both forms send along: the world that is asked for.
    pub(super) world: Vec<(String, String)>,
    pub(super) q: String,
    pub(super) jump: bool,
    pub(super) lead: Option<String>,
    /// Links to parts, with what is shown marked.
    pub(super) jumps: Vec<(String, String, bool)>,
    pub(super) jumps_title: Option<String>,
    pub(super) whole: Option<String>,
    pub(super) chains: Vec<ChainRow>,
    pub(super) groups: Vec<Group>,
    pub(super) callers: Option<Vec<(String, String)>>,
    pub(super) range: Option<String>,
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
    pub(super) note: Option<String>,
}

pub(super) struct ChainRow {
    pub(super) table: String,
    pub(super) name: String,
    pub(super) href: String,
    pub(super) hook: String,
    pub(super) count: usize,
    pub(super) by: String,
}

#[derive(Default)]
pub(super) struct Group {
    pub(super) title: String,
    /// The rules matched the packet that is followed.
    pub(super) met: bool,
    pub(super) fold: Option<Fold>,
    pub(super) rows: Vec<Row>,
}

/// What is folded away.
pub(super) struct Fold {
    /// How many, and why.
    pub(super) summary: String,
    /// The rules that are not in the fold.
    pub(super) more: Option<(String, String)>,
}

/// One rule or element.
#[derive(Default)]
pub(super) struct Row {
    pub(super) number: usize,
    pub(super) marked: bool,
    pub(super) text: String,
    pub(super) words: String,
    pub(super) because: String,
    pub(super) place: Option<(String, String)>,
    pub(super) service: Option<(String, String)>,
    pub(super) links: Vec<(String, String)>,
}

/// First and one behind the last row of a page, and the page itself, from 1.
pub(super) type Window = (usize, usize, usize);

pub(super) fn window(of: usize, page: usize, number: usize) -> Window {
    let pages = of.div_ceil(PAGE).max(1);
    let page = if number > 0 { (number - 1) / PAGE + 1 } else { page }.clamp(1, pages);
    let first = (page - 1) * PAGE;
    (first, of.min(first + PAGE), page)
}

impl<'a> Page<'a> {
    pub(super) fn new(c: &'a Chrome, id: &str, scenario: &'a str, title: String) -> Self {
        Self {
            c,
            scenario,
            scenario_href: url::scenario(id),
            title,
            up: None,
            action: None,
            hidden: Vec::new(),
            world: Vec::new(),
            q: String::new(),
            jump: false,
            lead: None,
            jumps: Vec::new(),
            jumps_title: None,
            whole: None,
            chains: Vec::new(),
            groups: Vec::new(),
            callers: None,
            range: None,
            previous: None,
            next: None,
            note: None,
        }
    }

    pub(super) fn pages(&mut self, of: usize, (first, end, page): (usize, usize, usize), base: &str) {
        if of > PAGE {
            let args = [("first", (first + 1).into()), ("last", end.into()), ("of", of.into())];
            self.range = Some(self.c.ta("rules-page", &args));
        }
        let to = |page: usize| url::replace(base, "page", &page.to_string());
        self.previous = (page > 1).then(|| to(page - 1));
        self.next = (end < of).then(|| to(page + 1));
    }
}
