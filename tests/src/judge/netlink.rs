//! nf_tables over netlink: rules in order with their handles, and the trace of packets (linux/netfilter/nf_tables.h).

use super::frames;
use super::segments::Segment;
use kernel::packet::Protocol;
use kernel::state::Tuple;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, send, setsockopt, socket,
    sockopt,
};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};

const NFNL_SUBSYS_NFTABLES: u16 = 10;
const NFT_MSG_NEWRULE: u16 = 6;
const NFT_MSG_GETRULE: u16 = 7;
const NFT_MSG_TRACE: u16 = 17;
const NFNL_SUBSYS_CTNETLINK: u16 = 1;
const IPCTNL_MSG_CT_DELETE: u16 = 2;
/// NLA_F_NESTED
const NESTED: u16 = 0x8000;
const NLMSG_DONE: u16 = 3;
const NLMSG_ERROR: u16 = 2;
/// Multicast group of the trace (NFNLGRP_NFTRACE is 9), as bit.
const TRACE_GROUP: u32 = 1 << 8;

/// One line of the kernel's trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// Which packet (`NFTA_TRACE_ID`); numbers come again.
    pub id: u64,
    /// Table.
    pub table: String,
    /// Chain.
    pub chain: String,
    /// Handle of the rule, 0 for the end of a chain; `None` for a base chain's policy.
    pub handle: Option<u64>,
    /// Addresses, ports and TTL; told with the first line of each base chain.
    pub header: Option<String>,
    /// The TCP segment that it is, told with the header.
    pub segment: Option<Segment>,
    /// Identification of the packet that it is an ICMP error about, told with the header.
    pub quoted: Option<u16>,
    /// Addresses and identification, told with the header.
    pub identity: Option<(Ipv4Addr, Ipv4Addr, u16)>,
    /// `accept`, `drop`, `continue`, `return`, `jump CHAIN`, `goto CHAIN`.
    pub verdict: String,
}

/// Attributes of a message, by type (without the nested flag).
fn attributes(mut bytes: &[u8]) -> BTreeMap<u16, &[u8]> {
    let mut found = BTreeMap::new();
    while let Some(head) = bytes.get(..4) {
        let length = usize::from(u16::from_ne_bytes([head[0], head[1]]));
        let kind = u16::from_ne_bytes([head[2], head[3]]) & 0x3fff;
        let Some(value) = bytes.get(4..length) else { break };
        found.insert(kind, value);
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    found
}

fn text(value: Option<&&[u8]>) -> String {
    let bytes = value.copied().unwrap_or_default();
    String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned()
}

fn number(value: Option<&&[u8]>) -> u64 {
    value.copied().unwrap_or_default().iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Splits a buffer into messages: type and payload behind the nfgenmsg.
fn messages(mut bytes: &[u8]) -> Vec<(u16, &[u8])> {
    let mut found = Vec::new();
    while bytes.len() >= 16 {
        let length = u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
        let kind = u16::from_ne_bytes([bytes[4], bytes[5]]);
        found.push((kind, bytes.get(20..length).unwrap_or_default()));
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    found
}

/// A netfilter netlink socket in the current namespace, subscribed to the trace.
pub fn open() -> nix::Result<OwnedFd> {
    let fd = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkNetFilter)?;
    setsockopt(&fd, sockopt::RcvBufForce, &(8 << 20))?;
    bind(fd.as_raw_fd(), &NetlinkAddr::new(0, TRACE_GROUP))?;
    Ok(fd)
}

/// Takes an entry out of the current namespace's connection tracking (`IPCTNL_MSG_CT_DELETE`), by the tuple of its first packet.
pub fn forget(tuple: &Tuple) -> nix::Result<()> {
    let (SocketAddr::V4(src), SocketAddr::V4(dst)) = (tuple.src, tuple.dst) else { return Err(Errno::EAFNOSUPPORT) };
    let protocol: u8 = match tuple.protocol {
        Protocol::Udp => 17,
        Protocol::Tcp => 6,
        _ => return Err(Errno::EPROTONOSUPPORT),
    };
    let attribute = |kind: u16, value: &[u8]| {
        let mut out = Vec::new();
        out.extend((value.len() as u16 + 4).to_ne_bytes());
        out.extend(kind.to_ne_bytes());
        out.extend(value);
        out.resize(out.len().next_multiple_of(4), 0);
        out
    };
    // CTA_IP_V4_SRC and CTA_IP_V4_DST; CTA_PROTO_NUM, CTA_PROTO_SRC_PORT and CTA_PROTO_DST_PORT.
    let ip = [attribute(1, &src.ip().octets()), attribute(2, &dst.ip().octets())].concat();
    let ports = [attribute(2, &src.port().to_be_bytes()), attribute(3, &dst.port().to_be_bytes())].concat();
    let proto = [attribute(1, &[protocol]), ports].concat();
    // CTA_TUPLE_IP and CTA_TUPLE_PROTO in CTA_TUPLE_ORIG, all nested.
    let inner = [attribute(NESTED | 1, &ip), attribute(NESTED | 2, &proto)].concat();
    let body = attribute(NESTED | 1, &inner);
    let mut request = Vec::new();
    request.extend((20 + body.len() as u32).to_ne_bytes());
    request.extend((NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE).to_ne_bytes());
    // NLM_F_REQUEST | NLM_F_ACK
    request.extend(0x5u16.to_ne_bytes());
    request.extend(1u32.to_ne_bytes());
    request.extend(0u32.to_ne_bytes());
    // nfgenmsg: AF_INET, version 0, resource 0
    request.extend([2, 0, 0, 0]);
    request.extend(body);
    let fd = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkNetFilter)?;
    bind(fd.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
    send(fd.as_raw_fd(), &request, MsgFlags::empty())?;
    let mut buffer = [0; 1024];
    recv(fd.as_raw_fd(), &mut buffer, MsgFlags::empty())?;
    // The error number of the answer, negative, 0 for none.
    match buffer.get(16..20).and_then(|error| error.try_into().ok()).map_or(0, i32::from_ne_bytes) {
        0 => Ok(()),
        error => Err(Errno::from_raw(-error)),
    }
}

/// Handle to (table, chain, number from 1) of every IPv4 rule of the current namespace.
pub fn rules() -> nix::Result<BTreeMap<(String, u64), (String, u32)>> {
    let fd = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkNetFilter)?;
    setsockopt(&fd, sockopt::RcvBufForce, &(8 << 20))?;
    bind(fd.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
    let mut request = Vec::new();
    request.extend(20u32.to_ne_bytes());
    request.extend((NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE).to_ne_bytes());
    // NLM_F_REQUEST | NLM_F_DUMP
    request.extend(0x301u16.to_ne_bytes());
    request.extend(1u32.to_ne_bytes());
    request.extend(0u32.to_ne_bytes());
    // nfgenmsg: AF_INET, version 0, resource 0
    request.extend([2, 0, 0, 0]);
    send(fd.as_raw_fd(), &request, MsgFlags::empty())?;
    let mut found = BTreeMap::new();
    let mut counts: BTreeMap<(String, String), u32> = BTreeMap::new();
    let mut buffer = vec![0; 1 << 17];
    loop {
        let length = recv(fd.as_raw_fd(), &mut buffer, MsgFlags::empty())?;
        for (kind, payload) in messages(&buffer[..length]) {
            match kind {
                NLMSG_DONE | NLMSG_ERROR => return Ok(found),
                _ if kind == NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE => {
                    let rule = attributes(payload);
                    let (table, chain, handle) = (text(rule.get(&1)), text(rule.get(&2)), number(rule.get(&3)));
                    let count = counts.entry((table.clone(), chain.clone())).or_default();
                    *count += 1;
                    found.insert((table, handle), (chain, *count));
                }
                _ => {}
            }
        }
    }
}

/// Whether an address is being asked for in the current namespace: a neighbour in `NUD_INCOMPLETE` (linux/neighbour.h).
pub fn resolving() -> nix::Result<bool> {
    const RTM_NEWNEIGH: u16 = 28;
    const RTM_GETNEIGH: u16 = 30;
    const NUD_INCOMPLETE: u16 = 1;
    let fd = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkRoute)?;
    bind(fd.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
    let mut request = Vec::new();
    request.extend(28u32.to_ne_bytes());
    request.extend(RTM_GETNEIGH.to_ne_bytes());
    // NLM_F_REQUEST | NLM_F_DUMP
    request.extend(0x301u16.to_ne_bytes());
    request.extend([0; 8]);
    // ndmsg: AF_INET, then nothing asked for
    request.extend([2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    send(fd.as_raw_fd(), &request, MsgFlags::empty())?;
    let mut buffer = vec![0; 1 << 17];
    loop {
        let length = recv(fd.as_raw_fd(), &mut buffer, MsgFlags::empty())?;
        for (kind, payload) in messages(&buffer[..length]) {
            match kind {
                NLMSG_DONE | NLMSG_ERROR => return Ok(false),
                // `messages` takes four bytes of the ndmsg: the state is at 8 of it.
                RTM_NEWNEIGH if payload.get(4..6) == Some(&NUD_INCOMPLETE.to_ne_bytes()[..]) => return Ok(true),
                _ => {}
            }
        }
    }
}

/// Everything traced since the last call.
pub fn drain(fd: &OwnedFd) -> Vec<Traced> {
    let mut found = Vec::new();
    let mut buffer = vec![0; 1 << 17];
    while let Ok(length) = recv(fd.as_raw_fd(), &mut buffer, MsgFlags::MSG_DONTWAIT) {
        for (kind, payload) in messages(&buffer[..length]) {
            if kind == NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_TRACE {
                found.extend(traced(&attributes(payload)));
            }
        }
    }
    found
}

fn traced(line: &BTreeMap<u16, &[u8]>) -> Option<Traced> {
    let (table, chain, id) = (text(line.get(&1)), text(line.get(&2)), number(line.get(&6)));
    // NFTA_TRACE_NETWORK_HEADER, NFTA_TRACE_TRANSPORT_HEADER
    let headers = line.get(&8).map(|network| [network, line.get(&9).copied().unwrap_or_default()].concat());
    let header = headers.as_deref().and_then(frames::header);
    let segment = headers.as_deref().and_then(Segment::of);
    let quoted = headers.as_deref().and_then(frames::quoted);
    let identity = headers.as_deref().and_then(frames::identity);
    // NFTA_TRACE_TYPE: 1 policy, 2 return, 3 rule
    match number(line.get(&4)) {
        3 => {
            let verdict = attributes(line.get(&5).copied().unwrap_or_default());
            let to = text(verdict.get(&2));
            let verdict = match number(verdict.get(&1)) as u32 as i32 {
                0 => "drop".to_owned(),
                1 => "accept".to_owned(),
                -1 => "continue".to_owned(),
                -3 => format!("jump {to}"),
                -4 => format!("goto {to}"),
                -5 => "return".to_owned(),
                other => format!("verdict {other}"),
            };
            let handle = Some(number(line.get(&3)));
            Some(Traced { id, table, chain, handle, header, segment, quoted, identity, verdict })
        }
        1 => {
            // NFTA_TRACE_POLICY
            let verdict = if number(line.get(&16)) == 0 { "drop" } else { "accept" };
            let verdict = format!("policy {verdict}");
            Some(Traced { id, table, chain, handle: None, header, segment, quoted, identity, verdict })
        }
        _ => None,
    }
}
