//! Prompts: jobs that support teams do every day, as a message to start from.

use rmcp::{
    ErrorData,
    model::{GetPromptRequestParams, GetPromptResult, Prompt, PromptArgument, PromptMessage, Role},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// One prompt.
struct Job {
    name: &'static str,
    title: &'static str,
    about: &'static str,
    arguments: &'static [Argument],
    write: fn(&Given) -> String,
}

struct Argument {
    name: &'static str,
    about: &'static str,
    required: bool,
}

/// Arguments as they came, all texts.
struct Given(BTreeMap<String, String>);

const CONVERSATION: Argument = Argument {
    name: "conversation_id",
    about: "Id or inbox URL of the conversation",
    required: true,
};

const JOBS: [Job; 4] = [
    Job {
        name: "triage_inbox",
        title: "Triage the inbox",
        about: "Go through what nobody has taken yet, sort it by urgency, and hand it out.",
        arguments: &[
            Argument {
                name: "team",
                about: "Only for this team",
                required: false,
            },
            Argument {
                name: "admin",
                about: "Teammate who takes what is urgent",
                required: false,
            },
            Argument {
                name: "tag",
                about: "Tag for what was triaged",
                required: false,
            },
            Argument {
                name: "older_than_hours",
                about: "Only what has waited at least this long",
                required: false,
            },
        ],
        write: triage,
    },
    Job {
        name: "draft_reply_from_help_center",
        title: "Draft a reply from the help center",
        about: "Answer a conversation with what the help center says; nothing is sent before you agree.",
        arguments: &[
            CONVERSATION,
            Argument {
                name: "tone",
                about: "How the reply should sound",
                required: false,
            },
        ],
        write: draft,
    },
    Job {
        name: "summarize_conversation",
        title: "Summarize a conversation",
        about: "What was asked, what was done, what is open.",
        arguments: &[
            CONVERSATION,
            Argument {
                name: "audience",
                about: "Who reads the summary",
                required: false,
            },
        ],
        write: summarize,
    },
    Job {
        name: "prepare_escalation",
        title: "Prepare an escalation",
        about: "Write the note with which another team can take a conversation over.",
        arguments: &[
            CONVERSATION,
            Argument {
                name: "team",
                about: "Team that takes over",
                required: false,
            },
            Argument {
                name: "reason",
                about: "Why it is escalated",
                required: false,
            },
        ],
        write: escalate,
    },
];

/// All prompts.
pub(super) fn list() -> Vec<Prompt> {
    JOBS.iter()
        .map(|job| {
            let arguments = job.arguments.iter().map(|argument| {
                PromptArgument::new(argument.name)
                    .with_description(argument.about)
                    .with_required(argument.required)
            });
            Prompt::new(job.name, Some(job.about), Some(arguments.collect())).with_title(job.title)
        })
        .collect()
}

/// One prompt, filled in.
pub(super) fn get(request: &GetPromptRequestParams) -> Result<GetPromptResult, ErrorData> {
    let Some(job) = JOBS.iter().find(|job| job.name == request.name) else {
        return Err(wrong(&format!(
            "There is no prompt `{}`; prompts/list shows what there is.",
            request.name.chars().take(100).collect::<String>()
        )));
    };
    let given = Given::read(job, request)?;
    let message = PromptMessage::new_text(Role::User, (job.write)(&given));
    Ok(GetPromptResult::new(vec![message]).with_description(job.about))
}

impl Given {
    fn read(job: &Job, request: &GetPromptRequestParams) -> Result<Self, ErrorData> {
        let mut given = BTreeMap::new();
        for (name, value) in request.arguments.iter().flatten() {
            if !job.arguments.iter().any(|argument| argument.name == name) {
                let names: Vec<&str> = job.arguments.iter().map(|argument| argument.name).collect();
                return Err(wrong(&format!(
                    "`{name}` is unknown; {} takes {}.",
                    job.name,
                    names.join(", ")
                )));
            }
            let text = match value {
                Value::String(text) => text.trim().to_owned(),
                Value::Null => String::new(),
                other => other.to_string(),
            };
            if !text.is_empty() {
                given.insert(name.clone(), text);
            }
        }
        for argument in job.arguments {
            if argument.required && !given.contains_key(argument.name) {
                return Err(wrong(&format!(
                    "`{}` is missing: {}.",
                    argument.name, argument.about
                )));
            }
        }
        Ok(Self(given))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A phrase around an argument, or nothing.
    fn with(&self, name: &str, before: &str, after: &str) -> String {
        self.get(name)
            .map(|value| format!("{before}{value}{after}"))
            .unwrap_or_default()
    }

    fn conversation(&self) -> &str {
        self.get(CONVERSATION.name).unwrap_or_default()
    }
}

fn triage(given: &Given) -> String {
    let hours = given.get("older_than_hours").unwrap_or("0");
    format!(
        "Triage our Intercom inbox.\n\
         1. Find open conversations that nobody has taken: find_unassigned_conversations with older_than_hours {hours}{team}. \
         Read on with the cursor until you have all of them, at most 50.\n\
         2. Read the ones whose first message does not say enough with get_conversation.\n\
         3. Sort them: urgent (outage, payment, safety, a customer about to leave, a promise that is running out), normal, \
         and no answer needed (spam, thanks, automatic replies).\n\
         4. Show me a table: id, customer, what it is about in eight words, urgency, who should take it and why.\n\
         5. When I agree, assign them with assign_conversation{admin}{tag}. Reply to nobody and close nothing without \
         asking me.",
        team = given.with("team", ", for the team ", ""),
        admin = given.with("admin", "; what is urgent goes to ", ""),
        tag = given.with("tag", "; mark each with tag_conversation and the tag ", ""),
    )
}

fn draft(given: &Given) -> String {
    format!(
        "Draft a reply to the Intercom conversation {id} from our help center.\n\
         1. Read it whole with get_conversation: what does the customer want to know, and what were they told already?\n\
         2. Look for the answer with search_articles, in two or three wordings; read the best articles with get_article.\n\
         3. Write the reply in the customer's language{tone}: the answer first, then the steps, then a link to the article. \
         Say only what the articles or the conversation say; where they do not answer the question, tell me so instead of \
         guessing.\n\
         4. Show me the draft and the articles it stands on. Send it with reply_to_conversation only when I agree.",
        id = given.conversation(),
        tone = given.with("tone", ", in this tone: ", ""),
    )
}

fn summarize(given: &Given) -> String {
    format!(
        "Summarize the Intercom conversation {id}{audience}.\n\
         Read it whole with get_conversation; follow the cursor where the thread is long.\n\
         Then write, in at most 150 words: who the customer is; what they asked for; what was tried and answered, with \
         dates; what was promised; what is open now, and whose turn it is. Quote exact words only where they matter. Change \
         nothing in Intercom.",
        id = given.conversation(),
        audience = given.with("audience", " for ", ""),
    )
}

fn escalate(given: &Given) -> String {
    format!(
        "Prepare the escalation of the Intercom conversation {id}{team}{reason}.\n\
         1. Read it whole with get_conversation, and the customer's history with get_contact_history.\n\
         2. Write a note for the people who take over: the problem in one sentence; who is affected and how badly; what was \
         tried and with what result; what is known (versions, order numbers, links, times); what is needed from them, by \
         when; what the customer was told.\n\
         3. Show me the note. When I agree, add it with add_internal_note{assign}. Nothing goes to the customer.",
        id = given.conversation(),
        team = given.with("team", " to the team ", ""),
        reason = given.with("reason", ", because ", ""),
        assign = given.with(
            "team",
            " and assign the conversation to ",
            " with assign_conversation"
        ),
    )
}

fn wrong(text: &str) -> ErrorData {
    ErrorData::invalid_params(text.to_owned(), None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn filled(name: &str, arguments: &Value) -> Result<String, String> {
        let request = GetPromptRequestParams::new(name)
            .with_arguments(arguments.as_object().cloned().unwrap_or_default());
        let result = get(&request).map_err(|error| error.message.into_owned())?;
        Ok(result.messages[0]
            .content
            .as_text()
            .map(|text| text.text.clone())
            .unwrap_or_default())
    }

    #[test]
    fn arguments_are_filled_in_and_checked() {
        let text = filled(
            "triage_inbox",
            &json!({"team": "Repairs", "older_than_hours": 4}),
        )
        .unwrap();
        assert!(
            text.contains("older_than_hours 4, for the team Repairs"),
            "{text}"
        );
        let text = filled(
            "prepare_escalation",
            &json!({"conversation_id": "9", "team": "Repairs"}),
        )
        .unwrap();
        assert!(
            text.contains("assign the conversation to Repairs with"),
            "{text}"
        );
        for (name, arguments, expected) in [
            (
                "summarize_conversation",
                json!({}),
                "`conversation_id` is missing",
            ),
            (
                "summarize_conversation",
                json!({"conversation_id": " "}),
                "`conversation_id` is missing",
            ),
            (
                "triage_inbox",
                json!({"teams": "x"}),
                "`teams` is unknown; triage_inbox takes team, admin",
            ),
            ("nothing", json!({}), "There is no prompt `nothing`"),
        ] {
            let got = filled(name, &arguments).unwrap_err();
            assert!(got.contains(expected), "{got}");
        }
    }
}
