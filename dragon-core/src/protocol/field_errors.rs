//! What is wrong with what a client sent, field by field.

use std::collections::BTreeMap;

/// The sentences to show, by field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(BTreeMap<String, Vec<String>>);

impl FieldErrors {
    /// One sentence about one field.
    #[must_use]
    pub fn of(field: impl Into<String>, sentence: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, [sentence.into()]);
        errors
    }

    /// Adds sentences about a field.
    pub fn add(&mut self, field: impl Into<String>, sentences: impl IntoIterator<Item = String>) {
        self.0.entry(field.into()).or_default().extend(sentences);
    }

    /// Adds what is wrong with an object within, whose path is put before the names of its fields:
    /// `staff_set.0.` makes `name` to `staff_set.0.name`.
    pub fn add_within(&mut self, path: &str, errors: Self) {
        for (field, sentences) in errors.0 {
            self.add(format!("{path}{field}"), sentences);
        }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sentences by field.
    #[must_use]
    pub fn into_map(self) -> BTreeMap<String, Vec<String>> {
        self.0
    }
}
