//! Headers by which a client, or a proxy before it, keeps a request to less than its endpoint offers; never to more.

use gateway::{Narrowing, Principal, Registry};
use http::{HeaderMap, HeaderName, request::Parts};
use rmcp::{RoleServer, service::RequestContext};

/// Our names, and those of GitHub's MCP server, which clients know.
static TOOLSETS: [HeaderName; 2] = [
    HeaderName::from_static("frontdesk-toolsets"),
    HeaderName::from_static("x-mcp-toolsets"),
];
static TOOLS: [HeaderName; 2] = [
    HeaderName::from_static("frontdesk-tools"),
    HeaderName::from_static("x-mcp-tools"),
];
static READ_ONLY: [HeaderName; 2] = [
    HeaderName::from_static("frontdesk-read-only"),
    HeaderName::from_static("x-mcp-readonly"),
];

/// The narrowed principal, as it travels with its request.
#[derive(Clone)]
struct Kept(Principal);

/// Whether a request has any of the headers.
pub(super) fn asked(headers: &HeaderMap) -> bool {
    [&TOOLSETS, &TOOLS, &READ_ONLY]
        .into_iter()
        .flatten()
        .any(|name| headers.contains_key(name))
}

/// Notes in the request what it is to be kept to, or says which header cannot be kept.
pub(super) fn keep(parts: &mut Parts, who: &Principal, registry: &Registry) -> Result<(), String> {
    let mut narrowing = read(&parts.headers)?;
    narrowing.check(registry)?;
    // What the caller's grant keeps it to stays, whatever the headers say.
    if let Some(own) = &who.narrowed {
        narrowing.read_only |= own.read_only;
        narrowing.toolsets.extend(own.toolsets.iter().cloned());
        narrowing.tools.extend(own.tools.iter().cloned());
        narrowing.bound = narrowing.bound.or_else(|| own.bound.clone());
    }
    parts.extensions.insert(Kept(Principal {
        narrowed: Some(narrowing),
        ..who.clone()
    }));
    Ok(())
}

/// Who is calling, as narrow as the request asked for.
pub(super) fn who<'a>(own: &'a Principal, cx: &'a RequestContext<RoleServer>) -> &'a Principal {
    let parts = cx.extensions.get::<Parts>();
    let kept = parts.and_then(|parts| parts.extensions.get::<Kept>());
    kept.map_or(own, |kept| &kept.0)
}

fn read(headers: &HeaderMap) -> Result<Narrowing, String> {
    let mut narrowing = Narrowing::default();
    for name in &TOOLSETS {
        narrowing.toolsets.extend(names(headers, name)?);
    }
    for name in &TOOLS {
        narrowing.tools.extend(names(headers, name)?);
    }
    for name in &READ_ONLY {
        for value in values(headers, name)? {
            narrowing.read_only |= match value.to_ascii_lowercase().as_str() {
                "true" | "1" => true,
                "false" | "0" => false,
                _ => return Err(format!("{name}: `{value}` is neither true nor false")),
            };
        }
    }
    Ok(narrowing)
}

/// The names that a header lists; none where it is missing or empty.
fn names(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Vec<String>>, String> {
    let names: Vec<String> = values(headers, name)?.map(str::to_owned).collect();
    Ok((!names.is_empty()).then_some(names))
}

fn values<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<impl Iterator<Item = &'a str>, String> {
    let mut lines = Vec::new();
    for line in headers.get_all(name) {
        let line = line.to_str();
        lines.push(line.map_err(|_| format!("{name}: only visible ASCII characters are names"))?);
    }
    let items = lines.into_iter().flat_map(|line| line.split(','));
    Ok(items.map(str::trim).filter(|item| !item.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_become_limits() {
        let list =
            |names: &[&str]| -> Vec<String> { names.iter().map(|&name| name.into()).collect() };
        for (given, toolsets, tools, read_only) in [
            (&[][..], vec![], vec![], false),
            (
                &[("frontdesk-toolsets", "tags, teams ,")],
                vec![list(&["tags", "teams"])],
                vec![],
                false,
            ),
            (
                &[
                    ("frontdesk-toolsets", "tags"),
                    ("frontdesk-toolsets", "teams"),
                    ("x-mcp-toolsets", "all"),
                ],
                vec![list(&["tags", "teams"]), list(&["all"])],
                vec![],
                false,
            ),
            (
                &[("frontdesk-toolsets", ""), ("x-mcp-readonly", "TRUE")],
                vec![],
                vec![],
                true,
            ),
            (
                &[
                    ("frontdesk-tools", "search,fetch"),
                    ("frontdesk-read-only", "false"),
                ],
                vec![],
                vec![list(&["search", "fetch"])],
                false,
            ),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in given {
                headers.append(*name, value.parse().unwrap());
            }
            let expected = Narrowing {
                toolsets,
                tools,
                read_only,
                bound: None,
            };
            assert_eq!(read(&headers), Ok(expected), "{given:?}");
            assert_eq!(asked(&headers), !given.is_empty());
        }
        let headers = HeaderMap::from_iter([(READ_ONLY[0].clone(), "perhaps".parse().unwrap())]);
        assert!(
            read(&headers)
                .unwrap_err()
                .contains("neither true nor false")
        );
    }
}
