//! One value on its way to the wire.

use base64::Engine;
use chrono::SecondsFormat;

use crate::filter::{Kind, Value};

/// A text in the wire's form.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A value in the wire's form.
pub(super) fn json(kind: &Kind, value: &Value) -> String {
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
