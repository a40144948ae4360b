//! Reading the change log back into rows, exactly as the entity itself reads them.

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

use futures::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, FromQueryResult, Statement};

use super::{postgres, sqlite};
use crate::change::{Change, Row};
use crate::filter::Value;
use crate::model::{LogTables, Model, ModelInfo, row};

/// A row of the change log, without the rows that it holds.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub(super) struct Entry {
    /// Its id: handed out before the commit, so a later commit may have an earlier id.
    pub id: i64,
    /// The model's wire name.
    pub topic: String,
    /// `c`reated, `u`pdated, `d`eleted, `r`eset, or `b`: a note that nobody took.
    pub op: String,
    /// The hash of the triggers that wrote it.
    pub hash: String,
}

/// The rows before and after, by log id; `None` for a row that cannot be read.
pub type Sides = HashMap<i64, Option<Row>>;

/// A model as the relay sees it.
pub trait CapturedModel: fmt::Debug + Send + Sync {
    /// What is known of it.
    fn info(&self) -> &ModelInfo;

    /// Reads one side (`o` or `n`) of log rows.
    fn side<'a>(
        &'a self,
        db: &'a DatabaseConnection,
        tables: &'a LogTables,
        side: &'static str,
        ids: &'a [i64],
    ) -> BoxFuture<'a, Result<Sides, DbErr>>;
}

/// A model by its type.
pub struct Captured<E> {
    info: ModelInfo,
    entity: PhantomData<fn() -> E>,
}

impl<E: Model> Captured<E> {
    /// The model, with what is known of it.
    #[must_use]
    pub fn new(info: ModelInfo) -> Self {
        Self { info, entity: PhantomData }
    }
}

impl<E> fmt::Debug for Captured<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Captured({})", self.info.name)
    }
}

impl<E: Model> CapturedModel for Captured<E> {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn side<'a>(
        &'a self,
        db: &'a DatabaseConnection,
        tables: &'a LogTables,
        side: &'static str,
        ids: &'a [i64],
    ) -> BoxFuture<'a, Result<Sides, DbErr>> {
        Box::pin(async move {
            let list = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
            let backend = db.get_database_backend();
            let sql = match backend {
                DbBackend::Postgres => postgres::select_side(tables, &self.info, side, &list),
                _ => sqlite::select_side(tables, &self.info, side, &list),
            };
            let results = db.query_all_raw(Statement::from_string(backend, sql)).await?;
            results
                .iter()
                .map(|result| {
                    let id = result.try_get::<i64>("", "dragon_log_id")?;
                    let read = <E::Model as FromQueryResult>::from_query_result(result, "")
                        .inspect_err(|error| {
                            tracing::warn!(model = E::NAME, id, %error, "a log row is unreadable");
                        });
                    Ok((id, read.ok().map(|model| row::<E>(&self.info, &model))))
                })
                .collect()
        })
    }
}

/// What a log row tells, in parts: a changed primary key is a delete and a create.
///
/// `None` when it cannot be told: a side that should be there is not, or is unreadable.
pub(super) fn changes(
    entry: &Entry,
    info: &ModelInfo,
    before: &Sides,
    after: &Sides,
) -> Option<Vec<Change>> {
    let side = |sides: &Sides| sides.get(&entry.id).cloned().flatten();
    let key = |row: &Row| row.get(info.key_column().field).cloned().unwrap_or(Value::Null);
    match entry.op.as_str() {
        "c" => {
            let after = side(after)?;
            Some(vec![Change { key: key(&after), before: None, after: Some(after) }])
        }
        "d" => {
            let before = side(before)?;
            Some(vec![Change { key: key(&before), before: Some(before), after: None }])
        }
        "u" => {
            let (before, after) = (side(before)?, side(after)?);
            if key(&before) == key(&after) {
                return Some(vec![Change {
                    key: key(&after),
                    before: Some(before),
                    after: Some(after),
                }]);
            }
            Some(vec![
                Change { key: key(&before), before: Some(before), after: None },
                Change { key: key(&after), before: None, after: Some(after) },
            ])
        }
        _ => None,
    }
}
