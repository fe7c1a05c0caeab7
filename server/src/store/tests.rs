use super::*;
use sqlx::Row;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

const ROOM: Room = Room { total: 1 << 20, client: 1 << 20 };
const HOUR: i64 = 3_600;

fn files(text: &str) -> Vec<File> {
    vec![File { name: "한글.yaml".to_owned(), text: text.to_owned() }]
}

fn kept(owner: &str) -> Kept<'_> {
    Kept { owner, lifetime: HOUR, parent: "", room: ROOM }
}

fn shared(stored: &Stored, expires: Option<i64>) -> Shared<'_> {
    Shared { stored, owner: "me", parent: "", query: "from=a&to=b", result: "ok", expires, room: ROOM }
}

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("kubehop-store-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn url(&self) -> String {
        format!("sqlite://{}", self.0.join("test.db").display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn contents(store: &Store) -> i64 {
    on!(store, pool => sqlx::query("SELECT COUNT(*) FROM contents").fetch_one(pool).await.unwrap().get(0))
}

/// Makes everything as old as that.
async fn age(store: &Store, seconds: i64) {
    let sql = "UPDATE entries SET expires_at = expires_at - $1";
    on!(store, pool => sqlx::query(sql).bind(seconds).execute(pool).await.map(|_| ())).unwrap();
}

/// What every kind of store does. `other` is another server of the same database.
async fn check(store: &Store, other: &Store) {
    assert!(store.is_ready().await);
    let text = format!("a: 1 # {}", random_key().unwrap());
    let stored = Stored::of("name", &files(&text), 3).unwrap();
    let before = contents(store).await;
    let id = store.put(&stored, kept("me")).await.unwrap();
    let second = store.put(&stored, kept("you")).await.unwrap();
    assert_ne!(id, second, "nobody learns that it was there");
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
    assert_eq!(contents(store).await, before + 1, "what is equal is stored once, whoever stores it");
    let Found::Here(entry) = other.find(&id, HOUR).await.unwrap() else { panic!("not found") };
    assert_eq!((entry.name.as_str(), entry.redacted, entry.shared), ("name", 3, false));
    assert_eq!(other.get(&id).await.unwrap().unwrap().files().unwrap(), files(&text));
    assert_eq!(store.find("nobody", HOUR).await.unwrap(), Found::Nothing);
    assert_eq!(store.get("nobody").await.unwrap(), None);

    // A share has a key; what is done with it holds everywhere at once.
    let (share, key) = store.share(shared(&stored, Some(now() + 60))).await.unwrap();
    assert!(
        matches!(other.find(&share, HOUR).await.unwrap(), Found::Here(entry) if entry.shared && entry.query == "from=a&to=b")
    );
    assert_eq!(other.change(&share, "wrong", Change::Delete).await.unwrap(), Changed::WrongKey);
    assert_eq!(other.change(&share, "", Change::Delete).await.unwrap(), Changed::WrongKey);
    assert_eq!(other.change(&id, &key, Change::Delete).await.unwrap(), Changed::Nothing, "an upload is no share");
    assert_eq!(other.change(&share, &key, Change::Expires(None)).await.unwrap(), Changed::Done);
    assert!(matches!(store.find(&share, HOUR).await.unwrap(), Found::Here(entry) if entry.expires.is_none()));
    assert_eq!(store.change(&share, &key, Change::Key("new")).await.unwrap(), Changed::Done);
    assert!(!other.has_key(&share, &key).await.unwrap() && other.has_key(&share, "new").await.unwrap());
    assert_eq!(store.change(&share, "new", Change::Delete).await.unwrap(), Changed::Done);
    assert_eq!(other.find(&share, HOUR).await.unwrap(), Found::Gone);
    assert_eq!(other.get(&share).await.unwrap(), None);
    assert_eq!(other.change(&share, "new", Change::Delete).await.unwrap(), Changed::Gone);

    // Uploads live on while they are used, shares do not.
    let (short, _) = store.share(shared(&stored, Some(now() + HOUR))).await.unwrap();
    age(store, HOUR - 30).await;
    store.find(&id, HOUR).await.unwrap();
    age(store, 60).await;
    assert!(matches!(store.find(&id, HOUR).await.unwrap(), Found::Here(_)), "it was used");
    assert_eq!(store.find(&second, HOUR).await.unwrap(), Found::Nothing, "it was not used");
    assert_eq!(store.find(&short, HOUR).await.unwrap(), Found::Gone);
    age(store, HOUR).await;
    assert!(store.sweep().await.unwrap() >= 3);
    assert_eq!(store.find(&short, HOUR).await.unwrap(), Found::Gone, "it is remembered that it was there");
    assert_eq!(contents(store).await, before, "what nobody holds is gone");

    // There is room, for all and for each.
    let large = Stored::of("large", &files(&"x".repeat(600 << 10)), 0).unwrap();
    let first = store.put(&large, kept("large")).await.unwrap();
    assert!(matches!(store.put(&large, kept("large")).await, Err(StoreError::Full { client: true, .. })));
    let more = Stored::of("more", &files(&"y".repeat(600 << 10)), 0).unwrap();
    assert!(matches!(store.put(&more, kept("another")).await, Err(StoreError::Full { client: false, .. })));
    age(store, 2 * HOUR).await;
    store.sweep().await.unwrap();
    assert_eq!(store.find(&first, HOUR).await.unwrap(), Found::Nothing);
    assert!(store.put(&more, kept("another")).await.is_ok(), "swept away, there is room again");
    age(store, 2 * HOUR).await;
    store.sweep().await.unwrap();
}

/// What the first version left becomes a share at its old address, redacted.
async fn take_over(url: &str) {
    let store = Store::open(url).await.unwrap();
    let old = format!("old-{}", random_key().unwrap());
    let text = serde_json::to_string(&files("kind: Secret\nstringData: {a: Pl4nted}\n")).unwrap();
    let sql = "INSERT INTO scenarios (id, created_at, name, files) VALUES ($1, $2, $3, $4)";
    on!(store, pool => sqlx::query(sql).bind(&old).bind(5_i64).bind("old").bind(&text).execute(pool).await.map(|_| ()))
        .unwrap();
    let store = Store::open(url).await.unwrap();
    let Found::Here(entry) = store.find(&old, HOUR).await.unwrap() else { panic!("it is gone") };
    assert!(entry.shared && entry.expires.is_none() && entry.redacted == 1 && entry.created == 5, "{entry:?}");
    assert_eq!(
        store.get(&old).await.unwrap().unwrap().files().unwrap(),
        files("kind: Secret\nstringData: {a: xxxxxxx}\n")
    );
    assert_eq!(store.change(&old, "", Change::Delete).await.unwrap(), Changed::WrongKey, "nobody has a key to it");
    let left: i64 =
        on!(store, pool => sqlx::query("SELECT COUNT(*) FROM scenarios").fetch_one(pool).await.unwrap().get(0));
    assert_eq!(left, 0);
}

#[tokio::test]
async fn sqlite_in_memory() {
    let store = Store::open("sqlite::memory:").await.unwrap();
    check(&store, &store.clone()).await;
}

#[tokio::test]
async fn sqlite_in_a_file() {
    let folder = Folder::new("file");
    let (store, other) = (Store::open(&folder.url()).await.unwrap(), Store::open(&folder.url()).await.unwrap());
    check(&store, &other).await;
    take_over(&folder.url()).await;
    for entry in std::fs::read_dir(&folder.0).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
        let bytes = std::fs::read(entry.path()).unwrap();
        assert!(!bytes.windows(7).any(|part| part == b"Pl4nted"), "left in {:?}", entry.file_name());
    }
    // The file goes: no write is taken, and the server says that it is not ready.
    std::fs::remove_file(folder.0.join("test.db")).unwrap();
    assert!(!store.is_ready().await);
    let stored = Stored::of("name", &files("a"), 0).unwrap();
    assert!(matches!(store.put(&stored, kept("me")).await, Err(StoreError::Gone)));
}

#[tokio::test]
async fn a_store_that_takes_no_writes_is_not_ready() {
    let folder = Folder::new("locked");
    let store = Store::open(&folder.url()).await.unwrap();
    let other = Store::open(&folder.url()).await.unwrap();
    let Pool::Sqlite(pool) = &other.pool else { panic!("SQLite") };
    let mut lock = pool.acquire().await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut *lock).await.unwrap();
    assert!(!store.is_ready().await, "locked");
    sqlx::query("ROLLBACK").execute(&mut *lock).await.unwrap();
    assert!(store.is_ready().await);
    drop(lock);
    // Its connections take no writes.
    let Pool::Sqlite(pool) = &store.pool else { panic!("SQLite") };
    let mut all = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut one = pool.acquire().await.unwrap();
        sqlx::query("PRAGMA query_only = ON").execute(&mut *one).await.unwrap();
        all.push(one);
    }
    drop(all);
    assert!(!store.is_ready().await, "read only");
    assert!(matches!(store.find("nobody", HOUR).await, Ok(Found::Nothing)), "reading goes on");
}

/// The test command starts a server and names it; everywhere else this store is not tested, which is said.
#[tokio::test]
async fn postgres() {
    match std::env::var("KUBEHOP_TEST_POSTGRES_URL") {
        Ok(url) => {
            check(&Store::open(&url).await.unwrap(), &Store::open(&url).await.unwrap()).await;
            take_over(&url).await;
        }
        Err(_) if std::env::var("KUBEHOP_TEST_ALL").is_ok() => panic!("KUBEHOP_TEST_POSTGRES_URL is not set"),
        Err(_) => eprintln!("not tested: tests/run.sh starts PostgreSQL and sets KUBEHOP_TEST_POSTGRES_URL"),
    }
}

#[tokio::test]
async fn an_address_of_another_kind_is_refused() {
    let refused = Store::open("mysql://user:secret@host/db").await.unwrap_err().to_string();
    assert!(refused.contains("mysql") && !refused.contains("secret"), "{refused}");
}
