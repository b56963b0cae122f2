//! The people behind the desk and the labels that they use.

use super::shop::{AttributeRow, Shop};
use crate::world::{
    ObjectId, Time, World,
    data::{AwayStatusReason, DataAttribute},
    people::{Admin, Segment, SubscriptionType, Tag, Team},
};
use std::collections::BTreeMap;

const DAY: Time = 86_400;
const FIRST_ADMIN: u64 = 7001;
const FIRST_TEAM: u64 = 5551;
/// Intercom's own attributes: model, name, label, type.
const BUILT_IN: [(&str, &str, &str, &str); 15] = [
    ("contact", "name", "Name", "string"),
    ("contact", "email", "Email", "string"),
    ("contact", "phone", "Phone", "string"),
    ("contact", "external_id", "User ID", "string"),
    ("contact", "role", "Type", "string"),
    ("contact", "signed_up_at", "Signed up", "date"),
    ("contact", "last_seen_at", "Last seen", "date"),
    (
        "contact",
        "unsubscribed_from_emails",
        "Unsubscribed from emails",
        "boolean",
    ),
    ("company", "name", "Company name", "string"),
    ("company", "company_id", "Company ID", "string"),
    ("company", "plan", "Plan", "string"),
    ("company", "industry", "Company industry", "string"),
    ("company", "size", "Company size", "integer"),
    ("company", "monthly_spend", "Monthly spend", "float"),
    ("company", "website", "Company website", "string"),
];

/// Who works here, for those who write conversations.
pub(super) struct House {
    /// Teams by name: id and members.
    pub(super) teams: BTreeMap<String, (u64, Vec<u64>)>,
    /// First names of the admins, by id.
    pub(super) names: BTreeMap<u64, String>,
    pub(super) tags: BTreeMap<String, u64>,
    /// Segments by rule.
    pub(super) segments: BTreeMap<String, ObjectId>,
    pub(super) subscriptions: Vec<(u64, bool)>,
}

/// Hires everybody and prints the labels.
pub(super) fn plant(world: &mut World, shop: &Shop) -> House {
    let teams = teams(world, shop);
    let names = admins(world, shop, &teams);
    let tags = shop
        .tags
        .iter()
        .map(|name| (name.clone(), tag(world, name)))
        .collect();
    for row in &shop.attributes {
        custom(world, row);
    }
    for (model, name, label, kind) in BUILT_IN {
        built_in(world, model, name, label, kind);
    }
    away_reasons(world);
    let segments = segments(world, shop);
    House {
        teams,
        names,
        tags,
        segments,
        subscriptions: subscriptions(world, shop),
    }
}

fn teams(world: &mut World, shop: &Shop) -> BTreeMap<String, (u64, Vec<u64>)> {
    let mut teams = BTreeMap::new();
    for (id, row) in (FIRST_TEAM..).zip(&shop.teams) {
        let belongs = |names: &[String]| names.contains(&row.name);
        let members: Vec<u64> = (FIRST_ADMIN..)
            .zip(&shop.admins)
            .filter(|(_, admin)| belongs(&admin.teams) || belongs(&admin.second))
            .map(|(id, _)| id)
            .collect();
        let team = Team {
            id,
            name: row.name.clone(),
            admin_ids: members.clone(),
            assignment_limit: Some(row.limit),
            distribution_method: row.method.clone(),
            ..Team::default()
        };
        world.teams.insert(id, team);
        teams.insert(row.name.clone(), (id, members));
    }
    teams
}

fn admins(
    world: &mut World,
    shop: &Shop,
    teams: &BTreeMap<String, (u64, Vec<u64>)>,
) -> BTreeMap<u64, String> {
    let mut names = BTreeMap::new();
    for (id, row) in (FIRST_ADMIN..).zip(&shop.admins) {
        let role = match row.role.as_str() {
            "Owner" => 1,
            "Admin" => 2,
            _ => 3,
        };
        let admin = Admin {
            id,
            name: row.name.clone(),
            email: format!("{}@{}", row.mail, shop.domain),
            job_title: Some(row.title.clone()),
            away_mode_enabled: row.away,
            away_mode_reassign: row.away,
            has_inbox_seat: true,
            team_ids: row
                .teams
                .iter()
                .chain(&row.second)
                .filter_map(|name| teams.get(name))
                .map(|(id, _)| *id)
                .collect(),
            role: Some((role, row.role.clone())),
            ..Admin::default()
        };
        world.admins.insert(id, admin);
        names.insert(
            id,
            row.name.split(' ').next().unwrap_or_default().to_owned(),
        );
    }
    names
}

fn tag(world: &mut World, name: &str) -> u64 {
    let id = world.ids.small();
    world.tags.insert(
        id,
        Tag {
            id,
            name: name.into(),
        },
    );
    id
}

fn custom(world: &mut World, row: &AttributeRow) {
    let (id, at) = (world.ids.small(), world.now() - 700 * DAY);
    let attribute = DataAttribute {
        id,
        model: row.model.clone(),
        name: row.name.clone(),
        full_name: format!("custom_attributes.{}", row.name),
        label: row.label.clone(),
        description: row.description.clone(),
        data_type: row.r#type.clone(),
        options: row.options.clone(),
        api_writable: true,
        ui_writable: true,
        custom: true,
        created_at: at,
        updated_at: at,
        admin_id: Some(FIRST_ADMIN),
        ..DataAttribute::default()
    };
    world.data_attributes.insert(id, attribute);
}

fn built_in(world: &mut World, model: &str, name: &str, label: &str, kind: &str) {
    let id = world.ids.small();
    let attribute = DataAttribute {
        id,
        model: model.into(),
        name: name.into(),
        full_name: name.into(),
        label: label.into(),
        data_type: kind.into(),
        api_writable: name != "company_id",
        ui_writable: true,
        ..DataAttribute::default()
    };
    world.data_attributes.insert(id, attribute);
}

/// Lunch, workshop, training and holiday; whoever is away is on holiday.
fn away_reasons(world: &mut World) {
    let created_at = world.now() - 400 * DAY;
    let kinds = [
        ("🍜", "Lunch"),
        ("🔧", "In the workshop"),
        ("🎓", "Training"),
        ("🏖️", "Holiday"),
    ];
    let mut order = 0;
    let [.., holiday] = kinds.map(|(emoji, label)| {
        let id = world.ids.small();
        order += 1;
        let reason = AwayStatusReason {
            id,
            label: label.into(),
            emoji: emoji.into(),
            order,
            created_at,
            deleted: false,
        };
        world.away_status_reasons.insert(id, reason);
        id
    });
    for admin in world.admins.values_mut() {
        admin.away_status_reason_id = admin.away_mode_enabled.then_some(holiday);
    }
}

fn segments(world: &mut World, shop: &Shop) -> BTreeMap<String, ObjectId> {
    let at = world.now() - 500 * DAY;
    let mut segments = BTreeMap::new();
    for row in &shop.segments {
        let id = world.ids.object(super::EPOCH - 500 * DAY);
        let segment = Segment {
            id,
            name: row.name.clone(),
            person_type: row.person.clone(),
            created_at: at,
            updated_at: at + 90 * DAY,
        };
        world.segments.insert(id, segment);
        segments.insert(row.rule.clone(), id);
    }
    segments
}

fn subscriptions(world: &mut World, shop: &Shop) -> Vec<(u64, bool)> {
    let mut types = Vec::new();
    for row in &shop.subscriptions {
        let id = world.ids.small();
        let kind = SubscriptionType {
            id,
            name: row.name.clone(),
            description: row.description.clone(),
            state: "live".into(),
            consent_type: row.consent.clone(),
            content_types: row.contents.clone(),
            locale: "en".into(),
        };
        world.subscription_types.insert(id, kind);
        types.push((id, row.consent == "opt_in"));
    }
    types
}
