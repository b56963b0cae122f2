//! The people of a tenant, by the tenant's own identifiers.

use super::{
    Api,
    caller::Developer,
    page::{Asked, Body, Page, PageOf},
    problem::Problem,
};
use axum::{Json, extract::Path};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::UserState;
use utoipa::ToSchema;

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct User {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// `active` or `disabled`.
    state: &'static str,
    /// Milliseconds since 1970.
    created_at: i64,
}

/// What is known of a person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UserFields {
    name: Option<String>,
    email: Option<String>,
    /// `true` ends all that they may do here.
    #[serde(default)]
    disabled: bool,
}

/// A tenant's people
#[utoipa::path(get, path = "/api/v1/users", operation_id = "list_users", params(PageOf),
    responses((status = 200, body = Page<User>), (status = "default", body = Problem)))]
pub(super) async fn list(
    Developer(scope): Developer,
    Asked(page): Asked<PageOf>,
) -> Result<Json<Page<User>>, Problem> {
    let limit = page.limit()?;
    let rows = scope.users(&page.cursor, limit).await?;
    Ok(Json(Page::new(rows, limit, |row| row.id.clone(), shown)))
}

/// One person
#[utoipa::path(get, path = "/api/v1/users/{user}", operation_id = "get_user", params(("user" = String, Path)),
    responses((status = 200, body = User), (status = "default", body = Problem)))]
pub(super) async fn get(
    Developer(scope): Developer,
    Path(id): Path<String>,
) -> Result<Json<User>, Problem> {
    Ok(Json(shown(scope.user(&id).await?)))
}

/// Make a person, or change them
#[utoipa::path(put, path = "/api/v1/users/{user}", operation_id = "put_user", params(("user" = String, Path)),
    request_body = UserFields, responses((status = 200, body = User), (status = "default", body = Problem)))]
pub(super) async fn put(
    Developer(scope): Developer,
    Path(id): Path<String>,
    Body(fields): Body<UserFields>,
) -> Result<Json<User>, Problem> {
    if id.len() > 200 {
        return Err(Problem::bad("a user's id has at most 200 characters."));
    }
    scope.describe().await?;
    let now = store::now();
    let user = store::User {
        id: id.clone(),
        name: fields.name,
        email: fields.email,
        state: if fields.disabled {
            UserState::Disabled
        } else {
            UserState::Active
        },
        created_at: now,
        updated_at: now,
    };
    scope.keep_user(user).await?;
    Ok(Json(shown(scope.user(&id).await?)))
}

/// Delete a person with their sessions
#[utoipa::path(delete, path = "/api/v1/users/{user}", operation_id = "delete_user", params(("user" = String, Path)),
    responses((status = 204), (status = "default", body = Problem)))]
pub(super) async fn delete(
    Developer(scope): Developer,
    axum::extract::State(api): axum::extract::State<Api>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    for connection in scope.connections_of(&id).await? {
        api.tenants
            .disconnect(scope.tenant(), &connection.id)
            .await?;
    }
    scope.delete_user(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(user: store::User) -> User {
    User {
        id: user.id,
        name: user.name,
        email: user.email,
        state: user.state.as_str(),
        created_at: user.created_at,
    }
}
