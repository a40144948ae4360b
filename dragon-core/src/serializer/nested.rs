//! What a client sent for a relation, by its kind: the foreign key of the own row, rows that refer
//! to the own one, and rows that pairs tie to it.

use sea_orm::DbErr;
use serde_json::{Map, Value as Json};

use super::Deserializers;
use super::named::{Known, allowed, named, to_field, value};
use super::renderer::{Relation, Renderer};
use super::save::{At, Fixed, Refused, Saved, Task, Writing};
use crate::change::Row;
use crate::filter::{Filter, Value};
use crate::model::{ModelInfo, change_pairs, linked, pairs};

type Of<'a> = (&'a Relation, &'a Renderer);

const NO_ROW: &str = "There is no such row.";

/// Whether clients choose the keys of new rows.
fn names_new_rows(renderer: &Renderer) -> bool {
    let key = renderer.info().key_column().field;
    key == "id" && renderer.serializer.update_fields.contains(&key)
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
    if !new.is_null()
        && !is_tied
        && allowed(writing, at, relation, std::slice::from_ref(new)).await?.is_empty()
    {
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
    known: &mut Known,
    is_tied: impl Fn(&Row) -> bool,
) -> Result<Option<Row>, Refused> {
    let Some(named) = named(writing, path, json)? else { return Ok(None) };
    let fixed = Fixed::default();
    if let Some(id) = named.id {
        let id_path = named.id_path(path);
        let Ok(found) = known.row(writing, relation, &id_path, id).await? else { return Ok(None) };
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
                if is_tied(&row) || known.lets(writing, at, relation, end).await? {
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
    let row = tied_row(writing, at, of, &path, json, &mut Known::default(), is_tied).await?;
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
        let mut known = Known::rows_of(writing, relation, list).await?;
        for (number, json) in list.iter().enumerate() {
            let path = format!("{path}.{number}");
            referring(writing, at, of, &path, json, &mut known, parent).await?;
        }
        return Ok(());
    }
    if json.is_null() {
        is_the_first(writing, at, relation, &path, parent).await?;
        return Ok(());
    }
    referring(writing, at, of, &path, json, &mut Known::default(), parent).await
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
    known: &mut Known,
    parent: Option<&Value>,
) -> Result<(), Refused> {
    let Some(named) = named(writing, path, json)? else { return Ok(()) };
    let to = to_field(relation);
    let fixed = Fixed::parent(to, parent);
    let none = Map::new();
    let fields = named.fields.unwrap_or(&none);
    if let Some(id) = named.id {
        let id_path = named.id_path(path);
        let Ok(found) = known.row(writing, relation, &id_path, id).await? else { return Ok(()) };
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
    let is_tied = |row: &Row| current.contains(value(row, to));
    let known = Known::rows_of(writing, relation, list).await?;
    let mut known = known.with_allowed(writing, at, relation, is_tied).await?;
    let mut wanted: Vec<Value> = Vec::new();
    for (number, json) in list.iter().enumerate() {
        let path = format!("{path}.{number}");
        if let Some(row) = tied_row(writing, at, of, &path, json, &mut known, is_tied).await? {
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
