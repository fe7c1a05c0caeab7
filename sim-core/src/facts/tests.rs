use super::*;
use crate::model::Options;
use crate::trace::{self, ProbeText};
use kernel::walk::{Event, FrameCopy};
use kubernetes::manifest::{Limits, SourceText};

fn model() -> Model {
    let text = include_str!("../../../web/scenarios/first-service.yaml");
    Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default())
}

fn journey(model: &Model) -> Journey {
    let asked =
        ProbeText { from: "pod/default/client".into(), to: "svc/default/web:80".into(), ..ProbeText::default() };
    trace::run(model, &trace::parse_probe(model, &asked).unwrap())
}

#[test]
fn hops_of_copies_are_found_by_their_numbers() {
    let model = model();
    let journey = journey(&model);
    let hops = &journey.legs[0].hops;
    // A hop whose copies are made of the others of the leg, the second with a copy of its own.
    let copy = |hops: Vec<Hop>| FrameCopy { port: LinkId(0), remote: None, hops, end: journey.legs[0].end.clone() };
    let copied = |hop: &Hop, copies: Vec<FrameCopy>| {
        let mut hop = hop.clone();
        hop.events.push(Event::Copied { bridge: LinkId(0), copies, earlier: 0 });
        hop
    };
    let inner = copied(&hops[2], vec![copy(vec![hops[3].clone()])]);
    let outer = copied(&hops[0], vec![copy(vec![hops[1].clone()]), copy(vec![hops[4].clone(), inner.clone()])]);
    let visit = Visit::of(&model, &outer);
    let at = |path: &str| visit.copy(path).map(|visit| visit.hop.clone());
    assert_eq!(at(""), Some(outer.clone()));
    assert_eq!(at("0.0"), Some(hops[1].clone()));
    assert_eq!(at("1.1"), Some(inner.clone()));
    assert_eq!(at("1.1/0.0"), Some(hops[3].clone()));
    for wrong in ["2.0", "0.1", "1.0/0.0", "x", "1", "1.x", "-1.0"] {
        assert_eq!(at(wrong), None, "{wrong}");
    }
    // Copies have ways of their own.
    let facts = visit.facts();
    let What::Copies { copies, .. } = &facts.last().unwrap().what else { panic!("no copies") };
    assert_eq!(copies.iter().map(|copy| copy.visits().count()).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn chains_are_a_tree_that_loses_nothing() {
    fn lines(pass: &ChainPass<'_>, depth: u32, out: &mut Vec<(u32, u32)>) {
        for line in &pass.lines {
            assert_eq!((line.fact.depth, line.fact.pass), (depth, Some(pass.number)));
            out.push((depth, pass.number));
            for inner in &line.entered {
                assert_eq!(inner.from.map(|rule| rule.at), line.rule().map(|rule| rule.at));
                lines(inner, depth + 1, out);
            }
        }
    }
    let model = model();
    let journey = journey(&model);
    let mut deepest = 0;
    for visit in Facts::of(&model, &journey).visits() {
        let chains = visit.chains();
        let mut told = Vec::new();
        chains.iter().for_each(|pass| {
            assert!(pass.from.is_none());
            lines(pass, 0, &mut told);
        });
        let is_line = |fact: &&Fact<'_>| matches!(fact.what, What::Rule { .. } | What::ChainEnd { .. });
        let facts = visit.facts();
        let flat: Vec<_> = facts.iter().filter(is_line).map(|fact| (fact.depth, fact.pass.unwrap())).collect();
        assert_eq!(told, flat, "step {:?}", visit.number);
        deepest = deepest.max(flat.iter().map(|(depth, _)| *depth).max().unwrap_or(0));
        for (_, number) in &flat {
            assert!(chains.iter().any(|pass| pass.find(*number).is_some()));
        }
    }
    assert!(deepest >= 2, "a Service has chains in chains");
}

fn told(model: &Model, from: &str, to: &str, connect: Option<&str>) -> (Vec<Beat>, u32) {
    let asked = ProbeText {
        from: from.to_owned(),
        to: to.to_owned(),
        connect: connect.map(str::to_owned),
        ..ProbeText::default()
    };
    let probe = trace::parse_probe(model, &asked).unwrap();
    let model = trace::model_for(model, &probe);
    let journey = trace::run(&model, &probe);
    let facts = Facts::of(&model, &journey);
    let beats = facts.beats();
    // Every step is in one beat, in order, and each happens in itself.
    let mut next = 1;
    for beat in &beats {
        assert_eq!(beat.first, next, "{beats:?}");
        assert!(beat.first <= beat.at && beat.at <= beat.last, "{beat:?}");
        next = beat.last + 1;
    }
    assert_eq!(next, facts.steps.len() + 1, "{beats:?}");
    if let Some((leg, _)) = journey.outcome.at.filter(|_| !journey.works()) {
        let last = facts.steps.legs.iter().find(|span| span.leg == leg as usize).map(|span| span.last);
        let dropped = matches!(journey.legs[leg as usize].end, kernel::walk::End::Dropped { .. });
        assert!(
            !dropped || beats.iter().any(|beat| Some(beat.at) == last && beat.kind == BeatKind::Dropped),
            "{beats:?}"
        );
    }
    (beats, facts.steps.len())
}

#[test]
fn a_story_is_short_and_has_every_step() {
    let kinds = |beats: &[Beat]| beats.iter().map(|beat| beat.kind.code()).collect::<Vec<_>>().join(" ");
    let model = model();
    let (beats, steps) = told(&model, "pod/default/client", "web:80", None);
    assert_eq!(kinds(&beats), "names sent destination crossing arrived back done", "{beats:?}");
    assert!(steps > 100, "{steps}");
    let text = include_str!("../../../web/scenarios/ingress.yaml");
    let ingress = Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default());
    let (beats, _) = told(&ingress, "host/laptop", "https://shop.example.com/", Some("ingress"));
    let story = "sent crossing destination arrived back asked proxied crossing arrived asked answered answered closed";
    assert_eq!(kinds(&beats), story, "{beats:?}");
    // More than many: a proxy's connection is one beat.
    let text = include_str!("../../../web/scenarios/proxy-protocol.yaml");
    let two = Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default());
    let (beats, steps) = told(&two, "external", "http://shop.example.com/", Some("ingress"));
    assert!(beats.len() <= 16 && steps > 400, "{steps}: {}", kinds(&beats));
    assert_eq!(beats.iter().filter(|beat| beat.kind == BeatKind::Proxied).count(), 2, "{}", kinds(&beats));
    // What does not arrive ends with the step at which it does not.
    for to in ["nobody:80", "web:81", "10.244.2.99:80"] {
        let (beats, _) = told(&model, "pod/default/client", to, None);
        assert!(beats.len() <= 12, "{to}: {}", kinds(&beats));
    }
}
