//! An empty database for each test, on SQLite or PostgreSQL.

use std::path::PathBuf;
use std::sync::Arc;

use sea_orm::{ConnectOptions, ConnectionTrait as _, DatabaseConnection};

use crate::postgres::Postgres;
use crate::util::{PATIENCE, TempDir};

const FILE: &str = "test.db";

/// An empty database: a file that goes with the last clone of this value, or one in a [`Postgres`], which
/// goes with the server.
#[derive(Debug, Clone)]
pub struct Database {
    /// What `DATABASE_URL` is set to.
    pub url: String,
    folder: Option<Arc<TempDir>>,
}

impl Database {
    /// A new SQLite file.
    #[must_use]
    pub fn sqlite() -> Database {
        let folder = TempDir::new("sqlite");
        let path = folder.path().join(FILE);
        Database {
            url: format!("sqlite://{}?mode=rwc", path.display()),
            folder: Some(Arc::new(folder)),
        }
    }

    /// A new database in the PostgreSQL of this test process.
    ///
    /// # Panics
    /// When PostgreSQL is missing or does not answer.
    pub async fn postgres() -> Database {
        Postgres::shared().fresh_database().await
    }

    pub(crate) fn at(url: String) -> Database {
        Database { url, folder: None }
    }

    /// The SQLite file.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.path().join(FILE))
    }

    /// A connection of its own, as another program would have: plain SeaORM, nothing of Dragon.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn connect(&self) -> DatabaseConnection {
        let mut options = ConnectOptions::new(&self.url);
        options
            .max_connections(1)
            .connect_timeout(PATIENCE)
            .acquire_timeout(PATIENCE)
            .sqlx_logging(false);
        sea_orm::Database::connect(options)
            .await
            .unwrap_or_else(|error| panic!("cannot connect to {}: {error}", self.url))
    }

    /// Runs statements on a connection of its own.
    ///
    /// # Panics
    /// When one fails.
    pub async fn execute(&self, sql: &str) {
        let db = self.connect().await;
        let result = db.execute_unprepared(sql).await;
        let _ = db.close().await;
        result.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_lives_as_long_as_its_value() {
        let database = Database::sqlite();
        database.execute("CREATE TABLE item (id integer)").await;
        database.execute("INSERT INTO item VALUES (1)").await;
        let file = database.file().expect("SQLite has one");
        assert!(file.exists());
        drop(database);
        assert!(!file.exists());
    }
}
