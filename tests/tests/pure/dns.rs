//! Answers against those the real CoreDNS 1.13 gave for the same objects: every question of every Corefile, in wire format, section by
//! section.

use kubehop_tests::{agree, conformance, model, read};
use serde_json::Value;
use sim_core::agents::ResolvConf;
use sim_core::dns::message::{self, Message};
use sim_core::dns::zone::Asker;
use sim_core::dns::{Asked, Record, RecordType, answer_to, resolver, zone};
use sim_core::model::{Model, Options};
use sim_core::site::NameServer;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

const VARIANTS: [&str; 5] = ["", "autopath", "endpoint-pod-names", "pods-disabled", "pods-verified"];

/// The recorder listened on an address that a Pod of `db` has, too: that Service's endpoints are its name servers.
const RECORDER: &str = "10.244.0.20";

/// Records as one sorts them. The serial of the cluster's SOA is the time of the recording.
fn sorted(lines: impl IntoIterator<Item = String>) -> Vec<String> {
    let known = |line: String| {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        if let [_, _, _, "SOA", "ns.dns.cluster.local.", _, serial, ..] = words.as_mut_slice() {
            *serial = "SERIAL";
        }
        words.join(" ")
    };
    let mut all: Vec<String> = lines.into_iter().map(known).collect();
    all.sort();
    all
}

/// A response, as it was recorded and as we give it: code, flags, sections.
#[derive(Debug, PartialEq)]
struct Response {
    rcode: String,
    flags: String,
    sections: [Vec<String>; 3],
}

impl Response {
    fn recorded(query: &Value) -> Self {
        let text = |field: &str| query[field].as_str().expect("text").to_owned();
        let section = |field: &str| {
            let lines = query[field].as_array().expect("records").iter();
            sorted(lines.map(|line| line.as_str().expect("record").to_owned()))
        };
        let sections = ["answer", "authority", "additional"].map(section);
        Self { rcode: text("rcode"), flags: text("flags"), sections }
    }

    fn of(message: &Message) -> Self {
        let set = [(message.response, "QR"), (message.authoritative, "AA"), (message.truncated, "TC")];
        let set = set.into_iter().chain([(true, "RD"), (message.recursion, "RA")]);
        let flags: Vec<&str> = set.filter(|(set, _)| *set).map(|(_, name)| name).collect();
        let section = |records: &[Record]| sorted(records.iter().map(ToString::to_string));
        let sections = [&message.answers, &message.authority, &message.additional].map(|all| section(all));
        Self { rcode: message.rcode.to_string(), flags: flags.join(" "), sections }
    }
}

/// The recorded server: what it answered once it has in its cache for the time of the recording (`cache 30`).
struct Server {
    model: Model,
    cached: BTreeMap<(String, String), Message>,
}

impl Server {
    fn ask(&mut self, from: Option<IpAddr>, query: &Value) -> Message {
        let text = |field: &str| query[field].as_str().expect("text");
        let (name, kind) = (text("name"), RecordType::named(text("type")).expect("a type"));
        let key = (name.to_lowercase(), kind.to_string());
        if let Some(cached) = self.cached.get(&key) {
            return cached.clone();
        }
        let asker = Asker { from, server: RECORDER.parse().ok() };
        let asked = Asked { asker, stream: text("transport") == "tcp" };
        let question = message::encode(&Message::question(9, name, kind));
        let (bytes, found) = answer_to(&self.model.cluster, NameServer::CoreDns, asked, &question).expect("an answer");
        assert!(found.leans.is_empty() && !found.forwarded, "{name} {kind}: {found:?}");
        let read = message::decode(&bytes).expect("a response");
        self.cached.insert(key, read.clone());
        read
    }
}

/// What was recorded with a Corefile (`VARIANT` of `Corefile.VARIANT`), and a server with the same.
fn golden(variant: &str) -> (Server, Value) {
    let folder = conformance().join("coredns");
    let input = read(&folder.join("input.yaml"));
    let named = |name: &str| if variant.is_empty() { name.to_owned() } else { format!("{name}.{variant}") };
    let corefile = read(&folder.join(named("Corefile")));
    let map = serde_json::json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": "coredns", "namespace": "kube-system" },
        "data": { "Corefile": corefile },
    });
    let model = model(&[("input.yaml", &input), ("corefile.json", &map.to_string())], &Options::default());
    assert!(model.cluster.corefile.at.is_some(), "{variant}: the Corefile is the input's");
    let recorded = serde_json::from_str(&read(&folder.join(format!("{}.json", named("dns"))))).expect("recording");
    (Server { model, cached: BTreeMap::new() }, recorded)
}

/// A Pod of a namespace, which the walks were recorded for.
fn client(model: &Model, namespace: &str) -> IpAddr {
    let mut pods = model.cluster.pods.iter();
    pods.find(|pod| &*pod.name.namespace == namespace && !pod.host_network).expect("a Pod").ip
}

#[test]
fn answers_are_those_of_the_real_coredns() {
    let mut results = Vec::new();
    for variant in VARIANTS {
        let (mut server, recorded) = golden(variant);
        let mut compare = |server: &mut Server, about: &str, from: Option<IpAddr>, query: &Value| {
            let (real, ours) = (Response::recorded(query), Response::of(&server.ask(from, query)));
            let same = real == ours;
            let result = if same { Ok(()) } else { Err(format!("  real {real:?}\n  ours {ours:?}")) };
            let text = |field: &str| query[field].as_str().expect("text").to_owned();
            let about = format!("{variant} {about}{} {} {}", text("transport"), text("name"), text("type"));
            results.push((about.trim_start().to_owned(), result));
        };
        for query in recorded["queries"].as_array().expect("queries") {
            // From the machine of the recording, which is no Pod.
            compare(&mut server, "", Some(IpAddr::from([127, 0, 0, 1])), query);
        }
        for walk in recorded["resolverWalks"].as_array().expect("walks") {
            let lookup = walk["lookup"].as_str().expect("lookup");
            let from = client(&server.model, walk["podNamespace"].as_str().expect("namespace"));
            for step in walk["steps"].as_array().expect("steps") {
                compare(&mut server, &format!("{lookup}: "), Some(from), step);
            }
        }
    }
    assert!(results.len() > 450, "only {} questions compared", results.len());
    agree(&results, KNOWN_GAPS);
}

/// Differences that remain, each with its reason.
const KNOWN_GAPS: &[(&str, &str)] = &[];

/// Without a Corefile in the input the one of kubeadm is assumed, which says the same of the cluster's own names.
#[test]
fn the_assumed_corefile_says_the_same() {
    let (server, recorded) = golden("");
    let input = read(&conformance().join("coredns/input.yaml"));
    let assumed = model(&[("input.yaml", &input)], &Options::default());
    assert!(assumed.cluster.corefile.at.is_none());
    for query in recorded["queries"].as_array().expect("queries") {
        let (name, kind) = (query["name"].as_str().expect("name"), query["type"].as_str().expect("type"));
        let kind = RecordType::named(kind).expect("a type");
        let [given, ours] = [&server.model, &assumed].map(|model| zone::answer(&model.cluster, name, kind));
        if !ours.forwarded && name.ends_with("cluster.local.") {
            assert_eq!((given.rcode, given.records), (ours.rcode, ours.records), "{name} {kind}");
        }
    }
}

/// Each walk is what a resolver asks until it has an address, given what was answered.
#[test]
fn names_are_asked_for_in_the_recorded_order() {
    let walks: usize = VARIANTS.into_iter().map(|variant| walks(&golden(variant).1)).sum();
    assert!(walks > 50, "{walks}");
}

fn walks(recorded: &Value) -> usize {
    let mut walks = 0;
    for walk in recorded["resolverWalks"].as_array().expect("walks") {
        let (typed, namespace) =
            (walk["lookup"].as_str().expect("lookup"), walk["podNamespace"].as_str().expect("namespace"));
        let search =
            [format!("{namespace}.svc.cluster.local"), "svc.cluster.local".to_owned(), "cluster.local".to_owned()];
        let ndots = u8::try_from(walk["ndots"].as_u64().expect("ndots")).expect("small");
        let conf = ResolvConf {
            search: search.map(|domain| Arc::from(domain.as_str())).to_vec(),
            ndots,
            ..ResolvConf::default()
        };
        let steps = walk["steps"].as_array().expect("steps");
        let real: Vec<&str> = steps.iter().map(|step| step["name"].as_str().expect("name")).collect();
        let conf = ResolvConf { nameservers: vec![RECORDER.parse().expect("an address")], ..conf };
        let mut asked = Vec::new();
        let _ = resolver::walk(&conf, typed, &[RecordType::A], |question| {
            let at = asked.len();
            asked.push(question.candidate.name.clone());
            let Some(step) = steps.get(at) else { return resolver::Asked::Silent };
            let records = step["answer"].as_array().expect("records").iter();
            let answers: Vec<Record> =
                records.map(|line| Record::read(line.as_str().expect("record")).expect("a record")).collect();
            let rcode = sim_core::dns::Rcode::named(step["rcode"].as_str().expect("rcode")).expect("a code");
            let name = &question.candidate.name;
            let message = Message { response: true, rcode, answers, ..Message::question(9, name, RecordType::A) };
            let read = resolver::Reply::read(&message::encode(&message));
            read.map_or(resolver::Asked::Silent, resolver::Asked::Answered)
        });
        assert_eq!(asked, real, "{typed} in {namespace}");
        walks += 1;
    }
    walks
}
