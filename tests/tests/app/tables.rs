//! The tables that a start needs: those that it makes, and those that it cannot.

use dragon::AppBuilder;
use dragon::prelude::*;
use dragon::testing::TestBroker;
use dragon_tests::Database;
use dragon_tests::util::{PATIENCE, until};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, TransactionTrait};

use crate::models::{ItemRouter, ListRouter, list};

crate::both!(a_table_is_made_after_those_that_it_refers_to,);

async fn a_table_is_made_after_those_that_it_refers_to(database: Database) {
    let db = dragon::connect(&database.url).await.unwrap();
    let app = App::builder("test").database(db.clone()).create_tables();
    let app = app.router(ItemRouter).router(ListRouter).start().await.unwrap();
    app.shutdown().await;
    // What it refers to must be there; what is there already stays as it is.
    database.execute("INSERT INTO list (id, owner, name) VALUES (1, 'me', 'a')").await;
    let insert = "INSERT INTO item (id, list_id, text) VALUES (1, 2, 'a')";
    db.execute_unprepared(insert).await.unwrap_err();
    let app = App::builder("test").database(db.clone()).create_tables();
    app.router(ItemRouter).router(ListRouter).start().await.unwrap().shutdown().await;
    database.execute("INSERT INTO item (id, list_id, text) VALUES (1, 1, 'a')").await;
}

fn lists(db: &DatabaseConnection, broker: &TestBroker) -> AppBuilder {
    let app = App::builder("test").database(db.clone()).broker(broker.shared());
    app.create_tables().router(ListRouter)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_make_the_tables_one_after_the_other() {
    let database = Database::postgres().await;
    let broker = TestBroker::new();
    let start = async || {
        let db = dragon::connect(&database.url).await.unwrap();
        lists(&db, &broker).start().await.unwrap()
    };
    let (one, two, three) = tokio::join!(start(), start(), start());
    for app in [one, two, three] {
        app.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_waits_for_the_tables_that_another_is_making() {
    let database = Database::postgres().await;
    let (db, other) = (
        dragon::connect(&database.url).await.unwrap(),
        dragon::connect(&database.url).await.unwrap(),
    );
    // As another node does it, which is half way.
    let making = other.begin().await.unwrap();
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('dragon_tables', 1))";
    making.execute_unprepared(lock).await.unwrap();
    let schema = sea_orm::Schema::new(sea_orm::DbBackend::Postgres);
    making.execute(&schema.create_table_from_entity(list::Entity)).await.unwrap();
    let broker = TestBroker::new();
    let starting = tokio::spawn(lists(&db, &broker).start());
    until(PATIENCE, "the start waits", async || {
        let sql = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = \
                   current_database()";
        let statement = Statement::from_string(sea_orm::DbBackend::Postgres, sql);
        other.query_one_raw(statement).await.unwrap().is_some()
    })
    .await;
    making.commit().await.unwrap();
    starting.await.unwrap().unwrap().shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn why_a_table_cannot_be_made_is_said() {
    let database = Database::postgres().await;
    let db = dragon::connect(&database.url).await.unwrap();
    // What it refers to is of no model of the app, and not there.
    let app = App::builder("test").database(db).create_tables().router(ItemRouter);
    let sentence = app.start().await.unwrap_err().to_string();
    assert!(sentence.contains("\"list\" does not exist"), "{sentence}");
    assert!(sentence.contains("the table `item`"), "{sentence}");
}
