//! Where everything that computes runs: away from the threads that answer requests, a bounded number at once, clients in turn.
//!
//! A client has a queue of its own, bounded; workers take from the queues in turn, so that who asks much waits for himself. One client has half of the
//! workers at most: work cannot be interrupted at any moment, and others should not wait for that. Who waits too long, and who finds the
//! queue full, is told so at once. Who no longer waits (the future is dropped) gives up the place, and work that runs for nobody is told
//! to stop.

use crate::client::Client;
use crate::config::Config;
use crate::urgency::{processor_time, run_when_idle, yield_to_connections};
use kubernetes::budget::{Allowance, Budget, Stopped};
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

/// Why work has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfinished {
    /// The server is shutting down.
    #[error("the server is shutting down")]
    Closing,
    /// Too many wait, or it waited too long.
    #[error("too many wait")]
    Busy,
    /// It took too long and was told to stop.
    #[error("it took too long")]
    TooLong,
    /// It would have taken more than it may.
    #[error("it takes more than it may: {0}")]
    Spent(Stopped),
    /// It panicked.
    #[error("the work broke off")]
    Broken,
}

impl From<Stopped> for Unfinished {
    /// What is cancelled was so by the pool, and whoever waits for it hears why from there; the one who still hears of it asked at the end.
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Cancelled => Self::Closing,
            Stopped::Exceeded { .. } | Stopped::Foreseen { .. } => Self::Spent(stopped),
        }
    }
}

/// How many run and wait, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Width {
    /// Workers.
    pub workers: usize,
    /// Workers that one client has at most.
    pub share: usize,
    /// Work that waits at most.
    pub queue: usize,
    /// Work of one client that waits at most.
    pub client_queue: usize,
    /// Longest wait.
    pub wait: Duration,
    /// Longest work.
    pub work: Duration,
    /// What it may take.
    pub allowance: Allowance,
}

impl Width {
    /// As the options say.
    pub fn of(config: &Config) -> Self {
        let workers = config.width();
        Self {
            workers,
            share: workers.div_ceil(2),
            queue: config.queue,
            client_queue: config.client_queue,
            wait: config.queue_timeout.0,
            work: config.work_timeout.0,
            allowance: Allowance { steps: config.work_steps, bytes: config.work_memory.0 as u64 },
        }
    }
}

/// A client for whom so much waits is one whose work gives way to connections of others, on threads that run when no other wants to: more
/// than a page of a browser asks for at once.
const CROWD: usize = 8;

/// So is one whose work took so much of the processors lately, in seconds: dozens of pages.
const HEAVY: f64 = 0.25;

/// Half of what was taken counts after so many seconds.
const HALF_LIFE: f64 = 4.0;

/// Clients of whom it is known what they took, at most: of more, those who took less than others are forgotten.
const KNOWN: usize = 4_096;

/// What the work of a client took of the processors.
#[derive(Clone, Copy)]
struct Taken {
    /// Seconds, as they counted then.
    seconds: f64,
    /// When.
    at: Instant,
}

impl Taken {
    fn now(&self, now: Instant) -> f64 {
        let ago = now.saturating_duration_since(self.at).as_secs_f64();
        self.seconds * (-ago / HALF_LIFE).exp2()
    }
}

/// Work that waits.
struct Job {
    number: u64,
    budget: Budget,
    work: Box<dyn FnOnce() + Send>,
}

/// Work whose turn it is.
struct Turn {
    client: Client,
    work: Box<dyn FnOnce() + Send>,
    /// So much of its client waits that it gives way.
    crowd: bool,
}

#[derive(Default)]
struct Queues {
    /// Work that waits, by client; those without any are not here.
    waiting: HashMap<Client, VecDeque<Job>>,
    /// Clients with work that waits, the next first.
    turns: VecDeque<Client>,
    /// Workers that each client has.
    running: HashMap<Client, usize>,
    /// What the work of each took lately.
    taken: HashMap<Client, Taken>,
    waits: usize,
    busy: usize,
    closed: bool,
}

impl Queues {
    /// Takes the work whose turn it is, and a worker for it.
    fn next(&mut self, width: &Width) -> Option<Turn> {
        if self.busy >= width.workers {
            return None;
        }
        let free = |client: &Client| self.running.get(client).is_none_or(|count| *count < width.share);
        let at = self.turns.iter().position(free)?;
        let client = self.turns.remove(at)?;
        let queue = self.waiting.get_mut(&client)?;
        let job = queue.pop_front()?;
        let left = queue.len();
        match queue.is_empty() {
            true => drop(self.waiting.remove(&client)),
            false => self.turns.push_back(client),
        }
        self.waits -= 1;
        self.busy += 1;
        *self.running.entry(client).or_default() += 1;
        let now = Instant::now();
        let crowd = left >= CROWD || self.taken.get(&client).is_some_and(|taken| taken.now(now) >= HEAVY);
        if crowd {
            job.budget.give_way(std::thread::yield_now);
        }
        Some(Turn { client, work: job.work, crowd })
    }

    /// Gives a worker back, and notes what the work took.
    fn give_back(&mut self, client: Client, took: Duration) {
        let now = Instant::now();
        if !self.taken.contains_key(&client) && self.taken.len() >= KNOWN {
            let least = self.taken.values().map(|taken| taken.now(now)).sum::<f64>() / KNOWN as f64;
            self.taken.retain(|_, taken| taken.now(now) > least);
        }
        let taken = self.taken.entry(client).or_insert(Taken { seconds: 0.0, at: now });
        *taken = Taken { seconds: taken.now(now) + took.as_secs_f64(), at: now };
        self.busy -= 1;
        if let Some(count) = self.running.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                self.running.remove(&client);
            }
        }
    }

    /// Takes work out that still waits; none where it runs or is done.
    fn withdraw(&mut self, client: Client, number: u64) -> Option<Job> {
        let queue = self.waiting.get_mut(&client)?;
        let at = queue.iter().position(|job| job.number == number)?;
        let job = queue.remove(at);
        if queue.is_empty() {
            self.waiting.remove(&client);
            self.turns.retain(|other| *other != client);
        }
        self.waits -= 1;
        job
    }
}

struct Inner {
    width: Width,
    queues: Mutex<Queues>,
    numbers: AtomicU64,
    /// Told to everything that runs when the server ends.
    running: Mutex<HashMap<u64, Budget>>,
}

/// The workers.
#[derive(Clone)]
pub struct Pool(Arc<Inner>);

/// A place in the queue or at a worker; given up when nobody waits for it any more.
struct Place<'p> {
    pool: &'p Pool,
    client: Client,
    number: u64,
    budget: Budget,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        // What is done is not stopped by that.
        self.budget.cancel();
        // What goes with the work goes after the lock.
        let withdrawn = self.pool.queues().withdraw(self.client, self.number);
        drop(withdrawn);
    }
}

impl Pool {
    /// A pool of `width` workers, for one client.
    pub fn of(width: usize) -> Self {
        let long = Duration::from_secs(3_600);
        Self::new(Width {
            workers: width,
            share: width,
            queue: 1_000,
            client_queue: 1_000,
            wait: long,
            work: long,
            allowance: Allowance::default(),
        })
    }

    /// A pool.
    pub fn new(width: Width) -> Self {
        let (queues, running) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Inner { width, queues, numbers: AtomicU64::default(), running }))
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.0.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn budgets(&self) -> MutexGuard<'_, HashMap<u64, Budget>> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How much runs, and how much waits.
    pub fn load(&self) -> (usize, usize) {
        let queues = self.queues();
        (queues.busy, queues.waits)
    }

    /// Takes no more work, gives up what waits, and tells what runs to stop.
    pub fn close(&self) {
        let waiting = {
            let mut queues = self.queues();
            queues.closed = true;
            queues.waits = 0;
            queues.turns.clear();
            std::mem::take(&mut queues.waiting)
        };
        drop(waiting);
        self.budgets().values().for_each(Budget::cancel);
    }

    /// Runs something that takes time, as soon as it is this client's turn.
    ///
    /// # Errors
    /// When too many wait, it waits or takes too long, it panicked, or the server is shutting down.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Unfinished> {
        self.run_within(move |_| work()).await
    }

    /// The same for work within a budget: it is cancelled when nobody waits for it any more, when it takes too long, and when the server ends.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn run_within<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Budget) -> T + Send + 'static,
    ) -> Result<T, Unfinished> {
        let Width { wait, work: longest, queue, client_queue, .. } = self.0.width;
        let client = Client::of_task();
        let number = self.0.numbers.fetch_add(1, Ordering::Relaxed);
        let place = Place { pool: self, client, number, budget: Budget::of(self.0.width.allowance) };
        let (started, mut starts) = oneshot::channel();
        let (done, mut ends) = oneshot::channel();
        let job = {
            let (pool, budget) = (self.clone(), place.budget.clone());
            move || {
                let _ = started.send(());
                if budget.is_stopped() {
                    return;
                }
                pool.budgets().insert(number, budget.clone());
                let result = catch_unwind(AssertUnwindSafe(|| work(&budget)));
                pool.budgets().remove(&number);
                let _ = done.send(result.map_err(|_| Unfinished::Broken));
            }
        };
        {
            let mut queues = self.queues();
            if queues.closed {
                return Err(Unfinished::Closing);
            }
            let mine = queues.waiting.get(&client).map_or(0, VecDeque::len);
            if queues.waits >= queue || mine >= client_queue {
                return Err(Unfinished::Busy);
            }
            if mine == 0 {
                queues.turns.push_back(client);
            }
            queues.waits += 1;
            let job = Job { number, budget: place.budget.clone(), work: Box::new(job) };
            queues.waiting.entry(client).or_default().push_back(job);
        }
        self.start();
        let asked = Instant::now();
        tokio::select! {
            biased;
            begun = &mut starts => begun.map_err(|_| Unfinished::Closing)?,
            () = sleep_until(asked + wait) => return Err(Unfinished::Busy),
        }
        tokio::select! {
            biased;
            end = &mut ends => end.map_err(|_| Unfinished::Closing)?,
            () = tokio::time::sleep(longest) => Err(Unfinished::TooLong),
        }
    }

    /// Gives the work whose turn it is to a worker that is free.
    fn start(&self) {
        let next = self.queues().next(&self.0.width);
        if let Some(turn) = next {
            self.serve(turn, &Handle::current());
        }
    }

    /// Takes a thread for work and for what comes after it, as long as that is as urgent.
    fn serve(&self, turn: Turn, runtime: &Handle) {
        let (pool, handle) = (self.clone(), runtime.clone());
        runtime.spawn_blocking(move || {
            let after = match turn.crowd {
                true => pool.behind_all(turn),
                false => {
                    yield_to_connections();
                    pool.drain(turn)
                }
            };
            if let Some(turn) = after {
                pool.serve(turn, &handle);
            }
        });
    }

    /// Does work on a thread of its own that runs when no other wants to. What runs so cannot become urgent again without privileges, so the
    /// thread ends with its work; where there is none to be had, this one does it.
    fn behind_all(&self, turn: Turn) -> Option<Turn> {
        let turn = Mutex::new(Some(turn));
        let drain = || {
            let first = turn.lock().unwrap_or_else(PoisonError::into_inner).take();
            first.and_then(|turn| self.drain(turn))
        };
        let idle = || {
            run_when_idle();
            drain()
        };
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("crowd".to_owned()).spawn_scoped(scope, idle);
            match thread {
                Ok(thread) => thread.join().ok().flatten(),
                Err(_) => drain(),
            }
        })
    }

    /// Does work, and the next as long as it is as urgent; what is not, comes back.
    fn drain(&self, mut turn: Turn) -> Option<Turn> {
        loop {
            let Turn { client, work, crowd } = turn;
            let before = processor_time();
            work();
            let took = processor_time().saturating_sub(before);
            let mut queues = self.queues();
            queues.give_back(client, took);
            turn = queues.next(&self.0.width)?;
            if turn.crowd != crowd {
                return Some(turn);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use std::sync::atomic::AtomicUsize;
    use tokio::task::JoinHandle;

    fn client(last: u8) -> Client {
        Client::at(Ipv4Addr::new(192, 0, 2, last).into())
    }

    const LONG: Duration = Duration::from_secs(60);
    const ANY: Allowance = Allowance { steps: u64::MAX, bytes: u64::MAX };
    const NARROW: Width =
        Width { workers: 2, share: 1, queue: 8, client_queue: 4, wait: LONG, work: LONG, allowance: ANY };

    /// Work that notes whose it was, after a moment.
    fn noted(pool: &Pool, whose: u8, order: &Arc<Mutex<Vec<u8>>>) -> JoinHandle<Result<(), Unfinished>> {
        let (pool, order) = (pool.clone(), order.clone());
        let work = move || {
            std::thread::sleep(Duration::from_millis(5));
            order.lock().unwrap().push(whose);
        };
        tokio::spawn(client(whose).scope(async move { pool.run(work).await }))
    }

    /// Work that runs until it is told to stop, and says when it runs and when it was told.
    fn endless(pool: &Pool, whose: u8) -> (JoinHandle<Result<(), Unfinished>>, Arc<AtomicUsize>) {
        let (pool, state) = (pool.clone(), Arc::new(AtomicUsize::new(0)));
        let told = state.clone();
        let work = move |budget: &Budget| {
            told.store(1, Ordering::SeqCst);
            while !budget.is_stopped() {
                std::thread::sleep(Duration::from_millis(1));
            }
            told.store(2, Ordering::SeqCst);
        };
        (tokio::spawn(client(whose).scope(async move { pool.run_within(work).await })), state)
    }

    async fn until(state: &AtomicUsize, value: usize) {
        let reached = async {
            while state.load(Ordering::SeqCst) != value {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), reached).await.unwrap();
    }

    /// Returns once nothing runs: a worker is given back just after its work has told the result.
    async fn idle(pool: &Pool) {
        let idle = async {
            while pool.load() != (0, 0) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), idle).await.unwrap();
    }

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
        idle(&pool).await;
    }

    #[tokio::test]
    async fn what_panics_gives_its_worker_back() {
        let pool = Pool::of(1);
        assert_eq!(pool.run(|| panic!("expected")).await, Err::<(), _>(Unfinished::Broken));
        assert_eq!(pool.run(|| 1).await, Ok(1));
    }

    #[tokio::test]
    async fn clients_take_turns_however_much_one_asks() {
        let pool = Pool::new(Width { workers: 1, ..NARROW });
        let (_held, state) = endless(&pool, 9);
        until(&state, 1).await;
        let order = Arc::default();
        let mut tasks: Vec<_> = (0..4).map(|_| noted(&pool, 1, &order)).collect();
        tokio::task::yield_now().await;
        tasks.extend([noted(&pool, 2, &order), noted(&pool, 3, &order)]);
        tokio::task::yield_now().await;
        _held.abort();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [1, 2, 3, 1, 1, 1]);
    }

    #[tokio::test]
    async fn the_work_of_who_asks_much_gives_way() {
        let pool = Pool::new(Width { client_queue: 20, queue: 20, ..NARROW });
        let (first, state) = endless(&pool, 1);
        until(&state, 1).await;
        let gave = Arc::new(Mutex::new(Vec::new()));
        let ask = |whose| {
            let (pool, gave) = (pool.clone(), gave.clone());
            let work = move |budget: &Budget| gave.lock().unwrap().push(budget.gives_way());
            tokio::spawn(client(whose).scope(async move { pool.run_within(work).await }))
        };
        let waiting: Vec<_> = (0..CROWD + 2).map(|_| ask(1)).collect();
        tokio::task::yield_now().await;
        ask(2).await.unwrap().unwrap();
        assert_eq!(*gave.lock().unwrap(), [false], "who asks once is not held up");
        first.abort();
        for task in waiting {
            task.await.unwrap().unwrap();
        }
        let crowded = gave.lock().unwrap().iter().filter(|gave| **gave).count();
        assert_eq!(crowded, 2, "until few are left");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn work_of_a_crowd_runs_when_no_other_wants_to() {
        // Field 41 of proc_pid_stat(5): 5 is SCHED_IDLE.
        let policy = || {
            let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
            let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().map(str::to_owned).collect();
            fields[38].parse::<u32>().unwrap()
        };
        let pool = Pool::new(Width { workers: 1, queue: 32, client_queue: 32, ..NARROW });
        let (first, state) = endless(&pool, 1);
        until(&state, 1).await;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let ask = |whose| {
            let (pool, seen) = (pool.clone(), seen.clone());
            let work = move || seen.lock().unwrap().push((whose, policy()));
            tokio::spawn(client(whose).scope(async move { pool.run(work).await }))
        };
        let waiting: Vec<_> = (0..CROWD + 3).map(|_| ask(1)).chain([ask(2)]).collect();
        tokio::task::yield_now().await;
        first.abort();
        for task in waiting {
            task.await.unwrap().unwrap();
        }
        let seen = seen.lock().unwrap().clone();
        let of = |whose, policy| seen.iter().filter(|have| **have == (whose, policy)).count();
        assert_eq!((of(1, 5), of(1, 0), of(2, 0)), (3, CROWD, 1), "{seen:?}");
        idle(&pool).await;
    }

    #[test]
    fn what_a_client_took_counts_for_a_while() {
        let (one, other, start) = (client(1), client(2), Instant::now());
        let mut queues = Queues { busy: 2, ..Queues::default() };
        queues.give_back(one, Duration::from_millis(300));
        queues.give_back(other, Duration::from_millis(20));
        let heavy = |whose, after| queues.taken[&whose].now(start + Duration::from_secs(after)) >= HEAVY;
        assert_eq!((heavy(one, 0), heavy(one, 4), heavy(other, 0)), (true, false, false));
    }

    #[test]
    fn who_took_little_is_forgotten_first() {
        let mut queues = Queues { busy: KNOWN + 1, ..Queues::default() };
        for at in 0..KNOWN as u32 {
            let whose = Client::at(Ipv4Addr::from(at).into());
            queues.give_back(whose, Duration::from_millis(if at == 7 { 300 } else { 1 }));
        }
        queues.give_back(client(9), Duration::from_millis(1));
        assert!(queues.taken.len() <= 2 && queues.taken.contains_key(&Client::at(Ipv4Addr::from(7).into())));
    }

    #[tokio::test]
    async fn one_client_leaves_workers_to_others() {
        let pool = Pool::new(NARROW);
        let (first, state) = endless(&pool, 1);
        until(&state, 1).await;
        let order = Arc::default();
        let second = noted(&pool, 1, &order);
        noted(&pool, 2, &order).await.unwrap().unwrap();
        assert_eq!(*order.lock().unwrap(), [2], "the other client had a worker, and the first no second one");
        first.abort();
        second.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn who_finds_the_queue_full_is_told_at_once() {
        let pool = Pool::new(NARROW);
        let (first, state) = endless(&pool, 1);
        until(&state, 1).await;
        let order = Arc::default();
        let waiting: Vec<_> = (0..4).map(|_| noted(&pool, 1, &order)).collect();
        tokio::task::yield_now().await;
        assert_eq!(noted(&pool, 1, &order).await.unwrap(), Err(Unfinished::Busy), "its own queue is full");
        assert_eq!(noted(&pool, 2, &order).await.unwrap(), Ok(()), "that of others is not");
        first.abort();
        for task in waiting {
            task.await.unwrap().unwrap();
        }
    }

    #[tokio::test]
    async fn who_waits_too_long_is_told_and_gives_up_the_place() {
        let pool = Pool::new(Width { wait: Duration::from_millis(20), ..NARROW });
        let (first, state) = endless(&pool, 1);
        until(&state, 1).await;
        let order = Arc::default();
        assert_eq!(noted(&pool, 1, &order).await.unwrap(), Err(Unfinished::Busy));
        assert_eq!(pool.load(), (1, 0));
        first.abort();
        until(&state, 2).await;
        assert!(order.lock().unwrap().is_empty(), "it never ran");
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_is_told_to_stop() {
        let pool = Pool::new(NARROW);
        let (task, state) = endless(&pool, 1);
        until(&state, 1).await;
        let order = Arc::default();
        let waits = noted(&pool, 1, &order);
        tokio::task::yield_now().await;
        assert_eq!(pool.load(), (1, 1));
        waits.abort();
        let _ = waits.await;
        assert_eq!(pool.load(), (1, 0), "who leaves the queue leaves no work there");
        task.abort();
        until(&state, 2).await;
    }

    #[tokio::test]
    async fn work_that_takes_too_long_is_told_to_stop() {
        let pool = Pool::new(Width { work: Duration::from_millis(20), ..NARROW });
        let (task, state) = endless(&pool, 1);
        assert_eq!(task.await.unwrap(), Err(Unfinished::TooLong));
        until(&state, 2).await;
    }

    #[tokio::test]
    async fn a_pool_that_closes_tells_everybody() {
        let pool = Pool::new(NARROW);
        let (task, state) = endless(&pool, 1);
        until(&state, 1).await;
        let waits = noted(&pool, 1, &Arc::default());
        tokio::task::yield_now().await;
        pool.close();
        assert_eq!(waits.await.unwrap(), Err(Unfinished::Closing));
        assert_eq!(pool.run(|| 1).await, Err(Unfinished::Closing));
        until(&state, 2).await;
        task.await.unwrap().unwrap();
    }
}
