//! The pages that people see: plain HTML without scripts, in no frame, with all that is not ours escaped.

use super::{authorize::Pending, redirect, refusal::Refusal, resource::Target, scope::Scope};
use axum::response::{IntoResponse, Response};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};
use std::{fmt::Write, sync::LazyLock};

const STYLE: &str = include_str!("page.css");

/// Nothing but our own style is loaded, and no other site shows the page in a frame. A form may end at the client:
/// browsers hold the whole way of a form's answer against `form-action`.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )
});

/// What a client asks of a person.
pub(super) struct Ask<'a> {
    pub(super) pending: &'a Pending,
    /// What the answer is found by.
    pub(super) handle: &'a str,
    /// The endpoint; none where the person says which.
    pub(super) target: Option<&'a Target>,
    /// Whether the person can sign in through Intercom.
    pub(super) intercom: bool,
    /// What was wrong with the last answer.
    pub(super) problem: Option<&'a str>,
}

/// The page on which a person signs in and lets a client in.
pub(super) fn consent(ask: &Ask<'_>) -> Response {
    let pending = ask.pending;
    let title = text(&pending.title);
    let mut body = format!("<h1>{title} wants to use {}</h1>", place(ask.target));
    if let Some(problem) = ask.problem {
        put(
            &mut body,
            &format!("<p class=\"bad\" role=\"alert\">{}</p>", text(problem)),
        );
    }
    put(&mut body, &facts(pending, ask.target));
    put(&mut body, "<form method=\"post\" action=\"consent\">");
    put(&mut body, &hidden(ask.handle));
    put(&mut body, &permissions(Scope::granted(&pending.scope)));
    // The first button is what the enter key presses.
    put(
        &mut body,
        "<label>E-mail<input type=\"email\" name=\"email\" autocomplete=\"username\" maxlength=\"320\"></label>\
         <label>Password<input type=\"password\" name=\"password\" autocomplete=\"current-password\" maxlength=\"200\"></label>\
         <button class=\"own\" name=\"action\" value=\"allow\">Sign in and allow</button>",
    );
    if ask.intercom {
        put(
            &mut body,
            "<button class=\"own\" name=\"action\" value=\"intercom\" formnovalidate>Allow, and sign in through Intercom</button>",
        );
    }
    put(
        &mut body,
        "<button name=\"action\" value=\"deny\" formnovalidate>Cancel</button></form>",
    );
    let status = match ask.problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    page(status, "Sign in", &body, Some(&pending.redirect_uri))
}

/// The page on which a person says which endpoint a client may use.
pub(super) fn choice(pending: &Pending, handle: &str, targets: &[Target]) -> Response {
    let mut body = format!("<h1>What may {} use?</h1>", text(&pending.title));
    put(&mut body, "<form method=\"post\" action=\"consent\">");
    put(&mut body, &hidden(handle));
    put(&mut body, "<fieldset><legend>Endpoint</legend>");
    for (index, target) in targets.iter().enumerate() {
        let checked = if index == 0 { " checked" } else { "" };
        let (id, name) = (text(&target.id), text(named(target)));
        put(
            &mut body,
            &format!(
                "<label class=\"row\"><input type=\"radio\" name=\"endpoint\" value=\"{id}\"{checked}> {name}</label>"
            ),
        );
    }
    put(
        &mut body,
        "</fieldset><button class=\"own\" name=\"action\" value=\"allow\">Allow</button>\
         <button name=\"action\" value=\"deny\">Cancel</button></form>",
    );
    page(
        StatusCode::OK,
        "Choose an endpoint",
        &body,
        Some(&pending.redirect_uri),
    )
}

/// The page that says why nothing was granted, with a way back where the client may be told.
pub(super) fn refused(refusal: &Refusal, back: Option<(&str, &str)>) -> Response {
    let mut body = format!(
        "<h1>This did not work</h1><p>{}</p><p class=\"soft\">{}</p>",
        text(&sentence(&refusal.description)),
        text(refusal.error),
    );
    if let Some((address, receiver)) = back {
        // Only http(s) addresses and schemes that were checked at registration come this far.
        put(
            &mut body,
            &format!(
                "<a class=\"button\" href=\"{}\">Back to {}</a>",
                text(address),
                text(receiver)
            ),
        );
    }
    let mut response = page(refusal.page_status(), "Not granted", &body, None);
    if let Some(seconds) = refusal.retry() {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn place(target: Option<&Target>) -> String {
    target.map_or_else(|| "Frontdesk".to_owned(), |target| text(named(target)))
}

fn named(target: &Target) -> &str {
    if target.name.is_empty() {
        "Frontdesk"
    } else {
        &target.name
    }
}

/// Who asks, for whom, and who gets the answer: the receiver is what nobody can make up.
fn facts(pending: &Pending, target: Option<&Target>) -> String {
    let mut list = String::from("<dl>");
    if let Some(target) = target {
        put(
            &mut list,
            &format!("<dt>Of</dt><dd>{}</dd>", text(&target.tenant_name)),
        );
    }
    let who = if pending.documented {
        let host = url::Url::parse(&pending.client).ok();
        let host = host
            .as_ref()
            .and_then(|url| url.host_str())
            .unwrap_or_default();
        format!(
            "{}, published by <strong>{}</strong>",
            text(&pending.title),
            text(host)
        )
    } else {
        format!(
            "{}, by its own word: nobody has checked who it is",
            text(&pending.title)
        )
    };
    put(&mut list, &format!("<dt>Program</dt><dd>{who}</dd>"));
    let receiver = text(&redirect::receiver(&pending.redirect_uri));
    put(
        &mut list,
        &format!("<dt>Answer to</dt><dd><strong>{receiver}</strong></dd></dl>"),
    );
    put(
        &mut list,
        "<p class=\"soft\">Go on only if you have just started this there yourself.</p>",
    );
    list
}

fn permissions(scope: Scope) -> String {
    let mut fields = String::from(
        "<fieldset><legend>It may, as you</legend>\
         <label class=\"row\"><input type=\"checkbox\" checked disabled> read conversations, contacts and the rest of what you see in Intercom</label>",
    );
    if scope == Scope::Write {
        put(
            &mut fields,
            "<label class=\"row\"><input type=\"checkbox\" name=\"write\" value=\"yes\" checked> change things: reply, assign, tag, close</label>",
        );
    }
    put(&mut fields, "</fieldset>");
    fields
}

fn hidden(handle: &str) -> String {
    format!(
        "<input type=\"hidden\" name=\"request\" value=\"{}\">",
        text(handle)
    )
}

fn page(status: StatusCode, title: &str, body: &str, redirect_uri: Option<&str>) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{} · Frontdesk</title><style>{STYLE}</style></head>\
         <body><main>{body}</main></body></html>",
        text(title)
    );
    let policy = format!("{}{}", *POLICY, redirect_uri.map(ends).unwrap_or_default());
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // `no-referrer` would have the form come without an origin.
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    match HeaderValue::from_str(&policy) {
        Ok(policy) => {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        Err(error) => tracing::error!(%error, "a page has no policy"),
    }
    response
}

/// Where a form's answer may lead: to the client, and from a client's page on to others over https.
fn ends(redirect_uri: &str) -> String {
    let scheme = url::Url::parse(redirect_uri).ok();
    match scheme.as_ref().map(url::Url::scheme) {
        Some("https") => " https:".to_owned(),
        Some("http") => " https: http://127.0.0.1:* http://localhost:* http://[::1]:*".to_owned(),
        Some(own) => format!(" {own}:"),
        None => String::new(),
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

/// Text as HTML, in elements and in quoted attributes.
fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => put(&mut escaped, "&amp;"),
            '<' => put(&mut escaped, "&lt;"),
            '>' => put(&mut escaped, "&gt;"),
            '"' => put(&mut escaped, "&quot;"),
            '\'' => put(&mut escaped, "&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

fn put(html: &mut String, more: &str) {
    // Writing to a String does not fail.
    let _ = html.write_str(more);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_client_says_becomes_html() {
        let evil = "<script>alert(1)</script>\"'&";
        let pending = Pending {
            base: "https://desk.example".into(),
            client: "fdc_x".into(),
            title: evil.into(),
            documented: false,
            redirect_uri: "https://evil.example/cb?x=\"><script>".into(),
            state: Some(evil.into()),
            challenge: String::new(),
            scope: Scope::Write.text().into(),
            endpoint: None,
        };
        let body = facts(&pending, None) + &permissions(Scope::Write) + &hidden(evil);
        assert!(!body.contains("<script"), "{body}");
        assert!(body.contains("&lt;script&gt;"), "{body}");
        assert!(body.contains("<strong>evil.example</strong>"), "{body}");
        assert_eq!(text("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;");
    }

    #[test]
    fn a_form_may_end_at_its_client() {
        for (uri, expected) in [
            ("https://claude.ai/cb", " https:"),
            ("cursor://x/cb", " cursor:"),
            (
                "http://127.0.0.1:5/cb",
                " https: http://127.0.0.1:* http://localhost:* http://[::1]:*",
            ),
        ] {
            assert_eq!(ends(uri), expected);
        }
        let response = page(StatusCode::OK, "x", "", Some("https://claude.ai/cb"));
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "form-action 'self' https:",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(
            !policy.contains("script-src") && !policy.contains("unsafe"),
            "{policy}"
        );
    }
}
