//! Budgets in memory; those in the store are tested on both engines from outside.

use super::*;

fn who() -> Principal {
    Principal {
        tenant: TenantId::new("t"),
        user: None,
        endpoint: EndpointId::new("e"),
        narrowed: None,
    }
}

const READ: Spending = Spending {
    call: true,
    write: false,
    customer: false,
};
const WRITE: Spending = Spending {
    call: true,
    write: true,
    customer: true,
};

fn limits(per_minute: Option<u32>, per_day: Option<u32>) -> Limits {
    Limits {
        per_minute,
        per_day,
    }
}

#[tokio::test]
async fn exactly_the_limit_passes_however_many_ask_at_once() {
    for (limit, spending) in [(1, READ), (7, READ), (100, READ), (100, WRITE), (0, READ)] {
        let meter = Meter::default();
        let budgets = Budgets {
            calls: limits(None, Some(limit)),
            ..Budgets::default()
        };
        let who = who();
        let asked = (0..32).map(async |_| {
            let mut passed = 0;
            for _ in 0..5 {
                passed += u32::from(meter.spend(&who, &budgets, spending).await.is_ok());
                tokio::task::yield_now().await;
            }
            passed
        });
        let passed: u32 = futures_util::future::join_all(asked).await.iter().sum();
        assert_eq!(passed, limit, "{spending:?}");
    }
}

#[tokio::test]
async fn each_budget_counts_its_own_and_a_refused_call_costs_nothing() {
    let meter = Meter::default();
    let who = who();
    let budgets = Budgets {
        calls: limits(None, Some(4)),
        writes: limits(None, Some(2)),
        customer: limits(None, Some(1)),
    };
    let unnoticed = Spending {
        customer: false,
        ..WRITE
    };
    let mut told = Vec::new();
    for spending in [WRITE, WRITE, unnoticed, unnoticed, READ, READ, READ] {
        told.push(match meter.spend(&who, &budgets, spending).await {
            Ok(()) => "ok".to_owned(),
            Err(CallError::OverBudget { what, .. }) => what.to_owned(),
            Err(error) => error.to_string(),
        });
    }
    let customer = "calls that reach customers";
    assert_eq!(told, ["ok", customer, "ok", "changes", "ok", "ok", "calls"]);
}

#[tokio::test]
async fn a_part_of_a_call_is_no_call() {
    let meter = Meter::default();
    let budgets = Budgets {
        calls: limits(None, Some(0)),
        ..Budgets::default()
    };
    let part = Spending {
        call: false,
        ..WRITE
    };
    assert!(meter.spend(&who(), &budgets, part).await.is_ok());
}

#[test]
fn a_span_ends_on_its_boundary() {
    for (span, now, start, rest) in [
        (Span::Minute, 60_000, 60_000, 60_000),
        (Span::Minute, 119_999, 60_000, 1),
        (Span::Day, 86_400_000 * 3 + 5, 86_400_000 * 3, 86_399_995),
    ] {
        assert_eq!(span.start(now), start);
        assert_eq!(span.rest(now), Duration::from_millis(rest));
    }
}
