//! Whether the files of a deployment are there, as this version would write them, readable, and give a configuration
//! that starts.

use super::given::{self, Given};
use super::platform::Platform;
use super::record::Record;
use super::secrets;
use super::settings::{Database, Settings};
use crate::commands::files::{present, same};
use crate::config::{self, Config, Sources};
use crate::{Error, surface};
use gateway::Keyring;
use secrecy::ExposeSecret;
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// What was found.
pub(super) enum Finding {
    /// As it should be.
    Good(String),
    /// Worth a word, and no fault.
    Note(String),
    /// To be mended.
    Fault(String),
}

impl Finding {
    pub(super) fn is_fault(&self) -> bool {
        matches!(self, Self::Fault(_))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good(text) => write!(f, "ok     {text}"),
            Self::Note(text) => write!(f, "note   {text}"),
            Self::Fault(text) => write!(f, "FAULT  {text}"),
        }
    }
}

/// Everything that there is to find.
pub(super) fn all(
    platform: Platform,
    settings: &Settings,
    record: Option<&Record>,
    folder: &Path,
) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    for sheet in platform.sheets(settings) {
        let path = &sheet.path;
        findings.push(match present(&sheet.place(folder))? {
            None => Finding::Fault(format!(
                "{path} is missing: write it with `frontdesk deploy`"
            )),
            Some(text) if same(&text, &sheet.text) => Finding::Good(path.clone()),
            Some(text) => differing(path, &text, record),
        });
    }
    findings.extend(start(platform, settings, folder));
    Ok(findings)
}

fn differing(path: &str, text: &str, record: Option<&Record>) -> Finding {
    match record {
        Some(record) if record.wrote(path, text) => Finding::Fault(format!(
            "{path} is of version {}, and {} writes it otherwise: renew it with --force",
            record.version,
            env!("CARGO_PKG_VERSION")
        )),
        Some(_) => Finding::Note(format!("{path} was changed since it was written")),
        None => Finding::Note(format!("{path} is not what these flags would write")),
    }
}

/// Whether a server would start with what the files give it.
fn start(platform: Platform, settings: &Settings, folder: &Path) -> Vec<Finding> {
    let given = match given::read(platform, folder) {
        Ok(given) => given,
        Err(reason) => return vec![Finding::Fault(reason)],
    };
    let mut findings = exposed(&given);
    match configuration(platform, settings, &given, folder) {
        Ok(config) => findings.extend(sense(platform, settings, &config)),
        Err(reason) => findings.push(Finding::Fault(reason)),
    }
    if !findings.iter().any(Finding::is_fault) {
        findings.push(Finding::Good(
            "a server would start with this configuration".into(),
        ));
    }
    findings
}

/// Secrets that stand in a file which is meant to be committed.
fn exposed(given: &Given) -> Vec<Finding> {
    let told = given
        .variables
        .iter()
        .filter(|(name, value)| config::is_secret(name) && !harmless(value));
    let settings = given.settings.iter().filter(|(path, value)| {
        config::find(path).is_some_and(config::Key::is_secret) && !harmless(value)
    });
    told.chain(settings.map(|(path, value)| (path, value)))
        .map(|(name, _)| {
            Finding::Fault(format!(
                "{}: the secret {name} stands in a file that is meant to be committed",
                given.source
            ))
        })
        .collect()
}

/// An address without a password, or what the platform fills in.
fn harmless(value: &str) -> bool {
    value.is_empty() || value.contains("${") || (value.contains("://") && !value.contains('@'))
}

fn configuration(
    platform: Platform,
    settings: &Settings,
    given: &Given,
    folder: &Path,
) -> Result<Config, String> {
    let mut flags = Vec::new();
    for (path, value) in &given.settings {
        let key = config::find(path)
            .ok_or_else(|| format!("{}: there is no setting `{path}`", given.source))?;
        flags.push(("config", key.path, value.clone()));
    }
    let file = given.file.map(|name| folder.join(name));
    let look = |name: &str| match name {
        // Nothing of this machine's own configuration counts there.
        "FRONTDESK_CONFIG" => None,
        "FRONTDESK_HOME" => Some(nowhere(folder).display().to_string()),
        name => variable(platform, settings, given, folder, name),
    };
    let read = Config::read(&Sources {
        file: file.as_deref(),
        variable: &look,
        flags: &flags,
    });
    let config = read.map_err(|error| error.to_string())?;
    let registry = surface::registry(&config).map_err(|error| error.to_string())?;
    surface::known_names(&registry, &config.toolsets, &config.allow, &config.deny)
        .map_err(|error| error.to_string())?;
    Ok(config)
}

/// A folder that is not there.
fn nowhere(folder: &Path) -> PathBuf {
    folder.join("frontdesk-deploy.nothing")
}

/// What the server would find in its environment. A secret's file is looked for where compose takes it from; elsewhere
/// it is on another machine.
fn variable(
    platform: Platform,
    settings: &Settings,
    given: &Given,
    folder: &Path,
    name: &str,
) -> Option<String> {
    let value = given.variables.get(name)?;
    let Some(secret) = value.strip_prefix("/run/secrets/") else {
        return Some(value.clone());
    };
    let here = platform == Platform::Compose && settings.database != Database::Sqlite;
    here.then(|| {
        folder
            .join(secrets::FOLDER)
            .join(secret)
            .display()
            .to_string()
    })
}

/// What a configuration can say and still not serve.
fn sense(platform: Platform, settings: &Settings, config: &Config) -> Vec<Finding> {
    let mut faults = Vec::new();
    if platform != Platform::Systemd && config.listen.ip().is_loopback() {
        faults.push(format!(
            "the server listens on {}, which nobody outside its container reaches: 0.0.0.0:8787",
            config.listen
        ));
    }
    let url = config
        .public_url
        .as_deref()
        .and_then(|url| url::Url::parse(url).ok());
    match url.as_ref().and_then(url::Url::host_str) {
        None => faults.push("FRONTDESK_PUBLIC_URL is not set: links that are given out lead nowhere".into()),
        Some("localhost" | "127.0.0.1") => {}
        Some(host) if config.allowed_hosts.iter().any(|allowed| allowed == host) => {}
        Some(host) => faults.push(format!(
            "{host} is the public URL, but FRONTDESK_ALLOWED_HOSTS does not name it: every request would be refused"
        )),
    }
    if let Some(keys) = &config.keys
        && let Err(error) = Keyring::from_list(keys)
    {
        faults.push(error.to_string());
    }
    let shared = config.database.as_ref().is_none_or(|database| {
        matches!(
            store::Place::parse(database.expose_secret()),
            store::Place::Postgres(_)
        )
    });
    if settings.replicas > 1 && !shared {
        faults.push(format!(
            "{} servers cannot share a database that is a file: a postgres:// URL",
            settings.replicas
        ));
    }
    faults.into_iter().map(Finding::Fault).collect()
}
