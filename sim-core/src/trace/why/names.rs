//! Why a name was not resolved.

use super::codes;
use super::failed::{Failed, Lost, not_recognised, pod_field, service_field};
use super::field::{Field, Why};
use super::input::{self, makers};
use super::service::usable;
use super::{endpoints, listener, plugin, service, spelled};
use crate::dns::{RecordType, resolver, zone};
use crate::trace::journey::{Leg, Purpose, Source};
use crate::trace::lookup::resolv_conf;
use crate::trace::probe_text::{edits, is_near};
use kernel::walk::End;
use kubernetes::cluster::model::{DnsPolicy, Pod, Service, ServiceId};
use kubernetes::manifest::objects::{IntOrString, Object};
use kubernetes::origin::Component;

fn source<'j>(failed: Failed<'j>) -> Option<&'j Pod> {
    match failed.probe.from {
        Source::Pod(id) => failed.model.cluster.pods.get(id.0 as usize),
        _ => None,
    }
}

/// CoreDNS ends at each start: its Corefile forwards to itself.
fn ended(failed: Failed<'_>) -> Option<Why> {
    let cluster = &failed.model.cluster;
    let file = cluster.corefile.at.as_ref()?;
    let (pod, at) = cluster.pods.iter().filter(|pod| crate::dns::is_coredns(pod)).find_map(|pod| {
        let obstacle = pod.state.obstacle.as_ref().filter(|own| &*own.reason == "CrashLoopBackOff")?;
        let at = obstacle.at.clone().filter(|at| at.file == file.file && &*pod.origin.object.kind != "Pod")?;
        Some((pod, at))
    })?;
    let object = kubernetes::origin::ObjectRef {
        kind: "ConfigMap".into(),
        namespace: Some("kube-system".into()),
        name: "coredns".into(),
    };
    let field = Field { object, path: "data.Corefile".into(), at: Some(at) };
    Some(Why::new(codes::COREFILE_LOOP).arg("pod", &pod.name).at(field).by(Component::CoreDns))
}

/// No server, or none that answers.
pub(super) fn no_answer(failed: Failed<'_>) -> Option<Why> {
    let model = failed.model;
    let cluster = &model.cluster;
    let pod = source(failed);
    let conf = resolv_conf(model, &failed.probe.from);
    let dns = crate::agents::kubelet::cluster_dns_service(cluster);
    let address =
        dns.and_then(|id| cluster.services.get(id.0 as usize)?.cluster_ips.iter().copied().find(|ip| ip.is_ipv4()));
    if let Some(pod) = pod
        && !address.is_some_and(|address| conf.nameservers.contains(&address))
    {
        if let Some(why) = policy(pod) {
            return Some(why);
        }
        if let (Some(server), Some((object, _))) = (conf.nameservers.first(), kubelet(failed)) {
            let service = dns.and_then(|id| cluster.services.get(id.0 as usize));
            let why = Why::new(codes::KUBELET_DNS).arg("server", server).by(Component::Kubelet);
            let why = why.arg("service", service.map(|service| service.name.to_string()).unwrap_or_default());
            let why = why.arg("address", address.map(|ip| ip.to_string()).unwrap_or_default());
            return Some(why.at(object).against(dns.and_then(|id| service_field(model, id, "spec.clusterIP"))));
        }
        if dns.is_none() {
            return Some(Why::new(codes::NO_DNS_SERVICE).by(Component::Kubelet));
        }
    }
    if let Some(why) = ended(failed).filter(|_| address.is_some_and(|address| conf.nameservers.contains(&address))) {
        return Some(why);
    }
    // The question got lost as any packet may; of the last one asked, what was lost first decides.
    let last = failed.legs.iter().filter_map(|leg| leg.lookup).max()?;
    let of_last = failed.legs.iter().filter(|leg| leg.lookup == Some(last));
    let leg = of_last.clone().find(|leg| matches!(leg.end, End::Dropped { .. }))?;
    let End::Dropped { netns, reason } = &leg.end else { return None };
    if leg.purpose != Purpose::DnsQuery {
        return not_recognised(failed, leg);
    }
    // A name server's question to another goes elsewhere than the client's.
    let to = leg.hops.first()?.before.packet.destination();
    let protocol = leg.hops.first()?.before.packet.protocol();
    let lost = Lost { failed, to, protocol, leg, netns: *netns, reason };
    let by_config = pod.filter(|pod| pod.dns_config.nameservers.contains(&to.ip())).map(|pod| {
        let why = Why::new(codes::DNS_CONFIG).arg("pod", &pod.name).arg("server", to.ip()).by(Component::Kubelet);
        why.at(pod_field(pod, "spec.dnsConfig.nameservers"))
    });
    by_config.or_else(|| service::lost(lost)).or_else(|| listener::lost(lost, None))
}

/// What a Pod's own policy says about its name servers.
fn policy(pod: &Pod) -> Option<Why> {
    let why = |code| Why::new(code).arg("pod", &pod.name).by(Component::Kubelet).at(pod_field(pod, "spec.dnsPolicy"));
    match pod.dns_policy {
        DnsPolicy::ClusterFirst if pod.host_network => {
            Some(why(codes::HOST_NETWORK_DNS).against(pod_field(pod, "spec.hostNetwork")))
        }
        DnsPolicy::ClusterFirst | DnsPolicy::ClusterFirstWithHostNet => None,
        DnsPolicy::Default => Some(why(codes::DNS_POLICY).arg("policy", "Default")),
        DnsPolicy::None => {
            let at =
                if pod.dns_config.nameservers.is_empty() { "spec.dnsPolicy" } else { "spec.dnsConfig.nameservers" };
            Some(why(codes::DNS_POLICY).arg("policy", "None").at(pod_field(pod, at)))
        }
    }
}

/// A policy that keeps the Pod from asking the cluster's name server, which knows the name.
pub(super) fn hidden(failed: Failed<'_>) -> Option<Why> {
    let name = crate::trace::names::asked(failed.probe)?;
    let Some(pod) = source(failed) else {
        // Nodes and hosts outside ask their own name servers, whatever the cluster's would say.
        let first = name.split('.').next().unwrap_or(name);
        let ours = failed.model.cluster.services.iter().any(|service| &*service.name.name == first);
        return ours.then(|| Why::new(codes::NOT_FROM_A_POD).arg("name", name));
    };
    let why = policy(pod)?;
    let ours = Pod { dns_policy: DnsPolicy::ClusterFirstWithHostNet, dns_config: Default::default(), ..pod.clone() };
    let conf = crate::agents::kubelet::resolv_conf(&failed.model.cluster, &ours);
    let knows = |candidate: resolver::Candidate| {
        let found = zone::answer(&failed.model.cluster, &candidate.name, RecordType::A);
        found.leans.is_empty() && found.records.iter().any(|record| record.kind == RecordType::A)
    };
    resolver::candidates(&conf, name).into_iter().any(knows).then_some(why)
}

/// CoreDNS answers for another zone than the one in the search list.
pub(super) fn zone_differs(failed: Failed<'_>) -> Option<Why> {
    let cluster = &failed.model.cluster;
    let search = &cluster.settings.dns_domain;
    let mut domains = cluster.corefile.domains();
    if domains.clone().any(|domain| domain.eq_ignore_ascii_case(search)) {
        return None;
    }
    let domain = domains.next()?;
    let at = cluster.corefile.at.clone()?;
    let object = kubernetes::origin::ObjectRef {
        kind: "ConfigMap".into(),
        namespace: Some("kube-system".into()),
        name: "coredns".into(),
    };
    let field = Field { object, path: "data.Corefile".into(), at: Some(at) };
    let why = Why::new(codes::ZONE_DIFFERS).arg("zone", domain).arg("search", search);
    // Who said otherwise than the usual has to look first.
    let kubelet = failed.model.parsed.objects.iter().find_map(|object| match object {
        Object::KubeletConfiguration(document) => {
            let said = document.value.cluster_domain.as_ref()?;
            let at = failed.model.parsed.locate(said.span);
            Some(Field { at, ..Field::new(&document.object, "clusterDomain") })
        }
        _ => None,
    });
    Some(match kubelet {
        Some(kubelet) => why.at(kubelet).against(field).by(Component::Kubelet),
        None => why.at(field).by(Component::CoreDns),
    })
}

/// A Service that is only another name for one outside.
pub(super) fn aliased(failed: Failed<'_>) -> Option<Why> {
    let model = failed.model;
    let cluster = &model.cluster;
    let answered = failed.lookups.iter().find_map(|lookup| {
        let object = &lookup.origin.as_ref()?.object;
        let id = cluster.service_named(object.namespace.as_deref().unwrap_or("default"), &object.name)?;
        Some((id, cluster.services.get(id.0 as usize)?)).filter(|_| &*object.kind == "Service")
    });
    // An alias that is an address is not answered at all.
    let asked = || {
        let (labels, own) = (labels(failed)?, own_namespace(failed));
        let (name, namespace) = (labels.first()?, labels.get(1).map_or(own, String::as_str));
        let id = cluster.service_named(namespace, name).filter(|_| labels.len() <= 2)?;
        Some((id, cluster.services.get(id.0 as usize)?))
    };
    let (id, service) = answered.or_else(asked)?;
    let target = service.external_name.as_ref()?;
    let why = |code| {
        let why = Why::new(code).arg("service", &service.name).arg("target", target).by(Component::CoreDns);
        why.at(service_field(model, id, "spec.externalName"))
    };
    let near = spelled::target(failed, &service.name.namespace, target);
    if let Some((other, name)) = near.filter(|(_, name)| !target.trim_end_matches('.').eq_ignore_ascii_case(name)) {
        let field = service_field(model, other, "metadata.name");
        return Some(why(codes::EXTERNAL_NAME_NEAR).arg("suggestion", name).against(field));
    }
    // A name of the cluster is missing for a reason of its own.
    let own = source(failed).map_or("default", |pod| &*pod.name.namespace);
    let labels = within_zone(failed, target);
    let inner = labels.as_deref().and_then(|labels| named(failed, labels, own)).and_then(|inner| inner.field);
    let code = match labels.as_deref() {
        Some([name, namespace]) if cluster.service_named(namespace, name).is_none() => codes::EXTERNAL_NAME_MISSING,
        _ => codes::EXTERNAL_NAME,
    };
    Some(why(code).against(inner))
}

/// A Service that is only another name, with a port that was meant to be mapped: the port that was dialled is asked of the target.
pub(super) fn mapped_alias(lost: Lost<'_>) -> Option<Why> {
    let model = lost.failed.model;
    let objects: Vec<_> =
        lost.failed.lookups.iter().filter_map(|lookup| lookup.origin.as_ref()).map(|origin| &origin.object).collect();
    model.parsed.objects.iter().find_map(|object| {
        let Object::Service(document) = object else { return None };
        let spec = &document.value.spec;
        let target = spec.external_name.as_ref().filter(|_| objects.contains(&&document.object))?;
        let dialled = i64::from(lost.to.port());
        spec.ports.iter().enumerate().find_map(|(at, port)| {
            let IntOrString::Int(to) = port.value.target_port.as_ref()?.value else { return None };
            let meant = port.value.port.as_ref()?.value == dialled && to != dialled;
            meant.then(|| {
                let why = Why::new(codes::EXTERNAL_NAME_PORTS).arg(
                    "service",
                    format!("{}/{}", document.object.namespace.as_deref().unwrap_or("default"), document.object.name),
                );
                let why = why.arg("target", &*target.value).arg("port", dialled).arg("to", to);
                why.at(Field::new(&document.object, format!("spec.ports[{at}].targetPort").as_str()))
                    .by(Component::CoreDns)
            })
        })
    })
}

/// CoreDNS had to ask a server that does not answer it.
pub(super) fn upstream(failed: Failed<'_>) -> Option<Why> {
    let numbered = failed.lookups.iter().enumerate();
    let (index, lookup, lost) = numbered.rev().find_map(|(at, lookup)| Some((at as u32, lookup, lookup.lost?)))?;
    // What became of its question, as of any packet.
    let mut legs = failed.legs.iter().filter(|leg| leg.lookup == Some(index));
    let asked = |leg: &Leg| leg.hops.first().is_some_and(|hop| hop.before.packet.destination() == lost.server);
    let leg = legs.find(|leg| leg.purpose == Purpose::DnsQuery && leg.parent.is_some() && asked(leg));
    let behind = leg.and_then(|leg| {
        let End::Dropped { netns, reason } = &leg.end else { return None };
        let protocol = leg.hops.first()?.before.packet.protocol();
        let lost = self::Lost { failed, to: lost.server, protocol, leg, netns: *netns, reason };
        plugin::lost(lost).or_else(|| service::lost(lost)).or_else(|| listener::lost(lost, None))
    });
    let object = kubernetes::origin::ObjectRef {
        kind: "ConfigMap".into(),
        namespace: Some("kube-system".into()),
        name: "coredns".into(),
    };
    let Some(at) = failed.model.cluster.corefile.place(lost.line) else {
        // Nobody said whom to ask.
        let why = Why::new(codes::UPSTREAM_LOST).arg("name", lookup.name.trim_end_matches('.'));
        return behind.or_else(|| Some(why.arg("server", lost.server).by(Component::CoreDns)));
    };
    let field = Field { object, path: "data.Corefile".into(), at: Some(at) };
    let why = Why::new(codes::UPSTREAM_LOST).arg("name", lookup.name.trim_end_matches('.')).arg("server", lost.server);
    Some(why.at(field).against(behind.and_then(|behind| behind.field)).by(Component::CoreDns))
}

/// A Service with IPv6 addresses only.
pub(super) fn ipv6_only(failed: Failed<'_>) -> Option<Why> {
    let object = failed.lookups.iter().rev().find_map(|lookup| lookup.origin.as_ref()).map(|origin| &origin.object)?;
    let id = failed.model.cluster.service_named(object.namespace.as_deref().unwrap_or("default"), &object.name)?;
    let service = failed.model.cluster.services.get(id.0 as usize)?;
    let why = Why::new(codes::IPV6_SERVICE).arg("service", &service.name).by(Component::CoreDns);
    Some(why.at(service_field(failed.model, id, "spec.ipFamilies")))
}

/// Where kubelet is told the name servers.
fn kubelet(failed: Failed<'_>) -> Option<(Field, String)> {
    failed.model.parsed.objects.iter().find_map(|object| match object {
        Object::KubeletConfiguration(document) => {
            let first = document.value.cluster_dns.first()?;
            let mut field = Field::new(&document.object, "clusterDNS");
            field.at = failed.model.parsed.locate(first.span);
            Some((field, first.value.to_string()))
        }
        _ => None,
    })
}

/// The name that was asked for, without the zone: labels from the left.
fn labels(failed: Failed<'_>) -> Option<Vec<String>> {
    let name = crate::trace::names::asked(failed.probe)?;
    within_zone(failed, name).or_else(|| typed(failed))
}

/// The labels of the name as it was typed.
fn typed(failed: Failed<'_>) -> Option<Vec<String>> {
    let name = crate::trace::names::asked(failed.probe)?;
    Some(name.trim_end_matches('.').to_lowercase().split('.').map(str::to_owned).collect())
}

/// The namespace that short names are looked for in.
fn own_namespace<'j>(failed: Failed<'j>) -> &'j str {
    source(failed).map_or("default", |pod| &*pod.name.namespace)
}

/// Labels of a name without the cluster's zone; `None` for a name that does not end with it.
fn within_zone(failed: Failed<'_>, name: &str) -> Option<Vec<String>> {
    let name = name.trim_end_matches('.').to_lowercase();
    let zone = format!(".svc.{}", failed.model.cluster.settings.dns_domain);
    Some(name.strip_suffix(&*zone).or_else(|| name.strip_suffix(".svc"))?.split('.').map(str::to_owned).collect())
}

/// Servers answered, and none knew the name.
pub(super) fn not_found(failed: Failed<'_>) -> Option<Why> {
    let (labels, own) = (labels(failed)?, own_namespace(failed));
    // What the zone did find, without an address.
    if let Some(why) = aliased(failed) {
        return Some(why);
    }
    spelled::form(failed, &typed(failed)?, own).or_else(|| named(failed, &labels, own))
}

/// Only servers that are not simulated could know the name, and it can be told all the same that a name of the cluster was meant.
pub(super) fn meant_inside(failed: Failed<'_>) -> Option<Why> {
    let (labels, own) = (labels(failed)?, own_namespace(failed));
    if let Some(why) = spelled::form(failed, &typed(failed)?, own) {
        return Some(why);
    }
    let [name, service, rest @ ..] = &*labels else { return None };
    let namespace = rest.first().map_or(own, String::as_str);
    if rest.len() > 1 {
        return None;
    }
    match failed.model.cluster.service_named(namespace, service) {
        Some(id) => below_service(failed, id, failed.model.cluster.services.get(id.0 as usize)?, name),
        None => below_missing(failed, &labels, own, true),
    }
}

/// A Service with an address that CoreDNS does not tell of.
fn hides(failed: Failed<'_>, service: &Service) -> Option<Why> {
    let cluster = &failed.model.cluster;
    let at = cluster.corefile.at.clone()?;
    if service.headless || service.external_name.is_some() || service.cluster_ips.is_empty() {
        return None;
    }
    let mut plugins = cluster.corefile.servers.iter().flat_map(|server| &server.kubernetes);
    if !plugins.any(|plugin| !plugin.namespaces.is_empty() || plugin.labels.is_some()) {
        return None;
    }
    let object = kubernetes::origin::ObjectRef {
        kind: "ConfigMap".into(),
        namespace: Some("kube-system".into()),
        name: "coredns".into(),
    };
    let field = Field { object, path: "data.Corefile".into(), at: Some(at) };
    Some(Why::new(codes::COREFILE_HIDES).arg("service", &service.name).at(field).by(Component::CoreDns))
}

/// Why a name of the cluster has no address.
fn named(failed: Failed<'_>, labels: &[String], own: &str) -> Option<Why> {
    let model = failed.model;
    let cluster = &model.cluster;
    let typed = labels.join(".");
    let first = labels.first()?;
    let service_of = |name: &str, namespace: &str| {
        let id = cluster.service_named(namespace, name)?;
        Some((id, cluster.services.get(id.0 as usize)?))
    };
    // NAME or NAME.NAMESPACE.
    let namespace = labels.get(1).map_or(own, String::as_str);
    if let Some((id, service)) = service_of(first, namespace).filter(|_| labels.len() <= 2) {
        return hides(failed, service).or_else(|| Some(no_address(failed, id, service)));
    }
    let refused = input::refused_named(model, "Service", namespace, first).filter(|_| labels.len() <= 2);
    if let Some((object, field)) = refused {
        let why = || Why::new(codes::OBJECT_REFUSED).arg("object", object).at(field.clone());
        return Some(input::refusal(model, object).unwrap_or_else(why));
    }
    // POD.SERVICE or POD.SERVICE.NAMESPACE.
    let below = labels.get(1).and_then(|service| {
        service_of(service, labels.get(2).map_or(own, String::as_str)).or_else(|| service_of(service, own))
    });
    if let Some((id, service)) = below
        && let Some(why) = below_service(failed, id, service, first)
    {
        return Some(why);
    }
    let searched = namespace.to_owned();
    let elsewhere = (0u32..).map(ServiceId).zip(&cluster.services);
    let mut elsewhere = elsewhere.filter(|(_, service)| labels.len() <= 2 && *service.name.name == **first).take(TRIED);
    let works = |(id, service): (ServiceId, &_)| {
        let why = other_namespace(failed, (id, service), &searched, "");
        why.args.contains_key("suggestion").then_some(why)
    };
    // One that has an address, else any.
    let any = elsewhere.clone().next();
    if let Some(why) = elsewhere.find_map(works).or_else(|| Some(other_namespace(failed, any?, &searched, ""))) {
        return Some(why);
    }
    // A name below a Service that is not there.
    if let Some(why) = below_missing(failed, labels, own, false) {
        return Some(why);
    }
    // The nearest name that works from there.
    let services = (0u32..).map(ServiceId).zip(&cluster.services);
    let near = services.filter(|(_, service)| {
        labels.len() <= 2
            && is_near(first, &service.name.name)
            && (labels.len() < 2 || at_hand(cluster, namespace, service))
    });
    let mut near: Vec<_> = near
        .map(|(id, service)| {
            let apart = *service.name.namespace != *namespace;
            (apart, edits(first, &service.name.name), id, service)
        })
        .collect();
    near.sort_by_key(|(apart, far, id, _)| (*apart, *far, *id));
    let near = near.into_iter().take(TRIED);
    let near = near.filter_map(|(.., id, service)| Some((id, spelled::from_here(failed, own, &service.name, "")?)));
    match near.take(1).next() {
        Some((id, suggestion)) => {
            let why = Why::new(codes::NEAR_NAME).arg("name", typed).arg("suggestion", suggestion);
            Some(why.by(Component::CoreDns).at(service_field(model, id, "metadata.name")))
        }
        // Nothing is near: a Pod of that name without a Service, or a text that could not be read.
        None => Some(nothing(failed, first, namespace, &typed)),
    }
}

/// The Service of the name is in another namespace than the one that was looked in; `below` stands before it, with a dot behind.
fn other_namespace(failed: Failed<'_>, (id, service): (ServiceId, &Service), searched: &str, below: &str) -> Why {
    let name = &service.name;
    let works = spelled::from_here(failed, own_namespace(failed), name, below);
    let called = works.clone().unwrap_or_else(|| format!("{below}{}.{}", name.name, name.namespace));
    let why = Why::new(codes::OTHER_NAMESPACE).arg("name", &name.name).arg("namespace", &name.namespace);
    let why = why.arg("searched", searched).arg("called", called).by(Component::CoreDns);
    let why = why.at(service_field(failed.model, id, "metadata.namespace"));
    works.into_iter().fold(why, |why, name| why.arg("suggestion", name))
}

/// Names that are tried before they are suggested, at most.
const TRIED: usize = 6;

/// True for a Service of the namespace that was named, or, where that is none, of one with nearly that name.
fn at_hand(cluster: &kubernetes::cluster::model::Cluster, namespace: &str, service: &Service) -> bool {
    *service.name.namespace == *namespace
        || (!cluster.namespaces.iter().any(|have| **have == *namespace) && is_near(namespace, &service.name.namespace))
}

/// POD.SERVICE, where no Service is called so: the one with nearly that name, or the Pods that say it.
/// With `said` only where Pods say it.
fn below_missing(failed: Failed<'_>, labels: &[String], own: &str, said: bool) -> Option<Why> {
    let model = failed.model;
    let [name, governing, rest @ ..] = labels else { return None };
    let namespace = rest.first().map_or(own, String::as_str);
    let is_namespace = model.cluster.namespaces.iter().any(|namespace| **namespace == **governing);
    if model.cluster.service_named(namespace, governing).is_some() || (rest.is_empty() && is_namespace) {
        return None;
    }
    let says = makers(model).filter(|maker| maker.namespace() == namespace).find_map(|maker| {
        let subdomain = maker.spec.subdomain.as_ref().is_some_and(|own| *own.value == **governing);
        let service = input::service_name(model, maker.object).is_some_and(|own| own == governing);
        let path = if service { "spec.serviceName" } else { "spec.subdomain" };
        let field = if service { Field::new(maker.object, path) } else { maker.field(path) };
        (subdomain || service).then_some((maker, field))
    });
    if said && says.is_none() {
        return None;
    }
    let refused = input::refused_named(model, "Service", namespace, governing);
    if let Some(why) = refused.and_then(|(object, _)| input::refusal(model, object)) {
        return Some(why);
    }
    let elsewhere = model.cluster.services.iter().position(|service| *service.name.name == **governing);
    let below = format!("{name}.");
    if let (Some(at), true) = (elsewhere, says.is_some() || rest.is_empty())
        && let Some(service) = model.cluster.services.get(at)
    {
        let why = other_namespace(failed, (ServiceId(at as u32), service), namespace, &below);
        return Some(why.against(says.map(|(_, field)| field)));
    }
    let near = (0u32..).map(ServiceId).zip(&model.cluster.services);
    let near = near.filter(|(_, service)| &*service.name.namespace == namespace && !service.origin.assumed);
    let selects = |service: &Service| says.as_ref().is_some_and(|(maker, _)| maker.has(&service.selector));
    let near = near.map(|(id, service)| (edits(&service.name.name, governing), !selects(service), id, service));
    let near =
        near.filter(|(_, apart, _, service)| is_near(governing, &service.name.name) || (!apart && says.is_some()));
    let near = near.min_by_key(|(far, apart, id, _)| (*apart, *far, *id));
    let own_field = near.as_ref().and_then(|(_, _, id, _)| service_field(model, *id, "metadata.name"));
    let suggestion = near.and_then(|(.., service)| spelled::from_here(failed, own, &service.name, &below));
    if let Some(suggestion) = suggestion {
        let why = Why::new(codes::NEAR_NAME).arg("name", labels.join(".")).by(Component::CoreDns);
        let why = why.arg("suggestion", suggestion);
        return Some(why.at(own_field).against(says.map(|(_, field)| field)));
    }
    let (maker, field) = says?;
    let why = Why::new(codes::NAME_WITHOUT_SERVICE).arg("name", governing).arg("object", maker.object);
    Some(why.at(field).against(own_field).by(Component::CoreDns))
}

fn nothing(failed: Failed<'_>, first: &str, namespace: &str, typed: &str) -> Why {
    let model = failed.model;
    let maker = makers(model).find(|maker| {
        let labelled = maker.labels.values().any(|value| **value == *first);
        maker.namespace() == namespace && (*maker.object.name == *first || labelled)
    });
    // The Service of those Pods has another name.
    let other = maker.and_then(|maker| {
        let mut all = (0u32..).map(ServiceId).zip(&model.cluster.services);
        all.find(|(_, service)| &*service.name.namespace == namespace && maker.has(&service.selector))
    });
    let own = own_namespace(failed);
    let other = other.and_then(|(id, service)| Some((id, spelled::from_here(failed, own, &service.name, "")?)));
    if let Some((id, suggestion)) = other {
        let why = Why::new(codes::NEAR_NAME).arg("name", typed).arg("suggestion", suggestion);
        return why.at(service_field(model, id, "metadata.name")).by(Component::CoreDns);
    }
    if let Some(maker) = maker {
        let why = Why::new(codes::NAME_WITHOUT_SERVICE).arg("name", typed).arg("object", maker.object);
        return why.at(Field::new(maker.object, "metadata.name")).by(Component::CoreDns);
    }
    if let Some(at) = input::unread(model) {
        let object = kubernetes::origin::ObjectRef { kind: "Service".into(), namespace: None, name: first.into() };
        return Why::new(codes::UNREAD_DOCUMENT).at(Field { object, path: Default::default(), at: Some(at) });
    }
    Why::new(codes::NO_SUCH_NAME).arg("name", typed).by(Component::CoreDns)
}

/// The Service is there, and its name has no address: headless without a ready endpoint.
fn no_address(failed: Failed<'_>, id: ServiceId, service: &Service) -> Why {
    let model = failed.model;
    if service.ports.is_empty() {
        return endpoints::portless(model, id);
    }
    let index = service.ports.iter().position(|port| usable(&model.cluster, id, port).next().is_none());
    endpoints::none(model, id, index.unwrap_or_default())
}

/// A name below a Service: which Pod was meant.
fn below_service(failed: Failed<'_>, id: ServiceId, service: &Service, name: &str) -> Option<Why> {
    let model = failed.model;
    let here = |pod: &&Pod| pod.name.namespace == service.name.namespace;
    let hostname = |pod: &&Pod| *pod.name.name == *name || pod.hostname.as_deref() == Some(name);
    let selects = |pod: &&Pod| {
        !service.selector.is_empty() && service.selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
    };
    // The Pod that nearly has the name.
    let near = model.cluster.pods.iter().filter(here).filter(selects).filter(|pod| &*pod.origin.object.kind == "Pod");
    let near = near.filter_map(|pod| Some((edits(pod.hostname.as_deref()?, name), pod)));
    let near = near.filter(|(far, pod)| *far > 0 && *far <= 3 && pod.subdomain.as_ref() == Some(&service.name.name));
    let exact = model.cluster.pods.iter().filter(here).find(hostname);
    if let (None, Some((_, pod))) = (exact, near.min_by_key(|(far, pod)| (*far, pod.name.clone()))) {
        let why = Why::new(codes::POD_SUBDOMAIN).arg("pod", &pod.name).arg("name", name);
        let why = why.arg("service", &service.name.name).by(Component::CoreDns);
        return Some(why.at(pod_field(pod, "spec.hostname")));
    }
    let Some(pod) = exact else {
        if let Some(why) = ordinal(failed, id, service, name) {
            return Some(why);
        }
        // Its Pods are not there: the Service says why.
        let empty = model
            .cluster
            .endpoints
            .get(id.0 as usize)
            .is_none_or(|lists| lists.iter().all(|list| list.endpoints.iter().all(|endpoint| !endpoint.ready)));
        return empty.then(|| no_address(failed, id, service));
    };
    let selected = service.selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value));
    if !selected || service.selector.is_empty() {
        return Some(no_address(failed, id, service));
    }
    if pod.subdomain.as_ref() != Some(&service.name.name) {
        let object = &pod.origin.object;
        if &*object.kind == "StatefulSet" {
            let why = Why::new(codes::STATEFUL_SERVICE_NAME).arg("workload", object).arg("name", &service.name.name);
            let why = why.arg("given", pod.subdomain.as_deref().unwrap_or("–")).by(Component::CoreDns);
            return Some(why.at(Field::new(object, "spec.serviceName")).against(service_field(
                model,
                id,
                "metadata.name",
            )));
        }
        let why =
            Why::new(codes::POD_SUBDOMAIN).arg("pod", &pod.name).arg("name", name).arg("service", &service.name.name);
        return Some(why.at(pod_field(pod, "spec.subdomain")).by(Component::CoreDns));
    }
    if pod.hostname.as_deref() != Some(name) {
        let why =
            Why::new(codes::POD_SUBDOMAIN).arg("pod", &pod.name).arg("name", name).arg("service", &service.name.name);
        return Some(why.at(pod_field(pod, "spec.hostname")).by(Component::CoreDns));
    }
    Some(no_address(failed, id, service))
}

/// A Pod of a StatefulSet by a number that it does not have.
fn ordinal(failed: Failed<'_>, id: ServiceId, service: &Service, name: &str) -> Option<Why> {
    let model = failed.model;
    let (stem, number) = name.rsplit_once('-')?;
    let number: i64 = number.parse().ok()?;
    let maker = makers(model).find(|maker| {
        *maker.object.name == *stem
            && maker.namespace() == &*service.name.namespace
            && input::service_name(model, maker.object).is_some_and(|own| *own == *service.name.name)
    })?;
    let (first, count) = input::ordinals(model, maker.object)?;
    if (first..first.saturating_add(count)).contains(&number) {
        return None;
    }
    let last = first.saturating_add(count).saturating_sub(1);
    let pods = match count {
        0 => "–".to_owned(),
        1 => format!("{stem}-{first}"),
        2 => format!("{stem}-{first}, {stem}-{last}"),
        _ => format!("{stem}-{first} … {stem}-{last}"),
    };
    let why = Why::new(codes::NO_SUCH_ORDINAL).arg("name", name).arg("workload", maker.object);
    let why = why.arg("replicas", count).arg("pods", pods).by(Component::CoreDns);
    let path = if number < first { "spec.ordinals.start" } else { "spec.replicas" };
    let why = why.at(Field::new(maker.object, path)).against(service_field(model, id, "metadata.name"));
    let own = own_namespace(failed);
    match spelled::from_here(failed, own, &service.name, &format!("{stem}-{last}.")) {
        Some(suggestion) if count > 0 => Some(why.arg("suggestion", suggestion)),
        _ => Some(why),
    }
}
