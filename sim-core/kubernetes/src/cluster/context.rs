//! What every step of deciding shares: the input, findings, assumptions, and reading of checked values.

use super::barren::Barren;
use super::model::AbsentPod;
use super::model::{NamespacedName, Origin, Pod};
use super::plugin::{Cni, SIMULATED};
use crate::assumption::Assumption;
use crate::budget::{Budget, Driver};
use crate::diagnostic::codes::{self, CodeInfo};
use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::Parsed;
use crate::manifest::objects::{ConfigMap, Document, Metadata, Object, Service};
use crate::origin::{Location, ObjectRef, Span, Spanned};
use ipnet::IpNet;
use kernel::packet::{Port, Protocol};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// Pods of one input at most, unless [`super::options::Options::max_pods`] says otherwise.
pub(super) const MAX_PODS: usize = 20_000;
/// Most findings that are kept.
const FINDINGS: usize = 2_000;

/// The input with what was found so far.
pub(super) struct Context<'p> {
    pub(super) parsed: &'p Parsed,
    /// What deciding may take: loops ask, and break off once it is spent.
    pub(super) budget: Budget,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) assumptions: Vec<Assumption>,
    /// Pods that get no network.
    pub(super) absent: Vec<AbsentPod>,
    /// Objects the API server refuses, with the place of the first error.
    pub(super) refused: BTreeMap<ObjectRef, Option<Location>>,
    /// Objects that came out of a cluster; filled when first asked for.
    live: Option<BTreeSet<ObjectRef>>,
    /// ConfigMaps by namespace and name; filled when first asked for.
    config_maps: OnceCell<BTreeMap<(Arc<str>, &'p str), &'p ConfigMap>>,
    /// Services; filled when first asked for.
    services: OnceCell<BTreeMap<&'p ObjectRef, &'p Document<Service>>>,
    /// Where each object stands; filled when first asked for.
    spans: OnceCell<BTreeMap<&'p ObjectRef, Span>>,
    /// Workloads that make no Pods.
    pub(super) barren: Vec<Barren>,
    /// Pods at most.
    pub(super) max_pods: usize,
    /// Network plugins that are simulated ([`super::Options::plugins`]).
    pub(super) plugins: &'static [Cni],
    /// Findings that were not kept.
    pub(super) dropped: usize,
    /// The input brings Nodes, so it is the whole cluster.
    pub(super) whole: bool,
    /// The zone that kubelet searches ([`super::model::Settings::dns_domain`]), once the settings are decided.
    pub(super) domain: Arc<str>,
}

impl<'p> Context<'p> {
    pub(super) fn new(parsed: &'p Parsed, budget: &Budget) -> Self {
        let whole = parsed.objects.iter().any(|object| matches!(object, Object::Node(_)));
        Self {
            parsed,
            budget: budget.clone(),
            diagnostics: Vec::new(),
            assumptions: Vec::new(),
            absent: Vec::new(),
            refused: BTreeMap::new(),
            live: None,
            config_maps: OnceCell::new(),
            services: OnceCell::new(),
            spans: OnceCell::new(),
            barren: Vec::new(),
            max_pods: MAX_PODS,
            plugins: SIMULATED,
            dropped: 0,
            whole,
            domain: Arc::from("cluster.local"),
        }
    }

    /// Uses so many steps and bytes; false when there is nothing left of either.
    pub(super) fn may(&self, steps: usize, bytes: usize) -> bool {
        let _ = self.budget.take(bytes as u64);
        self.budget.spend(steps as u64).is_ok()
    }

    /// Whether there may be so many of something; where not, all ends here.
    pub(super) fn foresee(&self, driver: Driver, count: usize, each: usize) -> bool {
        self.budget.foresee(driver, count as u64, (count as u64).saturating_mul(each as u64)).is_ok()
    }

    /// Notes something that was decided without the input saying it.
    pub(super) fn assume(&mut self, assumption: Assumption) {
        self.assumptions.push(assumption);
    }

    /// Where a span starts.
    pub(super) fn at(&self, span: Span) -> Option<Location> {
        self.parsed.locate(span)
    }

    /// Where an object comes from.
    pub(super) fn origin<T>(&self, document: &Document<T>) -> Origin {
        Origin { object: document.object.clone(), location: self.at(document.span), assumed: false }
    }

    /// Starts a finding about an object.
    pub(super) fn finding(&self, code: CodeInfo, span: Span, object: &ObjectRef) -> Diagnostic {
        code.at(span).about(object.clone())
    }

    /// Adds a finding, as long as there are not too many. An object with an error is one the API server refuses, unless the error
    /// is in its status, which the server does not take from a manifest. What came out of a server was taken once: then something
    /// was cut out of the dump, which is a warning.
    pub(super) fn report(&mut self, mut diagnostic: Diagnostic) {
        let in_status = || diagnostic.args.get("path").is_some_and(|path| path.starts_with("status"));
        if let Some(object) = diagnostic.object.clone().filter(|_| diagnostic.severity == Severity::Error)
            && !in_status()
        {
            if self.is_live(&object) {
                diagnostic.severity = Severity::Warning;
            } else {
                let at = self.at(diagnostic.span);
                self.refused.entry(object).or_insert(at);
            }
        }
        self.note(diagnostic);
    }

    /// Adds a finding about what no API server decides: an error leaves out what it says, not its object.
    pub(super) fn note(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < FINDINGS {
            self.diagnostics.push(diagnostic);
        } else {
            self.dropped += 1;
        }
    }

    /// True for an object that bears the marks of an API server or kubelet.
    fn is_live(&mut self, object: &ObjectRef) -> bool {
        let parsed = self.parsed;
        let live = self.live.get_or_insert_with(|| {
            let live = parsed.objects.iter().filter(|object| object.is_live());
            live.map(|object| object.object().clone()).collect()
        });
        live.contains(object)
    }

    /// A Service of the input.
    pub(super) fn service(&self, object: &ObjectRef) -> Option<&'p Document<Service>> {
        let all = self.services.get_or_init(|| {
            // Of several the first.
            let services = self.parsed.objects.iter().rev().filter_map(|object| match object {
                Object::Service(document) => Some((&document.object, document)),
                _ => None,
            });
            services.collect()
        });
        all.get(object).copied()
    }

    /// A ConfigMap of the input.
    pub(super) fn config_map(&self, namespace: &str, name: &str) -> Option<&'p ConfigMap> {
        let all = self.config_maps.get_or_init(|| {
            // Of several the first.
            let maps = self.parsed.objects.iter().rev().filter_map(|object| match object {
                Object::ConfigMap(map) => Some(((name_of(&map.object).namespace, &*map.object.name), &*map.value)),
                _ => None,
            });
            maps.collect()
        });
        all.get(&(Arc::from(namespace), name)).copied()
    }

    /// Where an object of the input stands; nowhere for others.
    pub(super) fn span_of(&self, object: &ObjectRef) -> Span {
        let spans = self.spans.get_or_init(|| {
            // Of several the first.
            let objects = self.parsed.objects.iter().rev();
            objects.map(|object| (object.object(), object.span())).collect()
        });
        spans.get(object).copied().unwrap_or_default()
    }

    /// True where so many findings are there that no more are kept: then it is enough to count.
    pub(super) fn is_full(&self) -> bool {
        self.diagnostics.len() >= FINDINGS
    }

    /// True for an object with an error.
    pub(super) fn is_refused(&self, object: &ObjectRef) -> bool {
        self.refused.contains_key(object)
    }

    /// Enters a Pod that gets no network; `node` is where it is, or was.
    pub(super) fn leave_out(&mut self, pod: Pod, node: Option<Arc<str>>) {
        self.absent.push(AbsentPod::of(pod, node));
    }

    /// The part of a span that stands on its first line: a mapping's key, a list entry's first field.
    pub(super) fn first_line(&self, span: Span) -> Span {
        let text = self.parsed.sources.get(span.source.0 as usize).map_or("", |source| &*source.text);
        let text = text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let line = text.lines().next().unwrap_or_default().trim_end();
        Span { end: span.start + line.len() as u32, ..span }
    }

    /// An object's `metadata.name`; without one, the object's first line.
    pub(super) fn name_span(&self, whole: Span, metadata: &Metadata) -> Span {
        metadata.name.as_ref().map_or_else(|| self.first_line(whole), |name| name.span)
    }

    /// Reads an address; a bad one is reported.
    pub(super) fn ip(&mut self, text: &Spanned<Arc<str>>, path: &str, object: &ObjectRef) -> Option<IpAddr> {
        self.read(text, path, object, codes::INVALID_IP, |text| text.parse().ok())
    }

    /// Reads a CIDR; a bad one is reported. Blanks around it are trimmed, as kube-proxy does for source ranges.
    pub(super) fn cidr(&mut self, text: &Spanned<Arc<str>>, path: &str, object: &ObjectRef) -> Option<IpNet> {
        self.read(text, path, object, codes::INVALID_CIDR, |text| text.trim().parse().ok())
    }

    fn read<T>(
        &mut self,
        text: &Spanned<Arc<str>>,
        path: &str,
        object: &ObjectRef,
        code: CodeInfo,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let value = parse(text);
        if value.is_none() {
            let found = self.finding(code, text.span, object).arg("path", path).arg("value", &*text.value);
            self.report(found);
        }
        value
    }

    /// Reads a port number, 1 to 65535; a bad one is reported.
    pub(super) fn port(&mut self, number: &Spanned<i64>, path: &str, object: &ObjectRef) -> Option<Port> {
        let port = u16::try_from(number.value).ok().filter(|port| *port > 0).map(Port);
        if port.is_none() {
            let found = self.finding(codes::INVALID_PORT, number.span, object);
            self.report(found.arg("path", path).arg("value", number.value.to_string()));
        }
        port
    }

    /// Reads one of a field's words; a bad one is reported.
    pub(super) fn choice<T: Copy>(
        &mut self,
        text: &Spanned<Arc<str>>,
        path: &str,
        object: &ObjectRef,
        known: &[(&str, T)],
    ) -> Option<T> {
        let found = known.iter().find(|(word, _)| *word == &*text.value).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = known.iter().map(|(word, _)| *word).filter(|word| !word.is_empty()).collect();
            let finding = self.finding(codes::INVALID_CHOICE, text.span, object).arg("path", path);
            self.report(finding.arg("value", &*text.value).arg("expected", words.join(", ")));
        }
        found
    }

    /// Reads a protocol; absent is TCP.
    pub(super) fn protocol(
        &mut self,
        text: Option<&Spanned<Arc<str>>>,
        path: &str,
        object: &ObjectRef,
    ) -> Option<Protocol> {
        let known = [("TCP", Protocol::Tcp), ("UDP", Protocol::Udp), ("SCTP", Protocol::Sctp)];
        text.map_or(Some(Protocol::Tcp), |text| self.choice(text, path, object, &known))
    }
}

/// Namespace and name of a namespaced object; without a namespace it is in `default`.
pub(super) fn name_of(object: &ObjectRef) -> NamespacedName {
    NamespacedName {
        namespace: object.namespace.clone().unwrap_or_else(|| Arc::from("default")),
        name: object.name.clone(),
    }
}
