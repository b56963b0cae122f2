//! The audit log: order, search, and a chain that shows what was done to it.

use crate::harness::both;
use store::{AuditFilter, NewEntry, StoreError, Verdict};

pub(crate) fn entry(number: i64) -> NewEntry {
    NewEntry {
        event_id: format!("event-{number}"),
        kind: if number % 2 == 0 { "finish" } else { "begin" }.to_owned(),
        at: 1000 + number,
        call_id: format!("call-{}", (number + 1) / 2),
        user_id: Some("ann".to_owned()),
        endpoint_id: None,
        tool: Some(if number < 50 { "search" } else { "get_contact" }.to_owned()),
        outcome: (number % 2 == 0).then(|| "ok".to_owned()),
        body: format!(r#"{{"n":{number}}}"#),
    }
}

/// A write whose fate is not known is tried again, and what is there already stays what it was.
#[tokio::test]
async fn nothing_is_recorded_twice() {
    both(async |db| {
        let system = db.store.system();
        let of = |tenant: &str, numbers: std::ops::RangeInclusive<i64>| {
            let tenant = tenant.to_owned();
            numbers.map(move |number| (tenant.clone(), entry(number)))
        };
        system
            .append_audit(of("acme", 1..=300).collect())
            .await
            .unwrap();
        let again = of("other", 290..=310).chain(of("acme", 1..=700));
        let twice = again.chain(of("acme", 699..=701)).collect();
        system.append_audit_again(twice).await.unwrap();
        for (tenant, first, last) in [("acme", 1, 701), ("other", 290, 310)] {
            let scope = db.store.scope(tenant).unwrap();
            let found = scope.audit_after(0, 1000).await.unwrap();
            let events = found.into_iter().map(|entry| entry.event_id);
            let expected = (first..=last).map(|number| format!("event-{number}"));
            assert_eq!(events.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
            let verdict = scope.verify_audit(None).await.unwrap();
            assert!(matches!(verdict, Verdict::Whole { .. }), "{verdict:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn entries_keep_their_order() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        let other = db.tenant("other").await;
        assert_eq!(tenant.audit_head().await.unwrap(), None);
        tenant
            .append_audit((1..=73).map(entry).collect())
            .await
            .unwrap();
        other.append_audit(vec![entry(1)]).await.unwrap();
        let more = (74..=100).map(|number| ("acme".to_owned(), entry(number)));
        let more = more.chain([("other".to_owned(), entry(2))]).collect();
        db.store.system().append_audit(more).await.unwrap();

        let all = tenant.audit_after(0, 1000).await.unwrap();
        assert_eq!(
            all.iter().map(|one| one.seq).collect::<Vec<_>>(),
            (1..=100).collect::<Vec<_>>()
        );
        assert!(
            all.iter()
                .zip(1..)
                .all(|(one, number)| one.body == entry(number).body)
        );
        assert!(all.windows(2).all(|pair| pair[0].hash == pair[1].prev_hash));
        let head = tenant.audit_head().await.unwrap().unwrap();
        assert_eq!((head.seq, &head.hash), (100, &all[99].hash));
        assert_eq!(other.audit_after(0, 1000).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_search_finds_what_matches_newest_first() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        tenant
            .append_audit((1..=100).map(entry).collect())
            .await
            .unwrap();
        let filter = |change: fn(&mut AuditFilter)| {
            let mut filter = AuditFilter::default();
            change(&mut filter);
            filter
        };
        for (filter, before, expected) in [
            (filter(|_| {}), Some(4), vec![3, 2, 1]),
            (
                filter(|f| f.call_id = Some("call-7".into())),
                None,
                vec![14, 13],
            ),
            (
                filter(|f| f.outcome = Some("ok".into())),
                Some(5),
                vec![4, 2],
            ),
            (
                filter(|f| f.tool = Some("get_contact".into())),
                Some(52),
                vec![51, 50],
            ),
            (
                filter(|f| (f.from, f.to) = (Some(1010), Some(1012))),
                None,
                vec![11, 10],
            ),
            (filter(|f| f.user_id = Some("bob".into())), None, vec![]),
            (filter(|f| f.endpoint_id = Some("e1".into())), None, vec![]),
            (
                filter(|f| (f.kind, f.to) = (Some("begin".into()), Some(1004))),
                None,
                vec![3, 1],
            ),
        ] {
            let found = tenant
                .search_audit(filter.clone(), before, 5)
                .await
                .unwrap();
            assert_eq!(
                found.iter().map(|one| one.seq).collect::<Vec<_>>(),
                expected,
                "{filter:?}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn an_event_is_recorded_once() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        tenant.append_audit(vec![entry(1), entry(2)]).await.unwrap();
        let again = tenant.append_audit(vec![entry(3), entry(2)]).await;
        assert!(
            matches!(
                again,
                Err(StoreError::Conflict {
                    what: "audit event"
                })
            ),
            "{again:?}"
        );
        assert_eq!(
            tenant.audit_head().await.unwrap().unwrap().seq,
            2,
            "a failed batch leaves nothing"
        );
    })
    .await;
}
