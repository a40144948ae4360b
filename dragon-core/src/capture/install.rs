//! Putting triggers and tables into the database, and taking them out.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, Statement,
};

use super::{Namespace, Triggers, ident, literal, postgres, sqlite, table};
use crate::Error;
use crate::model::{ModelInfo, begin_write, sql_parameter};

/// What is to be installed for a namespace on one database.
struct Plan {
    backend: DbBackend,
    tables: Vec<String>,
    models: Vec<(ModelInfo, Triggers)>,
}

impl Plan {
    fn of(namespace: &Namespace, backend: DbBackend, schema: &str, models: &[ModelInfo]) -> Self {
        let names = namespace.tables();
        let mut tables = match backend {
            DbBackend::Postgres => postgres::tables(&names),
            _ => sqlite::tables(&names, models.iter().map(|m| m.columns.len()).max().unwrap_or(0)),
        };
        if backend == DbBackend::Postgres {
            tables.push(postgres::create_function(namespace, &names, schema));
        }
        let models = models
            .iter()
            .map(|info| {
                let triggers = match backend {
                    DbBackend::Postgres => postgres::triggers(namespace, schema, info),
                    _ => sqlite::triggers(namespace, &names, info),
                };
                (info.clone(), triggers)
            })
            .collect();
        Self { backend, tables, models }
    }

    fn drop_trigger(&self, info: &ModelInfo, name: &str) -> String {
        match self.backend {
            DbBackend::Postgres => {
                format!("DROP TRIGGER IF EXISTS {} ON {}", ident(name), table(info))
            }
            _ => format!("DROP TRIGGER IF EXISTS {}", ident(name)),
        }
    }
}

/// The statements that install capture, for a migration of your own.
///
/// # Errors
/// When the database refuses to say what its current schema is.
pub async fn sql(
    db: &DatabaseConnection,
    namespace: &Namespace,
    models: &[ModelInfo],
) -> Result<Vec<String>, DbErr> {
    let plan = Plan::of(namespace, db.get_database_backend(), &schema(db).await?, models);
    let capture = namespace.tables().capture;
    let mut statements = plan.tables.clone();
    for (info, triggers) in &plan.models {
        statements.extend(triggers.names.iter().map(|name| plan.drop_trigger(info, name)));
        statements.extend(triggers.create.iter().cloned());
        let (topic, hash) = (literal(info.name), literal(&triggers.hash));
        statements.push(format!("DELETE FROM {capture} WHERE topic = {topic}"));
        statements.push(format!("INSERT INTO {capture} (topic, hash) VALUES ({topic}, {hash})"));
    }
    Ok(statements)
}

/// Installs what is missing or out of date, in one transaction; answers each model's hash in the
/// order of `models`.
///
/// # Errors
/// When a table does not exist or the database refuses.
pub async fn install(
    db: &DatabaseConnection,
    namespace: &Namespace,
    models: &[ModelInfo],
) -> Result<Vec<String>, Error> {
    let refused = |error: DbErr| Error::Database(error.to_string());
    let backend = db.get_database_backend();
    let plan = Plan::of(namespace, backend, &schema(db).await.map_err(refused)?, models);
    let names = namespace.tables();
    let transaction = begin_write(db).await.map_err(refused)?;
    if backend == DbBackend::Postgres {
        // Nodes that start together take turns.
        let lock =
            format!("SELECT pg_advisory_xact_lock(hashtextextended({}, 1))", literal(&names.meta));
        transaction.execute_unprepared(&lock).await.map_err(refused)?;
    }
    for statement in &plan.tables {
        transaction.execute_unprepared(statement).await.map_err(refused)?;
    }
    if backend == DbBackend::Sqlite {
        widen(&transaction, &names.log, models).await.map_err(refused)?;
    }
    let log = super::new_log_id();
    transaction
        .execute_unprepared(&format!(
            "INSERT INTO {} (one, log, generation) VALUES (1, '{log}', 0) ON CONFLICT DO NOTHING",
            names.meta
        ))
        .await
        .map_err(refused)?;
    for (info, triggers) in &plan.models {
        if !table_exists(&transaction, info).await {
            return Err(Error::setup(format!(
                "the table `{}` of the model `{}` does not exist; run your migrations before the \
                 app starts, or let the app make it with `create_tables()`",
                info.table, info.name
            )));
        }
        install_model(&transaction, &plan, &names.capture, info, triggers)
            .await
            .map_err(refused)?;
    }
    warn_of_strangers(&transaction, namespace, &plan).await.map_err(refused)?;
    transaction.commit().await.map_err(refused)?;
    Ok(plan.models.into_iter().map(|(_, triggers)| triggers.hash).collect())
}

async fn install_model(
    transaction: &DatabaseTransaction,
    plan: &Plan,
    capture: &str,
    info: &ModelInfo,
    triggers: &Triggers,
) -> Result<(), DbErr> {
    let topic = literal(info.name);
    let stored =
        one_text(transaction, &format!("SELECT hash AS v FROM {capture} WHERE topic = {topic}"))
            .await?;
    let there = installed(transaction, &triggers.names).await?;
    if stored.as_deref() == Some(&triggers.hash) && there.len() == triggers.names.len() {
        return Ok(());
    }
    for name in &triggers.names {
        transaction.execute_unprepared(&plan.drop_trigger(info, name)).await?;
    }
    for statement in &triggers.create {
        transaction.execute_unprepared(statement).await?;
    }
    transaction
        .execute_unprepared(&format!(
            "INSERT INTO {capture} (topic, hash) VALUES ({topic}, {hash}) ON CONFLICT (topic) DO \
             UPDATE SET hash = excluded.hash",
            hash = literal(&triggers.hash)
        ))
        .await?;
    tracing::info!(model = info.name, "capture installed");
    Ok(())
}

/// Takes a namespace's triggers, tables and function out of the database. What was captured and
/// not yet published is dropped.
///
/// # Errors
/// When the database refuses.
pub async fn uninstall(db: &DatabaseConnection, namespace: &Namespace) -> Result<(), DbErr> {
    let transaction = begin_write(db).await?;
    let backend = db.get_database_backend();
    for (name, on) in all_triggers(&transaction, &namespace.trigger_prefix()).await? {
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
    for table in [names.log, names.topic, names.capture, names.meta] {
        transaction.execute_unprepared(&format!("DROP TABLE IF EXISTS {table}")).await?;
    }
    transaction.commit().await
}

/// The log of SQLite has numbered columns; a wider model needs more of them.
async fn widen(
    transaction: &DatabaseTransaction,
    log: &str,
    models: &[ModelInfo],
) -> Result<(), DbErr> {
    let width = models.iter().map(|info| info.columns.len()).max().unwrap_or(0);
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

async fn table_exists(transaction: &DatabaseTransaction, info: &ModelInfo) -> bool {
    let sql = match transaction.get_database_backend() {
        DbBackend::Postgres => {
            format!("SELECT to_regclass({})::text AS v", literal(&table(info)))
        }
        _ => format!(
            "SELECT name AS v FROM sqlite_master WHERE type = 'table' AND name = {}",
            literal(&info.table)
        ),
    };
    matches!(one_text(transaction, &sql).await, Ok(Some(_)))
}

async fn installed(
    transaction: &DatabaseTransaction,
    names: &[String],
) -> Result<Vec<String>, DbErr> {
    let list = names.iter().map(|name| literal(name)).collect::<Vec<_>>().join(", ");
    let sql = match transaction.get_database_backend() {
        DbBackend::Postgres => {
            format!(
                "SELECT tgname::text AS v FROM pg_trigger WHERE tgname IN ({list}) AND tgenabled <> 'D'"
            )
        }
        _ => format!(
            "SELECT name AS v FROM sqlite_master WHERE type = 'trigger' AND name IN ({list})"
        ),
    };
    texts(transaction, &sql).await
}

/// All triggers whose name begins so, with the table that they stand on.
async fn all_triggers(
    transaction: &DatabaseTransaction,
    prefix: &str,
) -> Result<Vec<(String, String)>, DbErr> {
    let backend = transaction.get_database_backend();
    let at = sql_parameter(backend);
    let sql = match backend {
        DbBackend::Postgres => format!(
            "SELECT tgname::text AS v, tgrelid::regclass::text AS t FROM pg_trigger WHERE \
             starts_with(tgname::text, {at})"
        ),
        _ => format!(
            "SELECT name AS v, tbl_name AS t FROM sqlite_master WHERE type = 'trigger' AND \
             instr(name, {at}) = 1"
        ),
    };
    transaction
        .query_all_raw(Statement::from_sql_and_values(backend, sql, [prefix.into()]))
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
    for (name, table) in all_triggers(transaction, &namespace.trigger_prefix()).await? {
        if !plan.models.iter().any(|(_, triggers)| triggers.names.contains(&name)) {
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

async fn texts(db: &impl ConnectionTrait, sql: &str) -> Result<Vec<String>, DbErr> {
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
