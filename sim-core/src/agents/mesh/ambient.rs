//! The rules that ambient mode's CNI plugin writes: into a Pod, which leads its traffic to ztunnel's sockets there, and onto the node, so that
//! kubelet's probes are told from all else (`cni/pkg/iptables` in istio/istio).

use super::command::Commands;
use super::iptables::{DNS_PORT, Family};
use kubernetes::cluster::model::Ambient;

/// Mark of what ztunnel sends, with its mask.
const ZTUNNEL: &str = "0x539/0xfff";
/// Mark of the connections that it has.
const CONNECTION: &str = "0x111/0xfff";
/// ztunnel's ports: what goes out, what comes in as it is, what comes in by its tunnel.
const OUTBOUND: u16 = 15001;
const PLAINTEXT: u16 = 15006;
const TUNNEL: u16 = 15008;
/// kubelet's address in Pods of IPv6.
const PROBE_V6: &str = "fd16:9254:7127:1337:ffff:ffff:ffff:ffff";

const NAT: &str = "nat";
const MANGLE: &str = "mangle";
const RAW: &str = "raw";

/// What stands in a Pod.
pub fn commands(of: &Ambient, family: Family) -> Commands {
    let mut out = Commands::default();
    let probe = probe(of, family);
    let loopback = if family == Family::V4 { "127.0.0.1/32" } else { "::1/128" };
    for table in [MANGLE, NAT, RAW].into_iter().filter(|table| *table != RAW || of.redirect_dns) {
        out.append(table, "PREROUTING", "-j ISTIO_PRERT");
        out.append(table, "OUTPUT", "-j ISTIO_OUTPUT");
    }
    for dev in of.virtual_interfaces.iter() {
        out.append(NAT, "ISTIO_PRERT", format!("-i {dev} -p tcp -j REDIRECT --to-ports {OUTBOUND}"));
        out.append(NAT, "ISTIO_PRERT", format!("-i {dev} -p tcp -j RETURN"));
    }
    let others = format!("-m mark ! --mark {ZTUNNEL}");
    // What comes is of a connection of ztunnel's.
    out.append(MANGLE, "ISTIO_PRERT", format!("-m mark --mark {ZTUNNEL} -j CONNMARK --set-xmark {CONNECTION}"));
    if !of.ingress {
        out.append(NAT, "ISTIO_PRERT", format!("-s {probe} -p tcp -m tcp -j ACCEPT"));
    }
    out.append(NAT, "ISTIO_OUTPUT", format!("-d {probe} -p tcp -m tcp -j ACCEPT"));
    if !of.ingress {
        let rule = format!("! -d {loopback} -p tcp ! --dport {TUNNEL} {others} -j REDIRECT --to-ports {PLAINTEXT}");
        out.append(NAT, "ISTIO_PRERT", rule);
    }
    let restores = "CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff";
    out.append(MANGLE, "ISTIO_OUTPUT", format!("-m connmark --mark {CONNECTION} -j {restores}"));
    if of.redirect_dns {
        let rule = format!("! -o lo -p udp {others} -m udp --dport 53 -j REDIRECT --to-port {DNS_PORT}");
        out.append(NAT, "ISTIO_OUTPUT", rule);
        let rule = format!("! -d {loopback} -p tcp --dport 53 {others} -j REDIRECT --to-ports {DNS_PORT}");
        out.append(NAT, "ISTIO_OUTPUT", rule);
        out.append(RAW, "ISTIO_OUTPUT", format!("-p udp -m mark --mark {ZTUNNEL} -m udp --dport 53 -j CT --zone 1"));
        out.append(RAW, "ISTIO_PRERT", format!("-p udp {others} -m udp --sport 53 -j CT --zone 1"));
    }
    out.append(NAT, "ISTIO_OUTPUT", format!("-p tcp -m mark --mark {CONNECTION} -j ACCEPT"));
    out.append(NAT, "ISTIO_OUTPUT", format!("! -d {loopback} -o lo -j ACCEPT"));
    out.append(NAT, "ISTIO_OUTPUT", format!("! -d {loopback} -p tcp {others} -j REDIRECT --to-ports {OUTBOUND}"));
    out
}

/// What stands on a node: what its own processes send to a captured Pod comes from an address that the Pod's rules know.
pub fn host(of: &Ambient, family: Family) -> Commands {
    let mut out = Commands::default();
    let set = if family == Family::V4 { PROBES } else { "istio-inpod-probes-v6" };
    out.insert(NAT, "POSTROUTING", 0, "-j ISTIO_POSTRT");
    let of_host = format!("-m owner --socket-exists -p tcp -m set --match-set {set} dst");
    out.append(NAT, "ISTIO_POSTRT", format!("{of_host} -j SNAT --to-source {}", probe(of, family)));
    out
}

/// The set of addresses of captured Pods on a node.
pub(super) const PROBES: &str = "istio-inpod-probes-v4";

fn probe(of: &Ambient, family: Family) -> String {
    match family {
        Family::V4 => of.probe_address.to_string(),
        Family::V6 => PROBE_V6.to_owned(),
    }
}
