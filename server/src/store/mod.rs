//! Scenarios that were uploaded or shared, in SQLite or PostgreSQL. The same SQL serves both.
//!
//! A scenario is an entry with a random id; what it holds is kept once however many entries hold it, under a keyed hash that nobody outside
//! sees. An entry is an upload, which lives for a while after its last use, or a share: an upload with a question, a lifetime and a key.
//! Nothing of an entry is kept in memory: what is changed or deleted is so at once, on every server of the same database.

mod entry;
mod file;
mod random;
mod schema;
mod share;
#[cfg(test)]
mod tests;

pub use entry::{Entry, Found, Kept};
pub use random::key as random_key;
pub use share::{Change, Changed, Shared};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Connections kept.
const CONNECTIONS: u32 = 8;
/// How long a request waits for one.
const ACQUIRE: Duration = Duration::from_secs(5);
/// How long a test write may take.
const READY: Duration = Duration::from_secs(2);

/// One uploaded text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Name as given.
    pub name: String,
    /// Content.
    pub text: String,
}

/// What a scenario holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Name to show.
    pub name: String,
    /// Places that were redacted.
    pub redacted: usize,
    /// Its texts as they are stored.
    text: String,
}

impl Stored {
    /// A scenario to be stored. Takes time for large texts, as [`Self::files`] does.
    ///
    /// # Errors
    /// Texts that cannot be written.
    pub fn of(name: &str, files: &[File], redacted: usize) -> Result<Self, StoreError> {
        Ok(Self { name: name.to_owned(), redacted, text: serde_json::to_string(files)? })
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
    /// The database's file is not where it was.
    #[error("the database file has gone")]
    Gone,
    /// The file, or the system's random numbers.
    #[error("store: {0}")]
    System(#[from] std::io::Error),
    /// There is no room: whose, in bytes.
    #[error("no room in the store: the limit is {limit} bytes")]
    Full {
        /// The client has used up its part, others may go on.
        client: bool,
        /// Bytes.
        limit: u64,
    },
}

/// How much may be stored.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Bytes of all scenarios.
    pub total: u64,
    /// Bytes of one client's.
    pub client: u64,
}

/// The store.
#[derive(Clone, Debug)]
pub struct Store {
    pool: Pool,
    /// The file, where there is one.
    file: Option<file::Opened>,
    /// What hashes are made with: the same for all servers of a database.
    key: [u8; 32],
}

#[derive(Clone, Debug)]
enum Pool {
    /// A file, or memory.
    Sqlite(SqlitePool),
    /// A server.
    Postgres(PgPool),
}

/// The same on the pool of either kind.
macro_rules! on {
    ($store:expr, $pool:ident => $body:expr) => {
        match &$store.pool {
            $crate::store::Pool::Sqlite($pool) => $body,
            $crate::store::Pool::Postgres($pool) => $body,
        }
    };
}
use on;

/// Seconds since 1970.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

impl Store {
    /// Opens the database and makes its tables. What an earlier version left is redacted and becomes shares.
    ///
    /// # Errors
    /// An address of no known kind, or a database that cannot be reached or written.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let (pool, file) = match url.split(':').next() {
            Some("sqlite") => {
                let memory = url.contains(":memory:");
                let options = SqliteConnectOptions::from_str(url)?
                    .create_if_missing(true)
                    .busy_timeout(ACQUIRE)
                    .foreign_keys(true)
                    // What is deleted is not left in the file.
                    .pragma("secure_delete", "ON");
                let options = if memory { options } else { options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal) };
                let file = if memory { None } else { Some(file::Opened::private(options.get_filename())?) };
                // Memory belongs to one connection.
                let connections = if memory { 1 } else { CONNECTIONS };
                let pool = SqlitePoolOptions::new()
                    .max_connections(connections)
                    .min_connections(u32::from(memory))
                    .acquire_timeout(ACQUIRE);
                let pool = if memory { pool.idle_timeout(None).max_lifetime(None) } else { pool };
                (Pool::Sqlite(pool.connect_with(options).await?), file)
            }
            Some("postgres" | "postgresql") => {
                let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(ACQUIRE);
                (Pool::Postgres(pool.connect(url).await?), None)
            }
            // What follows the scheme may hold a password.
            scheme => return Err(StoreError::Scheme(scheme.unwrap_or_default().chars().take(20).collect())),
        };
        let mut store = Self { pool, file, key: [0; 32] };
        match &store.pool {
            Pool::Sqlite(pool) => schema::migrator().run(pool).await?,
            Pool::Postgres(pool) => schema::migrator().run(pool).await?,
        }
        store.key = store.secret().await?;
        store.take_over().await?;
        Ok(store)
    }

    /// The hash under which something is known here and nowhere else.
    fn hash(&self, what: &str, parts: &[&str]) -> String {
        let mut inner = Sha256::new();
        inner.update(self.key);
        inner.update(what.as_bytes());
        for part in parts {
            inner.update((part.len() as u64).to_be_bytes());
            inner.update(part.as_bytes());
        }
        let mut outer = Sha256::new();
        outer.update(self.key);
        outer.update(inner.finalize());
        random::text(&outer.finalize())
    }

    /// A file that is not there any more takes writes that nobody reads again.
    fn there(&self) -> Result<(), StoreError> {
        match &self.file {
            Some(file) if !file.is_there() => Err(StoreError::Gone),
            _ => Ok(()),
        }
    }

    /// True when a write works now.
    pub async fn is_ready(&self) -> bool {
        const SQL: &str = "UPDATE settings SET value = $1 WHERE name = 'written'";
        if self.there().is_err() {
            return false;
        }
        if let Some(file) = self.file.clone()
            && !tokio::task::spawn_blocking(move || file.has_room()).await.unwrap_or_default()
        {
            return false;
        }
        let now = now().to_string();
        let write = async { on!(self, pool => sqlx::query(SQL).bind(&now).execute(pool).await.map(|_| ()).is_ok()) };
        tokio::time::timeout(READY, write).await.unwrap_or_default()
    }
}
