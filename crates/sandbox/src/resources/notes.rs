//! Operations on notes.

use crate::call::Handler;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    let _ = operation;
    None
}
