//! Parts: the archive cut into files. An object stays in its part for good, so a change makes one file anew.

use super::{Archive, ArchiveError};
use sqlx::Row;

/// One part of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its number, counted from 0.
    pub number: i64,
    /// The newest change in it.
    pub revision: i64,
    /// Objects in it.
    pub rows: i64,
}

/// A part as it was written to a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its number, counted from 0.
    pub number: i64,
    /// The newest change that it shows.
    pub revision: i64,
    /// Its size in bytes; 0 where no file is left of it.
    pub size: i64,
}

/// One object, for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowOf {
    /// Its number.
    pub number: i64,
    /// The object as Intercom gave it, as JSON.
    pub raw: String,
}

impl Archive {
    /// The parts of a dataset, each of as many numbers.
    pub async fn parts(&self, dataset: &str, size: i64) -> Result<Vec<Part>, ArchiveError> {
        let rows = sqlx::query(
            "SELECT number / ?, MAX(revision), COUNT(*) FILTER (WHERE NOT gone) FROM record
             WHERE dataset = ? AND number IS NOT NULL GROUP BY 1 ORDER BY 1",
        )
        .bind(size)
        .bind(dataset)
        .fetch_all(&self.pool)
        .await?;
        let part = |row: &sqlx::sqlite::SqliteRow| Part {
            number: row.get(0),
            revision: row.get(1),
            rows: row.get(2),
        };
        Ok(rows.iter().map(part).collect())
    }

    /// Up to `limit` objects whose numbers are from `from` on and less than `to`.
    pub async fn rows(
        &self,
        dataset: &str,
        (from, to): (i64, i64),
        limit: i64,
    ) -> Result<Vec<RowOf>, ArchiveError> {
        let rows: Vec<(i64, String)> = sqlx::query_as(
            "SELECT number, raw FROM record WHERE dataset = ? AND number >= ? AND number < ? AND NOT gone
             ORDER BY number LIMIT ?",
        )
        .bind(dataset)
        .bind(from)
        .bind(to)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let row = |(number, raw)| RowOf { number, raw };
        Ok(rows.into_iter().map(row).collect())
    }

    /// What was written of a dataset to a target.
    pub async fn written(&self, target: &str, dataset: &str) -> Result<Vec<Written>, ArchiveError> {
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
            "SELECT part, revision, size FROM part WHERE target = ? AND dataset = ? ORDER BY part",
        )
        .bind(target)
        .bind(dataset)
        .fetch_all(&self.pool)
        .await?;
        let written = |(number, revision, size)| Written {
            number,
            revision,
            size,
        };
        Ok(rows.into_iter().map(written).collect())
    }

    /// Notes that a part was written to a target.
    pub async fn wrote(
        &self,
        target: &str,
        dataset: &str,
        part: Written,
    ) -> Result<(), ArchiveError> {
        sqlx::query(
            "INSERT OR REPLACE INTO part (target, dataset, part, revision, size) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(target)
        .bind(dataset)
        .bind(part.number)
        .bind(part.revision)
        .bind(part.size)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
