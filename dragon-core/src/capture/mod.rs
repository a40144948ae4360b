//! How a change is noticed: triggers write a change log in the same statement as the change, and
//! a relay publishes what the log holds once it is committed.

mod asked;
mod columns;
mod data;
mod install;
mod line;
mod lock;
mod log;
mod namespace;
mod office;
mod pairs;
mod plan;
mod postgres;
mod relay;
mod sqlite;
mod status;
mod turn;
mod watched;

pub(crate) use asked::columns_of;
pub(crate) use columns::missing_of;
pub(crate) use data::log_data;
pub(crate) use install::no_pairs;
pub use install::{install, sql, uninstall};
pub use log::{Captured, Sides};
pub use namespace::Namespace;
pub(crate) use pairs::RelayedJunction;
pub(crate) use relay::RelayedModel;
pub use relay::{Relay, RelaySettings};
pub use status::{State, Status, Stranger, TableStatus, status};
pub use watched::Watched;

use crate::filter::short_fingerprint;
use crate::model::{LogTables, TableName};

/// The statements that make one model's changes be logged, with their hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Triggers {
    /// Differs whenever the triggers or the columns they log differ; log rows bear it.
    pub(crate) hash: String,
    /// The names of the triggers.
    pub(crate) names: Vec<String>,
    /// The names of triggers that the model may have had and needs no more.
    pub(crate) former: Vec<String>,
    /// `CREATE TRIGGER` statements.
    pub(crate) create: Vec<String>,
}

/// A name for a change log that no other log has.
pub(crate) fn new_log_id() -> uuid::Uuid {
    uuid::Uuid::from_u128(u128::from(fastrand::u64(..)) << 64 | u128::from(fastrand::u64(..)))
}

/// `name` as a quoted identifier.
pub(crate) fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `text` as a string literal.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A table as statements name it, with its schema where the entity names one.
pub(crate) fn table_of(table: &TableName) -> String {
    match &table.schema {
        Some(schema) => format!("{}.{}", ident(schema), ident(&table.table)),
        None => ident(&table.table),
    }
}

/// The name of one of a table's triggers. PostgreSQL cuts off what is beyond 63 bytes, and with
/// that what tells one of them from another.
pub(crate) fn trigger_name(namespace: &Namespace, watched: &Watched, event: &str) -> String {
    let name = |of: &str| format!("{}{of}_{event}", namespace.trigger_prefix());
    let whole = name(&watched.topic);
    if whole.len() <= 63 { whole } else { name(&short_fingerprint(&watched.topic)) }
}

/// The namespace's own tables, each with the statement that makes it if it is not there.
fn own_tables(tables: &LogTables, log_columns: &str) -> Vec<(String, String)> {
    [
        (
            &tables.meta,
            "one INTEGER PRIMARY KEY CHECK (one = 1), log TEXT NOT NULL, generation BIGINT NOT \
             NULL",
        ),
        (&tables.topic, "topic TEXT PRIMARY KEY, position TEXT NOT NULL"),
        (&tables.capture, "topic TEXT PRIMARY KEY, hash TEXT NOT NULL"),
        (&tables.log, log_columns),
    ]
    .map(|(name, columns)| (name.clone(), format!("CREATE TABLE IF NOT EXISTS {name} ({columns})")))
    .into()
}
