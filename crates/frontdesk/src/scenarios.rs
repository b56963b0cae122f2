//! Scripted customers in the sandbox: what the agent makes of each, by the road that it takes in production.

mod recorder;
mod stage;
mod table;

use crate::Error;
use agent::evaluate::{Bound, Row};
use serde::{Deserialize, Serialize};
use stage::Stage;

/// The scripts, in order.
const SCRIPTS: &str = include_str!("scenarios/customers.yaml");
/// The share of messages that must end as the scripts expect.
const GATE: f32 = 0.95;

/// One customer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    name: String,
    /// The plan they pay for.
    #[serde(default)]
    plan: Option<String>,
    messages: Vec<Message>,
}

/// One message, and what is expected of the turn that it begins.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    says: String,
    /// The outcomes that are right.
    outcome: Vec<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    category: Option<String>,
    /// The title of an article that must be cited.
    #[serde(default)]
    cites: Option<String>,
    /// The team that the conversation must be assigned to.
    #[serde(default)]
    team: Option<String>,
    /// The contact's attribute of that name.
    #[serde(default)]
    churn_risk: Option<String>,
}

/// What became of a message.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Played {
    /// The customer.
    scenario: String,
    /// The outcomes that were expected.
    expected: Vec<String>,
    /// The outcome that came.
    got: String,
    /// Why the agent decided so.
    reason: String,
    /// What else was expected and did not come; empty when all is right.
    misses: Vec<String>,
    /// Sentences of the reply that state facts.
    facts: usize,
    /// Those of them that their cited passage supports.
    grounded: usize,
    /// From the customer's message to the end of the turn.
    millis: u64,
    /// Tokens of a provider.
    tokens: u64,
    /// Dollars of a provider.
    cost: f64,
}

impl Played {
    fn is_right(&self) -> bool {
        self.misses.is_empty() && self.expected.contains(&self.got)
    }
}

/// All that was played.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Scenarios(Vec<Played>);

impl Scenarios {
    /// The figures of the table, for the gate.
    #[expect(
        clippy::cast_precision_loss,
        reason = "some dozens of messages and sentences"
    )]
    pub(crate) fn rows(&self) -> Vec<Row> {
        let share = |part: usize, all: usize| part as f32 / all.max(1) as f32;
        let right = self.0.iter().filter(|one| one.is_right()).count();
        let facts = self.0.iter().map(|one| one.facts).sum();
        let grounded = self.0.iter().map(|one| one.grounded).sum();
        let row = |measure: &str, value: f32, count: usize| {
            Row::new("scripted customers", measure, count, value)
        };
        vec![
            row(
                "messages that end as they should",
                share(right, self.0.len()),
                self.0.len(),
            )
            .goal(Bound::AtLeast(1.0))
            .gate(Bound::AtLeast(GATE)),
            row(
                "sentences that their source supports",
                share(grounded, facts),
                facts,
            )
            .goal(Bound::AtLeast(1.0))
            .gate(Bound::AtLeast(1.0)),
        ]
    }
}

/// Plays all scripts in a sandbox of their own; nothing leaves this machine.
pub(crate) async fn play() -> Result<Scenarios, Error> {
    let scripts: Vec<Script> =
        serde_saphyr::from_str(SCRIPTS).map_err(|error| Error::Build(error.to_string()))?;
    let stage = Stage::open().await?;
    let mut played = Vec::new();
    for script in &scripts {
        let customer = stage.customer(script).await?;
        let mut conversation = None;
        for message in &script.messages {
            let seen = stage
                .say(&customer, &mut conversation, &message.says)
                .await?;
            played.push(judge(script, message, seen));
        }
    }
    stage.close().await;
    Ok(Scenarios(played))
}

/// Holds what was seen against what was expected.
fn judge(script: &Script, message: &Message, seen: stage::Seen) -> Played {
    let mut misses = Vec::new();
    let mut expect = |name: &str, expected: &Option<String>, got: &str| {
        if let Some(expected) = expected
            && expected != got
        {
            misses.push(format!("{name} {expected}, not {got}"));
        }
    };
    expect("reason", &message.reason, &seen.reason);
    expect("category", &message.category, &seen.category);
    expect("team", &message.team, &seen.team);
    expect("churn_risk", &message.churn_risk, &seen.churn_risk);
    if let Some(title) = &message.cites
        && !seen.cited.contains(title)
    {
        misses.push(format!("cites {:?}, not {title}", seen.cited));
    }
    Played {
        scenario: script.name.clone(),
        expected: message.outcome.clone(),
        got: seen.outcome,
        reason: seen.reason,
        misses,
        facts: seen.facts,
        grounded: seen.grounded,
        millis: seen.millis,
        tokens: seen.tokens,
        cost: seen.cost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_twenty_customers_with_expectations() {
        let scripts: Vec<Script> = serde_saphyr::from_str(SCRIPTS).unwrap();
        assert_eq!(scripts.len(), 20);
        for script in &scripts {
            assert!(!script.messages.is_empty(), "{}", script.name);
            for message in &script.messages {
                assert!(!message.outcome.is_empty(), "{}", message.says);
            }
        }
    }

    #[test]
    fn what_was_expected_and_did_not_come_is_told() {
        let script: Script = serde_saphyr::from_str(
            "{name: a, messages: [{says: b, outcome: [answered], team: Billing, cites: Refunds}]}",
        )
        .unwrap();
        let seen = stage::Seen {
            outcome: "answered".into(),
            team: "Technical".into(),
            facts: 2,
            grounded: 1,
            ..stage::Seen::default()
        };
        let played = judge(&script, &script.messages[0], seen);
        assert_eq!(played.misses.len(), 2, "{:?}", played.misses);
        let scenarios = Scenarios(vec![played]);
        let rows = scenarios.rows();
        assert!(rows.iter().all(|row| !row.gate.unwrap().holds(row.value)));
        assert!(
            scenarios
                .to_string()
                .contains("team Billing, not Technical")
        );
    }
}
