//! What the long proofs share: their sizes and seeds from the environment, and a database of their own on each engine.

use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor};
use std::{io::Write as _, time::Duration};

/// A number from the environment.
pub(crate) fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().expect(name))
}

/// The seed of a random test, printed so that a failure can be repeated with it.
pub(crate) fn seed() -> u64 {
    let seed = number("FRONTDESK_TEST_SEED", rand::random::<u32>().into());
    say(&format!("FRONTDESK_TEST_SEED={seed}"));
    seed
}

/// Says a line that is seen even when the test passes.
pub(crate) fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("stderr is open");
}

/// A schema of its own in Postgres.
pub(crate) struct Schema {
    name: String,
    server: String,
}

impl Schema {
    /// A fresh one; none where there is no Postgres, which is said.
    pub(crate) async fn fresh() -> Option<Self> {
        sqlx::any::install_default_drivers();
        let server = std::env::var("FRONTDESK_TEST_POSTGRES")
            .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".into());
        let asked =
            tokio::time::timeout(Duration::from_secs(2), AnyConnection::connect(&server)).await;
        if !matches!(asked, Ok(Ok(_))) {
            say("skipped on Postgres: FRONTDESK_TEST_POSTGRES names none that answers");
            return None;
        }
        let schema = Self {
            name: format!("proof_{}", store::new_id()),
            server,
        };
        schema.run("CREATE SCHEMA", "").await;
        Some(schema)
    }

    /// The URL that leads there. Nothing of it need survive a power cut.
    pub(crate) fn url(&self) -> String {
        let bare = self.server.split('?').next().unwrap_or_default();
        let name = &self.name;
        format!("{bare}?options=-csearch_path%3D{name}%20-csynchronous_commit%3Doff")
    }

    /// Takes it away with all that is in it.
    pub(crate) async fn drop_it(self) {
        self.run("DROP SCHEMA", "CASCADE").await;
    }

    async fn run(&self, head: &str, tail: &str) {
        let mut owner = AnyConnection::connect(&self.server).await.unwrap();
        let text = format!("{head} {} {tail}", self.name);
        let statement = sqlx::raw_sql(AssertSqlSafe(text));
        owner.execute(statement).await.unwrap();
        owner.close().await.unwrap();
    }
}
