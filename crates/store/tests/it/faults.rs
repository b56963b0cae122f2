//! Writes that fail: alone in their batch, at any of their statements, and while another program holds the file.

use crate::harness::{Db, PATIENT, both, connection, endpoint, on_file};
use crate::{audit::entry, grants};
use sqlx::{AnyConnection, AssertSqlSafe, Column, Executor, Row};
use std::time::Duration;
use store::{ConnectionState, NewEntry, Options, Store, StoreError, TokenKind, User, UserState};

#[tokio::test]
async fn a_failed_write_takes_no_other_with_it() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        // Every id comes twice: of each pair one stays, whichever is first.
        let ids: Vec<_> = (0..128).map(|number| format!("c{}", number / 2)).collect();
        let writes = ids
            .iter()
            .map(|id| tenant.create_connection(connection(id, None)));
        let results = futures_util::future::join_all(writes).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 64);
        for pair in results.chunks(2) {
            assert!(
                matches!(
                    pair,
                    [Ok(()), Err(StoreError::Conflict { .. })] | [Err(_), Ok(())]
                ),
                "{pair:?}"
            );
        }
        assert_eq!(tenant.connections("", 1000).await.unwrap().len(), 64);
        // One change for the tenant and one for each that stayed: the feed has no gap.
        let feed = db.store.system().changes(0).await.unwrap();
        assert_eq!(
            (feed.head, feed.since.map(|since| since.len())),
            (65, Some(65))
        );
    })
    .await;
}

#[tokio::test]
async fn a_held_file_is_unavailable_for_as_long_as_it_is_held() {
    on_file(&async |db: &Db| {
        let options = Options {
            patience: Duration::from_millis(100),
            ..Options::default()
        };
        let store = Store::open(&db.place, options).await.unwrap();
        let mut raw = db.raw().await;
        raw.execute("BEGIN IMMEDIATE").await.unwrap();
        let refused = store
            .scope("acme")
            .unwrap()
            .append_audit(vec![entry(1)])
            .await;
        assert!(
            matches!(refused, Err(StoreError::Unavailable { .. })),
            "{refused:?}"
        );
        assert_eq!(
            store.scope("acme").unwrap().audit_head().await.unwrap(),
            None,
            "reads go on"
        );
        raw.execute("ROLLBACK").await.unwrap();
        let patient = Store::open(&db.place, PATIENT).await.unwrap();
        patient
            .scope("acme")
            .unwrap()
            .append_audit(vec![entry(2)])
            .await
            .unwrap();
        store.close().await;
        patient.close().await;
    })
    .await;
}

/// Every write of several statements, failed at its first, second, third … statement: it leaves no trace.
#[tokio::test]
async fn a_write_that_fails_anywhere_leaves_no_trace() {
    on_file(&async |db: &Db| {
        prepare(db).await;
        let mut raw = db.raw().await;
        for operation in 0..OPERATIONS {
            let mut failures = 0;
            loop {
                raw.execute(AssertSqlSafe(format!(
                    "UPDATE planted SET n = {}",
                    failures + 1
                )))
                .await
                .unwrap();
                let before = dump(&mut raw).await;
                let result = operate(db, operation).await;
                if result.is_ok() {
                    break;
                }
                failures += 1;
                assert!(
                    matches!(result, Err(StoreError::Unavailable { .. })),
                    "{operation}: {result:?}"
                );
                assert_eq!(
                    dump(&mut raw).await,
                    before,
                    "operation {operation} failed at {failures}"
                );
            }
            assert!(failures > 1, "operation {operation} has several statements");
        }
    })
    .await;
}

const OPERATIONS: usize = 10;

async fn operate(db: &Db, operation: usize) -> Result<(), StoreError> {
    let tenant = db.store.scope("acme")?;
    let system = db.store.system();
    match operation {
        0 => tenant.create_endpoint(endpoint("e2", None)).await,
        1 => tenant.rotate_endpoint_token("e1", [3; 32], 300, 400).await,
        2 => {
            tenant
                .set_connection_state("c1", ConnectionState::Quarantined, None, 9)
                .await
        }
        3 => tenant.append_audit((100..180).map(entry).collect()).await,
        4 => tenant.prune_audit(100 * 86_400_000).await.map(drop),
        5 => {
            tenant
                .create_grant(grants::grant("g2", "ann"), grants::code(8))
                .await
        }
        6 => {
            let tokens = vec![
                grants::token(TokenKind::Access, 30),
                grants::token(TokenKind::Refresh, 31),
            ];
            system.refresh([20; 32], tokens, 5).await.map(drop)
        }
        7 => system.refresh([20; 32], Vec::new(), 5).await.map(drop),
        8 => tenant.destroy_credentials("c1").await.map(drop),
        _ => tenant.delete_user("ann").await,
    }
}

async fn prepare(db: &Db) {
    let tenant = db.tenant("acme").await;
    let user = User {
        id: "ann".to_owned(),
        name: None,
        email: None,
        state: UserState::Active,
        created_at: 1,
        updated_at: 1,
    };
    tenant.keep_user(user).await.expect("kept");
    tenant
        .create_connection(connection("c1", Some("ann")))
        .await
        .expect("made");
    tenant
        .keep_credential("c1", "access_token", vec![1], "k")
        .await
        .expect("kept");
    tenant
        .create_endpoint(endpoint("e1", None))
        .await
        .expect("made");
    for token in 1..3 {
        tenant
            .rotate_endpoint_token("e1", [token; 32], 1, 500)
            .await
            .expect("rotated");
    }
    tenant
        .create_grant(grants::grant("g1", "ann"), grants::code(7))
        .await
        .expect("made");
    tenant
        .issue_tokens("g1", vec![grants::token(TokenKind::Refresh, 20)], 1)
        .await
        .expect("issued");
    let old = NewEntry { at: 0, ..entry(1) };
    tenant.append_audit(vec![old]).await.expect("appended");
    plant(&mut db.raw().await).await;
}

/// Makes the n-th change of a row fail, counted by a table that a rollback sets back as well.
async fn plant(raw: &mut AnyConnection) {
    raw.execute("CREATE TABLE planted (n BIGINT NOT NULL); INSERT INTO planted VALUES (-1)")
        .await
        .expect("planted");
    for table in tables(raw).await {
        for verb in ["INSERT", "UPDATE", "DELETE"] {
            let text = format!(
                "CREATE TRIGGER planted_{table}_{verb} AFTER {verb} ON {table} BEGIN \
                 UPDATE planted SET n = n - 1; \
                 SELECT RAISE(ABORT, 'planted') WHERE (SELECT n FROM planted) = 0; END"
            );
            raw.execute(AssertSqlSafe(text)).await.expect("a trigger");
        }
    }
}

async fn tables(raw: &mut AnyConnection) -> Vec<String> {
    let select = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('planted', 'schema_steps')";
    let rows = sqlx::query(select).fetch_all(raw).await.expect("readable");
    rows.iter().map(|row| row.get(0)).collect()
}

/// Every row of every table, as text.
async fn dump(raw: &mut AnyConnection) -> Vec<String> {
    let mut lines = Vec::new();
    for table in tables(raw).await {
        let select = AssertSqlSafe(format!("SELECT * FROM {table}"));
        for row in sqlx::query(select)
            .fetch_all(&mut *raw)
            .await
            .expect("readable")
        {
            let cells = row.columns().iter().map(|column| {
                let at = column.ordinal();
                row.try_get::<Option<i64>, _>(at)
                    .map(|number| format!("{number:?}"))
                    .or_else(|_| {
                        row.try_get::<Option<String>, _>(at)
                            .map(|text| format!("{text:?}"))
                    })
                    .unwrap_or_else(|_| format!("{:?}", row.get::<Option<Vec<u8>>, _>(at)))
            });
            lines.push(format!("{table} {}", cells.collect::<Vec<_>>().join(" ")));
        }
    }
    lines
}
