//! What is to be changed in a folder, known as a whole before anything is written: it can be
//! shown, it is refused where it would overwrite, and asked for twice it changes nothing.

mod insertion;
mod write;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use similar::TextDiff;

pub(crate) use insertion::Insertion;

use crate::failure::Failure;

/// The changes to the files of a folder, in the order in which they were planned.
#[derive(Debug)]
pub(crate) struct Plan {
    root: PathBuf,
    files: Vec<Planned>,
    /// What a person has to write, because there is no place for it.
    by_hand: Vec<String>,
    /// What a person may write as well.
    suggested: Vec<String>,
}

/// One file: as it is, and as it shall be.
#[derive(Debug)]
struct Planned {
    /// Its path within the folder, with `/`.
    path: String,
    before: Option<String>,
    after: String,
    /// The whole file is ours, so that another one that is there already is overwritten.
    whole: bool,
}

/// What happens to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// It is new.
    Create,
    /// Lines are added to it.
    Change,
    /// What is there is lost.
    Overwrite,
    /// It is as it shall be.
    Unchanged,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::Overwrite => "overwrite",
            Self::Unchanged => "unchanged",
        })
    }
}

impl Planned {
    fn fate(&self) -> Fate {
        match &self.before {
            None => Fate::Create,
            Some(before) if unix(before) == unix(&self.after) => Fate::Unchanged,
            Some(_) if self.whole => Fate::Overwrite,
            Some(_) => Fate::Change,
        }
    }
}

/// With the line ends of Unix. What git makes of them on Windows is no change.
fn unix(text: &str) -> Cow<'_, str> {
    match text.contains('\r') {
        true => Cow::Owned(text.replace("\r\n", "\n")),
        false => Cow::Borrowed(text),
    }
}

/// A text with the line ends of the one that is there.
pub(crate) fn with_ends_of(before: &str, after: &str) -> String {
    match before.contains("\r\n") {
        true => unix(after).replace('\n', "\r\n"),
        false => after.to_owned(),
    }
}

impl Plan {
    /// No changes yet to the folder.
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), files: Vec::new(), by_hand: Vec::new(), suggested: Vec::new() }
    }

    /// The folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A file with this text; `path` is within the folder, with `/`. One that is there keeps the
    /// kind of its line ends.
    ///
    /// # Errors
    /// When it is planned already, or what is there cannot be read.
    pub(crate) fn create(&mut self, path: &str, text: impl Into<String>) -> Result<(), Failure> {
        if self.files.iter().any(|planned| planned.path == path) {
            return Err(Failure::new(format!("{path} would be written twice, with two texts"))
                .help("give one of the two that are to be there another name"));
        }
        let before = self.on_disk(path)?;
        let text = text.into();
        let after = match &before {
            Some(before) => with_ends_of(before, &text),
            None => text,
        };
        self.files.push(Planned { path: path.to_owned(), before, after, whole: true });
        Ok(())
    }

    /// Lines at an anchor of a file, be it there or planned. Where it has no such anchor, they are
    /// left to a person: see [`by_hand`](Self::by_hand).
    ///
    /// # Errors
    /// When what is there cannot be read.
    pub(crate) fn insert(&mut self, path: &str, insertion: &Insertion<'_>) -> Result<(), Failure> {
        let Some(now) = self.text(path)? else {
            self.by_hand.push(format!("there is no {path}; {}", insertion.by_hand()));
            return Ok(());
        };
        match insertion.apply_to(&now) {
            Some(after) => self.edit(path, after),
            None => {
                let (place, add) = (insertion.place(), insertion.by_hand());
                self.by_hand.push(format!("{path} has {place}; {add}"));
                Ok(())
            }
        }
    }

    /// Another text for a file that is there, or planned: what stays of it is for the caller to
    /// keep.
    ///
    /// # Errors
    /// When what is there cannot be read.
    pub(crate) fn edit(&mut self, path: &str, after: String) -> Result<(), Failure> {
        if let Some(planned) = self.files.iter_mut().find(|planned| planned.path == path) {
            planned.after = after;
            return Ok(());
        }
        let before = self.on_disk(path)?;
        self.files.push(Planned { path: path.to_owned(), before, after, whole: false });
        Ok(())
    }

    /// A file's text as it shall be, or is; nothing where there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) fn text(&self, path: &str) -> Result<Option<String>, Failure> {
        match self.files.iter().find(|planned| planned.path == path) {
            Some(planned) => Ok(Some(planned.after.clone())),
            None => self.on_disk(path),
        }
    }

    fn on_disk(&self, path: &str) -> Result<Option<String>, Failure> {
        let full = self.root.join(path);
        match std::fs::read_to_string(&full) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::new(format!("{} cannot be read: {error}", full.display()))),
        }
    }

    /// The names of the files that a folder has now.
    pub(crate) fn files_in(&self, folder: &str) -> Vec<String> {
        let there = std::fs::read_dir(self.root.join(folder)).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            there.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Leaves something to a person: a sentence that says what, and where.
    pub(crate) fn leave(&mut self, what: String) {
        self.by_hand.push(what);
    }

    /// Says what a person may write as well; without it the app is whole.
    pub(crate) fn suggest(&mut self, what: String) {
        self.suggested.push(what);
    }

    /// What a person may write as well.
    pub(crate) fn suggested(&self) -> &[String] {
        &self.suggested
    }

    /// What a person has to write: sentences that say what, and where.
    pub(crate) fn by_hand(&self) -> &[String] {
        &self.by_hand
    }

    /// What happens to each file.
    pub(crate) fn fates(&self) -> impl Iterator<Item = (Fate, &str)> {
        self.files.iter().map(|planned| (planned.fate(), planned.path.as_str()))
    }

    /// Whether nothing is left to be changed.
    pub(crate) fn is_done(&self) -> bool {
        self.fates().all(|(fate, _)| fate == Fate::Unchanged)
    }

    /// The files that are overwritten, and what is lost.
    pub(crate) fn overwritten(&self) -> impl Iterator<Item = (&str, &str)> {
        let files = self.files.iter().filter(|planned| planned.fate() == Fate::Overwrite);
        files.filter_map(|planned| Some((planned.path.as_str(), planned.before.as_deref()?)))
    }

    /// Refuses to overwrite: all the files in the way, told at once.
    ///
    /// # Errors
    /// When there are any.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let in_the_way: Vec<&str> = self.overwritten().map(|(path, _)| path).collect();
        match in_the_way[..] {
            [] => Ok(()),
            [one] => Err(Failure::new(format!("{one} is there already, with another text"))),
            _ => Err(Failure::new(format!(
                "these are there already, with other texts: {}",
                in_the_way.join(", ")
            ))),
        }
        .map_err(|failure| {
            failure.help("--dry-run shows the differences").help("--force overwrites what is there")
        })
    }

    /// The changes as a unified diff; empty when there are none.
    pub(crate) fn diff(&self) -> String {
        let mut diff = String::new();
        for planned in self.files.iter().filter(|planned| planned.fate() != Fate::Unchanged) {
            let before = planned.before.as_deref();
            let from = before.map_or("/dev/null".to_owned(), |_| format!("a/{}", planned.path));
            let to = format!("b/{}", planned.path);
            let texts = TextDiff::from_lines(before.unwrap_or_default(), planned.after.as_str());
            diff += &texts.unified_diff().header(&from, &to).to_string();
        }
        diff
    }

    /// Writes what differs: all of it, or, when that fails, nothing.
    ///
    /// # Errors
    /// When a file cannot be written; what was there before is there again.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        let changed: BTreeMap<&str, &str> = self
            .files
            .iter()
            .filter(|planned| planned.fate() != Fate::Unchanged)
            .map(|planned| (planned.path.as_str(), planned.after.as_str()))
            .collect();
        write::all(&self.root, &changed)
    }
}

#[cfg(test)]
mod tests;
