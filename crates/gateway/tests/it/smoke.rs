//! Every operation of the catalog through the gateway: one good call that succeeds and leaves its effect, one bad call
//! whose error tells what to mend.

pub(crate) mod table;

use crate::world::World;
use catalog::{ApiVersion, Catalog, Operation};
use gateway::{CallError, ErrorKind};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use table::{Case, Desk, Table};

/// Operations of 2.16, and those that only Preview has.
const COUNTED: (usize, usize) = (231, 27);

#[test]
fn every_operation_has_a_good_and_a_bad_call() {
    let catalog = Catalog::builtin().unwrap();
    let table = Table::load();
    let known: BTreeSet<&str> = operations(&catalog).map(|own| own.name.as_str()).collect();
    let named: BTreeSet<&str> = table.calls.keys().map(String::as_str).collect();
    let missing: Vec<_> = known.difference(&named).collect();
    let strange: Vec<_> = named.difference(&known).collect();
    assert!(
        missing.is_empty(),
        "operations without a smoke call: {missing:?}"
    );
    assert!(
        strange.is_empty(),
        "smoke calls of no operation: {strange:?}"
    );
    let current = operations(&catalog).filter(|own| own.exists_in(ApiVersion::V2_16));
    let preview = operations(&catalog).filter(|own| own.since == ApiVersion::Preview);
    assert_eq!((current.count(), preview.count()), COUNTED);
}

#[tokio::test]
async fn a_good_call_of_every_operation_succeeds() {
    for version in [ApiVersion::V2_16, ApiVersion::Preview] {
        each(version, async |desk, operation, case| {
            good(desk, operation, case).await
        })
        .await;
    }
}

#[tokio::test]
async fn a_bad_call_of_every_operation_tells_what_to_mend() {
    each(ApiVersion::V2_16, async |desk, operation, case| {
        bad(desk, operation, case).await
    })
    .await;
}

/// Runs a check over all operations, and fails with everything that it found.
async fn each(
    version: ApiVersion,
    check: impl AsyncFn(&mut Desk<'_>, &Operation, &Case) -> Result<(), String>,
) {
    let catalog = Catalog::builtin().unwrap();
    let table = Table::load();
    // Named one by one, so that even the operation whose answer holds a secret is there.
    let names = catalog.toolsets().iter().flat_map(catalog::Toolset::names);
    let world = World::sandbox_in(version)
        .await
        .with(|endpoint| endpoint.allow = names.map(str::to_owned).collect());
    let (mut count, mut wrong) = (0, Vec::new());
    for operation in operations(&catalog) {
        let case = &table.calls[&operation.name];
        let mut desk = Desk::new(&world, &table, count);
        count += 1;
        if let Err(fault) = check(&mut desk, operation, case).await {
            wrong.push(format!("{}: {fault}", operation.name));
        }
    }
    assert_eq!(count, COUNTED.0 + COUNTED.1);
    assert!(
        wrong.is_empty(),
        "{} of {count} in {version}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// The call succeeds, Intercom's operation was asked, and the effect is there.
async fn good(desk: &mut Desk<'_>, operation: &Operation, case: &Case) -> Result<(), String> {
    let arguments = desk.arguments(case, &case.with).await?;
    let answer = desk.call(&operation.name, arguments).await?;
    let asked = desk.asked().await;
    if !asked.contains(&operation.name) {
        return Err(format!("asked {asked:?} instead"));
    }
    if answer.is_null() {
        return Err("answered nothing".into());
    }
    for check in &case.then {
        desk.check(check).await?;
    }
    Ok(())
}

/// The call fails, and its error can be acted on.
async fn bad(desk: &mut Desk<'_>, operation: &Operation, case: &Case) -> Result<(), String> {
    let mut with = case.with.clone();
    for (key, value) in &case.bad {
        match value {
            Value::Null => drop(with.shift_remove(key)),
            value => drop(with.insert(key.clone(), value.clone())),
        }
    }
    let arguments = desk.arguments(case, &with).await?;
    let shown = Value::Object(arguments.clone()).to_string();
    match desk.try_call(&operation.name, arguments).await {
        Ok(answer) => Err(format!("{shown} answered {}", answer.text)),
        Err(error) => {
            actionable(operation, case, &error).map_err(|fault| format!("{fault}: {error}"))
        }
    }
}

fn actionable(operation: &Operation, case: &Case, error: &CallError) -> Result<(), String> {
    let said = error.to_string();
    if case.bad.is_empty() {
        return Err("the table has no bad call".into());
    }
    if !(30..600).contains(&said.len())
        || ["</", "<html", "panicked"]
            .iter()
            .any(|noise| said.contains(noise))
    {
        return Err("no plain sentence".into());
    }
    let expected = match error.kind() {
        ErrorKind::BadArguments => "need mending",
        ErrorKind::Upstream => "Intercom",
        kind => return Err(format!("it is {kind:?}")),
    };
    if !said.contains(expected) {
        return Err(format!("it lacks `{expected}`"));
    }
    if let Some(missing) = case.says.iter().find(|words| !said.contains(*words)) {
        return Err(format!("it lacks `{missing}`"));
    }
    let lower = said.to_lowercase();
    let named = |key: &String| {
        let kind = operation
            .params
            .get(key)
            .and_then(|param| param.of.as_deref());
        let noun = kind.unwrap_or(key.trim_end_matches("_id"));
        lower.contains(key.as_str()) || lower.contains(&noun.replace('_', " "))
    };
    if case.says.is_empty() && !case.bad.keys().any(named) {
        return Err("it names neither the argument nor the thing".into());
    }
    Ok(())
}

fn operations(catalog: &Catalog) -> impl Iterator<Item = &Operation> {
    catalog.operations().map(|(_, operation)| operation)
}

#[tokio::test]
async fn a_tool_that_fails_its_smoke_is_seen() {
    let table = Table::load();
    let world = World::sandbox().await;
    let catalog = Catalog::builtin().unwrap();
    let me = operations(&catalog)
        .find(|own| own.name == "get_me")
        .unwrap();
    let mut desk = Desk::new(&world, &table, 0);
    let unfit = Case {
        with: Map::from_iter([("nonsense".into(), json!(1))]),
        bad: Map::from_iter([("nonsense".into(), Value::Null)]),
        ..Case::default()
    };
    let fault = good(&mut desk, me, &unfit).await.unwrap_err();
    assert!(fault.contains("`nonsense` is unknown"), "{fault}");
    let fault = bad(&mut desk, me, &unfit).await.unwrap_err();
    assert!(fault.contains("answered"), "{fault}");
}
