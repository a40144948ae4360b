//! What `dragon-cli` asks of an app: the app answers with one line instead of serving.

use std::env;
use std::io::{self, Write};

use sea_orm::DatabaseConnection;
use serde::Serialize;

use super::AppBuilder;
use super::check::check;
use super::checked::Checked;
use super::tables::create_tables;
use crate::Error;
use crate::capture::{self, Namespace, State, Status, Stranger, TableStatus};
use crate::filter::Database;
use crate::model::{connect_existing, connect_within, file_to_be_made, verify};

/// The variable that asks an app for its description.
const DESCRIBE: &str = "DRAGON_DESCRIBE";
/// The variable that asks for anything else.
const ERRAND: &str = "DRAGON_ERRAND";

/// Something that an app is asked to do instead of serving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errand {
    /// Tell its description.
    Describe,
    /// Look at what a start needs.
    Check,
    /// Tell how far capture is installed.
    CaptureStatus,
    /// Tell the statements that install it.
    CaptureSql,
    /// Install it.
    CaptureInstall,
    /// Take it out.
    CaptureUninstall,
}

/// What `DRAGON_ERRAND` may be.
const NAMES: [(&str, Errand); 5] = [
    ("check", Errand::Check),
    ("capture-status", Errand::CaptureStatus),
    ("capture-sql", Errand::CaptureSql),
    ("capture-install", Errand::CaptureInstall),
    ("capture-uninstall", Errand::CaptureUninstall),
];

impl Errand {
    /// What the environment asks for.
    ///
    /// # Errors
    /// When a variable is set to what cannot be meant.
    pub(super) fn asked() -> Result<Option<Self>, Error> {
        Self::of(|name| env::var(name).ok())
    }

    fn of(look_up: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Error> {
        let value = |name: &str| look_up(name).unwrap_or_default().trim().to_owned();
        match value(DESCRIBE).as_str() {
            "" | "0" => {}
            "1" => return Ok(Some(Self::Describe)),
            other => {
                return Err(Error::setup(format!(
                    "DRAGON_DESCRIBE is `{other}`; write 1, which makes the app print its \
                     description and exit, or leave it out"
                )));
            }
        }
        let asked = value(ERRAND);
        if asked.is_empty() {
            return Ok(None);
        }
        match NAMES.iter().find(|(name, _)| *name == asked) {
            Some((_, errand)) => Ok(Some(*errand)),
            None => Err(Error::setup(format!(
                "DRAGON_ERRAND is `{asked}`, which this version of Dragon does not know; write one \
                 of {}, or leave it out",
                NAMES.map(|(name, _)| name).join(", ")
            ))),
        }
    }

    /// Does it, and prints the answer.
    ///
    /// # Errors
    /// When it cannot be done; the sentence says how to mend it.
    pub(super) async fn answer(self, app: AppBuilder) -> Result<(), Error> {
        let name = NAMES.iter().find(|(_, errand)| *errand == self).map_or("", |(name, _)| name);
        match self {
            Self::Describe => print(&Described { dragon: VERSION, describe: app.describe()? }),
            Self::Check => print(&line(name, check(app).await?)),
            Self::CaptureStatus => print(&line(name, Asked::of(app).await?.status().await?)),
            Self::CaptureSql => print(&line(name, Asked::of(app).await?.sql().await?)),
            Self::CaptureInstall => print(&line(name, install(app).await?)),
            Self::CaptureUninstall => print(&line(name, Asked::of(app).await?.uninstall().await?)),
        }
    }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The line of a description. Whoever reads it looks for the last line that begins so.
#[derive(Serialize)]
struct Described<T> {
    /// Dragon's version.
    dragon: &'static str,
    describe: T,
}

/// The line of any other errand.
#[derive(Serialize)]
struct Line<T> {
    /// Dragon's version.
    dragon: &'static str,
    errand: &'static str,
    #[serde(flatten)]
    answer: T,
}

fn line<T>(errand: &'static str, answer: T) -> Line<T> {
    Line { dragon: VERSION, errand, answer }
}

/// What all errands about capture tell.
#[derive(Serialize)]
struct Captured {
    namespace: String,
    database: &'static str,
    /// How far each table has its triggers: before they are taken out, else after all.
    tables: Vec<TableStatus>,
    strangers: Vec<Stranger>,
    /// The tables, by their names, whose triggers were changed.
    changed: Vec<String>,
}

#[derive(Serialize)]
struct Statements {
    namespace: String,
    database: &'static str,
    statements: Vec<String>,
}

/// An app and its open database, of which nothing has been changed.
struct Asked {
    db: DatabaseConnection,
    checked: Checked,
}

impl Asked {
    async fn of(app: AppBuilder) -> Result<Self, Error> {
        let namespace = Namespace::of(&app.name)?;
        app.config.check()?;
        let database = app.database_kind()?;
        let checked = Checked::of(namespace, app.entries, &app.config, database)?;
        let db = match app.db {
            Some(db) => db,
            None => existing(&app.config.database_url).await?,
        };
        verify(&db).await?;
        Ok(Self { db, checked })
    }

    async fn look(&self) -> Result<Status, Error> {
        let watched = self.checked.watched();
        let status = capture::status(&self.db, &self.checked.namespace, &watched).await;
        status.map_err(|error| Error::Database(error.to_string()))
    }

    async fn status(&self) -> Result<Captured, Error> {
        Ok(self.captured(self.look().await?, Vec::new()))
    }

    async fn sql(&self) -> Result<Statements, Error> {
        if self.checked.database == Database::Sqlite {
            let status = self.look().await?;
            if let Some(one) = status.tables.iter().find(|one| one.state == State::NoTable) {
                return Err(Error::setup(format!(
                    "the table `{}` of the model `{}` does not exist; on SQLite the triggers \
                     depend on the unique indexes of their table, so run the migrations before \
                     this one first",
                    one.table, one.name
                )));
            }
        }
        let watched = self.checked.watched();
        let statements = capture::sql(&self.db, &self.checked.namespace, &watched).await;
        Ok(Statements {
            namespace: self.checked.namespace.to_string(),
            database: self.checked.database_name(),
            statements: statements.map_err(|error| Error::Database(error.to_string()))?,
        })
    }

    async fn uninstall(&self) -> Result<Captured, Error> {
        let before = self.look().await?;
        let uninstalled = capture::uninstall(&self.db, &self.checked.namespace).await;
        uninstalled.map_err(|error| Error::Database(error.to_string()))?;
        let has_some = |one: &&TableStatus| matches!(one.state, State::Installed | State::Outdated);
        let changed = names(before.tables.iter().filter(has_some));
        Ok(self.captured(before, changed))
    }

    fn captured(&self, status: Status, changed: Vec<String>) -> Captured {
        Captured {
            namespace: self.checked.namespace.to_string(),
            database: self.checked.database_name(),
            tables: status.tables,
            strangers: status.strangers,
            changed,
        }
    }
}

fn names<'s>(tables: impl Iterator<Item = &'s TableStatus>) -> Vec<String> {
    tables.map(|one| one.name.clone()).collect()
}

/// Installs capture as a start does: after the app's own migrations, and after the tables where the
/// app makes them itself.
async fn install(mut app: AppBuilder) -> Result<Captured, Error> {
    let (migrate, creates) = (app.migrate.take(), app.create_tables);
    if app.db.is_none() {
        app.config.check()?;
        let url = &app.config.database_url;
        app.db = Some(if creates || migrate.is_some() {
            connect_within(app.config.start_patience, url).await?
        } else {
            existing(url).await?
        });
    }
    let asked = Asked::of(app).await?;
    if let Some(migrate) = migrate {
        migrate.run(&asked.db, &asked.checked.namespace).await?;
    }
    if creates {
        create_tables(&asked.db, &asked.checked.served).await?;
    }
    let before = asked.look().await?;
    capture::install(&asked.db, &asked.checked.namespace, &asked.checked.watched()).await?;
    let changed = names(before.tables.iter().filter(|one| one.state != State::Installed));
    Ok(asked.captured(asked.look().await?, changed))
}

/// The database, which must be there: looking at it makes none.
async fn existing(url: &str) -> Result<DatabaseConnection, Error> {
    if let Some(file) = file_to_be_made(url) {
        return Err(Error::setup(format!(
            "the SQLite database `{}` does not exist yet; run your migrations, or start the app \
             once, which makes it",
            file.display()
        )));
    }
    connect_existing(url).await
}

/// Prints the answer as one line.
///
/// # Errors
/// When standard output is closed.
fn print(answer: &impl Serialize) -> Result<(), Error> {
    let mut line = serde_json::to_string(answer)
        .map_err(|error| Error::setup(format!("what was asked for is no JSON: {error}")))?;
    line.push('\n');
    let mut to = io::stdout().lock();
    to.write_all(line.as_bytes()).and_then(|()| to.flush()).map_err(|error| {
        Error::setup(format!("what was asked for cannot be written to standard output: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(variable: &str, value: &str) -> Result<Option<Errand>, Error> {
        Errand::of(|name| (name == variable).then(|| value.to_owned()))
    }

    #[test]
    fn the_environment_asks() {
        assert_eq!(asked(DESCRIBE, "1").unwrap(), Some(Errand::Describe));
        for nothing in ["", " ", "0"] {
            assert_eq!(asked(DESCRIBE, nothing).unwrap(), None, "{nothing:?}");
        }
        assert_eq!(asked(ERRAND, "check").unwrap(), Some(Errand::Check));
        assert_eq!(asked(ERRAND, " ").unwrap(), None);
        assert_eq!(Errand::of(|_| None).unwrap(), None);
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        let sentence = asked(DESCRIBE, "yes").unwrap_err().to_string();
        assert!(sentence.contains("DRAGON_DESCRIBE is `yes`; write 1"), "{sentence}");
        let sentence = asked(ERRAND, "capture").unwrap_err().to_string();
        assert!(sentence.contains("`capture`, which this version"), "{sentence}");
        assert!(sentence.contains("check, capture-status, capture-sql"), "{sentence}");
    }

    #[cfg(feature = "testing")]
    #[tokio::test]
    async fn an_install_goes_after_the_app_s_own_migrations() {
        use sea_orm::ConnectionTrait as _;
        type Entity = crate::__private::unknown::Entity;
        let database = crate::testing::TestDatabase::new();
        let app = || {
            let mut config = crate::Config::default();
            database.url().clone_into(&mut config.database_url);
            AppBuilder::new("test").config(config).model::<Entity>()
        };
        let missing = install(app()).await.err().map(|error| error.to_string());
        assert!(missing.is_some_and(|why| why.contains("does not exist yet")));
        let migrating = app().migrate(|db| async move {
            db.execute_unprepared("CREATE TABLE unknown (id integer primary key)").await.map(drop)
        });
        let captured = install(migrating).await.unwrap();
        assert_eq!(captured.tables[0].state, State::Installed);
        assert_eq!(captured.changed, ["unknown"]);
    }
}
