//! The seven verbs, through the wire.

use dragon_tests::{Database, util::PATIENCE};
use serde_json::json;

use crate::world::World;

crate::both!(
    rows_are_created_read_updated_and_deleted,
    nobody_writes_what_the_scope_hides,
    bad_fields_are_named_and_nothing_is_stored,
    bad_calls_get_an_answer,
    the_reply_comes_before_the_echo,
);

async fn rows_are_created_read_updated_and_deleted(database: Database) {
    let world = World::start(database).await;
    let mut client = world.client().await;
    let list = client.ok("list", "create", json!({ "name": "Groceries", "owner": "me" })).await;
    assert_eq!(list, json!({ "id": list["id"], "_type": "list", "name": "Groceries" }));
    let args = json!({ "list_id": list["id"], "text": " Milk ", "secret": "x", "id": 77 });
    let item = client.ok("item", "create", args).await;
    let whole = json!({ "id": 1, "_type": "item", "list_id": list["id"], "text": "Milk", "done": false, "rank": 0 });
    assert_eq!(item, whole);
    assert_eq!(client.ok("item", "get_single", json!({ "id": "1" })).await, whole);
    let updated = client.ok("item", "update", json!({ "id": 1, "done": true, "list_id": 9 })).await;
    assert_eq!(updated, json!({ "id": 1, "_type": "item", "done": true }));
    let unchanged = client.ok("item", "update", json!({ "id": 1, "done": true })).await;
    assert_eq!(unchanged["text"], "Milk");
    let rows = client.ok("item", "get_list", json!({ "list__id": list["id"], "done": true })).await;
    assert_eq!(rows, json!([unchanged]));
    assert_eq!(client.ok("item", "get_list", json!({ "text__contains": "x" })).await, json!([]));
    let deleted = client.ok("item", "delete", json!({ "id": 1 })).await;
    assert_eq!(deleted, unchanged);
    assert_eq!(client.fail("item", "get_single", json!({ "id": 1 })).await.code, "not_found");
}

async fn nobody_writes_what_the_scope_hides(database: Database) {
    let world = World::start(database).await;
    let (mut mine, mut theirs) = (world.client_of("me").await, world.client_of("you").await);
    let list = mine.ok("list", "create", json!({ "name": "Mine", "owner": "you" })).await;
    let id = json!({ "id": list["id"], "name": "Theirs now" });
    for verb in ["get_single", "update", "delete"] {
        assert_eq!(theirs.fail("list", verb, id.clone()).await.code, "not_found", "{verb}");
    }
    assert_eq!(theirs.ok("list", "get_list", json!({})).await, json!([]));
    let mut low = world.client_of("low").await;
    let item = json!({ "list_id": list["id"], "text": "a", "rank": 10 });
    assert_eq!(low.fail("item", "create", item).await.code, "denied");
    assert_eq!(low.ok("item", "get_list", json!({})).await, json!([]));
    let item = json!({ "list_id": list["id"], "text": "a", "rank": 9 });
    let item = low.ok("item", "create", item).await;
    let up = json!({ "id": item["id"], "rank": 10 });
    assert_eq!(low.fail("item", "update", up).await.code, "denied");
    assert_eq!(low.ok("item", "get_single", json!({ "id": item["id"] })).await["rank"], 9);
}

async fn bad_fields_are_named_and_nothing_is_stored(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    let args = json!({ "list_id": list, "text": " ", "done": "yes", "rank": 1.5 });
    let failure = client.fail("item", "create", args).await;
    assert_eq!(failure.code, "validation");
    assert_eq!(
        failure.data,
        json!({
            "text": ["Write something."],
            "done": ["Write true or false."],
            "rank": ["Write a whole number."],
        })
    );
    let failure = client.fail("item", "create", json!({ "list_id": list })).await;
    assert_eq!(failure.data, json!({ "text": ["This field is required."] }));
    for text in [json!(null), json!("a\u{0}b"), json!(5), json!({})] {
        let failure = client.fail("item", "create", json!({ "list_id": list, "text": text })).await;
        assert_eq!(failure.code, "validation", "{text}");
    }
    let missing = client.fail("item", "create", json!({ "list_id": 999, "text": "a" })).await;
    assert_eq!(missing.code, "bad_request");
    assert_eq!(client.ok("item", "get_list", json!({})).await, json!([]));
}

async fn bad_calls_get_an_answer(database: Database) {
    let world = World::start(database).await;
    let mut client = world.client().await;
    for (route, verb, args, code) in [
        ("nowhere", "get_list", json!({}), "unknown_route"),
        ("item", "explode", json!({}), "unknown_verb"),
        ("item", "get_list", json!({ "nothing": 1 }), "bad_request"),
        ("item", "get_list", json!({ "secret": "x" }), "bad_request"),
        ("item", "get_list", json!({ "done": "maybe" }), "bad_request"),
        ("item", "get_list", json!({ "done__lt": true }), "bad_request"),
        ("item", "get_list", json!({ "text__like": "a" }), "bad_request"),
        ("item", "get_list", json!({ "rank__in": 1 }), "bad_request"),
        ("item", "get_list", json!({ "_order": "secret" }), "bad_request"),
        ("item", "get_list", json!({ "_limit": 0 }), "bad_request"),
        ("item", "get_list", json!({ "_nonsense": 0 }), "bad_request"),
        ("item", "get_single", json!({}), "bad_request"),
        ("item", "get_single", json!({ "id": "x" }), "bad_request"),
        ("item", "get_single", json!({ "id": i64::MAX }), "not_found"),
        ("item", "create", json!({ "text": "a" }), "bad_request"),
        ("item", "subscribe", json!({ "_limit": 5 }), "bad_request"),
        ("item", "subscribe", json!({ "secret": 5 }), "bad_request"),
        ("item", "subscribe", json!({ "_since": 5 }), "bad_request"),
        ("item", "subscribe", json!({ "_snapshot": 5 }), "bad_request"),
    ] {
        let failure = client.fail(route, verb, args.clone()).await;
        assert_eq!(failure.code, code, "{route} {verb} {args}: {}", failure.data);
    }
}

async fn the_reply_comes_before_the_echo(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    client.ok("item", "subscribe", json!({ "channel": "items" })).await;
    for round in 0..50 {
        let text = format!("item {round}");
        let name = client.send("item", "create", json!({ "list_id": list, "text": text })).await;
        let first = client.next(PATIENCE).await;
        assert_eq!(first["context"]["client_callback_name"], name.as_str());
        let echo = client.next(PATIENCE).await;
        assert_eq!((&echo["action"], &echo["data"]), (&json!("created"), &first["data"]));
    }
}
