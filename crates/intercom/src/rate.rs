//! What an answer says about the allowance.

use http::{HeaderMap, HeaderName};

/// The rate headers of one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many calls a window allows.
    pub limit: u64,
    /// How many were left after this call.
    pub remaining: u64,
    /// When the window ends, in Unix seconds.
    pub reset: u64,
}

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

impl Rate {
    /// Reads the headers; none unless all three are there and whole numbers.
    pub(crate) fn read(headers: &HeaderMap) -> Option<Self> {
        let number = |name: &HeaderName| headers.get(name)?.to_str().ok()?.trim().parse().ok();
        Some(Self {
            limit: number(&LIMIT)?,
            remaining: number(&REMAINING)?,
            reset: number(&RESET)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn all_three_headers_or_none() {
        let mut headers = HeaderMap::new();
        headers.insert(LIMIT, HeaderValue::from_static("1666"));
        headers.insert(REMAINING, HeaderValue::from_static(" 12 "));
        assert_eq!(Rate::read(&headers), None);
        headers.insert(RESET, HeaderValue::from_static("1790000010"));
        assert_eq!(
            Rate::read(&headers),
            Some(Rate {
                limit: 1666,
                remaining: 12,
                reset: 1_790_000_010
            })
        );
        headers.insert(RESET, HeaderValue::from_static("soon"));
        assert_eq!(Rate::read(&headers), None);
    }
}
