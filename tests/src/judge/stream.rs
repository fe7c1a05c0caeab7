//! What follows a handshake: a few bytes each way and the close, by both sides.
//!
//! Pure acknowledgements are kept out: both ends answer at once and wait with their ACKs (tcp(7), `TCP_QUICKACK`), so that each travels with what
//! is sent next, as in the simulation.

use kernel::config::Network;
use kernel::exchange::{self, Exchange, Reported, Request, Writer};
use kernel::packet::Protocol;
use kernel::state::KernelState;
use kernel::walk::{Chooser, Delivery, End};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, Shutdown, recv, send, shutdown};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};

/// How long an end waits for the other. Below the 200 ms after which a segment is sent again (`TCP_RTO_MIN`).
const PATIENCE: Duration = Duration::from_millis(150);
/// Bytes at most: what every way takes in one segment. Longer streams have a comparison of their own ([`super::hand::Rows::stream`]).
const MOST: usize = 400;

/// What is said once a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// Bytes each way.
    pub bytes: usize,
    /// Who closes first.
    pub closes: Writer,
}

impl Spoken {
    /// Of a probe over TCP that has something to say; by its source port either end closes first.
    pub fn of(request: &Request) -> Option<Self> {
        let bytes = request.payload.len().min(MOST);
        let closes = if request.sport.0.is_multiple_of(2) { Writer::Client } else { Writer::Server };
        (request.protocol == Protocol::Tcp && bytes > 0).then_some(Self { bytes, closes })
    }
}

fn other(writer: Writer) -> Writer {
    match writer {
        Writer::Client => Writer::Server,
        Writer::Server => Writer::Client,
    }
}

/// Says it in the simulation, as far as it is heard: nobody speaks to a server that never heard of the connection.
pub fn simulate(
    network: &Network,
    state: &mut KernelState,
    chooser: &mut dyn Chooser,
    done: &mut Exchange,
    spoken: Spoken,
) {
    let stands = |end: &End| matches!(end, End::Delivered { delivery: Delivery::Established { .. }, .. });
    if done.reported != Reported::Ok || !done.packets.iter().any(|sent| stands(&sent.walk.end)) {
        return;
    }
    let text = vec![b'k'; spoken.bytes];
    let _ = [Writer::Client, Writer::Server]
        .into_iter()
        .all(|writer| exchange::write(network, state, chooser, done, (writer, &text)))
        && [spoken.closes, other(spoken.closes)]
            .into_iter()
            .all(|closes| exchange::close(network, state, chooser, done, closes));
}

/// Says it on the kernel. `false` when something was not heard: then both sockets are taken out of the kernel's hands, which sends nothing for them
/// any more once they are closed (`TCP_REPAIR`).
pub fn converse(client: BorrowedFd<'_>, server: BorrowedFd<'_>, spoken: Spoken) -> bool {
    let text = vec![b'k'; spoken.bytes];
    let ends = |writer| match writer {
        Writer::Client => (client, server),
        Writer::Server => (server, client),
    };
    let delays = [client, server].iter().all(|fd| rustix::net::sockopt::set_tcp_quickack(fd, false).is_ok());
    let says = |writer| {
        let (from, to) = ends(writer);
        send(from.as_raw_fd(), &text, MsgFlags::MSG_NOSIGNAL).is_ok() && hears(to, spoken.bytes)
    };
    let ends_it = |writer| {
        let (from, to) = ends(writer);
        shutdown(from.as_raw_fd(), Shutdown::Write).is_ok() && hears(to, 0)
    };
    let whole = delays
        && says(Writer::Client)
        && says(Writer::Server)
        && ends_it(spoken.closes)
        && ends_it(other(spoken.closes));
    if !whole {
        for fd in [client, server] {
            let _ = forget(fd);
        }
    }
    whole
}

/// Waits for so many bytes; for the end of them where it is none.
fn hears(fd: BorrowedFd<'_>, bytes: usize) -> bool {
    let end = Instant::now() + PATIENCE;
    let (mut buffer, mut left) = (vec![0; MOST], bytes);
    loop {
        match recv(fd.as_raw_fd(), &mut buffer, MsgFlags::MSG_DONTWAIT) {
            Ok(0) => return bytes == 0,
            Ok(read) if read < left => left -= read,
            Ok(read) => return read == left,
            Err(Errno::EAGAIN) => {}
            Err(_) => return false,
        }
        let wait = end.saturating_duration_since(Instant::now());
        if wait.is_zero() {
            return false;
        }
        let mut fds = [PollFd::new(fd, PollFlags::POLLIN)];
        let _ = poll(&mut fds, PollTimeout::try_from(wait).unwrap_or(PollTimeout::ZERO));
    }
}

/// Takes a socket out of the kernel's hands.
fn forget(fd: BorrowedFd<'_>) -> nix::Result<()> {
    nix::sys::socket::setsockopt(&fd, nix::sys::socket::sockopt::TcpRepair, &1)
}
