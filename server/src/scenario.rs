//! The scenario that an address is about.

use crate::cache::{Built, Title};
use crate::error::Error;
use crate::input;
use crate::lessons;
use crate::limits;
use crate::query::Query;
use crate::state::AppState;
use crate::store::{Entry, Found};
use crate::visitor::Visitor;
use kubernetes::budget::{Budget, Stopped};
use kubernetes::cluster::model::Cni;
use kubernetes::cluster::model::docker::{Engine, FirewallBackend};
use kubernetes::cluster::time_of;
use kubernetes::manifest::{Limits, Progress, SourceText};
use kubernetes::timeline::{plain_line, scenario_of};
use sim_core::agents::cni;
use sim_core::model::{Model, Options};
use sim_core::timeline::{self, Mark};
use std::sync::Arc;
use web::{gallery, url};

/// A scenario with its model.
pub struct Scenario {
    /// Its id, with the world that was asked for.
    pub id: String,
    /// Name to show.
    pub name: String,
    /// Where the lesson is that its files are.
    pub lesson: Option<String>,
    /// The model in that world.
    pub model: Arc<Model>,
    /// The moments of its timeline, whatever time it is at; none without one.
    pub marks: Arc<[Mark]>,
    /// The time that was asked for, in milliseconds.
    pub time: u64,
    /// What work on it may take; unlimited outside of [`Self::work`].
    pub budget: Budget,
    /// What is known of an upload or a share; `None` for what comes with the program.
    pub entry: Option<Entry>,
    /// It came with the request: nothing of it is kept.
    pub viewed: bool,
}

impl Scenario {
    /// Opens the scenario of an id in the world that the address asks for.
    ///
    /// # Errors
    /// No such scenario or world; those of the store; a build that broke off.
    pub async fn open(state: &AppState, visitor: &Visitor, id: &str) -> Result<Self, Error> {
        Self::open_in(state, visitor, id, &visitor.query).await
    }

    /// The same in the world that a query asks for.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_in(state: &AppState, visitor: &Visitor, id: &str, query: &Query) -> Result<Self, Error> {
        let mut opened = Self::opened(state, visitor, id, query).await?;
        // What is shown is of that time.
        if let Some(time) = query.get("t").filter(|_| opened.model.parsed.held.later) {
            let at = visitor.chrome.ta("time-at", &[("time", time.to_owned().into())]);
            opened.name = format!("{} · {at}", opened.name);
        }
        Ok(opened)
    }

    async fn opened(state: &AppState, visitor: &Visitor, id: &str, query: &Query) -> Result<Self, Error> {
        let World { mut input, key } = world(id, query)?;
        input.options.max_pods = Some(state.config.max_pods);
        input.limits = limits::manifests(&state.config);
        let time = input.time.unwrap_or_default();
        let of = |name: String, lesson: Option<String>, built: Built, entry: Option<Entry>| Self {
            id: key.clone(),
            name,
            lesson,
            model: built.model,
            marks: built.marks,
            time,
            budget: Budget::unlimited(),
            entry,
            viewed: false,
        };
        if let Some(viewed) = visitor.viewed.clone() {
            let name = viewed.name.clone();
            let build = move |budget: &Budget| input.built(input::sources(&viewed.files), budget);
            let built = state.pool.run_within(build).await??;
            return Ok(Self { viewed: true, ..of(name, None, built, None) });
        }
        if let Some(example) = gallery::find(id) {
            let build = move |budget: &Budget| input.built(example.sources(), budget);
            let built = state.models.get(&key, Title::of(""), build).await?.built;
            return Ok(of(visitor.chrome.t(&format!("ready-{id}-title")), None, built, None));
        }
        if let Some(lesson) = state.course.of_scenario(id) {
            let (name, path) = (lesson.word(visitor.chrome.lang, "title"), lesson.path.clone());
            let lesson = Arc::clone(lesson);
            let build = move |budget: &Budget| input.built(lesson.sources(), budget);
            let built = state.models.get(&key, Title::of(""), build).await?.built;
            return Ok(of(name, Some(path), built, None));
        }
        // Asked for each time: who deletes a share deletes it at once, whoever has its model.
        let entry = Some(entry(state, id).await?);
        let cached = match state.models.find(&key) {
            Some(cached) => cached,
            None => {
                let stored = state.store.get(id).await?.ok_or(Error::NoScenario)?;
                let name = Arc::from(stored.name.as_str());
                let files = state.pool.run(move || stored.files()).await??;
                let title = Title { name, lesson: lessons::of_files(&files).is_some() };
                let build = move |budget: &Budget| input.built(input::sources(&files), budget);
                state.models.get(&key, title, build).await?
            }
        };
        let lesson = cached.title.lesson.then(|| url::stored_lesson(id));
        Ok(of(cached.title.name.to_string(), lesson, cached.built, entry))
    }

    /// Does something with the scenario that takes time.
    ///
    /// # Errors
    /// When it broke off, or the server is shutting down.
    pub async fn work<T: Send + 'static>(
        mut self,
        state: &AppState,
        work: impl FnOnce(Self) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let models = state.models.clone();
        let work = move |budget: &Budget| {
            self.budget = budget.clone();
            let (key, model) = (self.id.clone(), Arc::clone(&self.model));
            let done = work(self);
            // What was looked at was built.
            models.weigh(&key, &model);
            if let Some((netns, fault)) = model.site.network.fault() {
                let netns = model.site.network.name(netns).map(ToString::to_string).unwrap_or_default();
                tracing::error!(scenario = key, netns, ?fault, "a namespace was written wrongly");
            }
            done
        };
        Ok(state.pool.run_within(work).await?)
    }
}

/// What there is of an id in the store. An upload lives on.
///
/// # Errors
/// [`Error::Gone`], [`Error::NoScenario`], those of the store.
pub async fn entry(state: &AppState, id: &str) -> Result<Entry, Error> {
    match state.store.find(id, state.config.upload_lifetime.0.as_secs() as i64).await? {
        Found::Here(entry) => Ok(*entry),
        Found::Gone => Err(Error::Gone),
        Found::Nothing => Err(Error::NoScenario),
    }
}

/// The same for what is shared; an upload is none.
///
/// # Errors
/// As [`entry`].
pub async fn share(state: &AppState, id: &str) -> Result<Entry, Error> {
    let entry = entry(state, id).await?;
    if entry.shared { Ok(entry) } else { Err(Error::NoScenario) }
}

/// How a scenario's texts are read, and what else happens.
#[derive(Clone, Default)]
pub struct Input {
    /// Limits on what is read.
    pub limits: Limits,
    /// What is asked for instead of the input's.
    pub options: Options,
    /// Events besides those of the input, as a text of their own.
    pub events: Option<SourceText>,
    /// The time of the model.
    pub time: Option<u64>,
}

impl Input {
    /// The model of texts, at a time of their timeline where one is asked for.
    ///
    /// # Errors
    /// A budget that is spent.
    pub fn built(&self, mut sources: Vec<SourceText>, budget: &Budget) -> Result<Built, Stopped> {
        sources.extend(self.events.clone());
        let progress = Progress::within(budget.clone());
        let model = Model::build_within(&sources, &self.limits, &self.options, &progress)?;
        if model.cluster.timeline.is_empty() {
            return Ok(Built { model: Arc::new(model), marks: Arc::default() });
        }
        let moments = timeline::moments(&model, budget);
        budget.check()?;
        let marks = timeline::marks(&model, &moments).into();
        let model = match self.time {
            Some(time) => timeline::at(&model, &moments, time, budget)?,
            None => model,
        };
        Ok(Built { model: Arc::new(model), marks })
    }
}

/// What an address asks for, and the id with it.
struct World {
    input: Input,
    key: String,
}

/// The world that an address asks for instead of the input's (the command line's `--cni`, `--proxy-mode`, `--docker-version`, `--firewall-backend`,
/// `--expected`, `--at` and `--event`).
fn world(id: &str, query: &Query) -> Result<World, Error> {
    let (mut options, mut world) = (Options::default(), Vec::<(&str, &str)>::new());
    if let Some(name) = query.get("cni") {
        let unknown = || Error::World {
            part: "cni",
            known: Cni::KNOWN.into_iter().map(Cni::name).collect::<Vec<_>>().join(", "),
        };
        options.cni = Some(cni::named(name).ok_or_else(unknown)?);
        world.push(("cni", name));
    }
    if let Some(name) = query.get("proxy") {
        let unknown = || Error::World { part: "proxy", known: Options::PROXY_MODES.join(", ") };
        options = options.with_proxy_mode(name).ok_or_else(unknown)?;
        world.push(("proxy", name));
    }
    if let Some(name) = query.get("docker") {
        let known = Engine::ALL.map(Engine::name).join(", ");
        options.docker = Some(Engine::named(name).ok_or(Error::World { part: "docker", known })?);
        world.push(("docker", name));
    }
    if let Some(name) = query.get("firewall-backend") {
        let known = FirewallBackend::ALL.map(FirewallBackend::name).join(", ");
        let unknown = Error::World { part: "firewall-backend", known };
        options.firewall_backend = Some(FirewallBackend::named(name).ok_or(unknown)?);
        world.push(("firewall-backend", name));
    }
    if let Some(text) = query.get("expected").filter(|text| *text != "0") {
        let wrong = || Error::Parameter { name: "expected", value: text.to_owned() };
        options.expected = (text == "1").then_some(true).ok_or_else(wrong)?;
        world.push(("expected", text));
    }
    let mut time = None;
    if let Some(text) = query.get("t").filter(|text| !text.is_empty()) {
        let wrong = || Error::Parameter { name: "t", value: text.to_owned() };
        time = Some(time_of(text).ok_or_else(wrong)?);
        world.push(("t", text));
    }
    let lines: Vec<String> = query.all(url::EVENT).map(plain_line).collect();
    let events = scenario_of(&lines).map_err(Error::Event)?;
    world.extend(lines.iter().map(|line| (url::EVENT, line.as_str())));
    let key = url::in_world(id, &world);
    Ok(World { input: Input { options, events, time, ..Input::default() }, key })
}
