//! Values: addresses, ports, marks, and what nftables has names for.

use super::RuleWords;
use kernel::config::PortRange;
use kernel::config::nft::data::{DataType, Datum, Pattern};
use kernel::config::xtables::DevMatch;
use sim_core::print::nft::pattern_text;
use std::fmt::Display;

pub(super) fn ports(range: &PortRange) -> String {
    if range.first == range.last { range.first.to_string() } else { format!("{}–{}", range.first, range.last) }
}

pub(super) fn span<T: PartialEq + Display>(first: T, last: T) -> String {
    if first == last { first.to_string() } else { format!("{first}–{last}") }
}

/// `eth*`: a name's beginning.
pub(super) fn device(dev: &DevMatch) -> String {
    format!("{}{}", dev.name, if dev.prefix { "*" } else { "" })
}

/// A prefix as people write it: one address without its length.
pub(super) fn plain_net(net: impl Display) -> String {
    let text = net.to_string();
    text.strip_suffix("/32").or_else(|| text.strip_suffix("/128")).unwrap_or(&text).to_owned()
}

/// Types whose symbols have words, with the words' keys.
fn worded(kind: &DataType) -> Option<&'static str> {
    match kind {
        DataType::CtState => Some("rule-state"),
        DataType::CtStatus => Some("rule-status"),
        DataType::CtDir => Some("rule-direction"),
        DataType::FibAddrType => Some("rule-kind"),
        DataType::Boolean => Some("rule-route"),
        _ => None,
    }
}

impl RuleWords<'_> {
    fn symbol(&self, kind: &DataType, symbol: &str) -> String {
        match (kind, worded(kind)) {
            (_, Some(key)) => self.t(&format!("{key}-{symbol}")),
            (DataType::InetProto | DataType::TcpFlag, None) => symbol.to_uppercase(),
            (DataType::NfProto, None) => symbol.replace("ipv", "IPv"),
            (DataType::EtherType, None) => match symbol {
                "ip" => "IPv4".to_owned(),
                "ip6" => "IPv6".to_owned(),
                "8021q" => "VLAN".to_owned(),
                other => other.to_uppercase(),
            },
            _ => symbol.to_owned(),
        }
    }

    /// One value.
    pub(super) fn pattern(&self, kind: &DataType, pattern: &Pattern) -> String {
        let named = |value: u128| {
            let symbols = kind.symbols();
            match kind.is_bits() {
                true => {
                    let known = symbols.iter().filter(|(bit, _)| value & bit != 0);
                    let names: Vec<String> = known.map(|(_, name)| self.symbol(kind, name)).collect();
                    let all = symbols.iter().fold(0, |all, (bit, _)| all | bit);
                    (value != 0 && value & !all == 0).then(|| self.one_of(&names))
                }
                false => {
                    let found = symbols.iter().find(|(symbol, _)| *symbol == value);
                    found.map(|(_, name)| self.symbol(kind, name))
                }
            }
        };
        match pattern {
            Pattern::Any => self.t("rule-else"),
            Pattern::One(Datum::Number(value)) => named(*value).unwrap_or_else(|| match kind {
                DataType::Mark => format!("0x{value:x}"),
                _ if kind.is_bits() && *value == 0 => self.t("rule-none-set"),
                _ => pattern_text(kind, pattern),
            }),
            Pattern::One(Datum::Text(text)) => text.to_string(),
            Pattern::Prefix(..) => pattern_text(kind, pattern),
            Pattern::Range(first, last) => {
                let text = |value: u128| self.pattern(kind, &Pattern::One(Datum::Number(value)));
                format!("{}–{}", text(*first), text(*last))
            }
        }
    }

    /// Values side by side: `10.96.0.11 + TCP + 80`.
    pub(super) fn patterns(&self, kinds: &[DataType], patterns: &[Pattern]) -> String {
        let address_and_port = [DataType::Ipv4Addr, DataType::InetService];
        let parts: Vec<String> = patterns
            .iter()
            .enumerate()
            .map(|(index, pattern)| self.pattern(kinds.get(index).unwrap_or(&DataType::Integer), pattern))
            .collect();
        let between = if kinds == address_and_port.as_slice() { ":" } else { " + " };
        parts.join(between)
    }

    /// What a mark must be: `value` under `mask`; `{key}-is`, `-has`, `-lacks`, `-masked`.
    pub(super) fn mark_is(&self, key: &str, (value, mask): (u32, u32)) -> String {
        let hex = |number: u32| format!("0x{number:x}");
        let (how, value) = match (value, mask) {
            (_, u32::MAX) => ("is", hex(value)),
            (0, _) => ("lacks", hex(mask)),
            _ if value == mask => ("has", hex(value)),
            _ => {
                let args = [("value", hex(value).into()), ("mask", hex(mask).into())];
                return self.ta(&format!("{key}-masked"), &args);
            }
        };
        self.part(&format!("{key}-{how}"), value)
    }

    /// What becomes of a mark by `mark = (mark & ~mask) ^ value`.
    pub(super) fn mark_set(&self, key: &str, (value, mask): (u32, u32)) -> String {
        let hex = |number: u32| format!("0x{number:x}");
        let (how, value) = match (value, mask) {
            (_, u32::MAX) => ("set", hex(value)),
            (_, 0) => ("flip", hex(value)),
            (0, _) => ("clear", hex(mask)),
            _ if value & !mask == 0 && value == mask => ("add", hex(value)),
            _ => {
                let args = [("value", hex(value).into()), ("mask", hex(mask).into())];
                return self.ta(&format!("{key}-replace"), &args);
            }
        };
        self.part(&format!("{key}-{how}"), value)
    }

    /// Seconds, minutes, hours or days, the largest that fits.
    pub(super) fn duration(&self, milliseconds: u64) -> String {
        let units = [("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1000)];
        let fits = units.iter().find(|(_, size)| milliseconds >= *size && milliseconds.is_multiple_of(*size));
        let (unit, size) = fits.copied().unwrap_or(("millisecond", 1));
        self.ta(&format!("rule-time-{unit}"), &[("count", (milliseconds / size).into())])
    }
}
