//! Setups that cannot work stop the start, each with a sentence that says what to do.

use std::time::Duration;

use dragon::prelude::*;
use dragon_tests::util::PATIENCE;
use dragon_tests::{Database, Postgres, Redis, free_port};
use sea_orm::ActiveModelTrait;

use super::{patient, tells, watch};
use crate::models::{ItemRouter, ListRouter};
use crate::world::{World, builder, new_item};

crate::both!(
    a_second_process_without_redis_is_told_to_set_redis_url,
    a_start_waits_for_the_process_before_it,
    two_namespaces_on_one_database_are_independent,
    a_table_that_does_not_exist_stops_the_start,
);

async fn a_second_process_without_redis_is_told_to_set_redis_url(database: Database) {
    let world = World::start(database).await;
    let db = dragon::connect(&world.database.url).await.unwrap();
    let second = builder(&db).config(patient(Duration::from_millis(1))).start().await;
    let sentence = second.unwrap_err().to_string();
    assert!(sentence.contains("`test`") && sentence.contains("REDIS_URL"), "{sentence}");
    // The first goes on.
    let list = world.list("me").await.id;
    let mut client = watch(&world, "item").await;
    new_item(list, "a").insert(&world.db).await.unwrap();
    tells(&mut client, "created", "text", "a").await;
}

async fn a_start_waits_for_the_process_before_it(database: Database) {
    let world = World::start(database).await;
    let db = dragon::connect(&world.database.url).await.unwrap();
    let patience = patient(Duration::from_secs(60));
    let second = tokio::spawn(builder(&db).config(patience).start());
    let database = world.stop().await;
    let world = World::serve(second.await.unwrap().unwrap(), db, database).await;
    let list = world.list("me").await.id;
    let mut client = watch(&world, "item").await;
    new_item(list, "a").insert(&world.db).await.unwrap();
    tells(&mut client, "created", "text", "a").await;
}

async fn two_namespaces_on_one_database_are_independent(database: Database) {
    let world = World::start(database.clone()).await;
    let db = dragon::connect(&database.url).await.unwrap();
    // Its name begins as the other's triggers do.
    let other = App::builder("test_on_item").database(db.clone()).router(ListRouter);
    let other = other.router(ItemRouter).start().await.unwrap();
    let other = World::serve(other, db, database).await;
    let list = world.list("me").await.id;
    let (mut one, mut two) = (watch(&world, "item").await, watch(&other, "item").await);
    new_item(list, "a").insert(&world.db).await.unwrap();
    tells(&mut one, "created", "text", "a").await;
    tells(&mut two, "created", "text", "a").await;
    // One goes, with all that it had; the other does not notice.
    let database = world.stop().await;
    let db = dragon::connect(&database.url).await.unwrap();
    let namespace = dragon::capture::Namespace::of("test").unwrap();
    dragon::capture::uninstall(&db, &namespace).await.unwrap();
    new_item(list, "b").insert(&db).await.unwrap();
    tells(&mut two, "created", "text", "b").await;
    let database = other.stop().await;
    let world = World::start(database).await;
    let mut one = watch(&world, "item").await;
    new_item(list, "c").insert(&world.db).await.unwrap();
    tells(&mut one, "created", "text", "c").await;
}

async fn a_table_that_does_not_exist_stops_the_start(database: Database) {
    let db = dragon::connect(&database.url).await.unwrap();
    let app = App::builder("test").database(db.clone()).router(ListRouter);
    let sentence = app.start().await.unwrap_err().to_string();
    for part in ["`list`", "does not exist", "migrations", "create_tables()"] {
        assert!(sentence.contains(part), "{sentence}");
    }
    // Nothing was left behind, and a view is no table.
    database.execute("CREATE VIEW list AS SELECT 1 AS id, 'a' AS owner, 'b' AS name").await;
    let app = App::builder("test").database(db.clone()).router(ListRouter);
    let sentence = app.start().await.unwrap_err().to_string();
    assert!(sentence.contains("`list`"), "{sentence}");
    database.execute("DROP VIEW list").await;
    App::builder("test").database(db).create_tables().router(ListRouter).start().await.unwrap();
}

#[tokio::test]
async fn an_in_memory_database_is_refused() {
    for url in ["sqlite::memory:", "sqlite://:memory:", "sqlite://file:a?mode=memory&cache=shared"]
    {
        let sentence = dragon::connect(url).await.unwrap_err().to_string();
        assert!(sentence.contains("in-memory") && sentence.contains("use a file"), "{sentence}");
    }
}

#[tokio::test]
async fn a_sqlite_connection_of_ones_own_is_refused() {
    let database = Database::sqlite();
    database.execute("PRAGMA journal_mode = WAL").await;
    let db = sea_orm::Database::connect(&database.url).await.unwrap();
    let sentence = builder(&db).start().await.unwrap_err().to_string();
    assert!(sentence.contains("dragon::connect"), "{sentence}");
}

/// Somebody asks at the place of a server that is not there yet.
async fn somebody_asks(url: &str) {
    let place = url.split(['/', '@']).find(|part| part.starts_with("127.0.0.1:")).unwrap();
    let listener = tokio::net::TcpListener::bind(place).await.unwrap();
    drop(tokio::time::timeout(PATIENCE, listener.accept()).await.unwrap().unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_waits_for_a_redis_that_comes_later() {
    let (mut redis, database) = (Redis::start(), Database::sqlite());
    redis.kill();
    let db = dragon::connect(&database.url).await.unwrap();
    let mut config = patient(Duration::from_millis(1));
    config.redis_url = Some(redis.url());
    let sentence = builder(&db).config(config.clone()).start().await.unwrap_err().to_string();
    assert!(sentence.contains("redis-server") && sentence.contains("REDIS_URL"), "{sentence}");
    config.start_patience = PATIENCE * 6;
    let starting = tokio::spawn(builder(&db).config(config).start());
    somebody_asks(&redis.url()).await;
    redis.restart();
    let world = World::serve(starting.await.unwrap().unwrap(), db, database).await;
    let list = world.list("me").await.id;
    let mut client = watch(&world, "item").await;
    new_item(list, "a").insert(&world.db).await.unwrap();
    tells(&mut client, "created", "text", "a").await;
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_said_with_what_to_do() {
    let database = Database::postgres().await;
    let start = |url: String| {
        let mut config = patient(Duration::from_millis(1));
        config.database_url = url;
        let app = App::builder("test").config(config).create_tables().router(ListRouter);
        async { app.start().await.unwrap_err().to_string() }
    };
    let (server, _) = database.url.rsplit_once('/').unwrap();
    let sentence = start(format!("{server}/not_there")).await;
    assert!(sentence.contains("createdb --host=127.0.0.1"), "{sentence}");
    assert!(sentence.contains("--username=postgres not_there"), "{sentence}");
    let sentence = start(database.url.replacen("postgres@", "nobody@", 1)).await;
    assert!(sentence.contains("`nobody`") && sentence.contains("DATABASE_URL"), "{sentence}");
    let sentence = start(format!("postgres://postgres@127.0.0.1:{}/x", free_port())).await;
    assert!(sentence.contains("is the server running"), "{sentence}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_waits_for_a_database_that_comes_later() {
    let mut postgres = Postgres::start();
    let database = postgres.fresh_database().await;
    postgres.kill();
    let mut config = patient(Duration::from_millis(1));
    config.database_url.clone_from(&database.url);
    let app = |config| {
        App::builder("test").config(config).create_tables().router(ListRouter).router(ItemRouter)
    };
    let sentence = app(config.clone()).start().await.unwrap_err().to_string();
    assert!(sentence.contains("is the server running"), "{sentence}");
    config.start_patience = PATIENCE * 6;
    let starting = tokio::spawn(app(config).start());
    somebody_asks(&database.url).await;
    postgres.restart();
    let app = starting.await.unwrap().unwrap();
    let db = app.db().clone();
    let world = World::serve(app, db, database).await;
    let list = world.list("me").await.id;
    let mut client = watch(&world, "item").await;
    new_item(list, "a").insert(&world.db).await.unwrap();
    tells(&mut client, "created", "text", "a").await;
}
