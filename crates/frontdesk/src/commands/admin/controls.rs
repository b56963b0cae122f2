//! The controls of an endpoint as flags, or from a file.

use crate::{Error, tenants::EndpointSettings};
use clap::Args;
use gateway::{Budgets, ConfirmRules, MaskRules, Rule};
use serde::Deserialize;
use std::{io::Read, path::PathBuf};

/// What is masked, what a person must agree to, how many calls there may be.
#[derive(Debug, Default, Args)]
pub(super) struct Controls {
    /// A YAML or JSON file with `rules`, `mask`, `confirm` and `budgets`, as docs/rules.md tells; - reads it from standard
    /// input
    #[arg(long = "controls", value_name = "FILE")]
    file: Option<PathBuf>,
    /// What is masked in answers: email, phone, card, or nothing
    #[arg(long, value_delimiter = ',')]
    mask: Vec<String>,
    /// Fields, such as custom attributes, that are masked whole, separated by commas
    #[arg(long, value_delimiter = ',')]
    mask_fields: Vec<String>,
    /// What a person must agree to first: tools by name, writes, customer, or nothing
    #[arg(long, value_delimiter = ',')]
    confirm: Vec<String>,
    /// A budget such as calls/day=1000, writes/minute=10 or customer/day=50; may be given again
    #[arg(long = "budget", value_name = "WHAT/SPAN=COUNT")]
    budgets: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FromFile {
    rules: Option<Vec<Rule>>,
    mask: Option<MaskRules>,
    confirm: Option<ConfirmRules>,
    budgets: Option<Budgets>,
}

impl Controls {
    /// Puts what was given in the place of what was set; flags go before the file.
    pub(super) fn apply(&self, settings: &mut EndpointSettings) -> Result<(), Error> {
        if let Some(file) = &self.file {
            let read = read(file)?;
            settings.rules = read.rules.unwrap_or_else(|| settings.rules.clone());
            settings.mask = read.mask.unwrap_or_else(|| settings.mask.clone());
            settings.confirm = read.confirm.unwrap_or_else(|| settings.confirm.clone());
            settings.budgets = read.budgets.unwrap_or(settings.budgets);
        }
        if !self.mask.is_empty() {
            settings.mask = MaskRules {
                fields: std::mem::take(&mut settings.mask.fields),
                ..masked(&self.mask)?
            };
        }
        if !self.mask_fields.is_empty() {
            settings.mask.fields = given(&self.mask_fields);
        }
        if !self.confirm.is_empty() {
            settings.confirm = ConfirmRules::of(given(&self.confirm));
        }
        for budget in &self.budgets {
            set(&mut settings.budgets, budget)?;
        }
        Ok(())
    }
}

fn read(file: &PathBuf) -> Result<FromFile, Error> {
    let fault = |reason: String| Error::Setting {
        place: file.display().to_string(),
        reason,
    };
    let mut text = String::new();
    let got = if file.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(file).map(|read| text = read)
    };
    got.map_err(|error| fault(error.to_string()))?;
    serde_saphyr::from_str(&text).map_err(|error| fault(error.to_string()))
}

/// The names, where `nothing` stands for none.
fn given(names: &[String]) -> Vec<String> {
    let is_name = |name: &&String| *name != "nothing";
    names.iter().filter(is_name).cloned().collect()
}

fn masked(kinds: &[String]) -> Result<MaskRules, Error> {
    let mut rules = MaskRules::default();
    for kind in given(kinds) {
        match kind.as_str() {
            "email" => rules.email = true,
            "phone" => rules.phone = true,
            "card" => rules.card = true,
            other => {
                return Err(Error::Usage(format!(
                    "--mask: `{other}` is not one of email, phone, card, nothing"
                )));
            }
        }
    }
    Ok(rules)
}

fn set(budgets: &mut Budgets, text: &str) -> Result<(), Error> {
    let unclear = || {
        Error::Usage(format!(
            "--budget: `{text}` is not of the form calls/day=1000"
        ))
    };
    let (place, count) = text.split_once('=').ok_or_else(unclear)?;
    let (what, span) = place.split_once('/').ok_or_else(unclear)?;
    let limits = match what {
        "calls" => &mut budgets.calls,
        "writes" => &mut budgets.writes,
        "customer" => &mut budgets.customer,
        _ => return Err(unclear()),
    };
    let limit = match span {
        "minute" => &mut limits.per_minute,
        "day" => &mut limits.per_day,
        _ => return Err(unclear()),
    };
    *limit = match count {
        "none" => None,
        count => Some(count.parse().map_err(|_| unclear())?),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_change_what_they_name_and_nothing_else() {
        let list = |words: &str| words.split(',').map(str::to_owned).collect::<Vec<_>>();
        let mut settings = EndpointSettings::default();
        let flags = Controls {
            mask: list("email,card"),
            mask_fields: list("vat"),
            confirm: list("writes"),
            budgets: list("calls/day=10,customer/minute=1"),
            ..Controls::default()
        };
        flags.apply(&mut settings).unwrap();
        let later = Controls {
            mask: list("nothing"),
            budgets: list("calls/day=none"),
            ..Controls::default()
        };
        later.apply(&mut settings).unwrap();
        let told = serde_json::to_value(&settings).unwrap();
        assert_eq!(told["mask"]["email"], false);
        assert_eq!(told["mask"]["fields"][0], "vat");
        assert_eq!(told["confirm"][0], "writes");
        assert_eq!(settings.budgets.calls.per_day, None);
        assert_eq!(settings.budgets.customer.per_minute, Some(1));
        for (mask, budget) in [
            ("mail", "calls/day=1"),
            ("email", "calls/hour=1"),
            ("email", "calls"),
        ] {
            let wrong = Controls {
                mask: list(mask),
                budgets: list(budget),
                ..Controls::default()
            };
            assert!(wrong.apply(&mut settings).is_err(), "{mask} {budget}");
        }
    }
}
