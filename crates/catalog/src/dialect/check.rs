//! What must be true of a dialect: everything it refers to exists, and everything it takes is used.

use super::{Answer, DialectTool, Run, Taken, Target};
use crate::Catalog;
use crate::load::check_params;
use std::collections::HashSet;

/// Whether everything that a written tool runs exists.
pub(super) fn references(tool: &DialectTool, catalog: &Catalog) -> Result<(), String> {
    for run in &tool.runs {
        if run.tool.is_some() == run.operation.is_some() {
            return Err("a run names either a tool or an operation".into());
        }
        let target = run.target();
        if target.takes(catalog).is_none() {
            return Err(format!(
                "runs `{}`, which the catalog does not have",
                target.name()
            ));
        }
        if matches!(target, Target::Tool(_)) && tool.answer != Answer::Same {
            return Err(format!(
                "`{}` is a native tool, which answers as it does: run an operation for another form",
                target.name()
            ));
        }
    }
    match tool.runs.split_last() {
        None => Err("runs nothing".into()),
        Some((last, _)) if !last.when.is_empty() => {
            Err("its last run has a condition, so that some calls would run nothing".into())
        }
        Some((_, before)) if before.iter().any(|run| run.when.is_empty()) => {
            Err("a run without a condition stands before others, which are never reached".into())
        }
        Some(_) => Ok(()),
    }
}

/// Whether all tools fit together; a fault comes with the tool's name.
pub(super) fn whole(tools: &[DialectTool], catalog: &Catalog) -> Result<(), (String, String)> {
    let mut names = HashSet::new();
    for tool in tools {
        let fault = |reason: String| (tool.name.clone(), reason);
        named(&tool.name).map_err(fault)?;
        if !names.insert(&tool.name) {
            return Err(fault("another tool has this name".into()));
        }
        let needs: Vec<Vec<String>> = tool.one_of.iter().map(|name| vec![name.clone()]).collect();
        check_params(&tool.params, &needs).map_err(fault)?;
        let mut used = HashSet::new();
        for run in &tool.runs {
            let Some(taken) = run.target().takes(catalog) else {
                continue;
            };
            mapping(tool, run, taken).map_err(fault)?;
            used.extend(run.passes(tool, &taken).map(str::to_owned));
            used.extend(run.heads().into_iter().map(str::to_owned));
            used.extend(run.when.keys().cloned());
        }
        if let Some(idle) = tool.params.keys().find(|name| !used.contains(*name)) {
            return Err(fault(format!("takes `{idle}` and does nothing with it")));
        }
    }
    Ok(())
}

/// Whether a run's arguments exist on both sides, and what it needs is there.
fn mapping(tool: &DialectTool, run: &Run, taken: Taken<'_>) -> Result<(), String> {
    let target = run.target();
    let gathered = run.spread.iter().map(|spread| &spread.rest);
    if let Some(stranger) = run
        .args
        .keys()
        .chain(gathered)
        .find(|name| !taken.has(name))
    {
        return Err(format!("`{}` takes no `{stranger}`", target.name()));
    }
    let mut read = run.heads();
    read.extend(run.when.keys().map(String::as_str));
    if let Some(stranger) = read.iter().find(|name| !tool.params.contains_key(**name)) {
        return Err(format!(
            "reads `{stranger}`, which is no parameter of its own"
        ));
    }
    let passing: HashSet<&str> = run.passes(tool, &taken).collect();
    let missing = taken.params.iter().find(|(name, param)| {
        param.required
            && param.default.is_none()
            && param.fixed.is_none()
            && !passing.contains(name.as_str())
            && !run.args.contains_key(*name)
    });
    match missing {
        Some((name, _)) => Err(format!(
            "`{}` needs `{name}`, which nothing fills",
            target.name()
        )),
        None => Ok(()),
    }
}

fn named(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return Err("a name is at most 64 letters, digits and underscores".into());
    }
    Ok(())
}
