//! Sockets of a lab: processes that listen, and a client's call.

use kernel::config::Owner;
use kernel::exchange::Request;
use kernel::ids::NetnsId;
use kernel::packet::Protocol;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrIn, bind,
    connect, getpeername, getsockname, listen, recv, recvmsg, send, sendmsg, setsockopt, socket, sockopt,
};
use nix::unistd::{Gid, Uid, setfsgid, setfsuid};
use rustix::net::{SocketFlags, accept_with};
use std::io::{IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

/// What this thread opens meanwhile belongs to a user and group: a socket has those of whoever opened it, also for rules (`file->f_cred`).
pub(super) struct As(());

impl As {
    pub(super) fn user(owner: Owner) -> Self {
        setfsgid(Gid::from_raw(owner.gid));
        setfsuid(Uid::from_raw(owner.uid));
        Self(())
    }
}

impl Drop for As {
    fn drop(&mut self) {
        setfsuid(Uid::from_raw(0));
        setfsgid(Gid::from_raw(0));
    }
}

/// A connection that is closed is reset.
pub(super) const AT_ONCE: nix::libc::linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };

/// A listening socket.
pub(super) struct Server {
    pub(super) fd: OwnedFd,
    pub(super) udp: bool,
    /// Whose it is.
    pub(super) owner: Owner,
}

impl Server {
    /// accept(2) by the process that listens: the connection is its user's, too.
    pub(super) fn accept(&self, flags: SocketFlags) -> rustix::io::Result<OwnedFd> {
        let _of = As::user(self.owner);
        accept_with(&self.fd, flags)
    }
}

/// What came to processes while a probe was under way.
#[derive(Default)]
pub(super) struct Taken {
    /// `netns local < peer` of each connection and datagram.
    pub(super) lines: Vec<String>,
    /// The connections: open until the record is complete, so that their end is not part of it.
    pub(super) kept: Vec<OwnedFd>,
}

/// What a process does with a datagram: its namespace, its port, and the bytes. `None` when it says nothing.
pub type Serves<'a> = dyn Fn(NetnsId, u16, &[u8]) -> Option<Vec<u8>> + 'a;

/// Listens; `None` for what is neither TCP nor UDP.
pub(super) fn server(protocol: Protocol, at: SocketAddrV4, owner: Owner) -> nix::Result<Option<Server>> {
    let udp = match protocol {
        Protocol::Udp => true,
        Protocol::Tcp => false,
        _ => return Ok(None),
    };
    let kind = if udp { SockType::Datagram } else { SockType::Stream };
    let of = As::user(owner);
    let fd = socket(AddressFamily::Inet, kind, SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC, None)?;
    drop(of);
    if udp {
        setsockopt(&fd, sockopt::Ipv4PacketInfo, &true)?;
    } else {
        setsockopt(&fd, sockopt::ReuseAddr, &true)?;
        // What it accepts ends with a reset: a FIN that a rule drops would be sent again and again, while later probes are under way.
        setsockopt(&fd, sockopt::Linger, &AT_ONCE)?;
    }
    bind(fd.as_raw_fd(), &SockaddrIn::from(at))?;
    if !udp {
        listen(&fd, nix::sys::socket::Backlog::new(64)?)?;
    }
    Ok(Some(Server { fd, udp, owner }))
}

/// Takes one connection or datagram: `local < peer`, and the connection's socket.
pub(super) fn serve(server: &Server, netns: NetnsId, serves: &Serves<'_>) -> Option<(String, Option<OwnedFd>)> {
    let fd = server.fd.as_raw_fd();
    if server.udp {
        let mut buffer = vec![0; 9000];
        let mut control = nix::cmsg_space!(nix::libc::in_pktinfo);
        let (length, peer, info) = {
            let mut slices = [IoSliceMut::new(&mut buffer)];
            let message = recvmsg::<SockaddrIn>(fd, &mut slices, Some(&mut control), MsgFlags::MSG_DONTWAIT).ok()?;
            let info = message.cmsgs().ok()?.find_map(|message| match message {
                ControlMessageOwned::Ipv4PacketInfo(info) => Some(info),
                _ => None,
            });
            (message.bytes, message.address?, info?)
        };
        let port = getsockname::<SockaddrIn>(fd).ok()?.port();
        let local = Ipv4Addr::from(u32::from_be(info.ipi_addr.s_addr));
        // The answer leaves from the address that was asked, by whatever device the route says.
        let from = nix::libc::in_pktinfo {
            ipi_ifindex: 0,
            ipi_spec_dst: info.ipi_addr,
            ipi_addr: nix::libc::in_addr { s_addr: 0 },
        };
        if let Some(answer) = serves(netns, port, &buffer[..length]) {
            let slices = [IoSlice::new(&answer)];
            let _ = sendmsg(fd, &slices, &[ControlMessage::Ipv4PacketInfo(&from)], MsgFlags::empty(), Some(&peer));
        }
        return Some((format!("{local}:{port} < {}:{}", peer.ip(), peer.port()), None));
    }
    let accepted = server.accept(SocketFlags::CLOEXEC).ok()?;
    let at = accepted.as_raw_fd();
    let (local, peer) = (getsockname::<SockaddrIn>(at), getpeername::<SockaddrIn>(at));
    let text = match (local, peer) {
        (Ok(local), Ok(peer)) => format!("{}:{} < {}:{}", local.ip(), local.port(), peer.ip(), peer.port()),
        _ => "gone".to_owned(),
    };
    Some((text, Some(accepted)))
}

/// Sets what a socket wants of its packets (`IP_MTU_DISCOVER`).
pub(super) fn discover(fd: impl AsFd, dont_fragment: bool) -> nix::Result<()> {
    use rustix::net::sockopt::{Ipv4PathMtuDiscovery, set_ip_mtu_discover};
    let value = if dont_fragment { Ipv4PathMtuDiscovery::DO } else { Ipv4PathMtuDiscovery::DONT };
    set_ip_mtu_discover(fd, value).map_err(|error| Errno::from_raw(error.raw_os_error()))
}

/// A client's socket once its packet is sent, or what its call reports, with the socket if there is one.
pub(super) type Opened = Result<OwnedFd, (Option<OwnedFd>, Errno)>;

/// Opens a client's socket, and sends its request.
pub(super) fn open_client(request: &Request) -> Opened {
    let remote = match request.remote {
        SocketAddr::V4(remote) => SockaddrIn::from(remote),
        SocketAddr::V6(_) => return Err((None, Errno::EAFNOSUPPORT)),
    };
    let (kind, protocol, port) = match request.protocol {
        Protocol::Tcp => (SockType::Stream, None, request.sport.0),
        Protocol::Udp => (SockType::Datagram, None, request.sport.0),
        _ => (SockType::Raw, Some(SockProtocol::Icmp), 0),
    };
    let of = As::user(request.owner);
    let fd = socket(AddressFamily::Inet, kind, SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC, protocol)
        .map_err(|errno| (None, errno))?;
    drop(of);
    let work = || -> nix::Result<()> {
        if let Some(ttl) = request.ttl {
            setsockopt(&fd, sockopt::Ipv4Ttl, &i32::from(ttl))?;
        }
        let local = match request.local {
            Some(IpAddr::V4(local)) => local,
            _ => Ipv4Addr::UNSPECIFIED,
        };
        if request.protocol == Protocol::Tcp {
            setsockopt(&fd, sockopt::Linger, &AT_ONCE)?;
        }
        if let Some(dont_fragment) = request.dont_fragment {
            discover(&fd, dont_fragment)?;
        }
        bind(fd.as_raw_fd(), &SockaddrIn::from(SocketAddrV4::new(local, port)))?;
        match connect(fd.as_raw_fd(), &remote) {
            Ok(()) | Err(Errno::EINPROGRESS) => {}
            Err(errno) => return Err(errno),
        }
        match request.protocol {
            Protocol::Udp => send(fd.as_raw_fd(), &request.payload, MsgFlags::empty()).map(drop),
            Protocol::Icmp => send(fd.as_raw_fd(), &echo(request), MsgFlags::empty()).map(drop),
            _ => Ok(()),
        }
    };
    match work() {
        Ok(()) => Ok(fd),
        Err(errno) => Err((Some(fd), errno)),
    }
}

/// An echo request with the request's port as identifier.
fn echo(request: &Request) -> Vec<u8> {
    let mut bytes = vec![8, 0, 0, 0];
    bytes.extend(request.sport.0.to_be_bytes());
    bytes.extend([0, 1]);
    bytes.extend(request.payload.iter());
    let mut sum = 0u32;
    for pair in bytes.chunks(2) {
        sum += u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0));
    }
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    let sum = !(sum as u16);
    bytes[2..4].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// What the client's socket says by now: what came, nothing of it for TCP.
pub(super) fn outcome(client: &OwnedFd, protocol: Protocol, sport: u16) -> Option<Result<Vec<u8>, Errno>> {
    let fd = client.as_raw_fd();
    match protocol {
        Protocol::Tcp => {
            let error = nix::sys::socket::getsockopt(client, sockopt::SocketError).ok()?;
            if error != 0 {
                return Some(Err(Errno::from_raw(error)));
            }
            getpeername::<SockaddrIn>(fd).ok().map(|_| Ok(Vec::new()))
        }
        _ => {
            let mut buffer = vec![0; 9000];
            match recv(fd, &mut buffer, MsgFlags::MSG_DONTWAIT) {
                Ok(length) if protocol == Protocol::Icmp => {
                    let icmp = &buffer[usize::from(buffer[0] & 15) * 4..length];
                    let ours = icmp.first() == Some(&0) && icmp.get(4..6) == Some(&sport.to_be_bytes()[..]);
                    ours.then(|| Ok(Vec::new()))
                }
                Ok(length) => Some(Ok(buffer[..length].to_vec())),
                Err(Errno::EAGAIN) => None,
                Err(errno) => Some(Err(errno)),
            }
        }
    }
}

/// What a call reports, in a word.
pub(super) fn report(result: Result<(), Errno>) -> String {
    match result {
        Ok(()) => "ok".to_owned(),
        Err(errno) => format!("{errno:?}"),
    }
}
