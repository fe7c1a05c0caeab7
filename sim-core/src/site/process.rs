//! Processes: what listens where, how it behaves, and how that is known.
//!
//! Address, port, protocol and cause of a socket are the kernel's ([`kernel::config::Socket`]); the kernel knows its process by number
//! only. [`crate::agents::Site::listening`] lists both together.

use kernel::config::{Owner, Socket};
use kernel::ids::{ProcessId, SocketId};
use kubernetes::cluster::model::{Balancing, ContainerId, Onward, PodId, ProxyProtocol};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};

/// A name server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameServer {
    /// CoreDNS.
    CoreDns,
    /// The cache on a node (NodeLocal DNSCache).
    NodeCache,
    /// The one the nodes ask.
    Upstream,
    /// The Docker engine's, in the namespace of this container.
    Docker(ContainerId),
}

/// What a process does with what it receives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Behaviour {
    /// Answers each request; what it says is not modelled.
    Answers,
    /// Answers questions for names, and each other request.
    NameServer(NameServer),
    /// Opens a second connection for each that it accepts, sends on what it receives, and sends back what comes of it.
    Proxies {
        /// Where the second connection goes: one of these.
        to: Arc<[SocketAddr]>,
        /// Which one, of several.
        by: Balancing,
        /// The address that it is opened from; `None` for the one that the route gives.
        from: Option<IpAddr>,
        /// It says first on that connection whose it is.
        announces: Option<ProxyProtocol>,
        /// It takes only connections on which that is said first.
        accepts: bool,
    },
    /// Reads requests and sends each on as the Ingresses say that its controller serves.
    Ingress {
        /// Index in [`kubernetes::cluster::model::Fronts::controllers`].
        controller: u32,
        /// It ends TLS on this port.
        tls: bool,
    },
    /// Reads requests and sends each on as the routes of a Gateway say.
    Gateway {
        /// Index in [`kubernetes::cluster::model::Fronts::gateways`].
        gateway: u32,
    },
    /// Beside the containers of a Pod: opens a second connection for each that rules led to it, to where that was for.
    Sidecar {
        /// The Pod.
        of: PodId,
        /// It is for what comes in; else for what goes out.
        inbound: bool,
    },
    /// Sends each datagram back as it came.
    Echoes,
}

/// Which of a Pod's listeners a process has; its evidence is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listener {
    /// The Pod.
    pub pod: PodId,
    /// Index in the sockets of [`kubernetes::cluster::model::Pod::listening`].
    pub index: u32,
}

/// A process that listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// As `ss -p` would name it: process or container.
    pub name: Arc<str>,
    /// What it does with what it receives.
    pub behaviour: Behaviour,
    /// The listener of a Pod that it is: how it is known. `None` for a machine's own processes; the cause of the socket says why those are there.
    pub of: Option<Listener>,
    /// Since when it listens: seconds from the start; 0 from the start on.
    pub since: u64,
    /// User and group that it runs as.
    pub owner: Owner,
}

impl Process {
    /// A process of a machine itself, from the start on.
    pub fn named(name: &str, behaviour: Behaviour) -> Self {
        Self { name: Arc::from(name), behaviour, of: None, since: 0, owner: Owner::default() }
    }
}

/// A socket with the process behind it.
#[derive(Clone, Debug)]
pub struct Listening<'n> {
    /// Index of the socket in its namespace.
    pub id: SocketId,
    /// Address, port, protocol, and why it listens.
    pub socket: &'n Socket,
    /// The process; `None` where nobody said which.
    pub process: Option<Arc<Process>>,
}

/// All processes of one network. Grows while namespaces are built, whoever builds them; numbers depend on the order of that, what they
/// stand for does not. A clone is the same table.
#[derive(Clone, Debug, Default)]
pub struct ProcessTable(Arc<RwLock<Vec<Arc<Process>>>>);

impl ProcessTable {
    /// Adds a process. The first number is 1: 0 is nobody's, for sockets that were opened by hand.
    pub fn add(&self, process: Process) -> ProcessId {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.push(Arc::new(process));
        ProcessId(all.len() as u32)
    }

    /// The process behind a number; `None` for one of another table.
    pub fn get(&self, id: ProcessId) -> Option<Arc<Process>> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.get((id.0 as usize).checked_sub(1)?).cloned()
    }
}

impl Behaviour {
    /// A proxy that has one place to go on to.
    pub fn proxy(to: SocketAddr) -> Self {
        Self::proxies(Arc::from([to]), Balancing::RoundRobin, None)
    }

    /// A proxy that says nothing of its own on the connections that it opens.
    pub fn proxies(to: Arc<[SocketAddr]>, by: Balancing, from: Option<IpAddr>) -> Self {
        Self::Proxies { to, by, from, announces: None, accepts: false }
    }

    /// A proxy of the input.
    pub fn onward(said: &Onward) -> Self {
        let Onward { to, by, announces, accepts } = said;
        let announces = announces.as_ref().map(|own| own.version);
        Self::Proxies { to: to.clone(), by: *by, from: None, announces, accepts: accepts.is_some() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_for_its_process_and_nobody_has_the_default() {
        let table = ProcessTable::default();
        let first = table.add(Process::named("first", Behaviour::Answers));
        let second = table.clone().add(Process::named("second", Behaviour::Echoes));
        assert_eq!(table.get(first).map(|process| process.name.to_string()).as_deref(), Some("first"));
        assert_eq!(table.get(second).map(|process| process.behaviour.clone()), Some(Behaviour::Echoes));
        assert_eq!(table.get(ProcessId::default()), None);
        assert_eq!(table.get(ProcessId(3)), None);
    }
}
