//! Putting triggers and tables into the database, and taking them out.

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr};

use super::asked::{all_triggers, schema, table_exists, texts};
use super::columns::lacking;
use super::plan::Plan;
use super::status::{State, Stranger};
use super::{Namespace, Watched, ident, literal, postgres, table_of};
use crate::Error;
use crate::model::begin_write;

/// The statements that install capture, for a migration of your own: after it a start finds
/// nothing left to do, and so needs no right to change the schema.
///
/// On SQLite they are for a database as this one is: where its log has too few columns for a model
/// that has grown, some of them add these, which can be done once. Run where the log is narrower
/// than here, they stop before any trigger is changed, at the first column that is not there; without that
/// every write to the model's table would fail from then on.
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
    if plan.backend == DbBackend::Sqlite {
        let log = &plan.names.log;
        if table_exists(db, &ident(log), log).await {
            statements.extend(widening(db, &plan).await?);
        }
        statements.extend((plan.width > 0).then(|| plan.needs_width()));
    }
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
            if one.key.is_none() {
                return Err(no_pairs(&one.table.table));
            }
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

/// What is to be said of a table of pairs that is not there.
pub(crate) fn no_pairs(table: &str) -> Error {
    Error::setup(format!(
        "the table `{table}`, of the pairs of a many-to-many relation, does not exist, and \
         `create_tables()` makes the tables of models only; make it in your migrations, or, where \
         its entity has one key column and derives SelfPublish, register that with \
         `.model::<…::Entity>()`"
    ))
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
        for statement in widening(transaction, plan).await? {
            transaction.execute_unprepared(&statement).await?;
        }
    }
    transaction.execute_unprepared(&plan.name_the_log()).await?;
    let mut function = plan.function.as_ref();
    for (one, triggers) in &plan.watched {
        if plan.state(transaction, namespace, one, triggers).await? == State::Installed {
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

/// The statements that give a log of SQLite, which has numbered columns, as many as the widest
/// model needs.
async fn widening(db: &impl ConnectionTrait, plan: &Plan) -> Result<Vec<String>, DbErr> {
    let log = &plan.names.log;
    let there = texts(db, &format!("SELECT name AS v FROM pragma_table_info('{log}')")).await?;
    let missing =
        ["o", "n"].iter().flat_map(|side| (0..plan.width).map(move |at| format!("{side}{at}")));
    let missing = missing.filter(|column| !there.contains(column));
    Ok(missing.map(|column| format!("ALTER TABLE {log} ADD COLUMN {column}")).collect())
}

async fn warn_of_strangers(
    transaction: &DatabaseTransaction,
    namespace: &Namespace,
    plan: &Plan,
) -> Result<(), DbErr> {
    for Stranger { trigger, table } in plan.strangers(transaction, namespace).await? {
        tracing::warn!(
            trigger,
            table,
            "this trigger belongs to the app's namespace but to no model of it; if the model is \
             gone for good, drop the trigger"
        );
    }
    Ok(())
}
