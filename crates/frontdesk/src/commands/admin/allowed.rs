//! What an endpoint allows, as flags: to make one, and to change one.

use super::controls::Controls;
use crate::{Error, tenants::EndpointSettings};
use catalog::Risk;
use clap::{Args, builder::PossibleValuesParser};
use gateway::{Mode, Unconfirmed};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// What an endpoint allows. What is not given stays as it is, or as it usually is.
#[derive(Debug, Default, Args)]
pub(super) struct Allowed {
    /// Toolsets to list, separated by commas; of a new endpoint, inbox
    #[arg(long, value_delimiter = ',')]
    toolsets: Vec<String>,
    /// The worst a call may do: read, write or destructive; of a new endpoint, write
    #[arg(long, value_parser = word::<Risk>)]
    ceiling: Option<Risk>,
    /// The only tools there are, separated by commas; nothing for all
    #[arg(long, value_delimiter = ',')]
    allow: Vec<String>,
    /// Tools that are not there, separated by commas; nothing for none
    #[arg(long, value_delimiter = ',')]
    deny: Vec<String>,
    /// Let search_tools and call_tool reach what is not listed
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    open_ended: Option<bool>,
    /// List only the tools that find, explain and call all others
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    meta: Option<bool>,
    /// Speak as another server does: official, dunia, gantz, scalekit or truto; none for our own names
    #[arg(long, value_parser = PossibleValuesParser::new(catalog::Dialect::names().chain(["none"])))]
    dialect: Option<String>,
    /// What becomes of a destructive call when its user cannot be asked: allow or deny
    #[arg(long, value_parser = word::<Unconfirmed>)]
    unconfirmed: Option<Unconfirmed>,
    /// Let the tenant's people sign in to it by themselves, though one connection serves all
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    sign_in: Option<bool>,
    #[command(flatten)]
    controls: Controls,
}

impl Allowed {
    /// Puts what was given in the place of what was set.
    pub(super) fn apply(self, settings: &mut EndpointSettings) -> Result<(), Error> {
        for (given, set) in [
            (self.toolsets, &mut settings.toolsets),
            (self.allow, &mut settings.allow),
            (self.deny, &mut settings.deny),
        ] {
            if !given.is_empty() {
                *set = given.into_iter().filter(|name| name != "nothing").collect();
            }
        }
        settings.ceiling = self.ceiling.unwrap_or(settings.ceiling);
        settings.open_ended = self.open_ended.unwrap_or(settings.open_ended);
        settings.unconfirmed = self.unconfirmed.unwrap_or(settings.unconfirmed);
        settings.sign_in = self.sign_in.unwrap_or(settings.sign_in);
        if let Some(meta) = self.meta {
            settings.mode = if meta { Mode::Meta } else { Mode::Tools };
        }
        if let Some(dialect) = self.dialect {
            settings.dialect = Some(dialect).filter(|name| name != "none");
        }
        self.controls.apply(settings)
    }

    /// What goes on record of it.
    pub(super) fn told(&self) -> Value {
        let list = |names: &[String]| (!names.is_empty()).then(|| names.to_vec());
        json!({
            "toolsets": list(&self.toolsets),
            "ceiling": self.ceiling,
            "allow": list(&self.allow),
            "deny": list(&self.deny),
            "open_ended": self.open_ended,
            "mode": self.meta.map(|meta| if meta { Mode::Meta } else { Mode::Tools }),
            "dialect": self.dialect,
            "unconfirmed": self.unconfirmed,
            "sign_in": self.sign_in,
        })
    }
}

/// A choice by its word in the API.
fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        allowed: Allowed,
    }

    #[test]
    fn flags_change_what_they_name_and_nothing_else() {
        let with = |settings: &EndpointSettings, flags: &str| {
            let line = Line::try_parse_from(["x"].into_iter().chain(flags.split_whitespace()));
            let mut settings = settings.clone();
            let applied = line.map_err(|error| error.to_string()).and_then(|line| {
                let applied = line.allowed.apply(&mut settings);
                applied.map_err(|error| error.to_string())
            });
            applied.map(|()| settings)
        };
        let usual = EndpointSettings::default();
        assert_eq!(with(&usual, "").unwrap(), usual);
        let all = "--toolsets all --ceiling read --allow a,b --deny c --open-ended --meta --dialect truto \
                   --unconfirmed allow --sign-in --mask email";
        let set = with(&usual, all).unwrap();
        let expected = json!({"ceiling": "read", "toolsets": ["all"], "allow": ["a", "b"], "deny": ["c"],
            "open_ended": true, "dialect": "truto", "unconfirmed": "allow", "sign_in": true, "mode": "meta"});
        let told = serde_json::to_value(&set).unwrap();
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&told[name], value, "{name}");
        }
        assert!(set.mask.email);
        assert_eq!(with(&set, "").unwrap(), set);
        let back = "--toolsets inbox --ceiling write --allow nothing --deny nothing --open-ended=false --meta=false \
                    --dialect none --unconfirmed deny --sign-in=false --mask nothing";
        assert_eq!(with(&set, back).unwrap(), usual);
        for wrong in [
            "--ceiling worst",
            "--dialect klingon",
            "--unconfirmed maybe",
        ] {
            assert!(with(&usual, wrong).is_err(), "{wrong}");
        }
    }
}
