//! A database that goes with its test.

use std::path::PathBuf;

use sea_orm::{ConnectionTrait, DatabaseConnection};

use crate::model::connect;

/// An empty database that goes when this is dropped: SQLite in a folder of its own, or one of its
/// own on a PostgreSQL.
#[derive(Debug)]
pub struct TestDatabase {
    place: Place,
}

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    /// The name of the database, and the URL of the one beside which it was made.
    Beside {
        name: String,
        url: String,
    },
}

impl TestDatabase {
    /// A new one of SQLite.
    ///
    /// # Panics
    /// When the folder cannot be made.
    #[must_use]
    pub fn new() -> Self {
        let folder = std::env::temp_dir().join(unique("dragon-test-"));
        if let Err(error) = std::fs::create_dir(&folder) {
            panic!("the folder {} cannot be made: {error}", folder.display());
        }
        Self { place: Place::Folder(folder) }
    }

    /// A new one on the PostgreSQL of this URL, which must name a database that is there and a user
    /// who may create others. For a URL of SQLite it is as [`new`](Self::new).
    ///
    /// ```no_run
    /// # async fn test() {
    /// # use dragon::testing::TestDatabase;
    /// let database = TestDatabase::beside("postgres://me@localhost/shop").await;
    /// let db = database.connect().await;
    /// # }
    /// ```
    ///
    /// # Panics
    /// When that database cannot be opened, or the new one not be created; the message says how to
    /// mend it.
    pub async fn beside(url: &str) -> Self {
        if url.starts_with("sqlite:") {
            return Self::new();
        }
        // Names in PostgreSQL have letters, digits and `_` without quotes.
        let name = unique("dragon_test_").replace('-', "_");
        if let Err(error) = execute(url, &format!("CREATE DATABASE {name}")).await {
            panic!("no database for this test: {error}");
        }
        Self { place: Place::Beside { name, url: url.to_owned() } }
    }

    /// What [`Config::database_url`](crate::Config::database_url) is set to.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.place {
            Place::Folder(folder) => {
                format!("sqlite://{}?mode=rwc", folder.join("test.db").display())
            }
            Place::Beside { name, url } => {
                let (place, settings) = url.split_once('?').unwrap_or((url, ""));
                let server = match place.match_indices('/').nth(2) {
                    Some((at, _)) => &place[..at],
                    None => place,
                };
                let mark = if settings.is_empty() { "" } else { "?" };
                format!("{server}/{name}{mark}{settings}")
            }
        }
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

/// A name that no other test has, in this process or another.
fn unique(prefix: &str) -> String {
    format!("{prefix}{}-{:016x}", std::process::id(), fastrand::u64(..))
}

/// Runs one statement on a connection of its own.
async fn execute(url: &str, sql: &str) -> Result<(), String> {
    let db = connect(url).await.map_err(|error| error.to_string())?;
    let done = db.execute_unprepared(sql).await.map_err(|error| error.to_string());
    let _ = db.close().await;
    done.map(|_| ())
}

impl Default for TestDatabase {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        match &self.place {
            // What somebody holds open is left to the system's own cleaning.
            Place::Folder(folder) => {
                let _ = std::fs::remove_dir_all(folder);
            }
            // An app may still be open; the server lets go of it. The test's own runtime cannot be
            // waited for here.
            Place::Beside { name, url } => {
                let (url, sql) = (url.clone(), format!("DROP DATABASE {name} WITH (FORCE)"));
                let dropping = std::thread::spawn(move || {
                    let runtime =
                        tokio::runtime::Builder::new_current_thread().enable_all().build();
                    if let Ok(runtime) = runtime {
                        let _ = runtime.block_on(execute(&url, &sql));
                    }
                });
                let _ = dropping.join();
            }
        }
    }
}
