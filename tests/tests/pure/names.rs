//! Asking for a name and connecting to it never disagree, whoever asks in whatever world; and a name that is suggested works.
//!
//! Questions are drawn by seeds, which are printed with what is wrong: `KUBEHOP_NAMES=20000` for more of them, `KUBEHOP_SEED=N` for the
//! first seed.

use kubehop_tests::ask::{World, name, sources, worlds};
use kubehop_tests::mutate::Numbers;
use kubernetes::assumption::Verdict;
use serde_json::Value;
use sim_core::trace::{
    self, ClientResult, HostsAnswer, Journey, Lookup, OutcomeKind, ProbeError, ProbeText, Target, Why,
};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use web::listing;

/// Questions of a run without `KUBEHOP_NAMES`.
const SAMPLE: u64 = 400;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// What is concluded about a name.
#[derive(Clone, Debug, PartialEq)]
struct Concluded {
    /// Addresses, or what kept from having one.
    found: Result<BTreeSet<String>, String>,
    /// The verdict and the cause, where there is no address.
    verdict: Option<Verdict>,
    why: Option<Why>,
    /// What was read and asked.
    hosts: Option<HostsAnswer>,
    asked: Vec<Lookup>,
}

/// A refused text: its code.
fn refused(error: &ProbeError) -> Concluded {
    let found = Err(format!("refused: {}", error.code));
    Concluded { found, verdict: None, why: None, hosts: None, asked: Vec::new() }
}

fn concluded(found: Result<BTreeSet<String>, String>, journey: Journey) -> Concluded {
    let failed = found.is_err();
    Concluded {
        verdict: failed.then_some(journey.verdict),
        why: journey.outcome.why.filter(|_| failed),
        hosts: journey.hosts,
        asked: journey.lookups,
        found,
    }
}

fn failure(journey: &Journey) -> Result<BTreeSet<String>, String> {
    Err(journey.outcome.kind.code().to_owned())
}

/// What `kubehop dns` says.
fn by_dns(world: &World, from: &str, name: &str) -> Concluded {
    let probe = match trace::parse_question(&world.model, from, name, 0) {
        Ok(probe) => probe,
        Err(error) => return refused(&error),
    };
    let model = trace::model_for(&world.model, &probe);
    let journey = trace::look_up(&model, &probe, None);
    let said = listing::dns(&model, &journey);
    let text = |one: &Value| one.as_str().expect("text").to_owned();
    let found = match &*text(&said["result"]) {
        "ok" => Ok(said["addresses"].as_array().expect("addresses").iter().map(text).collect()),
        _ => Err(text(&said["outcome"]["code"])),
    };
    concluded(found, journey)
}

/// What `kubehop trace` does with the name.
fn by_trace(world: &World, from: &str, to: String) -> Concluded {
    let text = ProbeText { from: from.to_owned(), to, ..ProbeText::default() };
    let probe = match trace::parse_probe(&world.model, &text) {
        Ok(probe) => probe,
        Err(error) => return refused(&error),
    };
    let model = trace::model_for(&world.model, &probe);
    let journey = trace::run(&model, &probe);
    let sent = journey.legs.iter().find(|leg| leg.lookup.is_none()).and_then(|leg| leg.hops.first());
    let dialled = sent.map(|hop| hop.before.packet.destination().ip());
    let six = journey.outcome.kind == OutcomeKind::Ipv6Only;
    let found = match (&probe.to, &journey.hosts) {
        (Target::Address(ip, _), _) => Ok([ip.to_string()].into()),
        _ if journey.client == ClientResult::NameNotResolved => failure(&journey),
        (_, Some(hosts)) => Ok([hosts.line.ip.to_string()].into()),
        _ => {
            let last = journey.lookups.iter().rfind(|lookup| !lookup.addresses.is_empty());
            let all: BTreeSet<IpAddr> = last.map(|last| last.addresses.iter().copied().collect()).unwrap_or_default();
            assert_eq!(six, all.iter().all(IpAddr::is_ipv6), "{all:?}");
            assert!(dialled.is_none_or(|ip| all.contains(&ip)), "{dialled:?} is dialled, {all:?} was answered");
            assert!(dialled.is_some() || six, "{} {:?} for {all:?}", text.to, journey.outcome);
            Ok(all.iter().map(ToString::to_string).collect())
        }
    };
    concluded(found, journey)
}

/// What is wrong with one question.
fn wrong(world: &World, from: &str, name: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let dns = by_dns(world, from, name);
    let traced = by_trace(world, from, format!("{name}:80"));
    if dns != traced {
        wrong.push(format!("dns {dns:#?}\ntrace {traced:#?}"));
    }
    // Case is nothing to a name.
    let lower = by_dns(world, from, &name.to_lowercase());
    if (&lower.found, &lower.verdict) != (&dns.found, &dns.verdict) {
        wrong.push(format!("{:?} in lower case is {:?}", dns.found, lower.found));
    }
    let Err(code) = &dns.found else { return wrong };
    if dns.why.is_none() && matches!(&**code, "name-not-found" | "name-without-address" | "no-name-server") {
        wrong.push(format!("{code}, and nothing says why"));
    }
    // A name that is suggested has an address from there.
    if let Some((why, suggestion)) = dns.why.as_ref().and_then(|why| Some((why, why.args.get("suggestion")?))) {
        let other = by_dns(world, from, suggestion);
        if !other.found.as_ref().is_ok_and(|all| !all.is_empty()) {
            wrong.push(format!("{} suggests {suggestion}, which is {:?}", why.code, other.found));
        }
    }
    wrong
}

#[test]
fn dns_and_trace_never_disagree() {
    let worlds = worlds();
    let first = number("KUBEHOP_SEED").unwrap_or(1);
    let count = number("KUBEHOP_NAMES").unwrap_or(SAMPLE);
    let (mut answered, mut failed): (u64, BTreeMap<String, u64>) = (0, BTreeMap::new());
    let mut all = Vec::new();
    for seed in first..first + count {
        let mut numbers = Numbers(seed);
        let world = &worlds[numbers.below(worlds.len())];
        let from = sources(&world.model);
        let from = &from[numbers.below(from.len())];
        let name = name(&mut numbers, &world.model);
        match by_dns(world, from, &name).found {
            Ok(_) => answered += 1,
            Err(code) => *failed.entry(code).or_default() += 1,
        }
        for one in wrong(world, from, &name) {
            all.push(format!("seed {seed}: {}: {from} asks for {name}: {one}", world.about));
        }
    }
    println!("seeds {first} to {}: {answered} names with an address; without: {failed:?}", first + count - 1);
    for kind in ["name-not-found", "name-without-address", "name-server-unreachable", "name-beyond"] {
        assert!(failed.contains_key(kind), "no question ends in {kind}: {failed:?}");
    }
    assert!(all.is_empty(), "{} wrong:\n{}", all.len(), all.join("\n"));
    assert!(answered > count / 12, "only {answered} of {count} have an address");
}
