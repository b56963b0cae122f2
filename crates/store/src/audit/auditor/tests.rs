//! On a clock of their own: a log that is behind, and one that stands still.

use super::{Auditor, Log, PATIENCE, ROOM, Told};
use crate::audit::NewEntry;
use futures_util::future::join_all;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

/// A log whose commits take their time, or none end while its gate is shut.
#[derive(Clone)]
struct Slow {
    commit: Duration,
    gate: watch::Sender<bool>,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Slow {
    fn new(commit: Duration) -> Self {
        Self {
            commit,
            gate: watch::Sender::new(true),
            taken: Arc::default(),
        }
    }

    fn taken(&self) -> Vec<String> {
        let mut taken = self.taken.lock().expect("whole").clone();
        taken.sort();
        taken
    }
}

impl Log for Slow {
    async fn append(&self, entries: Vec<(String, NewEntry)>) -> Told {
        sleep(self.commit).await;
        let mut gate = self.gate.subscribe();
        gate.wait_for(|open| *open).await.expect("a gate");
        let events = entries.into_iter().map(|(_, entry)| entry.event_id);
        self.taken.lock().expect("whole").extend(events);
        Ok(())
    }

    async fn append_again(&self, entries: Vec<(String, NewEntry)>) -> Told {
        self.append(entries).await
    }
}

fn event(name: &str, number: usize) -> NewEntry {
    NewEntry {
        event_id: format!("{name} {number:06}"),
        kind: name.to_owned(),
        at: 0,
        call_id: number.to_string(),
        user_id: None,
        endpoint_id: None,
        tool: None,
        outcome: None,
        body: "{}".to_owned(),
    }
}

fn events(names: &[&str], count: usize) -> Vec<String> {
    let all = names.iter().flat_map(|name| {
        let own = (0..count).map(|number| event(name, number).event_id);
        own.collect::<Vec<_>>()
    });
    all.collect()
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_behind_makes_callers_wait_and_refuses_none() {
    let calls = 8 * ROOM;
    let log = Slow::new(PATIENCE / 2);
    let (auditor, task) = Auditor::start_on(log.clone());
    let began = Instant::now();
    let all = (0..calls).map(async |number| {
        match number % 2 {
            0 => auditor.note("acme", event("begin", number)).await?,
            _ => auditor.record("acme", event("begin", number)).await?,
        }
        auditor.note_done("acme", event("finish", number))
    });
    for told in join_all(all).await {
        told.unwrap();
    }
    assert!(began.elapsed() > PATIENCE, "{:?}", began.elapsed());
    drop(auditor);
    task.await.unwrap();
    assert_eq!(log.taken(), events(&["begin", "finish"], calls));
}

#[tokio::test(start_paused = true)]
async fn a_log_that_stands_still_refuses_within_a_second_and_gives_up_no_end() {
    let log = Slow::new(Duration::ZERO);
    log.gate.send_replace(false);
    let (auditor, task) = Auditor::start_on(log.clone());
    for number in 0..ROOM {
        auditor.note("acme", event("begin", number)).await.unwrap();
    }
    let began = Instant::now();
    let late = join_all((0..100).map(async |number| match number % 2 {
        0 => auditor.note("acme", event("late", number)).await,
        _ => auditor.record("acme", event("late", number)).await,
    }));
    assert!(late.await.iter().all(Result::is_err));
    let took = began.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert!(auditor.check().is_err());
    assert!(auditor.note("acme", event("later", 0)).await.is_err());
    assert_eq!(began.elapsed(), took, "the next are refused at once");
    // So many ends of calls can only be there where so many were let in.
    for number in 0..20 * ROOM {
        auditor.note_done("acme", event("finish", number)).unwrap();
    }
    log.gate.send_replace(true);
    auditor.flush().await.unwrap();
    auditor.check().unwrap();
    drop(auditor);
    task.await.unwrap();
    let mut all = events(&["begin"], ROOM);
    all.extend(events(&["finish"], 20 * ROOM));
    assert_eq!(log.taken(), all);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_the_disk_is_refused_when_it_stands_still() {
    let log = Slow::new(Duration::ZERO);
    log.gate.send_replace(false);
    let (auditor, _task) = Auditor::start_on(log.clone());
    let began = Instant::now();
    assert!(auditor.record("acme", event("write", 0)).await.is_err());
    let took = began.elapsed();
    assert!(
        (PATIENCE..Duration::from_secs(1)).contains(&took),
        "{took:?}"
    );
}
