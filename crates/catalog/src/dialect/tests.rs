//! Dialects as data: what ships is sound, and faults are named.

use super::*;

const GOOD: &str = "\
dialect: other
title: Other
about: Another server.
tools:
- name: getTag
  about: One tag.
  params: {tagId: {type: id, required: true}}
  runs: [{operation: get_tag, args: {tag_id: tagId}}]
  answer: json
";

/// What is replaced by what, the line that is named, and a part of the reason.
const FAULTS: [(&str, &str, usize, &str); 13] = [
    (
        "dialect: other",
        "dialect: foreign",
        1,
        "but the file other.yaml",
    ),
    (
        "operation: get_tag",
        "operation: get_tags",
        5,
        "runs `get_tags`, which the catalog does not have",
    ),
    (
        "operation: get_tag",
        "tool: get_tag",
        5,
        "runs `get_tag`, which the catalog does not have",
    ),
    (
        "operation: get_tag,",
        "",
        5,
        "either a tool or an operation",
    ),
    ("tag_id: tagId", "tagId: tagId", 5, "takes no `tagId`"),
    (
        "tag_id: tagId",
        "tag_id: tag",
        5,
        "reads `tag`, which is no parameter",
    ),
    (
        ", args: {tag_id: tagId}",
        "",
        5,
        "needs `tag_id`, which nothing fills",
    ),
    (
        "required: true}}",
        "required: true}, x: {}}",
        5,
        "takes `x` and does nothing",
    ),
    ("getTag", "get-tag", 5, "letters, digits and underscores"),
    (
        "{operation",
        "{when: {tagId: 1}, operation",
        5,
        "last run has a condition",
    ),
    ("answer: json", "answer: xml", 9, "none of same, json, page"),
    (
        "tag_id: tagId",
        "tag_id: {giveth: tagId}",
        8,
        "an argument is a name, or one of",
    ),
    (
        "  answer",
        "  same: [color]\n  answer",
        5,
        "has no `color` to take over",
    ),
];

fn catalog() -> Catalog {
    Catalog::builtin().unwrap_or_else(|error| panic!("{error}"))
}

fn builtin(name: &str, catalog: &Catalog) -> Dialect {
    match Dialect::builtin(name, catalog) {
        Ok(Some(dialect)) => dialect,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn the_shipped_dialects_are_sound_and_as_large_as_their_servers() {
    let catalog = catalog();
    let sizes: Vec<(&str, usize)> = Dialect::names()
        .map(|name| (name, builtin(name, &catalog).tools.len()))
        .collect();
    let all = catalog.operations().count();
    assert_eq!(
        sizes,
        [
            ("dunia", 16),
            ("gantz", 11),
            ("official", 14),
            ("scalekit", 8),
            ("truto", all)
        ]
    );
    assert!(matches!(Dialect::builtin("klingon", &catalog), Ok(None)));
}

#[test]
fn the_rule_names_operations_as_their_paths_say() {
    let catalog = catalog();
    let truto = builtin("truto", &catalog);
    for (operation, expected) in [
        (
            "search_conversations",
            "list_all_intercom_search_conversations",
        ),
        ("get_conversation", "get_single_intercom_conversation_by_id"),
        ("reply_conversation", "intercom_conversations_reply"),
        ("search_articles", "list_all_intercom_articles_search"),
        ("search_contacts", "list_all_intercom_search_contacts"),
        ("update_ticket", "update_a_intercom_ticket_by_id"),
        ("list_contacts", "list_all_intercom_contacts"),
        ("create_contact", "create_a_intercom_contact"),
        ("delete_company", "delete_a_intercom_company_by_id"),
        ("list_contact_tags", "list_all_intercom_contacts_tags"),
        ("attach_tag_to_contact", "create_a_intercom_contacts_tag"),
        ("merge_contact", "intercom_contacts_merge"),
        ("get_ip_allowlist", "get_single_intercom_ip_allowlist"),
        (
            "get_office_hours_exception",
            "get_single_intercom_office_hours_exception_by_id",
        ),
    ] {
        let named = truto
            .tools
            .iter()
            .find(|tool| tool.runs[0].target() == Target::Operation(operation));
        assert_eq!(named.map(|tool| tool.name.as_str()), Some(expected));
    }
    let listed = truto.tools.iter().filter(|tool| !tool.by_rule).count();
    assert_eq!(listed, 6);
}

#[test]
fn by_rule_the_id_is_called_id_and_paging_is_limit_and_next_cursor() {
    let catalog = catalog();
    let truto = builtin("truto", &catalog);
    for (name, expected) in [
        (
            "get_single_intercom_conversation_by_id",
            &["id", "include_translations", "display_as"][..],
        ),
        ("list_all_intercom_contacts_tags", &["id"]),
        (
            "list_all_intercom_companies_notes",
            &["id", "limit", "next_cursor"],
        ),
        (
            "delete_a_intercom_contacts_tag_by_id",
            &["contact_id", "id"],
        ),
    ] {
        let tool = truto.tools.iter().find(|tool| tool.name == name);
        let params: Vec<&str> = tool
            .unwrap_or_else(|| panic!("{name}"))
            .params
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(params, expected, "{name}");
    }
}

#[test]
fn faults_name_file_line_and_reason() {
    let catalog = catalog();
    assert!(Dialect::parse("other.yaml", GOOD, &catalog).is_ok());
    for (from, to, line, reason) in FAULTS {
        let text = GOOD.replacen(from, to, 1);
        let error = Dialect::parse("other.yaml", &text, &catalog).unwrap_err();
        assert_eq!(
            (error.file.as_str(), error.line),
            ("other.yaml", line),
            "{error}"
        );
        assert!(error.reason.contains(reason), "{error} lacks {reason}");
    }
    let twice = format!("{GOOD}{}", GOOD.split_once("tools:\n").unwrap().1);
    let error = Dialect::parse("other.yaml", &twice, &catalog).unwrap_err();
    assert!(
        error.reason.contains("another tool has this name"),
        "{error}"
    );
}
