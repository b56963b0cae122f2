//! The help center and the articles for teammates.

use super::dice::Dice;
use crate::resources::articles::markup;
use crate::world::{
    Time, World,
    knowledge::{Article, ArticleText, Collection, HelpCenter, InternalArticle},
};
use std::collections::BTreeMap;

const DAY: Time = 86_400;
const PUBLIC: [&str; 5] = [
    include_str!("../../data/articles/orders.md"),
    include_str!("../../data/articles/returns.md"),
    include_str!("../../data/articles/account.md"),
    include_str!("../../data/articles/riding.md"),
    include_str!("../../data/articles/ebikes.md"),
];

/// Articles by title: id and public address.
pub(super) type Library = BTreeMap<String, (u64, String)>;

/// Fills the help center of the shop and gives back what conversations may point to.
pub(super) fn plant(world: &mut World, seed: u64, shop: &str, domain: &str) -> Library {
    let mut dice = Dice::new(seed, 3);
    let now = world.now();
    let center = world.ids.small();
    let url = format!("https://help.{domain}");
    let (opened, changed) = (now - 900 * DAY, now - 30 * DAY);
    let row = HelpCenter {
        id: center,
        identifier: "spoke-and-saddle".into(),
        display_name: format!("{shop} Help"),
        url: url.clone(),
        website_turned_on: true,
        created_at: opened,
        updated_at: changed,
    };
    world.help_centers.insert(center, row);
    let mut library = Library::new();
    for (order, file) in (0..).zip(PUBLIC) {
        let mut shelf = 0;
        for block in blocks(file) {
            match block.kind {
                "collection" => shelf = collection(world, &block, center, order),
                _ => library.extend([article(world, &mut dice, &block, shelf, &url)]),
            }
        }
    }
    for block in blocks(include_str!("../../data/articles/internal.md")) {
        internal(world, &mut dice, &block);
    }
    library
}

struct Block<'a> {
    kind: &'a str,
    fields: Vec<(&'a str, &'a str)>,
    body: &'a str,
}

impl<'a> Block<'a> {
    fn field(&self, name: &str) -> &'a str {
        self.fields
            .iter()
            .find(|(key, _)| *key == name)
            .map_or("", |(_, value)| value)
    }
}

/// Blocks begin with `=== kind`; fields come first, the body after a line of three dashes.
fn blocks(file: &str) -> impl Iterator<Item = Block<'_>> {
    file.split("=== ").skip(1).map(|text| {
        let (kind, rest) = text.split_once('\n').unwrap_or((text, ""));
        let (head, body) = rest.split_once("---\n").unwrap_or((rest, ""));
        let fields = head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .collect();
        Block {
            kind: kind.trim(),
            fields,
            body: body.trim(),
        }
    })
}

fn collection(world: &mut World, block: &Block<'_>, center: u64, order: u32) -> u64 {
    let id = world.ids.small();
    let created_at = world.now() - 880 * DAY;
    let (name, description) = (
        block.field("name").to_owned(),
        block.field("description").to_owned(),
    );
    let translations = BTreeMap::from([("en".to_owned(), (name.clone(), description.clone()))]);
    let row = Collection {
        id,
        name,
        description,
        created_at,
        updated_at: created_at + 90 * DAY,
        icon: block.field("icon").into(),
        order,
        default_locale: "en".into(),
        translations,
        parent_id: None,
        help_center_id: center,
    };
    world.collections.insert(id, row);
    id
}

fn article(
    world: &mut World,
    dice: &mut Dice,
    block: &Block<'_>,
    shelf: u64,
    url: &str,
) -> (String, (u64, String)) {
    let id = world.ids.small();
    let created_at = world.now() - dice.between(200, 850) * DAY;
    let updated_at = created_at + dice.between(20, 190) * DAY;
    let author = 7001 + u64::from(dice.percent(50)) * 2;
    let published = block.field("state") != "draft";
    let title = block.field("title").to_owned();
    let text = ArticleText {
        title: title.clone(),
        description: block.field("description").into(),
        body: markup::to_html(block.body),
        author_id: author,
        state: if published { "published" } else { "draft" }.into(),
        created_at,
        updated_at,
    };
    let views = if published {
        number(dice, 120, 9000)
    } else {
        0
    };
    let involved = views / 14;
    let row = Article {
        id,
        text,
        default_locale: "en".into(),
        created_at,
        updated_at,
        created_by: author,
        updated_by: author,
        parent_ids: vec![shelf],
        ai_chatbot_availability: published,
        ai_copilot_availability: true,
        views,
        reactions: [views / 40, views / 200, views / 160],
        fin_involvements: involved,
        fin_resolutions: involved * number(dice, 35, 80) / 100,
        ..Article::default()
    };
    world.articles.insert(id, row);
    let address = format!("{url}/en/articles/{id}-{}", slug(&title));
    (title, (id, address))
}

fn internal(world: &mut World, dice: &mut Dice, block: &Block<'_>) {
    let id = world.ids.small();
    let created_at = world.now() - dice.between(60, 500) * DAY;
    let row = InternalArticle {
        id,
        title: block.field("title").into(),
        body: markup::to_html(block.body),
        owner_id: 7001,
        author_id: 7001,
        created_at,
        updated_at: created_at + dice.between(1, 50) * DAY,
        locale: "en".into(),
        ai_copilot_availability: true,
        ..InternalArticle::default()
    };
    world.internal_articles.insert(id, row);
}

fn number(dice: &mut Dice, low: i64, high: i64) -> u32 {
    u32::try_from(dice.skewed(low, high)).unwrap_or_default()
}

fn slug(title: &str) -> String {
    let words = title
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}
