//! Companies by page, by name, and by scroll.

use super::{missing, render};
use crate::{
    call::{Answer, Call, Fault, Reply},
    paging::PageNumber,
    search,
    world::{ObjectId, World, data::Scroll, people::Company},
};
use serde_json::{Value, json};
use std::cmp::Reverse;

/// Companies on a page when nothing is asked, and at most.
const PAGE: (usize, usize) = (15, 60);
/// How far `POST /companies/list` reaches.
const REACH: usize = 10_000;
/// Companies on a page of a scroll.
const SCROLL_PAGE: usize = 100;
/// Seconds after which an unused scroll ends.
const SCROLL_LIFE: i64 = 60;

/// One company by name or by our own id, or all, of a tag or a segment where one is named.
pub(super) fn find(world: &mut World, call: &Call) -> Reply {
    let wanted = [
        ("name", call.query("name")),
        ("company_id", call.query("company_id")),
    ];
    if wanted.iter().any(|(_, value)| value.is_some()) {
        let fits = |company: &&Company| {
            wanted.iter().all(|(field, value)| {
                value.is_none_or(|value| {
                    if *field == "name" {
                        company.name == value
                    } else {
                        company.company_id == value
                    }
                })
            })
        };
        let id = world.companies.values().find(fits).ok_or_else(missing)?.id;
        return Answer::ok(render::whole(world, id));
    }
    let asked = PageNumber::of(call, PAGE.0, PAGE.1)?;
    let tag: Option<u64> = call
        .query("tag_id")
        .map(|id| id.parse().unwrap_or_default());
    let segment: Option<ObjectId> = call
        .query("segment_id")
        .map(|id| id.parse().unwrap_or_default());
    let heads = render::heads(world);
    let mut found: Vec<&Company> = world
        .companies
        .values()
        .filter(|company| tag.is_none_or(|id| company.tags.iter().any(|applied| applied.tag == id)))
        .filter(|company| segment.is_none_or(|id| company.segments.contains(&id)))
        .filter(|company| heads.contains_key(&company.id))
        .collect();
    found.sort_by_key(|company| Reverse(recency(company)));
    let given = ["tag_id", "segment_id"]
        .into_iter()
        .filter_map(|name| Some((name, call.query(name)?)));
    let narrowed: Vec<String> = given
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut address = format!("{}/companies", world.workspace.base_url);
    if !narrowed.is_empty() {
        address = format!("{address}?{}", narrowed.join("&"));
    }
    Answer::ok(page(world, &asked, &found, &heads, &address))
}

/// The companies that have users, latest activity first unless asked otherwise.
pub(super) fn list(world: &mut World, call: &Call) -> Reply {
    let asked = PageNumber::of(call, PAGE.0, PAGE.1)?;
    if (asked.page - 1).saturating_mul(asked.per_page) >= REACH {
        return Err(Fault::new(
            400,
            "bad_request",
            "page limit reached, please use scroll API",
        ));
    }
    let heads = render::heads(world);
    let mut found: Vec<&Company> = world
        .companies
        .values()
        .filter(|company| heads.contains_key(&company.id))
        .collect();
    match call.query("order") {
        Some("asc") => found.sort_by_key(|company| recency(company)),
        None | Some("" | "desc") => found.sort_by_key(|company| Reverse(recency(company))),
        Some(_) => return Err(Fault::invalid("order must be asc or desc").of("order")),
    }
    found.truncate(REACH);
    let mut address = format!("{}/companies/list", world.workspace.base_url);
    if call.query("order") == Some("asc") {
        address.push_str("?order=asc");
    }
    Answer::ok(page(world, &asked, &found, &heads, &address))
}

/// The companies that a query finds, with users or without.
pub(super) fn search(world: &mut World, call: &Call) -> Reply {
    let found = search::run(world, world.companies.values(), call)?;
    let heads = render::heads(world);
    let data: Vec<Value> = found
        .ids
        .iter()
        .filter_map(|id| world.companies.get(id))
        .map(|one| render::counted(world, one, heads.get(&one.id).copied().unwrap_or_default()))
        .collect();
    Answer::ok(
        json!({"type": "list", "data": data, "total_count": found.total, "pages": found.pages()}),
    )
}

/// The next page of the one walk over all companies that may be open.
pub(super) fn scroll(world: &mut World, call: &Call) -> Reply {
    let now = world.now();
    let alive = world
        .scroll
        .as_ref()
        .filter(|scroll| now - scroll.used_at <= SCROLL_LIFE);
    let mut scroll = match (
        call.query("scroll_param").filter(|param| !param.is_empty()),
        alive,
    ) {
        (None, Some(_)) => {
            return Err(Fault::new(
                400,
                "scroll_exists",
                "scroll already exists for this workspace",
            ));
        }
        (None, None) => {
            let rest = world.companies.keys().copied().collect();
            Scroll {
                param: world.ids.uuid(),
                rest,
                used_at: now,
            }
        }
        (Some(param), Some(scroll)) if scroll.param == param => scroll.clone(),
        (Some(_), _) => return Err(Fault::missing("not_found", "scroll parameter not found")),
    };
    scroll.used_at = now;
    let rest = scroll.rest.split_off(scroll.rest.len().min(SCROLL_PAGE));
    let ids = std::mem::replace(&mut scroll.rest, rest);
    let heads = render::heads(world);
    let data: Vec<Value> = ids
        .iter()
        .filter_map(|id| world.companies.get(id))
        .map(|company| counted(world, company, &heads))
        .collect();
    // The walk ends with an empty page, whose missing parameter stops those who only look at the parameter.
    let param = (!data.is_empty()).then(|| scroll.param.clone());
    world.scroll = param.is_some().then_some(scroll);
    Answer::ok(
        json!({"type": "list", "data": data, "pages": null, "total_count": null, "scroll_param": param}),
    )
}

fn recency(company: &Company) -> (i64, ObjectId) {
    (
        company.last_request_at.unwrap_or(company.updated_at),
        company.id,
    )
}

fn page(
    world: &World,
    asked: &PageNumber,
    found: &[&Company],
    heads: &render::Heads,
    address: &str,
) -> Value {
    let data: Vec<Value> = asked
        .slice(found)
        .iter()
        .map(|company| counted(world, company, heads))
        .collect();
    json!({"type": "list", "data": data, "pages": asked.pages(found.len(), address), "total_count": found.len()})
}

fn counted(world: &World, company: &Company, heads: &render::Heads) -> Value {
    render::counted(world, company, heads.get(&company.id).copied().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::super::tests::with_companies;
    use crate::testing::{TAG, call, fault};
    use serde_json::{Value, json};

    #[test]
    fn a_name_or_an_id_finds_one_company() {
        let mut world = with_companies(3);
        for target in [
            "?name=Company%201",
            "?company_id=c-1",
            "?name=Company%201&company_id=c-1",
        ] {
            let found = call(&mut world, "find_companies", target, Value::Null).unwrap();
            assert_eq!(
                (&found["type"], &found["company_id"]),
                (&json!("company"), &json!("c-1")),
                "{target}"
            );
        }
        for target in [
            "?name=company%201",
            "?company_id=c-9",
            "?name=Company%201&company_id=c-2",
        ] {
            assert_eq!(
                fault(&mut world, "find_companies", target, Value::Null),
                (404, "company_not_found"),
                "{target}"
            );
        }
    }

    #[test]
    fn lists_are_paged_and_leave_out_the_empty() {
        let mut world = with_companies(20);
        call(
            &mut world,
            "create_or_update_company",
            "",
            json!({"company_id": "nobody", "name": "Nobody"}),
        )
        .unwrap();
        let first = call(&mut world, "list_companies", "", Value::Null).unwrap();
        assert_eq!(
            (
                first["data"].as_array().unwrap().len(),
                &first["total_count"]
            ),
            (15, &json!(20))
        );
        assert_eq!(
            first["pages"]["next"],
            "http://127.0.0.1:8788/companies/list?page=2&per_page=15"
        );
        assert_eq!(first["data"][0]["company_id"], "c-19");
        let oldest = call(
            &mut world,
            "list_companies",
            "?order=asc&per_page=60",
            Value::Null,
        )
        .unwrap();
        assert_eq!(
            (
                &oldest["data"][0]["company_id"],
                oldest["data"].as_array().unwrap().len()
            ),
            (&json!("c-0"), 20)
        );
        assert_eq!(
            call(&mut world, "find_companies", "?page=9", Value::Null).unwrap()["data"],
            json!([])
        );
        assert_eq!(
            fault(
                &mut world,
                "list_companies",
                "?page=168&per_page=60",
                Value::Null
            ),
            (400, "bad_request")
        );
        assert_eq!(
            fault(&mut world, "list_companies", "?order=up", Value::Null),
            (400, "parameter_invalid")
        );
    }

    #[test]
    fn a_tag_or_a_segment_narrows_the_list() {
        let mut world = with_companies(3);
        let id = *world.companies.keys().next().unwrap();
        let at = crate::world::people::Applied {
            tag: TAG,
            at: 1,
            by: 1,
        };
        world.companies.get_mut(&id).unwrap().tags.push(at);
        let found = call(
            &mut world,
            "find_companies",
            &format!("?tag_id={TAG}"),
            Value::Null,
        )
        .unwrap();
        assert_eq!(
            (&found["total_count"], &found["data"][0]["id"]),
            (&json!(1), &json!(id.to_string()))
        );
        assert_eq!(
            call(
                &mut world,
                "find_companies",
                "?segment_id=nothing",
                Value::Null
            )
            .unwrap()["total_count"],
            0
        );
    }

    #[test]
    fn one_scroll_walks_at_a_time_and_ends_empty() {
        let mut world = with_companies(130);
        let start = call(&mut world, "scroll_companies", "", Value::Null).unwrap();
        assert_eq!(start["data"].as_array().unwrap().len(), 100);
        assert_eq!(
            fault(&mut world, "scroll_companies", "", Value::Null),
            (400, "scroll_exists")
        );
        assert_eq!(
            fault(
                &mut world,
                "scroll_companies",
                "?scroll_param=other",
                Value::Null
            ),
            (404, "not_found")
        );
        let next = format!("?scroll_param={}", start["scroll_param"].as_str().unwrap());
        assert_eq!(
            call(&mut world, "scroll_companies", &next, Value::Null).unwrap()["data"]
                .as_array()
                .unwrap()
                .len(),
            30
        );
        let end = call(&mut world, "scroll_companies", &next, Value::Null).unwrap();
        assert_eq!(
            end,
            json!({"type": "list", "data": [], "pages": null, "total_count": null, "scroll_param": null})
        );
        assert_eq!(
            fault(&mut world, "scroll_companies", &next, Value::Null),
            (404, "not_found")
        );
    }

    #[test]
    fn a_scroll_dies_after_a_minute_without_use() {
        let mut world = with_companies(130);
        let start = call(&mut world, "scroll_companies", "", Value::Null).unwrap();
        let next = format!("?scroll_param={}", start["scroll_param"].as_str().unwrap());
        world.clock.advance(59);
        call(&mut world, "scroll_companies", &next, Value::Null).unwrap();
        world.clock.advance(61);
        assert_eq!(
            fault(&mut world, "scroll_companies", &next, Value::Null),
            (404, "not_found")
        );
        assert_eq!(
            call(&mut world, "scroll_companies", "", Value::Null).unwrap()["data"]
                .as_array()
                .unwrap()
                .len(),
            100
        );
    }
}
