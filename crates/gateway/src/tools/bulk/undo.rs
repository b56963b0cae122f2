//! Taking back what a plan did: the inverse of each change, for what still stands as the plan left it.

use super::plan::{Fate, Item, Plan};
use super::plans::UNDO_LIFE;
use crate::context::Context;
use serde_json::{Value, json};

/// A token that takes back what the plan changed so far; none where there is nothing, or the plan is itself an undo.
pub(super) fn offer(context: &Context<'_>, plan: &Plan) -> Option<Value> {
    let items: Vec<Item> = if plan.undoes {
        Vec::new()
    } else {
        plan.items()
            .iter()
            .filter_map(|item| turned(item, plan))
            .collect()
    };
    if items.is_empty() {
        return None;
    }
    let count = items.len();
    let title = format!("Undo for {count} of: {}", plan.title);
    let back = Plan::new(plan.owner.clone(), plan.arguments.clone(), title, items)
        .naming(plan.names.clone())
        .undoing();
    let token = context.plans.keep(back, UNDO_LIFE);
    if let Some(older) = plan.put_undo(token.clone()) {
        context.plans.forget(&older);
    }
    Some(json!({"token": token, "items": count}))
}

/// The item of the undo: what was in fact changed, as it was seen after the change.
fn turned(item: &Item, plan: &Plan) -> Option<Item> {
    let after = item.after.as_ref().filter(|after| **after != item.before)?;
    let change = item.change.inverse(&item.before, &plan.names);
    Some(Item {
        id: item.id.clone(),
        change,
        before: after.clone(),
        after: None,
        fate: Fate::Waiting,
    })
}
