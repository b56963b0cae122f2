//! One connection's upstream.

use crate::{BaseUrl, Budget};
use catalog::ApiVersion;
use std::sync::Arc;

/// One connection's upstream: where it is, which API version it is asked in, and what may be sent to it.
#[derive(Clone, Debug)]
pub struct Account {
    /// The API's address.
    pub base: BaseUrl,
    /// The version asked for; an operation that is newer is asked for in its first version.
    pub version: ApiVersion,
    /// The allowance that all calls of this connection share.
    pub budget: Arc<Budget>,
}

impl Account {
    /// An upstream with a fresh budget and the default version.
    pub fn new(base: impl Into<BaseUrl>) -> Self {
        Self {
            base: base.into(),
            version: ApiVersion::default(),
            budget: Arc::default(),
        }
    }
}
