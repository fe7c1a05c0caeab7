//! What is said about listeners: findings where declared ports lead astray, assumptions where only weak evidence stands behind one.

use crate::assumption::{About, Assumption, codes as assumed};
use crate::cluster::context::Context;
use crate::cluster::listener::{Bind, Evidence, EvidenceKind, Listener};
use crate::cluster::model::Pod;
use crate::cluster::network_config::NetworkConfig;
use crate::diagnostic::codes;
use crate::manifest::Parsed;
use crate::manifest::objects::{Object, PodStatus};
use crate::origin::ObjectRef;
use kernel::packet::Protocol;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Findings once for each workload, assumptions for each Pod.
pub(in crate::cluster) fn report(context: &mut Context<'_>, plugin: &NetworkConfig, pods: &[Pod]) {
    let mut told = BTreeSet::new();
    let passed = ready(context.parsed);
    for pod in pods {
        let first = told.insert(&pod.origin.object);
        if first && !pod.origin.assumed {
            findings(context, plugin, pod);
        }
        shared(context, pod);
        for socket in pod.listening.sockets.iter().filter(|socket| socket.is_weak()) {
            let asked = |because: &Evidence| because.kind == EvidenceKind::Probe && &*because.text == "readinessProbe";
            if passed.contains(&pod.origin.object) && socket.evidence.iter().any(asked) {
                continue;
            }
            if let Some(weak) = weak(pod, socket) {
                context.assume(weak);
            }
        }
    }
}

/// Pods whose status says that they are ready: kubelet was answered where their readiness probes ask.
fn ready(parsed: &Parsed) -> BTreeSet<&ObjectRef> {
    let pods = parsed.objects.iter().filter_map(|object| match object {
        Object::Pod(document) => Some(document),
        _ => None,
    });
    let is_ready = |status: &PodStatus| {
        status.conditions.iter().any(|one| &*one.value.kind == "Ready" && &*one.value.status == "True")
    };
    pods.filter(|document| is_ready(&document.value.status)).map(|document| &document.object).collect()
}

fn findings(context: &mut Context<'_>, plugin: &NetworkConfig, pod: &Pod) {
    let object = &pod.origin.object;
    let serving: BTreeSet<&Arc<str>> = pod.listening.sockets.iter().map(|socket| &socket.container).collect();
    for unheard in &pod.listening.unheard {
        // A container that only waits declares its ports for a later image.
        let found = context.finding(codes::DECLARED_PORT_UNHEARD, context.first_line(unheard.span), object);
        let found = found.arg("container", &*unheard.container).arg("port", unheard.port.to_string());
        // A command line that names another port has a socket there; one without any serves nothing.
        let idle = unheard.against.kind == EvidenceKind::Command && !serving.contains(&unheard.container);
        let kind = if idle { "idle" } else { unheard.against.kind.word() };
        context.report(found.arg("kind", kind).arg("against", &*unheard.against.text));
    }
    if plugin.portmap.is_none() && !pod.host_network {
        let ports = pod.containers.iter().flat_map(|container| &container.ports);
        for port in ports {
            let Some(host_port) = port.host_port else { continue };
            let found = context.finding(codes::HOST_PORT_NOT_SERVED, context.first_line(port.span), object);
            context.report(found.arg("port", host_port.to_string()).arg("network", &*plugin.network));
        }
    }
    for (first, second) in clashes(pod) {
        // Two that declare the port are told of where they do.
        if let (Some(_), Some(own)) = (declared(first), declared(second)) {
            let found = context.finding(codes::PORT_TAKEN_IN_POD, context.first_line(own.span), object);
            let found = found.arg("port", second.port.to_string()).arg("protocol", upper(second.protocol));
            let found = found.arg("first", &*first.container).arg("container", &*second.container);
            context.report(found.hint(codes::HINT_OTHER_PORT));
            continue;
        }
        let span = second.evidence.iter().map(|evidence| evidence.span).find(|span| !span.is_nowhere());
        let span = context.first_line(span.unwrap_or_default());
        let found = context.finding(codes::PORT_CLASH, span, object).arg("container", &*second.container);
        context.report(found.arg("port", second.port.to_string()).arg("first", &*first.container));
    }
}

/// All containers of a Pod share one network namespace: only one of those that run has the port.
fn shared(context: &mut Context<'_>, pod: &Pod) {
    let runs = |socket: &Listener| {
        pod.containers.iter().any(|container| container.name == socket.container && container.state.runs())
    };
    for (first, second) in clashes(pod).into_iter().filter(|(first, second)| runs(first) && runs(second)) {
        let about = About::Listening { pod: pod.name.clone(), port: second.port, protocol: second.protocol };
        let made = assumed::PORT_SHARED_IN_POD.made().about(about).arg("pod", pod.name.to_string());
        let made = made.arg("port", second.port.to_string()).arg("first", &*first.container);
        let made = made.arg("second", &*second.container);
        let Some(because) = second.evidence.iter().find(|because| because.location.is_some()) else {
            context.assume(made);
            continue;
        };
        let object = because.object.clone().unwrap_or_else(|| pod.origin.object.clone());
        context.assume(made.because_at(object, &because.field, because.location.clone()));
    }
}

/// Where the container declares the port.
fn declared(socket: &Listener) -> Option<&Evidence> {
    socket.evidence.iter().find(|because| because.kind == EvidenceKind::Declared)
}

fn upper(protocol: Protocol) -> String {
    protocol.to_string().to_uppercase()
}

/// Sockets of two containers that cannot both be bound: the first has it.
fn clashes(pod: &Pod) -> Vec<(&Listener, &Listener)> {
    let mut found = Vec::new();
    for (at, second) in pod.listening.sockets.iter().enumerate() {
        let overlap = |first: &&Listener| {
            let all = [first.bind, second.bind].contains(&Bind::Any) || first.bind == second.bind;
            all && first.container != second.container
        };
        found.extend(pod.listening.before(at).find(overlap).map(|first| (first, second)));
    }
    found
}

/// The assumption that a socket stands on.
fn weak(pod: &Pod, socket: &Listener) -> Option<Assumption> {
    let because = socket.because()?;
    let about = About::Listening { pod: pod.name.clone(), port: socket.port, protocol: socket.protocol };
    let made = match because.kind {
        EvidenceKind::Image => by_image(pod, socket),
        EvidenceKind::Program => by_program(pod, socket),
        EvidenceKind::Service => assumed::LISTENER_BY_SERVICE.made().arg("port", socket.port.to_string()),
        EvidenceKind::Probe => {
            let made = assumed::LISTENER_BY_PROBE.made().arg("port", socket.port.to_string());
            made.arg("probe", &*because.text)
        }
        EvidenceKind::Slice => assumed::LISTENER_BY_ENDPOINT.made().arg("port", socket.port.to_string()),
        _ => return None,
    };
    let object = because.object.clone().unwrap_or_else(|| pod.origin.object.clone());
    let location = because.location.clone().or_else(|| pod.origin.location.clone());
    Some(made.arg("pod", pod.name.to_string()).because_at(object, &because.field, location).about(about))
}

/// An image listens on its usual ports.
fn by_image(pod: &Pod, socket: &Listener) -> Assumption {
    let image = socket.because().map_or("", |because| &because.text);
    assumed::LISTENER_BY_IMAGE.made().arg("image", image).arg("ports", pod.listening.of_image(&socket.container))
}

/// A program listens where it does by itself.
fn by_program(pod: &Pod, socket: &Listener) -> Assumption {
    let address = match socket.bind {
        Bind::Any => "0.0.0.0".to_owned(),
        Bind::Loopback => "127.0.0.1".to_owned(),
        Bind::Pod => pod.ip.to_string(),
        Bind::Address(ip) => ip.to_string(),
    };
    let program = socket.because().map_or("", |because| &because.text);
    assumed::LISTENER_BY_PROGRAM
        .made()
        .arg("program", program)
        .arg("port", socket.port.to_string())
        .arg("address", address)
}
