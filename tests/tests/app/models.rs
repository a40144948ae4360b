//! The models that the tests serve.

use dragon::prelude::*;

/// Lists, in the dense entity format.
pub mod list {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "list")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub owner: String,
        pub name: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Items, in the compact format, with a cascade and a column that is not published.
pub mod item {
    use dragon::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "item")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub list_id: i32,
        pub text: String,
        #[sea_orm(default_value = false)]
        pub done: bool,
        #[sea_orm(default_value = 0)]
        pub rank: i64,
        pub secret: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::list::Entity",
            from = "Column::ListId",
            to = "super::list::Column::Id",
            on_delete = "Cascade"
        )]
        List,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[serializer(model = list::Entity, publish_fields(name), update_fields(name))]
pub struct ListSerializer;

pub struct ItemSerializer;

#[serializer(
    model = item::Entity,
    publish_fields(list_id, text, done, rank),
    update_fields(text, done, rank)
)]
impl ItemSerializer {
    fn validate_text(text: String) -> Result<String, &'static str> {
        match text.trim() {
            "" => Err("Write something."),
            text => Ok(text.to_owned()),
        }
    }
}

/// A list belongs to its owner; nobody else sees it.
pub struct ListRouter;

#[router(route = "list", serializer = ListSerializer, filter_fields(name), order_fields(name))]
impl ListRouter {
    fn scope(&self, caller: &Caller) -> Filter {
        match &caller.user {
            Some(user) => Filter::eq("owner", user.as_str()),
            None => Filter::All,
        }
    }

    fn initial(&self, cx: &Context<'_>) -> Result<Values, Failure> {
        let owner = match &cx.caller.user {
            Some(user) => user.clone(),
            None => cx.arg("owner")?,
        };
        Ok(Values::new().with("owner", owner))
    }
}

pub struct ItemRouter;

#[router(
    route = "item",
    serializer = ItemSerializer,
    filter_fields(list_id, text, done, rank),
    order_fields(text, rank)
)]
impl ItemRouter {
    fn scope(&self, caller: &Caller) -> Filter {
        // A user called `low` sees ranks below 10 only.
        match caller.user.as_deref() {
            Some("low") => Filter::lt("rank", 10),
            _ => Filter::All,
        }
    }

    fn initial(&self, cx: &Context<'_>) -> Result<Values, Failure> {
        Ok(Values::new().with("list_id", cx.arg::<i32>("list_id")?))
    }
}
