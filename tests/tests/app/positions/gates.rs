//! What happens while a snapshot is taken.

use dragon::Config;
use dragon_tests::Database;
use dragon_tests::util::{PATIENCE, until};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;

use super::world_of;
use crate::world::World;
use dragon_tests::mirror::place;

/// Whoever reads the table waits while somebody holds this lock; whoever writes its rows does not.
const SLOW: &str = "ALTER TABLE item RENAME TO item_rows; \
     CREATE VIEW item AS WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(7)) \
     SELECT item_rows.* FROM turn, item_rows";

async fn insert(world: &World, rows: usize) {
    let sql = format!(
        "INSERT INTO item_rows (list_id, text) SELECT 1, 'a' FROM generate_series(1, {rows})"
    );
    world.database.execute(&sql).await;
}

async fn count(world: &World, sql: &str) -> i64 {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let row = world.db.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

/// Subscribes with a snapshot that has seen its position and not yet its rows when so many
/// changes are published. Answers how many rows the reply had, where it stood, and how many
/// pushes followed.
async fn while_the_rows_are_read(changes: usize) -> (usize, u64, usize) {
    let mut config = Config::default();
    config.outbox_messages = 10_000;
    config.list_rows = 10_000;
    let world = world_of(Database::postgres().await, config).await;
    world.list("me").await;
    world.database.execute(SLOW).await;
    insert(&world, 1).await;
    let published = |count: usize| {
        let world = &world;
        let all = move || async move {
            // The list is a change too.
            let sql = "SELECT count(*) FROM dragon_test_log";
            self::count(world, sql).await == 0 && world.app.stats().events == count as u64 + 1
        };
        until(PATIENCE, "all changes have come to the hub", all)
    };
    published(1).await;
    let db = world.database.connect().await;
    db.execute_unprepared("SELECT pg_advisory_lock(7)").await.unwrap();
    let mut client = world.client().await;
    let name = client.send("item", "subscribe", json!({ "_snapshot": true })).await;
    let waits = || async {
        count(&world, "SELECT count(*) FROM pg_locks WHERE NOT granted AND objid = 7").await > 0
    };
    until(PATIENCE, "the snapshot waits for its rows", waits).await;
    insert(&world, changes).await;
    published(changes + 1).await;
    db.execute_unprepared("SELECT pg_advisory_unlock(7)").await.unwrap();
    let reply = client.reply(&name).await;
    // A last one, after which no other comes.
    insert(&world, 1).await;
    let top = changes as u64 + 2;
    let mut pushes = 0;
    while place(client.next_push(PATIENCE).await["position"].as_str().unwrap()).1 < top {
        pushes += 1;
    }
    (reply.snapshot().len(), place(&reply.position()).1, pushes)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_while_the_rows_are_read_follows_the_reply() {
    assert_eq!(while_the_rows_are_read(10).await, (1, 1, 10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_more_comes_than_the_gate_keeps_the_rows_are_read_again() {
    assert_eq!(while_the_rows_are_read(1_500).await, (1_501, 1_501, 0));
}
