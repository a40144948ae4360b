//! Related objects that clients write.

mod columns;
mod kinds;
mod scope;

use dragon::filter::Kind;
use dragon::prelude::*;
use dragon::{App, AppBuilder, Config};
use dragon_tests::{Database, util::PATIENCE};
use sea_orm::{DatabaseConnection, EntityTrait};
use serde_json::json;

use super::models::{address, document, staff, tag};
use super::{QUIET, company, new_tag, tables};
use crate::world::{World, told};

crate::both!(
    all_that_is_wrong_is_told_at_once_and_nothing_is_stored,
    there_is_a_bound_on_related_objects,
    everyone_is_told_of_what_was_written,
    related_objects_are_read_by_the_apps_deserializers,
);

fn written(name: String) -> Result<String, &'static str> {
    if name.trim().is_empty() { Err("Write something.") } else { Ok(name) }
}

struct FirmSerializer;

#[serializer(
    model = company::Entity,
    publish_fields(name, size),
    update_fields(name, size, staff_set, address, tags),
    related(staff_set = WorkerSerializer, address = PlaceSerializer, tags = LabelSerializer)
)]
impl FirmSerializer {
    fn validate_name(name: String) -> Result<String, &'static str> {
        written(name)
    }
}

/// As SwampDragon's were: tags are added.
#[serializer(
    model = company::Entity,
    publish_fields(name),
    update_fields(tags),
    adds(tags),
    related(tags = LabelSerializer)
)]
struct ClubSerializer;

struct WorkerSerializer;

#[serializer(
    model = staff::Entity,
    publish_fields(name),
    update_fields(name, company_id, company, mentor, documents),
    related(
        company = FirmSerializer,
        mentor = MentorSerializer via staff::Relation::Mentor,
        documents = PaperSerializer
    )
)]
impl WorkerSerializer {
    fn validate_name(name: String) -> Result<String, &'static str> {
        written(name)
    }

    fn validate(row: &staff::ActiveModel) -> Result<(), FieldErrors> {
        let own = row.mentor_id.try_as_ref().is_some_and(Option::is_some);
        let boss = row.name.try_as_ref().is_some_and(|name| name == "Boss");
        if own && boss { Err(FieldErrors::of("mentor", "The boss has none.")) } else { Ok(()) }
    }
}

#[serializer(model = staff::Entity, publish_fields(name), update_fields(name))]
struct MentorSerializer;

struct PaperSerializer;

#[serializer(
    model = document::Entity,
    publish_fields(title),
    update_fields(title, staff),
    related(staff = MentorSerializer)
)]
impl PaperSerializer {
    fn validate_title(title: String) -> Result<String, &'static str> {
        written(title)
    }
}

#[serializer(model = address::Entity, publish_fields(street), update_fields(street))]
struct PlaceSerializer;

/// Whose clients choose its key.
#[serializer(model = address::Entity, publish_fields(street), update_fields(id, street))]
struct PlotSerializer;

#[serializer(
    model = company::Entity,
    publish_fields(name),
    update_fields(address),
    related(address = PlotSerializer)
)]
struct EstateSerializer;

#[serializer(model = tag::Entity, publish_fields(label), update_fields(id, label))]
struct LabelSerializer;

macro_rules! open_router {
    ($router:ident, $route:literal, $serializer:ident) => {
        struct $router;

        #[router(route = $route, serializer = $serializer, include_related())]
        impl $router {
            fn scope(&self, _: &Caller) -> Filter {
                Filter::All
            }

            fn tie_scope(&self, _: &Caller, _: &str) -> Filter {
                Filter::All
            }
        }
    };
}

open_router!(FirmRouter, "firm", FirmSerializer);
open_router!(ClubRouter, "club", ClubSerializer);
open_router!(EstateRouter, "estate", EstateSerializer);
open_router!(WorkerRouter, "worker", WorkerSerializer);
open_router!(PaperRouter, "paper", PaperSerializer);

async fn world(database: Database, config: Config) -> World {
    world_with(database, |app| app.config(config)).await
}

async fn world_with(database: Database, configure: impl FnOnce(AppBuilder) -> AppBuilder) -> World {
    let db = dragon::connect(&database.url).await.unwrap();
    served(database, db, configure).await
}

async fn world_on(database: Database, db: DatabaseConnection) -> World {
    served(database, db, |app| app).await
}

async fn served(
    database: Database,
    db: DatabaseConnection,
    configure: impl FnOnce(AppBuilder) -> AppBuilder,
) -> World {
    tables(&db).await;
    let app = configure(App::builder("test").database(db.clone()));
    let app = app.router(FirmRouter).router(ClubRouter).router(EstateRouter);
    let app = app.router(WorkerRouter).router(PaperRouter);
    World::serve(app.start().await.unwrap(), db, database).await
}

async fn name_of(db: &DatabaseConnection, company: i32) -> String {
    company::Entity::find_by_id(company).one(db).await.unwrap().unwrap().name
}

async fn all_that_is_wrong_is_told_at_once_and_nothing_is_stored(database: Database) {
    let world = world(database, Config::default()).await;
    let db = &world.db;
    let mut client = world.client().await;
    let sent = json!({
        "name": " ",
        "size": "many",
        "staff_set": [
            { "name": "Ann", "mentor": { "name": 1 } },
            { "documents": [{ "title": "Plan" }, { "title": "" }] },
        ],
        "address": {},
        "tags": [7],
    });
    let failure = client.fail("firm", "create", sent).await;
    let expected = json!({
        "name": ["Write something."],
        "size": ["Write a whole number."],
        "staff_set.0.mentor.name": ["Write a text."],
        "staff_set.1.name": ["This field is required."],
        "staff_set.1.documents.1.title": ["Write something."],
        "address.street": ["This field is required."],
        "tags.0": ["Write a UUID."],
    });
    assert_eq!((failure.code.as_str(), failure.data), ("validation", expected));
    // The last of them alone is enough.
    let sent = json!({ "name": "Acme", "staff_set": [{ "name": "Ann" }], "tags": [7] });
    let failure = client.fail("firm", "create", sent).await;
    assert_eq!(failure.data, json!({ "tags.0": ["Write a UUID."] }));
    assert!(company::Entity::find().all(db).await.unwrap().is_empty());
    assert!(staff::Entity::find().all(db).await.unwrap().is_empty());
    world.stop().await;
}

async fn there_is_a_bound_on_related_objects(database: Database) {
    let mut config = Config::default();
    config.list_rows = 3;
    let world = world(database, config).await;
    let mut client = world.client().await;
    let staff = |names: &[&str]| -> Json {
        names.iter().map(|name| json!({ "name": name, "documents": [{ "title": "t" }] })).collect()
    };
    client.ok("firm", "create", json!({ "name": "a", "staff_set": staff(&["b"]) })).await;
    let sent = json!({ "name": "a", "staff_set": staff(&["b", "c"]) });
    assert_eq!(client.fail("firm", "create", sent).await.code, "too_many");
    assert_eq!(company::Entity::find().all(&world.db).await.unwrap().len(), 1);
    world.stop().await;
}

async fn everyone_is_told_of_what_was_written(database: Database) {
    let world = world(database, Config::default()).await;
    let db = &world.db;
    let acme = company(db, "Acme").await;
    let one = new_tag(db, 1, "one").await;
    let mut firms = world.client().await;
    let mut workers = world.client().await;
    firms.ok("firm", "subscribe", json!({ "channel": "f", "_snapshot": true })).await;
    workers.ok("worker", "subscribe", json!({ "channel": "w", "_snapshot": true })).await;
    let mut client = world.client().await;
    let sent = json!({
        "id": acme, "size": 5, "staff_set": [{ "name": "Ann" }], "tags": [one],
    });
    client.ok("firm", "update", sent).await;
    let data = json!({ "id": acme, "_type": "company", "size": 5 });
    assert_eq!(told(&firms.next_push(PATIENCE).await), ("updated".to_owned(), data));
    let data = json!({ "id": acme, "_type": "company", "tags": [one] });
    assert_eq!(told(&firms.next_push(PATIENCE).await), ("updated".to_owned(), data));
    let push = workers.next_push(PATIENCE).await;
    assert_eq!((&push["action"], &push["data"]["name"]), (&json!("created"), &json!("Ann")));
    // What is refused is told to nobody.
    let sent = json!({ "id": acme, "size": 6, "staff_set": [{ "name": "Bob" }, { "name": "" }] });
    client.fail("firm", "update", sent).await;
    firms.no_push(QUIET).await;
    workers.no_push(QUIET).await;
    world.stop().await;
}

async fn related_objects_are_read_by_the_apps_deserializers(database: Database) {
    let world = world_with(database, |app| {
        app.deserializer(Kind::Text, |sent| match sent.as_str() {
            Some(text) => Ok(json!(text.to_uppercase())),
            None => Err("Write it in letters.".to_owned()),
        })
    })
    .await;
    let mut client = world.client().await;
    let staff = |title: Json| json!([{ "name": "ann", "documents": [{ "title": title }] }]);
    let sent = json!({ "name": "acme", "staff_set": staff("plan".into()) });
    let reply = client.ok("firm", "create", sent).await;
    let ann = &reply["staff_set"][0];
    assert_eq!((&reply["name"], &ann["name"]), (&json!("ACME"), &json!("ANN")));
    assert_eq!(ann["documents"][0]["title"], "PLAN");
    let sent = json!({ "name": "acme", "staff_set": staff(1.into()) });
    let failure = client.fail("firm", "create", sent).await;
    let expected = json!({ "staff_set.0.documents.0.title": ["Write it in letters."] });
    assert_eq!(failure.data, expected);
    world.stop().await;
}

#[tokio::test]
async fn a_serializer_within_itself_writes_nothing() {
    struct LoopSerializer;

    #[serializer(
        model = staff::Entity,
        publish_fields(name),
        update_fields(mentor),
        related(mentor = LoopSerializer via staff::Relation::Mentor)
    )]
    impl LoopSerializer {}

    struct LoopRouter;

    #[router(route = "loop", serializer = LoopSerializer)]
    impl LoopRouter {
        fn scope(&self, _: &Caller) -> Filter {
            Filter::All
        }
    }

    let database = Database::sqlite();
    let db = dragon::connect(&database.url).await.unwrap();
    let error = App::builder("test").database(db).router(LoopRouter).start().await.unwrap_err();
    assert!(error.to_string().contains("`mentor` cannot be among update_fields"), "{error}");
}

#[tokio::test]
async fn only_pairs_are_added() {
    #[serializer(
        model = company::Entity,
        publish_fields(name),
        update_fields(address),
        adds(address),
        related(address = PlaceSerializer)
    )]
    struct OneSerializer;

    open_router!(OneRouter, "one", OneSerializer);

    let database = Database::sqlite();
    let db = dragon::connect(&database.url).await.unwrap();
    let error = App::builder("test").database(db).router(OneRouter).start().await.unwrap_err();
    assert!(error.to_string().contains("`address` cannot be among `adds`"), "{error}");
}
