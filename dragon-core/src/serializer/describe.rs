//! What a serializer tells, as data.

use std::collections::BTreeMap;

use super::Renderer;
use super::related::{DynSerializer, Related};
use super::renderer::names;
use super::write::is_required;
use crate::Error;
use crate::description::{
    FieldDescription, KeyDescription, RelatedDescription, SerializerDescription, Told, Type,
};
use crate::filter::Kind;
use crate::model::{Column, Link, ModelInfo};

impl Renderer {
    /// The name of its serializer.
    pub(crate) fn serializer_name(&self) -> &'static str {
        self.serializer.name
    }

    /// Describes its serializer and all that it leads to, as far as `found` lacks them.
    ///
    /// # Errors
    /// When an entity of theirs is declared wrongly.
    pub(crate) fn describe(
        &self,
        found: &mut BTreeMap<&'static str, SerializerDescription>,
    ) -> Result<(), Error> {
        describe(self.serializer, found)
    }
}

fn describe(
    serializer: DynSerializer,
    found: &mut BTreeMap<&'static str, SerializerDescription>,
) -> Result<(), Error> {
    if found.contains_key(serializer.name) {
        return Ok(());
    }
    let model = (serializer.model)()?;
    let (info, related) = (model.info(), (serializer.related)());
    let mut description = SerializerDescription {
        name: serializer.name.to_owned(),
        short_name: serializer.name.rsplit("::").next().unwrap_or_default().to_owned(),
        model: info.name.to_owned(),
        key: key(info),
        fields: fields(&serializer, &related, info),
        related: Vec::new(),
        views: serializer.views.iter().map(|(name, list)| view(name, list)).collect(),
    };
    for one in &related {
        description.related.push(relation(&serializer, one, info)?);
    }
    found.insert(serializer.name, description);
    related.iter().try_for_each(|one| describe(one.serializer, found))
}

/// The primary key of a model.
pub(crate) fn key(info: &ModelInfo) -> KeyDescription {
    let column = info.key_column();
    KeyDescription { name: column.field.to_owned(), kind: Type::from(&column.kind) }
}

fn view(name: &str, fields: &[&str]) -> (String, Vec<String>) {
    (name.to_owned(), fields.iter().map(|&field| field.to_owned()).collect())
}

/// What is told, and then what may be written but is not told.
fn fields(
    serializer: &DynSerializer,
    related: &[Related],
    info: &ModelInfo,
) -> Vec<FieldDescription> {
    let told = names(serializer, related, info);
    let hidden = serializer.update_fields.iter().copied().filter(|name| !told.contains(name));
    let is_related = |name: &str| related.iter().any(|one| one.name == name);
    let field = |(name, published): (&str, bool)| {
        let column = info.column(name).map(|(_, column)| column);
        let custom = published && serializer.custom_fields.contains(&name);
        let updatable = column.is_some() && serializer.update_fields.contains(&name);
        FieldDescription {
            name: name.to_owned(),
            kind: Type::from(column.map_or(&Kind::Json, |column| &column.kind)),
            nullable: column.is_none_or(|column| column.nullable),
            published,
            updatable,
            required_on_create: updatable && column.is_some_and(is_required),
            max_length: column.and_then(|column| column.max_length),
            custom,
            tells: custom.then(|| tells(serializer, name)).flatten(),
        }
    };
    let all = told.iter().map(|name| (*name, true)).chain(hidden.map(|name| (name, false)));
    all.filter(|(name, _)| !is_related(name)).map(field).collect()
}

fn relation(
    serializer: &DynSerializer,
    related: &Related,
    info: &ModelInfo,
) -> Result<RelatedDescription, Error> {
    let link = Link::of(related.name, &related.to, related.via.as_ref())?;
    let holds_key = link.through.is_none() && !related.to.is_owner;
    let key = info.columns.iter().find(|column| column.name == link.from);
    let is_there = link.many || (holds_key && key.is_some_and(|key: &Column| !key.nullable));
    Ok(RelatedDescription {
        name: related.name.to_owned(),
        serializer: related.serializer.name.to_owned(),
        many: link.many,
        nullable: !is_there,
        updatable: serializer.update_fields.contains(&related.name),
        custom: serializer.custom_fields.contains(&related.name),
        tells: tells(serializer, related.name),
    })
}

/// What a `serialize_` method answers, where that is known.
fn tells(serializer: &DynSerializer, field: &str) -> Option<Told> {
    let (_, code) = serializer.custom_types.iter().find(|(name, _)| *name == field)?;
    Told::of(code)
}
