//! Policies of the input: what the API server refuses of them, what they mean, and what is most likely not meant.

mod admin;
mod doubts;
mod read;

pub(super) use doubts::{Known, check};

use super::context::Context;
use super::model::Node;
use crate::manifest::objects::Object;
use crate::policy::{Policies, labels_of_namespace};
use std::sync::Arc;

/// All policies that the API server takes, and the labels of namespaces, which they select by.
pub(super) fn decide(context: &mut Context<'_>, namespaces: &[Arc<str>], nodes: &[Node]) -> Policies {
    let parsed = context.parsed;
    let mut all = Vec::new();
    for object in &parsed.objects {
        if !context.may(1, 0) {
            break;
        }
        let policy = match object {
            Object::NetworkPolicy(document) => read::policy(context, document),
            Object::AdminPolicy(document) => admin::policy(context, document, nodes),
            _ => continue,
        };
        if !context.is_refused(object.object()) {
            all.push(policy);
        }
    }
    all.sort_by(|a, b| {
        let key = |policy: &crate::policy::Policy| (policy.tier.clone(), policy.order, policy.object.clone());
        key(a).cmp(&key(b))
    });
    // Of several with one name the last is what the API server has.
    let mut labels = std::collections::BTreeMap::new();
    for name in namespaces {
        labels.insert(name.clone(), labels_of_namespace(name, None));
    }
    for object in &parsed.objects {
        if let Object::Namespace(document) = object {
            let name = document.object.name.clone();
            labels.insert(name.clone(), labels_of_namespace(&name, Some(&document.value.metadata.labels)));
        }
    }
    Policies { all, namespaces: labels }
}

#[cfg(test)]
mod tests;
