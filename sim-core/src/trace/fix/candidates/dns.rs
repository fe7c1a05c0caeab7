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
    forwards(search);
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

/// A Corefile that asks the node's own servers in place of itself, or of a server that does not answer.
fn forwards(search: &mut Search<'_>) {
    let model = search.model;
    let Some(why) = search.journey.outcome.why.as_ref() else { return };
    if !matches!(why.code, "corefile-loop" | "upstream-lost") {
        return;
    }
    let Some(line) = why.field.as_ref().and_then(|field| field.at.as_ref()).map(|at| at.line) else { return };
    let corefile = &model.cluster.corefile;
    let text = model.parsed.objects.iter().find_map(|object| match object {
        Object::ConfigMap(map) if &*map.object.name == "coredns" => {
            Some((&map.object, map.value.data.get("Corefile")?))
        }
        _ => None,
    });
    let (Some((object, text)), Some(first)) = (text, corefile.at.as_ref().filter(|_| corefile.own_lines)) else {
        return;
    };
    let Some(at) = line.checked_sub(first.line) else { return };
    let changed = text.value.lines().enumerate().map(|(number, own)| {
        let mut words = own.split_whitespace();
        match (words.next(), words.next()) {
            (Some("forward"), Some(zone)) if number as u32 == at => {
                let indent = own.len() - own.trim_start().len();
                let end = if own.trim_end().ends_with('{') { " {" } else { "" };
                format!("{}forward {zone} /etc/resolv.conf{end}", " ".repeat(indent))
            }
            _ => own.to_owned(),
        }
    });
    let changed = changed.collect::<Vec<_>>().join("\n") + "\n";
    search.set(Field::new(object, "data.Corefile"), Content::text(&changed));
}
