//! The variables that kubelet gives a Pod's containers about Services (pkg/kubelet/kubelet_pods.go, pkg/kubelet/envvars).
//!
//! ```
//! use kubernetes::cluster::model::PodId;
//! use kubernetes::manifest::Limits;
//! use kubernetes::origin::SourceText;
//! use sim_core::environment::of_pod;
//! use sim_core::model::{Model, Options};
//!
//! let text = "
//! {apiVersion: v1, kind: Service, metadata: {name: my-redis}, spec: {clusterIP: 10.96.7.47, ports: [{port: 6379}]}}
//! ---
//! {apiVersion: v1, kind: Pod, metadata: {name: reader}, spec: {nodeName: node-a, containers: [{name: c, image: busybox}]}}";
//! let model = Model::build(&[SourceText::given("shop.yaml", text)], &Limits::default(), &Options::default());
//! let pod = model.cluster.pods.iter().position(|pod| &*pod.name.name == "reader").unwrap();
//! let given = of_pod(&model, PodId(pod as u32));
//! let port = given.variables.iter().find(|variable| variable.name == "MY_REDIS_PORT").unwrap();
//! assert_eq!(port.value, "tcp://10.96.7.47:6379");
//! ```

use crate::model::Model;
use kernel::packet::Protocol;
use kubernetes::cluster::model::{Cluster, Pod, PodId, Service, ServiceId};
use kubernetes::cluster::variables::{READ_AS_PORT, address, part};
use kubernetes::manifest::objects::{Container, Metadata, Object, PodSpec};
use kubernetes::origin::{Location, ObjectRef};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The Service of the API server, which every Pod is told of.
const MASTER: (&str, &str) = ("default", "kubernetes");

/// What is worth saying of a variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// A container has a variable of that name of its own, which wins.
    Own {
        /// Its container.
        container: Arc<str>,
    },
    /// A container's command, argument or variable says `$(NAME)`.
    Used {
        /// Its container.
        container: Arc<str>,
    },
    /// The same of a URL in a variable that is called as a port.
    UsedAsPort {
        /// Its container.
        container: Arc<str>,
    },
    /// Programs read a variable of that name as the number of a port, and this is a URL.
    ReadAsPort,
    /// The container's image is called as the Service: what belongs to it often reads its settings from such names, and this is a URL.
    ImageNamed {
        /// Its container.
        container: Arc<str>,
    },
    /// Another Service gives a variable of that name, too; which one stays is chance.
    Ambiguous {
        /// The other Service.
        service: ServiceId,
        /// What it says.
        value: String,
    },
}

impl Note {
    /// Name for JSON and words.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Own { .. } => "own",
            Self::Used { .. } => "used",
            Self::UsedAsPort { .. } => "used-as-port",
            Self::ReadAsPort => "read-as-port",
            Self::ImageNamed { .. } => "image-named",
            Self::Ambiguous { .. } => "ambiguous",
        }
    }

    /// True for what may break a program.
    pub fn clashes(&self) -> bool {
        !matches!(self, Self::Own { .. } | Self::Used { .. })
    }

    /// The container that it is about.
    pub fn container(&self) -> Option<&Arc<str>> {
        match self {
            Self::Own { container }
            | Self::Used { container }
            | Self::UsedAsPort { container }
            | Self::ImageNamed { container } => Some(container),
            Self::ReadAsPort | Self::Ambiguous { .. } => None,
        }
    }
}

/// A variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
    /// The Service it tells of.
    pub service: ServiceId,
    /// What is worth saying.
    pub notes: Vec<Note>,
}

/// Why a Service of the Pod's namespace gives no variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Without {
    /// `clusterIP: None`, or ExternalName.
    NoAddress,
    /// `enableServiceLinks: false`.
    NoLinks,
    /// It was made after the container had started.
    Younger {
        /// When it was made.
        made: Arc<str>,
        /// When the container started.
        started: Arc<str>,
    },
}

impl Without {
    /// Name for JSON and words.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoAddress => "no-address",
            Self::NoLinks => "no-links",
            Self::Younger { .. } => "younger",
        }
    }
}

/// What a Pod's containers are given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Variables, Service by Service; kubelet keeps no order between Services.
    pub variables: Vec<Variable>,
    /// Services of the namespace without.
    pub without: Vec<(ServiceId, Without)>,
    /// Where `enableServiceLinks: false` stands.
    pub no_links: Option<(ObjectRef, Option<Location>)>,
    /// When the first container started, as far as the input says it. Otherwise all Services are taken to be older.
    pub started: Option<Arc<str>>,
}

/// The variables of a Pod's containers about Services.
pub fn of_pod(model: &Model, id: PodId) -> Given {
    let cluster = &model.cluster;
    let Some(pod) = cluster.pods.get(id.0 as usize) else { return Given::default() };
    let made = spec_of(model, pod);
    let links = made.and_then(|made| made.spec.enable_service_links.as_ref()).filter(|flag| !flag.value);
    let mut given = Given {
        no_links: links.zip(made).map(|(flag, made)| (made.object.clone(), model.parsed.locate(flag.span))),
        started: started(model, pod),
        ..Given::default()
    };
    let made_at = made_at(model);
    let mut told: Vec<(ServiceId, &Service, IpAddr)> = Vec::new();
    for (id, service) in (0u32..).map(ServiceId).zip(&cluster.services) {
        let master = (&*service.name.namespace, &*service.name.name) == MASTER;
        let own = service.name.namespace == pod.name.namespace;
        // A Service of that name in the Pod's namespace stands for the API server's.
        let hidden = master && !own && given.no_links.is_none() && {
            let mine = cluster.service_named(&pod.name.namespace, &service.name.name);
            mine.and_then(|id| cluster.services.get(id.0 as usize)).is_some_and(|mine| address(mine).is_some())
        };
        if (!master && !own) || hidden {
            continue;
        }
        let Some(ip) = address(service).filter(|_| !service.ports.is_empty()) else {
            given.without.push((id, Without::NoAddress));
            continue;
        };
        if given.no_links.is_some() && !master {
            given.without.push((id, Without::NoLinks));
            continue;
        }
        let made = made_at.get(&(&*service.name.namespace, &*service.name.name)).copied();
        if let Some((made, started)) = made.zip(given.started.as_ref()).filter(|(made, started)| later(made, started)) {
            given.without.push((id, Without::Younger { made: made.clone(), started: started.clone() }));
            continue;
        }
        told.push((id, service, ip));
    }
    for (service, of, ip) in told {
        let all = variables(of, ip).into_iter();
        given.variables.extend(all.map(|(name, value)| Variable { name, value, service, notes: Vec::new() }));
    }
    annotate(cluster, &mut given, made.map(|made| made.spec));
    given
}

/// Names and values that tell of a Service, in order (`envvars.FromServices`).
fn variables(service: &Service, ip: IpAddr) -> Vec<(String, String)> {
    let prefix = part(&service.name.name);
    let mut all = vec![(format!("{prefix}_SERVICE_HOST"), ip.to_string())];
    if let Some(first) = service.ports.first() {
        all.push((format!("{prefix}_SERVICE_PORT"), first.port.to_string()));
    }
    for port in service.ports.iter().filter(|port| !port.name.is_empty()) {
        all.push((format!("{prefix}_SERVICE_PORT_{}", part(&port.name)), port.port.to_string()));
    }
    // As Docker's links did it.
    for (at, port) in service.ports.iter().enumerate() {
        let protocol = match port.protocol {
            Protocol::Udp => "udp",
            Protocol::Sctp => "sctp",
            _ => "tcp",
        };
        let url = format!("{protocol}://{}", SocketAddr::new(ip, port.port.0));
        if at == 0 {
            all.push((format!("{prefix}_PORT"), url.clone()));
        }
        let own = format!("{prefix}_PORT_{}_{}", port.port, protocol.to_uppercase());
        all.extend([
            (own.clone(), url),
            (format!("{own}_PROTO"), protocol.to_owned()),
            (format!("{own}_PORT"), port.port.to_string()),
            (format!("{own}_ADDR"), ip.to_string()),
        ]);
    }
    all
}

/// What a Pod was made of.
#[derive(Clone, Copy)]
struct Made<'m> {
    object: &'m ObjectRef,
    spec: &'m PodSpec,
}

fn spec_of<'m>(model: &'m Model, pod: &Pod) -> Option<Made<'m>> {
    let of = |object: &ObjectRef| {
        let found = model.parsed.objects.iter().find(|own| own.object() == object)?;
        let (_, spec) = found.pod()?;
        Some(Made { object: found.object(), spec })
    };
    of(&pod.origin.object).or_else(|| of(pod.made_by.as_ref()?))
}

/// When the first container started, else when the Pod was made.
fn started(model: &Model, pod: &Pod) -> Option<Arc<str>> {
    let mut objects = model.parsed.objects.iter();
    let own = objects.find_map(|object| match object {
        Object::Pod(document) if document.object == pod.origin.object => Some(&document.value),
        _ => None,
    })?;
    let first = own.spec.value.containers.first().map(|container| &container.value.name.value);
    let status = own.status.container_statuses.iter().find(|status| Some(&status.value.name) == first);
    let running = status.and_then(|status| status.value.state.running.as_ref()?.value.started_at.clone());
    running.or_else(|| own.metadata.creation_timestamp.clone())
}

/// When Services were made, as far as the input says it.
fn made_at(model: &Model) -> BTreeMap<(&str, &str), &Arc<str>> {
    let services = model.parsed.objects.iter().filter_map(|object| match object {
        Object::Service(document) => {
            let metadata: &Metadata = &document.value.metadata;
            let name = (document.object.namespace.as_deref().unwrap_or("default"), &*document.object.name);
            Some((name, metadata.creation_timestamp.as_ref()?))
        }
        _ => None,
    });
    services.collect()
}

/// True where one time is surely after another: both as the API server writes them, in seconds and UTC.
fn later(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.len() == 20 && text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T');
    plain(one) && plain(other) && one > other
}

/// Says what is worth saying of each variable.
fn annotate(cluster: &Cluster, given: &mut Given, spec: Option<&PodSpec>) {
    let mut first: BTreeMap<String, (ServiceId, String)> = BTreeMap::new();
    let mut twice: Vec<(usize, Note)> = Vec::new();
    for (at, variable) in given.variables.iter().enumerate() {
        let (service, value) = (variable.service, variable.value.clone());
        match first.get(&variable.name) {
            Some((other, said)) if *said != value => {
                twice.push((at, Note::Ambiguous { service: *other, value: said.clone() }));
                let before = given.variables.iter().position(|one| one.name == variable.name && one.service == *other);
                twice.extend(before.map(|before| (before, Note::Ambiguous { service, value })));
            }
            Some(_) => {}
            None => drop(first.insert(variable.name.clone(), (service, value))),
        }
    }
    let containers: Vec<&Container> = spec.into_iter().flat_map(containers).collect();
    for variable in &mut given.variables {
        let url = variable.value.contains("://");
        let as_port = url && variable.name.ends_with("_PORT");
        let hole = format!("$({})", variable.name);
        let mut owned = 0;
        for container in &containers {
            let name = &container.name.value;
            if container.env.iter().any(|own| *own.value.name == *variable.name) {
                owned += 1;
                variable.notes.push(Note::Own { container: name.clone() });
                continue;
            }
            let texts = container.command.iter().chain(&container.args).map(|text| &*text.value);
            let values = container.env.iter().filter_map(|own| own.value.value.as_ref()).map(|value| &*value.value);
            if texts.chain(values).any(|text| text.contains(&hole)) {
                let container = name.clone();
                variable.notes.push(match as_port {
                    true => Note::UsedAsPort { container },
                    false => Note::Used { container },
                });
            }
            let of = cluster.services.get(variable.service.0 as usize).map(|service| &*service.name.name);
            let image = container.image.as_ref().map_or("", |image| &*image.value);
            if as_port && of.is_some_and(|of| is_called(image, of)) {
                variable.notes.push(Note::ImageNamed { container: name.clone() });
            }
        }
        if as_port && READ_AS_PORT.contains(&&*variable.name) && owned < containers.len().max(1) {
            variable.notes.push(Note::ReadAsPort);
        }
    }
    for (at, note) in twice {
        if let Some(variable) = given.variables.get_mut(at) {
            variable.notes.push(note);
        }
    }
}

fn containers(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    spec.containers.iter().chain(&spec.init_containers).map(|container| &container.value)
}

/// True where the last part of an image's name is a Service's, or has it as one of its words (`cp-kafka`).
fn is_called(image: &str, service: &str) -> bool {
    let last = image.rsplit('/').next().unwrap_or(image);
    let last = last.split([':', '@']).next().unwrap_or(last);
    !service.is_empty() && format!("-{last}-").contains(&format!("-{service}-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Options;
    use kubernetes::manifest::Limits;
    use kubernetes::origin::SourceText;

    fn given(text: &str, pod: &str) -> (Model, Given) {
        let model = Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default());
        let at = model.cluster.pods.iter().position(|have| &*have.name.name == pod).unwrap();
        let given = of_pod(&model, PodId(at as u32));
        (model, given)
    }

    fn lines(given: &Given) -> Vec<String> {
        given.variables.iter().map(|variable| format!("{}={}", variable.name, variable.value)).collect()
    }

    const SERVICES: &str = r#"
{apiVersion: v1, kind: Service, metadata: {name: my-redis, creationTimestamp: "2026-01-02T10:00:00Z"}, spec: {clusterIP: 10.96.7.47, ports: [{name: main, port: 6379}, {name: m-x, port: 53, protocol: UDP}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: late, creationTimestamp: "2026-01-02T12:00:00Z"}, spec: {clusterIP: 10.96.7.48, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: peers}, spec: {clusterIP: None, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: other, namespace: shop}, spec: {clusterIP: 10.96.7.49, ports: [{port: 80}]}}
---
"#;

    #[test]
    fn a_pod_is_told_of_the_services_that_were_there() {
        let pod = r#"{apiVersion: v1, kind: Pod, metadata: {name: reader, creationTimestamp: "2026-01-02T11:00:00Z"}, spec: {nodeName: node-a, containers: [{name: c, image: busybox}]}}"#;
        let (model, given) = given(&format!("{SERVICES}{pod}"), "reader");
        let all = lines(&given);
        let redis: Vec<&str> = all.iter().map(String::as_str).filter(|line| line.starts_with("MY_REDIS")).collect();
        let expected = [
            "MY_REDIS_SERVICE_HOST=10.96.7.47",
            "MY_REDIS_SERVICE_PORT=6379",
            "MY_REDIS_SERVICE_PORT_MAIN=6379",
            "MY_REDIS_SERVICE_PORT_M_X=53",
            "MY_REDIS_PORT=tcp://10.96.7.47:6379",
            "MY_REDIS_PORT_6379_TCP=tcp://10.96.7.47:6379",
            "MY_REDIS_PORT_6379_TCP_PROTO=tcp",
            "MY_REDIS_PORT_6379_TCP_PORT=6379",
            "MY_REDIS_PORT_6379_TCP_ADDR=10.96.7.47",
            "MY_REDIS_PORT_53_UDP=udp://10.96.7.47:53",
            "MY_REDIS_PORT_53_UDP_PROTO=udp",
            "MY_REDIS_PORT_53_UDP_PORT=53",
            "MY_REDIS_PORT_53_UDP_ADDR=10.96.7.47",
        ];
        assert_eq!(redis, expected);
        assert!(all.contains(&"KUBERNETES_SERVICE_HOST=10.96.0.1".to_owned()), "{all:#?}");
        assert!(!all.iter().any(|line| line.starts_with("LATE") || line.starts_with("OTHER")), "{all:#?}");
        let name = |id: &ServiceId| model.cluster.services[id.0 as usize].name.name.to_string();
        let mut without: Vec<_> = given.without.iter().map(|(id, why)| (name(id), why.code())).collect();
        without.sort();
        assert_eq!(without, [("late".to_owned(), "younger"), ("peers".to_owned(), "no-address")]);
    }

    #[test]
    fn without_links_only_the_api_server_is_told() {
        let pod = "{apiVersion: v1, kind: Pod, metadata: {name: reader}, spec: {enableServiceLinks: false, nodeName: node-a, containers: [{name: c, image: busybox}]}}";
        let (_, given) = given(&format!("{SERVICES}{pod}"), "reader");
        assert!(lines(&given).iter().all(|line| line.starts_with("KUBERNETES_")), "{:#?}", lines(&given));
        assert_eq!(given.variables.len(), 8);
        assert!(given.no_links.is_some());
        assert_eq!(given.without.iter().filter(|(_, why)| *why == Without::NoLinks).count(), 2);
    }

    #[test]
    fn clashes_are_told() {
        let text = r#"
{apiVersion: v1, kind: Service, metadata: {name: redis}, spec: {clusterIP: 10.96.7.1, ports: [{port: 6379}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: kafka}, spec: {clusterIP: 10.96.7.2, ports: [{port: 9092}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: kafka-service}, spec: {clusterIP: 10.96.7.3, ports: [{port: 9093}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: store}, spec: {clusterIP: 10.96.7.4, ports: [{port: 81}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: app}, spec: {replicas: 1, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [
 {name: one, image: "confluentinc/cp-kafka:7", args: ["--port=$(STORE_PORT)", "--host=$(STORE_SERVICE_HOST)"]},
 {name: two, image: busybox, env: [{name: STORE_PORT, value: "81"}]}]}}}}
"#;
        let model = Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default());
        let at = model.cluster.pods.iter().position(|pod| pod.name.name.starts_with("app-")).unwrap();
        let given = of_pod(&model, PodId(at as u32));
        let notes = |name: &str| -> Vec<String> {
            let of = given.variables.iter().filter(|variable| variable.name == name);
            let notes = of.flat_map(|variable| &variable.notes);
            notes.map(|note| format!("{} {}", note.code(), note.container().map_or("", |name| name))).collect()
        };
        assert_eq!(notes("REDIS_PORT"), ["read-as-port "]);
        assert_eq!(notes("KAFKA_PORT"), ["image-named one", "read-as-port "]);
        assert_eq!(notes("KAFKA_SERVICE_PORT"), ["ambiguous ", "ambiguous "]);
        assert_eq!(notes("STORE_PORT"), ["used-as-port one", "own two"]);
        assert_eq!(notes("STORE_SERVICE_HOST"), ["used one"]);
        assert!(notes("STORE_SERVICE_PORT").is_empty());
    }
}
