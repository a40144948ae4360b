//! An app with something of everything that can be described.

use dragon::prelude::*;
use dragon::{App, AppBuilder, Config};
use serde_json::json;

use crate::related::models::document;
use crate::related::routers::{CompanyRouter, StaffRouter, WholeRouter};

pub mod parcel {
    use dragon::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "size")]
    pub enum Size {
        #[sea_orm(string_value = "small")]
        Small,
        #[sea_orm(string_value = "large")]
        Large,
    }

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "parcels", schema_name = "post")]
    #[self_publish(name = "parcel")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub code: String,
        #[sea_orm(column_name = "how_large")]
        pub size: Size,
        #[sea_orm(column_type = "String(StringLen::N(40))")]
        pub label: String,
        pub price: Option<Decimal>,
        pub sent_at: Option<DateTimeUtc>,
        pub notes: Json,
        pub secret: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

struct ParcelSerializer;

#[serializer(
    model = parcel::Entity,
    publish_fields(size, label, price, sent_at, notes),
    update_fields(label, price, secret),
    views(short(label))
)]
impl ParcelSerializer {
    fn serialize_label(parcel: &parcel::Model) -> String {
        parcel.label.to_uppercase()
    }

    fn serialize_volume(_: &parcel::Model) -> u32 {
        3
    }
}

/// A permission with a value.
struct Role(&'static str);

impl Permission for Role {
    fn test<'a>(
        &'a self,
        cx: &'a Context<'_>,
    ) -> futures::future::BoxFuture<'a, Result<(), Failure>> {
        let allowed = cx.caller.claim("role").is_some_and(|role| role == self.0);
        Box::pin(async move { if allowed { Ok(()) } else { Err(Failure::denied()) } })
    }
}

fn is_admin(_: &Context<'_>) -> Result<(), Failure> {
    Err(Failure::denied())
}

struct ParcelRouter;

#[router(
    route = "parcel",
    serializer = ParcelSerializer,
    filter_fields(size, label, price, sent_at),
    order_fields(label),
    exclude_verbs(create),
    verbs(weigh),
    paginate_by = 20,
    permissions(LoginRequired, weigh = Role("clerk"), delete = LoginRequired.and(is_admin))
)]
impl ParcelRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    async fn weigh(&self, _: &mut Context<'_>) -> Outcome {
        Ok(Success::of(&json!(3)))
    }
}

/// A router that says which verbs it has.
pub struct Clock;

impl Router for Clock {
    const ROUTE: &'static str = "clock";

    async fn call(&self, _: &str, cx: &mut Context<'_>) -> Outcome {
        Err(cx.unknown_verb(&["now"]))
    }

    fn verbs(&self) -> Vec<&'static str> {
        vec!["now", "subscribe"]
    }
}

/// A router that does not.
struct Quiet;

impl Router for Quiet {
    const ROUTE: &'static str = "quiet";

    async fn call(&self, _: &str, cx: &mut Context<'_>) -> Outcome {
        Err(cx.unknown_verb(&[]))
    }

    fn permissions(&self) -> Permissions {
        Permissions::none().all(is_admin)
    }
}

pub fn builder(url: &str) -> AppBuilder {
    let mut config = Config::default();
    config.database_url = url.to_owned();
    App::builder("rich-app")
        .config(config)
        .router(ParcelRouter)
        .router(CompanyRouter)
        .router(WholeRouter)
        .router(StaffRouter)
        .router(Clock)
        .router(Quiet)
        .model::<document::Entity>()
}
