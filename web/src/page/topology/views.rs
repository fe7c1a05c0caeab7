//! What the template of the map reads.

use crate::atlas::Asked;
use crate::page::pod::PodView;

/// One of some choices.
pub(crate) struct Choice {
    pub(crate) href: String,
    pub(crate) label: String,
    pub(crate) current: bool,
}

/// An object that was found.
pub(crate) struct Row {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) href: Option<String>,
    pub(crate) note: String,
    pub(crate) trouble: Option<String>,
    /// Further pages of it: what they are called, and their addresses.
    pub(crate) more: Vec<(String, String)>,
}

/// A list, page by page.
pub(crate) struct List {
    pub(crate) heading: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) pages: Pages,
}

/// The ways to what stands before and behind.
#[derive(Default)]
pub(crate) struct Pages {
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) range: String,
}

/// A namespace in the picture.
pub(crate) struct RingView {
    pub(crate) name: String,
    pub(crate) href: String,
    pub(crate) toggle: Option<String>,
    pub(crate) open: bool,
    pub(crate) counts: String,
    pub(crate) trouble: Option<(String, String)>,
    pub(crate) svg: String,
    pub(crate) policies: Vec<(String, String, String, String)>,
    pub(crate) policies_more: Option<(String, String)>,
    pub(crate) hidden: Option<(String, String)>,
    pub(crate) lines: Option<String>,
}

/// Machines that belong together.
pub(crate) struct GroupView {
    pub(crate) name: String,
    pub(crate) counts: String,
    pub(crate) machines: Vec<MachineView>,
    pub(crate) hidden: Option<(String, String)>,
}

/// A machine as a box.
pub(crate) struct MachineView {
    pub(crate) class: &'static str,
    pub(crate) name: String,
    pub(crate) href: String,
    pub(crate) pick: String,
    pub(crate) note: String,
    pub(crate) trouble: Option<String>,
}

/// The map.
pub(crate) struct Topology {
    pub(crate) heading: String,
    pub(crate) levels: Vec<Choice>,
    pub(crate) action: String,
    pub(crate) hidden: Vec<(String, String)>,
    pub(crate) asked: Asked,
    pub(crate) kinds: Vec<(String, String, bool)>,
    pub(crate) namespaces: Vec<String>,
    pub(crate) clear: Option<String>,
    pub(crate) shown: Vec<String>,
    pub(crate) found: Option<List>,
    pub(crate) rings: Vec<RingView>,
    pub(crate) groups: Vec<GroupView>,
    pub(crate) svg: String,
    pub(crate) links: Vec<(String, String)>,
    pub(crate) pod: Option<PodView>,
    pub(crate) list: Option<List>,
    pub(crate) parts: Option<Pages>,
    pub(crate) policies: bool,
    /// Nothing but the whole is asked for: the rest of the page belongs to it.
    pub(crate) home: bool,
    /// Nothing that was asked for is there.
    pub(crate) nothing: bool,
}
