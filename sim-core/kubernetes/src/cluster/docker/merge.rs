//! A later Compose file over an earlier one: single values replace, lists grow, mappings are merged by key.

use crate::manifest::objects::{ComposeAttachment, ComposeNetwork, ComposeService, List, Named, Pairs, Text};
use std::collections::{BTreeMap, BTreeSet};

/// Subnets of one network that are looked at.
const POOLS: usize = 64;

fn replace<T>(base: &mut Option<T>, over: Option<T>) {
    if over.is_some() {
        *base = over;
    }
}

fn append(base: &mut List<Text>, over: List<Text>) {
    let mut seen: BTreeSet<Text> = base.iter().map(|item| item.value.clone()).collect();
    base.extend(over.into_iter().filter(|item| seen.insert(item.value.clone())));
}

fn pairs(base: &mut Pairs, over: Pairs) {
    let mut known: BTreeMap<Text, usize> =
        base.0.iter().enumerate().map(|(at, pair)| (pair.value.name.clone(), at)).collect();
    for pair in over.0 {
        match known.get(&pair.value.name).and_then(|at| base.0.get_mut(*at)) {
            Some(own) => *own = pair,
            None => {
                known.insert(pair.value.name.clone(), base.0.len());
                base.0.push(pair);
            }
        }
    }
}

fn named<T>(base: &mut Named<T>, over: Named<T>, mut merge: impl FnMut(&mut T, T)) {
    let mut known: BTreeMap<Text, usize> =
        base.0.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
    for (name, value) in over.0 {
        match known.get(&name).and_then(|at| base.0.get_mut(*at)) {
            Some((_, own)) => merge(&mut own.value, value.value),
            None => {
                known.insert(name.clone(), base.0.len());
                base.0.push((name, value));
            }
        }
    }
}

fn attachment(base: &mut ComposeAttachment, over: ComposeAttachment) {
    let ComposeAttachment { aliases, ipv4_address, mac_address, priority, gw_priority, interface_name } = over;
    append(&mut base.aliases.0, aliases.0);
    replace(&mut base.ipv4_address, ipv4_address);
    replace(&mut base.mac_address, mac_address);
    replace(&mut base.priority, priority);
    replace(&mut base.gw_priority, gw_priority);
    replace(&mut base.interface_name, interface_name);
}

/// Merges a service; its ports are merged by who knows their fields.
pub(super) fn service(base: &mut ComposeService, over: ComposeService) {
    let ComposeService {
        image,
        container_name,
        hostname,
        entrypoint,
        command,
        environment,
        ports: _,
        expose,
        networks,
        network_mode,
        mac_address,
        links,
        external_links,
        extra_hosts,
        dns,
        dns_search,
        depends_on,
        deploy,
        scale,
        profiles,
        extends,
        volumes,
    } = over;
    replace(&mut base.image, image);
    replace(&mut base.container_name, container_name);
    replace(&mut base.hostname, hostname);
    replace(&mut base.entrypoint, entrypoint);
    replace(&mut base.command, command);
    pairs(&mut base.environment, environment);
    append(&mut base.expose.0, expose.0);
    named(&mut base.networks, networks, attachment);
    replace(&mut base.network_mode, network_mode);
    replace(&mut base.mac_address, mac_address);
    append(&mut base.links.0, links.0);
    append(&mut base.external_links.0, external_links.0);
    pairs(&mut base.extra_hosts, extra_hosts);
    append(&mut base.dns.0, dns.0);
    append(&mut base.dns_search.0, dns_search.0);
    named(&mut base.depends_on, depends_on, |_, _| {});
    replace(&mut base.deploy.replicas, deploy.replicas);
    replace(&mut base.scale, scale);
    append(&mut base.profiles.0, profiles.0);
    replace(&mut base.extends, extends);
    base.volumes.extend(volumes);
}

/// Merges a network; of its subnets those that are the same are.
pub(super) fn network(base: &mut ComposeNetwork, over: ComposeNetwork) {
    let ComposeNetwork { name, driver, driver_opts, external, internal, enable_ipv4, enable_ipv6, ipam } = over;
    replace(&mut base.name, name);
    replace(&mut base.driver, driver);
    pairs(&mut base.driver_opts, driver_opts);
    replace(&mut base.external, external);
    replace(&mut base.internal, internal);
    replace(&mut base.enable_ipv4, enable_ipv4);
    replace(&mut base.enable_ipv6, enable_ipv6);
    replace(&mut base.ipam.driver, ipam.driver);
    for pool in ipam.config.into_iter().take(POOLS) {
        match base.ipam.config.iter_mut().find(|own| own.value.subnet == pool.value.subnet) {
            Some(own) => *own = pool,
            None => base.ipam.config.push(pool),
        }
    }
}
