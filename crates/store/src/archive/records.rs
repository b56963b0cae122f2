//! Objects kept, together with how far the copy is.

use super::facts::Facts;
use super::{Archive, ArchiveError};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::{Row, Sqlite, Transaction};
use std::collections::HashSet;

/// The dataset whose objects also become facts and words.
const CONVERSATIONS: &str = "conversations";

/// One object of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its id.
    pub id: String,
    /// When it last changed, in Unix seconds.
    pub updated_at: i64,
    /// Whether it holds its thread, or needs none.
    pub whole: bool,
    /// The object as Intercom gave it; none when Intercom has it no more.
    pub raw: Option<Value>,
}

/// How far the copy of a dataset is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Everything that changed up to this Unix second is kept.
    pub watermark: i64,
    /// The walk over everything that is under way; 0 is none.
    pub walk: i64,
    /// How far that walk is.
    pub walk_mark: i64,
    /// Whether threads are read, too.
    pub whole: bool,
    /// When a run last came to its end, in Unix seconds; 0 is never.
    pub finished_at: i64,
}

/// What became of the records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Objects that were not there before.
    pub new: u64,
    /// Objects that were there in another form.
    pub changed: u64,
    /// Objects that left.
    pub gone: u64,
}

impl Archive {
    /// How far the copy of a dataset is.
    pub async fn place(&self, dataset: &str) -> Result<Place, ArchiveError> {
        let row = sqlx::query(
            "SELECT watermark, walk, walk_mark, whole, finished_at FROM place WHERE dataset = ?",
        )
        .bind(dataset)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map_or_else(Place::default, |row| Place {
            watermark: row.get(0),
            walk: row.get(1),
            walk_mark: row.get(2),
            whole: row.get(3),
            finished_at: row.get(4),
        }))
    }

    /// Keeps records and the place reached with them, both or neither.
    pub async fn keep(
        &self,
        dataset: &str,
        records: &[Record],
        place: &Place,
    ) -> Result<Kept, ArchiveError> {
        let mut work = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let mut counters = Counters::read(&mut work, dataset).await?;
        let mut kept = Kept::default();
        for record in records {
            let was = Known::read(&mut work, dataset, &record.id).await?;
            let change = Change {
                dataset,
                record,
                was,
                walk: place.walk,
            };
            change.write(&mut work, &mut counters, &mut kept).await?;
        }
        sqlx::query(
            "INSERT OR REPLACE INTO place (dataset, watermark, walk, walk_mark, whole, finished_at, next_number, revision)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(dataset)
        .bind(place.watermark)
        .bind(place.walk)
        .bind(place.walk_mark)
        .bind(place.whole)
        .bind(place.finished_at)
        .bind(counters.next_number)
        .bind(counters.revision)
        .execute(&mut *work)
        .await?;
        work.commit().await?;
        Ok(kept)
    }

    /// Keeps one conversation as it was just read, whatever a running export does. A notification of Intercom holds only
    /// the parts that set it off, so read the conversation upon one and apply what was read.
    pub async fn apply(&self, conversation: Value) -> Result<Kept, ArchiveError> {
        let id = conversation["id"].as_str().unwrap_or_default().to_owned();
        let place = self.place(CONVERSATIONS).await?;
        let record = Record {
            id,
            updated_at: conversation["updated_at"].as_i64().unwrap_or_default(),
            whole: conversation.get("conversation_parts").is_some(),
            raw: Some(conversation),
        };
        self.keep(CONVERSATIONS, &[record], &place).await
    }

    /// Which of these objects, as (id, `updated_at`), need not be read again.
    pub async fn known(
        &self,
        dataset: &str,
        objects: &[(String, i64)],
        whole: bool,
    ) -> Result<HashSet<String>, ArchiveError> {
        let mut known = HashSet::new();
        let mut connection = self.pool.acquire().await?;
        for (id, updated_at) in objects {
            let found: Option<(i64,)> = sqlx::query_as(
                "SELECT 1 FROM record WHERE dataset = ? AND id = ? AND (gone OR updated_at >= ? AND whole >= ?)",
            )
            .bind(dataset)
            .bind(id)
            .bind(updated_at)
            .bind(whole)
            .fetch_optional(&mut *connection)
            .await?;
            if found.is_some() {
                known.insert(id.clone());
            }
        }
        Ok(known)
    }

    /// Objects that a walk over everything did not meet, in the order of their ids after `after`.
    pub async fn unmet(
        &self,
        dataset: &str,
        walk: i64,
        after: &str,
    ) -> Result<Vec<String>, ArchiveError> {
        let rows: Vec<(String,)> = sqlx::query_as(
            "SELECT id FROM record WHERE dataset = ? AND walk <> ? AND NOT gone AND id > ? ORDER BY id LIMIT 150",
        )
        .bind(dataset)
        .bind(walk)
        .bind(after)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// Notes that a walk met objects which are known already.
    pub async fn met(&self, dataset: &str, walk: i64, ids: &[String]) -> Result<(), ArchiveError> {
        let mut work = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        for id in ids {
            sqlx::query("UPDATE record SET walk = ? WHERE dataset = ? AND id = ?")
                .bind(walk)
                .bind(dataset)
                .bind(id)
                .execute(&mut *work)
                .await?;
        }
        Ok(work.commit().await?)
    }

    /// How many objects of a dataset are here, and how many of them left.
    pub async fn count(&self, dataset: &str) -> Result<(u64, u64), ArchiveError> {
        let (here, gone): (i64, i64) = sqlx::query_as(
            "SELECT COUNT(*) FILTER (WHERE NOT gone), COUNT(*) FILTER (WHERE gone) FROM record WHERE dataset = ?",
        )
        .bind(dataset)
        .fetch_one(&self.pool)
        .await?;
        Ok((here.unsigned_abs(), gone.unsigned_abs()))
    }
}

/// Numbers that are given out once each.
struct Counters {
    next_number: i64,
    revision: i64,
}

impl Counters {
    async fn read(work: &mut Transaction<'_, Sqlite>, dataset: &str) -> Result<Self, ArchiveError> {
        let row: Option<(i64, i64)> =
            sqlx::query_as("SELECT next_number, revision FROM place WHERE dataset = ?")
                .bind(dataset)
                .fetch_optional(&mut **work)
                .await?;
        let (next_number, revision) = row.unwrap_or_default();
        Ok(Self {
            next_number,
            revision: revision + 1,
        })
    }
}

/// What is kept of an object so far.
struct Known {
    key: i64,
    updated_at: i64,
    whole: bool,
    gone: bool,
    digest: Option<Vec<u8>>,
}

impl Known {
    async fn read(
        work: &mut Transaction<'_, Sqlite>,
        dataset: &str,
        id: &str,
    ) -> Result<Option<Self>, ArchiveError> {
        let row = sqlx::query(
            "SELECT key, updated_at, whole, gone, digest FROM record WHERE dataset = ? AND id = ?",
        )
        .bind(dataset)
        .bind(id)
        .fetch_optional(&mut **work)
        .await?;
        Ok(row.map(|row| Self {
            key: row.get(0),
            updated_at: row.get(1),
            whole: row.get(2),
            gone: row.get(3),
            digest: row.get(4),
        }))
    }
}

/// One record on its way into the archive.
struct Change<'a> {
    dataset: &'a str,
    record: &'a Record,
    was: Option<Known>,
    walk: i64,
}

impl Change<'_> {
    async fn write(
        &self,
        work: &mut Transaction<'_, Sqlite>,
        counters: &mut Counters,
        kept: &mut Kept,
    ) -> Result<(), ArchiveError> {
        let Some(raw) = &self.record.raw else {
            kept.gone += u64::from(self.bury(work, counters).await?);
            return Ok(());
        };
        // Values always serialize.
        let text = serde_json::to_string(raw).unwrap_or_default();
        let digest = Sha256::digest(&text)[..16].to_vec();
        let key = match &self.was {
            Some(was) if was.gone || self.is_older_than(was) => return Ok(()),
            Some(was) if was.digest.as_ref() == Some(&digest) => {
                return self.met(work, was.key).await;
            }
            Some(was) => {
                kept.changed += 1;
                self.replace(work, was.key, counters.revision, (&text, &digest))
                    .await?;
                was.key
            }
            None => {
                kept.new += 1;
                self.insert(work, counters, (&text, &digest)).await?
            }
        };
        if self.dataset == CONVERSATIONS {
            Facts::of(raw).write(work, key).await?;
        }
        Ok(())
    }

    /// Whether what is kept says more: it is newer, or has the thread of the same moment.
    fn is_older_than(&self, was: &Known) -> bool {
        (self.record.updated_at, self.record.whole) < (was.updated_at, was.whole)
    }

    async fn insert(
        &self,
        work: &mut Transaction<'_, Sqlite>,
        counters: &mut Counters,
        (text, digest): (&str, &[u8]),
    ) -> Result<i64, ArchiveError> {
        let number = counters.next_number;
        counters.next_number += 1;
        let (key,) = sqlx::query_as(
            "INSERT INTO record (dataset, id, number, revision, updated_at, whole, walk, digest, raw)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING key",
        )
        .bind(self.dataset)
        .bind(&self.record.id)
        .bind(number)
        .bind(counters.revision)
        .bind(self.record.updated_at)
        .bind(self.record.whole)
        .bind(self.walk)
        .bind(digest)
        .bind(text)
        .fetch_one(&mut **work)
        .await?;
        Ok(key)
    }

    async fn replace(
        &self,
        work: &mut Transaction<'_, Sqlite>,
        key: i64,
        revision: i64,
        (text, digest): (&str, &[u8]),
    ) -> Result<(), ArchiveError> {
        sqlx::query(
            "UPDATE record SET revision = ?, updated_at = ?, whole = ?, walk = ?, digest = ?, raw = ? WHERE key = ?",
        )
        .bind(revision)
        .bind(self.record.updated_at)
        .bind(self.record.whole)
        .bind(self.walk)
        .bind(digest)
        .bind(text)
        .bind(key)
        .execute(&mut **work)
        .await?;
        Ok(())
    }

    async fn met(&self, work: &mut Transaction<'_, Sqlite>, key: i64) -> Result<(), ArchiveError> {
        sqlx::query("UPDATE record SET walk = ?, updated_at = MAX(updated_at, ?) WHERE key = ?")
            .bind(self.walk)
            .bind(self.record.updated_at)
            .bind(key)
            .execute(&mut **work)
            .await?;
        Ok(())
    }

    /// Leaves a tombstone, so that a search that still finds the object does not bring it back.
    async fn bury(
        &self,
        work: &mut Transaction<'_, Sqlite>,
        counters: &Counters,
    ) -> Result<bool, ArchiveError> {
        let Some(was) = &self.was else {
            sqlx::query(
                "INSERT INTO record (dataset, id, revision, updated_at, whole, walk, gone) VALUES (?, ?, ?, ?, 1, 0, 1)",
            )
            .bind(self.dataset)
            .bind(&self.record.id)
            .bind(counters.revision)
            .bind(self.record.updated_at)
            .execute(&mut **work)
            .await?;
            return Ok(false);
        };
        if was.gone {
            return Ok(false);
        }
        sqlx::query(
            "UPDATE record SET gone = 1, raw = NULL, digest = NULL, revision = ? WHERE key = ?",
        )
        .bind(counters.revision)
        .bind(was.key)
        .execute(&mut **work)
        .await?;
        if self.dataset == CONVERSATIONS {
            Facts::forget(work, was.key).await?;
        }
        Ok(true)
    }
}
