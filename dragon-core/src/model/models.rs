//! All models of an app, by their tables: what a path over relations leads to.

use std::collections::{BTreeMap, BTreeSet};
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
    junctions: BTreeSet<TableName>,
}

impl Models {
    /// These, each knowing the others. Of several models of one table the first is the one that
    /// paths lead to. `junctions` are the tables of pairs, no models', whose changes come to the
    /// hub's `table_changed`: paths may lead through them.
    #[must_use]
    pub fn tie(
        infos: impl IntoIterator<Item = ModelInfo>,
        junctions: impl IntoIterator<Item = TableName>,
    ) -> Arc<Self> {
        let junctions = junctions.into_iter().collect();
        Arc::new_cyclic(|models| {
            let (mut by_table, mut by_name) = (BTreeMap::new(), BTreeMap::new());
            for mut info in infos {
                info.models = models.clone();
                let info = Arc::new(info);
                by_table.entry(info.table_name()).or_insert_with(|| Arc::clone(&info));
                by_name.entry(info.name).or_insert(info);
            }
            Self { by_table, by_name, junctions }
        })
    }

    /// The model of a wire name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Arc<ModelInfo>> {
        self.by_name.get(name)
    }

    /// Whether the changes of a table are seen, a model's or one of pairs.
    #[must_use]
    pub fn sees(&self, table: &TableName) -> bool {
        self.by_table.contains_key(table) || self.junctions.contains(table)
    }

    /// The model of a table.
    #[must_use]
    pub fn of(&self, table: &TableName) -> Option<&Arc<ModelInfo>> {
        self.by_table.get(table)
    }
}
