//! Which rows belong to a channel whose filter looks into other tables: asked of the database.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr};

use super::Services;
use crate::change::Row;
use crate::filter::{Database, Filter, Value};
use crate::hub::{Member, Members, What};
use crate::model::{DynModel, Holders, ListQuery, ModelInfo, Order, begin_read};
use crate::serializer::Renderer;

/// The rows of a filter.
pub(super) struct DbMembers {
    db: DatabaseConnection,
    database: Database,
    info: Arc<ModelInfo>,
    renderer: Arc<Renderer>,
    filter: Filter,
    most: u64,
    model: Arc<dyn DynModel>,
    /// Those that hold its rows, where no column of theirs says which.
    holders: Option<Arc<Holders>>,
    /// How many of them are named of one row.
    named: u64,
}

impl fmt::Debug for DbMembers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DbMembers").field("filter", &self.filter).finish_non_exhaustive()
    }
}

impl DbMembers {
    pub(super) fn new(
        services: &Services,
        info: &Arc<ModelInfo>,
        renderer: &Arc<Renderer>,
        filter: &Filter,
        holders: Option<&Arc<Holders>>,
    ) -> Self {
        Self {
            db: services.db.clone(),
            database: services.database,
            info: Arc::clone(info),
            renderer: Arc::clone(renderer),
            filter: filter.clone(),
            most: services.config.path_rows,
            model: renderer.shared_model(),
            holders: holders.cloned(),
            named: services.config.list_rows,
        }
    }

    /// Every row that matches, in an order; one more than may be at the most.
    pub(super) async fn all(&self, order: &Order) -> Result<Vec<Member>, DbErr> {
        let transaction = begin_read(&self.db).await?;
        let members = self.all_in(&transaction, order).await?;
        transaction.commit().await?;
        Ok(members)
    }

    /// The same, as of the moment that a transaction sees.
    pub(super) async fn all_in(
        &self,
        transaction: &DatabaseTransaction,
        order: &Order,
    ) -> Result<Vec<Member>, DbErr> {
        let (filter, order) = (self.filter.clone(), order.clone());
        let query = ListQuery { filter, order, limit: self.most + 1 };
        let rows = self.model.list(&transaction.into(), &self.info, self.database, &query).await?;
        let rows: Vec<(Row, bool)> = rows.into_iter().map(|row| (row, true)).collect();
        self.members(transaction, &rows).await
    }

    /// What rows look like, those that match with all that they lead to.
    async fn members(
        &self,
        transaction: &DatabaseTransaction,
        rows: &[(Row, bool)],
    ) -> Result<Vec<Member>, DbErr> {
        let matching: Vec<&Row> =
            rows.iter().filter(|(_, matches)| *matches).map(|(row, _)| row).collect();
        let objects = self.renderer.objects(&transaction.into(), &matching).await?;
        let mut objects = self.held(transaction, &matching, objects).await?.into_iter();
        let key = self.info.key_column().field;
        let member = |(row, matches): &(Row, bool)| Member {
            reference: self.renderer.reference(row.get(key).unwrap_or(&Value::Null)),
            object: matches.then(|| objects.next()).flatten(),
        };
        Ok(rows.iter().map(member).collect())
    }

    /// The objects with the keys of what holds them, where those are a list. Without, where there
    /// are too many: of all rows together than are kept of a channel, or of one row than a list
    /// may have. A message could be of any size otherwise.
    async fn held(
        &self,
        transaction: &DatabaseTransaction,
        rows: &[&Row],
        objects: Vec<String>,
    ) -> Result<Vec<String>, DbErr> {
        let Some(holders) = &self.holders else { return Ok(objects) };
        let from = self.info.columns.iter().find(|column| column.name == holders.link.from);
        let Some(from) = from else { return Ok(objects) };
        let text = |value: &Value| self.renderer.reference(value);
        let mut values: HashMap<String, Value> = HashMap::new();
        for value in rows.iter().filter_map(|row| row.get(from.field)) {
            values.insert(text(value), value.clone());
        }
        let values: Vec<Value> = values.into_values().collect();
        let found = holders.of(&transaction.into(), &self.info, &values, most(self.most)).await?;
        let Some(found) = found else { return Ok(objects) };
        let mut keys: HashMap<String, Vec<&Value>> = HashMap::new();
        for (value, key) in &found {
            keys.entry(text(value)).or_default().push(key);
        }
        let of = |row: &&Row| keys.get(&text(row.get(from.field)?));
        let named = |(row, object)| match of(row) {
            Some(keys) if keys.len() <= most(self.named) => self.renderer.held_by_all(object, keys),
            _ => object,
        };
        Ok(rows.iter().zip(objects).map(named).collect())
    }

    async fn some(&self, what: &What) -> Result<Vec<Member>, DbErr> {
        let What::Among { among, .. } = what else { return self.all(&Order::default()).await };
        let transaction = begin_read(&self.db).await?;
        let (info, filter) = (&self.info, &self.filter);
        let limit = self.most + 1;
        let rows = self
            .model
            .affected(&(&transaction).into(), info, self.database, (filter, among), limit)
            .await?;
        let rows: Vec<(Row, bool)> = rows.into_iter().map(|one| (one.row, one.matches)).collect();
        let members = self.members(&transaction, &rows).await?;
        transaction.commit().await?;
        Ok(members)
    }
}

impl Members for DbMembers {
    fn read<'a>(&'a self, what: &'a What) -> BoxFuture<'a, Result<Vec<Member>, String>> {
        Box::pin(async move { self.some(what).await.map_err(|error| error.to_string()) })
    }

    fn reference(&self, key: &Value) -> String {
        self.renderer.reference(key)
    }

    fn most(&self) -> usize {
        most(self.most)
    }
}

/// A limit of the configuration as a length.
fn most(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}
