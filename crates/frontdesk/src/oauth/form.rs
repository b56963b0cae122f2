//! Parameters of queries and forms, each of which may be there once (RFC 6749, 3.1).

use url::form_urlencoded;

/// The parameters of a request.
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads them; the error is the name of one that is there twice.
    pub(super) fn read(text: &[u8]) -> Result<Self, String> {
        let mut params: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(text) {
            if params.iter().any(|(known, _)| *known == *name) {
                return Err(name.into_owned());
            }
            params.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(params))
    }

    /// The value of a parameter; an empty one counts as none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_there_once_or_not_at_all() {
        let params = Params::read(b"a=1&b=&c=x%20y+z").unwrap();
        assert_eq!(params.get("a"), Some("1"));
        assert_eq!(params.get("b"), None);
        assert_eq!(params.get("c"), Some("x y z"));
        assert_eq!(params.get("d"), None);
        assert_eq!(Params::read(b"a=1&b=2&a=1").err().as_deref(), Some("a"));
    }
}
