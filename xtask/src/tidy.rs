//! House rules that no compiler knows: file length, marks, paths of one machine, and an architecture page that is whole.

use crate::error::{Error, read};
use std::{
    fs,
    path::{Path, PathBuf},
};

const LONGEST: usize = 500;
/// Written in halves, so that this file obeys its own rules.
const MARKS: [&str; 4] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
];
const ALLOW: [&str; 2] = [concat!("#[al", "low("), concat!("#![al", "low(")];
const MACHINE: [&str; 3] = [
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
];
const TEXTS: [&str; 14] = [
    "rs", "toml", "yaml", "yml", "json", "md", "sh", "py", "js", "mjs", "ts", "html", "css", "sql",
];

/// Runs the check and answers with its summary.
pub(crate) fn run(workspace: &Path) -> Result<String, Error> {
    let mut files = Vec::new();
    walk(workspace, &mut files)?;
    files.sort_unstable();
    let mut faults = Vec::new();
    for path in &files {
        let name = path
            .strip_prefix(workspace)
            .unwrap_or(path)
            .display()
            .to_string();
        let text = read(path)?;
        faults.extend(check_text(&text).map(|fault| format!("{name}{fault}")));
        if path.extension().is_some_and(|extension| extension == "rs") {
            faults.extend(
                check_rust(&text)
                    .into_iter()
                    .map(|fault| format!("{name}{fault}")),
            );
        }
    }
    let crates = entries(&workspace.join("crates"))?;
    let page = fs::read_to_string(workspace.join("ARCHITECTURE.md")).unwrap_or_default();
    let names = crates.iter().filter_map(|path| path.file_name()?.to_str());
    faults.extend(
        unmentioned(&page, names)
            .map(|name| format!("ARCHITECTURE.md: does not mention the crate `{name}`")),
    );
    if faults.is_empty() {
        Ok(format!("{} files are tidy", files.len()))
    } else {
        Err(Error::Faults(faults))
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    for path in entries(folder)? {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let built = name.starts_with("target")
            || ["node_modules", ".git", "__pycache__", ".venv", ".peers"].contains(&name);
        if path.is_dir() && !path.is_symlink() && !built {
            walk(&path, files)?;
        } else if path.is_file()
            && path
                .extension()
                .and_then(|extension| extension.to_str())
                .is_some_and(|kind| TEXTS.contains(&kind))
        {
            files.push(path);
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let unreadable = |source| Error::Unreadable {
        path: folder.to_owned(),
        source,
    };
    fs::read_dir(folder)
        .map_err(unreadable)?
        .map(|entry| entry.map(|entry| entry.path()).map_err(unreadable))
        .collect()
}

/// Rules of every text file; each fault begins with `:line`.
fn check_text(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().enumerate();
    lines.filter_map(|(index, line)| {
        let found = MACHINE.into_iter().find(|path| names_machine(line, path))?;
        Some(format!(
            ":{}: names a path of one machine: {found}",
            index + 1
        ))
    })
}

/// Whether a line holds this path from the root of a file system, and not as a part of another.
fn names_machine(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        !line[..at].ends_with(|before: char| before.is_alphanumeric() || "._-}~*/".contains(before))
    })
}

/// Rules of Rust files; each fault begins with `:`.
fn check_rust(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let length = text.lines().count();
    if length > LONGEST {
        faults.push(format!(
            ": has {length} lines, more than {LONGEST}: split it by meaning"
        ));
    }
    if !text.starts_with("//!") {
        faults.push(":1: does not begin with a line of //! that tells its purpose".into());
    }
    for (index, line) in text.lines().enumerate() {
        if ALLOW.iter().any(|allow| line.contains(allow)) {
            faults.push(format!(
                ":{}: use #[expect(.., reason = \"..\")]",
                index + 1
            ));
        }
        if let Some(mark) = MARKS.iter().find(|mark| line.contains(**mark)) {
            faults.push(format!(":{}: leaves a mark behind: {mark}", index + 1));
        }
    }
    faults
}

fn unmentioned<'a>(
    page: &str,
    crates: impl Iterator<Item = &'a str>,
) -> impl Iterator<Item = &'a str> {
    crates.filter(move |name| {
        !page.contains(&format!("`{name}`")) && !page.contains(&format!("crates/{name}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_catches_its_breach() {
        let good = "//! Purpose.\nfn main() {}\n";
        assert_eq!(check_rust(good), Vec::<String>::new());
        for (text, expected) in [
            ("fn main() {}\n".to_owned(), ":1: does not begin"),
            (format!("{good}{}\n", MARKS[0]), ":3: leaves a mark"),
            (
                format!("{good}{}dead_code)]\n", ALLOW[0]),
                ":3: use #[expect(",
            ),
            (format!("{good}{}", "\n".repeat(LONGEST)), ": has 502 lines"),
        ] {
            let faults = check_rust(&text);
            assert!(
                faults.len() == 1 && faults[0].starts_with(expected),
                "{faults:?}"
            );
        }
    }

    #[test]
    fn only_paths_from_the_root_name_a_machine() {
        let one = |line: &str| check_text(line).next().is_some();
        for path in MACHINE {
            assert!(
                one(&format!("see {path}x")) && one(&format!("\"{path}x\"")) && one(path),
                "{path}"
            );
            assert!(
                !one(&format!("docs{path}x")) && !one(&format!("..{path}x")),
                "{path}"
            );
        }
    }

    #[test]
    fn the_page_mentions_every_crate() {
        let page = "`catalog` is data; crates/gateway is the road.";
        assert_eq!(
            unmentioned(page, ["catalog", "gateway", "store"].into_iter()).collect::<Vec<_>>(),
            ["store"]
        );
    }
}
