//! The JSON of a trace: `kubehop.trace/1` and `kubehop.branches/1`.
//!
//! Names are the kernel's and Kubernetes' own, never a sentence: a program reads it. Fields are only ever added.
//!
//! ```
//! use kubernetes::manifest::Limits;
//! use kubernetes::origin::SourceText;
//! use sim_core::model::{Model, Options};
//! use sim_core::trace::{ProbeText, parse_probe, run};
//! use web::json;
//!
//! let text = "
//! {apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: curl, image: curlimages/curl}]}}
//! ---
//! {apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}}
//! ---
//! {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}";
//! let model = Model::build(&[SourceText::given("shop.yaml", text)], &Limits::default(), &Options::default());
//! let asked = ProbeText { from: "pod/default/client".into(), to: "svc/default/web:80".into(), ..ProbeText::default() };
//! let journey = run(&model, &parse_probe(&model, &asked)?);
//! let value = json::trace(&model, &journey);
//! assert_eq!(value["schema"], "kubehop.trace/1");
//! assert_eq!(value["verdict"], journey.verdict.code());
//! # Ok::<(), sim_core::trace::ProbeError>(())
//! ```

mod http;
#[cfg(test)]
mod tests;

use crate::locale::Lang;
use crate::words::{Say, result_code};
use kernel::ids::{ChainId, TableName};
use kernel::walk::DropReason;
use kubernetes::assumption::Assumption;
use kubernetes::cluster::model::NodeId;
use kubernetes::origin::{CauseId, Location};
use kubernetes::policy::Missed;
use serde_json::{Value, json};
use sim_core::dns::Record;
use sim_core::facts::{Because, Facts, Namespace, Visit, What};
use sim_core::model::Model;
use sim_core::trace::{
    Branches, ChoiceAt, Fix, Journey, LegId, Lookup, OutcomeKind, Purpose, Source, policies_asked, write_probe,
};

/// One journey as `kubehop.trace/1`.
pub fn trace(model: &Model, journey: &Journey) -> Value {
    let say = Say { lang: Lang::En, model, id: None };
    let facts = Facts::of(model, journey);
    let mut legs = Vec::new();
    for (at, leg) in journey.legs.iter().enumerate() {
        let steps = facts.steps.steps.iter().filter(|step| step.leg == at);
        let hops: Vec<Visit<'_>> = steps.filter_map(|step| Some(facts.at(step)?.1)).collect();
        let mut entry = json!({ "purpose": leg.purpose.code(), "hops": hops });
        if let Some(message) = &leg.carries {
            entry["message"] = http::message(message);
        }
        // What a proxy does stands under the leg that reached it.
        if let Some(parent) = leg.parent.filter(|_| journey.depth(LegId(at as u32)) > 0) {
            entry["parent"] = json!(parent.0);
        }
        legs.push(entry);
    }
    json!({
        "schema": "kubehop.trace/1",
        "probe": probe(model, journey),
        "verdict": journey.verdict.code(),
        "choices": journey.choices.iter().map(|choice| json!({
            "name": choice.name.to_string(),
            "value": &*choice.value,
            "probability": rounded(choice.probability),
            "of": choice.of.iter().map(|(value, probability)| json!({
                "value": &**value, "probability": rounded(*probability),
            })).collect::<Vec<_>>(),
            "at": chosen_at(&say, choice.at),
        })).collect::<Vec<_>>(),
        "probability": rounded(journey.probability),
        "client": { "result": result_code(&journey.client) },
        "kept": journey.kept.as_ref().map(|kept| json!({ "age": kept.age, "ended": kept.ended.as_ref().map(result_code) })),
        "known": journey.known.map(|known| json!({ "address": known.to.to_string(), "age": known.age })),
        "server": server(&say, journey),
        "outcome": outcome(&say, journey),
        "http": journey.http.as_ref().map(|fetched| http::fetched(&say, journey, fetched)),
        "policies": policies(&say, journey),
        "lookups": lookups(journey),
        "remembered": journey.remembered.iter().map(|entry| json!({
            "node": say.node(entry.netns),
            "list": &*entry.list,
            "address": entry.address.to_string(),
            "age": entry.age,
        })).collect::<Vec<_>>(),
        "legs": legs,
        "assumed": journey.assumed.iter().map(|one| assumed(&say, one)).collect::<Vec<_>>(),
    })
}

/// What policies said of the connection, the sender's first.
fn policies(say: &Say<'_>, journey: &Journey) -> Value {
    let cluster = &say.model.cluster;
    let at = |location: Option<&Location>| location.map(|at| json!({ "file": &*at.file, "line": at.line }));
    let ends = policies_asked(say.model, journey).into_iter().filter_map(|asked| {
        let pod = cluster.pods.get(asked.pod.0 as usize)?;
        let considered = asked.decision.considered.iter().filter_map(|one| {
            let policy = cluster.policies.all.get(one.policy)?;
            let rules = one.rules.iter().map(|said| match &said.missed {
                Some(Missed::Peer(field, place)) => {
                    json!({ "field": &**field, "missed": "peer", "at": at(place.as_ref()) })
                }
                Some(Missed::Port(field, place)) => {
                    json!({ "field": &**field, "missed": "port", "at": at(place.as_ref()) })
                }
                Some(Missed::Own(field, place)) => {
                    json!({ "field": &**field, "missed": "own", "at": at(place.as_ref()) })
                }
                None => {
                    let rule = policy.rules(asked.direction).and_then(|rules| rules.get(said.rule));
                    let field = rule.map_or("", |rule| &*rule.field);
                    json!({ "field": field, "missed": null, "at": at(rule.and_then(|rule| rule.location.as_ref())) })
                }
            });
            Some(json!({
                "policy": policy.object.to_string(),
                "field": policy.field,
                "at": at(policy.location.as_ref()),
                "rules": rules.collect::<Vec<_>>(),
            }))
        });
        Some(json!({
            "pod": pod.name.to_string(),
            "direction": asked.direction.name(),
            "allowed": asked.decision.allowed,
            "considered": considered.collect::<Vec<_>>(),
        }))
    });
    ends.collect::<Vec<_>>().into()
}

/// What made a choice: a rule that drew, or a tunnel device that hashes flows.
fn chosen_at(say: &Say<'_>, at: ChoiceAt) -> Value {
    let netns = at.netns();
    let mut value = json!({ "node": say.node(netns), "netns": Namespace::of(say.model, netns).name() });
    match at {
        ChoiceAt::Rule(_, rule) => {
            value["how"] = json!("draw");
            value["table"] = json!(say.table(netns, rule.table));
            value["chain"] = json!(say.chain(netns, rule.table, rule.chain));
            value["rule"] = json!(rule.id.number());
        }
        // The schema has a place for every draw; the place of this one is the nat table as such.
        ChoiceAt::Clash(_) => {
            let table = TableName::Nat.into();
            value["how"] = json!("draw");
            value["table"] = json!(say.table(netns, table));
            value["chain"] = json!(say.chain(netns, table, ChainId::default()));
            value["rule"] = Value::Null;
        }
        ChoiceAt::Names(_) => value["how"] = json!("name-server"),
        ChoiceAt::Proxy(_) => value["how"] = json!("proxy"),
        ChoiceAt::Route(..) => value["how"] = json!("route-hash"),
        ChoiceAt::Device(_, dev) => {
            value["how"] = json!("flow-hash");
            value["device"] = json!(say.dev(netns, dev));
        }
    }
    value
}

/// The same with the step that was asked for: its number and its place.
pub fn trace_at(model: &Model, journey: &Journey, step: Option<u32>) -> Value {
    let mut value = trace(model, journey);
    if let Some(step) = step {
        let place = Facts::of(model, journey).places().into_iter().nth((step as usize).saturating_sub(1));
        value["shown"] = json!({ "step": step, "place": place });
    }
    value
}

/// All branches as `kubehop.branches/1`. `cut` is true when there were more than the limit.
pub fn branches(model: &Model, branches: &Branches) -> Value {
    let all: Vec<Value> = branches.journeys.iter().map(|journey| trace(model, journey)).collect();
    json!({ "schema": "kubehop.branches/1", "branches": all, "cut": branches.cut })
}

/// A probability with four decimals.
fn rounded(probability: f64) -> f64 {
    (probability * 10_000.0).round() / 10_000.0
}

/// The probe as it was asked, defaults filled in.
pub(crate) fn probe(model: &Model, journey: &Journey) -> Value {
    let text = write_probe(model, &journey.probe);
    let packet = journey.legs.iter().find(|leg| leg.purpose == Purpose::Connect).and_then(|leg| leg.hops.first());
    let sport = packet.map(|hop| hop.before.packet.source().port());
    json!({
        "from": text.from,
        "via": match journey.probe.from {
            Source::External { via, .. } => via.and_then(|via| say_node(model, via)),
            Source::Pod(_) | Source::Node(_) | Source::Machine(_) => None,
        },
        "to": text.to,
        "proto": journey.probe.protocol.to_string(),
        "sport": journey.probe.sport.map(|port| port.0).or(sport),
        "choose": text.choose,
        "seed": journey.probe.seed,
        "before": journey.probe.before,
        "wait": journey.probe.wait,
        "keep": journey.probe.keep,
        "once": journey.probe.once,
        "size": journey.probe.size,
        "method": text.method,
        "header": text.headers,
        "connect": text.connect,
    })
}

/// `node/NAME`.
fn say_node(model: &Model, node: NodeId) -> Option<String> {
    model.cluster.nodes.get(node.0 as usize).map(|node| format!("node/{}", node.name))
}

fn server(say: &Say<'_>, journey: &Journey) -> Value {
    let Some(server) = &journey.server else { return Value::Null };
    json!({
        "pod": server.pod.map(|pod| say.pod_name(pod)),
        "node": server.node.and_then(|node| say.node_name(node)),
        "ip": server.local.ip().to_string(),
        "port": server.local.port(),
        "sees": { "ip": server.sees.ip().to_string(), "port": server.sees.port() },
    })
}

/// What is behind something.
fn because(say: &Say<'_>, id: CauseId) -> Value {
    json!(say.cause(id).map(Because))
}

/// Where it was decided, and by which rule.
fn decided(visit: &Visit<'_>) -> Value {
    let rule = visit.facts().iter().find_map(|fact| match &fact.what {
        What::Drop { reason: DropReason::Rule(rule) | DropReason::Rejected(rule) } => Some(visit.namespace.rule(*rule)),
        _ => None,
    });
    json!({
        "node": visit.namespace.node_name(),
        "netns": visit.namespace.name(),
        "device": visit.device(),
        "hook": visit.hook().map(|hook| hook.to_string()),
        "table": rule.map(|rule| rule.chain().table_name()),
        "chain": rule.map(|rule| rule.chain().name()),
        "rule": rule.map(|rule| rule.number()),
    })
}

pub(crate) fn outcome(say: &Say<'_>, journey: &Journey) -> Value {
    let outcome = &journey.outcome;
    let at = outcome.at.and_then(|(leg, hop)| journey.legs.get(leg as usize)?.hops.get(hop as usize));
    json!({
        "kind": kind(&outcome.kind),
        "code": outcome.kind.code(),
        "at": at.map(|hop| decided(&Visit::of(say.model, hop))),
        "because": match &outcome.why {
            Some(found) => Some(why(say, found)),
            None => outcome.cause.map(|cause| because(say, cause)),
        },
        "leansOn": journey.leans_on().map(|assumption| assumption.code).collect::<Vec<_>>(),
        "fixes": outcome.fixes.iter().map(|found| fix(say, found)).collect::<Vec<_>>(),
    })
}

/// The kind without the reason, which is in the code.
fn kind(kind: &OutcomeKind) -> &'static str {
    match kind {
        OutcomeKind::Dropped(_) => "dropped",
        other => other.code(),
    }
}

fn fix(say: &Say<'_>, fix: &Fix) -> Value {
    let sources = &say.model.parsed.sources;
    let words = say.fix(fix);
    let edit = |edit: &kubernetes::patch::Edit| {
        json!({
            "file": sources.get(edit.span.source.0 as usize).map(|source| &*source.name),
            "start": edit.span.start,
            "end": edit.span.end,
            "text": &*edit.text,
        })
    };
    json!({
        "kind": fix.kind.code(),
        "args": fix.args,
        "text": words.text,
        "patch": fix.patch.as_ref().map(|patch| json!({
            "diff": words.diff,
            "file": patch.place(sources).map(|(file, _)| file),
            "line": patch.place(sources).map(|(_, line)| line),
            "edits": patch.edits().iter().map(edit).collect::<Vec<_>>(),
        })),
        "probe": fix.probe.as_ref().map(|probe| json!({ "from": probe.from, "via": probe.via, "to": probe.to, "proto": probe.proto.as_deref().unwrap_or("tcp") })),
        "options": fix.options.as_ref().map(|options| json!({ "bridge-nf": options.bridge_nf })),
        "elsewhere": words.elsewhere,
        "proven": true,
    })
}

/// The field to look at; with the code and words of what is wrong with it, and the field it does not go with.
fn why(say: &Say<'_>, why: &sim_core::trace::Why) -> Value {
    let place = |field: &sim_core::trace::Field| {
        let location = field.locate(say.model);
        json!({
            "object": field.object.to_string(),
            "field": field.path.to_string(),
            "file": location.as_ref().map(|location| &*location.file),
            "line": location.as_ref().map(|location| location.line),
        })
    };
    let mut value =
        why.field.as_ref().map_or_else(|| json!({ "object": null, "field": null, "file": null, "line": null }), place);
    value["component"] = json!(why.component.map(|component| component.to_string()));
    value["code"] = json!(why.code);
    value["args"] = json!(why.args);
    value["text"] = json!(say.why_text(why));
    value["against"] = why.against.as_ref().map_or(Value::Null, place);
    value
}

/// The line of the hosts file that had the name, then the questions.
pub(crate) fn lookups(journey: &Journey) -> Vec<Value> {
    let place = |location: Option<&Location>| {
        let (file, line) = (location.map(|place| &*place.file), location.map(|place| place.line));
        (json!(file), json!(line))
    };
    let one = |lookup: &Lookup| {
        let records = |records: &[Record]| records.iter().map(ToString::to_string).collect::<Vec<_>>();
        json!({
            "name": &*lookup.name,
            "type": lookup.record.to_string(),
            "server": lookup.server.to_string(),
            "rcode": lookup.rcode.map(|rcode| rcode.to_string()),
            "addresses": lookup.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "answer": records(&lookup.records),
            "additional": records(&lookup.additional),
            "rotates": lookup.rotates,
            "transport": if lookup.stream { "tcp" } else { "udp" },
            "truncated": lookup.truncated,
            "seconds": lookup.waited,
            "kept": lookup.kept,
            "forwards": lookup.forwards.iter().map(|one| json!({
                "server": one.server.to_string(),
                "transport": if one.stream { "tcp" } else { "udp" },
                "name": &*one.question.0,
                "type": one.question.1.to_string(),
                "result": one.result.code(),
            })).collect::<Vec<_>>(),
            "beyond": lookup.beyond,
            "because": lookup.origin.as_ref().map(|origin| {
                let (file, line) = place(origin.location.as_ref());
                json!({ "object": origin.object.to_string(), "file": file, "line": line })
            }),
        })
    };
    let hosts = journey.hosts.as_ref().map(|hosts| {
        let (file, line) = place(hosts.line.location.as_ref());
        json!({
            "name": &*hosts.name,
            "type": if hosts.line.ip.is_ipv4() { "A" } else { "AAAA" },
            "server": "/etc/hosts",
            "rcode": null,
            "addresses": [hosts.line.ip.to_string()],
            "because": hosts.line.location.is_some().then(|| json!({ "object": null, "file": file, "line": line })),
        })
    });
    hosts.into_iter().chain(journey.lookups.iter().map(one)).collect()
}

pub(crate) fn assumed(say: &Say<'_>, assumed: &Assumption) -> Value {
    json!({
        "code": assumed.code,
        "args": assumed.args,
        "text": say.assumption(assumed),
        "because": assumed.because.as_ref().map(|because| json!({
            "object": because.object.as_ref().map(ToString::to_string),
            "field": because.field.as_deref(),
            "file": because.location.as_ref().map(|location| &*location.file),
            "line": because.location.as_ref().map(|location| location.line),
        })),
    })
}

/// What came out, in one line of codes: the client's result, the outcome and who answered. Equal lines mean an equal result.
pub fn summary(model: &Model, journey: &Journey) -> String {
    let say = Say { lang: Lang::En, model, id: None };
    let server = server(&say, journey);
    let of = |name: &str| server.get(name).and_then(Value::as_str);
    let who = of("pod").or_else(|| of("ip")).unwrap_or("-");
    format!("{} {} {who}", result_code(&journey.client), journey.outcome.kind.code())
}
