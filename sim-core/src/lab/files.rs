//! What a lab is made of and asked for.

use crate::agents::ResolvConf;
use kernel::exchange::Request;
use kernel::ids::{LinkRef, NetnsId};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// One file of a lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabFile {
    /// Path inside the lab's folder, with `/`.
    pub path: String,
    /// Content.
    pub text: String,
    /// Mode 0755 instead of 0644.
    pub executable: bool,
}

/// The probe of a lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabProbe {
    /// What the client asks for; with a name, what it should ask for once the name is resolved. An unspecified address where it is not.
    pub request: Request,
    /// The name that the client resolves first.
    pub lookup: Option<LabLookup>,
    /// Namespaces the packets are expected in; `probe.sh` watches these.
    pub watch: BTreeSet<NetnsId>,
    /// What the client may report ([`crate::trace::ClientResult::code`]): one value, or one for every way the kernel can draw.
    pub results: BTreeSet<String>,
    /// Where tcpdump should see the connection's packets, for every different way; the first is the journey's own. Those of name
    /// resolution are in [`LabLookup::questions`].
    pub ways: Vec<Vec<Sighting>>,
}

/// A name to resolve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabLookup {
    /// As typed.
    pub name: String,
    /// The client's resolver.
    pub conf: ResolvConf,
    /// For each question in order, where tcpdump should see its packets: one list for every endpoint the kernel can draw.
    pub questions: Vec<Vec<Vec<Sighting>>>,
}

/// A packet at a device, as tcpdump shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    /// Device.
    pub at: LinkRef,
    /// It leaves; else it comes in.
    pub out: bool,
    /// Source address.
    pub src: IpAddr,
    /// Destination address.
    pub dst: IpAddr,
    /// Protocol, for TCP with its flags: `TCP SYN,ACK`, `UDP`.
    pub kind: String,
}
