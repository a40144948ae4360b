//! Between SeaORM's values and our own.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use sea_orm::sea_query::ArrayType;
use sea_orm::{ActiveModelTrait, Iterable, ModelTrait, TryIntoModel, Value as Sea};

use super::{Model, ModelInfo};
use crate::change::Row;
use crate::filter::{Kind, Value};

/// The row of a model.
#[must_use]
pub fn row<E: Model>(info: &ModelInfo, model: &E::Model) -> Row {
    let values = E::Column::iter().map(|column| from_sea(model.get(column))).collect();
    Row::new(info.names.clone(), values)
}

/// The model of a row: what [`row`] was made of. `None` where a column has no exact form among our
/// values, so that the row does not hold it.
#[must_use]
pub fn model_of<E: Model>(row: &Row) -> Option<E::Model> {
    let mut active = <E::ActiveModel as ActiveModelTrait>::default();
    for ((column, field), array_type) in E::Column::iter().zip(E::FIELDS).zip(E::types()) {
        active.try_set(column, to_sea(row.get(field)?, &array_type)?).ok()?;
    }
    active.try_into_model().ok()
}

/// SeaORM's tag of a Rust type: what the derive asks for each field.
#[must_use]
pub fn array_type_of<T: sea_orm::sea_query::ValueType>() -> ArrayType {
    T::array_type()
}

pub(super) fn kind_of(array_type: &ArrayType) -> Kind {
    match array_type {
        ArrayType::Bool => Kind::Bool,
        ArrayType::TinyInt
        | ArrayType::SmallInt
        | ArrayType::Int
        | ArrayType::BigInt
        | ArrayType::TinyUnsigned
        | ArrayType::SmallUnsigned
        | ArrayType::Unsigned
        | ArrayType::BigUnsigned => Kind::Int,
        ArrayType::Float => Kind::Float32,
        ArrayType::Double => Kind::Float64,
        ArrayType::String | ArrayType::Char => Kind::Text,
        ArrayType::Bytes => Kind::Bytes,
        ArrayType::Json => Kind::Json,
        ArrayType::ChronoDate | ArrayType::TimeDate => Kind::Date,
        ArrayType::ChronoTime | ArrayType::TimeTime => Kind::Time,
        ArrayType::ChronoDateTime | ArrayType::TimeDateTime => Kind::DateTime,
        ArrayType::ChronoDateTimeUtc => Kind::InstantUtc,
        ArrayType::ChronoDateTimeLocal => Kind::LocalInstant,
        ArrayType::ChronoDateTimeWithTimeZone | ArrayType::TimeDateTimeWithTimeZone => {
            Kind::Instant
        }
        ArrayType::Uuid => Kind::Uuid,
        ArrayType::Decimal => Kind::Decimal,
        _ => Kind::Other,
    }
}

/// Our value of SeaORM's. What has no exact form here (arrays, network addresses) becomes NULL;
/// such columns can neither be published nor filtered by.
#[must_use]
pub fn from_sea(value: Sea) -> Value {
    fn of<T>(value: Option<T>, make: impl FnOnce(T) -> Value) -> Value {
        value.map_or(Value::Null, make)
    }
    match value {
        Sea::Bool(v) => v.into(),
        Sea::TinyInt(v) => v.into(),
        Sea::SmallInt(v) => v.into(),
        Sea::Int(v) => v.into(),
        Sea::BigInt(v) => v.into(),
        Sea::TinyUnsigned(v) => v.into(),
        Sea::SmallUnsigned(v) => v.into(),
        Sea::Unsigned(v) => v.into(),
        // Neither SQLite nor PostgreSQL can hold more than fits.
        Sea::BigUnsigned(v) => of(v, |v| Value::Int(i64::try_from(v).unwrap_or(i64::MAX))),
        Sea::Float(v) => v.into(),
        Sea::Double(v) => v.into(),
        Sea::String(v) => v.into(),
        Sea::Enum(sea_orm::sea_query::OptionEnum::Some(v)) => Value::Text(v.value.into_owned()),
        Sea::Char(v) => of(v, |v| Value::Text(v.to_string())),
        Sea::Bytes(v) => of(v, Value::Bytes),
        Sea::Json(v) => of(v, Value::Json),
        Sea::ChronoDate(v) => v.into(),
        Sea::ChronoTime(v) => v.into(),
        Sea::ChronoDateTime(v) => v.into(),
        Sea::ChronoDateTimeUtc(v) => v.into(),
        Sea::ChronoDateTimeLocal(v) => of(v, |v| Value::Instant(v.with_timezone(&Utc).into())),
        Sea::ChronoDateTimeWithTimeZone(v) => v.into(),
        Sea::TimeDate(v) => of(v, |v| date(v).map_or(Value::Null, Value::Date)),
        Sea::TimeTime(v) => of(v, |v| time_of_day(v).map_or(Value::Null, Value::Time)),
        Sea::TimeDateTime(v) => {
            of(v, |v| date_time(v.date(), v.time()).map_or(Value::Null, Value::DateTime))
        }
        Sea::TimeDateTimeWithTimeZone(v) => of(v, |v| {
            let offset = chrono::FixedOffset::east_opt(v.offset().whole_seconds());
            date_time(v.date(), v.time())
                .zip(offset)
                .and_then(|(local, offset)| local.and_local_timezone(offset).single())
                .map_or(Value::Null, Value::Instant)
        }),
        Sea::Uuid(v) => v.into(),
        Sea::Decimal(v) => v.into(),
        _ => Value::Null,
    }
}

/// SeaORM's value of ours, for a column of that Rust type; `None` where they do not fit.
#[must_use]
pub fn to_sea(value: &Value, array_type: &ArrayType) -> Option<Sea> {
    macro_rules! int {
        ($($tag:ident),+) => {
            match (array_type, value) {
                $((ArrayType::$tag, Value::Null) => return Some(Sea::$tag(None)),
                (ArrayType::$tag, Value::Int(v)) => {
                    return (*v).try_into().ok().map(|v| Sea::$tag(Some(v)));
                })+
                _ => {}
            }
        };
    }
    macro_rules! plain {
        ($($tag:ident = $variant:ident($v:ident) => $make:expr),+ $(,)?) => {
            match (array_type, value) {
                $((ArrayType::$tag, Value::Null) => Some(Sea::$tag(None)),
                (ArrayType::$tag, Value::$variant($v)) => $make.map(|v| Sea::$tag(Some(v))),)+
                // Enums of the database are text to the entity.
                (ArrayType::Enum(_), Value::Null) => Some(Sea::String(None)),
                (ArrayType::Enum(_), Value::Text(v)) => Some(Sea::String(Some(v.clone()))),
                _ => None,
            }
        };
    }
    int!(TinyInt, SmallInt, Int, BigInt, TinyUnsigned, SmallUnsigned, Unsigned, BigUnsigned);
    #[allow(clippy::cast_possible_truncation)]
    let float32 = |v: f64| v as f32;
    plain! {
        Bool = Bool(v) => Some(*v),
        Float = Float(v) => Some(float32(*v)),
        Double = Float(v) => Some(*v),
        String = Text(v) => Some(v.clone()),
        Char = Text(v) => single_char(v),
        Bytes = Bytes(v) => Some(v.clone()),
        Json = Json(v) => Some(v.clone()),
        ChronoDate = Date(v) => Some(*v),
        ChronoTime = Time(v) => Some(*v),
        ChronoDateTime = DateTime(v) => Some(*v),
        ChronoDateTimeUtc = Instant(v) => Some(v.with_timezone(&Utc)),
        ChronoDateTimeLocal = Instant(v) => Some(v.with_timezone(&chrono::Local)),
        ChronoDateTimeWithTimeZone = Instant(v) => Some(*v),
        TimeDate = Date(v) => to_time_date(*v),
        TimeTime = Time(v) => to_time_of_day(*v),
        TimeDateTime = DateTime(v) => to_time_date_time(*v),
        TimeDateTimeWithTimeZone = Instant(v) => to_time_instant(*v),
        Uuid = Uuid(v) => Some(*v),
        Decimal = Decimal(v) => Some(*v),
    }
}

fn single_char(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

fn date(date: time::Date) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(date.year(), u8::from(date.month()).into(), date.day().into())
}

fn time_of_day(time: time::Time) -> Option<NaiveTime> {
    let (hour, minute, second, nano) = time.as_hms_nano();
    NaiveTime::from_hms_nano_opt(hour.into(), minute.into(), second.into(), nano)
}

fn date_time(day: time::Date, time: time::Time) -> Option<NaiveDateTime> {
    Some(date(day)?.and_time(time_of_day(time)?))
}

fn to_time_date(date: NaiveDate) -> Option<time::Date> {
    let month = u8::try_from(date.month()).ok()?.try_into().ok()?;
    time::Date::from_calendar_date(date.year(), month, u8::try_from(date.day()).ok()?).ok()
}

fn to_time_of_day(time: NaiveTime) -> Option<time::Time> {
    let part = |value: u32| u8::try_from(value).ok();
    time::Time::from_hms_nano(
        part(time.hour())?,
        part(time.minute())?,
        part(time.second())?,
        time.nanosecond(),
    )
    .ok()
}

fn to_time_date_time(value: NaiveDateTime) -> Option<time::PrimitiveDateTime> {
    Some(time::PrimitiveDateTime::new(to_time_date(value.date())?, to_time_of_day(value.time())?))
}

fn to_time_instant(value: chrono::DateTime<chrono::FixedOffset>) -> Option<time::OffsetDateTime> {
    let offset = time::UtcOffset::from_whole_seconds(value.offset().local_minus_utc()).ok()?;
    // The time crate ends at the year 9999, in UTC as well, which is what databases are sent.
    to_time_date(value.naive_utc().date())?;
    Some(to_time_date_time(value.naive_local())?.assume_offset(offset))
}
