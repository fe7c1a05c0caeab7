//! Shares: made of an entry, changed and deleted by whoever has the key.

use super::entry::Line;
use super::{Room, Store, StoreError, Stored, now, on, random};
use sqlx::Row;

/// A share that is to be made.
#[derive(Clone, Copy, Debug)]
pub struct Shared<'a> {
    /// What it holds.
    pub stored: &'a Stored,
    /// A name of the client; only its hash is kept.
    pub owner: &'a str,
    /// The entry that it was made of.
    pub parent: &'a str,
    /// What stands behind the `?` of its address.
    pub query: &'a str,
    /// What came out.
    pub result: &'a str,
    /// When it ends, in seconds since 1970; `None`: never.
    pub expires: Option<i64>,
    /// How much may be stored.
    pub room: Room,
}

/// A change of a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// Another end.
    Expires(Option<i64>),
    /// The end, now.
    Delete,
    /// Another key.
    Key(&'a str),
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Done.
    Done,
    /// The key is another one.
    WrongKey,
    /// It has ended before.
    Gone,
    /// No such share.
    Nothing,
}

impl Store {
    /// Makes a share; returns its id and its key.
    ///
    /// # Errors
    /// [`StoreError::Full`]; those of the database.
    pub async fn share(&self, share: Shared<'_>) -> Result<(String, String), StoreError> {
        let owner = self.hash("owner", &[share.owner]);
        self.fits(&owner, share.stored.text.len(), share.room).await?;
        let (id, key) = (random::key()?, random::key()?);
        let line = Line {
            id: &id,
            owner: &owner,
            created: now(),
            expires: share.expires,
            shared: true,
            redacted: share.stored.redacted,
            name: &share.stored.name,
            parent: share.parent,
            query: share.query,
            result: share.result,
            key_hash: &self.hash("key", &[&id, &key]),
        };
        self.write(&share.stored.text, &line).await?;
        Ok((id, key))
    }

    /// True when `key` is that of the share.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn has_key(&self, id: &str, key: &str) -> Result<bool, StoreError> {
        const SQL: &str = "SELECT 1 FROM entries WHERE id = $1 AND shared <> 0 AND key_hash = $2";
        let hash = self.hash("key", &[id, key]);
        Ok(on!(self, pool => sqlx::query(SQL).bind(id).bind(&hash).fetch_optional(pool).await?.is_some()))
    }

    /// Changes a share. It takes effect at once, everywhere.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn change(&self, id: &str, key: &str, change: Change<'_>) -> Result<Changed, StoreError> {
        const SQL: &str = "SELECT expires_at, ended_at, key_hash FROM entries WHERE id = $1 AND shared <> 0";
        const EXPIRES: &str = "UPDATE entries SET expires_at = $1 WHERE id = $2 AND ended_at IS NULL AND key_hash = $3";
        const KEY: &str = "UPDATE entries SET key_hash = $1 WHERE id = $2 AND ended_at IS NULL AND key_hash = $3";
        // Of what is deleted nothing is left but that it was there.
        const DELETE: &str = "UPDATE entries SET ended_at = $1, content = NULL, name = '', query = '', result = '', key_hash = '' \
             WHERE id = $2 AND ended_at IS NULL AND key_hash = $3";
        let row: Option<(Option<i64>, Option<i64>, String)> = on!(self, pool => sqlx::query(SQL)
            .bind(id)
            .fetch_optional(pool)
            .await?
            .map(|row| (row.get(0), row.get(1), row.get(2))));
        let Some((expires, ended, key_hash)) = row else { return Ok(Changed::Nothing) };
        let now = now();
        if ended.is_some() || expires.is_some_and(|expires| expires <= now) {
            return Ok(Changed::Gone);
        }
        let hash = self.hash("key", &[id, key]);
        if key_hash.is_empty() || hash != key_hash {
            return Ok(Changed::WrongKey);
        }
        self.there()?;
        let rows = match change {
            Change::Expires(at) => {
                on!(self, pool => sqlx::query(EXPIRES).bind(at).bind(id).bind(&hash).execute(pool).await?.rows_affected())
            }
            Change::Key(new) => {
                let new = self.hash("key", &[id, new]);
                on!(self, pool => sqlx::query(KEY).bind(&new).bind(id).bind(&hash).execute(pool).await?.rows_affected())
            }
            Change::Delete => {
                on!(self, pool => sqlx::query(DELETE).bind(now).bind(id).bind(&hash).execute(pool).await?.rows_affected())
            }
        };
        // Somebody was faster.
        Ok(if rows == 1 { Changed::Done } else { Changed::Gone })
    }
}
