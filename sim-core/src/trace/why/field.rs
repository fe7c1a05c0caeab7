//! The field of the input that a person has to look at, and what is wrong with it.

use super::codes::WhyInfo;
use crate::model::Model;
use kubernetes::assumption::Because;
use kubernetes::edit::{Editor, FieldPath};
use kubernetes::manifest::Stands;
use kubernetes::origin::{Component, Location, ObjectRef};
use std::collections::BTreeMap;

/// A field of an object of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The object.
    pub object: ObjectRef,
    /// The field, whether it is there or not.
    pub path: FieldPath,
    /// Where, if that is known better than by the path.
    pub at: Option<Location>,
}

impl Field {
    /// A field by its path, e.g. `spec.ports[0].targetPort`.
    pub fn new(object: &ObjectRef, path: impl Into<FieldPath>) -> Self {
        Self { object: object.clone(), path: path.into(), at: None }
    }

    /// The field that a piece of the input was read from.
    pub(in crate::trace) fn said(because: &Because) -> Option<Self> {
        let path = FieldPath::parse(because.field.as_deref()?);
        Some(Self { object: because.object.clone()?, path, at: because.location.clone() })
    }

    /// File and line: of the field, else of the nearest one around it, else of its object. `None` where no text stands behind it.
    pub fn locate(&self, model: &Model) -> Option<Location> {
        let parsed = &model.parsed;
        if self.at.is_some() {
            return self.at.clone();
        }
        // A line of an overlay, a patch or a generator decides as often as one of the base.
        if let Some(place) = parsed.rendered(&self.object).and_then(|made| made.place(&self.path)) {
            let whole = place.known == self.path.0.len() && place.stands == Stands::Scalar;
            return parsed.locate(if whole { place.value } else { place.key });
        }
        let object = parsed.objects.iter().find(|object| *object.object() == self.object)?;
        let span = Editor::reader(&parsed.sources, object.span()).map(|editor| editor.span(self.path.clone()));
        parsed.locate(span.unwrap_or_else(|| object.span()))
    }
}

/// The cause of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// Stable code, see [`super::codes`].
    pub code: &'static str,
    /// Values for the sentence.
    pub args: BTreeMap<&'static str, String>,
    /// The field to look at; `None` where nothing of the input is behind it.
    pub field: Option<Field>,
    /// The field it does not go with.
    pub against: Option<Field>,
    /// Who acts by that field.
    pub component: Option<Component>,
}

impl Why {
    pub(in crate::trace) fn new(code: WhyInfo) -> Self {
        Self { code: code.code, args: BTreeMap::new(), field: None, against: None, component: None }
    }

    pub(in crate::trace) fn arg(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.insert(name, value.to_string());
        self
    }

    pub(in crate::trace) fn at(self, field: impl Into<Option<Field>>) -> Self {
        Self { field: field.into(), ..self }
    }

    pub(in crate::trace) fn against(self, field: impl Into<Option<Field>>) -> Self {
        Self { against: field.into(), ..self }
    }

    /// Who acted, where the field does not say it.
    pub(in crate::trace) fn or_by(self, component: Option<Component>) -> Self {
        Self { component: self.component.or(component), ..self }
    }

    pub(in crate::trace) fn by(self, component: Component) -> Self {
        Self { component: Some(component), ..self }
    }
}
