//! What is asked about a trace that nobody wrote questions for: it comes out of the trace, can be answered, and makes a sound lesson.

use kubernetes::budget::Budget;
use sim_core::facts::Facts;
use sim_core::model::{Model, Options};
use sim_core::trace::ProbeText;
use std::collections::BTreeMap;
use web::gallery;
use web::lessons::{Ask, Course, Kind, Lesson, Sent, World, Written, check, file_names, questions};

/// Every probe of every ready scenario, and the first of every lesson or all of its: name, model, probe and trace.
fn traces(all_probes: bool) -> Vec<(String, Model, ProbeText, Sent)> {
    let mut all = Vec::new();
    let limits = kubernetes::manifest::Limits::default();
    for example in gallery::examples() {
        let model = Model::build(&example.sources(), &limits, &Options::default());
        for probe in gallery::suggested(&model) {
            all.push((format!("{}: {} → {}", example.id, probe.from, probe.to), model.clone(), probe));
        }
    }
    for lesson in Course::builtin().lessons() {
        let model = Model::build(&lesson.sources(), &limits, &Options::default());
        let mut probes: Vec<ProbeText> = lesson.steps.iter().map(|step| step.probe.clone()).collect();
        probes.dedup();
        // With KUBEHOP_TEST_FULL all of them.
        if !all_probes && std::env::var_os("KUBEHOP_TEST_FULL").is_none() {
            probes.truncate(1);
        }
        all.extend(probes.into_iter().map(|probe| (lesson.slug.clone(), model.clone(), probe)));
    }
    let send = |(name, model, probe): (String, Model, ProbeText)| {
        let sent = Sent::of(&model, &probe, &Budget::unlimited()).expect("nothing ends it")?;
        Some((name, model, probe, sent))
    };
    all.into_iter().filter_map(send).collect()
}

#[test]
fn questions_stand_apart_and_none_tells_its_answer() {
    let mut often: BTreeMap<Ask, usize> = BTreeMap::new();
    let (mut traces_seen, mut asked_none) = (0, 0);
    for (name, _, _, sent) in traces(true) {
        traces_seen += 1;
        let found = questions(&sent.asked());
        let steps = Facts::of(&sent.model, &sent.journey).steps.len() as usize;
        assert!(found.len() <= (steps / 5).max(1), "{name}: {} questions in {steps} steps", found.len());
        asked_none += usize::from(found.is_empty());
        for pair in found.windows(2) {
            assert!(pair[1].until - pair[0].until >= 5, "{name}: {pair:?}");
        }
        for question in &found {
            *often.entry(question.ask).or_default() += 1;
            assert!((2..=3).contains(&question.wrong.len()), "{name}: {question:?}");
            assert!(question.until <= question.at, "{name}: {question:?}");
        }
    }
    assert!(traces_seen > 80 && asked_none * 20 < traces_seen, "{asked_none} of {traces_seen} ask nothing");
    // Each kind of question is one that some trace asks.
    let asks = [
        Ask::Result,
        Ask::Status,
        Ask::Dnat,
        Ask::Snat,
        Ask::Rule,
        Ask::Undone,
        Ask::Outer,
        Ask::Questions,
        Ask::Sees,
        Ask::Hop,
        Ask::Device,
        Ask::Next,
        Ask::Ttl,
    ];
    let never: Vec<&Ask> = asks.iter().filter(|ask| !often.contains_key(ask)).collect();
    assert!(never.is_empty(), "{never:?} of {often:?}");
}

#[test]
fn a_trace_is_a_sound_lesson() {
    let mut lessons = 0;
    for (name, model, probe, sent) in traces(false) {
        let world = World::default();
        let written = Written { asked: sent.asked(), probe: &probe, world: &world, name: &name };
        let Some(mut files) = written.files(true) else { continue };
        files.extend(file_names(&model.parsed.sources));
        let lesson = Lesson::read("made", &files).unwrap_or_else(|faults| panic!("{name}: {faults:?}\n{}", files[0].1));
        if model.has_errors() {
            // A lesson of mistaken manifests says so.
            assert!(!check(&lesson).is_empty(), "{name}");
            continue;
        }
        let faults = check(&lesson);
        let short = lesson.steps.len() < 5;
        assert!(
            faults.iter().all(|fault| short && fault.what.contains(" steps, where ")),
            "{name}: {faults:?}\n{}",
            files[0].1
        );
        lessons += usize::from(!short);
        // Alone, nothing but questions.
        let alone = Lesson::read("made", &written.files(false).expect("as before")).expect("as before");
        assert!(alone.steps.iter().all(|step| matches!(step.kind, Kind::Predict { .. })), "{name}");
    }
    assert!(lessons > 50, "{lessons}");
}
