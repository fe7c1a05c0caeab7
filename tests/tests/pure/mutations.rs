//! Small mistakes in inputs that work: the cause names the field that was changed, and a fix is found that helps.
//!
//! Each run makes a number of mistakes, drawn by seeds that are printed: `KUBEHOP_MUTATIONS=1000` for the whole (a bounded sample without),
//! `KUBEHOP_SEED=N` for the first seed, `KUBEHOP_MUTATIONS_ALL=1` for every mistake that one seed can make, once each.

use kubehop_tests::mutate::{Found, KINDS, Mutation, Numbers, Working, judge, model, mutations, send, working};
use sim_core::trace::ClientResult;
use std::collections::BTreeSet;

/// Mistakes of a run without `KUBEHOP_MUTATIONS`.
const SAMPLE: usize = 120;
/// Of the probes that break.
const NAMED: f64 = 0.95;
const FIXED: f64 = 0.90;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn what_is_changed_works_as_it_is() {
    for input in working() {
        let (model, journey) = send(&model(&input.sources), &input.probe).unwrap_or_else(|| panic!("{}", input.name));
        let errors: Vec<_> = model.diagnostics.iter().map(|found| (found.code, &found.args)).collect();
        assert_eq!(journey.client, ClientResult::Ok, "{} {:?} {errors:?}", input.name, journey.outcome.why);
    }
}

#[test]
fn causes_name_what_was_changed_and_fixes_help() {
    let inputs = working();
    assert!(inputs.len() >= 20);
    let wanted = number("KUBEHOP_MUTATIONS").map_or(SAMPLE, |wanted| wanted as usize);
    let first = number("KUBEHOP_SEED").unwrap_or(1);
    let whole = number("KUBEHOP_MUTATIONS_ALL").is_some();
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get().min(4));
    let mut kinds = BTreeSet::new();
    let drawn: Vec<(u64, &Working, Mutation)> = if whole {
        inputs
            .iter()
            .flat_map(|input| {
                mutations(&input.sources, &mut Numbers(first)).into_iter().map(move |one| (first, input, one))
            })
            .collect()
    } else {
        (first..first + wanted as u64)
            .map(|seed| {
                let mut numbers = Numbers(seed);
                let input = &inputs[numbers.below(inputs.len())];
                let mut all = mutations(&input.sources, &mut numbers);
                // Every kind is as likely as any other of this input.
                let kinds: Vec<&str> =
                    KINDS.iter().copied().filter(|kind| all.iter().any(|one| one.kind == *kind)).collect();
                let kind = kinds[numbers.below(kinds.len())];
                all.retain(|one| one.kind == kind);
                let at = numbers.below(all.len());
                (seed, input, all.swap_remove(at))
            })
            .collect()
    };
    let each = drawn.len().div_ceil(threads);
    let found: Vec<(u64, &'static str, Found)> = std::thread::scope(|scope| {
        let parts: Vec<_> = drawn
            .chunks(each)
            .map(|part| {
                scope.spawn(move || {
                    part.iter().map(|(seed, input, one)| (*seed, one.kind, judge(input, one))).collect::<Vec<_>>()
                })
            })
            .collect();
        parts.into_iter().flat_map(|part| part.join().expect("no panic")).collect()
    });
    let (mut broken, mut right, mut helped) = (0, 0, 0);
    for (seed, kind, one) in &found {
        kinds.insert(*kind);
        let Found::Broken { named, fixed, report } = one else { continue };
        broken += 1;
        right += usize::from(*named);
        helped += usize::from(*fixed);
        if !named || !fixed {
            let lacks =
                [(!named, "cause"), (!fixed, "fix")].into_iter().filter(|(lacks, _)| *lacks).map(|(_, what)| what);
            println!("seed {seed} lacks {}: {report}", lacks.collect::<Vec<_>>().join(" and "));
        }
    }
    let share = |of: usize| of as f64 / broken.max(1) as f64;
    println!(
        "seeds {first} to {}: {} mistakes of {} kinds in {} inputs, {broken} break the probe; \
         the cause names the field in {:.1} %, a proven fix is found in {:.1} %",
        first + found.len() as u64 - 1,
        found.len(),
        kinds.len(),
        inputs.len(),
        100.0 * share(right),
        100.0 * share(helped),
    );
    assert!(kinds.len() >= 20, "{kinds:?}");
    assert!(broken >= found.len() / 4, "{broken} of {}", found.len());
    assert!(share(right) >= NAMED && share(helped) >= FIXED);
}
