//! The customers and the companies that they write for.

use super::{
    EPOCH,
    dice::Dice,
    shop::{CompanyRow, PersonRow, Shop},
    staff::House,
};
use crate::world::{
    Attributes, ObjectId, Time, World,
    people::{Company, Contact, Device, Location, Role},
};
use serde_json::json;

const DAY: Time = 86_400;
/// Bikes from which a fleet is called large.
const LARGE_FLEET: i64 = 50;
const BROWSERS: [(&str, &str, &str); 5] = [
    ("chrome", "139", "Windows 11"),
    ("safari", "18", "Mac OS X 15"),
    ("firefox", "142", "Linux"),
    ("edge", "139", "Windows 11"),
    ("mobile safari", "18", "iOS 18"),
];
const TRADES: [(&str, &str); 6] = [
    ("Logistics", "Logistics"),
    ("Couriers", "Courier"),
    ("Bakery", "Food"),
    ("Hotel", "Hospitality"),
    ("Tours", "Tourism"),
    ("Clinic", "Health care"),
];

/// A customer, as conversations see one.
pub(super) struct Person {
    pub(super) id: ObjectId,
    pub(super) name: String,
    pub(super) first: String,
    pub(super) city: String,
    pub(super) email: String,
    pub(super) company: Option<(ObjectId, String)>,
    pub(super) plan: &'static str,
    /// Seconds since the person first came.
    pub(super) age: Time,
    /// The place in the list of bikes.
    pub(super) bike: usize,
}

/// How many people and companies the world gets.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub(super) people: usize,
    pub(super) companies: usize,
}

/// Whether a person has not come for more than a month.
pub(super) fn is_quiet(person: usize) -> bool {
    person % 8 == 5
}

/// Lets the customers in.
pub(super) fn plant(
    world: &mut World,
    dice: &mut Dice,
    shop: &Shop,
    house: &House,
    size: Size,
) -> Vec<Person> {
    let companies: Vec<(CompanyRow, ObjectId)> = (0..size.companies)
        .map(|n| company(world, dice, shop, house, n))
        .collect();
    (0..size.people)
        .map(|n| person(world, dice, shop, (house, &companies), n))
        .collect()
}

fn company(
    world: &mut World,
    dice: &mut Dice,
    shop: &Shop,
    house: &House,
    n: usize,
) -> (CompanyRow, ObjectId) {
    let row = shop
        .companies
        .get(n)
        .cloned()
        .unwrap_or_else(|| invented_company(dice, shop, n));
    let age = dice.between(120, 1500) * DAY;
    let id = world.ids.object(EPOCH - age);
    let created_at = world.now() - age;
    let seen = world.now() - dice.skewed(600, 20 * DAY);
    let mut custom_attributes = Attributes::new();
    custom_attributes.insert("fleet_size".into(), json!(row.fleet));
    custom_attributes.insert("account_tier".into(), json!(row.tier));
    custom_attributes.insert(
        "renewal_month".into(),
        json!(*dice.pick(&["January", "April", "June", "September", "November"])),
    );
    let large = house
        .segments
        .get("large-fleet")
        .filter(|_| row.fleet >= LARGE_FLEET);
    let company = Company {
        id,
        company_id: row.key.clone(),
        name: row.name.clone(),
        plan: Some(row.plan.clone()),
        size: Some(row.size),
        website: Some(format!("https://{}", row.site)),
        industry: Some(row.industry.clone()),
        monthly_spend: row.spend,
        session_count: dice.between(4, 400),
        remote_created_at: Some(created_at),
        created_at,
        updated_at: seen,
        last_request_at: Some(seen),
        custom_attributes,
        segments: large.copied().into_iter().collect(),
        ..Company::default()
    };
    world.companies.insert(id, company);
    (row, id)
}

fn invented_company(dice: &mut Dice, shop: &Shop, n: usize) -> CompanyRow {
    let (last, (trade, industry)) = (dice.pick(&shop.last_names), *dice.pick(&TRADES));
    let (key, fleet) = (
        format!("{}-{}-{n}", last.to_lowercase(), trade.to_lowercase()),
        dice.between(5, 60),
    );
    CompanyRow {
        name: format!("{last} {trade}"),
        site: format!("{key}.example"),
        key,
        industry: industry.into(),
        size: dice.between(8, 300),
        plan: "Fleet".into(),
        spend: fleet * 34,
        fleet,
        tier: if fleet > 30 { "growth" } else { "starter" }.into(),
    }
}

/// A person of the shop's list, or a new one who lives where somebody of the list lives.
fn invented_person(
    dice: &mut Dice,
    shop: &Shop,
    companies: &[(CompanyRow, ObjectId)],
) -> PersonRow {
    let name = format!(
        "{} {}",
        dice.pick(&shop.first_names),
        dice.pick(&shop.last_names)
    );
    let company = dice.percent(40).then(|| dice.pick(companies).0.key.clone());
    PersonRow {
        name,
        company,
        ..dice.pick(&shop.people).clone()
    }
}

fn person(
    world: &mut World,
    dice: &mut Dice,
    shop: &Shop,
    (house, companies): (&House, &[(CompanyRow, ObjectId)]),
    n: usize,
) -> Person {
    let listed = shop.people.get(n).cloned();
    let row = listed
        .clone()
        .unwrap_or_else(|| invented_person(dice, shop, companies));
    let employer = row
        .company
        .as_ref()
        .and_then(|key| companies.iter().find(|(company, _)| company.key == *key));
    let plan = match employer {
        Some((company, _)) if company.plan == "Fleet" => "fleet",
        Some((company, _)) if company.plan == "Pro" => "pro",
        _ if dice.percent(35) => "pro",
        _ => "free",
    };
    let role = if employer.is_none() && n % 3 == 2 {
        Role::Lead
    } else {
        Role::User
    };
    let age = dice.skewed(if is_quiet(n) { 200 } else { 2 } * DAY, 1400 * DAY);
    let address = row.name.to_lowercase().replace('\'', "").replace(' ', ".");
    let number = if listed.is_some() {
        String::new()
    } else {
        n.to_string()
    };
    let site = employer.map_or("mailbox.example", |(company, _)| company.site.as_str());
    let person = Person {
        id: world.ids.object(EPOCH - age),
        first: row.name.split(' ').next().unwrap_or_default().to_owned(),
        name: row.name.clone(),
        city: row.city.clone(),
        email: format!("{address}{number}@{site}"),
        company: employer.map(|(company, id)| (*id, company.name.clone())),
        plan: if role == Role::Lead { "free" } else { plan },
        age,
        bike: dice.below(shop.bikes.len()),
    };
    let contact = contact(world, dice, (&person, &row), role, n);
    let contact = with_history(world, dice, contact, &person, (shop, house));
    world.contacts.insert(person.id, contact);
    person
}

fn contact(
    world: &World,
    dice: &mut Dice,
    (person, row): (&Person, &PersonRow),
    role: Role,
    n: usize,
) -> Contact {
    let now = world.now();
    let (browser, version, os) = *dice.pick(&BROWSERS);
    let user = role == Role::User;
    let last_visit = if is_quiet(n) { 35 * DAY } else { 300 };
    let seen = now - dice.skewed(last_visit, person.age.min(90 * DAY));
    let ios = (os == "iOS 18").then(|| {
        Box::new(Device {
            app_name: Some("Spoke".into()),
            app_version: Some("5.2.1".into()),
            device: Some("iPhone 16".into()),
            os_version: Some("18.1".into()),
            sdk_version: Some("17.2".into()),
            last_seen_at: Some(seen),
        })
    });
    let location = Location {
        country: row.country.clone(),
        region: row.region.clone(),
        city: row.city.clone(),
        country_code: row.code.clone(),
        continent_code: row.continent.clone(),
    };
    Contact {
        id: person.id,
        external_id: user.then(|| format!("u-{}", 1001 + n)),
        role,
        email: Some(person.email.clone()),
        phone: dice
            .percent(60)
            .then(|| format!("+31{}", 610_000_000 + n * 7919 % 89_999_999)),
        name: Some(person.name.clone()),
        owner_id: if person.plan == "fleet" {
            Some(7005)
        } else {
            dice.percent(30).then(|| 7001 + n as u64 % 4)
        },
        created_at: now - person.age,
        updated_at: seen,
        signed_up_at: user.then(|| now - person.age),
        last_seen_at: Some(seen),
        last_email_opened_at: dice
            .percent(50)
            .then(|| seen - dice.between(0, (person.age / 2).min(20 * DAY))),
        browser: Some(browser.into()),
        browser_version: Some(version.into()),
        browser_language: Some(row.lang.clone()),
        os: Some(os.into()),
        location: Some(Box::new(location)),
        ios,
        companies: person.company.iter().map(|(id, _)| *id).collect(),
        unsubscribed_from_emails: dice.percent(8),
        sms_consent: dice.percent(25),
        ..Contact::default()
    }
}

/// What the shop knows from earlier visits: attributes, segments, consents.
fn with_history(
    world: &World,
    dice: &mut Dice,
    mut contact: Contact,
    person: &Person,
    (shop, house): (&Shop, &House),
) -> Contact {
    let orders = dice.skewed(1, 14);
    let bike = &shop.bikes[person.bike];
    let attributes = &mut contact.custom_attributes;
    attributes.insert("plan".into(), json!(person.plan));
    if contact.role == Role::User {
        attributes.insert("orders_count".into(), json!(orders));
        attributes.insert(
            "lifetime_value".into(),
            json!(bike.price + orders * dice.between(19, 90)),
        );
        attributes.insert("bike_model".into(), json!(bike.name));
        attributes.insert(
            "last_service_at".into(),
            json!(world.now() - dice.between(1, 300) * DAY),
        );
    }
    attributes.insert("newsletter".into(), json!(dice.percent(45)));
    for &(id, opt_in) in &house.subscriptions {
        if dice.percent(20) {
            contact.subscriptions.push((id, opt_in));
        }
    }
    if contact.role == Role::Lead {
        contact.origin = vec![
            (
                "referrer",
                "https://bikeforum.example/best-commuters".into(),
            ),
            ("utm_source", "bikeforum".into()),
            ("utm_medium", "referral".into()),
        ];
    }
    contact
}

/// Makes what is known of the people fit to the conversations they had.
pub(super) fn settle(world: &mut World, house: &House, people: &[Person]) {
    let now = world.now();
    for conversation in world.conversations.values() {
        let Some(contact) = conversation
            .contacts
            .first()
            .and_then(|id| world.contacts.get_mut(id))
        else {
            continue;
        };
        let figures = &conversation.statistics;
        contact.last_replied_at = contact.last_replied_at.max(figures.last_contact_reply_at);
        contact.last_contacted_at = contact.last_contacted_at.max(figures.last_admin_reply_at);
        contact.last_seen_at = contact.last_seen_at.max(contact.last_replied_at);
        contact.updated_at = contact.updated_at.max(conversation.updated_at);
        if contact.created_at > conversation.created_at {
            contact.created_at = conversation.created_at - 600;
            contact.signed_up_at = contact.signed_up_at.map(|_| conversation.created_at - 600);
        }
    }
    for person in people {
        if let Some(contact) = world.contacts.get_mut(&person.id) {
            contact.segments = segments(now, contact, person.plan, house);
        }
    }
}

fn segments(now: Time, contact: &Contact, plan: &str, house: &House) -> Vec<ObjectId> {
    let (seen, user) = (
        contact.last_seen_at.unwrap_or_default(),
        contact.role == Role::User,
    );
    let rules = [
        ("active", user && now - seen < 14 * DAY),
        ("pro", user && plan == "pro"),
        ("fleet", user && plan == "fleet"),
        ("new", user && now - contact.created_at < 30 * DAY),
        ("lead", !user),
        ("slipping", user && now - seen > 30 * DAY),
    ];
    rules
        .iter()
        .filter(|(_, belongs)| *belongs)
        .filter_map(|(rule, _)| house.segments.get(*rule))
        .copied()
        .collect()
}
