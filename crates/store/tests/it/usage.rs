//! Budgets, idempotency keys, and the turns of the agent.

use crate::harness::both;
use store::{
    Counter, DAY, Idempotent, Metric, Step, StepState, StoreError, Turn, TurnState, Usage,
    UsageFilter,
};

#[tokio::test]
async fn a_budget_is_never_overspent() {
    both(async |db| {
        let tenant = db.store.scope("acme").unwrap();
        let calls = Counter {
            subject: "e1",
            metric: "calls",
            span_ms: 1000,
        };
        let spent = (0..40).map(|_| tenant.spend(calls, 3, 100, 5500));
        let sums = futures_util::future::join_all(spent).await;
        let mut allowed: Vec<i64> = sums.into_iter().filter_map(Result::unwrap).collect();
        allowed.sort_unstable();
        assert_eq!(allowed, (1..=33).map(|times| times * 3).collect::<Vec<_>>());
        assert_eq!(tenant.spend(calls, 1, 100, 5999).await.unwrap(), Some(100));
        assert_eq!(
            tenant.spend(calls, 1, 100, 6000).await.unwrap(),
            Some(1),
            "the next span"
        );
        assert_eq!(
            tenant.spend(calls, 101, 100, 7000).await.unwrap(),
            None,
            "more than the whole budget"
        );
        tenant
            .count(
                Counter {
                    metric: "tokens",
                    ..calls
                },
                7,
                6100,
            )
            .await
            .unwrap();
        let counted = tenant.usage(1000, 5000, 8000, 10).await.unwrap();
        let rows: Vec<_> = counted
            .iter()
            .map(|one| (one.start_at, one.metric.as_str(), one.amount))
            .collect();
        assert_eq!(
            rows,
            [
                (5000, "calls", 100),
                (6000, "calls", 1),
                (6000, "tokens", 7)
            ]
        );
        assert_eq!(
            db.store
                .scope("other")
                .unwrap()
                .usage(1000, 0, 9000, 10)
                .await
                .unwrap(),
            []
        );
        assert_eq!(db.store.system().sweep_usage(1000, 6000).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn leases_are_never_more_than_what_is_left() {
    both(async |db| {
        let tenant = db.store.scope("acme").unwrap();
        let day = Counter {
            subject: "e1",
            metric: "budget.calls",
            span_ms: 1000,
        };
        let leased = (0..40).map(|_| tenant.lease(day, 7, 100, 5500));
        let granted = futures_util::future::join_all(leased).await;
        let granted: Vec<i64> = granted.into_iter().map(Result::unwrap).collect();
        assert_eq!(granted.iter().sum::<i64>(), 100, "{granted:?}");
        assert_eq!(granted.iter().filter(|one| **one == 2).count(), 1);
        assert_eq!(tenant.spent(day, 5000).await.unwrap(), 100);
        tenant.count(day, -30, 5999).await.unwrap();
        assert_eq!(tenant.lease(day, 50, 100, 5000).await.unwrap(), 30);
        assert_eq!(
            tenant.lease(day, 5, 50, 5000).await.unwrap(),
            0,
            "a lower limit"
        );
        assert_eq!(tenant.spent(day, 6000).await.unwrap(), 0);
        let other = db.store.scope("other").unwrap();
        assert_eq!(other.spent(day, 5000).await.unwrap(), 0);
    })
    .await;
}

/// What two tenants used on two days, told twice.
async fn use_some(db: &crate::harness::Db) {
    let count = |tenant: &str, endpoint: &str, day: i64, metric: Metric, amount: i64| {
        let usage = Usage {
            subject: endpoint.into(),
            metric: metric.as_str().into(),
            span_ms: DAY,
            start_at: day * DAY,
            amount,
        };
        (tenant.to_owned(), usage)
    };
    for _ in 0..2 {
        let counted = vec![
            count("globex", "e9", 2, Metric::Calls, 1),
            count("acme", "e1", 1, Metric::Calls, 2),
            count("acme", "e1", 1, Metric::TokensOut, 50),
            count("acme", "e1", 2, Metric::Calls, 3),
            count("acme", "e2", 2, Metric::Calls, 4),
            count("acme", "e2", 2, Metric::Errors, 1),
        ];
        db.store.system().add_usage(counted).await.expect("counted");
    }
    let budget = Counter {
        subject: "e1",
        metric: "budget.calls",
        span_ms: DAY,
    };
    let acme = db.store.scope("acme").expect("a tenant's id");
    acme.lease(budget, 9, 99, DAY).await.expect("leased");
}

fn told(rows: Vec<store::Used>) -> Vec<(String, i64, String, i64)> {
    let told = rows.into_iter();
    told.map(|row| (row.tenant, row.day / DAY, row.endpoint, row.calls))
        .collect()
}

fn row(tenant: &str, day: i64, endpoint: &str, calls: i64) -> (String, i64, String, i64) {
    (tenant.to_owned(), day, endpoint.to_owned(), calls)
}

fn all() -> UsageFilter {
    UsageFilter {
        to: 3 * DAY,
        ..UsageFilter::default()
    }
}

#[tokio::test]
async fn usage_is_summed_up_by_what_is_asked_for() {
    both(async |db| {
        use_some(db).await;
        let acme = db.store.scope("acme").unwrap();
        let sum = acme.used(all(), 10).await.unwrap();
        let sums = (sum[0].calls, sum[0].tokens_out, sum[0].errors);
        assert_eq!(sums, (18, 100, 2), "no budget is among them");
        let one = UsageFilter {
            endpoint: Some("e2".into()),
            from: 2 * DAY,
            by_day: true,
            by_endpoint: true,
            ..all()
        };
        let rows = told(acme.used(one, 10).await.unwrap());
        assert_eq!(rows, [row("", 2, "e2", 8)]);
        let tenants = UsageFilter {
            by_tenant: true,
            ..all()
        };
        let system = db.store.system();
        let rows = told(system.used(tenants.clone(), 10).await.unwrap());
        assert_eq!(rows, [row("acme", 0, "", 18), row("globex", 0, "", 2)]);
        let rows = told(acme.used(tenants, 10).await.unwrap());
        assert_eq!(rows, [row("acme", 0, "", 18)], "no other tenant's");
    })
    .await;
}

#[tokio::test]
async fn usage_is_the_same_page_by_page() {
    both(async |db| {
        use_some(db).await;
        let acme = db.store.scope("acme").unwrap();
        let mut page = UsageFilter {
            by_day: true,
            by_endpoint: true,
            ..all()
        };
        let rows = told(acme.used(page.clone(), 10).await.unwrap());
        let expected = [
            row("", 1, "e1", 4),
            row("", 2, "e1", 6),
            row("", 2, "e2", 8),
        ];
        assert_eq!(rows, expected);
        let mut paged = Vec::new();
        loop {
            let rows = acme.used(page.clone(), 1).await.unwrap();
            let Some(last) = rows.last() else { break };
            page.after = Some((last.tenant.clone(), last.day, last.endpoint.clone()));
            paged.extend(told(rows));
        }
        assert_eq!(paged, expected);
    })
    .await;
}

#[tokio::test]
async fn a_key_stands_for_one_request() {
    both(async |db| {
        let tenant = db.store.scope("acme").unwrap();
        let begin = async |key: &str, request: u8| {
            tenant
                .begin_idempotent(key, [request; 32], 5)
                .await
                .unwrap()
        };
        assert_eq!(begin("k", 1).await, Idempotent::New);
        assert_eq!(begin("k", 1).await, Idempotent::UnderWay);
        assert_eq!(begin("k", 2).await, Idempotent::Mismatch);
        tenant.finish_idempotent("k", 201, "made").await.unwrap();
        assert_eq!(
            begin("k", 1).await,
            Idempotent::Answered {
                status: 201,
                body: "made".into()
            }
        );
        assert_eq!(begin("k", 2).await, Idempotent::Mismatch);
        let other = db.store.scope("other").unwrap();
        assert_eq!(
            other.begin_idempotent("k", [1; 32], 5).await.unwrap(),
            Idempotent::New
        );
        assert_eq!(begin("l", 1).await, Idempotent::New);
        tenant.forget_idempotent("l").await.unwrap();
        assert_eq!(begin("l", 2).await, Idempotent::New);
        assert_eq!(db.store.system().sweep_idempotent(6).await.unwrap(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_step_is_open_until_its_end_is_known() {
    both(async |db| {
        let tenant = db.store.scope("acme").unwrap();
        let turn = Turn {
            id: "t1".into(),
            delivery_id: Some("d1".into()),
            conversation_id: "123".into(),
            state: TurnState::Running,
            outcome: None,
            created_at: 1,
            updated_at: 1,
        };
        tenant.create_turn(turn.clone()).await.unwrap();
        assert_eq!(
            tenant.turn_of_delivery("d1").await.unwrap(),
            Some(turn.clone())
        );
        assert_eq!(tenant.turn_of_delivery("d2").await.unwrap(), None);
        assert_eq!(tenant.begin_step("t1", "reply", "{}", 2).await.unwrap(), 1);
        assert_eq!(tenant.begin_step("t1", "close", "{}", 3).await.unwrap(), 2);
        let steps = tenant.steps("t1").await.unwrap();
        let done = Step {
            state: StepState::Done,
            result: Some("ok".into()),
            finished_at: Some(4),
            ..steps[0].clone()
        };
        tenant.finish_step(&done).await.unwrap();
        let again = tenant.finish_step(&done).await;
        assert!(
            matches!(again, Err(StoreError::Conflict { .. })),
            "{again:?}"
        );
        assert_eq!(tenant.steps("t1").await.unwrap(), [done, steps[1].clone()]);
        let open = db.store.system().open_steps(10, 10).await.unwrap();
        assert_eq!(
            open.iter()
                .map(|one| (one.tenant.as_str(), one.row.ordinal))
                .collect::<Vec<_>>(),
            [("acme", 2)]
        );
        tenant
            .set_turn_state("t1", TurnState::Done, Some("answered"), 9)
            .await
            .unwrap();
        let ended = tenant.turn("t1").await.unwrap();
        assert_eq!(
            (ended.state, ended.outcome.as_deref(), ended.updated_at),
            (TurnState::Done, Some("answered"), 9)
        );
        assert_eq!(
            tenant.turns_of("123").await.unwrap(),
            tenant.turns("", 10).await.unwrap()
        );
    })
    .await;
}

#[tokio::test]
async fn words_of_plans_are_found_until_they_are_gone() {
    both(async |db| {
        let (tenant, system) = (db.store.scope("acme").unwrap(), db.store.system());
        for (id, state) in [("done", TurnState::Done), ("running", TurnState::Running)] {
            let turn = Turn {
                id: id.into(),
                delivery_id: None,
                conversation_id: "123".into(),
                state,
                outcome: None,
                created_at: 1,
                updated_at: 1,
            };
            tenant.create_turn(turn).await.unwrap();
            tenant.begin_step(id, "plan", "words", 5).await.unwrap();
            tenant.begin_step(id, "reply", "{}", 5).await.unwrap();
        }
        assert_eq!(system.worded_plans(5, 10).await.unwrap(), [], "too early");
        let found = system.worded_plans(6, 10).await.unwrap();
        let [plan] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!((plan.row.turn_id.as_str(), plan.row.ordinal), ("done", 1));
        system.keep_wordless(plan, "figures").await.unwrap();
        assert_eq!(system.worded_plans(6, 10).await.unwrap(), []);
        let intents = tenant.steps("done").await.unwrap();
        let intents: Vec<_> = intents.iter().map(|step| step.intent.as_str()).collect();
        assert_eq!(intents, ["figures", "{}"]);
    })
    .await;
}
