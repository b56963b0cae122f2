//! Values of settings, read from text; what cannot be read is told with what could.

use std::{path::PathBuf, str::FromStr, time::Duration};

/// Anything that is parsed from text.
pub(super) fn parse<T: FromStr>(value: &str) -> Result<T, String>
where
    T::Err: std::fmt::Display,
{
    value.parse().map_err(|error: T::Err| error.to_string())
}

/// True or false, in the words that people use.
pub(super) fn switch(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(choice(value, "true, false")),
    }
}

/// A span of time in seconds.
pub(super) fn seconds(value: &str) -> Result<Duration, String> {
    value
        .parse::<f64>()
        .ok()
        .filter(|seconds| (0.1..=3600.0).contains(seconds))
        .map(Duration::from_secs_f64)
        .ok_or_else(|| format!("`{value}` is not a number of seconds from 0.1 to 3600"))
}

/// An address to listen on.
pub(super) fn address(value: &str) -> Result<std::net::SocketAddr, String> {
    let text = value
        .strip_prefix("localhost:")
        .map_or_else(|| value.to_owned(), |port| format!("127.0.0.1:{port}"));
    text.parse()
        .map_err(|_| format!("`{value}` is not an address: write it like 127.0.0.1:8787"))
}

/// A list with commas.
pub(super) fn list(value: &str) -> Vec<String> {
    value
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A list of files or folders.
pub(super) fn paths(value: &str) -> Vec<PathBuf> {
    list(value).into_iter().map(PathBuf::from).collect()
}

/// What to say of a value that is none of the choices.
pub(super) fn choice(value: &str, choices: &str) -> String {
    format!("`{value}` is none of: {choices}")
}
