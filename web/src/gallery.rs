//! Scenarios that come with the program.

use sim_core::manifest::SourceText;
use sim_core::manifest::objects::Object;
use sim_core::model::Model;
use sim_core::trace::ProbeText;
use std::sync::Arc;

/// A scenario that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// Stable id, as in `/s/{id}`; its words are `ready-{id}-title` and `ready-{id}-text`.
    pub id: &'static str,
    /// File name shown in places.
    pub file: &'static str,
    /// The manifests.
    pub text: &'static str,
}

/// All of them, the one to start with first.
pub const EXAMPLES: &[Example] = &[Example {
    id: "first-service",
    file: "first-service.yaml",
    text: include_str!("../scenarios/first-service.yaml"),
}];

/// One by its id.
pub fn find(id: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|example| example.id == id)
}

impl Example {
    /// Its manifests as input.
    pub fn sources(&self) -> Vec<SourceText> {
        vec![SourceText { name: Arc::from(self.file), text: Arc::from(self.text) }]
    }
}

/// The probes that a model's `Scenario` objects suggest, in order.
pub fn suggested(model: &Model) -> Vec<ProbeText> {
    let scenarios = model.parsed.objects.iter().filter_map(|object| match object {
        Object::Scenario(document) => Some(&document.value),
        _ => None,
    });
    let probes = scenarios.flat_map(|scenario| &scenario.probes);
    let text = |probe: &sim_core::manifest::objects::ScenarioProbe| ProbeText {
        from: probe.from.value.to_string(),
        to: probe.to.value.to_string(),
        proto: probe.proto.as_ref().map(|proto| proto.value.to_string()),
        ..ProbeText::default()
    };
    probes.map(|probe| text(&probe.value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::manifest::Limits;
    use sim_core::model::Options;
    use sim_core::trace;

    #[test]
    fn every_example_is_sound_and_its_probes_can_be_sent() {
        for example in EXAMPLES {
            let model = Model::build(&example.sources(), &Limits::default(), &Options::default());
            assert!(!model.has_errors(), "{}: {:#?}", example.id, model.diagnostics);
            let probes = suggested(&model);
            assert!(!probes.is_empty(), "{}", example.id);
            for probe in probes {
                let parsed =
                    trace::parse_probe(&model, &probe).unwrap_or_else(|error| panic!("{}: {error:?}", example.id));
                assert!(!trace::run(&model, &parsed).legs.is_empty());
            }
        }
    }
}
