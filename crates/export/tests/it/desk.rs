//! A made-up Intercom that answers an export, and fails when told to.

use export::Source;
use futures_util::future::BoxFuture;
use gateway::{BudgetState, CallError};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

/// Something that happens in the workspace; it is told the number of the call.
pub(crate) type Meanwhile = Box<dyn FnMut(&Double, u64) + Send>;

/// What the double holds, and what it is about to do.
#[derive(Default)]
pub(crate) struct Double {
    pub(crate) objects: Mutex<BTreeMap<u64, Value>>,
    pub(crate) deleted: Mutex<BTreeSet<u64>>,
    /// Calls that are answered before one fails; negative is never.
    pub(crate) fails_after: AtomicI64,
    /// What happens in the workspace while a call is answered.
    pub(crate) meanwhile: Mutex<Option<Meanwhile>>,
    pub(crate) calls: AtomicU64,
    pub(crate) threads_read: AtomicU64,
    pub(crate) clock: AtomicI64,
}

impl Double {
    /// So many conversations; ten of them changed in one second, and ten more a hundred seconds later.
    pub(crate) fn of(count: u64) -> Self {
        let double = Self {
            fails_after: AtomicI64::new(-1),
            ..Self::default()
        };
        double.clock.store(
            1_790_000_000 + i64::try_from(count / 10 * 100).unwrap(),
            Ordering::Relaxed,
        );
        for id in 1..=count {
            let at = 1_790_000_000 + i64::try_from(id / 10 * 100).unwrap();
            double
                .objects
                .lock()
                .unwrap()
                .insert(id, object(id, at, "first"));
        }
        double
    }

    /// Changes an object, or makes a new one, now.
    pub(crate) fn change(&self, id: u64, word: &str) {
        let now = self.clock.fetch_add(1, Ordering::Relaxed) + 1;
        self.objects
            .lock()
            .unwrap()
            .insert(id, object(id, now, word));
    }

    /// Deletes an object.
    pub(crate) fn delete(&self, id: u64) {
        self.objects.lock().unwrap().remove(&id);
        self.deleted.lock().unwrap().insert(id);
    }

    fn answer(&self, operation: &str, asked: &Map<String, Value>) -> Result<Value, CallError> {
        match operation {
            "get_me" => Ok(json!({"id": "1", "app": {"id_code": "w1"}})),
            "list_teams" | "list_admins" => Ok(json!({"items": []})),
            "search_conversations" => Ok(self.search(asked)),
            "list_articles" => Ok(self.list(asked)),
            "get_conversation" | "get_article" => {
                self.threads_read.fetch_add(1, Ordering::Relaxed);
                let id = asked.values().next().and_then(Value::as_str).unwrap();
                self.read(id)
            }
            "list_deleted_conversations" => {
                let deleted = self.deleted.lock().unwrap();
                let items: Vec<Value> = deleted
                    .iter()
                    .map(|id| json!({"id": id.to_string(), "deleted_at": 1_790_000_000}))
                    .collect();
                Ok(json!({"items": items, "next_cursor": null, "total": items.len()}))
            }
            other => panic!("{other} is not asked by an export"),
        }
    }

    fn search(&self, asked: &Map<String, Value>) -> Value {
        let after = asked["query"]["value"].as_i64().unwrap();
        assert_eq!(
            asked["sort"],
            json!({"field": "updated_at", "order": "ascending"})
        );
        let place: (i64, u64) = asked.get("cursor").map_or((0, 0), |cursor| {
            serde_json::from_str(cursor.as_str().unwrap()).unwrap()
        });
        let objects = self.objects.lock().unwrap();
        let mut found: Vec<(i64, u64)> = objects
            .iter()
            .map(|(id, value)| (value["updated_at"].as_i64().unwrap(), *id))
            .filter(|(at, _)| *at > after)
            .collect();
        found.sort_unstable();
        let total = found.len();
        found.retain(|one| *one > place);
        let more = found.len() > 150;
        found.truncate(150);
        let next = found
            .last()
            .filter(|_| more)
            .map(|last| json!(last).to_string());
        let row = |(_, id): &(i64, u64)| {
            let mut row = objects[id].clone();
            row.as_object_mut()
                .unwrap()
                .shift_remove("conversation_parts");
            row
        };
        json!({"items": found.iter().map(row).collect::<Vec<_>>(), "next_cursor": next, "total": total})
    }

    fn list(&self, asked: &Map<String, Value>) -> Value {
        let from: usize = asked
            .get("cursor")
            .map_or(0, |cursor| cursor.as_str().unwrap().parse().unwrap());
        let objects = self.objects.lock().unwrap();
        let items: Vec<Value> = objects.values().skip(from).take(150).cloned().collect();
        let next = (from + 150 < objects.len()).then(|| (from + 150).to_string());
        json!({"items": items, "next_cursor": next, "total": objects.len()})
    }

    fn read(&self, id: &str) -> Result<Value, CallError> {
        let objects = self.objects.lock().unwrap();
        // What is gone is refused by name here: only the gateway can make Intercom's own error.
        objects
            .get(&id.parse().unwrap())
            .cloned()
            .ok_or_else(|| CallError::Refused(format!("{id} is gone")))
    }
}

impl Source for Double {
    fn ask<'a>(
        &'a self,
        operation: &'a str,
        asked: Map<String, Value>,
    ) -> BoxFuture<'a, Result<Value, CallError>> {
        Box::pin(async move {
            let call = self.calls.fetch_add(1, Ordering::Relaxed);
            let meanwhile = self.meanwhile.lock().unwrap().take();
            if let Some(mut act) = meanwhile {
                act(self, call);
                self.meanwhile.lock().unwrap().get_or_insert(act);
            }
            tokio::task::yield_now().await;
            let left = self.fails_after.load(Ordering::Relaxed);
            if left == 0 {
                return Err(CallError::Refused("told to fail".into()));
            }
            if left > 0 {
                self.fails_after.store(left - 1, Ordering::Relaxed);
            }
            self.answer(operation, &asked)
        })
    }

    fn allowance(&self) -> Option<BudgetState> {
        None
    }

    fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

fn object(id: u64, updated_at: i64, word: &str) -> Value {
    json!({
        "type": "conversation", "id": id.to_string(), "created_at": 1_790_000_000, "updated_at": updated_at,
        "state": "open", "title": format!("{word}, \"{id}\"\n"), "source": {"type": "email", "body": format!("<p>{word}</p>")},
        "tags": {"tags": [{"name": "vip"}]}, "conversation_rating": null,
        "conversation_parts": {"conversation_parts": [{"body": format!("<p>part of {id}</p>")}]},
    })
}
