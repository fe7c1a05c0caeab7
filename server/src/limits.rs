//! What one request may ask for at most.

use crate::config::Config;
use kernel::config::{Netns, Network};
use kubernetes::cluster::model::{Cluster, ProxyMode};
use kubernetes::manifest::Limits;
use sim_core::model::Model;

/// URLs asked for at most by one page, each in two ways.
pub const URLS: usize = 100;
/// URLs that such a page asks for where nobody says which.
pub const USUAL_URLS: usize = 20;
/// Services and their ports among which the page of one lets choose.
pub const SERVICES: usize = 200;
/// Branches computed at most for one page.
pub const BRANCHES: usize = 256;
/// Bytes read of a link that carries its scenario: enough to tell how long it is.
pub const LINK: usize = 1 << 20;
/// Bytes read of a lesson that somebody brings.
pub const IMPORT: usize = 4 << 20;
/// Bytes read of a text that is tried in a lesson.
pub const LESSON: usize = 1 << 20;
/// Bytes of a form that presses a connection.
pub const TICK: usize = 16 << 10;
/// Bytes read of a form with the texts of an input, so that whoever sends more than is allowed is told.
pub const FORM: usize = 4 << 20;
/// Pixels of a picture at most: it takes eight bytes for each while it is drawn.
pub const PIXELS: u64 = 12_000_000;
/// The same where nobody else waits: what one file can well be opened with.
pub const PIXELS_ALONE: u64 = 150_000_000;
/// Namespaces of a lab at most: each is a kernel's network of its own.
const LAB_NAMESPACES: usize = 2_000;
/// Rules of a lab at most, of iptables and nftables, over all namespaces.
const LAB_RULES: usize = 300_000;
/// Elements of sets of a lab at most, of ipset and nftables.
const LAB_ELEMENTS: usize = 300_000;
/// Devices, addresses, routes and neighbours of a lab at most: each is a command.
const LAB_COMMANDS: usize = 200_000;

/// Bytes read of one upload at most, so that whoever sends more than is allowed is told.
pub fn read(config: &Config) -> usize {
    config.max_body.0.saturating_mul(2).max(64 << 20)
}

/// Limits of one upload.
pub fn manifests(config: &Config) -> Limits {
    // A value every eight bytes is more than any text has that means something.
    let nodes = config.max_body.0 / 8;
    Limits { bytes: config.max_body.0, documents: config.max_objects, depth: 64, nodes, ..Limits::default() }
}

/// What a lab has too many of: a message `lab-limit-{what}` says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// What: `namespaces`, `rules`, `elements` or `commands`.
    pub what: &'static str,
    /// How many there are at least.
    pub count: usize,
    /// How many may be.
    pub limit: usize,
}

/// How much of each a lab has.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    rules: usize,
    elements: usize,
    commands: usize,
}

impl Size {
    fn add(&mut self, netns: &Netns) {
        let xtables = netns.xtables.tables.values().flat_map(|table| &table.chains).map(|chain| chain.rules.len());
        let nft = netns.nft.tables.iter().flat_map(|table| &table.chains).map(|chain| chain.rules.len());
        let sets = netns.nft.tables.iter().flat_map(|table| &table.sets).map(|set| set.elements.len());
        let addresses: usize = netns.links.iter().map(|link| link.addresses.len()).sum();
        self.rules += xtables.chain(nft).sum::<usize>();
        self.elements += sets.chain(netns.sets.values().map(|set| set.elements.len())).sum::<usize>();
        self.commands += netns.links.len() + addresses + netns.routes.len() + netns.neighbours.len();
    }

    /// What there is too much of.
    fn over(self) -> Option<TooMany> {
        let all = [
            ("rules", self.rules, LAB_RULES),
            ("elements", self.elements, LAB_ELEMENTS),
            ("commands", self.commands, LAB_COMMANDS),
        ];
        all.into_iter().find(|(_, count, limit)| count > limit).map(|(what, count, limit)| TooMany {
            what,
            count,
            limit,
        })
    }

    /// At least so much is written on the nodes for Services, by their numbers alone: an endpoint may be left out on nodes that
    /// cannot use it, so that one rule a port and one an endpoint is less than there are.
    fn at_least(cluster: &Cluster) -> Self {
        let traffic = |at: usize| cluster.endpoints.get(at).into_iter().flatten();
        let ports: usize = (0..cluster.services.len()).map(|at| traffic(at).count()).sum();
        let everywhere = |at: &usize| cluster.services.get(*at).is_some_and(|service| !service.cluster_ips.is_empty());
        let endpoints: usize = (0..cluster.services.len())
            .filter(everywhere)
            .map(|at| traffic(at).map(|port| port.endpoints.iter().filter(|one| one.ready).count()).sum::<usize>())
            .sum();
        let nodes = cluster.nodes.len();
        match cluster.settings.kube_proxy.mode {
            ProxyMode::Iptables => Self { rules: nodes * (ports + endpoints), ..Self::default() },
            ProxyMode::Nftables => Self { rules: nodes * endpoints, elements: nodes * ports, ..Self::default() },
        }
    }
}

/// Refuses a lab that no machine should be asked to build: by numbers of the cluster first, so that nothing is built in vain; then
/// namespace by namespace, as far as it takes. Takes its time.
///
/// # Errors
/// The first limit that is crossed.
pub fn lab(model: &Model) -> Result<(), TooMany> {
    let network: &Network = &model.site.network;
    let namespaces = network.len();
    if namespaces > LAB_NAMESPACES {
        return Err(TooMany { what: "namespaces", count: namespaces, limit: LAB_NAMESPACES });
    }
    if let Some(over) = Size::at_least(&model.cluster).over() {
        return Err(over);
    }
    let mut size = Size::default();
    for netns in network.namespaces() {
        size.add(netns);
        if let Some(over) = size.over() {
            return Err(over);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::config::NetworkBuilder;
    use kernel::config::nft::{self, set::Element};
    use kernel::ids::{CauseId, RouteId};
    use kubernetes::manifest::SourceText;
    use sim_core::model::Options;
    use std::fmt::Write;

    /// A cluster of `nodes` nodes with `services` Services of two endpoints each.
    fn model(nodes: usize, services: usize, mode: &str) -> Model {
        let mut text = String::new();
        for node in 0..nodes {
            let address = format!("172.20.{}.{}", node / 250, node % 250 + 1);
            let range = format!("10.{}.{}.0/24", 64 + node / 250, node % 250);
            let _ = writeln!(
                text,
                "---\n{{apiVersion: v1, kind: Node, metadata: {{name: n{node}}}, spec: {{podCIDR: {range}}}, \
                 status: {{addresses: [{{type: InternalIP, address: {address}}}]}}}}"
            );
        }
        let pod = "---\n{apiVersion: v1, kind: Pod, metadata: {name: NAME, labels: {app: web}}, \
                   spec: {containers: [{name: c, image: nginx}]}}\n";
        text.extend(["a", "b"].map(|name| pod.replace("NAME", name)));
        for service in 0..services {
            let _ = writeln!(
                text,
                "---\n{{apiVersion: v1, kind: Service, metadata: {{name: s{service}}}, \
                 spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}}}"
            );
        }
        let options = Options::default().with_proxy_mode(mode).unwrap();
        Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &options)
    }

    fn built(model: &Model) -> usize {
        let network = &model.site.network;
        network.ids().filter(|id| network.is_built(*id)).count()
    }

    #[test]
    fn a_lab_of_many_nodes_is_refused_before_any_is_built() {
        for (nodes, services, what) in [(2_100, 1, "namespaces"), (1_500, 100, "rules")] {
            let model = model(nodes, services, "iptables");
            let before = built(&model);
            assert_eq!(lab(&model).unwrap_err().what, what);
            assert_eq!(built(&model), before, "{what}");
        }
    }

    #[test]
    fn what_is_estimated_is_less_than_what_there_is() {
        for mode in ["iptables", "nftables"] {
            let model = model(3, 20, mode);
            assert_eq!(lab(&model), Ok(()));
            let least = Size::at_least(&model.cluster);
            let mut real = Size::default();
            model.site.network.namespaces().for_each(|netns| real.add(netns));
            assert!(least.rules > 0 && least.rules <= real.rules, "{mode}: {least:?} {real:?}");
            assert!(least.elements <= real.elements, "{mode}: {least:?} {real:?}");
            assert!(real.commands > 30, "{real:?}");
        }
    }

    #[test]
    fn everything_that_fills_a_kernel_counts() {
        let over = |fill: &dyn Fn(&mut NetworkBuilder)| {
            let mut builder = NetworkBuilder::default();
            builder.add_netns("a", CauseId::default());
            fill(&mut builder);
            let mut size = Size::default();
            builder.namespaces.iter().for_each(|netns| size.add(netns));
            size.over().map(|over| over.what)
        };
        assert_eq!(over(&|_| {}), None);
        let routes = |builder: &mut NetworkBuilder| {
            let route = builder.namespaces[0].routes.get(RouteId(0)).unwrap().clone();
            builder.namespaces[0].routes.extend(std::iter::repeat_n(route, LAB_COMMANDS));
        };
        let nft_rules = |builder: &mut NetworkBuilder| {
            let mut chain = nft::Chain::new("c", None, CauseId::default());
            chain.rules.resize(LAB_RULES + 1, nft::Rule::new(Vec::new(), CauseId::default()));
            let mut table = nft::Table::new(nft::Family::Ip, "t", CauseId::default());
            table.chains.push(chain);
            builder.namespaces[0].nft.tables.push(table);
        };
        let nft_elements = |builder: &mut NetworkBuilder| {
            let one = Element { key: Vec::new(), data: None, extra: None, comment: None, cause: CauseId::default() };
            let mut set = nft::set::Set::new("s", Vec::new(), None, CauseId::default());
            set.elements.resize(LAB_ELEMENTS + 1, one);
            let mut table = nft::Table::new(nft::Family::Ip, "t", CauseId::default());
            table.sets.push(set);
            builder.namespaces[0].nft.tables.push(table);
        };
        let ipset = |builder: &mut NetworkBuilder| {
            let text = "create s hash:net family inet hashsize 1024 maxelem 65536\nadd s 10.0.0.0/8\n";
            let mut sets =
                kernel::text::ipset::read::parse_sets(text, &Default::default(), &mut |_| CauseId::default()).unwrap();
            let set = sets.values_mut().next().unwrap();
            let one = set.elements[0].clone();
            set.elements.resize(LAB_ELEMENTS + 1, one);
            builder.namespaces[0].sets = sets;
        };
        assert_eq!(over(&routes), Some("commands"));
        assert_eq!(over(&nft_rules), Some("rules"));
        assert_eq!(over(&nft_elements), Some("elements"));
        assert_eq!(over(&ipset), Some("elements"));
    }
}
