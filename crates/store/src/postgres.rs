//! What Postgres does beyond SQLite: a role that owns nothing, and row-level security behind every scope.

use crate::{
    EngineError, StoreError, migrate,
    sql::{Tx, bare, sql},
};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};

/// Serializes those who start at once; the number is ours by chance.
const START_LOCK: i64 = 0x66_72_6f_6e_74;
/// Kept from the role: it has no business there.
const SCHEMA_TABLE: &str = "schema_steps";
/// Read and written under every scope; it holds one number.
const OPEN_TABLE: &str = "changes_head";
/// Read under every scope: whoever keeps a credential must see that its key was released.
const READABLE_TABLE: &str = "released_keys";

/// Makes the role, the schema and its policies, as the user of the URL.
pub(crate) async fn prepare(owner: &mut AnyConnection) -> Result<(), StoreError> {
    let mut transaction = owner.begin().await?;
    Tx::new(&mut transaction, None)
        .run(bare("SELECT pg_advisory_xact_lock($1)").bind(START_LOCK))
        .await?;
    make_role(&mut transaction).await?;
    enter(&mut transaction, None).await?;
    migrate::run(&mut transaction).await?;
    protect(&mut transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// Gives up the rights of the URL's user for those of the role.
pub(crate) async fn become_app(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    connection
        .execute(sqlx::raw_sql("SET ROLE frontdesk_app"))
        .await
        .map(drop)
}

/// Tells row-level security whose rows this transaction may see.
pub(crate) async fn enter(
    connection: &mut AnyConnection,
    tenant: Option<&str>,
) -> Result<(), StoreError> {
    #[cfg(feature = "mutant-unscoped")]
    let tenant = tenant.and(None::<&str>);
    let mut tx = Tx::new(connection, None);
    let set = match tenant {
        Some(tenant) => sql("SELECT set_config('frontdesk.tenant', $1, true)").bind(tenant),
        None => sql("SELECT set_config('frontdesk.system', $1, true)").bind("on"),
    };
    tx.run(set).await.map(drop)
}

/// The role belongs to the whole cluster: another database's starter may have made it, or be making it.
async fn make_role(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let text = "DO $$ BEGIN \
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'frontdesk_app') THEN \
                  CREATE ROLE frontdesk_app NOLOGIN; \
                END IF; \
                EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$; \
                DO $$ BEGIN \
                IF NOT pg_has_role(current_user, 'frontdesk_app', 'MEMBER') THEN \
                  GRANT frontdesk_app TO CURRENT_USER; \
                END IF; END $$";
    connection
        .execute(sqlx::raw_sql(text))
        .await
        .map(drop)
        .map_err(|error| StoreError::Setup {
            how: "let a superuser run: CREATE ROLE frontdesk_app NOLOGIN; GRANT frontdesk_app TO the URL's user".into(),
            source: EngineError::from(&error),
        })
}

/// Puts every table under a policy: found by asking the database, so that no new table can be forgotten.
/// Tables that have theirs are left alone, because a change of policy would wait for every open transaction.
async fn protect(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let mut tx = Tx::new(connection, None);
    let schema: Option<String> = tx
        .one(bare("SELECT CAST(quote_ident(current_schema()) AS TEXT)"))
        .await?;
    let owned: Vec<String> = tx
        .all(bare(
            "SELECT CAST(table_name AS TEXT) FROM information_schema.columns \
             WHERE table_schema = current_schema() AND column_name = 'tenant_id'",
        ))
        .await?;
    let missing: Vec<String> = tx
        .all(bare(
            "SELECT CAST(tablename AS TEXT) FROM pg_tables t WHERE schemaname = current_schema() \
             AND NOT EXISTS (SELECT 1 FROM pg_policies p WHERE p.schemaname = t.schemaname \
             AND p.tablename = t.tablename AND p.policyname = 'scope') ORDER BY 1",
        ))
        .await?;
    let mut text = format!(
        "GRANT USAGE ON SCHEMA {} TO frontdesk_app;",
        schema.unwrap_or_default()
    );
    for table in missing.iter().filter(|table| *table != SCHEMA_TABLE) {
        text.push_str(&policy(table, owned.contains(table)));
    }
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(text)))
        .await?;
    Ok(())
}

fn policy(table: &str, owned: bool) -> String {
    let system = "current_setting('frontdesk.system', true) = 'on'";
    let rule = match (table, owned) {
        (OPEN_TABLE, _) => "true".to_owned(),
        (_, true) => {
            format!("tenant_id = nullif(current_setting('frontdesk.tenant', true), '') OR {system}")
        }
        (_, false) => system.to_owned(),
    };
    let readable = if table == READABLE_TABLE {
        format!(" CREATE POLICY readable ON {table} FOR SELECT USING (true);")
    } else {
        String::new()
    };
    format!(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO frontdesk_app; \
         ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY; \
         CREATE POLICY scope ON {table} USING ({rule}) WITH CHECK ({rule});{readable}"
    )
}
