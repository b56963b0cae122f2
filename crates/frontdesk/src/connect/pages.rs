//! Small plain pages: no script, no style, nothing loaded, every text escaped.

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::fmt::Write as _;

/// A page with a heading and some paragraphs of plain text.
pub(super) fn page(status: StatusCode, heading: &str, paragraphs: &[&str]) -> Response {
    let paragraphs = paragraphs.iter().fold(String::new(), |mut all, text| {
        // Writing to a String does not fail.
        let _ = writeln!(all, "<p>{}</p>", escaped(text));
        all
    });
    let heading = escaped(heading);
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{heading} – Frontdesk</title></head>\n\
         <body>\n<h1>{heading}</h1>\n{paragraphs}</body>\n</html>\n"
    );
    (status, Html(html)).into_response()
}

/// Nothing of these pages is kept, framed, sniffed, or told to the next site.
pub(super) fn protect(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        assert_eq!(
            escaped("<b a='1'>\"x\" & y</b>"),
            "&lt;b a=&#39;1&#39;&gt;&quot;x&quot; &amp; y&lt;/b&gt;"
        );
    }
}
