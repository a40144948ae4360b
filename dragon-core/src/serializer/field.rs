//! One field from the wire: JSON to the column's type.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use rust_decimal::Decimal;
use sea_orm::sea_query::ValueType;
use serde_json::Value as Json;

use crate::filter::{Kind, Value};
use crate::model::{Column, to_sea};

/// Why a value is not one of a field's type: a sentence to show beside the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub String);

/// Reads a value from the wire as one of the column's type.
///
/// Numbers may come as text, as forms send them; text, booleans and dates may not come as
/// anything else.
///
/// # Errors
/// A sentence to show beside the field.
pub fn parse(column: &Column, json: &Json) -> Result<Value, Malformed> {
    if json.is_null() {
        if column.nullable {
            return Ok(Value::Null);
        }
        return Err(Malformed("This field cannot be null.".to_owned()));
    }
    let value = read(&column.kind, json)?;
    if holds_nul(json) {
        return Err(Malformed("This text has a NUL character in it.".to_owned()));
    }
    if let (Value::Text(text), Some(most)) = (&value, column.max_length)
        && text.chars().count() > most as usize
    {
        return Err(Malformed(format!("At most {most} characters fit here.")));
    }
    // The column may hold less than its kind: a number of 16 bits, a single character.
    if year(&value).is_some_and(|year| year < FIRST_YEAR) {
        return Err(Malformed("This value is out of range.".to_owned()));
    }
    if !matches!(column.kind, Kind::Enum(_)) && to_sea(&value, &column.array_type).is_none() {
        return Err(Malformed("This value is out of range.".to_owned()));
    }
    Ok(value)
}

/// PostgreSQL knows no day before the beginning of the Julian calendar.
const FIRST_YEAR: i32 = -4712;

fn year(value: &Value) -> Option<i32> {
    match value {
        Value::Date(day) => Some(day.year()),
        Value::DateTime(at) => Some(at.year()),
        Value::Instant(at) => Some(at.naive_utc().year()),
        _ => None,
    }
}

/// PostgreSQL can hold a NUL in no text, and in no JSON either.
fn holds_nul(json: &Json) -> bool {
    match json {
        Json::String(text) => text.contains('\0'),
        Json::Array(list) => list.iter().any(holds_nul),
        Json::Object(map) => map.iter().any(|(key, one)| key.contains('\0') || holds_nul(one)),
        _ => false,
    }
}

/// Reads a value as one of a kind, whatever the column can hold: for filters, where a number that
/// no row can have is no error.
pub(crate) fn read(kind: &Kind, json: &Json) -> Result<Value, Malformed> {
    let text = json.as_str();
    let value = match kind {
        Kind::Bool => json.as_bool().map(Value::Bool).ok_or("Write true or false."),
        Kind::Int => int(json).map(Value::Int).ok_or("Write a whole number."),
        Kind::Float32 => float(json)
            .map(narrow)
            .filter(|float| float.is_finite())
            .map(Value::Float)
            .ok_or("Write a number."),
        Kind::Float64 => float(json).map(Value::Float).ok_or("Write a number."),
        Kind::Decimal => decimal(json).map(Value::Decimal).ok_or("Write a decimal number."),
        Kind::Text | Kind::PaddedText => {
            text.map(|text| Value::Text(text.to_owned())).ok_or("Write a text.")
        }
        Kind::Enum(known) => text
            .filter(|text| known.is_empty() || known.iter().any(|one| one == text))
            .map(|text| Value::Text(text.to_owned()))
            .ok_or("This is not one of the choices."),
        Kind::Bytes => text
            .and_then(|text| {
                use base64::Engine;
                base64::engine::general_purpose::STANDARD.decode(text).ok()
            })
            .map(Value::Bytes)
            .ok_or("Write bytes as base64 text."),
        Kind::Uuid => {
            text.and_then(|text| text.parse().ok()).map(Value::Uuid).ok_or("Write a UUID.")
        }
        Kind::Date => text
            .and_then(|text| text.parse::<NaiveDate>().ok())
            .map(Value::Date)
            .ok_or("Write a date as YYYY-MM-DD."),
        Kind::Time => text
            .and_then(|text| text.parse::<NaiveTime>().ok())
            .filter(is_no_leap_second)
            .map(Value::Time)
            .ok_or("Write a time as HH:MM:SS."),
        Kind::DateTime => text
            .and_then(date_time)
            .filter(|at| is_no_leap_second(&at.time()))
            .map(Value::DateTime)
            .ok_or("Write a date and time as YYYY-MM-DDTHH:MM:SS."),
        Kind::InstantUtc | Kind::Instant | Kind::LocalInstant => text
            .and_then(instant)
            .filter(|at| is_no_leap_second(&at.time()))
            .map(Value::Instant)
            .ok_or("Write a date and time with its offset, as YYYY-MM-DDTHH:MM:SS+00:00."),
        Kind::Json => Ok(Value::Json(Box::new(json.clone()))),
        Kind::Other => Err("This field cannot be written."),
    };
    value.map_err(|sentence| Malformed(sentence.to_owned()))
}

fn int(json: &Json) -> Option<i64> {
    json.as_i64().or_else(|| json.as_str()?.trim().parse().ok())
}

fn float(json: &Json) -> Option<f64> {
    json.as_f64().or_else(|| json.as_str()?.trim().parse().ok()).filter(|float| float.is_finite())
}

#[allow(clippy::cast_possible_truncation)]
fn narrow(float: f64) -> f64 {
    f64::from(float as f32)
}

fn decimal(json: &Json) -> Option<Decimal> {
    match json {
        Json::String(text) => text.trim().parse().ok(),
        // The shortest text of the number is what its writer wrote, unlike its binary value.
        Json::Number(number) => {
            let text = number.to_string();
            text.parse().ok().or_else(|| Decimal::from_scientific(&text).ok())
        }
        _ => None,
    }
}

/// chrono counts a 60th second as more than 999,999,999 nanoseconds; no database does.
fn is_no_leap_second(time: &NaiveTime) -> bool {
    time.nanosecond() < 1_000_000_000
}

/// With `T` or a blank between date and time.
fn date_time(text: &str) -> Option<NaiveDateTime> {
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
}

fn instant(text: &str) -> Option<DateTime<chrono::FixedOffset>> {
    DateTime::parse_from_rfc3339(text)
        .ok()
        .or_else(|| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%:z").ok())
}

/// Runs a `validate_<field>` method on a value: what the serializer macro calls.
///
/// # Errors
/// What the method said.
pub fn check<T, O, M>(
    value: sea_orm::Value,
    method: impl FnOnce(T) -> Result<O, M>,
) -> Result<sea_orm::Value, Vec<String>>
where
    T: ValueType,
    O: Into<sea_orm::Value>,
    M: Into<String>,
{
    let value =
        T::try_from(value).map_err(|_| vec!["This value is not of the right type.".to_owned()])?;
    method(value).map(Into::into).map_err(|sentence| vec![sentence.into()])
}
