//! The application of the golden transcripts that tell of more than the todo example has: companies with
//! staff and tags, in pages, and notes for who is logged in.
//!
//! It runs in the process of the test, on a fresh SQLite file, and ends with its value.

#![allow(missing_docs)] // Entities and routers, as any application has them.

use std::net::SocketAddr;

use dragon::auth::{Authentication, Authenticator, Handshake, Identity, Refusal};
use dragon::prelude::*;
use dragon::warp::Filter as _;
use futures::future::{BoxFuture, ready};
use sea_orm::{ActiveModelTrait, ConnectionTrait, Schema, Set};
use serde_json::{Map, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::Database;

pub mod company {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "company")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        #[sea_orm(has_many)]
        pub staff: HasMany<super::staff::Entity>,
        #[sea_orm(has_many, via = "company_tag")]
        pub tags: HasMany<super::tag::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod staff {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "staff")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub company_id: i32,
        #[sea_orm(belongs_to, from = "company_id", to = "id", on_delete = "Cascade")]
        pub company: HasOne<super::company::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod tag {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "tag")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub label: String,
        #[sea_orm(has_many, via = "company_tag")]
        pub companies: HasMany<super::company::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod company_tag {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "company_tag")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub company_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag_id: i32,
        #[sea_orm(belongs_to, from = "company_id", to = "id", on_delete = "Cascade")]
        pub company: HasOne<super::company::Entity>,
        #[sea_orm(belongs_to, from = "tag_id", to = "id", on_delete = "Cascade")]
        pub tag: HasOne<super::tag::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[serializer(model = staff::Entity, publish_fields(name), update_fields(name, company_id))]
struct StaffSerializer;

#[serializer(
    model = company::Entity,
    publish_fields(name),
    update_fields(name),
    related(staff_set = StaffSerializer)
)]
struct CompanySerializer;

#[serializer(model = tag::Entity, publish_fields(label))]
struct TagSerializer;

#[serializer(
    model = company::Entity,
    publish_fields(name),
    update_fields(tags),
    related(tags = TagSerializer)
)]
struct TaggedSerializer;

#[serializer(model = company::Entity, publish_fields(name))]
struct BriefSerializer;

#[serializer(model = tag::Entity, publish_fields(label), related(companies = BriefSerializer))]
struct LabelSerializer;

struct CompanyRouter;

#[router(route = "company", serializer = CompanySerializer, filter_fields(id))]
impl CompanyRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

struct StaffRouter;

#[router(
    route = "staff",
    serializer = StaffSerializer,
    order_fields(name),
    paginate_by = 2
)]
impl StaffRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    /// What each reply tells beside.
    fn client_context(&self, verb: &str, _: &Context<'_>) -> Map<String, Json> {
        [("asked".to_owned(), json!(verb))].into_iter().collect()
    }
}

struct TaggedRouter;

#[router(route = "tagged", serializer = TaggedSerializer, include_related())]
impl TaggedRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    /// Tags are everybody's.
    fn tie_scope(&self, _: &Caller, relation: &str) -> Filter {
        if relation == "tags" { Filter::All } else { Filter::Nothing }
    }
}

struct LabelRouter;

#[router(route = "label", serializer = LabelSerializer, include_related())]
impl LabelRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

struct GuardedRouter;

#[router(route = "guarded", serializer = TagSerializer, permissions(LoginRequired))]
impl GuardedRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

/// Everybody is who they say, but nobody is called `nobody`.
struct ByName;

impl Authenticator for ByName {
    fn handshake<'a>(&'a self, _: &'a Handshake) -> BoxFuture<'a, Authentication> {
        Box::pin(ready(Ok(None)))
    }

    fn token<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Authentication> {
        Box::pin(ready(match token {
            "nobody" => Err(Refusal::invalid("There is no such user.")),
            name => Ok(Some(Identity::user(name))),
        }))
    }
}

/// The running application.
#[derive(Debug)]
pub struct Office {
    addr: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    _database: Database,
}

impl Office {
    /// Starts it, with its seed.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start() -> Office {
        let database = Database::sqlite();
        let db = dragon::connect(&database.url).await.expect("a file");
        seed(&db).await.expect("the tables are new");
        let app = App::builder("office").database(db).authenticator(ByName);
        let app = app.router(CompanyRouter).router(StaffRouter).router(TaggedRouter);
        let app = app.router(LabelRouter).router(GuardedRouter).start().await;
        let app = app.expect("it is declared rightly");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let (end, ended) = oneshot::channel();
        let pages = dragon::warp::path!("nothing").map(|| "nothing");
        tokio::spawn(app.serve_on(listener, pages, async move { drop(ended.await) }));
        Office { addr, end: Some(end), _database: database }
    }

    /// `127.0.0.1:port`
    #[must_use]
    pub fn host(&self) -> String {
        self.addr.to_string()
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            let _ = end.send(());
        }
    }
}

async fn seed(db: &DatabaseConnection) -> Result<(), DbErr> {
    let schema = Schema::new(db.get_database_backend());
    for table in [
        schema.create_table_from_entity(company::Entity),
        schema.create_table_from_entity(staff::Entity),
        schema.create_table_from_entity(tag::Entity),
        schema.create_table_from_entity(company_tag::Entity),
    ] {
        db.execute(&table).await?;
    }
    for name in ["Acme", "Best"] {
        let row = company::ActiveModel { name: Set(name.to_owned()), ..Default::default() };
        row.insert(db).await?;
    }
    for (name, company) in [("Ann", 1), ("Bob", 1), ("Carl", 2)] {
        let (name, company_id) = (Set(name.to_owned()), Set(company));
        staff::ActiveModel { name, company_id, ..Default::default() }.insert(db).await?;
    }
    for label in ["green", "small"] {
        let row = tag::ActiveModel { label: Set(label.to_owned()), ..Default::default() };
        row.insert(db).await?;
    }
    let pair = company_tag::ActiveModel { company_id: Set(2), tag_id: Set(2) };
    company_tag::Entity::insert(pair).exec_without_returning(db).await?;
    Ok(())
}
