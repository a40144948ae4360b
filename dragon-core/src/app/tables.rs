//! The tables of a first start.

use sea_orm::sea_query::{Table, TableCreateStatement, TableRef};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr};

use super::served::Served;
use crate::Error;
use crate::capture::columns_of;
use crate::model::begin_write;

/// A table that is not there, and how it is made.
type Missing<'s> = (&'s str, TableCreateStatement);

/// Makes the tables that are not there, one that refers to another after that one, whatever the
/// order of registration; all of them, or none.
///
/// # Errors
/// When the database refuses.
pub(super) async fn create_tables(db: &DatabaseConnection, served: &[Served]) -> Result<(), Error> {
    let refused = |error: DbErr| Error::Database(error.to_string());
    let backend = db.get_database_backend();
    let transaction = begin_write(db).await.map_err(refused)?;
    if backend == DbBackend::Postgres {
        // Nodes that start together take turns: of two that make a table at once, one fails, even
        // where it asks whether the table is there.
        let lock = "SELECT pg_advisory_xact_lock(hashtextextended('dragon_tables', 1))";
        transaction.execute_unprepared(lock).await.map_err(refused)?;
    }
    let mut left: Vec<Missing<'_>> = Vec::new();
    for one in served {
        let info = &one.model.info;
        // Even where it would make nothing, PostgreSQL asks for the right to make it.
        if columns_of(&transaction, &info.table_name()).await.map_err(refused)?.is_none() {
            let mut table = one.model.model.table(backend);
            left.push((&info.table, table.if_not_exists().take()));
        }
    }
    while !left.is_empty() {
        // SQLite looks for what a table refers to when a row is written, and not before.
        let refers_to_none = |one: &Missing<'_>| {
            backend == DbBackend::Sqlite
                || !left.iter().any(|other| other.0 != one.0 && refers(&one.1, other.0))
        };
        let is_ready: Vec<bool> = left.iter().map(refers_to_none).collect();
        if !is_ready.contains(&true) {
            create_circle(&transaction, &left).await?;
            break;
        }
        let mut later = Vec::new();
        for (one, is_ready) in left.into_iter().zip(is_ready) {
            if is_ready {
                transaction.execute(&one.1).await.map_err(|error| of_table(one.0, &error))?;
            } else {
                later.push(one);
            }
        }
        left = later;
    }
    transaction.commit().await.map_err(refused)
}

/// Makes tables that refer to one another in a circle, of which PostgreSQL makes none first: all of
/// them without their references, which follow.
async fn create_circle(
    transaction: &DatabaseTransaction,
    left: &[Missing<'_>],
) -> Result<(), Error> {
    for (name, table) in left {
        let made = transaction.execute(&without_references(table)).await;
        made.map_err(|error| of_table(name, &error))?;
    }
    for (name, table) in left {
        for reference in table.get_foreign_key_create_stmts() {
            let made = transaction.execute(reference).await;
            made.map_err(|error| of_table(name, &error))?;
        }
    }
    Ok(())
}

fn of_table(name: &str, error: &DbErr) -> Error {
    Error::Database(format!("the table `{name}` cannot be made: {error}"))
}

/// Whether a table refers to one of this name. In another schema it may be another one: then there
/// seems to be a circle where there is none, which does no harm.
fn refers(table: &TableCreateStatement, name: &str) -> bool {
    table.get_foreign_key_create_stmts().iter().any(|reference| {
        let to = reference.get_foreign_key().get_ref_table();
        matches!(to, Some(TableRef::Table(to, _)) if to.1.to_string() == name)
    })
}

/// The same table; a statement has no way to take its references out.
fn without_references(table: &TableCreateStatement) -> TableCreateStatement {
    let mut bare = Table::create();
    bare.if_not_exists();
    if let Some(name) = table.get_table_name() {
        bare.table(name.clone());
    }
    if let Some(comment) = table.get_comment() {
        bare.comment(comment);
    }
    for column in table.get_columns() {
        bare.col(column.clone());
    }
    // The key, where it has several columns.
    for index in table.get_indexes() {
        bare.index(&mut index.clone());
    }
    bare
}
