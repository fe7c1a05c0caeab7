//! Gateway API: Gateways, routes, grants.

use super::{LabelSelector, List, Metadata, Text, Unread};
use crate::origin::Spanned;
use serde::Deserialize;

/// `gateway.networking.k8s.io/v1` Gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Gateway {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: GatewaySpec,
    /// `status`.
    pub status: GatewayStatus,
}

/// `spec` of a Gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewaySpec {
    /// `gatewayClassName`.
    pub gateway_class_name: Option<Spanned<Text>>,
    /// `listeners`.
    pub listeners: List<GatewayListener>,
    /// `addresses`.
    pub addresses: List<GatewayAddress>,
    /// `infrastructure`: not read.
    pub infrastructure: Option<Unread>,
}

/// `status` of a Gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewayStatus {
    /// `addresses`.
    pub addresses: List<GatewayAddress>,
}

/// An address of a Gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewayAddress {
    /// `type`: `IPAddress` (the default) or `Hostname`.
    #[serde(rename = "type")]
    pub kind: Option<Text>,
    /// `value`.
    pub value: Option<Spanned<Text>>,
}

/// One of `spec.listeners`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewayListener {
    /// `name`.
    pub name: Option<Spanned<Text>>,
    /// `hostname`; absent for every host.
    pub hostname: Option<Spanned<Text>>,
    /// `port`, as written: any number.
    pub port: Option<Spanned<i64>>,
    /// `protocol`: `HTTP`, `HTTPS`, `TLS`, `TCP`, `UDP`.
    pub protocol: Option<Spanned<Text>>,
    /// `tls`.
    pub tls: Option<ListenerTls>,
    /// `allowedRoutes`.
    pub allowed_routes: Option<AllowedRoutes>,
}

/// `tls` of a listener.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListenerTls {
    /// `mode`: `Terminate` (the default) or `Passthrough`.
    pub mode: Option<Spanned<Text>>,
    /// `certificateRefs`: names only.
    pub certificate_refs: List<Unread>,
}

/// `allowedRoutes` of a listener.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AllowedRoutes {
    /// `namespaces`.
    pub namespaces: RouteNamespaces,
    /// `kinds`.
    pub kinds: List<RouteKindRef>,
}

/// `namespaces` of `allowedRoutes`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RouteNamespaces {
    /// `from`: `Same` (the default), `All`, `Selector`, `None`.
    pub from: Option<Spanned<Text>>,
    /// `selector`.
    pub selector: Option<LabelSelector>,
}

/// One of `kinds`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RouteKindRef {
    /// `kind`.
    pub kind: Text,
}

/// HTTPRoute, GRPCRoute, TLSRoute, TCPRoute, as far as they are alike.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewayRoute {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: GatewayRouteSpec,
    /// `status`: not read.
    pub status: Option<Unread>,
}

/// `spec` of a route.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewayRouteSpec {
    /// `parentRefs`.
    pub parent_refs: List<ParentRef>,
    /// `hostnames`.
    pub hostnames: List<Text>,
    /// `rules`.
    pub rules: List<GatewayRule>,
}

/// One of `parentRefs`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ParentRef {
    /// `group`.
    pub group: Option<Text>,
    /// `kind`: `Gateway` (the default) or `Service`.
    pub kind: Option<Text>,
    /// `namespace`; absent for the route's own.
    pub namespace: Option<Text>,
    /// `name`.
    pub name: Option<Spanned<Text>>,
    /// `sectionName`: a listener.
    pub section_name: Option<Spanned<Text>>,
    /// `port`: of listeners.
    pub port: Option<Spanned<i64>>,
}

/// One of `rules`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewayRule {
    /// `name`.
    pub name: Option<Text>,
    /// `matches`.
    pub matches: List<RouteMatch>,
    /// `filters`.
    pub filters: List<RouteFilter>,
    /// `backendRefs`.
    pub backend_refs: List<BackendRef>,
    /// `timeouts`: told, not simulated.
    pub timeouts: Option<Unread>,
    /// `retry`: told, not simulated.
    pub retry: Option<Unread>,
    /// `sessionPersistence`: told, not simulated.
    pub session_persistence: Option<Unread>,
}

/// One of `matches`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RouteMatch {
    /// `path`.
    pub path: Option<ValueMatch>,
    /// `headers`.
    pub headers: List<ValueMatch>,
    /// `queryParams`.
    pub query_params: List<ValueMatch>,
    /// `method`: a word, or of a GRPCRoute a service and method.
    pub method: Option<MethodMatch>,
}

/// `type`, `name`, `value` of a match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ValueMatch {
    /// `type`: `Exact`, `PathPrefix`, `RegularExpression`.
    #[serde(rename = "type")]
    pub kind: Option<Text>,
    /// `name`.
    pub name: Option<Text>,
    /// `value`.
    pub value: Option<Spanned<Text>>,
}

/// `method` of a match.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum MethodMatch {
    /// Of HTTP.
    Http(Text),
    /// Of gRPC.
    Grpc(GrpcMethod),
}

/// A method of gRPC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GrpcMethod {
    /// `service`.
    pub service: Option<Text>,
    /// `method`.
    pub method: Option<Text>,
    /// `type`: `Exact` (the default) or `RegularExpression`.
    #[serde(rename = "type")]
    pub kind: Option<Text>,
}

/// One of `filters`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RouteFilter {
    /// `type`.
    #[serde(rename = "type")]
    pub kind: Option<Spanned<Text>>,
    /// `requestHeaderModifier`.
    pub request_header_modifier: Option<HeaderModifier>,
    /// `responseHeaderModifier`.
    pub response_header_modifier: Option<HeaderModifier>,
    /// `requestRedirect`.
    pub request_redirect: Option<RequestRedirect>,
    /// `urlRewrite`.
    pub url_rewrite: Option<UrlRewrite>,
    /// `requestMirror`.
    pub request_mirror: Option<RequestMirror>,
    /// `extensionRef`: told, not simulated.
    pub extension_ref: Option<Unread>,
    /// `cors`: told, not simulated.
    pub cors: Option<Unread>,
}

/// Changes of fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HeaderModifier {
    /// `set`.
    pub set: List<NameValue>,
    /// `add`.
    pub add: List<NameValue>,
    /// `remove`.
    pub remove: List<Text>,
}

/// A field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NameValue {
    /// `name`.
    pub name: Text,
    /// `value`.
    pub value: Text,
}

/// `requestRedirect`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RequestRedirect {
    /// `scheme`.
    pub scheme: Option<Text>,
    /// `hostname`.
    pub hostname: Option<Text>,
    /// `path`.
    pub path: Option<PathModifier>,
    /// `port`, as written: any number.
    pub port: Option<i64>,
    /// `statusCode`, as written: any number.
    pub status_code: Option<i64>,
}

/// `urlRewrite`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UrlRewrite {
    /// `hostname`.
    pub hostname: Option<Text>,
    /// `path`.
    pub path: Option<PathModifier>,
}

/// `path` of a redirect or rewrite.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PathModifier {
    /// `type`: `ReplaceFullPath`, `ReplacePrefixMatch`.
    #[serde(rename = "type")]
    pub kind: Text,
    /// `replaceFullPath`.
    pub replace_full_path: Option<Text>,
    /// `replacePrefixMatch`.
    pub replace_prefix_match: Option<Text>,
}

/// `requestMirror`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RequestMirror {
    /// `backendRef`.
    pub backend_ref: BackendRef,
    /// `percent`: told, not simulated.
    pub percent: Option<Unread>,
    /// `fraction`: told, not simulated.
    pub fraction: Option<Unread>,
}

/// One of `backendRefs`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BackendRef {
    /// `group`.
    pub group: Option<Text>,
    /// `kind`: `Service` (the default).
    pub kind: Option<Text>,
    /// `namespace`; absent for the route's own.
    pub namespace: Option<Text>,
    /// `name`.
    pub name: Option<Spanned<Text>>,
    /// `port`, as written: any number.
    pub port: Option<Spanned<i64>>,
    /// `weight`, as written: any number; absent is 1.
    pub weight: Option<i64>,
    /// `filters`.
    pub filters: List<RouteFilter>,
}

/// ReferenceGrant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReferenceGrant {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: ReferenceGrantSpec,
}

/// `spec` of a ReferenceGrant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReferenceGrantSpec {
    /// `from`.
    pub from: List<GrantFrom>,
    /// `to`.
    pub to: List<GrantTo>,
}

/// One of `from`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GrantFrom {
    /// `group`.
    pub group: Text,
    /// `kind`.
    pub kind: Text,
    /// `namespace`.
    pub namespace: Text,
}

/// One of `to`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GrantTo {
    /// `group`.
    pub group: Text,
    /// `kind`.
    pub kind: Text,
    /// `name`; absent for all.
    pub name: Option<Text>,
}

/// BackendTLSPolicy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BackendTlsPolicy {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: BackendTlsPolicySpec,
}

/// `spec` of a BackendTLSPolicy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BackendTlsPolicySpec {
    /// `targetRefs`.
    pub target_refs: List<PolicyTarget>,
    /// `validation`.
    pub validation: BackendTlsValidation,
}

/// One of `targetRefs`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PolicyTarget {
    /// `group`.
    pub group: Text,
    /// `kind`.
    pub kind: Text,
    /// `name`.
    pub name: Text,
    /// `sectionName`: the name of a port.
    pub section_name: Option<Text>,
}

/// `validation` of a BackendTLSPolicy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BackendTlsValidation {
    /// `hostname`: the name that is asked for, and that the certificate has to be for.
    pub hostname: Option<Text>,
}

/// GatewayClass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewayClass {
    /// `metadata`.
    pub metadata: Metadata,
    /// `spec`.
    pub spec: GatewayClassSpec,
}

/// `spec` of a GatewayClass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewayClassSpec {
    /// `controllerName`.
    pub controller_name: Option<Spanned<Text>>,
    /// `parametersRef`: not read.
    pub parameters_ref: Option<Unread>,
    /// `description`.
    pub description: Option<Text>,
}
