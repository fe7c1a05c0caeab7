//! Which policies select whom, and who is meant by a rule: looked up by namespace and by a label that a selector requires.

use super::bits::Bits;
use super::ends::{Kind, PodKind};
use ipnet::IpNet;
use kernel::packet::Protocol;
use kubernetes::manifest::objects::Text;
use kubernetes::policy::{
    Direction, Endpoint, Entity, Namespaces, Peer, PeerKind, Policies, Policy, PortSet, Ports, Rule, Selector,
    labels_of_namespace,
};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

type Labels = BTreeMap<Text, Text>;

/// Whom a rule may mean.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Meant {
    Own(Option<Arc<str>>, Selector),
    Selected(Selector, Selector),
    Net(IpNet, Vec<IpNet>),
    Entity(Box<Entity>),
}

/// Ports that are meant by a name, with whose containers have it there.
type Resolved = Arc<Vec<(PortSet, Bits)>>;

/// Where to look first.
pub(super) struct Index<'p> {
    pub(super) policies: &'p Policies,
    pub(super) kinds: &'p [Kind],
    /// Labels of all namespaces in which somebody is.
    spaces: BTreeMap<Arc<str>, Labels>,
    /// Pods of a namespace.
    inside: BTreeMap<Arc<str>, Bits>,
    /// All Pods.
    pods: Bits,
    labelled: HashMap<(&'p str, &'p str), Vec<usize>>,
    /// Addresses, in order.
    addresses: Vec<(IpAddr, usize)>,
    meant: HashMap<Meant, Arc<Bits>>,
    chosen: HashMap<Selector, Arc<Bits>>,
    named: HashMap<(Text, Protocol), Resolved>,
    /// Policies by namespace and a label that their Pods have; those that ask for none.
    wanting: HashMap<(Option<&'p str>, &'p str, &'p str), Vec<usize>>,
    others: HashMap<Option<&'p str>, Vec<usize>>,
    /// Some rule is for some of the Pods only that its policy selects.
    two_ends: bool,
}

impl<'p> Index<'p> {
    pub(super) fn of(policies: &'p Policies, kinds: &'p [Kind]) -> Self {
        let count = kinds.len();
        let mut spaces = policies.namespaces.clone();
        let mut inside: BTreeMap<Arc<str>, Bits> = BTreeMap::new();
        let mut labelled: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
        let (mut pods, mut addresses) = (Bits::none(count), Vec::new());
        for (at, kind) in kinds.iter().enumerate() {
            addresses.extend(kind.ip.map(|ip| (ip, at)));
            let Some(pod) = &kind.pod else { continue };
            pods.set(at);
            inside.entry(pod.namespace.clone()).or_insert_with(|| Bits::none(count)).set(at);
            spaces.entry(pod.namespace.clone()).or_insert_with_key(|name| labels_of_namespace(name, None));
            for (key, value) in &pod.labels {
                labelled.entry((key, value)).or_default().push(at);
            }
        }
        addresses.sort_unstable();
        let (mut wanting, mut others): (HashMap<_, Vec<usize>>, HashMap<_, Vec<usize>>) = Default::default();
        for (at, policy) in policies.all.iter().enumerate() {
            let namespace = policy.namespace.as_deref();
            match policy.pods.required() {
                Some((key, values)) => values.iter().for_each(|value| {
                    wanting.entry((namespace, &**key, &**value)).or_default().push(at);
                }),
                None => others.entry(namespace).or_default().push(at),
            }
        }
        let (meant, chosen, named) = Default::default();
        let mut rules = policies.all.iter().flat_map(|policy| policy.ingress.iter().chain(&policy.egress)).flatten();
        let two_ends = rules.any(|rule| rule.besides.as_ref().is_some_and(|besides| besides.own.is_some()));
        Self {
            policies,
            kinds,
            spaces,
            inside,
            pods,
            labelled,
            addresses,
            meant,
            chosen,
            named,
            wanting,
            others,
            two_ends,
        }
    }

    /// Policies that say something of a direction for a Pod, in the order in which they are asked; nothing for who is no Pod.
    pub(super) fn selecting(&self, direction: Direction, kind: &'p Kind) -> Vec<usize> {
        let Some(pod) = &kind.pod else { return Vec::new() };
        let mut all = Vec::new();
        for namespace in [None, Some(&*pod.namespace)] {
            all.extend(self.others.get(&namespace).into_iter().flatten());
            for (key, value) in &pod.labels {
                all.extend(self.wanting.get(&(namespace, &**key, &**value)).into_iter().flatten());
            }
        }
        all.sort_unstable();
        all.dedup();
        let labels = self.spaces.get(&pod.namespace);
        all.retain(|at| {
            let policy: Option<&Policy> = self.policies.all.get(*at);
            policy.zip(labels).is_some_and(|(policy, labels)| {
                policy.rules(direction).is_some() && policy.selects(&pod.namespace, labels, &pod.labels)
            })
        });
        all
    }

    /// Whether somebody is the peer of a rule.
    pub(super) fn is_peer(&self, policy: &Policy, peer: &Peer, kind: &Kind) -> bool {
        match &peer.kind {
            PeerKind::Pods { namespaces, pods } => kind.pod.as_ref().is_some_and(|pod| {
                let meant = match namespaces {
                    Namespaces::Own => policy.namespace.as_ref().is_none_or(|own| *own == pod.namespace),
                    Namespaces::Selected(selector) => {
                        self.spaces.get(&pod.namespace).is_some_and(|labels| selector.matches(labels))
                    }
                };
                meant && pods.matches(&pod.labels)
            }),
            PeerKind::Net { net, except } => kind.ip.is_some_and(|ip| within(net, except, ip)),
            PeerKind::Entity(entity) => {
                let endpoint = kind.pod.as_ref().map(|pod| self.endpoint(pod));
                entity.is(self.policies, endpoint.as_ref(), kind.ip)
            }
        }
    }

    /// Whether a rule is for a Pod that its policy selects.
    pub(super) fn is_for(&self, policy: &Policy, rule: &Rule, kind: &Kind) -> bool {
        let own = rule.besides.as_ref().and_then(|besides| besides.own.as_ref());
        own.is_none_or(|own| self.is_peer(policy, own, kind))
    }

    /// Of the rules of policies those that are for some of the Pods that they select: whether for this one.
    pub(super) fn held(&self, direction: Direction, policies: &[usize], kind: &Kind) -> Vec<bool> {
        if !self.two_ends {
            return Vec::new();
        }
        let policies = policies.iter().filter_map(|at| self.policies.all.get(*at));
        let rules = policies
            .flat_map(|policy| policy.rules(direction).unwrap_or_default().iter().map(move |rule| (policy, rule)));
        let own = rules.filter(|(_, rule)| rule.besides.as_ref().is_some_and(|besides| besides.own.is_some()));
        own.flat_map(|(policy, rule)| [self.is_for(policy, rule, kind), self.names_at(rule, direction, kind)]).collect()
    }

    /// Whether names of ports mean something at a destination.
    pub(super) fn names_at(&self, rule: &Rule, direction: Direction, to: &Kind) -> bool {
        rule.names_at(direction, to.pod.as_ref().map(|pod| self.endpoint(pod)).as_ref())
    }

    /// The ports that a rule means at a destination.
    pub(super) fn ports_at(&self, rule: &Rule, direction: Direction, to: Option<&Kind>) -> Ports {
        let names = to.filter(|to| self.names_at(rule, direction, to));
        rule.ports_at(|name, protocol| names.map(|to| ports_named(to, name, protocol)).unwrap_or_default())
    }

    /// All Pods that a selector means by their labels.
    pub(super) fn pods_meant(&self, selector: &Selector) -> Bits {
        self.pods_of(&self.pods, selector)
    }

    fn endpoint<'k>(&'k self, pod: &'k PodKind) -> Endpoint<'k> {
        Endpoint { namespace: &pod.namespace, of_namespace: self.spaces.get(&pod.namespace), labels: &pod.labels }
    }

    /// All who are the peer of a rule.
    pub(super) fn peers(&mut self, policy: &Policy, peer: &Peer) -> Arc<Bits> {
        let meant = match &peer.kind {
            PeerKind::Pods { namespaces: Namespaces::Own, pods } => Meant::Own(policy.namespace.clone(), pods.clone()),
            PeerKind::Pods { namespaces: Namespaces::Selected(selector), pods } => {
                Meant::Selected(selector.clone(), pods.clone())
            }
            PeerKind::Net { net, except } => Meant::Net(*net, except.clone()),
            PeerKind::Entity(entity) => Meant::Entity(entity.clone()),
        };
        if let Some(known) = self.meant.get(&meant) {
            return known.clone();
        }
        let bits = match &meant {
            Meant::Own(None, pods) => self.pods_of(&self.pods.clone(), pods),
            Meant::Own(Some(own), pods) => match self.inside.get(own) {
                Some(inside) => self.pods_of(&inside.clone(), pods),
                None => Bits::none(self.kinds.len()),
            },
            Meant::Selected(selector, pods) => {
                let inside = self.spaces_of(selector);
                self.pods_of(&inside, pods)
            }
            Meant::Net(net, except) => self.addresses_of(net, except),
            Meant::Entity(entity) => self.entity(entity),
        };
        let bits = Arc::new(bits);
        self.meant.insert(meant, bits.clone());
        bits
    }

    /// Pods of the namespaces that a selector means.
    fn spaces_of(&mut self, selector: &Selector) -> Arc<Bits> {
        if let Some(known) = self.chosen.get(selector) {
            return known.clone();
        }
        let mut bits = Bits::none(self.kinds.len());
        for (namespace, inside) in &self.inside {
            if self.spaces.get(namespace).is_some_and(|labels| selector.matches(labels)) {
                bits.add(inside);
            }
        }
        let bits = Arc::new(bits);
        self.chosen.insert(selector.clone(), bits.clone());
        bits
    }

    /// Those of some Pods that a selector means.
    fn pods_of(&self, of: &Bits, selector: &Selector) -> Bits {
        if selector.is_all() {
            return of.clone();
        }
        let mut bits = Bits::none(self.kinds.len());
        let mut add = |at: usize| {
            let pod = self.kinds.get(at).and_then(|kind| kind.pod.as_ref());
            if of.has(at) && pod.is_some_and(|pod| selector.matches(&self.endpoint(pod))) {
                bits.set(at);
            }
        };
        match selector.required() {
            Some((key, values)) => values.iter().for_each(|value| {
                self.labelled.get(&(&**key, &**value)).into_iter().flatten().copied().for_each(&mut add);
            }),
            None => of.iter().for_each(add),
        }
        bits
    }

    /// All who fulfil what is asked for.
    fn entity(&self, entity: &Entity) -> Bits {
        let mut bits = match &entity.selector {
            Some(selector) => self.meant_by(selector),
            None => Bits::all(self.kinds.len()),
        };
        if let Some(not) = &entity.not_selector {
            bits = bits.without(&self.meant_by(not));
        }
        let mut left = Bits::none(self.kinds.len());
        let held = |at: &usize| self.kinds.get(*at).is_some_and(|kind| entity.has_address(kind.ip));
        bits.iter().filter(held).for_each(|at| left.set(at));
        left
    }

    /// All whom a selector means: Pods, and those in ranges with such labels.
    fn meant_by(&self, selector: &Selector) -> Bits {
        let mut bits = self.pods_meant(selector);
        for net in self.policies.nets_of(selector) {
            bits.add(&self.addresses_of(net, &[]));
        }
        bits
    }

    fn addresses_of(&self, net: &IpNet, except: &[IpNet]) -> Bits {
        let first = self.addresses.partition_point(|(ip, _)| *ip < net.network());
        let inside = self.addresses.get(first..).unwrap_or_default().iter();
        let mut bits = Bits::none(self.kinds.len());
        for (ip, at) in inside.take_while(|(ip, _)| *ip <= net.broadcast()) {
            if within(net, except, *ip) {
                bits.set(*at);
            }
        }
        bits
    }

    /// The ports that a name means, with whose they are.
    pub(super) fn named(&mut self, name: &Text, protocol: Protocol) -> Resolved {
        let key = (name.clone(), protocol);
        if let Some(known) = self.named.get(&key) {
            return known.clone();
        }
        let mut all: BTreeMap<PortSet, Bits> = BTreeMap::new();
        for (at, kind) in self.kinds.iter().enumerate() {
            let set = ports_named(kind, name, protocol);
            if !set.is_empty() {
                all.entry(set).or_insert_with(|| Bits::none(self.kinds.len())).set(at);
            }
        }
        let all = Arc::new(all.into_iter().collect::<Vec<_>>());
        self.named.insert(key, all.clone());
        all
    }
}

fn within(net: &IpNet, except: &[IpNet], ip: IpAddr) -> bool {
    net.contains(&ip) && !except.iter().any(|not| not.contains(&ip))
}

/// The ports that a name means at somebody.
pub(super) fn ports_named(kind: &Kind, name: &Text, protocol: Protocol) -> PortSet {
    let mut set = PortSet::default();
    let own = kind.pod.iter().flat_map(|pod| &pod.ports);
    for (_, _, port) in own.filter(|(own, of, _)| own == name && *of == protocol) {
        set.add(&PortSet::range(*port, *port));
    }
    set
}
