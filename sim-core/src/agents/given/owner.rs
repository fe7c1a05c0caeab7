//! Who seems to have written a rule: by the names that programs give their chains, tables and comments.

use std::sync::Arc;

/// Names of chains by what they begin with, and whose they are. The longer first.
const CHAINS: &[(&str, &str)] = &[
    ("KUBE-ROUTER", "kube-router"),
    ("KUBE-NWPLCY", "kube-router"),
    ("KUBE-POD-FW", "kube-router"),
    ("KUBE-KUBELET", "kubelet"),
    ("KUBE-", "kube-proxy"),
    ("cali", "calico"),
    ("CNI-HOSTPORT", "portmap"),
    ("CNI-DN", "portmap"),
    ("CNI-", "cni"),
    ("FLANNEL", "flannel"),
    ("IP-MASQ", "ip-masq-agent"),
    ("DOCKER", "docker"),
    ("CILIUM", "cilium"),
    ("OLD_CILIUM", "cilium"),
    ("WEAVE", "weave"),
    ("AWS-", "aws-vpc-cni"),
    ("ISTIO_", "istio"),
    ("PROXY_INIT", "linkerd"),
    ("LIBVIRT", "libvirt"),
    ("ufw", "ufw"),
    ("f2b-", "fail2ban"),
    ("TAILSCALE", "tailscale"),
    ("ts-", "tailscale"),
    ("NETAVARK", "podman"),
    ("MINIUPNPD", "miniupnpd"),
    ("FWDI_", "firewalld"),
    ("FWDO_", "firewalld"),
    ("IN_", "firewalld"),
    ("PRE_", "firewalld"),
    ("POST_", "firewalld"),
    ("INPUT_ZONES", "firewalld"),
    ("FORWARD_", "firewalld"),
    ("OUTPUT_direct", "firewalld"),
];

/// Names of nftables tables, and whose they are.
const TABLES: &[(&str, &str)] = &[
    ("kube-proxy", "kube-proxy"),
    ("firewalld", "firewalld"),
    ("docker-bridges", "docker"),
    ("calico", "calico"),
    ("flannel", "flannel"),
    ("kindnet", "kindnet"),
    ("kube-network-policies", "kindnet"),
    ("cni_hostport", "portmap"),
    ("istio-proxy", "istio"),
    ("libvirt", "libvirt"),
    ("netavark", "podman"),
    ("f2b-table", "fail2ban"),
];

/// Whose a rule of iptables seems to be: by its chain, else by where it jumps to, else by its comment; an administrator's otherwise.
pub(super) fn of_rule(chain: &str, text: &str) -> &'static str {
    let by = |name: &str| CHAINS.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, owner)| *owner);
    let jump = text.split(" -j ").nth(1).or_else(|| text.split(" -g ").nth(1)).and_then(|rest| rest.split(' ').next());
    let comment = text.split("--comment ").nth(1).map(|rest| rest.trim_start_matches('"'));
    let said = comment.and_then(|comment| {
        let known = [
            ("cali:", "calico"),
            ("flanneld", "flannel"),
            ("kubernetes ", "kube-proxy"),
            ("ip-masq", "ip-masq-agent"),
            ("AWS", "aws-vpc-cni"),
            ("cilium", "cilium"),
            ("dnat name:", "portmap"),
            ("name: ", "cni"),
        ];
        known.iter().find(|(start, _)| comment.starts_with(start)).map(|(_, owner)| *owner)
    });
    let docker = text.contains(" docker0") || text.contains(" br-");
    by(chain).or_else(|| jump.and_then(by)).or(said).unwrap_or(if docker { "docker" } else { "administrator" })
}

/// Whose a table of nftables seems to be.
pub(super) fn of_table(name: &Arc<str>) -> &'static str {
    let known = TABLES.iter().find(|(prefix, _)| name.starts_with(prefix));
    known.map_or("administrator", |(_, owner)| *owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_whose_a_rule_is() {
        for (chain, text, owner) in [
            ("KUBE-SVC-X", "-A KUBE-SVC-X -j KUBE-SEP-Y", "kube-proxy"),
            ("INPUT", "-A INPUT -j ufw-before-input", "ufw"),
            ("FORWARD", "-A FORWARD -j DOCKER-USER", "docker"),
            ("POSTROUTING", "-A POSTROUTING -s 172.18.0.0/16 ! -o br-1a2b -j MASQUERADE", "docker"),
            ("FORWARD", "-A FORWARD -j REJECT --reject-with icmp-host-prohibited", "administrator"),
            ("POSTROUTING", "-A POSTROUTING -m comment --comment \"flanneld masq\" -j FLANNEL-POSTRTG", "flannel"),
            ("IN_public", "-A IN_public -j IN_public_deny", "firewalld"),
        ] {
            assert_eq!(of_rule(chain, text), owner, "{text}");
        }
        assert_eq!(of_table(&Arc::from("firewalld")), "firewalld");
        assert_eq!(of_table(&Arc::from("mine")), "administrator");
    }
}
