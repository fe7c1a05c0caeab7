//! Flags of the control plane: kubeadm's `extraArgs`, kind's patches of them, and the commands of static Pods.

use super::pods::{containers, pod_of};
use crate::cluster::context::Context;
use crate::diagnostic::codes;
use crate::manifest::objects::{ExtraArg, ExtraArgs, Object, Text, flag};
use crate::manifest::scalars;
use crate::origin::{ObjectRef, Spanned};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// The value of a flag, with the object and field that have it.
#[derive(Clone)]
pub(in crate::cluster) struct Said {
    pub(in crate::cluster) value: Spanned<Text>,
    pub(in crate::cluster) object: ObjectRef,
    pub(in crate::cluster) field: String,
}

/// Flags that decide something here.
#[derive(Default)]
pub(in crate::cluster) struct Flags {
    /// kube-apiserver's `--service-node-port-range`.
    pub(in crate::cluster) node_ports: Option<Said>,
    /// kube-apiserver's or kube-controller-manager's `--service-cluster-ip-range`.
    pub(in crate::cluster) service_range: Option<Said>,
    /// kube-controller-manager's `--cluster-cidr`.
    pub(in crate::cluster) pod_range: Option<Said>,
    /// kube-controller-manager's `--node-cidr-mask-size` or `--node-cidr-mask-size-ipv4`.
    pub(in crate::cluster) node_mask: Option<Said>,
    /// kube-controller-manager's `--node-monitor-grace-period`.
    pub(in crate::cluster) node_grace: Option<Said>,
    /// kube-controller-manager's `--endpointslice-updates-batch-period`.
    pub(in crate::cluster) slices: Option<Said>,
    /// kube-apiserver's `--default-unreachable-toleration-seconds`.
    pub(in crate::cluster) unreachable: Option<Said>,
    /// kube-proxy's `--proxy-mode`, where it has no configuration file.
    pub(in crate::cluster) proxy_mode: Option<Said>,
    /// kube-proxy's `--cluster-cidr`, likewise.
    pub(in crate::cluster) proxy_range: Option<Said>,
    /// kubelet's `--cluster-dns`.
    pub(in crate::cluster) cluster_dns: Option<Said>,
}

/// Flags of kubelet that went with dockershim in 1.24.
const GONE: [&str; 8] = [
    "network-plugin",
    "cni-conf-dir",
    "cni-bin-dir",
    "cni-cache-dir",
    "network-plugin-mtu",
    "image-pull-progress-deadline",
    "docker-endpoint",
    "non-masquerade-cidr",
];
/// The release without them.
const GONE_SINCE: &str = "1.24";

impl Flags {
    pub(super) fn of(context: &mut Context<'_>) -> Self {
        let mut flags = Self::default();
        let parsed = context.parsed;
        for object in &parsed.objects {
            let of = object.object();
            match object {
                Object::ClusterConfiguration(document) => {
                    flags.control_plane("apiServer.extraArgs", &document.value.api_server.extra_args, of);
                    flags.control_plane(
                        "controllerManager.extraArgs",
                        &document.value.controller_manager.extra_args,
                        of,
                    );
                }
                Object::KubeadmNode(document) => {
                    let args = &document.value.node_registration.kubelet_extra_args;
                    flags.kubelet(context, "nodeRegistration.kubeletExtraArgs", args, of);
                }
                Object::KindCluster(document) => {
                    let nodes = document.value.nodes.iter().flat_map(|node| &node.value.kubeadm_config_patches);
                    for text in document.value.kubeadm_config_patches.iter().chain(nodes) {
                        flags.patch(context, text, of);
                    }
                }
                _ => flags.commands(object),
            }
        }
        flags
    }

    fn set(slot: &mut Option<Said>, value: Option<&Spanned<Text>>, field: String, object: &ObjectRef) {
        if let Some(value) = value.filter(|value| !value.value.is_empty()) {
            slot.get_or_insert_with(|| Said { value: value.clone(), object: object.clone(), field });
        }
    }

    fn control_plane(&mut self, path: &str, args: &ExtraArgs, object: &ObjectRef) {
        let field = |name: &str| format!("{path}.{name}");
        let mask = args.get("node-cidr-mask-size-ipv4").or(args.get("node-cidr-mask-size"));
        Self::set(&mut self.node_ports, args.get("service-node-port-range"), field("service-node-port-range"), object);
        let range = "service-cluster-ip-range";
        Self::set(&mut self.service_range, args.get(range), field(range), object);
        Self::set(&mut self.pod_range, args.get("cluster-cidr"), field("cluster-cidr"), object);
        Self::set(&mut self.node_mask, mask, field("node-cidr-mask-size"), object);
        let (grace, unreachable) = ("node-monitor-grace-period", "default-unreachable-toleration-seconds");
        Self::set(&mut self.node_grace, args.get(grace), field(grace), object);
        Self::set(&mut self.unreachable, args.get(unreachable), field(unreachable), object);
        let batch = "endpointslice-updates-batch-period";
        Self::set(&mut self.slices, args.get(batch), field(batch), object);
    }

    fn kubelet(&mut self, context: &mut Context<'_>, path: &str, args: &ExtraArgs, object: &ObjectRef) {
        Self::set(&mut self.cluster_dns, args.get("cluster-dns"), format!("{path}.cluster-dns"), object);
        for arg in args.0.iter().filter(|arg| GONE.contains(&&*arg.name)) {
            let found = context.finding(codes::KUBELET_FLAG_GONE, arg.value.span, object);
            let found = found.arg("path", format!("{path}.{}", arg.name)).arg("flag", format!("--{}", arg.name));
            context.report(found.arg("since", GONE_SINCE).hint(codes::HINT_LEAVE_OUT));
        }
    }

    /// A part of kubeadm's configuration inside kind's: its flags, as a mapping or as a list of `name` and `value`.
    fn patch(&mut self, context: &mut Context<'_>, text: &Spanned<Text>, object: &ObjectRef) {
        let all = scalars(context.parsed, text);
        for (path, kubelet) in [
            ("apiServer.extraArgs", false),
            ("controllerManager.extraArgs", false),
            ("nodeRegistration.kubeletExtraArgs", true),
        ] {
            let mut args = ExtraArgs::default();
            let mut name = None;
            for scalar in &all {
                let Some(key) = scalar.path.strip_prefix(path).and_then(|rest| rest.strip_prefix('.')) else {
                    continue;
                };
                let value = || Spanned { value: scalar.value.clone(), span: scalar.span };
                match key.split_once('.') {
                    Some((index, "name")) if index.bytes().all(|byte| byte.is_ascii_digit()) => {
                        name = Some(scalar.value.clone());
                    }
                    Some((index, "value")) if index.bytes().all(|byte| byte.is_ascii_digit()) => {
                        args.0.extend(name.take().map(|name| ExtraArg { name, value: value() }));
                    }
                    _ => args.0.push(ExtraArg { name: Arc::from(key), value: value() }),
                }
            }
            let field = format!("kubeadmConfigPatches.{path}");
            if kubelet {
                self.kubelet(context, &field, &args, object);
            } else {
                self.control_plane(&field, &args, object);
            }
        }
    }

    /// Flags on the command lines of the control plane's Pods and of kube-proxy.
    fn commands(&mut self, object: &Object) {
        let Some((metadata, spec)) = pod_of(object) else { return };
        let of = object.object();
        if of.namespace.as_deref() != Some("kube-system") {
            return;
        }
        let component = metadata.labels.get("component").or(metadata.labels.get("k8s-app"));
        for container in containers(spec) {
            let program = container.command.first().map_or("", |word| word.value.rsplit('/').next().unwrap_or(""));
            let is = |name: &str| {
                program == name || &*container.name.value == name || component.is_some_and(|label| &**label == name)
            };
            let words = || container.command.iter().chain(&container.args);
            let set = |slot: &mut Option<Said>, name: &str| {
                let value = flag(words(), name);
                Self::set(slot, value.as_ref(), format!("spec.containers.command --{name}"), of);
            };
            if is("kube-apiserver") {
                set(&mut self.node_ports, "service-node-port-range");
                set(&mut self.service_range, "service-cluster-ip-range");
                set(&mut self.unreachable, "default-unreachable-toleration-seconds");
            } else if is("kube-controller-manager") {
                set(&mut self.node_grace, "node-monitor-grace-period");
                set(&mut self.slices, "endpointslice-updates-batch-period");
                set(&mut self.pod_range, "cluster-cidr");
                set(&mut self.service_range, "service-cluster-ip-range");
                set(&mut self.node_mask, "node-cidr-mask-size-ipv4");
                set(&mut self.node_mask, "node-cidr-mask-size");
            } else if is("kube-proxy") && flag(words(), "config").is_none() {
                set(&mut self.proxy_mode, "proxy-mode");
                set(&mut self.proxy_range, "cluster-cidr");
            }
        }
    }

    /// The node ports there are: `--service-node-port-range`, else the API server's default.
    pub(in crate::cluster) fn node_port_range(&self, context: &mut Context<'_>) -> RangeInclusive<u16> {
        let Some(said) = &self.node_ports else { return NODE_PORTS };
        let text = &*said.value.value;
        // `first-last`, or `first+count`, or one port (`portutil.ParsePortRange`).
        let number = |text: &str| text.trim().parse::<u16>().ok();
        let range = match (text.split_once('-'), text.split_once('+')) {
            (Some((first, last)), _) => number(first).zip(number(last)),
            (None, Some((first, more))) => {
                number(first).zip(number(more)).map(|(first, more)| (first, first.saturating_add(more)))
            }
            (None, None) => number(text).map(|port| (port, port)),
        };
        match range.filter(|(first, last)| *first > 0 && first <= last) {
            Some((first, last)) => first..=last,
            None => {
                let found = context.finding(codes::INVALID_PORT, said.value.span, &said.object);
                context.report(found.arg("path", said.field.clone()).arg("value", text));
                NODE_PORTS
            }
        }
    }
}

/// Default of `--service-node-port-range`.
const NODE_PORTS: RangeInclusive<u16> = 30000..=32767;
