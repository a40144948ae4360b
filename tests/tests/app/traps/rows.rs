//! Rows that change in ways which triggers or logs easily get wrong.

use dragon::capture::RelaySettings;
use dragon::prelude::*;
use dragon_tests::Database;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, Set, TransactionTrait};
use serde_json::json;

use super::{next, resync, tells, watch};
use crate::everything::{MaybeRouter, maybe, prepared};
use crate::models::item;
use crate::world::{World, gone, new_item};

crate::both!(
    a_users_trigger_that_changes_the_row_is_told_in_order,
    a_backlog_beyond_the_limit_becomes_one_reset,
    log_rows_of_other_triggers_are_never_decoded,
    the_hooks_of_an_entity_stay_its_own,
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_with_a_json_column_can_be_updated_on_postgres() {
    let database = Database::postgres().await;
    let db = prepared(&database).await;
    let app = App::builder("test").database(db.clone()).create_tables().router(MaybeRouter);
    let world = World::serve(app.start().await.unwrap(), db, database).await;
    let row = maybe::ActiveModel { id: Set(1), json: Set(Some(json!([1]))), ..Default::default() };
    row.insert(&world.db).await.unwrap();
    let mut client = watch(&world, "maybe").await;
    world.database.execute("UPDATE maybe SET name = 'a'").await;
    tells(&mut client, "updated", "name", "a").await;
    world.database.execute("UPDATE maybe SET json = '{\"a\": 1}'").await;
    tells(&mut client, "updated", "json", json!({ "a": 1 })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn truncate_on_postgres_makes_everyone_load_anew() {
    let world = World::start(Database::postgres().await).await;
    let list = world.list("me").await.id;
    new_item(list, "a").insert(&world.db).await.unwrap();
    let mut client = watch(&world, "item").await;
    world.database.execute("TRUNCATE item").await;
    resync(&mut client).await;
    new_item(list, "b").insert(&world.db).await.unwrap();
    tells(&mut client, "created", "text", "b").await;
    // By the cascade of another table as well.
    world.database.execute("TRUNCATE list CASCADE").await;
    resync(&mut client).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_case_is_seen_under_a_collation_that_ignores_it() {
    let database = Database::sqlite();
    let table = "CREATE TABLE item (id integer PRIMARY KEY AUTOINCREMENT, list_id integer, \
         text varchar COLLATE NOCASE, done boolean DEFAULT FALSE, rank bigint DEFAULT 0, \
         secret varchar)";
    database.execute(table).await;
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    new_item(list, "milk").insert(&world.db).await.unwrap();
    let mut client = watch(&world, "item").await;
    world.database.execute("UPDATE item SET text = 'MILK'").await;
    tells(&mut client, "updated", "text", "MILK").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_sqlite_cannot_give_back_makes_everyone_load_anew() {
    let world = World::start(Database::sqlite()).await;
    let list = world.list("me").await.id;
    new_item(list, "a").insert(&world.db).await.unwrap();
    let mut client = watch(&world, "item").await;
    world.database.execute("UPDATE item SET rank = 'much'").await;
    resync(&mut client).await;
    // Where the row came from cannot be told either.
    world.database.execute("UPDATE item SET rank = 5").await;
    resync(&mut client).await;
    world.database.execute("UPDATE item SET rank = 6").await;
    tells(&mut client, "updated", "rank", 6).await;
    assert_eq!(client.ok("item", "get_single", json!({ "id": 1 })).await["rank"], 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moment_beyond_what_rust_holds_makes_everyone_load_anew() {
    let database = Database::postgres().await;
    let db = prepared(&database).await;
    let app = App::builder("test").database(db.clone()).create_tables().router(MaybeRouter);
    let world = World::serve(app.start().await.unwrap(), db, database).await;
    let row = maybe::ActiveModel { id: Set(1), ..Default::default() };
    row.insert(&world.db).await.unwrap();
    let mut client = watch(&world, "maybe").await;
    world.database.execute("UPDATE maybe SET utc = 'infinity'").await;
    resync(&mut client).await;
    assert_eq!(client.fail("maybe", "get_single", json!({ "id": 1 })).await.code, "internal");
    world.database.execute("UPDATE maybe SET utc = '-infinity'").await;
    resync(&mut client).await;
    world.database.execute("UPDATE maybe SET utc = NULL").await;
    resync(&mut client).await;
    world.database.execute("UPDATE maybe SET name = 'told'").await;
    tells(&mut client, "updated", "name", "told").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_logged_row_that_no_longer_fits_its_table_makes_everyone_load_anew() {
    let world = World::start(Database::postgres().await).await;
    let list = world.list("me").await.id;
    for text in ["a", "b"] {
        new_item(list, text).insert(&world.db).await.unwrap();
    }
    let mut client = watch(&world, "item").await;
    // The log row of the update is of a wider column than the table has when it is read.
    let narrowed = "BEGIN; UPDATE item SET secret = 'long', text = 'A' WHERE id = 1; \
         ALTER TABLE item ALTER secret TYPE varchar(1) USING NULL; COMMIT";
    world.database.execute(narrowed).await;
    resync(&mut client).await;
    world.database.execute("UPDATE item SET text = 'B' WHERE id = 2").await;
    tells(&mut client, "updated", "text", "B").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_id_handed_out_before_another_commit_is_not_lost() {
    let world = World::start(Database::postgres().await).await;
    let list = world.list("me").await.id;
    let mut client = watch(&world, "item").await;
    let slow = world.db.begin().await.unwrap();
    new_item(list, "slow").insert(&slow).await.unwrap();
    for round in 0..20 {
        let quick = new_item(list, "quick").insert(&world.db).await.unwrap();
        tells(&mut client, "created", "text", "quick").await;
        quick.delete(&world.db).await.unwrap();
        assert_eq!(next(&mut client).await, gone(2 + round));
    }
    slow.commit().await.unwrap();
    tells(&mut client, "created", "text", "slow").await;
}

/// A trigger of the application's own that changes a row which was just inserted or updated. The
/// database may run it before ours, so that its change is logged first.
fn users_trigger(name: &str, event: &str, postgres: bool) -> String {
    let action = "UPDATE item SET rank = rank + 1 WHERE id = NEW.id";
    let once = "(NEW.rank % 10 = 0)";
    match postgres {
        true => format!(
            "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {action}; \
             RETURN NULL; END $$; CREATE TRIGGER {name} AFTER {event} ON item FOR EACH ROW WHEN \
             {once} EXECUTE FUNCTION {name}()"
        ),
        false => {
            format!("CREATE TRIGGER {name} AFTER {event} ON item WHEN {once} BEGIN {action}; END")
        }
    }
}

async fn a_users_trigger_that_changes_the_row_is_told_in_order(database: Database) {
    let postgres = database.file().is_none();
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    // Their names stand before and after ours.
    for (name, event) in [
        ("a_insert", "INSERT"),
        ("a_update", "UPDATE OF text"),
        ("z_insert", "INSERT"),
        ("z_update", "UPDATE OF text"),
    ] {
        world.database.execute(&users_trigger(name, event, postgres)).await;
        let mut client = watch(&world, "item").await;
        if event == "INSERT" {
            let inserted = new_item(list, "a").insert(&world.db).await.unwrap();
            tells(&mut client, "created", "rank", 0).await;
            tells(&mut client, "updated", "rank", 1).await;
            item::Entity::delete_by_id(inserted.id).exec(&world.db).await.unwrap();
            assert_eq!(next(&mut client).await, gone(inserted.id));
        } else {
            let inserted = item::ActiveModel { rank: Set(30), ..new_item(list, "a") };
            let mut active = inserted.insert(&world.db).await.unwrap().into_active_model();
            tells(&mut client, "created", "rank", 30).await;
            active.text = Set("b".to_owned());
            let id = active.id.clone().unwrap();
            active.update(&world.db).await.unwrap();
            tells(&mut client, "updated", "text", "b").await;
            tells(&mut client, "updated", "rank", 31).await;
            item::Entity::delete_by_id(id).exec(&world.db).await.unwrap();
            assert_eq!(next(&mut client).await, gone(id));
        }
        world.database.execute(&drop_trigger(name, postgres)).await;
    }
}

fn drop_trigger(name: &str, postgres: bool) -> String {
    match postgres {
        true => format!("DROP FUNCTION IF EXISTS {name} CASCADE"),
        false => format!("DROP TRIGGER IF EXISTS {name}"),
    }
}

async fn a_backlog_beyond_the_limit_becomes_one_reset(database: Database) {
    let world = World::start_with(database, |builder| {
        builder.relay(RelaySettings { batch: 5, backlog: 20, ..RelaySettings::default() })
    })
    .await;
    let list = world.list("me").await.id;
    let mut client = watch(&world, "item").await;
    let insert = async |count: usize| {
        let many = (0..count).map(|_| new_item(list, "a"));
        item::Entity::insert_many(many).exec(&world.db).await.unwrap();
    };
    insert(20).await;
    for _ in 0..20 {
        tells(&mut client, "created", "text", "a").await;
    }
    insert(300).await;
    resync(&mut client).await;
    new_item(list, "next").insert(&world.db).await.unwrap();
    tells(&mut client, "created", "text", "next").await;
    assert_eq!(client.ok("item", "get_list", json!({})).await.as_array().unwrap().len(), 321);
}

async fn log_rows_of_other_triggers_are_never_decoded(database: Database) {
    let (old, new) = match database.file() {
        Some(_) => ("o0", "n0"),
        None => ("old", "new"),
    };
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let mut client = watch(&world, "item").await;
    // As a node of another version writes them: of other columns, in another order.
    for (op, columns, values) in [
        ("c", new.to_owned(), "'{}'".to_owned()),
        ("u", format!("{old}, {new}"), "'[]', '7'".to_owned()),
        ("d", old.to_owned(), "'5'".to_owned()),
    ] {
        let sql = format!(
            "INSERT INTO dragon_test_log (topic, op, hash, {columns}) VALUES ('item', '{op}', \
             'other', {values})"
        );
        world.database.execute(&sql).await;
        resync(&mut client).await;
    }
    new_item(list, "a").insert(&world.db).await.unwrap();
    tells(&mut client, "created", "text", "a").await;
}

/// An entity with hooks of its own.
mod hooked {
    use dragon::prelude::*;
    use dragon::sea_orm::{ConnectionTrait, Set};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "hooked")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    #[async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        async fn before_save<C: ConnectionTrait>(
            mut self,
            _: &C,
            insert: bool,
        ) -> Result<Self, DbErr> {
            if let Some(text) = self.text.try_as_ref() {
                self.text = Set(format!("{text}{}", if insert { "!" } else { "?" }));
            }
            Ok(self)
        }

        async fn before_delete<C: ConnectionTrait>(self, _: &C) -> Result<Self, DbErr> {
            Err(DbErr::Custom("it stays".to_owned()))
        }
    }
}

#[serializer(model = hooked::Entity, publish_fields(text), update_fields(text))]
struct HookedSerializer;

struct HookedRouter;

#[router(route = "hooked", serializer = HookedSerializer)]
impl HookedRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

async fn the_hooks_of_an_entity_stay_its_own(database: Database) {
    let world = World::start_with(database, |builder| builder.router(HookedRouter)).await;
    let mut client = watch(&world, "hooked").await;
    let row = client.ok("hooked", "create", json!({ "text": "a" })).await;
    assert_eq!(row["text"], "a!");
    tells(&mut client, "created", "text", "a!").await;
    client.ok("hooked", "update", json!({ "id": row["id"], "text": "b" })).await;
    tells(&mut client, "updated", "text", "b?").await;
    let failure = client.fail("hooked", "delete", json!({ "id": row["id"] })).await;
    assert_eq!(failure.code, "internal");
    assert_eq!(client.ok("hooked", "get_list", json!({})).await.as_array().unwrap().len(), 1);
}
