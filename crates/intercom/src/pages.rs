//! Lists to the end: one page that is sure to be one, and a stream of all items.

use crate::{CursorError, Error, PageCursor, PageOf, Request, Response, Urgency};
use catalog::Operation;
use futures_util::stream::{self, Stream};
use serde_json::Value;
use std::{collections::VecDeque, time::Duration};

/// How often in a row a scroll is begun anew before its error is told.
const MAX_RESTARTS: u32 = 3;
/// How long another scroll is waited for, and how often it is looked at: it dies after a minute without calls.
const SCROLL_PATIENCE: Duration = Duration::from_secs(75);
const SCROLL_LOOK: Duration = Duration::from_secs(5);

/// The pages of one list, read through whatever sends its requests.
pub struct Pages<'a> {
    operation: &'a Operation,
    request: Request,
    limit: Option<u32>,
}

/// Why a list has no next page.
#[derive(Debug, thiserror::Error)]
pub enum PageError<E> {
    /// The cursor cannot be resumed.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// The call failed.
    #[error(transparent)]
    Call(E),
}

/// An error that may be this crate's.
pub trait Upstream {
    /// This crate's error in it.
    fn upstream(&self) -> Option<&Error>;
}

impl Upstream for Error {
    fn upstream(&self) -> Option<&Error> {
        Some(self)
    }
}

impl<'a> Pages<'a> {
    /// The pages of a list, made of its request without paging; `limit` is the page size wished for.
    pub fn new(operation: &'a Operation, request: Request, limit: Option<u32>) -> Self {
        Self {
            operation,
            request,
            limit,
        }
    }

    /// One page: the first, or the one that a cursor names. A scroll that died is begun anew and read on to the place.
    pub async fn page<E, S, F>(
        &self,
        cursor: Option<&str>,
        mut send: S,
    ) -> Result<PageOf, PageError<E>>
    where
        E: Upstream,
        S: FnMut(Request) -> F,
        F: Future<Output = Result<Response, E>>,
    {
        let mut cursor = PageCursor::resume(self.operation, self.limit, cursor)?;
        let mut restarts = 0;
        loop {
            let mut request = self.request.clone();
            cursor.apply(&mut request);
            match send(request).await {
                Ok(response) => {
                    let page = cursor.page_of(self.operation, response.body);
                    match page.next.as_deref().filter(|_| page.items.is_empty()) {
                        // Nothing new on it: a scroll on its way back, or a page that Intercom filtered empty.
                        Some(next) => {
                            cursor = PageCursor::resume(self.operation, self.limit, Some(next))?;
                        }
                        None => return Ok(page),
                    }
                }
                Err(error) => {
                    let revived = error
                        .upstream()
                        .filter(|_| restarts < MAX_RESTARTS)
                        .and_then(|error| cursor.revive(error));
                    cursor = revived.ok_or(PageError::Call(error))?;
                    restarts += 1;
                }
            }
        }
    }

    /// All items to the end of the list, as bulk work, in pages as large as allowed unless a limit was given.
    /// Ends after the first error. A scroll that is busy is waited for.
    pub fn stream<E, S, F>(mut self, send: S) -> impl Stream<Item = Result<Value, PageError<E>>>
    where
        E: Upstream,
        S: FnMut(Request) -> F,
        F: Future<Output = Result<Response, E>>,
    {
        self.request.urgency = Urgency::Bulk;
        self.limit = self.limit.or(self.operation.page_max());
        let walk = Walk {
            pages: self,
            send,
            items: VecDeque::new(),
            next: Next::First,
        };
        stream::try_unfold(walk, |mut walk| async move {
            while walk.items.is_empty() {
                let cursor = match std::mem::replace(&mut walk.next, Next::End) {
                    Next::First => None,
                    Next::At(cursor) => Some(cursor),
                    Next::End => return Ok(None),
                };
                let page = walk.page(cursor.as_deref()).await?;
                walk.items = page.items.into();
                walk.next = page.next.map_or(Next::End, Next::At);
            }
            Ok(walk.items.pop_front().map(|item| (item, walk)))
        })
    }
}

enum Next {
    First,
    At(String),
    End,
}

struct Walk<'a, S> {
    pages: Pages<'a>,
    send: S,
    items: VecDeque<Value>,
    next: Next,
}

impl<S> Walk<'_, S> {
    /// A page, however long another scroll keeps it waiting.
    async fn page<E, F>(&mut self, cursor: Option<&str>) -> Result<PageOf, PageError<E>>
    where
        E: Upstream,
        S: FnMut(Request) -> F,
        F: Future<Output = Result<Response, E>>,
    {
        let mut waited = Duration::ZERO;
        loop {
            match self.pages.page(cursor, &mut self.send).await {
                Err(PageError::Call(error)) if waited < SCROLL_PATIENCE && is_busy(&error) => {
                    tokio::time::sleep(SCROLL_LOOK).await;
                    waited += SCROLL_LOOK;
                }
                result => return result,
            }
        }
    }
}

fn is_busy(error: &impl Upstream) -> bool {
    matches!(error.upstream(), Some(Error::ScrollBusy(_)))
}

#[cfg(test)]
mod tests;
