//! The name that keeps apps on one database, or one Redis, apart.

use std::fmt;

use crate::Error;
use crate::model::LogTables;

/// The name of an app's log, triggers, lock, topics and Redis keys.
///
/// Processes with the same namespace are nodes of one app and must share a broker; different
/// namespaces on one database know nothing of each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Namespace(String);

impl Namespace {
    /// The namespace of an app's name: lower-case letters, digits and `_` (a `-` becomes one).
    ///
    /// # Errors
    /// When the name has other characters, is empty, or is longer than 24.
    pub fn of(name: &str) -> Result<Self, Error> {
        let namespace = name.replace('-', "_");
        let fits = (1..=24).contains(&namespace.len())
            && namespace.starts_with(|c: char| c.is_ascii_lowercase())
            && namespace.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if fits {
            return Ok(Self(namespace));
        }
        Err(Error::setup(format!(
            "`{name}` cannot name an app: use 1 to 24 lower-case letters, digits, `-` or `_`, a \
             letter first"
        )))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names of its tables.
    #[must_use]
    pub fn tables(&self) -> LogTables {
        LogTables::of(&self.0)
    }

    /// What the names of its triggers begin with.
    pub(crate) fn trigger_prefix(&self) -> String {
        format!("dragon_{}_on_", self.0)
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_cannot_be_part_of_a_table_name_is_refused() {
        for name in ["", "Todo", "to do", "1todo", "todo;drop", &"a".repeat(25)] {
            assert!(Namespace::of(name).is_err(), "{name}");
        }
        assert_eq!(Namespace::of("my-todo").unwrap().tables().log, "dragon_my_todo_log");
    }
}
