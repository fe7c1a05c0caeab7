//! The reference plugin `portmap`: a Pod's `hostPort`s, in its iptables back-end (plugins/meta/portmap/portmap_iptables.go) and in that of nftables.

use super::nft;
use crate::agents::agent::On;
use crate::agents::runtime::host_port_of;
use crate::agents::write::{Writer, hex};
use ipnet::IpNet;
use kernel::config::xtables::{AddrTypeMatch, IpMatch, Match, MultiPort, Neg, PortSide, Rule, Table, Target};
use kernel::config::{AddrType, Hook, NatRange, NetworkBuilder, PortRange};
use kernel::ids::{NetnsId, TableName};
use kernel::packet::{Port, Protocol};
use kernel::text::iptables::read::{Limits, parse_save};
use kubernetes::cluster::model::Pod;
use kubernetes::cluster::network_config::{PortMap, RuleBackend};
use kubernetes::origin::{CauseId, Component};
use sha2::{Digest, Sha512};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Ports that one `multiport` match takes.
const MULTIPORT: usize = 15;
/// Longest chain name.
const CHAIN_NAME: usize = 28;
/// Longest comment.
const COMMENT: usize = 255;

/// One of the `portMappings` that the runtime hands to the plugin.
pub(crate) struct Mapping {
    pub(crate) host_ip: Option<IpAddr>,
    pub(crate) host_port: Port,
    pub(crate) container_port: Port,
    pub(crate) protocol: Protocol,
    pub(crate) cause: CauseId,
}

/// The Pod's side of a call of the plugin.
pub(crate) struct Sandbox<'a> {
    /// `CNI_CONTAINERID`.
    pub(crate) id: &'a str,
    /// The Pod's address with the prefix length of its network.
    pub(crate) address: IpNet,
    /// The Pod's host-side interface that has an address: the route to the Pod leads there.
    pub(crate) host_device: &'a str,
    pub(crate) cause: CauseId,
}

/// ADD for the `hostPort`s of one Pod on a node. `host_device` is the node's device that has an address and leads to the Pod.
pub(crate) fn add(writer: &mut Writer<'_>, on: &On<'_>, pod: &Pod, host_device: &str) {
    if let Ok(address) = IpNet::new(pod.ip, on.of.pod_cidr.prefix_len()) {
        add_at(writer, pod, (on, address), host_device);
    }
}

/// The same for a Pod whose address is alone in its network.
pub(crate) fn add_alone(writer: &mut Writer<'_>, on: &On<'_>, pod: &Pod, host_device: &str) {
    add_at(writer, pod, (on, IpNet::from(pod.ip)), host_device);
}

fn add_at(writer: &mut Writer<'_>, pod: &Pod, (on, address): (&On<'_>, IpNet), host_device: &str) {
    let config = writer.cluster.settings.network_config.clone();
    let mut mappings = Vec::new();
    for container in &pod.containers {
        for port in &container.ports {
            let Some(host_port) = port.host_port else { continue };
            let cause = writer.cause(host_port_of(pod, port));
            let (host_ip, protocol) = (port.host_ip, port.protocol);
            mappings.push(Mapping { host_ip, host_port, container_port: port.port, protocol, cause });
        }
    }
    let Some(settings) = &config.portmap else { return };
    let cause = writer.object(Component::CniPortmap, &pod.origin, "", None);
    let id = sandbox_of(pod);
    let sandbox = Sandbox { id: &id, address, host_device, cause };
    write(&mut writer.builder, on.at.netns, &config.network, settings, &sandbox, &mappings);
}

/// The sandbox's id, which the runtime draws; here it is the same in every run.
pub(super) fn sandbox_of(pod: &Pod) -> String {
    hex(&format!("pod/{}", pod.name), 64)
}

/// Writes what `forwardPorts` does.
pub(crate) fn write(
    builder: &mut NetworkBuilder,
    netns: NetnsId,
    network: &str,
    settings: &PortMap,
    sandbox: &Sandbox<'_>,
    mappings: &[Mapping],
) {
    if mappings.is_empty() {
        return;
    }
    let cause = sandbox.cause;
    if settings.backend == RuleBackend::Nftables {
        return nftables(builder, netns, settings, sandbox, mappings);
    }
    let table = builder.netns(netns).xtables.table_mut(TableName::Nat);
    let set_mark = settings.external_set_mark_chain.as_deref().unwrap_or("CNI-HOSTPORT-SETMARK");
    if settings.snat && settings.external_set_mark_chain.is_none() {
        masquerade_marked(table, settings.mark, cause);
    }
    let dnat = table.chain("CNI-HOSTPORT-DNAT", cause);
    for hook in [Hook::Prerouting, Hook::Output] {
        let Some(base) = table.base(hook) else { continue };
        let known = table.get(base).rules.iter().any(|rule| matches!(rule.target, Target::Jump(to) if to == dnat));
        if !known {
            let local = AddrTypeMatch { dst: Some(Neg::is(AddrType::Local.into())), ..AddrTypeMatch::default() };
            table.append(base, rule(IpMatch::default(), vec![Match::AddrType(local)], Target::Jump(dnat), cause));
        }
    }
    let own = table.chain(&chain_name(network, sandbox.id), cause);
    let mut comment = format!("dnat name: \"{network}\" id: \"{}\"", sandbox.id);
    comment.truncate(comment.floor_char_boundary(COMMENT));
    let mut protocols: Vec<Protocol> = mappings.iter().map(|mapping| mapping.protocol).collect();
    protocols.sort_by_key(ToString::to_string);
    protocols.dedup();
    for protocol in protocols {
        let same: Vec<&Mapping> = mappings.iter().filter(|mapping| mapping.protocol == protocol).collect();
        for some in same.chunks(MULTIPORT) {
            let ports: Arc<[PortRange]> = some.iter().map(|mapping| PortRange::one(mapping.host_port.0)).collect();
            let (ip, more) = conditions(&settings.conditions);
            let ip = IpMatch { protocol: Some(Neg::is(protocol)), ..ip };
            let multiport = MultiPort { side: PortSide::Destination, ports: Neg::is(ports) };
            let mut matches = vec![Match::Comment(Arc::from(&*comment)), Match::MultiPort(multiport)];
            matches.extend(more);
            let cause = some.first().map_or(cause, |mapping| mapping.cause);
            table.append(dnat, rule(ip, matches, Target::Jump(own), cause));
        }
    }
    for mapping in mappings {
        // An address of no particular interface is no destination.
        let to = mapping.host_ip.filter(|ip| !ip.is_unspecified());
        if to.is_some_and(|ip| ip.is_ipv6() != sandbox.address.addr().is_ipv6()) {
            continue;
        }
        let ip = |src: Option<IpNet>| IpMatch {
            src: src.map(Neg::is),
            dst: to.map(|ip| Neg::is(IpNet::from(ip))),
            protocol: Some(Neg::is(mapping.protocol)),
            ..IpMatch::default()
        };
        let port = || vec![Match::ports(mapping.protocol, None, Some(Neg::is(PortRange::one(mapping.host_port.0))))];
        if settings.snat {
            let mark = table.chain(set_mark, cause);
            for src in [sandbox.address.trunc(), IpNet::from(IpAddr::V4(Ipv4Addr::LOCALHOST))] {
                table.append(own, rule(ip(Some(src)), port(), Target::Jump(mark), mapping.cause));
            }
        }
        let pod = sandbox.address.addr();
        let range = NatRange {
            addresses: Some((pod, pod)),
            ports: Some(PortRange::one(mapping.container_port.0)),
            ..NatRange::default()
        };
        table.append(own, rule(ip(None), port(), Target::Dnat(range), mapping.cause));
    }
    if settings.snat {
        route_localnet(builder, netns, sandbox);
    }
}

/// A connection to the loopback address leaves by that device then.
fn route_localnet(builder: &mut NetworkBuilder, netns: NetnsId, sandbox: &Sandbox<'_>) {
    let name = format!("net.ipv4.conf.{}.route_localnet", sandbox.host_device);
    builder.sysctl(netns, &name, "1", sandbox.cause);
}

/// The same in its nftables back-end (plugins/meta/portmap/portmap_nftables.go): no marks; what a Pod or loopback sends to the Pod is masqueraded.
fn nftables(
    builder: &mut NetworkBuilder,
    netns: NetnsId,
    settings: &PortMap,
    sandbox: &Sandbox<'_>,
    mappings: &[Mapping],
) {
    let (id, pod) = (sandbox.id, sandbox.address.addr());
    let served = |mapping: &&Mapping| mapping.host_ip.is_none_or(|ip| ip.is_ipv6() == pod.is_ipv6());
    let at = |mapping: &&Mapping| mapping.host_ip.filter(|ip| !ip.is_unspecified());
    let (of_an_address, of_all): (Vec<&Mapping>, Vec<&Mapping>) =
        mappings.iter().filter(served).partition(|mapping| at(mapping).is_some());
    let rule = |mapping: &&Mapping| {
        let to = at(mapping).map(|ip| format!("ip daddr {ip} ")).unwrap_or_default();
        let (protocol, host, container) = (mapping.protocol, mapping.host_port.0, mapping.container_port.0);
        format!("{to}{protocol} dport {host} dnat to {pod}:{container} comment \"{id}\"\n")
    };
    let lines = |all: &[&Mapping]| all.iter().map(rule).collect::<String>();
    let mut text = format!(
        r#"table ip cni_hostport {{
	comment "CNI portmap plugin"
	chain hostports {{
		{}
	}}
	chain hostip_hostports {{
		{}
	}}
	chain hostports_all {{
		jump hostip_hostports
		jump hostports
	}}
	chain prerouting {{
		type nat hook prerouting priority dstnat; policy accept;
		fib daddr type local jump hostports_all
	}}
	chain output {{
		type nat hook output priority -100; policy accept;
		fib daddr type local jump hostports_all
	}}
"#,
        lines(&of_all),
        lines(&of_an_address),
    );
    if settings.snat {
        text += &format!(
            r#"	chain masquerading {{
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr {pod} ip daddr {pod} masquerade comment "{id}"
		ip saddr 127.0.0.1 ip daddr {pod} masquerade comment "{id}"
	}}
"#
        );
        route_localnet(builder, netns, sandbox);
    }
    text += "}\n";
    let causes: Vec<CauseId> = of_all.iter().chain(&of_an_address).map(|mapping| mapping.cause).collect();
    let growing = ["hostports", "hostip_hostports", "masquerading"];
    nft::add_with(builder.netns(netns), &text, &growing, sandbox.cause, |at, rule| {
        rule.cause = causes.get(at).copied().unwrap_or(sandbox.cause);
    });
}

/// The chains that mark what has to be masqueraded, and masquerade it: first in POSTROUTING.
fn masquerade_marked(table: &mut Table, bit: u32, cause: CauseId) {
    if table.find("CNI-HOSTPORT-MASQ").is_some() {
        return;
    }
    let set = table.chain("CNI-HOSTPORT-SETMARK", cause);
    let comment = Match::Comment(Arc::from("CNI portfwd masquerade mark"));
    table.append(set, rule(IpMatch::default(), vec![comment], Target::Mark { value: bit, mask: bit }, cause));
    let masquerade = table.chain("CNI-HOSTPORT-MASQ", cause);
    let marked = Match::Mark(Neg::is((bit, bit)));
    let target = Target::Masquerade(NatRange::default());
    table.append(masquerade, rule(IpMatch::default(), vec![marked], target, cause));
    if let Some(postrouting) = table.base(Hook::Postrouting) {
        let comment = Match::Comment(Arc::from("CNI portfwd requiring masquerade"));
        table.insert(postrouting, rule(IpMatch::default(), vec![comment], Target::Jump(masquerade), cause));
    }
}

/// What `conditionsV4` adds to a rule; nothing where iptables would not take it.
fn conditions(words: &[Arc<str>]) -> (IpMatch, Vec<Match>) {
    if words.is_empty() || words.iter().any(|word| word.contains(['\n', '"', '\\', ' '])) {
        return Default::default();
    }
    let text = format!("*nat\n-A PREROUTING {} -j ACCEPT\nCOMMIT\n", words.join(" "));
    let Ok(parsed) = parse_save(&text, &Limits::default(), &mut |_| CauseId::default()) else {
        return Default::default();
    };
    let table = parsed.tables.get(&TableName::Nat);
    let chain = table.and_then(|table| Some(table.get(table.base(Hook::Prerouting)?)));
    chain.and_then(|chain| chain.rules.first()).map(|rule| (rule.ip.clone(), rule.matches.clone())).unwrap_or_default()
}

fn rule(ip: IpMatch, matches: Vec<Match>, target: Target, cause: CauseId) -> Rule {
    Rule { ip, matches, target, cause }
}

/// `CNI-DN-` and the start of the hash of network and sandbox (`MustFormatChainNameWithPrefix`).
fn chain_name(network: &str, id: &str) -> String {
    let hash = data_encoding::HEXLOWER.encode(&Sha512::digest(format!("{network}{id}").as_bytes()));
    let mut name = format!("CNI-DN-{hash}");
    name.truncate(CHAIN_NAME);
    name
}

#[cfg(test)]
mod tests;
