//! Times: PostgreSQL keeps microseconds, SQLite a text that may have one of several forms.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use sea_orm::sea_query::{Expr, SimpleExpr};

use crate::filter::{Database, Kind, Value};

/// A moment as it is read again after it was stored.
pub(crate) fn kept(database: Database, at: NaiveDateTime) -> NaiveDateTime {
    // What is sent to PostgreSQL are the whole microseconds since then, cut off towards it.
    let epoch = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN);
    match (database, (at - epoch).num_microseconds()) {
        (Database::Postgres, Some(whole)) => epoch + TimeDelta::microseconds(whole),
        _ => at,
    }
}

/// The same for a time of day.
pub(crate) fn kept_time(database: Database, time: NaiveTime) -> NaiveTime {
    let nanosecond = match database {
        Database::Postgres => time.nanosecond() / 1000 * 1000,
        Database::Sqlite => time.nanosecond(),
    };
    time.with_nanosecond(nanosecond).unwrap_or(time)
}

/// The first or the last day or moment that is ordered; see [`Value::order`].
pub(super) fn limit(kind: &Kind, first: bool) -> Value {
    let (year, month, day) = if first { (0, 1, 1) } else { (9999, 12, 31) };
    let day = NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    let last = NaiveTime::from_hms_nano_opt(23, 59, 59, 999_999_999).unwrap_or_default();
    let time = if first { NaiveTime::MIN } else { last };
    match kind {
        Kind::Date => Value::Date(day),
        _ => Value::Instant(day.and_time(time).and_utc().fixed_offset()),
    }
}

/// A moment in the form of [`key`].
pub(super) fn text(value: &Value) -> Option<String> {
    let (seconds, nanosecond) = match value {
        Value::Time(time) => (time.format("%H:%M:%S").to_string(), time.nanosecond()),
        Value::DateTime(at) => (at.format("%Y-%m-%dT%H:%M:%S").to_string(), at.nanosecond()),
        Value::Instant(at) => {
            (at.naive_utc().format("%Y-%m-%dT%H:%M:%S").to_string(), at.nanosecond())
        }
        _ => return None,
    };
    let fraction = format!("{nanosecond:09}");
    Some(format!("{seconds}.{}", fraction.trim_end_matches('0')))
}

/// SQLite's text of a moment in one form, in UTC, that has the order of time; NULL outside the
/// years 0 to 9999.
///
/// SeaORM writes a moment in one form, and reads what others write: the blank of
/// CURRENT_TIMESTAMP instead of a `T`, no seconds, a `Z` or another offset, more zeros after the
/// point, or whole seconds since 1970. SQLite's functions know all of them but round what is after
/// the point, so that is kept apart.
pub(super) fn key(own: &SimpleExpr, kind: &Kind) -> SimpleExpr {
    let format = if *kind == Kind::Time { "%H:%M:%S" } else { "%Y-%m-%dT%H:%M:%S" };
    let after = "substr(?, instr(?, '.') + 1)";
    let offset = match kind {
        // Without a zone an offset says nothing.
        Kind::DateTime => "''".to_owned(),
        _ => format!("ltrim({after}, '0123456789')"),
    };
    let digits = format!("length({after}) - length(ltrim({after}, '0123456789'))");
    let text = format!(
        "CASE WHEN substr(?, 1, 1) = '-' THEN NULL \
         WHEN typeof(?) = 'integer' THEN strftime('{format}', ?, 'unixepoch') || '.' \
         WHEN instr(?, '.') > 0 THEN \
         strftime('{format}', substr(?, 1, instr(?, '.') - 1) || {offset}) || '.' || \
         rtrim(substr({after}, 1, min(9, {digits})), '0') \
         ELSE strftime('{format}', ?) || '.' END"
    );
    let count = text.matches('?').count();
    Expr::cust_with_exprs(text, std::iter::repeat_n(own.clone(), count))
}

/// The key, or the text itself where there is none: what is equal has one of them in common.
pub(in crate::model) fn key_or_text(own: &SimpleExpr, kind: &Kind) -> SimpleExpr {
    Expr::cust_with_exprs("coalesce(?, ?)", [key(own, kind), own.clone()])
}
