//! What `depends_on` does not do: it orders starts, and joins nobody's network.

use super::project::{Files, Project};
use crate::cluster::context::Context;
use crate::cluster::model::DockerHost;
use crate::cluster::model::docker::Container;
use crate::diagnostic::codes;
use std::collections::BTreeMap;

/// Tells of services that depend on others which they share no network with.
pub(super) fn check(context: &mut Context<'_>, files: &Files, host: &DockerHost, project: &Project) {
    // Of the containers of one service all are on the same networks. One in another's or the host's namespace has that one's ways.
    let mut of: BTreeMap<&str, &Container> = BTreeMap::new();
    for container in host.containers.iter().filter(|container| !container.attachments().is_empty()) {
        of.entry(&container.service).or_insert(container);
    }
    for service in &project.services {
        // Of the default bridge more is told elsewhere.
        let elsewhere = |own: &&&Container| own.attachments().iter().any(|one| one.network != 0);
        let Some(own) = of.get(&*service.name).filter(elsewhere) else { continue };
        for (name, entry) in &service.of.depends_on.0 {
            let Some(other) = of.get(&**name) else { continue };
            let theirs = other.attachments();
            let shares = own.attachments().iter().any(|one| theirs.iter().any(|their| their.network == one.network));
            if !shares && context.may(1, 0) {
                let found = codes::DOCKER_DEPENDS_ON.at(context.first_line(entry.span));
                let found = found.about(files.object(service.span)).arg("service", &*service.name);
                context.note(found.arg("other", &**name));
            }
        }
    }
}
