//! The rules that Linkerd's proxy-init writes into a Pod (`pkg/iptables` in linkerd/linkerd2-proxy-init).

use super::command::Commands;
use kubernetes::cluster::model::{LinkerdInit, Listed};

const NAT: &str = "nat";
const IN: &str = "PROXY_INIT_REDIRECT";
const OUT: &str = "PROXY_INIT_OUTPUT";
/// Ports of one multiport match; a range counts as two.
const MULTIPORT: usize = 15;

/// What stands in a Pod.
pub fn commands(init: &LinkerdInit) -> Commands {
    let mut out = Commands::default();
    for ports in multiports(&init.inbound_ignored) {
        out.append(NAT, IN, ignored(&ports));
    }
    for subnet in init.subnets_ignored.iter() {
        out.append(NAT, IN, format!("-p all -j RETURN -s {subnet}{}", comment(&format!("ignore-subnet-{subnet}"))));
    }
    let inbound = init.inbound_port;
    if init.redirected.is_empty() {
        let rule = format!("-p tcp -j REDIRECT --to-port {inbound}");
        out.append(NAT, IN, rule + &comment("redirect-all-incoming-to-proxy-port"));
    }
    for port in init.redirected.iter() {
        let rule = format!("-p tcp --destination-port {port} -j REDIRECT --to-port {inbound}");
        out.append(NAT, IN, rule + &comment(&format!("redirect-port-{port}-to-proxy-port")));
    }
    out.append(NAT, "PREROUTING", format!("-j {IN}{}", comment("install-proxy-init-prerouting")));
    for (option, id, what) in [("--uid-owner", init.proxy_uid, "user"), ("--gid-owner", init.proxy_gid, "group")] {
        if id > 0 {
            let rule = format!("-m owner {option} {id} -j RETURN");
            out.append(NAT, OUT, rule + &comment(&format!("ignore-proxy-{what}-id")));
        }
    }
    out.append(NAT, OUT, format!("-o lo -j RETURN{}", comment("ignore-loopback")));
    for ports in multiports(&init.outbound_ignored) {
        out.append(NAT, OUT, ignored(&ports));
    }
    let rule = format!("-p tcp -j REDIRECT --to-port {}", init.outbound_port);
    out.append(NAT, OUT, rule + &comment("redirect-all-outgoing-to-proxy-port"));
    out.append(NAT, "OUTPUT", format!("-j {OUT}{}", comment("install-proxy-init-output")));
    out
}

fn comment(text: &str) -> String {
    format!(" -m comment --comment proxy-init/{text}")
}

fn ignored(ports: &str) -> String {
    format!("-p tcp --match multiport --dports {ports} -j RETURN{}", comment(&format!("ignore-port-{ports}")))
}

/// Ports and ranges in as few matches as they fit; what is neither is passed over.
fn multiports(list: &Listed) -> Vec<String> {
    let mut all: Vec<(usize, Vec<String>)> = Vec::new();
    for part in list.iter() {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (Ok(first), Ok(last)) = (first.trim().parse::<u16>(), last.trim().parse::<u16>()) else { continue };
        let (weight, text) = if first == last { (1, first.to_string()) } else { (2, format!("{first}:{last}")) };
        match all.last_mut().filter(|(count, _)| count + weight <= MULTIPORT) {
            Some((count, ports)) => {
                *count += weight;
                ports.push(text);
            }
            None => all.push((weight, vec![text])),
        }
    }
    all.into_iter().map(|(_, ports)| ports.join(",")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_injectors_defaults_make_the_rules_that_proxy_init_prints() {
        let commands = commands(&LinkerdInit::default());
        let comment = "-m comment --comment proxy-init";
        assert_eq!(
            commands.rules(NAT, IN),
            [
                format!(
                    "-p tcp --match multiport --dports 4190,4191,4567,4568 -j RETURN {comment}/ignore-port-4190,4191,4567,4568"
                ),
                format!("-p tcp -j REDIRECT --to-port 4143 {comment}/redirect-all-incoming-to-proxy-port"),
            ]
        );
        assert_eq!(
            commands.rules(NAT, OUT),
            [
                format!("-m owner --uid-owner 2102 -j RETURN {comment}/ignore-proxy-user-id"),
                format!("-o lo -j RETURN {comment}/ignore-loopback"),
                format!("-p tcp --match multiport --dports 4567,4568 -j RETURN {comment}/ignore-port-4567,4568"),
                format!("-p tcp -j REDIRECT --to-port 4140 {comment}/redirect-all-outgoing-to-proxy-port"),
            ]
        );
    }

    #[test]
    fn many_ports_take_several_rules_and_a_range_counts_twice() {
        let ports: Vec<String> = (1..=14).map(|port| port.to_string()).collect();
        let listed = Listed::of(&format!("{},25-587,80", ports.join(",")));
        assert_eq!(multiports(&listed), [ports.join(","), "25:587,80".to_owned()]);
    }
}
