//! Connections opened and closed at random: what was wished for holds in the changed manifests, and nobody else's connections to the same
//! workload are others than before.

use kubehop_tests::mutate::Numbers;
use kubehop_tests::policies::{Words, policy};
use kubernetes::budget::Budget;
use kubernetes::manifest::{Limits, SourceText};
use kubernetes::policy::{Direction, PortSet, Ports};
use sim_core::model::{Model, Options};
use sim_core::permit::{Refusal, What, Wish, permit};
use sim_core::reach::{Asked, Peer, Reach};
use std::collections::BTreeMap;

const WORDS: Words = Words {
    namespaces: &["shop", "tools", "ops"],
    apps: &["cart", "front", "db"],
    tiers: &["a", "b"],
    ports: &[80, 5432],
};

/// Workloads of three namespaces, and some policies.
fn cluster(numbers: &mut Numbers) -> String {
    let mut text = String::new();
    for (at, namespace) in WORDS.namespaces.iter().enumerate() {
        let team = ["a", "b"][at % 2];
        text += &format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}, labels: {{team: {team}}}}}\n---\n"
        );
        for app in WORDS.apps {
            let tier = WORDS.tiers[numbers.below(2)];
            text += &format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: {app}, namespace: {namespace}, labels: {{app: {app}, tier: {tier}}}}}\n\
                 spec: {{containers: [{{name: c, image: x, ports: [{{containerPort: 80, name: http}}]}}]}}\n---\n"
            );
        }
    }
    for at in 0..numbers.below(5) {
        let namespace = WORDS.namespaces[numbers.below(3)];
        text += &policy(numbers, &WORDS, namespace, &format!("p{at}"));
        text += "\n---\n";
    }
    text
}

type Pairs = BTreeMap<(Peer, Peer), Ports>;

fn pairs(reach: &Reach<'_>) -> Pairs {
    let all = reach.pairs(&Default::default()).into_iter();
    let all = all.filter(|pair| matches!((pair.from, pair.to), (Peer::Workload(_), Peer::Workload(_))));
    all.map(|pair| ((pair.from, pair.to), reach.ports_of(&pair).clone())).collect()
}

fn reach(model: &Model) -> Reach<'_> {
    Reach::of(&model.parsed, &model.cluster, Asked::All, &Budget::unlimited()).expect("unlimited")
}

#[test]
fn what_is_pressed_holds_and_others_keep_their_connections() {
    let (mut done, mut refused) = (0, BTreeMap::new());
    for seed in 0..400 {
        let mut numbers = Numbers(seed * 7919 + 1);
        let text = cluster(&mut numbers);
        let model =
            Model::build(&[SourceText::given("shop.yaml", text.as_str())], &Limits::default(), &Options::default());
        assert!(!model.has_errors(), "{text}\n{:?}", model.diagnostics);
        let before = reach(&model);
        let (of, other) = (numbers.below(9), numbers.below(9));
        if of == other {
            continue;
        }
        let direction = Direction::BOTH[numbers.below(2)];
        let pair = match direction {
            Direction::Ingress => (Peer::Workload(other), Peer::Workload(of)),
            Direction::Egress => (Peer::Workload(of), Peer::Workload(other)),
        };
        let wanted = Ports::of(kernel::packet::Protocol::Tcp, PortSet::range(80, 80));
        let opens = numbers.below(2) == 0;
        let peer = Peer::Workload(other);
        let what = if opens { What::Open(peer, wanted.clone()) } else { What::Close(peer) };
        let wish = Wish { of, direction, what };
        let changed = match permit(&model, &before, &wish, &Budget::unlimited()) {
            Ok(changed) => changed,
            Err(refusal) => {
                *refused.entry(refusal.code()).or_insert(0) += 1;
                let had = pairs(&before).remove(&pair).unwrap_or_default();
                // Already so, or the other end denies what is to be denied.
                assert!(matches!(refusal, Refusal::Already), "{refusal:?} {wish:?}\n{text}");
                assert_eq!(opens, !had.is_empty(), "{wish:?}\n{text}");
                continue;
            }
        };
        done += 1;
        let after = reach(&changed.model);
        let (was, is) = (pairs(&before), pairs(&after));
        let now = is.get(&pair).cloned().unwrap_or_default();
        let said = changed.patch.diff(&model.parsed.sources, 60);
        match opens {
            true => assert!(wanted.without(&now).is_empty(), "{wish:?}\n{text}\n{said}"),
            false => assert!(now.is_empty(), "{wish:?}\n{text}\n{said}"),
        }
        let others = was.keys().chain(is.keys()).filter(|key| **key != pair);
        for key in others {
            let none = Ports::default();
            let (was, is) = (was.get(key).unwrap_or(&none), is.get(key).unwrap_or(&none));
            let same_end = match direction {
                Direction::Ingress => key.1 == Peer::Workload(of),
                Direction::Egress => key.0 == Peer::Workload(of),
            };
            if opens {
                // A policy that selects nobody else is changed, or one is made: nothing else is opened, and nothing is closed.
                assert_eq!(was, is, "{key:?} {wish:?}\n{text}\n{said}");
            } else {
                // A rule that is narrowed may be one of others too; what is told as removed is all that may be gone.
                assert!(is.without(was).is_empty(), "{key:?} {wish:?}\n{text}\n{said}");
                assert!(!same_end || was == is, "{key:?} {wish:?}\n{text}\n{said}");
            }
        }
    }
    assert!(done > 180, "{done} {refused:?}");
}

/// A policy in block style, as most are written.
const BLOCK: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: db
spec:
  podSelector:
    matchLabels:
      app: db
  ingress:
  # Whoever is of the tier.
  - from:
    - podSelector:
        matchLabels:
          tier: x  # the first one
    - ipBlock:
        cidr: 10.9.0.0/16
        except:
        - 10.9.3.0/24
    ports:
    - port: 80
";

#[test]
fn entries_in_block_style_are_replaced_and_ranges_are_closed_by_their_parts() {
    let pod = |name: &str, tier: &str| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {{app: {name}, tier: {tier}}}}}, spec: {{containers: [{{name: c, image: x}}]}}}}\n---\n"
        )
    };
    let pods = [pod("a", "x"), pod("b", "x"), pod("db", "y")].concat();
    let sources = [SourceText::given("pods.yaml", pods.as_str()), SourceText::given("policy.yaml", BLOCK)];
    let model = Model::build(&sources, &Limits::default(), &Options::default());
    let before = reach(&model);
    let closed = |peer: Peer| {
        let wish = Wish { of: 2, direction: Direction::Ingress, what: What::Close(peer) };
        let done = permit(&model, &before, &wish, &Budget::unlimited()).unwrap_or_else(|refusal| panic!("{refusal:?}"));
        done.patch.apply(&model.parsed.sources)[1].text.to_string()
    };
    let text = closed(Peer::Workload(0));
    assert!(text.contains("    - podSelector:\n        matchLabels:\n          app: b"), "{text}");
    assert!(!text.contains("tier: x") && text.contains("# Whoever is of the tier."), "{text}");
    let text = closed(Peer::Range([10, 9, 1, 0].into(), [10, 9, 1, 255].into()));
    assert!(text.contains("10.9.3.0/24") && text.contains("10.9.1.0/24"), "{text}");
    let text = closed(Peer::Range([0, 0, 0, 0].into(), [255, 255, 255, 255].into()));
    assert!(!text.contains("ipBlock"), "{text}");
}

#[test]
fn what_is_json_stays_json() {
    let list = "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"a\", \
                \"labels\": {\"app\": \"a\"}}, \"spec\": {\"containers\": [{\"name\": \"c\", \"image\": \"x\"}]}}]}\n";
    let model = Model::build(&[SourceText::given("list.json", list)], &Limits::default(), &Options::default());
    let before = reach(&model);
    let wish = Wish { of: 0, direction: Direction::Egress, what: What::Isolate };
    let refused = permit(&model, &before, &wish, &Budget::unlimited()).err();
    assert!(matches!(refused, Some(Refusal::Text(_))), "{refused:?}");
    // Beside it a file in YAML takes the policy.
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: b, labels: {app: b}}, spec: {containers: [{name: c, image: x}]}}\n---\n";
    let sources = [SourceText::given("list.json", list), SourceText::given("b.yaml", pod)];
    let model = Model::build(&sources, &Limits::default(), &Options::default());
    let before = reach(&model);
    let done = permit(&model, &before, &wish, &Budget::unlimited()).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let after = done.patch.apply(&model.parsed.sources);
    assert_eq!((&*after[0].text, after[1].text.contains("name: a-egress")), (list, true));
}
