//! The audit log as a file: JSON lines, appended by one writer thread.

use super::AuditError;
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::{sync::oneshot, time::timeout};

/// How long reads wait for company before they are written.
const GATHER: Duration = Duration::from_millis(10);
/// How long the writer waits before it tries a failed disk again.
const RETRY: Duration = Duration::from_millis(500);
/// How long the disk may take before calls are refused.
const PATIENCE: Duration = Duration::from_millis(900);

/// A file, its writer thread, and the lines that wait for it.
pub(super) struct LogFile {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

impl LogFile {
    /// Appends to a file, which is made with its folders where it is missing.
    pub(super) fn open(path: &Path) -> Result<Self, AuditError> {
        let fault = |error: io::Error| {
            AuditError(format!(
                "cannot open the audit log {}: {error}",
                path.display()
            ))
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(fault)?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(fault)?;
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        let writer = std::thread::Builder::new()
            .name("audit".into())
            .spawn(move || own.write_to(&file))
            .map_err(fault)?;
        Ok(Self {
            shared,
            writer: Some(writer),
        })
    }

    /// Whether lines can be written, as far as the last ones tell.
    pub(super) fn check(&self) -> Result<(), AuditError> {
        self.shared.lock().check()
    }

    /// Adds a line, which is written soon.
    pub(super) fn append(&self, line: &[u8]) -> Result<(), AuditError> {
        self.shared.append(line)
    }

    /// Adds the end of a call, which is written as soon as the log can be.
    pub(super) fn append_end(&self, line: &[u8]) {
        self.shared.push(line);
    }

    /// Adds a line and waits until it is on disk.
    pub(super) async fn append_durably(&self, line: &[u8]) -> Result<(), AuditError> {
        self.shared.append_durably(line).await
    }
}

impl Drop for LogFile {
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.wake.notify_one();
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has nothing left to write.
            let _ = writer.join();
        }
    }
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<u8>,
    waiting: Vec<oneshot::Sender<Result<(), AuditError>>>,
    failure: Option<AuditError>,
    /// Since when a batch is on its way to the disk.
    writing: Option<Instant>,
    closing: bool,
}

impl State {
    fn check(&self) -> Result<(), AuditError> {
        match &self.failure {
            Some(failure) => Err(failure.clone()),
            None if self.writing.is_some_and(|since| since.elapsed() > PATIENCE) => Err(slow()),
            None => Ok(()),
        }
    }
}

fn slow() -> AuditError {
    AuditError("the audit log is too slow".into())
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append(&self, line: &[u8]) -> Result<(), AuditError> {
        self.lock().check()?;
        self.push(line);
        Ok(())
    }

    fn push(&self, line: &[u8]) {
        let mut state = self.lock();
        let asleep = state.lines.is_empty();
        state.lines.extend_from_slice(line);
        drop(state);
        if asleep {
            self.wake.notify_one();
        }
    }

    async fn append_durably(&self, line: &[u8]) -> Result<(), AuditError> {
        let (tell, told) = oneshot::channel();
        {
            let mut state = self.lock();
            state.check()?;
            state.lines.extend_from_slice(line);
            state.waiting.push(tell);
        }
        self.wake.notify_one();
        let told = timeout(PATIENCE, told).await.map_err(|_| slow())?;
        told.unwrap_or_else(|_| Err(AuditError("the audit log's writer has stopped".into())))
    }

    /// The writer thread: gathers lines, writes them, and syncs when someone waits for it.
    fn write_to(&self, mut file: &File) {
        loop {
            let Some((lines, waiting)) = self.next_batch() else {
                return;
            };
            let written = file.write_all(&lines).and_then(|()| {
                if waiting.is_empty() {
                    Ok(())
                } else {
                    file.sync_data()
                }
            });
            let result =
                written.map_err(|error| AuditError(format!("cannot write the audit log: {error}")));
            let mut state = self.lock();
            // At the end there is no later: what the disk does not take is lost, and said so.
            let given_up = result.is_err() && state.closing;
            state.failure = result.as_ref().err().cloned();
            state.writing = None;
            if result.is_err() {
                // What could not be written goes first when the disk is back.
                let newer = std::mem::replace(&mut state.lines, lines);
                state.lines.extend_from_slice(&newer);
            }
            drop(state);
            for waiter in waiting {
                // A waiter that is gone needs no answer.
                let _ = waiter.send(result.clone());
            }
            if given_up {
                tracing::error!("the last lines of the audit log could not be written");
                return;
            }
            if result.is_err() {
                std::thread::sleep(RETRY);
            }
        }
    }

    #[expect(
        clippy::type_complexity,
        reason = "a batch is taken apart at once by its only caller"
    )]
    fn next_batch(&self) -> Option<(Vec<u8>, Vec<oneshot::Sender<Result<(), AuditError>>>)> {
        let idle = |state: &mut State| {
            state.lines.is_empty() && state.waiting.is_empty() && !state.closing
        };
        let alone = |state: &mut State| state.waiting.is_empty() && !state.closing;
        let state = self
            .wake
            .wait_while(self.lock(), idle)
            .unwrap_or_else(PoisonError::into_inner);
        let (mut state, _) = self
            .wake
            .wait_timeout_while(state, GATHER, alone)
            .unwrap_or_else(PoisonError::into_inner);
        if state.closing && state.lines.is_empty() && state.waiting.is_empty() {
            return None;
        }
        state.writing = Some(Instant::now());
        let capacity = state.lines.len();
        Some((
            std::mem::replace(&mut state.lines, Vec::with_capacity(capacity)),
            std::mem::take(&mut state.waiting),
        ))
    }
}
