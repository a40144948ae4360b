//! Random rows and filters, of values that are near each other and of those that usually break
//! something.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use dragon::change::Row;
use dragon::filter::{Database, Filter, Lookup, Term, Value};
use dragon::model::{ModelInfo, Order, OrderKey, to_sea};
use fastrand::Rng;
use sea_orm::{ActiveModelTrait, Iterable, Set};
use uuid::Uuid;

use crate::everything::{FIELDS, maybe};

/// The fields of text.
const TEXTS: [&str; 3] = ["name", "note", "code"];

/// Texts that collations, patterns and quoting treat as something else than bytes.
const PIECES: [&str; 40] = [
    "",
    "a",
    "A",
    "b",
    "B",
    "ä",
    "Ä",
    "a\u{308}",
    "é",
    "e\u{301}",
    "ß",
    "ss",
    "SS",
    "İ",
    "i",
    "I",
    "ı",
    "\u{1F409}",
    "\u{10FFFF}",
    "\u{E000}",
    "\u{FFFD}",
    "'",
    "\"",
    "%",
    "_",
    "\\",
    " ",
    "\t",
    "\n",
    "日本",
    "\u{200D}",
    "Z",
    "z",
    "-1",
    "10",
    "9",
    "1e3",
    "\u{7F}",
    "\u{80}",
    "?",
];

/// A source of random things that can be repeated.
pub struct Random {
    pub seed: u64,
    rng: Rng,
    /// Whether there are days before the year 0 and after 9999.
    pub far: bool,
}

impl Random {
    /// From the seed in `DRAGON_TEST_SEED`, else from a new one.
    pub fn new() -> Random {
        let seed = std::env::var("DRAGON_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or_else(|| fastrand::u64(..));
        Random { seed, rng: Rng::with_seed(seed), far: true }
    }

    fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.rng.usize(..list.len())].clone()
    }

    /// A row of random values, some of them NULL.
    pub fn row(&mut self, info: &ModelInfo, database: Database, id: i32) -> maybe::ActiveModel {
        let mut row = maybe::ActiveModel { id: Set(id), ..Default::default() };
        for (own, column) in maybe::Column::iter().zip(&info.columns).skip(1) {
            let value = self.value(column.field);
            let fits = match &value {
                // SQLite keeps decimals as floats, of which SeaORM cannot read the largest.
                Value::Decimal(v) => {
                    database == Database::Postgres || v.abs() < 10_i64.pow(18).into()
                }
                Value::Int(v) => column.field != "natural" || i32::try_from(*v).is_ok(),
                _ => true,
            };
            if let Some(value) = to_sea(&value, &column.array_type)
                && fits
                && self.rng.u8(..4) > 0
            {
                // What is no value of the enum stays NULL.
                let _ = row.try_set(own, value);
            }
        }
        row
    }

    /// A value for a field, of its type, though it may not fit.
    pub fn value(&mut self, field: &str) -> Value {
        match field {
            "id" => Value::Int(self.rng.i64(0..160)),
            "small" | "medium" | "big" | "natural" => self.int(),
            "level" => Value::Int(self.pick(&[-1, 100, 0])),
            "single" => self.single(),
            "double" => self.double(),
            "price" => self.decimal(),
            "flag" => Value::Bool(self.rng.bool()),
            "colour" => self.pick(&["red", "Dark green", "dark green", "Red", ""]).into(),
            "size" => self.pick(&["S", "L", "s", "M"]).into(),
            "uuid" => Value::Uuid(Uuid::from_u128(self.pick(&[0, 1, 2, 1 << 120, u128::MAX]))),
            "day" | "t_day" => Value::Date(self.day()),
            "clock" | "t_clock" => Value::Time(self.clock()),
            "local" | "t_local" => Value::DateTime(self.local()),
            "utc" => Value::Instant(self.local().and_utc().fixed_offset()),
            "zoned" | "t_zoned" => Value::Instant(self.instant()),
            "json" | "jsonb" => Value::Json(Box::new(serde_json::json!({ "a": 1 }))),
            "bytes" => Value::Bytes(vec![1, 2, 3]),
            "code" => Value::Text(self.text().chars().take(4).collect()),
            _ => Value::Text(self.text()),
        }
    }

    fn int(&mut self) -> Value {
        let edges =
            [i16::MIN.into(), i16::MAX.into(), i32::MIN.into(), i32::MAX.into(), u32::MAX.into()];
        let edge: i64 = self.pick(&edges);
        let near = self.rng.i64(-2..=2);
        Value::Int(match self.rng.u8(..8) {
            0 => self.pick(&[i64::MIN, i64::MAX, 1 << 53]),
            1 | 2 => edge + near,
            _ => near,
        })
    }

    fn single(&mut self) -> Value {
        let edges = [0.1, -0.0, 0.0, 1.0, f32::MAX, f32::MIN_POSITIVE, f32::NAN, f32::INFINITY];
        let edge = self.pick(&edges);
        match self.rng.u8(..8) {
            // More digits than the column has.
            0 => Value::Float(self.pick(&[0.1, 0.3, 1e300, -1e300, 1e-300, 16_777_217.0])),
            1 => f32::from_bits(edge.to_bits().wrapping_add(1)).into(),
            2 => (-edge).into(),
            _ => edge.into(),
        }
    }

    fn double(&mut self) -> Value {
        let edges = [
            0.1,
            0.1 + 0.2,
            -0.0,
            0.0,
            1.0,
            1e15,
            9_007_199_254_740_993.0,
            f64::MAX,
            5e-324,
            f64::MIN_POSITIVE,
            f64::NAN,
            f64::INFINITY,
        ];
        let edge = self.pick(&edges);
        match self.rng.u8(..6) {
            0 => f64::from_bits(edge.to_bits().wrapping_add(1)).into(),
            1 => f64::from_bits(edge.to_bits().wrapping_sub(1)).into(),
            2 => (-edge).into(),
            3 => self.int(),
            _ => edge.into(),
        }
    }

    fn decimal(&mut self) -> Value {
        let text = self.pick(&[
            "0",
            "-0",
            "0.00",
            "1.1",
            "1.10",
            "1.100000000000000000000000001",
            "-1.1",
            "0.1",
            "0.3",
            "0.30000000000000004",
            "12345678901234567.89",
            "12345678901234567.90",
            "1000000000000000000",
            "79228162514264337593543950335",
            "0.0000000000000000000000000001",
            "99999999999.99",
            "99999999999.990000000000001",
            "4503599627370497.5",
        ]);
        match self.rng.u8(..4) {
            0 => self.int(),
            1 => Value::Decimal(rust_decimal::Decimal::new(self.rng.i64(-300..300), 2)),
            _ => Value::Decimal(text.parse().unwrap()),
        }
    }

    /// A few pieces; what differs in case or in composition is frequent.
    fn text(&mut self) -> String {
        (0..self.rng.usize(..3)).map(|_| self.pick(&PIECES)).collect()
    }

    fn day(&mut self) -> NaiveDate {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
        match self.rng.u8(..6) {
            0 | 1 if !self.far => self.pick(&[day(0, 2, 29), day(1, 1, 1), day(9999, 12, 31)]),
            0 => self.pick(&[day(1, 1, 1), day(0, 2, 29), day(-43, 3, 15), day(-4000, 1, 1)]),
            1 => self.pick(&[
                day(9999, 12, 31),
                day(10_000, 1, 1),
                day(99_999, 1, 1),
                day(200_000, 1, 1),
            ]),
            _ => day(2015, 5, 10) + Days::new(self.rng.u64(..3)),
        }
    }

    fn clock(&mut self) -> NaiveTime {
        let midnight = NaiveTime::default();
        let part =
            TimeDelta::nanoseconds(self.pick(&[0, 0, 1, 999, 1_000, 500_000_000, 999_999_999]));
        midnight + TimeDelta::seconds(self.pick(&[0, 1, 59, 36_000, 86_399])) + part
    }

    fn local(&mut self) -> NaiveDateTime {
        self.day().and_time(self.clock())
    }

    fn instant(&mut self) -> DateTime<FixedOffset> {
        let offset = self.pick(&[0, 0, 3600, -3600, 19_800, 50_400]);
        let offset = FixedOffset::east_opt(offset).unwrap();
        loop {
            // The time crate writes no instant before the year 0 or after 9999.
            let at = self.local().and_utc();
            let near = |days| {
                let year = chrono::Datelike::year(&(at + TimeDelta::days(days)));
                (0..10_000).contains(&year)
            };
            if near(-1) && near(1) {
                return at.with_timezone(&offset);
            }
        }
    }

    /// A filter that nests up to `depth`, with values of the rows as often as others.
    pub fn filter(&mut self, rows: &[Row], depth: usize) -> Filter {
        let many = |this: &mut Self| {
            (0..this.rng.usize(..4)).map(|_| this.filter(rows, depth - 1)).collect::<Vec<_>>()
        };
        match self.rng.u8(..5) {
            0 | 1 if depth > 0 => Filter::And(many(self)),
            2 | 3 if depth > 0 => Filter::Or(many(self)),
            4 if depth > 0 => self.pick(&[Filter::All, Filter::Nothing]),
            _ => Filter::Term(self.term(rows)),
        }
    }

    fn term(&mut self, rows: &[Row]) -> Term {
        let mut field = self.pick(&FIELDS);
        let lookup = self.pick(&Lookup::ALL);
        if lookup == Lookup::Contains {
            field = self.pick(&TEXTS);
        }
        let count = if lookup == Lookup::In { self.rng.usize(..5) } else { 1 };
        let values = (0..count).map(|_| self.term_value(rows, field, lookup)).collect();
        Term { field: field.to_owned(), lookup, values }
    }

    fn term_value(&mut self, rows: &[Row], field: &str, lookup: Lookup) -> Value {
        match self.rng.u8(..12) {
            0 => Value::Null,
            1..6 if lookup != Lookup::Contains => {
                let row = self.rng.usize(..rows.len());
                rows[row].get(field).cloned().unwrap_or(Value::Null)
            }
            _ => self.value(field),
        }
    }

    /// An order by some of the fields that have one, but for `not`.
    pub fn order(&mut self, info: &ModelInfo, not: &str) -> Order {
        let ordered = info.columns.iter().filter(|column| column.kind.allows_order().is_ok());
        let ordered = ordered.filter(|column| column.field != not);
        let fields: Vec<&str> = ordered.map(|column| column.field).collect();
        let keys = (0..=self.rng.usize(..3)).map(|_| OrderKey {
            field: self.pick(&fields).to_owned(),
            descending: self.rng.bool(),
        });
        Order { keys: keys.collect() }
    }
}

/// What other programs write, in forms that SeaORM reads but would not write.
pub fn raw_rows(database: Database) -> &'static [&'static str] {
    match database {
        Database::Sqlite => &[
            "utc = '2015-05-10 00:00:00', local = '2015-05-10T00:00:00', zoned = '2015-05-10 00:00'",
            "utc = '2015-05-11T02:00:00+02:00', t_local = '2015-05-10 00:00:01'",
            "utc = '2015-05-10T00:00:00Z', zoned = '2015-05-10T00:00:00.000Z'",
            "utc = '2015-05-10 00:00:00.5', local = '2015-05-10 00:00:00.500000000'",
            "utc = '2015-05-10T10:00:00.999999999-01:00', t_zoned = '2015-05-10T10:00:00Z'",
            "utc = CURRENT_TIMESTAMP, local = CURRENT_TIMESTAMP, day = CURRENT_DATE",
            "clock = '10:00', t_clock = '10:00', clock = '10:00:00.5'",
            "flag = 2, single = 0.1, double = 1",
            "flag = -1, single = 0.3, double = 1e15",
            "single = 16777217, double = 9e999, price = '1.10'",
            "single = 3.4028235677973366e38, double = -9e999, price = 5",
            "single = 1e300, price = 0.1 + 0.2, name = 10",
            "single = -1e-300, price = 12345678901234567.89, name = 1e3",
            "price = 1e-20, big = '77', natural = 4294967295",
            "t_clock = '10:00:00', t_local = '2015-05-10T00:00:00.5', t_day = '2015-05-11'",
        ],
        Database::Postgres => &[
            "double = 'NaN', single = 'NaN'",
            "double = 'Infinity', single = '-Infinity'",
            "double = '-0', single = '-0'",
            "utc = '2015-05-10 00:00:00.000001+00', local = '2015-05-10 23:59:59.999999'",
            "price = 1.100, note = 'A'",
            "note = 'a'",
            "note = 'ä', name = 'ä'",
            "price = 0.000000000000000000, name = 'Ä'",
        ],
    }
}
