//! Fixes that were found, for the next steps of the same trace: each step is a page of its own.

use sim_core::trace::{Fix, ProbeText};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Probes whose fixes are kept at most.
const FIXES: usize = 64;

/// The fixes. A scenario's id stands for its content.
#[derive(Default)]
pub struct FixCache(Mutex<VecDeque<Asked>>);

/// A probe of a scenario, and its fixes.
struct Asked {
    id: String,
    probe: ProbeText,
    fixes: Arc<[Fix]>,
}

impl FixCache {
    /// Those of a probe, looked for where they are not kept.
    ///
    /// # Errors
    /// Those of looking.
    pub fn of<E>(
        &self,
        id: &str,
        probe: &ProbeText,
        look: impl FnOnce() -> Result<Vec<Fix>, E>,
    ) -> Result<Arc<[Fix]>, E> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |asked: &&Asked| asked.id == id && asked.probe == *probe;
        let found = kept().iter().find(same).map(|asked| Arc::clone(&asked.fixes));
        if let Some(found) = found {
            return Ok(found);
        }
        // Not while others wait: it takes its time.
        let fixes: Arc<[Fix]> = look()?.into();
        let mut all = kept();
        all.push_back(Asked { id: id.to_owned(), probe: probe.clone(), fixes: Arc::clone(&fixes) });
        while all.len() > FIXES {
            all.pop_front();
        }
        Ok(fixes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixes_are_looked_for_once_a_probe_and_not_kept_forever() {
        let fixes = FixCache::default();
        let probe = |at: usize| ProbeText { to: format!("web:{at}"), ..ProbeText::default() };
        let mut looked = 0;
        let mut ask = |id: &str, at: usize| {
            let look = || {
                looked += 1;
                Ok::<_, ()>(Vec::new())
            };
            fixes.of(id, &probe(at), look).unwrap();
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
