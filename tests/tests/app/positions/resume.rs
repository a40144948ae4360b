//! A client that comes back gets everything it missed, in order, or is told that it cannot.

use dragon::Config;
use dragon_tests::Database;
use dragon_tests::util::PATIENCE;
use sea_orm::{ActiveModelTrait, ConnectionTrait};
use serde_json::{Value, json};

use super::courier::Courier;
use super::{subscribe, world_of};
use crate::world::{World, new_item};
use dragon_tests::mirror::{Mirror, place};

crate::both!(
    what_was_missed_follows_in_order,
    at_the_very_end_nothing_follows,
    what_is_no_position_of_this_subscription_is_not_recovered,
    a_trimmed_history_is_not_recovered,
    a_new_epoch_is_not_recovered,
    a_history_that_outlives_the_app_is_recovered,
    more_than_a_client_can_be_sent_at_once_is_not_recovered,
);

async fn what_was_missed_follows_in_order(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let mut mirror = Mirror::new(json!({ "list_id": list }));
    let mut client = world.client().await;
    mirror.begin(&subscribe(&mut client, mirror.args(false)).await);
    new_item(list, "before").insert(&world.db).await.unwrap();
    mirror.apply(&client.next_push(PATIENCE).await);
    drop(client);
    let statements = [
        format!("INSERT INTO item (list_id, text) VALUES ({list}, 'a'), ({list}, 'b')"),
        "UPDATE item SET rank = 7 WHERE text = 'a'".to_owned(),
        "UPDATE item SET secret = 'not told' WHERE text = 'a'".to_owned(),
        "DELETE FROM item WHERE text = 'before'".to_owned(),
        "UPDATE item SET done = true WHERE text = 'b'".to_owned(),
    ];
    for sql in &statements {
        world.db.execute_unprepared(sql).await.unwrap();
    }
    // The end is awaited on another connection, so that all of it is history.
    let mut other = world.client().await;
    let done = subscribe(&mut other, json!({ "done": true, "_snapshot": true })).await;
    if done.snapshot().is_empty() {
        other.next_push(PATIENCE).await;
    }
    let mut client = world.client().await;
    let reply = subscribe(&mut client, mirror.args(true)).await;
    assert!(reply.recovered());
    assert_eq!(Some(reply.position()), mirror.position);
    mirror.begin(&reply);
    let mut actions = Vec::new();
    for _ in 0..5 {
        let push = client.next_push(PATIENCE).await;
        mirror.apply(&push);
        actions.push(push["action"].as_str().unwrap_or_default().to_owned());
    }
    assert_eq!(actions, ["created", "created", "updated", "deleted", "updated"]);
    let rows: Value = mirror.rows.values().cloned().collect();
    assert_eq!(client.ok("item", "get_list", json!({ "list_id": list })).await, rows);
}

async fn at_the_very_end_nothing_follows(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    let mut held = json!(subscribe(&mut client, json!({ "_snapshot": true })).await.position());
    for id in 1..=6 {
        drop(client);
        client = world.client().await;
        let since = if id % 2 == 0 { held.clone() } else { json!({ "item|": held }) };
        let reply = subscribe(&mut client, json!({ "_since": since })).await;
        assert!(reply.recovered());
        assert_eq!(reply.context()["position"], held);
        new_item(list, "a").insert(&world.db).await.unwrap();
        let push = client.next_push(PATIENCE).await;
        assert_eq!(push["data"]["id"], id);
        held = push["position"].clone();
    }
}

async fn what_is_no_position_of_this_subscription_is_not_recovered(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    new_item(list, "a").insert(&world.db).await.unwrap();
    let (mut client, mut low) = (world.client().await, world.client_of("low").await);
    let own = subscribe(&mut client, json!({ "_snapshot": true })).await.position();
    let of_filter = subscribe(&mut client, json!({ "done": false })).await.position();
    let of_scope = subscribe(&mut low, json!({})).await.position();
    let of_route = client.call("list", "subscribe", json!({})).await.position();
    let (epoch, binding) = (place(&own).0, own.rsplit(':').next().unwrap().to_owned());
    for held in [
        String::new(),
        "nonsense".to_owned(),
        ":".to_owned(),
        "::".to_owned(),
        epoch.clone(),
        format!("{epoch}:1"),
        format!("{epoch}:-1:{binding}"),
        format!("{epoch}:x:{binding}"),
        format!("{epoch}:999999:{binding}"),
        format!("{epoch}:18446744073709551615:{binding}"),
        format!("{epoch}:18446744073709551616:{binding}"),
        format!("00000000000000ff:1:{binding}"),
        format!("{own}:{binding}"),
        format!("{own} "),
        of_filter,
        of_scope,
        of_route,
        "\u{1F409}".repeat(1000),
    ] {
        let reply = subscribe(&mut client, json!({ "_since": held })).await;
        assert!(!reply.recovered(), "{held}");
        assert!(reply.message.get("snapshot").is_none(), "{held}: {reply}");
        let args = json!({ "_since": held, "_snapshot": true });
        let reply = subscribe(&mut client, args).await;
        assert!(!reply.recovered(), "{held}");
        assert_eq!(reply.snapshot().len(), 1, "{held}");
    }
    let reply = subscribe(&mut client, json!({ "_since": own })).await;
    assert!(reply.recovered());
    for held in [json!(5), json!(["a"]), json!({}), json!({ "item|": 5 }), json!(true)] {
        let failure = client.fail("item", "subscribe", json!({ "_since": held })).await;
        assert_eq!(failure.code, "bad_request", "{held}");
    }
}

async fn a_trimmed_history_is_not_recovered(database: Database) {
    let mut config = Config::default();
    config.history_events = 5;
    let world = world_of(database, config).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    let mut held = vec![subscribe(&mut client, json!({ "_snapshot": true })).await.position()];
    for _ in 0..7 {
        new_item(list, "a").insert(&world.db).await.unwrap();
        held.push(client.next_push(PATIENCE).await["position"].as_str().unwrap().to_owned());
    }
    // Five are kept: whoever has seen two has missed just those five.
    for (seen, position) in held.iter().enumerate() {
        let mut client = world.client().await;
        let args = json!({ "_since": position, "_snapshot": true });
        let reply = subscribe(&mut client, args).await;
        assert_eq!(reply.recovered(), seen >= 2, "{seen}");
        if reply.recovered() {
            for id in seen + 1..=7 {
                assert_eq!(client.next_push(PATIENCE).await["data"]["id"], id);
            }
        } else {
            assert_eq!(reply.snapshot().len(), 7);
        }
    }
}

async fn a_new_epoch_is_not_recovered(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let mut mirror = Mirror::new(json!({}));
    let mut client = world.client().await;
    mirror.begin(&subscribe(&mut client, mirror.args(false)).await);
    new_item(list, "a").insert(&world.db).await.unwrap();
    mirror.apply(&client.next_push(PATIENCE).await);
    let database = world.stop().await;
    assert_eq!(client.close_code().await, Some(3012));
    database.execute(&format!("INSERT INTO item (list_id, text) VALUES ({list}, 'b')")).await;
    let world = World::start(database).await;
    let mut client = world.client().await;
    let reply = subscribe(&mut client, mirror.args(true)).await;
    assert!(!reply.recovered());
    mirror.begin(&reply);
    new_item(list, "c").insert(&world.db).await.unwrap();
    // What was written while no app ran is in the rows, and is not told once more.
    mirror.apply(&client.next_push(PATIENCE).await);
    let texts: Vec<&Value> = mirror.rows.values().map(|row| &row["text"]).collect();
    assert_eq!(texts, ["a", "b", "c"]);
}

async fn a_history_that_outlives_the_app_is_recovered(database: Database) {
    let courier = Courier::new();
    let world = World::start_with(database, |builder| builder.broker(courier.clone())).await;
    let list = world.list("me").await.id;
    let mut mirror = Mirror::new(json!({}));
    let mut client = world.client().await;
    mirror.begin(&subscribe(&mut client, mirror.args(false)).await);
    new_item(list, "a").insert(&world.db).await.unwrap();
    mirror.apply(&client.next_push(PATIENCE).await);
    let database = world.stop().await;
    database.execute(&format!("INSERT INTO item (list_id, text) VALUES ({list}, 'b')")).await;
    let world = World::start_with(database, |builder| builder.broker(courier.clone())).await;
    let mut client = world.client().await;
    let reply = subscribe(&mut client, mirror.args(true)).await;
    assert!(reply.recovered());
    mirror.begin(&reply);
    mirror.apply(&client.next_push(PATIENCE).await);
    let texts: Vec<&Value> = mirror.rows.values().map(|row| &row["text"]).collect();
    assert_eq!(texts, ["a", "b"]);
}

async fn more_than_a_client_can_be_sent_at_once_is_not_recovered(database: Database) {
    let mut config = Config::default();
    config.outbox_messages = 40;
    let world = world_of(database, config).await;
    let list = world.list("me").await.id;
    let mut client = world.client().await;
    let held = subscribe(&mut client, json!({ "rank": 1 })).await.position();
    let wide = subscribe(&mut client, json!({})).await.position();
    drop(client);
    for n in 0..50 {
        let mut item = new_item(list, "a");
        item.rank = sea_orm::Set(n % 5);
        item.insert(&world.db).await.unwrap();
    }
    let all = || async { world.app.stats().events >= 51 };
    dragon_tests::util::until(PATIENCE, "all is published", all).await;
    let mut client = world.client().await;
    let args = json!({ "_since": wide, "_snapshot": true });
    let reply = subscribe(&mut client, args).await;
    assert!(!reply.recovered());
    assert_eq!(reply.snapshot().len(), 50);
    // What concerns another filter does not count.
    let reply = subscribe(&mut client, json!({ "rank": 1, "_since": held })).await;
    assert!(reply.recovered());
    for _ in 0..10 {
        client.next_push(PATIENCE).await;
    }
}
