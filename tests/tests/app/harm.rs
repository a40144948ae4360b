//! What harms one connection, or one call, harms no other.

use dragon::Config;
use dragon::prelude::*;
use dragon_tests::util::{PATIENCE, until};
use dragon_tests::{Client, Database, Mirror};
use sea_orm::{ActiveModelTrait, ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};

use crate::world::{World, new_item};

crate::both!(
    who_does_not_read_is_closed_and_nobody_else_notices,
    a_verb_that_panics_is_answered_and_the_connection_lives,
);

/// The length of what is written into the row: several such fill what the kernel buffers.
const LARGE: usize = 200_000;

async fn update(world: &World, turn: usize) {
    let text = format!("{turn} {}", "x".repeat(LARGE));
    let sql = format!("UPDATE item SET text = '{text}' WHERE id = 1");
    world.db.execute_unprepared(&sql).await.unwrap();
}

fn turn(row: &Value) -> usize {
    let text = row["text"].as_str().unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

async fn who_does_not_read_is_closed_and_nobody_else_notices(database: Database) {
    let mut config = Config::default();
    // So much that a reader can be behind, and so little that a sleeper is noticed.
    config.outbox_bytes = 10 * LARGE;
    let world = World::start_with(database, |builder| builder.config(config)).await;
    let list = world.list("me").await.id;
    new_item(list, "0 ").insert(&world.db).await.unwrap();
    let (mut sleeps, mut reads) = (world.client().await, world.client().await);
    let mut asleep = Mirror::new(json!({}));
    let reply = sleeps.call("item", "subscribe", asleep.args(false)).await;
    asleep.begin(&reply);
    reads.ok("item", "subscribe", json!({ "_snapshot": true })).await;
    let mut turns = 0;
    while world.app.stats().subscriptions == 2 {
        turns += 1;
        assert!(turns < 500, "whoever does not read is kept");
        update(&world, turns).await;
        // The other one gets each of them, in order, while the first one sleeps.
        assert_eq!(turn(&reads.next_push(PATIENCE).await["data"]), turns);
    }
    // It wakes, reads what had been sent, and finds the end.
    while let Some(push) = sleeps.try_next(PATIENCE).await {
        asleep.apply(&push);
    }
    assert!(matches!(sleeps.close_code().await, Some(3008) | None));
    assert!(turn(&asleep.rows[&1]) < turns);
    // It comes back with its position and is right again.
    let mut sleeps = world.client().await;
    let reply = sleeps.call("item", "subscribe", asleep.args(true)).await;
    asleep.begin(&reply);
    update(&world, turns + 1).await;
    assert_eq!(turn(&reads.next_push(PATIENCE).await["data"]), turns + 1);
    while turn(&asleep.rows[&1]) <= turns {
        asleep.apply(&sleeps.next_push(PATIENCE).await);
    }
    let nobody = || async { world.app.stats().socket_tasks == 4 };
    until(PATIENCE, "the first connection has left nothing behind", nobody).await;
}

/// Verbs that fail in every way that there is.
struct Faulty;

impl Router for Faulty {
    const ROUTE: &'static str = "faulty";

    async fn call(&self, verb: &str, cx: &mut Context<'_>) -> Outcome {
        match verb {
            "panic" => panic!("as the test wants it"),
            "panic_in_transaction" => {
                let transaction = cx.db().begin().await.unwrap();
                let list = cx.arg::<i32>("list_id")?;
                new_item(list, "never stored").insert(&transaction).await.unwrap();
                panic!("as the test wants it");
            }
            "panic_after_commit" => {
                let transaction = cx.db().begin().await.unwrap();
                let list = cx.arg::<i32>("list_id")?;
                new_item(list, "stored").insert(&transaction).await.unwrap();
                cx.commit(transaction).await?;
                panic!("as the test wants it");
            }
            _ => Ok(Success::of(&json!("fine"))),
        }
    }
}

async fn a_verb_that_panics_is_answered_and_the_connection_lives(database: Database) {
    let world = World::start_with(database, |builder| builder.router(Faulty)).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    client.ok("item", "subscribe", json!({ "_snapshot": true })).await;
    for verb in ["panic", "panic_in_transaction", "panic_after_commit"] {
        let failure = client.fail("faulty", verb, json!({ "list_id": list })).await;
        assert_eq!(failure.code, "internal", "{verb}");
        assert!(!failure.data.to_string().contains("wants it"), "{}", failure.data);
        assert_eq!(client.ok("faulty", "anything", json!({})).await, "fine");
    }
    // What was held back for the reply of a verb that panicked is told.
    let push = client.next_push(PATIENCE).await;
    assert_eq!(push["data"]["text"], "stored");
    let rows = client.ok("item", "get_list", json!({})).await;
    assert_eq!(rows.as_array().map(Vec::len), Some(1));
    let mut other: Client = world.client().await;
    assert_eq!(other.ok("faulty", "anything", json!({})).await, "fine");
}
