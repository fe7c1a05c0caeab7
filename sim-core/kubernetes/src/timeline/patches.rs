//! Objects that are changed while the cluster runs, and what their controllers make of it.

use super::state::{World, allocated};
use super::world::{Change, Workload};
use crate::cluster::model::Patch;
use crate::cluster::{Besides, decide_until, selects};
use crate::manifest::objects::{LabelSelector, Object};
use crate::origin::ObjectRef;

impl World<'_> {
    /// An object is another one from now on. One that is gone stays so.
    pub(super) fn patch(&mut self, patch: &Patch) {
        let [object, inner @ ..] = patch.objects.as_slice() else { return };
        if let Object::Pod(document) = object {
            let is = |live: &&mut super::world::Live| live.document.object == patch.object;
            let Some(live) = self.pods.iter_mut().find(is) else { return };
            live.become_of(document);
            self.release(&patch.object);
        } else if !self.replace(&patch.object, object, inner) {
            return;
        }
        self.changes.push(Change::Patched(patch.object.clone(), patch.fields.clone()));
        self.rolled(object, patch);
        self.tainted(object);
        if let Object::Service(_) = object {
            let parsed = self.parsed();
            self.services = allocated(&decide_until(&parsed, self.options, Besides::NOTHING, self.budget).cluster);
        }
    }

    /// Puts an object, with the configuration it holds, where it was; false where it is not.
    fn replace(&mut self, name: &ObjectRef, object: &Object, inner: &[Object]) -> bool {
        let objects = &mut self.base.objects;
        let Some(at) = objects.iter().position(|own| own.object() == name) else { return false };
        objects.retain(|own| own.object() != name);
        let at = at.min(objects.len());
        objects.splice(at..at, std::iter::once(object).chain(inner).cloned());
        true
    }

    /// A workload does from now on what its object says: another template is a rollout.
    fn rolled(&mut self, object: &Object, patch: &Patch) {
        let Some(new) = Workload::of(object) else { return };
        let Some(own) = self.workloads.iter_mut().find(|own| own.object == patch.object) else { return };
        let version = own.version + u32::from(patch.template);
        let replicas = patch.replicas.unwrap_or(own.replicas);
        let scaled = replicas != own.replicas;
        *own = Workload { version, replicas, made: own.made, ..new };
        if scaled {
            self.changes.push(Change::Scaled(patch.object.clone(), replicas));
        }
    }

    /// A ReplicaSet that does not select a Pod any more lets it go, and makes another (`ReleasePod` of its controller).
    fn release(&mut self, pod: &ObjectRef) {
        let Some(live) = self.pods.iter_mut().find(|live| live.document.object == *pod) else { return };
        let Some(owner) = &live.owner else { return };
        let selector = self.base.objects.iter().find(|own| own.object() == owner).and_then(selector);
        if selector.is_some_and(|selector| !selects(selector, &live.document.value.metadata.labels)) {
            // It is nobody's, and stays.
            (live.owner, live.given) = (None, true);
        }
    }
}

fn selector(object: &Object) -> Option<&LabelSelector> {
    match object {
        Object::Deployment(own) => own.value.spec.selector.as_ref().map(|selector| &selector.value),
        Object::ReplicaSet(own) => own.value.spec.selector.as_ref().map(|selector| &selector.value),
        Object::DaemonSet(own) => own.value.spec.selector.as_ref().map(|selector| &selector.value),
        Object::StatefulSet(own) => own.value.spec.selector.as_ref().map(|selector| &selector.value),
        _ => None,
    }
}
