//! Conversations that were deleted at Intercom leave the archive, and with it the files.

use crate::ExportError;
use crate::pull::{Pull, object};
use gateway::CallError;
use serde_json::{Value, json};
use store::archive::Record;

const OPERATION: &str = "list_deleted_conversations";
/// The largest page of deleted conversations.
const PAGE: u32 = 60;

impl Pull<'_> {
    /// Buries what was deleted, the latest first, until only known tombstones come.
    pub(crate) async fn bury_deleted(&self) -> Result<u64, ExportError> {
        let mut gone = 0;
        let mut cursor: Option<String> = None;
        loop {
            let mut asked = object(json!({"order": "desc", "limit": PAGE}));
            if let Some(cursor) = cursor {
                asked.insert("cursor".into(), cursor.into());
            }
            let answer = match self.ask(OPERATION, asked).await {
                Ok(answer) => answer,
                Err(error @ CallError::Intercom(_)) if !error.may_pass() => {
                    self.meter.note(format!(
                        "deleted conversations are known only where a thread is read: {error}"
                    ));
                    return Ok(gone);
                }
                Err(error) => return Err(error.into()),
            };
            let tombstones = self.tombstones(&answer)?;
            let ids: Vec<(String, i64)> = tombstones
                .iter()
                .map(|one| (one.id.clone(), i64::MAX))
                .collect();
            let known = self.archive.known(self.dataset.name(), &ids, true).await?;
            let news = tombstones.len() > known.len();
            gone += self.keep(&tombstones).await?.gone;
            self.meter.add(tombstones.len() as u64);
            cursor = answer["next_cursor"].as_str().map(str::to_owned);
            if !news || cursor.is_none() {
                return Ok(gone);
            }
        }
    }

    fn tombstones(&self, answer: &Value) -> Result<Vec<Record>, ExportError> {
        let items = answer["items"].as_array().ok_or(ExportError::Strange {
            operation: OPERATION,
            expected: "list",
        })?;
        let tombstone = |item: &Value| {
            Ok(Record {
                id: self.id(item)?,
                updated_at: item["deleted_at"].as_i64().unwrap_or_default(),
                whole: true,
                raw: None,
            })
        };
        items.iter().map(tombstone).collect()
    }
}
