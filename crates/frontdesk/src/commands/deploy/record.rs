//! What a deployment was told, and what was written: kept beside the files, so that a check needs no flags.

use super::platform::Platform;
use super::settings::Settings;
use crate::Error;
use crate::commands::files::{Sheet, present};
use crate::tenants::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The record of one platform's files.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    /// The version that wrote them.
    pub(super) version: String,
    pub(super) platform: String,
    pub(super) settings: Settings,
    /// SHA-256 of each file's lines.
    files: BTreeMap<String, String>,
}

impl Record {
    pub(super) fn new(platform: Platform, settings: &Settings, sheets: &[Sheet]) -> Self {
        let files = sheets.iter();
        Self {
            version: env!("CARGO_PKG_VERSION").into(),
            platform: platform.word().into(),
            settings: settings.clone(),
            files: files
                .map(|sheet| (sheet.path.clone(), digest(&sheet.text)))
                .collect(),
        }
    }

    /// Where it lies.
    pub(super) fn place(platform: Platform, folder: &Path) -> PathBuf {
        folder.join(name(platform))
    }

    /// As a file.
    pub(super) fn sheet(&self, platform: Platform) -> Sheet {
        Sheet::new(name(platform), format!("{:#}\n", serde_json::json!(self)))
    }

    /// The record of a folder, where one is there.
    pub(super) fn read(platform: Platform, folder: &Path) -> Result<Option<Self>, Error> {
        let place = Self::place(platform, folder);
        let Some(text) = present(&place)? else {
            return Ok(None);
        };
        let read = serde_json::from_str(&text);
        read.map(Some).map_err(|error| Error::Setting {
            place: place.display().to_string(),
            reason: format!("{error}; `frontdesk deploy --force` writes it anew"),
        })
    }

    /// Whether a file is as it was written.
    pub(super) fn wrote(&self, path: &str, text: &str) -> bool {
        self.files
            .get(path)
            .is_some_and(|known| *known == digest(text))
    }
}

fn name(platform: Platform) -> String {
    format!("frontdesk-deploy.{platform}.json")
}

/// Of lines, so that line ends do not count.
fn digest(text: &str) -> String {
    let mut digest = Sha256::new();
    for line in text.lines() {
        digest.update(line.as_bytes());
        digest.update(b"\n");
    }
    hex(&digest.finalize())
}
