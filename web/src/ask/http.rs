//! Requests worth sending: to a host that an Ingress has a rule for.

use kubernetes::cluster::model::{Ingress, IngressRule, PathKind};
use sim_core::agents::outside;
use sim_core::model::Model;
use sim_core::trace::{self, ProbeText};

/// A request from outside to the first path of the first Ingress that is served.
pub(super) fn suggested(model: &Model) -> Option<ProbeText> {
    let cluster = &model.cluster;
    outside::default_address(cluster)?;
    let served = cluster.fronts.ingresses.iter().filter(|ingress| ingress.controller.is_some());
    let mut all = served.flat_map(|ingress| ingress.rules.iter().map(move |rule| (ingress, rule)));
    all.find_map(|(ingress, rule)| {
        let to = address(ingress, rule)?;
        let connect = Some("ingress".to_owned());
        let probe = ProbeText { from: "external".to_owned(), to, connect, ..ProbeText::default() };
        trace::parse_probe(model, &probe).is_ok().then_some(probe)
    })
}

/// A URL that the rule is for.
fn address(ingress: &Ingress, rule: &IngressRule) -> Option<String> {
    let host = rule.host.as_deref().filter(|host| !host.contains('*'))?;
    let secret = ingress.tls.iter().any(|tls| tls.hosts.iter().any(|own| **own == *host));
    // What may be a pattern is no path.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_');
    let path = rule.paths.iter().find(|path| path.kind != PathKind::ImplementationSpecific);
    let path = path.map(|path| &*path.path).filter(|path| path.chars().all(plain)).unwrap_or("/");
    Some(format!("{}://{host}{path}", if secret { "https" } else { "http" }))
}

#[cfg(test)]
mod tests {
    use super::super::{filled, suggested};
    use kubernetes::manifest::{Limits, SourceText};
    use sim_core::model::{Model, Options};
    use sim_core::trace::ProbeText;

    fn model(text: &str) -> Model {
        Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default())
    }

    #[test]
    fn a_host_of_an_ingress_is_asked_for_from_outside() {
        let text = include_str!("../../../tests/fixtures/cases/http/ingress.yaml");
        let asked = |text: &str| -> Vec<String> {
            let all = suggested(&model(text), 8).into_iter().filter(|probe| probe.connect.is_some());
            all.map(|probe| format!("{} {}", probe.from, probe.to)).collect()
        };
        assert_eq!(asked(text), ["external http://shop.test/"]);
        assert_eq!(asked(&text.replace("www.shop.test", "shop.test")), ["external https://shop.test/"]);
        assert_eq!(asked(&text.replace("host: shop.test", "host: '*.shop.test'")), [""; 0]);
        assert_eq!(asked(&text.replace("ingressClassName: nginx", "ingressClassName: nobody")), [""; 0]);
    }

    #[test]
    fn a_form_starts_with_all_that_is_said_of_a_request() {
        let first = filled(&model(include_str!("../../scenarios/ingress.yaml")), &ProbeText::default());
        assert_eq!(first.connect.as_deref(), Some("ingress"), "{first:?}");
        assert!(first.to.starts_with("http://api.example.com/"));
    }
}
