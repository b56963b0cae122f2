//! The execution of a plan: item by item, each looked at before and after, none written twice.

use super::plan::{Fate, Item, Plan};
use super::{account, plans::LIFE, undo};
use crate::shape;
use crate::tools::Arguments;
use crate::{CallError, ToolResult, context::Context};
use futures_util::{StreamExt, stream};
use intercom::{Certainty, Error};
use serde_json::Value;
use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

/// Items under way at a time.
const AT_ONCE: usize = 4;
/// How long a call begins new items where its caller hears no progress: many clients give up after a minute.
const PATIENCE: Duration = Duration::from_secs(40);

/// Carries out the plan of a token, or goes on with it.
pub(super) async fn run(
    context: &Context<'_>,
    token: &str,
    given: &Arguments,
) -> Result<ToolResult, CallError> {
    let plan = context.plans.find(token, context.who)?;
    check(context, &plan, given)?;
    let Some(_running) = plan.begin() else {
        return Err(CallError::Refused(
            "Another call carries this plan out right now: wait for its answer".into(),
        ));
    };
    plan.extend(LIFE);
    let stopped = all(context, &plan).await;
    plan.extend(LIFE);
    let undo = undo::offer(context, &plan);
    Ok(shape::both(account::of_execution(&plan, stopped, undo)))
}

/// A token is good for its own tool and workspace, alone or with the arguments of its dry run.
fn check(context: &Context<'_>, plan: &Plan, given: &Arguments) -> Result<(), CallError> {
    if plan.owner.tool != context.permit.tool() {
        return Err(context.bad(format!(
            "`token` is of `{}`, and good for that tool alone",
            plan.owner.tool
        )));
    }
    if plan.owner.connection != context.connection.id {
        return Err(context.bad("`token` is of another workspace: run the dry run again"));
    }
    let mut others = given.clone();
    others.shift_remove("token");
    if !others.is_empty() && others != plan.arguments {
        return Err(context.bad(
            "the other arguments are not those of the dry run: give `token` alone, or run the dry run again with the new arguments",
        ));
    }
    Ok(())
}

/// Works through what is open; the answer is why it stopped before the end.
async fn all(context: &Context<'_>, plan: &Plan) -> Option<String> {
    let open = plan.open();
    let total = open.len() as u64;
    let begun = Instant::now();
    let stopped: OnceLock<String> = OnceLock::new();
    let settled = std::sync::atomic::AtomicU64::new(0);
    stream::iter(open)
        .for_each_concurrent(AT_ONCE, |index| {
            let (stopped, settled) = (&stopped, &settled);
            async move {
                let tired = context.progress.is_none() && begun.elapsed() > PATIENCE;
                if stopped.get().is_some() || tired {
                    return;
                }
                if let Err(reason) = one(context, plan, index).await {
                    // The first reason is as good as the second.
                    let _ = stopped.set(reason);
                    return;
                }
                let done = settled.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
                context.report(done, Some(total), &plan.title);
            }
        })
        .await;
    stopped.into_inner()
}

/// Settles one item; fails with the reason why the others would fare no better.
async fn one(context: &Context<'_>, plan: &Plan, index: usize) -> Result<(), String> {
    let item = plan.item(index);
    let standing = match look(context, &item).await {
        Ok(standing) => standing,
        Err(error) if is_general(&error) => return Err(error.to_string()),
        Err(error) => {
            let fate = match item.fate {
                Fate::UnderWay => Fate::Uncertain(how_to_check(&item)),
                _ => Fate::Failed(error.to_string()),
            };
            plan.settle(index, fate, None);
            return Ok(());
        }
    };
    if item.fate == Fate::UnderWay {
        // An earlier call was cut off in the middle of this write. It is looked for, and never sent again.
        plan.settle(index, seen(&item, &standing), Some(standing));
        return Ok(());
    }
    if item.change.is_met(&standing) {
        plan.settle(index, Fate::Skipped("it is so already".into()), None);
        return Ok(());
    }
    if standing != item.before {
        let changed = format!(
            "changed since: it was {}, and is {}",
            item.change.told(&item.before, &plan.names),
            item.change.told(&standing, &plan.names)
        );
        plan.settle(index, Fate::Skipped(changed), None);
        return Ok(());
    }
    write(context, plan, index, &item).await
}

async fn write(
    context: &Context<'_>,
    plan: &Plan,
    index: usize,
    item: &Item,
) -> Result<(), String> {
    let (single, given) = item.change.as_tool(&item.id);
    if let Some(tool) = context.registry.get(single) {
        match context.part(tool, &given).await {
            Ok(()) => {}
            Err(error @ CallError::Denied { .. }) => {
                plan.settle(index, Fate::Failed(error.to_string()), None);
                return Ok(());
            }
            Err(error) => return Err(error.to_string()),
        }
    }
    let (operation, arguments) = item.change.writing(&item.id);
    plan.settle(index, Fate::UnderWay, None);
    let outcome = context.operation(operation, arguments).await;
    match outcome {
        Ok(_) => match look(context, item).await {
            Ok(standing) if item.change.is_met(&standing) => {
                plan.settle(index, Fate::Done, Some(standing));
            }
            Ok(standing) => {
                let found = item.change.told(&standing, &plan.names);
                let fate = Fate::Failed(format!("Intercom accepted it, but it is {found}"));
                plan.settle(index, fate, Some(standing));
            }
            // Intercom said yes, which is enough; without a look it cannot be taken back safely.
            Err(_) => plan.settle(index, Fate::Done, None),
        },
        Err(error) if error.certainty() == Certainty::MaybeDone => {
            let Ok(standing) = look(context, item).await else {
                plan.settle(index, Fate::Uncertain(how_to_check(item)), None);
                return Err(error.to_string());
            };
            let fate = seen(item, &standing);
            let is_lost = fate != Fate::Done;
            plan.settle(index, fate, Some(standing));
            if is_lost {
                return Err(error.to_string());
            }
        }
        Err(error) if is_general(&error) => {
            plan.settle(index, Fate::Waiting, None);
            return Err(error.to_string());
        }
        Err(error) => plan.settle(index, Fate::Failed(error.to_string()), None),
    }
    Ok(())
}

/// How the object stands now.
async fn look(context: &Context<'_>, item: &Item) -> Result<Value, CallError> {
    let (operation, arguments) = item.change.reading(&item.id);
    let found = context.operation(operation, arguments).await?.body;
    Ok(item.change.standing(&found))
}

/// What becomes of a write whose answer was lost, by what is seen now.
fn seen(item: &Item, standing: &Value) -> Fate {
    if item.change.is_met(standing) {
        Fate::Done
    } else {
        Fate::Uncertain(how_to_check(item))
    }
}

fn how_to_check(item: &Item) -> String {
    let (reading, arguments) = item.change.reading(&item.id);
    format!(
        "the answer was lost, and the change is not to be seen; it may still come: look with {reading} {} before you repeat it",
        Value::Object(arguments)
    )
}

/// Whether an error is about the workspace or the way to it, so that the next item would meet it, too.
fn is_general(error: &CallError) -> bool {
    match error {
        CallError::Intercom(error) => !matches!(
            error,
            Error::NotFound(_)
                | Error::Gone { .. }
                | Error::Conflict(_)
                | Error::Invalid(_)
                | Error::Forbidden(_)
                | Error::TooLarge { .. }
        ),
        CallError::NotFound { .. } => false,
        _ => true,
    }
}
