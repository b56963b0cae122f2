//! Budgets and counters in the store, on both engines: shared by replicas, kept over restarts, never overspent.

use crate::world::{World, fresh_folder, object};
use gateway::{Budgets, CallError, Controls, Endpoint, ErrorKind, Limits, ToolRequest};
use serde_json::{Value, json};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor};
use std::{sync::Arc, time::Duration};
use store::{Options, Place, Store, UsageFilter};

/// A busy machine is no failure.
const PATIENT: Options = Options {
    connections: 8,
    acquire: Duration::from_mins(1),
    patience: Duration::from_mins(1),
};

/// Runs the body over a fresh database of each engine; Postgres is skipped where there is none.
async fn both(body: impl AsyncFn(Store)) {
    let file = Place::File(fresh_folder().join("desk.db"));
    body(Store::open(&file, PATIENT).await.unwrap()).await;
    let url = std::env::var("FRONTDESK_TEST_POSTGRES")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".into());
    sqlx::any::install_default_drivers();
    let answer = tokio::time::timeout(Duration::from_secs(10), AnyConnection::connect(&url)).await;
    let Ok(Ok(mut owner)) = answer else {
        return;
    };
    let schema = format!("gateway_test_{}", store::new_id());
    let run = async |owner: &mut AnyConnection, text: String| {
        owner
            .execute(sqlx::raw_sql(AssertSqlSafe(text)))
            .await
            .unwrap();
    };
    run(&mut owner, format!("CREATE SCHEMA {schema}")).await;
    let (bare, _) = url.split_once("?options=").unwrap_or((&url, ""));
    let place = format!("{bare}?options=-csearch_path%3D{schema}");
    let store = Store::open(&Place::Postgres(place), PATIENT).await.unwrap();
    body(store).await;
    run(&mut owner, format!("DROP SCHEMA {schema} CASCADE")).await;
}

fn budgets(endpoint: &mut Endpoint, budgets: Budgets) {
    endpoint.controls = Arc::new(Controls {
        budgets,
        ..Controls::default()
    });
}

fn calls(per_day: u32) -> Budgets {
    Budgets {
        calls: Limits {
            per_day: Some(per_day),
            per_minute: None,
        },
        ..Budgets::default()
    }
}

/// A gateway over that sandbox, as a replica with that database.
fn replica(url: &str, store: &Store, own: Budgets) -> World {
    let world = World::over(url).with(|endpoint| budgets(endpoint, own));
    World {
        gateway: world.gateway.metered(store),
        ..world
    }
}

/// How many of these calls pass, made by 32 callers at once; all others must be over budget.
async fn passed(world: &World, count: usize, tool: &str, arguments: &Value) -> usize {
    let each = count / 32;
    let callers = (0..32).map(async |_| {
        let mut passed = 0;
        for _ in 0..each {
            let request = ToolRequest::new(tool, object(arguments.clone()));
            match world.gateway.call(&world.who, request).await {
                Ok(_) => passed += 1,
                Err(CallError::OverBudget { retry_after, .. }) => {
                    assert!(retry_after <= Duration::from_hours(24));
                }
                Err(error) => panic!("{error}"),
            }
        }
        passed
    });
    futures_util::future::join_all(callers).await.iter().sum()
}

#[tokio::test]
async fn exactly_the_budget_passes_and_a_restart_forgets_nothing() {
    let sandbox = World::sandbox().await;
    let url = sandbox.address();
    both(async |store| {
        let first = replica(&url, &store, calls(40));
        assert_eq!(passed(&first, 32, "get_me", &json!({})).await, 32);
        first.gateway.flush().await;
        drop(first);
        let second = replica(&url, &store, calls(40));
        assert_eq!(passed(&second, 64, "get_me", &json!({})).await, 8);
        drop(second);
        let third = replica(&url, &store, calls(40));
        assert_eq!(passed(&third, 32, "get_me", &json!({})).await, 0);
        // A higher limit opens it again; what was spent stays spent.
        let raised = replica(&url, &store, calls(50));
        assert_eq!(passed(&raised, 64, "get_me", &json!({})).await, 10);
    })
    .await;
}

#[tokio::test]
async fn a_crash_costs_a_slice_at_most() {
    let sandbox = World::sandbox().await;
    let url = sandbox.address();
    both(async |store| {
        // A slice of 160 is 10, and two can be at hand: one in use, one fetched ahead.
        let first = replica(&url, &store, calls(160));
        assert_eq!(passed(&first, 32, "get_me", &json!({})).await, 32);
        drop(first);
        let second = replica(&url, &store, calls(160));
        let after = passed(&second, 320, "get_me", &json!({})).await;
        assert!((128 - 20..=128).contains(&after), "{after}");
    })
    .await;
}

#[tokio::test]
async fn replicas_share_a_budget() {
    let sandbox = World::sandbox().await;
    let url = sandbox.address();
    let found = sandbox
        .call("search_conversations", json!({"per_page": 1}))
        .await;
    let note = json!({"conversation_id": found["conversations"][0]["id"], "body": "x"});
    both(async |store| {
        let own = Budgets {
            writes: Limits {
                per_day: Some(40),
                per_minute: None,
            },
            ..calls(200)
        };
        let (one, two) = (replica(&url, &store, own), replica(&url, &store, own));
        let (a, b) = tokio::join!(
            passed(&one, 64, "add_internal_note", &note),
            passed(&two, 64, "add_internal_note", &note)
        );
        assert_eq!(a + b, 40, "changes are never over their budget");
        let me = json!({});
        let (c, d) = tokio::join!(
            passed(&one, 160, "get_me", &me),
            passed(&two, 160, "get_me", &me)
        );
        // A slice of 200 is 12, which one of two replicas may be over by.
        let all = a + b + c + d;
        assert!((200..=212).contains(&all), "{all}");
    })
    .await;
}

#[tokio::test]
async fn calls_are_counted_by_what_became_of_them() {
    let sandbox = World::sandbox().await;
    let url = sandbox.address();
    both(async |store| {
        let world = replica(&url, &store, calls(5));
        let found = world
            .call("search_conversations", json!({"per_page": 1}))
            .await;
        let id = &found["conversations"][0]["id"];
        world
            .call(
                "add_internal_note",
                json!({"conversation_id": id, "body": "x"}),
            )
            .await;
        for (tool, arguments, kind) in [
            ("delete_tag", json!({"tag_id": "1"}), ErrorKind::Denied),
            ("get_contact", json!({"id": "nobody"}), ErrorKind::Upstream),
            (
                "get_contact",
                json!({"nonsense": 1}),
                ErrorKind::BadArguments,
            ),
        ] {
            let error = world.try_call(tool, arguments).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
        }
        world.call("get_me", json!({})).await;
        world.call("get_me", json!({})).await;
        let over = world.try_call("get_me", json!({})).await.unwrap_err();
        assert_eq!(over.kind(), ErrorKind::OverBudget, "{over}");
        assert!(over.to_string().contains("5 calls a day"), "{over}");
        world.gateway.flush().await;
        let filter = UsageFilter {
            to: i64::MAX,
            by_endpoint: true,
            ..UsageFilter::default()
        };
        let scope = store.scope("default").unwrap();
        let used = scope.used(filter, 10).await.unwrap();
        assert_eq!(used.len(), 1, "{used:?}");
        let row = &used[0];
        assert_eq!(
            (row.calls, row.writes, row.refused, row.errors),
            (8, 1, 2, 2),
            "{row:?}"
        );
        assert_eq!(row.endpoint, "default");
        assert!(row.tokens_out > 50 && row.upstream_calls >= 5, "{row:?}");
    })
    .await;
}
