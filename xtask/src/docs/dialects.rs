//! `docs/dialects.md`: which tool of another server runs what of ours.

use crate::error::Error;
use catalog::dialect::{Answer, DialectTool, Run};
use catalog::{Catalog, Dialect};

const INTRO: &str = "\
# Dialects

A prompt or an agent that was written for another Intercom server runs unchanged: a dialect offers that server's tools
by their names, with their arguments, answering in their form. Switch it on with `--dialect NAME`, `FRONTDESK_DIALECT`
or `tools.dialect` in the file; `frontdesk tools list --dialect NAME` shows what is offered.

Made from [`catalog/dialects/`](../catalog/dialects) by `cargo xtask docs`; do not edit it here.

- tools/list has the dialect's tools alone, those that the endpoint permits. Our own names go on working, as unlisted
  tools do, unless `open_ended` is off ([why](decisions/0009-dialects.md)).
- Every call is the call of the tool named below under *runs*: its risk, the ceiling, `allow`, `deny` and confirmation
  hold for it by that name, and the audit log has both names (`tool`, `asked`).
- Where two runs are listed, the argument in brackets chooses.
- *same*: the answer is our tool's. *json*: Intercom's own JSON, as text. *page*: `result` and `next_cursor` for a list,
  Intercom's own object otherwise. *object*: the keys that the other server documents.
";

/// The page.
pub(super) fn markdown(catalog: &Catalog) -> Result<String, Error> {
    let mut page = INTRO.to_owned();
    for name in Dialect::names() {
        if let Some(dialect) = Dialect::builtin(name, catalog)? {
            page.push_str(&chapter(&dialect));
        }
    }
    Ok(page)
}

fn chapter(dialect: &Dialect) -> String {
    let rows: String = dialect.tools.iter().map(row).collect();
    format!(
        "\n## {}\n\n{}: {}\n\n| tool | arguments | runs | answer |\n|---|---|---|---|\n{rows}",
        dialect.name, dialect.title, dialect.about
    )
}

fn row(tool: &DialectTool) -> String {
    let shown = tool.params.iter().filter(|(_, param)| param.is_shown());
    let arguments: Vec<String> = shown
        .map(|(name, param)| {
            let needed = param.required && param.default.is_none();
            format!("{name}{}", if needed { "\\*" } else { "" })
        })
        .collect();
    let runs: Vec<String> = tool.runs.iter().map(run).collect();
    let answer = match tool.answer {
        Answer::Same => "same",
        Answer::Json => "json",
        Answer::Page => "page",
        Answer::Object(_) => "object",
    };
    format!(
        "| `{}` | {} | {} | {answer} |\n",
        tool.name,
        arguments.join(", "),
        runs.join(", ")
    )
}

fn run(run: &Run) -> String {
    let when: Vec<String> = run
        .when
        .iter()
        .map(|(name, value)| format!(" ({name} {})", value.as_str().unwrap_or_default()))
        .collect();
    let name = run.target().name().to_owned();
    format!("[{name}](tools.md#{name}){}", when.concat())
}
