//! What was done to a chain shows; what retention does to it is lawful.

use crate::{audit::entry, harness::both};
use store::{DAY, Fault, NewEntry, Verdict};

/// What is done to a chain: each text is about the entries 1 to 10 of a tenant of its own, named {t}.
const TAMPERINGS: [(&str, &str, i64, Fault); 11] = [
    (
        "edit",
        "UPDATE audit_entries SET body = '{}' WHERE tenant_id = '{t}' AND seq = 5",
        5,
        Fault::Edited,
    ),
    (
        "retime",
        "UPDATE audit_entries SET at = at + 1 WHERE tenant_id = '{t}' AND seq = 1",
        1,
        Fault::Edited,
    ),
    (
        "void",
        "UPDATE audit_entries SET outcome = '' WHERE tenant_id = '{t}' AND seq = 3",
        3,
        Fault::Edited,
    ),
    (
        "delete",
        "DELETE FROM audit_entries WHERE tenant_id = '{t}' AND seq = 5",
        5,
        Fault::Missing,
    ),
    (
        "behead",
        "DELETE FROM audit_entries WHERE tenant_id = '{t}' AND seq = 1",
        1,
        Fault::Missing,
    ),
    (
        "cut",
        "DELETE FROM audit_entries WHERE tenant_id = '{t}' AND seq = 10",
        10,
        Fault::CutOff,
    ),
    (
        "reorder",
        "UPDATE audit_entries SET seq = 1000 WHERE tenant_id = '{t}' AND seq = 4; \
         UPDATE audit_entries SET seq = 4 WHERE tenant_id = '{t}' AND seq = 5; \
         UPDATE audit_entries SET seq = 5 WHERE tenant_id = '{t}' AND seq = 1000",
        4,
        Fault::Edited,
    ),
    (
        "unhead",
        "DELETE FROM audit_heads WHERE tenant_id = '{t}'",
        1,
        Fault::Added,
    ),
    (
        "headback",
        "UPDATE audit_heads SET seq = 9 WHERE tenant_id = '{t}'",
        10,
        Fault::Added,
    ),
    (
        "steal",
        "UPDATE audit_entries SET tenant_id = 'thief' WHERE tenant_id = '{t}' AND seq = 1",
        1,
        Fault::Missing,
    ),
    (
        "pretend",
        "DELETE FROM audit_entries WHERE tenant_id = '{t}' AND seq < 3; \
         INSERT INTO audit_prunes (tenant_id, upto_seq, hash, at) \
         SELECT tenant_id, 2, prev_hash, 0 FROM audit_entries WHERE tenant_id = '{t}' AND seq = 3",
        2,
        Fault::Unexplained,
    ),
];

#[tokio::test]
async fn tampering_is_named() {
    both(async |db| {
        for (name, text, seq, fault) in TAMPERINGS {
            let tenant = db.store.scope(name).unwrap();
            tenant
                .append_audit((1..=10).map(entry).collect())
                .await
                .unwrap();
            let head = tenant.audit_head().await.unwrap();
            let whole = Verdict::Whole { entries: 10, head };
            assert_eq!(tenant.verify_audit(None).await.unwrap(), whole, "{name}");
            db.tamper(None, &text.replace("{t}", name)).await;
            let verdict = tenant.verify_audit(None).await.unwrap();
            assert_eq!(verdict, Verdict::Broken { seq, fault }, "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_witness_knows_what_was_cut_off_with_its_head() {
    both(async |db| {
        let tenant = db.store.scope("acme").unwrap();
        tenant
            .append_audit((1..=8).map(entry).collect())
            .await
            .unwrap();
        let early = tenant.audit_head().await.unwrap().unwrap();
        tenant
            .append_audit((9..=10).map(entry).collect())
            .await
            .unwrap();
        let late = tenant.audit_head().await.unwrap().unwrap();
        assert!(matches!(
            tenant.verify_audit(Some(&early)).await.unwrap(),
            Verdict::Whole { entries: 10, .. }
        ));
        db.tamper(
            None,
            "DELETE FROM audit_entries WHERE seq > 9; UPDATE audit_heads SET seq = 9, \
             hash = (SELECT hash FROM audit_entries WHERE seq = 9)",
        )
        .await;
        assert!(matches!(
            tenant.verify_audit(Some(&early)).await.unwrap(),
            Verdict::Whole { entries: 9, .. }
        ));
        let cut = Verdict::Broken {
            seq: 10,
            fault: Fault::CutOff,
        };
        assert_eq!(tenant.verify_audit(Some(&late)).await.unwrap(), cut);
    })
    .await;
}

#[tokio::test]
async fn retention_takes_the_old_and_the_chain_says_so() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        let now = 200 * DAY;
        let aged = |number: i64, days: i64| NewEntry {
            at: now - days * DAY,
            ..entry(number)
        };
        // More than one portion is old, and one entry among the kept ones has a clock that was behind.
        let old = (1..=2500).map(|number| aged(number, 91)).collect();
        tenant.append_audit(old).await.unwrap();
        let rest = vec![aged(2501, 89), aged(2502, 95), aged(2503, 1)];
        tenant.append_audit(rest).await.unwrap();
        let system = db.store.system();

        let mut described = tenant.describe().await.unwrap();
        described.legal_hold = true;
        tenant.update_tenant(described.clone()).await.unwrap();
        assert_eq!(tenant.prune_audit(now).await.unwrap(), 0, "on hold");
        assert_eq!(system.tenants_to_prune(now, 10).await.unwrap(), [""; 0]);
        described.legal_hold = false;
        tenant.update_tenant(described).await.unwrap();

        assert_eq!(system.tenants_to_prune(now, 10).await.unwrap(), ["acme"]);
        assert_eq!(tenant.prune_audit(now).await.unwrap(), 2500);
        assert_eq!(tenant.prune_audit(now).await.unwrap(), 0);
        let left = tenant.audit_after(0, 10).await.unwrap();
        let kinds: Vec<_> = left
            .iter()
            .map(|one| (one.seq, one.kind.as_str()))
            .collect();
        assert_eq!(
            kinds,
            [
                (2501, "begin"),
                (2502, "finish"),
                (2503, "begin"),
                (2504, "prune"),
                (2505, "prune")
            ]
        );
        assert!(matches!(
            tenant.verify_audit(None).await.unwrap(),
            Verdict::Whole { entries: 5, .. }
        ));

        // All of it grows old: the entries that tell of the pruning are what is left.
        assert_eq!(tenant.prune_audit(now + 400 * DAY).await.unwrap(), 5);
        assert!(matches!(
            tenant.verify_audit(None).await.unwrap(),
            Verdict::Whole { entries: 1, .. }
        ));
        db.tamper(Some(1), "DELETE FROM audit_prunes").await;
        let unexplained = tenant.verify_audit(None).await.unwrap();
        assert_eq!(
            unexplained,
            Verdict::Broken {
                seq: 1,
                fault: Fault::Missing
            }
        );
    })
    .await;
}

#[tokio::test]
async fn a_sink_gets_everything_until_it_says_that_it_has_it() {
    both(async |db| {
        let system = db.store.system();
        for tenant in ["acme", "other"] {
            let scope = db.store.scope(tenant).unwrap();
            scope
                .append_audit((1..=3).map(entry).collect())
                .await
                .unwrap();
        }
        let seen = |tail: &[store::Owned<store::Entry>]| {
            tail.iter()
                .map(|one| format!("{} {}", one.tenant, one.row.seq))
                .collect::<Vec<_>>()
        };
        let first = system.audit_tail("siem", 4).await.unwrap();
        assert_eq!(seen(&first), ["acme 1", "acme 2", "acme 3", "other 1"]);
        assert_eq!(
            system.audit_tail("siem", 4).await.unwrap(),
            first,
            "not taken yet"
        );
        system.audit_taken("siem", &first).await.unwrap();
        system.audit_taken("siem", &first[..1]).await.unwrap();
        let rest = system.audit_tail("siem", 4).await.unwrap();
        assert_eq!(
            seen(&rest),
            ["other 2", "other 3"],
            "a late word moves no mark back"
        );
        assert_eq!(
            system.audit_tail("syslog", 10).await.unwrap().len(),
            6,
            "each sink has its own marks"
        );
    })
    .await;
}
