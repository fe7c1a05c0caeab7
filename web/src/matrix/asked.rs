//! Which Service and port a matrix is about, and where what is behind it runs.

use crate::ask;
use kubernetes::cluster::model::{Endpoint, NodeId, NodeRole, PodId, Service, ServiceId, ServicePort, ServiceType};
use sim_core::model::Model;
use sim_core::trace::{self, ProbeError};
use std::collections::BTreeSet;

/// A port of a Service, with what is ready behind it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'m> {
    /// Where all of it is.
    pub model: &'m Model,
    /// Which Service.
    pub id: ServiceId,
    /// The Service.
    pub service: &'m Service,
    /// Its port.
    pub port: &'m ServicePort,
}

impl<'m> Asked<'m> {
    /// Reads `svc/NS/NAME`, `NS/NAME` or `NAME`, each with `:PORT` (a number or a name) or for the first port without.
    ///
    /// # Errors
    /// No such Service or port, or several of the name; what there is with it.
    pub fn read(model: &'m Model, text: &str) -> Result<Self, ProbeError> {
        let (name, port) = match text.trim().rsplit_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text.trim(), None),
        };
        let name = name.strip_prefix("svc/").or_else(|| name.strip_prefix("service/")).unwrap_or(name);
        let id = trace::service_of(model, name).map_err(|wrong| ProbeError { part: "to", ..wrong })?;
        let wrong = |code, service: Option<&Service>| ProbeError {
            part: "to",
            code,
            given: text.chars().take(200).collect(),
            candidates: service.map(|service| ports(service).collect()).unwrap_or_default(),
        };
        let service = model.cluster.services.get(id.0 as usize).ok_or_else(|| wrong("unknown-service", None))?;
        let fits = |own: &&ServicePort| port.is_none_or(|port| *own.name == *port || own.port.to_string() == port);
        let port = service.ports.iter().find(fits).ok_or_else(|| wrong("unknown-port-name", Some(service)))?;
        Ok(Self { model, id, service, port })
    }

    /// `svc/NS/NAME:PORT`.
    pub fn written(&self) -> String {
        written(self.service, self.port)
    }

    /// What is ready behind it.
    pub fn endpoints(&self) -> impl Iterator<Item = &'m Endpoint> + use<'m> {
        let port = self.port;
        let lists = self.model.cluster.endpoints.get(self.id.0 as usize).into_iter().flatten();
        let own = lists.filter(move |list| {
            list.port_name == port.name && list.protocol.is_none_or(|protocol| protocol == port.protocol)
        });
        own.flat_map(|list| &list.endpoints).filter(|endpoint| endpoint.ready)
    }

    /// Pods behind it.
    pub fn behind(&self) -> BTreeSet<PodId> {
        self.endpoints().filter_map(|endpoint| endpoint.pod).collect()
    }

    /// The first Pod behind it, one with a network of its own if there is one.
    pub fn first(&self) -> Option<PodId> {
        let pods = &self.model.cluster.pods;
        let own = |id: &PodId| pods.get(id.0 as usize).is_some_and(|pod| !pod.host_network);
        let all: Vec<PodId> = self.endpoints().filter_map(|endpoint| endpoint.pod).collect();
        all.iter().find(|id| own(id)).or(all.first()).copied()
    }

    /// The nodes that what is behind it runs on.
    pub fn busy(&self) -> BTreeSet<NodeId> {
        let cluster = &self.model.cluster;
        let of = |endpoint: &Endpoint| match endpoint.pod {
            Some(pod) => cluster.pods.get(pod.0 as usize).map(|pod| pod.node),
            None => cluster.node_named(endpoint.node.as_deref()?),
        };
        self.endpoints().filter_map(of).collect()
    }

    /// Nodes, workers first.
    pub fn nodes(&self) -> Vec<NodeId> {
        let nodes = &self.model.cluster.nodes;
        let mut all: Vec<NodeId> = (0..nodes.len() as u32).map(NodeId).collect();
        all.sort_by_key(|id| nodes.get(id.0 as usize).is_some_and(|node| node.role == NodeRole::ControlPlane));
        all
    }

    /// The node in the middle: that of the first Pod behind it, else one that has an endpoint, else the first worker.
    pub fn node(&self) -> Option<NodeId> {
        let pod = self.first().and_then(|pod| self.model.cluster.pods.get(pod.0 as usize));
        let busy = self.busy();
        pod.map(|pod| pod.node).or_else(|| busy.first().copied()).or_else(|| self.nodes().first().copied())
    }

    /// A node that nothing behind it runs on, workers first.
    pub fn idle(&self) -> Option<NodeId> {
        let busy = self.busy();
        self.nodes().into_iter().find(|node| !busy.contains(node))
    }
}

fn written(service: &Service, port: &ServicePort) -> String {
    format!("svc/{}:{}", service.name, port.port)
}

fn ports(service: &Service) -> impl Iterator<Item = String> + '_ {
    service.ports.iter().map(|port| written(service, port))
}

/// What a matrix can be about: ports of Services that somebody wrote, those first that lead somewhere from outside, then those with somebody
/// ready behind them; `most` at most.
pub fn services(model: &Model, most: usize) -> Vec<String> {
    let all: Vec<&Service> = ask::services(&model.cluster).map(|(_, service)| service).collect();
    let outside = |service: &&&Service| matches!(service.kind, ServiceType::NodePort | ServiceType::LoadBalancer);
    let first = all.iter().filter(outside);
    let rest = all.iter().filter(|service| !outside(service));
    first.chain(rest).flat_map(|service| ports(service)).take(most).collect()
}

/// The Services themselves, as `--to` names them.
pub fn names(model: &Model) -> Vec<String> {
    ask::services(&model.cluster).map(|(_, service)| format!("svc/{}", service.name)).collect()
}
