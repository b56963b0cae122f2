//! What webhooks say, in every shape that they come in.

use super::*;
use serde_json::json;

fn notification(topic: &str, item: &Value) -> Notification {
    let body = json!({"type": "notification_event", "app_id": "w1abc2", "id": "notif_1", "topic": topic,
        "created_at": 1_790_000_000, "data": {"type": "notification_event_data", "item": item}});
    Notification::parse(body.to_string().as_bytes()).unwrap()
}

/// The event in short: its kind, who wrote, and what.
fn told(topic: &str, item: &Value) -> String {
    let event = notification(topic, item).event();
    match &event {
        Event::CustomerWrote(message)
        | Event::TeammateWrote(message)
        | Event::Noted(message)
        | Event::BotWrote(message)
        | Event::TicketWrote(message, _) => {
            let author = message.author.as_deref().unwrap_or("nobody");
            let (word, place, text) = (event.word(), &message.conversation, &message.text);
            format!("{word} {place} {author}: {text}")
        }
        Event::ConversationChanged(id) | Event::ArticleChanged(id) => {
            format!("{} {id}", event.word())
        }
        Event::Rated {
            conversation,
            score,
        } => format!("rated {conversation} {score}"),
        _ => event.word().to_owned(),
    }
}

/// A conversation with one part of that kind, author and body.
fn part(kind: &str, author: &str, body: &str) -> Value {
    json!({"type": "conversation", "id": "42", "source": {"body": "<p>old</p>", "author": {"type": "lead", "id": "l1"}},
        "conversation_parts": {"total_count": 1, "conversation_parts": [{"id": "7", "part_type": kind, "body": body,
            "created_at": 1_790_000_000, "author": {"type": author, "id": "a1"}, "attachments": []}]}})
}

#[test]
fn author_and_body_decide_who_spoke() {
    const HTML: &str = "<p>Any <b>news</b>?</p>";
    for (topic, kind, author, body, expected) in [
        ("user.replied", "comment", "user", HTML, "customer_wrote"),
        (
            "user.replied",
            "comment",
            "user",
            "Any news?",
            "customer_wrote",
        ),
        ("admin.opened", "open", "user", HTML, "customer_wrote"),
        (
            "admin.open.assigned",
            "assignment",
            "admin",
            HTML,
            "teammate_wrote",
        ),
        (
            "admin.assigned",
            "assignment",
            "user",
            HTML,
            "customer_wrote",
        ),
        (
            "admin.assigned",
            "assignment",
            "admin",
            "",
            "conversation_changed",
        ),
        ("admin.replied", "comment", "admin", HTML, "teammate_wrote"),
        ("admin.noted", "note_and_reopen", "admin", HTML, "noted"),
        ("operator.replied", "comment", "bot", HTML, "bot_wrote"),
        ("read", "comment", "bot", HTML, "conversation_changed"),
        ("user.levitated", "comment", "user", HTML, "unknown_topic"),
    ] {
        let topic = format!("conversation.{topic}");
        let event = notification(&topic, &part(kind, author, body)).event();
        assert_eq!(event.word(), expected, "{topic} {kind}");
    }
}

#[test]
fn words_come_as_html_and_as_plain_text() {
    for (body, expected) in [
        ("<p>Any <b>news</b>?</p>", "Any **news**?"),
        ("Any news?", "Any news?"),
        ("1 < 2 & so on", "1 < 2 & so on"),
    ] {
        let told = told("conversation.user.replied", &part("comment", "user", body));
        assert_eq!(told, format!("customer_wrote 42 a1: {expected}"));
    }
}

#[test]
fn every_shape_of_item_is_read() {
    let lead = json!({"id": "9", "body": "<p>Hi</p>", "author": {"type": "lead", "id": "l1"}});
    let reply = json!({"id": "8", "part_type": "comment", "body": "<p>Still</p>", "author": {"type": "user", "id": "u1"}});
    for (topic, item, expected) in [
        (
            "conversation.user.created",
            json!({"id": 42, "source": lead}),
            "customer_wrote 42 l1: Hi",
        ),
        (
            "conversation.deleted",
            json!({"conversation_id": "42"}),
            "conversation_changed 42",
        ),
        (
            "conversation.contact.attached",
            json!({"conversation": {"model": {"id": 42}}}),
            "conversation_changed 42",
        ),
        (
            "conversation_part.tag.created",
            json!({"conversation": {"id": "42"}}),
            "conversation_changed 42",
        ),
        (
            "conversation.rating.added",
            json!({"id": "42", "conversation_rating": {"rating": 5}}),
            "rated 42 5",
        ),
        (
            "conversation.rating.added",
            json!({"id": "42", "conversation_rating": {"score": 1}}),
            "rated 42 1",
        ),
        (
            "ticket.contact.replied",
            json!({"ticket": {"id": "5"}, "ticket_part": reply}),
            "ticket_wrote 5 u1: Still",
        ),
        (
            "ticket.closed",
            json!({"ticket": {"id": "5"}}),
            "conversation_changed 5",
        ),
        (
            "ticket.resolved",
            json!({"id": "5"}),
            "conversation_changed 5",
        ),
        ("article.published", json!({"id": 77}), "article_changed 77"),
        ("contact.unarchive", json!({"id": "c"}), "other"),
        ("content_stat.series.webhook", json!({}), "other"),
        ("app.uninstalled", json!({}), "unknown_topic"),
        ("ping", json!({"type": "ping", "message": "hello"}), "ping"),
    ] {
        assert_eq!(told(topic, &item), expected, "{topic}");
    }
}

#[test]
fn deleted_words_are_no_words_and_files_are() {
    const PART: &str = "/conversation_parts/conversation_parts/0";
    let mut item = part("comment", "user", "<p><i>This message was deleted</i></p>");
    item.pointer_mut(PART).unwrap()["redacted"] = json!(true);
    assert_eq!(
        told("conversation.user.replied", &item),
        "conversation_changed 42"
    );
    let mut item = part("comment", "user", "");
    item.pointer_mut(PART).unwrap()["attachments"] = json!([{"name": "a.png"}]);
    assert_eq!(
        told("conversation.user.replied", &item),
        "customer_wrote 42 a1: [attachment]"
    );
}

#[test]
fn times_come_in_three_forms() {
    for (value, expected) in [
        (json!(1_790_000_000), Some(1_790_000_000)),
        (json!("1790000000"), Some(1_790_000_000)),
        (json!("2026-01-10T04:22:28.240+00:00"), Some(1_768_018_948)),
        (json!("2026-01-10T08:00:00.000Z"), Some(1_768_032_000)),
        (json!("yesterday"), None),
        (json!(null), None),
    ] {
        assert_eq!(moment(&value), expected, "{value}");
    }
}

#[test]
fn what_is_no_webhook_is_refused() {
    for body in [
        "",
        "[]",
        "{}",
        r#"{"topic": "ping"}"#,
        r#"{"topic": 5, "app_id": "x"}"#,
    ] {
        assert!(Notification::parse(body.as_bytes()).is_err(), "{body}");
    }
    let ping = Notification::parse(br#"{"topic": "ping", "app_id": "x", "id": null}"#).unwrap();
    assert_eq!((ping.id.as_deref(), ping.conversation()), (None, None));
}
