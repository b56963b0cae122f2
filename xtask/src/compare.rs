//! Holds one operation of the catalog against a description.

use crate::{
    demand::{Demand, demands},
    description::{Described, Description},
    expected::Expected,
    parameter::{hold, hold_required},
};
use catalog::{Operation, PagingKind, Param, Place};
use serde::Deserialize;
use std::collections::BTreeSet;

/// One difference between the catalog and a description.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The operation's name.
    pub(crate) operation: String,
    /// The parameter's name on the wire, dots and `[]` going deeper; empty for the operation itself.
    pub(crate) parameter: String,
    /// What differs.
    pub(crate) aspect: Aspect,
    /// The difference in words.
    pub(crate) told: String,
}

/// What can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Aspect {
    /// The description lacks the operation.
    Operation,
    /// Placeholders have other names.
    Path,
    /// The versions that have it.
    Since,
    /// The description has a parameter that the catalog lacks.
    Missing,
    /// The catalog has a parameter that the description lacks.
    Unknown,
    /// The type.
    Type,
    /// The values it takes.
    Enum,
    /// Whether it must be there.
    Required,
    /// Whether null is a value of it.
    Nullable,
    /// How small, large or many.
    Limit,
    /// A call that satisfies the catalog could be incomplete.
    Needs,
}

/// Every difference between an operation and its description.
pub(crate) fn compare(
    operation: &Operation,
    described: &Described<'_>,
    description: &Description,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut tell = |parameter: &str, aspect, told| {
        differences.push(Difference {
            operation: operation.name.clone(),
            parameter: parameter.into(),
            aspect,
            told,
        });
    };
    if described.path != operation.path() {
        tell(
            "",
            Aspect::Path,
            format!("the description writes {}", described.path),
        );
    }
    let body = described
        .body
        .map(|schema| Expected::read(description, schema))
        .unwrap_or_default();
    let theirs = demands(operation, described, &body, description);
    for (name, param) in &operation.params {
        let (place, wire) = (operation.place_of(name, param), param.wire_name(name));
        match theirs
            .iter()
            .find(|one| one.place == place && one.name == wire)
        {
            None => tell(
                wire,
                Aspect::Unknown,
                format!("is not in the {} of the description", told(place)),
            ),
            Some(one) => {
                hold_required(wire, param, one.required, &mut tell);
                hold(wire, param, &one.expected, place, &mut tell);
            }
        }
    }
    for Demand { place, name, .. } in &theirs {
        let known = operation.params.iter().any(|(own, param)| {
            operation.place_of(own, param) == *place && param.wire_name(own) == name
        });
        if !known && !implied(operation.paging.kind).contains(&name.as_str()) {
            tell(
                name,
                Aspect::Missing,
                format!("is in the {} of the description only", told(*place)),
            );
        }
    }
    if let Some(page) = theirs.iter().find(|one| one.name == "per_page") {
        page_sizes(operation, &page.expected, &mut tell);
    }
    if let Some(told) = incomplete(operation, &body) {
        tell("", Aspect::Needs, told);
    }
    differences
}

/// The wire parameters that a kind of paging brings with it.
fn implied(kind: PagingKind) -> &'static [&'static str] {
    match kind {
        PagingKind::None | PagingKind::Whole => &[],
        PagingKind::Cursor => &["per_page", "starting_after"],
        PagingKind::Search => &["pagination"],
        PagingKind::Page => &["page", "per_page"],
        PagingKind::Scroll => &["scroll_param"],
        PagingKind::Timeline => &["before", "since", "per_page"],
        PagingKind::Token => &["cursor", "per_page"],
    }
}

fn page_sizes(operation: &Operation, page: &Expected, tell: &mut crate::parameter::Sink<'_>) {
    let ours = [operation.paging.default, operation.paging.max].map(|size| size.map(i64::from));
    let theirs = [
        page.default.as_ref().and_then(serde_json::Value::as_i64),
        page.max,
    ];
    for (word, ours, theirs) in [("default", ours[0], theirs[0]), ("max", ours[1], theirs[1])] {
        if theirs.is_some() && ours != theirs {
            tell(
                "per_page",
                Aspect::Limit,
                format!("{word} is {} with them", theirs.unwrap_or_default()),
            );
        }
    }
}

/// How a call that has all we ask for could still lack what they ask for.
fn incomplete(operation: &Operation, body: &Expected) -> Option<String> {
    let wire = |name: &String| {
        let wire = operation
            .params
            .get(name)
            .map_or(name.as_str(), |param| param.wire_name(name));
        wire.split('.').next().unwrap_or(wire).to_owned()
    };
    let always = |param: &Param| param.required || param.default.is_some() || param.fixed.is_some();
    let given: BTreeSet<String> = operation
        .params
        .iter()
        .filter(|(_, param)| always(param))
        .map(|(name, _)| wire(name))
        .collect();
    let whole = |more: &[String]| {
        let call: BTreeSet<String> = given.iter().cloned().chain(more.iter().map(wire)).collect();
        body.ways.is_empty() || body.ways.iter().any(|way| way.is_subset(&call))
    };
    let lacking = if operation.needs.is_empty() {
        (!whole(&[])).then(Vec::new)
    } else {
        operation.needs.iter().find(|set| !whole(set)).cloned()
    };
    lacking.map(|set| {
        format!(
            "a call with [{}] and what is required satisfies us, but none of their variants",
            set.join(", ")
        )
    })
}

fn told(place: Place) -> &'static str {
    match place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Body | Place::Whole => "body",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::Catalog;

    const OURS: &str = "
toolset: notes
title: Notes
about: Notes.
operations:
- name: create_note
  title: Create a note
  about: Writes a note.
  http: POST /contacts/{contact_id}/notes
  risk: write
  params:
    contact_id: {type: id, required: true}
    deep: {in: query, type: boolean}
    body: {required: true}
    kind: {enum: [plain, html]}
    admin_id: {type: id, default: $admin, hidden: true}
    at: {type: timestamp}
    files: {type: array, max: 2, items: {type: object, fields: {name: {required: true}, size: {type: integer}}}}
    email: {nullable: true}
    user_id: {}
    from_kind: {wire: from.kind, fixed: admin}
    from_id: {wire: from.id, type: integer_id, required: true}
  needs: [[email], [user_id]]
  paging: {kind: page, default: 10, max: 50}
";
    const THEIRS: &str = "
paths:
  /contacts/{contact_id}/notes:
    post:
      parameters:
      - {name: contact_id, in: path, schema: {type: integer}}
      - {name: deep, in: query, schema: {type: boolean}}
      - {name: page, in: query, schema: {type: integer}}
      - {name: per_page, in: query, schema: {type: integer, default: 10, maximum: 50}}
      requestBody:
        content:
          application/json:
            schema:
              allOf:
              - type: object
                required: [body, admin_id, from]
                properties:
                  from: {type: object, required: [id], properties: {kind: {type: string}, id: {type: integer}}}
                  body: {type: string}
                  admin_id: {type: string}
                  kind: {type: string, enum: [html, plain]}
              - type: object
                properties:
                  at: {type: integer, format: date-time}
                  files:
                    type: array
                    maxItems: 2
                    items: {type: object, required: [name], properties: {name: {type: string}, size: {type: integer}, url: {readOnly: true}}}
              oneOf:
              - {required: [email], properties: {email: {type: string, nullable: true}}}
              - {required: [user_id], properties: {user_id: {type: string}}}
";

    fn differences(ours: &str, theirs: &str) -> Vec<String> {
        let catalog = Catalog::parse([("notes.yaml", ours)]).unwrap();
        let description = Description::parse(theirs).unwrap();
        let operation = catalog.operation("create_note").unwrap();
        let described = description
            .operation(operation.method(), operation.path())
            .unwrap();
        let all = compare(operation, &described, &description);
        all.into_iter()
            .map(|one| format!("{:?} {}", one.aspect, one.parameter))
            .collect()
    }

    #[test]
    fn what_agrees_has_no_difference() {
        assert_eq!(differences(OURS, THEIRS), Vec::<String>::new());
    }

    /// What is changed in the catalog, into what, and the differences that must be told.
    const SLIPS: &[(&str, &str, &str)] = &[
        ("at: {type: timestamp}", "at: {type: string}", "Type at"),
        (
            "contact_id: {type: id,",
            "contact_id: {type: boolean,",
            "Type contact_id",
        ),
        ("enum: [plain, html]", "enum: [plain]", "Enum kind"),
        ("kind: {enum: [plain, html]}", "kind: {}", "Enum kind"),
        (
            "kind: {enum: [plain, html]}",
            "kind: {fixed: markdown}",
            "Enum kind",
        ),
        ("    deep: {in: query, type: boolean}\n", "", "Missing deep"),
        ("    kind: {enum: [plain, html]}\n", "", "Missing kind"),
        (
            "body: {required: true}",
            "body: {}",
            "Required body, Needs ",
        ),
        (
            "email: {nullable: true}",
            "email: {nullable: true, required: true}",
            "Required email",
        ),
        ("email: {nullable: true}", "email: {}", "Nullable email"),
        ("deep: {in: query,", "deep: {", "Unknown deep, Missing deep"),
        ("max: 2", "max: 3", "Limit files"),
        ("max: 50", "max: 150", "Limit per_page"),
        ("size: {type: integer}", "size: {}", "Type files[].size"),
        (", size: {type: integer}", "", "Missing files[].size"),
        (
            ", size: {type: integer}",
            ", size: {type: integer}, page: {}",
            "Unknown files[].page",
        ),
        (
            "name: {required: true}",
            "name: {}",
            "Required files[].name",
        ),
        (
            "from_kind: {wire: from.kind, fixed: admin}",
            "",
            "Missing from.kind",
        ),
        (
            "wire: from.id, type: integer_id",
            "wire: from.id, type: id",
            "Type from.id",
        ),
        ("needs: [[email], [user_id]]", "needs: []", "Needs "),
        (
            "needs: [[email], [user_id]]",
            "needs: [[email], [kind]]",
            "Needs ",
        ),
        (
            "kind: page, default: 10, max: 50",
            "kind: whole",
            "Missing page, Missing per_page, Limit per_page, Limit per_page",
        ),
    ];

    #[test]
    fn each_planted_slip_of_the_catalog_is_caught() {
        for &(from, to, expected) in SLIPS {
            assert!(OURS.contains(from), "{from}");
            assert_eq!(
                differences(&OURS.replace(from, to), THEIRS).join(", "),
                expected,
                "{from} -> {to}"
            );
        }
    }

    #[test]
    fn each_change_of_the_description_is_caught() {
        for (from, to, expected) in [
            ("{contact_id}/notes", "{id}/notes", "Path "),
            ("body: {type: string}", "body: {type: object}", "Type body"),
            (
                "enum: [html, plain]",
                "enum: [html, plain, card]",
                "Enum kind",
            ),
            (
                "name: deep,",
                "name: deep, required: true,",
                "Required deep",
            ),
            (
                "              oneOf:\n",
                "              anyOf:\n              - {required: [phone]}\n",
                "Missing phone",
            ),
        ] {
            assert!(THEIRS.contains(from), "{from}");
            assert_eq!(
                differences(OURS, &THEIRS.replace(from, to)).join(", "),
                expected,
                "{from} -> {to}"
            );
        }
    }
}
