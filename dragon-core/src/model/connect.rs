//! Opening a database so that nothing of it escapes capture.

use std::str::FromStr;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
#[cfg(feature = "postgres")]
use tokio::time::{Instant, sleep};

use crate::Error;
use crate::filter::Database;

/// How long a database may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How soon a database that is not up yet is asked again.
#[cfg(feature = "postgres")]
const RETRY: Duration = Duration::from_millis(250);

const NO_SQLITE: &str = "this app is built without SQLite; turn on the feature `sqlite` of dragon";

const NO_POSTGRES: &str =
    "this app is built without PostgreSQL; turn on the feature `postgres` of dragon";

/// Opens a database for an app: SQLite or PostgreSQL by the URL's scheme.
///
/// On SQLite every physical connection gets WAL, `synchronous = FULL`, a busy timeout of 5 s,
/// `foreign_keys` and `recursive_triggers`: without the last, `INSERT OR REPLACE` would delete
/// rows that nobody is told of.
///
/// # Errors
/// When the URL is of neither scheme, is an in-memory database, or nothing answers there; the
/// sentence says what to write instead.
pub async fn connect(url: &str) -> Result<DatabaseConnection, Error> {
    connect_within(Duration::ZERO, url).await
}

/// As [`connect`], for a PostgreSQL that may come up later than this process: it is asked again
/// for that long while it cannot be reached.
pub(crate) async fn connect_within(
    patience: Duration,
    url: &str,
) -> Result<DatabaseConnection, Error> {
    match database_of_url(url)? {
        Database::Sqlite => sqlite(url, true).await,
        Database::Postgres => postgres(patience, url).await,
    }
}

/// As [`connect`], but makes no file of SQLite where there is none, whatever the URL says.
pub(crate) async fn connect_existing(url: &str) -> Result<DatabaseConnection, Error> {
    match database_of_url(url)? {
        Database::Sqlite => sqlite(url, false).await,
        Database::Postgres => postgres(Duration::ZERO, url).await,
    }
}

/// The file of a SQLite URL, where it is still to be made and the URL lets it be made.
#[cfg(feature = "sqlite")]
pub(crate) fn file_to_be_made(url: &str) -> Option<std::path::PathBuf> {
    let options = sea_orm::sqlx::sqlite::SqliteConnectOptions::from_str(url).ok()?;
    let file = options.get_filename().to_path_buf();
    let makes = url.split_once('?').is_some_and(|(_, query)| query.contains("mode=rwc"));
    (url.starts_with("sqlite:") && makes && !file.exists()).then_some(file)
}

/// None: there is no SQLite.
#[cfg(not(feature = "sqlite"))]
pub(crate) fn file_to_be_made(_: &str) -> Option<std::path::PathBuf> {
    None
}

/// Which database an URL is for; nothing is opened.
///
/// # Errors
/// When none would be opened by it; the sentence says what to write instead.
pub(crate) fn database_of_url(url: &str) -> Result<Database, Error> {
    match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("sqlite") if cfg!(not(feature = "sqlite")) => Err(Error::setup(NO_SQLITE)),
        Some("sqlite") if url.contains(":memory:") || url.contains("mode=memory") => {
            Err(Error::setup(
                "an in-memory SQLite database exists once per connection, so the relay would not \
                 see what the app writes; use a file (in tests: one in a temporary folder)",
            ))
        }
        Some("sqlite") => Ok(Database::Sqlite),
        Some("postgres" | "postgresql") if cfg!(not(feature = "postgres")) => {
            Err(Error::setup(NO_POSTGRES))
        }
        Some("postgres" | "postgresql") => Ok(Database::Postgres),
        _ => Err(Error::setup(
            "the database URL begins with neither `sqlite:` nor `postgres:`; write for example \
             `sqlite://todo.db?mode=rwc` or `postgres://user@localhost/todo`",
        )),
    }
}

/// Which database a connection is of.
///
/// # Errors
/// When it is of one whose changes Dragon does not capture.
pub(crate) fn database_of(db: &DatabaseConnection) -> Result<Database, Error> {
    match db.get_database_backend() {
        DbBackend::Postgres => Ok(Database::Postgres),
        DbBackend::Sqlite => Ok(Database::Sqlite),
        other => Err(Error::setup(format!(
            "{other:?} is not supported yet; Dragon captures changes on SQLite and PostgreSQL"
        ))),
    }
}

#[cfg(feature = "sqlite")]
async fn sqlite(url: &str, make: bool) -> Result<DatabaseConnection, Error> {
    use sea_orm::sqlx::sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
    };
    let options = SqliteConnectOptions::from_str(url)
        .map_err(|error| Error::setup(format!("the database URL cannot be read: {error}")))?
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true)
        .pragma("recursive_triggers", "ON");
    let options = if make { options } else { options.create_if_missing(false) };
    let file = options.get_filename().display().to_string();
    // Readers go side by side in WAL; writers queue behind each other whatever the pool's size.
    let pool = SqlitePoolOptions::new().max_connections(8).connect_with(options).await.map_err(
        |error| {
            Error::setup(format!(
                "the SQLite database `{file}` cannot be opened: {error}; does its folder \
                     exist, and does the URL end in `?mode=rwc` if the file is to be made?"
            ))
        },
    )?;
    Ok(sea_orm::SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

#[cfg(not(feature = "sqlite"))]
async fn sqlite(_: &str, _: bool) -> Result<DatabaseConnection, Error> {
    Err(Error::setup(NO_SQLITE))
}

#[cfg(feature = "postgres")]
async fn postgres(patience: Duration, url: &str) -> Result<DatabaseConnection, Error> {
    use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use sea_orm::sqlx::{ConnectOptions, Connection};
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| Error::setup(format!("the database URL cannot be read: {error}")))?;
    let place = format!("{}:{}", options.get_host(), options.get_port());
    let deadline = Instant::now() + patience;
    // A pool would try again until its patience ends and then not say why.
    let failed = loop {
        let first = tokio::time::timeout(PATIENCE, options.connect()).await;
        match first {
            Ok(Err(error)) if may_pass(&error) && Instant::now() < deadline => {
                tracing::warn!(%place, %error, "the database is not up; it is asked again");
                sleep(RETRY).await;
            }
            Ok(Ok(connection)) => break connection.close().await.err(),
            Ok(Err(error)) => break Some(error),
            Err(slow) => break Some(sea_orm::sqlx::Error::Io(slow.into())),
        }
    };
    if let Some(error) = failed {
        return Err(Error::setup(not_opened(&options, &place, &error)));
    }
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .acquire_timeout(PATIENCE)
        .connect_lazy_with(options);
    Ok(sea_orm::SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

/// Why a database cannot be opened, and how to mend it.
#[cfg(feature = "postgres")]
fn not_opened(
    options: &sea_orm::sqlx::postgres::PgConnectOptions,
    place: &str,
    error: &sea_orm::sqlx::Error,
) -> String {
    use sea_orm::sqlx::Error;
    let (host, port, user) = (options.get_host(), options.get_port(), options.get_username());
    let code = match error {
        Error::Io(_) => {
            return format!(
                "nobody answers at {place}, where the database URL (DATABASE_URL) looks for \
                 PostgreSQL: {error}; is the server running?"
            );
        }
        Error::Database(error) => error.code().unwrap_or_default().into_owned(),
        _ => String::new(),
    };
    match code.as_str() {
        // No such database.
        "3D000" => {
            let name = options.get_database().unwrap_or(user);
            format!(
                "the PostgreSQL at {place} has no database `{name}`; create it with `createdb \
                 --host={host} --port={port} --username={user} {name}`, or name another one in the \
                 database URL (DATABASE_URL)"
            )
        }
        // No such user, or another password.
        "28000" | "28P01" => format!(
            "the PostgreSQL at {place} does not let the user `{user}` in: {error}; are user and \
             password of the database URL (DATABASE_URL) right?"
        ),
        _ => format!(
            "the PostgreSQL database at {place} cannot be opened: {error}; is the server running, \
             and do user, password and database name of the URL exist there?"
        ),
    }
}

/// Whether a server may only not be up yet: nobody is there, or it still starts.
#[cfg(feature = "postgres")]
fn may_pass(error: &sea_orm::sqlx::Error) -> bool {
    use sea_orm::sqlx::Error;
    match error {
        Error::Io(_) => true,
        Error::Database(error) => error.code().is_some_and(|code| code == "57P03"),
        _ => false,
    }
}

#[cfg(not(feature = "postgres"))]
async fn postgres(_: Duration, _: &str) -> Result<DatabaseConnection, Error> {
    Err(Error::setup(NO_POSTGRES))
}

/// Checks that a connection the app was given is one that capture can rely on.
///
/// # Errors
/// When it is of another database, or a SQLite connection that [`connect`] did not open.
pub async fn verify(db: &DatabaseConnection) -> Result<Database, Error> {
    let database = database_of(db)?;
    if database == Database::Sqlite {
        for (pragma, wanted) in
            [("recursive_triggers", "1"), ("foreign_keys", "1"), ("journal_mode", "wal")]
        {
            let answer = db
                .query_one_raw(Statement::from_string(
                    DbBackend::Sqlite,
                    format!("SELECT CAST({pragma} AS TEXT) AS v FROM pragma_{pragma}"),
                ))
                .await
                .ok()
                .flatten()
                .and_then(|row| row.try_get::<String>("", "v").ok());
            if answer.as_deref() != Some(wanted) {
                return Err(Error::setup(format!(
                    "the SQLite connection has not `PRAGMA {pragma} = {wanted}`, without which \
                         changes would go unseen; open it with `dragon::connect(url)`"
                )));
            }
        }
    }
    Ok(database)
}

/// A pool of exactly one physical connection to the same database, which is never replaced: when
/// it is lost every later use fails, so that whoever holds a lock on it learns of the loss.
///
/// # Errors
/// When the database does not answer.
pub async fn single_connection(db: &DatabaseConnection) -> Result<DatabaseConnection, Error> {
    let refused = |error: sea_orm::sqlx::Error| Error::Database(error.to_string());
    macro_rules! one {
        ($pool:expr, $nowhere:expr) => {{
            let options = $pool.connect_options().as_ref().clone();
            let pool = sea_orm::sqlx::pool::PoolOptions::new()
                .max_connections(1)
                .max_lifetime(None)
                .idle_timeout(None)
                .acquire_timeout(PATIENCE)
                // The first use after the loss is to fail, and not to look for another connection.
                .test_before_acquire(false)
                .connect_with(options.clone())
                .await
                .map_err(refused)?;
            pool.set_connect_options($nowhere(options));
            pool
        }};
    }
    // Where a second connection would lead: an error that a pool does not wait to pass.
    const NOWHERE: &str = "/nonexistent/this-connection-is-not-replaced";
    match db.get_database_backend() {
        #[cfg(feature = "postgres")]
        DbBackend::Postgres => {
            type Options = sea_orm::sqlx::postgres::PgConnectOptions;
            let nowhere = |options: Options| options.socket(NOWHERE);
            let pool = one!(db.get_postgres_connection_pool(), nowhere);
            Ok(sea_orm::SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
        }
        #[cfg(feature = "sqlite")]
        DbBackend::Sqlite => {
            type Options = sea_orm::sqlx::sqlite::SqliteConnectOptions;
            let nowhere = |options: Options| options.filename(NOWHERE).create_if_missing(false);
            let pool = one!(db.get_sqlite_connection_pool(), nowhere);
            Ok(sea_orm::SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
        }
        other => Err(Error::setup(format!("{other:?} is not supported"))),
    }
}

/// The file of a SQLite database.
#[cfg(feature = "sqlite")]
pub(crate) fn sqlite_file(db: &DatabaseConnection) -> std::path::PathBuf {
    db.get_sqlite_connection_pool().connect_options().get_filename().to_path_buf()
}
