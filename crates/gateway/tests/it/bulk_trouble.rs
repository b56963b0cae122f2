//! Bulk changes where something goes wrong: cut off, overtaken, refused.

use crate::bulk::{CLOSE, found, is, run};
use crate::world::{World, object};
use gateway::{CallError, Confirmation, Progress, ToolRequest};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio_util::sync::CancellationToken;

/// How often each object was written to.
async fn writes(world: &World, operation: &str) -> HashMap<String, usize> {
    let log = world
        .raw("GET", "/__sandbox/requests?limit=100000", "")
        .await;
    let mut counts = HashMap::new();
    for entry in log["requests"].as_array().unwrap() {
        if entry["operation"] == operation {
            let path = entry["path"].as_str().unwrap().to_owned();
            *counts.entry(path).or_default() += 1;
        }
    }
    counts
}

/// Stops the call after some steps.
struct StopAfter(u64, CancellationToken, AtomicU64);

impl Progress for StopAfter {
    fn report(&self, done: u64, _total: Option<u64>, _message: &str) {
        self.2.fetch_max(done, Ordering::Relaxed);
        if done == self.0 {
            self.1.cancel();
        }
    }
}

#[tokio::test]
async fn an_interrupted_run_goes_on_where_it_stopped() {
    let world = World::sandbox().await;
    let told = world.call(CLOSE, json!({"state": "open"})).await;
    let items = told["items"].as_u64().unwrap();
    assert!(items > 12, "{told}");
    world.forget().await;
    for stop_after in [3, 2, 5] {
        let cancel = CancellationToken::new();
        let progress = Arc::new(StopAfter(stop_after, cancel.clone(), AtomicU64::new(0)));
        let request = ToolRequest {
            confirmation: Confirmation::Given,
            progress: Some(Arc::clone(&progress) as Arc<dyn Progress>),
            cancel,
            ..ToolRequest::new(CLOSE, object(json!({"token": told["token"]})))
        };
        match world.gateway.call(&world.who, request).await {
            Err(CallError::Cancelled(_)) => {}
            other => panic!("{other:?}"),
        }
        assert!(progress.2.load(Ordering::Relaxed) >= stop_after);
    }
    let done = run(&world, CLOSE, &told["token"]).await;
    let lost = done["uncertain"].as_array().map_or(0, Vec::len) as u64;
    assert_eq!(done["done"].as_u64().unwrap() + lost, items, "{done}");
    assert_eq!(done["left"], 0);
    let writes = writes(&world, "manage_conversation").await;
    assert!(writes.values().all(|count| *count == 1), "{writes:?}");
    assert_eq!(found(&world, is("state", "open")).await.len() as u64, lost);
}

#[tokio::test]
async fn what_changed_meanwhile_is_left_alone_and_told() {
    let world = World::sandbox().await;
    let told = world.call(CLOSE, json!({"state": "open"})).await;
    let id = |index: usize| told["samples"][index]["id"].as_str().unwrap();
    let contact = world.conversation(id(0)).await["contacts"]["contacts"][0]["id"].clone();
    let reply = json!({"conversation_id": id(0), "message_type": "comment", "type": "user", "intercom_user_id": contact, "body": "Wait!"});
    // The sandbox's clock counts seconds: the reply is to be later than the last.
    world.control("clock", &json!({"advance": 60})).await;
    world.call("reply_conversation", reply).await;
    world
        .call("close_conversation", json!({"conversation_id": id(1)}))
        .await;
    let done = run(&world, CLOSE, &told["token"]).await;
    assert_eq!(
        done["done"].as_u64().unwrap() + 2,
        told["items"].as_u64().unwrap(),
        "{done}"
    );
    let reason = |of: &Value, wanted: &str| {
        let rows = of["skipped"].as_array().unwrap();
        let row = rows.iter().find(|row| row["id"] == wanted);
        row.unwrap_or_else(|| panic!("{of}"))["reason"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(
        reason(&done, id(0)).contains("changed since: it was open"),
        "{done}"
    );
    assert_eq!(reason(&done, id(1)), "it is so already");
    world
        .call("reopen_conversation", json!({"conversation_id": id(2)}))
        .await;
    world.control("clock", &json!({"advance": 60})).await;
    world
        .call("reopen_conversation", json!({"conversation_id": id(3)}))
        .await;
    world
        .call("close_conversation", json!({"conversation_id": id(3)}))
        .await;
    let back = run(&world, CLOSE, &done["undo"]["token"]).await;
    assert_eq!(reason(&back, id(2)), "it is so already");
    assert!(
        reason(&back, id(3)).contains("changed since: it was closed"),
        "{back}"
    );
    assert_eq!(
        world.conversation(id(1)).await["state"],
        "closed",
        "others closed it"
    );
}

#[tokio::test]
async fn trouble_stops_the_run_and_no_write_is_sent_twice() {
    let world = World::sandbox().await;
    let told = world.call(CLOSE, json!({"state": "open"})).await;
    let items = told["items"].as_u64().unwrap();
    world.forget().await;
    let script = |kind: Value, skip: u64| json!({"kind": kind, "operation": "manage_conversation", "skip": skip});
    // The effect is there, the answer is not: it is looked for and found.
    world
        .control("faults", &script("drop_after".into(), 1))
        .await;
    // Refused for a reason of the item's own.
    world.control("faults", &script(422.into(), 2)).await;
    // Neither effect nor answer: nobody can know.
    world
        .control("faults", &script("drop_before".into(), 4))
        .await;
    let first = run(&world, CLOSE, &told["token"]).await;
    assert_eq!(first["failed"].as_array().map(Vec::len), Some(1), "{first}");
    let uncertain = first["uncertain"].as_array().unwrap();
    assert_eq!(uncertain.len(), 1, "{first}");
    assert!(
        uncertain[0]["reason"]
            .as_str()
            .unwrap()
            .contains("look with get_conversation"),
        "{first}"
    );
    assert!(
        first["stopped"].is_string() && first["left"].as_u64().unwrap() > 0,
        "{first}"
    );
    // A token that is refused would be refused for every item.
    world.control("faults", &script(401.into(), 0)).await;
    let second = run(&world, CLOSE, &told["token"]).await;
    assert!(
        second["stopped"].as_str().unwrap().contains("access token"),
        "{second}"
    );
    assert_eq!(second.get("failed"), first.get("failed"));
    let last = run(&world, CLOSE, &told["token"]).await;
    assert_eq!(
        (last["left"].as_u64(), last.get("stopped")),
        (Some(0), None),
        "{last}"
    );
    assert_eq!(last["done"].as_u64().unwrap() + 2, items, "{last}");
    let unknown = last["uncertain"][0]["id"].as_str().unwrap();
    let sent = writes(&world, "manage_conversation").await;
    assert_eq!(
        sent[&format!("/conversations/{unknown}/parts")],
        1,
        "{sent:?}"
    );
    // Refused with 401, one item was sent again; no other was.
    assert_eq!(
        sent.values().filter(|count| **count > 1).count(),
        1,
        "{sent:?}"
    );
    assert_eq!(
        last["undo"]["items"], last["done"],
        "only what was changed is taken back"
    );
}
