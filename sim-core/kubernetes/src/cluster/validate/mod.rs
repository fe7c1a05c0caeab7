//! What the API server refuses, warns of or allocates otherwise, and what kube-proxy refuses to start with.
//!
//! Followed are `pkg/apis/{core,apps,batch,discovery}/validation`, `pkg/api/{service,pod}/warnings.go` and
//! `pkg/proxy/apis/config/validation`. Each finding stands at the field it is about. An object with an error is not there: a
//! workload makes no Pods, a Service has no address; nothing else is lost with it.

mod config;
mod containers;
mod cron;
pub(super) mod labels;
mod names;
mod pods;
mod report;
mod service;
mod slice;
mod workload;

use super::context::Context;
use super::model::Settings;
use super::nodes::Candidate;
use crate::manifest::objects::{Metadata, Object};
use crate::origin::ObjectRef;
use names::Form;
use report::form_of;

/// Looks at every object of the input.
pub(super) fn check(context: &mut Context<'_>, settings: &Settings, nodes: &[Candidate]) {
    let known = slice::Known::of(context, nodes);
    let by_name = pods::Nodes::of(nodes);
    for object in &context.parsed.objects {
        if !context.may(1, 0) {
            return;
        }
        if let Some(metadata) = object.metadata() {
            name_of(context, metadata, form(object), object.object());
        }
        match object {
            Object::Service(document) => service::check(context, settings, document),
            Object::EndpointSlice(document) => slice::check(context, &known, document),
            Object::KubeProxyConfiguration(document) => config::check(context, document),
            Object::Pod(document) => pods::check(context, &by_name, document),
            Object::Deployment(document) => workload::deployment(context, document),
            Object::ReplicaSet(document) => workload::replica_set(context, document),
            Object::DaemonSet(document) => workload::daemon_set(context, document),
            Object::StatefulSet(document) => workload::stateful_set(context, document),
            Object::Job(document) => workload::job(context, document),
            Object::CronJob(document) => workload::cron_job(context, document),
            _ => {}
        }
    }
    pods::unique(context);
}

/// The form of an object's name, for kinds the API server keeps.
fn form(object: &Object) -> Form {
    match object {
        Object::Service(_) => Form::Label1035,
        Object::Namespace(_) => Form::Label,
        _ => Form::Subdomain,
    }
}

fn name_of(context: &mut Context<'_>, metadata: &Metadata, form: Form, object: &ObjectRef) {
    labels::labels(context, &metadata.labels, "metadata.labels", object);
    labels::annotations(context, &metadata.annotations, "metadata.annotations", object);
    if let Some(name) = &metadata.name {
        form_of(context, name, form, "metadata.name", object);
    }
    if let Some(namespace) = metadata.namespace.as_ref().filter(|namespace| !namespace.value.is_empty()) {
        form_of(context, namespace, Form::Label, "metadata.namespace", object);
    }
}

#[cfg(test)]
mod tests;
