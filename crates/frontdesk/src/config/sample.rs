//! A commented configuration file and a list of secret variables, made from the table of settings.

use super::Key;
use super::keys::{all, sections};
use std::fmt::Write;

/// How wide a comment may be.
const WIDTH: usize = 100;

/// A setting with the value that a file starts with.
pub(crate) struct Filled {
    /// Its place: section and name.
    pub(crate) path: &'static str,
    /// Its value, as YAML.
    pub(crate) value: String,
    /// Why it has that value, where that is not plain.
    pub(crate) why: &'static str,
}

/// Those sections of the configuration file: every setting with its meaning, all but the filled ones commented out.
pub(crate) fn sample(chosen: &[&str], filled: &[Filled]) -> String {
    let mut text = String::new();
    for section in sections().filter(|section| chosen.contains(section)) {
        let _ = write!(text, "\n{section}:\n");
        for key in all() {
            let inside = key.path.strip_prefix(section);
            if let Some(name) = inside.and_then(|rest| rest.strip_prefix('.')) {
                let value = filled.iter().find(|filled| filled.path == key.path);
                setting(&mut text, key, name, value);
            }
        }
    }
    text
}

/// A file of variables for those sections' secrets, all of them empty and commented out.
pub(crate) fn variables(chosen: &[&str]) -> String {
    let mut text = String::new();
    let within = |key: &&Key| {
        let section = key.path.split_once('.').map(|(section, _)| section);
        section.is_some_and(|section| chosen.contains(&section))
    };
    for key in all().filter(within).filter(|key| key.is_secret()) {
        text.push('\n');
        comment(&mut text, "", key.meaning);
        let _ = writeln!(text, "# {}=", key.variable);
    }
    text
}

fn setting(text: &mut String, key: &Key, name: &str, filled: Option<&Filled>) {
    let mut about = format!("{} Variable: {}.", key.meaning, key.variable);
    let plain = literal(key.default);
    if plain.is_none() {
        let _ = write!(about, " Default: {}.", key.default.trim_end_matches('.'));
    }
    comment(text, "  ", &about);
    match filled {
        Some(filled) => {
            comment(text, "  ", filled.why);
            // A map begins on a line of its own.
            let space = if filled.value.starts_with('\n') {
                ""
            } else {
                " "
            };
            let _ = writeln!(text, "  {name}:{space}{}", filled.value);
        }
        None if key.is_secret() => {
            let _ = writeln!(text, "  # It is secret: set the variable.");
        }
        None => {
            let line = format!("  #{name}: {}", plain.as_deref().unwrap_or_default());
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
    text.push('\n');
}

/// A default that is a value and not a description, as YAML.
fn literal(default: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    if default == "none" || !default.bytes().all(plain) {
        return None;
    }
    // A version is no fraction, and the mode `off` is no switch.
    let fraction = default.contains('.') && default.parse::<f64>().is_ok();
    let switch = ["on", "off", "yes", "no"].contains(&default);
    Some(if fraction || switch {
        format!("\"{default}\"")
    } else {
        default.to_owned()
    })
}

fn comment(text: &mut String, indent: &str, words: &str) {
    let mut line = format!("{indent}#");
    for word in words.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH && line.len() > indent.len() + 1 {
            let _ = writeln!(text, "{line}");
            line = format!("{indent}#");
        }
        line.push(' ');
        line.push_str(word);
    }
    if line.len() > indent.len() + 1 {
        let _ = writeln!(text, "{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};

    fn whole() -> Vec<&'static str> {
        sections().collect()
    }

    fn read(text: &str) -> Result<Config, String> {
        let name = format!(
            "frontdesk-sample-{}-{}.yaml",
            std::process::id(),
            text.len()
        );
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, text).unwrap();
        let sources = Sources {
            file: Some(&path),
            variable: &|_| None,
            flags: &[],
        };
        Config::read(&sources).map_err(|error| error.to_string())
    }

    #[test]
    fn every_setting_is_there_and_what_is_commented_out_changes_nothing() {
        let text = sample(&whole(), &[]);
        for key in all() {
            assert!(text.contains(key.variable), "{}", key.path);
        }
        let config = read(&text).unwrap();
        assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn defaults_that_are_values_can_be_taken_as_they_stand() {
        let text = sample(&whole(), &[]);
        let mut taken = 0;
        let mut uncommented = String::new();
        for line in text.lines() {
            let offered = line.strip_prefix("  #");
            match offered.filter(|rest| !rest.starts_with(' ') && !rest.ends_with(':')) {
                Some(rest) => {
                    taken += 1;
                    let _ = writeln!(uncommented, "  {rest}");
                }
                None => {
                    let _ = writeln!(uncommented, "{line}");
                }
            }
        }
        let config = read(&uncommented).unwrap();
        assert!(taken > 12, "{taken}");
        assert_eq!(format!("{config:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn secrets_stand_in_no_file_and_every_one_has_its_variable() {
        let text = sample(&whole(), &[]);
        let list = variables(&whole());
        for key in all() {
            let name = key.path.split_once('.').unwrap().1;
            let offered = text.contains(&format!("  #{name}:"));
            if key.is_secret() {
                assert!(list.contains(&format!("# {}=\n", key.variable)), "{name}");
            } else {
                assert!(offered, "{name}");
            }
        }
        for (path, secret) in [
            ("intercom.access_token", true),
            ("intercom.token_file", false),
            ("server.token", true),
            ("desk.database", true),
            ("desk.keys", true),
            ("desk.key_file", false),
            ("connect.client_secret", true),
            ("server.listen", false),
        ] {
            assert_eq!(
                crate::config::find(path).unwrap().is_secret(),
                secret,
                "{path}"
            );
        }
    }
}
