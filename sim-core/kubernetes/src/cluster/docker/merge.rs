//! A later Compose file over an earlier one: single values replace, lists grow, mappings are merged by key; what is tagged does not count.

use super::parts::{Project, Service};
use crate::manifest::objects::{
    ComposeAttachment, ComposeNetwork, ComposePort, ComposeService, ComposeTag, List, Named, Pairs, Text,
};
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

/// Writes a service over one of the same name, or over the one that it extends.
pub(super) fn written_over(base: &mut Service, over: Service) {
    let mut seen: BTreeSet<ComposePort> = base.ports.iter().map(|(_, own)| own.value.clone()).collect();
    base.ports.extend(over.ports.into_iter().filter(|(_, port)| seen.insert(port.value.clone())));
    service(&mut base.of, over.of);
}

/// Whether two networks say the same, wherever.
pub(super) fn is_same(one: &ComposeNetwork, other: &ComposeNetwork) -> bool {
    let text = |of: &ComposeNetwork| {
        let mut of = of.clone();
        network(&mut of, ComposeNetwork::default());
        let texts = [&of.name, &of.driver, &of.internal, &of.enable_ipv4, &of.enable_ipv6, &of.ipam.driver];
        let texts = texts.map(|text| text.as_ref().map(|text| text.value.clone()));
        let external = of
            .external
            .as_ref()
            .map(|of| [&of.value.short, &of.value.name].map(|text| text.as_ref().map(|text| text.value.clone())));
        let options: Vec<_> = of.driver_opts.0.iter().map(|pair| pair.value.clone()).collect();
        let pools: Vec<_> = of
            .ipam
            .config
            .iter()
            .map(|pool| {
                let texts = [&pool.value.subnet, &pool.value.ip_range, &pool.value.gateway];
                texts.map(|text| text.as_ref().map(|text| text.value.clone()))
            })
            .collect();
        (texts, external, options, pools)
    };
    text(one) == text(other)
}

/// Takes out what a tag leads to: it does not count whatever was said.
pub(super) fn clear(project: &mut Project, tag: &ComposeTag) {
    let path: Vec<&str> = tag.path.iter().map(|key| &**key).collect();
    match path[..] {
        ["services"] => project.services.clear(),
        ["networks"] => project.networks.clear(),
        ["services", name] => project.services.retain(|own| *own.name != *name),
        ["networks", name] => project.networks.retain(|(own, _)| **own != *name),
        ["services", name, ..] => {
            if let Some(own) = project.services.iter_mut().find(|own| *own.name == *name) {
                clear_service(own, tag.path.get(2..).unwrap_or_default());
            }
        }
        ["networks", name, ref field @ ..] => {
            if let Some((_, own)) = project.networks.iter_mut().find(|(own, _)| **own == *name) {
                clear_network(&mut own.value, field);
            }
        }
        _ => {}
    }
}

fn without<T>(all: &mut Named<T>, name: &str) {
    all.0.retain(|(own, _)| **own != *name);
}

fn without_pair(all: &mut Pairs, name: &str) {
    all.0.retain(|pair| *pair.value.name != *name);
}

/// The same for a field of a service; no field is all of it.
pub(super) fn clear_service(base: &mut Service, field: &[Text]) {
    let field: Vec<&str> = field.iter().map(|key| &**key).collect();
    let of = &mut base.of;
    match field[..] {
        [] => {
            *of = ComposeService::default();
            base.ports.clear();
        }
        ["ports", ..] => base.ports.clear(),
        ["image"] => of.image = None,
        ["container_name"] => of.container_name = None,
        ["hostname"] => of.hostname = None,
        ["entrypoint"] => of.entrypoint = None,
        ["command"] => of.command = None,
        ["environment"] => of.environment = Pairs::default(),
        ["environment", name] => without_pair(&mut of.environment, name),
        ["expose"] => of.expose.0.clear(),
        ["networks"] => of.networks = Named::default(),
        ["networks", name] => without(&mut of.networks, name),
        ["networks", name, field] => {
            if let Some((_, on)) = of.networks.0.iter_mut().find(|(own, _)| **own == *name) {
                clear_attachment(&mut on.value, field);
            }
        }
        ["network_mode"] => of.network_mode = None,
        ["mac_address"] => of.mac_address = None,
        ["links"] => of.links.0.clear(),
        ["external_links"] => of.external_links.0.clear(),
        ["extra_hosts"] => of.extra_hosts = Pairs::default(),
        ["extra_hosts", name] => without_pair(&mut of.extra_hosts, name),
        ["dns"] => of.dns.0.clear(),
        ["dns_search"] => of.dns_search.0.clear(),
        ["depends_on"] => of.depends_on = Named::default(),
        ["depends_on", name] => without(&mut of.depends_on, name),
        ["deploy"] | ["deploy", "replicas"] => of.deploy.replicas = None,
        ["scale"] => of.scale = None,
        ["profiles"] => of.profiles.0.clear(),
        ["volumes"] => of.volumes.clear(),
        _ => {}
    }
}

fn clear_attachment(on: &mut ComposeAttachment, field: &str) {
    match field {
        "aliases" => on.aliases.0.clear(),
        "ipv4_address" => on.ipv4_address = None,
        "mac_address" => on.mac_address = None,
        "priority" => on.priority = None,
        "gw_priority" => on.gw_priority = None,
        _ => {}
    }
}

fn clear_network(of: &mut ComposeNetwork, field: &[&str]) {
    match field {
        ["name"] => of.name = None,
        ["driver"] => of.driver = None,
        ["driver_opts"] => of.driver_opts = Pairs::default(),
        ["driver_opts", name] => without_pair(&mut of.driver_opts, name),
        ["external"] => of.external = None,
        ["internal"] => of.internal = None,
        ["enable_ipv4"] => of.enable_ipv4 = None,
        ["enable_ipv6"] => of.enable_ipv6 = None,
        ["ipam"] => of.ipam = Default::default(),
        ["ipam", "config"] => of.ipam.config.clear(),
        _ => {}
    }
}

/// Merges a service; its ports are merged by who knows their fields.
fn service(base: &mut ComposeService, over: ComposeService) {
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
