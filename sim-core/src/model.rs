//! All phases up to the network in one call: what server, command line and tests start from.
//!
//! ```
//! use kubernetes::manifest::Limits;
//! use kubernetes::origin::SourceText;
//! use sim_core::model::{Model, Options};
//!
//! let text = "
//! {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}}";
//! let model = Model::build(&[SourceText::given("shop.yaml", text)], &Limits::default(), &Options::default());
//! assert!(!model.has_errors());
//! // The Pod is a namespace of a kernel now.
//! assert!(model.site.network.find("pod/default/web").is_some());
//! ```

use crate::agents::kube_proxy::{self, nftables};
use crate::agents::{self, Site, administrator, given};
use crate::cost::Cost;
use kubernetes::budget::{Budget, Stopped};
use kubernetes::cluster::model::{Cluster, NodeId};
use kubernetes::cluster::{self, Besides, Decided};
use kubernetes::diagnostic::{Diagnostic, Severity};
use kubernetes::manifest::{self, Limits, Parsed, Phase, Progress, SourceText};
use kubernetes::timeline::Moment;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

pub use kubernetes::cluster::Options;

/// The input and everything computed from it before a packet is sent.
#[derive(Clone, Debug)]
pub struct Model {
    /// Objects and texts.
    pub parsed: Arc<Parsed>,
    /// The decided cluster.
    pub cluster: Arc<Cluster>,
    /// The Linux network of that cluster.
    pub site: Site,
    /// Findings of all phases: by place, then by code.
    pub diagnostics: Vec<Diagnostic>,
    /// Nodes whose kube-proxy has not followed yet, with the input that it knows: of a moment of a timeline.
    pub lagging: Arc<BTreeMap<Arc<str>, Arc<Parsed>>>,
    /// What was before, where it is of a time of a timeline.
    pub past: Option<Arc<Past>>,
    /// The options it was built with.
    pub options: Options,
    /// The limits it was built within.
    pub limits: Limits,
    /// The same with what is assumed only where something asks for it, by what that is.
    pub others: Arc<Others>,
}

/// The moments of a timeline up to a time, each with the input as it was then.
#[derive(Debug)]
pub struct Past {
    /// The time, in milliseconds since the start.
    pub at: u64,
    /// The moments, the start first; the last is that of the time. Never empty.
    pub moments: Vec<Moment>,
    options: Options,
    limits: Limits,
}

impl Past {
    /// The moments of a model's timeline up to a time.
    pub fn of(model: &Model, moments: &[Moment], at: u64) -> Self {
        let moments = moments.iter().take_while(|moment| moment.at <= at).cloned().collect();
        Self { at, moments, options: model.options.clone(), limits: model.limits.clone() }
    }

    /// The model of one of the moments; that of the last one may be there already.
    ///
    /// # Errors
    /// When the budget did not suffice, or nobody wants the result any more.
    pub fn model_or(&self, moment: usize, last: Option<&Model>, budget: &Budget) -> Result<Model, Stopped> {
        if let Some(last) = last.filter(|_| moment + 1 == self.moments.len()) {
            return Ok(last.clone());
        }
        let moment = self.moments.get(moment).or(self.moments.last());
        let input = moment.map(|moment| (Arc::clone(&moment.parsed), Arc::clone(&moment.lagging))).unwrap_or_default();
        let made = Model::of_parsed(input, &self.limits, &self.options, budget);
        budget.check().map(|()| made)
    }
}

/// The models of one input with more assumed, each once it was asked for.
#[derive(Debug, Default)]
pub struct Others([OnceLock<Model>; 8]);

impl Others {
    /// Those that there are.
    pub fn made(&self) -> impl Iterator<Item = &Model> {
        self.0.iter().filter_map(OnceLock::get)
    }
}

impl Model {
    /// Runs `manifest` and `cluster`, and lays out what `agents` write when it is looked at. Never fails: what cannot be used is in
    /// [`Model::diagnostics`].
    pub fn build(inputs: &[SourceText], limits: &Limits, options: &Options) -> Self {
        Self::made(inputs, limits, options, &Progress::default())
    }

    /// The same, saying how far it is, with what the [`Progress::budget`] allows.
    ///
    /// # Errors
    /// When that did not suffice, or nobody wants the result any more.
    pub fn build_within(
        inputs: &[SourceText],
        limits: &Limits,
        options: &Options,
        progress: &Progress,
    ) -> Result<Self, Stopped> {
        let made = Self::made(inputs, limits, options, progress);
        progress.budget().check().map(|()| made)
    }

    /// What is built until the budget is spent: every phase breaks off then, and where it would be spent on machines, there are none.
    fn made(inputs: &[SourceText], limits: &Limits, options: &Options, progress: &Progress) -> Self {
        let parsed = manifest::parse_watched(inputs, limits, progress);
        progress.enter(Phase::Deciding);
        Self::of_parsed((Arc::new(parsed), Arc::default()), limits, options, progress.budget())
    }

    /// The model of objects that are read: those of a moment of a timeline.
    ///
    /// # Errors
    /// As [`Self::build_within`].
    pub fn of_moment(&self, moment: &Moment, budget: &Budget) -> Result<Self, Stopped> {
        let input = (Arc::clone(&moment.parsed), Arc::clone(&moment.lagging));
        let made = Self::of_parsed(input, &self.limits, &self.options, budget);
        budget.check().map(|()| made)
    }

    fn of_parsed(
        (parsed, lagging): (Arc<Parsed>, Lagging),
        limits: &Limits,
        options: &Options,
        budget: &Budget,
    ) -> Self {
        let decided = decided(&parsed, &lagging, options, Besides::NOTHING, budget);
        let mut diagnostics = parsed.diagnostics.clone();
        diagnostics.extend(decided.diagnostics);
        let mut cluster = Arc::new(decided.cluster);
        // Before anything is built.
        let site = site(&cluster, budget);
        diagnostics.extend(administrator::findings(&site.unread()));
        lean_on_unread(&mut cluster, &site);
        diagnostics.extend(given::findings(&site.seen()));
        diagnostics.extend(nftables::findings(&site.refusals(), &parsed, &cluster));
        diagnostics.sort_by(|a, b| (a.span, a.code).cmp(&(b.span, b.code)));
        Self {
            parsed,
            lagging,
            past: None,
            cluster,
            site,
            diagnostics,
            options: options.clone(),
            limits: limits.clone(),
            others: Arc::default(),
        }
    }

    /// The model of other texts, with the same options and limits.
    pub fn rebuilt(&self, inputs: &[SourceText], options: &Options) -> Self {
        Self::build(inputs, &self.limits, options)
    }

    /// The same, with what `budget` allows.
    ///
    /// # Errors
    /// As [`Self::build_within`].
    pub fn rebuilt_within(&self, inputs: &[SourceText], options: &Options, budget: &Budget) -> Result<Self, Stopped> {
        Self::build_within(inputs, &self.limits, options, &Progress::within(budget.clone()))
    }

    /// The model in which something is asked for that is assumed only then: names, where a whole cluster names no DNS (Pods and nodes keep
    /// their ids there, Services do not); load balancers that end connections themselves (all keep their ids). Built once, by whoever asks first.
    pub fn besides(&self, besides: Besides) -> &Self {
        match self.other(besides) {
            Some(other) => other.get_or_init(|| self.with(besides, &Budget::unlimited())),
            None => self,
        }
    }

    /// The same, with what `budget` allows.
    ///
    /// # Errors
    /// When that did not suffice, or nobody wants the result any more; the next one who asks begins anew.
    pub fn besides_within(&self, besides: Besides, budget: &Budget) -> Result<&Self, Stopped> {
        let Some(other) = self.other(besides) else { return Ok(self) };
        if other.get().is_none() {
            let made = self.with(besides, budget);
            budget.check()?;
            let _ = other.set(made);
        }
        Ok(self.besides(besides))
    }

    /// The model in which names are asked for: see [`Self::besides`].
    pub fn for_names(&self) -> &Self {
        self.besides(Besides::NAMES)
    }

    /// Where the other model is kept, if there is one.
    fn other(&self, besides: Besides) -> Option<&OnceLock<Self>> {
        let Besides { names, balancers, urls } = self.lacks(besides);
        let at = usize::from(names) | usize::from(balancers) << 1 | usize::from(urls) << 2;
        if at == 0 { None } else { self.others.0.get(at) }
    }

    /// What of this is not there, and is wanted.
    fn lacks(&self, besides: Besides) -> Besides {
        let fronts = &self.cluster.fronts;
        Besides {
            names: besides.names && self.cluster.dns_wanted,
            balancers: besides.balancers && self.cluster.balancers_wanted,
            urls: besides.urls && (fronts.wanted || fronts.controllers.is_empty()),
        }
    }

    fn with(&self, besides: Besides, budget: &Budget) -> Self {
        let wanted = self.lacks(besides);
        // Who serves Ingresses asks for names.
        let wanted = Besides { names: wanted.names || wanted.urls, ..wanted };
        let decided = decided(&self.parsed, &self.lagging, &self.options, wanted, budget);
        let mut cluster = Arc::new(decided.cluster);
        let site = site(&cluster, budget);
        lean_on_unread(&mut cluster, &site);
        Self { cluster, site, others: Arc::default(), ..self.clone() }
    }

    /// The options with the network plugins that are simulated here, where nobody says which.
    pub(crate) fn simulating(&self) -> Options {
        simulating(&self.options)
    }

    /// True when some document or object could not be used as written.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

type Lagging = Arc<BTreeMap<Arc<str>, Arc<Parsed>>>;

/// The cluster, and what the kube-proxies know of it that have not followed yet.
fn decided(parsed: &Parsed, lagging: &Lagging, options: &Options, besides: Besides, budget: &Budget) -> Decided {
    let options = simulating(options);
    let mut decided = cluster::decide_until(parsed, &options, besides, budget);
    let mut known: Vec<(&Arc<Parsed>, Arc<Cluster>)> = Vec::new();
    let names = decided.cluster.nodes.iter().enumerate().map(|(at, own)| (own.name.clone(), at));
    let by_name: BTreeMap<Arc<str>, usize> = if lagging.is_empty() { BTreeMap::new() } else { names.collect() };
    for (node, input) in lagging.iter() {
        let Some(&at) = by_name.get(node) else { continue };
        let found = known.iter().find(|(own, _)| Arc::ptr_eq(own, input)).map(|(_, cluster)| Arc::clone(cluster));
        let own = found.unwrap_or_else(|| {
            let own = Arc::new(cluster::decide_until(input, &options, besides, budget).cluster);
            known.push((input, Arc::clone(&own)));
            own
        });
        // The Nodes are the same at all times.
        decided.cluster.lagging.insert(NodeId(at as u32), own);
    }
    decided
}

/// The machines, unless they would take too much.
fn site(cluster: &Arc<Cluster>, budget: &Budget) -> Site {
    let cost = Cost::of(cluster);
    // Where a node's kernel could refuse rules all nodes are looked at.
    let bytes = match kube_proxy::may_be_refused(cluster) {
        true => cost.base.saturating_add(cost.node.saturating_mul(cluster.nodes.len() as u64)),
        false => cost.needed(),
    };
    match budget.foresee(cost.driver, cost.count, bytes) {
        Ok(()) => agents::build(cluster),
        Err(_) => Site::default(),
    }
}

/// The options with the network plugins that are simulated here, where nobody says which.
fn simulating(options: &Options) -> Options {
    let plugins = if options.plugins.is_empty() { agents::cni::simulated() } else { options.plugins };
    Options { plugins, ..options.clone() }
}

/// Whatever passes a node whose rules nobody can read leans on that.
fn lean_on_unread(cluster: &mut Arc<Cluster>, site: &Site) {
    let mut assumed = administrator::assumed(&site.unread());
    assumed.extend(given::assumed(&site.seen()));
    if !assumed.is_empty() {
        Arc::make_mut(cluster).assumptions.extend(assumed);
    }
}
