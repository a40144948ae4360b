//! What is to be in a database, and how far it is.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr};

use super::asked::{all_triggers, one_text, schema, texts};
use super::status::{State, Stranger};
use super::{Namespace, Triggers, Watched, ident, literal, postgres, sqlite, table_of};
use crate::model::LogTables;

/// What is to be installed for a namespace on one database.
pub(super) struct Plan {
    pub(super) backend: DbBackend,
    pub(super) names: LogTables,
    /// How many columns the widest table has.
    pub(super) width: usize,
    /// The namespace's own tables, each with the statement that makes it.
    pub(super) tables: Vec<(String, String)>,
    /// The statement that makes the function which all triggers call, where there is one.
    pub(super) function: Option<String>,
    pub(super) watched: Vec<(Watched, Triggers)>,
}

impl Plan {
    pub(super) async fn of(
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
        Ok(Self { backend, names, width, tables, function, watched: planned })
    }

    pub(super) fn name_the_log(&self) -> String {
        let (meta, log) = (&self.names.meta, super::new_log_id());
        format!(
            "INSERT INTO {meta} (one, log, generation) VALUES (1, '{log}', 0) ON CONFLICT DO NOTHING"
        )
    }

    /// A statement that changes nothing, and fails where the log of SQLite has too few columns:
    /// triggers that name one which is not there are made all the same, and fail with each write.
    pub(super) fn needs_width(&self) -> String {
        let (log, last) = (&self.names.log, self.width.saturating_sub(1));
        format!("UPDATE {log} SET o{last} = o{last}, n{last} = n{last} WHERE 0")
    }

    /// The statements that give a model its triggers in place of any that it has.
    ///
    /// Who had triggers once may have changed without them meanwhile: a table that was dropped
    /// and made anew, a migration that had to take them off. So everyone loads anew.
    pub(super) fn renew(&self, one: &Watched, triggers: &Triggers) -> Vec<String> {
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

    /// How far a table has its triggers. The namespace's own tables must be there.
    pub(super) async fn state(
        &self,
        db: &impl ConnectionTrait,
        namespace: &Namespace,
        one: &Watched,
        triggers: &Triggers,
    ) -> Result<State, DbErr> {
        let (capture, topic) = (&self.names.capture, literal(&one.topic));
        let list = triggers.names.iter().map(|name| literal(name)).collect::<Vec<_>>().join(", ");
        let there = match self.backend {
            DbBackend::Postgres => format!(
                "SELECT tgname::text AS v FROM pg_trigger WHERE tgname IN ({list}) AND tgenabled \
                 <> 'D' AND tgrelid = to_regclass({}) AND {}",
                literal(&table_of(&one.table)),
                postgres::calls_ours(namespace)
            ),
            _ => format!(
                "SELECT name AS v FROM sqlite_master WHERE type = 'trigger' AND name IN ({list}) \
                 AND tbl_name = {}",
                literal(&one.table.table)
            ),
        };
        let there = texts(db, &there).await?.len();
        let stored = format!("SELECT hash AS v FROM {capture} WHERE topic = {topic}");
        let stored = one_text(db, &stored).await?;
        Ok(match (there, stored) {
            (0, _) => State::Missing,
            (there, Some(stored)) if there == triggers.names.len() && stored == triggers.hash => {
                State::Installed
            }
            _ => State::Outdated,
        })
    }

    /// The triggers of the namespace that belong to none of its tables.
    pub(super) async fn strangers(
        &self,
        db: &impl ConnectionTrait,
        namespace: &Namespace,
    ) -> Result<Vec<Stranger>, DbErr> {
        let is_ours = |name: &String| self.watched.iter().any(|(_, one)| one.names.contains(name));
        let all = all_triggers(db, namespace).await?.into_iter();
        let strangers = all.filter(|(trigger, _)| !is_ours(trigger));
        Ok(strangers.map(|(trigger, table)| Stranger { trigger, table }).collect())
    }
}
