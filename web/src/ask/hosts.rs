//! Machines of a Scenario that are neither nodes nor Docker hosts, as ends of a probe.

use kubernetes::cluster::model::HostSocket;
use sim_core::model::Model;
use std::net::IpAddr;

/// Name, address and sockets of each: hosts, servers of the Internet, routers.
fn machines(model: &Model) -> impl Iterator<Item = (&str, IpAddr, &[HostSocket])> {
    let cluster = &model.cluster;
    let hosts = cluster.hosts.iter().filter_map(|host| Some((host.name.as_deref()?, host.ip, &*host.sockets)));
    let routers = cluster.routers.iter().filter_map(|router| {
        let (_, ip) = router.on.first()?;
        Some((router.name.as_deref()?, *ip, &*router.sockets))
    });
    hosts.chain(routers)
}

/// Where probes start.
pub(crate) fn sources(model: &Model) -> impl Iterator<Item = (String, String)> + '_ {
    machines(model).map(|(name, ip, _)| (format!("host/{name}"), format!("{name} ({ip})")))
}

/// Where they go: what listens there.
pub(crate) fn targets(model: &Model) -> impl Iterator<Item = (String, String)> + '_ {
    machines(model).flat_map(|(name, ip, sockets)| {
        let tcp = sockets.iter().filter(|socket| socket.protocol == kernel::packet::Protocol::Tcp);
        tcp.map(move |socket| (format!("host/{name}:{}", socket.port), format!("{name} {ip}:{}", socket.port)))
    })
}

#[cfg(test)]
mod tests {
    use kubernetes::manifest::{Limits, SourceText};
    use sim_core::model::{Model, Options};
    use sim_core::trace::{ProbeText, parse_probe};

    #[test]
    fn machines_of_a_scenario_can_be_chosen() {
        let text = include_str!("../../../tests/fixtures/cases/world/office.yaml");
        let source = SourceText::given("office.yaml", text);
        let model = Model::build(&[source], &Limits::default(), &Options::default());
        let (from, to): (Vec<_>, Vec<_>) = (super::sources(&model).collect(), super::targets(&model).collect());
        let names: Vec<&str> = from.iter().map(|(value, _)| &**value).collect();
        assert_eq!(names, ["host/pc", "host/printer", "host/web", "host/example.com", "host/home", "host/inner"]);
        for ((from, _), (to, _)) in from.iter().zip(&to) {
            let text = ProbeText { from: from.clone(), to: to.clone(), ..ProbeText::default() };
            assert!(parse_probe(&model, &text).is_ok(), "{from} {to}");
        }
        assert!(to.iter().any(|(value, label)| value == "host/printer:9100" && label == "printer 192.168.20.9:9100"));
    }
}
