//! Who is calling, and through which endpoint.

use crate::{EndpointId, Narrowing};
use std::fmt;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// The identifier of that text.
            pub fn new(text: &str) -> Self {
                Self(text.into())
            }

            /// Its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(crate) use identifier;

identifier! {
    /// The unit of isolation: one customer of the deployment.
    TenantId
}
identifier! {
    /// A person of a tenant, by the tenant's own identifier.
    UserId
}

/// An authenticated caller. Authentication makes it; nothing else may.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Principal {
    /// Whose data it may touch.
    pub tenant: TenantId,
    /// The person it acts for, where one is known.
    pub user: Option<UserId>,
    /// The scoped MCP server it came in by.
    pub endpoint: EndpointId,
    /// What its request asked to be kept to.
    pub narrowed: Option<Narrowing>,
}
