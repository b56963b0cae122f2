//! Operations on redirects: old addresses of a help center.

use super::articles;
use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    paging::PageNumber,
    world::{
        World,
        content::{Redirect, Target},
        knowledge::HelpCenter,
    },
};
use serde_json::{Value, json};
use std::cmp::Reverse;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_help_center_redirects" => list,
        "get_help_center_redirect" => get,
        "create_help_center_redirect" => create,
        "delete_help_center_redirect" => delete,
        _ => return None,
    })
}

fn render(redirect: &Redirect) -> Value {
    let (kind, target) = match redirect.target {
        Target::Article(id) => ("article", id),
        Target::Collection(id) => ("collection", id),
    };
    json!({
        "type": "help_center_redirect",
        "id": redirect.id.to_string(),
        "from_url": redirect.from_url,
        "locale": redirect.locale,
        "help_center_id": redirect.help_center_id.to_string(),
        "target_type": kind,
        "target_id": target.to_string(),
        "created_at": redirect.created_at,
        "updated_at": redirect.updated_at,
    })
}

fn list(world: &mut World, call: &Call) -> Reply {
    let center = center(world, call)?.id;
    let page = PageNumber::of(call, 50, 250)?;
    let mut redirects: Vec<&Redirect> = world
        .content
        .redirects
        .values()
        .filter(|redirect| redirect.help_center_id == center)
        .collect();
    redirects.sort_by_key(|redirect| Reverse((redirect.updated_at, redirect.id)));
    let data: Vec<Value> = page
        .slice(&redirects)
        .iter()
        .map(|redirect| render(redirect))
        .collect();
    let address = format!(
        "{}/help_center/help_centers/{center}/redirects",
        world.workspace.base_url
    );
    let pages = page.pages(redirects.len(), &address);
    Answer::ok(
        json!({"type": "list", "data": data, "total_count": redirects.len(), "pages": pages}),
    )
}

fn get(world: &mut World, call: &Call) -> Reply {
    Answer::ok(render(find(world, call)?))
}

fn create(world: &mut World, call: &Call) -> Reply {
    let center = center(world, call)?.clone();
    let needed = |name: &str| call.identifier(name).ok_or_else(|| Fault::absent(name));
    let (from_url, locale) = (needed("from_url")?, needed("locale")?);
    let (kind, id) = (needed("target_type")?, needed("target_id")?);
    if !matches!(kind.as_str(), "article" | "collection") {
        let message = "target_type must be 'article' or 'collection'";
        return Err(Fault::invalid(message).of("target_type"));
    }
    if !inside(&from_url, &center) {
        let message = "from_url must be an absolute URL within this help center's URL space";
        return Err(wrong(message));
    }
    let (target, locale) = target(world, center.id, (&kind, &id), &locale)?;
    let taken =
        |redirect: &Redirect| redirect.help_center_id == center.id && redirect.from_url == from_url;
    if world.content.redirects.values().any(taken) {
        let message = "A redirect with that URL already exists";
        return Err(Fault::new(409, "resource_conflict", message));
    }
    let now = world.now();
    let redirect = Redirect {
        id: world.ids.small(),
        from_url,
        locale,
        help_center_id: center.id,
        target,
        created_at: now,
        updated_at: now,
    };
    let answer = render(&redirect);
    world.content.redirects.insert(redirect.id, redirect);
    Answer::ok(answer)
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?.id;
    world.content.redirects.remove(&id);
    Answer::ok(json!({"id": id.to_string(), "object": "help_center_redirect", "deleted": true}))
}

fn missing() -> Fault {
    Fault::missing("not_found", "Resource not found")
}

fn wrong(message: &str) -> Fault {
    Fault::new(422, "data_invalid", message)
}

fn center<'w>(world: &'w World, call: &Call) -> Result<&'w HelpCenter, Fault> {
    call.number(0)
        .and_then(|id| world.help_centers.get(&id))
        .ok_or_else(missing)
}

fn find<'w>(world: &'w World, call: &Call) -> Result<&'w Redirect, Fault> {
    let center = center(world, call)?.id;
    call.number(1)
        .and_then(|id| world.content.redirects.get(&id))
        .filter(|redirect| redirect.help_center_id == center)
        .ok_or_else(missing)
}

/// Whether an address belongs to a help center and is not its front page.
fn inside(address: &str, center: &HelpCenter) -> bool {
    address
        .strip_prefix(center.url.trim_end_matches('/'))
        .and_then(|rest| rest.strip_prefix('/'))
        .is_some_and(|path| !path.is_empty())
}

/// The target, which stands in the help center, and the language in which it is shown: the default one where it has
/// no other.
fn target(
    world: &World,
    center: u64,
    (kind, id): (&str, &str),
    locale: &str,
) -> Result<(Target, String), Fault> {
    let id: u64 = id.parse().unwrap_or_default();
    let here = |collection: &u64| {
        let known = world.collections.get(collection);
        known.filter(|collection| collection.help_center_id == center)
    };
    if kind == "collection" {
        let collection =
            here(&id).ok_or_else(|| wrong("The collection is not in this help center"))?;
        let spoken = collection.translations.contains_key(locale);
        let own = &collection.default_locale;
        let locale = if spoken { locale } else { own };
        return Ok((Target::Collection(id), locale.to_owned()));
    }
    let article = world
        .articles
        .get(&id)
        .filter(|article| article.parent_ids.iter().any(|shelf| here(shelf).is_some()))
        .ok_or_else(|| wrong("The article is not in this help center"))?;
    let locale = articles::spoken(article, locale);
    Ok((Target::Article(id), locale.to_owned()))
}

#[cfg(test)]
mod tests {
    use crate::testing::{NOW, RUI, call, fault, world};
    use crate::world::{World, knowledge::HelpCenter};
    use serde_json::{Value, json};

    /// A help center with one article in one collection; tells the article's id.
    fn with_article() -> (World, String) {
        let mut world = world();
        let center = HelpCenter {
            id: 81,
            url: "https://help.shop.example".into(),
            ..HelpCenter::default()
        };
        world.help_centers.insert(81, center);
        let shelf = call(&mut world, "create_collection", "", json!({"name": "S"})).unwrap();
        let body = json!({"title": "T", "author_id": RUI, "parent_id": shelf["id"], "parent_type": "collection"});
        let article = call(&mut world, "create_article", "", body).unwrap();
        let id = article["id"].as_str().unwrap().to_owned();
        (world, id)
    }

    fn redirect(extra: &Value, article: &str) -> Value {
        let mut body = json!({"from_url": "https://help.shop.example/old", "locale": "fr", "target_type": "article", "target_id": article});
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        body
    }

    #[test]
    fn an_old_address_leads_to_its_article() {
        let (mut world, article) = with_article();
        let made = call(
            &mut world,
            "create_help_center_redirect",
            "81",
            redirect(&json!({}), &article),
        )
        .unwrap();
        assert_eq!(
            (&made["target_id"], &made["locale"], &made["created_at"]),
            (&json!(article), &json!("en"), &json!(NOW)),
            "the article is not there in French"
        );
        assert_eq!(
            fault(
                &mut world,
                "create_help_center_redirect",
                "81",
                redirect(&json!({}), &article)
            ),
            (409, "resource_conflict")
        );
        let place = format!("81/{}", made["id"].as_str().unwrap());
        let one = call(&mut world, "get_help_center_redirect", &place, Value::Null).unwrap();
        let listed = call(&mut world, "list_help_center_redirects", "81", Value::Null).unwrap();
        assert_eq!(listed["data"], json!([one]));
        let gone = call(
            &mut world,
            "delete_help_center_redirect",
            &place,
            Value::Null,
        )
        .unwrap();
        assert_eq!(gone["object"], "help_center_redirect");
        assert_eq!(
            fault(&mut world, "get_help_center_redirect", &place, Value::Null),
            (404, "not_found")
        );
    }

    #[test]
    fn a_deleted_article_takes_its_redirects_along() {
        let (mut world, article) = with_article();
        let body = redirect(&json!({}), &article);
        call(&mut world, "create_help_center_redirect", "81", body).unwrap();
        call(&mut world, "delete_article", &article, Value::Null).unwrap();
        assert!(world.content.redirects.is_empty());
    }

    #[test]
    fn bad_redirects_are_refused() {
        let (mut world, article) = with_article();
        for (extra, expected) in [
            (json!({"from_url": null}), (400, "parameter_not_found")),
            (json!({"target_type": "page"}), (400, "parameter_invalid")),
            (
                json!({"from_url": "https://elsewhere.example/old"}),
                (422, "data_invalid"),
            ),
            (
                json!({"from_url": "https://help.shop.example/"}),
                (422, "data_invalid"),
            ),
            (json!({"target_id": "5"}), (422, "data_invalid")),
            (
                json!({"target_type": "collection", "target_id": "5"}),
                (422, "data_invalid"),
            ),
        ] {
            let body = redirect(&extra, &article);
            assert_eq!(
                fault(&mut world, "create_help_center_redirect", "81", body),
                expected,
                "{extra}"
            );
        }
        assert_eq!(
            fault(&mut world, "list_help_center_redirects", "82", Value::Null),
            (404, "not_found")
        );
    }
}
