//! What is set for an app: in the environment, and in its `.env`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The environment and a `.env`, by the app's own rules.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    environment: BTreeMap<String, String>,
    file: BTreeMap<String, String>,
}

/// A setting that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) value: String,
    /// Where it is said, as part of a sentence: `DRAGON_ADDR in .env`.
    pub(crate) source: String,
}

impl Settings {
    /// Those of the app that one is in the folder of, as far as its `.env` can be read.
    pub(crate) fn here() -> Self {
        let here = std::env::current_dir().ok();
        let file = here.and_then(|here| env_file(&here));
        file.map_or_else(|| Self::of(environment(), []), |file| Self::at(&file).0)
    }

    /// Those of this `.env` up to what cannot be read, and why that cannot be.
    pub(crate) fn at(file: &Path) -> (Self, Option<dotenvy::Error>) {
        let (mut pairs, mut wrong) = (Vec::new(), None);
        match dotenvy::from_path_iter(file) {
            Ok(lines) => {
                let lines = lines.map_while(|line| line.map_err(|error| wrong = Some(error)).ok());
                pairs.extend(lines);
            }
            Err(error) => wrong = Some(error),
        }
        (Self::of(environment(), pairs), wrong)
    }

    /// Those of an environment and a file.
    pub(crate) fn of(
        environment: impl IntoIterator<Item = (String, String)>,
        file: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let mut settings =
            Self { environment: environment.into_iter().collect(), ..Self::default() };
        for (name, value) in file {
            // Of two lines the first holds.
            settings.file.entry(name).or_insert(value);
        }
        settings
    }

    /// The names that `.env` sets.
    pub(crate) fn in_file(&self) -> Vec<&str> {
        self.file.keys().map(String::as_str).collect()
    }

    /// What holds: the environment goes first. What is empty is not set.
    pub(crate) fn get(&self, name: &str) -> Option<Setting> {
        let (value, place) = match (self.environment.get(name), self.file.get(name)) {
            (Some(value), None) => (value, "in the environment"),
            (Some(value), Some(_)) => (value, "in the environment, which goes before .env"),
            (None, file) => (file?, "in .env"),
        };
        let value = value.trim().to_owned();
        (!value.is_empty()).then(|| Setting { value, source: format!("{name} {place}") })
    }
}

/// The environment, as far as it is text.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// The `.env` of this folder, or of the next above up to that of the package: one that lies further
/// up the app does not read either.
fn env_file(here: &Path) -> Option<PathBuf> {
    let has = |folder: &Path, file: &str| folder.join(file).is_file();
    let folder = here.ancestors().find(|one| has(one, ".env") || has(one, "Cargo.toml"))?;
    has(folder, ".env").then(|| folder.join(".env"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_above_the_package_is_not_the_apps() {
        let folder = tempfile::tempdir().unwrap();
        let (above, app) = (folder.path(), folder.path().join("app"));
        let below = app.join("src");
        std::fs::create_dir_all(&below).unwrap();
        std::fs::write(above.join(".env"), "").unwrap();
        assert_eq!(env_file(&below), Some(above.join(".env")));
        std::fs::write(app.join("Cargo.toml"), "").unwrap();
        assert_eq!(env_file(&below), None);
        std::fs::write(app.join(".env"), "").unwrap();
        assert_eq!(env_file(&below), Some(app.join(".env")));
    }

    fn get(environment: &[(&str, &str)], file: &[(&str, &str)]) -> Option<(String, String)> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let settings = Settings::of(environment.iter().map(owned), file.iter().map(owned));
        settings.get("A").map(|Setting { value, source }| (value, source))
    }

    #[test]
    fn the_environment_and_the_first_line_of_a_name_hold() {
        let is = |value: &str, source: &str| Some((value.to_owned(), source.to_owned()));
        assert_eq!(get(&[], &[("A", "1 "), ("A", "2"), ("B", "3")]), is("1", "A in .env"));
        assert_eq!(get(&[("A", "1")], &[("B", "2")]), is("1", "A in the environment"));
        let both = "A in the environment, which goes before .env";
        assert_eq!(get(&[("A", "1")], &[("A", "2")]), is("1", both));
        // So one switches off what .env says.
        assert_eq!(get(&[("A", " ")], &[("A", "2")]), None);
        assert_eq!(get(&[], &[]), None);
    }

    #[test]
    fn a_file_is_read_up_to_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".env");
        std::fs::write(&file, "X_A=1\nX A = \"\nX_B=2\n").unwrap();
        let (settings, wrong) = Settings::at(&file);
        assert_eq!(settings.in_file(), ["X_A"]);
        assert!(wrong.is_some());
        let (settings, wrong) = Settings::at(&folder.path().join("none"));
        assert!(settings.in_file().is_empty() && wrong.is_some());
    }
}
