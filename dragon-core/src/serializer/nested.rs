//! What a client sent for a relation, by its kind: the foreign key of the own row, rows that refer
//! to the own one, and rows that pairs tie to it.

use sea_orm::DbErr;
use serde_json::{Map, Value as Json};

use super::Deserializers;
use super::field::read;
use super::renderer::{Relation, Renderer};
use super::save::{At, Fixed, Refused, Saved, Task, Writing};
use crate::change::Row;
use crate::filter::{Filter, Value};
use crate::model::{ListQuery, ModelInfo, Order, admit, change_pairs, linked, pairs, row_of_key};

type Of<'a> = (&'a Relation, &'a Renderer);

const NO_ROW: &str = "There is no such row.";

/// One related row, as a client names it.
struct Named<'a> {
    id: Option<&'a Json>,
    /// What is to be written to it; `None` where only its id was sent.
    fields: Option<&'a Map<String, Json>>,
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
    fn id_path(&self, path: &str) -> String {
        match self.fields {
            Some(_) => format!("{path}.id"),
            None => path.to_owned(),
        }
    }
}

/// Reads what was sent, counting it; what cannot be read is told.
fn named<'a>(
    writing: &mut Writing<'_>,
    path: &str,
    json: &'a Json,
) -> Result<Option<Named<'a>>, Refused> {
    writing.count()?;
    Ok(Named::of(json).map_err(|sentence| writing.wrong(path, sentence)).ok())
}

/// The row of an id; what is no id is told.
async fn row_of_id(
    writing: &mut Writing<'_>,
    relation: &Relation,
    path: &str,
    id: &Json,
) -> Result<Result<Option<Row>, ()>, Refused> {
    let target = relation.target.as_ref();
    match read(&target.info().key_column().kind, id) {
        Ok(key) => {
            let found = row_of_key(&writing.db(), target, &key).await;
            found.map(Ok).map_err(|error| Refused::Database(String::new(), error))
        }
        Err(malformed) => {
            writing.wrong(path, malformed.0);
            Ok(Err(()))
        }
    }
}

/// Whether clients choose the keys of new rows.
fn names_new_rows(renderer: &Renderer) -> bool {
    let key = renderer.info().key_column().field;
    key == "id" && renderer.serializer.update_fields.contains(&key)
}

/// The field of the related rows that the link leads to.
fn to_field(relation: &Relation) -> &'static str {
    let info = relation.target.info();
    let column = info.columns.iter().find(|column| column.name == relation.link.to);
    column.unwrap_or_else(|| info.key_column()).field
}

fn value<'r>(row: &'r Row, field: &str) -> &'r Value {
    row.get(field).unwrap_or(&Value::Null)
}

fn key_filter(info: &ModelInfo, row: &Row) -> Filter {
    let key = info.key_column().field;
    Filter::eq(key, value(row, key).clone())
}

/// Writes a related row.
async fn save(
    writing: &mut Writing<'_>,
    deserializers: &Deserializers,
    renderer: &Renderer,
    path: &str,
    sent: &Map<String, Json>,
    which: Option<Filter>,
    fixed: &Fixed,
) -> Result<Saved, Refused> {
    let path = format!("{path}.");
    let task = Task { at: At { renderer, path: &path, sent, fixed, deserializers }, which };
    (renderer.serializer.save)(writing, task).await
}

/// Whether the router lets this caller tie the rows with this value at the other end, under the
/// name of each relation that tells them.
async fn may_be_tied(
    writing: &Writing<'_>,
    at: At<'_>,
    relation: &Relation,
    value: &Value,
) -> Result<bool, Refused> {
    if value.is_null() {
        return Ok(false);
    }
    for one in at.renderer.beside(relation) {
        // `staff_set.0.address` is the relation `staff_set.address`: no relation is called by a
        // number.
        let names = at.path.split('.').filter(|name| !name.is_empty());
        let names = names.filter(|name| name.parse::<u64>().is_err()).chain([one.name]);
        let name = names.collect::<Vec<_>>().join(".");
        let target = one.target.as_ref();
        // The app's own knows the other models, through which a scope may lead.
        let info = writing.ties.models.named(target.info().name);
        let info = info.map_or(target.info(), |info| &**info);
        let scope = admit(info, writing.database, (writing.ties.scope)(&name))
            .map_err(|why| Refused::Wrong(format!("the tie_scope of `{name}`: {why}")))?;
        let filter = Filter::eq(to_field(one), value.clone()).and(scope);
        let query = ListQuery { filter, order: Order::default(), limit: 1 };
        let found = target.list(&writing.db(), info, writing.database, &query).await;
        if found.map_err(|error| Refused::Database(String::new(), error))?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Looks at a foreign key that was sent by its column: what is not tied yet must be what the
/// router lets this caller tie, as if the relation had been sent.
pub(super) async fn by_column(
    writing: &mut Writing<'_>,
    at: At<'_>,
    relation: &Relation,
    new: &Value,
    before: Option<&Row>,
) -> Result<(), Refused> {
    let is_tied = before.is_some_and(|row| value(row, relation.from) == new);
    if !new.is_null() && !is_tied && !may_be_tied(writing, at, relation, new).await? {
        writing.wrong(format!("{}{}", at.path, relation.from), NO_ROW);
    }
    Ok(())
}

/// The row that is to be tied: one that is there, or a new one. What was sent of it is written if
/// it is new or `is_tied` already. One that is not must be of the router's scope for that; another
/// one is told as if there were none. (Where clients choose keys, one that is taken is told from
/// one that is free all the same: the latter makes a row.)
async fn tied_row(
    writing: &mut Writing<'_>,
    at: At<'_>,
    (relation, renderer): Of<'_>,
    path: &str,
    json: &Json,
    is_tied: impl Fn(&Row) -> bool,
) -> Result<Option<Row>, Refused> {
    let Some(named) = named(writing, path, json)? else { return Ok(None) };
    let fixed = Fixed::default();
    if let Some(id) = named.id {
        let id_path = named.id_path(path);
        let Ok(found) = row_of_id(writing, relation, &id_path, id).await? else { return Ok(None) };
        match (found, named.fields) {
            (Some(row), Some(fields)) if is_tied(&row) => {
                let which = key_filter(relation.target.info(), &row);
                let saved =
                    save(writing, at.deserializers, renderer, path, fields, Some(which), &fixed)
                        .await?;
                return Ok(Some(match saved {
                    Saved::Row(row) => row,
                    Saved::Missing | Saved::Not => row,
                }));
            }
            (Some(row), _) => {
                let end = value(&row, to_field(relation));
                if is_tied(&row) || may_be_tied(writing, at, relation, end).await? {
                    return Ok(Some(row));
                }
                writing.wrong(id_path, NO_ROW);
                return Ok(None);
            }
            (None, Some(_)) if names_new_rows(renderer) => {}
            (None, _) => {
                writing.wrong(id_path, NO_ROW);
                return Ok(None);
            }
        }
    }
    let Some(fields) = named.fields else { return Ok(None) };
    match save(writing, at.deserializers, renderer, path, fields, None, &fixed).await? {
        Saved::Row(row) => Ok(Some(row)),
        Saved::Missing | Saved::Not => Ok(None),
    }
}

/// The value of the own foreign key; `None` if something is wrong.
pub(super) async fn forward(
    writing: &mut Writing<'_>,
    at: At<'_>,
    of: Of<'_>,
    json: &Json,
    before: Option<&Row>,
) -> Result<Option<Value>, Refused> {
    let relation = of.0;
    let path = format!("{}{}", at.path, relation.name);
    if json.is_null() {
        let column = at.renderer.info().column(relation.from);
        if column.is_some_and(|(_, column)| column.nullable) {
            return Ok(Some(Value::Null));
        }
        writing.wrong(path, "This field cannot be null.");
        return Ok(None);
    }
    let to = to_field(relation);
    let current = before.map(|row| value(row, relation.from)).filter(|value| !value.is_null());
    let is_tied = |row: &Row| current == Some(value(row, to));
    let row = tied_row(writing, at, of, &path, json, is_tied).await?;
    Ok(row.map(|row| value(&row, to).clone()))
}

/// Rows that refer to the own one: those with an id must do so already, the others are new.
pub(super) async fn backward(
    writing: &mut Writing<'_>,
    at: At<'_>,
    of: Of<'_>,
    json: &Json,
    own: Option<&Row>,
) -> Result<(), Refused> {
    let relation = of.0;
    let path = format!("{}{}", at.path, relation.name);
    // NULL is referred to by none.
    let parent = own.map(|row| value(row, relation.from)).filter(|value| !value.is_null());
    if relation.link.many {
        let Json::Array(list) = json else {
            writing.wrong(path, "Write a list.");
            return Ok(());
        };
        for (number, json) in list.iter().enumerate() {
            referring(writing, at, of, &format!("{path}.{number}"), json, parent).await?;
        }
        return Ok(());
    }
    if json.is_null() {
        is_the_first(writing, at, relation, &path, parent).await?;
        return Ok(());
    }
    referring(writing, at, of, &path, json, parent).await
}

/// Whether there is no row yet that refers to the own one; told where there is.
async fn is_the_first(
    writing: &mut Writing<'_>,
    at: At<'_>,
    relation: &Relation,
    path: &str,
    parent: Option<&Value>,
) -> Result<bool, Refused> {
    let Some(parent) = parent else { return Ok(true) };
    let (owner, target) = (at.renderer.info(), relation.target.as_ref());
    let from = std::slice::from_ref(parent);
    let found = linked(&writing.db(), owner, &relation.link, target, from).await;
    let found = found.map_err(|error| Refused::Database(String::new(), error))?;
    if !found.is_empty() {
        writing.wrong(path, "There is a row already: name it by its `id`.");
    }
    Ok(found.is_empty())
}

/// One row that refers to the own one.
async fn referring(
    writing: &mut Writing<'_>,
    at: At<'_>,
    (relation, renderer): Of<'_>,
    path: &str,
    json: &Json,
    parent: Option<&Value>,
) -> Result<(), Refused> {
    let Some(named) = named(writing, path, json)? else { return Ok(()) };
    let to = to_field(relation);
    let fixed = Fixed::parent(to, parent);
    let none = Map::new();
    let fields = named.fields.unwrap_or(&none);
    if let Some(id) = named.id {
        let id_path = named.id_path(path);
        let Ok(found) = row_of_id(writing, relation, &id_path, id).await? else { return Ok(()) };
        match found {
            Some(row) if parent.is_some_and(|parent| value(&row, to) == parent) => {
                let which = key_filter(relation.target.info(), &row)
                    .and(Filter::eq(to, value(&row, to).clone()));
                let saved =
                    save(writing, at.deserializers, renderer, path, fields, Some(which), &fixed)
                        .await?;
                // It has left meanwhile.
                if matches!(saved, Saved::Missing) {
                    writing.wrong(id_path, NO_ROW);
                }
                return Ok(());
            }
            None if named.fields.is_some() && names_new_rows(renderer) => {}
            _ => {
                writing.wrong(id_path, NO_ROW);
                return Ok(());
            }
        }
    }
    // Whatever was sent for its id: a new one is to be made.
    if !relation.link.many && !is_the_first(writing, at, relation, path, parent).await? {
        return Ok(());
    }
    save(writing, at.deserializers, renderer, path, fields, None, &fixed).await.map(drop)
}

/// All rows that pairs tie to the own one: those that are not in the list are untied, unless the
/// serializer only adds.
pub(super) async fn many_to_many(
    writing: &mut Writing<'_>,
    at: At<'_>,
    of: Of<'_>,
    json: &Json,
    own: Option<&Row>,
) -> Result<(), Refused> {
    let relation = of.0;
    let path = format!("{}{}", at.path, relation.name);
    let refused = |error: DbErr| Refused::Database(at.path.to_owned(), error);
    let Json::Array(list) = json else {
        writing.wrong(path, "Write a list.");
        return Ok(());
    };
    let (owner, target) = (at.renderer.info(), relation.target.info());
    let from = own.map(|row| value(row, relation.from)).filter(|value| !value.is_null());
    let mut current = Vec::new();
    if let Some(from) = from {
        let from = std::slice::from_ref(from);
        let found = pairs(&writing.db(), owner, &relation.link, target, from).await;
        current = found.map_err(refused)?.into_iter().map(|(_, to)| to).collect();
    }
    let to = to_field(relation);
    let mut wanted: Vec<Value> = Vec::new();
    for (number, json) in list.iter().enumerate() {
        let is_tied = |row: &Row| current.contains(value(row, to));
        let path = format!("{path}.{number}");
        if let Some(row) = tied_row(writing, at, of, &path, json, is_tied).await? {
            let value = value(&row, to);
            if !wanted.contains(value) {
                wanted.push(value.clone());
            }
        }
    }
    let Some(from) = from.filter(|_| writing.errors.is_empty()) else {
        return Ok(());
    };
    let only_adds = at.renderer.serializer.adds.contains(&relation.name);
    let is_gone = |one: &&Value| !only_adds && !wanted.contains(one);
    let gone: Vec<Value> = current.iter().filter(is_gone).cloned().collect();
    wanted.retain(|one| !current.contains(one));
    let ends = (owner, &relation.link, target);
    change_pairs(&writing.db(), ends, from, &wanted, &gone).await.map_err(refused)
}
