//! `ipMasq` of the reference plugins `bridge` and `ptp` (`pkg/ip/ipmasq_iptables_linux.go`, `ipmasq_nftables_linux.go`): what a Pod sends out of its
//! node's range is masqueraded, other nodes' Pods included.

use super::nft;
use super::portmap::sandbox_of;
use crate::agents::agent::On;
use crate::agents::write::Writer;
use ipnet::{IpNet, Ipv4Net};
use kernel::config::xtables::{IpMatch, Match, Neg, Rule, Target};
use kernel::config::{Hook, NatRange};
use kernel::ids::TableName;
use kubernetes::cluster::model::Pod;
use kubernetes::cluster::network_config::RuleBackend;
use kubernetes::origin::{CauseId, Component};
use sha2::{Digest, Sha512};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// Longest chain name.
const CHAIN_NAME: usize = 28;
/// Digits of a hash in a comment of nftables.
const HASH: usize = 16;

/// For one Pod, whose network has this prefix length.
pub(super) fn add(writer: &mut Writer<'_>, on: &On<'_>, (component, backend): (Component, RuleBackend), pod: &Pod) {
    let Ok(address) = IpNet::new(pod.ip, on.of.pod_cidr.prefix_len()) else { return };
    let cause = writer.object(component, &pod.origin, "plugins.ipMasq", None);
    let network = writer.cluster.settings.network_config.network.clone();
    let id = sandbox_of(pod);
    match backend {
        RuleBackend::Iptables => iptables(writer, on, (&network, &id), address, cause),
        RuleBackend::Nftables => nftables(writer, on, (&network, &id), address, cause),
    }
}

fn hash(text: &str, digits: usize) -> String {
    let mut hash = data_encoding::HEXLOWER.encode(&Sha512::digest(text.as_bytes()));
    hash.truncate(digits);
    hash
}

fn iptables(writer: &mut Writer<'_>, on: &On<'_>, (network, id): (&str, &str), address: IpNet, cause: CauseId) {
    let Ok(multicast) = Ipv4Net::new(Ipv4Addr::new(224, 0, 0, 0), 4) else { return };
    let start = "CNI-";
    let name = format!("{start}{}", hash(&format!("{network}{id}"), CHAIN_NAME - start.len()));
    let comment = || vec![Match::Comment(Arc::from(format!("name: \"{network}\" id: \"{id}\"")))];
    let table = writer.builder.netns(on.at.netns).xtables.table_mut(TableName::Nat);
    let chain = table.chain(&name, cause);
    let rule = |src: Option<IpNet>, dst: Option<Neg<IpNet>>, target| {
        let ip = IpMatch { src: src.map(Neg::is), dst, ..IpMatch::default() };
        Rule { ip, matches: comment(), target, cause }
    };
    table.append(chain, rule(None, Some(Neg::is(address.trunc())), Target::Accept));
    let masquerade = Target::Masquerade(NatRange::default());
    table.append(chain, rule(None, Some(Neg::not(IpNet::V4(multicast))), masquerade));
    if let Some(postrouting) = table.base(Hook::Postrouting) {
        table.append(postrouting, rule(Some(IpNet::from(address.addr())), None, Target::Jump(chain)));
    }
}

fn nftables(writer: &mut Writer<'_>, on: &On<'_>, (network, id): (&str, &str), address: IpNet, cause: CauseId) {
    let (ip, net) = (address.addr(), address.trunc());
    let known = format!("{}-{}", hash(network, HASH), hash(&format!("eth0:{id}"), HASH));
    let text = format!(
        r#"table inet cni_plugins_masquerade {{
	comment "Masquerading for plugins from github.com/containernetworking/plugins"
	chain masq_checks {{
		comment "Masquerade traffic from certain IPs to any (non-multicast) IP outside their subnet"
		ip saddr {ip} ip daddr != {net} masquerade comment "{known}, net: {network}, if: eth0, id: {id}"
	}}
	chain postrouting {{
		type nat hook postrouting priority srcnat; policy accept;
		ip daddr 224.0.0.0/4 return
		ip6 daddr ff00::/8 return
		goto masq_checks
	}}
}}
"#
    );
    nft::add(writer.builder.netns(on.at.netns), &text, &["masq_checks"], cause);
}

#[cfg(test)]
mod tests {
    use super::hash;

    /// As recorded (`tests/fixtures/conformance/cni`).
    #[test]
    fn names_are_hashed_as_the_plugin_does() {
        let id = "cid-pod1-0123456789abcdef";
        assert_eq!(hash(&format!("podnet{id}"), 24), "f7d5515c383b8d57e024b354");
        assert_eq!(
            (hash("podnet", 16), hash(&format!("eth0:{id}"), 16)),
            ("fa98a27bbcc17b2e".to_owned(), "d29d4565b6f64f7e".to_owned())
        );
    }
}
