//! Why a Service port has no endpoint that can be used.

use super::codes;
use super::failed::{pod_field, service_field, upper};
use super::field::{Field, Why};
use super::input::{self, Maker, makers};
use crate::model::Model;
use crate::trace::probe_text::edits;
use kubernetes::cluster::model::{Endpoint, Pod, Service, ServiceId, ServicePort, TargetPort};
use kubernetes::cluster::state::{Obstacle, ObstacleKind};
use kubernetes::diagnostic::codes as findings;
use kubernetes::manifest::objects::{Map, Object};
use kubernetes::origin::{Component, ObjectRef};

/// The cause, for a port that no rule leads on from.
pub(super) fn none(model: &Model, id: ServiceId, index: usize) -> Why {
    let found = model.cluster.services.get(id.0 as usize);
    let Some((service, port)) = found.and_then(|service| Some((service, service.ports.get(index)?))) else {
        return Why::new(codes::NO_SELECTOR).arg("service", "");
    };
    let lists = model.cluster.endpoints.get(id.0 as usize).map_or(&[][..], Vec::as_slice);
    let by_hand = given(model, service);
    if let Some(object) = by_hand {
        return by_hand_why(model, id, index, service, port, object);
    }
    if service.selector.is_empty() {
        return Why::new(codes::NO_SELECTOR).arg("service", &service.name).at(service_field(
            model,
            id,
            "spec.selector",
        ));
    }
    let selected: Vec<&Pod> = model.cluster.pods.iter().filter(|pod| selects(service, pod)).collect();
    let endpoints: Vec<&Endpoint> = lists
        .iter()
        .filter(|list| list.port_name == port.name && list.protocol == Some(port.protocol))
        .flat_map(|list| &list.endpoints)
        .collect();
    if let Some(why) = endpoints.iter().find_map(|endpoint| unready(model, service, endpoint)) {
        return why;
    }
    if let (Some(pod), TargetPort::Name(name)) = (selected.first(), &port.target_port) {
        return port_name(model, id, index, service, pod, name);
    }
    nothing_selected(model, id, service)
}

/// The same for a headless Service without ports.
pub(super) fn portless(model: &Model, id: ServiceId) -> Why {
    let Some(service) = model.cluster.services.get(id.0 as usize) else {
        return Why::new(codes::NO_SELECTOR).arg("service", "");
    };
    if service.selector.is_empty() {
        return Why::new(codes::NO_SELECTOR).arg("service", &service.name).at(service_field(
            model,
            id,
            "spec.selector",
        ));
    }
    let lists = model.cluster.endpoints.get(id.0 as usize).into_iter().flatten();
    let unready = lists.flat_map(|list| &list.endpoints).find_map(|endpoint| unready(model, service, endpoint));
    unready.unwrap_or_else(|| nothing_selected(model, id, service))
}

fn selects(service: &Service, pod: &Pod) -> bool {
    pod.name.namespace == service.name.namespace
        && service.selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
}

/// The object in the input that says the Service's endpoints.
fn given<'m>(model: &'m Model, service: &Service) -> Option<&'m Object> {
    model.parsed.objects.iter().find(|object| {
        let same = object.object().namespace.as_deref().unwrap_or("default") == &*service.name.namespace;
        same && match object {
            Object::Endpoints(document) => document.object.name == service.name.name,
            Object::EndpointSlice(document) => {
                let name = document.value.metadata.labels.get("kubernetes.io/service-name");
                name.is_some_and(|name| *name == service.name.name)
            }
            _ => false,
        }
    })
}

/// Endpoints made by hand: under another port name, or none that is ready.
fn by_hand_why(
    model: &Model,
    id: ServiceId,
    index: usize,
    service: &Service,
    port: &ServicePort,
    object: &Object,
) -> Why {
    let lists = model.cluster.endpoints.get(id.0 as usize).map_or(&[][..], Vec::as_slice);
    let fits = |name: &str, protocol| *name == *port.name && protocol == Some(port.protocol);
    let own = lists.iter().filter(|list| fits(&list.port_name, list.protocol)).flat_map(|list| &list.endpoints);
    let own: Vec<&Endpoint> = own.collect();
    let places = match object {
        Object::Endpoints(_) => ("subsets[0].ports[0]", "subsets[0].notReadyAddresses"),
        _ => ("ports[0]", "endpoints[0].conditions.ready"),
    };
    if !own.is_empty() {
        // Where the Pod behind it is known, it is the one that is not ready.
        let pods = own.iter().filter_map(|endpoint| model.cluster.pods.get(endpoint.pod?.0 as usize));
        let pod = pods.filter(|pod| !pod.ready).find_map(|pod| not_ready_field(model, &pod.origin.object));
        let why = Why::new(codes::ENDPOINTS_NOT_READY).arg("service", &service.name);
        return why.at(Field::new(object.object(), places.1)).against(pod);
    }
    let names = lists.iter().filter(|list| !list.endpoints.is_empty());
    let protocol_only = names.clone().any(|list| list.port_name == port.name);
    let shown = |name: &str, protocol: String| format!("{}{protocol}", if name.is_empty() { "\"\"" } else { name });
    let mut all: Vec<String> = names
        .map(|list| {
            let protocol = list.protocol.filter(|_| protocol_only).map(upper);
            shown(&list.port_name, protocol.map(|protocol| format!("/{protocol}")).unwrap_or_default())
        })
        .collect();
    all.dedup();
    if all.is_empty() {
        let why = Why::new(codes::ENDPOINTS_NOT_READY).arg("service", &service.name);
        return why.at(Field::new(object.object(), if places.0 == "ports[0]" { "endpoints" } else { "subsets" }));
    }
    let own = if protocol_only { format!("/{}", upper(port.protocol)) } else { String::new() };
    let field = if protocol_only { "protocol" } else { "name" };
    let why = Why::new(codes::ENDPOINT_PORT_NAME).arg("service", &service.name).arg("name", shown(&port.name, own));
    why.arg("names", all.join(", "))
        .at(service_field(model, id, &format!("spec.ports[{index}].{field}")))
        .against(Field::new(object.object(), format!("{}.{field}", places.0).as_str()))
        .by(Component::KubeProxyIptables)
}

/// A selected Pod that is no endpoint yet, or no longer.
fn unready(model: &Model, service: &Service, endpoint: &Endpoint) -> Option<Why> {
    let pod = model.cluster.pods.get(endpoint.pod?.0 as usize)?;
    if pod.terminating {
        let why = Why::new(codes::POD_TERMINATING).arg("service", &service.name).arg("pod", &pod.name);
        return Some(why.at(pod_field(pod, "metadata.deletionTimestamp")).by(Component::Kubelet));
    }
    if endpoint.ready {
        return None;
    }
    let condition = not_ready_field(model, &pod.origin.object);
    let obstacle = pod.state.obstacle.as_ref();
    let why = Why::new(codes::POD_NOT_READY).arg("service", &service.name).arg("pod", &pod.name);
    let why = why.arg("reason", obstacle.map_or("Ready: False".to_owned(), reason)).by(Component::Kubelet);
    let own = obstacle.and_then(|obstacle| obstacle_field(model, &pod.origin.object, obstacle));
    Some(match own {
        Some(own) => why.at(own).against(condition),
        None => why.at(condition),
    })
}

/// An obstacle in the input's own word, else in ours.
pub(super) fn reason(obstacle: &Obstacle) -> String {
    let word = if obstacle.reason.is_empty() { obstacle.kind.word() } else { &*obstacle.reason };
    match &obstacle.container {
        Some(container) => format!("{container}: {word}"),
        None => word.to_owned(),
    }
}

/// The field that an obstacle stands in, of the Pod or the workload's template.
pub(super) fn obstacle_field(model: &Model, object: &ObjectRef, obstacle: &Obstacle) -> Option<Field> {
    let maker = makers(model).find(|maker| maker.object == object)?;
    let container = maker.spec.containers.iter().position(|own| Some(&own.name.value) == obstacle.container.as_ref());
    let container = container.unwrap_or_default();
    let path = match obstacle.kind {
        ObstacleKind::Ended | ObstacleKind::NotStarted => "status.phase".to_owned(),
        ObstacleKind::Unscheduled => "spec".to_owned(),
        ObstacleKind::InitContainer => "status.initContainerStatuses".to_owned(),
        ObstacleKind::Container => "status.containerStatuses".to_owned(),
        ObstacleKind::StartupProbe => format!("spec.containers[{container}].startupProbe"),
        ObstacleKind::ReadinessProbe => format!("spec.containers[{container}].readinessProbe"),
        ObstacleKind::ReadinessGate => "spec.readinessGates".to_owned(),
        ObstacleKind::Condition => return not_ready_field(model, object),
    };
    let field = if path.starts_with("spec") { maker.field(&path) } else { Field::new(object, path.as_str()) };
    Some(Field { at: obstacle.at.clone(), ..field })
}

/// The condition `Ready` of a Pod that the input gives.
pub(in crate::trace) fn not_ready_field(model: &Model, object: &ObjectRef) -> Option<Field> {
    let document = model.parsed.objects.iter().find_map(|own| match own {
        Object::Pod(document) if document.object == *object => Some(document),
        _ => None,
    })?;
    let conditions = &document.value.status.conditions;
    let ready = conditions.iter().position(|condition| &*condition.kind == "Ready")?;
    Some(Field::new(object, format!("status.conditions[{ready}].status").as_str()))
}

/// `targetPort` is a name that the selected Pods do not have.
fn port_name(model: &Model, id: ServiceId, index: usize, service: &Service, pod: &Pod, name: &str) -> Why {
    let protocol = service.ports.get(index).map(|port| port.protocol);
    let maker = makers(model).find(|maker| *maker.object == pod.origin.object);
    let mut names = Vec::new();
    let mut nearest: Option<(usize, Field)> = None;
    for (at, container) in maker.iter().flat_map(|maker| maker.spec.containers.iter().enumerate()) {
        for (port, of) in container.ports.iter().enumerate() {
            let own = of.name.as_ref().map(|name| &*name.value);
            let field =
                |leaf: &str| maker.map(|maker| maker.field(&format!("spec.containers[{at}].ports[{port}].{leaf}")));
            // The right name for another protocol.
            let leaf = if own == Some(name) { "protocol" } else { "name" };
            let far = own.map_or(usize::MAX, |own| edits(name, own));
            if nearest.as_ref().is_none_or(|(least, _)| far < *least) {
                nearest = field(leaf).map(|field| (far, field));
            }
            names.extend(own.map(|own| match of.protocol.as_ref() {
                Some(given) if own == name => format!("{own}/{}", &*given.value),
                None if own == name => format!("{own}/TCP"),
                _ => own.to_owned(),
            }));
        }
    }
    let wrong_protocol = names.iter().any(|own| own.split_once('/').is_some_and(|(own, _)| own == name));
    let own = match protocol.filter(|_| wrong_protocol) {
        Some(protocol) => format!("{name}/{}", upper(protocol)),
        None => name.to_owned(),
    };
    let leaf = if wrong_protocol { "protocol" } else { "targetPort" };
    let why = Why::new(codes::TARGET_PORT_NAME).arg("service", &service.name).arg("name", own).arg("pod", &pod.name);
    let names = if names.is_empty() { "–".to_owned() } else { names.join(", ") };
    why.arg("names", names)
        .at(service_field(model, id, &format!("spec.ports[{index}].{leaf}")))
        .against(nearest.map(|(_, field)| field))
}

/// The selector finds no Pod of the cluster.
fn nothing_selected(model: &Model, id: ServiceId, service: &Service) -> Why {
    let selector: Vec<String> = service.selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let selector = selector.join(",");
    let own = service_field(model, id, "spec.selector");
    let here = |maker: &Maker<'_>| maker.namespace() == &*service.name.namespace;
    for maker in makers(model).filter(|maker| here(maker) && maker.has(&service.selector)) {
        if let Some(why) = absent(model, service, &maker) {
            return if why.against.is_some() { why } else { why.against(own) };
        }
    }
    if let Some(maker) = makers(model).find(|maker| !here(maker) && maker.has(&service.selector)) {
        let why = Why::new(codes::SELECTS_ELSEWHERE).arg("service", &service.name).arg("selector", selector);
        return why
            .arg("object", maker.object)
            .arg("namespace", maker.namespace())
            .at(service_field(model, id, "metadata.namespace"))
            .against(Field::new(maker.object, "metadata.namespace"));
    }
    let nearest = makers(model).filter(here).filter_map(|maker| Some((distance(&service.selector, maker)?, maker)));
    let Some(((_, keys), maker)) = nearest.min_by_key(|((far, _), _)| *far) else {
        // Whatever has the labels may be in a document that could not be read.
        if let Some(at) = input::unread(model) {
            let field = own.map(|own| Field { at: Some(at), ..own });
            return Why::new(codes::UNREAD_DOCUMENT).at(field);
        }
        let why = Why::new(codes::SELECTS_NOTHING).arg("service", &service.name).arg("selector", selector);
        return why.at(own);
    };
    let labels: Vec<String> = maker.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let why = Why::new(codes::SELECTS_NEARLY).arg("service", &service.name).arg("selector", selector);
    let against = keys.first().map(|key| maker.label(key));
    let labels = if labels.is_empty() { "–".to_owned() } else { labels.join(",") };
    why.arg("pod", maker.object).arg("labels", labels).at(own).against(against)
}

/// Why a workload or Pod with the labels has no Pod in the cluster.
fn absent(model: &Model, service: &Service, maker: &Maker<'_>) -> Option<Why> {
    if let Some(why) = input::refusal(model, maker.object) {
        // A template without the labels that its own selector wants: the label is the thing.
        let lacking =
            maker.selector.and_then(|own| own.iter().find(|(key, value)| maker.labels.get(*key) != Some(*value)));
        let label = lacking.map(|(key, _)| maker.label(key));
        return Some(match label {
            Some(label) => Why { against: why.field.clone(), ..why }.at(label),
            None => why,
        });
    }
    if maker.replicas == Some(0) {
        let why = Why::new(codes::NO_REPLICAS).arg("service", &service.name).arg("object", maker.object);
        return Some(why.at(Field::new(maker.object, "spec.replicas")));
    }
    let absent = model.cluster.absent.iter().find(|pod| pod.origin.object == *maker.object);
    if let Some(pod) = absent {
        let ended = pod.obstacle.kind == ObstacleKind::Ended;
        let code = if ended { codes::POD_ENDED } else { codes::POD_LEFT_OUT };
        let why = Why::new(code).arg("service", &service.name).arg("pod", &pod.name);
        let why = why.arg("reason", reason(&pod.obstacle)).by(Component::Kubelet);
        let place = placement(model, maker).filter(|_| !ended);
        return Some(why.at(place.or_else(|| obstacle_field(model, maker.object, &pod.obstacle))));
    }
    let place = placement(model, maker);
    let made = model.cluster.pods.iter().any(|pod| pod.origin.object == *maker.object);
    if let (false, Some(field)) = (made, place) {
        let why = Why::new(codes::POD_LEFT_OUT).arg("service", &service.name).arg("pod", name(maker.object));
        return Some(why.arg("reason", "Pending").at(field));
    }
    // The Pods lack labels that the workload's own selector has.
    let lacking = service.selector.iter().find(|(key, value)| maker.labels.get(*key) != Some(*value));
    lacking.map(|(key, _)| {
        let selector: Vec<String> = service.selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let labels: Vec<String> = maker.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let labels = if labels.is_empty() { "–".to_owned() } else { labels.join(",") };
        let why = Why::new(codes::SELECTS_NEARLY).arg("service", &service.name).arg("selector", selector.join(","));
        why.arg("pod", maker.object).arg("labels", labels).at(maker.label(key))
    })
}

/// An endpoint's address that nothing has, any more or yet; `beyond`: that lies where nothing is simulated.
pub(super) fn gone(model: &Model, id: ServiceId, to: std::net::SocketAddr, beyond: bool) -> Option<Why> {
    let service = model.cluster.services.get(id.0 as usize)?;
    let mut all = model.cluster.endpoints.get(id.0 as usize)?.iter().flat_map(|list| &list.endpoints);
    let endpoint = all.find(|endpoint| endpoint.ip == to.ip())?;
    let own = Some(&endpoint.origin).filter(|origin| !origin.assumed);
    let own = own.map(|origin| Field { at: origin.location.clone(), ..Field::new(&origin.object, "endpoints") });
    let address = to.ip().to_string();
    let pod = model.parsed.objects.iter().find_map(|object| match object {
        Object::Pod(document) if document.value.status.pod_ip.as_ref().is_some_and(|ip| *ip.value == *address) => {
            Some(&document.object)
        }
        _ => None,
    });
    let absent = model.cluster.absent.iter().find(|pod_| Some(&pod_.origin.object) == pod);
    Some(match absent {
        Some(pod) => {
            let why = Why::new(codes::POD_ENDED).arg("service", &service.name).arg("pod", &pod.name);
            let why = why.arg("reason", reason(&pod.obstacle)).by(Component::Kubelet);
            why.at(obstacle_field(model, &pod.origin.object, &pod.obstacle)).against(own)
        }
        None if beyond => {
            let why = Why::new(codes::ENDPOINT_BEYOND).arg("service", &service.name).arg("address", address);
            why.at(own)
        }
        None => {
            let why = Why::new(codes::ENDPOINT_GONE).arg("service", &service.name).arg("address", address);
            why.at(own)
        }
    })
}

/// What keeps a Pod from a node: the name of one that is not there, a selector that none fulfils, else what the finding says.
fn placement(model: &Model, maker: &Maker<'_>) -> Option<Field> {
    let codes = [findings::UNKNOWN_NODE, findings::POD_PENDING, findings::OUT_OF_ADDRESSES];
    let found = codes.iter().find_map(|code| input::finding(model, code.code, maker.object))?;
    let unknown = |name: &str| model.cluster.node_named(name).is_none();
    if maker.spec.node_name.as_ref().is_some_and(|name| unknown(&name.value)) {
        return Some(maker.field("spec.nodeName"));
    }
    if maker.spec.node_selector.is_some() && found.path.0.is_empty() {
        return Some(maker.field("spec.nodeSelector"));
    }
    Some(found)
}

fn name(object: &ObjectRef) -> String {
    format!("{}/{}", object.namespace.as_deref().unwrap_or("default"), object.name)
}

/// How far labels are from a selector, and the keys that differ; `None` when they have nothing in common.
///
/// Something in common: a label of the selector, its value under another key, or a value with hardly an edit between.
pub(in crate::trace) fn distance(selector: &Map, maker: Maker<'_>) -> Option<((usize, usize), Vec<String>)> {
    let labels = maker.labels;
    let differs: Vec<(&str, &str)> = selector
        .iter()
        .filter(|(key, value)| labels.get(*key) != Some(*value))
        .map(|(key, value)| (&**key, &**value))
        .collect();
    let shares = differs.len() < selector.len();
    let mut far = 0;
    let mut related = shares;
    for (key, value) in &differs {
        let same_key = labels.get(*key).map(|own| edits(own, value));
        let elsewhere = labels.values().any(|own| **own == **value);
        related |= elsewhere || same_key.is_some_and(|far| far * 2 <= value.chars().count());
        far += match same_key {
            _ if elsewhere => 1,
            Some(far) => far,
            None => value.chars().count() + key.chars().count(),
        };
    }
    related |= selector.values().any(|value| called(&maker, value));
    let keys = differs.iter().map(|(key, _)| (*key).to_owned()).collect();
    related.then_some(((differs.len(), far), keys))
}

/// True when a Pod or workload, one of its containers or their images is called so: names say what is meant, too.
pub(in crate::trace) fn called(maker: &Maker<'_>, word: &str) -> bool {
    let own = &*maker.object.name;
    let image = |image: &str| image.rsplit('/').next().and_then(|last| last.split([':', '@']).next()) == Some(word);
    own == word
        || own.strip_prefix(word).is_some_and(|rest| rest.starts_with('-'))
        || maker.spec.containers.iter().any(|container| {
            &*container.name.value == word || container.image.as_ref().is_some_and(|of| image(&of.value))
        })
}
