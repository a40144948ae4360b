//! Rows that SQLite removes without a word because another one takes their place.

use dragon_tests::{Client, Database};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::{next, texts, watch};
use crate::world::{World, gone};

/// Items with three unique indexes, of which one holds for some rows only, and two columns of
/// which one ignores case.
async fn unique_items() -> (World, DatabaseConnection, Client) {
    let database = Database::sqlite();
    let table =
        "CREATE TABLE item (id integer PRIMARY KEY AUTOINCREMENT, list_id integer NOT NULL, \
         text varchar NOT NULL, done boolean DEFAULT FALSE, rank bigint DEFAULT 0, secret varchar \
         UNIQUE, UNIQUE (list_id, text));
         CREATE UNIQUE INDEX folded ON item (secret COLLATE NOCASE);
         CREATE UNIQUE INDEX top ON item (rank) WHERE rank > 100";
    database.execute(table).await;
    let world = World::start(database).await;
    // As other programs have it.
    let plain = sea_orm::Database::connect(&world.database.url).await.unwrap();
    plain.execute_unprepared("PRAGMA recursive_triggers = OFF").await.unwrap();
    let rows = "INSERT INTO list (owner, name) VALUES ('me', 'a');
         INSERT INTO item (list_id, text, secret) VALUES (1, 'a', 'x'), (1, 'b', 'y'), (1, 'c', 'z')";
    plain.execute_unprepared(rows).await.unwrap();
    let client = watch(&world, "item").await;
    (world, plain, client)
}

/// What is told of a statement: each action with the row's id.
async fn told(client: &mut Client, db: &DatabaseConnection, sql: &str) -> Vec<(String, i64)> {
    db.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    // After it, something that ends the list.
    let end = "INSERT INTO item (list_id, text) VALUES (1, 'the end');
         DELETE FROM item WHERE text = 'the end'";
    db.execute_unprepared(end).await.unwrap();
    let mut told = Vec::new();
    loop {
        let (action, data) = next(client).await;
        let id = data["id"].as_i64().unwrap();
        if data["text"] == "the end" {
            assert_eq!(next(client).await, gone(i32::try_from(id).unwrap()));
            return told;
        }
        told.push((action, id));
    }
}

async fn rows(db: &DatabaseConnection) -> Vec<i64> {
    let ids = texts(db, "SELECT CAST(id AS TEXT) FROM item ORDER BY id").await;
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

fn expected(told: &[(&str, i64)]) -> Vec<(String, i64)> {
    told.iter().map(|(action, id)| ((*action).to_owned(), *id)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_a_replace_removes_through_other_keys_are_told_as_deleted() {
    let (_world, db, mut client) = unique_items().await;
    let replace = "INSERT OR REPLACE INTO item (id, list_id, text) VALUES (10, 1, 'a')";
    let told_of = told(&mut client, &db, replace).await;
    assert_eq!(told_of, expected(&[("created", 10), ("deleted", 1)]));
    // One takes the place of two, and its secret is the same only to one of the indexes.
    let replace =
        "INSERT OR REPLACE INTO item (id, list_id, text, secret) VALUES (20, 1, 'b', 'Z')";
    let mut told_of = told(&mut client, &db, replace).await;
    told_of.sort();
    assert_eq!(told_of, expected(&[("created", 20), ("deleted", 2), ("deleted", 3)]));
    // Of its own primary key, and of another row.
    let replace = "INSERT OR REPLACE INTO item (id, list_id, text) VALUES (10, 1, 'b')";
    let told_of = told(&mut client, &db, replace).await;
    assert_eq!(told_of, expected(&[("updated", 10), ("deleted", 20)]));
    assert_eq!(rows(&db).await, [10]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_an_update_replaces_are_told_as_deleted() {
    let (_world, db, mut client) = unique_items().await;
    let told_of =
        told(&mut client, &db, "UPDATE OR REPLACE item SET text = 'b' WHERE id = 1").await;
    assert_eq!(told_of, expected(&[("updated", 1), ("deleted", 2)]));
    // One statement that replaces again and again: the last of the rows is left.
    let all = "UPDATE OR REPLACE item SET text = 'd'";
    let told_of = told(&mut client, &db, all).await;
    assert_eq!(told_of, expected(&[("updated", 1), ("updated", 3), ("deleted", 1)]));
    assert_eq!(rows(&db).await, [3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_stay_are_not_told_as_deleted() {
    let (world, db, mut client) = unique_items().await;
    let upsert = "INSERT INTO item (id, list_id, text) VALUES (10, 1, 'a') ON CONFLICT (list_id, \
         text) DO UPDATE SET done = TRUE";
    assert_eq!(told(&mut client, &db, upsert).await, expected(&[("updated", 1)]));
    let ignored = "INSERT OR IGNORE INTO item (id, list_id, text) VALUES (10, 1, 'a')";
    assert_eq!(told(&mut client, &db, ignored).await, []);
    // What was noted then says nothing of what becomes of the rows later.
    let moved = "BEGIN; INSERT OR IGNORE INTO item (id, list_id, text) VALUES (10, 1, 'a');
         UPDATE item SET id = 5 WHERE id = 1; INSERT INTO item (id, list_id, text) VALUES (6, 1, 'd');
         INSERT OR IGNORE INTO item (id, list_id, text) VALUES (10, 1, 'b');
         DELETE FROM item WHERE id = 2; INSERT INTO item (id, list_id, text) VALUES (7, 1, 'b');
         COMMIT";
    let all = [("deleted", 1), ("created", 5), ("created", 6), ("deleted", 2), ("created", 7)];
    assert_eq!(told(&mut client, &db, moved).await, expected(&all));
    // With recursive_triggers, as the app's own connections have it, the delete is seen by itself.
    let replace = "INSERT OR REPLACE INTO item (id, list_id, text) VALUES (30, 1, 'd')";
    let told_of = told(&mut client, &world.db, replace).await;
    assert_eq!(told_of, expected(&[("deleted", 6), ("created", 30)]));
    assert_eq!(rows(&db).await, [3, 5, 7, 30]);
}

/// The triggers of items.
async fn triggers(db: &DatabaseConnection) -> usize {
    let sql = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'item'";
    texts(db, sql).await.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_that_comes_or_goes_is_minded_at_the_next_start() {
    let world = World::start(Database::sqlite()).await;
    let without = triggers(&world.db).await;
    let database = world.stop().await;
    database.execute("CREATE UNIQUE INDEX own ON item (list_id, text)").await;
    let world = World::start(database).await;
    assert_eq!(triggers(&world.db).await, without + 1);
    let database = world.stop().await;
    database.execute("DROP INDEX own; CREATE UNIQUE INDEX own ON item (lower(text))").await;
    let world = World::start(database).await;
    assert_eq!(triggers(&world.db).await, without);
}
