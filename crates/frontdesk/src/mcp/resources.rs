//! Conversations, contacts and articles as resources; reading one is an ordinary tool call.

use super::{Desk, request_of};
use gateway::{CallError, Principal};
use rmcp::{
    ErrorData, RoleServer,
    model::{ReadResourceResult, ResourceContents, ResourceTemplate},
    service::RequestContext,
};
use serde_json::{Map, Value, json};

/// One kind of resource.
struct Kind {
    name: &'static str,
    title: &'static str,
    about: &'static str,
    tool: &'static str,
    /// The tool that finds the latest of them.
    latest: &'static str,
}

const KINDS: [Kind; 3] = [
    Kind {
        name: "conversation",
        title: "Conversation",
        about: "A conversation with its messages, notes and state.",
        tool: "get_conversation",
        latest: "search_conversations",
    },
    Kind {
        name: "contact",
        title: "Contact",
        about: "A user or lead with their attributes.",
        tool: "get_contact",
        latest: "search_contacts",
    },
    Kind {
        name: "article",
        title: "Help center article",
        about: "An article of the help center with its text.",
        tool: "get_article",
        latest: "list_articles",
    },
];

/// The templates, one a kind.
pub(super) fn templates() -> Vec<ResourceTemplate> {
    KINDS
        .iter()
        .map(|kind| {
            ResourceTemplate::new(format!("intercom://{}/{{id}}", kind.name), kind.name)
                .with_title(kind.title)
                .with_description(kind.about)
        })
        .collect()
}

/// The tool that finds the latest objects of a template.
pub(super) fn latest(template: &str) -> Option<&'static str> {
    let name = template
        .strip_prefix("intercom://")?
        .strip_suffix("/{id}")?;
    let kind = KINDS.iter().find(|kind| kind.name == name)?;
    Some(kind.latest)
}

/// Reads `intercom://<kind>/<id>`.
pub(super) async fn read(
    desk: &Desk,
    who: &Principal,
    uri: &str,
    cx: &RequestContext<RoleServer>,
) -> Result<ReadResourceResult, ErrorData> {
    let (kind, id) = parse(uri).ok_or_else(|| missing(uri))?;
    let arguments = Map::from_iter([("id".to_owned(), Value::from(id))]);
    let request = request_of(cx, kind.tool, arguments);
    let answer = match desk.gateway.call(who, request).await {
        Ok(answer) => answer,
        Err(CallError::NotFound { .. }) => return Err(missing(uri)),
        Err(error) => {
            return Err(ErrorData::internal_error(
                error.to_string(),
                Some(json!({"uri": uri})),
            ));
        }
    };
    let kind = if serde_json::from_str::<serde::de::IgnoredAny>(&answer.text).is_ok() {
        "application/json"
    } else {
        "text/markdown"
    };
    let contents = ResourceContents::text(answer.text, uri).with_mime_type(kind);
    Ok(ReadResourceResult::new(vec![contents]))
}

fn parse(uri: &str) -> Option<(&'static Kind, &str)> {
    let (name, id) = uri.strip_prefix("intercom://")?.split_once('/')?;
    let fits = !id.is_empty()
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    let kind = KINDS.iter().find(|kind| kind.name == name)?;
    fits.then_some((kind, id))
}

fn missing(uri: &str) -> ErrorData {
    ErrorData::resource_not_found(
        "There is no such resource. Resources are intercom://conversation/{id}, intercom://contact/{id} and intercom://article/{id}.",
        Some(json!({"uri": uri})),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_read_strictly() {
        for (uri, expected) in [
            (
                "intercom://conversation/123",
                Some(("get_conversation", "123")),
            ),
            (
                "intercom://contact/contact_6a-b",
                Some(("get_contact", "contact_6a-b")),
            ),
            ("intercom://article/7", Some(("get_article", "7"))),
            ("intercom://article/", None),
            ("intercom://article/7/8", None),
            ("intercom://article/..%2fme", None),
            ("intercom://company/7", None),
            ("https://conversation/123", None),
        ] {
            let got = parse(uri).map(|(kind, id)| (kind.tool, id));
            assert_eq!(got, expected, "{uri}");
        }
    }
}
