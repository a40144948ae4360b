//! Data that goes through the change log: published if and only if it was committed, and once.

use std::sync::Arc;

use dragon::broker::Broker;
use dragon::capture::RelaySettings;
use dragon::prelude::*;
use dragon::publish::{LARGEST, PublishError};
use dragon_tests::util::{PATIENCE, until};
use dragon_tests::{Client, Database, Redis};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DatabaseTransaction, TransactionTrait};
use serde_json::json;

use crate::models::item;
use crate::positions::courier::{Courier, Way};
use crate::world::{World, builder, new_item};

crate::both!(
    what_is_committed_is_published_and_what_is_rolled_back_is_not,
    a_verb_publishes_in_its_transaction,
    none_of_many_is_dropped,
    large_messages_are_published_in_parts,
    what_was_not_published_before_a_kill_is_published_after_it,
    what_was_published_before_a_kill_is_not_published_again,
    what_waits_in_the_log_survives_a_start_that_clears_it,
    data_that_cannot_be_read_harms_nobody,
);

/// News, published with the row that they are about.
struct News;

impl Router for News {
    const ROUTE: &'static str = "news";

    async fn call(&self, verb: &str, cx: &mut Context<'_>) -> Outcome {
        let refused = |error: DbErr| dragon::router::failure(&error);
        let transaction = dragon::model::begin_write(cx.db()).await.map_err(refused)?;
        let row = new_item(cx.arg("list_id")?, "news").insert(&transaction).await;
        let row = row.map_err(refused)?;
        let data = if verb == "wrong" { json!(row.id) } else { json!({ "row": row.id }) };
        cx.publish_in(&transaction, "news", &data).await?;
        cx.commit(transaction).await?;
        Ok(Success::of(&json!(row.id)))
    }

    fn subscription_channels(&self, _: &Context<'_>) -> Result<Vec<String>, Failure> {
        Ok(vec!["news".to_owned()])
    }
}

async fn world(database: Database, broker: Option<Arc<dyn Broker>>) -> World {
    World::start_with(database, |builder| match broker {
        Some(broker) => builder.broker(broker).router(News),
        None => builder.router(News),
    })
    .await
}

async fn listener(world: &World) -> Client {
    let mut client = world.client().await;
    client.ok("news", "subscribe", json!({})).await;
    client
}

async fn number(client: &mut Client) -> i64 {
    let push = client.next_push(PATIENCE).await;
    assert_eq!(push["channel"], "news", "{push}");
    push["n"].as_i64().unwrap_or_else(|| panic!("no number in {push}"))
}

async fn what_is_committed_is_published_and_what_is_rolled_back_is_not(database: Database) {
    let world = world(database, None).await;
    let mut client = listener(&world).await;
    let publish = async |db: &DatabaseTransaction, n: i64| {
        world.app.publish_data_in(db, "news", &json!({ "n": n })).await.unwrap();
    };
    let rolled_back = world.db.begin().await.unwrap();
    publish(&rolled_back, 1).await;
    rolled_back.rollback().await.unwrap();
    let outer = world.db.begin().await.unwrap();
    publish(&outer, 2).await;
    let savepoint = outer.begin().await.unwrap();
    publish(&savepoint, 3).await;
    savepoint.rollback().await.unwrap();
    publish(&outer, 4).await;
    outer.commit().await.unwrap();
    // A plain connection is a transaction of its own.
    let publisher = world.app.publisher().clone();
    publisher.publish_data_in(&world.db, "news", &json!({ "n": 5 })).await.unwrap();
    for wanted in [2, 4, 5] {
        assert_eq!(number(&mut client).await, wanted);
    }
    let large = json!({ "text": "x".repeat(LARGEST) });
    let refused = publisher.publish_data_in(&world.db, "news", &large).await;
    assert!(matches!(refused, Err(PublishError::Refused(_))));
    world.db.execute_unprepared("DROP TABLE dragon_test_log").await.unwrap();
    let refused = publisher.publish_data_in(&world.db, "news", &json!({})).await;
    assert!(matches!(refused, Err(PublishError::Database(_))));
}

async fn a_verb_publishes_in_its_transaction(database: Database) {
    let world = world(database, None).await;
    let list = world.list("me").await.id;
    let mut client = listener(&world).await;
    assert_eq!(client.fail("news", "wrong", json!({ "list_id": list })).await.code, "bad_request");
    let name = client.send("news", "tell", json!({ "list_id": list })).await;
    // Its reply comes first.
    let first = client.next(PATIENCE).await;
    assert_eq!(first["context"]["client_callback_name"], name.as_str());
    let push = client.next_push(PATIENCE).await;
    assert_eq!(push, json!({ "row": first["data"], "channel": "news" }));
    assert_eq!(item::Entity::find().count(&world.db).await.unwrap(), 1);
}

async fn none_of_many_is_dropped(database: Database) {
    // More than a batch, and than what becomes a Reset of a model.
    let settings = RelaySettings { batch: 10, backlog: 20, ..RelaySettings::default() };
    let courier = Courier::new();
    let world = World::start_with(database, |builder| {
        builder.broker(courier.clone()).relay(settings).router(News)
    })
    .await;
    let mut client = listener(&world).await;
    courier.set(Way::Blocked);
    let transaction = world.db.begin().await.unwrap();
    for n in 0..200 {
        let data = json!({ "n": n });
        world.app.publish_data_in(&transaction, ["news", "other"], &data).await.unwrap();
    }
    transaction.commit().await.unwrap();
    courier.set(Way::Open);
    for n in 0..200 {
        assert_eq!(number(&mut client).await, n);
    }
}

async fn large_messages_are_published_in_parts(database: Database) {
    let mut config = Config::default();
    config.outbox_bytes = 16 * 1024 * 1024;
    let courier = Courier::new();
    let world = World::start_with(database, |builder| {
        builder.config(config).broker(courier.clone()).router(News)
    })
    .await;
    let mut client = listener(&world).await;
    let transaction = world.db.begin().await.unwrap();
    for n in 0..20 {
        let data = json!({ "n": n, "text": "x".repeat(60_000) });
        world.app.publish_data_in(&transaction, "news", &data).await.unwrap();
    }
    transaction.commit().await.unwrap();
    for n in 0..20 {
        assert_eq!(number(&mut client).await, n);
    }
    let batches = courier.batches();
    assert!(batches.iter().all(|ids| ids.len() <= 8) && batches.len() >= 3, "{batches:?}");
}

/// Two nodes of one app; the first is the relay and is killed in the midst of what it does, when
/// the courier has gone that way.
async fn killed(database: Database, way: Way) -> (World, Client) {
    let courier = Courier::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (url, broker) = (database.url.clone(), courier.clone());
    let first = runtime.spawn(async move {
        let db = dragon::connect(&url).await.unwrap();
        builder(&db).broker(broker).router(News).start().await.unwrap()
    });
    let first = first.await.unwrap();
    let other = world(database, Some(courier.clone())).await;
    let mut client = listener(&other).await;
    courier.set(way);
    let (batches, publisher) = (courier.batches().len(), first.publisher().clone());
    let transaction = other.db.begin().await.unwrap();
    publisher.publish_data_in(&transaction, "news", &json!({ "n": 1 })).await.unwrap();
    transaction.commit().await.unwrap();
    until(PATIENCE, "the relay tries", || async { courier.batches().len() > batches }).await;
    if way == Way::Unanswered {
        assert_eq!(number(&mut client).await, 1);
    }
    runtime.shutdown_background();
    drop(first);
    courier.set(Way::Open);
    (other, client)
}

async fn what_was_not_published_before_a_kill_is_published_after_it(database: Database) {
    let (world, mut client) = killed(database, Way::Lost).await;
    assert_eq!(number(&mut client).await, 1);
    world.app.publish_data_in(&world.db, "news", &json!({ "n": 2 })).await.unwrap();
    assert_eq!(number(&mut client).await, 2);
}

async fn what_was_published_before_a_kill_is_not_published_again(database: Database) {
    let (world, mut client) = killed(database, Way::Unanswered).await;
    world.app.publish_data_in(&world.db, "news", &json!({ "n": 2 })).await.unwrap();
    assert_eq!(number(&mut client).await, 2);
}

/// With the in-process broker the changes of rows that wait are dropped at start; data is not.
async fn what_waits_in_the_log_survives_a_start_that_clears_it(database: Database) {
    let first = world(database, None).await;
    let publisher = first.app.publisher().clone();
    let database = first.stop().await;
    let db = dragon::connect(&database.url).await.unwrap();
    publisher.publish_data_in(&db, "news", &json!({ "n": 1 })).await.unwrap();
    db.close().await.unwrap();
    let second = world(database, None).await;
    until(PATIENCE, "it is told", || async { second.app.stats().events == 1 }).await;
}

async fn data_that_cannot_be_read_harms_nobody(database: Database) {
    let world = world(database, None).await;
    let mut client = listener(&world).await;
    for (op, text) in [("m", "nonsense"), ("r", ""), ("m", "{}")] {
        let sql = format!(
            "INSERT INTO dragon_test_log (topic, op, hash) VALUES ('dragon:data', '{op}', '{text}')"
        );
        world.db.execute_unprepared(&sql).await.unwrap();
    }
    world.app.publish_data_in(&world.db, "news", &json!({ "n": 1 })).await.unwrap();
    assert_eq!(number(&mut client).await, 1);
    assert_eq!(world.app.stats().resyncs, 0);
}

/// On both nodes, through a Redis that is away and comes back, with and without its memory.
async fn through_redis(database: Database, keeps: bool) {
    let mut redis = if keeps { Redis::start_durable() } else { Redis::start() };
    let mut config = Config::default();
    config.redis_url = Some(redis.url());
    let start = async || {
        World::start_with(database.clone(), |builder| builder.config(config.clone()).router(News))
            .await
    };
    let (one, two) = (start().await, start().await);
    let mut clients = [listener(&one).await, listener(&two).await];
    let publish = async |n: i64| {
        two.app.publish_data_in(&two.db, "news", &json!({ "n": n })).await.unwrap();
    };
    publish(1).await;
    for client in &mut clients {
        assert_eq!(number(client).await, 1);
    }
    redis.kill();
    for n in 2..5 {
        publish(n).await;
    }
    redis.restart();
    publish(5).await;
    for client in &mut clients {
        for wanted in 2..=5 {
            assert_eq!(number(client).await, wanted);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_away_delays_and_loses_nothing() {
    through_redis(Database::sqlite(), true).await;
    through_redis(Database::postgres().await, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_does_one_that_comes_back_without_its_memory() {
    through_redis(Database::sqlite(), false).await;
}
