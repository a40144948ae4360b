//! Data in the change log: written in the transaction of its publisher, relayed as changes are.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::log::Entry;
use super::office::Term;
use crate::broker::Topic;
use crate::change::{Body, Data, Publication, Source};
use crate::model::LogTables;

/// The operation of a log row that is a message. Its column `hash` holds the message.
pub(super) const MESSAGE: &str = "m";

/// How many bytes of messages are published at once: no more than fits any history.
const BATCH: usize = 512 * 1024;

/// Puts a message into the change log, within the transaction that `db` may be.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn log_data(
    db: &impl ConnectionTrait,
    tables: &LogTables,
    data: &Data,
) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let values = match backend {
        DbBackend::Postgres => "$1, $2, $3",
        _ => "?, ?, ?",
    };
    let sql = format!("INSERT INTO {} (topic, op, hash) VALUES ({values})", tables.log);
    let row = [Topic::data().as_str().into(), MESSAGE.into(), data.encode().into()];
    db.execute_raw(Statement::from_sql_and_values(backend, sql, row)).await.map(drop)
}

/// The messages of log rows, in batches that fit. A message stands for itself: where one cannot
/// be read, nobody has anything to reload.
pub(super) fn messages(term: &Term, entries: &[&Entry]) -> Vec<Vec<Publication>> {
    let mut batches = vec![Vec::new()];
    let mut bytes = 0;
    for entry in entries.iter().filter(|entry| entry.op == MESSAGE) {
        match Data::decode(&entry.hash) {
            Ok(data) => {
                bytes += entry.hash.len();
                if bytes > BATCH {
                    batches.push(Vec::new());
                    bytes = entry.hash.len();
                }
                let source = Source { log: term.log, id: entry.id, part: 0 };
                let publication = Publication { source, body: Body::Data(data) };
                if let Some(last) = batches.last_mut() {
                    last.push(publication);
                }
            }
            Err(error) => tracing::warn!(id = entry.id, %error, "data in the log is unreadable"),
        }
    }
    batches
}
