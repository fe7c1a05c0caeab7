//! CNI plugins by name: what is known of each, whether or not it is simulated.

use super::network_config::NETWORK;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

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

/// What is simulated where nobody says which.
pub(super) const SIMULATED: &[Cni] = &[Cni::BRIDGE];

/// What is known of a CNI plugin.
#[derive(Debug)]
pub struct CniInfo {
    /// Its name, as the command line takes it.
    pub name: &'static str,
    /// Its name with the way its packets go, where there are several.
    pub described: &'static str,
    /// How it reaches other nodes' Pods.
    pub reach: Reach,
    /// It hands out addresses of its own ranges, whatever the Nodes' `spec.podCIDR` says.
    pub own_ranges: bool,
    /// The range it comes with where nothing else is said.
    pub default_range: Option<&'static str>,
    /// Parts of its images' names.
    pub images: &'static [&'static str],
    /// Beginnings of annotations and labels that it leaves on Nodes.
    pub marks: &'static [&'static str],
    /// `type` of the network configurations that call it.
    pub config_types: &'static [&'static str],
    /// `name` of its network configuration, where the input has none.
    pub network: &'static str,
    /// Devices that it makes on a node under a name that is always the same.
    pub devices: &'static [&'static str],
    /// It does kube-proxy's work itself, whatever its configuration says.
    pub own_services: bool,
}

impl CniInfo {
    /// A plugin of which nothing but its name is known: static routes between nodes, addresses from `spec.podCIDR`.
    pub const fn named(name: &'static str) -> Self {
        Self {
            name,
            described: name,
            reach: Reach::Neighbours,
            own_ranges: false,
            default_range: None,
            images: &[],
            marks: &[],
            config_types: &[],
            network: NETWORK,
            devices: &[],
            own_services: false,
        }
    }

    const fn described(self, described: &'static str) -> Self {
        Self { described, ..self }
    }

    const fn reaching(self, reach: Reach) -> Self {
        Self { reach, ..self }
    }

    const fn with_own_ranges(self) -> Self {
        Self { own_ranges: true, ..self }
    }

    const fn with_range(self, range: &'static str) -> Self {
        Self { default_range: Some(range), ..self }
    }
}

/// A CNI plugin. Two are the same if they have the same name.
#[derive(Clone, Copy)]
pub struct Cni(&'static CniInfo);

impl PartialEq for Cni {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Cni {}

impl PartialOrd for Cni {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Cni {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.name.cmp(other.0.name)
    }
}

impl Hash for Cni {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name.hash(state);
    }
}

impl fmt::Debug for Cni {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl Default for Cni {
    fn default() -> Self {
        Self::BRIDGE
    }
}

impl Cni {
    /// Reference plugin `bridge` with `host-local`, static routes between nodes.
    pub const BRIDGE: Self =
        Self(&CniInfo { config_types: &["bridge"], devices: &["cni0"], ..CniInfo::named("bridge") });
    /// Reference plugin `ptp` with `host-local`, static routes between nodes.
    pub const PTP: Self = Self(&CniInfo { config_types: &["ptp"], ..CniInfo::named("ptp") });
    /// kind's own plugin.
    pub const KINDNET: Self = Self(&CniInfo {
        network: "kindnet",
        default_range: Some("10.244.0.0/16"),
        images: &["kindnetd"],
        config_types: &["ptp"],
        ..CniInfo::named("kindnet")
    });
    /// Flannel with VXLAN.
    pub const FLANNEL: Self = Self(&CniInfo {
        network: "cbr0",
        config_types: &["flannel"],
        devices: &["cni0", "flannel.1"],
        ..CniInfo::named("flannel").described("flannel (vxlan)").reaching(Reach::Tunnel).with_range("10.244.0.0/16")
    });
    /// Flannel with `host-gw`.
    pub const FLANNEL_HOST_GW: Self = Self(&CniInfo {
        network: "cbr0",
        config_types: &["flannel"],
        devices: &["cni0"],
        ..CniInfo::named("flannel-host-gw").described("flannel (host-gw)").with_range("10.244.0.0/16")
    });
    /// Calico with BGP and no encapsulation.
    pub const CALICO: Self =
        Self(&CniInfo::named("calico").described("calico (BGP)").with_own_ranges().with_range("192.168.0.0/16"));
    /// Calico with IP in IP.
    pub const CALICO_IPIP: Self = Self(
        &CniInfo::named("calico-ipip")
            .described("calico (IPIP)")
            .reaching(Reach::Tunnel)
            .with_own_ranges()
            .with_range("192.168.0.0/16"),
    );
    /// Calico with VXLAN.
    pub const CALICO_VXLAN: Self = Self(
        &CniInfo::named("calico-vxlan")
            .described("calico (VXLAN)")
            .reaching(Reach::Tunnel)
            .with_own_ranges()
            .with_range("192.168.0.0/16"),
    );
    /// Flannel's data path with Calico's policies.
    pub const CANAL: Self = Self(&CniInfo::named("canal").reaching(Reach::Tunnel).with_range("10.244.0.0/16"));
    /// Weave Net.
    pub const WEAVE: Self = Self(&CniInfo {
        devices: &["weave", "datapath"],
        ..CniInfo::named("weave").reaching(Reach::Tunnel).with_own_ranges().with_range("10.32.0.0/12")
    });
    /// Cilium.
    pub const CILIUM: Self =
        Self(&CniInfo::named("cilium").reaching(Reach::Tunnel).with_own_ranges().with_range("10.0.0.0/8"));
    /// Antrea.
    pub const ANTREA: Self = Self(&CniInfo::named("antrea").reaching(Reach::Tunnel));
    /// OVN-Kubernetes.
    pub const OVN_KUBERNETES: Self = Self(&CniInfo {
        own_services: true,
        ..CniInfo::named("ovn-kubernetes").reaching(Reach::Tunnel).with_own_ranges().with_range("10.128.0.0/14")
    });
    /// OpenShift SDN.
    pub const OPENSHIFT_SDN: Self =
        Self(&CniInfo::named("openshift-sdn").reaching(Reach::Tunnel).with_own_ranges().with_range("10.128.0.0/14"));
    /// Kube-OVN.
    pub const KUBE_OVN: Self =
        Self(&CniInfo::named("kube-ovn").reaching(Reach::Tunnel).with_own_ranges().with_range("10.16.0.0/16"));
    /// kube-router.
    pub const KUBE_ROUTER: Self = Self(&CniInfo::named("kube-router"));
    /// Amazon VPC CNI.
    pub const AWS_VPC: Self = Self(&CniInfo::named("aws-vpc-cni").reaching(Reach::Provider).with_own_ranges());
    /// Azure CNI.
    pub const AZURE: Self = Self(&CniInfo::named("azure-cni").reaching(Reach::Provider).with_own_ranges());
    /// Google's own plugin on GKE.
    pub const GKE: Self = Self(&CniInfo::named("gke").reaching(Reach::Provider));
    /// GKE Dataplane V2: Cilium as Google builds it.
    pub const GKE_DATAPLANE_V2: Self =
        Self(&CniInfo { own_services: true, ..CniInfo::named("gke-dataplane-v2").reaching(Reach::Provider) });
    /// kubenet or routes that a cloud provider writes.
    pub const KUBENET: Self = Self(&CniInfo::named("kubenet").reaching(Reach::Provider));

    /// Those of the field, whether or not they are simulated.
    pub const KNOWN: [Self; 21] = [
        Self::BRIDGE,
        Self::PTP,
        Self::KINDNET,
        Self::FLANNEL,
        Self::FLANNEL_HOST_GW,
        Self::CALICO,
        Self::CALICO_IPIP,
        Self::CALICO_VXLAN,
        Self::CANAL,
        Self::WEAVE,
        Self::CILIUM,
        Self::ANTREA,
        Self::OVN_KUBERNETES,
        Self::OPENSHIFT_SDN,
        Self::KUBE_OVN,
        Self::KUBE_ROUTER,
        Self::AWS_VPC,
        Self::AZURE,
        Self::GKE,
        Self::GKE_DATAPLANE_V2,
        Self::KUBENET,
    ];

    /// A plugin by what is known of it.
    pub const fn of(info: &'static CniInfo) -> Self {
        Self(info)
    }

    /// What is known of it.
    pub fn info(self) -> &'static CniInfo {
        self.0
    }

    /// Its name, as the command line takes it.
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    /// Its name with the way its packets go, where there are several.
    pub fn described(self) -> &'static str {
        self.0.described
    }

    /// The plugin of that name among those of the field.
    pub fn named(name: &str) -> Option<Self> {
        Self::KNOWN.into_iter().find(|known| known.name() == name)
    }

    /// The plugin that is assumed where the input has NetworkPolicies and shows none: the one most clusters enforce them with.
    pub(super) const FOR_POLICIES: Self = Self::CALICO;

    /// The plugin whose data path stands in for it, of those that are simulated: itself, else the first.
    pub fn simulated(self, simulated: &[Self]) -> Self {
        if simulated.contains(&self) { self } else { simulated.first().copied().unwrap_or_default() }
    }

    /// How it reaches other nodes' Pods.
    pub fn reach(self) -> Reach {
        self.0.reach
    }

    /// It hands out addresses of its own ranges, whatever the Nodes' `spec.podCIDR` says.
    pub fn has_own_ranges(self) -> bool {
        self.0.own_ranges
    }

    /// It gives nodes blocks of its ranges and writes routes to them itself: what a Node's `spec.podCIDR` says is nobody's business.
    pub fn has_blocks(self) -> bool {
        [Self::CALICO, Self::CALICO_IPIP, Self::CALICO_VXLAN].contains(&self)
    }

    /// It enforces NetworkPolicies by rules that are simulated.
    pub(super) fn enforces_policies(self) -> bool {
        self.has_blocks()
    }

    /// The range it comes with where nothing else is said.
    pub(super) fn default_range(self) -> Option<&'static str> {
        self.0.default_range
    }
}

#[cfg(test)]
mod tests {
    use super::Cni;
    use std::collections::BTreeSet;

    #[test]
    fn every_plugin_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = Cni::KNOWN.iter().map(|cni| cni.name()).collect();
        assert_eq!(names.len(), Cni::KNOWN.len());
        for cni in Cni::KNOWN {
            assert_eq!(Cni::named(cni.name()), Some(cni));
        }
    }

    #[test]
    fn what_is_not_simulated_has_the_first_stand_in_for_it() {
        let simulated = [Cni::BRIDGE, Cni::CALICO];
        assert_eq!(Cni::CALICO.simulated(&simulated), Cni::CALICO);
        assert_eq!(Cni::CILIUM.simulated(&simulated), Cni::BRIDGE);
        assert_eq!(Cni::CILIUM.simulated(&[]), Cni::BRIDGE);
    }
}
