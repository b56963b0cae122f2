//! A fresh file or schema on each engine for every test; Postgres is skipped, with a line that says so, where there is none.

use futures_util::FutureExt;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor};
use std::{io::Write as _, panic::AssertUnwindSafe, path::PathBuf, sync::Once, time::Duration};
use store::{Connection, ConnectionState, Endpoint, EndpointState, Options, Place, Store, Tenant};

/// Whether the skipped engine was named.
static SAID: Once = Once::new();

/// A busy machine is no failure.
pub(crate) const PATIENT: Options = Options {
    connections: 8,
    acquire: Duration::from_mins(1),
    patience: Duration::from_mins(1),
};

/// A database of one test.
pub(crate) struct Db {
    pub(crate) store: Store,
    pub(crate) place: Place,
}

impl Db {
    /// A connection past the store and its scopes, as the database's owner.
    pub(crate) async fn raw(&self) -> AnyConnection {
        let url = match &self.place {
            Place::File(path) => format!("sqlite://{}", path.display()),
            Place::Postgres(url) => url.clone(),
        };
        AnyConnection::connect(&url)
            .await
            .expect("the database is there")
    }

    /// Runs statements past the store; they must touch this many rows, where it matters.
    pub(crate) async fn tamper(&self, rows: Option<u64>, text: &str) {
        let mut raw = self.raw().await;
        let statements = sqlx::raw_sql(AssertSqlSafe(text.to_owned()));
        let done = raw.execute(statements).await.expect(text).rows_affected();
        assert!(rows.is_none_or(|rows| rows == done), "{text}: {done}");
        raw.close().await.expect("closes");
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self.place, Place::Postgres(_))
    }

    pub(crate) async fn tenant(&self, id: &str) -> store::TenantScope {
        self.store
            .system()
            .create_tenant(Tenant::new(id, id))
            .await
            .expect("a new tenant");
        self.store.scope(id).expect("a tenant's id")
    }
}

/// Runs the body on a fresh database of each engine.
pub(crate) async fn both(body: impl AsyncFn(&Db)) {
    on_file(&body).await;
    on_postgres(&body).await;
}

/// Runs the body on a fresh SQLite file.
pub(crate) async fn on_file(body: &impl AsyncFn(&Db)) {
    let folder = scratch().join(format!("store test {}", store::new_id()));
    let place = Place::File(folder.join("frontdesk.db"));
    run(place, body, async || {
        std::fs::remove_dir_all(&folder).expect("the folder is there");
    })
    .await;
}

/// Memory, where there is some: what a test wrote need not survive a power cut.
fn scratch() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() {
        memory
    } else {
        std::env::temp_dir()
    }
}

/// Runs the body in a fresh schema of Postgres, where there is a server.
pub(crate) async fn on_postgres(body: &impl AsyncFn(&Db)) {
    let Some(server) = server().await else {
        return;
    };
    let schema = format!("store_test_{}", store::new_id());
    admin(&server, &format!("CREATE SCHEMA {schema}")).await;
    let place = Place::Postgres(in_schema(&server, &schema));
    run(place, body, async || {
        admin(&server, &format!("DROP SCHEMA {schema} CASCADE")).await;
    })
    .await;
}

/// The URL with another schema than the usual one.
pub(crate) fn in_schema(url: &str, schema: &str) -> String {
    let (bare, _) = url.split_once("?options=").unwrap_or((url, ""));
    format!("{bare}?options=-csearch_path%3D{schema}%20-csynchronous_commit%3Doff")
}

async fn run(place: Place, body: &impl AsyncFn(&Db), drop_it: impl AsyncFnOnce()) {
    let store = Store::open(&place, PATIENT).await.expect("opens");
    let db = Db { store, place };
    let result = AssertUnwindSafe(body(&db)).catch_unwind().await;
    let engine = if db.is_postgres() {
        "Postgres"
    } else {
        "SQLite"
    };
    db.store.close().await;
    drop_it().await;
    if let Err(panic) = result {
        say(&format!("failed on {engine}"));
        std::panic::resume_unwind(panic);
    }
}

/// The URL of a Postgres that answers.
async fn server() -> Option<String> {
    sqlx::any::install_default_drivers();
    let url = std::env::var("FRONTDESK_TEST_POSTGRES")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".into());
    let answer = tokio::time::timeout(Duration::from_secs(10), AnyConnection::connect(&url)).await;
    if let Ok(Ok(connection)) = answer {
        connection.close().await.expect("closes");
        return Some(url);
    }
    SAID.call_once(|| say("skipped on Postgres: FRONTDESK_TEST_POSTGRES names none that answers"));
    None
}

async fn admin(server: &str, text: &str) {
    let mut connection = AnyConnection::connect(server)
        .await
        .expect("the server answers");
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(text.to_owned())))
        .await
        .expect(text);
    connection.close().await.expect("closes");
}

/// Says a line that is seen even when the test passes.
pub(crate) fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("stderr is open");
}

/// Waits until it is so; far too long is a failure.
pub(crate) async fn until(mut so: impl AsyncFnMut() -> bool) {
    let patience = tokio::time::Instant::now() + Duration::from_mins(1);
    while !so().await {
        assert!(
            tokio::time::Instant::now() < patience,
            "it never came to that"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A file's path, where the place is one.
pub(crate) fn file(db: &Db) -> Option<&PathBuf> {
    match &db.place {
        Place::File(path) => Some(path),
        Place::Postgres(_) => None,
    }
}

/// The seed of a random test, printed so that a failure can be repeated with `STORE_TEST_SEED`.
pub(crate) fn seed() -> u64 {
    let seed = number("STORE_TEST_SEED", u64::try_from(store::now()).unwrap_or(1));
    say(&format!("STORE_TEST_SEED={seed}"));
    seed
}

/// A number from the environment.
pub(crate) fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect(name))
}

pub(crate) fn connection(id: &str, user: Option<&str>) -> Connection {
    Connection {
        id: id.to_owned(),
        user_id: user.map(str::to_owned),
        app_id: None,
        region: "eu".to_owned(),
        base_url: None,
        workspace_id: Some("abc123".to_owned()),
        workspace_name: Some("The Shop".to_owned()),
        admin_id: Some("991".to_owned()),
        admin_name: None,
        state: ConnectionState::Active,
        reason: None,
        checked_at: Some(5),
        created_at: 1,
        updated_at: 2,
    }
}

pub(crate) fn endpoint(id: &str, connection: Option<&str>) -> Endpoint {
    Endpoint {
        id: id.to_owned(),
        name: format!("endpoint {id}"),
        connection_id: connection.map(str::to_owned),
        settings: r#"{"ceiling":"read"}"#.to_owned(),
        require_api_token: true,
        state: EndpointState::Active,
        expires_at: None,
        created_at: 1,
        updated_at: 2,
    }
}
