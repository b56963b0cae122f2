//! From method and path to the operation and its handler.

use crate::{call::Handler, resources};
use catalog::{ApiVersion, Catalog, Method, Operation, Risk, Toolset};
use percent_encoding::percent_decode_str;
use std::sync::Arc;

/// All operations, by how many segments their path has.
pub(crate) struct Routes(Vec<Vec<Route>>);

/// One operation.
pub(crate) struct Route {
    method: Method,
    segments: Vec<Segment>,
    since: ApiVersion,
    until: Option<ApiVersion>,
    /// The operation's name.
    pub name: Arc<str>,
    /// The toolset that it stands in, which decides the scope it needs.
    pub toolset: String,
    /// What it may do.
    pub risk: Risk,
    /// None when nobody wrote one, which the server says loudly.
    pub handler: Option<Handler>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    // Fixed ones stand first, so that `/contacts/search` beats `/contacts/{contact_id}`.
    Fixed(String),
    Hole,
}

impl Routes {
    /// The routes of a catalog.
    pub(crate) fn of(catalog: &Catalog) -> Self {
        let mut by_length: Vec<Vec<Route>> = Vec::new();
        for (toolset, operation) in catalog.operations() {
            let route = Route::of(toolset, operation);
            by_length.resize_with(by_length.len().max(route.segments.len() + 1), Vec::new);
            by_length[route.segments.len()].push(route);
        }
        for routes in &mut by_length {
            routes.sort_by(|left, right| left.segments.cmp(&right.segments));
        }
        Self(by_length)
    }

    /// The operation that a request is for, and what its placeholders hold.
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<(&Route, Vec<String>)> {
        let method: Method = method.parse().ok()?;
        let parts: Vec<&str> = split(path).collect();
        let route = self
            .0
            .get(parts.len())?
            .iter()
            .find(|route| route.method == method && route.fits(&parts))?;
        let holes = route
            .segments
            .iter()
            .zip(&parts)
            .filter(|(segment, _)| **segment == Segment::Hole);
        Some((
            route,
            holes
                .map(|(_, part)| percent_decode_str(part).decode_utf8_lossy().into_owned())
                .collect(),
        ))
    }

    /// A method's name, for the log.
    pub(crate) fn method_word(method: &str) -> &'static str {
        ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
            .into_iter()
            .find(|known| *known == method)
            .unwrap_or("OTHER")
    }

    /// The operations that have no handler.
    pub(crate) fn unhandled(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .flatten()
            .filter(|route| route.handler.is_none())
            .map(|route| &*route.name)
    }
}

impl Route {
    fn of(toolset: &Toolset, operation: &Operation) -> Self {
        Self {
            method: operation.method(),
            segments: split(operation.path()).map(segment).collect(),
            since: operation.since,
            until: operation.until,
            name: operation.name.as_str().into(),
            toolset: toolset.toolset.clone(),
            risk: operation.risk,
            handler: resources::handler(&operation.name),
        }
    }

    /// Whether a version has the operation. Older than the oldest description counts as the oldest.
    pub(crate) fn exists_in(&self, version: ApiVersion) -> bool {
        let version = version.max(ApiVersion::V2_11);
        self.since <= version && self.until.is_none_or(|last| version <= last)
    }

    fn fits(&self, parts: &[&str]) -> bool {
        self.segments
            .iter()
            .zip(parts)
            .all(|(segment, part)| match segment {
                Segment::Fixed(word) => word == part,
                Segment::Hole => !part.is_empty(),
            })
    }
}

fn split(path: &str) -> impl Iterator<Item = &str> {
    path.trim_matches('/').split('/')
}

fn segment(word: &str) -> Segment {
    if word.starts_with('{') {
        Segment::Hole
    } else {
        Segment::Fixed(word.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        Routes::of(&Catalog::builtin().unwrap_or_else(|error| panic!("{error}")))
    }

    #[test]
    fn fixed_segments_beat_placeholders() {
        let routes = routes();
        let (route, holes) = routes.find("GET", "/tags/a%2Fb").unwrap();
        assert_eq!((&*route.name, holes), ("get_tag", vec!["a/b".to_owned()]));
        let (route, holes) = routes.find("POST", "/tickets/search").unwrap();
        assert_eq!((&*route.name, holes.len()), ("search_tickets", 0));
        assert!(
            routes.find("GET", "/nowhere").is_none() && routes.find("BREW", "/tags/1").is_none()
        );
    }

    #[test]
    fn every_operation_of_the_catalog_has_a_handler() {
        assert_eq!(routes().unhandled().collect::<Vec<_>>(), Vec::<&str>::new());
    }
}
