//! A lesson as its folder writes it: `lesson.yaml`, manifests, and one file of messages per language.

use super::query::{Moment, Unclear, Value};
use crate::locale::{Book, Lang};
use crate::url::{self, SCENARIO};
use kubernetes::budget::{Budget, Stopped};
use kubernetes::cluster::model::docker::{Engine, FirewallBackend};
use kubernetes::cluster::time_of;
use kubernetes::manifest::SourceText;
use serde::Deserialize;
use sim_core::agents::cni;
use sim_core::model::{Model, Options};
use sim_core::timeline;
use sim_core::trace::ProbeText;
use std::collections::BTreeMap;

/// What a lesson's folder is described in.
pub const INDEX: &str = "lesson.yaml";

/// Parts of the course, in the order of learning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Docker: namespaces, bridges, ports.
    Containers,
    /// A Pod and its neighbours on a node.
    Pods,
    /// From node to node, and out.
    Nodes,
    /// Services and how they are reached.
    Services,
    /// DNS, Ingress, Gateway API.
    Names,
    /// Clusters that change.
    Time,
    /// What is wrong, and where.
    Faults,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Containers, Self::Pods, Self::Nodes, Self::Services, Self::Names, Self::Time, Self::Faults];

    /// As files write it; the message `lesson-part-{code}` names it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Containers => "containers",
            Self::Pods => "pods",
            Self::Nodes => "nodes",
            Self::Services => "services",
            Self::Names => "names",
            Self::Time => "time",
            Self::Faults => "faults",
        }
    }
}

/// What is wrong with a lesson: where, and what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Fault {
    /// The file, or the step.
    pub place: String,
    /// In words, for whoever wrote the lesson.
    pub what: String,
}

impl Fault {
    /// One at a place.
    pub fn at(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

/// A lesson, read.
#[derive(Debug)]
pub struct Lesson {
    /// Name of its folder, as in `/lessons/{slug}`.
    pub slug: String,
    /// The address of its first step.
    pub path: String,
    /// Id of its manifests as a scenario.
    pub id: String,
    /// The part it stands in.
    pub part: Part,
    /// The world of its steps that say no other, and of its commands.
    pub world: World,
    /// Lessons that it builds on, by slug.
    pub after: Vec<String>,
    /// Its manifests: name and text, in the order of names. Those of a task alone are not among them.
    pub files: Vec<(String, String)>,
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// What one would type on a machine, shown with what it would print.
    pub commands: Vec<Command>,
    /// Rows of the notes that it was made from, by id.
    pub rows: Vec<String>,
    /// Commonly mis-taught facts that it puts right, by number.
    pub mistaught: Vec<u32>,
    /// Its words, English and Korean.
    pub books: BTreeMap<Lang, Book>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Key of its messages.
    pub id: String,
    /// What is sent.
    pub probe: ProbeText,
    /// The world it is sent in.
    pub world: World,
    /// What stands in its words, by name.
    pub facts: Vec<(String, Value)>,
    /// What its words lean on: each pair must be equal.
    pub holds: Vec<(Value, Value)>,
    /// Parts of the picture that light up besides those that its facts are of.
    pub points: Vec<Value>,
    /// What there is to do.
    pub kind: Kind,
}

/// What differs from what the manifests say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    /// Network plugin, as `--cni` names it.
    #[serde(default)]
    pub cni: Option<String>,
    /// Mode of kube-proxy, as `--proxy-mode` names it.
    #[serde(default)]
    pub proxy: Option<String>,
    /// Docker's version, as `--docker-version` names it.
    #[serde(default)]
    pub docker: Option<String>,
    /// What Docker writes its rules with, as `--firewall-backend` names it.
    #[serde(default, rename = "firewall-backend")]
    pub firewall_backend: Option<String>,
    /// A time of the manifests' timeline, as `--at` names it.
    #[serde(default)]
    pub t: Option<String>,
}

impl World {
    /// For a model.
    ///
    /// # Errors
    /// The name that is not known.
    pub fn options(&self) -> Result<Options, String> {
        let mut options = Options::default();
        if let Some(name) = &self.cni {
            options.cni = Some(cni::named(name).ok_or_else(|| name.clone())?);
        }
        if let Some(name) = &self.proxy {
            options = options.with_proxy_mode(name).ok_or_else(|| name.clone())?;
        }
        if let Some(name) = &self.docker {
            options.docker = Some(Engine::named(name).ok_or_else(|| name.clone())?);
        }
        if let Some(name) = &self.firewall_backend {
            options.firewall_backend = Some(FirewallBackend::named(name).ok_or_else(|| name.clone())?);
        }
        if let Some(text) = &self.t {
            time_of(text).ok_or_else(|| text.clone())?;
        }
        Ok(options)
    }

    /// A model of this world, at its time.
    ///
    /// # Errors
    /// When the budget is spent.
    pub fn then(&self, model: Model, budget: &Budget) -> Result<Model, Stopped> {
        let Some(time) = self.t.as_deref().and_then(time_of) else { return Ok(model) };
        let moments = timeline::moments(&model, budget);
        timeline::at(&model, &moments, time, budget)
    }

    /// What addresses say of a world ([`crate::url::world`]).
    pub fn of(pairs: &[(String, String)]) -> Self {
        let said = |name: &str| pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone());
        Self {
            cni: said("cni"),
            proxy: said("proxy"),
            docker: said("docker"),
            firewall_backend: said("firewall-backend"),
            t: said("t"),
        }
    }

    /// As addresses have it.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        let named = [
            ("cni", &self.cni),
            ("proxy", &self.proxy),
            ("docker", &self.docker),
            ("firewall-backend", &self.firewall_backend),
            ("t", &self.t),
        ];
        named.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
    }
}

/// What there is to do at a step.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Look at a moment.
    Observe {
        /// Which.
        at: Moment,
    },
    /// Say what comes, then see.
    Predict {
        /// What is seen before.
        until: Moment,
        /// What is seen after.
        at: Moment,
        /// The answer.
        right: Value,
        /// Others, each with the name of its word.
        wrong: Vec<(String, Value)>,
    },
    /// Choose the reason; every choice is a text.
    Explain {
        /// What is seen.
        at: Moment,
        /// The name of the right one's word.
        right: String,
        /// Those of the others.
        wrong: Vec<String>,
    },
    /// Put what happens into its order; every item is a text.
    Order {
        /// What is seen.
        at: Moment,
        /// The names of the items' words, in the right order.
        items: Vec<String>,
    },
    /// The same in another world.
    Compare {
        /// The other world.
        with: World,
        /// What is seen in both.
        at: Moment,
        /// What differs.
        differs: Value,
    },
    /// Change the input until a goal is reached.
    Task(Task),
}

/// Something to change.
#[derive(Clone, Debug)]
pub struct Task {
    /// `fix`, `break` or `build`.
    pub code: &'static str,
    /// The file that is changed, and its text at the start.
    pub file: (String, String),
    /// Changes of one click, by the name of their word: what is replaced, and by what.
    pub changes: Vec<(String, String, String)>,
    /// Those that reach the goal, by name.
    pub solution: Vec<String>,
    /// The mended text, where no changes of one click lead there.
    pub mended: Option<String>,
    /// What must come out.
    pub goal: Vec<Goal>,
    /// How many hints there are; their words are `hint-1` and so on.
    pub hints: usize,
}

/// What must come out of a probe.
#[derive(Clone, Debug)]
pub struct Goal {
    /// The probe.
    pub probe: ProbeText,
    /// What must be equal.
    pub holds: Vec<(Value, Value)>,
    /// The same as it is written.
    pub written: Vec<String>,
}

/// A command on a machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Node, or `pod/NAMESPACE/NAME` for its namespace.
    pub on: String,
    /// What is printed, as `kubehop state --what` names it.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLesson {
    part: Part,
    #[serde(default)]
    after: Vec<String>,
    #[serde(default)]
    probe: Option<RawProbe>,
    #[serde(default)]
    world: World,
    steps: Vec<RawStep>,
    #[serde(default)]
    commands: Vec<Command>,
    #[serde(default)]
    rows: Vec<String>,
    #[serde(default)]
    mistaught: Vec<u32>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProbe {
    from: String,
    to: String,
    #[serde(default)]
    via: Option<String>,
    #[serde(default)]
    proto: Option<String>,
    #[serde(default)]
    choose: Vec<String>,
    #[serde(default)]
    size: Option<String>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    connect: Option<String>,
    #[serde(default)]
    sport: Option<String>,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    before: Option<String>,
    #[serde(default)]
    wait: Option<String>,
    #[serde(default)]
    keep: Option<String>,
    #[serde(default)]
    seed: u64,
}

impl From<RawProbe> for ProbeText {
    fn from(raw: RawProbe) -> Self {
        let RawProbe { from, to, via, proto, choose, size, method, connect, sport, headers, before, wait, keep, seed } =
            raw;
        Self { from, to, via, proto, choose, size, method, connect, sport, headers, before, wait, keep, seed }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    id: String,
    kind: String,
    #[serde(default)]
    probe: Option<RawProbe>,
    #[serde(default)]
    world: Option<World>,
    #[serde(default)]
    facts: BTreeMap<String, String>,
    #[serde(default)]
    holds: Vec<String>,
    #[serde(default)]
    points: Vec<String>,
    #[serde(default)]
    order: Vec<String>,
    #[serde(default)]
    at: Option<String>,
    #[serde(default)]
    until: Option<String>,
    #[serde(default)]
    right: Option<String>,
    #[serde(default)]
    wrong: Option<RawWrong>,
    #[serde(default)]
    with: Option<World>,
    #[serde(default)]
    differs: Option<String>,
    #[serde(default)]
    file: Option<String>,
    #[serde(default)]
    changes: BTreeMap<String, RawChange>,
    #[serde(default)]
    solution: Vec<String>,
    #[serde(default)]
    goal: Vec<RawGoal>,
    #[serde(default)]
    hints: usize,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawWrong {
    Values(BTreeMap<String, String>),
    Texts(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChange {
    replace: String,
    by: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGoal {
    probe: RawProbe,
    holds: Vec<String>,
}

/// `VALUE = VALUE`.
fn equal(text: &str) -> Result<(Value, Value), Unclear> {
    let (left, right) = text.split_once(" = ").ok_or_else(|| Unclear { kind: "value", query: text.to_owned() })?;
    Ok((Value::read(left)?, Value::read(right)?))
}

/// What steps have in common.
struct Common<'a> {
    probe: Option<&'a RawProbe>,
    world: &'a World,
    /// Every manifest of the folder.
    texts: &'a [(String, String)],
}

fn missing(what: &str) -> String {
    format!("`{what}` is missing")
}

fn moment(text: Option<&str>, what: &str) -> Result<Moment, String> {
    Moment::read(text.ok_or_else(|| missing(what))?).map_err(|error| error.to_string())
}

fn value(text: &str) -> Result<Value, String> {
    Value::read(text).map_err(|error| error.to_string())
}

impl Step {
    fn of(raw: RawStep, common: &Common<'_>) -> Result<Self, String> {
        let kind = kind(&raw, common)?;
        let probe = raw.probe.or_else(|| common.probe.cloned()).ok_or_else(|| missing("probe"))?;
        let fact = |(name, text): (String, String)| Ok::<_, String>((name, value(&text)?));
        Ok(Self {
            id: raw.id,
            probe: probe.into(),
            world: raw.world.unwrap_or_else(|| common.world.clone()),
            facts: raw.facts.into_iter().map(fact).collect::<Result<_, _>>()?,
            holds: pairs(&raw.holds)?,
            points: raw.points.iter().map(|text| value(text)).collect::<Result<_, _>>()?,
            kind,
        })
    }
}

fn pairs(texts: &[String]) -> Result<Vec<(Value, Value)>, String> {
    texts.iter().map(|text| equal(text).map_err(|error| error.to_string())).collect()
}

fn kind(raw: &RawStep, common: &Common<'_>) -> Result<Kind, String> {
    let right = || raw.right.as_deref().ok_or_else(|| missing("right"));
    let at = || moment(raw.at.as_deref(), "at");
    Ok(match (raw.kind.as_str(), &raw.wrong) {
        ("observe", None) => Kind::Observe { at: at()? },
        ("predict", Some(RawWrong::Values(wrong))) => Kind::Predict {
            until: moment(raw.until.as_deref(), "until")?,
            at: at()?,
            right: value(right()?)?,
            wrong: wrong.iter().map(|(name, text)| Ok((name.clone(), value(text)?))).collect::<Result<_, String>>()?,
        },
        ("explain", Some(RawWrong::Texts(wrong))) => {
            Kind::Explain { at: at()?, right: right()?.to_owned(), wrong: wrong.clone() }
        }
        ("explain", None) if !raw.order.is_empty() => Kind::Order { at: at()?, items: raw.order.clone() },
        ("compare", None) => Kind::Compare {
            with: raw.with.clone().ok_or_else(|| missing("with"))?,
            at: at()?,
            differs: value(raw.differs.as_deref().ok_or_else(|| missing("differs"))?)?,
        },
        ("fix" | "break" | "build", None) => Kind::Task(task(raw, common)?),
        ("predict" | "explain", _) => return Err(missing("wrong")),
        (other, _) => return Err(format!("{other:?} is no kind of step with these fields")),
    })
}

fn task(raw: &RawStep, common: &Common<'_>) -> Result<Task, String> {
    let name = raw.file.as_deref().ok_or_else(|| missing("file"))?;
    let found = common.texts.iter().find(|(file, _)| file == name);
    let file = found.cloned().ok_or_else(|| format!("there is no file {name:?}"))?;
    let change = |(name, change): (&String, &RawChange)| (name.clone(), change.replace.clone(), change.by.clone());
    let goal = |goal: &RawGoal| {
        Ok::<_, String>(Goal {
            probe: goal.probe.clone().into(),
            holds: pairs(&goal.holds)?,
            written: goal.holds.clone(),
        })
    };
    Ok(Task {
        code: ["fix", "break", "build"].into_iter().find(|code| *code == raw.kind).unwrap_or("fix"),
        file,
        changes: raw.changes.iter().map(change).collect(),
        solution: raw.solution.clone(),
        mended: None,
        goal: raw.goal.iter().map(goal).collect::<Result<_, _>>()?,
        hints: raw.hints,
    })
}

/// Whether a file of a lesson is one of its manifests.
pub(super) fn is_manifest(name: &str) -> bool {
    let endings = [".yaml", ".yml", ".json", ".env"];
    name != INDEX && endings.iter().any(|ending| name.ends_with(ending))
}

impl Lesson {
    /// Reads the files of a folder: names without the folder's, and texts.
    ///
    /// # Errors
    /// Everything that is wrong with how it is written; what it says is [`super::check`]'s.
    pub fn read(slug: &str, files: &[(String, String)]) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let text = |name: &str| files.iter().find(|(file, _)| file == name).map(|(_, text)| text.as_str());
        let Some(index) = text(INDEX) else { return Err(vec![Fault::at(INDEX, "there is no such file")]) };
        let raw: RawLesson = match serde_yaml::from_str(index) {
            Ok(raw) => raw,
            Err(error) => return Err(vec![Fault::at(INDEX, error.to_string())]),
        };
        let mut books = BTreeMap::new();
        for lang in Lang::ALL {
            let name = format!("{}.ftl", lang.code());
            match text(&name) {
                Some(words) => {
                    let (book, errors) = Book::read(lang, words);
                    faults.extend(errors.into_iter().map(|error| Fault::at(&name, error)));
                    books.insert(lang, book);
                }
                None => faults.push(Fault::at(name, "there is no such file")),
            }
        }
        let texts: Vec<(String, String)> = files.iter().filter(|(name, _)| is_manifest(name)).cloned().collect();
        let of_tasks: Vec<String> = raw.steps.iter().filter_map(|step| step.file.clone()).collect();
        let common = Common { probe: raw.probe.as_ref(), world: &raw.world, texts: &texts };
        let mut steps = Vec::new();
        for step in raw.steps {
            let place = step.id.clone();
            match Step::of(step, &common) {
                Ok(step) => steps.push(step),
                Err(what) => faults.push(Fault::at(place, what)),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        // A folder of one manifest is about that one, also where it is what there is to mend.
        let alone = texts.len() == 1;
        let own = |(name, _): &(String, String)| alone || !of_tasks.contains(name);
        Ok(Self {
            slug: slug.to_owned(),
            path: url::lesson_path(slug),
            id: format!("{SCENARIO}{slug}"),
            part: raw.part,
            world: raw.world,
            after: raw.after,
            files: texts.iter().filter(|file| own(file)).cloned().collect(),
            steps,
            commands: raw.commands,
            rows: raw.rows,
            mistaught: raw.mistaught,
            books,
        })
    }

    /// Its manifests as input.
    pub fn sources(&self) -> Vec<SourceText> {
        let source = |(name, text): &(String, String)| match name.contains('/') {
            true => SourceText::found(name.as_str(), text.as_str()),
            false => SourceText::given(name.as_str(), text.as_str()),
        };
        self.files.iter().map(source).collect()
    }

    /// One that was uploaded: it is where the scenario of that id is.
    pub fn stored(self, id: &str) -> Self {
        Self { slug: id.to_owned(), path: url::stored_lesson(id), id: id.to_owned(), ..self }
    }
}
