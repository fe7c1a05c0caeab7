//! Published ports: how they are written, and which of them an engine can publish.

use super::network::six;
use crate::cluster::context::Context;
use crate::cluster::model::HostSocket;
use crate::cluster::model::docker::Published;
use crate::diagnostic::codes;
use crate::manifest::objects::{ComposePort, Text};
use crate::origin::{Location, ObjectRef, Span, Spanned};
use kernel::packet::{Port, Protocol};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Ports of the host that are taken where none is named: Linux's own range.
const EPHEMERAL: RangeInclusive<u16> = 32_768..=60_999;
/// Ports that one host publishes at most.
pub(super) const MOST: usize = 65_536;

/// An entry of `ports`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The host address it names.
    pub(super) ip: Option<Ipv4Addr>,
    /// Ports of the host: none where one is picked.
    pub(super) host: Option<(u16, u16)>,
    /// Ports of the container.
    pub(super) target: (u16, u16),
    pub(super) protocol: Protocol,
    pub(super) field: Arc<str>,
    pub(super) location: Option<Location>,
    pub(super) span: Span,
}

impl Wanted {
    /// How many ports of the container it is about.
    pub(super) fn count(&self) -> usize {
        usize::from(self.target.1 - self.target.0) + 1
    }
}

/// One port, or `FIRST-LAST`.
pub(super) fn range(text: &str) -> Option<(u16, u16)> {
    let number = |text: &str| text.trim().parse::<u16>().ok().filter(|port| *port > 0);
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (number(first)?, number(last)?),
        None => (number(text)?, number(text)?),
    };
    (first <= last).then_some((first, last))
}

/// The protocol of that name.
pub(super) fn protocol(text: &str) -> Option<Protocol> {
    match text.to_ascii_lowercase().as_str() {
        "tcp" => Some(Protocol::Tcp),
        "udp" => Some(Protocol::Udp),
        "sctp" => Some(Protocol::Sctp),
        _ => None,
    }
}

/// Reads an entry; what is wrong with it is reported, what is for IPv6 only is left out.
pub(super) fn read(
    context: &mut Context<'_>,
    field: &Arc<str>,
    port: &Spanned<ComposePort>,
    object: &ObjectRef,
) -> Option<Wanted> {
    let of = &port.value;
    let text = |text: &Option<Spanned<Text>>| text.as_ref().map(|text| text.value.to_string());
    let (address, host, target, protocol_name) = match &of.short {
        Some(short) => {
            let whole = &*short.value;
            let (rest, name) = whole.split_once('/').map_or((whole, None), |(rest, name)| (rest, Some(name)));
            let (rest, target) = rest.rsplit_once(':').map_or((None, rest), |(rest, target)| (Some(rest), target));
            let (address, host) = match rest.map(|rest| rest.rsplit_once(':').ok_or(rest)) {
                None => (None, None),
                Some(Ok((address, host))) => (Some(address.to_owned()), Some(host.to_owned())),
                Some(Err(host)) => (None, Some(host.to_owned())),
            };
            (address, host, target.to_owned(), name.map(str::to_owned))
        }
        None => (text(&of.host_ip), text(&of.published), text(&of.target).unwrap_or_default(), text(&of.protocol)),
    };
    let wrong = |context: &mut Context<'_>| {
        let span = of.short.as_ref().map_or_else(|| context.first_line(port.span), |short| short.span);
        let value = of.short.as_ref().map_or_else(
            || {
                let parts = [&host, &Some(target.clone())].map(|part| part.clone().unwrap_or_default());
                parts.join(":")
            },
            |short| short.value.to_string(),
        );
        let found = context.finding(codes::COMPOSE_PORT, span, object).arg("path", &**field);
        context.note(found.arg("value", value));
    };
    let protocol = protocol_name.as_deref().map_or(Some(Protocol::Tcp), protocol);
    let ip = address.as_deref().map(|text| text.trim_matches(['[', ']'])).filter(|text| !text.is_empty());
    let ip = match ip.map(str::parse::<IpAddr>) {
        None => Some(None),
        Some(Ok(ip)) => Some(Some(ip)),
        Some(Err(_)) => None,
    };
    let host = host.as_deref().filter(|text| !text.is_empty()).map(range);
    let (Some(protocol), Some(ip), Some(target), Some(host)) =
        (protocol, ip, range(&target), host.map_or(Some(None), |range| range.map(Some)))
    else {
        wrong(context);
        return None;
    };
    let length = |(first, last): (u16, u16)| last - first;
    if host.is_some_and(|host| length(target) > 0 && length(host) != length(target)) {
        wrong(context);
        return None;
    }
    let ip = match ip {
        Some(IpAddr::V4(ip)) => Some(ip),
        Some(IpAddr::V6(_)) => {
            six(context, of.short.as_ref().or(of.host_ip.as_ref()), field, object);
            return None;
        }
        None => None,
    };
    let span = of.short.as_ref().map_or_else(|| context.first_line(port.span), |short| short.span);
    let location = context.at(span);
    Some(Wanted { ip, host, target, protocol, field: field.clone(), location, span })
}

/// Who has a port.
type Owner = (Ipv4Addr, Arc<str>);

/// Ports of a host that are taken.
#[derive(Debug, Default)]
pub(super) struct Taken {
    by: BTreeMap<(Protocol, Port), Vec<Owner>>,
    /// The next port that is picked, for each address.
    next: BTreeMap<(Ipv4Addr, Protocol), u16>,
    /// All that are published.
    pub(super) count: usize,
}

/// Why a port cannot be published: which one, and who has it.
pub(super) struct Clash {
    pub(super) port: Port,
    pub(super) owner: Arc<str>,
    pub(super) at: Span,
    pub(super) field: Arc<str>,
}

impl Taken {
    pub(super) fn of(sockets: &[HostSocket], host: &Arc<str>) -> Self {
        let mut taken = Self::default();
        for socket in sockets {
            let all = taken.by.entry((socket.protocol, socket.port)).or_default();
            all.push((Ipv4Addr::UNSPECIFIED, host.clone()));
        }
        taken
    }

    /// Who has it: a port of all addresses and one of any of them are the same.
    fn owner(&self, ip: Ipv4Addr, protocol: Protocol, port: Port) -> Option<&Arc<str>> {
        let clash = |(own, _): &&Owner| own.is_unspecified() || ip.is_unspecified() || *own == ip;
        self.by.get(&(protocol, port))?.iter().find(clash).map(|(_, who)| who)
    }

    fn take(&mut self, ip: Ipv4Addr, protocol: Protocol, port: Port, who: &Arc<str>) {
        self.by.entry((protocol, port)).or_default().push((ip, who.clone()));
    }

    /// Publishes what a container wants, all of it or nothing; `default` is the address of what names none. What is fixed is taken before
    /// what is picked. Also returns the ports that were picked.
    pub(super) fn publish(
        &mut self,
        wanted: &[Wanted],
        default: Ipv4Addr,
        who: &Arc<str>,
    ) -> Result<(Vec<Published>, Vec<Published>), Clash> {
        let mut made: Vec<(usize, Published)> = Vec::new();
        let mut picked = Vec::new();
        let mut before = Vec::new();
        let fixed = |of: &Wanted| of.host.is_some_and(|(first, last)| first == last || of.count() > 1);
        let rank = |of: &Wanted| if of.host.is_none() { 2 } else { usize::from(!fixed(of)) };
        let mut order: Vec<usize> = (0..wanted.len()).collect();
        order.sort_by_key(|at| wanted.get(*at).map(rank));
        for (at, of) in order.into_iter().filter_map(|at| Some((at, wanted.get(at)?))) {
            let ip = of.ip.unwrap_or(default);
            for target in of.target.0..=of.target.1 {
                let found = match of.host {
                    Some((first, _)) if fixed(of) => {
                        let port = Port(first + (target - of.target.0));
                        self.owner(ip, of.protocol, port).is_none().then_some(port).ok_or(port)
                    }
                    Some((first, last)) => {
                        let free = |port: &Port| self.owner(ip, of.protocol, *port).is_none();
                        (first..=last).map(Port).find(free).ok_or(Port(first))
                    }
                    None => {
                        let key = (ip, of.protocol);
                        before.push((key, self.next.get(&key).copied()));
                        self.pick(ip, of.protocol)
                    }
                };
                let port = match found {
                    Ok(port) => port,
                    Err(port) => {
                        let owner = self.owner(ip, of.protocol, port).cloned().unwrap_or_default();
                        for (_, one) in &made {
                            self.give_back(one, who);
                        }
                        for (key, next) in before.into_iter().rev() {
                            match next {
                                Some(next) => self.next.insert(key, next),
                                None => self.next.remove(&key),
                            };
                        }
                        return Err(Clash { port, owner, at: of.span, field: of.field.clone() });
                    }
                };
                self.take(ip, of.protocol, port, who);
                let one = Published {
                    host_ip: ip,
                    host_port: port,
                    container_port: Port(target),
                    protocol: of.protocol,
                    field: of.field.clone(),
                    location: of.location.clone(),
                };
                if of.host.is_none() {
                    picked.push(one.clone());
                }
                made.push((at, one));
            }
        }
        // In the order they are written.
        made.sort_by_key(|(at, _)| *at);
        self.count += made.len();
        Ok((made.into_iter().map(|(_, one)| one).collect(), picked))
    }

    fn give_back(&mut self, one: &Published, who: &Arc<str>) {
        if let Some(all) = self.by.get_mut(&(one.protocol, one.host_port)) {
            all.retain(|(ip, own)| !(*ip == one.host_ip && own == who));
        }
    }

    /// The next port that nobody has, behind the last that was picked.
    fn pick(&mut self, ip: Ipv4Addr, protocol: Protocol) -> Result<Port, Port> {
        let first = self.next.get(&(ip, protocol)).copied().unwrap_or(*EPHEMERAL.start());
        let free = |port: &Port| self.owner(ip, protocol, *port).is_none();
        let port = (first..=*EPHEMERAL.end()).map(Port).find(free).ok_or(Port(*EPHEMERAL.start()))?;
        self.next.insert((ip, protocol), port.0.saturating_add(1));
        Ok(port)
    }
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn ranges_of_ports() {
        assert_eq!(range("80"), Some((80, 80)));
        assert_eq!(range("9000-9002"), Some((9000, 9002)));
        for bad in ["", "0", "9-8", "x", "70000", "1-"] {
            assert_eq!(range(bad), None, "{bad}");
        }
    }
}
