//! How it ended and why, and what would change it.

use super::{Because, Say, plain};
use crate::locale::{FluentValue, Lang, ta};
use crate::scene::svg::verdict_sign;
use crate::url;
use kernel::walk::DropReason;
use kubernetes::assumption::{Assumption, Effect, Verdict, codes};
use kubernetes::cluster::model::Cni;
use kubernetes::cluster::model::docker::Desktop;
use sim_core::agents;
use sim_core::agents::hosts::HostsLine;
use sim_core::facts::Unmodelled;
use sim_core::http::reason;
use sim_core::site::Kind;
use sim_core::trace::{
    Choice, ChoiceAt, ChoiceKind, ClientResult, Elsewhere, Fix, FixKind, Forwarded, HostsAnswer, Journey, OutcomeKind,
    Purpose, Why,
};
use std::net::IpAddr;

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
    /// The same with what it is worth where that is not plain: never a plain success that leans on assumptions.
    pub headline: String,
    /// The sign of the verdict: `✓`, `✕`, `≈`, `?`.
    pub sign: &'static str,
    /// Why, as far as the input says it; else what the kernel did.
    pub reason: String,
    /// What the kernel did, where the reason says more.
    pub kernel: Option<String>,
    /// `NAMESPACE/NAME` of the Pod that answered, or the address that did.
    pub server: Option<String>,
    /// Who answered and what peer address it saw.
    pub sees: Option<String>,
    /// The step where it was decided.
    pub step: Option<u32>,
    /// What is behind it.
    pub because: Option<Because>,
    /// Changes with which the probe passes.
    pub fixes: Vec<FixWords>,
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
    /// It says what is not simulated: nothing was put in its place.
    pub not_simulated: bool,
    /// A page that says more, with the words of the link to it.
    pub more: Option<(String, String)>,
}

/// The page of a network plugin that another stands in for; `None` for one that is simulated.
pub fn plugin_page(cni: Cni) -> Option<String> {
    (!agents::cni::simulated().contains(&cni)).then(|| url::help(&format!("cni-{}", cni.name())))
}

impl AssumedWords {
    /// Code, sentence and place in one line.
    pub fn line(&self) -> String {
        let place = self.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        format!("{}: {}{place}", self.code, self.text)
    }
}

/// A change with which the probe passes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FixWords {
    /// What to do.
    pub text: String,
    /// `file:line` of its first edit.
    pub place: Option<String>,
    /// The change of the input as a unified diff.
    pub diff: Option<String>,
    /// The page of the probe to send instead.
    pub href: Option<String>,
    /// What else it changes.
    pub elsewhere: Vec<String>,
}

impl FixWords {
    /// The lines of the diff, each with what it is: `add`, `del`, `at`, or nothing.
    pub fn diff_lines(&self) -> Vec<(&'static str, &str)> {
        let kind = |line: &str| match line.as_bytes() {
            [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] | [b'@', ..] => "at",
            [b'+', ..] => "add",
            [b'-', ..] => "del",
            _ => "",
        };
        self.diff.iter().flat_map(|diff| diff.lines()).map(|line| (kind(line), line)).collect()
    }
}

/// Most lines of a diff.
pub const MAX_DIFF: usize = 60;

/// The client's result as JSON and `data-result` have it.
pub fn result_code(result: &ClientResult) -> String {
    result.code()
}

/// What the keys of a result's words have: its code, an error's without the number, which is an argument.
fn result_word(result: &ClientResult) -> (&'static str, &'static str) {
    match result {
        ClientResult::Error(errno) => ("error", errno.name()),
        ClientResult::Ok => ("ok", ""),
        ClientResult::Refused => ("refused", ""),
        ClientResult::Timeout => ("timeout", ""),
        ClientResult::Eof => ("eof", ""),
        ClientResult::Tls => ("tls", ""),
        ClientResult::NotHttp => ("not-http", ""),
        ClientResult::NameNotResolved => ("name-not-resolved", ""),
        ClientResult::NoAddress => ("no-address", ""),
    }
}

/// What a client's call reported, in a word or two.
pub fn result_short(lang: Lang, result: &ClientResult) -> String {
    let (word, errno) = result_word(result);
    ta(lang, &format!("result-short-{word}"), &[("errno", errno.into())])
}

impl Say<'_> {
    /// How a journey ended.
    pub fn outcome(&self, journey: &Journey) -> OutcomeWords {
        let outcome = &journey.outcome;
        let (word, errno) = self.result_of(journey);
        let errno = errno.as_str();
        let result = result_code(&journey.client);
        let server = journey.server.as_ref();
        let name = server.map(|server| server.pod.map_or_else(|| plain(server.local), |pod| self.pod_name(pod)));
        let step = outcome.at.map(|(leg, hop)| {
            let before = journey.legs.iter().take(leg as usize).map(|leg| leg.hops.len() as u32).sum::<u32>();
            before + hop + 1
        });
        let title = self.ta(&format!("result-{word}"), &[("errno", errno.into())]);
        let headline = match journey.verdict {
            Verdict::Works | Verdict::Fails => title.clone(),
            Verdict::Assumed => self.ta("headline-assumed", &[("title", title.as_str().into())]),
            Verdict::NotModelled => self.ta("headline-not-modelled", &[("title", title.as_str().into())]),
        };
        OutcomeWords {
            code: outcome.kind.code(),
            good: journey.works(),
            title,
            headline,
            sign: verdict_sign(journey.verdict),
            reason: match &outcome.why {
                Some(why) => self.why_text(why),
                None => self.outcome_reason(&outcome.kind),
            },
            kernel: outcome.why.as_ref().map(|_| self.outcome_reason(&outcome.kind)),
            sees: server.map(|server| {
                let node = server.node.and_then(|node| self.node_name(node));
                let name = name.clone().filter(|_| node.is_some()).unwrap_or_else(|| self.who(server.netns));
                let args = [
                    ("server", name.into()),
                    ("local", plain(server.local).into()),
                    ("node", node.unwrap_or_default().to_owned().into()),
                    ("peer", self.address(server.sees).into()),
                ];
                let sees = self.ta(if node.is_some() { "server-sees" } else { "server-sees-outside" }, &args);
                match self.by_docker(journey).or_else(|| self.out_of_desktop(journey)) {
                    Some(more) => format!("{sees} {more}"),
                    None => sees,
                }
            }),
            server: name,
            result,
            step,
            because: match &outcome.why {
                Some(why) => why.field.is_some().then(|| self.why(why)),
                None => outcome.cause.and_then(|cause| self.because(cause)),
            },
            fixes: outcome.fixes.iter().map(|fix| self.fix(fix)).collect(),
            verdict: journey.verdict.code(),
            verdict_text: self.t(&format!("verdict-{}", journey.verdict.code())),
            leans_on: journey.leans_on().map(|assumed| self.assumed_words(assumed)).collect(),
            assumed: journey.assumed.iter().map(|assumed| self.assumed_words(assumed)).collect(),
        }
    }

    /// Why a container that was called by a published port sees this client.
    fn by_docker(&self, journey: &Journey) -> Option<String> {
        let server = journey.server.as_ref()?;
        if !matches!(self.tree().kind_at(server.netns), Some(Kind::Container(_))) {
            return None;
        }
        let proxied = journey.legs.iter().rfind(|leg| leg.purpose == Purpose::Proxy);
        if let Some(sent) = proxied.map(|leg| leg.hops.first()) {
            let desktop = sent.is_some_and(|hop| hop.before.packet.ip.src == IpAddr::V4(Desktop::GATEWAY));
            return Some(self.t(if desktop { "server-sees-desktop" } else { "server-sees-proxy" }));
        }
        let first = journey.legs.iter().find(|leg| leg.purpose == Purpose::Connect)?.hops.first()?;
        let asked = first.before.packet.destination();
        let same = first.before.packet.ip.src == server.sees.ip();
        (asked != server.local && same).then(|| self.t("server-sees-published"))
    }

    /// Why a server outside sees the machine around Docker Desktop's virtual machine, whoever in it calls.
    fn out_of_desktop(&self, journey: &Journey) -> Option<String> {
        let (server, tree) = (journey.server.as_ref()?, self.tree());
        let client = journey.legs.iter().find(|leg| leg.purpose == Purpose::Connect)?.hops.first()?.netns;
        let (at, _) = tree.machine_at(client)?;
        let within = std::iter::once(at).chain(tree.parents(at).map(|(id, _)| id));
        let mut machines = within.filter_map(|id| Some((id, tree.machine(id)?)));
        let (vm, of) = machines.find(|(_, machine)| matches!(machine.kind, Kind::Vm(_)))?;
        let inside = tree.machine_at(server.netns).is_some_and(|(id, _)| tree.is_within(id, vm));
        let host = tree.machine(of.parent?)?;
        let args = [("host", self.who(host.netns).into()), ("vm", Desktop::VM.to_string().into())];
        (!inside).then(|| self.ta("server-sees-out-of-desktop", &args))
    }

    /// What the client has: a status where something answered over HTTP, else what its call reported.
    fn result_of(&self, journey: &Journey) -> (&'static str, String) {
        let status =
            journey.http.as_ref().and_then(|fetched| fetched.response.as_ref()).map(|response| response.status);
        match status {
            Some(status) => ("http", format!("{status} {}", reason(status)).trim().to_owned()),
            None => {
                let (word, errno) = result_word(&journey.client);
                (word, errno.to_owned())
            }
        }
    }

    /// The client's result in a word or two, to stand beside others.
    pub fn result_short(&self, journey: &Journey) -> String {
        let (word, errno) = self.result_of(journey);
        self.ta(&format!("result-short-{word}"), &[("errno", errno.as_str().into())])
    }

    /// Which connection a probe used, where one stays open, and which address, where the client keeps that.
    pub fn kept(&self, journey: &Journey) -> Option<String> {
        let connection = match &journey.kept {
            None => journey.probe.keep.then(|| self.t("trace-keeps")),
            Some(kept) => {
                let ended = kept.ended.as_ref().map_or_else(|| "no".to_owned(), result_code);
                Some(self.ta("trace-kept", &[("age", kept.age.into()), ("ended", ended.as_str().into())]))
            }
        };
        let known = journey.known.map(|known| {
            let args = [("age", known.age.into()), ("address", known.to.to_string().into())];
            self.ta("trace-known", &args)
        });
        let once = journey.probe.once && journey.known.is_none() && journey.kept.is_none();
        let address = known.or_else(|| once.then(|| self.t("trace-knows")));
        let said: Vec<String> = connection.into_iter().chain(address).collect();
        (!said.is_empty()).then(|| said.join(" "))
    }

    /// An assumption with the place behind it.
    pub fn assumed_words(&self, assumed: &Assumption) -> AssumedWords {
        let location = assumed.because.as_ref().and_then(|because| because.location.as_ref());
        AssumedWords {
            code: assumed.code,
            text: self.assumption(assumed),
            place: location.map(ToString::to_string),
            href: location.zip(self.id).map(|(location, id)| crate::url::source(id, location)),
            not_simulated: assumed.effect == Effect::NotModelled,
            more: self.more(assumed),
        }
    }

    /// What stands in for a network plugin has a page that says what differs.
    fn more(&self, assumed: &Assumption) -> Option<(String, String)> {
        let stands_in = [codes::CNI_SIMULATED_AS, codes::CNI_STANDS_IN].iter().any(|info| info.code == assumed.code);
        let cni = assumed.args.get("cni").filter(|_| stands_in)?;
        let cni = Cni::KNOWN.into_iter().find(|known| known.described() == cni)?;
        let page = plugin_page(cni)?;
        Some((self.ta("plugins-this", &[("cni", cni.described().into())]), page))
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

    /// Where something was drawn, without the number of a rule: a drawing goes over several.
    pub(crate) fn drawn_at(&self, choice: &Choice) -> String {
        let netns = choice.at.netns();
        match choice.at {
            ChoiceAt::Rule(_, rule) => {
                let (table, chain) = (self.table(netns, rule.table), self.chain(netns, rule.table, rule.chain));
                format!("{} · {table} {chain}", self.who(netns))
            }
            ChoiceAt::Device(_, dev) => format!("{} · {}", self.who(netns), self.dev(netns, dev)),
            ChoiceAt::Clash(_) | ChoiceAt::Names(_) | ChoiceAt::Proxy(_) | ChoiceAt::Route(..) => self.who(netns),
        }
    }

    fn choice(&self, choice: &Choice) -> String {
        let mut place = self.drawn_at(choice);
        if let ChoiceAt::Rule(_, rule) = choice.at {
            place.push_str(&format!(" {}", rule.id.number()));
        }
        let range = match choice.of.as_slice() {
            [(range, _)] => range.to_string(),
            _ => String::new(),
        };
        let id = match choice.at {
            ChoiceAt::Device(..) => "choice-flow-hash",
            ChoiceAt::Names(_) => match choice.name.kind {
                ChoiceKind::NameServer => "choice-name-server",
                ChoiceKind::Upstream => "choice-upstream",
                _ => "choice-address",
            },
            ChoiceAt::Proxy(_) => "choice-backend",
            ChoiceAt::Route(..) => "choice-next-hop",
            ChoiceAt::Rule(..) if range.is_empty() => "choice-drawn",
            ChoiceAt::Rule(..) | ChoiceAt::Clash(_) => "choice-port",
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

    /// Whom a name server asked, and what came of it.
    pub fn forwarded(&self, one: &Forwarded) -> String {
        let args = [
            ("server", one.server.to_string().into()),
            ("transport", if one.stream { "TCP" } else { "UDP" }.into()),
            ("name", one.question.0.to_string().into()),
            ("type", one.question.1.to_string().into()),
        ];
        self.ta(&format!("dns-forward-{}", one.result.code()), &args)
    }

    /// The line of the hosts file that had a name.
    pub fn hosts(&self, hosts: &HostsAnswer) -> String {
        let line = &hosts.line;
        let why = match line.why {
            HostsLine::Loopback => "loopback",
            HostsLine::Own => "own",
            HostsLine::Alias => "alias",
            HostsLine::Node(_) => "node",
        };
        let args = [("name", hosts.name.to_string().into()), ("ip", line.ip.to_string().into()), ("why", why.into())];
        let text = self.ta("trace-hosts", &args);
        line.location.as_ref().map_or_else(|| text.clone(), |place| format!("{text} ({place})"))
    }

    /// The sentence of an outcome's kind.
    pub fn outcome_reason(&self, kind: &OutcomeKind) -> String {
        match kind {
            OutcomeKind::Dropped(DropReason::MtuExceeded { mtu }) => {
                self.ta("outcome-mtu-exceeded-text", &[("mtu", (*mtu).into())])
            }
            OutcomeKind::BlackHole { mtu } => self.ta("outcome-path-mtu-black-hole-text", &[("mtu", (*mtu).into())]),
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

    /// A change with which the probe passes.
    pub fn fix(&self, fix: &Fix) -> FixWords {
        let several = fix.kind == FixKind::SetSeveral && !fix.args.contains_key("value");
        // A text of several lines is in the patch.
        let whole = fix.kind == FixKind::Set && fix.args.get("value").is_some_and(|value| value.contains("\\n"));
        let id = match () {
            () if several => "fix-remove-several".to_owned(),
            () if whole => "fix-set-text".to_owned(),
            () if fix.args.contains_key("entry") => "fix-append".to_owned(),
            () => format!("fix-{}", fix.kind.code()),
        };
        let args: Vec<(&str, FluentValue<'_>)> =
            fix.args.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
        let sources = &self.model.parsed.sources;
        let place = fix.patch.as_ref().and_then(|patch| patch.place(sources));
        FixWords {
            text: self.ta(&id, &args),
            place: place.map(|(file, line)| format!("{file}:{line}")),
            diff: fix.patch.as_ref().map(|patch| patch.diff(sources, MAX_DIFF)),
            href: self.id.zip(fix.probe.as_ref()).map(|(id, probe)| url::trace(id, "", probe, None)),
            elsewhere: fix.elsewhere.iter().map(|one| self.elsewhere(one)).collect(),
        }
    }

    fn elsewhere(&self, one: &Elsewhere) -> String {
        match one {
            Elsewhere::Endpoints { service, before, after } => self.ta(
                "elsewhere-endpoints",
                &[("service", service.to_string().into()), ("before", (*before).into()), ("after", (*after).into())],
            ),
            Elsewhere::Pods { before, after } => {
                self.ta("elsewhere-pods", &[("before", (*before).into()), ("after", (*after).into())])
            }
            Elsewhere::ServiceGone { service } => {
                self.ta("elsewhere-service-gone", &[("service", service.to_string().into())])
            }
            Elsewhere::Opens { from, to, ports } => self.ta(
                "elsewhere-opens",
                &[("from", from.to_string().into()), ("to", to.to_string().into()), ("ports", ports.as_str().into())],
            ),
            Elsewhere::More { count } => self.ta("elsewhere-more", &[("count", (*count).into())]),
        }
    }

    /// What is wrong, in words.
    pub fn why_text(&self, why: &Why) -> String {
        let args: Vec<(&str, FluentValue<'_>)> =
            why.args.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
        self.ta(&format!("why-{}", why.code), &args)
    }

    /// The field to look at, its place, and the place it does not go with.
    pub fn why(&self, why: &Why) -> Because {
        let location = why.field.as_ref().and_then(|field| field.locate(self.model));
        let against = why.against.as_ref().and_then(|field| field.locate(self.model));
        let object = why.field.as_ref().map(|field| &field.object);
        Because {
            text: match &why.field {
                Some(field) => {
                    let path = field.path.to_string();
                    let id = if path.is_empty() { "why-look-object" } else { "why-look" };
                    self.ta(id, &[("object", field.object.to_string().into()), ("field", path.into())])
                }
                None => String::new(),
            },
            component: why.component.map(|component| self.component(component)).unwrap_or_default(),
            object: object.map(ToString::to_string),
            field: why.field.as_ref().map(|field| field.path.to_string()),
            place: location.as_ref().map(ToString::to_string),
            place_href: self.id.zip(location.as_ref()).map(|(id, location)| url::source(id, location)),
            service: object
                .and_then(|object| self.service_page(object, why.field.as_ref().map(|field| field.path.to_string()))),
            location,
            against: against.map(|location| (location.to_string(), self.id.map(|id| url::source(id, &location)))),
        }
    }

    /// Something not modelled on a hop.
    pub fn assumed(&self, assumed: &Unmodelled<'_>) -> String {
        match assumed {
            Unmodelled::Match { module, .. } => self.ta("assume-unmodelled-match", &[("module", (*module).into())]),
            Unmodelled::Pieces { .. } => self.t("assume-pieces"),
            Unmodelled::Limit { .. } => self.t("assume-within-limit"),
            Unmodelled::Target { target, .. } => self.ta("assume-unmodelled-target", &[("target", (*target).into())]),
        }
    }
}
