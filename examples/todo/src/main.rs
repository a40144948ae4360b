//! A live todo app: two models, two serializers, two routers, and a page.

mod page;
pub mod seed;
use dragon::prelude::*;

pub mod todo_list {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "todo_list")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub description: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod todo_item {
    use dragon::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SelfPublish)]
    #[sea_orm(table_name = "todo_item")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub todo_list_id: i32,
        #[sea_orm(belongs_to, from = "todo_list_id", to = "id", on_delete = "Cascade")]
        pub todo_list: HasOne<super::todo_list::Entity>,
        pub text: String,
        #[sea_orm(default_value = false)]
        pub done: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[serializer(model = todo_list::Entity, publish_fields(name, description), update_fields(name, description))]
pub struct TodoListSerializer;

pub struct TodoItemSerializer;
#[serializer(model = todo_item::Entity, publish_fields(done, text), update_fields(done, text))]
impl TodoItemSerializer {
    fn validate_text(text: String) -> Result<String, &'static str> {
        match text.trim().chars().count() {
            1..=100 => Ok(text.trim().to_owned()),
            _ => Err("Write 1 to 100 characters."),
        }
    }
}

pub struct TodoListRouter;
#[router(route = "todo-list", serializer = TodoListSerializer, order_fields(name))]
impl TodoListRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }
}

pub struct TodoItemRouter;
#[router(route = "todo-item", serializer = TodoItemSerializer, filter_fields(todo_list_id, done, text), order_fields(text))]
impl TodoItemRouter {
    fn scope(&self, _: &Caller) -> Filter {
        Filter::All
    }

    fn initial(&self, cx: &Context<'_>) -> Result<Values, Failure> {
        Ok(Values::new().with("todo_list_id", cx.arg::<i32>("todo_list_id")?))
    }

    async fn get_list(&self, cx: &mut Context<'_>) -> Outcome {
        let list = cx.args.remove("list_id").map(|id| ("todo_list_id".to_owned(), id));
        cx.args.extend(list);
        verbs::get_list(self, cx).await
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let app = App::builder("todo").config(Config::from_env("sqlite://todo.db?mode=rwc")?);
    let app = app.create_tables().router(TodoListRouter).router(TodoItemRouter).start().await?;
    seed::seed(app.db()).await.map_err(|error| Error::Database(error.to_string()))?;
    app.serve(page::routes(), |addr| println!("The todo app: http://{addr}/")).await
}
