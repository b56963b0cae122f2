//! What works by itself in the shop, and how it is set up: connectors, procedures, workflows, banners, visitors.

use super::dice::Dice;
use crate::world::{
    Time, World,
    automation::{DataConnector, Execution, Procedure, Workflow},
    settings::{Banner, Secret, ShopConnector, Visitor},
};
use serde_json::{Value, json};

const MINUTE: Time = 60;
const DAY: Time = 86_400;

/// Plants it all; `domain` is where the shop's own systems answer.
pub(super) fn plant(world: &mut World, dice: &mut Dice, domain: &str) {
    connectors(world, dice, domain);
    procedures(world);
    workflows(world);
    banners(world, domain);
    visitors(world, dice);
    let created_at = world.now() - 300 * DAY;
    let id = world.ids.small();
    let secret = Secret {
        id,
        name: "Web shop".into(),
        supports: [false, false, true],
        created_at,
    };
    world.settings.secrets.insert(id, secret);
    world.settings.shops.insert(8801, ShopConnector::default());
    world.settings.allowlist.entries = vec!["198.51.100.0/24".into(), "127.0.0.1".into()];
}

fn connectors(world: &mut World, dice: &mut Dice, domain: &str) {
    let now = world.now();
    let rows = [
        (
            "Order status",
            json!({"description": "Where an order is and when it comes.", "http_method": "get", "url": format!("https://api.{domain}/orders/{{{{order_number}}}}"),
                "direct_fin_usage": true, "audiences": ["users"], "customer_authentication": true,
                "headers": [{"name": "Accept", "value": "application/json"}],
                "data_inputs": [{"name": "order_number", "type": "string", "description": "As it stands on the invoice", "required": true, "default_value": ""}],
                "response_fields": [{"path": "status", "type": "string", "example_value": "sent", "redacted": false}]}),
        ),
        (
            "Book a service",
            json!({"description": "Books a place in the workshop.", "http_method": "post", "url": format!("https://api.{domain}/workshop/bookings"),
                "body": "{\"day\": \"{{day}}\"}", "audiences": ["users", "leads"],
                "data_inputs": [{"name": "day", "type": "string", "description": "The wished day", "required": true, "default_value": ""}]}),
        ),
    ];
    for (n, (name, settings)) in rows.into_iter().enumerate() {
        let id = world.ids.small();
        let connector = DataConnector {
            id,
            name: name.into(),
            live: true,
            settings: settings.as_object().cloned().unwrap_or_default(),
            created_by: 7001,
            updated_by: 7002,
            created_at: now - 200 * DAY,
            updated_at: now - 12 * DAY,
            executions: executions(world, dice, &settings, n),
            in_use: n == 0,
        };
        world.automation.connectors.insert(id, connector);
    }
}

/// The runs of the last hours, a few of which went wrong.
fn executions(world: &mut World, dice: &mut Dice, settings: &Value, n: usize) -> Vec<Execution> {
    let now = world.now();
    let talks: Vec<u64> = world.conversations.keys().rev().copied().take(20).collect();
    let url = settings["url"].as_str().unwrap_or_default();
    (0..14)
        .map(|run| {
            let error = match run {
                3 => Some(("3rd_party_error", "The server answered 503.".to_owned())),
                9 => Some((
                    "faraday_error",
                    "The connection timed out after 10 seconds.".to_owned(),
                )),
                _ => None,
            };
            let http_status = match run {
                3 => Some(503),
                9 => None,
                _ => Some(200),
            };
            let good = error.is_none();
            Execution {
                id: world.ids.small(),
                created_at: now - (14 - run) * 20 * MINUTE + dice.between(0, 600),
                http_status,
                error,
                took_ms: u32::try_from(dice.between(80, 900)).unwrap_or_default(),
                source_type: if n == 0 { "fin" } else { "workflow" },
                conversation: talks.get(dice.below(talks.len())).copied(),
                request_url: url.to_owned(),
                request_body: settings["body"].as_str().map(str::to_owned),
                response_body: good.then(|| json!({"status": "sent"}).to_string()),
            }
        })
        .collect()
}

fn procedures(world: &mut World) {
    let rows = [
        (
            "Refund an order",
            "Checks an order and pays it back after a person agrees.",
            true,
            true,
            Some(("approve_refund", vec!["approved", "amount"])),
        ),
        (
            "Change a delivery address",
            "Takes a new address while the parcel is still here.",
            true,
            true,
            None,
        ),
        (
            "Report a stolen bike",
            "Collects the frame number and the police report.",
            true,
            false,
            None,
        ),
        (
            "Trade in a bike",
            "Estimates what an old bike is worth.",
            false,
            true,
            None,
        ),
    ];
    for (name, description, live, by_api, asks) in rows {
        let id = world.ids.small();
        let asks = asks.map(|(step, names)| {
            (
                step.to_owned(),
                names.into_iter().map(str::to_owned).collect(),
            )
        });
        let procedure = Procedure {
            id,
            name: name.into(),
            description: description.into(),
            live,
            by_api,
            asks,
        };
        world.automation.procedures.insert(id, procedure);
    }
}

fn workflows(world: &mut World) {
    let now = world.now();
    let rows = [
        (
            6601,
            "Greet and sort",
            "inbound_conversation",
            "live",
            vec!["chat"],
        ),
        (
            6602,
            "Ask for a rating",
            "conversation_closed",
            "live",
            vec!["chat", "email"],
        ),
        (
            6603,
            "Night shift",
            "inbound_conversation",
            "paused",
            vec!["chat"],
        ),
    ];
    for (id, title, trigger_type, state, channels) in rows {
        let workflow = Workflow {
            id,
            title: title.into(),
            description: Some(format!("{title}, as the team lead set it up.")),
            trigger_type,
            state,
            channels,
            created_at: now - 220 * DAY,
            updated_at: now - 15 * DAY,
            steps: json!({"steps": [{"id": "1", "type": "send_message", "next": "2"}, {"id": "2", "type": "assign_to_team", "team_id": "5551"}]}),
            targeting: json!({"predicates": [{"attribute": "role", "comparison": "eq", "value": "user"}]}),
        };
        world.automation.workflows.insert(id, workflow);
    }
}

fn banners(world: &mut World, domain: &str) {
    let created_at = world.now() - 6 * DAY;
    let rows = [
        (
            41,
            "Autumn check",
            "<p>Book the yearly service before the rain comes.</p>",
            "inline",
            Some("Book"),
            false,
        ),
        (
            42,
            "Helmets",
            "<p>Every helmet 20 % off this week.</p>",
            "floating",
            None,
            true,
        ),
    ];
    for (id, title, body, style, label, for_leads) in rows {
        let banner = Banner {
            id,
            title: title.into(),
            body: body.into(),
            style,
            position: "top",
            link: label.map(|label| (label.to_owned(), format!("https://{domain}/service"))),
            created_at,
            for_leads,
        };
        world.settings.banners.insert(id, banner);
    }
}

fn visitors(world: &mut World, dice: &mut Dice) {
    let now = world.now();
    let rows = [
        ("visitor-7f3a", "Teal Lantern", "Porto", "Portugal", "PT"),
        (
            "visitor-91cc",
            "Amber Compass",
            "Utrecht",
            "Netherlands",
            "NL",
        ),
        ("visitor-b02e", "Violet Kettle", "Hamburg", "Germany", "DE"),
        ("visitor-d48d", "Green Anchor", "Lyon", "France", "FR"),
    ];
    for (key, pseudonym, city, country, country_code) in rows {
        let age = dice.between(10 * MINUTE, 9 * DAY);
        let id = world.ids.object(super::EPOCH);
        let visitor = Visitor {
            id,
            pseudonym: pseudonym.into(),
            created_at: now - age,
            updated_at: now - age / 3,
            session_count: 1 + u32::try_from(age / DAY).unwrap_or_default(),
            city: city.into(),
            country: country.into(),
            country_code: country_code.into(),
            referrer: Some("https://search.example/".into()),
            ..Visitor::default()
        };
        world.settings.visitors.insert(key.into(), visitor);
    }
}
