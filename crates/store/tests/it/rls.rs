//! Row-level security itself: the role of the store, with no scope set and with a wrong one.

use crate::harness::{Db, connection, on_postgres};
use sqlx::{AnyConnection, Connection as _, Executor};

#[tokio::test]
async fn the_role_sees_nothing_without_a_scope() {
    on_postgres(&async |db: &Db| {
        let tenant = db.tenant("acme").await;
        tenant
            .create_connection(connection("c1", None))
            .await
            .unwrap();
        db.tenant("other").await;
        let mut raw = db.raw().await;
        raw.execute("SET ROLE frontdesk_app").await.unwrap();
        let tables: Vec<(String,)> = sqlx::query_as(
            "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema()",
        )
        .fetch_all(&mut raw)
        .await
        .unwrap();
        assert!(tables.len() > 20, "{tables:?}");
        for (table,) in tables {
            let count = count(&mut raw, &table).await;
            let expected = match table.as_str() {
                "changes_head" => Ok(1),
                "schema_steps" => Err(()),
                _ => Ok(0),
            };
            assert_eq!(count, expected, "{table}");
        }
        for (set, tenants, connections) in
            [("acme", 1, 1), ("other", 1, 0), ("", 0, 0), ("*", 0, 0)]
        {
            let mut inside = raw.begin().await.unwrap();
            sqlx::query("SELECT set_config('frontdesk.tenant', $1, true)")
                .bind(set)
                .execute(&mut *inside)
                .await
                .unwrap();
            assert_eq!(count(&mut inside, "tenants").await, Ok(tenants), "{set:?}");
            assert_eq!(
                count(&mut inside, "connections").await,
                Ok(connections),
                "{set:?}"
            );
            let steal = inside
                .execute("UPDATE connections SET tenant_id = 'other'")
                .await;
            let stolen = steal.map(|done| done.rows_affected());
            assert!(
                matches!(
                    (set, &stolen),
                    ("acme", Err(_)) | ("other" | "" | "*", Ok(0))
                ),
                "{set:?} {stolen:?}"
            );
            inside.rollback().await.unwrap();
        }
        // What a scope set is gone with its transaction.
        assert_eq!(count(&mut raw, "tenants").await, Ok(0));
    })
    .await;
}

async fn count(connection: &mut AnyConnection, table: &str) -> Result<i64, ()> {
    let text = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    let row: Result<(i64,), _> = sqlx::query_as(text).fetch_one(connection).await;
    row.map(|(count,)| count).map_err(|_| ())
}
