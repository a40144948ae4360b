//! `capture`: the triggers by which an app notices changes.

use clap::{Args, Subcommand};
use serde::Deserialize;

use crate::errand::{AppArgs, Errand};
use crate::failure::Failure;
use crate::say::{self, ASIDE, BAD, GOOD, WORD};

/// The triggers by which an app notices changes: install, uninstall, status, sql
///
/// A start of the app installs them by itself. This is for where it may not: for migrations, for
/// a role without the right to change the schema, and to take them out again. The app is built
/// and asked, and opens its database as it does itself: by DATABASE_URL.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dragon-cli capture status
  dragon-cli capture sql > migrations/0003_capture.sql
  DATABASE_URL=postgres://owner@db/todo dragon-cli capture install
  dragon-cli capture uninstall --yes
  dragon-cli capture install --program ./server    on a server, without cargo")]
pub(crate) struct Capture {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Tell for each table how far its triggers are installed; exit code 1 unless all is well
    #[command(after_help = "\
Examples:
  dragon-cli capture status
  dragon-cli capture status -p todo && echo \"ready\"")]
    Status(AppArgs),
    /// Install what is missing or out of date, as a start of the app does
    ///
    /// The app's own migrations are run before, and an app of create_tables() makes its tables.
    #[command(after_help = "\
Examples:
  dragon-cli capture install
  DATABASE_URL=postgres://owner@db/todo dragon-cli capture install
                                   by a role that may change the schema")]
    Install(AppArgs),
    /// Take triggers, log and function out of the database
    ///
    /// What was captured and not yet published is dropped. An app that runs is told of no change
    /// any more, until it starts anew: stop it first. Everyone loads anew after that start.
    #[command(after_help = "\
Examples:
  dragon-cli capture uninstall --yes    before a migration that drops a column, on SQLite")]
    Uninstall {
        /// Do it
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        app: AppArgs,
    },
    /// Print the statements that install capture, for a migration
    ///
    /// The database is opened and nothing in it is changed: on SQLite the triggers depend on the
    /// unique indexes that the tables have, on PostgreSQL on the current schema. After that
    /// migration a start finds nothing left to do. Make it again when a model changes.
    #[command(after_help = "\
Examples:
  dragon-cli capture sql > migrations/0003_capture.sql
  dragon-cli capture sql -p todo | psql -1 postgres://owner@db/todo
  dragon-cli capture sql | sqlite3 todo.db")]
    Sql(AppArgs),
}

/// How far capture is installed.
#[derive(Debug, Deserialize)]
struct Captured {
    namespace: String,
    database: String,
    tables: Vec<Table>,
    strangers: Vec<Stranger>,
    changed: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Table {
    name: String,
    table: String,
    state: String,
}

/// A trigger of the app's namespace on a table that is none of its.
#[derive(Debug, Deserialize)]
struct Stranger {
    trigger: String,
    table: String,
}

#[derive(Debug, Deserialize)]
struct Statements {
    namespace: String,
    database: String,
    statements: Vec<String>,
}

impl Capture {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self.what {
            What::Status(app) => status(&app.read(Errand::CaptureStatus)?),
            What::Install(app) => installed(&app.read(Errand::CaptureInstall)?),
            What::Uninstall { yes: true, app } => uninstalled(&app.read(Errand::CaptureUninstall)?),
            What::Uninstall { yes: false, .. } => {
                Err(Failure::usage("this takes the app's triggers and its change log away")
                    .help(
                        "what was captured and not yet published is dropped, and an app that \
                           runs is told of no change any more until it starts anew: stop it first",
                    )
                    .help("if that is meant: dragon-cli capture uninstall --yes"))
            }
            What::Sql(app) => say::answer(&script(&app.read(Errand::CaptureSql)?)),
        }
    }
}

fn status(captured: &Captured) -> Result<(), Failure> {
    say::answer(&listing(captured))?;
    let is = |state: &str| captured.tables.iter().any(|table| table.state == state);
    if is("no_table") {
        return Err(Failure::new("there are models without a table")
            .help("run your migrations, or let the app make them with `create_tables()`"));
    }
    if is("missing") || is("outdated") {
        return Err(Failure::new("capture is not installed as the app needs it")
            .help("start the app, which installs it, or: dragon-cli capture install")
            .help("for a migration: dragon-cli capture sql"));
    }
    if !captured.strangers.is_empty() {
        return Err(Failure::new("there are triggers of this app that belong to no model of it")
            .help(
                "if their models are gone for good, drop them; an app that runs in another \
                   version may need them",
            ));
    }
    Ok(())
}

/// A line for each table, and one for each trigger too many.
fn listing(captured: &Captured) -> String {
    let Captured { namespace, database, tables, strangers, .. } = captured;
    let database = if database == "postgres" { "PostgreSQL" } else { "SQLite" };
    let mut lines =
        vec![format!("{GOOD}{namespace}{GOOD:#}  {ASIDE}capture on {database}{ASIDE:#}")];
    let width = |of: fn(&Table) -> &String| {
        tables.iter().map(|table| of(table).chars().count()).max().unwrap_or(0)
    };
    let (first, second) = (width(|table| &table.name), width(|table| &table.table));
    for Table { name, table, state } in tables {
        let (style, says) = match state.as_str() {
            "installed" => (GOOD, "installed"),
            "outdated" => (BAD, "outdated: other than this app needs them, or switched off"),
            "missing" => (BAD, "missing"),
            "no_table" => (BAD, "there is no such table"),
            other => (WORD, other),
        };
        lines.push(format!("  {name:<first$}  {table:<second$}  {style}{says}{style:#}"));
    }
    for Stranger { trigger, table } in strangers {
        lines.push(format!("  {BAD}no model{BAD:#}: trigger {trigger} on {table}"));
    }
    lines.join("\n")
}

fn installed(captured: &Captured) -> Result<(), Failure> {
    say::answer(&listing(captured))?;
    say::note(&match captured.changed.as_slice() {
        [] => "it was installed already; nothing was changed".to_owned(),
        changed => format!("installed for {}", changed.join(", ")),
    });
    Ok(())
}

fn uninstalled(captured: &Captured) -> Result<(), Failure> {
    let mut out = captured.changed.clone();
    out.extend(captured.strangers.iter().map(|one| format!("{} on {}", one.trigger, one.table)));
    say::answer(&match out.as_slice() {
        [] => format!("nothing of `{}` was installed", captured.namespace),
        out => format!("taken out: {}", out.join(", ")),
    })?;
    say::note("the next start of the app installs what it needs");
    Ok(())
}

/// The statements as one script, which `sqlite3` and `psql` run.
fn script(statements: &Statements) -> String {
    let Statements { namespace, database, statements } = statements;
    let (name, depends) = if database == "postgres" {
        ("PostgreSQL", "the current schema of the database that it was made from")
    } else {
        ("SQLite", "the unique indexes of the tables in the database that it was made from")
    };
    let mut script = format!(
        "-- Dragon's capture of `{namespace}` on {name}, for a migration after those of its tables.\n\
         -- It depends on {depends}.\n\
         -- Made by `dragon-cli capture sql`; make it again when a model or its table changes.\n"
    );
    for statement in statements {
        script.push('\n');
        script.push_str(statement);
        script.push_str(";\n");
    }
    script.trim_end().to_owned()
}
