//! The Intercom sandbox.
