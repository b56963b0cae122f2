//! The parameters that a description asks for, laid out the way the catalog lays out its own.

use crate::{
    description::{Described, Description},
    expected::Expected,
};
use catalog::{Operation, Place};
use std::collections::BTreeSet;

/// One parameter that a description asks for.
pub(crate) struct Demand {
    pub(crate) place: Place,
    /// Its name on the wire; dots go into objects of the body.
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) expected: Expected,
}

/// Everything a description asks for: path, query, and the fields of the body.
///
/// An object of the body is laid out flat where the catalog does so, by a wire name such as `from.id`.
pub(crate) fn demands(
    operation: &Operation,
    described: &Described<'_>,
    body: &Expected,
    description: &Description,
) -> Vec<Demand> {
    let parameters = described.parameters.iter().map(|one| Demand {
        place: one.place,
        name: one.name.to_owned(),
        required: one.required,
        expected: Expected::read(description, one.schema),
    });
    let mut all: Vec<Demand> = parameters.collect();
    let dotted: Vec<&str> = operation
        .params
        .iter()
        .map(|(name, param)| param.wire_name(name))
        .filter(|wire| wire.contains('.'))
        .collect();
    lay_out(body, "", true, &dotted, &mut all);
    all
}

fn lay_out(object: &Expected, prefix: &str, needed: bool, dotted: &[&str], all: &mut Vec<Demand>) {
    let required = object.required();
    for (name, field) in fields(object) {
        let wire = format!("{prefix}{name}");
        let required = needed && required.contains(name);
        let inside = format!("{wire}.");
        if dotted.iter().any(|ours| ours.starts_with(&inside)) {
            lay_out(&field, &inside, required, dotted, all);
        } else {
            all.push(Demand {
                place: Place::Body,
                name: wire,
                required,
                expected: field,
            });
        }
    }
}

/// The fields of an object, with those that it requires and forgets to describe.
fn fields(object: &Expected) -> impl Iterator<Item = (&String, Expected)> {
    let forgotten: BTreeSet<&String> = object
        .ways
        .iter()
        .flatten()
        .filter(|name| !object.fields.contains_key(*name))
        .collect();
    let described = object
        .fields
        .iter()
        .map(|(name, field)| (name, field.clone()));
    described.chain(
        forgotten
            .into_iter()
            .map(|name| (name, Expected::default())),
    )
}
