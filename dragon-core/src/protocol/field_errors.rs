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
