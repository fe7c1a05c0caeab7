//! Policies of the input: what the API server refuses of them, what they mean, and what is most likely not meant.

mod admin;
mod calico;
mod doubts;
mod read;

pub(super) use doubts::{Known, check};

use super::context::Context;
use super::model::Node;
use crate::manifest::objects::{Object, Text};
use crate::policy::{Policies, labels_of_namespace};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All policies that the API server takes, and the labels of namespaces, which they select by.
pub(super) fn decide(context: &mut Context<'_>, namespaces: &[Arc<str>], nodes: &[Node]) -> Policies {
    let parsed = context.parsed;
    let mut policies = Policies { namespaces: labels(context, namespaces), ..Policies::default() };
    let tiers = calico::tiers(context);
    for object in &parsed.objects {
        if !context.may(1, 0) {
            break;
        }
        let policy = match object {
            Object::NetworkPolicy(document) => read::policy(context, document),
            Object::AdminPolicy(document) => admin::policy(context, document, nodes),
            Object::CalicoPolicy(document) => match calico::policy(context, document, &tiers) {
                Ok(policy) => policy,
                Err(not_read) => {
                    if !context.is_refused(object.object()) {
                        policies.not_read.push(*not_read);
                    }
                    continue;
                }
            },
            Object::CalicoNetworkSet(document) => {
                let set = calico::set(context, document, &policies);
                if !context.is_refused(object.object()) {
                    policies.sets.push(set);
                }
                continue;
            }
            _ => continue,
        };
        if !context.is_refused(object.object()) {
            policies.all.push(policy);
        }
    }
    policies.all.sort_by_cached_key(|policy| (policy.tier.clone(), policy.order, policy.calico_name()));
    // A dump may have one of Calico's in both groups of its API.
    policies.all.dedup_by(|again, policy| {
        again.is_calico() && policy.is_calico() && again.calico_name() == policy.calico_name()
    });
    policies
}

/// Labels of namespaces: of several with one name the last is what the API server has.
fn labels(context: &Context<'_>, namespaces: &[Arc<str>]) -> BTreeMap<Arc<str>, BTreeMap<Text, Text>> {
    let mut labels = BTreeMap::new();
    for name in namespaces {
        labels.insert(name.clone(), labels_of_namespace(name, None));
    }
    for object in &context.parsed.objects {
        if let Object::Namespace(document) = object {
            let name = document.object.name.clone();
            labels.insert(name.clone(), labels_of_namespace(&name, Some(&document.value.metadata.labels)));
        }
    }
    labels
}

#[cfg(test)]
mod tests;
