//! Containers and networks as `docker inspect` prints them, as a project that says the same: what comes of both is the same then.

use super::daemon::Told;
use super::project::{Project, Service};
use crate::assumption::codes as assumed;
use crate::cluster::context::Context;
use crate::cluster::model::DockerHost;
use crate::diagnostic::codes;
use crate::manifest::objects::{
    ComposeAttachment, ComposeNetwork, ComposePool, ComposePort, ComposeService, Document, InspectBinding,
    InspectContainer, InspectEndpoint, InspectNetwork, List, Named, Object, OneOrMore, Pair, Text,
};
use crate::origin::{Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Labels that Compose puts on containers.
const PROJECT: &str = "com.docker.compose.project";
const SERVICE: &str = "com.docker.compose.service";
const NUMBER: &str = "com.docker.compose.container-number";
/// The network that every engine has, and what it is told about it by.
const DEFAULT: &str = "bridge";
const OPTION: &str = "com.docker.network.";
/// Digits of an id as the engine shortens it.
const DIGITS: usize = 12;

/// What was recorded.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    /// Containers and networks.
    pub(super) project: Project,
    /// Services of Compose projects that have containers in it, by the project's name.
    services: BTreeSet<(Text, Text)>,
    /// Names of its networks.
    names: BTreeSet<Text>,
}

impl Recorded {
    /// Everything that is recorded, containers behind those whose namespace they have.
    pub(super) fn of(context: &mut Context<'_>) -> Self {
        let mut recorded = Self { project: Project { recorded: true, ..Project::default() }, ..Self::default() };
        let parsed = context.parsed;
        for object in &parsed.objects {
            if let Object::DockerNetwork(document) = object {
                recorded.network(document);
            }
        }
        let containers: Vec<&Document<InspectContainer>> = parsed.objects.iter().filter_map(container).collect();
        let names: BTreeMap<&str, Text> = containers
            .iter()
            .filter_map(|own| Some((&*own.value.id.as_ref()?.value, own.object.name.clone())))
            .collect();
        let (shared, own): (Vec<_>, Vec<_>) = containers.iter().copied().partition(|one| {
            let mode = one.value.host_config.network_mode.as_ref();
            mode.is_some_and(|mode| mode.value.starts_with("container:"))
        });
        for document in own.into_iter().chain(shared) {
            if !context.may(1, size_of::<ComposeService>()) {
                break;
            }
            let state = &document.value.state;
            let status = state.status.as_ref().map_or("exited", |status| &*status.value);
            if state.running.as_ref().is_some_and(|running| !running.value) {
                let found = codes::DOCKER_STOPPED.at(context.first_line(document.span)).about(document.object.clone());
                context.note(found.arg("container", &*document.object.name).arg("status", status));
                continue;
            }
            recorded.container(context, document, &names);
        }
        recorded.members(context);
        recorded
    }

    /// True where nothing is recorded.
    pub(super) fn is_empty(&self) -> bool {
        self.project.services.is_empty() && self.project.networks.is_empty()
    }

    /// Leaves out the services of a project whose containers are recorded.
    pub(super) fn leave_out(&self, context: &mut Context<'_>, project: &mut Project) {
        let name = Text::from(&*project.name);
        let services = &self.services;
        project.services.retain(|service| {
            let there = services.contains(&(name.clone(), service.name.clone()));
            if there {
                let found = codes::COMPOSE_RECORDED.at(context.first_line(service.span));
                context.note(found.arg("service", &*service.name));
            }
            !there
        });
    }

    /// What it says of the default bridge, where the daemon was told nothing of it.
    pub(super) fn tell(&self, host: &mut DockerHost, told: &mut Told) {
        let Some((_, default)) = self.project.networks.iter().find(|(name, _)| &**name == DEFAULT) else { return };
        let of = &default.value;
        if let (None, Some(pool)) = (told.bip, of.ipam.config.first()) {
            let text = |text: &Option<Spanned<Text>>| text.as_ref().map(|text| text.value.trim().to_owned());
            let subnet = text(&pool.value.subnet).and_then(|text| text.parse::<ipnet::Ipv4Net>().ok());
            let gateway = text(&pool.value.gateway).and_then(|text| text.parse::<Ipv4Addr>().ok());
            told.bip = subnet.and_then(|net| {
                let first = gateway.filter(|ip| net.contains(ip)).or_else(|| net.hosts().next())?;
                ipnet::Ipv4Net::new(first, net.prefix_len()).ok()
            });
        }
        let option = |name: &str| {
            let pair = of.driver_opts.0.iter().find(|pair| pair.value.name.strip_prefix(OPTION) == Some(name))?;
            pair.value.value.clone()
        };
        let told_of = |key: &str, host: &DockerHost| host.daemon.said.contains_key(key);
        if let Some(value) = option("bridge.enable_icc").filter(|_| !told_of("icc", host)) {
            host.daemon.icc = *value != *"false";
        }
        if let Some(value) = option("bridge.enable_ip_masquerade").filter(|_| !told_of("ip-masq", host)) {
            host.daemon.ip_masq = *value != *"false";
        }
        let ip = option("bridge.host_binding_ipv4").and_then(|text| text.parse().ok());
        if let Some(ip) = ip.filter(|_| !told_of("ip", host)) {
            host.daemon.ip = ip;
        }
        told.mtu = told.mtu.or_else(|| option("driver.mtu")?.parse().ok());
    }

    fn network(&mut self, document: &Document<InspectNetwork>) {
        let of = &document.value;
        let pool = |pool: &Spanned<crate::manifest::objects::InspectPool>| {
            let own = &pool.value;
            let four = own.subnet.as_ref().is_some_and(|text| !text.value.contains(':'));
            let value = ComposePool {
                subnet: own.subnet.clone(),
                ip_range: said(&own.ip_range),
                gateway: said(&own.gateway),
                aux_addresses: own.auxiliary_addresses.clone(),
            };
            four.then_some(Spanned { value, span: pool.span })
        };
        let mut network = ComposeNetwork {
            name: Some(Spanned { value: document.object.name.clone(), span: document.span }),
            driver: of.driver.clone(),
            driver_opts: of.options.clone(),
            internal: of.internal.clone(),
            enable_ipv4: of.enable_ipv4.clone(),
            enable_ipv6: of.enable_ipv6.clone(),
            ..ComposeNetwork::default()
        };
        network.ipam.config = of.ipam.config.iter().filter_map(pool).collect();
        // A bridge is called by its network's id.
        let named = network.driver_opts.0.iter().any(|pair| *pair.value.name == *BRIDGE_NAME);
        if let (false, Some(id)) = (named, of.id.as_ref().filter(|id| is_id(&id.value))) {
            let value = Some(Text::from(format!("br-{}", &id.value[..DIGITS])));
            network.driver_opts.0.push(Spanned { value: Pair { name: Text::from(BRIDGE_NAME), value }, span: id.span });
        }
        self.names.insert(document.object.name.clone());
        self.project.networks.push((document.object.name.clone(), Spanned { value: network, span: document.span }));
    }

    fn container(
        &mut self,
        context: &mut Context<'_>,
        document: &Document<InspectContainer>,
        names: &BTreeMap<&str, Text>,
    ) {
        let (of, name, span) = (&*document.value, &document.object.name, document.span);
        let label = |key: &str| {
            let pair = of.config.labels.0.iter().find(|pair| *pair.value.name == *key)?;
            pair.value.value.clone().filter(|value| !value.is_empty())
        };
        let (project, service) = (label(PROJECT), label(SERVICE));
        if let (Some(project), Some(service)) = (project, &service) {
            self.services.insert((project, service.clone()));
        }
        let number = label(NUMBER).and_then(|text| text.parse().ok()).filter(|_| service.is_some()).unwrap_or(1);
        let mut made = ComposeService {
            image: said(&of.config.image),
            container_name: Some(Spanned { value: name.clone(), span }),
            hostname: said(&of.config.hostname),
            entrypoint: of.config.entrypoint.clone().filter(|words| !words.value.0.is_empty()),
            command: of.config.cmd.clone().filter(|words| !words.value.0.is_empty()),
            environment: of.config.env.clone(),
            extra_hosts: of.host_config.extra_hosts.clone(),
            dns: of.host_config.dns.clone(),
            dns_search: of.host_config.dns_search.clone(),
            ..ComposeService::default()
        };
        let exposed = |(port, of): &(Text, Spanned<_>)| Spanned { value: port.clone(), span: of.span };
        made.expose = OneOrMore(of.config.exposed_ports.0.iter().map(exposed).collect());
        made.volumes = of.mounts.iter().map(mount).collect();
        let link = |text: &Spanned<Text>| {
            let (other, own) = text.value.split_once(':')?;
            let alias = own.rsplit('/').next()?;
            Some(Spanned { value: Text::from(format!("{}:{alias}", other.trim_start_matches('/'))), span: text.span })
        };
        made.links = OneOrMore(of.host_config.links.0.iter().filter_map(link).collect());
        let mode = of.host_config.network_mode.as_ref();
        let endpoints = &of.network_settings.networks;
        match mode.map(|mode| (mode, &*mode.value)) {
            Some((mode, "host" | "none")) => made.network_mode = Some(mode.clone()),
            Some((mode, text)) if text.starts_with("container:") => {
                let other = text.trim_start_matches("container:");
                let other = names.get(other).map_or(other, |name| &**name);
                made.network_mode = Some(Spanned { value: Text::from(format!("container:{other}")), span: mode.span });
            }
            _ if endpoints.0.is_empty() => made.network_mode = Some(Spanned { value: Text::from("none"), span }),
            _ => {
                for (network, on) in &endpoints.0 {
                    self.implied(context, document, network, on);
                    made.networks.0.push((network.clone(), Spanned { value: attachment(on), span: on.span }));
                }
            }
        }
        // What is published now; a port that was asked for and is not, was refused.
        let settings = &of.network_settings.ports;
        let (from, bindings) = match settings.0.iter().any(|(_, all)| !all.value.is_empty()) {
            true => ("NetworkSettings.Ports", settings),
            false => ("HostConfig.PortBindings", &of.host_config.port_bindings),
        };
        let service = Service {
            name: service.unwrap_or_else(|| name.clone()),
            of: made,
            span,
            ports: ports(from, bindings),
            number: Some(number),
        };
        self.project.services.push(service);
    }

    /// The network of a container that is not recorded itself.
    fn implied(
        &mut self,
        context: &mut Context<'_>,
        document: &Document<InspectContainer>,
        name: &Text,
        on: &Spanned<InspectEndpoint>,
    ) {
        if !self.names.insert(name.clone()) {
            return;
        }
        let made = assumed::DOCKER_NETWORK_SEEN.made().arg("network", &**name);
        let at = context.at(on.span);
        context.assume(made.because_at(document.object.clone(), &format!("NetworkSettings.Networks.{name}"), at));
        let of = &on.value;
        let mut network = ComposeNetwork {
            name: Some(Spanned { value: name.clone(), span: on.span }),
            // A network that leads nowhere has no gateway for its containers.
            internal: of
                .gateway
                .as_ref()
                .filter(|ip| ip.value.is_empty() && &**name != DEFAULT)
                .map(|ip| Spanned { value: Text::from("true"), span: ip.span }),
            ..ComposeNetwork::default()
        };
        if let (Some(ip), Some(length)) = (said(&of.ip_address), &of.ip_prefix_len) {
            let subnet = Spanned { value: Text::from(format!("{}/{}", ip.value, length.value)), span: ip.span };
            let pool = ComposePool { subnet: Some(subnet), gateway: said(&of.gateway), ..ComposePool::default() };
            network.ipam.config = vec![Spanned { value: pool, span: on.span }];
        }
        self.project.networks.push((name.clone(), Spanned { value: network, span: on.span }));
    }

    /// Containers that only their networks tell of.
    fn members(&mut self, context: &mut Context<'_>) {
        let known: BTreeSet<Text> =
            context.parsed.objects.iter().filter_map(container).map(|of| of.object.name.clone()).collect();
        let mut all: BTreeMap<Text, ComposeService> = BTreeMap::new();
        let mut order: Vec<(Text, Span)> = Vec::new();
        for object in &context.parsed.objects {
            let Object::DockerNetwork(document) = object else { continue };
            for (_, member) in &document.value.containers.0 {
                let Some(name) = said(&member.value.name).filter(|name| !known.contains(&name.value)) else { continue };
                let ip = member.value.ipv4_address.as_ref().map(|text| Spanned {
                    value: Text::from(text.value.split('/').next().unwrap_or_default()),
                    span: text.span,
                });
                let on = ComposeAttachment {
                    ipv4_address: ip.filter(|ip| !ip.value.is_empty()),
                    mac_address: said(&member.value.mac_address),
                    ..ComposeAttachment::default()
                };
                let service = all.entry(name.value.clone()).or_insert_with(|| {
                    order.push((name.value.clone(), member.span));
                    ComposeService { container_name: Some(name), ..ComposeService::default() }
                });
                service.networks.0.push((document.object.name.clone(), Spanned { value: on, span: member.span }));
            }
        }
        for (name, span) in order {
            if let Some(of) = all.remove(&name).filter(|_| context.may(1, size_of::<ComposeService>())) {
                self.project.services.push(Service { name, of, span, ports: Vec::new(), number: Some(1) });
            }
        }
    }
}

/// The option that names a bridge.
const BRIDGE_NAME: &str = "com.docker.network.bridge.name";

fn container(object: &Object) -> Option<&Document<InspectContainer>> {
    match object {
        Object::DockerContainer(document) => Some(document),
        _ => None,
    }
}

/// A text that is not blank.
fn said(text: &Option<Spanned<Text>>) -> Option<Spanned<Text>> {
    text.clone().filter(|text| !text.value.is_empty())
}

fn is_id(text: &str) -> bool {
    text.len() >= DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn mount(of: &Spanned<crate::manifest::objects::InspectMount>) -> Spanned<crate::manifest::objects::ComposeMount> {
    let target = of.value.destination.clone();
    Spanned { value: crate::manifest::objects::ComposeMount { target, short: None }, span: of.span }
}

fn attachment(on: &Spanned<InspectEndpoint>) -> ComposeAttachment {
    let of = &on.value;
    ComposeAttachment {
        aliases: OneOrMore(of.aliases.0.iter().chain(&of.dns_names.0).cloned().collect()),
        ipv4_address: said(&of.ip_address),
        mac_address: said(&of.mac_address),
        gw_priority: of.gw_priority.clone(),
        ..ComposeAttachment::default()
    }
}

/// Published ports with their fields; those of IPv6 stand beside them.
fn ports(from: &str, all: &Named<List<InspectBinding>>) -> Vec<(Arc<str>, Spanned<ComposePort>)> {
    let mut made = Vec::new();
    for (port, bindings) in &all.0 {
        let (target, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
        for (at, binding) in bindings.value.iter().enumerate() {
            let of = &binding.value;
            if of.host_ip.as_ref().is_some_and(|ip| ip.value.contains(':')) {
                continue;
            }
            let text = |text: &str| Some(Spanned { value: Text::from(text), span: binding.span });
            let value = ComposePort {
                short: None,
                target: text(target),
                published: said(&of.host_port),
                host_ip: said(&of.host_ip),
                protocol: text(protocol),
            };
            made.push((Arc::from(format!("{from}.{port}[{at}]")), Spanned { value, span: binding.span }));
        }
    }
    made
}
