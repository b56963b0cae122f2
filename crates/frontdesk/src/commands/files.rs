//! Files that a command writes for its user: all of them or none, and never over what is there.

use crate::Error;
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

/// A file to be written: its place in the folder, with `/`, and its text.
pub(super) struct Sheet {
    pub(super) path: String,
    pub(super) text: String,
}

impl Sheet {
    pub(super) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
        }
    }

    /// Its place on this machine.
    pub(super) fn place(&self, folder: &Path) -> PathBuf {
        let parts = self.path.split('/');
        parts.fold(folder.to_owned(), |path, part| path.join(part))
    }
}

/// Writes the files and tells of each; those that are there and differ are replaced only where that is forced.
pub(super) fn write(folder: &Path, sheets: &[Sheet], force: bool) -> Result<(), Error> {
    let mut differing = Vec::new();
    let mut todo = Vec::new();
    for sheet in sheets {
        match present(&sheet.place(folder))? {
            Some(text) if same(&text, &sheet.text) => {}
            Some(_) => {
                differing.push(sheet.path.as_str());
                todo.push((sheet, true));
            }
            None => todo.push((sheet, false)),
        }
    }
    if !differing.is_empty() && !force {
        return Err(Error::Files(format!(
            "nothing is written, for these are there already and differ: {}; --force replaces them",
            differing.join(", ")
        )));
    }
    if todo.is_empty() {
        say!("Everything is there already, as it should be.");
    }
    for (sheet, replaces) in todo {
        put(&sheet.place(folder), &sheet.text, replaces)?;
        let word = if replaces { "replaced" } else { "wrote" };
        say!("{word}  {}", sheet.path);
    }
    Ok(())
}

/// A file's text, where it is there.
pub(super) fn present(path: &Path) -> Result<Option<String>, Error> {
    match fs::read(path) {
        // What is no text is certainly not ours.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Unreadable {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Whether two texts are the same but for their line ends, which Git changes on Windows.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.lines().eq(other.lines())
}

fn put(path: &Path, text: &str, replaces: bool) -> Result<(), Error> {
    let unwritable = |source| Error::Unwritable {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(unwritable)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true);
    if replaces {
        options.truncate(true);
    } else {
        options.create_new(true);
    }
    let mut file = options.open(path).map_err(unwritable)?;
    file.write_all(text.as_bytes()).map_err(unwritable)
}
