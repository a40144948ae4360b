//! Rows with the values at which something usually breaks.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use dragon::prelude::*;
use sea_orm::{ActiveValue, Set};
use serde_json::json;

use crate::everything::{Colour, Level, Size, every, maybe};

/// The `at`th value of a list, from its beginning again after its end.
fn pick<T: Clone>(at: usize, list: &[T]) -> T {
    list[at % list.len()].clone()
}

fn local(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").unwrap()
}

fn zoned(text: &str) -> DateTime<FixedOffset> {
    DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f %z").unwrap()
}

fn t_day(day: NaiveDate) -> TimeDate {
    use chrono::Datelike;
    TimeDate::from_ordinal_date(day.year(), u16::try_from(day.ordinal()).unwrap()).unwrap()
}

fn t_clock(time: NaiveTime) -> TimeTime {
    use chrono::Timelike;
    let part = |value: u32| u8::try_from(value).unwrap();
    let (hour, minute, second) = (part(time.hour()), part(time.minute()), part(time.second()));
    TimeTime::from_hms_nano(hour, minute, second, time.nanosecond()).unwrap()
}

fn t_local(at: NaiveDateTime) -> TimeDateTime {
    TimeDateTime::new(t_day(at.date()), t_clock(at.time()))
}

fn t_zoned(at: DateTime<FixedOffset>) -> TimeDateTimeWithTimeZone {
    let offset = time::UtcOffset::from_whole_seconds(at.offset().local_minus_utc()).unwrap();
    t_local(at.naive_local()).assume_offset(offset)
}

/// Rows with the keys 1, 2 and so on.
pub fn edges(postgres: bool) -> Vec<every::Model> {
    (0..12).map(|at| edge(at, postgres)).collect()
}

fn edge(at: usize, postgres: bool) -> every::Model {
    // SQLite keeps decimals as floats and SeaORM reads 15 digits of them.
    let prices: &[&str] = match postgres {
        true => &[
            "1.10",
            "0",
            "0.00",
            "-79228162514264337593543950335",
            "0.0000000000000000000000000001",
        ],
        false => &["1.10", "0", "-12345678.9", "99999999999.99", "0.000001"],
    };
    let days = [
        NaiveDate::from_ymd_opt(2015, 5, 10).unwrap(),
        NaiveDate::from_ymd_opt(1, 1, 1).unwrap(),
        NaiveDate::from_ymd_opt(12345, 6, 7).unwrap(),
        NaiveDate::from_ymd_opt(-4000, 2, 29).unwrap(),
        NaiveDate::from_ymd_opt(9999, 12, 31).unwrap(),
    ];
    let clocks =
        ["00:00:00", "23:59:59.999999", "10:00:00.5", "00:00:00.000001", "12:34:56.120000"]
            .map(|text| text.parse::<NaiveTime>().unwrap());
    let locals = [
        local("2015-05-10 21:43:42.123456"),
        local("1969-12-31 23:59:59.999999"),
        local("0001-01-01 00:00:00"),
        local("9999-12-31 23:59:59.5"),
        local("2000-02-29 12:00:00.000010"),
    ];
    let instants = [
        zoned("2015-05-10 21:43:42.123456 +0000"),
        zoned("2015-05-10 21:43:42.5 +0530"),
        zoned("1970-01-01 00:00:00 -1200"),
        zoned("0001-01-02 00:00:00.000001 +0000"),
        zoned("9999-12-30 23:59:59.999999 +1400"),
    ];
    let documents = [
        json!({ "z": [1, -1, 0.1, 0.30000000000000004, 1e300, 5e-324], "a": { "b": { "c": [] } } }),
        json!([u64::MAX, i64::MIN, 0, -0.0, 1.0, 1e2, null, true, "\u{1F409}\"\\\n"]),
        json!(null),
        json!("text"),
        json!({}),
        json!(2.2250738585072014e-308),
    ];
    let texts = [
        "a",
        "",
        "e\u{301}\u{1F409}\u{10FFFF}",
        "'\"\\%_$1?",
        "\u{1}\u{7F}\r\n\t \u{2028}",
        "  a  ",
    ];
    every::Model {
        id: i32::try_from(at).unwrap() + 1,
        small: pick(at, &[1, i16::MIN, i16::MAX]),
        medium: pick(at, &[1, i32::MIN, i32::MAX]),
        big: pick(at, &[1, i64::MIN, i64::MAX, 9_007_199_254_740_993]),
        natural: pick(at, &[1, 0, i32::MAX.unsigned_abs()]),
        single: pick(
            at,
            &[0.1, f32::MAX, f32::MIN_POSITIVE, f32::from_bits(1), -0.0, 16_777_216.0],
        ),
        double: pick(
            at,
            &[
                0.1 + 0.2,
                f64::MAX,
                f64::MIN_POSITIVE,
                5e-324,
                -0.0,
                0.0,
                1e15,
                1e16,
                1.0 / 3.0,
                -1e-7,
            ],
        ),
        price: pick(at, prices).parse().unwrap(),
        flag: pick(at, &[true, false]),
        name: pick(at, &texts).to_owned(),
        note: pick(at + 1, &texts).repeat(at * 200),
        code: pick(at, &["", "\u{1F409}\u{1F409}\u{1F409}\u{1F409}", "ab"]).to_owned(),
        uuid: pick(at, &[Uuid::from_u128(1), Uuid::nil(), Uuid::max()]),
        day: pick(at, &days),
        clock: pick(at, &clocks),
        local: if at == 7 { days[2].and_time(clocks[1]) } else { pick(at, &locals) },
        utc: if at == 7 {
            days[3].and_time(clocks[1]).and_utc()
        } else {
            pick(at, &instants).with_timezone(&Utc)
        },
        zoned: pick(at, &instants),
        // The time crate ends at the year 9999.
        t_day: t_day(pick(at, &[days[0], days[1], days[3], days[4]])),
        t_clock: t_clock(pick(at, &clocks)),
        t_local: t_local(pick(at, &locals)),
        t_zoned: t_zoned(pick(at, &instants)),
        json: pick(at, &documents),
        jsonb: pick(at + 1, &documents),
        bytes: pick(at, &[vec![], (0..=255).collect(), vec![0], b"\\x00'".to_vec()]),
        colour: pick(at, &[Colour::Red, Colour::DarkGreen]),
        level: pick(at, &[Level::Low, Level::High]),
        size: pick(at, &[Size::Small, Size::Large]),
    }
}

/// The same row for the model whose columns may be NULL.
pub fn maybe_of(model: every::Model) -> maybe::ActiveModel {
    macro_rules! some {
        ($($field:ident)+) => {
            maybe::ActiveModel { id: Set(model.id), $($field: some(model.$field)),+ }
        };
    }
    fn some<T: Into<sea_orm::Value>>(value: T) -> ActiveValue<Option<T>>
    where
        Option<T>: Into<sea_orm::Value>,
    {
        Set(Some(value))
    }
    some!(small medium big natural single double price flag name note code uuid day clock
        local utc zoned t_day t_clock t_local t_zoned json jsonb bytes colour level size)
}
