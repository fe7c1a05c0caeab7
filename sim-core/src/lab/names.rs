//! Names the kernel takes: network namespaces and devices.

use kernel::config::Network;
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kubernetes::shown;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Longest device name in bytes (IFNAMSIZ without the closing zero).
const MAX_DEVICE: usize = 15;

/// Longest namespace name used here, in bytes; it is a file name, so the kernel would take 255.
const MAX_NETNS: usize = 120;

/// How the names of a network are written in its lab.
#[derive(Clone, Debug)]
pub struct Names {
    netns: Vec<String>,
    devices: Vec<Vec<String>>,
}

impl Names {
    /// Names for every namespace and device: its own where the kernel takes it and no other has it, else a mapped one.
    pub fn new(network: &Network, tag: &str) -> Self {
        let mut taken = BTreeSet::new();
        let netns = network
            .namespaces()
            .map(|netns| unique(&mut taken, &format!("{tag}-{}", plain(&netns.name)), MAX_NETNS))
            .collect();
        let devices = network
            .namespaces()
            .map(|netns| {
                let mut taken = BTreeSet::new();
                netns.links.iter().map(|link| unique(&mut taken, &plain(&link.name), MAX_DEVICE)).collect()
            })
            .collect();
        Self { netns, devices }
    }

    /// Name of a namespace, as `ip netns` takes it.
    pub fn netns(&self, id: NetnsId) -> &str {
        self.netns.get(id.0 as usize).map_or("", String::as_str)
    }

    /// Name of a device.
    pub fn device(&self, at: LinkRef) -> &str {
        self.devices.get(at.netns.0 as usize).and_then(|all| all.get(at.link.0 as usize)).map_or("", String::as_str)
    }

    /// All namespaces' names, in order.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.netns.iter().map(String::as_str)
    }

    /// The map, one line a name: what it stands for and what it is called in the lab.
    pub(super) fn listing(&self, network: &Network) -> String {
        let mut out = String::from("# simulated name -> name in this lab\n");
        for id in network.ids() {
            let netns = network.netns(id);
            let _ = writeln!(out, "netns {} -> {}", printable(&netns.name), self.netns(id));
            for (at, link) in (0u32..).zip(&netns.links) {
                let name = self.device(LinkRef { netns: id, link: LinkId(at) });
                if name != &*link.name {
                    let _ = writeln!(out, "  device {} -> {name}", printable(&link.name));
                }
            }
        }
        out
    }
}

fn printable(name: &str) -> String {
    name.chars().filter(|c| !c.is_control() && !shown::turns(*c)).collect()
}

/// Letters, digits, `.`, `_` and `-` stay; anything else becomes `-`. Never empty, never with a leading `-` or `.`.
fn plain(name: &str) -> String {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let text: String = name.chars().map(|c| if good(c) { c } else { '-' }).collect();
    let text = text.trim_start_matches(['-', '.']);
    if text.is_empty() { "x".to_owned() } else { text.to_owned() }
}

fn unique(taken: &mut BTreeSet<String>, wanted: &str, longest: usize) -> String {
    let cut = |text: &str, room: usize| text.chars().take(room).collect::<String>();
    let mut name = cut(wanted, longest);
    let mut number = 1u32;
    while wanted.len() > longest && number == 1 || taken.contains(&name) {
        let end = format!("~{number}");
        name = format!("{}{end}", cut(wanted, longest - end.len()));
        number += 1;
    }
    taken.insert(name.clone());
    name
}
