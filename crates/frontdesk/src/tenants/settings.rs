//! What an endpoint allows, as the store keeps it: JSON, in which what is missing has its usual value.

use catalog::Risk;
use gateway::{
    Arguments, Budgets, ConfirmRules, Controls, MaskRules, Mode, Registry, Rule, RuleSet,
    Unconfirmed,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What an endpoint allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EndpointSettings {
    /// The worst that a call may do.
    pub ceiling: Risk,
    /// The toolsets whose tools are listed.
    pub toolsets: Vec<String>,
    /// Where not empty, the only tools there are.
    pub allow: Vec<String>,
    /// Tools that are not there.
    pub deny: Vec<String>,
    /// Whether tools that are not listed can be found and called.
    pub open_ended: bool,
    /// The other server whose names, arguments and answers its clients use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialect: Option<String>,
    /// What becomes of a destructive call when its user cannot be asked.
    pub unconfirmed: Unconfirmed,
    /// Whether the tenant's people may sign in to it by themselves, where one connection serves all; where each uses
    /// their own, they always may.
    pub sign_in: bool,
    /// Whether the tools of its toolsets are listed, or those that find and call all others.
    pub mode: Mode,
    /// What must be true of calls, and what must not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// What is masked in answers.
    #[serde(skip_serializing_if = "MaskRules::is_empty")]
    pub mask: MaskRules,
    /// What a person must agree to first.
    #[serde(skip_serializing_if = "ConfirmRules::is_empty")]
    pub confirm: ConfirmRules,
    /// How many calls there may be.
    #[serde(skip_serializing_if = "Budgets::is_empty")]
    pub budgets: Budgets,
}

impl EndpointSettings {
    /// The controls that they set; the first thing that is wrong with them is the error, and its place.
    pub(crate) fn controls(&self, registry: &Registry) -> Result<Controls, String> {
        self.confirm.check(registry)?;
        Ok(Controls {
            rules: RuleSet::new(&self.rules, registry)?,
            mask: self.mask.clone(),
            confirm: self.confirm.clone(),
            budgets: self.budgets,
            ..Controls::default()
        })
    }
}

impl Default for EndpointSettings {
    fn default() -> Self {
        Self {
            ceiling: Risk::Write,
            toolsets: vec!["inbox".into()],
            allow: Vec::new(),
            deny: Vec::new(),
            open_ended: false,
            dialect: None,
            unconfirmed: Unconfirmed::Deny,
            sign_in: false,
            mode: Mode::Tools,
            rules: Vec::new(),
            mask: MaskRules::default(),
            confirm: ConfirmRules::default(),
            budgets: Budgets::default(),
        }
    }
}

/// What a tenant's settings say of the arguments in its audit log; none where they say nothing.
pub(crate) fn audit_arguments(settings: &str) -> Option<Arguments> {
    let settings: Value = serde_json::from_str(settings).ok()?;
    let word = settings.pointer("/audit/arguments")?.clone();
    serde_json::from_value(word).ok()
}

/// A tenant's settings, saying this of the arguments in its audit log and else the same.
pub(crate) fn with_audit_arguments(settings: &str, arguments: Arguments) -> String {
    let mut settings: Value = serde_json::from_str(settings).unwrap_or_default();
    if !settings.is_object() {
        settings = json!({});
    }
    if !settings["audit"].is_object() {
        settings["audit"] = json!({});
    }
    settings["audit"]["arguments"] = json!(arguments);
    settings.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_arguments_leaves_the_rest_alone() {
        for (settings, said) in [
            ("{}", None),
            ("no JSON", None),
            (r#"{"audit":{"arguments":"odd"}}"#, None),
            (
                r#"{"audit":{"arguments":"hashed"}}"#,
                Some(Arguments::Hashed),
            ),
        ] {
            assert_eq!(audit_arguments(settings), said, "{settings}");
            let changed = with_audit_arguments(settings, Arguments::Redacted);
            assert_eq!(audit_arguments(&changed), Some(Arguments::Redacted));
        }
        let kept = with_audit_arguments(r#"{"x":1,"audit":{"y":2}}"#, Arguments::Hashed);
        assert_eq!(kept, r#"{"x":1,"audit":{"y":2,"arguments":"hashed"}}"#);
    }
}
