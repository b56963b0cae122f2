//! Pages of lists, and bodies that are checked.

use super::problem::Problem;
use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Query, Request},
};
use http::request::Parts;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema};

/// Which page of a list.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageOf {
    /// Where the page begins: the `next_cursor` of the page before.
    #[serde(default)]
    pub(super) cursor: String,
    /// How many items, 1 to 200.
    #[serde(default = "usual")]
    limit: i64,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T: ToSchema> {
    items: Vec<T>,
    /// Where the next page begins; none on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

impl PageOf {
    /// How many items.
    pub(super) fn limit(&self) -> Result<i64, Problem> {
        if (1..=200).contains(&self.limit) {
            Ok(self.limit)
        } else {
            Err(Problem::bad("`limit` must be from 1 to 200."))
        }
    }
}

impl<T: ToSchema> Page<T> {
    /// Rows that were read, and where to go on when the page is full.
    pub(super) fn new<R>(
        rows: Vec<R>,
        limit: i64,
        place: impl Fn(&R) -> String,
        item: impl Fn(R) -> T,
    ) -> Self {
        let full = i64::try_from(rows.len()).is_ok_and(|count| count == limit);
        let next_cursor = rows.last().filter(|_| full).map(place);
        Self {
            items: rows.into_iter().map(item).collect(),
            next_cursor,
        }
    }

    /// A list that comes whole.
    pub(super) fn whole(items: Vec<T>) -> Self {
        Self {
            items,
            next_cursor: None,
        }
    }
}

fn usual() -> i64 {
    50
}

/// A JSON body; what is wrong with it is a problem.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Json(body) = Json::from_request(request, state).await?;
        Ok(Self(body))
    }
}

/// A query string; what is wrong with it is a problem.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(asked) = Query::from_request_parts(parts, state).await?;
        Ok(Self(asked))
    }
}
