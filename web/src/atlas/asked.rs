//! What an address asks of the map, and the addresses that ask for something else beside it.

use crate::url;

/// Characters of one value at most.
pub const TEXT: usize = 253;
/// Names in a list of what is open or shut at most.
const NAMES: usize = 64;

/// How near one looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Level {
    /// Namespaces with workloads, Services, routes and policies.
    Cluster,
    /// Machines, in groups.
    Nodes,
    /// One node of the cluster.
    Node(String),
    /// One machine that is no node.
    Host(String),
    /// One Pod: its namespace and name.
    Pod(String, String),
}

impl Level {
    /// Of the address' `view`; `None` for what is none.
    pub fn read(text: &str) -> Option<Self> {
        let (head, rest) = text.split_once('/').map_or((text, None), |(head, rest)| (head, Some(rest)));
        match (head, rest.filter(|rest| !rest.is_empty())) {
            ("cluster", None) => Some(Self::Cluster),
            ("nodes", None) => Some(Self::Nodes),
            ("node", Some(name)) => Some(Self::Node(name.to_owned())),
            ("host", Some(name)) => Some(Self::Host(name.to_owned())),
            ("pod", Some(name)) => {
                // As elsewhere, a name alone is one of the namespace `default`.
                let (namespace, name) = name.split_once('/').unwrap_or(("default", name));
                Some(Self::Pod(namespace.to_owned(), name.to_owned()))
            }
            _ => None,
        }
    }

    /// As the address has it.
    pub fn text(&self) -> String {
        match self {
            Self::Cluster => "cluster".to_owned(),
            Self::Nodes => "nodes".to_owned(),
            Self::Node(name) => format!("node/{name}"),
            Self::Host(name) => format!("host/{name}"),
            Self::Pod(namespace, name) => format!("pod/{namespace}/{name}"),
        }
    }
}

/// A value that is not taken: the parameter, and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong(pub &'static str, pub String);

/// What an address asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// How near; without it as the input suggests.
    pub level: Option<Level>,
    /// Words, each of which an object has to have in its name, namespace, kind or address.
    pub q: String,
    /// Namespace.
    pub ns: String,
    /// Kind.
    pub kind: String,
    /// `key=value` or `key`, several with commas: all of them.
    pub label: String,
    /// Only what something is wrong with.
    pub problem: bool,
    /// Namespaces (`NS`) and workloads (`NS/KIND/NAME`) that are unfolded.
    pub open: Vec<String>,
    /// The same, folded.
    pub shut: Vec<String>,
    /// The group of machines that alone is shown.
    pub group: String,
    /// Page of the list of what was found, from 1.
    pub page: usize,
    /// Part of the picture, from 1.
    pub part: usize,
    /// Both ends of the probe in the form, where the address has them.
    pub probe: [String; 2],
}

impl Asked {
    /// Reads what an address says, by name.
    ///
    /// # Errors
    /// A value that is longer than any name is, no number, or no level.
    pub fn read<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Wrong> {
        let text = |name: &'static str| {
            let value = get(name).unwrap_or_default();
            if value.chars().count() > TEXT { Err(Wrong(name, value.to_owned())) } else { Ok(value.to_owned()) }
        };
        let list = |name: &'static str| {
            let value = get(name).unwrap_or_default();
            let names: Vec<String> = value.split(',').filter(|one| !one.is_empty()).map(str::to_owned).collect();
            let fits = names.len() <= NAMES && names.iter().all(|one| one.len() <= 3 * TEXT);
            if fits { Ok(names) } else { Err(Wrong(name, value.to_owned())) }
        };
        let number = |name: &'static str| match get(name) {
            None => Ok(1),
            Some(value) => match value.parse::<u32>() {
                Ok(number) if number > 0 => Ok(number as usize),
                _ => Err(Wrong(name, value.to_owned())),
            },
        };
        let level = match get("view") {
            None => None,
            Some(value) if value.len() > 3 * TEXT => return Err(Wrong("view", value.to_owned())),
            Some(value) => Some(Level::read(value).ok_or_else(|| Wrong("view", value.to_owned()))?),
        };
        let end = |name: &str| get(name).unwrap_or_default().chars().take(2 * TEXT).collect();
        Ok(Self {
            level,
            q: text("q")?,
            ns: text("ns")?,
            kind: text("kind")?,
            label: text("label")?,
            problem: get("problem").is_some_and(|value| value != "0"),
            open: list("open")?,
            shut: list("shut")?,
            group: text("group")?,
            page: number("page")?,
            part: number("part")?,
            probe: [end("from"), end("to")],
        })
    }

    /// Whether something narrows what is shown.
    pub fn narrows(&self) -> bool {
        self.problem || [&self.q, &self.ns, &self.kind, &self.label].iter().any(|text| !text.is_empty())
    }

    /// The address of this in a scenario.
    pub fn href(&self, id: &str) -> String {
        let view = self.level.as_ref().map(Level::text).unwrap_or_default();
        let number = |number: usize| if number > 1 { number.to_string() } else { String::new() };
        let (open, shut) = (self.open.join(","), self.shut.join(","));
        let (page, part) = (number(self.page), number(self.part));
        let [from, to] = &self.probe;
        let pairs = [
            ("view", view.as_str()),
            ("q", &self.q),
            ("ns", &self.ns),
            ("kind", &self.kind),
            ("label", &self.label),
            ("problem", if self.problem { "1" } else { "" }),
            ("group", &self.group),
            ("open", &open),
            ("shut", &shut),
            ("page", &page),
            ("part", &part),
            ("from", from),
            ("to", to),
        ];
        url::with_query(&url::scenario(id), &pairs)
    }

    /// The same at another level, with nothing narrowed down.
    #[must_use]
    pub fn at(&self, level: Level) -> Self {
        Self { level: Some(level), page: 1, part: 1, probe: self.probe.clone(), ..Self::default() }
    }

    /// The same from the first page and part on.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self { page: 1, part: 1, ..self.clone() }
    }

    /// The same with something unfolded, or folded.
    #[must_use]
    pub fn toggled(&self, key: &str, open: bool) -> Self {
        let mut next = self.clone();
        next.open.retain(|one| one != key);
        next.shut.retain(|one| one != key);
        let list = if open { &mut next.open } else { &mut next.shut };
        list.push(key.to_owned());
        let over = list.len().saturating_sub(NAMES);
        list.drain(..over);
        next
    }
}
