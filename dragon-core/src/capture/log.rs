//! Reading the change log back into rows, exactly as the entity itself reads them.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use sea_orm::sqlx::error::DatabaseError;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, FromQueryResult, QueryResult,
    RuntimeErr, Statement,
};

use super::{postgres, sqlite};
use crate::change::{Change, Row};
use crate::filter::Value;
use crate::model::{DynModel, LogTables, ModelInfo};

/// A row of the change log, without the rows that it holds.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub(super) struct Entry {
    /// Its id: handed out before the commit, so a later commit may have an earlier id.
    pub id: i64,
    /// The model's wire name.
    pub topic: String,
    /// `c`reated, `u`pdated, `d`eleted, `r`eset, `m`essage, or `b`: a note that nobody took.
    pub op: String,
    /// The hash of the triggers that wrote it; of a message, the message.
    pub hash: String,
}

/// The rows before and after, by log id; `None` for a row that cannot be read.
pub type Sides = HashMap<i64, Option<Row>>;

/// A model as the relay sees it.
#[derive(Clone, Debug)]
pub struct Captured(Arc<dyn DynModel>);

impl Captured {
    /// The model, whose log rows are read.
    #[must_use]
    pub fn new(model: Arc<dyn DynModel>) -> Self {
        Self(model)
    }

    /// What is known of it.
    #[must_use]
    pub fn info(&self) -> &ModelInfo {
        self.0.info()
    }

    /// Reads one side (`o` or `n`) of log rows.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn side(
        &self,
        db: &DatabaseConnection,
        tables: &LogTables,
        side: &'static str,
        ids: &[i64],
    ) -> Result<Sides, DbErr> {
        match self.read(db, tables, side, ids).await {
            Err(error) if refuses_a_row(&error) => {}
            done => return done,
        }
        // One of the rows does not fit the table any more: which, only asking for each tells.
        let mut sides = Sides::new();
        for id in ids {
            match self.read(db, tables, side, &[*id]).await {
                Err(error) if refuses_a_row(&error) => {
                    tracing::warn!(model = self.info().name, id, %error, "a log row is unreadable");
                    sides.insert(*id, None);
                }
                one => sides.extend(one?),
            }
        }
        Ok(sides)
    }

    async fn read(
        &self,
        db: &DatabaseConnection,
        tables: &LogTables,
        side: &str,
        ids: &[i64],
    ) -> Result<Sides, DbErr> {
        if ids.is_empty() {
            return Ok(Sides::new());
        }
        let list = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        let backend = db.get_database_backend();
        let sql = match backend {
            DbBackend::Postgres => postgres::select_side(tables, self.info(), side, &list),
            _ => sqlite::select_side(tables, self.info(), side, &list),
        };
        let results = db.query_all_raw(Statement::from_string(backend, sql)).await?;
        results
            .iter()
            .map(|result| {
                let id = result.try_get::<i64>("", "dragon_log_id")?;
                Ok((id, self.decode(id, result)))
            })
            .collect()
    }

    /// The row, unless it holds what its Rust types cannot, such as a time stamp of infinity, at
    /// which sqlx panics.
    fn decode(&self, id: i64, result: &QueryResult) -> Option<Row> {
        let decoded = catch_unwind(AssertUnwindSafe(|| self.0.decode(result)));
        match decoded {
            Ok(Ok(row)) => Some(row),
            Ok(Err(error)) => {
                tracing::warn!(model = self.info().name, id, %error, "a log row is unreadable");
                None
            }
            Err(_) => {
                tracing::warn!(
                    model = self.info().name,
                    id,
                    "a log row is beyond what its types hold"
                );
                None
            }
        }
    }
}

/// Whether PostgreSQL cannot read a row any more (class 22: what it holds does not fit; 42: the
/// table or a column is gone), rather than being out of reach. SQLite's log has no types that
/// could refuse anything.
fn refuses_a_row(error: &DbErr) -> bool {
    let (DbErr::Query(RuntimeErr::SqlxError(inner)) | DbErr::Exec(RuntimeErr::SqlxError(inner))) =
        error
    else {
        return false;
    };
    let code = inner.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| code.len() == 5 && (code.starts_with("22") || code.starts_with("42")))
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
