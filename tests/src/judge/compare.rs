//! The first difference between two records, both sides by each other.

use super::{Record, frames};
use kernel::config::Network;
use sim_core::print;
use std::fmt;

/// Where kernel and simulation part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs: `packets`, `rules`, `conntrack`, `client`, `server` or `heard`.
    pub area: &'static str,
    /// Index of the first line that differs.
    pub at: usize,
    /// The kernel's lines.
    pub kernel: Vec<String>,
    /// The simulation's lines.
    pub simulated: Vec<String>,
}

impl Difference {
    /// Name of the namespace of the first difference.
    pub fn netns(&self) -> Option<&str> {
        let line = self.kernel.get(self.at).or_else(|| self.simulated.get(self.at))?;
        line.split(' ').next()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} differ at {} (kernel < > simulation)", self.area, self.at + 1)?;
        let lines = self.kernel.len().max(self.simulated.len());
        let none = "(nothing)".to_owned();
        for at in 0..lines {
            let (kernel, simulated) = (self.kernel.get(at), self.simulated.get(at));
            if kernel == simulated {
                writeln!(f, "      {}", kernel.unwrap_or(&none))?;
            } else {
                let mark = if at == self.at { "=>" } else { "  " };
                writeln!(f, "{mark} <  {}\n   >  {}", kernel.unwrap_or(&none), simulated.unwrap_or(&none))?;
            }
        }
        Ok(())
    }
}

/// The first difference, by importance of the area.
pub fn difference(kernel: &Record, simulated: &Record) -> Option<Difference> {
    let one = |text: &String| vec![text.clone()];
    // What was flooded to other ports is there too, at some time.
    let mut kernel = kernel.clone();
    for copy in &simulated.copies {
        match kernel.packets.iter().position(|line| line == copy) {
            Some(at) => drop(kernel.packets.remove(at)),
            None => {
                return Some(Difference {
                    area: "packets",
                    at: kernel.packets.len(),
                    kernel: kernel.packets.clone(),
                    simulated: [kernel.packets.clone(), vec![copy.clone()]].concat(),
                });
            }
        }
    }
    // Pieces overtake each other: the first may be at the end of its way before the second is sent. Each device's order stays.
    let pieces = |packets: &[String]| packets.iter().any(|line| line.contains(" fragment "));
    let cut = pieces(&kernel.packets) || pieces(&simulated.packets);
    // Of those that go into one tunnel time and again each is in the last before the next one is in the first.
    let nested = |packets: &[String]| packets.iter().any(|line| line.matches(" vxlan ").count() > 1);
    // Of later pieces only place and protocol are known: those of a copy are not told from those of the packet itself.
    let known = !cut || simulated.copies.is_empty() && !nested(&kernel.packets) && !nested(&simulated.packets);
    let in_turn = known && !simulated.together;
    let packets = |record: &Record| {
        let mut packets = record.packets.clone();
        if !in_turn {
            packets.sort();
        } else if cut {
            packets.sort_by_key(|line| line.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" "));
        }
        packets
    };
    let wrapped = kernel.rules.iter().chain(&simulated.rules).any(|line| frames::is_to_tunnel(line));
    let rules = |record: &Record| match cut || simulated.together {
        true => by_chain(&record.rules, wrapped || simulated.together),
        false => record.rules.clone(),
    };
    let areas = [
        ("packets", packets(&kernel), packets(simulated)),
        ("rules", rules(&kernel), rules(simulated)),
        ("client", one(&kernel.client), one(&simulated.client)),
        ("server", one(&kernel.server), one(&simulated.server)),
        ("heard", kernel.heard.clone(), simulated.heard.clone()),
        ("conntrack", kernel.conntrack.clone(), simulated.conntrack.clone()),
    ];
    for (area, kernel, simulated) in areas {
        if kernel == simulated {
            continue;
        }
        let at = (0..).find(|at| kernel.get(*at) != simulated.get(*at)).unwrap_or_default();
        return Some(Difference { area, at, kernel, simulated });
    }
    None
}

/// Lines by base chain, in the order in which packets came to each: a piece may be further on its way before the next one comes. Where pieces are
/// `wrapped`, it may be out of its tunnel and in the same chain again by then: there each packet's lines are by themselves.
fn by_chain(rules: &[String], wrapped: bool) -> Vec<String> {
    let mut runs: Vec<(String, Vec<String>)> = Vec::new();
    for line in rules {
        match (line.split_once(" packet "), runs.last_mut()) {
            (None, Some((_, run))) => run.push(line.clone()),
            (opened, _) => {
                runs.push((opened.map(|(chain, _)| chain.to_owned()).unwrap_or_default(), vec![line.clone()]))
            }
        }
    }
    let packet = |run: &[String]| run.first().filter(|_| wrapped).cloned();
    runs.sort_by(|(one, run), (other, next)| one.cmp(other).then_with(|| packet(run).cmp(&packet(next))));
    runs.into_iter().flat_map(|(_, run)| run).collect()
}

/// What the node of the first difference holds.
pub fn state(network: &Network, difference: &Difference) -> String {
    let Some(id) = difference.netns().and_then(|name| network.find(name)) else { return String::new() };
    let netns = network.netns(id);
    let mut out = format!("--- {}\n", netns.name);
    let _ = print::ip::write_addr(&mut out, network, id);
    let _ = print::ip::write_routes(&mut out, netns);
    let _ = print::ip::write_sysctls(&mut out, netns);
    let _ = print::iptables::write_save(&mut out, &netns.xtables, &|_| true);
    out
}
