//! Serializers within serializers: the relations that one tells.

use std::fmt;
use std::sync::Arc;

use sea_orm::{Related as SeaRelated, RelationDef};
use serde_json::Value as Json;

use super::Serializer;
use super::save::{Save, save_one};
use crate::Error;
use crate::change::Row;
use crate::model::{DynModel, dyn_model};

/// A relation that a serializer tells: under which name, whose rows, and in which form.
///
/// What `related(…)` in `#[serializer(…)]` becomes.
#[derive(Clone, Debug)]
pub struct Related {
    pub(crate) name: &'static str,
    pub(crate) to: RelationDef,
    pub(crate) via: Option<RelationDef>,
    pub(crate) serializer: DynSerializer,
}

impl Related {
    /// The relation between the entities of two serializers, where there is just one.
    #[must_use]
    pub fn of<S: Serializer, T: Serializer>(name: &'static str) -> Self
    where
        S::Entity: SeaRelated<T::Entity>,
    {
        let (to, via) = (
            <S::Entity as SeaRelated<T::Entity>>::to(),
            <S::Entity as SeaRelated<T::Entity>>::via(),
        );
        Self { name, to, via, serializer: DynSerializer::of::<T>() }
    }

    /// A relation by its definition, where two entities have several.
    #[must_use]
    pub fn by<T: Serializer>(name: &'static str, relation: RelationDef) -> Self {
        Self { name, to: relation, via: None, serializer: DynSerializer::of::<T>() }
    }
}

/// Named sets of fields.
pub(crate) type Views = &'static [(&'static str, &'static [&'static str])];

/// A [`Serializer`] without its type.
#[derive(Clone, Copy)]
pub(crate) struct DynSerializer {
    pub(crate) name: &'static str,
    pub(crate) publish_fields: &'static [&'static str],
    pub(crate) update_fields: &'static [&'static str],
    pub(crate) adds: &'static [&'static str],
    pub(crate) custom_fields: &'static [&'static str],
    pub(crate) custom_types: &'static [(&'static str, &'static str)],
    pub(crate) views: Views,
    pub(crate) related: fn() -> Vec<Related>,
    pub(crate) custom: fn(&str, &Row, Option<Json>) -> Option<Json>,
    pub(crate) model: fn() -> Result<Arc<dyn DynModel>, Error>,
    pub(crate) save: Save,
}

impl DynSerializer {
    pub(crate) fn of<S: Serializer>() -> Self {
        Self {
            name: S::NAME,
            publish_fields: S::PUBLISH_FIELDS,
            update_fields: S::UPDATE_FIELDS,
            adds: S::ADDS,
            custom_fields: S::CUSTOM_FIELDS,
            custom_types: S::CUSTOM_TYPES,
            views: S::VIEWS,
            related: S::related,
            custom: S::serialize,
            model: dyn_model::<S::Entity>,
            save: save_one::<S>,
        }
    }
}

/// What a `serialize_<field>` method answered, as JSON: what the serializer macro calls.
#[must_use]
pub fn told(value: &impl serde::Serialize) -> Json {
    serde_json::to_value(value).unwrap_or_else(|error| {
        tracing::error!(%error, "what a `serialize_` method answered cannot be written as JSON");
        Json::Null
    })
}

/// What a related serializer told, as its method takes it: what the serializer macro calls.
#[must_use]
pub fn given<T: serde::de::DeserializeOwned>(related: Option<Json>) -> Option<T> {
    serde_json::from_value(related?)
        .inspect_err(|error| {
            tracing::error!(%error, "a `serialize_` method cannot take what the related serializer told");
        })
        .ok()
}

impl fmt::Debug for DynSerializer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
