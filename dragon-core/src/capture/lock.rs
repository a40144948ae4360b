//! The lock that lets one relay at a time work on a namespace.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

use super::{Namespace, literal};
use crate::Error;
use crate::model::single_connection;

/// The lock, and the one connection that holds it (on PostgreSQL) and works under it.
#[derive(Debug)]
pub(super) struct RelayLock {
    /// The connection for all of the relay's statements. When it is lost, so is the lock, and
    /// every later statement fails.
    pub(super) connection: DatabaseConnection,
    /// Locked for as long as it is open.
    _file: Option<std::fs::File>,
}

impl RelayLock {
    /// Takes the lock if it is free; else `waiting` keeps the connection for the next attempt.
    pub(super) async fn try_take(
        db: &DatabaseConnection,
        namespace: &Namespace,
        waiting: &mut Option<DatabaseConnection>,
    ) -> Result<Option<Self>, Error> {
        match db.get_database_backend() {
            DbBackend::Postgres => {
                let connection = match waiting.take() {
                    Some(connection) => connection,
                    None => single_connection(db).await?,
                };
                let taken = advisory(&connection, namespace)
                    .await
                    .map_err(|error| Error::Database(error.to_string()))?;
                if taken {
                    return Ok(Some(Self { connection, _file: None }));
                }
                *waiting = Some(connection);
                Ok(None)
            }
            #[cfg(feature = "sqlite")]
            _ => {
                let mut path = crate::model::sqlite_file(db).into_os_string();
                path.push(format!("-dragon-{namespace}.lock"));
                let file = std::fs::OpenOptions::new()
                    .create(true)
                    .truncate(false)
                    .write(true)
                    .open(&path)
                    .map_err(|error| {
                        Error::setup(format!(
                            "the relay's lock file `{}` cannot be opened: {error}; the app needs \
                             to write in the folder of its database",
                            path.display()
                        ))
                    })?;
                if file.try_lock().is_err() {
                    return Ok(None);
                }
                Ok(Some(Self { connection: single_connection(db).await?, _file: Some(file) }))
            }
            #[cfg(not(feature = "sqlite"))]
            other => Err(Error::setup(format!("{other:?} is not supported"))),
        }
    }
}

async fn advisory(connection: &DatabaseConnection, namespace: &Namespace) -> Result<bool, DbErr> {
    // Any two different seeds keep this lock apart from the one that `install` takes.
    let sql = format!(
        "SELECT pg_try_advisory_lock(hashtextextended({}, 2)) AS taken",
        literal(&namespace.tables().meta)
    );
    connection
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await?
        .map_or(Ok(false), |row| row.try_get("", "taken"))
}
