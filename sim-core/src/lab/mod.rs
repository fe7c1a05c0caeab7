//! A [`Network`] as scripts that build it on a real kernel, in network namespaces of its own.
//!
//! Needs root, iproute2, iptables, nftables, tcpdump and python3; ipset where rules name sets. Nothing outside the lab's own
//! namespaces is touched.

mod down;
mod names;
mod probe;
mod up;

pub use names::Names;

use crate::linux::exchange::Request;
use crate::linux::state::{NetnsId, Network};
use std::collections::BTreeSet;

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

/// What a lab is made of beside its network.
#[derive(Clone, Debug)]
pub struct LabOptions {
    /// First part of every namespace's name: 1 to 20 of `a-z`, `0-9` and `-`. Two labs with different tags run side by side.
    pub tag: String,
    /// The probe that `probe.sh` sends.
    pub probe: Option<LabProbe>,
}

/// The probe of a lab.
#[derive(Clone, Debug)]
pub struct LabProbe {
    /// What the client asks for.
    pub request: Request,
    /// Namespaces the packets are expected in; `probe.sh` watches these.
    pub watch: BTreeSet<NetnsId>,
}

/// The files of a lab: `up.sh`, `down.sh`, `names.txt`, the rule sets, the servers; `probe.sh` with a probe.
pub fn write(network: &Network, options: &LabOptions) -> Vec<LabFile> {
    let names = Names::new(network, &options.tag);
    let mut files = vec![
        script("up.sh", up::script(network, &names)),
        script("down.sh", down::script(&names)),
        LabFile { path: "names.txt".to_owned(), text: names.listing(network), executable: false },
        LabFile { path: "serve.py".to_owned(), text: include_str!("serve.py").to_owned(), executable: false },
        LabFile { path: "servers.txt".to_owned(), text: up::servers(network, &names), executable: false },
    ];
    files.extend(up::rule_files(network, &names));
    if let Some(probe) = &options.probe {
        files.push(script("probe.sh", probe::script(network, &names, probe)));
        let client = include_str!("client.py").to_owned();
        files.push(LabFile { path: "client.py".to_owned(), text: client, executable: false });
    }
    files
}

fn script(path: &str, text: String) -> LabFile {
    LabFile { path: path.to_owned(), text, executable: true }
}

#[cfg(test)]
mod tests;
