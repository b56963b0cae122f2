//! The kinds of projects, and their files. Configurations are made from the table of settings.

use crate::commands::files::Sheet;
use crate::config::{self, Filled};
use clap::ValueEnum;

/// A kind of project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Template {
    /// A server of many tenants
    Desk,
    /// One workspace for one desktop program
    Desktop,
    /// A support desk for one workspace
    IntercomSupport,
}

/// The version of the image, in texts.
const VERSION: &str = "{VERSION}";

/// Who takes over, by kind of question: the sandbox's teams.
const TEAMS: &str = "
    # Invoices, charges, refunds.
    billing: Billing
    # Who wants to leave.
    cancellation: Billing
    # What does not work, and what is broken.
    technical: Technical
    bug_report: Technical
    # Signing in, changing data; wishes for the product; all the rest.
    account: Technical
    feature_request: Technical
    general_inquiry: Orders & Shipping
    # What is of no kind above, or of one that you add.
    default: Orders & Shipping";

const IGNORED: &str = "\
# Secrets, and what the program keeps.
.env
secrets/
state/
";

impl Template {
    /// Its files.
    pub(super) fn sheets(self) -> Vec<Sheet> {
        let mut sheets = vec![
            Sheet::new("frontdesk.yaml", self.configuration()),
            Sheet::new(".env.example", self.variables()),
            Sheet::new(".gitignore", IGNORED),
            Sheet::new("README.md", self.readme()),
        ];
        match self {
            Self::Desk => {}
            Self::Desktop => sheets.push(Sheet::new(".mcp.json", include_str!("texts/mcp.json"))),
            Self::IntercomSupport => {
                let compose = include_str!("texts/compose.yaml");
                sheets.extend([
                    Sheet::new("tools.yaml", include_str!("texts/tools.yaml")),
                    Sheet::new("tone.md", include_str!("texts/tone.md")),
                    Sheet::new(
                        "compose.yaml",
                        compose.replace(VERSION, env!("CARGO_PKG_VERSION")),
                    ),
                ]);
            }
        }
        sheets
    }

    fn readme(self) -> &'static str {
        match self {
            Self::Desk => include_str!("texts/desk.md"),
            Self::Desktop => include_str!("texts/desktop.md"),
            Self::IntercomSupport => include_str!("texts/intercom-support.md"),
        }
    }

    /// The sections of the settings that matter to it.
    fn sections(self) -> &'static [&'static str] {
        match self {
            Self::Desk => &[
                "intercom", "server", "desk", "connect", "tools", "state", "log",
            ],
            Self::Desktop => &["intercom", "tools", "state", "log"],
            Self::IntercomSupport => &[
                "intercom", "server", "tools", "connect", "agent", "state", "log",
            ],
        }
    }

    fn configuration(self) -> String {
        let head = "\
# Frontdesk's configuration: every setting of this kind of project, with its meaning. What begins with # and no space is
# a setting that has its default. Variables of the environment go before this file, and flags before both.
# This project talks to the sandbox, a made-up Intercom workspace; README.md says how to go on to yours.
";
        let sample = config::sample(self.sections(), &self.filled());
        format!("{head}{sample}").trim_end().to_owned() + "\n"
    }

    fn variables(self) -> String {
        let head = "\
# Secrets, as variables of the environment: copy this file to .env, which Git ignores, and take away the # of what you set.
# A shell takes it with: set -a; . ./.env; set +a
";
        format!("{head}{}", config::variables(self.sections()))
    }

    /// What differs from the defaults.
    fn filled(self) -> Vec<Filled> {
        let filled = |path, value: &str, why| Filled {
            path,
            value: value.to_owned(),
            why,
        };
        let mut all = vec![
            filled(
                "intercom.base_url",
                "http://127.0.0.1:8788",
                "This is the sandbox: take the line away for Intercom itself.",
            ),
            filled("state.home", "state", ""),
        ];
        if self != Self::Desk {
            all.push(filled(
                "intercom.access_token",
                "sandbox-token",
                "This opens the sandbox, and is no secret: take the line away, and set the variable.",
            ));
        }
        if self == Self::IntercomSupport {
            all.push(filled(
                "tools.toolsets",
                "[inbox, support]",
                "`support` is what tools.yaml adds.",
            ));
            all.push(filled("tools.files", "[tools.yaml]", ""));
            all.push(filled(
                "tools.risk_ceiling",
                "write",
                "Nothing that cannot be undone.",
            ));
            all.push(filled(
                "connect.client_secret",
                "sandbox-secret",
                "This signs the sandbox's webhooks, and is no secret: take the line away, and set the variable to your \
                 app's client secret. Without it, no webhook is taken and the agent is off.",
            ));
            all.push(filled(
                "agent.mode",
                "draft",
                "It writes internal notes alone. Read them for a week, then let it answer: `suggest`, then `auto`.",
            ));
            all.push(filled(
                "agent.teams",
                TEAMS,
                "The team map: put your teams' names in the place of the sandbox's.",
            ));
            all.push(filled("agent.tone", "\"@tone.md\"", ""));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_a_setting_of_a_section_that_is_written() {
        for template in Template::value_variants() {
            let text = template.configuration();
            for filled in template.filled() {
                assert!(config::find(filled.path).is_some(), "{}", filled.path);
                let name = filled.path.split_once('.').unwrap().1;
                let line = format!("\n  {name}: {}\n", filled.value).replace(": \n", ":\n");
                assert!(text.contains(&line), "{template:?}: {}", filled.path);
            }
        }
    }
}
