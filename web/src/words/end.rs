//! How it ended and why, and what would change it.

use super::{Because, Say, plain};
use sim_core::assumption::Assumption;
use sim_core::linux::walk::{Assumed, DropReason};
use sim_core::packet::Port;
use sim_core::trace::{Choice, ChoiceAt, ClientResult, Fix, Journey, OutcomeKind, Rcode};

/// An outcome in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutcomeWords {
    /// `ok`, `refused`, `timeout`, `error:…`, `name-not-resolved`.
    pub result: String,
    /// Stable code of the outcome.
    pub code: &'static str,
    /// True when the client was answered.
    pub good: bool,
    /// One line: what the client is told.
    pub title: String,
    /// Why.
    pub reason: String,
    /// `NAMESPACE/NAME` of the Pod that answered, or the address that did.
    pub server: Option<String>,
    /// Who answered and what peer address it saw.
    pub sees: Option<String>,
    /// The step where it was decided.
    pub step: Option<u32>,
    /// What is behind it.
    pub because: Option<Because>,
    /// Changes that would let the packet through.
    pub fixes: Vec<String>,
    /// `works`, `fails`, `assumed`, `not-modelled`.
    pub verdict: &'static str,
    /// The verdict in a word or two.
    pub verdict_text: String,
    /// Assumptions without which the result could be another.
    pub leans_on: Vec<AssumedWords>,
    /// Everything assumed, those of [`OutcomeWords::leans_on`] too.
    pub assumed: Vec<AssumedWords>,
}

/// An assumption in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssumedWords {
    /// Stable code.
    pub code: &'static str,
    /// A sentence.
    pub text: String,
    /// The line of the input behind it.
    pub place: Option<String>,
    /// That line on the source page.
    pub href: Option<String>,
}

impl AssumedWords {
    /// Code, sentence and place in one line.
    pub fn line(&self) -> String {
        let place = self.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        format!("{}: {}{place}", self.code, self.text)
    }
}

/// The client's result as JSON and `data-result` have it.
pub fn result_code(result: &ClientResult) -> String {
    result.code()
}

pub(crate) fn rcode_name(rcode: Rcode) -> &'static str {
    match rcode {
        Rcode::NoError => "NOERROR",
        Rcode::NxDomain => "NXDOMAIN",
        Rcode::ServFail => "SERVFAIL",
        Rcode::Refused => "REFUSED",
    }
}

fn ports(ports: &[Port]) -> String {
    if ports.is_empty() {
        return "–".to_owned();
    }
    ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Say<'_> {
    /// How a journey ended.
    pub fn outcome(&self, journey: &Journey) -> OutcomeWords {
        let outcome = &journey.outcome;
        let errno = match &journey.client {
            ClientResult::Error(errno) => errno.name(),
            _ => "",
        };
        let result = result_code(&journey.client);
        let title_key = match &journey.client {
            ClientResult::Error(_) => "result-error",
            ClientResult::Ok => "result-ok",
            ClientResult::Refused => "result-refused",
            ClientResult::Timeout => "result-timeout",
            ClientResult::NameNotResolved => "result-name-not-resolved",
        };
        let server = journey.server.as_ref();
        let name = server.map(|server| server.pod.map_or_else(|| plain(server.local), |pod| self.pod_name(pod)));
        let step = outcome.at.map(|(leg, hop)| {
            let before = journey.legs.iter().take(leg as usize).map(|leg| leg.hops.len() as u32).sum::<u32>();
            before + hop + 1
        });
        OutcomeWords {
            code: outcome.kind.code(),
            good: journey.client == ClientResult::Ok,
            title: self.ta(title_key, &[("errno", errno.into())]),
            reason: self.outcome_reason(&outcome.kind),
            sees: server.map(|server| {
                let args = [
                    ("server", name.clone().unwrap_or_default().into()),
                    ("local", plain(server.local).into()),
                    ("node", server.node.and_then(|node| self.node_name(node)).unwrap_or("–").to_owned().into()),
                    ("peer", self.address(server.sees).into()),
                ];
                self.ta("server-sees", &args)
            }),
            server: name,
            result,
            step,
            because: outcome.cause.and_then(|cause| self.because(cause)),
            fixes: outcome.fixes.iter().map(|fix| self.fix(fix)).collect(),
            verdict: journey.verdict.code(),
            verdict_text: self.t(&format!("verdict-{}", journey.verdict.code())),
            leans_on: journey.leans_on().map(|assumed| self.assumed_words(assumed)).collect(),
            assumed: journey.assumed.iter().map(|assumed| self.assumed_words(assumed)).collect(),
        }
    }

    /// An assumption with the place behind it.
    pub fn assumed_words(&self, assumed: &Assumption) -> AssumedWords {
        let location = assumed.because.as_ref().and_then(|because| because.location.as_ref());
        AssumedWords {
            code: assumed.code,
            text: self.assumption(assumed),
            place: location.map(ToString::to_string),
            href: location.zip(self.id).map(|(location, id)| crate::url::source(id, location)),
        }
    }

    /// The step a journey opens at where none is asked for: the first, or the one where it was decided that it fails.
    pub fn opening(&self, journey: &Journey) -> u32 {
        let outcome = self.outcome(journey);
        outcome.step.filter(|_| !outcome.good).unwrap_or(1)
    }

    /// What the kernel chose on the way, each with what it could have been and what made the choice.
    pub fn choices(&self, journey: &Journey) -> Vec<String> {
        journey.choices.iter().map(|choice| self.choice(choice)).collect()
    }

    fn choice(&self, choice: &Choice) -> String {
        let netns = choice.at.netns();
        let place = match choice.at {
            // A port that must not clash is nobody's rule.
            ChoiceAt::Rule(_, rule) if rule.index == u32::MAX => self.who(netns),
            ChoiceAt::Rule(_, rule) => {
                let (table, chain) = (self.table(netns, rule.table), self.chain(netns, rule.table, rule.chain));
                format!("{} · {table} {chain} {}", self.who(netns), rule.index + 1)
            }
            ChoiceAt::Device(_, dev) => format!("{} · {}", self.who(netns), self.dev(netns, dev)),
        };
        let range = match choice.of.as_slice() {
            [(range, _)] => range.to_string(),
            _ => String::new(),
        };
        let id = match choice.at {
            ChoiceAt::Device(..) => "choice-flow-hash",
            ChoiceAt::Rule(..) if range.is_empty() => "choice-drawn",
            ChoiceAt::Rule(..) => "choice-port",
        };
        let args = [
            ("name", choice.name.to_string().into()),
            ("value", choice.value.to_string().into()),
            ("range", range.into()),
            ("place", place.into()),
            ("percent", format!("{:.0}", choice.probability * 100.0).into()),
        ];
        self.ta(id, &args)
    }

    /// The sentence of an outcome's kind.
    pub fn outcome_reason(&self, kind: &OutcomeKind) -> String {
        match kind {
            OutcomeKind::Dropped(DropReason::MtuExceeded { mtu }) => {
                self.ta("outcome-mtu-exceeded-text", &[("mtu", (*mtu).into())])
            }
            OutcomeKind::Dropped(DropReason::Incomplete { missing, seconds }) => {
                let args = [("missing", missing.to_string().into()), ("seconds", (*seconds).into())];
                self.ta("outcome-fragments-missing-text", &args)
            }
            _ => self.t(&format!("outcome-{}-text", kind.code())),
        }
    }

    /// Why a packet ended, for the hop where it did.
    pub fn drop_reason(&self, reason: &DropReason) -> String {
        self.outcome_reason(&OutcomeKind::Dropped(reason.clone()))
    }

    /// A change that would let the packet through.
    pub fn fix(&self, fix: &Fix) -> String {
        let cluster = &self.model.cluster;
        let service = |id: sim_core::cluster::model::ServiceId| {
            cluster.services.get(id.0 as usize).map(|service| service.name.to_string()).unwrap_or_default()
        };
        match fix {
            Fix::AddEndpoint { service: id } => {
                let found = cluster.services.get(id.0 as usize);
                let selector: Vec<String> = found
                    .map(|service| service.selector.iter().map(|(key, value)| format!("{key}={value}")).collect())
                    .unwrap_or_default();
                let id = if selector.is_empty() { "fix-add-endpoint-no-selector" } else { "fix-add-endpoint" };
                let name = found.map(|service| service.name.to_string()).unwrap_or_default();
                self.ta(id, &[("service", name.into()), ("selector", selector.join(",").into())])
            }
            Fix::UseServicePort { service: id, ports: all } => {
                self.ta("fix-use-service-port", &[("service", service(*id).into()), ("ports", ports(all).into())])
            }
            Fix::ListenOn { pod, port, listening } => self.ta(
                "fix-listen-on",
                &[
                    ("pod", self.pod_name(*pod).into()),
                    ("port", port.to_string().into()),
                    ("listening", ports(listening).into()),
                ],
            ),
            Fix::EnableBridgeNf { node } => {
                self.ta("fix-enable-bridge-nf", &[("node", self.node_name(*node).unwrap_or_default().into())])
            }
            Fix::UnknownAddress { ip } => self.ta("fix-unknown-address", &[("ip", ip.to_string().into())]),
            Fix::UnknownName { name, similar } => {
                let id = if similar.is_empty() { "fix-unknown-name" } else { "fix-unknown-name-similar" };
                self.ta(id, &[("name", (&**name).into()), ("similar", similar.join(", ").into())])
            }
            Fix::AddRoute { node } => {
                self.ta("fix-add-route", &[("node", self.node_name(*node).unwrap_or_default().into())])
            }
        }
    }

    /// Something not modelled on a hop.
    pub fn assumed(&self, assumed: &Assumed) -> String {
        match assumed {
            Assumed::MatchSkipped { module, .. } => {
                self.ta("assume-unmodelled-match", &[("module", (&**module).into())])
            }
            Assumed::Pieces => self.t("assume-pieces"),
            Assumed::WithinLimit { .. } => self.t("assume-within-limit"),
            Assumed::TargetSkipped { target, .. } => {
                self.ta("assume-unmodelled-target", &[("target", (&**target).into())])
            }
        }
    }
}
