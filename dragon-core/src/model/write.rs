//! Transactions for reading and writing, and tables for a first start.

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IsolationLevel, QuerySelect, Schema, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

use super::{Model, ModelInfo, condition};
use crate::filter::{Database, Filter};

/// Begins a transaction that sees one moment of the database.
///
/// # Errors
/// When the database refuses.
pub async fn begin_read(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = match db.get_database_backend() {
        DbBackend::Postgres => TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        },
        _ => TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Deferred),
            ..TransactionOptions::default()
        },
    };
    db.begin_with_options(options).await
}

/// Begins a transaction that writes. On SQLite it takes the write lock at once: a reader that
/// turns into a writer half way would fail at the first contention.
///
/// # Errors
/// When the database refuses.
pub async fn begin_write(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    let options = match db.get_database_backend() {
        DbBackend::Sqlite => TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        },
        _ => TransactionOptions::default(),
    };
    db.begin_with_options(options).await
}

/// The one row that matches, locked until the transaction ends.
///
/// # Errors
/// When the database refuses.
pub async fn find_for_write<E: Model>(
    transaction: &DatabaseTransaction,
    info: &ModelInfo,
    database: Database,
    filter: &Filter,
) -> Result<Option<E::Model>, DbErr> {
    let mut select = condition::select::<E>(info, database, filter);
    if database == Database::Postgres {
        select = select.lock_exclusive();
    }
    select.one(transaction).await
}

/// Makes the entity's table where there is none.
///
/// # Errors
/// When the database refuses.
pub async fn create_table<E: Model>(db: &DatabaseConnection) -> Result<(), DbErr> {
    let schema = Schema::new(db.get_database_backend());
    db.execute(schema.create_table_from_entity(E::default()).if_not_exists()).await.map(drop)
}
