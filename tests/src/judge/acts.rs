//! What processes of a lab do at the bidding of a simulation: they connect, send and answer when it says so, and the kernel does the rest.

use super::kernel::{Lab, WHILE_RESOLVING};
use super::pace::{RTO_MIN, SENDS_AGAIN, SENDS_ONCE};
use super::sockets::As;
use kernel::ids::NetnsId;
use kernel::packet::Protocol;
use kernel::state::Ends;
use kernel::walk::Act;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, Shutdown, SockFlag, SockType, SockaddrIn, bind,
    connect, getpeername, getsockname, getsockopt, recv, recvmsg, send, sendmsg, setsockopt, shutdown, socket, sockopt,
};
use rustix::net::SocketFlags;
use rustix::net::sockopt::{set_tcp_nodelay, set_tcp_quickack};
use std::collections::BTreeMap;
use std::io::{IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

/// How long what was sent may take until somebody reads it. Below a second, so that no SYN is sent twice.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long where bytes are more than a segment takes: what its own kernel refuses is sent when a timer looks after it, after `TCP_RTO_MIN`.
const PATIENCE_LONG: Duration = Duration::from_millis(700);
/// How much later the other end of what succeeded may hear of it.
const OTHER_END: Duration = Duration::from_millis(40);

/// A connected socket.
#[derive(Debug)]
struct Open {
    fd: OwnedFd,
    /// connect(2) has not succeeded yet.
    pending: bool,
    /// The far end sends no more.
    over: bool,
}

/// A datagram that came to a socket that is not connected.
#[derive(Debug)]
struct Asked {
    by: Ends,
    space: usize,
    server: usize,
    info: nix::libc::in_pktinfo,
}

/// Sockets that the processes of a lab have, and what they heard.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    open: BTreeMap<Ends, Open>,
    asked: Vec<Asked>,
    /// What is written into connections may be more than one segment takes.
    pub(super) long: bool,
    /// Since the last act, in order: whose socket it is, and what came of it.
    heard: Vec<(Ends, Heard)>,
}

/// What a socket told its process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// connect(2) succeeded.
    Connected,
    /// accept(2) has it.
    Accepted,
    /// So many bytes were read.
    Read(usize),
    /// The far end sends no more.
    End,
    /// An error, by its name.
    Failed(String),
}

impl Sockets {
    fn hear(&mut self, ends: Ends, heard: Heard) {
        // What a stream carries may come in pieces.
        if let (Heard::Read(more), Some((last, Heard::Read(length)))) = (&heard, self.heard.last_mut())
            && *last == ends
            && ends.protocol == Protocol::Tcp
        {
            *length += more;
            return;
        }
        self.heard.push((ends, heard));
    }

    /// How many bytes somebody read.
    fn read(&self) -> usize {
        let lengths = self.heard.iter().map(|(_, heard)| if let Heard::Read(length) = heard { *length } else { 0 });
        lengths.sum()
    }

    fn failed(&self) -> bool {
        self.heard.iter().any(|(_, heard)| matches!(heard, Heard::Failed(_)))
    }
}

impl Lab {
    /// Does what a process is about to do in the simulation, and waits until somebody hears of it; what was heard, in order.
    pub(super) fn act(&self, sockets: &mut Sockets, act: &Act<'_>) -> Vec<(Ends, Heard)> {
        sockets.heard.clear();
        let done = match *act {
            Act::Connect { netns, owner, protocol, local, sport, remote } => {
                let of = As::user(owner);
                let opened = self.open_as(netns, protocol, (local, sport.0), remote, sockets.long);
                drop(of);
                opened.map(|(ends, open)| {
                    let waits = open.pending;
                    sockets.open.insert(ends, open);
                    waits
                })
            }
            Act::Send { by, bytes } => match sockets.open.get(&by) {
                Some(open) => send(open.fd.as_raw_fd(), bytes, MsgFlags::MSG_NOSIGNAL).map(|_| true),
                None => Err(Errno::ENOTCONN),
            },
            Act::Close { by } => match sockets.open.get(&by) {
                Some(open) => shutdown(open.fd.as_raw_fd(), Shutdown::Write).map(|()| true),
                None => Err(Errno::ENOTCONN),
            },
            Act::Answer { by, bytes, from_asked } => self.answer(sockets, &by, bytes, from_asked).map(|()| true),
        };
        let waits = match (done, act) {
            (Ok(waits), _) => waits,
            // Here is no such socket, or no datagram to answer.
            (
                Err(errno @ (Errno::ENOTCONN | Errno::ENOMSG)),
                Act::Send { by, .. } | Act::Answer { by, .. } | Act::Close { by },
            ) => {
                sockets.hear(*by, Heard::Failed(format!("{errno:?}")));
                false
            }
            // Whatever else the kernel says at once, it sends nothing then; nor is anything sent in the simulation.
            (Err(_), _) => false,
        };
        if waits {
            self.wait_for(sockets, act);
        }
        let mut heard = std::mem::take(&mut sockets.heard);
        // Both ends hear of a connection; who is looked at first is no matter.
        heard.sort_by_key(|(_, heard)| *heard != Heard::Connected);
        heard
    }

    /// What came late; then sockets whose connection never came about are closed, so that they try no more.
    pub(super) fn after_act(&self, sockets: &mut Sockets) -> Vec<(Ends, Heard)> {
        self.pump(sockets);
        sockets.open.retain(|_, open| !open.pending);
        std::mem::take(&mut sockets.heard)
    }

    /// Waits until what `act` sent is where it should come to, or will not come any more.
    fn wait_for(&self, sockets: &mut Sockets, act: &Act<'_>) {
        let long = sockets.long && matches!(act, Act::Send { .. });
        let mut end = Instant::now() + if long { PATIENCE_LONG } else { PATIENCE };
        let latest = end + WHILE_RESOLVING;
        let (mut connected, mut read) = (false, 0);
        loop {
            self.pump(sockets);
            // Whoever has read a part of a message waits for the rest of it.
            if sockets.read() > read {
                read = sockets.read();
                end = end.max(Instant::now() + PATIENCE);
            }
            let is = |what: Heard| sockets.heard.iter().any(|(_, heard)| *heard == what);
            let complete = match act {
                Act::Connect { .. } => is(Heard::Connected) && is(Heard::Accepted),
                Act::Send { bytes, .. } | Act::Answer { bytes, .. } => sockets.read() >= bytes.len(),
                Act::Close { .. } => is(Heard::End),
            };
            if complete || sockets.failed() {
                return;
            }
            if !connected && is(Heard::Connected) {
                connected = true;
                end = Instant::now() + OTHER_END;
            }
            if Instant::now() >= end {
                if connected || end >= latest || !self.resolving() {
                    return;
                }
                end = Instant::now() + Duration::from_millis(50);
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Opens a socket as a process of the simulation does.
    fn open_as(
        &self,
        netns: NetnsId,
        protocol: Protocol,
        (local, sport): (Option<IpAddr>, u16),
        remote: SocketAddr,
        long: bool,
    ) -> nix::Result<(Ends, Open)> {
        let SocketAddr::V4(to) = remote else { return Err(Errno::EAFNOSUPPORT) };
        let kind = match protocol {
            Protocol::Tcp => SockType::Stream,
            Protocol::Udp => SockType::Datagram,
            _ => return Err(Errno::EPROTONOSUPPORT),
        };
        let local = match local {
            Some(IpAddr::V4(local)) => local,
            _ => Ipv4Addr::UNSPECIFIED,
        };
        self.inside(&self.spaces[netns.0 as usize].netns, || {
            let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
            let stream = protocol == Protocol::Tcp;
            if stream {
                // A socket takes it over when it is made.
                let again = if long { SENDS_AGAIN } else { SENDS_ONCE };
                std::fs::write(RTO_MIN, again).map_err(|_| Errno::EOPNOTSUPP)?;
            }
            let fd = socket(AddressFamily::Inet, kind, flags, None)?;
            if stream {
                of_stream(&fd)?;
                setsockopt(&fd, sockopt::ReuseAddr, &true)?;
            }
            bind(fd.as_raw_fd(), &SockaddrIn::from(SocketAddrV4::new(local, sport)))?;
            match connect(fd.as_raw_fd(), &SockaddrIn::from(to)) {
                Ok(()) | Err(Errno::EINPROGRESS) => {}
                Err(errno) => return Err(errno),
            }
            let local = address(getsockname::<SockaddrIn>(fd.as_raw_fd())?);
            Ok((Ends { netns, protocol, local, remote }, Open { fd, pending: stream, over: false }))
        })
    }

    /// Answers a datagram that came to a server's socket.
    fn answer(&self, sockets: &Sockets, by: &Ends, bytes: &[u8], from_asked: bool) -> nix::Result<()> {
        let asked = sockets.asked.iter().rev().find(|asked| asked.by == *by).ok_or(Errno::ENOMSG)?;
        let server = self.spaces.get(asked.space).and_then(|space| space.servers.get(asked.server));
        let fd = server.ok_or(Errno::ENOTSOCK)?.fd.as_raw_fd();
        let SocketAddr::V4(peer) = by.remote else { return Err(Errno::EAFNOSUPPORT) };
        let from = nix::libc::in_pktinfo {
            ipi_ifindex: 0,
            ipi_spec_dst: asked.info.ipi_addr,
            ipi_addr: nix::libc::in_addr { s_addr: 0 },
        };
        let from = [ControlMessage::Ipv4PacketInfo(&from)];
        let ancillary = if from_asked { &from[..] } else { &[] };
        sendmsg(fd, &[IoSlice::new(bytes)], ancillary, MsgFlags::empty(), Some(&SockaddrIn::from(peer))).map(drop)
    }

    /// Takes everything that waits at a socket.
    fn pump(&self, sockets: &mut Sockets) {
        for (at, space) in self.spaces.iter().enumerate() {
            let netns = NetnsId(at as u32);
            for (number, server) in space.servers.iter().enumerate() {
                if server.udp {
                    while let Some((by, info, length)) = datagram(server.fd.as_raw_fd(), netns) {
                        sockets.asked.push(Asked { by, space: at, server: number, info });
                        sockets.hear(by, Heard::Read(length));
                    }
                    continue;
                }
                while let Ok(fd) = server.accept(SocketFlags::NONBLOCK | SocketFlags::CLOEXEC) {
                    let (local, peer) =
                        (getsockname::<SockaddrIn>(fd.as_raw_fd()), getpeername::<SockaddrIn>(fd.as_raw_fd()));
                    let (Ok(local), Ok(peer), Ok(())) = (local, peer, of_stream(&fd)) else { continue };
                    let ends = Ends { netns, protocol: Protocol::Tcp, local: address(local), remote: address(peer) };
                    acknowledge_late(&fd);
                    sockets.open.insert(ends, Open { fd, pending: false, over: false });
                    sockets.hear(ends, Heard::Accepted);
                }
            }
        }
        let mut buffer = vec![0; 65_536];
        let all: Vec<Ends> = sockets.open.keys().copied().collect();
        for ends in all {
            while let Some((heard, gone)) = sockets.open.get_mut(&ends).and_then(|open| next(open, ends, &mut buffer)) {
                sockets.hear(ends, heard);
                if gone {
                    sockets.open.remove(&ends);
                }
            }
        }
    }
}

/// The next that a socket tells, and whether it is of no use any more.
fn next(open: &mut Open, ends: Ends, buffer: &mut [u8]) -> Option<(Heard, bool)> {
    let fd = open.fd.as_raw_fd();
    if open.pending {
        let error = getsockopt(&open.fd, sockopt::SocketError).ok()?;
        if error != 0 {
            return Some((Heard::Failed(format!("{:?}", Errno::from_raw(error))), true));
        }
        getpeername::<SockaddrIn>(fd).ok()?;
        open.pending = false;
        acknowledge_late(&open.fd);
        return Some((Heard::Connected, false));
    }
    match recv(fd, buffer, MsgFlags::MSG_DONTWAIT) {
        Ok(0) if ends.protocol == Protocol::Tcp => {
            let news = !std::mem::replace(&mut open.over, true);
            news.then_some((Heard::End, false))
        }
        Ok(length) => Some((Heard::Read(length), false)),
        Err(Errno::EAGAIN | Errno::EINTR) => None,
        Err(errno) => Some((Heard::Failed(format!("{errno:?}")), ends.protocol == Protocol::Tcp)),
    }
}

/// A stream writes at once what it is given, and ends with a reset: when what it left is over is not part of anything.
fn of_stream(fd: &OwnedFd) -> nix::Result<()> {
    set_tcp_nodelay(fd, true).map_err(|error| Errno::from_raw(error.raw_os_error()))?;
    setsockopt(fd, sockopt::Linger, &nix::libc::linger { l_onoff: 1, l_linger: 0 })
}

/// Has what is read acknowledged with what is written next, as far as the kernel waits for that: the simulation has no other acknowledgements.
fn acknowledge_late(fd: &OwnedFd) {
    let _ = set_tcp_quickack(fd, false);
}

/// Reads a datagram: whose it is, which address was asked, and how long it is.
fn datagram(fd: RawFd, netns: NetnsId) -> Option<(Ends, nix::libc::in_pktinfo, usize)> {
    let mut buffer = vec![0; 65_536];
    let mut control = nix::cmsg_space!(nix::libc::in_pktinfo);
    let mut slices = [IoSliceMut::new(&mut buffer)];
    let message = recvmsg::<SockaddrIn>(fd, &mut slices, Some(&mut control), MsgFlags::MSG_DONTWAIT).ok()?;
    let info = message.cmsgs().ok()?.find_map(|message| match message {
        ControlMessageOwned::Ipv4PacketInfo(info) => Some(info),
        _ => None,
    })?;
    let port = getsockname::<SockaddrIn>(fd).ok()?.port();
    let asked = Ipv4Addr::from(u32::from_be(info.ipi_addr.s_addr));
    let local = SocketAddr::V4(SocketAddrV4::new(asked, port));
    Some((Ends { netns, protocol: Protocol::Udp, local, remote: address(message.address?) }, info, message.bytes))
}

fn address(of: SockaddrIn) -> SocketAddr {
    SocketAddr::V4(SocketAddrV4::new(of.ip(), of.port()))
}
