//! Whether what a start needs is there. Nothing is changed by looking.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};
use serde::Serialize;

use super::AppBuilder;
use super::checked::Checked;
use crate::Error;
use crate::capture::{self, Namespace, State, Watched, columns_of, missing_of, no_pairs};
use crate::config::Config;
use crate::filter::Database;
use crate::model::{ModelInfo, TableName, connect_existing, file_to_be_made, verify};
use crate::transport::listen;

/// What was looked at, each with what was found.
#[derive(Serialize)]
pub(super) struct Checks {
    checks: Vec<Check>,
}

/// One thing that a start needs.
#[derive(Serialize)]
struct Check {
    /// What was looked at: `database`, `table todo_item`, `redis`, `capture`, `address`.
    what: String,
    ok: bool,
    /// What was found.
    says: String,
    /// What to do about it; nothing where it is well.
    mend: Option<String>,
}

/// What a start does to the tables.
#[derive(Clone, Copy, Default)]
struct Start {
    /// It makes those that are missing.
    creates: bool,
    /// It runs migrations, and nobody knows what they do.
    migrates: bool,
}

impl Check {
    fn good(what: impl Into<String>, says: impl Into<String>) -> Self {
        Self { what: what.into(), ok: true, says: says.into(), mend: None }
    }

    fn bad(what: impl Into<String>, says: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what: what.into(), ok: false, says: says.into(), mend: Some(mend.into()) }
    }

    /// What a sentence of an error says: what is wrong, and after its last semicolon what to do.
    fn of(what: &str, error: &Error) -> Self {
        let sentence = error.to_string();
        let (says, mend) = match sentence.rsplit_once("; ") {
            Some((says, mend)) => (says, Some(mend.to_owned())),
            None => (sentence.as_str(), None),
        };
        Self { what: what.into(), ok: false, says: says.into(), mend }
    }
}

/// Looks at everything.
///
/// # Errors
/// When the app is declared wrongly: there is nothing to look for then.
pub(super) async fn check(app: AppBuilder) -> Result<Checks, Error> {
    let namespace = Namespace::of(&app.name)?;
    app.config.check()?;
    let database = app.database_kind()?;
    let own_broker = app.broker.is_some();
    let start = Start { creates: app.create_tables, migrates: app.migrate.is_some() };
    let AppBuilder { entries, config, db, .. } = app;
    let checked = Checked::of(namespace, entries, &config, database)?;
    let mut checks = Vec::new();
    let opened = match db {
        Some(db) => Some(db),
        None => open(&config, &mut checks).await,
    };
    if let Some(db) = opened {
        look_into(&db, &checked, start, &mut checks).await;
    }
    checks.push(redis(&config, &checked.namespace, own_broker).await);
    checks.push(match listen(&config.addr).await {
        Ok(_) => Check::good("address", format!("{} is free", config.addr)),
        Err(error) => Check::of("address", &error),
    });
    Ok(Checks { checks })
}

async fn open(config: &Config, checks: &mut Vec<Check>) -> Option<DatabaseConnection> {
    if let Some(file) = file_to_be_made(&config.database_url) {
        let says = format!("`{}` does not exist yet; the first start makes it", file.display());
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        checks.push(match folder.filter(|folder| !folder.exists()) {
            None => Check::good("database", says),
            Some(folder) => Check::bad(
                "database",
                format!("its folder `{}` does not exist", folder.display()),
                format!("mkdir -p {}", folder.display()),
            ),
        });
        return None;
    }
    match connect_existing(&config.database_url).await {
        Ok(db) => Some(db),
        Err(error) => {
            checks.push(Check::of("database", &error));
            None
        }
    }
}

/// The database itself, the tables of the models, and capture.
async fn look_into(
    db: &DatabaseConnection,
    checked: &Checked,
    start: Start,
    checks: &mut Vec<Check>,
) {
    let refused = |what: &str, error: &DbErr| {
        let error = Error::Database(error.to_string());
        Check::bad(what, error.to_string(), "ask who keeps the database")
    };
    if let Err(error) = verify(db).await {
        checks.push(Check::of("database", &error));
        return;
    }
    match version(db, checked.database).await {
        Ok(version) => checks.push(Check::good("database", version)),
        Err(error) => {
            checks.push(refused("database", &error));
            return;
        }
    }
    for one in &checked.served {
        let info = &one.model.info;
        let what = format!("table {}", info.table);
        checks.push(match columns_of(db, &info.table_name()).await {
            Ok(there) => table(what, info, there, db.get_database_backend(), start),
            Err(error) => refused(&what, &error),
        });
    }
    let is_model =
        |table: &TableName| checked.served.iter().any(|one| one.model.info.table_name() == *table);
    for one in checked.junctions.iter().filter(|one| !is_model(&one.watched.table)) {
        let watched = &one.watched;
        let what = format!("table {}", watched.table.table);
        checks.push(match columns_of(db, &watched.table).await {
            Ok(there) => pairs(what, watched, there.as_deref(), db.get_database_backend(), start),
            Err(error) => refused(&what, &error),
        });
    }
    checks.push(match capture::status(db, &checked.namespace, &checked.watched()).await {
        Ok(status) => captured(&status),
        Err(error) => refused("capture", &error),
    });
}

/// Which version of it, and where.
async fn version(db: &DatabaseConnection, database: Database) -> Result<String, DbErr> {
    let sql = match database {
        Database::Sqlite => {
            "SELECT 'SQLite ' || sqlite_version() || ': ' || file AS v FROM pragma_database_list \
             WHERE name = 'main'"
        }
        Database::Postgres => {
            "SELECT 'PostgreSQL ' || current_setting('server_version') || ': ' || \
             current_database() AS v"
        }
    };
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await?;
    row.map_or_else(|| Ok(String::new()), |row| row.try_get("", "v"))
}

/// Whether a model's table has what the model needs.
fn table(
    what: String,
    info: &ModelInfo,
    there: Option<Vec<String>>,
    backend: DbBackend,
    start: Start,
) -> Check {
    let Some(there) = there else {
        return if start.creates || start.migrates {
            Check::good(what, "it does not exist yet; the next start makes it")
        } else {
            Check::bad(
                what,
                format!("it does not exist, and is that of the model `{}`", info.name),
                "run your migrations, or let the app make it with `create_tables()`",
            )
        };
    };
    let columns = info.columns.iter().map(|column| column.name.as_str());
    let missing = missing_of(columns, &there, backend);
    if missing.is_empty() {
        let count = info.columns.len();
        return Check::good(what, format!("it has the {count} columns of `{}`", info.name));
    }
    let says = format!("it lacks what the model `{}` has: {}", info.name, missing.join(", "));
    if start.migrates {
        let says = format!("{says}; the next start runs the app's migrations, which may add them");
        return Check::good(what, says);
    }
    Check::bad(
        what,
        says,
        "write a migration that adds them, or take them out of the model; `create_tables()` changes \
         no table that is there",
    )
}

/// Whether a table of pairs has what the relation needs.
fn pairs(
    what: String,
    watched: &Watched,
    there: Option<&[String]>,
    backend: DbBackend,
    start: Start,
) -> Check {
    let missing = there.map(|there| {
        missing_of(watched.columns.iter().map(String::as_str), there, backend).join(", ")
    });
    match missing.as_deref() {
        Some("") => Check::good(what, "it has the two columns of a many-to-many relation"),
        _ if start.migrates => {
            Check::good(what, "the next start runs the app's migrations, which may make it")
        }
        Some(missing) => Check::bad(
            what,
            format!("it lacks what a many-to-many relation has: {missing}"),
            "write a migration that adds them",
        ),
        None => Check::of(&what, &no_pairs(&watched.table.table)),
    }
}

fn captured(status: &capture::Status) -> Check {
    let of = |state: State| -> Vec<&str> {
        let list = status.tables.iter().filter(|one| one.state == state);
        list.map(|one| one.name.as_str()).collect()
    };
    let (installed, outdated) = (of(State::Installed), of(State::Outdated));
    let missing = [of(State::Missing), of(State::NoTable)].concat();
    let says = |what: &str, names: &[&str]| format!("{what} for {}", names.join(", "));
    if !outdated.is_empty() || (!installed.is_empty() && !missing.is_empty()) {
        let outdated = (!outdated.is_empty()).then(|| says("not as this app needs it", &outdated));
        let missing = (!missing.is_empty()).then(|| says("not installed", &missing));
        let says: Vec<String> = [outdated, missing].into_iter().flatten().collect();
        return Check::bad(
            "capture",
            says.join("; "),
            "start the app, which installs it, or: dragon-cli capture install",
        );
    }
    if let Some(stranger) = status.strangers.first() {
        return Check::bad(
            "capture",
            format!(
                "the trigger `{}` on `{}` belongs to the app's namespace but to no model of it",
                stranger.trigger, stranger.table
            ),
            "if the model is gone for good, drop the trigger",
        );
    }
    if missing.is_empty() {
        Check::good("capture", says("installed", &installed))
    } else {
        Check::good("capture", "not installed yet; the next start installs it")
    }
}

async fn redis(config: &Config, namespace: &Namespace, own_broker: bool) -> Check {
    let Some(url) = &config.redis_url else {
        return Check::good("redis", "REDIS_URL is not set: this app is one process");
    };
    if own_broker {
        return Check::good("redis", "the app brings a broker of its own, which is not asked");
    }
    #[cfg(feature = "redis")]
    {
        use crate::broker::{Limits, RedisBroker};
        let limits = Limits { events: config.history_events, bytes: config.history_bytes };
        let patience = std::time::Duration::ZERO;
        match RedisBroker::connect_within(patience, url, namespace.as_str(), limits).await {
            Ok(_) => Check::good("redis", "the server of REDIS_URL answers"),
            Err(error) => Check::bad(
                "redis",
                error.to_string(),
                "start a redis-server where REDIS_URL says, as in `redis://127.0.0.1:6379`, or leave \
                 REDIS_URL out where the app is one process",
            ),
        }
    }
    #[cfg(not(feature = "redis"))]
    {
        let _ = (url, namespace);
        Check::bad(
            "redis",
            "REDIS_URL is set, but this app is built without Redis",
            "turn on the feature `redis` of dragon, or leave REDIS_URL out",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{Status, TableStatus};

    fn status(states: &[State]) -> Status {
        let table = |state: &State| TableStatus {
            name: "item".to_owned(),
            table: "items".to_owned(),
            state: *state,
        };
        Status { tables: states.iter().map(table).collect(), strangers: Vec::new() }
    }

    #[test]
    fn what_the_next_start_does_anyway_is_no_fault() {
        assert!(captured(&status(&[State::Installed, State::Installed])).ok);
        assert!(captured(&status(&[State::Missing, State::NoTable])).ok);
        for half in [State::Missing, State::Outdated] {
            let found = captured(&status(&[State::Installed, half]));
            assert!(!found.ok && found.mend.is_some_and(|mend| mend.contains("capture install")));
        }
    }

    #[test]
    fn a_sentence_says_what_to_do_behind_its_last_semicolon() {
        let found = Check::of("database", &Error::setup("it is down; not up; is it running?"));
        assert_eq!((found.says.as_str(), found.mend.as_deref()), {
            ("it is down; not up", Some("is it running?"))
        });
        assert_eq!(Check::of("database", &Error::setup("it is down")).mend, None);
    }

    #[test]
    fn a_table_is_as_its_model_needs_it() {
        let info = ModelInfo::of::<crate::__private::unknown::Entity>().unwrap();
        let (plain, creating) = (Start::default(), Start { creates: true, migrates: false });
        let migrating = Start { creates: false, migrates: true };
        let found = |there: Option<&[&str]>, backend, start| {
            let there = there.map(|list| list.iter().map(|&name| name.to_owned()).collect());
            table("table unknown".to_owned(), &info, there, backend, start)
        };
        assert!(found(Some(&["id", "more"]), DbBackend::Postgres, plain).ok);
        // Names are the same to SQLite whatever their case.
        assert!(found(Some(&["ID"]), DbBackend::Sqlite, plain).ok);
        let lacking = found(Some(&["ID"]), DbBackend::Postgres, creating);
        assert!(!lacking.ok && lacking.says.ends_with(": id"), "{}", lacking.says);
        let lacking = found(Some(&["ID"]), DbBackend::Postgres, migrating);
        assert!(
            lacking.ok && lacking.says.contains("runs the app's migrations"),
            "{}",
            lacking.says
        );
        let none = found(None, DbBackend::Sqlite, plain);
        assert!(!none.ok && none.mend.is_some_and(|mend| mend.contains("create_tables()")));
        assert!(found(None, DbBackend::Sqlite, migrating).ok);
        assert!(found(None, DbBackend::Sqlite, creating).ok);
    }
}
