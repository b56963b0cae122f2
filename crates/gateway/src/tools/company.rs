//! A company by name or id, and its people: Intercom's search knows conversations by contact alone.

use super::object;
use crate::{CallError, context::Context, shape};
use serde_json::{Value, json};

/// The most people whose conversations one search takes.
const MOST: usize = 300;
/// People on a page.
const PAGE: u32 = 150;

/// The ids of a company's contacts.
pub(super) async fn people(context: &Context<'_>, wanted: &str) -> Result<Vec<String>, CallError> {
    let id = id(context, wanted.trim()).await?;
    let asked = object(json!({"company_id": id}));
    let mut people = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let page = context
            .page(
                "list_company_contacts",
                asked.clone(),
                Some(PAGE),
                cursor.as_deref(),
            )
            .await?;
        let ids = page.items.iter().filter_map(shape::id_of);
        people.extend(ids.map(std::borrow::Cow::into_owned));
        cursor = page.next;
        if cursor.is_none() {
            return Ok(people);
        }
        if people.len() >= MOST {
            return Err(context.bad(format!(
                "`company`: more than {MOST} people belong to it: search with contact_ids instead"
            )));
        }
    }
}

/// Intercom's id of the company: given as it is, or found by its name or our own id.
async fn id(context: &Context<'_>, wanted: &str) -> Result<String, CallError> {
    let bare = wanted.strip_prefix("company_").unwrap_or(wanted);
    if bare.len() == 24 && bare.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(bare.to_owned());
    }
    for key in ["name", "company_id"] {
        let asked = object(json!({key: wanted}));
        match context.operation("find_companies", asked).await {
            Ok(found) => {
                let listed = found.body.pointer("/data/0").unwrap_or(&Value::Null);
                if let Some(id) = shape::id_of(&found.body).or_else(|| shape::id_of(listed)) {
                    return Ok(id.into_owned());
                }
            }
            Err(CallError::Intercom(intercom::Error::NotFound(_))) => {}
            Err(error) => return Err(error),
        }
    }
    Err(context.bad(format!(
        "`company`: there is none called exactly `{wanted}`; list_companies has their names and ids"
    )))
}
