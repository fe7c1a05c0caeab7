//! Why a piece of state is there.

use super::Say;
use crate::url;
use kubernetes::assumption::Assumption;
use kubernetes::cluster::model::Service;
use kubernetes::origin::{Cause, CauseId, Component, Location, ObjectRef};

/// Who wrote something, for what, and on which line of the input it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Because {
    /// The sentence.
    pub text: String,
    /// Component, as a word.
    pub component: String,
    /// `Service default/web`.
    pub object: Option<String>,
    /// `spec.ports[0]`.
    pub field: Option<String>,
    /// `file:line:col`.
    pub place: Option<String>,
    /// The same place, for a longer excerpt.
    pub location: Option<Location>,
    /// The page of that place.
    pub place_href: Option<String>,
    /// What the page of the Service is called, and its address.
    pub service: Option<(String, String)>,
    /// The place it does not go with, and its page.
    pub against: Option<(String, Option<String>)>,
}

/// Fields with words.
const FIELDS: [(&str, &str); 15] = [
    ("spec.clusterIP", "field-cluster-ip"),
    ("spec.podCIDR", "field-pod-cidr"),
    ("spec.externalIPs", "field-external-ips"),
    ("spec.type", "field-type"),
    ("spec.ports", "field-ports"),
    ("spec.selector", "field-selector"),
    ("spec.externalName", "field-external-name"),
    ("spec.healthCheckNodePort", "field-health-check-port"),
    ("spec.loadBalancerSourceRanges", "field-source-ranges"),
    ("spec.internalTrafficPolicy", "field-internal-policy"),
    ("spec.externalTrafficPolicy", "field-external-policy"),
    ("spec.sessionAffinityConfig.clientIP.timeoutSeconds", "field-affinity"),
    ("status.loadBalancer.ingress", "field-load-balancer"),
    ("status.loadBalancer", "field-load-balancer"),
    ("status.addresses", "field-node-address"),
];

/// The index in `spec.ports[INDEX]`, and what is behind it.
pub(crate) fn port_index(field: &str) -> Option<(usize, &str)> {
    let (index, rest) = field.strip_prefix("spec.ports[")?.split_once(']')?;
    Some((index.parse().ok()?, rest.trim_start_matches('.')))
}

impl Say<'_> {
    /// The cause behind an id.
    pub fn cause(&self, id: CauseId) -> Option<&Cause> {
        self.model.site.causes.get(id)
    }

    /// A component's name.
    pub(crate) fn component(&self, component: Component) -> String {
        let name = match component {
            Component::Cni(name) => name,
            _ => "",
        };
        self.ta(&format!("component-{}", component.code()), &[("name", name.into())])
    }

    /// A cause in words.
    pub fn because(&self, id: CauseId) -> Option<Because> {
        self.cause(id).map(|cause| self.because_of(cause))
    }

    /// A field of an object in words: `port http, 80/TCP`, `node port of port http, 80/TCP`; a component's own setting by its name.
    pub fn field(&self, object: Option<&ObjectRef>, field: &str) -> String {
        if let Some((index, rest)) = port_index(field) {
            let port = match self.service_of(object).and_then(|service| service.ports.get(index)) {
                Some(port) => {
                    let args = [
                        ("name", port.name.to_string().into()),
                        ("port", port.port.to_string().into()),
                        ("protocol", port.protocol.to_string().to_uppercase().into()),
                    ];
                    self.ta(if port.name.is_empty() { "field-port" } else { "field-port-named" }, &args)
                }
                None => self.ta("field-port-number", &[("number", (index + 1).into())]),
            };
            return match rest {
                "nodePort" => self.ta("field-node-port", &[("port", port.into())]),
                "targetPort" => self.ta("field-target-port", &[("port", port.into())]),
                _ => port,
            };
        }
        let known = FIELDS.iter().find(|(path, _)| *path == field);
        known.map_or_else(|| field.to_owned(), |(_, key)| self.t(key))
    }

    /// The Service an object is.
    pub(crate) fn service_of(&self, object: Option<&ObjectRef>) -> Option<&Service> {
        let object = object.filter(|object| &*object.kind == "Service")?;
        let mut all = self.model.cluster.services.iter();
        all.find(|service| {
            service.name.name == object.name && Some(&service.name.namespace) == object.namespace.as_ref()
        })
    }

    pub(super) fn because_of(&self, cause: &Cause) -> Because {
        let component = self.component(cause.component);
        let object = cause.object.as_ref().map(ToString::to_string);
        let field = cause.field.as_ref().map(ToString::to_string);
        let said = cause.field.as_ref().map(|field| self.field(cause.object.as_ref(), field)).unwrap_or_default();
        let args = [
            ("component", component.as_str().into()),
            ("object", object.as_deref().unwrap_or_default().into()),
            ("field", said.into()),
        ];
        let id = match (&object, &field) {
            (Some(_), Some(_)) => "because-object-field",
            (Some(_), None) => "because-object",
            (None, Some(_)) => "because-field",
            (None, None) => "because-component",
        };
        let text = self.ta(id, &args);
        let text = match cause.since {
            Some(version) => {
                self.ta("because-since", &[("because", text.into()), ("version", version.to_string().into())])
            }
            None => text,
        };
        Because {
            text,
            component,
            object,
            field,
            place: cause.location.as_ref().map(ToString::to_string),
            place_href: self.id.zip(cause.location.as_ref()).map(|(id, location)| url::source(id, location)),
            service: cause
                .object
                .as_ref()
                .and_then(|object| self.service_page(object, cause.field.as_ref().map(ToString::to_string))),
            against: None,
            location: cause.location.clone(),
        }
    }

    /// The page with all rules of the Service an object is, of one port where a field of that is meant.
    pub(super) fn service_page(&self, object: &ObjectRef, field: Option<String>) -> Option<(String, String)> {
        let known = self.service_of(Some(object)).is_some() || &*object.kind != "Service";
        let object = Some(object).filter(|object| &*object.kind == "Service" && known)?;
        let port = field.as_deref().and_then(port_index).map(|(index, _)| index);
        let href = url::service(self.id?, object.namespace.as_deref().unwrap_or_default(), &object.name, port);
        Some((self.ta("rules-all-of", &[("object", object.to_string().into())]), href))
    }

    /// Something that was decided without the input saying it.
    pub fn assumption(&self, assumption: &Assumption) -> String {
        let args: Vec<_> = assumption.args.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
        self.ta(&format!("assume-{}", assumption.code), &args)
    }
}
