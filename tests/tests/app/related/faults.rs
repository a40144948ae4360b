//! What goes wrong with rows within rows stays where it went wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dragon::App;
use dragon::prelude::*;
use dragon_tests::{Database, util::PATIENCE};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbBackend, Set};
use serde_json::{Value, json};

use super::models::{address, company, document};
use super::routers::AddressSerializer;
use super::{QUIET, company as new_company, person, tables};
use crate::world::{World, told};

crate::both!(
    a_method_that_panics_holds_up_nobody_else,
    a_pair_that_cannot_be_read_holds_up_nobody_else,
    who_may_not_subscribe_any_more_is_told_of_no_other_rows,
);

pub struct Fragile;

#[serializer(model = company::Entity, publish_fields(name))]
impl Fragile {
    fn serialize_label(company: &company::Model) -> String {
        assert!(company.name != "boom", "a fault of this method");
        company.name.to_uppercase()
    }
}

struct FragileRouter;

#[router(route = "fragile", serializer = Fragile)]
impl FragileRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

#[serializer(model = document::Entity, publish_fields(title))]
struct TitleSerializer;

struct TitleRouter;

#[router(route = "title", serializer = TitleSerializer)]
impl TitleRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

async fn a_method_that_panics_holds_up_nobody_else(database: Database) {
    let db = dragon::connect(&database.url).await.unwrap();
    tables(&db).await;
    let app = App::builder("test").database(db.clone()).router(FragileRouter).router(TitleRouter);
    let world = World::serve(app.start().await.unwrap(), db, database).await;
    let mut client = world.client().await;
    client.ok("fragile", "subscribe", json!({ "_snapshot": true })).await;
    client.ok("title", "subscribe", json!({ "_snapshot": true })).await;
    let boom = new_company(&world.db, "boom").await;
    assert_eq!(client.next_push(PATIENCE).await["action"], "resync");
    // Its verbs say so; others go on, and so does it.
    let failure = client.fail("fragile", "get_single", json!({ "id": boom })).await;
    assert_eq!(failure.code, "internal");
    let ann = person(&world.db, "Ann", boom, None).await;
    super::document(&world.db, "Plan", ann).await;
    assert_eq!(client.next_push(PATIENCE).await["data"]["title"], "Plan");
    let well = new_company(&world.db, "well").await;
    let push = client.next_push(PATIENCE).await;
    assert_eq!((&push["data"]["id"], &push["data"]["label"]), (&json!(well), &json!("WELL")));
    world.stop().await;
}

/// Companies with their address, for as long as the door is open.
#[serializer(model = company::Entity, publish_fields(name), related(address = AddressSerializer))]
struct HouseSerializer;

struct House {
    open: Arc<AtomicBool>,
}

#[router(route = "house", serializer = HouseSerializer)]
impl House {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    fn permissions(&self) -> Permissions {
        let open = Arc::clone(&self.open);
        Permissions::none().all(move |_: &Context<'_>| match open.load(Ordering::SeqCst) {
            true => Ok(()),
            false => Err(Failure::denied()),
        })
    }
}

async fn who_may_not_subscribe_any_more_is_told_of_no_other_rows(database: Database) {
    let db = dragon::connect(&database.url).await.unwrap();
    tables(&db).await;
    let open = Arc::new(AtomicBool::new(true));
    let app = App::builder("test")
        .database(db.clone())
        .identify(|_| Some("ann".to_owned()))
        .router(House { open: Arc::clone(&open) });
    let world = World::serve(app.start().await.unwrap(), db, database).await;
    let companies = [new_company(&world.db, "a").await, new_company(&world.db, "b").await];
    let street = address::ActiveModel {
        street: Set("Main".to_owned()),
        company_id: Set(companies[1]),
        ..Default::default()
    };
    let address = street.insert(&world.db).await.unwrap().id;
    let mut client = world.client().await;
    client.ok("house", "subscribe", json!({ "_snapshot": true })).await;
    client.pushes(QUIET).await;
    open.store(false, Ordering::SeqCst);
    world.app.rights_changed("ann").await.unwrap();
    // The companies leave, once each, and the address; nothing is said of addresses by the keys of
    // companies.
    let mut gone = Vec::new();
    while gone.len() < 3 {
        let push = client.next_push(PATIENCE).await;
        gone.extend(Some(told(&push)).filter(|_| push["action"] != "resync"));
    }
    gone.sort_by_key(|(_, data)| (data["_type"].to_string(), data["id"].to_string()));
    let gone_from = |row: Value| ("deleted".to_owned(), row);
    let of = |id: i32| gone_from(json!({ "id": id, "_type": "company" }));
    let [first, second] = companies;
    let row = json!({ "id": address, "_type": "address", "company": second });
    assert_eq!(gone, [gone_from(row), of(first), of(second)]);
    let rest = client.pushes(QUIET).await;
    assert!(rest.iter().all(|push| push["action"] == "resync"), "{rest:?}");
    world.stop().await;
}

async fn a_pair_that_cannot_be_read_holds_up_nobody_else(database: Database) {
    let world = super::world(database).await;
    let mut client = world.client().await;
    client.ok("company", "subscribe", json!({ "_snapshot": true })).await;
    // As the trigger of this very version would log a pair of columns that have another type now.
    let values = match world.db.get_database_backend() {
        DbBackend::Postgres => ("new", "'{\"company_id\": \"none\"}'::json"),
        _ => ("n0", "x'00'"),
    };
    let sql = format!(
        "INSERT INTO dragon_test_log (topic, op, hash, {}) SELECT topic, 'c', hash, {} FROM \
         dragon_test_capture WHERE topic = '~company_tag'",
        values.0, values.1
    );
    world.db.execute_unprepared(&sql).await.unwrap();
    let id = new_company(&world.db, "after").await;
    loop {
        let push = client.next_push(PATIENCE).await;
        if push["data"]["id"] == id {
            break;
        }
        assert_eq!(push["action"], "resync", "{push}");
    }
    world.stop().await;
}
