//! The catalog's files as a git revision has them.

use crate::error::Error;
use catalog::{Toolset, is_toolset_file};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The toolsets of a revision. Their format is checked, not their soundness: a rule made since then is no reason to fail.
pub(super) fn toolsets(workspace: &Path, revision: &str) -> Result<Vec<Toolset>, Error> {
    let asked = format!("{revision}^{{commit}}");
    let verify = ["rev-parse", "--verify", "--quiet", "--end-of-options"];
    let commit = git(workspace, &[&verify[..], &[&asked]].concat())
        .map_err(|_| Error::Git(format!("`{revision}` is no commit of this repository")))?;
    let commit = commit.trim();
    let listed = git(
        workspace,
        &["ls-tree", "--name-only", "--full-tree", commit, "catalog/"],
    )?;
    let mut toolsets = Vec::new();
    for path in listed.lines() {
        if is_toolset_file(path.trim_start_matches("catalog/")) {
            let text = git(workspace, &["show", &format!("{commit}:{path}")])?;
            toolsets.push(parse(Path::new(path), &text)?);
        }
    }
    if toolsets.is_empty() {
        return Err(Error::Git(format!("`{revision}` has no catalog")));
    }
    Ok(toolsets)
}

fn parse(path: &Path, text: &str) -> Result<Toolset, Error> {
    serde_saphyr::from_str(text).map_err(|error| Error::Malformed {
        path: PathBuf::from(path),
        reason: error.to_string(),
    })
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String, Error> {
    let output = Command::new("git")
        .current_dir(folder)
        .args(arguments)
        .output()
        .map_err(|error| Error::Git(format!("cannot be started: {error}")))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let words = String::from_utf8_lossy(&output.stderr);
        Err(Error::Git(words.trim().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{env, fs};

    const TAGS: &str = "toolset: tags\ntitle: T\nabout: A\n";

    #[test]
    fn files_come_from_the_commit_and_not_from_the_folder() {
        let folder = env::temp_dir().join(format!("frontdesk-revision-{}", std::process::id()));
        fs::create_dir_all(folder.join("catalog")).unwrap();
        let tags = folder.join("catalog/tags.yaml");
        fs::write(&tags, TAGS).unwrap();
        fs::write(folder.join("catalog/excluded.yaml"), "[]").unwrap();
        let who = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
        git(&folder, &["init", "--quiet"]).unwrap();
        git(&folder, &["add", "."]).unwrap();
        let commit = [&who[..], &["commit", "--quiet", "-m", "x"]].concat();
        git(&folder, &commit).unwrap();
        fs::write(&tags, TAGS.replace("title: T", "title: New")).unwrap();

        let committed = toolsets(&folder, "HEAD").unwrap();
        assert_eq!(committed.len(), 1);
        assert_eq!(committed[0].title, "T");
        for stranger in ["nowhere", "--help"] {
            let error = toolsets(&folder, stranger).unwrap_err().to_string();
            assert!(error.contains("is no commit"), "{error}");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
