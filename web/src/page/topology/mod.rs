//! The map on the page of a scenario: its levels, the search, what was found, and the picture of what is asked for.

mod views;

pub(crate) use views::{Choice, GroupView, List, MachineView, Pages, RingView, Row, Topology};

use super::Chrome;
use super::pod;
use crate::atlas::{
    Asked, Atlas, Found, Groups, Item, Level, Links, Plan, Ring, Shown, draw, find, group_key, groups, plan,
    trouble_words,
};
use crate::scene::svg::{self, Focus, View};
use crate::scene::{Around, Links as SceneLinks, Scene};
use crate::theme::Theme;
use crate::timeline::Acts;
use crate::url;
use crate::words::{Local, Say};
use kubernetes::cluster::model::{DockerId, NodeId, PodId};
use kubernetes::origin::ObjectRef;
use sim_core::model::Model;
use sim_core::site::Kind;
use std::fmt::Write;

/// Results on one page.
const RESULTS: usize = 40;
/// Pods listed of a node on one page.
const PODS: usize = 60;
/// Namespaces and kinds offered by name.
const OFFERED: usize = 40;
/// Nodes and Docker hosts that are drawn side by side with all that is in them.
const MACHINES: usize = 4;
/// Names that are offered for one that there is not.
const NEAR: usize = 5;
/// Letters of a problem told in a list.
const SAID: usize = 160;

/// Where Pods and Services of a picture lead.
struct PictureLinks<'a>(Links<'a>);

impl SceneLinks for PictureLinks<'_> {
    fn pod(&self, namespace: &str, name: &str) -> Option<String> {
        Some(self.0.pod(namespace, name))
    }

    fn service(&self, namespace: &str, name: &str) -> Option<String> {
        Some(self.0.object("Service", Some(namespace), name))
    }
}

/// What an address names and there is not, with names that are near to it; `None` where there is nothing missing.
pub fn missing(c: &Chrome, model: &Model, asked: &Asked) -> Option<String> {
    let cluster = &model.cluster;
    let (given, names): (String, Vec<String>) = match asked.level.as_ref()? {
        Level::Cluster | Level::Nodes => return None,
        Level::Node(name) if cluster.node_named(name).is_some() => return None,
        Level::Node(name) => (name.clone(), cluster.nodes.iter().map(|node| node.name.to_string()).collect()),
        Level::Host(name) if machine(model, name).is_some() => return None,
        Level::Host(name) => (name.clone(), machines(model).map(|(name, _)| name).collect()),
        Level::Pod(namespace, name) => {
            if cluster.pod_named(namespace, name).is_some() || cluster.absent_named(namespace, name).is_some() {
                return None;
            }
            (format!("{namespace}/{name}"), cluster.pods.iter().map(|pod| pod.name.to_string()).collect())
        }
    };
    let near = near(&given, names);
    let args = [("given", given.into()), ("near", near.join(", ").into()), ("count", near.len().into())];
    Some(c.ta("atlas-missing", &args))
}

/// A number with a comma before every three digits, as both languages write it.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The names that begin most like another.
fn near(given: &str, names: Vec<String>) -> Vec<String> {
    let alike = |name: &String| name.chars().zip(given.chars()).take_while(|(a, b)| a == b).count();
    let last = given.rsplit('/').next().unwrap_or(given);
    let mut ranked: Vec<(usize, String)> = names
        .into_iter()
        .map(|name| (alike(&name) + if name.contains(last) { last.len() + 1 } else { 0 }, name))
        .filter(|(alike, _)| *alike > 0)
        .collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    ranked.into_iter().take(NEAR).map(|(_, name)| name).collect()
}

/// Machines that are no nodes, by the name that the map has for them.
fn machines(model: &Model) -> impl Iterator<Item = (String, Item)> {
    let cluster = &model.cluster;
    let docker = (0u32..).zip(&cluster.docker).map(|(at, one)| (one.name.to_string(), Item::Docker(at)));
    let host = |(at, one): (u32, &kubernetes::cluster::model::Host)| {
        (one.name.as_deref().map_or_else(|| one.ip.to_string(), str::to_owned), Item::Host(at))
    };
    let router = |(at, one): (u32, &kubernetes::cluster::model::Router)| {
        (one.name.as_deref().unwrap_or("gateway").to_owned(), Item::Router(at))
    };
    docker.chain((0u32..).zip(&cluster.hosts).map(host)).chain((0u32..).zip(&cluster.routers).map(router))
}

fn machine(model: &Model, name: &str) -> Option<Item> {
    machines(model).find(|(own, _)| own == name).map(|(_, item)| item)
}

/// What the map of a scenario starts with: the cluster, or the machines where there is none.
fn usual(model: &Model) -> Level {
    if model.cluster.nodes.is_empty() { Level::Nodes } else { Level::Cluster }
}

/// What has to be shown.
struct Work<'a> {
    c: &'a Chrome,
    say: Say<'a>,
    id: &'a str,
    atlas: &'a Atlas<'a>,
    asked: &'a Asked,
    links: Links<'a>,
}

/// The map of what an address asks for; everything it names is there ([`missing`]).
///
/// # Errors
/// Those of writing a picture.
pub(crate) fn view(c: &Chrome, id: &str, model: &Model, asked: &Asked) -> Result<Topology, askama::Error> {
    let atlas = Atlas::of(model);
    let level = asked.level.clone().unwrap_or_else(|| usual(model));
    let asked = Asked { level: Some(level.clone()), ..asked.clone() };
    let links = Links { id, asked: &asked };
    let work = Work { c, say: Say { lang: c.lang, model, id: Some(id) }, id, atlas: &atlas, asked: &asked, links };
    let found = find(&atlas, &asked);
    let narrows = asked.narrows();
    let mut topology = Topology {
        heading: work.heading(&level),
        levels: work.levels(&level),
        action: url::action(id, ""),
        hidden: work.hidden(),
        kinds: work.kinds(&found),
        namespaces: atlas.namespaces.iter().take(OFFERED).map(ToString::to_string).collect(),
        clear: narrows.then(|| asked.at(level.clone()).href(id)),
        shown: Vec::new(),
        found: narrows.then(|| work.found(&found)),
        rings: Vec::new(),
        groups: Vec::new(),
        svg: String::new(),
        links: Vec::new(),
        pod: None,
        list: None,
        parts: None,
        policies: false,
        home: !narrows && matches!(level, Level::Cluster | Level::Nodes),
        nothing: false,
        asked: asked.clone(),
    };
    let chosen = narrows.then_some(&found);
    match &level {
        Level::Cluster => work.cluster(&mut topology, &plan(&atlas, &asked, chosen))?,
        Level::Nodes => work.nodes(&mut topology, &groups(&atlas, &asked, chosen), narrows)?,
        Level::Node(name) => work.node(&mut topology, name)?,
        Level::Host(name) => work.host(&mut topology, name)?,
        Level::Pod(namespace, name) => work.pod(&mut topology, namespace, name)?,
    }
    Ok(topology)
}

impl Work<'_> {
    fn heading(&self, level: &Level) -> String {
        match level {
            Level::Cluster => self.c.t("atlas-cluster"),
            Level::Nodes => self.c.t("atlas-nodes"),
            Level::Node(name) => self.c.ta("atlas-node", &[("name", name.as_str().into())]),
            Level::Host(name) => self.c.ta("atlas-host", &[("name", name.as_str().into())]),
            Level::Pod(namespace, name) => self.c.ta("atlas-pod", &[("name", format!("{namespace}/{name}").into())]),
        }
    }

    fn levels(&self, level: &Level) -> Vec<Choice> {
        let cluster = &self.atlas.model.cluster;
        let mut all = Vec::new();
        if !cluster.nodes.is_empty() {
            all.push((Level::Cluster, self.c.t("atlas-level-cluster")));
        }
        all.push((Level::Nodes, self.c.t("atlas-level-nodes")));
        // The way back from a Pod leads over its node.
        let on = match level {
            Level::Pod(namespace, name) => {
                let id = cluster.pod_named(namespace, name);
                let pod = id.and_then(|id| cluster.pods.get(id.0 as usize));
                pod.and_then(|pod| cluster.nodes.get(pod.node.0 as usize))
                    .map(|node| Level::Node(node.name.to_string()))
            }
            _ => None,
        };
        all.extend(on.map(|node| (node.clone(), node.text())));
        if !matches!(level, Level::Cluster | Level::Nodes) {
            all.push((level.clone(), level.text()));
        }
        let choice = |(one, label): (Level, String)| Choice {
            current: one == *level,
            href: self.asked.at(one).href(self.id),
            label,
        };
        all.into_iter().map(choice).collect()
    }

    /// What a search takes along: the world, the level, both ends of the probe.
    fn hidden(&self) -> Vec<(String, String)> {
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let mut all: Vec<(String, String)> = url::world(self.id);
        let view = match &self.asked.level {
            Some(Level::Nodes) => "nodes",
            _ => "cluster",
        };
        let [from, to] = &self.asked.probe;
        all.extend([("view", view), ("from", from), ("to", to)].map(pair));
        all.retain(|(_, value)| !value.is_empty());
        all
    }

    fn kinds(&self, found: &Found) -> Vec<(String, String, bool)> {
        let mut all: Vec<(&String, usize)> = found.kinds.iter().map(|(kind, count)| (kind, *count)).collect();
        all.sort_by_key(|(kind, count)| (std::cmp::Reverse(*count), *kind));
        all.truncate(OFFERED);
        all.sort();
        let own = &self.asked.kind;
        let known = all.iter().any(|(kind, _)| kind.eq_ignore_ascii_case(own));
        let mut choices: Vec<(String, String, bool)> = all
            .into_iter()
            .map(|(kind, count)| (kind.clone(), format!("{kind} ({count})"), kind.eq_ignore_ascii_case(own)))
            .collect();
        if !own.is_empty() && !known {
            choices.push((own.clone(), format!("{own} (0)"), true));
        }
        choices
    }

    fn found(&self, found: &Found) -> List {
        let pages = self.pages(found.items.len(), RESULTS);
        let first = (pages.1 - 1) * RESULTS;
        let rows = found.items.iter().skip(first).take(RESULTS).filter_map(|item| self.row(*item));
        let rows: Vec<Row> = rows.collect();
        let args = [("shown", rows.len().into()), ("found", found.items.len().into()), ("total", found.total.into())];
        List { heading: self.c.ta("atlas-found", &args), rows, pages: pages.0 }
    }

    /// The ways to other pages of a list, and which one this is.
    fn pages(&self, count: usize, each: usize) -> (Pages, usize) {
        let last = count.div_ceil(each).max(1);
        let page = self.asked.page.clamp(1, last);
        let to = |page: usize| Asked { page, ..self.asked.clone() }.href(self.id);
        let args = [("page", page.into()), ("of", last.into())];
        let pages = Pages {
            before: (page > 1).then(|| to(page - 1)),
            after: (page < last).then(|| to(page + 1)),
            range: if last > 1 { self.c.ta("atlas-page", &args) } else { String::new() },
        };
        (pages, page)
    }

    fn parts(&self, parts: usize) -> Option<Pages> {
        let part = self.asked.part.clamp(1, parts.max(1));
        let to = |part: usize| Asked { part, ..self.asked.clone() }.href(self.id);
        let args = [("page", part.into()), ("of", parts.into())];
        (parts > 1).then(|| Pages {
            before: (part > 1).then(|| to(part - 1)),
            after: (part < parts).then(|| to(part + 1)),
            range: self.c.ta("atlas-part", &args),
        })
    }

    fn row(&self, item: Item) -> Option<Row> {
        let cluster = &self.atlas.model.cluster;
        let facts = self.atlas.facts(item)?;
        let mut more = Vec::new();
        let mut note = facts.address.map(|ip| ip.to_string()).unwrap_or_default();
        match item {
            Item::Pod(at) => {
                let pod = cluster.pods.get(at as usize)?;
                if let Some(node) = cluster.nodes.get(pod.node.0 as usize) {
                    let _ = write!(note, " · {}", node.name);
                }
            }
            Item::Workload(at) => {
                let one = self.atlas.workloads.get(at as usize)?;
                note = self.c.ta("atlas-pods", &[("count", one.count().into())]);
                let (kind, name, namespace) = (one.kind.clone(), one.name.clone(), Some(one.namespace.clone()));
                let acts = Acts { lang: self.c.lang, id: self.id, model: self.atlas.model, marks: &[] };
                let acts = acts.of_workload(&ObjectRef { kind, namespace, name });
                more.extend(acts.into_iter().map(|act| (act.label, self.asked.href(&act.id))));
            }
            Item::Service(_) => {
                let namespace = facts.namespace.unwrap_or_default();
                more.push((self.c.t("atlas-rules"), url::service(self.id, namespace, &facts.name, None)));
            }
            Item::Container(id) => {
                if let Some(host) = cluster.docker_host(id.host) {
                    let _ = write!(note, " · {}", host.name);
                }
            }
            _ => {}
        }
        if let Some(place) = self.atlas.place(item) {
            more.push((place.to_string(), url::source(self.id, &place)));
        }
        let trouble = self.atlas.trouble(item).map(|trouble| self.said(trouble_words(self.c.lang, trouble)));
        let name = match facts.namespace {
            Some(namespace) => format!("{namespace}/{}", facts.name),
            None => facts.name.to_string(),
        };
        Some(Row { kind: facts.kind.to_owned(), name, href: self.links.item(self.atlas, item), note, trouble, more })
    }

    fn said(&self, text: String) -> String {
        match text.char_indices().nth(SAID) {
            Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
            None => text,
        }
    }

    fn figure(&self, id: &str, of: Shown) -> Option<String> {
        let args = [("shown", grouped(of.shown).into()), ("total", grouped(of.of).into())];
        (of.of > 0).then(|| self.c.ta(id, &args))
    }

    fn cluster(&self, topology: &mut Topology, plan: &Plan) -> Result<(), askama::Error> {
        let figures = [
            ("atlas-shown-workloads", plan.workloads),
            ("atlas-shown-pods", plan.pods),
            ("atlas-shown-services", plan.services),
            ("atlas-shown-doors", plan.doors),
            ("atlas-shown-namespaces", plan.namespaces),
        ];
        topology.shown = figures.into_iter().filter_map(|(id, of)| self.figure(id, of)).collect();
        topology.parts = self.parts(plan.parts);
        topology.nothing = plan.rings.is_empty();
        let alone = plan.namespaces.of == 1;
        for ring in &plan.rings {
            topology.policies |= ring.open && !ring.policies.is_empty();
            topology.rings.push(self.ring(ring, alone)?);
        }
        Ok(())
    }

    fn ring(&self, ring: &Ring, alone: bool) -> Result<RingView, askama::Error> {
        let cluster = &self.atlas.model.cluster;
        let mut svg = String::new();
        let lines = draw(&mut svg, self.c.lang, self.atlas, ring, self.links).map_err(|_| askama::Error::Fmt)?;
        let args = [
            ("workloads", ring.workloads.into()),
            ("pods", ring.pods.into()),
            ("services", ring.services.into()),
            ("doors", ring.doors.into()),
            ("policies", ring.policies.len().into()),
            ("all_workloads", grouped(ring.workloads).into()),
            ("all_pods", grouped(ring.pods).into()),
            ("all_services", grouped(ring.services).into()),
        ];
        let name = ring.namespace.to_string();
        let anew = Asked { open: self.asked.open.clone(), ..self.asked.at(Level::Cluster) };
        let in_it = |asked: Asked| Asked { ns: name.clone(), ..asked }.href(self.id);
        let listed = if ring.open { crate::atlas::POLICIES } else { 0 };
        let policies = ring.policies.iter().zip(1..).take(listed).filter_map(|(at, number)| {
            let policy = cluster.acting.policies.get(*at as usize)?;
            let object = &policy.object;
            let href = self.links.object(&object.kind, object.namespace.as_deref(), &object.name);
            let selected = self.atlas.selected(*at);
            let way = match (policy.ingress, policy.egress) {
                (true, true) => "both",
                (false, true) => "egress",
                _ => "ingress",
            };
            let says = self.c.ta("atlas-policy", &[("count", selected.into()), ("way", way.into())]);
            Some((format!("▣{number}"), format!("{} {}", object.kind, object.name), href, says))
        });
        let policies: Vec<_> = policies.collect();
        let more = ring.policies.len().saturating_sub(policies.len());
        let more = (ring.open && more > 0).then(|| {
            let kind = ring.policies.first().and_then(|at| cluster.acting.policies.get(*at as usize));
            let kind = kind.map_or_else(String::new, |policy| policy.object.kind.to_string());
            let asked = Asked { kind, ..self.asked.at(Level::Cluster) };
            (self.c.ta("atlas-more-policies", &[("count", more.into())]), in_it(asked))
        });
        let hidden = ring.total - ring.boxes.len();
        let args_hidden = [("shown", ring.boxes.len().into()), ("total", grouped(ring.total).into())];
        Ok(RingView {
            href: in_it(anew.clone()),
            toggle: (ring.total > 0).then(|| self.links.toggle(&name, !ring.open)),
            open: ring.open,
            counts: self.c.ta("atlas-ring", &args),
            trouble: (ring.troubles > 0).then(|| {
                let problems = Asked { problem: true, ..self.asked.at(Level::Cluster) };
                let args = [("count", ring.troubles.into()), ("all", grouped(ring.troubles).into())];
                (self.c.ta("atlas-troubles", &args), in_it(problems))
            }),
            svg,
            policies,
            policies_more: more,
            hidden: (ring.open && hidden > 0 && !alone)
                .then(|| (self.c.ta("atlas-ring-hidden", &args_hidden), in_it(anew))),
            lines: (lines > 0).then(|| self.c.ta("atlas-lines-hidden", &[("count", lines.into())])),
            name,
        })
    }

    fn nodes(&self, topology: &mut Topology, of: &Groups, narrows: bool) -> Result<(), askama::Error> {
        let cluster = &self.atlas.model.cluster;
        let shown = Shown { shown: of.shown, of: of.total };
        topology.shown.extend(self.figure("atlas-shown-machines", shown));
        topology.parts = self.parts(of.parts);
        topology.nothing = of.groups.is_empty();
        if cluster.nodes.len() + cluster.docker.len() <= MACHINES && !narrows && self.asked.group.is_empty() {
            topology.svg = self.picture(&Scene::build(self.atlas.model, None))?;
        }
        topology.links.extend(self.services());
        for group in &of.groups {
            let args = [
                ("machines", group.total.into()),
                ("pods", group.holds.into()),
                ("all_machines", grouped(group.total).into()),
                ("all_pods", grouped(group.holds).into()),
            ];
            let name = match (group.name.as_str(), group.control_plane) {
                ("", _) => self.c.t("atlas-machines"),
                ("*", false) => self.c.t("atlas-other-nodes"),
                (name, false) => name.to_owned(),
                (name, true) => self.c.ta("atlas-control-plane", &[("name", name.into())]),
            };
            let hidden = group.total - group.machines.len();
            let args_hidden = [("shown", group.machines.len().into()), ("total", grouped(group.total).into())];
            let alone = Asked { group: group_key(group), part: 1, ..self.asked.clone() };
            topology.groups.push(GroupView {
                name,
                counts: self.c.ta(if group.name.is_empty() { "atlas-group-machines" } else { "atlas-group" }, &args),
                machines: group.machines.iter().filter_map(|one| self.machine(one.item, one.holds)).collect(),
                hidden: (hidden > 0 && of.groups.len() > 1)
                    .then(|| (self.c.ta("atlas-group-hidden", &args_hidden), alone.href(self.id))),
            });
        }
        if !self.asked.group.is_empty() {
            let all = Asked { group: String::new(), part: 1, ..self.asked.clone() };
            topology.links.push((self.c.t("atlas-all-groups"), all.href(self.id)));
        }
        Ok(())
    }

    /// All Services as a list that can be searched: a picture of machines has a few of them only.
    fn services(&self) -> Option<(String, String)> {
        let count = self.atlas.model.cluster.services.len();
        let all = Asked { kind: String::from("Service"), ..self.asked.at(Level::Cluster) };
        let args = [("count", count.into()), ("all", grouped(count).into())];
        (count > 0).then(|| (self.c.ta("atlas-all-services", &args), all.href(self.id)))
    }

    fn machine(&self, item: Item, holds: usize) -> Option<MachineView> {
        let cluster = &self.atlas.model.cluster;
        let facts = self.atlas.facts(item)?;
        let name = facts.name.to_string();
        let address = facts.address.map(|ip| ip.to_string()).unwrap_or_default();
        let (assumed, what) = match item {
            Item::Node(at) => {
                (cluster.nodes.get(at as usize)?.origin.assumed, self.c.ta("atlas-pods", &[("count", holds.into())]))
            }
            Item::Docker(at) => {
                let assumed = cluster.docker.get(at as usize)?.origin.assumed;
                (assumed, self.c.ta("atlas-containers", &[("count", holds.into())]))
            }
            Item::Router(at) => (cluster.routers.get(at as usize)?.because.is_none(), self.c.t("atlas-router")),
            Item::Host(at) => {
                let host = cluster.hosts.get(at as usize)?;
                let internet = cluster.segments.get(host.segment.0 as usize).is_some_and(|one| one.internet);
                (false, self.c.t(if internet { "atlas-server" } else { "atlas-machine" }))
            }
            _ => return None,
        };
        let pick = match item {
            Item::Node(_) => format!("node/{name}"),
            _ => format!("host/{name}"),
        };
        let node = matches!(item, Item::Node(_));
        Some(MachineView {
            class: match (node, assumed) {
                (true, false) => "machine node",
                (true, true) => "machine node assumed",
                (false, false) => "machine",
                (false, true) => "machine assumed",
            },
            href: self.links.item(self.atlas, item)?,
            note: if address.is_empty() { what } else { format!("{address} · {what}") },
            trouble: self.atlas.trouble(item).map(|one| self.said(trouble_words(self.c.lang, one))),
            pick,
            name,
        })
    }

    fn picture(&self, scene: &Scene) -> Result<String, askama::Error> {
        let mut svg = String::new();
        let (words, links) = (Local(self.c.lang), PictureLinks(self.links));
        let view = View { step: None, focus: Focus::All, theme: Theme::Auto, words: &words, links: &links };
        svg::write(&mut svg, scene, &view).map_err(|_| askama::Error::Fmt)?;
        Ok(svg)
    }

    fn node(&self, topology: &mut Topology, name: &str) -> Result<(), askama::Error> {
        let model = self.atlas.model;
        let cluster = &model.cluster;
        let Some(id) = cluster.node_named(name) else { return Ok(()) };
        topology.svg = self.picture(&Scene::around(model, Around::Node(id)))?;
        let own = (0u32..).zip(&cluster.pods).filter(|(_, pod)| pod.node == id);
        let own: Vec<Item> = own.map(|(at, _)| Item::Pod(at)).collect();
        topology.shown.extend(self.figure("atlas-shown-nodes", Shown { shown: 1, of: cluster.nodes.len() }));
        topology.links = self.machine_links(&format!("node/{name}"), model.site.nodes.get(&id).copied());
        topology.links.extend(self.place(Item::Node(id.0)));
        topology.links.extend(self.services());
        topology.list = Some(self.list("atlas-pods-of-node", &own, PODS));
        Ok(())
    }

    fn place(&self, item: Item) -> Option<(String, String)> {
        let place = self.atlas.place(item)?;
        Some((place.to_string(), url::source(self.id, &place)))
    }

    fn list(&self, heading: &str, items: &[Item], each: usize) -> List {
        let (pages, page) = self.pages(items.len(), each);
        let rows = items.iter().skip((page - 1) * each).take(each).filter_map(|item| self.row(*item));
        let rows: Vec<Row> = rows.collect();
        let args = [("shown", rows.len().into()), ("total", grouped(items.len()).into())];
        List { heading: self.c.ta(heading, &args), rows, pages }
    }

    /// Probes from and to a machine, and what its own namespace holds.
    fn machine_links(&self, source: &str, netns: Option<kernel::ids::NetnsId>) -> Vec<(String, String)> {
        let mut links = vec![(self.c.t("atlas-from-here"), self.with_end(0, source))];
        links.push((self.c.t("atlas-to-here"), self.with_end(1, source)));
        let name = netns.and_then(|netns| self.atlas.model.site.network.name(netns));
        if let Some(name) = name {
            links.push((self.c.t("atlas-rules-of"), url::rules(self.id, name, "", "", 0)));
            for (id, what) in [("atlas-addresses", "addr"), ("atlas-routes", "route"), ("atlas-listening", "listen")] {
                links.push((self.c.t(id), url::state(self.id, "", name, what, None)));
            }
        }
        links
    }

    /// The same page with one end of the form's probe set.
    fn with_end(&self, end: usize, value: &str) -> String {
        let mut asked = self.asked.clone();
        if let Some(slot) = asked.probe.get_mut(end) {
            *slot = value.to_owned();
        }
        format!("{}#ask-heading", asked.href(self.id))
    }

    fn host(&self, topology: &mut Topology, name: &str) -> Result<(), askama::Error> {
        let model = self.atlas.model;
        let cluster = &model.cluster;
        let Some(item) = machine(model, name) else { return Ok(()) };
        let tree = &model.site.tree;
        let router = |at: u32| {
            let own = sim_core::agents::router::name(cluster.routers.get(at as usize)?);
            tree.machines().find(|(_, one)| one.kind == Kind::Router && *one.name == *own).map(|(_, one)| one.netns)
        };
        let of_ip = |ip| tree.machines().find(|(_, one)| one.kind == Kind::Host(ip)).map(|(_, one)| one.netns);
        let netns = match item {
            Item::Docker(at) => {
                cluster.docker.get(at as usize).and_then(|host| model.site.hosts.get(&host.ip).copied())
            }
            Item::Router(at) => router(at),
            Item::Host(at) => cluster.hosts.get(at as usize).and_then(|host| of_ip(host.ip)),
            _ => None,
        };
        let around = match (item, netns) {
            (Item::Docker(at), _) => Some(Around::Docker(DockerId(at))),
            (_, Some(netns)) => Some(Around::Machine(netns)),
            _ => None,
        };
        if let Some(around) = around {
            topology.svg = self.picture(&Scene::around(model, around))?;
        }
        topology.links = self.machine_links(&format!("host/{name}"), netns);
        if let Item::Docker(at) = item {
            let containers = cluster.docker.get(at as usize).map_or(0, |host| host.containers.len());
            let id = |number| kubernetes::cluster::model::ContainerId { host: DockerId(at), at: number };
            let own: Vec<Item> = (0..containers as u32).map(|number| Item::Container(id(number))).collect();
            topology.list = Some(self.list("atlas-containers-of-host", &own, PODS));
        }
        let machines = cluster.docker.len() + cluster.hosts.len() + cluster.routers.len() + cluster.nodes.len();
        topology.shown.extend(self.figure("atlas-shown-machines", Shown { shown: 1, of: machines }));
        Ok(())
    }

    fn pod(&self, topology: &mut Topology, namespace: &str, name: &str) -> Result<(), askama::Error> {
        let model = self.atlas.model;
        let cluster = &model.cluster;
        let of = cluster.pods.len() + cluster.absent.len();
        topology.shown.extend(self.figure("atlas-shown-pods", Shown { shown: 1, of }));
        let Some(id) = cluster.pod_named(namespace, name) else {
            let Some(pod) = cluster.absent_named(namespace, name) else { return Ok(()) };
            topology.pod = Some(pod::absent(self.c, &self.say, pod));
            let at = cluster.absent.iter().position(|own| own.name == pod.name).unwrap_or_default() as u32;
            topology.links.extend(self.place(Item::Absent(at)));
            return Ok(());
        };
        topology.svg = self.picture(&Scene::around(model, Around::Pod(id)))?;
        topology.pod = Some(pod::view(self.c, &self.say, self.atlas, self.links, id));
        topology.links = self.pod_links(id);
        topology.links.extend(self.place(Item::Pod(id.0)));
        Ok(())
    }

    fn pod_links(&self, id: PodId) -> Vec<(String, String)> {
        let model = self.atlas.model;
        let Some(pod) = model.cluster.pods.get(id.0 as usize) else { return Vec::new() };
        let source = format!("pod/{}", pod.name);
        let mut links = vec![(self.c.t("atlas-from-here"), self.with_end(0, &source))];
        let to = match crate::ask::port_of(pod) {
            Some((port, _)) => format!("{source}:{port}"),
            None => source.clone(),
        };
        links.push((self.c.t("atlas-to-here"), self.with_end(1, &to)));
        let own = if pod.host_network { None } else { model.site.pods.get(&id) };
        let netns = own.copied().or_else(|| model.site.nodes.get(&NodeId(pod.node.0)).copied());
        if let Some(name) = netns.and_then(|netns| model.site.network.name(netns)) {
            for (id, what) in
                [("atlas-addresses", "addr"), ("atlas-neighbours", "neigh"), ("atlas-listening", "listen")]
            {
                links.push((self.c.t(id), url::state(self.id, "", name, what, None)));
            }
            if !pod.host_network {
                links.push((self.c.t("atlas-env"), url::state(self.id, "", name, "env", None)));
            }
        }
        links
    }
}
