//! Policies that would let the connection pass: a rule for it alone, the other end among a rule's peers, the port among a rule's ports, and for
//! names a rule that lets the name server be asked.

use super::search::{Change, Search};
use crate::trace::journey::{Leg, Source};
use crate::trace::policed::{Policed, named, party, policed};
use crate::trace::why::Field;
use ipnet::IpNet;
use kernel::packet::Protocol;
use kubernetes::cluster::model::{Pod, PodId};
use kubernetes::edit::{Content, FieldPath};
use kubernetes::manifest::objects::Object;
use kubernetes::policy::{
    Decision, Direction, Flow, Missed, NAMESPACE_NAME, Party, Policy, decide, is_label_of_one, is_name_label,
};
use std::net::IpAddr;
use std::sync::Arc;

/// What a Pod without labels is called by.
const LABEL: &str = "app";
/// Policies of one end that are tried.
const NEAR: usize = 3;

/// One end's policies, whom they select, and whom they would have to let in or out.
struct Needed<'m> {
    direction: Direction,
    decision: Decision,
    subject: &'m Pod,
    other: Option<&'m Pod>,
    address: IpAddr,
    protocol: Protocol,
    port: u16,
    /// The question is for a name.
    names: bool,
}

/// Whether a policy stopped it.
pub(super) fn changes(search: &mut Search<'_>) -> bool {
    if search.model.cluster.policies.all.is_empty() {
        return false;
    }
    let mut last: Option<(Policed, bool)> = None;
    for leg in search.journey.legs.iter().rev() {
        if let Some(found) = policed(search.model, leg) {
            last = Some((found, is_question(leg)));
            break;
        }
    }
    let Some((found, names)) = last else { return false };
    let mut needed = stopped(search, &found, names);
    // Behind the name is a connection, which the same policies may stop.
    if names {
        needed.extend(behind_name(search));
    }
    let options: Vec<Vec<Vec<Change>>> = needed.iter().map(|one| ways(search, one)).collect();
    let Some(most) = options.iter().map(Vec::len).max() else { return true };
    if options.iter().any(Vec::is_empty) {
        return true;
    }
    for at in 0..most {
        let all =
            options.iter().zip(&needed).filter_map(|(ways, one)| Some((ways.get(at).or_else(|| ways.last())?, one)));
        let mut changes: Vec<Change> = Vec::new();
        for (way, one) in all {
            way.iter().for_each(|change| join(&mut changes, change.clone(), one));
        }
        search.several(changes);
    }
    true
}

/// Puts a change to others. What would change the same list of rules becomes one change of it, or a policy of its own: policies add up.
fn join(changes: &mut Vec<Change>, change: Change, needed: &Needed<'_>) {
    let (Change::Set(field, content) | Change::Push(field, content)) = &change else { return changes.push(change) };
    let same = |own: &&mut Change| matches!(own, Change::Set(other, _) | Change::Push(other, _) if other == field);
    match (changes.iter_mut().find(same), content) {
        (None, _) => changes.push(change),
        (Some(Change::Set(_, Content::List(own))), Content::List(more)) => {
            let new: Vec<Content> = more.iter().filter(|one| !own.contains(one)).cloned().collect();
            own.extend(new);
        }
        (Some(_), _) => changes.push(Change::Document(field.object.clone(), alone(needed))),
    }
}

/// A policy of its own that lets the connection pass.
fn alone(needed: &Needed<'_>) -> Content {
    let text = Content::text;
    let name = format!("{}-{}", needed.subject.name.name, if needed.names { "dns" } else { needed.direction.field() });
    let (pods, _) = selector(needed.subject);
    Content::map([
        ("apiVersion", text("networking.k8s.io/v1")),
        ("kind", text("NetworkPolicy")),
        ("metadata", Content::map([("name", text(&name)), ("namespace", text(&needed.subject.name.namespace))])),
        (
            "spec",
            Content::map([
                ("podSelector", pods),
                ("policyTypes", Content::List(vec![text(needed.direction.name())])),
                (needed.direction.field(), Content::List(vec![rule(Some(&needed.subject.name.namespace), needed)])),
            ]),
        ),
    ])
}

/// A rule for the connection alone.
fn rule(own: Option<&str>, needed: &Needed<'_>) -> Content {
    Content::map([
        (needed.direction.peers(), Content::List(vec![peer(own, needed)])),
        ("ports", Content::List(ports(needed))),
    ])
}

fn is_question(leg: &Leg) -> bool {
    leg.lookup.is_some()
}

/// Both directions that do not let it pass.
fn stopped<'m>(search: &Search<'m>, found: &Policed, names: bool) -> Vec<Needed<'m>> {
    let cluster = &search.model.cluster;
    let pod = |id: Option<PodId>| id.and_then(|id| cluster.pods.get(id.0 as usize));
    let Some(subject) = pod(Some(found.pod)) else { return Vec::new() };
    let own = Needed {
        direction: found.direction,
        decision: found.decision.clone(),
        subject,
        other: pod(found.other),
        address: if found.direction == Direction::Ingress { found.from.ip() } else { found.to.ip() },
        protocol: found.protocol,
        port: found.to.port(),
        names,
    };
    let ingress = found.direction == Direction::Ingress;
    let beyond = found.beyond.clone().filter(|beyond| !beyond.allowed).zip(pod(found.other));
    let beyond = beyond.map(|(decision, other)| Needed {
        direction: if ingress { Direction::Egress } else { Direction::Ingress },
        decision,
        subject: other,
        other: Some(subject),
        address: if ingress { found.to.ip() } else { found.from.ip() },
        protocol: found.protocol,
        port: found.to.port(),
        names,
    });
    [Some(own), beyond].into_iter().flatten().collect()
}

/// The connection that a name was asked for, where it is that of a Service with endpoints.
fn behind_name<'m>(search: &Search<'m>) -> Vec<Needed<'m>> {
    let cluster = &search.model.cluster;
    let Source::Pod(from) = search.journey.probe.from else { return Vec::new() };
    let (Some(name), rest) = (search.name.first(), search.name.get(1)) else { return Vec::new() };
    let namespace = rest.map_or(&*search.namespace, String::as_str);
    let Some(id) = cluster.service_named(namespace, name) else { return Vec::new() };
    let lists = cluster.endpoints.get(id.0 as usize).into_iter().flatten();
    let Some(endpoint) = lists.flat_map(|list| &list.endpoints).find(|one| one.ready && one.pod.is_some()) else {
        return Vec::new();
    };
    let (of_from, of_to) = (named(cluster, Some(from)), named(cluster, endpoint.pod));
    let Some(sender) = cluster.pods.get(from.0 as usize) else { return Vec::new() };
    let ends: (Party<'_>, Party<'_>) =
        (party(cluster, Some(from), &of_from, sender.ip), party(cluster, endpoint.pod, &of_to, endpoint.ip));
    let flow = Flow { from: ends.0, to: ends.1, protocol: search.protocol, port: endpoint.port.0 };
    let receiver = endpoint.pod.and_then(|id| cluster.pods.get(id.0 as usize));
    let of = |direction: Direction| {
        let decision = decide(&cluster.policies, direction, &flow);
        let (subject, other, address) = match direction {
            Direction::Ingress => (receiver?, Some(sender), sender.ip),
            Direction::Egress => (sender, receiver, endpoint.ip),
        };
        (!decision.allowed).then_some(Needed {
            direction,
            decision,
            subject,
            other,
            address,
            protocol: search.protocol,
            port: endpoint.port.0,
            names: false,
        })
    };
    Direction::BOTH.into_iter().filter_map(of).collect()
}

/// Changes of one end's policies, each of which lets the connection pass that end: what opens least first.
fn ways(search: &Search<'_>, needed: &Needed<'_>) -> Vec<Vec<Change>> {
    let policies = &search.model.cluster.policies.all;
    let mut all = Vec::new();
    for asked in needed.decision.considered.iter().take(NEAR) {
        let Some(policy) = policies.get(asked.policy).filter(|policy| is_written(search, policy)) else { continue };
        let of_spec = |path: String| Field { object: policy.object.clone(), path: FieldPath::parse(&path), at: None };
        let own = policy.namespace.as_deref();
        let peer = || peer(own, needed);
        let rule = rule(own, needed);
        let label = needed.other.and_then(|pod| labelled(search, pod));
        let field = of_spec(needed.direction.rules_field().to_owned());
        let has = policy.rules(needed.direction).is_some_and(|rules| !rules.is_empty());
        let change = match has {
            true => Change::Push(field, rule),
            false => Change::Set(field, Content::List(vec![rule])),
        };
        all.push([Some(change), label].into_iter().flatten().collect());
        if needed.names {
            continue;
        }
        for said in &asked.rules {
            let Some(rule) = policy.rules(needed.direction).and_then(|rules| rules.get(said.rule)) else { continue };
            match &said.missed {
                // Only where the rule's ports are those that are wanted, or it is open to all of them.
                Some(Missed::Peer(field, _)) if rule.ports.is_empty() || rule.ports.len() == 1 => {
                    all.push(vec![Change::Push(of_spec(field.to_string()), peer())]);
                }
                Some(Missed::Port(field, _)) => {
                    let field = of_spec(field.to_string());
                    all.push(ports(needed).into_iter().map(|port| Change::Push(field.clone(), port)).collect());
                }
                _ => {}
            }
        }
    }
    all
}

/// The policy's text is of the input, and one that can be changed.
fn is_written(search: &Search<'_>, policy: &Policy) -> bool {
    let mut objects = search.model.parsed.objects.iter();
    objects.any(|object| matches!(object, Object::NetworkPolicy(own) if own.object == policy.object))
}

/// The other end as a peer: a Pod by the labels of its workload, and by its namespace's name where that is another; else its address.
fn peer(own: Option<&str>, needed: &Needed<'_>) -> Content {
    let Some(pod) = needed.other else {
        let net = IpNet::from(needed.address);
        return Content::map([("ipBlock", Content::map([("cidr", Content::text(&net.to_string()))]))]);
    };
    let (selector, _) = selector(pod);
    if own == Some(&*pod.name.namespace) {
        return Content::map([("podSelector", selector)]);
    }
    let name = Content::Map(vec![(Arc::from(NAMESPACE_NAME), Content::Text(pod.name.namespace.clone()))]);
    Content::map([("namespaceSelector", Content::map([("matchLabels", name)])), ("podSelector", selector)])
}

/// A selector of a Pod by its labels. One without any is given one, as is its text ([`labelled`]).
fn selector(pod: &Pod) -> (Content, bool) {
    let labels = telling(pod).map(|(key, value)| (key.clone(), Content::Text(value.clone())));
    let mut labels: Vec<(Arc<str>, Content)> = labels.collect();
    let none = labels.is_empty();
    if none {
        labels.push((Arc::from(LABEL), Content::Text(pod.origin.object.name.clone())));
    }
    (Content::map([("matchLabels", Content::Map(labels))]), none)
}

/// The label of a Pod that has none: without, a policy could only mean all Pods of its namespace.
fn labelled(search: &Search<'_>, pod: &Pod) -> Option<Change> {
    let (_, none) = selector(pod);
    let maker = search.maker(pod).filter(|_| none && !pod.origin.assumed)?;
    Some(Change::Set(maker.label(LABEL), Content::Text(pod.origin.object.name.clone())))
}

/// Labels that tell a workload from others: those that say its name, else all that no controller gave each Pod for itself.
fn telling(pod: &Pod) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
    let by_name = pod.labels.keys().any(|key| is_name_label(key));
    pod.labels.iter().filter(move |(key, _)| if by_name { is_name_label(key) } else { !is_label_of_one(key) })
}

/// The port as an entry; of a name server both protocols.
fn ports(needed: &Needed<'_>) -> Vec<Content> {
    let one = |protocol: Protocol| {
        let port = ("port", Content::Int(i64::from(needed.port)));
        match protocol {
            Protocol::Tcp if !needed.names => Content::map([port]),
            other => Content::map([("protocol", Content::text(&other.to_string().to_uppercase())), port]),
        }
    };
    match needed.names {
        true => [Protocol::Udp, Protocol::Tcp].map(one).into(),
        false => vec![one(needed.protocol)],
    }
}
