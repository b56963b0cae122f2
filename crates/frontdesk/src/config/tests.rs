//! How settings are read, and what is said of wrong ones.

use super::{Config, Sources, keys, reference};
use catalog::Risk;
use std::{collections::HashMap, path::PathBuf};
use tracing::level_filters::LevelFilter;

fn read(file: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    let path = written(file);
    let variables: HashMap<&str, &str> = variables.iter().copied().collect();
    let result = Config::read(&Sources {
        file: Some(&path),
        variable: &|name| variables.get(name).map(|value| (*value).to_owned()),
        flags: &[],
    });
    let shown = path.display().to_string();
    result.map_err(|error| error.to_string().replace(&shown, "FILE"))
}

fn written(text: &str) -> PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!(
        "frontdesk-config-{}-{}.yaml",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn the_file_is_read_and_the_environment_wins() {
    let config = read(
        "intercom:\n  region: eu\n  version: \"2.14\"\n  upstream_timeout: 3\ntools:\n  toolsets: [tickets, inbox]\n  read_only: true\n",
        &[("INTERCOM_REGION", "au"), ("FRONTDESK_DENY", "a, b")],
    )
    .unwrap();
    assert_eq!(config.region.name(), "au");
    assert_eq!(config.version.to_string(), "2.14");
    assert_eq!(config.upstream_timeout.as_secs(), 3);
    assert_eq!(config.toolsets, ["tickets", "inbox"]);
    assert_eq!(config.deny, ["a", "b"]);
    assert!(config.read_only && config.ceiling == Risk::Destructive);
}

#[test]
fn names_of_other_programs_are_understood() {
    let config = read("", &[("intercomRegion", "eu"), ("accessToken", "abc")]).unwrap();
    assert_eq!(config.region.name(), "eu");
    assert!(config.access_token.is_some());
    let timeout = ("INTERCOM_API_TIMEOUT", "30000");
    for (variables, expected) in [
        (&[timeout][..], 30),
        (&[timeout, ("FRONTDESK_UPSTREAM_TIMEOUT", "4")], 4),
    ] {
        let config = read("", variables).unwrap();
        assert_eq!(config.upstream_timeout.as_secs(), expected);
    }
    for (word, expected) in [("info", LevelFilter::INFO), ("verbose", LevelFilter::DEBUG)] {
        let config = read("", &[("LOG_LEVEL", word)]).unwrap();
        assert_eq!(config.log, Some(expected));
    }
}

/// A file, variables, and a part of what is said of them.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

const MISTAKES: [Case; 13] = [
    (
        "intercom:\n  region: uk\n",
        &[],
        "FILE:2: `uk` is not a region of Intercom: use one of us, eu, au",
    ),
    (
        "intercom:\n  regoin: eu\n",
        &[],
        "FILE:2: there is no setting `intercom.regoin`; `intercom` holds access_token, token_file, region",
    ),
    (
        "\nintercon:\n  region: eu\n",
        &[],
        "there is no section `intercon`; there are intercom, server, desk, tools, state, audit, metrics, log",
    ),
    (
        "server:\n  listen: here\n",
        &[],
        "FILE:2: `here` is not an address: write it like 127.0.0.1:8787",
    ),
    ("tools: [a\n", &[], "FILE: "),
    (
        "",
        &[("INTERCOM_REGION", "mars")],
        "INTERCOM_REGION: `mars` is not a region",
    ),
    (
        "",
        &[("INTERCOM_VERSION", "latest")],
        "INTERCOM_VERSION: `latest` is not an API version",
    ),
    (
        "",
        &[("FRONTDESK_UPSTREAM_TIMEOUT", "-1")],
        "FRONTDESK_UPSTREAM_TIMEOUT: `-1` is not a number of seconds",
    ),
    (
        "",
        &[("FRONTDESK_READ_ONLY", "maybe")],
        "FRONTDESK_READ_ONLY: `maybe` is none of: true, false",
    ),
    (
        "tools:\n  dialect: klingon\n",
        &[],
        "FILE:2: `klingon` is none of: none, dunia, gantz, official, scalekit, truto",
    ),
    (
        "",
        &[("INTERCOM_API_TIMEOUT", "30s")],
        "INTERCOM_API_TIMEOUT: `30s` is not a number of milliseconds",
    ),
    (
        "",
        &[("FRONTDESK_TOKEN", "two words")],
        "FRONTDESK_TOKEN: a token has only visible ASCII",
    ),
    (
        "",
        &[("INTERCOM_BASE_URL", "http://elsewhere.example")],
        "INTERCOM_BASE_URL: http to `elsewhere.example`",
    ),
];

#[test]
fn mistakes_are_named_with_their_place() {
    for (file, variables, expected) in MISTAKES {
        let got = read(file, variables).unwrap_err();
        assert!(got.contains(expected), "{file}{variables:?}: {got}");
    }
}

#[test]
fn no_secret_is_in_an_error_or_in_debug_output() {
    let error = read("", &[("FRONTDESK_TOKEN", "s3 cret")]).unwrap_err();
    assert!(!error.contains("s3"), "{error}");
    let config = read("", &[("INTERCOM_ACCESS_TOKEN", "hunter22")]).unwrap();
    assert!(!format!("{config:?}").contains("hunter22"));
}

#[test]
fn every_setting_has_its_own_place_and_variable() {
    let mut seen = std::collections::HashSet::new();
    for key in keys::all() {
        assert!(
            seen.insert(key.path) && seen.insert(key.variable),
            "{}",
            key.path
        );
    }
}

#[test]
fn the_documentation_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/config.md");
    if std::env::var_os("FRONTDESK_WRITE_DOCS").is_some() {
        std::fs::write(path, reference()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == reference(),
        "docs/config.md is old: run the tests with FRONTDESK_WRITE_DOCS=1"
    );
}

#[test]
fn a_secret_may_lie_in_a_file_of_its_own() {
    let key = written("k1:abc\n");
    let key = key.to_str().unwrap();
    let exposed = |config: &Config| {
        let keys = config.keys.as_ref();
        keys.map(|keys| secrecy::ExposeSecret::expose_secret(keys).to_owned())
    };
    let config = read("", &[("FRONTDESK_KEYS_FILE", key)]).unwrap();
    assert_eq!(exposed(&config).as_deref(), Some("k1:abc"));
    let both = [("FRONTDESK_KEYS_FILE", key), ("FRONTDESK_KEYS", "k2:def")];
    assert_eq!(
        exposed(&read("", &both).unwrap()).as_deref(),
        Some("k2:def")
    );
    // What is no secret has no such variable, and this one has another meaning.
    let config = read(
        "",
        &[("FRONTDESK_DENY_FILE", key), ("FRONTDESK_TOKEN_FILE", key)],
    )
    .unwrap();
    assert!(config.deny.is_empty() && config.token.is_none());
    assert_eq!(config.token_file, Some(PathBuf::from(key)));
    let empty = written(" \n");
    let wrong = [("FRONTDESK_DATABASE_FILE", empty.to_str().unwrap())];
    let told = read("", &wrong).unwrap_err();
    assert_eq!(
        told,
        "FRONTDESK_DATABASE_FILE: the file that it names is empty"
    );
    let told = read("", &[("INTERCOM_ACCESS_TOKEN_FILE", "/nothing/here")]).unwrap_err();
    assert!(told.starts_with("cannot read /nothing/here"), "{told}");
}
