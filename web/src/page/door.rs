//! `/s/{id}/door`: what a part of the picture leads to at a step: the packet's layers, the chains of a hook with this packet's way through
//! them, the routes with those that were not taken, a bridge's table, the connections of a node, who a Pod or node is.

use super::Chrome;
use crate::atlas::{Asked, Level};
use crate::snippet::{self, Lines};
use crate::timeline::Acts;
use crate::url;
use crate::words::{At, Because, EventLine, HeaderWords, Say};
use askama::Template;
use kernel::config::{Hook, LinkKind};
use kernel::ids::{LinkId, LinkRef, NetnsId};
use kernel::state::KernelState;
use kernel::walk::Place;
use sim_core::facts::{Considered, Facts, Visit, What as Told};
use sim_core::model::Model;
use sim_core::print::{self, What};
use sim_core::site::Kind;
use sim_core::timeline::Mark;
use sim_core::trace::{Journey, ProbeText};

/// Rows of one list at most; what is more is said.
const ROWS: usize = 60;

/// What is asked for, as in the address.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// Scenario.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The model.
    pub model: &'a Model,
    /// The probe as the address has it, and what came of it.
    pub probe: &'a ProbeText,
    /// The journey.
    pub journey: &'a Journey,
    /// What it left behind, for the parts that print it: the probe is sent again.
    pub left: &'a dyn Fn() -> KernelState,
    /// Step, from 1.
    pub step: u32,
    /// `packet`, `hook`, `route`, `link`, `rules`, `connections`, `machine` or `service`.
    pub what: &'a str,
    /// Name of a namespace; of the step's where it is empty.
    pub netns: &'a str,
    /// Hook, device, or `NAMESPACE/NAME` of a Service.
    pub of: &'a str,
    /// The moments of the timeline.
    pub marks: &'a [Mark],
    /// A fragment, not a page.
    pub fragment: bool,
}

/// A row of a list.
#[derive(Default)]
struct Row {
    text: String,
    /// What is said of it.
    said: String,
    /// Class: `taken`, `changed` or nothing.
    class: &'static str,
    badge: Option<String>,
    because: Option<Because>,
}

#[derive(Default)]
struct Section {
    heading: String,
    rows: Vec<Row>,
    events: Vec<EventLine>,
    headers: Vec<HeaderWords>,
    links: Vec<(String, String)>,
    text: String,
    more: Option<String>,
}

/// What a door shows.
#[derive(Default)]
struct Door {
    title: String,
    place: String,
    /// Which step it shows, and the address of that.
    at: Option<(String, String)>,
    sections: Vec<Section>,
    because: Option<Because>,
    snippet: Option<Lines>,
}

#[derive(Template)]
#[template(path = "door.html")]
struct Page<'a> {
    c: &'a Chrome,
    door: Door,
    scenario: &'a str,
    scenario_href: String,
    back: String,
}

#[derive(Template)]
#[template(path = "door_inner.html")]
struct Fragment<'a> {
    c: &'a Chrome,
    door: Door,
}

struct Seen<'a> {
    c: &'a Chrome,
    input: &'a Input<'a>,
    say: Say<'a>,
    facts: Facts<'a>,
}

/// The page, or the fragment; `None` where there is no such part.
///
/// # Errors
/// Only what the template engine reports.
pub fn render(c: &Chrome, input: &Input<'_>) -> Result<Option<String>, askama::Error> {
    let say = Say { lang: c.lang, model: input.model, id: Some(input.id) };
    let asked = Seen { c, input, say, facts: Facts::of(input.model, input.journey) };
    let Some(door) = asked.door() else { return Ok(None) };
    if input.fragment {
        return Fragment { c, door }.render().map(Some);
    }
    let page = Page {
        c,
        door,
        scenario: input.name,
        scenario_href: url::scenario(input.id),
        back: url::trace(input.id, "", input.probe, Some(asked.step())),
    };
    page.render().map(Some)
}

impl<'a> Seen<'a> {
    fn step(&self) -> u32 {
        self.facts.steps.clamp(self.input.step)
    }

    fn netns(&self) -> Option<NetnsId> {
        match self.input.netns {
            "" => self.facts.visit(self.step()).map(|visit| visit.namespace.id),
            name => self.input.model.site.network.find(name),
        }
    }

    fn at(&self, step: u32) -> Option<(String, String)> {
        let text = self.c.ta("door-at", &[("step", step.into())]);
        Some((text, url::trace(self.input.id, "", self.input.probe, Some(step))))
    }

    fn door(&self) -> Option<Door> {
        if self.input.what == "service" {
            return self.service();
        }
        let netns = self.netns()?;
        match self.input.what {
            "rules" => Some(self.rules(netns)),
            "packet" => self.packet(),
            "hook" => self.hook(netns),
            "route" => self.routes(netns),
            "link" => self.link(netns),
            "connections" => Some(self.connections(netns)),
            "machine" => Some(self.machine(netns)),
            _ => None,
        }
    }

    fn packet(&self) -> Option<Door> {
        let visit = self.facts.visit(self.step())?;
        let headers = Section { headers: self.say.layers(&visit), ..Section::default() };
        Some(Door {
            title: self.c.t("door-packet"),
            place: self.say.place(&visit),
            at: self.at(self.step()),
            sections: vec![headers],
            ..Door::default()
        })
    }

    fn events(&self, step: u32, visit: &Visit<'a>) -> Section {
        let at = At { probe: self.input.probe, step, copy: String::new() };
        // What decided first, then what was only looked at.
        let mut events = self.say.events(visit, Some(&at));
        events.sort_by_key(|event| event.looked.is_some());
        Section { events, ..Section::default() }
    }

    fn hook(&self, netns: NetnsId) -> Option<Door> {
        let all = [Hook::Prerouting, Hook::Input, Hook::Forward, Hook::Output, Hook::Postrouting];
        let hook = all.into_iter().find(|hook| hook.to_string() == self.input.of)?;
        let is = |visit: &Visit<'a>| {
            visit.namespace.id == netns && matches!(visit.place, Place::Hook { hook: here, .. } if here == hook)
        };
        let found = self.facts.nearest(self.step(), is);
        let name = &*self.input.model.site.network.netns(netns).name;
        let chains = Section {
            heading: self.c.t("door-chains"),
            links: vec![(self.c.t("door-rules"), url::rules(self.input.id, name, "", "", 0))],
            ..Section::default()
        };
        let mut door = Door {
            title: self.c.ta("door-hook", &[("hook", hook.to_string().into())]),
            place: self.say.who(netns),
            ..Door::default()
        };
        match found {
            Some((step, visit)) => {
                door.at = self.at(step);
                door.sections.push(Section { heading: self.c.t("door-way"), ..self.events(step, &visit) });
            }
            None => door.sections.push(Section { text: self.c.t("door-not-passed"), ..Section::default() }),
        }
        door.sections.push(chains);
        Some(door)
    }

    fn routes(&self, netns: NetnsId) -> Option<Door> {
        let wants_local = self.input.of == "out";
        let is = |visit: &Visit<'a>| {
            visit.namespace.id == netns && visit.place == Place::Routing && visit.in_dev.is_none() == wants_local
        };
        let any = |visit: &Visit<'a>| visit.namespace.id == netns && !visit.routes().is_empty();
        let found = self.facts.nearest(self.step(), is).or_else(|| self.facts.nearest(self.step(), any));
        let name = &*self.input.model.site.network.netns(netns).name;
        let state = |what: &str| (what.to_owned(), url::state(self.input.id, "", name, what, Some(self.input.probe)));
        let mut door = Door { title: self.c.t("door-routes"), place: self.say.who(netns), ..Door::default() };
        match found {
            Some((step, visit)) => {
                door.at = self.at(step);
                let all = visit.routes();
                let row = |(route, why): &(sim_core::facts::RouteAt<'a>, Considered)| Row {
                    text: route.text().unwrap_or_default(),
                    said: self.c.t(&format!("door-route-{}", kernel::Coded::code(why))),
                    class: if *why == Considered::Taken { "taken" } else { "" },
                    because: route
                        .config()
                        .filter(|_| *why == Considered::Taken)
                        .and_then(|of| self.say.because(of.cause)),
                    ..Row::default()
                };
                let to = visit.after.packet.ip.dst.to_string();
                let more = all.len().saturating_sub(ROWS);
                door.sections.push(Section {
                    heading: self.c.ta("door-routes-for", &[("address", to.into())]),
                    rows: all.iter().take(ROWS).map(row).collect(),
                    more: (more > 0).then(|| self.c.ta("door-more", &[("count", more.into())])),
                    ..Section::default()
                });
            }
            None => {
                let text = print::state_after(self.input.model, netns, What::Route, &(self.input.left)());
                door.sections.push(Section { text: self.c.t("door-not-passed"), ..Section::default() });
                door.sections.push(Section { rows: lines(&text), ..Section::default() });
            }
        }
        door.sections.push(Section { links: ["route", "rule", "neigh"].map(state).to_vec(), ..Section::default() });
        Some(door)
    }

    fn link(&self, netns: NetnsId) -> Option<Door> {
        let network = &self.input.model.site.network;
        let config = network.netns(netns);
        let (index, link) = config.links.iter().enumerate().find(|(_, link)| &*link.name == self.input.of)?;
        let id = LinkId(index as u32);
        let because = self.say.because(link.cause);
        let location = because.as_ref().and_then(|because| because.location.clone());
        let mut door = Door {
            title: self.c.ta("detail-link", &[("dev", self.input.of.into())]),
            place: self.say.who(netns),
            snippet: location.and_then(|location| snippet::at(&self.input.model.parsed, &location, 4)),
            because,
            ..Door::default()
        };
        let mut all = String::new();
        // Writing to a String cannot fail.
        let _ = print::ip::write_addr(&mut all, network, netns);
        let rows = super::detail::entry(&all, index)
            .lines()
            .map(|line| Row { text: line.trim().to_owned(), ..Row::default() })
            .collect();
        let mut first = Section { rows, ..Section::default() };
        let door_to = |at: LinkRef| {
            let there = network.netns(at.netns);
            let name = there.links.get(at.link).map(|link| link.name.to_string())?;
            let text =
                self.c.ta("door-other-end", &[("dev", name.as_str().into()), ("where", self.say.who(at.netns).into())]);
            Some((text, self.href("link", &there.name, &name)))
        };
        if let LinkKind::Veth { peer } = &link.kind {
            first.links.extend(door_to(*peer));
        }
        if let Some(port) = &link.port {
            first.links.extend(door_to(LinkRef { netns, link: port.master }));
        }
        door.sections.push(first);
        // A bridge: its ports, and what it knows.
        if matches!(link.kind, LinkKind::Bridge(_)) {
            let ports = config.links.entries().filter(|(_, of)| of.port.as_ref().is_some_and(|port| port.master == id));
            let links: Vec<_> =
                ports.filter_map(|(port, _)| door_to(LinkRef { netns, link: port })).take(ROWS).collect();
            let fdb = print::state_after(self.input.model, netns, What::Fdb, &(self.input.left)());
            door.sections.push(Section { heading: self.c.t("door-fdb"), rows: lines(&fdb), ..Section::default() });
            door.sections.push(Section { heading: self.c.t("door-ports"), links, ..Section::default() });
        }
        let is = |visit: &Visit<'a>| {
            let here = visit.namespace.id == netns;
            here && matches!(visit.place, Place::Ingress(of) | Place::Egress(of) | Place::Bridge(of) if of == id)
        };
        if let Some((step, visit)) = self.facts.nearest(self.step(), is) {
            door.at = self.at(step);
            door.sections.insert(1, Section { heading: self.c.t("door-way"), ..self.events(step, &visit) });
        }
        Some(door)
    }

    fn connections(&self, netns: NetnsId) -> Door {
        let step = self.step();
        // On a wire: the machine that it left last.
        let tracks = |visit: &Visit<'a>| visit.facts().iter().any(|fact| matches!(fact.what, Told::Conntrack(_)));
        let elsewhere = || self.facts.nearest(step, tracks).map(|(_, visit)| visit.namespace.id);
        let wire = self.input.netns.is_empty() && self.say.tree().segment_at(netns).is_some();
        let netns = if wire { elsewhere().unwrap_or(netns) } else { netns };
        let all = self.facts.connections(netns, step);
        let row = |one: &sim_core::facts::Connection<'_>| Row {
            text: one.text(),
            said: one
                .changed
                .map(|how| self.c.t(&format!("door-ct-{}", kernel::Coded::code(&how))))
                .unwrap_or_default(),
            class: if one.changed.is_some() { "changed" } else { "" },
            badge: one.badge.map(sim_core::facts::badge_text),
            ..Row::default()
        };
        let rows: Vec<Row> = all.iter().take(ROWS).map(row).collect();
        let empty = rows.is_empty();
        Door {
            title: self.c.t("door-connections"),
            place: self.say.who(netns),
            at: self.at(step),
            sections: vec![Section {
                rows,
                text: if empty { self.c.t("door-connections-none") } else { self.c.t("door-connections-note") },
                more: (all.len() > ROWS).then(|| self.c.ta("door-more", &[("count", (all.len() - ROWS).into())])),
                ..Section::default()
            }],
            ..Door::default()
        }
    }

    /// What rules of a machine did to the packet, and where all of them stand.
    fn rules(&self, netns: NetnsId) -> Door {
        let name = &*self.input.model.site.network.netns(netns).name;
        let mut met = Vec::new();
        // Of this packet, not of those that went before or come back.
        let leg = self.facts.steps.get(self.step()).map(|step| step.leg);
        for step in self.facts.steps.steps.iter().filter(|step| Some(step.leg) == leg) {
            let Some(visit) = self.facts.visit(step.n).filter(|visit| visit.namespace.id == netns) else { continue };
            let at = At { probe: self.input.probe, step: step.n, copy: String::new() };
            let events = self.say.events(&visit, Some(&at)).into_iter();
            let decided = events.filter(|event| event.looked.is_none() && event.chain_href.is_some());
            met.extend(decided.take(ROWS.saturating_sub(met.len())));
        }
        let state = |what: &str| (what.to_owned(), url::state(self.input.id, "", name, what, Some(self.input.probe)));
        let mut links = vec![(self.c.t("door-rules"), url::rules(self.input.id, name, "", "", 0))];
        links.extend(["iptables", "nft", "ipset"].map(state));
        Door {
            title: self.c.t("door-rules"),
            place: self.say.who(netns),
            at: self.at(self.step()),
            sections: vec![
                Section { links, ..Section::default() },
                Section {
                    heading: self.c.t("door-rules-met"),
                    text: if met.is_empty() { self.c.t("door-rules-none") } else { String::new() },
                    events: met,
                    ..Section::default()
                },
            ],
            ..Door::default()
        }
    }

    /// A Service: to ask it, its rules on all nodes, who is behind it.
    fn service(&self) -> Option<Door> {
        let Input { id, model, probe, .. } = *self.input;
        let (namespace, name) = self.input.of.split_once('/')?;
        let at = model.cluster.service_named(namespace, name)?;
        let service = model.cluster.services.get(at.0 as usize)?;
        let mut links = Vec::new();
        for port in service.ports.iter().take(ROWS) {
            let to = ProbeText {
                from: probe.from.clone(),
                to: format!("svc/{namespace}/{name}:{}", port.port.0),
                ..ProbeText::default()
            };
            links.push((self.c.ta("door-to-here", &[("port", port.port.0.into())]), url::trace(id, "", &to, None)));
        }
        links.push((self.c.t("door-service-rules"), url::service(id, namespace, name, None)));
        let mut rows = Vec::new();
        let lists = model.cluster.endpoints.get(at.0 as usize).into_iter().flatten();
        for endpoint in lists.flat_map(|list| &list.endpoints) {
            let said = if endpoint.ready { "door-endpoint-ready" } else { "door-endpoint-unready" };
            let owner = self.say.owner(endpoint.ip).unwrap_or_default();
            rows.push(Row {
                text: format!("{}:{}", endpoint.ip, endpoint.port.0),
                said: format!("{owner} · {}", self.c.t(said)),
                ..Row::default()
            });
        }
        let all = rows.len();
        rows.truncate(ROWS);
        let text = if all == 0 { self.c.t("door-endpoints-none") } else { String::new() };
        let more = (all > ROWS).then(|| self.c.ta("door-more", &[("count", (all - ROWS).into())]));
        let location = service.origin.location.clone();
        Some(Door {
            title: self.c.ta("who-service", &[("name", self.input.of.into())]),
            place: service.cluster_ips.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            sections: vec![
                Section { links, ..Section::default() },
                Section { heading: self.c.t("door-endpoints"), rows, text, more, ..Section::default() },
            ],
            snippet: location.and_then(|location| snippet::at(&model.parsed, &location, 4)),
            ..Door::default()
        })
    }

    /// Another door of the same step.
    fn href(&self, what: &str, netns: &str, of: &str) -> String {
        url::door(self.input.id, self.input.probe, self.step(), what, netns, of)
    }

    /// A Pod, a node, or another machine: where to go from here.
    fn machine(&self, netns: NetnsId) -> Door {
        let Input { id, model, probe, .. } = *self.input;
        let name = &*model.site.network.netns(netns).name;
        let kind = self.say.tree().machine_at(netns).map(|(_, machine)| machine.kind);
        let state = |what: &str| (what.to_owned(), url::state(id, "", name, what, Some(probe)));
        let ask = |from: Option<String>, to: Option<String>| {
            let mut text = ProbeText { from: probe.from.clone(), to: probe.to.clone(), ..ProbeText::default() };
            text.from = from.unwrap_or(text.from);
            text.to = to.unwrap_or(text.to);
            url::trace(id, "", &text, None)
        };
        let mut links = Vec::new();
        let mut origin = None;
        let mut more = vec!["addr", "route", "listen"];
        match kind {
            Some(Kind::Pod(pod)) => {
                let full = self.say.pod_name(pod);
                links.push((self.c.t("door-from-here"), ask(Some(format!("pod/{full}")), None)));
                if let Some((namespace, name)) = full.split_once('/') {
                    let on_map = Level::Pod(namespace.to_owned(), name.to_owned());
                    links.push((self.c.t("door-on-map"), Asked::default().at(on_map).href(id)));
                }
                let port = model.cluster.pods.get(pod.0 as usize).and_then(|pod| {
                    origin = Some(&pod.origin);
                    pod.containers.iter().flat_map(|one| &one.ports).next().map(|port| port.port.0)
                });
                if let Some(port) = port {
                    links.push((
                        self.c.ta("door-to-here", &[("port", port.into())]),
                        ask(None, Some(format!("pod/{full}:{port}"))),
                    ));
                }
                more.push("env");
            }
            Some(Kind::Node(node)) => {
                links.push((
                    self.c.t("door-from-here"),
                    ask(Some(format!("node/{}", self.say.node_name(node).unwrap_or_default())), None),
                ));
                let on_map = Level::Node(self.say.node_name(node).unwrap_or_default().to_owned());
                links.push((self.c.t("door-on-map"), Asked::default().at(on_map).href(id)));
                origin = model.cluster.nodes.get(node.0 as usize).map(|node| &node.origin);
                links.push((self.c.t("door-connections"), self.href("connections", name, "")));
                links.push((self.c.t("door-rules"), url::rules(id, name, "", "", 0)));
                more.extend(["sysctl", "neigh"]);
            }
            // A wire knows no connections; what fits on it is told by its ports.
            None => more = vec!["link", "fdb"],
            Some(_) => links.push((self.c.t("door-connections"), self.href("connections", name, ""))),
        }
        let wire = kind.is_none().then(|| print::state_after(model, netns, What::Link, &(self.input.left)()));
        let mtu = wire.as_deref().unwrap_or_default().lines().filter(|line| line.contains(" mtu ")).take(ROWS);
        let mtu: Vec<Row> = mtu.map(|line| Row { text: line.to_owned(), ..Row::default() }).collect();
        let location = origin.and_then(|origin| origin.location.clone());
        let left = (self.input.left)();
        let listening = print::state_after(model, netns, What::Listen, &left);
        let addresses = print::state_after(model, netns, What::Addr, &left);
        let brief = addresses.lines().map(str::trim).filter(|line| line.starts_with("inet "));
        let brief: Vec<Row> = brief.take(ROWS).map(|line| Row { text: line.to_owned(), ..Row::default() }).collect();
        let told = [("door-mtu", mtu), ("door-addresses", brief), ("door-listening", lines(&listening))];
        let told = told.into_iter().filter(|(_, rows)| !rows.is_empty());
        let told = told.map(|(heading, rows)| Section { heading: self.c.t(heading), rows, ..Section::default() });
        let acts = Acts { lang: self.c.lang, id, model, marks: self.input.marks };
        let acts = match kind {
            Some(Kind::Pod(pod)) => acts.of_pod(pod),
            Some(Kind::Node(node)) => acts.of_node(node),
            _ => Vec::new(),
        };
        // The same probe right after it.
        let acts = acts.into_iter().map(|act| (act.label, url::trace(&act.id, "", probe, None))).collect();
        let acts = Section { heading: self.c.t("act-heading"), links: acts, ..Section::default() };
        let acts = Some(acts).filter(|section| !section.links.is_empty());
        let inside = more.into_iter().map(state).collect();
        let inside = Section { heading: self.c.t("door-inspect"), links: inside, ..Section::default() };
        Door {
            title: self.say.who(netns),
            place: self.c.t("door-machine"),
            sections: std::iter::once(Section { links, ..Section::default() })
                .chain(acts)
                .chain(told)
                .chain([inside])
                .collect(),
            snippet: location.and_then(|location| snippet::at(&model.parsed, &location, 4)),
            ..Door::default()
        }
    }
}

/// Lines as rows, as many as are shown.
fn lines(text: &str) -> Vec<Row> {
    text.lines().take(ROWS).map(|line| Row { text: line.to_owned(), ..Row::default() }).collect()
}
