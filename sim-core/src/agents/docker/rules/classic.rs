//! Engine 20.10: rules in `FORWARD` itself, isolation in two stages, `RETURN` for what comes from the bridges.

use super::draft::{Draft, Table};
use super::{Because, Wired, mapped, on};
use kubernetes::cluster::model::DockerHost;

const STAGE_1: &str = "DOCKER-ISOLATION-STAGE-1";
const STAGE_2: &str = "DOCKER-ISOLATION-STAGE-2";

pub(super) fn write(draft: &mut Draft, host: &DockerHost, because: &Because, wired: &[Wired<'_>]) {
    let (filter, nat) = (Table::Filter, Table::Nat);
    let (daemon, proxy) = (because.daemon, host.daemon.userland_proxy);
    draft.chain(filter, "DOCKER");
    for chain in [STAGE_1, STAGE_2] {
        draft.append(filter, chain, "-j RETURN", daemon);
    }
    draft.append(filter, "DOCKER-USER", "-j RETURN", daemon);
    draft.chain(nat, "DOCKER");
    draft.append(nat, "PREROUTING", "-m addrtype --dst-type LOCAL -j DOCKER", daemon);
    let remote = if proxy { "! -d 127.0.0.0/8 " } else { "" };
    draft.append(nat, "OUTPUT", format!("{remote}-m addrtype --dst-type LOCAL -j DOCKER"), because.proxy);
    for (index, network) in host.networks.iter().enumerate() {
        let because = because.network(index);
        let (bridge, subnet) = (&network.bridge, network.subnet);
        let cause = because.own;
        if network.internal {
            draft.insert(filter, STAGE_1, format!("! -s {subnet} -o {bridge} -j DROP"), because.internal);
            draft.insert(filter, STAGE_1, format!("! -d {subnet} -i {bridge} -j DROP"), because.internal);
        } else {
            if network.masquerade {
                draft.insert(
                    nat,
                    "POSTROUTING",
                    format!("-s {subnet} ! -o {bridge} -j MASQUERADE"),
                    because.masquerade,
                );
            }
            if !proxy {
                let local = format!("-o {bridge} -m addrtype --src-type LOCAL -j MASQUERADE");
                draft.insert(nat, "POSTROUTING", local, cause);
            }
            // Only where masquerading is on (`setupIPTablesInternal`).
            if proxy && network.masquerade {
                draft.insert(nat, "DOCKER", format!("-i {bridge} -j RETURN"), cause);
            }
        }
        let inside = format!("-i {bridge} -o {bridge} -j");
        if network.icc {
            draft.insert(filter, "FORWARD", format!("{inside} ACCEPT"), because.icc);
        } else {
            draft.append(filter, "FORWARD", format!("{inside} DROP"), because.icc);
        }
        if !network.internal {
            draft.insert(filter, "FORWARD", format!("-i {bridge} ! -o {bridge} -j ACCEPT"), cause);
            draft.insert(filter, "FORWARD", format!("-o {bridge} -j DOCKER"), cause);
            let answers = format!("-o {bridge} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT");
            draft.insert(filter, "FORWARD", answers, cause);
            draft.insert(filter, STAGE_1, format!("-i {bridge} ! -o {bridge} -j {STAGE_2}"), cause);
            draft.insert(filter, STAGE_2, format!("-o {bridge} -j DROP"), cause);
        }
    }
    for &Wired { container, network, ip, ref ports, .. } in wired {
        let Some(of) = host.networks.get(network).filter(|of| !of.internal) else { continue };
        let bridge = &of.bridge;
        for published in mapped(container) {
            let Some(cause) = ports.get(&published.field) else { continue };
            let (proto, inner, outer) = (published.protocol, published.container_port, published.host_port);
            let from = if proxy { format!("! -i {bridge} ") } else { String::new() };
            let dnat = format!(
                "{}{from}-p {proto} -m {proto} --dport {outer} -j DNAT --to-destination {ip}:{inner}",
                on(published)
            );
            draft.append(nat, "DOCKER", dnat, *cause);
            let open = format!("-d {ip}/32 ! -i {bridge} -o {bridge} -p {proto} -m {proto} --dport {inner} -j ACCEPT");
            draft.append_once(filter, "DOCKER", open, *cause);
            let hairpin = format!("-s {ip}/32 -d {ip}/32 -p {proto} -m {proto} --dport {inner} -j MASQUERADE");
            draft.append_once(nat, "POSTROUTING", hairpin, *cause);
        }
    }
    super::links(draft, host, wired);
    draft.insert(filter, "FORWARD", format!("-j {STAGE_1}"), daemon);
    draft.insert(filter, "FORWARD", "-j DOCKER-USER", daemon);
}
