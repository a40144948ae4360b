//! A serializer at run time: which fields of a row it tells, in what form, and what of other rows.

use std::sync::Arc;

use sea_orm::sea_query::ArrayType;
use serde_json::{Map, Value as Json};

use super::Serializer;
use super::related::{DynSerializer, Related};
use super::wire::{json, quoted};
use crate::Error;
use crate::change::Row;
use crate::filter::{Kind, Value};
use crate::model::{DynModel, Link, ModelInfo, can_be_linked};

/// A serializer, in one of its views, at run time.
#[derive(Clone, Debug)]
pub struct Renderer {
    /// The name of its renderings on the bus.
    pub name: String,
    pub(super) serializer: DynSerializer,
    pub(super) model: Arc<dyn DynModel>,
    /// What is told after `id` and `_type`, in this order.
    pub(super) fields: Vec<Field>,
    pub(super) relations: Vec<Relation>,
    /// How it names what holds its rows, where those are told because others lead to them.
    pub(super) held: Option<Held>,
}

/// How what is told of a row names the rows that hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The field on the wire: `via` of the object map.
    pub via: String,
    /// Whether a row that holds it holds no other by this relation.
    pub alone: bool,
    /// Whether a foreign key of the rows that hold it leads to it, so that they tell themselves
    /// when they come to hold it, and when they do no more.
    pub forward: bool,
    /// The relations that lead to it, from a router's own rows on: `staff_set.documents`.
    pub way: String,
}

/// One field of the wire's object.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) source: Source,
}

/// Where a field's value comes from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// A column of the row.
    Column(Kind),
    /// A column under another name: what names the row that holds this one.
    Key(&'static str, Kind),
    /// A `serialize_<field>` method on the row alone.
    Custom(DynSerializer),
    /// Rows that the row leads to: the place among the relations.
    Related(usize),
}

/// Rows that a row leads to, as part of its object.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub(super) name: &'static str,
    pub(super) link: Link,
    /// Whether the own row holds the key of the other: a foreign key.
    pub(super) forward: bool,
    /// The own field whose value leads there.
    pub(super) from: &'static str,
    pub(super) target: Arc<dyn DynModel>,
    /// In which form; `None` where the serializer is on the way down already, and null is told.
    pub(super) renderer: Option<Arc<Renderer>>,
    /// Whose `serialize_<field>` method has the last word on what is told.
    pub(super) custom: Option<DynSerializer>,
}

impl Renderer {
    /// The renderer of a serializer, with all its fields.
    ///
    /// # Errors
    /// When a field does not exist or cannot be told without loss.
    pub fn of<S: Serializer>() -> Result<Self, Error> {
        Self::build(DynSerializer::of::<S>(), "", &mut Vec::new())
    }

    /// The renderers of a serializer by the names of its views: all its fields under `""`.
    ///
    /// # Errors
    /// When a field does not exist or cannot be told without loss.
    pub fn views_of<S: Serializer>() -> Result<Vec<(&'static str, Self)>, Error> {
        let names = std::iter::once("").chain(S::VIEWS.iter().map(|(name, _)| *name));
        names
            .map(|view| Ok((view, Self::build(DynSerializer::of::<S>(), view, &mut Vec::new())?)))
            .collect()
    }

    /// `above` are the serializers on the way down: one of them again would have no end.
    fn build(
        serializer: DynSerializer,
        view: &'static str,
        above: &mut Vec<&'static str>,
    ) -> Result<Self, Error> {
        let model = (serializer.model)()?;
        let info = model.info();
        let wanted = serializer.views.iter().find(|(name, _)| *name == view).map(|(_, list)| *list);
        let wrong = |sentence: String| Error::setup(format!("{}: {sentence}", serializer.name));
        let related = (serializer.related)();
        let names = names(&serializer, &related, info);
        for field in wanted.into_iter().flatten() {
            if !names.contains(field) {
                return Err(wrong(format!(
                    "the view `{view}` has a field `{field}` that is not published; there are {}",
                    names.join(", ")
                )));
            }
        }
        above.push(serializer.name);
        let mut renderer = Self {
            name: match wanted {
                Some(_) => format!("{}#{view}", serializer.name),
                None => serializer.name.to_owned(),
            },
            serializer,
            model: Arc::clone(&model),
            fields: Vec::new(),
            relations: Vec::new(),
            held: None,
        };
        for name in names {
            if wanted.is_some_and(|wanted| !wanted.contains(&name)) {
                continue;
            }
            let source = if let Some(related) = related.iter().find(|one| one.name == name) {
                let is_named = wanted.is_none() || has_view(&related.serializer, view);
                if !is_named && !above.contains(&related.serializer.name) {
                    let target = related.serializer.name;
                    return Err(wrong(format!(
                        "the view `{view}` tells `{name}`, but {target} has no view `{view}` and \
                         would tell all its fields there; write `views({view}(…))` at {target} \
                         with the fields that may be told, or leave `{name}` out of the view"
                    )));
                }
                let relation = relation(&serializer, related, info, view, above)
                    .map_err(|e| wrong(e.to_string()))?;
                renderer.relations.push(relation);
                Source::Related(renderer.relations.len() - 1)
            } else if serializer.custom_fields.contains(&name) {
                if let Some(column) = info.columns.iter().find(|one| one.kind == Kind::Other) {
                    return Err(wrong(format!(
                        "`serialize_{name}` gets the whole row, but the type of `{}` is not one \
                         that Dragon can carry; leave it out of the entity",
                        column.field
                    )));
                }
                Source::Custom(serializer)
            } else {
                Source::Column(column_kind(info, name).map_err(wrong)?)
            };
            renderer.fields.push(Field { name, source });
        }
        above.pop();
        for field in serializer.adds {
            let is_many = related.iter().any(|one| one.name == *field && one.via.is_some());
            if !is_many || !serializer.update_fields.contains(field) {
                return Err(wrong(format!(
                    "`{field}` cannot be among `adds`: only a many-to-many relation that is \
                     among update_fields can"
                )));
            }
        }
        for field in serializer.update_fields {
            match related.iter().find(|one| one.name == *field) {
                Some(related) => can_be_written(&serializer, related, info).map_err(wrong)?,
                None if info.column(field).is_some() => {}
                None => return Err(wrong(format!("`{}` has no field `{field}`", info.name))),
            }
        }
        Ok(renderer)
    }

    /// What is known of the model.
    #[must_use]
    pub fn info(&self) -> &ModelInfo {
        self.model.info()
    }

    /// The model.
    pub(crate) fn model(&self) -> &dyn DynModel {
        self.model.as_ref()
    }

    /// The model, shared.
    pub(crate) fn shared_model(&self) -> Arc<dyn DynModel> {
        Arc::clone(&self.model)
    }

    /// The links to the rows of which it tells something itself.
    pub(crate) fn links(&self) -> impl Iterator<Item = &Link> {
        self.relations.iter().map(|relation| &relation.link)
    }

    /// The links to the rows of which it tells something itself, each with the types of the values
    /// at its two ends.
    pub(crate) fn tied(&self) -> impl Iterator<Item = (&Link, &ArrayType, &ArrayType)> {
        self.relations.iter().filter_map(|relation| {
            let (_, from) = self.info().column(relation.from)?;
            let columns = &relation.target.info().columns;
            let to = columns.iter().find(|column| column.name == relation.link.to)?;
            Some((&relation.link, &from.array_type, &to.array_type))
        })
    }

    /// The relations that clients may write; only the renderer of all fields has them all.
    pub(super) fn writable(&self) -> impl Iterator<Item = (&Relation, &Renderer)> {
        let written = self.serializer.update_fields;
        let written = self.relations.iter().filter(|one| written.contains(&one.name));
        written.filter_map(|one| one.renderer.as_deref().map(|renderer| (one, renderer)))
    }

    /// Whether a client has sent anything for them.
    pub(crate) fn is_written(&self, sent: &Map<String, Json>) -> bool {
        self.writable().any(|(relation, _)| sent.contains_key(relation.name))
    }

    /// Whether objects hold anything of other rows.
    #[must_use]
    pub fn has_relations(&self) -> bool {
        self.relations.iter().any(|relation| relation.renderer.is_some())
    }

    /// `id` and `_type`.
    #[must_use]
    pub fn reference(&self, key: &Value) -> String {
        let info = self.info();
        format!("{{\"id\":{},\"_type\":{}}}", json(&Kind::Other, key), quoted(info.name))
    }

    /// The primary key of a row.
    pub(crate) fn key<'r>(&self, row: &'r Row) -> &'r Value {
        row.get(self.info().key_column().field).unwrap_or(&Value::Null)
    }

    /// An object of the fields that `text` has something for.
    pub(super) fn compose(
        &self,
        row: &Row,
        mut text: impl FnMut(&Field) -> Option<String>,
    ) -> Option<String> {
        let mut object = self.reference(self.key(row));
        let empty = object.len();
        object.pop();
        for field in &self.fields {
            if let Some(text) = text(field) {
                object.push(',');
                object.push_str(&quoted(field.name));
                object.push(':');
                object.push_str(&text);
            }
        }
        object.push('}');
        (object.len() > empty).then_some(object)
    }

    /// What a field tells of a row by itself; `None` for a relation.
    pub(super) fn own(&self, field: &Field, row: &Row) -> Option<String> {
        match &field.source {
            Source::Column(kind) => Some(json(kind, row.get(field.name).unwrap_or(&Value::Null))),
            Source::Key(column, kind) => Some(json(kind, row.get(column).unwrap_or(&Value::Null))),
            Source::Custom(serializer) => {
                let told = (serializer.custom)(field.name, row, None);
                Some(told.unwrap_or(Json::Null).to_string())
            }
            Source::Related(_) => None,
        }
    }

    /// Whether a field by itself tells something else of the second row than of the first.
    pub(super) fn differs(&self, field: &Field, before: &Row, after: &Row) -> bool {
        match &field.source {
            // Different values may look alike on the wire: NaN and NULL are both null.
            Source::Column(_) => {
                before.get(field.name) != after.get(field.name)
                    && self.own(field, before) != self.own(field, after)
            }
            Source::Custom(_) | Source::Key(..) => {
                self.own(field, before) != self.own(field, after)
            }
            // Which row it leads to is known by its own column; what leads back to it is not.
            Source::Related(at) => {
                let relation = &self.relations[*at];
                relation.from != self.info().key_column().field
                    && before.get(relation.from) != after.get(relation.from)
            }
        }
    }
}

fn has_view(serializer: &DynSerializer, view: &str) -> bool {
    serializer.views.iter().any(|(name, _)| *name == view)
}

/// The names that are told, in their order: as listed, then what `related` and the methods add.
pub(super) fn names(
    serializer: &DynSerializer,
    related: &[Related],
    info: &ModelInfo,
) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    let listed = serializer.publish_fields.iter().copied();
    let added = related.iter().map(|one| one.name).chain(serializer.custom_fields.iter().copied());
    for name in listed.chain(added) {
        let is_key = name == "id" && info.key_column().field == "id";
        if !is_key && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn column_kind(info: &ModelInfo, field: &str) -> Result<Kind, String> {
    let (_, column) =
        info.column(field).ok_or_else(|| format!("`{}` has no field `{field}`", info.name))?;
    if column.kind == Kind::Other {
        return Err(format!(
            "the type of `{field}` cannot be published without loss; leave it out of \
             publish_fields"
        ));
    }
    Ok(column.kind.clone())
}

fn relation(
    serializer: &DynSerializer,
    related: &Related,
    info: &ModelInfo,
    view: &'static str,
    above: &mut Vec<&'static str>,
) -> Result<Relation, Error> {
    let name = related.name;
    if ["id", "_type"].contains(&name) {
        return Err(Error::setup(format!("a relation cannot be called `{name}`")));
    }
    let link = Link::of(name, &related.to, related.via.as_ref())?;
    let target = (related.serializer.model)()?;
    let led_to = target.info().table_name();
    if link.target.table != led_to.table {
        return Err(Error::setup(format!(
            "the relation `{name}` leads to the table `{}`, but its serializer is that of `{}`",
            link.target.table, led_to.table
        )));
    }
    let from = info.columns.iter().find(|column| column.name == link.from).ok_or_else(|| {
        Error::setup(format!("the relation `{name}` begins at `{}`, which is no column", link.from))
    })?;
    if link.through.is_some() && !can_be_linked(&from.array_type) {
        return Err(Error::setup(format!(
            "the many-to-many relation `{name}` begins at `{}`; its type must be a whole number, \
             text or a UUID",
            from.field
        )));
    }
    let renderer = if above.contains(&related.serializer.name) {
        None
    } else {
        Some(Arc::new(Renderer::build(related.serializer, view, above)?))
    };
    let custom = serializer.custom_fields.contains(&name).then_some(*serializer);
    let forward = link.through.is_none() && !related.to.is_owner;
    Ok(Relation { name, link, forward, from: from.field, target, renderer, custom })
}

/// Refuses relations that could never be written.
fn can_be_written(
    serializer: &DynSerializer,
    related: &Related,
    info: &ModelInfo,
) -> Result<(), String> {
    let name = related.name;
    if related.serializer.name == serializer.name {
        return Err(format!(
            "`{name}` cannot be among update_fields: a serializer within itself has no end, so it \
             writes nothing there; give the relation a serializer of its own"
        ));
    }
    let link = Link::of(name, &related.to, related.via.as_ref()).map_err(|e| e.to_string())?;
    if link.through.is_none() && !related.to.is_owner && link.from == info.key_column().name {
        return Err(format!(
            "`{name}` cannot be among update_fields: it begins at the primary key, which does not \
             change"
        ));
    }
    Ok(())
}
