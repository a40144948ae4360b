//! What is put into the database, kept up to date there, and taken out again.

use dragon::capture::{Namespace, Watched, sql, uninstall};
use dragon::model::{ModelInfo, create_table};
use dragon::prelude::*;
use dragon_tests::util::PATIENCE;
use dragon_tests::{Database, Redis, eventually};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DatabaseConnection, DbBackend, Set};
use serde_json::json;

use super::{tells, texts, watch};
use crate::models::{ItemRouter, ListRouter, item, list};
use crate::warnings;
use crate::world::{World, new_item};

crate::both!(
    a_migration_gives_the_triggers_a_new_hash,
    what_was_logged_before_a_migration_makes_everyone_load_anew,
    what_happened_without_triggers_makes_everyone_load_anew,
    a_table_made_anew_gets_its_triggers_at_the_next_start,
    a_trigger_without_a_model_is_warned_about_and_stays,
    uninstall_leaves_nothing,
    a_migration_by_sql_is_what_a_start_would_do,
);

/// A model before and after a migration.
macro_rules! note {
    ($module:ident, $router:ident, $($field:ident: $type:ty),+) => {
        mod $module {
            use dragon::prelude::*;

            #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
            #[sea_orm(table_name = "note")]
            pub struct Model {
                #[sea_orm(primary_key)]
                pub id: i32,
                $(pub $field: $type),+
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}

            #[serializer(model = Entity)]
            pub struct NoteSerializer;

            pub struct $router;

            #[router(route = "note", serializer = NoteSerializer)]
            impl $router {
                fn scope(&self, _: &Caller) -> Filter {
                    Filter::All
                }
            }
        }
    };
}

note!(narrow, NarrowRouter, text: String);
note!(before, BeforeRouter, text: String, gone: Option<i32>);
note!(after, AfterRouter, colour: Option<String>, text: String);

/// A migration as it is done on each database: SQLite drops no column that a trigger names.
async fn migrate(database: &Database) {
    database.execute("ALTER TABLE note ADD COLUMN colour varchar").await;
    if database.file().is_some() {
        let db = dragon::connect(&database.url).await.unwrap();
        uninstall(&db, &Namespace::of("test").unwrap()).await.unwrap();
    }
    database.execute("ALTER TABLE note DROP COLUMN gone").await;
}

pub(super) async fn serve(database: Database, redis: Option<&Redis>, router: impl Router) -> World {
    let db = dragon::connect(&database.url).await.unwrap();
    let mut config = Config::default();
    config.redis_url = redis.map(Redis::url);
    let app = App::builder("test").config(config).database(db.clone()).create_tables();
    World::serve(app.router(router).start().await.unwrap(), db, database).await
}

async fn a_migration_gives_the_triggers_a_new_hash(database: Database) {
    let world = serve(database, None, before::BeforeRouter).await;
    let row = before::ActiveModel { text: Set("a".to_owned()), ..Default::default() };
    row.insert(&world.db).await.unwrap();
    let hash = "SELECT hash FROM dragon_test_capture";
    let first = texts(&world.db, hash).await;
    let database = world.stop().await;
    let world = serve(database, None, before::BeforeRouter).await;
    assert_eq!(texts(&world.db, hash).await, first);
    let database = world.stop().await;
    migrate(&database).await;
    let world = serve(database, None, after::AfterRouter).await;
    assert_ne!(texts(&world.db, hash).await, first);
    let mut client = watch(&world, "note").await;
    world.database.execute("UPDATE note SET colour = 'red'").await;
    tells(&mut client, "updated", "colour", "red").await;
    let row = after::ActiveModel { text: Set("b".to_owned()), ..Default::default() };
    row.insert(&world.db).await.unwrap();
    tells(&mut client, "created", "text", "b").await;
}

/// Waits until everything that was logged is published.
async fn published(world: &World) {
    let waiting = async || {
        let waiting = texts(&world.db, "SELECT topic FROM dragon_test_log").await;
        if waiting.is_empty() { Ok(()) } else { Err(format!("{waiting:?} wait")) }
    };
    eventually(PATIENCE, waiting).await;
}

async fn what_was_logged_before_a_migration_makes_everyone_load_anew(database: Database) {
    let redis = Redis::start();
    let world = serve(database, Some(&redis), before::BeforeRouter).await;
    let mut client = world.client().await;
    let position = client.call("note", "subscribe", json!({ "_snapshot": true })).await.position();
    let database = world.stop().await;
    database.execute("INSERT INTO note (text, gone) VALUES ('a', 7), ('b', 8)").await;
    migrate(&database).await;
    let world = serve(database, Some(&redis), after::AfterRouter).await;
    // What waits in the log is of columns that are no more.
    published(&world).await;
    let mut client = world.client().await;
    let back = json!({ "_since": position, "_snapshot": true });
    let reply = client.call("note", "subscribe", back).await;
    assert!(!reply.recovered(), "{reply}");
    assert_eq!(reply.snapshot().len(), 2);
    let row = after::ActiveModel { text: Set("c".to_owned()), ..Default::default() };
    row.insert(&world.db).await.unwrap();
    tells(&mut client, "created", "text", "c").await;
}

async fn what_happened_without_triggers_makes_everyone_load_anew(mut database: Database) {
    let redis = Redis::start();
    let on_table = if database.file().is_some() { "" } else { " ON note" };
    let unseen = format!("DROP TRIGGER dragon_test_on_note_d{on_table}; DELETE FROM note");
    for wound in ["DROP TABLE note", &unseen] {
        let world = serve(database, Some(&redis), before::BeforeRouter).await;
        let row = before::ActiveModel { text: Set("a".to_owned()), ..Default::default() };
        row.insert(&world.db).await.unwrap();
        published(&world).await;
        let mut client = world.client().await;
        let reply = client.call("note", "subscribe", json!({ "_snapshot": true })).await;
        assert_eq!(reply.snapshot().len(), 1);
        let position = reply.position();
        database = world.stop().await;
        database.execute(wound).await;
        let world = serve(database, Some(&redis), before::BeforeRouter).await;
        published(&world).await;
        let mut client = world.client().await;
        let back = json!({ "_since": position, "_snapshot": true });
        let reply = client.call("note", "subscribe", back).await;
        assert!(!reply.recovered(), "{reply}");
        assert!(reply.snapshot().is_empty(), "{reply}");
        database = world.stop().await;
    }
}

async fn a_table_made_anew_gets_its_triggers_at_the_next_start(database: Database) {
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let database = world.stop().await;
    database.execute("DROP TABLE item").await;
    let world = World::start(database).await;
    let mut client = watch(&world, "item").await;
    new_item(list, "a").insert(&world.db).await.unwrap();
    tells(&mut client, "created", "text", "a").await;
    // As a migration on SQLite does it: a copy takes the table's place.
    let database = world.stop().await;
    let copied = "CREATE TABLE copy AS SELECT * FROM item; DROP TABLE item; \
         ALTER TABLE copy RENAME TO item";
    database.execute(copied).await;
    let world = World::start(database).await;
    let mut client = watch(&world, "item").await;
    world.database.execute("UPDATE item SET text = 'b'").await;
    tells(&mut client, "updated", "text", "b").await;
}

async fn a_trigger_without_a_model_is_warned_about_and_stays(database: Database) {
    warnings::listen();
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let database = world.stop().await;
    let db = dragon::connect(&database.url).await.unwrap();
    let app = App::builder("test").database(db.clone()).router(ListRouter).start().await.unwrap();
    let world = World::serve(app, db, database).await;
    warnings::heard(&["trigger=\"dragon_test_on_item_c\"", "drop the trigger"]).await;
    // What it logs is dropped; the other model goes on.
    new_item(list, "a").insert(&world.db).await.unwrap();
    let mut client = watch(&world, "list").await;
    world.database.execute("UPDATE list SET name = 'b'").await;
    tells(&mut client, "updated", "name", "b").await;
    let database = world.stop().await;
    let world = World::start(database).await;
    let mut client = watch(&world, "item").await;
    world.database.execute("UPDATE item SET text = 'b'").await;
    tells(&mut client, "updated", "text", "b").await;
}

/// Everything that the database holds, as it describes it.
async fn catalog(db: &DatabaseConnection) -> Vec<String> {
    let queries: &[&str] = match db.get_database_backend() {
        DbBackend::Postgres => &[
            "SELECT c.relname || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || \
             ' ' || a.attnotnull || ' ' || a.attidentity::text FROM pg_class c JOIN pg_attribute a ON \
             a.attrelid = c.oid WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0",
            "SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE \
             connamespace = 'public'::regnamespace",
            "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = \
             'public'::regnamespace",
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
        ],
        _ => &["SELECT coalesce(sql, name) FROM sqlite_master WHERE name <> 'sqlite_sequence'"],
    };
    let mut all = Vec::new();
    for query in queries {
        all.extend(texts(db, query).await);
    }
    all.sort();
    all
}

async fn uninstall_leaves_nothing(database: Database) {
    let db = dragon::connect(&database.url).await.unwrap();
    create_table::<list::Entity>(&db).await.unwrap();
    create_table::<item::Entity>(&db).await.unwrap();
    let empty = catalog(&db).await;
    let world = World::start(database).await;
    assert_ne!(catalog(&db).await, empty);
    let list = world.list("me").await.id;
    let _database = world.stop().await;
    new_item(list, "never told").insert(&db).await.unwrap();
    let namespace = Namespace::of("test").unwrap();
    uninstall(&db, &namespace).await.unwrap();
    assert_eq!(catalog(&db).await, empty);
    // And again, where nothing is.
    uninstall(&db, &namespace).await.unwrap();
    new_item(list, "nobody logs it").insert(&db).await.unwrap();
}

async fn a_migration_by_sql_is_what_a_start_would_do(database: Database) {
    let by_hand = match database.file() {
        Some(_) => Database::sqlite(),
        None => Database::postgres().await,
    };
    let db = dragon::connect(&by_hand.url).await.unwrap();
    create_table::<list::Entity>(&db).await.unwrap();
    create_table::<item::Entity>(&db).await.unwrap();
    let models =
        [ModelInfo::of::<list::Entity>().unwrap(), ModelInfo::of::<item::Entity>().unwrap()]
            .map(|info| Watched::model(&info));
    let namespace = Namespace::of("test").unwrap();
    let statements = sql(&db, &namespace, &models).await.unwrap();
    let world = World::start(database).await;
    // A second time does no harm.
    for _ in 0..2 {
        for statement in &statements {
            by_hand.execute(statement).await;
        }
        assert_eq!(catalog(&db).await, catalog(&world.db).await);
        for table in ["capture", "meta"] {
            let order = "ORDER BY 1";
            let sql = match table {
                "capture" => format!("SELECT topic || hash FROM dragon_test_capture {order}"),
                _ => "SELECT CAST(one AS TEXT) FROM dragon_test_meta".to_owned(),
            };
            assert_eq!(texts(&db, &sql).await, texts(&world.db, &sql).await);
        }
    }
    // The start finds nothing left to do.
    let app = App::builder("test").database(db.clone()).router(ListRouter).router(ItemRouter);
    let world = World::serve(app.start().await.unwrap(), db, by_hand).await;
    let list = world.list("me").await.id;
    let mut client = watch(&world, "item").await;
    new_item(list, "a").insert(&world.db).await.unwrap();
    tells(&mut client, "created", "text", "a").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_by_sql_makes_room_for_a_wider_model() {
    let database = Database::sqlite();
    let world = serve(database, None, narrow::NarrowRouter).await;
    let database = world.stop().await;
    let db = dragon::connect(&database.url).await.unwrap();
    let namespace = Namespace::of("test").unwrap();
    let watched = [Watched::model(&ModelInfo::of::<before::Entity>().unwrap())];
    let statements = sql(&db, &namespace, &watched).await.unwrap();
    // For a log that is narrower than the one they were asked of they stop before any trigger.
    let other = Database::sqlite();
    let world = serve(other, None, narrow::NarrowRouter).await;
    let other = world.stop().await;
    let elsewhere = dragon::connect(&other.url).await.unwrap();
    let add = "ALTER TABLE note ADD COLUMN gone integer";
    let unfit = statements.iter().filter(|statement| !statement.starts_with("ALTER"));
    let mut refused = None;
    elsewhere.execute_unprepared(add).await.unwrap();
    for statement in unfit {
        refused = elsewhere.execute_unprepared(statement).await.err();
        if refused.is_some() {
            break;
        }
    }
    let sentence = refused.unwrap().to_string();
    assert!(sentence.contains("no such column"), "{sentence}");
    other.execute("INSERT INTO note (text) VALUES ('a')").await;
    // As a migration: the column, and then the statements. Nothing is started before it writes.
    database.execute(add).await;
    for statement in &statements {
        database.execute(statement).await;
    }
    database.execute("INSERT INTO note (text, gone) VALUES ('a', 7)").await;
    assert_eq!(
        texts(&db, "SELECT CAST(n2 AS TEXT) FROM dragon_test_log WHERE op = 'c'").await,
        ["7"]
    );
}
