//! Where something was missed, everyone concerned is told, and nobody is told more before that.

use dragon::capture::RelaySettings;
use dragon_tests::util::{PATIENCE, until};
use dragon_tests::{Client, Database};
use sea_orm::{ActiveModelTrait, ConnectionTrait};
use serde_json::json;

use super::subscribe;
use crate::world::{World, new_item, told};

crate::both!(
    a_backlog_makes_everyone_load_anew,
    a_connection_that_knows_resync_is_never_closed_for_it,
    nothing_is_told_between_a_hole_and_its_telling,
    who_subscribes_after_a_hole_is_not_bothered,
);

/// The app of the tests with a relay that takes few changes at once and gives up early.
async fn impatient(database: Database) -> World {
    let settings = RelaySettings { batch: 5, backlog: 10, ..RelaySettings::default() };
    World::start_with(database, |builder| builder.relay(settings)).await
}

async fn insert(world: &World, list: i32, count: usize) {
    let rows = vec![format!("({list}, 'many')"); count].join(", ");
    let sql = format!("INSERT INTO item (list_id, text) VALUES {rows}");
    world.db.execute_unprepared(&sql).await.unwrap();
}

/// A Reset and a new row in one transaction: the relay publishes both at once.
async fn reset_and_insert(world: &World, list: i32) {
    let sql = format!(
        "BEGIN; INSERT INTO dragon_test_log (topic, op, hash) VALUES ('item', 'r', ''); INSERT \
         INTO item (list_id, text) VALUES ({list}, 'after'); COMMIT"
    );
    world.database.execute(&sql).await;
}

async fn a_backlog_makes_everyone_load_anew(database: Database) {
    let world = impatient(database).await;
    let list = world.list("me").await.id;
    let (mut knows, mut plain) = (world.client().await, world.client().await);
    let reply = subscribe(&mut knows, json!({ "_snapshot": true })).await;
    subscribe(&mut plain, json!({})).await;
    insert(&world, list, 50).await;
    let push = knows.next_push(PATIENCE).await;
    assert_eq!(push, json!({ "action": "resync", "channel": reply.channel() }));
    assert_eq!(plain.close_code().await, Some(3012));
    // Nobody can follow across it.
    let args = json!({ "_snapshot": true, "_since": reply.position() });
    let reply = subscribe(&mut knows, args).await;
    assert!(!reply.recovered());
    assert_eq!(reply.snapshot().len(), 50);
    new_item(list, "next").insert(&world.db).await.unwrap();
    let (action, data) = told(&knows.next_push(PATIENCE).await);
    assert_eq!((action.as_str(), &data["text"]), ("created", &json!("next")));
}

async fn a_connection_that_knows_resync_is_never_closed_for_it(database: Database) {
    let world = impatient(database).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    // It may learn of positions later than it subscribed.
    let mut channels = vec![subscribe(&mut client, json!({ "done": false })).await.channel()];
    channels.push(subscribe(&mut client, json!({ "_snapshot": true })).await.channel());
    channels.push(subscribe(&mut client, json!({ "rank": 0 })).await.channel());
    insert(&world, list, 50).await;
    let mut resynced = Vec::new();
    for _ in 0..3 {
        let push = client.next_push(PATIENCE).await;
        assert_eq!(push["action"], "resync");
        resynced.push(push["channel"].as_str().unwrap_or_default().to_owned());
    }
    channels.sort();
    resynced.sort();
    assert_eq!(channels, resynced);
}

async fn nothing_is_told_between_a_hole_and_its_telling(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    // So many that they are not all told at once.
    let mut clients = Vec::new();
    for _ in 0..4 {
        let mut client = world.client().await;
        let mut held = Vec::new();
        for rank in 1..=50 {
            let args = json!({ "rank__lt": rank, "_snapshot": true });
            held.push(subscribe(&mut client, args).await);
        }
        clients.push((client, held));
    }
    reset_and_insert(&world, list).await;
    for (client, held) in &mut clients {
        let first = first_pushes(client, held.len()).await;
        for reply in held {
            let action = first.iter().find(|(channel, _)| *channel == reply.channel());
            assert_eq!(action.map(|(_, action)| action.as_str()), Some("resync"));
        }
    }
}

/// The channel and action of the first push of each of so many channels.
async fn first_pushes(client: &mut Client, channels: usize) -> Vec<(String, String)> {
    let mut first: Vec<(String, String)> = Vec::new();
    while first.len() < channels {
        let push = client.next_push(PATIENCE).await;
        let text = |name: &str| push[name].as_str().unwrap_or_default().to_owned();
        if !first.iter().any(|(channel, _)| *channel == text("channel")) {
            first.push((text("channel"), text("action")));
        }
    }
    first
}

async fn who_subscribes_after_a_hole_is_not_bothered(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    for rank in 1..=90 {
        subscribe(&mut client, json!({ "rank__lt": rank, "_snapshot": true })).await;
    }
    reset_and_insert(&world, list).await;
    // Whoever has loaded anew before it is told need not be told.
    let reset = || async { world.app.stats().resyncs > 0 };
    until(PATIENCE, "the first are told", reset).await;
    let mut fresh = world.client().await;
    assert_eq!(subscribe(&mut fresh, json!({ "_snapshot": true })).await.snapshot().len(), 1);
    let all = || async { world.app.stats().resyncs == 90 };
    until(PATIENCE, "all others are told", all).await;
    new_item(list, "next").insert(&world.db).await.unwrap();
    assert_eq!(fresh.next_push(PATIENCE).await["data"]["text"], "next");
}
