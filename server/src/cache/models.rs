//! Models in use, kept for the next request: least recently used first to go, as soon as all together weigh too much.

use super::weight;
use crate::client::Client;
use crate::pool::{Pool, Unfinished};
use kubernetes::budget::{Budget, Stopped};
use sim_core::model::Model;
use sim_core::timeline::Mark;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// What is known of a scenario beside its model.
#[derive(Clone)]
pub struct Title {
    /// Name to show.
    pub name: Arc<str>,
    /// Its files are a lesson that somebody brought.
    pub lesson: bool,
}

impl Title {
    /// That of a scenario, which is no lesson.
    pub fn of(name: &str) -> Self {
        Self { name: Arc::from(name), lesson: false }
    }
}

/// A model with the moments of its timeline.
#[derive(Clone)]
pub struct Built {
    /// The model.
    pub model: Arc<Model>,
    /// The moments, whatever time the model is of.
    pub marks: Arc<[Mark]>,
}

/// A model with the name of its scenario.
#[derive(Clone)]
pub struct Cached {
    /// What it is called, and whether it is a lesson's.
    pub title: Title,
    /// The model.
    pub built: Built,
}

struct Kept {
    key: String,
    weight: usize,
    cached: Cached,
}

/// What those wait for who ask for a model that is being built. It counts them: with the last the build goes.
type Building = Arc<watch::Sender<Option<Result<Cached, Unfinished>>>>;

#[derive(Default)]
struct Shelf {
    /// The one used last is the last.
    kept: VecDeque<Kept>,
    building: BTreeMap<String, Building>,
}

impl Shelf {
    fn find(&mut self, key: &str) -> Option<Cached> {
        let at = self.kept.iter().position(|kept| kept.key == key)?;
        let found = self.kept.remove(at)?;
        let cached = found.cached.clone();
        self.kept.push_back(found);
        Some(cached)
    }

    fn make_room(&mut self, room: usize) {
        let mut all: usize = self.kept.iter().map(|kept| kept.weight).sum();
        while all > room && self.kept.len() > 1 {
            all -= self.kept.pop_front().map_or(0, |gone| gone.weight);
        }
    }
}

/// The models.
#[derive(Clone)]
pub struct ModelCache {
    shelf: Arc<Mutex<Shelf>>,
    pool: Pool,
    room: usize,
}

impl ModelCache {
    /// Without a model yet; they are built in `pool`. All together may weigh `room` bytes, as [`weight`] estimates them; one that is heavier
    /// alone is kept as long as nobody asks for another.
    pub fn new(pool: Pool, room: usize) -> Self {
        Self { shelf: Arc::default(), pool, room }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A model that is there.
    pub fn find(&self, key: &str) -> Option<Cached> {
        self.shelf().find(key)
    }

    /// The model behind a key, which names its content and the world it is in. It is built once, however many ask while it is; whoever asked
    /// first may have gone. When all have, it is given up. What failed is built anew for who asks next.
    ///
    /// # Errors
    /// Those of the pool.
    pub async fn get(
        &self,
        key: &str,
        title: Title,
        build: impl FnOnce(&Budget) -> Result<Built, Stopped> + Send + 'static,
    ) -> Result<Cached, Unfinished> {
        let mut waiting = {
            let mut shelf = self.shelf();
            if let Some(found) = shelf.find(key) {
                return Ok(found);
            }
            match shelf.building.get(key) {
                Some(building) => building.subscribe(),
                None => {
                    let (building, waiting) = watch::channel(None);
                    let building = Arc::new(building);
                    shelf.building.insert(key.to_owned(), building.clone());
                    // A task of its own, on the account of who asked first: others may wait for it too.
                    let build = self.clone().build(key.to_owned(), title, build, building);
                    tokio::spawn(Client::of_task().scope(build));
                    waiting
                }
            }
        };
        let site = waiting.wait_for(Option::is_some).await.map_err(|_| Unfinished::Closing)?;
        site.clone().unwrap_or(Err(Unfinished::Closing))
    }

    async fn build(
        self,
        key: String,
        title: Title,
        build: impl FnOnce(&Budget) -> Result<Built, Stopped> + Send + 'static,
        building: Building,
    ) {
        let site = self.pool.run_within(move |budget| {
            let built = build(budget)?;
            Ok::<_, Stopped>((weight(&built.model), built))
        });
        let site = tokio::select! {
            site = site => site.and_then(|site| site.map_err(Unfinished::from)),
            () = self.left(&key, &building) => return,
        };
        let mut shelf = self.shelf();
        shelf.building.remove(&key);
        let result = site.map(|(weight, built)| {
            let cached = Cached { title, built };
            shelf.kept.push_back(Kept { key, weight, cached: cached.clone() });
            shelf.make_room(self.room);
            cached
        });
        building.send_replace(Some(result));
    }

    /// Returns when nobody waits for a build any more; who asks then has another.
    async fn left(&self, key: &str, building: &Building) {
        loop {
            building.closed().await;
            let mut shelf = self.shelf();
            if building.receiver_count() == 0 {
                shelf.building.remove(key);
                return;
            }
        }
    }

    /// Bytes of all that are kept, by estimate.
    pub fn weight(&self) -> usize {
        self.shelf().kept.iter().map(|kept| kept.weight).sum()
    }

    /// Weighs a model again: its namespaces are built as they are looked at. Takes its time.
    pub fn weigh(&self, key: &str, model: &Model) {
        let weight = weight(model);
        let mut shelf = self.shelf();
        if let Some(kept) = shelf.kept.iter_mut().find(|kept| kept.key == key) {
            kept.weight = weight;
            shelf.make_room(self.room);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubernetes::manifest::{Limits, SourceText};
    use sim_core::model::Options;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    fn model() -> Built {
        let text = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: i}]}}";
        let model = Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default());
        Built { model: Arc::new(model), marks: Arc::default() }
    }

    /// A build that takes long enough for others to come, and is counted.
    fn slow(count: &Arc<AtomicUsize>) -> impl FnOnce(&Budget) -> Result<Built, Stopped> + Send + 'static {
        let count = count.clone();
        move |_: &Budget| {
            count.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(50));
            Ok(model())
        }
    }

    #[tokio::test]
    async fn many_that_ask_at_once_build_once() {
        let (cache, count) = (ModelCache::new(Pool::of(2), 512 << 20), Arc::new(AtomicUsize::new(0)));
        let ask = |key: &'static str| {
            let (cache, build) = (cache.clone(), slow(&count));
            tokio::spawn(async move { cache.get(key, Title::of("name"), build).await.unwrap().built.model })
        };
        let mut models = Vec::new();
        for task in (0..16).map(|at| ask(["a", "b"][at % 2])).collect::<Vec<_>>() {
            models.push(task.await.unwrap());
        }
        assert_eq!(count.load(Ordering::SeqCst), 2, "one a key");
        assert!(Arc::ptr_eq(&models[0], &models[2]) && !Arc::ptr_eq(&models[0], &models[1]));
        assert_eq!(&*cache.find("a").unwrap().title.name, "name");
    }

    /// This runtime has one thread: a request that held it while it waits would keep the others from being answered.
    #[tokio::test]
    async fn who_waits_holds_no_thread() {
        let (cache, count) = (ModelCache::new(Pool::of(1), 512 << 20), Arc::new(AtomicUsize::new(0)));
        let waiting = tokio::spawn({
            let (cache, build) = (cache.clone(), slow(&count));
            async move { cache.get("a", Title::of(""), build).await.map(|_| ()) }
        });
        while count.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(!waiting.is_finished(), "this ran while the other one waits");
        waiting.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_build_that_breaks_is_told_to_all_and_built_anew() {
        let (cache, count) = (ModelCache::new(Pool::of(1), 512 << 20), Arc::new(AtomicUsize::new(0)));
        let broken = |cache: &ModelCache| {
            let cache = cache.clone();
            let build = |_: &Budget| {
                std::thread::sleep(Duration::from_millis(20));
                panic!("expected")
            };
            tokio::spawn(async move { cache.get("a", Title::of(""), build).await.map(|_| ()) })
        };
        for task in [broken(&cache), broken(&cache)] {
            assert_eq!(task.await.unwrap(), Err(Unfinished::Broken));
        }
        assert!(cache.get("a", Title::of(""), slow(&count)).await.is_ok());
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_client_that_hangs_up_ends_no_build() {
        let (cache, count) = (ModelCache::new(Pool::of(1), 512 << 20), Arc::new(AtomicUsize::new(0)));
        let first = tokio::spawn({
            let (cache, build) = (cache.clone(), slow(&count));
            async move { cache.get("a", Title::of(""), build).await.map(|_| ()) }
        });
        while count.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let second = cache.get("a", Title::of(""), slow(&count));
        first.abort();
        assert!(second.await.is_ok());
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_build_that_nobody_waits_for_is_given_up() {
        let (cache, count) = (ModelCache::new(Pool::of(1), 512 << 20), Arc::new(AtomicUsize::new(0)));
        let held = tokio::spawn({
            let (cache, build) = (cache.clone(), slow(&count));
            async move { cache.get("a", Title::of(""), build).await.map(|_| ()) }
        });
        while count.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let waits = tokio::spawn({
            let (cache, build) = (cache.clone(), slow(&count));
            async move { cache.get("b", Title::of(""), build).await.map(|_| ()) }
        });
        tokio::time::sleep(Duration::from_millis(5)).await;
        waits.abort();
        let _ = waits.await;
        held.await.unwrap().unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(count.load(Ordering::SeqCst), 1, "what waited for a worker was never built");
        assert!(cache.shelf().building.is_empty() && cache.find("b").is_none());
        assert!(cache.get("b", Title::of(""), slow(&count)).await.is_ok(), "who asks later has it");
    }

    #[tokio::test]
    async fn the_heaviest_that_fit_are_those_used_last() {
        let light = weight(&model().model);
        let cache = ModelCache::new(Pool::of(1), light * 5 / 2);
        for key in ["a", "b", "a", "c"] {
            cache.get(key, Title::of(""), |_| Ok(model())).await.unwrap();
        }
        let kept =
            |cache: &ModelCache| ["a", "b", "c"].map(|key| cache.shelf().kept.iter().any(|kept| kept.key == key));
        assert_eq!(kept(&cache), [true, false, true]);
        // What is looked at weighs more.
        let cached = cache.find("c").unwrap();
        cached.built.model.site.network.namespaces().count();
        assert!(weight(&cached.built.model) > light);
        cache.weigh("c", &cached.built.model);
        assert_eq!(kept(&cache), [false, false, true], "and stays where it is alone");
    }
}
