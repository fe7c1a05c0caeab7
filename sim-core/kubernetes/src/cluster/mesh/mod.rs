//! Which Pods have a proxy of a mesh beside them, and what its capture is told.
//!
//! In order of weight: containers that are there (a dump, or a manifest that `istioctl kube-inject` or `linkerd inject` wrote), then what labels and
//! annotations ask the mesh's webhook for. Sources: the injection template of Istio (`manifests/charts/istio-control/istio-discovery/files`), the
//! chart partials of Linkerd (`charts/partials/templates/_proxy-init.tpl`).

mod flags;

use super::context::{Context, name_of};
use super::evidence::pods::pod_of;
use super::model::{Capture, CaptureRules, Captured, LinkerdInit, Listed, Mesh, NamespacedName, Pod, PodId};
use crate::assumption::codes::{self, AssumptionInfo};
use crate::assumption::{About, Because};
use crate::diagnostic::{Diagnostic, codes as findings};
use crate::manifest::objects::{Container, Map, Metadata, Object, PodSpec};
use crate::origin::{ObjectRef, Span};
use kernel::config::Owner;
use kernel::packet::Port;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Namespaces that Istio's webhook leaves alone.
const IGNORED: [&str; 4] = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];
/// Ports of the proxy itself and its agent, which are not captured.
const OWN_PORTS: &str = "15090,15021,15020";

/// Where a Pod is written, and what stands there.
struct Written<'p> {
    object: ObjectRef,
    metadata: &'p Metadata,
    spec: &'p PodSpec,
    span: Span,
}

/// Decides for all Pods.
pub(super) fn decide(context: &mut Context<'_>, pods: &[Pod]) -> BTreeMap<PodId, Captured> {
    let parsed = context.parsed;
    let mut by_object = BTreeMap::new();
    let mut by_name: BTreeMap<NamespacedName, usize> = BTreeMap::new();
    let mut namespaces: BTreeMap<Arc<str>, &Metadata> = BTreeMap::new();
    for (at, object) in parsed.objects.iter().enumerate() {
        match object {
            Object::Namespace(document) => {
                namespaces.insert(document.object.name.clone(), &document.value.metadata);
            }
            Object::Pod(document) => {
                by_name.insert(name_of(&document.object), at);
            }
            _ => {}
        }
        if pod_of(object).is_some() {
            by_object.insert(object.object(), at);
        }
    }
    let plugin = pods.iter().any(|pod| pod.containers.iter().any(|container| container.image.contains("install-cni")));
    let (mut all, mut told) = (BTreeMap::new(), BTreeSet::new());
    for (id, pod) in (0..).map(PodId).zip(pods).filter(|(_, pod)| !pod.host_network && !pod.origin.assumed) {
        let at = by_name.get(&pod.name).or_else(|| by_object.get(&pod.origin.object));
        let Some((object, (metadata, spec))) =
            at.and_then(|at| parsed.objects.get(*at)).and_then(|object| Some((object, pod_of(object)?)))
        else {
            continue;
        };
        let written = Written { object: object.object().clone(), metadata, spec, span: object.span() };
        let namespace = namespaces.get(&pod.name.namespace).copied();
        let of = Deciding { context, pod, written: &written, namespace, plugin };
        let found = of.there().or_else(|| of.asked());
        // What is written once is told once, however many Pods are made of it.
        let traps = match &found {
            _ if !told.insert(written.object.clone()) => Vec::new(),
            Some((captured, _)) => of.too_early(captured),
            None => of.missing().into_iter().collect(),
        };
        traps.into_iter().for_each(|trap| context.report(trap));
        if let Some((captured, code)) = found {
            if let Some(code) = code {
                let made = code.made().arg("pod", pod.name.to_string()).arg("mesh", captured.mesh.name());
                let made = made.about(About::Pod(pod.name.clone()));
                context.assume(crate::assumption::Assumption { because: Some(captured.because.clone()), ..made });
            }
            all.insert(id, captured);
        }
    }
    all
}

/// One Pod.
struct Deciding<'a, 'p> {
    context: &'a Context<'p>,
    pod: &'a Pod,
    written: &'a Written<'p>,
    namespace: Option<&'p Metadata>,
    /// Istio's network plugin is there.
    plugin: bool,
}

/// What is found, and what was assumed for it.
type Found = (Captured, Option<AssumptionInfo>);

impl Deciding<'_, '_> {
    fn container(&self, name: &str, image: &str) -> Option<&super::model::Container> {
        self.pod.containers.iter().find(|own| &*own.name == name || own.image.contains(image))
    }

    fn init(&self, name: &str) -> Option<(usize, &Container)> {
        let all = self.written.spec.init_containers.iter().map(|container| &container.value);
        all.enumerate().find(|(_, own)| &*own.name.value == name)
    }

    fn because(&self, field: &str) -> Because {
        let Written { object, span, .. } = self.written;
        Because { object: Some(object.clone()), field: Some(Arc::from(field)), location: self.context.at(*span) }
    }

    /// A proxy that stands among the Pod's containers.
    fn there(&self) -> Option<Found> {
        if let Some(proxy) = self.container("istio-proxy", "istio/proxyv2") {
            // A gateway is such a proxy alone: nothing is led to it.
            if self.pod.containers.len() == 1 {
                return None;
            }
            let proxy = proxy.name.clone();
            return Some(match self.init("istio-init") {
                Some((at, init)) => {
                    let (capture, native) = flags::istio(init);
                    let because = self.because(&format!("spec.initContainers[{at}]"));
                    (self.istio(capture, native, false, proxy, because), None)
                }
                None => {
                    let validates = self.init("istio-validation").is_some();
                    let because = self.because("metadata.annotations");
                    let code = (!validates).then_some(codes::SIDECAR_RULES);
                    (self.istio(self.by_annotations(validates), false, validates, proxy, because), code)
                }
            });
        }
        let proxy = self.container("linkerd-proxy", "linkerd/proxy:")?.name.clone();
        Some(match self.init("linkerd-init") {
            Some((at, init)) => {
                let because = self.because(&format!("spec.initContainers[{at}]"));
                (self.linkerd(flags::linkerd(init), false, proxy, because), None)
            }
            None => {
                let validates = self.init("linkerd-network-validator").is_some();
                let because = self.because("metadata.annotations");
                let code = (!validates).then_some(codes::SIDECAR_RULES);
                (self.linkerd(self.linkerd_annotations(), validates, proxy, because), code)
            }
        })
    }

    /// A proxy that the mesh's webhook adds to Pods that are made now. A Pod that is there already was made without one.
    fn asked(&self) -> Option<Found> {
        let (mesh, because) = self.wanted().filter(|_| !self.pod.ip_given)?;
        let captured = match mesh {
            Mesh::Istio => {
                let capture = self.by_annotations(self.plugin);
                self.istio(capture, false, self.plugin, Arc::from("istio-proxy"), because)
            }
            Mesh::Linkerd => self.linkerd(self.linkerd_annotations(), false, Arc::from("linkerd-proxy"), because),
        };
        Some((captured, Some(codes::SIDECAR_INJECTED)))
    }

    /// The mesh that labels and annotations ask for a proxy.
    fn wanted(&self) -> Option<(Mesh, Because)> {
        let own = self.written.metadata;
        let empty = Map::default();
        let labels = self.namespace.map_or(&empty, |namespace| &*namespace.labels);
        let annotations = self.namespace.map_or(&empty, |namespace| &*namespace.annotations);
        let said = |map: &Map, key: &str| map.get(key).map(|value| value.to_string());
        if IGNORED.contains(&&*self.pod.name.namespace) {
            return None;
        }
        // A gateway is made of another template, and is a proxy alone.
        let templates = own.annotations.get("inject.istio.io/templates");
        let gateway = templates.is_some_and(|templates| !templates.contains("sidecar"));
        if gateway || self.container("istio-proxy", "istio/proxyv2").is_some() {
            return None;
        }
        let inject = "sidecar.istio.io/inject";
        let wanted = said(&own.labels, inject).or_else(|| said(&own.annotations, inject));
        let injection = said(labels, "istio-injection");
        let on = match (wanted.as_deref(), injection.as_deref()) {
            (_, Some("disabled")) | (Some("false"), _) => false,
            (Some("true"), _) | (_, Some("enabled")) => true,
            _ => labels.contains_key("istio.io/rev"),
        };
        if on {
            let by_pod = wanted.as_deref() == Some("true");
            let because = if by_pod { self.because("metadata.labels") } else { self.of_namespace() };
            return Some((Mesh::Istio, because));
        }
        let inject = "linkerd.io/inject";
        let said = said(&own.annotations, inject).or_else(|| said(annotations, inject))?;
        matches!(&*said, "enabled" | "ingress").then(|| {
            let by_pod = own.annotations.contains_key(inject);
            let because = if by_pod { self.because("metadata.annotations") } else { self.of_namespace() };
            (Mesh::Linkerd, because)
        })
    }

    /// Init containers that run when the rules are there and the proxy is not: what they send comes to nobody.
    fn too_early(&self, captured: &Captured) -> Vec<Diagnostic> {
        let all = &self.written.spec.init_containers;
        let name = |own: &Container| own.name.value.clone();
        let writes = all.iter().position(|own| ["istio-init", "linkerd-init"].contains(&&*own.value.name.value));
        let from = if captured.by_plugin { Some(0) } else { writes.map(|at| at + 1) };
        let starts = all.iter().position(|own| own.value.name.value == captured.proxy).unwrap_or(all.len());
        let helpers = ["istio-validation", "linkerd-network-validator", "enable-core-dump"];
        let between = all.iter().enumerate().filter(|(at, _)| from.is_some_and(|from| from <= *at) && *at < starts);
        let own = between.filter(|(_, own)| !helpers.contains(&&*own.value.name.value));
        own.map(|(_, own)| {
            let span = self.context.first_line(own.span);
            let found = self.context.finding(findings::SIDECAR_INIT, span, &self.written.object);
            found
                .arg("pod", self.pod.name.to_string())
                .arg("container", name(&own.value).to_string())
                .arg("mesh", captured.mesh.name())
        })
        .collect()
    }

    /// A Pod that was made without the proxy that is asked for now.
    fn missing(&self) -> Option<Diagnostic> {
        let (mesh, _) = self.wanted().filter(|_| self.pod.ip_given)?;
        let span = self.context.name_span(self.written.span, self.written.metadata);
        let found = self.context.finding(findings::SIDECAR_MISSING, span, &self.written.object);
        Some(found.arg("pod", self.pod.name.to_string()).arg("mesh", mesh.name()))
    }

    fn of_namespace(&self) -> Because {
        let name = self.pod.name.namespace.clone();
        let object = ObjectRef { kind: "Namespace".into(), namespace: None, name };
        let location = self.context.at(self.context.span_of(&object));
        Because { object: Some(object), field: Some(Arc::from("metadata.labels")), location }
    }

    fn istio(&self, capture: Capture, native: bool, by_plugin: bool, proxy: Arc<str>, because: Because) -> Captured {
        let id = |list: &Listed| list.iter().next().and_then(|id| id.parse().ok()).unwrap_or(1337);
        let owner = Owner { uid: id(&capture.proxy_uids), gid: id(&capture.proxy_gids) };
        let rules = CaptureRules::Istio(Box::new(capture));
        Captured { mesh: Mesh::Istio, rules, native, by_plugin, proxy, owner, because }
    }

    fn linkerd(&self, init: LinkerdInit, by_plugin: bool, proxy: Arc<str>, because: Because) -> Captured {
        let owner = Owner { uid: init.proxy_uid, gid: init.proxy_uid };
        let rules = CaptureRules::Linkerd(Box::new(init));
        Captured { mesh: Mesh::Linkerd, rules, native: false, by_plugin, proxy, owner, because }
    }

    fn annotation(&self, name: &str) -> Option<&Arc<str>> {
        self.written.metadata.annotations.get(name)
    }

    /// What the injection template makes of the Pod's annotations; the network plugin reads them itself.
    fn by_annotations(&self, plugin: bool) -> Capture {
        let traffic = |name: &str| self.annotation(&format!("traffic.sidecar.istio.io/{name}"));
        let listed = |name: &str, default: &str| Listed::of(traffic(name).map_or(default, |value| value));
        let excluded = match traffic("excludeInboundPorts") {
            Some(ports) => Listed::of(&format!("15090,15021,{ports},15020")),
            None => Listed::of(OWN_PORTS),
        };
        let metadata = self.annotation("proxy.istio.io/config").cloned();
        let mesh = self.context.config_map("istio-system", "istio");
        let mesh = mesh.and_then(|map| map.data.values().next()).map(|text| text.value.clone());
        let texts: Vec<&str> = metadata.iter().chain(&mesh).map(|text| &**text).collect();
        let says = |key: &str, value: &str| {
            let line = |text: &&str| text.lines().any(|line| line.contains(key) && line.contains(value));
            texts.iter().any(line)
        };
        let redirect_dns = says("ISTIO_META_DNS_CAPTURE", "true");
        let tproxy = match self.annotation("sidecar.istio.io/interceptionMode") {
            Some(mode) => &**mode == "TPROXY",
            None => says("interceptionMode", "TPROXY"),
        };
        let virtual_interfaces = match self.annotation("istio.io/reroute-virtual-interfaces") {
            Some(devices) => Listed::of(devices),
            None => listed("kubevirtInterfaces", ""),
        };
        Capture {
            tproxy,
            inbound_ports: listed("includeInboundPorts", "*"),
            inbound_ports_except: excluded,
            outbound_ports: listed("includeOutboundPorts", ""),
            outbound_ports_except: listed("excludeOutboundPorts", ""),
            outbound_ranges: listed("includeOutboundIPRanges", "*"),
            outbound_ranges_except: listed("excludeOutboundIPRanges", ""),
            virtual_interfaces,
            excluded_interfaces: listed("excludeInterfaces", ""),
            redirect_dns,
            // The plugin does not know whom a Pod asks.
            capture_all_dns: plugin && redirect_dns,
            ..Capture::default()
        }
    }

    fn linkerd_annotations(&self) -> LinkerdInit {
        let config = |name: &str| self.annotation(&format!("config.linkerd.io/{name}"));
        let number = |name: &str| config(name).and_then(|value| value.parse::<u16>().ok());
        let mut init = LinkerdInit::default();
        let (control, admin) = (number("control-port").unwrap_or(4190), number("admin-port").unwrap_or(4191));
        let skipped = config("skip-inbound-ports").map_or("4567,4568", |ports| ports);
        init.inbound_ignored = Listed::of(&format!("{control},{admin},{skipped}"));
        if let Some(ports) = config("skip-outbound-ports") {
            init.outbound_ignored = Listed::of(ports);
        }
        if let Some(subnets) = config("skip-subnets") {
            init.subnets_ignored = Listed::of(subnets);
        }
        init.inbound_port = number("inbound-port").map_or(init.inbound_port, Port);
        init.outbound_port = number("outbound-port").map_or(init.outbound_port, Port);
        init.proxy_uid = config("proxy-uid").and_then(|uid| uid.parse().ok()).unwrap_or(init.proxy_uid);
        init
    }
}
