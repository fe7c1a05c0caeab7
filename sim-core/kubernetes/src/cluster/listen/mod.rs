//! Who listens: what command lines, variables, images, declared ports, probes, Services and slices tell of a Pod's processes.
//!
//! A declared `containerPort` is information only: the process decides. What names a port is believed in this order: the Scenario,
//! `command` and `args`, the environment, slices of the input, declared ports, probes; then what is known of programs and images; last
//! what a Service sends to Pods of which nothing else is known.

mod address;
mod combine;
mod command;
mod directive;
mod environment;
mod flag;
mod image;
mod program;
mod report;
mod scenario;
mod services;
mod words;

pub(super) use combine::{of_container, of_spec};
pub(super) use image::path as image_path;
pub(super) use report::report;
pub(super) use scenario::{entries, said, scenarios, unread};
pub(super) use services::{slices, targets};

use super::listener::{Bind, Evidence, EvidenceKind};
use super::model::Pod;
use std::sync::Arc;

/// A system Pod that is assumed listens on what it is assumed to.
pub(super) fn system(pod: &mut Pod) {
    for (at, container) in pod.containers.iter().enumerate() {
        for (index, port) in container.ports.iter().enumerate() {
            let because = Evidence {
                kind: EvidenceKind::System,
                text: port.port.to_string().into(),
                field: Arc::from(format!("spec.containers[{at}].ports[{index}]")),
                object: None,
                location: None,
                span: Default::default(),
            };
            pod.listening.add(&container.name, port.protocol, port.port, Bind::Any, because);
        }
    }
}

#[cfg(test)]
mod tests;
