//! Ingress and IngressClass.

use super::{IntOrString, List, Metadata, Text, Unread};
use crate::origin::Spanned;
use serde::Deserialize;

/// `networking.k8s.io/v1` Ingress; of older versions the fields that had other names too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Ingress {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: IngressSpec,
}

/// `spec` of an Ingress.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressSpec {
    /// `ingressClassName`.
    pub ingress_class_name: Option<Spanned<Text>>,
    /// `defaultBackend`.
    pub default_backend: Option<Spanned<IngressBackend>>,
    /// `backend`: `defaultBackend` before `networking.k8s.io/v1`.
    pub backend: Option<Spanned<IngressBackend>>,
    /// `rules`.
    pub rules: List<IngressRule>,
    /// `tls`.
    pub tls: List<IngressTls>,
}

/// One of `spec.rules`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressRule {
    /// `host`; absent for every host.
    pub host: Option<Spanned<Text>>,
    /// `http`.
    pub http: Option<IngressHttp>,
}

/// `http` of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressHttp {
    /// `paths`.
    pub paths: List<IngressPath>,
}

/// One of `paths`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressPath {
    /// `path`.
    pub path: Option<Spanned<Text>>,
    /// `pathType`: `Exact`, `Prefix`, `ImplementationSpecific`.
    pub path_type: Option<Spanned<Text>>,
    /// `backend`.
    pub backend: Spanned<IngressBackend>,
}

/// Where requests go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressBackend {
    /// `service`.
    pub service: Option<IngressService>,
    /// `resource`: an object of any kind.
    pub resource: Option<IngressResource>,
    /// `serviceName` before `networking.k8s.io/v1`.
    pub service_name: Option<Spanned<Text>>,
    /// `servicePort` before `networking.k8s.io/v1`.
    pub service_port: Option<Spanned<IntOrString>>,
}

/// `service` of a backend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressService {
    /// `name`.
    pub name: Option<Spanned<Text>>,
    /// `port`.
    pub port: IngressPort,
}

/// `port` of a backend's Service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressPort {
    /// `name`.
    pub name: Option<Spanned<Text>>,
    /// `number`, as written: any number.
    pub number: Option<Spanned<i64>>,
}

/// `resource` of a backend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressResource {
    /// `apiGroup`.
    pub api_group: Option<Text>,
    /// `kind`.
    pub kind: Text,
    /// `name`.
    pub name: Text,
}

/// One of `spec.tls`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressTls {
    /// `hosts`.
    pub hosts: List<Text>,
    /// `secretName`.
    pub secret_name: Option<Spanned<Text>>,
}

/// `networking.k8s.io/v1` IngressClass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressClass {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: IngressClassSpec,
}

/// `spec` of an IngressClass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IngressClassSpec {
    /// `controller`, as `k8s.io/ingress-nginx`.
    pub controller: Option<Spanned<Text>>,
    /// `parameters`: not read.
    pub parameters: Option<Unread>,
}
