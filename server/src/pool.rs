//! Where everything that computes runs: away from the threads that answer requests, a bounded number at once.

use std::sync::Arc;
use tokio::sync::Semaphore;

/// Why work has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfinished {
    /// The server is shutting down.
    #[error("the server is shutting down")]
    Closing,
    /// It panicked.
    #[error("the work broke off")]
    Broken,
}

/// The workers.
#[derive(Clone, Debug)]
pub struct Pool(Arc<Semaphore>);

impl Pool {
    /// A pool of `width` workers.
    pub fn of(width: usize) -> Self {
        Self(Arc::new(Semaphore::new(width)))
    }

    /// Runs something that takes time, as soon as a worker is free. It goes on to its end when nobody waits for it any more.
    ///
    /// # Errors
    /// When it panicked, or the server is shutting down.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Unfinished> {
        let permit = self.0.clone().acquire_owned().await.map_err(|_| Unfinished::Closing)?;
        // The permit goes with the work: a client that hangs up does not make room for more of it.
        let work = move || {
            let done = work();
            drop(permit);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| match error.is_panic() {
            true => Unfinished::Broken,
            false => Unfinished::Closing,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    #[tokio::test]
    async fn no_more_run_at_once_than_there_are_workers() {
        static NOW: AtomicUsize = AtomicUsize::new(0);
        static MOST: AtomicUsize = AtomicUsize::new(0);
        let pool = Pool::of(2);
        let one = || {
            let pool = pool.clone();
            tokio::spawn(async move {
                let work = || {
                    MOST.fetch_max(NOW.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(20));
                    NOW.fetch_sub(1, Ordering::SeqCst);
                };
                pool.run(work).await
            })
        };
        for task in (0..8).map(|_| one()).collect::<Vec<_>>() {
            task.await.unwrap().unwrap();
        }
        assert_eq!(MOST.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_panics_gives_its_worker_back() {
        let pool = Pool::of(1);
        assert_eq!(pool.run(|| panic!("expected")).await, Err::<(), _>(Unfinished::Broken));
        assert_eq!(pool.run(|| 1).await, Ok(1));
    }
}
