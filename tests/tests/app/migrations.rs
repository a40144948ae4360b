//! Tables that change while they hold rows: the migration that `dragon-cli generate` writes, and
//! what a start does with a table that is not as its model. The code is that of dragon-cli's
//! snapshots.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dragon::prelude::*;
use dragon::testing::TestBroker;
use dragon_tests::{Database, util::PATIENCE};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseConnection, DbBackend, Set, TransactionTrait,
};
use sea_orm_migration::prelude::{MigrationTrait, MigratorTrait, async_trait};
use serde_json::json;

use crate::warnings;
use crate::world::{World, told};

crate::both!(
    a_table_gains_columns_while_it_has_rows,
    an_empty_database_needs_no_migration,
    a_migration_that_fails_stops_the_start,
);

/// The models of the project before its migration.
#[rustfmt::skip]
#[path = "../../../dragon-cli/tests/snapshots/todo/src/models"]
mod before {
    #[rustfmt::skip]
    #[path = "todo_item.rs.snap"]
    pub mod todo_item;
    #[rustfmt::skip]
    #[path = "todo_list.rs.snap"]
    pub mod todo_list;
}

/// And after it.
#[rustfmt::skip]
#[path = "../../../dragon-cli/tests/snapshots/migrated/src/models"]
mod after {
    #[rustfmt::skip]
    #[path = "todo_item.rs.snap"]
    pub mod todo_item;
    #[rustfmt::skip]
    #[path = "todo_list.rs.snap"]
    pub mod todo_list;
}

// As `MigrationTrait` itself is written.
#[allow(elided_lifetimes_in_paths)]
#[rustfmt::skip]
#[path = "../../../dragon-cli/tests/snapshots/migrated/src/migrations/m20260131_123000_add_much_to_todo_item.rs.snap"]
mod add_much;
// As `MigrationTrait` itself is written.
#[allow(elided_lifetimes_in_paths)]
#[rustfmt::skip]
#[path = "../../../dragon-cli/tests/snapshots/migrated/src/migrations/m20260131_123000_tidy_up.rs.snap"]
mod tidy_up;

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(add_much::Migration), Box::new(tidy_up::Migration)]
    }
}

async fn migrate(db: DatabaseConnection) -> Result<(), DbErr> {
    Migrator::up(&db, None).await
}

#[serializer(model = after::todo_item::Entity, update_fields(text, priority))]
struct ItemSerializer;

struct ItemRouter;

#[router(route = "todo-item", serializer = ItemSerializer)]
impl ItemRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

fn app(db: &DatabaseConnection) -> dragon::AppBuilder {
    let app = App::builder("test").database(db.clone()).create_tables();
    app.model::<after::todo_list::Entity>().router(ItemRouter)
}

async fn a_table_gains_columns_while_it_has_rows(database: Database) {
    let db = dragon::connect(&database.url).await.unwrap();
    let old = App::builder("test").database(db.clone()).create_tables();
    let old = old.model::<before::todo_list::Entity>().model::<before::todo_item::Entity>();
    let old = old.start().await.unwrap();
    let row = before::todo_item::ActiveModel { text: Set("a".to_owned()), ..Default::default() };
    row.insert(&db).await.unwrap();
    old.shutdown().await;

    // Without the migration: a sentence that says which columns, and what to do.
    let sentence = app(&db).start().await.unwrap_err().to_string();
    for part in [
        "the table `todo_item` has no columns `priority`, `note`, `body`",
        "`other_id`",
        "dragon-cli generate migration add_priority_to_todo_item priority:",
    ] {
        assert!(sentence.contains(part), "{sentence}");
    }

    // With it, twice: what it has had it is not given again.
    for _ in 0..2 {
        let app = app(&db).migrate(migrate).start().await.unwrap();
        let rows = after::todo_item::Entity::find().all(&db).await.unwrap();
        let row = rows.first().unwrap();
        assert_eq!((row.text.as_str(), row.priority, row.due), ("a", 0, None));
        assert_eq!((row.price, row.starred, row.note.as_str()), (Decimal::ZERO, false, ""));
        app.shutdown().await;
    }
    let app = app(&db).migrate(migrate).start().await.unwrap();
    let world = World::serve(app, db, database).await;
    let mut client = world.client().await;
    client.ok("todo-item", "subscribe", json!({})).await;
    world.database.execute("UPDATE todo_item SET priority = 3").await;
    let (action, data) = told(&client.next_push(PATIENCE).await);
    assert_eq!((action.as_str(), &data["priority"]), ("updated", &json!(3)));
}

async fn an_empty_database_needs_no_migration(database: Database) {
    let db = dragon::connect(&database.url).await.unwrap();
    for _ in 0..2 {
        let app = app(&db).migrate(migrate).start().await.unwrap();
        assert!(after::todo_item::Entity::find().all(&db).await.unwrap().is_empty());
        app.shutdown().await;
    }
}

async fn a_migration_that_fails_stops_the_start(database: Database) {
    let db = dragon::connect(&database.url).await.unwrap();
    let wrong = async |db: DatabaseConnection| {
        db.execute_unprepared("ALTER TABLE nowhere ADD COLUMN a integer").await.map(drop)
    };
    let sentence = app(&db).migrate(wrong).start().await.unwrap_err().to_string();
    assert!(sentence.contains("in the migrations") && sentence.contains("nowhere"), "{sentence}");
    // Nothing was made after it.
    let there = after::todo_item::Entity::find().all(&db).await;
    assert!(there.is_err(), "{there:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_migrate_one_after_the_other() {
    let database = Database::postgres().await;
    let (broker, inside) = (TestBroker::new(), Arc::new(AtomicBool::new(false)));
    let start = async || {
        let db = dragon::connect(&database.url).await.unwrap();
        assert_eq!(db.get_database_backend(), DbBackend::Postgres);
        let inside = Arc::clone(&inside);
        let migrate = async move |db: DatabaseConnection| {
            assert!(!inside.swap(true, Ordering::SeqCst), "two at once");
            // Long enough for the others to come in, if they could.
            db.execute_unprepared("SELECT pg_sleep(0.2)").await?;
            inside.store(false, Ordering::SeqCst);
            Ok(())
        };
        app(&db).broker(broker.shared()).migrate(migrate).start().await.unwrap()
    };
    let (one, two, three) = tokio::join!(start(), start(), start());
    for app in [one, two, three] {
        app.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_another_node_s_migrations_says_so() {
    warnings::listen();
    let database = Database::postgres().await;
    let (db, other) = (
        dragon::connect(&database.url).await.unwrap(),
        dragon::connect(&database.url).await.unwrap(),
    );
    // As another node does it, under way.
    let migrating = other.begin().await.unwrap();
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('dragon_test_migrate', 1))";
    migrating.execute_unprepared(lock).await.unwrap();
    let ran = Arc::new(AtomicBool::new(false));
    let run = {
        let ran = Arc::clone(&ran);
        async move |_| {
            ran.store(true, Ordering::SeqCst);
            Ok(())
        }
    };
    let starting = tokio::spawn(app(&db).migrate(run).start());
    warnings::heard(&["migrations", "another process", "namespace=test"]).await;
    assert!(!ran.load(Ordering::SeqCst));
    migrating.commit().await.unwrap();
    starting.await.unwrap().unwrap().shutdown().await;
    assert!(ran.load(Ordering::SeqCst));
}
