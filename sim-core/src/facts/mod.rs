//! What a journey says: the floor between what happened and how it is told. Words, JSON, text and picture read facts and nothing below.
//!
//! A [`Journey`] holds what the kernel recorded, by ids. [`Facts`] numbers its hops as [`Step`]s; a [`Visit`] is one of them with everything
//! named: the place, the packet before and after, and on demand the list of [`Fact`]s (code, typed arguments, kernel text, cause, changes of
//! fields) and the tree of chains ([`ChainPass`]). Kernel text is made when it is asked for: what tells one step prints the rules of one.
//! A visit serializes to a hop of the schema `kubehop.trace/1`, a fact to an event of it.
//!
//! ```
//! use kubernetes::manifest::Limits;
//! use kubernetes::origin::SourceText;
//! use sim_core::facts::Facts;
//! use sim_core::model::{Model, Options};
//! use sim_core::trace::{ProbeText, parse_probe, run};
//!
//! let text = "
//! {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}}
//! ---
//! {apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: curl, image: curlimages/curl}]}}
//! ---
//! {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}";
//! let model = Model::build(&[SourceText::given("shop.yaml", text)], &Limits::default(), &Options::default());
//! let asked = ProbeText { from: "pod/default/client".into(), to: "svc/default/web:80".into(), ..ProbeText::default() };
//! let journey = run(&model, &parse_probe(&model, &asked)?);
//!
//! let facts = Facts::of(&model, &journey);
//! let told: Vec<String> = facts
//!     .visits()
//!     .map(|visit| {
//!         let codes: Vec<_> = visit.facts().iter().map(|fact| fact.code()).collect();
//!         format!("{} {}: {}", visit.namespace.name().unwrap_or("?"), visit.place.code(), codes.join(" "))
//!     })
//!     .collect();
//! assert_eq!(told[..2], ["pod/default/client socket: send", "pod/default/client routing: route"]);
//! // The rule that took the packet to the Pod, as iptables-save prints it.
//! let nat = facts.visits().flat_map(|visit| visit.facts()).find(|fact| fact.code() == "nat").expect("the Service is translated");
//! assert!(nat.kernel().is_some_and(|rule| rule.contains("-j DNAT --to-destination")));
//! assert_eq!(nat.cause().and_then(|cause| cause.object.as_ref()).map(ToString::to_string).as_deref(), Some("Pod default/web"));
//! # Ok::<(), sim_core::trace::ProbeError>(())
//! ```

mod around;
mod carried;
mod chain;
mod fact;
mod place;
mod read;
mod refs;
mod serial;
mod steps;
mod story;
#[cfg(test)]
mod tests;
mod view;

pub use around::{Connection, Considered};
pub use carried::Carried;
pub use chain::{ChainLine, ChainPass};
pub use fact::{Copy, Encapsulation, Fact, FdbAction, Listener, NotTracked, Ruling, Tracking, Unmodelled, What};
pub use place::step_at;
pub use refs::{ChainAt, Device, MapLookup, Namespace, RouteAt, RuleAt};
pub use serial::Because;
pub use steps::{Badge, LegSpan, Step, Steps, badge_text};
pub use story::{Beat, BeatKind};

use crate::http::{Decision, Message};
use crate::model::Model;
use crate::trace::{Journey, Leg, LegId};
use kernel::config::Hook;
use kernel::ids::LinkId;
use kernel::walk::{Hop, Place, Skb};

/// A journey, and the model it ran in.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The model.
    pub model: &'a Model,
    /// The journey.
    pub journey: &'a Journey,
    /// Its steps.
    pub steps: Steps,
}

impl<'a> Facts<'a> {
    /// Numbers the steps of a journey. Nothing is printed yet.
    pub fn of(model: &'a Model, journey: &'a Journey) -> Self {
        Self { model, journey, steps: Steps::of(journey) }
    }

    /// The leg and the place of a step; `None` for a step of another journey.
    pub fn at(&self, step: &Step) -> Option<(&'a Leg, Visit<'a>)> {
        let (leg, hop) = step.of(self.journey)?;
        let message = leg.carries.as_ref().filter(|_| step.first || step.last);
        let decision = || {
            let id = LegId(step.leg as u32);
            let routed = self.journey.http.iter().flat_map(|fetched| &fetched.routed);
            routed.into_iter().find(|routed| routed.leg == Some(id)).map(|routed| &routed.decision)
        };
        let visit = Visit {
            number: Some(step.n),
            badges: step.badges.clone(),
            carries: leg.carries.as_ref(),
            message: message.map(|message| Carried { message, sent: step.first }),
            decision: if step.last { decision() } else { None },
            ..Visit::of(self.model, hop)
        };
        Some((leg, visit))
    }

    /// The place of the step numbered `n`.
    pub fn visit(&self, n: u32) -> Option<Visit<'a>> {
        Some(self.at(self.steps.get(n)?)?.1)
    }

    /// All places, in order.
    pub fn visits(&self) -> impl Iterator<Item = Visit<'a>> + '_ {
        self.steps.steps.iter().filter_map(|step| Some(self.at(step)?.1))
    }
}

/// A packet at one place: a step of a journey, or a hop on the way of a copy.
#[derive(Clone, Debug)]
pub struct Visit<'a> {
    /// Number of the step; `None` on the way of a copy.
    pub number: Option<u32>,
    /// Namespace.
    pub namespace: Namespace<'a>,
    /// Place in it.
    pub place: Place,
    /// Device it came in by, if any.
    pub in_dev: Option<LinkId>,
    /// Device it will leave by, once routing chose one.
    pub out_dev: Option<LinkId>,
    /// The packet when it came to this place.
    pub before: &'a Skb,
    /// The packet when it left this place.
    pub after: &'a Skb,
    /// Translations that are made or undone here.
    pub badges: Vec<Badge>,
    /// What the packet carries, wherever it is.
    pub carries: Option<&'a Message>,
    /// What a process writes or reads here.
    pub message: Option<Carried<'a>>,
    /// What it decides about what it read.
    pub decision: Option<&'a Decision>,
    hop: &'a Hop,
}

impl<'a> Visit<'a> {
    /// A hop that is no step.
    pub fn of(model: &'a Model, hop: &'a Hop) -> Self {
        Self {
            number: None,
            namespace: Namespace::of(model, hop.netns),
            place: hop.place,
            in_dev: hop.in_dev,
            out_dev: hop.out_dev,
            before: &hop.before,
            after: &hop.after,
            badges: Vec::new(),
            carries: None,
            message: None,
            decision: None,
            hop,
        }
    }

    /// The device it is at: at a hook the one it will leave by, or else came in by.
    pub fn device(&self) -> Option<Device<'a>> {
        let link = match self.place {
            Place::Hook { .. } => self.out_dev.or(self.in_dev)?,
            Place::Ingress(link) | Place::Egress(link) | Place::Bridge(link) => link,
            Place::Socket | Place::Routing => return None,
        };
        Some(self.namespace.device(link))
    }

    /// The hook it is at, if it is at one.
    pub fn hook(&self) -> Option<Hook> {
        match self.place {
            Place::Hook { hook, .. } => Some(hook),
            _ => None,
        }
    }

    /// A hop of a copy of the frame that was made here: `INDEX.HOP` is the copy's number and the hop on its way, both from 0, behind a `/`
    /// the same for a copy of that copy. Without any it is this place itself.
    pub fn copy(&self, path: &str) -> Option<Self> {
        let mut at = self.clone();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let (index, number) = part.split_once('.')?;
            let (copies, _) = at.hop.copies();
            let hop = copies.get(index.parse::<usize>().ok()?)?.hops.get(number.parse::<usize>().ok()?)?;
            at = Self::of(self.namespace.model, hop);
        }
        Some(at)
    }
}
