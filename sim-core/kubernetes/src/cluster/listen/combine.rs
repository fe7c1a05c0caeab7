//! One container's evidence, weighed.

use super::address;
use super::command::{self, Found, Mention, Said};
use super::environment;
use super::image::{self, Image, Known};
use super::words::{self, POD_IP, UNKNOWN, Variables, Word, base};
use crate::cluster::context::Context;
use crate::cluster::listener::{Bind, Complete, Evidence, EvidenceKind, Listening, Unheard};
use crate::cluster::model::{Container, ContainerPort, Pod};
use crate::cluster::state::is_sidecar;
use crate::manifest::objects::{self, IntOrString, PodSpec};
use crate::origin::Span;
use kernel::packet::{Port, Protocol};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Fills in what the Pod's own spec tells. `pod.containers` are those of the spec, then its sidecars.
pub(in crate::cluster) fn of_spec(context: &Context<'_>, pod: &mut Pod, spec: &PodSpec) {
    let sidecar = |at: usize| spec.init_containers.get(at).is_some_and(|container| is_sidecar(container));
    let own = spec.containers.iter().enumerate().map(|(at, container)| (format!("spec.containers[{at}]"), container));
    let sidecars = spec.init_containers.iter().enumerate().filter(|(at, _)| sidecar(*at));
    let sidecars = sidecars.map(|(at, container)| (format!("spec.initContainers[{at}]"), container));
    let mut declared: Declared<'_> = BTreeMap::new();
    for container in &pod.containers {
        for port in &container.ports {
            let by = declared.entry((port.port, port.protocol)).or_insert((&container.name, false));
            by.1 |= *by.0 != *container.name;
        }
    }
    let mut listening = Listening::default();
    let mut idle = 0;
    for ((path, container), decided) in own.chain(sidecars).zip(&pod.containers) {
        let found = Weigh::new(context, (&pod.name.namespace, &declared), &path, &container.value, decided)
            .weigh(&mut listening);
        idle += usize::from(found == Told::Idle);
        if found == Told::Nothing {
            listening.silent.push(decided.name.clone());
        }
        if found == Told::ByImage && listening.complete == Complete::ByDeclaration {
            listening.complete = Complete::ByImage;
        }
    }
    if !listening.silent.is_empty() {
        listening.complete = Complete::ByDeclaration;
    }
    if idle > 0 && idle == pod.containers.len() {
        listening.complete = Complete::Known;
    }
    pod.listening = listening;
}

/// What a container by itself tells; `path` is the field that it is.
pub(in crate::cluster) fn of_container(
    context: &Context<'_>,
    path: &str,
    container: &objects::Container,
    decided: &Container,
) -> Listening {
    let declared = decided.ports.iter().map(|port| ((port.port, port.protocol), (&*decided.name, false))).collect();
    let mut listening = Listening::default();
    match Weigh::new(context, ("", &declared), path, container, decided).weigh(&mut listening) {
        Told::Nothing => listening.silent.push(decided.name.clone()),
        Told::ByImage => listening.complete = Complete::ByImage,
        Told::Idle => listening.complete = Complete::Known,
        Told::Something => {}
    }
    listening
}

/// Programs whose configuration file says nothing of the ports they serve on.
const FIXED: &[&str] = &["prometheus", "alertmanager", "blackbox_exporter"];

/// What became of a container.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Something of it is said.
    Something,
    /// Its image alone tells.
    ByImage,
    /// Its command never listens.
    Idle,
    /// Nothing.
    Nothing,
}

/// The first container that declares a port, and whether another one does.
type Declared<'a> = BTreeMap<(Port, Protocol), (&'a str, bool)>;

struct Weigh<'a, 'p> {
    context: &'a Context<'p>,
    path: &'a str,
    container: &'a objects::Container,
    decided: &'a Container,
    names: Vec<&'a str>,
    /// Where each of the variables stands: its field and its place.
    places: Vec<(Arc<str>, Span)>,
    variables: Variables,
    /// Ports that the containers of the Pod declare.
    declared: &'a Declared<'a>,
}

impl<'a, 'p: 'a> Weigh<'a, 'p> {
    fn new(
        context: &'a Context<'p>,
        (namespace, declared): (&str, &'a Declared<'a>),
        path: &'a str,
        container: &'a objects::Container,
        decided: &'a Container,
    ) -> Self {
        let mut weigh = Self {
            context,
            path,
            container,
            decided,
            names: Vec::new(),
            places: Vec::new(),
            variables: Variables::new(),
            declared,
        };
        weigh.read_variables(namespace);
        weigh
    }

    /// The variables of `envFrom` and `env`, as kubelet fills them in: later ones count, `$(NAME)` names an earlier one.
    fn read_variables(&mut self, namespace: &str) {
        for (at, from) in self.container.env_from.iter().enumerate() {
            let from = &from.value;
            let Some(map) = from.config_map_ref.as_ref().and_then(|map| self.config_map(namespace, &map.name)) else {
                continue;
            };
            for (key, value) in &map.data {
                let name = format!("{}{key}", from.prefix.as_deref().unwrap_or_default());
                let place = (Arc::from(format!("{}.envFrom[{at}]", self.path)), value.span);
                if let Some((name, _)) = map.data.get_key_value(key).filter(|_| from.prefix.is_none()) {
                    self.names.push(name);
                    self.places.push(place);
                }
                self.variables.insert(name, value.value.to_string());
            }
        }
        for (at, variable) in self.container.env.iter().enumerate() {
            let of = &variable.value;
            let mut place = variable.span;
            let value = match (&of.value, &of.value_from) {
                (Some(value), _) => words::expand(&value.value, &self.variables),
                (None, Some(from)) => {
                    let own = from.field_ref.as_ref().is_some_and(|field| &*field.field_path == "status.podIP");
                    let key = from.config_map_key_ref.as_ref();
                    let found = key.and_then(|key| self.config_map(namespace, &key.name)?.data.get(&key.key));
                    match found {
                        Some(value) => {
                            place = value.span;
                            value.value.to_string()
                        }
                        None if own => POD_IP.to_owned(),
                        None => UNKNOWN.to_owned(),
                    }
                }
                (None, None) => String::new(),
            };
            self.variables.insert(of.name.to_string(), value);
            self.names.push(&of.name);
            self.places.push((Arc::from(format!("{}.env[{at}]", self.path)), place));
        }
    }

    fn config_map(&self, namespace: &str, name: &str) -> Option<&'a objects::ConfigMap> {
        self.context.config_map(namespace, name)
    }

    /// The command line with its variables filled in.
    fn line(&self) -> Vec<Word> {
        let all = self.container.command.iter().chain(&self.container.args).enumerate();
        all.map(|(entry, text)| Word { text: words::expand(&text.value, &self.variables), entry }).collect()
    }

    fn said(&self, at: &Mention) -> Evidence {
        if at.variable {
            return self.variable_evidence(at);
        }
        let commands = self.container.command.len();
        let (list, index) = if at.entry < commands { ("command", at.entry) } else { ("args", at.entry - commands) };
        let word = self.container.command.iter().chain(&self.container.args).nth(at.entry);
        self.evidence(EvidenceKind::Command, &at.text, &format!("{list}[{index}]"), word.map(|word| word.span))
    }

    fn variable_evidence(&self, at: &Mention) -> Evidence {
        let (field, span) =
            self.places.get(at.entry).cloned().unwrap_or_else(|| (Arc::from(self.path), Span::default()));
        let location = self.context.at(span);
        let text = Arc::from(&*at.text.replace(POD_IP, "$(podIP)").replace(UNKNOWN, "…"));
        Evidence { kind: EvidenceKind::Environment, text, field, object: None, location, span }
    }

    fn evidence(&self, kind: EvidenceKind, text: &str, field: &str, span: Option<Span>) -> Evidence {
        let span = span.unwrap_or_default();
        let location = self.context.at(span);
        let field = Arc::from(format!("{}.{field}", self.path));
        Evidence { kind, text: Arc::from(text), field, object: None, location, span }
    }

    fn image_evidence(&self) -> Evidence {
        let span = self.container.image.as_ref().map(|image| image.span);
        self.evidence(EvidenceKind::Image, &self.decided.image, "image", span)
    }

    fn declared_evidence(&self, index: usize, port: &ContainerPort) -> Evidence {
        let text = Arc::from(port.port.to_string());
        let field = Arc::from(format!("{}.ports[{index}]", self.path));
        let (location, span) = (port.location.clone(), port.span);
        Evidence { kind: EvidenceKind::Declared, text, field, object: None, location, span }
    }

    /// True where a part of the image's configuration is mounted: then it says what it says there.
    fn is_configured(&self, image: &Image) -> bool {
        let mounts = self.container.volume_mounts.iter().filter_map(|mount| mount.value.mount_path.as_deref());
        let within = |path: &str| {
            let path = path.trim_end_matches('/');
            image.settings.iter().any(|folder| path.starts_with(folder) || folder.starts_with(path) && path.len() > 4)
        };
        mounts.into_iter().any(within)
    }

    /// True where the command line names a configuration that may say otherwise.
    fn names_settings(&self, image: &Image, line: &[Word]) -> bool {
        !FIXED.contains(&image.program) && command::settings(line)
    }

    /// True where the container declares other ports than the image's, a neighbour in the Pod declares one of those, and the container may have
    /// been told so where nobody looks: both would want the same port, and one of them would never run. An image that nothing is told does so.
    fn gives_way(&self, image: &Image) -> bool {
        if !self.is_told() {
            return false;
        }
        let own = |port: &ContainerPort| image.ports.contains(&(port.port.0, port.protocol));
        let taken = |(port, protocol): &(u16, Protocol)| {
            let by = self.declared.get(&(Port(*port), *protocol));
            by.is_some_and(|(first, several)| *several || **first != *self.decided.name)
        };
        !self.decided.ports.is_empty() && !self.decided.ports.iter().any(own) && image.ports.iter().any(taken)
    }

    /// True where something besides the image may say where it listens: a command line, mounted files, a ConfigMap's or Secret's variables, a
    /// variable with one of the declared ports in it.
    fn is_told(&self) -> bool {
        let own = self.container;
        let declared = |value: &String| {
            let mut numbers = value.split(|c: char| !c.is_ascii_digit());
            numbers.any(|number| self.decided.ports.iter().any(|port| port.port.to_string() == number))
        };
        !own.command.is_empty()
            || !own.args.is_empty()
            || !own.volume_mounts.is_empty()
            || !own.env_from.is_empty()
            || self.variables.values().any(declared)
    }

    fn weigh(&self, to: &mut Listening) -> Told {
        let name = &self.decided.name;
        let known = image::find(&self.decided.image);
        let line = self.line();
        let program = known.map_or("", |(image, _)| image.program);
        let has_command = !self.container.command.is_empty();
        let commands = words::commands(&line, &self.variables);
        let mut said = command::said(&commands, if has_command { "" } else { program });
        self.variables_of_program(&mut said);
        // A command of its own is another program than the image's, unless it names that.
        let named = |words: &Vec<Word>| words.iter().take(4).any(|word| base(&word.text) == program);
        let own = !has_command || (!program.is_empty() && commands.iter().any(named));
        let image = known.filter(|_| own);
        if let Some(idle) = &said.idle {
            let against = self.said(idle);
            for port in &self.decided.ports {
                self.unheard(to, port, against.clone());
            }
            return Told::Idle;
        }
        // Of its own program the image knows more.
        if let (Some((image, Known::Well)), Some(program)) = (image, said.program)
            && program.names.contains(&image.program)
        {
            said.ports.retain(|found| !found.by_itself || found.bind.is_some_and(|bind| bind != Bind::Any));
        }
        let (explicit, by_itself): (Vec<Found>, Vec<Found>) =
            std::mem::take(&mut said.ports).into_iter().partition(|found| !found.by_itself);
        let mut host = said.host.clone().map(|(bind, mention)| (bind, self.said(&mention)));
        let mut main: Vec<(Protocol, Port, Evidence)> = Vec::new();
        let mut told = Told::Nothing;
        for found in &explicit {
            let because = self.said(&found.mention);
            self.open(to, found, because.clone());
            told = Told::Something;
            if found.main {
                main.push((found.protocol, Port(found.port), because));
            }
        }
        // Variables, where the command names no port and the image is not one that reads variables of its own.
        let settled = matches!(image, Some((image, Known::Well)) if !image.ports.is_empty());
        if main.is_empty() && by_itself.is_empty() {
            let found = match image {
                Some((image, Known::Well)) if settled => {
                    let names: Vec<&str> = image.variables.iter().map(|(name, _)| *name).collect();
                    self.moved(to, image, &names);
                    None
                }
                _ => Some(environment::said(&self.names, &self.variables, |_| true)),
            };
            if let Some(found) = found {
                host = host.or(found.host.map(|(bind, mention)| (bind, self.variable_evidence(&mention))));
                for found in &found.ports {
                    let because = self.variable_evidence(&found.mention);
                    self.open(to, found, because.clone());
                    told = Told::Something;
                    if found.main {
                        main.push((found.protocol, Port(found.port), because));
                    }
                }
            }
        }
        let declares = |found: &Found| {
            let same = |port: &ContainerPort| port.protocol == found.protocol && port.port.0 == found.port;
            self.decided.ports.iter().any(same)
        };
        let decisive = said.program.is_none_or(|program| !program.configured);
        if !by_itself.is_empty() && (main.is_empty() || said.program.is_none()) {
            // The program's own ports, unless it may have been told otherwise where nobody looked.
            if decisive || self.decided.ports.is_empty() || by_itself.iter().any(declares) {
                for found in &by_itself {
                    let mut because = self.said(&found.mention);
                    because.kind = EvidenceKind::Program;
                    self.open(to, found, because.clone());
                    told = Told::Something;
                    if decisive {
                        main.push((found.protocol, Port(found.port), because));
                    }
                }
            }
        }
        let alone = main.is_empty() && by_itself.is_empty();
        let by_image = image.filter(|_| alone).and_then(|(image, known)| {
            let told = self.is_configured(image) || self.names_settings(image, &line) || self.gives_way(image);
            let sure = known == Known::Well && !told && !image.ports.is_empty();
            let moved = to.sockets.iter().any(|socket| socket.container == *name);
            (sure || (self.decided.ports.is_empty() && !moved)).then_some((image, sure))
        });
        if let Some((image, _)) = by_image {
            self.by_image(to, image);
            told = if image.ports.is_empty() { told } else { Told::ByImage };
        }
        if self.declared(to, &main, by_image) && told != Told::ByImage {
            told = Told::Something;
        }
        self.probes(to, &main, by_image);
        if let Some((bind, because)) = host.filter(|(bind, _)| *bind != Bind::Any) {
            let own = |socket: &&mut crate::cluster::listener::Listener| socket.container == *name;
            for socket in to.sockets.iter_mut().filter(own).filter(|socket| socket.bind == Bind::Any) {
                socket.bind = bind;
                socket.bound_by = Some(because.clone());
            }
        }
        // The shells and clients of the table: as they are, nothing listens.
        let quiet = |image: &Image| image.ports.is_empty() && image.more.is_empty() && image.program.is_empty();
        match image {
            Some((image, Known::Well)) if told == Told::Nothing && line.is_empty() && quiet(image) => Told::ByImage,
            _ => told,
        }
    }

    /// What variables say to a program that takes its port from them.
    fn variables_of_program(&self, said: &mut Said) {
        let Some(program) = said.program else { return };
        let found = environment::said(&self.names, &self.variables, |name| program.variables.contains(&name));
        if found.ports.iter().any(|found| found.main) {
            let host = said.host.as_ref().map(|(bind, _)| *bind);
            said.ports.retain(|found| !found.by_itself);
            for mut port in found.ports {
                // gunicorn binds every address where the platform gives it a port.
                let everywhere = port.mention.text.starts_with("PORT=");
                let itself = if program.local && !everywhere { Some(Bind::Loopback) } else { None };
                port.bind = port.bind.or(host).or(itself);
                said.ports.push(port);
            }
        } else if let Some((bind, _)) = found.host {
            for port in said.ports.iter_mut().filter(|port| port.by_itself) {
                port.bind = Some(bind);
            }
        }
    }

    fn open(&self, to: &mut Listening, found: &Found, because: Evidence) {
        let bind = found.bind.unwrap_or(Bind::Any);
        to.add(&self.decided.name, found.protocol, Port(found.port), bind, because);
    }

    /// The image's ports where one of its variables moves one.
    fn moved(&self, to: &mut Listening, image: &Image, names: &[&str]) {
        for (at, name) in self.names.iter().enumerate().filter(|(_, name)| names.contains(name)) {
            let Some(value) = self.variables.get(*name) else { continue };
            let Some(of) = image.variables.iter().find(|(known, _)| known == name) else { continue };
            let protocol = image.ports.iter().chain(image.more).find(|(port, _)| *port == of.1);
            for address in address::addresses(value) {
                let Some(port) = address.port else { continue };
                let because =
                    self.variable_evidence(&Mention { text: format!("{name}={value}"), entry: at, variable: true });
                let protocol = protocol.map_or(Protocol::Tcp, |(_, protocol)| *protocol);
                to.add(&self.decided.name, protocol, Port(port), address.bind.unwrap_or(Bind::Any), because);
            }
        }
    }

    /// True for a port of the image that a variable moves elsewhere.
    fn is_moved(&self, image: &Image, port: u16) -> bool {
        let moves = |(name, of): &(&str, u16)| {
            let value = self.variables.get(*name).map(|value| address::addresses(value));
            let elsewhere = |value: Vec<address::Address>| {
                value.iter().any(|address| address.port.is_some()) && value.iter().all(|a| a.port != Some(port))
            };
            *of == port && value.is_some_and(elsewhere)
        };
        image.variables.iter().any(moves)
    }

    fn by_image(&self, to: &mut Listening, image: &Image) {
        let all = image.ports.iter().copied().chain(image.by_tag(&self.decided.image));
        for (port, protocol) in all.filter(|(port, _)| !self.is_moved(image, *port)) {
            to.add(&self.decided.name, protocol, Port(port), Bind::Any, self.image_evidence());
        }
    }

    fn unheard(&self, to: &mut Listening, port: &ContainerPort, against: Evidence) {
        to.leave_unheard(Unheard {
            container: self.decided.name.clone(),
            protocol: port.protocol,
            port: port.port,
            against,
            location: port.location.clone(),
            span: port.span,
        });
    }

    /// Declared ports: believed unless something stronger tells of another. True when one is.
    fn declared(
        &self,
        to: &mut Listening,
        main: &[(Protocol, Port, Evidence)],
        by_image: Option<(&Image, bool)>,
    ) -> bool {
        let mut believed = false;
        for (index, port) in self.decided.ports.iter().enumerate() {
            let against = match by_image {
                Some((image, true)) => {
                    let own = (port.port.0, port.protocol);
                    let known = image.ports.contains(&own) || image.more.contains(&own);
                    let open = to.socket(port.protocol, port.port);
                    let here = known && !self.is_moved(image, port.port.0)
                        || open.is_some_and(|socket| socket.container == self.decided.name);
                    (!here).then(|| self.image_evidence())
                }
                _ => self.spoken_against(main, port),
            };
            if let Some(against) = against {
                self.unheard(to, port, against);
                continue;
            }
            let because = self.declared_evidence(index, port);
            to.add(&self.decided.name, port.protocol, port.port, Bind::Any, because);
            believed = true;
        }
        believed
    }

    /// What speaks against a declared port: the one served on is named elsewhere, and this is the only one it could be.
    fn spoken_against(&self, main: &[(Protocol, Port, Evidence)], port: &ContainerPort) -> Option<Evidence> {
        let same = |protocol: Protocol| protocol == port.protocol;
        let (_, _, because) = main.iter().find(|(protocol, _, _)| same(*protocol))?;
        let serves =
            |port: &ContainerPort| main.iter().any(|(p, number, _)| *p == port.protocol && *number == port.port);
        let mut alike = self.decided.ports.iter().filter(|other| same(other.protocol) && !is_beside(other));
        let alone = alike.next().is_some_and(|first| first == port) && alike.next().is_none();
        let served = self.decided.ports.iter().filter(|other| same(other.protocol)).any(serves);
        (alone && !served).then(|| because.clone())
    }

    /// What probes ask: kubelet would not leave a container in peace that does not answer them.
    fn probes(&self, to: &mut Listening, main: &[(Protocol, Port, Evidence)], by_image: Option<(&Image, bool)>) {
        let all = [
            ("readinessProbe", &self.container.readiness_probe),
            ("livenessProbe", &self.container.liveness_probe),
            ("startupProbe", &self.container.startup_probe),
        ];
        for (field, probe) in all {
            let Some(probe) = probe else { continue };
            let probe = &probe.value;
            let asked = [&probe.http_get, &probe.tcp_socket, &probe.grpc];
            for port in asked.into_iter().flatten().filter_map(|asked| asked.port.as_ref()) {
                let IntOrString::Int(number) = port.value else { continue };
                let Some(number) = u16::try_from(number).ok().filter(|number| *number > 0) else { continue };
                let known = to.socket(Protocol::Tcp, Port(number)).is_some();
                let refuted = to.unheard(Protocol::Tcp, Port(number)).is_some();
                let others = matches!(by_image, Some((image, true)) if !image.more.contains(&(number, Protocol::Tcp)));
                if known || !(refuted || others && main.is_empty()) {
                    let because = self.evidence(EvidenceKind::Probe, field, field, Some(port.span));
                    to.add(&self.decided.name, Protocol::Tcp, Port(number), Bind::Any, because);
                }
            }
        }
    }
}

/// A port whose name says that it is not the one that is served on.
fn is_beside(port: &ContainerPort) -> bool {
    let name = port.name.as_deref().unwrap_or_default();
    ["metric", "prom", "health", "probe", "admin", "debug", "pprof", "manage", "monitor", "stat", "jmx"]
        .iter()
        .any(|part| name.contains(part))
}
