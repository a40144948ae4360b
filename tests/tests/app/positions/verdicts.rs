//! Enter, stay, leave: who is told of a row, and how much.

use dragon_tests::util::PATIENCE;
use dragon_tests::{Client, Database};
use sea_orm::{ActiveModelTrait, ConnectionTrait};
use serde_json::{Value, json};

use super::subscribe;
use crate::world::{World, gone, new_item, told};

crate::both!(
    a_row_enters_whole_stays_by_its_changes_and_leaves_by_its_id,
    who_may_not_see_a_row_hears_nothing_of_it,
    a_row_that_leaves_one_filter_enters_another,
    every_channel_of_a_connection_is_told_by_itself,
);

async fn next(client: &mut Client) -> (String, Value) {
    told(&client.next_push(PATIENCE).await)
}

/// Says something that everyone hears, so that what comes before it was all there was.
async fn nothing_but_the_end(world: &World, list: i32, clients: [&mut Client; 2]) {
    let end = new_item(list, "end").insert(&world.db).await.unwrap();
    for client in clients {
        let (action, data) = next(client).await;
        assert_eq!((action.as_str(), &data["id"]), ("created", &json!(end.id)), "{data}");
    }
    world.db.execute_unprepared("DELETE FROM item WHERE text = 'end'").await.unwrap();
}

fn whole(id: i32, list: i32, text: &str, rank: i64) -> (String, Value) {
    let data = json!({ "id": id, "_type": "item", "list_id": list, "text": text, "done": false, "rank": rank });
    ("created".to_owned(), data)
}

fn changed(id: i32, field: &str, value: impl Into<Value>) -> (String, Value) {
    ("updated".to_owned(), json!({ "id": id, "_type": "item", field: value.into() }))
}

async fn a_row_enters_whole_stays_by_its_changes_and_leaves_by_its_id(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    subscribe(&mut client, json!({ "rank__lt": 10, "_snapshot": true })).await;
    let id = new_item(list, "a").insert(&world.db).await.unwrap().id;
    assert_eq!(next(&mut client).await, whole(id, list, "a", 0));
    for (set, expected) in [
        ("rank = 9", changed(id, "rank", 9)),
        ("rank = 10", gone(id)),
        ("rank = 11, text = 'b'", gone(0)),
        ("rank = 5", whole(id, list, "b", 5)),
        ("secret = 'x'", gone(0)),
        ("text = 'c'", changed(id, "text", "c")),
    ] {
        let sql = format!("UPDATE item SET {set} WHERE id = {id}");
        world.db.execute_unprepared(&sql).await.unwrap();
        // Of a row that stays outside, and of a field that is not published, nobody hears.
        if expected != gone(0) {
            assert_eq!(next(&mut client).await, expected, "{set}");
        }
    }
    world.db.execute_unprepared("DELETE FROM item").await.unwrap();
    assert_eq!(next(&mut client).await, gone(id));
}

async fn who_may_not_see_a_row_hears_nothing_of_it(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    // The scope of `low` is rank below 10; the other one asks for the same by a filter.
    let (mut low, mut asks) = (world.client_of("low").await, world.client().await);
    let of_scope = subscribe(&mut low, json!({ "_snapshot": true })).await;
    let of_filter = subscribe(&mut asks, json!({ "rank__lt": 10, "_snapshot": true })).await;
    assert_ne!(of_scope.channel(), of_filter.channel());
    assert!(!of_scope.channel().contains("rank") && !of_scope.channel().contains("10"));
    let mut item = new_item(list, "hidden");
    item.rank = sea_orm::Set(50);
    let id = item.insert(&world.db).await.unwrap().id;
    let update = |set: &str| format!("UPDATE item SET {set} WHERE id = {id}");
    world.db.execute_unprepared(&update("text = 'still hidden'")).await.unwrap();
    nothing_but_the_end(&world, list, [&mut low, &mut asks]).await;
    for client in [&mut low, &mut asks] {
        assert_eq!(next(client).await.0, "deleted");
    }
    world.db.execute_unprepared(&update("rank = 9")).await.unwrap();
    for client in [&mut low, &mut asks] {
        assert_eq!(next(client).await, whole(id, list, "still hidden", 9));
    }
    // It leaves, with a change that nobody outside may read.
    world.db.execute_unprepared(&update("rank = 60, text = 'new secret'")).await.unwrap();
    for client in [&mut low, &mut asks] {
        assert_eq!(next(client).await, gone(id));
    }
    world.db.execute_unprepared(&update("text = 'newer secret'")).await.unwrap();
    let delete = format!("DELETE FROM item WHERE id = {id}");
    world.db.execute_unprepared(&delete).await.unwrap();
    nothing_but_the_end(&world, list, [&mut low, &mut asks]).await;
    for client in [&low, &asks] {
        let log = json!(client.log()).to_string();
        assert!(!log.contains("secret") && !log.contains("\"rank\":50"), "{log}");
    }
}

async fn a_row_that_leaves_one_filter_enters_another(database: Database) {
    let world = World::start(database).await;
    let (one, two) = (world.list("me").await.id, world.list("me").await.id);
    let (mut of_one, mut of_two) = (world.client().await, world.client().await);
    subscribe(&mut of_one, json!({ "list_id": one })).await;
    subscribe(&mut of_two, json!({ "list__id": two })).await;
    let id = new_item(one, "moves").insert(&world.db).await.unwrap().id;
    assert_eq!(next(&mut of_one).await, whole(id, one, "moves", 0));
    for (to, left, entered) in [(two, &mut of_one, &mut of_two)] {
        let sql = format!("UPDATE item SET list_id = {to} WHERE id = {id}");
        world.db.execute_unprepared(&sql).await.unwrap();
        assert_eq!(next(left).await, gone(id));
        assert_eq!(next(entered).await, whole(id, to, "moves", 0));
    }
    let sql = format!("UPDATE item SET list_id = {one}, text = 'moved' WHERE id = {id}");
    world.db.execute_unprepared(&sql).await.unwrap();
    assert_eq!(next(&mut of_two).await, gone(id));
    assert_eq!(next(&mut of_one).await, whole(id, one, "moved", 0));
}

async fn every_channel_of_a_connection_is_told_by_itself(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    for filter in [json!({}), json!({ "done": false }), json!({ "text__contains": "x" })] {
        subscribe(&mut client, filter).await;
    }
    let id = new_item(list, "a").insert(&world.db).await.unwrap().id;
    let sql = format!("UPDATE item SET text = 'x', done = true WHERE id = {id}");
    world.db.execute_unprepared(&sql).await.unwrap();
    let mut told = Vec::new();
    for _ in 0..5 {
        let push = client.next_push(PATIENCE).await;
        let text = |name: &str| push[name].as_str().unwrap_or_default().to_owned();
        told.push((text("channel"), text("action")));
    }
    told.sort();
    let expected = [
        ("item|", "created"),
        ("item|", "updated"),
        ("item|done:False", "created"),
        ("item|done:False", "deleted"),
        ("item|text__contains:x", "created"),
    ];
    assert_eq!(told, expected.map(|(channel, action)| (channel.to_owned(), action.to_owned())));
}
