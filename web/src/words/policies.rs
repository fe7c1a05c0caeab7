//! What policies were asked about a connection, and what each of them said.

use super::Say;
use crate::url;
use kubernetes::origin::{Location, ObjectRef};
use kubernetes::policy::{Action, Missed};
use sim_core::trace::{AskedOf, Journey, policies_asked};

/// Policies and rules that are told of one end at most.
const TOLD: usize = 40;

/// What the policies of one end said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoliciesWords {
    /// Whose, of which direction, and what came out.
    pub heading: String,
    /// They let it pass, as far as this end goes.
    pub allowed: bool,
    /// The page of that Pod's policies.
    pub page: Option<String>,
    /// Each rule that was looked at.
    pub rules: Vec<PolicyRuleWords>,
}

/// What one rule said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRuleWords {
    /// The policy and the field, and what of it the connection does not match.
    pub text: String,
    /// It decided.
    pub decides: bool,
    /// `file:line`.
    pub place: Option<String>,
    /// The page of that line.
    pub href: Option<String>,
}

impl Say<'_> {
    /// What policies said of a journey, the sender's first.
    pub fn policies(&self, journey: &Journey) -> Vec<PoliciesWords> {
        policies_asked(self.model, journey).iter().filter_map(|asked| self.policies_of(asked)).collect()
    }

    fn policies_of(&self, asked: &AskedOf) -> Option<PoliciesWords> {
        let cluster = &self.model.cluster;
        let pod = cluster.pods.get(asked.pod.0 as usize)?;
        let allowed = asked.decision.allowed;
        let result = match (asked.decision.isolated(), allowed) {
            (false, _) => "none",
            (true, true) => "allowed",
            (true, false) => "denied",
        };
        let heading = self.ta(
            "policies-of",
            &[
                ("pod", pod.name.to_string().into()),
                ("direction", asked.direction.name().into()),
                ("result", result.into()),
            ],
        );
        let mut rules = Vec::new();
        for (at, considered) in asked.decision.considered.iter().enumerate() {
            let Some(policy) = cluster.policies.all.get(considered.policy) else { continue };
            let own = policy.rules(asked.direction).unwrap_or_default();
            if considered.rules.is_empty() {
                rules.push(self.policy_rule(&policy.object, policy.field, "no-rule", policy.location.as_ref()));
            }
            for said in &considered.rules {
                let Some(rule) = own.get(said.rule) else { continue };
                let (word, field, location) = match &said.missed {
                    Some(Missed::Peer(field, at)) => ("peer", &**field, at.as_ref()),
                    Some(Missed::Port(field, at)) => ("port", &**field, at.as_ref()),
                    Some(Missed::Own(field, at)) => ("own", &**field, at.as_ref()),
                    None if rule.action == Action::Log => ("logs", &*rule.field, rule.location.as_ref()),
                    None if rule.action == Action::Deny => ("denies", &*rule.field, rule.location.as_ref()),
                    None if rule.action == Action::Pass => ("passes", &*rule.field, rule.location.as_ref()),
                    None => ("allows", &*rule.field, rule.location.as_ref()),
                };
                let mut line = self.policy_rule(&policy.object, field, word, location);
                line.decides = asked.decision.by == Some((at, said.rule));
                rules.push(line);
            }
        }
        rules.truncate(TOLD);
        let of = format!("pod/{}", pod.name);
        let page = self.id.map(|id| url::with_query(&url::policy(id), &[("of", &of)]));
        Some(PoliciesWords { heading, allowed, page, rules })
    }

    fn policy_rule(&self, object: &ObjectRef, field: &str, word: &str, at: Option<&Location>) -> PolicyRuleWords {
        let text = self.ta(
            "policies-rule",
            &[("policy", object.to_string().into()), ("field", field.into()), ("said", word.into())],
        );
        let href = self.id.zip(at).map(|(id, at)| url::source(id, at));
        PolicyRuleWords { text, decides: false, place: at.map(|at| format!("{}:{}", at.file, at.line)), href }
    }
}
