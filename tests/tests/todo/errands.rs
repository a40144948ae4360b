//! What the todo binary does instead of serving, asked through `dragon-cli`.

use std::process::Output;

use dragon_tests::{App, Database, Redis, util::free_port};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::Value;

macro_rules! both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(dragon_tests::Database::sqlite()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                super::$test(dragon_tests::Database::postgres().await).await;
            })+
        }
    };
}

both!(
    capture_is_installed_told_and_taken_out,
    capture_as_a_script_is_what_a_start_would_do,
    what_is_not_as_it_should_be_is_told,
    what_a_start_needs_is_looked_at,
);

/// What `dragon-cli capture …` says of the todo binary on this database.
fn capture(database: &Database, args: &[&str]) -> Said {
    let mut cli = App::example("dragon-cli").arg("capture");
    for arg in args {
        cli = cli.arg(*arg);
    }
    let todo = App::todo().path().display().to_string();
    Said::of(cli.arg("--program").arg(todo).env("DATABASE_URL", &database.url).output())
}

/// What the binary finds.
fn check(database: &str, env: &[(&str, &str)]) -> Vec<Value> {
    let mut todo = App::todo().env("DRAGON_ERRAND", "check").env("DATABASE_URL", database);
    let address = format!("127.0.0.1:{}", free_port());
    todo = todo.env("DRAGON_ADDR", address);
    for (name, value) in env {
        todo = todo.env(name, *value);
    }
    let said = Said::of(todo.output());
    let line: Value = serde_json::from_str(said.out(0)).unwrap();
    assert_eq!(line["errand"], "check");
    line["checks"].as_array().unwrap().clone()
}

/// The one of these that is about something.
fn of<'c>(checks: &'c [Value], what: &str) -> &'c Value {
    let found = checks.iter().find(|check| check["what"] == what);
    found.unwrap_or_else(|| panic!("nothing of {what}: {checks:?}"))
}

#[track_caller]
fn is_well(checks: &[Value], what: &str, says: &str) {
    let check = of(checks, what);
    assert!(check["ok"] == true && check["mend"].is_null(), "{check}");
    assert!(check["says"].as_str().unwrap().contains(says), "{check}");
}

#[track_caller]
fn is_wrong(checks: &[Value], what: &str, says: &str, mend: &str) {
    let check = of(checks, what);
    assert_eq!(check["ok"], false, "{check}");
    assert!(check["says"].as_str().unwrap().contains(says), "{check}");
    assert!(check["mend"].as_str().unwrap().contains(mend), "{check}");
}

#[derive(Debug)]
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// What it printed, ending so.
    #[track_caller]
    fn out(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{self:?}");
        &self.out
    }

    #[track_caller]
    fn failed(&self, said: &[&str]) {
        assert_ne!(self.code, Some(0), "{self:?}");
        for one in said {
            assert!(self.err.contains(one), "not said: {one}\n{}", self.err);
        }
    }
}

/// The names of the triggers, and of Dragon's tables.
async fn things(database: &Database) -> Vec<String> {
    let db = database.connect().await;
    let sql = if database.file().is_some() {
        "SELECT name AS v FROM sqlite_master WHERE name LIKE 'dragon%' AND type IN ('trigger', \
         'table') ORDER BY name"
    } else {
        "SELECT tgname::text AS v FROM pg_trigger WHERE NOT tgisinternal UNION SELECT \
         relname::text FROM pg_class WHERE relname LIKE 'dragon%' AND relkind = 'r' ORDER BY v"
    };
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    rows.unwrap().iter().map(|row| row.try_get("", "v").unwrap()).collect()
}

/// The tables, as the app makes them; and the names of all that a start puts beside them.
async fn started_once(database: &Database) -> Vec<String> {
    let mut app = App::todo().env("DATABASE_URL", &database.url).start().await;
    app.terminate();
    app.wait().await;
    things(database).await
}

fn kind(database: &Database) -> &'static str {
    if database.file().is_some() { "SQLite" } else { "PostgreSQL" }
}

fn table(database: &Database, states: [&str; 2]) -> String {
    let [list, item] = states;
    format!(
        "todo  capture on {}\n  todolist  todo_list  {list}\n  todoitem  todo_item  {item}\n",
        kind(database)
    )
}

async fn capture_is_installed_told_and_taken_out(database: Database) {
    let all = started_once(&database).await;
    assert!(all.len() > 8, "{all:?}");
    let (installed, missing) =
        (table(&database, ["installed"; 2]), table(&database, ["missing"; 2]));
    assert_eq!(capture(&database, &["status"]).out(0), installed);
    // It is not taken out by mistake.
    let refused = capture(&database, &["uninstall"]);
    refused.failed(&["stop it first", "dragon-cli capture uninstall --yes"]);
    assert_eq!((refused.code, things(&database).await), (Some(2), all.clone()));

    assert_eq!(
        capture(&database, &["uninstall", "--yes"]).out(0),
        "taken out: todolist, todoitem\n"
    );
    assert!(things(&database).await.is_empty());
    assert_eq!(
        capture(&database, &["uninstall", "--yes"]).out(0),
        "nothing of `todo` was installed\n"
    );
    let status = capture(&database, &["status"]);
    assert_eq!(status.out(1), missing);
    status.failed(&["not installed as the app needs it", "dragon-cli capture install"]);
    // Looking has made nothing.
    assert!(things(&database).await.is_empty());

    let said = capture(&database, &["install"]);
    assert_eq!(said.out(0), installed);
    assert!(said.err.contains("installed for todolist, todoitem"), "{said:?}");
    assert_eq!(things(&database).await, all);
    let again = capture(&database, &["install"]);
    assert!(again.err.contains("nothing was changed") && again.out == installed, "{again:?}");
}

async fn capture_as_a_script_is_what_a_start_would_do(database: Database) {
    let all = started_once(&database).await;
    capture(&database, &["uninstall", "--yes"]).out(0);
    let script = capture(&database, &["sql"]).out(0).to_owned();
    assert!(script.starts_with("-- Dragon's capture of `todo` on "), "{script}");
    assert!(script.contains(kind(&database)) && script.contains("CREATE TRIGGER"), "{script}");
    // It says the statements and runs none.
    assert!(things(&database).await.is_empty());
    database.execute(&script).await;
    assert_eq!(things(&database).await, all);
    assert_eq!(capture(&database, &["status"]).out(0), table(&database, ["installed"; 2]));
    let again = capture(&database, &["install"]);
    assert!(again.err.contains("nothing was changed"), "{again:?}");
    // And once more, as a migration that is run again.
    database.execute(&script).await;
    assert_eq!(capture(&database, &["status"]).out(0), table(&database, ["installed"; 2]));
}

async fn what_is_not_as_it_should_be_is_told(database: Database) {
    started_once(&database).await;
    let on_sqlite = database.file().is_some();
    // One trigger of a table is gone, and one belongs to a model of long ago.
    let (gone, old) = if on_sqlite {
        (
            "DROP TRIGGER dragon_todo_on_todoitem_u",
            "CREATE TRIGGER dragon_todo_on_gone_c AFTER INSERT ON todo_list BEGIN INSERT INTO \
             dragon_todo_log (topic, op, hash) VALUES ('gone', 'r', ''); END",
        )
    } else {
        (
            "DROP TRIGGER dragon_todo_on_todoitem_u ON todo_item",
            "CREATE TRIGGER dragon_todo_on_gone_c AFTER INSERT ON todo_list FOR EACH ROW EXECUTE \
             FUNCTION dragon_todo_capture('gone', '')",
        )
    };
    database.execute(gone).await;
    let outdated = "outdated: other than this app needs them, or switched off";
    assert_eq!(capture(&database, &["status"]).out(1), table(&database, ["installed", outdated]));
    is_wrong(
        &check(&database.url, &[]),
        "capture",
        "not as this app needs it for todoitem",
        "dragon-cli capture install",
    );
    let said = capture(&database, &["install"]);
    assert!(said.err.contains("installed for todoitem\n"), "{said:?}");

    // The triggers of another version of the model.
    database.execute("UPDATE dragon_todo_capture SET hash = 'x' WHERE topic = 'todolist'").await;
    assert_eq!(capture(&database, &["status"]).out(1), table(&database, [outdated, "installed"]));
    capture(&database, &["install"]).out(0);

    database.execute(old).await;
    let status = capture(&database, &["status"]);
    let mut told = table(&database, ["installed"; 2]);
    told.push_str("  no model: trigger dragon_todo_on_gone_c on todo_list\n");
    assert_eq!(status.out(1), told);
    status.failed(&["belong to no model", "drop them"]);
    is_wrong(&check(&database.url, &[]), "capture", "`dragon_todo_on_gone_c`", "drop the trigger");
    // An install leaves it alone: another version of the app may need it.
    assert_eq!(capture(&database, &["install"]).out(0), told);
    let out = capture(&database, &["uninstall", "--yes"]);
    assert!(out.out(0).ends_with("dragon_todo_on_gone_c on todo_list\n"), "{out:?}");
    assert!(things(&database).await.is_empty());

    // A table that is no more.
    database.execute("DROP TABLE todo_item").await;
    let nothing = "there is no such table";
    let status = capture(&database, &["status"]);
    assert_eq!(status.out(1), table(&database, ["missing", nothing]));
    status.failed(&["models without a table", "run your migrations"]);
    let sql = capture(&database, &["sql"]);
    if on_sqlite {
        sql.failed(&["the table `todo_item` of the model `todoitem` does not exist", "unique"]);
    } else {
        assert!(sql.out(0).contains("CREATE TRIGGER"));
    }
    // This app makes its tables itself, by an install as by a start.
    assert_eq!(capture(&database, &["install"]).out(0), table(&database, ["installed"; 2]));
}

async fn what_a_start_needs_is_looked_at(database: Database) {
    let on_sqlite = database.file().is_some();
    let before = check(&database.url, &[]);
    if on_sqlite {
        is_well(&before, "database", "does not exist yet; the first start makes it");
        assert!(!database.file().unwrap().exists());
        capture(&database, &["status"])
            .failed(&["test.db` does not exist yet; run your migrations"]);
        assert!(!database.file().unwrap().exists());
    } else {
        is_well(&before, "database", "PostgreSQL ");
        is_well(&before, "table todo_item", "does not exist yet; the next start makes it");
        is_well(&before, "capture", "not installed yet");
        assert!(things(&database).await.is_empty());
    }
    is_well(&before, "redis", "REDIS_URL is not set");
    is_well(&before, "address", "is free");

    started_once(&database).await;
    let redis = Redis::start();
    let checks = check(&database.url, &[("REDIS_URL", &redis.url())]);
    is_well(&checks, "database", if on_sqlite { "test.db" } else { "PostgreSQL " });
    is_well(&checks, "table todo_list", "the 3 columns of `todolist`");
    is_well(&checks, "capture", "installed for todolist, todoitem");
    is_well(&checks, "redis", "answers");

    drop(redis);
    let app = App::todo().env("DATABASE_URL", &database.url).start().await;
    let taken = app.url().trim_start_matches("http://").to_owned();
    let checks =
        check(&database.url, &[("REDIS_URL", "redis://127.0.0.1:1"), ("DRAGON_ADDR", &taken)]);
    is_wrong(&checks, "redis", "127.0.0.1:1", "start a redis-server");
    is_wrong(&checks, "address", &taken, "DRAGON_ADDR");
    drop(app);

    capture(&database, &["uninstall", "--yes"]).out(0);
    database.execute("ALTER TABLE todo_item DROP COLUMN done").await;
    let checks = check(&database.url, &[]);
    is_wrong(&checks, "table todo_item", "what the model `todoitem` has: done", "migration");
    is_well(&checks, "capture", "not installed yet");
}

#[test]
fn a_database_that_is_missing_is_told() {
    let nowhere = "postgres://nobody:secret@127.0.0.1:1/none";
    let checks = check(nowhere, &[]);
    is_wrong(&checks, "database", "nobody answers at 127.0.0.1:1", "is the server running");
    assert!(!format!("{checks:?}").contains("secret"));
    let whats: Vec<&Value> = checks.iter().map(|check| &check["what"]).collect();
    assert_eq!(whats, ["database", "redis", "address"]);
    let checks = check("sqlite://no/such/folder/todo.db?mode=rwc", &[]);
    is_wrong(&checks, "database", "`no/such/folder` does not exist", "mkdir -p no/such/folder");
    let checks = check("sqlite://none.db", &[]);
    is_wrong(&checks, "database", "`none.db` cannot be opened", "mode=rwc");
}

#[test]
fn an_errand_that_is_not_known_is_told() {
    let said = Said::of(App::todo().env("DRAGON_ERRAND", "dance").output());
    said.failed(&["DRAGON_ERRAND is `dance`", "check, capture-status"]);
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""));
}
