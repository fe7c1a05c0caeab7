//! Mistakes of people who learn: what can be read, and is plainly not what was meant.
//!
//! `cut` joins entries of a list that are one, `glued` sets `name:web` apart, `shape` gives selectors and mappings the form
//! they need, `belongs` says where a field that nobody knows is known, `moved` finds fields that stand under another key than they belong to, `placeholder` values that are still to be filled in.

pub(super) mod belongs;
mod cut;
mod glued;
pub(super) mod lines;
mod moved;
mod page;
pub(super) mod placeholder;
mod shape;

use super::mend::Lesson;
use crate::text::tree::{NodeId, Tree};
use page::{LESSONS, Page};

/// The mistakes in the document at `root`.
pub(super) fn look(tree: &Tree<'_>, root: NodeId, text: &str) -> Vec<Lesson> {
    let mut page = Page::new(tree, text);
    page.object(root, 0);
    page.lessons
}

impl Page<'_, '_> {
    fn object(&mut self, object: NodeId, depth: usize) {
        shape::names(self, object);
        let Some(kind) = self.tree.get(object, "kind").and_then(|kind| self.tree.text(kind)) else {
            if self.get(object, "spec").is_some() {
                placeholder::look(self, object);
            }
            return;
        };
        if kind.ends_with("List") && depth < 8 {
            for item in self.items(self.get(object, "items")) {
                if self.lessons.len() < LESSONS {
                    self.object(*item, depth + 1);
                }
            }
            return;
        }
        let template: &[&str] = match kind {
            "Namespace" | "Node" | "Endpoints" | "EndpointSlice" => {
                placeholder::look(self, object);
                return;
            }
            "Service" => {
                placeholder::look(self, object);
                self.metadata(object, "metadata");
                self.mapping(object, &["spec"], "spec");
                let spec = self.get(object, "spec");
                self.mapping_at(spec, "selector", "spec.selector");
                shape::service_selector(self, spec);
                self.entries_of(spec, "ports", "spec.ports", &["port"]);
                moved::look(self, object, moved::SERVICE);
                return;
            }
            "Pod" => &[],
            "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" | "ReplicationController" => {
                &["spec", "template"]
            }
            "CronJob" => &["spec", "jobTemplate", "spec", "template"],
            _ => return,
        };
        placeholder::look(self, object);
        self.metadata(object, "metadata");
        self.mapping(object, &["spec"], "spec");
        if matches!(kind, "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet") {
            let spec = self.get(object, "spec");
            self.mapping_at(spec, "selector", "spec.selector");
            shape::workload_selector(self, spec, kind);
            let selector = spec.and_then(|spec| self.tree.get(spec, "selector"));
            self.mapping_at(selector, "matchLabels", "spec.selector.matchLabels");
        }
        for depth in 1..template.len() {
            self.mapping(object, &template[..=depth], &template[..=depth].join("."));
        }
        let mut owner = Some(object);
        for key in template {
            owner = owner.and_then(|owner| self.tree.get(owner, key));
        }
        let prefix = template.iter().map(|key| format!("{key}.")).collect::<String>();
        if let Some(owner) = owner.filter(|_| !template.is_empty()) {
            self.metadata(owner, &format!("{prefix}metadata"));
            self.mapping_at(Some(owner), "spec", &format!("{prefix}spec"));
        }
        let spec = owner.and_then(|owner| self.tree.get(owner, "spec"));
        for list in ["containers", "initContainers"] {
            let path = format!("{prefix}spec.{list}");
            self.entries_of(spec, list, &path, &["name"]);
            for (index, container) in self.items(spec.and_then(|spec| self.tree.get(spec, list))).iter().enumerate() {
                self.entries_of(Some(*container), "ports", &format!("{path}[{index}].ports"), &["containerPort"]);
                self.entries_of(Some(*container), "env", &format!("{path}[{index}].env"), &["name"]);
            }
        }
        moved::look(self, object, if template.is_empty() { moved::POD } else { moved::WORKLOAD });
    }

    /// `metadata` of an object or template, and the mappings in it.
    fn metadata(&mut self, owner: NodeId, path: &str) {
        self.mapping_at(Some(owner), "metadata", path);
        let metadata = self.tree.get(owner, "metadata");
        self.mapping_at(metadata, "labels", &format!("{path}.labels"));
    }

    /// What stands at `keys` has to be a mapping.
    fn mapping(&mut self, object: NodeId, keys: &[&str], path: &str) {
        let Some((last, owners)) = keys.split_last() else { return };
        let mut owner = Some(object);
        for key in owners {
            owner = owner.and_then(|owner| self.tree.get(owner, key));
        }
        self.mapping_at(owner, last, path);
    }

    fn mapping_at(&mut self, owner: Option<NodeId>, key: &str, path: &str) {
        let Some(value) = owner.and_then(|owner| self.tree.get(owner, key)) else { return };
        glued::mapping(self, value);
        shape::list_for_map(self, value, path);
    }

    /// The list `key` of `owner`: its entries are mappings, each with all of `required`.
    fn entries_of(&mut self, owner: Option<NodeId>, key: &str, path: &str, required: &[&str]) {
        let Some(list) = owner.and_then(|owner| self.tree.get(owner, key)) else { return };
        glued::list(self, list);
        for item in self.items(Some(list)) {
            glued::mapping(self, *item);
        }
        cut::list(self, list, path, required);
    }
}
