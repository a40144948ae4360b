//! Capture on PostgreSQL: rows as json. (jsonb would lose the sign of a float's zero, and how the
//! numbers in a json column are written.)

use super::{Namespace, Triggers, Watched, ident, literal, own_tables, table_of, trigger_name};
use crate::filter::Kind;
use crate::filter::fingerprint;
use crate::model::{LogTables, ModelInfo};

/// The namespace's own tables.
pub(super) fn tables(tables: &LogTables) -> Vec<(String, String)> {
    own_tables(
        tables,
        "id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic TEXT NOT NULL, op TEXT NOT \
         NULL, hash TEXT NOT NULL, old JSON, new JSON",
    )
}

fn function(namespace: &Namespace, schema: &str) -> String {
    format!("{}.{}", ident(schema), ident(&format!("dragon_{namespace}_capture")))
}

/// The function that all triggers of a namespace call.
///
/// It runs with the rights of its owner, because whoever may write a table need not be allowed
/// to write the log; so its search path is fixed. Floats must come out with all digits whatever
/// the session has set.
pub(super) fn create_function(namespace: &Namespace, tables: &LogTables, schema: &str) -> String {
    let log = format!("{}.{}", ident(schema), ident(&tables.log));
    format!(
        "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER \
         SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 SET bytea_output = hex \
         AS $dragon$ BEGIN \
         IF TG_OP = 'INSERT' THEN \
         INSERT INTO {log} (topic, op, hash, new) VALUES (TG_ARGV[0], 'c', TG_ARGV[1], to_json(NEW)); \
         ELSIF TG_OP = 'UPDATE' THEN \
         INSERT INTO {log} (topic, op, hash, old, new) VALUES (TG_ARGV[0], 'u', TG_ARGV[1], to_json(OLD), to_json(NEW)); \
         ELSIF TG_OP = 'DELETE' THEN \
         INSERT INTO {log} (topic, op, hash, old) VALUES (TG_ARGV[0], 'd', TG_ARGV[1], to_json(OLD)); \
         ELSE \
         INSERT INTO {log} (topic, op, hash) VALUES (TG_ARGV[0], 'r', TG_ARGV[1]); \
         END IF; RETURN NULL; END $dragon$",
        function = function(namespace, schema),
    )
}

/// The condition, on `pg_trigger`, that a trigger calls that function.
pub(super) fn calls_ours(namespace: &Namespace) -> String {
    let name = ident(&format!("dragon_{namespace}_capture"));
    format!(
        "tgfoid = to_regproc(quote_ident(current_schema()) || {})",
        literal(&format!(".{name}"))
    )
}

/// Removes that function.
pub(super) fn drop_function(namespace: &Namespace, schema: &str) -> String {
    format!("DROP FUNCTION IF EXISTS {}()", function(namespace, schema))
}

/// The triggers of a table.
pub(super) fn triggers(namespace: &Namespace, schema: &str, watched: &Watched) -> Triggers {
    let (table, function) = (table_of(&watched.table), function(namespace, schema));
    let body = |hash: &str| {
        let call =
            format!("EXECUTE FUNCTION {function}({}, {})", literal(&watched.topic), literal(hash));
        vec![
            ("c", format!("AFTER INSERT ON {table} FOR EACH ROW {call}")),
            // `*<>` compares the stored bytes: `IS DISTINCT FROM` fails on json columns.
            ("u", format!("AFTER UPDATE ON {table} FOR EACH ROW WHEN (OLD.* *<> NEW.*) {call}")),
            ("d", format!("AFTER DELETE ON {table} FOR EACH ROW {call}")),
            // TRUNCATE runs no row trigger.
            ("r", format!("AFTER TRUNCATE ON {table} FOR EACH STATEMENT {call}")),
        ]
    };
    let text: String = body("").iter().map(|(event, rest)| format!("{event} {rest}")).collect();
    let function = create_function(namespace, &namespace.tables(), schema);
    let hash = fingerprint(&format!("{function}{text}{}", watched.columns.join(",")));
    let (names, create) = body(&hash)
        .into_iter()
        .map(|(event, rest)| {
            let name = trigger_name(namespace, watched, event);
            let statement = format!("CREATE TRIGGER {} {rest}", ident(&name));
            (name, statement)
        })
        .unzip();
    Triggers { hash, names, former: Vec::new(), create }
}

/// Selects one side (`o` or `n`) of log rows as rows of the model's table.
pub(super) fn select_side(tables: &LogTables, info: &ModelInfo, side: &str, ids: &str) -> String {
    let source = if side == "o" { "old" } else { "new" };
    let columns: Vec<String> = info
        .columns
        .iter()
        .map(|column| {
            let name = ident(&column.name);
            match column.kind {
                // SeaORM reads enums as text.
                Kind::Enum(_) => format!("CAST(r.{name} AS text) AS {name}"),
                // In a row written as json, the null of a json column looks like a NULL.
                Kind::Json if !column.nullable => format!("coalesce(r.{name}, 'null') AS {name}"),
                _ => format!("r.{name} AS {name}"),
            }
        })
        .collect();
    format!(
        "SELECT l.id AS dragon_log_id, {} FROM {} l, LATERAL json_populate_record(NULL::{}, \
         l.{source}) r WHERE l.id IN ({ids}) AND l.{source} IS NOT NULL",
        columns.join(", "),
        tables.log,
        table_of(&info.table_name()),
    )
}
