//! What a Docker host's containers can be asked, and by whom.

use super::proto;
use kubernetes::cluster::model::docker::{Container, Published};
use kubernetes::cluster::model::{DockerHost, DockerId};
use sim_core::agents::docker::container_name;
use sim_core::agents::outside;
use sim_core::model::Model;
use sim_core::trace::{self, ProbeText};

/// Choices of one kind in a list.
const MOST: usize = 50;

fn hosts(model: &Model) -> impl Iterator<Item = (DockerId, &DockerHost)> {
    (0u32..).map(DockerId).zip(&model.cluster.docker)
}

/// All containers, as probes write them.
fn containers(model: &Model) -> impl Iterator<Item = (&DockerHost, &Container, String)> {
    hosts(model).flat_map(|(id, host)| {
        host.containers.iter().map(move |container| (host, container, container_name((id, host), container)))
    })
}

/// Where probes start: containers with their addresses, then the hosts.
pub(crate) fn sources(model: &Model) -> impl Iterator<Item = (String, String)> + '_ {
    let of = |(host, container, name): (&DockerHost, &Container, String)| {
        let ip = container.attachments().first().map(|one| format!(" ({})", one.ip)).unwrap_or_default();
        (name, format!("{}{ip}", host.shown_name(container)))
    };
    let hosts = hosts(model).map(|(_, host)| (format!("host/{}", host.name), format!("{} ({})", host.name, host.ip)));
    containers(model).map(of).chain(hosts)
}

/// Where they go: what listens in containers, then published ports.
pub(crate) fn targets(model: &Model) -> impl Iterator<Item = (String, String)> + '_ {
    let own = containers(model).flat_map(|(host, container, name)| {
        let sockets = container.listening.sockets.iter();
        sockets.map(move |socket| {
            (format!("{name}:{}", socket.port), format!("{}:{}", host.shown_name(container), socket.port))
        })
    });
    let published = hosts(model).flat_map(|(_, host)| {
        let ports = host.containers.iter().flat_map(|container| &container.ports);
        ports.map(move |port| at_host(host, port)).map(|to| (to.clone(), to))
    });
    own.chain(published)
}

fn at_host(host: &DockerHost, port: &Published) -> String {
    format!("host/{}:{}", host.name, port.host_port)
}

/// Probes worth trying: a published port from outside, a name on one network, an address on another.
pub(super) fn suggested(model: &Model) -> Vec<ProbeText> {
    let mut found: Vec<ProbeText> = Vec::new();
    let add = |found: &mut Vec<ProbeText>, from: &str, to: String, proto: Option<String>| {
        let probe = ProbeText { from: from.to_owned(), to, proto, ..ProbeText::default() };
        if trace::parse_probe(model, &probe).is_ok() && !found.contains(&probe) {
            found.push(probe);
        }
    };
    let published = hosts(model).find_map(|(_, host)| {
        let mut ports = host.containers.iter().flat_map(|container| &container.ports);
        ports.find(|port| !port.host_ip.is_loopback()).map(|port| (host, port))
    });
    if let (Some((host, port)), Some(_)) = (published, outside::default_address(&model.cluster)) {
        add(&mut found, "external", at_host(host, port), proto(port.protocol));
    }
    let all: Vec<(&DockerHost, &Container, String)> = containers(model).take(MOST).collect();
    let on = |one: &Container| one.attachments().iter().map(|at| at.network).collect::<Vec<_>>();
    let pair = |shared: bool| {
        let mut pairs = all.iter().flat_map(|one| all.iter().map(move |other| (one, other)));
        pairs.find(|((near, caller, _), (far, called, _))| {
            let (mine, theirs) = (on(caller), on(called));
            let meets = mine.iter().any(|network| theirs.contains(network));
            let named = !shared || mine.iter().any(|network| *network != 0 && theirs.contains(network));
            std::ptr::eq(*near, *far)
                && !std::ptr::eq(*caller, *called)
                && !mine.is_empty()
                && !theirs.is_empty()
                && meets == shared
                && named
                && !called.listening.sockets.is_empty()
        })
    };
    for shared in [true, false] {
        let Some(((_, _, from), (_, called, to))) = pair(shared) else { continue };
        let Some(socket) = called.listening.sockets.first() else { continue };
        let to = if shared { called.service.to_string() } else { to.clone() };
        add(&mut found, from, format!("{to}:{}", socket.port), proto(socket.protocol));
    }
    // On the default bridge there are no names.
    if found.is_empty()
        && let [(_, _, from), .., (_, called, to)] = all.as_slice()
        && let Some(socket) = called.listening.sockets.first()
    {
        add(&mut found, from, format!("{to}:{}", socket.port), proto(socket.protocol));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::suggested;
    use kubernetes::manifest::{Limits, SourceText};
    use sim_core::model::{Model, Options};

    #[test]
    fn a_compose_file_has_probes_that_show_something() {
        let text = "
services:
  web: {image: nginx, ports: ['8080:80'], networks: [front]}
  api: {image: nginx, networks: [front, back]}
  db: {image: redis, networks: [back]}
networks: {front: {}, back: {}}
";
        let source = SourceText::given("compose.yaml", text);
        let model = Model::build(&[source], &Limits::default(), &Options::default());
        let found: Vec<String> =
            suggested(&model, 5).into_iter().map(|probe| format!("{} {}", probe.from, probe.to)).collect();
        assert_eq!(found, ["external host/docker:8080", "container/web api:80", "container/web container/db:6379"]);
        let (from, to): (Vec<_>, Vec<_>) = (super::sources(&model).collect(), super::targets(&model).collect());
        assert!(from.iter().any(|(value, _)| value == "host/docker"), "{from:?}");
        assert!(to.iter().any(|(value, _)| value == "container/db:6379"), "{to:?}");
    }
}
