//! Rules of a Docker host's administrator that published ports never meet, or not as they are written.
//!
//! A published port is translated in `nat PREROUTING` and then forwarded: `INPUT` sees nothing of it, and `DOCKER-USER`, which `FORWARD` goes to
//! first, sees the container's port.

use crate::cluster::context::Context;
use crate::cluster::model::DockerHost;
use crate::cluster::model::docker::{FirewallBackend, GatewayMode};
use crate::diagnostic::codes;

/// Findings of one host at most.
const MOST: usize = 20;

/// Looks at the rules of a host.
pub(super) fn check(context: &mut Context<'_>, host: &DockerHost) {
    if !host.daemon.iptables {
        return;
    }
    let object = host.said.rules.iter().map(|rules| rules.because.object.clone());
    let mut found = Vec::new();
    for (rules, object) in host.said.rules.iter().zip(object) {
        for line in &rules.lines {
            let Some(rule) = Rule::read(&line.text) else { continue };
            for container in &host.containers {
                let translated = container.attachments().iter().any(|one| {
                    let mode = host.networks.get(one.network as usize).map(|network| network.gateway_mode);
                    one.default_route && matches!(mode, Some(GatewayMode::Nat | GatewayMode::NatUnprotected))
                });
                for port in container.ports.iter().filter(|_| translated) {
                    let hit = rule.hits(port.host_port.0, &port.protocol.to_string());
                    let code = match rule.chain {
                        "INPUT" if hit && rule.stops => codes::DOCKER_INPUT_RULE,
                        // The back-end of nftables has no such chain.
                        "DOCKER-USER" if host.daemon.backend == FirewallBackend::Nftables => continue,
                        "DOCKER-USER" if hit && port.host_port != port.container_port && rule.by_port() => {
                            codes::DOCKER_USER_PORT
                        }
                        _ => continue,
                    };
                    if found.len() < MOST {
                        let made = code.at(line.span).arg("rule", line.text.trim());
                        let made = made.arg("port", port.host_port.to_string()).arg("service", &*container.service);
                        let made = made.arg("inner", port.container_port.to_string());
                        found.push(match &object {
                            Some(object) => made.about(object.clone()),
                            None => made,
                        });
                    }
                }
            }
        }
    }
    found.into_iter().for_each(|one| context.note(one));
}

/// What a line says of ports; no more than that is read here.
struct Rule<'l> {
    chain: &'l str,
    /// `--dport` or `--dports`.
    ports: Option<&'l str>,
    /// `-p`.
    protocol: Option<&'l str>,
    /// It drops or rejects.
    stops: bool,
    /// The port that was asked for first, by conntrack's memory of it.
    original: bool,
}

impl<'l> Rule<'l> {
    /// A rule that is added; one that is for something else than ports only is none.
    fn read(line: &'l str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |options: &[&str]| {
            let at = words.iter().position(|word| options.contains(word))?;
            // What is turned around says nothing of this port.
            let turned = at.checked_sub(1).and_then(|before| words.get(before)).is_some_and(|word| *word == "!");
            words.get(at + 1).copied().filter(|_| !turned)
        };
        let chain = after(&["-A", "-I", "--append", "--insert"])?;
        let target = after(&["-j", "--jump"]).unwrap_or_default();
        Some(Self {
            chain,
            ports: after(&["--dport", "--dports", "--destination-port", "--destination-ports"]),
            protocol: after(&["-p", "--protocol"]),
            stops: ["DROP", "REJECT"].contains(&target),
            original: words.iter().any(|word| word.starts_with("--ctorig")),
        })
    }

    fn by_port(&self) -> bool {
        self.ports.is_some() && !self.original
    }

    /// True where the rule is for this port.
    fn hits(&self, port: u16, protocol: &str) -> bool {
        let in_range = |part: &str| match part.split_once(':') {
            Some((first, last)) => {
                first.parse().is_ok_and(|first: u16| first <= port) && last.parse().is_ok_and(|last: u16| port <= last)
            }
            None => part.parse() == Ok(port),
        };
        let fits = self.protocol.is_none_or(|own| own.eq_ignore_ascii_case(protocol) || own == "all");
        fits && self.ports.is_some_and(|ports| ports.split(',').any(in_range))
    }
}

#[cfg(test)]
mod tests {
    use super::Rule;

    #[test]
    fn a_rule_is_for_the_ports_it_names() {
        let hits = |line, port, protocol| Rule::read(line).is_some_and(|rule| rule.hits(port, protocol));
        assert!(hits("-A INPUT -p tcp --dport 8080 -j DROP", 8080, "tcp"));
        assert!(hits("-A INPUT -p tcp -m multiport --dports 22,8000:8090 -j DROP", 8080, "tcp"));
        assert!(!hits("-A INPUT -p udp --dport 8080 -j DROP", 8080, "tcp"));
        assert!(!hits("-A INPUT -p tcp ! --dport 8080 -j DROP", 8080, "tcp"));
        assert!(!hits("-P INPUT DROP", 8080, "tcp"));
        assert!(!hits("*filter", 8080, "tcp"));
    }
}
