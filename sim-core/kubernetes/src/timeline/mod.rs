//! A cluster over time: the moments at which something changes, each with the input as the API server would have it then.
//!
//! ```
//! use kubernetes::budget::Budget;
//! use kubernetes::cluster::{Options, decide};
//! use kubernetes::manifest::{Limits, parse};
//! use kubernetes::origin::SourceText;
//! use kubernetes::timeline::moments;
//!
//! let text = "
//! apiVersion: kubehop.dev/v1alpha1
//! kind: Scenario
//! metadata: {name: churn}
//! timeline:
//! - {at: 10s, delete: pod/default/web}
//! ---
//! {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: nginx}]}}
//! ---
//! {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
//! ";
//! let parsed = parse(&[SourceText::given("churn.yaml", text)], &Limits::default());
//! let all = moments(&parsed, &Options::default(), &Budget::unlimited());
//! assert_eq!(all.iter().map(|moment| moment.at).collect::<Vec<_>>(), [0, 10_000]);
//! let later = decide(&all[1].parsed, &Options::default()).cluster;
//! assert!(later.pod_named("default", "web").is_none());
//! let web = later.service_named("default", "web").unwrap();
//! let behind = &later.endpoints[web.0 as usize];
//! assert!(behind.iter().all(|port| port.endpoints.is_empty()), "nobody is behind the Service any more");
//! ```
//!
//! What controllers do follows them: ReplicaSets make and delete Pods in their order, Deployments roll out within `maxSurge` and
//! `maxUnavailable`, StatefulSets go one by one from the highest ordinal. Addresses are handed out one after the other and not again at once
//! (`host-local`). How long a container takes to start is no one's setting: it is [`STARTS`], which is said to be assumed; a Pod is ready
//! `initialDelaySeconds` of its readiness probe later. A process ends when it is told to, behind its `preStop`, and within the Pod's grace
//! period.

mod components;
mod control;
mod follow;
mod lines;
mod moments;
mod patches;
mod power;
mod runner;
mod settle;
mod state;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_components;
#[cfg(test)]
mod tests_patches;
#[cfg(test)]
mod tests_power;
#[cfg(test)]
mod tests_random;
mod world;

pub use lines::{EVENTS, LONGEST_LINE, LineError, MOST_LINES, WORDS, plain_line, scenario_line, scenario_of};
pub use moments::moments;
pub use world::{Change, Moment, STARTS};
