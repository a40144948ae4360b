//! PostgreSQL has schemas, and roles that may do little.

use dragon::capture::{Namespace, Watched, sql};
use dragon::model::{ModelInfo, create_table};
use dragon::prelude::*;
use dragon_tests::{Database, Postgres};
use sea_orm::{ActiveModelTrait, ConnectionTrait, Set};

use super::{tells, watch};
use crate::models::{ItemRouter, ListRouter, item, list};
use crate::world::{World, new_item};

/// A role that may do nothing yet, and the URL by which it connects to the database.
async fn role(database: &Database, name: &str) -> (String, String) {
    let (server, own) = database.url.rsplit_once('/').unwrap();
    let role = format!("{own}_{name}");
    Postgres::shared().execute("postgres", &format!("CREATE ROLE {role} LOGIN")).await;
    (role.clone(), format!("{}/{own}", server.replace("postgres@", &format!("{role}@"))))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_write_the_table_need_not_be_allowed_to_write_the_log() {
    let world = World::start(Database::postgres().await).await;
    let list = world.list("me").await.id;
    let (role, url) = role(&world.database, "writer").await;
    let grant = format!(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON item TO {role}; GRANT USAGE ON SEQUENCE \
         item_id_seq TO {role}"
    );
    world.database.execute(&grant).await;
    let writer = sea_orm::Database::connect(url).await.unwrap();
    assert!(writer.execute_unprepared("DELETE FROM dragon_test_log").await.is_err());
    // Tables of its own that stand in the way of what the function names.
    let temporary = "CREATE TEMPORARY TABLE dragon_test_log (LIKE item)";
    writer.execute_unprepared(temporary).await.unwrap();
    let mut client = watch(&world, "item").await;
    let row = new_item(list, "a").insert(&writer).await.unwrap();
    tells(&mut client, "created", "text", "a").await;
    item::ActiveModel { id: Set(row.id), text: Set("b".to_owned()), ..Default::default() }
        .update(&writer)
        .await
        .unwrap();
    tells(&mut client, "updated", "text", "b").await;
    writer.execute_unprepared("DELETE FROM item").await.unwrap();
    tells(&mut client, "deleted", "id", row.id).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_may_not_change_the_schema_starts_after_a_migration() {
    let database = Database::postgres().await;
    let db = dragon::connect(&database.url).await.unwrap();
    create_table::<list::Entity>(&db).await.unwrap();
    create_table::<item::Entity>(&db).await.unwrap();
    let models =
        [ModelInfo::of::<list::Entity>().unwrap(), ModelInfo::of::<item::Entity>().unwrap()]
            .map(|info| Watched::model(&info));
    for statement in sql(&db, &Namespace::of("test").unwrap(), &models).await.unwrap() {
        db.execute_unprepared(&statement).await.unwrap();
    }
    let (role, url) = role(&database, "app").await;
    let grant = format!(
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL \
         TABLES IN SCHEMA public TO {role}; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}"
    );
    db.execute_unprepared(&grant).await.unwrap();
    let db = dragon::connect(&url).await.unwrap();
    assert!(db.execute_unprepared("CREATE TABLE own (id int)").await.is_err());
    let app = App::builder("test").database(db.clone()).router(ListRouter).router(ItemRouter);
    let world = World::serve(app.start().await.unwrap(), db, database).await;
    let list = world.list("me").await.id;
    let mut client = watch(&world, "item").await;
    new_item(list, "a").insert(&world.db).await.unwrap();
    tells(&mut client, "created", "text", "a").await;
}

/// An entity of another schema.
mod invoice {
    use dragon::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(schema_name = "sales \"2\"", table_name = "invoice")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[serializer(model = invoice::Entity, publish_fields(text), update_fields(text))]
struct InvoiceSerializer;

struct InvoiceRouter;

#[router(route = "invoice", serializer = InvoiceSerializer, filter_fields(text))]
impl InvoiceRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entity_may_be_of_another_schema() {
    let database = Database::postgres().await;
    database.execute("CREATE SCHEMA \"sales \"\"2\"\"\"").await;
    // A namesake in the default schema is another table.
    database.execute("CREATE TABLE invoice (id serial PRIMARY KEY, text varchar)").await;
    let world = World::start_with(database, |builder| builder.router(InvoiceRouter)).await;
    let mut client = watch(&world, "invoice").await;
    world.database.execute("INSERT INTO invoice (text) VALUES ('elsewhere')").await;
    let row = client.ok("invoice", "create", serde_json::json!({ "text": "a" })).await;
    tells(&mut client, "created", "text", "a").await;
    let wanted = serde_json::json!({ "text__contains": "a" });
    assert_eq!(client.ok("invoice", "get_list", wanted).await, serde_json::json!([row]));
    client.ok("invoice", "delete", serde_json::json!({ "id": row["id"] })).await;
    tells(&mut client, "deleted", "id", row["id"].clone()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn triggers_of_the_same_name_on_another_table_are_not_taken_for_ours() {
    let database = Database::postgres().await;
    let elsewhere = "CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.item (id int); \
         CREATE FUNCTION elsewhere.nothing() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RETURN NULL; END $$";
    database.execute(elsewhere).await;
    for event in ["c", "u", "d", "r"] {
        let trigger = format!(
            "CREATE TRIGGER dragon_test_on_item_{event} AFTER INSERT ON elsewhere.item FOR EACH \
             ROW EXECUTE FUNCTION elsewhere.nothing()"
        );
        database.execute(&trigger).await;
    }
    let world = World::start(database).await;
    let list = world.list("me").await.id;
    let database = world.stop().await;
    // The hash is known and the names are there, but not on this table.
    database.execute("DROP TABLE item").await;
    let world = World::start(database).await;
    let mut client = watch(&world, "item").await;
    new_item(list, "a").insert(&world.db).await.unwrap();
    tells(&mut client, "created", "text", "a").await;
    let namespace = Namespace::of("test").unwrap();
    let database = world.stop().await;
    let db = dragon::connect(&database.url).await.unwrap();
    dragon::capture::uninstall(&db, &namespace).await.unwrap();
    let left = "SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal";
    assert_eq!(super::texts(&db, left).await.len(), 4);
}
