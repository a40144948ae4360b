//! SIGTERM: clients are told to come back, what is in hand is finished, and the process ends.

use dragon_tests::util::{PATIENCE, until};
use dragon_tests::{App, Client, Database};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::page::{Page, create};

/// A connection that asks for the page, gets it, and stays.
async fn idle_http(app: &App) -> TcpStream {
    let address = app.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut byte = [0];
    stream.read_exact(&mut byte).await.unwrap();
    stream
}

/// A connection that never finishes what it asks.
async fn half_a_request(app: &App) -> TcpStream {
    let address = app.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: loc").await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_its_end_it_tells_everyone_and_waits_for_nobody_forever() {
    let database = Database::postgres().await;
    let mut app = App::todo().env("DATABASE_URL", &database.url).start().await;
    let url = app.ws();
    let id = create(&url, "before").await;
    let (_idle, _half) = (idle_http(&app).await, half_a_request(&app).await);
    // This one never reads again.
    let mut stalled = Client::connect(&url).await;
    stalled.ok("todo-item", "subscribe", json!({ "_snapshot": true })).await;
    let mut page = Client::connect(&url).await;
    page.ok("todo-item", "subscribe", json!({ "_snapshot": true })).await;
    // A verb in hand: somebody else has locked its row.
    let db = database.connect().await;
    let lock = format!("BEGIN; SELECT id FROM todo_item WHERE id = {id} FOR UPDATE");
    db.execute_unprepared(&lock).await.unwrap();
    let mut writer = Client::connect(&url).await;
    let call = writer.send("todo-item", "update", json!({ "id": id, "text": "in hand" })).await;
    let observer = database.connect().await;
    let waits = || async {
        let sql = "SELECT count(*) FROM pg_locks WHERE NOT granted";
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        let row = observer.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index::<i64>(0).unwrap() > 0
    };
    until(PATIENCE, "the verb waits for its row", waits).await;
    app.terminate();
    assert_eq!(page.close_code().await, Some(3012));
    // New ones are told the same, or find nobody.
    if let Ok(mut late) = Client::connect_with(&url, &[]).await {
        assert_eq!(late.close_code().await, Some(3012));
    }
    db.execute_unprepared("ROLLBACK").await.unwrap();
    assert!(writer.reply(&call).await.is_success());
    assert_eq!(writer.close_code().await, Some(3012));
    let status = app.wait().await;
    assert!(status.success(), "{status}: {}", app.stderr_so_far());
    app.restart().await;
    let page = Page::open(&url).await;
    assert_eq!(page.text(id), Some("in hand"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_only_waits_is_let_go_at_once_and_resumes_after_a_restart() {
    let (redis, database) = (dragon_tests::Redis::start(), Database::sqlite());
    let builder = App::todo().env("DATABASE_URL", &database.url).env("REDIS_URL", redis.url());
    let mut app = builder.start().await;
    let url = app.ws();
    let mut page = Page::open(&url).await;
    app.terminate();
    // Goes on by itself: the page is told, and tries until somebody is there again.
    let restarted = async {
        assert!(app.wait().await.success());
        app.restart().await;
        create(&url, "after the restart").await
    };
    let (id, ()) = tokio::join!(restarted, async {
        while page.recovered.is_empty() {
            page.step().await;
        }
    });
    assert_eq!(page.recovered, [true]);
    page.shows("what came after it", |page| page.text(id).is_some()).await;
    page.is_right().await;
}
