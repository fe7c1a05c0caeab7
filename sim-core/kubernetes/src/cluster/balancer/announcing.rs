//! Annotations by which clouds' load balancers are told to say, on each connection that they open, whose it is (the PROXY protocol). A load
//! balancer that does ends connections itself. kube-proxy knows nothing of it: who asks for the address from inside of the cluster is handed
//! to an endpoint without that, unless the status says `ipMode: Proxy` (KEP-1860).

use crate::assumption::Because;
use crate::cluster::context::Context;
use crate::cluster::model::{Announces, ProxyProtocol};
use crate::manifest::objects::{Document, Service};
use kernel::packet::Port;
use std::sync::Arc;

/// What a value of an annotation asks for.
enum Asks {
    /// It is on, in this form.
    On(ProxyProtocol),
    /// The value names the form: `v1`, `2`, `send-proxy-v2`; a plain yes is the first.
    Named,
    /// It is on for the ports that it lists, or all.
    Ports(ProxyProtocol),
    /// One of several settings: this word stands among them.
    Among(&'static str, ProxyProtocol),
    /// Any value, on all ports; the second form where the load balancer is of the network kind.
    Aws,
}

use Asks::{Among, Aws, Named, On, Ports};
use ProxyProtocol::{V1, V2};

/// Annotations of the clouds' controllers (their documentation of Services).
const ANNOTATIONS: [(&str, Asks); 15] = [
    ("service.beta.kubernetes.io/aws-load-balancer-proxy-protocol", Aws),
    (
        "service.beta.kubernetes.io/aws-load-balancer-target-group-attributes",
        Among("proxy_protocol_v2.enabled=true", V2),
    ),
    ("service.beta.kubernetes.io/do-loadbalancer-enable-proxy-protocol", On(V1)),
    ("load-balancer.hetzner.cloud/uses-proxyprotocol", On(V2)),
    ("loadbalancer.openstack.org/proxy-protocol", Named),
    ("service.beta.kubernetes.io/linode-loadbalancer-default-proxy-protocol", Named),
    ("service.beta.kubernetes.io/linode-loadbalancer-proxy-protocol", Named),
    ("service.beta.kubernetes.io/scw-loadbalancer-proxy-protocol-v1", Ports(V1)),
    ("service.beta.kubernetes.io/scw-loadbalancer-proxy-protocol-v2", Ports(V2)),
    ("service.beta.kubernetes.io/ovh-loadbalancer-proxy-protocol", Named),
    ("service.beta.kubernetes.io/vultr-loadbalancer-proxy-protocol", Named),
    ("kubernetes.civo.com/loadbalancer-enable-proxy-protocol", Named),
    ("service.beta.kubernetes.io/oci-load-balancer-connection-proxy-protocol-version", Named),
    ("service.beta.kubernetes.io/ibm-load-balancer-cloud-provider-enable-features", Among("proxy-protocol", V1)),
    ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-proxy-protocol", On(V2)),
];

/// `service.beta.kubernetes.io/aws-load-balancer-type`.
const AWS_TYPE: &str = "service.beta.kubernetes.io/aws-load-balancer-type";

/// What a Service asks of its load balancer.
pub(in crate::cluster) fn read(context: &Context<'_>, document: &Document<Service>) -> Option<Announces> {
    let annotations = &document.value.metadata.annotations;
    ANNOTATIONS.iter().find_map(|(key, asks)| {
        let (key, value, span) = annotations.placed().find(|(own, ..)| &***own == *key)?;
        let network = || annotations.get(AWS_TYPE).is_some_and(|kind| kind.starts_with("nlb") || &**kind == "external");
        let (version, ports) = asked(asks, value.trim(), network)?;
        let because = Because {
            object: Some(document.object.clone()),
            field: Some(Arc::from(format!("metadata.annotations[{key}]"))),
            location: context.at(span),
        };
        Some(Announces { version, ports, because })
    })
}

fn asked(asks: &Asks, value: &str, network: impl Fn() -> bool) -> Option<(ProxyProtocol, Option<Vec<Port>>)> {
    let value = value.to_ascii_lowercase();
    let yes = matches!(&*value, "true" | "on" | "yes" | "1" | "*");
    match asks {
        On(version) => yes.then_some((*version, None)),
        Named if value.ends_with('2') => Some((V2, None)),
        Named => (yes || value.ends_with('1') || value == "send-proxy").then_some((V1, None)),
        Ports(version) if matches!(&*value, "true" | "*") => Some((*version, None)),
        Ports(version) => {
            let ports: Vec<Port> = value.split(',').filter_map(|port| port.trim().parse().ok().map(Port)).collect();
            (!ports.is_empty()).then_some((*version, Some(ports)))
        }
        Among(word, version) => value.split(',').any(|own| own.trim() == *word).then_some((*version, None)),
        Aws => (!value.is_empty()).then(|| (if network() { V2 } else { V1 }, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(key: &str, value: &str) -> Option<(ProxyProtocol, Option<Vec<Port>>)> {
        let (_, asks) = ANNOTATIONS.iter().find(|(own, _)| own.contains(key)).unwrap();
        asked(asks, value, || false)
    }

    #[test]
    fn each_cloud_is_read_in_its_own_words() {
        assert_eq!(of("aws-load-balancer-proxy", "*"), Some((V1, None)));
        assert_eq!(of("target-group", "a=b, proxy_protocol_v2.enabled=true"), Some((V2, None)));
        assert_eq!(of("target-group", "proxy_protocol_v2.enabled=false"), None);
        assert_eq!(of("do-loadbalancer", "true"), Some((V1, None)));
        assert_eq!(of("do-loadbalancer", "false"), None);
        assert_eq!(of("hetzner", "true"), Some((V2, None)));
        assert_eq!(of("openstack", "v2"), Some((V2, None)));
        assert_eq!(of("openstack", "true"), Some((V1, None)));
        assert_eq!(of("civo", "send-proxy"), Some((V1, None)));
        assert_eq!(of("civo", "send-proxy-v2"), Some((V2, None)));
        assert_eq!(of("linode-loadbalancer-default", "none"), None);
        assert_eq!(of("scw-loadbalancer-proxy-protocol-v2", "80,443"), Some((V2, Some(vec![Port(80), Port(443)]))));
        assert_eq!(of("scw-loadbalancer-proxy-protocol-v2", "*"), Some((V2, None)));
        assert_eq!(of("scw-loadbalancer-proxy-protocol-v2", "false"), None);
    }
}
