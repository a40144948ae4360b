//! The environment and `.env`, as the app will read them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Finding;
use crate::project::Project;

/// What is set.
#[derive(Debug, Default)]
pub(super) struct Settings {
    file: BTreeMap<String, String>,
}

impl Settings {
    /// Reads the project's `.env`, or that of the current folder.
    pub(super) fn read(project: Option<&Project>, tell: &mut dyn FnMut(Finding)) -> Self {
        let path = match project {
            Some(project) => project.folder.join(".env"),
            None => PathBuf::from(".env"),
        };
        if !path.is_file() {
            if project.is_some() {
                let says = "there is none: the environment and the app's defaults say all";
                tell(Finding::ok(".env", says));
            }
            return Self::default();
        }
        let pairs: Result<BTreeMap<String, String>, dotenvy::Error> =
            dotenvy::from_path_iter(&path).and_then(Iterator::collect);
        match pairs {
            Ok(file) => {
                let names: Vec<&str> = file.keys().map(String::as_str).collect();
                let says = match names.as_slice() {
                    [] => "nothing is set in it".to_owned(),
                    names => format!("it sets {}", names.join(", ")),
                };
                tell(Finding::ok(".env", says));
                Self { file }
            }
            Err(error) => {
                tell(
                    Finding::wrong(".env", format!("it cannot be read: {error}")).mend(
                        "write a line as NAME=value; quote a value with spaces: NAME=\"a b\"",
                    ),
                );
                Self::default()
            }
        }
    }

    /// What the environment says.
    pub(super) fn environment(name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|text| !text.trim().is_empty())
    }

    /// What `.env` says.
    pub(super) fn file(&self, name: &str) -> Option<String> {
        self.file.get(name).filter(|text| !text.trim().is_empty()).cloned()
    }

    /// Where what holds is said, as one would look for it.
    pub(super) fn source(&self, name: &str) -> String {
        match (Self::environment(name), self.file(name)) {
            (Some(_), Some(_)) => format!("{name} in the environment, which goes before .env"),
            (Some(_), None) => format!("{name} in the environment"),
            (None, _) => format!("{name} in .env"),
        }
    }

    /// What holds: the environment goes first.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let text = Self::environment(name).or_else(|| self.file(name));
        text.map(|text| text.trim().to_owned())
    }
}
