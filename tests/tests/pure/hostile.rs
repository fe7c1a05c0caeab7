//! Inputs that ask for far more than they weigh: an answer in steps that follow the input, or a refusal that says why.

use kubehop_tests::hostile;
use kubernetes::budget::{Allowance, Budget, Driver, Stopped};
use kubernetes::manifest::{Limits, Progress, SourceText};
use sim_core::model::{Model, Options};
use sim_core::trace::{ProbeText, model_for, parse_probe, run};

/// A quarter of the bytes that a server allows: products reach it with half of both factors, so with a quarter of the reading.
const ALLOWED: Allowance = Allowance { steps: 20_000_000, bytes: 96 << 20 };

/// The steps that building takes within that, and what came of it.
fn built(shape: &str, size: usize) -> (u64, Result<Model, Stopped>) {
    let text = SourceText::given("a.yaml", hostile::input(shape, size).unwrap());
    let budget = Budget::of(ALLOWED);
    let progress = Progress::within(budget.clone());
    let model = Model::build_within(&[text], &Limits::default(), &Options::default(), &progress);
    (budget.steps(), model)
}

#[test]
fn what_has_no_large_result_takes_steps_that_follow_the_input() {
    let linear = [
        ("nodes", 400),
        ("kind-nodes", 400),
        ("node-sites", 400),
        ("ports", 400),
        ("same-cluster-ip", 400),
        ("adopted-pods", 200),
        ("containers", 400),
        ("unknown-fields", 100),
        ("ingresses", 200),
        ("gateways", 200),
    ];
    for (shape, size) in linear {
        let steps = [1, 4].map(|times| {
            let (steps, model) = built(shape, size * times);
            assert!(model.is_ok(), "{shape}: {:?}", model.err());
            steps
        });
        // A fixed part, and four times the rest.
        assert!(steps[1] <= 5 * steps[0] + 100, "{shape}: {steps:?}");
    }
}

#[test]
fn a_request_meets_many_patterns_and_is_answered() {
    let (_, model) = built("ingresses", 2_000);
    let model = model.unwrap();
    let asked = ProbeText {
        from: "external".to_owned(),
        to: format!("http://a.test/p1999/{}", "a".repeat(1_000)),
        connect: Some("ingress".to_owned()),
        ..ProbeText::default()
    };
    let probe = parse_probe(&model, &asked).unwrap();
    let with = model_for(&model, &probe);
    let journey = run(&with, &probe);
    let http = journey.http.expect("a request");
    assert_eq!(http.response.map(|response| response.status), Some(404), "none of them is read: each is too large");
}

#[test]
fn what_would_take_too_much_is_told_before_it_is_built() {
    let products = [
        ("balancers-ranges", 2_000, Driver::Ranges),
        ("ports-ranges", 2_000, Driver::Ranges),
        ("ports-addresses", 750, Driver::ExternalAddresses),
        ("services-pods", 600, Driver::Endpoints),
        ("template-ports", 150, Driver::Pods),
    ];
    for (shape, size, driver) in products {
        let (_, model) = built(shape, size);
        match model {
            Err(Stopped::Foreseen { driver: told, count, bytes, limit }) => {
                assert_eq!(told, driver, "{shape}");
                assert!(count > 1_000 && bytes > limit && limit == ALLOWED.bytes, "{shape}: {count} {bytes} {limit}");
            }
            other => panic!("{shape}: {:?}", other.map(|_| ())),
        }
    }
}

#[test]
fn names_without_end_are_findings_and_no_longer_than_names() {
    let (_, model) = built("endless-names", 100_000);
    let model = model.unwrap();
    assert!(model.has_errors());
    let found =
        |path: &str| model.diagnostics.iter().any(|found| found.args.get("path").is_some_and(|own| own == path));
    for path in ["metadata.name", "metadata.labels", "spec.hostname", "spec.containers[0].name", "spec.ports[0].name"] {
        assert!(found(path), "{path}");
    }
    for found in &model.diagnostics {
        assert!(found.args.values().all(|value| value.len() <= 1_024), "{}", found.code);
        assert!(found.object.as_ref().is_none_or(|object| object.to_string().len() < 1_000), "{}", found.code);
    }
    let longest = model.parsed.objects.iter().map(|object| object.object().to_string().len()).max().unwrap();
    assert!(longest < 1_000, "{longest}");
}
