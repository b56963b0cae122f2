//! Starting: several at once, a newer schema, a file of another kind.

use crate::harness::{both, file, in_schema, on_file};
use sqlx::Executor;
use store::{Options, Place, Store, StoreError};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn starters_wait_for_each_other() {
    both(async |db| {
        let fresh = match &db.place {
            Place::File(path) => Place::File(path.with_file_name("race.db")),
            Place::Postgres(url) => {
                let mut raw = db.raw().await;
                let text = "CREATE SCHEMA IF NOT EXISTS store_test_race";
                raw.execute(text).await.unwrap();
                Place::Postgres(in_schema(url, "store_test_race"))
            }
        };
        let starts = (0..16).map(|_| Store::open(&fresh, Options::default()));
        for store in futures_util::future::join_all(starts).await {
            let store = store.expect("each of them starts");
            store.system().tenants("", 1).await.expect("and works");
            store.close().await;
        }
        if db.is_postgres() {
            let mut raw = db.raw().await;
            raw.execute("DROP SCHEMA store_test_race CASCADE")
                .await
                .unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    both(async |db| {
        db.tamper(
            Some(1),
            "INSERT INTO schema_steps (version, applied_at) VALUES (999, 0)",
        )
        .await;
        let error = Store::open(&db.place, Options::default())
            .await
            .err()
            .expect("refused");
        assert!(
            matches!(error, StoreError::TooNew { found: 999, .. }),
            "{error:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_no_database_is_named() {
    on_file(&async |db: &crate::harness::Db| {
        let path = file(db).expect("a file").with_file_name("text.db");
        std::fs::write(
            &path,
            "no database at all, but long enough to have a header of its own",
        )
        .unwrap();
        let error = Store::open(&Place::File(path), Options::default())
            .await
            .err()
            .expect("refused");
        assert!(error.to_string().contains("text.db"), "{error}");
    })
    .await;
    let nowhere = Place::parse("postgres://nobody:hunter2@127.0.0.1:1/none");
    let error = Store::open(&nowhere, Options::default())
        .await
        .err()
        .expect("refused");
    assert!(
        error.to_string().contains("check that Postgres runs"),
        "{error}"
    );
    assert!(!format!("{error:?} {nowhere:?}").contains("hunter2"));
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    on_file(&async |db: &crate::harness::Db| {
        db.tenant("acme").await;
        let folder = file(db).expect("a file").parent().expect("a folder");
        let modes: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().metadata().unwrap().permissions().mode() & 0o777)
            .collect();
        assert_eq!(
            modes, [0o600; 4],
            "the database, its log, its index and the starters' lock"
        );
    })
    .await;
}
