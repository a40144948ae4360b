//! Capture on SQLite: typeless columns, because its JSON functions lose the last digits of most
//! floating point numbers.

use super::{Namespace, Triggers, ident, literal, own_tables, trigger_name};
use crate::filter::fingerprint;
use crate::model::{LogTables, ModelInfo};

/// The namespace's own tables, with room in the log for `width` columns before and after.
pub(super) fn tables(tables: &LogTables, width: usize) -> Vec<(String, String)> {
    let mut columns =
        "id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, op TEXT NOT NULL, hash TEXT \
         NOT NULL"
            .to_owned();
    for side in ["o", "n"] {
        for at in 0..width {
            columns.push_str(&format!(", {side}{at}"));
        }
    }
    own_tables(tables, &columns)
}

/// The triggers of a model.
///
/// `INSERT OR REPLACE` deletes rows without a word unless `recursive_triggers` is on, which other
/// programs may not know. So a trigger before each insert notes the row that stands at the same
/// primary key (op `b`), and the one after it takes that note as the row before, if nothing was
/// logged in between (a delete trigger that did run, or the update of an upsert). Notes that
/// nobody took are dropped by the relay.
pub(super) fn triggers(namespace: &Namespace, tables: &LogTables, info: &ModelInfo) -> Triggers {
    let names: Vec<String> = info.columns.iter().map(|column| ident(&column.name)).collect();
    let numbered = |side: &str| {
        (0..names.len()).map(|at| format!("{side}{at}")).collect::<Vec<_>>().join(", ")
    };
    let values =
        |row: &str| names.iter().map(|name| format!("{row}.{name}")).collect::<Vec<_>>().join(", ");
    // `IS NOT` compares by the column's collation, which may take `a` for `A`.
    let differs = names
        .iter()
        .map(|name| format!("OLD.{name} IS NOT NEW.{name} COLLATE BINARY"))
        .collect::<Vec<_>>()
        .join(" OR ");
    let (log, table, topic) = (&tables.log, ident(&info.table), literal(info.name));
    let (key, own_key) = (info.key, &names[info.key]);
    let (olds, news) = (numbered("o"), numbered("n"));
    let set_news = names
        .iter()
        .enumerate()
        .map(|(at, name)| format!("n{at} = NEW.{name}"))
        .collect::<Vec<_>>()
        .join(", ");
    let noted = format!(
        "id = (SELECT max(id) FROM {log}) AND op = 'b' AND topic = {topic} AND o{key} IS \
         NEW.{own_key}"
    );
    let body = |hash: &str| {
        let hash = literal(hash);
        vec![
            (
                "b",
                format!("BEFORE INSERT ON {table}"),
                format!(
                    "INSERT INTO {log} (topic, op, hash, {olds}) SELECT {topic}, 'b', {hash}, {} \
                     FROM {table} r WHERE r.{own_key} = NEW.{own_key};",
                    values("r")
                ),
            ),
            (
                "c",
                format!("AFTER INSERT ON {table}"),
                // Only one of the two does something: the first turns its note into an update,
                // after which the last row of the log is that update of this very row.
                format!(
                    "UPDATE {log} SET op = 'u', {set_news} WHERE {noted}; \
                     INSERT INTO {log} (topic, op, hash, {news}) SELECT {topic}, 'c', {hash}, {} \
                     WHERE changes() = 0;",
                    values("NEW")
                ),
            ),
            (
                "u",
                format!("AFTER UPDATE ON {table} WHEN {differs}"),
                format!(
                    "INSERT INTO {log} (topic, op, hash, {olds}, {news}) VALUES ({topic}, 'u', \
                     {hash}, {}, {});",
                    values("OLD"),
                    values("NEW")
                ),
            ),
            (
                "d",
                format!("AFTER DELETE ON {table}"),
                format!(
                    "INSERT INTO {log} (topic, op, hash, {olds}) VALUES ({topic}, 'd', {hash}, \
                     {});",
                    values("OLD")
                ),
            ),
        ]
    };
    let text: String =
        body("").iter().map(|(event, when, what)| format!("{event} {when} {what}")).collect();
    let hash = fingerprint(&text);
    let (names, create) = body(&hash)
        .into_iter()
        .map(|(event, when, what)| {
            let name = trigger_name(namespace, info, event);
            let statement = format!("CREATE TRIGGER {} {when} BEGIN {what} END", ident(&name));
            (name, statement)
        })
        .unzip();
    Triggers { hash, names, create }
}

/// Selects one side (`o` or `n`) of log rows as rows of the model's table.
pub(super) fn select_side(tables: &LogTables, info: &ModelInfo, side: &str, ids: &str) -> String {
    let columns: Vec<String> = info
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| format!("{side}{at} AS {}", ident(&column.name)))
        .collect();
    let ops = if side == "o" { "'u', 'd'" } else { "'c', 'u'" };
    format!(
        "SELECT id AS dragon_log_id, {} FROM {} WHERE id IN ({ids}) AND op IN ({ops})",
        columns.join(", "),
        tables.log
    )
}
