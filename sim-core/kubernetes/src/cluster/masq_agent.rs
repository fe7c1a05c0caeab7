//! What ip-masq-agent is told: destinations that Pods reach with their own address (the agent's README and `cmd/ip-masq-agent`).

use super::context::Context;
use super::evidence::pods::{containers, pod_of};
use super::network_config::MasqAgent;
use crate::diagnostic::codes;
use crate::manifest::objects::{ConfigMap, Document, Object, flag};
use crate::manifest::scalars;
use ipnet::Ipv4Net;
use std::sync::Arc;

/// Part of the names of its image, its ConfigMap, and of Azure's, which reads several.
pub const NAME: &str = "ip-masq-agent";
/// Destinations of this kind at most: the agent takes 64.
const MOST: usize = 64;
/// Where nothing else is said: the private networks of RFC 1918.
const PRIVATE: [&str; 3] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
/// What `--nomasq-all-reserved-ranges` adds to them.
const RESERVED: [&str; 8] = [
    "100.64.0.0/10",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
];

/// The agent's settings, if the input runs it. What is out of range is told and left out.
pub(super) fn decide(context: &mut Context<'_>) -> Option<MasqAgent> {
    let parsed = context.parsed;
    let (object, chain, reserved) = parsed.objects.iter().find_map(|object| {
        let (_, spec) = pod_of(object)?;
        let agent = containers(spec).find(|one| one.image.as_ref().is_some_and(|image| image.value.contains(NAME)))?;
        let words = || agent.command.iter().chain(&agent.args);
        let chain = flag(words(), "masq-chain").map_or_else(|| Arc::from("IP-MASQ-AGENT"), |chain| chain.value);
        let reserved = words().any(|word| {
            let said = word.value.trim().trim_start_matches('-');
            said == "nomasq-all-reserved-ranges" || said == "nomasq-all-reserved-ranges=true"
        });
        Some((object.object().clone(), chain, reserved))
    })?;
    let known = |list: &[&str]| list.iter().filter_map(|net| net.parse().ok()).collect::<Vec<Ipv4Net>>();
    let mut agent =
        MasqAgent { chain, stays: known(&PRIVATE), link_local: false, object: object.clone(), location: None };
    if reserved {
        agent.stays.extend(known(&RESERVED));
    }
    let maps = parsed.objects.iter().filter_map(|object| match object {
        Object::ConfigMap(document) if document.object.name.contains(NAME) => Some(document),
        _ => None,
    });
    for map in maps {
        told(context, map, &mut agent);
    }
    Some(agent)
}

/// What a ConfigMap says: its first one replaces what is assumed, further ones add.
fn told(context: &mut Context<'_>, map: &Document<ConfigMap>, agent: &mut MasqAgent) {
    for text in map.value.data.values() {
        let inner = scalars(context.parsed, text);
        if agent.location.is_none() {
            agent.stays.clear();
            agent.object = map.object.clone();
            agent.location = context.at(text.span);
        }
        for said in &inner {
            let (field, _) = said.path.split_once('.').unwrap_or((&said.path, ""));
            if said.path.eq_ignore_ascii_case("masqLinkLocal") {
                agent.link_local = said.value.eq_ignore_ascii_case("true");
            } else if field.eq_ignore_ascii_case("nonMasqueradeCIDRs") && !said.value.contains(':') {
                match said.value.parse::<Ipv4Net>() {
                    Ok(net) if agent.stays.len() < MOST => agent.stays.push(net),
                    _ => {
                        let found = context.finding(codes::MASQ_AGENT_RANGE, said.span, &map.object);
                        context.report(found.arg("value", said.value.to_string()));
                    }
                }
            }
        }
    }
}
