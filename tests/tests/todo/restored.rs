//! A database that is made anew, or restored, beside a Redis that remembers the old one.

use std::time::Duration;

use dragon_tests::util::{PATIENCE, TempDir, until};
use dragon_tests::{App, Client, Redis};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;

#[tokio::test]
async fn a_database_made_anew_is_published_although_redis_remembers_the_old_one() {
    let redis = Redis::start();
    let folder = TempDir::new("restored");
    // The old database had several relays one after the other.
    for _ in 0..3 {
        let mut app = App::todo().env("REDIS_URL", redis.url()).folder(folder.path()).start().await;
        let mut client = Client::connect(&app.ws()).await;
        client.ok("todo-item", "subscribe", json!({ "_snapshot": true })).await;
        client.ok("todo-item", "update", json!({ "id": 1, "done": true })).await;
        client.ok("todo-item", "update", json!({ "id": 1, "done": false })).await;
        client.next_push(PATIENCE).await;
        client.close().await;
        app.terminate();
        app.wait().await;
    }
    for file in std::fs::read_dir(folder.path()).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    let app = App::todo().env("REDIS_URL", redis.url()).folder(folder.path()).start().await;
    sees_its_own_write(&app).await;
}

#[tokio::test]
async fn a_restored_backup_is_published_although_redis_remembers_what_came_after_it() {
    let redis = Redis::start();
    let folder = TempDir::new("backup");
    let mut app = App::todo().env("REDIS_URL", redis.url()).folder(folder.path()).start().await;
    let mut client = Client::connect(&app.ws()).await;
    client.ok("todo-item", "subscribe", json!({ "_snapshot": true })).await;
    client.ok("todo-item", "update", json!({ "id": 2, "text": "before the backup" })).await;
    client.next_push(PATIENCE).await;
    // Until what was told is forgotten as well: a backup with it would have nothing to lose.
    let file = folder.path().join("todo.db");
    let db = sea_orm::Database::connect(format!("sqlite://{}", file.display())).await.unwrap();
    until(PATIENCE, "the log is empty", || async {
        let one = db.query_one_raw(Statement::from_string(
            DbBackend::Sqlite,
            "SELECT count(*) AS n FROM dragon_todo_log",
        ));
        one.await.unwrap().unwrap().try_get::<i64>("", "n").unwrap() == 0
    })
    .await;
    let backup = folder.path().join("backup.db");
    db.execute_unprepared(&format!("VACUUM INTO '{}'", backup.display())).await.unwrap();
    db.close().await.unwrap();
    for text in ["after the backup", "and after"] {
        client.ok("todo-item", "update", json!({ "id": 2, "text": text })).await;
        client.next_push(PATIENCE).await;
    }
    app.kill();
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.path().join(format!("todo.db{end}")));
    }
    std::fs::rename(backup, file).unwrap();
    app.restart().await;
    sees_its_own_write(&app).await;
}

/// A client is told of what it writes, or told to load anew and then has it.
async fn sees_its_own_write(app: &App) {
    let mut client = Client::connect(&app.ws()).await;
    let args = json!({ "_snapshot": true, "todo_list__id": 1 });
    client.ok("todo-item", "subscribe", args.clone()).await;
    client.ok("todo-item", "update", json!({ "id": 1, "done": true })).await;
    let mut told = client.next_push(Duration::from_secs(30)).await;
    // Whoever connected before the relay noticed is told to load anew first.
    while told["action"] == "resync" {
        let reply = client.call("todo-item", "subscribe", args.clone()).await;
        let done = reply.snapshot().iter().any(|row| row["id"] == 1 && row["done"] == true);
        if done {
            return;
        }
        told = client.next_push(Duration::from_secs(30)).await;
    }
    assert_eq!((&told["data"]["id"], &told["data"]["done"]), (&json!(1), &json!(true)));
}
