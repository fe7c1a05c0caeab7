//! Engines 28 and 29: `FORWARD` leads to `DOCKER-FORWARD`, and the table `raw` guards containers' addresses.

use super::draft::{Draft, Table};
use super::{Because, Wired, mapped, on, translates};
use kubernetes::cluster::model::DockerHost;
use kubernetes::cluster::model::docker::{Engine, GatewayMode};

const STAGE_1: &str = "DOCKER-ISOLATION-STAGE-1";
const STAGE_2: &str = "DOCKER-ISOLATION-STAGE-2";

pub(super) fn write(draft: &mut Draft, host: &DockerHost, because: &Because, wired: &[Wired<'_>]) {
    let (filter, nat, raw) = (Table::Filter, Table::Nat, Table::Raw);
    let (daemon, proxy) = (because.daemon, host.daemon.userland_proxy);
    // Engine 29 isolates networks by the last rule of each in the chain DOCKER.
    let stages = host.engine == Engine::V28;
    draft.append(filter, "FORWARD", "-j DOCKER-USER", daemon);
    draft.append(filter, "FORWARD", "-j DOCKER-FORWARD", daemon);
    for chain in ["DOCKER-USER", "DOCKER", "DOCKER-BRIDGE", "DOCKER-CT"] {
        draft.chain(filter, chain);
    }
    draft.append(filter, "DOCKER-FORWARD", "-j DOCKER-CT", daemon);
    if stages {
        draft.chain(filter, STAGE_2);
        draft.chain(filter, STAGE_1);
        draft.append(filter, "DOCKER-FORWARD", format!("-j {STAGE_1}"), daemon);
    } else {
        draft.chain(filter, "DOCKER-INTERNAL");
        draft.append(filter, "DOCKER-FORWARD", "-j DOCKER-INTERNAL", daemon);
    }
    draft.append(filter, "DOCKER-FORWARD", "-j DOCKER-BRIDGE", daemon);
    draft.chain(nat, "DOCKER");
    draft.append(nat, "PREROUTING", "-m addrtype --dst-type LOCAL -j DOCKER", daemon);
    let remote = if proxy { "! -d 127.0.0.0/8 " } else { "" };
    draft.append(nat, "OUTPUT", format!("{remote}-m addrtype --dst-type LOCAL -j DOCKER"), because.proxy);
    let mark_cause = because.mark;
    for (index, network) in host.networks.iter().enumerate() {
        let because = because.network(index);
        let (bridge, subnet) = (&network.bridge, network.subnet);
        let cause = because.own;
        let inside = format!("-i {bridge} -o {bridge} -j {}", if network.icc { "ACCEPT" } else { "DROP" });
        if network.internal {
            let guard = if stages { STAGE_1 } else { "DOCKER-INTERNAL" };
            draft.insert(filter, guard, format!("! -d {subnet} -i {bridge} -j DROP"), because.internal);
            draft.insert(filter, guard, format!("! -s {subnet} -o {bridge} -j DROP"), because.internal);
            draft.append(filter, "DOCKER-FORWARD", inside, because.icc);
            continue;
        }
        if let Some((mark, mask)) = host.daemon.accept_mark {
            let of = if mask == u32::MAX { format!("{mark:#x}") } else { format!("{mark:#x}/{mask:#x}") };
            draft.insert_once(filter, "DOCKER-FORWARD", format!("-m mark --mark {of} -j ACCEPT"), mark_cause);
        }
        let to = match network.snat {
            Some(ip) => format!("SNAT --to-source {ip}"),
            None => "MASQUERADE".to_owned(),
        };
        if translates(network) && network.masquerade {
            draft.insert(nat, "POSTROUTING", format!("-s {subnet} ! -o {bridge} -j {to}"), because.masquerade);
        }
        if !proxy {
            let local = format!("-o {bridge} -m addrtype --src-type LOCAL -j {to}");
            draft.insert(nat, "POSTROUTING", local, cause);
        } else if stages {
            draft.insert(nat, "DOCKER", format!("-i {bridge} -j RETURN"), cause);
        }
        let answers = format!("-o {bridge} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT");
        draft.append(filter, "DOCKER-CT", answers, cause);
        draft.append(filter, "DOCKER-BRIDGE", format!("-o {bridge} -j DOCKER"), cause);
        if stages {
            draft.insert(filter, STAGE_1, format!("-i {bridge} ! -o {bridge} -j {STAGE_2}"), cause);
            draft.insert(filter, STAGE_2, format!("-o {bridge} -j DROP"), cause);
        }
        if network.icc {
            draft.append(filter, "DOCKER-FORWARD", format!("-i {bridge} -j ACCEPT"), cause);
        } else {
            draft.append(filter, "DOCKER-FORWARD", inside, because.icc);
            draft.append(filter, "DOCKER-FORWARD", format!("-i {bridge} ! -o {bridge} -j ACCEPT"), cause);
        }
        if network.gateway_mode == GatewayMode::Routed {
            draft.append(filter, "DOCKER", format!("-o {bridge} -p icmp -j ACCEPT"), because.mode);
        }
        let open = network.gateway_mode == GatewayMode::NatUnprotected;
        let last = if open { "ACCEPT" } else { "DROP" };
        draft.append(filter, "DOCKER", format!("! -i {bridge} -o {bridge} -j {last}"), because.mode);
    }
    for &Wired { container, network, ip, cause: own, ref ports } in wired {
        let Some(of) = host.networks.get(network).filter(|of| !of.internal) else { continue };
        let bridge = &of.bridge;
        if of.gateway_mode == GatewayMode::Nat && host.daemon.raw && !host.daemon.direct_routing {
            for device in &of.trusted {
                let cause = because.network(network).trusted;
                draft.append(raw, "PREROUTING", format!("-d {ip}/32 -i {device} -j ACCEPT"), cause);
            }
            draft.append(raw, "PREROUTING", format!("-d {ip}/32 ! -i {bridge} -j DROP"), own);
        }
        for published in mapped(container) {
            let Some(&cause) = ports.get(&published.field) else { continue };
            let (proto, inner, outer) = (published.protocol, published.container_port, published.host_port);
            // In routed mode the driver is handed ports of containers only: the host has none.
            if translates(of) && published.host_ip.is_loopback() && host.daemon.raw {
                let guard =
                    format!("-d {}/32 ! -i lo -p {proto} -m {proto} --dport {outer} -j DROP", published.host_ip);
                draft.append(raw, "PREROUTING", guard, cause);
            }
            if translates(of) {
                let from = if proxy { format!("! -i {bridge} ") } else { String::new() };
                let dnat = format!(
                    "{}{from}-p {proto} -m {proto} --dport {outer} -j DNAT --to-destination {ip}:{inner}",
                    on(published)
                );
                draft.append(nat, "DOCKER", dnat, cause);
                if !proxy {
                    let hairpin = format!("-s {ip}/32 -d {ip}/32 -p {proto} -m {proto} --dport {inner} -j MASQUERADE");
                    draft.append_once(nat, "POSTROUTING", hairpin, cause);
                }
            }
            if of.gateway_mode != GatewayMode::NatUnprotected {
                let open =
                    format!("-d {ip}/32 ! -i {bridge} -o {bridge} -p {proto} -m {proto} --dport {inner} -j ACCEPT");
                draft.insert_once(filter, "DOCKER", open, cause);
            }
        }
    }
    super::links(draft, host, wired);
}
