//! What a subscribe answers, and what comes after it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use dragon::prelude::*;
use dragon_tests::Database;
use dragon_tests::util::PATIENCE;
use sea_orm::{ActiveModelTrait, ConnectionTrait};
use serde_json::{Value, json};

use super::world_of;
use crate::models::ItemSerializer;
use crate::world::{World, gone, new_item, told};

crate::both!(
    a_subscription_bears_a_position_before_the_first_event,
    the_reply_comes_before_the_first_push,
    subscribing_again_doubles_nothing,
    a_late_unsubscribe_does_not_end_a_fresh_subscription,
    an_unsubscribe_ends_it_and_is_acknowledged_without_one_too,
    too_many_subscriptions_are_refused_and_the_others_go_on,
    nothing_and_the_word_for_it_are_two_channels,
    a_subscription_made_anew_has_the_scope_of_now_alone,
);

async fn a_subscription_bears_a_position_before_the_first_event(database: Database) {
    let world = World::start(database).await;
    let mut client = world.client().await;
    for args in [json!({}), json!({ "_snapshot": true }), json!({ "done": true })] {
        let reply = client.call("item", "subscribe", args).await;
        let position = reply.position();
        let since = json!({ "_since": position });
        let reply = client.call("item", "subscribe", since).await;
        assert!(!position.is_empty() && reply.is_success(), "{reply}");
    }
    let reply = client.call("item", "subscribe", json!({ "_snapshot": true })).await;
    assert_eq!((reply.snapshot(), reply.data()), (Vec::new(), &json!([])));
    let since = json!({ "_since": reply.position() });
    assert!(client.call("item", "subscribe", since).await.recovered());
}

async fn the_reply_comes_before_the_first_push(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let (end, mut ended) = tokio::sync::oneshot::channel();
    let (db, item) = (world.db.clone(), new_item(list, "a").insert(&world.db).await.unwrap());
    let writer = tokio::spawn(async move {
        for rank in 1.. {
            if ended.try_recv().is_ok() {
                return;
            }
            let sql = format!("UPDATE item SET rank = {rank} WHERE id = {}", item.id);
            db.execute_unprepared(&sql).await.unwrap();
        }
    });
    for round in 0..30 {
        let mut client = world.client().await;
        let args = json!({ "_snapshot": round % 2 == 0, "list_id": list });
        client.send("item", "subscribe", args).await;
        let first = client.next(PATIENCE).await;
        assert!(first.get("context").is_some(), "a push before the reply: {first}");
        client.next_push(PATIENCE).await;
    }
    end.send(()).unwrap();
    writer.await.unwrap();
}

async fn subscribing_again_doubles_nothing(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    let first = client.call("item", "subscribe", json!({ "channel": "a" })).await;
    for args in [
        json!({ "channel": "b" }),
        json!({ "channel": "c", "_snapshot": true }),
        json!({ "channel": "d", "_since": first.position() }),
        json!({ "channel": "e", "_since": first.position(), "_snapshot": true }),
        json!({ "channel": "f", "_since": "nonsense", "_snapshot": true }),
        json!({ "channel": "g" }),
    ] {
        let reply = client.call("item", "subscribe", args.clone()).await;
        assert_eq!(reply.channel(), first.channel(), "{args}");
        assert_eq!(reply.message["channel_data"]["local_channel"], args["channel"]);
    }
    for id in 1..=3 {
        new_item(list, "a").insert(&world.db).await.unwrap();
        let (action, data) = told(&client.next_push(PATIENCE).await);
        assert_eq!((action.as_str(), &data["id"]), ("created", &json!(id)));
    }
    assert_eq!(world.app.stats().subscriptions, 1);
}

async fn a_late_unsubscribe_does_not_end_a_fresh_subscription(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    for id in 1..=20 {
        // All at once: the server takes them in order, whatever is still on its way.
        for verb in ["subscribe", "unsubscribe", "unsubscribe", "subscribe"] {
            client.send("item", verb, json!({ "list_id": list, "_snapshot": true })).await;
        }
        let last = client.send("item", "get_list", json!({})).await;
        client.reply(&last).await;
        new_item(list, "a").insert(&world.db).await.unwrap();
        assert_eq!(told(&client.next_push(PATIENCE).await).1["id"], id);
    }
}

async fn an_unsubscribe_ends_it_and_is_acknowledged_without_one_too(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    let filter = json!({ "list_id": list });
    for _ in 0..2 {
        client.ok("item", "subscribe", filter.clone()).await;
        client.ok("item", "subscribe", json!({ "list_id": list, "channel": "other" })).await;
        for _ in 0..2 {
            let reply = client.call("item", "unsubscribe", filter.clone()).await;
            assert_eq!(reply.data(), "unsubscribed");
            assert_eq!(reply.channel(), format!("item|list__id:{list}"));
        }
    }
    client.ok("item", "subscribe", json!({ "text": "end" })).await;
    new_item(list, "a").insert(&world.db).await.unwrap();
    new_item(list, "end").insert(&world.db).await.unwrap();
    assert_eq!(client.next_push(PATIENCE).await["data"]["text"], "end");
    drop(client);
    let left = || async { world.app.stats().subscriptions == 0 };
    dragon_tests::util::until(PATIENCE, "a connection that is gone has no subscriptions", left)
        .await;
}

async fn too_many_subscriptions_are_refused_and_the_others_go_on(database: Database) {
    let mut config = Config::default();
    config.subscriptions = 3;
    let world = world_of(database, config).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    for rank in 0..3 {
        client.ok("item", "subscribe", json!({ "rank": rank })).await;
    }
    let failure = client.fail("item", "subscribe", json!({ "rank": 3 })).await;
    assert_eq!(failure.code, "too_many");
    // The same again is none more.
    client.ok("item", "subscribe", json!({ "rank": 2, "_snapshot": true })).await;
    client.ok("item", "unsubscribe", json!({ "rank": 1 })).await;
    client.ok("item", "subscribe", json!({ "rank": 3 })).await;
    new_item(list, "a").insert(&world.db).await.unwrap();
    assert_eq!(client.next_push(PATIENCE).await["channel"], "item|rank:0");
}

async fn nothing_and_the_word_for_it_are_two_channels(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    let nothing = client.call("item", "subscribe", json!({ "text": null })).await;
    let word = client.call("item", "subscribe", json!({ "text": "None" })).await;
    assert_ne!(nothing.channel(), word.channel());
    let one = new_item(list, "None").insert(&world.db).await.unwrap();
    let push = client.next_push(PATIENCE).await;
    assert_eq!(push["channel"], word.channel().as_str());
    world.database.execute("DELETE FROM item").await;
    let push: Value = client.next_push(PATIENCE).await;
    assert_eq!(told(&push), gone(one.id));
}

/// Items below a rank that is another one from time to time.
struct Shifting(Arc<AtomicI64>);

#[router(route = "shifting", serializer = ItemSerializer)]
impl Shifting {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::lt("rank", self.0.load(Ordering::Relaxed))
    }
}

async fn a_subscription_made_anew_has_the_scope_of_now_alone(database: Database) {
    let below = Arc::new(AtomicI64::new(10));
    let router = Shifting(Arc::clone(&below));
    let world = World::start_with(database, |builder| builder.router(router)).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    let first = client.call("shifting", "subscribe", json!({})).await;
    below.store(5, Ordering::Relaxed);
    let second = client.call("shifting", "subscribe", json!({ "_since": first.position() })).await;
    assert!(!second.recovered());
    assert_ne!(first.channel(), second.channel());
    assert_eq!(world.app.stats().subscriptions, 1);
    for rank in [7, 3] {
        let mut item = new_item(list, "a");
        item.rank = sea_orm::Set(rank);
        item.insert(&world.db).await.unwrap();
    }
    let push = client.next_push(PATIENCE).await;
    assert_eq!((&push["channel"], &push["data"]["rank"]), (&json!(second.channel()), &json!(3)));
    // What the client calls its subscription is what it asked for.
    below.store(1, Ordering::Relaxed);
    let reply = client.call("shifting", "unsubscribe", json!({})).await;
    assert_eq!(reply.channel(), second.channel());
    assert_eq!(world.app.stats().subscriptions, 0);
}
