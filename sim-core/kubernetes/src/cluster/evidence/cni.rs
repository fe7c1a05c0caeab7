//! Which network plugin the input installs or shows, and the Pod ranges of its configuration.

use super::distribution::Shown;
use super::pods::{because, containers, pod_of};
use crate::assumption::Because;
use crate::cluster::context::Context;
use crate::cluster::plugin::{Cni, CniInfo};
use crate::manifest::Parsed;
use crate::manifest::objects::{CalicoPoolSpec, CniConfig, ConfigMap, Document, Node, Object};
use crate::manifest::scalars;
use crate::origin::{ObjectRef, Span};
use ipnet::{IpNet, Ipv4Net};
use std::sync::Arc;

/// A plugin, what shows it, and its Pod range.
pub(in crate::cluster) struct Installed {
    pub(in crate::cluster) cni: Cni,
    pub(in crate::cluster) because: Because,
    /// Installed by the input itself, or left its traces on Nodes: not only known from the distribution.
    pub(in crate::cluster) seen: bool,
    /// The range in its configuration.
    pub(in crate::cluster) range: Option<IpNet>,
}

/// A sign of a plugin.
struct Sign {
    cni: Cni,
    because: Because,
    range: Option<IpNet>,
    /// Configuration says more than an image, an image more than a mark on a Node.
    weight: u8,
}

/// Parts of images.
const IMAGES: [(&str, Cni); 17] = [
    // Before Cilium's own: its images are built from Cilium's.
    ("gke.gcr.io/cilium", Cni::GKE_DATAPLANE_V2),
    ("gke-release/cilium", Cni::GKE_DATAPLANE_V2),
    ("flannel", Cni::FLANNEL),
    ("calico/node", Cni::CALICO_IPIP),
    ("calico-node", Cni::CALICO_IPIP),
    ("cilium/cilium", Cni::CILIUM),
    ("weaveworks/weave-kube", Cni::WEAVE),
    ("weave-kube", Cni::WEAVE),
    ("kindnetd", Cni::KINDNET),
    ("antrea", Cni::ANTREA),
    ("ovn-kubernetes", Cni::OVN_KUBERNETES),
    ("ovn-kube", Cni::OVN_KUBERNETES),
    ("kube-ovn", Cni::KUBE_OVN),
    ("kube-router", Cni::KUBE_ROUTER),
    ("amazon-k8s-cni", Cni::AWS_VPC),
    ("azure-cni", Cni::AZURE),
    ("azure-cns", Cni::AZURE),
];

/// Beginnings of annotations and labels of Nodes.
const MARKS: [(&str, Cni); 10] = [
    ("flannel.alpha.coreos.com/", Cni::FLANNEL),
    ("projectcalico.org/IPv4IPIPTunnelAddr", Cni::CALICO_IPIP),
    ("projectcalico.org/IPv4VXLANTunnelAddr", Cni::CALICO_VXLAN),
    ("projectcalico.org/IPv4Address", Cni::CALICO),
    ("network.cilium.io/", Cni::CILIUM),
    ("io.cilium.network", Cni::CILIUM),
    ("k8s.ovn.org/", Cni::OVN_KUBERNETES),
    ("ovn.kubernetes.io/", Cni::KUBE_OVN),
    ("node.antrea.io/", Cni::ANTREA),
    ("vpc.amazonaws.com/", Cni::AWS_VPC),
];

/// Words of network configurations: mostly `type` of a plugin.
const CONFIGURED: [(&str, Cni); 10] = [
    ("calico", Cni::CALICO_IPIP),
    ("cilium-cni", Cni::CILIUM),
    ("weave-net", Cni::WEAVE),
    ("antrea", Cni::ANTREA),
    ("kube-ovn", Cni::KUBE_OVN),
    ("aws-cni", Cni::AWS_VPC),
    ("azure-vnet", Cni::AZURE),
    ("flannel", Cni::FLANNEL),
    ("kindnet", Cni::KINDNET),
    ("ptp", Cni::PTP),
];

/// Signs that the simulated plugins say of themselves, behind those of the field.
fn of_simulated<'c>(
    context: &'c Context<'_>,
    which: impl Fn(&'static CniInfo) -> &'static [&'static str] + 'c,
) -> impl Iterator<Item = (&'static str, Cni)> + 'c {
    context.plugins.iter().flat_map(move |cni| which(cni.info()).iter().map(|sign| (*sign, *cni)))
}

/// What the input shows; the distribution's own plugin where nothing else is seen.
pub(super) fn installed(context: &mut Context<'_>, distribution: Option<&Shown>) -> Option<Installed> {
    let parsed = context.parsed;
    let mut best: Option<Sign> = None;
    let mut range = None;
    for object in &parsed.objects {
        for sign in signs(context, object) {
            range = range.or(sign.range);
            if best.as_ref().is_none_or(|best| best.weight < sign.weight) {
                best = Some(sign);
            }
        }
    }
    if let Some(Sign { cni, because, .. }) = best {
        return Some(Installed { cni, because, seen: true, range });
    }
    let shown = distribution?;
    let without = |object: &&Object| {
        matches!(object, Object::KindCluster(kind)
            if kind.value.networking.disable_default_cni.as_ref().is_some_and(|flag| flag.value))
    };
    if parsed.objects.iter().any(|object| without(&object)) {
        return None;
    }
    Some(Installed { cni: shown.is.cni(), because: shown.because.clone(), seen: false, range: None })
}

fn signs(context: &mut Context<'_>, object: &Object) -> Vec<Sign> {
    let parsed = context.parsed;
    let of = object.object();
    match object {
        Object::ConfigMap(document) => config_map(context, document),
        Object::Node(document) => node(context, document).into_iter().collect(),
        Object::CalicoPool(document) if document.value.spec.disabled != Some(true) => {
            let spec = &document.value.spec;
            let range = spec.cidr.as_ref().and_then(|cidr| v4(&cidr.value));
            let span = spec.cidr.as_ref().map_or(document.span, |cidr| cidr.span);
            let because = because(parsed, of, "spec.cidr", span);
            vec![Sign { cni: calico_pool(spec), because, range, weight: 4 }]
        }
        Object::CalicoInstallation(document) => {
            let spec = &document.value.spec;
            let because = because(parsed, of, "spec.calicoNetwork", document.span);
            if spec.cni.kind.as_deref().is_some_and(|kind| kind != "Calico") {
                return Vec::new();
            }
            let pools = spec.calico_network.ip_pools.iter();
            let pool =
                pools.map(|pool| &pool.value).find(|pool| pool.cidr.as_ref().is_none_or(|c| !c.value.contains(':')));
            let cni = match pool.and_then(|pool| pool.encapsulation.as_deref()) {
                Some("None") => Cni::CALICO,
                Some("VXLAN" | "VXLANCrossSubnet") => Cni::CALICO_VXLAN,
                _ => Cni::CALICO_IPIP,
            };
            let range = pool.and_then(|pool| v4(&pool.cidr.as_ref()?.value));
            vec![Sign { cni, because, range, weight: 4 }]
        }
        Object::OpenShiftNetwork(document) => {
            let spec = &document.value.spec;
            let cni = match spec.network_type.as_deref() {
                Some("OpenShiftSDN") => Cni::OPENSHIFT_SDN,
                Some("Calico") => Cni::CALICO_VXLAN,
                Some("Cilium") => Cni::CILIUM,
                _ => Cni::OVN_KUBERNETES,
            };
            let ranges = spec.cluster_network.iter().filter_map(|range| range.value.cidr.as_ref());
            let range = ranges.filter_map(|cidr| v4(&cidr.value)).next();
            vec![Sign { cni, because: because(parsed, of, "spec.networkType", document.span), range, weight: 4 }]
        }
        Object::CniConfig(document) => cni_config(context, document).into_iter().collect(),
        _ => workload(context, object).into_iter().collect(),
    }
}

/// A configuration as it lies on a node: the first of its plugins that is known wires Pods.
fn cni_config(context: &Context<'_>, document: &Document<CniConfig>) -> Option<Sign> {
    let config = &document.value;
    let kinds = config.plugins.iter().filter_map(|plugin| plugin.value.kind.as_ref()).chain(&config.kind);
    let named = |kind: &str| {
        let mut all = CONFIGURED.into_iter().chain(of_simulated(context, |info| info.config_types));
        all.find(|(word, _)| *word == kind).map(|(_, cni)| cni)
    };
    let (kind, cni) = kinds.filter_map(|kind| Some((kind, named(&kind.value)?))).next()?;
    let by_kind = config.name.as_ref().is_some_and(|name| &*name.value == Cni::KINDNET.info().network);
    let cni = if cni == Cni::PTP && by_kind { Cni::KINDNET } else { cni };
    let because = because(context.parsed, &document.object, "plugins.type", kind.span);
    Some(Sign { cni, because, range: None, weight: 2 })
}

fn calico_pool(spec: &CalicoPoolSpec) -> Cni {
    let on = |mode: &Option<Arc<str>>| mode.as_deref().is_some_and(|mode| !mode.is_empty() && mode != "Never");
    match (on(&spec.vxlan_mode), on(&spec.ipip_mode)) {
        (true, _) => Cni::CALICO_VXLAN,
        (false, true) => Cni::CALICO_IPIP,
        (false, false) => Cni::CALICO,
    }
}

fn v4(text: &str) -> Option<IpNet> {
    text.split([',', ' ']).find_map(|part| part.trim().parse::<Ipv4Net>().ok()).map(|net| IpNet::V4(net.trunc()))
}

/// The ConfigMaps plugins keep their configuration in.
fn config_map(context: &Context<'_>, document: &Document<ConfigMap>) -> Vec<Sign> {
    let parsed = context.parsed;
    let of = &document.object;
    let mut all = Vec::new();
    let mut sign = |cni, field: &str, span: Span, range, weight| {
        all.push(Sign { cni, because: because(parsed, of, field, span), range, weight });
    };
    let data = &document.value.data;
    let canal = data.contains_key("canal_iface") || of.name.contains("canal");
    if let Some(text) = data.get("net-conf.json") {
        let inner = scalars(parsed, text);
        let find = |path: &str| inner.iter().find(|scalar| scalar.path.eq_ignore_ascii_case(path));
        let cni = match find("Backend.Type").map(|scalar| &*scalar.value) {
            _ if canal => Cni::CANAL,
            Some("host-gw") => Cni::FLANNEL_HOST_GW,
            _ => Cni::FLANNEL,
        };
        let network = find("Network");
        let span = network.map_or(text.span, |scalar| scalar.span);
        sign(cni, "data.net-conf.json", span, network.and_then(|scalar| v4(&scalar.value)), 4);
    }
    let value = |key: &str| data.get(key).map(|text| (text.value.trim(), text.span));
    if let Some((backend, span)) = value("calico_backend") {
        let cni = if backend == "vxlan" { Cni::CALICO_VXLAN } else { Cni::CALICO_IPIP };
        sign(cni, "data.calico_backend", span, None, 3);
    }
    if &*of.name == "cilium-config" {
        let ranges = ["cluster-pool-ipv4-cidr", "ipv4-native-routing-cidr"].iter().filter_map(|key| value(key));
        let range = ranges.filter_map(|(text, _)| v4(text)).next();
        sign(Cni::CILIUM, "metadata.name", document.span, range, 3);
    }
    if &*of.name == "antrea-config" || data.contains_key("antrea-agent.conf") {
        sign(Cni::ANTREA, "metadata.name", document.span, None, 3);
    }
    for (key, text) in data {
        let named = key.ends_with(".conflist") || key.ends_with(".conf") || key.starts_with("cni");
        if !named || !text.value.contains("\"type\"") {
            continue;
        }
        let says = |word: &str| text.value.contains(&format!("\"{word}\""));
        let own = of_simulated(context, |info| info.config_types);
        if let Some((_, cni)) = CONFIGURED.into_iter().chain(own).find(|(word, _)| says(word)) {
            sign(cni, &format!("data.{key}"), text.span, None, 2);
        }
    }
    all
}

/// The plugin that does kube-proxy's work itself, by its own configuration: Cilium's `kube-proxy-replacement` (`true`, before 1.14
/// `strict`), Calico's eBPF data path.
pub(super) fn replaces_proxy(parsed: &Parsed) -> Option<(Cni, Because)> {
    parsed.objects.iter().find_map(|object| match object {
        Object::ConfigMap(document) if &*document.object.name == "cilium-config" => {
            let said = document.value.data.get("kube-proxy-replacement")?;
            let field = "data.kube-proxy-replacement";
            let on = matches!(said.value.trim(), "true" | "strict");
            on.then(|| (Cni::CILIUM, because(parsed, &document.object, field, said.span)))
        }
        Object::CalicoInstallation(document) => {
            let said = document.value.spec.calico_network.linux_dataplane.as_ref()?;
            let field = "spec.calicoNetwork.linuxDataplane";
            (&*said.value == "BPF").then(|| (Cni::CALICO, because(parsed, &document.object, field, said.span)))
        }
        _ => None,
    })
}

/// A workload that runs a plugin's agent.
fn workload(context: &Context<'_>, object: &Object) -> Option<Sign> {
    let parsed = context.parsed;
    let (_, spec) = pod_of(object)?;
    let host = spec.host_network.as_ref().is_some_and(|flag| flag.value);
    let agent = matches!(object, Object::DaemonSet(_)) || (host && matches!(object, Object::Pod(_)));
    let of = object.object();
    if !agent || of.name.contains("operator") {
        return None;
    }
    let images = || containers(spec).filter_map(|container| container.image.as_ref());
    let found = images().find_map(|image| {
        let own = of_simulated(context, |info| info.images);
        let (_, cni) = IMAGES.into_iter().chain(own).find(|(part, _)| image.value.contains(part))?;
        Some((image, cni))
    });
    let (image, mut cni) = found?;
    let env = |name: &str| {
        let all = containers(spec).flat_map(|container| &container.env);
        all.filter(|var| &*var.value.name == name).find_map(|var| var.value.value.clone())
    };
    let mut weight = 3;
    if images().any(|image| image.value.contains("flannel")) && images().any(|image| image.value.contains("calico")) {
        cni = Cni::CANAL;
    } else if cni == Cni::CALICO_IPIP {
        let set = |name: &str| env(name).is_some_and(|value| !matches!(&*value.value, "" | "Never" | "Off"));
        if set("CALICO_IPV4POOL_VXLAN") {
            (cni, weight) = (Cni::CALICO_VXLAN, 4);
        } else if env("CALICO_IPV4POOL_IPIP").is_some() && !set("CALICO_IPV4POOL_IPIP") {
            (cni, weight) = (Cni::CALICO, 4);
        }
    }
    let range = ["CALICO_IPV4POOL_CIDR", "IPALLOC_RANGE", "POD_SUBNET"].iter().find_map(|name| v4(&env(name)?.value));
    Some(Sign { cni, because: because(parsed, of, "spec.containers.image", image.span), range, weight })
}

/// What a plugin left on a Node.
fn node(context: &Context<'_>, document: &Document<Node>) -> Option<Sign> {
    let metadata = &document.value.metadata;
    let all = || metadata.annotations.iter().chain(metadata.labels.iter());
    let own = of_simulated(context, |info| info.marks);
    let (_, cni) = MARKS.into_iter().chain(own).find(|(start, _)| all().any(|(key, _)| key.starts_with(start)))?;
    let host_gw =
        metadata.annotations.get("flannel.alpha.coreos.com/backend-type").is_some_and(|kind| &**kind == "host-gw");
    let cni = if cni == Cni::FLANNEL && host_gw { Cni::FLANNEL_HOST_GW } else { cni };
    let object: &ObjectRef = &document.object;
    Some(Sign {
        cni,
        because: because(context.parsed, object, "metadata.annotations", document.span),
        range: None,
        weight: 1,
    })
}
