//! The derive and attribute macros of Dragon: they state facts, and `dragon-core` does the work.
//!
//! Applications get them through `dragon-core` (`use dragon::prelude::*`). Each expands to the
//! impl of one public trait that a person could write by hand, in four steps that are the modules
//! of its folder: `attr` reads the attributes, `ast` the item, `check` holds the rules, and `mod`
//! writes the impl.
//!
//! All mistakes are told at once, each at its own tokens. An impl is written also after a
//! mistake, so that one mistake makes one message.
//!
//! With `DRAGON_MACROS_DEBUG=1` in the environment, a build prints what each macro expands to.

mod arguments;
mod errors;
mod fields;
mod router;
mod self_publish;
mod serializer;

use proc_macro::TokenStream;

/// Makes a SeaORM entity publish its changes: implements `dragon::Model` for it.
///
/// It goes beside `DeriveEntityModel`, in either of SeaORM's formats, and adds nothing but facts:
/// the entity's hooks (`ActiveModelBehavior`) stay your own.
///
/// ```
/// mod todo_item {
///     use dragon::prelude::*;
///
///     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
///     #[sea_orm(table_name = "todo_item")]
///     pub struct Model {
///         #[sea_orm(primary_key)]
///         pub id: i32,
///         pub text: String,
///     }
/// #   #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
/// #   pub enum Relation {}
/// #   impl ActiveModelBehavior for ActiveModel {}
/// }
///
/// assert_eq!(<todo_item::Entity as dragon::Model>::NAME, "todoitem");
/// ```
///
/// Under `#[sea_orm::model]` it may stand in the derives of the struct, in
/// `#[sea_orm(model_attrs(derive(SelfPublish)))]`, or in a `#[derive(SelfPublish)]` above
/// `#[sea_orm::model]`.
///
/// # The wire name
/// is the table's name without its `_`, here `todoitem`. `#[self_publish(name = "item")]` above
/// the struct chooses another: up to 32 of the letters a to z, digits, `_` and `-`.
///
/// # Requirements
/// One primary key, of one column.
#[proc_macro_derive(SelfPublish, attributes(self_publish))]
pub fn self_publish(input: TokenStream) -> TokenStream {
    finish("derive(SelfPublish)", self_publish::derive(input.into()))
}

/// Declares a serializer: what of a model clients are told, and what of it they may write.
///
/// It goes above a struct, or above its `impl` block if values are to be checked.
///
/// ```
/// # mod todo_item {
/// #     use dragon::prelude::*;
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
/// #     #[sea_orm(table_name = "todo_item")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #         pub todo_list_id: i32,
/// #         pub text: String,
/// #         pub done: bool,
/// #     }
/// #     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
/// #     pub enum Relation {}
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # use dragon::prelude::*;
/// struct TodoItemSerializer;
///
/// #[serializer(model = todo_item::Entity, publish_fields(text, done), update_fields(text, done))]
/// impl TodoItemSerializer {
///     fn validate_text(text: String) -> Result<String, &'static str> {
///         let text = text.trim().to_owned();
///         if text.is_empty() { Err("Write something.") } else { Ok(text) }
///     }
/// }
///
/// let sent = TodoItemSerializer::validate("text", " ".into());
/// assert_eq!(sent, Err(vec!["Write something.".to_owned()]));
/// ```
///
/// # Arguments
/// * `model = path::to::Entity`: the entity, which derives `SelfPublish`.
/// * `publish_fields(…)`: the fields that are told, beside `id` and `_type`. All of them when it
///   is left out.
/// * `update_fields(…)`: the fields that clients may write. None when it is left out. With the name
///   of a relation among them, whoever may write the row writes the rows that it leads to, by the
///   update fields of the related serializer and without asking any other router's scope:
///   `Serializer::UPDATE_FIELDS` says how.
/// * `adds(…)`: the many-to-many relations among the update fields whose lists, when a client sends
///   them, are added to what is tied already. A list is the whole set otherwise.
/// * `related(items = ItemSerializer)`: the relations that are told as objects within the object;
///   `author = UserSerializer via comment::Relation::Author` where there are several.
///
/// # Methods
/// `fn validate_<field>(value: T) -> Result<T, impl Into<String>>` checks what a client sent for a
/// field among the update fields, and may bring it into shape; `T` is the field's type. All other
/// methods of the block are your own.
#[proc_macro_attribute]
pub fn serializer(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish("serializer", serializer::attribute(arguments.into(), &item.into()))
}

/// Declares a model router: the verbs by which clients read, write and subscribe to a model.
///
/// It goes above an `impl` block, which becomes the impl of `dragon::ModelRouter`.
///
/// ```
/// # mod todo_item {
/// #     use dragon::prelude::*;
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
/// #     #[sea_orm(table_name = "todo_item")]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #         pub todo_list_id: i32,
/// #         pub text: String,
/// #         pub done: bool,
/// #     }
/// #     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
/// #     pub enum Relation {}
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// # use dragon::prelude::*;
/// #[serializer(model = todo_item::Entity, publish_fields(text, done))]
/// struct TodoItemSerializer;
///
/// struct TodoItemRouter;
///
/// #[router(route = "todo-item", serializer = TodoItemSerializer, filter_fields(todo_list__id))]
/// impl TodoItemRouter {
///     fn scope(&self, caller: &Caller) -> Filter {
///         Filter::All
///     }
/// }
///
/// let app = App::builder("todo").router(TodoItemRouter);
/// ```
///
/// # Arguments
/// * `route = "…"`: the name by which clients call it.
/// * `serializer = …`: the type of its serializer.
/// * `filter_fields(…)`: the fields by which clients may filter lists and subscriptions.
///   `todo_list__id` is another name of the foreign key `todo_list_id`.
/// * `order_fields(…)`: the fields by which clients may sort lists.
/// * `permissions(LoginRequired, delete = is_admin)`: who may call it, and who one of its verbs. For
///   permissions that several verbs share, write the method `permissions`.
/// * `include_related(…)`: of which relations of the serializer a subscription tells the changes as
///   well. All of them when it is left out; none in `include_related()`.
/// * `exclude_verbs(…)`: the verbs that clients may not call.
/// * `paginate_by = …`: how many rows a page of `get_list` has; clients ask for `_page`.
/// * `verbs(…)`: verbs of its own; each is an
///   `async fn name(&self, cx: &mut Context<'_>) -> Outcome` in the block.
///
/// # Methods
/// `scope` is required. `tie_scope`, `permissions`, `initial`, `view`, `update_initial`, `client_context`,
/// `subscription_context`, `takes_token`, `publish` (which changes are told) and each verb (`get_list`, `get_single`, `create`, `update`,
/// `delete`, `subscribe`, `unsubscribe`) may be written to override its default. Methods of your
/// own go into another `impl` block.
#[proc_macro_attribute]
pub fn router(arguments: TokenStream, item: TokenStream) -> TokenStream {
    finish("router", router::attribute(arguments.into(), &item.into()))
}

/// Shows the expansion to who asked for it.
fn finish(of: &str, expansion: proc_macro2::TokenStream) -> TokenStream {
    if std::env::var_os("DRAGON_MACROS_DEBUG").is_some_and(|value| value == "1") {
        eprintln!("// {of}\n{expansion}\n");
    }
    expansion.into()
}
