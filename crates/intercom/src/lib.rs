//! The Intercom client.
