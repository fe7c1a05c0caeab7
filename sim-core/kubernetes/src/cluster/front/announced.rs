//! Which controllers take PROXY headers, and from whom they believe them: ingress-nginx and HAProxy's by a key of their ConfigMap, Traefik by its
//! arguments.

use crate::assumption::Because;
use crate::cluster::context::Context;
use crate::cluster::model::Announced;
use crate::manifest::objects::PodSpec;
use crate::origin::ObjectRef;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// Key of a ConfigMap: connections begin with a header, those without are closed.
const KEY: &str = "use-proxy-protocol";
/// Key of ingress-nginx' ConfigMap: from whom they are believed (default: everybody).
const TRUSTED: &str = "proxy-real-ip-cidr";

fn everybody() -> Vec<IpNet> {
    IpNet::new(Ipv4Addr::UNSPECIFIED.into(), 0).into_iter().collect()
}

fn nets(text: &str) -> Vec<IpNet> {
    let one = |part: &str| part.parse().ok().or_else(|| part.parse::<IpAddr>().ok().map(IpNet::from));
    text.split(',').filter_map(|part| one(part.trim())).collect()
}

/// A ConfigMap by its name.
pub(super) fn config_map(namespace: &str, name: &str) -> ObjectRef {
    ObjectRef { kind: Arc::from("ConfigMap"), namespace: Some(Arc::from(namespace)), name: Arc::from(name) }
}

/// By `use-proxy-protocol` of a controller's ConfigMap.
pub(super) fn of_config(context: &Context<'_>, name: Option<(&str, &str)>) -> Option<Announced> {
    let (namespace, map) = name?;
    let data = &context.config_map(namespace, map)?.data;
    let own = data.get(KEY).filter(|value| &*value.value == "true")?;
    let trusted = data.get(TRUSTED).map(|value| nets(&value.value)).filter(|nets| !nets.is_empty());
    let because = Because {
        object: Some(config_map(namespace, map)),
        field: Some(Arc::from(format!("data.{KEY}"))),
        location: context.at(own.span),
    };
    Some(Announced { required: true, trusted: trusted.unwrap_or_else(everybody), because })
}

/// By `--entryPoints.NAME.proxyProtocol.trustedIPs` or `.insecure`: Traefik takes connections without a header, too.
pub(super) fn of_traefik(context: &Context<'_>, object: &ObjectRef, spec: &PodSpec) -> Option<Announced> {
    let words =
        spec.containers.iter().flat_map(|container| container.value.command.iter().chain(&container.value.args));
    let mut found: Option<Announced> = None;
    for word in words {
        let Some((flag, value)) = word.value.split_once('=').or(Some((&*word.value, "true"))) else { continue };
        let flag = flag.to_ascii_lowercase();
        let Some((_, end)) =
            flag.split_once(".proxyprotocol.").filter(|(start, _)| start.starts_with("--entrypoints."))
        else {
            continue;
        };
        let trusted = match end {
            "trustedips" => nets(value),
            "insecure" if value == "true" => everybody(),
            _ => continue,
        };
        let because = || Because {
            object: Some(object.clone()),
            field: Some(Arc::from("spec.template.spec.containers[0].args")),
            location: context.at(word.span),
        };
        let own = found.get_or_insert_with(|| Announced { required: false, trusted: Vec::new(), because: because() });
        own.trusted.extend(trusted);
    }
    found
}
