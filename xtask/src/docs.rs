//! `cargo xtask docs`: the pages and files that are made from the catalog and the workspace's version.

mod dialects;
mod page;
mod parameter;
mod release;

use crate::{
    error::{Error, read},
    surface::Surface,
};
use catalog::Catalog;
use std::{fs, path::Path};

/// The page of all tools.
const TOOLS: &str = "docs/tools.md";
/// The page of other servers' tools.
const DIALECTS: &str = "docs/dialects.md";
/// What the official MCP registry is told.
const SERVER: &str = "server.json";
/// What a desktop host is told.
const MANIFEST: &str = "packaging/mcpb/manifest.json";

/// Writes what is not current, or only names it.
pub(crate) fn run(workspace: &Path, check: bool) -> Result<String, Error> {
    let catalog = Catalog::builtin()?;
    let surface = Surface::of(catalog.toolsets());
    let mut made = Vec::new();
    for file in [SERVER, MANIFEST] {
        let path = workspace.join(file);
        let stamped = release::stamp(&read(&path)?, env!("CARGO_PKG_VERSION"))
            .map_err(|reason| Error::Malformed { path, reason })?;
        made.push((file, stamped));
    }
    let mut faults = published_faults(workspace, &made[0].1, &made[1].1)?;
    made.push((TOOLS, page::markdown(&catalog, &surface)));
    made.push((DIALECTS, dialects::markdown(&catalog)?));
    let mut stale = Vec::new();
    for (file, text) in &made {
        let path = workspace.join(file);
        if fs::read_to_string(&path).is_ok_and(|current| &current == text) {
            continue;
        }
        stale.push(*file);
        if !check {
            fs::write(&path, text).map_err(|source| Error::Unwritable { path, source })?;
        }
    }
    if check {
        let outdated = stale.iter();
        faults
            .extend(outdated.map(|file| format!("{file}: is not current: run `cargo xtask docs`")));
    }
    if !faults.is_empty() {
        return Err(Error::Faults(faults));
    }
    Ok(if stale.is_empty() {
        format!("{} tools, all files are current", surface.tools.len())
    } else {
        format!("wrote {}", stale.join(", "))
    })
}

fn published_faults(workspace: &Path, server: &str, manifest: &str) -> Result<Vec<String>, Error> {
    let published = release::Published {
        server,
        manifest,
        settings: &read(&workspace.join("docs/config.md"))?,
        dockerfile: &read(&workspace.join("Dockerfile"))?,
    };
    release::faults(&published).map_err(|reason| Error::Malformed {
        path: workspace.join(SERVER),
        reason,
    })
}
