//! What insight asks of a conversation, taken out of the object once.

use super::ArchiveError;
use super::plain::plain;
use serde_json::Value;
use sqlx::{Sqlite, Transaction};

/// The facts of one conversation.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    created_at: i64,
    state: String,
    channel: String,
    team: String,
    admin: String,
    title: String,
    customer: String,
    waiting_since: Option<i64>,
    first_answer: Option<i64>,
    closing: Option<i64>,
    rating: Option<i64>,
    tags: Vec<String>,
    words: String,
}

impl Facts {
    pub(super) fn of(conversation: &Value) -> Self {
        let text = |pointer: &str| scalar(conversation.pointer(pointer));
        let number = |pointer: &str| conversation.pointer(pointer).and_then(Value::as_i64);
        let state = text("/state");
        Self {
            created_at: number("/created_at").unwrap_or_default(),
            channel: text("/source/type"),
            team: text("/team_assignee_id"),
            admin: text("/admin_assignee_id"),
            title: title(conversation),
            customer: [text("/source/author/name"), text("/source/author/email")]
                .into_iter()
                .find(|name| !name.is_empty())
                .unwrap_or_default(),
            waiting_since: number("/waiting_since").filter(|_| state != "closed"),
            first_answer: number("/statistics/time_to_admin_reply"),
            closing: number("/statistics/time_to_first_close"),
            rating: number("/conversation_rating/rating"),
            tags: tags(conversation),
            words: words(conversation),
            state,
        }
    }

    pub(super) async fn write(
        &self,
        work: &mut Transaction<'_, Sqlite>,
        key: i64,
    ) -> Result<(), ArchiveError> {
        Self::forget(work, key).await?;
        sqlx::query(
            "INSERT INTO conversation (key, created_at, state, channel, team, admin, title, customer,
                 waiting_since, first_answer, closing, rating) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(key)
        .bind(self.created_at)
        .bind(&self.state)
        .bind(&self.channel)
        .bind(&self.team)
        .bind(&self.admin)
        .bind(&self.title)
        .bind(&self.customer)
        .bind(self.waiting_since)
        .bind(self.first_answer)
        .bind(self.closing)
        .bind(self.rating)
        .execute(&mut **work)
        .await?;
        for tag in &self.tags {
            sqlx::query("INSERT OR IGNORE INTO conversation_tag (key, tag) VALUES (?, ?)")
                .bind(key)
                .bind(tag)
                .execute(&mut **work)
                .await?;
        }
        sqlx::query("INSERT INTO words (rowid, title, body) VALUES (?, ?, ?)")
            .bind(key)
            .bind(&self.title)
            .bind(&self.words)
            .execute(&mut **work)
            .await?;
        Ok(())
    }

    pub(super) async fn forget(
        work: &mut Transaction<'_, Sqlite>,
        key: i64,
    ) -> Result<(), ArchiveError> {
        for forget in [
            "DELETE FROM words WHERE rowid = ?",
            "DELETE FROM conversation_tag WHERE key = ?",
            "DELETE FROM conversation WHERE key = ?",
        ] {
            sqlx::query(forget).bind(key).execute(&mut **work).await?;
        }
        Ok(())
    }
}

/// What people wrote, the first message and, where it is here, the thread: no events, no names.
pub(super) fn words(conversation: &Value) -> String {
    let parts = conversation
        .pointer("/conversation_parts/conversation_parts")
        .and_then(Value::as_array);
    let bodies = parts.into_iter().flatten().map(|part| &part["body"]);
    std::iter::once(&conversation["source"]["body"])
        .chain(bodies)
        .filter_map(Value::as_str)
        .map(plain)
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn title(conversation: &Value) -> String {
    ["/title", "/source/subject"]
        .iter()
        .filter_map(|pointer| conversation.pointer(pointer)?.as_str())
        .map(plain)
        .find(|title| !title.is_empty())
        .unwrap_or_default()
}

fn tags(conversation: &Value) -> Vec<String> {
    let tags = conversation.pointer("/tags/tags").and_then(Value::as_array);
    tags.into_iter()
        .flatten()
        .filter_map(|tag| tag["name"].as_str())
        .map(str::to_owned)
        .collect()
}

/// Text or a number as text; nobody (0) and nothing are empty.
fn scalar(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if number.as_i64() != Some(0) => number.to_string(),
        _ => String::new(),
    }
}
