//! Values that clients write.

use dragon_tests::Database;
use serde_json::{Value, json};

use super::{single, texts, world};
use crate::everything::FIELDS;
use crate::world::World;

crate::both!(
    what_only_the_table_refuses_is_no_fault_of_the_server,
    a_value_comes_back_as_it_was_written,
    a_value_of_the_wrong_type_names_its_field,
    a_value_that_the_column_cannot_hold_names_its_field,
);

/// A value of each field, as a client writes it.
fn right() -> Value {
    json!({
        "small": 32767, "medium": -2147483648, "big": i64::MAX, "natural": 7,
        "single": 0.1, "double": 0.30000000000000004, "price": "12.5", "flag": true,
        "name": "\u{1F409}", "note": "", "code": "abcd",
        "uuid": "67e55044-10b1-426f-9247-bb680e5fe0c8", "day": "2015-05-10",
        "clock": "21:43:42.123456", "local": "2015-05-10T21:43:42.123456",
        "utc": "2015-05-10T21:43:42+00:00", "zoned": "2015-05-10T21:43:42.500+00:00",
        "t_day": "9999-12-31", "t_clock": "21:43:42", "t_local": "2015-05-10T21:43:42.100",
        "t_zoned": "2015-05-10T21:43:42+00:00", "json": { "b": [1, 1.0, 5e-324], "a": null },
        "jsonb": [0.1, u64::MAX, -1], "bytes": "AP8=", "colour": "Dark green", "level": 100,
        "size": "L",
    })
}

async fn a_value_comes_back_as_it_was_written(database: Database) {
    let world = world(database).await;
    let mut client = world.client().await;
    for route in ["every", "maybe"] {
        let sent = right();
        let created = client.ok(route, "create", sent.clone()).await;
        let id = i32::try_from(created["id"].as_i64().unwrap()).unwrap();
        let read = texts(&single(&mut client, route, id).await);
        for field in FIELDS {
            assert_eq!(read[field].get(), sent[field].to_string(), "{route} {field}");
        }
    }
    // A float is what its shortest text says, whatever it is.
    let random = (0..200).map(|_| f64::from_bits(fastrand::u64(..))).filter(|f| f.is_finite());
    for double in
        [0.1 + 0.2, f64::MAX, 5e-324, 1e23, 2.225073858507201e-308].into_iter().chain(random)
    {
        let sent = json!(double);
        let args = json!({ "id": 1, "double": sent, "json": [sent] });
        let reply = client.call("every", "update", args).await;
        assert!(reply.is_success(), "{sent}: {reply}");
        let read = texts(&single(&mut client, "every", 1).await);
        assert_eq!(read["double"].get(), sent.to_string());
        // jsonb, as which PostgreSQL takes any JSON, writes large numbers out.
        let inside: [f64; 1] = serde_json::from_str(read["json"].get()).unwrap();
        assert_eq!(inside, [double]);
    }
}

async fn a_value_of_the_wrong_type_names_its_field(database: Database) {
    let world = world(database).await;
    let mut client = world.client().await;
    client.ok("every", "create", right()).await;
    for (route, verb) in [("every", "create"), ("every", "update"), ("maybe", "create")] {
        for field in FIELDS {
            // Any JSON is right for a column of JSON.
            if field == "json" || field == "jsonb" {
                continue;
            }
            for wrong in [json!({ "a": 1 }), json!([1]), json!("no \u{1F409}\0"), json!(true)] {
                if wrong == true && field == "flag" {
                    continue;
                }
                let mut args = right();
                args["id"] = json!(1);
                args[field] = wrong;
                let failure = client.fail(route, verb, args).await;
                assert_eq!(failure.code, "validation", "{route} {verb} {field}: {}", failure.data);
                let named: Vec<&String> = failure.data.as_object().unwrap().keys().collect();
                assert_eq!(named, [field], "{}", failure.data);
                assert!(failure.data[field][0].as_str().unwrap().ends_with('.'));
            }
        }
    }
    for field in FIELDS {
        let failure = client.fail("every", "update", json!({ "id": 1, field: null })).await;
        assert_eq!(failure.data, json!({ field: ["This field cannot be null."] }), "{field}");
    }
    let empty = client.ok("maybe", "create", json!({})).await;
    assert!(FIELDS.iter().all(|field| empty[field].is_null()), "{empty}");
}

async fn a_value_that_the_column_cannot_hold_names_its_field(database: Database) {
    let world = world(database).await;
    let mut client = world.client().await;
    client.ok("every", "create", right()).await;
    for (field, value) in [
        ("small", json!(-32769)),
        ("medium", json!(2_147_483_648_i64)),
        ("big", json!(u64::MAX)),
        ("big", json!(1.5)),
        ("natural", json!(-1)),
        ("single", json!(1e300)),
        ("double", json!("inf")),
        ("double", json!("NaN")),
        ("price", json!("79228162514264337593543950336")),
        ("code", json!("abcde")),
        ("uuid", json!("67e55044")),
        ("day", json!("2015-02-29")),
        ("clock", json!("24:00:00")),
        ("clock", json!("23:59:60")),
        ("local", json!("2015-05-10T23:59:60")),
        ("utc", json!("2015-05-10T23:59:60+00:00")),
        ("utc", json!("2015-05-10")),
        ("t_day", json!("+12345-01-01")),
        ("bytes", json!("===")),
        ("colour", json!("DarkGreen")),
        ("colour", json!("")),
        ("level", json!(0)),
        ("size", json!("M")),
        ("json", json!({ "a": "\u{0}" })),
        ("jsonb", json!({ "\u{0}": [1] })),
        ("day", json!("-4713-12-31")),
        ("utc", json!("-200000-01-01T00:00:00+00:00")),
    ] {
        let args = json!({ "id": 1, field: value });
        let failure = client.fail("every", "update", args.clone()).await;
        assert_eq!(failure.code, "validation", "{args}: {}", failure.data);
        assert!(failure.data.get(field).is_some(), "{args}: {}", failure.data);
    }
}

async fn what_only_the_table_refuses_is_no_fault_of_the_server(database: Database) {
    let postgres = database.file().is_none();
    let key = if postgres { "serial PRIMARY KEY" } else { "integer PRIMARY KEY AUTOINCREMENT" };
    let table = format!(
        "CREATE TABLE item (id {key}, list_id integer, text varchar(4), done boolean DEFAULT \
         FALSE, rank bigint DEFAULT 0 CHECK (rank < 100), secret varchar)"
    );
    database.execute(&table).await;
    let world = World::start(database).await;
    let mut client = world.client().await;
    let mut refused = vec![json!({ "list_id": 1, "text": "a", "rank": 100 })];
    if postgres {
        refused.push(json!({ "list_id": 1, "text": "abcde" }));
    }
    for args in refused {
        let failure = client.fail("item", "create", args).await;
        assert_eq!(failure.code, "bad_request", "{}", failure.data);
    }
    assert_eq!(client.ok("item", "get_list", json!({})).await, json!([]));
}
