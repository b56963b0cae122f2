//! The face of the shop: brands, sender addresses, hours, saved replies, news. Its ids are fixed numbers, so that
//! whatever else is planted keeps its own.

use super::staff::House;
use crate::world::{
    Time, World,
    office::{Brand, EmailSetting, Macro, NewsItem, Newsfeed, Schedule, ScheduleException},
};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;

const DAY: Time = 86_400;
const FIRST_EMAIL: u64 = 41;
const FIRST_FEED: u64 = 53;
const FIRST_SCHEDULE: u64 = 61;
const FIRST_EXCEPTION: u64 = 71;
const FIRST_NEWS: u64 = 151;
const FIRST_MACRO: u64 = 601;
const FIRST_ADMIN: u64 = 7001;

/// What `office.yaml` holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Office {
    brands: Vec<BrandRow>,
    emails: Vec<EmailRow>,
    schedules: Vec<ScheduleRow>,
    macros: Vec<MacroRow>,
    newsfeeds: Vec<String>,
    news: Vec<NewsRow>,
}

/// A brand; the default one has no id of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BrandRow {
    name: String,
    #[serde(default)]
    id: Option<String>,
    email: String,
    age: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EmailRow {
    mailbox: String,
    #[serde(default)]
    brand: Option<String>,
    #[serde(default)]
    forwarding: bool,
    #[serde(default = "yes")]
    verified: bool,
    age: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScheduleRow {
    name: String,
    zone: String,
    hours: Vec<(u32, u32)>,
    days_off: Vec<DayOffRow>,
}

/// A day off, or one with other hours.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DayOffRow {
    name: String,
    month: i8,
    day: i8,
    #[serde(default)]
    hours: Option<Vec<(u32, u32)>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MacroRow {
    name: String,
    on: Vec<String>,
    #[serde(default)]
    teams: Vec<String>,
    body: String,
}

/// News; `sender` is a place in the list of admins.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewsRow {
    title: String,
    body: String,
    feeds: Vec<String>,
    labels: Vec<String>,
    reactions: Vec<String>,
    sender: u64,
    age: i64,
    #[serde(default)]
    draft: bool,
}

fn yes() -> bool {
    true
}

/// Opens the office.
pub(super) fn plant(world: &mut World, house: &House, domain: &str) {
    let office: Office = super::read("office.yaml", include_str!("../../data/office.yaml"));
    faces(world, &office, domain);
    for (id, row) in (FIRST_SCHEDULE..).zip(&office.schedules) {
        schedule(world, id, row);
    }
    for (id, row) in (FIRST_MACRO..).zip(&office.macros) {
        saved_reply(world, house, id, row);
    }
    news(world, &office);
}

fn faces(world: &mut World, office: &Office, domain: &str) {
    let now = world.now();
    let default = world.workspace.id_code.clone();
    let emails: BTreeMap<&str, u64> = office
        .emails
        .iter()
        .zip(FIRST_EMAIL..)
        .map(|(row, id)| (row.mailbox.as_str(), id))
        .collect();
    for row in &office.emails {
        let setting = EmailSetting {
            id: emails[row.mailbox.as_str()],
            email: format!("{}@{domain}", row.mailbox),
            verified: row.verified,
            brand_id: row.brand.clone().unwrap_or_else(|| default.clone()),
            forwarding_enabled: row.forwarding,
            last_forwarded_at: row.forwarding.then_some(now - 1800),
            created_at: now - row.age * DAY,
            updated_at: now - row.age * DAY / 2,
        };
        world.office.emails.insert(setting.id, setting);
    }
    for row in &office.brands {
        let brand = Brand {
            id: row.id.clone().unwrap_or_else(|| default.clone()),
            name: row.name.clone(),
            is_default: row.id.is_none(),
            created_at: now - row.age * DAY,
            updated_at: now - row.age * DAY / 3,
            help_center_id: world.help_centers.keys().next().copied(),
            email_id: emails.get(row.email.as_str()).copied(),
        };
        world.office.brands.insert(brand.id.clone(), brand);
    }
}

fn schedule(world: &mut World, id: u64, row: &ScheduleRow) {
    let at = world.now() - 500 * DAY;
    let schedule = Schedule {
        id,
        name: row.name.clone(),
        time_zone: row.zone.clone(),
        intervals: row.hours.clone(),
        created_at: at,
        updated_at: at + 200 * DAY,
    };
    world.office.schedules.insert(id, schedule);
    let year = jiff::Timestamp::from_second(world.now()).unwrap_or_default();
    let year = year.to_zoned(world.workspace.timezone.clone()).year();
    for (place, day) in (FIRST_EXCEPTION..).zip(&row.days_off) {
        let exception = ScheduleException {
            id: place,
            schedule: id,
            date: Date::new(year, day.month, day.day).unwrap_or_default(),
            name: Some(day.name.clone()),
            intervals: day.hours.clone(),
            recurring_annually: true,
            created_at: at,
            updated_at: at,
        };
        world.office.exceptions.insert(place, exception);
    }
}

fn saved_reply(world: &mut World, house: &House, id: u64, row: &MacroRow) {
    let created_at = world.now() - Time::try_from(id - FIRST_MACRO).unwrap_or_default() * 17 * DAY;
    let teams = row.teams.iter().filter_map(|name| house.teams.get(name));
    let saved = Macro {
        id,
        name: row.name.clone(),
        body: row.body.clone(),
        created_at: created_at - 120 * DAY,
        updated_at: created_at - 6 * DAY,
        team_ids: teams.map(|(id, _)| *id).collect(),
        available_on: ["inbox", "messenger"]
            .into_iter()
            .filter(|place| row.on.iter().any(|on| on == place))
            .collect(),
    };
    world.office.macros.insert(id, saved);
}

fn news(world: &mut World, office: &Office) {
    let now = world.now();
    for (id, name) in (FIRST_FEED..).zip(&office.newsfeeds) {
        let feed = Newsfeed {
            id,
            name: name.clone(),
            created_at: now - 600 * DAY,
            updated_at: now - 90 * DAY,
        };
        world.office.newsfeeds.insert(id, feed);
    }
    for (id, row) in (FIRST_NEWS..).zip(&office.news) {
        let at = now - row.age * DAY;
        let feeds = (FIRST_FEED..)
            .zip(&office.newsfeeds)
            .filter(|(_, name)| row.feeds.contains(name))
            .map(|(feed, _)| (feed, (!row.draft).then_some(at)))
            .collect();
        let item = NewsItem {
            id,
            title: row.title.clone(),
            body: row.body.clone(),
            sender_id: FIRST_ADMIN + row.sender,
            live: !row.draft,
            deliver_silently: false,
            labels: row.labels.clone(),
            reactions: row.reactions.iter().cloned().map(Some).collect(),
            feeds,
            created_at: at - DAY,
            updated_at: at,
        };
        world.office.news.insert(id, item);
    }
}
