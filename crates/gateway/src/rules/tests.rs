//! What a rule may say, found out when it is set.

use super::*;
use crate::Registry;
use catalog::Catalog;

fn checked(tools: &[&str], require: &str) -> Result<RuleSet, String> {
    let registry = Registry::new(&Catalog::builtin().unwrap()).unwrap();
    let rule = Rule {
        name: "r".into(),
        tools: tools.iter().map(|name| (*name).to_owned()).collect(),
        require: Some(require.into()),
        ..Rule::default()
    };
    RuleSet::new(&[rule], &registry)
}

#[test]
fn sound_rules_are_taken() {
    for (tools, require) in [
        (&["reply_to_conversation"][..], "args.body.contains('x')"),
        (
            &["reply_to_conversation"],
            "size(args.body) < 500 && !has(args.attachment_urls)",
        ),
        (&["reply_to_conversation"], "conversation.state != 'closed'"),
        (
            &["reply_to_conversation"],
            "contact.companies.exists(c, c.startsWith('Acme'))",
        ),
        (
            &["reply_to_conversation", "snooze_conversation"],
            "args.conversation_id != '1'",
        ),
        (&["snooze_conversation"], "args.until < 2000000000"),
        (
            &["assign_conversation"],
            "assignee.team in ['Tier 2', ''] || 'Tier 2' in assignee.teams",
        ),
        (
            &["manage_conversation"],
            "args.message_type != 'assignment' || assignee.team == 'Tier 2'",
        ),
        (&["tag_conversation"], "tag.name in ['vip', 'later']"),
        (
            &["search_contacts"],
            "has(args.custom_attributes) && args.custom_attributes['plan'] == 'gold'",
        ),
        (
            &["search_conversations"],
            "!has(args.state) || args.state == 'open'",
        ),
        (
            &["search_conversations"],
            "has(args.ids) && args.ids.all(id, id != '7')",
        ),
        (&["*"], "tool.risk == 'read' || caller.user == 'ana'"),
        (
            &["close_conversation"],
            "(has(args.body) ? args.body : '') == ''",
        ),
        (&["update_contact"], "contact.company == 'Acme'"),
    ] {
        if let Err(error) = checked(tools, require) {
            panic!("{require}: {error}");
        }
    }
}

/// Tools, a rule on them, and what is said of it.
const WRONG: &[(&[&str], &str, &str)] = &[
    (
        &["reply_to_conversatoin"],
        "true",
        "`tools`: there is no tool `reply_to_conversatoin`",
    ),
    (&[], "true", "`tools` is empty"),
    (&["*", "get_me"], "true", "`*` stands alone"),
    (
        &["call_tool"],
        "true",
        "name the tools that `call_tool` leads to",
    ),
    (
        &["reply_to_conversation"],
        "args.boody == 'x'",
        "at character 5: `reply_to_conversation` has no argument `boody`; it has conversation_id, body",
    ),
    (
        &["reply_to_conversation", "get_me"],
        "args.body == 'x'",
        "`get_me` has no argument `body`",
    ),
    (
        &["reply_to_conversation"],
        "args.body == 5",
        "a text and a number are never the same",
    ),
    (
        &["reply_to_conversation"],
        "5 in ['a']",
        "a number and a text are never the same",
    ),
    (
        &["reply_to_conversation"],
        "args.body < 5",
        "this is a text, and must be a number",
    ),
    (
        &["reply_to_conversation"],
        "args.body",
        "this is a text, and must be true or false",
    ),
    (
        &["reply_to_conversation"],
        "args.body &&",
        "`require`: at line 1",
    ),
    (
        &["search_conversations"],
        "args.state == 'opne'",
        "`opne` is not one of open, closed, snoozed",
    ),
    (
        &["search_conversations"],
        "args.state in ['open', 'shut']",
        "`shut` is not one of",
    ),
    (
        &["reply_to_conversation"],
        "conversation.status == 'open'",
        "there is no `conversation.status`; there are id, state",
    ),
    (
        &["reply_to_conversation"],
        "conversation.state == 'done'",
        "`done` is not one of",
    ),
    (
        &["reply_to_conversation"],
        "talk.state == 'open'",
        "there is no `talk`; there are args, tool",
    ),
    (
        &["reply_to_conversation"],
        "args == 'x'",
        "say what of `args`",
    ),
    (
        &["get_me"],
        "conversation.state == 'open'",
        "`get_me` names no conversation",
    ),
    (
        &["get_me"],
        "contact.company == 'Acme'",
        "`get_me` names no contact",
    ),
    (
        &["reply_to_conversation"],
        "assignee.team == 'x'",
        "names no assignee",
    ),
    (
        &["assign_conversation"],
        "args.team == 'Tier 2'",
        "speak of `assignee.team`",
    ),
    (
        &["tag_conversation"],
        "args.tag == 'vip'",
        "speak of `tag.name` or `tag.id`",
    ),
    (
        &["*"],
        "args.body == 'x'",
        "a rule for `*` cannot speak of arguments",
    ),
    (
        &["*"],
        "conversation.state == 'open'",
        "a rule for `*` cannot speak of `conversation`",
    ),
    (
        &["reply_to_conversation"],
        "args.body.matches('a+')",
        "`matches` cannot be used",
    ),
    (
        &["reply_to_conversation"],
        "size(args.body) * 2 > 5",
        "`*` cannot be used",
    ),
    (
        &["reply_to_conversation"],
        "null == args.body",
        "only texts, numbers",
    ),
    (
        &["reply_to_conversation"],
        "[1].map(x, x) == [1]",
        "`exists` and `all`",
    ),
    (
        &["reply_to_conversation"],
        "[1].exists(x, [2].exists(y, x == y))",
        "a loop cannot be in another",
    ),
    (
        &["reply_to_conversation"],
        "{'a': 1}.a == 1",
        "cannot be written in a rule",
    ),
];

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (tools, require, said) in WRONG {
        let error = checked(tools, require).expect_err(require);
        assert!(error.contains(said), "{require}: {error}");
        assert!(error.starts_with("`rules[0]` (r): "), "{error}");
    }
}

#[test]
fn nothing_that_is_written_overflows_or_panics() {
    let deep = [
        "(".repeat(900) + "true" + &")".repeat(900),
        "!".repeat(1_900) + "true",
        "true".to_owned() + &" && true".repeat(240),
        "[".repeat(900),
        "args.body".to_owned() + &".a".repeat(900),
        "-".repeat(1_900) + "1 == 1",
        "true ? ".repeat(280),
        "\"".repeat(1_001),
        "é".repeat(900),
        "'".to_owned() + &"(".repeat(900),
        "r'\\'".to_owned() + &"(".repeat(900),
        "'''a'b'''".to_owned() + &"(".repeat(900),
        "'\\q'".to_owned() + &"(".repeat(900) + "'",
        "'\n'".to_owned() + &"(".repeat(900) + "'",
        "1 in ".repeat(380),
        "1 == ".repeat(380),
        "(".repeat(12) + "true" + &")".repeat(12),
        "[1].exists(x, ".repeat(12) + "true" + &")".repeat(12),
        "a".repeat(2_001),
    ];
    for text in &deep {
        // Taken or refused, it comes to an end.
        let _ = checked(&["reply_to_conversation"], text);
    }
    assert!(
        checked(&["get_me"], &deep[deep.len() - 1])
            .unwrap_err()
            .contains("longer than")
    );
}

#[test]
fn the_form_of_a_rule_is_checked() {
    let registry = Registry::new(&Catalog::builtin().unwrap()).unwrap();
    let good = Rule {
        name: "r".into(),
        tools: vec!["get_me".into()],
        require: Some("true".into()),
        ..Rule::default()
    };
    let both = Rule {
        forbid: Some("true".into()),
        ..good.clone()
    };
    let neither = Rule {
        require: None,
        ..good.clone()
    };
    let nameless = Rule {
        name: String::new(),
        ..good.clone()
    };
    for (rules, said) in [
        (vec![both], "`require` or `forbid`"),
        (vec![neither], "`require` or `forbid`"),
        (vec![nameless], "`name` has letters"),
        (
            vec![good.clone(), good.clone()],
            "`rules[1]` (r): another rule has this name",
        ),
        (vec![good; 101], "there may be 100"),
    ] {
        let error = RuleSet::new(&rules, &registry).unwrap_err();
        assert!(error.contains(said), "{error}");
    }
}
