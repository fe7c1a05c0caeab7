//! One Pod: where it is, what its namespace holds, what listens in it and how that is known, and what selects it.

use super::Chrome;
use super::trace::resolv_conf;
use crate::atlas::{Atlas, Item, Level, Links, trouble_words};
use crate::url;
use crate::words::Say;
use kubernetes::cluster::listener::{Bind, Listener};
use kubernetes::cluster::model::{AbsentPod, Pod, PodId};
use kubernetes::cluster::state::{ContainerState, Obstacle};
use sim_core::print::{What, state};
use sim_core::trace::Source;

/// Lines of a text shown here; its own page has all.
const LINES: usize = 24;
/// Listeners, Services and policies listed.
const LISTED: usize = 30;

/// A line of the table: what it is called, what it says, where that leads.
pub(crate) struct Fact {
    pub(crate) name: String,
    pub(crate) says: Vec<(String, Option<String>)>,
}

/// Text as a tool prints it.
pub(crate) struct Printed {
    pub(crate) heading: &'static str,
    pub(crate) text: String,
    pub(crate) href: Option<String>,
}

/// A socket: where, whose, and what tells of it with its place.
pub(crate) struct Socket {
    pub(crate) at: String,
    pub(crate) container: String,
    pub(crate) evidence: Vec<(String, Option<(String, String)>)>,
}

/// What there is to know of a Pod.
pub(crate) struct PodView {
    pub(crate) trouble: Option<String>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) printed: Vec<Printed>,
    /// `None` where it has no network.
    pub(crate) sockets: Option<Vec<Socket>>,
    pub(crate) selected: Option<(Fact, Fact)>,
}

fn plain(text: impl ToString) -> Vec<(String, Option<String>)> {
    vec![(text.to_string(), None)]
}

/// What keeps a Pod from being ready, in words and the input's own.
fn obstacle(c: &Chrome, obstacle: &Obstacle) -> String {
    let mut text = c.t(&format!("atlas-obstacle-{}", obstacle.kind.word()));
    if let Some(container) = &obstacle.container {
        text.push_str(&format!(" · {container}"));
    }
    if !obstacle.reason.is_empty() {
        text.push_str(&format!(" · {}", obstacle.reason));
    }
    text
}

/// A Pod with a network.
pub(crate) fn view(c: &Chrome, say: &Say<'_>, atlas: &Atlas<'_>, links: Links<'_>, id: PodId) -> PodView {
    let (model, cluster) = (say.model, &say.model.cluster);
    let Some(pod) = cluster.pods.get(id.0 as usize) else {
        return PodView { trouble: None, facts: Vec::new(), printed: Vec::new(), sockets: None, selected: None };
    };
    let node = cluster.nodes.get(pod.node.0 as usize).map_or("", |node| &*node.name);
    let netns = if pod.host_network { model.site.nodes.get(&pod.node) } else { model.site.pods.get(&id) }.copied();
    let netns_name = netns.and_then(|netns| model.site.network.name(netns)).map(ToString::to_string);
    let fact = |id: &str, says: Vec<(String, Option<String>)>| Fact { name: c.t(id), says };
    let node_href = links.asked.at(Level::Node(node.to_owned())).href(links.id);
    let mut facts = vec![
        fact("atlas-pod-address", plain(pod.ip)),
        fact("atlas-pod-node", vec![(node.to_owned(), Some(node_href))]),
    ];
    if let Some(name) = &netns_name {
        facts.push(fact("atlas-pod-netns", vec![(name.clone(), Some(url::state(links.id, "", name, "link", None)))]));
    }
    let of = atlas.of_pod.get(id.0 as usize).and_then(|of| Some((*of, atlas.workloads.get(*of as usize)?)));
    if let Some((at, one)) = of.filter(|(_, one)| &*one.kind != "Pod") {
        let href = links.item(atlas, Item::Workload(at));
        facts.push(fact("atlas-pod-of", vec![(format!("{} {}", one.kind, one.name), href)]));
    }
    let ready = match (&pod.state.obstacle, pod.ready) {
        (_, true) => c.t("atlas-pod-is-ready"),
        (Some(why), false) => obstacle(c, why),
        (None, false) => c.t("atlas-not-ready"),
    };
    facts.push(fact("atlas-pod-ready", plain(ready)));
    let containers = pod.containers.iter().take(LISTED).map(|one| {
        let state = match &one.state {
            ContainerState::Running => String::new(),
            ContainerState::Waiting { reason, .. } | ContainerState::Terminated { reason, .. } => {
                format!(" · {reason}")
            }
        };
        (format!("{} ({}){state}", one.name, one.image), None)
    });
    facts.push(fact("atlas-pod-containers", containers.collect()));
    let labels: Vec<(String, Option<String>)> =
        pod.labels.iter().take(LISTED).map(|(key, value)| (format!("{key}={value}"), None)).collect();
    if !labels.is_empty() {
        facts.push(fact("atlas-pod-labels", labels));
    }
    PodView {
        trouble: atlas.trouble(Item::Pod(id.0)).map(|one| trouble_words(c.lang, one)),
        facts,
        printed: printed(say, links, id, netns_name.as_deref()),
        sockets: Some(pod.sockets().take(LISTED).map(|one| socket(c, say, links, one)).collect()),
        selected: Some(selected(c, say, atlas, links, (id, pod))),
    }
}

/// Routes and the resolver's file.
fn printed(say: &Say<'_>, links: Links<'_>, id: PodId, netns: Option<&str>) -> Vec<Printed> {
    let model = say.model;
    let mut all = Vec::new();
    let at = netns.and_then(|name| model.site.network.find(name));
    if let (Some(at), Some(name)) = (at, netns) {
        let text = state(model, at, What::Route);
        let text: Vec<&str> = text.lines().take(LINES).collect();
        let href = Some(url::state(links.id, "", name, "route", None));
        all.push(Printed { heading: "ip route", text: text.join("\n"), href });
    }
    let text = resolv_conf(model, &Source::Pod(id));
    all.push(Printed { heading: "/etc/resolv.conf", text: text.trim_end().to_owned(), href: None });
    all
}

fn socket(c: &Chrome, say: &Say<'_>, links: Links<'_>, one: &Listener) -> Socket {
    let bound = match one.bind {
        Bind::Any => c.t("atlas-bind-any"),
        Bind::Loopback => c.t("atlas-bind-loopback"),
        Bind::Pod => c.t("atlas-bind-pod"),
        Bind::Address(ip) => ip.to_string(),
    };
    let all = one.bound_by.iter().chain(&one.evidence).take(4);
    let evidence = all.map(|evidence| {
        let place = evidence.location.as_ref().map(|at| (at.to_string(), url::source(links.id, at)));
        let weak =
            if evidence.kind.is_weak() { format!(" · {}", say.t("atlas-evidence-weak")) } else { String::new() };
        (format!("{}: {}{weak}", evidence.kind.word(), evidence.text), place)
    });
    Socket {
        at: format!("{} {} · {bound}", one.protocol, one.port),
        container: one.container.to_string(),
        evidence: evidence.collect(),
    }
}

/// Services that lead to a Pod, and policies that select it.
fn selected(c: &Chrome, say: &Say<'_>, atlas: &Atlas<'_>, links: Links<'_>, (id, pod): (PodId, &Pod)) -> (Fact, Fact) {
    let cluster = &say.model.cluster;
    let services = atlas.services_of(id).into_iter().take(LISTED);
    let mut services: Vec<(String, Option<String>)> =
        services.map(|(at, service)| (service.name.to_string(), links.item(atlas, Item::Service(at)))).collect();
    let policies = (0u32..).zip(&cluster.acting.policies).filter(|(_, policy)| cluster.policy_selects(policy, pod));
    let mut policies: Vec<(String, Option<String>)> = policies
        .take(LISTED)
        .map(|(at, policy)| (policy.object.to_string(), links.item(atlas, Item::Policy(at))))
        .collect();
    for list in [&mut services, &mut policies] {
        if list.is_empty() {
            list.push((c.t("atlas-none"), None));
        }
    }
    (Fact { name: c.t("atlas-pod-services"), says: services }, Fact { name: c.t("atlas-pod-policies"), says: policies })
}

/// A Pod without a network.
pub(crate) fn absent(c: &Chrome, say: &Say<'_>, pod: &AbsentPod) -> PodView {
    let fact = |id: &str, says| Fact { name: c.t(id), says };
    let place = pod.obstacle.at.as_ref();
    let place = place.map(|at| (at.to_string(), say.id.map(|id| url::source(id, at))));
    let containers = pod.containers.iter().take(LISTED).map(|one| (format!("{} ({})", one.name, one.image), None));
    let mut why = plain(obstacle(c, &pod.obstacle));
    why.extend(place);
    PodView {
        trouble: Some(c.t("atlas-absent")),
        facts: vec![fact("atlas-pod-ready", why), fact("atlas-pod-containers", containers.collect())],
        printed: Vec::new(),
        sockets: None,
        selected: None,
    }
}
