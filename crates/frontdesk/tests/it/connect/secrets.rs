//! Secrets stay out of logs, pages and the database.

use super::TOKEN;
use crate::house::House;
use serde_json::json;
use std::{
    io::Write,
    sync::{Arc, Mutex},
};

/// Log lines, kept.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_secret_is_in_logs_pages_or_the_database() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _logged = tracing::subscriber::set_default(subscriber);
    let house = House::connecting().await;
    let link = house.link("ana").await;
    let mut browser = house.browser();
    let back = browser.consent(&link).await;
    let page = browser.open(&back).await;
    let connection = house.acme().connections_of("ana").await.unwrap().remove(0);
    house.consent(json!({"down": true})).await;
    house.browser().through(&house.link("ben").await).await;
    house
        .tenants
        .disconnect("acme", &connection.id)
        .await
        .unwrap();
    house.tenants.do_errands(store::now()).await.unwrap();
    house.tenants.gateway().flush().await;
    let secret = link.rsplit('/').next().unwrap().to_owned();
    let (_, state) = back.split_once("state=").unwrap();
    let cookie = browser.cookies.values().next().unwrap().clone();
    let secrets = [
        TOKEN.into(),
        "sandbox-secret".into(),
        secret,
        state.to_owned(),
        cookie,
    ];
    let path = house.config.database.as_ref().unwrap();
    let path = secrecy::ExposeSecret::expose_secret(path);
    let places = [
        ("the log", lines.0.lock().unwrap().clone()),
        ("the page", page.body.into_bytes()),
        ("the database", std::fs::read(path).unwrap()),
        (
            "its journal",
            std::fs::read(format!("{path}-wal")).unwrap_or_default(),
        ),
    ];
    for (place, bytes) in &places {
        for secret in &secrets {
            let found = bytes
                .windows(secret.len())
                .position(|part| part == secret.as_bytes());
            let around =
                found.map(|at| String::from_utf8_lossy(&bytes[at.saturating_sub(200)..at + 8]));
            assert!(found.is_none(), "{place} holds {secret}: {around:?}");
        }
    }
    assert!(places[0].1.len() > 100, "nothing was logged");
}
