//! The copy of a database, and what it takes to serve from it.

use crate::house::{House, failed};
use crate::world::folder;
use frontdesk::{app, config::Config, server::Server};
use std::{path::Path, sync::Arc};
use store::Verdict;

/// The binary, on the database of a house.
async fn admin(config: &Config, words: &[&str]) -> (bool, String) {
    let place = secrecy::ExposeSecret::expose_secret(config.database.as_ref().unwrap());
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_frontdesk"))
        .arg("admin")
        .args(words)
        .env_clear()
        .env("FRONTDESK_HOME", config.home.as_ref().unwrap())
        .env("FRONTDESK_DATABASE", place)
        .output()
        .await
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

fn at(config: &Config, home: &Path) -> Config {
    Config {
        home: Some(home.to_owned()),
        database: Some(home.join("desk.db").display().to_string().into()),
        ..config.clone()
    }
}

/// A backup, made while calls go on, of a house that goes on; and the token of its endpoint.
async fn backed_up(file: &str) -> (House, String) {
    let house = House::new().await;
    let token = house.furnished_for("acme").await;
    let calls = async {
        for _ in 0..20 {
            assert_eq!(house.call(None, Some(&token), "get_me").await.0, 200);
        }
    };
    let words = ["backup", file];
    let (backup, ()) = tokio::join!(admin(&house.config, &words), calls);
    assert!(backup.0 && backup.1.contains("2 tenants"), "{}", backup.1);
    let (done, said) = admin(&house.config, &words).await;
    assert!(!done && said.contains(file), "it is overwritten: {said}");
    (house, token)
}

#[tokio::test]
async fn a_backup_made_while_serving_serves_where_it_is_restored() {
    let file = folder().join("backup.db").display().to_string();
    let (house, token) = backed_up(&file).await;
    let elsewhere = folder();
    let restored = at(&house.config, &elsewhere);
    let keys = house.config.home.as_ref().unwrap().join("keys");
    std::fs::copy(keys, elsewhere.join("keys")).unwrap();
    let (done, said) = admin(&restored, &["restore", &file]).await;
    assert!(done, "{said}");
    let House { sandbox, http, .. } = house;
    let tenants = Arc::new(app::tenants(&restored).await.unwrap());
    let server = Server::serve(Arc::clone(&tenants), &restored)
        .await
        .unwrap();
    let second = House {
        tenants,
        server,
        sandbox,
        http,
        config: restored,
    };
    let (status, answer) = second.call(None, Some(&token), "get_me").await;
    assert!(status == 200 && !failed(&answer), "{status} {answer}");
    second.tenants.gateway().flush().await;
    let scope = second.tenants.store().scope("acme").unwrap();
    let verdict = scope.verify_audit(None).await.unwrap();
    assert!(matches!(verdict, Verdict::Whole { .. }), "{verdict:?}");
}

#[tokio::test]
async fn nothing_is_put_in_place_that_would_not_serve() {
    let place = folder();
    let file = place.join("backup.db").display().to_string();
    let (house, _) = backed_up(&file).await;
    let elsewhere = folder();
    let restored = at(&house.config, &elsewhere);
    let refused = async |file: &str, why: &str| {
        let (done, said) = admin(&restored, &["restore", file]).await;
        assert!(!done && said.contains(why), "{why}: {said}");
        let left: Vec<_> = std::fs::read_dir(&elsewhere).unwrap().collect();
        assert!(left.len() <= 1, "{why}: {left:?}");
    };
    refused(&file, "put the key file").await;
    let other = House::new().await;
    let strange = other.config.home.as_ref().unwrap().join("keys");
    std::fs::copy(strange, elsewhere.join("keys")).unwrap();
    refused(&file, "key").await;
    let text = place.join("text.db");
    std::fs::write(&text, "no database at all").unwrap();
    for strange in [text.display().to_string(), "no-such-file".into()] {
        refused(&strange, "not a database of Frontdesk").await;
    }
    let (done, said) = admin(&house.config, &["restore", &file]).await;
    assert!(!done && said.contains("nothing is overwritten"), "{said}");
}
