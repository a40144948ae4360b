//! What a connection remembers from call to call.

use std::sync::Arc;
use std::time::Duration;

use dragon::prelude::*;
use dragon::session::MemorySessions;
use dragon_tests::util::{PATIENCE, until};
use dragon_tests::{Database, Redis};
use serde_json::{Value, json};

use super::world_of;

/// Remembers what it is told.
struct Memo;

impl Router for Memo {
    const ROUTE: &'static str = "memo";

    async fn call(&self, verb: &str, cx: &mut Context<'_>) -> Outcome {
        match verb {
            "set" => {
                let (key, value) = (cx.arg::<String>("key")?, cx.arg::<Value>("value")?);
                cx.session().set(&key, &value).await?;
            }
            "remove" => cx.session().remove("a").await?,
            "get" => {}
            "number" => {
                cx.session().get::<i64>("a").await?;
            }
            _ => return Err(cx.unknown_verb(&["set", "remove", "get", "number"])),
        }
        Ok(Success::of(&json!(cx.session().get::<Value>("a").await?)))
    }
}

fn a(value: &str) -> Value {
    json!({ "key": "a", "value": value })
}

#[tokio::test]
async fn a_connection_remembers_and_no_other_one_does() {
    let store = Arc::new(MemorySessions::new());
    let own = Arc::clone(&store);
    let world =
        world_of(Database::sqlite(), |builder| builder.session_store(own).router(Memo)).await;
    let (mut one, mut two) = (world.client().await, world.client().await);
    assert_eq!(one.ok("memo", "get", json!({})).await, json!(null));
    assert_eq!(one.ok("memo", "remove", json!({})).await, json!(null));
    // Who only reads has no session.
    assert!(store.is_empty());
    assert_eq!(one.ok("memo", "set", a("x")).await, "x");
    assert_eq!(one.ok("memo", "get", json!({})).await, "x");
    assert_eq!(two.ok("memo", "get", json!({})).await, json!(null));
    assert_eq!(one.fail("memo", "number", json!({})).await.code, "internal");
    two.ok("memo", "set", a("y")).await;
    assert_eq!(two.ok("memo", "remove", json!({})).await, json!(null));
    assert_eq!(store.len(), 2);
    one.close().await;
    until(PATIENCE, "the session ended with its connection", || async { store.len() == 1 }).await;
    two.close().await;
    until(PATIENCE, "both are gone", || async { store.is_empty() }).await;
}

#[tokio::test]
async fn it_is_bounded_and_lives_as_long_as_its_connection() {
    let mut config = Config::default();
    config.session_bytes = 20;
    config.session_expiry = Duration::from_millis(900);
    let world = world_of(Database::sqlite(), |builder| builder.config(config).router(Memo)).await;
    let mut client = world.client().await;
    client.ok("memo", "set", a("x")).await;
    assert_eq!(client.fail("memo", "set", a(&"x".repeat(30))).await.code, "too_large");
    client.idle(Duration::from_secs(2)).await;
    assert_eq!(client.ok("memo", "get", json!({})).await, "x");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_redis_it_is_there_and_an_outage_is_a_failure_of_the_call() {
    let mut server = Redis::start();
    let mut config = Config::default();
    config.redis_url = Some(server.url());
    let world = world_of(Database::sqlite(), |builder| builder.config(config).router(Memo)).await;
    let mut client = world.client().await;
    client.ok("memo", "set", a("x")).await;
    let keys: Vec<String> = server.cli(&["KEYS", "dragon:test:session:*"]);
    assert_eq!(keys.len(), 1);
    client.close().await;
    until(PATIENCE, "it is gone", || async {
        server.cli::<Vec<String>>(&["KEYS", "dragon:test:session:*"]).is_empty()
    })
    .await;
    let mut client = world.client().await;
    client.ok("memo", "set", a("x")).await;
    server.kill();
    assert_eq!(client.fail("memo", "get", json!({})).await.code, "unavailable");
    assert_eq!(client.fail("memo", "set", a("y")).await.code, "unavailable");
    assert!(client.ok("item", "get_list", json!({})).await.is_array());
}

#[tokio::test]
async fn pauses_that_are_too_long_to_be_counted_never_end() {
    let mut config = Config::default();
    config.session_expiry = Duration::MAX;
    config.heartbeat_every = Some(Duration::MAX);
    let world = world_of(Database::sqlite(), |builder| builder.config(config).router(Memo)).await;
    let mut client = world.client().await;
    assert_eq!(client.ok("memo", "set", a("x")).await, "x");
    assert_eq!(client.ok("memo", "get", json!({})).await, "x");
}
