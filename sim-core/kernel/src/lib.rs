//! The Linux kernel's network state and its behaviour towards one packet. Nothing in here knows who wrote the state or why: every piece
//! carries a [`ids::CauseId`] that its writer can look up.
//!
//! Two namespaces on a wire, and an echo request from one to the other:
//!
//! ```
//! use kernel::config::{IfAddr, NetworkBuilder};
//! use kernel::exchange::{Reported, Request, exchange};
//! use kernel::ids::CauseId;
//! use kernel::packet::{Mac, Port, Protocol};
//! use kernel::state::KernelState;
//! use kernel::walk::AlwaysFirst;
//!
//! let cause = CauseId::default();
//! let mut builder = NetworkBuilder::default();
//! let (a, b) = (builder.add_netns("a", cause), builder.add_netns("b", cause));
//! let ends = ((a, "eth0", Mac([2, 0, 0, 0, 0, 1])), (b, "eth0", Mac([2, 0, 0, 0, 0, 2])));
//! let (near, far) = builder.add_veth(ends.0, ends.1, 1500, cause);
//! builder.add_address(near, IfAddr::new("10.0.0.1/24".parse()?, cause));
//! builder.add_address(far, IfAddr::new("10.0.0.2/24".parse()?, cause));
//! let network = builder.build().expect("every reference leads somewhere");
//!
//! let echo = Request {
//!     netns: a,
//!     protocol: Protocol::Icmp,
//!     local: None,
//!     sport: Port(7),
//!     remote: "10.0.0.2:0".parse()?,
//!     payload: [].into(),
//!     ttl: None,
//!     dont_fragment: None,
//!     owner: Default::default(),
//! };
//! let done = exchange(&network, &mut KernelState::default(), &mut AlwaysFirst, &echo);
//! assert_eq!(done.reported, Reported::Ok);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! From the ground up; each imports only what stands above it in this list:
//!
//! - [`ids`]: identities of everything a walk can name.
//! - [`packet`]: headers, tunnelled packets, field changes.
//! - [`config`]: what is frozen before the first packet: namespaces, devices, addresses, routes, rules, sysctls, sockets.
//! - [`state`]: what packets leave behind: conntrack entries, learned neighbours and forwarding entries, open connections.
//! - [`walk`]: what one packet meets on its way, in order; the result of [`step::walk`].
//! - [`lookup`]: routes, neighbours, the other ends of tunnels.
//! - [`netfilter`]: rules of both engines as they meet a packet, connection tracking, NAT.
//! - [`socket`]: both ends of a packet's way.
//! - [`step`]: the interpreter; [`exchange`] follows one request and every answer to it.
//! - [`text`]: what the Linux tools print of it, and read.

/// Gives an enum its codes: for each pattern the one stable kebab-case name that JSON, keys of words, classes and addresses use.
///
/// ```
/// enum Light { On, Off { since: u32 } }
/// kernel::codes!(Light { Self::On => "on", Self::Off { .. } => "off" });
/// assert_eq!(Light::Off { since: 3 }.code(), "off");
/// assert_eq!(Light::CODES, ["on", "off"]);
/// ```
#[macro_export]
macro_rules! codes {
    ($of:ident $(<$lifetime:lifetime>)? { $($pattern:pat => $code:literal),+ $(,)? }) => {
        impl $(<$lifetime>)? $of $(<$lifetime>)? {
            /// Every code there is, in order.
            pub const CODES: &'static [&'static str] = &[$($code),+];

            /// The stable code, kebab-case.
            pub fn code(&self) -> &'static str {
                match self {
                    $($pattern => $code),+
                }
            }
        }

        impl $(<$lifetime>)? $crate::Coded for $of $(<$lifetime>)? {
            fn code(&self) -> &'static str {
                Self::code(self)
            }
        }
    };
}

/// Whatever has a stable code.
pub trait Coded {
    /// The code, kebab-case.
    fn code(&self) -> &'static str;
}

impl<T: Coded> Coded for &T {
    fn code(&self) -> &'static str {
        T::code(self)
    }
}

pub mod config;
pub mod exchange;
pub mod ids;
pub mod lookup;
pub mod netfilter;
pub mod packet;
pub mod socket;
pub mod state;
pub mod step;
pub mod text;
pub mod walk;

#[cfg(test)]
mod tests;
