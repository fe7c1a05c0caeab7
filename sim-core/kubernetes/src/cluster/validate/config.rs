//! kube-proxy's configuration: what makes kube-proxy not start.

use crate::cluster::context::Context;
use crate::diagnostic::codes;
use crate::manifest::objects::{Document, KubeProxyConfiguration};
use ipnet::IpNet;

/// Bits of a packet's mark.
const BITS: std::ops::RangeInclusive<i64> = 0..=31;

pub(super) fn check(context: &mut Context<'_>, document: &Document<KubeProxyConfiguration>) {
    let (config, object) = (&document.value, &document.object);
    for (backend, path) in [(&config.iptables, "iptables.masqueradeBit"), (&config.nftables, "nftables.masqueradeBit")]
    {
        if let Some(bit) = backend.masquerade_bit.as_ref().filter(|bit| !BITS.contains(&bit.value)) {
            let found = context.finding(codes::OUT_OF_RANGE, bit.span, object).arg("path", path);
            context.report(found.arg("value", bit.value.to_string()).hint(codes::HINT_MARK_BIT));
        }
    }
    if let Some(mode) = config.detect_local_mode.as_ref().filter(|mode| !mode.value.is_empty()) {
        let device = &config.detect_local;
        let known = [
            ("ClusterCIDR", None),
            ("NodeCIDR", None),
            ("BridgeInterface", Some((&device.bridge_interface, "detectLocal.bridgeInterface"))),
            ("InterfaceNamePrefix", Some((&device.interface_name_prefix, "detectLocal.interfaceNamePrefix"))),
        ];
        if let Some(Some((text, path))) = context.choice(mode, "detectLocalMode", object, &known)
            && text.as_ref().is_none_or(|text| text.value.is_empty())
        {
            let span = text.as_ref().map_or(mode.span, |text| text.span);
            let found = context.finding(codes::MISSING_FIELD, span, object);
            context.report(found.arg("path", path));
        }
    }
    if let Some(text) = config.cluster_cidr.as_ref().filter(|text| !text.value.is_empty()) {
        let nets: Vec<Option<IpNet>> = text.value.split(',').map(|part| part.trim().parse().ok()).collect();
        let same = matches!(&nets[..], [Some(a), Some(b)] if a.addr().is_ipv4() == b.addr().is_ipv4());
        if nets.len() > 2 || same {
            let found = context.finding(codes::CIDR_PAIR, text.span, object).arg("path", "clusterCIDR");
            context.report(found.arg("value", &*text.value));
        }
    }
    for (index, text) in config.node_port_addresses.iter().enumerate() {
        let path = format!("nodePortAddresses[{index}]");
        if &*text.value == "primary" {
            if config.node_port_addresses.len() > 1 {
                let found = context.finding(codes::NOT_ALONE, text.span, object).arg("path", "nodePortAddresses");
                context.report(found.arg("value", "primary"));
            }
        } else {
            context.cidr(text, &path, object);
        }
    }
}
