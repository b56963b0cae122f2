//! Pull: what changed at Intercom comes into the archive.
//!
//! Changes are read in the order of their moments, the oldest first. An object that changes while it is waited for moves
//! towards the end of that order and is met there, so nothing slips by; one that is met twice is kept once.

use crate::dataset::Reading;
use crate::{Dataset, ExportError, Job, Meter, Phase, Source};
use futures_util::{
    StreamExt, TryStreamExt, pin_mut,
    stream::{self, Stream},
};
use gateway::CallError;
use serde_json::{Map, Value, json};
use std::time::Duration;
use store::archive::{Archive, Kept, Place, Record};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout_at},
};

/// Threads that are read at once.
const WIDTH: usize = 32;
/// Objects that are kept at once, at most, and how long the first of them waits for the others.
const BATCH: usize = 150;
const GATHER: Duration = Duration::from_millis(500);
/// How long trouble upstream is sat out before it ends the export.
const PATIENCE: Duration = Duration::from_mins(3);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// One pull of one dataset.
pub(crate) struct Pull<'a> {
    pub(crate) source: &'a dyn Source,
    pub(crate) archive: &'a Archive,
    pub(crate) dataset: Dataset,
    pub(crate) meter: &'a Meter,
    pub(crate) place: Place,
    full: bool,
}

/// An object that a search found.
struct Found {
    id: String,
    updated_at: i64,
    value: Value,
    /// Whether the archive has it already, as it is.
    known: bool,
}

/// What is to be kept of an object that was found, in the order of the search.
struct Outcome {
    id: String,
    updated_at: i64,
    record: Option<Record>,
}

/// One page of a list.
pub(crate) struct Page {
    pub(crate) items: Vec<Value>,
    pub(crate) next: Option<String>,
    pub(crate) total: Option<u64>,
}

impl<'a> Pull<'a> {
    pub(crate) async fn new(job: &Job<'a>) -> Result<Self, ExportError> {
        let mut place = job.archive.place(job.dataset.name()).await?;
        let threads = job.threads && job.dataset == Dataset::Conversations;
        if place.whole && !threads && job.dataset == Dataset::Conversations {
            job.meter
                .note("threads go on being read: this archive has them");
        }
        if threads && !place.whole {
            // What was read before has no threads.
            (place.watermark, place.whole) = (0, true);
        }
        Ok(Self {
            source: job.source,
            archive: job.archive,
            dataset: job.dataset,
            meter: job.meter,
            place,
            full: job.full,
        })
    }

    /// Reads everything that changed, and buries what was deleted.
    pub(crate) async fn run(mut self) -> Result<Kept, ExportError> {
        self.meter.begin(Phase::Pull, None);
        let mut kept = match self.dataset.reading() {
            Reading::Changes { overlap } => self.changes(overlap).await?,
            Reading::Everything => self.everything().await?,
        };
        if self.dataset == Dataset::Conversations {
            self.meter.begin(Phase::Deletions, None);
            kept.gone += self.bury_deleted().await?;
        }
        self.place.finished_at = now();
        self.keep(&[]).await?;
        Ok(kept)
    }

    async fn changes(&mut self, overlap: i64) -> Result<Kept, ExportError> {
        let walking = self.full || self.place.walk != 0;
        if self.full && self.place.walk == 0 {
            (self.place.walk, self.place.walk_mark) = (new_walk(), 0);
        }
        let mark = if walking {
            self.place.walk_mark
        } else {
            self.place.watermark
        };
        let (send, receive) = mpsc::channel(2 * BATCH);
        // The reader borrows a copy: the keeper moves the place on.
        let reader = Pull {
            place: self.place,
            ..*self
        };
        // When reading fails, what was read by then is kept all the same.
        let (read, kept) = tokio::join!(
            reader.read_changes((mark - overlap).max(0), send),
            self.keep_changes(receive),
        );
        let mut kept = kept?;
        read?;
        if walking {
            add(&mut kept, self.end_walk().await?);
        }
        Ok(kept)
    }

    /// Reads on while what was read is being kept.
    async fn read_changes(
        &self,
        since: i64,
        send: mpsc::Sender<Outcome>,
    ) -> Result<(), ExportError> {
        let outcomes = self
            .found(since)
            .map(|found| async { self.complete(found?).await })
            .buffered(WIDTH);
        pin_mut!(outcomes);
        while let Some(outcome) = outcomes.try_next().await? {
            if send.send(outcome).await.is_err() {
                // The keeper failed, and says so itself.
                break;
            }
        }
        Ok(())
    }

    async fn keep_changes(
        &mut self,
        mut receive: mpsc::Receiver<Outcome>,
    ) -> Result<Kept, ExportError> {
        let mut kept = Kept::default();
        while let Some(first) = receive.recv().await {
            let mut batch = vec![first];
            let until = Instant::now() + GATHER;
            while batch.len() < BATCH
                && let Ok(Some(outcome)) = timeout_at(until, receive.recv()).await
            {
                batch.push(outcome);
            }
            add(&mut kept, self.keep_batch(batch).await?);
        }
        Ok(kept)
    }

    async fn keep_batch(&mut self, batch: Vec<Outcome>) -> Result<Kept, ExportError> {
        let count = batch.len() as u64;
        for outcome in &batch {
            self.place.watermark = self.place.watermark.max(outcome.updated_at);
            if self.place.walk != 0 {
                self.place.walk_mark = self.place.walk_mark.max(outcome.updated_at);
            }
        }
        if self.place.walk != 0 {
            let known = batch.iter().filter(|outcome| outcome.record.is_none());
            let ids: Vec<String> = known.map(|outcome| outcome.id.clone()).collect();
            self.archive
                .met(self.dataset.name(), self.place.walk, &ids)
                .await?;
        }
        let records: Vec<Record> = batch
            .into_iter()
            .filter_map(|outcome| outcome.record)
            .collect();
        let kept = self.keep(&records).await?;
        self.meter.add(count);
        Ok(kept)
    }

    /// Keeps records together with the place.
    pub(crate) async fn keep(&self, records: &[Record]) -> Result<Kept, ExportError> {
        Ok(self
            .archive
            .keep(self.dataset.name(), records, &self.place)
            .await?)
    }

    /// Everything that changed since a moment, the oldest change first.
    fn found(&self, since: i64) -> impl Stream<Item = Result<Found, ExportError>> + '_ {
        stream::try_unfold(Some(None), move |next: Option<Option<String>>| async move {
            let Some(cursor) = next else { return Ok(None) };
            let asked = json!({
                "query": {"field": "updated_at", "operator": ">", "value": (since - 1).max(0)},
                "sort": {"field": "updated_at", "order": "ascending"},
            });
            let page = self.page(self.dataset.list(), asked, cursor).await?;
            if let Some(total) = page.total {
                self.meter.expect(total);
            }
            let found = self.sift(page.items).await?;
            Ok::<_, ExportError>(Some((
                stream::iter(found.into_iter().map(Ok)),
                page.next.map(Some),
            )))
        })
        .try_flatten()
    }

    /// Tells which of the objects of a page need not be read.
    async fn sift(&self, items: Vec<Value>) -> Result<Vec<Found>, ExportError> {
        let mut found = Vec::with_capacity(items.len());
        for value in items {
            let updated_at = value["updated_at"].as_i64().unwrap_or_default();
            found.push(Found {
                id: self.id(&value)?,
                updated_at,
                value,
                known: false,
            });
        }
        let ids: Vec<(String, i64)> = found
            .iter()
            .map(|one| (one.id.clone(), one.updated_at))
            .collect();
        let known = self
            .archive
            .known(self.dataset.name(), &ids, self.wants_whole())
            .await?;
        for one in &mut found {
            one.known = known.contains(&one.id);
        }
        Ok(found)
    }

    /// Whether only whole objects satisfy: of conversations, their threads may not be wanted.
    fn wants_whole(&self) -> bool {
        self.dataset != Dataset::Conversations || self.place.whole
    }

    async fn complete(&self, found: Found) -> Result<Outcome, ExportError> {
        let Found {
            id,
            updated_at,
            value,
            known,
        } = found;
        let record = if known {
            None
        } else if self.dataset == Dataset::Conversations && self.place.whole {
            Some(self.read(&id).await?)
        } else {
            let whole = self.dataset != Dataset::Conversations;
            Some(Record {
                id: id.clone(),
                updated_at,
                whole,
                raw: Some(value),
            })
        };
        Ok(Outcome {
            id,
            updated_at,
            record,
        })
    }

    /// One object, read by itself; of one that Intercom has no more, its tombstone.
    pub(crate) async fn read(&self, id: &str) -> Result<Record, ExportError> {
        let (operation, argument) = self.dataset.read();
        let asked = object(json!({ argument: id }));
        let tombstone = |updated_at| Record {
            id: id.to_owned(),
            updated_at,
            whole: true,
            raw: None,
        };
        match self.ask(operation, asked).await {
            // A contact that was merged is answered as the one it lives on in.
            Ok(value) if self.id(&value)? != id => Ok(tombstone(now())),
            Ok(value) => {
                let updated_at = value["updated_at"].as_i64().unwrap_or_default();
                Ok(Record {
                    raw: Some(value),
                    ..tombstone(updated_at)
                })
            }
            Err(error) if error.is_absent() => Ok(tombstone(now())),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn page(
        &self,
        operation: &'static str,
        asked: Value,
        cursor: Option<String>,
    ) -> Result<Page, ExportError> {
        let mut asked = object(asked);
        asked.insert("limit".into(), self.dataset.page().into());
        if let Some(cursor) = cursor {
            asked.insert("cursor".into(), cursor.into());
        }
        let mut answer = self.ask(operation, asked).await?;
        let Value::Array(items) = answer["items"].take() else {
            return Err(ExportError::Strange {
                operation,
                expected: "list",
            });
        };
        Ok(Page {
            items,
            next: answer["next_cursor"].as_str().map(str::to_owned),
            total: answer["total"].as_u64(),
        })
    }

    /// Asks, and sits out what may pass.
    pub(crate) async fn ask(
        &self,
        operation: &str,
        asked: Map<String, Value>,
    ) -> Result<Value, CallError> {
        let mut waited = Duration::ZERO;
        let mut pause = Duration::from_secs(1);
        loop {
            match self.source.ask(operation, asked.clone()).await {
                Err(error) if error.may_pass() && waited < PATIENCE => {
                    self.meter
                        .note(format!("waiting {} s: {error}", pause.as_secs()));
                    sleep(pause).await;
                    waited += pause;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                result => return result,
            }
        }
    }

    pub(crate) fn id(&self, value: &Value) -> Result<String, ExportError> {
        let id = value["id"].as_str().map(str::to_owned);
        id.or_else(|| value["id"].as_i64().map(|id| id.to_string()))
            .ok_or(ExportError::Strange {
                operation: self.dataset.list(),
                expected: "object with an id",
            })
    }
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

pub(crate) fn add(sum: &mut Kept, kept: Kept) {
    sum.new += kept.new;
    sum.changed += kept.changed;
    sum.gone += kept.gone;
}

/// A number that no earlier walk had.
pub(crate) fn new_walk() -> i64 {
    i64::try_from(since_1970().as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn now() -> i64 {
    i64::try_from(since_1970().as_secs()).unwrap_or(i64::MAX)
}

fn since_1970() -> Duration {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default()
}
