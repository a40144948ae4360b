//! What a view has of an object that another view has told.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::renderer::{Renderer, Source};
use super::wire::quoted;

/// The fields of an object in their order, each value as it is written.
pub(crate) struct Fields<'a>(pub(crate) Vec<(String, &'a str)>);

impl<'a> Fields<'a> {
    pub(crate) fn of(object: &'a str) -> Self {
        // What our own renderer wrote can be read.
        serde_json::from_str(object).unwrap_or(Self(Vec::new()))
    }
}

impl Renderer {
    /// An object of the same serializer with only the fields that this view has; objects within
    /// likewise.
    #[must_use]
    pub fn narrow(&self, object: &str) -> String {
        let fields = Fields::of(object).0.into_iter();
        let kept = fields.filter_map(|(name, text)| {
            let text = self.narrow_field(&name, text)?;
            Some(format!("{}:{text}", quoted(&name)))
        });
        format!("{{{}}}", kept.collect::<Vec<_>>().join(","))
    }

    /// What this view has of a field's value; `None` where it does not have the field.
    pub(crate) fn narrow_field(&self, name: &str, text: &str) -> Option<String> {
        if ["id", "_type"].contains(&name) {
            return Some(text.to_owned());
        }
        let field = self.fields.iter().find(|field| field.name == name)?;
        let Source::Related(place) = &field.source else { return Some(text.to_owned()) };
        let relation = &self.relations[*place];
        // What its own method made of the related objects is its own.
        let Some(renderer) = relation.renderer.as_ref().filter(|_| relation.custom.is_none())
        else {
            return Some(text.to_owned());
        };
        // Many-to-many is also told as a list of keys.
        let one = |text: &str| match text.starts_with('{') {
            true => renderer.narrow(text),
            false => text.to_owned(),
        };
        Some(match serde_json::from_str::<Vec<&RawValue>>(text) {
            Ok(list) => {
                let list: Vec<String> = list.into_iter().map(|text| one(text.get())).collect();
                format!("[{}]", list.join(","))
            }
            Err(_) => one(text),
        })
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    fields.push((name, value.get()));
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}
