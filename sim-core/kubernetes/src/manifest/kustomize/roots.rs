//! Which kustomizations are rendered: those that no other one includes, and of those that are alternatives of each
//! other, such as a base's overlays for development and production, one.

use super::files::{Files, NAMES};
use super::object::{Id, Item};
use super::paths;
use super::render;
use super::value::Node;
use crate::diagnostic::Diagnostic;
use crate::manifest::Role;
use std::collections::{BTreeMap, BTreeSet};

/// A kustomization of the input.
pub(super) struct Kustomization {
    pub(super) folder: String,
    /// Its text.
    pub(super) index: usize,
    /// Texts it names, and its own.
    pub(super) claimed: BTreeSet<usize>,
    /// Texts of its resources.
    resources: BTreeSet<usize>,
    /// Folders of the kustomizations it includes as resources.
    bases: BTreeSet<String>,
    /// Another one includes it.
    included: bool,
    component: bool,
    given: bool,
}

/// One that is rendered.
pub(super) struct Chosen {
    pub(super) folder: String,
    pub(super) index: usize,
    pub(super) items: Vec<Item>,
    pub(super) found: Vec<Diagnostic>,
    /// Folders of those that are not, because this one is.
    pub(super) others: Vec<String>,
}

/// Something a kustomization names.
pub(super) struct Named<'n> {
    pub(super) path: &'n str,
    /// It may be a folder.
    pub(super) folder: bool,
    /// It is a resource or a base.
    resource: bool,
    /// It is what a Secret is made of.
    pub(super) secret: bool,
}

/// True for a document that kustomize reads: other tools have kinds of that name.
pub(super) fn is_kustomization(file: &Node) -> bool {
    let kind = file.text_of(&["kind"]);
    let version = file.text_of(&["apiVersion"]).unwrap_or("kustomize.config.k8s.io/");
    !file.entries().is_empty()
        && matches!(kind, None | Some("Kustomization" | "Component"))
        && version.starts_with("kustomize.config.k8s.io/")
}

/// Calls `f` for everything that a kustomization names.
pub(super) fn each_named(file: &Node, f: &mut dyn FnMut(Named<'_>)) {
    let list = |key: &str| file.get(key).map(Node::items).unwrap_or_default();
    for (key, folder, resource) in [
        ("resources", true, true),
        ("bases", true, true),
        ("components", true, false),
        ("crds", false, false),
        ("configurations", false, false),
        ("generators", true, false),
        ("transformers", true, false),
        ("validators", true, false),
        ("patchesStrategicMerge", false, false),
        // By name alone, as kustomize 1 and 2 had them.
        ("patches", false, false),
    ] {
        for path in list(key).iter().filter_map(Node::text).filter(|text| !text.trim().contains(['\n', '{'])) {
            f(Named { path, folder, resource, secret: false });
        }
    }
    let mut one = |path: &str, secret| f(Named { path, folder: false, resource: false, secret });
    for key in ["patches", "patchesJson6902", "replacements"] {
        list(key).iter().filter_map(|entry| entry.text_of(&["path"])).for_each(|path| one(path, false));
    }
    for (key, secret) in [("configMapGenerator", false), ("secretGenerator", true)] {
        for entry in list(key) {
            let of = |key: &str| entry.get(key).map(Node::items).unwrap_or_default();
            for source in of("files").iter().filter_map(Node::text) {
                one(source.split_once('=').map_or(source, |(_, path)| path), secret);
            }
            of("envs").iter().filter_map(Node::text).for_each(|path| one(path, secret));
            entry.get("env").and_then(Node::text).into_iter().for_each(|path| one(path, secret));
        }
    }
    file.text_of(&["openapi", "path"]).into_iter().for_each(|path| one(path, false));
    for key in ["helmCharts", "helmChartInflationGenerator"] {
        for entry in list(key) {
            entry.text_of(&["valuesFile"]).into_iter().for_each(|path| one(path, false));
            let more = entry.get("additionalValuesFiles").map(Node::items).unwrap_or_default();
            more.iter().filter_map(Node::text).for_each(|path| one(path, false));
        }
    }
}

/// All kustomizations of the input.
pub(super) fn find(files: &mut Files<'_, '_>) -> Vec<Kustomization> {
    let named = files.paths().filter(|(path, _)| NAMES.contains(&paths::file(path)));
    let candidates: Vec<(String, usize)> = named.map(|(path, index)| (path.to_owned(), index)).collect();
    let mut all: BTreeMap<String, Kustomization> = BTreeMap::new();
    for (path, index) in candidates {
        let documents = files.documents(index);
        let Some(file) = documents.first().filter(|file| is_kustomization(file)) else { continue };
        let folder = paths::folder(&path).to_owned();
        let mut one = Kustomization {
            folder: folder.clone(),
            index,
            claimed: BTreeSet::from([index]),
            resources: BTreeSet::new(),
            bases: BTreeSet::new(),
            included: false,
            component: render::is_component(&documents),
            given: files.inputs[index].role == Role::Given,
        };
        each_named(file, &mut |named| {
            let there = paths::join(&folder, named.path);
            match files.at(&there) {
                Some(text) => {
                    one.claimed.insert(text);
                    if named.resource {
                        one.resources.insert(text);
                    }
                }
                None if named.folder => {
                    one.bases.insert(there);
                }
                None => {}
            }
        });
        all.entry(folder).or_insert(one);
    }
    let included: BTreeSet<String> = all.values().flat_map(|one| one.bases.iter().cloned()).collect();
    for one in all.values_mut() {
        one.included = included.contains(&one.folder);
    }
    all.into_values().collect()
}

/// Texts that a kustomization is made of, with those of the ones it includes.
fn made_of<'k>(one: &'k Kustomization, by_folder: &BTreeMap<&str, &'k Kustomization>) -> BTreeSet<usize> {
    let mut seen = BTreeSet::new();
    let mut texts = BTreeSet::new();
    let mut next = vec![one];
    while let Some(one) = next.pop() {
        if !seen.insert(one.folder.as_str()) {
            continue;
        }
        texts.extend(&one.resources);
        // Components change what others bring; sharing one means nothing.
        next.extend(one.bases.iter().filter_map(|base| by_folder.get(base.as_str())).filter(|base| !base.component));
    }
    texts
}

/// Renders those that stand for themselves, without the alternatives of one that is rendered already.
pub(super) fn choose(files: &mut Files<'_, '_>, all: &[Kustomization]) -> Vec<Chosen> {
    let by_folder: BTreeMap<&str, &Kustomization> = all.iter().map(|one| (one.folder.as_str(), one)).collect();
    let stands = |one: &&Kustomization| !one.component && (!one.included || one.given);
    let mut roots: Vec<&Kustomization> = all.iter().filter(stands).collect();
    if roots.is_empty() {
        // They include each other in a ring: the first shows where.
        roots.extend(all.iter().find(|one| !one.component));
    }
    roots.sort_by_key(|one| (!one.given, rank(&one.folder), one.folder.clone()));
    let mut chosen: Vec<(Chosen, BTreeSet<usize>, BTreeSet<String>)> = Vec::new();
    for root in roots {
        let items = render::render(files, &root.folder);
        let found = std::mem::take(&mut files.found);
        let texts = made_of(root, &by_folder);
        let objects = weighty(&items);
        let rival = chosen.iter_mut().find(|(other, their_texts, their_objects)| {
            let shares = !texts.is_disjoint(their_texts);
            let clashes = !objects.is_disjoint(their_objects);
            clashes || (shares && are_variants(&root.folder, &other.folder))
        });
        match rival {
            Some((rival, _, _)) => rival.others.push(root.folder.clone()),
            None => {
                let one = Chosen { folder: root.folder.clone(), index: root.index, items, found, others: Vec::new() };
                chosen.push((one, texts, objects));
            }
        }
    }
    chosen.into_iter().map(|(one, _, _)| one).collect()
}

/// What two variants of the same would both have: workloads and Services by kind and name, whatever their namespace; where
/// there are none, everything but what several parts of one cluster may well bring alike.
fn weighty(items: &[Item]) -> BTreeSet<String> {
    let key = |id: &Id| format!("{}/{}/{}", id.group, id.kind, id.name);
    let counts = |id: &Id| {
        let of_pods = matches!(id.group.as_str(), "" | "apps" | "batch" | "argoproj.io" | "serving.knative.dev");
        let kinds =
            ["Deployment", "StatefulSet", "DaemonSet", "Pod", "Job", "CronJob", "ReplicaSet", "Service", "Rollout"];
        of_pods && kinds.contains(&id.kind.as_str())
    };
    let ids: Vec<Id> = items.iter().map(Item::id).collect();
    let heavy: BTreeSet<String> = ids.iter().filter(|id| counts(id)).map(key).collect();
    if !heavy.is_empty() {
        return heavy;
    }
    let shared = ["Namespace", "CustomResourceDefinition", "ServiceAccount", "LimitRange", "ResourceQuota"];
    ids.iter()
        .filter(|id| !shared.contains(&id.kind.as_str()))
        .map(|id| format!("{}/{}", id.namespace, key(id)))
        .collect()
}

/// Words for the place a variant runs in.
const ENVIRONMENTS: &[&str] = &[
    "canary",
    "ci",
    "demo",
    "dev",
    "devel",
    "develop",
    "development",
    "dr",
    "e2e",
    "int",
    "integration",
    "live",
    "local",
    "minikube",
    "kind",
    "perf",
    "preprod",
    "preview",
    "prd",
    "prod",
    "production",
    "qa",
    "release",
    "sandbox",
    "sit",
    "stage",
    "staging",
    "stg",
    "test",
    "testing",
    "uat",
];

/// Folders whose children are variants of the same.
const VARIANTS: &[&str] = &[
    "overlays",
    "overlay",
    "environments",
    "environment",
    "envs",
    "env",
    "variants",
    "variant",
    "clusters",
    "stages",
    "profiles",
];

fn words(folder: &str) -> impl Iterator<Item = &str> {
    folder.split(['-', '_', '.'])
}

fn names_environment(folder: &str) -> bool {
    words(folder).any(|word| ENVIRONMENTS.iter().any(|known| known.eq_ignore_ascii_case(word)))
}

/// True where two folders differ in the place they are for.
fn are_variants(a: &str, b: &str) -> bool {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split('/').collect(), b.split('/').collect());
    let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let by_parent = same.checked_sub(1).and_then(|at| a.get(at)).is_some_and(|parent| VARIANTS.contains(parent));
    let rest = |parts: &[&str]| parts[same.min(parts.len())..].iter().any(|part| names_environment(part));
    by_parent || (rest(&a) && rest(&b))
}

/// The order in which alternatives are taken: what is for production first, then what is for no place in particular.
fn rank(folder: &str) -> u8 {
    let is_live = |part: &str| {
        words(part)
            .any(|word| ["prod", "production", "prd", "live"].iter().any(|known| known.eq_ignore_ascii_case(word)))
    };
    match folder {
        folder if folder.split('/').any(is_live) => 0,
        folder if !folder.split('/').any(names_environment) => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlays_and_environments_are_variants() {
        for (a, b, expected) in [
            ("overlays/dev", "overlays/prod", true),
            ("overlays/a", "overlays/b", true),
            ("app/prod-eu", "app/staging", true),
            ("apps/orders", "apps/payments", false),
            ("dev/web", "prod/web", true),
        ] {
            assert_eq!(are_variants(a, b), expected, "{a} {b}");
        }
        assert!(rank("overlays/production") < rank("overlays/plain"));
        assert!(rank("overlays/plain") < rank("overlays/dev"));
    }
}
