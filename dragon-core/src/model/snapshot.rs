//! Reading: lists, and the cut that ties rows to a position.

use std::collections::HashSet;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, QuerySelect, Statement,
};

use super::{Model, ModelInfo, Order, begin_read, condition, order, row};
use crate::change::{Position, Row};
use crate::filter::{Database, Filter};

/// The names of a namespace's tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogTables {
    /// The change log: what has been committed and not yet published.
    pub log: String,
    /// Each topic's last published position.
    pub topic: String,
    /// The log's id and the relay's generation.
    pub meta: String,
    /// The hash of each model's installed triggers.
    pub capture: String,
}

impl LogTables {
    /// The tables of a namespace (lower-case letters, digits and `_`).
    #[must_use]
    pub fn of(namespace: &str) -> Self {
        let name = |last: &str| format!("dragon_{namespace}_{last}");
        Self {
            log: name("log"),
            topic: name("topic"),
            meta: name("meta"),
            capture: name("capture"),
        }
    }
}

/// What had been published of a topic at the moment of a reading transaction.
///
/// A reader that sees the cut's rows has everything at or below `stored`, and every change in
/// `pending`: those were committed, and so are in the rows, but are published later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The last position whose publication the database knows of.
    pub stored: Position,
    /// The change-log ids that were there, committed but not yet published.
    pub pending: HashSet<i64>,
}

/// What rows are asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ListQuery {
    /// Which.
    pub filter: Filter,
    /// In what order.
    pub order: Order,
    /// How many at the most.
    pub limit: u64,
}

/// The rows of a query.
///
/// # Errors
/// When the database refuses.
pub async fn list<E: Model>(
    db: &impl ConnectionTrait,
    info: &ModelInfo,
    database: Database,
    query: &ListQuery,
) -> Result<Vec<Row>, DbErr> {
    let select = condition::select::<E>(info, database, &query.filter);
    let models =
        order::apply(select, info, database, &query.order).limit(query.limit).all(db).await?;
    Ok(models.iter().map(|model| row::<E>(info, model)).collect())
}

/// The cut of a topic at one moment of the database, and the reading transaction that sees that
/// moment: whatever else is read on it belongs to the cut.
///
/// # Errors
/// When the database refuses.
pub async fn begin_cut(
    db: &DatabaseConnection,
    tables: &LogTables,
    topic: &str,
) -> Result<(DatabaseTransaction, Cut), DbErr> {
    let transaction = begin_read(db).await?;
    let cut = cut(&transaction, tables, topic).await?;
    Ok((transaction, cut))
}

/// The cut of a topic at the moment that a transaction sees.
///
/// # Errors
/// When the database refuses.
pub async fn cut(
    transaction: &DatabaseTransaction,
    tables: &LogTables,
    topic: &str,
) -> Result<Cut, DbErr> {
    let backend = transaction.get_database_backend();
    let at = sql_parameter(backend);
    let stored = transaction
        .query_one_raw(Statement::from_sql_and_values(
            backend,
            format!("SELECT position FROM {} WHERE topic = {at}", tables.topic),
            [topic.into()],
        ))
        .await?
        .ok_or_else(|| DbErr::RecordNotFound(format!("the position of topic `{topic}`")))?
        .try_get::<String>("", "position")?
        .parse()
        .map_err(|_| DbErr::Type(format!("the position of topic `{topic}` is unreadable")))?;
    let pending = transaction
        .query_all_raw(Statement::from_sql_and_values(
            backend,
            format!("SELECT id FROM {} WHERE topic = {at}", tables.log),
            [topic.into()],
        ))
        .await?
        .iter()
        .map(|row| row.try_get::<i64>("", "id"))
        .collect::<Result<_, _>>()?;
    Ok(Cut { stored, pending })
}

/// The first parameter's mark in a statement.
fn sql_parameter(backend: sea_orm::DbBackend) -> &'static str {
    match backend {
        sea_orm::DbBackend::Postgres => "$1",
        _ => "?",
    }
}
