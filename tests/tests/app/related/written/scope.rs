//! Which rows a client may tie by their ids.

use dragon::App;
use dragon::prelude::*;
use dragon_tests::Database;
use sea_orm::{ActiveModelTrait, DatabaseConnection, EntityTrait, IntoActiveModel, Set};
use serde_json::json;

use super::super::models::{company_tag, staff};
use super::super::{company, get, new_tag, person, tables, tie};
use super::{FirmSerializer, PaperSerializer, WorkerSerializer, name_of};
use crate::world::World;

crate::both!(
    a_foreign_key_leads_to_what_the_router_lets_its_caller_tie,
    pairs_are_made_with_what_the_router_lets_its_caller_tie,
    at_every_depth_the_router_is_asked,
    a_router_that_says_nothing_lets_nothing_be_tied,
);

/// Everybody owns the companies and tags of their name, and who works there.
pub(super) fn own(caller: &Caller, relation: &str) -> Filter {
    let name = caller.user.clone().unwrap_or_default();
    match relation {
        "company" => Filter::eq("name", name),
        "tags" | "company.tags" => Filter::eq("label", name),
        "mentor" | "staff_set.mentor" | "staff.mentor" => Filter::eq("company__name", name),
        "firm" | "labels" => Filter::All,
        _ => Filter::Nothing,
    }
}

/// A router that lets be tied what is the caller's own.
macro_rules! owns {
    ($router:ident, $route:literal, $serializer:ident) => {
        struct $router;

        #[router(route = $route, serializer = $serializer, include_related())]
        impl $router {
            fn scope(&self, _: &Caller) -> Filter {
                Filter::All
            }

            fn tie_scope(&self, caller: &Caller, relation: &str) -> Filter {
                $crate::related::written::scope::own(caller, relation)
            }
        }
    };
}

pub(super) use owns;

owns!(FirmRouter, "firm", FirmSerializer);
owns!(WorkerRouter, "worker", WorkerSerializer);

/// Says nothing of what may be tied.
struct SilentRouter;

#[router(route = "silent", serializer = WorkerSerializer, include_related())]
impl SilentRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

struct SilentFirmRouter;

#[router(route = "silent-firm", serializer = FirmSerializer, include_related())]
impl SilentFirmRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

struct PaperRouter;

#[router(route = "paper", serializer = PaperSerializer, include_related())]
impl PaperRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

async fn world(database: Database) -> World {
    let db = dragon::connect(&database.url).await.unwrap();
    tables(&db).await;
    let app = App::builder("test").database(db.clone());
    let app = app.router(FirmRouter).router(WorkerRouter);
    let app = app.router(SilentRouter).router(SilentFirmRouter).router(PaperRouter);
    let app =
        app.identify(|handshake| Some(handshake.query.clone()).filter(|user| !user.is_empty()));
    World::serve(app.start().await.unwrap(), db, database).await
}

/// What is told of a row that may not be tied, and of one that is not there.
pub(super) fn no_row(at: &str) -> Json {
    json!({ at: ["There is no such row."] })
}

pub(super) async fn moves(db: &DatabaseConnection, worker: &Json, company: i32) {
    let id = i32::try_from(worker.as_i64().unwrap()).unwrap();
    let row = staff::Entity::find_by_id(id).one(db).await.unwrap().unwrap();
    let mut row = row.into_active_model();
    row.company_id = Set(Some(company));
    row.update(db).await.unwrap();
}

async fn a_foreign_key_leads_to_what_the_router_lets_its_caller_tie(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let (eves, bobs) = (company(db, "eve").await, company(db, "bob").await);
    let mut eve = world.client_of("eve").await;
    for (company, at) in [
        (json!(bobs), "company"),
        (json!(bobs.to_string()), "company"),
        (json!({ "id": bobs }), "company.id"),
        (json!({ "id": bobs, "name": "Ours" }), "company.id"),
        (json!(999), "company"),
    ] {
        let sent = json!({ "name": "Ann", "company": company });
        let failure = eve.fail("worker", "create", sent).await;
        assert_eq!((failure.code.as_str(), failure.data), ("validation", no_row(at)));
    }
    assert!(staff::Entity::find().all(db).await.unwrap().is_empty());
    let ann = eve.ok("worker", "create", json!({ "name": "Ann", "company": eves })).await;
    assert_eq!(ann["company"]["name"], "eve");
    let id = &ann["id"];
    let failure = eve.fail("worker", "update", json!({ "id": id, "company": bobs })).await;
    assert_eq!(failure.data, no_row("company"));
    // What somebody else has tied already may be named, and is written as it may be.
    moves(db, id, bobs).await;
    eve.ok("worker", "update", json!({ "id": id, "company": bobs })).await;
    let sent = json!({ "id": id, "company": { "id": bobs, "name": "bobs" } });
    let reply = eve.ok("worker", "update", sent).await;
    assert_eq!(reply["company"]["name"], "bobs");
    // Back to the own one; the former is not within reach any more.
    eve.ok("worker", "update", json!({ "id": id, "company": eves })).await;
    let failure = eve.fail("worker", "update", json!({ "id": id, "company": bobs })).await;
    assert_eq!(failure.data, no_row("company"));
    // Nobody's own is not everybody's.
    let mut guest = world.client().await;
    let failure = guest.fail("worker", "create", json!({ "name": "B", "company": eves })).await;
    assert_eq!(failure.data, no_row("company"));
    // A scope may lead over relations.
    let foreign = person(db, "Max", bobs, None).await;
    let failure = eve.fail("worker", "update", json!({ "id": id, "mentor": foreign })).await;
    assert_eq!(failure.data, no_row("mentor"));
    let near = person(db, "Liz", eves, None).await;
    let reply = eve.ok("worker", "update", json!({ "id": id, "mentor": near })).await;
    assert_eq!(reply["mentor"]["name"], "Liz");
    world.stop().await;
}

async fn pairs_are_made_with_what_the_router_lets_its_caller_tie(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let acme = company(db, "Acme").await;
    let (eves, bobs) = (new_tag(db, 1, "eve").await, new_tag(db, 2, "bob").await);
    let mut eve = world.client_of("eve").await;
    for (tags, at) in
        [(json!([eves, bobs]), "tags.1"), (json!([{ "id": bobs, "label": "ours" }]), "tags.0.id")]
    {
        let failure = eve.fail("firm", "update", json!({ "id": acme, "tags": tags })).await;
        assert_eq!(failure.data, no_row(at));
        let failure = eve.fail("firm", "create", json!({ "name": "New", "tags": tags })).await;
        assert_eq!(failure.data, no_row(at));
    }
    assert!(company_tag::Entity::find().all(db).await.unwrap().is_empty());
    let reply = eve.ok("firm", "update", json!({ "id": acme, "tags": [eves] })).await;
    assert_eq!(reply["tags"][0]["label"], "eve");
    // One that is tied already stays in the list, and may be written.
    tie(db, acme, bobs).await;
    let sent = json!({ "id": acme, "tags": [{ "id": bobs, "label": "bobs" }] });
    let reply = eve.ok("firm", "update", sent).await;
    assert_eq!(reply["tags"], json!([{ "id": bobs, "_type": "tag", "label": "bobs" }]));
    // Once it is untied it is out of reach.
    eve.ok("firm", "update", json!({ "id": acme, "tags": [] })).await;
    let failure = eve.fail("firm", "update", json!({ "id": acme, "tags": [bobs] })).await;
    assert_eq!(failure.data, no_row("tags.0"));
    world.stop().await;
}

async fn at_every_depth_the_router_is_asked(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let (eves, bobs) = (company(db, "eve").await, company(db, "bob").await);
    let (green, red) = (new_tag(db, 1, "eve").await, new_tag(db, 2, "bob").await);
    let (near, foreign) =
        (person(db, "Liz", eves, None).await, person(db, "Max", bobs, None).await);
    let mut eve = world.client_of("eve").await;
    let sent = |tags: Json| json!({ "name": "Ann", "company": { "name": "New", "tags": tags } });
    let failure = eve.fail("worker", "create", sent(json!([green, red]))).await;
    assert_eq!(failure.data, no_row("company.tags.1"));
    let reply = eve.ok("worker", "create", sent(json!([green]))).await;
    assert_eq!(reply["company"]["tags"][0]["label"], "eve");
    // By the names of the relations alone: the places in lists are none of its business.
    let sent = |mentor: Json| json!({ "id": eves, "staff_set": [{ "name": "A" }, { "name": "B", "mentor": mentor }] });
    let failure = eve.fail("firm", "update", sent(json!(foreign))).await;
    assert_eq!(failure.data, no_row("staff_set.1.mentor"));
    let failure = eve.fail("firm", "update", sent(json!({ "id": foreign, "name": "Ours" }))).await;
    assert_eq!(failure.data, no_row("staff_set.1.mentor.id"));
    let reply = eve.ok("firm", "update", sent(json!(near))).await;
    assert_eq!(reply["staff_set"][2]["mentor"]["name"], "Liz");
    world.stop().await;
}

async fn a_router_that_says_nothing_lets_nothing_be_tied(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let acme = company(db, "Acme").await;
    let one = new_tag(db, 1, "one").await;
    let mut client = world.client().await;
    let sent = json!({ "name": "Ann", "company": acme });
    assert_eq!(client.fail("silent", "create", sent).await.data, no_row("company"));
    let sent = json!({ "id": acme, "tags": [one] });
    assert_eq!(client.fail("silent-firm", "update", sent).await.data, no_row("tags.0"));
    // New objects are no others' rows, nor is what is tied already.
    let sent = json!({ "name": "Ann", "company": { "name": "New" } });
    let ann = client.ok("silent", "create", sent).await;
    let new = i32::try_from(ann["company"]["id"].as_i64().unwrap()).unwrap();
    let sent = json!({ "id": ann["id"], "company": { "id": new, "name": "Newer" } });
    client.ok("silent", "update", sent).await;
    assert_eq!(name_of(db, new).await, "Newer");
    tie(db, acme, one).await;
    client.ok("silent-firm", "update", json!({ "id": acme, "tags": [one] })).await;
    assert_eq!(get(&mut client, "silent-firm", acme).await["tags"][0]["label"], "one");
    world.stop().await;
}
