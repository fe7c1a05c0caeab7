//! Rules that mean somebody, changed so that they mean everybody else whom they meant, as far as the input knows them.

use super::content::{block, every_pod, grouped, is_everything, outside};
use super::wish::Refusal;
use super::work::Work;
use crate::reach::Peer;
use crate::trace::{Change, Field};
use ipnet::IpNet;
use kubernetes::edit::{Content, FieldPath};
use kubernetes::policy::{self, Action, Direction, PeerKind, Policy, Rule};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// Entries of one list at most.
const MOST: usize = 64;

impl Work<'_> {
    /// Takes a peer out of a policy's rules.
    pub(super) fn narrow(
        &mut self,
        policy: &Policy,
        direction: Direction,
        of: usize,
        peer: &Peer,
    ) -> Result<(), Refusal> {
        let rules = policy.rules(direction).unwrap_or_default();
        let mut gone = Vec::new();
        let mut changes = Vec::new();
        for rule in rules.iter().filter(|rule| rule.action == Action::Allow) {
            if rule.peers.is_empty() {
                let new = self.everybody_but(policy, of, peer)?;
                let field = self.field(policy, &format!("{}.{}", rule.field, direction.peers()));
                changes.push(Change::Set(field, Content::List(new)));
                continue;
            }
            let meant: Vec<&policy::Peer> = rule.peers.iter().filter(|one| self.means(policy, one, peer)).collect();
            if meant.is_empty() {
                continue;
            }
            let new = self.instead(policy, &meant, peer)?;
            if new.is_empty() && meant.len() == rule.peers.len() {
                gone.push(rule);
                continue;
            }
            self.replace(policy, direction, rule, (&meant, new), &mut changes);
        }
        // A list without rules is another than none: what it says of the direction is kept.
        if !gone.is_empty() && gone.len() == rules.len() {
            changes = vec![Change::Set(self.field(policy, direction.rules_field()), Content::List(Vec::new()))];
            gone.clear();
        }
        changes.extend(gone.into_iter().map(|rule| Change::Remove(self.field(policy, &rule.field))));
        self.changes.extend(changes);
        Ok(())
    }

    fn field(&self, policy: &Policy, path: &str) -> Field {
        Field { object: policy.object.clone(), path: FieldPath::parse(path), at: None }
    }

    /// Each entry that is taken away gives its place to one that is new, as far as there are; the rest is added, or taken away.
    fn replace(
        &self,
        policy: &Policy,
        direction: Direction,
        rule: &Rule,
        (meant, new): (&[&policy::Peer], Vec<Content>),
        changes: &mut Vec<Change>,
    ) {
        let mut new = new.into_iter();
        for one in meant {
            let field = self.field(policy, &one.field);
            changes.push(match new.next() {
                Some(entry) => Change::Set(field, entry),
                None => Change::Remove(field),
            });
        }
        let list = self.field(policy, &format!("{}.{}", rule.field, direction.peers()));
        changes.extend(new.map(|entry| Change::Push(list.clone(), entry)));
    }

    /// Whether an entry means a peer, or a part of it.
    fn means(&self, policy: &Policy, one: &policy::Peer, peer: &Peer) -> bool {
        match (peer, &one.kind) {
            (Peer::Workload(at), _) => self.reasons.meant(policy, one).contains(at),
            (Peer::Range(first, last), PeerKind::Net { net: IpNet::V4(net), .. }) => {
                net.network() <= *last && *first <= net.broadcast()
            }
            _ => false,
        }
    }

    /// What entries mean besides a peer.
    fn instead(&self, policy: &Policy, meant: &[&policy::Peer], peer: &Peer) -> Result<Vec<Content>, Refusal> {
        let own = policy.namespace.as_deref().unwrap_or("default");
        let mut workloads: BTreeSet<usize> = BTreeSet::new();
        let mut nets = Vec::new();
        for one in meant {
            let PeerKind::Net { net, except } = &one.kind else {
                workloads.extend(self.reasons.meant(policy, one));
                continue;
            };
            match peer {
                Peer::Workload(_) => {
                    workloads.extend(self.reasons.meant(policy, one));
                    let pods = self.pods();
                    if net.contains(&pods) && *net != pods {
                        let mut except: Vec<IpNet> =
                            except.iter().filter(|not| !pods.contains(*not)).copied().collect();
                        except.push(pods);
                        nets.push(block(*net, &except));
                    }
                }
                Peer::Range(first, last) => nets.extend(cut(*net, except, (*first, *last))),
                _ => {}
            }
        }
        if let Peer::Workload(at) = peer {
            workloads.remove(at);
        }
        let mut all = self.entries(own, &workloads)?;
        all.extend(nets);
        if all.len() > MOST { Err(Refusal::Many) } else { Ok(all) }
    }

    /// Everybody but a peer, and the workload itself among them.
    pub(super) fn everybody_but(&self, policy: &Policy, of: usize, peer: &Peer) -> Result<Vec<Content>, Refusal> {
        let own = policy.namespace.as_deref().unwrap_or("default");
        self.but(own, of, peer)
    }

    /// The same for a policy of a namespace.
    pub(super) fn but(&self, own: &str, of: usize, peer: &Peer) -> Result<Vec<Content>, Refusal> {
        let everything = (Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST);
        let mut all = match peer {
            Peer::Workload(at) => {
                let count = self.reach.workloads().len();
                let others: BTreeSet<usize> = (0..count).filter(|own| own != at || *own == of).collect();
                self.entries(own, &others)?
            }
            _ => vec![every_pod()],
        };
        match peer {
            Peer::Range(first, last) if !is_everything(peer) => {
                let net = IpNet::from(ipnet::Ipv4Net::default());
                all.extend(cut(net, &[self.pods()], (*first, *last)));
            }
            Peer::Range(..) => {}
            _ => all.extend(outside(self.pods(), everything).iter().map(|(net, except)| block(*net, except))),
        }
        if all.len() > MOST { Err(Refusal::Many) } else { Ok(all) }
    }

    fn entries(&self, own: &str, workloads: &BTreeSet<usize>) -> Result<Vec<Content>, Refusal> {
        let nobody = |at| self.workload(at).map_or_else(|refusal| refusal, |own| Refusal::Labels(own.object.clone()));
        grouped(self.reach, own, workloads).map_err(nobody)
    }
}

/// A range without some of its addresses; nothing where nothing is left.
fn cut(net: IpNet, except: &[IpNet], (first, last): (Ipv4Addr, Ipv4Addr)) -> Option<Content> {
    let IpNet::V4(own) = net else { return Some(block(net, except)) };
    let (first, last) = (first.max(own.network()), last.min(own.broadcast()));
    if first > last {
        return Some(block(net, except));
    }
    if first == own.network() && last == own.broadcast() {
        return None;
    }
    let mut all: Vec<IpNet> = except.to_vec();
    for not in ipnet::Ipv4Subnets::new(first, last, 0).map(IpNet::V4) {
        all.retain(|own| !not.contains(own));
        if !all.iter().any(|own| own.contains(&not)) {
            all.push(not);
        }
    }
    Some(block(net, &all))
}
