//! What travels between nodes, and its encoding on the bus.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Change, Data, Row};
use crate::filter::Value;

/// Where a publication comes from: the row of the change log that it was made of.
///
/// What is published twice after a crash has the same source, and the broker drops the second.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Source {
    /// The change log, by the id it got when it was installed.
    pub log: Uuid,
    /// The row's id in that log.
    pub id: i64,
    /// Which part of that row: a changed primary key is published as a delete (0) and a create (1),
    /// a pair of a many-to-many relation once for each row that it ties.
    pub part: u32,
}

/// One entry of a topic's history.
#[derive(Clone, Debug, PartialEq)]
pub struct Publication {
    /// The row of the change log behind it.
    pub source: Source,
    /// What is told.
    pub body: Body,
}

/// What a publication tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A row changed. The views hold its rendering for each serializer, by the serializer's name.
    Change {
        /// The row before and after, which decides who is told.
        change: Change,
        /// What those who see it are told, by view name.
        views: BTreeMap<String, View>,
    },
    /// A message of data channels, which went through the change log.
    Data(Data),
    /// Anything may have changed: whoever shows rows of this topic loads them anew.
    Reset,
}

/// One serializer's rendering of a change, as JSON texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The whole object after the change; absent when the row was deleted.
    pub object: Option<String>,
    /// `id`, `_type` and the published fields that changed; absent when none did.
    pub changed: Option<String>,
    /// `id` and `_type`: all that is told of a row that is gone.
    pub reference: String,
}

/// The bytes are no publication that this version knows.
#[derive(Debug, thiserror::Error)]
#[error("a message on the bus cannot be read: {0}")]
pub struct Undecodable(#[from] serde_json::Error);

impl Publication {
    /// The text that travels on the bus.
    #[must_use]
    pub fn encode(&self) -> String {
        let wire = Wire {
            source: self.source.clone(),
            body: match &self.body {
                Body::Reset => WireBody::Reset,
                Body::Data(data) => WireBody::Data(data.clone()),
                Body::Change { change, views } => WireBody::Change {
                    key: BusValue::from(&change.key),
                    before: change.before.as_ref().map(encode_row),
                    after: change.after.as_ref().map(encode_row),
                    views: views.clone(),
                },
            },
        };
        // The wire types hold nothing that JSON cannot express: floats travel as their bits.
        serde_json::to_string(&wire).unwrap_or_default()
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// When the text is not a publication.
    pub fn decode(text: &str) -> Result<Self, Undecodable> {
        let wire: Wire = serde_json::from_str(text)?;
        Ok(Self {
            source: wire.source,
            body: match wire.body {
                WireBody::Reset => Body::Reset,
                WireBody::Data(data) => Body::Data(data),
                WireBody::Change { key, before, after, views } => Body::Change {
                    change: Change {
                        key: key.into(),
                        before: before.map(decode_row),
                        after: after.map(decode_row),
                    },
                    views,
                },
            },
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    #[serde(flatten)]
    source: Source,
    body: WireBody,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WireBody {
    Change {
        key: BusValue,
        before: Option<Vec<(String, BusValue)>>,
        after: Option<Vec<(String, BusValue)>>,
        views: BTreeMap<String, View>,
    },
    Data(Data),
    Reset,
}

/// A value with its type spelled out: the bus must give back exactly what went in.
#[derive(Serialize, Deserialize)]
enum BusValue {
    #[serde(rename = "0")]
    Null,
    #[serde(rename = "b")]
    Bool(bool),
    #[serde(rename = "i")]
    Int(i64),
    /// Bits: JSON has no NaN, no infinities and no negative zero.
    #[serde(rename = "f")]
    Float(u64),
    #[serde(rename = "n")]
    Decimal([u8; 16]),
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "x")]
    Bytes(Vec<u8>),
    #[serde(rename = "u")]
    Uuid(Uuid),
    #[serde(rename = "d")]
    Date(NaiveDate),
    #[serde(rename = "h")]
    Time(NaiveTime),
    #[serde(rename = "l")]
    DateTime(NaiveDateTime),
    #[serde(rename = "z")]
    Instant(DateTime<FixedOffset>),
    #[serde(rename = "j")]
    Json(Box<serde_json::Value>),
}

impl From<&Value> for BusValue {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(v) => Self::Bool(*v),
            Value::Int(v) => Self::Int(*v),
            Value::Float(v) => Self::Float(v.to_bits()),
            Value::Decimal(v) => Self::Decimal(v.serialize()),
            Value::Text(v) => Self::Text(v.clone()),
            Value::Bytes(v) => Self::Bytes(v.clone()),
            Value::Uuid(v) => Self::Uuid(*v),
            Value::Date(v) => Self::Date(*v),
            Value::Time(v) => Self::Time(*v),
            Value::DateTime(v) => Self::DateTime(*v),
            Value::Instant(v) => Self::Instant(*v),
            Value::Json(v) => Self::Json(v.clone()),
        }
    }
}

impl From<BusValue> for Value {
    fn from(value: BusValue) -> Self {
        match value {
            BusValue::Null => Self::Null,
            BusValue::Bool(v) => Self::Bool(v),
            BusValue::Int(v) => Self::Int(v),
            BusValue::Float(v) => Self::Float(f64::from_bits(v)),
            BusValue::Decimal(v) => Self::Decimal(rust_decimal::Decimal::deserialize(v)),
            BusValue::Text(v) => Self::Text(v),
            BusValue::Bytes(v) => Self::Bytes(v),
            BusValue::Uuid(v) => Self::Uuid(v),
            BusValue::Date(v) => Self::Date(v),
            BusValue::Time(v) => Self::Time(v),
            BusValue::DateTime(v) => Self::DateTime(v),
            BusValue::Instant(v) => Self::Instant(v),
            BusValue::Json(v) => Self::Json(v),
        }
    }
}

fn encode_row(row: &Row) -> Vec<(String, BusValue)> {
    row.fields().map(|(name, value)| (name.to_owned(), value.into())).collect()
}

fn decode_row(fields: Vec<(String, BusValue)>) -> Row {
    fields.into_iter().map(|(name, value)| (name, value.into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bus_gives_back_every_value_to_the_last_bit() {
        let day = NaiveDate::from_ymd_opt(2015, 5, 10).unwrap();
        let time = NaiveTime::from_hms_nano_opt(21, 43, 42, 123_456_789).unwrap();
        let offset = FixedOffset::east_opt(5400).unwrap();
        let values = [
            Value::Null,
            Value::Bool(true),
            Value::Int(i64::MIN),
            Value::Int(i64::MAX),
            Value::Float(0.1 + 0.2),
            Value::Float(-0.0),
            Value::Float(f64::NAN),
            Value::Float(f64::NEG_INFINITY),
            Value::Decimal("79228162514264337593543950335".parse().unwrap()),
            Value::Decimal("-1.10".parse().unwrap()),
            Value::Text("a\u{0}\u{1F409}\"\\".into()),
            Value::Bytes((0..=255).collect()),
            Value::Uuid(Uuid::from_u128(7)),
            Value::Date(day),
            Value::Time(time),
            Value::DateTime(day.and_time(time)),
            Value::Instant(day.and_time(time).and_local_timezone(offset).unwrap()),
            Value::Json(Box::new(serde_json::json!({"a": [1, null, 0.5], "b": u64::MAX}))),
        ];
        let row: Row =
            values.iter().enumerate().map(|(n, v)| (format!("f{n}"), v.clone())).collect();
        let publication = Publication {
            source: Source { log: Uuid::from_u128(1), id: 9, part: 1 },
            body: Body::Change {
                change: Change { key: Value::Int(3), before: None, after: Some(row) },
                views: BTreeMap::from([(
                    "v".to_owned(),
                    View { object: Some("{}".into()), changed: None, reference: "{}".into() },
                )]),
            },
        };
        assert_eq!(Publication::decode(&publication.encode()).unwrap(), publication);
        let data = Data { channels: vec!["a".into()], data: "{\"t\":\"\\n\"}".into() };
        let publication = Publication { body: Body::Data(data), ..publication };
        assert_eq!(Publication::decode(&publication.encode()).unwrap(), publication);
    }
}
