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

/// What a `serialize_` method answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Told {
    /// What JSON carries it; of a list what carries each of its values.
    pub wire: Wire,
    /// Whether it is a list.
    pub many: bool,
    /// Whether null may be answered instead.
    pub nullable: bool,
}

impl Told {
    /// As a serializer's `CUSTOM_TYPES` say it: `string`, `number?`, `boolean[]`, `any[]?`.
    /// Nothing where that is not understood, or nothing is said by it.
    pub(crate) fn of(code: &str) -> Option<Self> {
        let (code, nullable) = code.strip_suffix('?').map_or((code, false), |code| (code, true));
        let (code, many) = code.strip_suffix("[]").map_or((code, false), |code| (code, true));
        let wire = match code {
            "boolean" => Wire::Boolean,
            "number" => Wire::Number,
            "string" => Wire::String,
            "any" if many => Wire::Any,
            _ => return None,
        };
        Some(Self { wire, many, nullable })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_method_tells_is_read() {
        let told = |wire, many, nullable| Some(Told { wire, many, nullable });
        assert_eq!(Told::of("string"), told(Wire::String, false, false));
        assert_eq!(Told::of("number?"), told(Wire::Number, false, true));
        assert_eq!(Told::of("boolean[]"), told(Wire::Boolean, true, false));
        assert_eq!(Told::of("any[]?"), told(Wire::Any, true, true));
        for nothing in ["any", "any?", "", "[]", "text", "string[][]"] {
            assert_eq!(Told::of(nothing), None, "{nothing}");
        }
    }
}
