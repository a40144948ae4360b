//! Without Redis, a second process that waits for the first one's place and gets it.

use dragon_tests::util::{PATIENCE, until};
use dragon_tests::{App, Client, Database, Postgres};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::json;
use tokio::task::JoinHandle;

use super::page::{Page, create};

/// Starts a second process; goes on when it waits for the first one's place.
async fn second(database: &Database) -> JoinHandle<App> {
    let starting = tokio::spawn(App::todo().env("DATABASE_URL", &database.url).start());
    let db = database.connect().await;
    let waits = || async {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE \
                   '%pg_try_advisory_lock%' AND datname = current_database() AND pid <> \
                   pg_backend_pid()";
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        let row = db.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index::<i64>(0).unwrap() > 0
    };
    until(PATIENCE, "the second process waits", waits).await;
    db.close().await.unwrap();
    starting
}

/// The first stops, its clients are told so, and those who go to the second are right there.
async fn hands_over(mut first: App, second: App, mut page: Page, mut idle: Client) {
    let id = create(&second.ws(), "by the second").await;
    let status = first.wait().await;
    let said = first.stderr_so_far();
    assert!(!status.success(), "{status}: {said}");
    assert!(said.lines().last().is_some_and(|line| line.contains("REDIS_URL")), "{said}");
    assert_eq!(idle.close_code().await, Some(3012));
    page.come_back(&second.ws()).await;
    assert_eq!(page.recovered, [false]);
    page.shows("what was missed", |page| page.text(id).is_some()).await;
    let last = create(&second.ws(), "afterwards").await;
    page.shows("what comes afterwards", |page| page.text(last).is_some()).await;
    page.is_right().await;
    assert!(!second.stderr_so_far().contains("REDIS_URL"), "{}", second.stderr_so_far());
}

async fn idle(app: &App) -> Client {
    let mut client = Client::connect(&app.ws()).await;
    client.ok("todo-item", "subscribe", json!({ "_snapshot": true })).await;
    client
}

async fn the_relay_connection_ends() {
    let database = Database::postgres().await;
    let first = App::todo().env("DATABASE_URL", &database.url).start().await;
    let (page, idle) = (Page::open(&first.ws()).await, idle(&first).await);
    let second = second(&database).await;
    let holder = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND \
                  granted AND database = (SELECT oid FROM pg_database WHERE datname = \
                  current_database())";
    database.execute(holder).await;
    hands_over(first, second.await.unwrap(), page, idle).await;
}

async fn postgres_restarts() {
    let mut postgres = Postgres::start();
    let database = postgres.fresh_database().await;
    let mut first = App::todo().env("DATABASE_URL", &database.url).start().await;
    let (page, idle) = (Page::open(&first.ws()).await, idle(&first).await);
    let second = second(&database).await;
    // So that it is certain who comes first.
    first.pause();
    postgres.restart();
    let second = second.await.unwrap();
    first.resume();
    hands_over(first, second, page, idle).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_loses_its_place_to_another_process_stops_and_says_so() {
    tokio::join!(the_relay_connection_ends(), postgres_restarts());
}
