//! What of a model is told, and what a client may write.

mod field;
mod render;
mod write;

pub(crate) use field::read;
pub use field::{Malformed, check, parse};
pub use render::Renderer;
pub use write::{Values, apply, deserialize};

use crate::model::Model;

/// What of a model is told to clients, and what of it they may write; declared by
/// `#[serializer(…)]`, or by hand:
///
/// ```
/// # mod item {
/// #     use dragon::prelude::*;
/// #     #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SelfPublish)]
/// #     #[sea_orm(table_name = "item")]
/// #     pub struct Model { #[sea_orm(primary_key)] pub id: i32, pub text: String, pub done: bool }
/// #     #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
/// #     pub enum Relation {}
/// #     impl ActiveModelBehavior for ActiveModel {}
/// # }
/// use dragon::Serializer;
///
/// struct ItemSerializer;
///
/// impl Serializer for ItemSerializer {
///     type Entity = item::Entity;
///     const NAME: &'static str = "ItemSerializer";
///     const PUBLISH_FIELDS: &'static [&'static str] = &["text", "done"];
///     const UPDATE_FIELDS: &'static [&'static str] = &["done"];
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a serializer",
    note = "write `#[serializer(model = …, publish_fields(…), update_fields(…))]` above its struct or its impl block"
)]
pub trait Serializer: Send + Sync + 'static {
    /// The entity whose rows it serializes.
    type Entity: Model;

    /// Its name: which rendering of a change is meant, on every node of the app.
    const NAME: &'static str;

    /// The fields that clients are told, after `id` and `_type`. Whoever may see a row sees all
    /// of them.
    const PUBLISH_FIELDS: &'static [&'static str];

    /// The fields that clients may write, on create and update alike. All others are ignored.
    const UPDATE_FIELDS: &'static [&'static str];

    /// Checks one value that a client sent for one of the update fields, and may bring it into
    /// shape; what `validate_<field>` methods become. The value has the field's type already.
    ///
    /// # Errors
    /// The sentences to show beside the field.
    fn validate(field: &str, value: sea_orm::Value) -> Result<sea_orm::Value, Vec<String>> {
        let _ = field;
        Ok(value)
    }
}
