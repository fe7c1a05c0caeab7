//! Models in use, kept for the next request: least recently used first to go.

use sim_core::manifest::{Limits, SourceText};
use sim_core::model::{Model, Options};
use sim_core::trace::{Fix, ProbeText};
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
    /// Fixes in use.
    pub fixes: Arc<Fixes>,
    kept: Mutex<VecDeque<Kept>>,
    workers: Arc<Semaphore>,
}

/// Probes whose fixes are kept at most.
const FIXES: usize = 64;

/// Fixes that were found, for the next steps of the same trace: each step is a page of its own. A scenario's id stands for its content.
#[derive(Default)]
pub struct Fixes(Mutex<VecDeque<Asked>>);

/// A probe of a scenario, and its fixes.
struct Asked {
    id: String,
    probe: ProbeText,
    fixes: Arc<[Fix]>,
}

impl Fixes {
    /// Those of a probe, looked for where they are not kept.
    pub fn of(&self, id: &str, probe: &ProbeText, look: impl FnOnce() -> Vec<Fix>) -> Arc<[Fix]> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |asked: &&Asked| asked.id == id && asked.probe == *probe;
        let found = kept().iter().find(same).map(|asked| Arc::clone(&asked.fixes));
        if let Some(found) = found {
            return found;
        }
        // Not while others wait: it takes its time.
        let fixes: Arc<[Fix]> = look().into();
        let mut all = kept();
        all.push_back(Asked { id: id.to_owned(), probe: probe.clone(), fixes: Arc::clone(&fixes) });
        while all.len() > FIXES {
            all.pop_front();
        }
        fixes
    }
}

/// Too much is being simulated already.
#[derive(Debug, thiserror::Error)]
#[error("too many simulations at once")]
pub struct Busy;

impl Default for Models {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            fixes: Arc::default(),
            kept: Mutex::new(VecDeque::new()),
            workers: Arc::new(Semaphore::new(cores.max(2))),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixes_are_looked_for_once_a_probe_and_not_kept_forever() {
        let fixes = Fixes::default();
        let probe = |at: usize| ProbeText { to: format!("web:{at}"), ..ProbeText::default() };
        let mut looked = 0;
        let mut ask = |id: &str, at: usize| {
            fixes.of(id, &probe(at), || {
                looked += 1;
                Vec::new()
            });
            looked
        };
        assert_eq!([ask("a", 1), ask("a", 1), ask("a", 2), ask("b", 1), ask("a", 1)], [1, 1, 2, 3, 3]);
        for at in 10..10 + FIXES {
            ask("c", at);
        }
        assert_eq!(ask("a", 1), 4 + FIXES, "the oldest are gone");
        assert_eq!(fixes.0.lock().unwrap().len(), FIXES);
    }
}
