//! The tables whose changes are logged: those of models, and those between two of them.

use crate::filter::short_fingerprint;
use crate::model::{Junction, ModelInfo, TableName};

/// A table whose changes are logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Under which name they are: a model's wire name, or one that no model can have.
    pub(crate) topic: String,
    /// The table.
    pub(crate) table: TableName,
    /// The columns that are logged.
    pub(crate) columns: Vec<String>,
    /// The place of the primary key among them; `None` for a junction.
    pub(crate) key: Option<usize>,
}

impl Watched {
    /// The table of a model.
    #[must_use]
    pub fn model(info: &ModelInfo) -> Self {
        Self {
            topic: info.name.to_owned(),
            table: info.table_name(),
            columns: info.columns.iter().map(|column| column.name.clone()).collect(),
            key: Some(info.key),
        }
    }

    /// The table between two models.
    #[must_use]
    pub fn junction(junction: &Junction) -> Self {
        let mut columns = vec![junction.from.clone(), junction.to.clone()];
        // The same whichever model it is seen from.
        columns.sort_unstable();
        Self { topic: topic(&junction.table), table: junction.table.clone(), columns, key: None }
    }
}

/// What the names of junctions begin with: no wire name does.
pub(super) const PAIRS: char = '~';

fn topic(table: &TableName) -> String {
    let name = match &table.schema {
        Some(schema) => format!("{schema}.{}", table.table),
        None => table.table.clone(),
    };
    if name.len() <= 40 {
        format!("{PAIRS}{name}")
    } else {
        format!("{PAIRS}{}", short_fingerprint(&name))
    }
}
