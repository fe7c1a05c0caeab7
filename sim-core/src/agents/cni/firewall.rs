//! The reference plugin `firewall` in its iptables back-end (`plugins/meta/firewall/iptables.go`): what Pods send, and what answers them, passes
//! FORWARD. Without `ingressPolicy`.

use crate::agents::agent::On;
use crate::agents::write::Writer;
use ipnet::IpNet;
use kernel::config::Hook;
use kernel::config::xtables::{CtStates, IpMatch, Match, Neg, Rule, Target};
use kernel::ids::TableName;
use kubernetes::cluster::model::Pod;
use kubernetes::origin::Component;
use std::sync::Arc;

/// The plugin's chain.
const CHAIN: &str = "CNI-FORWARD";

/// ADD for one Pod.
pub(super) fn add(writer: &mut Writer<'_>, on: &On<'_>, component: Component, pod: &Pod) {
    let Some(admin) = writer.cluster.settings.network_config.wiring.firewall.clone() else { return };
    let cause = writer.object(component, &pod.origin, "plugins.type", None);
    let table = writer.builder.netns(on.at.netns).xtables.table_mut(TableName::Filter);
    let jump = |comment: &str, to| {
        let matches = vec![Match::Comment(Arc::from(comment))];
        Rule { ip: IpMatch::default(), matches, target: Target::Jump(to), cause }
    };
    if table.find(CHAIN).is_none() {
        let admin = table.chain(&admin, cause);
        let own = table.chain(CHAIN, cause);
        if let Some(forward) = table.base(Hook::Forward) {
            table.insert(forward, jump("CNI firewall plugin rules", own));
        }
        table.append(own, jump("CNI firewall plugin admin overrides", admin));
    }
    let own = table.chain(CHAIN, cause);
    let ip = IpNet::from(pod.ip);
    let answers = CtStates { related: true, established: true, ..CtStates::default() };
    let answers = vec![Match::ct_state(Neg::is(answers))];
    let to = IpMatch { dst: Some(Neg::is(ip)), ..IpMatch::default() };
    table.append(own, Rule { ip: to, matches: answers, target: Target::Accept, cause });
    let from = IpMatch { src: Some(Neg::is(ip)), ..IpMatch::default() };
    table.append(own, Rule { ip: from, matches: Vec::new(), target: Target::Accept, cause });
}
