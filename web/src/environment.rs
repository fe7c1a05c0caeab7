//! The variables that a Pod's containers are given about Services, in words.

use crate::json;
use crate::locale::Lang;
use crate::words::Say;
use kubernetes::assumption::{Assumption, codes};
use kubernetes::cluster::model::{PodId, ServiceId};
use serde_json::{Value, json};
use sim_core::environment::{Given, Note, Variable, Without, of_pod};
use sim_core::model::Model;
use std::fmt::{self, Write};

/// What there is to tell of one Pod.
struct Told<'a> {
    say: Say<'a>,
    pod: String,
    given: Given,
}

impl<'a> Told<'a> {
    fn of(lang: Lang, model: &'a Model, id: PodId) -> Self {
        let pod = model.cluster.pods.get(id.0 as usize).map(|pod| pod.name.to_string()).unwrap_or_default();
        Self { say: Say { lang, model, id: None }, pod, given: of_pod(model, id) }
    }

    fn service(&self, id: ServiceId) -> String {
        let service = self.say.model.cluster.services.get(id.0 as usize);
        service.map(|service| service.name.to_string()).unwrap_or_default()
    }

    fn note(&self, variable: &Variable, note: &Note) -> String {
        let of = note.container().map(ToString::to_string).unwrap_or_default();
        let (other, value) = match note {
            Note::Ambiguous { service, value } => (self.service(*service), value.clone()),
            _ => (self.service(variable.service), variable.value.clone()),
        };
        let args = [
            ("name", variable.name.as_str().into()),
            ("container", of.into()),
            ("service", other.into()),
            ("value", value.into()),
        ];
        self.say.ta(&format!("env-{}", note.code()), &args)
    }

    fn without(&self, id: ServiceId, why: &Without) -> String {
        let (made, started) = match why {
            Without::Younger { made, started } => (made.to_string(), started.to_string()),
            Without::NoAddress | Without::NoLinks => Default::default(),
        };
        let args = [("service", self.service(id).into()), ("made", made.into()), ("started", started.into())];
        self.say.ta(&format!("env-without-{}", why.code()), &args)
    }

    /// All Services were there before the Pod, where the input does not say when it began.
    fn assumed(&self) -> Option<Assumption> {
        self.given.started.is_none().then(|| codes::SERVICES_FIRST.made().arg("pod", self.pod.as_str()))
    }
}

/// As `kubehop.env/1`.
pub fn json(lang: Lang, model: &Model, id: PodId) -> Value {
    let told = Told::of(lang, model, id);
    let note = |variable: &Variable, note: &Note| {
        json!({
            "code": note.code(),
            "clash": note.clashes(),
            "container": note.container(),
            "message": told.note(variable, note),
        })
    };
    let variable = |one: &Variable| {
        json!({
            "name": one.name,
            "value": one.value,
            "service": told.service(one.service),
            "notes": one.notes.iter().map(|own| note(one, own)).collect::<Vec<_>>(),
        })
    };
    let without = |(id, why): &(ServiceId, Without)| json!({ "service": told.service(*id), "code": why.code(), "message": told.without(*id, why) });
    json!({
        "schema": "kubehop.env/1",
        "pod": told.pod,
        "enableServiceLinks": told.given.no_links.is_none(),
        "started": told.given.started,
        "variables": told.given.variables.iter().map(variable).collect::<Vec<_>>(),
        "without": told.given.without.iter().map(without).collect::<Vec<_>>(),
        "assumed": told.assumed().iter().map(|one| json::assumed(&told.say, one)).collect::<Vec<_>>(),
    })
}

/// As a shell reads them: what else there is to say stands in comments.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut impl Write, lang: Lang, model: &Model, id: PodId) -> fmt::Result {
    let told = Told::of(lang, model, id);
    let mut last = None;
    for variable in &told.given.variables {
        if last.replace(variable.service) != Some(variable.service) {
            let service = model.cluster.services.get(variable.service.0 as usize);
            let at = service.and_then(|service| service.origin.location.as_ref());
            let at = at.map(|at| format!(" ({at})")).unwrap_or_default();
            writeln!(out, "# Service {}{at}", told.service(variable.service))?;
        }
        writeln!(out, "{}={}", variable.name, variable.value)?;
        for note in &variable.notes {
            writeln!(out, "#   {}", told.note(variable, note))?;
        }
    }
    if let Some((object, at)) = &told.given.no_links {
        let at = at.as_ref().map(|at| format!(" ({at})")).unwrap_or_default();
        writeln!(out, "# {}{at}", told.say.ta("env-no-links", &[("object", object.to_string().into())]))?;
    }
    for (id, why) in &told.given.without {
        writeln!(out, "# {}", told.without(*id, why))?;
    }
    match told.assumed() {
        Some(assumed) => writeln!(out, "# {}", told.say.assumption(&assumed)),
        None => Ok(()),
    }
}
