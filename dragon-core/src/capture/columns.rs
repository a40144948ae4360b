//! Whether a table has the columns that its model has.

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, DbErr};

use super::Watched;
use super::asked::columns_of;

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
    // Whether there is a table is asked before.
    let Some(there) = columns_of(transaction, &one.table).await? else { return Ok(None) };
    let columns = one.columns.iter().map(String::as_str);
    let missing = missing_of(columns, &there, transaction.get_database_backend());
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

/// Which of these columns are not there.
pub(crate) fn missing_of<'a>(
    columns: impl Iterator<Item = &'a str>,
    there: &[String],
    backend: DbBackend,
) -> Vec<&'a str> {
    let is_there = |name: &str| match backend {
        DbBackend::Postgres => there.iter().any(|one| one == name),
        // Names of columns are the same to SQLite whatever their case.
        _ => there
            .iter()
            .map(String::as_str)
            .chain(ROW_NUMBERS)
            .any(|one| one.eq_ignore_ascii_case(name)),
    };
    columns.filter(|name| !is_there(name)).collect()
}
