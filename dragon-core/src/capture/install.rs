//! Putting triggers and tables into the database, and taking them out.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement,
};

use super::columns::lacking;
use super::{Namespace, Triggers, Watched, ident, literal, postgres, sqlite, table_of};
use crate::Error;
use crate::model::{LogTables, begin_write};

/// What is to be installed for a namespace on one database.
struct Plan {
    backend: DbBackend,
    names: LogTables,
    /// The namespace's own tables, each with the statement that makes it.
    tables: Vec<(String, String)>,
    /// The statement that makes the function which all triggers call, where there is one.
    function: Option<String>,
    watched: Vec<(Watched, Triggers)>,
}

impl Plan {
    async fn of(
        db: &DatabaseConnection,
        namespace: &Namespace,
        watched: &[Watched],
    ) -> Result<Self, DbErr> {
        let (backend, names) = (db.get_database_backend(), namespace.tables());
        let schema = schema(db).await?;
        let width = watched.iter().map(|one| one.columns.len()).max().unwrap_or(0);
        let (tables, function) = match backend {
            DbBackend::Postgres => (
                postgres::tables(&names),
                Some(postgres::create_function(namespace, &names, &schema)),
            ),
            _ => (sqlite::tables(&names, width), None),
        };
        let mut planned = Vec::new();
        for one in watched {
            let triggers = match backend {
                DbBackend::Postgres => postgres::triggers(namespace, &schema, one),
                _ => {
                    let uniques = match one.key {
                        Some(_) => sqlite::Unique::of(db, &one.table.table).await?,
                        None => Vec::new(),
                    };
                    sqlite::triggers(namespace, &names, one, &uniques)
                }
            };
            planned.push((one.clone(), triggers));
        }
        Ok(Self { backend, names, tables, function, watched: planned })
    }

    fn name_the_log(&self) -> String {
        let (meta, log) = (&self.names.meta, super::new_log_id());
        format!(
            "INSERT INTO {meta} (one, log, generation) VALUES (1, '{log}', 0) ON CONFLICT DO NOTHING"
        )
    }

    /// The statements that give a model its triggers in place of any that it has.
    ///
    /// Who had triggers once may have changed without them meanwhile: a table that was dropped
    /// and made anew, a migration that had to take them off. So everyone loads anew.
    fn renew(&self, one: &Watched, triggers: &Triggers) -> Vec<String> {
        let LogTables { log, capture, .. } = &self.names;
        let (topic, hash) = (literal(&one.topic), literal(&triggers.hash));
        let mut statements: Vec<String> = triggers
            .names
            .iter()
            .chain(&triggers.former)
            .map(|name| self.drop_trigger(one, name))
            .collect();
        statements.extend(triggers.create.iter().cloned());
        statements.push(format!(
            "INSERT INTO {log} (topic, op, hash) SELECT topic, 'r', '' FROM {capture} WHERE topic \
             = {topic}"
        ));
        statements.push(format!(
            "INSERT INTO {capture} (topic, hash) VALUES ({topic}, {hash}) ON CONFLICT (topic) DO \
             UPDATE SET hash = excluded.hash"
        ));
        statements
    }

    fn drop_trigger(&self, one: &Watched, name: &str) -> String {
        match self.backend {
            DbBackend::Postgres => {
                format!("DROP TRIGGER IF EXISTS {} ON {}", ident(name), table_of(&one.table))
            }
            _ => format!("DROP TRIGGER IF EXISTS {}", ident(name)),
        }
    }
}

/// The statements that install capture, for a migration of your own: after it a start finds
/// nothing left to do, and so needs no right to change the schema.
///
/// # Errors
/// When the database refuses to say what its current schema is.
pub async fn sql(
    db: &DatabaseConnection,
    namespace: &Namespace,
    watched: &[Watched],
) -> Result<Vec<String>, DbErr> {
    let plan = Plan::of(db, namespace, watched).await?;
    let mut statements: Vec<String> =
        plan.tables.iter().map(|(_, create)| create.clone()).collect();
    statements.extend(plan.function.clone());
    statements.push(plan.name_the_log());
    for (one, triggers) in &plan.watched {
        statements.extend(plan.renew(one, triggers));
    }
    Ok(statements)
}

/// Installs what is missing or out of date, in one transaction; answers each model's hash in the
/// order of `models`.
///
/// # Errors
/// When a table or a column of one does not exist, or the database refuses.
pub async fn install(
    db: &DatabaseConnection,
    namespace: &Namespace,
    watched: &[Watched],
) -> Result<Vec<String>, Error> {
    let plan = Plan::of(db, namespace, watched).await.map_err(|error| refused(&error))?;
    let transaction = begin_write(db).await.map_err(|error| refused(&error))?;
    for (one, _) in &plan.watched {
        if !table_exists(&transaction, &table_of(&one.table), &one.table.table).await {
            return Err(Error::setup(format!(
                "the table `{}` of the model `{}` does not exist; run your migrations before the \
                 app starts, or let the app make it with `create_tables()`",
                one.table.table, one.topic
            )));
        }
        if let Some(sentence) = lacking(&transaction, one).await.map_err(|error| refused(&error))? {
            return Err(Error::setup(sentence));
        }
    }
    install_into(&transaction, namespace, &plan).await.map_err(|error| refused(&error))?;
    transaction.commit().await.map_err(|error| refused(&error))?;
    Ok(plan.watched.into_iter().map(|(_, triggers)| triggers.hash).collect())
}

fn refused(error: &DbErr) -> Error {
    let sentence = error.to_string();
    if sentence.contains("permission denied") || sentence.contains("must be owner") {
        return Error::setup(format!(
            "{sentence}: the app may not install its triggers; let a role that may run the \
             statements of `dragon::capture::sql` in a migration"
        ));
    }
    Error::Database(sentence)
}

async fn install_into(
    transaction: &DatabaseTransaction,
    namespace: &Namespace,
    plan: &Plan,
) -> Result<(), DbErr> {
    if plan.backend == DbBackend::Postgres {
        // Nodes that start together take turns.
        let lock = format!(
            "SELECT pg_advisory_xact_lock(hashtextextended({}, 1))",
            literal(&plan.names.meta)
        );
        transaction.execute_unprepared(&lock).await?;
    }
    for (name, create) in &plan.tables {
        // Even where it would make nothing, PostgreSQL asks for the right to make it.
        if !table_exists(transaction, &ident(name), name).await {
            transaction.execute_unprepared(create).await?;
        }
    }
    if plan.backend == DbBackend::Sqlite {
        widen(transaction, plan).await?;
    }
    transaction.execute_unprepared(&plan.name_the_log()).await?;
    let mut function = plan.function.as_ref();
    for (one, triggers) in &plan.watched {
        if is_installed(transaction, namespace, plan, one, triggers).await? {
            continue;
        }
        if let Some(create) = function.take() {
            transaction.execute_unprepared(create).await?;
        }
        for statement in plan.renew(one, triggers) {
            transaction.execute_unprepared(&statement).await?;
        }
        tracing::info!(table = one.table.table, "capture installed");
    }
    warn_of_strangers(transaction, namespace, plan).await
}

async fn is_installed(
    transaction: &DatabaseTransaction,
    namespace: &Namespace,
    plan: &Plan,
    one: &Watched,
    triggers: &Triggers,
) -> Result<bool, DbErr> {
    let (capture, topic) = (&plan.names.capture, literal(&one.topic));
    let stored = format!("SELECT hash AS v FROM {capture} WHERE topic = {topic}");
    if one_text(transaction, &stored).await?.as_deref() != Some(&triggers.hash) {
        return Ok(false);
    }
    let list = triggers.names.iter().map(|name| literal(name)).collect::<Vec<_>>().join(", ");
    let there = match plan.backend {
        DbBackend::Postgres => format!(
            "SELECT tgname::text AS v FROM pg_trigger WHERE tgname IN ({list}) AND tgenabled <> 'D' \
             AND tgrelid = to_regclass({}) AND {}",
            literal(&table_of(&one.table)),
            postgres::calls_ours(namespace)
        ),
        _ => format!(
            "SELECT name AS v FROM sqlite_master WHERE type = 'trigger' AND name IN ({list}) AND \
             tbl_name = {}",
            literal(&one.table.table)
        ),
    };
    Ok(texts(transaction, &there).await?.len() == triggers.names.len())
}

/// Takes a namespace's triggers, tables and function out of the database. What was captured and
/// not yet published is dropped, and after the next start everyone loads anew.
///
/// Also for migrations on SQLite, which drops no column of a table while a trigger names it:
/// uninstall, migrate, and let the app install what fits when it starts.
///
/// # Errors
/// When the database refuses.
pub async fn uninstall(db: &DatabaseConnection, namespace: &Namespace) -> Result<(), DbErr> {
    let transaction = begin_write(db).await?;
    let backend = db.get_database_backend();
    for (name, on) in all_triggers(&transaction, namespace).await? {
        let statement = match backend {
            DbBackend::Postgres => format!("DROP TRIGGER {} ON {on}", ident(&name)),
            _ => format!("DROP TRIGGER {}", ident(&name)),
        };
        transaction.execute_unprepared(&statement).await?;
    }
    if backend == DbBackend::Postgres {
        let statement = postgres::drop_function(namespace, &schema(db).await?);
        transaction.execute_unprepared(&statement).await?;
    }
    let names = namespace.tables();
    // In the order in which the relay takes them, so that neither waits for the other.
    for table in [names.meta, names.topic, names.capture, names.log] {
        transaction.execute_unprepared(&format!("DROP TABLE IF EXISTS {table}")).await?;
    }
    transaction.commit().await
}

/// The log of SQLite has numbered columns; a wider model needs more of them.
async fn widen(transaction: &DatabaseTransaction, plan: &Plan) -> Result<(), DbErr> {
    let log = &plan.names.log;
    let width = plan.watched.iter().map(|(one, _)| one.columns.len()).max().unwrap_or(0);
    let there =
        texts(transaction, &format!("SELECT name AS v FROM pragma_table_info('{log}')")).await?;
    for column in ["o", "n"].iter().flat_map(|side| (0..width).map(move |at| format!("{side}{at}")))
    {
        if !there.contains(&column) {
            transaction
                .execute_unprepared(&format!("ALTER TABLE {log} ADD COLUMN {column}"))
                .await?;
        }
    }
    Ok(())
}

/// Whether there is such a table, and no view: by its quoted name, with its schema if it has one,
/// on PostgreSQL.
async fn table_exists(transaction: &DatabaseTransaction, quoted: &str, name: &str) -> bool {
    let sql = match transaction.get_database_backend() {
        DbBackend::Postgres => format!(
            "SELECT relname::text AS v FROM pg_class WHERE oid = to_regclass({}) AND relkind IN \
             ('r', 'p', 'f')",
            literal(quoted)
        ),
        // Names of tables are the same to SQLite whatever their case.
        _ => format!(
            "SELECT name AS v FROM sqlite_master WHERE type = 'table' AND name = {} COLLATE NOCASE",
            literal(name)
        ),
    };
    matches!(one_text(transaction, &sql).await, Ok(Some(_)))
}

/// All triggers of the namespace, with the table that they stand on. Their names do not tell:
/// `app` would find those of `app_on_call`.
async fn all_triggers(
    transaction: &DatabaseTransaction,
    namespace: &Namespace,
) -> Result<Vec<(String, String)>, DbErr> {
    let backend = transaction.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => format!(
            "SELECT tgname::text AS v, tgrelid::regclass::text AS t FROM pg_trigger WHERE \
             tgparentid = 0 AND {}",
            postgres::calls_ours(namespace)
        ),
        _ => format!(
            "SELECT name AS v, tbl_name AS t FROM sqlite_master WHERE type = 'trigger' AND \
             instr(name, {}) = 1 AND instr(sql, {}) > 0",
            literal(&namespace.trigger_prefix()),
            literal(&format!(" {} (topic", namespace.tables().log))
        ),
    };
    transaction
        .query_all_raw(Statement::from_string(backend, sql))
        .await?
        .iter()
        .map(|row| Ok((row.try_get("", "v")?, row.try_get("", "t")?)))
        .collect()
}

async fn warn_of_strangers(
    transaction: &DatabaseTransaction,
    namespace: &Namespace,
    plan: &Plan,
) -> Result<(), DbErr> {
    for (name, table) in all_triggers(transaction, namespace).await? {
        if !plan.watched.iter().any(|(_, triggers)| triggers.names.contains(&name)) {
            tracing::warn!(
                trigger = name,
                table,
                "this trigger belongs to the app's namespace but to no model of it; if the model \
                 is gone for good, drop the trigger"
            );
        }
    }
    Ok(())
}

/// The schema that unqualified names mean; nothing on SQLite.
async fn schema(db: &DatabaseConnection) -> Result<String, DbErr> {
    match db.get_database_backend() {
        DbBackend::Postgres => {
            Ok(one_text(db, "SELECT current_schema()::text AS v").await?.unwrap_or_default())
        }
        _ => Ok(String::new()),
    }
}

pub(super) async fn texts(db: &impl ConnectionTrait, sql: &str) -> Result<Vec<String>, DbErr> {
    db.query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?
        .iter()
        .map(|row| row.try_get("", "v"))
        .collect()
}

async fn one_text(db: &impl ConnectionTrait, sql: &str) -> Result<Option<String>, DbErr> {
    match db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await? {
        Some(row) => row.try_get("", "v"),
        None => Ok(None),
    }
}
