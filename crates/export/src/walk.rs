//! A walk over everything: what it did not meet is asked for by itself, and buried if Intercom has it no more.

use crate::pull::{Pull, add, new_walk};
use crate::{Dataset, ExportError};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use store::archive::{Kept, Record};

/// Objects that are asked for at once.
const WIDTH: usize = 16;

impl Pull<'_> {
    /// Reads a dataset that tells no changes. A walk that was cut short begins anew: a scroll cannot be taken up again.
    pub(crate) async fn everything(&mut self) -> Result<Kept, ExportError> {
        self.place.walk = new_walk();
        let mut kept = Kept::default();
        let mut cursor = None;
        loop {
            let page = self.page(self.dataset.list(), json!({}), cursor).await?;
            if let Some(total) = page.total {
                self.meter.expect(total);
            }
            let count = page.items.len() as u64;
            let mut records = Vec::with_capacity(page.items.len());
            for value in page.items {
                records.push(Record {
                    id: self.id(&value)?,
                    updated_at: value["updated_at"].as_i64().unwrap_or_default(),
                    whole: true,
                    raw: Some(value),
                });
            }
            add(&mut kept, self.keep(&records).await?);
            self.meter.add(count);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        add(&mut kept, self.end_walk().await?);
        Ok(kept)
    }

    /// Asks for each object that the walk did not meet: lists shift while they are read, and searches lag behind.
    pub(crate) async fn end_walk(&mut self) -> Result<Kept, ExportError> {
        let mut kept = Kept::default();
        let mut after = String::new();
        loop {
            let unmet = self
                .archive
                .unmet(self.dataset.name(), self.place.walk, &after)
                .await?;
            let Some(last) = unmet.last() else { break };
            after.clone_from(last);
            let records: Vec<Record> = stream::iter(&unmet)
                .map(|id| self.read(id))
                .buffered(WIDTH)
                .map_ok(|record| Record {
                    whole: self.dataset != Dataset::Conversations || self.place.whole,
                    ..record
                })
                .try_collect()
                .await?;
            add(&mut kept, self.keep(&records).await?);
        }
        (self.place.walk, self.place.walk_mark) = (0, 0);
        Ok(kept)
    }
}
