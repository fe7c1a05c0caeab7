//! Models in use, kept for the next request: least recently used first to go.

use sim_core::manifest::{Limits, SourceText};
use sim_core::model::{Model, Options};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Models kept at most.
const COUNT: usize = 16;
/// Bytes of manifests behind them at most.
const BYTES: usize = 32 << 20;

/// Limits of one upload.
pub fn limits() -> Limits {
    Limits { bytes: crate::upload::MAX_BYTES, documents: 20_000, depth: 64, nodes: 2_000_000, ..Limits::default() }
}

struct Kept {
    id: String,
    bytes: usize,
    model: Arc<Model>,
}

/// The models.
pub struct Models {
    kept: Mutex<VecDeque<Kept>>,
    workers: Arc<Semaphore>,
}

/// Too much is being simulated already.
#[derive(Debug, thiserror::Error)]
#[error("too many simulations at once")]
pub struct Busy;

impl Default for Models {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { kept: Mutex::new(VecDeque::new()), workers: Arc::new(Semaphore::new(cores.max(2))) }
    }
}

impl Models {
    fn find(&self, id: &str) -> Option<Arc<Model>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|kept| kept.id == id)?;
        let found = kept.remove(at)?;
        let model = found.model.clone();
        kept.push_back(found);
        Some(model)
    }

    fn keep(&self, id: String, bytes: usize, model: Arc<Model>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(Kept { id, bytes, model });
        while kept.len() > COUNT || (kept.len() > 1 && kept.iter().map(|kept| kept.bytes).sum::<usize>() > BYTES) {
            kept.pop_front();
        }
    }

    /// The model of a scenario in the world that the options ask for, built when it is not kept. `id` names both.
    ///
    /// # Errors
    /// [`Busy`] when the server is shutting down.
    pub async fn get(
        &self,
        id: &str,
        options: Options,
        sources: impl FnOnce() -> Vec<SourceText>,
    ) -> Result<Arc<Model>, Busy> {
        if let Some(model) = self.find(id) {
            return Ok(model);
        }
        let sources = sources();
        let bytes = sources.iter().map(|source| source.text.len()).sum();
        let model = Arc::new(self.work(move || Model::build(&sources, &limits(), &options)).await?);
        self.keep(id.to_owned(), bytes, model.clone());
        Ok(model)
    }

    /// Runs something that takes time away from the threads that answer requests, a bounded number at once.
    ///
    /// # Errors
    /// [`Busy`] when the server is shutting down or the work broke off.
    pub async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let permit = self.workers.clone().acquire_owned().await.map_err(|_| Busy)?;
        // The permit goes with the work: a client that hangs up does not make room for more of it.
        let work = move || {
            let done = work();
            drop(permit);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| Busy)
    }
}
