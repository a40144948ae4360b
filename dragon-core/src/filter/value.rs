//! The values that rows and filters are made of.

use std::cmp::Ordering;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};
use rust_decimal::Decimal;
use uuid::Uuid;

/// One value of a row, without loss.
///
/// Equality is identity: what is equal here is the same to the last bit (`NaN` equals itself,
/// `0.0` does not equal `-0.0`, the same instant with another offset is another value). How
/// *filters* compare is [`Value::compare`].
#[derive(Clone, Debug)]
pub enum Value {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number; unsigned columns fit as far as a database can hold them.
    Int(i64),
    /// A floating point number of either size.
    Float(f64),
    /// A decimal number.
    Decimal(Decimal),
    /// Text; enums with text values too.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A UUID.
    Uuid(Uuid),
    /// A day.
    Date(NaiveDate),
    /// A time of day.
    Time(NaiveTime),
    /// A date and time without a time zone.
    DateTime(NaiveDateTime),
    /// A date and time with its offset from UTC.
    Instant(DateTime<FixedOffset>),
    /// A JSON document.
    Json(Box<serde_json::Value>),
}

impl Value {
    /// Whether this is [`Value::Null`].
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// How the database compares the two, or `None` where it would not: for NULL, for `NaN`, and
    /// for values of different types. Instants are equal when they are the same moment, whatever
    /// their offsets.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(b),
            (Self::Decimal(a), Self::Decimal(b)) => Some(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
            (Self::Bytes(a), Self::Bytes(b)) => Some(a.cmp(b)),
            (Self::Uuid(a), Self::Uuid(b)) => Some(a.cmp(b)),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            (Self::Time(a), Self::Time(b)) => Some(a.cmp(b)),
            (Self::DateTime(a), Self::DateTime(b)) => Some(a.cmp(b)),
            (Self::Instant(a), Self::Instant(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// As [`compare`](Self::compare), for `lt`, `lte`, `gt` and `gte`: days and moments outside
    /// the years 0 to 9999 are neither less nor more than anything. As text, which is how SQLite
    /// keeps them and how clients sort them, they would stand in the wrong place.
    #[must_use]
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        if self.is_far() || other.is_far() { None } else { self.compare(other) }
    }

    /// Whether it is a day or a moment outside the years 0 to 9999.
    #[must_use]
    pub fn is_far(&self) -> bool {
        let year = match self {
            Self::Date(day) => day.year(),
            Self::DateTime(at) => at.year(),
            Self::Instant(at) => at.naive_utc().year(),
            _ => return false,
        };
        !(0..=9999).contains(&year)
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Decimal(a), Self::Decimal(b)) => a.serialize() == b.serialize(),
            (Self::Instant(a), Self::Instant(b)) => a == b && a.offset() == b.offset(),
            (Self::Json(a), Self::Json(b)) => a == b,
            _ => self.compare(other) == Some(Ordering::Equal),
        }
    }
}

macro_rules! from {
    ($($from:ty => $variant:ident),+ $(,)?) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        }
    )+};
}

from! {
    bool => Bool,
    i8 => Int,
    i16 => Int,
    i32 => Int,
    i64 => Int,
    u8 => Int,
    u16 => Int,
    u32 => Int,
    f32 => Float,
    f64 => Float,
    Decimal => Decimal,
    &str => Text,
    String => Text,
    Uuid => Uuid,
    NaiveDate => Date,
    NaiveTime => Time,
    NaiveDateTime => DateTime,
    DateTime<FixedOffset> => Instant,
}

impl From<DateTime<chrono::Utc>> for Value {
    fn from(value: DateTime<chrono::Utc>) -> Self {
        Self::Instant(value.fixed_offset())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_and_nan_compare_with_nothing() {
        assert_eq!(Value::Null.compare(&Value::Null), None);
        assert_eq!(Value::Float(f64::NAN).compare(&Value::Float(f64::NAN)), None);
        assert_eq!(Value::Int(1).compare(&Value::Text("1".into())), None);
    }

    #[test]
    fn identity_sees_what_comparison_does_not() {
        assert_eq!(Value::Float(f64::NAN), Value::Float(f64::NAN));
        assert_ne!(Value::Float(0.0), Value::Float(-0.0));
        let short: Decimal = "1.1".parse().unwrap();
        let long: Decimal = "1.10".parse().unwrap();
        assert_ne!(Value::Decimal(short), Value::Decimal(long));
        assert_eq!(Value::Decimal(short).compare(&Value::Decimal(long)), Some(Ordering::Equal));
    }
}
