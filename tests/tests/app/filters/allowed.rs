//! What can be filtered and ordered by; and what cannot, with a sentence that says why.

use dragon::prelude::*;
use dragon_tests::Database;
use serde_json::{Value, json};

use crate::everything::{FIELDS, MaybeSerializer, prepared};
use crate::world::World;

crate::both!(
    an_allow_list_with_what_cannot_be_compared_stops_the_start,
    each_lookup_is_for_the_types_of_the_table_only,
);

/// Columns that look like something that can be compared, and are not.
mod odd {
    use dragon::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "odd")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(column_type = "Char(Some(4))")]
        pub padded: String,
        #[sea_orm(column_type = "Char(None)")]
        pub letter: String,
        pub here: DateTimeLocal,
        #[sea_orm(column_type = "custom(\"citext\")")]
        pub folded: String,
        #[sea_orm(column_type = "Inet")]
        pub address: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[serializer(model = odd::Entity, publish_fields(padded, here))]
struct OddSerializer;

#[serializer(model = odd::Entity, publish_fields(folded))]
struct LossySerializer;

macro_rules! routers {
    ($($name:ident: $serializer:ty, $filters:expr, $orders:expr;)+) => {$(
        struct $name;

        impl ModelRouter for $name {
            const ROUTE: &'static str = "rows";
            type Serializer = $serializer;
            const FILTER_FIELDS: &'static [&'static str] = &$filters;
            const ORDER_FIELDS: &'static [&'static str] = &$orders;

            fn scope(&self, _: &Caller) -> Filter {
                Filter::All
            }
        }
    )+};
}

routers! {
    JsonFilter: MaybeSerializer, ["json"], [];
    JsonbFilter: MaybeSerializer, ["jsonb"], [];
    BytesFilter: MaybeSerializer, ["bytes"], [];
    NoFilter: MaybeSerializer, ["nothing"], [];
    PathFilter: MaybeSerializer, ["list__owner__name"], [];
    PaddedFilter: OddSerializer, ["padded"], [];
    LetterFilter: OddSerializer, ["letter"], [];
    HereFilter: OddSerializer, ["here"], [];
    CustomFilter: OddSerializer, ["folded"], [];
    AddressFilter: OddSerializer, ["address"], [];
    PriceOrder: MaybeSerializer, [], ["price"];
    ZonedOrder: MaybeSerializer, [], ["zoned"];
    HereOrder: OddSerializer, [], ["here"];
    ColourOrder: MaybeSerializer, [], ["colour"];
    JsonOrder: MaybeSerializer, [], ["json"];
    BytesOrder: MaybeSerializer, [], ["bytes"];
    PaddedOrder: OddSerializer, [], ["padded"];
    NoOrder: MaybeSerializer, [], ["nothing"];
    Lossy: LossySerializer, [], [];
    Everything: MaybeSerializer, [
        "small", "medium", "big", "natural", "single", "double", "price", "flag", "name", "note",
        "code", "uuid", "day", "clock", "local", "utc", "zoned", "t_day", "t_clock", "t_local",
        "t_zoned", "colour", "level", "size"
    ], [
        "small", "medium", "big", "natural", "single", "double", "flag", "name", "note", "code",
        "uuid", "day", "clock", "local", "utc", "t_day", "t_clock", "t_local", "level", "size"
    ];
}

async fn an_allow_list_with_what_cannot_be_compared_stops_the_start(database: Database) {
    let db = prepared(&database).await;
    macro_rules! refused {
        ($($router:ident: $($part:literal),+;)+) => {$(
            let app = App::builder("allowed").database(db.clone()).create_tables().router($router);
            let sentence = app.start().await.expect_err(stringify!($router)).to_string();
            for part in [$($part),+] {
                assert!(sentence.contains(part), "{}: {sentence}", stringify!($router));
            }
        )+};
    }
    refused! {
        JsonFilter: "`rows`", "`json`", "filter_fields", "JSON and bytes";
        JsonbFilter: "`jsonb`", "JSON and bytes";
        BytesFilter: "`bytes`", "JSON and bytes";
        NoFilter: "`nothing`", "it has id, small";
        PathFilter: "`list__owner__name`", "it has id, small";
        PaddedFilter: "`padded`", "without its padding", "varchar";
        LetterFilter: "`letter`", "without its padding";
        HereFilter: "`here`", "DateTimeUtc";
        CustomFilter: "`folded`", "not one that Dragon can compare";
        AddressFilter: "`address`", "not one that Dragon can compare";
        PriceOrder: "`price`", "order_fields", "text on the wire";
        ZonedOrder: "`zoned`", "DateTimeUtc";
        HereOrder: "`here`", "DateTimeUtc";
        ColourOrder: "`colour`", "no order";
        JsonOrder: "`json`", "no order";
        BytesOrder: "`bytes`", "no order";
        PaddedOrder: "`padded`", "no order";
        NoOrder: "`nothing`", "order_fields", "it has id, small";
        Lossy: "`folded`", "publish_fields";
    }
}

const WHOLE: [&str; 5] = ["small", "medium", "big", "natural", "level"];
const TEXT: [&str; 4] = ["name", "note", "code", "size"];

/// The table of what can be compared how.
fn is_allowed(field: &str, lookup: &str, postgres: bool) -> bool {
    let never = ["json", "jsonb", "bytes"].contains(&field);
    let float = ["single", "double"].contains(&field);
    match lookup {
        "eq" | "in" => !never && !float,
        "contains" => TEXT.contains(&field),
        _ => {
            let time = ["day", "t_day", "utc"].contains(&field);
            let price = field == "price" && postgres;
            WHOLE.contains(&field) || TEXT.contains(&field) || float || time || price
        }
    }
}

fn value_of(field: &str) -> Value {
    match field {
        _ if WHOLE.contains(&field) => json!(1),
        _ if TEXT.contains(&field) => json!("a"),
        "single" | "double" => json!(0.5),
        "price" => json!("1.5"),
        "flag" => json!(true),
        "uuid" => json!("67e55044-10b1-426f-9247-bb680e5fe0c8"),
        "day" | "t_day" => json!("2015-05-10"),
        "clock" | "t_clock" => json!("21:43:42"),
        "local" | "t_local" => json!("2015-05-10T21:43:42"),
        "colour" => json!("red"),
        _ => json!("2015-05-10T21:43:42+00:00"),
    }
}

async fn each_lookup_is_for_the_types_of_the_table_only(database: Database) {
    let postgres = database.file().is_none();
    let db = prepared(&database).await;
    let app = App::builder("allowed").database(db.clone()).create_tables().router(Everything);
    let world = World::serve(app.start().await.unwrap(), db, database).await;
    let mut client = world.client().await;
    for field in FIELDS {
        for lookup in ["eq", "in", "lt", "lte", "gt", "gte", "contains"] {
            let mut value = value_of(field);
            if lookup == "in" {
                value = json!([value, null]);
            }
            let args = json!({ format!("{field}__{lookup}"): value });
            if is_allowed(field, lookup, postgres) {
                client.ok("rows", "get_list", args.clone()).await;
                client.ok("rows", "subscribe", args.clone()).await;
                client.ok("rows", "unsubscribe", args).await;
            } else {
                let failure = client.fail("rows", "get_list", args.clone()).await;
                assert_eq!(failure.code, "bad_request", "{args}");
                let sentence = failure.data["error"][0].as_str().unwrap().to_owned();
                assert!(sentence.contains(field), "{sentence}");
                assert_eq!(client.fail("rows", "subscribe", args).await.code, "bad_request");
            }
        }
        // A null is a value of every field that can be compared at all.
        if is_allowed(field, "eq", postgres) {
            client.ok("rows", "get_list", json!({ field: null })).await;
        }
    }
}
