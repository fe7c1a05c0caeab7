//! All namespaces of all machines, each built when it is first looked at.

use super::check::{BuildError, check};
use super::link::{Bridge, Link, LinkKind, Vxlan};
use super::netns::Netns;
use super::pool;
use crate::ids::{LinkRef, NetnsId};
use crate::packet::Mac;
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Who can build namespaces when they are needed.
///
/// Ids and names of all namespaces are given out before; devices of one unit name devices of others by [`LinkRef`], so a source has to know
/// where those will be. What it builds must not depend on what was built before.
pub trait Source: Send + Sync {
    /// The namespaces of a unit, with their ids. A unit is what is cheapest to build at once: a machine with all that is inside it, for example.
    fn build(&self, unit: u32) -> Vec<(NetnsId, Netns)>;

    /// A device that is no port of a bridge, as far as its segment sees it, without building its namespace. `None` where that is not known
    /// beforehand.
    fn uplink(&self, _link: LinkRef) -> Option<Uplink> {
        None
    }

    /// Whether a namespace has the address or would answer ARP for it. May say yes too often, never too rarely.
    fn may_have(&self, _netns: NetnsId, _ip: IpAddr) -> bool {
        true
    }
}

/// What a segment sees of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uplink {
    /// Its address.
    pub mac: Mac,
    /// `ip link set up`.
    pub up: bool,
}

/// Changes a namespace of the network below; `None` leaves it as it is. It takes no address away and changes no device that is there.
type Patch = dyn Fn(NetnsId, &Netns) -> Option<Netns> + Send + Sync;

/// Everything the kernels hold before the first packet; frozen. A clone is the same network.
#[derive(Clone, Default)]
pub struct Network(Arc<Inner>);

#[derive(Default)]
struct Inner {
    names: Vec<Arc<str>>,
    by_name: OnceLock<BTreeMap<Arc<str>, NetnsId>>,
    /// Boxed: most are empty where there are many.
    slots: Vec<OnceLock<Box<Netns>>>,
    origin: Origin,
    faults: Mutex<BTreeMap<NetnsId, BuildError>>,
    /// Namespaces that others may have their rules and routes from.
    donors: Mutex<Vec<NetnsId>>,
}

/// Where namespaces come from that nobody has looked at yet.
#[derive(Default)]
enum Origin {
    /// All are there.
    #[default]
    Given,
    /// From a source; the unit of each namespace, and what keeps two threads from building a unit twice.
    Source { source: Arc<dyn Source>, unit_of: Vec<u32>, units: Vec<OnceLock<()>> },
    /// From another network, some of them changed; ids behind its last one are further namespaces and given.
    Amended { base: Network, patch: Box<Patch> },
}

impl Network {
    /// The network of namespaces that are all there and sound.
    pub(crate) fn given(namespaces: Vec<Netns>) -> Self {
        let names = namespaces.iter().map(|netns| netns.name.clone()).collect();
        let slots = namespaces.into_iter().map(|netns| OnceLock::from(Box::new(netns))).collect();
        Self(Arc::new(Inner { names, slots, ..Inner::default() }))
    }

    /// A network that `source` builds unit by unit: the name of each namespace, in order of ids, and its unit.
    ///
    /// # Errors
    /// [`BuildError::DuplicateNetns`].
    pub fn from_source(
        namespaces: impl IntoIterator<Item = (Arc<str>, u32)>,
        source: Arc<dyn Source>,
    ) -> Result<Self, BuildError> {
        let (names, unit_of): (Vec<Arc<str>>, Vec<u32>) = namespaces.into_iter().unzip();
        let units = unit_of.iter().max().map_or(0, |last| last + 1);
        let mut by_name = BTreeMap::new();
        for (id, name) in (0u32..).zip(&names) {
            if by_name.insert(name.clone(), NetnsId(id)).is_some() {
                return Err(BuildError::DuplicateNetns(name.clone()));
            }
        }
        let slots = names.iter().map(|_| OnceLock::new()).collect();
        let units = (0..units).map(|_| OnceLock::new()).collect();
        let origin = Origin::Source { source, unit_of, units };
        Ok(Self(Arc::new(Inner { names, by_name: OnceLock::from(by_name), slots, origin, ..Inner::default() })))
    }

    /// The same network with further namespaces behind its last one, and with those changed for which `patch` has another content. Nothing is
    /// copied that is not changed.
    pub fn amended(
        &self,
        further: Vec<Netns>,
        patch: impl Fn(NetnsId, &Netns) -> Option<Netns> + Send + Sync + 'static,
    ) -> Self {
        let mut names = self.0.names.clone();
        let mut slots: Vec<OnceLock<Box<Netns>>> = names.iter().map(|_| OnceLock::new()).collect();
        names.extend(further.iter().map(|netns| netns.name.clone()));
        slots.extend(further.into_iter().map(|mut netns| {
            freeze(&mut netns);
            OnceLock::from(Box::new(netns))
        }));
        let origin = Origin::Amended { base: self.clone(), patch: Box::new(patch) };
        Self(Arc::new(Inner { names, slots, origin, ..Inner::default() }))
    }

    /// How many namespaces there are.
    pub fn len(&self) -> usize {
        self.0.names.len()
    }

    /// Whether a namespace is built.
    pub fn is_built(&self, id: NetnsId) -> bool {
        self.unbuilt(id).is_none()
    }

    /// True for a network without any namespace.
    pub fn is_empty(&self) -> bool {
        self.0.names.is_empty()
    }

    /// Ids of all namespaces.
    pub fn ids(&self) -> impl Iterator<Item = NetnsId> + use<> {
        (0..self.len() as u32).map(NetnsId)
    }

    /// All namespaces, in order of [`NetnsId`]. Builds every one of them.
    pub fn namespaces(&self) -> impl Iterator<Item = &Netns> {
        self.ids().map(|id| self.netns(id))
    }

    /// The namespace behind `id`; builds it where nobody looked at it before.
    ///
    /// # Panics
    /// With an id of another network.
    pub fn netns(&self, id: NetnsId) -> &Netns {
        match self.get(id) {
            Some(netns) => netns,
            None => unreachable_id(id),
        }
    }

    /// The namespace behind `id`; `None` for an id of another network.
    pub fn get(&self, id: NetnsId) -> Option<&Netns> {
        let at = id.index();
        let slot = self.0.slots.get(at)?;
        if let Some(netns) = slot.get() {
            return Some(netns);
        }
        match &self.0.origin {
            Origin::Given => None,
            Origin::Source { source, unit_of, units } => {
                let unit = *unit_of.get(at)?;
                units.get(unit as usize)?.get_or_init(|| self.fill(source.build(unit)));
                slot.get().map(Box::as_ref)
            }
            Origin::Amended { base, patch } => {
                let below = base.get(id)?;
                match patch(id, below) {
                    Some(mut netns) => {
                        freeze(&mut netns);
                        Some(slot.get_or_init(|| Box::new(netns)))
                    }
                    None => Some(below),
                }
            }
        }
    }

    /// Who could build the namespace, as long as nobody has.
    fn unbuilt(&self, id: NetnsId) -> Option<&dyn Source> {
        if self.0.slots.get(id.index())?.get().is_some() {
            return None;
        }
        match &self.0.origin {
            Origin::Given => None,
            Origin::Source { source, .. } => Some(&**source),
            Origin::Amended { base, .. } => base.unbuilt(id),
        }
    }

    /// What is known of a device without building its namespace; `None` where that is built, or the device may be a port of a bridge.
    pub(crate) fn uplink(&self, link: LinkRef) -> Option<Uplink> {
        self.unbuilt(link.netns)?.uplink(link)
    }

    /// Whether a namespace has an address or answers for it, as far as that can be told without building it; else yes.
    pub fn may_have(&self, id: NetnsId, ip: IpAddr) -> bool {
        self.unbuilt(id).is_none_or(|source| source.may_have(id, ip))
    }

    /// `ip link set up`.
    pub(crate) fn is_up(&self, link: LinkRef) -> bool {
        self.uplink(link).map_or_else(|| self.link(link).up, |known| known.up)
    }

    /// Puts a unit's namespaces where they belong. Of one that is not sound its devices are left, down, and the network says so.
    fn fill(&self, built: Vec<(NetnsId, Netns)>) {
        for (id, mut netns) in built {
            let Some(slot) = self.0.slots.get(id.index()) else { continue };
            if let Err(fault) = check(&netns) {
                self.faults().insert(id, fault);
                netns = devices_of(netns);
            }
            let gives = pool::gives(&netns) && self.share(&mut netns);
            freeze(&mut netns);
            let _ = slot.set(Box::new(netns));
            if gives {
                self.donors().push(id);
            }
        }
    }

    /// Lets a namespace have what it can in common with those before. True where later ones should take them from it.
    fn share(&self, netns: &mut Netns) -> bool {
        pool::cut(netns);
        let donors = self.donors().clone();
        let built = |id: &NetnsId| self.0.slots.get(id.index())?.get();
        donors.iter().filter_map(built).for_each(|donor| pool::share(netns, donor));
        let gives = donors.len() < pool::DONORS;
        if gives {
            pool::publish(netns);
        }
        gives
    }

    fn donors(&self) -> MutexGuard<'_, Vec<NetnsId>> {
        self.0.donors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn faults(&self) -> MutexGuard<'_, BTreeMap<NetnsId, BuildError>> {
        self.0.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is wrong with a part of the network that was built: a bug of whoever wrote it. `None` as long as none was found.
    pub fn fault(&self) -> Option<(NetnsId, BuildError)> {
        let own = self.faults().first_key_value().map(|(id, fault)| (*id, fault.clone()));
        own.or_else(|| match &self.0.origin {
            Origin::Amended { base, .. } => base.fault(),
            Origin::Given | Origin::Source { .. } => None,
        })
    }

    /// What is wrong with a namespace as it was built; `None` where it is sound, or nobody looked at it.
    pub fn fault_of(&self, id: NetnsId) -> Option<BuildError> {
        let own = self.faults().get(&id).cloned();
        own.or_else(|| match &self.0.origin {
            Origin::Amended { base, .. } => base.fault_of(id),
            Origin::Given | Origin::Source { .. } => None,
        })
    }

    /// The name of a namespace, without building it.
    pub fn name(&self, id: NetnsId) -> Option<&Arc<str>> {
        self.0.names.get(id.index())
    }

    /// The device behind `link`.
    ///
    /// # Panics
    /// With a reference of another network.
    #[allow(clippy::indexing_slicing)]
    pub fn link(&self, link: LinkRef) -> &Link {
        &self.netns(link.netns).links[link.link.index()]
    }

    /// A namespace by its name.
    pub fn find(&self, name: &str) -> Option<NetnsId> {
        let index = self.0.by_name.get_or_init(|| self.0.names.iter().cloned().zip(self.ids()).collect());
        index.get(name).copied()
    }

    /// Whether frames leave by a device: it is up and, for a veth, so is its other end (carrier).
    pub fn is_running(&self, at: LinkRef) -> bool {
        let link = self.link(at);
        link.up
            && match link.kind {
                LinkKind::Veth { peer } => self.is_up(peer),
                _ => true,
            }
    }

    /// The same network without anything looked up before: walks look at every rule.
    #[cfg(test)]
    pub(crate) fn thawed(&self) -> Self {
        let mut namespaces: Vec<Netns> = self.namespaces().cloned().collect();
        for netns in &mut namespaces {
            netns.xtables.thaw();
            netns.nft.thaw();
        }
        Self::given(namespaces)
    }
}

/// What is left of a namespace that is not sound: its devices, down and with nothing to each other, so that whatever leads to one finds it.
fn devices_of(unsound: Netns) -> Netns {
    let mut left = Netns::new(&unsound.name, unsound.cause);
    let further = left.links.len();
    left.links.extend(unsound.links.into_iter().skip(further).map(|link| Link {
        up: false,
        port: None,
        addresses: Vec::new(),
        kind: match link.kind {
            LinkKind::Bridge(bridge) => LinkKind::Bridge(Bridge { fdb: Vec::new(), ..bridge }),
            LinkKind::Vxlan(vxlan) => LinkKind::Vxlan(Vxlan { dev: None, ..vxlan }),
            kind => kind,
        },
        ..link
    }));
    left
}

/// Prepares the look-ups of a namespace's rules.
pub(crate) fn freeze(netns: &mut Netns) {
    netns.nft.freeze();
    netns.xtables.freeze();
}

#[allow(clippy::panic)]
#[cold]
fn unreachable_id(id: NetnsId) -> ! {
    panic!("namespace {} is of another network", id.0)
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let built = self.0.slots.iter().filter(|slot| slot.get().is_some()).count();
        f.debug_struct("Network").field("names", &self.0.names).field("built", &built).finish()
    }
}
