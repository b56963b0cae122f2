//! Webhooks: what the workspace tells a listener.

use serde_json::Value;

/// Something that happened, to be told to the configured address.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    /// Such as `conversation.user.replied`.
    pub topic: &'static str,
    /// The object, as REST tells it.
    pub item: Value,
    /// When it happened, in the workspace's time.
    pub created_at: i64,
}
