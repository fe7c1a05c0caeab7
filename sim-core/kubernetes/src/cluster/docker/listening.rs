//! What listens in a container: its command, its environment, its image, and the ports that it names, weighed as those of a Pod are.

use super::port::{self, Wanted};
use super::project::Service;
use crate::cluster::context::Context;
use crate::cluster::listen;
use crate::cluster::listener::{Complete, Listening};
use crate::cluster::model::{Container as Decided, ContainerPort, docker};
use crate::cluster::state::ContainerState;
use crate::diagnostic::codes;
use crate::manifest::objects::{Commands, ComposeMount, Container, EnvVar, Pair, VolumeMount};
use crate::origin::{ObjectRef, Spanned};
use kernel::packet::{Port, Protocol};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Ports of one range that are taken for ports that something listens on; a wider one says nothing of them.
const WIDE: usize = 256;
/// Bytes of a socket with what tells of it.
pub(super) const SOCKET: usize = 500;
/// Ports of one service that are.
const MOST: usize = 2_048;

/// What a service's containers listen on.
pub(super) fn of(
    context: &mut Context<'_>,
    service: &Service,
    image: &Arc<str>,
    wanted: &[Wanted],
    object: &ObjectRef,
) -> Listening {
    let of = &service.of;
    let path = format!("services.{}", service.name);
    let mut declared: Vec<(ContainerPort, Arc<str>)> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut declare = |(first, last): (u16, u16), protocol: Protocol, field: Arc<str>, at, span| {
        let room = MOST.saturating_sub(declared.len());
        if usize::from(last - first) >= WIDE {
            return;
        }
        for port in (first..=last).map(Port).take(room) {
            if seen.insert((port, protocol)) {
                let location = Clone::clone(&at);
                let own = ContainerPort { name: None, port, protocol, host_port: None, host_ip: None, location, span };
                declared.push((own, field.clone()));
            }
        }
    };
    for one in wanted {
        declare(one.target, one.protocol, one.field.clone(), one.location.clone(), one.span);
    }
    for (at, text) in of.expose.0.iter().enumerate() {
        let field: Arc<str> =
            Arc::from(docker::field_path(object, "services", &service.name, &format!("expose[{at}]")));
        let (number, protocol) = text.value.split_once('/').unwrap_or((&text.value, "tcp"));
        match (port::range(number), port::protocol(protocol)) {
            (Some(range), Some(protocol)) => declare(range, protocol, field, context.at(text.span), text.span),
            _ => {
                let found = context.finding(codes::COMPOSE_PORT, text.span, object).arg("path", &*field);
                context.note(found.arg("value", &*text.value));
            }
        }
    }
    let (ports, fields): (Vec<ContainerPort>, Vec<Arc<str>>) = declared.into_iter().unzip();
    let words =
        |words: &Option<Spanned<Commands>>| words.as_ref().map(|words| words.value.0.clone()).unwrap_or_default();
    let variable = |pair: &Spanned<Pair>| {
        let value = pair.value.value.clone().map(|value| Spanned { value, span: pair.span });
        Spanned { value: EnvVar { name: pair.value.name.clone(), value, ..EnvVar::default() }, span: pair.span }
    };
    let mount = |mount: &Spanned<ComposeMount>| {
        let short = mount.value.short.as_ref().and_then(|text| text.value.split(':').nth(1).map(Arc::from));
        let path = short.or_else(|| mount.value.target.as_ref().map(|text| text.value.clone()));
        Spanned { value: VolumeMount { mount_path: path, ..VolumeMount::default() }, span: mount.span }
    };
    let container = Container {
        name: Spanned::unplaced(service.name.clone()),
        image: of.image.clone(),
        command: words(&of.entrypoint),
        args: words(&of.command),
        env: of.environment.0.iter().map(variable).collect(),
        volume_mounts: of.volumes.iter().map(mount).collect(),
        ..Container::default()
    };
    let decided = Decided { name: service.name.clone(), image: image.clone(), ports, state: ContainerState::default() };
    let mut listening = listen::of_container(context, &path, &container, &decided);
    rename(&mut listening, &path, &fields, (object, &service.name));
    listening
}

/// Ports that a service declares beside those that it publishes.
pub(super) fn exposed(service: &Service) -> Vec<(Port, Protocol)> {
    let (mut all, mut seen) = (Vec::new(), BTreeSet::new());
    for text in &service.of.expose.0 {
        let (number, protocol) = text.value.split_once('/').unwrap_or((&text.value, "tcp"));
        let (Some((first, last)), Some(protocol)) = (port::range(number), port::protocol(protocol)) else { continue };
        for port in (first..=last).map(Port) {
            if all.len() < MOST && seen.insert((port, protocol)) {
                all.push((port, protocol));
            }
        }
    }
    all
}

/// Fields as Compose calls them.
fn rename(listening: &mut Listening, path: &str, ports: &[Arc<str>], (object, service): (&ObjectRef, &str)) {
    let named = |field: &Arc<str>| -> Arc<str> {
        let Some(rest) = field.strip_prefix(path).and_then(|rest| rest.strip_prefix('.')) else { return field.clone() };
        if let Some(index) = rest.strip_prefix("ports[").and_then(|rest| rest.strip_suffix(']')) {
            return index.parse().ok().and_then(|at: usize| ports.get(at)).unwrap_or(field).clone();
        }
        let words = [("command[", "entrypoint["), ("args[", "command["), ("env[", "environment[")];
        let found = words.iter().find_map(|(own, theirs)| Some(format!("{theirs}{}", rest.strip_prefix(own)?)));
        Arc::from(docker::field_path(object, "services", service, found.as_deref().unwrap_or(rest)))
    };
    for socket in &mut listening.sockets {
        for evidence in socket.evidence.iter_mut().chain(&mut socket.bound_by) {
            evidence.field = named(&evidence.field);
        }
    }
    for unheard in &mut listening.unheard {
        unheard.against.field = named(&unheard.against.field);
    }
}

/// Takes a Scenario's `listen` over where it says `container/NAME`.
pub(super) fn said(context: &mut Context<'_>, hosts: &mut [&mut [docker::Container]]) {
    let mut by_name: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    let all =
        hosts.iter().enumerate().flat_map(|(host, all)| all.iter().enumerate().map(move |(at, of)| ((host, at), of)));
    for (at, container) in all {
        let mut names = vec![container.service.to_string(), container.probe_name(), container.name.to_string()];
        names.sort();
        names.dedup();
        for name in names {
            by_name.entry(name).or_default().push(at);
        }
    }
    // It says all that a container listens on.
    let mut said = BTreeSet::new();
    for entry in listen::entries(context, true) {
        let Some(name) = entry.place.value.strip_prefix("container/") else { continue };
        let Some(all) = by_name.get(name) else {
            let found = context.finding(codes::SCENARIO_PLACE, entry.place.span, &entry.object);
            context.report(found.arg("place", &*entry.place.value));
            continue;
        };
        for (host, at) in all {
            if !context.may(1, SOCKET) {
                return;
            }
            if let Some(container) = hosts.get_mut(*host).and_then(|all| all.get_mut(*at)) {
                if said.insert((*host, *at)) {
                    let mut known = Listening::default();
                    known.complete = Complete::Known;
                    container.listening = known;
                }
                let service = container.service.clone();
                entry.open(&mut container.listening, &service);
            }
        }
    }
}
