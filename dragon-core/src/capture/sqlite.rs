//! Capture on SQLite: typeless columns, because its JSON functions lose the last digits of most
//! floating point numbers.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::{Namespace, Triggers, Watched, ident, literal, own_tables, trigger_name};
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

/// How many rows of the log back a note of a removed row is looked for.
const REACH: usize = 16;

/// A unique index other than the primary key: its columns, each with the collation of the index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unique(Vec<(String, String)>);

impl Unique {
    /// The unique indexes of a table. Those on expressions cannot be told from their text, and are
    /// left out; so are partial ones, which may have many rows with one value.
    pub(super) async fn of(db: &impl ConnectionTrait, table: &str) -> Result<Vec<Self>, DbErr> {
        let sql = format!(
            "SELECT list.name AS i, info.name AS c, info.coll AS coll FROM pragma_index_list({}) AS \
             list, pragma_index_xinfo(list.name) AS info WHERE list.\"unique\" = 1 AND \
             list.partial = 0 AND list.origin <> 'pk' AND info.key = 1 ORDER BY list.name, \
             info.seqno",
            literal(table)
        );
        let mut found: BTreeMap<String, Option<Self>> = BTreeMap::new();
        for row in db.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await? {
            let unique =
                found.entry(row.try_get("", "i")?).or_insert_with(|| Some(Self::default()));
            match row.try_get::<Option<String>>("", "c")? {
                Some(column) => {
                    if let Some(Self(columns)) = unique {
                        columns.push((column, row.try_get("", "coll")?));
                    }
                }
                None => *unique = None,
            }
        }
        Ok(found.into_values().flatten().collect())
    }

    /// That the row `r` stands where the new one is to stand.
    fn stands_at(&self) -> String {
        self.all(" AND ", |column, collation| {
            format!("r.{column} = NEW.{column} COLLATE {collation}")
        })
    }

    /// That an update takes a row to another place.
    fn moves(&self) -> String {
        self.all(" OR ", |column, _| format!("OLD.{column} IS NOT NEW.{column} COLLATE BINARY"))
    }

    fn all(&self, between: &str, term: impl Fn(&str, &str) -> String) -> String {
        let terms =
            self.0.iter().map(|(column, collation)| term(&ident(column), &ident(collation)));
        terms.collect::<Vec<_>>().join(between)
    }
}

/// The triggers of a model.
///
/// `INSERT OR REPLACE` deletes rows without a word unless `recursive_triggers` is on, which other
/// programs may not know. So a trigger before each insert notes the row that stands at the same
/// primary key (op `b`), and the one after it takes that note as the row before, if nothing was
/// logged in between (a delete trigger that did run, or the update of an upsert). Notes that
/// nobody took are dropped by the relay.
///
/// Rows that stand at the same value of another unique index are noted as well, before inserts and
/// before updates. If such a row is gone afterwards, and nothing was logged of it since, it was
/// removed without a word.
pub(super) fn triggers(
    namespace: &Namespace,
    tables: &LogTables,
    watched: &Watched,
    uniques: &[Unique],
) -> Triggers {
    let names: Vec<String> = watched.columns.iter().map(|column| ident(column)).collect();
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
    let (log, table, topic) = (&tables.log, ident(&watched.table.table), literal(&watched.topic));
    let key = watched.key.unwrap_or_default();
    let own_key = &names[key];
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
        let note = |which: &str| {
            format!(
                "INSERT INTO {log} (topic, op, hash, {olds}) SELECT {topic}, 'b', {hash}, {} FROM \
                 {table} r WHERE {which};",
                values("r")
            )
        };
        let notes = |and: &str| -> String {
            uniques.iter().map(|unique| note(&format!("{}{and}", unique.stands_at()))).collect()
        };
        // Not only right before: a trigger of the user's own may have written meanwhile.
        let removed = format!(
            "INSERT INTO {log} (topic, op, hash, {olds}) SELECT {topic}, 'd', {hash}, {olds} FROM \
             {log} b WHERE b.id > (SELECT max(id) FROM {log}) - {} AND b.op = 'b' AND b.topic = \
             {topic} AND b.hash = {hash} AND NOT EXISTS (SELECT 1 FROM {table} r WHERE r.{own_key} \
             = b.o{key}) AND NOT EXISTS (SELECT 1 FROM {log} l WHERE l.id > b.id AND l.topic = \
             {topic} AND l.o{key} IS b.o{key});",
            REACH + uniques.len()
        );
        let removed = if uniques.is_empty() { String::new() } else { removed };
        let logged = [
            (
                "u",
                format!("AFTER UPDATE ON {table} WHEN {differs}"),
                format!(
                    "INSERT INTO {log} (topic, op, hash, {olds}, {news}) VALUES ({topic}, 'u', \
                     {hash}, {}, {});{removed}",
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
        ];
        let insert = format!(
            "INSERT INTO {log} (topic, op, hash, {news}) SELECT {topic}, 'c', {hash}, {}",
            values("NEW")
        );
        if watched.key.is_none() {
            // A pair that takes the place of the same pair changes nothing.
            let created = ("c", format!("AFTER INSERT ON {table}"), format!("{insert};"));
            return logged.into_iter().chain([created]).collect();
        }
        let mut triggers = vec![
            (
                "b",
                format!("BEFORE INSERT ON {table}"),
                // The note of the own key comes last: it is the one that may become an update.
                format!("{}{}", notes(""), note(&format!("r.{own_key} = NEW.{own_key}"))),
            ),
            (
                "c",
                format!("AFTER INSERT ON {table}"),
                // Only one of the two does something: the first turns its note into an update,
                // after which the last row of the log is that update of this very row.
                format!(
                    "UPDATE {log} SET op = 'u', {set_news} WHERE {noted}; {insert} WHERE \
                     changes() = 0;{removed}"
                ),
            ),
        ];
        triggers.extend(logged);
        if !uniques.is_empty() {
            let moves: Vec<String> = uniques.iter().map(Unique::moves).collect();
            triggers.push((
                "v",
                format!("BEFORE UPDATE ON {table} WHEN {}", moves.join(" OR ")),
                notes(&format!(" AND r.{own_key} IS NOT OLD.{own_key}")),
            ));
        }
        triggers
    };
    let text: String =
        body("").iter().map(|(event, when, what)| format!("{event} {when} {what}")).collect();
    let hash = fingerprint(&text);
    let (names, create) = body(&hash)
        .into_iter()
        .map(|(event, when, what)| {
            let name = trigger_name(namespace, watched, event);
            let statement = format!("CREATE TRIGGER {} {when} BEGIN {what} END", ident(&name));
            (name, statement)
        })
        .unzip();
    let former = uniques.is_empty().then(|| trigger_name(namespace, watched, "v"));
    Triggers { hash, names, former: former.into_iter().collect(), create }
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
