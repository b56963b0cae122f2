//! Random operations of many tenants that use the same ids: nobody's canary ever comes back to another.
//!
//! `STORE_TEST_TENANTS` and `STORE_TEST_OPERATIONS` make it as large as wanted. With the planted bug
//! (`--features mutant-unscoped`) the same test must fail, and says so if it does not.

use crate::harness::{Db, both, connection, endpoint, number, seed};
use futures_util::{FutureExt, StreamExt, stream};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{fmt::Debug, panic::AssertUnwindSafe};
use store::{
    App, Approval, ApprovalState, AuditFilter, ConnectionState, Counter, DeliveryState, ErrandKind,
    ErrandState, NewDelivery, NewEntry, NewErrand, Outreach, OutreachState, StoreError,
    TenantScope, Turn, TurnState, Use, User, UserState, Verdict,
};

const IDS: [&str; 4] = ["a", "b", "c", "d"];

#[tokio::test]
async fn no_tenant_sees_another() {
    let seed = seed();
    both(async |db| {
        let run = AssertUnwindSafe(random_operations(db, seed))
            .catch_unwind()
            .await;
        if cfg!(feature = "mutant-unscoped") {
            assert!(run.is_err(), "the planted bug was not found");
        } else if let Err(panic) = run {
            std::panic::resume_unwind(panic);
        }
    })
    .await;
}

async fn random_operations(db: &Db, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut tenants = Vec::new();
    for index in 0..number("STORE_TEST_TENANTS", 6) {
        let tenant = db.tenant(&format!("canary-{index:04}-")).await;
        let mut described = tenant.describe().await.expect("it is there");
        described.settings = format!("{{\"canary\":\"{}\"}}", tenant.tenant());
        tenant.update_tenant(described).await.expect("it is there");
        tenants.push(tenant);
    }
    let steps = number("STORE_TEST_OPERATIONS", 400);
    let operations = (0..steps).map(|step| {
        let tenant = &tenants[random.random_range(0..tenants.len())];
        let id = IDS[random.random_range(0..IDS.len())];
        operate(tenant, id, random.random_range(0..KINDS), step)
    });
    at_once(operations).await;
    let all = tenants
        .iter()
        .flat_map(|tenant| (0..KINDS).map(move |kind| operate(tenant, IDS[0], kind, u64::MAX)));
    at_once(all).await;
}

/// Several at a time, so that they share commits and connections.
async fn at_once(operations: impl IntoIterator<Item = impl Future<Output = ()>>) {
    stream::iter(operations)
        .buffer_unordered(16)
        .collect::<()>()
        .await;
}

const KINDS: u32 = 47;

/// One operation; everything that it writes holds the tenant's canary, and what comes back may hold no other.
async fn operate(tenant: &TenantScope, id: &str, kind: u32, step: u64) {
    match kind {
        0..16 => configure(tenant, id, kind).await,
        16..32 => record(tenant, id, kind, step).await,
        32..38 => follow(tenant, id, kind).await,
        _ => allow(tenant, id, kind).await,
    }
}

async fn configure(tenant: &TenantScope, id: &str, kind: u32) {
    let canary = tenant.tenant();
    match kind {
        0 => check(
            canary,
            tenant
                .create_connection(marked_connection(id, canary))
                .await,
        ),
        1 => check(
            canary,
            tenant
                .update_connection(marked_connection(id, canary))
                .await,
        ),
        2 => check(canary, tenant.connection(id).await),
        3 => check(canary, tenant.connections("", 100).await),
        4 => check(canary, tenant.connections_of("ann").await),
        5 => {
            let reason = format!("reason of {canary}");
            let state = ConnectionState::Quarantined;
            check(
                canary,
                tenant
                    .set_connection_state(id, state, Some(&reason), 9)
                    .await,
            );
        }
        6 => check(
            canary,
            tenant.create_endpoint(marked_endpoint(id, canary)).await,
        ),
        7 => check(
            canary,
            tenant.update_endpoint(marked_endpoint(id, canary)).await,
        ),
        8 => check(canary, tenant.endpoint(id).await),
        9 => check(canary, tenant.endpoints("", 100).await),
        10 => check(canary, tenant.delete_endpoint(id).await),
        11 => check(
            canary,
            tenant
                .keep_credential(id, "access_token", canary.into(), canary)
                .await,
        ),
        12 => check(canary, tenant.credential(id, "access_token").await),
        13 => check(canary, tenant.keep_user(marked_user(id, canary)).await),
        14 => check(canary, tenant.users("", 100).await),
        _ => check(canary, tenant.delete_user(id).await),
    }
}

async fn record(tenant: &TenantScope, id: &str, kind: u32, step: u64) {
    let canary = tenant.tenant();
    match kind {
        16 => check(canary, tenant.append_audit(vec![event(canary, step)]).await),
        17 => check(
            canary,
            tenant.search_audit(AuditFilter::default(), None, 100).await,
        ),
        18 => check(canary, tenant.audit_after(0, 100).await),
        19 => match tenant.verify_audit(None).await {
            Ok(Verdict::Whole { .. }) => {}
            other => panic!("{canary}: {other:?}"),
        },
        20 => check(canary, tenant.create_turn(marked_turn(id, canary)).await),
        21 => check(canary, tenant.turns("", 100).await),
        22 => check(canary, tenant.begin_step(id, "reply", canary, 5).await),
        23 => check(canary, tenant.steps(id).await),
        24 => check(canary, tenant.receive(marked_delivery(canary, step)).await),
        25 => check(
            canary,
            tenant.deliveries(DeliveryState::Pending, None, 100).await,
        ),
        26 => check(canary, tenant.begin_idempotent(id, [1; 32], 5).await),
        27 => check(canary, tenant.finish_idempotent(id, 200, canary).await),
        28 => {
            let counter = Counter {
                subject: canary,
                metric: "calls",
                span_ms: 1000,
            };
            check(canary, tenant.count(counter, 1, 5).await);
        }
        29 => check(canary, tenant.usage(1000, 0, 100, 100).await),
        30 => check(canary, tenant.user(id).await),
        _ => check(canary, tenant.describe().await),
    }
}

async fn follow(tenant: &TenantScope, id: &str, kind: u32) {
    let canary = tenant.tenant();
    match kind {
        32 => {
            let errand = NewErrand {
                kind: ErrandKind::Notice,
                id: id.to_owned(),
                payload: canary.to_owned(),
                due_at: 5,
            };
            check(canary, tenant.keep_errand(errand).await);
        }
        33 => check(canary, tenant.errands(ErrandState::Pending, 100).await),
        34 => check(canary, tenant.connections_as("abc123", "991").await),
        35 => {
            let email = format!("{canary}@EXAMPLE.com");
            check(canary, tenant.users_at(&email).await);
        }
        36 => check(canary, tenant.keep_app(marked_app(id, canary)).await),
        _ => check(canary, tenant.apps().await),
    }
}

async fn allow(tenant: &TenantScope, id: &str, kind: u32) {
    let canary = tenant.tenant();
    match kind {
        38 => check(
            canary,
            tenant.ask_approval(marked_approval(id, canary)).await,
        ),
        39 => check(canary, tenant.approval(id).await),
        40 => check(
            canary,
            tenant.approvals(ApprovalState::Used, None, 100).await,
        ),
        41 => {
            let agreed = ApprovalState::Approved;
            check(
                canary,
                tenant.decide_approval(id, agreed, canary, (5, 9)).await,
            );
        }
        42 => {
            let digest = "digest";
            let wanted = Use {
                id,
                digest,
                by: canary,
            };
            check(canary, tenant.use_approval(wanted, 6).await);
        }
        43 => check(
            canary,
            tenant
                .plan_outreach(vec![marked_outreach(id, canary)])
                .await,
        ),
        44 => check(canary, tenant.outreach(id).await),
        45 => check(canary, tenant.take_outreach(id, id, (5, 1)).await),
        _ => check(canary, tenant.planned_turns((0, 100), "", 100).await),
    }
}

fn marked_approval(id: &str, canary: &str) -> Approval {
    Approval {
        id: id.to_owned(),
        workspace_id: canary.to_owned(),
        tool: "tool".to_owned(),
        arguments: canary.to_owned(),
        digest: "digest".to_owned(),
        about: canary.to_owned(),
        conversation_id: canary.to_owned(),
        state: ApprovalState::Pending,
        decided_by: None,
        used_by: None,
        outcome: None,
        created_at: 0,
        expires_at: 50,
        updated_at: 0,
    }
}

fn marked_outreach(id: &str, canary: &str) -> Outreach {
    Outreach {
        approval_id: id.to_owned(),
        contact_id: id.to_owned(),
        conversation_id: canary.to_owned(),
        state: OutreachState::Planned,
        reason: Some(canary.to_owned()),
        created_at: 0,
        updated_at: 0,
    }
}

/// An answer may hold this canary and no other; a failure must be one that the scope explains.
fn check<T: Debug>(canary: &str, answer: Result<T, StoreError>) {
    match answer {
        Ok(value) => {
            let text = format!("{value:?}");
            let foreign = text.replace(canary, "");
            assert!(!foreign.contains("canary-"), "{canary} got {text}");
        }
        Err(StoreError::NotFound { .. } | StoreError::Conflict { .. }) => {}
        Err(fault) => panic!("{canary}: {fault:?}"),
    }
}

fn marked_connection(id: &str, canary: &str) -> store::Connection {
    store::Connection {
        workspace_name: Some(canary.to_owned()),
        admin_name: Some(canary.to_owned()),
        ..connection(id, Some("ann"))
    }
}

fn marked_endpoint(id: &str, canary: &str) -> store::Endpoint {
    store::Endpoint {
        name: canary.to_owned(),
        settings: canary.to_owned(),
        ..endpoint(id, Some(canary))
    }
}

fn marked_user(id: &str, canary: &str) -> User {
    User {
        id: id.to_owned(),
        name: Some(canary.to_owned()),
        email: Some(format!("{canary}@example.com")),
        state: UserState::Active,
        created_at: 1,
        updated_at: 1,
    }
}

fn marked_app(id: &str, canary: &str) -> App {
    App {
        id: id.to_owned(),
        name: canary.to_owned(),
        client_id: canary.to_owned(),
        region: "us".to_owned(),
        settings: canary.to_owned(),
        created_at: 1,
        updated_at: 1,
    }
}

fn marked_turn(id: &str, canary: &str) -> Turn {
    Turn {
        id: id.to_owned(),
        delivery_id: Some(canary.to_owned()),
        conversation_id: canary.to_owned(),
        state: TurnState::Running,
        outcome: Some(canary.to_owned()),
        created_at: 1,
        updated_at: 1,
    }
}

fn marked_delivery(canary: &str, step: u64) -> NewDelivery {
    NewDelivery {
        app_id: canary.to_owned(),
        notification_id: step.to_string(),
        topic: canary.to_owned(),
        lane: canary.to_owned(),
        body: canary.to_owned(),
        received_at: 1,
        due_at: 1,
    }
}

fn event(canary: &str, step: u64) -> NewEntry {
    NewEntry {
        event_id: format!("{canary}{step}"),
        body: canary.to_owned(),
        ..crate::audit::entry(1)
    }
}
