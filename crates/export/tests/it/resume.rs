//! Whatever stops an export, the next run ends with exactly the rows that there are.

use crate::{desk::Double, world::World};
use export::{Dataset, Format};
use object_store::{ObjectStoreExt, path::Path};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::Value;
use std::{collections::BTreeMap, sync::atomic::Ordering};
use store::archive::Kept;

fn as_they_are(double: &Double, whole: bool) -> BTreeMap<u64, Value> {
    let mut objects = double.objects.lock().unwrap().clone();
    if !whole {
        for value in objects.values_mut() {
            value
                .as_object_mut()
                .unwrap()
                .shift_remove("conversation_parts");
        }
    }
    objects
}

#[tokio::test]
async fn one_run_copies_everything_and_the_next_only_what_changed() {
    let world = World::over(Double::of(730)).await;
    let first = world.run().await.unwrap();
    assert_eq!(
        (first.kept.new, first.rows, first.written, first.files),
        (730, 730, 8, 8)
    );
    assert_eq!(world.rows().await, as_they_are(&world.double, false));
    let names: Vec<String> = world.files().await.into_keys().collect();
    assert_eq!(
        (&*names[0], &*names[7]),
        (
            "out/conversations/part-00001.jsonl",
            "out/conversations/part-00008.jsonl"
        )
    );

    let idle = world.run().await.unwrap();
    assert_eq!((idle.kept, idle.written), (Kept::default(), 0));

    world.double.change(5, "again");
    world.double.change(1_000, "new");
    world.double.delete(250);
    let next = world.run().await.unwrap();
    assert_eq!(
        (next.kept.new, next.kept.changed, next.kept.gone),
        (1, 1, 1)
    );
    assert_eq!((next.rows, next.written), (730, 3));
    assert_eq!(world.rows().await, as_they_are(&world.double, false));
}

#[tokio::test]
async fn a_failure_after_any_call_loses_nothing() {
    // Five calls are a run of one page, and with threads forty are a run of some threads.
    let rows = [5, 6, 7, 8].map(|after| (after, false));
    let threads = [40, 41, 100, 333].map(|after| (after, true));
    for (after, with_threads) in rows.into_iter().chain(threads) {
        let mut world = World::over(Double::of(500)).await;
        world.threads = with_threads;
        let mut runs = 0;
        loop {
            world.double.fails_after.store(after, Ordering::Relaxed);
            runs += 1;
            match world.run().await {
                Ok(_) => break,
                Err(error) => assert!(error.to_string().contains("told to fail"), "{error}"),
            }
            assert!(runs < 600, "after {after} calls there is no progress");
        }
        assert_eq!(
            world.rows().await,
            as_they_are(&world.double, with_threads),
            "after {after}"
        );
        assert_eq!(
            world.archive.count("conversations").await.unwrap(),
            (500, 0)
        );
    }
}

#[tokio::test]
async fn a_failure_after_any_file_loses_nothing() {
    for after in 0..8 {
        let world = World::over(Double::of(650)).await;
        world.shelf.fails_after.store(after, Ordering::Relaxed);
        let failed = world.run().await;
        assert_eq!(failed.is_err(), after < 7, "{after}");
        world.shelf.fails_after.store(-1, Ordering::Relaxed);
        let calls = world.double.calls.load(Ordering::Relaxed);
        let summary = world.run().await.unwrap();
        assert_eq!(summary.kept, Kept::default());
        assert!(world.double.calls.load(Ordering::Relaxed) < calls + 20);
        assert_eq!(
            world.rows().await,
            as_they_are(&world.double, false),
            "after {after}"
        );
        // A file that was written is not written again.
        assert_eq!(world.shelf.puts.load(Ordering::Relaxed), 7);
    }
}

#[tokio::test]
async fn what_changes_while_it_is_read_is_neither_lost_nor_there_twice() {
    for seed in 0..6_u64 {
        println!("seed {seed}");
        let mut world = World::over(Double::of(900)).await;
        world.threads = seed % 2 == 1;
        let mut random = StdRng::seed_from_u64(seed);
        let mut left = 120;
        *world.double.meanwhile.lock().unwrap() = Some(Box::new(move |double, _| {
            if left > 0 && random.random_bool(0.4) {
                left -= 1;
                double.change(random.random_range(1..1_000), "meanwhile");
            }
        }));
        world.run().await.unwrap();
        world.double.meanwhile.lock().unwrap().take();
        // What changed while its own thread was read is caught by the next run.
        world.run().await.unwrap();
        assert_eq!(
            world.rows().await,
            as_they_are(&world.double, world.threads)
        );
    }
}

#[tokio::test]
async fn threads_are_read_once_a_change() {
    let mut world = World::over(Double::of(200)).await;
    world.run().await.unwrap();
    assert_eq!(world.double.threads_read.load(Ordering::Relaxed), 0);
    // Threads may be asked for later, and are then never dropped again.
    world.threads = true;
    assert_eq!(world.run().await.unwrap().kept.changed, 200);
    world.threads = false;
    world.double.change(7, "more");
    world.run().await.unwrap();
    assert_eq!(world.double.threads_read.load(Ordering::Relaxed), 201);
    assert_eq!(world.rows().await, as_they_are(&world.double, true));
}

#[tokio::test]
async fn a_dataset_without_changes_is_walked_and_a_full_run_asks_for_what_it_missed() {
    let mut world = World::over(Double::of(320)).await;
    world.dataset = Dataset::Articles;
    assert_eq!(world.run().await.unwrap().rows, 320);
    world.double.change(3, "again");
    let next = world.run().await.unwrap();
    assert_eq!((next.kept.changed, next.written), (1, 1));
    // What a walk does not meet is asked for by itself, and only Intercom's own "not found" buries it.
    world.double.objects.lock().unwrap().remove(&9);
    let error = world.run().await.unwrap_err().to_string();
    assert!(error.contains("9 is gone"), "{error}");

    let mut world = World::over(Double::of(320)).await;
    world.run().await.unwrap();
    world.full = true;
    world.double.fails_after.store(5, Ordering::Relaxed);
    world.run().await.unwrap_err();
    world.double.fails_after.store(-1, Ordering::Relaxed);
    let walked = world.run().await.unwrap();
    assert_eq!((walked.kept, walked.rows), (Kept::default(), 320));
}

#[tokio::test]
async fn files_that_vanished_are_written_again_and_strangers_of_ours_go() {
    let world = World::over(Double::of(250)).await;
    world.run().await.unwrap();
    world
        .shelf
        .inner
        .delete(&Path::from("out/conversations/part-00002.jsonl"))
        .await
        .unwrap();
    for stranger in ["part-00009.jsonl", "notes.txt"] {
        world
            .shelf
            .inner
            .put(&Path::from("out/conversations").join(stranger), "x".into())
            .await
            .unwrap();
    }
    assert_eq!(world.run().await.unwrap().written, 1);
    let names: Vec<String> = world.files().await.into_keys().collect();
    let names: Vec<&str> = names
        .iter()
        .filter_map(|name| name.rsplit('/').next())
        .collect();
    assert_eq!(
        names,
        [
            "notes.txt",
            "part-00001.jsonl",
            "part-00002.jsonl",
            "part-00003.jsonl"
        ]
    );
}

#[tokio::test]
async fn tables_hold_a_row_an_object() {
    for format in [Format::Csv, Format::Parquet] {
        let mut world = World::over(Double::of(30)).await;
        world.format = format;
        assert_eq!(world.run().await.unwrap().files, 1);
        let files = world.files().await;
        let text = &files[&format!("out/conversations/part-00001.{}", format.extension())];
        if format == Format::Csv {
            assert!(
                text.starts_with("id,created_at,updated_at,state,"),
                "{text}"
            );
            // Two line breaks a row: the title has one of its own.
            assert_eq!(text.matches("\r\n").count(), 31);
            assert!(text.contains("\"first, \"\"7\"\"\n\""), "{text}");
            assert!(text.contains(",2026-09-21T14:13:20Z,"), "{text}");
        } else {
            assert!(text.starts_with("PAR1") && text.ends_with("PAR1"));
        }
    }
}
