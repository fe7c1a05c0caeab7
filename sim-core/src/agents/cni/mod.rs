//! CNI plugins: how a Pod's namespace is wired to its node.
//!
//! A plugin is a file here and a line of `PLUGINS`. Nothing outside its file knows how it wires Pods.

mod bridge;
mod calico;
mod firewall;
mod flannel;
mod installer;
mod ip_masq;
mod kindnet;
mod nft;
pub mod portmap;
mod ptp;
#[cfg(debug_assertions)]
mod toy;
mod weave;

pub(crate) use super::agent::Plugin;
use super::agent::{Agent, On};
use super::write::Writer;
use kubernetes::cluster::model::{Cluster, Cni, PodId};
use kubernetes::policy::Direction;

/// The plugins that are simulated. The first stands in for all others.
pub(crate) const PLUGINS: &[(Cni, &dyn Plugin)] = &[
    (Cni::BRIDGE, &bridge::BridgePlugin),
    (Cni::PTP, &ptp::Ptp),
    (Cni::KINDNET, &kindnet::Kindnet),
    (Cni::FLANNEL, &flannel::Flannel(flannel::Backend::Vxlan)),
    (Cni::FLANNEL_HOST_GW, &flannel::Flannel(flannel::Backend::HostGw)),
    (Cni::CALICO, &calico::Calico),
    (Cni::CALICO_IPIP, &calico::Calico),
    (Cni::CALICO_VXLAN, &calico::Calico),
    (Cni::WEAVE, &weave::Weave),
    #[cfg(debug_assertions)]
    (toy::TOY, &toy::Toy),
];

/// Their names, in the order of the table.
const SIMULATED: &[Cni] = &simulated_names();

const fn simulated_names() -> [Cni; PLUGINS.len()] {
    let mut names = [Cni::BRIDGE; PLUGINS.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = PLUGINS[at].0;
        at += 1;
    }
    names
}

/// The plugin that wires a cluster's Pods.
pub(crate) fn plugin(cluster: &Cluster) -> &'static dyn Plugin {
    let mut of_name = PLUGINS.iter().filter(|(cni, _)| *cni == cluster.settings.data_path);
    of_name.next().map_or(&bridge::BridgePlugin, |(_, plugin)| *plugin)
}

/// The Pod of a chain that asks its policies, and in which direction.
pub(crate) fn endpoint_of_chain(cluster: &Cluster, chain: &str) -> Option<(PodId, Direction)> {
    calico::endpoint_of_chain(cluster, chain)
}

/// Which way the rules of a policy's chain look, where a chain is one's.
pub(crate) fn direction_of_policy_chain(chain: &str) -> Option<Direction> {
    calico::direction_of_policy_chain(chain)
}

/// The plugins that are simulated, the one that stands in for others first.
pub fn simulated() -> &'static [Cni] {
    SIMULATED
}

/// The plugin of that name: one of the field, or one that is simulated.
pub fn named(name: &str) -> Option<Cni> {
    simulated().iter().copied().chain(Cni::KNOWN).find(|cni| cni.name() == name)
}

/// The plugin's work before there are Pods.
pub(crate) struct Network;

impl Agent for Network {
    fn name(&self) -> &'static str {
        "cni"
    }

    fn write(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        on.plugin.prepare(writer, on);
    }
}

/// The plugin's rules.
pub(crate) struct Rules;

impl Agent for Rules {
    fn name(&self) -> &'static str {
        "cni-rules"
    }

    fn write(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        on.plugin.rules(writer, on);
    }
}
