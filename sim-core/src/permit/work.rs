//! Finds the change, and tries it.

use super::content::{self, block, outside};
use super::wish::{Permit, Refusal, What, Wish};
use crate::model::Model;
use crate::reach::{Around, Asked, Peer, Reach, Reasons, Workload};
use crate::trace::{Change, Field, brings_errors, patch_of};
use ipnet::IpNet;
use kubernetes::budget::{Budget, Stopped};
use kubernetes::edit::{Content, FieldPath};
use kubernetes::manifest::objects::Object;
use kubernetes::origin::ObjectRef;
use kubernetes::policy::{Action, Direction, Policy, Ports, Rule};
use std::collections::BTreeSet;

/// The policies that are changed, and how far that has come.
pub(super) struct Work<'m> {
    model: &'m Model,
    pub(super) reach: &'m Reach<'m>,
    pub(super) reasons: Reasons<'m>,
    budget: &'m Budget,
    pub(super) changes: Vec<Change>,
    /// Names of policies that are made.
    names: BTreeSet<String>,
}

/// Changes the input's policies. `reach` is that of the model, for all ports.
///
/// # Errors
/// Why nothing can be changed so, or not within the budget.
pub fn permit<'m>(model: &'m Model, reach: &'m Reach<'m>, wish: &Wish, budget: &'m Budget) -> Result<Permit, Refusal> {
    if model.parsed.held.later {
        return Err(Refusal::Later);
    }
    let (changes, names) = (Vec::new(), BTreeSet::new());
    let mut work = Work { model, reach, reasons: Reasons::of(reach), budget, changes, names };
    let own = work.workload(wish.of)?.clone();
    if own.host_network {
        return Err(Refusal::Host(own.object));
    }
    match &wish.what {
        What::Open(peer, ports) => work.open(wish, peer, ports)?,
        What::Close(peer) => work.close(wish, peer)?,
        What::Isolate => work.isolate(wish)?,
    }
    if work.changes.is_empty() {
        return Err(Refusal::Already);
    }
    let text = || Refusal::Text(work.changed().unwrap_or_else(|| own.object.clone()));
    let patch = patch_of(model, &work.changes).ok_or_else(text)?;
    let sources = patch.apply(&model.parsed.sources);
    let changed = model.rebuilt_within(&sources, &model.options, budget)?;
    if brings_errors(model, &changed) {
        return Err(text());
    }
    work.proven(&changed, wish)?;
    Ok(Permit { patch, model: changed })
}

impl From<Stopped> for Refusal {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

fn other(direction: Direction) -> Direction {
    match direction {
        Direction::Ingress => Direction::Egress,
        Direction::Egress => Direction::Ingress,
    }
}

/// Ports on which a neighbour may connect: what the workload's own policies say, and what both ends' do.
fn ports<'a>(around: &'a Around, peer: &Peer) -> Option<(&'a Ports, &'a Ports)> {
    around.neighbours.iter().find(|one| one.peer == *peer).map(|one| (&one.own, &one.both))
}

impl<'m> Work<'m> {
    pub(super) fn workload(&self, at: usize) -> Result<&'m Workload, Refusal> {
        self.reach.workloads().get(at).ok_or(Refusal::Already)
    }

    /// Addresses of Pods.
    pub(super) fn pods(&self) -> IpNet {
        self.model.cluster.settings.pod_cidr.trunc()
    }

    /// The object that the first change is of.
    fn changed(&self) -> Option<ObjectRef> {
        self.changes.iter().find_map(|change| match change {
            Change::Set(field, _) | Change::Remove(field) | Change::Push(field, _) => Some(field.object.clone()),
            Change::Document(..) => None,
        })
    }

    /// A NetworkPolicy whose text is of the input.
    fn is_written(&self, policy: &Policy) -> bool {
        let mut objects = self.model.parsed.objects.iter();
        objects.any(|object| matches!(object, Object::NetworkPolicy(own) if own.object == policy.object))
    }

    fn selecting(&self, around: &Around) -> Vec<(usize, &'m Policy)> {
        let all = around.selecting.iter().filter_map(|at| Some((*at, self.reasons.policy(*at)?)));
        all.filter(|(_, policy)| self.is_written(policy)).collect()
    }

    fn open(&mut self, wish: &Wish, peer: &Peer, wanted: &Ports) -> Result<(), Refusal> {
        self.open_side(wish.of, wish.direction, peer, wanted)?;
        if let Peer::Workload(at) = peer {
            self.open_side(*at, other(wish.direction), &Peer::Workload(wish.of), wanted)?;
        }
        Ok(())
    }

    /// One end's policies let the other end pass.
    fn open_side(&mut self, of: usize, direction: Direction, peer: &Peer, wanted: &Ports) -> Result<(), Refusal> {
        let around = self.reach.around(of, direction, self.budget)?;
        let own = ports(&around, peer).map(|(own, _)| own.clone()).unwrap_or_default();
        if around.host || wanted.without(&own).is_empty() {
            return Ok(());
        }
        let workload = self.workload(of)?;
        let namespace = workload.namespace();
        let peers = match peer {
            Peer::Workload(at) => {
                let other = self.workload(*at)?;
                if other.host_network {
                    return Err(Refusal::Host(other.object.clone()));
                }
                let entry = content::peer(self.reach, namespace, other);
                vec![entry.ok_or_else(|| Refusal::Labels(other.object.clone()))?]
            }
            Peer::Range(first, last) => {
                outside(self.pods(), (*first, *last)).iter().map(|(net, except)| block(*net, except)).collect()
            }
            Peer::Ingress | Peer::Group(_) => return Err(Refusal::Already),
        };
        // A policy that selects nobody else: what is added there opens nothing of others.
        let alone = |at: usize| self.reasons.selected(at, direction) == BTreeSet::from([of]);
        let selecting = self.selecting(&around);
        let Some((_, policy)) = selecting.into_iter().find(|(at, _)| alone(*at)) else {
            let rule = content::rule(direction, peers, content::ports(wanted));
            return self.document(workload, direction, vec![rule]);
        };
        let rules = policy.rules(direction).unwrap_or_default();
        let as_wanted = |rule: &&Rule| {
            let to = if direction == Direction::Ingress { Peer::Workload(of) } else { *peer };
            rule.action == Action::Allow
                && !rule.peers.is_empty()
                && self.reasons.ports(direction, rule, &to) == *wanted
        };
        let field = |path: &str| Field { object: policy.object.clone(), path: FieldPath::parse(path), at: None };
        if let Some(rule) = rules.iter().find(as_wanted) {
            let list = field(&format!("{}.{}", rule.field, direction.peers()));
            self.changes.extend(peers.into_iter().map(|entry| Change::Push(list.clone(), entry)));
            return Ok(());
        }
        let rule = content::rule(direction, peers, content::ports(wanted));
        let list = field(direction.rules_field());
        self.changes.push(match rules.is_empty() {
            true => Change::Set(list, Content::List(vec![rule])),
            false => Change::Push(list, rule),
        });
        Ok(())
    }

    fn close(&mut self, wish: &Wish, peer: &Peer) -> Result<(), Refusal> {
        let (of, direction) = (wish.of, wish.direction);
        let around = self.reach.around(of, direction, self.budget)?;
        // Of a range what is in it counts, part by part.
        let is = |own: &Peer| match (peer, own) {
            (Peer::Range(first, last), Peer::Range(begin, end)) => begin <= last && first <= end,
            _ => own == peer,
        };
        if !around.neighbours.iter().any(|one| is(&one.peer) && !one.own.is_empty()) {
            return Err(Refusal::Already);
        }
        let selecting = self.selecting(&around);
        if selecting.is_empty() {
            let workload = self.workload(of)?;
            let peers = self.but(workload.namespace(), of, peer)?;
            let mut rules = vec![content::rule(direction, peers, Vec::new())];
            // Whoever may send only what rules allow has to be able to ask for names.
            let server = self.reach.workloads().iter().any(|own| own.namespace() == "kube-system");
            if direction == Direction::Egress && !server && matches!(peer, Peer::Workload(_)) {
                rules.push(content::names());
            }
            return self.document(workload, direction, rules);
        }
        for (_, policy) in selecting {
            self.narrow(policy, direction, of, peer)?;
        }
        Ok(())
    }

    fn isolate(&mut self, wish: &Wish) -> Result<(), Refusal> {
        let around = self.reach.around(wish.of, wish.direction, self.budget)?;
        if !self.selecting(&around).is_empty() {
            return Err(Refusal::Already);
        }
        let workload = self.workload(wish.of)?;
        self.document(workload, wish.direction, Vec::new())
    }

    /// A policy of its own for a workload.
    fn document(&mut self, workload: &Workload, direction: Direction, rules: Vec<Content>) -> Result<(), Refusal> {
        let namespace = workload.namespace();
        let pods = content::pods(self.reach, workload).ok_or_else(|| Refusal::Labels(workload.object.clone()))?;
        let base = format!("{}-{}", workload.object.name, direction.field());
        let taken = |name: &str| {
            let is = |object: &Object| {
                let own = object.object();
                &*own.kind == "NetworkPolicy"
                    && own.namespace.as_deref().unwrap_or("default") == namespace
                    && &*own.name == name
            };
            self.names.contains(name) || self.model.parsed.objects.iter().any(is)
        };
        let mut name = base.clone();
        let mut number = 1;
        while taken(&name) {
            number += 1;
            name = format!("{base}-{number}");
        }
        let policy = content::policy(&name, namespace, pods, direction, rules);
        self.names.insert(name);
        // Where policies of the namespace are, else where the workload is; a document of its own can stand in YAML alone.
        let parsed = &self.model.parsed;
        let in_yaml = |own: &&Object| {
            let source = parsed.sources.get(own.span().source.0 as usize);
            source.is_some_and(|source| {
                !source.text.trim_start().starts_with(['{', '[']) || source.text.contains("\n---")
            })
        };
        let of = |own: &&Object| own.object().namespace.as_deref().unwrap_or("default") == namespace;
        let all = || parsed.objects.iter().filter(in_yaml);
        let policies = all().find(|own| of(own) && matches!(own, Object::NetworkPolicy(_)));
        let itself = || {
            let same = |own: &&Object| {
                own.object().kind == workload.object.kind && own.object().name == workload.object.name && of(own)
            };
            all().find(same)
        };
        let beside = policies.or_else(itself).or_else(|| all().next());
        let beside = beside.ok_or_else(|| Refusal::Text(workload.object.clone()))?;
        self.changes.push(Change::Document(beside.object().clone(), policy));
        Ok(())
    }

    /// The changed input does what was wished for.
    fn proven(&self, changed: &Model, wish: &Wish) -> Result<(), Refusal> {
        let after = Reach::of(&changed.parsed, &changed.cluster, Asked::All, self.budget)?;
        let same = |at: usize| {
            let object = &self.reach.workloads().get(at)?.object;
            after.workloads().iter().position(|own| own.object == *object)
        };
        let object = &self.workload(wish.of)?.object;
        let gone = || Refusal::Text(object.clone());
        let of = same(wish.of).ok_or_else(gone)?;
        let around = after.around(of, wish.direction, self.budget)?;
        let may = |peer: &Peer| -> Ports {
            let mut all: Option<Ports> = None;
            for one in &around.neighbours {
                let is = match (peer, &one.peer) {
                    (Peer::Workload(at), Peer::Workload(own)) => same(*at) == Some(*own),
                    (Peer::Range(first, last), Peer::Range(own, end)) => own <= last && first <= end,
                    _ => false,
                };
                if is {
                    all = Some(all.map_or_else(|| one.both.clone(), |all| all.and(&one.both)));
                }
            }
            all.unwrap_or_default()
        };
        let done = match &wish.what {
            What::Open(peer, wanted) => wanted.without(&may(peer)).is_empty(),
            What::Close(peer) => may(peer).is_empty(),
            What::Isolate => around.anybody.is_empty(),
        };
        if done {
            return Ok(());
        }
        let reasons = Reasons::of(&after);
        let mut sides = vec![around.selecting.clone()];
        if let What::Open(Peer::Workload(at), _) = &wish.what
            && let Some(at) = same(*at)
        {
            sides.push(after.around(at, other(wish.direction), self.budget)?.selecting);
        }
        let policies = sides.into_iter().flatten().filter_map(|at| reasons.policy(at));
        // Whose rules do the opposite: one that only leaves it to the next tier decides nothing.
        let against = if matches!(wish.what, What::Open(..)) { Action::Deny } else { Action::Allow };
        let does = |policy: &&Policy| {
            let rules = Direction::BOTH.into_iter().filter_map(|direction| policy.rules(direction)).flatten();
            &*policy.object.kind != "NetworkPolicy" && rules.map(|rule| rule.action).any(|action| action == against)
        };
        let decides = policies.filter(does).map(|policy| &policy.object).next();
        Err(decides.map_or_else(gone, |object| Refusal::Decided(object.clone())))
    }
}
