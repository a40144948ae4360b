//! What a view tells of rows within rows.

use dragon::prelude::*;
use dragon::{App, AppBuilder};
use dragon_tests::{Database, util::PATIENCE};
use sea_orm::{ActiveModelTrait, DatabaseConnection, Set};
use serde_json::json;

use super::models::{address, company, staff, tag};
use super::{QUIET, get, new_tag, tables, tie};
use crate::world::{World, told};

crate::both!(
    a_view_tells_no_more_of_what_it_leads_to,
    a_relation_that_a_view_does_not_name_is_not_told,
);

/// Companies as everybody may see them: without the pay of their staff, and without their tags.
#[serializer(
    model = company::Entity,
    publish_fields(name, size),
    update_fields(name),
    related(staff_set = PayeeSerializer, address = SiteSerializer, tags = MarkSerializer),
    views(public(name, staff_set, address), bare(name))
)]
struct ShopSerializer;

#[serializer(
    model = staff::Entity,
    publish_fields(name, salary),
    related(company = OwnerSerializer),
    views(public(name))
)]
struct PayeeSerializer;

#[serializer(model = company::Entity, publish_fields(name, size))]
struct OwnerSerializer;

#[serializer(model = address::Entity, publish_fields(street, company_id), views(public(street)))]
struct SiteSerializer;

/// Without a view: it is told in none.
#[serializer(model = tag::Entity, publish_fields(label))]
struct MarkSerializer;

struct ShopRouter;

#[router(route = "shop", serializer = ShopSerializer)]
impl ShopRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    fn view(&self, caller: &Caller) -> &'static str {
        match caller.user.as_deref() {
            Some("guest") => "public",
            Some("passer-by") => "bare",
            _ => "",
        }
    }
}

async fn world(database: Database) -> World {
    let db = dragon::connect(&database.url).await.unwrap();
    tables(&db).await;
    let app = App::builder("test").database(db.clone()).router(ShopRouter);
    let app =
        app.identify(|handshake| Some(handshake.query.clone()).filter(|user| !user.is_empty()));
    World::serve(app.start().await.unwrap(), db, database).await
}

/// A company with one of each, and their keys: its own, that of its staff, of its address.
async fn furnished(db: &DatabaseConnection) -> (i32, i32, i32) {
    let acme = super::company(db, "Acme").await;
    let ann = hired(db, "Ann", acme).await;
    let site = address::ActiveModel {
        street: Set("Main".to_owned()),
        company_id: Set(acme),
        ..Default::default()
    };
    let site = site.insert(db).await.unwrap().id;
    let tag = new_tag(db, 1, "secret").await;
    tie(db, acme, tag).await;
    (acme, ann, site)
}

async fn hired(db: &DatabaseConnection, name: &str, company: i32) -> i32 {
    let person = staff::ActiveModel {
        name: Set(name.to_owned()),
        salary: Set(900),
        company_id: Set(Some(company)),
        ..Default::default()
    };
    person.insert(db).await.unwrap().id
}

async fn a_view_tells_no_more_of_what_it_leads_to(database: Database) {
    let world = world(database).await;
    let (acme, ann, site) = furnished(&world.db).await;
    let public = json!({
        "id": acme, "_type": "company", "name": "Acme",
        "staff_set": [{ "id": ann, "_type": "staff", "name": "Ann" }],
        "address": { "id": site, "_type": "address", "street": "Main" },
    });
    let mut guest = world.client_of("guest").await;
    assert_eq!(get(&mut guest, "shop", acme).await, public);
    let reply = guest.call("shop", "subscribe", json!({ "_snapshot": true })).await;
    assert_eq!(reply.snapshot(), [public]);
    // What is pushed of a nested row is told in the view as well.
    let bob = hired(&world.db, "Bob", acme).await;
    let (action, data) = told(&guest.next_push(PATIENCE).await);
    let expected = json!({ "id": bob, "_type": "staff", "name": "Bob", "company": acme });
    assert_eq!((action.as_str(), data), ("created", expected));
    let mut member = world.client_of("member").await;
    let whole = get(&mut member, "shop", acme).await;
    assert_eq!(whole["staff_set"][0]["salary"], 900);
    assert_eq!(whole["staff_set"][0]["company"]["name"], "Acme");
    assert_eq!(
        (&whole["address"]["company_id"], &whole["tags"][0]["label"]),
        (&json!(acme), &json!("secret"))
    );
    world.stop().await;
}

async fn a_relation_that_a_view_does_not_name_is_not_told(database: Database) {
    let world = world(database).await;
    let (acme, ..) = furnished(&world.db).await;
    let bare = json!({ "id": acme, "_type": "company", "name": "Acme" });
    let mut client = world.client_of("passer-by").await;
    assert_eq!(get(&mut client, "shop", acme).await, bare);
    let reply = client.call("shop", "subscribe", json!({ "_snapshot": true })).await;
    assert_eq!(reply.snapshot(), [bare]);
    assert_eq!(reply.message["channel_data"]["remote_channels"].as_array().unwrap().len(), 1);
    // Neither are its rows and pairs, when they change.
    hired(&world.db, "Bob", acme).await;
    let tag = new_tag(&world.db, 2, "more").await;
    tie(&world.db, acme, tag).await;
    client.no_push(QUIET).await;
    world.stop().await;
}

/// A mistake in a view is told at the start, with what to write.
async fn refused(build: impl FnOnce(AppBuilder) -> AppBuilder) -> String {
    let database = Database::sqlite();
    let db = dragon::connect(&database.url).await.unwrap();
    tables(&db).await;
    build(App::builder("test").database(db)).start().await.unwrap_err().to_string()
}

macro_rules! router_of {
    ($router:ident, $serializer:ident) => {
        struct $router;

        #[router(route = "leaky", serializer = $serializer)]
        impl $router {
            fn scope(&self, _: &Caller) -> Filter {
                Filter::All
            }
        }
    };
}

#[tokio::test]
async fn a_related_serializer_without_the_view_is_refused() {
    #[serializer(
        model = company::Entity,
        publish_fields(name),
        related(tags = MarkSerializer),
        views(public(name, tags))
    )]
    struct LeakySerializer;

    router_of!(LeakyRouter, LeakySerializer);

    let error = refused(|app| app.router(LeakyRouter)).await;
    let names = error.replace(concat!(module_path!(), "::"), "");
    let sentence = "LeakySerializer: the view `public` tells `tags`, but MarkSerializer has no view \
                    `public` and would tell all its fields there; write `views(public(…))` at \
                    MarkSerializer with the fields that may be told, or leave `tags` out of the view";
    assert!(names.contains(sentence), "{error}");
}

#[tokio::test]
async fn so_is_one_further_down() {
    #[serializer(
        model = company::Entity,
        publish_fields(name),
        related(staff_set = MiddleSerializer),
        views(public(name, staff_set))
    )]
    struct TopSerializer;

    #[serializer(
        model = staff::Entity,
        publish_fields(name),
        related(company = OwnerSerializer),
        views(public(name, company))
    )]
    struct MiddleSerializer;

    router_of!(TopRouter, TopSerializer);

    let error = refused(|app| app.router(TopRouter)).await;
    let names = error.replace(concat!(module_path!(), "::"), "");
    let sentence = "the view `public` tells `company`, but OwnerSerializer has no view `public`";
    assert!(names.contains(sentence), "{error}");
}
