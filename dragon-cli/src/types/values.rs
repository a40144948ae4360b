//! The types of single fields.

use super::text::{list, or_null, union};
use crate::description::{Told, Type};

/// What the wire carries of a field.
pub(super) fn told(kind: &Type) -> String {
    if !kind.values.is_empty() {
        return union(kind.values.iter().map(String::as_str));
    }
    match kind.wire.as_str() {
        "boolean" | "number" | "string" => kind.wire.clone(),
        _ => "unknown".to_owned(),
    }
}

/// What a `serialize_` method answers.
pub(super) fn answered(answer: Option<&Told>) -> String {
    let Some(answer) = answer else { return "unknown".to_owned() };
    let of = match answer.wire.as_str() {
        "boolean" | "number" | "string" => &answer.wire,
        _ => "unknown",
    };
    let of = if answer.many { list(of) } else { of.to_owned() };
    if answer.nullable { or_null(&of) } else { of }
}

/// What may be sent for a field.
pub(super) fn sent(kind: &Type) -> String {
    match kind.kind.as_str() {
        "decimal" => "string | number".to_owned(),
        _ => told(kind),
    }
}

/// What a type of TypeScript does not say of the values.
pub(super) fn note(kind: &Type) -> Option<&'static str> {
    Some(match kind.kind.as_str() {
        "decimal" => "A decimal number, as text: `10.50`.",
        "bytes" => "Bytes, as base64.",
        "uuid" => "A UUID.",
        "date" => "A day: `2026-11-21`.",
        "time" => "A time of day: `15:33:01`.",
        "date_time" => "A date and time without a zone: `2026-11-21T15:33:01`.",
        "instant_utc" => "A date and time in UTC: `2026-11-21T15:33:01+00:00`.",
        "instant" | "local_instant" => {
            "A date and time with its offset: `2026-11-21T15:33:01+01:00`."
        }
        _ => return None,
    })
}
