//! Containers in the order in which they start: names, namespaces, addresses, ports.

use super::daemon;
use super::listening;
use super::network::{Keys, Leads, Networks, hash};
use super::port::{self, Taken, Wanted};
use super::project::{Files, Project, Service};
use crate::assumption::{About, codes as assumed};
use crate::cluster::context::Context;
use crate::cluster::model::DockerHost;
use crate::cluster::model::docker::{Attachment, Container, Desktop, Engine, Mode, Published, field_path};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::{self, CodeInfo};
use crate::manifest::objects::{ComposeAttachment, Text};
use crate::origin::{ObjectRef, Origin, Span, Spanned};
use kernel::packet::Mac;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Bytes of a container that is decided.
const CONTAINER: usize = 2_000;
/// Bytes of a published port, with what agents make of it.
const PUBLISHED: usize = 2_000;
/// Names of a container on a network that are kept.
const ALIASES: usize = 256;
/// Containers of a service that a link leads to at most.
const LINKED: usize = 64;
/// `extra_hosts`: the word for the machine that runs the engine.
const HOST_GATEWAY: &str = "host-gateway";

/// What containers of one host are made with.
pub(super) struct Making<'a> {
    pub(super) host: &'a mut DockerHost,
    pub(super) networks: &'a mut Networks,
    pub(super) files: &'a Files,
    /// Host ports that are taken.
    pub(super) taken: Taken,
    /// Containers by their name in the engine.
    pub(super) names: BTreeMap<Arc<str>, u32>,
    /// Who has an address, by network.
    pub(super) owners: BTreeMap<(u32, Ipv4Addr), Arc<str>>,
    /// It was said that there are too many.
    full: bool,
}

/// How a service is attached.
enum Wish<'s> {
    Own(Vec<(u32, Option<&'s ComposeAttachment>)>),
    None,
    Host,
    Service(&'s str),
    /// By the container's name, which may be the name of a service instead.
    Container(&'s str, bool),
}

impl<'a> Making<'a> {
    pub(super) fn new(host: &'a mut DockerHost, networks: &'a mut Networks, files: &'a Files) -> Self {
        let taken = Taken::of(&host.sockets, &host.name);
        let (names, owners) = Default::default();
        Self { host, networks, files, taken, names, owners, full: false }
    }

    /// Starts the containers of a project.
    pub(super) fn project(&mut self, context: &mut Context<'_>, project: &Project, keys: &Keys, order: &[usize]) {
        // Containers of each service that run.
        let mut running: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for service in order.iter().filter_map(|at| project.services.get(*at)) {
            if self.full {
                return;
            }
            let object = self.files.object(service.span);
            // A node that is recorded as a container, too.
            let name = service.of.container_name.as_ref().filter(|_| service.number.is_some());
            let made = name.and_then(|name| self.host.containers.get(*self.names.get(&name.value)? as usize));
            if made.is_some_and(|own| own.node.is_some()) {
                continue;
            }
            let Some(wish) = self.wish(context, (project, service), keys, &object) else { continue };
            let mut started = Vec::new();
            let scale = self.scale(context, service, &object);
            let image = service.of.image.as_ref().map(|image| image.value.clone());
            let image = image.unwrap_or_else(|| match service.number {
                Some(_) => Arc::default(),
                None => Arc::from(format!("{}-{}", project.name, service.name)),
            });
            let wanted: Vec<Wanted> = {
                let read = |(field, one): &(Arc<str>, _)| port::read(context, field, one, &object);
                service.ports.iter().filter_map(read).collect()
            };
            let exposed = listening::exposed(service);
            let listening = listening::of(context, service, &image, &wanted, &object);
            self.no_names(context, service, &wish, &object);
            let steps = 1 + wanted.len() + listening.sockets.len() + service.of.extra_hosts.0.len();
            let bytes = CONTAINER + listening.sockets.len() * listening::SOCKET + steps * 64;
            for number in service.number.map_or(1..=scale, |number| number..=number) {
                if self.host.containers.len() >= context.max_pods || !context.may(steps, bytes) {
                    let found = codes::DOCKER_TOO_MANY.at(context.first_line(service.span));
                    context.note(found.arg("limit", context.max_pods.to_string()).about(object.clone()));
                    self.full = true;
                    break;
                }
                let name = match &service.of.container_name {
                    Some(name) => name.value.clone(),
                    None => Arc::from(format!("{}-{}-{number}", project.name, service.name)),
                };
                let mut container = Container {
                    service: service.name.clone(),
                    number,
                    name,
                    image: image.clone(),
                    mode: Mode::None,
                    ports: Vec::new(),
                    dns: Vec::new(),
                    search: service.of.dns_search.0.iter().map(|text| text.value.clone()).collect(),
                    extra_hosts: Vec::new(),
                    hostname: hostname(&project.name, service, number),
                    exposed: exposed.clone(),
                    links: Vec::new(),
                    link_names: Vec::new(),
                    listening: listening.clone(),
                    node: None,
                    origin: Origin { object: object.clone(), location: context.at(service.span), assumed: false },
                };
                if self.start(context, service, &mut container, (&wish, &wanted, &running)) {
                    let at = self.host.containers.len() as u32;
                    self.names.insert(container.name.clone(), at);
                    self.host.containers.push(container);
                    started.push(at);
                }
            }
            running.entry(&service.name).or_default().extend(started);
        }
    }

    /// Which networks a service is on, or whose namespace it has; `None` where it cannot be started.
    fn wish<'s>(
        &mut self,
        context: &mut Context<'_>,
        (project, service): (&Project, &'s Service),
        keys: &Keys,
        object: &ObjectRef,
    ) -> Option<Wish<'s>> {
        let of = &service.of;
        if let Some(mode) = &of.network_mode {
            if !of.networks.0.is_empty() {
                let found = say(codes::COMPOSE_MODE_AND_NETWORKS, mode.span, object, service);
                context.note(found.arg("mode", &*mode.value));
            }
            return match &*mode.value {
                "bridge" | "default" => Some(Wish::Own(vec![(0, None)])),
                "host" => Some(Wish::Host),
                "none" => Some(Wish::None),
                other => {
                    if let Some(name) = other.strip_prefix("service:") {
                        return Some(Wish::Service(name));
                    }
                    if let Some(name) = other.strip_prefix("container:") {
                        return Some(Wish::Container(name, project.services.iter().any(|other| *other.name == *name)));
                    }
                    match self.networks.named(other) {
                        Some(Leads::Bridge(at)) => Some(Wish::Own(vec![(at, None)])),
                        Some(_) => Some(Wish::None),
                        None => {
                            let found = say(codes::COMPOSE_UNKNOWN_NETWORK, mode.span, object, service);
                            context.note(found.arg("network", other));
                            None
                        }
                    }
                }
            };
        }
        let implied = of.networks.0.is_empty().then(|| (Text::from("default"), service.span, None));
        let own = of.networks.0.iter().map(|(name, on)| (name.clone(), on.span, Some(&on.value)));
        let mut all: Vec<(u32, Option<&ComposeAttachment>)> = Vec::new();
        for (name, span, on) in own.chain(implied) {
            match keys.get(&name) {
                // Two keys may be of one network.
                Some(Leads::Bridge(at)) if all.iter().any(|(own, _)| own == at) => {}
                Some(Leads::Bridge(at)) => all.push((*at, on)),
                Some(Leads::Host) => return Some(Wish::Host),
                Some(Leads::None) => return Some(Wish::None),
                Some(Leads::Left) => {}
                None => {
                    let found = say(codes::COMPOSE_UNKNOWN_NETWORK, context.first_line(span), object, service);
                    context.note(found.arg("network", &*name));
                    return None;
                }
            }
        }
        Some(if all.is_empty() { Wish::None } else { Wish::Own(all) })
    }

    /// How many containers a service has.
    fn scale(&self, context: &mut Context<'_>, service: &Service, object: &ObjectRef) -> u32 {
        let of = &service.of;
        let Some(text) = of.scale.as_ref().or(of.deploy.replicas.as_ref()) else { return 1 };
        let field = if of.scale.is_some() { "scale" } else { "deploy.replicas" };
        let Ok(scale) = text.value.trim().parse::<u32>() else {
            let found = context.finding(codes::OUT_OF_RANGE, text.span, object);
            let found = found.arg("path", field_path(object, "services", &service.name, field));
            context.note(found.arg("value", &*text.value));
            return 1;
        };
        match &of.container_name {
            Some(name) if scale > 1 => {
                let found = say(codes::COMPOSE_NAME_AND_SCALE, name.span, object, service);
                context.note(found.arg("name", &*name.value));
                1
            }
            _ => scale,
        }
    }

    /// That the default bridge resolves no names, where somebody may want one.
    fn no_names(&self, context: &mut Context<'_>, service: &Service, wish: &Wish<'_>, object: &ObjectRef) {
        let on_default = matches!(wish, Wish::Own(on) if on.iter().any(|(at, _)| *at == 0));
        let needs = service
            .of
            .depends_on
            .0
            .first()
            .filter(|(name, _)| !service.of.links.0.iter().any(|link| link.value.split(':').next() == Some(name)));
        if let (true, Some((other, of))) = (on_default, needs) {
            let at = context.first_line(of.span);
            context.note(say(codes::DOCKER_NO_NAMES, at, object, service).arg("other", &**other));
        }
    }

    /// Gives a container all that it has; false when it does not start.
    fn start(
        &mut self,
        context: &mut Context<'_>,
        service: &Service,
        container: &mut Container,
        (wish, wanted, running): (&Wish<'_>, &[Wanted], &BTreeMap<&str, Vec<u32>>),
    ) -> bool {
        let object = container.origin.object.clone();
        if let Some(other) = self.names.get(&container.name).and_then(|at| self.host.containers.get(*at as usize)) {
            let span = service.of.container_name.as_ref().map_or(service.span, |name| name.span);
            let found = say(codes::DOCKER_NAME_TAKEN, context.first_line(span), &object, service);
            context.note(found.arg("name", &*container.name).arg("other", other.probe_name()));
            return false;
        }
        container.mode = match wish {
            Wish::None => Mode::None,
            Wish::Host => Mode::Host,
            Wish::Service(name) => match running.get(name).and_then(|all| all.first()) {
                Some(at) => Mode::Container(*at),
                None => return self.alone(context, service, name, &object),
            },
            Wish::Container(name, meant) => match self.names.get(*name) {
                Some(at) => Mode::Container(*at),
                None if *meant => {
                    let span = service.of.network_mode.as_ref().map_or(service.span, |mode| mode.span);
                    let found = say(codes::DOCKER_NO_START, span, &object, service).arg("other", *name);
                    context.note(found.hint(codes::HINT_COMPOSE_SERVICE_MODE));
                    return false;
                }
                None => return self.alone(context, service, name, &object),
            },
            Wish::Own(on) => match self.attach(context, service, container, on) {
                Some(all) => Mode::Networks(all),
                None => return false,
            },
        };
        // A namespace that is shared is the one of whoever has it.
        while let Mode::Container(at) = container.mode
            && let Some(Mode::Container(further)) =
                self.host.containers.get(at as usize).map(|other| other.mode.clone())
        {
            container.mode = Mode::Container(further);
        }
        if !self.publish(context, service, container, wanted) {
            self.detach(container);
            return false;
        }
        self.names_and_hosts(context, service, container, running);
        true
    }

    fn alone(&self, context: &mut Context<'_>, service: &Service, other: &str, object: &ObjectRef) -> bool {
        let span = service.of.network_mode.as_ref().map_or(service.span, |mode| mode.span);
        context.note(say(codes::DOCKER_NO_START, span, object, service).arg("other", other));
        false
    }

    /// Gives back what a container had that does not start.
    fn detach(&mut self, container: &Container) {
        for on in container.attachments() {
            self.owners.remove(&(on.network, on.ip));
            if let Some(addresses) = self.networks.addresses.get_mut(on.network as usize) {
                addresses.give_back(on.ip);
            }
        }
    }

    /// Addresses on networks, in the order of the container's devices.
    fn attach(
        &mut self,
        context: &mut Context<'_>,
        service: &Service,
        container: &Container,
        on: &[(u32, Option<&ComposeAttachment>)],
    ) -> Option<Vec<Attachment>> {
        let object = &container.origin.object;
        let number = |text: &Option<Spanned<Text>>| {
            text.as_ref().and_then(|text| text.value.trim().parse::<i64>().ok()).unwrap_or_default()
        };
        let first = on.iter().max_by_key(|(_, of)| of.map_or(0, |of| number(&of.priority))).map(|(at, _)| *at);
        let mut all: Vec<(i64, Attachment)> = Vec::new();
        for (network, of) in on {
            let name = self.networks.all.get(*network as usize)?.name.clone();
            let said = of.and_then(|of| of.ipv4_address.as_ref());
            let path = field_path(object, "services", &service.name, &format!("networks.{name}.ipv4_address"));
            let ip = match said.map(|text| (text, daemon::address4(context, text, &path, object))) {
                Some((text, Some(ip))) => self.fixed(context, service, container, (*network, text, ip)),
                Some((_, None)) => None,
                None => self.next(context, service, (*network, &name), object),
            };
            let Some(ip) = ip else {
                let made = all.into_iter().map(|(_, on)| on).collect();
                self.detach(&Container { mode: Mode::Networks(made), ..container.clone() });
                return None;
            };
            self.owners.insert((*network, ip), Arc::from(container.probe_name()));
            let own = of.and_then(|of| of.mac_address.as_ref());
            let own = own.or(service.of.mac_address.as_ref().filter(|_| first == Some(*network)));
            let mac = own.and_then(|text| self::mac(context, text, service, object));
            let made = (self.host.engine == Engine::V20).then(|| {
                let [a, b, c, d] = ip.octets();
                Mac([0x02, 0x42, a, b, c, d])
            });
            let priority = if self.host.engine == Engine::V20 { 0 } else { of.map_or(0, |of| number(&of.gw_priority)) };
            let aliases = self.aliases(service, container, (*network, *of));
            let made = Attachment { network: *network, ip, mac: mac.or(made), aliases, default_route: false };
            all.push((priority, made));
        }
        // libnetwork's order of a sandbox's endpoints (`Endpoint.Less`): the default route is the first that has a gateway.
        let rank = |(priority, on): &(i64, Attachment)| {
            let network = self.networks.all.get(on.network as usize);
            let (internal, name) = network.map_or((false, Arc::default()), |of| (of.internal, of.name.clone()));
            (std::cmp::Reverse(*priority), internal, name)
        };
        all.sort_by_cached_key(rank);
        let leads_out =
            |on: &&mut Attachment| self.networks.all.get(on.network as usize).is_some_and(|of| !of.internal);
        let mut all: Vec<Attachment> = all.into_iter().map(|(_, on)| on).collect();
        if let Some(on) = all.iter_mut().find(leads_out) {
            on.default_route = true;
        }
        Some(all)
    }

    /// An address that is said.
    fn fixed(
        &mut self,
        context: &mut Context<'_>,
        service: &Service,
        container: &Container,
        (network, text, ip): (u32, &Spanned<Text>, Ipv4Addr),
    ) -> Option<Ipv4Addr> {
        let object = &container.origin.object;
        let addresses = self.networks.addresses.get_mut(network as usize)?;
        if !addresses.subnet.contains(&ip) {
            let path = field_path(object, "services", &service.name, "networks.ipv4_address");
            let found = context.finding(codes::DOCKER_ADDRESS_OUTSIDE, text.span, object).arg("path", path);
            context.note(found.arg("address", ip.to_string()).arg("subnet", addresses.subnet.to_string()));
            return None;
        }
        if addresses.take(ip) {
            return Some(ip);
        }
        let other = self.owners.get(&(network, ip)).cloned().unwrap_or_else(|| {
            let name = self.networks.all.get(network as usize).map(|of| of.name.clone());
            name.unwrap_or_default()
        });
        let found = say(codes::DOCKER_ADDRESS_TAKEN, text.span, object, service);
        context.note(found.arg("address", ip.to_string()).arg("other", &*other));
        None
    }

    /// The next address of a network.
    fn next(
        &mut self,
        context: &mut Context<'_>,
        service: &Service,
        (network, name): (u32, &Arc<str>),
        object: &ObjectRef,
    ) -> Option<Ipv4Addr> {
        let ip = self.networks.addresses.get_mut(network as usize)?.hand_out();
        if ip.is_none() {
            let found = say(codes::DOCKER_NO_ADDRESS, context.first_line(service.span), object, service);
            context.note(found.arg("network", &**name));
        }
        ip
    }

    /// Names on a network; the default bridge has no names.
    fn aliases(
        &self,
        service: &Service,
        container: &Container,
        (network, of): (u32, Option<&ComposeAttachment>),
    ) -> Vec<Arc<str>> {
        if network == 0 {
            return Vec::new();
        }
        let said = of.into_iter().flat_map(|of| of.aliases.0.iter().map(|text| text.value.clone()));
        let hostname = service.of.hostname.iter().filter(|_| self.host.engine != Engine::V20);
        let all = [container.name.clone(), service.name.clone()].into_iter().chain(said);
        let mut names: Vec<Arc<str>> = Vec::new();
        for name in all.chain(hostname.map(|text| text.value.clone())) {
            if names.len() < ALIASES && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Publishes its ports; false when it does not start for them.
    fn publish(
        &mut self,
        context: &mut Context<'_>,
        service: &Service,
        container: &mut Container,
        wanted: &[Wanted],
    ) -> bool {
        let Some(first) = wanted.first() else { return true };
        let object = container.origin.object.clone();
        let how = match &container.mode {
            Mode::Host => Some("host"),
            Mode::None => Some("none"),
            Mode::Container(_) => Some("container"),
            Mode::Networks(all) => (!all.iter().any(|on| on.default_route)).then_some("internal"),
        };
        if let Some(how) = how {
            if container.number == 1 {
                let found = say(codes::DOCKER_PORT_UNPUBLISHED, first.span, &object, service);
                context.note(found.arg("path", &*first.field).arg("how", how));
            }
            // The engine refuses a port in a namespace that is another's.
            return how != "container";
        }
        let count: usize = wanted.iter().map(Wanted::count).sum();
        let fits = self.taken.count.saturating_add(count) <= port::MOST;
        if !fits || !context.foresee(crate::budget::Driver::Ports, count, PUBLISHED) {
            let found = say(codes::DOCKER_TOO_MANY_PORTS, first.span, &object, service);
            context.note(found.arg("limit", port::MOST.to_string()));
            return true;
        }
        let out = container.attachments().iter().find(|on| on.default_route);
        let binding = out.and_then(|on| self.networks.all.get(on.network as usize)?.host_binding);
        let default = binding.unwrap_or(self.host.daemon.ip);
        let who: Arc<str> = Arc::from(container.probe_name());
        match self.taken.publish(wanted, default, &who) {
            Ok((all, picked)) => {
                if let Some(one) = picked.first() {
                    self.picked(context, container, one);
                }
                container.ports = all;
                true
            }
            Err(clash) => {
                let found = say(codes::DOCKER_PORT_TAKEN, clash.at, &object, service);
                let found = found.arg("path", &*clash.field).arg("port", clash.port.to_string());
                context.note(found.arg("container", &*who).arg("other", &*clash.owner));
                false
            }
        }
    }

    /// That a port of the host was picked.
    pub(super) fn picked(&self, context: &mut Context<'_>, container: &Container, one: &Published) {
        let made = assumed::DOCKER_PORT_PICKED.made().arg("container", container.probe_name());
        let made = made.arg("port", one.host_port.to_string()).arg("target", one.container_port.to_string());
        let made = made.about(About::Address(self.host.ip));
        context.assume(made.because_at(container.origin.object.clone(), &one.field, one.location.clone()));
    }

    /// Name servers, lines of `/etc/hosts`, links.
    fn names_and_hosts(
        &mut self,
        context: &mut Context<'_>,
        service: &Service,
        container: &mut Container,
        running: &BTreeMap<&str, Vec<u32>>,
    ) {
        let of = &service.of;
        let object = container.origin.object.clone();
        for (at, text) in of.dns.0.iter().enumerate() {
            let path = field_path(&object, "services", &service.name, &format!("dns[{at}]"));
            container.dns.extend(daemon::address(context, text, &path, &object));
        }
        if container.dns.is_empty() {
            container.dns.clone_from(&self.host.daemon.dns);
        }
        let gateway = match self.host.desktop {
            Some(_) => Some(IpAddr::V4(Desktop::HOST)),
            None => self.networks.all.first().map(|network| IpAddr::V4(network.gateway)),
        };
        for pair in &of.extra_hosts.0 {
            let Some(value) = &pair.value.value else { continue };
            let ip = if **value == *HOST_GATEWAY {
                gateway
            } else {
                let text = Text::from(value.trim_matches(['[', ']']));
                let path = field_path(&object, "services", &service.name, "extra_hosts");
                daemon::address(context, &Spanned { value: text, span: pair.span }, &path, &object)
            };
            container.extra_hosts.extend(ip.map(|ip| (pair.value.name.clone(), ip)));
        }
        let default = container.attachments().iter().any(|on| on.network == 0);
        for link in &of.links.0 {
            let (name, alias) = link.value.split_once(':').unwrap_or((&link.value, &link.value));
            for at in running.get(name).into_iter().flatten().take(LINKED) {
                let Some(other) = self.host.containers.get(*at as usize) else { continue };
                if default && !container.links.contains(at) {
                    container.links.push(*at);
                }
                let mut names = vec![Text::from(alias), other.name.clone()];
                names.dedup();
                self::link(container, default, (other, *at), names);
            }
        }
        for link in &of.external_links.0 {
            let (name, alias) = link.value.split_once(':').unwrap_or((&link.value, &link.value));
            let found = self.names.get(name).and_then(|at| Some((self.host.containers.get(*at as usize)?, *at)));
            let Some(other) = found else {
                let found = say(codes::COMPOSE_EXTERNAL_LINK, link.span, &object, service);
                context.note(found.arg("container", name));
                continue;
            };
            if default && !container.links.contains(&other.1) {
                container.links.push(other.1);
            }
            self::link(container, default, other, vec![Text::from(alias)]);
        }
        for (name, on) in &of.networks.0 {
            if let Some(text) = &on.value.interface_name {
                let path = format!("services.{}.networks.{name}.interface_name", service.name);
                context.note(codes::COMPOSE_NOT_FOLLOWED.at(text.span).arg("path", path).about(object.clone()));
            }
        }
    }
}

/// Names that a container has for another one: on the default bridge lines of its `/etc/hosts`, elsewhere its resolver's. What a name leads to first
/// stays.
fn link(container: &mut Container, default: bool, (other, at): (&Container, u32), names: Vec<Text>) {
    let address = other.attachments().iter().find(|on| on.network == 0).filter(|_| default);
    for name in names {
        container.extra_hosts.extend(address.map(|on| (name.clone(), IpAddr::V4(on.ip))));
        if !default && !container.link_names.iter().any(|(own, _)| *own == name) {
            container.link_names.push((name, at));
        }
    }
}

/// A host name: the one that is said, else digits of an id, which is made of the container's name here.
fn hostname(project: &str, service: &Service, number: u32) -> Arc<str> {
    match &service.of.hostname {
        Some(name) => name.value.clone(),
        None => Arc::from(hash(&format!("{project} {} {number}", service.name))),
    }
}

/// A finding about a service.
fn say(code: CodeInfo, at: Span, object: &ObjectRef, service: &Service) -> Diagnostic {
    code.at(at).about(object.clone()).arg("service", &*service.name)
}

/// An Ethernet address; a bad one is reported.
fn mac(context: &mut Context<'_>, text: &Spanned<Text>, service: &Service, object: &ObjectRef) -> Option<Mac> {
    let mut octets = [0; 6];
    let mut parts = text.value.split([':', '-']);
    let read = octets.iter_mut().all(|octet| {
        let part = parts.next().filter(|part| part.len() <= 2).and_then(|part| u8::from_str_radix(part, 16).ok());
        part.map(|part| *octet = part).is_some()
    });
    if read && parts.next().is_none() {
        return Some(Mac(octets));
    }
    let found = context.finding(codes::DOCKER_OPTION, text.span, object);
    let found = found.arg("path", field_path(object, "services", &service.name, "mac_address"));
    context.note(found.arg("value", &*text.value));
    None
}
