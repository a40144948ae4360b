//! Whether a table has the columns that its model has.

use sea_orm::{DatabaseTransaction, DbBackend, DbErr};

use super::install::texts;
use super::{Watched, literal, table_of};
use sea_orm::ConnectionTrait;

/// Names by which SQLite knows the number of a row, though no column bears them.
const ROW_NUMBERS: [&str; 3] = ["rowid", "oid", "_rowid_"];

/// What is to be said of a table that lacks columns of its model; nothing when it has them all.
///
/// # Errors
/// When the database refuses.
pub(super) async fn lacking(
    transaction: &DatabaseTransaction,
    one: &Watched,
) -> Result<Option<String>, DbErr> {
    let backend = transaction.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => format!(
            "SELECT attname::text AS v FROM pg_attribute WHERE attrelid = to_regclass({}) AND \
             attnum > 0 AND NOT attisdropped",
            literal(&table_of(&one.table))
        ),
        // With those that the database makes, which `table_info` leaves out.
        _ => format!(
            "SELECT lower(name) AS v FROM pragma_table_xinfo({})",
            literal(&one.table.table)
        ),
    };
    let there = texts(transaction, &sql).await?;
    let is_there = |name: &str| match backend {
        DbBackend::Postgres => there.iter().any(|one| one == name),
        // Names of columns are the same to SQLite whatever their case.
        _ => {
            let name = name.to_ascii_lowercase();
            there.contains(&name) || ROW_NUMBERS.contains(&name.as_str())
        }
    };
    let missing: Vec<&str> =
        one.columns.iter().map(String::as_str).filter(|name| !is_there(name)).collect();
    let Some(first) = missing.first() else { return Ok(None) };
    let table = &one.table.table;
    let (columns, it) = match missing[..] {
        [one] => (format!("column `{one}`"), "it"),
        _ => (format!("columns `{}`", missing.join("`, `")), "them"),
    };
    Ok(Some(format!(
        "the table `{table}` has no {columns}, as its model has: create_tables() makes tables that \
         are missing and changes none; add {it} by a migration (`dragon-cli generate migration \
         add_{first}_to_{table} {first}:TYPE` writes one)"
    )))
}
