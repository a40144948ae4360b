//! Serializers within serializers.

mod covered;
mod crowded;
mod faults;
mod holders;
pub mod live;
pub mod models;
mod named;
mod narrowed;
mod original;
mod rights;
pub mod routers;
mod views;
mod written;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dragon::{App, Config};
use dragon_tests::{Client, Database, util::PATIENCE};
use sea_orm::prelude::Uuid;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, Schema, Set,
    TransactionTrait,
};
use serde_json::{Value, json};

use crate::world::{World, told};
use models::{address, company, company_tag, document, staff, tag};
use routers::{
    ColleagueRouter, CompanyRouter, HomeRouter, LadderRouter, PressRouter, StaffRouter, TagRouter,
    WholeRouter, WriterRouter, plain,
};

crate::both!(
    nested_objects_of_every_kind,
    a_list_costs_one_query_and_one_for_each_relation,
    changes_are_told_with_what_they_changed,
    pairs_that_come_and_go_are_told_as_ids,
    pairs_that_are_truncated_or_unknown_make_everyone_reload,
    a_caller_is_told_the_fields_of_their_view,
);

/// How long nothing more must be told.
const QUIET: Duration = Duration::from_millis(300);

async fn tables(db: &DatabaseConnection) {
    let schema = Schema::new(db.get_database_backend());
    for mut table in [
        schema.create_table_from_entity(company::Entity),
        schema.create_table_from_entity(staff::Entity),
        schema.create_table_from_entity(document::Entity),
        schema.create_table_from_entity(address::Entity),
        schema.create_table_from_entity(tag::Entity),
        schema.create_table_from_entity(company_tag::Entity),
    ] {
        db.execute(table.if_not_exists()).await.unwrap();
    }
}

async fn world(database: Database) -> World {
    let db = dragon::connect(&database.url).await.unwrap();
    start(database, db).await
}

async fn start(database: Database, db: DatabaseConnection) -> World {
    configured(database, db, Config::default()).await
}

async fn configured(database: Database, db: DatabaseConnection, config: Config) -> World {
    tables(&db).await;
    let app = App::builder("test").database(db.clone()).config(config).router(CompanyRouter);
    let app = app
        .router(StaffRouter)
        .router(TagRouter)
        .router(WholeRouter)
        .router(HomeRouter)
        .router(PressRouter)
        .router(LadderRouter)
        .router(WriterRouter)
        .router(ColleagueRouter)
        .identify(|handshake| Some(handshake.query.clone()).filter(|user| !user.is_empty()));
    World::serve(app.start().await.unwrap(), db, database).await
}

async fn company(db: &DatabaseConnection, name: &str) -> i32 {
    let company = company::ActiveModel { name: Set(name.to_owned()), ..Default::default() };
    company.insert(db).await.unwrap().id
}

async fn person(db: &DatabaseConnection, name: &str, of: i32, mentor: Option<i32>) -> i32 {
    let staff = staff::ActiveModel {
        name: Set(name.to_owned()),
        company_id: Set(Some(of)),
        mentor_id: Set(mentor),
        ..Default::default()
    };
    staff.insert(db).await.unwrap().id
}

async fn document(db: &DatabaseConnection, title: &str, of: i32) {
    let document = document::ActiveModel {
        title: Set(title.to_owned()),
        staff_id: Set(of),
        ..Default::default()
    };
    document.insert(db).await.unwrap();
}

async fn new_tag(db: &DatabaseConnection, number: u128, label: &str) -> Uuid {
    let id = Uuid::from_u128(number);
    tag::ActiveModel { id: Set(id), label: Set(label.to_owned()) }.insert(db).await.unwrap();
    id
}

async fn tie(db: &DatabaseConnection, company: i32, tag: Uuid) {
    let pair = company_tag::ActiveModel { company_id: Set(company), tag_id: Set(tag) };
    company_tag::Entity::insert(pair).exec_without_returning(db).await.unwrap();
}

async fn get(client: &mut Client, route: &str, id: i32) -> Value {
    client.ok(route, "get_single", json!({ "id": id })).await
}

async fn nested_objects_of_every_kind(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let acme = company(db, "Acme").await;
    let empty = company(db, "Empty").await;
    let ann = person(db, "Ann", acme, None).await;
    let bob = person(db, "Bob", acme, Some(ann)).await;
    document(db, "Plan", bob).await;
    document(db, "Bill", bob).await;
    let address = address::ActiveModel {
        street: Set("Main".to_owned()),
        company_id: Set(acme),
        ..Default::default()
    };
    let address = address.insert(db).await.unwrap().id;
    let (green, small) = (new_tag(db, 2, "green").await, new_tag(db, 1, "small").await);
    tie(db, acme, green).await;
    tie(db, acme, small).await;
    let mut client = world.client().await;
    let ann_told = json!({
        "id": ann, "_type": "staff", "name": "Ann",
        "company": null, "mentor": null, "documents": [],
    });
    let bob_told = json!({
        "id": bob, "_type": "staff", "name": "Bob",
        "company": null, "mentor": plain(ann, "staff", "name", "Ann"), "documents": ["Plan", "Bill"],
    });
    let acme_told = json!({
        "id": acme, "_type": "company", "name": "Acme", "size": 0, "label": "Acme (small)",
        "staff_set": [ann_told, bob_told],
        "address": plain(address, "address", "street", "Main"),
        "tags": [
            { "id": small, "_type": "tag", "label": "small" },
            { "id": green, "_type": "tag", "label": "green" },
        ],
    });
    assert_eq!(get(&mut client, "company", acme).await, acme_told);
    // In the order of its fields: as listed, then what else is told.
    let list = client.ok("company", "get_list", json!({})).await;
    let names: Vec<&String> = list[0].as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 8);
    assert_eq!(list[0], acme_told);
    assert_eq!(
        list[1],
        json!({
            "id": empty, "_type": "company", "name": "Empty", "size": 0, "label": "Empty (small)",
            "staff_set": [], "address": null, "tags": [],
        })
    );
    // From the other side: the company with what it leads to, but not back to the staff.
    let mut company_told = acme_told.clone();
    company_told["staff_set"] = Value::Null;
    let mut bob_whole = bob_told.clone();
    bob_whole["company"] = company_told;
    assert_eq!(get(&mut client, "staff", bob).await, bob_whole);
    world.stop().await;
}

async fn a_list_costs_one_query_and_one_for_each_relation(database: Database) {
    let mut db = dragon::connect(&database.url).await.unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    db.set_metric_callback(move |info| {
        let sql = info.statement.sql.trim_start().to_ascii_uppercase();
        let of_ours = sql.contains("DRAGON_TEST_");
        if sql.starts_with("SELECT") && !of_ours {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    let world = start(database, db).await;
    for number in 0..30 {
        let id = company(&world.db, &format!("c{number}")).await;
        for _ in 0..3 {
            let staff = person(&world.db, "s", id, None).await;
            document(&world.db, "d", staff).await;
        }
    }
    let mut client = world.client().await;
    count.store(0, Ordering::SeqCst);
    let list = client.ok("company", "get_list", json!({})).await;
    assert_eq!(list.as_array().unwrap().len(), 30);
    assert_eq!(list[7]["staff_set"][2]["documents"], json!(["d"]));
    // The companies; staff, address, tags; of the staff the documents. (No one has a mentor, so
    // nobody asks for them.)
    assert_eq!(count.load(Ordering::SeqCst), 5);
    world.stop().await;
}

async fn changes_are_told_with_what_they_changed(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let (acme, other) = (company(db, "Acme").await, company(db, "Other").await);
    let ann = person(db, "Ann", acme, None).await;
    let bob = person(db, "Bob", acme, None).await;
    let mut client = world.client().await;
    client.ok("company", "subscribe", json!({ "channel": "c", "_snapshot": true })).await;
    client.ok("staff", "subscribe", json!({ "channel": "s", "_snapshot": true })).await;
    let mut active: company::ActiveModel =
        company::Entity::find_by_id(acme).one(db).await.unwrap().unwrap().into();
    active.size = Set(10);
    active.update(db).await.unwrap();
    let data = json!({ "id": acme, "_type": "company", "size": 10, "label": "Acme (large)" });
    assert_eq!(told(&client.next_push(PATIENCE).await), ("updated".to_owned(), data));
    // A foreign key that changes brings the object that it leads to.
    let mut active: staff::ActiveModel =
        staff::Entity::find_by_id(bob).one(db).await.unwrap().unwrap().into();
    active.mentor_id = Set(Some(ann));
    active.company_id = Set(Some(other));
    active.update(db).await.unwrap();
    let company_told = json!({
        "id": other, "_type": "company", "name": "Other", "size": 0, "label": "Other (small)",
        "staff_set": null, "address": null, "tags": [],
    });
    let data = json!({
        "id": bob, "_type": "staff", "company": company_told,
        "mentor": plain(ann, "staff", "name", "Ann"),
    });
    assert_eq!(told(&client.next_push(PATIENCE).await), ("updated".to_owned(), data));
    // A created row is told with all that it leads to.
    let carl = person(db, "Carl", acme, Some(ann)).await;
    let push = client.next_push(PATIENCE).await;
    assert_eq!(push["action"], "created");
    assert_eq!(push["data"]["company"]["name"], "Acme");
    assert_eq!(push["data"], get(&mut client, "staff", carl).await);
    // The whole row is checked when all its fields are right.
    let sent = json!({ "id": other, "name": "Small one", "size": 100 });
    let failure = client.fail("company", "update", sent).await;
    assert_eq!(failure.data, json!({ "size": ["Not so small."] }));
    assert_eq!(failure.code, "validation");
    world.stop().await;
}

async fn pairs_that_come_and_go_are_told_as_ids(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let (acme, other) = (company(db, "Acme").await, company(db, "Other").await);
    let (one, two) = (new_tag(db, 1, "one").await, new_tag(db, 2, "two").await);
    let mut companies = world.client().await;
    let mut tags = world.client().await;
    companies.ok("company", "subscribe", json!({ "channel": "c", "_snapshot": true })).await;
    tags.ok("tag", "subscribe", json!({ "channel": "t", "_snapshot": true })).await;
    let of_company = |id: i32, tags: &[Uuid]| {
        ("updated".to_owned(), json!({ "id": id, "_type": "company", "tags": tags }))
    };
    let of_tag = |id: Uuid, companies: &[i32]| {
        ("updated".to_owned(), json!({ "id": id, "_type": "tag", "companies": companies }))
    };
    // Several at once: one change for each row that they tie, on both sides.
    let transaction = db.begin().await.unwrap();
    for tag in [two, one] {
        let pair = company_tag::ActiveModel { company_id: Set(acme), tag_id: Set(tag) };
        company_tag::Entity::insert(pair).exec_without_returning(&transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
    assert_eq!(told(&companies.next_push(PATIENCE).await), of_company(acme, &[one, two]));
    let mut both = [told(&tags.next_push(PATIENCE).await), told(&tags.next_push(PATIENCE).await)];
    both.sort_by_key(|(_, data)| data["id"].to_string());
    assert_eq!(both, [of_tag(one, &[acme]), of_tag(two, &[acme])]);
    // A rolled-back pair is not told; one that moves changes both of its former and new owner.
    let transaction = db.begin().await.unwrap();
    let pair = company_tag::ActiveModel { company_id: Set(other), tag_id: Set(one) };
    company_tag::Entity::insert(pair).exec_without_returning(&transaction).await.unwrap();
    transaction.rollback().await.unwrap();
    let two_only = "tag_id IN (SELECT id FROM tag WHERE label = 'two')";
    let sql = format!("UPDATE company_tag SET company_id = {other} WHERE {two_only}");
    db.execute_unprepared(&sql).await.unwrap();
    let mut both =
        [told(&companies.next_push(PATIENCE).await), told(&companies.next_push(PATIENCE).await)];
    both.sort_by_key(|(_, data)| data["id"].to_string());
    assert_eq!(both, [of_company(acme, &[one]), of_company(other, &[two])]);
    assert_eq!(told(&tags.next_push(PATIENCE).await), of_tag(two, &[other]));
    // A tag that is deleted takes its pairs along.
    tag::Entity::delete_by_id(one).exec(db).await.unwrap();
    assert_eq!(told(&companies.next_push(PATIENCE).await), of_company(acme, &[]));
    let gone = json!({ "id": one, "_type": "tag" });
    assert_eq!(told(&tags.next_push(PATIENCE).await), ("deleted".to_owned(), gone));
    companies.no_push(QUIET).await;
    tags.no_push(QUIET).await;
    // A snapshot holds what was told.
    let mut late = world.client().await;
    let reply = late.call("company", "subscribe", json!({ "_snapshot": true })).await;
    assert_eq!(reply.snapshot()[1]["tags"], json!([{ "id": two, "_type": "tag", "label": "two" }]));
    world.stop().await;
}

async fn pairs_that_are_truncated_or_unknown_make_everyone_reload(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let acme = company(db, "Acme").await;
    let one = new_tag(db, 1, "one").await;
    let mut client = world.client().await;
    client.ok("company", "subscribe", json!({ "channel": "c", "_snapshot": true })).await;
    tie(db, acme, one).await;
    assert_eq!(client.next_push(PATIENCE).await["data"]["tags"], json!([one]));
    if db.get_database_backend() == DbBackend::Postgres {
        db.execute_unprepared("TRUNCATE company_tag").await.unwrap();
    } else {
        // What triggers of another version have logged.
        db.execute_unprepared("UPDATE dragon_test_meta SET generation = generation").await.unwrap();
        let sql =
            "INSERT INTO dragon_test_log (topic, op, hash) VALUES ('~company_tag', 'd', 'old')";
        db.execute_unprepared(sql).await.unwrap();
    }
    assert_eq!(client.next_push(PATIENCE).await["action"], "resync");
    world.stop().await;
}

async fn a_caller_is_told_the_fields_of_their_view(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let acme = company(db, "Acme").await;
    let mut guest = world.client_of("guest").await;
    let mut member = world.client_of("member").await;
    for client in [&mut guest, &mut member] {
        client.ok("company", "subscribe", json!({ "channel": "c", "_snapshot": true })).await;
    }
    let seen = json!({ "id": acme, "_type": "company", "name": "Acme", "address": null });
    assert_eq!(get(&mut guest, "company", acme).await, seen);
    assert_eq!(get(&mut member, "company", acme).await["size"], 0);
    // What the view does not have is not told, and a change of nothing else is none.
    let reply = member.ok("company", "update", json!({ "id": acme, "size": 50 })).await;
    assert_eq!(reply["size"], 50);
    assert_eq!(member.next_push(PATIENCE).await["data"]["label"], "Acme (large)");
    guest.no_push(QUIET).await;
    member.ok("company", "update", json!({ "id": acme, "name": "Best" })).await;
    let data = json!({ "id": acme, "_type": "company", "name": "Best" });
    assert_eq!(told(&guest.next_push(PATIENCE).await), ("updated".to_owned(), data));
    // Also in the answer to a write.
    let reply = guest.ok("company", "update", json!({ "id": acme, "size": 9 })).await;
    assert_eq!(reply, json!({ "id": acme, "_type": "company", "name": "Best", "address": null }));
    world.stop().await;
}
