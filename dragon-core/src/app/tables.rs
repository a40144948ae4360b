//! The tables of a first start.

use sea_orm::sea_query::{Table, TableCreateStatement};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};

use super::served::Served;
use crate::Error;
use crate::model::begin_write;

/// Makes the tables, one that refers to another after that one, whatever the order of
/// registration.
///
/// # Errors
/// When the database refuses.
pub(super) async fn create_tables(db: &DatabaseConnection, served: &[Served]) -> Result<(), Error> {
    let mut left: Vec<&Served> = served.iter().collect();
    while !left.is_empty() {
        let (before, mut refused) = (left.len(), Vec::new());
        let mut why = None;
        for one in left {
            if let Err(error) = one.model.model.create_table(db).await {
                why = Some(error);
                refused.push(one);
            }
        }
        left = refused;
        if why.is_some() && left.len() == before {
            let circle = create_circle(db, &left).await;
            return circle.map_err(|error| Error::Database(error.to_string()));
        }
    }
    Ok(())
}

/// Makes tables that refer to one another in a circle, of which PostgreSQL makes none first: all of
/// them without their references, which follow; or nothing.
async fn create_circle(db: &DatabaseConnection, left: &[&Served]) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let tables: Vec<TableCreateStatement> =
        left.iter().map(|one| one.model.model.table(backend)).collect();
    let transaction = begin_write(db).await?;
    for table in &tables {
        transaction.execute(&without_references(table)).await?;
    }
    for reference in tables.iter().flat_map(TableCreateStatement::get_foreign_key_create_stmts) {
        transaction.execute(reference).await?;
    }
    transaction.commit().await
}

/// The same table; a statement has no way to take its references out.
fn without_references(table: &TableCreateStatement) -> TableCreateStatement {
    let mut bare = Table::create();
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
