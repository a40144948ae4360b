//! Changes of many-to-many relations: a pair that comes or goes changes the rows that it ties.

use std::collections::BTreeMap;

use sea_orm::sea_query::{Alias, ArrayType, Expr, Order};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr};

use super::log::Entry;
use super::office::Term;
use super::relay::{Relay, RelayedModel, rendered, reset_instead};
use super::{Watched, ident, table_of};
use crate::broker::Topic;
use crate::change::{Body, Change, Publication, Row, Source, View};
use crate::filter::Value;
use crate::model::{Junction, Link, key_value};
use crate::serializer::Renderer;

/// A junction with all that the relay needs to publish its changes.
#[derive(Debug)]
pub(crate) struct RelayedJunction {
    pub(crate) watched: Watched,
    pub(crate) hash: String,
    /// The types of its columns, in their order.
    pub(crate) types: Vec<ArrayType>,
}

/// What a row whose pairs changed is published as.
type Relinked = (Source, Row);

impl Relay {
    /// What log rows of a junction tell each model whose serializers tell of it: one change for
    /// each row that they tied or untied, with what it is tied to now.
    ///
    /// Its source is the last of the log rows that concern it. Should they be published again
    /// together with later ones, it has another, and is not taken for what was told before.
    pub(super) async fn relinked(
        &self,
        term: &Term,
        junction: &RelayedJunction,
        entries: &[&Entry],
    ) -> Result<Vec<(Topic, Vec<Publication>)>, DbErr> {
        let topic = Topic::new(&junction.watched.topic);
        let unreadable = entries.iter().find(|one| one.op == "r" || one.hash != junction.hash);
        let own = match unreadable {
            Some(entry) => {
                let source = Source { log: term.log, id: entry.id, part: 0 };
                vec![Publication { source, body: Body::Reset }]
            }
            None => {
                let pairs = self.pairs(term, junction, entries);
                rendered(&term.lock.connection, pairs).await?.unwrap_or_else(|| {
                    let source = |one: &&Entry| Source { log: term.log, id: one.id, part: 0 };
                    reset_instead(entries.iter().map(source))
                })
            }
        };
        let mut told = vec![(topic, own)];
        for model in &self.models {
            let Some((owned, links)) = links(model, junction) else { continue };
            let batch = match unreadable {
                Some(entry) => {
                    let source = Source { log: term.log, id: entry.id, part: 0 };
                    vec![Publication { source, body: Body::Reset }]
                }
                None => {
                    let ids: Vec<String> = entries.iter().map(|one| one.id.to_string()).collect();
                    let ids = ids.join(",");
                    let connection = &term.lock.connection;
                    let tied = self.tied(term, model, junction, &links, &ids);
                    match rendered(connection, tied).await? {
                        Some(rows) => self.relinkings(connection, model, &owned, rows).await?,
                        None => reset_instead(entries.iter().map(|one| Source {
                            log: term.log,
                            id: one.id,
                            part: 0,
                        })),
                    }
                }
            };
            told.push((model.topic.clone(), batch));
        }
        Ok(told)
    }

    /// The pairs themselves, for those who look through the junction.
    async fn pairs(
        &self,
        term: &Term,
        junction: &RelayedJunction,
        entries: &[&Entry],
    ) -> Result<Vec<Publication>, DbErr> {
        let connection = &term.lock.connection;
        let columns = &junction.watched.columns;
        let ids: Vec<String> = entries.iter().map(|one| one.id.to_string()).collect();
        let side = |old: bool| {
            let values = (0..columns.len()).map(|at| {
                let column = &columns[at];
                match connection.get_database_backend() {
                    DbBackend::Postgres => format!(
                        "(json_populate_record(NULL::{}, l.{})).{} AS {}{at}",
                        table_of(&junction.watched.table),
                        if old { "old" } else { "new" },
                        ident(column),
                        if old { "b" } else { "a" },
                    ),
                    _ => format!(
                        "l.{0}{at} AS {1}{at}",
                        if old { "o" } else { "n" },
                        if old { "b" } else { "a" }
                    ),
                }
            });
            values.collect::<Vec<_>>().join(", ")
        };
        let sql = format!(
            "SELECT l.id AS dragon_log_id, {}, {} FROM {} l WHERE l.id IN ({}) ORDER BY l.id",
            side(true),
            side(false),
            self.tables.log,
            ids.join(",")
        );
        let mut told = Vec::new();
        for result in self.query_all(connection, &sql).await? {
            let id = result.try_get::<i64>("", "dragon_log_id")?;
            let row = |mark: &str| -> Result<Option<Row>, DbErr> {
                let mut values = Vec::new();
                for (at, (column, array_type)) in columns.iter().zip(&junction.types).enumerate() {
                    let value = key_value(&result, &format!("{mark}{at}"), array_type)?;
                    values.push((column.clone(), value));
                }
                let empty = values.iter().all(|(_, value)| value.is_null());
                Ok((!empty).then(|| values.into_iter().collect()))
            };
            let (before, after) = (row("b")?, row("a")?);
            let source = Source { log: term.log, id, part: 0 };
            // A pair has no key of its own.
            let change = Change { key: Value::Null, before, after };
            let body = Body::Change { change, views: BTreeMap::new() };
            told.push(Publication { source, body });
        }
        Ok(told)
    }

    /// The rows of a model that stand in one of the log rows, with the last of these.
    async fn tied(
        &self,
        term: &Term,
        model: &RelayedModel,
        junction: &RelayedJunction,
        links: &[Link],
        ids: &str,
    ) -> Result<Vec<Relinked>, DbErr> {
        let connection = &term.lock.connection;
        let mut found: Vec<Relinked> = Vec::new();
        let Some(renderer) = model.renderers.first() else { return Ok(found) };
        let target = renderer.model();
        let key = target.info().key_column().field;
        let in_order = (target.info().table.clone(), target.info().key_column().name.clone());
        for link in links {
            let Some(own) = &link.through else { continue };
            let column = format!("{}.{}", ident(&target.info().table), ident(&link.from));
            let ends = self.ends(connection.get_database_backend(), junction, &own.from, ids);
            let last = format!("(SELECT max(l.id) FROM ({ends}) l WHERE l.value = {column})");
            let mut select = target.find();
            select
                .expr_as(Expr::cust(last), Alias::new("dragon_log_id"))
                .and_where(Expr::cust(format!("{column} IN (SELECT value FROM ({ends}) e)")))
                .order_by(in_order.clone(), Order::Asc);
            for result in connection.query_all(&select).await? {
                let row = target.decode(&result)?;
                let id = result.try_get::<i64>("", "dragon_log_id")?;
                // Of a table that is tied to itself, a row may stand on both sides.
                let known = found.iter_mut().find(|(_, other)| other.get(key) == row.get(key));
                match known {
                    Some((source, _)) => source.id = source.id.max(id),
                    None => found.push((Source { log: term.log, id, part: 0 }, row)),
                }
            }
        }
        found.sort_by_key(|(source, _)| source.id);
        // A pair that moved ties two rows of one model by one log row; one of a column that is no
        // key ties any number. (Always in the order of their keys, should they be told again.)
        let mut last = None;
        let mut part: u32 = 0;
        for (source, _) in &mut found {
            part = if last == Some(source.id) { part.saturating_add(1) } else { 0 };
            last = Some(source.id);
            source.part = part;
        }
        Ok(found)
    }

    /// A select of the log ids and the values of one column of the junction, before and after.
    fn ends(
        &self,
        backend: DbBackend,
        junction: &RelayedJunction,
        column: &str,
        ids: &str,
    ) -> String {
        let log = &self.tables.log;
        let at = junction.watched.columns.iter().position(|one| one == column).unwrap_or(0);
        let side = |old: bool| match backend {
            DbBackend::Postgres => format!(
                "SELECT l.id, (json_populate_record(NULL::{}, l.{side})).{} AS value FROM {log} l \
                 WHERE l.id IN ({ids}) AND l.{side} IS NOT NULL",
                table_of(&junction.watched.table),
                ident(column),
                side = if old { "old" } else { "new" },
            ),
            _ => format!(
                "SELECT l.id, l.{side}{at} AS value FROM {log} l WHERE l.id IN ({ids}) AND \
                 l.{side}{at} IS NOT NULL",
                side = if old { "o" } else { "n" },
            ),
        };
        format!("{} UNION ALL {}", side(true), side(false))
    }

    async fn relinkings(
        &self,
        db: &DatabaseConnection,
        model: &RelayedModel,
        junction: &Junction,
        rows: Vec<Relinked>,
    ) -> Result<Vec<Publication>, DbErr> {
        let changes: Vec<Change> = rows
            .iter()
            .map(|(_, row)| {
                let key = model.captured.info().key_column().field;
                let key = row.get(key).cloned().unwrap_or(Value::Null);
                Change { key, before: Some(row.clone()), after: Some(row.clone()) }
            })
            .collect();
        let all: Vec<&Change> = changes.iter().collect();
        let own: Vec<&Row> = rows.iter().map(|(_, row)| row).collect();
        let mut views = vec![BTreeMap::new(); rows.len()];
        for renderer in &model.renderers {
            let views_of_all = async {
                match renderer.relinked(&db.into(), junction, &own).await? {
                    Some(rendered) => Ok(rendered),
                    None => renderer.views(&db.into(), &all).await,
                }
            };
            let Some(rendered): Option<Vec<View>> = rendered(db, views_of_all).await? else {
                return Ok(reset_instead(rows.into_iter().map(|(source, _)| source)));
            };
            for (views, view) in views.iter_mut().zip(rendered) {
                views.insert(renderer.name.clone(), view);
            }
        }
        let publication = |(((source, _), change), views)| Publication {
            source,
            body: Body::Change { change, views },
        };
        Ok(rows.into_iter().zip(changes).zip(views).map(publication).collect())
    }
}

/// The links of a model that its serializers tell of and that lead through the junction; `None`
/// where there are none.
fn links(model: &RelayedModel, junction: &RelayedJunction) -> Option<(Junction, Vec<Link>)> {
    let mut links: Vec<Link> = Vec::new();
    for link in model.renderers.iter().flat_map(Renderer::links) {
        let through = link.through.as_ref();
        let same = |other: &Link| other.through == link.through && other.from == link.from;
        if through.is_some_and(|own| own.table == junction.watched.table) && !links.iter().any(same)
        {
            links.push(link.clone());
        }
    }
    let first = links.first()?.through.clone()?;
    Some((first, links))
}
