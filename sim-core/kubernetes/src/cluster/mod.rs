//! What API server and controllers decide: defaults, Pods from workloads, scheduling, addresses, endpoints.
//!
//! ```
//! use kubernetes::cluster::{Options, decide};
//! use kubernetes::manifest::{Limits, parse};
//! use kubernetes::origin::SourceText;
//!
//! let text = "
//! apiVersion: apps/v1
//! kind: Deployment
//! metadata: {name: web}
//! spec:
//!   replicas: 2
//!   selector: {matchLabels: {app: web}}
//!   template:
//!     metadata: {labels: {app: web}}
//!     spec: {containers: [{name: web, image: nginx}]}
//! ";
//! let decided = decide(&parse(&[SourceText::given("web.yaml", text)], &Limits::default()), &Options::default());
//! let pods = decided.cluster.pods.iter().filter(|pod| &*pod.name.namespace == "default");
//! assert_eq!(pods.count(), 2);
//! // No Nodes were given: that is said.
//! assert!(decided.cluster.assumptions.iter().any(|made| made.code == "nodes"));
//! ```

pub mod absent;
mod acting;
mod alone;
mod balancer;
mod barren;
pub mod calico;
mod calico_config;
mod cidr;
mod cni_config;
mod context;
mod coredns;
mod dns;
mod docker;
mod doubts;
mod endpoints;
mod evidence;
mod front;
mod given;
mod hints;
mod hosts;
mod lan;
mod listen;
pub mod listener;
pub mod masq_agent;
mod meant;
mod mesh;
pub mod model;
mod names;
pub mod network_config;
pub mod node_cache;
mod nodes;
mod options;
pub mod owned;
mod plugin;
mod pods;
mod policies;
mod ranges;
mod scenario;
mod schedule;
mod services;
mod settings;
pub mod state;
mod system;
mod system_objects;
mod time;
mod validate;
pub mod variables;
mod workloads;

use crate::budget::Budget;
use crate::diagnostic::{Diagnostic, codes};
use crate::manifest::Parsed;
use crate::origin::Span;
use context::Context;
use model::Cluster;
pub(crate) use names::suffix;
pub use options::Options;
pub(crate) use schedule::tolerated;
use std::collections::BTreeSet;
use std::sync::Arc;
pub use time::time_of;
pub use workloads::selects;

/// The decided cluster and what was found on the way.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The cluster.
    pub cluster: Cluster,
    /// Findings.
    pub diagnostics: Vec<Diagnostic>,
}

/// Decides everything the control plane would: settings, nodes, Services, Pods, what Pods listen on, endpoints.
pub fn decide(parsed: &Parsed, options: &Options) -> Decided {
    decide_until(parsed, options, Besides::NOTHING, &Budget::unlimited())
}

/// What is assumed besides, because something asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Besides {
    /// A name server, where a whole cluster names none, behind all that it has otherwise ([`Cluster::dns_wanted`]).
    pub names: bool,
    /// The machines of load balancers that end connections ([`Cluster::balancers_wanted`]).
    pub balancers: bool,
    /// What the Ingresses of the input need to be served ([`model::Fronts::wanted`]), and a name server.
    pub urls: bool,
}

impl Besides {
    /// Nothing.
    pub const NOTHING: Self = Self { names: false, balancers: false, urls: false };
    /// A name server.
    pub const NAMES: Self = Self { names: true, ..Self::NOTHING };
    /// The machines of load balancers.
    pub const BALANCERS: Self = Self { balancers: true, ..Self::NOTHING };
    /// All that URLs need, but for load balancers.
    pub const URLS: Self = Self { urls: true, ..Self::NAMES };
}

/// The same with what `budget` allows, and with what is assumed `besides`: what is decided until the budget is spent is a part, which nobody
/// shows.
pub fn decide_until(parsed: &Parsed, options: &Options, besides: Besides, budget: &Budget) -> Decided {
    let Besides { names, urls, .. } = besides;
    let mut context = Context::new(parsed, budget);
    if !options.plugins.is_empty() {
        context.plugins = options.plugins;
    }
    context.max_pods = options.max_pods.unwrap_or(context::MAX_PODS);
    if docker::is_alone(parsed) || given::is_alone(parsed) {
        return alone::decide(context, options);
    }
    let evidence = evidence::Evidence::of(&mut context);
    if let Some(shown) = &evidence.distribution {
        let mut made = crate::assumption::codes::DISTRIBUTION.made().arg("name", shown.is.name());
        made.because = Some(shown.because.clone());
        context.assume(made);
    }
    let settings::Said { mut settings, pods: range } = settings::decide(&mut context, &evidence, options);
    let mut lan = lan::Lan::read(&mut context);
    let inside = docker::Inside::of(&mut context, &evidence, options, &lan);
    let mut nodes = nodes::decide(&mut context, &evidence, &mut settings, range, (&lan, inside.as_ref()));
    validate::check(&mut context, &settings, &nodes.all);
    ranges::check(&mut context, &settings, range);
    let mut services = services::given(&mut context, &settings);
    let mut doors = front::Doors::read(&mut context, urls);
    doors.say(&mut context, &services);
    balancer::decide(&mut context, &evidence, &mut services, (&nodes.all, &nodes.segments, &lan));
    system::services(&mut context, &settings, &mut services);
    let wanted = context.whole && !coredns::is_there(&context, &services);
    if wanted {
        coredns::say(&mut context);
    }
    if wanted && names {
        coredns::service(&context, &settings, &mut services);
    }
    if urls {
        let taken: Vec<_> = nodes.all.iter().map(|candidate| candidate.node.ip).collect();
        doors.service(&settings, &nodes.segments, &taken, &mut services);
    }
    services::allocate(&mut context, &settings, &mut services);
    services.retain(|service| !context.is_refused(&service.origin.object));
    services.sort_by(|a, b| a.name.cmp(&b.name));
    let mut pods = pods::given(&mut context, &nodes.all);
    system::pods(&mut context, &nodes.all, &mut pods);
    workloads::expand(&mut context, &mut pods);
    let mut pods = schedule::place(&mut context, &settings, &mut nodes, pods);
    let unknown = &context.parsed.held.unknown;
    time::lost(unknown, &mut nodes.all, &mut pods);
    let mut segments = nodes.segments;
    let mut nodes: Vec<_> = nodes.all.into_iter().map(|candidate| candidate.node).collect();
    if wanted && names {
        coredns::pods(parsed, &nodes, &mut pods);
    }
    if urls {
        doors.pods(&nodes, &mut pods);
    }
    let dns_wanted = wanted && !names;
    dns::stop(&context, &settings, &services, &mut pods);
    for pod in pods.iter_mut().filter(|pod| pod.origin.assumed) {
        listen::system(pod);
    }
    listen::said(&mut context, &mut pods);
    let said = scenario::nodes(&mut context, options, &settings, &nodes);
    listen::targets(&services, &mut pods);
    let endpoints = endpoints::decide(&mut context, &settings, &nodes, &services, &pods);
    listen::slices(&endpoints, &mut pods);
    let mut said_hosts = lan::decide(&mut context, options, &mut lan, &nodes, &mut segments);
    let balancers = balancer::ends_connections(&services);
    if balancers && besides.balancers {
        let of = (&*services, &*endpoints);
        let machines = balancer::machines(&mut context, of, &nodes, &lan, &mut segments, &said_hosts);
        said_hosts.extend(machines);
    }
    let on = (&*nodes, &*segments);
    let mut hosts = hosts::decide(&mut context, &settings, said_hosts, on, &pods, (&services, &endpoints));
    let taken = nodes.iter().map(|node| node.ip).chain(hosts.iter().map(|host| host.ip)).collect();
    let docker = docker::decide(&mut context, options, &lan, (&mut segments, &taken), inside, &mut nodes);
    let routers = lan::routers(&mut context, options, &lan, &mut segments, &mut hosts);
    let given = given::decide(&context, options, &nodes, &mut segments, &mut hosts);
    docker::check(&mut context, &docker, &services, &pods);
    lan.check(&mut context, &nodes, &hosts, &docker);
    listen::report(&mut context, &settings.network_config, &pods);
    doubts::check(&mut context, &services);
    let fronts = doors.decide(&mut context, (&services, &pods), urls);
    meant::say(&mut context, &services, &pods);
    let namespaces = namespaces(&context, &services, &pods);
    let policies = policies::decide(&mut context, &namespaces, &nodes);
    let mut acting = acting::decide(&context, &settings, &policies);
    acting.captured = mesh::decide(&mut context, &pods);
    let plugin_known = options.cni.is_some() || evidence.cni.is_some();
    let nobody = plugin_known && acting::nobody_enforces(&settings, &evidence, &pods);
    acting.enforcement = match settings.data_path.enforces_policies() {
        true => model::Enforcement::Rules,
        false if nobody => model::Enforcement::Nobody,
        false => model::Enforcement::Unread,
    };
    let looked = policies::Known {
        pods: &pods,
        settings: &settings,
        unenforced: acting.enforcement == model::Enforcement::Nobody,
    };
    policies::check(&mut context, &policies, &looked);
    let corefile = dns::corefile(&context, &settings);
    let node_cache = node_cache::decide(&context, &services);
    dns::check(&mut context, &corefile, &services);
    variables::check(&mut context, &services);
    let timeline = time::events(&mut context, options, (&nodes, &pods), (&hosts, &routers));
    let Context { mut diagnostics, assumptions, dropped, absent, refused, .. } = context;
    if dropped > 0 {
        diagnostics.push(codes::MORE_FINDINGS.at(Span::default()).arg("count", dropped.to_string()));
    }
    let cluster = Cluster {
        timeline,
        lagging: Default::default(),
        outage: parsed.held.outage.clone(),
        had_pods: parsed.held.had.clone(),
        settings,
        dns_wanted,
        balancers_wanted: balancers && !besides.balancers,
        nodes,
        segments,
        routers,
        said,
        hosts,
        given,
        docker,
        namespaces,
        pods,
        absent,
        refused,
        services,
        endpoints,
        corefile,
        node_cache,
        fronts,
        policies,
        assumptions,
        acting,
    };
    Decided { cluster, diagnostics }
}

/// Namespaces that exist: those of every cluster, declared ones, and used ones.
fn namespaces(context: &Context<'_>, services: &[model::Service], pods: &[model::Pod]) -> Vec<Arc<str>> {
    let always = ["default", "kube-node-lease", "kube-public", "kube-system"].into_iter().map(Arc::from);
    let declared = context.parsed.objects.iter().filter_map(|object| match object {
        crate::manifest::objects::Object::Namespace(document) => Some(document.object.name.clone()),
        other => other.object().namespace.clone(),
    });
    let used = services.iter().map(|s| s.name.namespace.clone()).chain(pods.iter().map(|p| p.name.namespace.clone()));
    let all: BTreeSet<Arc<str>> = always.chain(declared).chain(used).collect();
    all.into_iter().collect()
}

#[cfg(test)]
mod tests;
