//! The form that asks for a probe.

use super::Chrome;
use crate::ends::{self, Bounds, End, Heading, Side};
use crate::{ask, url};
use sim_core::http::METHODS;
use sim_core::model::Model;
use sim_core::trace::{self, ProbeText};

/// Most options of one kind in a select; all of them are found by searching, and the text field takes any.
const MOST: usize = 60;
/// Suggestions shown.
const MAX_SUGGESTIONS: usize = 8;

/// The form, for templates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProbeForm {
    pub(crate) action: String,
    /// What the probe is asked in, where that is not the input's own world.
    pub(crate) world: Vec<(String, String)>,
    pub(crate) from: Vec<Group>,
    /// Nodes that a host outside can have routes by.
    pub(crate) via: Vec<Choice>,
    pub(crate) to: Vec<Group>,
    pub(crate) to_text: String,
    pub(crate) proto: Option<String>,
    pub(crate) request: RequestFields,
    pub(crate) suggestions: Vec<Suggestion>,
    /// The other way round.
    pub(crate) swapped: Option<Suggestion>,
    /// Where sources and destinations are looked for.
    pub(crate) ends: [String; 2],
}

/// What a form says of a request over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestFields {
    /// They are shown at once: the destination is a URL, or something is said.
    pub(crate) open: bool,
    pub(crate) methods: Vec<Choice>,
    /// One a line.
    pub(crate) headers: String,
    pub(crate) connect: String,
    /// Which of them cannot be understood, and why.
    pub(crate) wrong: Option<(&'static str, String)>,
}

impl RequestFields {
    fn of(c: &Chrome, asked: &ProbeText) -> Self {
        let said = asked.method.as_deref().unwrap_or_default();
        let method = |value: &str, label: String| Choice {
            selected: value.eq_ignore_ascii_case(said),
            value: value.to_owned(),
            label,
        };
        let mut methods = vec![method("", c.t("probe-method-usual"))];
        methods.extend(METHODS.iter().map(|name| method(name, (*name).to_owned())));
        // What is none stays to be seen.
        if methods.iter().all(|method| !method.selected) {
            methods.push(method(said, said.to_owned()));
        }
        let connect = asked.connect.clone().unwrap_or_default();
        Self {
            open: is_url(&asked.to) || !(said.is_empty() && asked.headers.is_empty() && connect.is_empty()),
            methods,
            headers: asked.headers.join("\n"),
            connect,
            wrong: None,
        }
    }

    /// Whether this field cannot be understood.
    pub(crate) fn is_wrong(&self, field: &str) -> bool {
        self.wrong.as_ref().is_some_and(|(part, _)| *part == field)
    }
}

/// A destination that is asked for over HTTP.
fn is_url(to: &str) -> bool {
    to.contains("://")
}

/// Options under one heading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) label: String,
    pub(crate) options: Vec<Choice>,
}

/// One option.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) selected: bool,
}

/// A probe worth trying.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Suggestion {
    pub(crate) href: String,
    /// The same, asked step by step before it is shown.
    pub(crate) predict: String,
    /// That as a lesson to take along.
    pub(crate) lesson: String,
    pub(crate) from: String,
    pub(crate) to: String,
    /// What it shows, where that can be told without sending it.
    pub(crate) note: String,
}

impl ProbeForm {
    /// The same with what is wrong with one of its fields of a request; another part's is said above the form.
    pub(crate) fn with_error(&mut self, part: &'static str, text: &str) -> bool {
        let own = matches!(part, "method" | "header" | "connect");
        if own {
            self.request.open = true;
            self.request.wrong = Some((part, text.to_owned()));
        }
        own
    }

    /// The form with what was asked selected; where nothing was, with a probe that shows something.
    pub(crate) fn of(c: &Chrome, id: &str, model: &Model, asked: &ProbeText) -> Self {
        let cluster = &model.cluster;
        let asked = &ask::filled(model, asked);
        let groups = |side| {
            let groups = ends::ends(model, side, asked, "", Bounds { workload: MOST, kind: MOST });
            groups.into_iter().map(|group| Group::of(c, group)).collect::<Vec<_>>()
        };
        let mut from = groups(Side::From);
        // An address of its own stays on offer once it was asked for.
        let own_address = asked.from.strip_prefix("external/").filter(|_| trace::parse_probe(model, asked).is_ok());
        if let Some((ip, group)) = own_address.zip(from.last_mut()) {
            let label = c.ta("probe-outside", &[("address", ip.into())]);
            group.options.push(Choice { value: asked.from.clone(), label, selected: false });
        }
        let via = asked.via.as_deref().unwrap_or_default();
        let routed = |name: String| {
            let value = format!("node/{name}");
            Choice { selected: value == via, value, label: name }
        };
        let names = cluster.nodes.iter().map(|node| node.name.to_string());
        let none = Choice { selected: via.is_empty(), value: String::new(), label: c.t("probe-via-none") };
        let via = std::iter::once(none).chain(names.take(MOST).map(routed)).collect();
        let to = groups(Side::To);

        let mut form = Self {
            action: url::action(id, "/trace"),
            world: url::world(id),
            from,
            via,
            to,
            to_text: String::new(),
            proto: asked.proto.clone(),
            request: RequestFields::of(c, asked),
            suggestions: Vec::new(),
            swapped: ask::swapped(model, asked).map(|probe| Suggestion::of(c, id, probe)),
            ends: [Side::From, Side::To].map(|side| url::ends(id, side.code(), asked)),
        };
        form.to.retain(|group| !group.options.is_empty());
        // Of many only some are offered; the one that is asked for is among them all the same.
        if !select(&mut form.from, &asked.from) && trace::sources(model).any(|source| source == asked.from) {
            let own = Choice { value: asked.from.clone(), label: asked.from.clone(), selected: true };
            if let Some(first) = form.from.first_mut() {
                first.options.insert(0, own);
            }
        }
        if !select(&mut form.to, &asked.to) {
            let own = Choice { value: asked.to.clone(), label: asked.to.clone(), selected: true };
            match form.to.first_mut() {
                Some(first) => first.options.insert(0, own),
                None => form.to_text = asked.to.clone(),
            }
        }
        form.suggestions = suggestions(c, id, model);
        form
    }
}

/// Selects a value, or the first that is it with a port.
fn select(groups: &mut [Group], value: &str) -> bool {
    if value.is_empty() {
        return true;
    }
    let with_port = format!("{value}:");
    let mut all = groups.iter_mut().flat_map(|group| &mut group.options);
    let found = all.find(|choice| choice.value == value || choice.value.starts_with(&with_port));
    if let Some(choice) = found {
        choice.selected = true;
        return true;
    }
    false
}

/// Probes worth trying, each as a link.
fn suggestions(c: &Chrome, id: &str, model: &Model) -> Vec<Suggestion> {
    let note = |probe: &ProbeText| {
        let outside = probe.from.starts_with("external");
        let which = if ask::finds_nobody(model, probe) {
            "try-nobody"
        } else if outside {
            "try-outside"
        } else if ask::leaves_its_node(model, probe) {
            "try-across"
        } else {
            return String::new();
        };
        c.t(which)
    };
    let all = ask::suggested(model, MAX_SUGGESTIONS).into_iter();
    all.map(|probe| Suggestion { note: note(&probe), ..Suggestion::of(c, id, probe) }).collect()
}

impl Suggestion {
    pub(crate) fn of(c: &Chrome, id: &str, probe: ProbeText) -> Self {
        Self {
            href: url::trace(id, "", &probe, None),
            predict: url::predict(id, &probe),
            lesson: url::lesson_file(id, &probe),
            from: source_name(c, &probe),
            // Without its kind a container would look like its name, which is asked for otherwise.
            to: probe.to.trim_start_matches("pod/").to_owned(),
            note: String::new(),
        }
    }
}

/// Who asks, without its kind.
pub(super) fn source_name(c: &Chrome, probe: &ProbeText) -> String {
    match probe.from.as_str() {
        "external" => c.t("scene-external"),
        from => from.trim_start_matches("pod/").trim_start_matches("container/").to_owned(),
    }
}

impl Group {
    /// What a select can say: where to connect is a field of its own, so that URLs are found by searching.
    fn of(c: &Chrome, group: ends::Group) -> Self {
        let choice = |end: End| Choice { label: label(c, &end), value: end.value, selected: false };
        let plain = group.ends.into_iter().filter(|end| end.connect.is_none());
        Self { label: heading(c, &group.heading), options: plain.map(choice).collect() }
    }
}

/// An end as it is read: of the host outside its address alone would not say what it is.
pub(super) fn label(c: &Chrome, end: &End) -> String {
    match end.value.as_str() {
        "external" => c.ta("probe-outside", &[("address", end.label.as_str().into())]),
        _ => end.label.clone(),
    }
}

/// A heading in words.
pub(super) fn heading(c: &Chrome, heading: &Heading) -> String {
    match heading {
        Heading::Kind(message) => c.t(message),
        Heading::Workload(kind, name) => format!("{kind} {name}"),
    }
}
