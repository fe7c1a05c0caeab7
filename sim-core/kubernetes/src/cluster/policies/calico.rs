//! Calico's own policies, as its API takes them (`libcalico-go/lib/validator/v3`) and as they come to Felix
//! (`libcalico-go/lib/backend/syncersv1/updateprocessors`). What is not simulated of a policy is told, and then none of it is.

use crate::cluster::context::{Context, name_of};
use crate::diagnostic::codes;
use crate::manifest::objects::{
    CalicoEntity, CalicoIcmp, CalicoNetworkSet, CalicoPolicy, CalicoRule, CalicoTier, Document, IntOrString, List,
    Object, Text,
};
use crate::origin::{ObjectRef, Span, Spanned};
use crate::policy::{
    Action, Besides, CALICO_NAMESPACE, Direction, Entity, Icmp, LAST, NetworkSet, NotRead, OF_NAMESPACE, Peer,
    PeerKind, Policies, Policy, PortKind, PortMatch, Protocols, Rule, Selector, Tier, inherited, parse_selector,
};
use ipnet::{IpNet, Ipv6Net};
use kernel::packet::Protocol;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

/// Entries of one list of a policy at most: one with more is not read.
const MOST: usize = 5_000;

/// Labels by service accounts, which are not known.
const OF_SERVICE_ACCOUNTS: [&str; 2] = ["projectcalico.org/serviceaccount", "pcsa."];

/// Tiers by name: those that Calico has by itself, and those of the input.
pub(super) type Tiers = BTreeMap<Text, Tier>;

/// All tiers that there are.
pub(super) fn tiers(context: &mut Context<'_>) -> Tiers {
    let own = [
        ("adminnetworkpolicy", 1_000_000),
        ("kube-admin", 1_000_000),
        ("baselineadminnetworkpolicy", 10_000_000_000),
        ("kube-baseline", 10_000_000_000),
    ];
    let mut all: Tiers = own
        .into_iter()
        .map(|(name, order)| (Arc::from(name), Tier { order, name: Arc::from(name), ends: Action::Pass }))
        .collect();
    let default = Tier::default_tier();
    all.insert(default.name.clone(), default);
    let parsed = context.parsed;
    for object in &parsed.objects {
        let Object::CalicoTier(document) = object else { continue };
        let (name, CalicoTier { spec, .. }) = (&document.object.name, &*document.value);
        let known = [("Deny", Action::Deny), ("Pass", Action::Pass), ("", Action::Deny)];
        let ends = spec.default_action.as_ref().map_or(Some(Action::Deny), |action| {
            context.choice(action, "spec.defaultAction", &document.object, &known)
        });
        // Those that Calico has by itself cannot be made otherwise.
        let given = all.contains_key(name) || context.is_refused(&document.object);
        if let (Some(ends), false) = (ends, given) {
            let order = spec.order.as_ref().map_or(LAST, |order| order.value.0);
            all.insert(name.clone(), Tier { order, name: name.clone(), ends });
        }
    }
    all
}

/// A set of networks, with the labels by which it is selected.
pub(super) fn set(context: &mut Context<'_>, document: &Document<CalicoNetworkSet>, policies: &Policies) -> NetworkSet {
    let (object, value) = (&document.object, &document.value);
    let mut nets = Vec::new();
    for (at, net) in value.spec.nets.iter().enumerate() {
        nets.extend(range(context, net, &format!("spec.nets[{at}]"), object));
    }
    let own = &value.metadata.labels;
    let labels = match &object.namespace {
        Some(namespace) => inherited(namespace, policies.labels_of(namespace), own),
        None => (**own).clone(),
    };
    NetworkSet { object: object.clone(), labels, nets }
}

/// A range, or an address for the range that is that alone.
fn range(context: &mut Context<'_>, text: &Spanned<Text>, path: &str, object: &ObjectRef) -> Option<IpNet> {
    if let Ok(ip) = text.value.parse::<IpAddr>() {
        return Some(IpNet::from(ip));
    }
    context.cidr(text, path, object).map(|net| net.trunc())
}

/// A policy, or as much of it as is read.
pub(super) fn policy(
    context: &mut Context<'_>,
    document: &Document<CalicoPolicy>,
    tiers: &Tiers,
) -> Result<Policy, Box<NotRead>> {
    let global = document.object.namespace.is_none();
    let namespace = (!global).then(|| name_of(&document.object).namespace);
    let mut reader = Reader { object: &document.object, namespaced: !global, not_read: None };
    let policy = reader.policy(context, document, namespace, tiers);
    match reader.not_read {
        None => Ok(policy),
        Some((field, span)) => Err(Box::new(NotRead { policy, field, location: context.at(span) })),
    }
}

/// What all parts of a policy are read with.
struct Reader<'d> {
    object: &'d ObjectRef,
    namespaced: bool,
    /// The first field that is not read.
    not_read: Option<(Arc<str>, Span)>,
}

/// An end of a rule as it is read: what it has to fulfil, its ports, and those that it may not have.
type End = (Entity, Vec<PortMatch>, Vec<PortMatch>);

impl Reader<'_> {
    /// Notes a field that is not read, or not as it is written.
    fn amiss(&mut self, path: &str, span: Span) {
        self.not_read.get_or_insert_with(|| (Arc::from(path), span));
    }

    /// Tells of a field that is not simulated.
    fn unread(&mut self, context: &mut Context<'_>, path: &str, span: Span) {
        let found = context.finding(codes::POLICY_NOT_READ, context.first_line(span), self.object);
        context.report(found.arg("path", path));
        self.amiss(path, span);
    }

    fn missing(&mut self, context: &mut Context<'_>, path: &str, span: Span) {
        let found = context.finding(codes::MISSING_FIELD, context.first_line(span), self.object);
        context.report(found.arg("path", path));
        self.amiss(path, span);
    }

    fn only_with(&mut self, context: &mut Context<'_>, path: &str, span: Span, only: &str) {
        let found = context.finding(codes::FIELD_ONLY_WITH, context.first_line(span), self.object);
        context.report(found.arg("path", path).arg("only", only));
        self.amiss(path, span);
    }

    /// One of a field's words; of one that there is not nothing is read.
    fn choice<T: Copy>(
        &mut self,
        context: &mut Context<'_>,
        text: &Spanned<Text>,
        path: &str,
        known: &[(&str, T)],
    ) -> Option<T> {
        let found = context.choice(text, path, self.object, known);
        if found.is_none() {
            self.amiss(path, text.span);
        }
        found
    }

    fn policy(
        &mut self,
        context: &mut Context<'_>,
        document: &Document<CalicoPolicy>,
        namespace: Option<Arc<str>>,
        tiers: &Tiers,
    ) -> Policy {
        let spec = &document.value.spec;
        let tier = self.tier(context, spec.tier.as_ref(), tiers);
        let (pods, (field, at)) = self.selection(context, document);
        if let Some(accounts) = spec.service_account_selector.as_ref().filter(|text| !text.value.is_empty()) {
            self.unread(context, "spec.serviceAccountSelector", accounts.span);
        }
        for (path, flag) in [("spec.doNotTrack", &spec.do_not_track), ("spec.preDNAT", &spec.pre_dnat)] {
            if let Some(flag) = flag.as_ref().filter(|flag| flag.value) {
                self.unread(context, path, flag.span);
            }
        }
        let known = [("Ingress", Direction::Ingress), ("Egress", Direction::Egress)];
        let mut types = BTreeSet::new();
        for (at, one) in spec.types.iter().enumerate() {
            types.extend(self.choice(context, one, &format!("spec.types[{at}]"), &known));
        }
        let rules = |direction: Direction| match direction {
            Direction::Ingress => &spec.ingress,
            Direction::Egress => &spec.egress,
        };
        if spec.types.is_empty() {
            // Without types the API fills in these (`defaultPolicyTypesField`); where it was not asked Felix takes both
            // (`ExtractPolicyMetadata`).
            let asked = !document.api_version.starts_with("crd.");
            let has = |direction: Direction| !rules(direction).is_empty();
            if !asked || has(Direction::Ingress) || !has(Direction::Egress) {
                types.insert(Direction::Ingress);
            }
            if !asked || has(Direction::Egress) {
                types.insert(Direction::Egress);
            }
        }
        let mut read = [None, None];
        for (direction, into) in Direction::BOTH.into_iter().zip(&mut read) {
            let written = rules(direction);
            if let Some(first) = written.first().filter(|_| !types.contains(&direction)) {
                let found = context.finding(codes::FIELD_IGNORED, context.first_line(first.span), self.object);
                context.report(found.arg("path", direction.rules_field()).arg("because", "types"));
            }
            let rules: Vec<Rule> =
                self.listed(context, written, direction.rules_field(), |reader, context, rule, path| {
                    reader.rule(context, direction, rule, path)
                });
            *into = types.contains(&direction).then_some(rules);
        }
        let [ingress, egress] = read;
        Policy {
            object: self.object.clone(),
            namespace,
            tier,
            order: spec.order.as_ref().map_or(LAST, |order| order.value.0),
            namespaces: Selector::ALL,
            pods,
            ingress,
            egress,
            field,
            location: context.at(at.unwrap_or(spec.span)),
            span: document.span,
        }
    }

    /// Everything of a list, unless it is too long.
    fn listed<'w, T, R>(
        &mut self,
        context: &mut Context<'_>,
        written: &'w List<T>,
        path: &str,
        mut one: impl FnMut(&mut Self, &mut Context<'_>, &'w Spanned<T>, String) -> Option<R>,
    ) -> Vec<R> {
        if let Some(behind) = written.get(MOST) {
            self.unread(context, path, behind.span);
        }
        let mut all = Vec::new();
        for (at, entry) in written.iter().take(MOST).enumerate() {
            all.extend(one(self, context, entry, format!("{path}[{at}]")));
        }
        all
    }

    fn tier(&mut self, context: &mut Context<'_>, written: Option<&Spanned<Text>>, tiers: &Tiers) -> Tier {
        let Some(name) = written.filter(|name| !name.value.is_empty()) else { return Tier::default_tier() };
        if let Some(tier) = tiers.get(&name.value) {
            return tier.clone();
        }
        let found = context.finding(codes::POLICY_TIER, name.span, self.object);
        context.report(found.arg("tier", &*name.value));
        self.amiss("spec.tier", name.span);
        Tier { order: LAST, name: name.value.clone(), ends: Action::Deny }
    }

    /// Whom the policy selects, and the field that says so.
    fn selection(
        &mut self,
        context: &mut Context<'_>,
        document: &Document<CalicoPolicy>,
    ) -> (Selector, (&'static str, Option<Span>)) {
        let spec = &document.value.spec;
        let own = written(&spec.selector);
        let (pods, at) = match own {
            Some(text) => (self.selector(context, text, "spec.selector"), Some(text.span)),
            None => (Selector::ALL, None),
        };
        let Some(spaces) = written(&spec.namespace_selector) else { return (pods, ("spec.selector", at)) };
        let path = "spec.namespaceSelector";
        if self.namespaced {
            // The API has no such field there.
            self.unread(context, path, spaces.span);
        }
        let selector = self.selector(context, spaces, path).prefixed(OF_NAMESPACE);
        let both = if own.is_some() { Selector::And(vec![pods, selector]) } else { selector };
        let field = if own.is_some() { "spec.selector" } else { path };
        (both.with_all_as(&of_any_namespace()), (field, Some(at.unwrap_or(spaces.span))))
    }

    /// A selector; one that cannot be read is told, and then means everybody.
    fn selector(&mut self, context: &mut Context<'_>, text: &Spanned<Text>, path: &str) -> Selector {
        match parse_selector(&text.value, None) {
            Ok(selector) => {
                let mut keys = BTreeSet::new();
                selector.keys(&mut keys);
                if keys.iter().any(|key| OF_SERVICE_ACCOUNTS.iter().any(|of| key.starts_with(of))) {
                    self.unread(context, path, text.span);
                }
                selector
            }
            Err(wrong) => {
                let before = text.value.get(..wrong.at).unwrap_or_default();
                let found = context.finding(codes::POLICY_SELECTOR, text.span, self.object).arg("path", path);
                let found = found.arg("column", (before.chars().count() + 1).to_string());
                context.report(found.arg("what", wrong.what.word()).arg("value", &*text.value));
                self.amiss(path, text.span);
                Selector::ALL
            }
        }
    }

    /// Namespaces of an end of a rule, as labels that everybody in them has; `global()` is who is in none.
    fn namespaces(&mut self, context: &mut Context<'_>, text: &Spanned<Text>, path: &str) -> Selector {
        let nobody = Selector::Or(Vec::new());
        if parse_selector(&text.value, Some(&nobody)) == Ok(nobody) {
            return Selector::Not(Box::new(of_any_namespace()));
        }
        self.selector(context, text, path).prefixed(OF_NAMESPACE).with_all_as(&of_any_namespace())
    }

    fn rule(
        &mut self,
        context: &mut Context<'_>,
        direction: Direction,
        rule: &Spanned<CalicoRule>,
        field: String,
    ) -> Option<Rule> {
        let written = &rule.value;
        let known = [("Allow", Action::Allow), ("Deny", Action::Deny), ("Pass", Action::Pass), ("Log", Action::Log)];
        let action = match &written.action {
            Some(action) => self.choice(context, action, &format!("{field}.action"), &known),
            None => {
                self.missing(context, &format!("{field}.action"), rule.span);
                None
            }
        };
        if let Some(http) = &written.http {
            self.unread(context, &format!("{field}.http"), http.span);
        }
        let (protocol, location) = self.protocol(context, written, &field);
        let (source, from_ports, from_not) = self.end(context, written.source.as_ref(), protocol, &field, "source");
        let (mut destination, ports, not_ports) =
            self.end(context, written.destination.as_ref(), protocol, &field, "destination");
        for (path, list) in [("ports", &from_ports), ("notPorts", &from_not)] {
            let side = written.source.as_ref().map(|side| &side.value);
            let first = side.and_then(|side| if path == "ports" { side.ports.first() } else { side.not_ports.first() });
            if let (Some(first), false) = (first, list.is_empty()) {
                self.unread(context, &format!("{field}.source.{path}"), first.span);
            }
        }
        match written.ip_version.as_ref().map(|version| (version.value, version.span)) {
            None | Some((4, _)) => {}
            Some((6, _)) if destination.nets.is_empty() => destination.nets.push(any_of_ipv6()),
            Some((6, _)) => {}
            Some((other, span)) => {
                let path = format!("{field}.ipVersion");
                let found = context.finding(codes::INVALID_CHOICE, span, self.object).arg("path", &*path);
                context.report(found.arg("value", other.to_string()).arg("expected", "4, 6"));
                self.amiss(&path, span);
            }
        }
        let icmp = self.icmp(context, written.icmp.as_ref(), protocol, format!("{field}.icmp"));
        let not_icmp = self.icmp(context, written.not_icmp.as_ref(), protocol, format!("{field}.notICMP"));
        let peer = |entity: Entity, name: &str, written: &Option<Spanned<CalicoEntity>>| {
            let location = context.at(written.as_ref().map_or(rule.span, |written| written.span));
            let path = Arc::from(format!("{field}.{name}"));
            (!entity.is_any()).then_some(Peer { kind: PeerKind::Entity(Box::new(entity)), field: path, location })
        };
        let (source, destination) =
            (peer(source, "source", &written.source), peer(destination, "destination", &written.destination));
        let (own, other) = match direction {
            Direction::Ingress => (destination, source),
            Direction::Egress => (source, destination),
        };
        let location = location.and_then(|span| context.at(span));
        let besides = Besides { own, protocol, location, icmp, not_icmp, not_ports };
        Some(Rule {
            action: action?,
            peers: other.into_iter().collect(),
            ports,
            field: Arc::from(field),
            location: context.at(rule.span),
            besides: (besides != Besides::default()).then(|| Box::new(besides)),
        })
    }

    /// Which protocols a rule is for, and where that is said.
    fn protocol(
        &mut self,
        context: &mut Context<'_>,
        written: &CalicoRule,
        field: &str,
    ) -> (Option<Protocols>, Option<Span>) {
        let mut found = (None, None);
        let both = [("protocol", &written.protocol, true), ("notProtocol", &written.not_protocol, false)];
        for (name, text, only) in both {
            let Some(text) = text else { continue };
            let path = format!("{field}.{name}");
            let Some(protocol) = protocol(&text.value) else {
                let value = match &text.value {
                    IntOrString::Int(number) => number.to_string(),
                    IntOrString::String(name) => name.to_string(),
                };
                let found = context.finding(codes::INVALID_CHOICE, text.span, self.object).arg("path", &*path);
                let expected = "TCP, UDP, ICMP, ICMPv6, SCTP, UDPLite, 1-255";
                context.report(found.arg("value", value).arg("expected", expected));
                self.amiss(&path, text.span);
                continue;
            };
            match (found.0, only) {
                (_, true) => found = (Some(Protocols::Only(protocol)), Some(text.span)),
                (None, false) => found = (Some(Protocols::Except(protocol)), Some(text.span)),
                // That one and not that one.
                (Some(Protocols::Only(one)), false) if one != protocol => {}
                (Some(_), false) => self.unread(context, &path, text.span),
            }
        }
        found
    }

    /// What an end has to fulfil (`GetEntityRuleSelector`).
    fn end(
        &mut self,
        context: &mut Context<'_>,
        end: Option<&Spanned<CalicoEntity>>,
        protocol: Option<Protocols>,
        field: &str,
        name: &str,
    ) -> End {
        let Some(Spanned { value: end, .. }) = end else { return End::default() };
        let path = |what: &str| format!("{field}.{name}.{what}");
        let others =
            [("services", &end.services), ("serviceAccounts", &end.service_accounts), ("domains", &end.domains)];
        for (what, other) in others {
            if let Some(other) = other {
                self.unread(context, &path(what), other.span);
            }
        }
        let mut entity = Entity::default();
        for (what, nets, into) in
            [("nets", &end.nets, &mut entity.nets), ("notNets", &end.not_nets, &mut entity.not_nets)]
        {
            *into = self.listed(context, nets, &path(what), |reader, context, net, path| {
                let read = range(context, net, &path, reader.object);
                if read.is_none() {
                    reader.amiss(&path, net.span);
                }
                read
            });
        }
        let own = written(&end.selector).map(|text| self.selector(context, text, &path("selector")));
        let spaces = written(&end.namespace_selector);
        let spaces = spaces.map(|text| self.namespaces(context, text, &path("namespaceSelector")));
        entity.not_selector = written(&end.not_selector).map(|text| self.selector(context, text, &path("notSelector")));
        let asked = own.is_some() || spaces.is_some() || entity.not_selector.is_some();
        let namespace = self.object.namespace.as_ref().filter(|_| asked);
        let in_own = || Some(Selector::Is(Arc::from(CALICO_NAMESPACE), namespace?.clone()));
        entity.selector = match (spaces.or_else(in_own), own) {
            (Some(spaces), Some(own)) => Some(Selector::And(vec![spaces, own])),
            (spaces, own) => spaces.or(own),
        };
        // Where somebody is meant, others are taken out of these; else everybody but them is, whoever they are
        // (`combineMatchesIfPossible`).
        if let Some(wanted) = entity.selector.take() {
            let not = entity.not_selector.take().map(|not| Selector::Not(Box::new(not)));
            entity.selector = Some(match not {
                Some(not) => Selector::And(vec![wanted, not]),
                None => wanted,
            });
        }
        let mut lists = [Vec::new(), Vec::new()];
        for ((what, ports), into) in [("ports", &end.ports), ("notPorts", &end.not_ports)].into_iter().zip(&mut lists) {
            let of = match protocol {
                Some(Protocols::Only(one)) if one == Protocol::Tcp || one == Protocol::Udp || one == Protocol::Sctp => {
                    one
                }
                _ => {
                    if let Some(first) = ports.first() {
                        self.only_with(context, &path(what), first.span, "protocol-ports");
                    }
                    continue;
                }
            };
            *into = self.listed(context, ports, &path(what), |reader, context, port, path| {
                let kind = reader.port(context, port, &path);
                if kind.is_none() {
                    reader.amiss(&path, port.span);
                }
                let location = context.at(port.span);
                Some(PortMatch { protocol: of, kind: kind?, field: Arc::from(path), location })
            });
        }
        let [ports, not_ports] = lists;
        (entity, ports, not_ports)
    }

    /// A number, a range `80:90`, or a name (`numorstring.Port`).
    fn port(&mut self, context: &mut Context<'_>, port: &Spanned<IntOrString>, path: &str) -> Option<PortKind> {
        let number = |context: &mut Context<'_>, value: i64| {
            context.port(&Spanned { value, span: port.span }, path, self.object).map(|port| port.0)
        };
        let text = match &port.value {
            IntOrString::Int(value) => {
                let only = number(context, *value)?;
                return Some(PortKind::Range(only, only));
            }
            IntOrString::String(text) => text,
        };
        if let Ok(value) = text.parse() {
            let only = number(context, value)?;
            return Some(PortKind::Range(only, only));
        }
        let parts = text.split_once(':').and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
        let Some((first, last)) = parts else { return Some(PortKind::Named(text.clone())) };
        let (first, last) = (number(context, first)?, number(context, last)?);
        if last < first {
            let found = context.finding(codes::INVALID_CHOICE, port.span, self.object);
            let found = found.arg("path", path).arg("value", &**text);
            context.report(found.arg("expected", format!("{first}:{first}-65535")));
            return None;
        }
        Some(PortKind::Range(first, last))
    }

    fn icmp(
        &mut self,
        context: &mut Context<'_>,
        written: Option<&Spanned<CalicoIcmp>>,
        protocol: Option<Protocols>,
        path: String,
    ) -> Option<Icmp> {
        let Spanned { value: CalicoIcmp { kind, code }, span } = written?;
        if !matches!(protocol, Some(Protocols::Only(Protocol::Icmp | Protocol::Other(58)))) {
            self.only_with(context, &path, *span, "protocol-icmp");
            return None;
        }
        if let (None, Some(code)) = (kind, code) {
            self.missing(context, &format!("{path}.type"), code.span);
        }
        let mut byte = |context: &mut Context<'_>, number: &Spanned<i64>, name: &str| {
            let read = u8::try_from(number.value).ok();
            if read.is_none() {
                let path = format!("{path}.{name}");
                let found = context.finding(codes::OUT_OF_RANGE, number.span, self.object).arg("path", &*path);
                context.report(found.arg("value", number.value.to_string()));
                self.amiss(&path, number.span);
            }
            read
        };
        let code = code.as_ref().and_then(|code| byte(context, code, "code"));
        let kind = kind.as_ref().and_then(|kind| byte(context, kind, "type"))?;
        Some(Icmp { kind, code })
    }
}

/// A selector that says something: an empty one is none.
fn written(text: &Option<Spanned<Text>>) -> Option<&Spanned<Text>> {
    text.as_ref().filter(|text| !text.value.is_empty())
}

/// Everybody who is in some namespace.
fn of_any_namespace() -> Selector {
    Selector::Has(Arc::from(CALICO_NAMESPACE))
}

fn any_of_ipv6() -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 0))
}

/// A protocol by its name or number.
fn protocol(text: &IntOrString) -> Option<Protocol> {
    let number = match text {
        IntOrString::Int(number) => *number,
        IntOrString::String(name) => match &**name {
            "ICMP" => 1,
            "TCP" => 6,
            "UDP" => 17,
            "ICMPv6" => 58,
            "SCTP" => 132,
            "UDPLite" => 136,
            other => other.parse().ok()?,
        },
    };
    Some(match u8::try_from(number).ok()? {
        0 => return None,
        1 => Protocol::Icmp,
        6 => Protocol::Tcp,
        17 => Protocol::Udp,
        132 => Protocol::Sctp,
        other => Protocol::Other(other),
    })
}
