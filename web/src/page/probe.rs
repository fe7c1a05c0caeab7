//! The form that asks for a probe.

use super::Chrome;
use crate::{ask, url};
use kubernetes::cluster::model::{Pod, Service, ServicePort, ServiceType};
use sim_core::agents::outside;
use sim_core::http::METHODS;
use sim_core::model::Model;
use sim_core::trace::{self, ProbeText};

/// Most options of one kind in a select; the text field takes the rest, and the map has a link for each.
const MOST: usize = 60;
/// Suggestions shown.
const MAX_SUGGESTIONS: usize = 8;

/// The form, for templates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProbeForm {
    pub(crate) action: String,
    /// What the probe is asked in, where that is not the input's own world.
    pub(crate) world: Vec<(String, String)>,
    pub(crate) from: Vec<Group>,
    /// Nodes that a host outside can have routes by.
    pub(crate) via: Vec<Choice>,
    pub(crate) to: Vec<Group>,
    pub(crate) to_text: String,
    pub(crate) proto: Option<String>,
    pub(crate) request: RequestFields,
    pub(crate) suggestions: Vec<Suggestion>,
}

/// What a form says of a request over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestFields {
    /// They are shown at once: the destination is a URL, or something is said.
    pub(crate) open: bool,
    pub(crate) methods: Vec<Choice>,
    /// One a line.
    pub(crate) headers: String,
    pub(crate) connect: String,
    /// Which of them cannot be understood, and why.
    pub(crate) wrong: Option<(&'static str, String)>,
}

impl RequestFields {
    fn of(c: &Chrome, asked: &ProbeText) -> Self {
        let said = asked.method.as_deref().unwrap_or_default();
        let method = |value: &str, label: String| Choice {
            selected: value.eq_ignore_ascii_case(said),
            value: value.to_owned(),
            label,
        };
        let mut methods = vec![method("", c.t("probe-method-usual"))];
        methods.extend(METHODS.iter().map(|name| method(name, (*name).to_owned())));
        // What is none stays to be seen.
        if methods.iter().all(|method| !method.selected) {
            methods.push(method(said, said.to_owned()));
        }
        let connect = asked.connect.clone().unwrap_or_default();
        Self {
            open: is_url(&asked.to) || !(said.is_empty() && asked.headers.is_empty() && connect.is_empty()),
            methods,
            headers: asked.headers.join("\n"),
            connect,
            wrong: None,
        }
    }

    /// Whether this field cannot be understood.
    pub(crate) fn is_wrong(&self, field: &str) -> bool {
        self.wrong.as_ref().is_some_and(|(part, _)| *part == field)
    }
}

/// A destination that is asked for over HTTP.
fn is_url(to: &str) -> bool {
    to.contains("://")
}

/// Options under one heading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) label: String,
    pub(crate) options: Vec<Choice>,
}

/// One option.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) selected: bool,
}

/// A probe worth trying.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Suggestion {
    pub(crate) href: String,
    pub(crate) from: String,
    pub(crate) to: String,
}

impl ProbeForm {
    /// The same with what is wrong with one of its fields of a request; another part's is said above the form.
    pub(crate) fn with_error(&mut self, part: &'static str, text: &str) -> bool {
        let own = matches!(part, "method" | "header" | "connect");
        if own {
            self.request.open = true;
            self.request.wrong = Some((part, text.to_owned()));
        }
        own
    }

    /// The form with what was asked selected; where nothing was, with a probe that shows something.
    pub(crate) fn of(c: &Chrome, id: &str, model: &Model, asked: &ProbeText) -> Self {
        let cluster = &model.cluster;
        let asked = &ask::filled(model, asked);
        let own = |namespace: &str| namespace != "kube-system";
        let group = |key: &str, options: Vec<(String, String)>| Group {
            label: c.t(key),
            options: options.into_iter().map(|(value, label)| Choice { value, label, selected: false }).collect(),
        };
        let alive: Vec<&Pod> = cluster.pods.iter().filter(|pod| !pod.terminating).collect();
        let choice = |pod: &&Pod| {
            let node = cluster.nodes.get(pod.node.0 as usize).map_or("", |node| &*node.name);
            (format!("pod/{}", pod.name), format!("{} ({}, {node})", pod.name, pod.ip))
        };
        let pods = first_of(&alive, |pod| !own(&pod.name.namespace)).map(choice).collect();
        let nodes = cluster.nodes.iter().map(|node| (format!("node/{}", node.name), node.name.to_string()));
        let mut hosts: Vec<(String, String)> = Vec::new();
        let outside = outside::default_address(cluster).map(|ip| ("external".to_owned(), ip.to_string()));
        // An address of its own stays on offer once it was asked for.
        let own_address = asked.from.strip_prefix("external/").filter(|_| trace::parse_probe(model, asked).is_ok());
        for (value, ip) in outside.into_iter().chain(own_address.map(|ip| (asked.from.clone(), ip.to_owned()))) {
            hosts.push((value, c.ta("probe-outside", &[("address", ip.into())])));
        }
        let via = asked.via.as_deref().unwrap_or_default();
        let routed = |name: String| {
            let value = format!("node/{name}");
            Choice { selected: value == via, value, label: name }
        };
        let names = cluster.nodes.iter().map(|node| node.name.to_string());
        let none = Choice { selected: via.is_empty(), value: String::new(), label: c.t("probe-via-none") };
        let via = std::iter::once(none).chain(names.take(MOST).map(routed)).collect();
        let from = vec![
            group("probe-group-pods", pods),
            group("probe-group-nodes", nodes.take(MOST).collect()),
            group("probe-group-docker", ask::docker::sources(model)),
            group("probe-group-hosts", ask::hosts::sources(model)),
            group("probe-group-outside", hosts),
        ];

        let source_namespace = asked.from.split('/').nth(1).unwrap_or("default");
        // Services with somebody behind them first. Strings only of those that are shown: there may be very many.
        let ready = |at: usize| {
            let ports = cluster.endpoints.get(at).into_iter().flatten();
            ports.flat_map(|port| &port.endpoints).any(|endpoint| endpoint.ready)
        };
        let mut ports: Vec<(bool, &Service, &ServicePort)> = Vec::new();
        for (at, service) in cluster.services.iter().enumerate() {
            let ready = ready(at);
            ports.extend(service.ports.iter().map(|port| (ready, service, port)));
        }
        ports.sort_by_key(|(ready, ..)| !ready);
        let here = |service: &Service| &*service.name.namespace == source_namespace;
        let names = first_of(&ports, |(_, service, _)| {
            let name = &service.name;
            let known =
                if here(service) { &*name.name == "kubernetes" } else { name.namespace.contains("kube-system") };
            known || name.name.contains("kube-system")
        });
        let names: Vec<(String, String)> = names
            .map(|(_, service, port)| {
                let name = &service.name;
                let within = if here(service) { String::new() } else { format!(".{}", name.namespace) };
                let value = format!("{}{within}:{}", name.name, port.port);
                (value.clone(), value)
            })
            .collect();
        ports.retain(|(_, service, _)| service.kind != ServiceType::ExternalName && !service.headless);
        let ips = first_of(&ports, |(_, service, _)| {
            let name = &service.name;
            name.namespace.contains("kube-system")
                || name.name.contains("kube-system")
                || (&*name.namespace == "default" && &*name.name == "kubernetes")
        });
        let ips = ips
            .map(|(_, service, port)| {
                let ip = service.cluster_ips.first().map(ToString::to_string).unwrap_or_default();
                let (name, port) = (&service.name, port.port);
                (format!("svc/{name}:{port}"), format!("{name} {ip}:{port}"))
            })
            .collect();
        let mut endpoints: Vec<(String, String)> = Vec::new();
        let pods = cluster.pods.iter().filter(|pod| own(&pod.name.namespace));
        let ports = pods.flat_map(|pod| {
            let ports = pod.containers.iter().flat_map(|container| &container.ports);
            ports.map(move |port| (pod, port.port))
        });
        for (pod, port) in ports {
            let value = format!("pod/{}:{port}", pod.name);
            if !endpoints.iter().any(|(known, _)| *known == value) {
                endpoints.push((value, format!("{} {}:{port}", pod.name, pod.ip)));
            }
            if endpoints.len() == MOST {
                break;
            }
        }
        let to = vec![
            group("probe-group-names", names),
            group("probe-group-services", ips),
            group("probe-group-endpoints", endpoints),
            group("probe-group-docker", ask::docker::targets(model)),
            group("probe-group-hosts", ask::hosts::targets(model)),
        ];

        let mut form = Self {
            action: url::action(id, "/trace"),
            world: url::world(id).into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            from,
            via,
            to,
            to_text: String::new(),
            proto: asked.proto.clone(),
            request: RequestFields::of(c, asked),
            suggestions: Vec::new(),
        };
        form.from.retain(|group| !group.options.is_empty());
        form.to.retain(|group| !group.options.is_empty());
        // Of many only some are offered; the one that is asked for is among them all the same.
        if !select(&mut form.from, &asked.from) && trace::sources(model).any(|source| source == asked.from) {
            let own = Choice { value: asked.from.clone(), label: asked.from.clone(), selected: true };
            if let Some(first) = form.from.first_mut() {
                first.options.insert(0, own);
            }
        }
        if !select(&mut form.to, &asked.to) {
            form.to_text = asked.to.clone();
        }
        form.suggestions = suggestions(c, id, model);
        form
    }
}

/// The first of many to offer, in order, those that are put `last` behind all others.
fn first_of<T>(all: &[T], last: impl Fn(&T) -> bool) -> impl Iterator<Item = &T> {
    let mut picked: Vec<&T> = all.iter().filter(|one| !last(one)).take(MOST).collect();
    let left = MOST - picked.len();
    picked.extend(all.iter().filter(|one| last(one)).take(left));
    picked.into_iter()
}

/// Selects a value, or the first that is it with a port.
fn select(groups: &mut [Group], value: &str) -> bool {
    if value.is_empty() {
        return true;
    }
    let with_port = format!("{value}:");
    let mut all = groups.iter_mut().flat_map(|group| &mut group.options);
    let found = all.find(|choice| choice.value == value || choice.value.starts_with(&with_port));
    if let Some(choice) = found {
        choice.selected = true;
        return true;
    }
    false
}

/// Probes worth trying, each as a link.
fn suggestions(c: &Chrome, id: &str, model: &Model) -> Vec<Suggestion> {
    let suggestion = |probe: ProbeText| Suggestion {
        href: url::trace(id, "", &probe, None),
        from: match probe.from.as_str() {
            "external" => c.t("scene-external"),
            from => from.trim_start_matches("pod/").trim_start_matches("container/").to_owned(),
        },
        // Without its kind a container would look like its name, which is asked for otherwise.
        to: probe.to.trim_start_matches("pod/").to_owned(),
    };
    ask::suggested(model, MAX_SUGGESTIONS).into_iter().map(suggestion).collect()
}
