//! Routers beyond the defaults: overridden verbs, verbs of one's own, order and limits.

use dragon::prelude::*;
use dragon_tests::{Database, util::PATIENCE};
use sea_orm::{ActiveModelTrait, Set};
use serde_json::{Value, json};

use crate::models::{ItemSerializer, item};
use crate::world::{World, new_item};

crate::both!(
    a_verb_may_be_overridden_and_call_its_default,
    a_router_may_have_verbs_of_its_own,
    lists_are_sorted_and_limited_as_asked,
    a_list_that_is_too_long_is_refused_not_cut_off,
);

/// Items of one list, asked for by an argument of its own; deleting only ticks them.
struct OwnVerbs;

#[router(route = "own-item", serializer = ItemSerializer, filter_fields(done))]
impl OwnVerbs {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    async fn get_list(&self, cx: &mut Context<'_>) -> Outcome {
        let list: i32 = cx.arg("list")?;
        cx.args.remove("list");
        verbs::get_list_where(self, cx, Filter::eq("list_id", list)).await
    }

    async fn delete(&self, cx: &mut Context<'_>) -> Outcome {
        cx.args.insert("done".to_owned(), true.into());
        verbs::update(self, cx).await
    }
}

/// No model at all.
struct Calculator;

impl Router for Calculator {
    const ROUTE: &'static str = "calculator";

    async fn call(&self, verb: &str, cx: &mut Context<'_>) -> Outcome {
        match verb {
            "add" => {
                let (a, b): (i64, i64) = (cx.arg("a")?, cx.arg("b")?);
                Ok(Success::of(&json!(a + b)))
            }
            "tick_all" => {
                let transaction = dragon::model::begin_write(cx.db()).await;
                let transaction = transaction.map_err(|error| dragon::router::failure(&error))?;
                let all = item::Entity::update_many().col_expr(item::Column::Done, true.into());
                let done = all.exec(&transaction).await.map_err(|e| dragon::router::failure(&e))?;
                cx.commit(transaction).await?;
                Ok(Success::of(&json!(done.rows_affected)))
            }
            "panic" => panic!("a fault of this verb"),
            _ => Err(cx.unknown_verb(&["add", "tick_all", "panic"])),
        }
    }
}

async fn world(database: Database) -> World {
    World::start_with(database, |builder| builder.router(OwnVerbs).router(Calculator)).await
}

async fn a_verb_may_be_overridden_and_call_its_default(database: Database) {
    let world = world(database).await;
    let (one, two) = (world.list("me").await.id, world.list("me").await.id);
    for (list, text) in [(one, "a"), (two, "b")] {
        new_item(list, text).insert(&world.db).await.unwrap();
    }
    let mut client = world.client().await;
    let rows = client.ok("own-item", "get_list", json!({ "list": two, "done": false })).await;
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["text"]), (1, &json!("b")));
    assert_eq!(client.fail("own-item", "get_list", json!({})).await.code, "bad_request");
    let ticked = client.ok("own-item", "delete", json!({ "id": rows[0]["id"] })).await;
    assert_eq!(ticked["done"], true);
    assert_eq!(client.ok("own-item", "get_list", json!({ "list": two })).await[0]["done"], true);
}

async fn a_router_may_have_verbs_of_its_own(database: Database) {
    let world = world(database).await;
    let list = world.list("me").await.id;
    new_item(list, "a").insert(&world.db).await.unwrap();
    let mut client = world.client().await;
    assert_eq!(client.ok("calculator", "add", json!({ "a": 2, "b": 3 })).await, json!(5));
    let wrong = client.fail("calculator", "add", json!({ "a": 2, "b": "x" })).await;
    assert_eq!(wrong.code, "bad_request");
    assert_eq!(client.fail("calculator", "sub", json!({})).await.code, "unknown_verb");
    let fault = client.fail("calculator", "panic", json!({})).await;
    assert_eq!(fault.code, "internal");
    assert!(!fault.data.to_string().contains("fault of this verb"), "{}", fault.data);
    // Its own writes go out like all others, and its reply before their echo.
    client.ok("item", "subscribe", json!({ "_snapshot": true })).await;
    let name = client.send("calculator", "tick_all", json!({})).await;
    let first = client.next(PATIENCE).await;
    assert_eq!(first["context"]["client_callback_name"], name.as_str());
    assert_eq!(client.next_push(PATIENCE).await["data"]["done"], true);
}

fn texts(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["text"].as_str().unwrap()).collect()
}

async fn lists_are_sorted_and_limited_as_asked(database: Database) {
    let world = world(database).await;
    let list = world.list("me").await.id;
    for (text, rank) in [("b", 1), ("a", 2), ("Z", 1), ("ä", 3)] {
        let mut item = new_item(list, text);
        item.rank = Set(rank);
        item.insert(&world.db).await.unwrap();
    }
    let mut client = world.client().await;
    for (args, wanted) in [
        (json!({}), vec!["b", "a", "Z", "ä"]),
        (json!({ "_order": "text" }), vec!["Z", "a", "b", "ä"]),
        (json!({ "_order": "-text" }), vec!["ä", "b", "a", "Z"]),
        (json!({ "_order": "rank,-text" }), vec!["b", "Z", "a", "ä"]),
        (json!({ "_order": ["-rank", "text"] }), vec!["ä", "a", "Z", "b"]),
        (json!({ "_order": "-rank", "_limit": 3 }), vec!["ä", "a", "b"]),
        (json!({ "rank__lt": 3, "_order": "-id", "_limit": 2 }), vec!["Z", "a"]),
    ] {
        let rows = client.ok("item", "get_list", args.clone()).await;
        assert_eq!(texts(&rows), wanted, "{args}");
    }
}

async fn a_list_that_is_too_long_is_refused_not_cut_off(database: Database) {
    let mut config = Config::default();
    config.list_rows = 3;
    let world = World::start_with(database, |builder| builder.config(config)).await;
    let list = world.list("me").await.id;
    for text in ["a", "b", "c"] {
        new_item(list, text).insert(&world.db).await.unwrap();
    }
    let mut client = world.client().await;
    assert_eq!(texts(&client.ok("item", "get_list", json!({})).await).len(), 3);
    new_item(list, "d").insert(&world.db).await.unwrap();
    assert_eq!(client.fail("item", "get_list", json!({})).await.code, "too_many");
    let snapshot = json!({ "_snapshot": true });
    assert_eq!(client.fail("item", "subscribe", snapshot).await.code, "too_many");
    assert_eq!(texts(&client.ok("item", "get_list", json!({ "_limit": 2 })).await), ["a", "b"]);
}
