//! Two models with every type of column: one whose columns all have a value, in the dense format,
//! and one whose columns may all be NULL, in the compact format.
//!
//! What is not there SeaORM itself cannot do on PostgreSQL: an i8 is bound as a `"char"`, which no
//! column of numbers takes, and u8, u16 and u64 cannot be read.

use dragon::prelude::*;
use dragon_tests::Database;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Schema};

/// An enum of the database, where it has those.
#[derive(Clone, Copy, Debug, PartialEq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "colour")]
pub enum Colour {
    #[sea_orm(string_value = "red")]
    Red,
    #[sea_orm(string_value = "Dark green")]
    DarkGreen,
}

/// An enum that is a number to the database.
#[derive(Clone, Copy, Debug, PartialEq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "i32", db_type = "Integer")]
pub enum Level {
    #[sea_orm(num_value = -1)]
    Low,
    #[sea_orm(num_value = 100)]
    High,
}

/// An enum that is a text to the database.
#[derive(Clone, Copy, Debug, PartialEq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(1))")]
pub enum Size {
    #[sea_orm(string_value = "S")]
    Small,
    #[sea_orm(string_value = "L")]
    Large,
}

/// All columns have a value.
pub mod every {
    use super::{Colour, Level, Size};
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "every")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub small: i16,
        pub medium: i32,
        pub big: i64,
        // SeaORM reads no u32 from the bigint that it would make of this on PostgreSQL.
        #[sea_orm(column_type = "Integer")]
        pub natural: u32,
        pub single: f32,
        pub double: f64,
        pub price: Decimal,
        pub flag: bool,
        pub name: String,
        #[sea_orm(column_type = "Text")]
        pub note: String,
        #[sea_orm(column_type = "String(StringLen::N(4))")]
        pub code: String,
        pub uuid: Uuid,
        pub day: Date,
        pub clock: Time,
        pub local: DateTime,
        pub utc: DateTimeUtc,
        pub zoned: DateTimeWithTimeZone,
        pub t_day: TimeDate,
        pub t_clock: TimeTime,
        pub t_local: TimeDateTime,
        pub t_zoned: TimeDateTimeWithTimeZone,
        pub json: Json,
        #[sea_orm(column_type = "JsonBinary")]
        pub jsonb: Json,
        pub bytes: Vec<u8>,
        pub colour: Colour,
        pub level: Level,
        pub size: Size,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// All columns may be NULL.
pub mod maybe {
    use super::{Colour, Level, Size};
    use dragon::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "maybe")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub small: Option<i16>,
        pub medium: Option<i32>,
        pub big: Option<i64>,
        #[sea_orm(column_type = "Integer", nullable)]
        pub natural: Option<u32>,
        pub single: Option<f32>,
        pub double: Option<f64>,
        pub price: Option<Decimal>,
        pub flag: Option<bool>,
        pub name: Option<String>,
        #[sea_orm(column_type = "Text", nullable)]
        pub note: Option<String>,
        #[sea_orm(column_type = "String(StringLen::N(4))", nullable)]
        pub code: Option<String>,
        pub uuid: Option<Uuid>,
        pub day: Option<Date>,
        pub clock: Option<Time>,
        pub local: Option<DateTime>,
        pub utc: Option<DateTimeUtc>,
        pub zoned: Option<DateTimeWithTimeZone>,
        pub t_day: Option<TimeDate>,
        pub t_clock: Option<TimeTime>,
        pub t_local: Option<TimeDateTime>,
        pub t_zoned: Option<TimeDateTimeWithTimeZone>,
        pub json: Option<Json>,
        #[sea_orm(column_type = "JsonBinary", nullable)]
        pub jsonb: Option<Json>,
        pub bytes: Option<Vec<u8>>,
        pub colour: Option<Colour>,
        pub level: Option<Level>,
        pub size: Option<Size>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Every field but the primary key, in the order of the models.
pub const FIELDS: [&str; 27] = [
    "small", "medium", "big", "natural", "single", "double", "price", "flag", "name", "note",
    "code", "uuid", "day", "clock", "local", "utc", "zoned", "t_day", "t_clock", "t_local",
    "t_zoned", "json", "jsonb", "bytes", "colour", "level", "size",
];

#[serializer(
    model = every::Entity,
    update_fields(
        small, medium, big, natural, single, double, price, flag, name, note, code, uuid,
        day, clock, local, utc, zoned, t_day, t_clock, t_local, t_zoned, json, jsonb, bytes,
        colour, level, size
    )
)]
pub struct EverySerializer;

#[serializer(
    model = maybe::Entity,
    update_fields(
        small, medium, big, natural, single, double, price, flag, name, note, code, uuid,
        day, clock, local, utc, zoned, t_day, t_clock, t_local, t_zoned, json, jsonb, bytes,
        colour, level, size
    )
)]
pub struct MaybeSerializer;

pub struct EveryRouter;

#[router(route = "every", serializer = EverySerializer)]
impl EveryRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

pub struct MaybeRouter;

#[router(route = "maybe", serializer = MaybeSerializer)]
impl MaybeRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

/// Opens the database and makes the enum, which the tables need, where the database has enums.
pub async fn prepared(database: &Database) -> DatabaseConnection {
    let db = dragon::connect(&database.url).await.unwrap();
    if db.get_database_backend() == DbBackend::Postgres {
        let schema = Schema::new(DbBackend::Postgres);
        db.execute(&schema.create_enum_from_active_enum::<Colour>().unwrap()).await.unwrap();
    }
    db
}
