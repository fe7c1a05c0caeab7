//! What a kustomization does to all objects alike: names, namespace, labels, annotations, images, replicas.

use super::object::Item;
use super::specs::{Made, Spec, visit};
use super::value::{Entry, Node, Val, rename};
use crate::origin::Span;

/// Kinds whose names never get a prefix or suffix.
fn keeps_name(item: &Item) -> bool {
    let id = item.id();
    matches!(id.kind.as_str(), "CustomResourceDefinition" | "Namespace")
        || (id.kind == "APIService" && id.group == "apiregistration.k8s.io")
}

/// Puts `prefix` before and `suffix` behind every name.
pub(super) fn affix(items: &mut [Item], prefix: &str, suffix: &str) {
    for item in items {
        if keeps_name(item) {
            continue;
        }
        for (text, before) in [(prefix, true), (suffix, false)] {
            if text.is_empty() {
                continue;
            }
            item.remember();
            let names = if before { &mut item.prefixes } else { &mut item.suffixes };
            names.push(text.to_owned());
            let name = item.id().name;
            let new = if before { format!("{text}{name}") } else { format!("{name}{text}") };
            if let Some(node) = item.node.get_mut("metadata").and_then(|metadata| metadata.get_mut("name")) {
                rename(node, new);
            }
        }
    }
}

/// Moves everything that lives in a namespace to this one.
pub(super) fn namespace(items: &mut [Item], name: &str, specs: &[Spec], at: Span) {
    for item in items {
        item.remember();
        let id = item.id();
        if !id.is_cluster_scoped() {
            let place = |node: &mut Node| node.value = Val::Text(name.into());
            match item.node.get_mut("metadata").and_then(|metadata| metadata.get_mut("namespace")) {
                Some(node) => {
                    node.span = at;
                    place(node);
                }
                None => item.node.set_text(&["metadata", "namespace"], name, at),
            }
        }
        if matches!(id.kind.as_str(), "RoleBinding" | "ClusterRoleBinding")
            && let Some(Node { value: Val::List(subjects), .. }) = item.node.get_mut("subjects")
        {
            // Only the account that every namespace has is surely one of this namespace.
            for subject in subjects.iter_mut().filter(|subject| subject.text_of(&["name"]) == Some("default")) {
                subject.set_text(&["namespace"], name, at);
            }
        }
        for spec in specs.iter().filter(|spec| spec.path != ["metadata", "namespace"]) {
            if !spec.is_of(&item.node) {
                continue;
            }
            let made = if spec.create { Made::Text } else { Made::Nothing };
            visit(&mut item.node, &spec.path, made, at, &mut |field| rename(field, name));
        }
    }
}

/// Sets pairs in the mappings that `specs` lead to: labels, selectors, annotations.
pub(super) fn pairs(items: &mut [Item], pairs: &[Entry], specs: &[Spec], at: Span) {
    if pairs.is_empty() {
        return;
    }
    for item in items {
        for spec in specs {
            if !spec.is_of(&item.node) {
                continue;
            }
            let made = if spec.create { Made::Map } else { Made::Nothing };
            visit(&mut item.node, &spec.path, made, at, &mut |field| {
                for pair in pairs {
                    let text = pair.node.scalar().unwrap_or_default();
                    field.set(&pair.key, pair.at, Node::text_at(text, pair.node.span));
                }
            });
        }
    }
}

/// Changes name, tag or digest of images called `name`.
pub(super) fn image(items: &mut [Item], image: &Node, specs: &[Spec]) {
    let Some(name) = image.get("name").and_then(Node::scalar) else { return };
    let text = |key| image.get(key).and_then(Node::scalar).filter(|text| !text.is_empty());
    let change = Image {
        name: &name,
        new_name: text("newName"),
        new_tag: text("newTag"),
        suffix: text("tagSuffix"),
        digest: text("digest"),
    };
    for item in items {
        if item.id().kind != "CustomResourceDefinition" {
            change.in_containers(&mut item.node);
        }
        for spec in specs {
            if !spec.is_of(&item.node) {
                continue;
            }
            visit(&mut item.node, &spec.path, Made::Nothing, image.span, &mut |field| change.one(field));
        }
    }
}

struct Image<'a> {
    name: &'a str,
    new_name: Option<String>,
    new_tag: Option<String>,
    suffix: Option<String>,
    digest: Option<String>,
}

impl Image<'_> {
    /// Containers are found wherever they stand.
    fn in_containers(&self, node: &mut Node) {
        match &mut node.value {
            Val::List(items) => items.iter_mut().for_each(|item| self.in_containers(item)),
            Val::Map(entries) => {
                for entry in entries {
                    if matches!(&*entry.key, "containers" | "initContainers")
                        && let Val::List(containers) = &mut entry.node.value
                    {
                        containers.iter_mut().filter_map(|it| it.get_mut("image")).for_each(|image| self.one(image));
                    }
                    self.in_containers(&mut entry.node);
                }
            }
            _ => {}
        }
    }

    fn one(&self, node: &mut Node) {
        let Some(written) = node.scalar() else { return };
        let (name, tag, digest) = split(&written);
        if name != self.name {
            return;
        }
        let (tag, digest) = match (&self.new_tag, &self.digest) {
            (Some(tag), Some(digest)) => (tag.as_str(), digest.as_str()),
            (Some(tag), None) => (tag.as_str(), ""),
            (None, Some(digest)) => ("", digest.as_str()),
            (None, None) => (tag, digest),
        };
        let mut new = self.new_name.as_deref().unwrap_or(name).to_owned();
        let suffix = self.suffix.as_deref().unwrap_or_default();
        if !tag.is_empty() || !suffix.is_empty() {
            new.push(':');
            new.push_str(tag);
            new.push_str(suffix);
        }
        if !digest.is_empty() {
            new.push('@');
            new.push_str(digest);
        }
        rename(node, new);
    }
}

/// Name, tag and digest of an image; empty where there is none.
fn split(image: &str) -> (&str, &str, &str) {
    let (image, digest) = image.split_once('@').unwrap_or((image, ""));
    let path = image.rfind('/').map_or(0, |slash| slash + 1);
    match image[path..].find(':') {
        Some(colon) => (&image[..path + colon], &image[path + colon + 1..], digest),
        None => (image, "", digest),
    }
}

/// Sets the number of replicas of the workload called so, now or before; false where there is none.
pub(super) fn replicas(items: &mut [Item], name: &str, count: &Node, specs: &[Spec], at: Span) -> bool {
    let mut any = false;
    for item in items {
        for spec in specs {
            if !spec.is_of(&item.node) {
                continue;
            }
            if !item.ids().any(|id| id.name == name) {
                continue;
            }
            any = true;
            let made = if spec.create { Made::Map } else { Made::Nothing };
            visit(&mut item.node, &spec.path, made, at, &mut |field| *field = count.clone());
        }
    }
    any
}

#[cfg(test)]
mod tests {
    use super::split;
    use rstest::rstest;

    #[rstest]
    #[case("nginx", ("nginx", "", ""))]
    #[case("nginx:1.25", ("nginx", "1.25", ""))]
    #[case("registry.test:5000/a/b", ("registry.test:5000/a/b", "", ""))]
    #[case("registry.test:5000/a/b:2@sha256:00", ("registry.test:5000/a/b", "2", "sha256:00"))]
    fn images_are_split(#[case] image: &str, #[case] expected: (&str, &str, &str)) {
        assert_eq!(split(image), expected);
    }
}
