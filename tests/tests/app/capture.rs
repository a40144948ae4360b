//! Whatever changes a row is told, once and in order; what was not committed is not.

use std::time::Duration;

use dragon_tests::{Client, Database, util::PATIENCE};
use sea_orm::prelude::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, ModelTrait,
    QueryFilter, Set, TransactionTrait,
};
use serde_json::{Value, json};

use crate::models::{item, list};
use crate::world::{World, gone, new_item, told};

crate::both!(
    every_way_to_write_is_seen,
    what_is_rolled_back_is_never_told,
    a_changed_primary_key_is_a_delete_and_a_create,
    what_is_not_published_is_not_told,
    cascades_are_seen,
    replaced_rows_are_told_as_updates,
);

async fn watch(world: &World) -> Client {
    let mut client = world.client().await;
    client.ok("item", "subscribe", json!({ "_snapshot": true })).await;
    client
}

async fn next(client: &mut Client) -> (String, Value) {
    told(&client.next_push(PATIENCE).await)
}

fn created(id: i32, list: i32, text: &str) -> (String, Value) {
    let data = json!({ "id": id, "_type": "item", "list_id": list, "text": text, "done": false, "rank": 0 });
    ("created".to_owned(), data)
}

fn updated(id: i32, field: &str, value: impl Into<Value>) -> (String, Value) {
    ("updated".to_owned(), json!({ "id": id, "_type": "item", field: value.into() }))
}

async fn every_way_to_write_is_seen(database: Database) {
    let world = World::start(database).await;
    let (list, db) = (world.list("me").await.id, &world.db);
    let mut client = watch(&world).await;
    // Through active models.
    let one = new_item(list, "one").insert(db).await.unwrap();
    assert_eq!(next(&mut client).await, created(1, list, "one"));
    let mut active = one.into_active_model();
    active.text = Set("uno".to_owned());
    let one = active.save(db).await.unwrap();
    assert_eq!(next(&mut client).await, updated(1, "text", "uno"));
    one.delete(db).await.unwrap();
    assert_eq!(next(&mut client).await, gone(1));
    // In bulk.
    let many = ["two", "three"].map(|text| new_item(list, text));
    item::Entity::insert_many(many).exec(db).await.unwrap();
    assert_eq!(next(&mut client).await, created(2, list, "two"));
    assert_eq!(next(&mut client).await, created(3, list, "three"));
    let all = item::Entity::update_many().col_expr(item::Column::Done, Expr::value(true));
    all.exec(db).await.unwrap();
    let mut both = [next(&mut client).await, next(&mut client).await];
    both.sort_by_key(|(_, data)| data["id"].as_i64());
    assert_eq!(both, [updated(2, "done", true), updated(3, "done", true)]);
    item::Entity::delete_many().filter(item::Column::Id.eq(3)).exec(db).await.unwrap();
    assert_eq!(next(&mut client).await, gone(3));
    // In SQL, by another connection that knows nothing of Dragon.
    world.database.execute("UPDATE item SET text = 'due' WHERE id = 2").await;
    assert_eq!(next(&mut client).await, updated(2, "text", "due"));
    world.database.execute("DELETE FROM item").await;
    assert_eq!(next(&mut client).await, gone(2));
    client.no_push(Duration::from_millis(200)).await;
}

async fn what_is_rolled_back_is_never_told(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let mut client = watch(&world).await;
    let transaction = world.db.begin().await.unwrap();
    new_item(list, "rolled back").insert(&transaction).await.unwrap();
    transaction.rollback().await.unwrap();
    let transaction = world.db.begin().await.unwrap();
    new_item(list, "dropped").insert(&transaction).await.unwrap();
    drop(transaction);
    let transaction = world.db.begin().await.unwrap();
    let kept = new_item(list, "kept").insert(&transaction).await.unwrap();
    let savepoint = transaction.begin().await.unwrap();
    new_item(list, "in a savepoint").insert(&savepoint).await.unwrap();
    savepoint.rollback().await.unwrap();
    let savepoint = transaction.begin().await.unwrap();
    let also = new_item(list, "also kept").insert(&savepoint).await.unwrap();
    savepoint.commit().await.unwrap();
    client.no_push(Duration::from_millis(200)).await;
    transaction.commit().await.unwrap();
    assert_eq!(next(&mut client).await, created(kept.id, list, "kept"));
    assert_eq!(next(&mut client).await, created(also.id, list, "also kept"));
    client.no_push(Duration::from_millis(200)).await;
}

async fn a_changed_primary_key_is_a_delete_and_a_create(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    new_item(list, "moves").insert(&world.db).await.unwrap();
    let mut client = watch(&world).await;
    world.database.execute("UPDATE item SET id = 50 WHERE id = 1").await;
    assert_eq!(next(&mut client).await, gone(1));
    assert_eq!(next(&mut client).await, created(50, list, "moves"));
}

async fn what_is_not_published_is_not_told(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    new_item(list, "a").insert(&world.db).await.unwrap();
    let mut client = watch(&world).await;
    world.database.execute("UPDATE item SET secret = 'x'").await;
    world.database.execute("UPDATE item SET text = text").await;
    world.database.execute("UPDATE item SET text = 'A', secret = 'y'").await;
    assert_eq!(next(&mut client).await, updated(1, "text", "A"));
}

async fn cascades_are_seen(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await;
    for text in ["a", "b"] {
        new_item(list.id, text).insert(&world.db).await.unwrap();
    }
    let mut client = watch(&world).await;
    list.delete(&world.db).await.unwrap();
    let mut both = [next(&mut client).await, next(&mut client).await];
    both.sort_by_key(|(_, data)| data["id"].as_i64());
    assert_eq!(both, [gone(1), gone(2)]);
    assert!(list::Entity::find().one(&world.db).await.unwrap().is_none());
}

async fn replaced_rows_are_told_as_updates(database: Database) {
    if database.file().is_none() {
        return upserts_are_told_as_updates(database).await;
    }
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    new_item(list, "a").insert(&world.db).await.unwrap();
    let mut client = watch(&world).await;
    let replace = |text: &str| {
        format!("INSERT OR REPLACE INTO item (id, list_id, text) VALUES (1, {list}, '{text}')")
    };
    // With recursive_triggers, as the app's own connections have it, the delete is seen as well.
    world.db.execute_unprepared(&replace("b")).await.unwrap();
    assert_eq!(next(&mut client).await, gone(1));
    assert_eq!(next(&mut client).await, created(1, list, "b"));
    // Without it, as other programs have it, only what the triggers themselves noted is.
    let plain = sea_orm::Database::connect(&world.database.url).await.unwrap();
    plain.execute_unprepared("PRAGMA recursive_triggers = OFF").await.unwrap();
    plain.execute_unprepared(&replace("c")).await.unwrap();
    assert_eq!(next(&mut client).await, updated(1, "text", "c"));
    let upsert = format!(
        "INSERT INTO item (id, list_id, text) VALUES (1, {list}, 'd') ON CONFLICT (id) DO UPDATE \
         SET text = excluded.text"
    );
    plain.execute_unprepared(&upsert).await.unwrap();
    assert_eq!(next(&mut client).await, updated(1, "text", "d"));
    let ignored = format!("INSERT OR IGNORE INTO item (id, list_id, text) VALUES (1, {list}, 'e')");
    plain.execute_unprepared(&ignored).await.unwrap();
    client.no_push(Duration::from_millis(200)).await;
}

async fn upserts_are_told_as_updates(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    new_item(list, "a").insert(&world.db).await.unwrap();
    let mut client = watch(&world).await;
    let upsert = format!(
        "INSERT INTO item (id, list_id, text) VALUES (1, {list}, 'b') ON CONFLICT (id) DO UPDATE \
         SET text = excluded.text"
    );
    world.db.execute_unprepared(&upsert).await.unwrap();
    assert_eq!(next(&mut client).await, updated(1, "text", "b"));
}
