//! From rows to the wire's objects.

use base64::Engine;
use chrono::SecondsFormat;

use super::Serializer;
use crate::Error;
use crate::change::{Change, Row, View};
use crate::filter::{Kind, Value};
use crate::model::ModelInfo;

/// A serializer at run time: which fields of a row it tells, in what form.
#[derive(Clone, Debug)]
pub struct Renderer {
    /// The serializer's name, which is the view's.
    pub name: &'static str,
    model: &'static str,
    key: &'static str,
    /// Each published field with its kind.
    fields: Vec<(&'static str, Kind)>,
}

impl Renderer {
    /// The renderer of a serializer.
    ///
    /// # Errors
    /// When a field does not exist or cannot be told without loss.
    pub fn of<S: Serializer>(info: &ModelInfo) -> Result<Self, Error> {
        let fields = S::PUBLISH_FIELDS
            .iter()
            .filter(|field| !(**field == "id" && info.key_column().field == "id"))
            .map(|field| {
                let (_, column) = info.column(field).ok_or_else(|| {
                    Error::setup(format!("{}: `{}` has no field `{field}`", S::NAME, info.name))
                })?;
                if column.kind == Kind::Other {
                    return Err(Error::setup(format!(
                        "{}: the type of `{field}` cannot be published without loss; leave it out \
                         of publish_fields",
                        S::NAME
                    )));
                }
                Ok((column.field, column.kind.clone()))
            })
            .collect::<Result<_, _>>()?;
        for field in S::UPDATE_FIELDS {
            if info.column(field).is_none() {
                return Err(Error::setup(format!(
                    "{}: `{}` has no field `{field}`",
                    S::NAME,
                    info.name
                )));
            }
        }
        Ok(Self { name: S::NAME, model: info.name, key: info.key_column().field, fields })
    }

    /// The whole object of a row.
    #[must_use]
    pub fn object(&self, row: &Row) -> String {
        let mut object = self.reference(row.get(self.key).unwrap_or(&Value::Null));
        self.extend(&mut object, row, |_, _, _| true);
        object
    }

    /// The array of the objects of rows.
    #[must_use]
    pub fn list(&self, rows: &[Row]) -> String {
        let objects: Vec<String> = rows.iter().map(|row| self.object(row)).collect();
        format!("[{}]", objects.join(","))
    }

    /// `id`, `_type` and the published fields that differ between two rows; `None` if none does.
    #[must_use]
    pub fn changed(&self, before: &Row, after: &Row) -> Option<String> {
        let mut object = self.reference(after.get(self.key).unwrap_or(&Value::Null));
        let unchanged = object.len();
        self.extend(&mut object, after, |field, kind, value| {
            // Different values may look alike on the wire: NaN and NULL are both null.
            before.get(field).is_none_or(|old| old != value && json(kind, old) != json(kind, value))
        });
        (object.len() > unchanged).then_some(object)
    }

    /// `id` and `_type`.
    #[must_use]
    pub fn reference(&self, key: &Value) -> String {
        format!("{{\"id\":{},\"_type\":{}}}", json(&Kind::Other, key), quoted(self.model))
    }

    /// What a change looks like through this serializer.
    #[must_use]
    pub fn view(&self, change: &Change) -> View {
        View {
            object: change.after.as_ref().map(|row| self.object(row)),
            changed: change
                .before
                .as_ref()
                .zip(change.after.as_ref())
                .and_then(|(before, after)| self.changed(before, after)),
            reference: self.reference(&change.key),
        }
    }

    fn extend(&self, object: &mut String, row: &Row, wanted: impl Fn(&str, &Kind, &Value) -> bool) {
        object.pop();
        for (field, kind) in &self.fields {
            let value = row.get(field).unwrap_or(&Value::Null);
            if wanted(field, kind, value) {
                object.push(',');
                object.push_str(&quoted(field));
                object.push(':');
                object.push_str(&json(kind, value));
            }
        }
        object.push('}');
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A value in the wire's form.
fn json(kind: &Kind, value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(v) => v.to_string(),
        Value::Int(v) => v.to_string(),
        // With the digits of its own size: 0.1 of 32 bits is 0.1, not 0.10000000149011612.
        #[allow(clippy::cast_possible_truncation)]
        Value::Float(v) if *kind == Kind::Float32 => {
            serde_json::to_string(&(*v as f32)).unwrap_or_else(|_| "null".to_owned())
        }
        Value::Float(v) => serde_json::json!(v).to_string(),
        Value::Decimal(v) => quoted(&v.to_string()),
        Value::Text(v) => quoted(v),
        Value::Bytes(v) => quoted(&base64::engine::general_purpose::STANDARD.encode(v)),
        Value::Uuid(v) => quoted(&v.hyphenated().to_string()),
        Value::Date(v) => quoted(&v.to_string()),
        Value::Time(v) => quoted(&v.format("%H:%M:%S%.f").to_string()),
        Value::DateTime(v) => quoted(&v.format("%Y-%m-%dT%H:%M:%S%.f").to_string()),
        // With an offset rather than `Z`, so that texts sort as the instants do.
        Value::Instant(v) => quoted(&v.to_rfc3339_opts(SecondsFormat::AutoSi, false)),
        Value::Json(v) => v.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renderer() -> Renderer {
        Renderer {
            name: "v",
            model: "item",
            key: "id",
            fields: vec![("text", Kind::Text), ("size", Kind::Float32)],
        }
    }

    fn row(text: &str, size: f32, hidden: i32) -> Row {
        [
            ("id".to_owned(), 1.into()),
            ("text".to_owned(), text.into()),
            ("size".to_owned(), size.into()),
            ("hidden".to_owned(), hidden.into()),
        ]
        .into_iter()
        .collect()
    }

    #[test]
    fn an_object_has_id_type_and_published_fields_only() {
        assert_eq!(
            renderer().object(&row("a\"b", 0.1, 5)),
            r#"{"id":1,"_type":"item","text":"a\"b","size":0.1}"#
        );
    }

    #[test]
    fn only_published_changes_are_told() {
        let renderer = renderer();
        assert_eq!(renderer.changed(&row("a", 1.0, 1), &row("a", 1.0, 2)), None);
        assert_eq!(
            renderer.changed(&row("a", 1.0, 1), &row("b", 1.0, 2)).as_deref(),
            Some(r#"{"id":1,"_type":"item","text":"b"}"#)
        );
    }
}
