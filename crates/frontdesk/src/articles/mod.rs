//! The help center as a folder of Markdown files, and the way back.
//!
//! A file carries the mark of what it was when it was written. Against that mark each side is seen to be edited or not,
//! so that only one side's edits are ever carried over; where both were edited, both are left alone.

pub(crate) mod compare;
pub(crate) mod document;
pub(crate) mod folder;
mod html;
mod markdown;
pub(crate) mod remote;
