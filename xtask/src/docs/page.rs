//! docs/tools.md: a table of the toolsets, then every tool once, under the toolset that it belongs to.

use super::parameter::{cell, rows};
use crate::surface::{Listed, Road, Surface, http, risk_word};
use catalog::{ApiVersion, Catalog, Toolset};

const INTRO: &str = "\
# Tools

Made from [`catalog/`](../catalog) by `cargo xtask docs`; do not edit it here.

The tools of the `inbox` are listed unless `tools.toolsets` ([configuration](config.md)) names others; the rest is found
with `search_tools`, explained by `get_tool_details` and called with `call_tool`, which are the whole list in meta mode.

- A risk is **read** (changes nothing), **write** (can be put back) or **destructive** (cannot, so the user is asked
  first). *Reaches a customer*: one can see the effect or is told of it.
- An *id* may also be the number, the prefixed id of an answer, or the address of the object's page in Intercom.
- A *time* is ISO 8601 or Unix seconds. A *search* is `{field, operator, value}`, or `{operator: AND|OR, value: [...]}`
  over up to 15 of them.
- *Paged*: `limit` is the size of a page, and `cursor` the `next_cursor` of the page before.
- *Unlisted* parameters are accepted, but not shown to a model, to save tokens.
- Without a version, every version of Intercom's API from 2.11 on has the tool.
";

/// The whole page.
pub(super) fn markdown(catalog: &Catalog, surface: &Surface) -> String {
    let chapters = catalog.toolsets().iter();
    let chapters: String = chapters.map(|set| chapter(set, surface)).collect();
    format!("{INTRO}\n{}{chapters}", contents(catalog, surface))
}

fn contents(catalog: &Catalog, surface: &Surface) -> String {
    let toolsets = catalog.toolsets();
    let head = format!(
        "{} tools in {} toolsets:\n\n| toolset | tools | what for |\n|---|---|---|\n",
        surface.tools.len(),
        toolsets.len()
    );
    let row = |toolset: &Toolset| {
        let name = &toolset.toolset;
        let count = listed_in(name, surface).count();
        format!(
            "| [{name}](#{name}) | {count} | {} |\n",
            cell(&toolset.about)
        )
    };
    toolsets
        .iter()
        .map(row)
        .fold(head, |text, row| text + row.as_str())
}

/// The tools that a toolset lists, its own and those of others.
fn listed_in<'a>(name: &'a str, surface: &'a Surface) -> impl Iterator<Item = &'a Listed> {
    let tools = surface.tools.values();
    tools.filter(move |tool| tool.toolsets.iter().any(|toolset| toolset == name))
}

fn chapter(toolset: &Toolset, surface: &Surface) -> String {
    let name = &toolset.toolset;
    let (own, guests): (Vec<_>, Vec<_>) =
        listed_in(name, surface).partition(|tool| tool.toolsets.first() == Some(name));
    let line = |before: &str, tools: &[&Listed]| {
        if tools.is_empty() {
            String::new()
        } else {
            format!("\n{before}{}\n", links(tools))
        }
    };
    let sections: String = own.iter().map(|tool| section(tool, surface)).collect();
    format!(
        "\n## {name}\n\n{}\n{}{}{sections}",
        cell(&toolset.about),
        line("", &own),
        line("Also listed here: ", &guests)
    )
}

fn links(tools: &[&Listed]) -> String {
    let links = tools
        .iter()
        .map(|tool| format!("[{0}](#{0})", tool.name))
        .collect::<Vec<_>>();
    links.join(" · ")
}

fn section(tool: &Listed, surface: &Surface) -> String {
    let params = tool.params.iter();
    let rows: Vec<String> = params.flat_map(|(name, param)| rows(name, param)).collect();
    let table = if rows.is_empty() {
        String::new()
    } else {
        let head = "| parameter | type | | meaning |\n|---|---|---|---|";
        format!("\n{head}\n{}\n", rows.join("\n"))
    };
    format!(
        "\n### {}\n\n**{}.** {}\n\n{}\n{table}",
        tool.name,
        cell(&tool.title),
        cell(&tool.about),
        facts(tool, surface).join(" · ")
    )
}

/// Risk, reach, road, versions, paging, and what must be given together.
fn facts(tool: &Listed, surface: &Surface) -> Vec<String> {
    let reach = if tool.reaches_customer {
        ", reaches a customer"
    } else {
        ""
    };
    let mut facts = vec![format!("*{}{reach}*", risk_word(tool.risk))];
    match &tool.road {
        Road::Operation { http, since, until } => {
            facts.push(format!("`{http}`"));
            facts.extend(versions(*since, *until));
        }
        Road::Native(uses) if !uses.is_empty() => {
            let uses: Vec<String> = uses.iter().map(|name| operation(name, surface)).collect();
            facts.push(format!("uses {}", uses.join(", ")));
        }
        Road::Native(_) => {}
    }
    if let Some(max) = tool.page_max {
        facts.push(format!("paged, `limit` at most {max}"));
    }
    if !tool.needs.is_empty() {
        let sets: Vec<String> = tool
            .needs
            .iter()
            .map(|set| format!("`{}`", set.join("` with `")))
            .collect();
        facts.push(format!("needs one of {}", sets.join(", ")));
    }
    facts
}

/// An operation that a tool uses; a link when it is a tool of its own.
fn operation(name: &str, surface: &Surface) -> String {
    let Some(operation) = surface.operations.get(name) else {
        return format!("`{name}`");
    };
    let http = http(operation);
    let versions = versions(operation.since, operation.until)
        .map(|versions| format!(" ({versions})"))
        .unwrap_or_default();
    let is_tool = surface
        .tools
        .get(name)
        .is_some_and(|tool| matches!(tool.road, Road::Operation { .. }));
    if is_tool {
        format!("[`{http}`](#{name}){versions}")
    } else {
        format!("`{http}`{versions}")
    }
}

fn versions(since: ApiVersion, until: Option<ApiVersion>) -> Option<String> {
    match (since, until) {
        (ApiVersion::Preview, _) => Some("Preview only".into()),
        (ApiVersion::V2_11, None) => None,
        (ApiVersion::V2_11, Some(last)) => Some(format!("until {last}")),
        (first, None) => Some(format!("since {first}")),
        (first, Some(last)) => Some(format!("{first} to {last}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const INBOX: &str = "{toolset: inbox, title: T, about: Daily., tools: [{name: get_tag, title: Get, about: One., uses: [get_tag, list_tags], risk: write, params: {id: {required: true}}}]}";
    const TAGS: &str = "{toolset: tags, title: T, about: Labels., operations: [{name: get_tag, title: Get, about: One., http: GET /tags/1, risk: read, since: Preview}, {name: list_tags, title: List, about: All., http: GET /tags, risk: read, since: '2.14', until: '2.15', paging: {kind: cursor, max: 60}, params: {a: {}, b: {}, c: {}}, needs: [[a], [b, c]]}]}";

    #[test]
    fn every_fact_of_a_tool_stands_on_the_page() {
        let catalog = Catalog::parse([("inbox.yaml", INBOX), ("tags.yaml", TAGS)]).unwrap();
        let page = markdown(&catalog, &Surface::of(catalog.toolsets()));
        for expected in [
            "2 tools in 2 toolsets:",
            "| [inbox](#inbox) | 1 | Daily. |",
            "| [tags](#tags) | 2 | Labels. |",
            "\n[list_tags](#list_tags)\n\nAlso listed here: [get_tag](#get_tag)\n",
            "### get_tag\n\n**Get.** One.\n\n*write* · uses `GET /tags/1` (Preview only), [`GET /tags`](#list_tags) (2.14 to 2.15)\n",
            "| `id` | text | **required** |  |",
            "*read* · `GET /tags` · 2.14 to 2.15 · paged, `limit` at most 60 · needs one of `a`, `b` with `c`\n",
        ] {
            assert!(page.contains(expected), "{expected} is not in {page}");
        }
        assert_eq!(page.matches("### get_tag").count(), 1);
    }

    #[test]
    fn every_shipped_tool_has_a_heading_of_its_own() {
        let catalog = Catalog::builtin().unwrap();
        let surface = Surface::of(catalog.toolsets());
        let page = markdown(&catalog, &surface);
        let headings: Vec<&str> = page
            .lines()
            .filter(|line| line.starts_with("##"))
            .map(|line| line.trim_start_matches(['#', ' ']))
            .collect();
        let different: HashSet<_> = headings.iter().collect();
        assert_eq!(headings.len(), different.len(), "a link would lead astray");
        assert_eq!(
            headings.len(),
            surface.tools.len() + catalog.toolsets().len()
        );
    }
}
