//! Types of fields: Dragon's own, and what the wire carries of them.

use serde::Serialize;

use crate::filter::Kind;

/// The type of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Type {
    /// [`Kind`] in snake case: `int`, `text`, `instant_utc`.
    pub kind: &'static str,
    /// What JSON carries it.
    pub wire: Wire,
    /// The values of an enum, where they are known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// What JSON carries a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A text.
    String,
    /// Any JSON.
    Any,
}

impl From<&Kind> for Type {
    fn from(kind: &Kind) -> Self {
        let (name, wire) = match kind {
            Kind::Bool => ("bool", Wire::Boolean),
            Kind::Int => ("int", Wire::Number),
            Kind::Float32 => ("float32", Wire::Number),
            Kind::Float64 => ("float64", Wire::Number),
            Kind::Decimal => ("decimal", Wire::String),
            Kind::Text => ("text", Wire::String),
            Kind::PaddedText => ("padded_text", Wire::String),
            Kind::Enum(_) => ("enum", Wire::String),
            Kind::Bytes => ("bytes", Wire::String),
            Kind::Uuid => ("uuid", Wire::String),
            Kind::Date => ("date", Wire::String),
            Kind::Time => ("time", Wire::String),
            Kind::DateTime => ("date_time", Wire::String),
            Kind::InstantUtc => ("instant_utc", Wire::String),
            Kind::Instant => ("instant", Wire::String),
            Kind::LocalInstant => ("local_instant", Wire::String),
            Kind::Json => ("json", Wire::Any),
            Kind::Other => ("other", Wire::Any),
        };
        let values = match kind {
            Kind::Enum(values) => values.clone(),
            _ => Vec::new(),
        };
        Self { kind: name, wire, values }
    }
}
