//! The step of a trace that is asked for: by its number, or by its place, which holds as the simulation improves.

use sim_core::facts::{Facts, Steps};
use sim_core::model::Model;
use sim_core::trace::Journey;

/// What is asked for. A number wins over a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Number from 1, as it was written.
    pub step: Option<String>,
    /// Place, as [`Facts::places`] writes it.
    pub place: Option<String>,
}

/// A step that the trace does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such step: {self:?}")]
pub struct NoStep {
    /// It was asked for by its number, not by its place.
    pub by_number: bool,
    /// The number or the place.
    pub value: String,
    /// Steps that there are.
    pub total: u32,
}

impl Wanted {
    /// The step of that number or place; `None` where none is asked for.
    ///
    /// # Errors
    /// [`NoStep`] where the trace has no such step.
    pub fn find(&self, model: &Model, journey: &Journey) -> Result<Option<u32>, NoStep> {
        self.find_of(Steps::of(journey).len(), |place| Facts::of(model, journey).step_at(place))
    }

    fn find_of(&self, total: u32, step_at: impl Fn(&str) -> Option<u32>) -> Result<Option<u32>, NoStep> {
        let missing = |by_number, value: &str| NoStep { by_number, value: value.to_owned(), total };
        match (&self.step, &self.place) {
            (Some(text), _) => match text.parse() {
                // A probe that nobody could send is one picture.
                Ok(1) if total == 0 => Ok(None),
                Ok(step) if (1..=total).contains(&step) => Ok(Some(step)),
                _ => Err(missing(true, text)),
            },
            (None, Some(place)) => match step_at(place) {
                Some(step) => Ok(Some(step)),
                None => Err(missing(false, place)),
            },
            (None, None) => Ok(None),
        }
    }

    /// The nearest step there is, and what was asked for where it is another.
    pub fn nearest(&self, model: &Model, journey: &Journey) -> (Option<u32>, Option<NoStep>) {
        self.nearest_of(Steps::of(journey).len(), |place| Facts::of(model, journey).step_at(place))
    }

    /// The same of so many steps, of which `step_at` knows the places.
    pub fn nearest_of(&self, total: u32, step_at: impl Fn(&str) -> Option<u32>) -> (Option<u32>, Option<NoStep>) {
        match self.find_of(total, step_at) {
            Ok(step) => (step, None),
            Err(missing) => {
                let text = self.step.as_deref().unwrap_or_default();
                let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                let near = match text.strip_prefix('-') {
                    Some(below) => digits(below).then_some(1),
                    None => digits(text).then(|| text.parse().unwrap_or(u32::MAX).clamp(1, missing.total.max(1))),
                };
                (near, Some(missing))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubernetes::manifest::Limits;
    use kubernetes::origin::SourceText;
    use sim_core::model::Options;
    use sim_core::trace::{ProbeText, parse_probe, run};

    #[test]
    fn a_step_is_found_or_told_to_be_missing() {
        let text = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: nginx, ports: [{containerPort: 80}]}]}}";
        let model = Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default());
        let asked = ProbeText { from: "node/node-a".into(), to: "pod/default/a:80".into(), ..ProbeText::default() };
        let journey = run(&model, &parse_probe(&model, &asked).unwrap());
        let total = Steps::of(&journey).len();
        let by_number = |step: &str| Wanted { step: Some(step.to_owned()), place: None };
        let by_place = |place: &str| Wanted { step: None, place: Some(place.to_owned()) };
        assert_eq!(Wanted::default().find(&model, &journey), Ok(None));
        assert_eq!(by_number(&total.to_string()).find(&model, &journey), Ok(Some(total)));
        let over = (total + 1).to_string();
        for (wrong, nearest) in [
            ("0", Some(1)),
            ("-3", Some(1)),
            (over.as_str(), Some(total)),
            ("99999999999999999999", Some(total)),
            ("x", None),
            ("-", None),
            ("1.5", None),
        ] {
            let missing = NoStep { by_number: true, value: wrong.to_owned(), total };
            assert_eq!(by_number(wrong).find(&model, &journey), Err(missing.clone()));
            assert_eq!(by_number(wrong).nearest(&model, &journey), (nearest, Some(missing)));
        }
        let place = Facts::of(&model, &journey).places()[2].clone();
        assert_eq!(by_place(&place).find(&model, &journey), Ok(Some(3)));
        let missing = NoStep { by_number: false, value: "nowhere".to_owned(), total };
        assert_eq!(by_place("nowhere").nearest(&model, &journey), (None, Some(missing)));
    }
}
