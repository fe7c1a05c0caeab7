//! What rules of either engine do.

use super::RuleWords;
use super::value::ports;
use kernel::config::xtables::{ConnMark, Target, TtlChange};
use kernel::config::{NatRange, PortRange};
use kernel::ids::TableRef;
use sim_core::print::iptables::reject_name;
use std::net::IpAddr;

/// Address and ports of a translation: `10.244.1.5:8080`, `10.0.0.1–10.0.0.9`, `:80–90`.
pub(super) fn nat_text(addresses: Option<(IpAddr, IpAddr)>, range: Option<PortRange>) -> String {
    let address = addresses.map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}–{last}"),
    });
    let port = range.map(|range| ports(&range));
    match (address, port) {
        (Some(address), Some(port)) if address.contains(':') => format!("[{address}]:{port}"),
        (Some(address), Some(port)) => format!("{address}:{port}"),
        (Some(address), None) => address,
        (None, Some(port)) => format!(":{port}"),
        (None, None) => String::new(),
    }
}

/// How a translation picks: options both engines have.
#[derive(Clone, Copy, Default)]
pub(super) struct Picks {
    pub(super) random: bool,
    pub(super) persistent: bool,
}

impl RuleWords<'_> {
    /// A sentence with how a translation picks behind it.
    pub(super) fn picked(&self, text: String, picks: Picks) -> String {
        let mut all = vec![text];
        all.extend(picks.random.then(|| self.t("rule-nat-random")));
        all.extend(picks.persistent.then(|| self.t("rule-nat-persistent")));
        all.join(", ")
    }

    fn nat(&self, key: &str, range: &NatRange) -> String {
        let to = nat_text(range.addresses, range.ports);
        let text = match (to.is_empty(), range.addresses, range.ports) {
            (true, ..) => self.t(&format!("{key}-alone")),
            (false, None, Some(ports)) => self.part(&format!("{key}-ports"), super::value::ports(&ports)),
            _ => self.part(key, to),
        };
        let text = match range.base {
            Some(base) => format!("{text} {}", self.part("rule-nat-base", base)),
            None => text,
        };
        self.picked(text, Picks { random: range.draws_port(), persistent: range.persistent })
    }

    /// A refusal by the name of what answers it: `port-unreachable`, `tcp-reset`.
    pub(super) fn refusal(&self, with: &str) -> String {
        let with = with.trim_start_matches("icmp-").trim_start_matches("icmp6-");
        self.part("rule-do-reject", self.t(&format!("rule-refusal-{}", with.replace("proto-", "prot-"))))
    }

    pub(super) fn target(&self, table: TableRef, target: &Target) -> String {
        match target {
            Target::None => self.t("rule-do-none"),
            Target::Accept => self.t("rule-do-accept"),
            Target::Drop => self.t("rule-do-drop"),
            Target::Return => self.t("rule-do-return"),
            Target::Jump(chain) => self.part("rule-do-jump", self.chain(table, *chain)),
            Target::Goto(chain) => self.part("rule-do-goto", self.chain(table, *chain)),
            Target::Reject(with) => self.refusal(reject_name(*with)),
            Target::Dnat(range) => self.nat("rule-do-dnat", range),
            Target::Snat(range) => self.nat("rule-do-snat", range),
            Target::Masquerade(range) => self.nat("rule-do-masquerade", range),
            Target::Redirect(range) => self.nat("rule-do-redirect", range),
            Target::Netmap(net) => self.part("rule-do-netmap", net),
            Target::Mark { value, mask } => self.mark_set("rule-do-mark", (*value, *mask)),
            Target::ConnMark(ConnMark::Set { value, mask }) => self.mark_set("rule-do-connmark", (*value, *mask)),
            Target::ConnMark(ConnMark::Save { packet_mask, ct_mask }) => {
                self.bits_kept(self.t("rule-do-connmark-save"), *packet_mask, *ct_mask)
            }
            Target::ConnMark(ConnMark::Restore { packet_mask, ct_mask }) => {
                self.bits_kept(self.t("rule-do-connmark-restore"), *packet_mask, *ct_mask)
            }
            Target::Zone(zone) => self.part("rule-do-zone", zone),
            Target::NoTrack | Target::NoTrackAlias => self.t("rule-do-notrack"),
            Target::Log(log) => self.log(&log.prefix),
            Target::Nflog(log) => {
                let prefix = log.prefix.trim();
                let args = [("group", log.group.into()), ("prefix", prefix.to_owned().into())];
                self.ta(if prefix.is_empty() { "rule-do-nflog" } else { "rule-do-nflog-prefix" }, &args)
            }
            Target::Trace => self.t("rule-do-trace"),
            Target::Ttl(TtlChange::Set(to)) => self.part("rule-do-ttl-set", to),
            Target::Ttl(TtlChange::Increase(by)) => self.part("rule-do-ttl-more", by),
            Target::Ttl(TtlChange::Decrease(by)) => self.part("rule-do-ttl-less", by),
            Target::Unknown { name, text } => self.part("rule-do-unknown", format!("{name}{text}")),
        }
    }

    fn bits_kept(&self, text: String, packet: u32, connection: u32) -> String {
        if packet == u32::MAX && connection == u32::MAX {
            return text;
        }
        let args = [("packet", format!("0x{packet:x}").into()), ("connection", format!("0x{connection:x}").into())];
        format!("{text} {}", self.ta("rule-connmark-bits", &args))
    }

    pub(super) fn log(&self, prefix: &str) -> String {
        match prefix.trim() {
            "" => self.t("rule-do-log"),
            prefix => self.part("rule-do-log-prefix", prefix),
        }
    }
}
