//! The few words in the picture that are not the kernel's own.

use std::borrow::Cow;

/// A label of the picture, to be said in the reader's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// Title of the picture, for those who hear it.
    Title,
    /// The same where no cluster is drawn.
    HostsTitle,
    /// What the picture shows, for those who hear it.
    Description {
        /// Nodes drawn.
        nodes: u64,
        /// Pods in the cluster.
        pods: u64,
    },
    /// A step, for those who hear it.
    StepOf {
        /// Step.
        step: u64,
        /// Steps in all.
        total: u64,
    },
    /// Beside a ClusterIP: it exists as rules only.
    RulesOnly,
    /// The same of a Service that is not in the input.
    RulesOnlyAssumed,
    /// Legend: what dashed borders mean.
    Assumed,
    /// Legend: what dotted borders mean.
    NotReady,
    /// What the result is worth: the code of the verdict, for pictures that stand alone.
    Verdict(&'static str),
    /// A node's own network namespace.
    RootNamespace,
    /// Role of a node.
    ControlPlane,
    /// The segment the nodes share.
    Lan,
    /// The segment of the Internet's servers.
    Internet,
    /// The LAN's router.
    Gateway,
    /// A host outside the cluster.
    External,
    /// The routing decision.
    Routing,
    /// Local processes of a node; a short word, it stands in a stage of the rail.
    LocalProcesses,
    /// Some of the Pods are drawn.
    PodsShown {
        /// Drawn one by one.
        shown: u64,
        /// In the cluster.
        total: u64,
    },
    /// Some of the containers of Docker hosts are drawn.
    ContainersShown {
        /// Drawn one by one.
        shown: u64,
        /// On all hosts.
        total: u64,
    },
    /// Networks of Docker hosts that are not drawn.
    MoreNetworks {
        /// How many.
        count: u64,
    },
    /// Machines that are no nodes and are not drawn.
    MoreHosts {
        /// How many.
        count: u64,
    },
    /// Pods of one workload on one node, drawn as one box.
    PodGroup {
        /// How many.
        count: u64,
    },
    /// Containers of one service, drawn as one box.
    ContainerGroup {
        /// How many.
        count: u64,
    },
    /// Pods of `kube-system` not drawn.
    SystemPods {
        /// How many.
        count: u64,
    },
    /// The same in as few letters as there is room for.
    SystemPodsShort {
        /// How many.
        count: u64,
    },
    /// Pods in the node's own namespace (`hostNetwork`).
    HostNetworkPods {
        /// How many.
        count: u64,
    },
    /// Containers in their host's own namespace (`network_mode: host`).
    HostModeContainers {
        /// How many.
        count: u64,
    },
    /// Services not drawn.
    MoreServices {
        /// How many.
        count: u64,
    },
    /// Nodes not drawn.
    MoreNodes {
        /// How many.
        count: u64,
    },
    /// Stands before the machines that the packet does not come to.
    OffTheWay,
    /// Rules tried without success.
    Skipped {
        /// How many.
        count: u64,
    },
    /// Lines of the chain panel that are folded away.
    Folded {
        /// How many.
        count: u64,
    },
    /// The connection's first packet already went through `nat`.
    NatSkipped,
    /// Why a packet ended: the code of its outcome.
    Reason(&'static str),
}

impl Label {
    /// The key in the locales.
    pub fn key(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Title => "scene-title",
            Self::HostsTitle => "scene-hosts-title",
            Self::Description { nodes: 0, .. } => "scene-hosts-description",
            Self::Description { .. } => "scene-description",
            Self::StepOf { .. } => "scene-step-of",
            Self::RulesOnly => "scene-rules-only",
            Self::RulesOnlyAssumed => "scene-rules-only-assumed",
            Self::Assumed => "scene-assumed",
            Self::NotReady => "scene-not-ready",
            Self::Verdict(code) => return Cow::Owned(format!("verdict-{code}")),
            Self::RootNamespace => "scene-root-namespace",
            Self::ControlPlane => "scene-control-plane",
            Self::Lan => "scene-lan",
            Self::Internet => "scene-internet",
            Self::Gateway => "scene-gateway",
            Self::External => "scene-external",
            Self::Routing => "scene-routing",
            Self::LocalProcesses => "scene-local-processes",
            Self::PodsShown { .. } => "scene-pods-shown",
            Self::ContainersShown { .. } => "scene-containers-shown",
            Self::MoreNetworks { .. } => "scene-more-networks",
            Self::MoreHosts { .. } => "scene-more-hosts",
            Self::PodGroup { .. } => "scene-pod-group",
            Self::SystemPods { .. } => "scene-system-pods",
            Self::SystemPodsShort { .. } => "scene-system-pods-short",
            Self::HostNetworkPods { .. } => "scene-host-network-pods",
            Self::HostModeContainers { .. } => "scene-host-mode-containers",
            Self::ContainerGroup { .. } => "scene-container-group",
            Self::MoreServices { .. } => "scene-more-services",
            Self::MoreNodes { .. } => "scene-more-nodes",
            Self::OffTheWay => "scene-off-the-way",
            Self::Skipped { .. } => "scene-skipped",
            Self::Folded { .. } => "scene-folded",
            Self::NatSkipped => "scene-nat-skipped",
            Self::Reason(code) => return Cow::Owned(format!("outcome-{code}")),
        })
    }

    /// The numbers the text needs, by name.
    pub fn args(&self) -> Vec<(&'static str, u64)> {
        match *self {
            Self::Description { nodes, pods } => vec![("nodes", nodes), ("pods", pods)],
            Self::StepOf { step, total } => vec![("step", step), ("total", total)],
            Self::PodsShown { shown, total } | Self::ContainersShown { shown, total } => {
                vec![("shown", shown), ("total", total)]
            }
            Self::PodGroup { count }
            | Self::SystemPods { count }
            | Self::SystemPodsShort { count }
            | Self::HostNetworkPods { count }
            | Self::HostModeContainers { count }
            | Self::ContainerGroup { count }
            | Self::MoreServices { count }
            | Self::MoreNodes { count }
            | Self::MoreNetworks { count }
            | Self::MoreHosts { count }
            | Self::Skipped { count }
            | Self::Folded { count } => vec![("count", count)],
            _ => Vec::new(),
        }
    }
}

/// Says labels in one language.
pub trait Words {
    /// The text of a label; plain text, not escaped. Too long a text is shortened to its place.
    fn label(&self, label: &Label) -> String;
}

/// Where clicks in the picture lead; `None` makes no link. Values are URLs, not escaped.
pub trait Links {
    /// The page with this Pod as the probe's source.
    fn pod(&self, namespace: &str, name: &str) -> Option<String>;
    /// The page with this Service as the probe's destination.
    fn service(&self, namespace: &str, name: &str) -> Option<String>;
}

/// No links at all.
pub struct NoLinks;

impl Links for NoLinks {
    fn pod(&self, _: &str, _: &str) -> Option<String> {
        None
    }
    fn service(&self, _: &str, _: &str) -> Option<String> {
        None
    }
}
