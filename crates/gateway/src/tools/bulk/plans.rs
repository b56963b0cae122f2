//! The plans that dry runs made, by token: in this process's memory, bounded, for a while.

use super::plan::Plan;
use crate::{CallError, Principal, tools::Arguments};
use indexmap::IndexMap;
use serde_json::Value;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How long a plan waits to be begun or gone on with.
pub(super) const LIFE: Duration = Duration::from_mins(15);
/// How long what was done can be taken back.
pub(super) const UNDO_LIFE: Duration = Duration::from_hours(1);
/// Plans that are kept of one caller, and of all.
const EACH: usize = 16;
const ALL: usize = 1_024;
/// What is said of a token that nothing is known of. Whose it may be is not told.
const GONE: &str = "This token is unknown or too old: a dry run's lasts 15 minutes, an undo's an hour, and none outlives a restart of Frontdesk. Run the dry run again, without `token`.";

/// Plans by token.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    plans: Mutex<IndexMap<String, Arc<Plan>>>,
}

impl Plans {
    /// Keeps a plan and answers its token; the oldest of the same caller makes room for it.
    pub(super) fn keep(&self, plan: Plan, life: Duration) -> String {
        let token = format!("{:032x}", rand::random::<u128>());
        plan.extend(life);
        let plan = Arc::new(plan);
        let mut plans = self.lock();
        plans.retain(|_, plan| !plan.is_over());
        let own = |other: &Plan| other.owner.principal == plan.owner.principal;
        let of_caller = plans.values().filter(|other| own(other)).count();
        if of_caller >= EACH {
            drop_oldest(&mut plans, own);
        } else if plans.len() >= ALL {
            drop_oldest(&mut plans, |_| true);
        }
        plans.insert(token.clone(), plan);
        token
    }

    /// Forgets a plan.
    pub(super) fn forget(&self, token: &str) {
        self.lock().shift_remove(token);
    }

    /// The plan of a token, for the caller who made it.
    pub(super) fn find(&self, token: &str, who: &Principal) -> Result<Arc<Plan>, CallError> {
        let plan = self.lock().get(token).cloned();
        plan.filter(|plan| plan.owner.principal == *who && !plan.is_over())
            .ok_or_else(|| CallError::Refused(GONE.into()))
    }

    /// The arguments of the dry run that a token stands for; none where there is no token, or none that is known.
    pub(crate) fn frozen(&self, who: &Principal, given: &Arguments) -> Option<Arguments> {
        let token = given.get("token").and_then(Value::as_str)?;
        let mut arguments = self.find(token, who).ok()?.arguments.clone();
        arguments.insert("token".into(), token.into());
        Some(arguments)
    }

    /// The question before a plan is carried out says what the plan does; without a plan there is no question.
    pub(crate) fn asked(&self, error: CallError, who: &Principal, given: &Arguments) -> CallError {
        let token = given.get("token").and_then(Value::as_str);
        match (error, token) {
            (CallError::ConfirmationNeeded { tool, lasting, .. }, Some(token)) => {
                match self.find(token, who) {
                    Ok(plan) => CallError::ConfirmationNeeded {
                        tool,
                        title: plan.title.clone(),
                        lasting,
                    },
                    Err(gone) => gone,
                }
            }
            (other, _) => other,
        }
    }

    fn lock(&self) -> MutexGuard<'_, IndexMap<String, Arc<Plan>>> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops the oldest fitting plan that is not under way.
fn drop_oldest(plans: &mut IndexMap<String, Arc<Plan>>, fits: impl Fn(&Plan) -> bool) {
    let place = plans
        .values()
        .position(|plan| fits(plan) && !plan.is_running());
    if let Some(place) = place {
        plans.shift_remove_index(place);
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::Owner;
    use super::*;
    use crate::{ConnectionId, EndpointId, TenantId};

    fn plan(tenant: &str) -> Plan {
        let owner = Owner {
            principal: who(tenant),
            connection: ConnectionId::new("c"),
            tool: "close_matching_conversations".into(),
        };
        Plan::new(
            owner,
            Arguments::new(),
            "Close 1 conversation".into(),
            Vec::new(),
        )
    }

    fn who(tenant: &str) -> Principal {
        Principal {
            tenant: TenantId::new(tenant),
            user: None,
            endpoint: EndpointId::new("e"),
            narrowed: None,
        }
    }

    #[test]
    fn plans_are_found_by_their_makers_until_they_are_over() {
        let plans = Plans::default();
        let token = plans.keep(plan("a"), LIFE);
        assert!(plans.find(&token, &who("a")).is_ok());
        assert!(plans.find(&token, &who("b")).is_err());
        assert!(plans.find("nonsense", &who("a")).is_err());
        let old = plans.keep(plan("a"), Duration::ZERO);
        assert!(plans.find(&old, &who("a")).is_err());
    }

    #[test]
    fn one_caller_cannot_push_out_another_and_what_runs_stays() {
        let plans = Plans::default();
        let other = plans.keep(plan("b"), LIFE);
        let first = plans.keep(plan("a"), LIFE);
        let running = plans.find(&first, &who("a")).unwrap();
        let held = running.begin().unwrap();
        let second = plans.keep(plan("a"), LIFE);
        for _ in 0..EACH - 1 {
            plans.keep(plan("a"), LIFE);
        }
        assert!(plans.find(&first, &who("a")).is_ok(), "it runs");
        assert!(
            plans.find(&second, &who("a")).is_err(),
            "the oldest that does not run"
        );
        assert!(plans.find(&other, &who("b")).is_ok());
        drop(held);
    }
}
