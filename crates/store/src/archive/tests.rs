//! Tests of the archive.

use super::*;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

async fn archive() -> Archive {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder =
        std::env::temp_dir().join(format!("frontdesk-archive-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("archive.sqlite");
    if file.exists() {
        std::fs::remove_file(&file).unwrap();
    }
    Archive::create(&file).await.unwrap()
}

fn conversation(id: u32, updated_at: i64, body: &str) -> Value {
    json!({
        "id": id.to_string(), "created_at": 1_790_000_000 + i64::from(id) * 3_600, "updated_at": updated_at,
        "state": if id.is_multiple_of(2) { "closed" } else { "open" }, "team_assignee_id": id % 3,
        "waiting_since": 1_790_100_000 - i64::from(id), "source": {"type": "email", "body": body},
        "statistics": {"time_to_admin_reply": id * 60, "time_to_first_close": null},
        "conversation_rating": {"rating": id % 5 + 1}, "tags": {"tags": [{"name": "billing"}, {"name": "vip"}]},
    })
}

fn record(id: u32, updated_at: i64, body: &str) -> Record {
    Record {
        id: id.to_string(),
        updated_at,
        whole: false,
        raw: Some(conversation(id, updated_at, body)),
    }
}

fn at(watermark: i64) -> Place {
    Place {
        watermark,
        ..Place::default()
    }
}

async fn all(archive: &Archive) -> Vec<RowOf> {
    archive
        .rows("conversations", (0, 1_000), 1_000)
        .await
        .unwrap()
}

#[tokio::test]
async fn objects_are_kept_once_in_their_newest_form() {
    let archive = archive().await;
    let keep = async |records: &[Record], mark| {
        archive
            .keep("conversations", records, &at(mark))
            .await
            .unwrap()
    };
    let first = keep(
        &[
            record(1, 10, "one"),
            record(2, 20, "two"),
            record(1, 10, "one"),
        ],
        20,
    )
    .await;
    assert_eq!((first.new, first.changed, first.gone), (2, 0, 0));
    assert_eq!(archive.place("conversations").await.unwrap().watermark, 20);
    // The same again, an older form, and a newer one.
    assert_eq!(
        keep(&[record(2, 20, "two"), record(1, 5, "old")], 20).await,
        Kept::default()
    );
    assert_eq!(keep(&[record(1, 30, "newer")], 30).await.changed, 1);
    let rows = all(&archive).await;
    assert_eq!(rows.len(), 2);
    assert!(
        rows[0].raw.contains("newer") && rows[1].raw.contains("two"),
        "{rows:?}"
    );
}

#[tokio::test]
async fn a_thread_is_not_lost_to_a_row_of_the_same_moment() {
    let archive = archive().await;
    let whole = Record {
        whole: true,
        ..record(1, 10, "with thread")
    };
    archive
        .keep("conversations", &[whole], &at(10))
        .await
        .unwrap();
    let kept = archive
        .keep("conversations", &[record(1, 10, "row")], &at(10))
        .await
        .unwrap();
    assert_eq!(kept, Kept::default());
    let known = async |whole, updated_at| {
        archive
            .known("conversations", &[("1".into(), updated_at)], whole)
            .await
            .unwrap()
            .len()
    };
    assert_eq!(
        (
            known(true, 10).await,
            known(false, 10).await,
            known(true, 11).await
        ),
        (1, 1, 0)
    );
}

#[tokio::test]
async fn what_is_deleted_leaves_everything_but_its_tombstone() {
    let archive = archive().await;
    archive
        .keep(
            "conversations",
            &[record(1, 10, "peculiarity"), record(2, 20, "two")],
            &at(20),
        )
        .await
        .unwrap();
    let parts = archive.parts("conversations", 10).await.unwrap();
    let bury = |id: u32| Record {
        raw: None,
        ..record(id, 30, "")
    };
    let kept = archive
        .keep("conversations", &[bury(1), bury(9)], &at(20))
        .await
        .unwrap();
    assert_eq!(kept.gone, 1);
    // The search index of Intercom may be behind.
    archive
        .keep(
            "conversations",
            &[record(1, 99, "back"), record(9, 99, "back")],
            &at(99),
        )
        .await
        .unwrap();
    assert_eq!(all(&archive).await.len(), 1);
    assert!(archive.search("peculiarity", 5).await.unwrap().is_empty());
    assert_eq!(archive.count("conversations").await.unwrap(), (1, 2));
    let after = archive.parts("conversations", 10).await.unwrap();
    assert!(
        after[0].revision > parts[0].revision && after[0].rows == 1,
        "{after:?}"
    );
}

#[tokio::test]
async fn a_change_touches_its_part_alone() {
    let archive = archive().await;
    let records: Vec<Record> = (0..25).map(|id| record(id, 10, "x")).collect();
    archive
        .keep("conversations", &records, &at(10))
        .await
        .unwrap();
    let before = archive.parts("conversations", 10).await.unwrap();
    assert_eq!(
        before.iter().map(|part| part.rows).collect::<Vec<_>>(),
        [10, 10, 5]
    );
    archive
        .keep(
            "conversations",
            &[record(13, 11, "y"), record(30, 11, "new")],
            &at(11),
        )
        .await
        .unwrap();
    let after = archive.parts("conversations", 10).await.unwrap();
    let changed: Vec<bool> = before.iter().zip(&after).map(|(a, b)| a != b).collect();
    assert_eq!(changed, [false, true, true]);
}

/// Eight conversations about bikes and refunds, some of them of a team that has a name.
async fn busy_archive() -> Archive {
    let archive = archive().await;
    let bodies = [
        "My bike chain broke yesterday",
        "The chain of my bike is loose",
        "Where is my refund",
        "Thanks",
    ];
    let records: Vec<Record> = (0..8)
        .map(|id| record(id, 10, bodies[id as usize % 4]))
        .collect();
    archive
        .keep("conversations", &records, &at(10))
        .await
        .unwrap();
    archive
        .name("team", &[("1".into(), "Billing".into())])
        .await
        .unwrap();
    archive
}

#[tokio::test]
async fn figures_are_counted() {
    let archive = busy_archive().await;
    let stats = archive.stats(Group::Team, &Scope::default()).await.unwrap();
    let told: Vec<(&str, u64, u64, Option<i64>)> = stats
        .iter()
        .map(|stat| {
            (
                stat.name.as_str(),
                stat.conversations,
                stat.open,
                stat.first_answer,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("", 3, 1, Some(180)),
            ("Billing", 3, 2, Some(240)),
            ("2", 2, 1, Some(210))
        ]
    );
    let tags = archive
        .stats(
            Group::Tag,
            &Scope {
                since: Some(1_790_000_000 + 3_600),
                until: None,
            },
        )
        .await
        .unwrap();
    assert_eq!(
        (tags.len(), tags[0].conversations, tags[0].rated),
        (2, 7, 7)
    );
}

#[tokio::test]
async fn who_waits_and_what_is_alike_is_found() {
    let archive = busy_archive().await;
    let waiting = archive.unanswered(i64::MAX, 10).await.unwrap();
    let ids: Vec<&str> = waiting.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["7", "5", "3", "1"]);
    let alike = archive.similar_to("0", 3).await.unwrap().unwrap();
    assert_eq!(alike[0].id, "4");
    assert!(alike[1].passage.contains("chain"), "{alike:?}");
    assert!(archive.similar_to("99", 3).await.unwrap().is_none());
    assert_eq!(
        archive.search("\"my bike\" chain", 5).await.unwrap().len(),
        4
    );
    assert_eq!(archive.search("refu*", 5).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_walk_knows_what_it_did_not_meet() {
    let archive = archive().await;
    archive
        .keep(
            "articles",
            &[record(1, 1, "a"), record(2, 1, "b"), record(3, 1, "c")],
            &at(0),
        )
        .await
        .unwrap();
    let walk = Place {
        walk: 7,
        ..Place::default()
    };
    archive
        .keep(
            "articles",
            &[record(1, 1, "a"), record(2, 2, "changed")],
            &walk,
        )
        .await
        .unwrap();
    assert_eq!(archive.unmet("articles", 7, "").await.unwrap(), ["3"]);
    archive.met("articles", 7, &["3".into()]).await.unwrap();
    assert!(archive.unmet("articles", 7, "").await.unwrap().is_empty());
}

#[tokio::test]
async fn another_workspace_and_a_missing_file_are_refused() {
    let archive = archive().await;
    archive.belongs_to("w1").await.unwrap();
    archive.belongs_to("w1").await.unwrap();
    let error = archive.belongs_to("w2").await.unwrap_err().to_string();
    assert!(
        error.contains("w1") && error.contains("--archive"),
        "{error}"
    );
    let error = Archive::open(Path::new("/nowhere/archive.sqlite"))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("frontdesk export"), "{error}");
}
