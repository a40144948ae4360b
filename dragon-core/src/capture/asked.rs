//! What the database is asked about tables and triggers.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::{Namespace, literal, postgres, table_of};
use crate::model::TableName;

/// Whether there is such a table, and no view: by its quoted name, with its schema if it has one,
/// on PostgreSQL.
pub(super) async fn table_exists(db: &impl ConnectionTrait, quoted: &str, name: &str) -> bool {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => format!(
            "SELECT relname::text AS v FROM pg_class WHERE oid = to_regclass({}) AND relkind IN \
             ('r', 'p', 'f')",
            literal(quoted)
        ),
        // Names of tables are the same to SQLite whatever their case.
        _ => format!(
            "SELECT name AS v FROM sqlite_master WHERE type = 'table' AND name = {} COLLATE NOCASE",
            literal(name)
        ),
    };
    matches!(one_text(db, &sql).await, Ok(Some(_)))
}

/// The names of a table's columns; `None` where there is no such table.
pub(crate) async fn columns_of(
    db: &impl ConnectionTrait,
    table: &TableName,
) -> Result<Option<Vec<String>>, DbErr> {
    let quoted = table_of(table);
    if !table_exists(db, &quoted, &table.table).await {
        return Ok(None);
    }
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => format!(
            "SELECT attname::text AS v FROM pg_attribute WHERE attrelid = to_regclass({}) AND \
             attnum > 0 AND NOT attisdropped ORDER BY attnum",
            literal(&quoted)
        ),
        _ => format!("SELECT name AS v FROM pragma_table_xinfo({})", literal(&table.table)),
    };
    texts(db, &sql).await.map(Some)
}

/// All triggers of the namespace, with the table that they stand on. Their names do not tell:
/// `app` would find those of `app_on_call`.
pub(super) async fn all_triggers(
    db: &impl ConnectionTrait,
    namespace: &Namespace,
) -> Result<Vec<(String, String)>, DbErr> {
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => format!(
            "SELECT tgname::text AS v, tgrelid::regclass::text AS t FROM pg_trigger WHERE \
             tgparentid = 0 AND {}",
            postgres::calls_ours(namespace)
        ),
        _ => format!(
            "SELECT name AS v, tbl_name AS t FROM sqlite_master WHERE type = 'trigger' AND \
             instr(name, {}) = 1 AND instr(sql, {}) > 0",
            literal(&namespace.trigger_prefix()),
            literal(&format!(" {} (topic", namespace.tables().log))
        ),
    };
    db.query_all_raw(Statement::from_string(backend, sql))
        .await?
        .iter()
        .map(|row| Ok((row.try_get("", "v")?, row.try_get("", "t")?)))
        .collect()
}

/// The schema that unqualified names mean; nothing on SQLite.
pub(super) async fn schema(db: &impl ConnectionTrait) -> Result<String, DbErr> {
    match db.get_database_backend() {
        DbBackend::Postgres => {
            Ok(one_text(db, "SELECT current_schema()::text AS v").await?.unwrap_or_default())
        }
        _ => Ok(String::new()),
    }
}

pub(super) async fn texts(db: &impl ConnectionTrait, sql: &str) -> Result<Vec<String>, DbErr> {
    db.query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?
        .iter()
        .map(|row| row.try_get("", "v"))
        .collect()
}

pub(super) async fn one_text(
    db: &impl ConnectionTrait,
    sql: &str,
) -> Result<Option<String>, DbErr> {
    match db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await? {
        Some(row) => row.try_get("", "v"),
        None => Ok(None),
    }
}
