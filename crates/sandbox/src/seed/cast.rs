//! Who and what a conversation is about: the values of a script's slots.

use super::{dice::Dice, knowledge::Library, people::Person, shop::Shop, text::Slots};

/// The values of the slots in one conversation.
pub(super) struct Cast<'a> {
    person: &'a Person,
    library: &'a Library,
    company: &'a str,
    bike: &'a str,
    ebike: &'a str,
    part: &'a str,
    color: &'a str,
    /// First name of the teammate who answers.
    pub(super) admin: &'a str,
    pub(super) order: String,
    invoice: String,
    report: String,
    price: String,
    amount: String,
}

impl<'a> Cast<'a> {
    /// Chooses the values.
    pub(super) fn new(
        dice: &mut Dice,
        shop: &'a Shop,
        library: &'a Library,
        person: &'a Person,
    ) -> Self {
        let bike = &shop.bikes[person.bike];
        let electric: Vec<_> = shop.bikes.iter().filter(|bike| bike.electric).collect();
        let ebike = if bike.electric {
            bike
        } else {
            *dice.pick(&electric)
        };
        let invoice = format!("2026-{:05}", dice.between(1200, 88_000));
        Self {
            person,
            library,
            company: person
                .company
                .as_ref()
                .map_or("our company", |(_, name)| name),
            bike: &bike.name,
            ebike: &ebike.name,
            part: dice.pick::<String>(&shop.parts),
            color: dice.pick::<String>(&shop.colors),
            admin: "Rui",
            order: format!("SP{}", dice.between(104_000, 989_999)),
            invoice,
            report: dice.between(10_200, 99_800).to_string(),
            price: bike.price.to_string(),
            amount: format!("{}.90", dice.between(24, 189)),
        }
    }
}

impl Cast<'_> {
    /// The id of an article of the help center.
    pub(super) fn article_id(&self, title: &str) -> Option<u64> {
        self.library.get(title).map(|(id, _)| *id)
    }
}

impl Slots for Cast<'_> {
    fn slot(&self, name: &str) -> &str {
        match name {
            "first" => &self.person.first,
            "name" => &self.person.name,
            "city" => &self.person.city,
            "company" => self.company,
            "bike" => self.bike,
            "ebike" => self.ebike,
            "part" => self.part,
            "color" => self.color,
            "admin" => self.admin,
            "order" => &self.order,
            "invoice" => &self.invoice,
            "report" => &self.report,
            "price" => &self.price,
            "amount" => &self.amount,
            unknown => unreachable!("the slot {unknown} of a script has no value"),
        }
    }

    fn article(&self, title: &str) -> Option<&str> {
        self.library.get(title).map(|(_, url)| url.as_str())
    }
}
