//! The real kernel as judge: builds a network's lab, sends a probe through it, and compares what the kernel did with what is
//! simulated, in order.
//!
//! - [`kernel`]: a lab that is up, and the record of one probe; [`sockets`]: who listens and who asks there.
//! - [`frames`]: packets as both sides describe them. [`netlink`]: the kernel's rule trace.
//! - [`expect`]: the same record made from the simulation. [`compare`]: the first difference, both sides by each other.
//! - [`stream`]: what follows a handshake. [`names`]: a resolver's questions, before the connection.
//! - [`journeys`]: whole journeys, through name servers and proxies, by acts of processes on both sides at once; [`segments`]: which part of a
//!   stream a segment is.
//! - [`over_time`]: timelines, with rules replaced under connections that stay open.
//! - [`hand`]: networks and probes written by hand.
//! - [`generate`]: random clusters, rules and probes. [`wired`]: random networks of routers and overlays. [`composed`]: random
//!   Compose projects with what is around their host. [`long`]: many of them, with a
//!   report.

mod acts;
pub mod compare;
pub mod composed;
pub mod drawn;
pub mod expect;
pub mod frames;
pub mod generate;
pub mod hand;
pub mod journeys;
pub mod kernel;
pub mod long;
pub mod names;
pub mod netlink;
pub mod over_time;
mod pace;
pub mod rules;
pub mod segments;
pub mod sockets;
pub mod stream;
mod watch;
pub mod wired;

use ::kernel::config::Network;
use ::kernel::exchange::Request;
use ::kernel::state::KernelState;

/// What was seen of one probe, by the kernel or in the simulation. All lists are in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Packets at devices: `netns device> packet` outward, `netns >device packet` inward.
    pub packets: Vec<String>,
    /// Copies of flooded frames, beside the one that is followed; in any order.
    pub copies: Vec<String>,
    /// In the simulation: several packets are under way together, so that lines of one may stand between those of another.
    pub together: bool,
    /// Rules by namespace: `netns table chain number verdict`, or a base chain's policy.
    pub rules: Vec<String>,
    /// Conntrack entries of this probe, sorted: `netns proto original | reply flags state`.
    pub conntrack: Vec<String>,
    /// What the client's call reported.
    pub client: String,
    /// What the servers' sockets saw: `netns local < peer` of each connection and datagram; empty when none was reached.
    pub server: String,
    /// Of a journey what each socket told its process, in order.
    pub heard: Vec<String>,
}

/// Sends `request` through the lab and through the simulation, with the choices the kernel made, and compares.
///
/// # Errors
/// The difference, as text for people.
pub fn judge(
    lab: &mut kernel::Lab,
    network: &Network,
    state: &mut KernelState,
    request: &Request,
) -> Result<Record, String> {
    let observed = lab.probe(request);
    let mut choices = expect::Recorded::new(network, &observed);
    let expected = expect::record(network, state, &mut choices, request);
    compared(network, &observed.record, expected)
}

/// The simulated record where it is the observed one too, else the difference.
fn compared(network: &Network, observed: &Record, expected: Record) -> Result<Record, String> {
    match compare::difference(observed, &expected) {
        None => Ok(expected),
        Some(difference) => {
            let rules = observed.rules.join("\n      ");
            Err(format!("{difference}\n      {rules}\n{}", compare::state(network, &difference)))
        }
    }
}

impl Record {
    /// Some packet was in pieces inside a tunnel.
    pub fn wraps_pieces(&self) -> bool {
        let inside = |line: &String| line.split_once('[').is_some_and(|(_, inside)| inside.contains(" fragment "));
        self.packets.iter().any(inside)
    }

    /// Some packet is an ICMP error: the kernel has a budget of those.
    pub fn has_error(&self) -> bool {
        self.packets.iter().any(|line| line.contains(" icmp 3/") || line.contains(" icmp 11/"))
    }
}
