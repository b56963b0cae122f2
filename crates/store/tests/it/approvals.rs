//! A person's word: for what it was given, once, for a while. And who was written to.

use crate::harness::both;
use store::{Approval, ApprovalState, Outreach, OutreachState, StoreError, TenantScope, Use};

const MINUTE: i64 = 60_000;

fn asked(id: &str) -> Approval {
    Approval {
        id: id.into(),
        workspace_id: "w".into(),
        tool: "refund_order".into(),
        arguments: r#"{"order":"7"}"#.into(),
        digest: "d1".into(),
        about: "a refund".into(),
        conversation_id: "42".into(),
        state: ApprovalState::Pending,
        decided_by: None,
        used_by: None,
        outcome: None,
        created_at: 0,
        expires_at: 60 * MINUTE,
        updated_at: 0,
    }
}

fn conflict(result: &Result<(), StoreError>) -> bool {
    matches!(result, Err(StoreError::Conflict { .. }))
}

async fn yes(scope: &TenantScope, id: &str, now: i64) -> Result<(), StoreError> {
    let until = now + 15 * MINUTE;
    scope
        .decide_approval(id, ApprovalState::Approved, "ana", (now, until))
        .await
}

async fn take(scope: &TenantScope, id: &str, digest: &str, now: i64) -> Result<(), StoreError> {
    let by = "n";
    scope.use_approval(Use { id, digest, by }, now).await
}

#[tokio::test]
async fn an_approval_is_good_once_for_its_arguments() {
    both(async |db| {
        let acme = db.store.scope("acme").unwrap();
        let other = db.store.scope("other").unwrap();
        acme.ask_approval(asked("a")).await.unwrap();
        let another = Approval {
            about: "another".into(),
            ..asked("a")
        };
        acme.ask_approval(another).await.unwrap();
        let kept = acme.approval("a").await.unwrap();
        assert_eq!(kept.about, "a refund", "asked twice, it stays");
        assert!(conflict(&take(&acme, "a", "d1", 1).await), "nobody agreed");
        yes(&acme, "a", 10).await.unwrap();
        assert!(conflict(&yes(&acme, "a", 11).await), "decided once");
        let theirs = other.approval("a").await;
        assert!(matches!(theirs, Err(StoreError::NotFound { .. })));
        assert!(conflict(&take(&other, "a", "d1", 20).await), "not theirs");
        assert!(
            conflict(&take(&acme, "a", "d2", 20).await),
            "other arguments"
        );
        take(&acme, "a", "d1", 20).await.unwrap();
        assert!(conflict(&take(&acme, "a", "d1", 21).await), "used already");
        for (outcome, at) in [("done", 22), ("again", 23)] {
            acme.close_approval("a", outcome, at).await.unwrap();
        }
        let used = acme.approval("a").await.unwrap();
        assert_eq!(used.state, ApprovalState::Used);
        assert_eq!(used.outcome.as_deref(), Some("done"));
        assert_eq!(used.used_by.as_deref(), Some("n"));
    })
    .await;
}

#[tokio::test]
async fn a_word_or_a_question_from_long_ago_is_worth_nothing() {
    both(async |db| {
        let acme = db.store.scope("acme").unwrap();
        for id in ["b", "c", "d"] {
            acme.ask_approval(asked(id)).await.unwrap();
        }
        yes(&acme, "b", 10).await.unwrap();
        assert!(conflict(&take(&acme, "b", "d1", 10 + 15 * MINUTE).await));
        assert!(conflict(&yes(&acme, "c", 60 * MINUTE).await));
        let no = acme.decide_approval("d", ApprovalState::Rejected, "ana", (10, 20));
        no.await.unwrap();
        assert!(
            conflict(&take(&acme, "d", "d1", 11).await),
            "a person said no"
        );
        let pending = acme.approvals(ApprovalState::Pending, None, 10);
        let pending = pending.await.unwrap();
        let ids: Vec<_> = pending.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, ["c"]);
    })
    .await;
}

#[tokio::test]
async fn a_contact_is_written_to_once_in_a_while() {
    both(async |db| {
        let acme = db.store.scope("acme").unwrap();
        let planned = |batch: &str| Outreach {
            approval_id: batch.into(),
            contact_id: "c1".into(),
            conversation_id: "42".into(),
            state: OutreachState::Planned,
            reason: None,
            created_at: 0,
            updated_at: 0,
        };
        acme.plan_outreach(vec![planned("b1"), planned("b2"), planned("b1")])
            .await
            .unwrap();
        assert!(!acme.was_reached("c1", 0).await.unwrap());
        assert!(acme.take_outreach("b1", "c1", (100, 50)).await.unwrap());
        assert!(
            !acme.take_outreach("b1", "c1", (101, 50)).await.unwrap(),
            "taken"
        );
        assert!(
            !acme.take_outreach("b2", "c1", (102, 50)).await.unwrap(),
            "written to just now"
        );
        assert!(
            acme.was_reached("c1", 99).await.unwrap()
                && !acme.was_reached("c1", 100).await.unwrap()
        );
        acme.close_outreach("b1", "c1", (OutreachState::Sent, None), 110)
            .await
            .unwrap();
        assert!(
            acme.take_outreach("b2", "c1", (500, 300)).await.unwrap(),
            "long ago"
        );
        acme.close_outreach("b2", "c1", (OutreachState::Skipped, Some("moved_on")), 510)
            .await
            .unwrap();
        let rows = acme.outreach("b2").await.unwrap();
        assert_eq!(
            (rows[0].state, rows[0].reason.as_deref()),
            (OutreachState::Skipped, Some("moved_on"))
        );
        assert!(
            acme.take_outreach("b1", "c1", (600, 550))
                .await
                .is_ok_and(|taken| !taken),
            "sent is sent"
        );
    })
    .await;
}
