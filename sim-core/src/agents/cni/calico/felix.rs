//! Felix' rules of all four tables (`felix/rules/static.go`, `dispatch.go`, `endpoints.go`, `nat.go`), and its sets. Marks are
//! those of v3.30.
//!
//! What comes from a Pod or goes to one passes the chains of its device: replies at once, the rest by the policies that select it, and where
//! none does by its profiles, which let everything pass. Who lets it pass says so with a mark, by which the last rules of FORWARD accept it.

use super::chains::{At, Chain, causes, limited, table};
use super::marks::{MARKS, Marks, clear, jump, said, set};
use super::policies::{Because, Enforced};
use super::{COMPONENT, because_of_felix, because_of_pool, config, device_of, ways};
use crate::agents::agent::On;
use crate::agents::write::Writer;
use ipnet::IpNet;
use kernel::config::ipset::{IpSet, SetElement, SetKey, SetType};
use kernel::text::iptables::read::{Limits, merge};
use kubernetes::cluster::calico::{CalicoConfig, ToHost};
use kubernetes::cluster::model::{Node, NodeId, Pod};
use kubernetes::origin::CauseId;
use kubernetes::policy::Direction;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

const REPLIES: &str = "-m conntrack --ctstate RELATED,ESTABLISHED";
const BY_HOST_POLICY: &str = "Host endpoint policy accepted packet.";

/// A Pod, and what asks policies for it.
struct Asked<'c> {
    pod: &'c Pod,
    ingress: Vec<Because>,
    egress: Vec<Because>,
}

/// What the rules of a node depend on.
struct Rules<'c> {
    config: &'c CalicoConfig,
    marks: &'static Marks,
    ipip: bool,
    vxlan: bool,
}

/// Writes a node's sets and rules.
pub(super) fn write(writer: &mut Writer<'_>, on: &On<'_>) {
    let config = config(writer, on);
    let rules = Rules { config, marks: &MARKS, ipip: config.has_ipip(), vxlan: config.has_vxlan() };
    sets(writer, on);
    let pods: Vec<&Pod> = on.wired().map(|pod| pod.pod).collect();
    let head = if config.felix.append { At::Tail } else { At::Head };
    let (general, jumps) = (writer.component(COMPONENT), because_of_felix(writer, on, "chainInsertMode"));
    let outgoing = match config.felix.nat_address {
        Some(_) => because_of_felix(writer, on, "natOutgoingAddress"),
        None => because_of_pool(writer, on, "natOutgoing"),
    };
    let to_host = because_of_felix(writer, on, "defaultEndpointToHostAction");
    let mut of_chain: BTreeMap<String, CauseId> = BTreeMap::new();
    of_chain.insert("cali-nat-outgoing".to_owned(), outgoing);
    of_chain.insert("cali-wl-to-host".to_owned(), to_host);
    for pod in &pods {
        let cause = writer.object(COMPONENT, &pod.origin, "", None);
        for way in ["fw", "tw"] {
            of_chain.insert(format!("cali-{way}-{}", device_of(pod)), cause);
        }
    }
    let mut enforced = Enforced::default();
    let asked: Vec<Asked<'_>> = pods
        .iter()
        .map(|pod| Asked {
            pod,
            ingress: enforced.of_pod(writer, rules.marks, pod, Direction::Ingress),
            egress: enforced.of_pod(writer, rules.marks, pod, Direction::Egress),
        })
        .collect();
    let cause = writer.component(COMPONENT);
    let (chains, found) = enforced.into_parts(cause);
    writer.builder.netns(on.at.netns).sets.extend(found);
    let tables = [
        ("raw", rules.raw(head)),
        ("mangle", rules.mangle(head)),
        ("nat", rules.nat(head)),
        ("filter", rules.filter(head, &asked, chains)),
    ];
    for (name, chains) in tables {
        let (text, of_rule) = (table(name, &chains), causes(&chains));
        let lines: Vec<&str> = text.lines().collect();
        let mut cause = |line: u32| {
            if let Some(own) = of_rule.get(&line) {
                return *own;
            }
            let text = lines.get(line.saturating_sub(1) as usize).copied().unwrap_or_default();
            // `:CHAIN`, `-A CHAIN`, `-I CHAIN`.
            let chain = text.strip_prefix(':').unwrap_or(text.get(3..).unwrap_or_default());
            match chain.split(' ').next() {
                Some(chain) if chain.starts_with("cali-") => of_chain.get(chain).copied().unwrap_or(general),
                _ => jumps,
            }
        };
        let xtables = &mut writer.builder.netns(on.at.netns).xtables;
        let read = merge(xtables, &text, &Limits::default(), &mut cause);
        debug_assert!(read.is_ok(), "{read:?}\n{text}");
    }
}

impl Rules<'_> {
    /// Whatever comes from Pods is checked for its source; the tunnel's own packets are not tracked.
    fn raw(&self, head: At) -> Vec<Chain> {
        let marks = self.marks;
        let untracked = || {
            let port = self.config.felix.vxlan_port;
            self.vxlan.then(|| format!("-p udp --dport {port} --jump NOTRACK"))
        };
        let from_pod = marks.scratch0;
        let mut pre = vec![clear(marks.all())];
        pre.extend(untracked());
        pre.extend([
            format!("--in-interface cali+ {}", set(from_pod)),
            format!("-m mark --mark {from_pod:#x}/{from_pod:#x} --jump cali-rpf-skip"),
            format!("-m mark --mark {from_pod:#x}/{from_pod:#x} -m rpfilter --invert --validmark --jump DROP"),
            format!("-m mark --mark 0/{from_pod:#x} --jump cali-from-host-endpoint"),
            marks.accepted("ACCEPT"),
        ]);
        let mut out = vec![clear(marks.all()), jump("cali-to-host-endpoint")];
        out.extend(untracked());
        out.push(marks.accepted("ACCEPT"));
        vec![
            empty("cali-rpf-skip"),
            empty("cali-from-host-endpoint"),
            empty("cali-to-host-endpoint"),
            Chain::new("cali-PREROUTING", pre),
            Chain::new("cali-OUTPUT", out),
            Chain::of_kernel("PREROUTING", head, [jump("cali-PREROUTING")]),
            Chain::of_kernel("OUTPUT", head, [jump("cali-OUTPUT")]),
        ]
    }

    /// For policies of host endpoints, of which there are none.
    fn mangle(&self, head: At) -> Vec<Chain> {
        let marks = self.marks;
        let allow = if self.config.felix.mangle_returns { "RETURN" } else { "ACCEPT" };
        let pre = [
            format!("{REPLIES} --jump {allow}"),
            marks.accepted(allow),
            jump("cali-from-host-endpoint"),
            said(BY_HOST_POLICY, &marks.accepted(allow)),
        ];
        let post = [
            marks.accepted("RETURN"),
            clear(marks.all()),
            "-m conntrack --ctstate DNAT --jump cali-to-host-endpoint".to_owned(),
            said(BY_HOST_POLICY, &marks.accepted("RETURN")),
        ];
        vec![
            empty("cali-from-host-endpoint"),
            empty("cali-to-host-endpoint"),
            Chain::new("cali-PREROUTING", pre),
            Chain::new("cali-POSTROUTING", post),
            Chain::of_kernel("PREROUTING", head, [jump("cali-PREROUTING")]),
            Chain::of_kernel("POSTROUTING", head, [jump("cali-POSTROUTING")]),
        ]
    }

    /// What leaves the pools, and what goes into a tunnel from another address of the node, is masqueraded: behind kube-proxy, whose mark
    /// the packet around it would have too.
    fn nat(&self, head: At) -> Vec<Chain> {
        let mut post = vec![jump("cali-fip-snat"), jump("cali-nat-outgoing")];
        let tunnels = [(self.ipip, ways::IPIP), (self.vxlan, ways::VXLAN)];
        post.extend(tunnels.iter().filter(|(on, _)| *on).map(|(_, device)| {
            format!(
                "--out-interface {device} -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL \
                 --jump MASQUERADE --random-fully"
            )
        }));
        vec![
            empty("cali-fip-dnat"),
            empty("cali-fip-snat"),
            Chain::new("cali-nat-outgoing", self.outgoing()),
            Chain::new("cali-PREROUTING", [jump("cali-fip-dnat")]),
            Chain::new("cali-POSTROUTING", post),
            Chain::new("cali-OUTPUT", [jump("cali-fip-dnat")]),
            Chain::of_kernel("PREROUTING", head, [jump("cali-PREROUTING")]),
            Chain::of_kernel("POSTROUTING", At::Tail, [jump("cali-POSTROUTING")]),
            Chain::of_kernel("OUTPUT", head, [jump("cali-OUTPUT")]),
        ]
    }

    fn outgoing(&self) -> Vec<String> {
        if !self.config.pools.iter().any(|pool| pool.nat_outgoing) {
            return Vec::new();
        }
        let felix = &self.config.felix;
        let ports = felix.nat_ports.map(|(first, last)| format!("{first}-{last}"));
        let action = |ports: Option<&String>| match (felix.nat_address, ports) {
            (Some(ip), Some(ports)) => format!("--jump SNAT --to-source {ip}:{ports} --random-fully"),
            (Some(ip), None) => format!("--jump SNAT --to-source {ip} --random-fully"),
            (None, Some(ports)) => format!("--jump MASQUERADE --to-ports {ports} --random-fully"),
            (None, None) => "--jump MASQUERADE --random-fully".to_owned(),
        };
        let pools = "-m set --match-set cali40masq-ipam-pools src -m set ! --match-set cali40all-ipam-pools dst";
        let mut rules = Vec::new();
        if let Some(ports) = &ports {
            for protocol in ["tcp", "udp"] {
                rules.push(format!("{pools} -p {protocol} {}", action(Some(ports))));
                rules.push(format!("{pools} -p {protocol} --jump RETURN"));
            }
        }
        rules.push(format!("{pools} {}", action(None)));
        rules
    }

    fn filter(&self, head: At, pods: &[Asked<'_>], policies: Vec<Chain>) -> Vec<Chain> {
        let marks = self.marks;
        let allow = if self.config.felix.filter_returns { "RETURN" } else { "ACCEPT" };
        let forward = [
            clear(marks.all() & !marks.accept),
            format!("-m mark --mark 0/{:#x} --jump cali-from-hep-forward", marks.accept),
            "--in-interface cali+ --jump cali-from-wl-dispatch".to_owned(),
            "--out-interface cali+ --jump cali-to-wl-dispatch".to_owned(),
            jump("cali-to-hep-forward"),
            jump("cali-cidr-block"),
        ];
        let last = [said("Policy explicitly accepted packet.", &marks.accepted(allow)), set(marks.accept)];
        let action = match self.config.felix.to_host {
            ToHost::Accept => "ACCEPT",
            ToHost::Return => "RETURN",
            ToHost::Drop => "DROP",
        };
        let to_host = [jump("cali-from-wl-dispatch"), said("Configured DefaultEndpointToHostAction", &jump(action))];
        let mut chains: Vec<Chain> = [
            "cali-from-hep-forward",
            "cali-to-hep-forward",
            "cali-cidr-block",
            "cali-from-host-endpoint",
            "cali-to-host-endpoint",
        ]
        .map(empty)
        .into();
        chains.extend(policies);
        chains.extend(profiles(marks, pods));
        chains.extend(pods.iter().flat_map(|asked| self.of_pod(asked, allow)));
        let devices: BTreeSet<String> = pods.iter().map(|asked| device_of(asked.pod)).collect();
        chains.extend(dispatch("cali-from-wl-dispatch", "--in-interface", "cali-fw-", &devices));
        chains.extend(dispatch("cali-to-wl-dispatch", "--out-interface", "cali-tw-", &devices));
        chains.extend([
            Chain::new("cali-wl-to-host", to_host),
            Chain::new("cali-FORWARD", forward),
            Chain::new("cali-INPUT", self.input(allow)),
            Chain::new("cali-OUTPUT", self.output(allow)),
        ]);
        for hook in ["FORWARD", "INPUT", "OUTPUT"] {
            chains.push(Chain::of_kernel(hook, head, [jump(&format!("cali-{hook}"))]));
        }
        chains.push(Chain::of_kernel("FORWARD", At::Tail, last));
        chains
    }

    /// Tunnelled packets come from nodes; the rest is of Pods, or of host endpoints.
    fn input(&self, allow: &str) -> Vec<String> {
        let marks = self.marks;
        let mut rules = Vec::new();
        if self.ipip {
            let nodes = "-p 4 -m set --match-set cali40all-hosts-net src -m addrtype --dst-type LOCAL";
            rules.push(said("Allow IPIP packets from Calico hosts", &format!("{nodes} --jump {allow}")));
            rules.push(said("Drop IPIP packets from non-Calico hosts", "-p 4 --jump DROP"));
        }
        if self.vxlan {
            let port = format!("-p 17 -m multiport --destination-ports {}", self.config.felix.vxlan_port);
            let nodes = format!("{port} -m set --match-set cali40all-vxlan-net src -m addrtype --dst-type LOCAL");
            rules.push(said("Allow IPv4 VXLAN packets from allowed hosts", &format!("{nodes} --jump {allow}")));
            let others = format!("{port} -m addrtype --dst-type LOCAL --jump DROP");
            rules.push(said("Drop IPv4 VXLAN packets from non-allowed hosts", &others));
        }
        rules.extend([
            "--in-interface cali+ --goto cali-wl-to-host".to_owned(),
            marks.accepted(allow),
            clear(marks.all()),
            jump("cali-from-host-endpoint"),
            said(BY_HOST_POLICY, &marks.accepted(allow)),
        ]);
        rules
    }

    fn output(&self, allow: &str) -> Vec<String> {
        let marks = self.marks;
        // What goes from the node to a Pod of its own is nobody's business.
        let mut rules = vec![marks.accepted(allow), "--out-interface cali+ --jump RETURN".to_owned()];
        if self.ipip {
            let nodes = "-p 4 -m set --match-set cali40all-hosts-net dst -m addrtype --src-type LOCAL";
            rules.push(said("Allow IPIP packets to other Calico hosts", &format!("{nodes} --jump {allow}")));
        }
        if self.vxlan {
            let port = format!("-p 17 -m multiport --destination-ports {}", self.config.felix.vxlan_port);
            let nodes = format!("{port} -m addrtype --src-type LOCAL -m set --match-set cali40all-vxlan-net dst");
            rules.push(said("Allow IPv4 VXLAN packets to other allowed hosts", &format!("{nodes} --jump {allow}")));
        }
        rules.extend([
            clear(marks.all()),
            "-m conntrack ! --ctstate DNAT --jump cali-to-host-endpoint".to_owned(),
            said(BY_HOST_POLICY, &marks.accepted(allow)),
        ]);
        rules
    }

    /// The chains of a Pod's device, to it and from it.
    fn of_pod(&self, asked: &Asked<'_>, allow: &str) -> [Chain; 2] {
        let (marks, pod) = (self.marks, asked.pod);
        let device = device_of(pod);
        let chain = |way: &str, profile: &str, wrapped: bool, policies: &[Because]| {
            let mut rules = Vec::new();
            if allow != "ACCEPT" {
                rules.push(format!("{REPLIES} {}", set(marks.accept)));
            }
            rules.push(format!("{REPLIES} --jump {allow}"));
            rules.push("-m conntrack --ctstate INVALID --jump DROP".to_owned());
            rules.push(clear(marks.accept | marks.pass));
            if wrapped && !self.config.felix.vxlan_from_pods {
                let port =
                    format!("-p 17 -m multiport --destination-ports {} --jump DROP", self.config.felix.vxlan_port);
                rules.push(said("Drop VXLAN encapped packets originating in workloads", &port));
            }
            if wrapped && !self.config.felix.ipip_from_pods {
                rules.push(said("Drop IPinIP encapped packets originating in workloads", "-p 4 --jump DROP"));
            }
            let mut chain = Chain::new(&format!("{way}{device}"), rules);
            policies.iter().for_each(|(rule, cause)| chain.push(rule.clone(), *cause));
            for id in profiles_of(pod) {
                chain.push(jump(&limited(profile, &id)), None);
                chain.push(said("Return if profile accepted", &marks.accepted("RETURN")), None);
            }
            chain.push(said("Drop if no profiles matched", "--jump DROP"), None);
            chain
        };
        [chain("cali-tw-", "cali-pri-", false, &asked.ingress), chain("cali-fw-", "cali-pro-", true, &asked.egress)]
    }
}

fn empty(name: &str) -> Chain {
    Chain::new::<String>(name, [])
}

/// What a comment may hold (`escapeComment`).
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c) { c } else { '_' }).collect()
}

/// Profiles of a Pod: its namespace's and its service account's.
fn profiles_of(pod: &Pod) -> [String; 2] {
    let namespace = printable(&pod.name.namespace);
    [format!("kns.{namespace}"), format!("ksa.{namespace}.default")]
}

/// The profiles' chains: a namespace's lets everything pass, a service account's says nothing.
fn profiles(marks: &Marks, pods: &[Asked<'_>]) -> Vec<Chain> {
    let ids: BTreeSet<String> = pods.iter().flat_map(|asked| profiles_of(asked.pod)).collect();
    let of = |id: &String| {
        [("cali-pri-", "ingress"), ("cali-pro-", "egress")].map(|(prefix, way)| {
            let comment = format!("Profile {id} {way}");
            let rules = match id.starts_with("kns.") {
                true => vec![said(&comment, &set(marks.accept)), marks.accepted("RETURN")],
                false => vec![format!("-m comment --comment \"{comment}\"")],
            };
            Chain::new(&limited(prefix, id), rules)
        })
    };
    ids.iter().flat_map(of).collect()
}

/// From a device's name to its chain, by the first character that names differ in where several share it (`buildSingleDispatchChains`).
fn dispatch(name: &str, side: &str, prefix: &str, devices: &BTreeSet<String>) -> Vec<Chain> {
    let unknown = || said("Unknown interface", "--jump DROP");
    let to = |device: &str| format!("{side} {device} --goto {prefix}{device}");
    let common = common_prefix(devices);
    let mut bins: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for device in devices {
        bins.entry(device.get(..common + 1).unwrap_or(device)).or_default().push(device);
    }
    let mut root = Vec::new();
    let mut chains = Vec::new();
    for (start, devices) in bins {
        if let [one] = devices.as_slice() {
            root.push(to(one));
            continue;
        }
        let child = format!("{name}-{}", start.get(common..).unwrap_or_default());
        root.push(format!("{side} {start}+ --goto {child}"));
        chains.push(Chain::new(&child, devices.into_iter().map(to).chain([unknown()])));
    }
    root.push(unknown());
    chains.push(Chain::new(name, root));
    chains
}

/// Length of what all names begin with.
fn common_prefix(names: &BTreeSet<String>) -> usize {
    let (Some(first), Some(last)) = (names.first(), names.last()) else { return 0 };
    first.bytes().zip(last.bytes()).take_while(|(a, b)| a == b).count()
}

/// Pools, and the addresses of nodes that tunnelled packets may come from.
fn sets(writer: &mut Writer<'_>, on: &On<'_>) {
    let config = config(writer, on);
    let cluster = writer.cluster;
    let cause = because_of_pool(writer, on, "cidr");
    let nodes = writer.component(COMPONENT);
    let whole = cluster.settings.pod_cidr.trunc();
    let pools = |outgoing: bool| {
        let pools = config.pools.iter().filter(move |pool| pool.nat_outgoing || !outgoing);
        pools.map(|pool| pool.cidr.map_or(whole, IpNet::V4)).collect::<Vec<_>>()
    };
    let of = |nodes: &mut dyn Iterator<Item = &Node>| -> Vec<IpNet> {
        nodes.map(|node| node.ip).filter(IpAddr::is_ipv4).map(IpNet::from).collect()
    };
    let mut all = vec![("cali40all-ipam-pools", pools(false), cause), ("cali40masq-ipam-pools", pools(true), cause)];
    if config.has_ipip() {
        all.push(("cali40all-hosts-net", of(&mut cluster.nodes.iter()), nodes));
    }
    if config.has_vxlan() {
        let others = |index: usize| NodeId(index as u32) != on.node;
        let mut others = cluster.nodes.iter().enumerate().filter(|(at, _)| others(*at)).map(|(_, node)| node);
        all.push(("cali40all-vxlan-net", of(&mut others), nodes));
    }
    for (name, nets, cause) in all {
        let once: BTreeSet<IpNet> = nets.into_iter().filter(|net| net.addr().is_ipv4()).collect();
        let element = |net: IpNet| SetElement { key: SetKey::Net(net), no_match: false, rest: Arc::from("") };
        let set = IpSet {
            kind: SetType::Net,
            netmask: None,
            header: Arc::from("family inet hashsize 1024 maxelem 1048576"),
            elements: once.into_iter().map(element).collect(),
            cause,
        };
        writer.builder.netns(on.at.netns).sets.insert(Arc::from(name), set);
    }
}

#[cfg(test)]
mod tests;
