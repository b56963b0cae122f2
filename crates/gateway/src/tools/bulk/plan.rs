//! What a dry run leaves behind: the changes, frozen, and how far they are.

use super::change::{Change, Label};
use crate::tools::Arguments;
use crate::{ConnectionId, Principal};
use serde_json::Value;
use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Whose plan it is, and of which tool. Nobody else can carry it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// Tenant, user and endpoint.
    pub(crate) principal: Principal,
    /// The workspace that the plan was made in.
    pub(crate) connection: ConnectionId,
    /// The tool that made it.
    pub(crate) tool: String,
}

/// What becomes of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing was done yet.
    Waiting,
    /// A write left, and what it did is not known yet.
    UnderWay,
    /// Changed, and seen to be changed.
    Done,
    /// Left alone, for this reason.
    Skipped(String),
    /// Refused, for this reason.
    Failed(String),
    /// Maybe changed; how to find out.
    Uncertain(String),
}

/// One object to be changed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) change: Change,
    /// How it stood when the plan was made.
    pub(super) before: Value,
    /// How it stood after the change.
    pub(super) after: Option<Value>,
    pub(super) fate: Fate,
}

/// A plan.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) owner: Owner,
    /// The arguments of the dry run.
    pub(super) arguments: Arguments,
    /// What it does, such as `Close 12 conversations`.
    pub(super) title: String,
    /// Names of what ids stand for, for words about the items.
    pub(super) names: Vec<Label>,
    /// Whether it takes another plan back; then there is nothing more to take back.
    pub(super) undoes: bool,
    running: AtomicBool,
    state: Mutex<State>,
}

/// Held while a plan is carried out.
#[derive(Debug)]
pub(super) struct Running<'a>(&'a AtomicBool);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

#[derive(Debug)]
struct State {
    items: Vec<Item>,
    undo: Option<String>,
    expires: Instant,
}

impl Plan {
    /// A plan that nobody has begun.
    pub(super) fn new(owner: Owner, arguments: Arguments, title: String, items: Vec<Item>) -> Self {
        Self {
            owner,
            arguments,
            title,
            names: Vec::new(),
            undoes: false,
            running: AtomicBool::new(false),
            state: Mutex::new(State {
                items,
                undo: None,
                expires: Instant::now(),
            }),
        }
    }

    /// The plan with names of what ids stand for.
    pub(super) fn naming(self, names: Vec<Label>) -> Self {
        Self { names, ..self }
    }

    /// The plan as one that takes another back.
    pub(super) fn undoing(self) -> Self {
        Self {
            undoes: true,
            ..self
        }
    }

    /// Takes the plan in hand; none while somebody else carries it out.
    pub(super) fn begin(&self) -> Option<Running<'_>> {
        let taken = self.running.swap(true, Ordering::AcqRel);
        (!taken).then(|| Running(&self.running))
    }

    /// Whether somebody carries it out.
    pub(super) fn is_running(&self) -> bool {
        self.running.load(Ordering::Acquire)
    }

    /// A copy of all items as they are.
    pub(super) fn items(&self) -> Vec<Item> {
        self.state().items.clone()
    }

    /// A copy of one item as it is.
    pub(super) fn item(&self, index: usize) -> Item {
        self.state().items[index].clone()
    }

    /// The items whose fate is open, in order.
    pub(super) fn open(&self) -> Vec<usize> {
        let is_open = |fate: &Fate| matches!(fate, Fate::Waiting | Fate::UnderWay);
        let state = self.state();
        let items = state.items.iter().enumerate();
        items
            .filter(|(_, item)| is_open(&item.fate))
            .map(|(index, _)| index)
            .collect()
    }

    /// Writes down what became of an item.
    pub(super) fn settle(&self, index: usize, fate: Fate, after: Option<Value>) {
        let item = &mut self.state().items[index];
        item.fate = fate;
        item.after = after.or(item.after.take());
    }

    /// Puts another undo token in the place of the one before, which is answered.
    pub(super) fn put_undo(&self, token: String) -> Option<String> {
        self.state().undo.replace(token)
    }

    /// Lets the plan live that long from now on.
    pub(super) fn extend(&self, life: Duration) {
        self.state().expires = Instant::now() + life;
    }

    /// Whether its time is over; a plan under way has all the time it needs.
    pub(super) fn is_over(&self) -> bool {
        !self.is_running() && self.state().expires <= Instant::now()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
