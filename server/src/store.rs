//! Scenarios that were uploaded, in SQLite or PostgreSQL. The same SQL serves both.

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{Row, SqlSafeStr};
use std::borrow::Cow;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Characters of an id: 80 bits of the content's SHA-256.
const ID_LENGTH: usize = 16;
/// Connections kept.
const CONNECTIONS: u32 = 8;
/// How long a request waits for one.
const ACQUIRE: Duration = Duration::from_secs(5);

/// One uploaded text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Name as given.
    pub name: String,
    /// Content.
    pub text: String,
}

/// An uploaded scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Id, as in `/s/{id}`.
    pub id: String,
    /// Name to show.
    pub name: String,
    /// Its texts as they are stored.
    text: String,
}

impl Stored {
    /// A scenario to be stored. Takes time for large texts, as [`Self::files`] does.
    ///
    /// # Errors
    /// Texts that cannot be written.
    pub fn of(name: &str, files: &[File]) -> Result<Self, StoreError> {
        Ok(Self { id: Store::id_of(files), name: name.to_owned(), text: serde_json::to_string(files)? })
    }

    /// Its texts.
    ///
    /// # Errors
    /// Content that cannot be read.
    pub fn files(&self) -> Result<Vec<File>, StoreError> {
        Ok(serde_json::from_str(&self.text)?)
    }
}

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database does not do as asked.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables cannot be made.
    #[error("database migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// What is stored cannot be read.
    #[error("stored scenario: {0}")]
    Content(#[from] serde_json::Error),
    /// The address is of no kind we know.
    #[error("database address must start with sqlite: or postgres:, not {0:?}")]
    Scheme(String),
}

/// The store.
#[derive(Clone, Debug)]
pub enum Store {
    /// A file, or memory.
    Sqlite(SqlitePool),
    /// A server.
    Postgres(PgPool),
}

/// The tables, step by step; a step never changes once released.
fn migrator() -> Migrator {
    let first = Migration::new(
        1,
        Cow::Borrowed("scenarios"),
        MigrationType::Simple,
        "CREATE TABLE scenarios (id TEXT PRIMARY KEY, created_at BIGINT NOT NULL, name TEXT NOT NULL, files TEXT NOT NULL)".into_sql_str(),
        false,
    );
    Migrator::with_migrations(vec![first])
}

impl Store {
    /// Opens the database and makes its tables.
    ///
    /// # Errors
    /// An address of no known kind, or a database that cannot be reached or written.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let store = match url.split(':').next() {
            Some("sqlite") => {
                let memory = url.contains(":memory:");
                let options = SqliteConnectOptions::from_str(url)?.create_if_missing(true).busy_timeout(ACQUIRE);
                let options = if memory { options } else { options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal) };
                // Memory belongs to one connection.
                let connections = if memory { 1 } else { CONNECTIONS };
                let pool = SqlitePoolOptions::new()
                    .max_connections(connections)
                    .min_connections(u32::from(memory))
                    .acquire_timeout(ACQUIRE);
                let pool = if memory { pool.idle_timeout(None).max_lifetime(None) } else { pool };
                Self::Sqlite(pool.connect_with(options).await?)
            }
            Some("postgres" | "postgresql") => Self::Postgres(
                PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(ACQUIRE).connect(url).await?,
            ),
            // What follows the scheme may hold a password.
            scheme => return Err(StoreError::Scheme(scheme.unwrap_or_default().chars().take(20).collect())),
        };
        match &store {
            Self::Sqlite(pool) => migrator().run(pool).await?,
            Self::Postgres(pool) => migrator().run(pool).await?,
        }
        Ok(store)
    }

    /// The id that a content has: the same content always has the same.
    pub fn id_of(files: &[File]) -> String {
        let mut hash = Sha256::new();
        for file in files {
            for part in [&file.name, &file.text] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part.as_bytes());
            }
        }
        let mut id = BASE32_NOPAD.encode(&hash.finalize()).to_lowercase();
        id.truncate(ID_LENGTH);
        id
    }

    /// Keeps a scenario. Keeping the same content again changes nothing.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn put(&self, scenario: &Stored) -> Result<(), StoreError> {
        const SQL: &str =
            "INSERT INTO scenarios (id, created_at, name, files) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
        let Stored { id, name, text } = scenario;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
        match self {
            Self::Sqlite(pool) => {
                sqlx::query(SQL).bind(id).bind(now).bind(name).bind(text).execute(pool).await?;
            }
            Self::Postgres(pool) => {
                sqlx::query(SQL).bind(id).bind(now).bind(name).bind(text).execute(pool).await?;
            }
        }
        Ok(())
    }

    /// A scenario by its id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn get(&self, id: &str) -> Result<Option<Stored>, StoreError> {
        const SQL: &str = "SELECT name, files FROM scenarios WHERE id = $1";
        let row: Option<(String, String)> = match self {
            Self::Sqlite(pool) => {
                sqlx::query(SQL).bind(id).fetch_optional(pool).await?.map(|row| (row.get(0), row.get(1)))
            }
            Self::Postgres(pool) => {
                sqlx::query(SQL).bind(id).fetch_optional(pool).await?.map(|row| (row.get(0), row.get(1)))
            }
        };
        Ok(row.map(|(name, text)| Stored { id: id.to_owned(), name, text }))
    }

    /// True when there is a scenario of that id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn has(&self, id: &str) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT 1 FROM scenarios WHERE id = $1";
        Ok(match self {
            Self::Sqlite(pool) => sqlx::query(SQL).bind(id).fetch_optional(pool).await?.is_some(),
            Self::Postgres(pool) => sqlx::query(SQL).bind(id).fetch_optional(pool).await?.is_some(),
        })
    }

    /// True when the database answers.
    pub async fn is_ready(&self) -> bool {
        match self {
            Self::Sqlite(pool) => sqlx::query("SELECT 1").execute(pool).await.is_ok(),
            Self::Postgres(pool) => sqlx::query("SELECT 1").execute(pool).await.is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> Vec<File> {
        vec![File { name: "한글.yaml".to_owned(), text: text.to_owned() }]
    }

    /// What every kind of store does.
    async fn check(url: &str) {
        let store = Store::open(url).await.unwrap();
        assert!(store.is_ready().await);
        let text = format!("a: 1 # {:?}", SystemTime::now());
        let put = async |name: &str, files: &[File]| {
            let stored = Stored::of(name, files).unwrap();
            store.put(&stored).await.unwrap();
            stored.id
        };
        let id = put("name", &files(&text)).await;
        assert_eq!(id.len(), ID_LENGTH);
        assert_eq!(put("other name", &files(&text)).await, id, "the same content has the same id");
        assert_ne!(put("name", &files("b: 2")).await, id);
        let stored = store.get(&id).await.unwrap().unwrap();
        assert_eq!((stored.name.as_str(), stored.files().unwrap()), ("name", files(&text)), "the first name stays");
        assert_eq!(store.get("nobody").await.unwrap(), None);
        assert_eq!((store.has(&id).await.unwrap(), store.has("nobody").await.unwrap()), (true, false));
        assert!(Store::open(url).await.is_ok(), "opening again finds the tables there");
    }

    #[tokio::test]
    async fn sqlite_in_memory() {
        check("sqlite::memory:").await;
    }

    #[tokio::test]
    async fn sqlite_in_a_file_survives_closing() {
        let folder = std::env::temp_dir().join(format!("kubehop-store-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let url = format!("sqlite://{}", folder.join("test.db").display());
        check(&url).await;
        let store = Store::open(&url).await.unwrap();
        assert!(store.get(&Store::id_of(&files("b: 2"))).await.unwrap().is_some());
        std::fs::remove_dir_all(&folder).unwrap();
    }

    /// The test command starts a server and names it; everywhere else this store is not tested, which is said.
    #[tokio::test]
    async fn postgres() {
        match std::env::var("KUBEHOP_TEST_POSTGRES_URL") {
            Ok(url) => check(&url).await,
            Err(_) if std::env::var("KUBEHOP_TEST_ALL").is_ok() => panic!("KUBEHOP_TEST_POSTGRES_URL is not set"),
            Err(_) => eprintln!("not tested: tests/run.sh starts PostgreSQL and sets KUBEHOP_TEST_POSTGRES_URL"),
        }
    }

    #[tokio::test]
    async fn an_address_of_another_kind_is_refused() {
        let refused = Store::open("mysql://user:secret@host/db").await.unwrap_err().to_string();
        assert!(refused.contains("mysql") && !refused.contains("secret"), "{refused}");
    }
}
