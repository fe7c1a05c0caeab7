//! Pods: how many, on which node, ready or not, on which network, and what they listen on.

use super::search::{Change, Search, below};
use crate::trace::fix::kind::FixKind;
use crate::trace::journey::OutcomeKind;
use crate::trace::probe_text::edits;
use crate::trace::why::Field;
use crate::trace::why::input::{Maker, makers};
use kernel::walk::DropReason;
use kubernetes::edit::Content;
use kubernetes::manifest::objects::Object;
use kubernetes::origin::ObjectRef;
use std::collections::BTreeSet;

/// Objects that are tried.
const MOST: usize = 6;

pub(super) fn changes(search: &mut Search<'_>) {
    let related = related(search);
    let model = search.model;
    // What came back to who sent it has nothing to do with whose network it is on.
    let returned = matches!(search.journey.outcome.kind, OutcomeKind::Dropped(DropReason::MartianSource));
    for maker in makers(model).filter(|maker| related.contains(maker.object)).take(MOST) {
        if maker.replicas == Some(0) {
            search.set(Field::new(maker.object, "spec.replicas"), Content::Int(1));
        }
        placed(search, &maker);
        status(search, &maker);
        ports(search, &maker);
        commands(search, &maker);
        if maker.spec.host_network.is_some() {
            search.remove(maker.field("spec.hostNetwork"));
        } else if !returned {
            search.set(maker.field("spec.hostNetwork"), Content::Bool(true));
        }
    }
}

/// What the cause names, what the Services that are meant select, and the Pod that was asked.
fn related(search: &Search<'_>) -> BTreeSet<ObjectRef> {
    let model = search.model;
    let why = search.journey.outcome.why.iter().flat_map(|why| why.field.iter().chain(&why.against));
    let mut all: BTreeSet<ObjectRef> = why.map(|field| field.object.clone()).collect();
    for (id, _) in super::search::involved(search) {
        let Some(service) = search.service(id) else { continue };
        let here = |maker: &Maker<'_>| maker.namespace() == &*service.name.namespace && maker.has(&service.selector);
        all.extend(makers(model).filter(here).take(MOST).map(|maker| maker.object.clone()));
    }
    let to = search.remote.map(|to| to.ip());
    let pods = model.cluster.pods.iter().filter(|pod| Some(pod.ip) == to && !pod.origin.assumed);
    all.extend(pods.map(|pod| pod.origin.object.clone()));
    all
}

fn placed(search: &mut Search<'_>, maker: &Maker<'_>) {
    let spec = maker.spec;
    if let Some(name) = &spec.node_name
        && search.model.cluster.node_named(&name.value).is_none()
    {
        let mut nodes: Vec<(usize, String)> = search
            .model
            .cluster
            .nodes
            .iter()
            .map(|node| (edits(&node.name, &name.value), node.name.to_string()))
            .collect();
        nodes.sort();
        for (_, node) in nodes.into_iter().take(2) {
            search.set(maker.field("spec.nodeName"), Content::text(&node));
        }
        search.remove(maker.field("spec.nodeName"));
    }
    if let Some(selector) = &spec.node_selector {
        for key in selector.value.keys() {
            let values = search.model.cluster.nodes.iter().filter_map(|node| node.labels.get(key));
            let values: BTreeSet<_> = values.cloned().collect();
            let field = below(&maker.field("spec.nodeSelector"), "");
            let field = Field { path: field.path.key(key), ..field };
            for value in values.into_iter().take(3) {
                search.set(field.clone(), Content::Text(value));
            }
        }
        search.remove(maker.field("spec.nodeSelector"));
    }
}

/// What the cluster says of a Pod: once it says otherwise, the probe passes.
fn status(search: &mut Search<'_>, maker: &Maker<'_>) {
    let Some(document) = search.model.parsed.objects.iter().find_map(|object| match object {
        Object::Pod(document) if document.object == *maker.object => Some(document),
        _ => None,
    }) else {
        return;
    };
    let mut changes = Vec::new();
    if maker.phase.is_some_and(|phase| phase != "Running") {
        changes.push(Change::Set(maker.field("status.phase"), Content::text("Running")));
    }
    for (at, condition) in document.value.status.conditions.iter().enumerate() {
        if matches!(&*condition.kind, "Ready" | "ContainersReady") && &*condition.status != "True" {
            let path = format!("status.conditions[{at}].status");
            changes.push(Change::Set(maker.field(&path), Content::text("True")));
        }
    }
    if document.value.metadata.deletion_timestamp.is_some() {
        search.remove(maker.field("metadata.deletionTimestamp"));
    }
    let editor = search.model.parsed.objects.iter().find(|object| *object.object() == *maker.object);
    let editor = editor.and_then(|object| search.model.parsed.reader(object));
    for list in ["status.containerStatuses", "status.initContainerStatuses"] {
        for at in 0..editor.as_ref().map_or(0, |editor| editor.length(list)).min(8) {
            let waits = |state: &str| {
                editor.as_ref().is_some_and(|editor| editor.has(format!("{list}[{at}].state.{state}").as_str()))
            };
            if waits("waiting") || waits("terminated") {
                let running = Content::map([("running", Content::Map(Vec::new()))]);
                changes.push(Change::Set(maker.field(&format!("{list}[{at}].state")), running));
                changes.push(Change::Set(maker.field(&format!("{list}[{at}].ready")), Content::Bool(true)));
            }
        }
    }
    search.change(FixKind::Status, changes);
    if let Some(to) = search.remote
        && document.value.status.pod_ip.is_some()
    {
        search.change(
            FixKind::Status,
            vec![Change::Set(maker.field("status.podIP"), Content::text(&to.ip().to_string()))],
        );
    }
}

/// The port that was asked for, mapped.
fn ports(search: &mut Search<'_>, maker: &Maker<'_>) {
    let asked = search.port;
    if asked == 0 {
        return;
    }
    let word = search.protocol.to_string().to_uppercase();
    for (at, container) in maker.spec.containers.iter().enumerate().take(4) {
        for (index, port) in container.ports.iter().enumerate().take(8) {
            let entry = maker.field(&format!("spec.containers[{at}].ports[{index}]"));
            let mapped = port.host_port.as_ref().map(|number| number.value);
            if mapped.is_some() && mapped != Some(i64::from(asked)) {
                search.set(below(&entry, "hostPort"), Content::Int(i64::from(asked)));
            }
            if port.protocol.as_ref().map_or("TCP", |protocol| &*protocol.value) != word {
                search.set(below(&entry, "protocol"), Content::text(&word));
            }
        }
    }
}

/// Words of the command line that say where it listens: an address of the container alone, or another port.
fn commands(search: &mut Search<'_>, maker: &Maker<'_>) {
    let Some(object) = search.model.parsed.objects.iter().find(|object| *object.object() == *maker.object) else {
        return;
    };
    let Some(editor) = search.model.parsed.reader(object) else { return };
    let wanted = listens_wanted(search, maker);
    for (at, _) in maker.spec.containers.iter().enumerate().take(4) {
        for list in ["command", "args"] {
            let path = maker.field(&format!("spec.containers[{at}].{list}"));
            for index in 0..editor.length(path.path.clone()).min(40) {
                let field = Field { path: path.path.clone().at(index), ..path.clone() };
                let Some(text) = editor.text(field.path.clone()) else { continue };
                rewritten(search, &field, text, &wanted);
            }
        }
        open(search, maker, at, &editor);
        let path = maker.field(&format!("spec.containers[{at}].env"));
        for index in 0..editor.length(path.path.clone()).min(40) {
            let field = below(&path, &format!("[{index}].value"));
            if let Some(text) = editor.text(field.path.clone()) {
                rewritten(search, &field, text, &wanted);
            }
        }
    }
}

/// Programs that listen on loopback unless they are told otherwise, with the option that tells them; a port goes with it where `:` is.
const OPTIONS: &[(&str, &str)] = &[
    ("artisan", "--host=0.0.0.0"),
    ("daphne", "--bind=0.0.0.0"),
    ("fastapi", "--host=0.0.0.0"),
    ("flask", "--host=0.0.0.0"),
    ("gunicorn", "--bind=0.0.0.0:"),
    ("hugo", "--bind=0.0.0.0"),
    ("hypercorn", "--bind=0.0.0.0:"),
    ("jekyll", "--host=0.0.0.0"),
    ("json-server", "--host=0.0.0.0"),
    ("jupyter", "--ip=0.0.0.0"),
    ("kubectl", "--address=0.0.0.0"),
    ("mkdocs", "--dev-addr=0.0.0.0:"),
    ("mlflow", "--host=0.0.0.0"),
    ("ng", "--host=0.0.0.0"),
    ("rackup", "--host=0.0.0.0"),
    ("uvicorn", "--host=0.0.0.0"),
    ("vite", "--host=0.0.0.0"),
    ("webpack-dev-server", "--host=0.0.0.0"),
];

/// An option more for a program that listens on loopback by itself.
fn open(search: &mut Search<'_>, maker: &Maker<'_>, at: usize, editor: &kubernetes::edit::Editor<'_>) {
    let why = search.journey.outcome.why.as_ref().filter(|why| why.code == "listener-address");
    let Some(port) = why.and_then(|why| why.args.get("port")) else { return };
    let lists = ["command", "args"].map(|list| maker.field(&format!("spec.containers[{at}].{list}")));
    let words = lists.iter().flat_map(|list| {
        let word = |index: usize| editor.text(list.path.clone().at(index));
        (0..editor.length(list.path.clone()).min(40)).filter_map(word)
    });
    // What is said already is said otherwise.
    if words.clone().any(|word| word.contains("127.0.0.1") || word.contains("localhost")) {
        return;
    }
    let base = |word: &str| word.rsplit('/').next().unwrap_or_default().to_owned();
    let known = words.map(base).find_map(|word| OPTIONS.iter().find(|(name, _)| *name == word));
    let last = lists.iter().rev().find(|list| editor.length(list.path.clone()) > 0);
    let (Some((_, option)), Some(list)) = (known, last) else { return };
    let port = if option.ends_with(':') { port.as_str() } else { "" };
    let added = Content::text(&format!("{option}{port}"));
    search.several(vec![Change::Push(list.clone(), added)]);
}

/// The ports a Pod should listen on: the one that was asked for, and where Services that select it lead.
fn listens_wanted(search: &Search<'_>, maker: &Maker<'_>) -> BTreeSet<u16> {
    let mut wanted: BTreeSet<u16> = [search.port].into_iter().filter(|port| *port != 0).collect();
    for service in &search.model.cluster.services {
        if &*service.name.namespace == maker.namespace() && maker.has(&service.selector) {
            wanted.extend(service.ports.iter().filter_map(|port| match port.target_port {
                kubernetes::cluster::model::TargetPort::Number(number) => Some(number.0),
                kubernetes::cluster::model::TargetPort::Name(_) => None,
            }));
        }
    }
    let declared = maker.spec.containers.iter().flat_map(|container| container.ports.iter());
    wanted.extend(declared.filter_map(|port| port.container_port.as_ref().and_then(|n| u16::try_from(n.value).ok())));
    wanted
}

fn rewritten(search: &mut Search<'_>, field: &Field, text: &str, wanted: &BTreeSet<u16>) {
    for local in ["127.0.0.1", "localhost"] {
        if text.contains(local) {
            search.set(field.clone(), Content::text(&text.replace(local, "0.0.0.0")));
        }
    }
    // The last number of the word that may be a port.
    let end = text.len() - text.chars().rev().take_while(|c| !c.is_ascii_digit()).map(char::len_utf8).sum::<usize>();
    let start = end - text.get(..end).map_or(0, |head| head.bytes().rev().take_while(u8::is_ascii_digit).count());
    let Some(number) = text.get(start..end).and_then(|digits| digits.parse::<u16>().ok()) else { return };
    for port in wanted.iter().filter(|port| **port != number) {
        let changed = format!("{}{port}{}", text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
        search.set(field.clone(), Content::text(&changed));
    }
}
