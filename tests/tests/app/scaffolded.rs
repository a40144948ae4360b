//! Models of every type that `dragon-cli generate model` knows, as it writes them (they are
//! dragon-cli's snapshots): their tables, what is told of them, and what they are filtered and
//! sorted by, on both databases.

use dragon::prelude::*;
use dragon_tests::{Database, util::PATIENCE};
use serde_json::{Value as Json, json};

use crate::world::{World, told};

crate::both!(
    every_type_is_stored_and_told,
    what_is_not_given_is_null,
    what_is_referred_to_goes_as_the_field_says,
);

#[path = "../../../dragon-cli/tests/snapshots/every/src/models"]
mod generated {
    #[rustfmt::skip]
    #[path = "every.rs.snap"]
    pub mod every;
    #[rustfmt::skip]
    #[path = "maybe.rs.snap"]
    pub mod maybe;
    #[rustfmt::skip]
    #[path = "todo_list.rs.snap"]
    pub mod todo_list;
}

/// Serializer and router with the fields that those of the snapshots have.
macro_rules! serve {
    ($module:ident, $serializer:ident, $router:ident, $route:literal, $($field:ident)+;
     filter $($filter:ident)+; order $($order:ident)+) => {
        #[serializer(
            model = generated::$module::Entity,
            publish_fields($($field),+),
            update_fields($($field),+)
        )]
        struct $serializer;

        struct $router;

        #[router(
            route = $route,
            serializer = $serializer,
            filter_fields($($filter),+),
            order_fields($($order),+),
        )]
        impl $router {
            fn scope(&self, _: &Caller) -> Filter {
                Filter::All
            }
        }
    };
}

serve!(todo_list, ListSerializer, ListRouter, "todo-list", name; filter name; order name);
serve!(every, EverySerializer, EveryRouter, "every", a b c d e f g h i j k l m_id;
    filter a b c d e f g h i j k m_id; order a b c d e g h i j);
serve!(maybe, MaybeSerializer, MaybeRouter, "maybe", a b c d e f g h i j k l m_id n_id parent_id;
    filter a b c d e f g h i j k m_id n_id parent_id; order a b c d e g h i j);

async fn start(database: Database) -> World {
    let db = dragon::connect(&database.url).await.unwrap();
    let app = App::builder("scaffolded").database(db.clone()).create_tables();
    let app = app.router(MaybeRouter).router(EveryRouter).router(ListRouter);
    World::serve(app.start().await.unwrap(), db, database).await
}

fn values() -> Json {
    json!({
        "a": "one", "b": "one line\nand another", "c": 1, "d": 3_000_000_000_i64, "e": 0.5,
        "f": "12.5", "g": true, "h": "2026-01-31", "i": "12:30:00",
        "j": "2026-01-31T12:30:00+00:00", "k": "00000000-0000-4000-8000-000000000001",
        "l": { "a": [1, 2] }, "m_id": 1,
    })
}

async fn every_type_is_stored_and_told(database: Database) {
    let world = start(database).await;
    let mut client = world.client().await;
    client.ok("todo-list", "create", json!({ "name": "a" })).await;
    client.ok("every", "subscribe", json!({})).await;
    let created = client.ok("every", "create", values()).await;
    for (field, value) in values().as_object().unwrap() {
        assert_eq!(&created[field], value, "{field}");
    }
    assert_eq!(told(&client.next_push(PATIENCE).await), ("created".to_owned(), created.clone()));
    for (field, value) in [("m__id", json!(1)), ("f", json!("12.5")), ("k", values()["k"].clone())]
    {
        let found = client.ok("every", "get_list", json!({ field: value })).await;
        assert_eq!(found, json!([created]), "{field}");
    }
    for order in ["a", "-b", "c", "d", "e", "g", "h", "i", "-j"] {
        let found = client.ok("every", "get_list", json!({ "_order": order })).await;
        assert_eq!(found, json!([created]), "{order}");
    }
}

async fn what_is_not_given_is_null(database: Database) {
    let world = start(database).await;
    let mut client = world.client().await;
    client.ok("todo-list", "create", json!({ "name": "a" })).await;
    let created = client.ok("maybe", "create", json!({ "n_id": 1 })).await;
    for field in ["a", "b", "c", "d", "e", "f", "h", "i", "j", "k", "l", "m_id", "parent_id"] {
        assert_eq!(created[field], Json::Null, "{field}");
    }
    assert_eq!((&created["g"], &created["n_id"]), (&json!(false), &json!(1)));
    // What must be given is said for each field at once.
    let refused = client.call("every", "create", json!({})).await;
    let sentences = refused.data();
    for field in values().as_object().unwrap().keys() {
        assert_eq!(sentences[field], json!(["This field is required."]), "{sentences}");
    }
}

async fn what_is_referred_to_goes_as_the_field_says(database: Database) {
    let world = start(database).await;
    let mut client = world.client().await;
    for name in ["a", "b"] {
        client.ok("todo-list", "create", json!({ "name": name })).await;
    }
    let parent = client.ok("maybe", "create", json!({ "n_id": 1, "m_id": 2 })).await["id"].clone();
    let child = json!({ "n_id": 1, "parent_id": parent });
    let child = client.ok("maybe", "create", child).await["id"].clone();
    // A list that may be missing: the row stays without it.
    client.ok("todo-list", "delete", json!({ "id": 2 })).await;
    let rows = client.ok("maybe", "get_list", json!({})).await;
    assert_eq!(rows[0]["m_id"], Json::Null);
    client.ok("maybe", "delete", json!({ "id": parent })).await;
    let rows = client.ok("maybe", "get_list", json!({})).await;
    assert_eq!((&rows[0]["id"], &rows[0]["parent_id"]), (&child, &Json::Null));
    // One that must be there: the row goes with it.
    client.ok("todo-list", "delete", json!({ "id": 1 })).await;
    assert_eq!(client.ok("maybe", "get_list", json!({})).await, json!([]));
}
