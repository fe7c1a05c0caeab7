//! Work that is bounded: whatever is allowed, there is the whole result or a refusal, never a part of it.

use kubernetes::budget::{Allowance, Budget, Resource, Stopped};
use kubernetes::manifest::{Limits, Progress, SourceText};
use sim_core::cost::Cost;
use sim_core::model::{Model, Options};
use sim_core::trace::{self, Branches, Effort, Fix, Journey, ProbeText};

/// A Service whose target port nobody listens on: the probe fails, and a fix is found by building anew.
const INPUT: &str = "
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 3, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: c, image: curlimages/curl}]}}
";

/// Everything that one trace page computes.
#[derive(Debug, PartialEq)]
struct All {
    pods: usize,
    journey: Journey,
    branches: Branches,
    fixes: Vec<Fix>,
}

fn all(budget: &Budget) -> Result<All, Stopped> {
    let (limits, options) = (Limits::default(), Options::default());
    let progress = Progress::within(budget.clone());
    let model = Model::build_within(&[SourceText::given("a.yaml", INPUT)], &limits, &options, &progress)?;
    let text = ProbeText { from: "pod/default/client".into(), to: "web:80".into(), ..ProbeText::default() };
    let probe = trace::parse_probe(&model, &text).unwrap();
    let model = trace::model_for_within(&model, &probe, budget)?;
    let journey = trace::run_within(&model, &probe, budget)?;
    let branches = trace::branches_within(&model, &probe, 16, budget)?;
    let fixes = trace::fixes_within(&model, &journey, &Effort::default(), budget)?;
    Ok(All { pods: model.cluster.pods.len(), journey, branches, fixes })
}

#[test]
fn whatever_is_allowed_there_is_all_or_a_refusal() {
    let free = Budget::unlimited();
    let whole = all(&free).unwrap();
    assert!(!whole.fixes.is_empty() && whole.branches.journeys.len() == 3);
    let (steps, bytes) = (free.steps(), free.bytes());
    assert!(steps > 300 && bytes > 3_000, "{steps} {bytes}");
    let needed = Cost::of(&model(INPUT).cluster).needed();
    let (mut refused, mut done) = (0, 0);
    for part in 0..40 {
        for what in [Resource::Steps, Resource::Bytes] {
            let allowance = match what {
                Resource::Steps => Allowance { steps: steps * part / 30, ..Allowance::default() },
                Resource::Bytes => Allowance { bytes: (bytes + needed) * part / 30, ..Allowance::default() },
            };
            match all(&Budget::of(allowance)) {
                Ok(all) => {
                    assert_eq!(all, whole);
                    done += 1;
                }
                Err(Stopped::Exceeded { what: over, used, limit }) => {
                    assert!(over == what && used > limit);
                    refused += 1;
                }
                Err(Stopped::Foreseen { bytes, limit, .. }) => {
                    assert!(what == Resource::Bytes && bytes > limit);
                    refused += 1;
                }
                Err(Stopped::Cancelled) => panic!("nobody did"),
            }
        }
    }
    assert!(refused >= 40 && done >= 10, "{refused} {done}");
}

fn model(text: &str) -> Model {
    Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default())
}

#[test]
fn what_nobody_wants_any_more_ends_at_once() {
    let budget = Budget::unlimited();
    budget.cancel();
    assert_eq!(all(&budget), Err(Stopped::Cancelled));
    assert!(budget.steps() < 20, "{}", budget.steps());
}
