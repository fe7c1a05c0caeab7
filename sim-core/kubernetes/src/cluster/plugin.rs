//! CNI plugins by name: what is known of each, whether or not it is simulated.

/// A CNI plugin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cni {
    /// Reference plugin `bridge` with `host-local`, static routes between nodes.
    #[default]
    Bridge,
    /// kind's own plugin.
    Kindnet,
    /// Flannel with VXLAN.
    Flannel,
    /// Flannel with `host-gw`.
    FlannelHostGw,
    /// Calico with BGP and no encapsulation.
    Calico,
    /// Calico with IP in IP.
    CalicoIpip,
    /// Calico with VXLAN.
    CalicoVxlan,
    /// Flannel's data path with Calico's policies.
    Canal,
    /// Weave Net.
    Weave,
    /// Cilium.
    Cilium,
    /// Antrea.
    Antrea,
    /// OVN-Kubernetes.
    OvnKubernetes,
    /// OpenShift SDN.
    OpenShiftSdn,
    /// Kube-OVN.
    KubeOvn,
    /// kube-router.
    KubeRouter,
    /// Amazon VPC CNI.
    AwsVpc,
    /// Azure CNI.
    Azure,
    /// Google's own plugin on GKE.
    Gke,
    /// kubenet or routes that a cloud provider writes.
    Kubenet,
}

/// How packets for another node's Pods get there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// By routes that name the other node as next hop: only where both share a segment.
    Neighbours,
    /// In a tunnel from node to node, whatever lies between.
    Tunnel,
    /// By the network between the nodes, which a cloud provider teaches the Pod networks.
    Provider,
}

impl Cni {
    /// All, with the names that the command line takes.
    pub const ALL: [(Self, &'static str); 19] = [
        (Self::Bridge, "bridge"),
        (Self::Kindnet, "kindnet"),
        (Self::Flannel, "flannel"),
        (Self::FlannelHostGw, "flannel-host-gw"),
        (Self::Calico, "calico"),
        (Self::CalicoIpip, "calico-ipip"),
        (Self::CalicoVxlan, "calico-vxlan"),
        (Self::Canal, "canal"),
        (Self::Weave, "weave"),
        (Self::Cilium, "cilium"),
        (Self::Antrea, "antrea"),
        (Self::OvnKubernetes, "ovn-kubernetes"),
        (Self::OpenShiftSdn, "openshift-sdn"),
        (Self::KubeOvn, "kube-ovn"),
        (Self::KubeRouter, "kube-router"),
        (Self::AwsVpc, "aws-vpc-cni"),
        (Self::Azure, "azure-cni"),
        (Self::Gke, "gke"),
        (Self::Kubenet, "kubenet"),
    ];

    /// Its name, as the command line takes it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(cni, _)| *cni == self).map_or("bridge", |(_, name)| name)
    }

    /// Its name with the way its packets go, where there are several.
    pub fn described(self) -> &'static str {
        match self {
            Self::Flannel => "flannel (vxlan)",
            Self::FlannelHostGw => "flannel (host-gw)",
            Self::Calico => "calico (BGP)",
            Self::CalicoIpip => "calico (IPIP)",
            Self::CalicoVxlan => "calico (VXLAN)",
            _ => self.name(),
        }
    }

    /// The plugin of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(cni, _)| *cni)
    }

    /// The plugin that is assumed where the input has NetworkPolicies and shows none: the one most clusters enforce them with.
    pub(super) const FOR_POLICIES: Self = Self::Calico;

    /// The plugin whose data path stands in for it.
    pub fn simulated(self) -> Self {
        Self::Bridge
    }

    /// How it reaches other nodes' Pods.
    pub fn reach(self) -> Reach {
        match self {
            Self::Bridge | Self::Kindnet | Self::FlannelHostGw | Self::Calico | Self::KubeRouter => Reach::Neighbours,
            Self::AwsVpc | Self::Azure | Self::Gke | Self::Kubenet => Reach::Provider,
            _ => Reach::Tunnel,
        }
    }

    /// It hands out addresses of its own ranges, whatever the Nodes' `spec.podCIDR` says.
    pub fn has_own_ranges(self) -> bool {
        matches!(
            self,
            Self::Calico
                | Self::CalicoIpip
                | Self::CalicoVxlan
                | Self::Weave
                | Self::Cilium
                | Self::OvnKubernetes
                | Self::OpenShiftSdn
                | Self::KubeOvn
                | Self::AwsVpc
                | Self::Azure
        )
    }

    /// The range it comes with where nothing else is said.
    pub(super) fn default_range(self) -> Option<&'static str> {
        Some(match self {
            Self::Flannel | Self::FlannelHostGw | Self::Canal | Self::Kindnet => "10.244.0.0/16",
            Self::Calico | Self::CalicoIpip | Self::CalicoVxlan => "192.168.0.0/16",
            Self::Weave => "10.32.0.0/12",
            Self::Cilium => "10.0.0.0/8",
            Self::OvnKubernetes | Self::OpenShiftSdn => "10.128.0.0/14",
            Self::KubeOvn => "10.16.0.0/16",
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Cni;
    use std::collections::BTreeSet;

    #[test]
    fn every_plugin_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = Cni::ALL.iter().map(|(_, name)| *name).collect();
        let plugins: BTreeSet<Cni> = Cni::ALL.iter().map(|(cni, _)| *cni).collect();
        assert_eq!((names.len(), plugins.len()), (Cni::ALL.len(), Cni::ALL.len()));
        for (cni, name) in Cni::ALL {
            assert_eq!((Cni::named(name), cni.name()), (Some(cni), name));
        }
    }
}
