//! Related rows as clients name them: which there are, and which may be tied. Those of a list are
//! read together, by one statement and not by one each.

use sea_orm::DbErr;
use serde_json::{Map, Value as Json};

use super::field::read;
use super::renderer::Relation;
use super::save::{At, Refused, Writing};
use crate::change::Row;
use crate::filter::{Filter, Value};
use crate::model::{ListQuery, Order, admit, rows_of_keys};

/// One related row, as a client names it.
pub(super) struct Named<'a> {
    pub(super) id: Option<&'a Json>,
    /// What is to be written to it; `None` where only its id was sent.
    pub(super) fields: Option<&'a Map<String, Json>>,
}

impl<'a> Named<'a> {
    fn of(json: &'a Json) -> Result<Self, &'static str> {
        match json {
            Json::Number(_) | Json::String(_) => Ok(Self { id: Some(json), fields: None }),
            Json::Object(fields) => {
                let id = fields.get("id").filter(|id| !id.is_null());
                Ok(Self { id, fields: Some(fields) })
            }
            _ => Err("Write an id, or an object."),
        }
    }

    /// Where what is wrong with its id is told.
    pub(super) fn id_path(&self, path: &str) -> String {
        match self.fields {
            Some(_) => format!("{path}.id"),
            None => path.to_owned(),
        }
    }
}

/// Reads what was sent, counting it; what cannot be read is told.
pub(super) fn named<'a>(
    writing: &mut Writing<'_>,
    path: &str,
    json: &'a Json,
) -> Result<Option<Named<'a>>, Refused> {
    writing.count()?;
    Ok(Named::of(json).map_err(|sentence| writing.wrong(path, sentence)).ok())
}

/// The field of the related rows that the link leads to.
pub(super) fn to_field(relation: &Relation) -> &'static str {
    let info = relation.target.info();
    let column = info.columns.iter().find(|column| column.name == relation.link.to);
    column.unwrap_or_else(|| info.key_column()).field
}

pub(super) fn value<'r>(row: &'r Row, field: &str) -> &'r Value {
    row.get(field).unwrap_or(&Value::Null)
}

fn refused(error: DbErr) -> Refused {
    Refused::Database(String::new(), error)
}

/// What is known of the rows that a list names before any of it is written; nothing of what is
/// named alone.
#[derive(Default)]
pub(super) struct Known {
    /// Whether a list was read.
    is_of_list: bool,
    /// Rows that are there, with their keys, until they are asked for: once written, they are not
    /// what they were.
    rows: Vec<(Value, Option<Row>)>,
    /// Values at the other end of which the router was asked, and whether it lets them be tied.
    asked: Vec<(Value, bool)>,
}

impl Known {
    /// The rows that a list names by their ids.
    pub(super) async fn rows_of(
        writing: &Writing<'_>,
        relation: &Relation,
        list: &[Json],
    ) -> Result<Self, Refused> {
        // What is too much is refused before it costs anything.
        writing.holds(list.len())?;
        let target = relation.target.as_ref();
        let key = target.info().key_column();
        let ids = list.iter().filter_map(|json| Named::of(json).ok()?.id);
        let mut keys: Vec<Value> = Vec::new();
        for one in ids.filter_map(|id| read(&key.kind, id).ok()) {
            if !keys.contains(&one) {
                keys.push(one);
            }
        }
        let rows = rows_of_keys(&writing.db(), target, &keys).await.map_err(refused)?;
        let rows = rows.into_iter().map(|row| (value(&row, key.field).clone(), Some(row)));
        let rows = rows.collect();
        Ok(Self { is_of_list: true, rows, asked: Vec::new() })
    }

    /// With which of them the router lets this caller tie, of those that are not tied yet.
    pub(super) async fn with_allowed(
        mut self,
        writing: &Writing<'_>,
        at: At<'_>,
        relation: &Relation,
        is_tied: impl Fn(&Row) -> bool,
    ) -> Result<Self, Refused> {
        let to = to_field(relation);
        let new = self.rows.iter().filter_map(|(_, row)| row.as_ref()).filter(|row| !is_tied(row));
        let new: Vec<Value> = new.map(|row| value(row, to).clone()).collect();
        let allowed = allowed(writing, at, relation, &new).await?;
        let asked = new.into_iter().map(|one| {
            let lets = allowed.contains(&one);
            (one, lets)
        });
        self.asked = asked.collect();
        Ok(self)
    }

    /// The row of an id; what is no id is told.
    pub(super) async fn row(
        &mut self,
        writing: &mut Writing<'_>,
        relation: &Relation,
        path: &str,
        id: &Json,
    ) -> Result<Result<Option<Row>, ()>, Refused> {
        let target = relation.target.as_ref();
        let key = match read(&target.info().key_column().kind, id) {
            Ok(key) => key,
            Err(malformed) => {
                writing.wrong(path, malformed.0);
                return Ok(Err(()));
            }
        };
        let found = self.rows.iter_mut().find(|(known, _)| *known == key).map(|(_, row)| row);
        let is_there = found.is_some();
        if let Some(row) = found.and_then(Option::take) {
            return Ok(Ok(Some(row)));
        }
        // It may have been made meanwhile, by the same list; but where something is wrong already,
        // nothing is made any more, and a thousand wrong ids are no thousand questions.
        if self.is_of_list && !is_there && !writing.errors.is_empty() {
            return Ok(Ok(None));
        }
        let key = std::slice::from_ref(&key);
        let found = rows_of_keys(&writing.db(), target, key).await.map_err(refused)?;
        Ok(Ok(found.into_iter().next()))
    }

    /// Whether the router lets this caller tie a row that is not tied yet, by its value at the
    /// other end.
    pub(super) async fn lets(
        &self,
        writing: &Writing<'_>,
        at: At<'_>,
        relation: &Relation,
        end: &Value,
    ) -> Result<bool, Refused> {
        if let Some((_, lets)) = self.asked.iter().find(|(known, _)| known == end) {
            return Ok(*lets);
        }
        Ok(!allowed(writing, at, relation, std::slice::from_ref(end)).await?.is_empty())
    }
}

/// Those of these values at the other end with which the router lets this caller tie, under the
/// name of each relation that tells them.
pub(super) async fn allowed(
    writing: &Writing<'_>,
    at: At<'_>,
    relation: &Relation,
    ends: &[Value],
) -> Result<Vec<Value>, Refused> {
    let mut ends: Vec<Value> = ends.iter().filter(|end| !end.is_null()).cloned().collect();
    for one in at.renderer.beside(relation) {
        // `staff_set.0.address` is the relation `staff_set.address`: no relation is called by a
        // number.
        let names = at.path.split('.').filter(|name| !name.is_empty());
        let names = names.filter(|name| name.parse::<u64>().is_err()).chain([one.name]);
        let name = names.collect::<Vec<_>>().join(".");
        let (target, to) = (one.target.as_ref(), to_field(one));
        // The app's own knows the other models, through which a scope may lead.
        let info = writing.ties.models.named(target.info().name);
        let info = info.map_or(target.info(), |info| &**info);
        let scope = admit(info, writing.database, (writing.ties.scope)(&name))
            .map_err(|why| Refused::Wrong(format!("the tie_scope of `{name}`: {why}")))?;
        let mut found = Vec::new();
        for some in ends.chunks(AT_ONCE) {
            let filter = Filter::is_in(to, some.iter().cloned()).and(scope.clone());
            let query = ListQuery { filter, order: Order::default(), limit: some.len() as u64 };
            let rows = target.list(&writing.db(), info, writing.database, &query).await;
            found.extend(rows.map_err(refused)?.iter().map(|row| value(row, to).clone()));
        }
        ends = found;
    }
    Ok(ends)
}

/// How many values one question names: each of a filter's is a parameter or more.
const AT_ONCE: usize = 1_000;
