//! What makes a namespace sound.

use super::link::LinkKind;
use super::netns::Netns;
use super::xtables::Table;
use crate::ids::LinkId;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Why a builder's content is not a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildError {
    /// Two namespaces share a name.
    DuplicateNetns(Arc<str>),
    /// Two devices of one namespace share a name.
    DuplicateLink(Arc<str>, Arc<str>),
    /// A veth, bridge port, route or neighbour names a device that is not there.
    DanglingLink(Arc<str>, Arc<str>),
    /// A rule jumps to a chain that is not there.
    DanglingChain(Arc<str>),
    /// A chain leads back to itself; the kernel refuses to load it.
    ChainLoop(Arc<str>),
}

impl BuildError {
    /// Stable kebab-case word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::DuplicateNetns(_) => "duplicate-netns",
            Self::DuplicateLink(..) => "duplicate-link",
            Self::DanglingLink(..) => "dangling-link",
            Self::DanglingChain(_) => "dangling-chain",
            Self::ChainLoop(_) => "chain-loop",
        }
    }
}

/// Checks all references inside a namespace.
///
/// # Errors
/// The first one that leads nowhere.
pub(crate) fn check(netns: &Netns) -> Result<(), BuildError> {
    let mut names = BTreeSet::new();
    let here = |id: LinkId| netns.links.has(id);
    for link in &netns.links {
        if !names.insert(link.name.clone()) {
            return Err(BuildError::DuplicateLink(netns.name.clone(), link.name.clone()));
        }
        let mut sound = link.port.as_ref().is_none_or(|port| here(port.master));
        if let LinkKind::Bridge(bridge) = &link.kind {
            sound &= bridge.fdb.iter().all(|entry| here(entry.port));
        }
        if let LinkKind::Vxlan(vxlan) = &link.kind {
            sound &= vxlan.dev.is_none_or(here);
        }
        if !sound {
            return Err(BuildError::DanglingLink(netns.name.clone(), link.name.clone()));
        }
    }
    let routes = netns.routes.iter().filter_map(|route| route.dev);
    for dev in routes.chain(netns.neighbours.iter().map(|neighbour| neighbour.dev)) {
        if !here(dev) {
            return Err(BuildError::DanglingLink(netns.name.clone(), Arc::from(dev.0.to_string())));
        }
    }
    if !netns.xtables.references_are_sound() || !netns.nft.references_are_sound() {
        return Err(BuildError::DanglingChain(netns.name.clone()));
    }
    if netns.xtables.tables.values().any(Table::has_loop) || netns.nft.has_loop() {
        return Err(BuildError::ChainLoop(netns.name.clone()));
    }
    Ok(())
}
