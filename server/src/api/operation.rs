//! What the API can be asked, in one table: the routes, the check of parameters and the OpenAPI document come from it, so that none can say
//! something else than the others.

use crate::error::Error;
use crate::query::Query;
use kubernetes::cluster::model::docker::FirewallBackend;
use sim_core::dns::RecordType;
use sim_core::print::What;
use sim_core::trace::MAX_SIZE;
use std::sync::LazyLock;
use web::locale::Lang;

/// How an operation is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes something.
    Post,
}

/// Which operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Id {
    /// Keeps what is sent.
    Upload,
    /// What a scenario is.
    Scenario,
    /// Findings.
    Check,
    /// Machines, Pods, Services.
    Topology,
    /// Rules of a node.
    Rules,
    /// What a namespace holds.
    State,
    /// Questions and answers.
    Dns,
    /// Variables of a Pod about Services.
    Env,
    /// One journey.
    Trace,
    /// All of them.
    Branches,
    /// How large packets may be.
    Sizes,
    /// Who answers at which TTL.
    Traceroute,
    /// The same probe in two worlds.
    Compare,
    /// A Service from everywhere in every way.
    Matrix,
    /// Who may connect to whom.
    Reach,
    /// What policies let in to a workload and out of it.
    Policy,
    /// What happens when.
    Timeline,
    /// Makes a link that lives.
    Share,
    /// Changes how long it lives, or its key.
    ChangeShare,
    /// Deletes it.
    DeleteShare,
}

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// Which.
    pub id: Id,
    /// Its name in the document; messages `api-{name}` say what it does.
    pub name: &'static str,
    /// How.
    pub method: Method,
    /// Where.
    pub path: &'static str,
    /// What its address takes, besides [`COMMON`].
    pub parameters: &'static [Parameter],
    /// The schemas of its answer, by their file under `/schema/`; one of them.
    pub answers: &'static [&'static str],
}

/// One parameter of an address.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name; message `api-parameter-{name}` says what it means.
    pub name: &'static str,
    /// What it takes.
    pub form: Form,
    /// It has to be there.
    pub required: bool,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// Any text; what it means is read with the scenario.
    Text,
    /// Texts, the parameter repeated.
    Texts,
    /// A number from 0 to this.
    Number(u64),
    /// One of these.
    Words(&'static LazyLock<Vec<&'static str>>),
    /// Nothing: that it is there says it.
    Flag,
}

const fn optional(name: &'static str, form: Form) -> Parameter {
    Parameter { name, form, required: false }
}

const fn required(name: &'static str, form: Form) -> Parameter {
    Parameter { name, form, required: true }
}

/// What every address of a scenario takes: the time, the world, and the language of sentences.
pub const COMMON: [Parameter; 8] = [
    optional("t", Form::Text),
    optional("event", Form::Texts),
    optional("cni", Form::Text),
    optional("proxy", Form::Text),
    optional("docker", Form::Text),
    optional("firewall-backend", Form::Words(&BACKENDS)),
    optional("expected", Form::Number(1)),
    optional("lang", Form::Words(&LANGUAGES)),
];

/// What every probe takes; `has` says of its ends whether they have to be there.
macro_rules! probe {
    ($has:ident $(, $more:expr)*) => {
        &[
            $($more,)*
            $has("from", Form::Text),
            $has("to", Form::Text),
            optional("via", Form::Text),
            optional("proto", Form::Words(&PROTOCOLS)),
            optional("sport", Form::Number(65_535)),
            optional("choose", Form::Texts),
            optional("before", Form::Number(u32::MAX as u64)),
            optional("wait", Form::Number(u32::MAX as u64)),
            optional("keep", Form::Number(1)),
            optional("size", Form::Number(MAX_SIZE as u64)),
            optional("method", Form::Text),
            optional("header", Form::Texts),
            optional("connect", Form::Text),
            optional("seed", Form::Number(u64::MAX)),
        ]
    };
}

/// Names of record types.
static TYPES: LazyLock<Vec<&str>> = LazyLock::new(|| RecordType::ALL.iter().map(|(_, name)| *name).collect());
/// Names of what a namespace holds.
static LISTS: LazyLock<Vec<&str>> = LazyLock::new(|| What::ALL.iter().map(|(_, name)| *name).collect());
/// Transports.
static PROTOCOLS: LazyLock<Vec<&str>> = LazyLock::new(|| vec!["tcp", "udp", "sctp", "icmp"]);
/// Who writes the rules of Docker hosts.
static BACKENDS: LazyLock<Vec<&str>> = LazyLock::new(|| FirewallBackend::ALL.map(FirewallBackend::name).to_vec());
/// Ports that are told.
static PORTS: LazyLock<Vec<&str>> = LazyLock::new(|| vec!["all", "declared"]);
/// Languages of sentences.
static LANGUAGES: LazyLock<Vec<&str>> = LazyLock::new(|| Lang::ALL.iter().map(|lang| lang.code()).collect());

/// All of them.
pub const OPERATIONS: [Operation; 20] = [
    Operation {
        id: Id::Upload,
        name: "upload",
        method: Method::Post,
        path: "/api/v1/scenarios",
        parameters: &[],
        answers: &["uploaded"],
    },
    Operation {
        id: Id::Scenario,
        name: "scenario",
        method: Method::Get,
        path: "/api/v1/scenarios/{id}",
        parameters: &[],
        answers: &["summary"],
    },
    Operation {
        id: Id::Check,
        name: "check",
        method: Method::Get,
        path: "/api/v1/scenarios/{id}/check",
        parameters: &[],
        answers: &["check"],
    },
    Operation {
        id: Id::Topology,
        name: "topology",
        method: Method::Get,
        path: "/api/v1/scenarios/{id}/topology",
        parameters: &[],
        answers: &["topology"],
    },
    Operation {
        id: Id::Rules,
        name: "rules",
        method: Method::Get,
        path: "/api/v1/scenarios/{id}/rules",
        parameters: &[
            required("node", Form::Text),
            optional("chain", Form::Text),
            optional("service", Form::Text),
            optional("explain", Form::Flag),
            optional("ipv6", Form::Flag),
        ],
        answers: &["text", "rules"],
    },
    Operation {
        id: Id::State,
        name: "state",
        method: Method::Get,
        path: "/api/v1/scenarios/{id}/state",
        parameters: probe!(
            optional,
            required("what", Form::Words(&LISTS)),
            optional("node", Form::Text),
            optional("netns", Form::Text),
            optional("pod", Form::Text)
        ),
        answers: &["text"],
    },
    Operation {
        id: Id::Dns,
        name: "dns",
        method: Method::Get,
        path: "/api/v1/scenarios/{id}/dns",
        parameters: &[
            required("from", Form::Text),
            required("name", Form::Text),
            optional("type", Form::Words(&TYPES)),
            optional("seed", Form::Number(u64::MAX)),
        ],
        answers: &["dns"],
    },
    Operation {
        id: Id::Env,
        name: "env",
        method: Method::Get,
        path: "/api/v1/scenarios/{id}/env",
        parameters: &[required("pod", Form::Text)],
        answers: &["env"],
    },
    Operation {
        id: Id::Trace,
        name: "trace",
        method: Method::Get,
        path: "/api/v1/scenarios/{id}/trace",
        parameters: probe!(required, optional("step", Form::Number(u32::MAX as u64)), optional("at", Form::Text)),
        answers: &["trace"],
    },
    Operation {
        id: Id::Branches,
        name: "branches",
        method: Method::Get,
        path: "/api/v1/scenarios/{id}/branches",
        parameters: probe!(required),
        answers: &["branches"],
    },
    Operation {
        id: Id::Sizes,
        name: "sizes",
        method: Method::Get,
        path: "/api/v1/scenarios/{id}/sizes",
        parameters: probe!(required),
        answers: &["sizes"],
    },
    Operation {
        id: Id::Traceroute,
        name: "traceroute",
        method: Method::Get,
        path: "/api/v1/scenarios/{id}/traceroute",
        parameters: probe!(required),
        answers: &["traceroute"],
    },
    Operation {
        id: Id::Compare,
        name: "compare",
        method: Method::Get,
        path: "/api/v1/scenarios/{id}/compare",
        parameters: probe!(required, required("with", Form::Text)),
        answers: &["compare"],
    },
    Operation {
        id: Id::Matrix,
        name: "matrix",
        method: Method::Get,
        path: "/api/v1/scenarios/{id}/matrix",
        parameters: &[optional("to", Form::Text)],
        answers: &["matrix"],
    },
    Operation {
        id: Id::Reach,
        name: "reach",
        method: Method::Get,
        path: "/api/v1/scenarios/{id}/reach",
        parameters: &[optional("from", Form::Text), optional("to", Form::Text), optional("ports", Form::Words(&PORTS))],
        answers: &["reach"],
    },
    Operation {
        id: Id::Policy,
        name: "policy",
        method: Method::Get,
        path: "/api/v1/scenarios/{id}/policy",
        parameters: &[required("of", Form::Text)],
        answers: &["policy"],
    },
    Operation {
        id: Id::Timeline,
        name: "timeline",
        method: Method::Get,
        path: "/api/v1/scenarios/{id}/timeline",
        parameters: probe!(optional, optional("every", Form::Text), optional("until", Form::Text)),
        answers: &["timeline"],
    },
    Operation {
        id: Id::Share,
        name: "share",
        method: Method::Post,
        path: "/api/v1/shares",
        parameters: &[],
        answers: &["shared"],
    },
    Operation {
        id: Id::ChangeShare,
        name: "change-share",
        method: Method::Post,
        path: "/api/v1/shares/{id}",
        parameters: &[],
        answers: &["shared"],
    },
    Operation {
        id: Id::DeleteShare,
        name: "delete-share",
        method: Method::Post,
        path: "/api/v1/shares/{id}/delete",
        parameters: &[],
        answers: &[],
    },
];

impl Operation {
    /// Everything that its address takes.
    pub fn takes(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().chain(COMMON.iter().filter(|_| self.method == Method::Get))
    }

    /// Looks through the query: nothing that is written there is left out in silence.
    ///
    /// # Errors
    /// A parameter that is not known, has a value that it does not take, is there twice, or is missing.
    pub fn check(&self, query: &Query) -> Result<(), Error> {
        for name in query.names() {
            if !self.takes().any(|parameter| parameter.name == name) {
                let known = self.takes().map(|parameter| parameter.name).collect::<Vec<_>>().join(", ");
                return Err(Error::UnknownParameter { name: name.to_owned(), known });
            }
        }
        for parameter in self.takes() {
            let name = parameter.name;
            let wrong = |value: &str| Error::Parameter { name, value: value.to_owned() };
            if parameter.required && query.get(name).is_none() {
                return Err(Error::MissingParameter(name));
            }
            if !matches!(parameter.form, Form::Texts) && query.names().filter(|have| *have == name).count() > 1 {
                return Err(wrong(query.get(name).unwrap_or_default()));
            }
            match (parameter.form, query.get(name)) {
                (Form::Number(most), Some(value)) if value.parse::<u64>().ok().is_none_or(|it| it > most) => {
                    return Err(wrong(value));
                }
                (Form::Words(known), Some(value)) if !known.iter().any(|one| one.eq_ignore_ascii_case(value)) => {
                    return Err(wrong(value));
                }
                (Form::Flag, Some(value)) if !matches!(value, "1" | "true") => return Err(wrong(value)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The operation of an id.
pub fn of(id: Id) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.id == id)
}
