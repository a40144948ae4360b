//! The column of a foreign key among the update fields, beside the relation over it.

use dragon::App;
use dragon::prelude::*;
use dragon_tests::Database;
use sea_orm::{DatabaseConnection, EntityTrait};
use serde_json::json;

use super::super::models::{document, staff};
use super::super::{company, get, new_tag, person, tables};
use super::scope::{moves, no_row, owns};
use super::{FirmSerializer, LabelSerializer, MentorSerializer, WorkerSerializer, name_of};
use crate::world::World;

crate::both!(
    a_column_leads_to_what_the_router_lets_its_caller_tie,
    a_column_whose_relation_is_only_told_is_asked_for_as_well,
    a_column_within_a_related_row_is_asked_for_by_its_path,
    what_a_router_sets_is_not_asked,
    a_tie_that_several_relations_tell_is_asked_for_under_each_name,
);

/// Tells of a mentor, who is chosen by the column.
#[serializer(
    model = staff::Entity,
    publish_fields(name),
    update_fields(name, mentor_id),
    related(mentor = MentorSerializer via staff::Relation::Mentor)
)]
struct PupilSerializer;

#[serializer(
    model = document::Entity,
    publish_fields(title),
    update_fields(title, staff),
    related(staff = PupilSerializer)
)]
struct SheetSerializer;

/// One foreign key, and one kind of pairs, each told and written under two names.
#[serializer(
    model = staff::Entity,
    publish_fields(name),
    update_fields(name, company_id, company, firm),
    related(
        company = PairedSerializer via staff::Relation::Company,
        firm = FirmSerializer via staff::Relation::Company
    )
)]
struct TwiceSerializer;

#[serializer(
    model = super::company::Entity,
    publish_fields(name),
    update_fields(tags, labels),
    related(tags = LabelSerializer, labels = LabelSerializer)
)]
struct PairedSerializer;

owns!(WorkerRouter, "worker", WorkerSerializer);
owns!(PupilRouter, "pupil", PupilSerializer);
owns!(SheetRouter, "sheet", SheetSerializer);
owns!(TwiceRouter, "twice", TwiceSerializer);
owns!(PairedRouter, "paired", PairedSerializer);

/// Lets nothing be tied, and ties what it is told by an argument.
struct PlacedRouter;

#[router(route = "placed", serializer = WorkerSerializer, include_related())]
impl PlacedRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    fn initial(&self, cx: &Context<'_>) -> Result<Values, Failure> {
        Ok(Values::new().with("company_id", cx.arg::<i32>("place")?))
    }

    fn update_initial(&self, cx: &Context<'_>) -> Result<Values, Failure> {
        self.initial(cx)
    }
}

async fn world(database: Database) -> World {
    let db = dragon::connect(&database.url).await.unwrap();
    tables(&db).await;
    let app = App::builder("test").database(db.clone()).router(WorkerRouter).router(PupilRouter);
    let app = app.router(SheetRouter).router(PlacedRouter).router(TwiceRouter);
    let app = app.router(PairedRouter);
    let app =
        app.identify(|handshake| Some(handshake.query.clone()).filter(|user| !user.is_empty()));
    World::serve(app.start().await.unwrap(), db, database).await
}

async fn company_of(db: &DatabaseConnection, worker: &Json) -> Option<i32> {
    let id = i32::try_from(worker.as_i64().unwrap()).unwrap();
    staff::Entity::find_by_id(id).one(db).await.unwrap().unwrap().company_id
}

async fn a_column_leads_to_what_the_router_lets_its_caller_tie(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let (eves, bobs) = (company(db, "eve").await, company(db, "bob").await);
    let mut eve = world.client_of("eve").await;
    for company in [json!(bobs), json!(999)] {
        let sent = json!({ "name": "Ann", "company_id": company });
        let failure = eve.fail("worker", "create", sent).await;
        assert_eq!((failure.code.as_str(), failure.data), ("validation", no_row("company_id")));
    }
    assert!(staff::Entity::find().all(db).await.unwrap().is_empty());
    let ann = eve.ok("worker", "create", json!({ "name": "Ann", "company_id": eves })).await;
    assert_eq!(ann["company"]["name"], "eve");
    let id = &ann["id"];
    let failure = eve.fail("worker", "update", json!({ "id": id, "company_id": bobs })).await;
    assert_eq!(failure.data, no_row("company_id"));
    // So it is not tied by that, and its row stays out of reach.
    let sent = json!({ "id": id, "company": { "id": bobs, "name": "Ours" } });
    let failure = eve.fail("worker", "update", sent).await;
    assert_eq!(failure.data, no_row("company.id"));
    assert_eq!((name_of(db, bobs).await.as_str(), company_of(db, id).await), ("bob", Some(eves)));
    // What is no value of it is said alone, and beside all else that is wrong.
    let sent = json!({ "id": id, "company_id": "x", "name": " " });
    let failure = eve.fail("worker", "update", sent).await;
    let expected = json!({ "company_id": ["Write a whole number."], "name": ["Write something."] });
    assert_eq!(failure.data, expected);
    let failure =
        eve.fail("worker", "update", json!({ "id": id, "company_id": bobs, "name": " " })).await;
    let expected = json!({ "company_id": ["There is no such row."], "name": ["Write something."] });
    assert_eq!(failure.data, expected);
    // None is allowed where there need be none.
    eve.ok("worker", "update", json!({ "id": id, "company_id": null })).await;
    assert_eq!(company_of(db, id).await, None);
    // What somebody else has tied may be sent as it is.
    moves(db, id, bobs).await;
    eve.ok("worker", "update", json!({ "id": id, "company_id": bobs, "name": "Anna" })).await;
    assert_eq!(company_of(db, id).await, Some(bobs));
    // Where the relation is sent, the column is not read.
    let sent = json!({ "id": id, "company_id": 999, "company": eves });
    eve.ok("worker", "update", sent).await;
    assert_eq!(company_of(db, id).await, Some(eves));
    world.stop().await;
}

async fn a_column_whose_relation_is_only_told_is_asked_for_as_well(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let (eves, bobs) = (company(db, "eve").await, company(db, "bob").await);
    let foreign = person(db, "Max", bobs, None).await;
    let near = person(db, "Liz", eves, None).await;
    let mut eve = world.client_of("eve").await;
    let sent = |mentor: Json| json!({ "id": near, "mentor_id": mentor });
    let failure = eve.fail("pupil", "update", sent(json!(foreign))).await;
    assert_eq!(failure.data, no_row("mentor_id"));
    assert_eq!(get(&mut eve, "pupil", near).await["mentor"], json!(null));
    eve.ok("pupil", "update", sent(json!(near))).await;
    assert_eq!(get(&mut eve, "pupil", near).await["mentor"]["name"], "Liz");
    world.stop().await;
}

async fn a_column_within_a_related_row_is_asked_for_by_its_path(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let (eves, bobs) = (company(db, "eve").await, company(db, "bob").await);
    let foreign = person(db, "Max", bobs, None).await;
    let near = person(db, "Liz", eves, None).await;
    let mut eve = world.client_of("eve").await;
    let sent =
        |mentor: i32| json!({ "title": "a", "staff": { "name": "New", "mentor_id": mentor } });
    let failure = eve.fail("sheet", "create", sent(foreign)).await;
    assert_eq!(failure.data, no_row("staff.mentor_id"));
    let reply = eve.ok("sheet", "create", sent(near)).await;
    assert_eq!(reply["staff"]["mentor"]["name"], "Liz");
    world.stop().await;
}

async fn what_a_router_sets_is_not_asked(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let (eves, bobs) = (company(db, "eve").await, company(db, "bob").await);
    let mut eve = world.client_of("eve").await;
    // Nor is what the client sends beside it, which comes to nothing.
    let sent = json!({ "name": "Ann", "place": bobs, "company_id": eves });
    let ann = eve.ok("placed", "create", sent).await;
    assert_eq!(company_of(db, &ann["id"]).await, Some(bobs));
    let sent = json!({ "id": ann["id"], "place": eves, "company_id": 999 });
    eve.ok("placed", "update", sent).await;
    assert_eq!(company_of(db, &ann["id"]).await, Some(eves));
    world.stop().await;
}

async fn a_tie_that_several_relations_tell_is_asked_for_under_each_name(database: Database) {
    let world = world(database).await;
    let db = &world.db;
    let (eves, bobs) = (company(db, "eve").await, company(db, "bob").await);
    let id = person(db, "Ann", eves, None).await;
    let mut eve = world.client_of("eve").await;
    // `firm` may be any company, `company` her own.
    for field in ["company", "firm", "company_id"] {
        let failure = eve.fail("twice", "update", json!({ "id": id, field: bobs })).await;
        assert_eq!(failure.data, no_row(field));
    }
    assert_eq!(company_of(db, &json!(id)).await, Some(eves));
    moves(db, &json!(id), bobs).await;
    eve.ok("twice", "update", json!({ "id": id, "firm": eves })).await;
    assert_eq!(company_of(db, &json!(id)).await, Some(eves));
    // `labels` may be any, `tags` those of her name.
    let (own, other) = (new_tag(db, 1, "eve").await, new_tag(db, 2, "bob").await);
    let sent = json!({ "id": eves, "labels": [own, other] });
    assert_eq!(eve.fail("paired", "update", sent).await.data, no_row("labels.1"));
    let sent = json!({ "id": eves, "labels": [own] });
    let reply = eve.ok("paired", "update", sent).await;
    assert_eq!(reply["tags"][0]["label"], "eve");
    world.stop().await;
}

/// Writes the column, and tells no relation over it.
#[serializer(model = staff::Entity, publish_fields(name), update_fields(name, company_id))]
struct PlainSerializer;

/// Whose staff is written within it, which sets the column.
#[serializer(
    model = super::company::Entity,
    publish_fields(name),
    update_fields(staff_set),
    related(staff_set = PlainSerializer)
)]
struct CrewSerializer;

/// Tells the relation, and writes neither.
#[serializer(
    model = staff::Entity,
    publish_fields(name),
    update_fields(name),
    related(company = FirmSerializer)
)]
struct TellingSerializer;

owns!(PlainRouter, "plain", PlainSerializer);
owns!(CrewRouter, "crew", CrewSerializer);
owns!(TellingRouter, "telling", TellingSerializer);

#[tokio::test]
async fn a_column_beside_another_serializer_s_written_relation_stops_the_start() {
    let database = Database::sqlite();
    let db = dragon::connect(&database.url).await.unwrap();
    let app = || App::builder("test").database(db.clone()).create_tables();
    let described = |app: dragon::AppBuilder| app.describe().map_err(|error| error.to_string());
    let sentence = described(app().router(PlainRouter).router(WorkerRouter)).unwrap_err();
    for part in [
        "PlainSerializer writes `company_id` of `staff` as a plain value",
        "WorkerSerializer writes what its relation `company` leads to",
        "list a relation over `company_id` in place of it",
        "`related(…)`",
        "tie_scope",
    ] {
        assert!(sentence.contains(part), "{sentence}");
    }
    // In either order, and at any depth.
    let again = described(app().router(WorkerRouter).router(PlainRouter)).unwrap_err();
    assert_eq!(again, sentence);
    // Alone it is a value; so is it where the relation is only told, or where the row that leads
    // there sets it.
    described(app().router(PlainRouter)).unwrap();
    described(app().router(PlainRouter).router(TellingRouter)).unwrap();
    described(app().router(CrewRouter).router(WorkerRouter)).unwrap();
}
