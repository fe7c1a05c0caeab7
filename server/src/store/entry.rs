//! Entries: kept, found, used, swept away.

use super::{Room, Store, StoreError, Stored, now, on, random};
use sqlx::Row;

/// Bytes that an entry counts for beside what it holds.
const AROUND: i64 = 1_024;
/// Seconds after which a use is written down again.
const TOUCH: i64 = 60;
/// Seconds for which it is remembered that a share has ended.
const REMEMBERED: i64 = 90 * 86_400;

/// An entry that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Id, as in `/s/{id}`.
    pub id: String,
    /// Name to show.
    pub name: String,
    /// Places that were redacted.
    pub redacted: usize,
    /// A share; else an upload.
    pub shared: bool,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    /// When it ends; `None`: never.
    pub expires: Option<i64>,
    /// The entry that it was made of.
    pub parent: Option<String>,
    /// A share's question: what stands behind the `?` of its address.
    pub query: String,
    /// What came out when it was shared, for whoever compares.
    pub result: String,
}

/// What there is of an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is there.
    Here(Box<Entry>),
    /// It was shared; now it is deleted, or its time is over.
    Gone,
    /// Nothing.
    Nothing,
}

/// Who keeps something, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'a> {
    /// A name of the client; only its hash is kept.
    pub owner: &'a str,
    /// Seconds from its last use.
    pub lifetime: i64,
    /// The entry that it was made of.
    pub parent: &'a str,
    /// How much may be stored.
    pub room: Room,
}

/// A row of `entries`, and what is written with it.
pub(super) struct Line<'a> {
    pub(super) id: &'a str,
    pub(super) owner: &'a str,
    pub(super) created: i64,
    pub(super) expires: Option<i64>,
    pub(super) shared: bool,
    pub(super) redacted: usize,
    pub(super) name: &'a str,
    pub(super) parent: &'a str,
    pub(super) query: &'a str,
    pub(super) result: &'a str,
    pub(super) key_hash: &'a str,
}

impl Store {
    /// Keeps an upload under an id of its own.
    ///
    /// # Errors
    /// [`StoreError::Full`]; those of the database.
    pub async fn put(&self, stored: &Stored, kept: Kept<'_>) -> Result<String, StoreError> {
        let owner = self.hash("owner", &[kept.owner]);
        self.fits(&owner, stored.text.len(), kept.room).await?;
        let (id, now) = (random::key()?, now());
        let line = Line {
            id: &id,
            owner: &owner,
            created: now,
            expires: Some(now + kept.lifetime),
            shared: false,
            redacted: stored.redacted,
            name: &stored.name,
            parent: kept.parent,
            query: "",
            result: "",
            key_hash: "",
        };
        self.write(&stored.text, &line).await?;
        Ok(id)
    }

    /// What the first version kept.
    pub(super) async fn adopt(
        &self,
        id: &str,
        created: i64,
        name: &str,
        text: &str,
        redacted: usize,
    ) -> Result<(), StoreError> {
        let line = Line {
            id,
            owner: "",
            created,
            expires: None,
            shared: true,
            redacted,
            name,
            parent: "",
            query: "",
            result: "",
            key_hash: "",
        };
        self.write(text, &line).await
    }

    /// Refuses what there is no room for.
    pub(super) async fn fits(&self, owner: &str, bytes: usize, room: Room) -> Result<(), StoreError> {
        const TOTAL: &str = "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM contents";
        const CLIENT: &str =
            "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM entries WHERE owner = $1 AND content IS NOT NULL";
        self.there()?;
        let total: i64 = on!(self, pool => sqlx::query(TOTAL).fetch_one(pool).await?.get(0));
        let client: i64 = on!(self, pool => sqlx::query(CLIENT).bind(owner).fetch_one(pool).await?.get(0));
        let over = |used: i64, limit: u64| used.max(0) as u64 + bytes as u64 > limit;
        if over(client, room.client) {
            return Err(StoreError::Full { client: true, limit: room.client });
        }
        if over(total, room.total) {
            return Err(StoreError::Full { client: false, limit: room.total });
        }
        Ok(())
    }

    pub(super) async fn write(&self, text: &str, line: &Line<'_>) -> Result<(), StoreError> {
        // A conflict locks the row, so that nobody sweeps it away meanwhile.
        const CONTENT: &str = "INSERT INTO contents (hash, bytes, files) VALUES ($1, $2, $3) ON CONFLICT (hash) DO UPDATE SET bytes = excluded.bytes";
        const ENTRY: &str = "INSERT INTO entries (id, content, bytes, owner, created_at, expires_at, shared, redacted, name, parent, query, result, key_hash) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING";
        self.there()?;
        let hash = self.hash("content", &[text]);
        let bytes = text.len() as i64;
        on!(self, pool => {
            let mut both = pool.begin().await?;
            sqlx::query(CONTENT).bind(&hash).bind(bytes).bind(text).execute(&mut *both).await?;
            sqlx::query(ENTRY)
                .bind(line.id)
                .bind(&hash)
                .bind(bytes + AROUND)
                .bind(line.owner)
                .bind(line.created)
                .bind(line.expires)
                .bind(i64::from(line.shared))
                .bind(line.redacted as i64)
                .bind(line.name)
                .bind(line.parent)
                .bind(line.query)
                .bind(line.result)
                .bind(line.key_hash)
                .execute(&mut *both)
                .await?;
            both.commit().await?;
        });
        Ok(())
    }

    /// What there is of an id, without what it holds. An upload that is used lives on for `lifetime` seconds.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find(&self, id: &str, lifetime: i64) -> Result<Found, StoreError> {
        const SQL: &str = "SELECT name, redacted, shared, created_at, expires_at, ended_at, parent, query, result FROM entries WHERE id = $1";
        const USED: &str = "UPDATE entries SET expires_at = $1 WHERE id = $2 AND shared = 0 AND ended_at IS NULL";
        type Columns = (String, i64, i64, i64, Option<i64>, Option<i64>, String, String, String);
        let row: Option<Columns> = on!(self, pool => sqlx::query(SQL).bind(id).fetch_optional(pool).await?.map(|row| {
            (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4), row.get(5), row.get(6), row.get(7), row.get(8))
        }));
        let Some((name, redacted, shared, created, expires, ended, parent, query, result)) = row else {
            return Ok(Found::Nothing);
        };
        let (now, shared) = (now(), shared != 0);
        if ended.is_some() || expires.is_some_and(|expires| expires <= now) {
            return Ok(if shared { Found::Gone } else { Found::Nothing });
        }
        if !shared && expires.is_some_and(|expires| expires + TOUCH.min(lifetime / 2) < now + lifetime) {
            let used =
                on!(self, pool => sqlx::query(USED).bind(now + lifetime).bind(id).execute(pool).await.map(|_| ()));
            // It can be read all the same.
            if let Err(error) = used {
                tracing::warn!(%error, "a use was not written down");
            }
        }
        let parent = Some(parent).filter(|parent| !parent.is_empty());
        let entry = Entry {
            id: id.to_owned(),
            name,
            redacted: redacted as usize,
            shared,
            created,
            expires,
            parent,
            query,
            result,
        };
        Ok(Found::Here(Box::new(entry)))
    }

    /// What an entry holds.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn get(&self, id: &str) -> Result<Option<Stored>, StoreError> {
        const SQL: &str = "SELECT entries.name, entries.redacted, contents.files FROM entries JOIN contents ON contents.hash = entries.content \
             WHERE entries.id = $1 AND entries.ended_at IS NULL AND (entries.expires_at IS NULL OR entries.expires_at > $2)";
        let row: Option<(String, i64, String)> = on!(self, pool => sqlx::query(SQL)
            .bind(id)
            .bind(now())
            .fetch_optional(pool)
            .await?
            .map(|row| (row.get(0), row.get(1), row.get(2))));
        Ok(row.map(|(name, redacted, text)| Stored { name, redacted: redacted as usize, text }))
    }

    /// Deletes what is over. Returns how many entries that were.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        const UPLOADS: &str = "DELETE FROM entries WHERE shared = 0 AND expires_at <= $1";
        const SHARES: &str = "UPDATE entries SET ended_at = $1, content = NULL, name = '', query = '', result = '', key_hash = '' \
             WHERE shared <> 0 AND ended_at IS NULL AND expires_at <= $1";
        const FORGOTTEN: &str = "DELETE FROM entries WHERE ended_at <= $1";
        const CONTENTS: &str =
            "DELETE FROM contents WHERE NOT EXISTS (SELECT 1 FROM entries WHERE entries.content = contents.hash)";
        let now = now();
        let mut count = 0;
        on!(self, pool => {
            for (sql, before) in [(UPLOADS, now), (SHARES, now), (FORGOTTEN, now - REMEMBERED)] {
                count += sqlx::query(sql).bind(before).execute(pool).await?.rows_affected();
            }
            // A reference that was made meanwhile refuses it; the next time it is right.
            if let Err(error) = sqlx::query(CONTENTS).execute(pool).await {
                tracing::debug!(%error, "contents are in use again");
            }
        });
        Ok(count)
    }
}
