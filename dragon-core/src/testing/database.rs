//! A database that goes with its test.

use std::path::PathBuf;

use sea_orm::DatabaseConnection;

use crate::model::connect;

/// An empty SQLite database in a folder of its own, which is removed when this is dropped.
#[derive(Debug)]
pub struct TestDatabase {
    folder: PathBuf,
}

impl TestDatabase {
    /// A new one.
    ///
    /// # Panics
    /// When the folder cannot be made.
    #[must_use]
    pub fn new() -> Self {
        let name = format!("dragon-test-{}-{:016x}", std::process::id(), fastrand::u64(..));
        let folder = std::env::temp_dir().join(name);
        if let Err(error) = std::fs::create_dir(&folder) {
            panic!("the folder {} cannot be made: {error}", folder.display());
        }
        Self { folder }
    }

    /// What [`Config::database_url`](crate::Config::database_url) is set to.
    #[must_use]
    pub fn url(&self) -> String {
        format!("sqlite://{}?mode=rwc", self.folder.join("test.db").display())
    }

    /// Opens it: each node of an app has a connection of its own.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn connect(&self) -> DatabaseConnection {
        match connect(&self.url()).await {
            Ok(db) => db,
            Err(error) => panic!("{error}"),
        }
    }
}

impl Default for TestDatabase {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // What somebody holds open is left to the system's own cleaning.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
