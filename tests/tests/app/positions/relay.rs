//! From the log to the broker: once and in order, whatever becomes of a batch on its way.

use dragon_tests::util::{PATIENCE, until};
use dragon_tests::{Client, Database};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, TransactionTrait};
use serde_json::{Value, json};

use super::courier::{Courier, Way};
use super::subscribe;
use crate::models::item;
use crate::world::{World, new_item};
use dragon_tests::mirror::place;

crate::both!(
    what_is_published_twice_is_told_once,
    what_is_lost_on_the_way_is_published_again,
    writes_go_on_while_nothing_can_be_published,
);

async fn ids(client: &mut Client, count: usize) -> Vec<Value> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(client.next_push(PATIENCE).await["data"]["id"].clone());
    }
    ids
}

async fn started(database: Database, courier: &std::sync::Arc<Courier>) -> World {
    World::start_with(database, |builder| builder.broker(courier.clone())).await
}

async fn what_is_published_twice_is_told_once(database: Database) {
    let courier = Courier::new();
    let world = started(database, &courier).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    subscribe(&mut client, json!({ "_snapshot": true })).await;
    courier.set(Way::Unanswered);
    for _ in 0..3 {
        new_item(list, "a").insert(&world.db).await.unwrap();
    }
    let again = || async { courier.batches().len() > courier.different_batches() };
    until(PATIENCE, "a batch is published twice", again).await;
    courier.set(Way::Open);
    new_item(list, "b").insert(&world.db).await.unwrap();
    assert_eq!(ids(&mut client, 4).await, [1, 2, 3, 4]);
}

async fn what_is_lost_on_the_way_is_published_again(database: Database) {
    let courier = Courier::new();
    let world = started(database, &courier).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    subscribe(&mut client, json!({ "_snapshot": true })).await;
    courier.set(Way::Lost);
    for _ in 0..3 {
        new_item(list, "a").insert(&world.db).await.unwrap();
    }
    let again = || async { courier.batches().len() > courier.different_batches() };
    until(PATIENCE, "a batch is published twice", again).await;
    courier.set(Way::Open);
    new_item(list, "b").insert(&world.db).await.unwrap();
    assert_eq!(ids(&mut client, 4).await, [1, 2, 3, 4]);
}

async fn writes_go_on_while_nothing_can_be_published(database: Database) {
    let courier = Courier::new();
    let world = started(database, &courier).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    subscribe(&mut client, json!({ "_snapshot": true })).await;
    courier.set(Way::Blocked);
    for _ in 0..10 {
        client.ok("item", "create", json!({ "list_id": list, "text": "a" })).await;
    }
    // Who loads now has all of them, and is told of none once more.
    let mut late = world.client().await;
    let reply = subscribe(&mut late, json!({ "_snapshot": true })).await;
    assert_eq!((reply.snapshot().len(), place(&reply.position()).1), (10, 0));
    courier.set(Way::Open);
    let next = client.ok("item", "create", json!({ "list_id": list, "text": "b" })).await;
    assert_eq!(late.next_push(PATIENCE).await["data"], next);
    assert_eq!(ids(&mut client, 11).await, (1..=11).collect::<Vec<_>>());
}

/// Starts an app whose relay has published ids 2 and 3 of the log and does not know it, while id
/// 1 is not committed yet.
async fn with_a_late_commit() -> (std::sync::Arc<Courier>, Database) {
    let courier = Courier::new();
    let world = started(Database::postgres().await, &courier).await;
    let list = world.list("me").await.id;
    until(PATIENCE, "the list is told", || async { !courier.batches().is_empty() }).await;
    let other = world.database.connect().await;
    let late = other.begin().await.unwrap();
    new_item(list, "late").insert(&late).await.unwrap();
    courier.set(Way::Unanswered);
    // In one statement, so that one batch has both.
    let both = ["a", "b"].map(|text| new_item(list, text));
    item::Entity::insert_many(both).exec(&world.db).await.unwrap();
    let again = || async { courier.batches().iter().any(|ids| ids.len() == 2) };
    until(PATIENCE, "both are published", again).await;
    late.commit().await.unwrap();
    (courier, world.stop().await)
}

/// A relay that takes over publishes what its predecessor did, and what has come in between.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stored_position_is_the_last_even_if_it_went_to_the_first_of_a_batch() {
    let (courier, database) = with_a_late_commit().await;
    courier.set(Way::Open);
    let world = started(database, &courier).await;
    let empty = || async {
        let sql = "SELECT count(*) FROM dragon_test_log";
        let statement = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, sql);
        let row = world.db.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index::<i64>(0).unwrap() == 0
    };
    until(PATIENCE, "the log is empty", empty).await;
    let mut client = world.client().await;
    let reply = subscribe(&mut client, json!({ "_snapshot": true })).await;
    assert_eq!((reply.snapshot().len(), place(&reply.position()).1), (3, 3));
}

/// What a listener may have heard at a position must not be heard by another at that position,
/// even if the broker forgets it before the relay knows that it was taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_whose_fate_is_unknown_is_published_again_as_it_was() {
    let courier = Courier::new();
    let world = started(Database::postgres().await, &courier).await;
    let list = world.list("me").await.id;
    until(PATIENCE, "the list is told", || async { !courier.batches().is_empty() }).await;
    let other = world.database.connect().await;
    let late = other.begin().await.unwrap();
    new_item(list, "late").insert(&late).await.unwrap();
    courier.set(Way::Lost);
    new_item(list, "a").insert(&world.db).await.unwrap();
    until(PATIENCE, "a batch is lost", || async { courier.batches().len() > 1 }).await;
    let lost = courier.batches()[1].clone();
    late.commit().await.unwrap();
    let count = courier.batches().len();
    until(PATIENCE, "it goes again", || async { courier.batches().len() > count + 1 }).await;
    courier.set(Way::Open);
    let mut client = world.client().await;
    let all = || async { world.app.stats().events >= 3 };
    until(PATIENCE, "all is told", all).await;
    assert_eq!(subscribe(&mut client, json!({ "_snapshot": true })).await.snapshot().len(), 2);
    let mut batches = courier.batches().split_off(1);
    let last = batches.pop();
    assert!(batches.iter().all(|batch| *batch == lost), "{batches:?}");
    assert!(last.is_some_and(|last| last.len() == 1 && last[0] < lost[0]));
}

/// How many connections this database has seen.
async fn sessions(database: &Database) -> i64 {
    let db = database.connect().await;
    let sql = "SELECT sessions FROM pg_stat_database WHERE datname = current_database()";
    let statement = sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, sql);
    let row = db.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_waits_for_its_turn_to_relay_waits_on_one_connection() {
    let (redis, database) = (dragon_tests::Redis::start(), Database::postgres().await);
    let (one, two) = (super::node(&redis, &database).await, super::node(&redis, &database).await);
    let before = sessions(&database).await;
    // It asks several times a second.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let more = sessions(&database).await - before;
    assert!(more <= 3, "{more} connections in two seconds");
    drop((one, two));
}
