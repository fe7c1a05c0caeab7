//! Probes with kube-proxy in nftables mode.

use super::*;
use crate::model::{Model, Options};
use kernel::walk::{Event, SetHit};
use kubernetes::cluster::model::{KubernetesVersion, ProxyMode};
use kubernetes::manifest::{Limits, SourceText};
use std::collections::BTreeSet;

const MORE: &str = "---\napiVersion: v1\nkind: Service\nmetadata: {name: sticky}\n\
    spec: {clusterIP: 10.96.0.50, sessionAffinity: ClientIP, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}\n\
    ---\napiVersion: v1\nkind: Service\nmetadata: {name: guarded}\n\
    spec: {type: LoadBalancer, clusterIP: 10.96.0.51, selector: {app: web}, loadBalancerSourceRanges: [198.51.100.0/24], \
    ports: [{port: 80, targetPort: 8080}]}\nstatus: {loadBalancer: {ingress: [{ip: 203.0.113.9}]}}\n";

fn model(minor: u32) -> Model {
    let text = format!("{}{MORE}", include_str!("../../../web/scenarios/first-service.yaml"));
    let source = SourceText::given("a.yaml", text);
    let version = Some(KubernetesVersion { major: 1, minor });
    let options = Options { proxy_mode: Some(ProxyMode::Nftables), version, ..Options::default() };
    let model = Model::build(&[source], &Limits::default(), &options);
    assert!(!model.has_errors(), "{:#?}", model.diagnostics);
    model
}

fn probe(model: &Model, to: &str) -> Probe {
    let text = ProbeText { from: "pod/default/client".to_owned(), to: to.to_owned(), ..ProbeText::default() };
    parse_probe(model, &text).unwrap_or_else(|error| panic!("{error:?}"))
}

/// What the outcome says: its code, the object of its rule's cause, and the code of what is to look at.
fn told(model: &Model, to: &str) -> (ClientResult, String, Option<String>, &'static str) {
    let journey = run(model, &probe(model, to));
    let cause = journey.outcome.cause.and_then(|cause| model.site.causes.get(cause));
    let object = cause.and_then(|cause| cause.object.as_ref()).map(ToString::to_string);
    let why = journey.outcome.why.as_ref().map_or("", |why| why.code);
    (journey.client, journey.outcome.kind.code().to_owned(), object, why)
}

#[test]
fn what_is_refused_is_told_with_its_service_in_every_layout() {
    for minor in [30, 33, 34, 36] {
        let model = model(minor);
        let check = |to: &str, client: ClientResult, code: &str, object: Option<&str>, why: &'static str| {
            let wanted = (client, code.to_owned(), object.map(str::to_owned), why);
            assert_eq!(told(&model, to), wanted, "1.{minor} {to}");
        };
        check("svc/default/web:80", ClientResult::Ok, "delivered", None, "");
        check(
            "svc/default/idle:80",
            ClientResult::Refused,
            "rejected",
            Some("Service default/idle"),
            "selects-nothing",
        );
        check("svc/default/web:81", ClientResult::Refused, "rejected", Some("Service default/web"), "service-port");
        check(
            "203.0.113.9:80",
            ClientResult::Timeout,
            "dropped-by-rule",
            Some("Service default/guarded"),
            "source-ranges",
        );
        // Nobody's address of the Service network, and like none that is.
        let code = if minor < 33 { "nothing-leads-there" } else { "dropped-by-rule" };
        check("10.100.200.200:80", ClientResult::Timeout, code, None, "no-such-address");
    }
}

#[test]
fn the_fix_for_a_wrong_port_is_a_port_that_is_there() {
    let model = model(30);
    let journey = run(&model, &probe(&model, "svc/default/web:81"));
    let fixes = super::fixes(&model, &journey, &super::Effort::default());
    let to: Vec<_> = fixes.iter().filter_map(|fix| fix.probe.as_ref()).map(|probe| probe.to.as_str()).collect();
    assert_eq!(to, ["svc/default/web:80"]);
}

#[test]
fn every_endpoint_is_a_branch_in_every_layout() {
    for minor in [30, 34, 36] {
        let model = model(minor);
        for to in ["svc/default/web:80", "svc/default/sticky:80"] {
            let all = branches(&model, &probe(&model, to), 100);
            let values: BTreeSet<_> = all.journeys.iter().map(|journey| journey.choices[0].value.clone()).collect();
            assert_eq!((all.journeys.len(), values.len()), (3, 3), "1.{minor} {to}");
            for journey in &all.journeys {
                assert!((journey.probability - 1.0 / 3.0).abs() < 1e-6);
                let server = journey.server.as_ref().expect("answered");
                assert_eq!(server.local.to_string(), *journey.choices[0].value, "named by its endpoint");
            }
            let wanted = all.journeys[2].choices[0].clone();
            let chosen = Probe { choose: vec![(wanted.name, wanted.value.clone())], ..probe(&model, to) };
            assert_eq!(run(&model, &chosen).choices[0].value, wanted.value);
        }
    }
}

#[test]
fn a_map_hit_leads_to_the_line_of_its_service() {
    let model = model(30);
    let journey = run(&model, &probe(&model, "svc/default/web:80"));
    let hops = journey.legs.iter().filter(|leg| leg.lookup.is_none()).flat_map(|leg| &leg.hops);
    let objects: BTreeSet<String> = hops
        .flat_map(|hop| hop.events.iter().map(move |event| (hop.netns, event)))
        .filter_map(|(netns, event)| match event {
            Event::NftLookup { rule, statement, hit: SetHit::Element(element), .. } => {
                let element = model.site.network.netns(netns).element(*rule, *statement, *element)?;
                let cause = model.site.causes.get(element.cause)?;
                assert!(cause.location.is_some());
                cause.object.as_ref().map(ToString::to_string)
            }
            _ => None,
        })
        .collect();
    assert_eq!(objects.into_iter().collect::<Vec<_>>(), ["Deployment default/web", "Service default/web"]);
}
