//! The tables, step by step, and what becomes of what earlier versions left.

use super::{File, Pool, Store, StoreError, now, on, random};
use data_encoding::BASE32_NOPAD;
use kubernetes::redact::{self, What};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Row, SqlSafeStr};
use std::borrow::Cow;

/// A step never changes once released.
const STEPS: [(i64, &str, &str); 2] = [
    (
        1,
        "scenarios",
        "CREATE TABLE scenarios (id TEXT PRIMARY KEY, created_at BIGINT NOT NULL, name TEXT NOT NULL, files TEXT NOT NULL)",
    ),
    (
        2,
        "entries",
        "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
         CREATE TABLE contents (hash TEXT PRIMARY KEY, bytes BIGINT NOT NULL, files TEXT NOT NULL);
         CREATE TABLE entries (
             id TEXT PRIMARY KEY,
             content TEXT REFERENCES contents (hash),
             bytes BIGINT NOT NULL,
             owner TEXT NOT NULL,
             created_at BIGINT NOT NULL,
             expires_at BIGINT,
             ended_at BIGINT,
             shared BIGINT NOT NULL,
             redacted BIGINT NOT NULL,
             name TEXT NOT NULL,
             parent TEXT NOT NULL,
             query TEXT NOT NULL,
             result TEXT NOT NULL,
             key_hash TEXT NOT NULL
         );
         CREATE INDEX entries_content ON entries (content);
         CREATE INDEX entries_owner ON entries (owner);
         CREATE INDEX entries_expires ON entries (expires_at);
         CREATE INDEX entries_parent ON entries (parent)",
    ),
];

pub(super) fn migrator() -> Migrator {
    let step = |(version, name, sql): (i64, &'static str, &'static str)| {
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(STEPS.map(step).to_vec())
}

impl Store {
    /// What hashes are made with; made by the first server of this database.
    pub(super) async fn secret(&self) -> Result<[u8; 32], StoreError> {
        const MAKE: &str = "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        const READ: &str = "SELECT value FROM settings WHERE name = 'secret'";
        const COUNT: &str = "SELECT COUNT(*) FROM settings WHERE name IN ('secret', 'written')";
        // A database that takes no writes now can be read all the same.
        let known: i64 = on!(self, pool => sqlx::query(COUNT).fetch_one(pool).await?.get(0));
        if known < 2 {
            let fresh = random::text(&random::bytes::<32>()?);
            let written = now().to_string();
            for (name, value) in [("secret", &fresh), ("written", &written)] {
                on!(self, pool => sqlx::query(MAKE).bind(name).bind(value).execute(pool).await.map(|_| ()))?;
            }
        }
        let text: String = on!(self, pool => sqlx::query(READ).fetch_one(pool).await?.get(0));
        let bytes = BASE32_NOPAD.decode(text.to_uppercase().as_bytes()).unwrap_or_default();
        bytes.try_into().map_err(|_| StoreError::System(std::io::Error::other("the store's secret cannot be read")))
    }

    /// What the first version kept, as it was uploaded and for ever, becomes redacted shares that nobody has a key to.
    pub(super) async fn take_over(&self) -> Result<(), StoreError> {
        const NEXT: &str = "SELECT id, created_at, name, files FROM scenarios LIMIT 1";
        const DONE: &str = "DELETE FROM scenarios WHERE id = $1";
        let mut any = false;
        loop {
            let row: Option<(String, i64, String, String)> = on!(self, pool => sqlx::query(NEXT)
                .fetch_optional(pool)
                .await?
                .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))));
            let Some((id, created, name, text)) = row else { break };
            any = true;
            // What cannot be read could not be opened either.
            if let Ok(mut files) = serde_json::from_str::<Vec<File>>(&text) {
                let mut redacted = 0;
                for file in &mut files {
                    let done = redact::text(&file.text, What::default());
                    redacted += done.count;
                    file.text = done.text;
                }
                let text = serde_json::to_string(&files)?;
                self.adopt(&id, created, &name, &text, redacted).await?;
            }
            on!(self, pool => sqlx::query(DONE).bind(&id).execute(pool).await.map(|_| ()))?;
        }
        if let (true, Pool::Sqlite(pool)) = (any, &self.pool) {
            // What was not redacted is in no page of the file any more; nor in what was written ahead.
            sqlx::query("VACUUM").execute(pool).await?;
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(pool).await?;
        }
        Ok(())
    }
}
