//! The person at the desk: reads a conversation, decides whether a human is needed, and answers from the help center.
//! Acts only through `gateway`; never holds a credential of a workspace.
//!
//! The thinking half has no side effects, and takes and gives typed fields alone:
//!
//! ```text
//! View --Mind::read--> Triage --escalation::decide--> Decision
//!                      Find::find -> Passages --escalation::with_found--> Decision
//!                                         Plan --Mind::compose--> Reply
//! ```
//!
//! What a customer writes is data: nothing but the fields of [`Triage`] crosses from reading to acting.
//!
//! The acting half takes deliveries from the queue (`worker.rs`), runs a turn for each that a customer wrote
//! (`turn.rs`), and keeps each step on record before it is done (`journal.rs`).

// The acting half: from a webhook to a plan, and from a plan to calls.
pub mod act;
pub mod approval;
pub mod assist;
pub mod conversation;
pub mod desk;
mod digest;
pub mod event;
pub mod hours;
pub mod journal;
pub mod lease;
mod news;
pub mod reach;
pub mod replay;
pub mod report;
pub mod safety;
pub mod settings;
pub mod sync;
mod think;
pub mod turn;
pub mod worker;

// The thinking half.
pub mod compose;
pub mod embedded;
mod error;
pub mod escalation;
pub mod evaluate;
mod mind;
pub mod providers;
pub mod retrieve;
mod sentiment;
mod triage;
mod view;

pub use compose::{Plan, Reply, Sentence, Tone};
pub use embedded::{Embedded, Encoder};
pub use error::AgentError;
pub use escalation::{Decision, Reason, Rules, Scores, Verdict};
pub use mind::{Answered, Mind, Spent};
pub use retrieve::{Article, Audience, Find, Library, Passage, Query};
pub use sentiment::{Mood, Sentiment};
pub use triage::{Threat, Triage, Urgency};
pub use view::{Person, Said, Speaker, Tenure, View};
