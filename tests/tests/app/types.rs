//! Every type of column, to the last bit: what a subscriber is told of a row is, byte for byte,
//! what get_single answers and what a snapshot holds, whoever wrote the row and how.

mod edges;
mod written;

use std::collections::BTreeMap;

use dragon::prelude::*;
use dragon_tests::{Client, Database, util::PATIENCE};
use sea_orm::{ActiveModelTrait, ConnectionTrait, IntoActiveModel, Set};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::everything::{EveryRouter, MaybeRouter, every, maybe, prepared};
use crate::world::World;
use edges::{edges, maybe_of};

crate::both!(
    a_created_row_is_told_as_it_is_read,
    an_updated_row_is_told_as_it_is_read,
    a_row_without_values_is_told_as_it_is_read,
);

/// An app that serves both models.
async fn world(database: Database) -> World {
    let db = prepared(&database).await;
    let app = App::builder("types")
        .database(db.clone())
        .create_tables()
        .router(EveryRouter)
        .router(MaybeRouter)
        .start()
        .await
        .unwrap();
    World::serve(app, db, database).await
}

/// An object of the wire, each field with its own text.
type Texts = BTreeMap<String, Box<RawValue>>;

fn texts(object: &str) -> Texts {
    serde_json::from_str(object).unwrap()
}

/// The text of `data` in the message.
fn data_text(client: &Client, message: &Value) -> String {
    #[derive(Deserialize)]
    struct Message {
        data: Box<RawValue>,
    }
    let message: Message = serde_json::from_str(client.text_of(message)).unwrap();
    message.data.get().to_owned()
}

async fn single(client: &mut Client, route: &str, id: i32) -> String {
    let reply = client.call(route, "get_single", json!({ "id": id })).await;
    assert!(reply.is_success(), "{route} {id}: {reply}");
    data_text(client, &reply.message)
}

/// What a new subscriber finds: the texts of the rows.
async fn snapshot(world: &World, route: &str) -> Vec<String> {
    #[derive(Deserialize)]
    struct Message {
        snapshot: Vec<Box<RawValue>>,
    }
    let mut client = world.client().await;
    let reply = client.call(route, "subscribe", json!({ "_snapshot": true })).await;
    let message: Message = serde_json::from_str(client.text_of(&reply.message)).unwrap();
    message.snapshot.iter().map(|row| row.get().to_owned()).collect()
}

/// The next push, which is of this action, and its text.
async fn told(client: &mut Client, action: &str) -> String {
    let push = client.next_push(PATIENCE).await;
    assert_eq!(push["action"], action, "{push}");
    data_text(client, &push)
}

/// The next push is the whole row, as it is read.
async fn created_as_read(client: &mut Client, route: &str, id: i32) -> String {
    let told = told(client, "created").await;
    let read = single(client, route, id).await;
    assert_eq!(told, read);
    read
}

/// The next push is what differs between the row as it was and as it is read.
async fn updated_as_read(client: &mut Client, route: &str, id: i32, before: &str) -> String {
    let told = told(client, "updated").await;
    let read = single(client, route, id).await;
    let (before, mut now) = (texts(before), texts(&read));
    now.retain(|field, text| {
        matches!(field.as_str(), "id" | "_type") || text.get() != before[field].get()
    });
    let text = |texts: &Texts| serde_json::to_string_pretty(texts).unwrap();
    assert_eq!(text(&texts(&told)), text(&now));
    read
}

async fn watch(world: &World) -> Client {
    let mut client = world.client().await;
    for route in ["every", "maybe"] {
        client.ok(route, "subscribe", json!({})).await;
    }
    client
}

async fn a_created_row_is_told_as_it_is_read(database: Database) {
    let postgres = database.file().is_none();
    let world = world(database).await;
    let mut client = watch(&world).await;
    let (mut all, mut optional) = (Vec::new(), Vec::new());
    for model in edges(postgres) {
        let id = model.id;
        let stored = model.clone().into_active_model().reset_all();
        every::Entity::insert(stored).exec(&world.db).await.unwrap();
        all.push(created_as_read(&mut client, "every", id).await);
        maybe::Entity::insert(maybe_of(model)).exec(&world.db).await.unwrap();
        optional.push(created_as_read(&mut client, "maybe", id).await);
    }
    assert_eq!(snapshot(&world, "every").await, all);
    assert_eq!(snapshot(&world, "maybe").await, optional);
}

async fn an_updated_row_is_told_as_it_is_read(database: Database) {
    let postgres = database.file().is_none();
    let world = world(database).await;
    let mut client = watch(&world).await;
    let mut rows = edges(postgres);
    rows.rotate_left(1);
    let (mut first, mut second) = (String::new(), String::new());
    for (at, mut model) in rows.into_iter().enumerate() {
        model.id = 1;
        let optional = maybe_of(model.clone());
        let stored = model.into_active_model().reset_all();
        if at == 0 {
            stored.insert(&world.db).await.unwrap();
            first = created_as_read(&mut client, "every", 1).await;
            optional.insert(&world.db).await.unwrap();
            second = created_as_read(&mut client, "maybe", 1).await;
            continue;
        }
        stored.update(&world.db).await.unwrap();
        first = updated_as_read(&mut client, "every", 1, &first).await;
        optional.update(&world.db).await.unwrap();
        second = updated_as_read(&mut client, "maybe", 1, &second).await;
    }
    assert_eq!(snapshot(&world, "every").await, [first]);
    assert_eq!(snapshot(&world, "maybe").await, [second]);
}

async fn a_row_without_values_is_told_as_it_is_read(database: Database) {
    let postgres = database.file().is_none();
    let world = world(database).await;
    let mut client = watch(&world).await;
    let empty = maybe::ActiveModel { id: Set(1), ..Default::default() };
    empty.clone().insert(&world.db).await.unwrap();
    let read = created_as_read(&mut client, "maybe", 1).await;
    let mut full = maybe_of(edges(postgres).remove(0));
    full.id = Set(1);
    full.update(&world.db).await.unwrap();
    let full = updated_as_read(&mut client, "maybe", 1, &read).await;
    let null = "UPDATE maybe SET big = NULL, price = NULL, json = NULL, colour = NULL";
    world.db.execute_unprepared(null).await.unwrap();
    updated_as_read(&mut client, "maybe", 1, &full).await;
}

/// Settings that change how PostgreSQL writes values as text.
const HOSTILE: &str = "SET extra_float_digits = 0; SET TimeZone = 'Asia/Kolkata'; \
     SET DateStyle = 'SQL, DMY'; SET bytea_output = 'escape'; SET IntervalStyle = 'sql_standard'; \
     SET quote_all_identifiers = on; SET standard_conforming_strings = on; \
     SET search_path = pg_catalog, public";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_settings_of_a_postgres_session_change_nothing() {
    let world = world(Database::postgres().await).await;
    let mut client = watch(&world).await;
    let hostile = world.database.connect().await;
    hostile.execute_unprepared(HOSTILE).await.unwrap();
    for model in edges(true) {
        let id = model.id;
        let stored = model.clone().into_active_model().reset_all();
        every::Entity::insert(stored).exec(&hostile).await.unwrap();
        created_as_read(&mut client, "every", id).await;
    }
    hostile.execute_unprepared("DELETE FROM every WHERE id > 1").await.unwrap();
    for _ in 1..edges(true).len() {
        assert_eq!(client.next_push(PATIENCE).await["action"], "deleted");
    }
    let mut before = single(&mut client, "every", 1).await;
    for set in [
        "double = 1.0 / 3, single = 1.0 / 3",
        "double = '-0', single = '-0'",
        "utc = '2015-05-10 21:43:42.123456-07', local = '1/2/2003 04:05:06', day = '3/4/2005'",
        "utc = '1890-01-01 00:00:00', zoned = '1890-01-01 00:00:00'",
        "bytes = '\\\\000abc\\377'",
        "json = '{\"b\": 1e2, \"a\": 1.10, \"a\": -0.0, \"c\": 1E-7}', jsonb = '[1e2, 1.10, -0.0]'",
        "name = 'ü', note = repeat('\u{1F409}', 5000), code = ''",
        "price = 1.10, colour = 'Dark green'",
    ] {
        hostile.execute_unprepared(&format!("UPDATE every SET {set}")).await.unwrap();
        before = updated_as_read(&mut client, "every", 1, &before).await;
    }
    assert_eq!(snapshot(&world, "every").await, [before]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_postgres_alone_has_is_told_as_it_is_read() {
    let world = world(Database::postgres().await).await;
    let mut client = watch(&world).await;
    let row = maybe_of(edges(true).remove(0));
    row.insert(&world.db).await.unwrap();
    let mut before = created_as_read(&mut client, "maybe", 1).await;
    for set in [
        "double = 'Infinity', single = '-Infinity'",
        "double = 5, single = 'NaN'",
        "day = '4713-01-01 BC', utc = '200000-12-31 23:59:59.999999+00', local = '0044-03-15 BC'",
    ] {
        world.database.execute(&format!("UPDATE maybe SET {set}")).await;
        before = updated_as_read(&mut client, "maybe", 1, &before).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_sqlite_users_write_by_hand_is_told_as_it_is_read() {
    let world = world(Database::sqlite()).await;
    let mut client = watch(&world).await;
    let row = maybe_of(edges(false).remove(0));
    row.insert(&world.db).await.unwrap();
    let mut before = created_as_read(&mut client, "maybe", 1).await;
    for set in [
        "utc = CURRENT_TIMESTAMP, local = CURRENT_TIMESTAMP, day = CURRENT_DATE",
        "clock = CURRENT_TIME, t_clock = '10:11', t_local = '2001-02-03T04:05:06'",
        "utc = '2001-02-03T04:05:06+02:00', zoned = '2001-02-03 04:05'",
        "flag = 2, double = 5, price = 5, single = 0.1",
        "price = '1.10', name = 5, natural = 4294967295, big = '77'",
        "json = '{\"b\": 1e2, \"a\": 1.10, \"a\": -0.0, \"c\": 1E-7}', bytes = x''",
    ] {
        world.database.execute(&format!("UPDATE maybe SET {set}")).await;
        before = updated_as_read(&mut client, "maybe", 1, &before).await;
    }
}
