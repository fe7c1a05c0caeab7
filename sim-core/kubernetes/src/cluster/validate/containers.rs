//! Containers of Pods and templates: images, ports, probes, mounts.

use super::names::Form;
use super::report::{Once, form_of};
use crate::cluster::context::Context;
use crate::cluster::listen::image_path;
use crate::cluster::state::is_sidecar;
use crate::diagnostic::codes;
use crate::manifest::objects::{Container, ContainerPort, ContainerProbe, IntOrString, List, PodSpec};
use crate::origin::{ObjectRef, Span, Spanned};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Images of components that their projects have retired: the controller ingress-nginx ended in March 2026 (announced by the Kubernetes
/// project in November 2025), Weave Net's repository is archived since June 2024.
const RETIRED: [(&str, &str); 4] = [
    ("ingress-nginx/controller", "ingress-nginx"),
    ("ingress-nginx/controller-chroot", "ingress-nginx"),
    ("weaveworks/weave-kube", "weave-net"),
    ("weaveworks/weave-npc", "weave-net"),
];

/// Tells each retired component once.
fn retired(context: &mut Context<'_>, image: &Spanned<Arc<str>>, object: &ObjectRef) {
    let path = image_path(&image.value);
    let Some((_, component)) = RETIRED.into_iter().find(|(known, _)| *known == path) else { return };
    let told = |found: &crate::diagnostic::Diagnostic| {
        found.code == codes::COMPONENT_RETIRED.code && found.args.get("component").is_some_and(|told| told == component)
    };
    if !context.diagnostics.iter().any(told) {
        let found = context.finding(codes::COMPONENT_RETIRED, image.span, object);
        context.report(found.arg("component", component));
    }
}

/// What the containers of one Pod share.
struct Pod<'p> {
    /// The path of the Pod's spec.
    path: &'p str,
    object: &'p ObjectRef,
    spec: &'p PodSpec,
    /// Volumes there are, those of a StatefulSet's claims too.
    volumes: BTreeSet<&'p str>,
    /// Names of containers.
    names: Once<&'p str>,
    /// Ports on the node: protocol, address, number.
    host_ports: Once<(&'p str, &'p str, i64)>,
    /// Who has a port name.
    port_names: BTreeMap<&'p str, &'p str>,
}

/// Looks at all containers of a Pod's spec. `claims`: volumes that come from elsewhere. `images`: every container must name one.
pub(super) fn check(
    context: &mut Context<'_>,
    spec: &Spanned<PodSpec>,
    path: &str,
    object: &ObjectRef,
    claims: &[&str],
    images: bool,
) {
    let volumes = spec.value.volumes.iter().map(|volume| &*volume.name.value).chain(claims.iter().copied()).collect();
    let mut pod = Pod {
        path,
        object,
        spec: &spec.value,
        volumes,
        names: Once::default(),
        host_ports: Once::default(),
        port_names: BTreeMap::new(),
    };
    for (field, list) in [("containers", &spec.value.containers), ("initContainers", &spec.value.init_containers)] {
        for (index, container) in list.iter().enumerate() {
            let path = format!("{path}.{field}[{index}]");
            let init = field == "initContainers" && !is_sidecar(container);
            one(context, &mut pod, container, &path, init, images);
        }
    }
    volumes_of(context, &pod);
}

fn one<'p>(
    context: &mut Context<'_>,
    pod: &mut Pod<'p>,
    container: &'p Spanned<Container>,
    path: &str,
    init: bool,
    images: bool,
) {
    let (at, object) = (context.first_line(container.span), pod.object);
    let name = &container.value.name;
    if name.value.is_empty() {
        missing(context, &format!("{path}.name"), at, object);
    } else {
        let path = || format!("{path}.name");
        form_of(context, name, Form::Label, &path(), object);
        pod.names.add(context, &*name.value, (path, || name.value.to_string()), name.span, object);
    }
    if images && container.value.image.as_ref().is_none_or(|image| image.value.is_empty()) {
        missing(context, &format!("{path}.image"), at, object);
    }
    if let Some(image) = &container.value.image {
        retired(context, image, object);
    }
    ports(context, pod, container, path, init);
    let probes = [
        ("readinessProbe", &container.value.readiness_probe),
        ("livenessProbe", &container.value.liveness_probe),
        ("startupProbe", &container.value.startup_probe),
    ];
    for (field, probe) in probes {
        let Some(probe) = probe else { continue };
        let path = format!("{path}.{field}");
        if init {
            super::report::only_with(context, probe.span, &path, "not-init-container", object);
        } else {
            check_probe(context, probe, &path, object);
        }
    }
    for (index, mount) in container.value.volume_mounts.iter().enumerate() {
        let path = format!("{path}.volumeMounts[{index}]");
        if mount.name.value.is_empty() {
            missing(context, &format!("{path}.name"), context.first_line(mount.span), object);
        } else if !pod.volumes.contains(&*mount.name.value) {
            let found = context.finding(codes::UNKNOWN_VOLUME, mount.name.span, object);
            context.report(found.arg("path", format!("{path}.name")).arg("name", &*mount.name.value));
        }
        if mount.mount_path.as_ref().is_none_or(|path| path.is_empty()) {
            missing(context, &format!("{path}.mountPath"), context.first_line(mount.span), object);
        }
    }
}

fn missing(context: &mut Context<'_>, path: &str, at: Span, object: &ObjectRef) {
    let found = context.finding(codes::MISSING_FIELD, at, object).arg("path", path);
    context.report(found);
}

fn volumes_of(context: &mut Context<'_>, pod: &Pod<'_>) {
    let mut names = Once::default();
    for (index, volume) in pod.spec.volumes.iter().enumerate() {
        let path = || format!("{}.volumes[{index}].name", pod.path);
        if volume.name.value.is_empty() {
            missing(context, &path(), context.first_line(volume.span), pod.object);
        } else {
            form_of(context, &volume.name, Form::Label, &path(), pod.object);
            names.add(
                context,
                &*volume.name.value,
                (path, || volume.name.value.to_string()),
                volume.name.span,
                pod.object,
            );
        }
    }
}

fn ports<'p>(context: &mut Context<'_>, pod: &mut Pod<'p>, container: &'p Spanned<Container>, path: &str, init: bool) {
    let list: &'p List<ContainerPort> = &container.value.ports;
    let own = &*container.value.name.value;
    let mut names = Once::default();
    for (at, port) in list.iter().enumerate() {
        let path = |field: &str| format!("{path}.ports[{at}].{field}");
        let object = pod.object;
        let name = port.value.name.as_ref().filter(|name| !name.value.is_empty());
        if let Some(name) = name {
            form_of(context, name, Form::PortName, &path("name"), object);
            let words = (|| path("name"), || name.value.to_string());
            names.add(context, &*name.value, words, name.span, object);
        }
        let Some(number) = &port.value.container_port else {
            missing(context, &path("containerPort"), context.first_line(port.span), object);
            continue;
        };
        context.port(number, &path("containerPort"), object);
        context.protocol(port.value.protocol.as_ref(), &path("protocol"), object);
        let protocol = port.value.protocol.as_ref().map_or("TCP", |protocol| &*protocol.value);
        let host = port.value.host_port.as_ref().filter(|host| host.value != 0);
        if let Some(host) = host
            && context.port(host, &path("hostPort"), object).is_some()
        {
            let address = port.value.host_ip.as_ref().map_or("", |ip| &*ip.value);
            let words = (|| path("hostPort"), || format!("{}/{protocol}", host.value));
            pod.host_ports.add(context, (protocol, address, host.value), words, host.span, object);
            let on_node = pod.spec.host_network.as_ref().is_some_and(|flag| flag.value);
            if on_node && host.value != number.value {
                let found = context.finding(codes::HOST_PORT_DIFFERS, host.span, object).arg("path", path("hostPort"));
                context.report(found.arg("value", host.to_string()).arg("port", number.to_string()));
            }
        }
        if init {
            continue;
        }
        shared(context, pod, own, name);
    }
}

/// What the containers of a Pod have to share: names of ports. The ports themselves are those that are listened on, see `listen`.
fn shared<'p>(
    context: &mut Context<'_>,
    pod: &mut Pod<'p>,
    own: &'p str,
    name: Option<&'p Spanned<std::sync::Arc<str>>>,
) {
    let object = pod.object;
    let Some(name) = name else { return };
    match pod.port_names.get(&*name.value) {
        Some(first) if *first != own => {
            let found = context.finding(codes::PORT_NAME_REPEATED, name.span, object).arg("name", &*name.value);
            context.report(found.arg("first", *first).arg("container", own));
        }
        _ => {
            pod.port_names.insert(&*name.value, own);
        }
    }
}

fn check_probe(context: &mut Context<'_>, probe: &Spanned<ContainerProbe>, path: &str, object: &ObjectRef) {
    let handlers = [probe.http_get.is_some(), probe.tcp_socket.is_some(), probe.grpc.is_some(), probe.exec.is_some()];
    let count = handlers.iter().filter(|given| **given).count();
    if count != 1 {
        let found = context.finding(codes::PROBE_HANDLER, context.first_line(probe.span), object).arg("path", path);
        context.report(found.arg("count", count.to_string()));
    }
    if let Some(exec) = probe.exec.as_ref().filter(|exec| exec.command.is_empty()) {
        missing(context, &format!("{path}.exec.command"), context.first_line(exec.span), object);
    }
    let ports = [("httpGet", &probe.http_get), ("tcpSocket", &probe.tcp_socket), ("grpc", &probe.grpc)];
    for (field, handler) in ports {
        let Some(handler) = handler else { continue };
        let path = format!("{path}.{field}.port");
        match &handler.port {
            None => missing(context, &path, context.first_line(handler.span), object),
            Some(Spanned { value: IntOrString::Int(number), span }) => {
                context.port(&Spanned { value: *number, span: *span }, &path, object);
            }
            Some(Spanned { value: IntOrString::String(name), span }) => {
                form_of(context, &Spanned { value: name.clone(), span: *span }, Form::PortName, &path, object);
            }
        }
    }
}
