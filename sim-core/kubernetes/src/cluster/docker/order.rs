//! Which services start, and in which order.

use super::project::{Files, Project, Service};
use crate::cluster::context::Context;
use crate::cluster::model::docker::field_path;
use crate::diagnostic::codes;
use crate::manifest::objects::Text;
use crate::origin::Span;
use std::collections::{BTreeMap, BTreeSet};

/// Containers joined by their names whose order is looked at.
const JOINED: usize = 64;

/// Services of a project that start, by index: each behind those it depends on, else as they are written.
pub(super) fn services(context: &mut Context<'_>, files: &Files, project: &Project) -> Vec<usize> {
    let by_name: BTreeMap<&str, usize> =
        project.services.iter().enumerate().map(|(at, service)| (&*service.name, at)).collect();
    let mut starts: BTreeSet<usize> = BTreeSet::new();
    for (at, service) in project.services.iter().enumerate() {
        let profiles = &service.of.profiles.0;
        if profiles.is_empty() || profiles.iter().any(|one| project.profiles.contains(&one.value)) {
            starts.insert(at);
        } else {
            let names: Vec<&str> = profiles.iter().map(|name| &*name.value).collect();
            let found = codes::COMPOSE_PROFILE.at(context.first_line(service.span));
            let found = found.arg("service", &*service.name).arg("profiles", names.join(", "));
            context.note(found.about(files.object(service.span)));
        }
    }
    let mut needs: Vec<Vec<usize>> = Vec::with_capacity(project.services.len());
    for (at, service) in project.services.iter().enumerate() {
        let mut own = Vec::new();
        if starts.contains(&at) {
            for (name, path, span) in named(files, service) {
                match by_name.get(&*name) {
                    Some(other) if *other != at => own.push(*other),
                    Some(_) => {}
                    None => {
                        let found = codes::COMPOSE_UNKNOWN_SERVICE.at(context.first_line(span)).arg("path", path);
                        context.note(found.arg("service", &*name).about(files.object(span)));
                    }
                }
            }
        }
        needs.push(own);
    }
    for (at, other) in joined(project, &by_name) {
        if !starts.contains(&at) || !starts.contains(&other) {
            continue;
        }
        if !needs[at].contains(&other) && !project.recorded {
            not_ordered(context, files, project, (at, other));
        }
        if !leads(&needs, other, at) {
            needs[at].push(other);
        }
    }
    // What is needed starts with what needs it, whatever its profile.
    let mut order = Vec::new();
    let mut state = vec![State::New; project.services.len()];
    let mut cycle = None;
    for first in starts {
        let mut stack = vec![(first, 0)];
        while let Some((at, next)) = stack.pop() {
            if next == 0 {
                if state.get(at) != Some(&State::New) {
                    continue;
                }
                state[at] = State::Open;
            }
            match needs.get(at).and_then(|needs| needs.get(next)) {
                Some(other) => {
                    stack.push((at, next + 1));
                    match state.get(*other) {
                        Some(State::New) => stack.push((*other, 0)),
                        Some(State::Open) => cycle = cycle.or(Some((at, *other))),
                        _ => {}
                    }
                }
                None => {
                    state[at] = State::Done;
                    order.push(at);
                }
            }
        }
    }
    if let Some((one, other)) = cycle.and_then(|(a, b)| project.services.get(a).zip(project.services.get(b))) {
        let found = codes::COMPOSE_CYCLE.at(context.first_line(one.span));
        let found = found.arg("service", &*one.name).arg("other", &*other.name);
        context.note(found.about(files.object(one.span)));
    }
    order
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

/// Services that join a container by its name (`network_mode: container:NAME`), each with the one that makes it.
fn joined(project: &Project, by_name: &BTreeMap<&str, usize>) -> Vec<(usize, usize)> {
    let named = |(at, service): (usize, &'_ Service)| Some((service.of.container_name.as_ref()?.value.clone(), at));
    let own: BTreeMap<Text, usize> = project.services.iter().enumerate().filter_map(named).collect();
    let made = |name: &str| {
        let (service, number) = name.strip_prefix(&*project.name)?.strip_prefix('-')?.rsplit_once('-')?;
        let at = by_name.get(service).copied().filter(|_| number.parse::<u32>().is_ok())?;
        project.services.get(at)?.of.container_name.is_none().then_some(at)
    };
    let of = |(at, service): (usize, &Service)| {
        let name = service.of.network_mode.as_ref()?.value.strip_prefix("container:")?;
        let other = own.get(name).copied().or_else(|| made(name)).filter(|other| *other != at)?;
        Some((at, other))
    };
    project.services.iter().enumerate().filter_map(of).take(JOINED).collect()
}

/// True when a service needs another, or what it needs does.
fn leads(needs: &[Vec<usize>], from: usize, to: usize) -> bool {
    let mut seen = BTreeSet::from([from]);
    let mut left = vec![from];
    while let Some(at) = left.pop() {
        if at == to {
            return true;
        }
        left.extend(needs.get(at).into_iter().flatten().copied().filter(|next| seen.insert(*next)));
    }
    false
}

/// Compose orders by `depends_on`, `links` and `service:NAME`, and knows nothing of a container that is joined by its name.
fn not_ordered(context: &mut Context<'_>, files: &Files, project: &Project, (at, other): (usize, usize)) {
    let (Some(service), Some(other)) = (project.services.get(at), project.services.get(other)) else { return };
    let Some(mode) = &service.of.network_mode else { return };
    let found = codes::COMPOSE_NOT_ORDERED.at(mode.span).about(files.object(mode.span));
    let found = found.arg("service", &*service.name).arg("mode", &*mode.value).arg("other", &*other.name);
    context.note(found.hint(codes::HINT_COMPOSE_SERVICE_MODE));
}

/// Services that one names: it needs them, or uses their namespace.
fn named(files: &Files, service: &Service) -> Vec<(Text, String, Span)> {
    let of = &service.of;
    let path = |field: &str| field_path(&files.object(service.span), "services", &service.name, field);
    let depends = of.depends_on.0.iter().map(|(name, of)| (name.clone(), path("depends_on"), of.span));
    let links = of.links.0.iter().map(|link| {
        let name = link.value.split(':').next().unwrap_or_default();
        (Text::from(name), path("links"), link.span)
    });
    let mode = of.network_mode.iter().filter_map(|mode| {
        let name = mode.value.strip_prefix("service:")?;
        Some((Text::from(name), path("network_mode"), mode.span))
    });
    depends.chain(links).chain(mode).collect()
}
