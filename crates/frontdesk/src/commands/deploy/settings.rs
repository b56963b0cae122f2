//! What a deployment is told by flags, and which of it goes together.

use super::platform::Platform;
use serde::{Deserialize, Serialize};

/// The released image of this version.
pub(super) fn own_image() -> String {
    format!("{IMAGE}:{}", env!("CARGO_PKG_VERSION"))
}

/// Where released images are.
pub(super) const IMAGE: &str = "ghcr.io/frontdesk-dev/frontdesk";

/// What a deployment is told; no secret is among it, for it is kept beside the files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// The name that it is reached by.
    pub(super) domain: String,
    /// The number of servers.
    pub(super) replicas: u16,
    pub(super) database: Database,
    /// The name of the app or project.
    pub(super) name: String,
    /// The platform's region, where it is told one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<String>,
    /// The image with its tag.
    pub(super) image: String,
}

/// Whose database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Database {
    /// The platform makes it.
    Bundled,
    /// It is there already.
    External,
    /// A file beside the one server.
    Sqlite,
}

impl Database {
    fn word(self) -> &'static str {
        match self {
            Self::Bundled => "bundled",
            Self::External => "external",
            Self::Sqlite => "sqlite",
        }
    }
}

impl Settings {
    /// Why these settings cannot be, where they cannot.
    pub(super) fn check(&self, platform: Platform) -> Result<(), String> {
        let known = platform.databases();
        if !known.contains(&self.database) {
            let known: Vec<&str> = known.iter().map(|one| one.word()).collect();
            return Err(format!(
                "--database {} is not for {platform}, which takes: {}",
                self.database.word(),
                known.join(", ")
            ));
        }
        if self.database == Database::Sqlite && self.replicas > 1 {
            return Err(format!(
                "{} servers need a database that they share: --database external, and a postgres:// URL as its secret",
                self.replicas
            ));
        }
        if self.replicas > platform.most() {
            return Err(format!(
                "{platform} takes at most {} servers in one of these files",
                platform.most()
            ));
        }
        if self.region.is_some() && !matches!(platform, Platform::Fly | Platform::Render) {
            return Err(format!("--region is not for {platform}"));
        }
        domain(&self.domain)?;
        name(&self.name)?;
        image(&self.image)?;
        self.region
            .as_deref()
            .map_or(Ok(()), |region| name(region).map(drop))
    }
}

/// A name of the DNS, in small letters.
pub(super) fn domain(text: &str) -> Result<String, String> {
    let label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if text.len() <= 253 && text.split('.').all(label) {
        return Ok(text.to_owned());
    }
    Err("write the name alone, in small letters, like desk.example".into())
}

/// The name of an app, a project or a region.
pub(super) fn name(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let fits = text.len() <= 30
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && !text.ends_with('-')
        && text.bytes().all(plain);
    if fits {
        return Ok(text.to_owned());
    }
    Err("small letters, digits and -, a letter first, at most 30 of them".into())
}

/// An image with its tag.
pub(super) fn image(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:".contains(&byte);
    if text.bytes().all(plain) && split_image(text).is_some() {
        return Ok(text.to_owned());
    }
    Err(format!(
        "write it with its tag, like {}: without one, another version may start any day",
        own_image()
    ))
}

/// An image's name and its tag.
pub(super) fn split_image(text: &str) -> Option<(&str, &str)> {
    let (name, tag) = text.rsplit_once(':')?;
    (!name.is_empty() && !tag.is_empty() && !tag.contains('/')).then_some((name, tag))
}

/// A kind of database; never its address.
pub(super) fn database(text: &str) -> Result<Database, String> {
    match text {
        "bundled" => Ok(Database::Bundled),
        "external" => Ok(Database::External),
        "sqlite" => Ok(Database::Sqlite),
        url if url.contains("://") => Err(
            "an address with its password belongs into no process list and no committed file: say `external`, and set \
             FRONTDESK_DATABASE where the platform keeps secrets"
                .into(),
        ),
        _ => Err("it is one of bundled, external, sqlite".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_could_break_a_file_are_refused() {
        for (good, text) in [
            (true, "desk.example"),
            (true, "localhost"),
            (false, "https://desk.example"),
            (false, "desk.example:443"),
            (false, "Desk.example"),
            (false, "desk.example\nevil: true"),
            (false, "desk..example"),
            (false, "-desk.example"),
            (false, ""),
        ] {
            assert_eq!(domain(text).is_ok(), good, "{text}");
        }
        for (good, text) in [
            (true, "frontdesk"),
            (true, "desk-2"),
            (false, "2desk"),
            (false, "desk:"),
            (false, "desk-"),
        ] {
            assert_eq!(name(text).is_ok(), good, "{text}");
        }
        for (good, text) in [
            (true, "ghcr.io/frontdesk-dev/frontdesk:0.1.0"),
            (true, "registry.example:5000/frontdesk:1"),
            (false, "registry.example:5000/frontdesk"),
            (false, "frontdesk"),
            (false, "a:b\" #"),
        ] {
            assert_eq!(image(text).is_ok(), good, "{text}");
        }
        let refused = database("postgres://u:secret@host/db").unwrap_err();
        assert!(
            refused.contains("external") && !refused.contains("secret@"),
            "{refused}"
        );
    }
}
