//! The search language, evaluated for real: filters, groups, sort, cursors.

mod cell;
mod companies;
mod contacts;
mod conversations;
mod query;
#[cfg(test)]
mod tests;
mod tickets;
mod words;

use crate::{
    call::{Call, Fault, integer_of},
    paging::{Cursor, per_page},
    world::World,
};
use catalog::{
    ApiVersion,
    search::{FieldType, Searchable},
};
use cell::Cell;
use query::Node;
use serde_json::{Value, json};
use std::{cmp::Ordering, fmt::Display, str::FromStr};

pub(crate) use words::plain_text;

/// How a field is read from a record.
pub(crate) enum Access<T> {
    /// A field that every record has.
    Fixed(for<'a> fn(&'a World, &'a T) -> Cell<'a>),
    /// A field of the workspace's own, by name.
    Named(for<'a> fn(&'a World, &'a T, &str) -> Cell<'a>, String),
}

impl<T> Access<T> {
    fn read<'a>(&self, world: &'a World, record: &'a T) -> Cell<'a> {
        match self {
            Self::Fixed(read) => read(world, record),
            Self::Named(read, name) => read(world, record, name),
        }
    }
}

/// Something that can be searched.
pub(crate) trait Record: Sized {
    /// Its identifier.
    type Id: Copy + Ord + Display + FromStr;
    /// Which language of fields it speaks.
    const WHAT: Searchable;
    /// Items a page unless asked otherwise.
    const PER_PAGE: usize;
    /// What it is sorted by unless asked otherwise, newest first.
    const SORT: &'static str;
    /// Its identifier.
    fn id(&self) -> Self::Id;
    /// How to read a field; none where no record has it.
    fn access(field: &str) -> Option<Access<Self>>;
}

/// One page of what was found.
#[derive(Debug)]
pub(crate) struct Found<Id> {
    /// The records of the page, in order.
    pub ids: Vec<Id>,
    /// How many match, over all pages.
    pub total: usize,
    /// The number of this page, counted from 1.
    pub page: u64,
    /// Items a page.
    pub per_page: usize,
    /// Where the next page begins; none on the last one.
    pub next: Option<Cursor>,
}

impl<Id> Found<Id> {
    /// The `pages` object of the answer.
    pub(crate) fn pages(&self) -> Value {
        crate::paging::cursor_pages(self.page, self.per_page, self.total, self.next.as_ref())
    }
}

/// Carries out a search call on records.
pub(crate) fn run<'a, T: Record + 'a>(
    world: &'a World,
    records: impl Iterator<Item = &'a T>,
    call: &Call,
) -> Result<Found<T::Id>, Fault> {
    let query = call.field("query").ok_or_else(|| Fault::absent("query"))?;
    let node = Node::<T>::compile(world, query)?;
    let order = Order::<T>::of_search(call)?;
    let paging = call.field("pagination").unwrap_or(&Value::Null);
    let size = per_page(paging.get("per_page"), T::PER_PAGE, 150)?;
    let after = cursor_of(paging.get("starting_after"))?;
    Ok(page(
        world,
        records.filter(|record| node.holds(world, record)),
        &order,
        size,
        after,
    ))
}

/// One page of a list with `per_page` and `starting_after` in the query string.
pub(crate) fn list<'a, T: Record + 'a>(
    world: &'a World,
    records: impl Iterator<Item = &'a T>,
    call: &Call,
) -> Result<Found<T::Id>, Fault> {
    let order = Order::<T>::of_field(T::SORT, true)?;
    let size = call.query("per_page").map(|text| json!(text));
    let size = per_page(size.as_ref(), T::PER_PAGE, 150)?;
    let after = call
        .query("starting_after")
        .filter(|text| !text.is_empty())
        .map(Cursor::decode)
        .transpose()?;
    Ok(page(world, records, &order, size, after))
}

fn cursor_of(value: Option<&Value>) -> Result<Option<Cursor>, Fault> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => Cursor::decode(text).map(Some),
        Some(_) => Cursor::decode("").map(Some),
    }
}

/// What records are sorted by.
struct Order<T> {
    access: Access<T>,
    descending: bool,
    /// Cursors hold dates in milliseconds.
    scale: i64,
}

impl<T: Record> Order<T> {
    fn of_search(call: &Call) -> Result<Self, Fault> {
        let sort = call.field("sort").unwrap_or(&Value::Null);
        let word = sort
            .get("order")
            .and_then(Value::as_str)
            .unwrap_or("descending");
        let strict = T::WHAT == Searchable::Contacts && call.version >= ApiVersion::V2_16;
        let descending = match word {
            "descending" => true,
            "ascending" => false,
            "desc" if !strict => true,
            "asc" if !strict => false,
            _ => {
                let message =
                    format!("Invalid sort order '{word}'. Must be one of: ascending, descending");
                return Err(Fault::new(400, "invalid_sort_order", message));
            }
        };
        Self::of_field(
            sort.get("field").and_then(Value::as_str).unwrap_or(T::SORT),
            descending,
        )
    }

    fn of_field(field: &str, descending: bool) -> Result<Self, Fault> {
        let unknown = || {
            Fault::new(
                400,
                "invalid_field",
                format!("{field} is not a field that can be sorted by"),
            )
            .of("sort")
        };
        let kind = T::WHAT
            .field(field)
            .filter(|_| field != "tag_id")
            .ok_or_else(unknown)?;
        let access = T::access(field).ok_or_else(unknown)?;
        Ok(Self {
            access,
            descending,
            scale: if kind == FieldType::Date { 1000 } else { 1 },
        })
    }
}

/// What a record is sorted by. Records without a value come last when descending.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Unset,
    Number(i64),
    Text(String),
}

impl Key {
    fn of(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Unset => Self::Unset,
            Cell::Number(number) => Self::Number(number),
            Cell::Flag(flag) => Self::Number(i64::from(flag)),
            other => other
                .first_text()
                .map_or(Self::Unset, |text| Self::Text(text.to_lowercase())),
        }
    }

    fn tell(&self, scale: i64) -> Value {
        match self {
            Self::Unset => Value::Null,
            Self::Number(number) => json!(number.saturating_mul(scale)),
            Self::Text(text) => json!(text),
        }
    }

    fn heard(value: &Value, scale: i64) -> Self {
        match value {
            Value::Null => Self::Unset,
            Value::String(text) => Self::Text(text.clone()),
            other => integer_of(other).map_or(Self::Unset, |number| Self::Number(number / scale)),
        }
    }
}

fn page<'a, T: Record + 'a>(
    world: &'a World,
    records: impl Iterator<Item = &'a T>,
    order: &Order<T>,
    size: usize,
    after: Option<Cursor>,
) -> Found<T::Id> {
    let number = after.as_ref().map_or(1, |cursor| cursor.page);
    let start = after.and_then(|cursor| {
        Some((
            Key::heard(&cursor.sort, order.scale),
            cursor.id.parse::<T::Id>().ok()?,
        ))
    });
    let compare = |left: &(Key, T::Id), right: &(Key, T::Id)| {
        if order.descending {
            right.cmp(left)
        } else {
            left.cmp(right)
        }
    };
    let mut total = 0;
    let mut rows: Vec<(Key, T::Id)> = records
        .map(|record| (Key::of(order.access.read(world, record)), record.id()))
        .inspect(|_| total += 1)
        .filter(|row| {
            start
                .as_ref()
                .is_none_or(|start| compare(row, start) == Ordering::Greater)
        })
        .collect();
    let more = rows.len() > size;
    if more {
        rows.select_nth_unstable_by(size, compare);
        rows.truncate(size);
    }
    rows.sort_unstable_by(compare);
    let next = rows.last().filter(|_| more).map(|(key, id)| Cursor {
        sort: key.tell(order.scale),
        id: id.to_string(),
        page: number + 1,
    });
    Found {
        ids: rows.into_iter().map(|(_, id)| id).collect(),
        total,
        page: number,
        per_page: size,
        next,
    }
}
