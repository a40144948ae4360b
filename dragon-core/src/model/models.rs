//! All models of an app, by their tables: what a path over relations leads to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ModelInfo, TableName};

/// The models of an app, by their tables.
///
/// Each of them knows the others through its [`ModelInfo::models`], so that a path can be followed
/// from any of them.
#[derive(Debug, Default)]
pub struct Models {
    by_table: BTreeMap<TableName, Arc<ModelInfo>>,
    by_name: BTreeMap<&'static str, Arc<ModelInfo>>,
}

impl Models {
    /// These, each knowing the others. Of several models of one table the first is the one that
    /// paths lead to.
    #[must_use]
    pub fn tie(infos: impl IntoIterator<Item = ModelInfo>) -> Arc<Self> {
        Arc::new_cyclic(|models| {
            let (mut by_table, mut by_name) = (BTreeMap::new(), BTreeMap::new());
            for mut info in infos {
                info.models = models.clone();
                let info = Arc::new(info);
                by_table.entry(info.table_name()).or_insert_with(|| Arc::clone(&info));
                by_name.entry(info.name).or_insert(info);
            }
            Self { by_table, by_name }
        })
    }

    /// The model of a wire name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Arc<ModelInfo>> {
        self.by_name.get(name)
    }

    /// The model of a table.
    #[must_use]
    pub fn of(&self, table: &TableName) -> Option<&Arc<ModelInfo>> {
        self.by_table.get(table)
    }
}
