//! What a client may be granted: to read, or to read and change.

use catalog::Risk;

/// The scope of a grant; the larger holds the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    /// Tools that only read.
    Read,
    /// All tools of the endpoint.
    Write,
}

/// To read.
const READ: &str = "tools:read";
/// To change things too.
const WRITE: &str = "tools:write";

impl Scope {
    /// What a client asks for. Scopes that are not ours are left aside; without one of ours, it asks for all, and the
    /// person decides.
    pub(super) fn asked(text: Option<&str>) -> Self {
        let mut words = text.unwrap_or_default().split(' ');
        if words.clone().any(|word| word == READ) && !words.any(|word| word == WRITE) {
            Self::Read
        } else {
            Self::Write
        }
    }

    /// What was granted; anything unknown grants the least.
    pub(crate) fn granted(text: &str) -> Self {
        if text.split(' ').any(|word| word == WRITE) {
            Self::Write
        } else {
            Self::Read
        }
    }

    /// The most that an endpoint has to grant.
    pub(super) fn of(ceiling: Risk) -> Self {
        match ceiling {
            Risk::Read => Self::Read,
            Risk::Write | Risk::Destructive => Self::Write,
        }
    }

    /// As it is written.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Read => READ,
            Self::Write => "tools:read tools:write",
        }
    }

    /// Its words.
    pub(super) fn words(self) -> &'static [&'static str] {
        match self {
            Self::Read => &[READ],
            Self::Write => &[READ, WRITE],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_and_written() {
        for (text, expected) in [
            (None, Scope::Write),
            (Some(""), Scope::Write),
            (Some("openid profile"), Scope::Write),
            (Some("tools:read"), Scope::Read),
            (Some("tools:read offline_access"), Scope::Read),
            (Some("tools:write"), Scope::Write),
            (Some("tools:write tools:read"), Scope::Write),
        ] {
            assert_eq!(Scope::asked(text), expected, "{text:?}");
        }
        for scope in [Scope::Read, Scope::Write] {
            assert_eq!(Scope::granted(scope.text()), scope);
            assert_eq!(Scope::asked(Some(scope.text())), scope);
            assert_eq!(scope.words().join(" "), scope.text());
        }
        assert_eq!(Scope::granted("tools:writer"), Scope::Read);
    }
}
