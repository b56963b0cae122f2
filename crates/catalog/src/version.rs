//! Versions of Intercom's REST API, ordered by age.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A version of Intercom's REST API; `Preview` is newer than every number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ApiVersion {
    /// A numbered version such as 2.16.
    Numbered(u8, u8),
    /// The moving version, called `Unstable` in the past.
    Preview,
}

impl ApiVersion {
    /// The oldest version whose description the catalog is held against.
    pub const V2_11: Self = Self::Numbered(2, 11);
    /// The version the official JavaScript SDK asks for.
    pub const V2_14: Self = Self::Numbered(2, 14);
    /// The version before the current one.
    pub const V2_15: Self = Self::Numbered(2, 15);
    /// The current version, which Frontdesk sends unless told otherwise.
    pub const V2_16: Self = Self::Numbered(2, 16);
}

impl Default for ApiVersion {
    fn default() -> Self {
        Self::V2_16
    }
}

impl FromStr for ApiVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("preview") || text.eq_ignore_ascii_case("unstable") {
            return Ok(Self::Preview);
        }
        text.split_once('.')
            .and_then(|(major, minor)| {
                Some(Self::Numbered(major.parse().ok()?, minor.parse().ok()?))
            })
            .ok_or_else(|| {
                format!("`{text}` is not an API version: write it like 2.16, or Preview")
            })
    }
}

impl TryFrom<String> for ApiVersion {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<ApiVersion> for String {
    fn from(version: ApiVersion) -> Self {
        version.to_string()
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbered(major, minor) => write!(f, "{major}.{minor}"),
            Self::Preview => f.write_str("Preview"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_parse_print_and_order() {
        for text in ["2.0", "2.11", "2.16", "Preview"] {
            assert_eq!(text.parse::<ApiVersion>().unwrap().to_string(), text);
        }
        assert_eq!("unstable".parse::<ApiVersion>(), Ok(ApiVersion::Preview));
        assert!(
            ApiVersion::Numbered(2, 9) < ApiVersion::V2_11
                && ApiVersion::V2_16 < ApiVersion::Preview
        );
        assert!(
            "latest"
                .parse::<ApiVersion>()
                .unwrap_err()
                .contains("like 2.16")
        );
    }
}
