//! Where a Pod's resolver asks.

use super::search::Search;
use crate::agents::kubelet;
use crate::trace::fix::kind::FixKind;
use crate::trace::journey::{OutcomeKind, Source};
use crate::trace::why::Field;
use kubernetes::cluster::Options;
use kubernetes::cluster::model::DnsPolicy;
use kubernetes::edit::Content;
use kubernetes::manifest::objects::Object;

pub(super) fn changes(search: &mut Search<'_>) {
    let model = search.model;
    let outcome = &search.journey.outcome;
    if matches!(outcome.kind, OutcomeKind::AnswerNotRecognised)
        || outcome.why.as_ref().is_some_and(|why| why.code == "bridge-nf")
    {
        search.options(FixKind::BridgeNf, Options { bridge_nf: Some(true), ..model.options.clone() });
    }
    if search.name.is_empty() {
        return;
    }
    let Source::Pod(id) = search.journey.probe.from else { return };
    let Some(pod) = search.pod(id) else { return };
    let Some(maker) = search.maker(pod) else { return };
    let policy = maker.field("spec.dnsPolicy");
    match pod.dns_policy {
        DnsPolicy::ClusterFirst if pod.host_network => {
            search.set(policy, Content::text("ClusterFirstWithHostNet"));
            search.remove(maker.field("spec.hostNetwork"));
        }
        DnsPolicy::Default | DnsPolicy::None => {
            let word = if pod.host_network { "ClusterFirstWithHostNet" } else { "ClusterFirst" };
            if !pod.host_network {
                search.remove(policy.clone());
            }
            search.set(policy, Content::text(word));
        }
        _ => {}
    }
    let zone = model
        .cluster
        .corefile
        .domains()
        .next()
        .filter(|_| outcome.why.as_ref().is_some_and(|why| why.code == "zone-differs"));
    for object in &model.parsed.objects {
        if let (Object::KubeletConfiguration(document), Some(zone)) = (object, zone) {
            search.set(Field::new(&document.object, "clusterDomain"), Content::text(zone));
        }
    }
    let address = kubelet::cluster_dns(&model.cluster);
    if let Some(address) = address {
        let text = Content::text(&address.to_string());
        if maker.spec.dns_config.is_some() {
            search.remove(maker.field("spec.dnsConfig"));
            let servers = maker.field("spec.dnsConfig.nameservers");
            search.set(servers, Content::List(vec![text.clone()]));
        }
        for object in &model.parsed.objects {
            if let Object::KubeletConfiguration(document) = object {
                search.set(Field::new(&document.object, "clusterDNS"), Content::List(vec![text.clone()]));
                search.remove(Field::new(&document.object, "clusterDNS"));
            }
        }
    }
}
