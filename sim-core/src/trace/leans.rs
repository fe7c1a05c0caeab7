//! What a journey leans on: the assumptions that concern what its packets really used, and the verdict that leaves.

use super::acting;
use super::ended::{left_the_model, pod_at};
use super::journey::{Journey, Leg, Probe, Purpose, Source, Target};
use super::stand_in::Worlds;
use super::unsound;
use super::wildcard::is_host;
use crate::agents::outside;
use crate::agents::router::ROUTER;
use crate::model::Model;
use crate::site::Kind;
use kernel::config::Netns;
use kernel::ids::NetnsId;
use kernel::packet::{Port, Protocol};
use kernel::walk::{Assumed, Delivery, DropReason, End, Event, Hop};
use kubernetes::assumption::{About, Assumption, Because, Verdict, codes};
use kubernetes::cluster::model::{NamespacedName, PodId};
use kubernetes::origin::ObjectRef;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

/// What the packets of a journey met.
#[derive(Default)]
struct Touched<'m> {
    nodes: BTreeSet<&'m str>,
    pods: BTreeSet<&'m NamespacedName>,
    services: BTreeSet<&'m NamespacedName>,
    listening: BTreeSet<(&'m NamespacedName, Port, Protocol)>,
    not_listening: BTreeSet<&'m NamespacedName>,
    asked: bool,
    addresses: BTreeSet<IpAddr>,
    crossed: bool,
    wire: bool,
    host: Option<Arc<str>>,
}

/// Completes a journey: what it touched of the cluster's assumptions comes before what was assumed on its way; then the verdict.
pub(super) fn complete(model: &Model, journey: &mut Journey) {
    let touched = touched(model, journey);
    let worlds = Worlds::of(model, journey, !touched.services.is_empty());
    let met = |assumption: &Assumption| match assumption.about {
        About::PodNetwork => Some(worlds.leaning(assumption, worlds.pod_network)),
        About::Proxying => Some(worlds.leaning(assumption, worlds.proxying)),
        ref about => touched.concerns(about).then(|| assumption.clone()),
    };
    let mut all: Vec<Assumption> = model.cluster.assumptions.iter().filter_map(met).collect();
    let names: Vec<&str> = match &journey.probe.to {
        Target::Url { host, .. } | Target::Name(host, _) => vec![host],
        _ => Vec::new(),
    };
    all.extend(acting::concerning(model, journey, &touched.services, &names));
    all.extend(unsound::needed(model, journey));
    all.append(&mut journey.assumed);
    let mut seen = BTreeSet::new();
    all.retain(|assumption| seen.insert(assumption.clone()));
    let leans_on = (0u32..).zip(&all).filter(|(_, assumption)| assumption.leans()).map(|(at, _)| at).collect();
    journey.verdict = Verdict::of(journey.works(), all.iter().filter(|one| one.leans()));
    journey.outcome.leans_on = leans_on;
    journey.assumed = all;
}

impl Touched<'_> {
    fn concerns(&self, about: &About) -> bool {
        match about {
            About::Everything | About::PodNetwork | About::Proxying => true,
            About::Dns => self.asked,
            About::Node(name) => self.nodes.contains(&**name),
            About::Pod(name) => self.pods.contains(name),
            About::Listening { pod, port, protocol } => self.listening.contains(&(pod, *port, *protocol)),
            About::NotListening(pod) => self.not_listening.contains(pod),
            About::Address(ip) => self.addresses.contains(ip),
            About::Addresses(ips) => !ips.is_disjoint(&self.addresses),
            About::Service(name) => self.services.contains(name),
            About::Wire => self.wire,
            About::Crossing => self.crossed,
            About::Host(wanted) => self.host.as_deref().is_some_and(|host| is_host(wanted, host)),
        }
    }
}

fn touched<'m>(model: &'m Model, journey: &Journey) -> Touched<'m> {
    let (cluster, tree) = (&model.cluster, &model.site.tree);
    let mut touched = Touched::default();
    let mut addresses: BTreeSet<IpAddr> = BTreeSet::new();
    let mut netns: BTreeSet<NetnsId> = BTreeSet::new();
    let pod_name = |id: PodId| cluster.pods.get(id.0 as usize).map(|pod| &pod.name);
    for leg in &journey.legs {
        touched.asked |= leg.lookup.is_some();
        for hop in &leg.hops {
            netns.insert(hop.netns);
            for skb in [&hop.before, &hop.after] {
                let ip = &skb.packet.innermost().ip;
                addresses.extend([ip.src, ip.dst]);
            }
        }
        let Some(last) = leg.hops.last() else { continue };
        let packet = last.after.packet.innermost();
        let (port, protocol) = (Port(packet.destination().port()), packet.protocol());
        match &leg.end {
            End::Delivered { netns, delivery } if !matches!(delivery, Delivery::Answer { .. }) => {
                let pod = pod_at(model, *netns, Some(port)).and_then(pod_name);
                touched.listening.extend(pod.map(|pod| (pod, port, protocol)));
            }
            End::Dropped { netns, reason: DropReason::NoListener | DropReason::NoSocket } if is_request(leg) => {
                match tree.kind_at(*netns) {
                    Some(Kind::Pod(pod)) => touched.not_listening.extend(pod_name(pod)),
                    Some(Kind::Node(node)) => {
                        let on_it = cluster.pods.iter().filter(|pod| pod.host_network && pod.node == node);
                        touched.not_listening.extend(on_it.map(|pod| &pod.name));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    for at in netns {
        touched.wire |= tree.segment_at(at).is_some();
        match tree.kind_at(at) {
            Some(Kind::Node(node)) => {
                touched.nodes.extend(cluster.nodes.get(node.0 as usize).map(|node| &*node.name));
            }
            Some(Kind::Host(ip)) => {
                touched.nodes.extend(cluster.docker.iter().filter(|host| host.ip == ip).map(|host| &*host.name));
                let hosts = cluster.hosts.iter().filter(|host| host.ip == ip);
                touched.nodes.extend(hosts.filter_map(|host| host.name.as_deref()));
            }
            Some(Kind::Vm(id)) => touched.nodes.extend(cluster.docker_host(id).map(|host| &*host.name)),
            Some(Kind::Pod(pod)) => touched.pods.extend(pod_name(pod)),
            Some(Kind::Router) => {
                let machine = tree.machine_at(at).map(|(_, machine)| machine);
                touched.crossed |= machine.is_some_and(|machine| machine.assumed && machine.segments.len() > 1);
                touched.nodes.extend(machine.and_then(|machine| machine.name.strip_prefix(ROUTER)));
            }
            _ => {}
        }
    }
    asked_for(model, &journey.probe, &mut touched);
    let concerned = |about: &About| matches!(about, About::Pod(_) | About::Service(_) | About::Proxying);
    let about = cluster.assumptions.iter().any(|assumption| concerned(&assumption.about));
    if about || !cluster.acting.meshes.is_empty() {
        let has = |pod: &&kubernetes::cluster::model::Pod| !pod.host_network && addresses.contains(&pod.ip);
        touched.pods.extend(cluster.pods.iter().filter(has).map(|pod| &pod.name));
        let serves = |service: &&kubernetes::cluster::model::Service| {
            let own = service.cluster_ips.iter().chain(&service.external_ips);
            own.chain(service.load_balancer.iter().map(|lb| &lb.ip)).any(|ip| addresses.contains(ip))
        };
        touched.services.extend(cluster.services.iter().filter(serves).map(|service| &service.name));
        let asked = journey.lookups.iter().filter_map(|lookup| lookup.origin.as_ref()).map(|origin| &origin.object);
        let ruled = journey.legs.iter().flat_map(|leg| &leg.hops).flat_map(|hop| rules_for(model, hop));
        for object in asked.chain(ruled) {
            let namespace = object.namespace.as_deref().unwrap_or("default");
            if &*object.kind == "Service"
                && let Some(id) = cluster.service_named(namespace, &object.name)
            {
                touched.services.extend(cluster.services.get(id.0 as usize).map(|service| &service.name));
            }
        }
    }
    touched.addresses = addresses;
    touched
}

/// The objects that the rules a packet met at a hop were written for.
fn rules_for<'m>(model: &'m Model, hop: &Hop) -> impl Iterator<Item = &'m ObjectRef> {
    let here = model.site.network.netns(hop.netns);
    hop.events.iter().filter_map(move |event| match event {
        Event::Rule { rule, .. } => model.site.causes.get(here.rule_cause(*rule)?)?.object.as_ref(),
        _ => None,
    })
}

/// True for packets that ask: only they can find nobody listening.
fn is_request(leg: &Leg) -> bool {
    matches!(leg.purpose, Purpose::Connect | Purpose::Proxy | Purpose::DnsQuery)
}

/// What the probe itself names, whether or not a packet came to it.
fn asked_for<'m>(model: &'m Model, probe: &Probe, touched: &mut Touched<'m>) {
    let cluster = &model.cluster;
    let pod = |id: PodId| cluster.pods.get(id.0 as usize).map(|pod| &pod.name);
    if let Source::Pod(id) = probe.from {
        touched.pods.extend(pod(id));
    }
    match &probe.to {
        Target::Pod(id, _) => touched.pods.extend(pod(*id)),
        Target::Service(id, _) | Target::LoadBalancer(id, _) => {
            touched.services.extend(cluster.services.get(id.0 as usize).map(|service| &service.name));
        }
        Target::Url { host, .. } => touched.host = Some(host.clone()),
        Target::Name(..) | Target::Address(..) | Target::Node(..) | Target::Machine(..) => {}
    }
}

/// What was assumed on the way itself.
pub(super) fn on_the_way(model: &Model, legs: &[Leg]) -> Vec<Assumption> {
    let mut all = Vec::new();
    for leg in legs {
        for hop in &leg.hops {
            for event in &hop.events {
                if let Event::Assumed(assumed) = event {
                    all.push(on_hop(model, hop, assumed));
                }
            }
        }
        all.extend(super::bridged::assumed(model, leg));
        all.extend(super::listeners::refused(model, leg));
        if let (true, Some(hop)) = (left_the_model(model, leg), leg.hops.last()) {
            let ip = hop.after.packet.innermost().ip.dst;
            // The cluster's own addresses lie nowhere else: the gateway just has no route for what nobody there has.
            if !outside::is_inside(&model.cluster, ip) {
                all.push(codes::BEYOND_GATEWAY.made().arg("ip", ip.to_string()));
            }
        }
    }
    all
}

fn on_hop(model: &Model, hop: &Hop, assumed: &Assumed) -> Assumption {
    let (made, rule) = match assumed {
        Assumed::MatchSkipped { rule, module } => {
            (codes::UNMODELLED_MATCH.made().arg("module", &**module), Some(*rule))
        }
        Assumed::TargetSkipped { rule, target } => {
            (codes::UNMODELLED_TARGET.made().arg("target", &**target), Some(*rule))
        }
        Assumed::Pieces => (codes::PIECES.made(), None),
        Assumed::WithinLimit { rule } => (codes::WITHIN_LIMIT.made(), Some(*rule)),
    };
    let here: &Netns = model.site.network.netns(hop.netns);
    let cause = rule.and_then(|rule| here.rule_cause(rule)).and_then(|cause| model.site.causes.get(cause));
    let because = cause.map(|cause| Because {
        object: cause.object.clone(),
        field: cause.field.clone(),
        location: cause.location.clone(),
    });
    Assumption { because, ..made }
}
