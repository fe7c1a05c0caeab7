//! Networks in the order in which they are made, with their subnets.

use super::daemon::{self, Told};
use super::ipam::{Addresses, Pools, Taken};
use super::project::{Files, Project};
use crate::assumption::codes as assumed;
use crate::cluster::context::Context;
use crate::cluster::model::DockerHost;
use crate::cluster::model::docker::{GatewayMode, Network, field_path};
use crate::diagnostic::codes;
use crate::manifest::objects::{ComposeNetwork, Text};
use crate::origin::{Location, ObjectRef, Origin, Span, Spanned};
use ipnet::Ipv4Net;
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// What a name of a network leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leads {
    /// A bridge, by index.
    Bridge(u32),
    /// The host's own namespace.
    Host,
    /// No network.
    None,
    /// One that is not simulated, or that could not be made: who is on it is on nothing.
    Left,
}

/// The networks of a host.
#[derive(Debug)]
pub(super) struct Networks {
    pub(super) all: Vec<Network>,
    pub(super) addresses: Vec<Addresses>,
    by_name: BTreeMap<Arc<str>, Leads>,
    taken: Taken,
    pools: Pools,
}

impl Networks {
    /// The default bridge, and what every engine has.
    pub(super) fn new(context: &mut Context<'_>, host: &DockerHost, told: &Told, segment: Option<Ipv4Net>) -> Self {
        let mut networks = Self {
            all: Vec::new(),
            addresses: Vec::new(),
            by_name: BTreeMap::new(),
            taken: Taken::default(),
            pools: Pools::of(told.pools.clone()),
        };
        if let Some(net) = segment {
            networks.taken.add(net);
        }
        let subnet = told.bip.map(|bip| bip.trunc()).or_else(|| networks.pools.cut(&networks.taken));
        let subnet = subnet.unwrap_or_else(|| Ipv4Net::new_assert(Ipv4Addr::new(172, 17, 0, 0), 16));
        let mut network = blank("bridge", "docker0", subnet, host.origin.clone());
        network.icc = host.daemon.icc;
        // Without rules of its own the engine masquerades nothing there.
        network.masquerade = host.daemon.ip_masq && host.daemon.iptables;
        network.mtu = told.mtu.unwrap_or(network.mtu);
        let gateway = told.bip.map(|bip| bip.addr());
        let leads = networks.add(network, (told.fixed, gateway, &[]));
        networks.by_name.insert(Arc::from("bridge"), leads);
        networks.by_name.insert(Arc::from("host"), Leads::Host);
        networks.by_name.insert(Arc::from("none"), Leads::None);
        let _ = context.may(1, size_of::<Network>());
        networks
    }

    /// By its name in the engine.
    pub(super) fn named(&self, name: &str) -> Option<Leads> {
        self.by_name.get(name).copied()
    }

    /// The network of that name, with a subnet that holds these addresses: the pool's piece of them, else the next. It is one that is there where
    /// they are of that.
    pub(super) fn of_nodes(&mut self, name: &str, ips: &[Ipv4Addr], origin: Origin) -> Option<u32> {
        let there = ips.first().and_then(|ip| self.all.iter().position(|own| own.subnet.contains(ip)));
        if let Some(at) = there {
            return Some(at as u32);
        }
        let subnet = if ips.is_empty() {
            self.pools.cut(&self.taken)
        } else {
            self.pools.holding(ips).or_else(|| around(ips)).filter(|net| self.taken.overlap(*net).is_none())
        };
        let mut network = blank(name, &bridge_name(name), subnet?, origin);
        network.mtu = self.all.first().map_or(network.mtu, |default| default.mtu);
        let leads = self.add(network, (None, None, &[]));
        self.by_name.insert(Arc::from(name), leads);
        match leads {
            Leads::Bridge(at) => Some(at),
            Leads::Host | Leads::None | Leads::Left => None,
        }
    }

    fn add(
        &mut self,
        mut network: Network,
        (range, gateway, aux): (Option<Ipv4Net>, Option<Ipv4Addr>, &[Ipv4Addr]),
    ) -> Leads {
        let mut addresses = Addresses::of(network.subnet, range);
        aux.iter().for_each(|ip| {
            addresses.take(*ip);
        });
        network.gateway = match gateway {
            Some(ip) => {
                addresses.take(ip);
                ip
            }
            None => addresses.hand_out().unwrap_or(network.subnet.network()),
        };
        self.taken.add(network.subnet);
        self.all.push(network);
        self.addresses.push(addresses);
        Leads::Bridge(self.all.len() as u32 - 1)
    }
}

/// Networks of one host at most.
const MOST: usize = 1_000;
/// Length of an id as the engine shortens it.
const DIGITS: usize = 12;

/// The smallest network, at most a /24, that holds addresses.
fn around(ips: &[Ipv4Addr]) -> Option<Ipv4Net> {
    let mut net = Ipv4Net::new_assert(*ips.first()?, 24).trunc();
    while !ips.iter().all(|ip| net.contains(ip)) {
        net = net.supernet()?;
    }
    Some(net)
}

/// Twelve digits, always the same for a name, where the engine draws an id.
pub(super) fn hash(name: &str) -> String {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let digits = format!("{hash:016x}");
    digits[..DIGITS].to_owned()
}

/// A network's device: Docker takes the first digits of the network's id.
fn bridge_name(name: &str) -> String {
    format!("br-{}", hash(name))
}

fn blank(name: &str, bridge: &str, subnet: Ipv4Net, origin: Origin) -> Network {
    Network {
        name: Arc::from(name),
        bridge: Arc::from(bridge),
        subnet,
        gateway: subnet.network(),
        internal: false,
        icc: true,
        masquerade: true,
        host_binding: None,
        mtu: 1500,
        gateway_mode: GatewayMode::Nat,
        snat: None,
        trusted: Vec::new(),
        said: BTreeMap::new(),
        origin,
    }
}

/// What the networks of a project lead to, by key.
pub(super) type Keys = BTreeMap<Text, Leads>;

/// Makes the networks of all projects that a service uses; `used` has those of each project.
pub(super) fn make(
    context: &mut Context<'_>,
    networks: &mut Networks,
    files: &Files,
    projects: &[Project],
    used: &[BTreeSet<Text>],
) -> Vec<Keys> {
    let mut all: Vec<Keys> = vec![Keys::new(); projects.len()];
    let mut open = 0;
    for ((project, used), keys) in projects.iter().zip(used).zip(&mut all) {
        let implied = (!project.networks.iter().any(|(key, _)| &**key == "default") && used.contains("default"))
            .then(|| (Text::from("default"), Spanned::unplaced(ComposeNetwork::default())));
        for (key, network) in project.networks.iter().chain(implied.as_ref()) {
            if !used.contains(key) {
                unused(context, files, key, network.span);
                continue;
            }
            if networks.all.len() >= MOST || !context.may(1, size_of::<Network>()) {
                let found = codes::DOCKER_TOO_MANY.at(context.first_line(network.span));
                context.note(found.arg("limit", MOST.to_string()).about(files.object(network.span)));
                return all;
            }
            if !is_external(&network.value) {
                let leads = one(context, networks, files, &project.name, key, network);
                keys.insert(key.clone(), leads);
                open += usize::from(network.value.ipam.config.is_empty() && matches!(leads, Leads::Bridge(_)));
            }
        }
    }
    if open > 1 {
        context.assume(assumed::DOCKER_NETWORK_ORDER.made());
    }
    for ((project, used), keys) in projects.iter().zip(used).zip(&mut all) {
        for (key, network) in project.networks.iter().filter(|(key, of)| used.contains(key) && is_external(&of.value)) {
            keys.insert(key.clone(), external(context, networks, files, key, network));
        }
    }
    all
}

fn unused(context: &mut Context<'_>, files: &Files, key: &Text, span: Span) {
    let found = codes::COMPOSE_UNUSED_NETWORK.at(context.first_line(span)).arg("network", &**key);
    context.note(found.about(files.object(span)));
}

/// The truth value of a text.
fn truth(text: Option<&Spanned<Text>>) -> Option<bool> {
    match text?.value.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn is_external(network: &ComposeNetwork) -> bool {
    let external = network.external.as_ref().map(|external| &external.value);
    external.is_some_and(|of| of.name.is_some() || truth(of.short.as_ref()).unwrap_or(false))
}

/// One that is there already: another project's, one of the engine's own, else one that is taken to be there.
fn external(
    context: &mut Context<'_>,
    networks: &mut Networks,
    files: &Files,
    key: &Text,
    network: &Spanned<ComposeNetwork>,
) -> Leads {
    let older = network.value.external.as_ref().and_then(|external| external.value.name.as_ref());
    let name = network.value.name.as_ref().or(older).map_or(key, |name| &name.value).clone();
    if let Some(leads) = networks.named(&name) {
        return leads;
    }
    let object = files.object(network.span);
    let origin = Origin { object: object.clone(), location: context.at(network.span), assumed: false };
    let made = assumed::DOCKER_EXTERNAL_NETWORK.made().arg("network", &*name);
    context.assume(made.because_at(object, &format!("networks.{key}.external"), origin.location.clone()));
    let leads = match networks.pools.cut(&networks.taken) {
        Some(subnet) => {
            let made = blank(&name, &bridge_name(&name), subnet, origin);
            networks.add(made, (None, None, &[]))
        }
        None => Leads::Left,
    };
    networks.by_name.insert(name, leads);
    leads
}

fn one(
    context: &mut Context<'_>,
    networks: &mut Networks,
    files: &Files,
    project: &str,
    key: &Text,
    network: &Spanned<ComposeNetwork>,
) -> Leads {
    let of = &network.value;
    let name = of.name.as_ref().map_or_else(|| Arc::from(format!("{project}_{key}")), |name| name.value.clone());
    if let Some(leads) = networks.named(&name) {
        return leads;
    }
    let object = files.object(network.span);
    let leads = made(context, networks, (&name, key), network, &object);
    networks.by_name.insert(name, leads);
    leads
}

fn made(
    context: &mut Context<'_>,
    networks: &mut Networks,
    (name, key): (&Arc<str>, &Text),
    network: &Spanned<ComposeNetwork>,
    object: &ObjectRef,
) -> Leads {
    let of = &network.value;
    let path = |field: &str| field_path(object, "networks", key, field);
    if let Some(driver) = of.driver.as_ref().filter(|driver| !matches!(&*driver.value, "bridge" | "default" | "")) {
        let found = context.finding(codes::DOCKER_DRIVER, driver.span, object).arg("network", &**key);
        context.note(found.arg("driver", &*driver.value));
        return match &*driver.value {
            "host" => Leads::Host,
            "none" | "null" => Leads::None,
            _ => Leads::Left,
        };
    }
    if truth(of.enable_ipv4.as_ref()) == Some(false) {
        six(context, of.enable_ipv4.as_ref(), &path("enable_ipv4"), object);
        return Leads::Left;
    }
    if truth(of.enable_ipv6.as_ref()) == Some(true) {
        six(context, of.enable_ipv6.as_ref(), &path("enable_ipv6"), object);
    }
    let mut subnet = None;
    let (mut range, mut gateway, mut aux) = (None, None, Vec::new());
    for (at, pool) in of.ipam.config.iter().enumerate() {
        let field = |name: &str| path(&format!("ipam.config[{at}].{name}"));
        let said = pool.value.subnet.as_ref();
        let Some(net) = said.and_then(|text| daemon::network(context, text, &field("subnet"), object)) else {
            continue;
        };
        if subnet.is_some() {
            continue;
        }
        let net = net.trunc();
        if let Some(other) = networks.taken.overlap(net) {
            let name = |net: Ipv4Net| {
                let own = networks.all.iter().find(|own| own.subnet == net);
                own.map_or_else(|| net.to_string(), |own| format!("{} {net}", own.name))
            };
            let at = said.map_or(pool.span, |text| text.span);
            let found = context.finding(codes::DOCKER_SUBNET_TAKEN, at, object).arg("network", &**key);
            context.note(found.arg("subnet", net.to_string()).arg("other", name(other)));
            return Leads::Left;
        }
        subnet = Some(net);
        range =
            pool.value.ip_range.as_ref().and_then(|text| daemon::network(context, text, &field("ip_range"), object));
        let text = pool.value.gateway.as_ref();
        gateway = text.and_then(|text| inside(context, text, &field("gateway"), object, net));
        for pair in &pool.value.aux_addresses.0 {
            let Some(value) = &pair.value.value else { continue };
            let text = Spanned { value: value.clone(), span: pair.span };
            aux.extend(inside(context, &text, &field("aux_addresses"), object, net));
        }
    }
    let Some(subnet) = subnet.or_else(|| networks.pools.cut(&networks.taken)) else {
        let found = codes::DOCKER_NO_SUBNET.at(context.first_line(network.span)).arg("network", &**key);
        context.note(found.about(object.clone()));
        return Leads::Left;
    };
    let origin = Origin { object: object.clone(), location: context.at(network.span), assumed: false };
    let mut made = blank(name, &bridge_name(name), subnet, origin);
    if let Some(text) = &of.internal {
        made.internal = truth(Some(text)).unwrap_or(false);
        made.said.extend(context.at(text.span).map(|at| ("internal", at)));
    }
    options(context, networks, of, &path, object, &mut made);
    networks.add(made, (range, gateway, &aux))
}

/// An address of a network; any other is reported.
fn inside(
    context: &mut Context<'_>,
    text: &Spanned<Text>,
    path: &str,
    object: &ObjectRef,
    net: Ipv4Net,
) -> Option<Ipv4Addr> {
    let ip = daemon::address4(context, text, path, object)?;
    if net.contains(&ip) {
        return Some(ip);
    }
    let found = context.finding(codes::DOCKER_ADDRESS_OUTSIDE, text.span, object).arg("path", path);
    context.note(found.arg("address", ip.to_string()).arg("subnet", net.to_string()));
    None
}

/// That something of IPv6 is left out.
pub(super) fn six(context: &mut Context<'_>, text: Option<&Spanned<Text>>, path: &str, object: &ObjectRef) {
    let span = text.map(|text| text.span).unwrap_or_default();
    let found = codes::DOCKER_IPV6.at(span).arg("path", path);
    context.note(found.about(object.clone()));
}

/// `driver_opts` of the bridge driver.
fn options(
    context: &mut Context<'_>,
    networks: &Networks,
    of: &ComposeNetwork,
    path: &dyn Fn(&str) -> String,
    object: &ObjectRef,
    made: &mut Network,
) {
    for pair in &of.driver_opts.0 {
        let value = pair.value.value.clone().unwrap_or_default();
        let text = Spanned { value: value.clone(), span: pair.span };
        let at: Option<Location> = context.at(pair.span);
        let flag = truth(Some(&text));
        let field = path(&format!("driver_opts.{}", pair.value.name));
        let said = match &*pair.value.name {
            "com.docker.network.bridge.name" => {
                // The host has a device of each of these names already.
                let taken = ["lo", "eth0", ".", ".."].iter().any(|other| **other == *value.to_string());
                let free = !taken && !networks.all.iter().any(|own| *own.bridge == *value);
                // The kernel takes more; in rules a name with quotes is no word, and one that ends in `+` means many devices.
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
                if (1..=15).contains(&value.len()) && free && value.bytes().all(plain) {
                    made.bridge = value.clone();
                    Some("bridge")
                } else {
                    None
                }
            }
            "com.docker.network.bridge.enable_icc" => flag.map(|flag| {
                made.icc = flag;
                "icc"
            }),
            "com.docker.network.bridge.enable_ip_masquerade" => flag.map(|flag| {
                made.masquerade = flag;
                "masquerade"
            }),
            "com.docker.network.bridge.host_binding_ipv4" => value.parse().ok().map(|ip| {
                made.host_binding = Some(ip);
                "host_binding"
            }),
            "com.docker.network.host_ipv4" => value.parse().ok().map(|ip| {
                made.snat = Some(ip);
                "snat"
            }),
            "com.docker.network.bridge.trusted_host_interfaces" => {
                // The engine takes them with colons between.
                let all: Vec<Arc<str>> = value.split(':').map(Arc::from).collect();
                let good = |name: &Arc<str>| {
                    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte);
                    (1..=15).contains(&name.len()) && name.bytes().all(plain)
                };
                all.iter().all(good).then(|| {
                    made.trusted = all;
                    "trusted"
                })
            }
            "com.docker.network.driver.mtu" => {
                value.parse().ok().filter(|mtu| (68..=65_535).contains(mtu)).map(|mtu| {
                    made.mtu = mtu;
                    "mtu"
                })
            }
            "com.docker.network.bridge.gateway_mode_ipv4" => {
                let known = [
                    ("nat", GatewayMode::Nat),
                    ("nat-unprotected", GatewayMode::NatUnprotected),
                    ("routed", GatewayMode::Routed),
                    ("isolated", GatewayMode::Isolated),
                ];
                known.iter().find(|(name, _)| **name == *value).map(|(_, mode)| {
                    made.gateway_mode = *mode;
                    "gateway_mode"
                })
            }
            "com.docker.network.bridge.inhibit_ipv4" | "com.docker.network.container_iface_prefix" => {
                let found = codes::COMPOSE_NOT_FOLLOWED.at(pair.span).arg("path", &*field);
                context.note(found.about(object.clone()));
                continue;
            }
            // Others change nothing for IPv4.
            _ => continue,
        };
        match said {
            Some(said) => made.said.extend(at.map(|at| (said, at))),
            None => {
                let found = context.finding(codes::DOCKER_OPTION, pair.span, object).arg("path", field);
                context.note(found.arg("value", &*value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_bridge_is_called_by_its_networks_name() {
        let name = super::bridge_name("shop_default");
        assert!(name.len() == 15 && name.starts_with("br-"), "{name}");
        assert_ne!(name, super::bridge_name("shop_back"));
    }
}
