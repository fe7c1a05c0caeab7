//! What is known of the Service port that rules are written for.

use super::rule::Write;
use super::written::PortId;
use crate::agents::kube_proxy::PortName;
use crate::agents::kube_proxy::endpoints::Categorized;
use kernel::config::RejectWith;
use kernel::config::xtables::Target;
use kubernetes::origin::CauseId;
use std::net::IpAddr;

/// What the rules of one port share.
pub(super) struct Context<'a, 'c> {
    pub(super) port: PortId,
    pub(super) name: PortName<'a>,
    pub(super) text: String,
    pub(super) hash: String,
    pub(super) found: &'a Categorized<'c>,
    pub(super) cause: CauseId,
    pub(super) large: bool,
}

impl Context<'_, '_> {
    pub(super) fn chain(&self, prefix: &str) -> String {
        format!("KUBE-{prefix}-{}", self.hash)
    }

    /// The match of an address and the Service's port.
    pub(super) fn address(&self, rule: Write, address: IpAddr) -> Write {
        rule.dport(self.name.port.protocol, self.name.port.port).dst(address)
    }

    /// What happens without a usable endpoint: REJECT when there is none at all, DROP when only none here.
    pub(super) fn refusal(&self) -> (Target, String) {
        if self.found.any {
            (Target::Drop, format!("{} has no local endpoints", self.text))
        } else {
            (Target::Reject(RejectWith::PortUnreachable), format!("{} has no endpoints", self.text))
        }
    }
}
