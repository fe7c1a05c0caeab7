//! What happened at each step, in words: where the packet is, what happened, why, and what comes next.
//!
//! [`Say`] turns the values of `sim-core` into sentences of one language. Nothing here decides anything.
//!
//! ```
//! use kubernetes::manifest::Limits;
//! use kubernetes::origin::SourceText;
//! use sim_core::model::{Model, Options};
//! use web::locale::Lang;
//! use web::words::Say;
//!
//! let text = "
//! {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}}";
//! let model = Model::build(&[SourceText::given("shop.yaml", text)], &Limits::default(), &Options::default());
//! let netns = model.site.network.find("pod/default/web").unwrap();
//! let say = |lang| Say { lang, model: &model, id: None };
//! assert!(say(Lang::En).who(netns).contains("web"));
//! assert_ne!(say(Lang::En).t("rules-by"), say(Lang::Ko).t("rules-by"));
//! ```

mod cause;
mod copies;
mod end;
mod event;
mod exchange;
mod fact;
mod http;
mod layers;
mod line;
mod measure;
mod pass;
mod policies;
mod refused;
mod rule;
mod step;
mod stopped;
pub mod summary;
#[cfg(test)]
mod tests;

pub use cause::Because;
pub(crate) use cause::port_index;
pub use end::{AssumedWords, FixWords, MAX_DIFF, OutcomeWords, plugin_page, result_code, result_short};
pub use exchange::{DecidedWords, ExchangeWords, SeenWords};
pub use layers::{FieldWords, HeaderWords, LayerWords};
pub use line::{At, Change, CopyHop, CopyWords, EventLine};
pub use measure::{RoundWords, StopWords, WayWords};
pub use pass::{Pass, Run};
pub use policies::{PoliciesWords, PolicyRuleWords};
pub use refused::probe_error;
pub use rule::{MadeFor, RuleWords};
pub use step::{Card, StepWords};
pub use stopped::too_much;

use crate::locale::{self, FluentValue, Lang};
use crate::scene::{Label, Words};
use kernel::config::Netns;
use kernel::ids::{LinkId, NetnsId};
use kubernetes::cluster::model::{NodeId, PodId, Segment, SegmentId};
use sim_core::model::Model;
use sim_core::site::{Kind, MachineId, Tree};
use sim_core::trace::Remembered;
use std::net::{IpAddr, SocketAddr};

/// The words of one language for the picture.
#[derive(Clone, Copy, Debug)]
pub struct Local(pub Lang);

impl Words for Local {
    fn label(&self, label: &Label) -> String {
        let args: Vec<_> = label.args().into_iter().map(|(name, value)| (name, value.into())).collect();
        locale::ta(self.0, &label.key(), &args)
    }
}

/// Says things about one model in one language.
#[derive(Clone, Copy, Debug)]
pub struct Say<'a> {
    /// Language.
    pub lang: Lang,
    /// The model.
    pub model: &'a Model,
    /// Scenario id, for links; without it there are none.
    pub id: Option<&'a str>,
}

impl<'a> Say<'a> {
    /// A message without arguments.
    pub fn t(&self, id: &str) -> String {
        locale::t(self.lang, id)
    }

    /// A message.
    pub fn ta(&self, id: &str, args: &[(&str, FluentValue<'_>)]) -> String {
        locale::ta(self.lang, id, args)
    }

    /// The namespace behind an id; `None` for an id of another model.
    pub fn netns(&self, id: NetnsId) -> Option<&'a Netns> {
        self.model.site.network.get(id)
    }

    /// The machines that namespaces are of.
    pub fn tree(&self) -> &'a Tree {
        &self.model.site.tree
    }

    /// Name of the node a namespace is on, if it is on one.
    pub fn node(&self, id: NetnsId) -> Option<&'a str> {
        self.node_name(self.tree().node_of(id)?)
    }

    /// Name of a node.
    pub fn node_name(&self, id: NodeId) -> Option<&'a str> {
        self.model.cluster.nodes.get(id.0 as usize).map(|node| &*node.name)
    }

    /// `NAMESPACE/NAME` of a Pod.
    pub fn pod_name(&self, id: PodId) -> String {
        self.model.cluster.pods.get(id.0 as usize).map(|pod| pod.name.to_string()).unwrap_or_default()
    }

    /// Who is there: `Pod default/client`, `node-a`, the LAN.
    pub fn who(&self, id: NetnsId) -> String {
        if let Some(segment) = self.tree().segment_at(id) {
            return self.segment(segment);
        }
        self.tree().machine_at(id).map(|(id, _)| self.machine(id)).unwrap_or_default()
    }

    /// A segment, as people call it: by its name, where it has one.
    pub fn segment(&self, id: SegmentId) -> String {
        match self.model.cluster.segments.get(id.0 as usize) {
            Some(segment) if segment.internet => self.t("scene-internet"),
            Some(Segment { name: Some(name), .. }) if !name.eq_ignore_ascii_case("lan") => {
                format!("{} {name}", self.t("scene-lan"))
            }
            _ => self.t("scene-lan"),
        }
    }

    /// A machine, as people call it.
    pub fn machine(&self, id: MachineId) -> String {
        let Some(machine) = self.tree().machine(id) else { return String::new() };
        match machine.kind {
            Kind::Pod(pod) => self.ta("who-pod", &[("name", self.pod_name(pod).into())]),
            Kind::Node(node) => self.node_name(node).unwrap_or_default().to_owned(),
            Kind::Router => match machine.name.strip_prefix("router/") {
                Some(name) => name.to_owned(),
                None => self.t("scene-gateway"),
            },
            Kind::Host(address) => match machine.name.strip_prefix("host/") {
                // A machine that has a name of its own.
                Some(name) if name.parse::<IpAddr>().is_err() => name.to_owned(),
                _ => self.ta("who-outside", &[("address", address.to_string().into())]),
            },
            Kind::Container(_) | Kind::Vm(_) | Kind::Internet => machine.name.to_string(),
        }
    }

    /// Name of a device.
    pub fn dev(&self, netns: NetnsId, dev: LinkId) -> &'a str {
        self.netns(netns).and_then(|netns| netns.links.get(dev)).map_or("?", |link| &*link.name)
    }

    /// What a list on a node remembers.
    pub fn remembered(&self, entry: &Remembered) -> String {
        let args = [
            ("node", self.who(entry.netns).into()),
            ("list", entry.list.to_string().into()),
            ("address", entry.address.to_string().into()),
            ("age", entry.age.into()),
        ];
        self.ta("trace-remembered-entry", &args)
    }

    /// What has an address, as far as the cluster knows: `Pod default/web-1`, `Service default/web`, a node's name.
    pub fn owner(&self, ip: IpAddr) -> Option<String> {
        let cluster = &self.model.cluster;
        let pod = cluster.pods.iter().find(|pod| pod.ip == ip && !pod.host_network);
        if let Some(pod) = pod {
            return Some(self.ta("who-pod", &[("name", pod.name.to_string().into())]));
        }
        let service = cluster.services.iter().find(|service| service.cluster_ips.contains(&ip));
        if let Some(service) = service {
            return Some(self.ta("who-service", &[("name", service.name.to_string().into())]));
        }
        let node = cluster.nodes.iter().find(|node| node.ip == ip).map(|node| node.name.to_string());
        node.or_else(|| {
            let site = &self.model.site;
            // A machine that has a name of its own.
            let hosts = cluster.hosts.iter().filter_map(|host| Some((host.ip, host.name.as_ref()?)));
            let routers = cluster.routers.iter().filter_map(|of| Some((&of.on, of.name.as_ref()?)));
            let routers = routers.flat_map(|(on, name)| on.iter().map(move |(_, ip)| (*ip, name)));
            let mut named = hosts.chain(routers).chain(cluster.docker.iter().map(|host| (host.ip, &host.name)));
            if let Some((_, name)) = named.find(|(own, _)| *own == ip) {
                return Some(name.to_string());
            }
            let outside = site.outside.keys().any(|(address, _)| *address == ip) || site.hosts.contains_key(&ip);
            outside.then(|| self.t("scene-external"))
        })
    }

    /// An address with its owner: `10.96.0.11:80 (Service default/web)`.
    pub fn address(&self, address: SocketAddr) -> String {
        let text = plain(address);
        match self.owner(address.ip()) {
            Some(owner) => format!("{text} ({owner})"),
            None => text,
        }
    }
}

/// Address and port, or the address alone where there is no port.
pub fn plain(address: SocketAddr) -> String {
    if address.port() == 0 { address.ip().to_string() } else { address.to_string() }
}
