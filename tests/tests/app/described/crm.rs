//! The app of dragon-cli/tests/cli/types/crm.json, of which `dragon-cli types` makes types of everything
//! that can be described: js/test/types/crm.

use dragon::prelude::*;
use dragon::{App, AppBuilder, Config};
use serde_json::json;

pub mod company {
    use dragon::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "status")]
    pub enum Status {
        #[sea_orm(string_value = "open")]
        Open,
        #[sea_orm(string_value = "in progress")]
        InProgress,
        #[sea_orm(string_value = "won't do")]
        WontDo,
    }

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "company")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(column_type = "String(StringLen::N(80))")]
        pub name: String,
        #[sea_orm(default_value = "open")]
        pub status: Status,
        pub founded: Option<Date>,
        pub secret: Option<String>,
        pub category_id: Option<i32>,
        #[sea_orm(belongs_to, from = "category_id", to = "id")]
        pub category: HasOne<super::category::Entity>,
        #[sea_orm(has_many)]
        pub staff: HasMany<super::staff::Entity>,
        #[sea_orm(has_many, via = "company_tag")]
        pub tags: HasMany<super::tag::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A tree of one kind.
pub mod category {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "category")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub parent_id: Option<i32>,
        #[sea_orm(self_ref, relation_enum = "Parent", from = "parent_id", to = "id")]
        pub parent: HasOne<Entity>,
        #[sea_orm(has_many)]
        pub companies: HasMany<super::company::Entity>,
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
        pub company_id: Option<i32>,
        pub name: String,
        pub age: Option<i32>,
        #[sea_orm(belongs_to, from = "company_id", to = "id")]
        pub company: HasOne<super::company::Entity>,
        #[sea_orm(has_many)]
        pub documents: HasMany<super::document::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod document {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "document")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub title: String,
        pub staff_id: i32,
        #[sea_orm(belongs_to, from = "staff_id", to = "id")]
        pub staff: HasOne<super::staff::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod tag {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "tag")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
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
        pub tag_id: Uuid,
        #[sea_orm(belongs_to, from = "company_id", to = "id")]
        pub company: HasOne<super::company::Entity>,
        #[sea_orm(belongs_to, from = "tag_id", to = "id")]
        pub tag: HasOne<super::tag::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A field of each type.
pub mod measure {
    use dragon::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "measure")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub amount: Option<Decimal>,
        pub raw: Vec<u8>,
        pub factor: f64,
        pub at: DateTimeUtc,
        pub day: Date,
        pub hour: Time,
        pub local: DateTime,
        pub more: Option<Json>,
        pub free: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

struct CompanySerializer;

#[serializer(
    model = company::Entity,
    publish_fields(name, status, founded),
    update_fields(name, status, founded, secret, staff_set, tags),
    related(staff_set = StaffSerializer, tags = TagSerializer, category = CategorySerializer)
)]
impl CompanySerializer {
    fn serialize_label(company: &company::Model) -> String {
        company.name.to_uppercase()
    }

    fn serialize_badge(company: &company::Model) -> Json {
        json!(company.founded)
    }
}

#[serializer(
    model = category::Entity,
    publish_fields(name),
    related(parent = CategorySerializer via category::Relation::Parent)
)]
struct CategorySerializer;

#[serializer(
    model = staff::Entity,
    publish_fields(name, age),
    update_fields(name, age, company),
    related(company = CompanySerializer, documents = DocumentSerializer),
    views(card(name, documents))
)]
struct StaffSerializer;

#[serializer(
    model = document::Entity,
    publish_fields(title),
    related(staff = StaffSerializer),
    views(card(title))
)]
struct DocumentSerializer;

#[serializer(model = tag::Entity, publish_fields(label), update_fields(label))]
struct TagSerializer;

#[serializer(
    model = measure::Entity,
    publish_fields(amount, raw, factor, at, day, hour, local, more, free),
    update_fields(amount, raw, factor, at, day, hour, local, more, free)
)]
struct MeasureSerializer;

struct CompanyRouter;

#[router(
    route = "company",
    serializer = CompanySerializer,
    filter_fields(name, founded, staff_set__name, status),
    order_fields(name, founded),
    include_related(staff_set, tags),
    verbs(merge)
)]
impl CompanyRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    async fn merge(&self, _: &mut Context<'_>) -> Outcome {
        Ok(Success::of(&json!({})))
    }
}

struct StaffRouter;

#[router(
    route = "staff",
    serializer = StaffSerializer,
    filter_fields(company_id),
    include_related(company, documents),
    paginate_by = 20
)]
impl StaffRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    fn view(&self, caller: &Caller) -> &'static str {
        if caller.user.is_none() { "card" } else { "" }
    }
}

struct TagRouter;

#[router(
    route = "tag",
    serializer = TagSerializer,
    exclude_verbs(create, update, delete, subscribe, unsubscribe)
)]
impl TagRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

struct MeasureRouter;

#[router(
    route = "measure",
    serializer = MeasureSerializer,
    filter_fields(amount, at),
    order_fields(at),
    exclude_verbs(subscribe, unsubscribe)
)]
impl MeasureRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

/// A plain router that says which verbs it has.
struct ChatRouter;

impl Router for ChatRouter {
    const ROUTE: &'static str = "chat";

    async fn call(&self, _: &str, cx: &mut Context<'_>) -> Outcome {
        Err(cx.unknown_verb(&[]))
    }

    fn verbs(&self) -> Vec<&'static str> {
        vec!["shout", "subscribe", "unsubscribe"]
    }
}

/// One that does not.
struct ClockRouter;

impl Router for ClockRouter {
    const ROUTE: &'static str = "clock";

    async fn call(&self, _: &str, cx: &mut Context<'_>) -> Outcome {
        Err(cx.unknown_verb(&[]))
    }
}

pub fn builder() -> AppBuilder {
    let mut config = Config::default();
    config.database_url = "sqlite://crm.db".to_owned();
    App::builder("crm")
        .config(config)
        .router(CompanyRouter)
        .router(StaffRouter)
        .router(TagRouter)
        .router(MeasureRouter)
        .router(ChatRouter)
        .router(ClockRouter)
}
