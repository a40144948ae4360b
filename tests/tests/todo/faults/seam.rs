//! kill -9 at the two worst moments: between commit and publish, and between publish and the
//! deletion of the log row.

use dragon_tests::mirror::place;
use dragon_tests::util::{PATIENCE, until};
use dragon_tests::{App, Database, Redis};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use super::page::{Page, create, write};

async fn started(database: &Database, redis: &Redis) -> App {
    let builder = App::todo().env("DATABASE_URL", &database.url).env("REDIS_URL", redis.url());
    builder.start().await
}

/// How many changes wait in the log.
async fn waiting(db: &DatabaseConnection) -> i64 {
    let sql = "SELECT count(*) FROM dragon_todo_log";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

async fn nothing_waits(db: &DatabaseConnection) {
    until(PATIENCE * 3, "the log is empty", || async { waiting(db).await == 0 }).await;
}

async fn killed_between_commit_and_publish(database: Database) {
    let mut redis = Redis::start();
    let mut app = started(&database, &redis).await;
    let (url, db) = (app.ws(), database.connect().await);
    let id = create(&url, "before").await;
    nothing_waits(&db).await;
    let mut page = Page::open(&url).await;
    redis.pause();
    write(&url, id, "committed").await;
    assert_eq!(waiting(&db).await, 1);
    app.kill();
    redis.resume();
    assert_eq!(waiting(&db).await, 1);
    app.restart().await;
    page.come_back(&url).await;
    assert_eq!(page.recovered, [true]);
    write(&url, id, "after").await;
    page.shows("the last change", |page| page.text(id) == Some("after")).await;
    assert_eq!(page.heard(), [("updated", "committed"), ("updated", "after")]);
    page.is_right().await;
}

async fn killed_between_publish_and_delete(database: Database) {
    let mut redis = Redis::start();
    let mut app = started(&database, &redis).await;
    let (url, db) = (app.ws(), database.connect().await);
    let id = create(&url, "before").await;
    nothing_waits(&db).await;
    let mut page = Page::open(&url).await;
    redis.pause();
    write(&url, id, "published").await;
    // The relay can read its tables and not write them.
    let hold = match database.file() {
        Some(_) => "BEGIN IMMEDIATE",
        None => "BEGIN; LOCK TABLE dragon_todo_topic IN SHARE MODE",
    };
    db.execute_unprepared(hold).await.unwrap();
    redis.resume();
    page.shows("what was published", |page| page.text(id) == Some("published")).await;
    assert_eq!(waiting(&db).await, 1);
    app.kill();
    db.execute_unprepared("ROLLBACK").await.unwrap();
    assert_eq!(waiting(&db).await, 1);
    app.restart().await;
    nothing_waits(&db).await;
    page.come_back(&url).await;
    assert_eq!(page.recovered, [true]);
    let reached = page.mirror.position.clone().unwrap();
    write(&url, id, "after").await;
    page.shows("the last change", |page| page.text(id) == Some("after")).await;
    assert_eq!(page.heard(), [("updated", "published"), ("updated", "after")]);
    // It kept its place: the next change stands right behind it.
    let next = place(page.mirror.position.as_ref().unwrap());
    assert_eq!((place(&reached).0, place(&reached).1 + 1), next);
    page.is_right().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_was_committed_and_not_published_is_told_once_on_sqlite() {
    killed_between_commit_and_publish(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_was_committed_and_not_published_is_told_once_on_postgres() {
    killed_between_commit_and_publish(Database::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_was_published_and_not_forgotten_is_told_once_on_sqlite() {
    killed_between_publish_and_delete(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_was_published_and_not_forgotten_is_told_once_on_postgres() {
    killed_between_publish_and_delete(Database::postgres().await).await;
}
