//! Where people may be sent back to: only to pages that an owner named.

use url::Url;

/// Reads a page that people may be sent back to: a site, all of whose pages count, or a single page.
pub fn page(text: &str) -> Result<Url, String> {
    let wrong = || {
        format!(
            "`{text}` is not a page that people can be sent back to: write it like https://app.example or \
             https://app.example/settings"
        )
    };
    let url = Url::parse(text).map_err(|_| wrong())?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if plain && url.has_host() && (url.scheme() == "https" || is_local(&url)) {
        Ok(url)
    } else {
        Err(wrong())
    }
}

/// Whether a page is one of those named; a named page's query is free.
pub fn is_named(named: &[Url], asked: &Url) -> bool {
    named.iter().any(|one| {
        let whole_site = one.path() == "/" && one.query().is_none();
        one.origin() == asked.origin() && (whole_site || one.path() == asked.path())
    })
}

/// `http` is for this machine, where people develop.
fn is_local(url: &Url) -> bool {
    url.scheme() == "http" && matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_pages_count() {
        let named = [
            "https://app.example",
            "https://b.example/settings",
            "http://localhost:3000",
        ];
        let named: Vec<Url> = named.iter().map(|text| page(text).unwrap()).collect();
        for (text, expected) in [
            ("https://app.example/any/page?x=1", true),
            ("https://app.example:443/", true),
            ("https://app.example:8443/", false),
            ("https://app.example.evil.example/", false),
            ("https://evil.example/https://app.example/", false),
            ("https://b.example/settings?tab=intercom", true),
            ("https://b.example/settings/other", false),
            ("https://b.example/settings/../admin", false),
            ("https://b.example/", false),
            ("http://localhost:3000/x", true),
            ("http://localhost:3001/x", false),
        ] {
            assert_eq!(is_named(&named, &page(text).unwrap()), expected, "{text}");
        }
        for wrong in [
            "app.example",
            "http://app.example/",
            "https://user@app.example/",
            "https://app.example/#token",
            "javascript:alert(1)",
            "data:text/html,x",
            "//app.example/",
        ] {
            assert!(page(wrong).is_err(), "{wrong}");
        }
    }
}
