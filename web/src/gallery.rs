//! Scenarios that come with the program.

use kubernetes::manifest::SourceText;
use kubernetes::manifest::objects::Object;
use serde::Deserialize;
use sim_core::model::Model;
use sim_core::trace::ProbeText;
use std::sync::LazyLock;

/// A scenario that comes with the program, as `scenarios/index.yaml` lists it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Stable id, as in `/s/{id}`; its words are `ready-{id}-title` and `ready-{id}-text`.
    pub id: String,
    /// The list that it stands in, under the message `ready-group-{group}`; without one it has a card.
    #[serde(default)]
    pub group: Option<String>,
    /// File name shown in places.
    pub file: String,
    /// Further files of it.
    #[serde(default)]
    pub beside: Vec<String>,
    /// Codes of the errors that it is there to show; without any it has none.
    #[serde(default)]
    pub mistakes: Vec<String>,
}

const INDEX: &str = include_str!("../scenarios/index.yaml");
/// The files that the index names.
const FILES: &[(&str, &str)] = &[
    ("first-service.yaml", include_str!("../scenarios/first-service.yaml")),
    ("docker0.compose.yaml", include_str!("../scenarios/docker0.compose.yaml")),
    ("docker0.yaml", include_str!("../scenarios/docker0.yaml")),
    ("published-port.compose.yaml", include_str!("../scenarios/published-port.compose.yaml")),
    ("published-port.yaml", include_str!("../scenarios/published-port.yaml")),
    ("compose-networks.compose.yaml", include_str!("../scenarios/compose-networks.compose.yaml")),
    ("compose-networks.yaml", include_str!("../scenarios/compose-networks.yaml")),
    ("calico.yaml", include_str!("../scenarios/calico.yaml")),
    ("kind-port.yaml", include_str!("../scenarios/kind-port.yaml")),
    ("flannel.yaml", include_str!("../scenarios/flannel.yaml")),
    ("host-gw.yaml", include_str!("../scenarios/host-gw.yaml")),
    ("router.yaml", include_str!("../scenarios/router.yaml")),
    ("weave.yaml", include_str!("../scenarios/weave.yaml")),
    ("metallb.yaml", include_str!("../scenarios/metallb.yaml")),
    ("metallb-bgp.yaml", include_str!("../scenarios/metallb-bgp.yaml")),
    ("proxy.yaml", include_str!("../scenarios/proxy.yaml")),
    ("k3s.yaml", include_str!("../scenarios/k3s.yaml")),
    ("ingress.yaml", include_str!("../scenarios/ingress.yaml")),
    ("ingress-broken.yaml", include_str!("../scenarios/ingress-broken.yaml")),
    ("gateway.yaml", include_str!("../scenarios/gateway.yaml")),
    ("gateway-broken.yaml", include_str!("../scenarios/gateway-broken.yaml")),
    ("mesh.yaml", include_str!("../scenarios/mesh.yaml")),
    ("proxy-protocol.yaml", include_str!("../scenarios/proxy-protocol.yaml")),
    ("proxy-protocol-broken.yaml", include_str!("../scenarios/proxy-protocol-broken.yaml")),
    ("names.yaml", include_str!("../scenarios/names.yaml")),
    ("names-broken.yaml", include_str!("../scenarios/names-broken.yaml")),
    ("node-cache.yaml", include_str!("../scenarios/node-cache.yaml")),
    ("variables.yaml", include_str!("../scenarios/variables.yaml")),
    ("internet.yaml", include_str!("../scenarios/internet.yaml")),
    ("printed.yaml", include_str!("../scenarios/printed.yaml")),
    ("pasted.yaml", include_str!("../scenarios/pasted.yaml")),
    ("pasted.txt", include_str!("../scenarios/pasted.txt")),
    ("rollout.yaml", include_str!("../scenarios/rollout.yaml")),
    ("refused.yaml", include_str!("../scenarios/refused.yaml")),
    ("stale-udp.yaml", include_str!("../scenarios/stale-udp.yaml")),
    ("affinity-moves.yaml", include_str!("../scenarios/affinity-moves.yaml")),
    ("local-moves.yaml", include_str!("../scenarios/local-moves.yaml")),
    ("one-behind.yaml", include_str!("../scenarios/one-behind.yaml")),
    ("laptop.yaml", include_str!("../scenarios/laptop.yaml")),
    ("laptop.txt", include_str!("../scenarios/laptop.txt")),
    ("firewalld.yaml", include_str!("../scenarios/firewalld.yaml")),
    ("firewalld.txt", include_str!("../scenarios/firewalld.txt")),
    ("behind.yaml", include_str!("../scenarios/behind.yaml")),
    ("behind.txt", include_str!("../scenarios/behind.txt")),
    ("kubelet-flag.yaml", include_str!("../scenarios/kubelet-flag.yaml")),
];

static EXAMPLES: LazyLock<Vec<Example>> = LazyLock::new(|| serde_yaml::from_str(INDEX).unwrap_or_default());

/// All of them, the one to start with first.
pub fn examples() -> &'static [Example] {
    &EXAMPLES
}

/// One by its id.
pub fn find(id: &str) -> Option<&'static Example> {
    examples().iter().find(|example| example.id == id)
}

/// Whether a scenario of that id is nobody's: a ready one, or a lesson's.
pub fn comes_with(id: &str) -> bool {
    find(id).is_some() || id.starts_with(crate::url::SCENARIO)
}

impl Example {
    /// Its manifests as input.
    pub fn sources(&self) -> Vec<SourceText> {
        let all = std::iter::once(&self.file).chain(&self.beside);
        let named = all.filter_map(|file| FILES.iter().find(|(name, _)| name == file));
        named.map(|(name, text)| SourceText::given(*name, *text)).collect()
    }
}

/// The probes that a model's `Scenario` objects suggest, in order.
pub fn suggested(model: &Model) -> Vec<ProbeText> {
    let scenarios = model.parsed.objects.iter().filter_map(|object| match object {
        Object::Scenario(document) => Some(&document.value),
        _ => None,
    });
    let probes = scenarios.flat_map(|scenario| &scenario.probes);
    let text = |probe: &kubernetes::manifest::objects::ScenarioProbe| ProbeText {
        from: probe.from.value.to_string(),
        to: probe.to.value.to_string(),
        proto: probe.proto.as_ref().map(|proto| proto.value.to_string()),
        method: probe.method.as_ref().map(|method| method.value.to_string()),
        headers: probe.headers.iter().map(ToString::to_string).collect(),
        connect: probe.connect.as_ref().map(|connect| connect.value.to_string()),
        ..ProbeText::default()
    };
    probes.map(|probe| text(&probe.value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubernetes::diagnostic::Severity;
    use kubernetes::manifest::Limits;
    use sim_core::model::Options;
    use sim_core::trace;
    use std::collections::BTreeSet;

    #[test]
    fn every_example_is_sound_and_its_probes_can_be_sent() {
        let listed: Vec<Example> = serde_yaml::from_str(INDEX).unwrap();
        let files: usize = listed.iter().map(|example| 1 + example.beside.len()).sum();
        assert_eq!((listed.as_slice(), files), (examples(), FILES.len()), "the index lists every file");
        for example in examples() {
            assert_eq!(example.sources().len(), 1 + example.beside.len(), "{}", example.file);
            let model = Model::build(&example.sources(), &Limits::default(), &Options::default());
            let wrong = model.diagnostics.iter().filter(|finding| finding.severity == Severity::Error);
            let wrong: BTreeSet<&str> = wrong.map(|finding| finding.code).collect();
            let mistakes: BTreeSet<&str> = example.mistakes.iter().map(String::as_str).collect();
            assert_eq!(wrong, mistakes, "{}: {:#?}", example.id, model.diagnostics);
            let probes = suggested(&model);
            assert!(!probes.is_empty(), "{}", example.id);
            for probe in probes {
                let parsed =
                    trace::parse_probe(&model, &probe).unwrap_or_else(|error| panic!("{}: {error:?}", example.id));
                let model = trace::model_for(&model, &parsed);
                assert!(!trace::run(&model, &parsed).legs.is_empty(), "{}: {}", example.id, probe.to);
            }
        }
    }
}
