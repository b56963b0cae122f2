//! The schema's steps, each applied once, in order, inside the starter's transaction.

use crate::{
    StoreError,
    sql::{Tx, bare},
};
use sqlx::{AnyConnection, Executor};

/// Every step with its number; the files are `migrations/` at the root of the repository.
const STEPS: &[(i64, &str)] = &[
    (1, include_str!("../../../migrations/0001_start.sql")),
    (2, include_str!("../../../migrations/0002_approvals.sql")),
    (
        3,
        include_str!("../../../migrations/0003_delivery_texts.sql"),
    ),
    (4, include_str!("../../../migrations/0004_plan_words.sql")),
];

/// The newest version that this program knows.
pub(crate) fn newest() -> i64 {
    STEPS.last().map_or(0, |(version, _)| *version)
}

/// Applies what is missing; whether anything was. The caller holds a lock and a transaction.
pub(crate) async fn run(connection: &mut AnyConnection) -> Result<bool, StoreError> {
    let mut tx = Tx::new(connection, None);
    tx.run(bare(
        "CREATE TABLE IF NOT EXISTS schema_steps (version BIGINT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)",
    ))
    .await?;
    let found = tx
        .one::<Option<i64>>(bare("SELECT max(version) FROM schema_steps"))
        .await?;
    let found = found.flatten().unwrap_or(0);
    let known = newest();
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    for (version, text) in STEPS.iter().filter(|(version, _)| *version > found) {
        connection.execute(sqlx::raw_sql(*text)).await?;
        let done = bare("INSERT INTO schema_steps (version, applied_at) VALUES ($1, $2)")
            .bind(*version)
            .bind(crate::now());
        Tx::new(connection, None).run(done).await?;
    }
    Ok(found < known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_and_the_list_agree() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .expect("migrations/ is there")
            .map(|entry| {
                entry
                    .expect("readable")
                    .file_name()
                    .into_string()
                    .expect("UTF-8")
            })
            .collect();
        files.sort();
        let numbers: Vec<i64> = files
            .iter()
            .map(|name| name[..4].parse().expect(name))
            .collect();
        let listed: Vec<i64> = STEPS.iter().map(|(version, _)| *version).collect();
        assert_eq!(numbers, listed);
        assert_eq!(listed, (1..).take(STEPS.len()).collect::<Vec<_>>());
    }
}
