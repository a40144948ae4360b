//! Plain routers with data channels, and publishing from anywhere.

use dragon::prelude::*;
use dragon::publish::{LARGEST, PublishError};
use dragon::router::channels;
use dragon::warp::http::StatusCode;
use dragon::warp::{self, Filter as _};
use dragon_tests::{Client, Database, http, util::PATIENCE};
use sea_orm::ActiveModelTrait;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::world::{World, builder, new_item};

/// Rooms to talk in; a caller without a name may only look into the lobby.
struct Chat;

impl Router for Chat {
    const ROUTE: &'static str = "chat";

    async fn call(&self, verb: &str, cx: &mut Context<'_>) -> Outcome {
        match verb {
            "say" => {
                let (room, text): (String, String) = (cx.arg("room")?, cx.arg("text")?);
                cx.publish(&room, &json!({ "text": text })).await?;
                Ok(Success::of(&json!("said")))
            }
            "say_anything" => {
                let data: Value = cx.arg("data")?;
                cx.publish(["lobby", "hall"], &data).await?;
                Ok(Success::of(&json!("said")))
            }
            "join_and_fail" => {
                channels::subscribe(cx, "lobby")?;
                Err(Failure::denied())
            }
            _ => Err(cx.unknown_verb(&["say", "subscribe", "unsubscribe"])),
        }
    }

    fn subscription_channels(&self, cx: &Context<'_>) -> Result<Vec<String>, Failure> {
        let rooms: Vec<String> = match cx.args.get("rooms") {
            Some(_) => cx.arg("rooms")?,
            None => vec!["lobby".to_owned()],
        };
        if cx.caller.user.is_none() && rooms != ["lobby"] {
            return Err(Failure::denied());
        }
        Ok(rooms)
    }
}

/// Opens the lobby as well, in verbs of its own writing.
struct Porter;

impl Router for Porter {
    const ROUTE: &'static str = "porter";

    async fn call(&self, verb: &str, cx: &mut Context<'_>) -> Outcome {
        match verb {
            "subscribe" => channels::subscribe(cx, "lobby"),
            "unsubscribe" => channels::unsubscribe(cx, "lobby"),
            _ => Err(cx.unknown_verb(&["subscribe", "unsubscribe"])),
        }
    }
}

async fn world() -> World {
    World::start_with(Database::sqlite(), |builder| builder.router(Chat).router(Porter)).await
}

async fn subscribed(client: &mut Client, rooms: &[&str]) {
    let reply =
        client.call("chat", "subscribe", json!({ "rooms": rooms, "channel": "here" })).await;
    assert_eq!(reply.data(), "subscribed", "{reply}");
}

#[tokio::test]
async fn subscribers_are_told_what_a_router_publishes() {
    let world = world().await;
    let (mut one, mut two) = (world.client_of("one").await, world.client_of("two").await);
    let reply =
        one.call("chat", "subscribe", json!({ "channel": "here", "rooms": ["a", "b"] })).await;
    assert_eq!(reply.data(), "subscribed");
    let channel_data =
        json!({ "local_channel": "here", "remote_channels": ["a", "b"], "action": "subscribe" });
    assert_eq!(reply.message["channel_data"], channel_data);
    assert_eq!(reply.context().get("position"), None);
    subscribed(&mut two, &["b"]).await;
    assert_eq!(world.app.stats().channels, 2);
    assert_eq!(world.app.stats().subscriptions, 3);
    for room in ["a", "b"] {
        two.ok("chat", "say", json!({ "room": room, "text": "hello" })).await;
    }
    let (to_a, to_b) =
        (json!({ "text": "hello", "channel": "a" }), json!({ "text": "hello", "channel": "b" }));
    assert_eq!(one.next_push(PATIENCE).await, to_a);
    assert_eq!(one.next_push(PATIENCE).await, to_b);
    // The first push of the other one was to another room.
    assert_eq!(two.next_push(PATIENCE).await, to_b);
    let reply = one.call("chat", "unsubscribe", json!({ "channel": "here", "rooms": ["b"] })).await;
    assert_eq!(reply.data(), "unsubscribed");
    assert_eq!(reply.message["channel_data"]["action"], "unsubscribe");
    assert_eq!(reply.channel(), "b");
    for room in ["b", "a"] {
        two.ok("chat", "say", json!({ "room": room, "text": "again" })).await;
    }
    assert_eq!(one.next_push(PATIENCE).await["channel"], "a");
    // What was never subscribed to is ended all the same.
    two.ok("chat", "unsubscribe", json!({ "rooms": ["c"] })).await;
}

#[tokio::test]
async fn a_name_is_one_channel_whichever_router_opened_it() {
    let world = world().await;
    let mut client = world.client().await;
    for (route, local) in [("chat", "one"), ("porter", "two"), ("chat", "three")] {
        let reply = client.call(route, "subscribe", json!({ "channel": local })).await;
        assert_eq!(reply.data(), "subscribed");
        assert_eq!(reply.channel(), "lobby");
    }
    assert_eq!(world.app.stats().subscriptions, 1);
    for n in 0..2 {
        world.app.publish_data("lobby", &json!({ "n": n })).await.unwrap();
    }
    // Each comes once.
    for n in 0..2 {
        assert_eq!(client.next_push(PATIENCE).await["n"], n);
    }
    client.ok("porter", "unsubscribe", json!({})).await;
    assert_eq!(world.app.stats().subscriptions, 0);
}

#[tokio::test]
async fn the_reply_comes_before_what_it_announces() {
    let world = world().await;
    let mut client = world.client_of("me").await;
    let publisher = world.app.publisher().clone();
    let busy = tokio::spawn(async move {
        for n in 0.. {
            publisher.publish_data("busy", &json!({ "n": n })).await.unwrap();
            tokio::task::yield_now().await;
        }
    });
    for _ in 0..20 {
        let name = client.send("chat", "subscribe", json!({ "rooms": ["busy"] })).await;
        let first = client.next(PATIENCE).await;
        assert_eq!(first["context"]["client_callback_name"], name.as_str(), "{first}");
        client.next_push(PATIENCE).await;
        client.ok("chat", "unsubscribe", json!({ "rooms": ["busy"] })).await;
        // Pushes that were on their way before its reply are read by now; later there are none.
        while client.try_next(std::time::Duration::ZERO).await.is_some() {}
    }
    busy.abort();
    // Who publishes in a verb is told after its reply.
    subscribed(&mut client, &["b"]).await;
    let name = client.send("chat", "say", json!({ "room": "b", "text": "me" })).await;
    assert_eq!(client.next(PATIENCE).await["context"]["client_callback_name"], name.as_str());
    assert_eq!(client.next_push(PATIENCE).await["text"], "me");
}

#[tokio::test]
async fn what_cannot_be_published_or_opened_is_said() {
    let mut config = Config::default();
    config.subscriptions = 3;
    let world = World::start_with(Database::sqlite(), |builder| {
        builder.config(config).router(Chat).router(Porter)
    })
    .await;
    let mut client = world.client_of("me").await;
    for (args, word) in [
        (json!({ "rooms": ["item|"] }), "without `|`"),
        (json!({ "rooms": [""] }), "1 to 200 bytes"),
        (json!({ "rooms": 7 }), "`rooms`"),
        (json!({ "_snapshot": true }), "leave `_snapshot` out"),
        (json!({ "_since": "x" }), "leave `_since` out"),
    ] {
        let failure = client.fail("chat", "subscribe", args).await;
        assert_eq!(failure.code, "bad_request");
        assert!(failure.data.to_string().contains(word), "{}", failure.data);
    }
    for (data, word) in [(json!("text"), "as an object"), (json!({ "channel": "x" }), "`channel`")]
    {
        let failure = client.fail("chat", "say_anything", json!({ "data": data })).await;
        assert_eq!(failure.code, "bad_request");
        assert!(failure.data.to_string().contains(word), "{}", failure.data);
    }
    let room = json!({ "room": "list|", "text": "x" });
    assert_eq!(client.fail("chat", "say", room).await.code, "bad_request");
    let large = json!({ "text": "x".repeat(LARGEST) });
    let refused = world.app.publish_data("lobby", &large).await;
    assert!(matches!(refused, Err(PublishError::Refused(_))), "{refused:?}");
    // They count with all others: three of them fit.
    let mut nobody = world.client().await;
    assert_eq!(nobody.fail("chat", "subscribe", json!({ "rooms": ["a"] })).await.code, "denied");
    client.ok("item", "subscribe", json!({})).await;
    let rooms = json!({ "rooms": ["a", "b", "c"] });
    assert_eq!(client.fail("chat", "subscribe", rooms).await.code, "too_many");
    assert_eq!(world.app.stats().subscriptions, 1);
    subscribed(&mut client, &["a", "b"]).await;
    assert_eq!(client.fail("list", "subscribe", json!({})).await.code, "too_many");
    subscribed(&mut client, &["b", "a"]).await;
    assert_eq!(client.fail("porter", "fly", json!({})).await.code, "unknown_verb");
}

#[tokio::test]
async fn a_call_that_fails_subscribes_to_nothing_and_a_connection_that_ends_leaves() {
    let world = world().await;
    let mut client = world.client_of("me").await;
    assert_eq!(client.fail("chat", "join_and_fail", json!({})).await.code, "denied");
    assert_eq!(world.app.stats().subscriptions, 0);
    subscribed(&mut client, &["a"]).await;
    client.close().await;
    dragon_tests::util::until(PATIENCE, "its seat is free", || async {
        world.app.stats().subscriptions == 0
    })
    .await;
    // Nobody hears it, which is no error.
    world.app.publish_data(vec!["a".to_owned()], &json!({})).await.unwrap();
}

#[tokio::test]
async fn data_and_rows_reach_one_connection() {
    let world = world().await;
    let list = world.list("me").await.id;
    let mut client = world.client_of("me").await;
    subscribed(&mut client, &["item"]).await;
    client.ok("item", "subscribe", json!({ "_snapshot": true })).await;
    new_item(list, "a").insert(&world.db).await.unwrap();
    assert_eq!(client.next_push(PATIENCE).await["action"], "created");
    // An object may be of any type that has a form in JSON; an empty one is only its channel.
    let empty = std::collections::BTreeMap::<String, i32>::new();
    world.app.publish_data(["item", "item"], &empty).await.unwrap();
    assert_eq!(client.next_push(PATIENCE).await, json!({ "channel": "item" }));
    let data = json!({ "action": "updated", "data": { "id": 1 } });
    world.app.publish_data("item", &data).await.unwrap();
    let push = client.next_push(PATIENCE).await;
    assert_eq!((&push["action"], &push["channel"]), (&json!("updated"), &json!("item")));
}

#[tokio::test]
async fn a_route_of_the_users_own_warp_app_publishes() {
    let database = Database::sqlite();
    let db = dragon::connect(&database.url).await.unwrap();
    let app = builder(&db).router(Chat).start().await.unwrap();
    // As an application has it that mounts Dragon among its own routes.
    let publisher = app.publisher().clone();
    let announce = warp::path!("announce" / String).and(warp::path::end()).then(move |text| {
        let publisher = publisher.clone();
        async move {
            let data = json!({ "text": text, "by": "a route" });
            match publisher.publish_data("lobby", &data).await {
                Ok(()) => warp::reply::with_status("told", StatusCode::OK),
                Err(_) => warp::reply::with_status("not told", StatusCode::SERVICE_UNAVAILABLE),
            }
        }
    });
    let routes = announce.or(app.routes());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap();
    let server = tokio::spawn(warp::serve(routes).incoming(listener).run());
    let mut client = Client::connect(&format!("ws://{host}/ws")).await;
    client.ok("chat", "subscribe", json!({ "channel": "here" })).await;
    let answer = http::get(&format!("http://{host}/announce/dinner"), &[]).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "told"));
    let told = json!({ "text": "dinner", "by": "a route", "channel": "lobby" });
    assert_eq!(client.next_push(PATIENCE).await, told);
    app.shutdown().await;
    server.abort();
    db.close().await.unwrap();
}

#[cfg(test)]
mod redis {
    use std::time::Duration;

    use dragon_tests::Redis;

    use super::*;

    async fn world(redis: &Redis, database: &Database) -> World {
        let mut config = Config::default();
        config.redis_url = Some(redis.url());
        World::start_with(database.clone(), |builder| builder.config(config).router(Chat)).await
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn every_node_is_told_and_other_programs_may_publish() {
        let (redis, database) = (Redis::start(), Database::sqlite());
        let (one, two) = (world(&redis, &database).await, world(&redis, &database).await);
        let mut clients = [one.client().await, two.client().await];
        for client in &mut clients {
            client.ok("chat", "subscribe", json!({})).await;
        }
        // It has no database, and no model.
        let remote = Publisher::connect(&redis.url(), "test").await.unwrap();
        let stranger = Publisher::connect(&redis.url(), "another").await.unwrap();
        stranger.publish_data("lobby", &json!({ "n": -1 })).await.unwrap();
        for n in 0..50 {
            remote.publish_data("lobby", &json!({ "n": n })).await.unwrap();
        }
        for client in &mut clients {
            for n in 0..50 {
                assert_eq!(client.next_push(PATIENCE).await, json!({ "n": n, "channel": "lobby" }));
            }
        }
        two.app.publish_data("lobby", &json!({ "by": "two" })).await.unwrap();
        assert_eq!(clients[0].next_push(PATIENCE).await["by"], "two");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn without_redis_a_publisher_is_told_and_goes_on_when_it_is_back() {
        let (mut redis, database) = (Redis::start(), Database::sqlite());
        let world = world(&redis, &database).await;
        let mut client = world.client().await;
        client.ok("chat", "subscribe", json!({})).await;
        redis.kill();
        let lost = world.app.publish_data("lobby", &json!({ "n": 1 })).await;
        assert!(matches!(lost, Err(PublishError::Unavailable(_))), "{lost:?}");
        let failed = client.fail("chat", "say", json!({ "room": "lobby", "text": "x" })).await;
        assert_eq!(failed.code, "unavailable");
        redis.restart();
        let again = json!({ "n": 2 });
        let publisher = world.app.publisher();
        dragon_tests::util::until(Duration::from_secs(60), "it is heard again", || async {
            let _ = publisher.publish_data("lobby", &again).await;
            world.app.stats().pushes > 0
        })
        .await;
        assert_eq!(client.next_push(PATIENCE).await["n"], 2);
        for (url, name) in [("redis://127.0.0.1:1", "test"), (redis.url().as_str(), "No Name")] {
            assert!(Publisher::connect(url, name).await.is_err());
        }
    }
}
