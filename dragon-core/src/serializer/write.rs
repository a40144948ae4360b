//! From what a client sent to an active model.

use std::collections::BTreeMap;

use sea_orm::{ActiveModelTrait, EntityTrait, Iterable};
use serde_json::{Map, Value as Json};

use super::{Deserializers, Serializer, field};
use crate::filter::Value;
use crate::model::{Column, ModelInfo, to_sea};
use crate::protocol::FieldErrors;

pub(super) type ActiveModel<S> = <<S as Serializer>::Entity as EntityTrait>::ActiveModel;

/// Values that the server sets and the client may not: what a router's `initial` answers.
///
/// ```
/// use dragon::Values;
///
/// let values = Values::new().with("owner_id", 7).with("done", false);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values(BTreeMap<String, Value>);

impl Values {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn holds(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// These, and a field's value.
    #[must_use]
    pub fn with(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.insert(field.into(), value.into());
        self
    }
}

/// Puts what a client sent for the update fields into the active model: each value of its
/// column's type, validated. Everything else that it sent is ignored, and so are fields of which
/// `skip` says that they are written otherwise.
///
/// On `create` a field that must have a value and got none is an error as well. Answers the
/// sentences for each bad field, all at once; if there are any, the active model is half filled.
pub(super) fn fields<S: Serializer>(
    info: &ModelInfo,
    active: &mut ActiveModel<S>,
    sent: &Map<String, Json>,
    create: bool,
    deserializers: &Deserializers,
    skip: impl Fn(&str) -> bool,
) -> FieldErrors {
    let mut errors = FieldErrors::default();
    for &name in S::UPDATE_FIELDS.iter().filter(|name| !skip(name)) {
        let Some((own, column)) = column_of::<S>(info, name) else { continue };
        let Some(json) = sent.get(name) else {
            if create && active.is_not_set(own) && is_required(column) {
                errors.add(name, ["This field is required.".to_owned()]);
            }
            continue;
        };
        let value = deserializers
            .read(&column.kind, json)
            .and_then(|read| field::parse(column, read.as_ref().unwrap_or(json)))
            .map_err(|malformed| vec![malformed.0])
            .and_then(|value| to_sea(&value, &column.array_type).ok_or_else(Vec::new))
            .and_then(|value| S::validate(name, value));
        let set = match value {
            Ok(value) => active
                .try_set(own, value)
                .map_err(|_| vec!["This value is not of the right type.".to_owned()]),
            Err(sentences) => Err(sentences),
        };
        if let Err(sentences) = set {
            errors.add(name, sentences);
        }
    }
    errors
}

/// The column of a field, typed and described.
pub(super) fn column_of<'i, S: Serializer>(
    info: &'i ModelInfo,
    name: &str,
) -> Option<(<S::Entity as EntityTrait>::Column, &'i Column)> {
    let (at, column) = info.column(name)?;
    Some((<S::Entity as EntityTrait>::Column::iter().nth(at)?, column))
}

pub(super) fn is_required(column: &Column) -> bool {
    !column.nullable && !column.has_default && !column.generated
}

/// Sets values that the client did not send; `source` is where they come from, as a developer
/// knows it.
///
/// # Errors
/// A sentence for the developer, when a field does not exist or the value is not of its type.
pub fn apply<S: Serializer>(
    info: &ModelInfo,
    active: &mut ActiveModel<S>,
    source: &str,
    values: &Values,
) -> Result<(), String> {
    for (name, value) in &values.0 {
        let found = info.resolve(name).and_then(|column| column_of::<S>(info, column.field));
        let Some((own, column)) = found else {
            let fields: Vec<&str> = info.columns.iter().map(|column| column.field).collect();
            let (model, fields) = (info.name, fields.join(", "));
            return Err(format!("{source}: `{model}` has no field `{name}`; it has {fields}"));
        };
        let fitting = to_sea(value, &column.array_type);
        if fitting.and_then(|value| active.try_set(own, value).ok()).is_none() {
            return Err(format!(
                "{source}: the value for `{name}` of `{}` does not fit its type ({:?})",
                info.name, column.array_type
            ));
        }
    }
    Ok(())
}
