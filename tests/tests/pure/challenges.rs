//! Challenges: variants of the lessons' tasks, one for every seed.

use kubernetes::budget::Budget;
use kubernetes::manifest::Limits;
use std::collections::BTreeSet;
use web::lessons::{Bounds, Course, Kind, Step, Task, challenge};

fn tasks() -> Vec<(String, Step, Task)> {
    let mut all = Vec::new();
    for lesson in Course::builtin().lessons() {
        for step in &lesson.steps {
            if let Kind::Task(task) = &step.kind
                && task.code == "fix"
            {
                all.push((format!("{}/{}", lesson.slug, step.id), step.clone(), task.clone()));
            }
        }
    }
    all
}

#[test]
fn every_seed_breaks_what_its_reference_mends() {
    let (limits, budget) = (Limits::default(), Budget::unlimited());
    let bounds = Bounds { limits: &limits, max_pods: None, budget: &budget };
    let (mut none, mut count) = (Vec::new(), 0);
    let (mut renamed, mut moved) = (0, 0);
    for (name, step, task) in tasks() {
        let mut texts = BTreeSet::new();
        for seed in ["1", "2026-11-30"] {
            let Some(made) = challenge(&step, &task, seed, &bounds).expect("nothing ends it") else {
                none.push(format!("{name} {seed}"));
                continue;
            };
            let Kind::Task(own) = &made.step.kind else { panic!("{name}: no task") };
            let start = own.play(&made.step, &own.file.1, &bounds).expect("nothing ends it");
            assert!(!start.done() && !start.model.has_errors(), "{name} {seed}");
            let mended = own.solved().expect("a reference");
            let solved = own.play(&made.step, &mended, &bounds).expect("nothing ends it");
            assert!(solved.done(), "{name} {seed}: {:?}", solved.goals);
            assert!((1..=12).contains(&own.lines(&mended)), "{name} {seed}: little is wrong");
            let (broken, whole) = (own.file.1.lines().nth(made.line - 1), mended.lines().nth(made.line - 1));
            assert_ne!(broken, whole, "{name} {seed}: line {}", made.line);
            assert!(own.changes.is_empty() && own.hints > 0, "{name}: nothing of one click");
            // The same seed gives the same.
            let again = challenge(&step, &task, seed, &bounds).expect("nothing ends it").expect("as before");
            let Kind::Task(again) = &again.step.kind else { panic!("{name}: no task") };
            assert_eq!(again.file, own.file, "{name} {seed}");
            renamed += usize::from(own.goal.iter().zip(&task.goal).any(|(own, was)| own.probe.to != was.probe.to));
            moved += usize::from(!own.file.1.contains("10.244.") && own.file.1.contains("podSubnet"));
            texts.insert(own.file.1.clone());
            count += 1;
        }
        assert!(texts.len() != 1, "{name}: seeds make no difference");
    }
    assert!(none.len() * 10 <= count, "{none:?} of {count}");
    assert!(renamed * 2 > count && moved * 4 > count, "{renamed} renamed, {moved} moved of {count}");
    println!("{count} challenges, none for {none:?}, {renamed} renamed, {moved} moved");
}
