//! The tables that a start needs: those that it makes, and those that it cannot.

use std::env;
use std::process::Command;

use dragon::AppBuilder;
use dragon::prelude::*;
use dragon::testing::TestBroker;
use dragon_tests::Database;
use dragon_tests::util::{PATIENCE, until};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, TransactionTrait};
use serde_json::Value;

use crate::models::{ItemRouter, ListRouter, list};
use crate::related::models::{address, company, document, staff, tag};
use crate::related::routers::CompanyRouter;

crate::both!(
    a_table_of_pairs_that_does_not_exist_stops_the_start,
    a_table_is_made_after_those_that_it_refers_to,
);

/// The makings of a table of pairs.
const PAIRS: &str = "CREATE TABLE company_tag (company_id integer NOT NULL, tag_id uuid NOT NULL, \
                     PRIMARY KEY (company_id, tag_id))";

fn companies(db: &DatabaseConnection) -> AppBuilder {
    let app = App::builder("test").database(db.clone()).create_tables().router(CompanyRouter);
    let app = app.model::<company::Entity>().model::<staff::Entity>().model::<document::Entity>();
    app.model::<address::Entity>().model::<tag::Entity>()
}

async fn a_table_of_pairs_that_does_not_exist_stops_the_start(database: Database) {
    let db = dragon::connect(&database.url).await.unwrap();
    let sentence = companies(&db).start().await.unwrap_err().to_string();
    for part in [
        "the table `company_tag`",
        "of the pairs of a many-to-many relation",
        "`create_tables()` makes the tables of models only",
        "migration",
        ".model::<",
    ] {
        assert!(sentence.contains(part), "{sentence}");
    }
    assert!(!sentence.contains('~'), "{sentence}");
    database.execute(PAIRS).await;
    companies(&db).start().await.unwrap();
}

/// What the process of this very test finds when it is asked to look.
fn checks(database: &Database) -> Vec<Value> {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "tables::what_a_check_says_of_a_table_of_pairs", "--nocapture"])
        .env("DRAGON_ERRAND", "check")
        .env("DATABASE_URL", &database.url)
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let line = told.find("{\"dragon\"").unwrap_or_else(|| panic!("no answer: {told}"));
    let told: Value = serde_json::from_str(told[line..].lines().next().unwrap()).unwrap();
    told["checks"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_check_says_of_a_table_of_pairs() {
    if env::var("DRAGON_ERRAND").is_ok() {
        // In the process of its own: it answers and exits.
        let db = dragon::connect(&env::var("DATABASE_URL").unwrap()).await.unwrap();
        companies(&db).start().await.unwrap();
    }
    for database in [Database::sqlite(), Database::postgres().await] {
        let of_pairs = || {
            let checks = checks(&database);
            let of_pairs = checks.iter().find(|check| check["what"] == "table company_tag");
            of_pairs.cloned().unwrap_or_else(|| panic!("nothing of it: {checks:?}"))
        };
        let found = of_pairs();
        assert_eq!(found["ok"], false, "{found}");
        assert!(found["says"].as_str().unwrap().contains("does not exist"), "{found}");
        assert!(found["mend"].as_str().unwrap().contains(".model::<"), "{found}");
        database.execute("CREATE TABLE company_tag (company_id integer)").await;
        let found = of_pairs();
        assert_eq!(found["ok"], false, "{found}");
        assert!(found["says"].as_str().unwrap().ends_with("tag_id"), "{found}");
        database.execute("DROP TABLE company_tag").await;
        database.execute(PAIRS).await;
        let found = of_pairs();
        assert_eq!(found["ok"], true, "{found}");
    }
}

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
