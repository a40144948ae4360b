//! One row's values, by field name.

use std::sync::Arc;

use crate::filter::Value;

/// A row outside the database: the entity's own columns, without loss, by field name.
///
/// It is what filters judge and what travels between nodes; the names are shared by all rows of
/// a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    names: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    /// A row of `values` in the order of `names`; the shorter of the two decides.
    #[must_use]
    pub fn new(names: Arc<[String]>, values: Vec<Value>) -> Self {
        Self { names, values }
    }

    /// The value of a field, if the row has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        // Rows have few columns: a walk over them is cheaper than a map per row.
        self.names.iter().position(|own| own == name).and_then(|at| self.values.get(at))
    }

    /// All fields in the order of the entity.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.names.iter().map(String::as_str).zip(&self.values)
    }
}

impl FromIterator<(String, Value)> for Row {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(fields: I) -> Self {
        let (names, values): (Vec<String>, Vec<Value>) = fields.into_iter().unzip();
        Self { names: names.into(), values }
    }
}
