//! The words of rules: what an expression may speak of, and of what type it is.

use crate::Tool;
use crate::tool::ToolKind;
use catalog::{Param, ParamType};

/// The operations that facts are read with.
pub(crate) const FACTS: [&str; 6] = [
    "get_conversation",
    "get_contact",
    "list_contact_companies",
    "list_admins",
    "list_teams",
    "list_tags",
];

/// The type of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Text,
    /// One of these texts.
    Word(Vec<String>),
    Number,
    Truth,
    List(Box<Kind>),
    /// An object with these fields.
    Fields(Vec<(String, Kind)>),
    /// Known only when the call comes.
    Any,
}

/// What is looked up for a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "any of these may be needed beside any other"
)]
pub(crate) struct Needs {
    pub(crate) conversation: bool,
    /// The names of a conversation's team and admin.
    pub(crate) names: bool,
    pub(crate) contact: bool,
    pub(crate) companies: bool,
    pub(crate) assignee: bool,
    pub(crate) tag: bool,
}

impl Needs {
    /// Both.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            conversation: self.conversation || other.conversation,
            names: self.names || other.names,
            contact: self.contact || other.contact,
            companies: self.companies || other.companies,
            assignee: self.assignee || other.assignee,
            tag: self.tag || other.tag,
        }
    }

    /// Whether something is.
    pub(crate) fn any(self) -> bool {
        self != Self::default()
    }

    /// Notes what a word needs.
    pub(super) fn note(&mut self, root: &str, field: &str) {
        match (root, field) {
            ("conversation", "team" | "admin") => (self.conversation, self.names) = (true, true),
            ("conversation", _) => self.conversation = true,
            ("contact", "company" | "companies" | "company_ids") => {
                (self.contact, self.companies) = (true, true);
            }
            ("contact", _) => self.contact = true,
            ("assignee", _) => self.assignee = true,
            ("tag", _) => self.tag = true,
            _ => {}
        }
    }
}

/// The words beside `args`, with what they hold.
pub(super) fn words(root: &str) -> Option<Vec<(&'static str, Kind)>> {
    let texts = || Kind::List(Box::new(Kind::Text));
    let some = |words: &[&str]| Kind::Word(words.iter().map(|word| (*word).to_owned()).collect());
    Some(match root {
        "tool" => vec![
            ("name", Kind::Text),
            ("risk", some(&["read", "write", "destructive"])),
            ("reaches_customer", Kind::Truth),
        ],
        "caller" => vec![("user", Kind::Text), ("endpoint", Kind::Text)],
        "conversation" => vec![
            ("id", Kind::Text),
            ("state", some(&["open", "closed", "snoozed"])),
            ("team", Kind::Text),
            ("team_id", Kind::Text),
            ("admin", Kind::Text),
            ("admin_id", Kind::Text),
            ("tags", texts()),
        ],
        "contact" => vec![
            ("id", Kind::Text),
            ("email", Kind::Text),
            ("role", some(&["user", "lead"])),
            ("external_id", Kind::Text),
            ("company", Kind::Text),
            ("companies", texts()),
            ("company_ids", texts()),
        ],
        "assignee" => vec![
            ("team", Kind::Text),
            ("team_id", Kind::Text),
            ("admin", Kind::Text),
            ("admin_id", Kind::Text),
            ("email", Kind::Text),
            ("teams", texts()),
        ],
        "tag" => vec![("id", Kind::Text), ("name", Kind::Text)],
        _ => return None,
    })
}

/// All roots, for an error.
pub(super) const ROOTS: &str = "args, tool, caller, conversation, contact, assignee, tag";

/// The type of an argument.
pub(super) fn kind_of(param: &Param) -> Kind {
    if param.schema.is_some() {
        return Kind::Any;
    }
    match param.kind {
        ParamType::String | ParamType::Id => {
            let words: Option<Vec<String>> = (param.values.iter())
                .map(|value| value.as_str().map(str::to_owned))
                .collect();
            match words {
                Some(words) if !words.is_empty() => Kind::Word(words),
                _ => Kind::Text,
            }
        }
        ParamType::Integer | ParamType::Number | ParamType::IntegerId | ParamType::Timestamp => {
            Kind::Number
        }
        ParamType::Boolean => Kind::Truth,
        ParamType::Array => Kind::List(Box::new(param.items.as_deref().map_or(Kind::Any, kind_of))),
        ParamType::Object if !param.fields.is_empty() => {
            let fields = param.fields.iter();
            Kind::Fields(
                fields
                    .map(|(name, field)| (name.clone(), kind_of(field)))
                    .collect(),
            )
        }
        ParamType::Object | ParamType::Map | ParamType::Any | ParamType::Query => Kind::Any,
    }
}

/// The arguments of a tool that name objects of a kind.
pub(super) fn naming<'a>(tool: &'a Tool, kind: &'a str) -> impl Iterator<Item = &'a str> {
    let fits = move |param: &Param, name: &str| {
        let of = param.of.as_deref() == Some(kind);
        let id = matches!(param.kind, ParamType::Id | ParamType::IntegerId);
        id && of || param.of.is_none() && name == format!("{kind}_id")
    };
    tool.params.iter().filter_map(move |(name, param)| {
        let inner = param
            .items
            .as_deref()
            .filter(|_| param.kind == ParamType::Array);
        let listed = inner.is_some_and(|item| fits(item, ""));
        (fits(param, name) || listed).then_some(name.as_str())
    })
}

/// How a tool names whom it assigns to.
pub(super) fn assigns(tool: &Tool) -> bool {
    matches!(
        tool.name.as_str(),
        "assign_conversation" | "assign_matching_conversations" | "manage_conversation"
    )
}

/// The argument by which a tool names a tag.
pub(super) fn tagging(tool: &Tool) -> Option<&str> {
    let puts = ["attach_tag_to_conversation", "detach_tag_from_conversation"];
    let native = matches!(tool.kind, ToolKind::Native { .. })
        && puts.iter().any(|operation| tool.uses(operation));
    let fits = |name: &str, param: &Param| {
        param.of.as_deref() == Some("tag") && param.kind == ParamType::Id || native && name == "tag"
    };
    let found = tool.params.iter().find(|(name, param)| fits(name, param));
    found.map(|(name, _)| name.as_str())
}

/// What to speak of instead of an argument that takes an id, a name or an e-mail address alike.
pub(super) fn instead(tool: &Tool, argument: &str) -> Option<&'static str> {
    let native = matches!(tool.kind, ToolKind::Native { .. });
    match argument {
        "team" if native => Some("`assignee.team` (its name) or `assignee.team_id`"),
        "admin" if native => Some("`assignee.admin_id`, `assignee.email` or `assignee.teams`"),
        "tag" if native => Some("`tag.name` or `tag.id`"),
        "company" if native => Some("`contact.company`"),
        _ => None,
    }
}
