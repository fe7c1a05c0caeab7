//! An input without anything of Kubernetes: its Docker hosts, and no cluster.

use super::context::Context;
use super::evidence::Evidence;
use super::model::{Acting, Cluster};
use super::options::Options;
use super::{Decided, dns, docker, given, lan, listen, settings};
use crate::diagnostic::codes;
use crate::origin::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Decides the hosts. The settings of a cluster are those of none: nothing is said of them.
pub(super) fn decide(mut context: Context<'_>, options: &Options) -> Decided {
    let mut aside = Context::new(context.parsed, &context.budget);
    aside.plugins = context.plugins;
    let evidence = Evidence::of(&mut aside);
    let mut settings = settings::decide(&mut aside, &evidence, options).settings;
    let corefile = dns::corefile(&aside, &settings);
    listen::said(&mut context, &mut []);
    listen::unread(&mut context);
    let mut lan = lan::Lan::read(&mut context);
    let mut segments = lan.alone();
    let mut hosts = lan::decide(&mut context, options, &mut lan, &[], &mut segments);
    let given = given::decide(&context, options, &[], &mut segments, &mut hosts);
    let taken: BTreeSet<IpAddr> = hosts.iter().map(|host| host.ip).collect();
    let docker = docker::decide(&mut context, options, &lan, (&mut segments, &taken), None, &mut []);
    let routers = lan::routers(&mut context, options, &lan, &mut segments, &mut hosts);
    lan.check(&mut context, &[], &hosts, &docker);
    if let Some(first) = segments.first() {
        (settings.lan, settings.gateway) = (first.cidr, first.gateway);
    }
    let Context { mut diagnostics, assumptions, dropped, absent, refused, .. } = context;
    if dropped > 0 {
        diagnostics.push(codes::MORE_FINDINGS.at(Span::default()).arg("count", dropped.to_string()));
    }
    let cluster = Cluster {
        timeline: Vec::new(),
        lagging: Default::default(),
        outage: context.parsed.held.outage.clone(),
        had_pods: Default::default(),
        settings,
        dns_wanted: false,
        balancers_wanted: false,
        nodes: Vec::new(),
        segments,
        routers,
        said: BTreeMap::new(),
        hosts,
        given,
        docker,
        namespaces: Vec::new(),
        pods: Vec::new(),
        absent,
        refused,
        services: Vec::new(),
        endpoints: Vec::new(),
        corefile,
        node_cache: None,
        fronts: Default::default(),
        policies: Default::default(),
        assumptions,
        acting: Acting::default(),
    };
    Decided { cluster, diagnostics }
}
