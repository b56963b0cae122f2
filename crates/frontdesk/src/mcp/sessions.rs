//! The sessions of clients from before 2026-07-28: who they are, what they have running, and when they are forgotten.

use rmcp::{model::RequestId, transport::streamable_http_server::SessionId};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// A session nobody used for this long is closed.
const IDLE: Duration = Duration::from_mins(30);
/// The most sessions of one principal; beyond it the one idle longest is closed.
const MOST: usize = 256;

/// The sessions of one principal.
#[derive(Default)]
pub(super) struct Sessions {
    visits: Mutex<HashMap<SessionId, Visit>>,
}

struct Visit {
    client: Option<Arc<str>>,
    seen: Instant,
    calls: HashMap<RequestId, CancellationToken>,
}

/// A call that runs in a session; forgotten when dropped.
pub(super) struct InFlight<'a> {
    sessions: &'a Sessions,
    session: SessionId,
    request: RequestId,
    /// The client's name.
    pub(super) client: Option<Arc<str>>,
    /// Fires when the client cancels the call.
    pub(super) cancel: CancellationToken,
}

impl Sessions {
    /// Remembers a new session; answers those that are to be closed for it.
    pub(super) fn open(&self, id: SessionId, client: Option<String>) -> Vec<SessionId> {
        let now = Instant::now();
        let mut visits = self.lock();
        let mut stale: Vec<SessionId> = visits
            .iter()
            .filter(|(_, visit)| visit.calls.is_empty() && now - visit.seen > IDLE)
            .map(|(id, _)| Arc::clone(id))
            .collect();
        if visits.len() - stale.len() >= MOST {
            let oldest = visits
                .iter()
                .filter(|(_, visit)| visit.calls.is_empty())
                .min_by_key(|(_, visit)| visit.seen)
                .map(|(id, _)| Arc::clone(id));
            stale.extend(oldest);
        }
        for id in &stale {
            visits.remove(id);
        }
        let visit = Visit {
            client: client.map(Into::into),
            seen: now,
            calls: HashMap::new(),
        };
        visits.insert(id, visit);
        stale
    }

    /// Whether the session is there; it counts as used.
    pub(super) fn touch(&self, id: &str) -> bool {
        let mut visits = self.lock();
        let visit = visits.get_mut(id);
        visit.map(|visit| visit.seen = Instant::now()).is_some()
    }

    /// Begins a call in a session.
    pub(super) fn begin(&self, id: &str, request: &RequestId) -> Option<InFlight<'_>> {
        let mut visits = self.lock();
        let session = Arc::clone(visits.get_key_value(id)?.0);
        let visit = visits.get_mut(id)?;
        visit.seen = Instant::now();
        let cancel = CancellationToken::new();
        visit.calls.insert(request.clone(), cancel.clone());
        Some(InFlight {
            sessions: self,
            session,
            request: request.clone(),
            client: visit.client.clone(),
            cancel,
        })
    }

    /// Cancels a call of a session.
    pub(super) fn cancel(&self, id: &str, request: &RequestId) {
        if let Some(call) = self
            .lock()
            .get(id)
            .and_then(|visit| visit.calls.get(request))
        {
            call.cancel();
        }
    }

    /// Forgets a session, and cancels what runs in it.
    pub(super) fn close(&self, id: &str) {
        if let Some(visit) = self.lock().remove(id) {
            for call in visit.calls.values() {
                call.cancel();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Visit>> {
        self.visits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if let Some(visit) = self.sessions.lock().get_mut(&self.session) {
            visit.calls.remove(&self.request);
            visit.seen = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_never_more_than_so_many_sessions() {
        let sessions = Sessions::default();
        let mut closed = Vec::new();
        for number in 0..MOST + 3 {
            closed.extend(sessions.open(number.to_string().into(), None));
        }
        assert_eq!(closed.len(), 3);
        assert_eq!(sessions.lock().len(), MOST);
        assert!(closed.iter().all(|id| !sessions.touch(id)));
    }

    #[test]
    fn calls_are_cancelled_by_their_id_and_forgotten_when_done() {
        let sessions = Sessions::default();
        sessions.open("s".into(), Some("client/1".into()));
        let id = RequestId::Number(7);
        let call = sessions.begin("s", &id).unwrap();
        assert_eq!(call.client.as_deref(), Some("client/1"));
        sessions.cancel("s", &RequestId::Number(8));
        sessions.cancel("other", &id);
        assert!(!call.cancel.is_cancelled());
        sessions.cancel("s", &id);
        assert!(call.cancel.is_cancelled());
        drop(call);
        assert!(sessions.lock()["s"].calls.is_empty());
        assert!(sessions.begin("other", &id).is_none());
    }
}
