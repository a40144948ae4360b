//! The in-process broker, and an app that loses the relay's office: it goes on only if it can say
//! that nothing was lost, tells everyone to load anew if something may be, and stops if another
//! process has taken its place.

use std::time::Duration;

use dragon_tests::util::{PATIENCE, until};
use dragon_tests::{Client, Database};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DatabaseConnection};
use serde_json::json;

use super::{patient, resync, tells, texts, watch};
use crate::world::{World, builder, new_item};

crate::both!(
    a_change_that_another_took_away_costs_a_reload,
    a_change_taken_before_anything_was_told_costs_a_reload,
    an_app_whose_database_is_served_by_another_stops,
);

/// What a process does that takes office in between: its generation is the next one, and the log
/// is cleared. A change is lost with it.
async fn intrude(db: &DatabaseConnection, list: i32) {
    let change = format!(
        "BEGIN; UPDATE dragon_test_meta SET generation = generation + 1;
         INSERT INTO item (list_id, text, done) VALUES ({list}, 'taken away', false);
         DELETE FROM dragon_test_log; COMMIT"
    );
    db.execute_unprepared(&change).await.unwrap();
}

/// The client is told to load anew, and then of all that comes.
async fn reloads_and_goes_on(world: &World, client: &mut Client, list: i32) {
    resync(client).await;
    let reply = client.call("item", "subscribe", json!({ "_snapshot": true })).await;
    let shown = reply.snapshot();
    assert!(shown.iter().any(|row| row["text"] == "taken away"), "{shown:?}");
    new_item(list, "after").insert(&world.db).await.unwrap();
    tells(client, "created", "text", "after").await;
}

async fn a_change_that_another_took_away_costs_a_reload(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let mut client = watch(&world, "item").await;
    let mut gone = world.client().await;
    let since = gone.call("item", "subscribe", json!({ "_snapshot": true })).await.position();
    gone.close().await;
    new_item(list, "before").insert(&world.db).await.unwrap();
    tells(&mut client, "created", "text", "before").await;
    intrude(&world.database.connect().await, list).await;
    reloads_and_goes_on(&world, &mut client, list).await;
    // Who was away cannot resume across what nobody can tell.
    let mut back = world.client().await;
    let args = json!({ "_since": since, "_snapshot": true });
    assert!(!back.call("item", "subscribe", args).await.recovered());
}

async fn a_change_taken_before_anything_was_told_costs_a_reload(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let mut client = watch(&world, "item").await;
    intrude(&world.database.connect().await, list).await;
    reloads_and_goes_on(&world, &mut client, list).await;
}

/// Takes what keeps a second process waiting away from the first.
async fn take_the_lock(database: &Database) {
    match database.file() {
        // Somebody tidies up.
        Some(file) => {
            let name = format!("{}-dragon-test.lock", file.display());
            std::fs::remove_file(name).unwrap();
        }
        None => end_relay_connection(database).await,
    }
}

const HOLDER: &str = "FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT \
                      oid FROM pg_database WHERE datname = current_database())";

async fn end_relay_connection(database: &Database) {
    database.execute(&format!("SELECT pg_terminate_backend(pid) {HOLDER}")).await;
}

/// Until somebody waits for the relay's lock, who asks for it again and again or in a queue.
async fn somebody_waits(database: &Database, queues: bool) {
    let db = database.connect().await;
    let sql = if queues {
        "SELECT pid::text FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    } else {
        "SELECT pid::text FROM pg_stat_activity WHERE query LIKE '%pg_try_advisory_lock%' AND \
         datname = current_database() AND pid <> pg_backend_pid()"
    };
    until(PATIENCE, "somebody waits", || async { !texts(&db, sql).await.is_empty() }).await;
}

async fn an_app_whose_database_is_served_by_another_stops(database: Database) {
    let config = patient(Duration::from_millis(500));
    let first = World::start_with(database.clone(), |builder| builder.config(config)).await;
    let list = first.list("me").await.id;
    let mut client = watch(&first, "item").await;
    new_item(list, "before").insert(&first.db).await.unwrap();
    tells(&mut client, "created", "text", "before").await;
    let db = dragon::connect(&database.url).await.unwrap();
    let second = tokio::spawn(builder(&db).config(patient(PATIENCE * 2)).start());
    if database.file().is_none() {
        somebody_waits(&database, false).await;
    }
    take_the_lock(&database).await;
    let second = World::serve(second.await.unwrap().unwrap(), db, database).await;
    let mut other = watch(&second, "item").await;
    new_item(list, "for the second").insert(&second.db).await.unwrap();
    tells(&mut other, "created", "text", "for the second").await;
    assert_eq!(client.close_code().await, Some(3012));
    let sentence = first.failure().await.to_string();
    assert!(sentence.contains("`test`") && sentence.contains("REDIS_URL"), "{sentence}");
    new_item(list, "afterwards").insert(&second.db).await.unwrap();
    tells(&mut other, "created", "text", "afterwards").await;
}

/// Nobody was in office in between, so the log has everything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_ends_costs_nobody_anything() {
    let world = World::start(Database::postgres().await).await;
    let list = world.list("me").await.id;
    let mut client = watch(&world, "item").await;
    for text in ["a", "b", "c"] {
        end_relay_connection(&world.database).await;
        new_item(list, text).insert(&world.db).await.unwrap();
        tells(&mut client, "created", "text", text).await;
    }
    assert_eq!(world.app.stats().resyncs, 0);
}

/// With the real lock: a process that waits for it takes office, and then does not start after all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_came_and_went_costs_a_reload() {
    let world = World::start(Database::postgres().await).await;
    let list = world.list("me").await.id;
    let mut client = watch(&world, "item").await;
    let intruder = world.database.connect().await;
    let waiting = async {
        let lock = "SELECT pg_advisory_lock(hashtextextended('dragon_test_meta', 2))";
        intruder.execute_unprepared(lock).await.unwrap();
    };
    let ending = async {
        somebody_waits(&world.database, true).await;
        end_relay_connection(&world.database).await;
    };
    tokio::join!(waiting, ending);
    intrude(&intruder, list).await;
    intruder.close().await.unwrap();
    reloads_and_goes_on(&world, &mut client, list).await;
}
