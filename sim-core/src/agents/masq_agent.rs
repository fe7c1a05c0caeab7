//! ip-masq-agent: its chain in `nat`, and the jump to it at the end of POSTROUTING (`cmd/ip-masq-agent`). It writes the nodes that a Pod of it
//! runs on, whatever plugin wires Pods there.

use super::agent::{Agent, On};
use super::write::Writer;
use ipnet::{IpNet, Ipv4Net};
use kernel::config::xtables::{AddrTypeMatch, IpMatch, Match, Neg, Rule, Target};
use kernel::config::{AddrType, Hook, NatRange};
use kernel::ids::TableName;
use kubernetes::cluster::masq_agent::NAME;
use kubernetes::origin::{Cause, Component};
use std::net::Ipv4Addr;
use std::sync::Arc;

pub(crate) struct MasqAgent;

impl Agent for MasqAgent {
    fn name(&self) -> &'static str {
        "ip-masq-agent"
    }

    fn writes(&self, on: &On<'_>) -> bool {
        on.pods.iter().any(|on| on.pod.containers.iter().any(|container| container.image.contains(NAME)))
    }

    fn write(&self, writer: &mut Writer<'_>, on: &On<'_>) {
        let Some(told) = writer.cluster.settings.masq_agent.clone() else { return };
        let cause = |field: &str| Cause {
            object: Some(told.object.clone()),
            field: Some(Arc::from(field)),
            location: told.location.clone(),
            ..Cause::of(Component::IpMasq)
        };
        let [jumps, stays, goes] = ["--masq-chain", "nonMasqueradeCIDRs", "masqLinkLocal"].map(cause);
        let [jumps, stays, goes] = [jumps, stays, goes].map(|cause| writer.cause(cause));
        let comment = |text: &str| Match::Comment(Arc::from(format!("ip-masq-agent: {text}")));
        let table = writer.builder.netns(on.at.netns).xtables.table_mut(TableName::Nat);
        let chain = table.chain(&told.chain, jumps);
        let link_local = Ipv4Net::new(Ipv4Addr::new(169, 254, 0, 0), 16).ok().filter(|_| !told.link_local);
        let nets =
            link_local.into_iter().map(|net| (net, goes)).chain(told.stays.iter().map(|net| (net.trunc(), stays)));
        for (net, cause) in nets {
            let ip = IpMatch { dst: Some(Neg::is(IpNet::V4(net))), ..IpMatch::default() };
            let matches = vec![comment("local traffic is not subject to MASQUERADE")];
            table.append(chain, Rule { ip, matches, target: Target::Return, cause });
        }
        let matches = vec![comment("outbound traffic is subject to MASQUERADE (must be last in chain)")];
        let target = Target::Masquerade(NatRange::default());
        table.append(chain, Rule { ip: IpMatch::default(), matches, target, cause: jumps });
        let Some(postrouting) = table.base(Hook::Postrouting) else { return };
        let why = format!(
            "ensure nat POSTROUTING directs all non-LOCAL destination traffic to our custom {} chain",
            told.chain
        );
        let abroad = AddrTypeMatch { dst: Some(Neg::not(AddrType::Local.into())), ..AddrTypeMatch::default() };
        let matches = vec![comment(&why), Match::AddrType(abroad)];
        let target = Target::Jump(chain);
        table.append(postrouting, Rule { ip: IpMatch::default(), matches, target, cause: jumps });
    }
}
