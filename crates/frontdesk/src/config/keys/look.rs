//! Settings found by place, by section, by variable, and which of them are secret.

use super::{Key, all};

impl Key {
    /// Whether it is kept out of files that others read; a file of its own may hold it, named by its variable and `_FILE`.
    pub fn is_secret(&self) -> bool {
        let name = self
            .path
            .split_once('.')
            .map_or(self.path, |(_, name)| name);
        let last = name.rsplit('_').next().unwrap_or(name);
        matches!(
            last,
            "token" | "secret" | "password" | "keys" | "database" | "redis"
        ) || name.ends_with("api_key")
            || name == "notice_url"
    }
}

/// The setting at a place of the file.
pub(crate) fn find(path: &str) -> Option<&'static Key> {
    all().find(|key| key.path == path)
}

/// Whether a variable sets what is secret.
pub(crate) fn is_secret(variable: &str) -> bool {
    all().any(|key| key.is_secret() && key.variables().any(|name| name == variable))
}

/// The sections of the file.
pub(crate) fn sections() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    all().filter_map(move |key| {
        let (section, _) = key.path.split_once('.')?;
        (section != std::mem::replace(&mut last, section)).then_some(section)
    })
}

/// What a section holds, as a sentence.
pub(crate) fn of_section(section: &str) -> String {
    let names: Vec<&str> = all()
        .filter_map(|key| key.path.strip_prefix(section)?.strip_prefix('.'))
        .collect();
    format!("`{section}` holds {}", names.join(", "))
}
