//! Engine 29 with `firewall-backend: nftables`: the table `ip docker-bridges` and nothing outside it.
//!
//! Source: the engine's own expected rule sets (`daemon/libnetwork/drivers/bridge/internal/nftabler`, `integration/network/bridge/nftablesdoc`).

use super::table::{Base, Draft, Maps, Match, Then};
use super::{Because, Wired, linked, mapped, translates};
use kernel::config::nft::Table;
use kernel::ids::ChainId;
use kubernetes::cluster::model::DockerHost;
use kubernetes::cluster::model::docker::{GatewayMode, Network};
use kubernetes::origin::CauseId;

/// The table of all networks and containers.
pub(super) fn table(host: &DockerHost, because: &Because, wired: &[Wired<'_>]) -> Table {
    let (daemon, proxy) = (because.backend, host.daemon.userland_proxy);
    let mut draft = Draft::new(daemon);
    let maps = Maps::of(&mut draft, daemon);
    let base = Base::of(&mut draft, &maps, daemon);
    let mut from_here = Vec::new();
    if proxy {
        // With a docker-proxy, loopback is its own.
        from_here.push(Match::NotTo("127.0.0.0/8".parse().unwrap_or_default()));
    }
    from_here.push(Match::ToLocal);
    draft.rule(base.output, &from_here, Then::Jump(base.translate), "", because.proxy);
    draft.rule(base.prerouting, &[Match::ToLocal], Then::Jump(base.translate), "", daemon);
    // What is between containers comes behind what is let in, of any network: chains are made first.
    let chains: Vec<Chains> = host
        .networks
        .iter()
        .enumerate()
        .map(|(at, network)| Chains::of(&mut draft, &maps, network, because.network(at).own))
        .collect();
    let marked = because.mark;
    for (at, (network, chains)) in host.networks.iter().zip(&chains).enumerate() {
        let because = because.network(at);
        let of = OfNetwork { network, chains, proxy };
        for chain in [chains.forward_in, chains.forward_out] {
            draft.rule(chain, &[Match::Answers], Then::Accept, "", because.own);
        }
        of.begin(&mut draft, &because);
        if at == 0 {
            links(&mut draft, chains.forward_in, host, wired);
        }
        of.between(&mut draft, &because);
        if let (Some((mark, mask)), false) = (host.daemon.accept_mark, network.internal) {
            draft.rule(chains.forward_in, &[Match::Mark(mark, mask)], Then::Accept, "ALLOW FW MARK", marked);
        }
        for wired in wired.iter().filter(|one| one.network == at && !network.internal) {
            of.ports(&mut draft, wired);
        }
        of.end(&mut draft, &because);
    }
    ports(&mut draft, &base, host, wired, &|at| because.network(at).trusted);
    draft.table
}

/// The chains of one network.
struct Chains {
    forward_in: ChainId,
    forward_out: ChainId,
    postrouting_in: ChainId,
    postrouting_out: ChainId,
}

impl Chains {
    fn of(draft: &mut Draft, maps: &Maps, network: &Network, cause: CauseId) -> Self {
        let mut chain = |map, prefix: &str| {
            let chain = draft.chain(&format!("{prefix}__{}", network.bridge), cause);
            draft.leads(map, &network.bridge, chain, cause);
            chain
        };
        Self {
            forward_in: chain(maps.forward_in, "filter-forward-in"),
            forward_out: chain(maps.forward_out, "filter-forward-out"),
            postrouting_in: chain(maps.postrouting_in, "nat-postrouting-in"),
            postrouting_out: chain(maps.postrouting_out, "nat-postrouting-out"),
        }
    }
}

/// A network whose rules are written.
struct OfNetwork<'n> {
    network: &'n Network,
    chains: &'n Chains,
    proxy: bool,
}

impl OfNetwork<'_> {
    /// What is decided before containers and ports are looked at; what leaves the network.
    fn begin(&self, draft: &mut Draft, because: &super::super::OfNetwork) {
        let (network, chains, bridge) = (self.network, self.chains, &self.network.bridge);
        if network.internal {
            let (into, out) = ([Match::NotIn(bridge)], [Match::NotOut(bridge)]);
            draft.rule(chains.forward_in, &into, Then::Drop, "INTERNAL NETWORK INGRESS", because.internal);
            draft.rule(chains.forward_out, &out, Then::Drop, "INTERNAL NETWORK EGRESS", because.internal);
            return;
        }
        if network.gateway_mode == GatewayMode::Routed {
            draft.rule(chains.forward_in, &[Match::Icmp], Then::Accept, "ICMP", because.mode);
        }
        draft.rule(chains.forward_out, &[], Then::Accept, "OUTGOING", because.own);
        let to = network.snat.map_or(Then::Masquerade, Then::Source);
        let name = if network.snat.is_some() { "SNAT" } else { "MASQUERADE" };
        if network.masquerade && translates(network) {
            let leaves = [Match::NotOut(bridge), Match::FromNet(network.subnet)];
            draft.rule(chains.postrouting_out, &leaves, to, name, because.masquerade);
        }
        if !self.proxy {
            let own = format!("{name} FROM HOST");
            draft.rule(chains.postrouting_in, &[Match::FromLocal], to, &own, because.own);
        }
    }

    /// Whether its containers may talk to each other.
    fn between(&self, draft: &mut Draft, because: &super::super::OfNetwork) {
        let network = self.network;
        let then = if network.icc { Then::Accept } else { Then::Drop };
        // Nothing else comes here on an internal network.
        let inside = [Match::In(&network.bridge)];
        let inside = if network.internal { &[][..] } else { &inside[..] };
        draft.rule(self.chains.forward_in, inside, then, "ICC", because.icc);
    }

    /// Ports of a container that are let in, and that it reaches by the host when there is no docker-proxy.
    fn ports(&self, draft: &mut Draft, wired: &Wired<'_>) {
        let ip = wired.ip;
        for port in mapped(wired.container) {
            let Some(&cause) = wired.ports.get(&port.field) else { continue };
            let inner = Match::ToPort(port.protocol, port.container_port);
            if self.network.gateway_mode != GatewayMode::NatUnprotected {
                draft.rule_once(self.chains.forward_in, &[Match::To(ip), inner], Then::Accept, "", cause);
            }
            if !self.proxy && translates(self.network) {
                let itself = [Match::From(ip), Match::To(ip), inner];
                draft.rule_once(self.chains.postrouting_in, &itself, Then::Masquerade, "MASQ TO OWN PORT", cause);
            }
        }
    }

    /// What becomes of everything else.
    fn end(&self, draft: &mut Draft, because: &super::super::OfNetwork) {
        if self.network.internal {
            return;
        }
        let (then, comment) = match self.network.gateway_mode {
            GatewayMode::NatUnprotected => (Then::Accept, "UNPROTECTED"),
            _ => (Then::Drop, "UNPUBLISHED PORT DROP"),
        };
        draft.rule(self.chains.forward_in, &[], then, comment, because.mode);
    }
}

/// Translations of ports, and what guards containers and loopback in `raw-PREROUTING`: containers first.
fn ports(draft: &mut Draft, base: &Base, host: &DockerHost, wired: &[Wired<'_>], trusted: &dyn Fn(usize) -> CauseId) {
    let open = |one: &&Wired<'_>| host.networks.get(one.network).is_some_and(|network| !network.internal);
    let mut guards = Vec::new();
    for one in wired.iter().filter(open) {
        let Some(network) = host.networks.get(one.network) else { continue };
        let bridge = &network.bridge;
        if network.gateway_mode == GatewayMode::Nat && !host.daemon.direct_routing {
            let elsewhere = match network.trusted.is_empty() {
                true => Match::NotIn(bridge),
                false => Match::NotInAny(bridge, &network.trusted, trusted(one.network)),
            };
            let direct = [Match::To(one.ip), elsewhere];
            draft.rule(base.raw, &direct, Then::Drop, "DROP DIRECT ACCESS", one.cause);
        }
        // In routed mode the driver is handed ports of containers only: the host has none.
        for port in mapped(one.container).into_iter().filter(|_| translates(network)) {
            let Some(&cause) = one.ports.get(&port.field) else { continue };
            let outer = Match::ToPort(port.protocol, port.host_port);
            let mut matches = Vec::new();
            if host.daemon.userland_proxy {
                matches.push(Match::NotIn(bridge));
            }
            if !port.host_ip.is_unspecified() {
                matches.push(Match::To(port.host_ip));
            }
            matches.push(outer);
            draft.rule(base.translate, &matches, Then::Destination(one.ip, port.container_port), "DNAT", cause);
            if port.host_ip.is_loopback() {
                guards.push((port.host_ip, outer, cause));
            }
        }
    }
    for (ip, outer, cause) in guards {
        let elsewhere = [Match::NotIn("lo"), Match::To(ip), outer];
        draft.rule(base.raw, &elsewhere, Then::Drop, "DROP REMOTE LOOPBACK", cause);
    }
}

/// What links open on the default bridge when its containers may not talk to each other.
fn links(draft: &mut Draft, chain: ChainId, host: &DockerHost, wired: &[Wired<'_>]) {
    for link in linked(host, wired) {
        let there = [Match::From(link.from), Match::To(link.to), Match::ToPort(link.protocol, link.port)];
        let back = [Match::To(link.from), Match::From(link.to), Match::FromPort(link.protocol, link.port)];
        draft.rule(chain, &there, Then::Accept, "", link.cause);
        draft.rule(chain, &back, Then::Accept, "", link.cause);
    }
}
