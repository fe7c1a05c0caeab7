//! What nodes have in common of kube-proxy's rules.

use crate::agents::kube_proxy::endpoints::Family;
use kernel::config::Shared;
use kernel::config::xtables::Rule;
use kernel::ids::ChainId;
use kubernetes::cluster::model::{Endpoint, ServiceId};
use kubernetes::origin::CauseId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A port of a Service in one family: the Service, the position in `spec.ports`.
pub(super) type PortId = (ServiceId, usize, Family);

/// What the first node that was written has for the endpoints of each port. Other nodes take from it what is equal there, instead of writing
/// it again only to find that it is.
#[derive(Debug, Default)]
pub(crate) struct Written(Mutex<HashMap<PortId, Arc<OfPort>>>);

impl Written {
    pub(super) fn find(&self, port: PortId) -> Option<Arc<OfPort>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&port).cloned()
    }

    pub(super) fn keep(&self, port: PortId, written: OfPort) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(port).or_insert_with(|| Arc::new(written));
    }
}

/// What one node has for a port's endpoints.
#[derive(Debug)]
pub(super) struct OfPort {
    /// In order of `ip:port`.
    pub(super) endpoints: Vec<Known>,
    /// KUBE-SVC- with the chains it leads to; empty where no traffic uses it.
    pub(super) chosen: (Vec<Sep>, Shared<Rule>),
}

/// An endpoint's chain.
#[derive(Debug)]
pub(super) struct Known {
    /// `ip:port`.
    pub(super) endpoint: Arc<str>,
    /// Where the endpoint is in memory. Of several with one `ip:port` a node has its own, and names that one as the cause.
    pub(super) of: usize,
    pub(super) name: Arc<str>,
    pub(super) cause: CauseId,
    pub(super) rules: Shared<Rule>,
}

impl OfPort {
    pub(super) fn find(&self, endpoint: &str, of: &Endpoint) -> Option<&Known> {
        let at = self.endpoints.binary_search_by(|known| (*known.endpoint).cmp(endpoint)).ok()?;
        self.endpoints.get(at).filter(|known| known.of == address(of))
    }
}

/// What tells endpoints of one cluster apart.
pub(super) fn address(of: &Endpoint) -> usize {
    std::ptr::from_ref(of).addr()
}

/// Name and id of an endpoint's chain, and why it is chosen.
pub(super) type Sep = (Arc<str>, ChainId, CauseId);
