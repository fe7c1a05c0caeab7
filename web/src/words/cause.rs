//! Why a piece of state is there.

use super::Say;
use crate::page::snippet;
use sim_core::cause::{Cause, CauseId, Component};
use sim_core::cluster::model::Assumption;
use sim_core::manifest::span::Location;

/// Who wrote something, for what, and on which line of the input it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Because {
    /// The sentence.
    pub text: String,
    /// Component, as a word.
    pub component: String,
    /// `Service default/web`.
    pub object: Option<String>,
    /// `spec.ports[0]`.
    pub field: Option<String>,
    /// `file:line:col`.
    pub place: Option<String>,
    /// The line itself, trimmed.
    pub line: Option<String>,
    /// The same place, for a longer excerpt.
    pub location: Option<Location>,
}

/// The key of a component's name.
pub(crate) fn component_key(component: Component) -> &'static str {
    match component {
        Component::Kernel => "component-kernel",
        Component::Host => "component-host",
        Component::Administrator => "component-administrator",
        Component::Underlay => "component-underlay",
        Component::Kubelet => "component-kubelet",
        Component::ContainerRuntime => "component-container-runtime",
        Component::CniBridge => "component-cni-bridge",
        Component::KubeProxyIptables => "component-kube-proxy-iptables",
        Component::KubeProxyNftables => "component-kube-proxy-nftables",
        Component::IpMasq => "component-ip-masq",
        Component::Workload => "component-workload",
        Component::CoreDns => "component-core-dns",
    }
}

impl Say<'_> {
    /// The cause behind an id.
    pub fn cause(&self, id: CauseId) -> Option<&Cause> {
        self.model.built.network.causes().get(id)
    }

    /// A cause in words.
    pub fn because(&self, id: CauseId) -> Option<Because> {
        self.cause(id).map(|cause| self.because_of(cause))
    }

    fn because_of(&self, cause: &Cause) -> Because {
        let component = self.t(component_key(cause.component));
        let object = cause.object.as_ref().map(ToString::to_string);
        let field = cause.field.as_ref().map(ToString::to_string);
        let args = [
            ("component", component.as_str().into()),
            ("object", object.as_deref().unwrap_or_default().into()),
            ("field", field.as_deref().unwrap_or_default().into()),
        ];
        let id = match (&object, &field) {
            (Some(_), Some(_)) => "because-object-field",
            (Some(_), None) => "because-object",
            (None, Some(_)) => "because-field",
            (None, None) => "because-component",
        };
        let text = self.ta(id, &args);
        let text = match cause.since {
            Some(version) => {
                self.ta("because-since", &[("because", text.into()), ("version", version.to_string().into())])
            }
            None => text,
        };
        Because {
            text,
            component,
            object,
            field,
            place: cause.location.as_ref().map(ToString::to_string),
            line: cause.location.as_ref().and_then(|location| self.source_line(location)),
            location: cause.location.clone(),
        }
    }

    /// The line of the input a place is on, trimmed.
    pub fn source_line(&self, location: &Location) -> Option<String> {
        let lines = snippet::at(&self.model.parsed, location, 0)?;
        lines.lines.first().map(|line| line.before.trim().to_owned())
    }

    /// Something assumed about the cluster.
    pub fn assumption(&self, assumption: &Assumption) -> String {
        match assumption {
            Assumption::Nodes { names } => self.ta("assume-nodes", &[("names", names.join(", ").into())]),
            Assumption::Version(version) => self.ta("assume-version", &[("version", version.to_string().into())]),
            Assumption::SystemServices => self.t("assume-system-services"),
            Assumption::ListensOn { pod, port } => {
                self.ta("assume-listens-on", &[("pod", pod.to_string().into()), ("port", port.to_string().into())])
            }
            Assumption::PodCidr { node, cidr } => {
                self.ta("assume-pod-cidr", &[("node", (&**node).into()), ("cidr", cidr.to_string().into())])
            }
            Assumption::NodeAddress { node, ip } => {
                self.ta("assume-node-address", &[("node", (&**node).into()), ("ip", ip.to_string().into())])
            }
            Assumption::ReplicasCut { object, asked, made } => self.ta(
                "assume-replicas-cut",
                &[("object", object.to_string().into()), ("asked", (*asked).into()), ("made", (*made).into())],
            ),
        }
    }
}
