//! What the input says to Calico: IPPools, an Installation, the environment of `calico-node`, FelixConfigurations, the ConfigMap of
//! `calico.yaml`, and what its daemons noted on Nodes.

use super::calico::{BLOCK, CalicoConfig, Felix, Pool, Said, ToHost, Wraps};
use super::context::Context;
use super::evidence::pods::{containers, pod_of};
use super::plugin::Cni;
use crate::assumption::codes as assumed;
use crate::diagnostic::codes;
use crate::manifest::objects::{EnvVar, FelixSpec, Object};
use crate::origin::{ObjectRef, Span, Spanned};
use ipnet::Ipv4Net;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

/// How names of FelixConfigurations of single nodes begin.
const OF_NODE: &str = "node.";

/// An option as it was found: text, where, and its field.
struct Found {
    text: Arc<str>,
    span: Span,
    object: ObjectRef,
    field: Arc<str>,
}

/// What it is told where it is the data path, with what is assumed of the rest.
pub(super) fn decide(context: &mut Context<'_>, data_path: Cni) -> CalicoConfig {
    if !data_path.has_blocks() {
        return CalicoConfig::default();
    }
    let variables = variables(context);
    let mut pools = pools(context, &variables);
    if pools.first().is_none_or(|pool| kind(pool) != data_path) {
        let on = |cni: Cni| if data_path == cni { Wraps::Always } else { Wraps::Never };
        let (ipip, vxlan) = (on(Cni::CALICO_IPIP), on(Cni::CALICO_VXLAN));
        context.assume(assumed::CALICO_POOL.made().arg("cni", data_path.described()));
        let known = pools.first();
        let nat_outgoing = known.is_none_or(|pool| pool.nat_outgoing);
        let block = known.map_or(BLOCK, |pool| pool.block);
        pools = vec![Pool { nat_outgoing, block, ..Pool::assumed(ipip, vxlan) }];
    }
    data_plane(context, &variables);
    let all = CalicoConfig {
        pools,
        felix: felix(context, &variables, None),
        nodes: BTreeMap::new(),
        mtu: mtu(context),
        affinities: affinities(context),
        tunnels: tunnels(context),
    };
    let parsed = context.parsed;
    let own = parsed.objects.iter().filter_map(|object| match object {
        Object::CalicoFelix(document) => document.object.name.strip_prefix(OF_NODE),
        _ => None,
    });
    let nodes = own
        .map(|node| (Arc::from(node), CalicoConfig { felix: felix(context, &variables, Some(node)), ..all.clone() }));
    let nodes = nodes.collect();
    CalicoConfig { nodes, ..all }
}

/// The plugin's name by how a pool's packets go.
fn kind(pool: &Pool) -> Cni {
    match (pool.vxlan, pool.ipip) {
        (Wraps::Never, Wraps::Never) => Cni::CALICO,
        (Wraps::Never, _) => Cni::CALICO_IPIP,
        _ => Cni::CALICO_VXLAN,
    }
}

/// The environment of `calico-node`, by name; `None` where the input does not have it.
fn variables(context: &Context<'_>) -> Option<BTreeMap<Arc<str>, Found>> {
    let parsed = context.parsed;
    let mut daemons = parsed.objects.iter().filter(|object| matches!(object, Object::DaemonSet(_)));
    daemons.find_map(|object| {
        let (_, spec) = pod_of(object)?;
        let is_node = |image: &str| image.contains("calico/node") || image.contains("calico-node");
        let node = containers(spec).find(|one| one.image.as_ref().is_some_and(|image| is_node(&image.value)))?;
        let read = |var: &Spanned<EnvVar>| {
            let var = &var.value;
            let value = var.value.as_ref()?;
            let found = Found {
                text: value.value.clone(),
                span: value.span,
                object: object.object().clone(),
                field: Arc::from(format!("spec.containers.env.{}", var.name)),
            };
            Some((var.name.clone(), found))
        };
        Some(node.env.iter().filter_map(read).collect())
    })
}

fn said(context: &Context<'_>, object: &ObjectRef, field: &str, span: Span) -> Option<Said> {
    Some(Said { object: object.clone(), field: Arc::from(field), location: context.at(span) })
}

/// Pools of the API, else of the operator's Installation, else the one that `calico-node` makes when there is none.
fn pools(context: &mut Context<'_>, variables: &Option<BTreeMap<Arc<str>, Found>>) -> Vec<Pool> {
    let parsed = context.parsed;
    let mut pools = Vec::new();
    for object in &parsed.objects {
        let Object::CalicoPool(document) = object else { continue };
        let spec = &document.value.spec;
        let cidr = spec.cidr.as_ref().map(|cidr| cidr.value.parse::<Ipv4Net>().ok());
        if spec.disabled == Some(true) || cidr == Some(None) {
            continue;
        }
        if let Some(only) = spec.node_selector.as_ref().filter(|only| only.value.trim() != "all()") {
            let made = assumed::CALICO_POOL_NODES.made().arg("pool", &*document.object.name);
            let made = made.arg("selector", only.value.to_string());
            context.assume(made.because_at(document.object.clone(), "spec.nodeSelector", context.at(only.span)));
        }
        let mode = |text: &Option<Arc<str>>| text.as_deref().and_then(Wraps::read).unwrap_or_default();
        let span = spec.cidr.as_ref().map_or(document.span, |cidr| cidr.span);
        pools.push(Pool {
            cidr: cidr.flatten().map(|net| net.trunc()),
            block: spec
                .block_size
                .as_ref()
                .map_or(BLOCK, |size| block(context, size.value, size.span, &document.object)),
            ipip: mode(&spec.ipip_mode),
            vxlan: mode(&spec.vxlan_mode),
            nat_outgoing: spec.nat_outgoing.unwrap_or(false),
            said: said(context, &document.object, "spec.cidr", span),
        });
    }
    if !pools.is_empty() {
        return pools;
    }
    for object in &parsed.objects {
        let Object::CalicoInstallation(document) = object else { continue };
        for pool in &document.value.spec.calico_network.ip_pools {
            let of = &pool.value;
            let cidr = of.cidr.as_ref().map(|cidr| cidr.value.parse::<Ipv4Net>().ok());
            if cidr == Some(None) {
                continue;
            }
            let (ipip, vxlan) = match of.encapsulation.as_deref() {
                Some("None") => (Wraps::Never, Wraps::Never),
                Some("VXLAN") => (Wraps::Never, Wraps::Always),
                Some("VXLANCrossSubnet") => (Wraps::Never, Wraps::CrossSubnet),
                Some("IPIPCrossSubnet") => (Wraps::CrossSubnet, Wraps::Never),
                _ => (Wraps::Always, Wraps::Never),
            };
            let size = of.block_size.as_ref();
            pools.push(Pool {
                cidr: cidr.flatten().map(|net| net.trunc()),
                block: size.map_or(BLOCK, |size| block(context, size.value, size.span, &document.object)),
                ipip,
                vxlan,
                nat_outgoing: of.nat_outgoing.as_deref() != Some("Disabled"),
                said: said(context, &document.object, "spec.calicoNetwork.ipPools", pool.span),
            });
        }
    }
    if pools.is_empty() {
        pools.extend(variables.as_ref().and_then(|variables| made_at_start(context, variables)));
    }
    pools
}

/// The pool that `calico-node` makes at its first start, by its environment: IP in IP unless that says otherwise.
fn made_at_start(context: &mut Context<'_>, variables: &BTreeMap<Arc<str>, Found>) -> Option<Pool> {
    let get = |name: &str| variables.get(name).map(|found| &*found.text);
    if get("NO_DEFAULT_POOLS").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        return None;
    }
    let vxlan = get("CALICO_IPV4POOL_VXLAN").and_then(Wraps::read).unwrap_or_default();
    let usual = if vxlan == Wraps::Never { Wraps::Always } else { Wraps::Never };
    let ipip = get("CALICO_IPV4POOL_IPIP").filter(|text| !text.is_empty()).and_then(Wraps::read).unwrap_or(usual);
    let shows = ["CALICO_IPV4POOL_CIDR", "CALICO_IPV4POOL_IPIP", "CALICO_IPV4POOL_VXLAN"];
    let shown = shows.iter().find_map(|name| variables.get(*name));
    let block = variables.get("CALICO_IPV4POOL_BLOCK_SIZE").map(|found| {
        let size = found.text.parse().unwrap_or(0);
        block(context, size, found.span, &found.object)
    });
    Some(Pool {
        cidr: get("CALICO_IPV4POOL_CIDR").and_then(|text| text.parse::<Ipv4Net>().ok()).map(|net| net.trunc()),
        block: block.unwrap_or(BLOCK),
        ipip,
        vxlan,
        nat_outgoing: get("CALICO_IPV4POOL_NAT_OUTGOING").is_none_or(|text| !text.eq_ignore_ascii_case("false")),
        said: shown.and_then(|found| said(context, &found.object, &found.field, found.span)),
    })
}

/// `blockSize`: what the API takes.
fn block(context: &mut Context<'_>, size: i64, span: Span, of: &ObjectRef) -> u8 {
    match u8::try_from(size).ok().filter(|size| (20..=32).contains(size)) {
        Some(size) => size,
        None => {
            let found = context.finding(codes::OUT_OF_RANGE, span, of);
            context.report(found.arg("path", "blockSize").arg("value", size.to_string()));
            BLOCK
        }
    }
}

/// FelixConfiguration `default`, that of a node before it, and the environment, which comes before both.
fn options(
    context: &Context<'_>,
    variables: &Option<BTreeMap<Arc<str>, Found>>,
    node: Option<&str>,
) -> BTreeMap<Arc<str>, Found> {
    let parsed = context.parsed;
    let mut all = BTreeMap::new();
    let felix = parsed.objects.iter().filter_map(|object| match object {
        Object::CalicoFelix(document) => Some(document),
        _ => None,
    });
    let general = felix.clone().filter(|document| &*document.object.name == "default");
    let own = felix.filter(|document| node.is_some() && document.object.name.strip_prefix(OF_NODE) == node);
    for document in general.chain(own) {
        for (option, text, span) in document.value.spec.options() {
            let found =
                Found { text, span, object: document.object.clone(), field: Arc::from(format!("spec.{option}")) };
            all.insert(Arc::from(option.to_ascii_lowercase()), found);
        }
    }
    for (name, found) in variables.iter().flatten() {
        let Some(option) = name.strip_prefix("FELIX_") else { continue };
        let option = match option.to_ascii_lowercase().as_str() {
            "ipinipenabled" => "ipipenabled".to_owned(),
            "ipinipmtu" => "ipipmtu".to_owned(),
            other => other.to_owned(),
        };
        let Found { text, span, object, field } = found;
        let found = Found { text: text.clone(), span: *span, object: object.clone(), field: field.clone() };
        all.insert(Arc::from(option), found);
    }
    all
}

fn felix(context: &mut Context<'_>, variables: &Option<BTreeMap<Arc<str>, Found>>, node: Option<&str>) -> Felix {
    let options = options(context, variables, node);
    let word = |name: &str| options.get(name).map(|found| found.text.to_ascii_lowercase());
    let is = |name: &str, value: &str| word(name).as_deref() == Some(value);
    let truth = |name: &str| match word(name)?.as_str() {
        "true" | "enabled" | "1" | "yes" => Some(true),
        "false" | "disabled" | "0" | "no" => Some(false),
        _ => None,
    };
    let usual = Felix::default();
    let to_host = match word("defaultendpointtohostaction").as_deref() {
        Some("accept") => ToHost::Accept,
        Some("return") => ToHost::Return,
        Some("drop") => ToHost::Drop,
        // The install files say `ACCEPT`; a DaemonSet that does not leaves it to Felix.
        _ if variables.is_some() => ToHost::Drop,
        _ => usual.to_host,
    };
    let ports = word("natportrange").and_then(|text| {
        let (first, last) = text.split_once([':', '-']).unwrap_or((&text, &text));
        Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
    });
    let mut number = |name: &str, least: u32, most: u32| -> Option<u32> {
        let found = options.get(name)?;
        let known = u32::from_str(found.text.trim()).ok().filter(|value| (least..=most).contains(value) || *value == 0);
        if known.is_none() {
            let told = context.finding(codes::OUT_OF_RANGE, found.span, &found.object);
            context.report(told.arg("path", &*found.field).arg("value", found.text.to_string()));
        }
        known.filter(|value| *value != 0)
    };
    let (ipip_mtu, vxlan_mtu) = (number("ipipmtu", 68, 65_535), number("vxlanmtu", 68, 65_535));
    let port = number("vxlanport", 1, 65_535).and_then(|port| u16::try_from(port).ok());
    let vni = number("vxlanvni", 1, (1 << 24) - 1);
    Felix {
        append: is("chaininsertmode", "append"),
        to_host,
        filter_returns: is("iptablesfilterallowaction", "return"),
        mangle_returns: is("iptablesmangleallowaction", "return"),
        ipip: truth("ipipenabled"),
        vxlan: truth("vxlanenabled"),
        ipip_mtu,
        vxlan_mtu,
        vxlan_port: port.unwrap_or(usual.vxlan_port),
        vxlan_vni: vni.unwrap_or(usual.vxlan_vni),
        nat_address: word("natoutgoingaddress").and_then(|text| text.trim().parse().ok()),
        nat_ports: ports.filter(|(_, last)| *last > 0),
        vxlan_from_pods: truth("allowvxlanpacketsfromworkloads").unwrap_or(false),
        ipip_from_pods: truth("allowipippacketsfromworkloads").unwrap_or(false),
        said: options
            .iter()
            .filter_map(|(name, found)| Some((name.clone(), said(context, &found.object, &found.field, found.span)?)))
            .collect(),
    }
}

/// A data path that is not simulated: eBPF, nftables, VPP. The iptables one stands in for it.
fn data_plane(context: &mut Context<'_>, variables: &Option<BTreeMap<Arc<str>, Found>>) {
    let parsed = context.parsed;
    let of_operator = parsed.objects.iter().find_map(|object| match object {
        Object::CalicoInstallation(document) => {
            let said = document.value.spec.calico_network.linux_dataplane.as_ref()?;
            (&*said.value != "Iptables").then(|| said.value.to_string())
        }
        _ => None,
    });
    let options = options(context, variables, None);
    let on = |name: &str| {
        options.get(name).is_some_and(|found| matches!(&*found.text.to_ascii_lowercase(), "true" | "enabled" | "1"))
    };
    let of_felix = || {
        let all = [("bpfenabled", "BPF"), ("nftablesmode", "Nftables")];
        all.into_iter().find(|(name, _)| on(name)).map(|(_, plane)| plane.to_owned())
    };
    if let Some(plane) = of_operator.or_else(of_felix) {
        context.assume(assumed::CALICO_DATA_PLANE.made().arg("plane", plane));
    }
}

/// MTU of Pods: the Installation's, or that of `calico.yaml`, where 0 is told from the uplink.
fn mtu(context: &Context<'_>) -> Option<u32> {
    context.parsed.objects.iter().find_map(|object| match object {
        Object::CalicoInstallation(document) => {
            let mtu = document.value.spec.calico_network.mtu.as_ref()?;
            u32::try_from(mtu.value).ok().filter(|mtu| (68..=65_535).contains(mtu))
        }
        Object::ConfigMap(document) if document.value.data.contains_key("calico_backend") => {
            let mtu = document.value.data.get("veth_mtu")?;
            mtu.value.trim().parse().ok().filter(|mtu| (68..=65_535).contains(mtu))
        }
        _ => None,
    })
}

/// Whose blocks are whose, as a dump has it.
fn affinities(context: &Context<'_>) -> BTreeMap<Ipv4Net, Arc<str>> {
    let of = |object: &Object| {
        let Object::CalicoAffinity(document) = object else { return None };
        let spec = &document.value.spec;
        let gone =
            spec.deleted.as_deref() == Some("true") || spec.state.as_deref().is_some_and(|state| state != "confirmed");
        let block: Ipv4Net = spec.cidr.as_deref()?.parse().ok().filter(|_| !gone)?;
        Some((block.trunc(), spec.node.clone()?))
    };
    context.parsed.objects.iter().filter_map(of).collect()
}

/// Annotations that nodes' daemons leave.
fn tunnels(context: &Context<'_>) -> BTreeMap<Arc<str>, std::net::IpAddr> {
    let names = ["projectcalico.org/IPv4IPIPTunnelAddr", "projectcalico.org/IPv4VXLANTunnelAddr"];
    let of = |object: &Object| {
        let Object::Node(document) = object else { return None };
        let notes = &document.value.metadata.annotations;
        let ip = names.iter().find_map(|name| notes.get(*name)?.parse::<std::net::Ipv4Addr>().ok())?;
        Some((document.object.name.clone(), std::net::IpAddr::V4(ip)))
    };
    context.parsed.objects.iter().filter_map(of).collect()
}

/// Fields of a FelixConfiguration, each with its name.
impl FelixSpec {
    fn options(&self) -> Vec<(&'static str, Arc<str>, Span)> {
        let mut all = Vec::new();
        let texts = [
            ("chainInsertMode", &self.chain_insert_mode),
            ("defaultEndpointToHostAction", &self.default_endpoint_to_host_action),
            ("iptablesFilterAllowAction", &self.iptables_filter_allow_action),
            ("iptablesMangleAllowAction", &self.iptables_mangle_allow_action),
            ("natOutgoingAddress", &self.nat_outgoing_address),
            ("natPortRange", &self.nat_port_range),
            ("nftablesMode", &self.nftables_mode),
        ];
        all.extend(texts.into_iter().filter_map(|(name, text)| {
            let text = text.as_ref()?;
            Some((name, text.value.clone(), text.span))
        }));
        let numbers = [
            ("ipipMTU", &self.ipip_mtu),
            ("vxlanMTU", &self.vxlan_mtu),
            ("vxlanPort", &self.vxlan_port),
            ("vxlanVNI", &self.vxlan_vni),
        ];
        all.extend(numbers.into_iter().filter_map(|(name, number)| {
            let number = number.as_ref()?;
            Some((name, Arc::from(number.value.to_string()), number.span))
        }));
        let flags = [
            ("ipipEnabled", &self.ipip_enabled),
            ("vxlanEnabled", &self.vxlan_enabled),
            ("bpfEnabled", &self.bpf_enabled),
            ("allowVXLANPacketsFromWorkloads", &self.allow_vxlan),
            ("allowIPIPPacketsFromWorkloads", &self.allow_ipip),
        ];
        all.extend(flags.into_iter().filter_map(|(name, flag)| {
            let flag = flag.as_ref()?;
            Some((name, Arc::from(flag.value.to_string()), flag.span))
        }));
        all
    }
}
